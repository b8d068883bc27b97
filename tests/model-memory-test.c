/* SPDX-License-Identifier: MIT */
/* The model of buffer objects: what is refused, where they go, how they are seen, what a sync does. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/model-memory.h"
#include "lib/util.h"
#include "tests/common.h"

#define LIMIT 0x403u

static const struct {
	struct rkr_abi_mem_create arg;
	int ret;
} creates[] = {
	{ { .size = 1 }, 0 },
	{ { .size = 0 }, -EINVAL },
	{ { .size = UINT64_MAX }, -EINVAL },
	{ { .size = 4096, .iommu_domain_id = 15 }, 0 },
	{ { .size = 4096, .iommu_domain_id = 16 }, -EINVAL },
	{ { .size = 4096, .iommu_domain_id = -1 }, -EINVAL },
	{ { .size = 4096, .flags = UINT32_MAX }, 0 }, /* flags are not checked */
};

START_TEST(creates_are_judged)
{
	ck_assert_int_eq(rkr_mem_create_judge(&creates[_i].arg), creates[_i].ret);
}
END_TEST

/* Sizes in order of creation, the first address, and the rest [captured: two real runs]. */
static const struct {
	uint64_t sizes[5];
	uint64_t dma[5];
} stacks[] = {
	{ { 560, 28352, 1204224, 401408, 802816 },
	  { 0xfff9f000, 0xfff98000, 0xffe72000, 0xffe10000, 0xffd4c000 } },
	{ { 680, 936384, 1436160, 512000, 924160 },
	  { 0xfff8d000, 0xffea8000, 0xffd49000, 0xffccc000, 0xffbea000 } },
};

static void
take(struct rkr_taken *used, uint64_t start, uint64_t size)
{
	ck_assert_int_eq(rkr_taken_add(used, start, size, used), 0);
}

START_TEST(iovas_stack_downwards)
{
	struct rkr_taken used = { 0 };
	uint64_t top = stacks[_i].dma[0] + rkr_page_round(stacks[_i].sizes[0]);

	for (size_t i = 0; i < 5; i++) {
		uint64_t iova = 0;

		ck_assert_int_eq(rkr_iova_place(&used, top, stacks[_i].sizes[i], LIMIT, &iova), 0);
		ck_assert_uint_eq(iova, stacks[_i].dma[i]);
		take(&used, iova, rkr_page_round(stacks[_i].sizes[i]));
	}
	rkr_taken_clear(&used);
}
END_TEST

START_TEST(iovas_take_the_highest_gap)
{
	struct rkr_taken used = { 0 };
	static const struct {
		uint64_t top, size;
		uint32_t flags;
		int ret;
		uint64_t iova;
	} cases[] = {
		{ 0x20000, 0x1000, LIMIT, 0, 0x17000 },
		{ 0x20000, 0x2000, LIMIT, 0, 0x16000 },
		{ 0x20000, 0x3000, LIMIT, 0, 0x11000 },
		{ 0x20000, 0x4000, LIMIT, 0, 0xc000 },
		{ 0x20000, 0xf000, LIMIT, 0, 0x1000 },
		{ 0x20000, 0x10000, LIMIT, -ENOMEM, 0 },
		{ 0x21000, 0x1000, LIMIT, 0, 0x20000 },
		{ 0x20000, 0, LIMIT, -EINVAL, 0 },
		{ 0x20000, UINT64_MAX, LIMIT, -EINVAL, 0 },
		{ 0x1000, 0x1000, LIMIT, -ENOMEM, 0 },
		/* Without the limit, at a multiple of the size as a power of two. */
		{ 0x20000, 0x1800, 3, 0, 0x16000 },
		{ 0x20000, 0x3000, 3, 0, 0xc000 },
		{ 0x30000, 0x3000, 3, 0, 0x2c000 },
		{ 0x20000, 0x10000, 3, -ENOMEM, 0 },
		/* Never above 4 GiB. */
		{ UINT64_MAX, 0x1000, LIMIT, 0, 0xfffff000 },
	};

	take(&used, 0x10000, 0x1000);
	take(&used, 0x18000, 0x8000);
	take(&used, 0x14000, 0x2000);
	for (size_t i = 0; i < RKR_ARRAY_LEN(cases); i++) {
		uint64_t iova = 0;

		ck_assert_int_eq(rkr_iova_place(&used, cases[i].top, cases[i].size, cases[i].flags, &iova),
				 cases[i].ret);
		ck_assert_msg(iova == cases[i].iova, "case %zu: 0x%llx", i, (unsigned long long)iova);
	}
	rkr_taken_clear(&used);
}
END_TEST

