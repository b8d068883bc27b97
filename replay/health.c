/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "health.h"

#include <errno.h>
#include <string.h>

#include "calls.h"
#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

RKR_DEFINE_CLEANUP(struct rkx_calls *, rkx_calls_free)
RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

/*
 * Operands as raw halves: 3 and 5 are subnormal fp16 numbers, whose sum has
 * the bits of 8; the NPU keeps subnormals [captured: the job passes].
 */
#define HALF_A 3
#define HALF_B 5
#define HALF_SUM 8

enum { TASK, REGCMD, INPUT, OPERAND, OUTPUT, N_BOS };

static const struct {
	const char *role;
	uint32_t flags;
} bos[N_BOS] = {
	/* As that client asks for them: uncached, so that no syncs are needed [captured]. */
	[TASK] = { "task", RKR_MEM_KERNEL_MAPPING },
	[REGCMD] = { "regcmd", 0 },
	[INPUT] = { "input", 0 },
	[OPERAND] = { "operand", 0 },
	[OUTPUT] = { "output", 0 },
};

/*
 * Where the run has its BOs: as made up as everything that a run names, and
 * moved when it is planned.
 */
static uint64_t
dma_of(size_t bo)
{
	return RKR_IOVA_END - RKR_PAGE * (uint64_t)(bo + 1);
}

static uint64_t
obj_of(size_t bo)
{
	return UINT64_C(0xffffff8100000000) + 0x400 * (uint64_t)(bo + 1);
}

/* ---- the regcmd */

struct words {
	uint64_t v[80];
	size_t n;
};

static void
put(struct words *w, uint16_t target, uint32_t value, uint16_t offset)
{
	w->v[w->n++] = rkr_qword_encode(target, value, offset);
}

#define DPU(reg, value) put(w, RKR_TARGET_DPU, value, RKR_REG_DPU_##reg)
#define RDMA(reg, value) put(w, RKR_TARGET_DPU_RDMA, value, RKR_REG_DPU_RDMA_##reg)

/* Both groups in turns, each switched when its task starts: as the vendor's records have it [captured]. */
#define POINTER_PING_PONG 0xe
/* What an elementwise op starts: DPU and DPU_RDMA [captured]. */
#define STARTS                                                   \
	(1u << RKR_FLD_GLOBAL_OPERATION_ENABLE_DPU_OP_EN_SHIFT | \
	 1u << RKR_FLD_GLOBAL_OPERATION_ENABLE_DPU_RDMA_OP_EN_SHIFT)

/*
 * The body. Values are those of clients that add fp16 on boards [captured];
 * which registers the 14 words leave out (height, BS, BN, output conversion)
 * is known, that RDMA's height is one of them that are written is [inferred]
 * from their number.
 */
static void
put_body(struct words *w, enum rkx_health_form form)
{
	if (form != RKX_HEALTH_CLASSIC) {
		DPU(S_POINTER, POINTER_PING_PONG);
		RDMA(RDMA_S_POINTER, POINTER_PING_PONG);
	}
	DPU(FEATURE_MODE_CFG, 0x1e5); /* main input by DMA, output to memory */
	DPU(DATA_FORMAT, 0x48000002); /* fp16 in, fp16 out */
	DPU(DST_BASE_ADDR, (uint32_t)dma_of(OUTPUT));
	DPU(DATA_CUBE_WIDTH, 0); /* one atom of 8; sizes are less 1 */
	DPU(DATA_CUBE_CHANNEL, 0x70007);
	DPU(EW_CFG, 0x108202c0); /* add, operand per pixel, 16 bits */
	RDMA(RDMA_DATA_CUBE_WIDTH, 0);
	RDMA(RDMA_DATA_CUBE_HEIGHT, 0);
	RDMA(RDMA_DATA_CUBE_CHANNEL, 7);
	RDMA(RDMA_SRC_BASE_ADDR, (uint32_t)dma_of(INPUT));
	RDMA(RDMA_ERDMA_CFG, 0x40000008); /* per pixel, 16 bits */
	RDMA(RDMA_EW_BASE_ADDR, (uint32_t)dma_of(OPERAND));
	RDMA(RDMA_FEATURE_MODE_CFG, 0x17849); /* fp16, widened, flying */
}

/*
 * What the first record of an operator that adds two maps writes: all of the
 * stages' registers, those that it does not use too, so that nothing is left
 * of what ran before. [captured: 69 registers, in this order, in 126 adds]
 */
