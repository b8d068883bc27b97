/* SPDX-License-Identifier: MIT */
#ifndef TEST_GEN_CAPTURES_H
#define TEST_GEN_CAPTURES_H

/* What the tests of gen/ against real captures share: a score, and JSON that must be as it is expected. */

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/util.h"
#include "tests/common.h"

RKR_DEFINE_CLEANUP(json_t *, json_decref)

/* ---- The score */

#define SCORES(S)                                                             \
	S(task_count, "task count")                                           \
	S(amounts, "amounts")                                                 \
	S(enable_masks, "enable masks")                                       \
	S(int_masks, "int masks")                                             \
	S(deltas, "record offsets")                                           \
	S(bodies, "records whose decoded registers all agree")                \
	S(registers, "decoded registers")                                     \
	S(unwritten, "registers that an overlay leaves out")                  \
	S(cut_decodes, "overlays whose capture stops short of the WDMA pair") \
	S(windows, "whole windows")                                           \
	S(qwords, "qwords")                                                   \
	S(bo_sizes, "BO sizes")                                               \
	S(regcmd_bytes, "regcmd bytes")                                       \
	S(task_number, "submit task_number")                                  \
	S(active, "active offset modulo a page")                              \
	S(active_exact, "active offset")                                      \
	S(placement, "distances of BO addresses")                             \
	S(tiles, "tiles")                                                     \
	S(plans, "plans")                                                     \
	S(grains, "grains")                                                   \
	S(entries, "CBUF entries")

enum score_id {
#define S(id, name) SCORE_##id,
	SCORES(S)
#undef S
		N_SCORES,
};

static const char *const score_names[] = {
#define S(id, name) name,
	SCORES(S)
#undef S
};

struct score {
	uint64_t hits[N_SCORES];
	uint64_t total[N_SCORES];
};

static inline bool
hit(struct score *s, enum score_id id, bool yes)
{
	s->hits[id] += yes;
	s->total[id]++;
	return yes;
}

static inline void
print_score(const struct score *s, const char *of)
{
	for (int i = 0; i < N_SCORES; i++)
		if (s->total[i])
			printf("# %s: %s %" PRIu64 "/%" PRIu64 "\n", of, score_names[i], s->hits[i],
			       s->total[i]);
	fflush(stdout);
}

/* ---- JSON */

static inline json_t *
load(const char *path)
{
	json_error_t e;
	json_t *j = json_load_file(path, 0, &e);

	if (!j)
		ck_abort_msg("%s:%d: %s", path, e.line, e.text);
	return j;
}

static inline json_t *
member(const json_t *j, const char *key)
{
	json_t *m = json_object_get(j, key);

	if (!m)
		ck_abort_msg("no \"%s\"", key);
	return m;
}

static inline int64_t
integer(const json_t *j)
{
	if (!json_is_integer(j))
		ck_abort_msg("not an integer");
	return json_integer_value(j);
}

static inline uint32_t
number(const json_t *j, const char *key)
{
	return (uint32_t)integer(member(j, key));
}

#endif
