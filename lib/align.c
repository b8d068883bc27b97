/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "align.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/types.h>

#include "util.h"

/*
 * Myers' O(ND) difference algorithm: walk the edit graph by number of edits,
 * keeping the furthest point of each diagonal; the kept fronts lead back.
 * D is bounded, so that two unrelated inputs cost memory and time within
 * reason: past it, what is left is taken as all different.
 */
#define MAX_EDITS 1500

/* A point outside of the edit graph: no path goes on from there. */
#define NOWHERE (SSIZE_MAX / -2)

struct walk {
	bool (*same)(const void *data, size_t i, size_t j);
	const void *data;
	ssize_t a0, n, b0, m; /* what is left after the common ends are cut off */
};

static ssize_t
slide(const struct walk *w, ssize_t x, ssize_t k)
{
	while (x < w->n && x - k < w->m && w->same(w->data, (size_t)(w->a0 + x), (size_t)(w->b0 + x - k)))
		x++;
	return x;
}

/* One front: the furthest x on diagonals -d, -d+2, ..., d. Returns whether the end is reached. */
static bool
advance(const struct walk *w, const ssize_t *old, ssize_t *front, ssize_t d)
{
	for (ssize_t k = -d; k <= d; k += 2) {
		/* Fronts are indexed by diagonal, offset by their own d. */
		ssize_t down = k < d ? old[(d - 1) + k + 1] : NOWHERE;       /* insert: from k+1 */
		ssize_t right = k > -d ? old[(d - 1) + k - 1] + 1 : NOWHERE; /* delete: from k-1 */
		ssize_t x = right > down ? right : down;

		if (x < 0 || x > w->n || x - k > w->m) {
			front[d + k] = NOWHERE;
			continue;
		}
		front[d + k] = x = slide(w, x, k);
		if (x == w->n && x - k == w->m)
			return true;
	}
	return false;
}

/* Follow the fronts back from the end and note the diagonal steps. */
static void
trace(const struct walk *w, ssize_t *const *fronts, ssize_t d, size_t *match)
{
	ssize_t x = w->n, k = w->n - w->m;

	for (; d >= 0; d--) {
		ssize_t from = 0, from_k = 0;

		if (d > 0) {
			ssize_t down = k < d ? fronts[d - 1][(d - 1) + k + 1] : NOWHERE;
			ssize_t right = k > -d ? fronts[d - 1][(d - 1) + k - 1] + 1 : NOWHERE;

			from = right > down ? right : down;
			from_k = right > down ? k - 1 : k + 1;
		}
		for (; x > from; x--)
			match[w->a0 + x - 1] = (size_t)(w->b0 + x - 1 - k);
		if (d > 0) {
			x = from_k < k ? from - 1 : from;
			k = from_k;
		}
	}
}

int
rkr_align(size_t n_a, size_t n_b, bool (*same)(const void *data, size_t i, size_t j), const void *data,
	  size_t *ret_match)
{
	size_t head = 0, tail = 0;

	memset(ret_match, 0xff, n_a * sizeof(*ret_match));
	for (; head < n_a && head < n_b && same(data, head, head); head++)
		ret_match[head] = head;
	for (; tail < n_a - head && tail < n_b - head && same(data, n_a - 1 - tail, n_b - 1 - tail); tail++)
		ret_match[n_a - 1 - tail] = n_b - 1 - tail;

	const struct walk w = {
		.same = same,
		.data = data,
		.a0 = (ssize_t)head,
		.b0 = (ssize_t)head,
		.n = (ssize_t)(n_a - head - tail),
		.m = (ssize_t)(n_b - head - tail),
	};
	ssize_t limit = w.n + w.m < MAX_EDITS ? w.n + w.m : MAX_EDITS;
	_autofree_ ssize_t **fronts = calloc((size_t)limit + 1, sizeof(*fronts));
	int r = 0;

	if (!fronts)
		return -ENOMEM;
	if (w.n && w.m) {
		bool done = false;
		ssize_t d = 0;

		for (; d <= limit && !done; d++) {
			fronts[d] = malloc((size_t)(2 * d + 1) * sizeof(**fronts));
			if (!fronts[d]) {
				r = -ENOMEM;
				break;
			}
			if (d == 0) {
				fronts[0][0] = slide(&w, 0, 0);
				done = fronts[0][0] >= w.n && fronts[0][0] >= w.m;
			} else {
				done = advance(&w, fronts[d - 1], fronts[d], d);
			}
		}
		if (done)
			trace(&w, fronts, d - 1, ret_match);
	}
	for (ssize_t d = 0; d <= limit; d++)
		free(fronts[d]);
	return r;
}
