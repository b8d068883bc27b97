/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver-priv.h"

#include <string.h>

#include "lib/model-irq.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"

/*
 * Where faults strike. All of it is on this side of the hardware's
 * interface: a run is withheld, bits are hidden or added, interrupts moved.
 */

/* Group 0 of CNA and CORE is done, the DPU is not [inferred]. */
#define STUCK_BITS (UINT32_C(0x55))
#define RESIDUE_BITS ((uint32_t)RKR_INT_CNA_WEIGHT)
/* The second group of each block. */
#define SECOND_GROUP UINT32_C(0xaaa)

#define LATE_NS (50 * RKE_MS)

bool
rke_fault_now(const struct rke_board *board, enum rke_fault_id id, uint64_t chance)
{
	for (size_t i = 0; i < board->options.n_faults; i++)
		if (board->faults[i].id == id &&
		    rke_fault_strikes(&board->faults[i], chance, board->options.seed))
			return true;
	return false;
}

int
rke_fault_errno(const struct rke_board *board, unsigned ioctl, uint64_t nth)
{
	for (size_t i = 0; i < board->options.n_faults; i++) {
		const struct rke_fault *f = &board->faults[i];

		if (f->id == RKE_FAULT_ERRNO && f->ioctl == ioctl && f->nth == nth)
			return f->error;
	}
	return 0;
}

/* What of a task's regcmd matters to faults. */
struct glance {
	bool weight_reuse;
	bool dpu_pointer;
};

static void
look(const struct rke_board *board, const struct rke_job *job, uint64_t row, struct glance *glance)
{
	struct rkr_task task;

	if (!rke_job_task(board, job, row, &task))
		return;
	uint64_t at = task.regcmd_addr & UINT32_MAX;
	const struct rke_bo *bo = rke_bo_by_iova(board, at);
	uint64_t words = (uint64_t)task.regcfg_amount + RKR_REGCMD_TAIL;

	for (uint64_t i = 0; bo && i < words && at + 8 * i + 8 <= bo->iova + bo->size; i++) {
		uint64_t word;

		memcpy(&word, board->arena + bo->arena + (at - bo->iova) + 8 * i, sizeof(word));
		struct rkr_qword q = rkr_qword_decode(word);

		if (q.offset == RKR_REG_CNA_CBUF_CON0)
			glance->weight_reuse = (q.value >> RKR_FLD_CNA_CBUF_CON0_WEIGHT_REUSE_SHIFT &
						RKR_FLD_CNA_CBUF_CON0_WEIGHT_REUSE_MASK) != 0;
		glance->dpu_pointer |= q.offset == RKR_REG_DPU_S_POINTER;
	}
}

/* Whether a job's regcmd is where a BO was that the IOMMU may still know. */
static bool
is_stale(const struct rke_board *board, const struct rke_job *job, uint64_t row)
{
	struct rkr_task task;

	if (!rke_job_task(board, job, row, &task))
		return false;
	for (size_t i = 0; i < board->n_freed; i++)
		if (task.regcmd_addr - board->freed[i].start < board->freed[i].size)
			return true;
	return false;
}

/* Faults that keep the PC from doing anything. */
static bool
freezes(const struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice)
{
	static const enum rke_fault_id plain[] = { RKE_FAULT_STALL, RKE_FAULT_DMA_ERROR, RKE_FAULT_IOVA_FAULT,
						   RKE_FAULT_STUCK_GROUP, RKE_FAULT_LOST_OP_EN };
	const struct rke_overlay *over = &board->core[core].over;
	struct glance glance = { 0 };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (rke_fault_now(board, plain[i], job->number))
			return true;
	if (over->reused)
		return true;
	if (over->skewed) {
		look(board, job, slice.start, &glance);
		return !glance.dpu_pointer;
	}
	return rke_fault_now(board, RKE_FAULT_STALE_IOTLB, job->number) && is_stale(board, job, slice.start);
}

void
rke_fault_before(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice)
{
	struct rke_overlay *over = &board->core[core].over;

	/* What stands goes on standing until it is reset. */
	if (board->options.n_faults && !over->frozen)
		over->frozen = freezes(board, job, core, slice);
}

