/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "emu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "emu-calls.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"

/*
 * Calls of hostile clients on the emulated board. An input says what the board
 * is like and which calls come: each byte is a call or a value of a few that
 * matter, and now and then a value of its own. Nothing that the board holds is
 * lost or used after its end, each call's result is one of the driver's, what
 * would have crashed a board is told, and the same calls give the same again.
 */

#define FILES 3
#define SLOTS 8
#define CALLS_MAX 64
#define FAULTS_MAX 2
/* A call that waits lets so much time pass at most: ns. */
#define WAIT_MAX UINT64_C(4000000000)

/* What a client knows of a BO that it made. */
struct slot {
	uint32_t handle;
	uint64_t obj, dma, offset;
};

struct clients {
	struct fuzz_emu emu;
	struct fuzz_bytes in;
	struct rke_file *file[FILES];
	struct slot slot[SLOTS];
	size_t made;
	struct rkr_buf said; /**< what calls gave */
};

#define PICK(c, ...)                                           \
	fuzz_pick(&(c)->in, (const uint64_t[]){ __VA_ARGS__ }, \
		  RKR_ARRAY_LEN(((const uint64_t[]){ __VA_ARGS__ })))

static struct rke_file *
a_file(struct clients *c)
{
	return c->file[fuzz_take(&c->in, 1) % FILES];
}

static struct slot *
a_slot(struct clients *c)
{
	return &c->slot[fuzz_take(&c->in, 1) % SLOTS];
}

/* A live BO, to write to as a client may; NULL: there is none. */
static struct rke_bo *
a_bo(struct clients *c)
{
	const struct rke_board *board = c->emu.board;
	uint64_t i = fuzz_take(&c->in, 1);
	struct rke_bo *bo = NULL;

	if (board->stats.bos)
		for (i %= board->stats.bos; (bo = fuzz_emu_next(board, bo)) && i > 0; i--)
			;
	return bo;
}

/* All that the driver and the DRM core give. */
static bool
is_result(int r)
{
	static const int results[] = { 0,          -EINVAL, -ENOMEM,         -EFAULT, -ENOENT,
				       -EACCES,    -ENXIO,  -ENOTTY,         -EBADF,  -EOPNOTSUPP,
				       -ETIMEDOUT, -EPERM,  -ENOTRECOVERABLE };

	for (size_t i = 0; i < RKR_ARRAY_LEN(results); i++)
		if (results[i] == r)
			return true;
	return false;
}

static int
call(struct clients *c, struct rke_file *file, uint32_t command, void *arg, size_t len)
{
	uint64_t crashes = c->emu.board->stats.crashes;
	int r = fuzz_emu_ioctl(&c->emu, file, command, arg, len);

	FUZZ_ASSERT(is_result(r));
	FUZZ_ASSERT(r != -ENOTRECOVERABLE || c->emu.board->stats.crashes > crashes);
	rkr_buf_printf(&c->said, "%x %d %llx\n", command, r, (unsigned long long)fuzz_hash(arg, len));
	return r;
}

#define CALL(c, file, nr, arg) \
	call((c), (file), rkr_ioctl_command((nr), sizeof(*(arg))), (arg), sizeof(*(arg)))

static void
create(struct clients *c)
{
	struct rke_file *file = a_file(c);
	struct rkr_abi_mem_create arg = { 0 };
	uint8_t bytes[256] = { 0 };

	arg.flags = (uint32_t)PICK(c, 0x40b, 0x40b, 0x403, 0x3, 0x8, 0x0, 0x408);
	arg.size = PICK(c, 0x1000, 0x1000, 0x3000, 1, 0, 0x10000, 0x40001, UINT64_MAX, 0xffffffff);
	arg.handle = (uint32_t)PICK(c, 0, 0, 0, 0, 1, 2, 0xffffffff);
	arg.iommu_domain_id = (int32_t)PICK(c, 0, 0, 0, 0, 1, 15, 16, 0xffffffff);
	size_t len = (size_t)PICK(c, 48, 48, 40, 41, 8, 0, 56);

	memcpy(bytes, &arg, sizeof(arg));
	len = len < sizeof(bytes) ? len : sizeof(bytes);
	if (call(c, file, rkr_ioctl_command(RKR_IOCTL_MEM_CREATE, (uint32_t)len), bytes, len) < 0)
		return;
	memcpy(&arg, bytes, len < sizeof(arg) ? len : sizeof(arg));
	struct rkr_abi_mem_map map = { .handle = arg.handle };

	(void)CALL(c, file, RKR_IOCTL_MEM_MAP, &map);
	c->slot[c->made++ % SLOTS] = (struct slot){ arg.handle, arg.obj_addr, arg.dma_addr, map.offset };
}

