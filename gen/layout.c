/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "layout.h"

#include <errno.h>
#include <stdio.h>

#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/util.h"
#include "refusal.h"

/* The kernel maps the task BO too, because the driver reads it. [captured: 34 logs] */
#define FLAGS (RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE | RKR_MEM_LIMIT_IOVA_ALIGNMENT)
#define FLAGS_TASK (FLAGS | RKR_MEM_KERNEL_MAPPING)

/*
 * Values that name things or differ from run to run. They are made up, in the
 * ranges that captures show: first object and mapping, first mmap offset,
 * first dma-buf. [captured: 13 ioctl logs]
 */
#define FIRST_OBJECT UINT64_C(0xffffff8102fc0400)
#define OBJECT_STEP 0x400
#define TOP_VIRTUAL UINT64_C(0x7ff7ff7000)
#define FIRST_MAP UINT64_C(0x100000000)
#define FIRST_PRIME_FD 4

static const struct {
	const char *role;
	uint32_t flags;
} bos[RKG_N_BOS] = {
	[RKG_BO_TASK] = { "task", FLAGS_TASK },    [RKG_BO_WEIGHT] = { "weight", FLAGS },
	[RKG_BO_INTERNAL] = { "internal", FLAGS }, [RKG_BO_INPUT] = { "input", FLAGS },
	[RKG_BO_OUTPUT] = { "output", FLAGS },
};

int
rkg_layout_init(struct rkg_layout *ret, const struct rkg_plan *plan, const struct rkg_regcmd *regcmd,
		uint64_t iova_top, struct rkr_error *err)
{
	const struct rkg_geometry *g = &plan->geometry;
	struct rkg_layout l = {
		.weight_bytes = g->weight_bytes,
		/* Weights, the separators' scratch, the regcmd [captured: 83 windows, modulo a page]. */
		.active_offset = rkr_align_up(g->weight_bytes, RKG_WEIGHT_ALIGN) + RKG_SCRATCH_BYTES,
		.regcmd_bytes = rkg_regcmd_bytes(regcmd),
		.table_bytes = plan->n_tasks * RKR_TASK_BYTES,
	};

	l.table_offset = l.active_offset + l.regcmd_bytes;
	/* [captured: 8 shapes with BO logs] */
	const uint64_t sizes[RKG_N_BOS] = {
		[RKG_BO_TASK] = l.table_bytes,
		[RKG_BO_WEIGHT] = l.table_offset + rkr_align_up(l.table_bytes, RKG_WEIGHT_ALIGN),
		[RKG_BO_INTERNAL] = g->in_bytes + g->out_bytes,
		[RKG_BO_INPUT] = g->in_bytes,
		[RKG_BO_OUTPUT] = g->out_bytes,
	};
	uint64_t dma = iova_top ? iova_top : RKG_IOVA_TOP, virt = TOP_VIRTUAL, map = FIRST_MAP;

	if (dma % RKR_PAGE != 0 || dma > RKG_IOVA_TOP)
		return rkr_fail(err, -EINVAL, "use a multiple of 4096 of at most 0x100000000",
				"the top of the IOVA space cannot be %#llx", (unsigned long long)dma);
	for (uint32_t i = 0; i < RKG_N_BOS; i++) {
		uint64_t aligned = rkr_page_round(sizes[i]);

		/* Address 0 is never handed out. */
		if (aligned >= dma)
			return rkg_refuse(err, RKG_REFUSE_IOVA_SPACE, &g->shape);
		/* Each right below the last, in order of creation [captured: 34 logs]. */
		dma -= aligned;
		virt -= aligned;
		l.bo[i] = (struct rkr_bo){
			.known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_FLAGS | RKR_BO_DMA | RKR_BO_OBJ |
				 RKR_BO_VIRT | RKR_BO_MAP | RKR_BO_HANDLE | RKR_BO_GEM_NAME |
				 RKR_BO_PRIME_FD | RKR_BO_MAP_N,
			/* Handle, name and MEM_MAP are all the how-manieth BO it is [captured: 34 logs]. */
			.handle = i + 1,
			.gem_name = i + 1,
			.map_n = i + 1,
			.flags = bos[i].flags,
			.prime_fd = FIRST_PRIME_FD + (int32_t)i,
			.size = sizes[i],
			.aligned = aligned,
			.dma = dma,
			.obj = FIRST_OBJECT + i * OBJECT_STEP,
			.virt = virt,
			.map = map,
			.died = SIZE_MAX,
		};
		snprintf(l.bo[i].role, sizeof(l.bo[i].role), "%s", bos[i].role);
		map += aligned; /* [captured: 13 ioctl logs] */
	}
	*ret = l;
	return 0;
}

void
rkg_layout_bases(const struct rkg_layout *layout, uint32_t ret_bases[RKG_BASE_MAX_])
{
	ret_bases[RKG_BASE_NONE] = 0;
	ret_bases[RKG_BASE_WEIGHT] = (uint32_t)layout->bo[RKG_BO_WEIGHT].dma;
	ret_bases[RKG_BASE_INPUT] = (uint32_t)layout->bo[RKG_BO_INPUT].dma;
	ret_bases[RKG_BASE_OUTPUT] = (uint32_t)layout->bo[RKG_BO_OUTPUT].dma;
	/* No whole run has any: where they would lie is not known. */
	ret_bases[RKG_BASE_BIAS] = 0;
	ret_bases[RKG_BASE_ADDEND] = 0;
	ret_bases[RKG_BASE_REGCMD] = (uint32_t)(layout->bo[RKG_BO_WEIGHT].dma + layout->active_offset);
}
