#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay state: what it refuses, that a dry run is the default, and that nothing follows the probe.
# "A && ok || not_ok" is if-then-else here: ok does not fail.
# shellcheck disable=SC2015
. "${top_srcdir:?is set by make check}/tests/tap.sh"

expect "a mode is needed" 2 'needs --mode' state
expect "raw takes no command" 2 'no command' state --mode raw -- true
expect "rknn needs one" 2 'needs the command' state --mode rknn
expect "a tag is a word" 2 'is not a word' state --mode raw --tag 'a b'
expect "the emulated device has no registers to read" 2 'has neither' state --mode raw --device emulated --mmio
expect "raw on the emulated device: a dry run" 0 '^dry run: nothing was sent' state --mode raw --device emulated --state st
[ -e st ] && not_ok "and leaves no state behind" || ok "and leaves no state behind"
expect "raw on the emulated device" 0 '^probe .*PASS' state --mode raw --device emulated --execute --state st
grep -q '^health before .*PASS' out && ! grep -q '^health after' out && ok "and nothing is sent after it" ||
	not_ok "and nothing is sent after it"
grep -q 'BEGIN.*probe: submit' st/journal || grep -q 'probe: submit' st/journal && ok "the journal has it" ||
	not_ok "the journal has it"
grep -q 'health after: submit\|recovery: submit' st/journal && not_ok "and no next job" || ok "and no next job"

expect "rknn: a dry run" 0 '^dry run: nothing was run' state --mode rknn --state st -- false
expect "rknn: the client is run" 0 '^No job was sent after it' state --mode rknn --execute --state st -- true
expect "rknn: it fails" 1 'ended with status 3' state --mode rknn --execute --state st -- sh -c 'exit 3'
expect "rknn: it is not there" 2 'cannot be run' state --mode rknn --execute --state st -- ./none

# It opens the journal, so it looks back, too.
mkdir down downed
cp "$top_srcdir/tests/board-down.journal" down/journal
cp "$top_srcdir/tests/board-down.journal" downed/journal
expect "raw: the board went down last time" 0 'it is remembered as run-abababababab' state --mode raw --device emulated \
	--execute --state down
expect "rknn: likewise" 0 'it is remembered as run-abababababab' state --mode rknn --execute --state downed -- true

if "$rkreplay" emulate -- true 2>err >out; then
	expect "raw on a board is fenced" 1 '^G20 .*--allow raw-c64' emulate -- "$rkreplay" state --mode raw --execute \
		--state board
	[ -e board/journal ] && grep -q submit board/journal && not_ok "and nothing is sent" || ok "and nothing is sent"
	expect "with its unlock it is run" 0 '^probe .*PASS' emulate -- "$rkreplay" state --mode raw --execute \
		--allow raw-c64 --state board
	expect "and the next job is not" 0 '^probe .*PASS' emulate --fault pollute -- "$rkreplay" state --mode raw \
		--execute --allow raw-c64 --state board
fi

echo "1..$n"
