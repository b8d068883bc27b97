# SPDX-License-Identifier: MIT
#
# tests/fuzz/: fuzz targets. "make check" runs what they start with and what
# they found once; "make fuzz" fuzzes, for FUZZ_SECONDS each, and needs clang.
# For AFL++: configure CC=afl-clang-fast, then "make check TESTS=", and afl-fuzz on any of them.
FUZZ_SECONDS = 10
FUZZ_CC = clang
# Not in the build that fuzzes: libFuzzer has a main program of its own.
FUZZ_MAIN = tests/fuzz/libmain.la

FUZZ_TARGETS = \
	tests/fuzz/fuzz-bundle \
	tests/fuzz/fuzz-dialects \
	tests/fuzz/fuzz-emu-regcmd \
	tests/fuzz/fuzz-emu-submit \
	tests/fuzz/fuzz-gem \
	tests/fuzz/fuzz-ioctl \
	tests/fuzz/fuzz-kernel \
	tests/fuzz/fuzz-rknn \
	tests/fuzz/fuzz-runtime \
	tests/fuzz/fuzz-shape \
	tests/fuzz/fuzz-snapshot \
	tests/fuzz/fuzz-trace \
	tests/fuzz/fuzz-triage

check_PROGRAMS += $(FUZZ_TARGETS) tests/fuzz/fuzz-data
check_LTLIBRARIES += tests/fuzz/libmain.la tests/fuzz/libinvariants.la tests/fuzz/libemu.la
tests_fuzz_libmain_la_SOURCES = tests/fuzz/fuzz.h tests/fuzz/main.c
tests_fuzz_libinvariants_la_SOURCES = tests/fuzz/fuzz.h tests/fuzz/invariants.c
tests_fuzz_libemu_la_SOURCES = tests/fuzz/emu.c tests/fuzz/emu.h tests/fuzz/fuzz.h
FUZZ_LIBS = \
	$(FUZZ_MAIN) \
	tests/fuzz/libinvariants.la \
	parsers/librkp.la \
	gen/librkg.la \
	lib/librkr-static.la
tests_fuzz_fuzz_bundle_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_dialects_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_emu_regcmd_LDADD = tests/fuzz/libemu.la replay/librke.la $(FUZZ_LIBS)
tests_fuzz_fuzz_emu_submit_SOURCES = tests/fuzz/fuzz-emu-submit.c tests/fuzz/emu-calls.h
tests_fuzz_fuzz_emu_submit_LDADD = tests/fuzz/libemu.la replay/librke.la $(FUZZ_LIBS)
tests_fuzz_fuzz_gem_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_ioctl_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_kernel_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_rknn_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_runtime_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_shape_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_snapshot_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_trace_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_triage_SOURCES = tests/fuzz/fuzz-triage.c tools/shown.c tools/triage-print.c tools/triage.h
tests_fuzz_fuzz_triage_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_data_SOURCES = tests/fuzz/data.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_data_LDADD = tests/fuzz/libemu.la replay/librke.la tests/fuzz/libinvariants.la parsers/librkp.la gen/librkg.la lib/librkr-static.la
if HAVE_CHECK
check_PROGRAMS += tests/fuzz/fuzz-data-ops
tests_fuzz_fuzz_data_ops_SOURCES = tests/fuzz/data-ops.c tests/op-streams.c tests/op-streams.h $(EMU_DEVICE)
tests_fuzz_fuzz_data_ops_LDADD = tests/fuzz/libemu.la replay/librke.la tests/fuzz/libinvariants.la $(TEST_LIBS)
FUZZ_DATA_OPS = tests/fuzz/fuzz-data-ops
endif

FUZZ_DIR = fuzz-build
FUZZ_CFLAGS = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
fuzz:
	$(AM_V_at)mkdir -p $(FUZZ_DIR)
	$(AM_V_at)test -f $(FUZZ_DIR)/Makefile || (cd $(FUZZ_DIR) && '$(abs_top_srcdir)/configure' -q \
		CC='$(FUZZ_CC)' CFLAGS='$(FUZZ_CFLAGS)' LDFLAGS='-fsanitize=address,undefined')
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) -s -C $(FUZZ_DIR) fuzz-targets
	$(AM_V_at)top_srcdir='$(abs_top_srcdir)' $(SHELL) $(srcdir)/tests/fuzz/run.sh $(FUZZ_SECONDS) $(FUZZ_DIR) $(FUZZ_TARGETS)
fuzz-targets: $(BUILT_SOURCES)
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) tests/fuzz/fuzz-data $(FUZZ_DATA_OPS)
	$(AM_V_at)$(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS) FUZZ_MAIN= AM_LDFLAGS=-fsanitize=fuzzer
clean-local: clean-fuzz
clean-fuzz:
	-rm -rf $(FUZZ_DIR)
.PHONY: fuzz fuzz-targets clean-fuzz

EXTRA_DIST += tests/fuzz/corpus tests/fuzz/run.sh
