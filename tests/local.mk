# SPDX-License-Identifier: MIT
#
# tests/: "make check" and "make check-valgrind". A C test is a program of its
# own that writes TAP by way of tests/common.h. To add one: its name to
# C_TESTS, and its _SOURCES (and _LDADD, if it needs more) below.

C_TESTS = \
	tests/align-test \
	tests/boimages-test \
	tests/bundle-atomic-test \
	tests/bundle-damage-test \
	tests/bundle-malformed-test \
	tests/bundle-test \
	tests/bundle-version-test \
	tests/capture-events-test \
	tests/checks-places-test \
	tests/checks-real-test \
	tests/checks-test \
	tests/contents-test \
	tests/emu-board-test \
	tests/emu-conv-runs-test \
	tests/emu-conv-test \
	tests/emu-dpu-cube-test \
	tests/emu-dpu-flying-test \
	tests/emu-driver-test \
	tests/emu-fault-test \
	tests/emu-half-test \
	tests/emu-models-test \
	tests/emu-ops-test \
	tests/emu-pc-stall-test \
	tests/emu-pc-test \
	tests/emu-ppu-test \
	tests/emu-products-test \
	tests/emu-run-test \
	tests/emu-random-test \
	tests/emu-submit-test \
	tests/emu-wait-test \
	tests/facts-test \
	tests/filter-time-test \
	tests/find-test \
	tests/gen-corpus-test \
	tests/gen-networks-test \
	tests/gen-plan-test \
	tests/gen-run-test \
	tests/gen-sequence-test \
	tests/gen-shape-test \
	tests/gen-tables-test \
	tests/golden-dmesg-test \
	tests/identical-test \
	tests/layers-test \
	tests/layers-wrong-test \
	tests/ledger-test \
	tests/model-commit-test \
	tests/model-memory-test \
	tests/model-submit-test \
	tests/model-wait-test \
	tests/diff-contents-test \
	tests/diff-records-test \
	tests/mutation-test \
	tests/networks-facts-test \
	tests/networks-made-test \
	tests/networks-read-test \
	tests/networks-real-test \
	tests/overlay-test \
	tests/parse-cut-test \
	tests/parse-dialects-test \
	tests/parse-dump-test \
	tests/parse-export-test \
	tests/parse-habits-test \
	tests/parse-lines-test \
	tests/parse-misfits-test \
	tests/parse-real-test \
	tests/parse-records-test \
	tests/parse-kernel-test \
	tests/parse-rows-test \
	tests/regs-captures-test \
	tests/regs-test \
	tests/replay-aftermath-test \
	tests/replay-bracket-test \
	tests/replay-device-emu-test \
	tests/replay-engine-faults-test \
	tests/replay-engine-test \
	tests/replay-gate-test \
	tests/replay-journal-test \
	tests/replay-known-test \
	tests/replay-network-test \
	tests/replay-oom-test \
	tests/replay-past-test \
	tests/replay-plan-test \
	tests/replay-refusal-test \
	tests/replay-signal-test \
	tests/replay-sweep-test \
	tests/rknn-checks-test \
	tests/rknn-read-test \
	tests/rknn-real-test \
	tests/schedules-test \
	tests/snapshot-test \
	tests/symbol-test \
	tests/taken-test \
	tests/triage-cores-test \
	tests/triage-golden-test \
	tests/triage-loop-test \
	tests/triage-real-test \
	tests/triage-test \
	tests/triage-run-test \
	tests/words-test
SHELL_TESTS = \
	tests/cli-abuse-test.sh \
	tests/capture-test.sh \
	tests/capture-unlucky-test.sh \
	tests/cli-test.sh \
	tests/emu-loops-test.sh \
	tests/emulate-test.sh \
	tests/dist-test.sh \
	tests/doc-test.sh \
	tests/doctor-test.sh \
	tests/filter-test.sh \
	tests/follow-test.sh \
	tests/fuzz-test.sh \
	tests/gdb-script-test.sh \
	tests/gen-regs-test.sh \
	tests/headers-test.sh \
	tests/man-test.sh \
	tests/oom-test.sh \
	tests/progress-test.sh \
	tests/networks-test.sh \
	tests/report-test.sh \
	tests/replay-drm-test.sh \
	tests/replay-model-test.sh \
	tests/replay-test.sh \
	tests/rknn-test.sh \
	tests/snapshot-test.sh \
	tests/state-test.sh \
	tests/symbols-test.sh \
	tests/terminal-test.sh \
	tests/triage-verb-test.sh \
	tests/trace-patch-test.sh \
	tests/trace-script-test.sh \
	tests/verify-test.sh

