/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/rknn-common.h"

#include <stdlib.h>
#include <string.h>

#include "lib/digest.h"
#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "lib/util.h"
#include "tests/common.h"

/* What a model has around its parts; all offsets of a FlatBuffer lead forward. */
#define HEADER 64
#define SLACK 65536
#define PART 64

/* ---- bytes ---- */

uint64_t
model_word(const struct model_file *m, size_t at, size_t bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes; i++)
		v |= (uint64_t)m->data[at + i] << (8 * i);
	return v;
}

void
model_set_word(struct model_file *m, size_t at, size_t bytes, uint64_t value)
{
	for (size_t i = 0; i < bytes; i++)
		m->data[at + i] = (uint8_t)(value >> (8 * i));
}

/* The offset at @at leads to @to. */
static void
point(struct model_file *m, size_t at, size_t to)
{
	model_set_word(m, at, 4, to - at);
}

/* A table with @n fields of @width bytes, behind its layout. Returns where it is; *at is past it. */
static size_t
put_table(struct model_file *m, size_t *at, size_t n, size_t width)
{
	size_t layout = rkr_align_up(*at, 4), table = rkr_align_up(layout + 4 + 2 * n, 8) + 4;

	model_set_word(m, layout, 2, 4 + 2 * n);
	model_set_word(m, layout + 2, 2, 4 + width * n);
	for (size_t i = 0; i < n; i++)
		model_set_word(m, layout + 4 + 2 * i, 2, 0);
	model_set_word(m, table, 4, table - layout);
	*at = table + 4 + width * n;
	return table;
}

/* Say that a table has this field. Returns where its value is. */
static size_t
field(struct model_file *m, size_t table, size_t i, size_t width)
{
	size_t layout = table - model_word(m, table, 4);

	model_set_word(m, layout + 4 + 2 * i, 2, 4 + width * i);
	return table + 4 + width * i;
}

/* A vector of @n elements of @size bytes, whose first is aligned. Returns where its length is. */
static size_t
put_vector(struct model_file *m, size_t *at, size_t n, size_t size, size_t align)
{
	size_t first = rkr_align_up(*at + 4, align);

	model_set_word(m, first - 4, 4, n);
	*at = first + n * size;
	return first - 4;
}

static void
put_text(struct model_file *m, size_t *at, size_t value, const char *text)
{
	size_t v = put_vector(m, at, strlen(text), 1, 4);

	memcpy(m->data + v + 4, text, strlen(text));
	point(m, value, v);
}

/* ---- parts of the run ---- */

static const struct rkr_region *
region(const struct rkr_run *run, enum rkr_region_kind kind)
{
	const struct rkr_region *r = rkr_run_region(run, kind);

	ck_assert_ptr_nonnull(r);
	return r;
}

/* A word of the regcmd as a compiler leaves it: addresses are offsets of their buffers, those of the PPU 0. */
static uint64_t
relative(const struct rkr_run *run, const struct rkr_region *r, uint64_t word, unsigned *ret_tensor)
{
	uint32_t mask = rkr_qword_address_mask(word);
	struct rkr_qword q = rkr_qword_decode(word);
	struct rkr_ref ref = rkr_run_resolve(run, RKR_SPACE_DMA, q.value & mask, SIZE_MAX);

	*ret_tensor = N_TENSORS;
	if (!mask || ref.state != RKR_REF_BO)
		return word;
	const char *role = rkr_run_bo(run, ref.bo)->role;
	uint64_t offset = rkr_qword_is_link(word) ? ref.addend - r->offset : ref.addend;

	if (!rkr_qword_is_link(word))
		*ret_tensor = strcmp(role, "input") == 0    ? TENSOR_INPUT
			      : strcmp(role, "output") == 0 ? TENSOR_OUTPUT
							    : TENSOR_WEIGHTS;
	if (q.target == RKR_TARGET_PPU || q.target == RKR_TARGET_PPU_RDMA) {
		*ret_tensor = q.target == RKR_TARGET_PPU ? TENSOR_SCRATCH : TENSOR_HANDED;
		offset = 0;
	}
	return rkr_qword_encode(q.target, (q.value & ~mask) | (uint32_t)offset, q.offset);
}

static void
put_regcmd(struct model_file *m, const struct rkr_run *run)
{
	const struct rkr_region *r = region(run, RKR_REGION_REGCMD);
	unsigned tensor;

	ck_assert_int_eq(rkr_run_read(run, r->bo, r->offset, m->data + m->regcmd, r->size), 0);
	for (size_t o = 0; o < r->size; o += 8)
		model_set_word(m, m->regcmd + o, 8,
			       relative(run, r, model_word(m, m->regcmd + o, 8), &tensor));
}

