/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu-common.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model-irq.h"
#include "lib/model-memory.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/* ---- The NPU */

struct toy {
	struct rke_bus bus;
	uint32_t base[RKE_CORES], amounts[RKE_CORES], mask[RKE_CORES], raw[RKE_CORES], control[RKE_CORES];
	uint32_t status[RKE_CORES];
	bool armed[RKE_CORES];
};

static uint32_t *
toy_register(struct toy *toy, unsigned core, uint32_t offset)
{
	switch (offset) {
	case RKR_REG_PC_BASE_ADDRESS:
		return &toy->base[core];
	case RKR_REG_PC_REGISTER_AMOUNTS:
		return &toy->amounts[core];
	case RKR_REG_PC_INTERRUPT_MASK:
		return &toy->mask[core];
	case RKR_REG_PC_INTERRUPT_RAW_STATUS:
		return &toy->raw[core];
	case RKR_REG_PC_TASK_CON:
		return &toy->control[core];
	case RKR_REG_PC_TASK_STATUS:
		return &toy->status[core];
	default:
		return NULL;
	}
}

static uint32_t
toy_read(void *data, unsigned core, uint32_t offset)
{
	const uint32_t *reg = toy_register(data, core, offset);

	return reg ? *reg : 0;
}

static void
toy_write(void *data, unsigned core, uint32_t offset, uint32_t value)
{
	struct toy *toy = data;
	uint32_t *reg = toy_register(toy, core, offset);

	if (offset == RKR_REG_PC_INTERRUPT_CLEAR)
		toy->raw[core] &= ~value;
	else if (offset == RKR_REG_PC_OPERATION_ENABLE && value)
		toy->armed[core] = true;
	else if (reg)
		*reg = value;
}

static uint64_t
toy_word(struct toy *toy, unsigned core, uint32_t iova)
{
	uint64_t word = 0;
	size_t len;
	const void *p = toy->bus.map(toy->bus.data, core, iova, sizeof(word), false, &len);

	if (p && len == sizeof(word))
		memcpy(&word, p, sizeof(word));
	else
		toy->bus.fault(toy->bus.data, core, iova, sizeof(word), false);
	return word;
}

static void
toy_store(struct toy *toy, unsigned core, uint32_t iova, uint32_t value)
{
	size_t len;
	void *p = toy->bus.map(toy->bus.data, core, iova, sizeof(value), true, &len);

	if (p && len == sizeof(value))
		memcpy(p, &value, sizeof(value));
	else
		toy->bus.fault(toy->bus.data, core, iova, sizeof(value), true);
}

static uint64_t
toy_run(void *data, unsigned core)
{
	struct toy *toy = data;
	uint32_t n = toy->control[core] & 0xfff, at = toy->base[core], done = 0, out = 0, enable = 0;

	if (!toy->armed[core])
		return 0;
	toy->armed[core] = false;
	toy->status[core] = 0;
	while (done < n && at) {
		uint32_t next = 0, words = 2 * ((toy->amounts[core] & 0xffff) + 1);

		enable = 0;
		for (uint32_t i = 0; i < words && !enable; i++) {
			struct rkr_qword q = rkr_qword_decode(toy_word(toy, core, at + 8 * i));

			if (q.offset == RKR_REG_PC_BASE_ADDRESS)
				next = q.value;
			if (q.offset == RKR_REG_DPU_DST_BASE_ADDR)
				out = q.value;
			if (q.target == 0x0081)
				enable = q.value;
		}
		if (!enable)
			break;
		if (out)
			toy_store(toy, core, out, ++done);
		toy->raw[core] |= done % 2 ? 0x100 : 0x200;
		toy->status[core] = done;
		at = next;
	}
	return (uint64_t)done * TOY_TASK_NS;
}

static bool
toy_irq(void *data, unsigned core)
{
	struct toy *toy = data;

	/* After the whole job alone. */
	return (toy->status[core] & 0xfff) == (toy->control[core] & 0xfff) &&
	       (toy->raw[core] & toy->mask[core]) != 0;
}

static void
toy_reset(void *data)
{
	struct toy *toy = data;

	*toy = (struct toy){ .bus = toy->bus };
	for (unsigned i = 0; i < RKE_CORES; i++)
		toy->raw[i] = RKR_INT_RAW_IDLE;
}

static int
toy_make(void *data, const struct rke_bus *bus, struct rke_hw *ret_hw)
{
	struct toy *toy = calloc(1, sizeof(*toy));

	(void)data;
	if (!toy)
		return -ENOMEM;
	toy->bus = *bus;
	toy_reset(toy);
	*ret_hw = (struct rke_hw){ toy, toy_read, toy_write, toy_run, toy_irq, NULL, toy_reset, free, NULL };
	return 0;
}

/* ---- The board */

static void
keep_line(void *data, const char *line)
{
	struct emu *emu = data;
	size_t len = strlen(line);

	ck_assert_int_eq(rkr_grow((void **)&emu->log, &emu->log_size, emu->log_len + len + 2, 1), 0);
	memcpy(emu->log + emu->log_len, line, len);
	emu->log_len += len;
	emu->log[emu->log_len++] = '\n';
	emu->log[emu->log_len] = '\0';
}

struct rke_board_options
emu_options(struct emu *emu)
{
	return (struct rke_board_options){ .make_hw = toy_make, .klog = keep_line, .klog_data = emu };
}

