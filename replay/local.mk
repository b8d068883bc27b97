# SPDX-License-Identifier: MIT
#
# replay/: whatever runs a run. emu/ is the emulated driver and NPU. Uses the
# public interface of lib/ alone; whoever links it links lib/ too.
noinst_LTLIBRARIES += replay/librke.la
replay_librke_la_LIBADD = -lm
replay_librke_la_SOURCES = \
	replay/emu/action.c \
	replay/emu/block.c \
	replay/emu/board.c \
	replay/emu/clock.c \
	replay/emu/conv-config.c \
	replay/emu/conv-depthwise.c \
	replay/emu/conv-direct.c \
	replay/emu/conv-input.c \
	replay/emu/conv-tile-avx2.c \
	replay/emu/conv-tile-loops.h \
	replay/emu/conv-tile-neon.c \
	replay/emu/conv-tile.c \
	replay/emu/conv-weights.c \
	replay/emu/conv.c \
	replay/emu/conv.h \
	replay/emu/dma.c \
	replay/emu/dpu-config.c \
	replay/emu/dpu-enlarge.c \
	replay/emu/dpu-float.c \
	replay/emu/dpu-int.c \
	replay/emu/dpu-write.c \
	replay/emu/dpu.c \
	replay/emu/dpu.h \
	replay/emu/driver-priv.h \
	replay/emu/driver.h \
	replay/emu/drm.c \
	replay/emu/effects.c \
	replay/emu/faults.c \
	replay/emu/faults.h \
	replay/emu/half.c \
	replay/emu/half.h \
	replay/emu/handles.c \
	replay/emu/hw.c \
	replay/emu/ioctl.c \
	replay/emu/iommu.c \
	replay/emu/klog.c \
	replay/emu/lut.c \
	replay/emu/memory.c \
	replay/emu/npu-priv.h \
	replay/emu/npu.c \
	replay/emu/npu.h \
	replay/emu/pc.c \
	replay/emu/ppu.c \
	replay/emu/prime.c \
	replay/emu/rdma.c \
	replay/emu/registers.c \
	replay/emu/reset.c \
	replay/emu/sched.c \
	replay/emu/scratch.c \
	replay/emu/submit.c \
	replay/emu/trace.c \
	replay/emu/wait.c \
	replay/emu/work.c

# The engine: plan, gates, bracket and health are pure; what it keeps on disk; the devices; and what acts.
# Uses librke.la.
noinst_LTLIBRARIES += replay/librkx.la
replay_librkx_la_SOURCES = \
	replay/aftermath.c \
	replay/aftermath.h \
	replay/bracket.c \
	replay/bracket.h \
	replay/calls-ioctl.c \
	replay/calls-priv.h \
	replay/calls-run.c \
	replay/calls.c \
	replay/calls.h \
	replay/device-drm.c \
	replay/device-drm.h \
	replay/device-emu.c \
	replay/device-emu.h \
	replay/device.h \
	replay/engine-notes.c \
	replay/engine-place.c \
	replay/engine-priv.h \
	replay/engine-steps.c \
	replay/engine.c \
	replay/engine.h \
	replay/fingerprint.c \
	replay/fingerprint.h \
	replay/gate-fence.c \
	replay/gate-output.c \
	replay/gate-priv.h \
	replay/gate-regcmd.c \
	replay/gate-state.c \
	replay/gate-submit.c \
	replay/gate-unseen.c \
	replay/gate.c \
	replay/gate.h \
	replay/health.c \
	replay/health.h \
	replay/journal-line.h \
	replay/journal-read.c \
	replay/journal.c \
	replay/journal.h \
	replay/kmsg.c \
	replay/kmsg.h \
	replay/layers-conv.c \
	replay/layers-dpu.c \
	replay/layers-memory.c \
	replay/layers-pool.c \
	replay/layers-priv.h \
	replay/layers-stage.c \
	replay/layers.c \
	replay/layers.h \
	replay/past.c \
	replay/past.h \
	replay/place-model-build.c \
	replay/place-model-memory.c \
	replay/place-model-priv.h \
	replay/place-model-program.c \
	replay/place-model.c \
	replay/place-model.h \
	replay/plan-check.c \
	replay/plan-edit.c \
	replay/plan-fill.c \
	replay/plan-names.c \
	replay/plan-names.h \
	replay/plan-priv.h \
	replay/plan-steps.c \
	replay/plan.c \
	replay/plan.h \
	replay/poison.c \
	replay/poison.h \
	replay/reference.c \
	replay/reference.h \
	replay/session.c \
	replay/session.h \
	replay/snapshot-mmio.c \
	replay/snapshot-mmio.h \
	replay/snapshot-sysfs.c \
	replay/snapshot-sysfs.h \
	replay/statefile.c \
	replay/statefile.h \
	replay/stop.c \
	replay/stop.h \
	replay/tempdir.c \
	replay/tempdir.h
replay_librkx_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBDRM_CFLAGS)
replay_librkx_la_LIBADD = $(LIBDRM_LIBS) -lm

include replay/preload/local.mk
include replay/capture/local.mk
include replay/serve/local.mk