# The rooms, with the library's objects in place of the shared library, so
# that tests reach internal functions.
TEST_LIBS = \
	tests/libtest.la \
	parsers/librkp.la \
	gen/librkg.la \
	lib/librkr-static.la \
	$(CHECK_LIBS)
LDADD = $(TEST_LIBS)

# The life of a session on a board behind system calls.
REPLAY_LIFE = tests/sanitized.h tests/replay-life.h tests/replay-syscalls.h tests/replay-engine-common.h tests/replay-common.h \
	tests/gen-common.h
# A model that is made of nothing.
NET_MODEL = tests/net-model.c tests/net-model.h tests/net-recipes.c tests/net-recipes.h tests/rknn-common.c \
	tests/rknn-common.h tests/gen-common.h

# A whole emulated board, and what its results are compared with.
EMU_DEVICE = tests/emu-device.c tests/emu-device.h tests/emu-common.c tests/emu-common.h tests/ref.c tests/ref.h

tests_align_test_SOURCES = tests/align-test.c
tests_boimages_test_SOURCES = tests/boimages-test.c
tests_bundle_atomic_test_SOURCES = tests/bundle-atomic-test.c tests/bundle-common.c tests/bundle-common.h
tests_bundle_damage_test_SOURCES = tests/bundle-damage-test.c tests/bundle-common.c tests/bundle-common.h
tests_bundle_malformed_test_SOURCES = tests/bundle-malformed-test.c tests/bundle-common.c tests/bundle-common.h
tests_bundle_test_SOURCES = tests/bundle-test.c tests/bundle-common.c tests/bundle-common.h
tests_bundle_version_test_SOURCES = tests/bundle-version-test.c tests/bundle-common.c tests/bundle-common.h
tests_capture_events_test_SOURCES = tests/capture-events-test.c
tests_capture_events_test_LDADD = replay/librkcapture.la replay/librkx.la $(TEST_LIBS)
tests_checks_places_test_SOURCES = tests/checks-places-test.c
tests_checks_real_test_SOURCES = tests/checks-real-test.c tests/gen-common.h
tests_checks_test_SOURCES = tests/checks-board.c tests/checks-board.h tests/checks-mutations.h tests/checks-test.c \
	tests/gen-common.h
tests_contents_test_SOURCES = tests/contents-test.c
tests_emu_board_test_SOURCES = tests/emu-board-test.c tests/emu-common.c tests/emu-common.h
tests_emu_board_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_conv_runs_test_SOURCES = tests/emu-conv-runs-test.c tests/emu-conv-shapes.h $(EMU_DEVICE) tests/gen-common.h
tests_emu_conv_runs_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_conv_test_SOURCES = tests/emu-conv-test.c tests/emu-core.h
tests_emu_conv_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_dpu_cube_test_SOURCES = tests/emu-dpu-cube-test.c tests/emu-dpu.h tests/emu-core.h
tests_emu_dpu_cube_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_dpu_flying_test_SOURCES = tests/emu-dpu-flying-test.c tests/emu-dpu.h tests/emu-core.h
tests_emu_dpu_flying_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_driver_test_SOURCES = tests/emu-driver-test.c tests/emu-common.c tests/emu-common.h
tests_emu_driver_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_fault_test_SOURCES = tests/emu-fault-test.c tests/emu-common.c tests/emu-common.h tests/parse-common.c \
	tests/parse-common.h
