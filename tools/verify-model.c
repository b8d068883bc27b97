/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/format.h"
#include "lib/regcmd.h"
#include "output.h"
#include "verify.h"

/* The verification of compiled models, operator by operator. */

/* As many findings of an operator are shown, then how many more there are. */
#define FINDINGS_SHOWN 8

struct verify_model {
	struct rkr_network *network;
	struct rkg_model_verdict *verdict;
};

int
verify_model_new(const struct rkr_run *run, struct verify_model **ret_model, struct rkr_error *err)
{
	struct verify_model *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	int r = rkr_network_new(run, &m->network, err);

	if (r == 0)
		r = rkg_verify_model(m->network, &m->verdict);
	if (r < 0)
		verify_model_free(m);
	else
		*ret_model = m;
	return r;
}

void
verify_model_free(struct verify_model *m)
{
	if (!m)
		return;
	rkg_model_verdict_free(m->verdict);
	rkr_network_free(m->network);
	free(m);
}

size_t
verify_model_total(const struct verify_model *m, enum rkg_verdict_state state)
{
	return m ? m->verdict->total[state] : 0;
}

/* "CNA.CBUF_CON0" and, of both values, the fields that differ; or what else it is. */
static void
describe(const struct rkg_finding *f, char *what, size_t size, char *expected, char *found, size_t value_size)
{
	static const char *const names[] = {
		[RKG_FINDING_TASKS] = "tasks",          [RKG_FINDING_ALIAS] = "alias of task",
		[RKG_FINDING_AMOUNT] = "regcfg_amount", [RKG_FINDING_MASK] = "mask",
		[RKG_FINDING_PLACE] = "regcmd_addr",
	};

	if (f->what == RKG_FINDING_LINK) {
		rkr_qword_name(f->word, what, size);
		snprintf(expected, value_size, "0x%016" PRIx64, f->expected);
		snprintf(found, value_size, "0x%016" PRIx64, f->found);
		return;
	}
	if (f->what == RKG_FINDING_REGISTER || f->what == RKG_FINDING_MISSING ||
	    f->what == RKG_FINDING_EXTRA) {
		struct rkr_qword q = rkr_qword_decode(f->word);
		const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);
		size_t len = rkr_qword_name(f->word, what, size);

		for (size_t i = 0; f->what == RKG_FINDING_REGISTER && reg && i < reg->n_fields && len < size;
		     i++)
			if (rkr_reg_field_get(&reg->fields[i], (uint32_t)f->expected) !=
			    rkr_reg_field_get(&reg->fields[i], (uint32_t)f->found))
				len += (size_t)snprintf(what + len, size - len, " %s", reg->fields[i].name);
	} else {
		snprintf(what, size, "%s", names[f->what]);
	}
	snprintf(expected, value_size, f->what == RKG_FINDING_EXTRA ? "nothing" : "0x%" PRIx64, f->expected);
	snprintf(found, value_size, f->what == RKG_FINDING_MISSING ? "nothing" : "0x%" PRIx64, f->found);
}

/*
 * What of the @k-th value that was taken is not judged, and was not named for
 * another record: register and fields.
 */
static bool
taken_name(const struct verify_model *m, const struct rkg_verdict *v, size_t k, char *buf, size_t size)
{
	const struct rkg_taken *first = &m->verdict->taken[v->first_taken], *t = first + k;
	struct rkr_qword q = rkr_qword_decode(t->word);
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);
	size_t len = rkr_qword_name(t->word, buf, size);

	if (rkg_taken_is_judged(t))
		return false;
	for (size_t i = 0; i < k; i++)
		if (!rkg_taken_is_judged(first + i) && rkr_qword_decode(first[i].word).offset == q.offset)
			return false;
	for (size_t i = 0; reg && i < reg->n_fields && len < size; i++)
		if (rkr_reg_field_get(&reg->fields[i], t->mask))
			len += (size_t)snprintf(buf + len, size - len, ".%s", reg->fields[i].name);
	return true;
}

/* "(1 records, 2 values taken from them; not judged: DPU.BS_MUL_CFG.BS_MUL_OPERAND)" */
static void
print_taken(const struct verify_model *m, const struct rkg_verdict *v)
{
	const char *before = "; not judged: ";

	printf("  (%zu records, %zu value%s taken from them", v->n_records, v->n_taken,
	       v->n_taken == 1 ? "" : "s");
	for (size_t k = 0; k < v->n_taken; k++) {
		char field[256];

		if (!taken_name(m, v, k, field, sizeof(field)))
			continue;
		printf("%s%s", before, field);
		before = ", ";
	}
	printf(")\n");
}

