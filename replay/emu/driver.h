/* SPDX-License-Identifier: MIT */
#ifndef RKE_DRIVER_H
#define RKE_DRIVER_H

/*
 * The emulated board: the RKNPU kernel driver 0.9.8 over an NPU. A board holds
 * its NPU, memory, clock, faults and log; nothing is global. A board is not
 * locked: its caller makes one call at a time. What the board is given by
 * clients is not trusted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "faults.h"
#include "npu.h"

/** An NPU, as the driver reaches it. Functions are those of npu.h. */
struct rke_hw {
	void *data;
	uint32_t (*read)(void *data, unsigned core, uint32_t offset);
	void (*write)(void *data, unsigned core, uint32_t offset, uint32_t value);
	uint64_t (*run)(void *data, unsigned core);
	bool (*irq)(void *data, unsigned core);
	const char *(*why)(void *data, unsigned core); /**< may be NULL */
	void (*reset)(void *data);
	void (*free)(void *data);
	/** Several cores at a time; NULL: one runs after the other. */
	void (*run_together)(void *data, uint32_t mask, uint64_t ret_ns[RKE_CORES]);
};

/** Makes an NPU on a bus. 0 or negative errno. */
typedef int
rke_hw_make(void *data, const struct rke_bus *bus, struct rke_hw *ret_hw);

/** Makes the NPU of npu.h. @data: NULL, or a const uint64_t: what a run may cost, see rke_npu_limit(). */
int
rke_hw_npu(void *data, const struct rke_bus *bus, struct rke_hw *ret_hw);

/**
 * Where IOVAs begin, going down, if the caller names no place: the top of the
 * C64/H56 capture. What is above is others' and differs from day to day
 * [captured: 0xfff8d000 to 0xfffe4000].
 */
#define RKE_IOVA_TOP UINT64_C(0xfffa0000)

/** What a board is made of. All zero but make_hw is a good board. */
struct rke_board_options {
	rke_hw_make *make_hw;
	void *hw_data;

	/**
	 * Where BOs are, page-aligned, all zero; NULL: memory of the board's
	 * own. The caller's outlives the board.
	 */
	void *arena;
	size_t arena_size;
	uint64_t iova_top; /**< 0: RKE_IOVA_TOP */
	bool poison;       /**< new BOs are full of 0xa5, which shows who relies on zeros */
	/** Mappings hold no BO: for a caller who cannot tell of munmap. */
	bool forget_maps;

	bool real_time;    /**< the clock is the host's and waits take their time; else waits cost nothing */
	uint64_t start_ns; /**< what the clock shows at first */

	/** Told each line of the kernel log, without its newline. */
	void (*klog)(void *data, const char *line);
	void *klog_data;
	/**
	 * Told each task whose mode is not computed, which is then over all the
	 * same, without a result; see struct rke_bus. NULL: it stands, and so
	 * does its job.
	 */
	void (*unmodelled)(void *data, uint32_t list, const char *why);
	void *unmodelled_data;
	bool trace;          /**< with the rows of the PC-commit trace patch */
	bool reset_bypassed; /**< as the driver's debugfs can set it: no soft reset on timeouts */

	const struct rke_fault *faults; /**< copied */
	size_t n_faults;
	uint64_t seed;

	/**
	 * PRIME. A BO leaves as a file descriptor and comes back as one; @token
	 * names it meanwhile. Without export_fd the board numbers descriptors
	 * itself, from RKE_PRIME_FD up. Both return an fd or negative errno.
	 */
	int (*export_fd)(void *data, uint64_t token, uint64_t arena_offset, uint64_t size);
	int (*import_fd)(void *data, int fd, uint64_t *ret_token);
	void *prime_data;

	/** Copies to where a client's struct points (DRM VERSION); NULL: memcpy. 0 or -EFAULT. */
	int (*copy_out)(void *data, uint64_t to, const void *from, size_t len);
	void *copy_data;
};

/** The first descriptor that a board invents for PRIME. */
#define RKE_PRIME_FD 1000

struct rke_board;
struct rke_file;

/** A board that was just switched on. 0, -EINVAL (options that cannot be), -ENOMEM. */
int
rke_board_new(const struct rke_board_options *options, struct rke_board **ret_board);

/** Files that are still open are closed with it. */
void
rke_board_free(struct rke_board *board);

/** Open the device node. The file is the board's until rke_close(). 0 or -ENOMEM. */
int
rke_open(struct rke_board *board, struct rke_file **ret_file);

/** Close the last descriptor of an open file: its jobs end first, then its handles and mappings go. */
void
rke_close(struct rke_file *file);

/**
 * An ioctl.
 *
 * The DRM core goes by type and number; the size is the command word's. A
 * shorter struct than the driver's is taken with zeros after it, of a longer
 * one the rest comes back as it was, and as much as the caller has is copied
 * back even if the call fails [source: DRM core].
 *
 * @param arg      the struct, may be unaligned
 * @param arg_len  bytes at @arg; what the command word says beyond them is taken as zeros
 * @return 0 or negative errno. -ENOTRECOVERABLE: a real board would have
 *         crashed; the log says by which gate. Nothing was done then.
 */
int
rke_ioctl(struct rke_file *file, unsigned long command, void *arg, size_t arg_len);

/**
 * Map a BO.
 *
 * @param offset      as MEM_MAP gave it
 * @param ret_memory  where the BO is; may be NULL
 * @param ret_arena   how far into the arena that is; may be NULL
 * @return 0, -EINVAL (no BO there, or longer than it), -ENXIO (contiguous and large)
 */
int
rke_mmap(struct rke_file *file, uint64_t offset, uint64_t length, void **ret_memory, uint64_t *ret_arena);

/** A mapping ends: that of the BO with this mmap offset. Unknown ones are ignored. */
void
rke_munmap(struct rke_file *file, uint64_t offset);

/** The last descriptor of an exported BO is closed. Unknown tokens are ignored. */
void
rke_prime_close(struct rke_board *board, uint64_t token);

/** The board's clock, ns. */
uint64_t
rke_now(const struct rke_board *board);

/** Let time pass in which nobody calls: interrupts come, the NPU may lose its power. */
void
rke_advance(struct rke_board *board, uint64_t ns);

/** What a board has counted. */
struct rke_stats {
	uint64_t ioctls;
	uint64_t jobs;           /**< committed */
	uint64_t timeouts;       /**< jobs that were given up */
	uint64_t resets;         /**< soft resets */
	uint64_t power_offs;     /**< of the NPU, after 3 s without a call */
	uint64_t crashes;        /**< calls that would have crashed a real board */
	uint64_t reads_outside;  /**< reads of the NPU outside of any BO: gave zeros */
	uint64_t writes_outside; /**< writes outside of any BO: dropped */
	uint64_t bytes;          /**< of live BOs, whole pages */
	uint64_t bos;            /**< live */
};

void
rke_board_stats(const struct rke_board *board, struct rke_stats *ret_stats);

#endif
