/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/plan.h"
#include "gen/shape.h"
#include "tool.h"

/* show --tiles: the plan of a convolution as a picture and as a table. */

RKR_DEFINE_CLEANUP(struct rkg_plan *, rkg_plan_free)

/* The picture: output rows downwards, kernels (of a depthwise conv: channels) to the right. */
#define PICTURE_COLUMNS 48

/* First output channel of a tile, and how many. */
static void
tile_columns(const struct rkg_plan *plan, const struct rkg_tile *t, uint32_t *ret_first, uint32_t *ret_n)
{
	*ret_first = plan->geometry.depthwise ? t->c : t->k;
	*ret_n = plan->geometry.depthwise ? t->cc : t->kc;
}

/* Tiles are lettered in the order in which they run; after Z they start again. */
static char
letter(size_t index)
{
	return (char)('A' + index % 26);
}

/* One line of the picture: which tile computes each part of output row @y. */
static void
draw_row(const struct rkg_plan *plan, const struct rkg_group *g, uint32_t y, uint32_t columns,
	 char line[PICTURE_COLUMNS + 1])
{
	uint32_t out_c = plan->geometry.shape.out_c;

	memset(line, '?', columns);
	line[columns] = '\0';
	for (size_t i = 0; i < g->n_tiles; i++) {
		const struct rkg_tile *t = &plan->tiles[g->first + i];
		uint32_t first, n;

		tile_columns(plan, t, &first, &n);
		for (uint32_t c = 0; c < columns && y >= t->y && y - t->y < t->rows; c++) {
			uint32_t k = (uint32_t)((uint64_t)c * out_c / columns);

			if (k >= first && k - first < n)
				line[c] = letter(i);
		}
	}
}

/* Rows that the same tiles compute are one line. */
static void
print_picture(const struct rkg_plan *plan, const struct rkg_group *g)
{
	const struct rkg_geometry *geo = &plan->geometry;
	uint32_t columns = geo->shape.out_c < PICTURE_COLUMNS ? geo->shape.out_c : PICTURE_COLUMNS, from = 0;
	char line[PICTURE_COLUMNS + 1], next[PICTURE_COLUMNS + 1];

	draw_row(plan, g, 0, columns, line);
	for (uint32_t y = 1; y <= geo->out_h; y++) {
		if (y < geo->out_h) {
			draw_row(plan, g, y, columns, next);
			if (strcmp(line, next) == 0)
				continue;
		}
		printf("  rows %4" PRIu32 "..%-4" PRIu32 " |%s|\n", from, y - 1, line);
		memcpy(line, next, sizeof(line));
		from = y;
	}
	printf("                   %s 0..%" PRIu32 "\n", geo->depthwise ? "channels" : "kernels",
	       geo->shape.out_c - 1);
}

static void
print_group(const struct rkg_plan *plan, size_t index)
{
	const struct rkg_group *g = &plan->groups[index];

	if (g->n_tiles == 0) {
		printf("\n%zu cores: the work cannot be shared out\n", index + 1);
		return;
	}
	printf("\n%zu core%s: %zu tile%s", index + 1, index ? "s" : "", g->n_tiles,
	       g->n_tiles == 1 ? "" : "s");
	if (index)
		printf(", split by %s", g->split == RKG_SPLIT_Y ? "rows" : "kernels");
	printf("\n");
	print_picture(plan, g);
	printf("  tile core        rows     in rows     kernels    channels  banks data+weight  grains  weights\n");
	for (size_t i = 0; i < g->n_tiles; i++) {
		const struct rkg_tile *t = &plan->tiles[g->first + i];

		printf("  %c    %4u  %4" PRIu32 "..%-4" PRIu32 "  %4" PRIu32 "..%-4" PRIu32 "  %4" PRIu32
		       "..%-4" PRIu32 " %4" PRIu32 "..%-4" PRIu32 " %10u+%-6u %6u  %s\n",
		       letter(i), t->core, t->y, t->y + t->rows - 1, t->in_y, t->in_y + t->in_rows - 1, t->k,
		       t->k + t->kc - 1, t->c, t->c + t->cc - 1, t->data_banks, t->weight_banks, t->grains,
		       t->reuse ? "reused" : "loaded");
	}
}

static void
print_json(const struct rkg_plan *plan)
{
	for (size_t g = 0; g < RKG_GROUPS; g++) {
		const struct rkg_group *group = &plan->groups[g];

		for (size_t i = 0; i < group->n_tiles; i++) {
			const struct rkg_tile *t = &plan->tiles[group->first + i];

			printf("{\"record\":\"tile\",\"cores\":%zu,\"split\":\"%s\",\"core\":%u,\"y\":%" PRIu32
			       ",\"rows\":%" PRIu32 ",\"in_y\":%" PRIu32 ",\"in_rows\":%" PRIu32
			       ",\"k\":%" PRIu32 ",\"kernels\":%" PRIu32 ",\"c\":%" PRIu32
			       ",\"channels\":%" PRIu32
			       ",\"data_banks\":%u,\"weight_banks\":%u,\"grains\":%u,\"weight_reuse\":%s}\n",
			       g + 1, rkg_split_name(group->split), t->core, t->y, t->rows, t->in_y,
			       t->in_rows, t->k, t->kc, t->c, t->cc, t->data_banks, t->weight_banks,
			       t->grains, t->reuse ? "true" : "false");
		}
	}
}

enum tool_exit
tool_show_tiles(const char *source, bool json)
{
	struct rkg_shape shape;
	struct rkr_error err = { 0 };

	if (!tool_is_shape(source))
		return tool_trouble(
			"--tiles shows the plan of a shape, or with --op of a model's operator; give "
			"conv:SHAPE instead of '%s'",
			source);
	int r = rkg_shape_parse(source + strlen("conv:"), &shape, &err);

	return r < 0 ? tool_error(&err, r) : tool_show_shape_tiles(&shape, false, json);
}

enum tool_exit
tool_show_shape_tiles(const struct rkg_shape *s, bool layer, bool json)
{
	rkr_cleanup(rkg_plan_free) struct rkg_plan *plan = NULL;
	const struct rkg_shape shape = *s;
	struct rkr_error err = { 0 };
	char name[RKG_SHAPE_NAME_MAX];
	int r = layer ? rkg_domain_layer(&shape, &plan, NULL, &err)
		      : rkg_domain_plan(&shape, &plan, NULL, &err);

	if (r < 0)
		return tool_error(&err, r);
	if (json) {
		print_json(plan);
		return TOOL_YES;
	}
	rkg_shape_format(&shape, name, sizeof(name));
	printf("%s: input %" PRIu32 "x%" PRIu32 "x%" PRIu32 ", output %" PRIu32 "x%" PRIu32 "x%" PRIu32
	       ", %zu tasks\n",
	       name, shape.in_h, shape.in_w, shape.in_c, plan->geometry.out_h, plan->geometry.out_w,
	       shape.out_c, plan->n_tasks);
	for (size_t g = 0; g < RKG_GROUPS; g++)
		print_group(plan, g);
	return TOOL_YES;
}
