// SPDX-License-Identifier: GPL-2.0
//
// Adds the rows of the PC commit trace to the RKNPU driver's rknpu_job.c:
//
//   spatch --sp-file rknpu-trace.cocci --in-place drivers/rknpu/rknpu_job.c
//
// It goes by structure, not by line numbers, so that it fits all driver
// versions which commit a job in rknpu_job_subcore_commit_pc(). Then
//
//   rkreplay doctor --trace-patch drivers/rknpu/rknpu_job.c
//
// tells whether all seven rows are there. The rows only read registers. Behind
// the fields that every version of the trace has, each row shows the block
// states (S_STATUS/S_POINTER) of CNA, CORE, DPU, DPU_RDMA, PPU and PPU_RDMA,
// and the IOMMU's status, fault address and raw interrupts.

// ---- what all rows share ----

@shared@
identifier job, core;
attribute name __iomem;
@@
+/* PC commit trace. Offsets are those of a RK3588 core. */
+static void rknpu_trace_more(void __iomem *base, char *more, size_t size)
+{
+	snprintf(more, size,
+		 "TASK_STATUS_ALL=%#x CNA=%#x/%#x CORE=%#x/%#x DPU=%#x/%#x DPU_RDMA=%#x/%#x PPU=%#x/%#x PPU_RDMA=%#x/%#x IOMMU_STATUS=%#x IOMMU_FAULT=%#x IOMMU_RAW=%#x",
+		 readl(base + 0x3c), readl(base + 0x1000), readl(base + 0x1004),
+		 readl(base + 0x3000), readl(base + 0x3004), readl(base + 0x4000),
+		 readl(base + 0x4004), readl(base + 0x5000), readl(base + 0x5004),
+		 readl(base + 0x6000), readl(base + 0x6004), readl(base + 0x7000),
+		 readl(base + 0x7004), readl(base + 0x9004), readl(base + 0x900c),
+		 readl(base + 0x9014));
+}
+
+static void rknpu_trace_prelude(void __iomem *base, int core, unsigned int core_mask, unsigned int use_core_num)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("pc commit prelude: core=%d core_mask=%#x use_core_num=%u task_status=%#x int_status=%#x int_raw=%#x enable_mask=%#x %s\n",
+		  core, core_mask, use_core_num, readl(base + 0x3c), readl(base + 0x28),
+		  readl(base + 0x2c), readl(base + 0xf008), more);
+}
+
+static void rknpu_trace_regs(void __iomem *base, int core)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("pc commit regs: core=%d PC_DATA_ADDR=%#x PC_DATA_AMOUNT=%#x INT_MASK=%#x INT_RAW=%#x TASK_CONTROL=%#x DMA_BASE=%#x TASK_STATUS=%#x ENABLE_MASK=%#x %s\n",
+		  core, readl(base + 0x10), readl(base + 0x14), readl(base + 0x20),
+		  readl(base + 0x2c), readl(base + 0x30), readl(base + 0x34),
+		  readl(base + 0x3c), readl(base + 0xf008), more);
+}
+
+static void rknpu_trace_armed(void __iomem *base, int core)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("pc commit armed: core=%d PC_OP_EN=%#x INT_STATUS=%#x INT_RAW=%#x TASK_STATUS=%#x %s\n",
+		  core, readl(base + 0x8), readl(base + 0x28), readl(base + 0x2c),
+		  readl(base + 0x3c), more);
+}
+
+static void rknpu_trace_timeout(void __iomem *base, int core)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("\tcore %d timeout pc regs: PC_DATA_ADDR=%#x PC_DATA_AMOUNT=%#x TASK_CONTROL=%#x DMA_BASE=%#x PC_OP_EN=%#x ENABLE_MASK=%#x %s\n",
+		  core, readl(base + 0x10), readl(base + 0x14), readl(base + 0x30),
+		  readl(base + 0x34), readl(base + 0x8), readl(base + 0xf008), more);
+}
+
+static void rknpu_trace_irq_invalid(void __iomem *base, int core)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("invalid irq pc regs: core=%d PC_DATA_ADDR=%#x PC_DATA_AMOUNT=%#x TASK_CONTROL=%#x DMA_BASE=%#x PC_OP_EN=%#x ENABLE_MASK=%#x %s\n",
+		  core, readl(base + 0x10), readl(base + 0x14), readl(base + 0x30),
+		  readl(base + 0x34), readl(base + 0x8), readl(base + 0xf008), more);
+}
+
+static void rknpu_trace_irq_valid(void __iomem *base, int core, unsigned int status, unsigned int require)
+{
+	char more[320];
+
+	rknpu_trace_more(base, more, sizeof(more));
+	LOG_ERROR("valid irq trace: core=%d status=%#x raw=%#x require=%#x task_counter=%#x PC_DATA_ADDR=%#x PC_DATA_AMOUNT=%#x TASK_CONTROL=%#x DMA_BASE=%#x ENABLE_MASK=%#x %s\n",
+		  core, status, readl(base + 0x2c), require, readl(base + 0x3c) & 0xfff,
+		  readl(base + 0x10), readl(base + 0x14), readl(base + 0x30),
+		  readl(base + 0x34), readl(base + 0xf008), more);
+}
+
rknpu_job_subcore_commit_pc(struct rknpu_job *job, int core) { ... }