static void
page_fault(struct rke_board *board, unsigned core, uint64_t iova, bool write)
{
	struct rke_overlay *over = &board->core[core].over;

	rke_iommu_log(board, iova, write);
	/* The block whose access failed stands, and with it the job [inferred]. */
	over->set |= write ? RKR_INT_DMA_WRITE_ERROR : RKR_INT_DMA_READ_ERROR;
	over->hides |= RKR_INT_DONE;
}

void
rke_fault_after(struct rke_board *board, const struct rke_job *job, unsigned core, uint64_t ns)
{
	struct rke_core_state *c = &board->core[core];
	uint64_t now = rke_now(board), end = ns > RKR_NEVER - 1 - now ? RKR_NEVER - 1 : now + ns;
	uint64_t n = job->number, timeout = (uint64_t)job->args.timeout * RKE_MS;
	struct rkr_slice slice = { 0, 0 };
	struct rkr_task task;

	(void)rkr_subcore_slice(&job->args, job->args.core_mask, core, job->on[core].round, &slice);
	if (c->over.frozen) {
		if (rke_fault_now(board, RKE_FAULT_DMA_ERROR, n))
			c->over.set |= RKR_INT_DMA_READ_ERROR;
		if (rke_fault_now(board, RKE_FAULT_STUCK_GROUP, n))
			c->over.set |= STUCK_BITS;
		if (rke_fault_now(board, RKE_FAULT_IOVA_FAULT, n) &&
		    rke_job_task(board, job, slice.start, &task))
			page_fault(board, core, task.regcmd_addr & UINT32_MAX, false);
		return;
	}
	if (c->write_outside) {
		page_fault(board, core, c->outside_at, true);
		return;
	}
	if (!board->hw.irq(board->hw.data, core)) {
		const char *why = board->hw.why ? board->hw.why(board->hw.data, core) : NULL;

		/* No line of the kernel's: a board says nothing of it. */
		if (why)
			rke_klog_plain(board, "rkreplay: core %u stands: %s", core, why);
		/* Reads outside are let pass, unless it is they that the job stands at. */
		if (c->read_outside)
			page_fault(board, core, c->outside_at, false);
		return;
	}
	c->irq[0] = (struct rke_irq){ .at = end, .counter = -1 };
	if (rke_fault_now(board, RKE_FAULT_CHAIN_OVERRUN, n)) {
		c->irq[0].at = RKR_NEVER;
		c->over.hides |= RKR_INT_DONE;
		c->over.counter = (int)slice.number;
	} else if (rke_fault_now(board, RKE_FAULT_INVALID_IRQ, n)) {
		c->irq[0].hides = RKR_INT_DONE;
		c->irq[0].counter = 0;
	} else if (rke_fault_now(board, RKE_FAULT_LATE_IRQ, n)) {
		c->irq[0].at = job->committed + timeout + LATE_NS;
	} else if (slice.number > 1 && rke_fault_now(board, RKE_FAULT_EARLY_COMPLETION, n)) {
		c->irq[0] = (struct rke_irq){ .at = now + ns / slice.number,
					      .hides = SECOND_GROUP,
					      .counter = 1 };
		c->irq[1] = (struct rke_irq){ .at = end, .counter = -1 };
	}
}

void
rke_fault_ended(struct rke_board *board, const struct rke_job *job, unsigned core, struct rkr_slice slice)
{
	struct rke_overlay *over = &board->core[core].over;
	bool residue = rke_fault_now(board, RKE_FAULT_WEIGHT_REUSE_RESIDUE, job->number);
	bool skew = rke_fault_now(board, RKE_FAULT_GROUP_SKEW, job->number);
	struct glance last = { 0 };

	if (residue || rke_fault_now(board, RKE_FAULT_POLLUTE, job->number)) {
		look(board, job, (uint64_t)slice.start + slice.number - 1, &last);
		over->reused = last.weight_reuse;
		if (residue && over->reused)
			over->set |= RESIDUE_BITS;
	}
	for (uint32_t i = 0; skew && i < slice.number && !over->skewed; i++) {
		struct glance glance = { 0 };

		look(board, job, (uint64_t)slice.start + i, &glance);
		over->skewed = glance.dpu_pointer;
	}
}
