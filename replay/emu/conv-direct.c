/* SPDX-License-Identifier: MIT */
/* Every kernel over all channels: tiles of pixels and kernels, by two threads. */
#include "config.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "lib/util.h"
#include "replay/emu/conv.h"

#define THREADS 2
/* Less work than this is done before a thread has started. */
#define MACS_FOR_THREADS (UINT64_C(1) << 22)
/* Pixels are cut in so many parts if there are few groups of kernels. Each part lays out its kernels anew. */
#define PIXEL_PARTS 4
/* Up to so many pixels of a piece, its kernels are not worth laying out. */
#define PIXELS_IN_PLACE RKE_PIXELS

/* A piece of work is some pixels of the output for a group of kernels. Who does it makes no difference. */
struct job {
	const struct rke_conv *conv;
	const struct rke_tile_ops *ops;
	union rke_features features;
	const void *weights;
	struct rke_cube *cube;
	uint32_t pixel_pieces, n_pieces;
	atomic_uint next;
};

/* The kernels of a piece: laid out, or as they lie in memory. */
struct kernels {
	void *packed;
	bool in_place;
	struct rke_half_weights half;
};

struct worker {
	struct job *job;
	void *packed;
};

/* Up to RKE_PIXELS pixels from @pixel on. Rows follow each other: a tile may have pixels of several. */
static void
tile(const struct job *job, const struct kernels *kernels, uint32_t first, uint32_t pixel, uint32_t n)
{
	const struct rke_conv *conv = job->conv;
	size_t row = (size_t)conv->row_pixels * conv->pitch;
	size_t run = (size_t)conv->kw * conv->pitch;
	struct rke_cube *cube = job->cube;
	uint32_t y = pixel / conv->out_width, x = pixel % conv->out_width;
	size_t at[RKE_PIXELS];

	for (uint32_t p = 0; p < n; p++) {
		at[p] = (size_t)y * conv->sy * row + (size_t)x * conv->sx * conv->pitch;
		if (++x == conv->out_width) {
			x = 0;
			y++;
		}
	}
	/* Tiles are whole: what is missing is computed twice. */
	for (uint32_t p = n; p < RKE_PIXELS; p++)
		at[p] = at[n - 1];
	size_t to = (size_t)pixel * cube->stride + first;

	if (conv->is_float) {
		const float *in[RKE_PIXELS];
		float out[RKE_PIXELS][RKE_KERNELS];

		for (unsigned p = 0; p < RKE_PIXELS; p++)
			in[p] = job->features.f + at[p];
		if (kernels->in_place)
			job->ops->tile_half(in, n, row, &kernels->half, out);
		else
			job->ops->tile_float(in, n, row, kernels->packed, conv->kh, run, out);
		for (uint32_t p = 0; p < n; p++)
			memcpy(cube->f + to + p * cube->stride, out[p], sizeof(out[p]));
	} else {
		const int16_t *in[RKE_PIXELS];
		int32_t out[RKE_PIXELS][RKE_KERNELS];

		for (unsigned p = 0; p < RKE_PIXELS; p++)
			in[p] = job->features.i + at[p];
		job->ops->tile_int(in, row, kernels->packed, conv->kh, run, out);
		for (uint32_t p = 0; p < n; p++)
			memcpy(cube->i + to + p * cube->stride, out[p], sizeof(out[p]));
	}
}

static void
work(const struct worker *worker)
{
	struct job *job = worker->job;
	const struct rke_conv *conv = job->conv;
	struct kernels kernels = { .packed = worker->packed };
	uint32_t packed_first = UINT32_MAX;

	for (;;) {
		uint32_t piece = atomic_fetch_add(&job->next, 1);

		if (piece >= job->n_pieces)
			return;
		uint32_t first = piece / job->pixel_pieces * RKE_KERNELS, part = piece % job->pixel_pieces;
		uint32_t pixels = conv->out_height * conv->out_width;
		uint32_t from = (uint32_t)((uint64_t)pixels * part / job->pixel_pieces);
		uint32_t to = (uint32_t)((uint64_t)pixels * (part + 1) / job->pixel_pieces);

		if (first != packed_first) {
			kernels.in_place = job->ops->tile_half && to - from <= PIXELS_IN_PLACE &&
					   rke_conv_half(conv, job->weights, first, &kernels.half);
			if (!kernels.in_place)
				rke_conv_pack(conv, job->ops, job->weights, first, kernels.packed);
		}
		packed_first = first;
		for (uint32_t pixel = from; pixel < to; pixel += RKE_PIXELS) {
			uint32_t n = to - pixel;

			tile(job, &kernels, first, pixel, n < RKE_PIXELS ? n : RKE_PIXELS);
		}
	}
}

static void *
work_thread(void *worker)
{
	work(worker);
	return NULL;
}

/* What CPEND multiplies: each window's inputs, padding included. */
static void
add_windows(const struct rke_conv *conv, const int16_t *in, int32_t *sums)
{
	size_t row = (size_t)conv->row_pixels * conv->pitch;

	for (uint32_t y = 0; y < conv->out_height; y++)
		for (uint32_t x = 0; x < conv->out_width; x++) {
			uint32_t sum = 0;

			for (uint32_t ky = 0; ky < conv->kh; ky++)
				for (uint32_t kx = 0; kx < conv->kw; kx++) {
					const int16_t *v = in + (y * conv->sy + ky) * row +
							   (size_t)(x * conv->sx + kx) * conv->pitch;

					for (uint32_t c = 0; c < conv->channels; c++) {
						int32_t lane = v[c];

						sum += (uint32_t)lane;
					}
				}
			*sums++ = (int32_t)sum;
		}
}

int
rke_conv_direct(struct rke_core *core, const struct rke_conv *conv, union rke_features features,
		const void *weights, const struct rke_tile_ops *ops, struct rke_cube *cube)
{
	uint32_t groups = (uint32_t)rkr_div_up(conv->kernels, RKE_KERNELS);
	unsigned threads = conv->macs >= MACS_FOR_THREADS ? THREADS : 1;
	size_t packed = (size_t)rkr_align_up(rke_conv_packed_size(conv), 64);
	unsigned char *memory = rke_scratch(core, 2, packed * threads);
	struct job job = {
		.conv = conv,
		.ops = ops,
		.features = features,
		.weights = weights,
		.cube = cube,
		.pixel_pieces = 1,
	};
	struct worker workers[THREADS];
	pthread_t thread;

	if (!memory)
		return -ENOMEM;
	if (threads > 1 && conv->out_height >= PIXEL_PARTS && groups < 4 * THREADS)
		job.pixel_pieces = PIXEL_PARTS;
	job.n_pieces = groups * job.pixel_pieces;
	for (unsigned i = 0; i < threads; i++)
		workers[i] = (struct worker){ .job = &job, .packed = memory + i * packed };
	bool second = threads > 1 && pthread_create(&thread, NULL, work_thread, &workers[1]) == 0;

	work(&workers[0]);
	if (cube->sums)
		add_windows(conv, features.i, cube->sums);
	if (second)
		pthread_join(thread, NULL);
	return 0;
}
