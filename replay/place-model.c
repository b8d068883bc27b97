/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "place-model-priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "gate.h"
#include "lib/model-abi.h"
#include "lib/model-memory.h"
#include "lib/network.h"
#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "lib/util.h"

RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)
RKR_DEFINE_CLEANUP(struct rkx_model *, rkx_model_free)

#define REG_BYTES 0x10000
#define TIMEOUT_MS 6000 /* [captured: all submits of the vendor's runtime] */

/* The BOs: one for each kind of buffer, then regcmd and tasks. */
enum { REGCMD = RKX_BUFFERS, TASK, BOS };
static const char *const bo_roles[BOS] = { "features", "weights", "bias", "output", "sources", "regcmd", "task" };

/* Which buffer's offset a register holds. A residual's two readers share a buffer. */
static const struct {
	uint16_t offset;
	enum rkx_buffer buffer;
} roles[] = {
	{ RKR_REG_CNA_FEATURE_DATA_ADDR, RKX_FEATURES },
	{ RKR_REG_CNA_DCOMP_ADDR0, RKX_WEIGHTS },
	{ RKR_REG_DPU_DST_BASE_ADDR, RKX_OUTPUT },
	{ RKR_REG_DPU_RDMA_RDMA_BS_BASE_ADDR, RKX_BIAS },
	{ RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR, RKX_SOURCE },
	{ RKR_REG_DPU_RDMA_RDMA_EW_BASE_ADDR, RKX_SOURCE },
};

uint64_t
rkx_feature_surface(const struct rkx_model_task *t)
{
	int32_t gap = (int32_t)(FIELD(t, CNA_DMA_CON2, SURF_STRIDE) << 4) >> 4;
	int64_t atoms = (int64_t)(4 * FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH)) + gap;

	return atoms > 0 ? (uint64_t)atoms * 16 : 0;
}

/* ---- Reading */

/* Layout changes move 16-bit units in an order that is not known; what does no fp16 has no reference here. */
static const char *
refusal(const struct rkx_model_task *t)
{
	uint32_t format = REG(t, DPU_DATA_FORMAT);

	/* Gate G9 lets no longer fetch through; what loads a table is one. */
	if (t->task.regcfg_amount + RKR_REGCMD_TAIL > RKX_FETCH_MAX)
		return "regcfg_amount: a fetch of more words than gate G9 lets through";
	if (FIELD(t, DPU_FEATURE_MODE_CFG, TP_EN))
		return "DPU.FEATURE_MODE_CFG.TP_EN";
	if (FIELD(t, DPU_BS_OW_CFG, TP_ORG_EN))
		return "DPU.BS_OW_CFG.TP_ORG_EN";
	if (t->task.enable_mask & 0x60)
		return "PC.OPERATION_ENABLE: pooling";
	if (t->conv)
		return FIELD(t, CNA_CONV_CON1, PROC_PRECISION) == 2 && format == 0x48000002 ?
			       NULL :
			       "DPU.DATA_FORMAT of a convolution";
	if (format == 0x48000002 || format == 0x44000002 || format == 0)
		return NULL;
	return "DPU.DATA_FORMAT";
}

static int
read_task(struct rkx_model *m, const struct rkr_run *run, const struct rkr_overlays *overlays, size_t i)
{
	struct rkx_model_task *t = &m->tasks[i];
	size_t n;
	const struct rkr_overlay_word *w = rkr_overlays_task(overlays, i, &n);
	int r = rkr_run_task(run, i, &t->task);

	t->reg = calloc(REG_BYTES / 4, sizeof(*t->reg));
	if (r < 0 || !t->reg)
		return r < 0 ? r : -ENOMEM;
	for (size_t k = 0; k < n; k++) {
		const struct rkr_qword q = rkr_qword_decode(w[k].word);

		t->reg[q.offset / 4] = q.value;
	}
	t->conv = t->task.enable_mask & 1;
	/* Tasks that are no tiles hand their output to the next one of their operator. */
	m->n_places += i == 0 || t->task.op_idx != t[-1].task.op_idx || !t->conv || !t[-1].conv;
	t->place = m->n_places - 1;
	t->refused = refusal(t);
	return 0;
}

