/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gen/verify-model.h"
#include "lib/format.h"
#include "lib/network.h"
#include "output.h"
#include "tool.h"

/* show --ops: a model as a network, one line an operator. */

RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)

/* "3x3 s2 p1, bias, relu" */
static void
describe(const struct rkr_op *op, char *buf, size_t size)
{
	static const struct {
		size_t offset;
		const char *name;
	} steps[] = {
		{ offsetof(struct rkr_op, bias), "bias" },        { offsetof(struct rkr_op, add), "add" },
		{ offsetof(struct rkr_op, relu), "relu" },        { offsetof(struct rkr_op, lut), "lut" },
		{ offsetof(struct rkr_op, out_fp32), "to fp32" },
	};
	size_t n = 0;

	buf[0] = '\0';
	if (rkr_op_convolves(op->kind)) {
		n += (size_t)snprintf(buf, size, " %" PRIu32 "x%" PRIu32, op->kh, op->kw);
		if (op->stride != 1)
			n += (size_t)snprintf(buf + n, size - n, " s%" PRIu32, op->stride);
		if (op->pad_top)
			n += (size_t)snprintf(buf + n, size - n, " p%" PRIu32, op->pad_top);
	} else if (op->kind == RKR_OP_POOL) {
		n += (size_t)snprintf(buf, size, " %s", op->average ? "average" : "largest");
		if (op->kw)
			n += (size_t)snprintf(buf + n, size - n, " of %" PRIu32 "x%" PRIu32 " s%" PRIu32,
					      op->kh, op->kw, op->stride);
	} else if (op->kind == RKR_OP_UPSAMPLE) {
		n += (size_t)snprintf(buf, size, " x%" PRIu32, op->factor);
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(steps); i++)
		if (*(const bool *)((const char *)op + steps[i].offset))
			n += (size_t)snprintf(buf + n, size - n, " +%s", steps[i].name);
}

static size_t
tasks_of(const struct rkr_network *n, size_t op, unsigned group)
{
	size_t sum = 0;

	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++)
		if (rkr_network_list_group(l) == group)
			sum += rkr_network_op_tasks(n, op, l).n;
	return sum;
}

/* An upsampling has a task per surface. */
static uint32_t
channels_of(const struct rkr_op *op, uint32_t channels)
{
	return op->kind == RKR_OP_UPSAMPLE ? channels * (uint32_t)op->n_tasks : channels;
}

static void
print_op(const struct rkr_network *n, const struct rkr_op *op, size_t i)
{
	char what[96];

	describe(op, what, sizeof(what));
	printf("%4" PRIu32 " %-13s %s %" PRIu32 "x%" PRIu32 "x%" PRIu32 " -> %" PRIu32 "x%" PRIu32 "x%" PRIu32
	       "%s; tasks %zu+%zu",
	       op->op_idx, rkr_op_kind_name(op->kind), op->int8 ? "int8" : "fp16", channels_of(op, op->in_c),
	       op->in_h, op->in_w, channels_of(op, op->out_c), op->out_h, op->out_w, what, op->first,
	       op->n_tasks);
	for (unsigned g = 1; g < RKR_NETWORK_LISTS / 2; g++)
		printf(", %u cores %zu%s", g + 1, tasks_of(n, i, g), op->split[g] ? "" : " (aliases)");
	putchar('\n');
}

static void
json_op(struct rkr_buf *buf, const struct rkr_network *n, const struct rkr_op *op, size_t i)
{
	char shape[RKG_SHAPE_NAME_MAX];
	struct rkg_shape s;

	rkr_buf_printf(buf,
		       "{\"record\":\"operator\",\"index\":%zu,\"op\":%" PRIu32
		       ",\"kind\":\"%s\",\"precision\":\"%s\",\"in\":[%" PRIu32 ",%" PRIu32 ",%" PRIu32
		       "],\"out\":[%" PRIu32 ",%" PRIu32 ",%" PRIu32 "],\"task\":%zu,\"tasks\":[%zu,%zu,%zu],"
		       "\"split\":[%s,%s]",
		       i, op->op_idx, rkr_op_kind_name(op->kind), op->int8 ? "int8" : "fp16",
		       channels_of(op, op->in_c), op->in_h, op->in_w, channels_of(op, op->out_c), op->out_h,
		       op->out_w, op->first, op->n_tasks, tasks_of(n, i, 1), tasks_of(n, i, 2),
		       op->split[1] ? "true" : "false", op->split[2] ? "true" : "false");
	if (op->kind == RKR_OP_UPSAMPLE)
		rkr_buf_printf(buf, ",\"factor\":%" PRIu32, op->factor);
	if (op->kind == RKR_OP_POOL)
		rkr_buf_printf(buf,
			       ",\"average\":%s,\"kernel\":[%" PRIu32 ",%" PRIu32 "],\"stride\":%" PRIu32,
			       op->average ? "true" : "false", op->kh, op->kw, op->stride);
	if (rkr_op_convolves(op->kind)) {
		rkg_op_shape(op, &s);
		rkg_shape_format(&s, shape, sizeof(shape));
		rkr_buf_printf(
			buf,
			",\"kernel\":[%" PRIu32 ",%" PRIu32 "],\"stride\":%" PRIu32 ",\"pad\":[%" PRIu32
			",%" PRIu32
			"],\"bias\":%s,\"relu\":%s,\"add\":%s,\"lut\":%s,\"out_fp32\":%s,\"shape\":\"%s\"",
			op->kh, op->kw, op->stride, op->pad_top, op->pad_left, op->bias ? "true" : "false",
			op->relu ? "true" : "false", op->add ? "true" : "false", op->lut ? "true" : "false",
			op->out_fp32 ? "true" : "false", shape);
	}
	rkr_buf_printf(buf, "}\n");
}