void
emu_start(struct emu *emu, const struct rke_board_options *options)
{
	*emu = (struct emu){ 0 };
	const struct rke_board_options own = emu_options(emu);

	ck_assert_int_eq(rke_board_new(options ? options : &own, &emu->board), 0);
	ck_assert_int_eq(rke_open(emu->board, &emu->file), 0);
	keep_line(emu, "");
	emu_log_clear(emu);
}

void
emu_start_faults(struct emu *emu, const char *const *faults)
{
	struct rke_board_options options = emu_options(emu);
	struct rke_fault parsed[8];

	for (; *faults; faults++)
		ck_assert_int_eq(rke_fault_parse(*faults, &parsed[options.n_faults++]), 0);
	options.faults = parsed;
	emu_start(emu, &options);
}

void
emu_stop(struct emu *emu)
{
	rke_board_free(emu->board);
	free(emu->log);
}

int
emu_call(struct emu *emu, enum rkr_ioctl nr, void *arg)
{
	uint32_t size = rkr_abi_ioctl_by_number(nr)->size;

	return rke_ioctl(emu->file, rkr_ioctl_command(nr, size), arg, size);
}

struct emu_bo
emu_bo(struct emu *emu, uint64_t size, uint32_t flags)
{
	struct rkr_abi_mem_create create = { .size = size, .flags = flags };
	struct emu_bo bo;

	ck_assert_int_eq(emu_call(emu, RKR_IOCTL_MEM_CREATE, &create), 0);
	struct rkr_abi_mem_map map = { .handle = create.handle };

	ck_assert_int_eq(emu_call(emu, RKR_IOCTL_MEM_MAP, &map), 0);
	bo =
		(struct emu_bo){ create.handle,   create.size, create.obj_addr,
				 create.dma_addr, map.offset,  NULL };
	ck_assert_int_eq(rke_mmap(emu->file, map.offset, size, &bo.memory, NULL), 0);
	return bo;
}

struct emu_job
emu_job(struct emu *emu, uint32_t n, uint32_t what)
{
	enum { BODY = 4, STRIDE = 8 };
	struct emu_job job = { .tasks = emu_bo(emu, (uint64_t)n * RKR_TASK_BYTES, 0x40b),
			       .regcmd = emu_bo(emu, (uint64_t)n * STRIDE * 8, 0x403),
			       .output = emu_bo(emu, 4096, 0x403) };
	uint64_t *words = job.regcmd.memory;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t *w = words + (uint64_t)i * STRIDE;
		uint32_t at = (uint32_t)(job.regcmd.dma + 8u * STRIDE * i);
		bool last = i == n - 1;
		struct rkr_task task = { .int_mask = 0x300, .regcfg_amount = BODY, .regcmd_addr = at };

		w[0] = rkr_qword_encode(0x0201, what & EMU_JOB_REUSE && last ? 0x201b : 0x1b,
					RKR_REG_CNA_CBUF_CON0);
		w[1] = rkr_qword_encode(0x1001, (uint32_t)job.output.dma, RKR_REG_DPU_DST_BASE_ADDR);
		w[2] = what & EMU_JOB_POINTER ? rkr_qword_encode(0x1001, 0xe, RKR_REG_DPU_S_POINTER) : 0;
		if (!last) {
			w[4] = rkr_qword_encode(0x0101, at + 8 * STRIDE, RKR_REG_PC_BASE_ADDRESS);
			w[5] = rkr_qword_encode(0x0101, 3, RKR_REG_PC_REGISTER_AMOUNTS);
		}
		w[7] = rkr_qword_encode(0x0081, 0x0d, RKR_REG_PC_OPERATION_ENABLE);
		rkr_task_encode(&task, (uint8_t *)job.tasks.memory + (uint64_t)i * RKR_TASK_BYTES);
	}
	job.submit = (struct rkr_abi_submit){ .flags = 5,
					      .timeout = 6000,
					      .task_number = n,
					      .task_obj_addr = job.tasks.obj,
					      .core_mask = 1,
					      .fence_fd = -1 };
	for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++)
		job.submit.subcore_task[i] = (struct rkr_abi_subcore_task){ 0, n };
	return job;
}

int
emu_submit(struct emu *emu, const struct emu_job *job, struct rkr_abi_submit *ret_submit)
{
	struct rkr_abi_submit submit = job->submit;
	int r = emu_call(emu, RKR_IOCTL_SUBMIT, &submit);

	if (ret_submit)
		*ret_submit = submit;
	return r;
}

void
emu_submit_well(struct emu *emu, const struct emu_job *job)
{
	emu_log_clear(emu);
	ck_assert_int_eq(emu_submit(emu, job, NULL), 0);
	ck_assert_str_eq(emu->log, "");
}

void
emu_log_clear(struct emu *emu)
{
	emu->log_len = 0;
	emu->log[0] = '\0';
}

char *
emu_log_plain(const struct emu *emu)
{
	static const char job[] = "RKNPU: job: ";
	char *out = calloc(1, emu->log_len + 1), *to = out;

	ck_assert_ptr_nonnull(out);
	for (const char *line = emu->log; *line;) {
		const char *text = strstr(line, "] "), *end = strchr(line, '\n') + 1;

		ck_assert(text && text < end);
		text += 2;
		if (strncmp(text, job, sizeof(job) - 1) == 0) {
			/* 16 digits */
			to = stpcpy(to, "RKNPU: job: P");
			text += sizeof(job) - 1 + 16;
		}
		to = mempcpy(to, text, (size_t)(end - text));
		line = end;
	}
	*to = '\0';
	return out;
}

uint64_t
emu_ms_since(const struct emu *emu, uint64_t before)
{
	return (rke_now(emu->board) - before) / 1000000;
}
