/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model-submit.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "place-model-priv.h"

/* The program of a placed model: what is submitted, and the regcmd and tasks, with their addresses. */

/* ---- Submits */

static int
add_submit(struct rkx_model *m, const struct rkx_model_submit *s)
{
	if (rkr_grow((void **)&m->submits, &m->cap_submits, m->n_submits + 1, sizeof(*m->submits)) < 0)
		return -ENOMEM;
	m->submits[m->n_submits++] = *s;
	return 0;
}

/* A run of operators that the cores share: each core's slice, and the separator that ends it. */
static int
add_run(struct rkx_model *m, size_t first_list, unsigned cores, size_t nth, struct rkr_error *err)
{
	struct rkx_model_submit s = { .cores = cores };

	for (unsigned c = 0; c < cores; c++) {
		size_t n;
		const struct rkr_network_run *runs = rkr_network_runs(m->network, first_list + c, &n);

		if (nth >= n || !runs[nth].tasks.n)
			return rkr_fail(err, -EOPNOTSUPP, NULL,
					"run %zu of the program for %u cores has none for core %u", nth,
					cores, c);
		s.span[c] = (struct rkr_task_span){ runs[nth].tasks.first, runs[nth].tasks.n + 1 };
	}
	return add_submit(m, &s);
}

static int
add_shared(struct rkx_model *m, size_t first_list, unsigned cores, struct rkr_error *err)
{
	const struct rkr_task_span list = rkr_network_list(m->network, first_list);
	size_t n, at = list.first;
	const struct rkr_network_run *runs = rkr_network_runs(m->network, first_list, &n);
	int r = 0;

	for (size_t i = 0; i <= n && r == 0; i++) {
		const size_t next = i < n ? runs[i].tasks.first : list.first + list.n;

		/* What is left between runs is one core's. */
		if (next > at)
			r = add_submit(m, &(struct rkx_model_submit){ 1, { { at, next - at } } });
		if (i < n && r == 0) {
			r = add_run(m, first_list, cores, i, err);
			at = runs[i].tasks.first + runs[i].tasks.n + 1;
		}
	}
	return r;
}

int
rkx_model_make_submits(struct rkx_model *m, unsigned cores, struct rkr_error *err)
{
	static const size_t first_list[] = { 0, 1, 3 };
	static const struct rkx_inference inferences[] = {
		{ "network", "where the buffers of a network lie is ours: no board has run it so" },
		{ "network-cores",
		  "a submit for each run of shared operators, one of core 0 for what is between, "
		  "links cleared: inferred, no board has run it so" },
	};
	const size_t list = first_list[cores - 1];
	int r;

	m->program = rkr_network_list(m->network, list);
	for (unsigned c = 1; c < cores; c++)
		m->program.n += rkr_network_list(m->network, list + c).n;
	if (!m->program.n)
		return rkr_fail(err, -EOPNOTSUPP, NULL, "the model has no program for %u cores", cores);
	r = cores == 1 ? add_submit(m, &(struct rkx_model_submit){ 1, { m->program } })
		       : add_shared(m, list, cores, err);
	for (size_t i = 0; i < m->n_submits && r == 0; i++)
		for (unsigned c = 0; c < m->submits[i].cores; c++)
			if (m->submits[i].span[c].n > RKR_TASKS_PER_COMMIT)
				return rkr_fail(err, -EOPNOTSUPP, NULL,
						"a submit of %zu tasks is more than one commit takes",
						m->submits[i].span[c].n);
	m->inference = inferences[cores > 1];
	return r;
}

/* ---- Words */

/* What a task of any program counts as, to find where tensors are: its operator's first, or itself. */
static size_t
order_of(const struct rkx_model *m, size_t task)
{
	size_t original = rkr_network_original(m->network, task);

	if (original < m->n_tasks)
		return original;
	for (size_t i = 0; i < m->n_tasks; i++)
		if (m->tasks[i].task.op_idx == rkr_network_task(m->network, task)->op_idx)
			return i;
	return 0;
}

static void
set_value(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[2 + i] = (uint8_t)(value >> (8 * i));
}

static int
place_word(const struct rkx_model *m, size_t task, size_t order, uint64_t word, uint8_t *at,
	   struct rkr_qword q, struct rkr_error *err)
{
	uint32_t tensor = rkr_graph_tensor_at(m->graph, word);
	enum rkx_buffer b = RKX_SOURCE;
	char name[64];

