/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>

#include "gate-priv.h"
#include "lib/regs-ids.h"

/*
 * Gate G11's part on what a record writes: how far that reaches, and that none
 * of it is what the NPU or the driver is told to do. What the judged words
 * were replaced by would be run without a judgement.
 */

/* An atom: the piece that all writers write [TRM]. */
#define ATOM 16

/* As bytes of an output: it is laid out in a way that is not known, and may reach anywhere. */
#define ANYWHERE UINT64_MAX

/* What is written from @to on. */
struct output {
	const char *what;
	uint32_t to;
	uint64_t bytes; /* 0: the record does not say all that it takes to know */
};

/* Of a map in surfaces: each @width by @height atoms, @pixel bytes apart, rows @line bytes apart. */
struct map {
	uint64_t surfaces, width, height, pixel, line;
	uint64_t surface;   /* bytes from one to the next of a group */
	uint64_t group;     /* bytes from one group to the next */
	uint64_t per_group; /* surfaces */
};

static uint64_t
map_bytes(const struct map *m)
{
	uint64_t last = m->surfaces - 1, group = last / m->per_group;
	uint64_t end = group * m->group + last % m->per_group * m->surface;
	/* The group before it may reach further. */
	uint64_t before = group ? (group - 1) * m->group + (m->per_group - 1) * m->surface : 0;

	return (end > before ? end : before) + (m->height - 1) * m->line + (m->width - 1) * m->pixel + ATOM;
}

#define GET(block, name, to) rkx_fetch_register(plan, f, RKR_TARGET_##block, RKR_REG_##block##_##name, (to))
#define FIELD(value, name) ((value) >> RKR_FLD_##name##_SHIFT & RKR_FLD_##name##_MASK)

/* Values of an atom by the code of their precision; 0: not known [captured: int8, fp16; else source]. */
static unsigned
lanes_of(uint32_t precision)
{
	static const uint8_t lanes[8] = { [0] = 16, [2] = 8, [4] = 4, [5] = 4 };

	return lanes[precision & 7];
}

/*
 * A copy of a part of a map has the part's size in its reader and writer, and
 * the whole map's in the cube [inferred: 56 copies of rows and columns].
 */
static void
take_part(const struct rkx_plan *plan, const struct rkx_fetch *f, uint32_t mode, struct map *m)
{
	uint32_t w, h, size;

	if (!FIELD(mode, DPU_FEATURE_MODE_CFG_FLYING_MODE) || !GET(DPU_RDMA, RDMA_DATA_CUBE_WIDTH, &w) ||
	    !GET(DPU_RDMA, RDMA_DATA_CUBE_HEIGHT, &h) || !GET(DPU, WDMA_SIZE_1, &size))
		return;
	w = FIELD(w, DPU_RDMA_RDMA_DATA_CUBE_WIDTH_WIDTH);
	h = FIELD(h, DPU_RDMA_RDMA_DATA_CUBE_HEIGHT_HEIGHT);
	if (w != FIELD(size, DPU_WDMA_SIZE_1_WIDTH_WDMA) || h != FIELD(size, DPU_WDMA_SIZE_1_HEIGHT_WDMA))
		return;
	m->width = (uint64_t)w + 1;
	m->height = (uint64_t)h + 1;
}

/*
 * Where surfaces lie: @E of them the stride apart, then SURF_ADD to the next
 * ones; with SURF_ADD 0 all of them the stride apart, and with no stride
 * either, one behind the other [captured for E > 1, else inferred].
 */
static void
place_surfaces(uint32_t stride, uint32_t add, uint32_t ow, struct map *m)
{
	m->surface = stride & ~(uint32_t)(ATOM - 1);
	m->group = add & ~(uint32_t)(ATOM - 1);
	m->per_group = (uint64_t)FIELD(ow, DPU_BS_OW_CFG_SIZE_E_0) + 1;
	if (m->group)
		return;
	m->group = m->surface ? m->surface : m->width * m->height * ATOM;
	m->per_group = 1;
}

/*
 * Of a map with gaps: those behind each line, or, where WDMA takes each pixel
 * for a line of its own, behind each pixel, and lines are what groups of
 * surfaces are elsewhere [inferred: the phases of 14 resizes].
 */
static void
take_gaps(const struct rkx_plan *plan, const struct rkx_fetch *f, unsigned lanes, uint32_t notch,
	  struct map *m)
{
	uint32_t first = FIELD(notch, DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_0),
		 second = FIELD(notch, DPU_DATA_CUBE_NOTCH_ADDR_NOTCH_ADDR_1), size = 1;
	/* Unequal ones nobody has seen: no further than by the larger. */
	uint64_t gap = ATOM * (uint64_t)(first > second ? first : second);

