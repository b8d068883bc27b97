/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/regs-ids.h"
#include "network-priv.h"
#include "regcmd.h"
#include "util.h"

/* From a task table to operators, lists and runs. */

/* Tasks, and words of all records, that a network may have: 1722 and 129448 are the most at hand. */
#define TASKS_MAX (1 << 14)
#define WORDS_MAX (1 << 24)

/* ---- Records */

struct place {
	uint64_t addr;
	size_t task;
};

static int
by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* Tasks that lead to the same record are told by the first of them. */
static int
find_originals(struct rkr_network *n)
{
	_autofree_ struct place *places = calloc(n->n_tasks, sizeof(*places));

	if (!places)
		return -ENOMEM;
	for (size_t i = 0; i < n->n_tasks; i++)
		places[i] = (struct place){ n->tasks[i].task.regcmd_addr, i };
	qsort(places, n->n_tasks, sizeof(*places), by_place);
	for (size_t i = 0; i < n->n_tasks; i++) {
		bool same = i > 0 && places[i].addr == places[i - 1].addr;

		n->tasks[places[i].task].original =
			same ? n->tasks[places[i - 1].task].original : places[i].task;
	}
	return 0;
}

static int
read_record(struct rkr_network *n, const struct rkr_run *run, struct rkr_network_task *t)
{
	struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, t->task.regcmd_addr, SIZE_MAX);
	size_t words = t->task.regcfg_amount + (size_t)RKR_REGCMD_TAIL;
	uint8_t *bytes = (uint8_t *)(n->words + t->words);

	if (ref.state != RKR_REF_BO || rkr_run_read(run, ref.bo, ref.addend, bytes, 8 * words) < 0)
		return -ENODATA;
	for (size_t i = 0; i < words; i++) {
		uint64_t v = 0;

		for (size_t k = 0; k < 8; k++)
			v |= (uint64_t)bytes[8 * i + k] << (8 * k);
		n->words[t->words + i] = v;
	}
	return 0;
}

static int
read_tasks(struct rkr_network *n, const struct rkr_run *run, struct rkr_error *err)
{
	size_t n_words = 0;
	int r = 0;

	n->n_tasks = rkr_run_n_tasks(run);
	if (!n->n_tasks)
		return rkr_fail(err, -ENODATA, NULL, "the run shows no task table");
	if (n->n_tasks > TASKS_MAX)
		return rkr_fail(err, -EOPNOTSUPP, NULL, "it has %zu tasks", n->n_tasks);
	n->tasks = calloc(n->n_tasks, sizeof(*n->tasks));
	if (!n->tasks)
		return -ENOMEM;
	for (size_t i = 0; i < n->n_tasks; i++)
		if (rkr_run_task(run, i, &n->tasks[i].task) < 0)
			return rkr_fail(err, -ENODATA, NULL, "task %zu of the table is not known", i);
	r = find_originals(n);
	for (size_t i = 0; i < n->n_tasks && r == 0; i++) {
		struct rkr_network_task *t = &n->tasks[i];

		if (t->original < i) {
			t->words = n->tasks[t->original].words;
			continue;
		}
		t->words = n_words;
		n_words += t->task.regcfg_amount + (uint64_t)RKR_REGCMD_TAIL;
		if (n_words > WORDS_MAX)
			return rkr_fail(err, -EOPNOTSUPP, NULL, "its records have more than %d words",
					WORDS_MAX);
	}
	n->n_words = n_words;
	n->words = malloc((n_words + 1) * sizeof(*n->words));
	if (!n->words || r < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n->n_tasks; i++) {
		struct rkr_network_task *t = &n->tasks[i];

		if (t->original < i && t->task.regcfg_amount != n->tasks[t->original].task.regcfg_amount)
			return rkr_fail(err, -EOPNOTSUPP, NULL,
					"tasks %zu and %zu lead to one record of two lengths", t->original,
					i);
		if (t->original == i && read_record(n, run, t) < 0)
			return rkr_fail(err, -ENODATA, NULL, "the record of task %zu is not known", i);
	}
	return 0;
}

/* ---- Lists */

static bool
is_ppu(const struct rkr_network_task *t)
{
	const struct rkr_reg_block *block;

	rkr_reg_by_offset(RKR_REG_PPU_DATA_CUBE_IN_WIDTH, &block);
	return t->task.enable_mask >> block->op_enable_bit & 1;
}

static bool
convolves(const struct rkr_network_task *t)
{
	const struct rkr_reg_block *block;

	rkr_reg_by_offset(RKR_REG_CNA_CONV_CON1, &block);
	return t->task.enable_mask >> block->op_enable_bit & 1;
}

/*
 * Whether a convolution's record is of a program for several cores: what most
 * of three say. It tells how the work is split, its tail how many cores there
 * are, and it has no lead in front of the pointers.
 */
