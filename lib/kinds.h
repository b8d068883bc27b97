/* SPDX-License-Identifier: MIT */
#ifndef RKR_KINDS_H
#define RKR_KINDS_H

/*
 * Every record kind and every field of it, declared once, here and, for those
 * of the kernel's log and of the runtime, in kinds-kernel.h and kinds-runtime.h.
 * All else (the tables of schema.c, the field constants, the parser and writer,
 * JSON, the printer, the differ, the relocator, bundles) is made from these lists.
 *
 * F(kind, id, "name", TYPE, CLASS, SPACE, BASE, DELTA)
 *   id     makes the constant RKR_F_<kind>_<id>
 *   name   as JSON, diff and row templates call it. "a[0].b" is one element
 *          of an array of objects.
 *   TYPE   U32 U64 S32 S64 STR DEC (decimal fraction, in millionths) TIME (ms
 *          of the day) CHAR, QWORDS (an array of 64-bit words)
 *   CLASS  PLAIN ADDRESS IDENTITY VOLATILE: what diff and replay do with it
 *   SPACE  what an ADDRESS points through or an IDENTITY names; else NONE
 *   BASE   DEC, HEX, or IRQ (hex; a word of interrupt bits, which JSON and
 *          show name): how it is printed
 *   DELTA  what a difference means: POINTER LINK GEOMETRY COUNT OTHER
 */

#include "kinds-kernel.h"
#include "kinds-runtime.h"

/* ---- ioctl calls: a call and its return are one record ---- */

