/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/emu-model.h"

#include <stdlib.h>
#include <string.h>

#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "parsers/rknn.h"
#include "tests/ref.h"

RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)

/* Which buffer's offset a register holds. A residual's two readers share a buffer. */
static const struct {
	uint16_t offset;
	enum buffer buffer;
} roles[] = {
	{ RKR_REG_CNA_FEATURE_DATA_ADDR, FEATURES },     { RKR_REG_CNA_DCOMP_ADDR0, WEIGHTS },
	{ RKR_REG_DPU_DST_BASE_ADDR, OUTPUT },           { RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, BIAS },
	{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, SOURCE }, { RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, SOURCE },
};

const unsigned char *
model_memory(const struct model *m, const struct task *t, enum buffer buffer, uint32_t offset)
{
	const struct emu_bo *bo = &m->ops[t->op].bo[buffer];

	ck_assert_uint_lt(offset, bo->size);
	return (const unsigned char *)bo->memory + offset;
}

/* ---- Reading */

static size_t
program_tasks(const struct model *m)
{
	return m->container.has_starts ? m->container.starts[1] : m->n;
}

static void
read_tasks(struct model *m)
{
	rkr_cleanup(rkr_overlays_free) struct rkr_overlays *overlays = NULL;
	struct rkr_error err = { 0 };
	uint32_t last_op = 0;

	ck_assert_msg(rkr_overlays_new(m->run, &overlays, &err) == 0, "%s", err.what);
	m->n = rkr_run_n_tasks(m->run);
	m->n = program_tasks(m);
	m->tasks = calloc(m->n, sizeof(*m->tasks));
	m->ops = calloc(m->n, sizeof(*m->ops));
	ck_assert(m->tasks && m->ops);
	for (size_t i = 0; i < m->n; i++) {
		struct task *t = &m->tasks[i];
		size_t n;
		const struct rkr_overlay_word *w = rkr_overlays_task(overlays, i, &n);

		ck_assert_int_eq(rkr_run_task(m->run, i, &t->task), 0);
		t->reg_value = calloc(0x10000, sizeof(*t->reg_value));
		t->words = calloc(n + 1, sizeof(*t->words));
		ck_assert(t->reg_value && t->words);
		t->n_words = n;
		for (size_t k = 0; k < n; k++) {
			const struct rkr_qword q = rkr_qword_decode(w[k].word);

			t->words[k] = w[k].word;
			t->reg_value[q.offset] = q.value;
		}
		t->conv = t->task.enable_mask & 1;
		/* Tasks that are no tiles hand their output to the next one of their operator. */
		m->n_ops += i == 0 || t->task.op_idx != last_op || !t->conv || !t[-1].conv;
		last_op = t->task.op_idx;
		t->op = (unsigned)m->n_ops - 1;
	}
}

bool
model_open(struct model *m, const char *name)
{
	_autofree_ char *path = test_shared(name);
	struct rkr_error err = { 0 };

	*m = (struct model){ 0 };
	if (!path)
		return false;
	m->bytes.p = (const uint8_t *)test_read_file(path, &m->bytes.len);
	ck_assert_int_eq(rkr_run_new(&m->run), 0);
	ck_assert_msg(rkp_rknn_read(path, m->run, NULL, &err) == 0, "%s", err.what);
	ck_assert_msg(rkp_container_read(&m->bytes, &m->container, &err) == 0, "%s", err.what);
	m->taken = calloc(m->container.n_buffers + 1, sizeof(*m->taken));
	ck_assert_ptr_nonnull(m->taken);
	read_tasks(m);
	device_start(&m->emu);
	return true;
}

void
model_close(struct model *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->tasks[i].words);
		free(m->tasks[i].reg_value);
	}
	free(m->tasks);
	free(m->ops);
	free(m->taken);
	free(m->container.buffers);
	free((void *)(uintptr_t)m->bytes.p);
	rkr_run_free(m->run);
	emu_stop(&m->emu);
}

