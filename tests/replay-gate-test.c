/* SPDX-License-Identifier: MIT */
/* Each gate: what it refuses, by id and reason; what it lets pass; what unlocks it. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/fingerprint.h"
#include "replay/health.h"
#include "tests/replay-common.h"
#include "tests/replay-mutations.h"

/* A run of one mutation, judged. */
struct trial {
	const char *shape; /* NULL: C32 */
	void (*mutate)(struct rkr_run *run);
	const char *edits[4];
	struct rkx_inference inference;
	void (*facts)(struct rkx_facts *facts);
	struct rkx_gate_options options;
};

static struct rkx_gate_report
judge(const struct trial *t, bool *ret_permit)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(t->shape ? t->shape : C32, NULL);
	struct rkx_facts facts = test_facts();
	struct rkx_gate_report report;
	struct rkx_permit *permit;
	struct rkr_error err = { 0 };

	if (t->mutate)
		t->mutate(run);
	if (t->facts)
		t->facts(&facts);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_with(run, t->edits, &t->inference);

	ck_assert_msg(rkx_gate_judge(plan, &facts, &t->options, &report, &permit, &err) == 0, "%s", err.what);
	ck_assert_int_eq(report.refused, permit == NULL);
	*ret_permit = rkx_permit_covers(permit, plan);
	rkx_permit_free(permit);
	return report;
}

static const char *const cores[] = { "cores" };
static const char *const auto_core[] = { "auto-core" };
static const char *const driver[] = { "driver" };
static const char *const raw_c64[] = { "raw-c64" };
static const char *const exact_11[] = { "exact-11" };
static const char *const network[] = { "network" };
static const char *const network_cores[] = { "network-cores" };

#define NETWORK .inference = { "network", "placed by us" }
#define CORES .inference = { "network-cores", "a submit for each run" }

#define PW "b1_c256_h14_w14_oc512_wic256_k1x1_g1"

#define ALLOW(list) .allow = (list), .n_allow = 1

