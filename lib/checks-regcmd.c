/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checks-priv.h"
#include "lib/regs-ids.h"
#include "regcmd.h"
#include "util.h"

/* Checks of the regcmd: where it is, what it says, what it points at. */

/* Two scratch areas of 1 KiB between weights and regcmd [captured: 83 windows, modulo a page]. */
#define SCRATCH_BYTES 0x800
#define BO_PART_ALIGN 64

static uint64_t
read_word(const struct rkr_run *run, uint32_t bo, uint64_t offset, bool *ret_known)
{
	uint8_t b[8];
	uint64_t word = 0;

	*ret_known = rkr_run_read(run, bo, offset, b, sizeof(b)) == 0;
	for (size_t i = 0; *ret_known && i < sizeof(b); i++)
		word |= (uint64_t)b[i] << (8 * i);
	return word;
}

/* Where task @i's record is: its BO and offset. */
static bool
record_of(const struct rkr_run *run, size_t i, struct rkr_ref *ret_ref, struct rkr_task *ret_task)
{
	if (rkr_run_task(run, i, ret_task) < 0)
		return false;
	*ret_ref = rkr_run_resolve(run, RKR_SPACE_DMA, ret_task->regcmd_addr, SIZE_MAX);
	return ret_ref->state == RKR_REF_BO;
}

/* ---- the window ---- */

/* "regcmd[17] of task[0]": which task a difference belongs to, or -1. */
static long
task_of(const struct rkr_diff_item *it)
{
	const char *of = strstr(it->path, " of task[");
	long i;

	return of && sscanf(of, " of task[%ld]", &i) == 1 ? i : -1;
}

static bool
is_outside_tasks(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	long task = task_of(it);

	return task < 0 || (size_t)task >= rkr_run_n_tasks(c->s->against);
}

void
rkr_check_window(struct rkr_check_ctx *c)
{
	const struct rkr_region *region = rkr_run_region(c->run, RKR_REGION_REGCMD);
	uint64_t active = 0;
	bool over = false;

	if (!rkr_check_total(c, "Weight", &active)) {
		rkr_check_skip(c, "no memory_total row tells where the regcmd starts");
		return;
	}
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_regcmd_window); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_regcmd_window, i);
		const struct rkr_record *r = &c->run->records[at];
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_GEM_NAME,
						     rkr_get_u(r, RKR_F_regcmd_window_gem), at);
		uint64_t off = rkr_get_u(r, RKR_F_regcmd_window_off),
			 words = rkr_get_b(r, RKR_F_regcmd_window_qwords)->len;

		if (ref.state != RKR_REF_BO || ref.bo != region->bo || !words)
			continue;
		over = true;
		/* Captures ask for it where the runtime's weights end [captured: 34 logs]. */
		rkr_check_field(c, at, RKR_F_regcmd_window_off, active);
		rkr_check_field(c, at, RKR_F_regcmd_window_count, words);
		rkr_check_that(c, off <= region->offset && off + 8 * words >= region->offset + region->size,
			       at, NULL, "count",
			       rkr_check_text(c, "%" PRIu64 " words from 0x%" PRIx64, region->size / 8,
					      region->offset),
			       rkr_check_text(c, "%" PRIu64 " from 0x%" PRIx64, words, off));
	}
	if (!over)
		rkr_check_skip(c, "its window is not over the regcmd at 0x%" PRIx64, region->offset);
	rkr_check_number(c, SIZE_MAX, "regcmd", "offset", active, region->offset);
	rkr_check_differences(c, RKR_KIND_BIT(regcmd_window), is_outside_tasks);
}

/* ---- the programs ---- */

/*
 * For how many cores a record is, by CNA.CONV_CON2[31:28]: 0 one, 1 and 4
 * two, 2 and 5 three [captured: 627 tiles]. 0: the record does not write it.
 */
