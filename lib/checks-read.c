/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "checks-priv.h"
#include "util.h"

/* What checks read of a run. */

size_t
rkr_check_count(const struct rkr_check_ctx *c, enum rkr_kind kind)
{
	return c->state->first[kind + 1] - c->state->first[kind];
}

size_t
rkr_check_index(const struct rkr_check_ctx *c, enum rkr_kind kind, size_t i)
{
	return c->state->index[c->state->first[kind] + i];
}

const struct rkr_record *
rkr_check_record(const struct rkr_check_ctx *c, enum rkr_kind kind, size_t i)
{
	return &c->run->records[rkr_check_index(c, kind, i)];
}

const struct rkr_bo *
rkr_check_bo(const struct rkr_check_ctx *c, const char *role)
{
	int i = rkr_run_bo_by_role(c->run, role);

	return i < 0 ? NULL : &c->run->bos[i].bo;
}

size_t
rkr_check_first_submit(const struct rkr_check_ctx *c)
{
	size_t best = c->run->n_records;

	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_submit); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_submit, i);
		const struct rkr_record *a = &c->run->records[best], *b = &c->run->records[at];

		if (i == 0 || (rkr_get_u(a, RKR_F_submit_n) == rkr_get_u(b, RKR_F_submit_n) &&
			       __builtin_popcountll(b->present) > __builtin_popcountll(a->present)))
			best = at;
	}
	return best;
}

struct rkr_abi_submit
rkr_check_submit(const struct rkr_record *r)
{
	_Static_assert((int)RKR_F_submit_sub4_number ==
			       (int)RKR_F_submit_sub0_start + 2 * RKR_SUBCORE_SLOTS - 1,
		       "the slots' fields are pairs in a row");
	struct rkr_abi_submit s = {
		.flags = (uint32_t)rkr_get_u(r, RKR_F_submit_flags),
		.timeout = (uint32_t)rkr_get_u(r, RKR_F_submit_timeout),
		.task_start = (uint32_t)rkr_get_u(r, RKR_F_submit_task_start),
		.task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_task_number),
		.task_counter = (uint32_t)rkr_get_u(r, RKR_F_submit_task_counter),
		.priority = (int32_t)rkr_get_u(r, RKR_F_submit_priority),
		.task_obj_addr = rkr_get_u(r, RKR_F_submit_task_obj_addr),
		.task_base_addr = rkr_get_u(r, RKR_F_submit_task_base_addr),
		.core_mask = (uint32_t)rkr_get_u(r, RKR_F_submit_core_mask),
		.fence_fd = (int32_t)rkr_get_u(r, RKR_F_submit_fence_fd),
	};
	/* Bytes 32 to 39 and 48 to 55, by the names that this log gives them. */
	uint64_t regcfg = rkr_get_u(r, RKR_F_submit_regcfg_obj_addr);

	s.iommu_domain_id = (uint32_t)regcfg | (uint32_t)rkr_get_u(r, RKR_F_submit_field32);
	s.reserved = (uint32_t)(regcfg >> 32) | (uint32_t)rkr_get_u(r, RKR_F_submit_field36);
	s.hw_elapse_time =
		(int64_t)(rkr_get_u(r, RKR_F_submit_user_data) | rkr_get_u(r, RKR_F_submit_field48));
	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		s.subcore_task[i].task_start = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_start + 2 * i);
		s.subcore_task[i].task_number = (uint32_t)rkr_get_u(r, RKR_F_submit_sub0_start + 2 * i + 1);
	}
	return s;
}

/* An address of one run's BO, as one of the other run's BO of that role. 0: there is none. */
static uint64_t
translate(const struct rkr_run *from, const struct rkr_run *to, uint64_t address)
{
	struct rkr_ref ref = rkr_run_resolve(from, RKR_SPACE_DMA, address, SIZE_MAX);

	if (ref.state != RKR_REF_BO)
		return 0;
	int bo = rkr_run_bo_by_role(to, from->bos[ref.bo].bo.role);

	return bo >= 0 && (to->bos[bo].bo.known & RKR_BO_DMA) ? to->bos[bo].bo.dma + ref.addend : 0;
}

size_t
rkr_check_tasks(struct rkr_check_ctx *c, struct rkr_task **ret_tasks)
{
	bool own = rkr_run_n_tasks(c->run) > 0;
	const struct rkr_run *from = own ? c->run : c->s->against;
	size_t n = from ? rkr_run_n_tasks(from) : 0;
	_autofree_ struct rkr_task *tasks = n ? rkr_check_alloc(c, n, sizeof(*tasks)) : NULL;

	if (!tasks)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (rkr_run_task(from, i, &tasks[i]) < 0)
			return 0;
		if (!own) {
			tasks[i].regcmd_addr = translate(from, c->run, tasks[i].regcmd_addr);
			if (!tasks[i].regcmd_addr)
				return 0;
		}
	}
	*ret_tasks = rkr_steal(tasks);
	return n;
}

size_t
rkr_check_task_record(const struct rkr_check_ctx *c, size_t i)
{
	const struct rkr_region *region = rkr_run_region(c->run, RKR_REGION_TASKS);

	for (size_t k = 0; region && k < rkr_check_count(c, RKR_KIND_task); k++) {
		size_t index = rkr_check_index(c, RKR_KIND_task, k);
		const struct rkr_record *r = &c->run->records[index];

		if (rkr_get_u(r, RKR_F_task_off) != region->offset + i * RKR_TASK_BYTES)
			continue;
		struct rkr_ref ref =
			rkr_run_resolve(c->run, RKR_SPACE_GEM_NAME, rkr_get_u(r, RKR_F_task_gem), index);

		if (ref.state == RKR_REF_BO && ref.bo == region->bo)
			return index;
	}
	return SIZE_MAX;
}

bool
rkr_check_total(const struct rkr_check_ctx *c, const char *what, uint64_t *ret_bytes)
{
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_memory_total); i++) {
		const struct rkr_record *r = rkr_check_record(c, RKR_KIND_memory_total, i);
		uint64_t millionths = rkr_get_u(r, RKR_F_memory_total_kb);

		if (!rkr_str_is(r, RKR_F_memory_total_what, what) || millionths > UINT64_MAX / 1024)
			continue;
		*ret_bytes = millionths * 1024 / 1000000;
		return true;
	}
	return false;
}

bool
rkr_check_is_network(const struct rkr_check_ctx *c)
{
	size_t n_const = 0, n_feature = 0;

	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_tensor); i++) {
		const struct rkr_record *r = rkr_check_record(c, RKR_KIND_tensor, i);

		n_const += rkr_str_is(r, RKR_F_tensor_table, "const");
		n_feature += rkr_str_is(r, RKR_F_tensor_table, "feature");
	}
	/* A single convolution has weights, an input and an output. */
	return n_const > 1 || n_feature > 2;
}

bool
rkr_check_regcmd_known(const struct rkr_check_ctx *c, uint64_t *ret_known, uint64_t *ret_all)
{
	const struct rkr_region *region = rkr_run_region(c->run, RKR_REGION_REGCMD);
	uint8_t word[8];
	uint64_t known = 0;

	if (!region)
		return false;
	for (uint64_t o = 0; o + 8 <= region->size; o += 8)
		known += rkr_run_read(c->run, region->bo, region->offset + o, word, sizeof(word)) == 0;
	*ret_known = known;
	*ret_all = region->size / 8;
	return true;
}
