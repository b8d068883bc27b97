/* SPDX-License-Identifier: MIT */
#ifndef RKE_CONV_H
#define RKE_CONV_H

/*
 * CNA and CORE: features and weights in, sums out. conv-config.c reads the
 * registers, conv-input.c lays the features out as rows of pixels with
 * padding around them, conv-weights.c lays out kernels, conv-direct.c and
 * conv-depthwise.c multiply, conv-tile*.c are the inner loops.
 */

#include "replay/emu/dpu.h"

/** Kernels of a tile: the inner loops compute this many at a time. */
#define RKE_KERNELS 16
/** Pixels of a tile. */
#define RKE_PIXELS 6
/** Channels of a kernel that lie together. [captured: 39 fp16 and 14 int8 layers of compiled models] */
#define RKE_SLICE 32
/** Sums of this many products are added in fp32, then in fp64. It defines results: all loops keep to it. */
#define RKE_CHUNK 64

/** CNA's input converter, of 1 to 4 packed channels. */
struct rke_cvt {
	bool on, add_first, half_up, is_signed;
	int32_t scale[4], offset[4];
	unsigned truncate[4];
};

/** A convolution, as its registers say. */
struct rke_conv {
	bool is_float, depthwise;
	unsigned size;          /**< bytes of an element */
	uint32_t width, height; /**< of the input */
	uint32_t channels;      /**< to contract over */
	uint32_t out_width, out_height, kernels;
	uint32_t kw, kh, sx, sy, pad_left, pad_top;
	int32_t pad;
	bool sums; /**< CPEND asks for the sums of windows */
	/* features in memory: addr(surface, y, x) in units, from @base */
	uint32_t base;
	uint32_t packed;      /**< channels of a packed pixel; 0: surfaces of atoms */
	uint32_t unit;        /**< bytes of a pixel of a surface */
	uint32_t group_lines; /**< lines of a group */
	uint32_t line_stride; /**< from a group of lines to the next */
	int64_t surface_stride;
	uint32_t line_width; /**< from a line to the next within a group */
	struct rke_cvt cvt;
	/* kernels in memory */
	uint32_t weights;
	uint32_t weight_channels; /**< of a tap, padding counted */
	uint32_t kernel_group;    /**< kernels that lie together */
	uint64_t macs;
	/* features as they are laid out: rows of pixels of @pitch elements */
	uint32_t rows, row_pixels, pitch;
};

/** Features as they are laid out: row y, pixel x, channel c at [(y * row_pixels + x) * pitch + c]. */
union rke_features {
	float *f;
	int16_t *i;
};

/** fp16 weights of RKE_KERNELS kernels as they lie in memory: slices of channels, in a slice taps. */
struct rke_half_weights {
	const unsigned char *from; /**< the first of the kernels, tap 0, channel 0 */
	size_t kh, kw, channels;   /**< channels: a multiple of 8, each stored */
	size_t kernels;            /**< that lie together: a tap of a slice has all of them */
};

/** Where channel @c of a tap is; *ret_stride: bytes from a kernel to the next. */
static inline const unsigned char *
rke_half_weights_at(const struct rke_half_weights *w, size_t tap, size_t c, size_t *ret_stride)
{
	size_t slice = c / RKE_SLICE * RKE_SLICE;
	size_t stored = w->channels - slice < RKE_SLICE ? w->channels - slice : RKE_SLICE;

	*ret_stride = stored * 2;
	return w->from + (slice * w->kh * w->kw + tap * stored) * w->kernels * 2 + (c - slice) * 2;
}

