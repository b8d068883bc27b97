/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu-calls.h"
#include "emu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/bundle.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/run.h"
#include "lib/util.h"
#include "parsers/row.h"

/*
 * What the fuzz targets start with, made of the row tables and by export:
 *
 *	fuzz-data DIRECTORY
 *
 * writes DIRECTORY/TARGET.dict and some inputs into DIRECTORY/TARGET/.
 */

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)

static const struct {
	const char *name;
	unsigned formats;
} logs[] = {
#define T(name, formats) { #name, (formats) },
	FUZZ_LOGS(T)
#undef T
};

/* Logs that triage reads something in. */
#define TRIAGE (FUZZ_BIT(DMESG) | FUZZ_BIT(PC_TRACE) | FUZZ_BIT(RKNN_DEBUG))

/* More than so many lists of a run teach nothing. */
#define LISTS 3

static const char *const shapes[] = {
	"b1_c3_h5_w5_oc16_wic3_k3x3_g1",
	"b1_c32_h14_w14_oc128_wic32_k1x1_g1",
	"b1_c64_h7_w7_oc64_wic1_k3x3_g64",
	"conv2d_b1_c40_h10_w10_oc32_wic40_k3x3_g1_s2_psame",
	"b2_c0_h4294967296_w1_oc1_wic1_k0x9_g3_pvalid",
};

static FILE *
create(const char *dir, const char *sub, const char *name)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, sub);
	if (name) {
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			fuzz_die(path, 0, strerror(errno));
		snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, name);
	}
	out = fopen(path, "wb");
	if (!out)
		fuzz_die(path, 0, strerror(errno));
	return out;
}

static void
finish(FILE *out)
{
	FUZZ_ASSERT(!ferror(out) && fclose(out) == 0);
}

/* ---- dictionaries ---- */

static void
put_entry(FILE *out, const char *text, size_t len)
{
	putc('"', out);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\' || c < 0x20 || c > 0x7e)
			fprintf(out, "\\x%02x", c);
		else
			putc(c, out);
	}
	fputs("\"\n", out);
}

static void
write_dictionary(const char *dir, const struct rkp_rows *rows, const char *name, unsigned formats)
{
	static const char *const always[] = { "0x",   "0xffffffff", "18446744073709551615", "-1", "\n",
					      "\r\n", "\\x09" };
	char file[64];

	snprintf(file, sizeof(file), "%s.dict", name);
	FILE *out = create(dir, file, NULL);

	for (size_t i = 0; i < RKR_ARRAY_LEN(always); i++)
		put_entry(out, always[i], strlen(always[i]));
	for (size_t i = 0; i < rkp_rows_count(rows); i++) {
		const struct rkp_row *row = rkp_rows_get(rows, i);
		bool of_log = row->shape->op != RKP_SKIP && (formats >> row->shape->format & 1);

		for (size_t t = 0; t < row->n_tokens && (of_log || row->shape->op == RKP_SKIP); t++) {
			const struct rkp_token *token = &row->tokens[t];

			if ((token->conv == RKP_LITERAL || token->conv == RKP_CONSTANT) && token->len > 1 &&
			    token->len < 120)
				put_entry(out, token->text, token->len);
		}
	}
	finish(out);
}

/* ---- seeds ---- */

/* A value that the field can hold and the row can print. False if it keeps none where it prints one. */
static bool
give_value(struct rkr_record *rec, const struct rkp_token *t, size_t salt, struct rkr_blob *text)
{
	static const char *const words[] = { "task", "weight", "x9" };
	const char *word = words[salt % RKR_ARRAY_LEN(words)];
	uint64_t v = salt % 7 + 1;

	if (t->field < 0)
		return t->conv == RKP_LITERAL || t->conv == RKP_DEC || t->conv == RKP_HEX ||
		       t->conv >= RKP_PAD;
	switch (rkr_kind_get(rec->kind)->fields[t->field].type) {
	case RKR_TYPE_STR:
		word = t->conv == RKP_PATH ? "/sys/x" : t->conv == RKP_LIST ? "1,2" : word;
		*text = t->conv == RKP_CONSTANT || t->conv == RKP_SILENT
				? t->constant
				: (struct rkr_blob){ word, strlen(word) };
		rkr_set_b(rec, t->field, text);
		return true;
	case RKR_TYPE_QWORDS:
		return false;
	case RKR_TYPE_CHAR:
		rkr_set_u(rec, t->field, t->conv == RKP_LEVEL ? 'D' : ' ');
		return true;
	default:
		rkr_set_u(rec, t->field, v < t->max || !t->max ? v : t->max);
		return true;
	}
}

