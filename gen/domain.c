/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain.h"

#include <errno.h>

#include "lib/regs-ids.h"
#include "lib/util.h"

/* Largest value that a register field holds. */
#define FIELD_MAX(block, reg, field) RKR_FLD_##block##_##reg##_##field##_MASK

/* Channels and kernels: the output's sizes are stored minus one, in 13 bits. */
#define CHANNELS_MAX (FIELD_MAX(DPU, DATA_CUBE_CHANNEL, CHANNEL) + 1)

enum rkg_refusal
rkg_domain_fields(const struct rkg_shape *s)
{
	const struct {
		uint64_t value;
		uint64_t max;
	} limits[] = {
		{ s->in_h, FIELD_MAX(CNA, DATA_SIZE0, DATAIN_HEIGHT) },
		{ s->in_w, FIELD_MAX(CNA, DATA_SIZE0, DATAIN_WIDTH) },
		{ s->in_c, CHANNELS_MAX },
		{ s->out_c, CHANNELS_MAX },
		{ s->kh, FIELD_MAX(CNA, WEIGHT_SIZE2, WEIGHT_HEIGHT) },
		{ s->kw, FIELD_MAX(CNA, WEIGHT_SIZE2, WEIGHT_WIDTH) },
		{ s->stride, FIELD_MAX(CNA, CONV_CON3, CONV_X_STRIDE) },
		{ s->pad_top, FIELD_MAX(CNA, PAD_CON0, PAD_TOP) },
		{ s->pad_left, FIELD_MAX(CNA, PAD_CON0, PAD_LEFT) },
		{ s->pad_bottom, FIELD_MAX(CNA, PAD_CON0, PAD_TOP) },
		{ s->pad_right, FIELD_MAX(CNA, PAD_CON0, PAD_LEFT) },
		{ s->batch, 1 }, /* no field holds a batch, and no formula counts one */
	};

	for (size_t i = 0; i < RKR_ARRAY_LEN(limits); i++)
		if (limits[i].value > limits[i].max)
			return limits[i].max == 1 ? RKG_REFUSE_BATCH : RKG_REFUSE_FIELD_LIMIT;

	struct rkg_geometry g;

	rkg_geometry_init(&g, s);
	if (g.out_w > FIELD_MAX(CNA, DATA_SIZE2, DATAOUT_WIDTH) ||
	    g.out_h > FIELD_MAX(CNA, DATA_SIZE2, DATAOUT_WIDTH) ||
	    rkg_kernel_bytes(&g, g.in_c) > FIELD_MAX(CNA, WEIGHT_SIZE1, WEIGHT_BYTES_PER_KERNEL) ||
	    g.weight_bytes > FIELD_MAX(CNA, WEIGHT_SIZE0, WEIGHT_BYTES))
		return RKG_REFUSE_FIELD_LIMIT;
	return RKG_ACCEPTED;
}

/* ---- Rules on the shape. Each is true for a shape that is refused. */

static bool
is_batch(const struct rkg_shape *s)
{
	return s->batch != 1;
}

static bool
is_grouped(const struct rkg_shape *s)
{
	return s->groups != 1 && s->groups != s->in_c;
}

static bool
is_channel_multiplier(const struct rkg_shape *s)
{
	return s->groups != 1 && s->groups == s->in_c && s->out_c != s->in_c;
}

static bool
is_bare_int8(const struct rkg_shape *s)
{
	return s->precision == RKG_INT8 && !s->bias;
}

static bool
is_depthwise_int8(const struct rkg_shape *s)
{
	return s->precision == RKG_INT8 && rkg_shape_depthwise(s);
}

static bool
is_fused_alone(const struct rkg_shape *s)
{
	return !s->bias && (s->relu || s->add || s->lut != RKG_LUT_NONE);
}

static bool
is_depthwise_add(const struct rkg_shape *s)
{
	return s->add && rkg_shape_depthwise(s);
}

static bool
is_rectangular(const struct rkg_shape *s)
{
	return s->in_h != s->in_w;
}

/* Captured: 333 layers of strides 1, 2 and, of 14 global averages, 7. */
static bool
is_other_stride(const struct rkg_shape *s)
{
	return s->stride != 1 && s->stride != 2 && s->stride != 7;
}

static bool
is_padded_much(const struct rkg_shape *s)
{
	return s->pad_top > s->kh / 2 || s->pad_bottom > s->kh / 2 || s->pad_left > s->kw / 2 ||
	       s->pad_right > s->kw / 2;
}

/* The one small-C table that was captured is that of a 3x3 kernel over 3 channels. */
static bool
is_stem(const struct rkg_shape *s)
{
	return s->groups == 1 && s->in_c == 3 && s->kh == 3 && s->kw == 3;
}

static bool
is_small_but_no_stem(const struct rkg_shape *s)
{
	return s->in_c <= 4 && !is_stem(s);
}

static bool
is_not_channels_of_8(const struct rkg_shape *s)
{
	return s->in_c % 8 != 0 && !is_stem(s);
}

