/* SPDX-License-Identifier: MIT */
/* Where BOs lie: the checks of IOVAs and mmap offsets find what a scan of all BOs finds. */
#include "config.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/checks.h"
#include "lib/model-memory.h"
#include "lib/run.h"
#include "lib/util.h"
#include "tests/common.h"

#define ROUNDS 120
#define TOP UINT64_C(0x40000)
#define IOMMU_CHECK 13
#define MAPPING_CHECK 14

struct bo {
	uint64_t size, dma, offset, handle;
	bool lives;
};

/* A process and what it is told: right in most places. */
struct told {
	struct rkr_run *run;
	struct test_random random;
	struct bo v[ROUNDS];
	size_t n;
	/* What is wrong with each BO: how it is to be reported. "": nothing. */
	char dma_wrong[ROUNDS][2][96], offset_wrong[ROUNDS][96];
};

static bool
meets(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

static bool
is_free_iova(const struct told *t, uint64_t at, uint64_t size)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].lives && meets(at, size, t->v[i].dma, t->v[i].size))
			return false;
	return true;
}

/* The offsets of BOs that are gone count too: it is told in which order BOs are first mapped. */
static bool
is_free_offset(const struct told *t, uint64_t at, uint64_t size)
{
	for (size_t i = 0; i < t->n; i++)
		if (meets(at, size, t->v[i].offset, t->v[i].size))
			return false;
	return true;
}

static void
append(struct told *t, enum rkr_kind kind, const uint64_t (*fields)[2], size_t n)
{
	struct rkr_record_buf buf;

	rkr_record_init(&buf, kind);
	for (size_t i = 0; i < n; i++)
		rkr_set_u(&buf.rec, (int)fields[i][0], fields[i][1]);
	ck_assert_int_eq(rkr_run_append(t->run, &buf.rec), 0);
}
#define APPEND(t, kind, ...)                                             \
	append(t, RKR_KIND_##kind, (const uint64_t[][2]){ __VA_ARGS__ }, \
	       sizeof((const uint64_t[][2]){ __VA_ARGS__ }) / sizeof(uint64_t[2]))

static void
make(struct told *t)
{
	struct bo bo = { .size = 4096 * (1 + test_random_next(&t->random) % 4),
			 .handle = t->n + 1,
			 .lives = true },
		  *other = &t->v[test_random_next(&t->random) % ROUNDS];
	uint64_t want = TOP - bo.size, offset = RKR_MAP_FIRST;
	char(*wrong)[96] = t->dma_wrong[t->n];

	/* That the other one was destroyed is not logged: it is seen from this one's having its handle. */
	if (other->lives && test_random_next(&t->random) % 2) {
		bo.handle = other->handle;
		other->lives = false;
	}
	while (want && !is_free_iova(t, want, bo.size))
		want -= 4096;
	while (!is_free_offset(t, offset, bo.size))
		offset += 4096;
	bo.dma = want;
	bo.offset = offset;
	/* The top of all is the end of the first one. */
	if (!want || (t->n && test_random_next(&t->random) % 4 == 0))
		bo.dma = 4096 * (1 + test_random_next(&t->random) % (TOP / 4096 - 4));
	if (test_random_next(&t->random) % 4 == 0)
		bo.offset += 4096 * (test_random_next(&t->random) % 5);
	if (!is_free_iova(t, bo.dma, bo.size))
		snprintf(wrong[0], sizeof(wrong[0]), "addresses of no other BO, not 0x%" PRIx64, bo.dma);
	if (want && bo.dma != want)
		snprintf(wrong[1], sizeof(wrong[1]), "0x%" PRIx64 ", not 0x%" PRIx64, want, bo.dma);
	if (bo.offset != offset)
		snprintf(t->offset_wrong[t->n], sizeof(wrong[0]), "0x%" PRIx64 ", not 0x%" PRIx64, offset,
			 bo.offset);
	APPEND(t, mem_create, { RKR_F_mem_create_ret, 0 }, { RKR_F_mem_create_size, bo.size - 5 },
	       { RKR_F_mem_create_flags, 0x403 }, { RKR_F_mem_create_handle, bo.handle },
	       { RKR_F_mem_create_obj, 0x1000 + t->n }, { RKR_F_mem_create_dma, bo.dma },
	       { RKR_F_mem_create_sram, 0 });
	APPEND(t, mem_map, { RKR_F_mem_map_ret, 0 }, { RKR_F_mem_map_entry_handle, bo.handle },
	       { RKR_F_mem_map_handle, bo.handle }, { RKR_F_mem_map_offset, bo.offset });
	APPEND(t, mmap, { RKR_F_mmap_hint, 0 }, { RKR_F_mmap_length, bo.size - 5 }, { RKR_F_mmap_prot, 3 },
	       { RKR_F_mmap_flags, 1 }, { RKR_F_mmap_fd, 3 }, { RKR_F_mmap_offset, bo.offset },
	       { RKR_F_mmap_addr, 0x7f0000000000 + 0x10000 * t->n });
	t->v[t->n++] = bo;
}

