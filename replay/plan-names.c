/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "plan-names.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_ 48

unsigned
rkx_name_distance(const char *a, const char *b)
{
	unsigned row[NAME_MAX_ + 1];
	size_t na = strnlen(a, NAME_MAX_), nb = strnlen(b, NAME_MAX_);

	for (size_t k = 0; k <= nb; k++)
		row[k] = (unsigned)k;
	for (size_t i = 1; i <= na; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t k = 1; k <= nb; k++) {
			unsigned same = toupper((unsigned char)a[i - 1]) == toupper((unsigned char)b[k - 1]);
			unsigned best = diagonal + !same;

			if (row[k] + 1 < best)
				best = row[k] + 1;
			if (row[k - 1] + 1 < best)
				best = row[k - 1] + 1;
			diagonal = row[k];
			row[k] = best;
		}
	}
	return row[nb];
}

/* The nearest name so far. */
struct nearest {
	const char *wanted;
	char text[2 * NAME_MAX_];
	unsigned distance;
};

static void
offer(struct nearest *n, const char *name, const char *text_block)
{
	unsigned d = rkx_name_distance(n->wanted, name);
	size_t len = strlen(n->wanted);

	/* The start of a name is as good as a slip of a letter. */
	if (d > 1 && len >= 3 && strncmp(name, n->wanted, len) == 0)
		d = 1;
	if (d >= n->distance)
		return;
	n->distance = d;
	snprintf(n->text, sizeof(n->text), "%s%s%s", text_block, text_block[0] ? "." : "", name);
}

static const char *
answer(const struct nearest *n, char *buf, size_t size)
{
	/* Half the letters wrong is another name. */
	if (!n->text[0] || n->distance > 1 + strlen(n->wanted) / 2)
		return NULL;
	snprintf(buf, size, "did you mean %s?", n->text);
	return buf;
}

const char *
rkx_near_register(const char *block, const char *reg, char *buf, size_t size)
{
	struct nearest n = { .wanted = reg, .distance = ~0u };
	size_t n_blocks;
	const struct rkr_reg_block *b = rkr_reg_blocks(&n_blocks);
	bool known = false;

	for (size_t i = 0; i < n_blocks; i++)
		known = known || strcmp(b[i].name, block) == 0;
	/* In the block that was named, or, if there is none, in those that a regcmd can write. */
	for (size_t i = 0; i < n_blocks; i++)
		for (size_t k = 0;
		     k < b[i].n_regs && (known ? strcmp(b[i].name, block) == 0 : b[i].qword_target != 0); k++)
			offer(&n, b[i].regs[k].name, b[i].name);
	return answer(&n, buf, size);
}

const char *
rkx_near_field(const struct rkr_reg *reg, const char *field, char *buf, size_t size)
{
	struct nearest n = { .wanted = field, .distance = ~0u };

	for (size_t i = 0; i < reg->n_fields; i++)
		offer(&n, reg->fields[i].name, "");
	return answer(&n, buf, size);
}

const char *
rkx_near_kind(const char *kind, char *buf, size_t size)
{
	struct nearest n = { .wanted = kind, .distance = ~0u };

	for (int k = 0; k < RKR_KIND_MAX_; k++)
		if (rkr_kind_get((enum rkr_kind)k)->stream == RKR_STREAM_CALLS)
			offer(&n, rkr_kind_get((enum rkr_kind)k)->name, "");
	offer(&n, rkr_kind_get(RKR_KIND_task)->name, "");
	return answer(&n, buf, size);
}

const char *
rkx_near_record_field(enum rkr_kind kind, const char *field, char *buf, size_t size)
{
	struct nearest n = { .wanted = field, .distance = ~0u };
	const struct rkr_kind_desc *k = rkr_kind_get(kind);

	for (size_t i = 0; i < k->n_fields; i++)
		if (k->fields[i].cls == RKR_CLASS_PLAIN)
			offer(&n, k->fields[i].name, "");
	return answer(&n, buf, size);
}
