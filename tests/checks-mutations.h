/* SPDX-License-Identifier: MIT */
#ifndef TEST_CHECKS_MUTATIONS_H
#define TEST_CHECKS_MUTATIONS_H

/* For each check, changes of one thing in a generated run that it must see. */

#include <stddef.h>
#include <stdint.h>

#include "lib/schema.h"
#include "tests/gen-common.h"

#define DEPTHWISE "b1_c144_h56_w56_oc144_wic1_k3x3_g144"
#define DEGENERATE "b1_c128_h1_w1_oc24_wic128_k1x1_g1"
#define OVERLAYS "b1_c576_h19_w19_oc273_wic576_k1x1_g1"
#define PW "b1_c256_h14_w14_oc512_wic256_k1x1_g1"

enum how {
	SET,      /* give a field a value */
	UNSET,    /* take a field out */
	DROP,     /* leave one record out */
	DROP_ALL, /* leave all records of the kind out; the source still writes such */
	WORD,     /* change word @value of a window: flip its lowest bit of the value part */
	TEXT,     /* give a text field another text */
};

struct mutation {
	unsigned id; /* the check that must fail */
	const char *shape;
	enum how how;
	enum rkr_kind kind;
	size_t nth; /* of its kind */
	int field;
	uint64_t value;
	const char *text;
};

#define F(kind, name) RKR_KIND_##kind, 0, RKR_F_##kind##_##name
#define NTH(kind, nth, name) RKR_KIND_##kind, nth, RKR_F_##kind##_##name

