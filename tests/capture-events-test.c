/* SPDX-License-Identifier: MIT */
/* Runs of what clients left, whole and damaged: killed ones leave holes, and nothing is trusted. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/model-abi.h"
#include "lib/util.h"
#include "replay/capture/capture-priv.h"
#include "replay/tempdir.h"
#include "tests/common.h"

#define OBJ UINT64_C(0xffffff8100000400)
#define DMA UINT64_C(0xfff9f000)
#define OFFSET UINT64_C(0x100000000)
#define BYTES 8192u

static char *dir;

/* A file of events, as a client writes one. */
struct file {
	_Alignas(RKC_ALIGN) uint8_t bytes[1 << 16];
	uint64_t head;
	uint64_t stamp;
};

static struct file file;

static void
setup(void)
{
	ck_assert_int_eq(rkx_tempdir_make(RKC_DIR_MAX - 1, &dir), 0);
	file = (struct file){ .head = sizeof(struct rkc_spool) };
}

static void
teardown(void)
{
	rkx_tempdir_remove(dir);
	free(dir);
}

static struct rkc_event *
put(enum rkc_kind kind, size_t bytes)
{
	struct rkc_event *e = (struct rkc_event *)(file.bytes + file.head);
	size_t size = (size_t)RKC_ROUND(sizeof(*e) + bytes, RKC_ALIGN);

	ck_assert(file.head + size <= sizeof(file.bytes));
	*e = (struct rkc_event){ .stamp = ++file.stamp, .file = 1, .kind = kind, .pid = 7, .fd = 3 };
	e->size = (uint32_t)size;
	e->state = RKC_DONE;
	file.head += size;
	return e;
}

static struct rkc_event *
put_ioctl(enum rkr_ioctl nr, const void *in, const void *out, uint32_t bytes)
{
	size_t room = (size_t)RKC_ROUND(bytes, 8);
	struct rkc_event *e = put(RKC_IOCTL, 2 * room);

	e->args[0] = rkr_ioctl_command(nr, bytes);
	e->args[2] = bytes;
	e->args[3] = RKC_HAS_IN | RKC_HAS_OUT;
	memcpy(e + 1, in, bytes);
	memcpy((uint8_t *)(e + 1) + room, out, bytes);
	return e;
}

static struct rkc_event *
put_contents(uint64_t at, uint64_t len, uint8_t byte)
{
	struct rkc_event *e = put(RKC_CONTENTS, len);

	e->args[0] = OFFSET;
	e->args[1] = at;
	e->args[2] = len;
	e->args[3] = BYTES;
	memset(e + 1, byte, len);
	return e;
}

static struct rkc_event *
put_submit(void)
{
	const struct rkr_abi_submit submit = { .flags = 1,
					       .timeout = 6000,
					       .task_number = 1,
					       .task_obj_addr = OBJ,
					       .subcore_task = { { 0, 1 } } };

	return put_ioctl(RKR_IOCTL_SUBMIT, &submit, &submit, sizeof(submit));
}

/* A BO that is created, mapped and submitted. */
static void
put_client(void)
{
	const struct rkr_abi_mem_create create = { .size = BYTES, .flags = 8 };
	const struct rkr_abi_mem_create created = {
		.handle = 1, .size = BYTES, .flags = 8, .obj_addr = OBJ, .dma_addr = DMA
	};
	const struct rkr_abi_mem_map map = { .handle = 1 }, mapped = { .handle = 1, .offset = OFFSET };

	put_ioctl(RKR_IOCTL_MEM_CREATE, &create, &created, sizeof(create));
	put_ioctl(RKR_IOCTL_MEM_MAP, &map, &mapped, sizeof(map));
	put_contents(0, 0, 0);
	put_contents(4096, 4096, 0x5a);
	put_submit();
}

static void
save(unsigned number, size_t bytes)
{
	struct rkc_spool *s = (struct rkc_spool *)file.bytes;
	char path[RKC_DIR_MAX + 32];

	s->magic = RKC_MAGIC;
	s->size = sizeof(file.bytes);
	s->head = file.head;
	snprintf(path, sizeof(path), "%s" RKC_SPOOL "%u", dir, number);
	FILE *f = fopen(path, "w");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(file.bytes, 1, bytes, f), bytes);
	ck_assert_int_eq(fclose(f), 0);
}

