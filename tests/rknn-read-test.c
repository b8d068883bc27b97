/* SPDX-License-Identifier: MIT */
/* Compiled models are read, whatever is around their regcmd, and damaged ones do no harm. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/diff.h"
#include "lib/digest.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/symbol.h"
#include "parsers/rknn.h"
#include "tests/gen-common.h"
#include "tests/rknn-common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
#define _cleanup_run_ rkr_cleanup(rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_diff *, rkr_diff_free)
#define _cleanup_diff_ rkr_cleanup(rkr_diff_free)

#define SMALL "b1_c32_h14_w14_oc128_wic32_k3x3_g1"

static const char *const shapes[] = {
	SMALL, H40, C64, "b1_c144_h56_w56_oc144_wic1_k3x3_g144", "b1_c576_h19_w19_oc273_wic576_k1x1_g1",
	"b1_c128_h1_w1_oc24_wic128_k1x1_g1",
};

static int
read_model(const struct model_file *m, struct rkr_run **ret_run, struct rkp_accounting *ret_acc,
	   struct rkr_error *err)
{
	_cleanup_run_ struct rkr_run *run = NULL;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	int r = rkp_rknn_read_memory(m->data, m->len, "test.rknn", run, ret_acc, err);

	if (r == 0)
		*ret_run = rkr_steal(run);
	return r;
}

static const struct rkr_record *
model_record(const struct rkr_run *run)
{
	for (size_t i = 0; i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_model)
			return rkr_run_record(run, i);
	ck_abort_msg("there is no model record");
}

static void
assert_adds_up(const struct rkp_accounting *acc, size_t bytes)
{
	uint64_t skipped = 0;

	ck_assert_uint_eq(acc->bytes, bytes);
	ck_assert_uint_eq(acc->parsed + acc->skipped + acc->unknown, acc->bytes);
	for (size_t i = 0; i < RKP_RULES_MAX && acc->rule[i].name; i++)
		skipped += acc->rule[i].bytes;
	ck_assert_uint_eq(skipped, acc->skipped);
}

/* ---- what is read is what was written ---- */

START_TEST(a_model_is_the_generated_run)
{
	_cleanup_run_ struct rkr_run *run = test_run(shapes[_i], NULL), *back = NULL;
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct model_file m = model_write(run, &(struct model_options){ .seed = 7 });
	const struct rkr_region *regcmd = rkr_run_region(run, RKR_REGION_REGCMD);
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };
	size_t n;

	ck_assert_msg(read_model(&m, &back, &acc, &err) == 0, "%s", err.what);
	assert_adds_up(&acc, m.len);
	ck_assert_uint_eq(acc.unknown, 0);

	const struct rkr_record *r = model_record(back);

	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_version), 6);
	ck_assert(rkr_str_is(r, RKR_F_model_platform, "rk3588"));
	ck_assert(rkr_str_is(r, RKR_F_model_compiler, "9.9.9(test)"));
	ck_assert(rkr_str_is(r, RKR_F_model_precision, "fp16"));
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_weight_off), m.weights);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_weight_bytes), m.weights_len);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_regcmd_off), m.regcmd);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_regcmd_bytes), m.regcmd_len);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_task_off), m.tasks);
	ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_tasks), m.n_tasks);

	/* The regcmd lies in BO weight where the runtime would put it, and each task leads there. */
	const struct rkr_region *mine = rkr_run_region(back, RKR_REGION_REGCMD);

	ck_assert(rkr_run_is_relative(back) && !rkr_run_is_relative(run));
	ck_assert_ptr_null(rkr_run_other_chip(back));
	ck_assert_str_eq(rkr_run_bo(back, mine->bo)->role, "weight");
	ck_assert_uint_eq(mine->offset, regcmd->offset);
	ck_assert_uint_eq(mine->size, regcmd->size);
	ck_assert_uint_eq(rkr_run_bo(back, mine->bo)->size, rkr_run_bo(run, regcmd->bo)->size);
	ck_assert_uint_eq(rkr_run_n_tasks(back), rkr_run_n_tasks(run));
	ck_assert_uint_eq(test_count(back, RKR_KIND_task), m.n_tasks);
	for (size_t i = 0; i < m.n_tasks; i++) {
		struct rkr_task a, b;

		ck_assert_int_eq(rkr_run_task(run, i, &a), 0);
		ck_assert_int_eq(rkr_run_task(back, i, &b), 0);
		struct rkr_ref ra = rkr_run_resolve(run, RKR_SPACE_DMA, a.regcmd_addr, SIZE_MAX);
		struct rkr_ref rb = rkr_run_resolve(back, RKR_SPACE_DMA, b.regcmd_addr, SIZE_MAX);

		ck_assert_int_eq(rb.state, RKR_REF_BO);
		ck_assert_uint_eq(ra.addend, rb.addend);
		ck_assert_uint_eq(rkr_run_unresolve(back, RKR_SPACE_DMA, &rb), b.regcmd_addr);
		ck_assert_uint_eq(a.regcfg_amount, b.regcfg_amount);
	}

	/* Placeholders are told, and are no differences. */
	ck_assert_int_eq(rkr_diff_new(run, back, NULL, &d, &err), 0);
	rkr_diff_items(d, &n);
	ck_assert_uint_eq(n, 0);
	ck_assert_uint_gt(rkr_diff_compared(d), m.regcmd_len / 8);

	const struct rkr_diff_placeholder *p = rkr_diff_placeholders(d, &n);

	ck_assert_uint_ge(n, 3);
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_gt(p[i].words, 0);
		if (strcmp(p[i].name, "DPU.DST_BASE_ADDR") == 0)
			ck_assert_str_eq(p[i].base, "output+0x0");
		if (strncmp(p[i].name, "PPU", 3) == 0)
			ck_assert_uint_eq(p[i].words, p[i].unset);
	}
	free(m.data);
}
END_TEST

