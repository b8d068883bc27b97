/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "plan-names.h"
#include "plan-priv.h"

/*
 * Edits by name: "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0" changes the register
 * that the task's record writes, "submit.timeout=1000" a field of a record.
 */

struct target {
	char kind[32];
	uint64_t index;
	char part[3][48]; /* FIELD, or BLOCK REGISTER [FIELD] */
	size_t n_parts;
	int64_t value; /* -2^31 to 2^32-1, or any unsigned 64 bits */
	bool negative;
};

static int
bad(struct rkr_error *err, const char *text, const char *why)
{
	return rkr_fail(err, -EINVAL,
			"write it as task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0 or submit.timeout=1000",
			"the edit \"%s\" %s", text, why);
}

/* A field's name may hold dots ("subcore_task[0].task_start"), so records take the rest whole. */
static int
parse_edit(const char *text, struct target *t, struct rkr_error *err)
{
	const char *eq = strrchr(text, '=');
	size_t n = strcspn(text, "[.=");
	char *end;

	*t = (struct target){ 0 };
	if (!eq || n == 0 || n >= sizeof(t->kind))
		return bad(err, text, "is not NAME=VALUE");
	memcpy(t->kind, text, n);
	const char *s = text + n;

	if (*s == '[') {
		if (!isdigit((unsigned char)s[1]))
			return bad(err, text, "has an index that is no number");
		errno = 0;
		t->index = strtoull(s + 1, &end, 10);
		if (errno || *end != ']')
			return bad(err, text, "has an index that is no number");
		s = end + 1;
	}
	if (*s != '.' || s + 1 >= eq)
		return bad(err, text, "names no field");
	s++;
	bool task = strcmp(t->kind, "task") == 0;

	while (s < eq && t->n_parts < 3) {
		size_t len = task ? strcspn(s, ".=") : (size_t)(eq - s);

		if (len == 0 || len >= sizeof(t->part[0]) || s + len > eq)
			return bad(err, text, "names no field");
		memcpy(t->part[t->n_parts++], s, len);
		s += len;
		if (s < eq)
			s++;
	}
	if (s != eq)
		return bad(err, text, "has too many parts");
	t->negative = eq[1] == '-';
	if (!isdigit((unsigned char)eq[t->negative ? 2 : 1]))
		return bad(err, text, "has a value that is no number");
	errno = 0;
	uint64_t magnitude = strtoull(eq + (t->negative ? 2 : 1), &end, 0);

	if (errno || *end || (t->negative && magnitude > INT64_MAX))
		return bad(err, text, "has a value that is no number");
	t->value = t->negative ? -(int64_t)magnitude : (int64_t)magnitude;
	return 0;
}

static int
note(struct rkx_plan *plan, const char *text, const char *was, uint32_t places)
{
	if (rkr_grow((void **)&plan->edits, &plan->cap_edits, plan->n_edits + 1, sizeof(*plan->edits)) < 0)
		return -ENOMEM;
	_autofree_ char *a = strdup(text);
	_autofree_ char *b = strdup(was);

	if (!a || !b)
		return -ENOMEM;
	plan->edits[plan->n_edits++] = (struct rkx_edit){ rkr_steal(a), rkr_steal(b), places };
	return 0;
}

/* ---- words of contents ---- */

static const struct rkr_region *
task_table(const struct rkr_run *run)
{
	size_t n;
	const struct rkr_region *r = rkr_run_regions(run, &n);

	for (size_t i = 0; i < n; i++)
		if (r[i].kind == RKR_REGION_TASKS)
			return &r[i];
	return NULL;
}

static int
edit_register(struct rkx_plan *plan, struct rkr_run *run, const char *text, const struct target *t,
	      const struct rkr_task *task, struct rkr_error *err)
{
	const struct rkr_reg_block *block = NULL;
	const struct rkr_reg *reg = rkr_reg_by_name(t->part[0], t->part[1], &block);
	const struct rkr_reg_field *field = NULL;
	char near[160], was[32] = "";
	uint32_t places = 0;
	uint64_t limit = UINT32_MAX;

	if (!reg)
		return rkr_fail(err, -EINVAL, rkx_near_register(t->part[0], t->part[1], near, sizeof(near)),
				"the edit \"%s\" names no register", text);
	if (t->n_parts == 3) {
		field = rkr_reg_field_by_name(reg, t->part[2]);
		if (!field)
			return rkr_fail(err, -EINVAL, rkx_near_field(reg, t->part[2], near, sizeof(near)),
					"the edit \"%s\" names no field of %s.%s", text, block->name,
					reg->name);
		limit = (UINT64_C(1) << (field->msb - field->lsb + 1)) - 1;
	}
	if (t->negative || (uint64_t)t->value > limit)
		return rkr_fail(err, -EINVAL, NULL,
				"the edit \"%s\" has a value that does not fit: 0 to %" PRIu64, text, limit);
	if (reg->address_mask && t->value != 0)
		return rkr_fail(err, -EINVAL, "0 can be set; any other address is moved with its BO",
				"the edit \"%s\" sets an address", text);
	struct rkr_ref at = rkr_run_resolve(run, RKR_SPACE_DMA, task->regcmd_addr, SIZE_MAX);

	if (at.state != RKR_REF_BO)
		return rkr_fail(err, -EINVAL, NULL, "task %" PRIu64 " of the edit \"%s\" points at no regcmd",
				t->index, text);
	for (uint64_t i = 0; i < (uint64_t)task->regcfg_amount + RKR_REGCMD_TAIL; i++) {
		uint64_t offset = at.addend + 8 * i, word = 0;

		if (rkr_run_get_word(run, at.bo, offset, &word) < 0)
			break;
		struct rkr_qword q = rkr_qword_decode(word);

		if (q.target != block->qword_target || q.offset != reg->offset)
			continue;
		uint32_t to =
			field ? rkr_reg_field_set(field, q.value, (uint32_t)t->value) : (uint32_t)t->value;

		snprintf(was, sizeof(was), "0x%" PRIx32, field ? rkr_reg_field_get(field, q.value) : q.value);
		rkr_run_set_word(run, at.bo, offset, rkr_qword_encode(q.target, to, q.offset));
		places++;
	}
	if (!places)
		return rkr_fail(err, -EINVAL,
				"edit a register that the task's record writes: see show --regcmd",
				"task %" PRIu64 " does not write %s.%s, which the edit \"%s\" names",
				t->index, block->name, reg->name, text);
	return note(plan, text, was, places);
}

