/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "checks-priv.h"
#include "model-commit.h"
#include "model-irq.h"
#include "regcmd.h"
#include "lib/regs-ids.h"
#include "util.h"

/* Checks of task tables, and of what the driver makes of a task. */

/* Of a single convolution, by the vendor's compiler [captured: 69 tables]. */
#define ENABLE_CONV 0x0du
#define ENABLE_SEPARATOR 0x60u
#define AMOUNT_FULL 108u /* the first and second record */
#define AMOUNT_TILE 104u /* every tile of the programs for several cores */
#define AMOUNT_SEPARATOR 26u
#define AMOUNT_OVERLAY_MIN 12u
/* Core lists in the programs for two and for three cores. */
#define CORE_LISTS 5

static void
expect(struct rkr_check_ctx *c, size_t i, const char *field, uint64_t expected, uint64_t found)
{
	if (expected == found)
		c->asserted++;
	else
		rkr_check_number(c, rkr_check_task_record(c, i), rkr_check_text(c, "task[%zu]", i), field,
				 expected, found);
}

static void
expect_amount(struct rkr_check_ctx *c, size_t i, uint64_t expected, uint64_t found)
{
	if (expected == found)
		c->asserted++;
	else
		rkr_check_amount(c, rkr_check_task_record(c, i), rkr_check_text(c, "task[%zu]", i),
				 "regcfg_amount", expected, found);
}

static bool
is_table(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	(void)c;
	return strncmp(it->path, "embedded", 8) != 0;
}

static bool
is_embedded(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	return !is_table(c, it);
}

/* All rows of a table at one address: there is one record, and each program is it. */
static bool
is_degenerate(const struct rkr_task *tasks, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (tasks[i].regcmd_addr != tasks[0].regcmd_addr)
			return false;
	return n == 3;
}

void
rkr_check_task_object(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);
	bool stacked = !rkr_check_is_network(c) && !is_degenerate(tasks, n);
	const struct rkr_bo *weight = rkr_check_bo(c, "weight");
	bool placed = weight && (weight->known & RKR_BO_DMA);

	if (!n)
		rkr_check_skip(c, "not all of the task table is known");
	for (size_t i = 0; i < n; i++) {
		const struct rkr_task *t = &tasks[i];

		/*
		 * Constant in every task row; a dump at the submit shows no status yet [captured:
		 * 21 dumps].
		 */
		expect(c, i, "flags", 0, t->flags);
		expect(c, i, "int_clear", RKR_INT_CLEAR_ALL, t->int_clear);
		expect(c, i, "int_status", 0, t->int_status);
		expect(c, i, "regcfg_offset", 0, t->regcfg_offset);
		expect(c, i, "int_mask", rkr_int_mask_of_enables(t->enable_mask), t->int_mask);
		/* The PC reads it from there; early captures do not tell where BOs are. */
		if (placed)
			rkr_check_that(
				c,
				rkr_run_resolve(c->run, RKR_SPACE_DMA, t->regcmd_addr, SIZE_MAX).state ==
					RKR_REF_BO,
				rkr_check_task_record(c, i), rkr_check_text(c, "task[%zu]", i), "regcmd_addr",
				"an address in a BO", rkr_check_text(c, "0x%" PRIx64, t->regcmd_addr));
		/* Records lie one behind the other, on 64 bytes [captured: 69 tables]. */
		if (stacked && i + 1 < n)
			expect(c, i + 1, "regcmd_addr",
			       t->regcmd_addr + 8 * rkr_regcmd_stride(t->regcfg_amount),
			       tasks[i + 1].regcmd_addr);
	}
	rkr_check_differences(c, RKR_KIND_BIT(task), is_table);
}

