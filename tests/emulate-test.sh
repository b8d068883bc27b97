#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay emulate: clients that know nothing of it run on an emulated board.
# Writes TAP. "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/clients.sh
. "${top_srcdir:?is set by make check}/tests/clients.sh"

# parses NAME KIND FILE...: each parses, and no byte of it is unknown.
parses()
{
	name=$1 kind=$2
	shift 2
	for file in "$@"; do
		if ! "$rkreplay" parse --format "$kind" --strict --json "$file" >parsed 2>err ||
			! tail -n 1 parsed | grep -q '"unknown":0}'; then
			not_ok "$name ($file)"
			return
		fi
	done
	ok "$name"
}

# ---- A client in C

for what in add errors fork copies stream threads exec pass prime; do
	expect "C client: $what" 0 '^ok$' emulate --log "$what.log" --trace "$what.trace" -- "$client" "$what"
done
is_clean 'nothing is left behind'
parses 'its calls parse' gdb-ioctl add.log errors.log fork.log threads.log exec.log pass.log prime.log
parses 'the PC-commit trace parses' pc-trace add.trace fork.trace threads.trace
[ "$(grep -c '^=== DRM_IOCTL_RKNPU_SUBMIT' add.log)" = 3 ] && ok 'each submit is logged' || not_ok 'each submit is logged'
grep -q '^CLOSE #1 fd=[0-9]*$' add.log && ok 'and the close' || not_ok 'and the close'
[ "$(grep -c '^MMAP #' add.log)" = 5 ] && [ "$(grep -c '^MUNMAP #' add.log)" = 5 ] &&
	ok 'and mappings' || not_ok 'and mappings'
[ "$(grep -c '^=== DRM_IOCTL_RKNPU_SUBMIT' threads.log)" = 400 ] && ok 'of threads, too' || not_ok 'of threads, too'
[ -s fork.log.2 ] && ok 'a further process has a log of its own' || not_ok 'a further process has a log of its own'

"$rkreplay" parse add.log -o add.rkrun >out 2>err
"$rkreplay" export add.rkrun --as gdb-ioctl 2>>err | sed '/^Function\|^Breakpoint\|^\[\|^Using/d' >again.log
cmp -s add.log again.log && ok 'a log is what export would write' || { diff add.log again.log >>err; not_ok 'a log is what export would write'; }

# ---- A client in Python, by its own means

if command -v python3 >/dev/null 2>&1; then
	expect 'Python client' 0 '^ok$' emulate -- python3 "$python" 10
	expect 'as a command of a shell' 0 '^ok$' emulate -- sh -c "python3 '$python'"
	expect 'beside each other' 0 '^ok$' emulate -- sh -c "python3 '$python' 50 & python3 '$python' 50 & '$client' fork & wait"
	[ "$(grep -c '^ok$' out)" = 3 ] && ok 'with an answer for each' || not_ok 'with an answer for each'
	expect 'files of the node' 0 "^226 1 0 DRIVER=RKNPU \['card1', 'renderD129'\]$" emulate -- python3 -c '
import glob, os
s = os.stat("/dev/dri/card1")
d = os.path.realpath("/sys/class/drm/card1/device")
assert d == "/sys/devices/platform/fdab0000.npu", d
print(os.major(s.st_rdev), os.minor(s.st_rdev), s.st_size, open(d + "/uevent").readline().strip(),
      sorted(n for n in os.listdir("/dev/dri") if n != "by-path"))
with open("/dev/dri/card1", "r+b", buffering=0) as f:
    assert os.fstat(f.fileno()).st_rdev == s.st_rdev
    assert f.tell() == 0
fd = os.open("card1", os.O_RDWR, dir_fd=os.open("/dev/dri", os.O_DIRECTORY))
assert os.fstat(fd).st_rdev == s.st_rdev
'
else
	n=$((n + 1))
	echo "ok $n - Python clients # SKIP no python3"
fi

# ---- What looks at the node without opening it

expect 'ls -l' 0 '^crw-rw---- .* 226, *1 .* card1$' emulate -- ls -l /dev/dri
[ ! -s err ] && ok 'has nothing to complain of' || not_ok 'has nothing to complain of'
expect 'nor of a node that is named' 0 '^crw-rw---- .* 226, *129 .* /dev/dri/renderD129$' \
	emulate -- ls -l /dev/dri/renderD129 /sys/class/drm/card1/device/
[ ! -s err ] && ok 'or of sysfs' || not_ok 'or of sysfs'

# ---- Several processes on one board

expect 'several processes' 0 '^ok$' emulate --log many.log -- \
	sh -c "'$client' add & '$client' threads & '$client' fork & wait"
[ "$(grep -c '^ok$' out)" = 3 ] && ok 'all have their answers' || not_ok 'all have their answers'
parses 'a log each' gdb-ioctl many.log many.log.2 many.log.3
expect 'one that the command leaves behind is waited for' 0 '^ok$' emulate -- sh -c "'$client' threads &"

# ---- How it ends

