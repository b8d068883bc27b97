#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The manual page and --help know the same verbs and the same options. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

# Without the fonts and the escapes of its spaces and dashes.
sed -e '/^\.\\"/d' -e 's/\\f.//g' -e 's/\\|//g' -e 's/\\-/-/g' "$top_srcdir/doc/rkreplay.1" >page

# What stands under a heading: section NAME, or verb NAME.
section()
{
	awk -v want=".SH $1" '/^\.SH / { on = $0 == want } on' page
}
verb_section()
{
	section VERBS | awk -v want=".SS $1" '/^\.SS / { on = $0 == want } on'
}

# Options in a text, one a line, sorted; those of other programs do not count.
options_in()
{
	grep -o -E -e '(^|[^-[:alnum:]])--?[a-z][a-z-]*' | sed 's/^[^-]*//' | sort -u
}

# The tags of a verb's section: what follows a .TP.
tags()
{
	awk 'tag { print; tag = 0 } /^\.TP/ { tag = 1 }'
}

# A verb's lines in the synopsis.
synopsis()
{
	section SYNOPSIS | awk -v verb="$1" '
		/^\.SY/ { first = 1; on = 0; next }
		first { on = $0 == ".B " verb; first = 0 }
		on'
}

# same NAME: what is only in the file "help" and only in the file "man"?
same()
{
	comm -3 help manual >out
	if [ -s out ]; then
		sed -i -e 's/^\t/only in the manual page: /' -e 't' -e 's/^/only in --help: /' out
		not_ok "$1"
	else
		ok "$1"
	fi
}

: >err
"$rkreplay" --help | sed -n '/^Verbs:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p' >verbs
sort verbs >help
[ -s verbs ] || not_ok 'there are verbs'
section VERBS | sed -n 's/^\.SS //p' | sort >manual
same 'verbs with a section'
section SYNOPSIS | sed -n '/^\.SY/{n;s/^\.B //p}' | grep '^[a-z]' | sort -u >manual
same 'verbs in the synopsis'

while read -r verb; do
	"$rkreplay" "$verb" --help >text
	# The options are the lines that begin with one; what stands behind it may name others.
	sed -n 's/^  \(--*[a-z-]*\).*/\1/p' text | grep -v -x -e --help | sort >help
	verb_section "$verb" | tags | options_in >manual
	same "options of $verb"
	synopsis "$verb" | options_in | grep -v -x -e -- >manual
	# The synopsis may leave out, but not invent.
	comm -12 help manual >help.of
	mv help.of help
	same "synopsis of $verb"
done <verbs

section OPTIONS | tags | options_in >manual
"$rkreplay" --help | grep -E '^  -' | cut -c 1-20 | options_in >help
same 'options without a verb'
section 'EXIT STATUS' | tags | grep -o '[0-9]' >manual
"$rkreplay" --help | sed -n 's/^Exit status: //p' | grep -o '[0-9]' >help
same 'exit statuses'

echo "1..$n"
