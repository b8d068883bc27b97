/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"

/*
 * Lists of register writes on the emulated board. An input is the words of
 * the lists. To get somewhere, what would be stopped at once is put right:
 * words that write no register are turned into ones that do, each op-enable
 * ends a list and has a task, lists are linked, and half of all addresses are
 * brought into the BOs. What comes of a job is one of a few things, takes its
 * time, touches nothing that is not its own, and is the same after a reset.
 */

#define WORD 8
#define WORDS_MAX 4096
#define TASKS_MAX 64

/* Bits of a value that are of no use in their register, and say that it is to be left as it is. */
#define RAW_LINK 0x2u
#define RAW_AMOUNT 0x80000000u
#define RAW_ADDRESS 0x80000000u
/* Offsets are multiples of 4: this one says that the word is to be left as it is. */
#define RAW_OFFSET 0x3u

struct lists {
	uint64_t words[WORDS_MAX];
	size_t n;
	struct {
		size_t start, words;
		uint32_t enable;
	} task[TASKS_MAX];
	size_t n_tasks;
};

/* ---- Registers by number */

static size_t
n_registers(void)
{
	size_t n, all = 0;
	const struct rkr_reg_block *block = rkr_reg_blocks(&n);

	for (size_t i = 0; i < n; i++)
		all += block[i].qword_target ? block[i].n_regs : 0;
	return all;
}

static const struct rkr_reg *
register_at(uint64_t at, uint16_t *ret_target)
{
	size_t n;
	const struct rkr_reg_block *block = rkr_reg_blocks(&n);

	at %= n_registers();
	for (size_t i = 0; i < n; i++) {
		if (!block[i].qword_target)
			continue;
		if (at < block[i].n_regs) {
			*ret_target = block[i].qword_target;
			return &block[i].regs[at];
		}
		at -= block[i].n_regs;
	}
	abort();
}

/* ---- From an input to lists */

static uint32_t
address(uint32_t value)
{
	uint32_t low = fuzz_bo_iova(FUZZ_BO_MAX_ - 1), high = fuzz_bo_iova(FUZZ_BO_IN);

	if (value & RAW_ADDRESS)
		return value;
	return low + value % (high + fuzz_bo_size(FUZZ_BO_IN) - low);
}

static uint64_t
word_of(uint64_t word)
{
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

	if (word == 0 || q.target == RKR_TARGET_NOP || q.target == RKR_TARGET_MARK ||
	    q.target == RKR_TARGET_OP_EN || (q.offset & RAW_OFFSET) == RAW_OFFSET)
		return word;
	if (!reg) {
		reg = register_at((uint64_t)q.target * 31 + q.offset, &q.target);
		q.offset = reg->offset;
	}
	if (reg->role == RKR_REG_ADDRESS)
		q.value = address(q.value);
	return rkr_qword_encode(q.target, q.value, q.offset);
}

static void
decode(const uint8_t *data, size_t size, struct lists *lists)
{
	size_t start = 0;

	for (size_t at = 0; size - at >= WORD && lists->n < WORDS_MAX - 1; at += WORD) {
		uint64_t word;

		memcpy(&word, data + at, sizeof(word));
		word = word_of(word);
		lists->words[lists->n++] = word;

		struct rkr_qword q = rkr_qword_decode(word);

		if (q.target != RKR_TARGET_OP_EN)
			continue;
		lists->task[lists->n_tasks].start = start;
		lists->task[lists->n_tasks].words = lists->n - start;
		lists->task[lists->n_tasks++].enable = q.value;
		/* Lists begin at whole beats of 16 bytes. */
		if (lists->n % 2)
			lists->words[lists->n++] = 0;
		start = lists->n;
		if (lists->n_tasks == TASKS_MAX)
			break;
	}
	/* A list without an end is one, too. */
	if (!lists->n_tasks) {
		lists->task[0].words = lists->n;
		lists->n_tasks = 1;
	}
}

