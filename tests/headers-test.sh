#!/bin/sh
# SPDX-License-Identifier: MIT
# Each public header compiles alone, and twice in a row, as standard C; and says what each of its functions
# does. Writes TAP.
set -eu
: "${top_srcdir:?is set by make check}" "${top_builddir:?}" "${public_headers:?}" "${CC:?}"

echo 1..2
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

# A function's name begins a line; its doc comment ends above its type, with no line between.
for header in $public_headers; do
	# Some are made by the build.
	path=$top_srcdir/lib/${header##*/}
	[ -e "$path" ] || path=$top_builddir/lib/${header##*/}
	awk -v file="lib/${header##*/}" '
		/\*\/$/ { told = 1; next }
		/^rkr_[a-z0-9_]*\(/ { if (!told) print file ":" FNR ": no doc comment: " $0 }
		/^$/ || /;$/ || /^}/ { told = 0 }' "$path"
done >"$dir/untold"
if [ -s "$dir/untold" ]; then
	cat "$dir/untold"
	echo 'not ok 2 - doc comments'
	exit 1
fi
echo 'ok 2 - doc comments'
