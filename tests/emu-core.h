/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_CORE_H
#define TEST_EMU_CORE_H

/*
 * A core of the emulated NPU by itself, for tests of single blocks: flat
 * memory from address BASE on, registers written as a stream would. Each
 * test program has one of them.
 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "replay/emu/npu-priv.h"
#include "tests/common.h"

/** Where the memory begins. */
#define BASE 0x10000000u

struct board {
	struct rke_core core;
	struct rke_bus bus;
	unsigned char *memory;
	size_t size;
	unsigned faults;
	/** bytes in one piece, at most: 0: all. Small: blocks cannot work in place. */
	size_t piece;
};

static inline void *
board_map(void *data, unsigned core, uint32_t iova, size_t len, bool write, size_t *ret_len)
{
	struct board *b = data;
	size_t left;

	(void)core;
	(void)write;
	if (iova < BASE || iova - BASE >= b->size)
		return NULL;
	left = b->size - (iova - BASE);
	if (b->piece && left > b->piece)
		left = b->piece;
	*ret_len = len < left ? len : left;
	return b->memory + (iova - BASE);
}

static inline void
board_fault(void *data, unsigned core, uint32_t iova, size_t len, bool write)
{
	struct board *b = data;

	(void)core;
	(void)iova;
	(void)len;
	(void)write;
	b->faults++;
}

/** A core after reset, with @size bytes that all are 0xa5. */
static inline struct board *
board_new(size_t size)
{
	struct board *b = calloc(1, sizeof(*b));

	ck_assert_ptr_nonnull(b);
	b->memory = malloc(size);
	ck_assert_ptr_nonnull(b->memory);
	memset(b->memory, 0xa5, size);
	b->size = size;
	b->bus = (struct rke_bus){ .data = b, .map = board_map, .fault = board_fault };
	b->core.bus = &b->bus;
	b->core.work_left = RKE_WORK_MAX;
	for (unsigned i = 0; i < RKE_BLOCKS; i++)
		for (unsigned g = 0; g < 2; g++) {
			b->core.group[i][g] = calloc(1, sizeof(*b->core.group[i][g]));
			ck_assert_ptr_nonnull(b->core.group[i][g]);
		}
	return b;
}

static inline void
board_free(struct board *b)
{
	for (unsigned i = 0; i < RKE_BLOCKS; i++)
		for (unsigned g = 0; g < 2; g++)
			free(b->core.group[i][g]);
	rke_scratch_free(&b->core);
	free(b->memory);
	free(b);
}

/** A register write and its value. */
struct write {
	uint16_t offset;
	uint32_t value;
};

static inline void
board_write(struct board *b, const struct write *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rke_block_write(&b->core, w[i].offset, w[i].value);
}

/** A register write that makes a task one that is not modelled, and what is said of it. */
struct refusal {
	struct write w;
	const char *why;
};

/** @r, of a run, says that it was refused, and by this. */
static inline void
expect_refused(const struct board *b, int r, const char *why)
{
	ck_assert_int_eq(r, -EOPNOTSUPP);
	ck_assert_msg(strstr(b->core.why, why) != NULL, "%s", b->core.why);
}

#define BOARD_WRITE(b, ...)                                     \
	board_write((b), (const struct write[]){ __VA_ARGS__ }, \
		    sizeof((const struct write[]){ __VA_ARGS__ }) / sizeof(struct write))

/** The memory of an address. */
static inline void *
at(struct board *b, uint32_t iova)
{
	return b->memory + (iova - BASE);
}

static inline uint16_t
get16(struct board *b, uint32_t iova)
{
	uint16_t v;

	memcpy(&v, at(b, iova), sizeof(v));
	return v;
}

static inline uint32_t
get32(struct board *b, uint32_t iova)
{
	uint32_t v;

	memcpy(&v, at(b, iova), sizeof(v));
	return v;
}

static inline void
put16(struct board *b, uint32_t iova, uint16_t v)
{
	memcpy(at(b, iova), &v, sizeof(v));
}

static inline void
put32(struct board *b, uint32_t iova, uint32_t v)
{
	memcpy(at(b, iova), &v, sizeof(v));
}

/**
 * fp16 the slow way, by definition and in doubles: the value of a pattern,
 * and the pattern that lies nearest to a value, ties to even.
 */
static inline double
slow_value(uint16_t h)
{
	int e = h >> 10 & 31;
	double f = h & 1023;
	double v = e == 31  ? (f != 0 ? (double)NAN : (double)INFINITY)
		   : e == 0 ? ldexp(f, -24)
			    : ldexp(1024 + f, e - 25);

	return h & 0x8000 ? -v : v;
}

static inline uint16_t
slow_half(double v)
{
	uint16_t sign = signbit(v) ? 0x8000 : 0;
	double a = fabs(v);
	uint16_t low = 0, high = 0x7c00;

	if (v != v)
		return 0x7e00;
	if (a >= 65520)
		return (uint16_t)(sign | 0x7c00);
	/* low <= a < high, as numbers; the patterns of positive numbers are in their order */
	while (high - low > 1) {
		uint16_t mid = (uint16_t)((low + high) / 2);

		if (slow_value(mid) <= a)
			low = mid;
		else
			high = mid;
	}
	double below = a - slow_value(low);
	double above = (high == 0x7c00 ? 65536 : slow_value(high)) - a;

	if (above < below || (above == below && low % 2 != 0))
		low = high;
	return (uint16_t)(sign | low);
}

#endif
