#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The fuzz targets on what they start with, and on what they once found. They
# are built as programs of their own here; "make fuzz" fuzzes. Writes TAP.
set -u

targets=${FUZZ_TARGETS:?is set by make check}
corpus=${top_srcdir:?is set by make check}/tests/fuzz/corpus
bin=${top_builddir:?is set by make check}/tests/fuzz
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0

# report NAME STATUS
report()
{
	n=$((n + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		sed 's/^/# /' "$dir/out"
	fi
}

mkdir "$dir/seeds"
{
	"$bin/fuzz-data" "$dir/seeds" &&
		# Built where Check is.
		{ [ ! -x "$bin/fuzz-data-ops" ] || FUZZ_SEEDS="$dir/seeds" "$bin/fuzz-data-ops"; }
} >"$dir/out" 2>&1
report 'seeds and dictionaries' $?
for t in $targets; do
	target=${t##*/fuzz-}
	"$bin/fuzz-$target" "$dir/seeds/$target" >"$dir/out" 2>&1
	report "$target: seeds" $?
	# One process each, so that the file is named that fails.
	for file in "$corpus/$target"/*; do
		[ -f "$file" ] || continue
		"$bin/fuzz-$target" "$file" >"$dir/out" 2>&1
		report "$target: ${file##*/}" $?
	done
	: >"$dir/empty"
	"$bin/fuzz-$target" "$dir/empty" >"$dir/out" 2>&1
	report "$target: nothing" $?
done

echo "1..$n"
