/* SPDX-License-Identifier: MIT */
/* Which BO a value is of: the search that leaves BOs out finds what a scan of them all finds. */
#include "config.h"

#include "lib/run.h"
#include "lib/symbol.h"
#include "lib/util.h"
#include "tests/bundle-common.h"
#include "tests/common.h"

#define N_BOS_MAX 700

/* The first value of a space that is of a BO, and how many are; 0: none. */
static uint64_t
values(const struct rkr_bo *bo, enum rkr_space space, uint64_t *ret_n)
{
	uint64_t reach = bo->known & RKR_BO_ALIGNED ? bo->aligned
			 : bo->known & RKR_BO_SIZE  ? (bo->size + 4095) / 4096 * 4096
						    : 1;
	const struct {
		uint32_t flag;
		uint64_t base, n;
	} of[] = {
		[RKR_SPACE_DMA] = { RKR_BO_DMA, bo->dma, reach },
		[RKR_SPACE_OBJECT] = { RKR_BO_OBJ, bo->obj, 1 },
		[RKR_SPACE_VIRTUAL] = { RKR_BO_VIRT, bo->virt, reach },
		[RKR_SPACE_MAP] = { RKR_BO_MAP, bo->map, reach },
		[RKR_SPACE_HANDLE] = { RKR_BO_HANDLE, bo->handle, 1 },
		[RKR_SPACE_GEM_NAME] = { RKR_BO_GEM_NAME, bo->gem_name, 1 },
		[RKR_SPACE_PRIME_FD] = { RKR_BO_PRIME_FD, (uint64_t)(int64_t)bo->prime_fd, 1 },
	};

	*ret_n = bo->known & of[space].flag ? of[space].n : 0;
	return of[space].base;
}

/* The BO that lives at @at, of several the youngest; else the youngest of all. */
static int
scan(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at)
{
	int best = -1, living = -1;

	if (space == RKR_SPACE_DMA_END) {
		space = RKR_SPACE_DMA;
		value--;
	}
	for (size_t i = 0; i < rkr_run_n_bos(run); i++) {
		const struct rkr_bo *bo = rkr_run_bo(run, i);
		uint64_t n, base = values(bo, space, &n);

		if (value < base || value - base >= n)
			continue;
		best = (int)i;
		if (bo->born <= at && at < bo->died)
			living = (int)i;
	}
	return living >= 0 ? living : best;
}

static void
assert_found(const struct rkr_run *run, enum rkr_space space, uint64_t value, size_t at)
{
	struct rkr_ref ref = rkr_run_resolve(run, space, value, at);
	int want = value || space == RKR_SPACE_PRIME_FD ? scan(run, space, value, at) : -1;

	ck_assert_msg((ref.state == RKR_REF_BO ? (int)ref.bo : -1) == want, "%s %#llx at %zu: BO %d, not %d",
		      rkr_space_name(space), (unsigned long long)value, at,
		      ref.state == RKR_REF_BO ? (int)ref.bo : -1, want);
	if (want >= 0)
		ck_assert_uint_eq(rkr_run_unresolve(run, space, &ref), value);
}

/* The edges of some BOs, at the edges of the lives of others. */
static void
assert_all_found(const struct rkr_run *run, struct test_random *random, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		const struct rkr_bo *of = rkr_run_bo(run, test_random_next(random) % rkr_run_n_bos(run)),
				    *when = rkr_run_bo(run, test_random_next(random) % rkr_run_n_bos(run));
		const size_t ats[] = { when->born,     when->born - 1, when->died,
				       when->died - 1, SIZE_MAX,       rkr_run_n_records(run) };

		for (int s = RKR_SPACE_DMA; s <= RKR_SPACE_PRIME_FD; s++) {
			enum rkr_space of_bo = s == RKR_SPACE_DMA_END ? RKR_SPACE_DMA : (enum rkr_space)s;
			uint64_t n, base = values(of, of_bo, &n);
			const uint64_t at_edges[] = { base, base - 1, base + n, base + n - 1, base + 1 };

			for (size_t v = 0; v < RKR_ARRAY_LEN(at_edges); v++)
				for (size_t t = 0; t < RKR_ARRAY_LEN(ats); t++)
					assert_found(run, (enum rkr_space)s, at_edges[v], ats[t]);
		}
	}
}

static void
append(struct rkr_run *run, enum rkr_kind kind, const uint64_t (*fields)[2], size_t n)
{
	struct rkr_record_buf buf;

	rkr_record_init(&buf, kind);
	for (size_t i = 0; i < n; i++)
		rkr_set_u(&buf.rec, (int)fields[i][0], fields[i][1]);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
}
#define APPEND(run, kind, ...)                                                                       \
	append(run, RKR_KIND_##kind, (const uint64_t[][2]){ __VA_ARGS__ },                           \
	       sizeof((const uint64_t[][2]){ __VA_ARGS__ }) / sizeof(uint64_t[2]))

/*
 * One record of a process that makes, maps, syncs and destroys BOs, with
 * handles and addresses that are used again.
 */
