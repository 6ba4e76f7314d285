#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""lines.py [-t] LOG KALLSYMS LINES: what several streams through one device have
cost, and which cache lines more than one CPU has stored to. LOG is what turns.sh has
printed, with marks, and LINES what lines.c has written meanwhile.

Prints a table, as Markdown, and what has stored to shared lines, and fails if the most
streams carry less here than with the better neighbour. With -t it prints TAP instead: no line is stored to by our module's code on two CPUs more often than
once in RARELY packets of each, and none by the kernel's more often than once in OFTEN
that is not without a tunnel as well."""

import collections
import getopt
import statistics
import sys

from symbols import Symbols

FIRST = 1  # CPU that sends; that before it has all processes
RARELY = 50  # packets
OFTEN = 10
SCALES = 0.95  # what the most streams carry, against the better neighbour
MODULES = {"ovl": "ovl_tun", "fast": "ovl_tun", "vxlan": "vxlan", "geneve": "geneve"}
Setup = collections.namedtuple("Setup", "case family frame kind streams")


class Part:
    """One turn: so many packets of each stream"""
    def __init__(self, packets):
        self.packets = packets
        self.instructions = 0
        self.lost = 0
        self.lines = {}  # address: [(pc, [stores of each CPU])]


def read(log, stores):
    """{Setup: [Part of few packets, Part of many, ...]}, and what has gone wrong"""
    setups, numbers, wrong, ended = {}, {}, [], False
    with open(log, errors="replace") as file:
        for line in file:
            w = line.split()
            if line.startswith("not ok"):
                wrong.append(line.strip())
            elif w[:1] == ["PHASE"]:
                part = numbers[int(w[1])] = Part(int(w[7]))
                setups.setdefault(Setup(*w[2:6], int(w[6])), []).append(part)
            elif w[:1] == ["TURNS"] and int(w[8]) < int(w[7]):
                wrong.append(f"{' '.join(w[1:6])}: {w[8]} of {w[7]} arrived")
            elif line.startswith("ok") and "measured" in line:
                ended = True
    if not ended:
        wrong.append("the guest did not get to the end")
    part = None
    with open(stores) as file:
        for line in file:
            w = line.split()
            if w[0] == "PART":
                part = numbers[int(w[1])]
                part.lost, part.instructions = int(w[2]), sum(map(int, w[3 + FIRST:]))
            else:
                part.lines.setdefault(int(w[0], 16), []).append(
                    (int(w[1], 16), list(map(int, w[2 + FIRST:]))))
    for setup, parts in setups.items():
        if not all(p.instructions for p in parts) or any(p.lost for p in parts):
            wrong.append(f"{' '.join(map(str, setup))}: not all of it was seen")
    return setups, wrong


def instructions(setups, setup):
    """of a packet: what the kernel does once for each turn cancels out. The middle one of
    all turns of few and then many"""
    parts = setups[setup]
    return statistics.median(
        (many.instructions - few.instructions) / (many.packets - few.packets)
        for few, many in zip(parts[::2], parts[1::2])) / setup.streams


def carried(setups, setup):
    """by so many streams, as one carries 1"""
    return setup.streams * instructions(setups, setup._replace(streams=1)) / instructions(setups, setup)


def scale(setups):
    """What carries less than it should"""
    missed = []
    most = max(s.streams for s in setups)
    for s in setups:
        if s.streams != most or module_of(s.kind) != "ovl_tun":
            continue
        peers = [s._replace(kind=kind) for kind in ("vxlan", "geneve")]
        peer = max(carried(setups, p) for p in peers if p in setups)
        if carried(setups, s) < SCALES * peer:
            missed.append(f"{s.case} IP{s.family} {s.kind}: {most} streams carry "
                          f"{carried(setups, s):.2f}, a neighbour's {peer:.2f}")
    return missed


def shared(part, symbols, least, module=None):
    """[(stores for a packet, line, {function: stores})] of the lines that two CPUs
    have stored to, each of them for more than one in LEAST of its packets. Given a
    module, its stores only."""
    found = []
    for line, stores in part.lines.items():
        functions = collections.Counter()
        cpus = [0] * len(stores[0][1])
        for pc, n in stores:
            name, owner = symbols.find(pc)
            if module in (None, owner):
                functions[f"{name}+{owner}" if owner else name] += sum(n)
                cpus = [a + b for a, b in zip(cpus, n)]
        often = sorted(cpus)[-2] / part.packets
        if often > 1 / least:
            found.append((often, line, functions))
    return sorted(found, reverse=True)


def by_module(part, symbols, module):
    """{function: stores for a packet of a CPU} of the module's to shared lines"""
    functions = {}
    for often, _, names in shared(part, symbols, RARELY, module):
        for name, n in names.items():
            functions[name] = functions.get(name, 0) + often * n / sum(names.values())
    return functions


