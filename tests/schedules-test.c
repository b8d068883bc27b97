/* SPDX-License-Identifier: MIT */
/* The facts of captured schedules: every task table and every decoded register, generated anew. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/record.h"
#include "lib/digest.h"
#include "lib/format.h"
#include "lib/regcmd.h"
#include "lib/util.h"
#include "tests/common.h"
#include "tests/facts.h"
#include "tests/gen-bodies.h"

#define N_SCHEDULES 51

/* The last value that a record writes to a register. False: it writes none. */
static bool
record_value(const struct rkg_regcmd *r, const struct rkg_record *rec, uint16_t offset, uint32_t *ret)
{
	for (size_t i = rec->start + rec->amount; i-- > rec->start;) {
		struct rkr_qword q = rkr_qword_decode(r->words[i]);

		if (q.offset == offset) {
			*ret = q.value;
			return true;
		}
	}
	return false;
}

static void
put_record(struct rkr_buf *buf, const struct rkg_regcmd *r, const struct rkg_record *rec)
{
	for (size_t k = 0; k < RKR_ARRAY_LEN(body_keys); k++) {
		uint32_t value;

		if (rec->amount < 104 && is_wdma(body_keys[k].offset))
			continue;
		if (record_value(r, rec, body_keys[k].offset, &value))
			rkr_buf_printf(buf, "%x,", value);
		else
			rkr_buf_put(buf, "-,", 2);
	}
	rkr_buf_put(buf, ";", 1);
}

/* What the generator makes of a shape, as the facts tell it. */
struct made {
	size_t n_tasks;
	char table[RKR_SHA256_HEX];
	char registers[RKR_SHA256_HEX];
};

static void
make(const char *name, struct made *ret)
{
	struct rkg_shape shape;
	struct rkg_plan *plan = NULL;
	struct rkg_regcmd *r = NULL;
	struct rkr_error err = { 0 };
	struct rkr_buf table = { 0 }, registers = { 0 };

	ck_assert_msg(rkg_shape_parse(name, &shape, &err) == 0, "%s", err.what);
	ck_assert_msg(rkg_domain_check(&shape, &plan, NULL, &err) == 0, "%s", err.what);
	/* Not placed: addresses count from the start of what they point into, as in the facts. */
	ck_assert_int_eq(rkg_regcmd_new(plan, NULL, &r), 0);
	ret->n_tasks = plan->n_tasks;
	for (size_t i = 0; i < plan->n_tasks; i++) {
		const struct rkg_record *rec = rkg_regcmd_task(r, i);

		rkr_buf_printf(&table, "%u 0x%x %u\n", rec->amount, rec->enable_mask,
			       (unsigned)rkg_record_offset(rec));
	}
	for (size_t i = 0; i < r->n_records; i++)
		if (r->records[i].enable_mask == 0x0d)
			put_record(&registers, r, &r->records[i]);
	rkr_sha256_hex(table.data, table.len, ret->table);
	rkr_sha256_hex(registers.data, registers.len, ret->registers);
	rkr_buf_free(&table);
	rkr_buf_free(&registers);
	rkg_regcmd_free(r);
	rkg_plan_free(plan);
}

START_TEST(schedule)
{
	const yaml_node_t *fact = facts_entry(_i), *registers = facts_get(fact, "registers");
	struct made made;

	make(facts_text(facts_get(fact, "shape")), &made);
	ck_assert_uint_eq(made.n_tasks, facts_number(fact, "tasks"));
	ck_assert_str_eq(made.table, facts_text(facts_get(fact, "table")));
	if (registers)
		ck_assert_str_eq(made.registers, facts_text(registers));
}
END_TEST

START_TEST(score)
{
	int tasks = 0, tables = 0, registers = 0, known = 0;

	for (int i = 0; i < facts_count(); i++) {
		const yaml_node_t *fact = facts_entry(i), *want = facts_get(fact, "registers");
		struct made made;

		make(facts_text(facts_get(fact, "shape")), &made);
		tasks += made.n_tasks == facts_number(fact, "tasks");
		tables += strcmp(made.table, facts_text(facts_get(fact, "table"))) == 0;
		known += want != NULL;
		registers += want && strcmp(made.registers, facts_text(want)) == 0;
	}
	printf("# captured schedules: task counts %d/%d, tables %d/%d, registers of all records %d/%d\n",
	       tasks, N_SCHEDULES, tables, N_SCHEDULES, registers, known);
	fflush(stdout);
	ck_assert_int_eq(facts_count(), N_SCHEDULES);
	ck_assert_int_eq(known, 50);
}
END_TEST

static void
load(void)
{
	facts_load("captures/schedules.yaml", "schedules");
}

int
main(void)
{
	Suite *s = suite_create("schedules");
	TCase *t = tcase_create("schedules");

	tcase_add_checked_fixture(t, load, facts_unload);
	tcase_add_test(t, score);
	tcase_add_loop_test(t, schedule, 0, N_SCHEDULES);
	suite_add_tcase(s, t);
	return test_main(s);
}