/* ---- Placing */

static uint32_t
channels_written(const struct task *t)
{
	return FIELD(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1;
}

bool
task_is_packed(const struct task *t)
{
	return FIELD(t, CNA_CONV_CON1, ARGB_IN) != 0;
}

/* Bytes from a surface of features to the next: what DMA_CON2 adds to four lines. */
size_t
task_feature_surface(const struct task *t)
{
	int32_t gap = (int32_t)(FIELD(t, CNA_DMA_CON2, SURF_STRIDE) << 4) >> 4;

	return (size_t)((int32_t)(4 * FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH)) + gap) * 16;
}

static void
need(struct operator* op, enum buffer buffer, size_t bytes)
{
	if (op->size[buffer] < bytes)
		op->size[buffer] = bytes;
}

static void
need_of_task(struct operator* op, const struct task *t)
{
	size_t pixels = (size_t)(FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1) *
			(FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1);
	size_t surfaces = rkr_div_up(channels_written(t), 8) + 1;
	size_t out = REG(t, DPU_DST_SURF_STRIDE) > pixels * 16 ? REG(t, DPU_DST_SURF_STRIDE) : pixels * 16;

	int32_t notch = (int32_t)REG(t, DPU_RDMA_RDMA_SURF_NOTCH);

	/* Maps are enlarged up to 8 times. */
	if (REG(t, DPU_DATA_FORMAT) == 0x44000002)
		out = REG(t, DPU_SURFACE_ADD);
	need(op, OUTPUT, REG(t, DPU_DST_BASE_ADDR) + surfaces * out);
	need(op, SOURCE,
	     REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR) + 4096 +
		     surfaces * (pixels * 16 + (notch > 0 ? (size_t)notch : 0)));
	if (!t->conv)
		return;
	need(op, WEIGHTS, REG(t, CNA_DCOMP_ADDR0) + REG(t, CNA_WEIGHT_SIZE0));
	if (REG(t, DPU_BS_CFG) == 0x20150)
		need(op, BIAS, REG(t, DPU_RDMA_RDMA_BS_BASE_ADDR) + 4 * (size_t)channels_written(t));
	if (task_is_packed(t))
		need(op, FEATURES,
		     REG(t, CNA_FEATURE_DATA_ADDR) + (size_t)FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH) *
							     FIELD(t, CNA_DATA_SIZE0, DATAIN_HEIGHT) * 8);
	else
		need(op, FEATURES,
		     REG(t, CNA_FEATURE_DATA_ADDR) + rkr_div_up(FIELD(t, CNA_DATA_SIZE1, DATAIN_CHANNEL), 8) *
							     task_feature_surface(t));
}

static void
fill(const struct emu_bo *bo, struct test_random *random)
{
	uint16_t *to = bo->memory;

	for (size_t i = 0; i < bo->size / 2; i++)
		to[i] = ref_half_bits(
			ref_half_round((double)(test_random_next(random) >> 20 & 0xfff) / 2048 - 1));
}

/*
 * A constant of the file, of just this size. Which of those of one size is
 * whose does not matter here: all are weights of such layers.
 */
static void
constant(struct model *m, const struct emu_bo *bo, size_t size)
{
	const struct rkp_span *best = NULL;

	for (size_t i = 0; i < m->container.n_buffers; i++) {
		const struct rkp_span *s = &m->container.buffers[i];

		if (s->len != size || (best && m->taken[i]))
			continue;
		if (!m->taken[i] || !best)
			best = s;
		if (!m->taken[i]) {
			m->taken[i] = true;
			break;
		}
	}
	ck_assert_msg(best != NULL, "the file has no constant of %zu bytes", size);
	memcpy(bo->memory, m->bytes.p + best->off, size);
}