static void
map(struct clients *c)
{
	struct rke_file *file = a_file(c);
	const struct slot *slot = a_slot(c);
	uint64_t offset = PICK(c, slot->offset, slot->offset, RKR_MAP_FIRST, 0, UINT64_MAX);
	uint64_t length = PICK(c, 0x1000, 0x1000, 1, 0, 0x1001, UINT64_MAX), arena = 0;

	fuzz_emu_look(&c->emu);
	int r = rke_mmap(file, offset, length, NULL, &arena);

	fuzz_emu_check(&c->emu);
	FUZZ_ASSERT(is_result(r));
	FUZZ_ASSERT(r < 0 || (arena < FUZZ_ARENA && length <= FUZZ_ARENA - arena));
	rkr_buf_printf(&c->said, "mmap %d\n", r);
}

static void
unmap(struct clients *c)
{
	struct rke_file *file = a_file(c);

	rke_munmap(file, a_slot(c)->offset);
	fuzz_emu_check(&c->emu);
}

static void
destroy(struct clients *c)
{
	struct rke_file *file = a_file(c);
	const struct slot *slot = a_slot(c);
	struct rkr_abi_mem_destroy arg = { 0 };

	arg.handle = (uint32_t)PICK(c, slot->handle, slot->handle, 1, 2, 3, 0, 0xffffffff);
	arg.obj_addr = PICK(c, 0, 1, slot->obj);
	(void)CALL(c, file, RKR_IOCTL_MEM_DESTROY, &arg);
}

static void
sync_bo(struct clients *c)
{
	struct rke_file *file = a_file(c);
	const struct slot *slot = a_slot(c);
	struct rkr_abi_mem_sync arg = { 0 };

	arg.flags = (uint32_t)PICK(c, 1, 2, 3, 0, 0xffffffff);
	arg.obj_addr = PICK(c, slot->obj, slot->obj, 0, 1, UINT64_MAX);
	arg.offset = PICK(c, 0, 0, 0xfff, 0x1000, UINT64_MAX);
	arg.size = PICK(c, 0x1000, 0x1000, 0, 1, 0x1001, UINT64_MAX);
	(void)CALL(c, file, RKR_IOCTL_MEM_SYNC, &arg);
}

static void
action(struct clients *c)
{
	struct rke_file *file = a_file(c);
	struct rkr_abi_action arg = { 0 };

	arg.flags = (uint32_t)PICK(c, 0, 1, 2, 6, 6, 13, 20, 25, 25, 99, 0xffffffff);
	arg.value = (uint32_t)PICK(c, 0, 0, 1, 15, 16, 0xffffffff);
	(void)CALL(c, file, RKR_IOCTL_ACTION, &arg);
}

/* A list that adds two rows of atoms. */
static size_t
write_sum(struct rke_bo *bo, uint8_t *to)
{
	uint32_t at = (uint32_t)bo->iova;
	const uint64_t words[] = {
#define DPU(reg, value) rkr_qword_encode(RKR_TARGET_DPU, (value), RKR_REG_DPU_##reg)
#define RDMA(reg, value) rkr_qword_encode(RKR_TARGET_DPU_RDMA, (value), RKR_REG_DPU_RDMA_RDMA_##reg)
		DPU(S_POINTER, 0xe),
		RDMA(S_POINTER, 0xe),
		DPU(FEATURE_MODE_CFG, 0x1e5),
		DPU(DATA_FORMAT, 0x48000002),
		DPU(DST_BASE_ADDR, at + 0xc00),
		DPU(DATA_CUBE_WIDTH, 3),
		DPU(DATA_CUBE_HEIGHT, 0),
		DPU(DATA_CUBE_CHANNEL, 0x70007),
		DPU(EW_CFG, 0x108202c0),
		RDMA(DATA_CUBE_WIDTH, 3),
		RDMA(DATA_CUBE_HEIGHT, 0),
		RDMA(DATA_CUBE_CHANNEL, 7),
		RDMA(SRC_BASE_ADDR, at + 0x800),
		RDMA(ERDMA_CFG, 0x40000008),
		RDMA(EW_BASE_ADDR, at + 0xa00),
		RDMA(FEATURE_MODE_CFG, 0x17849),
#undef DPU
#undef RDMA
		/* It leads to itself, as far as the job goes. */
		rkr_qword_encode(RKR_TARGET_PC, at, RKR_REG_PC_BASE_ADDRESS),
		rkr_qword_encode(RKR_TARGET_PC, 16, RKR_REG_PC_REGISTER_AMOUNTS),
		rkr_qword_encode(RKR_TARGET_OP_EN, 0x18, RKR_REG_PC_OPERATION_ENABLE),
	};

	memcpy(to, words, sizeof(words));
	return RKR_ARRAY_LEN(words);
}