/* Captured in networks: 333 layers of 1, 2, 3, 5 and 7. */
static bool
is_other_kernel(const struct rkg_shape *s)
{
	return s->kh != s->kw || s->kh > 7 || s->kh == 4 || s->kh == 6;
}

/* Captured alone: 36 tables of 1x1, 12 of direct 3x3, 23 of depthwise 3x3, 2 of depthwise 5x5. */
static bool
is_kernel_of_networks(const struct rkg_shape *s)
{
	return rkg_shape_depthwise(s) ? s->kh != 3 && s->kh != 5 : s->kh != 1 && s->kh != 3;
}

struct rule {
	bool (*refuses)(const struct rkg_shape *shape);
	enum rkg_refusal refusal;
	bool single; /* of what captures of single convolutions show; networks show more */
};

/* In the order in which a reader would name them. */
static const struct rule rules[] = {
	{ is_batch, RKG_REFUSE_BATCH, false },
	{ is_grouped, RKG_REFUSE_GROUPED, false },
	{ is_channel_multiplier, RKG_REFUSE_CHANNEL_MULTIPLIER, false },
	{ is_bare_int8, RKG_REFUSE_INT8_ALONE, false },
	{ is_depthwise_int8, RKG_REFUSE_INT8_DEPTHWISE, false },
	{ is_fused_alone, RKG_REFUSE_FUSED_ALONE, false },
	{ is_depthwise_add, RKG_REFUSE_ADD_DEPTHWISE, false },
	{ is_other_stride, RKG_REFUSE_STRIDE, false },
	{ is_padded_much, RKG_REFUSE_PADDING, false },
	{ is_rectangular, RKG_REFUSE_RECTANGULAR, false },
	{ is_small_but_no_stem, RKG_REFUSE_SMALL_CHANNELS, false },
	/* In networks they are padded [captured: 12, 18, 42 and others of 242 layers]. */
	{ is_not_channels_of_8, RKG_REFUSE_CHANNELS_OF_8, true },
	{ is_other_kernel, RKG_REFUSE_KERNEL_SIZE, false },
	{ is_kernel_of_networks, RKG_REFUSE_KERNEL_SIZE, true },
};

/* What a plan shows that no capture did. */
static enum rkg_refusal
refused_by_plan(const struct rkg_plan *plan)
{
	bool two = plan->groups[1].split != RKG_SPLIT_NONE, three = plan->groups[2].split != RKG_SPLIT_NONE;

	if (two != three)
		return RKG_REFUSE_ONE_GROUP;
	if (!two && plan->groups[0].n_tiles > 1)
		return RKG_REFUSE_DEGENERATE_TILES;
	return RKG_ACCEPTED;
}

static int
refuse(const struct rkg_shape *shape, enum rkg_refusal refusal, enum rkg_refusal *ret_refusal,
       struct rkr_error *err)
{
	if (ret_refusal)
		*ret_refusal = refusal;
	return rkg_refuse(err, refusal, shape);
}

static int
plan_within(const struct rkg_shape *shape, bool single, struct rkg_plan **ret_plan,
	    enum rkg_refusal *ret_refusal, struct rkr_error *err)
{
	int r = rkg_shape_check(shape, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < RKR_ARRAY_LEN(rules); i++)
		if ((single || !rules[i].single) && rules[i].refuses(shape))
			return refuse(shape, rules[i].refusal, ret_refusal, err);
	return rkg_plan_new(shape, ret_plan, ret_refusal, err);
}

int
rkg_domain_layer(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		 struct rkr_error *err)
{
	return plan_within(shape, false, ret_plan, ret_refusal, err);
}

int
rkg_domain_plan(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		struct rkr_error *err)
{
	struct rkg_plan *plan;
	int r = plan_within(shape, !rkg_shape_has_options(shape), &plan, ret_refusal, err);

	if (r < 0)
		return r;
	enum rkg_refusal refusal = refused_by_plan(plan);

	if (refusal != RKG_ACCEPTED || !ret_plan)
		rkg_plan_free(plan);
	else
		*ret_plan = plan;
	return refusal == RKG_ACCEPTED ? 0 : refuse(shape, refusal, ret_refusal, err);
}

int
rkg_domain_check(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
		 struct rkr_error *err)
{
	struct rkg_plan *plan;
	int r = rkg_domain_plan(shape, &plan, ret_refusal, err);

	if (r < 0)
		return r;
	enum rkg_refusal refusal = is_stem(shape) ? RKG_REFUSE_STEM
				   : shape->bias  ? RKG_REFUSE_RUN_LAYOUT
						  : RKG_ACCEPTED;

	if (refusal != RKG_ACCEPTED) {
		rkg_plan_free(plan);
		return refuse(shape, refusal, ret_refusal, err);
	}
	if (ret_plan)
		*ret_plan = plan;
	else
		rkg_plan_free(plan);
	return 0;
}
