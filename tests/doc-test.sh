#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The examples of the README and the how-tos print what these show. Most are of real logs and models. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

if [ -z "${PYTHON:-}" ]; then
	echo '1..0 # SKIP there is no python'
	exit 0
fi
captures=$RKREPLAY_SHARED/captures
: >err

# page NAME [FILE-NAME=CAPTURE]...: each example of a page.
page()
{
	page=$1
	shift
	for file in "$@"; do
		shift
		path=${file#*=}
		[ "${path#/}" != "$path" ] || path=$captures/$path
		[ ! -f "$path" ] || set -- "$@" "${file%%=*}=$path"
	done
	"$PYTHON" "$top_srcdir/tests/doc-examples.py" "$rkreplay" "$top_srcdir/$page" "$@" >results || echo 'bad it ended early' >>results
	# shellcheck disable=SC2094 # both only read it
	while IFS= read -r line; do
		case $line in
		'good '*) ok "$page: ${line#* }" ;;
		'skip '*) ok "$page: ${line#* } # SKIP it needs a board" ;;
		'lacks '*)
			# With the captures there, each example has its files, or nobody would see it go stale.
			if [ -d "$captures" ]; then
				: >out
				not_ok "$page: ${line#* }: its files are not named in this test"
			else
				ok "$page: ${line#* } # SKIP its files are not there"
			fi
			;;
		'bad '*)
			sed -n '/^bad /,$p' results >out
			not_ok "$page: ${line#* }"
			;;
		esac
	done <results
}

dump=logs/capture_rknpu_submit_dump_gems_c64_h56_live_regcmd_1168_20260524_133725.log
# The same with another number of banks.
[ ! -f "$captures/$dump" ] || sed 's/1b1040$/2b1040/' "$captures/$dump" >edited.log
page README.md \
	ioctl.log=logs/capture_rknpu_ioctl_c64_h56_readonly_20260524_133736.log \
	dump.log="$dump" \
	edited.log="$dir/edited.log" \
	tests/emulate-client.py="$top_srcdir/tests/emulate-client.py" \
	dmesg.log=dmesg/012-allbilly-raw-0xc0000000-spaces.txt \
	model.rknn=models/b1_c32_h14_w14_oc128_wic32_k3x3_g1.rknn \
	scrfd_500m.rknn=models/scrfd_500m_fp16.rk3588.rknn
page doc/what-is-in-a-model.md model.rknn=models/b1_c160_h14_w14_oc320_wic160_k3x3_g1.rknn

echo "1..$n"
