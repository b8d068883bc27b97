#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay capture: what clients ask of the emulated board, as runs. Writes
# TAP. "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/clients.sh
. "${top_srcdir:?is set by make check}/tests/clients.sh"

"$rkreplay" emulate -- true >out 2>err || {
	echo "1..0 # SKIP no board can be emulated here: $(head -n 1 err)"
	exit 0
}

# ---- What is in a run

captured 'a client in C' add 0 '^ok$' "$client" add
has 'each MEM_CREATE, of 40 bytes' add 5 '"record":"mem_create".*"ret":0,"handle":[1-5],"obj":"0xffffff[0-9a-f]*","dma":"0xf'
has 'each MEM_MAP' add 5 '"record":"mem_map".*"ret":0,.*"offset":"0x10000[0-9a-f]*"'
has 'each mmap' add 5 '"record":"mmap",.*"maps":"[1-5]".*"prot":3,"flags":1,"fd":[0-9]*,'
has 'each submit' add 3 '"record":"submit",.*"task_number":1,.*"ret":0}'
has 'each munmap' add 5 '"record":"munmap",.*"fd":[0-9]*,.*"ret":0}'
has 'each MEM_DESTROY' add 5 '"record":"mem_destroy",.*"ret":0}'
has 'the close' add 1 '"record":"close","n":1,"fd":[0-9]*,"ret":0}'
has 'other calls of the node by their numbers' add 1 '"record":"ioctl",.*"type":100,"nr":0,"size":64,.*"ret":0}'
has 'nothing failed' add 0 '"record":"call_error"'
grep -q '^rkreplay: add.rkrun: 30 calls, 33 records, 5 BOs (0 without contents)$' err && ok 'which -v says' || not_ok 'which -v says'
"$rkreplay" parse add.log -o log.rkrun >out 2>err
expect 'as the board itself logs it' 0 '^same: ' diff log.rkrun add.rkrun
expect 'the task is known by its submit' 0 '^0 0x00000000 4 0x00000018 0x00000300 0x0001ffff 0x00000100 14 0 ' show --tasks add.rkrun
expect 'and its regcmd' 0 ' DPU.DST_BASE_ADDR ' show --regcmd add.rkrun
[ "$(od -An -tx2 -N16 add.rkrun/bo-004.bin)" = " 0008 0008 0008 0008 0008 0008 0008 0008" ] &&
	ok 'the answer is in its BO' || { od -tx2 add.rkrun/bo-004.bin >>err; not_ok 'the answer is in its BO'; }
[ "$(od -An -tx2 -N4 add.rkrun/bo-002.bin)" = " 0003 0003" ] && ok 'and the input in its own' || not_ok 'and the input in its own'

captured 'calls that fail' errors 0 '^ok$' "$client" errors
has 'MEM_MAP of no handle: ENOENT' errors 1 '"record":"call_error","what":"MEM_MAP","call":3,"errno":2}'
has 'MEM_DESTROY of none: EINVAL' errors 1 '"record":"call_error","what":"MEM_DESTROY","call":4,"errno":22}'
has 'MEM_CREATE of no size: EINVAL' errors 1 '"record":"call_error","what":"MEM_CREATE","call":5,"errno":22}'
has 'mmaps' errors 3 '"record":"call_error","what":"MMAP","errno":22}'
has 'a struct that cannot be read: EFAULT' errors 1 '"nr":67,"size":16,"arg":"0x8","ret":-1,"error":"EFAULT"}'
has 'a call that no driver has: EINVAL' errors 1 '"nr":95,.*"ret":-1,"error":"EINVAL"}'
[ -d errors-2.rkrun ] && ok 'another open file is another run' || not_ok 'another open file is another run'

expect 'a submit that fails' 0 '^submit: Input/output error$' emulate --fault errno=SUBMIT:1:EIO -- \
	"$rkreplay" capture -o fault -- "$client" submit
"$rkreplay" parse --json fault.rkrun >fault.json 2>err
has 'has its errno' fault 1 '"record":"call_error","what":"SUBMIT","call":11,"errno":5}'
has 'and its result' fault 1 '"record":"submit",.*"ret":-1}'

if command -v python3 >/dev/null 2>&1; then
	captured 'a client in Python' python 0 '^ok$' python3 "$python" 10
	has 'its submits' python 10 '"record":"submit",.*"ret":0}'
	[ "$(od -An -tx2 -N4 python.rkrun/bo-004.bin)" = " 0008 0008" ] && ok 'and its answer' || not_ok 'and its answer'
else
	n=$((n + 1))
	echo "ok $n - a client in Python # SKIP no python3"
fi

expect 'without contents' 0 '^ok$' emulate -- "$rkreplay" capture --contents=none -o none -- "$client" add
[ -e none.rkrun/run.yaml ] && [ ! -e none.rkrun/bo-000.bin ] && ok 'there are none' || not_ok 'there are none'
expect 'and the calls are the same' 0 '^same: ' diff none.rkrun add.rkrun
expect 'capture around emulate' 0 '^ok$' capture -o around -- "$rkreplay" emulate -- "$client" add
expect 'is the same' 0 '^same: ' diff around.rkrun add.rkrun

