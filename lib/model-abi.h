/* SPDX-License-Identifier: MIT */
#ifndef RKR_MODEL_ABI_H
#define RKR_MODEL_ABI_H

/*
 * The driver's interface as data: ioctls, structs, flags. All of it is
 * [source], the UAPI header of RKNPU driver 0.9.8, but where a line says
 * otherwise. Numbers are in the host's byte order here; on the wire they are
 * little endian, as is every machine that has this NPU.
 */

#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

RKR_BEGIN_DECLS

/** Cores of an RK3588, and slots for their work in a submit. */
#define RKR_NPU_CORES 3
#define RKR_SUBCORE_SLOTS 5

/** Domains of the IOMMU are 0 to 15. */
#define RKR_IOMMU_DOMAINS 16

/*
 * The structs, once: F(type, name, dimension, offset). Offsets are checked
 * when the library is compiled.
 */
#define RKR_ABI_action(F)       \
	F(uint32_t, flags, , 0) \
	F(uint32_t, value, , 4)

#define RKR_ABI_mem_create(F)             \
	F(uint32_t, handle, , 0)          \
	F(uint32_t, flags, , 4)           \
	F(uint64_t, size, , 8)            \
	F(uint64_t, obj_addr, , 16)       \
	F(uint64_t, dma_addr, , 24)       \
	F(uint64_t, sram_size, , 32)      \
	F(int32_t, iommu_domain_id, , 40) \
	F(uint32_t, core_mask, , 44)

#define RKR_ABI_mem_map(F)         \
	F(uint32_t, handle, , 0)   \
	F(uint32_t, reserved, , 4) \
	F(uint64_t, offset, , 8)

#define RKR_ABI_mem_destroy(F)     \
	F(uint32_t, handle, , 0)   \
	F(uint32_t, reserved, , 4) \
	F(uint64_t, obj_addr, , 8)

#define RKR_ABI_mem_sync(F)        \
	F(uint32_t, flags, , 0)    \
	F(uint32_t, reserved, , 4) \
	F(uint64_t, obj_addr, , 8) \
	F(uint64_t, offset, , 16)  \
	F(uint64_t, size, , 24)

#define RKR_ABI_subcore_task(F)      \
	F(uint32_t, task_start, , 0) \
	F(uint32_t, task_number, , 4)

/* Older headers call bytes 32..39 regcfg_obj_addr and 48..55 user_data. */
#define RKR_ABI_submit(F)                  \
	F(uint32_t, flags, , 0)            \
	F(uint32_t, timeout, , 4)          \
	F(uint32_t, task_start, , 8)       \
	F(uint32_t, task_number, , 12)     \
	F(uint32_t, task_counter, , 16)    \
	F(int32_t, priority, , 20)         \
	F(uint64_t, task_obj_addr, , 24)   \
	F(uint32_t, iommu_domain_id, , 32) \
	F(uint32_t, reserved, , 36)        \
	F(uint64_t, task_base_addr, , 40)  \
	F(int64_t, hw_elapse_time, , 48)   \
	F(uint32_t, core_mask, , 56)       \
	F(int32_t, fence_fd, , 60)         \
	F(struct rkr_abi_subcore_task, subcore_task, [RKR_SUBCORE_SLOTS], 64)

/** All structs: S(name, bytes). A task is struct rkr_task of run.h. */
#define RKR_ABI_STRUCTS(S) \
	S(action, 8)       \
	S(mem_create, 48)  \
	S(mem_map, 16)     \
	S(mem_destroy, 16) \
	S(mem_sync, 32)    \
	S(subcore_task, 8) \
	S(submit, 104)

#define RKR_ABI_MEMBER(type, name, dimension, offset) type name dimension;
#define RKR_ABI_STRUCT(name, bytes)            \
	struct rkr_abi_##name {                \
		RKR_ABI_##name(RKR_ABI_MEMBER) \
	};
