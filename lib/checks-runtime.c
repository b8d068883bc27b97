/* SPDX-License-Identifier: MIT */
#include "config.h"

#include <inttypes.h>
#include <string.h>

#include "checks-priv.h"
#include "model-memory.h"
#include "util.h"

/* Checks of the rows that the runtime prints of its BOs. */

/* In order of allocation, and of freeing [captured: 34 logs]. */
static const char *const alloc_order[] = { "task", "weight", "internal", "input", "output" };
static const char *const free_order[] = { "internal", "weight", "task", "input", "output" };

/* Only the task BO is mapped for the kernel too [captured: 34 logs]. */
#define FLAGS (RKR_MEM_NON_CONTIGUOUS | RKR_MEM_CACHEABLE | RKR_MEM_LIMIT_IOVA_ALIGNMENT)
#define FLAGS_TASK (FLAGS | RKR_MEM_KERNEL_MAPPING)

static bool
is_network(struct rkr_check_ctx *c)
{
	bool is = rkr_check_is_network(c);

	if (is)
		rkr_check_skip(c, "its runtime rows tell of more than one layer");
	return is;
}

/* ---- sizes ---- */

static bool
is_size(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	(void)c;
	return it->kind != RKR_KIND_bo_alloc ||
	       (it->field && (strcmp(it->field, "size") == 0 || strcmp(it->field, "aligned_size") == 0 ||
			      strcmp(it->field, "flags") == 0));
}

static bool
is_no_size(const struct rkr_check_ctx *c, const struct rkr_diff_item *it)
{
	return it->kind != RKR_KIND_bo_alloc || !is_size(c, it);
}

/* The tensors of a feature table, together. False: there is none. */
static bool
feature_bytes(const struct rkr_check_ctx *c, uint64_t *ret_bytes)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_tensor); i++) {
		const struct rkr_record *r = rkr_check_record(c, RKR_KIND_tensor, i);

		if (rkr_str_is(r, RKR_F_tensor_table, "feature"))
			sum += rkr_get_u(r, RKR_F_tensor_size) & UINT32_MAX;
	}
	*ret_bytes = sum;
	return sum > 0;
}

void
rkr_check_profile(struct rkr_check_ctx *c)
{
	uint64_t features = 0, internal = 0;
	const struct rkr_record *sizes = rkr_check_record(c, RKR_KIND_regcmd_size, 0);

	if (is_network(c))
		return;
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_bo_alloc); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_bo_alloc, i);
		const struct rkr_record *r = &c->run->records[at];
		bool task = rkr_str_is(r, RKR_F_bo_alloc_name, "task");

		FIELD(c, at, bo_alloc, flags, task ? FLAGS_TASK : FLAGS);
		FIELD(c, at, bo_alloc, aligned_size, rkr_page_round(rkr_get_u(r, RKR_F_bo_alloc_size)));
		if (task)
			FIELD(c, at, bo_alloc, size, rkr_get_u(sizes, RKR_F_regcmd_size_task_bytes));
		/* Room for all features, which have BOs of their own besides [captured: 34 logs]. */
		if (rkr_str_is(r, RKR_F_bo_alloc_name, "internal")) {
			if (feature_bytes(c, &features))
				FIELD(c, at, bo_alloc, size, features);
			if (rkr_check_total(c, "Internal", &internal))
				FIELD(c, at, bo_alloc, size, internal);
		}
	}
	rkr_check_differences(c,
			      RKR_KIND_BIT(bo_alloc) | RKR_KIND_BIT(regcmd_size) |
				      RKR_KIND_BIT(memory_total) | RKR_KIND_BIT(tensor),
			      is_size);
}

/* ---- allocation ---- */

static void
check_row(struct rkr_check_ctx *c, size_t at)
{
	const struct rkr_record *r = &c->run->records[at];
	struct rkr_ref ref =
		rkr_run_resolve(c->run, RKR_SPACE_HANDLE, rkr_get_u(r, RKR_F_bo_alloc_handle), at);

	rkr_check_that(c, ref.state == RKR_REF_BO, at, NULL, "handle", "the handle of a BO",
		       rkr_check_text(c, "%" PRIu64, rkr_get_u(r, RKR_F_bo_alloc_handle)));
	if (ref.state != RKR_REF_BO)
		return;
	const struct rkr_bo *bo = &c->run->bos[ref.bo].bo;

	/* What the calls and the other rows say of this BO: whoever came first. */
	FIELD(c, at, bo_alloc, size, bo->known & RKR_BO_SIZE ? bo->size : rkr_get_u(r, RKR_F_bo_alloc_size));
	FIELD(c, at, bo_alloc, aligned_size,
	      bo->known & RKR_BO_ALIGNED ? bo->aligned : rkr_page_round(bo->size));
	if (bo->known & RKR_BO_FLAGS)
		FIELD(c, at, bo_alloc, flags, bo->flags);
	if (bo->known & RKR_BO_DMA)
		FIELD(c, at, bo_alloc, dma, bo->dma);
	if (bo->known & RKR_BO_OBJ)
		FIELD(c, at, bo_alloc, obj, bo->obj);
	if (bo->known & RKR_BO_VIRT)
		FIELD(c, at, bo_alloc, virt, bo->virt);
	if (bo->known & RKR_BO_GEM_NAME)
		FIELD(c, at, bo_alloc, gem_name, bo->gem_name);
}

