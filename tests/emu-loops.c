/* SPDX-License-Identifier: MIT */
/*
 * The inner loops of the emulated NPU that are fastest on this processor
 * against those in plain C, bit by bit. It needs nothing but these, so that it
 * can be built for another processor: tests/emu-loops-test.sh. Prints which
 * loops it ran, and a number that depends on each bit of their results.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/conv.h"
#include "replay/emu/half.h"

#define ROWS 3
#define RUN 200
#define PITCH 256

static uint64_t random_state = 88172645463325252u, digest = 14695981039346656037u;

static uint32_t
draw(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 24);
}

/* An fp16: subnormals and large ones among them, no infinity and no NaN. */
static uint16_t
draw_half(void)
{
	uint32_t r = draw();

	return (uint16_t)((r & 0x83ff) | (r >> 16) % 31 << 10);
}

static void
compare(const char *what, const void *plain, const void *fast, size_t len)
{
	const unsigned char *bytes = plain;

	if (memcmp(plain, fast, len) != 0) {
		printf("%s differs\n", what);
		exit(1);
	}
	for (size_t i = 0; i < len; i++)
		digest = (digest ^ bytes[i]) * 1099511628211u;
}

static void
compare_float(const struct rke_tile_ops *fast, size_t rows, size_t run)
{
	static float features[RKE_PIXELS * ROWS * PITCH], weights[ROWS * RUN * RKE_KERNELS];
	const float *in[RKE_PIXELS];
	float a[RKE_PIXELS][RKE_KERNELS], b[RKE_PIXELS][RKE_KERNELS];

	for (size_t i = 0; i < RKR_ARRAY_LEN(features); i++)
		features[i] = rke_half_to_float(draw_half());
	for (size_t i = 0; i < RKR_ARRAY_LEN(weights); i++)
		weights[i] = rke_half_to_float(draw_half());
	for (unsigned p = 0; p < RKE_PIXELS; p++)
		in[p] = features + (size_t)p * ROWS * PITCH;
	for (unsigned n = 1; n <= RKE_PIXELS; n++) {
		rke_tile_plain.tile_float(in, n, PITCH, weights, rows, run, a);
		fast->tile_float(in, n, PITCH, weights, rows, run, b);
		compare("tile_float", a, b, n * sizeof(a[0]));
	}
}

static void
compare_int(const struct rke_tile_ops *fast, size_t rows, size_t run)
{
	static int16_t features[RKE_PIXELS * ROWS * PITCH], weights[ROWS * RUN * RKE_KERNELS];
	const int16_t *in[RKE_PIXELS];
	int32_t a[RKE_PIXELS][RKE_KERNELS], b[RKE_PIXELS][RKE_KERNELS];

	for (size_t i = 0; i < RKR_ARRAY_LEN(features); i++)
		features[i] = (int16_t)draw();
	for (size_t i = 0; i < RKR_ARRAY_LEN(weights); i++)
		weights[i] = (int16_t)draw();
	for (unsigned p = 0; p < RKE_PIXELS; p++)
		in[p] = features + (size_t)p * ROWS * PITCH;
	rke_tile_plain.tile_int(in, PITCH, weights, rows, run, a);
	fast->tile_int(in, PITCH, weights, rows, run, b);
	compare("tile_int", a, b, sizeof(a));
}

static void
compare_turn(const struct rke_tile_ops *fast, size_t n)
{
	static uint16_t kernels[RKE_KERNELS * RKE_SLICE];
	static float a[RKE_SLICE * RKE_KERNELS], b[RKE_SLICE * RKE_KERNELS];

	for (size_t i = 0; i < RKR_ARRAY_LEN(kernels); i++)
		kernels[i] = (uint16_t)draw();
	rke_tile_plain.turn_half((const unsigned char *)kernels, n * 2, n, a);
	fast->turn_half((const unsigned char *)kernels, n * 2, n, b);
	compare("turn_half", a, b, n * RKE_KERNELS * sizeof(a[0]));
}

