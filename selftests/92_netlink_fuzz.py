#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Netlink messages, right and wrong, as root of a container.
# timeout: 150
#
# Each operation of the specification, and what rtnetlink has for the devices:
# links, forwarding entries, nexthops. Most messages begin as valid ones; then
# something in them changes. The container has devices of its own and one whose
# underlay is the node's. Nothing outside of it may change.
#
# OVL_FUZZ=COUNT and OVL_FUZZ_SEED=SEED in the environment (or on the guest's
# command line) make it another number of messages, or other ones.

import collections
import errno
import json
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

import genl as g
import spec as s

SPEC = s.load()
SETS, CONSTANTS = SPEC["attribute-sets"], SPEC["constants"]
COUNT = int(os.environ.get("OVL_FUZZ", 4000))
SEED = int(os.environ.get("OVL_FUZZ_SEED", "20251122"), 0)

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK = 16, 17, 18, 19
RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP = 104, 105, 106
NLM_F_DUMP, NLM_F_BULK = 0x300, 0x200
NLMSG_ERROR, NLMSG_DONE = 2, 3
AF_BRIDGE = 7
OWN = "a", "b", "c", "t", "x"
DEVICES = (*OWN, "y", "lent3")
HOLDS = {"peer": ("a", "b"), "echo": ("a", "b"), "rule": ("a", "b"), "vni": ("t",)}


class Random(random.Random):
    def one_in(self, n):
        return not self.randrange(n)

    def number(self, bits):
        """One at which something may begin or end"""
        if self.one_in(3):
            return self.getrandbits(bits)
        return self.choice((0, 1, 2, 3, 4, 5, 31, 32, 63, 64, 65, 127, 128, 255, 256,
                            1023, 1024, 4789, 6081, 0x7fff, 0x8000, 0xffff, 0xffffff,
                            1 << 24, 0x7fffffff, 0x80000000, 0xffffffff,
                            (1 << 64) - 1)) & (1 << bits) - 1


r = Random(SEED)


# Values

def v4():
    return socket.inet_aton(f"192.0.2.{2 + r.randrange(3)}") if not r.one_in(8) else \
        struct.pack("!I", r.choice((0, 0xffffffff, 0xe0000001, 0x7f000001, r.number(32))))


def v6():
    return socket.inet_pton(socket.AF_INET6, r.choice(
        (f"2001:db8::{2 + r.randrange(3)}",
         f"2001:db8::{2 + r.randrange(3)}", "::", "fe80::1", "ff02::1", "::ffff:192.0.2.1")))


def mac():
    return bytes((r.choice((2, 2, 2, 2, 1, 0)), 0, 0, 0, 0, r.randrange(3)))


def text(limit):
    if r.one_in(8):
        return r.choice((b"", b"\0", b"a b\0", b"#\0", b"12\0", b"x" * limit,
                         b"x" * limit + b"\0", b"x" * (limit + 1) + b"\0", b"\xff\xfe\0"))
    return r.choice((b"p", b"q", b"s", b"u")) + b"\0"


devices = {}        # index by name, as of the last message that may change that


def ifindex(wanted=DEVICES):
    if r.one_in(16) or not devices:
        return r.number(32)
    return r.choice([n for name, n in devices.items() if name in wanted] or [1])


# What a value of this name is mostly, in any set.
USUAL = {
    "ifindex": ifindex, "link": lambda: r.choice((0, 0, 1, 2)),
    "id": lambda: 1 + r.randrange(2), "peer": lambda: r.randrange(3),
    "vni": lambda: r.randrange(12), "rx-vni": lambda: r.randrange(12),
    "first": lambda: 20 + r.randrange(2), "last": lambda: 22 + r.randrange(12),
    "class": lambda: 0x101, "type": lambda: r.randrange(3) | 0x80 * r.one_in(4),
    "pref": lambda: 1 + r.randrange(3), "mtu": lambda: 1000 + r.randrange(400),
    "port": lambda: r.choice((4789, 6081, 7000)), "layer": lambda: r.choice((2, 2, 3)),
    "test": lambda: 1 + r.randrange(6), "source": lambda: r.randrange(11),
    "action": lambda: 1 + r.randrange(2), "accept": lambda: 1 + r.randrange(3),
    "low": lambda: 2, "high": lambda: 9, "shift": lambda: r.randrange(8), "len": lambda: 24,
}
FORMAT = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "s32": "i"}


