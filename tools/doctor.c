/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>

#include "parsers/row.h"
#include "parsers/trace-source.h"
#include "replay/journal-line.h"
#include "replay/journal.h"
#include "replay/poison.h"
#include "output.h"
#include "verify.h"

/* doctor: whether a run could be replayed here, and what the last one left behind. */

static const char *const state_names[DOCTOR_STATE_MAX_] = { "good", "note", "bad" };

void
doctor_say(struct doctor *d, enum doctor_state state, const char *topic, const char *cure, const char *fmt,
	   ...)
{
	struct rkr_error text = { 0 };
	char raw[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	/* Through the error object, which makes untrusted bytes printable. */
	rkr_fail(&text, -EINVAL, cure, "%s", raw);
	d->n[state]++;
	if (d->json) {
		struct rkr_buf buf = { 0 };

		rkr_buf_printf(&buf,
			       "{\"record\":\"finding\",\"topic\":\"%s\",\"state\":\"%s\",\"text\":", topic,
			       state_names[state]);
		rkr_buf_json_string(&buf, text.what, strlen(text.what));
		if (cure) {
			rkr_buf_printf(&buf, ",\"cure\":");
			rkr_buf_json_string(&buf, text.cure, strlen(text.cure));
		}
		rkr_buf_printf(&buf, "}\n");
		if (tool_print(&buf) == -ENOMEM)
			d->failed = -ENOMEM;
	} else {
		printf("%-4s  %-12s %s%s%s\n", state_names[state], topic, text.what, cure ? "; " : "",
		       cure ? text.cure : "");
	}
}

int
doctor_read(struct doctor *d, const char *root, const char *path, size_t max, struct rkr_buf *ret_text)
{
	int r = rkx_sysfs_read(root, path, max, ret_text);

	if (r == -ENOMEM)
		d->failed = r;
	return r;
}

/* ---- sysfs ---- */

static void
say_value(struct doctor *d, const char *topic, const char *dir, const char *name)
{
	struct rkr_buf value = { 0 };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int r = doctor_read(d, d->root, path, 256, &value);

	if (r == 0)
		doctor_say(d, DOCTOR_NOTE, topic, NULL, "%s is %.*s", name, (int)value.len,
			   value.data ? value.data : "");
	else
		doctor_say(d, DOCTOR_NOTE, topic, NULL, "%s cannot be read: %s", path, strerror(-r));
	rkr_buf_free(&value);
}

static void
say_sysfs(struct doctor *d)
{
	struct rkr_error err = { 0 };
	struct rkx_npu npu;
	char path[PATH_MAX], full[PATH_MAX];

	if (rkx_npu_find(d->root, &npu, &err) < 0) {
		doctor_say(d, DOCTOR_NOTE, "device", NULL, "%s", err.what);
		return;
	}
	doctor_say(d, DOCTOR_GOOD, "device", NULL, "%s is bound to the driver", npu.device);
	say_value(d, "power", npu.device, "power/runtime_status");
	say_value(d, "power", npu.device, "power/control");
	say_value(d, "clock", npu.devfreq, "cur_freq");
	say_value(d, "clock", npu.devfreq, "governor");
	snprintf(path, sizeof(path), "%s/iommu_group", npu.device);
	if (rkx_under_root(d->root, path, full, sizeof(full)) == 0)
		doctor_say(d, DOCTOR_NOTE, "iommu", NULL,
			   access(full, F_OK) == 0
				   ? "the device is behind an IOMMU"
				   : "the device is in no IOMMU group: addresses are physical ones");
}

/* ---- what is remembered ---- */

/* A file that cannot be read: which, in which line, and why. */
static void
say_failed(struct doctor *d, const char *topic, const struct rkr_error *err, int r)
{
	struct rkr_error why = *err;
	char text[sizeof(why.file) + sizeof(why.what) + 64];

	if (!why.code)
		rkr_fail(&why, r, NULL, "%s", strerror(-r));
	why.cure[0] = '\0';
	rkr_error_format(&why, text, sizeof(text));
	doctor_say(d, DOCTOR_BAD, topic, err->cure[0] ? err->cure : NULL, "%s", text);
}

static void
say_ledger(struct doctor *d)
{
	_cleanup_ledger_ struct rkr_ledger *ledger = NULL;
	struct rkr_error err = { 0 };
	size_t n, promoted = 0;
	int r = verify_ledger(NULL, &ledger, &err);

	if (r < 0) {
		say_failed(d, "ledger", &err, r);
		return;
	}
	const struct rkr_ledger_entry *entries = rkr_ledger_entries(ledger, &n);

	for (size_t i = 0; i < n; i++)
		promoted += entries[i].promoted;
	doctor_say(d, DOCTOR_NOTE, "ledger", NULL, "%zu shapes, %zu of them promoted", n, promoted);
}

static void
say_poison(struct doctor *d, const char *dir)
{
	struct rkx_poison *poison = NULL;
	struct rkr_error err = { 0 };
	size_t n;
	int r = rkx_poison_load(dir, NULL, &poison, &err);

	if (r < 0) {
		say_failed(d, "poison", &err, r);
		return;
	}
	const struct rkx_poison_entry *entries = rkx_poison_entries(poison, &n);

	doctor_say(d, DOCTOR_NOTE, "poison", NULL, "%zu runs that did harm are remembered in %s", n, dir);
	for (size_t i = 0; i < n; i++)
		doctor_say(d, DOCTOR_NOTE, "poison", NULL, "%s: %s, %s", entries[i].name, entries[i].harm,
			   entries[i].what);
	rkx_poison_free(poison);
}

static void
say_journal(struct doctor *d, const char *dir)
{
	struct rkx_journal_log log = { 0 };
	struct rkr_error err = { 0 };
	int r = rkx_journal_read(dir, &log, &err);

	if (r < 0) {
		say_failed(d, "journal", &err, r);
		return;
	}
	const struct rkx_journal_entry *step = rkx_journal_in_flight(&log);

	if (!log.n)
		doctor_say(d, DOCTOR_NOTE, "journal", NULL, "nothing was run yet");
	else if (step)
		doctor_say(
			d, DOCTOR_BAD, "journal", "see that the board is healthy before anything else is run",
			"the last session stopped (or still is) in the middle of this step: %s (process %" PRId64
			")",
			step->text, step->pid);
	else if (log.unfinished)
		doctor_say(d, DOCTOR_BAD, "journal", NULL,
			   "the last session did not end as it should, between two steps; its last entry: %s",
			   log.entries[log.n - 1].text);
	else
		doctor_say(d, DOCTOR_GOOD, "journal", NULL,
			   "%zu entries; the last session ended as it should", log.n);
	if (log.torn)
		doctor_say(d, DOCTOR_NOTE, "journal", NULL,
			   "%s/" RKX_JOURNAL_FILE ":%zu: %zu lines are cut or damaged, this one first", dir,
			   log.torn_at, log.torn);
	rkx_journal_log_free(&log);
}

static void
say_memory(struct doctor *d, const char *option)
{
	struct rkr_error err = { 0 };
	char dir[PATH_MAX];
	int r = rkx_state_dir(option, dir, sizeof(dir), &err);

	say_ledger(d);
	if (r < 0) {
		doctor_say(d, DOCTOR_NOTE, "journal", err.cure, "%s", err.what);
		return;
	}
	say_poison(d, dir);
	say_journal(d, dir);
}

/* ---- the trace patch ---- */

/* The row of this kind that the source prints, or NULL. */
static const struct rkr_record *
find_marker(const struct rkr_run *run, const char *row)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind == RKR_KIND_trace_marker && rkr_str_is(r, RKR_F_trace_marker_row, row))
			return r;
	}
	return NULL;
}

