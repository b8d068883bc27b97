/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "tests/checks-board.h"

#include <string.h>

#include "lib/model-commit.h"
#include "lib/util.h"
#include "tests/gen-common.h"

static void
add(struct rkr_run *run, const struct rkr_record_buf *buf)
{
	ck_assert_int_eq(rkr_run_append(run, &buf->rec), 0);
}

static void
set_text(struct rkr_record_buf *buf, int field, const char *text, struct rkr_blob *blob)
{
	*blob = (struct rkr_blob){ text, strlen(text) };
	rkr_set_b(&buf->rec, field, blob);
}

static void
add_sysfs(struct rkr_run *run, const char *label)
{
	static const char *const values[][2] = {
		{ "/sys/devices/platform/fdab0000.npu/power/runtime_status", "active" },
		{ "/sys/devices/platform/fdab0000.npu/power/runtime_usage", "1" },
		{ "/sys/class/devfreq/fdab0000.npu/cur_freq", "1000000000" },
		{ "/sys/class/devfreq/fdab0000.npu/target_freq", "1000000000" },
		{ "/sys/class/devfreq/fdab0000.npu/governor", "rknpu_ondemand" },
	};
	struct rkr_record_buf buf;
	struct rkr_blob a, b;

	rkr_record_init(&buf, RKR_KIND_snapshot_sysfs);
	set_text(&buf, RKR_F_snapshot_sysfs_label, label, &a);
	add(run, &buf);
	for (size_t i = 0; i < RKR_ARRAY_LEN(values); i++) {
		rkr_record_init(&buf, RKR_KIND_sysfs_value);
		set_text(&buf, RKR_F_sysfs_value_path, values[i][0], &a);
		set_text(&buf, RKR_F_sysfs_value_value, values[i][1], &b);
		add(run, &buf);
	}
}

/* Core 0 as it is after its tasks ran: the chain's last record has cleared the amount. */
static void
add_mmio(struct rkr_run *run)
{
	struct rkr_task last;
	struct rkr_record_buf buf;
	struct rkr_blob a;

	ck_assert_int_eq(rkr_run_task(run, 1, &last), 0);
	const uint32_t regs[][2] = {
		{ 0x10, (uint32_t)last.regcmd_addr },
		{ 0x14, 0 },
		{ 0x20, 0x300 },
		{ 0x30, 0x7002 },
		{ 0x34, 0 },
		{ 0x3c, 2 },
	};

	rkr_record_init(&buf, RKR_KIND_snapshot_mmio);
	set_text(&buf, RKR_F_snapshot_mmio_label, "after_submit_1", &a);
	add(run, &buf);
	for (uint32_t core = 0; core < 2; core++) {
		rkr_record_init(&buf, RKR_KIND_mmio_core);
		rkr_set_u(&buf.rec, RKR_F_mmio_core_core, core);
		rkr_set_u(&buf.rec, RKR_F_mmio_core_base, 0xfdab0000 + core * 0x10000);
		add(run, &buf);
		for (size_t i = 0; i < RKR_ARRAY_LEN(regs); i++) {
			rkr_record_init(&buf, RKR_KIND_mmio_register);
			set_text(&buf, RKR_F_mmio_register_name, "R", &a);
			rkr_set_u(&buf.rec, RKR_F_mmio_register_off, regs[i][0]);
			/* The core that was not picked is as a reset leaves it. */
			rkr_set_u(&buf.rec, RKR_F_mmio_register_value, core == 0 ? regs[i][1] : 0);
			add(run, &buf);
		}
	}
}

/* ---- kernel log ---- */

static void
add_timeout(struct rkr_run *run)
{
	struct rkr_record_buf buf;
	struct rkr_blob a;

	rkr_record_init(&buf, RKR_KIND_wait);
	set_text(&buf, RKR_F_wait_what, "expired", &a);
	rkr_set_u(&buf.rec, RKR_F_wait_mask, 1);
	rkr_set_u(&buf.rec, RKR_F_wait_job_domain, 0);
	rkr_set_u(&buf.rec, RKR_F_wait_dev_domain, 0);
	rkr_set_u(&buf.rec, RKR_F_wait_wait_count, 1);
	rkr_set_u(&buf.rec, RKR_F_wait_timeout, 6000000);
	add(run, &buf);
	rkr_record_init(&buf, RKR_KIND_wait);
	set_text(&buf, RKR_F_wait_what, "failed", &a);
	rkr_set_u(&buf.rec, RKR_F_wait_task_counter, 1);
	rkr_set_u(&buf.rec, RKR_F_wait_flags, 5);
	add(run, &buf);
	rkr_record_init(&buf, RKR_KIND_timeout);
	rkr_set_u(&buf.rec, RKR_F_timeout_flags, 0);
	add(run, &buf);
	rkr_record_init(&buf, RKR_KIND_core_status);
	rkr_set_u(&buf.rec, RKR_F_core_status_core, 0);
	rkr_set_u(&buf.rec, RKR_F_core_status_irq_status, 0);
	rkr_set_u(&buf.rec, RKR_F_core_status_raw_status, 0xc0000000);
	rkr_set_u(&buf.rec, RKR_F_core_status_require_mask, 0x300);
	rkr_set_u(&buf.rec, RKR_F_core_status_task_counter, 1);
	add(run, &buf);
}

/* ---- PC commit trace ---- */

