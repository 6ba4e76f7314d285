#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Each change of the configuration with its n-th allocation failing, for each n:
# nothing is half done, the next try succeeds. Namespaces come and go without memory.
# What packets need is in 57_nomem_traffic; what rules and option echo are to packets
# after such a change in 82_rule and 88_echo. OVL_PARTS=peers,sets in the environment
# (or on the guest's command line) tries only these; rules and VNIs want the sets.
# timeout: 3000
# kernel-warning: ref_tracker: memory allocation failure|socket: no more sockets

import ctypes
import json
import os
import socket
import struct
import subprocess
import time

import faults
import genl as g
import packets as p
import spec
from tap import TAP

RTM_NEWLINK, RTM_DELLINK, RTM_NEWNEIGH, RTM_DELNEIGH = 16, 17, 28, 29
REPLACE, EXCL, CREATE = 0x100, 0x200, 0x400
INDEX = 500         # of the device that comes and goes
UP = 1              # IFF_UP

tap = TAP()
if not faults.available():
    tap.skip("changes without memory", "the kernel injects no faults")
    tap.done()
faults.setup()
net = p.Net({"ovl0": "id 5 remote 192.0.2.2", "l3": "layer3 id 6",
             "many": "vnifilter remote 192.0.2.2"})
SPEC = spec.load()
OPS = {op["name"]: op for op in SPEC["operations"]["list"]}
nth = faults.Nth()
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


def link(kind, flags, index, *fields, change=0, name=None, more=b""):
    """fields: of the link type; change: flags to set, of which UP is one; more:
    attributes of any link."""
    body = struct.pack("=BBHiII", 0, 0, 0, index, change, change) + more
    if name:
        body += g.attr(3, name.encode() + b"\0")
        if ("layer", 3) not in fields:
            body += g.attr(1, bytes.fromhex("020000000099"))
    if fields:
        body += g.nest(18, g.attr(1, b"ovl-tun\0"),
                       g.nest(2, spec.pack(SPEC, "link", fields)))
    return rtnetlink(kind, flags, body)


def entry(kind, flags, mac, dst=None, vni=None, dev="ovl0", nhid=None, src_vni=None):
    body = struct.pack("=BBHiHBB", 7, 0, 0, socket.if_nametoindex(dev), 0x80, 2, 0)
    body += g.attr(2, bytes.fromhex(mac))
    if dst:
        body += g.attr(1, addr(dst))
    for number, value in (7, vni), (11, src_vni), (13, nhid):
        if value is not None:
            body += g.u32(number, value)
    return rtnetlink(kind, flags, body)


OBJECTS = ("peer", "options", "vni", "rule", "echo")


def objects(text):
    """What "ovltun -j" has printed, a list for each kind of object"""
    decoder, found = json.JSONDecoder(), []
    while text:
        one, at = decoder.raw_decode(text)
        found.append(one)
        text = text[at:].lstrip()
    return found


def state():
    """All that is configured, and the ports that are open."""
    links = json.loads(p.run("ip", "-d", "-j", "link", "show", "type", "ovl-tun"))
    for one in links:
        one.pop("mtu")      # follows later
    shown = objects(p.run("ovltun", "-j", "-batch", "-", stdin="".join(
        f"{what} show\n" for what in OBJECTS)))
    for peer in shown[0]:
        peer.pop("path", None)
        peer.pop("mtu", None)
        if peer["implicit"]:    # another one each time
            peer.pop("peer")
    shown[0].sort(key=str)
    with open("/proc/thread-self/net/udp") as four, \
            open("/proc/thread-self/net/udp6") as six:
        ports = sorted(line.split()[1] for line in (*four, *six) if ":" in line)
    fdb = sorted(line for line in p.run("bridge", "fdb", "show").splitlines()
                 if "dev ovl0" in line or "dev many" in line)
    return links, shown, ports, fdb


def dump(sock, kind, body):
    """What is answered, each message without the header of netlink"""
    sock.send(struct.pack("=IHHII", 16 + len(body), kind, 0x301, 1, 0) + body)
    found = []
    while True:
        data, at = sock.recv(1 << 18), 0
        while at < len(data):
            size, kind = struct.unpack_from("=IH", data, at)
            if kind == 3:       # the end
                return found
            found.append(data[at + 16:at + size])
            at += size + 3 & ~3


