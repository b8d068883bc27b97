/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdarg.h>
#include <string.h>

#include "verify.h"

/* From the runtime's tensor rows to the name of what was convolved. */

struct dims {
	uint32_t v[4];
};

/* "(1,64,56,56)" */
static bool
read_dims(const struct rkr_record *r, struct dims *ret)
{
	const struct rkr_blob *b = rkr_get_b(r, RKR_F_tensor_orig_shape);
	char text[64], end;

	if (b->len >= sizeof(text))
		return false;
	memcpy(text, b->data, b->len);
	text[b->len] = '\0';
	return sscanf(text, "(%9u,%9u,%9u,%9u%c%c", &ret->v[0], &ret->v[1], &ret->v[2], &ret->v[3], &end,
		      &end) == 5 &&
	       end == ')';
}

__attribute__((format(printf, 3, 4))) static bool
no(char *why, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, size, fmt, ap);
	va_end(ap);
	return false;
}

/* The tensors of one convolution: input and output in order, and the weights. */
static bool
tensors(const struct rkr_run *run, const struct rkr_record *ret[3], char *why, size_t size)
{
	size_t n_feature = 0, n_const = 0;

	for (size_t i = 0; i < rkr_run_n_records(run); i++) {
		const struct rkr_record *r = rkr_run_record(run, i);

		if (r->kind != RKR_KIND_tensor)
			continue;
		if (rkr_str_is(r, RKR_F_tensor_table, "const")) {
			ret[2] = r;
			n_const++;
		} else {
			if (n_feature < 2)
				ret[n_feature] = r;
			n_feature++;
		}
	}
	if (!n_feature && !n_const)
		return no(why, size, "no tensor rows tell its shape; name it with --against=conv:SHAPE");
	if (n_feature != 2 || n_const != 1)
		return no(why, size, "its %zu features and %zu constants are not those of one convolution",
			  n_feature, n_const);
	return true;
}

bool
verify_shape(const struct rkr_run *run, struct rkg_shape *ret_shape, char *why, size_t size)
{
	const struct rkr_record *r[3] = { NULL };
	struct dims in, out, w;

	if (!tensors(run, r, why, size))
		return false;
	if (!read_dims(r[0], &in) || !read_dims(r[1], &out) || !read_dims(r[2], &w))
		return no(why, size,
			  "its tensors are not of four dimensions; name its shape with --against=conv:SHAPE");
	struct rkg_shape s = {
		.batch = in.v[0],
		.in_c = in.v[1],
		.in_h = in.v[2],
		.in_w = in.v[3],
		.out_c = out.v[1],
		.in_c_per_group = w.v[1],
		.groups = 1,
		.kh = w.v[2],
		.kw = w.v[3],
		.stride = 1,
		.precision = rkr_str_is(r[0], RKR_F_tensor_dtype, "INT8") ? RKG_INT8 : RKG_FP16,
	};

	/*
	 * The kernels of a depthwise conv are one over all channels, or one each [inferred: no log
	 * has one].
	 */
	if (w.v[0] == 1 && s.out_c == s.in_c && w.v[1] == s.in_c && s.in_c > 1)
		s.in_c_per_group = 1;
	else if (w.v[0] != s.out_c)
		return no(
			why, size,
			"it has %u kernels and %u output channels; name its shape with --against=conv:SHAPE",
			w.v[0], s.out_c);
	if (s.in_c_per_group && s.in_c % s.in_c_per_group == 0)
		s.groups = s.in_c / s.in_c_per_group;
	if (rkg_shape_check(&s, NULL) < 0)
		return no(why, size,
			  "its tensors are of no convolution; name its shape with --against=conv:SHAPE");
	/* A stride or a padding shows in nothing but this. */
	if (rkg_shape_out_h(&s) != out.v[2] || rkg_shape_out_w(&s) != out.v[3])
		return no(why, size,
			  "its output of %ux%u is not that of stride 1 without padding; name its shape with "
			  "--against=conv:SHAPE",
			  out.v[2], out.v[3]);
	*ret_shape = s;
	return true;
}
