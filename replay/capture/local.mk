# SPDX-License-Identifier: MIT
#
# replay/capture/: recording what a program asks of the NPU. A library for
# LD_PRELOAD that records, with nothing but the C library, and never
# sanitized; and what makes runs of its records.
pkglib_LTLIBRARIES += replay/capture/librkreplay-capture.la
replay_capture_librkreplay_capture_la_SOURCES = \
	replay/capture/close.c \
	replay/capture/device.c \
	replay/capture/exec.c \
	replay/capture/fds.c \
	replay/capture/files.c \
	replay/capture/maps.c \
	replay/capture/next.c \
	replay/capture/record.h \
	replay/capture/room.c \
	replay/capture/spool.c \
	replay/capture/spool.h \
	replay/capture/syscall.c \
	replay/capture/sysfs.c \
	replay/capture/unseen.c \
	replay/preload/interpose.h
replay_capture_librkreplay_capture_la_CFLAGS = $(PRELOAD_CFLAGS)
replay_capture_librkreplay_capture_la_LDFLAGS = $(PRELOAD_LDFLAGS)
replay_capture_librkreplay_capture_la_LIBADD = -ldl

noinst_LTLIBRARIES += replay/librkcapture.la
replay_librkcapture_la_SOURCES = \
	replay/capture/capture.c \
	replay/capture/capture.h \
	replay/capture/capture-priv.h \
	replay/capture/events.c \
	replay/capture/images.c \
	replay/capture/runs.c \
	replay/capture/spool.h
