/* SPDX-License-Identifier: MIT */
/* The emulated driver: command words, BOs, actions, calls of the DRM core. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"
#include "lib/model-action.h"
#include "lib/model-memory.h"
#include "lib/util.h"

START_TEST(short_structs_are_taken)
{
	struct emu emu;
	/* The 40 bytes of older headers, and what lies behind them. */
	struct {
		struct rkr_abi_mem_create create;
		uint64_t behind;
	} arg = { { .size = 5000, .flags = 0x403, .iommu_domain_id = 77, .core_mask = 99 },
		  0x1122334455667788 };

	emu_start(&emu, NULL);
	/* A domain of 77 is none, but is not read. */
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0286442, &arg, 40), 0);
	ck_assert_uint_eq(arg.create.handle, 1);
	ck_assert_uint_eq(arg.create.size, 8192);
	ck_assert_int_eq(arg.create.iommu_domain_id, 77);
	ck_assert_uint_eq(arg.create.core_mask, 99);
	ck_assert_uint_eq(arg.behind, 0x1122334455667788);
	arg.create.handle = 0;
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0306442, &arg, sizeof(arg)), -EINVAL);
	/* Longer than the driver's: what lies behind it comes back as it was; zeros, if it was not read. */
	arg.create = (struct rkr_abi_mem_create){ .size = 1 };
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0386442, &arg, sizeof(arg)), 0);
	ck_assert_uint_eq(arg.create.handle, 2);
	ck_assert_uint_eq(arg.behind, 0x1122334455667788);
	ck_assert_int_eq(rke_ioctl(emu.file, 0x80386442, &arg, sizeof(arg)), -EINVAL);
	ck_assert_uint_eq(arg.behind, 0);
	/* The caller's bytes end before the struct does. */
	arg.behind = 5;
	arg.create = (struct rkr_abi_mem_create){ .size = 1, .iommu_domain_id = 99 };
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0306442, &arg, 40), 0);
	ck_assert_int_eq(arg.create.iommu_domain_id, 99);
	ck_assert_uint_eq(arg.behind, 5);
	emu_stop(&emu);
}
END_TEST

START_TEST(command_words_are_judged)
{
	struct emu emu;
	struct rkr_abi_action arg = { RKR_ACTION_GET_DRV_VERSION, 0 };

	emu_start(&emu, NULL);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0087200, &arg, sizeof(arg)), -ENOTTY);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0086446, &arg, sizeof(arg)), -EINVAL);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0086440, NULL, 0), -EFAULT);
	/* A command word without a size: all zeros, nothing comes back. Id 0 is known. */
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0006440, NULL, 0), 0);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0086440, &arg, sizeof(arg)), 0);
	ck_assert_uint_eq(arg.value, 908);
	/* Not read: id 0. Not written: the value stays. */
	arg = (struct rkr_abi_action){ RKR_ACTION_SET_FREQ, 7 };
	ck_assert_int_eq(rke_ioctl(emu.file, 0x80086440, &arg, sizeof(arg)), 0);
	arg = (struct rkr_abi_action){ RKR_ACTION_GET_DRV_VERSION, 7 };
	ck_assert_int_eq(rke_ioctl(emu.file, 0x40086440, &arg, sizeof(arg)), 0);
	ck_assert_uint_eq(arg.value, 7);
	emu_stop(&emu);
}
END_TEST

