/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/net-model.h"

#include <stdlib.h>
#include <string.h>

#include "gen/record.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "tests/gen-common.h"
#include "tests/net-recipes.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)

#define PARTS 3  /* records of one core of one operator that is no convolution */
#define LISTS 6
#define RECORDS 512
#define WORDS (1 << 16)
#define WEIGHTS 0x1000

/* ---- Operators */

struct op {
	uint32_t op_idx;
	const char *shape; /* of a convolution */
	bool internal, lut, wide;
	size_t n_parts;    /* of what does not convolve: records of one core */
	bool shared;       /* by rows, among cores */
	struct recipe part[PARTS];
};

/* clang-format off */
#define CONV(i, name, ...) { .op_idx = (i), .shape = (name), .internal = true, __VA_ARGS__ }
#define ONE(i, ...) { .op_idx = (i), .n_parts = 1, .part = { { __VA_ARGS__ } } }
#define SHARED(i, ...) { .op_idx = (i), .n_parts = 1, .shared = true, .part = { { __VA_ARGS__ } } }
static const struct op ops[] = {
	{ .op_idx = 1, .shape = "b1_c3_h64_w64_oc16_wic3_k3x3_g1_s2_p1-1-0-0_bias_relu" },
	CONV(2, "b1_c16_h32_w32_oc32_wic16_k1x1_g1_bias_relu"),
	CONV(3, "b1_c32_h32_w32_oc32_wic1_k3x3_g32_p1_bias"),
	CONV(5, "b1_c32_h32_w32_oc32_wic32_k1x1_g1_bias_relu_add"),
	SHARED(6, RKR_OP_ADD, .w = 32, .h = 32, .c = 32),
	ONE(7, RKR_OP_POOL, .w = 32, .h = 32, .c = 32),
	{ .op_idx = 8, .n_parts = 2, .part = { { RKR_OP_POOL, .average = true, .w = 320, .h = 4, .c = 16, .columns = 80 },
		{ RKR_OP_POOL, .average = true, .w = 320, .h = 4, .c = 16, .x = 80, .columns = 80 } } },
	ONE(9, RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16),
	CONV(9, "b1_c32_h16_w16_oc32_wic32_k1x1_g1_bias", .lut = true),
	ONE(10, RKR_OP_LUT_LOAD, .w = 1, .h = 1, .c = 16),
	CONV(10, "b1_c32_h16_w16_oc48_wic32_k1x1_g1_bias", .lut = true, .wide = true),
	ONE(10, RKR_OP_TO_FP16, .w = 16, .h = 16, .c = 48),
	ONE(11, RKR_OP_SCALE, .w = 16, .h = 16, .c = 48, .constant = 0x3155),
	SHARED(12, RKR_OP_OFFSET, .w = 16, .h = 16, .c = 48, .constant = 0x3f000000),
	SHARED(13, RKR_OP_OFFSET_VECTOR, .w = 16, .h = 16, .c = 48),
	ONE(14, RKR_OP_AFFINE_VECTOR, .w = 16, .h = 16, .c = 48),
	ONE(15, RKR_OP_SCALE_VECTOR, .w = 16, .h = 16, .c = 48),
	{ .op_idx = 16, .n_parts = 3, .part = { { RKR_OP_UPSAMPLE, .w = 16, .h = 16, .c = 8, .factor = 2 },
		{ RKR_OP_UPSAMPLE, .w = 16, .h = 16, .c = 8, .factor = 2, .surface = 1 },
		{ RKR_OP_UPSAMPLE, .w = 16, .h = 16, .c = 8, .factor = 2, .surface = 2 } } },
	{ .op_idx = 17, .n_parts = 3, .shared = true, .part = { { RKR_OP_COPY, .w = 15, .h = 15, .c = 16 },
		{ RKR_OP_COPY, .w = 15, .h = 15, .c = 24, .dst = 2 * 228 * 16 },
		{ RKR_OP_COPY, .w = 15, .h = 15, .c = 16, .dst = 5 * 228 * 16 } } },
	ONE(18, RKR_OP_COPY, .w = 9, .h = 5, .c = 16),
	CONV(19, "b1_c64_h15_w15_oc64_wic1_k7x7_g64_s7_psame_bias"),
	CONV(20, "b1_c64_h3_w3_oc64_wic1_k3x3_g64_bias"),
	CONV(21, "b1_c64_h1_w1_oc24_wic64_k1x1_g1_bias_relu"),
	CONV(30, "b1_c32_h24_w24_oc64_wic32_k3x3_g1_p1_i8_bias_relu"),
	CONV(31, "b1_c64_h24_w24_oc64_wic64_k1x1_g1_i8_bias_add"),
	SHARED(32, RKR_OP_ADD, .int8 = true, .relu = true, .w = 24, .h = 24, .c = 64, .constant = 9, .scale = 0x4321,
	       .shift = 14, .offset = (uint32_t)-20),
	{ .op_idx = 33, .n_parts = 2, .shared = true, .part = { { RKR_OP_COPY, .int8 = true, .w = 24, .h = 24, .c = 16 },
		{ RKR_OP_COPY, .int8 = true, .rescale = true, .w = 24, .h = 24, .c = 32, .dst = 576 * 16, .constant = 3,
		  .scale = 0x5678, .shift = 15, .offset = 4 } } },
	ONE(34, RKR_OP_POOL, .int8 = true, .average = true, .w = 24, .h = 24, .c = 32, .offset = (uint32_t)-7),
	{ .op_idx = 35, .n_parts = 1, .part = { { RKR_OP_UPSAMPLE, .int8 = true, .w = 12, .h = 12, .c = 8, .factor = 4 } } },
};
/* clang-format on */

