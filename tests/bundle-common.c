/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/bundle-common.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/bundle-priv.h"
#include "lib/bundle.h"
#include "lib/util.h"

/* ---- files ---- */

char *
tmp_new(void)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = path_in(tmp && tmp[0] ? tmp : "/tmp", "rkreplay-bundle-XXXXXX");

	if (!mkdtemp(dir))
		ck_abort_msg("no temporary directory for the test: %m");
	return dir;
}

static int
remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

void
tmp_done(char *dir)
{
	ck_assert_int_eq(nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS), 0);
	free(dir);
}

char *
path_in(const char *dir, const char *name)
{
	char *path;

	ck_assert_int_ge(asprintf(&path, "%s/%s", dir, name), 0);
	return path;
}

void
write_file(const char *path, const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd) < 0)
		ck_abort_msg("cannot write %s: %m", path);
}

size_t
count_entries(const char *dir)
{
	_autoclosedir_ DIR *d = opendir(dir);
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		n++;
	return n - 2;
}

bool
same_files(const char *a, const char *b)
{
	_autoclosedir_ DIR *d = opendir(a);
	const struct dirent *e;

	ck_assert_ptr_nonnull(d);
	if (count_entries(a) != count_entries(b))
		return false;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		_autofree_ char *x = path_in(a, e->d_name), *y = path_in(b, e->d_name);
		size_t n, m;

		if (access(y, R_OK) < 0)
			return false;
		_autofree_ char *p = test_read_file(x, &n), *q = test_read_file(y, &m);

		if (n != m || memcmp(p, q, n) != 0)
			return false;
	}
	return true;
}

void
must_write(const struct rkr_run *run, const char *dir)
{
	struct rkr_error err = { 0 };
	int r = rkr_bundle_write(run, dir, &err);

	if (r < 0)
		ck_abort_msg("%s: %s; %s", err.file, err.what, err.cure);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(err.code, 0);
}

struct rkr_run *
must_read(const char *dir)
{
	struct rkr_error err = { 0 };
	struct rkr_run *run = NULL;
	int r = rkr_bundle_read(dir, &run, &err);

	if (r < 0)
		ck_abort_msg("%s:%u:%u: %s; %s", err.file, (unsigned)err.line, err.column, err.what,
			     err.cure);
	ck_assert_int_eq(r, 0);
	ck_assert_int_eq(err.code, 0);
	return run;
}

void
must_fail(const char *path, struct rkr_error *ret_err)
{
	struct rkr_run *run = NULL;
	int r = rkr_bundle_read(path, &run, ret_err);

	ck_assert_msg(r < 0, "it was read");
	ck_assert_ptr_null(run);
	ck_assert_int_eq(ret_err->code, r);
	ck_assert_str_ne(ret_err->what, "");
}

/* ---- equality ---- */

static const char *
bo_difference(const struct rkr_bo_slot *a, const struct rkr_bo_slot *b)
{
	const struct rkr_bo_member *m;

	if (strcmp(a->bo.role, b->bo.role) != 0)
		return "the role of a BO";
	if (a->bo.known != b->bo.known || a->created != b->created)
		return "what is known of a BO";
	if (a->bo.born != b->bo.born || a->bo.died != b->bo.died)
		return "when a BO lived";
	for (size_t i = 0; (m = rkr_bo_member(i)); i++)
		if ((a->bo.known & m->known) && rkr_bo_member_get(m, &a->bo) != rkr_bo_member_get(m, &b->bo))
			return m->name;
	if (a->contents.n != b->contents.n)
		return "the number of extents";
	for (size_t i = 0; i < a->contents.n; i++) {
		const struct rkr_extent *x = &a->contents.v[i], *y = &b->contents.v[i];

		if (x->offset != y->offset || x->len != y->len || x->evidence != y->evidence ||
		    x->record != y->record)
			return "an extent";
		if (memcmp(x->data, y->data, x->len) != 0)
			return "contents";
	}
	return NULL;
}

