#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compiled models as networks, as users meet them, with a model that is made
# here: show --ops, show --tiles --op, verify. Writes TAP.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"
make_model=$top_builddir/tests/make-model
if ! [ -x "$make_model" ]; then
	echo '1..0 # SKIP no program that makes a model: the C tests are off'
	exit 0
fi
"$make_model" made.rknn || {
	echo "Bail out! $make_model makes no model"
	exit 1
}

expect 'operators of a network' 0 '^   5 conv          fp16 32x32x32 -> 32x32x32 1x1 +bias +add +relu; tasks 3+1, 2 cores 2, 3 cores 3$' show --ops made.rknn
[ "$(grep -c '; tasks ' out)" = 29 ] && ok 'a line each' || not_ok 'a line each'
grep -q '^   8 pool          fp16 16x4x320 -> 16x2x160 average of 2x2 s2; tasks 6+2, 2 cores 2 (aliases)' out &&
	ok 'a pooling in two parts' || not_ok 'a pooling in two parts'
grep -q '^  35 upsample      int8 ' out && ok 'an int8 enlarging' || not_ok 'an int8 enlarging'
expect 'the same as JSON' 0 '"kind":"pool","precision":"int8",.*"average":true,"kernel":\[2,2\],"stride":2}$' show --ops --json made.rknn
expect 'tiles of one' 0 'split' show --tiles --op 2 made.rknn
expect 'every operator is verified' 0 '^32 passed, 0 failed, [0-9]* skipped$' verify made.rknn
grep -q '^PASS  op 9 conv .*not judged: DPU.BN_MUL_CFG.BN_MUL_OPERAND, ' out && ok 'what is not judged is said' ||
	not_ok 'what is not judged is said'
grep -q '^PASS  op 7 pool  (1 record' out && ok 'poolings pass' || not_ok 'poolings pass'
expect 'the same as JSON' 0 '"op":11,"kind":"scale".*"given":1,"not_judged":\["DPU.BS_MUL_CFG.BS_MUL_OPERAND' verify --json made.rknn

# A word of the eighth record: 2x2 windows become 2x3.
cp made.rknn wrong.rknn
at=$(LC_ALL=C grep -obUaP '\x34\x60\x01\x01\x11\x00\x01\x40' made.rknn | head -n 1 | cut -d: -f1)
printf '\002' | dd of=wrong.rknn bs=1 seek=$((at + 2)) conv=notrunc 2>dd.err
expect 'a wrong register is named' 1 '^  task 5 PPU.POOLING_KERNEL_CFG KERNEL_WIDTH: expected 0x110101, found 0x110102$' verify wrong.rknn
grep -q '^FAIL  op 7 pool' out && ok 'with its operator' || not_ok 'with its operator'
[ "$(grep -c '^FAIL' out)" = 1 ] && ok 'and no other' || not_ok 'and no other'

echo "1..$n"
