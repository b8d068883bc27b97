/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "prefix.h"
#include "row-priv.h"
#include "text.h"

#include <stdio.h>
#include <string.h>

#include "lib/util.h"

#define STAMP_DIGITS 6
#define STAMP_WIDTH 5
#define SECONDS_MAX ((uint64_t)1000000000000)
/* A name of a device, as people retype it: perhaps with one blank instead of the dot. */
#define DEVICE_MAX 40

const char *
rkp_read_seconds(const char *p, const char *end, uint64_t *ret)
{
	uint64_t v = 0, part = 0;
	const char *from = p;
	int digits = 0;

	for (; p < end && rkp_is_digit(*p) && v < SECONDS_MAX; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (p == from || p == end || *p != '.')
		return NULL;
	for (p++; p < end && rkp_is_digit(*p) && digits < STAMP_DIGITS; p++, digits++)
		part = part * 10 + (uint64_t)(*p - '0');
	if (!digits)
		return NULL;
	for (; digits < STAMP_DIGITS; digits++)
		part *= 10;
	*ret = v * 1000000 + part;
	return p;
}

const char *
rkp_read_stamp(const char *p, const char *end, uint64_t *ret_time)
{
	if (p == end || *p != '[')
		return NULL;
	for (p++; p < end && *p == ' ';)
		p++;
	p = rkp_read_seconds(p, end, ret_time);
	return p && end - p >= 2 && p[0] == ']' && p[1] == ' ' ? p + 2 : NULL;
}

const char *
rkp_read_driver_tag(const char *p, const char *end, struct rkp_origin *o)
{
	bool again = false;

	while (rkp_starts(p, end, RKP_TAG_DRIVER)) {
		const char *from = p, *dev = p + strlen(RKP_TAG_DRIVER);

		if (rkp_starts(dev, end, ":")) {
			p = dev + 1;
		} else if (!again && rkp_starts(dev, end, " ")) {
			const char *to = ++dev;

			while (to < end && to - dev < DEVICE_MAX && *to != ':' && *to != ',' && *to != '"' &&
			       *to != '\t')
				to++;
			if (to == end || *to != ':' || to == dev || (to + 1 < end && to[1] != ' '))
				return NULL;
			o->device = (struct rkr_blob){ dev, (size_t)(to - dev) };
			p = to + 1;
		} else {
			return again ? from : NULL;
		}
		again = true;
		if (p < end && *p == ' ')
			p++;
	}
	return again ? p : NULL;
}

const char *
rkp_read_clock(const char *p, const char *end, uint64_t *ret)
{
	static const uint16_t below[] = { 24, 60, 60, 1000 };
	uint64_t v = 0;

	if (end - p < RKP_TIME_LEN)
		return NULL;
	for (size_t i = 0; i < RKR_ARRAY_LEN(below); i++) {
		size_t digits = i == 3 ? 3 : 2;
		unsigned part = 0;

		for (size_t k = 0; k < digits; k++, p++) {
			if (!rkp_is_digit(*p))
				return NULL;
			part = part * 10 + (unsigned)(*p - '0');
		}
		if (part >= below[i] || (i < 3 && *p++ != (i == 2 ? '.' : ':')))
			return NULL;
		v = v * below[i] + part;
	}
	*ret = v;
	return p;
}

/* ---- dates ---- */

/*
 * Wall clocks as logs print them: '0' is a digit, '_' a digit or a blank, 'a'
 * a letter, '.' a fraction that may be missing, 'Z' a zone that may be.
 */
static const char *const dates[] = {
	"aaa aaa _0 00:00:00 0000", /* dmesg -T */
	"0000-00-00T00:00:00.Z",    /* dmesg --time-format=iso, talosctl */
	"0000-00-00 00:00:00.Z",    /* terminals, logcat */
	"00-00 00:00:00.",          /* logcat */
	"aaa _0 00:00:00",          /* syslog, journalctl */
};

static const char *
read_zone(const char *p, const char *end)
{
	if (p < end && *p == 'Z')
		return p + 1;
	if (end - p >= 6 && (*p == '+' || *p == '-') && p[3] == ':')
		return p + 6;
	return end - p >= 5 && (*p == '+' || *p == '-') && rkp_is_digit(p[1]) && rkp_is_digit(p[4]) ? p + 5
												    : p;
}

static const char *
read_fraction(const char *p, const char *end)
{
	if (end - p < 2 || (*p != '.' && *p != ',') || !rkp_is_digit(p[1]))
		return p;
	for (p++; p < end && rkp_is_digit(*p);)
		p++;
	return p;
}

static const char *
read_date_as(const char *form, const char *p, const char *end)
{
	for (; *form; form++) {
		if (*form == '.') {
			p = read_fraction(p, end);
			continue;
		}
		if (*form == 'Z') {
			p = read_zone(p, end);
			continue;
		}
		if (p == end)
			return NULL;
		char c = *p++;
		bool fits = *form == '0'   ? rkp_is_digit(c)
			    : *form == '_' ? rkp_is_digit(c) || c == ' '
			    : *form == 'a' ? rkp_is_alpha(c)
					   : c == *form;

		if (!fits)
			return NULL;
	}
	return p;
}

/* No date is shorter. */
#define DATE_MIN 14

static const char *
read_date(const char *p, const char *end)
{
	const char *to = NULL;

	/* Most texts are ruled out by where the first part of a date ends. */
	if (end - p < DATE_MIN || !(rkp_is_alpha(*p) ? p[3] == ' ' : p[2] == '-' || p[4] == '-'))
		return NULL;
	for (size_t i = 0; i < RKR_ARRAY_LEN(dates) && !to; i++)
		to = read_date_as(dates[i], p, end);
	return to;
}

/* ---- what stands before a tag ---- */

/* "[...]": a stamp, a date, or a caller. Other brackets are none of a prefix. */
static const char *
skip_bracket(const char *p, const char *end, struct rkp_origin *o)
{
	const char *close = memchr(p, ']', (size_t)(end - p)), *in = rkp_skip_blanks(p + 1, end);
	uint64_t time;

	/* the tag may stand in it */
	if (!close)
		close = end;
	const char *to = rkp_read_seconds(in, close, &time);

	/* some kernels have more behind the time */
	if (to && (to == close || *to == ' ')) {
		o->time = time;
		o->has_time = o->kernel = true;
		return to == close && close < end ? close + 1 : to;
	}
	if (close == end)
		return NULL;
	if (read_date(p + 1, close) == close) {
		o->date = (struct rkr_blob){ p + 1, (size_t)(close - p - 1) };
		/* dmesg -T begins with the day of the week */
		o->kernel |= rkp_is_alpha(p[1]);
		return close + 1;
	}
	if (close - in >= 2 && (*in == 'T' || *in == 'C') && rkp_is_digit(in[1]))
		return close + 1;
	return NULL;
}

/* "kern:  err: ", "host: kern:    info: ", or, as dmesg -x has it, "kern  :err   : " */
static const char *
skip_facility(const char *p, const char *end)
{
	static const char *const names[] = { "kern", "user", "daemon", "syslog" };

	for (size_t i = 0; i < RKR_ARRAY_LEN(names); i++) {
		const char *to = p, *level;

		if (!rkp_starts(p, end, names[i]))
			continue;
		to = rkp_skip_blanks(p + strlen(names[i]), end);
		if (to == end || *to != ':')
			return NULL;
		level = to = rkp_skip_blanks(to + 1, end);
		while (to < end && rkp_is_alpha(*to))
			to++;
		const char *colon = rkp_skip_blanks(to, end);

		return to > level && colon < end && *colon == ':' ? colon + 1 : NULL;
	}
	return NULL;
}

/* "host kernel: " behind a date, or "host: " before a facility */
static const char *
skip_host(const char *p, const char *end, struct rkp_origin *o)
{
	const char *to = p;

	while (to < end && !rkp_is_blank(*to))
		to++;
	const char *next = rkp_skip_blanks(to, end);

	if (to == p || next == end)
		return NULL;
	if (to[-1] == ':' && skip_facility(next, end))
		return to;
	if (o->date.len && rkp_starts(next, end, "kernel:")) {
		o->kernel = true;
		return next + strlen("kernel:");
	}
	return NULL;
}

/* "  6912  6912 E ": process, thread, and level, behind a logcat's date */
static const char *
skip_logcat(const char *p, const char *end, const struct rkp_origin *o)
{
	const char *from = p;

	while (p < end && (rkp_is_digit(*p) || *p == '-' || rkp_is_blank(*p)))
		p++;
	return o->date.len && p > from && rkp_is_digit(*from) && end - p >= 2 && memchr("VDIWEF", *p, 6) &&
			       p[1] == ' '
		       ? p + 1
		       : NULL;
}

static const char *
skip_part(const char *p, const char *end, struct rkp_origin *o)
{
	static const char *const marks[] = { ">", "#", "* ", "- ", "->", "-->", "<-", "kernel:" };
	const char *to;
	uint64_t time;

	if (rkp_is_blank(*p))
		return p + 1;
	if (*p == '[')
		return skip_bracket(p, end, o);
	if (*p == '`' || *p == '"' || *p == '\'') {
		o->quote = *p;
		return p + 1;
	}
	for (size_t i = 0; i < RKR_ARRAY_LEN(marks); i++)
		if (*p == marks[i][0] && rkp_starts(p, end, marks[i]))
			return p + strlen(marks[i]);
	to = read_date(p, end);
	if (to && !o->date.len) {
		o->date = (struct rkr_blob){ p, (size_t)(to - p) };
		return to;
	}
	to = rkp_read_seconds(p, end, &time);
	if (to && !o->has_time && end - to >= 2 && to[0] == ' ' && to[1] == ' ') {
		o->time = time;
		o->has_time = true;
		return to;
	}
	if (*p == '<' && end - p >= 3 && rkp_is_digit(p[1])) {
		to = p + 2 + rkp_is_digit(p[2]);
		return to < end && *to == '>' ? to + 1 : NULL;
	}
	to = skip_facility(p, end);
	o->kernel |= to && rkp_starts(p, end, "kern");
	if (!to)
		to = skip_host(p, end, o);
	return to ? to : skip_logcat(p, end, o);
}

const char *
rkp_skip_prefix(const char *p, const char *end, struct rkp_origin *o)
{
	const char *to = p;

	while (to && to < end) {
		p = to;
		to = skip_part(p, end, o);
		/* "host kernel: " and a message that is empty otherwise: a colon alone */
		if (to && to < end && *to == ':' && to > p + 1)
			to++;
	}
	return to ? to : p;
}

/* ---- fields ---- */

static void
keep_blob(const struct rkp_row *row, int field, const struct rkr_blob *b, struct rkp_values *ret)
{
	if (!b->len || !(row->stamps >> field & 1) || ret->n_texts == RKP_TEXTS_MAX)
		return;
	ret->texts[ret->n_texts] = *b;
	rkr_set_b(&ret->rec, field, &ret->texts[ret->n_texts++]);
}

/* The fields of a prefix are the first of all kinds that have one. */
enum { TIME, DATE, DEVICE };
enum { CLOCK, LEVEL };

void
rkp_origin_keep(const struct rkp_row *row, const struct rkp_origin *o, struct rkp_values *ret)
{
	if (row->shape->prefix == RKP_PREFIX_RKNN) {
		if (o->has_clock)
			rkr_set_u(&ret->rec, CLOCK, o->clock);
		if (o->level)
			rkr_set_u(&ret->rec, LEVEL, (unsigned char)o->level);
		return;
	}
	if (o->has_time && (row->stamps >> TIME & 1))
		rkr_set_u(&ret->rec, TIME, o->time);
	keep_blob(row, DATE, &o->date, ret);
	keep_blob(row, DEVICE, &o->device, ret);
}

static void
put(struct rkr_buf *buf, const char *text)
{
	rkr_buf_put(buf, text, strlen(text));
}

static void
put_blob(struct rkr_buf *buf, const char *before, const struct rkr_blob *b, const char *after)
{
	put(buf, before);
	rkr_buf_put(buf, b->data, b->len);
	put(buf, after);
}

void
rkp_origin_write(const struct rkp_row *row, const struct rkr_record *rec, struct rkr_buf *buf)
{
	uint64_t has = row->stamps & rec->present;
	char text[48];

	if (row->shape->prefix == RKP_PREFIX_RKNN) {
		if (has >> LEVEL & 1) {
			rkr_buf_put(buf, &(char){ (char)rec->v[LEVEL].u }, 1);
			put(buf, " " RKP_TAG_RUNTIME ": ");
		}
		if (has >> CLOCK & 1) {
			put(buf, "[");
			rkr_buf_put(buf, text, rkr_time_format(rec->v[CLOCK].u, text, sizeof(text)));
			put(buf, "] ");
		}
		return;
	}
	if (has >> DATE & 1)
		put_blob(buf, "[", rec->v[DATE].b, "] ");
	if (has >> TIME & 1) {
		uint64_t t = rec->v[TIME].u;

		snprintf(text, sizeof(text), "[%*llu.%06llu] ", STAMP_WIDTH,
			 (unsigned long long)(t / 1000000), (unsigned long long)(t % 1000000));
		put(buf, text);
	}
	if (row->shape->prefix != RKP_PREFIX_KERNEL)
		return;
	if (has >> DEVICE & 1)
		put_blob(buf, RKP_TAG_DRIVER " ", rec->v[DEVICE].b, ": ");
	put(buf, RKP_TAG_DRIVER ": ");
}