/* Two runs that were placed leave nothing open. */
START_TEST(only_models_have_placeholders)
{
	_cleanup_run_ struct rkr_run *a = test_run(SMALL, NULL);
	_cleanup_run_ struct rkr_run *b = test_run(SMALL, &(struct rkg_options){ .iova_top = 0xfff00000 });
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct rkr_error err;
	size_t n;

	ck_assert_int_eq(rkr_diff_new(a, b, NULL, &d, &err), 0);
	rkr_diff_placeholders(d, &n);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* Nothing about where the parts are is fixed, and the container may be one that nobody knows. */
START_TEST(parts_are_found_wherever_they_are)
{
	_cleanup_run_ struct rkr_run *run = test_run(C64, NULL);
	static const size_t shifts[] = { 0, 4, 12, 60, 1024, 4100 };

	for (size_t i = 0; i < 2 * RKR_ARRAY_LEN(shifts); i++) {
		const struct model_options options = {
			.shift = shifts[i / 2],
			.seed = 11 + i,
			.no_tables = i % 2,
			.other_constants = i % 2 == 0,
		};
		_cleanup_run_ struct rkr_run *back = NULL;
		_cleanup_diff_ struct rkr_diff *d = NULL;
		struct model_file m = model_write(run, &options);
		struct rkp_accounting acc;
		struct rkr_error err = { 0 };
		size_t n;

		ck_assert_msg(read_model(&m, &back, &acc, &err) == 0, "%zu: %s", i, err.what);
		assert_adds_up(&acc, m.len);
		const struct rkr_record *r = model_record(back);

		ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_regcmd_off), m.regcmd);
		ck_assert_uint_eq(rkr_get_u(r, RKR_F_model_task_off), m.tasks);
		ck_assert_uint_eq(rkr_has(r, RKR_F_model_platform), !options.no_tables);
		ck_assert_uint_eq(rkr_has(r, RKR_F_model_weight_off), !options.no_tables);
		ck_assert_int_eq(rkr_run_bo_by_role(back, "constants") >= 0, !options.no_tables);
		ck_assert_int_eq(rkr_diff_new(run, back,
					      &(struct rkr_diff_options){ .only = UINT64_C(1)
										  << RKR_KIND_regcmd_window },
					      &d, &err),
				 0);
		/* Without the container nobody tells where in BO weight the regcmd goes. */
		const struct rkr_diff_item *items = rkr_diff_items(d, &n);

		ck_assert_uint_eq(n, options.no_tables);
		if (n)
			ck_assert_str_eq(items[0].field, "start");
		free(m.data);
	}
}
END_TEST

