# SPDX-License-Identifier: MIT
#
# gen/: shape to run. Uses the public interface of lib/ alone; whoever links
# it links lib/ too.
noinst_LTLIBRARIES += gen/librkg.la
gen_librkg_la_SOURCES = \
	gen/domain.c \
	gen/domain.h \
	gen/evidence.c \
	gen/evidence.h \
	gen/gen.c \
	gen/gen.h \
	gen/geometry.c \
	gen/geometry.h \
	gen/layout.c \
	gen/layout.h \
	gen/map.c \
	gen/map.h \
	gen/plan.c \
	gen/plan.h \
	gen/pool.c \
	gen/record.c \
	gen/record.h \
	gen/refusal.c \
	gen/refusal.h \
	gen/rows.h \
	gen/sequence.c \
	gen/sequence.h \
	gen/shape.c \
	gen/shape.h \
	gen/values-cna.c \
	gen/values-dpu.c \
	gen/values.c \
	gen/values.h \
	gen/verify-chain.c \
	gen/verify-model.c \
	gen/verify-model.h \
	gen/verify-op.c \
	gen/verify-pool.c \
	gen/verify-priv.h
