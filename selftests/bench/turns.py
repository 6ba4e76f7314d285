#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""turns.py -n|-s LOG: make a table of the times that turns.sh has printed into LOG.
  -n  what a tunnel adds to the bare path, in ns of this machine, beside the
      instructions that Documentation/bench.json has for the same
  -s  how much more several streams carry than one
Exit status 1 when a packet has not arrived, or when something holds in instructions
and not in time."""

import collections
import json
import math
import os
import statistics
import sys

import table

BENCH = os.path.dirname(os.path.abspath(__file__)) + "/../../Documentation/bench.json"
RELEASE = "trixie"  # has the kernel that the one of User-Mode Linux is nearest to
HOLDS = 1.10  # the part of the peer's in time, against that in instructions
SCALES = 0.95  # what several streams gain, against the peer
SURE = 0.10  # what the middle of that may be wrong by

Setup = collections.namedtuple("Setup", "case family frame kind streams")


def read(path):
    """{Setup: ns of a packet of a stream in each turn}, and what has gone wrong"""
    setups, wrong, kernel, ended = {}, [], None, False
    with open(path, errors="replace") as file:
        for line in file:
            w = line.split()
            if line.startswith("not ok"):
                wrong.append(line.strip())
            elif w[:1] == ["KERNEL"]:
                kernel = w[1]
            elif w[:1] == ["TURNS"]:
                setup = Setup(*w[1:5], int(w[5]))
                count, sent, arrived, *times = map(int, w[6:])
                if arrived < sent:
                    wrong.append(f"{' '.join(w[1:6])}: {arrived} of {sent} arrived")
                setups[setup] = [us * 1000 / count for us in times]
            elif line.startswith("ok") and "measured" in line:
                ended = True
    if not ended:
        wrong.append("the guest did not get to the end")
    return setups, kernel, wrong


class Spread:
    """The middle of many, and half of the distance in which half of them are"""
    def __init__(self, numbers):
        low, self.middle, high = statistics.quantiles(numbers, n=4)
        self.around = (high - low) / 2

    def __str__(self):
        return f"{self.middle:.0f} ±{self.around:.0f}"


class Middle:
    """The middle of many, and where it is of 95 in 100 such lots: between two of them, by
    their rank"""
    def __init__(self, numbers):
        ordered, n = sorted(numbers), len(numbers)
        self.middle = statistics.median(ordered)
        off = 0.98 * math.sqrt(n)
        self.low = ordered[max(math.floor(n / 2 - off), 0)]
        self.high = ordered[min(math.ceil(n / 2 + off), n) - 1]

    def __str__(self):
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


def counted():
    """{(case, family, frame, kind): the part of the cheaper peer's instructions}"""
    with open(BENCH) as file:
        results = json.load(file)["releases"][RELEASE]["results"]
    return {(r["case"], r["family"], r["frame"], r["kind"]): r["ratio"]
            for r in results if "ratio" in r}


def native(setups, kernel):
    kinds = list(dict.fromkeys(s.kind for s in setups if s.kind != "bare"))
    modes = [m for m in ("ovl", "fast") if any(k.startswith(m) for k in kinds)]
    instructions, missed = counted(), []
    rounds = len(next(iter(setups.values())))
    names = {"vxlan": "vxlan.ko", "geneve": "geneve.ko", "ovl-vxlan": "VXLAN here",
             "ovl-geneve": "Geneve here", "fast-vxlan": "fast: VXLAN", "fast-geneve": "fast: Geneve"}
    print(f"{kernel}, ns, the middle of {rounds} turns ± half of what half of them differ by:\n")
    head = ["", "outer", "bytes", "bare"] + [names[k] for k in kinds]
    for mode in modes:
        head += ["ratio" if mode == "ovl" else "fast: ratio", "in instructions"]
    print("| " + " | ".join(head) + " |")
    print("|---|---|" + "--:|" * (len(head) - 2))
    for bare in setups:
        if bare.kind != "bare":
            continue
        over = {k: Spread([a - b for a, b in zip(setups[bare._replace(kind=k)], setups[bare])])
                for k in kinds}
        row = [table.CASES[bare.case]["text"], f"IP{bare.family}", bare.frame,
               str(Spread(setups[bare]))] + [str(over[k]) for k in kinds]
        peer = min(over[k].middle for k in ("vxlan", "geneve"))
        for mode in modes:
            both = [f"{mode}-{encap}" for encap in ("vxlan", "geneve")]
            time = max(over[k].middle for k in both) / peer
            known = [instructions.get((bare.case, bare.family, bare.frame, k)) for k in both]
            row.append(f"{time:.2f}")
            row.append(f"{max(known):.2f}" if all(known) else "-")
            if all(known) and time > HOLDS * max(known):
                missed.append(f"{bare.case} {bare.family} {bare.frame} {mode}: {time:.2f} in time, "
                              f"{max(known):.2f} in instructions")
        print("| " + " | ".join(row) + " |")
    return missed


def speedup(setups, kernel):
    most = max(s.streams for s in setups)
    rounds = len(next(iter(setups.values())))
    print(f"{kernel}, {rounds} turns, ns of a packet of a stream ± half of what half of them "
          f"differ by; what they carry, and where that is 95 times in 100:\n\n"
          f"|  | 1 stream | {most} streams | they carry |\n|---|--:|--:|--:|")
    gain, missed = {}, []
    for one, times in setups.items():
        if one.streams != 1:
            continue
        many = setups[one._replace(streams=most)]
        gain[one.kind] = by = Middle([most * a / b for a, b in zip(times, many)])
        print(f"| {one.kind} | {Spread(times)} | {Spread(many)} | {by} |")
        if by.high - by.low > 2 * SURE * by.middle:
            missed.append(f"{one.kind}: {by}, which says too little: is the machine busy?")
    peer = max((gain["vxlan"], gain["geneve"]), key=lambda by: by.middle)
    for kind, by in gain.items():
        if kind.startswith(("ovl", "fast")) and by.high < SCALES * peer.low:
            missed.append(f"{kind}: {most} streams carry {by}, a peer's {peer}")
    return missed


def main():
    mode, path = sys.argv[1:]
    setups, kernel, wrong = read(path)
    if not wrong:
        wrong = native(setups, kernel) if mode == "-n" else speedup(setups, kernel)
    for w in wrong:
        print(f"not ok - {w}")
    sys.exit(bool(wrong))


main()