/* A relocated copy of a model's run is the model's run: it has no place. */
START_TEST(a_model_is_not_relocated)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL), *back = NULL, *moved = NULL;
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct model_file m = model_write(run, &(struct model_options){ .seed = 3 });
	struct rkr_image *image;
	struct rkr_error err = { 0 };
	uint8_t a[8], b[8];
	size_t n;

	ck_assert_int_eq(read_model(&m, &back, NULL, &err), 0);
	ck_assert_int_eq(rkr_symbolise(back, &image), 0);
	struct rkr_bo layout[1] = { { .dma = 0xffff0000, .known = RKR_BO_DMA } };

	ck_assert_uint_eq(rkr_run_n_bos(back), 1);
	ck_assert_int_eq(rkr_relocate(image, layout, 1, &moved, &err), 0);
	rkr_image_free(image);
	const struct rkr_region *r = rkr_run_region(back, RKR_REGION_REGCMD);

	for (uint64_t o = 0; o < r->size; o += 8) {
		ck_assert_int_eq(rkr_run_read(back, r->bo, r->offset + o, a, 8), 0);
		ck_assert_int_eq(rkr_run_read(moved, r->bo, r->offset + o, b, 8), 0);
		ck_assert_mem_eq(a, b, 8);
	}
	ck_assert_int_eq(rkr_diff_new(back, moved, NULL, &d, &err), 0);
	rkr_diff_items(d, &n);
	ck_assert_uint_eq(n, 0);
	free(m.data);
}
END_TEST

START_TEST(another_chip_is_named_and_not_decoded)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL), *back = NULL;
	struct model_file m = model_write(run, &(struct model_options){ .platform = "rk3576" });
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };
	const struct rkr_blob *chip;

	/* As the RK3576 has it, a bit beyond the enables. */
	uint64_t amount = model_word(&m, m.tasks + 24, 4), tail = m.regcmd + 8 * ((size_t)amount + 3);

	model_set_word(&m, tail, 8, model_word(&m, tail, 8) | UINT64_C(1) << (16 + 24));
	ck_assert_msg(read_model(&m, &back, &acc, &err) == 0, "%s", err.what);
	assert_adds_up(&acc, m.len);
	chip = rkr_run_other_chip(back);
	ck_assert(chip && chip->len == 6 && memcmp(chip->data, "rk3576", 6) == 0);
	ck_assert(!rkr_has(model_record(back), RKR_F_model_precision));
	ck_assert_uint_eq(acc.unknown, 0);
	ck_assert_uint_eq(rkr_run_n_tasks(back), m.n_tasks);
	free(m.data);
}
END_TEST

/* Words of the body of a record that are no register are unknown, by number. */
START_TEST(unknown_words_are_counted)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL), *back = NULL;
	struct model_file m = model_write(run, &(struct model_options){ 0 });
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };

	model_set_word(&m, m.regcmd + 8 * 20, 8, UINT64_C(0x0201000000010ff0));
	model_set_word(&m, m.regcmd + 8 * 30, 8, UINT64_C(0x1234000000011000));
	ck_assert_int_eq(read_model(&m, &back, &acc, &err), 0);
	assert_adds_up(&acc, m.len);
	ck_assert_uint_eq(acc.unknown, 16);
	free(m.data);
}
END_TEST

/* ---- differences ---- */

static size_t
count_differences(const struct rkr_run *run, const struct model_file *m, enum rkr_delta delta)
{
	_cleanup_run_ struct rkr_run *back = NULL;
	_cleanup_diff_ struct rkr_diff *d = NULL;
	struct rkr_error err = { 0 };
	size_t n, of = 0;

	ck_assert_msg(read_model(m, &back, NULL, &err) == 0, "%s", err.what);
	ck_assert_int_eq(rkr_diff_new(run, back, NULL, &d, &err), 0);
	const struct rkr_diff_item *items = rkr_diff_items(d, &n);

	for (size_t i = 0; i < n; i++)
		of += items[i].delta == delta;
	ck_assert_uint_eq(of, n);
	return n;
}

/* A change of any word of a body, address or not, is seen, as what it is. */
START_TEST(each_changed_word_is_a_difference)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL);
	struct model_file m = model_write(run, &(struct model_options){ .seed = 5 });

	for (size_t t = 0; t < m.n_tasks; t++) {
		uint64_t start = model_word(&m, m.tasks + t * RKR_TASK_BYTES + 32, 8);
		uint64_t amount = model_word(&m, m.tasks + t * RKR_TASK_BYTES + 24, 4);

		for (size_t w = 0; w < amount; w += 3) {
			size_t at = m.regcmd + start + 8 * w;
			uint64_t word = model_word(&m, at, 8);
			struct rkr_qword q = rkr_qword_decode(word);
			const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);
			enum rkr_delta delta = reg->role == RKR_REG_ADDRESS    ? RKR_DELTA_POINTER
					       : reg->role == RKR_REG_GEOMETRY ? RKR_DELTA_GEOMETRY
									       : RKR_DELTA_OTHER;

			model_set_word(&m, at, 8, word ^ (UINT64_C(0x40) << 16));
			ck_assert_msg(count_differences(run, &m, delta) >= 1, "word %zu of task %zu", w, t);
			model_set_word(&m, at, 8, word);
		}
	}
	ck_assert_uint_eq(count_differences(run, &m, RKR_DELTA_OTHER), 0);
	free(m.data);
}
END_TEST

