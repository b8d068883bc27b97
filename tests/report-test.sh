#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rkreplay report: the page is whole, balanced, loads nothing, and takes
# nothing of a log for markup. Writes TAP.
# shellcheck disable=SC2015
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

cat >check.py <<'END'
import html.parser
import sys

VOID = {"meta", "br"}


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.tags, self.cells = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            assert name in ("id", "class", "lang", "charset", "name", "content", "http-equiv"), (tag, name, value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


page = Page()
page.feed(open(sys.argv[1], encoding="utf-8").read())
page.close()
assert not page.open, page.open
assert not page.tags & {"script", "img", "link", "iframe", "b"}, page.tags
for text in sys.argv[2:]:
    assert any(text in c for c in page.cells), text
END

# page NAME FILE CELL...: it is well-formed, and has cells with these texts.
page()
{
	name=$1
	shift
	"${PYTHON:-python3}" check.py "$@" >out 2>err && ok "$name" || not_ok "$name"
}
has()
{
	grep -q -e "$2" "$3" && ok "$1" || not_ok "$1"
}

shape=conv:b1_c64_h56_w56_oc128_wic64_k1x1_g1
expect 'a generated run' 0 '' report $shape -o shape.html
page 'its page' shape.html 'CNA.CBUF_CON0' 'WEIGHT_REUSE' 'mem_create' 'reused'
has 'dark and light' 'prefers-color-scheme:dark' shape.html
has 'tasks fold' '<details><summary>task 13: ' shape.html
has 'tiles' '<section id="tiles">' shape.html
has 'checks' '[0-9]* passed, 0 failed, [0-9]* skipped' shape.html
[ "$(stat -c %a shape.html)" = "$(printf '%o' $((0666 & ~$(umask))))" ] && ok 'may be passed on' ||
	not_ok 'may be passed on'

expect 'against another' 0 '' report $shape conv:b1_c128_h56_w56_oc128_wic128_k1x1_g1 -o two.html
page 'its page' two.html 'geometry'
has 'differences' 'class="differs"' two.html
expect 'against itself' 0 '' report $shape $shape -o same.html
has 'no difference' ': 0 differences among [1-9]' same.html

printf 'I RKNN: [11:46:50.180] RKNN Runtime Information, <b>bold</b> & "quoted" \377\033[31m\n' >hostile.log
printf 'ACTION flags=0x00000001 value=0x00000000\nIOCTL_RET #1 ACTION flags=0x00000001 ret=0\n' >>hostile.log
cp hostile.log '<b>&.log'
expect 'a hostile log' 0 '' report '<b>&.log' -o hostile.html
page 'its page' hostile.html '<b>bold</b> & "quoted"' '<b>&.log:2'
grep -q "$(printf '\033')" hostile.html && not_ok 'without control characters' || ok 'without control characters'

echo old >kept.html
expect 'a source that is not there' 2 'none.log' report none.log -o kept.html
[ "$(cat kept.html)" = old ] && ok 'leaves the page as it was' || not_ok 'leaves the page as it was'
expect 'a directory that is not there' 2 'none/x.html: cannot write: ' report $shape -o none/x.html
expect 'no page named' 2 'needs -o FILE.html' report $shape
expect 'three runs' 2 'one operand too many' report $shape $shape $shape -o x.html
find . -name '*new' -o -name '*tmp*' | grep -q . && not_ok 'nothing is left behind' || ok 'nothing is left behind'

if [ -d "$RKREPLAY_SHARED/captures/logs" ]; then
	log=$(find "$RKREPLAY_SHARED"/captures/logs -name 'capture_rknpu_ioctl_c64*.log' | head -n 1)
	expect 'a captured run' 0 '' report "$log" $shape -o captured.html
	page 'its page' captured.html 'Runtime' 'submit' 'PASS'
fi

echo "1..$n"
