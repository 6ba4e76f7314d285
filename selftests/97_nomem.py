#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Links, peers, option sets, VNIs, forwarding entries: each change with its n-th
# allocation failing, for each n. Nothing is half done, the next try succeeds.
# Rules are in 82_rule, option echo in 88_echo.
# timeout: 3000
# kernel-warning: ref_tracker: memory allocation failure|socket: no more sockets

import json
import os
import socket
import struct
import subprocess

import genl as g
import packets as p
import spec
from tap import TAP

FAIL_NTH, FAILSLAB = "/proc/thread-self/fail-nth", "/sys/kernel/debug/failslab"
RTM_NEWLINK, RTM_DELLINK, RTM_NEWNEIGH, RTM_DELNEIGH = 16, 17, 28, 29
REPLACE, EXCL, CREATE = 0x100, 0x200, 0x400
INDEX = 500         # of the device that comes and goes
UP = 1              # IFF_UP

tap = TAP()
if not os.path.exists(FAIL_NTH):
    tap.skip("changes without memory", "the kernel injects no faults")
    tap.done()
    raise SystemExit
subprocess.run(["mount", "-t", "debugfs", "none", "/sys/kernel/debug"],
               capture_output=True)
for name, value in ("ignore-gfp-wait", "N"), ("verbose", "0"):
    with open(f"{FAILSLAB}/{name}", "w") as f:
        f.write(value)
net = p.Net({"ovl0": "id 5 remote 192.0.2.2", "l3": "layer3 id 6",
             "many": "vnifilter remote 192.0.2.2"})
SPEC = spec.load()
OPS = {op["name"]: op for op in SPEC["operations"]["list"]}
genl, route = g.Genl("ovl-tun"), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
route.bind((0, 0))
for sock in genl.sock, route:
    sock.settimeout(5)


def addr(text):
    return socket.inet_aton(text)


def operation(name, flags, dev, *fields):
    """A message of the family about dev, as a function that sends it."""
    index = socket.if_nametoindex(dev)
    attrs = spec.pack(SPEC, OPS[name]["attribute-set"], (("ifindex", index), *fields))
    return lambda: genl.change(OPS[name]["number"], attrs, flags)[0]


def rtnetlink(kind, flags, body):
    def ask():
        route.send(struct.pack("=IHHII", 16 + len(body), kind, 5 | flags, 1, 0) + body)
        return struct.unpack_from("=i", route.recv(65536), 16)[0]
    return ask


def link(kind, flags, index, *fields, change=0, name=None):
    """fields: of the link type; change: flags to set, of which UP is one."""
    body = struct.pack("=BBHiII", 0, 0, 0, index, change, change)
    if name:
        body += g.attr(3, name.encode() + b"\0")
        if ("layer", 3) not in fields:
            body += g.attr(1, bytes.fromhex("020000000099"))
    if fields:
        body += g.nest(18, g.attr(1, b"ovl-tun\0"),
                       g.nest(2, spec.pack(SPEC, "link", fields)))
    return rtnetlink(kind, flags, body)


def entry(kind, flags, mac, dst, vni=None):
    body = struct.pack("=BBHiHBB", 7, 0, 0, socket.if_nametoindex("ovl0"), 0x80, 2, 0)
    body += g.attr(2, bytes.fromhex(mac)) + g.attr(1, addr(dst))
    if vni is not None:
        body += g.u32(7, vni)
    return rtnetlink(kind, flags, body)


def state():
    """All that is configured, and the ports that are open."""
    links = json.loads(p.run("ip", "-d", "-j", "link", "show", "type", "ovl-tun"))
    for one in links:
        one.pop("mtu")      # follows later
    shown = [json.loads(p.run("ovltun", "-j", what, "show") or "[]")
             for what in ("peer", "options", "vni")]
    for peer in shown[0]:
        peer.pop("path", None)
        peer.pop("mtu", None)
    with open("/proc/net/udp") as four, open("/proc/net/udp6") as six:
        ports = sorted(line.split()[1] for line in (*four, *six) if ":" in line)
    fdb = sorted(p.run("bridge", "fdb", "show", "dev", "ovl0").splitlines())
    return links, shown, ports, fdb


