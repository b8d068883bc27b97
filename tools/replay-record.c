/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "replay.h"

#include <math.h>
#include <string.h>

/* What a bracket showed, as a record of the run that the probe brought back: verify --promote rests on it. */

/* A fraction in millionths, as records hold them; false if it is no such number. */
static bool
in_millionths(double value, uint64_t *ret)
{
	if (!isfinite(value) || value < 0 || value > 1e12)
		return false;
	*ret = (uint64_t)llround(value * 1e6);
	return true;
}

int
replay_record_bracket(struct rkr_run *answer, const struct rkx_identity *id, const struct rkx_bracket *b,
		      const double *max_diff)
{
	struct rkr_record_buf buf;
	struct rkr_blob texts[6];
	char driver[64];
	uint64_t millionths;
	int n = 0;

	snprintf(driver, sizeof(driver), "%.31s %d.%d.%d", id->driver, (int)id->version[0],
		 (int)id->version[1], (int)id->version[2]);
	const struct {
		int field;
		const char *text; /* NULL: there was no such step */
	} fields[] = {
		{ RKR_F_bracket_device, id->emulated ? "emulated" : "hardware" },
		{ RKR_F_bracket_driver, driver },
		{ RKR_F_bracket_before, rkx_job_end_name(b->before) },
		{ RKR_F_bracket_probe, b->ran_probe ? rkx_job_end_name(b->probe) : NULL },
		{ RKR_F_bracket_after, b->ran_after ? rkx_job_end_name(b->after) : NULL },
		{ RKR_F_bracket_verdict, rkx_bracket_verdict_name(b->verdict) },
	};

	rkr_record_init(&buf, RKR_KIND_bracket);
	for (size_t i = 0; i < RKR_ARRAY_LEN(fields); i++) {
		if (!fields[i].text)
			continue;
		texts[n] = (struct rkr_blob){ fields[i].text, strlen(fields[i].text) };
		rkr_set_b(&buf.rec, fields[i].field, &texts[n++]);
	}
	if (max_diff && in_millionths(*max_diff, &millionths))
		rkr_set_u(&buf.rec, RKR_F_bracket_max_diff, millionths);
	rkr_run_set_witness(answer, RKR_KIND_bracket);
	return rkr_run_append(answer, &buf.rec);
}