/* What is judged: "op 7 conv", "separators", "chain". */
static void
item_name(const struct verify_model *m, const struct rkg_verdict *v, char *buf, size_t size)
{
	size_t n;
	const struct rkr_op *ops = rkr_network_ops(m->network, &n);

	if (v->item == RKG_ITEM_OP)
		snprintf(buf, size, "op %" PRIu32 " %s", ops[v->op].op_idx,
			 rkr_op_kind_name(ops[v->op].kind));
	else
		snprintf(buf, size, "%s", v->item == RKG_ITEM_SEPARATORS ? "separators" : "chain");
}

void
verify_model_print(const struct verify_model *m, const char *name)
{
	static const char *const colours[] = { "\033[32m", "\033[31m", "\033[33m" };
	bool colour = tool_colour(stdout);

	printf("%s: operators\n", TOOL_SHOWN(name));
	for (size_t i = 0; i < m->verdict->n_verdicts; i++) {
		const struct rkg_verdict *v = &m->verdict->verdicts[i];
		char item[64];

		item_name(m, v, item, sizeof(item));
		printf("%s%s%s  %s", colour ? colours[v->state] : "", rkg_verdict_state_name(v->state),
		       colour ? "\033[0m" : "", item);
		if (v->shape[0])
			printf(" %s", v->shape);
		if (v->state == RKG_VERDICT_SKIP)
			printf("  (%s)\n", v->reason);
		else if (v->n_taken)
			print_taken(m, v);
		else
			printf("  (%zu records)\n", v->n_records);
		for (size_t k = 0; k < v->n_findings && k < FINDINGS_SHOWN; k++) {
			const struct rkg_finding *f = &m->verdict->findings[v->first_finding + k];
			char what[256], expected[32], found[32];

			describe(f, what, sizeof(what), expected, found, sizeof(found));
			printf("  task %zu %s: expected %s, found %s\n", f->task, what, expected, found);
		}
		if (v->n_findings > FINDINGS_SHOWN)
			printf("  ... and %zu more\n", v->n_findings - FINDINGS_SHOWN + v->n_more);
	}
}

int
verify_model_print_json(const struct verify_model *m, const char *name)
{
	size_t n;
	const struct rkr_op *ops = rkr_network_ops(m->network, &n);
	struct rkr_buf buf = { 0 };

	for (size_t i = 0; i < m->verdict->n_verdicts; i++) {
		const struct rkg_verdict *v = &m->verdict->verdicts[i];

		rkr_buf_printf(&buf, "{\"record\":\"operator_check\",\"run\":");
		rkr_buf_json_string(&buf, name, strlen(name));
		if (v->item == RKG_ITEM_OP)
			rkr_buf_printf(&buf, ",\"op\":%" PRIu32 ",\"kind\":\"%s\",\"task\":%zu",
				       ops[v->op].op_idx, rkr_op_kind_name(ops[v->op].kind),
				       ops[v->op].first);
		else
			rkr_buf_printf(&buf, ",\"op\":null,\"kind\":\"%s\"",
				       v->item == RKG_ITEM_SEPARATORS ? "separators" : "chain");
		if (v->shape[0])
			rkr_buf_printf(&buf, ",\"shape\":\"%s\"", v->shape);
		rkr_buf_printf(&buf, ",\"state\":\"%s\"", rkg_verdict_state_name(v->state));
		if (v->reason[0]) {
			rkr_buf_printf(&buf, ",\"reason\":");
			rkr_buf_json_string(&buf, v->reason, strlen(v->reason));
		}
		rkr_buf_printf(&buf, ",\"records\":%zu,\"given\":%zu,\"not_judged\":[", v->n_records,
			       v->n_taken);
		for (size_t k = 0, n_names = 0; k < v->n_taken; k++) {
			char field[256];

			if (taken_name(m, v, k, field, sizeof(field)))
				rkr_buf_printf(&buf, "%s\"%s\"", n_names++ ? "," : "", field);
		}
		rkr_buf_printf(&buf, "],\"details\":[");
		for (size_t k = 0; k < v->n_findings; k++) {
			const struct rkg_finding *f = &m->verdict->findings[v->first_finding + k];
			char what[256], expected[32], found[32];

			describe(f, what, sizeof(what), expected, found, sizeof(found));
			rkr_buf_printf(
				&buf,
				"%s{\"task\":%zu,\"field\":\"%s\",\"expected\":\"%s\",\"found\":\"%s\"}",
				k ? "," : "", f->task, what, expected, found);
		}
		rkr_buf_printf(&buf, "]}\n");
	}
	return tool_print(&buf);
}