/* What each gate says of which run. */
/* clang-format off */
static const struct {
	const char *id;
	enum rkx_verdict verdict;
	const char *reason; /* a part of it */
	struct trial trial;
} trials[] = {
	{ "G1", RKX_NEVER, "0xffffff8000001234 is the object of no BO", { .mutate = forge_object } },
	{ "G1", RKX_NEVER, "the object of no BO", { .mutate = shift_object } },
	{ "G1", RKX_NEVER, "a sync", { .mutate = forge_sync } },
	{ "G2", RKX_NEVER, "without KERNEL_MAPPING", { .mutate = unmap_task_bo } },
	{ "G3", RKX_NEVER, "tasks 0 to 499 of 11",
	  { .edits = { "submit.subcore_task[0].task_number=500" } } },
	{ "G3", RKX_NEVER, "tasks 4294967295 to",
	  { .edits = { "submit.subcore_task[0].task_start=4294967295" } } },
	{ "G3", RKX_NEVER, "4096 tasks", { .edits = { "submit.subcore_task[0].task_number=4096" } } },
	{ "G3", RKX_NEVER, "the same tasks",
	  { .edits = { "submit.core_mask=3" }, .options = { ALLOW(cores) } } },
	{ "G4", RKX_NEVER, "core 0 has no task", { .edits = { "submit.subcore_task[0].task_number=0" } } },
	{ "G4", RKX_NEVER, "core 1 has no task", { .edits = { "submit.core_mask=7" } } },
	{ "G4", RKX_NEVER, "task_number is 0", { .edits = { "submit.task_number=0" } } },
	{ "G5", RKX_REFUSE, "more than core 0", { .edits = { "submit.core_mask=2" } } },
	{ "G5", RKX_UNLOCKED, "more than core 0",
	  { .edits = { "submit.core_mask=2" }, .options = { ALLOW(cores) } } },
	{ "G5", RKX_NEVER, "none that the driver can commit",
	  { .edits = { "submit.core_mask=5" }, .options = { ALLOW(cores) } } },
	{ "G5", RKX_NEVER, "none that the driver can commit",
	  { .edits = { "submit.core_mask=8" }, .options = { ALLOW(cores) } } },
	{ "G6", RKX_REFUSE, "never committed", { .facts = leaked } },
	{ "G6", RKX_UNLOCKED, "never committed", { .facts = leaked, .options = { ALLOW(auto_core) } } },
	{ "G6", RKX_ALLOW, "", { .facts = leaked, .edits = { "submit.core_mask=1" } } },
	{ "G6", RKX_NEVER, "core 1 would run 0 tasks from 0 on, core 0 1 from 0 on; use core_mask=1",
	  { .edits = { "submit.subcore_task[1].task_number=0" }, .options = { ALLOW(auto_core) } } },
	{ "G6", RKX_NEVER, "core 2 would run 1 tasks from 4 on",
	  { .edits = { "submit.subcore_task[2].task_start=4" }, .facts = emulated } },
	{ "G6", RKX_ALLOW, "",
	  { .edits = { "submit.subcore_task[1].task_number=0", "submit.core_mask=1" } } },
	{ "G7", RKX_NEVER, "NONBLOCK", { .edits = { "submit.flags=7" } } },
	{ "G7", RKX_NEVER, "without PC mode", { .edits = { "submit.flags=4" } } },
	{ "G7", RKX_NEVER, "flags 0x15", { .edits = { "submit.flags=0x15" } } },
	{ "G7", RKX_NEVER, "fence_fd", { .edits = { "submit.fence_fd=3" } } },
	{ "G7", RKX_ALLOW, "", { .edits = { "submit.flags=1" } } },
	{ "G8", RKX_NEVER, "half of a pair", { .edits = { "task[0].int_mask=0x100" } } },
	{ "G8", RKX_NEVER, "ends with 0x300", { .edits = { "task[0].int_mask=0xc00" } } },
	{ "G8", RKX_NEVER, "not within 0xfff", { .edits = { "task[0].int_mask=0x3300" } } },
	{ "G8", RKX_NEVER, "not within 0xfff", { .edits = { "task[0].int_mask=0" } } },
	{ "G9", RKX_NEVER, "in steps of 16", { .mutate = odd_regcmd } },
	{ "G9", RKX_NEVER, "not inside of a BO", { .mutate = regcmd_elsewhere } },
	{ "G9", RKX_NEVER, "among the tasks", { .mutate = record_among_tasks } },
	{ "G9", RKX_NEVER, "regcfg_amount 0", { .edits = { "task[0].regcfg_amount=0" } } },
	{ "G9", RKX_NEVER, "1 to 512", { .edits = { "task[0].regcfg_amount=4000000000" } } },
	{ "G10", RKX_NEVER, "links to 0x", { .mutate = link_last } },
	{ "G10", RKX_NEVER, "needs 0x37", { .shape = C64, .edits = { "task[0].PC.REGISTER_AMOUNTS=54" } } },
	{ "G10", RKX_NEVER, "links to 0x0", { .shape = C64, .edits = { "task[0].PC.BASE_ADDRESS=0" } } },
	{ "G10", RKX_NEVER, "2 op-enables", { .mutate = two_starts } },
	{ "G10", RKX_NEVER, "0 op-enables", { .mutate = no_start } },
	{ "G11", RKX_NEVER, "DST_BASE_ADDR is 0x12345000", { .mutate = foreign_address } },
	{ "G11", RKX_NEVER, "past the end of the BO", { .mutate = late_output } },
	{ "G11", RKX_NEVER, "the output takes", { .edits = { "task[0].DPU.SURFACE_ADD=0x7fffff0" } } },
	{ "G11", RKX_NEVER, "the output takes 73728 bytes",
	  { .edits = { "task[0].DPU.DATA_FORMAT.OUT_PRECISION=4" } } },
	{ "G11", RKX_NEVER, "the output takes",
	  { .edits = { "task[0].DPU.DATA_CUBE_NOTCH_ADDR=0x1000" } } },
	{ "G11", RKX_WARN, "how far the output reaches is not known",
	  { .edits = { "task[0].DPU.FEATURE_MODE_CFG.TP_EN=1" } } },
	{ "G11", RKX_WARN, "how far the output reaches is not known",
	  { .edits = { "task[0].DPU.BS_OW_CFG.SIZE_E_1=0" } } },
	{ "G11", RKX_WARN, "how far the output reaches is not known",
	  { .edits = { "task[0].DPU.DATA_FORMAT.OUT_PRECISION=1" } } },
	{ "G11", RKX_NEVER, "over regcmd that is run", { .mutate = output_on_regcmd } },
	{ "G11", RKX_NEVER, "over tasks",
	  { .mutate = output_on_tasks,
	    .edits = { "task[0].DPU.DATA_CUBE_WIDTH=0", "task[0].DPU.DATA_CUBE_HEIGHT=0",
		       "task[0].DPU.DATA_CUBE_CHANNEL=7" } } },
	{ "G11", RKX_NEVER, "DST_BASE_ADDR is not set", { .mutate = no_output } },
	{ "G11", RKX_NEVER, "DST_BASE_ADDR is 0, and its block",
	  { .edits = { "task[0].DPU.DST_BASE_ADDR=0" } } },
	{ "G11", RKX_NEVER, "so it was not moved", { .mutate = unmoved } },
	{ "G11", RKX_NEVER, "is 0, and its block is started",
	  { .edits = { "task[0].CNA.FEATURE_DATA_ADDR=0" } } },
	{ "G11", RKX_NEVER, "the weights take", { .edits = { "task[0].CNA.WEIGHT_SIZE0=0x7fffffff" } } },
	{ "G12", RKX_NEVER, "0x0401:0x2004", { .mutate = foreign_target } },
	{ "G12", RKX_NEVER, "0x0201:0x1008", { .mutate = own_start } },
	{ "G12", RKX_NEVER, "0x0101:0x0020", { .mutate = pc_register } },
	{ "G13", RKX_NEVER, "priority", { .edits = { "submit.priority=-1" } } },
	{ "G13", RKX_NEVER, "timeout is 0", { .edits = { "submit.timeout=0" } } },
	{ "G13", RKX_NEVER, "1 to 20000", { .edits = { "submit.timeout=20001" } } },
	{ "G13", RKX_WARN, "60000", { .edits = { "submit.timeout=20000" } } },
	{ "G13", RKX_NEVER, "BO input has flags 0xc03", { .mutate = flag_input } },
	{ "G13", RKX_NEVER, "IOMMU domain", { .edits = { "action[1].flags=25" } } },
	{ "G13", RKX_NEVER, "96 bytes", { .facts = short_submit, .options = { ALLOW(driver) } } },
	{ "G13", RKX_REFUSE, "0.9.7", { .facts = old_driver } },
	{ "G13", RKX_UNLOCKED, "0.9.7", { .facts = old_driver, .options = { ALLOW(driver) } } },
	{ "G14", RKX_NEVER, "not held", { .facts = unlocked } },
	{ "G14", RKX_NEVER, "2 other clients", { .facts = crowded } },
	{ "G14", RKX_WARN, "could not be looked for", { .facts = unsure } },
	{ "G14", RKX_ALLOW, "", { .facts = emulated } },
	{ "G15", RKX_NEVER, "not cacheable", { .mutate = uncache_input } },
	{ "G15", RKX_NEVER, "past its end", { .edits = { "mem_sync[0].size=681" } } },
	{ "G15", RKX_NEVER, "past its end", { .edits = { "mem_sync[0].offset=18446744073709551615" } } },
	{ "G16", RKX_NEVER, "no health job has passed yet", { .facts = untried } },
	{ "G16", RKX_NEVER, "passed since", { .facts = failed } },
	{ "G16", RKX_NEVER, "999 ms ago",
	  { .facts = just_failed, .options = { .purpose = RKX_PURPOSE_HEALTH } } },
	{ "G16", RKX_ALLOW, "", { .facts = failed, .options = { .purpose = RKX_PURPOSE_HEALTH } } },
	{ "G17", RKX_NEVER, "restart the board",
	  { .facts = wedged, .options = { .purpose = RKX_PURPOSE_HEALTH } } },
	{ "G18", RKX_NEVER, "destroy of BO weight", { .mutate = destroy_early } },
	{ "G19", RKX_NEVER, "more than 240", { .facts = busy } },
	{ "G19", RKX_NEVER, "2 times", { .edits = { "action[1].flags=6", "action[2].flags=6" } } },
	{ "G19", RKX_ALLOW, "", { .edits = { "action[1].flags=6" } } },
	{ "G20", RKX_NEVER, "from the end", { .edits = { "submit.subcore_task[0].task_start=10" } } },
	{ "G20", RKX_NEVER, "from the end",
	  { .edits = { "submit.subcore_task[0].task_start=10" }, .facts = emulated } },
	{ "G20", RKX_REFUSE, "C64/H56", { .shape = C64 } },
	{ "G20", RKX_NEVER, "capture state only",
	  { .shape = C64, .options = { ALLOW(raw_c64), .bracketed = true } } },
	{ "G20", RKX_NEVER, "between health jobs",
	  { .shape = C64, .options = { ALLOW(raw_c64), .purpose = RKX_PURPOSE_STATE_CAPTURE } } },
	{ "G20", RKX_UNLOCKED, "C64/H56",
	  { .shape = C64,
	    .options = { ALLOW(raw_c64), .purpose = RKX_PURPOSE_STATE_CAPTURE, .bracketed = true } } },
	{ "G20", RKX_REFUSE, "C64/H56",
	  { .shape = C64, .edits = { "task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0" } } },
	{ "G20", RKX_REFUSE, "compact chain",
	  { .shape = PW, .edits = { "task[0].CNA.DATA_SIZE0.DATAIN_WIDTH=2",
	    "submit.subcore_task[0].task_number=11" } } },
	{ "G20", RKX_NEVER, "between health jobs",
	  { .shape = PW, .edits = { "task[0].CNA.DATA_SIZE0.DATAIN_WIDTH=3",
	    "submit.subcore_task[0].task_number=11" },
	    .options = { ALLOW(exact_11) } } },
	{ "G20", RKX_WARN, "C64/H56", { .shape = C64, .facts = emulated } },
	{ "G20", RKX_WARN, "reuses weights", { .edits = { "task[0].CNA.CBUF_CON0.WEIGHT_REUSE=1" } } },
	{ "G21", RKX_REFUSE, "placed by us", { NETWORK } },
	{ "G21", RKX_UNLOCKED, "placed by us", { NETWORK, .options = { ALLOW(network) } } },
	{ "G21", RKX_REFUSE, "placed by us", { NETWORK, .options = { ALLOW(network_cores) } } },
	{ "G21", RKX_REFUSE, "a submit for each run", { CORES, .options = { ALLOW(network) } } },
	{ "G21", RKX_UNLOCKED, "a submit for each run", { CORES, .options = { ALLOW(network_cores) } } },
	{ "G21", RKX_WARN, "a submit for each run", { CORES, .facts = emulated } },
};
/* clang-format on */

