#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Random option areas, walked by src/option.c and by RFC 8926 section 3.5 in
# Python. oracle.py TOOL [SEED]

import random
import subprocess
import sys

AREAS = 200_000


def oracle(area):
    """What option_tool should print of an area."""
    found, critical = [], 0
    rest = bytes(area)
    while len(rest) >= 4:
        words = rest[3] % 32
        body = rest[4:4 + 4 * words]
        if len(body) != 4 * words:
            break
        found.append(f"{rest[:2].hex()}:{rest[2:3].hex()}:{body.hex()}")
        critical += rest[2] >= 128
        rest = rest[4 + len(body):]
    verdict = "bad" if rest else "good"
    return " ".join([verdict, str(len(found)), str(critical)] + found)


def random_area(rnd):
    """Mostly options that fit, whose end is often wrong; sometimes noise."""
    if rnd.random() < 0.1:
        return rnd.randbytes(rnd.randrange(256))
    area = b""
    while rnd.random() < 0.75:
        words = rnd.choice((0, 1, 1, 2, 3, 5, rnd.randrange(32)))
        head = rnd.randbytes(3) + bytes([rnd.randrange(8) << 5 | words])
        area += head + rnd.randbytes(4 * words)
    kind = rnd.random()
    if kind < 0.3 and area:
        area = area[:-rnd.randrange(1, min(len(area), 9) + 1)]
    elif kind < 0.4:
        area += rnd.randbytes(rnd.randrange(1, 4))
    elif kind < 0.5:
        area = bytearray(area)
        if area:
            area[rnd.randrange(len(area))] ^= 1 << rnd.randrange(8)
    return bytes(area[:252])


def main():
    tool, seed = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "ovl-tun"
    rnd = random.Random(seed)
    areas = [random_area(rnd) for _ in range(AREAS)]
    stream = b"".join(bytes([len(a)]) + a for a in areas)
    run = subprocess.run([tool, "walk"], input=stream, capture_output=True)
    lines = run.stdout.decode().splitlines()

    wrong = good = 0
    for area, line in zip(areas, lines):
        want = oracle(area)
        good += want.startswith("good")
        if line != want:
            wrong += 1
            if wrong <= 5:
                print(f"# area {area.hex()}\n#   got  {line}\n#   want {want}")
    print(f"# seed {seed}: {good} areas good, {AREAS - good} bad")
    if run.returncode:
        print(f"# exit status {run.returncode}")
        for line in run.stderr.decode().splitlines()[:40]:
            print("#", line)
    # a generator that makes only one kind would test half of it
    passed = (not wrong and not run.returncode and len(lines) == AREAS and
              AREAS // 4 < good < AREAS * 3 // 4)
    print(f"{'ok' if passed else 'not ok'} 1 - {AREAS} random areas as Python walks them")
    print("1..1")
    return not passed


if __name__ == "__main__":
    sys.exit(main())