	GET(DPU, WDMA_SIZE_1, &size);
	if (gap && lanes == 16 && m->width > 1 && !FIELD(size, DPU_WDMA_SIZE_1_WIDTH_WDMA)) {
		m->pixel += gap;
		m->line = m->group;
		m->group = 0;
	} else {
		m->line += gap;
	}
}

/* Whether DPU's output is laid out in a way that is not known. */
static bool
is_odd_dpu(uint32_t mode, uint32_t format, uint32_t ow, uint32_t add)
{
	uint32_t e = FIELD(ow, DPU_BS_OW_CFG_SIZE_E_0);

	return !lanes_of(FIELD(format, DPU_DATA_FORMAT_OUT_PRECISION)) ||
	       FIELD(format, DPU_DATA_FORMAT_MC_SURF_OUT) || FIELD(mode, DPU_FEATURE_MODE_CFG_TP_EN) ||
	       FIELD(mode, DPU_FEATURE_MODE_CFG_RGP_TYPE) || FIELD(mode, DPU_FEATURE_MODE_CFG_NONALIGN) ||
	       FIELD(ow, DPU_BS_OW_CFG_TP_ORG_EN) || FIELD(ow, DPU_BS_OW_CFG_RGP_CNTER) ||
	       (add >= ATOM &&
		(FIELD(ow, DPU_BS_OW_CFG_SIZE_E_1) != e || FIELD(ow, DPU_BS_OW_CFG_SIZE_E_2) != e));
}

static uint64_t
dpu_bytes(const struct rkx_plan *plan, const struct rkx_fetch *f, uint32_t mode)
{
	uint32_t w, h, c, format, stride, notch = 0, add = 0, ow = 0;
	struct map m = { .pixel = ATOM };

	if (!GET(DPU, DATA_CUBE_WIDTH, &w) || !GET(DPU, DATA_CUBE_HEIGHT, &h) ||
	    !GET(DPU, DATA_CUBE_CHANNEL, &c) || !GET(DPU, DATA_FORMAT, &format) ||
	    !GET(DPU, DST_SURF_STRIDE, &stride) || GET(DPU, SURFACE_ADD, &add) != GET(DPU, BS_OW_CFG, &ow))
		return 0;
	GET(DPU, DATA_CUBE_NOTCH_ADDR, &notch);
	if (is_odd_dpu(mode, format, ow, add))
		return ANYWHERE;
	unsigned lanes = lanes_of(FIELD(format, DPU_DATA_FORMAT_OUT_PRECISION));

	m.surfaces = (uint64_t)FIELD(c, DPU_DATA_CUBE_CHANNEL_CHANNEL) / lanes + 1;
	m.width = (uint64_t)FIELD(w, DPU_DATA_CUBE_WIDTH_WIDTH) + 1;
	m.height = (uint64_t)FIELD(h, DPU_DATA_CUBE_HEIGHT_HEIGHT) + 1;
	take_part(plan, f, mode, &m);
	m.line = m.width * ATOM;
	place_surfaces(stride, add, ow, &m);
	take_gaps(plan, f, lanes, notch, &m);
	return map_bytes(&m);
}

static bool
dpu_output(const struct rkx_plan *plan, const struct rkx_fetch *f, struct output *ret)
{
	/* To memory, unless the record says otherwise. */
	uint32_t mode = RKX_DPU_TO_MEMORY;

	GET(DPU, FEATURE_MODE_CFG, &mode);
	if (!(mode & RKX_DPU_TO_MEMORY) || !GET(DPU, DST_BASE_ADDR, &ret->to))
		return false;
	ret->what = "the output";
	ret->bytes = dpu_bytes(plan, f, mode);
	return true;
}

static uint64_t
ppu_bytes(const struct rkx_plan *plan, const struct rkx_fetch *f)
{
	uint32_t w, h, c, mode, format, misc, stride;
	struct map m = { .pixel = ATOM, .per_group = 1 };

	if (!GET(PPU, DATA_CUBE_OUT_WIDTH, &w) || !GET(PPU, DATA_CUBE_OUT_HEIGHT, &h) ||
	    !GET(PPU, DATA_CUBE_OUT_CHANNEL, &c) || !GET(PPU, OPERATION_MODE_CFG, &mode) ||
	    !GET(PPU, DATA_FORMAT, &format) || !GET(PPU, MISC_CTRL, &misc) ||
	    !GET(PPU, DST_SURF_STRIDE, &stride))
		return 0;
	unsigned lanes = lanes_of(FIELD(format, PPU_DATA_FORMAT_PROC_PRECISION));

	if (!lanes || FIELD(mode, PPU_OPERATION_MODE_CFG_INDEX_EN) || FIELD(misc, PPU_MISC_CTRL_NONALIGN) ||
	    FIELD(misc, PPU_MISC_CTRL_MC_SURF_OUT))
		return ANYWHERE;
	m.surfaces = (uint64_t)FIELD(c, PPU_DATA_CUBE_OUT_CHANNEL_CUBE_OUT_CHANNEL) / lanes + 1;
	m.width = (uint64_t)FIELD(w, PPU_DATA_CUBE_OUT_WIDTH_CUBE_OUT_WIDTH) + 1;
	m.height = (uint64_t)FIELD(h, PPU_DATA_CUBE_OUT_HEIGHT_CUBE_OUT_HEIGHT) + 1;
	m.line = (m.width + FIELD(mode, PPU_OPERATION_MODE_CFG_NOTCH_ADDR)) * ATOM;
	m.group = stride & ~(uint32_t)(ATOM - 1);
	return map_bytes(&m);
}