static unsigned
cores_of(const struct rkr_run *run, size_t i)
{
	static const uint8_t cores[16] = { 1, 2, 3, 0, 2, 3 };
	struct rkr_task t;
	struct rkr_ref ref;

	if (!record_of(run, i, &ref, &t))
		return 0;
	for (uint64_t w = 0; w < t.regcfg_amount && w < RKR_REGCMD_ALIGN * 16; w++) {
		bool known;
		struct rkr_qword q = rkr_qword_decode(read_word(run, ref.bo, ref.addend + 8 * w, &known));

		if (known && q.target == RKR_TARGET_CNA && q.offset == RKR_REG_CNA_CONV_CON2)
			return cores[q.value >> 28];
	}
	return 0;
}

/*
 * Which program each task is of, by the run to compare with: overlays and separators are of the one
 * before.
 */
static uint8_t *
programs(const struct rkr_check_ctx *c, const struct rkr_run *run, size_t n)
{
	uint8_t *p = rkr_check_alloc(c, n, 1);

	for (size_t i = 0; p && i < n; i++) {
		unsigned cores = cores_of(run, i);

		p[i] = (uint8_t)(cores ? cores : i ? p[i - 1] : 1);
	}
	return p;
}

static void
check_program(struct rkr_check_ctx *c, unsigned cores)
{
	size_t n_items, n = c->s->against ? rkr_run_n_tasks(c->s->against) : 0, shown = 0;
	_autofree_ uint8_t *program = programs(c, c->s->against, n);
	const struct rkr_diff_item *items = rkr_check_all_differences(c, &n_items);

	if (!program || !n) {
		rkr_check_skip(c, "what it is compared with has no task table");
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct rkr_task t;
		struct rkr_ref ref;

		if (program[i] != cores || !record_of(c->run, i, &ref, &t))
			continue;
		shown++;
		for (uint64_t w = 0; w < rkr_regcmd_stride(t.regcfg_amount); w++) {
			bool known;

			read_word(c->run, ref.bo, ref.addend + 8 * w, &known);
			c->asserted += known;
		}
	}
	if (!shown)
		rkr_check_skip(c, "the schedule has no program of its own for %u cores", cores);
	for (size_t i = 0; i < n_items; i++) {
		long task = items[i].kind == RKR_KIND_regcmd_window ? task_of(&items[i]) : -1;

		if (task >= 0 && (size_t)task < n && program[task] == cores)
			rkr_check_difference(c, &items[i]);
	}
}

void
rkr_check_program_1(struct rkr_check_ctx *c)
{
	check_program(c, 1);
}

void
rkr_check_program_2(struct rkr_check_ctx *c)
{
	check_program(c, 2);
}

void
rkr_check_program_3(struct rkr_check_ctx *c)
{
	check_program(c, 3);
}

/* ---- evidence ---- */

void
rkr_check_unpromoted(struct rkr_check_ctx *c)
{
	const struct rkr_region *mine = rkr_run_region(c->run, RKR_REGION_REGCMD);
	const struct rkr_region *theirs =
		c->s->against ? rkr_run_region(c->s->against, RKR_REGION_REGCMD) : NULL;

	if (c->s->ledger && c->s->ledger->promoted) {
		rkr_check_skip(c, "the shape is promoted");
		return;
	}
	if (theirs) {
		rkr_check_amount(c, SIZE_MAX, "regcmd", "bytes", theirs->size, mine->size);
		rkr_check_amount(c, SIZE_MAX, "task table", "tasks", rkr_run_n_tasks(c->s->against),
				 rkr_run_n_tasks(c->run));
	}
	rkr_check_differences(c, RKR_KIND_BIT(regcmd_window), NULL);
}

