/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "plan.h"

#include <errno.h>
#include <stdlib.h>

#include "domain.h"
#include "lib/util.h"

/*
 * The planner. No shape's name and no shape's number is in it; each constant
 * says what pins it. "tables" are the task tables of 69 captured shapes, and
 * "plans" those of 333 layers of whole networks; all of them come out right.
 */

/* The PC counts tasks in 12 bits [source: driver config of the RK3588]. */
#define TASKS_MAX 4095

/*
 * If not all fits at once: weights that need at most so many banks stay whole
 * in the CBUF and the input is cut to what is left. 10 to 28 fit [captured:
 * one table needs 10, five plans fail with 2].
 */
#define WHOLE_WEIGHT_BANKS_MAX 10

/* Kernel groups whose weights must be in the CBUF: one at work, one on its way [captured: 2 tables]. */
#define RESIDENT_KERNEL_GROUPS 2

/* If weights are streamed, at least so many banks [captured: one plan, of four layers]. */
#define STREAMED_WEIGHT_BANKS_MIN 2

/* How the CBUF is shared, and so how much a tile may take. */
struct cut {
	uint32_t data_banks;
	uint32_t weight_banks;
	uint32_t channels; /* of a tile */
	uint32_t in_rows;  /* of a tile, at most */
	bool weights_fit;  /* a tile's weights are in the CBUF whole */
};

struct builder {
	const struct rkg_geometry *g;
	struct cut cut[2]; /* of program 0 and of a split by kernels; of a split by rows */
	enum rkg_split split[RKG_GROUPS];
	uint32_t n_rows[RKG_GROUPS]; /* tiles along y of a split by rows */
	struct rkg_plan *plan;
};

static uint32_t
div_up(uint64_t v, uint64_t by)
{
	return (uint32_t)rkr_div_up(v, by);
}

static uint32_t
min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t
max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* ---- Rows */

static uint32_t
first_in_row(const struct rkg_geometry *g, uint32_t y)
{
	uint32_t at = y * g->shape.stride;

	return at > g->shape.pad_top ? at - g->shape.pad_top : 0;
}

/* Input rows that output rows [y, y + rows) need. [captured: 2688 tiles] */
static uint32_t
count_in_rows(const struct rkg_geometry *g, uint32_t y, uint32_t rows)
{
	uint32_t end = (y + rows - 1) * g->shape.stride + g->shape.kh;

	end = end > g->shape.pad_top ? end - g->shape.pad_top : 0;
	return min(g->shape.in_h, end) - first_in_row(g, y);
}

/*
 * Output rows from @y on that so many input rows give. Padding below is not
 * counted [captured: one plan], unless the whole input is there.
 */
static uint32_t
greedy_rows(const struct rkg_geometry *g, uint32_t y, uint32_t in_rows)
{
	if (in_rows >= g->shape.in_h)
		return g->out_h - y;
	uint32_t reach = first_in_row(g, y) + in_rows + g->shape.pad_top - g->shape.kh;

	return min(reach / g->shape.stride - y + 1, g->out_h - y);
}

static uint32_t
count_greedy(const struct rkg_geometry *g, uint32_t in_rows)
{
	uint32_t n = 0;

	for (uint32_t y = 0; y < g->out_h; y += greedy_rows(g, y, in_rows))
		n++;
	return n;
}

/* Rows of tile @i of @n, as equal as can be, the larger first [captured: 44 tables fail otherwise]. */
static uint32_t
balanced_rows(const struct rkg_geometry *g, uint32_t i, uint32_t n, uint32_t *ret_y)
{
	uint32_t each = g->out_h / n, more = g->out_h % n;

	*ret_y = i * each + min(i, more);
	return each + (i < more);
}

static bool
balanced_fits(const struct rkg_geometry *g, uint32_t n, uint32_t in_rows)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t y, rows = balanced_rows(g, i, n, &y);

		if (count_in_rows(g, y, rows) > in_rows)
			return false;
	}
	return true;
}

/* ---- The CBUF */

static uint32_t
data_banks(const struct rkg_geometry *g, uint32_t channels)
{
	return div_up((uint64_t)rkg_line_entries(g, channels) * g->shape.in_h, RKG_BANK_ENTRIES);
}

