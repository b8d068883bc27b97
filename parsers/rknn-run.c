/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "rknn-priv.h"
#include "rknn-run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/* From what was found in a model to a run. */

/* Parts of BO weight start on this [captured: 34 logs of 8 shapes]. */
#define PART_ALIGN 64

/* ---- precision ---- */

/* Names of precisions, in the order of the records; there are fewer than this. */
#define PRECISIONS_MAX 8

struct precisions {
	const char *name[PRECISIONS_MAX];
	size_t n;
};

static void
note_precision(struct precisions *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->name[i], name) == 0)
			return;
	if (p->n < PRECISIONS_MAX)
		p->name[p->n++] = name;
}

/*
 * What one record computes in, by its own words. One that loads a table of
 * values computes nothing; all others write one value of it at most.
 * [captured: 44 loads]
 */
static void
look_at_record(const struct rkp_bytes *b, const struct rkp_program *p, const struct rkp_rknn_record *rec,
	       struct precisions *ret_conv, struct precisions *ret_other)
{
	const char *conv = NULL, *other = NULL;
	size_t values = 0;

	for (uint64_t w = 0; w < rec->amount; w++) {
		struct rkr_qword q = rkr_qword_decode(rkp_le64(b->p + p->regcmd.off + rec->start + 8 * w));
		const struct rkr_reg *reg;
		const char **name = NULL;

		values += q.target == RKR_TARGET_DPU && q.offset == RKR_REG_DPU_LUT_ACCESS_DATA;
		if (values > 1)
			return;
		if (q.target == RKR_TARGET_CNA && q.offset == RKR_REG_CNA_CONV_CON1)
			name = &conv;
		else if (q.target == RKR_TARGET_DPU && q.offset == RKR_REG_DPU_DATA_FORMAT)
			name = &other;
		if (!name)
			continue;
		reg = rkr_reg_by_qword(q.target, q.offset, NULL);
		const struct rkr_reg_field *f = rkr_reg_field_by_name(reg, "PROC_PRECISION");

		*name = rkr_reg_enum_name(f, rkr_reg_field_get(f, q.value));
	}
	if (conv)
		note_precision(ret_conv, conv);
	else if (other)
		note_precision(ret_other, other);
}

/*
 * The precisions of the records that convolve; if there are none, of all:
 * "fp16", or "int16+fp16" if some copy 16-bit units as such. "": not known.
 */
static void
precision_of(const struct rkp_model *m, char *text, size_t size)
{
	struct precisions conv = { 0 }, other = { 0 };
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m->program.n_records && m->decoded; i++)
		look_at_record(&m->bytes, &m->program, &m->program.records[i], &conv, &other);
	const struct precisions *p = conv.n ? &conv : &other;

	for (size_t i = 0; i < p->n && len < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s", i ? "+" : "", p->name[i]);
}

/* ---- records ---- */

static void
set_span(struct rkr_record *r, int field, const struct rkp_bytes *b, const struct rkp_span *s,
	 struct rkr_blob *blob)
{
	if (!s->len)
		return;
	*blob = (struct rkr_blob){ b->p + s->off, s->len };
	rkr_set_b(r, field, blob);
}

static int
add_model(struct rkr_run *run, const struct rkp_model *m)
{
	char precision[64];
	struct rkr_blob compiler, platform, name;
	struct rkr_record_buf buf;
	struct rkr_record *r = &buf.rec;

	rkr_record_init(&buf, RKR_KIND_model);
	rkr_set_u(r, RKR_F_model_version, m->container.version);
	set_span(r, RKR_F_model_compiler, &m->bytes, &m->container.compiler, &compiler);
	set_span(r, RKR_F_model_platform, &m->bytes, &m->container.platform, &platform);
	precision_of(m, precision, sizeof(precision));
	if (precision[0]) {
		name = (struct rkr_blob){ precision, strlen(precision) };
		rkr_set_b(r, RKR_F_model_precision, &name);
	}
	if (m->constants.len) {
		rkr_set_u(r, RKR_F_model_weight_off, m->constants.off);
		rkr_set_u(r, RKR_F_model_weight_bytes, m->constants.len);
	}
	rkr_set_u(r, RKR_F_model_regcmd_off, m->program.regcmd.off);
	rkr_set_u(r, RKR_F_model_regcmd_bytes, m->program.regcmd.len);
	rkr_set_u(r, RKR_F_model_task_off, m->program.tasks.off);
	rkr_set_u(r, RKR_F_model_tasks, m->program.n_tasks);
	return rkr_run_append(run, r);
}