expect 'with what sysfs says' 0 '^ok$' emulate -- "$rkreplay" capture --sysfs -o sysfs -- "$client" add
"$rkreplay" parse --json sysfs.rkrun >sysfs.json 2>err
has 'before each submit and after it' sysfs 6 '"record":"snapshot_sysfs","label":"\(before\|after\)_submit_[123]"}'
has 'is read' sysfs 6 '"path":"/sys/devices/platform/fdab0000.npu/power/control","value":"auto"}'
has 'and what is not there is said' sysfs 6 '/cur_freq","value":"<unreadable:2>"}'
grep -A1 before_submit_2 sysfs.json | grep -q runtime_status && ok 'in its place' || not_ok 'in its place'
expect 'where there is no NPU' 3 'no device is bound to the driver RKNPU' capture --sysfs -o x -- true

captured 'a job that is not waited for' nonblock 0 '^ok$' "$client" nonblock
[ "$(od -An -tx2 -N4 nonblock.rkrun/bo-004.bin)" = " 0008 0008" ] && ok 'and its answer' || not_ok 'and its answer'

# ---- Processes and threads

captured 'children of a fork use what their parent has' fork 0 '^ok$' "$client" fork
has 'all their submits are in one run' fork 6 '"record":"submit",.*"ret":0}'
has 'and what they unmapped' fork 11 '"record":"munmap",.*"ret":0}'
captured 'copies of a descriptor that is new' copies 0 '^ok$' "$client" copies
has 'are one open file, in a child, too' copies 4 '"record":"submit",.*"ret":0}'
captured 'a stream' stream 0 '^ok$' "$client" stream
has 'its end is the close' stream 1 '"record":"close","n":1,"fd":[0-9]*,"ret":0}'
captured 'threads' threads 0 '^ok$' "$client" threads
cat threads.json >threads-all.json
for i in 2 3 4 5; do
	"$rkreplay" parse --json threads-$i.rkrun >>threads-all.json 2>>err
done
has 'with open files of their own: no submit is missing' threads-all 400 '"record":"submit",.*"ret":0}'
has 'no mapping is' threads-all 400 '"record":"mmap",'
has 'no BO is' threads-all 400 '"record":"mem_destroy",.*"ret":0}'
captured 'a program that another one executes' exec 0 '^ok$' "$client" exec
has 'is in it' exec 1 '"record":"submit",.*"ret":0}'
captured 'a descriptor that came through a socket' pass 0 '^ok$' "$client" pass
has 'is known' pass 1 '"record":"submit",.*"ret":0}'
captured 'BOs that are shared' prime 0 '^ok$' "$client" prime

# ---- Jobs of one client

expect 'two jobs of a client' 0 '^ok$' emulate -- "$rkreplay" capture --split -o jobs -- "$client" threads
[ "$(find . -name 'jobs*.rkrun' | wc -l)" -ge 42 ] && ok 'are bundles of their own' || not_ok 'are bundles of their own'
expect 'that are alike' 0 '^same: ' diff jobs-3.rkrun jobs-4.rkrun

# ---- However it ends

# The shell expands what is in it.
# shellcheck disable=SC2016
captured 'a client that is killed' killed 137 '' sh -c '
	"$0" hold >held & pid=$!
	n=0; until grep -q ready held || [ $((n += 1)) -gt 200 ]; do sleep 0.05; done
	kill -9 $pid; wait $pid' "$client"
logged=$(grep -c '^=== DRM_IOCTL_RKNPU_SUBMIT' killed.log)
all=$(grep -c '"record":"submit"' killed.json)
done=$(grep '"record":"submit"' killed.json | grep -c '"ret":0}')
# The one that was under way may have been done, or not even begun.
[ "$logged" -gt 1 ] && [ "$done" -ge $((logged - 1)) ] && [ "$all" -ge "$logged" ] && [ "$all" -le $((logged + 1)) ] &&
	ok 'each call that had returned is there' ||
	{ echo "$logged of the board, $all captured, $done of them done" >>err; not_ok 'each call that had returned is there'; }
[ "$(od -An -tx2 -N4 killed.rkrun/bo-003.bin)" = " 0005 0005" ] && ok 'and contents are' || not_ok 'and contents are'
is_clean 'nothing else is left'

# shellcheck disable=SC2016
expect 'a kill of the command itself' 137 '' emulate -- "$rkreplay" capture -o own -- sh -c '"$0" add; kill -9 $$' "$client"
[ -d own.rkrun ] && ok 'a run is there' || not_ok 'a run is there'
# shellcheck disable=SC2016
expect 'the exit status is the command'"'"'s' 37 '' emulate -- "$rkreplay" capture -o status -- sh -c '"$0" add; exit 37' "$client"
expect 'a command that is not there' 127 'cannot run no-such-command: No such file' capture -o x -- no-such-command
expect 'what is left in the background is told of' 2 'still runs, and is recorded no further' capture -o x -- \
	sh -c 'sleep 3 &'