def only(message, head, kept):
    """A message of rtnetlink with those of its attributes that do not change by
    themselves"""
    out, at = message[:head], head
    while at < len(message):
        size, kind = struct.unpack_from("=HH", message, at)
        if kind in kept:
            out += message[at:at + size]
        at += size + 3 & ~3
    return out


def glance():
    """All of state() and more, in a form to compare only, and without programs, each
    of which takes its time to start. It may have changed where state() has not."""
    parts = [only(one, 16, (1, 3, 18)) for one in dump(     # address, name, kind
        route, RTM_NEWLINK + 2, struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0))]
    parts += [only(one, 12, (*range(1, 3), *range(5, 15))) for one in dump(  # no times
        route, RTM_NEWNEIGH + 2, struct.pack("=BBHiHBB", 7, 0, 0, 0, 0, 0, 0))]
    for op in "dev-get", "option-get", "peer-get", "vni-get", "rule-get", "echo-get":
        parts += dump(genl.sock, genl.family,
                      struct.pack("=BBH", OPS[op]["number"], 1, 0))
    with open("/proc/thread-self/net/udp") as four, \
            open("/proc/thread-self/net/udp6") as six:
        parts += [line.split()[1] for line in (*four, *six) if ":" in line]
    return tuple(parts)


class Known:
    """States that have been compared, so that a glance is enough the next time"""

    def __init__(self, **states):
        self.states, self.glances = states, {}

    def which(self):
        """The name of the state, or None; and the state itself where it was looked at"""
        seen = glance()
        if seen in self.glances:
            return self.glances[seen], None
        got = state()
        for name, one in self.states.items():
            if one == got:
                self.glances[seen] = name
                return name, got
        return None, got


def difference(got, *wanted):
    """What is in one of them only, of each part that is as in none of the others"""
    def less(a, b):
        return [one for one in a if one not in b]

    return "\n".join(f"{what}: {less(a, w)} for {less(w, a)}"
                     for what, a, *w_all in zip(("links", "objects", "ports", "entries"),
                                                got, *wanted) if a not in w_all
                     for w in w_all)


def fails(operation, n):
    """Its error with the n-th allocation failing, and whether there was one."""
    err, reached = nth.run(n, operation)
    if isinstance(err, OSError):    # the request, or the answer to it
        err = -(err.errno or 110)
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


def run_lines(lines):
    """Commands for ip (those that begin with "link"), bridge or ovltun"""
    for line in lines:
        tool = {"link": "ip", "nexthop": "ip", "fdb": "bridge"}.get(line.split()[0],
                                                                    "ovltun")
        p.run(tool, *line.split())


