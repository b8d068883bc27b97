/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * The rows that give records. No line is of two shapes; a test holds the
 * table to that. Sources: captured logs, except where a comment says [source]:
 * the capture script prints it, but no log shows it.
 */

#define ROW(k, o, f, p, ...) \
	{ .kind = RKR_KIND_##k, .op = RKP_##o, .format = RKP_FORMAT_##f, .prefix = RKP_PREFIX_##p, \
	  .text = __VA_ARGS__ }
#define IOCTL(k, o, ...) ROW(k, o, GDB_IOCTL, NONE, __VA_ARGS__)
#define DUMP(k, o, ...) ROW(k, o, GEM_DUMP, NONE, __VA_ARGS__)
#define RKNN(k, o, ...) ROW(k, o, RKNN_DEBUG, RKNN, __VA_ARGS__)

#define SUBCORE(i)                                                                        \
	IOCTL(submit, ADDS, "  subcore_task[" i "]={{task_start={subcore_task[" i "].task_start:d}" \
			    ", task_number={subcore_task[" i "].task_number:d}}")

#define BO_TAIL                                                                        \
	" memory, name: {name:w}, virt addr: {virt:x}, dma addr: {dma:x}, obj addr: {obj:x}" \
	", size: {size:d}, aligned size: {aligned_size:d}, fd: {fd:s}, handle: {handle:d}"   \
	", flags: {flags:x}, gem name: {gem_name:d}, iommu domain id: {iommu_domain_id:s}"