#define RKR_FIELDS_action(F)                                                    \
	F(action, call, "call", U64, IDENTITY, CALL, DEC, OTHER)                \
	F(action, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                 \
	F(action, value, "value", U32, PLAIN, NONE, HEX, OTHER)                 \
	F(action, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* "entry_" fields are the struct as the caller passed it in. */
#define RKR_FIELDS_mem_create(F)                                                \
	F(mem_create, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)               \
	F(mem_create, call, "call", U64, IDENTITY, CALL, DEC, OTHER)            \
	F(mem_create, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)            \
	F(mem_create, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)             \
	F(mem_create, entry_handle, "entry_handle", U32, PLAIN, NONE, HEX, OTHER) \
	F(mem_create, entry_obj, "entry_obj", U64, PLAIN, NONE, HEX, OTHER)     \
	F(mem_create, entry_dma, "entry_dma", U64, PLAIN, NONE, HEX, OTHER)     \
	F(mem_create, entry_sram, "entry_sram", U64, PLAIN, NONE, DEC, OTHER)   \
	F(mem_create, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)                 \
	F(mem_create, handle, "handle", U32, IDENTITY, HANDLE, HEX, OTHER)      \
	F(mem_create, obj, "obj", U64, ADDRESS, OBJECT, HEX, POINTER)           \
	F(mem_create, dma, "dma", U64, ADDRESS, DMA, HEX, POINTER)              \
	F(mem_create, sram, "sram", U64, PLAIN, NONE, DEC, OTHER)

#define RKR_FIELDS_mem_map(F)                                                   \
	F(mem_map, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                  \
	F(mem_map, call, "call", U64, IDENTITY, CALL, DEC, OTHER)               \
	F(mem_map, entry_handle, "entry_handle", U32, IDENTITY, HANDLE, HEX, OTHER) \
	F(mem_map, entry_reserved, "entry_reserved", U32, PLAIN, NONE, HEX, OTHER) \
	F(mem_map, entry_offset, "entry_offset", U64, PLAIN, NONE, HEX, OTHER)  \
	F(mem_map, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)                    \
	F(mem_map, handle, "handle", U32, IDENTITY, HANDLE, HEX, OTHER)         \
	F(mem_map, reserved, "reserved", U32, PLAIN, NONE, HEX, OTHER)          \
	F(mem_map, offset, "offset", U64, ADDRESS, MAP, HEX, POINTER)

#define RKR_FIELDS_mmap(F)                                                      \
	F(mmap, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                     \
	F(mmap, maps, "maps", STR, IDENTITY, MAP_LIST, DEC, OTHER)              \
	F(mmap, hint, "hint", U64, PLAIN, NONE, HEX, OTHER)                     \
	F(mmap, length, "length", U64, PLAIN, NONE, DEC, GEOMETRY)              \
	F(mmap, prot, "prot", U32, PLAIN, NONE, HEX, OTHER)                     \
	F(mmap, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                   \
	F(mmap, fd, "fd", S32, IDENTITY, DEVICE_FD, DEC, OTHER)                 \
	F(mmap, offset, "offset", U64, ADDRESS, MAP, HEX, POINTER)              \
	F(mmap, addr, "addr", U64, ADDRESS, VIRTUAL, HEX, POINTER)

#define RKR_FIELDS_mem_sync(F)                                                  \
	F(mem_sync, call, "call", U64, IDENTITY, CALL, DEC, OTHER)              \
	F(mem_sync, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)               \
	F(mem_sync, obj, "obj", U64, ADDRESS, OBJECT, HEX, POINTER)             \
	F(mem_sync, offset, "offset", U64, PLAIN, NONE, DEC, GEOMETRY)          \
	F(mem_sync, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)              \
	F(mem_sync, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

#define RKR_FIELDS_mem_destroy(F)                                               \
	F(mem_destroy, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)              \
	F(mem_destroy, call, "call", U64, IDENTITY, CALL, DEC, OTHER)           \
	F(mem_destroy, handle, "handle", U32, IDENTITY, HANDLE, HEX, OTHER)     \
	F(mem_destroy, reserved, "reserved", U32, PLAIN, NONE, HEX, OTHER)      \
	F(mem_destroy, obj, "obj", U64, ADDRESS, OBJECT, HEX, POINTER)          \
	F(mem_destroy, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

#define RKR_FIELDS_munmap(F)                                                    \
	F(munmap, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                   \
	F(munmap, maps, "maps", STR, IDENTITY, MAP_LIST, DEC, OTHER)            \
	F(munmap, addr, "addr", U64, ADDRESS, VIRTUAL, HEX, POINTER)            \
	F(munmap, length, "length", U64, PLAIN, NONE, DEC, GEOMETRY)            \
	F(munmap, expected_length, "expected_length", U64, PLAIN, NONE, DEC, GEOMETRY) \
	F(munmap, fd, "fd", S32, IDENTITY, DEVICE_FD, DEC, OTHER)               \
	F(munmap, offset, "offset", U64, ADDRESS, MAP, HEX, POINTER)            \
	F(munmap, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

#define RKR_FIELDS_close(F)                                                     \
	F(close, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                    \
	F(close, fd, "fd", S32, IDENTITY, DEVICE_FD, DEC, OTHER)                \
	F(close, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* A GEM handle that is closed by the DRM core's own call: what MEM_DESTROY does too. */
#define RKR_FIELDS_gem_close(F)                                                 \
	F(gem_close, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                \
	F(gem_close, call, "call", U64, IDENTITY, CALL, DEC, OTHER)             \
	F(gem_close, handle, "handle", U32, IDENTITY, HANDLE, HEX, OTHER)       \
	F(gem_close, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* Why a call failed: "what" is its name, "call" is there if it is an ioctl. */
#define RKR_FIELDS_call_error(F)                                                \
	F(call_error, what, "what", STR, PLAIN, NONE, DEC, OTHER)               \
	F(call_error, call, "call", U64, IDENTITY, CALL, DEC, OTHER)            \
	F(call_error, errno, "errno", S32, PLAIN, NONE, DEC, OTHER)

/*
 * Names of bytes 32..55 are those that captures print. Driver 0.9.8 itself
 * reads them as iommu_domain_id, reserved and hw_elapse_time [source].
 */
#define RKR_SUBCORE(F, i)                                                       \
	F(submit, sub##i##_start, "subcore_task[" #i "].task_start", U32, PLAIN, NONE, DEC, COUNT) \
	F(submit, sub##i##_number, "subcore_task[" #i "].task_number", U32, PLAIN, NONE, DEC, COUNT)
#define RKR_FIELDS_submit(F)                                                    \
	F(submit, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)                   \
	F(submit, call, "call", U64, IDENTITY, CALL, DEC, OTHER)                \
	F(submit, cmd, "cmd", U32, PLAIN, NONE, HEX, OTHER)                     \
	F(submit, size, "size", U32, PLAIN, NONE, DEC, OTHER)                   \
	F(submit, arg, "arg", U64, VOLATILE, NONE, HEX, OTHER)                  \
	F(submit, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                 \
	F(submit, timeout, "timeout", U32, PLAIN, NONE, DEC, OTHER)             \
	F(submit, task_start, "task_start", U32, PLAIN, NONE, DEC, COUNT)       \
	F(submit, task_number, "task_number", U32, PLAIN, NONE, DEC, COUNT)     \
	F(submit, task_counter, "task_counter", U32, PLAIN, NONE, DEC, COUNT)   \
	F(submit, priority, "priority", S32, PLAIN, NONE, DEC, OTHER)           \
	F(submit, task_obj_addr, "task_obj_addr", U64, ADDRESS, OBJECT, HEX, POINTER) \
	F(submit, regcfg_obj_addr, "regcfg_obj_addr", U64, ADDRESS, OBJECT, HEX, POINTER) \
	F(submit, task_base_addr, "task_base_addr", U64, ADDRESS, DMA, HEX, POINTER) \
	F(submit, user_data, "user_data", U64, PLAIN, NONE, HEX, OTHER)         \
	F(submit, field32, "field32", U32, PLAIN, NONE, HEX, OTHER)             \
	F(submit, field36, "field36", U32, PLAIN, NONE, HEX, OTHER)             \
	F(submit, field48, "field48", U64, PLAIN, NONE, HEX, OTHER)             \
	F(submit, core_mask, "core_mask", U32, PLAIN, NONE, HEX, OTHER)         \
	F(submit, fence_fd, "fence_fd", S32, PLAIN, NONE, DEC, OTHER)           \
	RKR_SUBCORE(F, 0) RKR_SUBCORE(F, 1) RKR_SUBCORE(F, 2)                   \
	RKR_SUBCORE(F, 3) RKR_SUBCORE(F, 4)                                     \
	F(submit, create_matches, "task_obj_mem_create_matches", U64, PLAIN, NONE, DEC, COUNT) \
	F(submit, sync_matches, "task_obj_mem_sync_matches", U64, PLAIN, NONE, DEC, COUNT) \
	F(submit, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* What the capture script knew of the task object at submit; follow the submit. */
#define RKR_FIELDS_submit_create(F)                                             \
	F(submit_create, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)         \
	F(submit_create, handle, "handle", U32, IDENTITY, HANDLE, HEX, OTHER)   \
	F(submit_create, dma, "dma", U64, ADDRESS, DMA, HEX, POINTER)           \
	F(submit_create, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)
#define RKR_FIELDS_submit_sync(F)                                               \
	F(submit_sync, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)            \
	F(submit_sync, offset, "offset", U64, PLAIN, NONE, DEC, GEOMETRY)       \
	F(submit_sync, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)
#define RKR_FIELDS_submit_task(F)                                               \
	F(submit_task, index, "index", U32, PLAIN, NONE, DEC, COUNT)            \
	F(submit_task, unreadable_at, "unreadable_at", U64, ADDRESS, OBJECT, HEX, POINTER)

/* A struct that the capture script could not read. */
#define RKR_FIELDS_unreadable(F)                                                \
	F(unreadable, what, "what", STR, PLAIN, NONE, DEC, OTHER)               \
	F(unreadable, n, "n", U64, IDENTITY, ORDINAL, DEC, OTHER)               \
	F(unreadable, arg, "arg", U64, VOLATILE, NONE, HEX, OTHER)

/* ---- GEM dumps ---- */

/* How many rows the scan kept says nothing that the rows do not; weights decide it. */
#define RKR_FIELDS_gem(F)                                                       \
	F(gem, name, "name", U32, IDENTITY, GEM_NAME, DEC, OTHER)               \
	F(gem, handle, "handle", U32, IDENTITY, HANDLE, DEC, OTHER)             \
	F(gem, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)                   \
	F(gem, map_offset, "map_offset", U64, ADDRESS, MAP, HEX, POINTER)       \
	F(gem, entries, "task_like_entries", U64, VOLATILE, NONE, DEC, COUNT)
#define RKR_FIELDS_gem_unavailable(F)                                           \
	F(gem_unavailable, name, "name", U32, IDENTITY, GEM_NAME, DEC, OTHER)   \
	F(gem_unavailable, errno, "errno", S32, PLAIN, NONE, DEC, OTHER)        \
	F(gem_unavailable, text, "text", STR, PLAIN, NONE, DEC, OTHER)

/*
 * The scan that makes these rows steps through the BO by 40 bytes and keeps
 * what may be a task. "task" is a row of a real task table; "task_like" is
 * any other 40 bytes (weights, metadata, regcmd) that passed the scan: no
 * task, but still a fact about the BO's contents.
 */
#define RKR_FIELDS_TASK(F, kind)                                                \
	F(kind, gem, "gem", U32, IDENTITY, GEM_NAME, DEC, OTHER)                \
	F(kind, index, "index", U64, IDENTITY, ORDINAL, DEC, OTHER)             \
	F(kind, off, "off", U64, PLAIN, NONE, HEX, ORDER)                       \
	F(kind, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                   \
	F(kind, op_idx, "op_idx", U32, PLAIN, NONE, DEC, OTHER)                 \
	F(kind, enable_mask, "enable_mask", U32, PLAIN, NONE, HEX, OTHER)       \
	F(kind, int_mask, "int_mask", U32, PLAIN, NONE, HEX, OTHER)             \
	F(kind, int_clear, "int_clear", U32, PLAIN, NONE, HEX, OTHER)           \
	F(kind, int_status, "int_status", U32, PLAIN, NONE, HEX, OTHER)         \
	F(kind, regcfg_amount, "regcfg_amount", U32, PLAIN, NONE, DEC, COUNT)   \
	F(kind, regcfg_offset, "regcfg_offset", U32, PLAIN, NONE, DEC, OTHER)   \
	F(kind, regcmd_addr, "regcmd_addr", U64, ADDRESS, DMA, HEX, POINTER)
#define RKR_FIELDS_task(F) RKR_FIELDS_TASK(F, task)
#define RKR_FIELDS_task_like(F) RKR_FIELDS_TASK(F, task_like)

/* "unavailable_size" is there instead of qwords when the window passes the BO's end. */
#define RKR_FIELDS_regcmd_window(F)                                             \
	F(regcmd_window, gem, "gem", U32, IDENTITY, GEM_NAME, DEC, OTHER)       \
	F(regcmd_window, off, "off", U64, PLAIN, NONE, HEX, GEOMETRY)           \
	F(regcmd_window, count, "count", U64, PLAIN, NONE, DEC, COUNT)          \
	F(regcmd_window, unavailable_size, "unavailable_size", U64, PLAIN, NONE, DEC, GEOMETRY) \
	F(regcmd_window, qwords, "qwords", QWORDS, PLAIN, NONE, HEX, OTHER)

/* Scan mode of the dump script [source]: runs of qwords that look like regcmd. */
#define RKR_FIELDS_regcmd_runs(F)                                               \
	F(regcmd_runs, gem, "gem", U32, IDENTITY, GEM_NAME, DEC, OTHER)         \
	F(regcmd_runs, runs, "runs", U64, PLAIN, NONE, DEC, COUNT)              \
	F(regcmd_runs, min_run, "min_run", U64, PLAIN, NONE, DEC, OTHER)
#define RKR_FIELDS_regcmd_run(F)                                                \
	F(regcmd_run, gem, "gem", U32, IDENTITY, GEM_NAME, DEC, OTHER)          \
	F(regcmd_run, index, "index", U64, IDENTITY, ORDINAL, DEC, OTHER)       \
	F(regcmd_run, off, "off", U64, PLAIN, NONE, HEX, GEOMETRY)              \
	F(regcmd_run, count, "count", U64, PLAIN, NONE, DEC, COUNT)             \
	F(regcmd_run, qwords, "qwords", QWORDS, PLAIN, NONE, HEX, OTHER)

/* ---- snapshots: a heading, then its rows ---- */

#define RKR_FIELDS_snapshot_sysfs(F)                                            \
	F(snapshot_sysfs, label, "label", STR, PLAIN, NONE, DEC, OTHER)
#define RKR_FIELDS_sysfs_value(F)                                               \
	F(sysfs_value, path, "path", STR, PLAIN, NONE, DEC, OTHER)              \
	F(sysfs_value, value, "value", STR, VOLATILE, NONE, DEC, OTHER)
#define RKR_FIELDS_snapshot_mmio(F)                                             \
	F(snapshot_mmio, label, "label", STR, PLAIN, NONE, DEC, OTHER)
#define RKR_FIELDS_mmio_core(F)                                                 \
	F(mmio_core, core, "core", U32, PLAIN, NONE, DEC, OTHER)                \
	F(mmio_core, base, "base", U64, PLAIN, NONE, HEX, OTHER)
#define RKR_FIELDS_mmio_register(F)                                             \
	F(mmio_register, name, "name", STR, PLAIN, NONE, DEC, OTHER)            \
	F(mmio_register, off, "off", U32, PLAIN, NONE, HEX, OTHER)              \
	F(mmio_register, value, "value", U32, PLAIN, NONE, HEX, OTHER)
#define RKR_FIELDS_mmio_unavailable(F)                                          \
	F(mmio_unavailable, device, "device", STR, PLAIN, NONE, DEC, OTHER)     \
	F(mmio_unavailable, errno, "errno", S32, PLAIN, NONE, DEC, OTHER)       \
	F(mmio_unavailable, error, "error", STR, PLAIN, NONE, DEC, OTHER)

/*
 * ---- what tracers see ----
 */

/* An ioctl as strace or a sniffer shows it, by its number: the struct behind "arg" is not shown. */
#define RKR_FIELDS_ioctl(F)                                                     \
	F(ioctl, pid, "pid", U32, VOLATILE, NONE, DEC, OTHER)                   \
	F(ioctl, fd, "fd", S32, IDENTITY, DEVICE_FD, DEC, OTHER)                \
	F(ioctl, type, "type", U32, PLAIN, NONE, HEX, OTHER)                    \
	F(ioctl, nr, "nr", U32, PLAIN, NONE, HEX, OTHER)                        \
	F(ioctl, size, "size", U32, PLAIN, NONE, DEC, OTHER)                    \
	F(ioctl, arg, "arg", U64, VOLATILE, NONE, HEX, OTHER)                   \
	F(ioctl, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)                      \
	F(ioctl, error, "error", STR, PLAIN, NONE, DEC, OTHER)

/* One register command in a text dialect: at "off" of its source, or "index" of its list. */
#define RKR_FIELDS_regcmd_qword(F)                                              \
	F(regcmd_qword, time, "time", DEC, VOLATILE, NONE, DEC, OTHER)          \
	F(regcmd_qword, index, "index", U64, IDENTITY, ORDINAL, DEC, OTHER)     \
	F(regcmd_qword, off, "off", U64, PLAIN, NONE, HEX, GEOMETRY)            \
	F(regcmd_qword, qword, "qword", U64, PLAIN, NONE, HEX, OTHER)           \
	F(regcmd_qword, target, "target", U32, PLAIN, NONE, HEX, OTHER)         \
	F(regcmd_qword, reg, "reg", U32, PLAIN, NONE, HEX, OTHER)               \
	F(regcmd_qword, value, "value", U32, PLAIN, NONE, HEX, OTHER)           \
	F(regcmd_qword, unit, "unit", STR, PLAIN, NONE, DEC, OTHER)             \
	F(regcmd_qword, text, "text", STR, PLAIN, NONE, DEC, OTHER)

/* A commit as a patched driver logs it before its regcmd. */
#define RKR_FIELDS_commit(F)                                                    \
	F(commit, time, "time", DEC, VOLATILE, NONE, DEC, OTHER)                \
	F(commit, core, "core", U32, PLAIN, NONE, DEC, OTHER)                   \
	F(commit, regcmd_addr, "regcmd_addr", U64, ADDRESS, DMA, HEX, POINTER)  \
	F(commit, regcfg_amount, "regcfg_amount", U32, PLAIN, NONE, DEC, COUNT) \
	F(commit, data_amount, "pc_data_amount", U32, PLAIN, NONE, DEC, COUNT)  \
	F(commit, int_mask, "int_mask", U32, PLAIN, NONE, IRQ, OTHER)            \
	F(commit, first_int_mask, "first_int_mask", U32, PLAIN, NONE, IRQ, OTHER) \
	F(commit, task_con, "task_con", U32, PLAIN, NONE, HEX, OTHER)           \
	F(commit, task_base_addr, "task_base_addr", U64, PLAIN, NONE, HEX, OTHER) \
	F(commit, enable_mask, "enable_mask", U32, PLAIN, NONE, HEX, OTHER)     \
	F(commit, dma_ctrl, "pc_dma_ctrl", U32, PLAIN, NONE, HEX, OTHER)        \
	F(commit, phys, "phys", U64, VOLATILE, NONE, HEX, OTHER)                \
	F(commit, count, "count", U64, PLAIN, NONE, DEC, COUNT)

/* ---- results of a sweep over shapes ---- */

/*
 * One row of a sweep's log. "b" to "est_tasks" are of the row that announces a
 * shape: batch, channels, height x width, output channels, kernel, groups, and
 * how it is to run. "running" is the tally up to there.
 */
#define RKR_FIELDS_sweep_shape(F)                                               \
	F(sweep_shape, index, "index", U64, IDENTITY, ORDINAL, DEC, OTHER)      \
	F(sweep_shape, total, "total", U64, PLAIN, NONE, DEC, COUNT)            \
	F(sweep_shape, name, "name", STR, PLAIN, NONE, DEC, OTHER)              \
	F(sweep_shape, b, "b", U32, PLAIN, NONE, DEC, GEOMETRY)                 \
	F(sweep_shape, c, "c", U32, PLAIN, NONE, DEC, GEOMETRY)                 \
	F(sweep_shape, h, "h", STR, PLAIN, NONE, DEC, GEOMETRY)                 \
	F(sweep_shape, oc, "oc", U32, PLAIN, NONE, DEC, GEOMETRY)               \
	F(sweep_shape, k, "k", STR, PLAIN, NONE, DEC, GEOMETRY)                 \
	F(sweep_shape, g, "g", U32, PLAIN, NONE, DEC, GEOMETRY)                 \
	F(sweep_shape, path, "path", STR, PLAIN, NONE, DEC, OTHER)              \
	F(sweep_shape, est, "est", U64, PLAIN, NONE, DEC, COUNT)                \
	F(sweep_shape, est_tasks, "est_tasks", U64, PLAIN, NONE, DEC, COUNT)    \
	F(sweep_shape, kind, "kind", STR, PLAIN, NONE, DEC, OTHER)              \
	F(sweep_shape, tasks, "tasks", U64, PLAIN, NONE, DEC, COUNT)            \
	F(sweep_shape, status, "status", STR, PLAIN, NONE, DEC, OTHER)          \
	F(sweep_shape, max_diff, "max_diff", DEC, PLAIN, NONE, DEC, OTHER)      \
	F(sweep_shape, running, "running", STR, PLAIN, NONE, DEC, OTHER)        \
	F(sweep_shape, elapsed, "elapsed", DEC, VOLATILE, NONE, DEC, OTHER)     \
	F(sweep_shape, text, "text", STR, PLAIN, NONE, DEC, OTHER)
/* "counts" is the tally at the end; the health tests' return codes are -1 if they did not run. */
#define RKR_FIELDS_sweep_total(F)                                               \
	F(sweep_total, timestamp, "timestamp", STR, VOLATILE, NONE, DEC, OTHER) \
	F(sweep_total, total, "total", U64, PLAIN, NONE, DEC, COUNT)            \
	F(sweep_total, pool, "pool", U64, PLAIN, NONE, DEC, COUNT)              \
	F(sweep_total, pre_health, "pre_health_rc", S32, PLAIN, NONE, DEC, OTHER) \
	F(sweep_total, post_health, "post_health_rc", S32, PLAIN, NONE, DEC, OTHER) \
	F(sweep_total, start, "start", U64, PLAIN, NONE, DEC, COUNT)            \
	F(sweep_total, limit, "limit", STR, PLAIN, NONE, DEC, OTHER)            \
	F(sweep_total, counts, "counts", STR, PLAIN, NONE, DEC, OTHER)

/*
 * ---- the source of a driver, or a patch for it ----
 *
 * "row" is the kind of a trace row that it prints; "missing" lists fields that
 * the row lacks there.
 */
#define RKR_FIELDS_trace_marker(F)                                              \
	F(trace_marker, row, "row", STR, PLAIN, NONE, DEC, OTHER)               \
	F(trace_marker, missing, "missing", STR, PLAIN, NONE, DEC, OTHER)

/* ---- what replay found ---- */

/*
 * A run in a bracket: a health job, the run, a health job, on one device.
 * "device" is "hardware" or "emulated"; "before", "probe" and "after" are
 * PASS, FAIL or TIMEOUT; "max_diff" is there if the answer could be compared.
 */
#define RKR_FIELDS_bracket(F)                                                   \
	F(bracket, device, "device", STR, PLAIN, NONE, DEC, OTHER)              \
	F(bracket, driver, "driver", STR, PLAIN, NONE, DEC, OTHER)              \
	F(bracket, before, "before", STR, PLAIN, NONE, DEC, OTHER)              \
	F(bracket, probe, "probe", STR, PLAIN, NONE, DEC, OTHER)                \
	F(bracket, after, "after", STR, PLAIN, NONE, DEC, OTHER)                \
	F(bracket, verdict, "verdict", STR, PLAIN, NONE, DEC, OTHER)            \
	F(bracket, max_diff, "max_diff", DEC, PLAIN, NONE, DEC, OTHER)

/* ---- a compiled model ---- */

/* Extents are of the file: where weights, regcmd and the relative task table stand in it. */
#define RKR_FIELDS_model(F)                                                     \
	F(model, version, "version", U32, PLAIN, NONE, DEC, OTHER)              \
	F(model, compiler, "compiler", STR, PLAIN, NONE, DEC, OTHER)            \
	F(model, platform, "platform", STR, PLAIN, NONE, DEC, OTHER)            \
	F(model, precision, "precision", STR, PLAIN, NONE, DEC, OTHER)          \
	F(model, weight_off, "weight_off", U64, PLAIN, NONE, HEX, GEOMETRY)     \
	F(model, weight_bytes, "weight_bytes", U64, PLAIN, NONE, DEC, GEOMETRY) \
	F(model, regcmd_off, "regcmd_off", U64, PLAIN, NONE, HEX, GEOMETRY)     \
	F(model, regcmd_bytes, "regcmd_bytes", U64, PLAIN, NONE, DEC, GEOMETRY) \
	F(model, task_off, "task_off", U64, PLAIN, NONE, HEX, GEOMETRY)         \
	F(model, tasks, "tasks", U64, PLAIN, NONE, DEC, COUNT)

/*
 * K(kind, STREAM): all kinds. Records of one stream were written by one
 * writer, so their order means something; the order between streams does
 * not, because the writers buffer on their own.
 */
#define RKR_KINDS(K)                                                            \
	K(action, CALLS)                                                        \
	K(mem_create, CALLS)                                                    \
	K(mem_map, CALLS)                                                       \
	K(mmap, CALLS)                                                          \
	K(mem_sync, CALLS)                                                      \
	K(mem_destroy, CALLS)                                                   \
	K(munmap, CALLS)                                                        \
	K(close, CALLS)                                                         \
	K(gem_close, CALLS)                                                     \
	K(call_error, CALLS)                                                    \
	K(submit, CALLS)                                                        \
	K(submit_create, CALLS)                                                 \
	K(submit_sync, CALLS)                                                   \
	K(submit_task, CALLS)                                                   \
	K(unreadable, CALLS)                                                    \
	K(bo_alloc, RUNTIME)                                                    \
	K(bo_free, RUNTIME)                                                     \
	K(regcmd_size, RUNTIME)                                                 \
	K(memory_total, RUNTIME)                                                \
	K(tensor, RUNTIME)                                                      \
	K(identity, RUNTIME)                                                    \
	K(gem, GEM)                                                             \
	K(gem_unavailable, GEM)                                                 \
	K(task, GEM)                                                            \
	K(task_like, GEM)                                                       \
	K(regcmd_window, GEM)                                                   \
	K(regcmd_runs, GEM)                                                     \
	K(regcmd_run, GEM)                                                      \
	K(snapshot_sysfs, SYSFS)                                                \
	K(sysfs_value, SYSFS)                                                   \
	K(snapshot_mmio, MMIO)                                                  \
	K(mmio_core, MMIO)                                                      \
	K(mmio_register, MMIO)                                                  \
	K(mmio_unavailable, MMIO)                                               \
	K(wait, KERNEL)                                                         \
	K(timeout, KERNEL)                                                      \
	K(core_status, KERNEL)                                                  \
	K(soft_reset, KERNEL)                                                   \
	K(job_error, KERNEL)                                                    \
	K(irq_invalid, KERNEL)                                                  \
	K(iommu, KERNEL)                                                        \
	K(memory_error, KERNEL)                                                 \
	K(driver, KERNEL)                                                       \
	K(driver_note, KERNEL)                                                  \
	K(foreign, KERNEL)                                                      \
	K(pc_prelude, KERNEL)                                                   \
	K(pc_trace, KERNEL)                                                     \
	K(pc_regs, KERNEL)                                                      \
	K(pc_armed, KERNEL)                                                     \
	K(pc_timeout, KERNEL)                                                   \
	K(pc_irq_valid, KERNEL)                                                 \
	K(pc_irq_invalid, KERNEL)                                               \
	K(runtime_error, RUNTIME)                                               \
	K(ioctl, TRACER)                                                        \
	K(regcmd_qword, TRACER)                                                 \
	K(commit, TRACER)                                                       \
	K(sweep_shape, SWEEP)                                                   \
	K(sweep_total, SWEEP)                                                   \
	K(bracket, REPLAY)                                                      \
	K(model, MODEL)                                                         \
	K(trace_marker, SOURCE)

#endif
