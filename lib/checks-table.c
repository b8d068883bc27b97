/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "checks-priv.h"
#include "util.h"

#define K RKR_KIND_BIT

/* To compare the regcmd, all of it must be known, and where its records are. */
#define LIVE (RKR_NEEDS_TASKS | RKR_NEEDS_REGCMD | RKR_NEEDS_AGAINST)

/* clang-format off */
/* The checks: id is the place in the table. */
static const struct rkr_check_desc table[] = {
	{ "ABI layout of the structs", K(submit), 0, rkr_check_abi },
	{ "task object", 0, RKR_NEEDS_TASKS, rkr_check_task_object },
	{ "embedded task table", 0, RKR_NEEDS_TASKS, rkr_check_embedded_table },
	{ "task records of the programs", 0, RKR_NEEDS_TASKS, rkr_check_task_programs },
	{ "evidence state of the shape", 0, RKR_NEEDS_AGAINST, rkr_check_evidence },
	{ "source of the submitted task object", K(submit), 0, rkr_check_task_source },
	{ "lifecycle of job and tasks", K(submit), 0, rkr_check_lifecycle },
	{ "auto core selection", K(submit), 0, rkr_check_auto_core },
	{ "submit mode", K(submit), 0, rkr_check_submit_mode },
	{ "scheduler and core state", K(submit), 0, rkr_check_scheduler },
	{ "ACTION side effects", K(action), 0, rkr_check_actions },
	{ "MEM_SYNC and caches", K(mem_sync) | K(mem_create), 0, rkr_check_sync_model },
	{ "IOMMU domain and IOVAs", 0, 0, rkr_check_iommu },
	{ "mmap and cacheability", K(mem_create) | K(mem_map) | K(mmap), 0, rkr_check_mapping },
	{ "exported regcmd runs", K(model), RKR_NEEDS_TASKS | RKR_NEEDS_REGCMD, rkr_check_model_runs },
	{ "exported regcmd equality", K(model), RKR_NEEDS_TASKS | RKR_NEEDS_REGCMD | RKR_NEEDS_AGAINST,
	  rkr_check_model_equality },
	{ "live regcmd window", K(regcmd_window), LIVE, rkr_check_window },
	{ "live regcmd, one-core program", 0, LIVE, rkr_check_program_1 },
	{ "live regcmd, two-core program", 0, LIVE, rkr_check_program_2 },
	{ "live regcmd, three-core program", 0, LIVE, rkr_check_program_3 },
	{ "live regcmd of an unpromoted shape", 0, LIVE, rkr_check_unpromoted },
	{ "runtime memory profile", K(bo_alloc) | K(regcmd_size) | K(memory_total), 0,
	  rkr_check_profile },
	{ "order of the teardown", K(bo_alloc) | K(bo_free), 0, rkr_check_free_order },
	{ "sync profile", K(mem_sync), RKR_NEEDS_AGAINST, rkr_check_sync_profile },
	{ "ioctl sequence", K(mem_create) | K(submit), RKR_NEEDS_AGAINST, rkr_check_sequence },
	{ "allocation metadata", K(bo_alloc), 0, rkr_check_allocation },
	{ "rows of the teardown", K(bo_alloc) | K(bo_free), 0, rkr_check_free_rows },
	{ "live DMA binding", K(tensor), 0, rkr_check_dma_binding },
	{ "placement in the buffers", K(regcmd_size) | K(memory_total), 0, rkr_check_placement },
	{ "driver commit candidates", K(submit), 0, rkr_check_commit },
	{ "IRQ completion", 0, 0, rkr_check_irq },
	{ "MMIO snapshot", K(snapshot_mmio), 0, rkr_check_mmio },
	{ "raw timeout in the kernel log", 0, 0, rkr_check_kernel_timeout },
	{ "timeout and abort", K(submit), 0, rkr_check_timeout },
	{ "sysfs state", K(snapshot_sysfs) | K(sysfs_value), 0, rkr_check_sysfs },
	{ "driver trace patch", 0, 0, rkr_check_trace_patch },
	{ "PC commit trace", 0, 0, rkr_check_pc_trace },
};
/* clang-format on */

size_t
rkr_checks_count(void)
{
	return RKR_ARRAY_LEN(table);
}

const struct rkr_check_desc *
rkr_check_desc(unsigned id)
{
	return &table[id - 1];
}