def integer(attr):
    bits = struct.calcsize(FORMAT[attr["type"]]) * 8
    usual = USUAL.get(attr["name"])
    if usual and not r.one_in(8):
        value = usual()
    elif "enum" in attr and not r.one_in(8):
        value = r.randrange(len(SPEC["enums"][attr["enum"]]) + 1)
    elif bits == 8 and not r.one_in(4):
        value = r.randrange(3)
    else:
        value = r.number(bits)
    order = "!" if attr.get("byte-order") == "big-endian" else "="
    return struct.pack(order + FORMAT[attr["type"]].upper(), value & (1 << bits) - 1)


def value(attr, depth=0):
    kind, name = attr["type"], attr["name"]
    if kind in FORMAT:
        return v4() if attr.get("display-hint") == "ipv4" else integer(attr)
    if kind == "string":
        limit = attr.get("checks", {}).get("max-len", 15)
        return text(CONSTANTS.get(limit, limit))
    if kind == "nest":
        return nest(attr["nested-attributes"], depth + 1)
    if kind == "binary":
        exact = attr.get("checks", {}).get("exact-len")
        if exact == 6:
            return mac()
        if exact == 16:
            return v6()
        if name in ("addr", "to"):
            return r.choice((v4, v6))()
        return bytes(4 * r.randrange(3) if not r.one_in(8) else r.randrange(132))
    return b""


# What a message of the kind needs to have an effect, and may have in addition
NEEDS = {
    "opt": ("class", "type", "data"), "prefix": ("addr", "len"), "vni-range": ("first",),
    "rule-opt": ("class", "type", "test"), "rule-value": ("value",),
    "dev-get": ("ifindex",), "option-get": ("ifindex",), "option-new": ("ifindex", "opt"),
    "option-del": ("ifindex",), "peer-get": ("ifindex", "id"),
    "peer-new": ("ifindex", "name", "remote"), "peer-set": ("ifindex", "id"),
    "peer-del": ("ifindex", "id"), "vni-get": ("ifindex", "range"),
    "vni-new": ("ifindex", "range"), "vni-del": ("ifindex", "range"),
    "rule-get": ("ifindex", "pref"), "rule-new": ("ifindex", "pref", "action"),
    "rule-del": ("ifindex", "pref"), "echo-get": ("ifindex",),
    "echo-set": ("ifindex", "class"), "echo-flush": ("ifindex",),
    "echo-del": ("ifindex",),
}
# The rest of a message mostly has nothing that another part of it contradicts.
SIMPLE = {"vni-get": ("with-stats",), "vni-del": ("ifindex",), "vni-new": ("options",),
          "peer-set": ("mtu", "encap", "port", "options", "nooptions", "udp-csum"),
          "peer-new": ("mtu", "encap", "id", "ttl"), "rule-new": ("encap", "sample")}


def attributes(name, allowed, needs, depth=0):
    """As [number, nested, value]; needed ones, and some others"""
    by_name = {attr["name"]: attr for attr in SETS[name]["attributes"]}
    chosen = [one for one in needs if not r.one_in(24)]
    while r.one_in(3):
        chosen.append(r.choice(allowed))
    found = []
    for one in chosen:
        for _ in range(1 + (r.choice((0, 0, 0, 1, 3)) if by_name[one].get("multi-attr") else 0)):
            found.append([by_name[one]["number"], by_name[one]["type"] == "nest",
                          value(by_name[one], depth)])
        if one == "ifindex" and not r.one_in(4):
            found[-1][2] = struct.pack("=I", ifindex(HOLDS.get(name, OWN)) & 0xffffffff)
    return found


def pack(attrs):
    return b"".join(g.attr(number | 0x8000 * nested, data)
                    for number, nested, data in attrs)


def nest(name, depth):
    allowed = [attr["name"] for attr in SETS[name]["attributes"] if attr["type"] != "pad"]
    return pack(mangle(attributes(name, allowed, NEEDS.get(name, ()), depth), 24))


