#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay replay on the emulated device: what it prints, exits with and remembers.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
. "${top_srcdir:?is set by make check}/tests/tap.sh"

c64=conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1
c32=conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1
edit='task[1].CNA.CBUF_CON0.WEIGHT_REUSE=0'
unset XDG_STATE_HOME

expect "a clean bracket" 0 '^verdict: clean$' replay $c32 --state st -o c32.rkrun
story "and its steps" "health before  PASS" "probe          PASS max_diff=0.00195312 (" "health after   PASS" \
	"verdict: clean" "24 passed, 0 failed, 0 skipped"
expect "what comes back is the source" 0 '^same: ' diff $c32 c32.rkrun
expect "it can be shown" 0 'submit' show c32.rkrun
expect "and replayed" 0 '^verdict: clean$' replay c32.rkrun --state st
expect "without a reference it says so" 0 'not compared: ' replay c32.rkrun --state st
# The dump of this shape shows its tables whole; that of others leaves the last row out, by its 40-byte steps.
h40=conv:b1_c160_h40_w40_oc320_wic160_k3x3_g1
"$rkreplay" export $h40 --as gdb-ioctl -o ioctl.log && "$rkreplay" export $h40 --as gem-dump -o gems.log
expect "logs of one execution" 0 '^verdict: clean$' replay ioctl.log gems.log --state st -o logs.rkrun
expect "come back too" 0 '^same: ' diff $h40 logs.rkrun
expect "calls without a dump hold no tasks" 2 'runs tasks that the source does not show' replay ioctl.log --state st
expect "a dump without the calls holds no submit" 2 'shows no submit' replay gems.log --state st
for form in classic pointers whole; do
	expect "add:$form as the probe" 0 'max_diff=0 ' replay add:$form --health $form --state st -o $form.rkrun
	expect "add:$form comes back" 0 '^verdict: clean$' replay $form.rkrun --state st
done

expect "the recorded story" 1 '^verdict: poisons-next-job$' replay $c64 --fault pollute --state polluted --dmesg log
grep -q '^  kernel: .*failed to wait job' out && ok "what the driver says of it" || not_ok "what the driver says of it"
story "pre, probe, post, recovery" "G20  fence           warn" "health before  PASS" "probe          PASS max_diff=" \
	"health after   TIMEOUT (110, " "pause          1000 ms" "  kernel: [" "recovery       PASS" \
	"verdict: poisons-next-job" "ledger: run-" "24 passed, 1 failed, 0 skipped"
expect "its kernel log is one of a timeout" 0 'timeout' parse log
cp out err
grep -q 'failed to wait job, task counter: 0, flags: 0x5, ret = 0' log && ok "as captured" || not_ok "as captured"
entry=$(grep -rho 'run-[0-9a-f]\{12\}' polluted | head -n 1)
expect "the next attempt is refused by fingerprint" 1 "^G20 .*refuse: the ledger has this run as $entry" \
	replay $c64 --fault pollute --state polluted
story "and nothing is sent" "G20 " "refused: nothing was sent" "20 passed, 1 failed, 3 skipped"
expect "another state directory knows nothing of it" 0 '^verdict: clean$' replay $c64 --state other
expect "by name it is let pass" 0 "^G20 .*unlocked: the ledger has" replay $c64 --state polluted --allow "$entry"
expect "a name that unlocks nothing" 2 'no gate is unlocked by' replay $c64 --state polluted --allow nothing

# The decisive experiment: one bit, between two runs of the source.
expect "one edit in a bracket" 0 '^edit: task.1..CNA.CBUF_CON0.WEIGHT_REUSE=0 (was 0x1' \
	replay $c64 --fault pollute --state edited --edit "$edit" -o edited.rkrun
expect "is one field of the source" 1 'WEIGHT_REUSE' diff $c64 edited.rkrun
expect "the decisive experiment" 1 '^A (the source): 2 rounds; probe passed 2 .*next job failed 2 (95 %: 0.342 to 1.000)$' \
	replay $c64 --fault pollute --state decisive --edit "$edit" --repeat 1
grep -q '^B (edited): 1 rounds; .*next job failed 0 (95 %: 0.000 to 0.793)$' out && ok "and its other arm" ||
	not_ok "and its other arm"
grep -q '^the edit: the intervals .* meet: no difference is shown' out && ok "of which one round shows nothing yet" ||
	not_ok "of which one round shows nothing yet"
sed '/^  kernel: /d; /^G20 /d; s/;.*//' out >turns
sed -n '/bracket 1:$/,/^verdict/p' turns | sed -n '/^[AB] .*:$/p; /^health after/p; /^verdict/p' | head -n 6 >out
story "source, edited, source" "A (the source), bracket 1:" "health after   TIMEOUT (110, " "verdict: poisons-next-job" \
	"B (edited), bracket 1:" "health after   PASS" "verdict: clean"
