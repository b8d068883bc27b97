# SPDX-License-Identifier: MIT
"""
Run the examples of a page ("$ rkreplay ..." in an indented block) and compare
what is printed with what the page shows. "..." stands for what is left out: a
line of it for any lines, within a line for any text. Prints a line an example:
"good", "bad", "skip" (it is of a board, or of another program) or "lacks" (a
file that was not given), and its command.

usage: doc-examples.py RKREPLAY PAGE NAME=FILE...    (files by the name that the page uses)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile


def examples(page):
    """(command, lines) of each example."""
    command, lines = None, []
    for line in open(page, encoding="utf-8").read().split("\n"):
        if line.startswith("    $ "):
            if command:
                yield command, lines
            command, lines = line[6:], []
        elif command and (line.startswith("    ") or not line):
            lines.append(line[4:])
        elif command:
            yield command, lines
            command, lines = None, []
    if command:
        yield command, lines


def fits(shown, printed):
    """Whether lines are as they are shown; empty ones at the end do not count."""
    pattern = []
    shown = "\n".join(shown).rstrip("\n").split("\n")
    printed = printed.rstrip("\n") + "\n"
    for line in shown:
        if line.strip() == "...":
            pattern.append(r"(?:.*\n)*?")
        else:
            pattern.append(".*?".join(re.escape(part.rstrip()) for part in line.split("...")) + r" *\n")
    return re.fullmatch("".join(pattern), printed) is not None


def main():
    program, page = os.path.abspath(sys.argv[1]), sys.argv[2]
    files = dict(word.split("=", 1) for word in sys.argv[3:])
    with tempfile.TemporaryDirectory() as where:
        for name, path in files.items():
            os.makedirs(os.path.dirname(os.path.join(where, name)), exist_ok=True)
            shutil.copyfile(path, os.path.join(where, name))
        env = dict(os.environ, PATH=os.path.dirname(program) + ":" + os.environ["PATH"],
                   XDG_STATE_HOME=os.path.join(where, "state"))
        for command, shown in examples(page):
            words = command.split()
            named = [w for w in words if re.fullmatch(r"[\w-]+\.(log|rknn|c|txt)", w)]
            if words[0] != "rkreplay" or words[1] == "snapshot":
                print("skip", command)
                continue
            if not all(os.path.exists(os.path.join(where, w)) for w in named):
                print("lacks", command)
                continue
            done = subprocess.run(command, shell=True, cwd=where, env=env, text=True, errors="replace",
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode < 2 and (not any(shown) or fits(shown, done.stdout)):
                print("good", command)
            else:
                print("bad", command)
                print("\n".join("# " + line for line in done.stdout.split("\n")[:60]))


main()
