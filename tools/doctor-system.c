/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/utsname.h>

/* doctor: what kernel and runtime say of themselves. */

#define KLOG_READ_ALL 3
#define KLOG_BYTES (1 << 18)
#define KLOG_TAG "RKNPU"

/* No library of the runtime is larger: it has some 7 MiB. */
#define LIBRARY_MAX ((size_t)64 << 20)
/* The library says its version in the words that it prints [captured: the runtime's own rows]. */
#define VERSION_TEXT "librknnrt version: "

static void
say_klog(struct doctor *d, const char *text, size_t len)
{
	const char *last = NULL, *end = text + len;
	size_t last_len = 0, rows = 0, resets = 0, waits = 0;

	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);

		if (memmem(line, n, KLOG_TAG, strlen(KLOG_TAG))) {
			last = line;
			last_len = n;
			rows++;
			resets += memmem(line, n, "soft reset", 10) != NULL;
			waits += memmem(line, n, "failed to wait job", 18) != NULL;
		}
		line += n + 1;
	}
	if (!rows) {
		doctor_say(d, DOCTOR_NOTE, "kernel log", NULL, "no row of the driver is in it (any more)");
		return;
	}
	doctor_say(
		d, waits ? DOCTOR_BAD : DOCTOR_NOTE, "kernel log",
		waits ? "dmesg >FILE, and rkreplay verify FILE" : NULL,
		"%zu rows of the driver, %zu jobs that were waited for in vain, %zu soft resets; the last: %.*s",
		rows, waits, resets, (int)(last_len > 200 ? 200 : last_len), last);
}

/* A fact that one file holds. */
static void
say_file(struct doctor *d, const char *topic, const char *path)
{
	struct rkr_buf value = { 0 };
	int r = doctor_read(d, d->root, path, 256, &value);

	if (r == 0)
		doctor_say(d, DOCTOR_NOTE, topic, NULL, "%s: %.*s", path, (int)value.len,
			   value.data ? value.data : "");
	rkr_buf_free(&value);
}

void
doctor_kernel(struct doctor *d)
{
	if (d->root) {
		/* Another root has another kernel, of which only files can tell. */
		say_file(d, "kernel", "/proc/version");
	} else {
		struct utsname u;

		if (uname(&u) == 0)
			doctor_say(d, DOCTOR_NOTE, "kernel", NULL, "%s %s %s", u.sysname, u.release,
				   u.machine);
		_autofree_ char *text = malloc(KLOG_BYTES);
		int n = text ? klogctl(KLOG_READ_ALL, text, KLOG_BYTES) : -1;

		if (n < 0)
			doctor_say(d, DOCTOR_NOTE, "kernel log", "run doctor as root",
				   "it may not be read: %s", strerror(errno));
		else
			say_klog(d, text, (size_t)n);
	}
	/* Of root alone [source: driver]. */
	say_file(d, "debugfs", "/sys/kernel/debug/rknpu/version");
	say_file(d, "debugfs", "/sys/kernel/debug/rknpu/load");
	say_file(d, "debugfs", "/sys/kernel/debug/rknpu/power");
	say_file(d, "debugfs", "/sys/kernel/debug/rknpu/delayms");
}

/* ---- the runtime ---- */

/* Find the version's text in a library, piece by piece. 0, -ENOENT, or why it cannot be read. */
static int
find_version(const char *path, char *ret_text, size_t size)
{
	static const size_t piece = (size_t)1 << 20;
	const size_t keep = strlen(VERSION_TEXT) + 128;
	_autoclose_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	_autofree_ char *text = malloc(piece + keep);
	size_t have = 0;

	if (fd < 0)
		return -errno;
	if (!text)
		return -ENOMEM;
	for (size_t total = 0; total < LIBRARY_MAX;) {
		ssize_t n = read(fd, text + have, piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		have += (size_t)n;
		total += (size_t)n;
		const char *at = memmem(text, have, VERSION_TEXT, strlen(VERSION_TEXT));
		size_t left = at ? have - (size_t)(at - text) : 0;

		/* At the end of a piece it may go on in the next one. */
		if (at && (left >= keep || n == 0)) {
			at += strlen(VERSION_TEXT);
			left -= strlen(VERSION_TEXT);
			/* A format string tells nothing. */
			if (left && *at >= '0' && *at <= '9') {
				snprintf(ret_text, size, "%.*s", (int)strnlen(at, left > 100 ? 100 : left),
					 at);
				return 0;
			}
			return -ENOENT;
		}
		if (n == 0)
			return -ENOENT;
		if (have > keep) {
			const char *from = at ? at : text + have - keep;

			have -= (size_t)(from - text);
			memmove(text, from, have);
		}
	}
	return -EFBIG;
}

void
doctor_runtime(struct doctor *d)
{
	static const char *const places[] = {
		"/usr/lib/librknnrt.so",      "/usr/lib/aarch64-linux-gnu/librknnrt.so",
		"/usr/lib64/librknnrt.so",    "/usr/local/lib/librknnrt.so",
		"/lib/librknnrt.so",          "/oem/usr/lib/librknnrt.so",
		"/vendor/lib64/librknnrt.so",
	};
	bool found = false;

	for (size_t i = 0; i < RKR_ARRAY_LEN(places); i++) {
		char path[PATH_MAX], text[128];

		if (rkx_under_root(d->root, places[i], path, sizeof(path)) < 0 || access(path, F_OK) < 0)
			continue;
		int r = find_version(path, text, sizeof(text));

		found = true;
		if (r == 0)
			doctor_say(d, DOCTOR_NOTE, "runtime", NULL, "%s: version %s", places[i], text);
		else
			doctor_say(d, DOCTOR_NOTE, "runtime", NULL, "%s: its version is not known: %s",
				   places[i], r == -ENOENT ? "it does not say" : strerror(-r));
	}
	if (!found)
		doctor_say(d, DOCTOR_NOTE, "runtime", NULL, "no librknnrt.so where it is usually installed");
}