	if (tensor != UINT32_MAX) {
		tensor = m->graph->tensors[tensor].memory;
		bool writes = rkx_buffer_of(q.offset, &b) && b == RKX_OUTPUT;
		uint64_t base = rkr_run_bo(m->run, m->bo[m->tensors[tensor].bo])->dma +
				rkx_model_tensor_at(m, tensor, order, writes);

		set_value(at, (uint32_t)(q.value + base));
		return 0;
	}
	if (q.value) {
		rkr_qword_name(rkr_qword_encode(q.target, q.value, q.offset), name, sizeof(name));
		return rkr_fail(err, -EOPNOTSUPP, NULL, "task %zu: no tensor is known that %s points into",
				task, name);
	}
	/*
	 * The load of a table is a copy of one pixel, and nobody says from and
	 * to where [captured: 38 of 38]. It gets a page. What convolves has no
	 * such source.
	 */
	if (q.offset == RKR_REG_DPU_DST_BASE_ADDR || (q.offset == RKR_REG_DPU_RDMA_RDMA_SRC_BASE_ADDR &&
						      !(rkr_network_task(m->network, task)->enable_mask & 1)))
		set_value(at, (uint32_t)(rkr_run_bo(m->run, m->bo[RKX_BO_INTERNAL])->dma + m->scratch));
	return 0;
}

/* The tail of a record that ends a submit leads nowhere. */
static void
unlink_record(uint8_t *tail)
{
	memset(tail, 0, 8);
	set_value(tail + 8, 0);
}

static int
place_record(const struct rkx_model *m, size_t task, uint8_t *regcmd, struct rkr_error *err)
{
	const struct rkr_task *t = rkr_network_task(m->network, task);
	const uint64_t from = t->regcmd_addr / 8, n = (uint64_t)t->regcfg_amount + RKR_REGCMD_TAIL;
	const uint32_t base = (uint32_t)rkr_run_bo(m->run, m->bo[RKX_BO_REGCMD])->dma;
	const size_t order = order_of(m, task);
	int r = 0;

	if (t->regcmd_addr % 8 || from > m->graph->regcmd_words || n > m->graph->regcmd_words - from)
		return rkr_fail(err, -ENODATA, NULL, "task %zu: its record is not in the regcmd", task);
	for (uint64_t k = 0; k < n && r == 0; k++) {
		uint8_t *at = regcmd + 8 * (from + k);
		uint64_t word = 0;

		for (unsigned i = 0; i < 8; i++)
			word |= (uint64_t)at[i] << (8 * i);
		const struct rkr_qword q = rkr_qword_decode(word);

		if (!rkr_qword_address_mask(word))
			continue;
		if (!rkr_qword_is_link(word))
			r = place_word(m, task, order, from + k, at, q, err);
		else if (q.value)
			set_value(at, q.value + base);
	}
	return r;
}

static int
write_tasks(struct rkx_model *m)
{
	const uint64_t base = rkr_run_bo(m->run, m->bo[RKX_BO_REGCMD])->dma;
	int r = 0;

	for (size_t i = 0; i < m->program.n && r == 0; i++) {
		struct rkr_task task = *rkr_network_task(m->network, m->program.first + i);
		uint8_t bytes[RKR_TASK_BYTES];

		task.regcmd_addr += base;
		rkr_task_encode(&task, bytes);
		r = rkr_run_write(m->run, m->bo[RKX_BO_TASKS], i * RKR_TASK_BYTES, bytes, sizeof(bytes),
				  RKR_EVIDENCE_GENERATED, SIZE_MAX);
	}
	return r;
}

int
rkx_model_write_program(struct rkx_model *m, struct rkr_error *err)
{
	const uint64_t bytes = 8 * m->graph->regcmd_words;
	_autofree_ uint8_t *regcmd = malloc(bytes + 1);
	int r = regcmd ? 0 : -ENOMEM;

	if (r == 0)
		memcpy(regcmd, m->graph->regcmd, bytes);
	for (size_t i = 0; i < rkr_network_n_tasks(m->network) && r == 0; i++)
		if (rkr_network_original(m->network, i) == i)
			r = place_record(m, i, regcmd, err);
	for (size_t i = 0; i < m->n_submits && r == 0; i++)
		for (unsigned c = 0; c < m->submits[i].cores; c++) {
			const struct rkr_task_span span = m->submits[i].span[c];
			const struct rkr_task *last = rkr_network_task(m->network, span.first + span.n - 1);

			unlink_record(regcmd + last->regcmd_addr + 8 * (uint64_t)last->regcfg_amount);
		}
	if (r == 0)
		r = rkr_run_write(m->run, m->bo[RKX_BO_REGCMD], 0, regcmd, bytes, RKR_EVIDENCE_GENERATED,
				  SIZE_MAX);
	return r < 0 ? r : write_tasks(m);
}
