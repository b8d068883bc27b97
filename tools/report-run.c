/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "chip.h"
#include "lib/regcmd.h"

/* report: the sections about a run alone. */

/* No record of a regcmd is longer: the PC fetches 64 Ki beats of two words at most [source: driver]. */
#define WORDS_MAX (UINT64_C(2) << 16)

/* ---- identity ---- */

static void
put_identity(struct rkr_buf *html, const struct rkr_run *run)
{
	uint64_t counts[RKR_KIND_MAX_] = { 0 };
	static const char *const columns[] = { "what", "text", NULL };

	html_section(html, "identity", "Identity");
	html_table(html, columns);
	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);
		char text[2048];

		counts[r->kind]++;
		if (r->kind == RKR_KIND_identity) {
			const struct rkr_blob *what = rkr_get_b(r, RKR_F_identity_what);
			const struct rkr_blob *said = rkr_get_b(r, RKR_F_identity_text);

			html_row(html, NULL);
			rkr_buf_printf(html, "<td>");
			html_text(html, what->data, what->len);
			rkr_buf_printf(html, "</td><td>");
			html_text(html, said->data, said->len);
			rkr_buf_printf(html, "</td>");
			html_row_end(html);
		} else if (r->kind == RKR_KIND_model) {
			rkr_record_format(r, text, sizeof(text));
			html_row(html, NULL);
			html_cell(html, "model");
			html_cell(html, text);
			html_row_end(html);
		}
	}
	html_row(html, NULL);
	html_cell(html, "records");
	rkr_buf_printf(html, "<td>");
	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (counts[k])
			rkr_buf_printf(html, "%" PRIu64 " %s ", counts[k],
				       rkr_kind_get((enum rkr_kind)k)->name);
	rkr_buf_printf(html, "</td>");
	html_row_end(html);
	html_table_end(html);
	html_section_end(html);
}

/* ---- BOs ---- */

static void
put_known(struct rkr_buf *html, const struct rkr_bo *bo, uint32_t flag, bool hex, uint64_t value)
{
	if (!(bo->known & flag))
		html_cell(html, "?");
	else if (hex)
		html_cell_printf(html, "0x%" PRIx64, value);
	else
		html_cell_printf(html, "%" PRIu64, value);
}

static void
put_bos(struct rkr_buf *html, const struct rkr_run *run)
{
	static const char *const columns[] = { "BO",  "handle", "size",        "aligned", "flags",
					       "dma", "obj",    "bytes known", NULL };

	if (!rkr_run_n_bos(run))
		return;
	html_section(html, "bos", "Buffer objects");
	html_table(html, columns);
	for (uint32_t i = 0; i < rkr_run_n_bos(run); i++) {
		const struct rkr_bo *bo = rkr_run_bo(run, i);
		size_t n;
		const struct rkr_extent *e = rkr_run_extents(run, i, &n);
		uint64_t bytes = 0;

		for (size_t k = 0; k < n; k++)
			bytes += e[k].len;
		html_row(html, NULL);
		html_cell_printf(html, "%" PRIu32 " %s", i, bo->role);
		put_known(html, bo, RKR_BO_HANDLE, false, bo->handle);
		put_known(html, bo, RKR_BO_SIZE, false, bo->size);
		put_known(html, bo, RKR_BO_ALIGNED, false, bo->aligned);
		put_known(html, bo, RKR_BO_FLAGS, true, bo->flags);
		put_known(html, bo, RKR_BO_DMA, true, bo->dma);
		put_known(html, bo, RKR_BO_OBJ, true, bo->obj);
		html_cell_printf(html, "%" PRIu64, bytes);
		html_row_end(html);
	}
	html_table_end(html);
	html_section_end(html);
}

/* ---- calls and what the kernel says ---- */

static void
put_timeline(struct rkr_buf *html, const struct rkr_run *run)
{
	static const char *const columns[] = { "#", "where", "record", NULL };
	bool any = false;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);
		enum rkr_stream stream = rkr_kind_get(r->kind)->stream;
		const char *file = rkr_run_file(run, r->place.file);
		char text[2048];

		if (stream != RKR_STREAM_CALLS && stream != RKR_STREAM_KERNEL && stream != RKR_STREAM_TRACER)
			continue;
		if (!any) {
			html_section(html, "timeline", "Timeline of calls");
			html_table(html, columns);
		}
		any = true;
		rkr_record_format(r, text, sizeof(text));
		html_row(html, NULL);
		html_cell_printf(html, "%zu", i);
		rkr_buf_printf(html, "<td>");
		if (r->place.line) {
			html_string(html, file);
			rkr_buf_printf(html, ":%" PRIu64, r->place.line);
		}
		rkr_buf_printf(html, "</td>");
		html_cell(html, text);
		html_row_end(html);
	}
	if (any) {
		html_table_end(html);
		html_section_end(html);
	}
}

