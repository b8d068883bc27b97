#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay capture of clients that are hard to see, or have bad luck: they see
# what they would see without, and what was not recorded is told. Writes TAP.
# "A && ok || not_ok" is if-then-else here: ok does not fail; other shells expand
# what is in quotes.
# shellcheck disable=SC2015,SC2016
set -u

# shellcheck source=tests/clients.sh
. "${top_srcdir:?is set by make check}/tests/clients.sh"
unlucky=$top_builddir/tests/unlucky-client

"$rkreplay" emulate -- true >out 2>err || {
	echo "1..0 # SKIP no board can be emulated here: $(head -n 1 err)"
	exit 0
}

# ---- Descriptors

captured 'a client that closes in all ways' closes 0 '^ok$' "$unlucky" closes
has 'each is a close' closes 7 '"record":"close",.*"ret":0}'
has 'of its descriptor' closes 1 '"record":"close",.*"fd":110,"ret":0}'
has 'and no other one is' closes 0 '"record":"close",.*"fd":140,'
[ ! -e closes-2.rkrun ] && ok 'all copies are of one open file' || not_ok 'all copies are of one open file'

captured 'a child of vfork that closes all' vfork 0 '^ok$' "$unlucky" vfork
has 'its parent goes on' vfork 1 '"record":"submit",.*"ret":0}'
has 'what both closed is there' vfork 2 '"record":"close",.*"ret":0}'
[ ! -e vfork-2.rkrun ] && ok 'in one run' || not_ok 'in one run'
captured 'threads that close and open while others call' races 0 '^ok$' "$unlucky" races
has 'no submit is missing' races 100 '"record":"submit",.*"ret":0}'
has 'no close is' races 1201 '"record":"close",.*"ret":0}'
[ ! -e races-2.rkrun ] && ok 'all of it is one run' || not_ok 'all of it is one run'

captured 'processes that are made amid calls of threads' forks 0 '^ok$' "$unlucky" forks
has 'what each closed is there' forks 41 '"record":"close",.*"ret":0}'
[ ! -e forks-2.rkrun ] && ok 'in one run' || not_ok 'in one run'

captured 'children of a node that nobody has asked' late 0 '^ok$' "$unlucky" late
has 'are of one open file' late 2 '"record":"submit",.*"ret":0}'
[ -e late-2.rkrun ] && [ ! -e late-3.rkrun ] && ok 'each' || not_ok 'each'
captured 'children that have no memory of BOs' kept 0 '^ok$' "$unlucky" kept
has 'are not hurt' kept 4 '"record":"submit",.*"ret":0}'
captured 'a handler of signals that asks the driver' handler 0 '^ok$' "$unlucky" handler
[ ! -e handler-2.rkrun ] && ok 'amid all calls' || not_ok 'amid all calls'

# ---- Calls by number

expect 'a client that calls by number, on the emulated board' 0 '^ok$' emulate -- "$unlucky" numbers
captured 'and captured' numbers 0 '^ok$' "$unlucky" numbers
has 'each submit' numbers 4 '"record":"submit",.*"ret":0}'
has 'each MEM_CREATE' numbers 6 '"record":"mem_create".*"ret":0,'
has 'each mmap, and the one that failed' numbers 7 '"record":"mmap",.*"maps":"[1-6]"'
has 'each munmap' numbers 1 '"record":"munmap",.*"ret":0}'
has 'each MEM_DESTROY' numbers 1 '"record":"mem_destroy",.*"ret":0}'
has 'each close' numbers 3 '"record":"close",.*"ret":0}'
has 'what failed, with its errno' numbers 1 '"record":"call_error","what":"MEM_DESTROY".*"errno":22}'
has 'a struct that cannot be read: EFAULT' numbers 1 '"nr":67,"size":16,"arg":"0x8","ret":-1,"error":"EFAULT"}'
has 'a mapping of no length' numbers 1 '"record":"call_error","what":"MMAP","errno":22}'
[ ! -e numbers-2.rkrun ] && ok 'all of it is one run' || not_ok 'all of it is one run'

# ---- Programs that cannot be recorded

captured 'a job that is not waited for, before another program' exec 0 '^ok$' "$unlucky" leave-by-exec
[ "$(od -An -tx2 -N4 exec.rkrun/bo-004.bin)" = " 0008 0008" ] && ok 'and its answer' || not_ok 'and its answer'
captured 'or before _exit()' exit 0 '^ok$' "$unlucky" leave-at-once
[ "$(od -An -tx2 -N4 exit.rkrun/bo-004.bin)" = " 0008 0008" ] && ok 'and its answer' || not_ok 'and its answer'

# told NAME NUMBER PATTERN: so many lines of what the last command said match.
told()
{
	got=$(grep -c -e "$3" err)
	[ "$got" = "$2" ] && ok "$1" || { echo "$got of '$3', not $2" >>err; not_ok "$1"; }
}

echo 'int main(int n, char **v) { return v ? n : 0; }' >static.c
if ${CC:-cc} -static static.c -o static >out 2>err; then
	for i in 1 2 3 4 5 6 7 8 9 10 11; do
		ln static $i
	done
	captured 'a client that executes programs in all ways' execs 0 '^ok$' "$unlucky" execs
	told 'those that are linked statically are named' 11 '^rkreplay: .*[/0-9]: what it asked of the NPU, if anything, was not recorded: it is linked statically; try'
	has 'and the client itself is recorded' execs 4 '"record":"submit",.*"ret":0}'
	for i in 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38; do
		ln static $i
	done
	captured 'many of them' many 0 '^ok$' sh -c '"$0" daemon; for i in 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38; do
		./$i; done; for i in 1 2 3 4 5 6 7 8 9; do ./20; done; true' "$unlucky"
	told 'are named once each' 16 'it is linked statically'
	told 'and counted' 1 '^rkreplay: nor was what 3 further programs asked$'
	printf '#! %s/static\n' "$PWD" >script
	chmod +x script
	expect 'an interpreter that is linked statically' 2 './script: what it asked.*it is linked statically' \
		emulate -- "$rkreplay" capture -o x -- sh -c './script; true'
