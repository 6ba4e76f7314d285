#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# The dissector of "ovltun options dissector", in tshark: what it shows of random
# options is what Python reads by the dictionary. dissector.py OVLTUN [SEED]

import ipaddress
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

PACKETS = 2000
SHIPPED = pathlib.Path(__file__).resolve().parents[2] / "tools/dictionary"

# All kinds of fields; one name with two types, with two lengths, with one type
MINE = {
    "name": "mine", "class": "0xff01", "options": [
        {"name": "empty", "type": 0, "length": 0},
        {"name": "plain", "type": 1, "length": 8,
         "description": "a \"quote\", a \\ and an \u00e4"},
        {"name": "all", "type": "0x82", "length": 68, "fields": [
            {"name": "bit", "offset": 0, "width": 1, "kind": "uint"},
            {"name": "nibble", "offset": 3, "width": 4, "kind": "hex"},
            {"name": "odd", "offset": 9, "width": 33, "kind": "uint"},
            {"name": "x", "offset": 43, "width": 21, "kind": "hex"},
            {"name": "big", "offset": 64, "width": 64, "kind": "uint"},
            {"name": "v4", "offset": 128, "kind": "ipv4"},
            {"name": "v6", "offset": 160, "kind": "ipv6"},
            {"name": "port", "offset": 288, "kind": "port"},
            {"name": "mac", "offset": 304, "kind": "mac"},
            {"name": "long", "offset": 352, "width": 192, "kind": "hex"}]},
        {"name": "var", "type": 3, "layouts": [
            {"length": 4, "fields": [
                {"name": "f", "offset": 0, "width": 32, "kind": "uint"}]},
            {"length": 8, "fields": [
                {"name": "f", "offset": 0, "width": 64, "kind": "hex"}]},
            {"length": 12, "fields": [
                {"name": "f", "offset": 0, "width": 96, "kind": "hex"}]},
            {"length": [16, 124], "fields": [
                {"name": "n", "offset": 0, "width": 8, "kind": "uint"},
                {"name": "f", "offset": 8, "width": "rest", "kind": "hex"}]}]},
    ]}


def number(value):
    return int(value, 0) if isinstance(value, str) else value


def options_of(files):
    """{(class, type): (name, [(min, max, fields)])}"""
    known = {}
    for f in files:
        for o in f["options"]:
            layouts = []
            for layout in o.get("layouts", [o]):
                length = layout["length"]
                low, high = length if isinstance(length, list) else (length, length)
                layouts.append((low, high, layout.get("fields", [])))
            known[number(f["class"]), number(o["type"])] = (
                f"{f['name']}.{o['name']}", layouts)
    return known


WIDTHS = {"port": 16, "ipv4": 32, "ipv6": 128, "mac": 48}


def field_value(field, data):
    """As a number, or as the text of an address"""
    width = field.get("width", WIDTHS.get(field["kind"]))
    if width == "rest":
        width = 8 * len(data) - field["offset"]
    value = int.from_bytes(data, "big") >> (8 * len(data) - field["offset"] - width)
    value &= (1 << width) - 1
    if field["kind"] == "ipv4":
        return str(ipaddress.IPv4Address(value))
    if field["kind"] == "ipv6":
        return str(ipaddress.IPv6Address(value))
    return value


# Where filters have another name: a layout's field of another type
RENAMED = {("mine.var", 8): {"f": "f_hex"}, ("mine.var", 12): {"f": "f_2"},
           ("cilium.dsr", 20): {"address": "address_ipv6"}}


def expected(known, options):
    """{filter: [values]} of a packet"""
    found = {}
    for i, (c, t, data) in enumerate(options):
        if (c, t) not in known:
            continue
        name, layouts = known[c, t]
        # an option that is empty has no bytes but those of its header
        head = struct.pack("!HBB", c, t, i % 8 << 5)
        found.setdefault(f"ovl.{name}", []).append(
            int.from_bytes(data or head, "big"))
        for low, high, fields in layouts:
            if not low <= len(data) <= high:
                continue
            for f in fields:
                key = RENAMED.get((name, len(data)), {}).get(f["name"], f["name"])
                if name == "mine.var" and len(data) > 12 and f["name"] == "f":
                    key = "f_2"
                found.setdefault(f"ovl.{name}.{key}", []).append(
                    field_value(f, data))
    return found