void
rkr_check_embedded_table(struct rkr_check_ctx *c)
{
	const struct rkr_region *rel = rkr_run_region(c->run, RKR_REGION_TASKS_REL);
	const struct rkr_region *regcmd = rkr_run_region(c->run, RKR_REGION_REGCMD);
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	if (!rel) {
		rkr_check_skip(c,
			       "it shows no copy of the table: a dump's steps of 40 bytes seldom fall on it");
		return;
	}
	rkr_check_amount(c, SIZE_MAX, "embedded table", "tasks", n, rel->size / RKR_TASK_BYTES);
	if (regcmd && regcmd->bo == rel->bo)
		rkr_check_number(c, SIZE_MAX, "embedded table", "offset", regcmd->offset + regcmd->size,
				 rel->offset);
	for (size_t i = 0; i < n && i < rel->size / RKR_TASK_BYTES; i++) {
		uint8_t bytes[RKR_TASK_BYTES], mine[RKR_TASK_BYTES];
		struct rkr_task t, want = tasks[i];
		size_t at = SIZE_MAX;

		if (rkr_run_read(c->run, rel->bo, rel->offset + i * RKR_TASK_BYTES, bytes, sizeof(bytes)) < 0)
			continue;
		/* The copy counts from the regcmd; all else is the same [captured: H40]. */
		want.regcmd_addr -= tasks[0].regcmd_addr;
		rkr_task_encode(&want, mine);
		rkr_task_decode(bytes, &t);
		for (size_t k = 0;
		     k < rkr_check_count(c, RKR_KIND_task) && memcmp(bytes, mine, sizeof(bytes)); k++)
			if (rkr_get_u(rkr_check_record(c, RKR_KIND_task, k), RKR_F_task_off) ==
			    rel->offset + i * RKR_TASK_BYTES)
				at = rkr_check_index(c, RKR_KIND_task, k);
		rkr_check_that(c, memcmp(bytes, mine, sizeof(bytes)) == 0, at,
			       rkr_check_text(c, "embedded task[%zu]", i), NULL,
			       "the task table's row, its address counted from the regcmd",
			       rkr_check_text(c, "enable 0x%x, int 0x%x, amount %u, address 0x%" PRIx64,
					      t.enable_mask, t.int_mask, t.regcfg_amount, t.regcmd_addr));
	}
	rkr_check_differences(c, RKR_KIND_BIT(task), is_embedded);
}

/*
 * The lists of the programs for several cores: tiles, then a separator, five times. Returns where
 * they end.
 */
static size_t
check_lists(struct rkr_check_ctx *c, const struct rkr_task *tasks, size_t n, size_t i)
{
	for (int list = 0; list < CORE_LISTS; list++) {
		size_t start = i;

		while (i < n && tasks[i].enable_mask == ENABLE_CONV) {
			expect_amount(c, i, AMOUNT_TILE, tasks[i].regcfg_amount);
			i++;
		}
		rkr_check_that(c, i > start && i < n, SIZE_MAX, rkr_check_text(c, "core list %d", list), NULL,
			       "tiles and a separator",
			       rkr_check_text(c, "%zu tiles up to task %zu of %zu", i - start, i, n));
		if (i >= n)
			return i;
		expect(c, i, "enable_mask", ENABLE_SEPARATOR, tasks[i].enable_mask);
		expect_amount(c, i, AMOUNT_SEPARATOR, tasks[i].regcfg_amount);
		i++;
	}
	return i;
}

/* A submit counts the tasks of the program for one core, three times [captured: 8 shapes]. */
static void
check_first_program(struct rkr_check_ctx *c, size_t n_tiles)
{
	for (size_t k = 0; k < rkr_check_count(c, RKR_KIND_submit); k++)
		rkr_check_field(c, rkr_check_index(c, RKR_KIND_submit, k), RKR_F_submit_task_number,
				3 * (uint64_t)n_tiles);
}

void
rkr_check_task_programs(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks), i = 0;
	const struct rkr_bo *bo = rkr_check_bo(c, "task");

	if (rkr_check_is_network(c)) {
		rkr_check_skip(c, "its runtime rows tell of more than one layer");
		return;
	}
	if (bo && (bo->known & RKR_BO_SIZE))
		rkr_check_amount(c, bo->born, "task BO", "size", n * RKR_TASK_BYTES, bo->size);
	for (size_t k = 0; k < rkr_check_count(c, RKR_KIND_regcmd_size); k++)
		rkr_check_field(c, rkr_check_index(c, RKR_KIND_regcmd_size, k), RKR_F_regcmd_size_task_bytes,
				n * RKR_TASK_BYTES);
	/* One record that no cores can share: three times its row [captured: 3 shapes]. */
	if (is_degenerate(tasks, n)) {
		for (; i < n; i++)
			expect_amount(c, i, AMOUNT_FULL, tasks[i].regcfg_amount);
		check_first_program(c, 1);
		return;
	}
	/* The program for one core: two full records, then what changes. Then those for two and three. */
	for (; i < n && tasks[i].enable_mask == ENABLE_CONV && tasks[i].regcfg_amount != AMOUNT_TILE; i++) {
		uint32_t amount = tasks[i].regcfg_amount;

		rkr_check_that(c,
			       i < 2 ? amount == AMOUNT_FULL
				     : amount >= AMOUNT_OVERLAY_MIN && amount < AMOUNT_TILE,
			       rkr_check_task_record(c, i), rkr_check_text(c, "task[%zu]", i),
			       "regcfg_amount", i < 2 ? "108" : "12 to 103", rkr_check_text(c, "%u", amount));
	}
	rkr_check_that(c, i > 0, SIZE_MAX, "task[0]", "regcfg_amount", "108",
		       n ? rkr_check_text(c, "%u", tasks[0].regcfg_amount) : "no task");
	check_first_program(c, i);
	i = check_lists(c, tasks, n, i);
	rkr_check_amount(c, SIZE_MAX, "task table", "tasks", i, n);
}