def mangle(attrs, rarely):
    """Change something about attributes, of every so many messages."""
    if not attrs or not r.one_in(rarely):
        return attrs
    one = r.choice(attrs)
    what = r.randrange(8)
    if what == 0:
        attrs.append(list(one))
    elif what == 1:
        one[0] = r.choice((0, 1, one[0] + 1, 64, 0x3fff, one[0] | 0x4000))
    elif what == 2:
        one[1] = not one[1]
    elif what == 3:
        one[2] = one[2][:r.randrange(len(one[2]) + 1)]
    elif what == 4:
        one[2] += bytes(r.choice((1, 2, 3, 4, 8, 64, 4096)))
    elif what == 5:
        one[2] = bytes(r.getrandbits(8) for _ in one[2])
    elif what == 6:
        attrs.remove(one)
    else:
        r.shuffle(attrs)
    return attrs


def spoil(data):
    """Change bytes of a whole message, of every so many."""
    if not data or not r.one_in(12):
        return data
    data = bytearray(data)
    for _ in range(1 + r.randrange(3)):
        data[r.randrange(len(data))] = r.number(8)
    if r.one_in(3):
        del data[r.randrange(len(data)):]
    return bytes(data)


# Messages: (name, socket, type, flags, body)

MODES = [(op, mode) for op in SPEC["operations"]["list"] for mode in ("do", "dump")
         if mode in op]
FLAGS = {"new": (0x400, 0x600, 0x500, 0x100), "set": (0,), "del": (0,), "get": (0,),
         "flush": (0,)}


def genl_message():
    op, mode = r.choice(MODES)
    request = (op[mode] or {}).get("request") or {}
    allowed = request.get("attributes", [])
    needs = [one for one in NEEDS.get(op["name"], ()) if one in allowed]
    if mode == "dump" and r.one_in(2):
        needs = []
    if not r.one_in(3):
        allowed = SIMPLE.get(op["name"], allowed)
    attrs = mangle(attributes(op["attribute-set"], allowed, needs), 6) if allowed else []
    cmd = op["number"] if not r.one_in(64) else r.number(8)
    flags = NLM_F_DUMP if mode == "dump" else r.choice(FLAGS[op["name"].split("-")[1]])
    return (f"{op['name']} {mode}", "genl", None, flags,
            struct.pack("=BBH", cmd, 1, 0) + spoil(pack(attrs)))


def link_message():
    kind = r.choice((RTM_NEWLINK,) * 6 + (RTM_SETLINK, RTM_SETLINK, RTM_GETLINK,
                                          RTM_DELLINK))
    if kind == RTM_DELLINK:     # it may remove one that was lent: not here
        index = next((n for name, n in devices.items() if name in OWN), 77)
        return "del link", "route", kind, 0, struct.pack(
            "=BBHiII", r.randrange(2), 0, 0, index * r.choice((1, 1, 99)), 0, 0)
    allowed = [attr["name"] for attr in SETS["link"]["attributes"]]
    new = kind == RTM_NEWLINK and r.one_in(3)
    needs = ("remote", "id") if new else ()
    if kind == RTM_GETLINK:
        return "get link", "route", kind, 0, spoil(struct.pack(
            "=BBHiII", 0, 0, 0, ifindex() & 0x7fffffff, 0, 0))
    data = pack(mangle(attributes("link", allowed, needs), 4))
    attrs = [[18, True, g.attr(1, b"ovl-tun\0") + g.attr(2 | 0x8000, data)]]
    if new:
        attrs.insert(0, [3, False, r.choice((*OWN, *OWN, "y")).encode() + b"\0"])
    while r.one_in(3):
        attrs.append(r.choice((
            [4, False, struct.pack("=I", r.number(32))],        # MTU
            [1, False, mac()],                                  # address
            [10, False, struct.pack("=I", r.choice((0, bridge())))],
            [19, False, struct.pack("=I", os.getppid())],       # netns of the node
            [37, False, struct.pack("=i", r.choice((0, 1, -1)))],
            [27, False, struct.pack("=I", r.number(32))],       # group
        )))
    index = 0 if new else ifindex()
    up = r.choice((0, 1, 1, 1))
    body = struct.pack("=BBHiII", 0, 0, 0, index & 0x7fffffff, up, 1) + \
        spoil(pack(mangle(attrs, 6)))
    flags = r.choice((0x400, 0x600)) if new else r.choice((0, 0, 0x100))
    name = {RTM_NEWLINK: "add link" if new else "change link", RTM_SETLINK: "set link",
            RTM_GETLINK: "get link", RTM_DELLINK: "del link"}[kind]
    return name, "route", kind, flags, body