static int
make(struct rkx_captures *ret_captures)
{
	const struct rkx_capture_options options = { .contents = true };
	const struct rkx_sysfs_names names = { .n = 0 };
	struct rkx_events *events = NULL;
	struct rkr_error err = { 0 };

	*ret_captures = (struct rkx_captures){ 0 };
	int r = rkx_events_open(dir, &events, &err);

	if (r == 0)
		r = rkx_runs_make(events, &options, &names, ret_captures, &err);
	rkx_events_free(events);
	return r;
}

static size_t
count(const struct rkr_run *run, enum rkr_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		n += rkr_run_record(run, i)->kind == kind;
	return n;
}

START_TEST(test_whole)
{
	struct rkx_captures c;
	uint8_t bytes[2];

	put_client();
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.n, 1);
	ck_assert_uint_eq(c.lost, 0);
	ck_assert_uint_eq(c.v[0].calls, 3);
	ck_assert_uint_eq(count(c.v[0].run, RKR_KIND_submit), 1);
	/* What was never said to have changed is zeros. */
	ck_assert_int_eq(rkr_run_read(c.v[0].run, 0, 4095, bytes, 2), 0);
	ck_assert_uint_eq(bytes[0], 0);
	ck_assert_uint_eq(bytes[1], 0x5a);
	rkx_captures_free(&c);
}
END_TEST

/* A task BO has what was submitted, another BO what came of it. */
START_TEST(test_before_and_after)
{
	struct rkx_captures c;
	uint8_t byte;

	put_client();
	put_contents(4096, 4096, 0xa5);
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_int_eq(rkr_run_read(c.v[0].run, 0, 5000, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0x5a);
	rkx_captures_free(&c);
}
END_TEST

/* A task BO that is mapped in part, submitted, and mapped whole: what was submitted is the part. */
START_TEST(test_longer_after)
{
	const uint64_t whole = UINT64_C(1) << 20;
	const struct rkr_abi_mem_create create = { .size = whole, .flags = 8 };
	const struct rkr_abi_mem_create created = {
		.handle = 1, .size = whole, .flags = 8, .obj_addr = OBJ, .dma_addr = DMA
	};
	const struct rkr_abi_mem_map map = { .handle = 1 }, mapped = { .handle = 1, .offset = OFFSET };
	struct rkx_captures c;
	uint8_t byte;

	put_ioctl(RKR_IOCTL_MEM_CREATE, &create, &created, sizeof(create));
	put_ioctl(RKR_IOCTL_MEM_MAP, &map, &mapped, sizeof(map));
	put_contents(4096, 4096, 0x5a);
	put_submit();
	put_contents(0, 4096, 0xa5)->args[3] = whole;
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_int_eq(rkr_run_read(c.v[0].run, 0, 0, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0);
	ck_assert_int_eq(rkr_run_read(c.v[0].run, 0, BYTES - 1, &byte, 1), 0);
	ck_assert_uint_eq(byte, 0x5a);
	ck_assert_int_lt(rkr_run_read(c.v[0].run, 0, BYTES, &byte, 1), 0);
	rkx_captures_free(&c);
}
END_TEST

/* Writers that were killed: before they said how much they take, before they were done, in a call. */
START_TEST(test_holes)
{
	struct rkx_captures c;

	put_client();
	file.head += 3 * RKC_ALIGN;
	put_submit()->state = RKC_TAKEN;
	put_submit()->state = RKC_ENTERED;
	file.head += RKC_ALIGN;
	put_submit();
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(count(c.v[0].run, RKR_KIND_submit), 3);
	ck_assert_uint_eq(c.v[0].in_flight, 1);
	for (size_t i = 0, n = 0; i < rkr_run_n_records(c.v[0].run); i++) {
		const struct rkr_record *rec = rkr_run_record(c.v[0].run, i);

		if (rec->kind == RKR_KIND_submit)
			ck_assert_int_eq(rkr_has(rec, RKR_F_submit_ret), n++ != 1);
	}
	rkx_captures_free(&c);
}
END_TEST

/* A MEM_CREATE that has not returned makes no BO. */
START_TEST(test_in_flight)
{
	const struct rkr_abi_mem_create create = { .size = BYTES, .flags = 8 };
	struct rkx_captures c;

	put_client();
	put_ioctl(RKR_IOCTL_MEM_CREATE, &create, &create, sizeof(create))->state = RKC_ENTERED;
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.v[0].in_flight, 1);
	ck_assert_uint_eq(count(c.v[0].run, RKR_KIND_mem_create), 1);
	ck_assert_uint_eq(count(c.v[0].run, RKR_KIND_ioctl), 1);
	ck_assert_uint_eq(rkr_run_n_bos(c.v[0].run), 1);
	rkx_captures_free(&c);
}
END_TEST

/* Events of several files are in one order. */
START_TEST(test_order)
{
	struct rkx_captures c;

	put_client();
	file.stamp += 10;
	put_submit()->pid = 8;
	save(1, sizeof(file.bytes));
	file = (struct file){ .head = sizeof(struct rkc_spool), .stamp = 5 };
	put(RKC_CLOSE, 0)->stamp = 10;
	put(RKC_MUNMAP, 0)->stamp = 9;
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	static const enum rkr_kind want[] = { RKR_KIND_mem_create,    RKR_KIND_mem_map,      RKR_KIND_submit,
					      RKR_KIND_submit_create, RKR_KIND_munmap,       RKR_KIND_close,
					      RKR_KIND_submit,        RKR_KIND_submit_create };

	ck_assert_uint_eq(c.n, 1);
	ck_assert_uint_eq(rkr_run_n_records(c.v[0].run), RKR_ARRAY_LEN(want));
	for (size_t i = 0; i < RKR_ARRAY_LEN(want); i++)
		ck_assert_int_eq(rkr_run_record(c.v[0].run, i)->kind, want[i]);
	rkx_captures_free(&c);
}
END_TEST

/* Open files are runs of their own, and one of which nothing was asked is none. */
START_TEST(test_files)
{
	struct rkx_captures c;

	put_client();
	put(RKC_NODE, 16)->file = 2;
	put(RKC_CLOSE, 0)->file = 2;
	put_submit()->file = 3;
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.n, 2);
	ck_assert_uint_eq(count(c.v[1].run, RKR_KIND_submit), 1);
	rkx_captures_free(&c);
}
END_TEST