/* ---- the commit ---- */

/* The four words behind a record's body. False: not all are known. */
static bool
read_tail(const struct rkr_check_ctx *c, struct rkr_ref at, uint64_t offset,
	  struct rkr_qword ret[RKR_REGCMD_TAIL])
{
	uint8_t b[8 * RKR_REGCMD_TAIL];

	if (rkr_run_read(c->run, at.bo, offset, b, sizeof(b)) < 0)
		return false;
	for (size_t w = 0; w < RKR_REGCMD_TAIL; w++) {
		uint64_t word = 0;

		for (size_t i = 0; i < 8; i++)
			word |= (uint64_t)b[8 * w + i] << (8 * i);
		ret[w] = rkr_qword_decode(word);
	}
	return true;
}

/* A record's tail: it enables what the task says, and leads to the next task, or nowhere. */
static void
check_tail(struct rkr_check_ctx *c, const struct rkr_task *tasks, size_t i, bool last, struct rkr_ref at)
{
	const struct rkr_task *t = &tasks[i];
	uint64_t offset = at.addend + 8 * (uint64_t)t->regcfg_amount;
	struct rkr_qword q[RKR_REGCMD_TAIL];

	if (!read_tail(c, at, offset, q))
		return;
	/*
	 * Next record, its length, marker, op-enable [captured: all full windows].
	 * The last leads to 0: else the PC of a later job goes on from there
	 * [inferred: seen on a board, without a capture].
	 */
	const struct {
		const char *field;
		uint64_t expected, found;
	} words[RKR_REGCMD_TAIL] = {
		{ "link", last ? 0 : tasks[i + 1].regcmd_addr, q[0].value },
		{ "link amount", last ? 0 : rkr_regcmd_pc_amount(tasks[i + 1].regcfg_amount),
		  q[1].value & 0xffff },
		{ "marker", RKR_TARGET_MARK, q[2].target },
		{ "op-enable", (uint64_t)RKR_TARGET_OP_EN << 32 | t->enable_mask,
		  (uint64_t)q[3].target << 32 | q[3].value },
	};

	for (size_t w = 0; w < RKR_REGCMD_TAIL; w++) {
		if (words[w].expected == words[w].found)
			c->asserted++;
		else
			rkr_check_word(c, false, at.bo, offset + 8 * w,
				       rkr_check_text(c, "tail of task[%zu]", i), words[w].field,
				       rkr_check_text(c, "0x%" PRIx64, words[w].expected),
				       rkr_check_text(c, "0x%" PRIx64, words[w].found));
	}
}

