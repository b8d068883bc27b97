/* SPDX-License-Identifier: MIT */
/* A directory of BO images: what is read of it, and what is refused. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/digest.h"
#include "lib/util.h"
#include "parsers/boimages.h"
#include "tests/common.h"

#define META                                                                            \
	"flags=0x5 timeout=6000 task_number=2 iommu_domain_id=0 task_obj_addr=0xa0\n"    \
	"bo idx=0 handle=1 dma=0xfff0000 obj=0xa0 size=96\n"                             \
	"bo idx=12 handle=2 dma=0xffe0000 obj=0xb0 size=256\n"                           \
	"task_array_bo=0\n"                                                              \
	"priority=-2\n"                                                                  \
	"subcore0 start=0 number=2\n"                                                    \
	"subcore4 start=4294967295 number=1\n"

static char dir[] = "/tmp/rkr-boimages-XXXXXX";
static const char *const names[] = { "meta.txt", "bo00.bin", "bo12.bin", "other" };

static void
put(const char *name, const void *data, size_t len)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static void
put_text(const char *text)
{
	put("meta.txt", text, strlen(text));
}

/* Two tasks at 0 and 64 of the other BO, and bytes that are no task. */
static void
set_up(void)
{
	uint8_t tasks[96] = { 0 }, regcmd[256] = { 0 };

	for (size_t i = 0; i < 2; i++) {
		const struct rkr_task t = { .op_idx = 1,
					    .enable_mask = 0xd,
					    .int_mask = 0x300,
					    .int_clear = 0x1ffff,
					    .regcfg_amount = 4,
					    .regcmd_addr = 0xffe0000 + 64 * i };

		rkr_task_encode(&t, &tasks[i * RKR_TASK_BYTES]);
	}
	regcmd[0] = 0x34;
	regcmd[1] = 0x12;
	strcpy(dir, "/tmp/rkr-boimages-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	put_text(META);
	put("bo00.bin", tasks, sizeof(tasks));
	put("bo12.bin", regcmd, sizeof(regcmd));
}

static void
tear_down(void)
{
	char path[64];

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		remove(path);
	}
	ck_assert_int_eq(rmdir(dir), 0);
}

static void
assert_refused(int code, const char *file, uint64_t line, const char *what)
{
	struct rkr_error err = { 0 };
	struct rkr_run *run;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkp_boimages_read(dir, run, &err), code);
	rkr_run_free(run);
	ck_assert_msg(strstr(err.what, what) != NULL, "%s", err.what);
	ck_assert_str_eq(strrchr(err.file, '/') + 1, file);
	ck_assert_uint_eq(err.line, line);
	ck_assert_str_ne(err.cure, "");
}

START_TEST(directory_is_read)
{
	struct rkr_error err = { 0 };
	struct rkr_run *run;
	struct rkr_task task;
	size_t n;
	uint8_t word[8];

	ck_assert(rkp_boimages_is(dir));
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_boimages_read(dir, run, &err) == 0, "%s", err.what);
	ck_assert_uint_eq(rkr_run_n_records(run), 3);
	ck_assert_uint_eq(rkr_run_n_bos(run), 2);
	ck_assert_str_eq(rkr_run_bo(run, 0)->role, "task");
	ck_assert_uint_eq(rkr_run_record(run, 0)->place.line, 2);

	const struct rkr_record *submit = rkr_run_record(run, 2);

	ck_assert_int_eq(submit->kind, RKR_KIND_submit);
	ck_assert_uint_eq(submit->place.line, 1);
	ck_assert_int_eq(submit->v[RKR_F_submit_priority].s, -2);
	ck_assert(rkr_has(submit, RKR_F_submit_field32) && !rkr_has(submit, RKR_F_submit_task_start));
	ck_assert_uint_eq(rkr_get_u(submit, RKR_F_submit_sub4_start), UINT32_MAX);
	ck_assert_uint_eq(rkr_run_n_tasks(run), 2);
	ck_assert_int_eq(rkr_run_task(run, 1, &task), 0);
	ck_assert_uint_eq(task.regcmd_addr, 0xffe0040);

	const struct rkr_region *regions = rkr_run_regions(run, &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_int_eq(regions[1].kind, RKR_REGION_REGCMD);
	ck_assert_uint_eq(regions[1].bo, 1);
	ck_assert_uint_eq(regions[1].offset, 0);
	ck_assert_uint_eq(regions[1].size, 128);
	ck_assert_int_eq(rkr_run_read(run, 1, 0, word, 8), 0);
	ck_assert_uint_eq(word[0], 0x34);
	rkr_run_free(run);
}
END_TEST