def without_memory(name, change, *undo):
    """undo: commands that make it as it was before"""
    old = state()
    err = change()
    new = state()
    tap.ok(not err and new != old, f"{name}: it is possible", err)
    if err:
        return
    run_lines(undo)
    tap.ok(state() == old, f"{name}: and undone", difference(state(), old))
    known = Known(old=old, new=new)
    for n in range(1, 800):
        err, reached = fails(change, n)
        which, got = known.which()
        if not which or not err and which == "old":
            tap.ok(False, f"{name}: without allocation {n}", err,
                   difference(got or old, old, new))
            run_lines(undo)
            return
        if not reached:
            break
        if which == "new":      # it failed behind the change
            run_lines(undo)
    tap.ok(2 < n < 799, f"{name}: without memory, {n - 1} allocations")
    got = state()
    tap.eq(f"{name}: with memory", (err, difference(got, new)), (0, ""))
    run_lines(undo)
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
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("layer", 3), ("id", 10),
        ("mac", bytes.fromhex("020000000098")), name="new", change=UP), "link del new")
    without_memory("a link with a table of VNIs", link(
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("vnifilter", 1), four, ("dport", 5004),
        name="new", change=UP), "link del new")
    without_memory("a link with the fast path", link(
        RTM_NEWLINK, CREATE | EXCL, INDEX, ("id", 9), four, ("fastpath", 1), name="new",
        change=UP), "link del new")
    index = socket.if_nametoindex("ovl0")
    without_memory("another remote and port", link(RTM_NEWLINK, 0, index, four,
                                                   ("dport", 5002)),
                   "link set ovl0 type ovl-tun remote 192.0.2.2 geneveport 6081")
    without_memory("another encapsulation", link(RTM_NEWLINK, 0, index, ("encap", 0)),
                   "link set ovl0 type ovl-tun encap geneve")
    everything = (("ttl", 9), ("tos", 4), ("df", 1), ("learning", 1), ("ageing", 77),
                  ("source", 2), ("proxy", 1), ("udp-csum", 0), ("sport-min", 5),
                  ("sport-max", 500))
    without_memory("many words at once", link(RTM_NEWLINK, 0, index, *everything),
                   "link set ovl0 type ovl-tun ttl auto tos 0 df unset nolearning ageing 300 "
                   "source auto noproxy udpcsum srcport 0 0")
    without_memory("the fast path", link(RTM_NEWLINK, 0, index, ("fastpath", 1)),
                   "link set ovl0 type ovl-tun nofastpath")
    without_memory("a layer 3 device's ports", link(
        RTM_NEWLINK, 0, socket.if_nametoindex("l3"), ("vxlan-port", 5006),
        ("local", addr("192.0.2.1"))),
        "link set l3 type ovl-tun vxlanport 4789 local 0.0.0.0")
    without_memory("the remote of a device with VNIs", link(
        RTM_NEWLINK, 0, socket.if_nametoindex("many"), ("remote", addr("192.0.2.4"))),
        "link set many type ovl-tun remote 192.0.2.2")
    p.run("ip", "link", "add", "ext", "type", "ovl-tun", "external", "dstport", "5007")
    p.run("ip", "link", "set", "ext", "up")
    without_memory("an external device's port", link(
        RTM_NEWLINK, 0, socket.if_nametoindex("ext"), ("dport", 5008)),
        "link set ext type ovl-tun dstport 5007")
    p.run("ip", "link", "del", "ext")
    p.run("ip", "link", "add", "new", "type", "ovl-tun", "id", "11", "vxlanport", "5003")
    for word in "up", "down":   # ip shows that it has been up
        p.run("ip", "link", "set", "new", word)
    without_memory("up", link(RTM_NEWLINK, 0, socket.if_nametoindex("new"), change=UP),
                   "link set new down")
    p.run("ip", "link", "del", "new")