static void
append_any(struct rkr_run *run, struct test_random *random, uint64_t handles)
{
	uint64_t h = test_random_next(random) % handles, obj = 0xffffff8100000000 + h * 0x400,
		 size = test_random_next(random) % 20000, dma = 0x100000 + h * 0x3000,
		 map = 0x100000000 + test_random_next(random) % handles * 0x4000;

	switch (test_random_next(random) % 8) {
	case 0:
	case 1:
		APPEND(run, mem_create, { RKR_F_mem_create_handle, h }, { RKR_F_mem_create_size, size },
		       { RKR_F_mem_create_obj, obj }, { RKR_F_mem_create_dma, dma });
		break;
	case 2: /* as early captures have it */
		APPEND(run, mem_create, { RKR_F_mem_create_size, size });
		APPEND(run, mem_sync, { RKR_F_mem_sync_flags, 3 }, { RKR_F_mem_sync_size, size },
		       { RKR_F_mem_sync_obj, obj + 8 });
		break;
	case 3:
		APPEND(run, mem_map, { RKR_F_mem_map_handle, h }, { RKR_F_mem_map_offset, map });
		APPEND(run, mmap, { RKR_F_mmap_offset, map }, { RKR_F_mmap_addr, 0x7f0000000000 + map });
		break;
	case 4:
		APPEND(run, bo_alloc, { RKR_F_bo_alloc_handle, h }, { RKR_F_bo_alloc_obj, obj },
		       { RKR_F_bo_alloc_aligned_size, size & ~UINT64_C(4095) }, { RKR_F_bo_alloc_fd, h - 3 });
		break;
	case 5:
		APPEND(run, gem, { RKR_F_gem_handle, h }, { RKR_F_gem_name, h + 1 }, { RKR_F_gem_size, size },
		       { RKR_F_gem_map_offset, map });
		break;
	case 6:
		APPEND(run, mem_destroy, { RKR_F_mem_destroy_handle, h });
		break;
	default:
		APPEND(run, gem_close, { RKR_F_gem_close_handle, h });
	}
}

/* A BO as a bundle or a generator may have it: lives of any kind, values at the ends of their spaces. */
static void
add_odd_bo(struct rkr_run *run, struct test_random *random)
{
	static const uint64_t odd[] = { 0, 1, 4096, UINT64_MAX, UINT64_MAX - 4096, UINT64_C(1) << 63 };
#define ODD odd[test_random_next(random) % RKR_ARRAY_LEN(odd)]
	const struct rkr_bo bo = {
		.known = (uint32_t)test_random_next(random) & ~(uint32_t)RKR_BO_SIZE,
		.handle = (uint32_t)ODD,
		.prime_fd = (int32_t)ODD,
		.aligned = ODD,
		.dma = ODD,
		.obj = ODD,
		.virt = ODD,
		.map = ODD,
		.born = ODD,
		.died = ODD,
	};
#undef ODD
	uint32_t index;

	ck_assert_int_eq(rkr_run_add_bo(run, &bo, &index), 0);
}

static struct rkr_run *
make(struct test_random *random, size_t n_bos, uint64_t handles, bool odd)
{
	struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	while (rkr_run_n_bos(run) < n_bos) {
		append_any(run, random, handles);
		if (odd && test_random_next(random) % 4 == 0)
			add_odd_bo(run, random);
		if (test_random_next(random) % 16)
			continue;
		ck_assert_int_eq(rkr_run_bind(run), 0);
		if (rkr_run_n_bos(run))
			assert_all_found(run, random, 1);
	}
	return run;
}

/* Numbers of BOs on both sides of those at which the search gets another level. */
START_TEST(as_a_scan)
{
	static const size_t numbers[] = { 1, 15, 16, 17, 255, 256, 257, N_BOS_MAX };
	struct test_random random = { 35 + (uint64_t)_i };

	for (size_t i = 0; i < RKR_ARRAY_LEN(numbers); i++) {
		struct rkr_run *run = make(&random, numbers[i], i % 2 ? 6 : 200, _i);

		assert_all_found(run, &random, 30);
		rkr_run_free(run);
	}
}
END_TEST

/* A BO that was moved is found where it is, and no longer where it was. */
START_TEST(after_relocation)
{
	struct test_random random = { 77 };
	struct rkr_run *run = make(&random, 300, 40, false), *moved = NULL;
	static struct rkr_bo layout[N_BOS_MAX];
	struct rkr_image *image = NULL;
	struct rkr_error err = { 0 };
	size_t n = rkr_run_n_bos(run);

	for (size_t i = 0; i < n; i++) {
		layout[i] = *rkr_run_bo(run, i);
		layout[i].dma = 0x40000000 - layout[i].dma;
		layout[i].handle = 5000 + (uint32_t)i;
		layout[i].obj += 0x10000000;
	}
	ck_assert_int_eq(rkr_symbolise(run, &image), 0);
	assert_all_found(rkr_image_run(image), &random, 20);
	ck_assert_int_eq(rkr_relocate(image, layout, n, &moved, &err), 0);
	assert_all_found(moved, &random, 100);
	rkr_image_free(image);
	rkr_run_free(moved);
	rkr_run_free(run);
}
END_TEST

/* A bundle tells when its BOs lived behind all of them. */
START_TEST(after_reading)
{
	struct test_random random = { 11 };
	struct rkr_run *run = make(&random, 300, 40, false);
	char *dir = tmp_new();
	_autofree_ char *path = path_in(dir, "run");

	must_write(run, path);
	struct rkr_run *again = must_read(path);

	ck_assert_uint_eq(rkr_run_n_bos(again), rkr_run_n_bos(run));
	assert_all_found(again, &random, 100);
	rkr_run_free(again);
	rkr_run_free(run);
	tmp_done(dir);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("find");
	TCase *t = tcase_create("find");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, as_a_scan, 0, 2);
	tcase_add_test(t, after_relocation);
	tcase_add_test(t, after_reading);
	suite_add_tcase(s, t);
	return test_main(s);
}