RKR_ABI_STRUCTS(RKR_ABI_STRUCT)
#undef RKR_ABI_STRUCT
#undef RKR_ABI_MEMBER

/** A member of a struct. */
struct rkr_abi_field {
	const char *name;
	uint16_t offset;
	uint16_t size;
};

struct rkr_abi_struct {
	const char *name;
	uint16_t size;
	const struct rkr_abi_field *fields;
	size_t n_fields;
};

/** All structs that the driver takes, subcore_task included. */
const struct rkr_abi_struct *
rkr_abi_structs(size_t *ret_n);

/** ioctl numbers of DRM builds of the driver. */
enum rkr_ioctl {
	RKR_IOCTL_ACTION = 0x40,
	RKR_IOCTL_SUBMIT = 0x41,
	RKR_IOCTL_MEM_CREATE = 0x42,
	RKR_IOCTL_MEM_MAP = 0x43,
	RKR_IOCTL_MEM_DESTROY = 0x44,
	RKR_IOCTL_MEM_SYNC = 0x45,
};

struct rkr_abi_ioctl {
	enum rkr_ioctl nr;
	uint16_t size;     /**< bytes of its struct */
	uint16_t old_size; /**< bytes of an older header's struct, or the same */
};

/** The command word of an ioctl: read and write, @size bytes, DRM's 'd', number. */
static inline uint32_t
rkr_ioctl_command(enum rkr_ioctl nr, uint32_t size)
{
	return UINT32_C(3) << 30 | size << 16 | (uint32_t)'d' << 8 | (uint32_t)nr;
}

/**
 * What a command word means to the driver. The DRM core goes by type and
 * number alone; a shorter struct is extended with zeros, so that the 40-byte
 * MEM_CREATE of older headers works [source: DRM core].
 *
 * @return NULL if it is no command of this driver.
 */
const struct rkr_abi_ioctl *
rkr_abi_ioctl(uint32_t command);

/** The ioctl of this number, or NULL. */
const struct rkr_abi_ioctl *
rkr_abi_ioctl_by_number(unsigned nr);

/** Flags of MEM_CREATE. 0x10 and 0x40 are declared, and no code reads them. */
enum rkr_mem_flag {
	RKR_MEM_NON_CONTIGUOUS = 0x1,
	RKR_MEM_CACHEABLE = 0x2,
	RKR_MEM_WRITE_COMBINE = 0x4,
	RKR_MEM_KERNEL_MAPPING = 0x8,
	RKR_MEM_IOMMU = 0x10,
	RKR_MEM_ZEROING = 0x20,
	RKR_MEM_SECURE = 0x40,
	RKR_MEM_DMA32 = 0x80,
	RKR_MEM_TRY_SRAM = 0x100,
	RKR_MEM_TRY_NBUF = 0x200,
	RKR_MEM_LIMIT_IOVA_ALIGNMENT = 0x400,
	RKR_MEM_ALL = 0x7ff, /**< those that there are; the driver does not refuse others */
};

/** Flags of MEM_SYNC; other bits are ignored. */
enum rkr_sync_flag {
	RKR_SYNC_TO_DEVICE = 0x1,
	RKR_SYNC_FROM_DEVICE = 0x2,
};

/** Flags of SUBMIT; other bits are ignored. Blocking is the absence of NONBLOCK. */
enum rkr_submit_flag {
	RKR_SUBMIT_PC = 0x1,
	RKR_SUBMIT_NONBLOCK = 0x2,
	RKR_SUBMIT_PINGPONG = 0x4,
	RKR_SUBMIT_FENCE_IN = 0x8,
	RKR_SUBMIT_FENCE_OUT = 0x10,
};

/** A job's own flags, as "job timeout" and "job abort" print them: another namespace. */
enum rkr_job_flag {
	RKR_JOB_DONE = 0x1,
	RKR_JOB_ASYNC = 0x2,
	RKR_JOB_DETACHED = 0x4,
};

RKR_END_DECLS

#endif