def peers():
    prefixes = [("allowed", [("addr", addr(f"10.{n}.0.0")), ("len", 16)])
                for n in range(4)]
    without_memory("a peer", operation(
        "peer-new", CREATE | EXCL, "l3", ("id", 5), ("name", "a"), ("remote", addr("192.0.2.7")),
        ("port", 7000), *prefixes), "peer del l3 a")
    p.run("ovltun", "peer", "add", "l3", "7", "name", "b", "remote", "192.0.2.8",
          "allowed", "10.9.0.0/16")
    was = "peer replace l3 7 name b remote 192.0.2.8 allowed 10.9.0.0/16"
    without_memory("a peer's endpoint and settings", operation(
        "peer-set", 0, "l3", ("id", 7), ("remote6", p.FAR6), ("ttl", 9), ("vni", 77),
        ("rx-vni", 78), ("encap", 0)), was)
    without_memory("a peer's prefixes", operation(
        "peer-set", 0, "l3", ("id", 7), *prefixes[:3]), was)
    without_memory("a prefix more", operation(
        "peer-set", 0, "l3", ("id", 7),
        ("allowed-add", [("addr", addr("10.3.0.0")), ("len", 16)])), was)
    without_memory("a prefix less", operation(
        "peer-set", 0, "l3", ("id", 7),
        ("allowed-del", [("addr", addr("10.9.0.0")), ("len", 16)])), was)
    without_memory("a peer replaced", operation(
        "peer-new", CREATE | REPLACE, "l3", ("id", 7), ("name", "c"),
        ("remote", addr("192.0.2.9")), *prefixes), was)
    without_memory("a prefix of another peer", operation(
        "peer-new", CREATE | EXCL, "l3", ("id", 5), ("name", "d"), ("remote", addr("192.0.2.10")),
        ("allowed", [("addr", addr("10.9.0.0")), ("len", 16)])), "peer del l3 d", was)
    without_memory("a peer's MAC address", operation(
        "peer-new", CREATE | EXCL, "ovl0", ("id", 5), ("name", "m"), ("remote", addr("192.0.2.7")),
        ("mac", bytes.fromhex("020000000001")), ("mac", bytes.fromhex("020000000002"))),
        "peer del ovl0 m")
    without_memory("no peer", operation("peer-del", 0, "l3", ("id", 7)), was.replace(
        "replace", "add"))
    without_memory("no peer at all", operation("peer-del", 0, "l3"), was.replace(
        "replace", "add"))
    # Entries stay when their peer goes: it becomes theirs.
    mac = "mac 02:00:00:00:00:31"
    run_lines([f"peer add ovl0 9 remote 192.0.2.9 {mac}",
               "fdb add 02:00:00:00:00:32 dev ovl0 dst 192.0.2.9"])
    without_memory("no peer, but entries", operation("peer-del", 0, "ovl0", ("id", 9)),
                   f"peer add ovl0 9 remote 192.0.2.9 {mac}")
    without_memory("no peer at all, but entries", operation("peer-del", 0, "ovl0"),
                   f"peer add ovl0 9 remote 192.0.2.9 {mac}")
    run_lines(["peer del ovl0 9"])
    without_memory("a peer of an entry's", operation(
        "peer-new", CREATE | EXCL, "ovl0", ("id", 9), ("name", "e"),
        ("remote", addr("192.0.2.9")), ("ttl", 5)), "peer del ovl0 9")
    run_lines(["fdb del 02:00:00:00:00:32 dev ovl0"])


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
    without_memory("another set", operation(
        "option-new", CREATE | REPLACE, "ovl0", ("set", "s"), ("whole", b""), tlv, mark),
        "options del ovl0 set s 0xff00:1 0xff00:2", "options add ovl0 set s 0xff00:3:01020304")
    without_memory("an option less", operation(
        "option-del", 0, "ovl0", ("set", "s"), ("opt", [("class", 0xff00), ("type", 3)])),
        "options add ovl0 set s 0xff00:3:01020304")
    without_memory("a set less", operation("option-del", 0, "ovl0", ("set", "s")),
                   "options add ovl0 set s 0xff00:3:01020304")
    p.run("ovltun", "options", "add", "many", "set", "v", "0xff00:3:01020304")


def rules():
    value = ("mark", [("value", 2)])
    without_memory("a rule", operation("rule-new", CREATE | EXCL, "ovl0", ("pref", 9),
                                       ("name", "r"), value), "rule del ovl0 9")
    p.run("ovltun", "rule", "add", "ovl0", "pref", "8", "mark", "1")
    was = "rule replace ovl0 pref 8 mark 1"
    without_memory("a rule replaced", operation(
        "rule-new", CREATE | REPLACE, "ovl0", ("pref", 8), ("peer", 8), value), was)
    without_memory("a rule less", operation("rule-del", 0, "ovl0", ("pref", 8)),
                   was.replace("replace", "add"))
    without_memory("no rule", operation("rule-del", 0, "ovl0"),
                   was.replace("replace", "add"))