/* What contradicts itself is left out, and counted. */
START_TEST(test_nonsense)
{
	struct rkx_captures c;

	put_client();
	put_contents(4096, 4096, 1)->args[1] = UINT64_MAX - 100;
	put_contents(0, 16, 1)->args[3] = UINT64_MAX;
	put(RKC_SYSFS, 0)->args[0] = 99;
	put_submit()->error = -5;
	save(0, sizeof(file.bytes));
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.lost, 4);
	ck_assert_uint_eq(count(c.v[0].run, RKR_KIND_submit), 1);
	rkx_captures_free(&c);
}
END_TEST

/* Numbers of files with holes between them, files of others; then not even the directory. */
START_TEST(test_names)
{
	struct rkx_captures c;
	char path[RKC_DIR_MAX + 32];

	put_client();
	save(4000000000u, sizeof(file.bytes));
	snprintf(path, sizeof(path), "%s" RKC_SPOOL, dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s" RKC_SPOOL "7x", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.n, 1);
	rkx_captures_free(&c);
	rkx_tempdir_remove(dir);
	ck_assert_int_eq(make(&c), 0);
	ck_assert_uint_eq(c.n, 0);
	rkx_captures_free(&c);
}
END_TEST

/* Any bytes: no more than fewer records. Sanitizers and valgrind look on. */
START_TEST(test_damage)
{
	struct test_random random = { .state = 0x1234567 };

	put_client();
	put(RKC_MMAP, 0)->args[5] = 0x7f0000000000;
	put(RKC_MUNMAP, 0);
	put_submit();
	for (int i = 0; i < 300; i++) {
		struct file old = file;
		struct rkx_captures c;

		for (int k = 0; k < 1 + i % 8; k++)
			file.bytes[test_random_next(&random) % file.head] =
				(uint8_t)test_random_next(&random);
		save(0,
		     i % 3 ? sizeof(file.bytes) : (size_t)(test_random_next(&random) % sizeof(file.bytes)));
		if (make(&c) == 0)
			rkx_captures_free(&c);
		file = old;
	}
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("capture-events");
	TCase *t = tcase_create("events");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_whole);
	tcase_add_test(t, test_before_and_after);
	tcase_add_test(t, test_longer_after);
	tcase_add_test(t, test_holes);
	tcase_add_test(t, test_in_flight);
	tcase_add_test(t, test_order);
	tcase_add_test(t, test_files);
	tcase_add_test(t, test_nonsense);
	tcase_add_test(t, test_names);
	tcase_add_test(t, test_damage);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return test_main(s);
}