size_t
net_model_ops(void)
{
	return RKR_ARRAY_LEN(ops);
}

/* ---- Records */

struct record {
	size_t start, amount; /* words of the body */
	uint32_t enable, op_idx;
	unsigned group;       /* that its tail tells */
	bool separator;
};

struct entry {
	size_t record;
	bool alias;
};

struct net {
	uint64_t words[WORDS];
	size_t n_words;
	struct record records[RECORDS];
	size_t n_records;
	struct entry list[LISTS][RECORDS];
	size_t n[LISTS];
};

static size_t
begin(struct net *n, uint32_t op_idx, uint32_t enable)
{
	ck_assert_uint_lt(n->n_records, RECORDS);
	n->n_words = rkr_align_up(n->n_words, 8);
	n->records[n->n_records] = (struct record){ .start = n->n_words, .enable = enable, .op_idx = op_idx };
	return n->n_records++;
}

static void
put(struct net *n, uint64_t word)
{
	ck_assert_uint_lt(n->n_words + 8, WORDS);
	n->words[n->n_words++] = word;
	n->records[n->n_records - 1].amount++;
}

static void
finish(struct net *n)
{
	n->n_words += RKR_REGCMD_TAIL;
}

static void
put_value(struct net *n, uint16_t offset, uint32_t value)
{
	const struct rkr_reg_block *block;

	rkr_reg_by_offset(offset, &block);
	put(n, rkr_qword_encode(block->qword_target, value, offset));
}

/* Registers that every overlay of DPU and DPU_RDMA has, besides the pointers. [captured: 313 overlays] */
static bool
always(uint16_t offset)
{
	static const uint16_t which[] = { 0x4020, 0x4058, 0x405c, 0x5018, 0x5020, 0x502c, 0x5038 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(which); i++)
		if (which[i] == offset)
			return true;
	return false;
}