static bool
write_row(const struct rkp_row *row, size_t salt, struct rkr_buf *buf)
{
	static const uint64_t numbers[RKP_NUMBERS_MAX] = { 0,     8,      UINT64_C(0x0201000000001070),
							   0x201, 0x1070, 0 };
	struct rkr_record_buf rec = { .rec = { .kind = row->shape->kind } };
	struct rkr_blob texts[RKR_FIELDS_MAX];

	if (row->shape->op == RKP_SKIP || row->n_tokens > 3 * RKR_FIELDS_MAX)
		return false;
	rec.rec.v = rec.v;
	for (size_t t = 0, n = 0; t < row->n_tokens; t++) {
		n = n < RKR_FIELDS_MAX - 1 ? n + 1 : n;
		if (!give_value(&rec.rec, &row->tokens[t], salt + t, &texts[n]))
			return false;
	}
	rkp_row_write(row, 0, row->n_tokens, &rec.rec, numbers, NULL, buf);
	rkr_buf_put(buf, "\n", 1);
	return true;
}

/* All rows of some kinds of log, one after the other, a few times. */
static void
write_rows(const char *dir, const struct rkp_rows *rows, const char *name, unsigned formats)
{
	struct rkr_buf all = { 0 };
	FILE *out;

	for (size_t salt = 0; salt < 3; salt++)
		for (size_t i = 0; i < rkp_rows_count(rows); i++) {
			const struct rkp_row *row = rkp_rows_get(rows, i);
			size_t start = all.len;
			char file[32];

			if (!(formats >> row->shape->format & 1) || !write_row(row, salt + i, &all) || salt)
				continue;
			snprintf(file, sizeof(file), "row-%zu", i);
			out = create(dir, name, file);
			fwrite(all.data + start, 1, all.len - start, out);
			finish(out);
		}
	out = create(dir, name, "rows");
	if (all.len)
		fwrite(all.data, 1, all.len, out);
	finish(out);
	rkr_buf_free(&all);
}

static void
write_export(const char *dir, const char *name, unsigned formats, const struct rkr_run *run, size_t i)
{
	struct rkr_error err = { 0 };
	char file[32];

	snprintf(file, sizeof(file), "run-%zu", i);
	FILE *out = create(dir, name, file);

	FUZZ_ASSERT(rkp_export(run, formats, out, &err) == 0);
	finish(out);
}

/* Records alone: a manifest that needs no file beside it. */
static void
write_manifest(const char *dir, const struct rkr_run *from, size_t i)
{
	_cleanup_run_ struct rkr_run *run = NULL;
	struct rkr_error err = { 0 };
	char path[4096], target[4200], source[4200];

	FUZZ_ASSERT(rkr_run_new(&run) == 0);
	for (size_t k = 0; k < rkr_run_n_records(from); k++) {
		const struct rkr_record *rec = rkr_run_record(from, k);
		enum rkr_stream stream = rkr_kind_get(rec->kind)->stream;

		if (stream != RKR_STREAM_GEM)
			FUZZ_ASSERT(rkr_run_append(run, rec) == 0);
	}
	FUZZ_ASSERT(rkr_run_bind(run) == 0);
	snprintf(path, sizeof(path), "%s/seed.rkrun", dir);
	FUZZ_ASSERT(rkr_bundle_write(run, path, &err) == 0);
	finish(create(dir, "bundle", "run-0"));
	snprintf(source, sizeof(source), "%s/run.yaml", path);
	snprintf(target, sizeof(target), "%s/bundle/run-%zu", dir, i);
	FUZZ_ASSERT(rename(source, target) == 0);
	FUZZ_ASSERT(rmdir(path) == 0);
}