else
	n=$((n + 1))
	echo "ok $n - a client that executes programs in all ways # SKIP none can be linked statically"
fi

captured 'a program that is given no library' env 0 '^ok$' sh -c '"$0" daemon; env -u LD_PRELOAD true; TMPDIR=/nowhere "$0" numbers' "$unlucky"
told 'is named' 1 '/true: what it asked .* it was started without LD_PRELOAD or RKREPLAY_CAPTURE; let'
told 'and no other' 1 'what it asked'
captured 'and one without the rest of the environment' env 0 '^ok$' sh -c '"$0" daemon; env -i true' "$unlucky"
told 'is, too' 1 '/true: what it asked .* it was started without LD_PRELOAD'
printf '\177ELF\001\001\001%080d' 0 >small-elf
chmod +x small-elf
captured 'a program of 32 bits' elf 0 '^ok$' sh -c '"$0" daemon; ./small-elf 2>no; true' "$unlucky"
told 'is named' 1 './small-elf: what it asked .* it is of 32 bits or of another machine'
linker=$(LC_ALL=C readelf -l "$unlucky" 2>no | sed -n 's/.*interpreter: \(.*\)]/\1/p')
if [ -n "$linker" ]; then
	captured 'a client that is started by the dynamic linker' linker 0 '^ok$' sh -c '"$0" "$1" numbers' "$linker" "$unlucky"
	told 'is recorded, and not named' 0 'what it asked'
	has 'with its submits' linker 4 '"record":"submit",.*"ret":0}'
fi
cp /bin/true privileged
if chown 65534 privileged 2>no && chmod 4755 privileged; then
	captured 'a program that is set-uid' suid 0 '^ok$' sh -c '"$0" daemon; ./privileged' "$unlucky"
	told 'is named' 1 './privileged: what it asked .* it is set-uid or has capabilities'
else
	n=$((n + 1))
	echo "ok $n - a program that is set-uid # SKIP only root makes one of another user"
fi

# ---- Limits

captured 'a client that has all descriptors it may have' table 0 '^ok$' "$unlucky" full-table
has 'each submit is there' table 8 '"record":"submit",.*"ret":0}'
[ "$(od -An -tx1 -N2 -j1048574 table.rkrun/bo-005.bin)" = " 08 08" ] && ok 'and all contents' || not_ok 'and all contents'
captured 'a daemon' daemon 0 '^ok$' "$unlucky" daemon
has 'is recorded though it closes all' daemon 3 '"record":"submit",.*"ret":0}'
captured 'a limit to the length of files that may be raised' soft 0 '^ok$' sh -c 'ulimit -S -f 100; "$0" full-table' "$unlucky"
has 'ends nothing' soft 8 '"record":"submit",.*"ret":0}'

expect 'a client that has no room left' 2 'ended early (File too large), .*; let the command write longer files' \
	emulate -- "$rkreplay" capture -o hard -- sh -c 'ulimit -f 100; "$0" full-table' "$unlucky"
grep -q '^ok$' out && ok 'is not hurt' || not_ok 'is not hurt'

# A file system of our own, which is gone with the shell that mounts it.
if unshare -rm mount -t tmpfs none "$TMPDIR" 2>/dev/null; then
	mkdir small
	"$rkreplay" emulate -- unshare -rm sh -c 'mount -t tmpfs -o size=3m none small &&
		TMPDIR=$PWD/small "$0" capture -v -o disk -- "$1" full-table' "$rkreplay" "$unlucky" >out 2>err
	got=$?
	[ "$got" = 2 ] && ok 'a full disk is told' || { echo "$got" >>err; not_ok 'a full disk is told'; }
	grep -q 'ended early (No space left on device), and [1-9][0-9]* events were not kept; make room in .TMPDIR' err &&
		ok 'as such' || not_ok 'as such'
	grep -q '^ok$' out && ok 'and hurts no client' || not_ok 'and hurts no client'
	"$rkreplay" parse --json disk.rkrun >disk.json 2>>err
	has 'what was recorded before is there' disk 12 '"record":"mem_\(create\|map\)"'
	# The bundle is of the same size as what it is made of.
	"$rkreplay" emulate -- unshare -rm sh -c 'mount -t tmpfs -o size=1m none small &&
		"$0" capture -o small/run -- "$1" full-table; ls small' "$rkreplay" "$unlucky" >out 2>err
	rescued=$(sed -n 's/^rkreplay: small.run.rkrun: what was recorded is in \(.*\)$/\1/p' err)
	[ -n "$rescued" ] && "$rkreplay" parse --json "$rescued" >rescued.json 2>>err || : >rescued.json
	has 'a run that its place has no room for is put elsewhere' rescued 8 '"record":"submit",.*"ret":0}'
	grep -q '^rkreplay: small/run.rkrun: .*No space left' err && ok 'and that is told' || not_ok 'and that is told'
	[ "$(cat out)" = ok ] && ok 'nothing of it is left there' || not_ok 'nothing of it is left there'
	rm -rf "${rescued%/*}"
else
	n=$((n + 1))
	echo "ok $n - a full disk is told # SKIP nothing can be mounted here"
fi

echo "1..$n"
