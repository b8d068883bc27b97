/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "gen.h"

#include <errno.h>

#include "domain.h"
#include "layout.h"
#include "lib/model-irq.h"
#include "lib/util.h"
#include "record.h"
#include "sequence.h"

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)
RKR_DEFINE_CLEANUP(struct rkg_regcmd *, rkg_regcmd_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

/* The one operator of the graph [captured: all task rows of single convolutions]. */
#define OP_IDX 1

/* Task tables: the driver's, with addresses, or the copy behind the regcmd, which counts from its start. */
static int
write_table(struct rkr_run *run, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd, uint64_t base,
	    const struct rkr_region *region)
{
	_autofree_ uint8_t *bytes = malloc(plan->n_tasks * RKR_TASK_BYTES);

	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < plan->n_tasks; i++) {
		const struct rkg_record *rec = rkg_regcmd_task(regcmd, i);

		rkr_task_encode(
			&(struct rkr_task){
				.op_idx = OP_IDX,
				.enable_mask = rec->enable_mask,
				.int_mask = rec->int_mask,
				/* Whatever may be set [captured: all task rows]. */
				.int_clear = RKR_INT_CLEAR_ALL,
				.regcfg_amount = rec->amount,
				.regcmd_addr = base + rkg_record_offset(rec),
			},
			bytes + i * RKR_TASK_BYTES);
	}
	int r = rkr_run_write(run, region->bo, region->offset, bytes, plan->n_tasks * RKR_TASK_BYTES,
			      RKR_EVIDENCE_GENERATED, SIZE_MAX);

	return r < 0 ? r : rkr_run_add_region(run, region);
}

static int
write_regcmd(struct rkr_run *run, const struct rkg_regcmd *regcmd, const struct rkr_region *region)
{
	_autofree_ uint8_t *bytes = malloc(region->size);

	if (!bytes)
		return -ENOMEM;
	for (size_t i = 0; i < regcmd->n_words; i++)
		for (size_t k = 0; k < 8; k++)
			bytes[8 * i + k] = (uint8_t)(regcmd->words[i] >> (8 * k));
	int r = rkr_run_write(run, region->bo, region->offset, bytes, region->size, RKR_EVIDENCE_GENERATED,
			      SIZE_MAX);

	return r < 0 ? r : rkr_run_add_region(run, region);
}

/* What a GEM dump at the submit would show: so int_status is 0 [captured: 21 dumps]. */
static int
write_contents(struct rkr_run *run, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd,
	       const struct rkg_layout *l, const uint32_t bos[RKG_N_BOS])
{
	const struct rkr_region tasks = { RKR_REGION_TASKS, bos[RKG_BO_TASK], 0, l->table_bytes };
	const struct rkr_region stream = { RKR_REGION_REGCMD, bos[RKG_BO_WEIGHT], l->active_offset,
					   l->regcmd_bytes };
	const struct rkr_region copy = { RKR_REGION_TASKS_REL, bos[RKG_BO_WEIGHT], l->table_offset,
					 l->table_bytes };
	int r = write_table(run, plan, regcmd, l->bo[RKG_BO_WEIGHT].dma + l->active_offset, &tasks);

	if (r == 0)
		r = write_regcmd(run, regcmd, &stream);
	if (r == 0)
		r = write_table(run, plan, regcmd, 0, &copy);
	return r;
}

static int
fill_run(struct rkr_run *run, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd,
	 const struct rkg_layout *layout, const struct rkg_options *options)
{
	uint32_t bos[RKG_N_BOS] = { 0 };
	int r = rkg_sequence_append(
		run, plan, layout, &(struct rkg_sequence_options){ options->profiling, options->reset }, bos);

	if (r == 0)
		r = write_contents(run, plan, regcmd, layout, bos);
	if (r == 0)
		r = rkr_run_bind(run);
	if (r == 0)
		r = rkr_run_view_gem(run);
	return r;
}

int
rkg_conv_run(const struct rkg_shape *shape, const struct rkg_options *options, struct rkr_run **ret_run,
	     struct rkr_error *err)
{
	static const struct rkg_options none;
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	rkr_cleanup(rkg_regcmd_free) struct rkg_regcmd *regcmd = NULL;
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkg_layout layout;
	uint32_t bases[RKG_BASE_MAX_];
	int r = rkg_domain_check(shape, &plan, NULL, err);

	if (r < 0)
		return r;
	if (!options)
		options = &none;
	if (rkg_regcmd_new(plan, NULL, &regcmd) < 0)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	r = rkg_layout_init(&layout, plan, regcmd, options->iova_top, err);
	if (r < 0)
		return r;
	rkg_layout_bases(&layout, bases);
	rkg_regcmd_place(regcmd, bases);
	if (rkr_run_new(&run) < 0 || fill_run(run, plan, regcmd, &layout, options) < 0)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	*ret_run = rkr_steal(run);
	return 0;
}