/** The inner loops, for one kind of processor. All give the same results, bit by bit. */
struct rke_tile_ops {
	const char *name;
	/**
	 * Sums of @n windows, 1 to RKE_PIXELS, and RKE_KERNELS kernels. A window is
	 * @rows runs of @run elements, @pitch apart. Weights: [rows][run][RKE_KERNELS].
	 * All of @in can be read; of @out, what is after @n is undefined.
	 */
	void (*tile_float)(const float *const in[RKE_PIXELS], unsigned n, size_t pitch, const float *weights,
			   size_t rows, size_t run, float out[RKE_PIXELS][RKE_KERNELS]);
	/** The same modulo 2^32; @run is even. Weights: [rows][run / 2][RKE_KERNELS][2]. */
	void (*tile_int)(const int16_t *const in[RKE_PIXELS], size_t pitch, const int16_t *weights,
			 size_t rows, size_t run, int32_t out[RKE_PIXELS][RKE_KERNELS]);
	/**
	 * fp16 weights of RKE_KERNELS kernels, @stride bytes apart, @n of each,
	 * widened and turned: [n][RKE_KERNELS]. @n is a multiple of 8.
	 */
	void (*turn_half)(const unsigned char *from, size_t stride, size_t n, float *to);
	/**
	 * As tile_float(), of weights as they lie in memory: for so few pixels
	 * that laying them out costs more than multiplying. NULL: there is none.
	 */
	void (*tile_half)(const float *const in[RKE_PIXELS], unsigned n, size_t pitch,
			  const struct rke_half_weights *weights, float out[RKE_PIXELS][RKE_KERNELS]);
	/**
	 * Sums of one window of RKE_KERNELS channels, each with a kernel of its
	 * own. Rows of the input are @row elements apart; pixels and taps @pitch.
	 */
	void (*depthwise_float)(const float *in, size_t row, size_t pitch, const float *weights, uint32_t kh,
				uint32_t kw, float *out);
};

/** Plain C. */
extern const struct rke_tile_ops rke_tile_plain;

/** The fastest that this processor has. */
const struct rke_tile_ops *
rke_tile_best(void);

/** AVX2 with FMA, or NULL where there is none. */
const struct rke_tile_ops *
rke_tile_avx2(void);

/** NEON of 64-bit ARM, or NULL where there is none. */
const struct rke_tile_ops *
rke_tile_neon(void);

/** Read all registers of CNA and CORE. 0, or -EOPNOTSUPP with core->why. */
int
rke_conv_configure(struct rke_core *core, struct rke_conv *ret_conv);

/** Lay out the features, in scratch 0. 0 or -ENOMEM. */
int
rke_conv_input(struct rke_core *core, const struct rke_conv *conv, union rke_features *ret_features);

/** All weights as they lie in memory: in place, or a copy in scratch 3. NULL: no memory. */
const void *
rke_conv_weights(struct rke_core *core, const struct rke_conv *conv);

/** Lay out RKE_KERNELS kernels from @first on, as the inner loops take them: 0 where there are none. */
void
rke_conv_pack(const struct rke_conv *conv, const struct rke_tile_ops *ops, const void *weights,
	      uint32_t first, void *to);

/** Bytes that rke_conv_pack() writes. */
size_t
rke_conv_packed_size(const struct rke_conv *conv);

/**
 * Kernels @first to @first + RKE_KERNELS - 1 as tile_half() takes them.
 * @return false: they cannot be taken so: some are missing, or channels are not in eights.
 */
bool
rke_conv_half(const struct rke_conv *conv, const void *weights, uint32_t first,
	      struct rke_half_weights *ret_weights);

/** Multiply: every kernel over all channels. */
int
rke_conv_direct(struct rke_core *core, const struct rke_conv *conv, union rke_features features,
		const void *weights, const struct rke_tile_ops *ops, struct rke_cube *cube);

/** Multiply: each channel has a kernel of its own. */
int
rke_conv_depthwise(struct rke_core *core, const struct rke_conv *conv, union rke_features features,
		   const void *weights, const struct rke_tile_ops *ops, struct rke_cube *cube);

/** rke_conv_run() with these inner loops. */
int
rke_conv_run_with(struct rke_core *core, const struct rke_tile_ops *ops, struct rke_cube *ret_cube);

#endif