static bool
is_of_several(const struct rkr_network *n, const struct rkr_network_task *t)
{
	const uint64_t *words = n->words + t->words;
	uint32_t amounts = rkr_qword_decode(words[t->task.regcfg_amount + 1]).value;
	bool split = false;

	if (!convolves(t))
		return false;
	for (size_t i = 0; i < t->task.regcfg_amount; i++) {
		struct rkr_qword q = rkr_qword_decode(words[i]);

		if (q.offset == RKR_REG_CNA_CONV_CON2)
			split = q.value >> RKR_FLD_CNA_CONV_CON2_CORE_SPLIT_SHIFT &
				RKR_FLD_CNA_CONV_CON2_CORE_SPLIT_MASK;
	}
	return split +
		       ((amounts >> RKR_FLD_PC_REGISTER_AMOUNTS_SYNC_CORES_M1_SHIFT &
			 RKR_FLD_PC_REGISTER_AMOUNTS_SYNC_CORES_M1_MASK) != 0) +
		       (rkr_qword_decode(words[0]).offset == RKR_REG_DPU_S_POINTER) >=
	       2;
}

/* How many tasks up to @end are of the operator of task @end - 1, without a gap. */
static size_t
streak(const struct rkr_network *n, size_t start, size_t end)
{
	size_t i = end;

	while (i > start && n->tasks[i - 1].task.op_idx == n->tasks[end - 1].task.op_idx)
		i--;
	return end - i;
}

/* How many tasks of an operator the first list has. */
static size_t
count_first(const struct rkr_network *n, size_t n_first, uint32_t op_idx)
{
	size_t count = 0;

	for (size_t i = 0; i < n_first; i++)
		count += n->tasks[i].task.op_idx == op_idx;
	return count;
}

/*
 * Whether a new list starts with task @i: operators go up within a list. With
 * a single operator its separator ends the list; what stands again, or is for
 * several cores, is not the first list's any more. Without a separator, cores
 * have as many records each of what does not convolve as one core alone
 * [captured: 110 operators].
 *
 * @start  first task of the list at hand
 */
static bool
starts_list(const struct rkr_network *n, size_t i, size_t start, size_t n_first)
{
	const struct rkr_network_task *t = &n->tasks[i], *before = t - 1;

	if (t->task.op_idx != before->task.op_idx)
		return t->task.op_idx < before->task.op_idx;
	if (start == 0)
		return t->original < i || (n->tasks[0].task.op_idx == t->task.op_idx && is_of_several(n, t));
	if (t->original == i && before->original == i - 1 && !is_ppu(before) && !is_ppu(t) && !convolves(t))
		return streak(n, start, i) == count_first(n, n_first, t->task.op_idx);
	return before->original == i - 1 ? is_ppu(before) && !is_ppu(t) :
					 /* The same aliases once more: the program for one more core. */
		       t->original <= before->original;
}

static int
find_lists(struct rkr_network *n, struct rkr_error *err)
{
	struct rkr_task_span found[RKR_NETWORK_LISTS] = { { 0, 0 } };
	size_t n_found = 1;

	for (size_t i = 0; i < n->n_tasks; i++) {
		if (i > 0 && starts_list(n, i, found[n_found - 1].first, found[0].n)) {
			if (n_found == RKR_NETWORK_LISTS)
				return rkr_fail(
					err, -EOPNOTSUPP, NULL,
					"its task table is not made of programs for one, two and three "
					"cores");
			found[n_found++].first = i;
		}
		found[n_found - 1].n++;
	}
	/* If cores share nothing, there is a list of aliases for each program. */
	if (n_found == RKR_NETWORK_LISTS / 2) {
		n->lists[0] = found[0];
		n->lists[1] = found[1];
		n->lists[3] = found[2];
	} else if (n_found == RKR_NETWORK_LISTS) {
		for (size_t i = 0; i < n_found; i++)
			n->lists[i] = found[i];
	} else {
		return rkr_fail(
			err, -EOPNOTSUPP, NULL,
			"its task table has %zu lists, not those of programs for one, two and three cores",
			n_found);
	}
	for (size_t l = 1; l < RKR_NETWORK_LISTS; l++)
		for (size_t i = 0; i < n->lists[l].n; i++) {
			struct rkr_network_task *t = &n->tasks[n->lists[l].first + i];

			t->separator = is_ppu(t) && t->original == n->lists[l].first + i;
		}
	return 0;
}

/* ---- Operators */

static int
find_ops(struct rkr_network *n)
{
	n->ops = calloc(n->lists[0].n + 1, sizeof(*n->ops));
	if (!n->ops)
		return -ENOMEM;
	for (size_t i = 0; i < n->lists[0].n; i++) {
		const struct rkr_network_task *t = &n->tasks[i];
		struct rkr_op *last = n->n_ops ? &n->ops[n->n_ops - 1] : NULL;

		if (!last || last->op_idx != t->task.op_idx || last->kind != (enum rkr_op_kind)t->kind) {
			last = &n->ops[n->n_ops++];
			*last = (struct rkr_op){ .op_idx = t->task.op_idx, .kind = t->kind, .first = i };
		}
		last->n_tasks++;
	}
	return 0;
}