def by_all(setups, setup, symbols):
    """{function: stores for a packet} to shared lines, without what is done once for
    each turn, and what a timer does"""
    few, many = setups[setup][-2:]
    functions = collections.Counter()
    for _, _, names in shared(many, symbols, OFTEN):
        functions.update(names)
    for _, _, names in shared(few, symbols, few.packets):
        functions.subtract(names)
    packets = (many.packets - few.packets) * setup.streams
    return {f: n / packets for f, n in functions.items() if n / packets > 1 / OFTEN}


def beyond(setups, setup, symbols):
    """Functions that store to shared lines here and not without a tunnel"""
    bare = by_all(setups, setup._replace(kind="bare"), symbols)
    return {f: n for f, n in by_all(setups, setup, symbols).items()
            if n > bare.get(f, 0) + 1 / OFTEN}


def module_of(kind):
    return MODULES.get(kind.split("-")[0])


def cell(functions):
    return ", ".join(f"*{f}* {n:.2f}" for f, n in
                     sorted(functions.items(), key=lambda item: -item[1])) or "none"


def markdown(setups, symbols):
    most = max(s.streams for s in setups)
    streams = sorted({s.streams for s in setups})
    print("|  | outer | " + " | ".join(f"{n} stream{'s' * (n > 1)}" for n in streams)
          + " | they carry | module | all others |\n|---|---|" + "--:|" * (len(streams) + 1)
          + "---|---|")
    for s in setups:
        if s.streams != most:
            continue
        row = [f"{s.case}: {s.kind}", f"IP{s.family}"]
        row += [f"{instructions(setups, s._replace(streams=n)):.0f}" for n in streams]
        row.append(f"{carried(setups, s):.2f}")
        if s.kind == "bare":
            row += ["-", cell(by_all(setups, s, symbols))]
        else:
            module = module_of(s.kind)
            row.append(cell(by_module(setups[s][-1], symbols, module)))
            row.append(cell({f: n for f, n in beyond(setups, s, symbols).items()
                             if not f.endswith("+" + module)}))
        print("| " + " | ".join(row) + " |")


class Tap:
    n = failed = 0

    def point(self, ok, name, *why):
        self.n += 1
        self.failed += not ok
        print(f"{'ok' if ok else 'not ok'} {self.n} - {name}")
        for line in why if not ok else ():
            print(f"#   {line}")


def test(setups, symbols):
    tap = Tap()
    for s, parts in setups.items():
        if module_of(s.kind) != "ovl_tun" or s.streams == 1:
            continue
        name = f"{s.case} IP{s.family} {s.kind}, {s.streams} streams"
        found = shared(parts[-1], symbols, RARELY, "ovl_tun")
        tap.point(not found, f"{name}: the module stores to no line of two CPUs", *(
            f"{often:.2f} for a packet, line {line:x}: {cell(functions)}"
            for often, line, functions in found))
        more = beyond(setups, s, symbols)
        tap.point(not more, f"{name}: neither does the kernel for it", cell(more))
    print(f"1..{tap.n}")
    return tap.failed


def main():
    opts, (log, kallsyms, stores) = getopt.getopt(sys.argv[1:], "t")
    setups, wrong = read(log, stores)
    failed = bool(wrong)
    if not wrong:
        symbols = Symbols(kallsyms)
        if opts:
            failed = test(setups, symbols)
        else:
            markdown(setups, symbols)
            wrong = scale(setups)
            failed = bool(wrong)
    for w in wrong:
        print(f"not ok - {w}")
    sys.exit(bool(failed))


main()
