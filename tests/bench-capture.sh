#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What capture costs a client that submits small jobs on the emulated board.
# Run by "make bench".
set -u

goal=1.1
# shellcheck source=tests/bench.sh
. "${top_srcdir:?is set by make bench}/tests/bench.sh"

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
awk -v alone="$(fastest alone)" -v none="$(fastest none)" -v submit="$(fastest submit)" -v n="$submits" -v goal="$goal" 'BEGIN {
	printf "%d submits of a Python client: %.3f s (%.1f us each), captured %.3f s without contents, %.3f s with those of 5 BOs of a page\n",
		n, alone, alone / n * 1e6, none, submit
	printf "ratio %.2f without contents, goal at most %.2f: %s; %.2f with\n", none / alone, goal,
		none / alone <= goal ? "reached" : "MISSED", submit / alone
}'