/* Whose records a list's task is, among the operators of its number: those in the list are in order. */
static int
find_spans(struct rkr_network *n)
{
	n->spans = calloc(n->n_ops * RKR_NETWORK_LISTS + 1, sizeof(*n->spans));
	if (!n->spans)
		return -ENOMEM;
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++) {
		size_t op = 0;

		for (size_t i = n->lists[l].first; i < n->lists[l].first + n->lists[l].n; i++) {
			const struct rkr_network_task *t = &n->tasks[i];

			if (t->separator)
				continue;
			while (op < n->n_ops && (n->ops[op].op_idx < t->task.op_idx ||
						 (n->ops[op].op_idx == t->task.op_idx &&
						  n->ops[op].kind != (enum rkr_op_kind)t->kind)))
				op++;
			if (op == n->n_ops || n->ops[op].op_idx != t->task.op_idx)
				break;
			struct rkr_task_span *s = &n->spans[op * RKR_NETWORK_LISTS + l];

			if (s->n++ == 0)
				s->first = i;
			n->ops[op].split[rkr_network_list_group(l)] |= l > 0 && t->original == i;
		}
	}
	return 0;
}

/* ---- Runs */

static int
find_runs(struct rkr_network *n)
{
	for (size_t l = 1; l < RKR_NETWORK_LISTS; l++) {
		const struct rkr_task_span *list = &n->lists[l];
		struct rkr_network_run run = { { 0, 0 }, 0, 0 };

		n->runs[l] = calloc(list->n + 1, sizeof(*n->runs[l]));
		if (!n->runs[l])
			return -ENOMEM;
		for (size_t i = list->first; i < list->first + list->n; i++) {
			const struct rkr_network_task *t = &n->tasks[i];

			if (t->original != i)
				continue;
			if (t->separator) {
				n->runs[l][n->n_runs[l]++] = run;
				run.tasks.n = 0;
				continue;
			}
			if (run.tasks.n++ == 0) {
				run.tasks.first = i;
				run.first_op = t->task.op_idx;
			}
			run.last_op = t->task.op_idx;
		}
	}
	return 0;
}

int
rkr_network_new(const struct rkr_run *run, struct rkr_network **ret_network, struct rkr_error *err)
{
	const struct rkr_blob *chip = rkr_run_other_chip(run);
	struct rkr_network *n;

	if (chip)
		return rkr_fail(err, -EOPNOTSUPP, "show --regcmd tells them by target and offset",
				"the registers of chip '%.*s' are not known",
				(int)(chip->len < 32 ? chip->len : 32), (const char *)chip->data);
	n = calloc(1, sizeof(*n));
	if (!n)
		return rkr_fail(err, -ENOMEM, NULL, "out of memory");
	int r = read_tasks(n, run, err);

	if (r == 0)
		r = find_lists(n, err);
	if (r == 0) {
		rkr_network_classify(n);
		r = find_ops(n);
	}
	if (r == 0)
		r = find_spans(n);
	if (r == 0)
		r = find_runs(n);
	for (size_t i = 0; i < n->n_ops && r == 0; i++) {
		if (rkr_op_convolves(n->ops[i].kind))
			rkr_network_measure_conv(n, i);
		else if (n->ops[i].kind == RKR_OP_POOL)
			rkr_network_measure_pool(n, i);
		else
			rkr_network_measure_map(n, i);
	}
	if (r == -ENOMEM)
		rkr_fail(err, r, NULL, "out of memory");
	if (r < 0)
		rkr_network_free(n);
	else
		*ret_network = n;
	return r;
}

void
rkr_network_free(struct rkr_network *n)
{
	if (!n)
		return;
	for (size_t l = 0; l < RKR_NETWORK_LISTS; l++)
		free(n->runs[l]);
	free(n->spans);
	free(n->ops);
	free(n->words);
	free(n->tasks);
	free(n);
}

/* ---- What callers ask */

const struct rkr_op *
rkr_network_ops(const struct rkr_network *n, size_t *ret_n)
{
	*ret_n = n->n_ops;
	return n->ops;
}

struct rkr_task_span
rkr_network_list(const struct rkr_network *n, size_t list)
{
	return n->lists[list];
}

const struct rkr_network_run *
rkr_network_runs(const struct rkr_network *n, size_t list, size_t *ret_n)
{
	*ret_n = n->n_runs[list];
	return n->runs[list];
}

size_t
rkr_network_n_tasks(const struct rkr_network *n)
{
	return n->n_tasks;
}

const struct rkr_task *
rkr_network_task(const struct rkr_network *n, size_t task)
{
	return &n->tasks[task].task;
}

const uint64_t *
rkr_network_words(const struct rkr_network *n, size_t task, size_t *ret_n)
{
	*ret_n = n->tasks[task].task.regcfg_amount;
	return n->words + n->tasks[task].words;
}

bool
rkr_network_is_separator(const struct rkr_network *n, size_t task)
{
	return n->tasks[task].separator;
}

unsigned
rkr_network_signature(const struct rkr_network *n, size_t task)
{
	return n->tasks[task].signature;
}

size_t
rkr_network_original(const struct rkr_network *n, size_t task)
{
	return n->tasks[task].original;
}

struct rkr_task_span
rkr_network_op_tasks(const struct rkr_network *n, size_t op, size_t list)
{
	return n->spans[op * RKR_NETWORK_LISTS + list];
}
