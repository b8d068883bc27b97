#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What small submits cost a client of the emulated board, beside the same
# client on a device that does nothing. Run by "make bench".
set -u

goal=1.3
# shellcheck source=tests/bench.sh
. "${top_srcdir:?is set by make bench}/tests/bench.sh"

# By turns, so that what else the machine does is shared; the first round is not counted.
round=0
while [ "$round" -le "$rounds" ]; do
	for device in board null; do
		option=
		[ "$device" = board ] || option=--null
		# It is one option or none.
		# shellcheck disable=SC2086
		"$rkreplay" emulate $option -- python3 "$client" "$submits" time >"$work/seconds" || exit 1
		[ "$round" = 0 ] || cat "$work/seconds" >>"$work/$device"
	done
	round=$((round + 1))
done
awk -v board="$(fastest board)" -v null="$(fastest null)" -v n="$submits" -v goal="$goal" 'BEGIN {
	printf "%d submits of a Python client: %.3f s on the emulated board (%.1f us each), %.3f s on a device that does nothing (%.1f us each)\n",
		n, board, board / n * 1e6, null, null / n * 1e6
	printf "ratio %.2f, goal at most %.2f: %s\n", board / null, goal, board / null <= goal ? "reached" : "MISSED"
}'