expect "the decisive question" 1 '^the edit: the next job fails less often with it: the intervals do not meet$' \
	replay $c64 --fault pollute --state asked --edit "$edit" --repeat 3
grep -q '^A .*: 6 rounds; .*next job failed 6 (95 %: 0.610 to 1.000)$' out &&
	grep -q '^B .*: 3 rounds; .*next job failed 0 (95 %: 0.000 to 0.561)$' out &&
	[ "$(grep -c '^A .*bracket' out)" -eq 6 ] && ok "and its figures" || not_ok "and its figures"
expect "where the edit is not it" 1 '^{"record":"comparison","poisons":"open"}$' \
	replay $c64 --fault pollute --state as-json --edit 'submit.timeout=5000' --repeat 2 --json
grep -q '^{"record":"round","plan":"B (edited)","n":2}$' out && ok "with its rounds" || not_ok "with its rounds"
expect "a series" 0 '^the source: 3 rounds; probe passed 3 (95 %: 0.439 to 1.000)' replay $c32 --repeat 3 --state st

expect "a gate refuses" 1 '^G7 .*refuse always: ' replay $c32 --edit submit.flags=7 --state st
story "with all else allowed" "edit: submit.flags=7" "G7 " "refused: nothing was sent" \
	"20 passed, 1 failed, 3 skipped"
expect "a board that is not well" 3 '^verdict: not-healthy' replay $c32 --fault stall --state st
story "is not probed" "health before  TIMEOUT (110, " "  kernel: [" "verdict: not-healthy; the NPU does not work" \
	"21 passed, 1 failed, 2 skipped"
expect "a probe that times out" 1 '^verdict: recovered-after-reset$' replay $c32 --fault stall=2 --state st
expect "a wrong answer" 1 '^verdict: failed$' replay $c32 --edit 'task[0].CNA.CONV_CON3.CONV_X_STRIDE=2' --state st
story "does not keep the next job from being tried" "edit: " "health before  PASS" "probe          WRONG max_diff=" \
	"health after   PASS" "verdict: failed" "23 passed, 1 failed, 0 skipped"
expect "a wedged core" 3 'look at the kernel.s log' replay $c32 --fault missed-kick=2 --state st
expect "a call that fails" 1 '^probe  *ERROR (5, ' replay $c32 --fault errno=mem_sync:2:EIO --state st -o eio.rkrun
expect "is in what comes back" 0 '^call_error what=MEM_SYNC call=13 errno=5$' show --ioctls eio.rkrun
expect "and in what differs" 1 '^call_error.1. errno' diff c32.rkrun eio.rkrun
expect "which can be given to parse again" 0 'IOCTL_ERRNO #13 MEM_SYNC errno=5' export eio.rkrun --as gdb-ioctl
expect "JSON" 1 '{"record":"verdict","verdict":"poisons-next-job","down":false' \
	replay $c64 --fault pollute --state json --json
grep -qx '{"record":"summary","passed":24,"failed":1,"skipped":0}' out && ok "ends with the counts" ||
	not_ok "ends with the counts"

# Whatever is run first on the next boot: a session on the emulated device must not hide the one that crashed.
mkdir down && cp "$top_srcdir/tests/board-down.journal" down/journal
expect "the board went down last time" 0 'it is remembered as run-abababababab' replay add:classic --state down
grep -q '^abab.* run-abababababab crash ' down/poison && ok "and the ledger has it" || not_ok "and the ledger has it"
expect "which is said once" 0 '^verdict: clean$' replay add:classic --state down
grep -q 'went down' err && not_ok "and no more" || ok "and no more"

# Whoever may not write as much as the journal takes is told so, and not killed in the middle of a job.
(ulimit -f 2 && "$rkreplay" replay add:classic --state small >out 2>err)
[ $? -eq 2 ] && grep -q 'the journal could not be written: File too large' err && ok "a journal that may not grow" ||
	not_ok "a journal that may not grow"

expect "no device" 3 'no node of a driver "rknpu"\|is not the node\|cannot be opened' \
	replay $c32 --device /dev/null --state st
expect "no such fault" 2 'no fault is called' replay $c32 --fault none --state st
expect "faults are of the emulated device" 2 'is for the emulated device' replay $c32 --fault stall --device npu --state st
expect "no such field" 2 'names no register\|names no field' replay $c32 --edit 'task[0].CNA.NONE=1' --state st
expect "no such number" 2 'is not a number' replay $c32 --repeat=none --state st
expect "no such purpose" 2 'neither probe nor' replay $c32 --purpose fun --state st
XDG_STATE_HOME=$dir/xdg
export XDG_STATE_HOME
expect "the state directory of the environment" 0 '' replay add:classic
[ -f xdg/rkreplay/journal ] && ok "is used" || not_ok "is used"

echo "1..$n"