/* Lay down the rest of a cut whose banks are known. Data banks may be none. */
static enum rkg_refusal
finish_cut(const struct rkg_geometry *g, struct cut *cut, uint32_t weight_banks_needed)
{
	cut->data_banks = RKG_BANKS - cut->weight_banks;
	cut->weights_fit = weight_banks_needed <= cut->weight_banks;
	cut->in_rows = RKG_BANK_ENTRIES * cut->data_banks / rkg_line_entries(g, cut->channels);
	return cut->in_rows < g->shape.kh ? RKG_REFUSE_NO_OUTPUT_ROW : RKG_ACCEPTED;
}

/* Ordinary convolution: one cut for all programs [captured: 627 tiles]. */
static enum rkg_refusal
cut_direct(const struct rkg_geometry *g, struct cut *cut)
{
	uint32_t data = data_banks(g, g->in_c);
	uint32_t all = div_up(g->weight_bytes, RKG_BANK_BYTES);
	uint32_t resident = min(
		all, div_up((uint64_t)RESIDENT_KERNEL_GROUPS * g->kernel_group * rkg_kernel_bytes(g, g->in_c),
			    RKG_BANK_BYTES));

	if (all > resident)
		resident = max(STREAMED_WEIGHT_BANKS_MIN, resident);
	if (resident >= RKG_BANKS)
		return RKG_REFUSE_NO_DATA_BANK;
	cut->channels = g->in_c;
	if (data + resident <= RKG_BANKS)
		cut->weight_banks = RKG_BANKS - data;
	else
		cut->weight_banks = all <= WHOLE_WEIGHT_BANKS_MAX ? all : resident;
	return finish_cut(g, cut, all);
}

/*
 * Depthwise: as many channels as fit at full height, else few channels and
 * cut rows [captured: 25 tables, 58 plans].
 */
static enum rkg_refusal
cut_depthwise(const struct rkg_geometry *g, struct cut *cut)
{
	uint32_t channels = (uint32_t)rkr_align_up(g->in_c, RKG_DEPTHWISE_CHANNELS);

	/* The last 32 channels may be fewer; only those there are count [captured: one plan]. */
	for (; channels > 0; channels -= RKG_DEPTHWISE_CHANNELS) {
		uint32_t real = min(channels, g->in_c);
		uint32_t data = data_banks(g, real);
		uint32_t weights = div_up(rkg_kernel_bytes(g, real), RKG_BANK_BYTES);

		if (data + weights > RKG_BANKS)
			continue;
		cut->channels = real;
		cut->weight_banks = RKG_BANKS - data;
		return finish_cut(g, cut, weights);
	}
	cut->channels = min(RKG_DEPTHWISE_CHANNELS, g->in_c);
	cut->weight_banks = 1; /* holds 32 channels of any kernel up to 22x22 */
	return finish_cut(g, cut, div_up(rkg_kernel_bytes(g, cut->channels), RKG_BANK_BYTES));
}

/* Depthwise on several cores: all channels at once. */
static enum rkg_refusal
cut_depthwise_rows(const struct rkg_geometry *g, const struct cut *single, struct cut *cut)
{
	uint32_t weights = div_up(rkg_kernel_bytes(g, g->in_c), RKG_BANK_BYTES);

	*cut = *single;
	if (single->channels == g->in_c)
		return RKG_ACCEPTED;
	if (weights >= RKG_BANKS)
		return RKG_REFUSE_NO_DATA_BANK;
	cut->channels = g->in_c;
	cut->weight_banks = weights;
	return finish_cut(g, cut, weights);
}

/* ---- Sharing out to cores */

/*
 * Kernels of core @i of @n. Whole kernel groups, the first cores one more;
 * the last core takes what is left. If the groups share out evenly but the
 * last is not full, all but the last core take one fewer [captured: 6 numbers
 * of kernels].
 *
 * @return false if a core would get none
 */
static bool
kernels_of_core(const struct rkg_geometry *g, uint32_t i, uint32_t n, uint32_t *ret_k, uint32_t *ret_kc)
{
	uint32_t units = div_up(g->shape.out_c, g->kernel_group);
	uint32_t each = units / n, more = units % n;

	if (more == 0 && g->shape.out_c % g->kernel_group != 0)
		each--;
	uint32_t start = (i * each + min(i, more)) * g->kernel_group;

	if (start >= g->shape.out_c)
		return false;
	*ret_k = start;
	*ret_kc = i == n - 1 ? g->shape.out_c - start : (each + (i < more)) * g->kernel_group;
	return *ret_kc > 0;
}

