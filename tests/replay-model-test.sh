#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Replay of compiled models on the emulated board, each operator checked. The
# models are no part of the project: without them this skips.
: "${top_srcdir:?is set by make check}"
top_srcdir=$(cd "$top_srcdir" && pwd)
. "$top_srcdir/tests/tap.sh"

models=${RKREPLAY_SHARED:-$top_srcdir/../shared}/captures/models
small=$models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn
scrfd=$models/scrfd_500m_fp16.rk3588.rknn
if [ ! -e "$small" ] || [ ! -e "$scrfd" ]; then
	echo "1..0 # SKIP no captures here"
	exit 0
fi
echo 1..4
expect "a model is not run on hardware" 1 "not run on hardware" replay "$small" --device npu --execute --state=st0
expect "one convolution is right" 0 "layers: 1 passed, 0 failed, 0 skipped" \
	replay "$small" --check-layers --seed=3 --state=st
expect "a wrong register is found, and its operator named" 1 "0 passed, 1 failed.*first bad: operator 1, task 0" \
	replay "$small" --check-layers --state=st2 --edit 'task[0].CNA.PAD_CON0.PAD_LEFT=1'
expect "a network as far as it goes: 42 operators right, none wrong" 0 "layers: 42 passed, 0 failed, 29 skipped" \
	replay "$scrfd" --check-layers --state=st
