/* SPDX-License-Identifier: MIT */
#ifndef RKR_TRIAGE_COMPARE_H
#define RKR_TRIAGE_COMPARE_H

/*
 * Two logs of the same workload, job by job: where they part, and what each
 * difference means. Addresses, times and tokens never repeat and do not count.
 */

#include "triage.h"

RKR_BEGIN_DECLS

/** Jobs that are kept of a log; later ones are not compared. */
#define RKR_COMPARE_JOBS 100000

struct rkr_compare;

/** Where two logs differ. A number of 0: the job is in one log only. */
struct rkr_divergence {
	uint64_t number[2];
	struct rkr_triage_place place[2];
	const char *field; /**< NULL: a job is missing */
	uint64_t value[2];
	const char *meaning;
	bool is_end; /**< the values are enum rkr_job_end */
};

/** 0 or -ENOMEM. */
int
rkr_compare_new(struct rkr_compare **ret_compare);

/** Free a comparison; NULL is nothing. */
void
rkr_compare_free(struct rkr_compare *compare);

/** Take a job of log 0 or 1, in order. 0 or -ENOMEM. */
int
rkr_compare_add(struct rkr_compare *compare, unsigned log, const struct rkr_job *job);

/** Jobs of a log that were too many to compare. */
uint64_t
rkr_compare_left_out(const struct rkr_compare *compare, unsigned log);

/** Tell of each difference, in order. 0, or the first negative return of @tell. */
int
rkr_compare_run(const struct rkr_compare *compare,
		int (*tell)(void *data, const struct rkr_divergence *divergence), void *data);

RKR_END_DECLS

#endif
