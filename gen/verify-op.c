/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "map.h"
#include "refusal.h"
#include "rows.h"
#include "verify-priv.h"

/* Operators, generated anew from what their records say of them. */

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)
RKR_DEFINE_CLEANUP(struct rkg_regcmd *, rkg_regcmd_free)

/* ---- Values that a model alone knows */

/* How often each value was written to a register. */
struct tally {
	uint32_t value[8];
	unsigned n[8];
	size_t n_values;
};

static void
count(struct tally *t, uint32_t value)
{
	size_t i = 0;

	while (i < t->n_values && t->value[i] != value)
		i++;
	if (i == RKR_ARRAY_LEN(t->value))
		return;
	if (i == t->n_values)
		t->value[t->n_values++] = value;
	t->n[i]++;
}

/* What a record writes to a register, if it does. */
static bool
written(const struct rkr_network *n, size_t task, const struct rkg_cell *cell, uint32_t *ret)
{
	size_t n_words;
	const uint64_t *words = rkr_network_words(n, task, &n_words);

	for (size_t i = 0; i < n_words; i++) {
		struct rkr_qword q = rkr_qword_decode(words[i]);

		if (q.target == cell->target && q.offset == cell->offset) {
			*ret = q.value;
			return true;
		}
	}
	return false;
}

void
rkg_collect_given(const struct rkg_verifier *v, size_t op, const struct rkg_family *f,
		  const struct rkg_at *at, size_t which, size_t step, const struct rkg_given *before,
		  struct rkg_given *ret)
{
	ret->n = 0;
	for (size_t c = 0; c < f->n_cells && ret->n < RKG_GIVEN_MAX; c++) {
		struct tally t = { .n_values = 0 };

		if (!rkg_cell_is_given(&f->cells[c], at))
			continue;
		for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
			struct rkr_task_span s = rkr_network_op_tasks(v->n, op, l);

			for (size_t i = which; i < s.n; i += step) {
				uint32_t value;

				if (rkr_network_original(v->n, s.first + i) == s.first + i &&
				    written(v->n, s.first + i, &f->cells[c], &value))
					count(&t, value);
			}
		}
		size_t best = 0;

		for (size_t i = 1; i < t.n_values; i++)
			if (t.n[i] > t.n[best])
				best = i;
		for (size_t i = 0; !t.n_values && before && i < before->n; i++)
			if (before->v[i].offset == f->cells[c].offset)
				count(&t, before->v[i].value);
		if (!t.n_values)
			continue;
		ret->v[ret->n].offset = f->cells[c].offset;
		ret->v[ret->n].mask = f->cells[c].given;
		ret->v[ret->n].value = t.value[best];
		ret->v[ret->n].n_records = 0;
		for (size_t i = 0; i < t.n_values; i++)
			ret->v[ret->n].n_records += t.n[i];
		ret->n++;
	}
}

/* ---- Convolutions */

void
rkg_op_shape(const struct rkr_op *op, struct rkg_shape *ret)
{
	bool depthwise = op->kind == RKR_OP_DEPTHWISE;
	struct rkg_shape s = {
		.batch = 1,
		.in_c = op->in_c,
		.in_h = op->in_h,
		.in_w = op->in_w,
		.out_c = op->out_c,
		.groups = depthwise ? op->in_c : 1,
		.in_c_per_group = depthwise ? 1 : op->in_c,
		.kh = op->kh,
		.kw = op->kw,
		.stride = op->stride,
		.pad_top = op->pad_top,
		.pad_left = op->pad_left,
		.precision = op->int8 ? RKG_INT8 : RKG_FP16,
		.bias = op->bias,
		.relu = op->relu,
		.add = op->add,
		.lut = !op->lut       ? RKG_LUT_NONE
		       : op->out_fp32 ? RKG_LUT_WIDE
				      : RKG_LUT_PLAIN,
	};
	uint64_t h = ((uint64_t)op->out_h - 1) * op->stride + op->kh;
	uint64_t w = ((uint64_t)op->out_w - 1) * op->stride + op->kw;

	/* No register holds the padding below and to the right: it follows from the output. */
	if (op->out_h && h > (uint64_t)s.in_h + s.pad_top)
		s.pad_bottom = (uint32_t)(h - s.in_h - s.pad_top);
	if (op->out_w && w > (uint64_t)s.in_w + s.pad_left)
		s.pad_right = (uint32_t)(w - s.in_w - s.pad_left);
	*ret = s;
}

