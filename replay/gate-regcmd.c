/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "gate-priv.h"
#include "lib/model-memory.h"
#include "lib/regs-ids.h"
#include "lib/symbol.h"
#include "lib/util.h"

/* Gates on the records that the PC fetches. */

int
rkx_fetch_get(const struct rkx_plan *plan, const struct rkx_plan_submit *submit, uint64_t nth,
	      struct rkx_fetch *ret)
{
	struct rkx_fetch f = { .nth = nth };

	if (rkx_plan_task(plan, submit, nth, &f.task) < 0)
		return -ENODATA;
	f.words = rkx_fetch_words(f.task.regcfg_amount);
	f.bo = rkx_plan_bo_at(plan, f.task.regcmd_addr, 8 * f.words, &f.offset);
	f.body = (uint64_t)f.task.regcfg_amount + RKR_REGCMD_TAIL;
	if (f.body > f.words)
		f.body = f.words;
	*ret = f;
	return 0;
}

uint64_t
rkx_fetch_word(const struct rkx_plan *plan, const struct rkx_fetch *fetch, uint64_t i, bool *ret_known)
{
	uint64_t word = 0;

	*ret_known = fetch->bo != RKX_NONE && i < fetch->words &&
		     rkx_plan_word(plan, fetch->bo, fetch->offset + 8 * i, &word) == 0;
	return word;
}

/* Words of any record that is run; from a damaged task the amount may be anything, and G9 bounds it. */
static uint64_t
words_to_judge(const struct rkx_fetch *f)
{
	return f->words > RKX_FETCH_LUT_MAX ? RKX_FETCH_LUT_MAX : f->words;
}

bool
rkx_fetch_register(const struct rkx_plan *plan, const struct rkx_fetch *fetch, uint16_t target,
		   uint16_t offset, uint32_t *ret_value)
{
	for (uint64_t i = words_to_judge(fetch); i-- > 0;) {
		bool known;
		struct rkr_qword q = rkr_qword_decode(rkx_fetch_word(plan, fetch, i, &known));

		if (!known || q.target != target || q.offset != offset)
			continue;
		*ret_value = q.value;
		return true;
	}
	return false;
}

enum rkx_verdict
rkx_each_task(const struct rkx_judging *j,
	      enum rkx_verdict (*visit)(const struct rkx_judging *j, const struct rkx_slot *slot,
					const struct rkx_fetch *fetch))
{
	size_t n;
	enum rkx_verdict worst = RKX_ALLOW;

	rkx_plan_submits(j->plan, &n);
	for (size_t s = 0; s < n; s++) {
		struct rkx_slot slots[RKR_NPU_CORES];
		size_t n_slots = rkx_submit_slots(j->plan, s, slots);

		for (size_t k = 0; k < n_slots; k++)
			for (uint64_t i = 0; i < slots[k].number; i++) {
				struct rkx_fetch f;

				if (rkx_fetch_get(j->plan, slots[k].submit, slots[k].start + i, &f) < 0)
					break;
				enum rkx_verdict v = visit(j, &slots[k], &f);

				if (v >= RKX_REFUSE)
					return v;
				worst = v > worst ? v : worst;
			}
	}
	return worst;
}

/*
 * The load of a lookup table: the 69 words of a copy of one pixel, then for
 * each of two tables what selects it and 513 entries [captured: 44 of 44
 * loads, in 5 models as the vendor's compiler made them to be run].
 */
enum { LUT_HEAD = 69, LUT_ENTRIES = 513, LUT_AMOUNT = LUT_HEAD + 2 * (1 + LUT_ENTRIES) };

static bool
loads_tables(const struct rkx_judging *j, const struct rkx_fetch *f)
{
	if (f->task.regcfg_amount != LUT_AMOUNT)
		return false;
	for (uint64_t i = LUT_HEAD; i < LUT_AMOUNT; i++) {
		bool known, selects = (i - LUT_HEAD) % (1 + LUT_ENTRIES) == 0;
		struct rkr_qword q = rkr_qword_decode(rkx_fetch_word(j->plan, f, i, &known));
		uint32_t table = i == LUT_HEAD ? 0x20000 : 0x30000;

		if (!known || q.target != RKR_TARGET_DPU ||
		    q.offset != (selects ? RKR_REG_DPU_LUT_ACCESS_CFG : RKR_REG_DPU_LUT_ACCESS_DATA) ||
		    (selects && q.value != table))
			return false;
	}
	return true;
}