static void
print_marker(const char *row, const char *file, const struct rkr_record *r, bool json)
{
	const struct rkr_blob *lacks = r ? rkr_get_b(r, RKR_F_trace_marker_missing) : NULL;
	const char *text = lacks && lacks->len ? lacks->data : "";
	int len = lacks ? (int)lacks->len : 0;

	if (json && !r)
		printf("{\"record\":\"trace_row\",\"row\":\"%s\",\"found\":false}\n", row);
	else if (json)
		printf("{\"record\":\"trace_row\",\"row\":\"%s\",\"found\":true,\"line\":%" PRIu64
		       ",\"lacks\":\"%.*s\"}\n",
		       row, r->place.line, len, text);
	else if (!r)
		printf("missing  %s\n", row);
	else
		printf("found    %-15s %s:%" PRIu64 "%s%.*s\n", row, TOOL_SHOWN(file), r->place.line,
		       len ? ", without " : "", len, text);
}

static enum tool_exit
check_patch(const char *path, bool json)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	size_t found = 0, n = 0;
	int r = rkr_run_new(&run);

	if (r == 0)
		r = rkp_trace_source_read(path, run, &err);
	if (r < 0)
		return tool_error(&err, r);
	/* The rows are those that the parser reads; each has a kind of its own. */
	for (size_t i = 0; i < rkp_trace_table.n; i++) {
		const char *row = rkr_kind_get(rkp_trace_table.shapes[i].kind)->name;
		const struct rkr_record *marker = find_marker(run, row);
		bool again = false;

		for (size_t k = 0; k < i; k++)
			again |= rkp_trace_table.shapes[k].kind == rkp_trace_table.shapes[i].kind;
		if (again)
			continue;
		print_marker(row, path, marker, json);
		n++;
		found += marker != NULL && rkr_get_b(marker, RKR_F_trace_marker_missing)->len == 0;
	}
	if (json)
		printf("{\"record\":\"verdict\",\"rows\":%zu,\"whole\":%zu}\n", n, found);
	else
		printf("%zu of %zu rows are there, with all fields\n", found, n);
	return found == n ? TOOL_YES : TOOL_NO;
}

