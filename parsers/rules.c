/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * Lines that are known and give no record. Each shape is anchored at both
 * ends, and starts with text of its own wherever the line does. Lines of
 * captured logs, in the order of their programs.
 */

#define SKIP(name, ...) \
	{ .op = RKP_SKIP, .kind = RKR_KIND_INVALID_, .rule = name, .text = __VA_ARGS__ }
#define RKNN(name, ...) SKIP(name, __VA_ARGS__, .prefix = RKP_PREFIX_RKNN)

/* A row of the layer table up to its times; layers on the CPU have no MAC usage. */
#define LAYER                                                                                   \
	"{:d}{:gap}{:w}{:gap}{:w}{:gap}{:w}{:gap}{:w}{:gap}{:w}{:gap}{:d}/{:d}/{:d}{:gap}{:d}{:gap}"
#define LAYER_END "{:k}%/{:k}%/{:k}%{:gap}{:d}{:gap}{:z}"

static const struct rkp_shape shapes[] = {
	SKIP("blank", "{:blanks}"),

	/* any line of a kernel log that is no row of the NPU's */
	SKIP("kernel", "{:z}", .prefix = RKP_PREFIX_STAMP, .tag = ""),

	SKIP("gdb-banner", "Function \"{:w}\" not defined."),
	SKIP("gdb-banner", "Breakpoint {:d} ({:w}) pending."),
	SKIP("gdb-banner", "Breakpoint {:d} at {:x}"),
	SKIP("gdb-banner", "[Thread debugging using libthread_db enabled]"),
	SKIP("gdb-banner", "Using host libthread_db library \"{:w}\"."),
	SKIP("gdb-exit", "[Inferior {:d} (process {:d}) exited normally]", .exits = true),
	SKIP("gdb-exit", "[Inferior {:d} (process {:d}) exited with code {:d}]", .exits = true),

	SKIP("app-banner", "{:line}"),
	SKIP("app-banner", "Conv2D Multi-Test Suite"),
	SKIP("app-banner", "Testing {:d} different convolution shapes"),
	SKIP("app-banner", "TEST: {:z}"),
	SKIP("app-banner", "TEST SUMMARY"),
	SKIP("app-tensor", "inputs={:d} outputs={:d}"),
	SKIP("app-tensor", "Input[{:d}] dims={:w} size={:d} type={:d}"),
	SKIP("app-tensor", "  Weight shape: {:w}"),
	SKIP("app-tensor", "  Native input type: {:w}, format: {:w}"),
	SKIP("app-tensor", "  Native input dims: {:z}"),
	SKIP("app-tensor", "  Native input size: {:d}, size_with_stride: {:d}, w_stride: {:d}"),
	SKIP("app-tensor", "  Native output type: {:w}, format: {:w}"),
	SKIP("app-tensor", "  Native output dims: {:z}"),
	SKIP("app-tensor", "  Native output size: {:d}, size_with_stride: {:d}, w_stride: {:d}"),
	SKIP("app-tensor", "  Output shape: {:w}"),
	SKIP("app-result", "rknn_run OK"),
	SKIP("app-result", "  \xe2\x9c\x93 PASSED (max error: {:w})"),
	SKIP("app-result", "  \xe2\x9c\x97 FAILED"),
	SKIP("app-result", "Total tests: {:d}"),
	SKIP("app-result", "Passed: {:d}"),
	SKIP("app-result", "Failed: {:d}"),
	SKIP("app-error", "ERROR at index {:d}: expected={:w}, got={:w}, error={:w}"),
	SKIP("app-error", "ERROR: Output dimensions mismatch!"),
	SKIP("app-error", "  Expected: {:w}"),
	SKIP("app-error", "  Got: {:w}"),

	/* scripts/rknpu-trace.bt, and what bpftrace says of itself [source] */
	SKIP("bpftrace", "# rknpu-trace: {:z}"),
	SKIP("bpftrace", "Attaching {:d} probes..."),
	SKIP("bpftrace", "Attached {:d} probes"),

	RKNN("rknn-rule-line", "{:line}"),
	RKNN("rknn-title", "{:gap}" RKP_TITLE_FEATURE "{:blanks}"),
	RKNN("rknn-title", "{:gap}" RKP_TITLE_CONST "{:blanks}"),
	RKNN("rknn-title", "ID{:gap}User{:gap}Tensor{:gap}DataType{:gap}{:z}"),
	RKNN("rknn-layer-table", "{:gap}Network Layer Information Table{:blanks}"),
	RKNN("rknn-layer-table", "ID{:gap}OpType{:gap}DataType{:gap}Target{:gap}{:z}"),
	RKNN("rknn-layer-table", LAYER LAYER_END),
	RKNN("rknn-layer-table", LAYER "{:k}/{:k}/{:k}{:gap}" LAYER_END),
	RKNN("rknn-ranking-table", "{:gap}Operator Time Consuming Ranking Table{:blanks}"),
	RKNN("rknn-ranking-table", "OpType{:gap}CallNumber{:gap}{:z}"),
	RKNN("rknn-ranking-table",
	     "{:w}{:gap}{:d}{:gap}{:d}{:gap}{:d}{:gap}{:d}{:gap}{:d}{:gap}{:k}%{:blanks}"),
	RKNN("rknn-ranking-table", "Total{:gap}{:d}{:gap}{:d}{:gap}{:d}{:gap}{:d}{:blanks}"),
	RKNN("rknn-total", "Total Operator Elapsed Per Frame Time(us): {:d}"),
	RKNN("rknn-total", "Total Memory Read/Write Per Frame Size(KB): {:k}"),
	RKNN("rknn-note", "The RKNN_FLAG_EXECUTE_FALLBACK_PRIOR_DEVICE_GPU is not set {:z}"),
	RKNN("rknn-note", "normalize target: {:w}"),
	RKNN("rknn-note", "Failed to get NPU freq, take {:d}MHz as default NPU freq"),
	RKNN("rknn-note", "Get DDR frequency: {:d}MHz"),
	RKNN("rknn-note", "dump npy tensor to: {:z}"),
	RKNN("rknn-note", "failed open dump path: {:z}"),
	RKNN("rknn-note", "Output({:w}): size_with_stride larger than model origin size{:z}"),
};
const struct rkp_table rkp_skip_table = { shapes, RKR_ARRAY_LEN(shapes) };