static enum rkx_verdict
judge_fetch(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint64_t at = f->task.regcmd_addr;

	(void)slot;
	if (at >= RKR_IOVA_END || at % 16)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": regcmd_addr 0x%" PRIx64
			       " is not below 4 GiB in steps of 16",
			       f->nth, at);
	if (f->task.regcfg_amount == 0 || (f->words > RKX_FETCH_MAX && !loads_tables(j, f)))
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": regcfg_amount %u makes a fetch of %" PRIu64
			       " words: 1 to %u are run, and loads of tables",
			       f->nth, f->task.regcfg_amount, f->task.regcfg_amount ? f->words : 0,
			       RKX_FETCH_MAX);
	if (f->bo == RKX_NONE)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": %" PRIu64 " words at 0x%" PRIx64 " are not inside of a BO",
			       f->nth, f->words, at);
	/* The driver writes int_status there when a job ends [source]. */
	if (rkx_meets_table(j->plan, f->bo, f->offset))
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": its record lies among the tasks", f->nth);
	for (uint64_t i = 0; i < f->words; i++) {
		bool known;
		uint64_t word = rkx_fetch_word(j->plan, f, i, &known);

		if (!known)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64 ": word %" PRIu64 " of its record is not known",
				       f->nth, i);
		if (i >= f->body && word)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64 ": the fetch goes past the record, to 0x%016" PRIx64,
				       f->nth, word);
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_fetch(const struct rkx_judging *j)
{
	return rkx_each_task(j, judge_fetch);
}

/* What starts the blocks: exactly one word, the last, of blocks that there are. */
static enum rkx_verdict
judge_start(const struct rkx_judging *j, const struct rkx_fetch *f)
{
	uint64_t starts = 0, last = 0, word = 0;

	for (uint64_t i = 0; i < words_to_judge(f); i++) {
		bool known;
		uint64_t w = rkx_fetch_word(j->plan, f, i, &known);

		last = w ? w : last;
		if (w >> 48 == RKR_TARGET_OP_EN) {
			starts++;
			word = w;
		}
	}
	struct rkr_qword q = rkr_qword_decode(word);

	if (starts != 1)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": its record has %" PRIu64 " op-enables, not one", f->nth,
			       starts);
	if (last != word)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": words follow the op-enable, first to last 0x%016" PRIx64,
			       f->nth, last);
	/* CNA, CORE, DPU, DPU_RDMA, PPU, PPU_RDMA; bit 1 is no block's [TRM]. */
	if (q.value == 0 || q.value & ~0x7du)
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": the op-enable starts 0x%x", f->nth, q.value);
	return RKX_ALLOW;
}

static enum rkx_verdict
judge_chain(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint32_t link = 0, amount = 0;
	bool linked = rkx_fetch_register(j->plan, f, RKR_TARGET_PC, RKR_REG_PC_BASE_ADDRESS, &link);
	bool counted = rkx_fetch_register(j->plan, f, RKR_TARGET_PC, RKR_REG_PC_REGISTER_AMOUNTS, &amount);
	struct rkx_fetch next;

	if (judge_start(j, f) != RKX_ALLOW)
		return RKX_NEVER;
	if (f->nth + 1 == (uint64_t)slot->start + slot->number) {
		if (link || amount)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64
				       " is the last of core %u, but links to 0x%x (amount 0x%x)",
				       f->nth, slot->core, link, amount);
		/* A single record without a tail works; chains that ended so did harm [captured]. */
		if (!counted && slot->number > 1)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64 " ends a chain without setting the next amount to 0",
				       f->nth);
		return RKX_ALLOW;
	}
	if (rkx_fetch_get(j->plan, slot->submit, f->nth + 1, &next) < 0)
		return rkx_say(j, RKX_NEVER, "the task after task %" PRIu64 " is not known", f->nth);
	if (!linked || link != (next.task.regcmd_addr & ~UINT64_C(0xf)))
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 " links to 0x%x, the next record is at 0x%" PRIx64, f->nth,
			       link, next.task.regcmd_addr);
	if (next.task.regcmd_addr == f->task.regcmd_addr)
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 " links to itself", f->nth);
	/* The upper half counts cores that wait for each other, 0 to 2 [captured]. */
	if (!counted || (amount & 0xffff) != rkr_regcmd_pc_amount(next.task.regcfg_amount) ||
	    amount >> 16 > 2)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 " asks for amount 0x%x, the next record of %u needs 0x%x",
			       f->nth, amount, next.task.regcfg_amount,
			       rkr_regcmd_pc_amount(next.task.regcfg_amount));
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_chain(const struct rkx_judging *j)
{
	return rkx_each_task(j, judge_chain);
}