/* Tiles of a program and core, in a list, against the generated records. */
static void
compare_tiles(struct rkg_verifier *v, size_t op, size_t list, const struct rkg_plan *plan,
	      const struct rkg_regcmd *regcmd, const struct rkg_family *f, size_t *record)
{
	struct rkr_task_span s = rkr_network_op_tasks(v->n, op, list);
	unsigned group = rkr_network_list_group(list), core = rkr_network_list_core(list);
	size_t n = 0;

	for (size_t i = 0; i < plan->n_tiles; i++) {
		if (plan->tiles[i].group != group || plan->tiles[i].core != core)
			continue;
		const struct rkg_record *rec = &regcmd->records[(*record)++];

		if (n < s.n)
			rkg_compare_record(v, s.first + n, f, &regcmd->words[rec->start], rec->amount);
		n++;
	}
	*record += group > 0 && n > 0; /* its separator */
	if (n != s.n)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_TASKS, s.n ? s.first : 0, 0, n, s.n });
}

/* How many of an operator's records set these bits of a register to this. */
static unsigned
n_tellers(const struct rkg_verifier *v, size_t op, uint16_t offset, uint32_t mask, uint32_t bits)
{
	const struct rkr_reg_block *block;
	unsigned n = 0;

	rkr_reg_by_offset(offset, &block);
	const struct rkg_cell cell = { .target = block->qword_target, .offset = offset };

	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span s = rkr_network_op_tasks(v->n, op, l);
		uint32_t value;

		for (size_t i = s.first; i < s.first + s.n; i++)
			n += rkr_network_original(v->n, i) == i && written(v->n, i, &cell, &value) &&
			     (value & mask) == bits;
	}
	return n;
}

/* What of the shape one register alone tells: the channels of the last atom, and the relu behind a sum. */
static void
take_shape(struct rkg_verifier *v, size_t op, const struct rkr_op *o)
{
	uint32_t last = FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL, (o->int8 ? 16 : 8) - 1);
	uint32_t real = FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL, UINT32_MAX);
	uint32_t bypass = FLD(DPU, EW_CFG, EW_RELU_BYPASS, 1);
	struct rkg_given g = { .n = 0 };

	if (rkr_op_convolves(o->kind)) {
		g.v[g.n].offset = RKR_REG_CNA_DATA_SIZE1;
		g.v[g.n].mask = last;
		g.v[g.n].value = FLD(CNA, DATA_SIZE1, DATAIN_CHANNEL_REAL, (o->in_c - 1) % 64);
		g.v[g.n].n_records = n_tellers(v, op, RKR_REG_CNA_DATA_SIZE1, real, g.v[g.n].value);
		g.n++;
	}
	if (o->add || o->kind == RKR_OP_ADD) {
		g.v[g.n].offset = RKR_REG_DPU_EW_CFG;
		g.v[g.n].mask = bypass;
		g.v[g.n].value = o->relu ? 0 : bypass;
		g.v[g.n].n_records = n_tellers(v, op, RKR_REG_DPU_EW_CFG, bypass, g.v[g.n].value);
		g.n++;
	}
	rkg_take(v, o->first, &g);
}

void
rkg_verify_conv(struct rkg_verifier *v, size_t op)
{
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	rkr_cleanup(rkg_regcmd_free) struct rkg_regcmd *regcmd = NULL;
	size_t n_ops, record = 0;
	const struct rkr_op *o = &rkr_network_ops(v->n, &n_ops)[op];
	enum rkg_refusal refusal = RKG_ACCEPTED;
	struct rkr_error err = { 0 };
	struct rkg_given given;
	struct rkg_family family;
	struct rkg_shape shape;

	rkg_op_shape(o, &shape);
	rkg_shape_format(&shape, v->at->shape, sizeof(v->at->shape));
	int r = rkg_domain_layer(&shape, &plan, &refusal, &err);

	if (r == -ENOMEM) {
		v->failed = true;
		return;
	}
	if (r < 0) {
		v->at->state = RKG_VERDICT_SKIP;
		snprintf(v->at->reason, sizeof(v->at->reason), "%s%.100s",
			 r == -EOPNOTSUPP ? "not generated: " : "",
			 r == -EOPNOTSUPP && refusal ? rkg_refusal_name(refusal) : err.what);
		return;
	}
	if (o->internal)
		rkg_geometry_set_internal(&plan->geometry);
	rkg_family_conv(&family, &plan->geometry);
	rkg_collect_given(v, op, &family, &(struct rkg_at){ .g = &plan->geometry }, 0, 1, NULL, &given);
	rkg_take(v, o->first, &given);
	take_shape(v, op, o);
	if (rkg_regcmd_new(plan, &given, &regcmd) < 0) {
		v->failed = true;
		return;
	}
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		if (l > 0 && plan->groups[rkr_network_list_group(l)].split == RKG_SPLIT_NONE)
			rkg_compare_aliases(v, op, l);
		else
			compare_tiles(v, op, l, plan, regcmd, &family, &record);
	}
}

