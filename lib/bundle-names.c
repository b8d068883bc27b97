/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "bundle-dir.h"
#include "bundle-priv.h"
#include "util.h"

/* Names in and around the directory of a bundle: which are a bundle's, and which are made by its writers. */

#define RANDOM_LEN 6
#define SUFFIX_LEN (sizeof(RKR_BUNDLE_TMP) - 1 + RANDOM_LEN)
_Static_assert(sizeof(RKR_BUNDLE_TMP) == sizeof(RKR_BUNDLE_OLD), "one length for both");

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

int
rkr_bundle_split(const char *path, char **ret_base, int *ret_parent)
{
	_autofree_ char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	size_t len = strlen(copy);

	while (len && copy[len - 1] == '/')
		copy[--len] = '\0';
	char *slash = strrchr(copy, '/'), *base = slash ? slash + 1 : copy;

	if (!base[0] || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return -EINVAL;
	if (strlen(base) + SUFFIX_LEN > NAME_MAX)
		return -ENAMETOOLONG;
	_autofree_ char *name = strdup(base);

	if (!name)
		return -ENOMEM;
	base[0] = '\0';
	_autoclose_ int fd = open(copy[0] ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_base = rkr_steal(name);
	*ret_parent = fd;
	fd = -1;
	return 0;
}

char *
rkr_bundle_random_name(const char *base, const char *infix)
{
	uint8_t bytes[RANDOM_LEN];
	char *name = malloc(strlen(base) + SUFFIX_LEN + 1);

	if (!name || getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
		free(name);
		return NULL;
	}
	char *p = stpcpy(stpcpy(name, base), infix);

	for (size_t i = 0; i < RANDOM_LEN; i++)
		*p++ = letters[bytes[i] % (sizeof(letters) - 1)];
	*p = '\0';
	return name;
}

bool
rkr_bundle_is_random_name(const char *name, const char *base, const char *infix)
{
	size_t len = strlen(base);

	if (strlen(name) != len + SUFFIX_LEN || memcmp(name, base, len) != 0)
		return false;
	name += len;
	return strncmp(name, infix, strlen(infix)) == 0 &&
	       strspn(name + strlen(infix), letters) == RANDOM_LEN;
}

/* The names that rkr_bundle_write() gives to files. */
static bool
is_file_name(const char *name)
{
	static const char *const stems[] = { "bo-", "words-" };

	if (strcmp(name, RKR_BUNDLE_YAML) == 0)
		return true;
	for (size_t i = 0; i < RKR_ARRAY_LEN(stems); i++) {
		size_t len = strlen(stems[i]), digits;

		if (strncmp(name, stems[i], len) != 0)
			continue;
		digits = strspn(name + len, "0123456789");
		return digits >= 3 && strcmp(name + len + digits, ".bin") == 0;
	}
	return false;
}

int
rkr_bundle_each_entry(int fd, int (*fn)(int fd, const char *name, void *data), void *data)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	_autoclosedir_ DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!dir) {
		r = -errno;
		if (copy >= 0)
			close(copy);
		return r;
	}
	while (r == 0 && (errno = 0, e = readdir(dir)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = fn(fd, e->d_name, data);
	return r == 0 && errno ? -errno : r;
}

static int
check_entry(int fd, const char *name, void *data)
{
	struct stat st;

	if (is_file_name(name) && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		return 0;
	*(char **)data = strdup(name);
	return 1;
}

int
rkr_bundle_check_own(int fd, char **ret_strange)
{
	int r = rkr_bundle_each_entry(fd, check_entry, ret_strange);

	return r > 0 ? -EEXIST : r;
}

static int
remove_entry(int fd, const char *name, void *data)
{
	(void)data;
	if (is_file_name(name))
		unlinkat(fd, name, 0);
	return 0;
}

void
rkr_bundle_remove_own(int parent, const char *name)
{
	_autoclose_ int fd = rkr_bundle_open_dir(parent, name);

	if (fd < 0)
		return;
	/* First, so that what is half removed is no bundle. */
	unlinkat(fd, RKR_BUNDLE_YAML, 0);
	rkr_bundle_each_entry(fd, remove_entry, NULL);
	unlinkat(parent, name, AT_REMOVEDIR);
}

int
rkr_bundle_open_dir(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

bool
rkr_bundle_is_at(int parent, const char *name, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(parent, name, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}
