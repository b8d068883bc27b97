/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "bundle-priv.h"
#include "util.h"

/* The files of a bundle, written and read with their digests. */

#define DAMAGED "it was changed after it was written: restore it, or make the bundle again"

static void
hex_of(const uint8_t digest[SHA256_DIGEST_SIZE], char ret_hex[RKR_SHA256_HEX])
{
	for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

/* ---- writing ---- */

void
rkr_out_open(struct rkr_out *out, int dir, const char *name, uint64_t limit)
{
	out->fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	out->failed = out->fd < 0 ? -errno : 0;
	out->total = 0;
	out->limit = limit;
	out->n = 0;
	sha256_init(&out->sha);
}

static void
flush(struct rkr_out *out)
{
	for (size_t done = 0; !out->failed && done < out->n;) {
		ssize_t w = write(out->fd, out->buf + done, out->n - done);

		if (w < 0 && errno != EINTR)
			out->failed = -errno;
		if (w > 0)
			done += (size_t)w;
	}
	out->n = 0;
}

void
rkr_out_put(struct rkr_out *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (out->failed)
		return;
	if (len > out->limit - out->total) {
		out->failed = -EFBIG;
		return;
	}
	out->total += len;
	sha256_update(&out->sha, len, p);
	while (len && !out->failed) {
		size_t take = sizeof(out->buf) - out->n;

		if (take > len)
			take = len;
		memcpy(out->buf + out->n, p, take);
		out->n += take;
		p += take;
		len -= take;
		if (out->n == sizeof(out->buf))
			flush(out);
	}
}

void
rkr_out_digest(const struct rkr_out *out, char ret_hex[RKR_SHA256_HEX])
{
	struct sha256_ctx copy = out->sha;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(&copy, sizeof(digest), digest);
	hex_of(digest, ret_hex);
}

int
rkr_out_close(struct rkr_out *out)
{
	flush(out);
	if (!out->failed && fsync(out->fd) < 0)
		out->failed = -errno;
	if (out->fd >= 0 && close(out->fd) < 0 && !out->failed)
		out->failed = -errno;
	out->fd = -1;
	return out->failed;
}

/* ---- reading ---- */

bool
rkr_bundle_name_ok(const char *name, size_t len)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	/* strspn() stops at a NUL, so that a name with one inside is refused. */
	return len > 0 && len <= 64 && name[0] != '.' && name[0] != '-' && strspn(name, allowed) == len;
}

int
rkr_bundle_open(int dir, const char *name, const char *path, uint64_t *ret_size, struct rkr_error *err)
{
	/* Without waiting: a FIFO is refused below. */
	_autoclose_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return rkr_error_set(err, -EINVAL, path, 0, 0, "put the file itself in the bundle",
				     "it is a symbolic link");
	if (fd < 0)
		return rkr_error_set(err, -errno, path, 0, 0,
				     errno == ENOENT ? "restore it, or make the bundle again" : NULL,
				     "cannot open it: %s", strerror(errno));
	if (fstat(fd, &st) < 0)
		return rkr_error_set(err, -errno, path, 0, 0, NULL, "cannot read it: %s", strerror(errno));
	if (!S_ISREG(st.st_mode))
		return rkr_error_set(err, -EINVAL, path, 0, 0, "restore it, or make the bundle again",
				     "it is not a regular file");
	*ret_size = (uint64_t)st.st_size;
	int r = fd;

	fd = -1;
	return r;
}

/* Read a stretch of a file; hash it, keep it if @data is not NULL. */
static int
read_at(int fd, uint64_t offset, uint8_t *data, uint64_t size, struct sha256_ctx *sha)
{
	uint8_t buf[16384];

	while (size) {
		size_t want = data || size < sizeof(buf) ? (size_t)size : sizeof(buf);
		uint8_t *to = data ? data : buf;

		if (want > sizeof(buf))
			want = sizeof(buf);
		ssize_t n = pread(fd, to, want, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -ENODATA; /* it shrank since its size was asked for */
		if (sha)
			sha256_update(sha, (size_t)n, to);
		if (data)
			data += n;
		offset += (uint64_t)n;
		size -= (uint64_t)n;
	}
	return 0;
}

static int
cannot_read(struct rkr_error *err, int r, const char *path)
{
	return rkr_error_set(err, r, path, 0, 0, NULL, "cannot read it: %s",
			     r == -ENODATA ? "it is being changed" : strerror(-r));
}

int
rkr_bundle_load(int fd, const char *path, const char *sha256, void *ret_data, size_t size,
		struct rkr_error *err)
{
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char hex[RKR_SHA256_HEX];

	sha256_init(&sha);
	int r = read_at(fd, 0, ret_data, size, &sha);

	if (r < 0)
		return cannot_read(err, r, path);
	sha256_digest(&sha, sizeof(digest), digest);
	hex_of(digest, hex);
	if (strcmp(hex, sha256) != 0)
		return rkr_error_set(err, -EINVAL, path, 0, 0, DAMAGED, "its SHA-256 is %s, run.yaml says %s",
				     hex, sha256);
	return 0;
}

int
rkr_bundle_check_seal(int fd, uint64_t size, const char *path, struct rkr_error *err)
{
	static const char seal[] = RKR_BUNDLE_SEAL;
	const size_t n = sizeof(seal) - 1, len = n + RKR_SHA256_HEX; /* the last is a newline */
	char line[sizeof(seal) + RKR_SHA256_HEX];
	struct sha256_ctx sha;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char hex[RKR_SHA256_HEX];
	int r;

	if (size < len)
		return 0;
	r = read_at(fd, size - len, (uint8_t *)line, len, NULL);
	if (r < 0)
		return cannot_read(err, r, path);
	/* Edited by hand, or by a tool that drops comments. */
	if (memcmp(line, seal, n) != 0 || line[len - 1] != '\n')
		return 0;
	line[len - 1] = '\0';
	sha256_init(&sha);
	r = read_at(fd, 0, NULL, size - len, &sha);
	if (r < 0)
		return cannot_read(err, r, path);
	sha256_digest(&sha, sizeof(digest), digest);
	hex_of(digest, hex);
	if (strcmp(hex, line + n) != 0)
		return rkr_error_set(
			err, -EINVAL, path, 0, 0, "restore it; if the change was meant, delete the last line",
			"it was changed after it was written: its SHA-256 is %s, its last line says %s", hex,
			line + n);
	return 0;
}
