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

/** What is being written down of a plan. */
struct text {
	struct rkr_buf buf;
	const struct rkx_plan *plan;
	uint32_t *names; /* per BO: the how-manieth to be pointed into, from 1; NULL: no addresses */
	uint32_t n_names;
};

/*
 * An address as the BO that it points into and how far; what points nowhere
 * stays. BOs are told apart by the order in which they are pointed into: their
 * roles and their order in the table are the source's to choose.
 */
static void
put_address(struct text *t, uint64_t address)
{
	uint64_t offset;
	uint32_t bo = rkx_plan_bo_at(t->plan, address, 1, &offset);

	if (bo == RKX_NONE) {
		rkr_buf_printf(&t->buf, " 0x%" PRIx64, address);
		return;
	}
	if (!t->names[bo])
		t->names[bo] = ++t->n_names;
	rkr_buf_printf(&t->buf, " %" PRIu32 "+0x%" PRIx64, t->names[bo], offset);
}

static int
put_words(struct text *t, const struct rkr_task *task)
{
	uint64_t offset;
	uint32_t bo = rkx_plan_bo_at(t->plan, task->regcmd_addr, 8, &offset);
	size_t n;

	if (bo == RKX_NONE)
		return -ENODATA;
	uint64_t room = (rkx_plan_bos(t->plan, &n)[bo].aligned - offset) / 8;
	uint64_t words = (uint64_t)task->regcfg_amount + RKR_REGCMD_TAIL;

	for (uint64_t i = 0; i < words && i < room; i++) {
		uint64_t word;

		if (rkx_plan_word(t->plan, bo, offset + 8 * i, &word) < 0)
			return -ENODATA;
		uint64_t mask = (uint64_t)rkr_qword_address_mask(word) << 16;

		rkr_buf_printf(&t->buf, "0x%016" PRIx64, word & ~mask);
		if (mask && t->names)
			put_address(t, (word & mask) >> 16);
		rkr_buf_put(&t->buf, "\n", 1);
	}
	return 0;
}

static int
put_slot(struct text *t, const struct rkx_slot *slot)
{
	for (uint64_t i = 0; i < slot->number; i++) {
		struct rkr_task task;
		int r = rkx_plan_task(t->plan, slot->submit, slot->start + i, &task);

		if (r < 0)
			return -ENODATA;
		if (t->names) {
			/* The driver reads these; int_mask of the first and the last [source]. */
			bool at_end = i == 0 || i + 1 == slot->number;

			rkr_buf_printf(&t->buf, "task 0x%x %u", at_end ? task.int_mask : 0,
				       task.regcfg_amount);
			put_address(t, task.regcmd_addr);
			rkr_buf_put(&t->buf, "\n", 1);
		}
		r = put_words(t, &task);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
put_submit(struct text *t, size_t nth)
{
	static const uint32_t idle[RKR_NPU_CORES];
	struct rkx_slot slots[RKR_NPU_CORES];
	size_t n = rkx_submit_slots(t->plan, nth, slots);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct rkr_abi_submit *abi = &slots[i].submit->abi;

		/* Masks 0 and 1 are one job on an idle board; so is one anywhere in the table. */
		if (t->names)
			rkr_buf_printf(&t->buf, "slot mask 0x%x flags 0x%x core %u number %u\n",
				       rkr_core_mask_scheduled(abi->core_mask, idle), abi->flags,
				       slots[i].core, slots[i].number);
		r = put_slot(t, &slots[i]);
	}
	return r;
}

/* Submits @from to @to, and their digest. */
static int
digest(const struct rkx_plan *plan, size_t from, size_t to, bool whole, char ret_hex[RKR_SHA256_HEX])
{
	size_t n_bos;

	rkx_plan_bos(plan, &n_bos);
	_autofree_ uint32_t *names = whole ? calloc(n_bos + 1, sizeof(*names)) : NULL;
	struct text t = { .plan = plan, .names = names };
	int r = whole && !names ? -ENOMEM : 0;

	for (size_t i = from; r == 0 && i < to; i++)
		r = put_submit(&t, i);
	if (r == 0)
		r = t.buf.failed;
	if (r == 0)
		rkr_sha256_hex(t.buf.data ? t.buf.data : "", t.buf.len, ret_hex);
	rkr_buf_free(&t.buf);
	return r;
}

int
rkx_plan_fingerprint(const struct rkx_plan *plan, char ret_hex[RKR_SHA256_HEX])
{
	size_t n;

	rkx_plan_submits(plan, &n);
	return digest(plan, 0, n, true, ret_hex);
}

int
rkx_submit_fingerprint(const struct rkx_plan *plan, size_t nth, char ret_hex[RKR_SHA256_HEX])
{
	return digest(plan, nth, nth + 1, true, ret_hex);
}

int
rkx_submit_stream_fingerprint(const struct rkx_plan *plan, size_t nth, char ret_hex[RKR_SHA256_HEX])
{
	return digest(plan, nth, nth + 1, false, ret_hex);
}
