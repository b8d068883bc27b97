/* SPDX-License-Identifier: MIT */
/* Memory as the blocks see it: 32-bit addresses, holes that read 0. */
#include "config.h"

#include <string.h>

#include "replay/emu/npu-priv.h"

/* What is mapped and what is not changes at pages. [source: IOMMU] */
#define PAGE 4096u

/* Up to where a piece may reach without wrapping around. */
static size_t
until_wrap(uint32_t iova, size_t len)
{
	uint64_t left = (UINT64_C(1) << 32) - iova;

	return len < left ? len : (size_t)left;
}

static void
transfer(struct rke_core *core, uint32_t iova, unsigned char *to, const unsigned char *from, size_t len)
{
	const struct rke_bus *bus = core->bus;
	bool write = from != NULL;
	uint32_t hole_at = 0;
	size_t hole = 0;

	core->dma_bytes += len;
	iova += core->dma_base;
	for (size_t done = 0; done < len;) {
		size_t want = until_wrap(iova, len - done), n = 0;
		unsigned char *p = bus->map(bus->data, core->index, iova, want, write, &n);

		if (p && n > 0) {
			n = n < want ? n : want;
			if (hole > 0)
				bus->fault(bus->data, core->index, hole_at, hole, write);
			hole = 0;
			if (write)
				memcpy(p, from + done, n);
			else
				memcpy(to + done, p, n);
		} else {
			n = PAGE - iova % PAGE;
			n = n < want ? n : want;
			if (hole == 0)
				hole_at = iova;
			hole += n;
			if (!write)
				memset(to + done, 0, n);
		}
		iova += (uint32_t)n;
		done += n;
	}
	if (hole > 0)
		bus->fault(bus->data, core->index, hole_at, hole, write);
}

static void *
piece(struct rke_core *core, uint32_t iova, size_t len, bool write)
{
	const struct rke_bus *bus = core->bus;
	size_t n = 0;

	iova += core->dma_base;
	if (len == 0 || until_wrap(iova, len) < len)
		return NULL;
	void *p = bus->map(bus->data, core->index, iova, len, write, &n);

	if (!p || n < len)
		return NULL;
	core->dma_bytes += len;
	return p;
}

void
rke_dma_read(struct rke_core *core, uint32_t iova, void *to, size_t len)
{
	transfer(core, iova, to, NULL, len);
}

void
rke_dma_write(struct rke_core *core, uint32_t iova, const void *from, size_t len)
{
	transfer(core, iova, NULL, from, len);
}

const void *
rke_dma_peek(struct rke_core *core, uint32_t iova, size_t len)
{
	return piece(core, iova, len, false);
}

void *
rke_dma_poke(struct rke_core *core, uint32_t iova, size_t len)
{
	return piece(core, iova, len, true);
}
