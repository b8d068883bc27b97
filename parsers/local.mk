# SPDX-License-Identifier: MIT
#
# parsers/: text to records and back. Uses the public interface of lib/
# alone; whoever links it links lib/ too.
noinst_LTLIBRARIES += parsers/librkp.la
parsers_librkp_la_SOURCES = \
	parsers/assemble.c \
	parsers/boimages-meta.c \
	parsers/boimages-priv.h \
	parsers/boimages.c \
	parsers/boimages.h \
	parsers/compile.c \
	parsers/export-priv.h \
	parsers/export.c \
	parsers/file.c \
	parsers/find.c \
	parsers/format.c \
	parsers/habits.c \
	parsers/index.c \
	parsers/line.c \
	parsers/loose-items.c \
	parsers/loose-priv.h \
	parsers/loose.c \
	parsers/match.c \
	parsers/parse.h \
	parsers/parser-priv.h \
	parsers/parser.c \
	parsers/print.c \
	parsers/prefix.c \
	parsers/prefix.h \
	parsers/qwords.c \
	parsers/queue.c \
	parsers/queue.h \
	parsers/read-priv.h \
	parsers/rknn-container.c \
	parsers/rknn-flat.c \
	parsers/rknn-graph.c \
	parsers/rknn-priv.h \
	parsers/rknn-run.c \
	parsers/rknn-run.h \
	parsers/rknn-scan.c \
	parsers/rknn.c \
	parsers/rknn.h \
	parsers/row-priv.h \
	parsers/row.h \
	parsers/rows-dialects.c \
	parsers/rows-foreign.c \
	parsers/rows-kernel.c \
	parsers/rows-runtime.c \
	parsers/rows-sweep.c \
	parsers/rows-trace.c \
	parsers/rows.c \
	parsers/rules.c \
	parsers/search.c \
	parsers/table.c \
	parsers/trace-source.c \
	parsers/trace-source.h \
	parsers/tables.c \
	parsers/text.h \
	parsers/tracer.c \
	parsers/window.c \
	parsers/witness.c \
	parsers/wrap.c