/* @old: what was in the register set before; NULL: all registers are written. */
static size_t
put_recipe(struct net *n, uint32_t op_idx, const struct recipe *r, const struct recipe *old)
{
	uint32_t enable = recipe_enable(r);
	size_t record = begin(n, op_idx, enable);

	for (int pass = 0; pass < 2; pass++)
		for (uint32_t o = 0x4004; o < 0x8000; o += 4) {
			const struct rkr_reg_block *block;
			const struct rkr_reg *reg = rkr_reg_by_offset((uint16_t)o, &block);
			bool pointer = (o & 0xfff) == 4;

			if (!reg || !(enable >> block->op_enable_bit & 1) || strcmp(reg->access, "RW") != 0 ||
			    pointer == (pass == 1) || (o & 0xfff) == 8)
				continue;
			if (pointer || !old || always((uint16_t)o) ||
			    recipe_value(r, (uint16_t)o) != recipe_value(old, (uint16_t)o))
				put_value(n, (uint16_t)o, recipe_value(r, (uint16_t)o));
		}
	if (!old)
		ck_assert_uint_eq(n->records[record].amount, enable == 0x60 ? 26 : 69);
	for (uint32_t t = 0; r->kind == RKR_OP_LUT_LOAD && t < 2; t++) {
		put_value(n, RKR_REG_DPU_LUT_ACCESS_CFG, 0x20000 | t << 16);
		for (uint32_t i = 0; i < 513; i++)
			put_value(n, RKR_REG_DPU_LUT_ACCESS_DATA, t ? 3 * i : 0 - i);
	}
	finish(n);
	return record;
}

/* The copy of a pixel that ends a run: all that is not 0. */
static size_t
put_separator(struct net *n, uint32_t op_idx, unsigned group)
{
	static const struct {
		uint16_t offset;
		uint32_t value;
	} set[] = {
		{ 0x6004, 0xe }, { 0x7004, 0xe }, { 0x6014, 0x1f }, { 0x6020, 0x1f }, { 0x6024, 0x11 }, { 0x607c, 0x10 },
		{ 0x6084, 0x10 }, { 0x60dc, 3 }, { 0x7014, 0x1f }, { 0x7024, 0x10 }, { 0x7028, 0x10 }, { 0x7030, 1 },
	};
	static const struct recipe shape = { .kind = RKR_OP_POOL };
	size_t record = put_recipe(n, op_idx, &shape, NULL);
	struct record *r = &n->records[record];

	for (size_t i = 0; i < r->amount; i++) {
		struct rkr_qword q = rkr_qword_decode(n->words[r->start + i]);
		uint32_t value = 0;

		for (size_t k = 0; k < RKR_ARRAY_LEN(set); k++)
			if (set[k].offset == q.offset)
				value = set[k].value;
		n->words[r->start + i] = rkr_qword_encode(q.target, value, q.offset);
	}
	r->group = group;
	r->separator = true;
	return record;
}

static void
append(struct net *n, unsigned list, size_t record, bool alias)
{
	n->list[list][n->n[list]++] = (struct entry){ record, alias };
}

/* ---- Lists */

static const struct {
	unsigned group, core;
} lists[LISTS] = { { 0, 0 }, { 1, 0 }, { 1, 1 }, { 2, 0 }, { 2, 1 }, { 2, 2 } };

/* A convolution's records, as they are generated; separators are not. */
struct conv {
	struct rkg_plan *plan;
	struct rkg_regcmd *regcmd;
};

#define GIVEN(id, bits) { .offset = RKR_REG_##id, .value = (bits) }

static struct conv
generate(const struct op *o)
{
	struct rkg_shape s = test_shape(o->shape);
	/* What a model alone knows. */
	static const struct rkg_given given = {
		.n = 6,
		.v = { GIVEN(DPU_BN_MUL_CFG, 0x69120000), GIVEN(DPU_OUT_CVT_SCALE, 0x5123),
		       GIVEN(DPU_OUT_CVT_SHIFT, 21), GIVEN(DPU_OUT_CVT_OFFSET, 0xfffffff0),
		       GIVEN(DPU_EW_CVT_OFFSET_VALUE, 8), GIVEN(DPU_EW_CVT_SCALE_VALUE, 0x000e4000) },
	};
	static const struct rkg_given lut = { .n = 1, .v = { GIVEN(DPU_BN_MUL_CFG, 0x69120000) } };
	struct rkr_error err = { 0 };
	struct conv c = { NULL, NULL };

	s.lut = !o->lut ? RKG_LUT_NONE : o->wide ? RKG_LUT_WIDE : RKG_LUT_PLAIN;
	if (rkg_domain_layer(&s, &c.plan, NULL, &err) < 0)
		ck_abort_msg("%s: %s", o->shape, err.what);
	if (o->internal)
		rkg_geometry_set_internal(&c.plan->geometry);
	ck_assert_int_eq(rkg_regcmd_new(c.plan, o->lut ? &lut : &given, &c.regcmd), 0);
	return c;
}

