/* SPDX-License-Identifier: MIT */
/* What is read after a failure: the kernel's log and the registers; and where in a bracket that is done. */
#include "config.h"

#include <sys/stat.h>

#include "lib/regs-ids.h"
#include "replay/aftermath.h"
#include "replay/kmsg.h"
#include "tests/replay-engine-common.h"

RKR_DEFINE_CLEANUP(struct bench *, bench_free)
RKR_DEFINE_CLEANUP(struct rkx_session *, rkx_session_free)
RKR_DEFINE_CLEANUP(struct rkx_kmsg *, rkx_kmsg_free)
RKR_DEFINE_CLEANUP(struct rkx_aftermath *, rkx_aftermath_free)

#define NPU "/sys/devices/platform/fdab0000.npu"
#define DRIVERS "/sys/bus/platform/drivers/RKNPU"

static char root[64];

/* Append to a file below the root; directories are made. */
static void
put(const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s%s", root, name);
	for (char *p = path + strlen(root) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = '\0';
		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
	}
	FILE *f = fopen(path, "a");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
	snprintf(root, sizeof(root), "/tmp/rkreplay-aftermath-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void
teardown(void)
{
	nftw(root, bench_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/** Lines, as they were told. */
struct lines {
	size_t n;
	char text[64][600];
};

static void
take(void *data, const char *line)
{
	struct lines *l = data;

	if (l->n < RKR_ARRAY_LEN(l->text))
		snprintf(l->text[l->n], sizeof(l->text[0]), "%s", line);
	l->n++;
}

/* ---- the kernel's log */

START_TEST(test_kmsg)
{
	rkr_cleanup(rkx_kmsg_free) struct rkx_kmsg *k = NULL;
	struct lines l = { 0 };

	put("/dev/kmsg", "6,1,1000000,-;before\n");
	ck_assert_int_eq(rkx_kmsg_open(root, &k, NULL), 0);
	ck_assert_int_eq(rkx_kmsg_read(k, take, &l), 0);
	ck_assert_uint_eq(l.n, 0);
	put("/dev/kmsg",
	    "3,2,7610622,-;RKNPU: failed; to wait\n SUBSYSTEM=platform\n DEVICE=+platform:npu\n"
	    "3,3,12345678901234,c,caller=T1;RKNPU: \tcore \033[1m\nnonsense\n3,x,1;no time\n4,4,99,-;cut");
	ck_assert_int_eq(rkx_kmsg_read(k, take, &l), 0);
	ck_assert_uint_eq(l.n, 2);
	ck_assert_str_eq(l.text[0], "[    7.610622] RKNPU: failed; to wait");
	ck_assert_str_eq(l.text[1], "[12345678.901234] RKNPU: \tcore ?[1m");
	/* What a read cut is whole at the next one, and nothing is told twice. */
	put("/dev/kmsg", " in two\n");
	ck_assert_int_eq(rkx_kmsg_read(k, take, &l), 0);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_str_eq(l.text[2], "[    0.000099] cut in two");
}
END_TEST

/* A log that says more than anyone reads, and a line that never ends. */
START_TEST(test_kmsg_bounds)
{
	rkr_cleanup(rkx_kmsg_free) struct rkx_kmsg *k = NULL;
	static struct lines l;
	static char many[32 * 600], longest[40000];
	char *p = many;

	put("/dev/kmsg", "");
	ck_assert_int_eq(rkx_kmsg_open(root, &k, NULL), 0);
	for (int i = 0; i < 600; i++)
		p += sprintf(p, "3,%d,%d,-;line\n", i, i);
	put("/dev/kmsg", many);
	ck_assert_int_eq(rkx_kmsg_read(k, take, &l), 0);
	ck_assert_uint_eq(l.n, RKX_KMSG_LINES + 1);
	memset(longest, 'x', sizeof(longest) - 1);
	put("/dev/kmsg", longest);
	put("/dev/kmsg", "\n3,1,1,-;after\n");
	l.n = 0;
	ck_assert_int_eq(rkx_kmsg_read(k, take, &l), 0);
	ck_assert_uint_eq(l.n, 1);
	ck_assert_str_eq(l.text[0], "[    0.000001] after");
}
END_TEST

START_TEST(test_kmsg_fails)
{
	struct rkx_kmsg *k = NULL;
	struct rkr_error err = { 0 };
	struct lines l = { 0 };
	char path[128];

	ck_assert_int_eq(rkx_kmsg_open(root, &k, &err), -ENOENT);
	ck_assert_ptr_nonnull(strstr(err.what, "cannot be read"));
	/* Neither is a pipe, which could be waited for. */
	put("/dev/other", "");
	snprintf(path, sizeof(path), "%s/dev/kmsg", root);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(rkx_kmsg_open(root, &k, &err), -ESPIPE);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	int r = rkx_kmsg_open(root, &k, &err);

	if (r == 0) {
		r = rkx_kmsg_read(k, take, &l);
		/* By the file system: EISDIR or EINVAL. */
		ck_assert_int_lt(r, 0);
		rkx_kmsg_free(k);
	}
	ck_assert_uint_eq(l.n, 0);
	rmdir(path);
	put("/dev/kmsg", "");
	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		return;
	ck_assert_int_eq(rkx_kmsg_open(root, &k, &err), -EACCES);
	ck_assert_ptr_nonnull(strstr(err.cure, "root"));
}
END_TEST

/* ---- in a bracket */

/** What a bracket told, in order. */
struct told {
	char text[16384];
};

static void
add(struct told *t, const char *what, const char *more)
{
	size_t n = strlen(t->text);

	snprintf(t->text + n, sizeof(t->text) - n, "%s: %s\n", what, more);
}

static void
tell(void *data, enum rkx_bracket_step step, enum rkx_job_end end, const struct rkx_outcome *outcome)
{
	add(data, rkx_bracket_step_name(step), outcome ? rkx_job_end_name(end) : "");
}

static void
tell_state(void *data, const char *source, const char *line)
{
	add(data, source, line);
}

/* The emulated driver's log is what the kernel says. */
static void
say(void *data, const char *line)
{
	char record[600];

	(void)data;
	snprintf(record, sizeof(record), "3,1,1000000,-;%s\n", strchr(line, ']') + 2);
	put("/dev/kmsg", record);
}

/* A board's memory, as far as registers go: zeros, but one. */
static void
make_registers(void)
{
	const uint32_t raw = 0xc0000000;
	char path[128];

	put("/dev/mem", "");
	snprintf(path, sizeof(path), "%s/dev/mem", root);
	int fd = open(path, O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(ftruncate(fd, 0xfdae0000), 0);
	ck_assert_int_eq(pwrite(fd, &raw, 4, 0xfdab0000 + RKR_REG_PC_INTERRUPT_RAW_STATUS), 4);
	close(fd);
}

static void
make_board(const char *power)
{
	char link[256];

	put(NPU "/power/runtime_status", power);
	put(DRIVERS "/bind", "");
	snprintf(link, sizeof(link), "%s" DRIVERS "/fdab0000.npu", root);
	ck_assert_int_eq(symlink("../../../../devices/platform/fdab0000.npu", link), 0);
	make_registers();
}

/* @power  as sysfs says it; NULL: nobody asks for the registers */
static void
bracket(const char *fault, const char *power, struct told *ret_told, struct bench **ret_bench)
{
	rkr_cleanup(rkx_session_free) struct rkx_session *s = NULL;
	rkr_cleanup(rkx_aftermath_free) struct rkx_aftermath *a = NULL;
	rkr_cleanup(rkr_run_free) struct rkr_run *run = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = NULL;
	struct bench *b = bench_new(NULL);
	struct rke_fault f;
	struct rkx_round round;
	struct rkr_error err = { 0 };

	put("/dev/kmsg", "3,0,0,-;of old\n");
	make_board(power ? power : "active\n");
	ck_assert_int_eq(rke_fault_parse(fault, &f), 0);
	b->device->ops->close(b->device);
	ck_assert_int_eq(rkx_device_emulated(
				 &(struct rkx_emulated_options){ .faults = &f, .n_faults = 1, .klog = say },
				 &b->device),
			 0);
	ck_assert_int_eq(rkx_aftermath_new(root, power != NULL, &a), 0);
	struct rkx_session_options o = { .device = b->device,
					 .journal = b->journal,
					 .poison = b->poison,
					 .lock_held = true,
					 .tell = tell,
					 .tell_state = tell_state,
					 .tell_data = ret_told };

	o.sources = rkx_aftermath_sources(a, &o.n_sources);
	ck_assert_int_eq(rkx_session_new(&o, &s, &err), 0);
	ck_assert_int_eq(rkx_health_run(RKX_HEALTH_POINTERS, &run), 0);
	plan = test_plan_of(run, TEST_NO_EDITS);
	ck_assert_int_eq(rkx_session_bracket(s, plan, &round, &err), 0);
	rkx_round_free(&round);
	*ret_bench = b;
}

/* Where @part stands in what was told, behind @from. */
static const char *
after(const char *from, const char *part)
{
	const char *at = strstr(from, part);

	ck_assert_msg(at != NULL, "no \"%s\" in\n%s", part, from);
	return at + strlen(part);
}

/* Wait, read state, health again: in this order, and in the journal. */
START_TEST(test_bracket)
{
	struct told told = { 0 };
	rkr_cleanup(bench_free) struct bench *b = NULL;

	bracket("stall=2", "active\n", &told, &b);
	const char *at = after(told.text, "probe: TIMEOUT\npause: \nkernel: [    1.000000] RKNPU: job: ");

	at = after(at, "RKNPU: soft reset");
	at = after(at, "\nregisters: MMIO_SNAPSHOT after_failure\nregisters:   core=0 base=0xfdab0000\n");
	at = after(at, "INT_RAW_STATUS       off=0x002c value=0xc0000000\n");
	at = after(at, "core=2");
	after(at, "recovery: PASS\n");
	ck_assert_ptr_null(strstr(told.text, "of old"));
	/* The same by the journal: announced before it was read. */
	struct rkx_journal_log log = bench_log(b);
	const char *const order[] = {
		"probe: emulated job, fingerprint",    "the device is left alone", "state: read kernel",
		"kernel: [    1.000000] RKNPU: job: ", "state: read registers",    "registers: MMIO_SNAPSHOT",
		"recovery: emulated job, fingerprint"
	};
	size_t found = 0;

	for (size_t i = 0; i < log.n && found < RKR_ARRAY_LEN(order); i++)
		found += strncmp(log.entries[i].text, order[found], strlen(order[found])) == 0;
	ck_assert_msg(found == RKR_ARRAY_LEN(order), "the journal has no \"%s\"", order[found]);
	rkx_journal_log_free(&log);
}
END_TEST

/* Without power the registers are not touched, and that is said; the bracket goes on. */
START_TEST(test_no_power)
{
	struct told told = { 0 };
	rkr_cleanup(bench_free) struct bench *b = NULL;

	bracket("stall=3", "suspended\n", &told, &b);
	const char *at = after(told.text, "health after: TIMEOUT\npause: \n");

	at = after(at, "registers: not read: the NPU is not powered (suspended)");
	ck_assert_ptr_null(strstr(told.text, "MMIO_SNAPSHOT"));
	after(at, "recovery: PASS\n");
}
END_TEST

/* Where no further job is sent, the state is read all the same. */
START_TEST(test_wedged)
{
	struct told told = { 0 };
	rkr_cleanup(bench_free) struct bench *b = NULL;

	bracket("missed-kick=2", "active\n", &told, &b);
	const char *at = after(told.text, "probe: NOT-COMMITTED\nkernel: ");

	after(after(at, "RKNPU: job commit failed"), "registers: MMIO_SNAPSHOT");
	ck_assert_ptr_null(strstr(told.text, "recovery"));
}
END_TEST

/* Who does not ask for registers has none read, power or not. */
START_TEST(test_registers_are_asked_for)
{
	struct told told = { 0 };
	rkr_cleanup(bench_free) struct bench *b = NULL;

	bracket("stall=2", NULL, &told, &b);
	after(after(told.text, "kernel: [    1.000000] RKNPU: job: "), "recovery: PASS\n");
	ck_assert_ptr_null(strstr(told.text, "registers"));
}
END_TEST

/* All being well nothing is read. */
START_TEST(test_well)
{
	struct told told = { 0 };
	rkr_cleanup(bench_free) struct bench *b = NULL;

	bracket("stall=99", "active\n", &told, &b);
	ck_assert_str_eq(told.text, "health before: PASS\nprobe: PASS\nhealth after: PASS\n");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("replay-aftermath");
	TCase *tc = tcase_create("aftermath");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, test_kmsg);
	tcase_add_test(tc, test_kmsg_bounds);
	tcase_add_test(tc, test_kmsg_fails);
	tcase_add_test(tc, test_bracket);
	tcase_add_test(tc, test_no_power);
	tcase_add_test(tc, test_registers_are_asked_for);
	tcase_add_test(tc, test_wedged);
	tcase_add_test(tc, test_well);
	suite_add_tcase(suite, tc);
	return test_main(suite);
}
