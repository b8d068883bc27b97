/* SPDX-License-Identifier: MIT */
/* Runs as logs: what is written where, what each format has of a run, and what cannot be written. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "parsers/row.h"
#include "tests/common.h"
#include "tests/gen-common.h"
#include "tests/parse-common.h"

#define GDB (1u << RKP_FORMAT_GDB_IOCTL)
#define DUMP (1u << RKP_FORMAT_GEM_DUMP)
#define RKNN (1u << RKP_FORMAT_RKNN_DEBUG)
#define TRACER (1u << RKP_FORMAT_TRACER)
#define SYSFS (1u << RKP_FORMAT_SYSFS)

#define BANNER_IOCTL "Function \"ioctl\" not defined.\nBreakpoint 1 (ioctl) pending.\n"
#define BANNER_MMAP "Function \"mmap\" not defined.\nBreakpoint 2 (mmap) pending.\n"
#define BANNER_END                                      \
	"[Thread debugging using libthread_db enabled]\n" \
	"Using host libthread_db library \"/lib/aarch64-linux-gnu/libthread_db.so.1\".\n"
#define EXIT "[Inferior 1 (process 1) exited normally]\n"
#define T "D RKNN: [13:37:36.512] "

static const char calls[] =
	"MEM_SYNC flags=0x00000001 obj=0xa0 offset=0 size=64\n"
	"IOCTL_RET #1 MEM_SYNC flags=0x00000001 ret=0\n"
	"\n"
	"=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ===\n"
	"  flags=0x00000005 timeout=6000 task_start=0 task_number=6\n"
	"  task_counter=0 priority=0 task_obj_addr=0xa0\n"
	"  core_mask=0x00000000 fence_fd=-1\n"
	"  task_obj_mem_create_matches=1\n"
	"    match size=4096 handle=0x1 dma=0xb0 flags=0x0000040b\n"
	"  task_obj_mem_sync_matches=2\n"
	"    sync flags=0x00000003 offset=0 size=680\n"
	"    sync flags=0x00000001 offset=0 size=680\n"
	"IOCTL_RET #2 SUBMIT #1 ret=0\n";
static const char gems[] =
	"GEM 1: handle=1 size=4096 map_offset=0x100000000\n"
	"  task_like_entries=1\n"
	"  task_like[0] off=0x0000 flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300"
	" int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=108 regcfg_offset=0 regcmd_addr=0x00000000fff9c800\n"
	"  QWORD_WINDOW off=0x10 count=2\n"
	"  regcmd_qword[0] off=0x10 value=0x0000000000000001\n"
	"  regcmd_qword[1] off=0x18 value=0xffffffffffffffff\n"
	"  REGCMD_RUN[0] off=0x20 qwords=1\n"
	"  regcmd_qword[0] off=0x20 value=0x0201ffe100001070 target=0x0201 addr=0x1070 reg_value=0xffe10000\n"
	"GEM 6: unavailable: [Errno 2] No such file or directory\n";
static const char snapshot[] = "SYSFS_SNAPSHOT x\n  /sys/a = b\n";
static const char tables[] = T
	"------------------------------------------------------------------------------------------------------------------\n" T
	"                                      Feature Tensor Information Table                         \n" T
	"--------------------------------------------------------------------------------+---------------------------------\n" T
	"ID  User           Tensor   DataType  DataFormat   OrigShape     NativeShape    |     [Start       End)       Size\n" T
	"--------------------------------------------------------------------------------+---------------------------------\n" T
	"1   Conv           input    FLOAT16   NC1HWC2      (1,64,56,56)  (1,32,56,56,8) | 0xffe72000 0xffed4000 0x00062000\n" T
	"2   OutputOperator output   FLOAT16   NC1HWC2      (1,128,56,56) (1,64,56,56,8) | 0xffed4000*0xfff98000 0x000c4000\n" T
	"--------------------------------------------------------------------------------+---------------------------------\n" T
	"------------------------------------------------------------------------------\n" T
	"                          Const Tensor Information Table         \n" T
	"--------------------------------------------+---------------------------------\n" T
	"ID  User Tensor      DataType  OrigShape    |     [Start       End)       Size\n" T
	"--------------------------------------------+---------------------------------\n" T
	"1   Conv conv.weight FLOAT16   (128,64,1,1) | 0xfff98000 0xfff9c000 0x00004000\n" T
	"--------------------------------------------+---------------------------------\n" T
	"----------------------------------------\n" T "Total Internal Memory Size: 1176KB\n" T
	"Total Weight Memory Size: 18.25KB\n" T "----------------------------------------\n";

/* Parse a text (several, one after another) and check what it is in some formats. */
static void
assert_export(const char *text, unsigned formats, const char *expected)
{
	struct parsed p = parse_text(text);
	_autofree_ char *got = export_text(p.run, formats, NULL);

	ck_assert_str_eq(got, expected);
	parsed_free(&p);
}

