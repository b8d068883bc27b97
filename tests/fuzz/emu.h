/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_EMU_H
#define FUZZ_EMU_H

/* An emulated board that is watched, for the targets that feed one. */

#include "fuzz.h"

#include "lib/format.h"
#include "replay/emu/driver-priv.h"

/** Memory for BOs. There is nothing to be touched on either side of it. */
#define FUZZ_ARENA ((size_t)512 << 10)

/** What a run of a core may cost: an input is to take milliseconds. */
#define FUZZ_WORK (UINT64_C(1) << 22)

/** BOs of a job: B(name, size), in the order in which they are made. Addresses go down. */
#define FUZZ_BOS(B)         \
	B(TASKS, 0x1000)    \
	B(REGCMD, 0x10000)  \
	B(IN, 0x10000)      \
	B(HOLE, 0x1000)     \
	B(WEIGHTS, 0x10000) \
	B(OUT, 0x10000)     \
	B(AUX, 0x4000)

#define FUZZ_B(name, size) FUZZ_BO_##name,
enum fuzz_bo { FUZZ_BOS(FUZZ_B) FUZZ_BO_MAX_ };
#undef FUZZ_B

/** Bytes of a BO. */
uint32_t
fuzz_bo_size(enum fuzz_bo bo);

/** Where it is for the NPU. */
uint32_t
fuzz_bo_iova(enum fuzz_bo bo);

struct fuzz_emu {
	struct rke_board *board;
	uint8_t *arena;
	struct rkr_buf log; /**< lines, each with its newline */
	uint64_t clock;
	bool live[FUZZ_ARENA / 4096]; /**< pages that were a BO's when it was looked at last */
};

/** A board on cleared memory, with the NPU of npu.h. Its log, arena and limit are set here. */
void
fuzz_emu_start(struct fuzz_emu *emu, const struct rke_board_options *options);

void
fuzz_emu_stop(struct fuzz_emu *emu);

/** The live BO behind another one (NULL: the first) by mmap offset; NULL: none. */
struct rke_bo *
fuzz_emu_next(const struct rke_board *board, const struct rke_bo *bo);

/** Before a call: remember what is where. */
void
fuzz_emu_look(struct fuzz_emu *emu);

/**
 * After it: memory that was no BO's is as it was; BOs are whole pages and
 * apart from each other, for the CPU and for the NPU, and held by somebody, as
 * often as they know; the clock did not go back; the log is lines of text.
 */
void
fuzz_emu_check(struct fuzz_emu *emu);

/** An ioctl on a struct of its exact size between things that must not change. */
int
fuzz_emu_ioctl(struct fuzz_emu *emu, struct rke_file *file, uint32_t command, void *arg, size_t len);

/** The log without what differs from one time to the next: clocks, times that went by, and names of jobs. */
void
fuzz_emu_plain(const struct fuzz_emu *emu, struct rkr_buf *out);

/** Have the log read: it has no line that the parsers do not know. */
void
fuzz_emu_parse(const struct fuzz_emu *emu);

#endif