/* ---- damage ---- */

/* Reading gives a run that can be walked, or an error that says something. */
static bool
survives(const struct model_file *m)
{
	_cleanup_run_ struct rkr_run *back = NULL;
	struct rkp_accounting acc;
	struct rkr_error err = { 0 };
	int r = read_model(m, &back, &acc, &err);

	if (r < 0) {
		ck_assert(err.what[0] && err.file[0]);
		return false;
	}
	assert_adds_up(&acc, m->len);
	for (size_t i = 0; i < rkr_run_n_tasks(back); i++) {
		struct rkr_task t;

		ck_assert_int_eq(rkr_run_task(back, i, &t), 0);
		ck_assert_int_eq(rkr_run_resolve(back, RKR_SPACE_DMA, t.regcmd_addr, SIZE_MAX).state,
				 RKR_REF_BO);
	}
	return true;
}

/* A copy of exactly so many bytes, so that a read beyond them is one beyond its memory. */
static bool
survives_cut(const struct model_file *m, size_t len)
{
	struct model_file cut = { .data = malloc(len + 1), .len = len };

	memcpy(cut.data, m->data, len);
	cut.data = realloc(cut.data, len ? len : 1);
	/* A header that lies about it, too. */
	bool honest = survives(&cut);

	if (len >= 24) {
		model_set_word(&cut, 16, 8, len - 64 < len ? len - 64 : 0);
		honest |= survives(&cut);
	}
	free(cut.data);
	return honest;
}

START_TEST(cut_anywhere)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL);
	struct model_file m = model_write(run, &(struct model_options){ .seed = 9 });
	size_t end = m.regcmd + m.regcmd_len;

	ck_assert(survives(&m));
	for (size_t len = 0; len < end + 64;
	     len += len < 1024 || (len > m.tasks && len < m.tasks + 64) ? 1 : 61)
		ck_assert(!survives_cut(&m, len) || len > m.tasks);
	free(m.data);
}
END_TEST

START_TEST(flipped_bytes)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL);
	struct model_file m = model_write(run, &(struct model_options){ .seed = 13 });
	struct test_random random = { 17 };

	for (size_t at = 0; at < m.regcmd + m.regcmd_len; at += at < m.tasks + 440 ? 1 : 37) {
		uint8_t was = m.data[at];

		m.data[at] = (uint8_t)(was ^ (1u << (test_random_next(&random) % 8)));
		survives(&m);
		m.data[at] = (uint8_t)~was;
		survives(&m);
		m.data[at] = was;
	}
	ck_assert(survives(&m));
	free(m.data);
}
END_TEST

/* Each 32-bit number of the container and of the table as the largest, as 0 and as one that wraps. */
START_TEST(lying_sizes)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL);
	struct model_file m = model_write(run, &(struct model_options){ .seed = 19 });
	static const uint32_t lies[] = { 0, 1, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff };

	for (size_t at = 8; at + 4 <= m.regcmd + 64; at += 4)
		for (size_t i = 0; i < RKR_ARRAY_LEN(lies); i++) {
			uint64_t was = model_word(&m, at, 4);

			model_set_word(&m, at, 4, lies[i]);
			survives(&m);
			model_set_word(&m, at, 4, was);
		}
	free(m.data);
}
END_TEST