static size_t
gate_index(const char *id)
{
	for (size_t i = 0; i < RKX_N_GATES; i++)
		if (strcmp(rkx_gate_get(i)->id, id) == 0)
			return i;
	ck_abort_msg("no gate %s", id);
}

START_TEST(test_trials)
{
	bool permit;
	const struct rkx_gate_report report = judge(&trials[_i].trial, &permit);
	const struct rkx_gate_result *g = &report.gate[gate_index(trials[_i].id)];

	ck_assert_msg(g->verdict == trials[_i].verdict, "trial %d: %s says %s: %s", _i, trials[_i].id,
		      rkx_verdict_name(g->verdict), g->reason);
	ck_assert_msg(strstr(g->reason, trials[_i].reason) != NULL, "trial %d: %s says: %s", _i,
		      trials[_i].id, g->reason);
	ck_assert_int_eq(g->verdict == RKX_ALLOW, g->reason[0] == '\0');
	/* A refusal by one gate is enough; what unlocks or only warns, all the others let through. */
	if (g->verdict >= RKX_REFUSE)
		ck_assert(!permit);
	else
		for (size_t i = 0; i < RKX_N_GATES; i++)
			ck_assert_msg(report.gate[i].verdict < RKX_REFUSE, "trial %d: %s: %s", _i,
				      rkx_gate_get(i)->id, report.gate[i].reason);
	ck_assert_int_eq(permit, !report.refused);
}
END_TEST

