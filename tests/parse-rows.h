/* SPDX-License-Identifier: MIT */
#ifndef PARSE_ROWS_H
#define PARSE_ROWS_H

/* A line of each row shape that is read to the letter, written by hand from the grammar. */

#define RKNN "D RKNN: [13:37:36.493] "
#define RKNN_FIELDS " time=13:37:36.493 level=D"

/*
 * A line, and the record that it makes by itself. Written again, it is the same
 * line, unless the third text says otherwise.
 */
enum { LINE, RECORD, WRITTEN, N_TEXTS };
static const char *const row_samples[][N_TEXTS] = {
	/* ioctl captures */
	{ "ACTION flags=0x00000013 value=0xffffffed", "action flags=0x13 value=0xffffffed" },
	{ "IOCTL_RET #3 ACTION flags=0x00000014 ret=-1", "action call=3 flags=0x14 ret=-1" },
	{ "MEM_CREATE #1 size=680 flags=0x0000040b handle=0x0 obj=0x0 dma=0x0 sram=0",
	  "mem_create n=1 size=680 flags=0x40b entry_handle=0x0 entry_obj=0x0 entry_dma=0x0 entry_sram=0" },
	{ "IOCTL_RET #7 MEM_CREATE #1 ret=0", "mem_create n=1 call=7 ret=0" },
	{ "MEM_CREATE_RET #1 handle=0x1 obj=0xffffff8134cef000 dma=0xfff8d000 sram=0",
	  "mem_create n=1 handle=0x1 obj=0xffffff8134cef000 dma=0xfff8d000 sram=0" },
	{ "MEM_MAP #2 handle=0x2 reserved=0x0 offset=0x0",
	  "mem_map n=2 entry_handle=0x2 entry_reserved=0x0 entry_offset=0x0" },
	{ "IOCTL_RET #8 MEM_MAP #2 ret=-1", "mem_map n=2 call=8 ret=-1" },
	{ "MEM_MAP_RET #3 handle=0x3 reserved=0x0 offset=0x1000e6000",
	  "mem_map n=3 handle=0x3 reserved=0x0 offset=0x1000e6000" },
	{ "MMAP #3 maps=3 addr=0x0 length=1436160 prot=0x3 flags=0x1 fd=3 offset=0x1000e6000",
	  "mmap n=3 maps=3 hint=0x0 length=1436160 prot=0x3 flags=0x1 fd=3 offset=0x1000e6000" },
	{ "MMAP #4 maps=1,3 addr=0x7f0000 length=1 prot=0x3 flags=0x1 fd=-1 offset=0x0",
	  "mmap n=4 maps=1,3 hint=0x7f0000 length=1 prot=0x3 flags=0x1 fd=-1 offset=0x0" },
	{ "MMAP #5 maps= addr=0x0 length=4096 prot=0x3 flags=0x22 fd=-1 offset=0x0",
	  "mmap n=5 maps= hint=0x0 length=4096 prot=0x3 flags=0x22 fd=-1 offset=0x0" },
	{ "MMAP_RET #1 addr=0x7ff70a4000", "mmap n=1 addr=0x7ff70a4000" },
	{ "MMAP_RET #2 addr=0x-1", "mmap n=2 addr=0xffffffffffffffff" },
	{ "MEM_SYNC flags=0x00000001 obj=0xffffff8134ce8800 offset=923648 size=12032",
	  "mem_sync flags=0x1 obj=0xffffff8134ce8800 offset=923648 size=12032" },
	{ "IOCTL_RET #37 MEM_SYNC flags=0x00000002 ret=0", "mem_sync call=37 flags=0x2 ret=0" },
	{ "MEM_DESTROY #1 handle=0x1 reserved=0x0 obj=0xffffff8134cef000",
	  "mem_destroy n=1 handle=0x1 reserved=0x0 obj=0xffffff8134cef000" },
	{ "IOCTL_RET #40 MEM_DESTROY #1 ret=0", "mem_destroy n=1 call=40 ret=0" },
	{ "MUNMAP #2 maps=2 addr=0x7ff7203000 length=936384 expected_length=936384 fd=3 offset=0x100001000",
	  "munmap n=2 maps=2 addr=0x7ff7203000 length=936384 expected_length=936384 fd=3 offset=0x100001000" },
	{ "MUNMAP_RET #2 ret=0", "munmap n=2 ret=0" },
	{ "CLOSE #1 fd=3", "close n=1 fd=3" },
	{ "CLOSE_RET #1 ret=-1", "close n=1 ret=-1" },
	{ "GEM_CLOSE #1 handle=0x2", "gem_close n=1 handle=0x2" },
	{ "IOCTL_RET #41 GEM_CLOSE #1 ret=0", "gem_close n=1 call=41 ret=0" },
	{ "IOCTL_ERRNO #3 ACTION errno=22", "call_error what=ACTION call=3 errno=22" },
	{ "CALL_ERRNO MMAP errno=12", "call_error what=MMAP errno=12" },
	{ "=== DRM_IOCTL_RKNPU_SUBMIT #1 cmd=0xc0686441 size=104 arg=0x7fffff9390 ===",
	  "submit n=1 cmd=0xc0686441 size=104 arg=0x7fffff9390" },
	{ "  flags=0x00000005 timeout=6000 task_start=0 task_number=6",
	  "submit flags=0x5 timeout=6000 task_start=0 task_number=6" },
	{ "  task_counter=0 priority=-2 task_obj_addr=0xffffff8134cef000",
	  "submit task_counter=0 priority=-2 task_obj_addr=0xffffff8134cef000" },
	{ "  regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x0",
	  "submit regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x0" },
	{ "  field32=0x00000000 field36=0x0000000f task_base_addr=0x0 field48=0x30",
	  "submit task_base_addr=0x0 field32=0x0 field36=0xf field48=0x30" },
	{ "  core_mask=0x00000000 fence_fd=-1", "submit core_mask=0x0 fence_fd=-1" },
	{ "  subcore_task[0]={task_start=0, task_number=2}",
	  "submit subcore_task[0].task_start=0 subcore_task[0].task_number=2" },
	{ "  subcore_task[1]={task_start=7, task_number=2}",
	  "submit subcore_task[1].task_start=7 subcore_task[1].task_number=2" },
	{ "  subcore_task[2]={task_start=0, task_number=2}",
	  "submit subcore_task[2].task_start=0 subcore_task[2].task_number=2" },
	{ "  subcore_task[3]={task_start=0, task_number=0}",
	  "submit subcore_task[3].task_start=0 subcore_task[3].task_number=0" },
	{ "  subcore_task[4]={task_start=0, task_number=0}",
	  "submit subcore_task[4].task_start=0 subcore_task[4].task_number=0" },
	{ "  task_obj_mem_create_matches=1", "submit task_obj_mem_create_matches=1" },
	{ "    match size=4096 handle=0x1 dma=0xfff8d000 flags=0x0000040b",
	  "submit_create size=4096 handle=0x1 dma=0xfff8d000 flags=0x40b" },
	{ "  task_obj_mem_sync_matches=2", "submit task_obj_mem_sync_matches=2" },
	{ "    sync flags=0x00000003 offset=0 size=680", "submit_sync flags=0x3 offset=0 size=680" },
	{ "  task[0] unreadable at 0xffffff8148b38800",
	  "submit_task index=0 unreadable_at=0xffffff8148b38800" },
	{ "IOCTL_RET #27 SUBMIT #1 ret=0", "submit n=1 call=27 ret=0" },
	{ "ACTION unreadable arg=0x7fffff0000", "unreadable what=ACTION arg=0x7fffff0000" },
	{ "MEM_CREATE #2 unreadable arg=0x10", "unreadable what=MEM_CREATE n=2 arg=0x10" },
	{ "MEM_CREATE_RET #2 unreadable arg=0x10", "unreadable what=MEM_CREATE_RET n=2 arg=0x10" },
	{ "MEM_MAP #9 unreadable arg=0x10", "unreadable what=MEM_MAP n=9 arg=0x10" },
	{ "MEM_MAP_RET #9 unreadable arg=0x10", "unreadable what=MEM_MAP_RET n=9 arg=0x10" },
	{ "MEM_SYNC unreadable arg=0x0", "unreadable what=MEM_SYNC arg=0x0" },
	{ "  submit struct unreadable", "unreadable what=submit" },

	/* GEM dumps */
	{ "GEM 1: handle=1 size=4096 map_offset=0x100000000",
	  "gem name=1 handle=1 size=4096 map_offset=0x100000000" },
	{ "  task_like_entries=17", "gem task_like_entries=17" },
	{ "GEM 6: unavailable: [Errno 2] No such file or directory",
	  "gem_unavailable name=6 errno=2 text=No such file or directory" },
	{ "  task_like[0] off=0x0000 flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300"
	  " int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=108 regcfg_offset=0 regcmd_addr=0x00000000fff9c800",
	  "task index=0 off=0x0 flags=0x0 op_idx=1 enable_mask=0xd int_mask=0x300 int_clear=0x1ffff int_status=0x0"
	  " regcfg_amount=108 regcfg_offset=0 regcmd_addr=0xfff9c800" },
	{ "  task_like[4] off=0x48a8 flags=0x0000105c op_idx=4294967295 enable_mask=0x00001060 int_mask=0x02010000"
	  " int_clear=0x00001064 int_status=0x02010000 regcfg_amount=4200 regcfg_offset=33619968"
	  " regcmd_addr=0x0201ffe100001070",
	  "task_like index=4 off=0x48a8 flags=0x105c op_idx=4294967295 enable_mask=0x1060 int_mask=0x2010000"
	  " int_clear=0x1064 int_status=0x2010000 regcfg_amount=4200 regcfg_offset=33619968"
	  " regcmd_addr=0x201ffe100001070" },
	{ "  QWORD_WINDOW off=0xe1800 count=1504", "regcmd_window off=0xe1800 count=1504 qwords=[0]" },
	{ "  QWORD_WINDOW off=0xe1800 count=832 unavailable size=86016",
	  "regcmd_window off=0xe1800 count=832 unavailable_size=86016" },
	{ "  regcmd_qword[0] off=0xe1800 value=0x0201ffe100001070", "regcmd_window off=0xe1800 qwords=[1]" },
	{ "  regcmd_like_runs=17 min_run=8", "regcmd_runs runs=17 min_run=8" },
	{ "  REGCMD_RUN[0] off=0x40 qwords=110", "regcmd_run index=0 off=0x40 count=110 qwords=[0]" },
	{ "  regcmd_qword[0] off=0x40 value=0x0201ffe100001070 target=0x0201 addr=0x1070 reg_value=0xffe10000",
	  "regcmd_run off=0x40 qwords=[1]" },
	{ "submit #1: task_number=6 task_obj_addr=0xffffff8106913800",
	  "submit n=1 task_number=6 task_obj_addr=0xffffff8106913800" },

	/* the runtime */
	{ RKNN "allocated memory, name: task, virt addr: 0x7ff7ff6000, dma addr: 0xfff9f000,"
	       " obj addr: 0xffffff8102fc0400, size: 560, aligned size: 4096, fd: 4, handle: 1, flags: 0x40b,"
	       " gem name: 1, iommu domain id: 0",
	  "bo_alloc" RKNN_FIELDS " name=task virt=0x7ff7ff6000 dma=0xfff9f000 obj=0xffffff8102fc0400 size=560"
	  " aligned_size=4096 fd=4 handle=1 flags=0x40b gem_name=1 iommu_domain_id=0" },
	{ RKNN
	  "free memory, name: output, virt addr: 0x7ff6ff9000, dma addr: 0xffd4c000,"
	  " obj addr: 0xffffff8107612800, size: 802816, aligned size: 802816, fd: -1, handle: 5, flags: 0x403,"
	  " gem name: 5, iommu domain id: -1",
	  "bo_free" RKNN_FIELDS
	  " name=output virt=0x7ff6ff9000 dma=0xffd4c000 obj=0xffffff8107612800 size=802816"
	  " aligned_size=802816 fd=-1 handle=5 flags=0x403 gem_name=5 iommu_domain_id=-1" },
	{ RKNN "subgraph0 regcmdbuffer size: 9344, taskbuffer size: 560",
	  "regcmd_size" RKNN_FIELDS " subgraph=0 regcmd_bytes=9344 task_bytes=560" },
	{ RKNN "Total Internal Memory Size: 1402.5KB",
	  "memory_total" RKNN_FIELDS " what=Internal kb=1402.5" },
	{ RKNN "Total Weight Memory Size: 902KB", "memory_total" RKNN_FIELDS " what=Weight kb=902" },
	{ RKNN "1   Conv input    FLOAT16   NC1HWC2      (1,64,56,56) (1,32,56,56,8) |"
	       " 0xffe72000 0xffed4000 0x00062000",
	  "tensor" RKNN_FIELDS " table=feature id=1 user=Conv tensor=input dtype=FLOAT16 format=NC1HWC2"
	  " orig_shape=(1,64,56,56) native_shape=(1,32,56,56,8) start=0xffe72000 end=0xffed4000 sep='\\x20'"
	  " size=0x62000" },
	{ RKNN "2   OutputOperator output   FLOAT16   NC1HWC2      (1,320,38,38) (1,160,38,38,8) |"
	       " 0xffe26000*0xfff07a00 0x000e1a00",
	  "tensor" RKNN_FIELDS
	  " table=feature id=2 user=OutputOperator tensor=output dtype=FLOAT16 format=NC1HWC2"
	  " orig_shape=(1,320,38,38) native_shape=(1,160,38,38,8) start=0xffe26000 end=0xfff07a00 sep=*"
	  " size=0xe1a00" },
	{ RKNN "1   Conv conv.weight FLOAT16   (320,160,3,3) | 0xfff08000 0xfffe9000 0x000e1000",
	  "tensor" RKNN_FIELDS " table=const id=1 user=Conv tensor=conv.weight dtype=FLOAT16"
	  " orig_shape=(320,160,3,3) start=0xfff08000 end=0xfffe9000 sep='\\x20' size=0xe1000" },
	{ "I RKNN: [00:00:00.000] RKNN Runtime Information, librknnrt version: 2.3.0 (c949ad889d@2024-11-07T11:35:33)",
	  "identity time=00:00:00.000 level=I what=Runtime"
	  " text=librknnrt version: 2.3.0 (c949ad889d@2024-11-07T11:35:33)" },
	{ "I RKNN: [23:59:59.999] RKNN Driver Information, version: 0.9.8",
	  "identity time=23:59:59.999 level=I what=Driver text=version: 0.9.8" },

	/* snapshots */
	{ "SYSFS_SNAPSHOT before_submit_1", "snapshot_sysfs label=before_submit_1" },
	{ "  /sys/class/devfreq/fdab0000.npu/trans_stat = From  :   To\\n *1000:  0 9000000001000000000",
	  "sysfs_value path=/sys/class/devfreq/fdab0000.npu/trans_stat"
	  " value=From  :   To\\n *1000:  0 9000000001000000000" },
	{ "  /sys/class/devfreq/x/load = <unreadable:13>",
	  "sysfs_value path=/sys/class/devfreq/x/load value=<unreadable:13>" },
	{ "  /sys/a = ", "sysfs_value path=/sys/a value=" },
	{ "MMIO_SNAPSHOT any words", "snapshot_mmio label=any words" },
	{ "  core=1 base=0xfdac0000", "mmio_core core=1 base=0xfdac0000" },
	{ "    PC_TASK_CONTROL      off=0x0030 value=0x00007002",
	  "mmio_register name=PC_TASK_CONTROL off=0x30 value=0x7002" },
	{ "    A_NAME_THAT_IS_LONGER_THAN_ITS_PLACE off=0xf008 value=0x00000000",
	  "mmio_register name=A_NAME_THAT_IS_LONGER_THAN_ITS_PLACE off=0xf008 value=0x0" },
	{ "  MMIO_UNAVAILABLE device=/dev/mem errno=13 error=Permission denied",
	  "mmio_unavailable device=/dev/mem errno=13 error=Permission denied" },

	/* tracers, sniffers and regcmd as text */
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = -1 EINVAL",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 ret=-1 error=EINVAL" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = ? ERESTARTSYS",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 error=ERESTARTSYS" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = 0",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 ret=0" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0 <detached ...>",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68) <detached ...>",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104" },
	{ "8274  <... ioctl resumed>) = 0", "ioctl pid=8274 ret=0" },
	{ "8274  <... ioctl resumed>, 0xffffcd751ae0) = 0", "ioctl pid=8274 arg=0xffffcd751ae0 ret=0" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = -1 EINVAL",
	  "ioctl fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 ret=-1 error=EINVAL" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = ? ERESTARTSYS",
	  "ioctl fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 error=ERESTARTSYS" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1) = 0",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1 ret=0" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1 <detached ...>",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20) <detached ...>",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32" },
	{ "[  302.972445] rknpu cap: SUBMIT core=0 regcmd_addr=0xffffd8c0 regcfg_amount=139"
	  " pc_data_amount=71 int_mask=0x300 first_int_mask=0x300 task_con=0x70001 task_base_addr=0x0"
	  " enable_mask=0x1d pc_dma_ctrl=1",
	  "commit time=302.972445 core=0 regcmd_addr=0xffffd8c0 regcfg_amount=139 pc_data_amount=71"
	  " int_mask=0x300 (DPU group 0, DPU group 1)"
	  " first_int_mask=0x300 (DPU group 0, DPU group 1) task_con=0x70001 task_base_addr=0x0 enable_mask=0x1d"
	  " pc_dma_ctrl=0x1" },
	{ "rknpu cap: SUBMIT core=0 regcmd_addr=0xffffd8c0 regcfg_amount=139 pc_data_amount=71"
	  " int_mask=0x300 first_int_mask=0x300 task_con=0x70001 task_base_addr=0x0 enable_mask=0x1d"
	  " pc_dma_ctrl=1",
	  "commit core=0 regcmd_addr=0xffffd8c0 regcfg_amount=139 pc_data_amount=71"
	  " int_mask=0x300 (DPU group 0, DPU group 1) first_int_mask=0x300 (DPU group 0, DPU group 1)"
	  " task_con=0x70001 task_base_addr=0x0 enable_mask=0x1d pc_dma_ctrl=0x1" },
	{ "rknpu cap: regcmd phys=0x109c638c0 count=139", "commit phys=0x109c638c0 count=139" },
	{ "[  302.972445] rknpu cap: [ 12] tgt=0201 reg=1028 val=0d20000b",
	  "regcmd_qword time=302.972445 index=12 qword=0x2010d20000b1028 target=0x201 reg=0x1028"
	  " value=0xd20000b" },
	{ "rknpu cap: [  0] tgt=0201 reg=1004 val=0000000e",
	  "regcmd_qword index=0 qword=0x2010000000e1004 target=0x201 reg=0x1004 value=0xe" },
	{ "[  302.972445]   5: 0x", "regcmd_qword time=302.972445 index=5" },
	{ "[0x201000000002688] lsb 0000000b00000000 - noone  EMIT(REG_PC_VERSION, 0x000b0000);",
	  "regcmd_qword off=0x2688 qword=0xb00000000 target=0x0 reg=0x0 value=0xb0000 unit=noone"
	  " text=EMIT(REG_PC_VERSION, 0x000b0000);" },
	{ "[0x201000000007848] lsb 2001fff0e0005018 - PPU_RDMA EMIT(REG_PPU_RDMA_SRC, 0xfff0e000);",
	  "regcmd_qword off=0x7848 qword=0x2001fff0e0005018 target=0x2001 reg=0x5018 value=0xfff0e000"
	  " unit=PPU_RDMA text=EMIT(REG_PPU_RDMA_SRC, 0xfff0e000);" },
	{ "tgt=2001(RDMA)reg=506c", "regcmd_qword target=0x2001 reg=0x506c unit=RDMA" },
	{ "0 struct_rknpu_mem_create ['handle:0x1', 'flags:0x40B', 'size:0x3000',"
	  " 'obj_addr:0xFFFF0002F4E4A400', 'dma_addr:0xFFFFD000', 'sram_size:0x0']",
	  "mem_create size=12288 flags=0x40b ret=0 handle=0x1 obj=0xffff0002f4e4a400 dma=0xffffd000"
	  " sram=0" },
	{ "0 struct_rknpu_mem_map ['handle:0x3', 'reserved:0x0', 'offset:0x10046F000']",
	  "mem_map ret=0 handle=0x3 reserved=0x0 offset=0x10046f000" },
	{ "0 struct_rknpu_mem_sync ['flags:0x3', 'reserved:0x0', 'obj_addr:0xFFFF0002F4E4CC00',"
	  " 'offset:0x0', 'size:0x20EC00']",
	  "mem_sync flags=0x3 obj=0xffff0002f4e4cc00 offset=0 size=2157568 ret=0" },
	{ "0 struct_rknpu_mem_destroy ['handle:0x3', 'reserved:0x0', 'obj_addr:0x0']",
	  "mem_destroy handle=0x3 reserved=0x0 obj=0x0 ret=0" },
	{ "-1 struct_rknpu_action ['flags:0x14', 'value:0x0']", "action flags=0x14 value=0x0 ret=-1" },
	{ "0 struct_rknpu_submit ['flags:0x5', 'timeout:0x1770', 'task_start:0x0', 'task_number:0x1',"
	  " 'task_counter:0x1', 'priority:0x-2', 'task_obj_addr:0xFFFF0002F4E48C00',"
	  " 'regcfg_obj_addr:0x0', 'task_base_addr:0x0', 'user_data:0x3FCD', 'core_mask:0x1',"
	  " 'fence_fd:0x-1', 'subcore_task:']",
	  "submit flags=0x5 timeout=6000 task_start=0 task_number=1 task_counter=1 priority=-2"
	  " task_obj_addr=0xffff0002f4e48c00 regcfg_obj_addr=0x0 task_base_addr=0x0 user_data=0x3fcd"
	  " core_mask=0x1 fence_fd=-1 ret=0" },
	{ "================ SUBMIT #1 ================", "submit n=1" },
	{ "flags=0x5 task_number=84 core_mask=0x7", "submit flags=0x5 task_number=84 core_mask=0x7" },
	{ "flags=0x5 task_start=0 task_number=120 core_mask=0x0",
	  "submit flags=0x5 task_start=0 task_number=120 core_mask=0x0" },
	{ "  subcore[0]: start=0 number=40",
	  "submit subcore_task[0].task_start=0 subcore_task[0].task_number=40",
	  "  subcore_task[0]={task_start=0, task_number=40}" },
	{ "  subcore[1]: start=40 number=41",
	  "submit subcore_task[1].task_start=40 subcore_task[1].task_number=41",
	  "  subcore_task[1]={task_start=40, task_number=41}" },
	{ "  subcore[2]: start=81 number=39",
	  "submit subcore_task[2].task_start=81 subcore_task[2].task_number=39",
	  "  subcore_task[2]={task_start=81, task_number=39}" },
	{ "  subcore[3]: start=0 number=0",
	  "submit subcore_task[3].task_start=0 subcore_task[3].task_number=0",
	  "  subcore_task[3]={task_start=0, task_number=0}" },
	{ "  subcore[4]: start=0 number=0",
	  "submit subcore_task[4].task_start=0 subcore_task[4].task_number=0",
	  "  subcore_task[4]={task_start=0, task_number=0}" },
	{ "ALLOC 0 fd=0 flags=a size=4096 object=b25e4aa0 dma=3e4c000 ioctl=0",
	  "mem_create size=4096 flags=0xa obj=0xb25e4aa0 dma=0x3e4c000" },
	{ "SUBMIT 1 rc=-5 size=104", "submit n=1 size=104 ret=-5" },

	/* sweeps [source] */
	{ "total_shapes=217 (from 217 pool, start=0 limit=None)",
	  "sweep_total total=217 pool=217 start=0 limit=None" },
	{ "pre_health_rc=0", "sweep_total pre_health_rc=0" },
	{ "post_health_rc=-1", "sweep_total post_health_rc=-1" },
	{ "[1/217] conv1 (b=1 c=3 h=224x224 oc=32 k=3x3 g=1 path=spatial est~7) ...",
	  "sweep_shape index=1 total=217 name=conv1 b=1 c=3 h=224x224 oc=32 k=3x3 g=1 path=spatial est=7" },
	{ "[ 14/217] dw (b=1 c=32 h=150x150 oc=32 k=3x3 g=32 path=dw est~40 SLOW_DW est_tasks=1024) ...",
	  "sweep_shape index=14 total=217 name=dw b=1 c=32 h=150x150 oc=32 k=3x3 g=32 path=dw est=40 est_tasks=1024",
	  "[14/217] dw (b=1 c=32 h=150x150 oc=32 k=3x3 g=32 path=dw est~40 SLOW_DW est_tasks=1024) ..." },
	{ "plan shape=conv1 split=BY_Y rows=4 y_step=32 k_step=32 out=224x224 groups=1",
	  "sweep_shape name=conv1 text=split=BY_Y rows=4 y_step=32 k_step=32 out=224x224 groups=1" },
	{ "shape=conv1 kind=BY_Y tasks=4 PASS max_diff=0.002",
	  "sweep_shape name=conv1 kind=BY_Y tasks=4 status=PASS max_diff=0.002" },
	{ "shape=conv2 kind=NONE tasks=1 FAIL max_diff=1",
	  "sweep_shape name=conv2 kind=NONE tasks=1 status=FAIL max_diff=1" },
	{ "           PASS running={'PASS': 3, 'FAIL': 1} elapsed=   1.2s  BY_Y tasks=4",
	  "sweep_shape status=PASS running={'PASS': 3, 'FAIL': 1} elapsed=1.2 text=BY_Y tasks=4",
	  "  PASS running={'PASS': 3, 'FAIL': 1} elapsed=1.2s  BY_Y tasks=4" },
	{ "pre_health_rc=0 post_health_rc=-1 total=217 counts={'PASS': 216, 'ERROR': 1}",
	  "sweep_total total=217 pre_health_rc=0 post_health_rc=-1 counts={'PASS': 216, 'ERROR': 1}" },
	{ "PASS     conv1 :: BY_Y tasks=4 max_diff=0.002 elapsed=1.25s",
	  "sweep_shape name=conv1 kind=BY_Y tasks=4 status=PASS max_diff=0.002 elapsed=1.25",
	  "PASS conv1 :: BY_Y tasks=4 max_diff=0.002 elapsed=1.25s" },
	{ "PASS     dw :: depthwise_serial tasks=32 max_diff=0 elapsed= 60s SLOW_DW est_tasks=1024",
	  "sweep_shape name=dw est_tasks=1024 kind=depthwise_serial tasks=32 status=PASS max_diff=0 elapsed=60",
	  "PASS dw :: depthwise_serial tasks=32 max_diff=0 elapsed=60s SLOW_DW est_tasks=1024" },
	{ "FAIL conv2 :: NONE tasks=1 max_diff=3.5 elapsed=0.5s",
	  "sweep_shape name=conv2 kind=NONE tasks=1 status=FAIL max_diff=3.5 elapsed=0.5" },
	{ "FAIL dw2 :: depthwise_serial tasks=32 max_diff=3.5 elapsed=60s SLOW_DW est_tasks=1024",
	  "sweep_shape name=dw2 est_tasks=1024 kind=depthwise_serial tasks=32 status=FAIL max_diff=3.5 elapsed=60" },
	{ "ERROR    conv3 :: EXC: [Errno 110] Connection timed out elapsed=6.36s",
	  "sweep_shape name=conv3 status=ERROR elapsed=6.36 text=[Errno 110] Connection timed out",
	  "ERROR conv3 :: EXC: [Errno 110] Connection timed out elapsed=6.36s" },
	{ "timestamp=20260524_104525", "sweep_total timestamp=20260524_104525" },
	{ "total=217 counts={'PASS': 217}", "sweep_total total=217 counts={'PASS': 217}" },
	{ "pre_health_rc=-1 post_health_rc=-1", "sweep_total pre_health_rc=-1 post_health_rc=-1" },
	{ "PASS conv1", "sweep_shape name=conv1 status=PASS" },
	{ "FAIL conv2", "sweep_shape name=conv2 status=FAIL" },
	{ "ERROR conv3", "sweep_shape name=conv3 status=ERROR" },

	/* ... that are written by other rows of their kind */
	{ "8274  <... ioctl resumed>) = -1 EINVAL (Invalid argument)", "ioctl pid=8274 ret=-1",
	  "8274  <... ioctl resumed>) = -1" },
	{ "8274  <... ioctl resumed>, 0x1) = -1 EINVAL (Invalid argument)", "ioctl pid=8274 arg=0x1 ret=-1",
	  "8274  <... ioctl resumed>, 0x1) = -1" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = ?",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0",
	  "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0 <detached ...>" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0 <unfinished ...>",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0",
	  "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0 <detached ...>" },
	{ "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68) <unfinished ...>",
	  "ioctl pid=8274 fd=3 type=0x64 nr=0x41 size=104",
	  "8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68) <detached ...>" },
	{ "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1) = ?",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1 <detached ...>" },
	{ "12:34:56 ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = -1 EINVAL"
	  " (Invalid argument)",
	  "ioctl fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 ret=-1 error=EINVAL",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = -1 EINVAL" },
	{ "12:34:56.000001 ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = ?"
	  " ERESTARTSYS (To be restarted)",
	  "ioctl fd=3 type=0x64 nr=0x41 size=104 arg=0xffffcd751ae0 error=ERESTARTSYS",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = ? ERESTARTSYS" },
	{ "12:34:56 ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1 <detached ...>",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1 <detached ...>" },
	{ "12:34:56 ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1) = ?",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1 <detached ...>" },
	{ "12:34:56 ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20) <detached ...>",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20) <detached ...>" },
	{ "[  302.972445] rknpu cap: regcmd phys=0x109c638c0 count=139", "commit phys=0x109c638c0 count=139",
	  "rknpu cap: regcmd phys=0x109c638c0 count=139" },
	{ "[  302.972445]   0: 0x02010000000e1004 ( op: 0x0201 re",
	  "regcmd_qword time=302.972445 index=0 qword=0x2010000000e1004 target=0x201 reg=0x1004"
	  " value=0xe",
	  "[  302.972445] rknpu cap: [  0] tgt=0201 reg=1004 val=0000000e" },
	{ "100: 0x02010000000e1004",
	  "regcmd_qword index=100 qword=0x2010000000e1004 target=0x201 reg=0x1004 value=0xe",
	  "rknpu cap: [100] tgt=0201 reg=1004 val=0000000e" },
	{ "SUBMIT #2  flags=0x5 task_number=84 core_mask=0x7",
	  "submit n=2 flags=0x5 task_number=84 core_mask=0x7",
	  "================ SUBMIT #2 ================\nflags=0x5 task_number=84 core_mask=0x7" },
	{ "[  302.972445]   0: 0x02010000000e1004 ( op: 0x0201 reg: 0x1004 value: 0x0000000e )",
	  "regcmd_qword time=302.972445 index=0 qword=0x2010000000e1004 target=0x201 reg=0x1004"
	  " value=0xe",
	  "[  302.972445] rknpu cap: [  0] tgt=0201 reg=1004 val=0000000e" },
	{ "  0: 0x02010000000e1004 ( op: 0x0201 reg: 0x1004 value: 0x0000000e )",
	  "regcmd_qword index=0 qword=0x2010000000e1004 target=0x201 reg=0x1004 value=0xe",
	  "rknpu cap: [  0] tgt=0201 reg=1004 val=0000000e" },
	{ "12:34:56 ioctl(3</dev/dri/card1<char 226:1>>, _IOC(_IOC_READ, 0x64, 0x45, 0x20), 0x1) = 0",
	  "ioctl fd=3 type=0x64 nr=0x45 size=32 arg=0x1 ret=0",
	  "ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x45, 0x20), 0x1) = 0" },
};

#endif
