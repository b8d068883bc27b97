/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * Lines of other drivers and of patched ones, by words that only they print
 * [captured or source, as the names say]. They are kept as they are: what
 * they mean for the NPU is not known from the vendor's driver.
 */

#define ROW(name, t, ...) \
	{ .kind = RKR_KIND_foreign, .op = RKP_WHOLE, .format = RKP_FORMAT_DMESG, .prefix = RKP_PREFIX_STAMP, \
	  .tag = t, .text = "{driver!" name "}{text:z}", __VA_ARGS__ }
#define INNER(name, t) ROW(name, t, .inner = true)

static const struct rkp_shape shapes[] = {
	ROW("accel/rocket", "[drm] Initialized rocket"),
	ROW("accel/rocket", "rocket:"),
	ROW("accel/rocket", "rocket "),
	ROW("RGA", "rga: "),
	ROW("RGA", "rga_"),
	ROW("RKNPU1", "[galcore]"),
	ROW("RKNPU1", "galcore:"),
	ROW("RKNPU3", "RKNPU3: "),
	ROW("RKNPU3", "rknn3_create_mem"),
	ROW("rk_iommu", "rk_iommu "),
	ROW("rockchip-pm-domain", "rockchip-pm-domain "),
	ROW("rkcif", "rkcif"),
	ROW("cma", "cma: "),
	ROW("StarryOS", "starry_kernel"),
	ROW("StarryOS", "rockchip_npu:"),
	INNER("patched RKNPU", "NO TASK PROGRESS"),
	INNER("patched RKNPU", "task counter stuck at"),
	ROW("patched RKNPU", "ork: sub#"),
	ROW("patched RKNPU", "BUG55 "),
	ROW("patched RKNPU", "DKMS: wrote INT_MASK"),
	ROW("patched RKNPU", "TIMEOUT DIAG"),
	ROW("patched RKNPU", "poll["),
	INNER("patched RKNPU", " int=0x"),
	INNER("MCU HAL", "required mask"),
	/* what a board would not say of itself [source: replay/emu] */
	ROW("emulated board", "rkreplay: this "),
	ROW("emulated board", "rkreplay: core "),
	ROW("emulated board", "rkreplay: fences are not modelled"),
};
const struct rkp_table rkp_foreign_table = { shapes, RKR_ARRAY_LEN(shapes) };
