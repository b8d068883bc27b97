/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "parser-priv.h"

#include <errno.h>
#include <string.h>

#include "lib/util.h"

/*
 * Bytes to lines, and the interface of the parser.
 */

int
rkp_parser_new_with(const struct rkp_rows *rows, uint32_t file, const struct rkp_sink *sink,
		    struct rkp_parser **ret_parser)
{
	struct rkp_parser *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->sink = *sink;
	p->file = file;
	p->rows = rows;
	p->window.ticket = p->held = p->head.ticket = RKP_NO_TICKET;
	for (size_t i = 0; i < RKR_ARRAY_LEN(p->opened); i++)
		p->opened[i] = RKP_NO_TICKET;
	p->table_next = UINT64_MAX;
	p->window.limit = RKP_WINDOW_WORDS;
	p->queue.data = p;
	p->queue.leave = rkp_leave;
	if (rkp_habits_new(rows, &p->habits) < 0 || rkp_queue_init(&p->queue) < 0) {
		rkp_parser_free(p);
		return -ENOMEM;
	}
	for (size_t i = 0; i < RKP_RULES_MAX; i++)
		p->acc.rule[i].name = rkp_rows_rule(p->rows, i);
	*ret_parser = p;
	return 0;
}

int
rkp_parser_new(uint32_t file, const struct rkp_sink *sink, struct rkp_parser **ret_parser)
{
	struct rkp_rows *rows;

	if (rkp_rows_new(&rows, NULL) < 0)
		return -ENOMEM;
	int r = rkp_parser_new_with(rows, file, sink, ret_parser);

	if (r < 0)
		rkp_rows_free(rows);
	else
		(*ret_parser)->own_rows = rows;
	return r;
}

void
rkp_parser_free(struct rkp_parser *p)
{
	if (!p)
		return;
	rkp_rows_free(p->own_rows);
	rkp_queue_fini(&p->queue);
	rkp_habits_free(p->habits);
	free(p->window.words);
	free(p->head.text);
	free(p->wrap.text);
	free(p->carry);
	free(p);
}

/* The line that ends here, @bytes long with its end. @text holds @len bytes of it. */
static int
end_line(struct rkp_parser *p, const char *text, size_t len, uint64_t bytes, bool too_long)
{
	struct rkp_line line = {
		.text = text,
		.text_end = text + len,
		.number = ++p->acc.lines,
		.start = p->offset,
		.end = p->offset + bytes,
	};

	p->offset += bytes;
	p->acc.bytes += bytes;
	if (too_long) {
		/* what is not kept is the rest of no line, and no line goes on behind it */
		int r = rkp_end_lines(p);

		return r < 0 ? r : rkp_take_stretch(p, NULL, text, len, line.number, line.start, line.end);
	}
	if (len && text[len - 1] == '\r')
		line.text_end--;
	return rkp_take_line(p, &line);
}

/* Keep a part of a line. Of one that is too long, what a sink is shown is enough. */
static int
carry(struct rkp_parser *p, const char *data, size_t len)
{
	p->line_bytes += len;
	if (p->too_long)
		return 0;
	if (len > RKP_LINE_MAX - p->carry_len) {
		p->too_long = true;
		if (p->carry_len >= RKP_STRETCH_TEXT)
			return 0;
		len = RKP_STRETCH_TEXT - p->carry_len;
	}
	if (rkr_grow((void **)&p->carry, &p->carry_cap, p->carry_len + len, 1) < 0)
		return -ENOMEM;
	memcpy(p->carry + p->carry_len, data, len);
	p->carry_len += len;
	return 0;
}

static int
end_carried(struct rkp_parser *p, size_t newline)
{
	uint64_t bytes = p->line_bytes + newline;
	size_t len = p->carry_len;
	bool too_long = p->too_long;

	p->line_bytes = 0;
	p->carry_len = 0;
	p->too_long = false;
	return end_line(p, p->carry, len, bytes, too_long);
}

static int
feed(struct rkp_parser *p, const char *data, size_t len)
{
	const char *end = data + len;
	int r = 0;

	while (r >= 0 && data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		size_t n = (size_t)((newline ? newline : end) - data);

		if (newline && !p->line_bytes) {
			p->window.row = NULL;
			r = end_line(p, data, n, n + 1, n > RKP_LINE_MAX);
			if (r >= 0 && p->window.row) {
				r = rkp_take_qwords(p, data, n, end, &data);
				continue;
			}
		} else {
			r = carry(p, data, n);
			if (r >= 0 && newline)
				r = end_carried(p, 1);
		}
		data = newline ? newline + 1 : end;
	}
	return r;
}

int
rkp_parser_feed(struct rkp_parser *p, const void *data, size_t len)
{
	if (p->finished)
		return -EINVAL;
	if (p->failed == 0) {
		int r = len ? feed(p, data, len) : 0;

		p->failed = r < 0 ? r : 0;
	}
	return p->failed;
}

int
rkp_parser_finish(struct rkp_parser *p)
{
	int r = p->failed;

	if (p->finished)
		return r;
	p->finished = true;
	if (r == 0 && p->line_bytes)
		r = end_carried(p, 0);
	if (r == 0)
		r = rkp_end_lines(p);
	if (r == 0)
		r = rkp_finish_records(p);
	p->failed = r < 0 ? r : 0;
	return p->failed;
}

const struct rkp_accounting *
rkp_parser_accounting(const struct rkp_parser *p)
{
	return &p->acc;
}