const char *
run_difference(const struct rkr_run *a, const struct rkr_run *b)
{
	if (a->n_files != b->n_files)
		return "the number of files";
	for (size_t i = 0; i < a->n_files; i++)
		if (strcmp(a->files[i], b->files[i]) != 0)
			return "a file's name";
	if (a->n_records != b->n_records)
		return "the number of records";
	for (size_t i = 0; i < a->n_records; i++) {
		const struct rkr_place *p = &a->records[i].place, *q = &b->records[i].place;

		if (!rkr_record_equal(&a->records[i], &b->records[i]))
			return rkr_kind_get(a->records[i].kind)->name;
		if (p->file != q->file || p->line != q->line || p->start != q->start || p->end != q->end)
			return "the place of a record";
	}
	if (a->witness != b->witness)
		return "witnesses";
	if (a->n_bos != b->n_bos)
		return "the number of BOs";
	for (size_t i = 0; i < a->n_bos; i++) {
		const char *what = bo_difference(&a->bos[i], &b->bos[i]);

		if (what)
			return what;
	}
	if (a->n_regions != b->n_regions)
		return "the number of regions";
	for (size_t i = 0; i < a->n_regions; i++) {
		const struct rkr_region *x = &a->regions[i], *y = &b->regions[i];

		if (x->kind != y->kind || x->bo != y->bo || x->offset != y->offset || x->size != y->size)
			return "a region";
	}
	if (a->n_conflicts != b->n_conflicts)
		return "the number of conflicts";
	for (size_t i = 0; i < a->n_conflicts; i++) {
		const struct rkr_conflict *x = &a->conflicts[i], *y = &b->conflicts[i];

		if (x->bo != y->bo || x->offset != y->offset || x->kept != y->kept ||
		    x->dropped != y->dropped)
			return "a conflict";
	}
	for (size_t s = 0; s < RKR_SPACE_MAX_; s++)
		if (a->things[s].n != b->things[s].n ||
		    (a->things[s].n &&
		     memcmp(a->things[s].v, b->things[s].v, a->things[s].n * sizeof(uint64_t)) != 0))
			return "things";
	return a->n_bound != b->n_bound ? "the number of bound records" : NULL;
}

/* ---- runs ---- */

#define ODD(text)                      \
	{                              \
		text, sizeof(text) - 1 \
	}
static const struct rkr_blob odd_strings[] = {
	ODD(""),
	ODD(" "),
	ODD("plain"),
	ODD("two words "),
	ODD("- a: b"),
	ODD("{hex: \"00\"}"),
	ODD("# no comment"),
	ODD("null"),
	ODD("true"),
	ODD("0x10"),
	ODD("1e3"),
	ODD("~"),
	ODD("a: b, [c]"),
	ODD("\"quoted\" and 'quoted' \\ and \\x41"),
	ODD("line\nline\n"),
	ODD("\n\n"),
	ODD("tab\tand\rreturn"),
	ODD("nul\0inside\0"),
	ODD("\x01\x02\x1b[31m\x7f"),
	ODD("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),             /* printable */
	ODD("\xef\xbb\xbf\xef\xbf\xbe\xe2\x80\xa8\xe2\x80\xa9"), /* U+FEFF, U+FFFE, line separators */
	ODD("\xc2\x85\xc2\xa0"),                                 /* U+0085 is a control */
	ODD("\xff\xfe"),
	ODD("\xc0\x80"),     /* overlong */
	ODD("\xed\xa0\x80"), /* surrogate */
	ODD("ends early \xe2\x82"),
	ODD("\xf4\x90\x80\x80"), /* above U+10FFFF */
	ODD("&anchor *alias !tag %directive @at `tick"),
	ODD("none"),
	ODD("..."),
	ODD("---"),
};

static uint64_t
chance(struct test_random *random, uint64_t n)
{
	return test_random_next(random) % n;
}

/* Numbers at the edges more often than others. */
static uint64_t
random_number(struct test_random *random)
{
	static const uint64_t edges[] = { 0, 1, 9, 10, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX };
	uint64_t v = test_random_next(random);

	return v % 3 == 0 ? edges[v / 3 % RKR_ARRAY_LEN(edges)] : test_random_next(random) >> (v % 64);
}

static const struct rkr_blob *
random_string(struct test_random *random, struct rkr_run *run)
{
	char bytes[64];

	if (chance(random, 2))
		return &odd_strings[chance(random, RKR_ARRAY_LEN(odd_strings))];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)test_random_next(random);
	return rkr_run_blob(run, bytes, chance(random, sizeof(bytes) + 1));
}