/* What follows the constants in BO weight is placed by their size, which must not wrap around. */
START_TEST(too_many_constants)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL), *back = NULL;
	struct model_file m = model_write(run, &(struct model_options){ .seed = 29 });
	static const uint64_t lies[] = { UINT64_MAX, UINT64_MAX - 62, UINT64_MAX - 63, UINT64_C(1) << 32 };
	struct rkr_error err = { 0 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(lies); i++) {
		model_set_word(&m, m.constant_bytes, 8, lies[i]);
		ck_assert_int_eq(read_model(&m, &back, NULL, &err), -EINVAL);
		ck_assert_msg(strstr(err.what, "bytes of constants") != NULL && err.cure[0], "%s", err.what);
	}
	model_set_word(&m, m.constant_bytes, 8, UINT32_MAX);
	ck_assert_int_eq(read_model(&m, &back, NULL, &err), 0);
	ck_assert_uint_gt(rkr_run_bo(back, rkr_run_region(back, RKR_REGION_REGCMD)->bo)->size, UINT32_MAX);
	ck_assert_uint_eq(rkr_run_region(back, RKR_REGION_REGCMD)->offset, UINT64_C(1) << 32);
	free(m.data);
}
END_TEST

/* A file of nothing but entries, or of nothing but tails, costs no more than another. */
START_TEST(repetition_is_cheap)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL);
	struct model_file m = model_write(run, &(struct model_options){ 0 }), big = { .len = 4 << 20 };
	size_t tail = m.regcmd + 8 * (size_t)model_word(&m, m.tasks + 24, 4);

	big.data = calloc(1, big.len);
	memcpy(big.data, m.data, m.regcmd + m.regcmd_len);
	model_set_word(&big, 16, 8, big.len - 64);
	for (size_t at = m.regcmd + m.regcmd_len; at + RKR_TASK_BYTES <= big.len; at += RKR_TASK_BYTES)
		memcpy(big.data + at, m.data + m.tasks, RKR_TASK_BYTES);
	survives(&big);
	for (size_t at = 4096; at + 32 <= big.len; at += 32)
		memcpy(big.data + at, m.data + tail, 32);
	survives(&big);
	free(big.data);
	free(m.data);
}
END_TEST

/* ---- files ---- */

START_TEST(files)
{
	_cleanup_run_ struct rkr_run *run = test_run(SMALL, NULL), *back = NULL;
	struct model_file m = model_write(run, &(struct model_options){ .seed = 23 });
	char dir[] = "/tmp/rknn-test-XXXXXX";
	struct rkr_error err = { 0 };

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(chdir(dir), 0);
	int fd = open("a-model", O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq((int)write(fd, m.data, m.len), (int)m.len);
	ck_assert(rkp_rknn_is("a-model"));
	ck_assert_int_eq(rkr_run_new(&back), 0);
	ck_assert_int_eq(rkp_rknn_read("a-model", back, NULL, &err), 0);
	ck_assert_uint_eq(rkr_run_n_tasks(back), m.n_tasks);
	/* As large as a disk, and empty. */
	ck_assert_int_eq(ftruncate(fd, (off_t)2 << 30), 0);
	ck_assert_int_eq(rkp_rknn_read("a-model", back, NULL, &err), -EFBIG);
	ck_assert_int_eq(ftruncate(fd, 0), 0);
	ck_assert_int_eq(rkp_rknn_read("a-model", back, NULL, &err), -EINVAL);
	ck_assert_int_eq(rkp_rknn_read("none", back, NULL, &err), -ENOENT);
	ck_assert_int_eq(rkp_rknn_read(".", back, NULL, &err), -EINVAL);
	ck_assert(!rkp_rknn_is(".") && !rkp_rknn_is("none") && !rkp_rknn_is("a-model"));
	close(fd);
	unlink("a-model");
	ck_assert_int_eq(chdir("/"), 0);
	rmdir(dir);
	free(m.data);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("rknn-read");
	TCase *read = tcase_create("read"), *damage = tcase_create("damage");

	tcase_add_loop_test(read, a_model_is_the_generated_run, 0, RKR_ARRAY_LEN(shapes));
	tcase_add_test(read, only_models_have_placeholders);
	tcase_add_test(read, parts_are_found_wherever_they_are);
	tcase_add_test(read, a_model_is_not_relocated);
	tcase_add_test(read, another_chip_is_named_and_not_decoded);
	tcase_add_test(read, unknown_words_are_counted);
	tcase_add_test(read, each_changed_word_is_a_difference);
	tcase_add_test(read, files);
	tcase_set_timeout(read, 60);
	suite_add_tcase(s, read);
	tcase_add_test(damage, cut_anywhere);
	tcase_add_test(damage, flipped_bytes);
	tcase_add_test(damage, lying_sizes);
	tcase_add_test(damage, too_many_constants);
	tcase_add_test(damage, repetition_is_cheap);
	tcase_set_timeout(damage, 60);
	suite_add_tcase(s, damage);
	return test_main(s);
}
