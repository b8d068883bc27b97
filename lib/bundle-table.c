/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "bundle-priv.h"
#include "util.h"

/* The words and members that the reader and the writer share. */

const char *const rkr_evidence_names[RKR_N_EVIDENCE] = {
	[RKR_EVIDENCE_SCAN] = "scan",
	[RKR_EVIDENCE_DUMP] = "dump",
	[RKR_EVIDENCE_GENERATED] = "generated",
};

const char *const rkr_region_names[RKR_N_REGION_KINDS] = {
	[RKR_REGION_REGCMD] = "regcmd",
	[RKR_REGION_TASKS] = "tasks",
	[RKR_REGION_TASKS_REL] = "tasks-relative",
	[RKR_REGION_DATA] = "data",
};

/* M(member, FLAG, TYPE, hexadecimal) */
#define BO_MEMBERS(M)                     \
	M(handle, HANDLE, U32, false)     \
	M(gem_name, GEM_NAME, U32, false) \
	M(prime_fd, PRIME_FD, S32, false) \
	M(flags, FLAGS, U32, true)        \
	M(size, SIZE, U64, false)         \
	M(aligned, ALIGNED, U64, false)   \
	M(dma, DMA, U64, true)            \
	M(obj, OBJ, U64, true)            \
	M(virt, VIRT, U64, true)          \
	M(map, MAP, U64, true)            \
	M(map_n, MAP_N, U64, false)

static const struct rkr_bo_member members[] = {
#define M(member, flag, type, hex) \
	{ #member, RKR_BO_##flag, offsetof(struct rkr_bo, member), RKR_TYPE_##type, hex },
	BO_MEMBERS(M)
#undef M
};

#define WIDTH_U32 sizeof(uint32_t)
#define WIDTH_S32 sizeof(int32_t)
#define WIDTH_U64 sizeof(uint64_t)
#define M(member, flag, type, hex) \
	_Static_assert(sizeof(((struct rkr_bo *)NULL)->member) == WIDTH_##type, "its type is " #type);
BO_MEMBERS(M)
#undef M

const struct rkr_bo_member *
rkr_bo_member(size_t i)
{
	return i < RKR_ARRAY_LEN(members) ? &members[i] : NULL;
}

uint64_t
rkr_bo_member_get(const struct rkr_bo_member *m, const struct rkr_bo *bo)
{
	const char *p = (const char *)bo + m->offset;
	uint64_t u64;
	uint32_t u32;

	if (m->type == RKR_TYPE_U64) {
		memcpy(&u64, p, sizeof(u64));
		return u64;
	}
	memcpy(&u32, p, sizeof(u32));
	return m->type == RKR_TYPE_S32 ? (uint64_t)(int64_t)(int32_t)u32 : u32;
}

void
rkr_bo_member_set(const struct rkr_bo_member *m, struct rkr_bo *bo, uint64_t value)
{
	char *p = (char *)bo + m->offset;
	uint32_t u32 = (uint32_t)value;

	if (m->type == RKR_TYPE_U64)
		memcpy(p, &value, sizeof(value));
	else
		memcpy(p, &u32, sizeof(u32));
	bo->known |= m->known;
}

bool
rkr_type_fits(enum rkr_type type, uint64_t value)
{
	switch (type) {
	case RKR_TYPE_U32:
		return value <= UINT32_MAX;
	case RKR_TYPE_S32:
		return (int64_t)value >= INT32_MIN && (int64_t)value <= INT32_MAX;
	case RKR_TYPE_CHAR:
		return value <= UINT8_MAX;
	default:
		return true;
	}
}

uint64_t
rkr_bo_room(const struct rkr_bo *bo)
{
	return bo->known & RKR_BO_ALIGNED ? bo->aligned : bo->known & RKR_BO_SIZE ? bo->size : UINT64_MAX;
}
