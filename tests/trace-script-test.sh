#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What scripts/rknpu-trace.bt prints is what the parser reads: its formats,
# filled with values. Writes TAP.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"
script=$top_srcdir/scripts/rknpu-trace.bt

# fill: the formats of the script, one a line, each conversion with a value of its kind.
fill()
{
	sed -n 's/^.*printf("\(.*\)\\n".*$/\1/p' "$script" |
		sed -e 's/%08x/00000005/g' -e 's/%ll*x/1f/g' -e 's/%x/1f/g' -e 's/ret=%d/ret=-22/' \
			-e 's/fence_fd=%d/fence_fd=-1/' -e 's/%l*[du]/1/g' -e 's/%s/rknpu_core0_irq_handler/g' \
			-e 's/\\n/\n/g'
}

{
	echo 'Attaching 8 probes...'
	fill
} >npu.log
! grep -q '%' npu.log && ok 'no conversion is left' || not_ok 'no conversion is left'
[ "$(grep -c . npu.log)" = "$(($(grep -c 'printf(' "$script") + 1))" ] && ok 'each row is there' || not_ok 'each row is there'

expect 'all of it is read' 0 '"unknown":0' parse --json npu.log
members='"subcore_task":\[{"task_start":1,"task_number":1},.*,{"task_start":1,"task_number":1}\]'
[ "$(grep -c '^{"record":"submit"' out)" = 1 ] && ok 'as one submit' || not_ok 'as one submit'
for member in '"n":1' '"cmd":3228066881' '"flags":5' '"timeout":1' '"ret":-22' '"fence_fd":-1' "$members"; do
	grep '^{"record":"submit"' out | grep -q -e "$member" && ok "with $member" || not_ok "with $member"
done

if command -v bpftrace >/dev/null 2>&1 && bpftrace -d -e 'BEGIN { exit(); }' >out 2>err; then
	bpftrace -d "$script" >out 2>err
	# a kernel without the driver has not its functions, which is said later
	cat out err | grep -q -i 'after: *semantic' && ok 'bpftrace understands it' || not_ok 'bpftrace understands it'
else
	n=$((n + 1))
	echo "ok $n - bpftrace understands it # SKIP no bpftrace, or not allowed"
fi

echo "1..$n"
