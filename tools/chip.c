/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "chip.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/regcmd.h"

/* Targets of the two blocks whose registers tell. */
#define CNA 0x0201
#define DPU 0x1001

void
tool_chip_see(struct tool_chip *chip, uint64_t word)
{
	const struct rkr_qword q = rkr_qword_decode(word);
	size_t n;
	const struct rkr_reg_block *blocks = rkr_reg_blocks(&n);
	bool is_block = false;

	for (size_t i = 0; i < n; i++)
		is_block |= blocks[i].qword_target && blocks[i].qword_target == q.target;
	if (!is_block)
		return;
	chip->writes++;
	if (rkr_reg_by_qword(q.target, q.offset, NULL))
		return;
	chip->unknown++;
	/*
	 * Both are in all streams of the RK3576 [captured: a submit and a kernel's
	 * list], and in none of the RK3588's.
	 */
	chip->cna_1018 |= q.target == CNA && q.offset == 0x1018;
	chip->dpu_40b8 |= q.target == DPU && q.offset == 0x40b8;
}

static bool
is_rk3576(const struct tool_chip *chip)
{
	return chip->cna_1018 && chip->dpu_40b8;
}

void
tool_chip_format(const struct tool_chip *chip, uint64_t word, char *buf, size_t size)
{
	const struct rkr_qword q = rkr_qword_decode(word);

	/*
	 * Words that are no block's register, such as the one that starts it, are the
	 * same in both [captured].
	 */
	if (is_rk3576(chip) && rkr_reg_by_qword(q.target, q.offset, NULL))
		snprintf(buf, size, "0x%04x:0x%04x value=0x%x", q.target, q.offset, q.value);
	else
		rkr_qword_format(word, false, buf, size);
}

void
tool_chip_explain(const struct tool_chip *chip)
{
	if (!chip->unknown)
		return;
	fflush(stdout);
	if (is_rk3576(chip))
		fprintf(stderr,
			"rkreplay: this regcmd is an RK3576's (it writes CNA 0x1018 and DPU 0x40b8): %" PRIu64
			" of %" PRIu64 " register writes go where the RK3588 has no register. What the"
			" RK3576's fields are is not known; registers are shown by number\n",
			chip->unknown, chip->writes);
	else
		fprintf(stderr,
			"rkreplay: %" PRIu64 " of %" PRIu64
			" register writes go to registers that the RK3588 is"
			" not known to have, which are shown by number: the regcmd may be another chip's, and then the"
			" other names may be wrong\n",
			chip->unknown, chip->writes);
}