def bridge():
    return devices.get("br", 0)


def fdb_message():
    index = ifindex(("a", "b", "y") if not r.one_in(4) else DEVICES) & 0x7fffffff
    kind = r.choice((RTM_NEWNEIGH, RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH))
    attrs = [[2, False, mac()], [1, False, r.choice((v4, v4, v4, v6))()]]
    while r.one_in(3):
        attrs.append(r.choice((
            [5, False, struct.pack("=H", r.randrange(4096))],       # VLAN
            [6, False, struct.pack("!H", r.number(16))],            # port
            [7, False, struct.pack("=I", r.randrange(20))],         # VNI
            [8, False, struct.pack("=I", r.choice((0, 1, 2)))],     # interface
            [9, False, struct.pack("=I", bridge())],                # master
            [11, False, struct.pack("=I", r.randrange(20))],        # src_vni
            [13, False, struct.pack("=I", r.randrange(6))],         # nexthop
            [14, True, g.attr(1, b"\1")],                           # extended
            [15, False, struct.pack("=I", r.number(32))],           # more flags
        )))
    family = AF_BRIDGE if not r.one_in(16) else r.choice((2, 10))
    body = struct.pack("=BBHiHBB", family, 0, 0, index,
                       r.choice((0x80, 0xc0, 0xc0, 2, 0, r.number(8))),
                       r.choice((2, 2, 2, 4, 0x82, r.number(8))), 0)
    flags = r.choice((0x400, 0x600, 0xc00, 0x500)) if kind == RTM_NEWNEIGH else 0
    if kind == RTM_GETNEIGH:
        flags = r.choice((0, NLM_F_DUMP))
        attrs = attrs[:1] if not flags else attrs[2:]
        body = struct.pack("=BBHiHBB", family, 0, 0, 0 if flags else index,
                           0, 2 * (not flags), 0)
    if kind == RTM_DELNEIGH and r.one_in(8):
        flags, attrs = NLM_F_BULK, attrs[2:]
    name = {RTM_NEWNEIGH: "add entry", RTM_DELNEIGH: "del entry",
            RTM_GETNEIGH: "get entry"}[kind]
    if flags in (NLM_F_BULK, NLM_F_DUMP):
        name = "flush entries" if flags == NLM_F_BULK else "dump entries"
    return name, "route", kind, flags, body + spoil(pack(mangle(attrs, 6)))


def nexthop_message():
    kind = r.choice((RTM_NEWNEXTHOP, RTM_NEWNEXTHOP, RTM_DELNEXTHOP))
    attrs = [[1, False, struct.pack("=I", r.randrange(1, 6))]]
    family = 0
    if kind == RTM_NEWNEXTHOP:
        if r.one_in(2):
            family = 2
            attrs += [[6, False, v4()]]
        else:
            attrs.append([2, False, b"".join(
                struct.pack("=IBBH", n, r.randrange(4), 0, 0)
                for n in r.sample(range(1, 6), 1 + r.randrange(3)))])
        attrs.append([11, False, b""])      # for forwarding entries
    flags = r.choice((0x400, 0x500)) if kind == RTM_NEWNEXTHOP else 0
    body = struct.pack("=BBBBI", family, 0, 4 if flags else 0, 0, 0)
    return ("add nexthop" if flags else "del nexthop", "route", kind, flags,
            body + pack(mangle(attrs, 6)))


# The container

SETUP = """\
link set dev lo up
address add 192.0.2.1/24 dev lo
address add 2001:db8::1/64 dev lo
link add dev br type bridge
link add dev a type ovl-tun id 1 remote 192.0.2.2 learning
link add dev b type ovl-tun id 2
link add dev c type ovl-tun layer3 id 3 remote 2001:db8::2
link add dev t type ovl-tun vnifilter vxlanport 4790 geneveport 6082
link add dev x type ovl-tun external vxlanport 4791 geneveport 6083
link set dev a up
link set dev b up
link set dev c up
link set dev t up
link set dev x up
link set dev br up
"""

