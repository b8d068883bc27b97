/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tempdir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"

/* In @base, if that can be. */
static int
make_in(const char *base, size_t max, char **ret_dir)
{
	_autofree_ char *real = base && base[0] ? realpath(base, NULL) : NULL, *dir = NULL;

	if (!real)
		return -ENOENT;
	if (asprintf(&dir, "%s/rkreplay-XXXXXX", strcmp(real, "/") == 0 ? "" : real) < 0)
		return -ENOMEM;
	if (strlen(dir) > max)
		return -ENAMETOOLONG;
	if (!mkdtemp(dir))
		return -errno;
	*ret_dir = rkr_steal(dir);
	return 0;
}

int
rkx_tempdir_make(size_t max, char **ret_dir)
{
	int r = make_in(getenv("TMPDIR"), max, ret_dir);

	if (r < 0)
		r = make_in(getenv("XDG_RUNTIME_DIR"), max, ret_dir);
	return r < 0 ? make_in("/tmp", max, ret_dir) : r;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	remove(path);
	return 0;
}

void
rkx_tempdir_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
