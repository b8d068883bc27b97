/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/regcmd.h"
#include "lib/util.h"
#include "rknn-priv.h"
#include "rknn.h"

/*
 * The graph: tensors, operators and relocations of the container's FlatBuffer.
 * Which field is what is known by what is in it [captured: 11 files of
 * compilers 2.3.0 to 2.3.2]: a relocation's value is that of its word, each
 * word that holds an address has one, and its tensor is among those that the
 * task's operator names. Only resizes have more: the map with a border, and
 * weights and bias of each phase, are the compiler's own, named after the
 * operator's output; their relocations name them, and what is computed with
 * them is the resize. [captured: 14 operators, 300 constants]
 */

enum {
	TENSOR_KIND = 2,    /* 8 bits */
	TENSOR_NAME = 5,    /* text */
	TENSOR_BYTES = 12,  /* 32 bits */
	TENSOR_AT = 13,     /* 32 bits: where the vendor's runtime has it in BO internal */
	TENSOR_BUFFER = 18, /* 32 bits: number of the file's buffer */
	OP_INPUTS = 4,      /* tensors */
	OP_OUTPUTS = 5,     /* tensors */
	OP_TASKS = 10,      /* tasks in each list of the task table */
	RELOC_NAME = 0,     /* text: of the tensor */
	RELOC_WORDS = 1,    /* 64 bits each: value, and above it the number of the word */
	RELOC_COUNTS = 2,   /* 64 bits each: 1, and above it the program, from 0 */
};

/* Kinds of tensor that matter here. */
enum { KIND_INPUT = 1, KIND_OUTPUT = 2, KIND_REGCMD = 9 };

/* More are no model: the largest at hand has 774 tensors and 3868 relocations. */
#define TENSORS_MAX 65536
#define WORDS_MAX (1u << 24)

/* A name of the file, to look tensors up by. */
struct name {
	const uint8_t *p;
	size_t len;
	uint32_t tensor;
};

struct reader {
	struct rkp_bytes b;
	size_t graph, buffers, n_buffers;
	struct rkr_graph g;
	struct name *names; /* ascending */
	uint32_t *at;       /* of each tensor, TENSOR_AT */
	struct rkr_error *err;
};

static int
damaged(struct reader *r, const char *what)
{
	return rkr_fail(r->err, -EINVAL, "copy the model again", "its graph contradicts itself: %s", what);
}

static uint64_t
number_field(const struct reader *r, size_t table, unsigned field, size_t size)
{
	size_t at;
	uint64_t v;

	return rkp_flat_field(&r->b, table, field, &at) && rkp_flat_number(&r->b, at, size, &v) ? v : 0;
}

static struct rkp_span
buffer_of(const struct reader *r, uint64_t nth)
{
	size_t table;

	if (nth >= r->n_buffers || !rkp_flat_follow(&r->b, r->buffers + 4 * (size_t)nth, &table))
		return (struct rkp_span){ 0 };
	return rkp_flat_bytes(&r->b, table, RKP_BUFFER_DATA);
}

static void
copy_name(char *to, size_t size, const struct name *name)
{
	size_t n = name->len < size - 1 ? name->len : size - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = (char)(name->p[i] > 0x20 && name->p[i] < 0x7f ? name->p[i] : '?');
	to[n] = '\0';
}

static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = n ? memcmp(x->p, y->p, n) : 0;

	return c ? c : (x->len > y->len) - (x->len < y->len);
}

