#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Replay of compiled models on the emulated board, each operator checked. The
# models are no part of the project: without them this skips.
. "${top_srcdir:?is set by make check}/tests/tap.sh"

models=$RKREPLAY_SHARED/captures/models
small=$models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn
scrfd=$models/scrfd_500m_fp16.rk3588.rknn
if [ ! -e "$small" ] || [ ! -e "$scrfd" ]; then
	echo "1..0 # SKIP no captures here"
	exit 0
fi
humanseg=$models/pp_humanseg_int8.rk3588.rknn
other=$models/conv2d_rk3576.rknn
ppocr=$models/ppocr_det_fp16.rk3588.rknn

# report NAME REGEX: what the last command said.
report()
{
	cp out err
	# shellcheck disable=SC2015 # ok does not fail
	grep -q "$2" out && ok "$1" || not_ok "$1"
}

# same NAME A B: all BOs that two answers brought back are the same, the program's aside.
same()
{
	for i in "$2"/bo-*.bin; do
		case ${i##*/} in bo-001.bin | bo-002.bin) continue ;; esac
		cmp "$i" "$3/${i##*/}" >err 2>&1 || {
			not_ok "$1"
			return
		}
	done
	ok "$1"
}

echo 1..31
expect "one convolution is right" 0 "layers: 1 passed, 0 failed, 0 skipped" \
	replay "$small" --check-layers --seed=3 --state=st
expect "a wrong register is found, and its operator named" 1 "0 passed, 1 failed.*first bad: operator 1, task 0" \
	replay "$small" --check-layers --state=st2 --edit 'task[0].CNA.PAD_CON0.PAD_LEFT=1'
expect "what is not modelled stops the job, and is named" 1 "core 0 stands: not modelled: DPU.FEATURE_MODE_CFG.TP_EN" \
	replay "$scrfd" --state=st3
expect "a real device is asked no such thing" 2 "skip-unmodelled is for the emulated device" \
	replay "$scrfd" --device npu --skip-unmodelled --state=st
expect "a shape is no model" 2 "are for compiled models" replay conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1 --cores=2 --state=st
expect "four cores are not there" 2 "cores=4 is not a number up to 3" replay "$scrfd" --cores=4 --state=st

expect "a network is one submit, and no operator wrong" 0 "layers: [6-9][0-9] passed, 0 failed" \
	replay "$scrfd" --check-layers --skip-unmodelled --state=st -o scrfd1.rkrun
report "all of its tasks ran" "task counter 217,"
report "what was not computed is named" "^not computed: task 196, operator 66: DPU.FEATURE_MODE_CFG.TP_EN"
report "and what follows from it" "^inputs not true, for that reason: operators 66, 69, 75, 78, 84, 87$"
report "and the board is well" "^verdict: clean$"
expect "two cores" 0 "layers: [6-9][0-9] passed, 0 failed" \
	replay "$scrfd" --check-layers --skip-unmodelled --cores=2 --state=st -o scrfd2.rkrun
report "are said to be inferred" "^G21 .*warn: a submit for each run"
same "and give the same" scrfd1.rkrun scrfd2.rkrun
expect "three cores" 0 "^verdict: clean" \
	replay "$scrfd" --check-layers --skip-unmodelled --cores=3 --state=st -o scrfd3.rkrun
same "give the same" scrfd1.rkrun scrfd3.rkrun

# A node as a real one is: through libdrm.
if "$rkreplay" emulate -- true >out 2>err; then
	expect "a network is not sent to a board" 1 "^G21 .*refuse: .*--allow network lets it pass" \
		emulate -- "$rkreplay" replay "$small" --device npu --execute --state=st4
	expect "unless it is asked for by name" 0 "^verdict: clean" \
		emulate -- "$rkreplay" replay "$small" --device npu --execute --allow=network --state=st4 -o small1.rkrun
	expect "the plan says what is inferred" 1 "submit task: .*core mask 0x3, task_number 4, .*(inferred)" \
		emulate -- "$rkreplay" replay "$small" --device npu --cores=2 --state=st4
	expect "several cores need another name" 1 "^G21 .*refuse: .*--allow network-cores lets it pass" \
		emulate -- "$rkreplay" replay "$small" --device npu --cores=2 --execute --allow=network --allow=cores --state=st4
	expect "that is theirs" 0 "^verdict: clean" emulate -- "$rkreplay" replay "$small" --device npu --cores=2 \
		--execute --allow=network-cores --allow=cores --state=st4 -o small2.rkrun
	expect "and the answer is right" 0 "layers: 1 passed, 0 failed, 0 skipped" emulate -- "$rkreplay" replay "$small" \
		--device npu --cores=3 --execute --allow=network-cores --allow=cores --state=st4 --check-layers
else
	for i in 17 18 19 20 21 22; do echo "ok $i # SKIP no board can be emulated here"; done
fi

if [ -e "$ppocr" ]; then
	expect "another network" 0 "layers: [0-9]* passed, 0 failed" \
		replay "$ppocr" --check-layers --skip-unmodelled --state=st -o ppocr1.rkrun
	expect "and its two cores" 0 "layers: [0-9]* passed, 0 failed" \
		replay "$ppocr" --check-layers --skip-unmodelled --cores=2 --state=st -o ppocr2.rkrun
	same "that give the same" ppocr1.rkrun ppocr2.rkrun
else
	for i in 23 24 25; do echo "ok $i # SKIP"; done
fi

# int8, with resizes in phases, and constants that look like addresses.
if [ -e "$humanseg" ]; then
	expect "a network of int8 is right in all operators" 0 "layers: 98 passed, 0 failed, 0 skipped" \
		replay "$humanseg" --check-layers --state=st -o human1.rkrun
	for cores in 2 3; do
		expect "and with $cores cores" 0 "layers: 98 passed, 0 failed, 0 skipped" \
			replay "$humanseg" --check-layers --cores=$cores --state=st -o human$cores.rkrun
		same "that give the same" human1.rkrun human$cores.rkrun
	done
else
	for i in 26 27 28 29 30; do echo "ok $i # SKIP"; done
fi
if [ -e "$other" ]; then
	expect "a model for another NPU is refused by its name" 1 "for another NPU, rk3576" replay "$other" --state=st
else
	echo "ok 31 # SKIP"
fi