static const struct rkr_blob *
random_words(struct test_random *random, struct rkr_run *run)
{
	uint64_t words[9];

	for (size_t i = 0; i < RKR_ARRAY_LEN(words); i++)
		words[i] = random_number(random);
	return rkr_run_qwords(run, words, chance(random, RKR_ARRAY_LEN(words) + 1));
}

void
random_record(struct test_random *random, struct rkr_run *run, enum rkr_kind kind, bool all)
{
	const struct rkr_kind_desc *k = rkr_kind_get(kind);
	struct rkr_record_buf buf;

	rkr_record_init(&buf, kind);
	if (run->n_files && chance(random, 4))
		buf.rec.place =
			(struct rkr_place){ (uint32_t)chance(random, run->n_files), random_number(random),
					    random_number(random), random_number(random) };
	for (int f = 0; f < (int)k->n_fields; f++) {
		uint64_t v = random_number(random);

		if (!all && chance(random, 3) == 0)
			continue;
		switch (k->fields[f].type) {
		case RKR_TYPE_U32:
			rkr_set_u(&buf.rec, f, (uint32_t)v);
			break;
		case RKR_TYPE_S32:
			rkr_set_s(&buf.rec, f, (int32_t)(uint32_t)v);
			break;
		case RKR_TYPE_CHAR:
			rkr_set_u(&buf.rec, f, (uint8_t)v);
			break;
		case RKR_TYPE_STR:
			rkr_set_b(&buf.rec, f, random_string(random, run));
			break;
		case RKR_TYPE_QWORDS:
			rkr_set_b(&buf.rec, f, random_words(random, run));
			break;
		default:
			rkr_set_u(&buf.rec, f, v);
			break;
		}
	}
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
}

static void
random_contents(struct test_random *random, struct rkr_run *run, uint32_t bo)
{
	uint64_t room = rkr_bo_room(&run->bos[bo].bo), at = 0;

	for (size_t n = chance(random, 6); n > 0; n--) {
		uint8_t bytes[100];
		size_t len = 1 + chance(random, sizeof(bytes));

		at += chance(random, 3) ? chance(random, 5000) : 0;
		if (len > room || at > room - len)
			return;
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)test_random_next(random);
		ck_assert_int_eq(rkr_run_write(run, bo, at, bytes, len, (enum rkr_evidence)chance(random, 3),
					       chance(random, 2) && run->n_records
						       ? chance(random, run->n_records)
						       : SIZE_MAX),
				 0);
		at += len;
	}
}

static void
random_bo(struct test_random *random, struct rkr_run *run)
{
	static const char *const roles[] = { "", "task", "weight", "r.1", "23 bytes is the longest" };
	const struct rkr_bo_member *m;
	struct rkr_bo bo = { 0 };
	uint32_t index;

	strcpy(bo.role, roles[chance(random, RKR_ARRAY_LEN(roles))]);
	for (size_t i = 0; (m = rkr_bo_member(i)); i++)
		if (chance(random, 3))
			rkr_bo_member_set(m, &bo, random_number(random));
	bo.born = chance(random, run->n_records + 1);
	bo.died = chance(random, 2) ? chance(random, run->n_records + 1) : SIZE_MAX;
	ck_assert_int_eq(rkr_run_add_bo(run, &bo, &index), 0);
	run->bos[index].created = chance(random, 2);
	random_contents(random, run, index);
}