/* The root table's fields, as real models have them. */
enum { GENERATION = 1, GRAPHS = 2, COMPILER = 7, PLATFORM = 8, SIZES = 19, BUFFERS = 20, ROOT_FIELDS = 22 };
enum { TENSORS = 0, OPS = 1, RELOCS = 7, STARTS = 10, GRAPH_FIELDS = 17 };
enum { KIND = 2, NAME = 5, BYTES = 12, PLACE = 13, BUFFER = 18, TENSOR_FIELDS = 19 };
enum { INPUTS = 4, OUTPUTS = 5, OP_TASKS = 10, OP_FIELDS = 11 };
enum { RELOC_NAME, RELOC_WORDS, RELOC_COUNTS, RELOC_FIELDS };
enum { CONSTANTS, REGCMD, TASKS, N_BUFFERS };

static const struct {
	const char *name;
	unsigned kind, bytes, place, buffer; /* the first buffer is empty */
} tensors[N_TENSORS] = {
	[TENSOR_INPUT] = { "in", 1, 1 << 18, 0, 0 },
	[TENSOR_OUTPUT] = { "out", 2, 1 << 18, 4096, 0 },
	[TENSOR_WEIGHTS] = { "weights", 4, 0, 0, CONSTANTS + 1 },
	[TENSOR_SCRATCH] = { "scratch", 3, 1, 8192, 0 },
	[TENSOR_HANDED] = { "handed", 3, 1024, 8192, 0 },
	[TENSOR_REGCMD] = { "regcmd", 9, 0, 0, REGCMD + 1 },
};

static void
put_number(struct model_file *m, size_t table, size_t i, uint64_t value)
{
	model_set_word(m, field(m, table, i, 4), 4, value);
}

static void
put_tensors(struct model_file *m, size_t *at, size_t value)
{
	size_t v = put_vector(m, at, N_TENSORS, 4, 4);

	point(m, value, v);
	for (size_t i = 0; i < N_TENSORS; i++) {
		size_t t = put_table(m, at, TENSOR_FIELDS, 4);

		point(m, v + 4 + 4 * i, t);
		put_text(m, at, field(m, t, NAME, 4), tensors[i].name);
		put_number(m, t, KIND, tensors[i].kind);
		put_number(m, t, BYTES, tensors[i].bytes);
		put_number(m, t, PLACE, tensors[i].place);
		put_number(m, t, BUFFER, tensors[i].buffer);
	}
}

static void
put_list(struct model_file *m, size_t *at, size_t value, uint32_t element)
{
	size_t v = put_vector(m, at, 1, 4, 4);

	point(m, value, v);
	model_set_word(m, v + 4, 4, element);
}

/* One operator without tasks; those with tasks say nothing that anyone reads. */
static void
put_ops(struct model_file *m, size_t *at, size_t value)
{
	size_t v = put_vector(m, at, 1, 4, 4), op = put_table(m, at, OP_FIELDS, 4);

	point(m, value, v);
	point(m, v + 4, op);
	put_list(m, at, field(m, op, INPUTS, 4), TENSOR_SCRATCH);
	put_list(m, at, field(m, op, OUTPUTS, 4), TENSOR_HANDED);
	put_list(m, at, field(m, op, OP_TASKS, 4), 0);
}

static void
put_relocs(struct model_file *m, size_t *at, size_t value, const struct rkr_run *run)
{
	const struct rkr_region *r = region(run, RKR_REGION_REGCMD);
	const size_t n_words = r->size / 8, n_relocs = RKR_ARRAY_LEN(m->relocs);
	size_t v = put_vector(m, at, n_relocs, 4, 4);

	point(m, value, v);
	for (size_t i = 0; i < n_relocs; i++) {
		size_t t = put_table(m, at, RELOC_FIELDS, 4), n = 0, words, counts;
		uint64_t of[512];

		point(m, v + 4 + 4 * i, t);
		put_text(m, at, field(m, t, RELOC_NAME, 4), tensors[i].name);
		for (size_t k = 0; k < n_words; k++) {
			uint8_t b[8];
			uint64_t word = 0;
			unsigned tensor;

			ck_assert_int_eq(rkr_run_read(run, r->bo, r->offset + 8 * k, b, 8), 0);
			for (size_t j = 0; j < 8; j++)
				word |= (uint64_t)b[j] << (8 * j);
			word = relative(run, r, word, &tensor);
			ck_assert_uint_lt(n, RKR_ARRAY_LEN(of));
			if (tensor == i)
				of[n++] = (uint64_t)k << 32 | rkr_qword_decode(word).value;
		}
		words = put_vector(m, at, n, 8, 8);
		point(m, field(m, t, RELOC_WORDS, 4), words);
		counts = put_vector(m, at, n, 8, 8);
		point(m, field(m, t, RELOC_COUNTS, 4), counts);
		m->relocs[i] = words + 4;
		for (size_t k = 0; k < n; k++) {
			model_set_word(m, words + 4 + 8 * k, 8, of[k]);
			model_set_word(m, counts + 4 + 8 * k, 8, 1);
		}
	}
}

