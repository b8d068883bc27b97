#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay triage as users meet it: what it prints and how it ends. Writes TAP.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

cat >five.log <<'END'
RKNPU: job: ..., mask: 0x1, ... timeout: 6000000us
RKNPU: failed to wait job, task counter: 0, flags: 0x5
RKNPU: job timeout, flags: 0x0:
RKNPU: core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task counter: 0x0
RKNPU: soft reset, num: 6
END
echo '[    7.6] [drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1' >boot.log

expect 'a failure is status 1' 1 '^Facts: committed, timed-out, never-progressed' triage five.log
sed 's/^/[    6.35] /; 3,$s/6.35/6.55/' five.log >timed.log
expect 'rows after the wait do not time the job' 1 '^timed.log:1: job 1 timed-out mask=0x1: ' triage timed.log
expect 'what is open is told with its rows' 1 'five.log:2,4' triage five.log
expect 'what to try is told' 1 '^Try next (A): rkreplay replay ' triage five.log
expect 'a boot log is no failure' 0 'boot-log, not-an-rknpu-failure' triage boot.log
expect 'several logs are one' 1 '^1 job: .*driver 0.9.8' triage boot.log five.log
expect 'standard input is read' 1 '^-:1: job 1 timed-out' triage - <five.log
expect 'a log that is not there is trouble' 2 'nowhere' triage nowhere.log
"$rkreplay" replay conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1 --execute --state st --allow raw-c64 --fault pollute \
	-o poisoned.rkrun >/dev/null 2>&1
expect 'a run that poisoned the next job is no healthy one' 1 '^Facts: bracket-failed$' triage poisoned.rkrun
"$rkreplay" replay add:classic --execute --state st -o clean.rkrun >/dev/null 2>&1
expect 'a clean bracket is' 0 '^Facts: healthy$' triage clean.rkrun

# ---- records that stand in no line: a device's, or a bundle's that was made by hand

"$rkreplay" parse five.log -o placed.rkrun >/dev/null 2>&1
cp -r placed.rkrun placeless.rkrun
sed 's/ place: {[^}]*},//; /^# sha256/d' placed.rkrun/run.yaml >placeless.rkrun/run.yaml
expect 'no line: the source is named alone' 1 '^placeless.rkrun: job 1 timed-out' triage placeless.rkrun
grep -q ':0' out && not_ok 'and no line 0' || ok 'and no line 0'
expect 'nor is a file named that may not be theirs' 0 '^job 1 timed-out' show --trace placeless.rkrun
expect 'nor by parse' 0 '^placeless.rkrun: wait what=expired' parse placeless.rkrun
expect 'nor of the other log' 1 'five.log:1: job 1' triage five.log --against placeless.rkrun
grep -q ':0' out && not_ok 'either' || ok 'either'
expect 'in JSON there are no rows' 1 '"record":"job",.*"rows":\[\]' triage placeless.rkrun --json

expect 'logs are compared' 1 '^No job differs' triage five.log --against five.log
expect 'a job that one lacks is told' 1 'a job that the other log does not have' triage five.log --against boot.log
expect 'jobs are shown' 0 '^five.log:1: job 1 timed-out' show --trace five.log

"$rkreplay" triage --json five.log >json
[ "$(grep -c '^{"record":"hypothesis"' json)" = 12 ] && ok 'each hypothesis is an object' || not_ok 'each hypothesis is an object'
tail -n 1 json | grep -q '^{"record":"verdict",.*"never-progressed"' && ok 'the verdict is last' || not_ok 'the verdict is last'
grep -q '"id":"J",.*"state":"ruled-out".*"rows":\["five.log:2"\]' json && ok 'rows are named' || not_ok 'rows are named'
"$rkreplay" triage --json five.log --against boot.log | grep -q '^{"record":"divergence",' &&
	ok 'so are differences' || not_ok 'so are differences'

echo "1..$n"
