/* SPDX-License-Identifier: MIT */
/* A task of CNA and CORE. */
#include "config.h"

#include <errno.h>

#include "lib/util.h"
#include "replay/emu/conv.h"

/* Memory for the results. Sums for CPEND lie behind them. */
static int
make_cube(struct rke_core *core, const struct rke_conv *conv, struct rke_cube *ret_cube)
{
	size_t pixels = (size_t)conv->out_width * conv->out_height;
	struct rke_cube cube = {
		.is_float = conv->is_float,
		.width = conv->out_width,
		.height = conv->out_height,
		.channels = conv->kernels,
		.stride = (size_t)rkr_align_up(conv->kernels, RKE_KERNELS),
		.sums_stride = 1,
	};

	if (conv->depthwise)
		cube.sums_stride = cube.stride;
	size_t values = pixels * cube.stride;
	size_t sums = conv->sums ? pixels * cube.sums_stride : 0;

	/* fp32 and int32 are of the same size. */
	cube.i = rke_scratch(core, 1, (values + sums) * sizeof(*cube.i));
	if (!cube.i)
		return -ENOMEM;
	if (conv->sums)
		cube.sums = cube.i + values;
	*ret_cube = cube;
	return 0;
}

int
rke_conv_run_with(struct rke_core *core, const struct rke_tile_ops *ops, struct rke_cube *ret_cube)
{
	struct rke_conv conv;
	union rke_features features;
	struct rke_cube cube;
	int r = rke_conv_configure(core, &conv);

	if (r < 0)
		return r;
	core->macs += conv.macs;
	r = make_cube(core, &conv, &cube);
	if (r == 0)
		r = rke_conv_input(core, &conv, &features);
	if (r < 0)
		return r;
	const void *weights = rke_conv_weights(core, &conv);

	if (!weights)
		return -ENOMEM;
	if (conv.depthwise)
		r = rke_conv_depthwise(core, &conv, features, weights, ops, &cube);
	else
		r = rke_conv_direct(core, &conv, features, weights, ops, &cube);
	if (r < 0)
		return r;
	*ret_cube = cube;
	return 0;
}

int
rke_conv_run(struct rke_core *core, struct rke_cube *ret_cube)
{
	return rke_conv_run_with(core, rke_tile_best(), ret_cube);
}
