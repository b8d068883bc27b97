/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "bundle.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle-read.h"
#include "util.h"

/*
 * From a bundle to a run. The keys of run.yaml are read in the order in which
 * they stand; what one of them needs of another is checked at the end.
 */

RKR_DEFINE_CLEANUP(struct rkr_node *, rkr_node_free)
RKR_DEFINE_CLEANUP(struct rkr_nodes *, rkr_nodes_free)
#define _autonode_ rkr_cleanup(rkr_node_free)

/* ---- the format ---- */

static const char *const format_keys[] = { "name", "version", NULL };
enum { FORMAT_NAME, FORMAT_VERSION, N_FORMAT };

/* Check a format's name, and take its version apart. */
static int
check_format(struct rkr_reader *rd, struct rkr_node *const *v, uint32_t *ret_major, uint32_t *ret_minor)
{
	const struct rkr_node *version = v[FORMAT_VERSION];
	const char *dot = version->type == RKR_NODE_SCALAR ? memchr(version->text, '.', version->len) : NULL;
	struct rkr_node part = *version;
	uint64_t major, minor;
	int r;

	if (!rkr_node_is(v[FORMAT_NAME], RKR_BUNDLE_FORMAT))
		return RKR_REFUSE(rd, v[FORMAT_NAME], "give a bundle that rkreplay wrote",
				  "this is not a run");
	if (!dot)
		return RKR_REFUSE(rd, version, NULL, "the version of a format is \"MAJOR.MINOR\"");
	part.len = (size_t)(dot - version->text);
	r = rkr_read_u64(rd, &part, "version", UINT32_MAX, &major);
	part.text = version->text + part.len + 1;
	part.len = version->len - part.len - 1;
	if (r == 0)
		r = rkr_read_u64(rd, &part, "version", UINT32_MAX, &minor);
	if (r < 0)
		return r;
	*ret_major = (uint32_t)major;
	*ret_minor = (uint32_t)minor;
	return 0;
}

/* Find the format, and pass over the rest: another version's may look like anything. */
static int
find_format(struct rkr_reader *rd, int fd, uint32_t *ret_major)
{
	rkr_cleanup(rkr_nodes_free) struct rkr_nodes *nodes = NULL;
	int r = rkr_nodes_new(fd, rd->path, rd->err, &nodes);

	while (r == 0) {
		_autonode_ struct rkr_node *key = NULL, *value = NULL;
		struct rkr_node *v[N_FORMAT] = { NULL };
		uint32_t minor;

		r = rkr_nodes_key(nodes, &key);
		if (r == 0 && !key)
			return rkr_error_set(rd->err, -EINVAL, rd->path, 0, 0,
					     "give a bundle that rkreplay wrote",
					     "it does not say what it is: there is no key 'format'");
		if (r == 0 && !rkr_node_is(key, "format")) {
			r = rkr_nodes_skip(nodes);
			continue;
		}
		if (r == 0)
			r = rkr_nodes_value(nodes, &value);
		if (r < 0)
			return r;
		for (size_t i = 0; value->type == RKR_NODE_MAP && i < value->n; i += 2) {
			int k = rkr_read_word(value->items[i], format_keys, N_FORMAT);

			if (k >= 0)
				v[k] = value->items[i + 1];
		}
		if (!v[FORMAT_NAME] || !v[FORMAT_VERSION])
			return RKR_REFUSE(rd, value, NULL, "a format has a name and a version");
		return check_format(rd, v, ret_major, &minor);
	}
	return r;
}

static int
read_format(struct rkr_reader *rd)
{
	_autonode_ struct rkr_node *node = NULL;
	struct rkr_node *v[N_FORMAT];
	uint32_t major;
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r == 0)
		r = rkr_read_keys(rd, node, RKR_SCOPE_FORMAT, 0, format_keys, N_FORMAT, v);
	return r < 0 ? r : check_format(rd, v, &major, &rd->run->kept->minor);
}

/* ---- the other keys ---- */

static int
read_tool(struct rkr_reader *rd)
{
	_autonode_ struct rkr_node *node = NULL;
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r < 0)
		return r;
	if (node->type != RKR_NODE_MAP)
		return RKR_REFUSE(rd, node, NULL, "'tool' is to be a map with a name and a version");
	rd->run->kept->tool = rkr_steal(node);
	return 0;
}

static int
read_counts(struct rkr_reader *rd)
{
	return rkr_nodes_value(rd->nodes, &rd->counts);
}

