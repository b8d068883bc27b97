#!/bin/sh
# SPDX-License-Identifier: MIT
#
# parse --follow, and what is left behind when a parse is stopped. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

# wait_for FILE PATTERN: until it is there, 10 s at most.
wait_for()
{
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
		21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40; do
		grep -q -e "$2" "$1" && return 0
		sleep 0.25
	done
	return 1
}

# came NAME FILE PATTERN
came()
{
	if wait_for "$2" "$3"; then ok "$1"; else not_ok "$1"; fi
}

# stop NAME SIGNAL PATTERN: it ends with status 0 and its accounting.
stop()
{
	kill "-$2" "$pid"
	wait "$pid"
	got=$?
	if [ "$got" -eq 0 ] && tail -n 1 out | grep -q -e "$3"; then
		ok "$1"
	else
		echo "exit status $got" >>err
		not_ok "$1"
	fi
}

# A command in the background ignores Ctrl-C, unless it says otherwise: the signal is blocked and read here.
printf 'SYSFS_SNAPSHOT one\nSYSFS_' >live.log
"$rkreplay" parse --follow live.log >out 2>err &
pid=$!
came 'what is there' out 'label=one$'
printf 'SNAPSHOT two\n' >>live.log
came 'what comes later' out '^live.log:2: snapshot_sysfs label=two$'
printf 'SYSFS_SNAPSHOT three\n' >live.log
came 'a file that is cut short' out '^live.log:1: snapshot_sysfs label=three$'
came 'is told' err 'live.log was cut short after 38 bytes'
printf 'SYSFS_SNAPSHOT four\n' >new.log
mv new.log live.log
came 'a file that is replaced' out 'label=four$'
came 'is told as well' err 'live.log was replaced after 21 bytes'
stop 'SIGTERM' TERM '^79 bytes = 79 parsed + 0 skipped by rule + 0 unknown$'

printf 'SYSFS_SNAPSHOT one\n' >live.log
"$rkreplay" parse --follow --json live.log --grep two >out 2>err &
pid=$!
printf 'SYSFS_SNAPSHOT two\n' >>live.log
came 'filtered JSON as it comes' out '^{"record":"snapshot_sysfs","file":"live.log","line":2,"label":"two"}$'
stop 'and the accounting' HUP '"bytes":38,"parsed":38,"skipped":0,"unknown":0}$'

if printf 'SYSFS_SNAPSHOT one\n' | "$rkreplay" parse --follow - >out 2>err && grep -q '^19 bytes = 19 parsed' out; then ok 'a pipe ends'; else not_ok 'a pipe ends'; fi

# Standard input that does not block, as some shells and servers leave it, has an end like any other.
if command -v python3 >/dev/null 2>&1; then
	cat >late.py <<'END'
import os, subprocess, sys, time
r, w = os.pipe()
os.set_blocking(r, False)
parse = subprocess.Popen([sys.argv[1], "parse", "--follow", "-"], stdin=r)
os.close(r)
time.sleep(0.5)
os.write(w, b"SYSFS_SNAPSHOT late\n")
os.close(w)
sys.exit(parse.wait())
END
	if python3 late.py "$rkreplay" >out 2>err && grep -q '^20 bytes = 20 parsed' out; then
		ok 'a pipe that does not block'
	else
		not_ok 'a pipe that does not block'
	fi
fi
expect 'one log' 2 'rkreplay: --follow takes one log' parse --follow live.log live.log
expect 'keeps nothing' 2 'goes without -o' parse --follow live.log -o x.rkrun
expect 'no such log' 2 'nothere.log: .*check the name' parse --follow nothere.log
expect 'a directory' 2 'directory' parse --follow .

# A parse that is stopped leaves no bundle behind, and no part of one.
mkfifo pipe
"$rkreplay" parse -o stopped.rkrun pipe >out 2>err &
pid=$!
exec 9>pipe
printf 'SYSFS_SNAPSHOT one\n' >&9
kill -TERM "$pid"
wait "$pid"
exec 9>&-
left=$(find . -name '*stopped*')
if [ -z "$left" ]; then ok 'a parse -o that is stopped'; else not_ok "a parse -o that is stopped left $left"; fi

echo "1..$n"