static void
check_digest(struct rkr_check_ctx *c, const struct rkr_run *run, enum rkr_region_kind kind, const char *path,
	     const char *expected)
{
	const struct rkr_region *region = rkr_run_region(run, kind);
	char hex[RKR_SHA256_HEX];

	int r = expected[0] && region ? rkr_region_digest(run, region, hex) : -ENODATA;

	if (r == -ENOMEM)
		c->all->failed = r;
	if (r < 0)
		return;
	rkr_check_that(c, strcmp(hex, expected) == 0, SIZE_MAX, path, "SHA-256", expected,
		       rkr_check_text(c, "%s", hex));
}

void
rkr_check_evidence(struct rkr_check_ctx *c)
{
	const struct rkr_ledger_entry *e = c->s->ledger;

	if (!e) {
		rkr_check_skip(c,
			       c->s->shape ? "nothing is on record of its shape" : "its shape is not known");
		return;
	}
	/* Either it is trusted, and on evidence, or it is not, and for a reason. */
	rkr_check_that(c, e->promoted ? e->max_diff != NULL : e->reason != NULL, SIZE_MAX, "ledger", e->shape,
		       e->promoted ? "the difference of its hardware run" : "a reason", "none");
	/* What the ledger trusts is what is generated, and what this run shows. */
	if (c->s->against) {
		check_digest(c, c->s->against, RKR_REGION_REGCMD, "regcmd that it is compared with",
			     e->regcmd_sha256);
		check_digest(c, c->s->against, RKR_REGION_TASKS, "task table that it is compared with",
			     e->tasks_sha256);
	}
	/* A run that does not tell where its BOs are cannot be counted from them. */
	if (rkr_check_bo(c, "weight")) {
		check_digest(c, c->run, RKR_REGION_REGCMD, "regcmd", e->regcmd_sha256);
		check_digest(c, c->run, RKR_REGION_TASKS, "task table", e->tasks_sha256);
	}
}

/* ---- addresses ---- */

/* Which BO a register that holds an address points into [captured: full windows of 7 shapes]. */
static const struct {
	uint16_t target;
	uint16_t offset;
	const char *role;
} bindings[] = {
	{ RKR_TARGET_CNA, RKR_REG_CNA_FEATURE_DATA_ADDR, "input" },
	{ RKR_TARGET_CNA, RKR_REG_CNA_DCOMP_ADDR0, "weight" },
	{ RKR_TARGET_DPU, RKR_REG_DPU_DST_BASE_ADDR, "output" },
	{ RKR_TARGET_PPU, RKR_REG_PPU_DST_BASE_ADDR, "weight" },
	{ RKR_TARGET_PPU_RDMA, RKR_REG_PPU_RDMA_RDMA_SRC_BASE_ADDR, "weight" },
	{ RKR_TARGET_PC, RKR_REG_PC_BASE_ADDRESS, "weight" },
};

/* The first three are what a convolution reads and writes. */
#define BINDINGS_NEEDED 3

/* Bytes that a tensor's elements take at least, by its type and "(1,64,56,56)". 0: not known. */
static uint64_t
element_bytes(const struct rkr_record *r)
{
	static const struct {
		const char *dtype;
		uint64_t bytes;
	} types[] = { { "FLOAT16", 2 }, { "INT8", 1 }, { "UINT8", 1 }, { "INT32", 4 }, { "FLOAT", 4 } };
	const struct rkr_blob *shape = rkr_get_b(r, RKR_F_tensor_orig_shape);
	uint64_t bytes = 0, n = 0;

	for (size_t i = 0; i < RKR_ARRAY_LEN(types); i++)
		if (rkr_str_is(r, RKR_F_tensor_dtype, types[i].dtype))
			bytes = types[i].bytes;
	for (size_t i = 0; i < shape->len; i++) {
		char ch = ((const char *)shape->data)[i];

		if (ch >= '0' && ch <= '9') {
			n = n > UINT32_MAX ? n : 10 * n + (uint64_t)(ch - '0');
		} else if (ch == ',' || ch == ')') {
			if (__builtin_mul_overflow(bytes, n, &bytes))
				return UINT64_MAX;
			n = 0;
		}
	}
	return bytes;
}

