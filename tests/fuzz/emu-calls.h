/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_EMU_CALLS_H
#define FUZZ_EMU_CALLS_H

/* How inputs of fuzz-emu-submit say what is called, for the target and for what it starts with. */

#include <stddef.h>
#include <stdint.h>

/** Calls: F(name, function), in the order of their bytes. */
#define FUZZ_CALLS(F)         \
	F(CREATE, create)     \
	F(JOB, write_job)     \
	F(SUBMIT, submit)     \
	F(DESTROY, destroy)   \
	F(MAP, map)           \
	F(UNMAP, unmap)       \
	F(SYNC, sync_bo)      \
	F(ACTION, action)     \
	F(BYTES, write_bytes) \
	F(SHARE, share)       \
	F(UNSHARE, unshare)   \
	F(WAIT, wait_some)    \
	F(REOPEN, reopen)     \
	F(RAW, raw)

#define FUZZ_F(name, function) FUZZ_CALL_##name,
enum fuzz_call { FUZZ_CALLS(FUZZ_F) FUZZ_CALL_MAX_ };
#undef FUZZ_F

/** The rest of an input. */
struct fuzz_bytes {
	const uint8_t *data;
	size_t left;
};

/** The next @n bytes, up to 8, as a number; 0 after the end. */
static inline uint64_t
fuzz_take(struct fuzz_bytes *in, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n && in->left; i++, in->left--)
		v |= (uint64_t)*in->data++ << 8 * i;
	return v;
}

/** A byte that says that a value of 8 bytes follows. */
#define FUZZ_OWN_VALUE 0xff

/** One of @n values, by a byte, or one of the input's own. */
static inline uint64_t
fuzz_pick(struct fuzz_bytes *in, const uint64_t *values, size_t n)
{
	uint64_t i = fuzz_take(in, 1);

	return i == FUZZ_OWN_VALUE ? fuzz_take(in, 8) : values[i % n];
}

#endif
