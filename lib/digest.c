/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "digest.h"

#include <errno.h>
#include <inttypes.h>
#include <nettle/sha2.h>
#include <string.h>

#include "format.h"
#include "run-priv.h"
#include "symbol.h"
#include "util.h"

void
rkr_sha256_hex(const void *data, size_t len, char ret_hex[RKR_SHA256_HEX])
{
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_init(&ctx);
	sha256_update(&ctx, len, data);
	sha256_digest(&ctx, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

const struct rkr_region *
rkr_run_region(const struct rkr_run *run, enum rkr_region_kind kind)
{
	for (size_t i = 0; i < run->n_regions; i++)
		if (run->regions[i].kind == kind)
			return &run->regions[i];
	return NULL;
}

/* A word with its address, if it holds one, replaced by an offset; and whose offset that is. */
static uint64_t
normalise(const struct rkr_run *run, uint32_t bo, uint64_t offset, uint64_t word, const char **ret_role)
{
	struct rkr_word_address a = rkr_run_word_address(run, bo, offset, word);
	uint64_t address = (word >> a.shift) & a.mask;
	struct rkr_ref ref = { .state = RKR_REF_NULL };

	*ret_role = "-";
	if (a.mask)
		ref = rkr_run_resolve(run, RKR_SPACE_DMA, address, SIZE_MAX);
	if (ref.state != RKR_REF_BO)
		return word;
	*ret_role = run->bos[ref.bo].bo.role[0] ? run->bos[ref.bo].bo.role : "?";
	return (word & ~(a.mask << a.shift)) | (ref.addend & a.mask) << a.shift;
}

static int
words_text(const struct rkr_run *run, const struct rkr_region *r, struct rkr_buf *buf)
{
	for (uint64_t o = 0; o + 8 <= r->size; o += 8) {
		uint8_t b[8];
		uint64_t word = 0;
		const char *role;

		if (rkr_run_read(run, r->bo, r->offset + o, b, sizeof(b)) < 0)
			return -ENODATA;
		for (size_t i = 0; i < 8; i++)
			word |= (uint64_t)b[i] << (8 * i);
		word = normalise(run, r->bo, r->offset + o, word, &role);
		rkr_buf_printf(buf, "0x%016" PRIx64 " %s\n", word, role);
	}
	return 0;
}

static int
tasks_text(const struct rkr_run *run, const struct rkr_region *r, struct rkr_buf *buf)
{
	for (uint64_t o = 0; o + RKR_TASK_BYTES <= r->size; o += RKR_TASK_BYTES) {
		uint8_t b[RKR_TASK_BYTES];
		struct rkr_record_buf row;
		const char *role;

		if (rkr_run_read(run, r->bo, r->offset + o, b, sizeof(b)) < 0)
			return -ENODATA;
		rkr_record_init(&row, RKR_KIND_task);
		rkr_task_row_set(&row.rec, b);
		row.v[RKR_F_task_regcmd_addr].u =
			normalise(run, r->bo, r->offset + o + 32, row.v[RKR_F_task_regcmd_addr].u, &role);
		for (int f = RKR_F_task_flags; f <= RKR_F_task_regcmd_addr; f++)
			rkr_buf_printf(buf, "0x%" PRIx64 " ", row.v[f].u);
		rkr_buf_printf(buf, "%s\n", role);
	}
	return 0;
}

int
rkr_region_text(const struct rkr_run *run, const struct rkr_region *region, char **ret_text, size_t *ret_len)
{
	struct rkr_buf buf = { 0 };
	int r = region->kind == RKR_REGION_REGCMD ? words_text(run, region, &buf)
						  : tasks_text(run, region, &buf);

	rkr_buf_put(&buf, "", 1);
	if (r == 0)
		r = buf.failed;
	if (r < 0) {
		rkr_buf_free(&buf);
		return r;
	}
	*ret_text = buf.data;
	*ret_len = buf.len - 1;
	return 0;
}

int
rkr_region_digest(const struct rkr_run *run, const struct rkr_region *region, char ret_hex[RKR_SHA256_HEX])
{
	_autofree_ char *text = NULL;
	size_t len;
	int r = rkr_region_text(run, region, &text, &len);

	if (r == 0)
		rkr_sha256_hex(text, len, ret_hex);
	return r;
}