static void
check_tensors(struct rkr_check_ctx *c)
{
	const struct rkr_bo *internal = rkr_check_bo(c, "internal"), *weight = rkr_check_bo(c, "weight");

	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_tensor); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_tensor, i);
		const struct rkr_record *r = &c->run->records[at];
		const struct rkr_bo *bo = rkr_str_is(r, RKR_F_tensor_table, "const") ? weight : internal;
		uint64_t start = rkr_get_u(r, RKR_F_tensor_start), end = rkr_get_u(r, RKR_F_tensor_end);

		if (!bo || !(bo->known & RKR_BO_DMA) || !(bo->known & RKR_BO_SIZE))
			continue;
		/*
		 * The plan keeps features in the internal BO, constants in the weights' [captured:
		 * 34 logs].
		 */
		rkr_check_that(c, start >= bo->dma && end >= start && end - bo->dma <= bo->size, at, NULL,
			       "start",
			       rkr_check_text(c, "in BO %s, 0x%" PRIx64 " to 0x%" PRIx64, bo->role, bo->dma,
					      bo->dma + bo->size),
			       rkr_check_text(c, "0x%" PRIx64 " to 0x%" PRIx64, start, end));
		rkr_check_field(c, at, RKR_F_tensor_size, end - start);
		/* Padding makes a tensor larger than its elements, never smaller. */
		rkr_check_that(c, element_bytes(r) <= end - start, at, NULL, "orig_shape",
			       rkr_check_text(c, "at most %" PRIu64 " bytes of elements", end - start),
			       rkr_check_text(c, "%" PRIu64, element_bytes(r)));
	}
}

void
rkr_check_dma_binding(struct rkr_check_ctx *c)
{
	const struct rkr_region *region = rkr_run_region(c->run, RKR_REGION_REGCMD);
	size_t seen[RKR_ARRAY_LEN(bindings)] = { 0 };

	check_tensors(c);
	for (uint64_t o = 0; region && o + 8 <= region->size; o += 8) {
		bool known;
		uint64_t word = read_word(c->run, region->bo, region->offset + o, &known);
		struct rkr_qword q = rkr_qword_decode(word);
		uint32_t address = q.value & rkr_qword_address_mask(word);

		for (size_t i = 0; known && i < RKR_ARRAY_LEN(bindings); i++) {
			if (q.target != bindings[i].target || q.offset != bindings[i].offset)
				continue;
			/* The last record of a chain leads to 0. */
			if (!address && q.target == RKR_TARGET_PC)
				continue;
			struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_DMA, address, SIZE_MAX);
			const char *role = ref.state == RKR_REF_BO ? c->run->bos[ref.bo].bo.role : "";
			char name[64];

			seen[i]++;
			rkr_qword_name(word, name, sizeof(name));
			if (strcmp(role, bindings[i].role) == 0)
				c->asserted++;
			else
				rkr_check_word(
					c, false, region->bo, region->offset + o,
					rkr_check_text(c, "regcmd[%" PRIu64 "]", o / 8),
					rkr_check_text(c, "%s", name),
					rkr_check_text(c, "an address in BO %s", bindings[i].role),
					rkr_check_text(c, "0x%x, in %s", address, role[0] ? role : "no BO"));
		}
	}
	for (size_t i = 0; i < BINDINGS_NEEDED; i++)
		if (!seen[i])
			rkr_check_skip(
				c, "it shows no record whole; a GEM dump with a window over the regcmd does");
}

/* ---- placement ---- */

