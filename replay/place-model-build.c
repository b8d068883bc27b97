/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/util.h"
#include "place-model-priv.h"

RKR_DEFINE_CLEANUP(struct rkx_calls *, rkx_calls_free)

/* A placed model as a run: the calls that a client would make, and what is in its BOs. */

#define TIMEOUT_MS 6000 /* [captured: all submits of the vendor's runtime] */

static const char *const bo_roles[RKX_MODEL_BOS] = {
	[RKX_BO_CONSTANTS] = "weight",  [RKX_BO_REGCMD] = "regcmd", [RKX_BO_TASKS] = "task",
	[RKX_BO_INTERNAL] = "internal", [RKX_BO_INPUT] = "input",   [RKX_BO_OUTPUT] = "output",
};

/* ---- Records */

static int
append_bo(struct rkx_model *m, struct rkx_calls *calls, unsigned i, uint64_t *dma, struct rkr_error *err)
{
	const uint64_t size = rkr_align_up(m->bytes[i], RKR_PAGE);
	struct rkr_bo bo = {
		.handle = i + 1,
		.flags = RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE | RKR_MEM_LIMIT_IOVA_ALIGNMENT |
			 (i == RKX_BO_TASKS ? RKR_MEM_KERNEL_MAPPING : 0),
		.size = size,
		.aligned = size,
		.obj = UINT64_C(0xffffff8100000000) + 0x400 * (uint64_t)(i + 1),
		.map = RKR_MAP_FIRST + ((uint64_t)i << 32),
	};

	if (bo.size > *dma - RKR_PAGE)
		return rkr_fail(err, -ERANGE, NULL, "the buffers take more than the NPU can address");
	bo.dma = *dma -= bo.size;
	strcpy(bo.role, bo_roles[i]);
	return rkx_calls_make_bo(calls, m->run, &bo, &m->bo[i]);
}

static int
append_submit(struct rkx_model *m, struct rkx_calls *calls, size_t nth)
{
	const struct rkx_model_submit *s = &m->submits[nth];
	/* Three cores read the slots from the third on [source]. */
	const unsigned slot = s->cores == 3 ? 2 : 0;
	struct rkr_abi_submit submit = {
		.flags = RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG,
		.timeout = TIMEOUT_MS,
		.task_obj_addr = rkr_run_bo(m->run, m->bo[RKX_BO_TASKS])->obj,
		.core_mask = (1u << s->cores) - 1,
		.fence_fd = -1,
	};

	for (unsigned c = 0; c < s->cores; c++) {
		submit.task_number += (uint32_t)s->span[c].n;
		submit.subcore_task[slot + c] =
			(struct rkr_abi_subcore_task){ (uint32_t)(s->span[c].first - m->program.first),
						       (uint32_t)s->span[c].n };
	}
	return rkx_calls_ioctl(calls, RKR_IOCTL_SUBMIT, &submit, &submit, sizeof(submit), 0);
}

/* A sync from the device behind the last submit has the plan read the BO. */
static int
append_sync(struct rkx_model *m, struct rkx_calls *calls, enum rkx_model_bo i)
{
	const struct rkr_bo *bo = rkr_run_bo(m->run, m->bo[i]);
	const struct rkr_abi_mem_sync sync = { .flags = RKR_SYNC_FROM_DEVICE,
					       .obj_addr = bo->obj,
					       .size = bo->size };

	return rkx_calls_ioctl(calls, RKR_IOCTL_MEM_SYNC, &sync, &sync, sizeof(sync), 0);
}

static int
append_calls(struct rkx_model *m, bool read_internal, struct rkr_error *err)
{
	rkr_cleanup(rkx_calls_free) struct rkx_calls *calls = NULL;
	uint64_t dma = RKR_IOVA_END - RKR_PAGE;
	int r = rkx_calls_into(m->run, &calls);

	for (unsigned b = 0; b < RKX_MODEL_BOS && r == 0; b++)
		if (m->bytes[b])
			r = append_bo(m, calls, b, &dma, err);
	for (size_t i = 0; i < m->n_submits && r == 0; i++)
		r = append_submit(m, calls, i);
	return r == 0 && read_internal ? append_sync(m, calls, RKX_BO_INTERNAL) : r;
}

/* ---- Contents */