#define D(reg, value) { RKR_TARGET_DPU, RKR_REG_DPU_##reg, value }
#define R(reg, value) { RKR_TARGET_DPU_RDMA, RKR_REG_DPU_RDMA_##reg, value }
static const struct {
	uint16_t target;
	uint16_t offset;
	uint32_t value; /* unless the body has another */
} whole[] = {
	D(S_POINTER, 0),
	R(RDMA_S_POINTER, 0),
	D(FEATURE_MODE_CFG, 0),
	D(DATA_FORMAT, 0),
	D(OFFSET_PEND, 0),
	D(DST_BASE_ADDR, 0),
	D(DST_SURF_STRIDE, 0x10),
	D(DATA_CUBE_WIDTH, 0),
	D(DATA_CUBE_HEIGHT, 0),
	D(DATA_CUBE_NOTCH_ADDR, 0),
	D(DATA_CUBE_CHANNEL, 0),
	D(BS_CFG, 0x53), /* bypassed, as BN is */
	D(BS_ALU_CFG, 0),
	D(BS_MUL_CFG, 0),
	D(BS_RELUX_CMP_VALUE, 0),
	D(BS_OW_CFG, 2),
	D(BS_OW_OP, 0),
	D(WDMA_SIZE_0, 7),
	D(WDMA_SIZE_1, 0),
	D(BN_CFG, 0x53),
	D(BN_ALU_CFG, 0),
	D(BN_MUL_CFG, 0),
	D(BN_RELUX_CMP_VALUE, 0),
	D(EW_CFG, 0),
	D(EW_CVT_OFFSET_VALUE, 0),
	D(EW_CVT_SCALE_VALUE, 1),
	D(EW_RELUX_CMP_VALUE, 0),
	D(OUT_CVT_OFFSET, 0),
	D(OUT_CVT_SCALE, 0x10001), /* to fp16 */
	D(OUT_CVT_SHIFT, 0),
	D(EW_OP_VALUE_0, 0),
	D(EW_OP_VALUE_1, 0),
	D(EW_OP_VALUE_2, 0),
	D(EW_OP_VALUE_3, 0),
	D(EW_OP_VALUE_4, 0),
	D(EW_OP_VALUE_5, 0),
	D(EW_OP_VALUE_6, 0),
	D(EW_OP_VALUE_7, 0),
	D(SURFACE_ADD, 0x10),
	D(UNK_40C4, 0),
	D(LUT_ACCESS_CFG, 0),
	D(LUT_ACCESS_DATA, 0),
	D(LUT_CFG, 0),
	D(LUT_INFO, 0),
	D(LUT_LE_START, 0),
	D(LUT_LE_END, 0),
	D(LUT_LO_START, 0),
	D(LUT_LO_END, 0),
	D(LUT_LE_SLOPE_SCALE, 0),
	D(LUT_LE_SLOPE_SHIFT, 0),
	D(LUT_LO_SLOPE_SCALE, 0),
	D(LUT_LO_SLOPE_SHIFT, 0),
	R(RDMA_DATA_CUBE_WIDTH, 0),
	R(RDMA_DATA_CUBE_HEIGHT, 0),
	R(RDMA_DATA_CUBE_CHANNEL, 0),
	R(RDMA_SRC_BASE_ADDR, 0),
	R(RDMA_BRDMA_CFG, 0),
	R(RDMA_BS_BASE_ADDR, 0),
	R(RDMA_NRDMA_CFG, 0),
	R(RDMA_BN_BASE_ADDR, 0),
	R(RDMA_ERDMA_CFG, 0),
	R(RDMA_EW_BASE_ADDR, 0),
	R(RDMA_EW_SURF_STRIDE, 0x10),
	R(RDMA_FEATURE_MODE_CFG, 0),
	R(RDMA_SRC_DMA_CFG, 0),
	R(RDMA_SURF_NOTCH, 0),
	R(RDMA_PAD_CFG, 0),
	R(RDMA_WEIGHT, 0x01010101),
	R(RDMA_EW_SURF_NOTCH, 0),
};
#undef D
#undef R

static void
put_whole(struct words *w)
{
	struct words body = { 0 };

	put_body(&body, RKX_HEALTH_WHOLE);
	for (size_t i = 0; i < RKR_ARRAY_LEN(whole); i++) {
		uint32_t value = whole[i].value;

		for (size_t k = 0; k < body.n; k++)
			if (rkr_qword_decode(body.v[k]).offset == whole[i].offset)
				value = rkr_qword_decode(body.v[k]).value;
		put(w, whole[i].target, value, whole[i].offset);
	}
}

/* Returns the regcfg_amount. */
static uint32_t
put_record(struct words *w, enum rkx_health_form form)
{
	if (form == RKX_HEALTH_WHOLE)
		put_whole(w);
	else
		put_body(w, form);
	uint32_t amount = (uint32_t)w->n;

	if (form != RKX_HEALTH_CLASSIC) {
		w->v[w->n++] = 0; /* no next record */
		put(w, RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS);
		put(w, RKR_TARGET_MARK, 0, 0);
	}
	put(w, RKR_TARGET_OP_EN, STARTS, RKR_REG_PC_OPERATION_ENABLE);
	/* Without a tail the op-enable counts as one of the body's 14 words [captured]. */
	return form == RKX_HEALTH_CLASSIC ? (uint32_t)w->n : amount;
}