static void
check_paddings(struct rkr_check_ctx *c)
{
	struct rkr_task t;
	struct rkr_ref ref;

	for (size_t i = 0; i < rkr_run_n_tasks(c->run); i++) {
		if (!record_of(c->run, i, &ref, &t))
			continue;
		for (uint64_t w = (uint64_t)t.regcfg_amount + RKR_REGCMD_TAIL;
		     w < rkr_regcmd_stride(t.regcfg_amount); w++) {
			bool known;
			uint64_t word = read_word(c->run, ref.bo, ref.addend + 8 * w, &known);

			if (known && word == 0)
				c->asserted++;
			else if (known)
				rkr_check_word(c, false, ref.bo, ref.addend + 8 * w,
					       rkr_check_text(c, "padding of task[%zu]", i), "word", "0",
					       rkr_check_text(c, "0x%016" PRIx64, word));
		}
	}
}

void
rkr_check_placement(struct rkr_check_ctx *c)
{
	const struct rkr_record *sizes = rkr_check_record(c, RKR_KIND_regcmd_size, 0);
	size_t sizes_at = rkr_check_index(c, RKR_KIND_regcmd_size, 0), n_conflicts;
	uint64_t regcmd = rkr_get_u(sizes, RKR_F_regcmd_size_regcmd_bytes),
		 table = rkr_get_u(sizes, RKR_F_regcmd_size_task_bytes);
	const struct rkr_region *region = rkr_run_region(c->run, RKR_REGION_REGCMD);
	const struct rkr_bo *weight = rkr_check_bo(c, "weight");
	uint64_t active = 0;

	if (rkr_check_is_network(c)) {
		rkr_check_skip(c, "its runtime rows tell of more than one layer");
		return;
	}
	if (!rkr_check_total(c, "Weight", &active))
		rkr_check_skip(c, "no memory_total row tells where the regcmd starts");
	/* Weights, scratch, regcmd, a copy of the table, to 64 bytes [captured: 34 logs]. */
	if (weight && active && (weight->known & RKR_BO_SIZE))
		rkr_check_amount(c, weight->born, "weight BO", "size",
				 rkr_align_up(active + regcmd + table, BO_PART_ALIGN), weight->size);
	for (size_t i = 0; active && i < rkr_check_count(c, RKR_KIND_tensor); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_tensor, i);

		if (rkr_str_is(&c->run->records[at], RKR_F_tensor_table, "const"))
			rkr_check_number(
				c, at, NULL, "size up to the regcmd", active,
				rkr_align_up(rkr_get_u(&c->run->records[at], RKR_F_tensor_size) & UINT32_MAX,
					     BO_PART_ALIGN) +
					SCRATCH_BYTES);
	}
	if (region) {
		rkr_check_number(c, SIZE_MAX, "regcmd", "offset", active, region->offset);
		rkr_check_number(c, sizes_at, NULL, "regcmd bytes of the task table", regcmd, region->size);
	}
	/* What is synced for the device is exactly the regcmd [captured: 13 ioctl logs]. */
	for (size_t i = 0;
	     weight && (weight->known & RKR_BO_OBJ) && i < rkr_check_count(c, RKR_KIND_mem_sync); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_mem_sync, i);
		const struct rkr_record *r = &c->run->records[at];

		if (rkr_get_u(r, RKR_F_mem_sync_obj) != weight->obj ||
		    rkr_get_u(r, RKR_F_mem_sync_offset) == 0)
			continue;
		rkr_check_field(c, at, RKR_F_mem_sync_offset, active);
		rkr_check_field(c, at, RKR_F_mem_sync_size, regcmd);
	}
	check_paddings(c);
	/* Rows that say different things of the same bytes: one of them was changed. */
	const struct rkr_conflict *conflicts = rkr_run_conflicts(c->run, &n_conflicts);

	for (size_t i = 0; i < n_conflicts; i++)
		rkr_check_that(c, false, conflicts[i].dropped, NULL,
			       rkr_check_text(c, "byte 0x%" PRIx64 " of BO %s", conflicts[i].offset,
					      c->run->bos[conflicts[i].bo].bo.role),
			       "what another row says of it",
			       conflicts[i].kept == SIZE_MAX ? "past the end of the BO" : "something else");
}
