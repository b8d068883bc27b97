/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "lib/format.h"
#include "lib/utf8.h"
#include "tool.h"

const char *
tool_shown(const char *text, struct tool_room *room)
{
	size_t len = strlen(text), i = 0, n;

	/* Rows of the kernel have tabs, which do no harm. */
	while (i < len && (n = text[i] == '\t' ? 1 : rkr_utf8_length(text + i, len - i)) > 0)
		i += n;
	if (i == len)
		return text;
	rkr_text_format(text, len, room->text, sizeof(room->text));
	return room->text;
}
