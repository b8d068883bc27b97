/* SPDX-License-Identifier: MIT */
/*
 * The facts of layers of compiled networks: all words of all records of 218
 * convolution layers, generated anew from their shapes.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/domain.h"
#include "gen/record.h"
#include "lib/digest.h"
#include "lib/format.h"
#include "lib/util.h"
#include "tests/common.h"
#include "tests/facts.h"

#define N_SHAPES 184
#define N_LAYERS 218

/* "4080=1 4084=4b77": what the shape does not tell. */
static void
read_given(const yaml_node_t *text, struct rkg_given *ret)
{
	ret->n = 0;
	for (const char *p = text ? facts_text(text) : ""; *p;) {
		char *end;

		ck_assert_uint_lt(ret->n, RKG_GIVEN_MAX);
		ret->v[ret->n].offset = (uint16_t)strtoul(p, &end, 16);
		ck_assert_int_eq(*end, '=');
		ret->v[ret->n++].value = (uint32_t)strtoul(end + 1, &end, 16);
		p = end + (*end == ' ');
	}
}

struct made {
	size_t n_records, n_words;
	char digest[RKR_SHA256_HEX];
};

/* Bodies alone: of a network, tails lead to other layers. */
static void
make(const yaml_node_t *fact, struct made *ret)
{
	const yaml_node_t *lut = facts_get(fact, "lut");
	struct rkg_shape shape;
	struct rkg_given given;
	struct rkg_plan *plan;
	struct rkg_regcmd *r;
	struct rkr_error err = { 0 };
	struct rkr_buf buf = { 0 };

	*ret = (struct made){ .n_records = 0 };
	ck_assert_msg(rkg_shape_parse(facts_text(facts_get(fact, "shape")), &shape, &err) == 0, "%s",
		      err.what);
	if (lut)
		shape.lut = strcmp(facts_text(lut), "fp32") == 0 ? RKG_LUT_WIDE : RKG_LUT_PLAIN;
	read_given(facts_get(fact, "given"), &given);
	ck_assert_msg(rkg_domain_layer(&shape, &plan, NULL, &err) == 0, "%s", err.what);
	if (facts_get(fact, "internal"))
		rkg_geometry_set_internal(&plan->geometry);
	ck_assert_int_eq(rkg_regcmd_new(plan, &given, &r), 0);
	for (size_t i = 0; i < r->n_records; i++) {
		const struct rkg_record *rec = &r->records[i];

		if (!(rec->enable_mask & 1))
			continue;
		ret->n_records++;
		ret->n_words += rec->amount;
		for (size_t k = 0; k < rec->amount; k++)
			for (size_t b = 0; b < 8; b++) {
				const char byte = (char)(r->words[rec->start + k] >> (8 * b));

				rkr_buf_put(&buf, &byte, 1);
			}
	}
	rkr_sha256_hex(buf.data, buf.len, ret->digest);
	rkr_buf_free(&buf);
	rkg_regcmd_free(r);
	rkg_plan_free(plan);
}

START_TEST(layer)
{
	const yaml_node_t *fact = facts_entry(_i);
	struct made made;

	make(fact, &made);
	ck_assert_uint_eq(made.n_records, facts_number(fact, "records"));
	ck_assert_uint_eq(made.n_words, facts_number(fact, "words"));
	ck_assert_str_eq(made.digest, facts_text(facts_get(fact, "sha256")));
}
END_TEST

START_TEST(score)
{
	uint64_t layers = 0, exact = 0, records = 0;

	ck_assert_int_eq(facts_count(), N_SHAPES);
	for (int i = 0; i < facts_count(); i++) {
		const yaml_node_t *fact = facts_entry(i);
		uint64_t n = facts_number(fact, "layers");
		struct made made;

		make(fact, &made);
		layers += n;
		records += n * made.n_records;
		exact += strcmp(made.digest, facts_text(facts_get(fact, "sha256"))) == 0 ? n : 0;
	}
	printf("# layers of networks: %d of %d exact in every word, %d records\n", (int)exact, (int)layers,
	       (int)records);
	fflush(stdout);
	ck_assert_uint_eq(layers, N_LAYERS);
}
END_TEST

static void
load(void)
{
	facts_load("captures/networks.yaml", "layers");
}

int
main(void)
{
	Suite *s = suite_create("networks-facts");
	TCase *t = tcase_create("networks");

	tcase_add_checked_fixture(t, load, facts_unload);
	tcase_add_test(t, score);
	tcase_add_loop_test(t, layer, 0, N_SHAPES);
	suite_add_tcase(s, t);
	return test_main(s);
}