static int
read_tasks(struct rkx_model *m, const struct rkr_run *run, struct rkr_error *err)
{
	rkr_cleanup(rkr_overlays_free) struct rkr_overlays *overlays = NULL;
	rkr_cleanup(rkr_network_free) struct rkr_network *network = NULL;
	int r = rkr_overlays_new(run, &overlays, err);

	if (r == 0)
		r = rkr_network_new(run, &network, err);
	if (r < 0)
		return r;
	m->n_tasks = rkr_network_list(network, 0).n;
	m->tasks = calloc(m->n_tasks + 1, sizeof(*m->tasks));
	m->places = calloc(m->n_tasks + 1, sizeof(*m->places));
	if (!m->tasks || !m->places)
		return -ENOMEM;
	for (size_t i = 0; i < m->n_tasks && r == 0; i++)
		r = read_task(m, run, overlays, i);
	if (r < 0)
		return r;
	while (m->n_submitted < m->n_tasks && !m->tasks[m->n_submitted].refused)
		m->n_submitted++;
	if (!m->n_submitted)
		return rkr_fail(err, -EOPNOTSUPP, NULL, "task 0 is not modelled: %s",
				m->n_tasks ? m->tasks[0].refused : "there is none");
	return 0;
}

/* ---- Sizes */

static void
need(struct rkx_model_place *p, enum rkx_buffer buffer, uint64_t bytes)
{
	if (p->size[buffer] < bytes)
		p->size[buffer] = bytes;
}

static void
need_of_task(struct rkx_model_place *p, const struct rkx_model_task *t)
{
	uint64_t channels = FIELD(t, DPU_DATA_CUBE_CHANNEL, CHANNEL) + 1;
	uint64_t pixels = (uint64_t)(FIELD(t, DPU_DATA_CUBE_WIDTH, WIDTH) + 1) *
			  (FIELD(t, DPU_DATA_CUBE_HEIGHT, HEIGHT) + 1);
	uint64_t surfaces = rkr_div_up(channels, 8) + 1;
	uint64_t out = REG(t, DPU_DST_SURF_STRIDE) > pixels * 16 ? REG(t, DPU_DST_SURF_STRIDE) : pixels * 16;
	int32_t notch = (int32_t)REG(t, DPU_RDMA_RDMA_SURF_NOTCH);

	/* An enlarged map's surfaces are SURFACE_ADD apart [captured: 2 upsamplings]. */
	if (REG(t, DPU_DATA_FORMAT) == 0x44000002)
		out = REG(t, DPU_SURFACE_ADD);
	need(p, RKX_OUTPUT, REG(t, DPU_DST_BASE_ADDR) + surfaces * out);
	need(p, RKX_SOURCE, (uint64_t)REG(t, DPU_RDMA_RDMA_SRC_BASE_ADDR) + RKR_PAGE +
				    surfaces * (pixels * 16 + (notch > 0 ? (uint64_t)notch : 0)));
	if (!t->conv)
		return;
	need(p, RKX_WEIGHTS, (uint64_t)REG(t, CNA_DCOMP_ADDR0) + REG(t, CNA_WEIGHT_SIZE0));
	if (REG(t, DPU_BS_CFG) == 0x20150)
		need(p, RKX_BIAS, REG(t, DPU_RDMA_RDMA_BS_BASE_ADDR) + 4 * channels);
	if (FIELD(t, CNA_CONV_CON1, ARGB_IN))
		need(p, RKX_FEATURES, REG(t, CNA_FEATURE_DATA_ADDR) + (uint64_t)8 *
					      FIELD(t, CNA_DATA_SIZE0, DATAIN_WIDTH) *
					      FIELD(t, CNA_DATA_SIZE0, DATAIN_HEIGHT));
	else
		need(p, RKX_FEATURES,
		     REG(t, CNA_FEATURE_DATA_ADDR) +
			     rkr_div_up(FIELD(t, CNA_DATA_SIZE1, DATAIN_CHANNEL), 8) * rkx_feature_surface(t));
}

static int
take_constant(const struct rkx_model_options *o, bool *taken, struct rkx_model_place *p, enum rkx_buffer b,
	      size_t place, struct rkr_error *err)
{
	const struct rkx_constant *best = NULL;
	size_t at = 0;

	for (size_t i = 0; i < o->n_constants; i++)
		if (o->constants[i].len == p->size[b] && (!best || (taken[at] && !taken[i]))) {
			best = &o->constants[i];
			at = i;
		}
	if (!best)
		return rkr_fail(err, -ENODATA, NULL,
				"operator %zu: the file has no constant of %" PRIu64 " bytes for its %s", place,
				p->size[b], bo_roles[b]);
	taken[at] = true;
	p->constant[b] = best;
	return 0;
}