def difference(got, *wanted):
    return "\n".join(f"{what}: {a} | {' | '.join(str(w) for w in w_all)}"
                     for what, a, *w_all in zip(("links", "objects", "ports", "entries"),
                                                got, *wanted) if a not in w_all)


def fails(operation, fail, n):
    """Its error with the n-th allocation failing, and whether there was one."""
    fail.write(b"%d" % n)
    try:
        err = operation()
    except OSError as e:    # the request, or the answer to it
        err = -(e.errno or 110)
    reached = os.pread(fail.fileno(), 16, 0).strip() == b"0"
    fail.write(b"0")
    # An answer that came late is none to the next request.
    for sock in genl.sock, route:
        sock.setblocking(False)
        try:
            while sock.recv(65536):
                pass
        except OSError:
            pass
        sock.settimeout(5)
    return err, reached


def without_memory(name, change, *undo):
    """undo: commands for ip (those that begin with "link"), bridge or ovltun"""
    def back():
        for line in undo:
            tool = {"link": "ip", "fdb": "bridge"}.get(line.split()[0], "ovltun")
            p.run(tool, *line.split())

    old = state()
    err = change()
    new = state()
    tap.ok(not err and new != old, f"{name}: it is possible", err)
    if err:
        return
    back()
    tap.ok(state() == old, f"{name}: and undone", difference(state(), old))
    with open(FAIL_NTH, "r+b", buffering=0) as fail:
        for n in range(1, 500):
            err, reached = fails(change, fail, n)
            got = state()
            if got not in (old, new) or not err and got != new:
                tap.ok(False, f"{name}: without allocation {n}", err,
                       difference(got, old, new))
                if got != old:
                    back()
                return
            if not reached:
                break
            if got == new:  # it failed behind the change
                back()
    tap.ok(2 < n < 499, f"{name}: without memory, {n - 1} allocations")
    tap.eq(f"{name}: with memory", (err, difference(got, new)), (0, ""))
    back()
    tap.eq(f"{name}: as before", difference(state(), old), "")


def links():
    four = "remote", addr("192.0.2.3")
    without_memory("a link", link(RTM_NEWLINK, CREATE | EXCL, INDEX, ("id", 9), four,
                                  change=UP, name="new"), "link del new")
    without_memory("a link for IPv6, learning", link(
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("id", 9), ("remote6", p.FAR6),
        ("learning", 1), ("dport", 5000), name="new", change=UP), "link del new")
    without_memory("an external link", link(
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("external", 1), ("dport", 5001), name="new",
        change=UP), "link del new")
    without_memory("a layer 3 link", link(
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("layer", 3), ("id", 10), name="new",
        change=UP), "link del new")
    index = socket.if_nametoindex("ovl0")
    without_memory("another remote and port", link(RTM_NEWLINK, 0, index, four,
                                                   ("dport", 5002)),
                   "link set ovl0 type ovl-tun remote 192.0.2.2 geneveport 6081")
    without_memory("another encapsulation", link(RTM_NEWLINK, 0, index, ("encap", 1)),
                   "link set ovl0 type ovl-tun encap geneve")
    p.run("ip", "link", "add", "new", "type", "ovl-tun", "id", "11", "vxlanport", "5003")
    without_memory("up", link(RTM_NEWLINK, 0, socket.if_nametoindex("new"), change=UP),
                   "link set new down")
    p.run("ip", "link", "del", "new")