/* Addresses that must be set, and not to 0, when their block is started. */
static const struct {
	uint16_t target;
	uint16_t offset;
	uint8_t enable; /* bit of the op-enable */
	uint32_t mode;  /* one of these bits of DPU.FEATURE_MODE_CFG says that it is used; 0: always */
} needed[] = {
	{ RKR_TARGET_CNA, RKR_REG_CNA_FEATURE_DATA_ADDR, 0, 0 },
	{ RKR_TARGET_CNA, RKR_REG_CNA_DCOMP_ADDR0, 0, 0 },
	{ RKR_TARGET_DPU, RKR_REG_DPU_DST_BASE_ADDR, 3, RKX_DPU_TO_MEMORY },
	{ RKR_TARGET_DPU_RDMA, RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, 4,
	  1u << RKR_FLD_DPU_FEATURE_MODE_CFG_FLYING_MODE_SHIFT },
	{ RKR_TARGET_PPU, RKR_REG_PPU_DST_BASE_ADDR, 5, 0 },
	{ RKR_TARGET_PPU_RDMA, RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, 6, 0 },
};

/*
 * What a record leaves out is what the one two before it wrote, since blocks
 * have two groups of registers in turns [TRM]; of the first two of a job it is
 * what another job left.
 */
static enum rkx_verdict
judge_needed(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint32_t enables = 0, mode = 0;
	char name[64];

	rkx_fetch_register(j->plan, f, RKR_TARGET_OP_EN, RKR_REG_PC_OPERATION_ENABLE, &enables);
	rkx_fetch_register(j->plan, f, RKR_TARGET_DPU, RKR_REG_DPU_FEATURE_MODE_CFG, &mode);
	for (size_t i = 0; i < RKR_ARRAY_LEN(needed); i++) {
		uint32_t value = 0;
		bool set = rkx_fetch_register(j->plan, f, needed[i].target, needed[i].offset, &value);

		if (!(enables >> needed[i].enable & 1) || (needed[i].mode && !(mode & needed[i].mode)))
			continue;
		rkr_qword_name(rkr_qword_encode(needed[i].target, 0, needed[i].offset), name, sizeof(name));
		if (set && !value)
			return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": %s is 0, and its block is started",
				       f->nth, name);
		if (!set && f->nth - slot->start < 2)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64 ": %s is not set, and its block is started", f->nth,
				       name);
	}
	return RKX_ALLOW;
}

/* An address of this run's memory, and moved with it. */
static enum rkx_verdict
judge_address(const struct rkx_judging *j, const struct rkx_fetch *f, uint64_t nth, uint64_t word)
{
	uint32_t address = rkr_qword_decode(word).value & rkr_qword_address_mask(word);
	char name[64];

	rkr_qword_name(word, name, sizeof(name));
	if (address && rkx_plan_bo_at(j->plan, address, 1, NULL) == RKX_NONE)
		return rkx_say(j, RKX_NEVER, "task %" PRIu64 ": %s is 0x%x, inside of no BO", f->nth, name,
			       address);
	/* Relocation goes by what the source says is regcmd. */
	if (address && !rkr_run_word_address(rkx_plan_run(j->plan), f->bo, f->offset + 8 * nth, word).mask)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": %s is where the run has no regcmd, so it was not moved",
			       f->nth, name);
	return RKX_ALLOW;
}