expect 'no command' 2 'capture needs -- CMD' capture -o x
expect 'one that asks nothing of the NPU' 2 'nothing was captured: the command never opened' capture -o x -- true
[ ! -e x.rkrun ] && ok 'makes no run' || not_ok 'makes no run'
expect 'no such contents' 2 'contents=all is not' capture --contents=all -o x -- true
expect 'a bundle that cannot be written' 2 'no/x.rkrun: cannot write it: No such file' capture -o no/x -- touch started
: >file.rkrun
expect 'of its own name' 2 'file.rkrun: it is no directory' capture -o file -- touch started
[ ! -e started ] && ok 'is told before the command is run' || not_ok 'is told before the command is run'

echo 'int main(void) { return 0; }' >static.c
if ${CC:-cc} -static static.c -o static >out 2>err; then
	expect 'a program that is linked statically' 2 'could not be given the library.*rkreplay-gdb.py' capture -o x -- ./static
else
	n=$((n + 1))
	echo "ok $n - a program that is linked statically # SKIP none can be linked"
fi

for signal in INT TERM; do
	: >out
	# Background jobs of a script have SIGINT ignored, and so would the command.
	if command -v python3 >/dev/null 2>&1; then
		"$rkreplay" emulate -- python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
open("pid", "w").write(str(os.getpid()))
os.execv(sys.argv[1], sys.argv[1:])' "$rkreplay" capture -o "$signal" -- "$client" hold >out 2>err &
	else
		break
	fi
	emulate=$!
	started
	kill -"$signal" "$(cat pid)"
	wait "$emulate"
	got=$?
	[ "$signal" = INT ] && want=130 || want=143
	[ "$got" = "$want" ] && [ -d "$signal.rkrun" ] && ok "$signal ends the client, and the run is written" ||
		{ echo "$got" >>err; not_ok "$signal ends the client, and the run is written"; }
done
is_clean 'nothing is left of any of them'

# ---- Recording that fails

# The shell expands what is in it.
# shellcheck disable=SC2016
captured 'no room for more' full 2 'the recording ended early (File too large), and [1-9][0-9]* events were not kept' \
	sh -c '"$0" add; ulimit -f 100; "$0" add' "$client"
[ "$(grep -c '^ok$' out)" = 2 ] && ok 'hurts no client' || not_ok 'hurts no client'
has 'what was recorded is there' full 3 '"record":"submit",.*"ret":0}'
# shellcheck disable=SC2016
expect 'a directory that goes away' 2 'nothing was captured' emulate -- "$rkreplay" capture -o gone -- \
	sh -c 'rm -r "$RKREPLAY_CAPTURE"; "$0" add' "$client"
grep -q '^ok$' out && ok 'hurts no client either' || not_ok 'hurts no client either'

# Their place is that of struct rkc_control.
if command -v python3 >/dev/null 2>&1; then
	# The shell expands what is in it.
	# shellcheck disable=SC2016
	expect 'counters that a client has written over' 0 '^ok$' emulate -- timeout 20 "$rkreplay" capture -o over -- \
		sh -c '"$0" add; python3 -c "
import os
with open(os.environ[\"RKREPLAY_CAPTURE\"] + \"/control\", \"r+b\") as file:
    file.seek(24)
    file.write(b\"\\xff\" * 16)"' "$client"
	[ -d over.rkrun ] && ok 'are not believed' || not_ok 'are not believed'
fi

# ---- Closure: what a replay asks of a board is what its source says

t()
{
	bundle=$1 source=$2
	shift 2
	"$rkreplay" emulate -- "$rkreplay" capture --split -o "$bundle" -- "$rkreplay" replay "$source" --device npu \
		--execute --state st "$@" >out 2>err || { not_ok "replay $source"; return; }
	# The job between two health jobs.
	expect "a capture of its replay is $source" 0 '^same: ' diff "$source" "$bundle-2.rkrun"
	grep -q '^compared: .* regcmd word, .* task' out && ok 'regcmd and tasks included' || not_ok 'regcmd and tasks included'
}
for shape in b1_c160_h40_w40_oc320_wic160_k3x3_g1 b1_c160_h14_w14_oc320_g1_k3x3 b1_c160_h7_w7_oc320_g1_k3x3 \
	b1_c32_h14_w14_oc128_g1_k3x3 b1_c256_h14_w14_oc512_g1_k1x1; do
	t "$shape" conv:$shape
done
t c64 conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1 --allow raw-c64 --purpose state-capture
for form in classic pointers; do
	"$rkreplay" replay add:$form --execute --state st3 -o sum-$form.rkrun >out 2>err
	t captured-$form sum-$form.rkrun
done
expect 'a capture can be replayed' 0 '^verdict: clean$' replay add.rkrun --state st2
expect 'a capture differs from what was changed' 1 '^different: ' diff conv:b1_c32_h14_w14_oc128_g1_k3x3 c64-2.rkrun

echo "1..$n"