static void
compare_half_tile(const struct rke_tile_ops *fast, size_t kw, size_t channels)
{
	static uint16_t kernels[ROWS * RUN * RKE_KERNELS];
	static float features[RKE_PIXELS * ROWS * PITCH], turned[ROWS * RUN * RKE_KERNELS];
	const struct rke_half_weights weights = {
		.from = (const unsigned char *)kernels,
		.kh = ROWS,
		.kw = kw,
		.channels = channels,
		.kernels = RKE_KERNELS,
	};
	const float *in[RKE_PIXELS];
	float a[RKE_PIXELS][RKE_KERNELS], b[RKE_PIXELS][RKE_KERNELS];

	if (!fast->tile_half)
		return;
	for (size_t i = 0; i < RKR_ARRAY_LEN(features); i++)
		features[i] = rke_half_to_float(draw_half());
	for (size_t i = 0; i < RKR_ARRAY_LEN(kernels); i++)
		kernels[i] = draw_half();
	for (unsigned p = 0; p < RKE_PIXELS; p++)
		in[p] = features + (size_t)p * ROWS * PITCH;
	for (size_t tap = 0; tap < ROWS * kw; tap++)
		for (size_t c = 0; c < channels; c += 8) {
			size_t stride;
			const unsigned char *from = rke_half_weights_at(&weights, tap, c, &stride);

			rke_tile_plain.turn_half(from, stride, 8,
						 turned + (tap * channels + c) * RKE_KERNELS);
		}
	for (unsigned n = 1; n <= RKE_PIXELS; n++) {
		rke_tile_plain.tile_float(in, n, PITCH, turned, ROWS, kw * channels, a);
		fast->tile_half(in, n, PITCH, &weights, b);
		if (memcmp(a, b, n * sizeof(a[0])) != 0) {
			printf("tile_half differs\n");
			exit(1);
		}
	}
}

static void
compare_depthwise(const struct rke_tile_ops *fast, uint32_t kh, uint32_t kw)
{
	static float features[7 * 7 * PITCH], weights[7 * 7 * RKE_KERNELS];
	float a[RKE_KERNELS], b[RKE_KERNELS];

	for (size_t i = 0; i < RKR_ARRAY_LEN(features); i++)
		features[i] = rke_half_to_float(draw_half());
	for (size_t i = 0; i < RKR_ARRAY_LEN(weights); i++)
		weights[i] = rke_half_to_float(draw_half());
	rke_tile_plain.depthwise_float(features, 7 * RKE_KERNELS, RKE_KERNELS, weights, kh, kw, a);
	fast->depthwise_float(features, 7 * RKE_KERNELS, RKE_KERNELS, weights, kh, kw, b);
	compare("depthwise_float", a, b, sizeof(a));
}

/* Every fp16 widened; floats of all kinds narrowed. */
static void
compare_halves(void)
{
	static uint16_t half[0x10000], a[0x10000], b[0x10000];
	static float wide[0x10000], also[0x10000];
	enum { ATOMS = 0x10000 / 8 };

	for (size_t i = 0; i < RKR_ARRAY_LEN(half); i++)
		half[i] = (uint16_t)i;
	rke_half_atoms_widen_plain(wide, 8, half, ATOMS);
	rke_half_atoms_widen(also, 8, half, ATOMS);
	compare("widen", wide, also, sizeof(wide));
	for (unsigned round = 0; round < 20; round++) {
		for (size_t i = 0; i < RKR_ARRAY_LEN(wide); i++) {
			/* Of all exponents, but each third near those of fp16; in these, ties. */
			uint32_t bits = draw();

			if (i % 3 == 0)
				bits = (bits & 0x83ffffff) | 0x38000000;
			if (i % 6 == 0)
				bits = (bits & ~0x1fffu) | 0x1000;
			memcpy(&wide[i], &bits, sizeof(bits));
		}
		rke_half_atoms_narrow_plain(a, wide, 8, ATOMS);
		rke_half_atoms_narrow(b, wide, 8, ATOMS);
		compare("narrow", a, b, sizeof(a));
	}
}

int
main(void)
{
	static const size_t runs[] = { 2, 8, 64, 72, 130, RUN };
	const struct rke_tile_ops *fast = rke_tile_best();

	for (size_t i = 0; i < RKR_ARRAY_LEN(runs); i++)
		for (size_t rows = 1; rows <= ROWS; rows++) {
			compare_float(fast, rows, runs[i]);
			compare_int(fast, rows, runs[i]);
		}
	for (size_t n = 8; n <= RKE_SLICE; n += 8)
		compare_turn(fast, n);
	for (uint32_t side = 1; side <= 7; side++)
		compare_depthwise(fast, side, 8 - side);
	compare_halves();
	for (size_t channels = 8; channels <= 64; channels += 8)
		compare_half_tile(fast, RUN / channels < 7 ? RUN / channels : 7, channels);
	printf("loops: %s\ndigest: %016" PRIx64 "\n", fast->name, digest);
	return 0;
}
