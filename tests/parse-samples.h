/* SPDX-License-Identifier: MIT */
#ifndef PARSE_SAMPLES_H
#define PARSE_SAMPLES_H

/*
 * A line of each row that is read with tolerance, as its driver or runtime
 * prints it behind any prefix, and the record that it makes.
 */

static const char *const loose_samples[][2] = {
	/* the vendor's driver [source] */
	{ "RKNPU: job: 0000000027ea22d2, mask: 0x1, job iommu domain id: 0, dev iommu domain id: -1, wait_count: 1,"
	  " continue wait: 0, commit elapse time: 6226455us, wait time: 6226457us, timeout: 6000000us",
	  "wait what=expired job=0000000027ea22d2 mask=0x1 job_iommu_domain_id=0 dev_iommu_domain_id=-1 wait_count=1"
	  " continue_wait=0 commit_elapse_us=6226455 wait_time_us=6226457 timeout_us=6000000" },
	{ "RKNPU: job: 0000000027ea22d2, iommu domain id: 3, wait_count: 1",
	  "wait what=expired job=0000000027ea22d2 iommu_domain_id=3 wait_count=1" },
	{ "RKNPU: failed to wait job, task counter: 74, flags: 0x5, ret = -512, elapsed time: 13617us",
	  "wait what=failed task_counter=74 flags=0x5 ret=-512 elapsed_us=13617" },
	{ "RKNPU: job timeout, flags: 0x0:", "timeout flags=0x0" },
	{ "RKNPU: job timeout, irq status: 0x0, raw status: 0x0, require mask: 0x300, task counter: 0x1f",
	  "timeout irq_status=0x0 raw_status=0x0 require_mask=0x300 (DPU group 0, DPU group 1) task_counter=0x1f" },
	{ "RKNPU: \tcore 0 irq status: 0x200, raw status: 0xc0000200, require mask: 0x300, task counter: 0x0,"
	  " elapsed time: 6345671us",
	  "core_status core=0 irq_status=0x200 (DPU group 1) raw_status=0xc0000200 (DPU group 1; idle or undocumented"
	  " 0xc0000000) require_mask=0x300 (DPU group 0, DPU group 1) task_counter=0x0 elapsed_us=6345671" },
	{ "RKNPU: invalid irq status: 0x5, raw status: 0x10055, require mask: 0xc00, task counter: 0x2",
	  "irq_invalid irq_status=0x5 (CNA feature group 0, CNA weight group 0) raw_status=0x10055 (CNA feature group 0,"
	  " CNA weight group 0, CNA CSC group 0, CORE group 0; idle or undocumented 0x10000) require_mask=0xc00"
	  " (PPU group 0, PPU group 1) task_counter=0x2" },
	{ "RKNPU: soft reset, num: 6", "soft_reset what=done num=6" },
	{ "RKNPU: bypass soft reset", "soft_reset what=bypassed" },
	{ "RKNPU fdab0000.npu: RKNPU: failed to soft reset for rknpu: -110",
	  "soft_reset device=fdab0000.npu what=failed ret=-110" },
	{ "RKNPU: failed to soft reset: -5", "soft_reset what=failed ret=-5" },
	{ "RKNPU fdab0000.npu: RKNPU: failed to assert rknpu reset: -110",
	  "soft_reset device=fdab0000.npu what=assert-failed ret=-110" },
	{ "RKNPU: failed to deassert rknpu reset: -22", "soft_reset what=deassert-failed ret=-22" },
	{ "RKNPU: job abort, flags: 0x0, ret: -22, elapsed time: 18100000us",
	  "job_error what=abort flags=0x0 ret=-22 elapsed_us=18100000" },
	{ "RKNPU: job commit failed", "job_error what=commit-failed" },
	{ "RKNPU: invalid rknpu task number!", "job_error what=task-number" },
	{ "RKNPU: invalid rknpu core mask: 0x8", "job_error what=core-mask core_mask=0x8" },
	{ "RKNPU: Unknown core mask: 5", "job_error what=unknown-core-mask core_mask=0x5" },
	{ "RKNPU: Unknown use core num 4", "job_error what=unknown-core-num value=4" },
	{ "RKNPU: invalid rknpu core index: -1", "job_error what=core-index value=-1" },
	{ "RKNPU: failed to allocate rknpu job!", "job_error what=allocation" },
	{ "RKNPU: invalid fence in fd, fd = -1", "job_error what=fence-fd value=-1" },
	{ "RKNPU: Error (-512) waiting for fence!", "job_error what=fence-wait ret=-512" },
	{ "RKNPU: switch iommu domain from 1 to 0", "iommu what=switch from=1 to=0" },
	{ "RKNPU: switch iommu domain time out, failed to switch iommu domain, id: 1",
	  "iommu what=switch-timeout id=1" },
	{ "RKNPU: failed to switch iommu domain, id: 2, ret: -22", "iommu what=switch-failed id=2 ret=-22" },
	{ "RKNPU: mismatch domain get from iommu_get_domain_for_dev", "iommu what=mismatch" },
	{ "RKNPU fdab0000.npu: RKNPU: rknpu iommu is enabled, using iommu mode",
	  "iommu device=fdab0000.npu what=enabled" },
	{ "RKNPU: rknpu iommu is disabled, using non-iommu mode", "iommu what=disabled" },
	{ "RKNPU: rknpu iommu device-tree entry not found!, using non-iommu mode", "iommu what=no-entry" },
	{ "RKNPU: iommu still enabled", "iommu what=still-enabled" },
	{ "RKNPU: failed to allocate IOVA: -12", "memory_error what=iova ret=-12" },
	{ "RKNPU: rknpu_gem_get_pages: dma map 93323264 fail", "memory_error what=dma-map size=93323264" },
	{ "RKNPU: rknn_gem_get_pages: dma map 4096 fail", "memory_error what=dma-map size=4096" },
	{ "RKNPU: rknpu_gem_object_create error", "memory_error what=object-create" },
	{ "RKNPU: failed to destroy memory", "memory_error what=destroy" },
	{ "RKNPU: failed to allocate 4096 buffer.", "memory_error what=buffer size=4096" },
	{ "RKNPU: try to fallback to allocate non-contiguous 4096 buffer.",
	  "memory_error what=fallback size=4096" },
	{ "RKNPU: failed to map SG: -12", "memory_error what=map-sg ret=-12" },
	{ "RKNPU: failed to mmap, ret: -11", "memory_error what=mmap ret=-11" },
	{ "[drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1",
	  "driver device=fdab0000.npu version=0.9.8 released=20240828 minor=1" },
	{ "[drm] Initialized rknpu 0.9.8 for fdab0000.npu on minor 0",
	  "driver device=fdab0000.npu version=0.9.8 minor=0" },
	{ "RKNPU ff660000.npu: RKNPU: Initialized RKNPU driver: v0.8.2 for 20220829",
	  "driver device=ff660000.npu version=0.8.2 released=20220829" },
	{ "RKNPU fdab0000.npu: can't request region for resource [mem 0xfdab0000-0xfdabffff]",
	  "driver_note device=fdab0000.npu text=can't request region for resource [mem 0xfdab0000-0xfdabffff]" },

	/* the trace of a patched one [source] */
	{ "RKNPU: pc commit prelude: core=0 core_mask=0x1 use_core_num=1 task_status=0x0 int_status=0x0"
	  " int_raw=0xc0000000 enable_mask=0x0",
	  "pc_prelude core=0 core_mask=0x1 use_core_num=1 task_status=0x0 int_status=0x0 int_raw=0xc0000000 (idle or"
	  " undocumented 0xc0000000) enable_mask=0x0" },
	{ "RKNPU: pc commit trace: core=0 submit_index=0 task_start=0 task_number=2 task_end=1 first_regcmd=0xffd72800"
	  " first_amount=108 first_enable=0xd first_int=0x300 last_int=0x300 task_base_addr=0x0 flags=0x5"
	  " use_core_num=1 next=0x2",
	  "pc_trace core=0 submit_index=0 task_start=0 task_number=2 task_end=1 first_regcmd=0xffd72800 first_amount=108"
	  " first_enable=0xd first_int=0x300 (DPU group 0, DPU group 1) last_int=0x300 (DPU group 0, DPU group 1)"
	  " task_base_addr=0x0 flags=0x5 use_core_num=1 more=next=0x2" },
	{ "RKNPU: pc commit regs: core=1 PC_DATA_ADDR=0xffd72800 PC_DATA_AMOUNT=0x37 INT_MASK=0x300 INT_RAW=0xc0000000"
	  " TASK_CONTROL=0x7002 DMA_BASE=0x0 TASK_STATUS=0x0 ENABLE_MASK=0xd",
	  "pc_regs core=1 PC_DATA_ADDR=0xffd72800 PC_DATA_AMOUNT=0x37 INT_MASK=0x300 (DPU group 0, DPU group 1)"
	  " INT_RAW=0xc0000000 (idle or undocumented 0xc0000000) TASK_CONTROL=0x7002 DMA_BASE=0x0 TASK_STATUS=0x0"
	  " ENABLE_MASK=0xd" },
	{ "RKNPU: pc commit armed: core=0 PC_OP_EN=0x0 INT_STATUS=0x0 INT_RAW=0x0 TASK_STATUS=0x1",
	  "pc_armed core=0 PC_OP_EN=0x0 INT_STATUS=0x0 INT_RAW=0x0 TASK_STATUS=0x1" },
	{ "RKNPU: valid irq trace: core=0 status=0x300 raw=0xc0000300 require=0x300 task_counter=0x2"
	  " PC_DATA_ADDR=0xffd72800 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0 ENABLE_MASK=0xd",
	  "pc_irq_valid core=0 status=0x300 (DPU group 0, DPU group 1) raw=0xc0000300 (DPU group 0, DPU group 1; idle or"
	  " undocumented 0xc0000000) require=0x300 (DPU group 0, DPU group 1) task_counter=0x2 PC_DATA_ADDR=0xffd72800"
	  " PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0 ENABLE_MASK=0xd" },
	{ "RKNPU: invalid irq pc regs: core=2 PC_DATA_ADDR=0x10 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0"
	  " PC_OP_EN=0x0 ENABLE_MASK=0xd",
	  "pc_irq_invalid core=2 PC_DATA_ADDR=0x10 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0 PC_OP_EN=0x0"
	  " ENABLE_MASK=0xd" },
	{ "RKNPU: \tcore 1 timeout pc regs: PC_DATA_ADDR=0x10 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0"
	  " PC_OP_EN=0x0 ENABLE_MASK=0xd",
	  "pc_timeout core=1 PC_DATA_ADDR=0x10 PC_DATA_AMOUNT=0x37 TASK_CONTROL=0x7002 DMA_BASE=0x0 PC_OP_EN=0x0"
	  " ENABLE_MASK=0xd" },

/* other drivers, and patched ones [captured or source] */
#define FOREIGN(driver, text) { text, "foreign driver=" driver " text=" text }
	FOREIGN("accel/rocket", "[drm] Initialized rocket 0.0.0 for rknn on minor 0"),
	FOREIGN("accel/rocket", "rocket: something"),
	FOREIGN("accel/rocket", "rocket 27700000.npu: NPU job timed out"),
	FOREIGN("RGA", "rga: version"),
	FOREIGN("RGA", "rga_mm: hold"),
	FOREIGN("RKNPU1", "[galcore] hang"),
	FOREIGN("RKNPU1", "galcore: clk_get"),
	FOREIGN("RKNPU3", "RKNPU3: failed"),
	FOREIGN("RKNPU3", "rknn3_create_mem failed"),
	FOREIGN("rk_iommu", "rk_iommu fdab9000.iommu: Page fault at 0x00000000fff9e000 of type read"),
	FOREIGN("rockchip-pm-domain", "rockchip-pm-domain fd8d8000.power-management: failed"),
	FOREIGN("rkcif", "rkcif-mipi-lvds: overflow"),
	FOREIGN("cma", "cma: cma_alloc: reserved: alloc failed"),
	FOREIGN("StarryOS", "starry_kernel::syscall: ioctl"),
	FOREIGN("StarryOS", "rockchip_npu: submit"),
	FOREIGN("patched RKNPU", "core 0 NO TASK PROGRESS in 100 ms"),
	FOREIGN("patched RKNPU", "core 0 task counter stuck at 3"),
	FOREIGN("patched RKNPU", "ork: sub#7"),
	FOREIGN("patched RKNPU", "BUG55 debug: ci=0 ts=0 te=37"),
	FOREIGN("patched RKNPU", "DKMS: wrote INT_MASK=0x300 readback=0x300"),
	FOREIGN("patched RKNPU", "TIMEOUT DIAG: PC registers:"),
	FOREIGN("patched RKNPU", "poll[3]: task_cnt=0 raw=0x0"),
	FOREIGN("patched RKNPU", "core 0: int=0x0 raw=0xc0000000"),
	FOREIGN("MCU HAL", "rknpu: irq: invalid irq status: 0x0, raw status: 0x0, required mask: 0x300"),
	FOREIGN("emulated board", "rkreplay: this submit would have crashed the board: G1 (no such task)"),
	FOREIGN("emulated board", "rkreplay: core 0 stands: no task"),
	FOREIGN("emulated board", "rkreplay: fences are not modelled: flags 0x10"),
#undef FOREIGN

	/* runtimes [captured] */
	{ "E RKNN: [09:58:04.794] failed to submit!, op id: 3, op name: Conv:a/b, flags: 0x5, task start: 0, task number:"
	  " 182, run task counter: 72, int status: 0, please try updating",
	  "runtime_error time=09:58:04.794 level=E what=submit op_id=3 op_name=Conv:a/b flags=0x5 task_start=0"
	  " task_number=182 run_task_counter=72 int_status=0x0 text=please try updating" },
	{ "E RKNN: [09:58:04.794] failed to allocate handle, ret: -1, errno: 14, errstr: Bad address",
	  "runtime_error time=09:58:04.794 level=E what=handle ret=-1 errno=14 text=Bad address" },
	{ "E RKNN: failed to allocate fd, ret: -1, errno: 24, errstr: Too many open files",
	  "runtime_error level=E what=fd ret=-1 errno=24 text=Too many open files" },
	{ "E RKNN: failed to malloc npu memory!, size: 4096, flags: 0x2",
	  "runtime_error level=E what=malloc flags=0x2 size=4096" },
	{ "W RKNN: [09:58:04.794] something else",
	  "runtime_error time=09:58:04.794 level=W what=other text=something else" },
	{ "I RKNN: [09:58:04.794] RKNN Model Information: version: 6",
	  "identity time=09:58:04.794 level=I what=Model text=version: 6" },
	{ "rkllm-runtime version: 1.1.4", "identity what=rkllm-runtime text=version: 1.1.4" },
	{ "rkllm-toolkit version: 1.1.4", "identity what=rkllm-toolkit text=version: 1.1.4" },
	{ "sdk version: 2.3.0 (c949ad889d)", "identity what=sdk text=version: 2.3.0 (c949ad889d)" },
};

#endif