static char *
join(const char *a, const char *b, const char *c, const char *d)
{
	char *text;

	ck_assert_int_ge(asprintf(&text, "%s%s%s%s", a, b, c, d), 0);
	return text;
}

START_TEST(formats_by_name)
{
	for (int f = 0; f < RKP_FORMAT_MAX_; f++)
		ck_assert_int_eq(rkp_format_by_name(rkp_format_name((enum rkp_format)f)), f);
	ck_assert_int_eq(rkp_format_by_name("gdb-ioctl"), RKP_FORMAT_GDB_IOCTL);
	ck_assert_int_eq(rkp_format_by_name("dmesgs"), RKP_FORMAT_INVALID_);
}
END_TEST

/* Each format has its rows of a run, in the order of a real log, and no others. */
START_TEST(each_format_has_its_rows)
{
	_autofree_ char *all = join(calls, gems, snapshot, tables);
	_autofree_ char *gdb = join(BANNER_IOCTL BANNER_END, calls, EXIT, "");
	_autofree_ char *dump = join(BANNER_IOCTL BANNER_END, gems,
				     "submit #1: task_number=6 task_obj_addr=0xa0\n" EXIT, "");
	_autofree_ char *both = join(BANNER_IOCTL BANNER_END, calls, gems, EXIT);

	assert_export(all, GDB, gdb);
	assert_export(all, DUMP, dump);
	assert_export(all, GDB | DUMP, both);
	assert_export(all, SYSFS, snapshot);
	assert_export(all, RKNN, tables);
	assert_export(all, 1u << RKP_FORMAT_MMIO, "");
	assert_export("", FORMATS_ALL, "");
}
END_TEST

/* The banner has mmap if the script saw it. */
START_TEST(banner_of_the_later_script)
{
	assert_export("MMAP_RET #1 addr=0x0\n", GDB,
		      BANNER_IOCTL BANNER_MMAP BANNER_END "MMAP_RET #1 addr=0x0\n" EXIT);
}
END_TEST

/* A submit that a dump's log told of stays where it is; one that is cut down stands behind the dump. */
START_TEST(submit_of_a_dump)
{
	static const char submit[] = "submit #1: task_number=6 task_obj_addr=0xa0\n";
	_autofree_ char *told = join(submit, gems, snapshot, submit);
	_autofree_ char *expected = join(BANNER_IOCTL BANNER_END, told, EXIT, "");
	_autofree_ char *two = join(calls, gems, calls, "");
	_autofree_ char *cut = join(BANNER_IOCTL BANNER_END, gems, submit, submit);

	assert_export(told, FORMATS_ALL, expected);
	/* that submit is none of a log of calls */
	assert_export(submit, GDB, BANNER_IOCTL BANNER_END EXIT);
	_autofree_ char *both = join(cut, EXIT, "", "");

	assert_export(two, DUMP, both);
}
END_TEST

/*
 * What a preloaded library printed of a submit whose heading was lost would be
 * a part of the one before as gdb prints it: it is written as it was read.
 */
START_TEST(submit_without_heading)
{
	static const char fragment[] =
		"\n=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ===\n";
	static const char lost[] = "  subcore[0]: start=0 number=1\n";
	_autofree_ char *text = join(fragment, lost, "", "");
	_autofree_ char *expected = join(BANNER_IOCTL BANNER_END, fragment, lost, EXIT);
	_autofree_ char *apart = join(fragment, "MEM_SYNC unreadable arg=0x8\n", lost, "");
	_autofree_ char *alone = join(BANNER_IOCTL BANNER_END, fragment, "MEM_SYNC unreadable arg=0x8\n",
				      "  subcore_task[0]={task_start=0, task_number=1}\n" EXIT);

	assert_export(text, GDB | TRACER, expected);
	/* another record between them ends the first */
	assert_export(apart, GDB | TRACER, alone);
}
END_TEST

