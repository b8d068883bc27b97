/* SPDX-License-Identifier: MIT */
#ifndef TOOLS_TRIAGE_H
#define TOOLS_TRIAGE_H

/* Printing of triage, as text and as JSON. */

#include "lib/format.h"
#include "lib/triage-compare.h"
#include "lib/triage.h"
#include "tool.h"

RKR_DEFINE_CLEANUP(struct rkr_triage *, rkr_triage_free)
RKR_DEFINE_CLEANUP(struct rkr_compare *, rkr_compare_free)

/** The files that places name; of two logs that are compared, the other's come behind. */
struct triage_names {
	const char *const *names;
	size_t n;
};

void
triage_job_json(struct rkr_buf *out, const struct rkr_job *job, const struct triage_names *names);

void
triage_job_text(struct rkr_buf *out, const struct rkr_job *job, const struct triage_names *names);

void
triage_verdict_json(struct rkr_buf *out, const struct rkr_verdict *verdict, const struct triage_names *names);

void
triage_verdict_text(struct rkr_buf *out, const struct rkr_verdict *verdict, const struct triage_names *names);

void
triage_divergence_json(struct rkr_buf *out, const struct rkr_divergence *d, const struct triage_names *bad,
		       const struct triage_names *clean);

void
triage_divergence_text(struct rkr_buf *out, const struct rkr_divergence *d, const struct triage_names *bad,
		       const struct triage_names *clean);

/** The jobs of a run, for show --trace. */
enum tool_exit
triage_show(const struct rkr_run *run, bool json);

#endif
