#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay verify as users meet it: what it prints and how it ends. Writes TAP.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"
logs=$RKREPLAY_SHARED/captures/logs

shape=b1_c32_h14_w14_oc128_wic32_k3x3_g1
h40=b1_c160_h40_w40_oc320_wic160_k3x3_g1
c64=b1_c64_h56_w56_oc128_wic64_k1x1_g1

expect 'a generated run passes' 0 '^[0-9]* passed, 0 failed, [0-9]* skipped$' verify "conv:$shape"
[ "$(grep -c '^[PS][AK][SI][SP]  [ 1-3][0-9]  ' out)" = 37 ] && ok 'one line a check' || not_ok 'one line a check'
[ "$(tail -n 1 out | wc -w)" = 6 ] && ok 'the total is the last line' || not_ok 'the total is the last line'
! grep '^SKIP' out | grep -qv '(.*)$' && ok 'a skip has its reason' || not_ok 'a skip has its reason'

"$rkreplay" export "conv:$shape" --as gdb-ioctl >ioctl.log
"$rkreplay" export "conv:$shape" --as gem-dump >dump.log
"$rkreplay" export "conv:$shape" --as rknn-debug >rows.log
cat ioctl.log rows.log >both.log
expect 'an ioctl log finds its shape' 0 'PASS  24  ' verify both.log
expect 'without rows it must be named' 0 'SKIP  24  .*name it with --against' verify ioctl.log
expect 'and then is compared' 0 'PASS  24  ' verify --against "conv:$shape" ioctl.log
expect 'another shape differs' 1 'FAIL  24  ' verify --against "conv:$h40" ioctl.log
expect 'a run to compare with may be a log' 0 'PASS  24  ' verify --against both.log both.log
expect 'logs of one process are joined' 0 'PASS  18  ' verify --join ioctl.log rows.log dump.log
expect 'in any order' 0 'PASS  12  ' verify --join dump.log ioctl.log rows.log
grep -q '^PASS   9  ' out && ok 'by what the best of them shows' || not_ok 'by what the best of them shows'
expect 'several runs are counted' 0 'PASS  24  .*(2 of 3 runs)' verify both.log both.log rows.log
expect 'a refused shape is no' 1 'unsupported (batch)' verify --against conv:b2_c32_h14_w14_oc128_wic32_k3x3_g1 ioctl.log
expect 'a shape that is none is trouble' 2 'rkreplay: ' verify --against conv:nonsense ioctl.log
expect 'a log that is not there is trouble' 2 'rkreplay: no.log' verify no.log
expect 'nothing to verify is trouble' 2 'nothing was given to verify' verify

# What ought to be there, and is not, fails; a skip does not hide it.
sed '/^=== DRM_IOCTL/,/^IOCTL_RET .* SUBMIT/d' both.log >cut.log
expect 'a log without its submit fails' 1 'submit: .*mandatory input missing' verify cut.log
sed '0,/ flags=0x00000005 timeout=6000/s//&0/' both.log >long.log
expect 'a failure names field and line' 1 '^  submit\[0\] timeout: expected 6000, found 60000 (long.log:[0-9]*)$' verify long.log
"$rkreplay" verify --json long.log >out 2>err
[ $? = 1 ] && ok 'the same as JSON' || not_ok 'the same as JSON'
grep -q '^{"record":"check","id":34,.*"state":"FAIL",.*"path":"submit\[0\]","field":"timeout","expected":"6000","found":"60000","file":"long.log","line":[0-9]*}' out &&
	ok 'with its detail' || not_ok 'with its detail'
[ "$(wc -l <out)" = 38 ] && tail -n 1 out | grep -q '^{"record":"verdict","passed":[0-9]*,"failed":[0-9]*,"skipped":[0-9]*}$' &&
	ok 'an object a line, the verdict last' || not_ok 'an object a line, the verdict last'

# ---- promotion

expect 'a generated run proves nothing' 1 '^refused b1_c32.*: none of the runs is a capture' verify --promote "$shape" "conv:$shape"
expect 'a shape that is held back' 1 '^refused b1_c64.*: the ledger holds it back: .*the next job timed out' verify --promote "conv:$c64" both.log
expect 'no runs are trouble' 2 'a promotion needs the runs' verify --promote "$shape"
expect 'a shape that cannot be generated' 1 'unsupported (batch)' verify --promote conv:b2_c32_h14_w14_oc128_wic32_k3x3_g1 both.log
expect 'a ledger that is none' 2 'rkreplay: ioctl.log:1:' verify --ledger ioctl.log both.log
expect 'a ledger that is not there' 2 'cannot open the ledger' verify --ledger no.yaml both.log
printf 'version: 1\nshapes: []\n' >empty.yaml
expect 'another ledger' 0 'SKIP   5  .*nothing is on record' verify --ledger empty.yaml both.log

if [ -d "$logs" ]; then
	dump=$logs/capture_rknpu_submit_dump_gems_sweep_live_regcmd.log
	expect 'a promoted shape stands by its capture' 0 '^promoted b1_c160_h40' verify --promote "$h40" "$dump"
	grep -q 'no given run holds a bracketed hardware run; the ledger records one with max_diff 0.0625' out &&
		ok 'and claims no hardware run of its own' || not_ok 'and claims no hardware run of its own'
	expect 'equality alone is not enough' 1 'but no given run holds a bracketed hardware run' verify --ledger empty.yaml --promote "$h40" "$dump"
	sed '0,/value=0x0201000000391040/s//value=0x0201000000481040/' "$dump" >changed.log
	expect 'a changed word is no capture of it' 1 'a capture differs' verify --promote "$h40" changed.log
	expect 'and fails where it stands' 1 '^  regcmd\[0\] of task\[0\] .*CBUF_CON0.DATA_BANK: expected 9, found 8 (changed.log:129)' verify changed.log
	bad=
	for log in "$logs"/*.log; do
		"$rkreplay" verify "$log" >out 2>err || bad="$bad $log"
		! grep '^SKIP' out | grep -qv '(.*)$' || bad="$bad $log"
	done
	[ -z "$bad" ] && ok 'all real logs pass, or say why not' || not_ok "real logs fail:$bad"
else
	ok 'real logs # SKIP no captures here'
fi

echo "1..$n"
