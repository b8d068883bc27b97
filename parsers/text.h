/* SPDX-License-Identifier: MIT */
#ifndef RKP_TEXT_H
#define RKP_TEXT_H

/* Characters and short pieces of text, as the readers of rows ask for them. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool
rkp_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
rkp_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A hex digit's value with bit 4 set, or 0. */
static inline unsigned
rkp_hex_digit(char c)
{
	unsigned digit = (unsigned)(unsigned char)c - '0', letter = ((unsigned)(unsigned char)c | 0x20) - 'a';

	return digit < 10 ? 16 + digit : letter < 6 ? 26 + letter : 0;
}

/* What a word is made of. */
static inline bool
rkp_is_word(char c)
{
	return rkp_is_digit(c) || rkp_is_alpha(c) || c == '_';
}

static inline bool
rkp_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline const char *
rkp_skip_blanks(const char *p, const char *end)
{
	while (p < end && rkp_is_blank(*p))
		p++;
	return p;
}

static inline const char *
rkp_skip_spaces(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* Whether [p, end) begins with a text. */
static inline bool
rkp_starts(const char *p, const char *end, const char *text)
{
	/* mostly it does not, by its first byte */
	if (p == end || *p != *text)
		return !*text;
	size_t len = strlen(text);

	return (size_t)(end - p) >= len && memcmp(p, text, len) == 0;
}

/* Where a remark starts that is marked as one: a blank, and an arrow. @end: there is none. */
static inline const char *
rkp_find_remark(const char *p, const char *end)
{
	for (; p < end; p++)
		if (rkp_is_blank(*p) && (rkp_starts(p + 1, end, "<-") || rkp_starts(p + 1, end, "-->") ||
					 rkp_starts(p + 1, end, "\xe2\x86\x90")))
			return p;
	return end;
}

#endif