/* Compare what is there with what was written: a file that was cut short may still be YAML. */
static int
check_counts(struct rkr_reader *rd)
{
	static const char *const keys[] = { "files", "bos", "regions", "conflicts", "records", NULL };
	const struct rkr_run *run = rd->run;
	size_t regions, records;
	struct rkr_node *v[RKR_ARRAY_LEN(keys)];
	int r;

	if (!rd->counts)
		return 0;
	r = rkr_read_keys(rd, rd->counts, RKR_SCOPE_COUNTS, 0, keys, 0, v);
	if (r < 0)
		return r;
	rkr_kept_sort(run->kept);
	rkr_kept_find(run->kept, RKR_SCOPE_REGIONS, 0, &regions);
	rkr_kept_find(run->kept, RKR_SCOPE_RECORDS, 0, &records);
	const size_t have[] = { run->n_files, run->n_bos, run->n_regions + regions, run->n_conflicts,
				run->n_records + records };

	_Static_assert(RKR_ARRAY_LEN(have) + 1 == RKR_ARRAY_LEN(keys), "one per key");
	for (size_t i = 0; i < RKR_ARRAY_LEN(have); i++) {
		uint64_t n;

		if (!v[i])
			continue;
		r = rkr_read_u64(rd, v[i], keys[i], UINT64_MAX, &n);
		if (r < 0)
			return r;
		if (n != have[i])
			return RKR_REFUSE(rd, v[i],
					  "restore the bundle; if the change was meant, change this too",
					  "there are to be %llu entries in '%s', and there are %zu",
					  (unsigned long long)n, keys[i], have[i]);
	}
	return 0;
}

static int
read_bound(struct rkr_reader *rd)
{
	_autonode_ struct rkr_node *node = NULL;
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r == 0)
		r = rkr_read_u64(rd, node, "bound", SIZE_MAX - 1, &rd->bound);
	if (r < 0)
		return r;
	rd->bound_told = true;
	rd->bound_line = node->line;
	return 0;
}

static void *
alloc_words(struct rkr_reader *rd, size_t size)
{
	rd->words = malloc(size ? size : 1);
	return rd->words;
}

static int
read_words(struct rkr_reader *rd)
{
	static const char *const keys[] = { "file", "bytes", "sha256", NULL };
	_autonode_ struct rkr_node *node = NULL;
	struct rkr_node *v[3];
	uint8_t *data;
	int r = rkr_nodes_value(rd->nodes, &node);

	if (r == 0)
		r = rkr_read_keys(rd, node, RKR_SCOPE_WORDS, 0, keys, 3, v);
	return r < 0 ? r : rkr_read_file(rd, v[0], v[1], v[2], alloc_words, &data, &rd->words_size);
}

static int
read_records(struct rkr_reader *rd)
{
	return rkr_read_list(rd, rkr_read_record);
}

static const struct {
	const char *name;
	int (*read)(struct rkr_reader *rd);
	bool needed;
} sections[] = {
	{ "format", read_format, true },        { "tool", read_tool, false },
	{ "counts", read_counts, false },       { "files", rkr_read_files, true },
	{ "witness", rkr_read_witness, false }, { "bos", rkr_read_bos, true },
	{ "regions", rkr_read_regions, false }, { "conflicts", rkr_read_conflicts, false },
	{ "things", rkr_read_things, false },   { "bound", read_bound, false },
	{ "words", read_words, false },         { "records", read_records, true },
};

/* ---- all of it ---- */

/* A key of the top level that is not known. */
static int
keep_section(struct rkr_reader *rd, struct rkr_node **key, size_t at)
{
	_autonode_ struct rkr_node *value = NULL;
	const struct rkr_kept *kept = rd->run->kept;
	int r;

	if (++rd->n_strange > RKR_BUNDLE_STRANGE_MAX)
		return RKR_REFUSE(rd, *key, "it was not written by rkreplay",
				  "there are too many unknown keys");
	for (size_t i = 0; i < kept->n; i++)
		if (kept->entries[i].scope == RKR_SCOPE_TOP && kept->entries[i].key->len == (*key)->len &&
		    memcmp(kept->entries[i].key->text, (*key)->text, (*key)->len) == 0)
			return RKR_REFUSE(rd, *key, "remove one", "the key '%s' is there twice",
					  (*key)->text);
	r = rkr_nodes_value(rd->nodes, &value);
	return r < 0 ? r : rkr_read_keep(rd, RKR_SCOPE_TOP, 0, at, key, &value);
}

static int
read_sections(struct rkr_reader *rd)
{
	size_t known = 0;
	int r = 0;

	while (r == 0) {
		_autonode_ struct rkr_node *key = NULL;
		size_t s = 0;

		r = rkr_nodes_key(rd->nodes, &key);
		if (r < 0)
			return r;
		if (!key)
			break;
		while (s < RKR_ARRAY_LEN(sections) && !rkr_node_is(key, sections[s].name))
			s++;
		if (s == RKR_ARRAY_LEN(sections)) {
			r = keep_section(rd, &key, known);
			continue;
		}
		if (rd->seen & UINT64_C(1) << s)
			return RKR_REFUSE(rd, key, "remove one", "the key '%s' is there twice", key->text);
		rd->seen |= UINT64_C(1) << s;
		known++;
		r = sections[s].read(rd);
	}
	for (size_t s = 0; r == 0 && s < RKR_ARRAY_LEN(sections); s++)
		if (sections[s].needed && !(rd->seen & UINT64_C(1) << s))
			r = rkr_error_set(rd->err, -EINVAL, rd->path, 0, 0,
					  "restore the bundle or make it again", "the key '%s' is missing",
					  sections[s].name);
	return r;
}