def echo():
    told = ("class", 0x108), ("limit", 12)
    without_memory("an echo", operation("echo-set", 0, "ovl0", *told), "echo del ovl0")
    p.run("ovltun", "echo", "set", "ovl0", "class", "0x109", "limit", "9")
    was = "echo set ovl0 class 0x109 limit 9"
    without_memory("another echo", operation("echo-set", 0, "ovl0", *told), was)
    without_memory("no echo", operation("echo-del", 0, "ovl0"), was)


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
    one = "fdb add 02:00:00:00:00:14 dev many dst 192.0.2.26 src_vni 300"
    run_lines([one])
    without_memory("a VNI less, and its entry", operation(
        "vni-del", 0, "many", ("range", [("first", 300), ("last", 300)])),
        "vni add many 300", one)
    run_lines([one.replace("add", "del")])
    without_memory("no VNI at all", operation("vni-del", 0, "many"),
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
    without_memory("one less to flood to", entry(
        RTM_DELNEIGH, 0, "000000000000", "192.0.2.22"),
        "fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.22")
    without_memory("an entry less", entry(RTM_DELNEIGH, 0, "020000000012"),
                   "fdb add 02:00:00:00:00:12 dev ovl0 dst 192.0.2.22 static")
    p.run("ovltun", "vni", "add", "many", "400")
    without_memory("an entry of a VNI", entry(
        RTM_NEWNEIGH, CREATE | EXCL, "020000000013", "192.0.2.25", dev="many", src_vni=400),
        "fdb del 02:00:00:00:00:13 dev many src_vni 400")
    p.run("ovltun", "vni", "del", "many", "400")


def peers_of(dev):
    return sorted(one["remote"] for one in json.loads(
        p.run("ovltun", "-j", "peer", "show", dev)))


def nexthops():
    p.run("ip", "-batch", "-", stdin="".join(
        f"nexthop add id {n} via 192.0.2.{40 + n} fdb\n" for n in range(1, 5)) +
        "nexthop add id 10 group 1/2 fdb\nnexthop add id 11 group 3/4 fdb\n")
    without_memory("an entry with a group", entry(
        RTM_NEWNEIGH, CREATE | EXCL, "020000000021", nhid=10),
        "fdb del 02:00:00:00:00:21 dev ovl0")
    p.run("bridge", "fdb", "add", "02:00:00:00:00:22", "dev", "ovl0", "nhid", "10",
          "static")
    without_memory("an entry with another group", entry(
        RTM_NEWNEIGH, CREATE | REPLACE, "020000000022", nhid=11),
        "fdb replace 02:00:00:00:00:22 dev ovl0 nhid 10 static")
    without_memory("an entry less, with its group", entry(
        RTM_DELNEIGH, 0, "020000000022"),
        "fdb add 02:00:00:00:00:22 dev ovl0 nhid 10 static")
    # A group changes, and who follows it has no memory for now.
    before = peers_of("ovl0")
    faults.only_module()
    with faults.at_random(100):
        p.run("ip", "nexthop", "replace", "id", "10", "group", "1/3/4", "fdb")
        time.sleep(1.5)     # it has tried once more
        waits = peers_of("ovl0")
    faults.only_module(False)
    tap.eq("a group that changes without memory: it waits", waits, before)
    want = sorted({*before} - {"192.0.2.42"} | {"192.0.2.43", "192.0.2.44"})
    for _ in range(100):
        time.sleep(0.1)
        if peers_of("ovl0") == want:
            break
    tap.eq("and is followed later", peers_of("ovl0"), want)
    p.run("bridge", "fdb", "del", "02:00:00:00:00:22", "dev", "ovl0")
    p.run("ip", "nexthop", "flush")


NEAR, OTHER = f"near-{os.getpid()}", f"other-{os.getpid()}"


def filled(ns):
    """A device with something of everything"""
    p.run("ip", "-n", ns, "-batch", "-", stdin="""\
link add mv type ovl-tun id 12 remote 192.0.2.2 learning
link set mv up
nexthop add id 21 via 192.0.2.61 fdb
nexthop add id 20 group 21 fdb
""")
    p.run("bridge", "-n", ns, "-batch", "-", stdin="""\
fdb add 02:00:00:00:00:01 dev mv dst 192.0.2.50
fdb add 02:00:00:00:00:02 dev mv nhid 20
fdb append 00:00:00:00:00:00 dev mv dst 192.0.2.51
""")
    p.run("ovltun", "-n", ns, "-batch", "-", stdin="""\
options add mv set s 0xff00:3:01020304
peer add mv 5 remote 192.0.2.52 mac 02:00:00:00:00:05 options s
rule add mv peer 5 mark 1
echo set mv class 0x0108
""")


def places():
    """In which namespaces the device is, and what it has there"""
    found = {}
    for ns in NEAR, OTHER:
        text = p.run("ip", "-n", ns, "-d", "-j", "link", "show", "type", "ovl-tun")
        if any(one["ifname"] == "mv" for one in json.loads(text)):
            shown = objects(p.run("ovltun", "-n", ns, "-j", "-batch", "-", stdin="".join(
                f"{what} show mv\n" for what in ("peer", "options", "rule", "echo"))))
            for one in sum(shown, []):
                for follows in "path", "ifindex", "mtu":
                    one.pop(follows, None)
            found[ns] = shown
    return found


def moves():
    """From one namespace to another and back. Kernels don't expect that their own
    part of it fails, so the module's allocations do."""
    p.run("ip", "netns", "add", OTHER)
    filled(NEAR)
    was = places()[NEAR]
    there = os.open(f"/run/netns/{OTHER}", os.O_RDONLY)
    index = socket.if_nametoindex("mv")
    change = link(RTM_NEWLINK, 0, index, more=g.u32(28, there))
    faults.only_module()
    for n in range(1, 100):
        err, reached = fails(change, n)
        now = places()
        if now != {NEAR if err else OTHER: was}:
            tap.ok(False, f"a device that moves: without allocation {n}", err, now, was)
            break
        if not err:
            p.run("ip", "-n", OTHER, "link", "set", "mv", "netns", NEAR)
            p.run("ip", "link", "set", "mv", "up")
        if not reached:
            break
    tap.ok(not err and n < 99, f"a device that moves: without memory, {n - 1} allocations",
           err)
    tap.eq("a device that moves: has all that it had", places(), {NEAR: was})
    faults.only_module(False)
    p.run("ip", "link", "set", "mv", "netns", OTHER)
    os.close(there)


def ended(ns):
    """Remove a namespace, wait until the kernel is done with it."""
    p.run("ip", "-n", ns, "link", "add", "veth-in", "type", "veth", "peer", "name",
          "veth-out", "netns", NEAR)
    p.run("ip", "netns", "del", ns)
    for _ in range(200):
        if subprocess.run(["ip", "link", "show", "veth-out"],
                          capture_output=True).returncode:
            return True
        time.sleep(0.05)
    return False


def namespaces():
    """The end of a namespace needs no memory, whatever is in it: it can't be refused.
    The device whose underlay is elsewhere goes, and the one elsewhere whose underlay
    this is."""
    p.run("ip", "netns", "add", "full")
    filled("full")
    p.run("ip", "-n", "full", "link", "add", "lent", "type", "ovl-tun", "id", "13",
          "remote", "192.0.2.2")
    p.run("ip", "-n", "full", "link", "set", "lent", "netns", NEAR)
    p.run("ip", "link", "set", "lent", "up")
    faults.only_module()
    with faults.at_random(100):
        gone = ended(OTHER), ended("full")
    tap.eq("namespaces end without memory", gone, (True, True))
    tap.ok(subprocess.run(["ip", "link", "show", "lent"], capture_output=True).returncode,
           "with the device that had its underlay there")

    # In a process of its own, which ends up in the last one. Again the module's
    # allocations: when fib4_rules_init() has no memory, lockdep complains of it.
    libc = ctypes.CDLL(None, use_errno=True)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        own = faults.Nth()
        for n in range(1, 5000):
            failed, reached = own.run(n, lambda: libc.unshare(0x40000000))
            if not reached:
                break
        os.write(write, f"{n} {failed}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    n, failed = os.read(read, 100).decode().split()
    faults.only_module(False)
    tap.ok(int(n) > 2 and failed == "0",
           f"a namespace that begins without memory, {int(n) - 1} allocations", failed)


for group in links, peers, sets, rules, echo, vnis, entries, nexthops, moves, namespaces:
    if group.__name__ not in os.environ.get("OVL_PARTS", group.__name__).split(","):
        continue
    try:
        group()
    except RuntimeError as error:   # the others can be tested all the same
        tap.ok(False, f"{group.__name__}: all could be tried", error)
tap.done()
