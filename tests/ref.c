/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/ref.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of an fp16 pattern. */
static double
ref_half_value(uint16_t bits)
{
	int exponent = bits >> 10 & 31;
	int fraction = bits & 1023;
	double v;

	if (exponent == 31)
		v = fraction ? (double)NAN : (double)INFINITY;
	else if (exponent == 0)
		v = fraction * 0x1p-24;
	else
		v = ldexp(1024 + fraction, exponent - 25);
	return bits & 0x8000 ? -v : v;
}

double
ref_half_round(double v)
{
	double a = fabs(v);

	if (!isfinite(v) || a == 0)
		return v;
	/* 11 digits, the last of which is 2^-24 at least; rint() goes to even */
	double digit = ldexp(1, (ilogb(a) < -14 ? -14 : ilogb(a)) - 10);
	double r = rint(a / digit) * digit;

	return copysign(r > 65504 ? (double)INFINITY : r, v);
}

uint16_t
ref_half_bits(double value)
{
	uint16_t sign = signbit(value) ? 0x8000 : 0;
	double a = fabs(value);
	int e;

	if (isnan(a))
		return 0x7e00;
	if (isinf(a))
		return sign | 0x7c00;
	if (a < 0x1p-14)
		return (uint16_t)(sign | (unsigned)(a * 0x1p24));
	e = ilogb(a);
	return (uint16_t)(sign | (unsigned)(e + 15) << 10 | ((unsigned)ldexp(a, 10 - e) & 1023));
}

unsigned
ref_number_size(enum ref_number number)
{
	return number == REF_INT8 ? 1 : 2;
}

double
ref_number_get(enum ref_number number, const void *p)
{
	uint16_t bits;

	if (number == REF_INT8)
		return *(const int8_t *)p;
	memcpy(&bits, p, sizeof(bits));
	return number == REF_INT16 ? (int16_t)bits : ref_half_value(bits);
}

void
ref_conv_alloc(struct ref_conv *conv)
{
	size_t kernels = conv->depthwise ? 1 : conv->k;

	conv->in = calloc((size_t)conv->c * conv->h * conv->w, sizeof(double));
	conv->weights = calloc(kernels * conv->c * conv->kh * conv->kw, sizeof(double));
	if (!conv->in || !conv->weights)
		abort();
}

void
ref_conv_clear(struct ref_conv *conv)
{
	free(conv->in);
	free(conv->weights);
	conv->in = conv->weights = NULL;
}

double
ref_conv_sum(const struct ref_conv *conv, unsigned k, unsigned y, unsigned x, double *ret_abs)
{
	double sum = 0, absolute = 0;

	for (unsigned ky = 0; ky < conv->kh; ky++)
		for (unsigned kx = 0; kx < conv->kw; kx++) {
			long iy = (long)(y * conv->stride + ky) - conv->top;
			long ix = (long)(x * conv->stride + kx) - conv->left;
			bool inside = iy >= 0 && ix >= 0 && iy < (long)conv->h && ix < (long)conv->w;
			size_t tap = ky * conv->kw + kx;
			const double *in =
				conv->in + (inside ? ((size_t)iy * conv->w + (size_t)ix) * conv->c : 0);
			const double *w =
				conv->weights +
				((conv->depthwise ? 0 : (size_t)k * conv->kh * conv->kw) + tap) * conv->c;

			for (unsigned c = conv->depthwise ? k : 0; c < (conv->depthwise ? k + 1 : conv->c);
			     c++) {
				double term = (inside ? in[c] : conv->pad) * w[c];

				sum += term;
				absolute += fabs(term);
			}
		}
	*ret_abs = absolute;
	return sum;
}

void
ref_conv_features(struct ref_conv *conv, const unsigned char *memory, size_t surface)
{
	unsigned size = ref_number_size(conv->number), lanes = 16 / size;
	double *to = conv->in;

	for (size_t y = 0; y < conv->h; y++)
		for (size_t x = 0; x < conv->w; x++)
			for (size_t c = 0; c < conv->c; c++)
				*to++ = ref_number_get(conv->number, memory + c / lanes * surface +
									     (y * conv->w + x) * 16 +
									     c % lanes * size);
}

void
ref_conv_pixels(struct ref_conv *conv, const unsigned char *memory, unsigned channels, size_t pitch)
{
	unsigned size = ref_number_size(conv->number);

	for (size_t y = 0; y < conv->h; y++)
		for (size_t x = 0; x < conv->w; x++)
			for (size_t c = 0; c < channels; c++)
				conv->in[(y * conv->w + x) * conv->c + c] = ref_number_get(
					conv->number, memory + y * pitch + (x * channels + c) * size);
}

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

size_t
ref_conv_weights(struct ref_conv *conv, const unsigned char *memory)
{
	const unsigned taps = conv->kh * conv->kw;
	const unsigned stored = conv->number == REF_FP16 && conv->c % 32 == 24 ? conv->c + 8 : conv->c;
	const unsigned group = conv->number == REF_INT8 ? 32 : 16;
	const unsigned slice = conv->depthwise && conv->number == REF_INT8 ? 64 : 32;
	const unsigned kernels = conv->depthwise ? 1 : conv->k;
	const unsigned char *from = memory;

	for (unsigned k0 = 0; k0 < kernels; k0 += group)
		for (unsigned c0 = 0; c0 < stored; c0 += slice)
			for (unsigned t = 0; t < taps; t++)
				for (unsigned k = k0; k < least(k0 + group, kernels); k++)
					for (unsigned c = c0; c < least(c0 + slice, stored); c++) {
						if (c < conv->c)
							conv->weights[((size_t)k * taps + t) * conv->c + c] =
								ref_number_get(conv->number, from);
						from += ref_number_size(conv->number);
					}
	return (size_t)(from - memory);
}

double
ref_noise(double abs)
{
	/* Pieces of up to 64 products, added in 24 digits: 8 times the error of one addition is far out. */
	return abs * 0x1p-21;
}

bool
ref_score_half(struct ref_score *score, double got, double exact, double noise)
{
	double want = ref_half_round(exact);

	score->n++;
	if (isfinite(got) && isfinite(want)) {
		score->diff = fmax(score->diff, fabs(got - exact));
		score->rounding = fmax(score->rounding, fabs(want - exact));
	}
	if (got == want || (isnan(got) && isnan(want)))
		return true;
	score->near++;
	return got >= ref_half_round(exact - noise) && got <= ref_half_round(exact + noise);
}