static void
place_ops(struct model *m)
{
	struct test_random random = { 99 };

	for (size_t i = 0; i < m->n; i++)
		need_of_task(&m->ops[m->tasks[i].op], &m->tasks[i]);
	for (size_t i = 0; i < m->n_ops; i++)
		for (unsigned b = 0; b < N_BUFFERS; b++) {
			struct operator* op = & m->ops[i];

			if (!op->size[b])
				continue;
			op->bo[b] = emu_bo(&m->emu, op->size[b], 0x403);
			if (b == WEIGHTS || b == BIAS)
				constant(m, &op->bo[b], op->size[b]);
			else if (b != OUTPUT)
				fill(&op->bo[b], &random);
			else
				memset(op->bo[b].memory, 0xff, op->size[b]);
		}
}

/* A word of a record, if it holds an address, with the place of its buffer. */
static uint64_t
place_word(const struct model *m, const struct operator* op, uint64_t word)
{
	const struct rkr_qword q = rkr_qword_decode(word);

	if (q.target == RKR_TARGET_PC && q.offset == RKR_REG_PC_BASE_ADDRESS && q.value)
		return rkr_qword_encode(q.target, q.value + (uint32_t)m->regcmd.dma, q.offset);
	for (size_t i = 0; i < RKR_ARRAY_LEN(roles) && op; i++)
		if (q.target && q.offset == roles[i].offset)
			return rkr_qword_encode(q.target, q.value + (uint32_t)op->bo[roles[i].buffer].dma,
						q.offset);
	return word;
}

void
model_place(struct model *m)
{
	size_t n;
	const struct rkr_region *region = rkr_run_regions(m->run, &n);

	while (n && region->kind != RKR_REGION_REGCMD)
		region++, n--;
	ck_assert_uint_gt(n, 0);
	place_ops(m);
	m->regcmd = emu_bo(&m->emu, region->size, 0x403);
	m->table = emu_bo(&m->emu, m->n * RKR_TASK_BYTES, 0x40b);
	ck_assert_int_eq(rkr_run_read(m->run, region->bo, region->offset, m->regcmd.memory, region->size), 0);
	for (size_t i = 0; i < m->n; i++) {
		struct rkr_task task = m->tasks[i].task;
		uint64_t *words = (uint64_t *)m->regcmd.memory + task.regcmd_addr / 8;

		for (size_t k = 0; k < task.regcfg_amount + RKR_REGCMD_TAIL; k++)
			words[k] = place_word(m, &m->ops[m->tasks[i].op], words[k]);
		task.regcmd_addr += m->regcmd.dma;
		rkr_task_encode(&task, (uint8_t *)m->table.memory + i * RKR_TASK_BYTES);
	}
}

/* Run a task alone, by a record that leaves nothing to be inherited. */
int
model_run_alone(struct model *m, size_t i)
{
	const struct task *t = &m->tasks[i];
	const struct emu_bo regcmd = emu_bo(&m->emu, (t->n_words + RKR_REGCMD_TAIL) * 8, 0x403);
	const struct emu_bo table = emu_bo(&m->emu, RKR_TASK_BYTES, 0x40b);
	struct rkr_task task = t->task;
	struct rkr_abi_submit submit = device_tasks(&table, 0, 1);
	uint64_t *words = regcmd.memory;

	for (size_t k = 0; k < t->n_words; k++)
		words[k] = place_word(m, &m->ops[t->op], t->words[k]);
	words[t->n_words + 2] = UINT64_C(0x0041) << 48;
	words[t->n_words + 3] = rkr_qword_encode(0x0081, t->task.enable_mask, RKR_REG_PC_OPERATION_ENABLE);
	task.regcfg_amount = (uint32_t)t->n_words;
	task.regcmd_addr = regcmd.dma;
	rkr_task_encode(&task, table.memory);
	emu_log_clear(&m->emu);
	return emu_call(&m->emu, RKR_IOCTL_SUBMIT, &submit);
}
