#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What filters print, and that they count nothing away. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

cat >some.log <<'END'
D RKNN: [23:59:58.000] subgraph0 regcmdbuffer size: 100, taskbuffer size: 40
SYSFS_SNAPSHOT one
D RKNN: [23:59:59.500] subgraph1 regcmdbuffer size: 100, taskbuffer size: 40
SYSFS_SNAPSHOT two
D RKNN: [00:00:01.250] subgraph2 regcmdbuffer size: 100, taskbuffer size: 40
MMIO_SNAPSHOT three
  core=0 base=0xfdab0000
  core=1 base=0xfdac0000
GEM 1: handle=1 size=4096 map_offset=0x100000000
  task_like_entries=3
  task_like[0] off=0x0000 flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300 int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=104 regcfg_offset=0 regcmd_addr=0x00000000ffffd000
  task_like[1] off=0x0028 flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300 int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=104 regcfg_offset=0 regcmd_addr=0x00000000ffffd380
  task_like[2] off=0x0050 flags=0x00000000 op_idx=1 enable_mask=0x0000000d int_mask=0x00000300 int_clear=0x0001ffff int_status=0x00000000 regcfg_amount=104 regcfg_offset=0 regcmd_addr=0x00000000ffffd700
this is no row of any log
END
bytes=$(wc -c <some.log)
plain="$bytes bytes = $((bytes - 26)) parsed + 0 skipped by rule + 26 unknown"

# prints NAME COUNT ARGUMENT...: so many records are printed, and all bytes are accounted for as ever.
prints()
{
	name=$1 count=$2
	shift 2
	"$rkreplay" parse some.log "$@" >out 2>err
	got=$(grep -c '^some.log:[0-9]*: [a-z_]* ' out)
	# The line that is unknown is printed, whatever is asked for.
	if [ "$got" -eq "$count" ] && grep -q 'unknown: this is no row' out && grep -q -x -F "$plain" out; then
		ok "$name"
	else
		echo "$got printed, not $count" >>err
		not_ok "$name"
	fi
}

prints 'no filter' 12
prints 'grep' 1 --grep 'label=two$'
prints 'grep of bytes, without case' 3 --grep '(?i)^SNAPSHOT_'
prints 'grep of nothing' 0 --grep 'label=four'
prints 'task' 1 --task 2
prints 'no such task' 0 --task 3
prints 'core' 1 --core 1
prints 'since, and what follows without a time' 10 --since 23:59:59
prints 'since after midnight counts a day' 8 --since 23:59:59.501
prints 'since with what has no such time' 0 --since 5
expect 'and says so' 0 'no record has a time of the kernel' parse some.log --since 5
prints 'all of them' 1 --since 23:59 --core 0 --grep fdab0000
expect 'stats count what is taken' 0 '^ *1 task$' parse some.log --stats --task 1
expect 'stats account for all' 0 "^$bytes bytes" parse some.log --stats --task 1
expect 'JSON' 0 '^{"record":"mmio_core","file":"some.log","line":8,"core":1,' parse some.log --json --core 1
expect 'JSON accounts for all' 0 "\"bytes\":$bytes,\"parsed\":$((bytes - 26))," parse some.log --json --core 1
expect 'show' 0 '^mmio_core core=1 base=0xfdac0000$' show some.log --timeline --core 1
expect 'show without --timeline' 0 '^snapshot_sysfs label=one$' show some.log --grep one

expect 'a pattern that is none' 2 'bad pattern at offset 3: missing closing parenthesis' parse some.log --grep 'a(b'
if grep -q -x '       ^' err; then ok 'a caret points at it'; else not_ok 'a caret points at it'; fi
expect 'UTF is off' 2 'bad pattern' parse some.log --grep '(*UTF)x'
printf 'SYSFS_SNAPSHOT %s\n' "$(head -c 500 /dev/zero | tr '\0' a)" >costly.log
expect 'a pattern that never ends' 2 'rkreplay: --grep.*fails on the record of line 1: .*write a simpler pattern' \
	parse costly.log --grep '(a+)+[xy]'
expect 'no task' 2 '--task=x is not a number' parse some.log --task x
expect 'no core' 2 '--core=-1 is not a number' parse some.log --core=-1
for time in '' 25:00 10:60 10:00:61 1.2.3 -5 12h 2026-05-24T 2026-05-24x 2026-13-45 2026-02-30 99999999999999999999; do
	expect "no time: '$time'" 2 'is no time' parse some.log --since="$time"
done

echo "1..$n"