START_TEST(actions_answer_as_the_table_says)
{
	struct emu emu;

	emu_start(&emu, NULL);
	for (uint32_t id = 0; id < 40; id++) {
		struct rkr_abi_action arg = { id, 0x5a5a };
		uint64_t before = rke_now(emu.board);

		/* 0x5a5a is no domain. */
		ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &arg), rkr_action_result(id, 0x5a5a));
		if (rkr_action(id)->answer == RKR_VALUE_UNCHANGED)
			ck_assert_uint_eq(arg.value, 0x5a5a);
		if (rkr_action(id)->answer == RKR_VALUE_FIXED)
			ck_assert_uint_eq(arg.value, rkr_action(id)->value);
		ck_assert_uint_eq(emu_ms_since(&emu, before), id == RKR_ACTION_RESET ? 100 : 0);
	}
	ck_assert_ptr_nonnull(strstr(emu.log, "] RKNPU: soft reset, num: 6\n"));
	ck_assert_ptr_nonnull(strstr(emu.log, "rw_amount is not supported on this device!\n"));
	/* Domains: a switch says so, and is seen. */
	emu_log_clear(&emu);
	struct rkr_abi_action set = { RKR_ACTION_SET_IOMMU_DOMAIN_ID, 3 },
			      get = { RKR_ACTION_GET_IOMMU_DOMAIN_ID, 0 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &set), 0);
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_ACTION, &get), 0);
	ck_assert_uint_eq(get.value, 3);
	ck_assert_str_eq(emu.log, "[    0.100000] RKNPU: switch iommu domain from 0 to 3\n");
	emu_stop(&emu);
}
END_TEST

START_TEST(bos_lie_where_the_captures_have_them)
{
	/* The C64/H56 run [captured]. */
	static const struct {
		uint64_t pages, iova, offset;
	} bos[] = {
		{ 1, 0xfff9f000, 0x100000000 },   { 7, 0xfff98000, 0x100001000 },
		{ 294, 0xffe72000, 0x100008000 }, { 98, 0xffe10000, 0x10012e000 },
		{ 196, 0xffd4c000, 0x100190000 },
	};
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);

	options.iova_top = 0xfffa0000;
	emu_start(&emu, &options);
	for (size_t i = 0; i < RKR_ARRAY_LEN(bos); i++) {
		struct emu_bo bo = emu_bo(&emu, bos[i].pages * 4096 - 1, i ? 0x403 : 0x40b);

		ck_assert_uint_eq(bo.dma, bos[i].iova);
		ck_assert_uint_eq(bo.offset, bos[i].offset);
		ck_assert_uint_eq(bo.size, bos[i].pages * 4096);
		ck_assert_uint_eq(bo.handle, i + 1);
		ck_assert_uint_eq(bo.obj % 0x400, 0);
		ck_assert_uint_ge(bo.obj, UINT64_C(0xffffff8000000000));
	}
	/* Without the flag: at a multiple of the size, rounded up to a power of two. */
	ck_assert_uint_eq(emu_bo(&emu, 5 * 4096, 0x3).dma % (8 * 4096), 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(handles_and_places_are_used_again)
{
	struct emu emu;
	struct emu_bo bo[3];

	emu_start(&emu, NULL);
	for (size_t i = 0; i < 3; i++)
		bo[i] = emu_bo(&emu, 4096, 0x403);
	memset(bo[1].memory, 0x77, 4096);
	struct rkr_abi_mem_destroy destroy = { .handle = 2, .obj_addr = 1 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), 0);
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), -EINVAL);
	/* A mapping holds it: the handle is free, the place is not. */
	struct emu_bo next = emu_bo(&emu, 4096, 0x403);

	ck_assert_uint_eq(next.handle, 2);
	ck_assert_uint_ne(next.dma, bo[1].dma);
	ck_assert_int_eq(((uint8_t *)bo[1].memory)[4095], 0x77);
	rke_munmap(emu.file, bo[1].offset);
	rke_munmap(emu.file, bo[1].offset);
	struct emu_bo again = emu_bo(&emu, 4096, 0x403);

	ck_assert_uint_eq(again.dma, bo[1].dma);
	ck_assert_uint_eq(again.obj, bo[1].obj);
	ck_assert_uint_eq(again.offset, bo[1].offset);
	/* And empty. */
	ck_assert_int_eq(((uint8_t *)again.memory)[4095], 0);
	/* A handle that exists answers, whatever is asked for. */
	struct rkr_abi_mem_create create = {
		.handle = bo[2].handle, .size = 0, .flags = 1, .iommu_domain_id = 99
	};

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), 0);
	ck_assert_uint_eq(create.dma_addr, bo[2].dma);
	ck_assert_uint_eq(create.size, 4096);
	struct rke_stats stats;

	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.bos, 4);
	ck_assert_uint_eq(stats.bytes, 4 * 4096);
	rke_close(emu.file);
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.bos, 0);
	emu_stop(&emu);
}
END_TEST