START_TEST(others_are_none)
{
	char path[64];

	ck_assert(!rkp_boimages_is("/tmp/there/is/none"));
	snprintf(path, sizeof(path), "%s/meta.txt", dir);
	ck_assert(!rkp_boimages_is(path));
	remove(path);
	ck_assert(!rkp_boimages_is(dir));
	assert_refused(-ENOENT, "meta.txt", 0, "cannot open it");
}
END_TEST

/* meta.txt, and what is wrong with it in which line */
static const struct {
	const char *meta;
	int code;
	uint64_t line;
	const char *what;
} wrong[] = {
	{ "", -EINVAL, 0, "no BO" },
	{ "flags=5\n", -EINVAL, 0, "no BO" },
	{ "bo idx=0 size=96\nbo idx=0 size=96\n", -EINVAL, 2, "idx=0 is that of the BO in line 1" },
	{ "bo size=96\n", -EINVAL, 1, "no idx=" },
	{ "\n\nbo idx=0\n", -EINVAL, 3, "no size=" },
	{ "bo idx=0 size=0\n", -EFBIG, 1, "a BO of 0 bytes" },
	{ "bo idx=0 size=1073741825\n", -EFBIG, 1, "a BO of 1073741825 bytes" },
	{ "bo idx=0 size=1073741824\nbo idx=1 size=1\n", -EFBIG, 2, "a BO of 1 bytes" },
	{ "bo idx=0 size=18446744073709551616\n", -EINVAL, 1, "not a number" },
	{ "bo idx=4294967296 size=1\n", -EINVAL, 1, "not a number" },
	{ "bo idx=0 size=-1\n", -EINVAL, 1, "not a number" },
	{ "bo idx=0 size=\n", -EINVAL, 1, "not a number" },
	{ "bo idx=0 size=0x\n", -EINVAL, 1, "not a number" },
	{ "bo idx=0 size=0x-1\n", -EINVAL, 1, "not a number" },
	{ "bo idx=0 size=9 size=9\n", -EINVAL, 1, "twice" },
	{ "bo idx=0 idx=1 size=9\n", -EINVAL, 1, "no idx=" },
	{ "bo idx=0 size=9 ret=0\n", -EINVAL, 1, "no ret=" },
	{ "bo idx=0 size=9 word\n", -EINVAL, 1, "'word'" },
	{ "bo idx=0 size=9 =1\n", -EINVAL, 1, "'=1'" },
	{ "word\n", -EINVAL, 1, "'word'" },
	{ "ret=0\n", -EINVAL, 1, "ret=" },
	{ "n=1\n", -EINVAL, 1, "n=" },
	{ "flags=5 flags=5\n", -EINVAL, 1, "twice" },
	{ "priority=-2147483649\n", -EINVAL, 1, "not a number" },
	{ "flags=-1\n", -EINVAL, 1, "not a number" },
	{ "subcore5 start=0\n", -EINVAL, 1, "no subcore5" },
	{ "subcore start=0\n", -EINVAL, 1, "no subcore" },
	{ "subcore00 start=0\n", -EINVAL, 1, "no subcore00" },
	{ "subcore0 end=0\n", -EINVAL, 1, "no end=" },
	{ "subcore0 start=0\nsubcore0 start=0\n", -EINVAL, 2, "twice" },
	{ META "task_array_bo=0\n", -EINVAL, 8, "twice" },
	{ "task_array_bo=5\nbo idx=0 size=96\n", -EINVAL, 1, "no BO with idx=5" },
	{ "bo idx=0 size=96 obj=0x1\nbo idx=12 obj=0x2 size=256\ntask_array_bo=0 task_obj_addr=2\n", -EINVAL,
	  3, "task_array_bo= names BO 0, and task_obj_addr= BO 12" },
};

START_TEST(wrong_meta_is_refused)
{
	put_text(wrong[_i].meta);
	assert_refused(wrong[_i].code, "meta.txt", wrong[_i].line, wrong[_i].what);
}
END_TEST

