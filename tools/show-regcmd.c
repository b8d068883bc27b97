/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>

#include "chip.h"
#include "lib/regcmd.h"
#include "tool.h"

/* show --regcmd: the words of the regcmd, one line each, decoded. */

/* Which task each word of the regcmd belongs to. Padding belongs to the record before it. */
struct owner {
	uint64_t start, end;
	size_t task;
};

static size_t
find_owners(const struct rkr_run *run, const struct rkr_region *region, struct owner *owners, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_tasks(run) && n < max; i++) {
		struct rkr_task t;

		if (rkr_run_task(run, i, &t) < 0)
			continue;
		struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX);

		if (ref.state == RKR_REF_BO && ref.bo == region->bo)
			owners[n++] =
				(struct owner){ ref.addend,
						ref.addend + 8 * rkr_regcmd_stride(t.regcfg_amount), i };
	}
	return n;
}

/* Regcmd words are walked over twice: to see what chip they are for, and then to show them. */
struct words {
	const struct rkr_run *run;
	long task; /* -1: all */
	bool json, raw;
	struct tool_chip chip;
	bool shows;
	uint64_t n;
};

static void
take_word(struct words *w, uint64_t offset, uint64_t word, long task)
{
	char text[1024];

	w->n++;
	if (!w->shows) {
		tool_chip_see(&w->chip, word);
		return;
	}
	if (w->raw) {
		printf("0x%04" PRIx64 " 0x%016" PRIx64 "\n", offset, word);
		return;
	}
	tool_chip_format(&w->chip, word, text, sizeof(text));
	if (w->json) {
		printf("{\"record\":\"qword\",\"offset\":\"0x%" PRIx64 "\",\"qword\":\"0x%016" PRIx64
		       "\",\"task\":",
		       offset, word);
		if (task >= 0)
			printf("%ld", task);
		else
			printf("null");
		printf(",\"text\":\"%s\"}\n", text);
	} else if (task >= 0) {
		printf("0x%04" PRIx64 " 0x%016" PRIx64 " %ld %s\n", offset, word, task, text);
	} else {
		printf("0x%04" PRIx64 " 0x%016" PRIx64 " - %s\n", offset, word, text);
	}
}

/* Words that a log gives one by one, and of no BO: at their offset, or where their place in the list is. */
static void
take_qword_records(struct words *w)
{
	for (size_t i = 0; i < rkr_run_n_records(w->run); i++) {
		const struct rkr_record *rec = rkr_run_record(w->run, i);

		if (rec->kind != RKR_KIND_regcmd_qword || !rkr_has(rec, RKR_F_regcmd_qword_qword))
			continue;
		take_word(w,
			  rkr_has(rec, RKR_F_regcmd_qword_off) ? rkr_get_u(rec, RKR_F_regcmd_qword_off)
							       : 8 * rkr_get_u(rec, RKR_F_regcmd_qword_index),
			  rkr_get_u(rec, RKR_F_regcmd_qword_qword), -1);
	}
}

static int
walk_words(struct words *w)
{
	size_t n_regions, n_tasks = rkr_run_n_tasks(w->run);
	const struct rkr_region *regions = rkr_run_regions(w->run, &n_regions);
	_autofree_ struct owner *owners = calloc(n_tasks + 1, sizeof(*owners));

	w->n = 0;
	if (!owners)
		return -ENOMEM;
	for (size_t r = 0; r < n_regions; r++) {
		const struct rkr_region *region = &regions[r];

		if (region->kind != RKR_REGION_REGCMD)
			continue;
		size_t n = find_owners(w->run, region, owners, n_tasks);

		for (uint64_t o = region->offset; o + 8 <= region->offset + region->size; o += 8) {
			uint8_t b[8];
			uint64_t word = 0;
			long task = -1;

			for (size_t i = 0; i < n && task < 0; i++)
				if (o >= owners[i].start && o < owners[i].end)
					task = (long)owners[i].task;
			if ((w->task >= 0 && task != w->task) ||
			    rkr_run_read(w->run, region->bo, o, b, 8) < 0)
				continue;
			for (size_t k = 0; k < 8; k++)
				word |= (uint64_t)b[k] << (8 * k);
			take_word(w, o, word, task);
		}
	}
	if (!w->n && w->task < 0)
		take_qword_records(w);
	return 0;
}

enum tool_exit
tool_show_regcmd(const struct rkr_run *run, long task, bool raw, bool json)
{
	struct words w = { .run = run, .task = task, .raw = raw, .json = json };
	int r = walk_words(&w);

	w.shows = true;
	if (r == 0)
		r = walk_words(&w);
	if (r < 0)
		return tool_error(NULL, r);
	tool_chip_explain(&w.chip);
	if (!w.n)
		return tool_trouble("the run shows no regcmd%s: its source has no GEM dump with a qword "
				    "window; give one of the same run too",
				    task >= 0 ? " of that task" : "");
	return TOOL_YES;
}
