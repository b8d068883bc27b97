/* SPDX-License-Identifier: MIT */
/* The emulated driver under calls that make little sense: nothing it holds is lost or used after its end. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu-common.h"
#include "lib/util.h"

#define BOARDS 150
#define CALLS 80
#define FILES 3
#define SLOTS 8

struct chaos {
	struct emu emu;
	struct test_random random;
	struct rke_file *file[FILES];
	struct emu_job job;
	uint64_t obj[SLOTS], offset[SLOTS];
};

static uint64_t
below(struct chaos *c, uint64_t n)
{
	return test_random_next(&c->random) % n;
}

#define PICK(c, ...) \
	(((const uint32_t[]){ __VA_ARGS__ })[below(c, RKR_ARRAY_LEN(((const uint32_t[]){ __VA_ARGS__ })))])

static void
create(struct chaos *c, struct rke_file *file)
{
	size_t slot = below(c, SLOTS);
	struct rkr_abi_mem_create arg = { .handle = PICK(c, 0, 0, 0, 1, 4),
					  .flags = PICK(c, 0x403, 0x40b, 0x3, 0x8, 0),
					  .size = below(c, 4) ? below(c, 100000)
							      : test_random_next(&c->random),
					  .iommu_domain_id = (int32_t)PICK(c, 0, 0, 0, 1, 16, UINT32_MAX) };

	if (rke_ioctl(file, 0xC0306442, &arg, PICK(c, 48, 40)) < 0)
		return;
	struct rkr_abi_mem_map map = { .handle = arg.handle };

	c->obj[slot] = arg.obj_addr;
	if (rke_ioctl(file, 0xC0106443, &map, sizeof(map)) == 0 &&
	    rke_mmap(file, map.offset, below(c, 9000), NULL, NULL) == 0)
		c->offset[slot] = map.offset;
}

static void
submit(struct chaos *c, struct rke_file *file)
{
	struct rkr_abi_submit arg = c->job.submit;

	if (below(c, 3) == 0)
		arg.task_obj_addr = below(c, 4) ? c->obj[below(c, SLOTS)] : PICK(c, 0, 1);
	arg.core_mask = PICK(c, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8);
	arg.flags = PICK(c, 5, 5, 5, 7, 7, 4, 6, 0xd, 0x15);
	arg.timeout = PICK(c, 6000, 0, 1, UINT32_MAX);
	arg.iommu_domain_id = PICK(c, 0, 0, 0, 0, 1, 16);
	if (below(c, 4) == 0)
		for (size_t i = 0; i < RKR_SUBCORE_SLOTS; i++)
			arg.subcore_task[i] =
				(struct rkr_abi_subcore_task){ PICK(c, 0, 1, 100, UINT32_MAX),
							       PICK(c, 0, 1, 2, 5000, UINT32_MAX) };
	rke_ioctl(file, 0xC0686441, &arg, sizeof(arg));
}

static void
act(struct chaos *c, struct rke_file *file)
{
	struct rkr_abi_action action = { PICK(c, 0, 1, 6, 6, 13, 20, 25, 25, 99), (uint32_t)below(c, 20) };
	struct rkr_abi_mem_destroy destroy = { .handle = (uint32_t)below(c, 8) };
	struct rkr_abi_mem_sync sync = { 3, 0, c->obj[below(c, SLOTS)], below(c, 9000), below(c, 9000) };
	uint32_t prime[3] = { (uint32_t)below(c, 5), 0, RKE_PRIME_FD + (uint32_t)below(c, 3) };

	switch (below(c, 10)) {
	case 0:
		create(c, file);
		break;
	case 1:
		rke_ioctl(file, 0xC0106444, &destroy, sizeof(destroy));
		break;
	case 2:
		rke_munmap(file, c->offset[below(c, SLOTS)]);
		break;
	case 3:
		rke_ioctl(file, 0xC0206445, &sync, sizeof(sync));
		break;
	case 4:
		rke_ioctl(file, 0xC0086440, &action, sizeof(action));
		break;
	case 5:
		rke_ioctl(file, PICK(c, 0xC00C642D, 0xC00C642E), prime, sizeof(prime));
		rke_prime_close(c->emu.board, c->obj[below(c, SLOTS)]);
		break;
	case 6:
		rke_advance(c->emu.board, below(c, UINT64_C(4000000000)));
		break;
	default:
		submit(c, file);
		break;
	}
}

static void
one_board(uint64_t seed)
{
	struct chaos c = { .random = { seed } };
	struct rke_board_options options = emu_options(&c.emu);
	struct rke_fault faults[3];
	struct rke_stats stats;
	size_t n;
	const struct rke_fault_desc *all = rke_faults(&n);

	for (size_t i = 0; i < below(&c, 4); i++) {
		char text[64];

		/* The errno one needs more, and is refused. */
		snprintf(text, sizeof(text), "%s=%u%%", all[below(&c, n)].name, PICK(&c, 10, 30));
		if (options.n_faults < RKR_ARRAY_LEN(faults) &&
		    rke_fault_parse(text, &faults[options.n_faults]) == 0)
			options.n_faults++;
	}
	options.faults = faults;
	options.seed = seed;
	options.trace = seed % 2;
	options.forget_maps = seed % 3 == 0;
	options.reset_bypassed = seed % 5 == 0;
	emu_start(&c.emu, &options);
	c.file[0] = c.emu.file;
	c.job = emu_job(&c.emu, 1 + (uint32_t)below(&c, 3), (uint32_t)below(&c, 4));
	for (size_t i = 1; i < FILES; i++)
		ck_assert_int_eq(rke_open(c.emu.board, &c.file[i]), 0);
	for (size_t i = 0; i < CALLS; i++) {
		size_t who = below(&c, FILES);

		if (below(&c, 30) == 0) {
			rke_close(c.file[who]);
			ck_assert_int_eq(rke_open(c.emu.board, &c.file[who]), 0);
		}
		act(&c, c.file[who]);
	}
	/* When all are gone, BOs are held by what was exported and by jobs that stand. */
	for (size_t i = 0; i < FILES; i++)
		rke_close(c.file[i]);
	for (size_t i = 0; i < SLOTS; i++)
		for (size_t j = 0; j < CALLS; j++)
			rke_prime_close(c.emu.board, c.obj[i]);
	rke_board_stats(c.emu.board, &stats);
	ck_assert_uint_le(stats.timeouts, stats.jobs);
	emu_stop(&c.emu);
}

START_TEST(nothing_breaks)
{
	for (uint64_t i = 1; i <= BOARDS; i++)
		one_board((uint64_t)_i * BOARDS + i);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("emu-random");
	TCase *t = tcase_create("random");

	tcase_add_loop_test(t, nothing_breaks, 0, 8);
	suite_add_tcase(s, t);
	return test_main(s);
}
