# SPDX-License-Identifier: MIT
#
# lib/: the model, as the shared library librkreplay.

# The interface: installed to <rkreplay/...>.
pkginclude_HEADERS += \
	lib/bundle.h \
	lib/checks.h \
	lib/diff.h \
	lib/digest.h \
	lib/error.h \
	lib/format.h \
	lib/graph.h \
	lib/kinds-kernel.h \
	lib/kinds-runtime.h \
	lib/kinds.h \
	lib/ledger.h \
	lib/model-abi.h \
	lib/model-action.h \
	lib/model-commit.h \
	lib/model-irq.h \
	lib/model-memory.h \
	lib/model-submit.h \
	lib/model-wait.h \
	lib/network.h \
	lib/overlay.h \
	lib/regcmd.h \
	lib/regs-ids.h \
	lib/regs.h \
	lib/run.h \
	lib/schema.h \
	lib/symbol.h \
	lib/taken.h \
	lib/triage-compare.h \
	lib/triage.h \
	lib/visibility.h

# The objects, once. Tests link them directly, so that they reach what the
# shared library does not export.
noinst_LTLIBRARIES += lib/librkr-static.la
lib_librkr_static_la_SOURCES = \
	lib/align.c \
	lib/align.h \
	lib/bind.c \
	lib/bundle-dir.c \
	lib/bundle-dir.h \
	lib/bundle-emit.c \
	lib/bundle-emit.h \
	lib/bundle-file.c \
	lib/bundle-keep.c \
	lib/bundle-names.c \
	lib/bundle-node.c \
	lib/bundle-priv.h \
	lib/bundle-read-bo.c \
	lib/bundle-read-parts.c \
	lib/bundle-read-record.c \
	lib/bundle-read.c \
	lib/bundle-read.h \
	lib/bundle-table.c \
	lib/bundle-value.c \
	lib/bundle-write-yaml.c \
	lib/bundle-write.c \
	lib/bundle-write.h \
	lib/checks-assert.c \
	lib/checks-board.c \
	lib/checks-kernel.c \
	lib/checks-memory.c \
	lib/checks-model.c \
	lib/checks-priv.h \
	lib/checks-read.c \
	lib/checks-regcmd.c \
	lib/checks-runtime.c \
	lib/checks-submit.c \
	lib/checks-table.c \
	lib/checks-task.c \
	lib/checks-trace.c \
	lib/checks.c \
	lib/contents.c \
	lib/diff-contents.c \
	lib/diff-placeholder.c \
	lib/diff-priv.h \
	lib/diff-records.c \
	lib/diff-refs.c \
	lib/diff-regcmd.c \
	lib/diff-tasks.c \
	lib/diff.c \
	lib/digest.c \
	lib/error.c \
	lib/find.c \
	lib/format.c \
	lib/graph.c \
	lib/json.c \
	lib/ledger.c \
	lib/model-abi.c \
	lib/model-action.c \
	lib/model-commit.c \
	lib/model-irq.c \
	lib/model-memory.c \
	lib/model-submit.c \
	lib/model-wait.c \
	lib/network-kinds.c \
	lib/network-maps.c \
	lib/network-measure.c \
	lib/network-pools.c \
	lib/network-priv.h \
	lib/network-votes.c \
	lib/network.c \
	lib/overlay.c \
	lib/promote.c \
	lib/regcmd.c \
	lib/regions.c \
	lib/regs-tables.h \
	lib/regs.c \
	lib/resolve.c \
	lib/run-priv.h \
	lib/run.c \
	lib/schema.c \
	lib/symbol.c \
	lib/taken.c \
	lib/trace-fields.c \
	lib/trace-fields.h \
	lib/triage-causes.c \
	lib/triage-clues.c \
	lib/triage-clues.h \
	lib/triage-commits.c \
	lib/triage-compare.c \
	lib/triage-endings.c \
	lib/triage-hypotheses.c \
	lib/triage-jobs.c \
	lib/triage-model.c \
	lib/triage-priv.h \
	lib/triage.c \
	lib/utf8.h \
	lib/util.h \
	lib/view.c \
	lib/words.c
lib_librkr_static_la_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS) $(NETTLE_CFLAGS)
lib_librkr_static_la_CFLAGS = $(AM_CFLAGS) $(RKR_VISIBILITY)
lib_librkr_static_la_LIBADD = $(YAML_LIBS) $(NETTLE_LIBS)

lib_LTLIBRARIES += lib/librkreplay.la
lib_librkreplay_la_SOURCES =
lib_librkreplay_la_LIBADD = lib/librkr-static.la
lib_librkreplay_la_LDFLAGS = $(AM_LDFLAGS) $(RKR_SOLIB_LDFLAGS) -no-undefined -version-info $(RKR_LIBVERSION)

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = lib/rkreplay.pc

# The register database. What it is compiled to is in the release, so that
# users need no Python; make finds it in the source directory there.
GEN_REGS = $(AM_V_GEN)$(MKDIR_P) lib && $(PYTHON) $(srcdir)/lib/gen-regs.py

lib/regs-tables.h: lib/regs.yaml lib/gen-regs.py
	$(GEN_REGS) tables $(srcdir)/lib/regs.yaml $@
lib/regs-ids.h: lib/regs.yaml lib/gen-regs.py
	$(GEN_REGS) ids $(srcdir)/lib/regs.yaml $@

BUILT_SOURCES += lib/regs-tables.h lib/regs-ids.h
MAINTAINERCLEANFILES += lib/regs-tables.h lib/regs-ids.h
EXTRA_DIST += lib/gen-regs.py lib/regs.yaml
