/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * What the runtimes say of failures and of themselves, whatever stands before
 * it: librknnrt's own prefix with or without the time, logcat's, none. Level
 * and time are the row's if they are there. [captured: rows that users posted]
 */

#define ROW(k, t, ...) \
	{ .kind = RKR_KIND_##k, .op = RKP_WHOLE, .format = RKP_FORMAT_RKNN_DEBUG, .prefix = RKP_PREFIX_RKNN, \
	  .loose = true, .text = t, __VA_ARGS__ }
#define BARE(k, t) ROW(k, t, .bare = true)

static const struct rkp_shape shapes[] = {
	/* rknnmrt prints no flags; a name may be empty, and hold colons and slashes */
	BARE(runtime_error, "{what!submit}failed to submit![, op id: {op_id:d}][, op name: {op_name:name}]"
			    "[, flags: {flags:x}][, task start: {task_start:d}]"
			    "[, task number: {task_number:d}][, run task counter: {run_task_counter:d}]"
			    "[, int status: {int_status:x}][, {text:z}]"),
	ROW(runtime_error, "{what!handle}failed to allocate handle[, ret: {ret:s}][, errno: {errno:s}]"
			   "[, errstr: {text:name}]"),
	ROW(runtime_error, "{what!fd}failed to allocate fd[, ret: {ret:s}][, errno: {errno:s}]"
			   "[, errstr: {text:name}]"),
	ROW(runtime_error, "{what!malloc}failed to malloc npu memory![, size: {size:d}][, flags: {flags:x}]"),
	{ .kind = RKR_KIND_runtime_error, .op = RKP_WHOLE, .format = RKP_FORMAT_RKNN_DEBUG,
	  .prefix = RKP_PREFIX_RKNN, .tag = "", .text = "{what!other}{text:z}" },

	BARE(identity, "{what=rkllm-runtime} {text:version}"),
	BARE(identity, "{what=rkllm-toolkit} {text:version}"),
	BARE(identity, "{what=sdk} {text:version}"),
	/* librknnrt up to 1.5 has a colon where later ones have a comma */
	ROW(identity, "RKNN {what:w} Information: {text:z}"),
};
const struct rkp_table rkp_runtime_table = { shapes, RKR_ARRAY_LEN(shapes) };
