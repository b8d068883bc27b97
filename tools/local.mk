# SPDX-License-Identifier: MIT
#
# tools/: the rkreplay command.
bin_PROGRAMS += tools/rkreplay
tools_rkreplay_SOURCES = \
	tools/capture.c \
	tools/chip.c \
	tools/chip.h \
	tools/command.c \
	tools/command.h \
	tools/diff.c \
	tools/doctor-node.c \
	tools/doctor-system.c \
	tools/doctor.c \
	tools/doctor.h \
	tools/emulate-log.c \
	tools/emulate-log.h \
	tools/emulate.c \
	tools/export.c \
	tools/filter-time.c \
	tools/filter.c \
	tools/filter.h \
	tools/gen.c \
	tools/main.c \
	tools/output.c \
	tools/output.h \
	tools/parse-follow.c \
	tools/parse-follow.h \
	tools/parse.c \
	tools/predict.c \
	tools/progress.c \
	tools/progress.h \
	tools/replay-model.c \
	tools/replay-past.c \
	tools/replay-print.c \
	tools/replay-request.c \
	tools/replay-record.c \
	tools/replay.c \
	tools/replay.h \
	tools/report-html.c \
	tools/report-run.c \
	tools/report.c \
	tools/report.h \
	tools/show-ops.c \
	tools/show-regcmd.c \
	tools/show-resolved.c \
	tools/show.c \
	tools/shown.c \
	tools/snapshot.c \
	tools/source.c \
	tools/state.c \
	tools/tiles.c \
	tools/tool.c \
	tools/tool.h \
	tools/verify-model.c \
	tools/triage-print.c \
	tools/triage.c \
	tools/triage.h \
	tools/verify-print.c \
	tools/verify-promote.c \
	tools/verify-shape.c \
	tools/verify.c \
	tools/verify.h
tools_rkreplay_CPPFLAGS = $(AM_CPPFLAGS) $(PCRE2_CFLAGS) -DTOOL_PKGLIBDIR='"$(pkglibdir)"'
nodist_tools_rkreplay_SOURCES = captures/promoted-yaml.h
tools_rkreplay_LDADD = \
	replay/librkserve.la \
	replay/librkcapture.la \
	replay/librkx.la \
	replay/librke.la \
	parsers/librkp.la \
	gen/librkg.la \
	lib/librkreplay.la \
	$(PCRE2_LIBS)
