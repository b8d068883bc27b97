/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "place-model-priv.h"

/*
 * Memory of a placed model: which tensor is behind each address of each task,
 * how much of it the tasks reach, and where it lies.
 */

/* Tensors start on a line of the cache, as those of the vendor's runtime do [captured]. */
#define TENSOR_ALIGN 64

/* What an address register is for. PPU's and DPU's are of one task or the other. */
static const struct {
	uint16_t offset;
	enum rkx_buffer buffer;
} roles[] = {
	{ RKR_REG_CNA_FEATURE_DATA_ADDR, RKX_FEATURES },
	{ RKR_REG_CNA_DCOMP_ADDR0, RKX_WEIGHTS },
	{ RKR_REG_DPU_DST_BASE_ADDR, RKX_OUTPUT },
	{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, RKX_SOURCE },
	{ RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, RKX_BIAS },
	{ RKR_REG_DPU_RDMA_RDMA_BN_BASE_ADDR, RKX_FACTORS },
	{ RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, RKX_OPERAND },
	{ RKR_REG_PPU_DST_BASE_ADDR, RKX_OUTPUT },
	{ RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, RKX_SOURCE },
};

bool
rkx_buffer_of(uint16_t offset, enum rkx_buffer *ret_buffer)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(roles); i++)
		if (roles[i].offset == offset) {
			*ret_buffer = roles[i].buffer;
			return true;
		}
	return false;
}

uint64_t
rkx_feature_surface(const struct rkx_model_task *t)
{
	int32_t gap = (int32_t)(FIELD(t, CNA_DMA_CON2, SURF_STRIDE) << 4) >> 4;
	int64_t atoms = (int64_t)(4 * FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH)) + gap;

	return atoms > 0 ? (uint64_t)atoms * 16 : 0;
}

/* ---- How far a task reaches, from its tensor's start */

static uint64_t
reach_of_features(const struct rkx_model_task *t)
{
	uint64_t at = REG(t, CNA_FEATURE_DATA_ADDR);
	uint64_t width = FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH);
	uint64_t pixels = width * FIELD(t, CNA_DATA_SIZE0, DATAIN_HEIGHT);
	uint64_t surfaces = rkr_div_up(FIELD(t, CNA_DATA_SIZE1, DATAIN_CHANNEL), 8);

	/* ARGB_IN is the number of channels, of 2 bytes each, and 7 [captured: stems of 3 networks]. */
	if (FIELD(t, CNA_CONV_CON1, ARGB_IN) > 7)
		return at + 2 * pixels * (FIELD(t, CNA_CONV_CON1, ARGB_IN) - 7);
	return at + (surfaces ? surfaces - 1 : 0) * rkx_feature_surface(t) + 16 * pixels;
}

static uint64_t
channels_of(const struct rkx_model_task *t)
{
	return FIELD(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1;
}

static uint64_t
pixels_of(const struct rkx_model_task *t)
{
	return (uint64_t)(FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1) *
	       (FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1);
}

static uint64_t
reach_of_output(const struct rkx_model_task *t)
{
	uint64_t size = 16 * pixels_of(t), surface = REG(t, DPU_DST_SURF_STRIDE);
	/* A surface has 16 bytes of a pixel: 4 channels of fp32, 8 of fp16. */
	uint64_t surfaces = rkr_div_up(channels_of(t), FIELD(t, DPU_DATA_FORMAT, OUT_PRECISION) == 5 ? 4 : 8);

	/* An enlarged map's surfaces are SURFACE_ADD apart [captured: 2 upsamplings]. */
	if (REG(t, DPU_DATA_FORMAT) == 0x44000002)
		surface = REG(t, DPU_SURFACE_ADD);
	if (surface < size)
		surface = size;
	return REG(t, DPU_DST_BASE_ADDR) + surfaces * surface;
}

/* Both readers of a map take surfaces of the same sizes. */
static uint64_t
reach_of_source(const struct rkx_model_task *t, uint64_t at, uint32_t notch)
{
	uint64_t gap = (int32_t)notch > 0 ? notch : 0;

	return at + rkr_div_up(channels_of(t), 8) * (16 * pixels_of(t) + gap);
}

static uint64_t
reach_of(const struct rkx_model_task *t, enum rkx_buffer b)
{
	if (!(t->task.enable_mask >> RKR_FLD_GLOBAL_OPERATION_ENABLE_DPU_OP_EN_SHIFT & 1))
		return 0;
	switch (b) {
	case RKX_FEATURES:
		return reach_of_features(t);
	case RKX_WEIGHTS:
		return (uint64_t)REG(t, CNA_DCOMP_ADDR0) + REG(t, CNA_WEIGHT_SIZE0);
	case RKX_OUTPUT:
		return reach_of_output(t);
	case RKX_SOURCE:
		return reach_of_source(t, REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR),
				       REG(t, DPU_RDMA_RDMA_SURF_NOTCH));
	default:
		return 0;
	}
}

/* ---- Tensors */