static void
link_lists(struct lists *lists)
{
	for (size_t t = 0; t + 1 < lists->n_tasks; t++) {
		uint32_t next = fuzz_bo_iova(FUZZ_BO_REGCMD) + WORD * (uint32_t)lists->task[t + 1].start;

		for (size_t i = 0; i < lists->task[t].words; i++) {
			uint64_t *word = &lists->words[lists->task[t].start + i];
			struct rkr_qword q = rkr_qword_decode(*word);

			if (q.target != RKR_TARGET_PC)
				continue;
			if (q.offset == RKR_REG_PC_BASE_ADDRESS && !(q.value & RAW_LINK))
				*word = rkr_qword_encode(q.target, next, q.offset);
			else if (q.offset == RKR_REG_PC_REGISTER_AMOUNTS && !(q.value & RAW_AMOUNT))
				*word = rkr_qword_encode(q.target,
							 (uint32_t)rkr_div_up(lists->task[t + 1].words, 2),
							 q.offset);
		}
	}
}

/* ---- A job */

struct job {
	struct fuzz_emu emu;
	struct rke_file *file;
	uint64_t obj[FUZZ_BO_MAX_];
	uint64_t arena[FUZZ_BO_MAX_];
};

/* What came of it. */
struct outcome {
	int ret;
	uint32_t counter, int_status;
	int64_t elapsed;
	uint64_t jobs, timeouts, crashes, reads_outside, writes_outside;
};

static void
make_bos(struct job *job)
{
	uint32_t handle[FUZZ_BO_MAX_];

	for (unsigned i = 0; i < FUZZ_BO_MAX_; i++) {
		struct rkr_abi_mem_create arg = { .flags = RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE |
							   RKR_MEM_KERNEL_MAPPING |
							   RKR_MEM_LIMIT_IOVA_ALIGNMENT,
						  .size = fuzz_bo_size(i) };

		FUZZ_ASSERT(rke_ioctl(job->file, rkr_ioctl_command(RKR_IOCTL_MEM_CREATE, sizeof(arg)), &arg,
				      sizeof(arg)) == 0);
		FUZZ_ASSERT(arg.dma_addr == fuzz_bo_iova(i));
		struct rkr_abi_mem_map map = { .handle = handle[i] = arg.handle };

		FUZZ_ASSERT(rke_ioctl(job->file, rkr_ioctl_command(RKR_IOCTL_MEM_MAP, sizeof(map)), &map,
				      sizeof(map)) == 0);
		job->obj[i] = arg.obj_addr;
		if (i != FUZZ_BO_HOLE)
			FUZZ_ASSERT(rke_mmap(job->file, map.offset, fuzz_bo_size(i), NULL, &job->arena[i]) ==
				    0);
	}
	struct rkr_abi_mem_destroy hole = { .handle = handle[FUZZ_BO_HOLE] };

	FUZZ_ASSERT(rke_ioctl(job->file, rkr_ioctl_command(RKR_IOCTL_MEM_DESTROY, sizeof(hole)), &hole,
			      sizeof(hole)) == 0);
}

/* Numbers of all kinds: most are small ones of fp16, some are what bytes may be. */
static const uint8_t *
numbers(void)
{
	static uint16_t all[0x10000 / 2];
	uint64_t random = 1;

	if (!all[1])
		for (size_t i = 0; i < RKR_ARRAY_LEN(all); i++) {
			random = random * UINT64_C(6364136223846793005) + 1;
			all[i] = (uint16_t)(random >> 40);
			if (i % 16)
				all[i] = (all[i] & 0x83ff) | (uint16_t)((13 + i % 4) << 10);
		}
	return (const uint8_t *)all;
}

