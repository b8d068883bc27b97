/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "shape.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/util.h"

/*
 * No part of a name may be larger. Far above what the hardware's fields hold
 * (domain.c says what they do), and small enough that sums and products of
 * two parts fit 64 bits and sums of three fit 32.
 */
#define PART_MAX UINT32_C(0x0fffffff)

#define CURE "write it as b1_c64_h56_w56_oc128_wic64_k1x1_g1"

/* A part has as many values at most: the padding of four sides. */
#define VALUES_MAX 4

struct scanner {
	const char *text;
	const char *p;
	struct rkr_error *err;
};

/* How a part is spelled: a word, then this. */
enum form {
	NUMBER,
	NUMBER_X_NUMBER,
	PADDING,
	FLAG,
};

enum part_id {
	PART_B,
	PART_C,
	PART_H,
	PART_W,
	PART_OC,
	PART_WIC,
	PART_K,
	PART_G,
	PART_S,
	PART_P,
	PART_I8,
	PART_BIAS,
	PART_RELU,
	PART_ADD,
	N_PARTS,
};

/*
 * The parts of a name. They stand in ascending rank; those of one rank in any
 * order. A word that begins another word comes after it.
 */
static const struct part {
	const char *word;
	const char *meaning;
	uint8_t rank;
	uint8_t form;
	bool optional;
} parts[N_PARTS] = {
	[PART_B] = { "b", "batch", 0, NUMBER, false },
	[PART_C] = { "c", "input channels", 1, NUMBER, false },
	[PART_H] = { "h", "input height", 2, NUMBER, false },
	[PART_W] = { "w", "input width", 3, NUMBER, false },
	[PART_OC] = { "oc", "kernels", 4, NUMBER, false },
	[PART_WIC] = { "wic", "input channels per group", 5, NUMBER, true },
	[PART_K] = { "k", "kernel height x width", 5, NUMBER_X_NUMBER, false },
	[PART_G] = { "g", "groups", 5, NUMBER, false },
	[PART_S] = { "s", "stride", 6, NUMBER, true },
	[PART_P] = { "p", "padding", 7, PADDING, true },
	[PART_I8] = { "i8", "int8", 8, FLAG, true },
	[PART_BIAS] = { "bias", "bias", 8, FLAG, true },
	[PART_RELU] = { "relu", "relu", 8, FLAG, true },
	[PART_ADD] = { "add", "second input", 8, FLAG, true },
};

