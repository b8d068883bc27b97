/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "checks-priv.h"
#include "lib/regs-ids.h"
#include "model-commit.h"
#include "util.h"

/* Checks of what a board shows besides the calls: registers and sysfs. */

static bool
starts_with(const struct rkr_blob *b, const char *prefix)
{
	size_t len = strlen(prefix);

	return b->len >= len && memcmp(b->data, prefix, len) == 0;
}

static bool
ends_with(const struct rkr_blob *b, const char *suffix)
{
	size_t len = strlen(suffix);

	return b->len >= len && memcmp((const char *)b->data + b->len - len, suffix, len) == 0;
}

/* ---- MMIO ---- */

/* Values that a register may hold after a submit: up to one per task of the commit. */
struct expected {
	const struct rkr_task *tasks; /* of the commit */
	size_t n;
	const struct rkr_commit *commit;
};

static bool
is_task_address(const struct expected *e, uint32_t value)
{
	for (size_t i = 0; i < e->n; i++)
		if ((uint32_t)e->tasks[i].regcmd_addr == value)
			return true;
	return false;
}

static bool
is_task_amount(const struct expected *e, uint32_t value)
{
	for (size_t i = 0; i < e->n; i++)
		if (rkr_commit_amount(e->tasks[i].regcfg_amount) == (value & 0xffff))
			return true;
	return value == 0;
}

static void
check_register(struct rkr_check_ctx *c, size_t at, const struct expected *e)
{
	const struct rkr_record *r = &c->run->records[at];
	uint32_t value = (uint32_t)rkr_get_u(r, RKR_F_mmio_register_value), want = 0;
	uint16_t offset = (uint16_t)rkr_get_u(r, RKR_F_mmio_register_off);
	bool ok = true;
	const char *expected = "";

	switch (offset) {
	/* The chain moves these two on, and its last record sets them to 0 [captured: tails]. */
	case RKR_REG_PC_BASE_ADDRESS:
		ok = value == 0 || is_task_address(e, value);
		expected = rkr_check_text(c, "0x%x or the address of a later task",
					  (uint32_t)e->tasks[0].regcmd_addr);
		break;
	case RKR_REG_PC_REGISTER_AMOUNTS:
		ok = is_task_amount(e, value);
		expected = rkr_check_text(c, "0x%x or what a later task leaves",
					  rkr_commit_amount(e->tasks[0].regcfg_amount));
		break;
	case RKR_REG_PC_TASK_STATUS:
		ok = (value & RKR_TASK_COUNTER_MASK) <= e->n;
		expected = rkr_check_text(c, "a counter of at most %zu", e->n);
		break;
	case RKR_REG_PC_INTERRUPT_MASK:
	case RKR_REG_PC_TASK_CON:
	case RKR_REG_PC_TASK_DMA_BASE_ADDR:
		rkr_commit_value(e->commit, offset, &want);
		ok = value == want;
		expected = rkr_check_text(c, "0x%x", want);
		break;
	default:
		return;
	}
	rkr_check_that(c, ok, at, NULL, "value", expected, rkr_check_text(c, "0x%x", value));
}

/*
 * A core's registers are those of the commit if it is the one that ran: its task control is not
 * that of a reset.
 */
static bool
core_ran(const struct rkr_run *run, size_t core, size_t end)
{
	for (size_t i = core + 1; i < end && run->records[i].kind == RKR_KIND_mmio_register; i++)
		if (rkr_get_u(&run->records[i], RKR_F_mmio_register_off) == RKR_REG_PC_TASK_CON)
			return rkr_get_u(&run->records[i], RKR_F_mmio_register_value) != 0;
	return false;
}

/* The cores of one snapshot. Returns how many of them ran. */
static size_t
check_cores(struct rkr_check_ctx *c, size_t from, size_t to, const struct rkr_abi_submit *s,
	    const struct rkr_task *tasks, size_t n)
{
	size_t ran = 0;

	for (size_t i = from; i < to; i++) {
		const struct rkr_record *r = &c->run->records[i];
		unsigned core = (unsigned)rkr_get_u(r, RKR_F_mmio_core_core);
		uint32_t mask = s->core_mask ? s->core_mask : UINT32_C(1) << (core % RKR_NPU_CORES);
		struct rkr_slice slice;
		struct rkr_commit commit;

		if (r->kind != RKR_KIND_mmio_core || !core_ran(c->run, i, to))
			continue;
		ran++;
		bool works =
			rkr_subcore_slice(s, mask, core, 0, &slice) == 0 &&
			rkr_commit_make(tasks, n, slice, core, s->flags, s->task_base_addr, &commit) == 0;

		rkr_check_that(c, works, i, NULL, "core", "a core of the submit, with tasks",
			       rkr_check_text(c, "%u", core));
		if (!works)
			continue;
		const struct expected e = { tasks + slice.start, slice.number, &commit };

		for (size_t k = i + 1; k < to && c->run->records[k].kind == RKR_KIND_mmio_register; k++)
			check_register(c, k, &e);
	}
	return ran;
}

/* Where a snapshot's records end. */
static size_t
snapshot_end(const struct rkr_run *run, size_t at, enum rkr_kind kind)
{
	enum rkr_stream stream = rkr_kind_get(kind)->stream;
	size_t i = at + 1;

	while (i < run->n_records && run->records[i].kind != kind &&
	       rkr_kind_get(run->records[i].kind)->stream == stream)
		i++;
	return i;
}

