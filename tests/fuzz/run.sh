#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Fuzz each target for a while: run.sh SECONDS DIRECTORY TARGET... What is
# found stays in DIRECTORY/found, and makes this fail.
set -eu

seconds=$1
dir=$2
shift 2
corpus=${top_srcdir:?is set by make fuzz}/tests/fuzz/corpus
failed=

mkdir -p "$dir/seeds" "$dir/found"
"$dir/tests/fuzz/fuzz-data" "$dir/seeds"
# Built where Check is.
[ ! -x "$dir/tests/fuzz/fuzz-data-ops" ] || FUZZ_SEEDS="$dir/seeds" "$dir/tests/fuzz/fuzz-data-ops"
for t in "$@"; do
	target=${t##*/fuzz-}
	mkdir -p "$dir/corpus/$target"
	set -- "$dir/corpus/$target" "$dir/seeds/$target"
	[ ! -d "$corpus/$target" ] || set -- "$@" "$corpus/$target"
	[ ! -f "$dir/seeds/$target.dict" ] || set -- "$@" "-dict=$dir/seeds/$target.dict"
	if "$dir/tests/fuzz/fuzz-$target" "$@" -seed="${FUZZ_SEED:-1}" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=1 -artifact_prefix="$dir/found/$target-" >"$dir/$target.log" 2>&1; then
		echo "fuzz-$target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$target.log") executions, no finding"
	else
		echo "fuzz-$target: FOUND something: see $dir/$target.log and $dir/found"
		failed=1
	fi
done
[ -z "$failed" ]
