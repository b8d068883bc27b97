/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "replay/snapshot-mmio.h"
#include "replay/snapshot-sysfs.h"
#include "output.h"
#include "tool.h"

/* snapshot: the state of the NPU now, as rows of a log. */

/* A label stands at the end of a row: it must not end the row. */
static bool
label_is_good(const char *label)
{
	for (const char *p = label; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return *label && label[strlen(label) - 1] != ' ';
}

static enum tool_exit
failed(const struct rkr_error *err, int r)
{
	enum tool_exit status = tool_error(err, r);

	/* Neither a missing device nor one that sleeps is trouble with the command. */
	return r == -ENODEV ? TOOL_DEVICE : r == -EAGAIN ? TOOL_NO : status;
}

static int
take_mmio(const struct tool_args *args, const char *root, const struct rkx_npu *npu, const char *label,
	  bool *ret_available, struct rkr_buf *buf, struct rkr_error *err)
{
	if (tool_given(args, "execute"))
		return rkx_snapshot_mmio(root, npu, label, ret_available, buf, err);
	int r = rkx_mmio_ready(root, npu, err);

	if (r < 0)
		return r;
	rkr_buf_printf(buf, "Nothing was read: --execute reads\n");
	return rkx_mmio_plan(buf);
}

static enum tool_exit
run_snapshot(const struct tool_args *args)
{
	const char *root = tool_value(args, "root"), *label = tool_value(args, "label"),
		   *what = args->sources[0];
	bool mmio = strcmp(what, "mmio") == 0, available = true;
	struct rkr_buf buf = { 0 };
	struct rkr_error err = { 0 };
	struct rkx_npu npu;

	if (!mmio && strcmp(what, "sysfs") != 0)
		return tool_trouble("there is no snapshot of '%s'; give sysfs or mmio", what);
	if (!label)
		label = "now";
	if (!label_is_good(label))
		return tool_trouble("--label=%s: a label is text on one line; give another", label);
	int r = rkx_npu_find(root, &npu, &err);

	if (r == 0)
		r = mmio ? take_mmio(args, root, &npu, label, &available, &buf, &err)
			 : rkx_snapshot_sysfs(root, &npu, label, &buf);
	if (r == 0)
		r = tool_flush(&buf, 0);
	rkr_buf_free(&buf);
	if (r < 0)
		return failed(&err, r);
	return available ? TOOL_YES : TOOL_NO;
}

static const struct tool_option options[] = {
	{ "label", "TEXT", "what to call it (default: now)" },
	{ "execute", NULL, "of mmio: read the registers; without it, only say what would be read" },
	{ "root", "DIR", "look below this directory instead of /" },
	{ NULL, NULL, NULL },
};

const struct tool_verb tool_verb_snapshot = {
	.name = "snapshot",
	.usage = "sysfs|mmio",
	.summary = "Print the state of the NPU now: what sysfs says, or its registers",
	.details =
		"Reads only. mmio needs the right to read /dev/mem, and a powered NPU: reading the registers\n"
		"of a block without power hangs the bus.\n"
		"Exit status: 0 done, 1 not powered or no access to the registers, 2 trouble, 3 no device.\n",
	.options = options,
	.min_sources = 1,
	.max_sources = 1,
	.run = run_snapshot,
};