CONTENT = """\
peer add a 1 remote 192.0.2.5
peer add a 2 remote 192.0.2.6
peer add b 1 remote 192.0.2.5
peer add b 2 remote 192.0.2.6
rule add a pref 1 count
rule add b pref 2 count
vni add t 20-25
"""


def setup():
    """Make what isn't there."""
    for tool, lines in ("ip", SETUP), ("ovltun", CONTENT):
        subprocess.run([tool, "-force", "-batch", "-"], input=lines, text=True,
                       errors="replace", capture_output=True)
    look()


def look():
    """What the kernel is asked for at each message costs more than that does."""
    devices.clear()
    devices.update((name, n) for n, name in socket.if_nameindex())


class Link:
    """A netlink socket that tells what becomes of each message."""

    def __init__(self, proto):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, proto)
        self.sock.setsockopt(g.SOL_NETLINK, g.NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(g.SOL_NETLINK, g.NETLINK_CAP_ACK, 1)
        self.sock.setsockopt(g.SOL_NETLINK, 12, 1)  # strict
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 20, 0))
        self.sock.bind((0, 0))
        self.seq = 0
        self.room = bytearray(1 << 17)

    def ask(self, kind, flags, body):
        """The error, 0 or negative, and whether something is said of it."""
        self.seq += 1
        self.sock.send(struct.pack("=IHHII", 16 + len(body), kind, 1 | 4 | flags,
                                   self.seq, 0) + body)
        while True:
            end = self.sock.recv_into(self.room)
            at = 0
            while at + 16 <= end:
                size, kind, flags, seq, _ = struct.unpack_from("=IHHII", self.room, at)
                if seq == self.seq and kind in (NLMSG_ERROR, NLMSG_DONE):
                    return struct.unpack_from("=i", self.room, at + 16)[0], flags & 0x200
                at += size + 3 & ~3


def contained():
    """Runs in the container; prints what happened as JSON."""
    # For the node: which namespace this is. Then it lends a device.
    print(os.getpid(), flush=True)
    sys.stdin.readline()
    setup()
    sockets = {"route": Link(0), "genl": Link(16)}
    family = g.Genl("ovl-tun").family
    makers = (genl_message,) * 6 + (link_message,) * 2 + (fdb_message,) * 2 + \
        (nexthop_message,)
    counts, silent, slow = collections.defaultdict(lambda: [0, 0]), collections.Counter(), 0
    start = time.monotonic()
    for n in range(COUNT):
        if n % 200 == 199:  # what has gone comes back
            setup()
        maker = r.choice(makers)
        name, sock, kind, flags, body = maker()
        at = time.monotonic()
        try:
            err, said = sockets[sock].ask(kind or family, flags, body)
        except BlockingIOError:     # for 20 seconds
            print(json.dumps({"stuck": [name, flags, body.hex()]}))
            return
        slow = max(slow, time.monotonic() - at)
        if maker is link_message:
            look()
        counts[name][err < 0] += 1
        if err in (-errno.EINVAL, -errno.ERANGE) and sock == "genl" and not said:
            silent[name] += 1
    print(json.dumps({"counts": counts, "silent": silent, "slow": slow,
                      "seconds": time.monotonic() - start}), flush=True)
    sys.stdin.readline()        # the node has a look at what is left


# The node

def run(*args, **kw):
    return subprocess.run(args, text=True, errors="surrogateescape", capture_output=True,
                          **kw)