static void
read_tensor(struct reader *r, size_t table, uint32_t i)
{
	struct rkr_tensor *t = &r->g.tensors[i];
	struct rkp_span name = rkp_flat_bytes(&r->b, table, TENSOR_NAME);
	uint64_t kind = number_field(r, table, TENSOR_KIND, 1);
	struct rkp_span data = buffer_of(r, number_field(r, table, TENSOR_BUFFER, 4));

	r->names[i] = (struct name){ r->b.p + name.off, name.len, i };
	copy_name(t->name, sizeof(t->name), &r->names[i]);
	t->bytes = number_field(r, table, TENSOR_BYTES, 4);
	t->memory = i;
	r->at[i] = (uint32_t)number_field(r, table, TENSOR_AT, 4);
	t->role = kind == KIND_INPUT    ? RKR_TENSOR_INPUT
		  : kind == KIND_OUTPUT ? RKR_TENSOR_OUTPUT
					: RKR_TENSOR_INTERNAL;
	if (kind == KIND_REGCMD) {
		r->g.regcmd = r->b.p + data.off;
		r->g.regcmd_words = data.len / 8;
	}
	if (data.len) {
		t->role = RKR_TENSOR_CONSTANT;
		t->data = r->b.p + data.off;
		t->bytes = data.len;
	}
}

static int
read_tensors(struct reader *r)
{
	size_t at, n;

	if (!rkp_flat_vector(&r->b, r->graph, RKP_GRAPH_TENSORS, 4, &at, &n) || !n || n > TENSORS_MAX)
		return rkr_fail(r->err, -ENODATA, NULL, "the model tells of no tensors");
	r->g.tensors = calloc(n, sizeof(*r->g.tensors));
	r->names = calloc(n, sizeof(*r->names));
	r->at = calloc(n, sizeof(*r->at));
	if (!r->g.tensors || !r->names || !r->at)
		return -ENOMEM;
	r->g.n_tensors = n;
	for (size_t i = 0; i < n; i++) {
		size_t table;

		if (!rkp_flat_follow(&r->b, at + 4 * i, &table))
			return damaged(r, "a tensor is not in the file");
		read_tensor(r, table, (uint32_t)i);
	}
	if (!r->g.regcmd_words)
		return rkr_fail(r->err, -ENODATA, NULL, "the model's graph has no regcmd");
	qsort(r->names, n, sizeof(*r->names), by_name);
	return 0;
}

/* The only element of an operator's list of tensors, or the first. */
static bool
first_tensor(const struct reader *r, size_t op, unsigned field, uint32_t *ret)
{
	size_t at, n;

	if (!rkp_flat_vector(&r->b, op, field, 4, &at, &n) || !n)
		return false;
	*ret = rkp_le32(r->b.p + at);
	return *ret < r->g.n_tensors;
}

/*
 * An operator without tasks, whose output the vendor's runtime has where its
 * input is, hands it on as it is. [captured: 3 transpositions of one surface,
 * which the next operator reads by the output's name]
 */
static void
read_aliases(struct reader *r)
{
	size_t ops, n_ops, op, at, n;
	uint32_t in, out;

	if (!rkp_flat_vector(&r->b, r->graph, RKP_GRAPH_OPS, 4, &ops, &n_ops))
		return;
	for (size_t i = 0; i < n_ops; i++) {
		if (!rkp_flat_follow(&r->b, ops + 4 * i, &op) ||
		    !rkp_flat_vector(&r->b, op, OP_TASKS, 4, &at, &n) || !n || rkp_le32(r->b.p + at) ||
		    !first_tensor(r, op, OP_INPUTS, &in) || !first_tensor(r, op, OP_OUTPUTS, &out))
			continue;
		if (r->g.tensors[in].role == RKR_TENSOR_INTERNAL && r->at[in] == r->at[out] && in != out &&
		    r->g.tensors[out].role == RKR_TENSOR_INTERNAL && r->g.tensors[out].memory == out)
			r->g.tensors[out].memory = r->g.tensors[in].memory;
	}
}

/* ---- relocations */

static int
find_tensor(struct reader *r, struct rkp_span text, uint32_t *ret)
{
	const struct name key = { r->b.p + text.off, text.len, 0 };
	const struct name *f = bsearch(&key, r->names, r->g.n_tensors, sizeof(*f), by_name);

	if (!f)
		return damaged(r, "an address is that of a tensor which it has not");
	*ret = f->tensor;
	return 0;
}