/* Each gate once, in order, with what it is for; and each was refused above, and unlocked if it can be. */
START_TEST(test_table)
{
	for (size_t i = 0; i < RKX_N_GATES; i++) {
		const struct rkx_gate *g = rkx_gate_get(i);
		bool refused = false, unlocked_once = false;
		char id[8];

		snprintf(id, sizeof(id), "G%zu", i + 1);
		ck_assert_str_eq(g->id, id);
		ck_assert_uint_gt(strlen(g->name), 2);
		ck_assert_uint_gt(strlen(g->hazard), 10);
		ck_assert_uint_gt(strlen(g->evidence), 10);
		for (size_t k = 0; k < i; k++) {
			ck_assert_str_ne(g->name, rkx_gate_get(k)->name);
			ck_assert_str_ne(g->hazard, rkx_gate_get(k)->hazard);
		}
		for (size_t k = 0; k < RKR_ARRAY_LEN(trials); k++) {
			if (strcmp(trials[k].id, id) != 0)
				continue;
			refused = refused || trials[k].verdict >= RKX_REFUSE;
			unlocked_once = unlocked_once || trials[k].verdict == RKX_UNLOCKED;
		}
		ck_assert_msg(refused, "no trial has %s refuse", id);
		ck_assert_msg(unlocked_once == (g->unlock != NULL),
			      "unlocking %s is not tried, or it cannot be", id);
	}
}
END_TEST

