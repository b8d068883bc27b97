/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "driver.h"

/* The NPU of npu.h, in the driver's terms. */

static uint32_t
hw_read(void *data, unsigned core, uint32_t offset)
{
	return rke_npu_read(data, core, offset);
}

static void
hw_write(void *data, unsigned core, uint32_t offset, uint32_t value)
{
	rke_npu_write(data, core, offset, value);
}

static uint64_t
hw_run(void *data, unsigned core)
{
	return rke_npu_run(data, core);
}

static void
hw_run_together(void *data, uint32_t mask, uint64_t ret_ns[RKE_CORES])
{
	rke_npu_run_together(data, mask, ret_ns);
}

static bool
hw_irq(void *data, unsigned core)
{
	return rke_npu_irq(data, core);
}

static const char *
hw_why(void *data, unsigned core)
{
	return rke_npu_why(data, core);
}

static void
hw_reset(void *data)
{
	rke_npu_reset(data);
}

static void
hw_free(void *data)
{
	rke_npu_free(data);
}

int
rke_hw_npu(void *data, const struct rke_bus *bus, struct rke_hw *ret_hw)
{
	struct rke_npu *npu;

	int r = rke_npu_new(bus, &npu);

	if (r < 0)
		return r;
	if (data)
		rke_npu_limit(npu, *(const uint64_t *)data);
	*ret_hw = (struct rke_hw){ npu,    hw_read,  hw_write, hw_run,         hw_irq,
				   hw_why, hw_reset, hw_free,  hw_run_together };
	return 0;
}
