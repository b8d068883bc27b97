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

/* Read a part's value. A padding reads as 1 for "same", 0 for "valid". */
static int
scan_value(struct scanner *s, const struct part *part, uint32_t ret[2])
{
	const char *at = s->p;

	if (part->form == PADDING) {
		ret[0] = skip(s, "same");
		if (!ret[0] && !skip(s, "valid") && !skip(s, "0"))
			return expected(s, at, "pvalid, psame or p0");
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
scan_parts(struct scanner *s, bool seen[N_PARTS], uint32_t v[N_PARTS][2])
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
				       : expected(s, at, "'s' and the stride, or 'p' and the padding");
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
	uint32_t v[N_PARTS][2] = { 0 };

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
	};

	if (v[PART_P][0])
		rkg_shape_pad_same(&shape);
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

size_t
rkg_shape_format(const struct rkg_shape *shape, char *buf, size_t size)
{
	struct rkg_shape same = *shape;
	char stride[16] = "", pad[64] = "";

	if (shape->stride != 1)
		snprintf(stride, sizeof(stride), "_s%u", shape->stride);
	if (shape->pad_top || shape->pad_left || shape->pad_bottom || shape->pad_right) {
		rkg_shape_pad_same(&same);
		if (same.pad_top == shape->pad_top && same.pad_left == shape->pad_left &&
		    same.pad_bottom == shape->pad_bottom && same.pad_right == shape->pad_right)
			snprintf(pad, sizeof(pad), "_psame");
		else
			snprintf(pad, sizeof(pad), "_p%u-%u-%u-%u", shape->pad_top, shape->pad_left,
				 shape->pad_bottom, shape->pad_right);
	}
	int n = snprintf(buf, size, "b%u_c%u_h%u_w%u_oc%u_wic%u_k%ux%u_g%u%s%s", shape->batch, shape->in_c,
			 shape->in_h, shape->in_w, shape->out_c, shape->in_c_per_group, shape->kh, shape->kw,
			 shape->groups, stride, pad);

	return n < 0 ? 0 : (size_t)n;
}