/* ---- Maps */

/*
 * Channels of record @i of the first program: of a concatenation each part
 * has its own. One register alone tells nothing: overlays always write it,
 * and the others if the channels are not those of two records before.
 */
static uint32_t
record_channels(const struct rkg_verifier *v, const struct rkr_op *o, size_t i, const uint32_t *channels)
{
	static const uint16_t telling[] = {
		RKR_REG_DPU_DATA_CUBE_CHANNEL,
		RKR_REG_DPU_WDMA_SIZE_0,
		RKR_REG_DPU_RDMA_RDMA_DATA_CUBE_CHANNEL,
	};
	struct tally t = { .n_values = 0 };
	size_t best = 0, n = 0;

	for (size_t k = 0; k < RKR_ARRAY_LEN(telling); k++) {
		const struct rkr_reg_block *block;
		uint32_t value;

		rkr_reg_by_offset(telling[k], &block);
		const struct rkg_cell cell = { .target = block->qword_target, .offset = telling[k] };

		if (!written(v->n, o->first + i, &cell, &value))
			continue;
		count(&t, (value & RKR_FLD_DPU_WDMA_SIZE_0_CHANNEL_WDMA_MASK) + 1);
		n++;
	}
	if (n < 2)
		return i < 2 ? o->in_c : channels[i - 2];
	for (size_t k = 1; k < t.n_values; k++)
		if (t.n[k] > t.n[best])
			best = k;
	return t.value[best];
}

/* What a load writes after its copy: both halves of the table, each announced [captured: 44 of 44]. */
#define LUT_ENTRIES 513
#define LUT_WORDS (2 * (1 + LUT_ENTRIES))

/* The values themselves are the model's. */
static size_t
add_table(const struct rkg_verifier *v, size_t task, size_t n, uint64_t *words)
{
	static const uint32_t access[] = { 0x20000, 0x30000 };
	const struct rkr_reg_block *dpu;
	size_t n_have, at = n;
	const uint64_t *have = rkr_network_words(v->n, task, &n_have);

	rkr_reg_by_offset(RKR_REG_DPU_LUT_ACCESS_CFG, &dpu);
	for (size_t half = 0; half < RKR_ARRAY_LEN(access); half++) {
		words[at++] = rkr_qword_encode(dpu->qword_target, access[half], RKR_REG_DPU_LUT_ACCESS_CFG);
		for (size_t i = 0; i < LUT_ENTRIES; i++, at++) {
			/* 16 bits with a sign. */
			int16_t value = at < n_have ? (int16_t)rkr_qword_decode(have[at]).value : 0;

			words[at] = rkr_qword_encode(dpu->qword_target, (uint32_t)value,
						     RKR_REG_DPU_LUT_ACCESS_DATA);
		}
	}
	return at - n;
}

struct maps {
	struct rkg_verifier *v;
	const struct rkr_op *o;
	size_t op;
	struct rkg_family family;
	struct rkg_values sets[2];
	struct rkg_given given[2]; /* of the last two records */
	uint32_t *channels;        /* per record of the first program */
	uint64_t words[RKG_BODY_MAX + LUT_WORDS];
};

/* What most of the lists have as their record @i. */
static unsigned
signature(const struct rkg_verifier *v, size_t op, const struct rkr_op *o, size_t i)
{
	struct tally t = { .n_values = 0 };
	size_t best = 0;

	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span s = rkr_network_op_tasks(v->n, op, l);

		if (s.n == o->n_tasks && rkr_network_original(v->n, s.first + i) == s.first + i)
			count(&t, rkr_network_signature(v->n, s.first + i));
	}
	for (size_t k = 1; k < t.n_values; k++)
		if (t.n[k] > t.n[best])
			best = k;
	return t.value[best];
}

