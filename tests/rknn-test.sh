#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiled models as sources of the verbs. Writes TAP.
# A || B after a test's && is meant: ok and not_ok do not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

# ---- what is no model

printf 'RKNN\0\0\0\0' >stub.rknn
expect 'a stub' 2 'rkreplay: stub.rknn: it is not a compiled model' show stub.rknn
: >empty.rknn
expect 'an empty file' 2 'rkreplay: empty.rknn: it is empty' parse empty.rknn
expect 'none' 2 'rkreplay: none.rknn: cannot read the model' parse none.rknn
mkdir dir.rknn && expect 'a directory' 2 'rkreplay: dir.rknn: ' verify dir.rknn
dd if=/dev/zero of=large.rknn bs=1 count=0 seek=2147483648 2>dd.err
expect 'a large sparse file' 2 'rkreplay: large.rknn: it has more than' parse large.rknn
dd if=/dev/zero of=zeros.rknn bs=1024 count=64 2>dd.err
expect 'zeros' 2 'it is not a compiled model' diff conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1 zeros.rknn
(printf 'RKNN\0\0\0\0\006\0\0\0\0\0\0\0\0\001\0\0\0\0\0\0' && dd if=/dev/zero bs=1024 count=64 2>dd.err) >hollow
expect 'a container with nothing in it' 2 'rkreplay: hollow: there is no regcmd in it; ' show hollow

# ---- real ones

models=$RKREPLAY_SHARED/captures/models
if [ -d "$models" ]; then
	shape=b1_c32_h14_w14_oc128_wic32_k3x3_g1 model=$models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn
	net=$models/scrfd_500m_fp16.rk3588.rknn other=$models/conv2d_rk3576.rknn

	expect 'overview' 0 '^model version=6 compiler=2\.3\.2.* platform=rk3588 precision=fp16 .* tasks=11$' show "$model"
	expect 'statistics' 0 '^91253 bytes = 6856 parsed + 84397 skipped by rule + 0 unknown$' parse --stats --strict "$model"
	expect 'as JSON' 0 '^{"record":"accounting","bytes":91253,"parsed":6856,"skipped":84397,"unknown":0}$' parse --json "$model"
	expect 'its tasks' 0 '^10 0x00000000 1 0x00000060 .* 26 0 0x0000000000001900$' show --tasks "$model"
	expect 'its BOs' 0 '^weight .* 82880 ' show --bos "$model"
	expect 'it is the generated run' 0 '^same: ' diff "conv:$shape" "$model"
	expect 'either way round' 0 '^placeholder: DPU.DST_BASE_ADDR is not relocated in a .rknn: 6 words count from output+0x0$' diff "$model" "conv:$shape"
	expect 'placeholders as JSON' 0 '^{"record":"placeholder","register":"PPU.DST_BASE_ADDR","base":"weight+0x12000","words":5,"unset":5}$' diff --json "conv:$shape" "$model"
	expect 'and no other' 1 '^different: ' diff conv:b1_c160_h14_w14_oc320_wic160_k3x3_g1 "$model"
	expect 'verify' 0 '^5 passed, 0 failed, 35 skipped$' verify --against="conv:$shape" "$model"
	expect 'verify against another shape' 1 '^FAIL  16  ' verify --against=conv:b1_c160_h14_w14_oc320_wic160_k3x3_g1 "$model"
	expect 'a bundle' 0 '' parse "$model" -o kept.rkrun
	expect 'is the model' 0 '^same: ' diff kept.rkrun "$model"
	expect 'and the generated run' 0 '^same: ' diff "conv:$shape" kept.rkrun
	expect 'export' 0 'regcmd_qword\[831\] off=0x141f8 ' export "$model" --as gem-dump
	cp "$model" elsewhere.bin
	expect 'its name does not matter' 0 '^same: ' diff elsewhere.bin "$model"
	expect 'it is not joined' 2 'is a whole run and cannot be joined' show "$model" "$net"
	expect 'a network' 0 '^programs: 1 core: 217 from task 0, 2 cores: 262 from task 217, 3 cores: 301 from task 479$' show "$net"
	expect 'what a task inherits' 0 '^  0x1001000000ef4030 DPU.DATA_CUBE_WIDTH WIDTH=239  (inherited from task ' show --resolved "$models/ppocr_det_fp16.rk3588.rknn" --task 2
	expect 'as JSON' 0 '"inherited":true,"text":"DPU.DATA_CUBE_WIDTH WIDTH=239"}$' show --json --resolved "$models/ppocr_det_fp16.rk3588.rknn" --task 2
	expect 'a network passes' 0 '^71 passed, 0 failed, 52 skipped$' verify "$net"
	expect 'its operators' 0 '^  32 conv          fp16 152x40x40 -> 16x40x40 1x1 .bias .add; tasks 146.2, ' show --ops "$net"
	expect 'as JSON' 0 '"op":32,"kind":"conv".*"shape":"b1_c152_h40_w40_oc16_wic152_k1x1_g1_bias_add"' show --ops --json "$net"
	expect 'the tiles of one' 0 '^3 cores: 3 tiles, split by rows' show --tiles --op 32 "$net"
	expect 'no such operator' 2 'there is no operator 9999' show --tiles --op 9999 "$net"
	expect 'an operator without tiles' 2 'does not convolve' show --tiles --op 31 "$net"
	expect 'verify as JSON' 0 '"record":"operator_check".*"kind":"chain","state":"PASS"' verify --json "$net"
	expect 'another chip' 0 ' platform=rk3576 ' show "$other"
	expect 'what is not known of it' 0 '^not known: registers and units of this chip are not known' show "$other"
	expect 'its words' 0 '^0x11708 0x08010000000e3004 0 0x0801:0x3004 value=0xe$' show --regcmd "$other"
	expect 'are not resolved' 1 "the registers of chip 'rk3576' are not known" show --resolved "$other"
	expect 'nor verified' 0 "SKIP  15  .*what a record is on chip 'rk3576' is not known" verify "$other"
	bad=
	for size in 1 63 64 4096 8192 12000 14000 20000; do
		dd if="$model" of=cut.rknn bs=1 count=$size 2>dd.err
		"$rkreplay" parse cut.rknn >out 2>err
		[ $? -eq 2 ] && grep -q '^rkreplay: cut.rknn: ' err || bad="$bad $size"
	done
	[ -z "$bad" ] && ok 'a cut one is refused' || not_ok "a cut one is taken:$bad"
else
	ok 'real models # SKIP no captures here'
fi

echo "1..$n"
