#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The command as users meet it: exit statuses, messages, bad input. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

small=conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1
other=conv:b1_c256_h14_w14_oc512_wic256_k1x1_g1

# ---- usage

expect 'help' 0 'Verbs:' --help
expect 'version' 0 '^rkreplay ' --version
expect 'no verb' 2 'Usage:'
expect 'unknown verb' 2 "rkreplay: unknown verb 'explode'; see rkreplay --help" explode
for verb in parse show gen export diff; do
	expect "help of $verb" 0 "^Usage: rkreplay $verb" "$verb" --help
	expect "$verb without operands" 2 "rkreplay: $verb needs" "$verb"
	expect "$verb with an unknown option" 2 "no such option '--nope'" "$verb" --nope x
done
expect 'option without its argument' 2 'an argument is missing after' export x --as
expect 'one operand too many' 2 'one operand too many' diff "$small" "$small" "$small"

# ---- the main job

expect 'a shape is the same as itself' 0 '^same' diff "$small" "$small"
expect 'two shapes differ' 1 '^different: [0-9]* differences' diff "$small" "$other"
expect 'one kind only' 1 'compared: [0-9]* regcmd word$' diff "$small" "$other" --only regcmd
expect 'a table that only lies elsewhere is the same' 0 '^same' diff "$small" "$other" --only task
expect 'unknown kind' 2 "no record kind is called 'tusk'" diff "$small" "$small" --only tusk
expect 'unknown field to ignore' 2 "no field or register is called 'CNA.NOPE'" diff "$small" "$small" --ignore CNA.NOPE
expect 'diff as JSON' 0 '^{"record":"verdict","verdict":"same","differences":0' diff "$small" "$small" --json
expect 'gen' 0 'regcmd: 6656 bytes, SHA-256' gen "$small" -o made.rkrun
expect 'gen without -o' 2 'gen needs -o' gen "$small"
expect 'a bundle is a source' 0 '^same' diff made.rkrun "$small"
expect 'placement does not matter' 0 '^same' diff made.rkrun "$small" --iova-top=0xe0000000
expect 'gen does not overwrite what is no bundle' 2 'rkreplay: ' gen "$small" -o .
for kind in gdb-ioctl gem-dump rknn-debug gdb-ioctl,rknn-debug gem-dump,rknn-debug; do
	expect "export as $kind" 0 '' export "$small" --as "$kind" -o "$kind.log"
	expect "parse what was exported as $kind" 0 ' 0 unknown' parse --stats --strict "$kind.log"
	expect "and it is the same" 0 '^same' diff "$small" "$kind.log"
done
# one log of each kind that people collect: written again alone, it is the same
cat >dmesg.log <<'END'
[  105.708245] RKNPU: job: 0000000027ea22d2, mask: 0x1, wait_count: 1, continue wait: 0, timeout: 6000000us
[  105.814245] RKNPU: job timeout, flags: 0x0:
[  105.814250] RKNPU: 	core 0 irq status: 0x200, raw status: 0xc0000200, require mask: 0x300, task counter: 0x0
END
echo '[  105.814260] RKNPU: pc commit armed: core=0 PC_OP_EN=0x0 INT_STATUS=0x0 INT_RAW=0x0 TASK_STATUS=0x1' >pc-trace.log
echo '8274  ioctl(3, _IOC(_IOC_READ|_IOC_WRITE, 0x64, 0x41, 0x68), 0xffffcd751ae0) = 0' >tracer.log
echo 'PASS     conv1 :: BY_Y tasks=4 max_diff=0.002 elapsed=1.25s' >sweep.log
for kind in dmesg pc-trace tracer sweep; do
	expect "export as $kind" 0 '' export --as "$kind" -o again.log "$kind.log"
	expect "and it is the same" 0 '^same' diff "$kind.log" again.log
done
expect 'interrupt bits have names' 0 'raw_status=0xc0000200 (DPU group 1; idle or undocumented 0xc0000000)' show --timeline dmesg.log
expect 'and in JSON' 0 '"irq_status_bits":{"named":\["DPU group 1"\],"idle_or_undocumented":0}' parse --json dmesg.log
# the same failure at another time, and one that is not
sed 's/105\./987./; s/27ea22d2/4eb23a7b/' dmesg.log >later.log
expect 'the same failure twice' 0 '^same' diff dmesg.log later.log
sed 's/0xc0000200/0xc0001200/' later.log >worse.log
expect 'another status word' 1 '^core_status\[0\] raw_status' diff dmesg.log worse.log

