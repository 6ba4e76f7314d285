#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The functions of a module: functions.py MODULE.ko OBJECT...

A line for each: section, first address, size, name, source file. The objects are
what the module was linked from.
"""

import pathlib
import re
import subprocess
import sys

SYMBOL = re.compile(r"([0-9a-f]{16}) (.{7}) (\S+)\t([0-9a-f]{16})\s+(?:\.hidden )?(\S+)$")


def lines(*command):
    return subprocess.run(command, check=True, text=True,
                          capture_output=True).stdout.splitlines()


def main(module, objects):
    owner = {}
    for path in objects:
        for line in lines("nm", "-g", "--defined-only", path):
            owner[line.split()[-1]] = pathlib.Path(path).stem + ".c"
    # Local symbols stand behind the name of their file, global ones don't.
    name = None
    for line in lines("objdump", "-t", module):
        found = SYMBOL.match(line)
        if not found:
            continue
        value, flags, section, size, symbol = found.groups()
        if flags.endswith("f"):
            name = symbol
        elif flags.endswith("F") and not symbol.startswith("_sub_"):    # the compiler's
            print(section, value, size, symbol.partition(".")[0],
                  name if flags[0] == "l" else owner.get(symbol, "?"))


main(sys.argv[1], sys.argv[2:])
