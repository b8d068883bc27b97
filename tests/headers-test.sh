#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and twice in a row, as standard C. Writes TAP.
set -eu
: "${top_srcdir:?is set by make check}" "${top_builddir:?}" "${public_headers:?}" "${CC:?}"

echo 1..1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for header in $public_headers; do
	name=${header##*/}
	printf '#include "lib/%s"\n#include "lib/%s"\nextern int unused;\n' "$name" "$name" >"$dir/$name.c"
	# CC may hold flags, so it is not quoted.
	if ! $CC -std=c11 -Wall -Wextra -Wpedantic -Wundef -Werror -fsyntax-only \
		-iquote "$top_builddir" -iquote "$top_srcdir" "$dir/$name.c"; then
		echo "lib/$name does not compile by itself"
		exit 1
	fi
done
echo 'ok 1 - headers'
