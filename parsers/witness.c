/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include "lib/util.h"

#define KIND(k) (UINT64_C(1) << RKR_KIND_##k)

/*
 * What a log would have shown, by what it shows. The capture script grew:
 * submits alone, then creates and syncs with them, then actions, then maps,
 * mmaps and what calls returned. [captured: 17 ioctl logs of five stages]
 */
#define STAGE_1 (KIND(mem_create) | KIND(mem_sync) | KIND(submit) | KIND(submit_sync))
#define STAGE_2 (STAGE_1 | KIND(action))
/* Only a script that sees what MEM_CREATE returned can name the task object's. */
#define STAGE_4 (STAGE_2 | KIND(mem_map) | KIND(mmap) | KIND(submit_create))
/* The runtime's rows come by level: who sees debug rows sees the others. */
#define DEBUG (KIND(bo_alloc) | KIND(regcmd_size) | KIND(memory_total) | KIND(tensor) | KIND(identity))
#define GEMS (KIND(gem) | KIND(gem_unavailable) | KIND(task) | KIND(task_like))
#define MMIO (KIND(snapshot_mmio) | KIND(mmio_core) | KIND(mmio_register) | KIND(mmio_unavailable))

/*
 * The kernel's log. What the driver prints as an error stands in each log that
 * has one of its errors; but versions differ in what they print at all: 0.4
 * only that a submit is wrong, the next ones a timeout in one row, 0.8 a row
 * for the wait before it, 0.9 one for each core behind it [source]. So a row
 * tells of those that its version must have. Resets, switches of the IOMMU's
 * domain and boot lines are of a lower level, which a console may leave out
 * while it shows the errors [captured: logs without their "soft reset"].
 */
#define TIMEOUTS (KIND(timeout) | KIND(irq_invalid) | KIND(job_error))
#define WAITS (TIMEOUTS | KIND(wait))
#define CORES (WAITS | KIND(core_status))
/*
 * One patch prints all rows of the trace, at one level; the prelude only where
 * a core's pointers are written before the commit, which older drivers and
 * chips of one core do not do [source]. Who sees the trace sees the errors.
 */
#define TRACE                                                                                      \
	(KIND(pc_trace) | KIND(pc_regs) | KIND(pc_armed) | KIND(pc_timeout) | KIND(pc_irq_valid) | \
	 KIND(pc_irq_invalid) | TIMEOUTS)

static const struct {
	enum rkr_kind seen;
	uint64_t also;
} implied[] = {
	{ RKR_KIND_mem_create, STAGE_1 },
	{ RKR_KIND_mem_sync, STAGE_1 },
	{ RKR_KIND_action, STAGE_2 },
	{ RKR_KIND_mem_map, STAGE_4 },
	{ RKR_KIND_mmap, STAGE_4 },
	{ RKR_KIND_bo_alloc, DEBUG },
	{ RKR_KIND_bo_free, DEBUG | KIND(bo_free) },
	{ RKR_KIND_regcmd_size, DEBUG },
	{ RKR_KIND_memory_total, DEBUG },
	{ RKR_KIND_tensor, DEBUG },
	{ RKR_KIND_gem, GEMS },
	{ RKR_KIND_gem_unavailable, GEMS },
	{ RKR_KIND_regcmd_runs, KIND(regcmd_run) },
	{ RKR_KIND_snapshot_sysfs, KIND(sysfs_value) },
	{ RKR_KIND_snapshot_mmio, MMIO },
	{ RKR_KIND_timeout, TIMEOUTS },
	{ RKR_KIND_irq_invalid, TIMEOUTS },
	{ RKR_KIND_wait, WAITS },
	{ RKR_KIND_core_status, CORES },
	{ RKR_KIND_pc_prelude, TRACE },
	{ RKR_KIND_pc_trace, TRACE },
	{ RKR_KIND_pc_regs, TRACE },
	{ RKR_KIND_pc_armed, TRACE },
	{ RKR_KIND_pc_timeout, TRACE },
	{ RKR_KIND_pc_irq_valid, TRACE },
	{ RKR_KIND_pc_irq_invalid, TRACE },
};

static int
tell(struct rkp_parser *p, uint64_t kinds)
{
	kinds &= ~p->witnessed;
	p->witnessed |= kinds;
	for (int k = 0; k < RKR_KIND_MAX_ && p->sink.witness; k++) {
		int r = kinds >> k & 1 ? p->sink.witness(p->sink.data, (enum rkr_kind)k) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int
rkp_witness(struct rkp_parser *p, enum rkr_kind kind)
{
	uint64_t kinds = UINT64_C(1) << kind;

	if (p->acc.kind[kind] > 1)
		return 0; /* told already */
	for (size_t i = 0; i < RKR_ARRAY_LEN(implied); i++)
		if (implied[i].seen == kind)
			kinds |= implied[i].also;
	return tell(p, kinds);
}

/* BOs are freed at the end of a process: a log that stops before shows none. */
int
rkp_witness_end(struct rkp_parser *p)
{
	return p->saw_exit && p->acc.kind[RKR_KIND_bo_alloc] ? tell(p, KIND(bo_free)) : 0;
}