static int
take_words(struct reader *r, size_t table, size_t *cap)
{
	size_t at, n, counts, n_counts;
	uint32_t tensor = 0;
	int ret = find_tensor(r, rkp_flat_bytes(&r->b, table, RELOC_NAME), &tensor);

	if (ret < 0)
		return ret;
	/* Without counts, words are patched by something other than an address: a table's. */
	if (!rkp_flat_vector(&r->b, table, RELOC_WORDS, 8, &at, &n) ||
	    !rkp_flat_vector(&r->b, table, RELOC_COUNTS, 8, &counts, &n_counts) || !n_counts)
		return 0;
	if (n != n_counts || n > WORDS_MAX - r->g.n_words)
		return damaged(r, "its relocations are not as many as they should be");
	if (rkr_grow((void **)&r->g.words, cap, r->g.n_words + n, sizeof(*r->g.words)) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		uint32_t value = rkp_le32(r->b.p + at + 8 * i), word = rkp_le32(r->b.p + at + 8 * i + 4);

		if (word >= r->g.regcmd_words)
			return damaged(r, "an address is not in the regcmd");
		uint64_t q = rkp_le64(r->g.regcmd + 8 * (uint64_t)word);

		if (!rkr_qword_address_mask(q) || rkr_qword_is_link(q) || rkr_qword_decode(q).value != value)
			return damaged(r, "a word of the regcmd is not what the relocations say");
		r->g.words[r->g.n_words++] = (struct rkr_graph_word){ word, tensor };
	}
	return 0;
}

static int
by_word(const void *a, const void *b)
{
	const struct rkr_graph_word *x = a, *y = b;

	return (x->word > y->word) - (x->word < y->word);
}

static int
read_words(struct reader *r)
{
	size_t at, n, cap = 0;

	if (!rkp_flat_vector(&r->b, r->graph, RKP_GRAPH_RELOCS, 4, &at, &n) || !n || n > TENSORS_MAX)
		return rkr_fail(r->err, -ENODATA, NULL, "the model does not tell where its addresses are");
	for (size_t i = 0; i < n; i++) {
		size_t table;

		if (!rkp_flat_follow(&r->b, at + 4 * i, &table))
			return damaged(r, "a relocation is not in the file");
		int ret = take_words(r, table, &cap);

		if (ret < 0)
			return ret;
	}
	if (!r->g.n_words)
		return rkr_fail(r->err, -ENODATA, "compile it with a compiler of 2.3",
				"the model does not tell where its addresses are");
	qsort(r->g.words, r->g.n_words, sizeof(*r->g.words), by_word);
	for (size_t i = 1; i < r->g.n_words; i++)
		if (r->g.words[i].word == r->g.words[i - 1].word)
			return damaged(r, "a word of the regcmd holds two addresses");
	return 0;
}

int
rkp_rknn_graph(const void *data, size_t len, struct rkr_graph *ret_graph, struct rkr_error *err)
{
	struct rkp_container c = { 0 };
	struct reader r = { .b = { data, len }, .err = err };
	size_t root, graphs, n_graphs;
	int ret = rkp_container_read(&r.b, &c, err);

	free(c.buffers);
	if (ret < 0)
		return ret;
	/* Offsets of the FlatBuffer do not lead out of it; the container says how long it is. */
	r.b.len = RKP_RKNN_HEADER + (size_t)rkp_le64(r.b.p + 16);
	if (!rkp_flat_follow(&r.b, RKP_RKNN_HEADER, &root) ||
	    !rkp_flat_vector(&r.b, root, RKP_ROOT_GRAPHS, 4, &graphs, &n_graphs) || n_graphs != 1 ||
	    !rkp_flat_follow(&r.b, graphs, &r.graph) ||
	    !rkp_flat_vector(&r.b, root, RKP_ROOT_BUFFERS, 4, &r.buffers, &r.n_buffers))
		return rkr_fail(err, -ENODATA, NULL, "the model has no graph");
	ret = read_tensors(&r);
	if (ret == 0)
		ret = read_words(&r);
	if (ret == 0)
		read_aliases(&r);
	free(r.names);
	free(r.at);
	if (ret < 0) {
		rkr_graph_clear(&r.g);
		return ret;
	}
	*ret_graph = r.g;
	return 0;
}