static bool
can_split_k(const struct rkg_geometry *g, uint32_t n)
{
	uint32_t k, kc;

	for (uint32_t i = 0; i < n; i++)
		if (!kernels_of_core(g, i, n, &k, &kc))
			return false;
	return true;
}

/*
 * By kernels if that is even, or if rows cannot be shared or weights not
 * kept; else by rows [captured: 138 groups].
 */
static enum rkg_split
choose_split(const struct rkg_geometry *g, const struct cut *cut, uint32_t n)
{
	uint32_t units = div_up(g->shape.out_c, g->kernel_group);

	/* What looks its output up in a table is never shared [captured: 43 layers]. */
	if (g->shape.lut != RKG_LUT_NONE)
		return RKG_SPLIT_NONE;
	if (!g->depthwise && can_split_k(g, n) && (g->out_h < n || !cut->weights_fit || units % n == 0))
		return RKG_SPLIT_K;
	return g->out_h >= n ? RKG_SPLIT_Y : RKG_SPLIT_NONE;
}

/* Rows in n, 2n, 3n... tiles: the fewest that fit the CBUF. */
static enum rkg_refusal
share_rows(struct builder *b, uint32_t group)
{
	uint32_t n = group + 1;

	for (uint32_t m = n; m <= b->g->out_h; m += n) {
		if (balanced_fits(b->g, m, b->cut[1].in_rows)) {
			b->n_rows[group] = m;
			return RKG_ACCEPTED;
		}
	}
	return RKG_REFUSE_Y_SPLIT;
}

/* ---- Tiles */

/*
 * Input rows to buffer before start: the rows of one stripe of 16 output
 * pixels, in whole banks [captured: 627 of 627 tiles, and 652 of 653 distinct
 * situations in networks].
 */
static uint16_t
feature_grains(const struct rkg_geometry *g, const struct rkg_tile *t)
{
	const struct rkg_shape *s = &g->shape;
	uint32_t entries = g->stem ? s->in_w * t->in_rows : rkg_line_entries(g, t->cc);
	uint32_t rows_of_bank = div_up(RKG_BANK_ENTRIES, entries);
	uint32_t needed =
		s->kh + s->stride * div_up(16, g->out_w); /* 16: 15 fails 8, 17 fails 2 situations */
	uint32_t window =
		s->kh + t->pad_top + min(t->in_rows, 4 * div_up(rows_of_bank + needed - s->stride, 4));
	uint32_t banks = t->in_rows;

	if (rows_of_bank > 1)
		banks = min(banks, rows_of_bank * (1 + div_up(needed + s->stride, rows_of_bank - 1)));
	return (uint16_t)max(window, banks);
}

/* Add the tiles of one stretch of rows: one, or one per c-tile. @fresh: the first of its core's list. */
static void
add_tiles(struct builder *b, struct rkg_tile t, const struct cut *cut, bool fresh)
{
	const struct rkg_geometry *g = b->g;

	t.in_y = first_in_row(g, t.y);
	t.in_rows = count_in_rows(g, t.y, t.rows);
	t.pad_top = t.y * g->shape.stride < g->shape.pad_top ? g->shape.pad_top - t.y * g->shape.stride : 0;
	t.data_banks = (uint8_t)cut->data_banks;
	t.weight_banks = (uint8_t)cut->weight_banks;
	/* The CBUF still has the weights if they are all there and the same [captured: 627 tiles]. */
	t.reuse = !fresh && b->split[t.group] != RKG_SPLIT_K && cut->channels == g->in_c && cut->weights_fit;
	for (uint32_t c = 0; c < g->in_c; c += cut->channels) {
		t.c = c;
		t.cc = min(cut->channels, g->in_c - c);
		if (g->depthwise) {
			t.k = t.c;
			t.kc = min(t.cc, g->shape.out_c - t.c);
		}
		t.grains = feature_grains(g, &t);
		b->plan->tiles[b->plan->n_tiles++] = t;
	}
}

