/* SPDX-License-Identifier: MIT */
/* Snapshots, as a library: what is found, what is refused, and that nothing is appended when it is. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/util.h"
#include "replay/snapshot-mmio.h"
#include "replay/snapshot-sysfs.h"
#include "tests/common.h"

#define DEVICE "sys/devices/platform/fdab0000.npu"
#define DRIVERS "sys/bus/platform/drivers/RKNPU"

static char root[64];

/* Make the directories of a path below the root, and what the last one is. */
static void
put_file(const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')) != NULL; p++) {
		*p = '\0';
		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		*p = '/';
	}
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
	char link[256];

	snprintf(root, sizeof(root), "/tmp/rkx-snapshot-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	put_file(DEVICE "/power/runtime_status", "active\n");
	put_file(DRIVERS "/bind", "");
	snprintf(link, sizeof(link), "%s/" DRIVERS "/fdab0000.npu", root);
	ck_assert_int_eq(symlink("../../../../devices/platform/fdab0000.npu", link), 0);
}

static void
teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", root);
	ck_assert_int_eq(system(command), 0);
}

static struct rkx_npu
find(void)
{
	struct rkx_npu npu = { 0 };
	struct rkr_error err = { 0 };

	ck_assert_msg(rkx_npu_find(root, &npu, &err) == 0, "%s", err.what);
	return npu;
}

START_TEST(test_found_by_driver)
{
	struct rkx_npu npu = find();

	ck_assert_str_eq(npu.name, "fdab0000.npu");
	ck_assert_str_eq(npu.device, "/" DEVICE);
	ck_assert_str_eq(npu.devfreq, "/sys/class/devfreq/fdab0000.npu");

	/* Whatever its device of frequencies is called. */
	put_file(DEVICE "/devfreq/npu-freq/governor", "x\n");
	npu = find();
	ck_assert_str_eq(npu.devfreq, "/sys/class/devfreq/npu-freq");
}
END_TEST

START_TEST(test_no_device)
{
	struct rkx_npu npu = { .name = "kept" };
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_npu_find("/nonexistent", &npu, &err), -ENODEV);
	ck_assert_int_eq(err.code, -ENODEV);
	ck_assert_str_ne(err.cure, "");
	ck_assert_str_eq(npu.name, "kept");
}
END_TEST

START_TEST(test_link_out_of_root)
{
	struct rkx_npu npu = { .name = "kept" };
	char link[256];

	snprintf(link, sizeof(link), "%s/" DRIVERS "/fdab0000.npu", root);
	unlink(link);
	ck_assert_int_eq(symlink("/tmp", link), 0);
	ck_assert_int_eq(rkx_npu_find(root, &npu, NULL), -ENODEV);
	ck_assert_str_eq(npu.name, "kept");
}
END_TEST

START_TEST(test_values_stay_on_their_line)
{
	static const struct {
		const char *value, *shown;
	} cases[] = {
		{ "", "" },          { "\n", "" },        { "a", "a" },
		{ "a\n\n", "a\\n" }, { "a\nb", "a\\nb" }, { "\r\033[1m", "\\x0d\\x1b[1m" },
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++) {
		struct rkr_buf buf = { 0 };

		put_file("value", cases[i].value);
		ck_assert_int_eq(rkx_sysfs_read(root, "/value", 64, &buf), 0);
		ck_assert_uint_eq(buf.len, strlen(cases[i].shown));
		ck_assert(buf.len == 0 || memcmp(buf.data, cases[i].shown, buf.len) == 0);
		rkr_buf_free(&buf);
	}
}
END_TEST

START_TEST(test_values_are_bounded)
{
	struct rkr_buf buf = { 0 };

	put_file("value", "0123456789");
	ck_assert_int_eq(rkx_sysfs_read(root, "/value", 4, &buf), 0);
	ck_assert_uint_eq(buf.len, 4);
	ck_assert_int_eq(rkx_sysfs_read(root, "/nothing", 4, &buf), -ENOENT);
	ck_assert_uint_eq(buf.len, 4);
	rkr_buf_free(&buf);
}
END_TEST

static const char *const unpowered[] = { "suspended\n", "suspending\n", "error\n", "active2\n", "activ", "",
					 NULL };

/* Only one word lets registers be read; else not a byte is said of them. */
START_TEST(test_mmio_needs_power)
{
	struct rkx_npu npu = find();
	struct rkr_error err = { 0 };
	struct rkr_buf buf = { 0 };
	bool available = false;

	put_file("dev/mem", "");
	ck_assert_int_eq(rkx_mmio_ready(root, &npu, &err), 0);
	if (unpowered[_i]) {
		put_file(DEVICE "/power/runtime_status", unpowered[_i]);
	} else {
		char path[256];

		snprintf(path, sizeof(path), "%s/" DEVICE "/power/runtime_status", root);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(rkx_mmio_ready(root, &npu, &err), -EAGAIN);
	ck_assert_ptr_nonnull(strstr(err.what, "hang"));
	ck_assert_int_eq(rkx_snapshot_mmio(root, &npu, "x", &available, &buf, &err), -EAGAIN);
	ck_assert_uint_eq(buf.len, 0);
	ck_assert(!available);
}
END_TEST

START_TEST(test_mmio_unavailable)
{
	static const char expected[] =
		"MMIO_SNAPSHOT x\n"
		"  MMIO_UNAVAILABLE device=/dev/mem errno=6 error=No such device or address\n";
	struct rkx_npu npu = find();
	struct rkr_buf buf = { 0 };
	bool available = true;

	put_file("dev/mem", "too short");
	ck_assert_int_eq(rkx_snapshot_mmio(root, &npu, "x", &available, &buf, NULL), 0);
	ck_assert(!available);
	ck_assert_uint_eq(buf.len, strlen(expected));
	ck_assert_mem_eq(buf.data, expected, buf.len);
	rkr_buf_free(&buf);
}
END_TEST

/* What is read is not changed: the file is the same before and after, and its mapping was read-only. */
START_TEST(test_mmio_reads_only)
{
	struct rkx_npu npu = find();
	struct rkr_buf buf = { 0 };
	char path[256];
	struct stat before, after;
	bool available = false;

	put_file("dev/mem", "");
	snprintf(path, sizeof(path), "%s/dev/mem", root);
	ck_assert_int_eq(truncate(path, 0xfdae0000), 0);
	ck_assert_int_eq(chmod(path, 0400), 0);
	ck_assert_int_eq(stat(path, &before), 0);
	ck_assert_int_eq(rkx_snapshot_mmio(root, &npu, "x", &available, &buf, NULL), 0);
	ck_assert(available);
	ck_assert_int_eq(stat(path, &after), 0);
	ck_assert_int_eq(before.st_blocks, after.st_blocks);
	ck_assert(before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
		  before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	rkr_buf_free(&buf);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("snapshot");
	TCase *t = tcase_create("board");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_found_by_driver);
	tcase_add_test(t, test_no_device);
	tcase_add_test(t, test_link_out_of_root);
	tcase_add_test(t, test_values_stay_on_their_line);
	tcase_add_test(t, test_values_are_bounded);
	tcase_add_loop_test(t, test_mmio_needs_power, 0, RKR_ARRAY_LEN(unpowered));
	tcase_add_test(t, test_mmio_unavailable);
	tcase_add_test(t, test_mmio_reads_only);
	suite_add_tcase(s, t);
	return test_main(s);
}
