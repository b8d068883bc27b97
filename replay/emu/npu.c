/* SPDX-License-Identifier: MIT */
/* The NPU: three cores behind MMIO and interrupt lines. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/regs-ids.h"
#include "lib/util.h"
#include "replay/emu/npu-priv.h"

/* MACs and bytes of memory of one core in a ns, and what a task costs by itself. [inferred: 6 TOPS of int8 by
 * three cores at 1 GHz, half of it in fp16; tens of GB/s of LPDDR4X] */
#define MACS_PER_NS 512
#define BYTES_PER_NS 10
#define TASK_NS 5000

struct rke_npu {
	struct rke_bus bus;
	struct rke_core core[RKE_CORES];
	uint64_t work_max;
};

static int
core_new(struct rke_core *core, const struct rke_bus *bus, unsigned index)
{
	core->bus = bus;
	core->index = index;
	for (unsigned b = 0; b < RKE_BLOCKS; b++)
		for (unsigned g = 0; g < 2; g++) {
			core->group[b][g] = calloc(1, sizeof(*core->group[b][g]));
			if (!core->group[b][g])
				return -ENOMEM;
		}
	return rke_pc_new(&core->pc);
}

int
rke_npu_new(const struct rke_bus *bus, struct rke_npu **ret_npu)
{
	struct rke_npu *npu = calloc(1, sizeof(*npu));

	if (!npu)
		return -ENOMEM;
	npu->bus = *bus;
	npu->work_max = RKE_WORK_MAX;
	for (unsigned i = 0; i < RKE_CORES; i++)
		if (core_new(&npu->core[i], &npu->bus, i) < 0) {
			rke_npu_free(npu);
			return -ENOMEM;
		}
	*ret_npu = npu;
	return 0;
}

void
rke_npu_free(struct rke_npu *npu)
{
	if (!npu)
		return;
	for (unsigned i = 0; i < RKE_CORES; i++) {
		struct rke_core *core = &npu->core[i];

		for (unsigned b = 0; b < RKE_BLOCKS; b++)
			for (unsigned g = 0; g < 2; g++)
				free(core->group[b][g]);
		rke_scratch_free(core);
		rke_pc_free(core->pc);
	}
	free(npu);
}

uint32_t
rke_npu_read(const struct rke_npu *npu, unsigned core, uint32_t offset)
{
	const struct rke_core *c = &npu->core[core % RKE_CORES];

	if (rke_block_of(offset) >= 0)
		return rke_block_read(c, offset);
	return rke_pc_read(c->pc, offset);
}

void
rke_npu_write(struct rke_npu *npu, unsigned core, uint32_t offset, uint32_t value)
{
	struct rke_core *c = &npu->core[core % RKE_CORES];
	int block = rke_block_of(offset);

	/* All blocks have OPERATION_ENABLE where CNA has it. */
	if (offset == RKR_REG_GLOBAL_OPERATION_ENABLE)
		rke_pc_enable(c, value);
	else if (block < 0)
		rke_pc_write(c, offset, value);
	else if ((offset & 0xfff) != (RKR_REG_CNA_OPERATION_ENABLE & 0xfff))
		rke_block_write(c, offset, value);
	else if (value & 1)
		rke_pc_enable(c, 1u << block);
}

void
rke_npu_limit(struct rke_npu *npu, uint64_t work)
{
	npu->work_max = work;
}

static void
start_run(const struct rke_npu *npu, struct rke_core *c)
{
	c->macs = 0;
	c->dma_bytes = 0;
	c->work_left = npu->work_max;
}

static uint64_t
time_of(const struct rke_core *c, uint64_t tasks)
{
	uint64_t compute = c->macs / MACS_PER_NS, memory = c->dma_bytes / BYTES_PER_NS;

	return tasks * TASK_NS + (compute > memory ? compute : memory);
}

uint64_t
rke_npu_run(struct rke_npu *npu, unsigned core)
{
	struct rke_core *c = &npu->core[core % RKE_CORES];

	start_run(npu, c);
	return time_of(c, rke_pc_run(c, NULL));
}

void
rke_npu_run_together(struct rke_npu *npu, uint32_t mask, uint64_t ret_ns[RKE_CORES])
{
	uint64_t tasks[RKE_CORES] = { 0 };
	uint32_t todo = mask;

	for (unsigned i = 0; i < RKE_CORES; i++)
		start_run(npu, &npu->core[i]);
	while (todo) {
		uint32_t waiting = 0;

		for (unsigned i = 0; i < RKE_CORES; i++) {
			bool waits = false;

			if (todo >> i & 1)
				tasks[i] += rke_pc_run(&npu->core[i], &waits);
			waiting |= (uint32_t)waits << i;
		}
		todo = waiting;
	}
	for (unsigned i = 0; i < RKE_CORES; i++)
		if (mask >> i & 1)
			ret_ns[i] = time_of(&npu->core[i], tasks[i]);
}

bool
rke_npu_irq(const struct rke_npu *npu, unsigned core)
{
	/* The status of an idle core has bits that no interrupt makes. [source] */
	return (rke_npu_read(npu, core, RKR_REG_PC_INTERRUPT_STATUS) & 0x1ffff) != 0;
}

const char *
rke_npu_why(const struct rke_npu *npu, unsigned core)
{
	return rke_pc_why(npu->core[core % RKE_CORES].pc);
}

void
rke_npu_reset(struct rke_npu *npu)
{
	for (unsigned i = 0; i < RKE_CORES; i++) {
		rke_block_reset(&npu->core[i]);
		rke_pc_reset(npu->core[i].pc);
	}
}