/* What one part of the bundle says of another. */
static int
connect_sections(struct rkr_reader *rd)
{
	struct rkr_run *run = rd->run;
	size_t bound;
	int r;

	r = check_counts(rd);
	if (r < 0)
		return r;
	rkr_kept_sort(run->kept);
	if (rd->file.any && rd->file.index >= run->n_files)
		return RKR_REFUSE(rd, &rd->file, NULL, "there is no file %u", (unsigned)rd->file.index);
	if (rd->bo.any && rd->bo.index >= run->n_bos)
		return RKR_REFUSE(rd, &rd->bo, NULL, "there is no BO %u", (unsigned)rd->bo.index);
	run->n_bound = run->n_records;
	if (rd->bound_told) {
		rkr_kept_index(run->kept, (size_t)rd->bound, &bound);
		if (bound > run->n_records)
			return rkr_error_set(rd->err, -EINVAL, rd->path, rd->bound_line, 0, NULL,
					     "'bound' is more than there are records");
		run->n_bound = bound;
	}
	r = rkr_read_links(rd);
	if (r == 0)
		r = rkr_read_qwords(rd);
	rkr_kept_sort(run->kept); /* with the links */
	return r;
}

static int
read_yaml(struct rkr_reader *rd, int fd, uint64_t size)
{
	uint32_t major;
	int r = find_format(rd, fd, &major);

	if (r < 0)
		return r;
	if (major > RKR_BUNDLE_MAJOR)
		return rkr_error_set(rd->err, -EINVAL, rd->path, 0, 0, "update rkreplay",
				     "this bundle is format %u.x; this rkreplay reads %d.x", major,
				     RKR_BUNDLE_MAJOR);
	if (major < RKR_BUNDLE_MAJOR)
		return rkr_error_set(rd->err, -EINVAL, rd->path, 0, 0, NULL,
				     "this bundle is format %u.x, which was never written", major);
	r = rkr_bundle_check_seal(fd, size, rd->path, rd->err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return rkr_error_set(rd->err, -errno, rd->path, 0, 0, NULL, "cannot read it: %s",
				     strerror(errno));
	r = rkr_nodes_new(fd, rd->path, rd->err, &rd->nodes);
	if (r == 0)
		r = read_sections(rd);
	return r < 0 ? r : connect_sections(rd);
}

/* Read from an open directory. *ret_again: files vanished because a writer replaced the bundle. */
static int
read_from(int fd, const char *dir, const char *path, struct rkr_run **ret_run, bool *ret_again,
	  struct rkr_error *err)
{
	struct rkr_reader rd = { .dir = dir, .path = path, .fd = fd, .err = err };
	struct stat now, then;
	uint64_t size;
	int r = rkr_run_new(&rd.run);

	if (r == 0 && !(rd.run->kept = calloc(1, sizeof(*rd.run->kept))))
		r = -ENOMEM;
	if (r < 0) {
		rkr_run_free(rd.run);
		return rkr_read_no_memory(&rd);
	}
	_autoclose_ int yaml = rkr_bundle_open(fd, RKR_BUNDLE_YAML, path, &size, err);

	rd.missing = yaml == -ENOENT;
	r = yaml < 0 ? yaml : read_yaml(&rd, yaml, size);
	*ret_again = r < 0 && rd.missing && fstat(fd, &then) == 0 &&
		     (stat(dir, &now) < 0 || now.st_ino != then.st_ino || now.st_dev != then.st_dev);
	if (r == 0)
		*ret_run = rkr_steal(rd.run);
	rkr_run_free(rd.run);
	rkr_nodes_free(rd.nodes);
	rkr_node_free(rd.counts);
	free(rd.links);
	free(rd.qwords);
	free(rd.words);
	return r;
}

int
rkr_bundle_read(const char *dir, struct rkr_run **ret_run, struct rkr_error *err)
{
	struct rkr_error why = { 0 };
	_autofree_ char *path = NULL;
	bool again = true;
	int r = 0;

	if (asprintf(&path, "%s/" RKR_BUNDLE_YAML, dir) < 0) {
		path = NULL;
		return rkr_error_set(err, -ENOMEM, dir, 0, 0, NULL, "no memory to read it");
	}
	for (int i = 0; i < 100 && again; i++) {
		_autoclose_ int fd = rkr_bundle_dir_open(dir);

		if (fd < 0)
			return rkr_error_set(err, fd, dir, 0, 0,
					     fd == -ENOTDIR ? "give the directory of a bundle" : NULL,
					     "cannot open the bundle: %s", strerror(-fd));
		r = read_from(fd, dir, path, ret_run, &again, &why);
	}
	if (r < 0 && err)
		*err = why;
	return r;
}

int
rkr_bundle_probe(int dir, const char *path, struct rkr_error *err)
{
	struct rkr_reader rd = { .dir = path, .path = path, .fd = dir, .err = err };
	uint32_t major;
	uint64_t size;
	_autoclose_ int fd = rkr_bundle_open(dir, RKR_BUNDLE_YAML, path, &size, err);

	return fd < 0 ? fd : find_format(&rd, fd, &major);
}