static enum tool_exit
run_doctor(const struct tool_args *args)
{
	const char *patch = tool_value(args, "trace-patch");
	struct doctor d = { .root = tool_value(args, "root"), .json = tool_given(args, "json") };

	if (patch)
		return check_patch(patch, d.json);
	doctor_nodes(&d);
	say_sysfs(&d);
	doctor_users(&d);
	doctor_kernel(&d);
	doctor_runtime(&d);
	say_memory(&d, tool_value(args, "state"));
	if (d.failed)
		return tool_error(NULL, d.failed);
	if (d.json)
		printf("{\"record\":\"verdict\",\"good\":%zu,\"notes\":%zu,\"bad\":%zu}\n", d.n[DOCTOR_GOOD],
		       d.n[DOCTOR_NOTE], d.n[DOCTOR_BAD]);
	else
		printf("%zu good, %zu notes, %zu bad\n", d.n[DOCTOR_GOOD], d.n[DOCTOR_NOTE], d.n[DOCTOR_BAD]);
	if (!d.n_nodes)
		return TOOL_DEVICE;
	return d.n[DOCTOR_BAD] ? TOOL_NO : TOOL_YES;
}

static const struct tool_option options[] = {
	{ "trace-patch", "FILE",
	  "only tell which rows of the PC commit trace this driver source or patch prints" },
	{ "state", "DIR", "the state directory, with journal and poison ledger" },
	{ "root", "DIR", "look below this directory instead of /" },
	{ "json", NULL, "one JSON object a line" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_doctor = {
	.name = "doctor",
	.usage = "",
	.summary = "Look for what stands in the way of a run: node, driver, users, journal",
	.details =
		"Submits nothing and wakes nothing.\n"
		"Exit status: 0 nothing is bad, 1 something is (of --trace-patch: a row or a field is missing),\n"
		"2 trouble, 3 there is no NPU.\n",
	.options = options,
	.min_sources = 0,
	.max_sources = 0,
	.run = run_doctor,
};