/* Whether the operator's work is shared out in a program. */
static bool
is_split(const struct op *o, const struct conv *c, unsigned group)
{
	if (group == 0)
		return true;
	return o->shape ? c->plan->groups[group].split != RKG_SPLIT_NONE : o->shared;
}

static void
append_conv(struct net *n, unsigned list, const struct op *o, const struct conv *c)
{
	size_t record = 0;

	for (size_t i = 0; i < c->plan->n_tiles; i++) {
		const struct rkg_tile *t = &c->plan->tiles[i];
		bool last = i + 1 == c->plan->n_tiles || t[1].group != t->group || t[1].core != t->core;
		const struct rkg_record *rec = &c->regcmd->records[record++];

		record += last && t->group > 0; /* its separator */
		if (t->group != lists[list].group || t->core != lists[list].core)
			continue;
		size_t mine = begin(n, o->op_idx, rec->enable_mask);

		for (size_t k = 0; k < rec->amount; k++)
			put(n, c->regcmd->words[rec->start + k]);
		n->records[mine].group = t->group;
		finish(n);
		append(n, list, mine, false);
	}
}

static void
append_map(struct net *n, unsigned list, const struct op *o)
{
	uint32_t share = lists[list].core, cores = lists[list].group + 1;
	bool ppu = o->part[0].kind == RKR_OP_POOL;
	struct recipe done[PARTS];

	for (size_t i = 0; i < o->n_parts; i++) {
		struct recipe r = o->part[i];
		uint32_t each = r.h / cores, more = r.h % cores;

		r.rows = ppu ? 0 : each + (share < more);
		r.y = ppu ? 0 : share * each + (share < more ? share : more);
		done[i] = r;
		append(n, list,
		       put_recipe(n, o->op_idx, &r, list > 0 || i < 2 || ppu ? NULL : &done[i - 2]), false);
	}
}

/* Records of the first program stand again, with the first core. */
static void
append_aliases(struct net *n, unsigned list, const struct op *o, size_t first, size_t count)
{
	(void)o;
	for (size_t i = first; lists[list].core == 0 && i < first + count; i++)
		append(n, list, n->list[0][i].record, true);
}

static void
build_lists(struct net *n)
{
	struct conv convs[RKR_ARRAY_LEN(ops)] = { { NULL, NULL } };
	size_t first[RKR_ARRAY_LEN(ops) + 1] = { 0 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(ops); i++)
		if (ops[i].shape)
			convs[i] = generate(&ops[i]);
	for (unsigned l = 0; l < LISTS; l++)
		for (size_t i = 0; i < RKR_ARRAY_LEN(ops); i++) {
			const struct op *o = &ops[i], *next = i + 1 < RKR_ARRAY_LEN(ops) ? o + 1 : NULL;
			bool split = is_split(o, &convs[i], lists[l].group);

			if (!split)
				append_aliases(n, l, o, first[i], first[i + 1] - first[i]);
			else if (o->shape)
				append_conv(n, l, o, &convs[i]);
			else
				append_map(n, l, o);
			if (l == 0)
				first[i + 1] = n->n[0];
			/* Runs are of convolutions that follow each other, or of one other. */
			if (l > 0 && split &&
			    (!o->shape || !next || !next->shape || !is_split(next, &convs[i + 1], lists[l].group)))
				append(n, l, put_separator(n, o->op_idx, lists[l].group), false);
		}
	for (size_t i = 0; i < RKR_ARRAY_LEN(ops); i++) {
		rkg_plan_free(convs[i].plan);
		rkg_regcmd_free(convs[i].regcmd);
	}
}