expect 'unknown kind of log' 2 "no kind of log is called 'doc'" export "$small" --as doc
"$rkreplay" export "$small" --as doc 2>err
kinds=$(sed -n 's/.*; one of //p' err | sed 's/ /, /g')
expect 'help names each kind of log' 0 "KIND\[,KIND\]  *$kinds\$" export --help
expect 'tasks' 0 '^0 0x00000000 1 0x0000000d 0x00000300 0x0001ffff 0x00000000 108 0 0x' show "$small" --tasks
expect 'regcmd' 0 '^0x12800 0x0201[0-9a-f]* 0 CNA.CBUF_CON0 ' show "$small" --regcmd
expect 'raw regcmd' 0 '^0x12800 0x0201[0-9a-f]*$' show "$small" --regcmd --raw
expect 'one task' 0 '^0x12b80 ' show "$small" --regcmd --task 1
expect 'no such task' 2 'there is no task 11' show "$small" --task 11
expect 'no more than a shape has tiles' 2 "leave out 'rknn-debug.log'" show --tiles "$small" rknn-debug.log
expect 'all parts that are asked for: tiles' 0 '^1 core: ' show "$small" --tiles --bos
expect 'and BOs' 0 '^weight ' show "$small" --tiles --bos
expect 'tiles need no run' 0 '^1 core: ' show --tiles conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1_bias
expect 'a task of what has none' 2 '--task chooses tasks and records, and --bos shows none' show "$small" --task 1 --bos
expect 'raw without its part' 2 '^rkreplay: --raw prints words' show "$small" --raw --tasks
expect 'raw as JSON' 2 '^rkreplay: --raw prints words' show "$small" --regcmd --raw --json
expect 'raw alone' 0 '^0x12800 0x0201[0-9a-f]*$' show "$small" --raw
expect 'calls about a task, of a log without a table' 0 '^submit n=1 ' show gdb-ioctl.log --ioctls --task 0
expect 'a filter and a task' 0 '^task gem=1 index=1 ' show "$small" --task 1 --grep '^task '
if grep -q -v '^task gem=1 index=1 ' out; then not_ok 'and no other record'; else ok 'and no other record'; fi
expect 'a log has no regcmd' 2 'the run shows no regcmd' show rknn-debug.log --regcmd

expect 'a filter of what is no record' 2 'choose records, and --tasks shows none' show "$small" --tasks --core 1
printf 'I RKNN: [13:37:36.493] RKNN Driver Information, version: 0.9.8\033[31m\n' >identity.log
expect 'what the log calls itself' 0 '^Driver: version: 0.9.8?.31m$' show identity.log

# ---- refusals, by name

expect 'refused' 1 '' gen conv:b2_c32_h14_w14_oc128_wic32_k3x3_g1 -o no.rkrun
expect 'refused by name' 1 'batch' show conv:b2_c32_h14_w14_oc128_wic32_k3x3_g1
expect 'not a shape' 2 'rkreplay: ' show conv:banana
expect 'not generated yet' 1 'convolutions only' show add:8

# ---- bad input

