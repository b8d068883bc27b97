/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "row-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * Templates to tokens.
 */

#define TYPE(t) (1u << RKR_TYPE_##t)

/* Conversions by name. Digits behind a name are its width. */
static const struct {
	const char *name;
	enum rkp_conv conv;
	unsigned types; /* of the fields that it can fill; 0: it fills none */
} conversions[] = {
	/* with a width, blanks may stand before it: written so that both fill it */
	{ "d", RKP_DEC, TYPE(U32) | TYPE(U64) },
	{ "s", RKP_SIGNED, TYPE(S32) | TYPE(S64) },
	/* an int that was read from a 64-bit register: the upper half may be zero instead of the sign */
	{ "ret", RKP_RETURN, TYPE(S64) },
	/* "0x" and at least so many digits as the width says; without a width, zero may be a bare "0" */
	{ "x", RKP_HEX, TYPE(U32) | TYPE(U64) },
	/* the same with a sign behind the "0x" */
	{ "sx", RKP_SIGNED_HEX, TYPE(U64) | TYPE(S32) },
	{ "X", RKP_UPPER_HEX, TYPE(U32) | TYPE(U64) }, /* written with capitals */
	/* without "0x", and exactly as many digits as a width says */
	{ "h", RKP_BARE_HEX, TYPE(U32) | TYPE(U64) },
	/* a process as strace prints it, and perhaps a time; without a field, neither need be */
	{ "who", RKP_WHO, TYPE(U32) },
	{ "w", RKP_WORD, TYPE(STR) },     /* no blanks; up to the text that follows */
	{ "list", RKP_LIST, TYPE(STR) },  /* numbers with commas between; perhaps none */
	{ "path", RKP_PATH, TYPE(STR) },  /* a word that begins with "/" */
	{ "caps", RKP_CAPITALS, TYPE(STR) }, /* a word of capitals and digits */
	{ "z", RKP_REST, TYPE(STR) },     /* up to the end of the line; perhaps nothing */
	/* up to the text that follows, or to the end of the line; perhaps nothing */
	{ "name", RKP_NAME, TYPE(STR) },
	{ "version", RKP_VERSION, TYPE(STR) }, /* the rest of the line; begins with "version:" */
	{ "date", RKP_DATE, TYPE(STR) },  /* 8 digits */
	{ "t", RKP_TIME, TYPE(TIME) },    /* HH:MM:SS.mmm */
	{ "c", RKP_CHAR, TYPE(CHAR) },    /* one printable character */
	{ "level", RKP_LEVEL, TYPE(CHAR) }, /* of the runtime's rows: one of "DIWE" */
	{ "k", RKP_FRACTION, TYPE(DEC) }, /* at most six decimals */
	{ "stamp", RKP_STAMP, TYPE(DEC) }, /* a time as the kernel prints it: 5 columns and 6 decimals */
	{ "pad", RKP_PAD, 0 },            /* blanks that bring the field before to the width */
	{ "gap", RKP_GAP, 0 },            /* one blank or more */
	{ "blanks", RKP_BLANKS, 0 },      /* perhaps none */
	{ "line", RKP_LINE, 0 },          /* drawn with one character, or with '-' and '+' */
	{ "when", RKP_WHEN, 0 },          /* a time as strace prints it */
	{ "dir", RKP_DIRECTION, 0 },      /* of an ioctl; the driver's are of both */
	{ "aside", RKP_ASIDE, 0 },        /* what stands in () or <>; perhaps nothing */
	{ "note", RKP_NOTE, 0 },          /* what someone wrote behind a row; perhaps nothing */
	{ "cut", RKP_CUT, 0 },            /* the start of a regcmd word's parts; perhaps nothing */
};

static const char *const prefixes[RKP_PREFIX_MAX_] = {
	[RKP_PREFIX_NONE] = "",
	[RKP_PREFIX_RKNN] = "{level:level} RKNN: [{time:t}] ",
	[RKP_PREFIX_KERNEL] = "",
	[RKP_PREFIX_STAMP] = "",
};

struct compiler {
	struct rkp_rows *rows;
	struct rkp_row *row;
	size_t cap_tokens;
	bool in_item;
	bool opens; /* the next token is the first of an item */
};

static int
add_token(struct compiler *c, const struct rkp_token *t)
{
	struct rkp_rows *r = c->rows;

	if (rkr_grow((void **)&r->tokens, &c->cap_tokens, r->n_tokens + 1, sizeof(*r->tokens)) < 0)
		return -ENOMEM;
	r->tokens[r->n_tokens] = *t;
	r->tokens[r->n_tokens++].opens = c->opens;
	c->opens = false;
	c->row->n_tokens++;
	return 0;
}