static void
check_commit(struct rkr_check_ctx *c, size_t at, const struct rkr_abi_submit *s, const struct rkr_task *tasks,
	     size_t n, unsigned core, uint32_t mask)
{
	struct rkr_slice slice;
	struct rkr_commit commit;
	uint32_t value = 0;

	if (rkr_subcore_slice(s, mask, core, 0, &slice) < 0 ||
	    rkr_commit_make(tasks, n, slice, core, s->flags, s->task_base_addr, &commit) < 0) {
		rkr_check_that(c, false, at, NULL, rkr_check_text(c, "commit to core %u", core),
			       "tasks of the table", "none, or more than there are");
		return;
	}
	const struct rkr_task *first = &tasks[slice.start], *last = first + slice.number - 1;

	/* A whole first record is fetched, and no more than belongs to it. */
	rkr_commit_value(&commit, RKR_REG_PC_REGISTER_AMOUNTS, &value);
	expect(c, slice.start, "PC amount", rkr_regcmd_pc_amount(first->regcfg_amount), value);
	rkr_check_that(c, rkr_commit_fetch_words(value) <= rkr_regcmd_stride(first->regcfg_amount), at, NULL,
		       "words fetched", "at most the record",
		       rkr_check_text(c, "%" PRIu64, rkr_commit_fetch_words(value)));
	/* Tasks are counted, and fetched ahead [captured: flags 5; source: the register's value]. */
	rkr_commit_value(&commit, RKR_REG_PC_TASK_CON, &value);
	rkr_check_number(c, at, NULL, "PC task control",
			 RKR_TASK_CON_START | RKR_TASK_CON_PINGPONG | slice.number, value);
	rkr_commit_value(&commit, RKR_REG_PC_TASK_DMA_BASE_ADDR, &value);
	rkr_check_number(c, at, NULL, "PC DMA base", 0, value);
	/* The driver clears the first mask and waits for the last: in a convolution they are one. */
	uint32_t clear = 0;

	rkr_commit_value(&commit, RKR_REG_PC_INTERRUPT_MASK, &value);
	rkr_commit_value(&commit, RKR_REG_PC_INTERRUPT_CLEAR, &clear);
	rkr_check_number(c, at, NULL, "PC interrupt mask", clear, value);
	rkr_check_number(c, at, NULL, "PC interrupt mask", rkr_int_mask_of_enables(last->enable_mask), value);
	for (const struct rkr_task *t = first; t <= last; t++) {
		size_t i = (size_t)(t - tasks);
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_DMA, t->regcmd_addr, at);
		const struct rkr_bo *bo = ref.state == RKR_REF_BO ? &c->run->bos[ref.bo].bo : NULL;
		uint64_t room = bo && (bo->known & RKR_BO_ALIGNED) ? bo->aligned
				: bo && (bo->known & RKR_BO_SIZE)  ? rkr_align_up(bo->size, 4096)
								   : 0;
		enum rkr_regcmd_addr ok = rkr_regcmd_addr_judge(t, room > ref.addend ? room - ref.addend : 0);

		/* Early captures do not tell where BOs are. */
		if (ok != RKR_REGCMD_ADDR_OUTSIDE || rkr_check_bo(c, "weight"))
			rkr_check_that(c, ok == RKR_REGCMD_ADDR_OK, rkr_check_task_record(c, i),
				       rkr_check_text(c, "task[%zu]", i), "regcmd_addr",
				       ok == RKR_REGCMD_ADDR_UNALIGNED ? "a multiple of 16"
								       : "all of the record in one BO",
				       rkr_check_text(c, "0x%" PRIx64, t->regcmd_addr));
		if (bo)
			check_tail(c, tasks, i, t == last, ref);
	}
}

void
rkr_check_commit(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	if (!n)
		rkr_check_skip(c, "its tasks are not known, and there is no run to take them from");
	for (size_t i = 0; n && i < rkr_check_count(c, RKR_KIND_submit); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_submit, i);
		const struct rkr_abi_submit s = rkr_check_submit(&c->run->records[at]);

		if (!rkr_check_shows(c, at, RKR_F_submit_sub0_number, "slots"))
			continue;
		/* Left to the driver, any core can be it: once for each slot that differs. */
		for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
			uint32_t mask = s.core_mask ? s.core_mask : UINT32_C(1) << core;

			if ((mask >> core & 1) && (s.core_mask || core == 0 ||
						   memcmp(&s.subcore_task[core], &s.subcore_task[0],
							  sizeof(s.subcore_task[0])) != 0))
				check_commit(c, at, &s, tasks, n, core, mask);
		}
	}
}

void
rkr_check_irq(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks);

	if (!n)
		rkr_check_skip(c, "its tasks are not known, and there is no run to take them from");
	for (size_t i = 0; i < n; i++) {
		uint32_t mask = tasks[i].int_mask, wrong = 0;

		rkr_check_that(c, rkr_int_mask_reachable(mask), rkr_check_task_record(c, i),
			       rkr_check_text(c, "task[%zu]", i), "int_mask",
			       "whole pairs of bits below 0x1000", rkr_check_text(c, "0x%x", mask));
		/* Either register group's bit alone ends the task, and no other block's does. */
		for (unsigned bit = 0; bit < 32; bit++) {
			uint32_t status = UINT32_C(1) << bit;

			if (rkr_int_completes(status, mask) != ((status & mask) != 0))
				wrong |= status;
		}
		expect(c, i, "interrupts that are taken wrongly", 0, wrong);
	}
}