/* Random allocations and frees: what is handed out is free, aligned, and nothing higher would have done. */
START_TEST(iovas_never_overlap)
{
	struct test_random random = { (uint64_t)_i + 1 };
	struct rkr_range used[40];
	struct rkr_taken taken = { 0 };
	size_t n = 0;

	for (int round = 0; round < 400; round++) {
		uint64_t size = 0x1000 * (1 + test_random_next(&random) % 6), iova = 0;
		uint32_t flags = test_random_next(&random) % 2 ? LIMIT : 3;

		if (n == RKR_ARRAY_LEN(used) || (n && test_random_next(&random) % 3 == 0)) {
			struct rkr_range *r = &used[test_random_next(&random) % n];

			rkr_taken_remove(&taken, r->start, &taken);
			*r = used[--n];
			continue;
		}
		uint64_t align = 0x1000;
		int ret = rkr_iova_place(&taken, 0x60000, size, flags, &iova);

		while (flags == 3 && align < size)
			align *= 2;
		if (ret < 0)
			iova = 0;
		ck_assert_uint_eq(iova % align, 0);
		ck_assert_uint_le(iova + size, 0x60000);
		for (uint64_t at = iova; at + size <= 0x60000; at += align) {
			bool is_free = true;

			for (size_t i = 0; i < n; i++)
				is_free &= at >= used[i].start + used[i].size || at + size <= used[i].start;
			/* Page 0 is nobody's. */
			ck_assert_int_eq(is_free && at, at && at == iova);
		}
		if (ret < 0)
			continue;
		used[n++] = (struct rkr_range){ iova, size };
		take(&taken, iova, size);
	}
	rkr_taken_clear(&taken);
}
END_TEST

START_TEST(map_offsets_are_packed)
{
	/* [captured: C64/H56] */
	static const uint64_t offsets[] = { 0x100000000, 0x100001000, 0x100008000, 0x10012e000, 0x100190000 };
	static const uint64_t odd[] = { UINT64_MAX, 0 };
	struct rkr_taken used = { 0 };
	uint64_t offset = 0;

	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(rkr_map_place(&used, stacks[0].sizes[i], &offset), 0);
		ck_assert_uint_eq(offset, offsets[i]);
		take(&used, offset, rkr_page_round(stacks[0].sizes[i]));
	}
	/* A hole is filled again, by what it holds. */
	rkr_taken_remove(&used, offsets[1], &used);
	ck_assert_int_eq(rkr_map_place(&used, 0x7000, &offset), 0);
	ck_assert_uint_eq(offset, offsets[1]);
	ck_assert_int_eq(rkr_map_place(&used, 0x7001, &offset), 0);
	ck_assert_uint_eq(offset, offsets[4] + rkr_page_round(stacks[0].sizes[4]));
	ck_assert_int_eq(rkr_map_place(&used, 0, &offset), -EINVAL);
	rkr_taken_clear(&used);
	for (size_t i = 0; i < RKR_ARRAY_LEN(odd); i++) {
		take(&used, RKR_MAP_FIRST, odd[i]);
		ck_assert_int_eq(rkr_map_place(&used, 1, &offset), -ENOMEM);
		rkr_taken_clear(&used);
	}
}
END_TEST

START_TEST(mappings_are_judged)
{
	const struct rkr_range bo = { 0x100001000, 0x7000 };

	ck_assert_int_eq(rkr_mmap_judge(&bo, 0x100001000, 28352), 0);
	ck_assert_int_eq(rkr_mmap_judge(&bo, 0x100001000, 0x7000), 0);
	ck_assert_int_eq(rkr_mmap_judge(&bo, 0x100001000, 0x7001), -EINVAL);
	ck_assert_int_eq(rkr_mmap_judge(&bo, 0x100001000, 0), -EINVAL);
	ck_assert_int_eq(rkr_mmap_judge(&bo, 0x100002000, 0x1000), -EINVAL);
	ck_assert_int_eq((int)rkr_mem_cache(0x403), (int)RKR_CACHE_NORMAL);
	ck_assert_int_eq((int)rkr_mem_cache(0x2 | 0x4), (int)RKR_CACHE_NORMAL);
	ck_assert_int_eq((int)rkr_mem_cache(0x4), (int)RKR_CACHE_WRITE_COMBINE);
	ck_assert_int_eq((int)rkr_mem_cache(0x401), (int)RKR_CACHE_UNCACHED);
	ck_assert(rkr_mem_holds_tasks(0x40b));
	ck_assert(!rkr_mem_holds_tasks(0x403));
	ck_assert_uint_eq(rkr_page_round(1), 4096);
	ck_assert_uint_eq(rkr_page_round(4096), 4096);
	ck_assert_uint_eq(rkr_page_round(UINT64_MAX - 4094), 0);
}
END_TEST