def packet(options, family=4, port=6081, cut=0):
    # reserved bits say nothing
    area = b"".join(struct.pack("!HBB", c, t, i % 8 << 5 | len(d) // 4) + d
                    for i, (c, t, d) in enumerate(options))
    area = area[:len(area) - cut]
    inner = bytes(12) + b"\x88\xb5" + bytes(50)
    geneve = struct.pack("!BBHI", len(area) // 4, 0, 0x6558, 5 << 8) + area + inner
    udp = struct.pack("!HHHH", 50000, port, 8 + len(geneve), 0) + geneve
    if family == 4:
        return (bytes(12) + b"\x08\x00" +
                struct.pack("!BBHIBBH", 0x45, 0, 20 + len(udp), 0, 64, 17, 0) +
                bytes((192, 0, 2, 1, 192, 0, 2, 2)) + udp)
    return (bytes(12) + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) +
            bytes(32) + udp)


def write_pcap(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("!IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            f.write(struct.pack("!IIII", i, 0, len(p), len(p)) + p)


class Point:
    number = failed = 0

    def __init__(self, name, got, want):
        Point.number += 1
        Point.failed += got != want
        if got != want:
            for line in f"got  {got}\nwant {want}".splitlines()[:40]:
                print("#", line[:1000])
        print(f"{'ok' if got == want else 'not ok'} {Point.number} - {name}")


def random_options(rnd, known):
    chosen, used = [], 0
    for _ in range(rnd.choice((0, 1, 1, 2, 3, 4))):
        c, t = rnd.choice(list(known))
        if rnd.random() < 0.2:
            c, t = rnd.choice(((c, t ^ 1), (c ^ 0x100, t), (0xff02, 3)))
        low, high, _ = rnd.choice(known.get((c, t), ("", [(0, 40, [])]))[1])
        size = 4 * rnd.randrange(low // 4, high // 4 + 1)
        if rnd.random() < 0.1:
            size = 4 * rnd.randrange(32)
        if used + 4 + size > 252:
            break
        used += 4 + size
        chosen.append((c, t, rnd.randbytes(size)))
    return chosen


class Tshark:
    def __init__(self, ovltun, tmp, files):
        self.tmp = tmp
        tmp.chmod(0o755)
        # Wireshark 4.4 runs no script of a user who is root.
        self.user = [] if os.geteuid() else [
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        mine = tmp / "mine"
        mine.mkdir()
        (mine / "mine.json").write_text(json.dumps(MINE))
        lua = subprocess.run(
            [ovltun, "options", "dissector"], capture_output=True, text=True,
            env={**os.environ, "OVLTUN_OPTIONS_PATH": f"{SHIPPED}:{mine}"})
        Point("ovltun options dissector", (lua.returncode, lua.stderr), (0, ""))
        (tmp / "ovl.lua").write_text(lua.stdout)

    def run(self, packets, *args):
        write_pcap(self.tmp / "in.pcap", packets)
        run = subprocess.run(
            [*self.user, "tshark", "-X", f"lua_script:{self.tmp}/ovl.lua", "-n",
             "-r", self.tmp / "in.pcap", *args], capture_output=True, text=True,
            env={**os.environ, "HOME": str(self.tmp), "LC_ALL": "C.UTF-8"})
        return run.stdout, run.stderr

    def fields(self, packets, names, *args):
        """For each packet that passes: {filter: [values]}"""
        out, err = self.run(packets, "-T", "fields", "-E", "separator=|",
                            "-E", "aggregator=;", "-e", "frame.number",
                            *(w for n in names for w in ("-e", n)), *args)
        found = {}
        for line in out.splitlines():
            frame, *columns = line.split("|")
            found[int(frame) - 1] = {
                n: [parsed(v) for v in column.split(";")]
                for n, column in zip(names, columns) if column}
        return found, err


def parsed(text):
    """A value of tshark: a decimal or hexadecimal number, bytes, an address"""
    if text.count(".") == 3:
        return text
    if ":" in text and len(text) != 17:
        return str(ipaddress.IPv6Address(text))
    if text.startswith("0x"):
        return int(text, 16)
    return Unsure(text)


class Unsure(str):
    """Digits: a number, or bytes that happen to have no letters"""
    def __eq__(self, other):
        if isinstance(other, str):
            return str(self) == other
        digits = self.replace(":", "")
        return other in (int(digits, 16), int(digits) if digits.isdigit() else None)

    __hash__ = str.__hash__


def main():
    if not shutil.which("tshark"):
        print("ok 1 - dissector # SKIP tshark is missing\n1..1")
        return 0
    rnd = random.Random(sys.argv[2] if len(sys.argv) > 2 else "ovl-tun")
    files = [json.loads(p.read_text()) for p in sorted(SHIPPED.glob("*.json"))] + [MINE]
    known = options_of(files)
    everything = [[(c, t, bytes(range(16, 16 + low)))
                   for low, _, _ in layouts] for (c, t), (_, layouts) in known.items()]
    names = sorted({n for os in everything for n in expected(known, os)} |
                   {"ovl.mine.var.n"})
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="ovl-dissector."))
    try:
        tshark = Tshark(sys.argv[1], tmp, files)

        sent = [random_options(rnd, known) for _ in range(PACKETS)]
        found, err = tshark.fields([packet(o, rnd.choice((4, 6))) for o in sent], names)
        Point("tshark complains of nothing", err, "")
        wrong = [(o, found.get(i), expected(known, o)) for i, o in enumerate(sent)
                 if found.get(i) != expected(known, o)]
        Point(f"{PACKETS} packets with random options", wrong[:3], [])
        seen = {n for values in found.values() for n in values}
        Point("with every field in one of them", sorted(set(names) - seen), [])

        ports = [(0x0102, 0x80, struct.pack("!HH", 5, 32769))]
        other = [(0x0102, 0x80, struct.pack("!HH", 5, 32768))]
        found, err = tshark.fields(
            [packet(other), packet(ports), packet([]), packet(ports, 6, 7777)],
            ["ovl.ovn.ports.egress"], "-d", "udp.port==7777,geneve",
            "-Y", "ovl.ovn.ports.egress > 32768")
        Point("a filter, another port", (found, err),
              ({1: {"ovl.ovn.ports.egress": [32769]},
                3: {"ovl.ovn.ports.egress": [32769]}}, ""))
        text, err = tshark.run([packet(ports)], "-V")
        Point("as text", ("Geneve options by name" in text, "ingress: 5" in text,
                          "egress: 32769" in text, err), (True, True, True, ""))
        text, err = tshark.run([packet([(0x0102, 0x80, bytes(8))])], "-V")
        Point("a length that is none of its", ("not one of its lengths" in text,
                                               "egress" in text, err), (True, False, ""))
        found, err = tshark.fields([packet(ports + ports, cut=4)], ["ovl.ovn.ports.egress"])
        Point("a packet whose options are cut", (found, err),
              ({0: {"ovl.ovn.ports.egress": [32769]}}, ""))
    finally:
        shutil.rmtree(tmp)
    print(f"1..{Point.number}")
    return Point.failed != 0


sys.exit(main())
