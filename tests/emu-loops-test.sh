#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The fastest inner loops of the emulated NPU equal those in plain C: here,
# and on 64-bit ARM, if there is a compiler for it and an emulator of it.
# On Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross, qemu-user-static. Writes TAP.
set -eu
: "${top_srcdir:?is set by make check}" "${top_builddir:?}"

arm_cc=aarch64-linux-gnu-gcc
arm_run=qemu-aarch64-static
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

echo 1..2
if "$top_builddir/tests/emu-loops" >"$dir/here"; then
	echo "ok 1 - $(head -n 1 "$dir/here")"
else
	sed 's/^/# /' "$dir/here"
	echo 'not ok 1 - loops of this processor'
fi

if ! command -v "$arm_cc" >"$dir/log" || ! command -v "$arm_run" >>"$dir/log"; then
	echo "ok 2 - loops of 64-bit ARM # SKIP needs $arm_cc and $arm_run"
	exit 0
fi
emu=$top_srcdir/replay/emu
if "$arm_cc" -static -std=gnu17 -O2 -Wall -Wextra -Wconversion -Werror -o "$dir/loops" \
	-iquote "$top_builddir" -iquote "$top_srcdir" -iquote "$top_builddir/lib" -iquote "$top_srcdir/lib" \
	"$top_srcdir/tests/emu-loops.c" "$emu/conv-tile.c" "$emu/conv-tile-avx2.c" "$emu/conv-tile-neon.c" \
	"$emu/half.c" >"$dir/log" 2>&1 &&
	"$arm_run" "$dir/loops" >"$dir/there" 2>>"$dir/log" && grep -q neon "$dir/there" &&
	# The results are the same on both, not only for both loops of one.
	[ "$(grep digest "$dir/there")" = "$(grep digest "$dir/here")" ]; then
	echo "ok 2 - $(head -n 1 "$dir/there")"
else
	sed 's/^/# /' "$dir/log" "$dir/here" "$dir/there"
	echo 'not ok 2 - loops of 64-bit ARM'
fi