static int
measure(struct rkx_model *m, const struct rkx_model_options *o, struct rkr_error *err)
{
	_autofree_ bool *taken = calloc(o->n_constants + 1, sizeof(*taken));
	int r = taken ? 0 : -ENOMEM;

	for (size_t i = 0; i < m->n_submitted; i++)
		need_of_task(&m->places[m->tasks[i].place], &m->tasks[i]);
	for (size_t i = 0; i < m->n_places; i++)
		for (unsigned b = 0; b < RKX_BUFFERS && r == 0; b++) {
			struct rkx_model_place *p = &m->places[i];

			p->at[b] = m->bytes[b];
			m->bytes[b] += rkr_align_up(p->size[b], RKR_PAGE);
			if (m->bytes[b] > RKR_IOVA_END / 2)
				return rkr_fail(err, -ERANGE, NULL, "the %s take more than the NPU can address",
						bo_roles[b]);
			if (p->size[b] && (b == RKX_WEIGHTS || b == RKX_BIAS))
				r = take_constant(o, taken, p, (enum rkx_buffer)b, i, err);
		}
	return r;
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
fill_random(uint8_t *p, uint64_t n, uint64_t *state)
{
	for (uint64_t i = 0; i + 1 < n; i += 2) {
		*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		uint16_t h = half_of((int)(*state >> 54) - 512);

		p[i] = (uint8_t)h;
		p[i + 1] = (uint8_t)(h >> 8);
	}
}

static int
fill_buffers(struct rkx_model *m, const struct rkx_model_options *o, struct rkr_error *err)
{
	uint64_t state = o->seed * 2 + 1;
	int r = 0;

	if (o->input && o->input_len > m->places[0].size[RKX_FEATURES])
		return rkr_fail(err, -EINVAL, NULL, "the input has %zu bytes, the first operator takes %" PRIu64,
				o->input_len, m->places[0].size[RKX_FEATURES]);
	for (unsigned b = 0; b < RKX_BUFFERS && r == 0; b++) {
		_autofree_ uint8_t *data = calloc(1, m->bytes[b] + 1);

		if (!data)
			return -ENOMEM;
		if (!m->bytes[b])
			continue;
		/* What was not written is no number. */
		if (b == RKX_OUTPUT)
			memset(data, 0xff, m->bytes[b]);
		else if (b == RKX_FEATURES || b == RKX_SOURCE)
			fill_random(data, m->bytes[b], &state);
		for (size_t i = 0; i < m->n_places; i++)
			if (m->places[i].constant[b])
				memcpy(data + m->places[i].at[b], m->places[i].constant[b]->data,
				       m->places[i].size[b]);
		if (b == RKX_FEATURES && o->input)
			memcpy(data, o->input, o->input_len);
		r = rkr_run_write(m->run, m->bo[b], 0, data, m->bytes[b], RKR_EVIDENCE_GENERATED, SIZE_MAX);
	}
	return r;
}

/* ---- Records */

#define U(kind, field, value) rkr_set_u(&b->rec, RKR_F_##kind##_##field, (uint64_t)(value))
#define S(kind, field, value) rkr_set_s(&b->rec, RKR_F_##kind##_##field, value)

static int
append_bo(struct rkx_model *m, unsigned i, uint64_t size, uint64_t *call, uint64_t *dma, uint32_t *ret_bo)
{
	struct rkr_record_buf buf, *b = &buf;
	struct rkr_bo bo = {
		.known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_FLAGS | RKR_BO_DMA | RKR_BO_OBJ |
			 RKR_BO_HANDLE | RKR_BO_MAP | RKR_BO_MAP_N,
		.handle = i + 1,
		.flags = RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE | RKR_MEM_LIMIT_IOVA_ALIGNMENT |
			 (i == TASK ? RKR_MEM_KERNEL_MAPPING : 0),
		.size = rkr_align_up(size, RKR_PAGE),
		.aligned = rkr_align_up(size, RKR_PAGE),
		.obj = UINT64_C(0xffffff8100000000) + 0x400 * (uint64_t)(i + 1),
		.map = RKR_MAP_FIRST + ((uint64_t)i << 32),
		.map_n = i + 1,
		.born = rkr_run_n_records(m->run),
		.died = SIZE_MAX,
	};

	if (bo.size > *dma - RKR_PAGE)
		return -ERANGE;
	bo.dma = *dma -= bo.size;
	strcpy(bo.role, bo_roles[i]);
	rkr_record_init(b, RKR_KIND_mem_create);
	U(mem_create, n, i + 1);
	U(mem_create, call, ++*call);
	U(mem_create, size, bo.size);
	U(mem_create, flags, bo.flags);
	S(mem_create, ret, 0);
	U(mem_create, handle, bo.handle);
	U(mem_create, obj, bo.obj);
	U(mem_create, dma, bo.dma);
	U(mem_create, sram, 0);
	int r = rkr_run_append(m->run, &b->rec);

	rkr_record_init(b, RKR_KIND_mem_map);
	U(mem_map, n, i + 1);
	U(mem_map, call, ++*call);
	S(mem_map, ret, 0);
	U(mem_map, handle, bo.handle);
	U(mem_map, offset, bo.map);
	if (r == 0)
		r = rkr_run_append(m->run, &b->rec);
	return r < 0 ? r : rkr_run_add_bo(m->run, &bo, ret_bo);
}

static int
append_submit(struct rkx_model *m, uint32_t task_bo, uint64_t call)
{
	struct rkr_record_buf buf, *b = &buf;

	rkr_record_init(b, RKR_KIND_submit);
	U(submit, n, 1);
	U(submit, call, call);
	U(submit, cmd, rkr_ioctl_command(RKR_IOCTL_SUBMIT, sizeof(struct rkr_abi_submit)));
	U(submit, size, sizeof(struct rkr_abi_submit));
	U(submit, flags, RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG);
	U(submit, timeout, TIMEOUT_MS);
	U(submit, task_start, 0);
	U(submit, task_number, m->n_submitted);
	U(submit, task_counter, 0);
	S(submit, priority, 0);
	U(submit, task_obj_addr, rkr_run_bo(m->run, task_bo)->obj);
	U(submit, regcfg_obj_addr, 0);
	U(submit, task_base_addr, 0);
	U(submit, user_data, 0);
	U(submit, core_mask, 1);
	S(submit, fence_fd, -1);
	for (int i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		rkr_set_u(&b->rec, RKR_F_submit_sub0_start + 2 * i, 0);
		rkr_set_u(&b->rec, RKR_F_submit_sub0_number + 2 * i, i == 0 ? m->n_submitted : 0);
	}
	S(submit, ret, 0);
	return rkr_run_append(m->run, &b->rec);
}

#undef U
#undef S

/* A word of a record, with the place of its buffer if it holds an address. */
static int
place_word(const struct rkx_model *m, size_t task, uint64_t regcmd, uint64_t *word, struct rkr_error *err)
{
	const struct rkx_model_place *p = &m->places[m->tasks[task].place];
	const struct rkr_qword q = rkr_qword_decode(*word);
	char name[64];

	if (!rkr_qword_address_mask(*word))
		return 0;
	if (rkr_qword_is_link(*word)) {
		if (q.value)
			*word = rkr_qword_encode(q.target, (uint32_t)(q.value + regcmd), q.offset);
		return 0;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(roles); i++)
		if (q.offset == roles[i].offset) {
			const enum rkx_buffer b = roles[i].buffer;
			/* A buffer that the task does not use stays nowhere. */
			uint64_t base = p->size[b] ? rkr_run_bo(m->run, m->bo[b])->dma + p->at[b] : 0;

			*word = rkr_qword_encode(q.target, p->size[b] ? (uint32_t)(q.value + base) : 0, q.offset);
			return 0;
		}
	if (!q.value)
		return 0;
	rkr_qword_name(*word, name, sizeof(name));
	return rkr_fail(err, -EOPNOTSUPP, NULL, "task %zu: no rule says what %s points at", task, name);
}

static int
write_regcmd(struct rkx_model *m, const struct rkr_run *from, const struct rkr_region *region, uint32_t regcmd_bo,
	     uint32_t task_bo, struct rkr_error *err)
{
	const uint64_t regcmd = rkr_run_bo(m->run, regcmd_bo)->dma;
	_autofree_ uint8_t *in = malloc(region->size + 1), *out = calloc(1, rkr_align_up(region->size, RKR_PAGE));
	int r = in && out ? rkr_run_read(from, region->bo, region->offset, in, region->size) : -ENOMEM;

	for (size_t i = 0; i < m->n_submitted && r == 0; i++) {
		struct rkr_task task = m->tasks[i].task;
		uint64_t words = (uint64_t)task.regcfg_amount + RKR_REGCMD_TAIL;
		uint8_t bytes[RKR_TASK_BYTES];

		if (task.regcmd_addr > region->size || words > (region->size - task.regcmd_addr) / 8)
			return rkr_fail(err, -ENODATA, NULL, "task %zu: its record is not in the regcmd", i);
		for (uint64_t k = 0; k < words && r == 0; k++) {
			uint64_t word;

			memcpy(&word, in + task.regcmd_addr + 8 * k, 8);
			/* The last record leads to none: the next one is not placed. */
			if (i + 1 == m->n_submitted && k >= task.regcfg_amount && k < words - 2)
				word = k == task.regcfg_amount ? 0 : word & UINT64_C(0xffff00000000ffff);
			r = place_word(m, i, regcmd, &word, err);
			memcpy(out + task.regcmd_addr + 8 * k, &word, 8);
		}
		task.regcmd_addr += regcmd;
		rkr_task_encode(&task, bytes);
		if (r == 0)
			r = rkr_run_write(m->run, task_bo, i * RKR_TASK_BYTES, bytes, sizeof(bytes),
					  RKR_EVIDENCE_GENERATED, SIZE_MAX);
	}
	if (r == 0)
		r = rkr_run_write(m->run, regcmd_bo, 0, out, rkr_align_up(region->size, RKR_PAGE),
				  RKR_EVIDENCE_GENERATED, SIZE_MAX);
	return r;
}

static int
build(struct rkx_model *m, const struct rkr_run *from, const struct rkx_model_options *o, struct rkr_error *err)
{
	size_t n;
	const struct rkr_region *region = rkr_run_regions(from, &n);
	uint64_t call = 0, dma = RKR_IOVA_END - RKR_PAGE;
	uint32_t regcmd, task;
	int r = 0;

	while (n && region->kind != RKR_REGION_REGCMD)
		region++, n--;
	if (!n)
		return rkr_fail(err, -ENODATA, NULL, "the model has no regcmd");
	r = rkr_run_new(&m->run);
	for (unsigned b = 0; b < RKX_BUFFERS && r == 0; b++)
		if (m->bytes[b])
			r = append_bo(m, b, m->bytes[b], &call, &dma, &m->bo[b]);
	if (r == 0)
		r = append_bo(m, REGCMD, region->size, &call, &dma, &regcmd);
	if (r == 0)
		r = append_bo(m, TASK, m->n_submitted * RKR_TASK_BYTES, &call, &dma, &task);
	if (r == -ERANGE)
		return rkr_fail(err, r, NULL, "the buffers take more than the NPU can address");
	if (r == 0)
		r = append_submit(m, task, ++call);
	if (r == 0)
		r = fill_buffers(m, o, err);
	if (r == 0)
		r = write_regcmd(m, from, region, regcmd, task, err);
	if (r == 0)
		r = rkr_run_add_region(m->run, &(struct rkr_region){ RKR_REGION_TASKS, task, 0,
								     m->n_submitted * RKR_TASK_BYTES });
	if (r == 0)
		r = rkr_run_add_region(m->run,
				       &(struct rkr_region){ RKR_REGION_REGCMD, regcmd, 0, region->size });
	return r < 0 ? r : rkr_run_bind(m->run);
}

/* ---- The interface */

int
rkx_model_new(const struct rkr_run *run, const struct rkx_model_options *options, struct rkx_model **ret_model,
	      struct rkr_error *err)
{
	rkr_cleanup(rkx_model_free) struct rkx_model *m = calloc(1, sizeof(*m));
	int r = m ? read_tasks(m, run, err) : -ENOMEM;

	if (r == 0)
		r = measure(m, options, err);
	if (r == 0)
		r = build(m, run, options, err);
	if (r == 0)
		*ret_model = rkr_steal(m);
	return r;
}

void
rkx_model_free(struct rkx_model *m)
{
	if (!m)
		return;
	for (size_t i = 0; m->tasks && i < m->n_tasks; i++)
		free(m->tasks[i].reg);
	free(m->tasks);
	free(m->places);
	rkr_run_free(m->run);
	free(m);
}

const struct rkr_run *
rkx_model_run(const struct rkx_model *m)
{
	return m->run;
}

size_t
rkx_model_n_tasks(const struct rkx_model *m)
{
	return m->n_tasks;
}

size_t
rkx_model_n_submitted(const struct rkx_model *m)
{
	return m->n_submitted;
}

uint32_t
rkx_model_op(const struct rkx_model *m, size_t i)
{
	return m->tasks[i].task.op_idx;
}

const char *
rkx_model_refusal(const struct rkx_model *m, size_t i)
{
	return i < m->n_tasks ? m->tasks[i].refused : NULL;
}
