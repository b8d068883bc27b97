# SPDX-License-Identifier: MIT
#
# scripts/: set-up and helpers. They work in a release as in a clone.
EXTRA_DIST += \
	scripts/lib.sh \
	scripts/rkreplay-gdb.py \
	scripts/rknpu-trace.bt \
	scripts/rknpu-trace.cocci \
	scripts/run \
	scripts/test
