# SPDX-License-Identifier: MIT
#
# replay/serve/: the emulated board for other processes.
noinst_LTLIBRARIES += replay/librkserve.la
replay_librkserve_la_SOURCES = \
	replay/preload/protocol.h \
	replay/serve/nodes.c \
	replay/serve/requests.c \
	replay/serve/serve-priv.h \
	replay/serve/serve.h \
	replay/serve/server.c \
	replay/serve/spaces.c \
	replay/serve/tree.c
