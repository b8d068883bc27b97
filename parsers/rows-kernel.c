/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * The kernel log of the vendor's driver, of all its versions from 0.4 to
 * 0.9.8 [source, and captured where a test says so]. Each version prints some
 * of a row's items; which version it is cannot be told from its number.
 */

#define ROW(k, t, ...) \
	{ .kind = RKR_KIND_##k, .op = RKP_WHOLE, .format = RKP_FORMAT_DMESG, .prefix = RKP_PREFIX_KERNEL, \
	  .loose = true, .text = t, __VA_ARGS__ }
/* its words are rare enough to be known without the driver's tag */
#define BARE(k, t) ROW(k, t, .bare = true)
#define DRM(t) \
	{ .kind = RKR_KIND_driver, .op = RKP_WHOLE, .format = RKP_FORMAT_DMESG, .prefix = RKP_PREFIX_STAMP, \
	  .loose = true, .bare = true, .text = t }

#define STATUS                                                                               \
	"[, raw status: {raw_status:x}][, require mask: {require_mask:x}]"                   \
	"[, task counter: {task_counter:x}][, elapsed time: {elapsed_us:d}us]"

static const struct rkp_shape shapes[] = {
	/* The flags are those of the submit; the counter is the only one in decimal. */
	ROW(wait, "{what!expired}job[: {job:w}][, mask: {mask:x}][, iommu domain id: {iommu_domain_id:s}]"
		  "[, job iommu domain id: {job_iommu_domain_id:s}]"
		  "[, dev iommu domain id: {dev_iommu_domain_id:s}]"
		  "[, wait_count: {wait_count:d}][, continue wait: {continue_wait:d}]"
		  "[, commit elapse time: {commit_elapse_us:d}us][, wait time: {wait_time_us:d}us]"
		  "[, timeout: {timeout_us:d}us]"),
	BARE(wait, "{what!failed}failed to wait job[, task counter: {task_counter:d}][, flags: {flags:x}]"
		   "[, ret = {ret:s}][, elapsed time: {elapsed_us:d}us]"),
	/* up to 0.8 the status stands here, later in a row for each core */
	BARE(timeout, "job timeout[, flags: {flags:x}][, irq status: {irq_status:x}]" STATUS),
	ROW(core_status, "\tcore {core:d} irq status[: {irq_status:x}]" STATUS),
	ROW(irq_invalid, "invalid irq status[: {irq_status:x}]" STATUS),

	ROW(soft_reset, "{what!done}soft reset[, num: {num:s}]"),
	ROW(soft_reset, "{what!bypassed}bypass soft reset"),
	ROW(soft_reset, "{what!failed}failed to soft reset for rknpu[: {ret:s}]"),
	ROW(soft_reset, "{what!failed}failed to soft reset[: {ret:s}]"),
	ROW(soft_reset, "{what!assert-failed}failed to assert rknpu reset[: {ret:s}]"),
	ROW(soft_reset, "{what!deassert-failed}failed to deassert rknpu reset[: {ret:s}]"),

	ROW(job_error, "{what!abort}job abort[, flags: {flags:x}][, ret: {ret:s}]"
		       "[, elapsed time: {elapsed_us:d}us]"),
	ROW(job_error, "{what!commit-failed}job commit failed"),
	ROW(job_error, "{what!task-number}invalid rknpu task number!"),
	ROW(job_error, "{what!core-mask}invalid rknpu core mask[: {core_mask:x}]"),
	ROW(job_error, "{what!unknown-core-mask}Unknown core mask[: {core_mask:d}]"),
	ROW(job_error, "{what!unknown-core-num}Unknown use core num[ {value:s}]"),
	ROW(job_error, "{what!core-index}invalid rknpu core index[: {value:s}]"),
	ROW(job_error, "{what!allocation}failed to allocate rknpu job!"),
	ROW(job_error, "{what!fence-fd}invalid fence in fd[, fd = {value:s}]"),
	ROW(job_error, "{what!fence-wait}Error ({ret:s}) waiting for fence!"),

	BARE(iommu, "{what!switch}switch iommu domain from {from:s} to {to:s}"),
	BARE(iommu, "{what!switch-timeout}switch iommu domain time out[, failed to switch iommu domain]"
		    "[, id: {id:s}]"),
	BARE(iommu, "{what!switch-failed}failed to switch iommu domain[, id: {id:s}][, ret: {ret:s}]"),
	BARE(iommu, "{what!mismatch}mismatch domain get from iommu_get_domain_for_dev"),
	ROW(iommu, "{what!enabled}rknpu iommu is enabled[, using iommu mode]"),
	ROW(iommu, "{what!disabled}rknpu iommu is disabled[, using non-iommu mode]"),
	ROW(iommu, "{what!no-entry}rknpu iommu device-tree entry not found![, using non-iommu mode]"),
	ROW(iommu, "{what!still-enabled}iommu still enabled"),

	ROW(memory_error, "{what!iova}failed to allocate IOVA[: {ret:s}]"),
	BARE(memory_error, "{what!dma-map}rknpu_gem_get_pages: dma map[ {size:d}] fail"),
	/* as posted by people who retyped it */
	BARE(memory_error, "{what!dma-map}rknn_gem_get_pages: dma map[ {size:d}] fail"),
	BARE(memory_error, "{what!object-create}rknpu_gem_object_create error"),
	ROW(memory_error, "{what!destroy}failed to destroy memory"),
	ROW(memory_error, "{what!buffer}failed to allocate[ {size:d}] buffer."),
	ROW(memory_error, "{what!fallback}try to fallback to allocate non-contiguous[ {size:d}] buffer."),
	ROW(memory_error, "{what!map-sg}failed to map SG[: {ret:s}]"),
	ROW(memory_error, "{what!mmap}failed to mmap[, ret: {ret:s}]"),

	/* since kernel 6.14 DRM prints no date */
	DRM("[[drm] Initialized rknpu {version:w} {released:date} for {device:w}[ on minor {minor:w}]"),
	DRM("[[drm] Initialized rknpu {version:w} for {device:w}[ on minor {minor:w}]"),
	ROW(driver, "Initialized RKNPU driver: v{version:w} for {released:w}"),

	{ .kind = RKR_KIND_driver_note, .op = RKP_WHOLE, .format = RKP_FORMAT_DMESG,
	  .prefix = RKP_PREFIX_KERNEL, .tag = "", .text = "{text:z}" },
};
const struct rkp_table rkp_kernel_table = { shapes, RKR_ARRAY_LEN(shapes) };
