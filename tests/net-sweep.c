/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/net-sweep.h"

#include <stdio.h>
#include <stdlib.h>

#include "gen/verify-model.h"
#include "lib/regcmd.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "parsers/rknn.h"
#include "tests/common.h"

RKR_DEFINE_CLEANUP(struct rkr_run *, rkr_run_free)
RKR_DEFINE_CLEANUP(struct rkr_network *, rkr_network_free)
RKR_DEFINE_CLEANUP(struct rkg_model_verdict *, rkg_model_verdict_free)
#define _cleanup_network_ rkr_cleanup(rkr_network_free)
#define _cleanup_verdict_ rkr_cleanup(rkg_model_verdict_free)

/* A word of a record that an item of the verdict judges. */
struct word {
	size_t task, at;
};

struct item {
	struct word *words;
	size_t n, capacity;
};

struct change {
	bool made;
	struct word word;
	uint64_t was;
	uint32_t bit;
};

struct rkr_network *
sweep_read(const uint8_t *data, size_t len, uint64_t *ret_regcmd)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkr_network *n;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkr_run_new(&run), 0);
	ck_assert_msg(rkp_rknn_read_memory(data, len, "model", run, NULL, &err) == 0, "%s", err.what);
	ck_assert_msg(rkr_network_new(run, &n, &err) == 0, "%s", err.what);
	for (size_t i = 0; ret_regcmd && i < rkr_run_n_records(run); i++)
		if (rkr_run_record(run, i)->kind == RKR_KIND_model)
			*ret_regcmd = rkr_get_u(rkr_run_record(run, i), RKR_F_model_regcmd_off);
	return n;
}

static void
add_words(struct item *item, size_t task, size_t first, size_t n)
{
	void *p = item->words;

	ck_assert_int_eq(rkr_grow(&p, &item->capacity, item->n + n, sizeof(*item->words)), 0);
	item->words = p;
	for (size_t i = 0; i < n; i++)
		item->words[item->n++] = (struct word){ task, first + i };
}

/* The words of all records, by the item that judges them; those of an operator that does not pass, by none. */
static void
find_words(const struct rkr_network *n, const struct rkg_model_verdict *v, struct item *items)
{
	for (size_t i = 0; i < v->n_verdicts; i++)
		for (size_t l = 0; v->verdicts[i].item == RKG_ITEM_OP && l < RKR_NETWORK_LISTS; l++) {
			struct rkr_task_span s = rkr_network_op_tasks(n, v->verdicts[i].op, l);

			for (size_t t = s.first; t < s.first + s.n; t++) {
				size_t n_words;

				rkr_network_words(n, t, &n_words);
				if (rkr_network_original(n, t) == t &&
				    v->verdicts[i].state == RKG_VERDICT_PASS)
					add_words(&items[i], t, 0, n_words);
			}
		}
	for (size_t t = 0; t < rkr_network_n_tasks(n); t++) {
		size_t n_words;
		const uint64_t *words = rkr_network_words(n, t, &n_words);

		if (rkr_network_original(n, t) != t)
			continue;
		if (rkr_network_is_separator(n, t))
			add_words(&items[v->n_verdicts - 2], t, 0, n_words);
		/* The link and how much to fetch; by the marker and what follows it the record is found in the file. */
		if (words[n_words])
			add_words(&items[v->n_verdicts - 1], t, n_words, 2);
	}
}

/* The bits of a word that the verification says it takes from the records, and does not judge. */
static uint32_t
free_bits(const struct rkr_network *n, const struct rkg_model_verdict *v, size_t item, const struct word *w,
	  uint64_t word)
{
	const struct rkg_verdict *o = &v->verdicts[item];
	uint32_t bits = 0;

	(void)n;
	(void)w;
	for (size_t i = 0; i < o->n_taken; i++) {
		const struct rkg_taken *t = &v->taken[o->first_taken + i];
		struct rkr_qword a = rkr_qword_decode(t->word), b = rkr_qword_decode(word);

		if (a.target == b.target && a.offset == b.offset && !rkg_taken_is_judged(t))
			bits |= t->mask;
	}
	return bits;
}

static void
set_word(uint8_t *data, size_t at, uint64_t word)
{
	for (size_t b = 0; b < 8; b++)
		data[at + b] = (uint8_t)(word >> (8 * b));
}

/* Whether the bit is one of those that differ, or in a field of which one differs. */
static bool
names_field(struct rkr_qword q, uint32_t bits, uint32_t bit)
{
	const struct rkr_reg *reg = rkr_reg_by_qword(q.target, q.offset, NULL);

	for (size_t i = 0; reg && i < reg->n_fields; i++)
		if (rkr_reg_field_get(&reg->fields[i], bit) && rkr_reg_field_get(&reg->fields[i], bits))
			return true;
	return bits & bit;
}

