/* SPDX-License-Identifier: MIT */
#ifndef RKX_CALLS_H
#define RKX_CALLS_H

/*
 * What a client called, as the records that captures of it have. Whoever saw
 * the calls (the emulated board's server, a preload library) tells of each,
 * once it has returned.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/model-abi.h"
#include "lib/run.h"
#include "lib/schema.h"

/** DRM_IOCTL_GEM_CLOSE: type and number [source: DRM core]. */
#define RKX_GEM_CLOSE ((uint32_t)'d' << 8 | 0x09)

enum rke_call_kind {
	RKE_CALL_IOCTL,
	RKE_CALL_MMAP,
	RKE_CALL_MUNMAP,
	RKE_CALL_CLOSE,
};

/** What a process did to the board, once it is done. */
struct rke_call {
	enum rke_call_kind kind;
	uint32_t process; /**< which; a program that another one executes is a further one to a server */
	int fd;           /**< in that process */
	int ret;          /**< 0 or more, or negative errno */
	bool in_flight;   /**< an ioctl that has not returned */

	/* ioctl */
	uint32_t command;
	uint64_t arg;    /**< where the struct is in the process; 0: that is nobody's business */
	const void *in;  /**< the struct as it came, @size bytes; NULL: it could not be read */
	const void *out; /**< as it went back; likewise */
	size_t size;

	/* mmap, munmap */
	uint64_t hint;
	uint64_t address; /**< of an mmap that failed: UINT64_MAX */
	uint64_t length;
	uint64_t mapped; /**< munmap: the length that was mapped */
	uint64_t offset;
	uint32_t prot, flags;
};

struct rkx_calls_options {
	/**
	 * All that was called: also of the DRM core, and mappings of what
	 * MEM_MAP did not give; with the errno of what failed; and BOs that are
	 * gone are known to be. Else what the gdb script shows.
	 */
	bool all;
	/** Submits alone, without what the gdb script tells of their task objects. */
	bool bare;
	/**
	 * Takes a record, and those that stand below it. 0 or negative errno.
	 */
	int (*take)(void *data, const struct rkr_record *rec, const struct rkr_record_buf *below,
		    size_t n_below);
	void *data;
};

/** The calls of one process, or on one open file. */
struct rkx_calls;

/** 0 or -ENOMEM. Free with rkx_calls_free(). */
int
rkx_calls_new(const struct rkx_calls_options *options, struct rkx_calls **ret_calls);

void
rkx_calls_free(struct rkx_calls *calls);

/** Make records of a call. 0, or the first error so far: -ENOMEM or of take(). */
int
rkx_calls_take(struct rkx_calls *calls, const struct rke_call *call);

/** For calls of our own: all of them, bare, as records of @run, which must outlive them. 0 or -ENOMEM. */
int
rkx_calls_into(struct rkr_run *run, struct rkx_calls **ret_calls);

/** Take a call of the driver: its struct of @size bytes, as it was sent and as it came back. */
int
rkx_calls_ioctl(struct rkx_calls *calls, enum rkr_ioctl nr, const void *sent, const void *got, uint32_t size,
		int ret);

/** Take an mmap or a munmap of a BO whole: the bytes that were asked for, and those of the mapping. */
int
rkx_calls_mapping(struct rkx_calls *calls, enum rke_call_kind kind, const struct rkr_bo *bo, uint64_t asked,
		  uint64_t mapped, int ret);

/**
 * Add a BO to a run, and how a client made it: MEM_CREATE and MEM_MAP.
 *
 * @param bo  with its size, flags, addresses and handle; what is known of it, and since when, is set
 */
int
rkx_calls_make_bo(struct rkx_calls *calls, struct rkr_run *run, struct rkr_bo *bo, uint32_t *ret_index);

/** The first error so far, or 0. */
int
rkx_calls_failed(const struct rkx_calls *calls);

#endif
