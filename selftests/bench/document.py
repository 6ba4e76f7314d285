#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""document.py DOCUMENT NAME TEXT: put what file TEXT has between the markers of that
name into a document."""

import sys


def put(path, name, text):
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    with open(path) as file:
        before, rest = file.read().split(begin)
    after = rest.split(end)[1]
    with open(path, "w") as file:
        file.write(before + begin + text + end + after)


if __name__ == "__main__":
    with open(sys.argv[3]) as text_file:
        put(sys.argv[1], "bench-" + sys.argv[2], "\n" + text_file.read() + "\n")