/* Whether BOs were freed is not said of a run that does not know. */
START_TEST(exit_is_not_invented)
{
	static const char alloc[] = T
		"allocated memory, name: task, virt addr: 0x0, dma addr: 0x0, obj addr: 0x0, size: 1, aligned size: 4096,"
		" fd: 4, handle: 1, flags: 0x40b, gem name: 1, iommu domain id: 0\n";
	_autofree_ char *with = join(alloc, "CLOSE_RET #1 ret=0\n", EXIT, "");
	_autofree_ char *without = join(alloc, "CLOSE_RET #1 ret=0\n", "", "");
	_autofree_ char *expected = join(BANNER_IOCTL BANNER_END, with, "", "");

	assert_export(with, FORMATS_ALL, expected);
	expected[strlen(expected) - strlen(EXIT)] = '\0';
	assert_export(without, FORMATS_ALL, expected);
	assert_export(alloc, FORMATS_ALL, alloc);
}
END_TEST

/* Rows of other writers between those of a table do not part it; a longer value widens its column. */
START_TEST(tables_are_drawn)
{
	static const char rows[] = T "1 A tensor.with.a.long.name T (1) | 0x00000000 0x00000008 0x00000008\n"
				   "SYSFS_SNAPSHOT x\n"
				   T "2 Operator w T (1,2,3,4,5,6,7,8) | 0x00000008 0x00000010 0x00000008\n";

	assert_export(
		rows, FORMATS_ALL,
		T
		"---------------------------------------------------------------------------------------------------\n" T
		"                                 Const Tensor Information Table                   \n" T
		"-----------------------------------------------------------------+---------------------------------\n" T
		"ID  User     Tensor                  DataType  OrigShape         |     [Start       End)       Size\n" T
		"-----------------------------------------------------------------+---------------------------------\n" T
		"1   A        tensor.with.a.long.name T         (1)               | 0x00000000 0x00000008 0x00000008\n"
		"SYSFS_SNAPSHOT x\n" T
		"2   Operator w                       T         (1,2,3,4,5,6,7,8) | 0x00000008 0x00000010 0x00000008\n" T
		"-----------------------------------------------------------------+---------------------------------\n");
}
END_TEST

/* A generated run, with the dump of its BOs, goes through each log and comes back as it was. */
START_TEST(generated_run)
{
	static const struct {
		enum rkp_format format;
		uint64_t streams;
	} formats[] = {
		{ RKP_FORMAT_GDB_IOCTL, 1 << RKR_STREAM_CALLS },
		{ RKP_FORMAT_GEM_DUMP, 1 << RKR_STREAM_GEM },
		{ RKP_FORMAT_RKNN_DEBUG, 1 << RKR_STREAM_RUNTIME },
	};
	struct rkr_run *run = test_run(_i ? C64 : H40, &(struct rkg_options){ .profiling = _i, .reset = _i });

	ck_assert_int_eq(rkr_run_view_gem(run), 0);
	for (size_t f = 0; f < RKR_ARRAY_LEN(formats); f++) {
		size_t len, n = 0;
		_autofree_ char *text = export_text(run, 1u << formats[f].format, &len);
		struct parsed p = parse_bytes(text, len, SIZE_MAX);

		ck_assert_uint_eq(p.acc.unknown, 0);
		for (size_t i = 0; i < rkr_run_n_records(run); i++) {
			const struct rkr_record *rec = rkr_run_record(run, i);

			if (!(formats[f].streams >> rkr_kind_get(rec->kind)->stream & 1))
				continue;
			ck_assert_uint_lt(n, rkr_run_n_records(p.run));
			ck_assert(rkr_record_equal(rec, rkr_run_record(p.run, n++)));
		}
		ck_assert_uint_gt(n, 10);
		/* behind a dump, the submit */
		ck_assert_uint_eq(rkr_run_n_records(p.run), n + (formats[f].format == RKP_FORMAT_GEM_DUMP));
		parsed_free(&p);
	}
	rkr_run_free(run);
}
END_TEST

/* ---- what cannot be written ---- */

