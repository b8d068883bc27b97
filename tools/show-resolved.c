/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>

#include "lib/overlay.h"
#include "lib/regcmd.h"
#include "tool.h"

/* show --resolved: the registers of each task, those that it inherits included. */

RKR_DEFINE_CLEANUP(struct rkr_overlays *, rkr_overlays_free)
#define _cleanup_overlays_ rkr_cleanup(rkr_overlays_free)

static void
show_heading(const struct rkr_overlays *overlays, size_t task)
{
	size_t writer = rkr_overlays_writer(overlays, task), base = rkr_overlays_base(overlays, task);

	if (writer == SIZE_MAX)
		printf("task %zu: its record is not known\n", task);
	else if (writer != task)
		printf("task %zu: the record of task %zu\n", task, writer);
	else if (base != SIZE_MAX)
		printf("task %zu: upon task %zu\n", task, base);
	else
		printf("task %zu\n", task);
}

static void
show_task(const struct rkr_overlays *overlays, size_t task, bool json)
{
	size_t n, writer = rkr_overlays_writer(overlays, task);
	const struct rkr_overlay_word *w = rkr_overlays_task(overlays, task, &n);

	if (!json)
		show_heading(overlays, task);
	for (size_t i = 0; i < n; i++) {
		bool own = w[i].writer == writer;
		char text[1024];

		rkr_qword_format(w[i].word, false, text, sizeof(text));
		if (json)
			printf("{\"record\":\"register\",\"task\":%zu,\"qword\":\"0x%016" PRIx64
			       "\",\"writer\":%" PRIu32 ",\"inherited\":%s,\"text\":\"%s\"}\n",
			       task, w[i].word, w[i].writer, own ? "false" : "true", text);
		else if (own)
			printf("  0x%016" PRIx64 " %s\n", w[i].word, text);
		else
			printf("  0x%016" PRIx64 " %s  (inherited from task %" PRIu32 ")\n", w[i].word, text,
			       w[i].writer);
	}
}

enum tool_exit
tool_show_resolved(const struct rkr_run *run, long task, bool json)
{
	_cleanup_overlays_ struct rkr_overlays *overlays = NULL;
	struct rkr_error err = { 0 };
	int r = rkr_overlays_new(run, &overlays, &err);

	if (r < 0)
		return tool_error(&err, r);
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++)
		if (task < 0 || i == (size_t)task)
			show_task(overlays, i, json);
	return TOOL_YES;
}
