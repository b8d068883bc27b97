# SPDX-License-Identifier: MIT
#
# tools/: the rkreplay command.
bin_PROGRAMS += tools/rkreplay
tools_rkreplay_SOURCES = \
	tools/main.c
tools_rkreplay_LDADD = \
	parsers/librkp.la \
	gen/librkg.la \
	lib/librkreplay.la
