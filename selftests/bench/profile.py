#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py KALLSYMS FEW MANY PACKETS [LINES]: where the instructions of a packet
go. FEW and MANY are what count.c has written in two boots, the second of which sent
so many PACKETS more; everything else is the same in both and cancels out."""

import bisect
import sys

kallsyms, few, many, packets = sys.argv[1:5]
lines = int(sys.argv[5]) if len(sys.argv) > 5 else 45

symbols = []
with open(kallsyms) as file:
    for line in file:
        address, kind, name, *module = line.split()
        if kind in "tTwW":
            symbols.append((int(address, 16), " ".join([name, *module])))
symbols.sort()
addresses = [address for address, _ in symbols]


def count(path):
    functions = {}
    with open(path) as file:
        for line in file:
            pc, n = line.split()
            i = bisect.bisect(addresses, int(pc, 16)) - 1
            name = symbols[i][1] if i >= 0 else "?"
            functions[name] = functions.get(name, 0) + int(n)
    return functions


before = count(few)
cost = sorted(((n - before.get(f, 0)) / int(packets), f) for f, n in count(many).items())
print(f"{sum(n for n, _ in cost if n > 0):10.1f} instructions per packet, of which")
for n, function in cost[:-lines - 1:-1]:
    print(f"{n:10.1f} {function}")