static int
add_identity(struct rkr_run *run, const char *what, const char *text, size_t len)
{
	const struct rkr_blob w = { what, strlen(what) }, t = { text, len };
	struct rkr_record_buf buf;

	rkr_record_init(&buf, RKR_KIND_identity);
	rkr_set_b(&buf.rec, RKR_F_identity_what, &w);
	rkr_set_b(&buf.rec, RKR_F_identity_text, &t);
	return rkr_run_append(run, &buf.rec);
}

/* Which tasks are whose, as people read it, if the starts make sense. */
static int
add_programs(struct rkr_run *run, const struct rkp_model *m)
{
	const struct rkp_container *c = &m->container;
	size_t n = m->program.n_tasks, len = 0;
	char text[160];

	if (!c->has_starts || c->starts[0] != 0 || c->starts[1] > c->starts[2] || c->starts[2] > n)
		return 0;
	for (size_t i = 0; i < RKP_RKNN_PROGRAMS; i++) {
		size_t end = i + 1 < RKP_RKNN_PROGRAMS ? c->starts[i + 1] : n;
		int w = snprintf(text + len, sizeof(text) - len, "%s%zu core%s: %zu from task %" PRIu32,
				 i ? ", " : "", i + 1, i ? "s" : "", end - c->starts[i], c->starts[i]);

		len += w > 0 ? (size_t)w : 0;
	}
	return add_identity(run, "programs", text, len);
}

static int
add_identities(struct rkr_run *run, const struct rkp_model *m)
{
	static const char undecoded[] =
		"registers and units of this chip are not known: its regcmd is told by "
		"target, offset and value";
	const struct rkp_span *g = &m->container.generation;
	int r = 0;

	if (g->len)
		r = add_identity(run, "generation", (const char *)m->bytes.p + g->off, g->len);
	if (r == 0)
		r = add_programs(run, m);
	if (r == 0 && m->program.n_tails != m->program.n_records) {
		char text[96];
		int len =
			snprintf(text, sizeof(text), "%zu regcmd records that no task of the table leads to",
				 m->program.n_tails - m->program.n_records);

		r = add_identity(run, "not read", text, (size_t)len);
	}
	if (r == 0 && !m->decoded)
		r = add_identity(run, "not known", undecoded, sizeof(undecoded) - 1);
	return r;
}

static int
add_tasks(struct rkr_run *run, const struct rkp_model *m, uint64_t table_offset)
{
	for (size_t i = 0; i < m->program.n_tasks; i++) {
		const struct rkr_task *t = &m->program.task[i];
		const uint32_t words[] = { t->flags,     t->op_idx,     t->enable_mask,   t->int_mask,
					   t->int_clear, t->int_status, t->regcfg_amount, t->regcfg_offset };
		struct rkr_record_buf buf;

		rkr_record_init(&buf, RKR_KIND_task);
		rkr_set_u(&buf.rec, RKR_F_task_index, i);
		rkr_set_u(&buf.rec, RKR_F_task_off, table_offset + i * RKR_TASK_BYTES);
		for (size_t f = 0; f < RKR_ARRAY_LEN(words); f++)
			rkr_set_u(&buf.rec, RKR_F_task_flags + (int)f, words[f]);
		rkr_set_u(&buf.rec, RKR_F_task_regcmd_addr, t->regcmd_addr);
		int r = rkr_run_append(run, &buf.rec);

		if (r < 0)
			return r;
	}
	return 0;
}

static int
add_window(struct rkr_run *run, const struct rkp_model *m, uint64_t offset)
{
	const struct rkp_span *s = &m->program.regcmd;
	const size_t n = s->len / 8;
	_autofree_ uint64_t *words = malloc(n * sizeof(*words) + 1);
	struct rkr_record_buf buf;

	if (!words)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		words[i] = rkp_le64(m->bytes.p + s->off + 8 * i);
	const struct rkr_blob qwords = { words, n };

	rkr_record_init(&buf, RKR_KIND_regcmd_window);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_off, offset);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_count, n);
	rkr_set_b(&buf.rec, RKR_F_regcmd_window_qwords, &qwords);
	return rkr_run_append(run, &buf.rec);
}

/* ---- buffers ---- */

static int
write_span(struct rkr_run *run, const struct rkp_model *m, uint32_t bo, uint64_t offset,
	   const struct rkp_span *s)
{
	return rkr_run_write(run, bo, offset, m->bytes.p + s->off, s->len, RKR_EVIDENCE_DUMP, SIZE_MAX);
}

