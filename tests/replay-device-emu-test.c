/* SPDX-License-Identifier: MIT */
/* The emulated board behind the interface of devices. */
#include "config.h"

#include "replay/plan-priv.h"
#include "tests/replay-engine-common.h"

RKR_DEFINE_CLEANUP(struct bench *, bench_free)

/* A permit, as the gates make it; of a plan that lives as long as the fixture. */
struct permitted {
	struct rkr_run *run;
	struct rkx_plan *plan;
	struct rkx_permit *permit;
};

static struct permitted
permitted_new(void)
{
	struct permitted p = { .run = test_run(C32, NULL) };
	const struct rkx_facts facts = bench_facts();
	struct rkx_gate_report report;

	p.plan = test_plan_of(p.run, TEST_NO_EDITS);
	ck_assert_int_eq(rkx_gate_judge(p.plan, &facts, NULL, &report, &p.permit, NULL), 0);
	ck_assert_ptr_nonnull(p.permit);
	return p;
}

static void
permitted_free(struct permitted *p)
{
	rkx_permit_free(p->permit);
	rkx_plan_free(p->plan);
	rkr_run_free(p->run);
}

START_TEST(test_identity)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	struct rkx_identity id = { 0 };

	ck_assert_int_eq(b->device->ops->identify(b->device, &id, NULL), 0);
	ck_assert_str_eq(id.driver, "rknpu");
	ck_assert_int_eq(id.version[0], 0);
	ck_assert_int_eq(id.version[1], 9);
	ck_assert_int_eq(id.version[2], 8);
	ck_assert_str_eq(id.date, "20240828");
	ck_assert_uint_eq(id.submit_bytes, 104);
	ck_assert(id.emulated);
	ck_assert_str_eq(id.path, "");
}
END_TEST

/* A BO's life, and what is refused on the way. */
START_TEST(test_memory)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	const struct rkx_device_ops *ops = b->device->ops;
	struct permitted p = permitted_new();
	struct rkr_abi_mem_create create = { .size = 5000, .flags = 0x403 };
	void *data = NULL;

	ck_assert_int_eq(rkx_device_mem_create(b->device, NULL, &create), -EACCES);
	ck_assert_int_eq(rkx_device_mem_create(b->device, p.permit, &create), 0);
	ck_assert_uint_ne(create.dma_addr, 0);
	ck_assert_uint_eq(bench_stats(b).bytes, 8192);
	struct rkr_abi_mem_map map = { .handle = create.handle };

	ck_assert_int_eq(rkx_device_mem_map(b->device, p.permit, &map), 0);
	ck_assert_int_eq(rkx_device_map(b->device, NULL, map.offset, 8192, &data), -EACCES);
	ck_assert_int_eq(rkx_device_map(b->device, p.permit, map.offset + 4096, 4096, &data), -EINVAL);
	ck_assert_int_eq(rkx_device_map(b->device, p.permit, map.offset, 8192, &data), 0);
	ck_assert_ptr_nonnull(data);
	/* Asked for so: whoever relies on zeros finds out. */
	ck_assert_uint_eq(((const uint8_t *)data)[4999], 0xa5);
	memset(data, 1, 8192);
	struct rkr_abi_mem_sync sync = { .flags = 3, .obj_addr = create.obj_addr, .size = 5000 };

	ck_assert_int_eq(rkx_device_mem_sync(b->device, p.permit, &sync), 0);
	sync.obj_addr = 0;
	ck_assert_int_eq(rkx_device_mem_sync(b->device, p.permit, &sync), -EINVAL);
	/* A part cannot be unmapped, and nothing twice. */
	ck_assert_int_eq(ops->unmap(b->device, data, 4096), -EINVAL);
	ck_assert_int_eq(ops->unmap(b->device, data, 8192), 0);
	ck_assert_int_eq(ops->unmap(b->device, data, 8192), -EINVAL);
	struct rkr_abi_mem_destroy destroy = { .handle = create.handle };

	ck_assert_int_eq(rkx_device_mem_destroy(b->device, p.permit, &destroy), 0);
	ck_assert_int_lt(rkx_device_mem_destroy(b->device, p.permit, &destroy), 0);
	ck_assert_uint_eq(bench_stats(b).bos, 0);
	permitted_free(&p);
}
END_TEST

/* Its clock is virtual, and goes forward when it is told to. */
START_TEST(test_clock)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	uint64_t before = b->device->ops->now(b->device);

	b->device->ops->sleep(b->device, UINT64_C(3600) * 1000000000);
	ck_assert_uint_eq(b->device->ops->now(b->device) - before, UINT64_C(3600) * 1000000000);
}
END_TEST

/* What would have crashed a real board is told apart. */
START_TEST(test_crash)
{
	rkr_cleanup(bench_free) struct bench *b = bench_new(NULL);
	struct permitted p = permitted_new();
	struct rkr_abi_mem_sync sync = { .flags = 1, .obj_addr = 0xffffff8012345678, .size = 8 };

	ck_assert_int_eq(rkx_device_mem_sync(b->device, p.permit, &sync), -ENOTRECOVERABLE);
	ck_assert_uint_eq(bench_stats(b).crashes, 1);
	permitted_free(&p);
}
END_TEST

START_TEST(test_options)
{
	const struct rkx_emulated_options bad = { .iova_top = 4097 };
	struct rkx_device *device = NULL;

	ck_assert_int_eq(rkx_device_emulated(&bad, &device), -EINVAL);
	ck_assert_ptr_null(device);
	ck_assert_int_eq(rkx_device_emulated(NULL, &device), 0);
	ck_assert_int_eq(device->ops->close(device), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-device-emu");
	TCase *tc = tcase_create("device");

	tcase_add_test(tc, test_identity);
	tcase_add_test(tc, test_memory);
	tcase_add_test(tc, test_clock);
	tcase_add_test(tc, test_crash);
	tcase_add_test(tc, test_options);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