def peers():
    prefixes = [("allowed", [("addr", addr(f"10.{n}.0.0")), ("len", 16)])
                for n in range(4)]
    without_memory("a peer", operation(
        "peer-new", CREATE | EXCL, "l3", ("name", "a"), ("remote", addr("192.0.2.7")),
        ("port", 7000), *prefixes), "peer del l3 a")
    p.run("ovltun", "peer", "add", "l3", "7", "name", "b", "remote", "192.0.2.8",
          "allowed", "10.9.0.0/16")
    was = "peer replace l3 7 name b remote 192.0.2.8 allowed 10.9.0.0/16"
    without_memory("a peer's endpoint and settings", operation(
        "peer-set", 0, "l3", ("id", 7), ("remote6", p.FAR6), ("ttl", 9), ("vni", 77),
        ("rx-vni", 78), ("encap", 0)), was)
    without_memory("a peer's prefixes", operation(
        "peer-set", 0, "l3", ("id", 7), *prefixes[:3]), was)
    without_memory("a peer replaced", operation(
        "peer-new", CREATE | REPLACE, "l3", ("id", 7), ("name", "c"),
        ("remote", addr("192.0.2.9")), *prefixes), was)
    without_memory("a prefix of another peer", operation(
        "peer-new", CREATE | EXCL, "l3", ("name", "d"), ("remote", addr("192.0.2.10")),
        ("allowed", [("addr", addr("10.9.0.0")), ("len", 16)])), "peer del l3 d", was)
    without_memory("a peer's MAC address", operation(
        "peer-new", CREATE | EXCL, "ovl0", ("name", "m"), ("remote", addr("192.0.2.7")),
        ("mac", bytes.fromhex("020000000001")), ("mac", bytes.fromhex("020000000002"))),
        "peer del ovl0 m")
    without_memory("no peer", operation("peer-del", 0, "l3", ("id", 7)), was.replace(
        "replace", "add"))


def sets():
    tlv = ("opt", [("class", 0xff00), ("type", 1), ("data", bytes(8))])
    mark = ("opt", [("class", 0xff00), ("type", 2), ("source", 1)])
    without_memory("an option", operation("option-new", CREATE | EXCL, "ovl0", tlv),
                   "options flush ovl0")
    without_memory("a set", operation("option-new", CREATE | EXCL, "ovl0",
                                      ("set", "s"), tlv, mark), "options del ovl0 set s")
    p.run("ovltun", "options", "add", "ovl0", "set", "s", "0xff00:3:01020304")
    p.run("ovltun", "peer", "add", "ovl0", "8", "remote", "192.0.2.8")
    without_memory("a set for a peer", operation("peer-set", 0, "ovl0", ("id", 8),
                                                 ("options", "s")),
                   "peer replace ovl0 8 remote 192.0.2.8")
    p.run("ovltun", "options", "add", "many", "set", "v", "0xff00:3:01020304")


def vnis():
    without_memory("VNIs", operation(
        "vni-new", CREATE | EXCL, "many", ("range", [("first", 100), ("last", 119)]),
        ("range", [("first", 200), ("last", 200)])), "vni del many 100-119,200")
    without_memory("VNIs with a remote and a set", operation(
        "vni-new", CREATE | EXCL, "many", ("range", [("first", 100), ("last", 103)]),
        ("remote", addr("192.0.2.9")), ("options", "v")), "vni del many 100-103")
    p.run("ovltun", "vni", "add", "many", "300-304")
    without_memory("VNIs changed", operation(
        "vni-new", CREATE | REPLACE, "many", ("range", [("first", 300), ("last", 304)]),
        ("remote6", p.FAR6)), "vni replace many 300-304")
    without_memory("no VNIs", operation(
        "vni-del", 0, "many", ("range", [("first", 300), ("last", 304)])),
        "vni add many 300-304")


def entries():
    without_memory("an entry", entry(RTM_NEWNEIGH, CREATE | EXCL, "020000000011",
                                     "192.0.2.20"),
                   "fdb del 02:00:00:00:00:11 dev ovl0")
    without_memory("an entry with a VNI", entry(
        RTM_NEWNEIGH, CREATE | EXCL, "020000000011", "192.0.2.21", 70),
        "fdb del 02:00:00:00:00:11 dev ovl0 dst 192.0.2.21 vni 70")
    p.run("bridge", "fdb", "add", "02:00:00:00:00:12", "dev", "ovl0", "dst", "192.0.2.22",
          "static")
    without_memory("an entry replaced", entry(
        RTM_NEWNEIGH, CREATE | REPLACE, "020000000012", "192.0.2.23"),
        "fdb replace 02:00:00:00:00:12 dev ovl0 dst 192.0.2.22 static")
    p.run("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "ovl0", "dst", "192.0.2.22")
    without_memory("one more to flood to", entry(
        RTM_NEWNEIGH, CREATE | 0x800, "000000000000", "192.0.2.24"),
        "fdb del 00:00:00:00:00:00 dev ovl0 dst 192.0.2.24")


links()
peers()
sets()
vnis()
entries()
tap.done()
