/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * What tracers and sniffers print, and regcmd as text. Of rows of one kind,
 * the first that has all fields of a record is what it is written by.
 */

#define ROW(k, o, ...) \
	{ .kind = RKR_KIND_##k, .op = RKP_##o, .format = RKP_FORMAT_TRACER, .prefix = RKP_PREFIX_NONE, \
	  .text = __VA_ARGS__ }
#define SKIP(name, ...) \
	{ .op = RKP_SKIP, .kind = RKR_KIND_INVALID_, .rule = name, .text = __VA_ARGS__ }

/* ---- strace: an ioctl that it has no name for [captured]; its options -f, -t, -r, -T, -y [source] ---- */

#define STRACE(who, o, ...) \
	ROW(ioctl, o, who "ioctl({fd:s}{:aside}, _IOC({:dir}, {type:x}, {nr:x}, {size:x})" __VA_ARGS__)
#define STRACE_ROWS(who)                                                   \
	STRACE(who, WHOLE, ", {arg:x}) = {ret:s} {error:caps}{:aside}"),      \
	STRACE(who, WHOLE, ", {arg:x}) = ? {error:caps}{:aside}"),            \
	STRACE(who, WHOLE, ", {arg:x}) = {ret:s}{:aside}"),                \
	STRACE(who, WHOLE, ", {arg:x} <detached ...>"),                    \
	STRACE(who, WHOLE, ", {arg:x}) = ?{:aside}"),                      \
	STRACE(who, WHOLE, " <detached ...>")

/* ---- regcmd as text ---- */

/* What a patched kernel prints stands behind the kernel's own time, or alone. */
#define STAMP "[{time:stamp}] "
#define CAP(stamp) stamp "rknpu cap: "
#define CAP_SUBMIT                                                                                        \
	"SUBMIT core={core:d} regcmd_addr={regcmd_addr:x} regcfg_amount={regcfg_amount:d}"                \
	" pc_data_amount={pc_data_amount:d} int_mask={int_mask:x} first_int_mask={first_int_mask:x}"     \
	" task_con={task_con:x} task_base_addr={task_base_addr:x} enable_mask={enable_mask:x}"           \
	" pc_dma_ctrl={pc_dma_ctrl:d}"
#define CAP_QWORD "[{index:d3}] tgt={target:h4} reg={reg:h4} val={value:h8}"
#define PRINTK "{index:d3}: {qword:x16}"
#define PRINTK_PARTS " ( op: {target:x4} reg: {reg:x4} value: {value:x8} )"

/* ---- sniffers ---- */

/*
 * A struct after its ioctl has returned, by Python's ctypes: capital digits, no
 * fields of no type [captured].
 */
#define SNIFF(k, o, ...) ROW(k, o, "{ret:s} struct_rknpu_" #k " [" __VA_ARGS__ "]")
#define PART(name, field) "'" name ":{" field ":X}'"
#define SUBCORE(i)                                                                                   \
	ROW(submit, ADDS, "  subcore[" i "]: start={subcore_task[" i "].task_start:d}"               \
			  " number={subcore_task[" i "].task_number:d}{:note}")