// ---- the commit: after the pointers are set, when its tasks are known, before and after the pulse ----

@prelude@
identifier job, core;
statement S;
expression first, last, next;
@@
rknpu_job_subcore_commit_pc(struct rknpu_job *job, int core) {
<...
if (rknpu_dev->config->num_irqs > 1) {
	for (first; last; next) S
+	rknpu_trace_prelude(rknpu_core_base, core, args->core_mask, job->use_core_num);
	...
}
...>
}

@trace@
identifier job, core;
@@
rknpu_job_subcore_commit_pc(struct rknpu_job *job, int core) {
<...
	last_task = &task_base[task_end];
+	LOG_ERROR("pc commit trace: core=%d submit_index=%d task_start=%d task_number=%d task_end=%d first_regcmd=%#llx first_amount=%u first_enable=%#x first_int=%#x last_int=%#x task_base_addr=%#llx flags=%#x use_core_num=%u\n",
+		  core, submit_index, task_start, task_number, task_end,
+		  (unsigned long long)first_task->regcmd_addr,
+		  first_task->regcfg_amount, first_task->enable_mask,
+		  first_task->int_mask, last_task->int_mask,
+		  (unsigned long long)args->task_base_addr, args->flags,
+		  (unsigned int)job->use_core_num);
...>
}

@pulse@
identifier job, core;
@@
rknpu_job_subcore_commit_pc(struct rknpu_job *job, int core) {
<...
+	rknpu_trace_regs(rknpu_core_base, core);
	REG_WRITE(0x1, RKNPU_OFFSET_PC_OP_EN);
	REG_WRITE(0x0, RKNPU_OFFSET_PC_OP_EN);
+	rknpu_trace_armed(rknpu_core_base, core);
...>
}

// ---- a job that is given up: after each core's status line ----

@timeout@
identifier job, i;
expression first, last, next;
expression list values;
expression text;
@@
rknpu_job_abort(struct rknpu_job *job) {
<...
for (first; last; next) {
<...
	LOG_ERROR(text, i, values);
+	rknpu_trace_timeout(rknpu_core_base, i);
...>
}
...>
}

// ---- interrupts: one that is not taken, before it is cleared; one that is, after ----

@interrupt@
identifier irq, data, core, job;
expression status;
@@
rknpu_irq_handler(int irq, void *data, int core) {
<...
if (rknpu_fuzz_status(status) != job->int_mask[core]) {
...
+	rknpu_trace_irq_invalid(rknpu_core_base, core);
	REG_WRITE(RKNPU_INT_CLEAR, RKNPU_OFFSET_INT_CLEAR);
...
}
...
	REG_WRITE(RKNPU_INT_CLEAR, RKNPU_OFFSET_INT_CLEAR);
+	rknpu_trace_irq_valid(rknpu_core_base, core, status, job->int_mask[core]);
...>
}
