#!/bin/sh
# SPDX-License-Identifier: MIT
# The shared library exports names that begin with rkr_, and nothing else. Writes TAP.
set -eu
: "${top_builddir:?is set by make check}" "${NM:?}"

library=$top_builddir/lib/.libs/librkreplay.so
if ! [ -e "$library" ]; then
	echo '1..0 # SKIP no shared library was built'
	exit 0
fi
echo 1..1

# NM may hold flags, so it is not quoted.
symbols=$($NM -D --defined-only "$library" | sed 's/.* //; s/@.*//')
if ! echo "$symbols" | grep -q '^rkr_reg_by_name$'; then
	echo "rkr_reg_by_name is not exported"
	exit 1
fi
# The sanitizers add names of their own to the objects.
foreign=$(echo "$symbols" | grep -v -e '^rkr_' -e '^__odr_asan' -e '^__asan_' || true)
if [ -n "$foreign" ]; then
	echo "exported, but not of the interface:"
	echo "$foreign"
	exit 1
fi
echo 'ok 1 - symbols'
