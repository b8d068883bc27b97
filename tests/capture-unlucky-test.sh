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

echo "1..$n"
