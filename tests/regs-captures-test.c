/* SPDX-License-Identifier: MIT */
/* The register database against captured streams: it must know every word of them. */
#include "config.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/regs-ids.h"
#include "lib/regs.h"
#include "lib/util.h"
#include "tests/common.h"

/** A word of a captured stream writes a register of the database, and none of its reserved bits. */
static void
check_word(const char *file, uint64_t word)
{
	uint16_t target = (uint16_t)(word >> 48), offset = (uint16_t)word;
	uint32_t value = (uint32_t)(word >> 16), used = 0;
	const struct rkr_reg *reg;

	if (word == 0 || target == RKR_TARGET_NOP || target == RKR_TARGET_MARK)
		return;
	reg = target == RKR_TARGET_OP_EN ? rkr_reg_by_offset(RKR_REG_GLOBAL_OPERATION_ENABLE, NULL)
					 : rkr_reg_by_qword(target, offset, NULL);
	if (!reg)
		ck_abort_msg("%s: 0x%016llx writes no known register", file, (unsigned long long)word);
	for (size_t i = 0; i < reg->n_fields; i++)
		used |= rkr_reg_field_set(&reg->fields[i], 0, UINT32_MAX);
	if (value & ~used)
		ck_abort_msg("%s: 0x%016llx: reserved bits of %s", file, (unsigned long long)word, reg->name);
}

START_TEST(captured_streams)
{
	_autofree_ char *folder = test_shared("captures/corpus");
	_autoclosedir_ DIR *dir = NULL;
	size_t n = 0;

	if (!folder)
		test_skip("the folder of captures is not here");
	dir = opendir(folder);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		_autofree_ char *path = NULL, *text = NULL;
		const char *at, *end;

		if (!strstr(entry->d_name, ".json"))
			continue;
		ck_assert_int_ge(asprintf(&path, "%s/%s", folder, entry->d_name), 0);
		text = test_read_file(path, NULL);
		at = strstr(text, "\"qwords\":");
		if (!at)
			continue;
		/* The list is of quoted hex words; it ends at the first bracket. */
		end = strchr(at, ']');
		ck_assert_ptr_nonnull(end);
		for (; (at = strstr(at, "\"0x")) && at < end; at++) {
			check_word(entry->d_name, strtoull(at + 1, NULL, 16));
			n++;
		}
	}
	/* Six schedules of the corpus are known to the last word. */
	ck_assert_uint_eq(n, 6000);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("regs-captures");
	TCase *streams = tcase_create("streams");

	tcase_add_test(streams, captured_streams);
	suite_add_tcase(suite, streams);
	return test_main(suite);
}