static void
set_all(struct rkr_record_buf *buf, const uint64_t (*values)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		rkr_set_u(&buf->rec, (int)values[i][0], values[i][1]);
}

#define SET_ALL(buf, ...) \
	set_all(buf, (const uint64_t[][2]){ __VA_ARGS__ }, \
		sizeof((const uint64_t[][2]){ __VA_ARGS__ }) / sizeof(uint64_t[2]))

/* The rows of one commit to core 0, and of its end: done, or given up. */
static void
add_trace(struct rkr_run *run)
{
	struct rkr_task first, last;
	struct rkr_record_buf buf;

	ck_assert_int_eq(rkr_run_task(run, 0, &first), 0);
	ck_assert_int_eq(rkr_run_task(run, 1, &last), 0);
	uint32_t amount = rkr_commit_amount(first.regcfg_amount);

	for (int round = 0; round < 2; round++) {
		rkr_record_init(&buf, RKR_KIND_pc_prelude);
		SET_ALL(&buf, { RKR_F_pc_prelude_core, 0 }, { RKR_F_pc_prelude_core_mask, 1 },
			{ RKR_F_pc_prelude_use_core_num, 1 });
		add(run, &buf);
		rkr_record_init(&buf, RKR_KIND_pc_trace);
		SET_ALL(&buf, { RKR_F_pc_trace_core, 0 }, { RKR_F_pc_trace_submit_index, 0 },
			{ RKR_F_pc_trace_task_start, 0 }, { RKR_F_pc_trace_task_number, 2 },
			{ RKR_F_pc_trace_task_end, 1 }, { RKR_F_pc_trace_first_regcmd, first.regcmd_addr },
			{ RKR_F_pc_trace_first_amount, first.regcfg_amount },
			{ RKR_F_pc_trace_first_enable, first.enable_mask },
			{ RKR_F_pc_trace_first_int, first.int_mask },
			{ RKR_F_pc_trace_last_int, last.int_mask }, { RKR_F_pc_trace_task_base_addr, 0 },
			{ RKR_F_pc_trace_flags, 5 }, { RKR_F_pc_trace_use_core_num, 1 });
		add(run, &buf);
		rkr_record_init(&buf, RKR_KIND_pc_regs);
		SET_ALL(&buf, { RKR_F_pc_regs_core, 0 }, { RKR_F_pc_regs_data_addr, first.regcmd_addr },
			{ RKR_F_pc_regs_data_amount, amount }, { RKR_F_pc_regs_int_mask, 0x300 },
			{ RKR_F_pc_regs_task_control, 0x7002 }, { RKR_F_pc_regs_dma_base, 0 });
		add(run, &buf);
		rkr_record_init(&buf, RKR_KIND_pc_armed);
		SET_ALL(&buf, { RKR_F_pc_armed_core, 0 }, { RKR_F_pc_armed_op_en, 0 },
			{ RKR_F_pc_armed_task_status, 0x1000 });
		add(run, &buf);
		if (round == 0) {
			rkr_record_init(&buf, RKR_KIND_pc_irq_valid);
			SET_ALL(&buf, { RKR_F_pc_irq_valid_core, 0 }, { RKR_F_pc_irq_valid_status, 0x200 },
				{ RKR_F_pc_irq_valid_require, 0x300 }, { RKR_F_pc_irq_valid_task_counter, 2 },
				{ RKR_F_pc_irq_valid_data_addr, last.regcmd_addr },
				{ RKR_F_pc_irq_valid_data_amount, 0 },
				{ RKR_F_pc_irq_valid_task_control, 0x7002 });
			add(run, &buf);
			continue;
		}
		for (int kind = 0; kind < 2; kind++) {
			_Static_assert((int)RKR_F_pc_timeout_core == (int)RKR_F_pc_irq_invalid_core,
				       "the two rows have the same fields");
			rkr_record_init(&buf, kind ? RKR_KIND_pc_timeout : RKR_KIND_pc_irq_invalid);
			SET_ALL(&buf, { RKR_F_pc_timeout_core, 0 },
				{ RKR_F_pc_timeout_data_addr, first.regcmd_addr },
				{ RKR_F_pc_timeout_data_amount, amount },
				{ RKR_F_pc_timeout_task_control, 0x7002 }, { RKR_F_pc_timeout_dma_base, 0 });
			add(run, &buf);
		}
	}
}

/* ---- the source of a driver that prints all of this ---- */

static void
add_markers(struct rkr_run *run)
{
	static const char *const rows[] = { "pc_prelude", "pc_trace",       "pc_regs",     "pc_armed",
					    "pc_timeout", "pc_irq_invalid", "pc_irq_valid" };
	struct rkr_record_buf buf;
	struct rkr_blob a, b;

	for (size_t i = 0; i < RKR_ARRAY_LEN(rows); i++) {
		rkr_record_init(&buf, RKR_KIND_trace_marker);
		set_text(&buf, RKR_F_trace_marker_row, rows[i], &a);
		set_text(&buf, RKR_F_trace_marker_missing, "", &b);
		add(run, &buf);
	}
	rkr_run_set_witness(run, RKR_KIND_trace_marker);
}

void
test_add_board(struct rkr_run *run)
{
	add_sysfs(run, "before_submit_1");
	add_sysfs(run, "after_submit_1");
	add_mmio(run);
	add_trace(run);
	add_timeout(run);
	add_markers(run);
}