/* Runs of the vendor's runtime pass all gates as they are. */
START_TEST(test_pass)
{
	static const char *const shapes[] = { C32, H40, "b1_c160_h7_w7_oc320_wic160_k3x3_g1",
					      "b1_c160_h14_w14_oc320_wic160_k3x3_g1", PW };
	bool permit;
	const struct rkx_gate_report report = judge(&(struct trial){ .shape = shapes[_i] }, &permit);

	for (size_t i = 0; i < RKX_N_GATES; i++)
		ck_assert_msg(report.gate[i].verdict == RKX_ALLOW, "%s: %s: %s", shapes[_i],
			      rkx_gate_get(i)->id, report.gate[i].reason);
	ck_assert(permit);
}
END_TEST

/* Health jobs pass when nothing is known of the board yet, and only then as health jobs. */
START_TEST(test_health)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	struct rkx_facts facts = test_facts();
	struct rkx_gate_options options = { .purpose = RKX_PURPOSE_HEALTH };
	struct rkx_gate_report report;
	struct rkx_permit *permit;

	ck_assert_int_eq(rkx_health_run((enum rkx_health_form)_i, &run), 0);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);

	facts.health = RKX_HEALTH_UNKNOWN;
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &options, &report, &permit, NULL), 0);
	for (size_t i = 0; i < RKX_N_GATES; i++)
		ck_assert_msg(report.gate[i].verdict == RKX_ALLOW, "%s: %s", rkx_gate_get(i)->id,
			      report.gate[i].reason);
	ck_assert_ptr_nonnull(permit);
	rkx_permit_free(permit);
}
END_TEST

/* A permit is for one plan and one placement. */
START_TEST(test_permit)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *other = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_facts facts = test_facts();
	struct rkx_gate_report report;
	rkr_cleanup(rkx_permit_free) struct rkx_permit *permit = NULL;
	struct rkr_bo layout[5];
	size_t n;

	ck_assert_int_eq(rkx_gate_judge(plan, &facts, NULL, &report, &permit, NULL), 0);
	ck_assert(rkx_permit_covers(permit, plan));
	ck_assert(!rkx_permit_covers(permit, other));
	ck_assert(!rkx_permit_covers(NULL, plan));
	memcpy(layout, rkx_plan_bos(plan, &n), sizeof(layout));
	ck_assert_uint_eq(n, RKR_ARRAY_LEN(layout));
	ck_assert_int_eq(rkx_plan_place(plan, layout, n, NULL), 0);
	ck_assert(!rkx_permit_covers(permit, plan));
}
END_TEST

/* Where the driver puts BOs is judged too. */
START_TEST(test_placed_badly)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_facts facts = test_facts();
	struct rkx_gate_report report;
	struct rkx_permit *permit = NULL;
	struct rkr_bo layout[5];
	size_t n;

	memcpy(layout, rkx_plan_bos(plan, &n), sizeof(layout));
	layout[0].obj = 0;
	ck_assert_int_eq(rkx_plan_place(plan, layout, n, NULL), 0);
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, NULL, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[gate_index("G1")].verdict, RKX_NEVER);
	ck_assert_ptr_null(permit);
	/* Above 4 GiB no register holds it: the placement itself fails, and changes nothing. */
	uint64_t before = rkx_plan_placement(plan);

	layout[1].dma = UINT64_C(1) << 32;
	ck_assert_int_eq(rkx_plan_place(plan, layout, n, NULL), -ERANGE);
	ck_assert_uint_eq(rkx_plan_placement(plan), before);
}
END_TEST

