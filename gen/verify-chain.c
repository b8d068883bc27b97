/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "verify-priv.h"

/* What is between the operators: separators, tails, places. */

/* The family has its addresses count from the scratch behind the weights; in a model they are not placed. */
void
rkg_verify_separators(struct rkg_verifier *v)
{
	static const struct rkg_geometry none;
	struct rkg_write writes[RKG_BODY_MAX];
	uint64_t words[RKG_BODY_MAX];
	struct rkg_family f;
	struct rkg_values values;

	rkg_family_separator(&f, &none);
	for (size_t i = 0; i < f.n_cells; i++)
		if (f.cells[i].base != RKG_BASE_NONE)
			f.cells[i].constant = 0;
	rkg_values_init(&values, &f, &(struct rkg_at){ 0 });
	size_t n = rkg_body(&f, RKG_FORM_FULL, &values, NULL, writes);

	for (size_t i = 0; i < n; i++)
		words[i] = rkr_qword_encode(writes[i].cell->target, writes[i].value, writes[i].cell->offset);
	for (size_t i = 0; i < rkr_network_n_tasks(v->n); i++)
		if (rkr_network_is_separator(v->n, i))
			rkg_compare_record(v, i, &f, words, n);
}

static void
compare_word(struct rkg_verifier *v, size_t task, uint64_t expected, uint64_t found)
{
	if (expected != found)
		rkg_find(v, &(struct rkg_finding){ RKG_FINDING_LINK, task, found ? found : expected, expected,
						   found });
}

/* What compilers of version 1.6 set besides in tails that lead to no separator [captured: one file]. */
#define OLD_AMOUNTS 0x40000000u
#define OLD_AMOUNTS_SEPARATOR 0x60000000u

/* Whether most tails are such. */
static bool
is_old(const struct rkr_network *n)
{
	size_t n_old = 0, n_tasks = rkr_network_n_tasks(n);

	for (size_t i = 0; i < n_tasks; i++) {
		size_t n_words;
		const uint64_t *words = rkr_network_words(n, i, &n_words);

		n_old += (rkr_qword_decode(words[n_words + 1]).value & OLD_AMOUNTS) != 0;
	}
	return 2 * n_old > n_tasks;
}

/*
 * The four words behind a record: it is linked to the next of its list that
 * is no alias; the last is not. [captured: 1414 links of first programs, 5541
 * amounts]
 */
static void
compare_tail(struct rkg_verifier *v, size_t task, size_t next, unsigned group, bool old)
{
	const struct rkr_task *t = rkr_network_task(v->n, task);
	size_t n;
	const uint64_t *tail = rkr_network_words(v->n, task, &n);
	const struct rkr_reg_block *cna;
	uint32_t fetch = 0;
	uint64_t base = 0;

	tail += n;
	rkr_reg_by_offset(RKR_REG_CNA_CONV_CON1, &cna);
	if (next != SIZE_MAX) {
		const struct rkr_task *to = rkr_network_task(v->n, next);
		/* Convolutions alone tell how many cores there are [captured: 2687 of 2687]. */
		bool tells = t->enable_mask >> cna->op_enable_bit & 1;

		fetch = (tells ? group : 0) << RKR_FLD_PC_REGISTER_AMOUNTS_SYNC_CORES_M1_SHIFT |
			rkr_regcmd_pc_amount(to->regcfg_amount);
		base = rkr_qword_encode(RKR_TARGET_PC, (uint32_t)to->regcmd_addr, RKR_REG_PC_BASE_ADDRESS);
	}
	if (old && (next == SIZE_MAX || !rkr_network_is_separator(v->n, next)))
		fetch |= rkr_network_is_separator(v->n, task) ? OLD_AMOUNTS_SEPARATOR : OLD_AMOUNTS;
	compare_word(v, task, base, tail[0]);
	compare_word(v, task, rkr_qword_encode(RKR_TARGET_PC, fetch, RKR_REG_PC_REGISTER_AMOUNTS), tail[1]);
	compare_word(v, task, rkr_qword_encode(RKR_TARGET_MARK, 0, 0), tail[2]);
	compare_word(v, task, rkr_qword_encode(RKR_TARGET_OP_EN, t->enable_mask, RKR_REG_PC_OPERATION_ENABLE),
		     tail[3]);
}

void
rkg_verify_chain(struct rkg_verifier *v)
{
	uint64_t place = rkr_network_task(v->n, 0)->regcmd_addr;
	bool old = is_old(v->n);

	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		struct rkr_task_span list = rkr_network_list(v->n, l);
		size_t before = SIZE_MAX;

		for (size_t i = list.first; i < list.first + list.n; i++) {
			if (rkr_network_original(v->n, i) != i)
				continue;
			const struct rkr_task *t = rkr_network_task(v->n, i);

			v->at->n_records++;
			if (before != SIZE_MAX)
				compare_tail(v, before, i, rkr_network_list_group(l), old);
			before = i;
			/*
			 * Records lie in the order of the table, each on 64 bytes [captured:
			 * 4136 of 4136].
			 */
			if (t->regcmd_addr != place)
				rkg_find(v, &(struct rkg_finding){ RKG_FINDING_PLACE, i, 0, place,
								   t->regcmd_addr });
			place = t->regcmd_addr + 8 * rkr_regcmd_stride(t->regcfg_amount);
		}
		if (before != SIZE_MAX)
			compare_tail(v, before, SIZE_MAX, rkr_network_list_group(l), old);
	}
}
