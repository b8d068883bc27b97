# SPDX-License-Identifier: MIT
#
# replay/preload/: libraries for LD_PRELOAD. They are loaded into programs of
# any kind, so they need nothing but the C library, and are never sanitized:
# a sanitizer wants to come first.
PRELOAD_CFLAGS = $(RKR_PLAIN_CFLAGS) $(RKR_VISIBILITY)
PRELOAD_LDFLAGS = -module -avoid-version -shared -no-undefined -pthread -Wl,-z,relro -Wl,-z,now -Wl,-z,defs

pkglib_LTLIBRARIES = replay/preload/librkreplay-emulate.la
replay_preload_librkreplay_emulate_la_SOURCES = \
	replay/preload/device.c \
	replay/preload/files.c \
	replay/preload/interpose.h \
	replay/preload/link.c \
	replay/preload/maps.c \
	replay/preload/preload.h \
	replay/preload/protocol.h \
	replay/preload/stat.c \
	replay/preload/state.c \
	replay/preload/syscall.c
replay_preload_librkreplay_emulate_la_CFLAGS = $(PRELOAD_CFLAGS)
replay_preload_librkreplay_emulate_la_LDFLAGS = $(PRELOAD_LDFLAGS)
replay_preload_librkreplay_emulate_la_LIBADD = -ldl