/* Record @i of a list: of @share of @n cores, or of one. */
static void
compare_map(struct maps *m, size_t list, size_t i, size_t task, uint32_t share, uint32_t n, uint32_t dst)
{
	struct rkg_verifier *v = m->v;
	const struct rkr_op *o = m->o;
	struct rkg_write writes[RKG_BODY_MAX];
	struct rkg_values values;
	struct rkg_given given;
	uint32_t each = o->in_h / n, more = o->in_h % n;
	struct rkg_map map = {
		.op = o,
		.signature = signature(v, m->op, o, i),
		.channels = m->channels[i],
		/* Rows in as many parts as there are cores, the first one row more [captured: 110 of 110]. */
		.y = share * each + (share < more ? share : more),
		.rows = each + (share < more),
		.surface = o->kind == RKR_OP_UPSAMPLE ? (uint32_t)i : 0,
		.dst = dst,
	};
	struct rkg_at at = { .map = &map, .given = &given };

	rkg_collect_given(v, m->op, &m->family, &at, i, o->n_tasks, i < 2 ? NULL : &m->given[i % 2], &given);
	m->given[i % 2] = given;
	if (list == 0)
		rkg_take(v, task, &given);
	rkg_values_init(&values, &m->family, &at);
	size_t n_words = rkg_body(&m->family, list > 0 || i < 2 ? RKG_FORM_FULL : RKG_FORM_OVERLAY, &values,
				  &m->sets[i % 2], writes);

	for (size_t k = 0; k < n_words; k++)
		m->words[k] =
			rkr_qword_encode(writes[k].cell->target, writes[k].value, writes[k].cell->offset);
	m->sets[i % 2] = values;
	if (o->kind == RKR_OP_LUT_LOAD) {
		static const struct rkg_given entries = {
			.n = 1,
			.v = { { RKR_REG_DPU_LUT_ACCESS_DATA, 0,
				 RKR_FLD_DPU_LUT_ACCESS_DATA_LUT_ACCESS_DATA_MASK, 1 } }
		};

		n_words += add_table(v, task, n_words, m->words);
		if (list == 0)
			rkg_take(v, task, &entries);
	}
	rkg_compare_record(v, task, &m->family, m->words, n_words);
}

static void
compare_maps(struct maps *m, size_t list)
{
	struct rkr_task_span s = rkr_network_op_tasks(m->v->n, m->op, list);
	uint32_t n = rkr_network_list_group(list) + 1, dst = 0;

	if (s.n != m->o->n_tasks) {
		rkg_find(m->v, &(struct rkg_finding){ RKG_FINDING_TASKS, s.n ? s.first : m->o->first, 0,
						      m->o->n_tasks, s.n });
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		compare_map(m, list, i, s.first + i, rkr_network_list_core(list), n, dst);
		/* Parts of a concatenation lie one behind the other. */
		if (m->o->kind == RKR_OP_COPY)
			dst += m->channels[i] / (m->o->int8 ? 16 : 8) * rkg_map_out_surface(m->o);
	}
}

/* Whether the cores of a program each have a record of their own. */
static bool
by_rows(const struct rkr_op *o, unsigned group)
{
	return rkg_map_is_shared(o) && o->out_h > group;
}

void
rkg_verify_map(struct rkg_verifier *v, size_t op)
{
	size_t n_ops;
	const struct rkr_op *o = &rkr_network_ops(v->n, &n_ops)[op];
	struct maps m = { .v = v, .o = o, .op = op };

	if (!rkg_map_is_known(o)) {
		v->at->state = RKG_VERDICT_SKIP;
		snprintf(v->at->reason, sizeof(v->at->reason), "%s: no recipe is known",
			 rkr_op_kind_name(o->kind));
		return;
	}
	for (unsigned g = 1; g < RKG_GROUPS; g++)
		if (o->split[g] && !by_rows(o, g)) {
			v->at->state = RKG_VERDICT_SKIP;
			snprintf(v->at->reason, sizeof(v->at->reason), "how cores share it is not known");
			return;
		}
	_autofree_ uint32_t *record_c = calloc(o->n_tasks, sizeof(*record_c));

	if (!record_c) {
		v->failed = true;
		return;
	}
	for (size_t i = 0; i < o->n_tasks; i++)
		record_c[i] = record_channels(v, o, i, record_c);
	m.channels = record_c;
	take_shape(v, op, o);
	rkg_family_map(&m.family);
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		if (l > 0 && !by_rows(o, rkr_network_list_group(l)))
			rkg_compare_aliases(v, op, l);
		else
			compare_maps(&m, l);
	}
}
