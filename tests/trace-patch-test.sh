#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The driver trace patch on a stand-in of the driver: it goes in by structure,
# what comes out compiles, and its rows are what the parser reads. Writes TAP.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

if ! command -v spatch >/dev/null 2>&1; then
	echo '1..0 # SKIP no spatch: apt-get install coccinelle'
	exit 0
fi

# patch NAME SED-SCRIPT: put the rows into the stand-in, changed by the script.
patch()
{
	cp "$top_srcdir/tests/trace-patch/driver.h" .
	sed "$2" "$top_srcdir/tests/trace-patch/driver.c" >"$1.c"
	spatch --very-quiet --sp-file "$top_srcdir/scripts/rknpu-trace.cocci" "$1.c" -o "$1-traced.c" >out 2>err
}

rows='prelude trace regs armed timeout irq_valid irq_invalid'

patch driver ''
[ -s driver-traced.c ] && ok 'the patch goes in' || not_ok 'the patch goes in'
${CC:-cc} -Wall -Werror -o traced driver-traced.c >out 2>err && ok 'the result compiles' || not_ok 'the result compiles'
./traced >dmesg 2>err && ok 'and runs' || not_ok 'and runs'

expect 'all it prints is read' 0 '"unknown":0}' parse --json dmesg
for row in $rows; do
	grep -q "^{\"record\":\"pc_$row\"" out && ok "a row of $row" || not_ok "a row of $row"
done
grep -q '"record":"pc_trace",.*"core":0,.*"task_number":2,"task_end":1,"first_regcmd":"0xffed7800","first_amount":108' out &&
	ok 'the trace tells what is committed' || not_ok 'the trace tells what is committed'
order=$(sed -n 's/^{"record":"pc_\([a-z_]*\)".*/\1/p' out | tr '\n' ' ')
[ "$order" = 'prelude trace regs armed irq_valid irq_invalid timeout ' ] &&
	ok 'in the order of the driver' || not_ok 'in the order of the driver'

expect 'verify finds the rows in the source' 0 '^PASS  36  ' verify driver-traced.c
expect 'and so does parse' 0 '"record":"trace_marker",.*"row":"pc_regs","missing":""' parse --json driver-traced.c
expect 'and in the patch' 0 '^PASS  36  ' verify "$top_srcdir/scripts/rknpu-trace.cocci"
expect 'a source without them fails' 1 'FAIL  36  ' verify driver.c
sed 's/ INT_RAW=%#x TASK_CONTROL/ TASK_CONTROL/' driver-traced.c >lacking.c
expect 'a row that lacks a field fails' 1 'pc_regs: .*found none of: INT_RAW (lacking.c:[0-9]*)$' verify lacking.c

# Names of parameters and loops are the driver's own business.
patch renamed 's/core_index/core/g; s/\([^a-z_]\)i\([^a-z_]\)/\1n\2/g; s/int irq, void \*data/int line, void *cookie/; s/= data;/= cookie;/'
${CC:-cc} -Wall -Werror -o renamed renamed-traced.c >out 2>err && ./renamed >renamed.log &&
	cmp -s dmesg renamed.log && ok 'by structure, not by name' || not_ok 'by structure, not by name'

# An older driver has no pointers to write before the commit: all rows but the prelude.
patch older '/num_irqs > 1/,/^	}$/d'
[ "$(grep -c 'rknpu_trace_[a-z_]*(rknpu_core_base' older-traced.c)" = 5 ] && grep -q 'pc commit trace' older-traced.c &&
	ok 'an older driver gets the rest' || not_ok 'an older driver gets the rest'

echo "1..$n"
