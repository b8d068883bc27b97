/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <string.h>

#include "tests/common.h"
#include "tools/filter.h"

/* --since on records of the kernel's log, which have both clocks. */

static bool
takes(struct tool_since *s, uint64_t us, const char *date)
{
	struct rkr_record_buf buf = { .rec = { .kind = RKR_KIND_pc_armed } };
	struct rkr_blob blob = { date, date ? strlen(date) : 0 };

	buf.rec.v = buf.v;
	if (us)
		rkr_set_u(&buf.rec, RKR_F_pc_armed_time, us);
	if (date)
		rkr_set_b(&buf.rec, RKR_F_pc_armed_date, &blob);
	return tool_since_takes(s, &buf.rec);
}

START_TEST(seconds_of_the_kernel)
{
	struct tool_since s;

	ck_assert(tool_since_parse("1234.5", &s));
	ck_assert(!s.wall);
	ck_assert_uint_eq(s.from, 1234500000);
	ck_assert(!takes(&s, 0, NULL));
	ck_assert(!takes(&s, 0, "2026-05-24T12:00:00"));
	ck_assert(!s.seen);
	ck_assert(!takes(&s, 1234499999, NULL));
	ck_assert(s.seen);
	ck_assert(!takes(&s, 0, NULL));
	ck_assert(takes(&s, 1234500000, NULL));
	ck_assert(takes(&s, 0, NULL));
	ck_assert(!takes(&s, 1, NULL));
}
END_TEST

START_TEST(time_of_the_day)
{
	static const char *const dates[] = {
		"2026-05-24T12:00:00,123456+00:00",
		"2026-05-24T12:00:00+0000",
		"Sun May 24 12:00:00 2026",
		"May 24 12:00:00",
		"12:00:00.000",
	};
	struct tool_since s;

	for (size_t i = 0; i < RKR_ARRAY_LEN(dates); i++) {
		ck_assert(tool_since_parse("12:00", &s));
		ck_assert_msg(takes(&s, 1, dates[i]), "%s", dates[i]);
		ck_assert(tool_since_parse("12:00:00.5", &s));
		ck_assert_msg(!takes(&s, 1, dates[i]), "%s", dates[i]);
	}
	ck_assert(!takes(&s, 1, "2026-05-24"));
	ck_assert(!takes(&s, 1, ""));
}
END_TEST

START_TEST(day_and_time)
{
	struct tool_since s;

	ck_assert(tool_since_parse("2026-05-24T12:00:01", &s));
	ck_assert(!takes(&s, 1, "2026-05-23T23:00:00"));
	ck_assert(!takes(&s, 1, "2026-05-24T12:00:00"));
	ck_assert(takes(&s, 1, "2026-05-24T12:00:01"));
	ck_assert(takes(&s, 1, "2026-05-25T00:00:00"));
	ck_assert(!takes(&s, 1, "2026-04-30T12:00:02"));
	/* of which day it is, is not known: as the one before */
	ck_assert(!takes(&s, 1, "May 24 13:00:00"));
	ck_assert(tool_since_parse("2026-05-24", &s));
	ck_assert(takes(&s, 1, "2026-05-24T00:00:00"));
	ck_assert(!takes(&s, 1, "2026-05-23T23:59:60"));
}
END_TEST

START_TEST(days_of_the_calendar)
{
	static const struct {
		const char *text;
		bool is;
	} days[] = {
		{ "2026-12-31", true },        { "2026-13-01", false },       { "2026-00-10", false },
		{ "2026-01-00", false },       { "2026-05-31", true },        { "2026-05-32", false },
		{ "2026-06-31", false },       { "2026-02-28", true },        { "2026-02-29", false },
		{ "2028-02-29", true },        { "2028-02-30", false },       { "2100-02-29", false },
		{ "2000-02-29", true },        { "2026-13-45", false },       { "2026-05-24T23:59:60", true },
		{ "2026-05-24T24:00", false }, { "2026-02-30T12:00", false }, { "2026-05-24 12:60", false },
	};
	struct tool_since s;

	for (size_t i = 0; i < RKR_ARRAY_LEN(days); i++)
		ck_assert_msg(tool_since_parse(days[i].text, &s) == days[i].is, "%s", days[i].text);
}
END_TEST

START_TEST(midnight)
{
	struct tool_since s;

	ck_assert(tool_since_parse("23:59:59", &s));
	ck_assert(!takes(&s, 1, "23:59:58"));
	ck_assert(takes(&s, 1, "00:00:01"));
	/* another writer is a little late */
	ck_assert(!takes(&s, 1, "23:59:58"));
	ck_assert(takes(&s, 1, "00:00:02"));
	ck_assert(takes(&s, 1, "00:00:01"));
	ck_assert(takes(&s, 1, "11:00:00"));
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("filter-time");
	TCase *t = tcase_create("since");

	tcase_add_test(t, seconds_of_the_kernel);
	tcase_add_test(t, time_of_the_day);
	tcase_add_test(t, day_and_time);
	tcase_add_test(t, days_of_the_calendar);
	tcase_add_test(t, midnight);
	suite_add_tcase(s, t);
	return test_main(s);
}
