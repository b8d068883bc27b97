#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Whichever allocation fails: a verb says so and ends as trouble, or does all that it does otherwise. It never
# ends as if all were well with less told, or with another answer. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

# Without the script that finds the library in the build directory, which costs more than the command.
real=$(dirname "$rkreplay")/.libs/rkreplay
if [ -x "$real" ]; then
	LD_LIBRARY_PATH=$(dirname "$rkreplay")/../lib/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	rkreplay=$real
fi
# Sanitizers have an allocator of their own. CC may hold flags, so it is not quoted.
if grep -q -a -e __asan_init -e __tsan_init "$rkreplay"; then
	echo '1..0 # SKIP the build is sanitized'
	exit 0
fi
if ! ${CC:?} -shared -fPIC -O1 -o oom.so "$top_srcdir/tests/oom-preload.c" 2>err; then
	echo '1..0 # SKIP no library can be made to preload'
	exit 0
fi

small=conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1
other=conv:b1_c256_h14_w14_oc512_wic256_k1x1_g1
"$rkreplay" export "$small" --as gdb-ioctl,rknn-debug -o ioctl.log
"$rkreplay" export "$small" --as gem-dump,rknn-debug -o dump.log
"$rkreplay" gen "$small" -o run.rkrun >/dev/null
cat >dmesg.log <<'END'
[  105.708245] RKNPU: job: 0000000027ea22d2, mask: 0x1, wait_count: 1, continue wait: 0, timeout: 6000000us
[  105.708250] RKNPU: failed to wait job, task counter: 0, flags: 0x5
[  105.814245] RKNPU: job timeout, flags: 0x0:
[  105.814250] RKNPU: 	core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task counter: 0x0
END

# So many allocations of each command are tried at the most, from the first to the last.
points=20

try()
{
	: >out
	: >err
	rm -f count
	OOM_COUNT=count LD_PRELOAD=$dir/oom.so "$rkreplay" "$@" >usual 2>/dev/null
	usual=$?
	total=$(cat count 2>/dev/null)
	if [ -z "$total" ]; then
		not_ok "$*: its allocations are counted"
		return
	fi
	bad=
	point=0
	while [ "$point" -le "$points" ] && [ -z "$bad" ]; do
		at=$((1 + (total - 1) * point / points))
		point=$((point + 1))
		OOM_AT=$at LD_PRELOAD=$dir/oom.so "$rkreplay" "$@" >out 2>err
		status=$?
		if [ "$status" -gt 3 ]; then
			bad="ended with status $status"
		elif [ "$status" -lt 2 ] && [ "$status" -ne "$usual" ]; then
			bad="another answer: status $status, not $usual"
		elif [ "$status" -eq "$usual" ] && ! cmp -s out usual; then
			bad='told less, as if that were all'
		elif [ "$status" -ne "$usual" ] && ! [ -s err ]; then
			bad="status $status, and no message"
		fi
	done
	if [ -z "$bad" ]; then
		ok "$*"
	else
		echo "allocation $at of $total: $bad" >>err
		: >out
		not_ok "$*"
	fi
}

try parse ioctl.log
try parse --json dump.log
try parse --grep MEM ioctl.log
try parse ioctl.log -o kept.rkrun
try show "$small"
try show run.rkrun
try show --json dump.log
try show --resolved "$small"
try show --tiles "$small"
try show --trace dmesg.log
try gen "$small" -o made.rkrun
try export dump.log --as gem-dump
try diff "$small" dump.log
try diff --json "$small" "$other"
try verify dump.log ioctl.log
try verify --json dump.log
try verify --promote "$small" dump.log
try predict --json b1_c64_h56_w56_oc128_k1x1_g1
try triage dmesg.log
try triage --json dmesg.log
try triage dmesg.log --against dmesg.log
try report "$small" "$other" -o -

echo "1..$n"
