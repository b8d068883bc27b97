/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"
#include "parsers/rknn.h"

RKR_DEFINE_CLEANUP(struct rkx_layers *, rkx_layers_free)

/* A compiled model as the source of a replay. */

#define INPUT_MAX (UINT64_C(1) << 28)

static int
read_file(const char *path, uint64_t max, uint8_t **ret_data, size_t *ret_len, struct rkr_error *err)
{
	_autofclose_ FILE *f = fopen(path, "rb");
	_autofree_ uint8_t *data = NULL;
	size_t len = 0, cap = 0, got = 1;

	while (f && got && len <= max) {
		if (rkr_grow((void **)&data, &cap, len + 65536, 1) < 0)
			return -ENOMEM;
		got = fread(data + len, 1, 65536, f);
		len += got;
	}
	if (!f || ferror(f)) {
		int r = errno ? -errno : -EIO;

		return rkr_error_set(err, r, path, 0, 0, "check the name", "cannot be read: %s",
				     strerror(-r));
	}
	if (len > max)
		return rkr_error_set(err, -EFBIG, path, 0, 0, "name another",
				     "has more than %" PRIu64 " bytes", max);
	*ret_data = rkr_steal(data);
	*ret_len = len;
	return 0;
}

int
replay_place_model(struct replay_request *rq, struct rkr_run **run, struct rkr_error *err)
{
	const char *input = tool_value(rq->args, "input");
	struct rkx_model_options o = {
		.graph = &rq->graph,
		.cores = (unsigned)rq->cores,
		.read_internal = rq->check_layers,
		.seed = rq->seed,
	};
	_autofree_ uint8_t *in = NULL;
	const struct rkr_blob *chip = rkr_run_other_chip(*run);
	size_t len;

	if (chip)
		return rkr_fail(err, -EOPNOTSUPP, "compile it for rk3588",
				"the model is for another NPU, %.*s, whose registers are not known",
				(int)chip->len, (const char *)chip->data);
	/* The last operator may leave stages on, which the shorter forms take for theirs. */
	if (!tool_given(rq->args, "health"))
		rq->form = RKX_HEALTH_WHOLE;
	int r = read_file(rq->args->sources[0], RKP_RKNN_BYTES_MAX, &rq->model_bytes, &len, err);

	if (r == 0 && input)
		r = read_file(input, INPUT_MAX, &in, &o.input_len, err);
	if (r == 0)
		r = rkp_rknn_graph(rq->model_bytes, len, &rq->graph, err);
	o.input = in;
	return r < 0 ? r : rkx_model_new(*run, &o, &rq->model, err);
}

/* ---- What was not computed */

void
replay_take_skip(void *request, uint32_t list, const char *why)
{
	struct replay_request *rq = request;

	/* One that cannot be kept would not be told: then it is said at once. */
	if (rkr_grow((void **)&rq->skips, &rq->cap_skips, rq->n_skips + 1, sizeof(*rq->skips)) < 0) {
		fprintf(stderr, "rkreplay: the task at 0x%" PRIx32 " was not computed: %s\n", list, why);
		return;
	}
	struct replay_skip *s = &rq->skips[rq->n_skips++];

	s->list = list;
	snprintf(s->why, sizeof(s->why), "%s", why);
}

static void
print_untrue(const struct rkx_model *m, const bool *untrue, bool json)
{
	const size_t n = rkx_model_n_tasks(m);
	uint32_t last = UINT32_MAX;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		if (!untrue[i] || rkx_model_op(m, i) == last)
			continue;
		last = rkx_model_op(m, i);
		printf(any    ? ",%s%" PRIu32
		       : json ? "{\"record\":\"untrue\",\"operators\":[%s%" PRIu32
			      : "inputs not true, for that reason: operators%s%" PRIu32,
		       json ? "" : " ", last);
		any = true;
	}
	if (any)
		puts(json ? "]}" : "");
}