/* clang-format off */
static const struct mutation mutations[] = {
	{ 1, H40, SET, F(submit, cmd), 0xc0706441, NULL },
	{ 1, H40, SET, F(submit, size), 112, NULL },
	{ 1, H40, DROP_ALL, F(submit, cmd), 0, NULL },
	{ 2, H40, SET, NTH(task, 3, int_clear), 0xffff, NULL },
	{ 2, H40, SET, NTH(task, 3, int_mask), 0xc00, NULL },
	{ 2, H40, SET, NTH(task, 3, flags), 1, NULL },
	{ 2, H40, SET, NTH(task, 3, op_idx), 2, NULL },
	{ 2, H40, SET, NTH(task, 3, enable_mask), 0x1d, NULL },
	{ 2, H40, SET, NTH(task, 3, int_status), 0x300, NULL },
	{ 2, H40, SET, NTH(task, 3, regcfg_offset), 8, NULL },
	{ 2, H40, SET, NTH(task, 3, regcmd_addr), 0xffffbb80, NULL },
	{ 2, H40, DROP_ALL, F(task, off), 0, NULL },
	{ 2, H40, DROP, NTH(task, 16, off), 0, NULL },
	{ 3, H40, SET, NTH(task, 20, regcmd_addr), 0x10, NULL },
	{ 3, H40, SET, NTH(task, 20, regcfg_amount), 108, NULL },
	{ 3, H40, DROP, NTH(task, 33, off), 0, NULL },
	{ 4, H40, SET, NTH(task, 0, regcfg_amount), 104, NULL },
	{ 4, H40, SET, NTH(task, 2, regcfg_amount), 26, NULL },
	{ 4, H40, SET, NTH(task, 4, enable_mask), 0x0d, NULL },
	{ 4, H40, SET, F(regcmd_size, task_bytes), 640, NULL },
	{ 4, DEGENERATE, SET, NTH(task, 1, regcfg_amount), 104, NULL },
	{ 5, H40, WORD, F(regcmd_window, qwords), 40, NULL },
	{ 5, C64, SET, NTH(task, 0, op_idx), 3, NULL },
	{ 6, H40, SET, F(submit, task_base_addr), 0xffff0000, NULL },
	{ 6, H40, SET, F(submit, user_data), 1, NULL },
	{ 6, H40, SET, F(submit, regcfg_obj_addr), UINT64_C(0xffffff8102fc0400), NULL },
	{ 6, H40, SET, F(submit, task_obj_addr), UINT64_C(0xffffff8102fc0401), NULL },
	{ 6, H40, SET, F(submit, task_obj_addr), 0, NULL },
	{ 6, H40, SET, F(submit, create_matches), 0, NULL },
	{ 6, H40, SET, F(submit_create, handle), 2, NULL },
	{ 6, H40, SET, F(mem_create, flags), 0x403, NULL },
	{ 6, H40, DROP, F(submit_sync, flags), 0, NULL },
	{ 6, H40, SET, NTH(submit_sync, 1, size), 681, NULL },
	{ 6, H40, SET, F(submit_sync, flags), 1, NULL },
	{ 6, H40, DROP, F(submit_create, flags), 0, NULL },
	{ 7, H40, SET, F(submit, ret), UINT64_MAX, NULL },
	{ 7, H40, SET, F(submit, task_number), 0, NULL },
	{ 7, H40, SET, F(submit, task_counter), 6, NULL },
	{ 7, H40, SET, F(submit, flags), 7, NULL },
	{ 7, H40, UNSET, F(submit, ret), 0, NULL },
	{ 8, H40, SET, F(submit, core_mask), 1, NULL },
	{ 8, H40, SET, F(submit, sub1_number), 1, NULL },
	{ 8, H40, SET, F(submit, sub3_number), 2, NULL },
	{ 8, H40, SET, F(submit, sub2_start), 1, NULL },
	{ 8, H40, UNSET, F(submit, sub4_number), 0, NULL },
	{ 8, H40, UNSET, F(submit, core_mask), 0, NULL },
	{ 9, H40, SET, F(submit, flags), 1, NULL },
	{ 9, H40, SET, F(submit, priority), 1, NULL },
	{ 9, H40, SET, F(submit, fence_fd), 3, NULL },
	{ 9, H40, SET, F(submit, regcfg_obj_addr), 1, NULL },
	{ 10, H40, SET, F(submit, sub0_number), 18, NULL },
	{ 10, H40, SET, F(submit, sub0_start), 16, NULL },
	{ 10, H40, SET, F(submit, sub2_number), 0, NULL },
	{ 10, H40, SET, F(submit, core_mask), 5, NULL },
	{ 10, H40, SET, F(submit, task_number), 2, NULL },
	{ 10, H40, UNSET, F(submit, sub0_number), 0, NULL },
	{ 11, H40, SET, NTH(action, 1, flags), 6, NULL },
	{ 11, H40, SET, NTH(action, 1, flags), 25, NULL },
	{ 11, H40, SET, NTH(action, 2, ret), 0, NULL },
	{ 11, H40, SET, NTH(action, 3, ret), UINT64_MAX, NULL },
	{ 11, H40, DROP, NTH(action, 11, flags), 0, NULL },
	{ 11, H40, UNSET, NTH(action, 1, ret), 0, NULL },
	{ 11, H40, DROP_ALL, F(action, flags), 0, NULL },
	{ 12, H40, SET, NTH(mem_sync, 0, flags), 4, NULL },
	{ 12, H40, SET, NTH(mem_sync, 7, size), UINT64_C(1) << 40, NULL },
	{ 12, H40, SET, NTH(mem_sync, 7, offset), UINT64_MAX, NULL },
	{ 12, H40, SET, NTH(mem_sync, 7, obj), 0x1234, NULL },
	{ 12, H40, SET, NTH(mem_sync, 7, ret), UINT64_MAX, NULL },
	{ 12, H40, SET, NTH(mem_create, 1, flags), 0x401, NULL },
	{ 12, H40, DROP_ALL, F(mem_sync, flags), 0, NULL },
	{ 13, H40, SET, NTH(mem_create, 3, dma), 0xff000000, NULL },
	{ 13, H40, SET, NTH(mem_create, 3, dma), 0xffffb000, NULL },
	{ 13, H40, SET, NTH(mem_create, 0, dma), 0xfffff010, NULL },
	{ 13, H40, SET, NTH(mem_create, 0, dma), UINT64_C(0x100000000), NULL },
	{ 13, H40, SET, NTH(bo_alloc, 2, domain), 1, NULL },
	{ 13, H40, SET, F(submit, regcfg_obj_addr), 1, NULL },
	{ 13, H40, SET, NTH(mem_create, 2, ret), UINT64_MAX, NULL },
	{ 14, H40, SET, NTH(mmap, 1, prot), 1, NULL },
	{ 14, H40, SET, NTH(mmap, 1, flags), 2, NULL },
	{ 14, H40, SET, NTH(mmap, 1, length), 4096, NULL },
	{ 14, H40, SET, NTH(mmap, 1, offset), 0x1000, NULL },
	{ 14, H40, SET, NTH(mmap, 1, addr), 0x7ff7ff7001, NULL },
	{ 14, H40, SET, NTH(mmap, 1, fd), 9, NULL },
	{ 14, H40, SET, NTH(mem_map, 1, offset), 0x100002000, NULL },
	{ 14, H40, SET, NTH(mem_map, 1, entry_handle), 77, NULL },
	{ 14, H40, DROP, NTH(mem_map, 4, n), 0, NULL },
	{ 14, H40, DROP, NTH(mmap, 4, n), 0, NULL },
	{ 14, H40, DROP_ALL, F(mmap, n), 0, NULL },
	{ 17, H40, SET, F(regcmd_window, count), 1600, NULL },
	{ 17, H40, SET, NTH(memory_total, 1, kb), UINT64_C(900000000), NULL },
	{ 17, H40, DROP_ALL, F(regcmd_window, off), 0, NULL },
	{ 18, H40, WORD, F(regcmd_window, qwords), 0, NULL },
	{ 18, H40, WORD, F(regcmd_window, qwords), 223, NULL },
	{ 18, C64, WORD, F(regcmd_window, qwords), 112, NULL },
	{ 19, H40, WORD, F(regcmd_window, qwords), 224, NULL },
	{ 19, H40, WORD, F(regcmd_window, qwords), 735, NULL },
	{ 19, DEPTHWISE, WORD, F(regcmd_window, qwords), 700, NULL },
	{ 20, H40, WORD, F(regcmd_window, qwords), 736, NULL },
	{ 20, H40, WORD, F(regcmd_window, qwords), 1503, NULL },
	{ 20, OVERLAYS, WORD, F(regcmd_window, qwords), 6127, NULL },
	{ 21, C64, WORD, F(regcmd_window, qwords), 300, NULL },
	{ 21, PW, WORD, F(regcmd_window, qwords), 800, NULL },
	{ 21, C64, DROP, NTH(task, 13, off), 0, NULL },
	{ 22, H40, SET, NTH(bo_alloc, 1, size), 936000, NULL },
	{ 22, H40, SET, NTH(bo_alloc, 0, flags), 0x403, NULL },
	{ 22, H40, SET, NTH(bo_alloc, 4, aligned_size), 4096, NULL },
	{ 22, H40, SET, F(regcmd_size, regcmd_bytes), 12000, NULL },
	{ 22, H40, SET, F(memory_total, kb), 1000000, NULL },
	{ 22, H40, SET, F(tensor, size), 0x7d010, NULL },
	{ 22, H40, DROP_ALL, F(regcmd_size, time), 0, NULL },
	{ 23, H40, TEXT, F(bo_free, name), 0, "weight" },
	{ 23, H40, DROP, NTH(bo_free, 1, name), 0, NULL },
	{ 23, H40, DROP_ALL, F(bo_free, name), 0, NULL },
	{ 24, H40, SET, NTH(mem_sync, 2, flags), 3, NULL },
	{ 24, H40, SET, NTH(mem_sync, 7, size), 12000, NULL },
	{ 24, H40, SET, NTH(mem_sync, 7, offset), 0xe1000, NULL },
	{ 24, H40, DROP, NTH(mem_sync, 9, flags), 0, NULL },
	{ 24, H40, DROP_ALL, F(mem_sync, flags), 0, NULL },
	{ 25, H40, SET, NTH(action, 0, value), 0, NULL },
	{ 25, H40, SET, NTH(action, 4, call), 9, NULL },
	{ 25, H40, SET, NTH(mem_create, 2, size), 4096, NULL },
	{ 25, H40, SET, NTH(mem_create, 2, handle), 8, NULL },
	{ 25, H40, SET, NTH(mem_create, 2, entry_dma), 1, NULL },
	{ 25, H40, DROP, NTH(action, 5, flags), 0, NULL },
	{ 25, H40, DROP, NTH(mem_map, 2, n), 0, NULL },
	{ 25, H40, DROP_ALL, F(mem_create, n), 0, NULL },
	{ 26, H40, TEXT, F(bo_alloc, name), 0, "weight" },
	{ 26, H40, SET, NTH(bo_alloc, 2, handle), 2, NULL },
	{ 26, H40, SET, NTH(bo_alloc, 2, dma), 0x1000, NULL },
	{ 26, H40, SET, NTH(bo_alloc, 2, obj), 0x1000, NULL },
	{ 26, H40, SET, NTH(bo_alloc, 2, virt), 0x1000, NULL },
	{ 26, H40, SET, NTH(bo_alloc, 2, gem_name), 9, NULL },
	{ 26, H40, SET, NTH(gem, 2, size), 4096, NULL },
	{ 26, H40, SET, NTH(gem, 2, map_offset), 4096, NULL },
	{ 26, H40, DROP, NTH(bo_alloc, 3, name), 0, NULL },
	{ 26, H40, DROP_ALL, F(bo_alloc, name), 0, NULL },
	{ 27, H40, SET, NTH(bo_free, 2, dma), 0x1000, NULL },
	{ 27, H40, SET, NTH(bo_free, 2, fd), 12, NULL },
	{ 27, H40, SET, NTH(bo_free, 2, size), 1, NULL },
	{ 27, H40, TEXT, NTH(bo_free, 2, name), 0, "other" },
	{ 28, H40, SET, F(tensor, start), 0x1000, NULL },
	{ 28, H40, SET, NTH(tensor, 1, end), 0xffffffff, NULL },
	{ 28, H40, SET, NTH(tensor, 2, start), 0xffd00000, NULL },
	{ 28, H40, TEXT, NTH(tensor, 1, orig_shape), 0, "(1,320,38,40)" },
	{ 28, H40, TEXT, NTH(tensor, 2, orig_shape), 0, "(99999999999,9999999999,3,3)" },
	{ 28, H40, DROP_ALL, F(tensor, start), 0, NULL },
	{ 29, H40, SET, F(regcmd_size, regcmd_bytes), 12096, NULL },
	{ 29, H40, SET, NTH(memory_total, 1, kb), UINT64_C(900000000), NULL },
	{ 29, H40, SET, NTH(tensor, 2, size), 0xe0000, NULL },
	{ 29, H40, SET, NTH(mem_sync, 7, size), 6656, NULL },
	{ 29, C64, WORD, F(regcmd_window, qwords), 479, NULL },
	{ 29, H40, SET, NTH(task_like, 3, flags), 0x12345, NULL },
	{ 30, H40, SET, F(submit, flags), 1, NULL },
	{ 30, H40, SET, F(submit, sub0_start), 30, NULL },
	{ 30, H40, SET, F(submit, task_base_addr), 0x1000, NULL },
	{ 30, H40, SET, NTH(task, 0, regcmd_addr), 0xffffb808, NULL },
	{ 30, H40, SET, NTH(task, 0, regcmd_addr), 0x1000, NULL },
	{ 30, H40, SET, NTH(task, 1, enable_mask), 0x1d, NULL },
	{ 30, H40, SET, NTH(task, 1, regcfg_amount), 104, NULL },
	{ 30, H40, WORD, F(regcmd_window, qwords), 108, NULL },
	{ 30, H40, WORD, F(regcmd_window, qwords), 109, NULL },
	{ 30, H40, WORD, F(regcmd_window, qwords), 111, NULL },
	{ 30, H40, WORD, F(regcmd_window, qwords), 221, NULL },
	{ 31, H40, SET, NTH(task, 5, int_mask), 0x100, NULL },
	{ 31, H40, SET, NTH(task, 5, int_mask), 0x1300, NULL },
	{ 31, H40, SET, NTH(task, 5, int_mask), 0, NULL },
	{ 31, H40, SET, NTH(task, 5, int_mask), 0xf00, NULL },
	{ 32, H40, SET, NTH(mmio_register, 0, value), 0x12345670, NULL },
	{ 32, H40, SET, NTH(mmio_register, 1, value), 99, NULL },
	{ 32, H40, SET, NTH(mmio_register, 2, value), 0x100, NULL },
	{ 32, H40, SET, NTH(mmio_register, 3, value), 0x7006, NULL },
	{ 32, H40, SET, NTH(mmio_register, 4, value), 0x1000, NULL },
	{ 32, H40, SET, NTH(mmio_register, 5, value), 6, NULL },
	{ 32, H40, SET, NTH(mmio_register, 3, value), 0, NULL },
	{ 32, H40, DROP_ALL, F(mmio_core, core), 0, NULL },
	{ 34, H40, SET, F(submit, timeout), 0, NULL },
	{ 34, H40, SET, F(submit, timeout), UINT32_MAX, NULL },
	{ 34, H40, SET, F(submit, timeout), 3000, NULL },
	{ 34, H40, UNSET, F(submit, timeout), 0, NULL },
	{ 34, H40, SET, F(submit, core_mask), 6, NULL },
	{ 34, H40, SET, NTH(task, 1, int_mask), 0x200, NULL },
	{ 35, H40, TEXT, F(sysfs_value, value), 0, "<unreadable:13>" },
	{ 35, H40, TEXT, NTH(sysfs_value, 7, value), 0, "1 GHz" },
	{ 35, H40, TEXT, NTH(snapshot_sysfs, 1, label), 0, "later" },
	{ 35, H40, DROP, NTH(sysfs_value, 9, path), 0, NULL },
	{ 35, H40, DROP_ALL, F(sysfs_value, path), 0, NULL },
};
/* clang-format on */

#endif
