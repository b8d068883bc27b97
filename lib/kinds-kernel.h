/* SPDX-License-Identifier: MIT */
#ifndef RKR_KINDS_KERNEL_H
#define RKR_KINDS_KERNEL_H

/* The kinds of rows of the kernel's log; kinds.h says what the lists mean, and has the others. */

/*
 * ---- kernel log ----
 *
 * "time" is the kernel's own stamp, in seconds; "date" is the wall clock as
 * the log prints it, if it does. "device" is there when the row names one.
 * A row needs none of its fields: logs are cut, wrapped and shortened.
 */

#define RKR_FIELDS_KERNEL(F, kind)                                              \
	F(kind, time, "time", DEC, VOLATILE, NONE, DEC, OTHER)                  \
	F(kind, date, "date", STR, VOLATILE, NONE, DEC, OTHER)                  \
	F(kind, device, "device", STR, PLAIN, NONE, DEC, OTHER)

/*
 * A wait for a job that ended without its completion. "what" is "expired"
 * (one of up to three waits: "job: ...") or "failed" (the last one: "failed to
 * wait job"). "flags" are those of the submit. Old drivers print one domain
 * only ("iommu_domain_id"), others none.
 */
#define RKR_FIELDS_wait(F)                                                      \
	RKR_FIELDS_KERNEL(F, wait)                                              \
	F(wait, what, "what", STR, PLAIN, NONE, DEC, OTHER)                     \
	F(wait, job, "job", STR, VOLATILE, NONE, DEC, OTHER)                    \
	F(wait, mask, "mask", U32, PLAIN, NONE, HEX, OTHER)                     \
	F(wait, domain, "iommu_domain_id", S32, PLAIN, NONE, DEC, OTHER)        \
	F(wait, job_domain, "job_iommu_domain_id", S32, PLAIN, NONE, DEC, OTHER) \
	F(wait, dev_domain, "dev_iommu_domain_id", S32, PLAIN, NONE, DEC, OTHER) \
	F(wait, wait_count, "wait_count", U32, PLAIN, NONE, DEC, COUNT)         \
	F(wait, continue_wait, "continue_wait", U32, PLAIN, NONE, DEC, OTHER)   \
	F(wait, commit_elapse, "commit_elapse_us", U64, VOLATILE, NONE, DEC, OTHER) \
	F(wait, wait_time, "wait_time_us", U64, VOLATILE, NONE, DEC, OTHER)     \
	F(wait, timeout, "timeout_us", U64, PLAIN, NONE, DEC, OTHER)            \
	F(wait, task_counter, "task_counter", U32, PLAIN, NONE, DEC, COUNT)     \
	F(wait, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                   \
	F(wait, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)                       \
	F(wait, elapsed, "elapsed_us", U64, VOLATILE, NONE, DEC, OTHER)

/* Words of interrupt bits. */
#define RKR_FIELDS_STATUS(F, kind)                                              \
	F(kind, irq_status, "irq_status", U32, PLAIN, NONE, IRQ, OTHER)          \
	F(kind, raw_status, "raw_status", U32, PLAIN, NONE, IRQ, OTHER)          \
	F(kind, require_mask, "require_mask", U32, PLAIN, NONE, IRQ, OTHER)      \
	F(kind, task_counter, "task_counter", U32, PLAIN, NONE, HEX, COUNT)     \
	F(kind, elapsed, "elapsed_us", U64, VOLATILE, NONE, DEC, OTHER)

/* "flags" are the job's own: 1 done, 2 async, 4 detached. Up to 0.8 the status stands in the same line. */
#define RKR_FIELDS_timeout(F)                                                   \
	RKR_FIELDS_KERNEL(F, timeout)                                           \
	F(timeout, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)                \
	RKR_FIELDS_STATUS(F, timeout)
#define RKR_FIELDS_core_status(F)                                               \
	RKR_FIELDS_KERNEL(F, core_status)                                       \
	F(core_status, core, "core", U32, PLAIN, NONE, DEC, OTHER)              \
	RKR_FIELDS_STATUS(F, core_status)
#define RKR_FIELDS_irq_invalid(F)                                               \
	RKR_FIELDS_KERNEL(F, irq_invalid)                                       \
	RKR_FIELDS_STATUS(F, irq_invalid)

/* "what": "done", "bypassed", "failed", "assert-failed", "deassert-failed". */
#define RKR_FIELDS_soft_reset(F)                                                \
	RKR_FIELDS_KERNEL(F, soft_reset)                                        \
	F(soft_reset, what, "what", STR, PLAIN, NONE, DEC, OTHER)               \
	F(soft_reset, num, "num", S32, PLAIN, NONE, DEC, COUNT)                 \
	F(soft_reset, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* A job that was not run or was given up. "what" names the line, e.g. "abort", "commit-failed". */
#define RKR_FIELDS_job_error(F)                                                 \
	RKR_FIELDS_KERNEL(F, job_error)                                         \
	F(job_error, what, "what", STR, PLAIN, NONE, DEC, OTHER)                \
	F(job_error, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)              \
	F(job_error, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)                  \
	F(job_error, elapsed, "elapsed_us", U64, VOLATILE, NONE, DEC, OTHER)    \
	F(job_error, core_mask, "core_mask", U32, PLAIN, NONE, HEX, OTHER)      \
	F(job_error, value, "value", S64, PLAIN, NONE, DEC, OTHER)

/* "what": "switch", "switch-timeout", "switch-failed", "mismatch", "enabled", "disabled", "no-entry", ... */
#define RKR_FIELDS_iommu(F)                                                     \
	RKR_FIELDS_KERNEL(F, iommu)                                             \
	F(iommu, what, "what", STR, PLAIN, NONE, DEC, OTHER)                    \
	F(iommu, from, "from", S32, PLAIN, NONE, DEC, OTHER)                    \
	F(iommu, to, "to", S32, PLAIN, NONE, DEC, OTHER)                        \
	F(iommu, id, "id", S32, PLAIN, NONE, DEC, OTHER)                        \
	F(iommu, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* Memory that could not be had, mapped or freed. "what" names the line, e.g. "iova", "dma-map". */
#define RKR_FIELDS_memory_error(F)                                              \
	RKR_FIELDS_KERNEL(F, memory_error)                                      \
	F(memory_error, what, "what", STR, PLAIN, NONE, DEC, OTHER)             \
	F(memory_error, size, "size", U64, PLAIN, NONE, DEC, GEOMETRY)          \
	F(memory_error, ret, "ret", S64, PLAIN, NONE, DEC, OTHER)

/* The driver's boot line, of DRM and of misc-device builds. */
#define RKR_FIELDS_driver(F)                                                    \
	RKR_FIELDS_KERNEL(F, driver)                                            \
	F(driver, version, "version", STR, PLAIN, NONE, DEC, OTHER)             \
	F(driver, released, "released", STR, PLAIN, NONE, DEC, OTHER)           \
	F(driver, minor, "minor", STR, VOLATILE, NONE, DEC, OTHER)

/* Whatever else the driver says: its own words. */
#define RKR_FIELDS_driver_note(F)                                               \
	RKR_FIELDS_KERNEL(F, driver_note)                                       \
	F(driver_note, text, "text", STR, PLAIN, NONE, DEC, OTHER)

/* A row of another driver, or of a patched one: "driver" says whose. */
#define RKR_FIELDS_foreign(F)                                                   \
	RKR_FIELDS_KERNEL(F, foreign)                                           \
	F(foreign, driver, "driver", STR, PLAIN, NONE, DEC, OTHER)              \
	F(foreign, text, "text", STR, PLAIN, NONE, DEC, OTHER)

/*
 * ---- PC-commit trace: rows of a patched driver ----
 *
 * "more" is what follows the known fields, as printed: later versions of the
 * patch print more.
 */

#define RKR_PC_REG(F, kind, id, name, base) F(kind, id, name, U32, PLAIN, NONE, base, OTHER)
#define RKR_PC_ADDR(F, kind) F(kind, data_addr, "PC_DATA_ADDR", U32, ADDRESS, DMA, HEX, POINTER)
#define RKR_PC_MORE(F, kind) F(kind, more, "more", STR, VOLATILE, NONE, DEC, OTHER)

#define RKR_FIELDS_pc_prelude(F)                                                \
	RKR_FIELDS_KERNEL(F, pc_prelude)                                        \
	F(pc_prelude, core, "core", U32, PLAIN, NONE, DEC, OTHER)               \
	F(pc_prelude, core_mask, "core_mask", U32, PLAIN, NONE, HEX, OTHER)     \
	F(pc_prelude, use_core_num, "use_core_num", U32, PLAIN, NONE, DEC, COUNT) \
	F(pc_prelude, task_status, "task_status", U32, PLAIN, NONE, HEX, OTHER) \
	F(pc_prelude, int_status, "int_status", U32, PLAIN, NONE, IRQ, OTHER)    \
	F(pc_prelude, int_raw, "int_raw", U32, PLAIN, NONE, IRQ, OTHER)          \
	F(pc_prelude, enable_mask, "enable_mask", U32, PLAIN, NONE, HEX, OTHER) \
	RKR_PC_MORE(F, pc_prelude)

#define RKR_FIELDS_pc_trace(F)                                                  \
	RKR_FIELDS_KERNEL(F, pc_trace)                                          \
	F(pc_trace, core, "core", U32, PLAIN, NONE, DEC, OTHER)                 \
	F(pc_trace, submit_index, "submit_index", U32, PLAIN, NONE, DEC, COUNT) \
	F(pc_trace, task_start, "task_start", S32, PLAIN, NONE, DEC, COUNT)     \
	F(pc_trace, task_number, "task_number", S32, PLAIN, NONE, DEC, COUNT)   \
	F(pc_trace, task_end, "task_end", S32, PLAIN, NONE, DEC, COUNT)         \
	F(pc_trace, first_regcmd, "first_regcmd", U64, ADDRESS, DMA, HEX, POINTER) \
	F(pc_trace, first_amount, "first_amount", U32, PLAIN, NONE, DEC, COUNT) \
	F(pc_trace, first_enable, "first_enable", U32, PLAIN, NONE, HEX, OTHER) \
	F(pc_trace, first_int, "first_int", U32, PLAIN, NONE, IRQ, OTHER)        \
	F(pc_trace, last_int, "last_int", U32, PLAIN, NONE, IRQ, OTHER)          \
	F(pc_trace, task_base_addr, "task_base_addr", U64, PLAIN, NONE, HEX, OTHER) \
	F(pc_trace, flags, "flags", U32, PLAIN, NONE, HEX, OTHER)               \
	F(pc_trace, use_core_num, "use_core_num", U32, PLAIN, NONE, DEC, COUNT) \
	RKR_PC_MORE(F, pc_trace)

#define RKR_FIELDS_pc_regs(F)                                                   \
	RKR_FIELDS_KERNEL(F, pc_regs)                                           \
	F(pc_regs, core, "core", U32, PLAIN, NONE, DEC, OTHER)                  \
	RKR_PC_ADDR(F, pc_regs)                                                 \
	RKR_PC_REG(F, pc_regs, data_amount, "PC_DATA_AMOUNT", HEX)             \
	RKR_PC_REG(F, pc_regs, int_mask, "INT_MASK", IRQ)                       \
	RKR_PC_REG(F, pc_regs, int_raw, "INT_RAW", IRQ)                         \
	RKR_PC_REG(F, pc_regs, task_control, "TASK_CONTROL", HEX)              \
	RKR_PC_REG(F, pc_regs, dma_base, "DMA_BASE", HEX)                      \
	RKR_PC_REG(F, pc_regs, task_status, "TASK_STATUS", HEX)                \
	RKR_PC_REG(F, pc_regs, enable_mask, "ENABLE_MASK", HEX)                \
	RKR_PC_MORE(F, pc_regs)

#define RKR_FIELDS_pc_armed(F)                                                  \
	RKR_FIELDS_KERNEL(F, pc_armed)                                          \
	F(pc_armed, core, "core", U32, PLAIN, NONE, DEC, OTHER)                 \
	RKR_PC_REG(F, pc_armed, op_en, "PC_OP_EN", HEX)                        \
	RKR_PC_REG(F, pc_armed, int_status, "INT_STATUS", IRQ)                  \
	RKR_PC_REG(F, pc_armed, int_raw, "INT_RAW", IRQ)                        \
	RKR_PC_REG(F, pc_armed, task_status, "TASK_STATUS", HEX)               \
	RKR_PC_MORE(F, pc_armed)

#define RKR_FIELDS_PC_STOPPED(F, kind)                                          \
	RKR_FIELDS_KERNEL(F, kind)                                              \
	F(kind, core, "core", U32, PLAIN, NONE, DEC, OTHER)                     \
	RKR_PC_ADDR(F, kind)                                                    \
	RKR_PC_REG(F, kind, data_amount, "PC_DATA_AMOUNT", HEX)                \
	RKR_PC_REG(F, kind, task_control, "TASK_CONTROL", HEX)                 \
	RKR_PC_REG(F, kind, dma_base, "DMA_BASE", HEX)                         \
	RKR_PC_REG(F, kind, op_en, "PC_OP_EN", HEX)                            \
	RKR_PC_REG(F, kind, enable_mask, "ENABLE_MASK", HEX)                   \
	RKR_PC_MORE(F, kind)
#define RKR_FIELDS_pc_timeout(F) RKR_FIELDS_PC_STOPPED(F, pc_timeout)
#define RKR_FIELDS_pc_irq_invalid(F) RKR_FIELDS_PC_STOPPED(F, pc_irq_invalid)

#define RKR_FIELDS_pc_irq_valid(F)                                              \
	RKR_FIELDS_KERNEL(F, pc_irq_valid)                                      \
	F(pc_irq_valid, core, "core", U32, PLAIN, NONE, DEC, OTHER)             \
	RKR_PC_REG(F, pc_irq_valid, status, "status", IRQ)                      \
	RKR_PC_REG(F, pc_irq_valid, raw, "raw", IRQ)                            \
	RKR_PC_REG(F, pc_irq_valid, require, "require", IRQ)                    \
	F(pc_irq_valid, task_counter, "task_counter", U32, PLAIN, NONE, HEX, COUNT) \
	RKR_PC_ADDR(F, pc_irq_valid)                                            \
	RKR_PC_REG(F, pc_irq_valid, data_amount, "PC_DATA_AMOUNT", HEX)        \
	RKR_PC_REG(F, pc_irq_valid, task_control, "TASK_CONTROL", HEX)         \
	RKR_PC_REG(F, pc_irq_valid, dma_base, "DMA_BASE", HEX)                 \
	RKR_PC_REG(F, pc_irq_valid, enable_mask, "ENABLE_MASK", HEX)           \
	RKR_PC_MORE(F, pc_irq_valid)

#endif