static void
set_text(struct rkp_token *t, const char *text, size_t len)
{
	t->text = text;
	t->len = (uint16_t)len;
	t->mask = rkp_key_mask(len);
	memcpy(&t->head, text, len < 8 ? len : 8);
	if (len > 8)
		memcpy(&t->tail, text + len - 8, 8);
}

/* The field called [name, end) of the row's kind, noted as one that the row has. -1: there is none. */
static int
find_field(struct compiler *c, const char *name, const char *end)
{
	char copy[64];

	if ((size_t)(end - name) >= sizeof(copy))
		return -1;
	memcpy(copy, name, (size_t)(end - name));
	copy[end - name] = '\0';
	int field = rkr_field_by_name(c->row->shape->kind, copy);

	if (field >= 0)
		c->row->fields |= UINT64_C(1) << field;
	if (field >= 0 && !c->in_item)
		c->row->needs |= UINT64_C(1) << field;
	return field;
}

static uint64_t
field_max(enum rkr_type type)
{
	switch (type) {
	case RKR_TYPE_U32:
		return UINT32_MAX;
	case RKR_TYPE_S32:
		return INT32_MAX;
	case RKR_TYPE_S64:
		return INT64_MAX;
	default:
		return UINT64_MAX;
	}
}

static int
set_conversion(struct compiler *c, struct rkp_token *t, const char *name, const char *end)
{
	const char *digits = end;

	while (digits > name && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	for (const char *d = digits; d < end; d++)
		t->width = (uint8_t)(t->width * 10 + (*d - '0'));
	for (size_t i = 0; i < RKR_ARRAY_LEN(conversions); i++) {
		if (strlen(conversions[i].name) != (size_t)(digits - name) ||
		    memcmp(conversions[i].name, name, (size_t)(digits - name)) != 0)
			continue;
		t->conv = (uint8_t)conversions[i].conv;
		t->max = UINT64_MAX;
		if (t->field < 0)
			return 0;
		enum rkr_type type = rkr_kind_get(c->row->shape->kind)->fields[t->field].type;

		t->max = field_max(type);
		return conversions[i].types & (1u << type) ? 0 : -EINVAL;
	}
	return -EINVAL;
}

/* [p, end): what stands between a pair of braces. */
static int
compile_field(struct compiler *c, const char *p, const char *end)
{
	struct rkp_token t = { .field = -1 };
	bool key = *p == '=';
	const char *name = p + key, *sep = name;

	while (sep < end && *sep != ':' && *sep != '=' && *sep != '!')
		sep++;
	if (sep == end)
		return -EINVAL;
	/* Of a row that is skipped, no record keeps a field: its prefix has some. */
	if (sep > name && c->row->shape->op != RKP_SKIP) {
		t.field = (int8_t)find_field(c, name, sep);
		if (t.field < 0)
			return -EINVAL;
	}
	if (key)
		c->row->keys |= UINT64_C(1) << t.field;
	if (*sep == ':')
		return set_conversion(c, &t, sep + 1, end) < 0 ? -EINVAL : add_token(c, &t);

	t.conv = *sep == '=' ? RKP_CONSTANT : RKP_SILENT;
	set_text(&t, sep + 1, (size_t)(end - sep - 1));
	if (rkr_kind_get(c->row->shape->kind)->fields[t.field].type != RKR_TYPE_STR)
		return -EINVAL;
	return add_token(c, &t);
}

/* A bracket of a loose row: 1 if there is one at @p, 0 if not, or -EINVAL. */
static int
compile_bracket(struct compiler *c, const char *p)
{
	if (!c->row->shape->loose || (*p != '[' && *p != ']') || (*p == ']' && !c->in_item) ||
	    (*p == '[' && p[1] == '['))
		return 0;
	if (c->in_item == (*p == '[') || c->opens)
		return -EINVAL;
	c->in_item = c->opens = *p == '[';
	return 1;
}

static int
compile_template(struct compiler *c, const char *p)
{
	bool loose = c->row->shape->loose;

	while (*p) {
		const char *end = strpbrk(p, loose ? "{[]" : "{");
		int r = compile_bracket(c, p);

		if (r < 0)
			return r;
		if (r > 0) {
			p++;
			continue;
		}
		if (p[0] == '{' && p[1] != '{') {
			end = strchr(p, '}');
			if (!end)
				return -EINVAL;
			r = compile_field(c, p + 1, end);
			p = end + 1;
		} else {
			/* A doubled brace ends a piece of text with the first of the two. */
			bool brace;

			if (loose && (*p == ']' || (*p == '[' && *++p)))
				end = strpbrk(p + 1, "{[]");
			brace = end && end[0] == '{' && end[1] == '{';
			struct rkp_token t = { .conv = RKP_LITERAL, .field = -1 };

			if (!end)
				end = p + strlen(p);
			set_text(&t, p, (size_t)(end - p) + brace);
			r = add_token(c, &t);
			p = end + 2 * brace;
		}
		if (r < 0)
			return r;
	}
	return c->in_item ? -EINVAL : 0;
}

static uint16_t
rule_number(struct rkp_rows *rows, const char *name)
{
	for (uint16_t i = 0; i < rows->n_rules; i++)
		if (strcmp(rows->rules[i], name) == 0)
			return i;
	rows->rules[rows->n_rules] = name;
	return rows->n_rules++;
}

static bool
has_texts(const struct rkp_row *row)
{
	const struct rkr_kind_desc *k = rkr_kind_get(row->shape->kind);

	for (size_t i = 0; i < k->n_fields; i++)
		if ((row->fields >> i & 1) && k->fields[i].type == RKR_TYPE_STR)
			return true;
	return false;
}

/* The stamp that a row begins with as its own, or "". */
static const char *
own_stamp(const struct rkp_shape *shape)
{
	static const char *const stamps[] = { "[{time:stamp}] ", "[{:stamp}] " };

	for (size_t i = 0; i < RKR_ARRAY_LEN(stamps); i++)
		if (shape->prefix == RKP_PREFIX_NONE &&
		    strncmp(shape->text, stamps[i], strlen(stamps[i])) == 0)
			return stamps[i];
	return "";
}

/* What the prefix of a kernel log gives is not in the row's own text. */
static int
set_stamps(struct rkp_row *row)
{
	static const char *const names[] = { "time", "date", "device" };
	enum rkp_prefix prefix = row->shape->prefix;
	int n = prefix == RKP_PREFIX_KERNEL ? 3 : prefix == RKP_PREFIX_NONE ? 0 : 2;

	if (row->shape->op == RKP_SKIP || (!row->shape->loose && !row->shape->tag))
		return 0;
	for (int i = 0; i < n; i++) {
		const char *name = prefix == RKP_PREFIX_RKNN && i == 1 ? "level" : names[i];

		/* prefix.c relies on their place */
		if (rkr_field_by_name(row->shape->kind, name) != i)
			return -EINVAL;
		row->stamps |= UINT64_C(1) << i;
	}
	row->fields |= row->stamps;
	return 0;
}

static void
set_kind(struct rkp_row *row)
{
	const struct rkr_kind_desc *k = rkr_kind_get(row->shape->kind);

	_Static_assert(RKR_FIELDS_MAX <= UINT8_MAX, "fields are counted in a byte");
	row->n_fields = (uint8_t)k->n_fields;
	row->stream = (uint8_t)k->stream;
	row->gem_field = (int8_t)rkr_field_by_name(row->shape->kind, "gem");
}

static int
compile_row(struct compiler *c, const struct rkp_shape *shape)
{
	struct rkp_rows *rows = c->rows;
	struct rkp_row *row = c->row = &rows->rows[rows->n_rows];
	const char *stamp = own_stamp(shape), *prefix = *stamp ? stamp : prefixes[shape->prefix];
	size_t first = rows->n_tokens;

	*row = (struct rkp_row){
		.shape = shape, .number = (uint16_t)rows->n_rows, .gem_field = -1, .rest = -1
	};
	c->in_item = c->opens = false;
	if (shape->op == RKP_SKIP)
		row->rule = rule_number(rows, shape->rule);
	else
		set_kind(row);
	/* a prefix that may be missing is none of the row's tokens */
	int r = shape->loose || shape->tag ? 0 : compile_template(c, prefix);

	if (r < 0)
		return r;
	row->prefix = (uint8_t)(*stamp ? RKP_PREFIX_STAMP : shape->prefix);
	row->n_prefix = row->n_tokens;
	r = compile_template(c, shape->text + strlen(stamp));
	if (r < 0)
		return r;
	const struct rkp_token *body = &rows->tokens[first + row->n_prefix],
			       *last = &rows->tokens[rows->n_tokens - 1];

	if (set_stamps(row) < 0)
		return -EINVAL;
	if (shape->loose && last->conv == RKP_REST)
		row->rest = last->field;
	/* The kernel writes lines as a whole. */
	row->ends_free = (last->conv == RKP_REST || last->conv == RKP_WORD || last->conv == RKP_NAME) &&
			 shape->prefix < RKP_PREFIX_KERNEL;
	/* What the capture scripts print starts in column one with a capital or "=". */
	row->splices = shape->op != RKP_SKIP && !shape->loose && !shape->tag &&
		       shape->prefix == RKP_PREFIX_NONE && shape->format != RKP_FORMAT_TRACER &&
		       (body->conv == RKP_LITERAL || body->conv == RKP_CONSTANT) &&
		       ((body->text[0] >= 'A' && body->text[0] <= 'Z') || body->text[0] == '=');
	const struct rkp_token *start = &rows->tokens[first];

	row->number_first = (start->conv == RKP_WHO && start->field >= 0) || start->conv == RKP_WHEN ||
			    start->conv == RKP_SIGNED ||
			    start->conv == RKP_DEC;
	row->fields |= rkp_qword_gives(shape->kind, row->fields);
	/* Rows that others are found by hold numbers only, so that joining them copies no text. */
	if ((shape->op == RKP_ADDS || shape->op == RKP_CLOSES) && has_texts(row))
		return -EINVAL;
	if (shape->op == RKP_CLOSES)
		rows->closes[shape->kind] |= row->fields & ~row->keys;
	if (shape->op == RKP_ADDS)
		rows->adds[shape->kind] |= row->fields;
	rows->n_rows++;
	return 0;
}

/* Tokens no longer move: point the rows at theirs, and constants at their text. */
static void
settle_tokens(struct rkp_rows *rows)
{
	const struct rkp_token *t = rows->tokens;

	for (size_t i = 0; i < rows->n_tokens; i++)
		rows->tokens[i].constant = (struct rkr_blob){ rows->tokens[i].text, rows->tokens[i].len };
	for (size_t i = 0; i < rows->n_rows; i++) {
		rows->rows[i].tokens = t;
		t += rows->rows[i].n_tokens;
	}
}

static int
compile_table(struct compiler *c, const struct rkp_table *table, const char **ret_wrong)
{
	for (size_t i = 0; i < table->n; i++) {
		int r = compile_row(c, &table->shapes[i]);

		if (r == -EINVAL && ret_wrong)
			*ret_wrong = table->shapes[i].text;
		if (r < 0)
			return r;
	}
	return 0;
}

static int
compile_all(struct rkp_rows *rows, const char **ret_wrong)
{
	struct compiler c = { .rows = rows };
	size_t n = 0;

	for (size_t i = 0; i < rkp_n_tables; i++)
		n += rkp_tables[i]->n;
	/* Row numbers are kept in 16 bits. */
	rows->rows = n > UINT16_MAX ? NULL : calloc(n, sizeof(*rows->rows));
	rows->rules = calloc(n + 1, sizeof(*rows->rules));
	rows->next_loose = calloc(n, sizeof(*rows->next_loose));
	rows->tagged = calloc(n, sizeof(*rows->tagged));
	if (!rows->rows || !rows->rules || !rows->next_loose || !rows->tagged)
		return -ENOMEM;
	for (size_t i = 0; i < rkp_n_tables; i++) {
		int r = compile_table(&c, rkp_tables[i], ret_wrong);

		if (r < 0)
			return r;
	}
	settle_tokens(rows);
	if (rkp_index_start(rows) < 0)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		int r = rkp_index_row(rows, i);

		if (r < 0 && ret_wrong)
			*ret_wrong = rows->rows[i].shape->text;
		if (r < 0)
			return r;
	}
	return 0;
}

int
rkp_rows_new(struct rkp_rows **ret_rows, const char **ret_wrong)
{
	struct rkp_rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		return -ENOMEM;
	int r = compile_all(rows, ret_wrong);

	if (r < 0) {
		rkp_rows_free(rows);
		return r;
	}
	*ret_rows = rows;
	return 0;
}

void
rkp_rows_free(struct rkp_rows *rows)
{
	if (!rows)
		return;
	free(rows->tokens);
	free(rows->rows);
	free(rows->rules);
	free(rows->next_loose);
	free(rows->tagged);
	free(rows);
}

size_t
rkp_rows_count(const struct rkp_rows *rows)
{
	return rows->n_rows;
}

const struct rkp_row *
rkp_rows_get(const struct rkp_rows *rows, size_t i)
{
	return &rows->rows[i];
}

uint64_t
rkp_rows_done(const struct rkp_rows *rows, enum rkr_kind kind)
{
	return rows->closes[kind] ? rows->closes[kind] : rows->adds[kind];
}

const char *
rkp_rows_rule(const struct rkp_rows *rows, size_t i)
{
	return i < rows->n_rules ? rows->rules[i] : NULL;
}