/* Halves from -1 up to 1, in steps of 2^-9: sums of their products are of a size that fp16 has. */
static uint16_t
half_of(int v)
{
	unsigned a = (unsigned)(v < 0 ? -v : v), e = 0;

	if (!a)
		return 0;
	while (a >> (e + 1))
		e++;
	return (uint16_t)((v < 0 ? 0x8000u : 0u) | (e + 6) << 10 | ((a << (10 - e)) & 1023));
}

static void
fill_random(uint8_t *p, uint64_t n, uint64_t state)
{
	for (uint64_t i = 0; i + 1 < n; i += 2) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		uint16_t h = half_of((int)(state >> 54) - 512);

		p[i] = (uint8_t)h;
		p[i + 1] = (uint8_t)(h >> 8);
	}
}

/* Of several inputs the first one is given; the others are from the seed. */
static int
write_input(struct rkx_model *m, const struct rkx_model_options *o, struct rkr_error *err)
{
	_autofree_ uint8_t *data = calloc(1, m->bytes[RKX_BO_INPUT] + 1);
	size_t i = 0;

	if (!data)
		return -ENOMEM;
	fill_random(data, m->bytes[RKX_BO_INPUT], o->seed * 2 + 1);
	while (i < m->graph->n_tensors &&
	       !(m->graph->tensors[i].role == RKR_TENSOR_INPUT && m->tensors[i].used))
		i++;
	if (o->input && (i == m->graph->n_tensors || o->input_len > m->graph->tensors[i].bytes))
		return rkr_fail(err, -EINVAL, NULL, "the input has %zu bytes, the network takes %" PRIu64,
				o->input_len, i == m->graph->n_tensors ? 0 : m->graph->tensors[i].bytes);
	if (o->input)
		memcpy(data + m->tensors[i].at, o->input, o->input_len);
	return rkr_run_write(m->run, m->bo[RKX_BO_INPUT], 0, data, m->bytes[RKX_BO_INPUT],
			     RKR_EVIDENCE_GENERATED, SIZE_MAX);
}

static int
write_constants(struct rkx_model *m)
{
	_autofree_ uint8_t *data = calloc(1, m->bytes[RKX_BO_CONSTANTS] + 1);

	if (!data)
		return -ENOMEM;
	for (size_t i = 0; i < m->graph->n_tensors; i++)
		if (m->tensors[i].used && m->tensors[i].bo == RKX_BO_CONSTANTS)
			memcpy(data + m->tensors[i].at, m->graph->tensors[i].data,
			       m->graph->tensors[i].bytes);
	return rkr_run_write(m->run, m->bo[RKX_BO_CONSTANTS], 0, data, m->bytes[RKX_BO_CONSTANTS],
			     RKR_EVIDENCE_GENERATED, SIZE_MAX);
}

/*
 * What BOs hold, from their first byte on. Constants and inputs are whole
 * tensors one behind the other, with zeros between them, and no address is in
 * them: each word that holds one is in the regcmd, and has its relocation.
 * [captured: of 10 models, all words that hold addresses]
 */
static const struct {
	enum rkx_model_bo bo;
	enum rkr_region_kind kind;
} regions[] = {
	{ RKX_BO_TASKS, RKR_REGION_TASKS },
	{ RKX_BO_REGCMD, RKR_REGION_REGCMD },
	{ RKX_BO_CONSTANTS, RKR_REGION_DATA },
	{ RKX_BO_INPUT, RKR_REGION_DATA },
};

int
rkx_model_build(struct rkx_model *m, const struct rkx_model_options *o, struct rkr_error *err)
{
	const uint64_t tasks = m->program.n * RKR_TASK_BYTES;
	int r = rkr_run_new(&m->run);

	m->bytes[RKX_BO_REGCMD] = 8 * m->graph->regcmd_words;
	m->bytes[RKX_BO_TASKS] = tasks;
	if (r == 0)
		r = append_calls(m, o->read_internal, err);
	if (r == 0 && m->bytes[RKX_BO_INPUT])
		r = write_input(m, o, err);
	if (r == 0 && m->bytes[RKX_BO_CONSTANTS])
		r = write_constants(m);
	if (r == 0)
		r = rkx_model_write_program(m, err);
	for (size_t i = 0; i < RKR_ARRAY_LEN(regions) && r == 0; i++)
		if (m->bytes[regions[i].bo])
			r = rkr_run_add_region(m->run,
					       &(struct rkr_region){ regions[i].kind, m->bo[regions[i].bo], 0,
								     m->bytes[regions[i].bo] });
	return r < 0 ? r : rkr_run_bind(m->run);
}