START_TEST(meta_that_is_no_text_is_refused)
{
	_autofree_ char *large = calloc(1, 65537);

	put("meta.txt", "bo idx=0\0 size=96\n", 18);
	assert_refused(-EINVAL, "meta.txt", 0, "NUL");
	put("meta.txt", large, 65537);
	assert_refused(-EFBIG, "meta.txt", 0, "65537 bytes");
}
END_TEST

START_TEST(wrong_files_are_refused)
{
	char path[64], other[64];

	put("bo12.bin", "", 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "it has 0 bytes, and line 3 of meta.txt says 256");
	snprintf(path, sizeof(path), "%s/bo12.bin", dir);
	ck_assert_int_eq(truncate(path, 255), 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "255 bytes");
	ck_assert_int_eq(truncate(path, 257), 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "257 bytes");
	remove(path);
	assert_refused(-ENOENT, "bo12.bin", 0, "cannot open it");

	snprintf(other, sizeof(other), "%s/other", dir);
	put("other", META, 256);
	ck_assert_int_eq(symlink(other, path), 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "symbolic link");
	remove(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "not a plain file");
	remove(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	assert_refused(-EINVAL, "bo12.bin", 0, "not a plain file");
}
END_TEST

/* Tasks that point out of every BO, or whose regcmd is longer than its BO, are tasks still. */
START_TEST(tasks_may_point_anywhere)
{
	static const uint64_t addresses[] = { 0, UINT64_MAX, 0xffe00c8, 0xffe0100, 0xfff0000 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(addresses); i++) {
		const struct rkr_task t = { .op_idx = 1,
					    .enable_mask = 0xd,
					    .int_mask = 0x300,
					    .int_clear = 0x1ffff,
					    .regcfg_amount = i % 2 ? UINT32_MAX : 4,
					    .regcmd_addr = addresses[i] };
		struct rkr_error err = { 0 };
		uint8_t tasks[96] = { 0 };
		struct rkr_run *run;
		size_t n;

		rkr_task_encode(&t, tasks);
		put("bo00.bin", tasks, sizeof(tasks));
		ck_assert_int_eq(rkr_run_new(&run), 0);
		ck_assert_msg(rkp_boimages_read(dir, run, &err) == 0, "%s", err.what);
		ck_assert_uint_eq(rkr_run_n_tasks(run), 1);
		rkr_run_regions(run, &n);
		/* The last one is in the task BO itself, which has 96 bytes. */
		ck_assert_uint_eq(n, 1 + (addresses[i] == 0xfff0000));
		rkr_run_free(run);
	}
}
END_TEST

/* A submit of an RK3576. */
START_TEST(real_directory_is_read)
{
	_autofree_ char *path = test_shared("captures/rk3576-submit");
	struct rkr_error err = { 0 };
	char hex[RKR_SHA256_HEX];
	struct rkr_run *run;

	if (!path)
		test_skip("there are no captures");
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_boimages_read(path, run, &err) == 0, "%s", err.what);
	ck_assert_uint_eq(rkr_run_n_records(run), 6);
	ck_assert_uint_eq(rkr_run_n_tasks(run), 4);
	ck_assert_uint_eq(rkr_get_u(rkr_run_record(run, 5), RKR_F_submit_task_number), 3);
	ck_assert_uint_eq(rkr_get_u(rkr_run_record(run, 5), RKR_F_submit_sub2_start), UINT32_MAX);

	size_t n;
	const struct rkr_region *regions = rkr_run_regions(run, &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(regions[1].bo, 1);
	ck_assert_uint_eq(regions[1].offset, 0x11940);
	ck_assert_uint_eq(regions[1].size, 576 * 8);
	ck_assert_int_eq(rkr_region_digest(run, &regions[1], hex), 0);
	ck_assert_str_eq(hex, "59c4e2594f718c543102993cf8f3d68f2168667498832d8f81b06d8ac757b18f");
	rkr_run_free(run);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("boimages");
	TCase *tc = tcase_create("images");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, directory_is_read);
	tcase_add_test(tc, others_are_none);
	tcase_add_loop_test(tc, wrong_meta_is_refused, 0, (int)RKR_ARRAY_LEN(wrong));
	tcase_add_test(tc, meta_that_is_no_text_is_refused);
	tcase_add_test(tc, wrong_files_are_refused);
	tcase_add_test(tc, tasks_may_point_anywhere);
	suite_add_tcase(suite, tc);

	tc = tcase_create("real");
	tcase_add_test(tc, real_directory_is_read);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
