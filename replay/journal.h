/* SPDX-License-Identifier: MIT */
#ifndef RKX_JOURNAL_H
#define RKX_JOURNAL_H

/*
 * The journal: each step is on disk before it is taken, so that after a crash
 * of the board its last line names what was in flight. A text file, one line
 * an entry:
 *
 *	SEQ MS PID STATE RESULT TEXT *CHECKSUM
 *
 * It is also the lock: one process at a time holds it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "statefile.h"

/** A text that is longer is cut. */
#define RKX_JOURNAL_TEXT 240

struct rkx_journal;

/** Room for rkx_boot_id(). */
#define RKX_BOOT_ID 40

/** The kernel's name for the time since the board was started; "" if it tells none. */
void
rkx_boot_id(char ret_id[RKX_BOOT_ID]);

/** What the text of an OPEN begins with; the name of the boot follows. It tells a crash from a kill. */
#define RKX_JOURNAL_SESSION "session, boot "

/**
 * Open the journal of a state directory, which is made if there is none, and
 * take its lock; and begin a session in it.
 *
 * @param io  NULL: the C library's
 * @return 0; -EBUSY (another process has it), -ENOMEM, or the errno of what failed, with *err.
 */
int
rkx_journal_open(const char *dir, const struct rkx_io *io, struct rkx_journal **ret_journal,
		 struct rkr_error *err);

/**
 * Say that a step is about to be taken. When this returns 0 the line is on
 * disk. Once it has failed, the step must not be taken, and every later call
 * fails too.
 *
 * @param ret_seq  for rkx_journal_end()
 * @return 0 or a negative errno
 */
__attribute__((format(printf, 3, 4))) int
rkx_journal_begin(struct rkx_journal *journal, uint64_t *ret_seq, const char *fmt, ...);

/** Say that the step is over. @result: 0 or negative errno. */
int
rkx_journal_end(struct rkx_journal *journal, uint64_t seq, int result);

/** Say something that is no step. */
__attribute__((format(printf, 2, 3))) int
rkx_journal_note(struct rkx_journal *journal, const char *fmt, ...);

/** End the session and give up the lock. NULL is allowed. 0, or what went wrong, now or earlier. */
int
rkx_journal_close(struct rkx_journal *journal);

enum rkx_journal_state {
	RKX_JOURNAL_OPEN, /**< a session begins */
	RKX_JOURNAL_BEGIN,
	RKX_JOURNAL_END,
	RKX_JOURNAL_NOTE,
	RKX_JOURNAL_CLOSE, /**< a session ends as it should */
	RKX_JOURNAL_MAX_,
};

struct rkx_journal_entry {
	uint64_t seq; /**< of an END: that of its BEGIN */
	uint64_t ms;  /**< since 1970 */
	int64_t pid;
	enum rkx_journal_state state;
	int64_t result; /**< of an END */
	char text[RKX_JOURNAL_TEXT];
	bool in_flight; /**< a BEGIN whose END never came */
};

/** What a journal says. */
struct rkx_journal_log {
	struct rkx_journal_entry *entries;
	size_t n;
	size_t torn;     /**< lines that are cut or damaged: written while the power went */
	size_t torn_at;  /**< the first of them, counted from 1 */
	size_t session;  /**< index of the last session's first entry */
	bool unfinished; /**< the last session did not end as it should: crashed, killed, or still at it */
};

/**
 * Read a journal. Needs no lock.
 *
 * @return 0 (also without a journal: no entries), -ENOMEM, or the errno of reading it, with *err
 */
int
rkx_journal_read(const char *dir, struct rkx_journal_log *ret_log, struct rkr_error *err);

void
rkx_journal_log_free(struct rkx_journal_log *log);

/** Of the last session, the innermost step that was in flight when it stopped; or NULL. */
const struct rkx_journal_entry *
rkx_journal_in_flight(const struct rkx_journal_log *log);

#endif
