#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Names of files, and text of logs, bundles, models and ledgers, cannot send control sequences to a
# terminal, and stand in JSON as they are. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

XDG_STATE_HOME=$dir/state
export XDG_STATE_HOME
esc=$(printf '\033')
shape=b1_c32_h14_w14_oc128_wic32_k3x3_g1
small=conv:$shape

# shown NAME STATUS PATTERN ARGUMENT...: as expect, and no control character is in what is printed.
shown()
{
	expect "$@"
	if LC_ALL=C tr -d '\n\t' <out | cat - err | LC_ALL=C tr -d '\n' | LC_ALL=C grep -q '[[:cntrl:]]'; then
		not_ok "$1: control characters"
	fi
}

# json NAME STATUS ARGUMENT...: each line is an object of JSON, and one has the name as it is.
json()
{
	name=$1 status=$2
	shift 2
	"$rkreplay" "$@" --json >out 2>err
	got=$?
	if [ -z "${PYTHON:-}" ]; then
		ok "$name # SKIP there is no python"
	elif [ "$got" -eq "$status" ] && "$PYTHON" -c '
import json, sys
lines = [json.loads(line) for line in open("out", encoding="utf-8")]
def texts(x):
    if isinstance(x, dict):
        x = x.values()
    return [t for y in x for t in texts(y)] if not isinstance(x, (str, int, float, type(None))) else [x]
sys.exit(not any("\033[31m" in str(t) for t in texts(lines)))' 2>>err; then
		ok "$name"
	else
		echo "exit status $got" >>err
		not_ok "$name"
	fi
}

# ---- names of files

log="a${esc}[31m.log"
"$rkreplay" export "$small" --as gdb-ioctl,rknn-debug,gem-dump -o "$log" 2>err
sed 's/b11040$/b21040/' "$log" >"b$log"
shown 'parse' 0 '^a?\[31m.log:[1-9][0-9]*: mem_create ' parse "$log"
json 'parse: JSON' 0 parse "$log"
shown 'a log that is no row' 0 ' unknown$' parse --stats "$log"
shown 'diff: the same' 0 '^same: .* and a?\[31m.log$' diff "$small" "$log"
shown 'diff' 1 '(ba?\[31m.log:[1-9]' diff "$log" "b$log"
json 'diff: JSON' 1 diff "$log" "b$log"
shown 'verify' 1 '(ba?\[31m.log:[1-9]' verify "b$log" "$log"
json 'verify: JSON' 1 verify "b$log"
shown 'parse -o' 0 '' parse "b$log" -o "c${esc}[31m.rkrun"
shown 'a bundle' 0 '^ba?\[31m.log:[1-9]' parse "c${esc}[31m.rkrun"
shown 'diff of one' 1 '(ba?\[31m.log:[1-9]' diff "$small" "c${esc}[31m.rkrun"
shown 'gen' 0 '^d?\[31m.rkrun: ' gen "$small" -o "d${esc}[31m.rkrun"
shown 'a command that is not there' 127 'cannot run no?\[31m: ' emulate -- "no${esc}[31m"
shown 'one that is not run' 0 'runs no?\[31m between' state --mode rknn -- "no${esc}[31m"
printf 'void f(void) { printk("RKNPU: pc commit armed: core=%%d\\n"); }\n' >"e${esc}[31m.c"
shown 'a driver' 1 'e?\[31m.c:1' doctor --trace-patch "e${esc}[31m.c"

# ---- what is in them

printf '%s\nb1_c32_h14%s[31m\n' "$shape" "$esc" >list
shown 'predict' 1 '^b1_c32_h14?\[31m: expected' predict list
json 'predict: JSON' 1 predict list
printf 'not%s[31m\n' "$esc" >list
shown 'what is no list' 2 "'not?\\[31m'" predict list
cat >"k${esc}[31m.log" <<END
[    7.6] [drm] Initialized rknpu 0.9.8 20240828 for fdab0000.npu on minor 1
[    8.6] RKNPU: job: 0000000027ea22d2, mask: 0x1, wait_count: 1, continue wait: 0, timeout: 6000000us
[   14.6] RKNPU: failed to wait job, task counter: 0, flags: 0x5, ret = 0, elapsed time: 6000000us
[   14.6] RKNPU: job timeout, flags: 0x0:
[   14.6] RKNPU: 	core 0 irq status: 0x0, raw status: 0xc0000000, require mask: 0x300, task counter: 0x0
[   14.6] RKNPU: soft reset, num: 6
END
shown 'triage' 1 '^k?\[31m.log:2: job 1 ' triage "k${esc}[31m.log"
shown 'its places' 1 '(k?\[31m.log:3' triage "k${esc}[31m.log"
json 'triage: JSON' 1 triage "k${esc}[31m.log"
sed 's/0xc0000000/0xc0000100/' "k${esc}[31m.log" >l.log
shown 'triage of two' 1 ' of job 1 (k?\[31m.log:2)' triage l.log --against "k${esc}[31m.log"
shown 'show --trace' 0 '^k?\[31m.log:2: job 1 ' show --trace "k${esc}[31m.log"
cat >ledger.yaml <<END
version: 1
shapes:
  - {shape: $shape, promoted: no, reason: "it\e[31m"}
END
shown 'a ledger' 1 'refused .*: it?\[31m$' verify --promote "$shape" --ledger ledger.yaml "$log"
json 'a ledger: JSON' 1 verify --promote "$shape" --ledger ledger.yaml "$log"
shown 'a capture of a promotion' 1 'capture: a?\[31m.log$' verify --promote "$shape" --ledger ledger.yaml "$log"
# It is one of the C tests' programs.
if [ -x "$top_builddir/tests/make-model" ]; then
	"$top_builddir/tests/make-model" net.rknn
	LC_ALL=C sed "s/rk3588/r${esc}[31m/" net.rknn >chip.rknn
	shown 'a chip' 0 "on chip 'r?\\[31m'" verify chip.rknn
	shown 'the same, shown' 0 ' platform=r?\[31m ' show chip.rknn
fi

echo "1..$n"
