#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Who waits for a long log at a terminal is told how far it is, by every verb that reads one. Writes TAP.
set -u

# shellcheck source=tests/tap.sh
. "${top_srcdir:?is set by make check}/tests/tap.sh"

if [ -z "${PYTHON:-}" ]; then
	echo '1..0 # SKIP there is no python to make a terminal'
	exit 0
fi

# A log that takes more than two seconds, since its writer stops for so long; standard error is a terminal.
cat >slow.py <<'END'
import os, pty, subprocess, sys, threading, time

ROW = b"ACTION flags=0x00000001 value=0x00000000\n"

def run(name, args, tty, results):
    ours, theirs = pty.openpty()
    p = subprocess.Popen([sys.argv[1]] + args, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=theirs if tty else subprocess.PIPE)
    os.close(theirs)
    p.stdin.write(ROW * 20000)
    p.stdin.flush()
    time.sleep(2.2)
    p.stdin.write(ROW * 20000)
    p.stdin.close()
    text = b""
    try:
        while True:
            more = os.read(ours, 65536) if tty else p.stderr.read(65536)
            if not more:
                break
            text += more
    except OSError:
        pass # the other end of a terminal is closed
    p.wait()
    # It came, it went, and what is left of it is nothing.
    told = b"\r-: " in text and b" MB" in text and b"\r\033[K" in text[text.rindex(b" MB"):]
    results[name] = (told if tty else b" MB" not in text, text)

results = {}
jobs = [(v[0], v, True) for v in (["parse", "-"], ["show", "-"], ["triage", "-"],
                                  ["diff", "-", "conv:b1_c32_h14_w14_oc128_wic32_k3x3_g1"])]
jobs.append(("parse without a terminal", ["parse", "-"], False))
threads = [threading.Thread(target=run, args=(n, a, t, results)) for n, a, t in jobs]
for t in threads:
    t.start()
for t in threads:
    t.join()
for name in sorted(results):
    good, text = results[name]
    print("good" if good else "bad", name, "" if good else repr(text[:200]))
END
"$PYTHON" slow.py "$rkreplay" >results 2>err
: >out
while read -r result name; do
	if [ "$result" = good ]; then
		ok "progress of $name"
	else
		not_ok "progress of $name"
	fi
done <results
if [ "$n" -eq 0 ]; then not_ok 'it ran'; fi

echo "1..$n"
