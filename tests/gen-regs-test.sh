#!/bin/sh
# SPDX-License-Identifier: MIT
# lib/gen-regs.py: refuses a broken database by name, and its output depends on the database alone.
# Writes TAP.
set -eu
: "${top_srcdir:?is set by make check}" "${top_builddir:?}" "${PYTHON:?}"

# PYTHON may hold a wrapper and its arguments, so it is not quoted.
if ! $PYTHON -c 'import yaml' >/dev/null 2>&1; then
	echo '1..0 # SKIP no Python that can import yaml'
	exit 0
fi
echo 1..1

generator=$top_srcdir/lib/gen-regs.py
database=$top_srcdir/lib/regs.yaml
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for what in tables ids; do
	PYTHONHASHSEED=1 $PYTHON "$generator" "$what" "$database" "$dir/$what.1"
	PYTHONHASHSEED=2 $PYTHON "$generator" "$what" "$database" "$dir/$what.2"
	cmp "$dir/$what.1" "$dir/$what.2"
	built=$top_builddir/lib/regs-$what.h
	[ -e "$built" ] || built=$top_srcdir/lib/regs-$what.h
	cmp "$dir/$what.1" "$built"
done

# refuse SED-SCRIPT TEXT...: the database, edited so, is refused with all these texts.
refuse()
{
	script=$1
	shift
	sed "$script" "$database" >"$dir/broken.yaml"
	if cmp -s "$database" "$dir/broken.yaml"; then
		echo "this edit changes nothing: $script"
		exit 1
	fi
	for what in tables ids; do
		if $PYTHON "$generator" "$what" "$dir/broken.yaml" "$dir/out" 2>"$dir/errors"; then
			echo "$what: not refused: $script"
			exit 1
		fi
		if [ -e "$dir/out" ]; then
			echo "$what: output left behind: $script"
			exit 1
		fi
		for text in "$@"; do
			if ! grep -q -F -e "$text" "$dir/errors"; then
				echo "$what: '$text' is not in the message on: $script"
				cat "$dir/errors"
				exit 1
			fi
		done
	done
}

refuse 's/{name: WEIGHT_BANK, msb: 7,/{name: WEIGHT_BANK, msb: 8,/' \
	'CNA.CBUF_CON0: fields FC_DATA_BANK [10:8] and WEIGHT_BANK [8:4] overlap'
refuse 's/encoding: units64B}/encoding: units65B}/' "CNA.CBUF_CON1.DATA_ENTRIES: unknown encoding 'units65B'"
refuse 's/offset: 0x1044/offset: 0x1040/' 'CNA: registers CBUF_CON0 and CBUF_CON1 have the same offset 0x1040'
refuse 's/offset: 0x1044/offset: 0x103c/' 'CNA: register CBUF_CON1 at 0x103c stands after CBUF_CON0 at 0x1040'
refuse 's/offset: 0x1044/offset: 0x1046/' 'CNA.CBUF_CON1: offset 0x1046 is not a multiple of 4'
refuse 's/offset: 0x1044/offset: 0x2044/' 'CNA.CBUF_CON1: offset 0x2044 is not in'
refuse 's/name: CBUF_CON1/name: CBUF_CON0/' 'CNA: two registers are named CBUF_CON0'
refuse 's/name: DATA_REUSE/name: WEIGHT_REUSE/' 'CNA.CBUF_CON0: two fields are named WEIGHT_REUSE'
refuse 's/{name: PAD_TOP, msb: 3, lsb: 0/{name: PAD_TOP, msb: 0, lsb: 3/' \
	'CNA.PAD_CON0.PAD_TOP: msb 0 is below lsb 3'
refuse 's/role: link/role: lynk/' "PC.BASE_ADDRESS: unknown role 'lynk'"
refuse 's/role: address/role: geometry/' 'CNA.FEATURE_DATA_ADDR: has a field of encoding addr16'
refuse 's/desc: "weight DMA address", encoding: addr16/desc: "weight DMA address"/' \
	'CNA.DCOMP_ADDR0: has the role address but no field of encoding addr16'
refuse 's/access: W1C$/access: W2C/' "PC.INTERRUPT_CLEAR: unknown access 'W2C'"
refuse 's/11: "4ch"/16: "4ch"/' 'CNA.CONV_CON1.ARGB_IN: enum value 0x10 is not in'
refuse 's/name: CBUF_CON1/name: cbuf_con1/' "CNA, register" "'cbuf_con1'"
refuse 's/qword_target: 0x0801/qword_target: 0x0201/' 'CORE: qword_target is not target | 1'
refuse 's/target: 0x0041/target: 0x0081/' 'OP_EN and MARK have the same target'
refuse 's/op_enable_bit: 3/op_enable_bit: 1/' 'DPU: op_enable_bit 1 is not the bit of DPU_OP_EN'
refuse 's/^version: 1/version: 2/' 'version 2 is not 1'
refuse 's/^        offset: 0x1044/&\n        offset: 0x1044/' "key 'offset' appears twice"
refuse 's/^        offset: 0x1044/&\n        ofset: 0x1044/' "CNA.CBUF_CON1: unknown key 'ofset'"
refuse 's/^blocks:/blocks: [/' 'broken.yaml'

# Names that differ in the database and would not in C: only the constants collide.
sed 's/name: CBUF_CON1/name: CBUF_CON0_A/; s/name: DATA_ENTRIES/name: B/; s/name: WEIGHT_REUSE/name: A_B/' \
	"$database" >"$dir/broken.yaml"
if $PYTHON "$generator" ids "$dir/broken.yaml" "$dir/out" 2>"$dir/errors"; then
	echo "two constants of one name"
	exit 1
fi
if ! grep -q -F 'CNA.CBUF_CON0.A_B and CNA.CBUF_CON0_A.B: both would be called' "$dir/errors"; then
	echo "not refused for its names:"
	cat "$dir/errors"
	exit 1
fi
echo 'ok 1 - gen-regs'
