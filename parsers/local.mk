# SPDX-License-Identifier: MIT
#
# parsers/: text to records and back. Uses the public interface of lib/
# alone; whoever links it links lib/ too.
noinst_LTLIBRARIES += parsers/librkp.la
parsers_librkp_la_SOURCES = \
	parsers/assemble.c \
	parsers/compile.c \
	parsers/export-priv.h \
	parsers/export.c \
	parsers/file.c \
	parsers/format.c \
	parsers/line.c \
	parsers/match.c \
	parsers/parse.h \
	parsers/parser-priv.h \
	parsers/parser.c \
	parsers/print.c \
	parsers/queue.c \
	parsers/queue.h \
	parsers/row-priv.h \
	parsers/row.h \
	parsers/rows.c \
	parsers/rules.c \
	parsers/table.c \
	parsers/tables.c \
	parsers/window.c \
	parsers/witness.c