/* A run in the ledger is refused, on any device, until it is allowed by name and bracketed. */
START_TEST(test_ledger)
{
	char dir[] = "/tmp/rkx-gate-XXXXXX", path[64];
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	struct rkx_facts facts = test_facts();
	struct rkx_poison *poison;
	struct rkx_poison_entry e = { .name = "the-bad-one", .harm = "poisons-next-job", .what = "conv" };
	const char *allow[] = { "the-bad-one" };
	struct rkx_gate_options options = { 0 };
	struct rkx_gate_report report;
	struct rkx_permit *permit = NULL;
	struct rkr_error err = { 0 };
	const size_t g = gate_index("G20");

	ck_assert_ptr_nonnull(mkdtemp(dir));
	ck_assert_int_eq(rkx_poison_load(dir, NULL, &poison, NULL), 0);
	ck_assert_int_eq(rkx_plan_fingerprint(plan, e.fingerprint), 0);
	ck_assert_int_eq(rkx_poison_add(poison, &e, &err), 0);
	facts.poison = poison;
	facts.emulated = true;
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &options, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[g].verdict, RKX_REFUSE);
	ck_assert_str_eq(report.gate[g].unlock, "the-bad-one");
	ck_assert_ptr_null(permit);
	options = (struct rkx_gate_options){ .allow = allow, .n_allow = 1 };
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &options, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[g].verdict, RKX_NEVER);
	options.bracketed = true;
	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &options, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[g].verdict, RKX_UNLOCKED);
	ck_assert_ptr_nonnull(permit);
	rkx_permit_free(permit);
	/* Another run has another fingerprint. */
	rkr_cleanup(rkx_plan_free) struct rkx_plan *edited =
		test_plan_of(run, (const char *const[]){ "task[0].CNA.CBUF_CON0.WEIGHT_BANK=2", NULL });

	ck_assert_int_eq(rkx_gate_judge(edited, &facts, NULL, &report, &permit, NULL), 0);
	ck_assert_int_eq(report.gate[g].verdict, RKX_ALLOW);
	rkx_permit_free(permit);
	rkx_poison_free(poison);
	snprintf(path, sizeof(path), "%s/poison", dir);
	unlink(path);
	rmdir(dir);
}
END_TEST

START_TEST(test_unknown_unlock)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run = test_run(C32, NULL);
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	static const char *const names[] = { "core", "raw-c64 exact-11", "", "G1", "kernel-pointer" };
	struct rkx_facts facts = test_facts();
	const struct rkx_gate_options options = { .allow = &names[_i], .n_allow = 1 };
	struct rkx_gate_report report = { .refused = true };
	struct rkx_permit *permit = NULL;
	struct rkr_error err = { 0 };

	ck_assert_int_eq(rkx_gate_judge(plan, &facts, &options, &report, &permit, &err), -EINVAL);
	ck_assert_ptr_nonnull(strstr(err.what, "no gate is unlocked"));
	ck_assert_ptr_null(permit);
}
END_TEST

/* The fence's digest is that of the captured stream, wherever its data are and however it is placed. */
START_TEST(test_fence_digest)
{
	rkr_cleanup(rkr_run_free) struct rkr_run *run =
		test_run(C64, &(struct rkg_options){ .iova_top = 0x40000000 });
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(run, TEST_NO_EDITS);
	char hex[RKR_SHA256_HEX];

	ck_assert_int_eq(rkx_submit_stream_fingerprint(plan, 0, hex), 0);
	ck_assert_str_eq(hex, "e52b2a7bfaeac8f66f149a1a733f5d187cc852627ba06d41b04fb7f02aeada95");
}
END_TEST

static Suite *
make_suite(void)
{
	Suite *s = suite_create("replay gates");
	TCase *t = tcase_create("gates");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, test_table);
	tcase_add_loop_test(t, test_trials, 0, RKR_ARRAY_LEN(trials));
	tcase_add_loop_test(t, test_pass, 0, 5);
	tcase_add_loop_test(t, test_health, 0, RKX_HEALTH_MAX_);
	tcase_add_test(t, test_permit);
	tcase_add_test(t, test_placed_badly);
	tcase_add_test(t, test_ledger);
	tcase_add_loop_test(t, test_unknown_unlock, 0, 5);
	tcase_add_test(t, test_fence_digest);
	suite_add_tcase(s, t);
	return s;
}

int
main(void)
{
	return test_main(make_suite());
}
