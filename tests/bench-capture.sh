#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What capture costs a client that submits small jobs on the emulated board.
# Run by "make bench".
set -u

: "${top_srcdir:?is set by make bench}" "${top_builddir:?is set by make bench}"
client=$top_srcdir/tests/emulate-client.py
rkreplay=$top_builddir/tools/rkreplay
submits=20000
rounds=9
goal=1.1

command -v python3 >/dev/null 2>&1 || {
	echo 'bench-capture: needs python3'
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# By turns, so that what else the machine does is shared.
round=0
while [ "$round" -lt "$rounds" ]; do
	"$rkreplay" emulate -- python3 "$client" "$submits" time >>"$work/alone" || exit 1
	for contents in none submit; do
		"$rkreplay" emulate -- "$rkreplay" capture --contents="$contents" -o "$work/run" -- \
			python3 "$client" "$submits" time >>"$work/$contents" || exit 1
	done
	round=$((round + 1))
done
# Whatever disturbs a round makes it longer.
fastest()
{
	sort -n "$work/$1" | sed -n 1p
}
awk -v alone="$(fastest alone)" -v none="$(fastest none)" -v submit="$(fastest submit)" -v n="$submits" -v goal="$goal" 'BEGIN {
	printf "%d submits of a Python client: %.3f s (%.1f us each), captured %.3f s without contents, %.3f s with those of 5 BOs of a page\n",
		n, alone, alone / n * 1e6, none, submit
	printf "ratio %.2f without contents, goal at most %.2f: %s; %.2f with\n", none / alone, goal,
		none / alone <= goal ? "reached" : "MISSED", submit / alone
}'
