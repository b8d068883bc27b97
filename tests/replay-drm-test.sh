#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay replay through libdrm: on the node that rkreplay emulate gives it.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
. "${top_srcdir:?is set by make check}/tests/tap.sh"

c64=conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1
c32=conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1

# on FAULT|none ARGUMENT...: the command with these, on an emulated board.
on()
{
	fault=$1
	shift
	set -- emulate ${fault:+--fault "$fault"} -- "$rkreplay" "$@"
	expect "$what" "$status" "$pattern" "$@"
}
t()
{
	what=$1 status=$2 pattern=$3
	shift 3
	on "$@"
}

"$rkreplay" emulate -- true >out 2>err || {
	echo "1..0 # SKIP no board can be emulated here: $(head -n 1 err)"
	exit 0
}

t "a dry run is the default" 0 '^dry run: nothing was sent' '' replay $c32 --device npu --state st
grep -q '^21 passed, 0 failed, 3 skipped$' out && ok "and all gates allow" || not_ok "and all gates allow"
grep -q 'submit task: flags 0x5, core mask 0x0, task_number 3, timeout 6000 ms' out && ok "and shows the submit" ||
	not_ok "and shows the submit"
[ -e st ] && not_ok "and leaves no state behind" || ok "and leaves no state behind"

# Closure, through the real library.
for shape in b1_c160_h40_w40_oc320_wic160_k3x3_g1 b1_c160_h14_w14_oc320_g1_k3x3 b1_c160_h7_w7_oc320_g1_k3x3 \
	b1_c32_h14_w14_oc128_g1_k3x3 b1_c256_h14_w14_oc512_g1_k1x1; do
	t "$shape by its node" 0 '^verdict: clean$' '' replay conv:$shape --device /dev/dri/card1 --execute \
		--state st -o $shape.rkrun
	expect "$shape comes back" 0 '^same: ' diff conv:$shape $shape.rkrun
done
t "an add" 0 'max_diff=0 ' '' replay add:pointers --device npu --execute --state st

t "C64/H56 is fenced on a board" 1 '^G20 .*--allow raw-c64' '' replay $c64 --device npu --execute --state st
t "and its unlock needs the purpose" 1 'run to capture state only' '' replay $c64 --device npu --execute \
	--allow raw-c64 --state st
t "with both it is run" 0 '^verdict: clean$' '' replay $c64 --device npu --execute --allow raw-c64 \
	--purpose state-capture --state st -o c64.rkrun
expect "and comes back" 0 '^same: ' diff $c64 c64.rkrun
t "the recorded story" 1 '^verdict: poisons-next-job$' pollute replay $c64 --device npu --execute \
	--allow raw-c64 --purpose state-capture --state polluted --registers
# What the board's kernel says is read from /dev/kmsg, and the registers are asked for.
story "pre, probe, post, wait, state, recovery" "G20  fence           unlocked: " "health before  PASS" \
	"probe          PASS max_diff=0.00" "health after   TIMEOUT (110, " "pause          1000 ms" \
	"  kernel: [" "  registers: not read: " "recovery       PASS" "verdict: poisons-next-job" \
	"ledger: run-" "24 passed, 1 failed, 0 skipped"
grep -q '^  kernel: .*failed to wait job, task counter: 0, flags: 0x5, ret = 0' out && ok "what the driver says of it" ||
	not_ok "what the driver says of it"
grep -q 'begin 0 state: read registers' polluted/journal && ok "and the journal has it" || not_ok "and the journal has it"
t "and its fence" 1 '^G20 .*refuse: the ledger has this run as run-' pollute replay $c64 --device npu --execute --allow raw-c64 \
	--purpose state-capture --state polluted

mkdir -p full/poison.new
t "a ledger that could not be written" 2 'the ledger of harmful runs could not be written' '' replay add:classic \
	--device npu --execute --state full
grep -q 'begin' full/journal && not_ok "and nothing is sent" || ok "and nothing is sent"

t "another driver's node" 3 'is not the node of a driver "rknpu"' '' replay $c32 --device /dev/null --state st
expect "no node" 3 'no node of a driver "rknpu"\|No such file' replay $c32 --device /dev/dri/card99 --state st
t "a call that fails" 1 '^probe .*ERROR (12, ' errno=mem_create:6:ENOMEM replay $c32 --device npu --execute --state st

echo "1..$n"