: >empty.log
expect 'empty' 2 'empty.log: .*empty' parse empty.log
expect 'missing' 2 'rkreplay: nothere.log: .*check the name' parse nothere.log
expect 'a directory' 2 'directory' parse "$dir"
echo 'this is no row of any log' >odd.log
expect 'unknown is counted' 0 '26 bytes = 0 parsed + 0 skipped by rule + 26 unknown' parse odd.log
expect 'unknown is an error if strict' 2 'rkreplay: odd.log:1: ' parse --strict odd.log
expect 'unknown in JSON' 0 '"bytes":26,"parsed":0,"skipped":0,"unknown":26}' parse --json odd.log
expect 'no records' 2 'odd.log: ' show odd.log
printf 'ACTION flags=0x00000001 value=0x00000000\n\000\000\n\377\376\nMEM_SYNC flags=0x1' >binary.log
expect 'NUL bytes, wrong encodings, cut short' 0 ' 0 skipped by rule + 2[0-9] unknown' parse binary.log
head -c 10485760 /dev/zero | tr '\000' 'x' >long.log
echo >>long.log
cat gdb-ioctl.log >>long.log
expect 'a line of 10 MB' 0 '10485761 unknown' parse --stats long.log
printf 'GEM 1: handle=1 size=4096 map_offset=0x100000000\n  task_like_entries=18446744073709551615\n  QWORD_WINDOW off=0x0 count=18446744073709551615\n  regcmd_qword[0] off=0x0 value=0x0101000000000010\n  QWORD_WINDOW off=0xffffffffffffffff count=18446744073709551616\n' >huge.log
expect 'counts that do not fit' 0 ' 6[0-9] unknown' parse huge.log
expect 'and a run is made of it' 0 'records: ' show huge.log
printf 'GEM 2: handle=2 size=4096 map_offset=0x100000000\n  task_like_entries=0\n  QWORD_WINDOW off=0x0 count=2\n  regcmd_qword[0] off=0x0 value=0x0101000000000010\n  regcmd_qword[1] off=0x8 value=0x0101000000000014\n  QWORD_WINDOW off=0x8 count=1\n  regcmd_qword[0] off=0x8 value=0x0201000000001070\n' >overlap.log
expect 'overlapping windows that disagree' 0 '1 rows contradict others' show overlap.log
expect 'and a diff says so' 0 '1 contradiction (rows of one run that disagree' diff overlap.log overlap.log
sed '$s/1070/1014/; $s/0201/0101/' overlap.log >agrees.log
expect 'a contradiction of one run alone' 1 'the run against itself' diff agrees.log overlap.log
expect 'one kind of log forced' 0 '"skipped":[0-9]*,"unknown":[1-9]' parse --format=gem-dump --json gdb-ioctl.log
expect 'an unknown kind of log forced' 2 "no kind of log is called 'doc'" parse --format=doc gdb-ioctl.log
mkdir sub && expect 'export replaces a file' 0 '' export "$small" --as rknn-debug -o odd.log
expect 'and leaves nothing else' 2 'rkreplay: sub/no/such.log: cannot write' export "$small" --as rknn-debug -o sub/no/such.log
printf 'GEM 2: handle=2 size=4096 map_offset=0x100000000\n  task_like_entries=0\n  QWORD_WINDOW off=0xfffffffffffffff8 count=2\n  regcmd_qword[0] off=0xfffffffffffffff8 value=0x0201000000001070\n  regcmd_qword[1] off=0x0 value=0x0201000000001070\n' >wrap.log
expect 'a window that wraps' 0 ' 0 unknown' parse wrap.log -o wrap.rkrun
expect 'standard input' 0 ' parsed ' parse - <gdb-ioctl.log
expect 'what is generated stands in no line' 0 "^$small: mem_create " parse "$small"
if grep -q ':0:' out; then not_ok 'and none is shown'; else ok 'and none is shown'; fi
expect 'nor of a costly pattern' 2 'fails on the record: ' parse "$small" --grep '(.+)+(.+)+(.+)+x$'

# ---- lists of shapes

printf '# a list\n\nb1_c64_h56_w56_oc128_k1x1_g1 # one\n  conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1\n' >shapes.txt
expect 'a list of shapes' 0 '^2 of 2 shapes are in the known domain$' predict shapes.txt
echo b1_c64_h56 >>shapes.txt
expect 'with one that is written wrongly' 1 '^b1_c64_h56: expected' predict shapes.txt
expect 'which is told among the others' 1 '^2 of 3 shapes are in the known domain$' predict shapes.txt
expect 'what is no list is told by its line' 2 \
	"^rkreplay: gdb-ioctl.log:1: it is no list of shapes: '.*'; give one shape a line, such as b1_" predict gdb-ioctl.log
if [ -s out ] || [ "$(wc -l <err)" -ne 1 ]; then not_ok 'and once'; else ok 'and once'; fi
echo 'conv1 64 56' >>shapes.txt
expect 'a line that is meant as no shape' 2 '^rkreplay: shapes.txt:6: it is no list of shapes' predict --json shapes.txt

# Cut anywhere, a log loses nothing and breaks nothing.
bad=0
size=$(wc -c <gdb-ioctl.log)
at=0
while [ "$at" -lt "$size" ]; do
	at=$((at + 97))
	head -c "$at" gdb-ioctl.log >cut.log
	"$rkreplay" parse --json cut.log >out 2>err || bad=$((bad + 1))
	tail -n 1 out | grep -q "\"bytes\":$(wc -c <cut.log)," || bad=$((bad + 1))
done
if [ "$bad" -eq 0 ]; then ok 'truncated'; else not_ok "truncated: $bad cuts went wrong"; fi

echo "1..$n"