void
replay_print_skips(struct replay_request *rq, const struct rkr_run *answer)
{
	const size_t n = rkx_model_n_tasks(rq->model);
	_autofree_ bool *untrue = calloc(n + 1, sizeof(*untrue));

	for (size_t i = 0; i < rq->n_skips; i++)
		rkx_model_note_skipped(rq->model, answer, rq->skips[i].list, rq->skips[i].why);
	rq->n_skips = 0;
	for (size_t i = 0; i < n; i++) {
		const char *why = rkx_model_skipped(rq->model, i);

		if (why)
			printf(rq->json ? "{\"record\":\"unmodelled\",\"task\":%zu,\"operator\":%" PRIu32
					  ",\"register\":\"%s\"}\n"
					: "not computed: task %zu, operator %" PRIu32 ": %s\n",
			       i, rkx_model_op(rq->model, i), why);
	}
	if (untrue && rkx_model_untrue(rq->model, untrue) == 0)
		print_untrue(rq->model, untrue, rq->json);
}

/* Why the board did not compute a task of the run; NULL: it did. */
static const char *
skipped(void *data, size_t task)
{
	return rkx_model_skipped_row(data, task);
}

static void
print_layers(const struct rkx_layers *l, bool json)
{
	const struct rkx_layer *bad = rkx_layers_bad(l);
	struct rkr_buf buf = { 0 };
	const char *why;
	size_t n;

	if (json)
		rkr_buf_printf(
			&buf,
			"{\"record\":\"layers\",\"passed\":%zu,\"failed\":%zu,\"skipped\":%zu,\"reasons\":[",
			l->passed, l->failed, l->skipped);
	for (size_t i = 0; (why = rkx_layers_reason(l, i, &n)); i++) {
		if (json) {
			rkr_buf_printf(&buf, "%s{\"operators\":%zu,\"reason\":", i ? "," : "", n);
			rkr_buf_json_string(&buf, why, strlen(why));
			rkr_buf_printf(&buf, "}");
		} else {
			rkr_buf_printf(&buf, "layers: %zu skipped: %s\n", n, why);
		}
	}
	if (json && bad)
		rkr_buf_printf(&buf, "],\"bad\":{\"op\":%" PRIu32 ",\"task\":%zu}}\n", bad->op_idx,
			       bad->task);
	else if (json)
		rkr_buf_printf(&buf, "],\"bad\":null}\n");
	if (!buf.failed && buf.data)
		fwrite(buf.data, 1, buf.len, stdout);
	rkr_buf_free(&buf);
}

enum rkx_right
replay_check_layers(const struct replay_request *rq, const struct rkr_run *answer, char *note, size_t size)
{
	rkr_cleanup(rkx_layers_free) struct rkx_layers *l = NULL;
	struct rkr_error err = { 0 };
	const struct rkx_layers_options o = { skipped, rq->model };

	if (rkx_layers_check(rkx_model_run(rq->model), answer, &o, &l, &err) < 0) {
		snprintf(note, size, "not compared: %.100s", err.what);
		return RKX_RIGHT_UNKNOWN;
	}
	const struct rkx_layer *bad = rkx_layers_bad(l);
	int n = snprintf(note, size, "layers: %zu passed, %zu failed, %zu skipped", l->passed, l->failed,
			 l->skipped);

	if (bad && n > 0 && (size_t)n < size)
		snprintf(note + n, size - (size_t)n,
			 "; first bad: operator %" PRIu32 ", task %zu, k %" PRIu32 " y %" PRIu32 " x %" PRIu32
			 ": %g, not %g to %g",
			 bad->op_idx, bad->task, bad->k, bad->y, bad->x, bad->got, bad->low, bad->high);
	print_layers(l, rq->json);
	/* An operator that nothing was compared with may be wrong. */
	if (bad)
		return RKX_NOT_RIGHT;
	return l->passed && !l->skipped ? RKX_RIGHT : RKX_RIGHT_UNKNOWN;
}
