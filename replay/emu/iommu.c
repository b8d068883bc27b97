/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <errno.h>

/* The IOMMU: what the NPU reaches, and in which domain. */

/* How long a switch waits for jobs of another domain [source]. */
#define SWITCH_WAIT_NS (6000 * RKE_MS)

void *
rke_iommu_map(void *data, unsigned core, uint32_t iova, size_t len, bool write, size_t *ret_len)
{
	struct rke_board *board = data;
	struct rke_bo *bo = core < RKR_NPU_CORES ? board->last_bo[core] : NULL;

	(void)write;
	if (!bo || bo->domain != board->domain || iova < bo->iova || iova - bo->iova >= bo->size) {
		bo = rke_bo_by_iova(board, iova);
		if (!bo)
			return NULL;
		if (core < RKR_NPU_CORES)
			board->last_bo[core] = bo;
	}
	uint64_t in = iova - bo->iova, left = bo->size - in;

	*ret_len = left < len ? (size_t)left : len;
	return board->arena + bo->arena + in;
}

void
rke_iommu_fault(void *data, unsigned core, uint32_t iova, size_t len, bool write)
{
	struct rke_board *board = data;

	(void)len;
	if (write)
		board->stats.writes_outside++;
	else
		board->stats.reads_outside++;
	if (core >= RKR_NPU_CORES)
		return;
	struct rke_core_state *c = &board->core[core];

	/* The IOMMU stands at the first: that one is told. A write outweighs reads, which are let pass. */
	if (c->write_outside || (c->read_outside && !write))
		return;
	c->outside_at = iova;
	c->write_outside = write;
	c->read_outside = c->read_outside || !write;
}

void
rke_iommu_log(struct rke_board *board, uint64_t iova, bool write)
{
	/* One IOMMU for the three cores, named after its first registers [source: device tree, rk_iommu]. */
	rke_klog_plain(board, "rk_iommu fdab9000.iommu: Page fault at 0x%016llx of type %s",
		       (unsigned long long)iova, write ? "write" : "read");
}

int
rke_domain_get(struct rke_board *board, uint32_t domain)
{
	uint64_t end = rke_now(board) + SWITCH_WAIT_NS;

	if (domain >= RKR_IOMMU_DOMAINS)
		return -EINVAL;
	/* Whoever lets go of it ends the wait. */
	for (uint64_t at = 0; domain != board->domain && board->domain_holds != 0 && at < end;) {
		at = rke_irq_at(board);
		at = at < end ? at : end;
		rke_run_until(board, at, NULL);
	}
	if (domain != board->domain) {
		/* A count below zero, of a job that was put twice, is not zero either [source]. */
		if (board->domain_holds != 0) {
			rke_klog(board, "switch iommu domain time out, failed to switch iommu domain, id: %u",
				 domain);
			return -EINVAL;
		}
		rke_klog(board, "switch iommu domain from %u to %u", board->domain, domain);
		board->domain = domain;
	}
	board->domain_holds++;
	return 0;
}

void
rke_domain_put(struct rke_board *board)
{
	board->domain_holds--;
}
