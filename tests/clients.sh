# shellcheck shell=sh
# SPDX-License-Identifier: MIT
#
# For shell tests that run clients of the NPU on an emulated board: tap.sh,
# the clients "client" and "python", and a TMPDIR that must be left
# empty. To be sourced from where make check starts the test.
#
# What is set here is used there; "A && ok || not_ok" is if-then-else: ok does
# not fail.
# shellcheck disable=SC2015,SC2034

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"
client=$top_builddir/tests/emulate-client
# Without it tests would wait for what it never does.
[ -x "$client" ] || {
	echo "Bail out! $client is not built; make check builds it"
	exit 1
}
python=$top_srcdir/tests/emulate-client.py

# What is left behind would be in here.
TMPDIR=$dir/tmp
export TMPDIR
unset XDG_RUNTIME_DIR
mkdir "$TMPDIR"
is_clean()
{
	[ -z "$(ls -A "$TMPDIR")" ] && ok "$1" || { ls -lA "$TMPDIR" >>err; not_ok "$1"; }
}
# started: the client that is to hold the node does, and has said so in the file out; 10 s at most.
started()
{
	tries=0
	until grep -q ready out 2>/dev/null || [ "$tries" -ge 200 ]; do
		tries=$((tries + 1))
		sleep 0.05
	done
}

# captured NAME BUNDLE STATUS PATTERN CMD...: the command under capture, on an emulated board.
captured()
{
	name=$1 bundle=$2 status=$3 pattern=$4
	shift 4
	expect "$name" "$status" "$pattern" emulate --log "$bundle.log" -- "$rkreplay" capture -v -o "$bundle" -- "$@"
	"$rkreplay" parse --json "$bundle.rkrun" >"$bundle.json" 2>>err
}

# has NAME BUNDLE NUMBER PATTERN: so many records that match.
has()
{
	got=$(grep -c -e "$4" "$2.json")
	[ "$got" = "$3" ] && ok "$1" || { echo "$got of '$4', not $3" >>err; not_ok "$1"; }
}
