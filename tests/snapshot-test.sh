#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay snapshot, below a directory that stands for a board's root. Writes TAP.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

npu=root/sys/devices/platform/fdab0000.npu
drivers=root/sys/bus/platform/drivers/RKNPU
freq=root/sys/class/devfreq/fdab0000.npu

expect 'no device' 3 'no device is bound to the driver RKNPU' snapshot sysfs --root "$dir/none"
mkdir -p $npu/power $npu/devfreq/fdab0000.npu $drivers $freq root/dev root/sys/module/rknpu
touch $drivers/bind $drivers/uevent
ln -s ../../../../module/rknpu $drivers/module
expect 'a driver without a device' 3 'no device is bound' snapshot sysfs --root "$dir/root"
ln -s ../../../../devices/platform/fdab0000.npu $drivers/fdab0000.npu
echo suspended >$npu/power/runtime_status
echo 0 >$npu/power/runtime_usage
echo 513509 >$npu/power/runtime_active_time
echo auto >$npu/power/control
echo 1000000000 >$freq/cur_freq
echo rknpu_ondemand >$freq/governor
echo '100@1000000000Hz' >$freq/load
printf '     From  :   To\n           : 300000000\tx\r\nTotal transition : 0\n' >$freq/trans_stat
mkdir $freq/target_freq

expect 'sysfs' 0 '^SYSFS_SNAPSHOT before_submit_1$' snapshot sysfs --label before_submit_1 --root "$dir/root"
cp out sysfs
[ "$(wc -l <sysfs)" -eq 11 ] && ok 'ten values' || not_ok 'ten values'
# row NAME TEXT: the row is there, whole.
row()
{
	grep -q -x -F -e "$2" out && ok "$1" || not_ok "$1"
}
row 'a value' '  /sys/devices/platform/fdab0000.npu/power/runtime_status = suspended'
row 'one that is not there' '  /sys/devices/platform/fdab0000.npu/power/runtime_suspended_time = <unreadable:2>'
row 'one that is a directory' '  /sys/class/devfreq/fdab0000.npu/target_freq = <unreadable:21>'
row 'one of many lines' \
	"  /sys/class/devfreq/fdab0000.npu/trans_stat =      From  :   To\\n           : 300000000	x\\x0d\\nTotal transition : 0"
expect 'all of it is read' 0 '"unknown":0}' parse --json sysfs
grep -c '"record":"sysfs_value"' out | grep -q -x 10 && ok 'as ten records' || not_ok 'as ten records'
expect 'and written again as it was' 0 '' export --as sysfs sysfs
cmp -s out sysfs && ok 'byte by byte' || not_ok 'byte by byte'

expect 'a label that is two lines' 2 'a label is text on one line' snapshot sysfs --label 'a
b' --root "$dir/root"
expect 'another kind' 2 'give sysfs or mmio' snapshot smart --root "$dir/root"

# ---- mmio: the memory is a file with holes ----

bits=$((0xfdab0000))
word()
{
	printf '%b' "$2" | dd of=root/dev/mem bs=1 seek=$((bits + $1)) conv=notrunc 2>/dev/null
}
expect 'no power, no read' 1 'not powered (suspended)' snapshot mmio --execute --root "$dir/root"
grep -q MMIO out && not_ok 'and no row' || ok 'and no row'
echo active >$npu/power/runtime_status
expect 'unless asked to, nothing is read' 0 'Nothing was read: --execute reads' snapshot mmio --root "$dir/root"
grep -q 'MMIO_SNAPSHOT' out && not_ok 'so there is no snapshot' || ok 'so there is no snapshot'
[ "$(grep -c '/dev/mem from 0xfda[bcd]0000, 65536 bytes' out)" -eq 3 ] && ok 'but what would be' ||
	not_ok 'but what would be'
expect 'no memory device' 1 'MMIO_UNAVAILABLE device=/dev/mem errno=2 error=No such file' \
	snapshot mmio --execute --root "$dir/root"
cp out unavailable
expect 'which is read' 0 '"unknown":0}' parse --json unavailable
truncate -s 1M root/dev/mem
expect 'memory that ends before' 1 'MMIO_UNAVAILABLE device=/dev/mem errno=6' snapshot mmio --execute --root "$dir/root"
truncate -s $((bits + 3 * 65536)) root/dev/mem
word 0x2c '\0000\0000\0000\0300'
word 0x1f008 '\0015\0000\0000\0000'
chmod 0444 root/dev/mem
expect 'mmio' 0 '^MMIO_SNAPSHOT after_submit_1$' snapshot mmio --label after_submit_1 --execute --root "$dir/root"
cp out mmio
[ "$(wc -l <mmio)" -eq 49 ] && ok 'three cores of 15 registers' || not_ok 'three cores of 15 registers'
row 'a base' '  core=2 base=0xfdad0000'
row 'a register' '    INT_RAW_STATUS       off=0x002c value=0xc0000000'
row 'one of another core' '    ENABLE_MASK          off=0xf008 value=0x0000000d'
expect 'all of that is read' 0 '"unknown":0}' parse --json mmio
expect 'and written again' 0 '' export --as mmio mmio
cmp -s out mmio && ok 'byte for byte' || not_ok 'byte for byte'

# Another chip's registers are elsewhere.
mv $npu root/sys/devices/platform/27700000.npu
rm $drivers/fdab0000.npu
ln -s ../../../../devices/platform/27700000.npu $drivers/27700000.npu
expect 'another chip is found' 0 '/sys/devices/platform/27700000.npu/power/control = auto' \
	snapshot sysfs --root "$dir/root"
expect 'but not read' 1 'not the NPU of an RK3588' snapshot mmio --execute --root "$dir/root"

echo "1..$n"