/* BOs as a client holds them, to be looked through one by one. */
struct held {
	struct emu_bo bo; /* handle 0: it is mapped, and was destroyed */
	bool mapped;
};

static bool
meets(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* Whether a BO could have been placed like that, by what a scan of @n others says. */
static bool
could_be(const struct held *v, size_t n, const struct emu_bo *at)
{
	for (size_t i = 0; i < n; i++)
		if ((at->handle && v[i].bo.handle == at->handle) || (at->obj && v[i].bo.obj == at->obj) ||
		    (at->dma && meets(at->dma, at->size, v[i].bo.dma, v[i].bo.size)) ||
		    (at->offset && meets(at->offset, at->size, v[i].bo.offset, v[i].bo.size)))
			return false;
	return true;
}

/* All of it is free, and nothing better is. @first is the first BO of the board. */
static void
assert_first_free(const struct held *v, size_t n, const struct emu_bo *bo, const struct emu_bo *first)
{
	ck_assert(could_be(v, n, bo));
	for (uint32_t h = 1; h < bo->handle; h++)
		ck_assert(!could_be(v, n, &(struct emu_bo){ .handle = h }));
	for (uint64_t obj = first->obj; obj < bo->obj; obj += 0x400)
		ck_assert(!could_be(v, n, &(struct emu_bo){ .obj = obj }));
	for (uint64_t offset = first->offset; offset < bo->offset; offset += 4096)
		ck_assert(!could_be(v, n, &(struct emu_bo){ .offset = offset, .size = bo->size }));
	for (uint64_t dma = bo->dma + 4096; dma + bo->size <= RKE_IOVA_TOP; dma += 4096)
		ck_assert(!could_be(v, n, &(struct emu_bo){ .dma = dma, .size = bo->size }));
}

/* A client that makes, maps and destroys BOs in any order: each is where a scan would have put it. */
START_TEST(all_is_the_first_free)
{
	enum { MAX = 60 };
	struct test_random random = { 5 + (uint64_t)_i };
	struct held v[MAX];
	struct emu_bo first = { 0 };
	struct rke_stats stats;
	struct emu emu;
	size_t n = 0;

	emu_start(&emu, NULL);
	for (int round = 0; round < 1500; round++) {
		struct held *h = &v[test_random_next(&random) % MAX];

		if (h >= v + n) {
			struct emu_bo bo = emu_bo(&emu, 4096 * (1 + test_random_next(&random) % 4), 0x403);

			first = round ? first : bo;
			assert_first_free(v, n, &bo, &first);
			v[n++] = (struct held){ bo, true };
			continue;
		}
		if (h->bo.handle && test_random_next(&random) % 2) {
			struct rkr_abi_mem_destroy destroy = { .handle = h->bo.handle };

			ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), 0);
			ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_DESTROY, &destroy), -EINVAL);
			h->bo.handle = 0;
		} else {
			/* The second time in vain. */
			rke_munmap(emu.file, h->bo.offset);
			h->mapped = false;
		}
		if (!h->bo.handle && !h->mapped)
			*h = v[--n];
		rke_board_stats(emu.board, &stats);
		ck_assert_uint_eq(stats.bos, n);
	}
	rke_close(emu.file);
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.bos, 0);
	emu_stop(&emu);
}
END_TEST