/* The first bytes of a model, and then what a runtime makes of one: its buffers as they are. */
static void
write_model(const char *dir, const struct rkr_run *run, size_t i)
{
	char file[32];

	snprintf(file, sizeof(file), "run-%zu", i);
	FILE *out = create(dir, "rknn", file);

	fwrite("RKNN\0\0\0\0\6\0\0\0\0\0\0\0", 1, 16, out);
	for (uint32_t bo = 0; bo < rkr_run_n_bos(run); bo++) {
		size_t n;
		const struct rkr_extent *e = rkr_run_extents(run, bo, &n);

		for (size_t k = 0; k < n; k++)
			fwrite(e[k].data, 1, (size_t)e[k].len, out);
	}
	finish(out);
}

/* Where what a register points at is put on the emulated board. */
static enum fuzz_bo
bo_of(uint16_t offset)
{
	switch (offset) {
	case RKR_REG_CNA_FEATURE_DATA_ADDR:
		return FUZZ_BO_IN;
	case RKR_REG_CNA_DCOMP_ADDR0:
		return FUZZ_BO_WEIGHTS;
	case RKR_REG_DPU_DST_BASE_ADDR:
		return FUZZ_BO_OUT;
	default:
		return FUZZ_BO_AUX;
	}
}

static uint64_t
word_at(const struct rkr_run *run, uint64_t iova)
{
	uint64_t word = 0;

	for (uint32_t i = 0; i < rkr_run_n_bos(run); i++) {
		const struct rkr_bo *bo = rkr_run_bo(run, i);

		if (iova - bo->dma < bo->size)
			FUZZ_ASSERT(rkr_run_read(run, i, iova - bo->dma, &word, sizeof(word)) == 0);
	}
	return word;
}

/* The first lists of a run; the target links them. */
static void
write_lists(const char *dir, const struct rkr_run *run, size_t i)
{
	char file[32];

	snprintf(file, sizeof(file), "run-%zu", i);
	FILE *out = create(dir, "emu-regcmd", file);

	for (size_t t = 0; t < rkr_run_n_tasks(run) && t < LISTS; t++) {
		struct rkr_task task;

		FUZZ_ASSERT(rkr_run_task(run, t, &task) == 0);
		for (uint64_t k = 0; k < (uint64_t)task.regcfg_amount + RKR_REGCMD_TAIL; k++) {
			uint64_t word = word_at(run, task.regcmd_addr + k * sizeof(word));
			struct rkr_qword q = rkr_qword_decode(word);

			/* What ends a chain has no link. */
			if (k == task.regcfg_amount)
				word = rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_BASE_ADDRESS);
			else if (k == task.regcfg_amount + 1)
				word = rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS);
			else if (rkr_qword_address_mask(word) && !rkr_qword_is_link(word) && q.value)
				word = rkr_qword_encode(q.target, fuzz_bo_iova(bo_of(q.offset)), q.offset);
			fwrite(&word, sizeof(word), 1, out);
		}
	}
	finish(out);
}

static void
write_runs(const char *dir)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(shapes); i++) {
		_cleanup_run_ struct rkr_run *run = NULL;
		struct rkg_shape shape;
		struct rkr_error err = { 0 };
		char file[32];

		snprintf(file, sizeof(file), "shape-%zu", i);
		FILE *out = create(dir, "shape", file);

		fputs(shapes[i], out);
		finish(out);
		if (rkg_shape_parse(shapes[i], &shape, &err) < 0 ||
		    rkg_conv_run(&shape, NULL, &run, &err) < 0)
			continue;
		FUZZ_ASSERT(rkr_run_view_gem(run) == 0);
		for (size_t k = 0; k < RKR_ARRAY_LEN(logs); k++)
			write_export(dir, logs[k].name, logs[k].formats, run, i);
		write_manifest(dir, run, i);
		write_model(dir, run, i);
		write_lists(dir, run, i);
	}
}

/* ---- calls on the emulated board: bytes as fuzz-emu-submit reads them */

