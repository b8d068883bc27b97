/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row.h"

#include "lib/util.h"

/*
 * What a driver prints that was patched to trace how it commits tasks to the
 * PC. [source: the patch that the reference toolkit checks]
 */

#define ROW(k, t) \
	{ .kind = RKR_KIND_##k, .op = RKP_WHOLE, .format = RKP_FORMAT_PC_TRACE, .prefix = RKP_PREFIX_KERNEL, \
	  .loose = true, .text = t "[ {more:z}]" }
#define REG(name) "[ " name "={" name ":x}]"
#define NUM(name) "[ " name "={" name ":d}]"
#define INT(name) "[ " name "={" name ":s}]"
#define ADDRESS REG("PC_DATA_ADDR") REG("PC_DATA_AMOUNT")
#define STOPPED ADDRESS REG("TASK_CONTROL") REG("DMA_BASE") REG("PC_OP_EN") REG("ENABLE_MASK")

static const struct rkp_shape shapes[] = {
	ROW(pc_regs, "pc commit regs:" NUM("core") ADDRESS REG("INT_MASK") REG("INT_RAW") REG("TASK_CONTROL")
		     REG("DMA_BASE") REG("TASK_STATUS") REG("ENABLE_MASK")),
	ROW(pc_armed, "pc commit armed:" NUM("core") REG("PC_OP_EN") REG("INT_STATUS") REG("INT_RAW")
		      REG("TASK_STATUS")),
	ROW(pc_trace, "pc commit trace:" NUM("core") NUM("submit_index") INT("task_start")
		      INT("task_number") INT("task_end") REG("first_regcmd") NUM("first_amount")
		      REG("first_enable") REG("first_int") REG("last_int") REG("task_base_addr")
		      REG("flags") NUM("use_core_num")),
	ROW(pc_prelude, "pc commit prelude:" NUM("core") REG("core_mask") NUM("use_core_num")
			REG("task_status") REG("int_status") REG("int_raw") REG("enable_mask")),
	ROW(pc_irq_valid, "valid irq trace:" NUM("core") REG("status") REG("raw") REG("require")
			  REG("task_counter") ADDRESS REG("TASK_CONTROL") REG("DMA_BASE") REG("ENABLE_MASK")),
	ROW(pc_irq_invalid, "invalid irq pc regs:" NUM("core") STOPPED),
	ROW(pc_timeout, "\tcore {core:d} timeout pc regs:" STOPPED),
};
const struct rkp_table rkp_trace_table = { shapes, RKR_ARRAY_LEN(shapes) };