static void
fill(const struct job *job, const struct lists *lists)
{
	static const enum fuzz_bo data[] = { FUZZ_BO_IN, FUZZ_BO_WEIGHTS, FUZZ_BO_OUT, FUZZ_BO_AUX };

	for (size_t i = 0; i < RKR_ARRAY_LEN(data); i++)
		memcpy(job->emu.arena + job->arena[data[i]], numbers(), fuzz_bo_size(data[i]));
	/* The NPU may have written here, too. */
	memset(job->emu.arena + job->arena[FUZZ_BO_TASKS], 0, fuzz_bo_size(FUZZ_BO_TASKS));
	memset(job->emu.arena + job->arena[FUZZ_BO_REGCMD], 0, fuzz_bo_size(FUZZ_BO_REGCMD));
	memcpy(job->emu.arena + job->arena[FUZZ_BO_REGCMD], lists->words, lists->n * WORD);
	for (size_t t = 0; t < lists->n_tasks; t++) {
		const struct rkr_task task = {
			.enable_mask = lists->task[t].enable,
			.int_mask = lists->task[t].enable & 0x60 ? 0xc00 : 0x300,
			.int_clear = 0x1ffff,
			.regcfg_amount = (uint32_t)lists->task[t].words,
			.regcmd_addr = fuzz_bo_iova(FUZZ_BO_REGCMD) + WORD * lists->task[t].start,
		};

		rkr_task_encode(&task, job->emu.arena + job->arena[FUZZ_BO_TASKS] + t * RKR_TASK_BYTES);
	}
}

static struct outcome
submit(struct job *job, const struct lists *lists)
{
	uint32_t n = (uint32_t)lists->n_tasks;
	struct rkr_abi_submit arg = { .flags = RKR_SUBMIT_PC | RKR_SUBMIT_PINGPONG,
				      .timeout = 6000,
				      .task_number = n,
				      .task_obj_addr = job->obj[FUZZ_BO_TASKS],
				      .core_mask = 1,
				      .fence_fd = -1,
				      .subcore_task = { { 0, n }, { n, 0 }, { n, 0 } } };
	struct rke_stats before, after;
	struct rkr_task last;

	rke_board_stats(job->emu.board, &before);
	int r = fuzz_emu_ioctl(&job->emu, job->file, rkr_ioctl_command(RKR_IOCTL_SUBMIT, sizeof(arg)), &arg,
			       sizeof(arg));

	rke_board_stats(job->emu.board, &after);
	rkr_task_decode(job->emu.arena + job->arena[FUZZ_BO_TASKS] + (n - 1) * RKR_TASK_BYTES, &last);
	return (struct outcome){
		.ret = r,
		.counter = arg.task_counter,
		.int_status = last.int_status,
		.elapsed = arg.hw_elapse_time,
		.jobs = after.jobs - before.jobs,
		.timeouts = after.timeouts - before.timeouts,
		.crashes = after.crashes - before.crashes,
		.reads_outside = after.reads_outside - before.reads_outside,
		.writes_outside = after.writes_outside - before.writes_outside,
	};
}

static void
check_outcome(const struct outcome *o, const struct lists *lists)
{
	FUZZ_ASSERT(o->jobs == 1 && o->crashes == 0);
	if (o->ret == 0) {
		FUZZ_ASSERT(o->counter == lists->n_tasks && o->timeouts == 0 && o->elapsed > 0);
		FUZZ_ASSERT(o->int_status != 0 && o->writes_outside == 0);
		return;
	}
	FUZZ_ASSERT(o->ret == -ETIMEDOUT && o->timeouts == 1);
	FUZZ_ASSERT(o->counter <= lists->n_tasks);
}

static void
check_same(const struct outcome *a, const struct outcome *b)
{
	FUZZ_ASSERT(a->ret == b->ret && a->counter == b->counter && a->int_status == b->int_status);
	FUZZ_ASSERT(a->elapsed == b->elapsed);
	FUZZ_ASSERT(a->reads_outside == b->reads_outside && a->writes_outside == b->writes_outside);
}