static int
take_word(struct rkx_model *m, size_t nth, uint64_t word, struct rkr_qword q, struct rkr_error *err)
{
	struct rkx_model_task *t = &m->tasks[nth];
	struct rkx_model_place *p = &m->places[nth];
	uint32_t of = rkr_graph_tensor_at(m->graph, word);
	enum rkx_buffer b;

	if (of == UINT32_MAX || !rkx_buffer_of(q.offset, &b))
		return 0;
	const struct rkr_tensor *tensor = &m->graph->tensors[of];
	struct rkx_model_tensor *mine = &m->tensors[tensor->memory];
	uint64_t reach = reach_of(t, b);

	if (mine->bytes < tensor->bytes)
		mine->bytes = tensor->bytes;
	if (tensor->role == RKR_TENSOR_CONSTANT && reach > tensor->bytes)
		return rkr_fail(err, -EINVAL, NULL,
				"task %zu reaches %" PRIu64 " bytes into constant %s, which has %" PRIu64,
				nth, reach, tensor->name, tensor->bytes);
	if (reach > RKR_IOVA_END / 2)
		return rkr_fail(err, -ERANGE, NULL, "task %zu reaches further than the NPU can address", nth);
	if (mine->bytes < reach)
		mine->bytes = reach;
	p->tensor[b] = tensor->memory;
	p->size[b] = 1;
	return 0;
}

static int
read_place(struct rkx_model *m, size_t nth, struct rkr_error *err)
{
	const struct rkr_task *task = &m->tasks[nth].task;
	size_t n;
	const uint64_t *words = rkr_network_words(m->network, nth, &n);
	struct rkx_model_place *p = &m->places[nth];
	int r = 0;

	for (size_t k = 0; k < n && r == 0; k++)
		if (rkr_qword_address_mask(words[k]))
			r = take_word(m, nth, task->regcmd_addr / 8 + k, rkr_qword_decode(words[k]), err);
	/* To fp16, in place: what was there is wanted, to see whether it was right. */
	if (r == 0 && !m->tasks[nth].conv && p->size[RKX_OUTPUT] && p->size[RKX_SOURCE] &&
	    p->tensor[RKX_OUTPUT] == p->tensor[RKX_SOURCE] &&
	    REG(&m->tasks[nth], DPU_DATA_FORMAT) == 0x54000005) {
		if (m->tensors[p->tensor[RKX_OUTPUT]].moved_by != SIZE_MAX)
			return rkr_fail(err, -EOPNOTSUPP, NULL, "task %zu: a tensor is written over twice",
					nth);
		m->tensors[p->tensor[RKX_OUTPUT]].moved_by = nth;
	}
	return r;
}

/* Whatever words of any program name a tensor, it needs memory. */
static void
find_used(struct rkx_model *m)
{
	for (size_t i = 0; i < m->graph->n_words; i++) {
		uint32_t t = m->graph->tensors[m->graph->words[i].tensor].memory;

		m->tensors[t].used = true;
		if (m->tensors[t].bytes < m->graph->tensors[m->graph->words[i].tensor].bytes)
			m->tensors[t].bytes = m->graph->tensors[m->graph->words[i].tensor].bytes;
	}
}

static int
reserve(struct rkx_model *m, enum rkx_model_bo bo, uint64_t bytes, uint64_t *ret_at, struct rkr_error *err)
{
	*ret_at = m->bytes[bo];
	m->bytes[bo] += rkr_align_up(bytes ? bytes : 1, TENSOR_ALIGN);
	if (m->bytes[bo] > RKR_IOVA_END / 2)
		return rkr_fail(err, -ERANGE, NULL, "the model's tensors take more than the NPU can address");
	return 0;
}

static int
lay_out(struct rkx_model *m, struct rkr_error *err)
{
	static const uint8_t bos[] = {
		[RKR_TENSOR_INTERNAL] = RKX_BO_INTERNAL,
		[RKR_TENSOR_INPUT] = RKX_BO_INPUT,
		[RKR_TENSOR_OUTPUT] = RKX_BO_OUTPUT,
		[RKR_TENSOR_CONSTANT] = RKX_BO_CONSTANTS,
	};
	int r = reserve(m, RKX_BO_INTERNAL, RKR_PAGE, &m->scratch, err);

	for (size_t i = 0; i < m->graph->n_tensors && r == 0; i++) {
		struct rkx_model_tensor *t = &m->tensors[i];

		if (!t->used)
			continue;
		t->bo = bos[m->graph->tensors[i].role];
		r = reserve(m, (enum rkx_model_bo)t->bo, t->bytes, &t->at, err);
		if (r == 0 && t->moved_by != SIZE_MAX)
			r = reserve(m, (enum rkx_model_bo)t->bo, t->bytes, &t->moved_at, err);
	}
	return r;
}

uint64_t
rkx_model_tensor_at(const struct rkx_model *m, uint32_t tensor, size_t nth, bool writes)
{
	const struct rkx_model_tensor *t = &m->tensors[tensor];
	bool moved = t->moved_by != SIZE_MAX && (nth > t->moved_by || (nth == t->moved_by && writes));

	return moved ? t->moved_at : t->at;
}

static void
settle(struct rkx_model *m, size_t nth)
{
	struct rkx_model_place *p = &m->places[nth];

	for (unsigned b = 0; b < RKX_BUFFERS; b++) {
		if (!p->size[b])
			continue;
		p->size[b] = m->tensors[p->tensor[b]].bytes;
		p->bo[b] = m->tensors[p->tensor[b]].bo;
		p->at[b] = rkx_model_tensor_at(m, p->tensor[b], nth, b == RKX_OUTPUT);
		p->constant[b] = m->graph->tensors[p->tensor[b]].data;
	}
}

int
rkx_model_measure(struct rkx_model *m, struct rkr_error *err)
{
	int r = 0;

	for (size_t i = 0; i < m->graph->n_tensors; i++)
		m->tensors[i].moved_by = SIZE_MAX;
	find_used(m);
	for (size_t i = 0; i < m->n_tasks && r == 0; i++)
		r = read_place(m, i, err);
	if (r == 0)
		r = lay_out(m, err);
	for (size_t i = 0; i < m->n_tasks && r == 0; i++)
		settle(m, i);
	return r;
}