tests_emu_fault_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_half_test_SOURCES = tests/emu-half-test.c tests/emu-core.h
tests_emu_half_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_models_test_SOURCES = tests/emu-models-test.c tests/emu-model.c tests/emu-model.h $(EMU_DEVICE)
tests_emu_models_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_emu_ops_test_SOURCES = tests/emu-ops-test.c tests/op-streams.c tests/op-streams.h $(EMU_DEVICE)
tests_emu_ops_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_products_test_SOURCES = tests/emu-products-test.c tests/op-streams.c tests/op-streams.h $(EMU_DEVICE)
tests_emu_products_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_pc_stall_test_SOURCES = tests/emu-pc-stall-test.c tests/emu-list.h tests/emu-chip.h
tests_emu_pc_stall_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_pc_test_SOURCES = tests/emu-pc-test.c tests/emu-list.h tests/emu-chip.h
tests_emu_pc_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_ppu_test_SOURCES = tests/emu-ppu-test.c tests/emu-core.h
tests_emu_ppu_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_triage_cores_test_SOURCES = tests/triage-cores-test.c tests/triage-common.h
tests_triage_cores_test_LDADD = parsers/librkp.la $(TEST_LIBS)
tests_triage_golden_test_SOURCES = tests/triage-golden-test.c tests/triage-common.h
tests_triage_golden_test_LDADD = parsers/librkp.la $(TEST_LIBS)
tests_triage_loop_test_SOURCES = tests/triage-loop-test.c tests/triage-common.h tests/emu-common.c tests/emu-common.h
tests_triage_loop_test_LDADD = replay/librke.la parsers/librkp.la $(TEST_LIBS)
tests_triage_real_test_SOURCES = tests/triage-real-test.c tests/triage-common.h
tests_triage_real_test_LDADD = parsers/librkp.la $(TEST_LIBS)
tests_triage_test_SOURCES = tests/triage-test.c tests/triage-common.h
tests_triage_test_LDADD = parsers/librkp.la $(TEST_LIBS)
tests_triage_run_test_SOURCES = tests/triage-run-test.c tests/triage-common.h tests/gen-common.h
tests_triage_run_test_LDADD = replay/librkx.la replay/librke.la parsers/librkp.la gen/librkg.la $(TEST_LIBS)
tests_emu_run_test_SOURCES = tests/emu-run-test.c tests/emu-chip.h tests/emu-core.h tests/gen-common.h
tests_emu_run_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_random_test_SOURCES = tests/emu-random-test.c tests/emu-common.c tests/emu-common.h
tests_emu_random_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_submit_test_SOURCES = tests/emu-submit-test.c tests/emu-common.c tests/emu-common.h
tests_emu_submit_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_emu_wait_test_SOURCES = tests/emu-wait-test.c tests/emu-common.c tests/emu-common.h
tests_emu_wait_test_LDADD = replay/librke.la $(TEST_LIBS)
tests_facts_test_SOURCES = tests/facts-test.c tests/facts.c tests/facts.h
tests_facts_test_LDADD = $(TEST_LIBS) $(YAML_LIBS)
tests_filter_time_test_SOURCES = tests/filter-time-test.c tools/filter-time.c tools/filter.h
tests_find_test_SOURCES = tests/find-test.c tests/bundle-common.c tests/bundle-common.h
tests_gen_corpus_test_SOURCES = tests/gen-corpus-test.c tests/gen-bodies.h tests/gen-captures.h
tests_gen_corpus_test_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)
tests_gen_networks_test_SOURCES = tests/gen-networks-test.c tests/gen-captures.h
tests_gen_networks_test_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)
tests_gen_plan_test_SOURCES = tests/gen-plan-test.c tests/gen-common.h
tests_gen_run_test_SOURCES = tests/gen-run-test.c tests/gen-common.h
tests_gen_sequence_test_SOURCES = tests/gen-sequence-test.c tests/gen-common.h
tests_gen_shape_test_SOURCES = tests/gen-shape-test.c tests/gen-common.h
tests_gen_tables_test_SOURCES = tests/gen-tables-test.c tests/gen-common.h
tests_golden_dmesg_test_SOURCES = tests/golden-dmesg-test.c tests/golden.c tests/golden.h
LAYERS_BENCH = tests/layers-bench.c tests/layers-bench.h tests/net-recipes.c tests/net-recipes.h tests/op-streams.c \
	tests/op-streams.h $(EMU_DEVICE)