static const struct rkp_shape shapes[] = {
	STRACE_ROWS("{pid:who}"),
	STRACE("{pid:who}", OPENS, ", {arg:x} <unfinished ...>"),
	STRACE("{pid:who}", OPENS, " <unfinished ...>"),
	ROW(ioctl, CLOSES, "{=pid:who}<... ioctl resumed>, {arg:x}) = {ret:s}{:aside}"),
	ROW(ioctl, CLOSES, "{=pid:who}<... ioctl resumed>) = {ret:s}{:aside}"),
	/* the name of the error cannot join the call that waits: a row that closes one has numbers only */
	ROW(ioctl, CLOSES, "{=pid:who}<... ioctl resumed>, {arg:x}) = {ret:s} {:caps}{:aside}"),
	ROW(ioctl, CLOSES, "{=pid:who}<... ioctl resumed>) = {ret:s} {:caps}{:aside}"),
	STRACE_ROWS(""),
	STRACE_ROWS("{:when}"),

	/* [captured], without the stamps */
	ROW(commit, OPENS, CAP(STAMP) CAP_SUBMIT),
	ROW(commit, OPENS, CAP("") CAP_SUBMIT),
	ROW(commit, ADDS, CAP("") "regcmd phys={phys:x} count={count:d}"),
	ROW(commit, ADDS, CAP("[{:stamp}] ") "regcmd phys={phys:x} count={count:d}"),
	ROW(regcmd_qword, WHOLE, CAP(STAMP) CAP_QWORD),
	ROW(regcmd_qword, WHOLE, CAP("") CAP_QWORD),
	/* [captured], with stamps; the last may be cut off anywhere */
	ROW(regcmd_qword, WHOLE, STAMP PRINTK PRINTK_PARTS),
	ROW(regcmd_qword, WHOLE, PRINTK PRINTK_PARTS),
	ROW(regcmd_qword, WHOLE, STAMP PRINTK "{:cut}"),
	ROW(regcmd_qword, WHOLE, PRINTK "{:cut}"),
	ROW(regcmd_qword, WHOLE, STAMP "{index:d3}: 0x"),
	/*
	 * of the offline compiler, with a constant above the offset; some words are no
	 * registers' [captured]
	 */
	ROW(regcmd_qword, WHOLE, "[0x201{off:h12}] lsb {qword:h16} - {unit:w}{:pad6} {text:z}"),
	/* a list without values [captured] */
	ROW(regcmd_qword, WHOLE, "tgt={target:h4}({unit:w})reg={reg:h4}"),

	/* [captured], all of them */
	SNIFF(mem_create, WHOLE, PART("handle", "handle") ", " PART("flags", "flags") ", "
	      PART("size", "size") ", " PART("obj_addr", "obj") ", " PART("dma_addr", "dma") ", "
	      PART("sram_size", "sram")),
	SNIFF(mem_map, WHOLE, PART("handle", "handle") ", " PART("reserved", "reserved") ", "
	      PART("offset", "offset")),
	SNIFF(mem_sync, WHOLE, PART("flags", "flags") ", 'reserved:0x0', " PART("obj_addr", "obj") ", "
	      PART("offset", "offset") ", " PART("size", "size")),
	SNIFF(mem_destroy, WHOLE, PART("handle", "handle") ", " PART("reserved", "reserved") ", "
	      PART("obj_addr", "obj")),
	SNIFF(action, WHOLE, PART("flags", "flags") ", " PART("value", "value")),
	SNIFF(submit, WHOLE, PART("flags", "flags") ", " PART("timeout", "timeout") ", "
	      PART("task_start", "task_start") ", " PART("task_number", "task_number") ", "
	      PART("task_counter", "task_counter") ", 'priority:{priority:sx}', "
	      PART("task_obj_addr", "task_obj_addr") ", " PART("regcfg_obj_addr", "regcfg_obj_addr") ", "
	      PART("task_base_addr", "task_base_addr") ", " PART("user_data", "user_data") ", "
	      PART("core_mask", "core_mask") ", 'fence_fd:{fence_fd:sx}', 'subcore_task:{:aside}'"),

	/* ---- libraries that are loaded before the runtime [captured] ---- */

	ROW(submit, WHOLE, "SUBMIT {n:d} rc={ret:s} size={size:d}"),
	ROW(submit, OPENS, "================ SUBMIT #{n:d} ================"),
	ROW(submit, ADDS, "flags={flags:x} task_start={task_start:d} task_number={task_number:d}"
			  " core_mask={core_mask:x}{:note}"),
	/* what all on one line is written as */
	ROW(submit, ADDS, "flags={flags:x} task_number={task_number:d} core_mask={core_mask:x}{:note}"),
	ROW(submit, OPENS, "SUBMIT #{n:d}  flags={flags:x} task_number={task_number:d}{:gap}"
			   "core_mask={core_mask:x}{:note}"),
	SUBCORE("0"),
	SUBCORE("1"),
	SUBCORE("2"),
	SUBCORE("3"),
	SUBCORE("4"),
	ROW(mem_create, WHOLE, "ALLOC {:d} fd={:d} flags={flags:h} size={size:d} object={obj:h} dma={dma:h}"
			       " ioctl={:h}"),

	SKIP("strace", "{:who}--- SIG{:z}"),
	SKIP("strace", "{:who}+++ {:z}"),
	SKIP("strace", "{:who}ioctl({:s}{:aside}, DRM_IOCTL_{:z}"),
	SKIP("strace", "strace: Process {:d} {:w}"),
	SKIP("sniffer", "{:s} struct_drm_{:w} [{:z}"),
	SKIP("sniffer", "drm name is {:z}"),
	SKIP("sniffer", "input dma is {:h}, output dma is {:h}, weights dma is {:h}"),
	SKIP("sniffer", "RKNPU_SUBMIT returned {:s}"),
	SKIP("sniffer", "hello from c"),
	SKIP("sniffer", "from import"),
	SKIP("sniffer", "import done"),
	SKIP("sniffer", "Begin perf ..."),
	SKIP("preload", "ABI attr={:d} mem={:d} ctx={:d}"),
	SKIP("preload", "ATTR {:d} name={:z}"),
	SKIP("preload", "MEM input={:w} output={:w}"),
	SKIP("preload", "  ..."),
};
const struct rkp_table rkp_dialect_table = { shapes, RKR_ARRAY_LEN(shapes) };
