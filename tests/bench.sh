# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For benchmarks of a Python client that submits small jobs: "client",
# "rkreplay", how often ("submits", "rounds") and a directory, "work". To be
# sourced.
#
# What is set here is used there:
# shellcheck disable=SC2034

: "${top_srcdir:?is set by make bench}" "${top_builddir:?is set by make bench}"
client=$top_srcdir/tests/emulate-client.py
rkreplay=$top_builddir/tools/rkreplay
submits=20000
rounds=9

command -v python3 >/dev/null 2>&1 || {
	echo "${0##*/}: needs python3"
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fastest FILE: the least of its lines. What else a machine does only ever makes a round longer, and two processes that
# wake each other feel it most.
fastest()
{
	sort -n "$work/$1" | sed -n 1p
}
