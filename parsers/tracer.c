/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "read-priv.h"

#include <string.h>

#include "lib/regcmd.h"
#include "lib/util.h"

/*
 * Pieces of what tracers print, and what the parts of a regcmd word make.
 */

static const char *
read_digits(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && rkp_is_digit(*p))
		p++;
	return p > from ? p : NULL;
}

/* A whole number, and maybe a fraction, as strace's times are: 1.000001. */
static const char *
read_seconds(const char *p, const char *end)
{
	p = read_digits(p, end);
	return p && p < end && *p == '.' ? read_digits(p + 1, end) : NULL;
}

static const char *
read_clock(const char *p, const char *end)
{
	for (size_t i = 0; i < 8; i++)
		if (end - p <= 8 || (i % 3 == 2 ? p[i] != ':' : !rkp_is_digit(p[i])))
			return NULL;
	if (p[8] != '.')
		return p + 8;
	return read_digits(p + 9, end);
}

/* Options -t, -tt, -ttt and -r of strace: a clock, or seconds; with the blank behind. */
static const char *
read_when(const char *p, const char *end)
{
	const char *to = read_clock(p, end);

	if (!to)
		to = read_seconds(rkp_skip_spaces(p, end), end);
	return to && to < end && *to == ' ' ? to + 1 : NULL;
}

/* "8274  " or "[pid  8274] ", and perhaps a time. */
static const char *
read_who(const char *p, const char *end, uint64_t max, uint64_t *ret)
{
	static const char bracket[] = "[pid ";
	size_t len = strlen(bracket);
	bool bracketed = end - p > (ptrdiff_t)len && memcmp(p, bracket, len) == 0;
	const char *to;

	p = rkp_read_dec(bracketed ? rkp_skip_spaces(p + len, end) : p, end, max, ret);
	if (bracketed && p)
		p = p < end && *p == ']' ? p + 1 : NULL;
	if (!p || p == end || *p != ' ')
		return NULL;
	p = rkp_skip_spaces(p, end);
	to = read_when(p, end);
	return to ? to : p;
}

static const char *
read_direction(const char *p, const char *end)
{
	static const char *const names[] = { "_IOC_READ|_IOC_WRITE", "_IOC_NONE", "_IOC_READ", "_IOC_WRITE" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);

		if ((size_t)(end - p) >= len && memcmp(p, names[i], len) == 0)
			return p + len;
	}
	return NULL;
}

/* Any number of (...) and <...>, each perhaps with a blank before it. */
static const char *
read_aside(const char *p, const char *end)
{
	for (;;) {
		const char *from = p < end && *p == ' ' ? p + 1 : p;
		char open = from < end ? *from : '\0', close = open == '(' ? ')' : '>';
		size_t depth = 0;

		if (open != '(' && open != '<')
			return p;
		for (; from < end; from++) {
			depth += *from == open;
			depth -= *from == close;
			if (!depth)
				break;
		}
		if (from == end)
			return NULL;
		p = from + 1;
	}
}

/* Blanks, and then an arrow or what no program prints. */
static const char *
read_note(const char *p, const char *end)
{
	const char *from = rkp_skip_spaces(p, end);
	size_t left = (size_t)(end - from);

	if (!left)
		return end;
	if (from == p)
		return NULL;
	bool arrow = (left >= 2 && memcmp(from, "<-", 2) == 0) || (left >= 3 && memcmp(from, "-->", 3) == 0);

	return arrow || (unsigned char)*from >= 0x80 ? end : NULL;
}

/* The parts that follow a word, if they are cut off somewhere. */
static const char *
read_cut(const char *p, const char *end)
{
	static const char parts[] = " ( op: 0x0000 reg: 0x0000 value: 0x00000000 )";
	size_t n = (size_t)(end - p);

	for (size_t i = 0; i < n; i++)
		if (i + 1 >= strlen(parts) || (p[i] != parts[i] && (parts[i] != '0' || !rkp_hex_digit(p[i]))))
			return NULL;
	return end;
}

const char *
rkp_read_traced(const struct rkp_token *t, const char *p, const char *end, struct rkp_values *ret)
{
	uint64_t u;

	switch (t->conv) {
	case RKP_WHEN:
		return read_when(p, end);
	case RKP_DIRECTION:
		return read_direction(p, end);
	case RKP_ASIDE:
		return read_aside(p, end);
	case RKP_NOTE:
		return read_note(p, end);
	case RKP_CUT:
		return read_cut(p, end);
	default: /* RKP_WHO */
		break;
	}
	const char *to = read_who(p, end, t->max, &u);

	if (t->field >= 0 && to)
		rkr_set_u(&ret->rec, t->field, u);
	if (t->field < 0 && !to)
		to = read_when(p, end);
	return to || t->field >= 0 ? to : p;
}

#define QWORD_BIT(f) (UINT64_C(1) << RKR_F_regcmd_qword_##f)
#define QWORD_PARTS (QWORD_BIT(target) | QWORD_BIT(reg) | QWORD_BIT(value))

uint64_t
rkp_qword_gives(enum rkr_kind kind, uint64_t fields)
{
	if (kind != RKR_KIND_regcmd_qword)
		return 0;
	if (fields & QWORD_BIT(qword))
		return QWORD_PARTS;
	return (fields & QWORD_PARTS) == QWORD_PARTS ? QWORD_BIT(qword) : 0;
}

bool
rkp_complete_qword(struct rkr_record *rec)
{
	const struct rkr_qword q = rkr_qword_decode(rkr_get_u(rec, RKR_F_regcmd_qword_qword));
	const struct {
		int field;
		uint64_t part;
	} parts[] = {
		{ RKR_F_regcmd_qword_target, q.target },
		{ RKR_F_regcmd_qword_reg, q.offset },
		{ RKR_F_regcmd_qword_value, q.value },
	};
	uint64_t target = rkr_get_u(rec, RKR_F_regcmd_qword_target);
	uint64_t reg = rkr_get_u(rec, RKR_F_regcmd_qword_reg);
	uint64_t value = rkr_get_u(rec, RKR_F_regcmd_qword_value);

	if (target > UINT16_MAX || reg > UINT16_MAX)
		return false;
	if (!rkr_has(rec, RKR_F_regcmd_qword_qword)) {
		if ((rec->present & QWORD_PARTS) == QWORD_PARTS)
			rkr_set_u(rec, RKR_F_regcmd_qword_qword,
				  rkr_qword_encode((uint16_t)target, (uint32_t)value, (uint16_t)reg));
		return true;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(parts); i++) {
		if (rkr_has(rec, parts[i].field) && rkr_get_u(rec, parts[i].field) != parts[i].part)
			return false;
		rkr_set_u(rec, parts[i].field, parts[i].part);
	}
	return true;
}