/* Whether @bytes from @address on stay in the BO that it points into. */
static enum rkx_verdict
judge_extent(const struct rkx_judging *j, const struct rkx_fetch *f, const char *what, uint32_t address,
	     uint64_t bytes)
{
	if (!address || rkx_plan_bo_at(j->plan, address, bytes, NULL) != RKX_NONE)
		return RKX_ALLOW;
	return rkx_say(j, RKX_NEVER,
		       "task %" PRIu64 ": %s takes %" PRIu64 " bytes from 0x%x, past the end of the BO",
		       f->nth, what, bytes, address);
}

static enum rkx_verdict
judge_dma(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	uint32_t weights, bytes;

	for (uint64_t i = 0; i < words_to_judge(f); i++) {
		bool known;
		uint64_t word = rkx_fetch_word(j->plan, f, i, &known);

		/* Links are gate G10's. */
		if (!rkr_qword_address_mask(word) || rkr_qword_decode(word).target == RKR_TARGET_PC)
			continue;
		if (judge_address(j, f, i, word) != RKX_ALLOW)
			return RKX_NEVER;
	}
	if (judge_needed(j, slot, f) != RKX_ALLOW)
		return RKX_NEVER;
	if (rkx_fetch_register(j->plan, f, RKR_TARGET_CNA, RKR_REG_CNA_DCOMP_ADDR0, &weights) &&
	    rkx_fetch_register(j->plan, f, RKR_TARGET_CNA, RKR_REG_CNA_WEIGHT_SIZE0, &bytes) &&
	    judge_extent(j, f, "the weights", weights, bytes ? bytes : 1) != RKX_ALLOW)
		return RKX_NEVER;
	return rkx_judge_outputs(j, f);
}

enum rkx_verdict
rkx_gate_dma(const struct rkx_judging *j)
{
	return rkx_each_task(j, judge_dma);
}

static enum rkx_verdict
judge_targets(const struct rkx_judging *j, const struct rkx_slot *slot, const struct rkx_fetch *f)
{
	size_t n;
	const struct rkr_reg_block *blocks = rkr_reg_blocks(&n);

	(void)slot;
	for (uint64_t i = 0; i < words_to_judge(f); i++) {
		bool known, ok;
		uint64_t word = rkx_fetch_word(j->plan, f, i, &known);
		struct rkr_qword q = rkr_qword_decode(word);

		/* Nothing, or words that end a record [captured]. */
		ok = word == 0 || q.target == RKR_TARGET_NOP || (q.target == RKR_TARGET_MARK && !q.offset) ||
		     (q.target == RKR_TARGET_OP_EN && q.offset == RKR_REG_PC_OPERATION_ENABLE) ||
		     (q.target == RKR_TARGET_PC &&
		      (q.offset == RKR_REG_PC_BASE_ADDRESS || q.offset == RKR_REG_PC_REGISTER_AMOUNTS));
		/*
		 * A block's registers take 4 KiB from its base [TRM]. The one that starts
		 * it no record writes: the op-enable does that [captured: 2974 records].
		 */
		for (size_t b = 0; b < n && !ok; b++)
			ok = blocks[b].qword_target && blocks[b].qword_target != RKR_TARGET_PC &&
			     blocks[b].qword_target == q.target && q.offset >= blocks[b].base &&
			     q.offset - blocks[b].base < 0x1000 &&
			     q.offset - blocks[b].base != RKR_REG_PC_OPERATION_ENABLE;
		if (!ok)
			return rkx_say(j, RKX_NEVER,
				       "task %" PRIu64 ": word %" PRIu64 " writes 0x%04x:0x%04x", f->nth, i,
				       q.target, q.offset);
	}
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_gate_targets(const struct rkx_judging *j)
{
	return rkx_each_task(j, judge_targets);
}
