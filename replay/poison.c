/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "poison.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "lib/format.h"
#include "lib/util.h"

#define FILE_NAME "poison"

struct rkx_poison {
	char *dir;
	const struct rkx_io *io;
	struct rkx_poison_entry *v;
	size_t n, cap;
};

RKR_DEFINE_CLEANUP(struct rkx_poison *, rkx_poison_free)

void
rkx_poison_free(struct rkx_poison *poison)
{
	if (!poison)
		return;
	free(poison->dir);
	free(poison->v);
	free(poison);
}

static bool
is_word(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-_.:", *s))
			return false;
	return true;
}

static bool
is_entry(const struct rkx_poison_entry *e)
{
	if (strlen(e->fingerprint) != RKR_SHA256_HEX - 1 ||
	    strspn(e->fingerprint, "0123456789abcdef") != RKR_SHA256_HEX - 1 || !is_word(e->name) ||
	    !is_word(e->harm))
		return false;
	for (const char *s = e->what; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

static int
parse_line(char *line, struct rkx_poison_entry *ret)
{
	struct rkx_poison_entry e = { 0 };
	char *rest = NULL;
	const char *f = strtok_r(line, " ", &rest), *name = strtok_r(NULL, " ", &rest);
	const char *harm = strtok_r(NULL, " ", &rest);

	if (!f || !name || !harm || strlen(f) >= sizeof(e.fingerprint) || strlen(name) >= sizeof(e.name) ||
	    strlen(harm) >= sizeof(e.harm) || strlen(rest) >= sizeof(e.what))
		return -EINVAL;
	strcpy(e.fingerprint, f);
	strcpy(e.name, name);
	strcpy(e.harm, harm);
	strcpy(e.what, rest);
	if (!is_entry(&e))
		return -EINVAL;
	*ret = e;
	return 0;
}

static int
read_entries(struct rkx_poison *p, FILE *file, const char *path, struct rkr_error *err)
{
	char line[512];
	uint64_t number = 0;

	while (fgets(line, sizeof(line), file)) {
		size_t len = strlen(line);

		number++;
		/* A ledger that cannot be read whole must not be taken for a shorter one. */
		if (rkr_grow((void **)&p->v, &p->cap, p->n + 1, sizeof(*p->v)) < 0)
			return -ENOMEM;
		bool whole = len > 0 && line[len - 1] == '\n';

		if (whole)
			line[len - 1] = '\0';
		if (!whole || parse_line(line, &p->v[p->n]) < 0)
			return rkr_error_set(err, -EINVAL, path, number, 0,
					     "mend the line, or move the file away",
					     "this is no entry of the ledger of harmful runs");
		p->n++;
	}
	return ferror(file) ? rkr_error_set(err, -EIO, path, 0, 0, NULL, "cannot be read") : 0;
}

int
rkx_poison_load(const char *dir, const struct rkx_io *io, struct rkx_poison **ret_poison,
		struct rkr_error *err)
{
	rkr_cleanup(rkx_poison_free) struct rkx_poison *p = calloc(1, sizeof(*p));
	_autofree_ char *path = NULL;

	if (asprintf(&path, "%s/" FILE_NAME, dir) < 0)
		path = NULL;
	if (p)
		p->dir = strdup(dir);
	if (!p || !path || !p->dir)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	p->io = io ? io : rkx_io_system();
	_autofclose_ FILE *file = NULL;
	int r = rkx_open_file(path, &file, err);

	if (r == 0 && file)
		r = read_entries(p, file, path, err);
	if (r < 0)
		return r;
	*ret_poison = rkr_steal(p);
	return 0;
}

const struct rkx_poison_entry *
rkx_poison_entries(const struct rkx_poison *poison, size_t *ret_n)
{
	*ret_n = poison->n;
	return poison->v;
}

const struct rkx_poison_entry *
rkx_poison_find(const struct rkx_poison *poison, const char *fingerprint)
{
	for (size_t i = 0; poison && i < poison->n; i++)
		if (strcmp(poison->v[i].fingerprint, fingerprint) == 0)
			return &poison->v[i];
	return NULL;
}

static void
put_entries(struct rkr_buf *buf, const struct rkx_poison *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rkr_buf_printf(buf, "%s %s %s %s\n", p->v[i].fingerprint, p->v[i].name, p->v[i].harm,
			       p->v[i].what);
}

int
rkx_poison_try(const struct rkx_poison *poison, struct rkr_error *err)
{
	struct rkr_buf buf = { 0 };

	put_entries(&buf, poison, poison->n);
	int r = buf.failed;

	if (r == 0)
		r = rkx_make_dirs(poison->dir);
	if (r == 0)
		r = rkx_try_file(poison->io, poison->dir, FILE_NAME, buf.len + sizeof(*poison->v));
	rkr_buf_free(&buf);
	return r < 0 ? rkr_fail(err, r, "make room, or name another directory, with --state",
				"the ledger of harmful runs could not be written in %s: %s", poison->dir,
				strerror(-r))
		     : 0;
}

static int
save(const struct rkx_poison *p, size_t n)
{
	struct rkr_buf buf = { 0 };

	put_entries(&buf, p, n);
	int r = buf.failed;

	if (r == 0)
		r = rkx_make_dirs(p->dir);
	if (r == 0)
		r = rkx_replace_file(p->io, p->dir, FILE_NAME, buf.data, buf.len);
	rkr_buf_free(&buf);
	return r;
}

int
rkx_poison_add(struct rkx_poison *poison, const struct rkx_poison_entry *entry, struct rkr_error *err)
{
	struct rkx_poison_entry before;

	if (!is_entry(entry))
		return rkr_fail(err, -EINVAL, NULL, "this cannot be an entry of the ledger of harmful runs");
	if (rkr_grow((void **)&poison->v, &poison->cap, poison->n + 1, sizeof(*poison->v)) < 0)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	size_t at = 0;

	while (at < poison->n && strcmp(poison->v[at].fingerprint, entry->fingerprint) != 0)
		at++;
	bool is_new = at == poison->n;

	before = is_new ? *entry : poison->v[at];
	poison->v[at] = *entry;
	if (!is_new)
		strcpy(poison->v[at].name, before.name);
	int r = save(poison, poison->n + is_new);

	if (r < 0) {
		poison->v[at] = before;
		return rkr_fail(err, r, "make room, and add it again before anything else is run",
				"the ledger of harmful runs cannot be written in %s: %s", poison->dir,
				strerror(-r));
	}
	poison->n += is_new;
	return 0;
}

int
rkx_poison_remember(struct rkx_poison *poison, const char *fingerprint, const char *harm, const char *what,
		    char ret_name[RKX_POISON_NAME], struct rkr_error *err)
{
	const struct rkx_poison_entry *old = rkx_poison_find(poison, fingerprint);
	struct rkx_poison_entry e = { 0 };

	snprintf(e.fingerprint, sizeof(e.fingerprint), "%s", fingerprint);
	/* By its fingerprint: that is short enough to type, and no two runs share it. */
	if (old)
		snprintf(e.name, sizeof(e.name), "%s", old->name);
	else
		snprintf(e.name, sizeof(e.name), "run-%.12s", fingerprint);
	snprintf(e.harm, sizeof(e.harm), "%s", harm);
	snprintf(e.what, sizeof(e.what), "%s", what && what[0] ? what : "-");
	/* File names may hold what a line of the ledger cannot. */
	for (char *p = e.what; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	int r = rkx_poison_add(poison, &e, err);

	if (r == 0)
		snprintf(ret_name, RKX_POISON_NAME, "%s", e.name);
	return r;
}
