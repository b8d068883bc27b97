/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fingerprint.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/format.h"
#include "lib/model-submit.h"
#include "lib/regcmd.h"
#include "lib/util.h"

size_t
rkx_submit_slots(const struct rkx_plan *plan, size_t nth, struct rkx_slot ret_slots[RKR_NPU_CORES])
{
	size_t n_submits, n = 0;
	const struct rkx_plan_submit *s = &rkx_plan_submits(plan, &n_submits)[nth];
	const uint32_t idle[RKR_NPU_CORES] = { 0 };
	uint32_t mask = rkr_core_mask_scheduled(s->abi.core_mask, idle);

	for (unsigned core = 0; core < RKR_NPU_CORES; core++) {
		int index = mask >> core & 1 ? rkr_subcore_index(mask, core) : -EINVAL;

		if (index < 0)
			continue;
		ret_slots[n++] = (struct rkx_slot){
			.submit = s,
			.nth = nth,
			.core = core,
			.start = s->abi.subcore_task[index].task_start,
			.number = s->abi.subcore_task[index].task_number,
		};
	}
	return n;
}

/* An address as the BO that it points into and how far; what points nowhere stays. */
static void
put_address(struct rkr_buf *buf, const struct rkx_plan *plan, uint64_t address)
{
	size_t n;
	uint64_t offset;
	uint32_t bo = rkx_plan_bo_at(plan, address, 1, &offset);

	if (bo == RKX_NONE)
		rkr_buf_printf(buf, " 0x%" PRIx64, address);
	else
		rkr_buf_printf(buf, " %s+0x%" PRIx64, rkx_plan_bos(plan, &n)[bo].role, offset);
}

static int
put_words(struct rkr_buf *buf, const struct rkx_plan *plan, const struct rkr_task *task, bool addresses)
{
	uint64_t offset;
	uint32_t bo = rkx_plan_bo_at(plan, task->regcmd_addr, 8, &offset);
	size_t n;

	if (bo == RKX_NONE)
		return -ENODATA;
	uint64_t room = (rkx_plan_bos(plan, &n)[bo].aligned - offset) / 8;
	uint64_t words = (uint64_t)task->regcfg_amount + RKR_REGCMD_TAIL;

	for (uint64_t i = 0; i < words && i < room; i++) {
		uint64_t word;

		if (rkx_plan_word(plan, bo, offset + 8 * i, &word) < 0)
			return -ENODATA;
		uint64_t mask = (uint64_t)rkr_qword_address_mask(word) << 16;

		rkr_buf_printf(buf, "0x%016" PRIx64, word & ~mask);
		if (mask && addresses)
			put_address(buf, plan, (word & mask) >> 16);
		rkr_buf_put(buf, "\n", 1);
	}
	return 0;
}

static int
put_slot(struct rkr_buf *buf, const struct rkx_plan *plan, const struct rkx_slot *slot, bool whole)
{
	for (uint64_t i = 0; i < slot->number; i++) {
		struct rkr_task t;
		int r = rkx_plan_task(plan, slot->submit, slot->start + i, &t);

		if (r < 0)
			return -ENODATA;
		if (whole) {
			rkr_buf_printf(buf, "task %u %u 0x%x 0x%x 0x%x %u %u", t.flags, t.op_idx,
				       t.enable_mask, t.int_mask, t.int_clear, t.regcfg_amount,
				       t.regcfg_offset);
			put_address(buf, plan, t.regcmd_addr);
			rkr_buf_put(buf, "\n", 1);
		}
		r = put_words(buf, plan, &t, whole);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
put_submit(struct rkr_buf *buf, const struct rkx_plan *plan, size_t nth, bool whole)
{
	struct rkx_slot slots[RKR_NPU_CORES];
	size_t n = rkx_submit_slots(plan, nth, slots);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (whole)
			rkr_buf_printf(buf, "slot mask 0x%x flags 0x%x core %u start %u number %u\n",
				       slots[i].submit->abi.core_mask, slots[i].submit->abi.flags,
				       slots[i].core, slots[i].start, slots[i].number);
		r = put_slot(buf, plan, &slots[i], whole);
	}
	return r;
}

static int
finish(struct rkr_buf *buf, int r, char ret_hex[RKR_SHA256_HEX])
{
	if (r == 0)
		r = buf->failed;
	if (r == 0)
		rkr_sha256_hex(buf->data ? buf->data : "", buf->len, ret_hex);
	rkr_buf_free(buf);
	return r;
}

int
rkx_plan_fingerprint(const struct rkx_plan *plan, char ret_hex[RKR_SHA256_HEX])
{
	struct rkr_buf buf = { 0 };
	size_t n;
	int r = 0;

	rkx_plan_submits(plan, &n);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = put_submit(&buf, plan, i, true);
	return finish(&buf, r, ret_hex);
}

int
rkx_submit_stream_fingerprint(const struct rkx_plan *plan, size_t nth, char ret_hex[RKR_SHA256_HEX])
{
	struct rkr_buf buf = { 0 };

	return finish(&buf, put_submit(&buf, plan, nth, false), ret_hex);
}
