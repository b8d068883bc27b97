/* SPDX-License-Identifier: MIT */
/*
 * Tile plans against the layers of captured networks: what a single
 * convolution's captures do not show, stride, padding and int8. The captures
 * are not part of the project: without them this test skips.
 */
#include "config.h"

#include <stddef.h>
#include <string.h>

#include "gen/plan.h"
#include "lib/util.h"
#include "tests/gen-captures.h"

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)

static const struct {
	const char *key;
	size_t offset;
	size_t size;
} tile_keys[] = {
#define T(key, member)                                                                            \
	{                                                                                         \
		key, offsetof(struct rkg_tile, member), sizeof(((struct rkg_tile *)NULL)->member) \
	}
	T("y", y),         T("rows", rows),       T("in_y", in_y),          T("in_rows", in_rows),
	T("k", k),         T("kc", kc),           T("wbank", weight_banks), T("dbank", data_banks),
	T("reuse", reuse), T("pad_top", pad_top),
#undef T
};

static uint32_t
tile_number(const struct rkg_tile *t, size_t key)
{
	const char *p = (const char *)t + tile_keys[key].offset;

	return tile_keys[key].size == 1 ? *(const uint8_t *)p : *(const uint32_t *)(const void *)p;
}

/* The tiles of a core of a program against those of the capture. */
static bool
compare_list(struct score *s, const struct rkg_plan *plan, unsigned group, unsigned core, const json_t *tiles)
{
	size_t n = 0;
	bool all = true;

	for (size_t i = 0; i < plan->n_tiles; i++) {
		const struct rkg_tile *t = &plan->tiles[i];

		if (t->group != group || t->core != core)
			continue;
		const json_t *want = json_array_get(tiles, n++);
		bool same = want != NULL;

		for (size_t k = 0; same && k < RKR_ARRAY_LEN(tile_keys); k++)
			same = tile_number(t, k) == number(want, tile_keys[k].key);
		all &= hit(s, SCORE_tiles, same);
		if (!want)
			continue;
		hit(s, SCORE_grains, t->grains == number(want, "grains"));
		/* The register of a stem counts the whole tile. */
		hit(s, SCORE_entries,
		    number(want, "entries") == (plan->geometry.stem
							? plan->geometry.shape.in_w * t->in_rows
							: rkg_line_entries(&plan->geometry, t->cc)));
	}
	return all && n == json_array_size(tiles);
}

static struct rkg_shape
layer_shape(const json_t *l)
{
	const json_t *stride = member(l, "stride");
	bool depthwise = json_is_true(member(l, "depthwise"));
	uint32_t c = number(l, "C_real");
	struct rkg_shape s = {
		.batch = 1,
		.in_c = c,
		.in_h = number(l, "H"),
		.in_w = number(l, "W"),
		.out_c = depthwise ? c : number(l, "OC"),
		.groups = depthwise ? c : 1,
		.in_c_per_group = depthwise ? 1 : c,
		.kh = number(l, "kh"),
		.kw = number(l, "kw"),
		.stride = (uint32_t)integer(json_array_get(stride, 0)),
		.pad_top = number(l, "pad_top"),
		.pad_left = number(l, "pad_left"),
		.precision =
			strcmp(json_string_value(member(l, "precision")), "int8") == 0 ? RKG_INT8 : RKG_FP16,
	};
	uint32_t h = (number(l, "OH") - 1) * s.stride + s.kh, w = (number(l, "OW") - 1) * s.stride + s.kw;

	/* No register holds the padding below and to the right: it follows from the output. */
	s.pad_bottom = h > s.in_h + s.pad_top ? h - s.in_h - s.pad_top : 0;
	s.pad_right = w > s.in_w + s.pad_left ? w - s.in_w - s.pad_left : 0;
	return s;
}

static void
compare_layer(struct score *s, const json_t *l)
{
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	const struct rkg_shape shape = layer_shape(l);
	const json_t *single = member(member(member(l, "groups"), "g0c0"), "tiles");
	bool lut = json_is_true(member(l, "lut_op")), all = true;
	struct rkr_error err;
	const char *name;
	json_t *g;

	if (rkg_plan_new(&shape, &plan, NULL, &err) < 0)
		ck_abort_msg("%s", err.what);
	json_object_foreach(member(l, "groups"), name, g)
	{
		unsigned group = (unsigned)(name[1] - '0'), core = (unsigned)(name[3] - '0');
		const json_t *tiles = json_object_get(g, "tiles");

		/* An operator with a lookup table is not split, whatever its shape. */
		if (group > 0 && lut)
			continue;
		/* In a network, what cannot be split stands again as it is in program 0. */
		if (group > 0 && (!tiles || json_equal(tiles, single)))
			all &= plan->groups[group].split == RKG_SPLIT_NONE;
		else
			all &= compare_list(s, plan, group, core, tiles);
	}
	hit(s, SCORE_plans, all);
}

START_TEST(network_layers_are_planned)
{
	_autofree_ char *path = test_shared("captures/networks.json");
	struct score s = { 0 };

	if (!path)
		test_skip("no folder of captures");
	rkr_cleanup(json_decref) json_t *layers = load(path);
	size_t i;
	json_t *l;

	json_array_foreach(layers, i, l)
	{
		const char *kind = json_string_value(member(l, "kind"));

		/* Two kinds of operator that only look like convolutions. */
		if (strcmp(kind, "deconv") != 0 && strcmp(kind, "resize-dw-i8") != 0)
			compare_layer(&s, l);
	}
	print_score(&s, "networks");
	ck_assert_uint_ge(s.total[SCORE_plans], 219);
	ck_assert_uint_eq(s.hits[SCORE_plans], s.total[SCORE_plans]);
	ck_assert_uint_eq(s.hits[SCORE_tiles], s.total[SCORE_tiles]);
	ck_assert_uint_eq(s.hits[SCORE_entries], s.total[SCORE_entries]);
	/* One value is not understood: a 7x7 depthwise of stride 7 over 30x30. */
	ck_assert_uint_ge(s.hits[SCORE_grains] + 1, s.total[SCORE_grains]);
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("gen-networks");
	TCase *t = tcase_create("networks");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, network_layers_are_planned);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