static void
write_calls(const char *dir)
{
	/* After the first byte, which is the board: a call and the values that it takes, the rest being 0. */
	static const struct {
		const char *name;
		uint8_t bytes[160];
		size_t n;
	} seeds[] = {
#define CREATE FUZZ_CALL_CREATE, 0, 0, 0, 0, 0, 0
#define JOB FUZZ_CALL_JOB, 1, 0, 0, 0, 0
#define SUBMIT(tasks, flags, mask) \
	FUZZ_CALL_SUBMIT, 0, 0, tasks, flags, 0, 0, 0, 0, mask, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
#define DESTROY(slot) FUZZ_CALL_DESTROY, 0, slot, 0, 0
#define WAIT FUZZ_CALL_WAIT, 1
#define SEED(name, ...)                                \
	{                                              \
		name, { __VA_ARGS__ },                 \
			sizeof((uint8_t[]){ __VA_ARGS__ }) \
	}
		SEED("job", 0, CREATE, CREATE, JOB, SUBMIT(0, 0, 1), SUBMIT(3, 0, 0), DESTROY(0), DESTROY(1)),
		SEED("cores", 1, CREATE, CREATE, JOB, SUBMIT(2, 0, 8), SUBMIT(2, 0, 4), SUBMIT(0, 0, 6)),
		SEED("no-waiting", 1, CREATE, CREATE, JOB, SUBMIT(0, 3, 1), SUBMIT(0, 3, 1), WAIT,
		     SUBMIT(0, 0, 1)),
		SEED("no-task-object", 0, CREATE, CREATE, SUBMIT(0, 0, 1), SUBMIT(0, 2, 8)),
		SEED("actions", 2, FUZZ_CALL_ACTION, 0, 0, 0, FUZZ_CALL_ACTION, 0, 3, 0, FUZZ_CALL_ACTION, 0,
		     7, 2),
		SEED("shared", 0, CREATE, FUZZ_CALL_SHARE, 0, 0, 0, 0, 0, 0, FUZZ_CALL_SHARE, 1, 0, 0, 0, 0,
		     1, FUZZ_CALL_REOPEN, 0, FUZZ_CALL_UNSHARE, 0),
		SEED("mapped", 0, CREATE, FUZZ_CALL_MAP, 0, 0, 0, 0, DESTROY(0), FUZZ_CALL_BYTES, 0, 0, 0, 1,
		     FUZZ_CALL_SYNC, 0, 0, 0, 0, 0, 0, FUZZ_CALL_UNMAP, 0, 0),
		SEED("version", 0, FUZZ_CALL_RAW, 0, 2, 64),
		/* The last: with each fault. */
		SEED("fault", 0x11, 0, 1, CREATE, CREATE, JOB, SUBMIT(2, 0, 1), SUBMIT(2, 0, 1),
		     SUBMIT(0, 3, 1), WAIT, SUBMIT(0, 0, 8)),
#undef CREATE
#undef JOB
#undef SUBMIT
#undef DESTROY
#undef WAIT
#undef SEED
	};

	const size_t last = RKR_ARRAY_LEN(seeds) - 1;
	size_t n_faults;

	for (size_t i = 0; i < last; i++) {
		FILE *out = create(dir, "emu-submit", seeds[i].name);

		fwrite(seeds[i].bytes, 1, seeds[i].n, out);
		finish(out);
	}
	const struct rke_fault_desc *faults = rke_faults(&n_faults);

	for (size_t i = 0; i < n_faults; i++) {
		FILE *out = create(dir, "emu-submit", faults[i].name);

		putc(seeds[last].bytes[0], out);
		putc((int)i, out);
		fwrite(seeds[last].bytes + 2, 1, seeds[last].n - 2, out);
		finish(out);
	}
}

int
main(int argc, char **argv)
{
	struct rkp_rows *rows;

	if (argc != 2) {
		fprintf(stderr, "Usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	FUZZ_ASSERT(rkp_rows_new(&rows, NULL) == 0);
	for (size_t i = 0; i < RKR_ARRAY_LEN(logs); i++) {
		write_dictionary(argv[1], rows, logs[i].name, logs[i].formats);
		write_rows(argv[1], rows, logs[i].name, logs[i].formats);
	}
	write_dictionary(argv[1], rows, "triage", TRIAGE);
	write_rows(argv[1], rows, "triage", TRIAGE);
	rkp_rows_free(rows);
	write_runs(argv[1]);
	write_calls(argv[1]);
	return 0;
}
