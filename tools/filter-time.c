/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "filter.h"

/*
 * --since. Logs have two clocks: seconds since the kernel's start, and the
 * time of the day, with a date or without. A time is compared with those of
 * its own sort alone.
 */

#define DAY_MS UINT64_C(86400000)

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number of at least @least and at most @most digits. NULL: there is none. */
static const char *
read_digits(const char *p, const char *end, size_t least, size_t most, uint64_t *ret)
{
	const char *from = p;
	uint64_t v = 0;

	while (p < end && (size_t)(p - from) < most && is_digit(*p))
		v = v * 10 + (uint64_t)(*p++ - '0');
	*ret = v;
	return (size_t)(p - from) >= least ? p : NULL;
}

/* The digits behind a point, as so many units of a second; those that are too small are dropped. */
static const char *
read_part(const char *p, const char *end, uint64_t units, uint64_t *ret)
{
	if (p == end || *p != '.')
		return p;
	const char *from = ++p;

	for (; p < end && is_digit(*p); p++) {
		units /= 10;
		*ret += units * (uint64_t)(*p - '0');
	}
	return p > from ? p : NULL;
}

/* "HH:MM", "HH:MM:SS" or "HH:MM:SS.mmm", in milliseconds. */
static const char *
read_clock(const char *p, const char *end, uint64_t *ret)
{
	uint64_t h, m, s = 0;

	p = read_digits(p, end, 2, 2, &h);
	if (!p || p == end || *p != ':')
		return NULL;
	p = read_digits(p + 1, end, 2, 2, &m);
	if (!p || h > 23 || m > 59)
		return NULL;
	*ret = (h * 60 + m) * 60000;
	if (p == end || *p != ':')
		return p;
	p = read_digits(p + 1, end, 2, 2, &s);
	/* There are leap seconds. */
	if (!p || s > 60)
		return NULL;
	*ret += s * 1000;
	return read_part(p, end, 1000, ret);
}

/* Whether "2026-05-24" stands here. */
static bool
is_date(const char *p, const char *end)
{
	if (end - p < 10)
		return false;
	for (size_t i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? p[i] != '-' : !is_digit(p[i]))
			return false;
	return true;
}

/* Whether a date, of which is_date() is true, is one of the calendar. */
static bool
is_day(const char *p)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	const char *end = p + 10;
	uint64_t year, month, day;

	read_digits(p, end, 4, 4, &year);
	read_digits(p + 5, end, 2, 2, &month);
	read_digits(p + 8, end, 2, 2, &day);
	if (month < 1 || month > 12)
		return false;
	const bool leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return day >= 1 && day <= (uint64_t)days[month - 1] + leap;
}

bool
tool_since_parse(const char *text, struct tool_since *ret_since)
{
	struct tool_since s = { 0 };
	const char *end = text + strlen(text), *p = text;
	uint64_t seconds;

	if (is_date(p, end)) {
		if (!is_day(p))
			return false;
		memcpy(s.date, p, 10);
		p += 10;
		s.wall = true;
		if (p < end)
			p = *p == 'T' || *p == ' ' ? read_clock(p + 1, end, &s.from) : NULL;
	} else if (strchr(p, ':')) {
		s.wall = true;
		p = read_clock(p, end, &s.from);
	} else {
		p = read_digits(p, end, 1, 12, &seconds);
		s.from = seconds * 1000000;
		if (p)
			p = read_part(p, end, 1000000, &s.from);
	}
	if (!p || p != end)
		return false;
	*ret_since = s;
	return true;
}

/*
 * A date as some log printed it: "2026-05-24T12:00:00,5+00:00", "Sun May 24
 * 12:00:00 2026", "May 24 12:00:00".
 */
static bool
clock_of_date(const struct rkr_blob *date, uint64_t *ret_ms, const char **ret_day)
{
	const char *text = date->data, *end = text + date->len;

	*ret_day = date->len && is_date(text, end) ? text : NULL;
	for (const char *p = text; end - p >= 8; p++)
		if (p[2] == ':' && p[5] == ':' && read_clock(p, end, ret_ms))
			return true;
	return false;
}

/* The record's time of the day, if it has one. */
static bool
wall_time(const struct rkr_record *rec, uint64_t *ret_ms, const char **ret_day)
{
	const struct rkr_kind_desc *k = rkr_kind_get(rec->kind);
	int date = rkr_field_by_name(rec->kind, "date"), time = rkr_field_by_name(rec->kind, "time");

	*ret_day = NULL;
	if (date >= 0 && rkr_has(rec, date))
		return clock_of_date(rkr_get_b(rec, date), ret_ms, ret_day);
	if (time < 0 || !rkr_has(rec, time) || k->fields[time].type != RKR_TYPE_TIME)
		return false;
	*ret_ms = rec->v[time].u;
	return true;
}

static bool
kernel_time(const struct rkr_record *rec, uint64_t *ret_us)
{
	int time = rkr_field_by_name(rec->kind, "time");

	if (time < 0 || !rkr_has(rec, time) || rkr_kind_get(rec->kind)->fields[time].type != RKR_TYPE_DEC)
		return false;
	*ret_us = rec->v[time].u;
	return true;
}

/* A clock that goes back by more than half a day has passed midnight; writers are not that late. */
static void
count_days(struct tool_since *s, uint64_t now)
{
	if (s->seen && now + DAY_MS / 2 < s->last)
		s->days++;
	else if (s->days && now > s->last + DAY_MS / 2)
		s->days--;
	s->last = now;
}

bool
tool_since_takes(struct tool_since *s, const struct rkr_record *rec)
{
	const char *day = NULL;
	uint64_t now;

	if (s->wall ? !wall_time(rec, &now, &day) : !kernel_time(rec, &now))
		return s->after;
	/* A time of some day is not known to be of this one. */
	if (s->date[0] && !day)
		return s->after;
	if (s->date[0]) {
		int order = memcmp(day, s->date, 10);

		s->after = order > 0 || (order == 0 && now >= s->from);
	} else {
		if (s->wall)
			count_days(s, now);
		s->after = now + s->days * DAY_MS >= s->from;
	}
	s->seen = true;
	return s->after;
}