static bool
ppu_output(const struct rkx_plan *plan, const struct rkx_fetch *f, struct output *ret)
{
	if (!GET(PPU, DST_BASE_ADDR, &ret->to))
		return false;
	ret->to &= ~(uint32_t)(ATOM - 1);
	ret->what = "the output of PPU";
	ret->bytes = ppu_bytes(plan, f);
	return true;
}

#undef GET
#undef FIELD

/* Whether a stretch of a BO meets a record that is run. */
static bool
meets_record(const struct rkx_plan *plan, uint32_t bo, uint64_t offset, uint64_t bytes)
{
	size_t n;

	rkx_plan_submits(plan, &n);
	for (size_t s = 0; s < n; s++) {
		struct rkx_slot slots[RKR_NPU_CORES];
		size_t n_slots = rkx_submit_slots(plan, s, slots);

		for (size_t k = 0; k < n_slots; k++)
			for (uint64_t i = 0; i < slots[k].number; i++) {
				struct rkx_fetch f;

				if (rkx_fetch_get(plan, slots[k].submit, slots[k].start + i, &f) < 0)
					break;
				if (f.bo == bo && offset < f.offset + 8 * f.words &&
				    f.offset < offset + bytes)
					return true;
			}
	}
	return false;
}

bool
rkx_meets_table(const struct rkx_plan *plan, uint32_t bo, uint64_t offset)
{
	size_t n;
	const struct rkx_plan_submit *s = rkx_plan_submits(plan, &n);

	for (size_t i = 0; i < n; i++)
		if (s[i].task_bo == bo && offset < s[i].n_tasks * RKR_TASK_BYTES)
			return true;
	return false;
}

/* Whether a run's BO holds regcmd: in most BOs nobody needs to look for records. */
static bool
holds_regcmd(const struct rkx_plan *plan, uint32_t bo)
{
	size_t n;
	const struct rkr_region *r = rkr_run_regions(rkx_plan_run(plan), &n);

	for (size_t i = 0; i < n; i++)
		if (r[i].bo == bo && r[i].kind == RKR_REGION_REGCMD)
			return true;
	return false;
}

static enum rkx_verdict
judge(const struct rkx_judging *j, const struct rkx_fetch *f, const struct output *o)
{
	bool odd = o->bytes == ANYWHERE;
	/* Then by its start alone. */
	uint64_t offset, bytes = o->bytes && !odd ? o->bytes : 1;

	if (!o->to)
		return RKX_ALLOW;
	uint32_t bo = rkx_plan_bo_at(j->plan, o->to, bytes, &offset);

	if (bo == RKX_NONE)
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": %s takes %" PRIu64
			       " bytes from 0x%x, past the end of the BO",
			       f->nth, o->what, bytes, o->to);
	if (rkx_meets_table(j->plan, bo, offset))
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": %s, from 0x%x on, would be written over tasks", f->nth,
			       o->what, o->to);
	if (holds_regcmd(j->plan, bo) && meets_record(j->plan, bo, offset, bytes))
		return rkx_say(j, RKX_NEVER,
			       "task %" PRIu64 ": %s, from 0x%x on, would be written over regcmd that is run",
			       f->nth, o->what, o->to);
	/* Compiled models have some [captured]: how they lie is not known. */
	if (odd)
		return rkx_say(j, RKX_WARN, "task %" PRIu64 ": how far %s reaches is not known", f->nth,
			       o->what);
	return RKX_ALLOW;
}

enum rkx_verdict
rkx_judge_outputs(const struct rkx_judging *j, const struct rkx_fetch *f)
{
	struct output o;
	enum rkx_verdict v = dpu_output(j->plan, f, &o) ? judge(j, f, &o) : RKX_ALLOW;

	if (v >= RKX_REFUSE || !ppu_output(j->plan, f, &o))
		return v;
	enum rkx_verdict of_ppu = judge(j, f, &o);

	return of_ppu > v ? of_ppu : v;
}