tests_layers_test_SOURCES = tests/layers-test.c $(LAYERS_BENCH)
tests_layers_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_layers_wrong_test_SOURCES = tests/layers-wrong-test.c $(LAYERS_BENCH)
tests_layers_wrong_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_ledger_test_SOURCES = tests/ledger-test.c tests/gen-common.h
tests_model_commit_test_SOURCES = tests/model-commit-test.c
tests_model_memory_test_SOURCES = tests/model-memory-test.c
tests_model_submit_test_SOURCES = tests/model-submit-test.c
tests_model_wait_test_SOURCES = tests/model-wait-test.c
tests_identical_test_SOURCES = tests/identical-test.c
tests_diff_contents_test_SOURCES = tests/diff-contents-test.c
tests_diff_records_test_SOURCES = tests/diff-records-test.c
tests_mutation_test_SOURCES = tests/mutation-test.c
tests_parse_cut_test_SOURCES = tests/parse-cut-test.c tests/parse-common.c tests/parse-common.h tests/parse-lines.h
tests_parse_dialects_test_SOURCES = tests/parse-dialects-test.c tests/parse-common.c tests/parse-common.h
tests_parse_dump_test_SOURCES = tests/parse-dump-test.c tests/parse-common.c tests/parse-common.h
tests_networks_facts_test_SOURCES = tests/networks-facts-test.c tests/facts.c tests/facts.h
tests_networks_facts_test_LDADD = $(TEST_LIBS) $(YAML_LIBS)
tests_networks_made_test_SOURCES = tests/networks-made-test.c tests/net-sweep.c tests/net-sweep.h $(NET_MODEL)
tests_networks_read_test_SOURCES = tests/networks-read-test.c tests/gen-common.h tests/rknn-common.c tests/rknn-common.h
tests_networks_real_test_SOURCES = tests/networks-real-test.c tests/gen-captures.h tests/net-sweep.c tests/net-sweep.h
tests_networks_real_test_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)

tests_overlay_test_SOURCES = tests/overlay-test.c tests/gen-common.h
tests_parse_export_test_SOURCES = tests/parse-export-test.c tests/parse-common.c tests/parse-common.h
tests_parse_lines_test_SOURCES = tests/parse-lines-test.c tests/parse-common.c tests/parse-common.h tests/parse-lines.h
tests_parse_misfits_test_SOURCES = tests/parse-misfits-test.c tests/parse-common.c tests/parse-common.h \
	tests/parse-rows.h
tests_parse_real_test_SOURCES = tests/parse-real-test.c tests/parse-common.c tests/parse-common.h
tests_parse_records_test_SOURCES = tests/parse-records-test.c tests/parse-common.c tests/parse-common.h
tests_parse_kernel_test_SOURCES = tests/parse-kernel-test.c tests/parse-common.c tests/parse-common.h \
	tests/parse-samples.h
tests_parse_habits_test_SOURCES = tests/parse-habits-test.c tests/parse-rows.h tests/parse-samples.h
tests_parse_rows_test_SOURCES = tests/parse-rows-test.c tests/parse-common.c tests/parse-common.h \
	tests/parse-rows.h tests/parse-samples.h
tests_regs_captures_test_SOURCES = tests/regs-captures-test.c
tests_regs_test_SOURCES = tests/regs-test.c
tests_rknn_checks_test_SOURCES = tests/rknn-checks-test.c tests/rknn-common.c tests/rknn-common.h tests/gen-common.h
tests_rknn_read_test_SOURCES = tests/rknn-read-test.c tests/rknn-common.c tests/rknn-common.h tests/gen-common.h
tests_rknn_real_test_SOURCES = tests/rknn-real-test.c tests/gen-common.h
tests_rknn_real_test_LDADD = $(TEST_LIBS) $(JANSSON_LIBS)
tests_replay_aftermath_test_SOURCES = tests/replay-aftermath-test.c tests/replay-engine-common.h \
	tests/replay-common.h tests/gen-common.h
tests_replay_aftermath_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_bracket_test_SOURCES = tests/replay-bracket-test.c
tests_replay_bracket_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_device_emu_test_SOURCES = tests/replay-device-emu-test.c tests/replay-engine-common.h \
	tests/replay-common.h tests/gen-common.h
tests_replay_device_emu_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_engine_faults_test_SOURCES = tests/replay-engine-faults-test.c tests/replay-engine-common.h \
	tests/replay-common.h tests/replay-faults.h tests/replay-front.h tests/gen-common.h
tests_replay_engine_faults_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_engine_test_SOURCES = tests/replay-engine-test.c tests/replay-engine-common.h tests/replay-common.h \
	tests/gen-common.h
tests_replay_engine_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_gate_test_SOURCES = tests/replay-gate-test.c tests/replay-common.h tests/replay-mutations.h \
	tests/gen-common.h
