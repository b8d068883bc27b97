#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay capture of clients that are hard to see, or have bad luck: they see
# what they would see without, and what was not recorded is told. Writes TAP.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/clients.sh
. "${top_srcdir:?is set by make check}/tests/clients.sh"
unlucky=$top_builddir/tests/unlucky-client

"$rkreplay" emulate -- true >out 2>err || {
	echo "1..0 # SKIP no board can be emulated here: $(head -n 1 err)"
	exit 0
}

# captured NAME BUNDLE STATUS PATTERN CMD...: the command under capture, on an emulated board.
captured()
{
	name=$1 bundle=$2 status=$3 pattern=$4
	shift 4
	expect "$name" "$status" "$pattern" emulate -- "$rkreplay" capture -v -o "$bundle" -- "$@"
	"$rkreplay" parse --json "$bundle.rkrun" >"$bundle.json" 2>>err
}

# has NAME BUNDLE NUMBER PATTERN: so many records that match.
has()
{
	got=$(grep -c -e "$4" "$2.json")
	[ "$got" = "$3" ] && ok "$1" || { echo "$got of '$4', not $3" >>err; not_ok "$1"; }
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

# ---- Limits

captured 'a client that has all descriptors it may have' table 0 '^ok$' "$unlucky" full-table
has 'each submit is there' table 8 '"record":"submit",.*"ret":0}'
[ "$(od -An -tx1 -N2 -j1048574 table.rkrun/bo-005.bin)" = " 08 08" ] && ok 'and all contents' || not_ok 'and all contents'
captured 'a daemon' daemon 0 '^ok$' "$unlucky" daemon
has 'is recorded though it closes all' daemon 3 '"record":"submit",.*"ret":0}'
# The shell expands what is in it.
# shellcheck disable=SC2016
captured 'a limit to the length of files that may be raised' soft 0 '^ok$' sh -c 'ulimit -S -f 100; "$0" full-table' "$unlucky"
has 'ends nothing' soft 8 '"record":"submit",.*"ret":0}'

# The shell expands what is in it.
# shellcheck disable=SC2016
expect 'a client that has no room left' 2 'ended early (File too large), .*; let the command write longer files' \
	emulate -- "$rkreplay" capture -o hard -- sh -c 'ulimit -f 100; "$0" full-table' "$unlucky"
grep -q '^ok$' out && ok 'is not hurt' || not_ok 'is not hurt'

# A file system of our own, which is gone with the shell that mounts it.
if unshare -rm mount -t tmpfs none "$TMPDIR" 2>/dev/null; then
	mkdir small
	# The shell expands what is in it.
	# shellcheck disable=SC2016
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
	# shellcheck disable=SC2016
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