static const struct rkp_shape shapes[] = {
	/* ---- gdb ioctl capture: calls ---- */

	IOCTL(mem_sync, OPENS, "MEM_SYNC flags={flags:x8} obj={obj:x} offset={offset:d} size={size:d}"),
	IOCTL(mem_sync, CLOSES, "IOCTL_RET #{call:d} MEM_SYNC flags={=flags:x8} ret={ret:ret}"),

	IOCTL(action, OPENS, "ACTION flags={flags:x8} value={value:x8}"),
	IOCTL(action, CLOSES, "IOCTL_RET #{call:d} ACTION flags={=flags:x8} ret={ret:ret}"),

	IOCTL(mem_create, OPENS, "MEM_CREATE #{n:d} size={size:d} flags={flags:x8} handle={entry_handle:x}"
				 " obj={entry_obj:x} dma={entry_dma:x} sram={entry_sram:d}"),
	IOCTL(mem_create, CLOSES, "IOCTL_RET #{call:d} MEM_CREATE #{=n:d} ret={ret:ret}"),
	IOCTL(mem_create, CLOSES, "MEM_CREATE_RET #{=n:d} handle={handle:x} obj={obj:x} dma={dma:x}"
				  " sram={sram:d}"),

	IOCTL(mem_map, OPENS, "MEM_MAP #{n:d} handle={entry_handle:x} reserved={entry_reserved:x}"
			      " offset={entry_offset:x}"),
	IOCTL(mem_map, CLOSES, "IOCTL_RET #{call:d} MEM_MAP #{=n:d} ret={ret:ret}"),
	IOCTL(mem_map, CLOSES, "MEM_MAP_RET #{=n:d} handle={handle:x} reserved={reserved:x}"
			       " offset={offset:x}"),

	IOCTL(mmap, OPENS, "MMAP #{n:d} maps={maps:list} addr={hint:x} length={length:d} prot={prot:x}"
			   " flags={flags:x} fd={fd:s} offset={offset:x}"),
	/* 0x-1 is a mmap that failed [source]. */
	IOCTL(mmap, CLOSES, "MMAP_RET #{=n:d} addr={addr:sx}"),

	/* [source], all seven */
	IOCTL(mem_destroy, OPENS, "MEM_DESTROY #{n:d} handle={handle:x} reserved={reserved:x} obj={obj:x}"),
	IOCTL(mem_destroy, CLOSES, "IOCTL_RET #{call:d} MEM_DESTROY #{=n:d} ret={ret:ret}"),
	IOCTL(munmap, OPENS, "MUNMAP #{n:d} maps={maps:list} addr={addr:x} length={length:d}"
			     " expected_length={expected_length:d} fd={fd:s} offset={offset:x}"),
	IOCTL(munmap, CLOSES, "MUNMAP_RET #{=n:d} ret={ret:ret}"),
	IOCTL(close, OPENS, "CLOSE #{n:d} fd={fd:s}"),
	IOCTL(close, CLOSES, "CLOSE_RET #{=n:d} ret={ret:ret}"),

	/* of our own gdb script alone, all four */
	IOCTL(gem_close, OPENS, "GEM_CLOSE #{n:d} handle={handle:x}"),
	IOCTL(gem_close, CLOSES, "IOCTL_RET #{call:d} GEM_CLOSE #{=n:d} ret={ret:ret}"),
	IOCTL(call_error, WHOLE, "IOCTL_ERRNO #{call:d} {what:w} errno={errno:s}"),
	IOCTL(call_error, WHOLE, "CALL_ERRNO {what:w} errno={errno:s}"),

	IOCTL(submit, OPENS, "=== DRM_IOCTL_RKNPU_SUBMIT #{n:d} cmd={cmd:x8} size={size:d} arg={arg:x} ===",
	      .blank_before = true),
	IOCTL(submit, ADDS, "  flags={flags:x8} timeout={timeout:d} task_start={task_start:d}"
			    " task_number={task_number:d}"),
	IOCTL(submit, ADDS, "  task_counter={task_counter:d} priority={priority:s}"
			    " task_obj_addr={task_obj_addr:x}"),
	IOCTL(submit, ADDS, "  regcfg_obj_addr={regcfg_obj_addr:x} task_base_addr={task_base_addr:x}"
			    " user_data={user_data:x}"),
	/* the same bytes as the oldest captures name them */
	IOCTL(submit, ADDS, "  field32={field32:x8} field36={field36:x8} task_base_addr={task_base_addr:x}"
			    " field48={field48:x}"),
	IOCTL(submit, ADDS, "  core_mask={core_mask:x8} fence_fd={fence_fd:s}"),
	SUBCORE("0"),
	SUBCORE("1"),
	SUBCORE("2"),
	SUBCORE("3"),
	SUBCORE("4"),
	IOCTL(submit, ADDS, "  task_obj_mem_create_matches={task_obj_mem_create_matches:d}",
	      .lists = true, .listed = RKR_KIND_submit_create),
	IOCTL(submit_create, BELOW, "    match size={size:d} handle={handle:x} dma={dma:x} flags={flags:x8}"),
	IOCTL(submit, ADDS, "  task_obj_mem_sync_matches={task_obj_mem_sync_matches:d}",
	      .lists = true, .listed = RKR_KIND_submit_sync),
	IOCTL(submit_sync, BELOW, "    sync flags={flags:x8} offset={offset:d} size={size:d}"),
	IOCTL(submit_task, BELOW, "  task[{index:d}] unreadable at {unreadable_at:x}"),
	IOCTL(submit, CLOSES, "IOCTL_RET #{call:d} SUBMIT #{=n:d} ret={ret:ret}"),

	/* [source], all seven */
	IOCTL(unreadable, WHOLE, "{what=ACTION} unreadable arg={arg:x}"),
	IOCTL(unreadable, WHOLE, "{what=MEM_CREATE} #{n:d} unreadable arg={arg:x}"),
	IOCTL(unreadable, WHOLE, "{what=MEM_CREATE_RET} #{n:d} unreadable arg={arg:x}"),
	IOCTL(unreadable, WHOLE, "{what=MEM_MAP} #{n:d} unreadable arg={arg:x}"),
	IOCTL(unreadable, WHOLE, "{what=MEM_MAP_RET} #{n:d} unreadable arg={arg:x}"),
	IOCTL(unreadable, WHOLE, "{what=MEM_SYNC} unreadable arg={arg:x}"),
	IOCTL(unreadable, BELOW, "  {what=submit} struct unreadable"),

	/* ---- GEM dump ---- */

	DUMP(gem, OPENS, "GEM {name:d}: handle={handle:d} size={size:d} map_offset={map_offset:x}"),
	DUMP(gem, ADDS, "  task_like_entries={task_like_entries:d}"),
	DUMP(gem_unavailable, WHOLE, "GEM {name:d}: unavailable: [Errno {errno:s}] {text:z}"),
	DUMP(task, TASK, "  task_like[{index:d}] off={off:x4} flags={flags:x8} op_idx={op_idx:d}"
			 " enable_mask={enable_mask:x8} int_mask={int_mask:x8} int_clear={int_clear:x8}"
			 " int_status={int_status:x8} regcfg_amount={regcfg_amount:d}"
			 " regcfg_offset={regcfg_offset:d}"
			 " regcmd_addr={regcmd_addr:x16}"),
	DUMP(regcmd_window, WINDOW, "  QWORD_WINDOW off={off:x} count={count:d}"),
	DUMP(regcmd_window, WHOLE, "  QWORD_WINDOW off={off:x} count={count:d} unavailable"
				   " size={unavailable_size:d}"),
	DUMP(regcmd_window, QWORD, "  regcmd_qword[{:d}] off={:x} value={:x16}"),
	/* the scan for runs [source], all three: target, register and value are parts of the qword */
	DUMP(regcmd_runs, WHOLE, "  regcmd_like_runs={runs:d} min_run={min_run:d}"),
	DUMP(regcmd_run, WINDOW, "  REGCMD_RUN[{index:d}] off={off:x} qwords={count:d}"),
	DUMP(regcmd_run, QWORD, "  regcmd_qword[{:d}] off={:x} value={:x16} target={:x4} addr={:x4}"
				" reg_value={:x8}"),
	/* gdb prints it as it enters the ioctl, but the dump is a child's and overtakes it */
	DUMP(submit, WHOLE, "submit #{n:d}: task_number={task_number:d} task_obj_addr={task_obj_addr:x}"),

	/* ---- what the runtime prints ---- */

	RKNN(bo_alloc, WHOLE, "allocated" BO_TAIL),
	RKNN(bo_free, WHOLE, "free" BO_TAIL),
	RKNN(regcmd_size, WHOLE, "subgraph{subgraph:d} regcmdbuffer size: {regcmd_bytes:d}, taskbuffer"
				 " size: {task_bytes:d}"),
	RKNN(memory_total, WHOLE, "Total {what:w} Memory Size: {kb:k}KB"),
	RKNN(tensor, WHOLE, "{table!feature}{id:d}{:pad} {user:w}{:pad} {tensor:w}{:pad} {dtype:w}{:pad}"
			    " {format:w}{:pad}"
			    " {orig_shape:w}{:pad} {native_shape:w}{:pad} | {start:x8}{sep:c}{end:x8}"
			    " {size:x8}"),
	RKNN(tensor, WHOLE, "{table!const}{id:d}{:pad} {user:w}{:pad} {tensor:w}{:pad} {dtype:w}{:pad}"
			    " {orig_shape:w}{:pad} | {start:x8}{sep:c}{end:x8} {size:x8}"),
	RKNN(identity, WHOLE, "RKNN {what:w} Information, {text:z}"),

	/* ---- snapshots ---- */

	ROW(snapshot_sysfs, WHOLE, SYSFS, NONE, "SYSFS_SNAPSHOT {label:z}"),
	ROW(sysfs_value, WHOLE, SYSFS, NONE, "  {path:path} = {value:z}"),
	ROW(snapshot_mmio, WHOLE, MMIO, NONE, "MMIO_SNAPSHOT {label:z}"),
	ROW(mmio_core, WHOLE, MMIO, NONE, "  core={core:d} base={base:x8}"),
	ROW(mmio_register, WHOLE, MMIO, NONE, "    {name:w}{:pad20} off={off:x4} value={value:x8}"),
	ROW(mmio_unavailable, WHOLE, MMIO, NONE, "  MMIO_UNAVAILABLE device={device:w} errno={errno:s}"
						 " error={error:z}"),
};
const struct rkp_table rkp_capture_table = { shapes, RKR_ARRAY_LEN(shapes) };