__attribute__((format(printf, 3, 4))) static int
expected(const struct scanner *s, const char *at, const char *fmt, ...)
{
	char what[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (*at)
		return rkr_error_set(s->err, -EINVAL, NULL, 0, (uint32_t)(at - s->text) + 1, CURE,
				     "expected %s in the shape, not '%.24s'", what, at);
	return rkr_error_set(s->err, -EINVAL, NULL, 0, (uint32_t)(at - s->text) + 1, CURE,
			     "expected %s at the end of the shape", what);
}

static int
scan_number(struct scanner *s, const struct part *part, uint32_t *ret)
{
	const char *at = s->p;
	uint32_t v = 0;

	if (*at < '1' || *at > '9')
		return expected(s, at, "a number of at least 1 (%s)", part->meaning);
	for (; *s->p >= '0' && *s->p <= '9'; s->p++) {
		v = v * 10 + (uint32_t)(*s->p - '0');
		if (v > PART_MAX)
			return expected(s, at, "a number up to %u (%s)", PART_MAX, part->meaning);
	}
	*ret = v;
	return 0;
}

static bool
skip(struct scanner *s, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

/* Pixels of padding. They may be none, unlike all other numbers. */
static int
scan_pixels(struct scanner *s, const struct part *part, uint32_t *ret)
{
	if (skip(s, "0")) {
		*ret = 0;
		return 0;
	}
	return scan_number(s, part, ret);
}

/* "same" is found out later: it takes the other parts. */
#define PAD_SAME UINT32_MAX

/* "valid", "same", pixels for all sides, or for each. */
static int
scan_padding(struct scanner *s, const struct part *part, uint32_t ret[VALUES_MAX])
{
	if (skip(s, "valid"))
		return 0;
	if (skip(s, "same")) {
		ret[0] = PAD_SAME;
		return 0;
	}
	if (*s->p < '0' || *s->p > '9')
		return expected(s, s->p, "pvalid, psame or pixels");
	int r = scan_pixels(s, part, &ret[0]);

	for (size_t i = 1; i < VALUES_MAX; i++)
		ret[i] = ret[0];
	if (r < 0 || *s->p != '-')
		return r;
	for (size_t i = 1; i < VALUES_MAX; i++) {
		if (!skip(s, "-"))
			return expected(s, s->p, "'-' and the padding of the next side");
		r = scan_pixels(s, part, &ret[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Read a part's value. */
static int
scan_value(struct scanner *s, const struct part *part, uint32_t ret[VALUES_MAX])
{
	if (part->form == PADDING)
		return scan_padding(s, part, ret);
	if (part->form == FLAG) {
		ret[0] = 1;
		return 0;
	}
	int r = scan_number(s, part, &ret[0]);

	if (r < 0 || part->form == NUMBER)
		return r;
	if (!skip(s, "x"))
		return expected(s, s->p, "'x' and the kernel's width");
	return scan_number(s, part, &ret[1]);
}

/* The part whose word stands here, followed by a value. */
static int
find_part(const char *p)
{
	int found = -1;

	for (int i = 0; i < N_PARTS; i++) {
		size_t n = strlen(parts[i].word);

		if (strncmp(p, parts[i].word, n) == 0 && (found < 0 || n > strlen(parts[found].word)))
			found = i;
	}
	return found;
}

/* Which part has to, or may, come next: for the message. */
static const struct part *
next_part(const bool seen[N_PARTS])
{
	for (int i = 0; i < N_PARTS; i++)
		if (!seen[i] && !parts[i].optional)
			return &parts[i];
	return NULL;
}

static int
scan_parts(struct scanner *s, bool seen[N_PARTS], uint32_t v[N_PARTS][VALUES_MAX])
{
	uint8_t rank = 0;

	for (bool first = true; *s->p; first = false) {
		const struct part *missing = next_part(seen);
		const char *at = s->p;

		if (!first && !skip(s, "_"))
			return missing ? expected(s, at, "'_%s' and the %s", missing->word, missing->meaning)
				       : expected(s, at, "'_' or the end");
		at = s->p;
		int i = find_part(at);

		/* A part too many, or one that comes before its turn. */
		if (i < 0 || seen[i] || parts[i].rank < rank || (missing && missing->rank < parts[i].rank))
			return missing ? expected(s, at, "'%s' and the %s", missing->word, missing->meaning)
				       : expected(s, at,
						  "'s' and the stride, 'p' and the padding, i8, bias, "
						  "relu or add");
		s->p += strlen(parts[i].word);
		int r = scan_value(s, &parts[i], v[i]);

		if (r < 0)
			return r;
		seen[i] = true;
		rank = parts[i].rank;
	}
	const struct part *missing = next_part(seen);

	if (missing)
		return expected(s, s->p, "'%s%s' and the %s", seen[PART_B] ? "_" : "", missing->word,
				missing->meaning);
	return 0;
}

int
rkg_shape_parse(const char *text, struct rkg_shape *ret_shape, struct rkr_error *err)
{
	struct scanner s = { .text = text, .p = text, .err = err };
	bool seen[N_PARTS] = { 0 };
	uint32_t v[N_PARTS][VALUES_MAX] = { 0 };

	if (skip(&s, "conv2d_"))
		skip(&s, "cc_");
	int r = scan_parts(&s, seen, v);

	if (r < 0)
		return r;
	struct rkg_shape shape = {
		.batch = v[PART_B][0],
		.in_c = v[PART_C][0],
		.in_h = v[PART_H][0],
		.in_w = v[PART_W][0],
		.out_c = v[PART_OC][0],
		.groups = v[PART_G][0],
		.in_c_per_group = seen[PART_WIC] ? v[PART_WIC][0] : v[PART_C][0] / v[PART_G][0],
		.kh = v[PART_K][0],
		.kw = v[PART_K][1],
		.stride = seen[PART_S] ? v[PART_S][0] : 1,
		.precision = seen[PART_I8] ? RKG_INT8 : RKG_FP16,
		.bias = seen[PART_BIAS],
		.relu = seen[PART_RELU],
		.add = seen[PART_ADD],
	};

	if (v[PART_P][0] == PAD_SAME) {
		rkg_shape_pad_same(&shape);
	} else {
		shape.pad_top = v[PART_P][0];
		shape.pad_left = v[PART_P][1];
		shape.pad_bottom = v[PART_P][2];
		shape.pad_right = v[PART_P][3];
	}
	r = rkg_shape_check(&shape, err);
	if (r < 0)
		return r;
	*ret_shape = shape;
	return 0;
}

int
rkg_shape_check(const struct rkg_shape *shape, struct rkr_error *err)
{
	const uint32_t counts[] = {
		shape->batch,  shape->in_c,           shape->in_h, shape->in_w, shape->out_c,
		shape->groups, shape->in_c_per_group, shape->kh,   shape->kw,   shape->stride,
	};
	const uint32_t pads[] = { shape->pad_top, shape->pad_left, shape->pad_bottom, shape->pad_right };

	for (size_t i = 0; i < RKR_ARRAY_LEN(counts); i++)
		if (counts[i] == 0 || counts[i] > PART_MAX)
			return rkr_fail(err, -EINVAL, CURE, "every number of a shape is from 1 to %u",
					PART_MAX);
	for (size_t i = 0; i < RKR_ARRAY_LEN(pads); i++)
		if (pads[i] > PART_MAX)
			return rkr_fail(err, -EINVAL, CURE, "padding is at most %u", PART_MAX);
	if ((uint64_t)shape->in_c_per_group * shape->groups != shape->in_c)
		return rkr_fail(err, -EINVAL, "make wic times g equal c",
				"%u groups of %u input channels (wic) are not %u input channels (c)",
				shape->groups, shape->in_c_per_group, shape->in_c);
	if (shape->out_c % shape->groups != 0)
		return rkr_fail(err, -EINVAL, "make oc a multiple of g",
				"%u kernels (oc) cannot be shared out to %u groups (g)", shape->out_c,
				shape->groups);
	if (shape->kh > shape->in_h + shape->pad_top + shape->pad_bottom ||
	    shape->kw > shape->in_w + shape->pad_left + shape->pad_right)
		return rkr_fail(err, -EINVAL, "make the kernel smaller or the input larger",
				"a %ux%u kernel does not fit an input of %ux%u", shape->kh, shape->kw,
				shape->in_h, shape->in_w);
	return 0;
}

/* Padding along one axis for ceil(in / stride) outputs. */
static void
pad_axis(uint32_t in, uint32_t k, uint32_t stride, uint32_t *ret_first, uint32_t *ret_last)
{
	uint64_t out = rkr_div_up(in, stride);
	uint64_t need = (out - 1) * stride + k;
	uint32_t total = need > in ? (uint32_t)(need - in) : 0;

	*ret_first = total / 2;
	*ret_last = total - total / 2;
}

void
rkg_shape_pad_same(struct rkg_shape *shape)
{
	pad_axis(shape->in_h, shape->kh, shape->stride, &shape->pad_top, &shape->pad_bottom);
	pad_axis(shape->in_w, shape->kw, shape->stride, &shape->pad_left, &shape->pad_right);
}

/* "_psame", "_p1", "_p1-1-0-0", or nothing. */
static void
format_padding(const struct rkg_shape *shape, char *buf, size_t size)
{
	struct rkg_shape same = *shape;
	uint32_t top = shape->pad_top, left = shape->pad_left, bottom = shape->pad_bottom,
		 right = shape->pad_right;

	buf[0] = '\0';
	if (!top && !left && !bottom && !right)
		return;
	rkg_shape_pad_same(&same);
	if (same.pad_top == top && same.pad_left == left && same.pad_bottom == bottom &&
	    same.pad_right == right)
		snprintf(buf, size, "_psame");
	else if (top == left && top == bottom && top == right)
		snprintf(buf, size, "_p%u", top);
	else
		snprintf(buf, size, "_p%u-%u-%u-%u", top, left, bottom, right);
}

size_t
rkg_shape_format(const struct rkg_shape *shape, char *buf, size_t size)
{
	static const char *const luts[] = {
		[RKG_LUT_NONE] = "",
		[RKG_LUT_PLAIN] = "_lut",
		[RKG_LUT_WIDE] = "_lut-fp32",
	};
	char stride[16] = "", pad[64];

	if (shape->stride != 1)
		snprintf(stride, sizeof(stride), "_s%u", shape->stride);
	format_padding(shape, pad, sizeof(pad));
	int n = snprintf(buf, size, "b%u_c%u_h%u_w%u_oc%u_wic%u_k%ux%u_g%u%s%s%s%s%s%s%s", shape->batch,
			 shape->in_c, shape->in_h, shape->in_w, shape->out_c, shape->in_c_per_group,
			 shape->kh, shape->kw, shape->groups, stride, pad,
			 shape->precision == RKG_INT8 ? "_i8" : "", shape->bias ? "_bias" : "",
			 shape->relu ? "_relu" : "", shape->add ? "_add" : "", luts[shape->lut]);

	return n < 0 ? 0 : (size_t)n;
}
