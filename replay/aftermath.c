/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "aftermath.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kmsg.h"
#include "lib/util.h"
#include "snapshot-mmio.h"

struct rkx_aftermath {
	const char *root;
	struct rkx_kmsg *kmsg;    /* NULL: */
	struct rkr_error no_kmsg; /* why */
	size_t n_sources;
	struct rkx_aftermath_source sources[2];
};

static int
read_kernel(void *data, rkx_aftermath_line *line, void *line_data, struct rkr_error *err)
{
	struct rkx_aftermath *a = data;

	if (!a->kmsg) {
		if (err)
			*err = a->no_kmsg;
		return a->no_kmsg.code;
	}
	int r = rkx_kmsg_read(a->kmsg, line, line_data);

	return r < 0 ? rkr_fail(err, r, NULL, "what the kernel says cannot be read: %s", strerror(-r)) : 0;
}

static int
read_registers(void *data, rkx_aftermath_line *line, void *line_data, struct rkr_error *err)
{
	const struct rkx_aftermath *a = data;
	struct rkr_buf buf = { 0 };
	struct rkx_npu npu;
	bool available;
	int r = rkx_npu_find(a->root, &npu, err);

	if (r == 0)
		r = rkx_snapshot_mmio(a->root, &npu, "after_failure", &available, &buf, err);
	for (size_t at = 0, end; r == 0 && at < buf.len; at = end + 1) {
		char *nl = memchr(buf.data + at, '\n', buf.len - at);

		/* All of its lines end. */
		if (!nl)
			break;
		end = (size_t)(nl - buf.data);
		*nl = '\0';
		line(line_data, buf.data + at);
	}
	rkr_buf_free(&buf);
	return r;
}

int
rkx_aftermath_new(const char *root, bool registers, struct rkx_aftermath **ret_aftermath)
{
	struct rkx_aftermath *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->root = root;
	a->sources[a->n_sources++] = (struct rkx_aftermath_source){ "kernel", read_kernel, a };
	if (registers)
		a->sources[a->n_sources++] = (struct rkx_aftermath_source){ "registers", read_registers, a };
	if (rkx_kmsg_open(root, &a->kmsg, &a->no_kmsg) < 0)
		a->kmsg = NULL;
	*ret_aftermath = a;
	return 0;
}

void
rkx_aftermath_free(struct rkx_aftermath *aftermath)
{
	if (!aftermath)
		return;
	rkx_kmsg_free(aftermath->kmsg);
	free(aftermath);
}

const struct rkx_aftermath_source *
rkx_aftermath_sources(const struct rkx_aftermath *aftermath, size_t *ret_n)
{
	*ret_n = aftermath->n_sources;
	return aftermath->sources;
}