void
rkr_check_allocation(struct rkr_check_ctx *c)
{
	size_t n = rkr_check_count(c, RKR_KIND_bo_alloc);

	for (size_t i = 0; i < n; i++) {
		size_t at = rkr_check_index(c, RKR_KIND_bo_alloc, i);

		check_row(c, at);
		if (rkr_check_is_network(c))
			continue;
		/* Handle, name and place in the order are all the same number [captured: 34 logs]. */
		FIELD(c, at, bo_alloc, handle, i + 1);
		FIELD(c, at, bo_alloc, gem_name, i + 1);
		if (i < RKR_ARRAY_LEN(alloc_order))
			rkr_check_that(c,
				       rkr_str_is(&c->run->records[at], RKR_F_bo_alloc_name, alloc_order[i]),
				       at, NULL, "name", alloc_order[i], "another BO");
	}
	if (!rkr_check_is_network(c))
		rkr_check_amount(c, SIZE_MAX, "bo_alloc", "rows", RKR_ARRAY_LEN(alloc_order), n);
	/* A dump shows the same BOs under the same names. */
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_gem); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_gem, i);
		struct rkr_ref ref = rkr_run_resolve(c->run, RKR_SPACE_GEM_NAME,
						     rkr_get_u(&c->run->records[at], RKR_F_gem_name), at);
		const struct rkr_bo *bo = ref.state == RKR_REF_BO ? &c->run->bos[ref.bo].bo : NULL;

		if (!bo || !(bo->known & RKR_BO_SIZE))
			continue;
		FIELD(c, at, gem, handle, bo->handle);
		FIELD(c, at, gem, size, rkr_page_round(bo->size));
		if (bo->known & RKR_BO_MAP)
			FIELD(c, at, gem, map_offset, bo->map);
	}
	rkr_check_differences(c, RKR_KIND_BIT(bo_alloc) | RKR_KIND_BIT(gem), is_no_size);
}

/* ---- teardown ---- */

void
rkr_check_free_order(struct rkr_check_ctx *c)
{
	size_t n = rkr_check_count(c, RKR_KIND_bo_free);

	if (is_network(c))
		return;
	rkr_check_amount(c, SIZE_MAX, "bo_free", "rows", rkr_check_count(c, RKR_KIND_bo_alloc), n);
	for (size_t i = 0; i < n && i < RKR_ARRAY_LEN(free_order); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_bo_free, i);
		const struct rkr_blob *name = rkr_get_b(&c->run->records[at], RKR_F_bo_free_name);
		char have[64];

		if (rkr_str_is(&c->run->records[at], RKR_F_bo_free_name, free_order[i])) {
			c->asserted++;
			continue;
		}
		rkr_value_format(&rkr_kind_get(RKR_KIND_bo_free)->fields[RKR_F_bo_free_name],
				 &(union rkr_value){ .b = name }, have, sizeof(have));
		rkr_check_that(c, false, at, NULL, "name", free_order[i], rkr_check_text(c, "%s", have));
	}
}

void
rkr_check_free_rows(struct rkr_check_ctx *c)
{
	const struct rkr_kind_desc *k = rkr_kind_get(RKR_KIND_bo_free);

	_Static_assert((int)RKR_N_FIELDS_bo_free == (int)RKR_N_FIELDS_bo_alloc &&
			       (int)RKR_F_bo_free_domain == (int)RKR_F_bo_alloc_domain,
		       "the rows have the same fields");
	for (size_t i = 0; i < rkr_check_count(c, RKR_KIND_bo_free); i++) {
		size_t at = rkr_check_index(c, RKR_KIND_bo_free, i);
		const struct rkr_record *r = &c->run->records[at], *alloc = NULL;
		const struct rkr_blob *name = rkr_get_b(r, RKR_F_bo_free_name);

		for (size_t j = 0; j < rkr_check_count(c, RKR_KIND_bo_alloc) && !alloc; j++) {
			const struct rkr_record *a = rkr_check_record(c, RKR_KIND_bo_alloc, j);
			const struct rkr_blob *other = rkr_get_b(a, RKR_F_bo_alloc_name);

			if (other->len == name->len && memcmp(other->data, name->data, name->len) == 0)
				alloc = a;
		}
		rkr_check_that(c, alloc != NULL, at, NULL, "name", "the name of a BO that was allocated",
			       "another");
		for (int f = 0; alloc && f < RKR_N_FIELDS_bo_free; f++)
			if (k->fields[f].cls != RKR_CLASS_VOLATILE && k->fields[f].type != RKR_TYPE_STR &&
			    rkr_has(alloc, f))
				rkr_check_field(c, at, f, alloc->v[f].u);
	}
	rkr_check_differences(c, RKR_KIND_BIT(bo_free), NULL);
}