static void
add_core(struct builder *b, uint32_t group, uint32_t core)
{
	const struct rkg_geometry *g = b->g;
	struct rkg_tile t = { .group = (uint8_t)group, .core = (uint8_t)core, .kc = g->shape.out_c };
	uint32_t n = group + 1;

	if (b->split[group] == RKG_SPLIT_Y) {
		for (uint32_t i = core; i < b->n_rows[group]; i += n) {
			t.rows = balanced_rows(g, i, b->n_rows[group], &t.y);
			add_tiles(b, t, &b->cut[1], i == core);
		}
		return;
	}
	if (b->split[group] == RKG_SPLIT_K)
		kernels_of_core(g, core, n, &t.k, &t.kc);
	for (t.y = 0; t.y < g->out_h; t.y += t.rows) {
		t.rows = greedy_rows(g, t.y, b->cut[0].in_rows);
		add_tiles(b, t, &b->cut[0], t.y == 0);
	}
}

/* Decide everything that is not a tile: cuts, splits, numbers. */
static enum rkg_refusal
decide(struct builder *b, size_t *ret_n_tiles, size_t *ret_n_tasks)
{
	const struct rkg_geometry *g = b->g;
	enum rkg_refusal r = g->depthwise ? cut_depthwise(g, &b->cut[0]) : cut_direct(g, &b->cut[0]);

	if (r != RKG_ACCEPTED)
		return r;
	b->cut[1] = b->cut[0];
	if (g->depthwise && g->out_h >= 2)
		r = cut_depthwise_rows(g, &b->cut[0], &b->cut[1]);
	if (r != RKG_ACCEPTED)
		return r;

	uint64_t single = (uint64_t)count_greedy(g, b->cut[0].in_rows) * div_up(g->in_c, b->cut[0].channels);
	uint64_t tiles = single, tasks = single;

	for (uint32_t group = 1; group < RKG_GROUPS; group++) {
		uint32_t n = group + 1;

		b->split[group] = choose_split(g, &b->cut[0], n);
		if (b->split[group] == RKG_SPLIT_NONE)
			continue;
		if (b->split[group] == RKG_SPLIT_Y) {
			r = share_rows(b, group);
			if (r != RKG_ACCEPTED)
				return r;
		}
		uint64_t more = b->split[group] == RKG_SPLIT_K ? n * single : b->n_rows[group];

		tiles += more;
		tasks += more + n; /* and a separator per core */
	}
	if (tasks == single)
		tasks = RKG_GROUPS * single; /* the same records, three times */
	*ret_n_tiles = tiles;
	*ret_n_tasks = tasks;
	return tasks > TASKS_MAX ? RKG_REFUSE_TASK_LIMIT : RKG_ACCEPTED;
}

int
rkg_plan_new(const struct rkg_shape *shape, struct rkg_plan **ret_plan, enum rkg_refusal *ret_refusal,
	     struct rkr_error *err)
{
	struct rkg_geometry g;
	struct builder b = { .g = &g };
	size_t n_tiles = 0, n_tasks = 0;
	enum rkg_refusal refusal;
	int r = rkg_shape_check(shape, err);

	if (r < 0)
		return r;
	refusal = rkg_domain_fields(shape);
	if (refusal == RKG_ACCEPTED) {
		rkg_geometry_init(&g, shape);
		refusal = decide(&b, &n_tiles, &n_tasks);
	}
	if (refusal != RKG_ACCEPTED) {
		if (ret_refusal)
			*ret_refusal = refusal;
		return rkg_refuse(err, refusal, shape);
	}
	b.plan = malloc(sizeof(*b.plan) + n_tiles * sizeof(b.plan->tiles[0]));
	if (!b.plan)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	*b.plan = (struct rkg_plan){ .geometry = g, .n_tasks = n_tasks };
	for (uint32_t group = 0; group < RKG_GROUPS; group++) {
		struct rkg_group *gr = &b.plan->groups[group];

		gr->split = b.split[group];
		gr->first = b.plan->n_tiles;
		for (uint32_t core = 0; core <= group && (group == 0 || gr->split != RKG_SPLIT_NONE); core++)
			add_core(&b, group, core);
		gr->n_tiles = b.plan->n_tiles - gr->first;
	}
	*ret_plan = b.plan;
	return 0;
}

void
rkg_plan_free(struct rkg_plan *plan)
{
	free(plan);
}

const char *
rkg_split_name(enum rkg_split split)
{
	static const char *const names[] = {
		[RKG_SPLIT_NONE] = "none",
		[RKG_SPLIT_Y] = "y",
		[RKG_SPLIT_K] = "k",
	};

	return names[split];
}