static void
destroy(struct told *t, size_t i)
{
	if (!t->v[i].lives)
		return;
	APPEND(t, mem_destroy, { RKR_F_mem_destroy_ret, 0 }, { RKR_F_mem_destroy_handle, t->v[i].handle });
	t->v[i].lives = false;
}

/* Takes the next detail that is of this field; it must be as told. */
static void
assert_told(const struct rkr_check_result *r, size_t *next, const char *kind, size_t i, const char *field,
	    const char *wrong)
{
	char path[32], text[160];

	if (!wrong[0])
		return;
	ck_assert_uint_lt(*next, r->n_details);
	const struct rkr_check_detail *d = &r->details[(*next)++];

	snprintf(path, sizeof(path), "%s[%zu]", kind, i);
	snprintf(text, sizeof(text), "%s, not %s", d->expected, d->found);
	ck_assert_str_eq(d->path, path);
	ck_assert_str_eq(d->field, field);
	ck_assert_str_eq(text, wrong);
}

START_TEST(as_a_scan)
{
	struct told *t = calloc(1, sizeof(*t));
	struct rkr_checks *checks = NULL;
	size_t n, next_dma = 0, next_offset = 0;

	ck_assert_ptr_nonnull(t);
	t->random.state = 300 + (uint64_t)_i;
	ck_assert_int_eq(rkr_run_new(&t->run), 0);
	while (t->n < ROUNDS) {
		make(t);
		/* About as many go as come, once there are some. */
		for (size_t k = 0; k < t->n; k++)
			if (test_random_next(&t->random) % 24 == 0)
				destroy(t, k);
	}
	ck_assert_int_eq(rkr_run_bind(t->run), 0);
	ck_assert_uint_eq(rkr_run_n_bos(t->run), t->n);
	ck_assert_int_eq(rkr_checks_new(&(struct rkr_check_subject){ .run = t->run }, 1, &checks), 0);
	const struct rkr_check_result *r = rkr_checks_results(checks, &n);

	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < 2; k++)
			assert_told(&r[IOMMU_CHECK - 1], &next_dma, "mem_create", i, "dma",
				    t->dma_wrong[i][k]);
		assert_told(&r[MAPPING_CHECK - 1], &next_offset, "mem_map", i, "offset", t->offset_wrong[i]);
	}
	/* And nothing else of IOVAs; of mappings, of where they come to be. */
	ck_assert_uint_eq(next_dma, r[IOMMU_CHECK - 1].n_details);
	ck_assert(next_dma > 0 && next_offset > 0);
	rkr_checks_free(checks);
	rkr_run_free(t->run);
	free(t);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("checks-places");
	TCase *t = tcase_create("places");

	tcase_add_loop_test(t, as_a_scan, 0, 20);
	suite_add_tcase(s, t);
	return test_main(s);
}