tests_replay_gate_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_journal_test_SOURCES = tests/replay-journal-test.c tests/replay-faults.h
tests_replay_journal_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_known_test_SOURCES = tests/replay-known-test.c tests/replay-common.h tests/gen-common.h
tests_replay_known_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_network_test_SOURCES = tests/replay-network-test.c tests/replay-engine-common.h tests/replay-common.h \
	tests/rknn-common.c tests/rknn-common.h tests/gen-common.h
tests_replay_network_test_LDADD = replay/librkx.la replay/librke.la parsers/librkp.la $(TEST_LIBS)
tests_replay_oom_test_SOURCES = tests/replay-oom-test.c tests/failing-allocator.h tests/sanitized.h \
	tests/replay-common.h tests/gen-common.h
tests_replay_oom_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_past_test_SOURCES = tests/replay-past-test.c tests/replay-front.h tests/replay-engine-common.h \
	tests/replay-common.h tests/gen-common.h
tests_replay_past_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_plan_test_SOURCES = tests/replay-plan-test.c tests/replay-common.h tests/gen-common.h
tests_replay_plan_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_replay_refusal_test_SOURCES = tests/replay-refusal-test.c tests/replay-front.h tests/replay-engine-common.h \
	tests/replay-common.h tests/replay-mutations.h tests/gen-common.h
tests_replay_refusal_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_signal_test_SOURCES = tests/replay-signal-test.c $(REPLAY_LIFE)
tests_replay_signal_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_replay_sweep_test_SOURCES = tests/replay-sweep-test.c $(REPLAY_LIFE)
tests_replay_sweep_test_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS)
tests_schedules_test_SOURCES = tests/schedules-test.c tests/facts.c tests/facts.h tests/gen-bodies.h
tests_schedules_test_LDADD = $(TEST_LIBS) $(YAML_LIBS)
tests_snapshot_test_SOURCES = tests/snapshot-test.c
tests_snapshot_test_LDADD = replay/librkx.la $(TEST_LIBS)
tests_symbol_test_SOURCES = tests/symbol-test.c
tests_taken_test_SOURCES = tests/taken-test.c
tests_words_test_SOURCES = tests/words-test.c tests/gen-common.h

include tests/fuzz/local.mk

check_PROGRAMS += tests/emu-loops
tests_emu_loops_SOURCES = tests/emu-loops.c
tests_emu_loops_LDADD = replay/librke.la lib/librkr-static.la

# A client of the emulated board: a program of nobody's, so not sanitized, and linked with nothing.
check_PROGRAMS += tests/emulate-client
tests_emulate_client_SOURCES = tests/emulate-client.c tests/emulate-npu.c tests/emulate-npu.h
tests_emulate_client_CFLAGS = $(RKR_PLAIN_CFLAGS)
tests_emulate_client_LDFLAGS = -pthread
tests_emulate_client_LDADD =
check_PROGRAMS += tests/unlucky-client
tests_unlucky_client_SOURCES = tests/unlucky-client.c tests/emulate-npu.c tests/emulate-npu.h
tests_unlucky_client_CFLAGS = $(RKR_PLAIN_CFLAGS)
tests_unlucky_client_LDFLAGS = -pthread
tests_unlucky_client_LDADD =
EXTRA_DIST += tests/bench.sh tests/bench-capture.sh tests/bench-emulate.sh tests/emulate-client.py
EXTRA_DIST += tests/board-down.journal

# ---- Benchmarks: built and run by "make bench" alone.

EXTRA_PROGRAMS += tests/bench-gen tests/bench-parse
tests_bench_gen_SOURCES = tests/bench-gen.c
tests_bench_gen_LDADD = gen/librkg.la lib/librkr-static.la
tests_bench_parse_SOURCES = tests/bench-parse-alloc.c tests/bench-parse-inputs.c tests/bench-parse.c tests/bench-parse.h
tests_bench_parse_LDADD = parsers/librkp.la gen/librkg.la lib/librkr-static.la
CLEANFILES += tests/bench-gen tests/bench-parse
if HAVE_CHECK
EXTRA_PROGRAMS += tests/bench-emu
tests_bench_emu_SOURCES = tests/bench-emu.c tests/emu-conv-shapes.h tests/emu-model.c tests/emu-model.h \
	tests/op-streams.c tests/op-streams.h $(EMU_DEVICE) tests/gen-common.h