static void
reset(struct job *job)
{
	struct rkr_abi_action arg = { .flags = 6 };

	FUZZ_ASSERT(fuzz_emu_ioctl(&job->emu, job->file, rkr_ioctl_command(RKR_IOCTL_ACTION, sizeof(arg)),
				   &arg, sizeof(arg)) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t result[FUZZ_ARENA];
	static struct lists lists;
	struct job job = { 0 };
	struct rkr_buf first = { 0 }, second = { 0 };

	lists.n = lists.n_tasks = 0;
	memset(lists.task, 0, sizeof(lists.task));
	decode(data, size, &lists);
	link_lists(&lists);
	fuzz_emu_start(&job.emu, NULL);
	FUZZ_ASSERT(rke_open(job.emu.board, &job.file) == 0);
	make_bos(&job);
	fill(&job, &lists);

	struct outcome once = submit(&job, &lists);

	check_outcome(&once, &lists);
	fuzz_emu_plain(&job.emu, &first);
	/* Reading takes longer than what was done. */
	if (fuzz_hash(data, size) % 8 == 0)
		fuzz_emu_parse(&job.emu);
	memcpy(result, job.emu.arena, FUZZ_ARENA);
	/* All state of the NPU ends with a reset. */
	reset(&job);
	fill(&job, &lists);
	job.emu.log.len = 0;

	struct outcome again = submit(&job, &lists);

	check_same(&once, &again);
	FUZZ_ASSERT(memcmp(result, job.emu.arena, FUZZ_ARENA) == 0);
	fuzz_emu_plain(&job.emu, &second);
	FUZZ_ASSERT(first.len == second.len &&
		    (!first.len || memcmp(first.data, second.data, first.len) == 0));
	rkr_buf_free(&first);
	rkr_buf_free(&second);
	fuzz_emu_stop(&job.emu);
	return 0;
}

/* ---- How libFuzzer changes inputs: word by word, register by register, field by field */

/* libFuzzer's own changes; there are none in a program of its own. */
__attribute__((weak)) size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

static uint64_t
draw(uint64_t *random)
{
	*random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *random >> 33;
}

static uint32_t
draw_value(uint64_t *random)
{
	static const uint32_t values[] = { 0,      1,      2,      3,      7,       8,          15,
					   16,     31,     32,     63,     64,      0x100,      0xfff,
					   0x1000, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0xffffffff };

	switch (draw(random) % 3) {
	case 0:
		return values[draw(random) % RKR_ARRAY_LEN(values)];
	case 1:
		return (uint32_t)draw(random) % 128;
	default:
		return (uint32_t)(draw(random) << 16 ^ draw(random));
	}
}

static uint64_t
change_field(uint64_t word, uint64_t *random)
{
	struct rkr_qword q = rkr_qword_decode(word);
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

	if (q.target == RKR_TARGET_OP_EN)
		q.value ^= 1u << draw(random) % 7;
	else if (reg && reg->n_fields)
		q.value = rkr_reg_field_set(&reg->fields[draw(random) % reg->n_fields], q.value,
					    draw_value(random));
	else
		q.value = draw_value(random);
	return rkr_qword_encode(q.target, q.value, q.offset);
}

static uint64_t
new_word(uint64_t *random)
{
	uint16_t target;
	const struct rkr_reg *reg = register_at(draw(random), &target);

	if (draw(random) % 16 == 0)
		return rkr_qword_encode(RKR_TARGET_OP_EN, draw(random) % 2 ? 0xd : 0x18,
					RKR_REG_PC_OPERATION_ENABLE);
	return rkr_qword_encode(target, draw_value(random), reg->offset);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	uint64_t random = seed, word;
	size_t n = size / WORD, at = n ? draw(&random) % n : 0, from = n ? draw(&random) % n : 0;
	uint8_t *here = data + at * WORD;
	unsigned how = (unsigned)(draw(&random) % 8);

	if (LLVMFuzzerMutate && (how == 0 || n == 0))
		return LLVMFuzzerMutate(data, size, max_size);
	if (n == 0)
		return size;
	memcpy(&word, here, sizeof(word));
	if (how <= 4) {
		word = change_field(word, &random);
	} else if (how == 5) {
		memmove(here, here + WORD, (n - at - 1) * WORD);
		return (n - 1) * WORD;
	} else if ((n + 1) * WORD > max_size) {
		return size;
	} else {
		uint64_t more;

		memcpy(&more, data + from * WORD, sizeof(more));
		memmove(here + WORD, here, (n - at) * WORD);
		word = how == 6 ? more : new_word(&random);
		n++;
	}
	memcpy(here, &word, sizeof(word));
	return n * WORD;
}