/* ---- Tails and the table */

static void
link_list(struct net *n, unsigned list)
{
	struct record *before = NULL;

	for (size_t i = 0; i < n->n[list]; i++) {
		struct record *r = &n->records[n->list[list][i].record];
		uint64_t *tail = &n->words[r->start + r->amount];

		/* Aliases keep their links, and are jumped over. */
		if (n->list[list][i].alias)
			continue;
		tail[1] = rkr_qword_encode(RKR_TARGET_PC, 0, RKR_REG_PC_REGISTER_AMOUNTS);
		tail[2] = rkr_qword_encode(RKR_TARGET_MARK, 0, 0);
		tail[3] = rkr_qword_encode(RKR_TARGET_OP_EN, r->enable, RKR_REG_PC_OPERATION_ENABLE);
		if (before) {
			uint32_t group = before->enable & 1 ? before->group : 0;

			tail = &n->words[before->start + before->amount];
			tail[0] = rkr_qword_encode(RKR_TARGET_PC, 8 * (uint32_t)r->start, RKR_REG_PC_BASE_ADDRESS);
			tail[1] = rkr_qword_encode(RKR_TARGET_PC, group << 16 | (uint32_t)(r->amount + 3) / 2,
						   RKR_REG_PC_REGISTER_AMOUNTS);
		}
		before = r;
	}
}

/* The weights, the regcmd and the table, one behind the other, in a BO at which no address of the records points. */
static struct rkr_run *
make_run(const struct net *n)
{
	struct rkr_run *run = NULL;
	struct rkr_bo bo = { .known = RKR_BO_SIZE | RKR_BO_ALIGNED | RKR_BO_DMA, .size = 1 << 22, .aligned = 1 << 22,
			     .dma = 0xf0000000, .died = SIZE_MAX, .role = "weight" };
	size_t regcmd = 8 * n->n_words, n_tasks = 0;
	uint32_t b;

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_int_eq(rkr_run_add_bo(run, &bo, &b), 0);
	ck_assert_int_eq(rkr_run_write(run, b, WEIGHTS, n->words, regcmd, RKR_EVIDENCE_GENERATED, SIZE_MAX), 0);
	for (unsigned l = 0; l < LISTS; l++)
		for (size_t i = 0; i < n->n[l]; i++, n_tasks++) {
			const struct record *r = &n->records[n->list[l][i].record];
			uint8_t bytes[RKR_TASK_BYTES];

			rkr_task_encode(&(struct rkr_task){ .op_idx = r->op_idx,
							    .enable_mask = r->enable,
							    .int_mask = r->enable & 0x60 ? 0xc00 : 0x300,
							    .int_clear = 0x1ffff,
							    .regcfg_amount = (uint32_t)r->amount,
							    .regcmd_addr = 8 * r->start },
					bytes);
			ck_assert_int_eq(rkr_run_write(run, b, WEIGHTS + regcmd + n_tasks * RKR_TASK_BYTES, bytes,
						       sizeof(bytes), RKR_EVIDENCE_GENERATED, SIZE_MAX), 0);
		}
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_REGCMD, b, WEIGHTS, regcmd }), 0);
	ck_assert_int_eq(rkr_run_add_region(run, &(struct rkr_region){ RKR_REGION_TASKS_REL, b, WEIGHTS + regcmd,
								       n_tasks * RKR_TASK_BYTES }), 0);
	return run;
}

struct model_file
net_model(void)
{
	struct net *n = calloc(1, sizeof(*n));

	ck_assert_ptr_nonnull(n);
	build_lists(n);
	for (unsigned l = 0; l < LISTS; l++)
		link_list(n, l);
	n->n_words = rkr_align_up(n->n_words, 8);
	rkr_cleanup(rkr_run_free) struct rkr_run *run = make_run(n);
	const struct model_options options = {
		.seed = 3,
		.starts = { (uint32_t)n->n[0], (uint32_t)(n->n[0] + n->n[1] + n->n[2]) },
	};

	free(n);
	return model_write(run, &options);
}
