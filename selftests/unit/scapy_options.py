#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Random areas are walked by src/option.c as scapy dissects them, and options that
# scapy builds; and the other way round. scapy_options.py TOOL [SEED]

import random
import subprocess
import sys

from oracle import random_area

AREAS = 1_000_000
CHUNK = 50_000
SETS = 20_000

try:
    from scapy.contrib.geneve import GeneveOptions
except ImportError as e:
    print(f"ok 1 - options of scapy # SKIP python3-scapy is missing: {e}\n1..1")
    sys.exit(0)


def random_set(rnd):
    """Up to 252 bytes of (class, type, data)."""
    chosen, used = [], 0
    for _ in range(rnd.choice((0, 1, 1, 2, 3))):
        words = rnd.choice((0, 1, 1, 2, 5, rnd.randrange(32)))
        if used + 4 + 4 * words > 252:
            break
        used += 4 + 4 * words
        chosen.append((rnd.randrange(0x10000), rnd.randrange(0x100),
                       rnd.randbytes(4 * words)))
    return chosen


def spelled(options):
    return " ".join(f"{c:04x}:{t:02x}:{d.hex()}" for c, t, d in options)


def built_by_scapy(options):
    return b"".join(bytes(GeneveOptions(classid=c, type=t, data=d))
                    for c, t, d in options)


def dissected_by_scapy(area):
    # One by one: to scapy 2.5 all options are the payload of the first.
    options = []
    while area:
        option = GeneveOptions(area)
        options.append((option.classid, option.type, bytes(option.data)))
        area = bytes(option.payload)
    return options


def walked_by_scapy(area, option=GeneveOptions()):
    """What option_tool should print of an area, good or bad."""
    found, critical = [], 0
    while len(area) >= 4:
        # one object for all options, and no attributes: it has a million to do
        option.fields = f = {}
        rest = option.do_dissect(area)
        data = f.get("data", b"")  # not there at the end of the area
        if len(data) != 4 * f["length"]:
            break
        found.append(f"{f['classid']:04x}:{f['type']:02x}:{data.hex()}")
        critical += f["type"] >= 128
        area = rest
    verdict = "bad" if area else "good"
    return " ".join([verdict, str(len(found)), str(critical)] + found)


def random_areas(rnd):
    """Pairs of what the tool says and of what scapy says"""
    for _ in range(AREAS // CHUNK):
        areas = [random_area(rnd) for _ in range(CHUNK)]
        lines = tool("walk", b"".join(bytes([len(a)]) + a for a in areas))
        yield from zip(lines + [None] * (CHUNK - len(lines)),
                       map(walked_by_scapy, areas))


def tool(mode, data):
    run = subprocess.run([sys.argv[1], mode], input=data, capture_output=True,
                         check=True)
    return run.stdout.decode().split("\n")[:-1]


class Point:
    number = failed = 0

    def __init__(self, name, pairs):
        wrong = 0
        for got, want in pairs:
            wrong += got != want
            if got != want and wrong <= 5:
                print(f"# got  {got}\n# want {want}")
        Point.number += 1
        Point.failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {Point.number} - {name}")


def main():
    rnd = random.Random(sys.argv[2] if len(sys.argv) > 2 else "ovl-tun")
    Point(f"{AREAS} random areas as scapy dissects them", random_areas(rnd))

    sets = [random_set(rnd) for _ in range(SETS)]
    areas = [built_by_scapy(s) for s in sets]
    lines = tool("walk", b"".join(bytes([len(a)]) + a for a in areas))
    Point(f"{SETS} sets that scapy built are walked alike",
          zip(lines + [None] * (SETS - len(lines)),
              (" ".join(filter(None, ["good", str(len(s)),
                                      str(sum(t >= 128 for _, t, _ in s)),
                                      spelled(s)])) for s in sets)))

    lines = tool("build", "".join(spelled(s) + "\n" for s in sets).encode())
    lines += [""] * (SETS - len(lines))
    Point(f"{SETS} sets are built as scapy builds them",
          zip(lines, (a.hex() for a in areas)))
    Point(f"{SETS} sets that were built here, dissected by scapy",
          ((dissected_by_scapy(bytes.fromhex(line)), s)
           for line, s in zip(lines, sets)))
    print(f"1..{Point.number}")
    return Point.failed != 0


sys.exit(main())