START_TEST(memory_calls_fail_as_the_driver_does)
{
	struct emu emu;

	emu_start(&emu, NULL);
	struct emu_bo cached = emu_bo(&emu, 8192, 0x403), raw = emu_bo(&emu, 8192, 0x401);
	struct rkr_abi_mem_create create = { .size = 0 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), -EINVAL);
	ck_assert_str_eq(emu.log, "[    0.000000] RKNPU fdab0000.npu: RKNPU: invalid buffer size: 0\n");
	emu_log_clear(&emu);
	create = (struct rkr_abi_mem_create){ .size = UINT64_C(4022272000), .flags = 0x403, .handle = 44 };
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), 0);
	ck_assert_uint_eq(create.handle, 3);
	create = (struct rkr_abi_mem_create){ .size = UINT64_C(4022272000), .flags = 0x403 };
	/* No room twice for it. */
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), -EFAULT);
	emu_log_clear(&emu);

	struct rkr_abi_mem_map map = { .handle = 9 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_MAP, &map), -ENOENT);
	ck_assert_int_eq(rke_mmap(emu.file, cached.offset, 8193, NULL, NULL), -EINVAL);
	ck_assert_int_eq(rke_mmap(emu.file, cached.offset + 4096, 4096, NULL, NULL), -EINVAL);
	ck_assert_int_eq(rke_mmap(emu.file, cached.offset, 0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(rke_mmap(emu.file, cached.offset, 1, NULL, NULL), 0);
	/* Large and contiguous. */
	create = (struct rkr_abi_mem_create){ .size = 5u << 20, .flags = 0x400 };
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), 0);
	map.handle = create.handle;
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_MAP, &map), 0);
	ck_assert_int_eq(rke_mmap(emu.file, map.offset, 5u << 20, NULL, NULL), -ENXIO);

	struct rkr_abi_mem_sync sync = { .flags = 1, .obj_addr = cached.obj, .size = 8192 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_SYNC, &sync), 0);
	sync.size = 1u << 30;
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_SYNC, &sync), 0);
	sync.obj_addr = raw.obj;
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_SYNC, &sync), -EINVAL);
	sync.obj_addr = 0;
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_SYNC, &sync), -EINVAL);
	emu_log_clear(&emu);
	sync.obj_addr = cached.obj + 0x80;
	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_SYNC, &sync), -ENOTRECOVERABLE);
	ck_assert_ptr_nonnull(
		strstr(emu.log, "] rkreplay: this mem_sync would have crashed the board: G1 ("));
	emu_stop(&emu);
}
END_TEST

START_TEST(iovas_run_out)
{
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);

	options.iova_top = 0x10000;
	emu_start(&emu, &options);
	emu_bo(&emu, 0x8000, 0x403);
	struct rkr_abi_mem_create create = { .size = 0x8000, .flags = 0x403 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), -EFAULT);
	char *log = emu_log_plain(&emu);

	/* As posted [captured]. */
	ck_assert_str_eq(log, "RKNPU: failed to allocate IOVA: -12\n"
			      "RKNPU fdab0000.npu: RKNPU: rknpu_gem_get_pages: dma map 32768 fail\n");
	free(log);
	emu_stop(&emu);
}
END_TEST

START_TEST(an_arena_of_the_callers_is_used)
{
	static _Alignas(4096) uint8_t arena[8 * 4096];
	struct emu emu;
	struct rke_board_options options = emu_options(&emu);
	uint64_t at = 0;
	void *memory;

	options.arena = arena;
	options.arena_size = sizeof(arena);
	options.poison = true;
	emu_start(&emu, &options);
	emu_bo(&emu, 4096, 0x403);
	struct emu_bo bo = emu_bo(&emu, 2 * 4096, 0x403);

	ck_assert_int_eq(rke_mmap(emu.file, bo.offset, 4096, &memory, &at), 0);
	ck_assert_uint_eq(at, 4096);
	ck_assert_ptr_eq(memory, arena + 4096);
	ck_assert_int_eq(arena[4096], 0xa5);
	ck_assert_int_eq(arena[3 * 4096 - 1], 0xa5);
	ck_assert_int_eq(arena[3 * 4096], 0);
	struct rkr_abi_mem_create create = { .size = 6 * 4096, .flags = 0x403 };

	ck_assert_int_eq(emu_call(&emu, RKR_IOCTL_MEM_CREATE, &create), -ENOMEM);
	ck_assert_ptr_nonnull(strstr(emu.log, "failed to allocate 24576 buffer.\n"));
	options.arena_size = 100;
	ck_assert_int_eq(rke_board_new(&options, &emu.board), -EINVAL);
	emu_stop(&emu);
}
END_TEST

