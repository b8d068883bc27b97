/* SPDX-License-Identifier: MIT */
#ifndef RKR_UTF8_H
#define RKR_UTF8_H

#include <stddef.h>

/**
 * The length of the printable UTF-8 character at @s, of which @len bytes may
 * be read, or 0: control characters, overlong forms, surrogates and values
 * above U+10FFFF are none.
 */
static inline size_t
rkr_utf8_length(const char *s, size_t len)
{
	static const struct {
		unsigned char lead_from, lead_to, second_from, second_to, len;
	} forms[] = {
		{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, { 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *u = (const unsigned char *)s;

	if (len && u[0] >= 0x20 && u[0] < 0x7f)
		return 1;
	for (size_t i = 0; len && i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (u[0] < forms[i].lead_from || u[0] > forms[i].lead_to)
			continue;
		if (len < forms[i].len || u[1] < forms[i].second_from || u[1] > forms[i].second_to)
			return 0;
		for (size_t k = 2; k < forms[i].len; k++)
			if ((u[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].len;
	}
	return 0;
}

#endif