struct rkr_run *
random_run(uint64_t seed, size_t n_records)
{
	struct test_random random = { seed };
	struct rkr_run *run;
	uint32_t index;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	for (size_t n = chance(&random, 4); n > 0; n--) {
		const struct rkr_blob *bytes = random_string(&random, run);
		_autofree_ char *name = strndup(bytes->data, bytes->len);

		ck_assert_int_eq(rkr_run_add_file(run, name, &index), 0);
	}
	for (size_t i = 0; i < n_records; i++)
		random_record(&random, run, (enum rkr_kind)chance(&random, RKR_KIND_MAX_), false);
	for (size_t n = chance(&random, 6); n > 0; n--)
		random_bo(&random, run);
	for (size_t n = run->n_bos ? chance(&random, 4) : 0; n > 0; n--) {
		uint64_t offset = random_number(&random);

		rkr_run_add_region(run, &(struct rkr_region){ (enum rkr_region_kind)chance(&random, 4),
							      (uint32_t)chance(&random, run->n_bos), offset,
							      random_number(&random) %
								      (UINT64_MAX - offset + !!offset) });
		rkr_run_note_conflict(
			run, &(struct rkr_conflict){
				     (uint32_t)chance(&random, run->n_bos), random_number(&random),
				     chance(&random, 2) || !n_records ? SIZE_MAX : chance(&random, n_records),
				     n_records ? chance(&random, n_records) : SIZE_MAX });
	}
	for (size_t n = chance(&random, 8); n > 0; n--)
		rkr_run_note_thing(run, (enum rkr_space)chance(&random, RKR_SPACE_MAX_),
				   random_number(&random));
	for (size_t n = chance(&random, 8); n > 0; n--)
		rkr_run_set_witness(run, (enum rkr_kind)chance(&random, RKR_KIND_MAX_));
	run->n_bound = chance(&random, 2) ? n_records : chance(&random, n_records + 1);
	return run;
}

static void
add_window(struct rkr_run *run, uint64_t off, const uint64_t *words, size_t n)
{
	struct rkr_record_buf buf;

	rkr_record_init(&buf, RKR_KIND_regcmd_window);
	buf.rec.place =
		(struct rkr_place){ 0, run->n_records + 1, 100 * run->n_records, 100 * run->n_records + 100 };
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_gem, 7);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_off, off);
	rkr_set_u(&buf.rec, RKR_F_regcmd_window_count, n);
	rkr_set_b(&buf.rec, RKR_F_regcmd_window_qwords, &(struct rkr_blob){ words, n });
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
}

struct rkr_run *
dumped_run(void)
{
	uint64_t words[16], other[16];
	struct rkr_record_buf buf;
	struct rkr_run *run;
	uint32_t index;

	for (size_t i = 0; i < RKR_ARRAY_LEN(words); i++)
		words[i] = other[i] = UINT64_C(0x0201000012345000) + i;
	other[3] = 0;
	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_add_file(run, "dump.log", &index), 0);
	rkr_record_init(&buf, RKR_KIND_gem);
	rkr_set_u(&buf.rec, RKR_F_gem_name, 7);
	rkr_set_u(&buf.rec, RKR_F_gem_handle, 2);
	rkr_set_u(&buf.rec, RKR_F_gem_size, 4096);
	rkr_set_u(&buf.rec, RKR_F_gem_map_offset, 0x100000);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	add_window(run, 64, words, RKR_ARRAY_LEN(words));
	add_window(run, 64, words, RKR_ARRAY_LEN(words) / 2);
	add_window(run, 64, other, RKR_ARRAY_LEN(other));
	rkr_record_init(&buf, RKR_KIND_task_like);
	rkr_set_u(&buf.rec, RKR_F_task_like_gem, 7);
	rkr_set_u(&buf.rec, RKR_F_task_like_off, 1000);
	rkr_set_u(&buf.rec, RKR_F_task_like_regcfg_amount, 5);
	ck_assert_int_eq(rkr_run_append(run, &buf.rec), 0);
	ck_assert_int_eq(rkr_run_bind(run), 0);
	return run;
}