static const struct {
	uint32_t flags;
	uint64_t obj, offset, size;
	uint32_t bo_flags;
	struct rkr_sync_result out;
} syncs[] = {
	/* ret, to, from, size, beyond, unchecked; of a BO of two pages */
	{ 1, 1, 0, 8192, 3, { 0, true, false, 8192, false, false } },
	{ 2, 1, 0, 100, 3, { 0, false, true, 100, false, false } },
	{ 3, 1, 4096, 4096, 3, { 0, true, true, 4096, false, false } },
	{ 0, 1, 0, 8192, 3, { 0, false, false, 0, false, false } },
	{ 0xfc, 1, 0, 8192, 3, { 0, false, false, 0, false, false } },
	{ 1, 0, 0, 8192, 3, { -EINVAL, false, false, 0, false, false } },
	{ 1, 1, 0, 8192, 1, { -EINVAL, false, false, 0, false, false } },
	{ 1, 1, 0, 8193, 3, { 0, true, false, 8192, true, false } },
	{ 1, 1, 8192, 1, 3, { 0, true, false, 0, true, false } },
	{ 1, 1, UINT64_MAX, UINT64_MAX, 3, { 0, true, false, 0, true, false } },
	{ 1, 1, 4096, 8192, 2, { 0, true, false, 8192, true, true } },
};

START_TEST(syncs_are_judged)
{
	const struct rkr_abi_mem_sync arg = {
		.flags = syncs[_i].flags,
		.obj_addr = syncs[_i].obj,
		.offset = syncs[_i].offset,
		.size = syncs[_i].size,
	};
	const struct rkr_sync_result *want = &syncs[_i].out;
	struct rkr_sync_result got;

	rkr_sync_judge(&arg, syncs[_i].bo_flags, 8192, &got);
	ck_assert_int_eq(got.ret, want->ret);
	ck_assert_int_eq(got.to_device, want->to_device);
	ck_assert_int_eq(got.from_device, want->from_device);
	ck_assert_uint_eq(got.size, want->size);
	ck_assert_int_eq(got.beyond, want->beyond);
	ck_assert_int_eq(got.unchecked, want->unchecked);
}
END_TEST

START_TEST(handles_are_the_lowest_free)
{
	struct rkr_taken used = { 0 };

	ck_assert_uint_eq(rkr_handle_next(&used), 1);
	take(&used, 1, 1);
	take(&used, 2, 1);
	ck_assert_uint_eq(rkr_handle_next(&used), 3);
	take(&used, 4, 1);
	ck_assert_uint_eq(rkr_handle_next(&used), 3);
	rkr_taken_remove(&used, 1, &used);
	ck_assert_uint_eq(rkr_handle_next(&used), 1);
	/* They are of 32 bits. */
	take(&used, 0, UINT32_MAX);
	ck_assert_uint_eq(rkr_handle_next(&used), UINT32_MAX);
	take(&used, UINT32_MAX, 1);
	ck_assert_uint_eq(rkr_handle_next(&used), 0);
	rkr_taken_clear(&used);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("model-memory");
	TCase *t = tcase_create("memory");

	tcase_add_loop_test(t, creates_are_judged, 0, (int)RKR_ARRAY_LEN(creates));
	tcase_add_loop_test(t, iovas_stack_downwards, 0, (int)RKR_ARRAY_LEN(stacks));
	tcase_add_test(t, iovas_take_the_highest_gap);
	tcase_add_loop_test(t, iovas_never_overlap, 0, 10);
	tcase_add_test(t, map_offsets_are_packed);
	tcase_add_test(t, mappings_are_judged);
	tcase_add_loop_test(t, syncs_are_judged, 0, (int)RKR_ARRAY_LEN(syncs));
	tcase_add_test(t, handles_are_the_lowest_free);
	suite_add_tcase(s, t);
	return test_main(s);
}
