# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For shell tests that run the command: a directory of their own, TAP, and
# expect. To be sourced; sets "rkreplay" and "n", the number of tests so far,
# and has "top_srcdir", "top_builddir" and "RKREPLAY_SHARED" name the same from
# that directory.
#
# What is set here is used there:
# shellcheck disable=SC2034

: "${top_srcdir:?is set by make check}" "${top_builddir:?is set by make check}"
# make distcheck gives relative ones.
top_srcdir=$(cd "$top_srcdir" && pwd) && top_builddir=$(cd "$top_builddir" && pwd) || exit 1
case ${RKREPLAY_SHARED:=$top_srcdir/../shared} in
/*) ;;
*) RKREPLAY_SHARED=$PWD/$RKREPLAY_SHARED ;;
esac
rkreplay=$top_builddir/tools/rkreplay
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# Programs of a sanitized build are also run behind a preloaded library.
ASAN_OPTIONS=verify_asan_link_order=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export ASAN_OPTIONS

n=0
ok()
{
	n=$((n + 1))
	echo "ok $n - $1"
}
not_ok()
{
	n=$((n + 1))
	echo "not ok $n - $1"
	sed 's/^/# /' out err
}

# expect NAME STATUS PATTERN ARGUMENT...: run the command, and look for the pattern in what it prints.
expect()
{
	name=$1 status=$2 pattern=$3
	shift 3
	"$rkreplay" "$@" >out 2>err
	got=$?
	if [ "$got" -ne "$status" ]; then
		echo "exit status $got, not $status" >>err
		not_ok "$name"
	elif [ -n "$pattern" ] && ! cat out err | grep -q -e "$pattern"; then
		echo "no '$pattern' in it" >>err
		not_ok "$name"
	else
		ok "$name"
	fi
}

# story NAME LINE...: the lines of the last command, by their starts, in this order and no others.
story()
{
	name=$1
	shift
	for line; do
		echo "$line"
	done >wanted
	# What is said of a failure is of many lines: they count as one.
	if awk 'NR == FNR { want[++n] = $0; next }
		/^  [a-z]*: / { if ($1 == source) next }
		{ source = $1; at++; if (at > n || index($0, want[at]) != 1) bad = 1 }
		END { exit bad || at != n }' wanted out; then
		ok "$name"
	else
		cp wanted err
		not_ok "$name"
	fi
}
