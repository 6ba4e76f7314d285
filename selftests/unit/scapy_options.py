#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Options that scapy builds are walked by src/option.c, and the other way
# round. scapy_options.py TOOL [SEED]

import random
import subprocess
import sys

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


def tool(mode, data):
    run = subprocess.run([sys.argv[1], mode], input=data, capture_output=True,
                         check=True)
    return run.stdout.decode().split("\n")[:-1]


class Point:
    number = failed = 0

    def __init__(self, name, pairs):
        wrong = [(got, want) for got, want in pairs if got != want]
        Point.number += 1
        Point.failed += bool(wrong)
        for got, want in wrong[:5]:
            print(f"# got  {got}\n# want {want}")
        print(f"{'not ok' if wrong else 'ok'} {Point.number} - {name}")


def main():
    rnd = random.Random(sys.argv[2] if len(sys.argv) > 2 else "ovl-tun")
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