/* Tasks, all of them, in one BO, of a list in another. */
static void
write_job(struct clients *c)
{
	struct rke_bo *table = a_bo(c);
	struct rke_bo *list = a_bo(c);

	if (!table || table == list)
		return;
	size_t words = write_sum(list, c->emu.arena + list->arena);
	struct rkr_task task = { .enable_mask = 0x18, .int_clear = 0x1ffff };

	task.int_mask = (uint32_t)PICK(c, 0x300, 0x300, 0x300, 0xc00, 0, 0xf00);
	task.regcfg_amount = (uint32_t)PICK(c, words, words, 0, 0xffff, 0xffffffff);
	task.regcmd_addr = list->iova + PICK(c, 0, 0, 0, 8, 1, 0x1000);
	for (size_t i = 0; i < table->size / RKR_TASK_BYTES; i++)
		rkr_task_encode(&task, c->emu.arena + table->arena + i * RKR_TASK_BYTES);
}

static void
write_bytes(struct clients *c)
{
	struct rke_bo *bo = a_bo(c);
	uint64_t at = fuzz_take(&c->in, 2);
	uint64_t value = fuzz_take(&c->in, 8);

	if (bo)
		memcpy(c->emu.arena + bo->arena + at % (bo->size / 8) * 8, &value, sizeof(value));
}

static void
submit(struct clients *c)
{
	struct rke_file *file = a_file(c);
	const struct slot *slot = a_slot(c);
	uint32_t n = (uint32_t)PICK(c, 1, 1, 2, 3, 100, 0, 4095, 4096, 0xffffffff);
	struct rkr_abi_submit arg = { .task_number = n };

	arg.flags = (uint32_t)PICK(c, 5, 5, 1, 7, 7, 3, 4, 6, 0xd, 0x15, 0xffffffff);
	arg.timeout = (uint32_t)PICK(c, 6000, 6000, 0, 1, 0xffffffff);
	arg.task_obj_addr = PICK(c, slot->obj, slot->obj, slot->obj, 0, 1, UINT64_MAX);
	arg.iommu_domain_id = (uint32_t)PICK(c, 0, 0, 0, 0, 0, 1, 15, 16, 0xffffffff);
	arg.task_base_addr = PICK(c, 0, 0, 0, 0, 16, 0xffffffff, UINT64_MAX);
	arg.core_mask = (uint32_t)PICK(c, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0xffffffff);
	arg.fence_fd = (int32_t)PICK(c, 0xffffffff, 0, 3);
	for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++) {
		arg.subcore_task[i].task_start = (uint32_t)PICK(c, 0, 0, 0, 1, 50, 0xffffffff);
		arg.subcore_task[i].task_number = (uint32_t)PICK(c, n, n, n, 0, 1, 5000, 0xffffffff);
	}
	(void)CALL(c, file, RKR_IOCTL_SUBMIT, &arg);
}

static void
share(struct clients *c)
{
	struct rke_file *file = a_file(c);
	const struct slot *slot = a_slot(c);
	uint32_t arg[4] = { 0 };

	arg[0] = (uint32_t)PICK(c, slot->handle, 1, 2, 0, 0xffffffff);
	arg[1] = (uint32_t)PICK(c, 0, 1, 2);
	arg[2] = (uint32_t)PICK(c, RKE_PRIME_FD, RKE_PRIME_FD + 1, 0, 0xffffffff);
	/* Handle to descriptor and back, handle to name and back. */
	(void)call(c, file, (uint32_t)PICK(c, 0xc00c642d, 0xc00c642e, 0xc008640a, 0xc010640b, 0x40086409),
		   arg, sizeof(arg));
}

static void
unshare(struct clients *c)
{
	rke_prime_close(c->emu.board, a_slot(c)->obj);
	fuzz_emu_check(&c->emu);
}

