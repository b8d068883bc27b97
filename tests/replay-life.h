/* SPDX-License-Identifier: MIT */
#ifndef TEST_REPLAY_LIFE_H
#define TEST_REPLAY_LIFE_H

/*
 * The whole life of a session, as the verb replay lives it, through the real
 * device and libdrm; and what must be true of its journal, whatever came in
 * between.
 */

#include "replay/device-drm.h"
#include "replay/stop.h"
#include "tests/replay-engine-common.h"
#include "tests/replay-syscalls.h"

RKR_DEFINE_CLEANUP(struct rkx_poison *, rkx_poison_free)

#define SECONDS(n) (UINT64_C(1000000000) * (n))

/** A run that is probed, again and again. */
struct subject {
	struct rkr_run *run;
	const char *fault; /* of the board, or NULL */
	enum rkx_bracket_verdict undisturbed;
};

/** What a life came to. */
struct end {
	int ret; /* what kept it from beginning */
	bool in_session;
	struct rkx_round round;
	int closed, journal_closed;
	struct rke_stats stats; /* before the node was closed */
};

static struct sys_log *shared_log;

/* Before all else. */
static bool
share_log(void)
{
	void *p = mmap(NULL, sizeof(*shared_log), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	shared_log = p == MAP_FAILED ? NULL : p;
	return shared_log;
}

static bool
asked(void *data)
{
	(void)data;
	return rkx_stop_asked();
}

/* As the verb lives it: ledger, device, journal, session, bracket, and all closed again. */
static void
live(const struct subject *sub, struct end *ret_end)
{
	rkr_cleanup(rkx_poison_free) struct rkx_poison *poison = NULL;
	rkr_cleanup(rkx_plan_free) struct rkx_plan *plan = test_plan_of(sub->run, TEST_NO_EDITS);
	struct rkx_device *device = NULL;
	struct rkx_journal *journal = NULL;
	struct rkx_session *s = NULL;
	struct rkr_error err = { 0 };
	struct end e = { 0 };

	e.ret = rkx_poison_load(sys.dir, NULL, &poison, &err);
	if (e.ret == 0)
		e.ret = rkx_device_drm(SYS_NODE, &device, &err);
	if (e.ret == 0)
		e.ret = rkx_journal_open(sys.dir, NULL, &journal, &err);
	const struct rkx_session_options o = { .device = device,
					       .journal = journal,
					       .poison = poison,
					       .allow = (const char *const[]){ "raw-c64" },
					       .n_allow = 1,
					       .state_capture = true,
					       .lock_held = true,
					       .users_known = true,
					       .stop = asked };

	if (e.ret == 0)
		e.ret = rkx_session_new(&o, &s, &err);
	if (e.ret == 0) {
		e.in_session = true;
		e.ret = rkx_session_bracket(s, plan, &e.round, &err);
	}
	rkx_session_free(s);
	rke_board_stats(sys.board, &e.stats);
	e.closed = device ? device->ops->close(device) : 0;
	e.journal_closed = rkx_journal_close(journal);
	*ret_end = e;
}

/* ---- before and after a life */

static void
world_new(const struct subject *sub)
{
	struct rke_fault fault;

	if (sub->fault)
		ck_assert_int_eq(rke_fault_parse(sub->fault, &fault), 0);
	const struct rke_board_options o = { .make_hw = rke_hw_npu,
					     .start_ns = SECONDS(100),
					     .faults = &fault,
					     .n_faults = sub->fault ? 1 : 0 };

	memset(&sys, 0, sizeof(sys));
	sys.node = -1;
	snprintf(sys.dir, sizeof(sys.dir), "/tmp/rkreplay-sweep-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(sys.dir));
	ck_assert_int_eq(rke_board_new(&o, &sys.board), 0);
	shared_log->n = 0;
	sys.log = shared_log;
	sys.on = true;
}

static void
world_free(void)
{
	sys.on = false;
	rke_board_free(sys.board);
	sys.board = NULL;
	nftw(sys.dir, bench_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- the journal against what the device saw */

/* The letter of a step that is a call on the node, or 0. */
static char
letter_of(const struct rkx_journal_entry *e)
{
	static const struct {
		const char *word;
		char letter;
	} words[] = { { "action ", 'A' }, { "create ", 'C' }, { "map ", 'M' },  { "destroy ", 'D' },
		      { "sync ", 'S' },   { "submit ", 'J' }, { "mmap ", 'P' }, { "munmap ", 'U' } };
	const char *text = strstr(e->text, ": ");

	for (size_t i = 0; e->state == RKX_JOURNAL_BEGIN && text && i < RKR_ARRAY_LEN(words); i++)
		if (strncmp(text + 2, words[i].word, strlen(words[i].word)) == 0)
			return words[i].letter;
	return 0;
}

static const struct rkx_journal_entry *
end_of(const struct rkx_journal_log *log, size_t begin)
{
	for (size_t i = begin + 1; i < log->n; i++)
		if (log->entries[i].state == RKX_JOURNAL_END &&
		    log->entries[i].seq == log->entries[begin].seq)
			return &log->entries[i];
	return NULL;
}

/* libdrm makes such a call again; of submits it does not know. */
static bool
is_made_again(const struct sys_call *c)
{
	return (c->ret == -EINTR || c->ret == -EAGAIN) && strchr("ACMDS", c->what);
}

/*
 * Each call was announced before it reached the node, in this order, and what
 * is said to have come of it did. Without an announcement BOs are given back,
 * and nothing else, once the journal has failed.
 *
 * @return announced calls that never reached the node
 */
static size_t
assert_truth(bool journal_failed)
{
	struct rkx_journal_log log;
	size_t at = 0, left = 0;

	sys.on = false;
	ck_assert_int_eq(rkx_journal_read(sys.dir, &log, NULL), 0);
	sys.on = true;
	for (unsigned i = 0; i < shared_log->n; i++) {
		const struct sys_call *c = &shared_log->call[i];

		if (is_made_again(c) && i + 1 < shared_log->n)
			continue;
		while (at < log.n && !letter_of(&log.entries[at]))
			at++;
		if (at == log.n) {
			ck_assert_msg(journal_failed && strchr("DU", c->what),
				      "call %u, %c, was not announced", i, c->what);
			continue;
		}
		ck_assert_msg(letter_of(&log.entries[at]) == c->what, "call %u is %c, and announced was %s",
			      i, c->what, log.entries[at].text);
		const struct rkx_journal_entry *end = end_of(&log, at++);

		ck_assert_msg(!end || (c->ended && end->result == c->ret),
			      "call %u, %c, gave %d, the journal says %d", i, c->what, c->ret,
			      end ? (int)end->result : 0);
	}
	for (; at < log.n; at++)
		left += letter_of(&log.entries[at]) != 0;
	rkx_journal_log_free(&log);
	return left;
}

/* After a submit that failed nothing is given back before the driver can have given the job up. */
static void
assert_none_abandoned(void)
{
	for (unsigned i = 0; i + 1 < shared_log->n; i++) {
		const struct sys_call *c = &shared_log->call[i], *next = c + 1;
		/* EINVAL may be asked once more, half a second later. */
		uint64_t rest = c->ret == -EINTR || c->ret == -EAGAIN    ? SECONDS(7)
				: c->ret == -EINVAL && next->what == 'J' ? SECONDS(1) / 2
									 : SECONDS(1);

		if (c->what != 'J' || c->ret == 0)
			continue;
		ck_assert_msg(next->ns - c->ns >= rest,
			      "call %u (%c) comes %llu ns after a submit that gave %d", i + 1, next->what,
			      (unsigned long long)(next->ns - c->ns), c->ret);
	}
}

#endif