static int
print_json(const struct rkr_network *n)
{
	struct rkr_buf buf = { 0 };
	size_t n_ops, n_runs;
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	for (size_t i = 0; i < n_ops; i++)
		json_op(&buf, n, &ops[i], i);
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span list = rkr_network_list(n, l);
		const struct rkr_network_run *runs = rkr_network_runs(n, l, &n_runs);

		rkr_buf_printf(
			&buf,
			"{\"record\":\"list\",\"cores\":%u,\"core\":%u,\"first\":%zu,\"tasks\":%zu,\"runs\":[",
			rkr_network_list_group(l) + 1, rkr_network_list_core(l), list.first, list.n);
		for (size_t i = 0; i < n_runs; i++)
			rkr_buf_printf(&buf,
				       "%s{\"first\":%zu,\"tasks\":%zu,\"ops\":[%" PRIu32 ",%" PRIu32 "]}",
				       i ? "," : "", runs[i].tasks.first, runs[i].tasks.n, runs[i].first_op,
				       runs[i].last_op);
		rkr_buf_printf(&buf, "]}\n");
	}
	return tool_print(&buf);
}

/* How each program is made up: how many tasks stand again, how many end runs. */
static void
print_lists(const struct rkr_network *n)
{
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span list = rkr_network_list(n, l);
		size_t aliases = 0, separators = 0;

		for (size_t i = list.first; i < list.first + list.n; i++) {
			aliases += rkr_network_original(n, i) != i;
			separators += rkr_network_is_separator(n, i);
		}
		if (list.n == 0)
			continue;
		printf("%u core%s, core %u: %zu tasks from %zu, %zu aliases, %zu separators\n",
		       rkr_network_list_group(l) + 1, rkr_network_list_group(l) ? "s" : "",
		       rkr_network_list_core(l), list.n, list.first, aliases, separators);
	}
}

enum tool_exit
tool_show_ops(const struct rkr_run *run, bool json)
{
	rkr_cleanup(rkr_network_free) struct rkr_network *n = NULL;
	struct rkr_error err = { 0 };
	size_t n_ops;
	int r = rkr_network_new(run, &n, &err);

	if (r < 0)
		return tool_error(&err, r);
	if (json) {
		r = print_json(n);
		return r < 0 ? tool_error(NULL, r) : TOOL_YES;
	}
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	for (size_t i = 0; i < n_ops; i++)
		print_op(n, &ops[i], i);
	print_lists(n);
	return TOOL_YES;
}

enum tool_exit
tool_show_op_tiles(const struct rkr_run *run, uint32_t op_idx, bool json)
{
	rkr_cleanup(rkr_network_free) struct rkr_network *n = NULL;
	struct rkr_error err = { 0 };
	size_t n_ops;
	bool any = false;
	int r = rkr_network_new(run, &n, &err);

	if (r < 0)
		return tool_error(&err, r);
	const struct rkr_op *ops = rkr_network_ops(n, &n_ops);

	for (size_t i = 0; i < n_ops; i++) {
		struct rkg_shape shape;

		any |= ops[i].op_idx == op_idx;
		if (ops[i].op_idx != op_idx || !rkr_op_convolves(ops[i].kind))
			continue;
		rkg_op_shape(&ops[i], &shape);
		return tool_show_shape_tiles(&shape, true, json);
	}
	return any ? tool_trouble("operator %" PRIu32 " does not convolve, and so has no tiles", op_idx)
		   : tool_trouble("there is no operator %" PRIu32 "; show --ops tells them", op_idx);
}
