/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "gen/gen.h"
#include "gen/shape.h"
#include "lib/error.h"

/*
 * Names of shapes. What is read is written and read as the same; what is in
 * the domain has a run, if it is small enough to make many of.
 */

#define MAX_NAME 200
#define MAX_ELEMENTS (UINT64_C(1) << 18)

static uint64_t
elements(const struct rkg_shape *s)
{
	uint64_t in = (uint64_t)s->in_c * s->in_h, out = (uint64_t)s->out_c * s->kh * s->kw;

	return in > UINT32_MAX || out > UINT32_MAX || s->in_c_per_group > UINT32_MAX / 2
		       ? UINT64_MAX
		       : (in * s->in_w > out ? in * s->in_w : out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rkg_shape shape, again;
	struct rkr_error err = { 0 };
	struct rkr_run *run = NULL;
	char name[MAX_NAME + 1], text[512], text_again[512];

	if (size > MAX_NAME)
		return 0;
	if (size)
		memcpy(name, data, size);
	name[size] = '\0';
	if (rkg_shape_parse(name, &shape, &err) < 0) {
		FUZZ_ASSERT(err.code < 0 && err.what[0]);
		return 0;
	}
	FUZZ_ASSERT(rkg_shape_format(&shape, text, sizeof(text)) < sizeof(text));
	FUZZ_ASSERT(rkg_shape_parse(text, &again, &err) == 0);
	rkg_shape_format(&again, text_again, sizeof(text_again));
	FUZZ_ASSERT(strcmp(text, text_again) == 0);
	FUZZ_ASSERT(shape.pad_top == again.pad_top && shape.pad_left == again.pad_left);
	FUZZ_ASSERT(shape.pad_bottom == again.pad_bottom && shape.pad_right == again.pad_right);
	if (elements(&shape) > MAX_ELEMENTS)
		return 0;
	int r = rkg_conv_run(&shape, NULL, &run, &err);

	FUZZ_ASSERT(r == 0 || (err.code == r && err.what[0]));
	FUZZ_ASSERT(r < 0 || rkr_run_n_tasks(run) > 0);
	rkr_run_free(run);
	return 0;
}