#undef DPU
#undef RDMA

/* ---- the run */

static int
append_bo(struct rkx_calls *calls, struct rkr_run *run, size_t i)
{
	struct rkr_bo bo = {
		.handle = (uint32_t)i + 1,
		.flags = bos[i].flags,
		.size = RKR_PAGE,
		.aligned = RKR_PAGE,
		.dma = dma_of(i),
		.obj = obj_of(i),
		.map = RKR_MAP_FIRST + i * RKR_PAGE,
	};
	uint32_t index;

	strcpy(bo.role, bos[i].role);
	return rkx_calls_make_bo(calls, run, &bo, &index);
}

static int
append_calls(struct rkr_run *run)
{
	rkr_cleanup(rkx_calls_free) struct rkx_calls *calls = NULL;
	const struct rkr_abi_submit submit = {
		.flags = RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG,
		.timeout = RKX_HEALTH_TIMEOUT_MS,
		.task_number = 1,
		.task_obj_addr = obj_of(TASK),
		.core_mask = 1,
		.fence_fd = -1,
		.subcore_task = { { .task_number = 1 } },
	};
	int r = rkx_calls_into(run, &calls);

	for (size_t i = 0; r == 0 && i < N_BOS; i++)
		r = append_bo(calls, run, i);
	return r < 0 ? r : rkx_calls_ioctl(calls, RKR_IOCTL_SUBMIT, &submit, &submit, sizeof(submit), 0);
}

static int
write_page(struct rkr_run *run, uint32_t bo, const void *data, size_t len)
{
	uint8_t page[RKR_PAGE] = { 0 };

	memcpy(page, data, len);
	return rkr_run_write(run, bo, 0, page, sizeof(page), RKR_EVIDENCE_GENERATED, SIZE_MAX);
}

/* Whole pages, so that what the PC fetches past a record is known to be zero. */
static int
write_contents(struct rkr_run *run, enum rkx_health_form form)
{
	struct words w = { .n = 0 };
	uint8_t words[sizeof(w.v)] = { 0 }, task[RKR_TASK_BYTES], a[2 * RKX_HEALTH_N] = { 0 },
		b[2 * RKX_HEALTH_N] = { 0 };
	uint32_t amount = put_record(&w, form);

	for (size_t i = 0; i < w.n; i++)
		for (size_t k = 0; k < 8; k++)
			words[8 * i + k] = (uint8_t)(w.v[i] >> (8 * k));
	rkr_task_encode(
		&(struct rkr_task){
			.op_idx = 0,
			.enable_mask = STARTS,
			.int_mask = 0x300, /* DPU, either group [captured] */
			.int_clear = 0x1ffff,
			.regcfg_amount = amount,
			.regcmd_addr = dma_of(REGCMD),
		},
		task);
	for (size_t i = 0; i < RKX_HEALTH_N; i++) {
		a[2 * i] = HALF_A;
		b[2 * i] = HALF_B;
	}
	const struct rkr_region tasks = { RKR_REGION_TASKS, TASK, 0, RKR_TASK_BYTES };
	const struct rkr_region regcmd = { RKR_REGION_REGCMD, REGCMD, 0, 8 * rkr_regcmd_stride(amount) };
	int r = write_page(run, TASK, task, sizeof(task));

	if (r == 0)
		r = write_page(run, REGCMD, words, sizeof(words));
	if (r == 0)
		r = write_page(run, INPUT, a, sizeof(a));
	if (r == 0)
		r = write_page(run, OPERAND, b, sizeof(b));
	if (r == 0)
		r = rkr_run_add_region(run, &tasks);
	return r < 0 ? r : rkr_run_add_region(run, &regcmd);
}

const char *
rkx_health_form_name(enum rkx_health_form form)
{
	static const char *const names[RKX_HEALTH_MAX_] = { "classic", "pointers", "whole" };

	return names[form];
}

int
rkx_health_run(enum rkx_health_form form, struct rkr_run **ret_run)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	int r = rkr_run_new(&run);

	if (r == 0)
		r = append_calls(run);
	if (r == 0)
		r = write_contents(run, form);
	if (r == 0)
		r = rkr_run_bind(run);
	if (r < 0)
		return r;
	*ret_run = rkr_steal(run);
	return 0;
}

bool
rkx_health_right(const void *output, size_t len)
{
	const uint8_t *p = output;

	for (size_t i = 0; i < RKX_HEALTH_N; i++)
		if (2 * i + 1 >= len || p[2 * i] != HALF_SUM || p[2 * i + 1] != 0)
			return false;
	return true;
}