tests_bench_emu_LDADD = replay/librkx.la replay/librke.la $(TEST_LIBS) -ldl
CLEANFILES += tests/bench-emu
BENCH_EMU = tests/bench-emu
endif
# To bench-parse, for instance --size=1024 --markdown
BENCH_FLAGS =
# libtool runs the program itself, not the script in front of it, whose start would be measured too.
bench: $(BUILT_SOURCES) tests/bench-gen tests/bench-parse $(BENCH_EMU) tools/rkreplay \
	replay/preload/librkreplay-emulate.la replay/capture/librkreplay-capture.la
	$(AM_V_at)tests/bench-gen
	$(AM_V_at)$(LIBTOOL) --silent --mode=execute tests/bench-parse $(BENCH_FLAGS) tools/rkreplay
	$(AM_V_at)top_srcdir='$(top_srcdir)' top_builddir='$(top_builddir)' $(SHELL) $(srcdir)/tests/bench-emulate.sh
	$(AM_V_at)top_srcdir='$(top_srcdir)' top_builddir='$(top_builddir)' $(SHELL) $(srcdir)/tests/bench-capture.sh
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) for b in $(BENCH_EMU); do $$b || exit 1; done
.PHONY: bench

# ---- The harness

# For all, so that tests need no flags of their own: it is -pthread and where check.h is.
AM_CPPFLAGS += $(CHECK_CFLAGS)

if HAVE_CHECK
check_LTLIBRARIES += tests/libtest.la
tests_libtest_la_SOURCES = tests/common.c tests/common.h
tests_libtest_la_CPPFLAGS = $(AM_CPPFLAGS) -DTEST_TOP_SRCDIR='"$(abs_top_srcdir)"'
check_PROGRAMS += $(C_TESTS) tests/make-model
tests_make_model_SOURCES = tests/make-model.c $(NET_MODEL)
TESTS = $(C_TESTS) $(SHELL_TESTS)
else
TESTS = $(SHELL_TESTS)
check-local:
	@echo "The C tests are off: Check or jansson was not found; on Debian install check and libjansson-dev."
endif

EXTRA_DIST += $(SHELL_TESTS) tests/clients.sh tests/doc-examples.py tests/oom-preload.c tests/failing-allocator.h \
	tests/tap.sh tests/trace-patch
include tests/golden/local.mk

# What a release holds, for tests/dist-test.sh.
check_DATA = tests/dist-files
CLEANFILES += tests/dist-files
tests/dist-files: Makefile
	$(AM_V_GEN)printf '%s\n' $(DISTFILES) >$@

TEST_EXTENSIONS = .sh
# Comments are what tests have to say, such as a score.
AM_LOG_DRIVER_FLAGS = --comments
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
# Without these automake goes by what a shell test exits with, and not by its TAP.
SH_LOG_DRIVER = $(LOG_DRIVER)
AM_SH_LOG_DRIVER_FLAGS = $(AM_LOG_DRIVER_FLAGS)
SH_LOG_COMPILER = $(SHELL)

AM_TESTS_ENVIRONMENT = \
	RKREPLAY_SHARED="$${RKREPLAY_SHARED:-$(abs_top_srcdir)/../shared}"; \
	export RKREPLAY_SHARED; \
	top_srcdir='$(top_srcdir)'; top_builddir='$(top_builddir)'; \
	CC='$(CC)'; NM='$(NM)'; PYTHON='$(PYTHON)'; \
	public_headers='$(pkginclude_HEADERS)'; FUZZ_TARGETS='$(FUZZ_TARGETS)'; \
	export top_srcdir top_builddir CC NM PYTHON public_headers FUZZ_TARGETS;

# The C tests again, under valgrind. Check forks, and valgrind follows; it is
# some 30 times slower, so Check's time limits are stretched, and of a thousand
# like cases it sees every eighth.
check-valgrind: all
	@if test -z '$(VALGRIND)'; then \
		echo "valgrind was not found; on Debian install valgrind" >&2; exit 1; \
	fi
	CK_TIMEOUT_MULTIPLIER=100 TEST_STRIDE=8 $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(C_TESTS)' \
		LOG_COMPILER="$(LIBTOOL) --mode=execute $(VALGRIND)" \
		AM_LOG_FLAGS="--quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite"
.PHONY: check-valgrind