START_TEST(the_drm_core_answers)
{
	struct emu emu;
	char name[8] = "", desc[4] = "";
	struct {
		int32_t v[4];
		uint64_t name_len, name, date_len, date, desc_len, desc;
	} version = {
		.name_len = sizeof(name), .name = (uintptr_t)name, .desc_len = 3, .desc = (uintptr_t)desc
	};

	emu_start(&emu, NULL);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0406400, &version, sizeof(version)), 0);
	ck_assert_str_eq(name, "rknpu");
	ck_assert_str_eq(desc, "RKN");
	ck_assert_uint_eq(version.name_len, 5);
	ck_assert_uint_eq(version.date_len, 8);
	ck_assert_uint_eq(version.desc_len, 12);
	ck_assert_int_eq(version.v[1], 9);
	ck_assert_int_eq(version.v[2], 8);
	uint64_t unique[2] = { 9, 0 }, cap[2] = { 5, 0 };

	ck_assert_int_eq(rke_ioctl(emu.file, 0xC0106401, unique, 16), 0);
	ck_assert_uint_eq(unique[0], 0);
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC010640C, cap, 16), 0);
	ck_assert_uint_eq(cap[1], 3);
	cap[0] = 1;
	ck_assert_int_eq(rke_ioctl(emu.file, 0xC010640C, cap, 16), -EOPNOTSUPP);

	/* A BO leaves by name and by descriptor, and comes back as itself. */
	struct emu_bo bo = emu_bo(&emu, 4096, 0x403);
	uint32_t flink[2] = { bo.handle, 0 };

	ck_assert_int_eq(rke_ioctl(emu.file, 0xC008640A, flink, 8), 0);
	ck_assert_uint_eq(flink[1], 1);
	struct {
		uint32_t name, handle;
		uint64_t size;
	} open = { flink[1], 0, 0 };
	struct rke_file *other;

	ck_assert_int_eq(rke_open(emu.board, &other), 0);
	ck_assert_int_eq(rke_mmap(other, bo.offset, 4096, NULL, NULL), -EACCES);
	ck_assert_int_eq(rke_ioctl(other, 0xC010640B, &open, 16), 0);
	ck_assert_uint_eq(open.handle, 1);
	ck_assert_uint_eq(open.size, 4096);
	ck_assert_int_eq(rke_mmap(other, bo.offset, 4096, NULL, NULL), 0);
	int32_t prime[3] = { (int32_t)bo.handle, 0, -1 };

	ck_assert_int_eq(rke_ioctl(emu.file, 0xC00C642D, prime, 12), 0);
	ck_assert_int_eq(prime[2], RKE_PRIME_FD);
	prime[0] = 0;
	ck_assert_int_eq(rke_ioctl(other, 0xC00C642E, prime, 12), 0);
	ck_assert_int_eq(prime[0], 1);
	prime[2] = 3;
	ck_assert_int_eq(rke_ioctl(other, 0xC00C642E, prime, 12), -EBADF);
	/* It lives as long as anything holds it. */
	uint32_t close[2] = { 1, 0 };
	struct rke_stats stats;

	ck_assert_int_eq(rke_ioctl(emu.file, 0x40086409, close, 8), 0);
	ck_assert_int_eq(rke_ioctl(emu.file, 0x40086409, close, 8), -EINVAL);
	rke_munmap(emu.file, bo.offset);
	rke_close(other);
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.bos, 1);
	rke_prime_close(emu.board, bo.obj);
	rke_prime_close(emu.board, bo.obj);
	rke_board_stats(emu.board, &stats);
	ck_assert_uint_eq(stats.bos, 0);
	emu_stop(&emu);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-driver");
	TCase *t = tcase_create("driver");

	tcase_add_test(t, short_structs_are_taken);
	tcase_add_test(t, command_words_are_judged);
	tcase_add_test(t, actions_answer_as_the_table_says);
	tcase_add_test(t, bos_lie_where_the_captures_have_them);
	tcase_add_test(t, handles_and_places_are_used_again);
	tcase_add_loop_test(t, all_is_the_first_free, 0, 3);
	tcase_add_test(t, memory_calls_fail_as_the_driver_does);
	tcase_add_test(t, iovas_run_out);
	tcase_add_test(t, an_arena_of_the_callers_is_used);
	tcase_add_test(t, the_drm_core_answers);
	suite_add_tcase(s, t);
	return test_main(s);
}
