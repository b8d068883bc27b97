/* SPDX-License-Identifier: MIT */
#ifndef RKG_GEOMETRY_H
#define RKG_GEOMETRY_H

/*
 * What follows from a shape alone, before any tile is cut: channels as the
 * hardware counts them, bytes of kernels, lines and tensors. Plan, registers
 * and buffers all take these numbers from here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "shape.h"

/** CBUF: 12 banks of 32 KiB, taken up in entries of 64 bytes [captured: bank sums of 683 rows; TRM]. */
#define RKG_BANKS 12
#define RKG_BANK_BYTES 32768
#define RKG_ENTRY_BYTES 64
#define RKG_BANK_ENTRIES (RKG_BANK_BYTES / RKG_ENTRY_BYTES)

/** An atom: what the NPU reads and writes of one pixel of one surface [captured, TRM]. */
#define RKG_ATOM_BYTES 16

/** A depthwise conv is cut into this many channels, or a multiple [captured: 23 shapes, 341 rows]. */
#define RKG_DEPTHWISE_CHANNELS 32

struct rkg_geometry {
	struct rkg_shape shape;
	bool depthwise;
	bool stem; /**< few input channels, read as packed pixels */
	uint32_t elem_bytes;
	uint32_t kernel_group;      /**< kernels that are computed at once */
	uint32_t atom_channels;     /**< channels of an input atom */
	uint32_t out_atom_channels; /**< channels of an output atom: fewer, if the output is wider */
	uint32_t in_c;              /**< input channels as fetched: whole atoms */
	uint32_t out_h;
	uint32_t out_w;
	uint32_t out_c_unit;   /**< output channels come in multiples of this */
	uint32_t in_surface;   /**< bytes from an input surface to the next */
	uint32_t out_surface;  /**< bytes from an output surface to the next */
	uint64_t weight_bytes; /**< of all kernels */
	uint64_t in_bytes;     /**< of the input tensor in memory */
	uint64_t out_bytes;    /**< of the output tensor in memory */
};

/**
 * @shape has passed rkg_shape_check() and is within the field limits of
 * rkg_domain_fields(). The input is taken to be the graph's own, whose
 * surfaces follow each other closely.
 */
void
rkg_geometry_init(struct rkg_geometry *ret, const struct rkg_shape *shape);

/**
 * The input is another layer's output: its surfaces are whole groups of 4
 * pixels, as outputs are [captured: 2307 tiles, of which 63 tell].
 */
void
rkg_geometry_set_internal(struct rkg_geometry *g);

/**
 * Bytes of a surface that a layer writes: its pixels in whole groups of 4
 * [captured: 656 of 683 rows; the other 27 are maps of one pixel, which stays
 * one].
 */
uint32_t
rkg_surface_bytes(uint32_t h, uint32_t w);

/** CBUF entries that an input line of @channels channels takes. */
uint32_t
rkg_line_entries(const struct rkg_geometry *g, uint32_t channels);

/** Bytes of one kernel over @channels input channels; of a depthwise conv, of those channels' kernels. */
uint32_t
rkg_kernel_bytes(const struct rkg_geometry *g, uint32_t channels);

#endif
