/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_LIST_H
#define TEST_EMU_LIST_H

/* Lists of register writes in a chip's memory: additions of one atom, and chains of them. */

#include "tests/emu-chip.h"

#define MEMORY 0x10000000u
#define SIZE 0x40000u
#define LISTS (MEMORY + 0x1000)
#define DATA (MEMORY + 0x10000)
#define ATOM 16

/* Values of fp16. */
#define ONE 0x3c00
#define TWO 0x4000
#define THREE 0x4200
#define FOUR 0x4400

#define CNA 0x0201
#define CORE 0x0801
#define DPU 0x1001
#define RDMA 0x2001
#define ADD_ENABLE 0x18

/** A list that is being written. */
struct writer {
	struct chip *chip;
	uint32_t at;
	uint32_t words;
};

static inline void
put(struct writer *w, unsigned target, uint32_t value, unsigned offset)
{
	uint64_t word = (uint64_t)target << 48 | (uint64_t)value << 16 | offset;
	void *to = chip_at(w->chip, w->at + w->words++ * 8, 8);

	ck_assert_ptr_nonnull(to);
	memcpy(to, &word, sizeof(word));
}

/* Link, amount, marker, op-enable. */
static inline void
put_tail(struct writer *w, uint32_t next, uint32_t amount, uint32_t enable)
{
	put(w, next ? 0x0101 : 0, next, next ? 0x10 : 0);
	put(w, 0x0101, amount, 0x14);
	put(w, 0x0041, 0, 0);
	put(w, 0x0081, enable, 8);
}

/* The body of an addition of one atom. */
static inline void
put_add(struct writer *w, uint32_t a, uint32_t b, uint32_t to)
{
	put(w, DPU, 0xe, 0x4004);
	put(w, RDMA, 0xe, 0x5004);
	put(w, DPU, 0x1e5, 0x400c);
	put(w, DPU, 0x48000002, 0x4010);
	put(w, DPU, to, 0x4020);
	put(w, DPU, 0, 0x4030);
	put(w, DPU, 0, 0x4034);
	put(w, DPU, 0x70007, 0x403c);
	put(w, DPU, 0x108202c0, 0x4070);
	put(w, RDMA, 0, 0x500c);
	put(w, RDMA, 0, 0x5010);
	put(w, RDMA, 7, 0x5014);
	put(w, RDMA, a, 0x5018);
	put(w, RDMA, 0x40000008, 0x5034);
	put(w, RDMA, b, 0x5038);
	put(w, RDMA, 0x17849, 0x5044);
}

static inline struct chip *
fill_chip(struct chip *chip)
{
	chip_memory(chip, MEMORY, SIZE);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned k = 0; k < 8; k++) {
			const uint16_t v = i == 0 ? ONE : i == 1 ? TWO : i == 2 ? THREE : FOUR;

			memcpy(chip_at(chip, DATA + i * ATOM + k * 2, 2), &v, sizeof(v));
		}
	return chip;
}

static inline struct chip *
new_chip(void)
{
	return fill_chip(chip_new());
}

/* Operands 0 to 3 are 1 to 4; results go to 4 and on. */
#define OPERAND(i) (DATA + (uint32_t)(i)*ATOM)

static inline unsigned
result(const struct chip *chip, unsigned i)
{
	uint16_t v[8];

	memcpy(v, chip_at(chip, OPERAND(i), ATOM), sizeof(v));
	for (unsigned k = 1; k < 8; k++)
		ck_assert_uint_eq(v[k], v[0]);
	return v[0];
}

#define ADD_WORDS 16

/* One list that adds operands 0 and 1 into 4. */
static inline struct writer
one_add(struct chip *chip, uint32_t enable)
{
	struct writer w = { chip, LISTS, 0 };

	put_add(&w, OPERAND(0), OPERAND(1), OPERAND(4));
	put_tail(&w, 0, 0, enable);
	return w;
}

/* Where list @i of a chain is. */
#define LIST(i) (LISTS + (uint32_t)(i)*0x200)

/* Lists 0 and 1 are whole; 2 and 3 only say where the result goes, and so add what 0 and 1 did. */
static inline void
overlays(struct chip *chip, uint32_t last_next)
{
	for (unsigned i = 0; i < 4; i++) {
		struct writer w = { chip, LIST(i), 0 };

		if (i < 2) {
			put_add(&w, OPERAND(i), OPERAND(2), OPERAND(4 + i));
		} else {
			put(&w, DPU, 0xe, 0x4004);
			put(&w, RDMA, 0xe, 0x5004);
			put(&w, DPU, OPERAND(4 + i), 0x4020);
		}
		put_tail(&w, i < 3 ? LIST(i + 1) : last_next, 0x20000u | 12, ADD_ENABLE);
	}
}

#endif
