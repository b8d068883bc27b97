/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "lib/regcmd.h"
#include "lib/regs-ids.h"
#include "plan-priv.h"

/*
 * Addresses that would stay behind. Relocation moves what fields and
 * registers declare to be an address. If any other value that is sent looks
 * like one, then a rule is missing, and the NPU would use an address of
 * someone else's memory.
 */

/* The BO that a value points into, by its addresses in the source; or RKX_NONE. */
static uint32_t
looks_like(const struct rkr_run *run, uint64_t value)
{
	static const enum rkr_space spaces[] = { RKR_SPACE_DMA, RKR_SPACE_OBJECT, RKR_SPACE_VIRTUAL };

	for (size_t i = 0; i < RKR_ARRAY_LEN(spaces); i++) {
		struct rkr_ref ref = rkr_run_resolve(run, spaces[i], value, SIZE_MAX);

		if (ref.state == RKR_REF_BO)
			return ref.bo;
	}
	return RKX_NONE;
}

static int
refuse(const struct rkr_run *run, uint32_t bo, uint64_t value, struct rkr_error *err, const char *where)
{
	char name[32];

	return rkr_fail(err, -EFAULT, "it would not be moved, so the run cannot be replayed",
			"%s is 0x%" PRIx64
			", which looks like an address of BO %s, and no rule says that it is one",
			where, value, rkx_bo_name(run, bo, name));
}

/* Fields that are sent to the driver, are no amount (those print in decimal), and declare no address. */
static int
check_record(const struct rkr_run *run, const struct rkr_record *r, size_t nth, struct rkr_error *err)
{
	const struct rkr_kind_desc *k = rkr_kind_get(r->kind);
	char where[64];

	for (size_t f = 0; f < k->n_fields; f++) {
		const struct rkr_field *d = &k->fields[f];

		if (!rkr_has(r, (int)f) || d->cls != RKR_CLASS_PLAIN || d->base != RKR_BASE_HEX ||
		    (d->type != RKR_TYPE_U64 && d->type != RKR_TYPE_U32))
			continue;
		uint32_t bo = looks_like(run, r->v[f].u);

		if (bo == RKX_NONE)
			continue;
		snprintf(where, sizeof(where), "%s[%zu].%s", k->name, nth, d->name);
		return refuse(run, bo, r->v[f].u, err, where);
	}
	return 0;
}

/* What is said of a word by the region that it lies in. */
static const struct rkr_region *
region_of(const struct rkr_run *run, uint32_t bo, uint64_t offset)
{
	size_t n;
	const struct rkr_region *r = rkr_run_regions(run, &n);

	for (size_t i = 0; i < n; i++)
		if (r[i].bo == bo && offset >= r[i].offset && offset - r[i].offset + 8 <= r[i].size)
			return &r[i];
	return NULL;
}

/* The value of a word that no rule claims and that may be an address; 0: claimed. */
static uint64_t
unclaimed(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word)
{
	const struct rkr_region *region = region_of(run, bo, offset);
	struct rkr_qword q = rkr_qword_decode(word);

	if (region && region->kind == RKR_REGION_REGCMD)
		/* The register database says of each register whether it holds an address. */
		return rkr_reg_by_qword(q.target, q.offset, NULL) || q.target == RKR_TARGET_OP_EN ||
				       q.target == RKR_TARGET_MARK
			       ? 0
			       : q.value;
	if (region) /* each field of a task is declared, and data has no address in it */
		return 0;
	if (word <= UINT32_MAX)
		return word;
	return rkr_qword_address_mask(word) ? q.value : 0;
}

static int
check_contents(const struct rkr_run *run, uint32_t bo, struct rkr_error *err)
{
	size_t n;
	const struct rkr_extent *e = rkr_run_extents(run, bo, &n);
	char name[32], where[96];

	for (size_t i = 0; i < n; i++)
		for (uint64_t at = rkr_align_up(e[i].offset, 8); at + 8 <= e[i].offset + e[i].len; at += 8) {
			uint64_t word = 0, value;
			uint32_t target;

			if (rkr_run_get_word(run, bo, at, &word) < 0 || word == 0)
				continue;
			value = unclaimed(run, bo, at, word);
			target = value ? looks_like(run, value) : RKX_NONE;
			if (target == RKX_NONE)
				continue;
			snprintf(where, sizeof(where), "the word at %s+0x%" PRIx64,
				 rkx_bo_name(run, bo, name), at);
			return refuse(run, target, value, err, where);
		}
	return 0;
}

int
rkx_plan_check(const struct rkr_run *run, struct rkr_error *err)
{
	size_t nth[RKR_KIND_MAX_] = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < rkr_run_n_records(run); i++) {
		const struct rkr_record *rec = rkr_run_record(run, i);

		if (rec->kind == RKR_KIND_submit || rec->kind == RKR_KIND_mem_sync)
			r = check_record(run, rec, nth[rec->kind], err);
		nth[rec->kind]++;
	}
	for (uint32_t b = 0; r == 0 && b < rkr_run_n_bos(run); b++)
		r = check_contents(run, b, err);
	return r;
}
