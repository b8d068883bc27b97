/* SPDX-License-Identifier: MIT */
#ifndef RKG_MAP_H
#define RKG_MAP_H

/*
 * Records of DPU and DPU_RDMA alone: sums, products, copies, upsampling and
 * loads of tables. They read a map and write one, row by row, of all channels
 * at once; an upsampling does so surface by surface. [captured: 591 records
 * of five networks]
 */

#include <stdbool.h>
#include <stdint.h>

#include "lib/network.h"
#include "values.h"

/** What one record does: rows [y, y + rows) of a map. */
struct rkg_map {
	const struct rkr_op *op; /**< what it is a record of; its sizes are those of the whole map */
	unsigned signature;      /**< of the record: see rkr_op_sign() */
	uint32_t channels;       /**< of this record: in whole atoms */
	uint32_t y;
	uint32_t rows;
	uint32_t surface;    /**< of an upsampling, which one */
	uint32_t x, columns; /**< of a pooling: which columns of the output */
	uint32_t dst; /**< bytes from the start of the output to the map's: of a part of a concatenation */
};

/** Whether records of this operator are known. */
bool
rkg_map_is_known(const struct rkr_op *op);

/** Whether cores share it, if there are several and it has enough rows [captured: 110 of 110]. */
bool
rkg_map_is_shared(const struct rkr_op *op);

/** Bytes from an output surface to the next. */
uint32_t
rkg_map_out_surface(const struct rkr_op *op);

/** It changes the scale of an int8 map, by values of the model. */
bool
rkg_map_is_scaled(const struct rkg_map *map);

/** It adds a constant of the model, or multiplies by one. */
bool
rkg_map_has_addend(const struct rkg_map *map);

bool
rkg_map_has_factor(const struct rkg_map *map);

/** The family of such records. */
void
rkg_family_map(struct rkg_family *ret);

/** That of poolings (gen/pool.c), with windows of 2x2. */
void
rkg_family_pool(struct rkg_family *ret);

#endif