/* Whether the item fails, and names register and record, and whether it names the field. */
static bool
is_named(const struct rkg_model_verdict *v, size_t item, const struct change *c, bool *ret_exact)
{
	const struct rkg_verdict *o = &v->verdicts[item];
	struct rkr_qword q = rkr_qword_decode(c->was);
	bool named = false;

	*ret_exact = false;
	for (size_t i = 0; i < o->n_findings; i++) {
		const struct rkg_finding *f = &v->findings[o->first_finding + i];
		struct rkr_qword r = rkr_qword_decode(f->word);
		uint64_t bits = f->expected ^ f->found;

		if (f->task != c->word.task || r.target != q.target || r.offset != q.offset)
			continue;
		named |= f->what == RKG_FINDING_REGISTER || f->what == RKG_FINDING_LINK;
		*ret_exact |= f->what == RKG_FINDING_LINK ? bits == (uint64_t)c->bit << 16
							  : names_field(q, (uint32_t)bits, c->bit);
	}
	return named;
}

static void
sweep_round(uint8_t *data, size_t len, uint64_t regcmd, const struct rkr_network *n, const struct item *items,
	    const struct change *changes, const struct rkg_model_verdict *good, struct sweep *s)
{
	_cleanup_network_ struct rkr_network *bad = NULL;
	_cleanup_verdict_ struct rkg_model_verdict *v = NULL;

	(void)items;
	for (size_t i = 0; i < good->n_verdicts; i++)
		if (changes[i].made)
			set_word(data,
				 (size_t)(regcmd + rkr_network_task(n, changes[i].word.task)->regcmd_addr +
					  8 * changes[i].word.at),
				 changes[i].was ^ (uint64_t)changes[i].bit << 16);
	bad = sweep_read(data, len, NULL);
	ck_assert_int_eq(rkg_verify_model(bad, &v), 0);
	for (size_t i = 0; i < good->n_verdicts; i++) {
		if (!changes[i].made)
			continue;
		set_word(data,
			 (size_t)(regcmd + rkr_network_task(n, changes[i].word.task)->regcmd_addr +
				  8 * changes[i].word.at),
			 changes[i].was);
		s->tried++;
		bool exact = false,
		     named = v->n_verdicts == good->n_verdicts && is_named(v, i, &changes[i], &exact);

		s->named += named;
		s->exact += exact;
		if (!exact)
			printf("# task %zu: %#x, bit %#x is %s\n", changes[i].word.task,
			       rkr_qword_decode(changes[i].was).offset, changes[i].bit,
			       named ? "named by another field" : "not named");
	}
}

void
sweep_registers(uint8_t *data, size_t len, size_t step, uint64_t seed, struct sweep *ret)
{
	uint64_t regcmd = 0;
	_cleanup_network_ struct rkr_network *n = sweep_read(data, len, &regcmd);
	_cleanup_verdict_ struct rkg_model_verdict *good = NULL;
	struct test_random random = { seed };
	size_t rounds = 0;

	*ret = (struct sweep){ 0 };
	ck_assert_int_eq(rkg_verify_model(n, &good), 0);
	_autofree_ struct item *items = calloc(good->n_verdicts, sizeof(*items));
	_autofree_ struct change *changes = calloc(good->n_verdicts, sizeof(*changes));

	ck_assert(items && changes);
	find_words(n, good, items);
	for (size_t i = 0; i < good->n_verdicts; i++) {
		rounds = items[i].n > rounds ? items[i].n : rounds;
		ret->passed += items[i].n > 0;
	}
	/* Every item starts elsewhere, so that a step meets all kinds of registers. */
	for (size_t r = 0; r < rounds; r += step) {
		for (size_t i = 0; i < good->n_verdicts; i++) {
			size_t k = r + i % step, n_words;
			struct change *c = &changes[i];
			uint32_t open;

			c->made = k < items[i].n;
			if (!c->made)
				continue;
			c->word = items[i].words[k];
			c->was = rkr_network_words(n, c->word.task, &n_words)[c->word.at];
			open = ~free_bits(n, good, i, &c->word, c->was);
			c->made = open != 0;
			ret->free += !c->made;
			/* A bit that is judged, whichever. */
			do
				c->bit = UINT32_C(1) << test_random_next(&random) % 32;
			while (c->made && !(open & c->bit));
		}
		sweep_round(data, len, regcmd, n, items, changes, good, ret);
	}
	for (size_t i = 0; i < good->n_verdicts; i++)
		free(items[i].words);
	fflush(stdout);
}