static void
skip_unavailable(struct rkr_check_ctx *c)
{
	const struct rkr_kind_desc *k = rkr_kind_get(RKR_KIND_mmio_unavailable);
	const struct rkr_record *r = rkr_check_record(c, RKR_KIND_mmio_unavailable, 0);
	char device[128] = "?", error[128] = "";

	if (rkr_has(r, RKR_F_mmio_unavailable_device))
		rkr_value_format(&k->fields[RKR_F_mmio_unavailable_device],
				 &r->v[RKR_F_mmio_unavailable_device], device, sizeof(device));
	if (rkr_has(r, RKR_F_mmio_unavailable_error))
		rkr_value_format(&k->fields[RKR_F_mmio_unavailable_error],
				 &r->v[RKR_F_mmio_unavailable_error], error, sizeof(error));
	rkr_check_skip(c, "%s could not be read: errno %" PRId64 ", %s", device,
		       r->v[RKR_F_mmio_unavailable_errno].s, error);
}

void
rkr_check_mmio(struct rkr_check_ctx *c)
{
	_autofree_ struct rkr_task *tasks = NULL;
	size_t n = rkr_check_tasks(c, &tasks), ran = 0, after = 0;

	if (!rkr_check_count(c, RKR_KIND_mmio_core)) {
		if (rkr_check_count(c, RKR_KIND_mmio_unavailable))
			skip_unavailable(c);
		else
			rkr_check_mandatory(c, RKR_KIND_mmio_core);
		return;
	}
	if (!n || !rkr_check_count(c, RKR_KIND_submit)) {
		rkr_check_skip(
			c, "registers follow from a submit and its tasks: give those logs too, with --join");
		return;
	}
	size_t at = rkr_check_first_submit(c);
	const struct rkr_abi_submit s = rkr_check_submit(&c->run->records[at]);

	if (!rkr_check_shows(c, at, RKR_F_submit_sub0_number, "slots"))
		return;
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_snapshot_mmio); i++) {
		size_t shot = rkr_check_index(c, RKR_KIND_snapshot_mmio, i);

		if (!starts_with(rkr_get_b(&c->run->records[shot], RKR_F_snapshot_mmio_label),
				 "after_submit_"))
			continue;
		after++;
		ran += check_cores(c, shot, snapshot_end(c->run, shot, RKR_KIND_snapshot_mmio), &s, tasks, n);
	}
	if (!after)
		rkr_check_skip(c, "no snapshot is labelled after_submit_N");
	else
		rkr_check_that(c, ran > 0, SIZE_MAX, "snapshot_mmio", NULL,
			       "a core that ran, after the submit", "none");
}

/* ---- sysfs ---- */

/* What a snapshot must hold for the state of the NPU to be known. */
static const struct {
	const char *suffix;
	bool number;
} values[] = {
	{ "/runtime_status", false }, { "/runtime_usage", false }, { "/cur_freq", true },
	{ "/target_freq", true },     { "/governor", false },
};

static bool
is_number(const struct rkr_blob *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (((const char *)b->data)[i] < '0' || ((const char *)b->data)[i] > '9')
			return false;
	return b->len > 0;
}

static void
check_values(struct rkr_check_ctx *c, size_t from, size_t to)
{
	for (size_t v = 0; v < RKR_ARRAY_LEN(values); v++) {
		const struct rkr_record *found = NULL;
		size_t at = from;
		char have[80] = "no such value";

		for (size_t i = from + 1; i < to && !found; i++) {
			const struct rkr_record *r = &c->run->records[i];

			if (r->kind != RKR_KIND_sysfs_value ||
			    !ends_with(rkr_get_b(r, RKR_F_sysfs_value_path), values[v].suffix))
				continue;
			found = r;
			at = i;
		}
		const struct rkr_blob *b = found ? rkr_get_b(found, RKR_F_sysfs_value_value) : NULL;
		bool ok =
			b && b->len && !starts_with(b, "<unreadable:") && (!values[v].number || is_number(b));

		if (b)
			rkr_value_format(&rkr_kind_get(RKR_KIND_sysfs_value)->fields[RKR_F_sysfs_value_value],
					 &(union rkr_value){ .b = b }, have, sizeof(have));
		rkr_check_that(c, ok, at, NULL, values[v].suffix + 1,
			       values[v].number ? "a number" : "a value",
			       ok ? "" : rkr_check_text(c, "%s", have));
	}
}

/* Around each submit there is a snapshot before and one after. */
static void
check_labels(struct rkr_check_ctx *c)
{
	static const char *const sides[] = { "before", "after" };

	for (size_t n = 1; n <= rkr_check_count(c, RKR_KIND_submit); n++) {
		for (size_t side = 0; side < RKR_ARRAY_LEN(sides); side++) {
			char label[40];
			bool there = false;

			snprintf(label, sizeof(label), "%s_submit_%zu", sides[side], n);
			for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_snapshot_sysfs); i++)
				there |= rkr_str_is(rkr_check_record(c, RKR_KIND_snapshot_sysfs, i),
						    RKR_F_snapshot_sysfs_label, label);
			rkr_check_that(c, there, SIZE_MAX, "snapshot_sysfs", "label",
				       rkr_check_text(c, "%s", label),
				       "mandatory input missing: no such snapshot");
		}
	}
}

void
rkr_check_sysfs(struct rkr_check_ctx *c)
{
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_snapshot_sysfs); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_snapshot_sysfs, i);

		check_values(c, at, snapshot_end(c->run, at, RKR_KIND_snapshot_sysfs));
	}
	check_labels(c);
}