/* A field that can be edited, or the reason why not. */
static int
check_field(enum rkr_kind kind, const struct target *t, const char *text, int *ret_field,
	    struct rkr_error *err)
{
	const struct rkr_kind_desc *k = rkr_kind_get(kind);
	int f = rkr_field_by_name(kind, t->part[0]);
	char near[160];

	if (f < 0)
		return rkr_fail(err, -EINVAL, rkx_near_record_field(kind, t->part[0], near, sizeof(near)),
				"the edit \"%s\" names no field of %s", text, k->name);
	const struct rkr_field *d = &k->fields[f];

	if (d->cls != RKR_CLASS_PLAIN)
		return rkr_fail(err, -EINVAL, "what names or points at a thing is made anew by replay",
				"the edit \"%s\" cannot change %s", text, d->name);
	bool is_signed = d->type == RKR_TYPE_S32 || d->type == RKR_TYPE_S64;
	bool fits = d->type == RKR_TYPE_U32   ? !t->negative && (uint64_t)t->value <= UINT32_MAX
		    : d->type == RKR_TYPE_U64 ? !t->negative
		    : d->type == RKR_TYPE_S32 ? t->value >= INT32_MIN && t->value <= INT32_MAX
					      : d->type == RKR_TYPE_S64 && (t->negative || t->value >= 0);

	if (!fits)
		return rkr_fail(err, -EINVAL, NULL,
				"the edit \"%s\" has a value that does not fit a%s field of %s bits", text,
				is_signed ? " signed" : "n unsigned",
				d->type == RKR_TYPE_U64 || d->type == RKR_TYPE_S64 ? "64" : "32");
	*ret_field = f;
	return 0;
}

static int
edit_task(struct rkx_plan *plan, struct rkr_run *run, const char *text, const struct target *t,
	  struct rkr_error *err)
{
	const struct rkr_region *table = task_table(run);
	struct rkr_task task;
	char was[32];
	int f = 0;

	if (!table || rkr_run_task(run, t->index, &task) < 0)
		return rkr_fail(err, -EINVAL, NULL,
				"the edit \"%s\" names a task that the run does not show: it has %zu", text,
				rkr_run_n_tasks(run));
	if (t->n_parts > 1)
		return edit_register(plan, run, text, t, &task, err);
	int r = check_field(RKR_KIND_task, t, text, &f, err);

	if (r < 0)
		return r;
	if (f < RKR_F_task_flags || f > RKR_F_task_regcfg_offset)
		return rkr_fail(err, -EINVAL, NULL,
				"the edit \"%s\" names what a dump prints, not what a task holds", text);
	uint64_t offset = table->offset + t->index * RKR_TASK_BYTES + 4 * (uint64_t)(f - RKR_F_task_flags),
		 word;
	uint64_t shift = offset % 8 ? 32 : 0;

	r = rkr_run_get_word(run, table->bo, offset & ~UINT64_C(7), &word);
	if (r < 0)
		return r;
	snprintf(was, sizeof(was), "0x%" PRIx32, (uint32_t)(word >> shift));
	word = (word & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)(uint32_t)t->value << shift;
	rkr_run_set_word(run, table->bo, offset & ~UINT64_C(7), word);
	return note(plan, text, was, 1);
}

static int
edit_record(struct rkx_plan *plan, struct rkr_run *run, const char *text, const struct target *t,
	    struct rkr_error *err)
{
	enum rkr_kind kind = rkr_kind_by_name(t->kind);
	char near[160], was[64];
	uint64_t nth = 0;
	int f = 0;

	if (kind == RKR_KIND_INVALID_ || rkr_kind_get(kind)->stream != RKR_STREAM_CALLS)
		return rkr_fail(err, -EINVAL, rkx_near_kind(t->kind, near, sizeof(near)),
				"the edit \"%s\" names no kind of call", text);
	int r = check_field(kind, t, text, &f, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		struct rkr_record *rec = rkr_run_record_mut(run, i);

		if (rec->kind != kind || nth++ != t->index)
			continue;
		rkr_value_format(&rkr_kind_get(kind)->fields[f], &rec->v[f], was, sizeof(was));
		rkr_set_s(rec, f, t->value);
		return note(plan, text, was, 1);
	}
	return rkr_fail(err, -EINVAL, NULL, "the edit \"%s\" names %s %" PRIu64 ", and the run has %" PRIu64,
			text, t->kind, t->index, nth);
}

int
rkx_plan_edit(struct rkx_plan *plan, struct rkr_run *run, const char *text, struct rkr_error *err)
{
	struct target t;
	int r = parse_edit(text, &t, err);

	if (r < 0)
		return r;
	return strcmp(t.kind, "task") == 0 ? edit_task(plan, run, text, &t, err)
					   : edit_record(plan, run, text, &t, err);
}