def main():
    import packets as p
    from tap import TAP

    tap = TAP()
    subprocess.run(["modprobe", "ovl-tun"], check=True)
    log = p.KernelLog()
    run("ip", "-batch", "-", check=True, input="""\
link add v0 type veth peer name v1
address add 192.0.2.1/24 dev v0
link set v0 up
link set v1 up
link add node type ovl-tun id 1 remote 192.0.2.2
link add lent type ovl-tun id 9 remote 192.0.2.2 learning
link add lent3 type ovl-tun id 10 layer3 remote 192.0.2.2
link set node up
""")
    run("ovltun", "-batch", "-", check=True, input="""\
options add node 0x101:1:00000001
peer add node q remote 192.0.2.7
rule add node pref 5 option 0x101:1 drop
options add lent 0x101:1:00000001
peer add lent q remote 192.0.2.8
""")
    container = subprocess.Popen(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "-Urn",
         sys.executable, os.path.abspath(__file__), "contained"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    pid = container.stdout.readline().strip()
    run("ip", "-batch", "-", check=True, input=f"""\
link set lent name y
link set y netns {pid}
link set lent3 netns {pid}
""")

    enter = "nsenter", "-t", pid, "-n"

    def contained_links():
        """By index: names of lent devices are the container's to change."""
        links = json.loads(run(*enter, "ip", "-d", "-j", "link").stdout or "[]",
                           strict=False)
        return {link["ifindex"]: link for link in links}

    lent = sorted(index for index, link in contained_links().items()
                  if link["ifname"] in ("y", "lent3"))

    def outside():
        """All that must stay: the node's devices, and what is the node's of the
        lent ones."""
        links = contained_links()
        infos = [links[index]["linkinfo"]["info_data"] if index in links else "gone"
                 for index in lent]
        name = links[lent[0]]["ifname"] if lent[0] in links else "y"
        return (run("ip", "-d", "-j", "link").stdout, run("ip", "-j", "route").stdout,
                run("ovltun", "showconf", "node").stdout,
                run(*enter, "ovltun", "showconf", name).stdout,
                *map(json.dumps, infos))

    before = outside()
    tap.ok("q" in before[2] and "q" in before[3] and "remote" in before[4],
           "there is something to lose", before)
    container.stdin.write("go\n")
    container.stdin.flush()
    signal.alarm(3600 + COUNT // 10)
    out = container.stdout.readline()
    after = outside()
    got = json.loads(out or "{}")
    tap.ok("counts" in got, "each message has an answer", got, container.poll())
    counts = got.get("counts", {})
    tap.diag(f"seed {SEED}, {COUNT} messages in {got.get('seconds', 0):.1f} s, the slowest "
             f"took {got.get('slow', 0):.2f} s; accepted and refused:",
             *(f"{name}: {good} {bad}" for name, (good, bad) in sorted(counts.items())))
    for name, was, now in zip(("links", "routes", "configuration",
                               "configuration of a lent device", "a lent device",
                               "a lent device of layer 3"), before, after):
        tap.eq(f"outside: {name}", now, was)
    names = {f"{op['name']} {mode}" for op, mode in MODES} | {
        "add link", "change link", "set link", "get link", "del link", "add entry",
        "del entry", "get entry", "flush entries", "dump entries", "add nexthop",
        "del nexthop"}
    never = {name for name in names if not counts.get(name, (0, 0))[0]}
    few = f"{COUNT} messages are too few" if COUNT < 4000 else None
    if few:
        tap.skip("each operation was accepted at least once", few)
    else:
        tap.eq("each operation was accepted at least once", never, set())
    never = {name for name in names - {"dev-get dump", "port-get dump", "echo-get dump",
                                  "dump entries"}
             if not counts.get(name, (0, 0))[1]}
    if few:
        tap.skip("each was refused at least once", few)
    else:
        tap.eq("each was refused at least once", never, set())
    tap.eq("what is refused as wrong says why", got.get("silent"), {})
    container.kill()
    container.wait()
    # Devices that were added without a name have the module's in theirs.
    lines = [line for line in log.lines() if line.startswith("ovl") and
             not re.match(r"ovl-tun\d+: (entered|left) ", line)]
    tap.ok(not lines, "the kernel's log has no word of the module", *lines[:20])
    run("ip", "link", "del", "node")
    run("ip", "link", "del", "v0")
    for _ in range(100):    # the namespace goes in the background
        unload = run("modprobe", "-r", "ovl-tun")
        if not unload.returncode:
            break
        time.sleep(0.1)
    tap.ok(not unload.returncode, "the module unloads", unload.stderr)
    again = run("ip", "link", "add", "again", "up", "type", "ovl-tun", "id", "1",
                "remote", "192.0.2.2")
    tap.ok(not again.returncode, "and can be used again", again.stderr)
    run("ip", "link", "del", "again")
    tap.done()


if sys.argv[1:] == ["contained"]:
    contained()
else:
    main()
