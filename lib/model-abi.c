/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "model-abi.h"

#include "run.h"
#include "util.h"

/* The compiler must lay the structs out as the driver does. */
#define CHECK_FIELD(s, member, offset) \
	_Static_assert(offsetof(struct rkr_abi_##s, member) == (offset), #s "." #member);
#define FIELD_OF_action(t, n, d, o) CHECK_FIELD(action, n, o)
#define FIELD_OF_mem_create(t, n, d, o) CHECK_FIELD(mem_create, n, o)
#define FIELD_OF_mem_map(t, n, d, o) CHECK_FIELD(mem_map, n, o)
#define FIELD_OF_mem_destroy(t, n, d, o) CHECK_FIELD(mem_destroy, n, o)
#define FIELD_OF_mem_sync(t, n, d, o) CHECK_FIELD(mem_sync, n, o)
#define FIELD_OF_subcore_task(t, n, d, o) CHECK_FIELD(subcore_task, n, o)
#define FIELD_OF_submit(t, n, d, o) CHECK_FIELD(submit, n, o)
#define CHECK_STRUCT(s, bytes) \
	RKR_ABI_##s(FIELD_OF_##s) _Static_assert(sizeof(struct rkr_abi_##s) == (bytes), #s);
RKR_ABI_STRUCTS(CHECK_STRUCT)

/* A task is read from the BO as it is in memory [source]. */
_Static_assert(sizeof(struct rkr_task) == RKR_TASK_BYTES, "task");
_Static_assert(offsetof(struct rkr_task, regcmd_addr) == 32, "task.regcmd_addr");

#define ENTRY(type, name, dimension, offset) { #name, offset, (uint16_t)sizeof(type dimension) },
#define FIELDS(s, bytes) static const struct rkr_abi_field fields_##s[] = { RKR_ABI_##s(ENTRY) };
RKR_ABI_STRUCTS(FIELDS)

const struct rkr_abi_struct *
rkr_abi_structs(size_t *ret_n)
{
#define STRUCT(s, bytes) { #s, bytes, fields_##s, RKR_ARRAY_LEN(fields_##s) },
	static const struct rkr_abi_struct structs[] = { RKR_ABI_STRUCTS(STRUCT) };

	*ret_n = RKR_ARRAY_LEN(structs);
	return structs;
}

/* MEM_CREATE had 40 bytes before the IOMMU domain came [source: older headers]. */
static const struct rkr_abi_ioctl ioctls[] = {
	{ RKR_IOCTL_ACTION, sizeof(struct rkr_abi_action), sizeof(struct rkr_abi_action) },
	{ RKR_IOCTL_SUBMIT, sizeof(struct rkr_abi_submit), sizeof(struct rkr_abi_submit) },
	{ RKR_IOCTL_MEM_CREATE, sizeof(struct rkr_abi_mem_create),
	  offsetof(struct rkr_abi_mem_create, iommu_domain_id) },
	{ RKR_IOCTL_MEM_MAP, sizeof(struct rkr_abi_mem_map), sizeof(struct rkr_abi_mem_map) },
	{ RKR_IOCTL_MEM_DESTROY, sizeof(struct rkr_abi_mem_destroy), sizeof(struct rkr_abi_mem_destroy) },
	{ RKR_IOCTL_MEM_SYNC, sizeof(struct rkr_abi_mem_sync), sizeof(struct rkr_abi_mem_sync) },
};

const struct rkr_abi_ioctl *
rkr_abi_ioctl_by_number(unsigned nr)
{
	for (size_t i = 0; i < RKR_ARRAY_LEN(ioctls); i++)
		if ((unsigned)ioctls[i].nr == nr)
			return &ioctls[i];
	return NULL;
}

const struct rkr_abi_ioctl *
rkr_abi_ioctl(uint32_t command)
{
	return (command >> 8 & 0xff) == 'd' ? rkr_abi_ioctl_by_number(command & 0xff) : NULL;
}
