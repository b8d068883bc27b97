/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "calls-priv.h"

/* Calls of our own, made or only told of, as records of a run. */

/* The first descriptor of a client that has standard input, output and error. */
#define FD 3

static int
take_record(void *run, const struct rkr_record *rec, const struct rkr_record_buf *below, size_t n_below)
{
	(void)below;
	(void)n_below;
	return rkr_run_append(run, rec);
}

int
rkx_calls_into(struct rkr_run *run, struct rkx_calls **ret_calls)
{
	const struct rkx_calls_options o = { .all = true, .bare = true, .take = take_record, .data = run };

	return rkx_calls_new(&o, ret_calls);
}

int
rkx_calls_ioctl(struct rkx_calls *c, enum rkr_ioctl nr, const void *sent, const void *got, uint32_t size,
		int ret)
{
	return rkx_calls_take(c, &(struct rke_call){ .kind = RKE_CALL_IOCTL,
						     .fd = FD,
						     .ret = ret,
						     .command = rkr_ioctl_command(nr, size),
						     .in = sent,
						     .out = got,
						     .size = size });
}

int
rkx_calls_mapping(struct rkx_calls *c, enum rke_call_kind kind, const struct rkr_bo *bo, uint64_t asked,
		  uint64_t mapped, int ret)
{
	/* PROT_READ | PROT_WRITE and MAP_SHARED of Linux, as logs print them. */
	return rkx_calls_take(
		c, &(struct rke_call){ .kind = kind,
				       .fd = FD,
				       .ret = ret,
				       .address = kind == RKE_CALL_MMAP && ret < 0 ? UINT64_MAX : bo->virt,
				       .length = asked,
				       .mapped = mapped,
				       .offset = bo->map,
				       .prot = 3,
				       .flags = 1 });
}

int
rkx_calls_make_bo(struct rkx_calls *c, struct rkr_run *run, struct rkr_bo *bo, uint32_t *ret_index)
{
	const struct rkr_abi_mem_create asked = { .size = bo->size, .flags = bo->flags };
	const struct rkr_abi_mem_map of = { .handle = bo->handle };
	struct rkr_abi_mem_create made = asked;
	struct rkr_abi_mem_map mapped = of;

	bo->known |= RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_FLAGS | RKR_BO_DMA | RKR_BO_OBJ | RKR_BO_HANDLE |
		     RKR_BO_MAP | RKR_BO_MAP_N;
	bo->map_n = c->maps + 1;
	bo->born = rkr_run_n_records(run);
	bo->died = SIZE_MAX;
	made.handle = bo->handle;
	made.obj_addr = bo->obj;
	made.dma_addr = bo->dma;
	mapped.offset = bo->map;
	int r = rkx_calls_ioctl(c, RKR_IOCTL_MEM_CREATE, &asked, &made, sizeof(made), 0);

	if (r == 0)
		r = rkx_calls_ioctl(c, RKR_IOCTL_MEM_MAP, &of, &mapped, sizeof(mapped), 0);
	return r < 0 ? r : rkr_run_add_bo(run, bo, ret_index);
}
