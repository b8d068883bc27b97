/* SPDX-License-Identifier: MIT */
/* Features from memory to rows of pixels, all channels of a pixel together, padding around them. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/conv.h"
#include "replay/emu/half.h"

/** Lines of a tensor in memory: in place if all of it is mapped in one piece. */
struct lines {
	struct rke_core *core;
	const struct rke_conv *conv;
	const unsigned char *start; /**< of address @first, or NULL */
	int64_t first;              /**< relative to the base, in bytes */
	void *buffer;               /**< of one line */
};

static int64_t
line_offset(const struct rke_conv *conv, uint32_t surface, uint32_t y)
{
	return (int64_t)conv->unit *
	       (surface * conv->surface_stride + (int64_t)(y / conv->group_lines) * conv->line_stride +
		(int64_t)(y % conv->group_lines) * conv->line_width);
}

static size_t
line_bytes(const struct rke_conv *conv)
{
	return (size_t)conv->unit * conv->width;
}

static void
find_whole(struct lines *lines, uint32_t surfaces, uint32_t height)
{
	const struct rke_conv *conv = lines->conv;
	int64_t last = (surfaces - 1) * conv->surface_stride * conv->unit, end = 0;

	/* The highest line of a surface: the last of the groups, or the last line of the one before it. */
	for (uint32_t y = height > conv->group_lines ? height - conv->group_lines : 0; y < height; y++)
		end = line_offset(conv, 0, y) > end ? line_offset(conv, 0, y) : end;
	lines->first = last < 0 ? last : 0;
	end += (last > 0 ? last : 0) + (int64_t)line_bytes(conv);
	if (conv->base + lines->first < 0 || conv->base + end > INT64_C(1) << 32)
		return;
	lines->start = rke_dma_peek(lines->core, (uint32_t)(conv->base + lines->first),
				    (size_t)(end - lines->first));
}

static const unsigned char *
get_line(const struct lines *lines, uint32_t surface, uint32_t y)
{
	int64_t offset = line_offset(lines->conv, surface, y);
	uint32_t iova = lines->conv->base + (uint32_t)offset;
	size_t len = line_bytes(lines->conv);

	if (lines->start)
		return lines->start + (offset - lines->first);
	const unsigned char *p = rke_dma_peek(lines->core, iova, len);

	if (p)
		return p;
	rke_dma_read(lines->core, iova, lines->buffer, len);
	return lines->buffer;
}

/* One atom of each of @n pixels. */
static void
put_atoms(const struct rke_conv *conv, union rke_features to, const unsigned char *from, uint32_t c, size_t n)
{
	unsigned lanes = RKE_ATOM / conv->size;
	unsigned used = conv->channels - c < lanes ? conv->channels - c : lanes;

	if (conv->is_float) {
		rke_half_atoms_widen(to.f + c, conv->pitch, from, n);
		/* More than there is to contract over: weights of these do not exist. */
		for (size_t i = 0; used < lanes && i < n; i++)
			memset(to.f + i * conv->pitch + c + used, 0, (lanes - used) * sizeof(*to.f));
		return;
	}
	for (size_t i = 0; i < n; i++, from += RKE_ATOM) {
		int16_t *v = to.i + i * conv->pitch + c;

		if (conv->size == 2)
			memcpy(v, from, used * sizeof(*v));
		else
			for (unsigned k = 0; k < used; k++)
				v[k] = (int8_t)from[k];
	}
}

/* v / 2^shift. Which way halves go, is the TRM's word. [source] */
static int64_t
shift_round(int64_t v, unsigned shift, bool half_up)
{
	if (shift == 0)
		return v;
	int64_t down = v >> shift, rest = v - (int64_t)((uint64_t)down << shift),
		half = INT64_C(1) << (shift - 1);

	return down + (rest > half || (rest == half && (half_up || down & 1)));
}

static int16_t
convert(const struct rke_cvt *cvt, unsigned lane, unsigned char byte)
{
	int64_t v = cvt->is_signed ? (int64_t)(int8_t)byte : byte;

	if (!cvt->on)
		return (int8_t)byte;
	if (cvt->add_first)
		v = shift_round((v + cvt->offset[lane]) * cvt->scale[lane], cvt->truncate[lane],
				cvt->half_up);
	else
		v = shift_round(v * cvt->scale[lane], cvt->truncate[lane], cvt->half_up) + cvt->offset[lane];
	return (int16_t)(v < -128 ? -128 : v > 127 ? 127 : v);
}

/* Packed pixels: channels that are not in memory are 0. */
static void
put_packed(const struct rke_conv *conv, union rke_features to, const unsigned char *from, size_t n)
{
	unsigned used = conv->packed < conv->channels ? conv->packed : conv->channels;

	for (size_t i = 0; i < n; i++, from += conv->unit) {
		size_t at = i * conv->pitch;

		for (unsigned k = 0; k < conv->pitch; k++) {
			int16_t word = 0;

			if (k < used && conv->size == 2)
				memcpy(&word, from + 2 * k, sizeof(word));
			else if (k < used)
				word = convert(&conv->cvt, k, from[k]);
			if (conv->is_float)
				to.f[at + k] = rke_half_to_float((uint16_t)word);
			else
				to.i[at + k] = word;
		}
	}
}

static void
fill(const struct rke_conv *conv, union rke_features to, size_t n)
{
	if (conv->is_float || conv->pad == 0) {
		memset(to.f, 0, n * (conv->is_float ? sizeof(*to.f) : sizeof(*to.i)));
		return;
	}
	for (size_t i = 0; i < n; i++)
		to.i[i] = (int16_t)conv->pad;
}

int
rke_conv_input(struct rke_core *core, const struct rke_conv *conv, union rke_features *ret_features)
{
	size_t row = (size_t)conv->row_pixels * conv->pitch, n = row * conv->rows;
	size_t size = conv->is_float ? sizeof(float) : sizeof(int16_t);
	size_t buffer_at = (size_t)rkr_align_up(n * size, 64);
	unsigned char *memory = rke_scratch(core, 0, buffer_at + line_bytes(conv));
	struct lines lines = { .core = core, .conv = conv };

	if (!memory)
		return -ENOMEM;
	union rke_features all = { .f = (void *)memory };

	lines.buffer = memory + buffer_at;

	/* Rows and pixels of the input that windows reach. */
	uint32_t height = conv->rows > conv->pad_top ? conv->rows - conv->pad_top : 0;
	uint32_t width = conv->row_pixels > conv->pad_left ? conv->row_pixels - conv->pad_left : 0;

	height = height < conv->height ? height : conv->height;
	width = width < conv->width ? width : conv->width;
	if (height != conv->rows || width != conv->row_pixels || conv->channels != conv->pitch)
		fill(conv, all, n);

	uint32_t lanes = conv->packed ? conv->channels : RKE_ATOM / conv->size;
	uint32_t surfaces = (uint32_t)rkr_div_up(conv->channels, lanes);

	if (height == 0 || width == 0) {
		*ret_features = all;
		return 0;
	}
	find_whole(&lines, surfaces, height);
	for (uint32_t y = 0; y < height; y++)
		for (uint32_t s = 0; s < surfaces; s++) {
			size_t at = (y + conv->pad_top) * row + (size_t)conv->pad_left * conv->pitch;
			union rke_features to;

			if (conv->is_float)
				to.f = all.f + at;
			else
				to.i = all.i + at;
			if (conv->packed)
				put_packed(conv, to, get_line(&lines, 0, y), width);
			else
				put_atoms(conv, to, get_line(&lines, s, y), s * lanes, width);
		}
	*ret_features = all;
	return 0;
}