static void
assert_refused(struct rkr_run *run, unsigned formats, int code, const char *what)
{
	struct rkr_error err = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	_autofree_ char *expected = NULL;

	ck_assert_int_ge(asprintf(&expected, "record %zu (%s) cannot be written as a log: %s",
				  rkr_run_n_records(run) - 1,
				  rkr_kind_get(rkr_run_record(run, rkr_run_n_records(run) - 1)->kind)->name,
				  what),
			 0);
	ck_assert_int_eq(rkp_export(run, formats, out, &err), code);
	ck_assert_int_eq(err.code, code);
	ck_assert_str_eq(err.what, expected);
	ck_assert_str_eq(err.cure, "export other formats, or take the record out");
	fclose(out);
	free(text);
	rkr_run_free(run);
}

static struct rkr_run *
run_with(const struct rkr_record *rec)
{
	struct rkr_run *run;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_append(run, rec), 0);
	return run;
}

/* Texts that would be read back as something else. */
START_TEST(texts_that_do_not_fit)
{
	static const struct {
		enum rkr_kind kind;
		int field, other;
		const char *text, *other_text;
		bool fits;
	} texts[] = {
		{ RKR_KIND_snapshot_sysfs, 0, -1, "a b", NULL, true },
		{ RKR_KIND_snapshot_sysfs, 0, -1, "", NULL, true },
		{ RKR_KIND_snapshot_sysfs, 0, -1, "a\r", NULL, true },
		{ RKR_KIND_snapshot_sysfs, 0, -1, "\xff\x01", NULL, true },
		{ RKR_KIND_snapshot_sysfs, 0, -1, "a\nb", NULL, false },
		{ RKR_KIND_snapshot_sysfs, 0, -1, "x CLOSE_RET #1 ret=0", NULL, false },
		{ RKR_KIND_sysfs_value, 0, 1, "/sys/a", "b = c", true },
		{ RKR_KIND_sysfs_value, 0, 1, "/sys/a b", "c", false },
		{ RKR_KIND_sysfs_value, 0, 1, "sys/a", "c", false },
		{ RKR_KIND_sysfs_value, 0, 1, "", "c", false },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(texts); i++) {
		struct rkr_blob first = { texts[i].text, strlen(texts[i].text) }, second = { "", 0 };
		struct rkr_record_buf buf;

		rkr_record_init(&buf, texts[i].kind);
		rkr_set_b(&buf.rec, texts[i].field, &first);
		if (texts[i].other >= 0) {
			second = (struct rkr_blob){ texts[i].other_text, strlen(texts[i].other_text) };
			rkr_set_b(&buf.rec, texts[i].other, &second);
		}
		struct rkr_run *run = run_with(&buf.rec);

		if (!texts[i].fits) {
			assert_refused(run, FORMATS_ALL, -EINVAL, "one of its values does not fit its row");
			continue;
		}
		size_t len;
		_autofree_ char *text = export_text(run, FORMATS_ALL, &len);
		struct parsed p = parse_bytes(text, len, SIZE_MAX);

		ck_assert_uint_eq(rkr_run_n_records(p.run), 1);
		ck_assert(rkr_record_equal(rkr_run_record(p.run, 0), &buf.rec));
		parsed_free(&p);
		rkr_run_free(run);
	}
}
END_TEST