/* Whether a buffer of the file is regcmd or task table, or overlaps them. */
static bool
is_program(const struct rkp_model *m, const struct rkp_span *s)
{
	const struct rkp_span *parts[] = { &m->program.regcmd, &m->program.tasks };

	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++)
		if (s->off < parts[i]->off + parts[i]->len && parts[i]->off < s->off + s->len)
			return true;
	return false;
}

/*
 * The stretch of the file that holds the constants: from the first buffer to
 * the last, as long as neither the regcmd nor the table lies between.
 */
static void
find_constants(struct rkp_model *m)
{
	size_t from = SIZE_MAX, to = 0;

	for (size_t i = 0; i < m->container.n_buffers; i++) {
		const struct rkp_span *s = &m->container.buffers[i];

		if (is_program(m, s))
			continue;
		m->buffer_bytes += rkr_align_up(s->len, PART_ALIGN);
		from = s->off < from ? s->off : from;
		to = s->off + s->len > to ? s->off + s->len : to;
	}
	const struct rkp_span all = { from, to - from };

	if (from < to && !is_program(m, &all))
		m->constants = all;
}

/*
 * Where each constant lies in BO weight is told by the runtime alone. If all
 * of the file's buffers make just the size that it allots, each to 64 bytes,
 * they lie one behind the other: weights, then the two scratch areas of the
 * separators. [captured: 9 of 12 models have this size; the order: offsets 0
 * of weights and the ends of two logged shapes]
 */
static int
write_constants(struct rkr_run *run, const struct rkp_model *m, uint32_t weight)
{
	uint64_t at = 0;

	for (size_t i = 0; i < m->container.n_buffers; i++) {
		const struct rkp_span *s = &m->container.buffers[i];

		if (is_program(m, s))
			continue;
		int r = write_span(run, m, weight, at, s);

		if (r < 0)
			return r;
		at += rkr_align_up(s->len, PART_ALIGN);
	}
	return 0;
}

static int
add_bos(struct rkr_run *run, const struct rkp_model *m, uint64_t *ret_regcmd_offset)
{
	const struct rkp_program *p = &m->program;
	bool placed = m->buffer_bytes && m->buffer_bytes == m->container.constant_bytes;
	/* Constants, regcmd, task table, to 64 bytes [captured: 34 logs]. */
	uint64_t regcmd = rkr_align_up(m->container.constant_bytes, PART_ALIGN),
		 table = regcmd + p->regcmd.len;
	struct rkr_bo bo = {
		.role = "weight",
		.known = RKR_BO_SIZE,
		.size = rkr_align_up(table + p->tasks.len, PART_ALIGN),
		.died = SIZE_MAX,
	};
	uint32_t weight, constants;
	int r = rkr_run_add_bo(run, &bo, &weight);

	if (r == 0)
		r = write_span(run, m, weight, regcmd, &p->regcmd);
	if (r == 0)
		r = write_span(run, m, weight, table, &p->tasks);
	if (r == 0)
		r = rkr_run_add_region(
			run, &(struct rkr_region){ RKR_REGION_REGCMD, weight, regcmd, p->regcmd.len });
	if (r == 0)
		r = rkr_run_add_region(
			run, &(struct rkr_region){ RKR_REGION_TASKS_REL, weight, table, p->tasks.len });
	if (r == 0 && placed)
		r = write_constants(run, m, weight);
	*ret_regcmd_offset = regcmd;
	if (r < 0 || placed || !m->constants.len)
		return r;
	bo = (struct rkr_bo){
		.role = "constants",
		.known = RKR_BO_SIZE,
		.size = m->constants.len,
		.died = SIZE_MAX,
	};
	r = rkr_run_add_bo(run, &bo, &constants);
	return r < 0 ? r : write_span(run, m, constants, 0, &m->constants);
}

int
rkp_model_to_run(struct rkp_model *m, struct rkr_run *run)
{
	const struct rkp_span *platform = &m->container.platform;
	uint64_t regcmd;

	/* The register database is the RK3588's. A model that names no chip has no other claim to one. */
	m->decoded = !platform->len ||
		     (platform->len == strlen(RKP_DECODED_PLATFORM) &&
		      memcmp(m->bytes.p + platform->off, RKP_DECODED_PLATFORM, platform->len) == 0);
	find_constants(m);
	int r = add_model(run, m);

	if (r == 0)
		r = add_identities(run, m);
	if (r == 0)
		r = add_bos(run, m, &regcmd);
	if (r == 0)
		r = add_tasks(run, m, regcmd + m->program.regcmd.len);
	if (r == 0)
		r = add_window(run, m, regcmd);
	return r < 0 ? r : rkr_run_bind(run);
}