/* ---- tasks and their regcmd ---- */

/* The words of a task's record that are known, one after the other. Returns how many. */
static uint64_t
read_word(const struct rkr_run *run, const struct rkr_ref *ref, uint64_t index, uint64_t *ret_word)
{
	uint8_t b[8];
	uint64_t word = 0;

	if (rkr_run_read(run, ref->bo, ref->addend + 8 * index, b, sizeof(b)) < 0)
		return 0;
	for (size_t k = 0; k < sizeof(b); k++)
		word |= (uint64_t)b[k] << (8 * k);
	*ret_word = word;
	return 1;
}

static void
put_record(struct rkr_buf *html, const struct rkr_run *run, const struct tool_chip *chip, size_t index,
	   const struct rkr_task *task)
{
	static const char *const columns[] = { "offset", "word", "meaning", NULL };
	struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, task->regcmd_addr, SIZE_MAX);
	uint64_t n = rkr_regcmd_stride(task->regcfg_amount), known = 0, word;

	rkr_buf_printf(html,
		       "<details><summary>task %zu: %" PRIu32 " words and tail at 0x%" PRIx64 "</summary>\n",
		       index, task->regcfg_amount, task->regcmd_addr);
	html_table(html, columns);
	for (uint64_t i = 0; ref.state == RKR_REF_BO && i < n && i < WORDS_MAX; i++) {
		char text[1024];

		if (!read_word(run, &ref, i, &word))
			continue;
		known++;
		tool_chip_format(chip, word, text, sizeof(text));
		html_row(html, NULL);
		html_cell_printf(html, "0x%04" PRIx64, ref.addend + 8 * i);
		html_cell_printf(html, "0x%016" PRIx64, word);
		html_cell(html, text);
		html_row_end(html);
	}
	html_table_end(html);
	if (known < n)
		rkr_buf_printf(html, "<p class=\"dim\">%" PRIu64 " of %" PRIu64 " words are known.</p>\n",
			       known, n);
	rkr_buf_printf(html, "</details>\n");
}

/* Which chip the words are for has to be known before any is described. */
static void
see_words(const struct rkr_run *run, struct tool_chip *chip)
{
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
		struct rkr_task t;
		uint64_t word;

		if (rkr_run_task(run, i, &t) < 0)
			continue;
		struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);
		uint64_t n = rkr_regcmd_stride(t.regcfg_amount);

		for (uint64_t k = 0; ref.state == RKR_REF_BO && k < n && k < WORDS_MAX; k++)
			if (read_word(run, &ref, k, &word))
				tool_chip_see(chip, word);
	}
}

static void
put_task_table(struct rkr_buf *html, const struct rkr_run *run)
{
	const struct rkr_kind_desc *kind = rkr_kind_get(RKR_KIND_task);
	const char *columns[RKR_FIELDS_MAX + 1] = { "task" };
	size_t n = 1;

	for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++)
		columns[n++] = kind->fields[f].name;
	html_table(html, columns);
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
		struct rkr_record_buf rec;

		if (rkr_run_task_record(run, i, &rec) < 0)
			continue;
		html_row(html, NULL);
		html_cell_printf(html, "%zu", i);
		for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++) {
			char text[64];

			rkr_value_format(&kind->fields[f], &rec.rec.v[f], text, sizeof(text));
			html_cell(html, text);
		}
		html_row_end(html);
	}
	html_table_end(html);
}

static void
put_tasks(struct rkr_buf *html, const struct rkr_run *run)
{
	struct tool_chip chip = { 0 };

	if (!rkr_run_n_tasks(run))
		return;
	see_words(run, &chip);
	html_section(html, "tasks", "Tasks and regcmd");
	put_task_table(html, run);
	for (size_t i = 0; i < rkr_run_n_tasks(run); i++) {
		struct rkr_task t;

		if (rkr_run_task(run, i, &t) == 0)
			put_record(html, run, &chip, i, &t);
	}
	html_section_end(html);
}

int
report_run(struct rkr_buf *html, const struct rkr_run *run)
{
	put_identity(html, run);
	put_bos(html, run);
	put_timeline(html, run);
	put_tasks(html, run);
	return html->failed;
}