START_TEST(records_that_no_row_carries)
{
	struct rkr_record_buf buf;
	static const char why[] = "no rows carry all of its values";

	/* nothing in it */
	rkr_record_init(&buf, RKR_KIND_mem_sync);
	assert_refused(run_with(&buf.rec), FORMATS_ALL, -EINVAL, why);
	/* a field without the others of its row */
	rkr_set_u(&buf.rec, RKR_F_mem_sync_size, 1);
	assert_refused(run_with(&buf.rec), GDB, -EINVAL, why);
	/* a constant that is none */
	rkr_record_init(&buf, RKR_KIND_unreadable);
	rkr_set_b(&buf.rec, RKR_F_unreadable_what, &(struct rkr_blob){ "MEM_FREE", 8 });
	rkr_set_u(&buf.rec, RKR_F_unreadable_arg, 1);
	assert_refused(run_with(&buf.rec), FORMATS_ALL, -EINVAL, why);
	/* a window that is there and is not */
	rkr_record_init(&buf, RKR_KIND_regcmd_window);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_off, 0);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_count, 0);
	assert_refused(run_with(&buf.rec), FORMATS_ALL, -EINVAL, why);
	rkr_set_b(&buf.rec, RKR_F_regcmd_window_qwords, &(struct rkr_blob){ "", 0 });
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_unavailable_size, 0);
	assert_refused(run_with(&buf.rec), FORMATS_ALL, -EINVAL, why);
	/* a row of a BO that no heading names, and one of another than it names */
	rkr_record_init(&buf, RKR_KIND_regcmd_runs);
	rkr_set_u(&buf.rec, RKR_F_regcmd_runs_gem, 2);
	rkr_set_u(&buf.rec, RKR_F_regcmd_runs_runs, 0);
	rkr_set_u(&buf.rec, RKR_F_regcmd_runs_min_run, 0);
	assert_refused(run_with(&buf.rec), FORMATS_ALL, -EINVAL,
		       "it stands under the heading of another GEM");

	struct parsed p = parse_text("GEM 1: handle=1 size=4096 map_offset=0x0\n");
	ck_assert_int_eq(rkr_run_append(p.run, &buf.rec), 0);
	rkr_buf_free(&p.stretches);
	assert_refused(p.run, DUMP, -EINVAL, "it stands under the heading of another GEM");

	/* What is not asked for need not be written. */
	rkr_record_init(&buf, RKR_KIND_mem_sync);
	struct rkr_run *run = run_with(&buf.rec);
	_autofree_ char *text = export_text(run, SYSFS | RKNN, NULL);

	ck_assert_str_eq(text, "");
	rkr_run_free(run);
}
END_TEST

/* In its own format it could be written. */
START_TEST(rows_of_the_record_before)
{
	struct parsed p = parse_text("=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x10 ===\n"
				     "  subcore[0]: start=0 number=1\n");

	ck_assert_uint_eq(rkr_run_n_records(p.run), 2);
	assert_refused(p.run, GDB, -EINVAL, "its rows would be read as further ones of the record before");
	p.run = NULL;
	parsed_free(&p);
}
END_TEST

/* A record that cannot be written is named by where it was read. */
START_TEST(refusal_says_where)
{
	struct parsed p = parse_text("\nSYSFS_SNAPSHOT x\n");
	struct rkr_error err = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	rkr_run_record_mut(p.run, 0)->v[RKR_F_snapshot_sysfs_label].b = rkr_run_blob(p.run, "a\nb", 3);
	ck_assert_int_eq(rkp_export(p.run, SYSFS, out, &err), -EINVAL);
	ck_assert_uint_eq(err.line, 2);
	ck_assert_str_eq(err.file, "test");
	fclose(out);
	free(text);
	parsed_free(&p);
}
END_TEST

START_TEST(full_disk)
{
	struct parsed p = parse_text("SYSFS_SNAPSHOT x\n");
	_autofclose_ FILE *out = fopen("/dev/full", "w");
	struct rkr_error err = { 0 };

	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(rkp_export(p.run, SYSFS, out, &err), -ENOSPC);
	ck_assert_str_eq(err.what, "cannot write the log: No space left on device");
	setvbuf(out, NULL, _IONBF, 0);
	ck_assert_int_eq(rkp_export(p.run, SYSFS, out, NULL), -ENOSPC);
	parsed_free(&p);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("parse-export");
	TCase *tc = tcase_create("logs");

	tcase_add_test(tc, formats_by_name);
	tcase_add_test(tc, each_format_has_its_rows);
	tcase_add_test(tc, banner_of_the_later_script);
	tcase_add_test(tc, submit_of_a_dump);
	tcase_add_test(tc, submit_without_heading);
	tcase_add_test(tc, exit_is_not_invented);
	tcase_add_test(tc, tables_are_drawn);
	tcase_add_loop_test(tc, generated_run, 0, 2);
	suite_add_tcase(suite, tc);

	tc = tcase_create("refusals");
	tcase_add_test(tc, texts_that_do_not_fit);
	tcase_add_test(tc, records_that_no_row_carries);
	tcase_add_test(tc, rows_of_the_record_before);
	tcase_add_test(tc, refusal_says_where);
	tcase_add_test(tc, full_disk);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