static void
wait_some(struct clients *c)
{
	fuzz_emu_look(&c->emu);
	rke_advance(c->emu.board, PICK(c, 1000000, 100000000, WAIT_MAX) % (WAIT_MAX + 1));
	fuzz_emu_check(&c->emu);
}

static void
reopen(struct clients *c)
{
	size_t i = fuzz_take(&c->in, 1) % FILES;

	fuzz_emu_look(&c->emu);
	rke_close(c->file[i]);
	fuzz_emu_check(&c->emu);
	FUZZ_ASSERT(rke_open(c->emu.board, &c->file[i]) == 0);
}

/* Any command with any bytes, fewer of them or more than it says. */
static void
raw(struct clients *c)
{
	struct rke_file *file = a_file(c);
	uint32_t command = (uint32_t)PICK(c, 0xc0686441, 0xc0306442, 0xc0406400, 0xc0106401, 0xc010640c);
	size_t len = (size_t)(fuzz_take(&c->in, 1) % 192);
	uint8_t bytes[192];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)fuzz_take(&c->in, 1);
	(void)call(c, file, command, bytes, len);
}

/* Strings go nowhere: where to is the client's word. */
static int
copy_out(void *data, uint64_t to, const void *from, size_t len)
{
	(void)data;
	FUZZ_ASSERT(from && len);
	return to % 2 ? -EFAULT : 0;
}

static void
start(struct clients *c, struct rke_fault faults[FAULTS_MAX])
{
	struct rke_board_options options = { .copy_out = copy_out, .faults = faults, .seed = 1 };
	uint64_t like = fuzz_take(&c->in, 1);
	size_t n;
	const struct rke_fault_desc *all = rke_faults(&n);

	options.trace = like & 1;
	options.forget_maps = like & 2;
	options.reset_bypassed = like & 4;
	options.poison = like & 8;
	for (size_t i = 0; i < (like >> 4) % (FAULTS_MAX + 1); i++) {
		const struct rke_fault_desc *desc = &all[fuzz_take(&c->in, 1) % n];
		uint64_t when = fuzz_take(&c->in, 1);

		faults[options.n_faults++] = (struct rke_fault){
			.id = desc->id,
			.nth = when % 4,
			.percent = when % 4 ? 0 : 50,
			.each = desc->arg == RKE_ARG_EACH && when > 200,
			.ioctl = RKR_IOCTL_ACTION + (unsigned)(when >> 2) % 6,
			.error = desc->arg == RKE_ARG_ERRNO ? -ENOMEM : 0,
		};
	}
	fuzz_emu_start(&c->emu, &options);
	for (size_t i = 0; i < FILES; i++)
		FUZZ_ASSERT(rke_open(c->emu.board, &c->file[i]) == 0);
}

/* All calls of an input. @said: what they gave, and then the log. */
static void
play(const uint8_t *data, size_t size, bool parse, struct rkr_buf *said)
{
	static void (*const calls[])(struct clients *) = {
#define F(name, function) [FUZZ_CALL_##name] = function,
		FUZZ_CALLS(F)
#undef F
	};
	struct rke_fault faults[FAULTS_MAX];
	struct clients c = { .in = { data, size } };
	struct rke_stats stats;

	start(&c, faults);
	for (size_t i = 0; i < CALLS_MAX && c.in.left; i++)
		calls[fuzz_take(&c.in, 1) % RKR_ARRAY_LEN(calls)](&c);
	for (size_t i = 0; i < FILES; i++) {
		fuzz_emu_look(&c.emu);
		rke_close(c.file[i]);
		fuzz_emu_check(&c.emu);
	}
	rke_board_stats(c.emu.board, &stats);
	FUZZ_ASSERT(stats.timeouts <= stats.jobs);
	if (parse)
		fuzz_emu_parse(&c.emu);
	*said = c.said;
	rkr_buf_put(said, c.emu.log.data, c.emu.log.len);
	FUZZ_ASSERT(!said->failed);
	fuzz_emu_stop(&c.emu);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rkr_buf once = { 0 }, again = { 0 };
	uint64_t hash = fuzz_hash(data, size);

	play(data, size, hash % 8 == 0, &once);
	/* Each is played once more in a while, which is to say: the same ones each time. */
	if (hash % 4 == 0) {
		play(data, size, false, &again);
		FUZZ_ASSERT(once.len == again.len &&
			    (!once.len || memcmp(once.data, again.data, once.len) == 0));
	}
	rkr_buf_free(&once);
	rkr_buf_free(&again);
	return 0;
}