expect 'the exit status is the command'"'"'s' 37 '' emulate -- sh -c 'exit 37'
# The shell expands $$, not this one.
# shellcheck disable=SC2016
expect 'or tells the signal' 143 '' emulate -- sh -c 'kill -TERM $$'
expect 'a command that is not there' 127 'cannot run no-such-command: No such file' emulate -- no-such-command
expect 'one that cannot be run' 126 'cannot run /: ' emulate -- /
expect 'no command' 2 'emulate needs -- CMD' emulate
expect 'one that opens nothing' 0 'nothing opened the board' emulate -v -- true
expect 'which is not told without -v' 0 '' emulate -- true
[ ! -s err ] && ok 'nothing is said' || not_ok 'nothing is said'
expect 'but when the command has failed' 1 'nothing opened the board; a static program' emulate -- false
expect 'a log that cannot be written' 2 'no/log: cannot write' emulate --log no/log -- "$client" add
expect 'a place for BOs that is none' 2 'iova-top' emulate --iova-top 0x1234 -- "$client" add
expect 'a place for BOs' 0 '^ok$' emulate --iova-top 0x80000000 --log top.log -- "$client" add
grep -q 'dma=0x7ffff000' top.log && ok 'BOs are below it' || not_ok 'BOs are below it'
# A pipe that is closed ends a program as it would without us.
"$rkreplay" emulate -- sh -c 'while echo y; do :; done' 2>err | head -n 1 >out
grep -q y out && ok 'a closed pipe' || not_ok 'a closed pipe'
is_clean 'nothing is left of any of them'

# ---- Signals

for signal in INT TERM; do
	: >out
	# Background jobs of a script have SIGINT ignored, and so would the command.
	if command -v python3 >/dev/null 2>&1; then
		python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$rkreplay" emulate -- "$client" hold >out 2>err &
	else
		"$rkreplay" emulate -- "$client" hold >out 2>err &
	fi
	pid=$!
	started
	# libtool's script in front of the program passes nothing on: it is replaced by it.
	kill -"$signal" "$pid"
	wait "$pid"
	got=$?
	[ "$signal" = INT ] && want=130 || want=143
	{ [ "$got" = "$want" ] && ok "$signal ends the command"; } || { echo "$got" >>err; not_ok "$signal ends the command"; }
	is_clean "and leaves nothing behind"
done

# An alarm that was set before us is the command's.
if command -v python3 >/dev/null 2>&1; then
	timeout 20 python3 -c 'import os, signal, sys
signal.alarm(1)
os.execv(sys.argv[1], sys.argv[1:])' "$rkreplay" emulate -- "$client" hold >out 2>err
	got=$?
	[ "$got" = 142 ] && ok 'an alarm ends the command' || { echo "$got" >>err; not_ok 'an alarm ends the command'; }
fi

# The shell expands what is in it.
# shellcheck disable=SC2016
expect 'a client that is killed' 0 '^ok$' emulate --log killed.log -- sh -c '
	"$0" hold >held & pid=$!
	n=0; until grep -q ready held || [ $((n += 1)) -gt 200 ]; do sleep 0.05; done
	kill -9 $pid; wait $pid; "$0" add' "$client"
grep -q '^CLOSE' killed.log && ok 'its files are closed' || not_ok 'its files are closed'
is_clean 'nothing is left of it'

# The pipe is open until the client has ended: the emulated board ends before it.
mkdir killed.tmp
{ TMPDIR=$dir/killed.tmp "$rkreplay" emulate -- "$client" hung; } 2>err | cat >out
[ "$(cat out)" = ok ] && ok 'one whose board hangs, and is gone' || not_ok 'one whose board hangs, and is gone'

# ---- Faults

expect 'a stall' 0 '^submit: Connection timed out$' emulate --fault stall --dmesg stall.dmesg --trace stall.trace -- \
	"$client" submit
grep -q 'RKNPU: failed to wait job, task counter: 0, flags: 0x1, ret = 0, elapsed time: [0-9]*us$' stall.dmesg &&
	ok 'the kernel says so' || not_ok 'the kernel says so'
grep -q 'RKNPU: soft reset, num: 6$' stall.dmesg && ok 'and resets' || not_ok 'and resets'
! grep -q 'pc commit' stall.dmesg && grep -q 'pc commit' stall.trace &&
	ok 'the trace has rows of its own' || not_ok 'the trace has rows of its own'
parses 'it parses' dmesg stall.dmesg
parses 'the trace parses' dmesg,pc-trace stall.trace
# Each that there is. A single job shows only some of them in the kernel's log.
for fault in $("$rkreplay" emulate --list-faults | sed -n 's/^\([a-z-]*\).*/\1/p'); do
	case $fault in
	errno) argument=errno=SUBMIT:1:EIO ;;
	*) argument=$fault ;;
	esac
	"$rkreplay" emulate --fault "$argument" --dmesg "$fault.dmesg" --trace "$fault.trace" -- "$client" submit >out 2>err
	case $fault in
	*-irq | *-error | *-fault | stuck-group | dangling-job | missed-kick | lost-op-en | chain-overrun | stall)
		[ -s "$fault.dmesg" ] || { not_ok "$fault is told of"; continue; }
		;;
	esac
	files=$fault.trace
	[ ! -s "$fault.dmesg" ] || files="$files $fault.dmesg"
	status=0
	for file in $files; do
		"$rkreplay" parse --json --strict "$file" 2>err | tail -n 1 | grep -q '"unknown":0}' || status=1
	done
	[ "$status" = 0 ] && ok "$fault: its logs parse" || not_ok "$fault: its logs parse"
done
expect 'an errno' 0 '^submit: Input/output error$' emulate --fault errno=SUBMIT:1:EIO -- "$client" submit
expect 'the second of two' 1 'Connection timed out' emulate --fault stall=2 -- "$client" submit
expect 'two faults' 0 '^submit: Connection timed out$' emulate --fault stall --fault errno=SUBMIT:9:EIO -- "$client" submit
expect 'no such fault' 2 "no fault is called 'nonsense'" emulate --fault nonsense -- true
expect 'no such argument' 2 "fault 'stall=x'" emulate --fault stall=x -- true
expect 'faults are listed' 0 '^stall\[=N|N%\]$' emulate --list-faults
expect 'what would crash a board is refused' 0 '^rkreplay: this submit would have crashed the board: G1 ' emulate -- \
	"$client" crash

echo "1..$n"
