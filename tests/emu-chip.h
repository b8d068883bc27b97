/* SPDX-License-Identifier: MIT */
#ifndef TEST_EMU_CHIP_H
#define TEST_EMU_CHIP_H

/* A whole emulated NPU with pieces of memory, and a job as the driver starts it. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/emu/npu.h"
#include "tests/common.h"

#define CHIP_PIECES 5

struct chip {
	struct rke_npu *npu;
	struct {
		uint32_t iova;
		size_t size;
		unsigned char *memory;
	} piece[CHIP_PIECES];
	size_t pieces;
	unsigned faults;
	uint32_t fault_iova;
	bool fault_write;
	/** Tasks that are not modelled are let pass: how many, and the last. */
	unsigned passed;
	uint32_t passed_list;
	char passed_why[96];
};

/** The memory of @len bytes at @iova, or NULL. */
static inline void *
chip_at(const struct chip *chip, uint32_t iova, size_t len)
{
	for (size_t i = 0; i < chip->pieces; i++)
		if (iova >= chip->piece[i].iova && iova - chip->piece[i].iova < chip->piece[i].size &&
		    len <= chip->piece[i].size - (iova - chip->piece[i].iova))
			return chip->piece[i].memory + (iova - chip->piece[i].iova);
	return NULL;
}

static inline void *
chip_map(void *data, unsigned core, uint32_t iova, size_t len, bool write, size_t *ret_len)
{
	(void)core;
	(void)write;
	for (size_t n = len; n > 0; n = n > 4096 ? n - 4096 : n / 2) {
		void *p = chip_at(data, iova, n);

		if (p) {
			*ret_len = n;
			return p;
		}
	}
	return NULL;
}

static inline void
chip_fault(void *data, unsigned core, uint32_t iova, size_t len, bool write)
{
	struct chip *chip = data;

	(void)core;
	(void)len;
	chip->faults++;
	chip->fault_iova = iova;
	chip->fault_write = write;
}

static inline void
chip_unmodelled(void *data, unsigned core, uint32_t list, const char *why)
{
	struct chip *chip = data;

	(void)core;
	chip->passed++;
	chip->passed_list = list;
	snprintf(chip->passed_why, sizeof(chip->passed_why), "%s", why);
}

/** An NPU after power-on, without memory. */
static inline struct chip *
chip_new_with(bool pass_unmodelled)
{
	struct chip *chip = calloc(1, sizeof(*chip));

	ck_assert_ptr_nonnull(chip);
	const struct rke_bus bus = { .data = chip,
				     .map = chip_map,
				     .fault = chip_fault,
				     .unmodelled = pass_unmodelled ? chip_unmodelled : NULL };

	ck_assert_int_eq(rke_npu_new(&bus, &chip->npu), 0);
	return chip;
}

static inline struct chip *
chip_new(void)
{
	return chip_new_with(false);
}

/** Add memory that is all 0. */
static inline void *
chip_memory(struct chip *chip, uint32_t iova, size_t size)
{
	ck_assert_uint_lt(chip->pieces, CHIP_PIECES);
	chip->piece[chip->pieces].iova = iova;
	chip->piece[chip->pieces].size = size;
	chip->piece[chip->pieces].memory = calloc(1, size);
	ck_assert_ptr_nonnull(chip->piece[chip->pieces].memory);
	return chip->piece[chip->pieces++].memory;
}

static inline void
chip_free(struct chip *chip)
{
	for (size_t i = 0; i < chip->pieces; i++)
		free(chip->piece[i].memory);
	rke_npu_free(chip->npu);
	free(chip);
}

/** Start a job of @n tasks, whose first list is at @iova. @mask: the last task's int_mask. */
static inline void
chip_start(struct chip *chip, unsigned core, uint32_t iova, uint32_t amount, uint32_t n, uint32_t mask)
{
	const struct {
		uint32_t offset, value;
	} writes[] = {
		{ RKR_REG_PC_BASE_ADDRESS, 1 },
		{ RKR_REG_CNA_S_POINTER, 0xe + 0x10000000 * core },
		{ RKR_REG_CORE_S_POINTER, 0xe + 0x10000000 * core },
		{ RKR_REG_PC_BASE_ADDRESS, iova },
		{ RKR_REG_PC_REGISTER_AMOUNTS, (amount + 5) / 2 - 1 },
		{ RKR_REG_PC_INTERRUPT_MASK, mask },
		{ RKR_REG_PC_INTERRUPT_CLEAR, mask },
		{ RKR_REG_PC_TASK_CON, 0x7000 | n },
		{ RKR_REG_PC_TASK_DMA_BASE_ADDR, 0 },
		{ RKR_REG_PC_OPERATION_ENABLE, 1 },
		{ RKR_REG_PC_OPERATION_ENABLE, 0 },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(writes); i++)
		rke_npu_write(chip->npu, core, writes[i].offset, writes[i].value);
}

/** Start it, and let it run. */
static inline void
chip_run(struct chip *chip, unsigned core, uint32_t iova, uint32_t amount, uint32_t n, uint32_t mask)
{
	chip_start(chip, core, iova, amount, n, mask);
	rke_npu_run(chip->npu, core);
}

/** What the driver reads when it is over. */
static inline uint32_t
chip_status(const struct chip *chip, unsigned core)
{
	return rke_npu_read(chip->npu, core, RKR_REG_PC_INTERRUPT_STATUS);
}

static inline uint32_t
chip_counter(const struct chip *chip, unsigned core)
{
	return rke_npu_read(chip->npu, core, RKR_REG_PC_TASK_STATUS);
}

#endif