static void
put_graph(struct model_file *m, size_t *at, size_t value, const struct model_options *options,
	  const struct rkr_run *run)
{
	size_t graphs = put_vector(m, at, 1, 4, 4), graph = put_table(m, at, GRAPH_FIELDS, 4), v;

	point(m, value, graphs);
	point(m, graphs + 4, graph);
	value = field(m, graph, STARTS, 4);
	v = put_vector(m, at, 5, 4, 4);
	point(m, value, v);
	/* Three programs: of one task, two tasks, and the rest, if nothing else is asked for. */
	model_set_word(m, v + 16, 4, options->starts[0] ? options->starts[0] : 1);
	model_set_word(m, v + 20, 4, options->starts[0] ? options->starts[1] : 2);
	if (!options->graph)
		return;
	put_tensors(m, at, field(m, graph, TENSORS, 4));
	put_ops(m, at, field(m, graph, OPS, 4));
	put_relocs(m, at, field(m, graph, RELOCS, 4), run);
}

static void
noise(struct model_file *m, size_t from, size_t to, uint64_t seed)
{
	struct test_random random = { seed };

	for (size_t i = from; i < to && seed; i++)
		m->data[i] = (uint8_t)(test_random_next(&random) >> 32);
}

struct model_file
model_write(const struct rkr_run *run, const struct model_options *options)
{
	const struct rkr_region *regcmd = region(run, RKR_REGION_REGCMD),
				*tasks = region(run, RKR_REGION_TASKS_REL);
	struct model_file m = {
		.regcmd_len = regcmd->size,
		.weights_len = regcmd->offset - (options->other_constants ? 64 : 0),
		.n_tasks = tasks->size / RKR_TASK_BYTES,
	};
	size_t at = HEADER + 8, vector[N_BUFFERS], buffer[N_BUFFERS];

	m.len = SLACK + options->shift + regcmd->size + tasks->size + m.weights_len + 4 * PART;
	m.data = calloc(1, m.len);
	ck_assert_ptr_nonnull(m.data);

	size_t root = put_table(&m, &at, ROOT_FIELDS, 4);

	put_text(&m, &at, field(&m, root, GENERATION, 4), "RKNPU test");
	put_text(&m, &at, field(&m, root, COMPILER, 4),
		 options->compiler ? options->compiler : "9.9.9(test)");
	put_text(&m, &at, field(&m, root, PLATFORM, 4), options->platform ? options->platform : "rk3588");
	put_graph(&m, &at, field(&m, root, GRAPHS, 4), options, run);

	size_t value = field(&m, root, SIZES, 4), sizes = put_table(&m, &at, 2, 8);

	point(&m, value, sizes);
	m.constant_bytes = field(&m, sizes, 0, 8);
	model_set_word(&m, m.constant_bytes, 8, regcmd->offset);
	value = field(&m, root, BUFFERS, 4);

	/* An empty buffer comes first, as in real models. */
	size_t buffers = put_vector(&m, &at, N_BUFFERS + 1, 4, 4), none = put_table(&m, &at, 1, 4);

	point(&m, value, buffers);
	point(&m, buffers + 4, none);
	for (size_t i = 0; i < N_BUFFERS; i++) {
		buffer[i] = put_table(&m, &at, 1, 4);
		point(&m, buffers + 8 + 4 * i, buffer[i]);
	}
	noise(&m, at, at + options->shift, options->seed);
	at += options->shift;
	/* Aligned to 4 only, if the bytes are shifted: a reader may not count on more. */
	vector[TASKS] = put_vector(&m, &at, tasks->size, 1, options->shift ? 4 : PART);
	vector[REGCMD] = put_vector(&m, &at, regcmd->size, 1, options->shift ? 4 : PART);
	vector[CONSTANTS] = put_vector(&m, &at, m.weights_len, 1, options->shift ? 4 : PART);
	for (size_t i = 0; i < N_BUFFERS; i++)
		point(&m, field(&m, buffer[i], 0, 4), vector[i]);
	m.tasks = vector[TASKS] + 4;
	m.regcmd = vector[REGCMD] + 4;
	m.weights = vector[CONSTANTS] + 4;
	noise(&m, m.weights, m.weights + m.weights_len, options->seed);
	ck_assert_int_eq(rkr_run_read(run, tasks->bo, tasks->offset, m.data + m.tasks, tasks->size), 0);
	put_regcmd(&m, run);

	memcpy(m.data, "RKNN", 4);
	model_set_word(&m, 8, 8, 6);
	model_set_word(&m, 16, 8, at - HEADER);
	point(&m, HEADER, options->no_tables ? at : root);
	/* Behind it stands a text that nobody needs. */
	memset(m.data + at, '{', m.len - at);
	return m;
}
