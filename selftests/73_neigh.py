#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# proxy, rsc, l2miss and l3miss: each frame is given to vxlan.ko and to ovl-tun,
# which have to answer, send and tell the same. # timeout: 300
#
# Both are in the namespace "near" of packets.py. Their neighbours are only
# entries of tables: what is sent is seen at the other end of eth0, what is
# answered at the device, and misses on a netlink socket.

import collections
import json
import os
import random
import socket
import struct

import columns
import packets as p
from packets import run
from tap import TAP

tap = TAP()

OWN = bytes.fromhex("020000000aaa")  # who asks, behind the devices
HOST = bytes.fromhex("020000000b01")  # neighbour behind 192.0.2.2
OTHER = bytes.fromhex("020000000b02")  # neighbour behind 192.0.2.3
HERE = bytes.fromhex("020000000b03")  # neighbour on this side
LONE = bytes.fromhex("020000000b04")  # neighbour without a forwarding entry
STALE = bytes.fromhex("020000000b05")  # neighbour that isn't certain
ROUTER = bytes.fromhex("020000000c01")  # router behind 192.0.2.2
NOBODY = bytes.fromhex("020000000dd0")
ALL = b"\xff" * 6

VX_PORT = 4790  # vxlan.ko's; ovl-tun has 4789
# vxlan.ko hashes 8 bytes of a neighbour's 6, which KASAN reports each time.
COMPARED = not os.uname().release.endswith(("-ovldebug", "-ovluml"))
RTM_GETNEIGH, RTMGRP_NEIGH, NUD_STALE = 30, 4, 4
NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_VNI, NDA_NETNSID = 1, 2, 3, 7, 10
IP, IPV6, ARP = p.ETH_P_IP, p.ETH_P_IPV6, 0x0806
WORDS = "proxy", "rsc", "l2miss", "l3miss"


def v4(text):
    return socket.inet_aton(text)


def v6(text):
    return socket.inet_pton(socket.AF_INET6, text)


MY4, MY6 = v4("10.0.0.1"), v6("fd00::1")
ADDR4 = {mac: v4(f"10.0.0.{mac[5] + 16}")
         for mac in (HOST, OTHER, HERE, LONE, STALE, ROUTER)}
ADDR6 = {mac: v6(f"fd00::{mac[5] + 16:x}") for mac in ADDR4}
# The two last bytes differ, but for the router's
ADDR4[ROUTER], ADDR6[ROUTER] = v4("10.0.0.99"), v6("fd00::99")
NOBODY4, NOBODY6 = v4("10.0.0.200"), v6("fd00::200")


# Frames

def arp(tip, op=1, hrd=1, pro=IP, hln=6, pln=4, sip=MY4, dst=ALL, sha=OWN,
        src=OWN):
    return p.eth(dst, src, ARP, struct.pack("!HHBBH", hrd, pro, hln, pln, op)
                 + sha + sip + bytes(6) + tip)


def icmp6(src, dst, body, hop=255):
    pseudo = src + dst + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", p.csum(pseudo + body)) + body[4:]
    return p.ip6(src, dst, 58, body, ttl=hop)


def lladdr(kind, mac):
    return struct.pack("!BB", kind, 1) + mac


def ns(target, opts=None, src=MY6, dst=None, code=0, hop=255, source=OWN):
    """A neighbour solicitation; opts: None for the sender's address."""
    if opts is None:
        opts = lladdr(1, source)
    if dst is None:
        dst = v6("ff02::1:ff00:0")[:13] + target[13:]
    mac = b"\x33\x33" + dst[12:] if dst[0] == 0xff else HOST
    body = struct.pack("!BBHI", 135, code, 0, 0) + target + opts
    return p.eth(mac, source, IPV6, icmp6(src, dst, body, hop))


def na(target, mac, flags, dst=MY6, to=OWN):
    """What is to be answered."""
    body = struct.pack("!BBHI", 136, 0, 0, flags << 29) + target + lladdr(2, mac)
    return p.eth(to, mac, IPV6, icmp6(target, dst, body))


def arp_reply(tip, mac, sip=MY4, to=OWN):
    return p.eth(to, mac, ARP, struct.pack("!HHBBH", 1, IP, 6, 4, 2)
                 + mac + tip + to + sip)


def ip(dst, to=ROUTER, ttl=9):
    make = p.ip4 if len(dst) == 4 else p.ip6
    src = MY4 if len(dst) == 4 else MY6
    return p.eth(to, OWN, IP if len(dst) == 4 else IPV6,
                 make(src, dst, 253, b"payload", ttl=ttl))


def data(dst, proto=p.ETH_P_TEST):
    return p.eth(dst, OWN, proto, bytes(46))


# Devices

net = p.Net({"ovl0": f"id 42 encap vxlan vxlanport {p.VXLAN_PORT}"},
            ipv6=["ovl0"])
# Nothing reaches a socket here but what is sent; the order is that of Net.
VX = {"none": ("vx0", 50, ()), "all": ("vx1", 51, WORDS),
      "proxy": ("vx2", 52, ("proxy",)), "rsc": ("vx3", 53, ("rsc",)),
      "l2miss": ("vx4", 54, ("l2miss",)), "l3miss": ("vx5", 55, ("l3miss",)),
      "proxy l2miss": ("vx6", 56, ("proxy", "l2miss"))}
names = ["ovl0"] + [v[0] for v in VX.values()]
run("ip", "-batch", "-", stdin="".join(
    f"link add {dev} type vxlan id {vni} dstport {VX_PORT} nolearning "
    f"{' '.join(words)}\nlink set {dev} up\n"
    for dev, vni, words in VX.values()) +
    f"neighbour add 192.0.2.3 lladdr {p.FAR_MAC.hex(':')} dev eth0 nud permanent\n")
for dev, _, _ in VX.values():
    p.sysctl(f"ipv6.conf.{dev}.disable_ipv6", 0)
neighbours = fdb = ""
for dev in names:
    for mac, state in ((HOST, "permanent"), (OTHER, "noarp"),
                       (HERE, "permanent"), (LONE, "permanent"),
                       (STALE, "stale"), (ROUTER, "permanent")):
        for addr in (socket.inet_ntoa(ADDR4[mac]),
                     socket.inet_ntop(socket.AF_INET6, ADDR6[mac])):
            neighbours += (f"neighbour replace {addr} lladdr {mac.hex(':')} "
                           f"dev {dev} nud {state}\n")
    for mac, rest in ((HOST, "dst 192.0.2.2"), (OTHER, "dst 192.0.2.3"),
                      (STALE, "dst 192.0.2.3"), (HERE, "dst 0.0.0.0"),
                      (ROUTER, "dst 192.0.2.2 router")):
        fdb += f"fdb add {mac.hex(':')} dev {dev} {rest}\n"
run("ip", "-batch", "-", stdin=neighbours)
run("bridge", "-batch", "-", stdin=fdb)
for dev in names[1:]:
    net.taps[dev] = p.Tap(dev)
indexes = {dev: socket.if_nametoindex(dev) for dev in names}

Seen = collections.namedtuple("Seen", "answers sent missed")


def neigh_socket():
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                         socket.NETLINK_ROUTE)
    sock.setsockopt(socket.SOL_SOCKET, p.SO_RCVBUFFORCE, 64 << 20)
    sock.bind((0, RTMGRP_NEIGH))
    sock.setblocking(False)
    return sock


def attributes(message, at):
    while at < len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        yield kind, at + 4, length - 4
        at += length + 3 & ~3


def misses(sock, dev):
    """RTM_GETNEIGH of the device, byte by byte, without what tells one device
    or moment from the other: index and time, which has to be now's."""
    found = []
    while True:
        try:
            message = bytearray(sock.recv(65536))
        except BlockingIOError:
            return found
        length, kind = struct.unpack_from("=IH", message)
        index = struct.unpack_from("=i", message, 20)[0]
        if kind != RTM_GETNEIGH or index != indexes[dev]:
            continue
        assert length == len(message)
        struct.pack_into("=i", message, 20, 0)
        for kind, at, size in attributes(message, 28):
            if kind == NDA_CACHEINFO:
                times.append(struct.unpack_from("=IIII", message, at))
                message[at:at + size] = bytes(size)
        found.append(bytes(message))


times = []
neigh = neigh_socket()


def inner(frame):
    """Whom an outer packet is for, and what is in it."""
    outer = p.parse_outer(frame)
    return socket.inet_ntoa(frame[30:34]), outer.shim[8:]


def noise(frame):
    """Whether the stack has sent it, which has other addresses than we."""
    return frame[6:10] != OWN[:4]


def give(dev, *frames):
    """What becomes of frames that a device is to send."""
    net.drain()
    misses(neigh, dev)
    for frame in frames:
        net.taps[dev].send(frame)
    net.settle()
    # In which order copies go out is nobody's business.
    sent = sorted(inner(f) for f in net.far.all(p.parse_outer))
    return Seen(net.taps[dev].all(lambda f: not noise(f)),
                [s for s in sent if not noise(s[1])], misses(neigh, dev))


def change(words):
    """Give ovl0 the words, and take the others away."""
    run("ip", "link", "set", "ovl0", "type", "ovl-tun",
        *(w if w in words else f"no{w}" for w in WORDS))


def same(name, frame, want, state="all"):
    """A point: both devices do the same with the frame, and that is `want`;
    misses are given as (family, MAC address or None, IP address or None)."""
    ovl = give("ovl0", frame)
    vx = give(VX[state][0], frame) if COMPARED else ovl
    got = ovl._replace(missed=[brief(m) for m in ovl.missed])
    good = vx == ovl and got == want
    tap.ok(good, name, *(() if good else (
        f"ovl-tun: {as_text(ovl)}", f"vxlan:   {as_text(vx)}",
        f"want:    {as_text(want)}")))


def as_text(seen):
    return " ".join(what + " " + ",".join(
        one.hex() if isinstance(one, bytes) else "/".join(
            part.hex() if isinstance(part, bytes) else str(part)
            for part in one) for one in getattr(seen, what))
        for what in Seen._fields)


def brief(message):
    found = {kind: bytes(message[at:at + size])
             for kind, at, size in attributes(message, 28)}
    return message[16], found.get(NDA_LLADDR), found.get(NDA_DST)


def answered(*frames):
    return Seen(list(frames), [], [])


def sent(frame, *to):
    return Seen([], [(dst, frame) for dst in to or ("192.0.2.2",)], [])


NOTHING = Seen([], [], [])


def missed4(addr):
    return [(socket.AF_INET, None, addr)]


def missed6(addr):
    return [(socket.AF_INET6, None, addr)]


def missed_mac(mac):
    return [(socket.AF_INET, mac, None)]


def link(dev):
    return json.loads(run("ip", "-d", "-j", "link", "show", dev))[0][
        "linkinfo"]["info_data"]


# What ip shows, and what can be changed

for state, (dev, _, words) in VX.items():
    change(words)
    shown = link("ovl0")
    theirs = link(dev)
    tap.eq(f"{state}: as JSON", [shown.get(w, False) for w in WORDS],
           [theirs.get(w, False) for w in WORDS])
    text = run("ip", "-d", "link", "show", "ovl0").split()
    tap.eq(f"{state}: as text", [w for w in WORDS if w in text], list(words))
change(WORDS)
text = run("ovltun", "dev", "show", "ovl0").split()
tap.eq("ovltun shows them", [w for w in WORDS if w in text], list(WORDS))

# All four: ARP

for mac, what in (HOST, "a neighbour"), (OTHER, "one that needs no ARP"), \
        (LONE, "one without an entry"), (ROUTER, "a router"):
    same(f"ARP for {what} is answered", arp(ADDR4[mac]),
         answered(arp_reply(ADDR4[mac], mac)))
same("ARP of another host is answered to that",
     arp(ADDR4[HOST], sip=v4("10.0.0.7"), sha=NOBODY, src=NOBODY),
     answered(arp_reply(ADDR4[HOST], HOST, v4("10.0.0.7"), NOBODY)))
same("the sender's address is that of ARP, not the frame's",
     arp(ADDR4[HOST], sha=NOBODY),
     answered(arp_reply(ADDR4[HOST], HOST, to=NOBODY)))
same("ARP to the neighbour itself", arp(ADDR4[HOST], dst=HOST),
     answered(arp_reply(ADDR4[HOST], HOST)))
same("IEEE 802 hardware", arp(ADDR4[HOST], hrd=6),
     answered(arp_reply(ADDR4[HOST], HOST)))
same("a probe for an address", arp(ADDR4[HOST], sip=bytes(4)),
     answered(arp_reply(ADDR4[HOST], HOST, bytes(4))))
same("ARP for one that isn't certain", arp(ADDR4[STALE]), NOTHING)
same("ARP for one on this side", arp(ADDR4[HERE]), NOTHING)
same("ARP for nobody is a miss", arp(NOBODY4),
     NOTHING._replace(missed=missed4(NOBODY4)))
same("loopback", arp(v4("127.0.0.1")), NOTHING)
same("multicast", arp(v4("224.0.0.1")), NOTHING)
same("a reply", arp(ADDR4[HOST], op=2), NOTHING)
same("another operation", arp(ADDR4[HOST], op=3), NOTHING)
same("other hardware", arp(ADDR4[HOST], hrd=2), NOTHING)
same("another protocol", arp(ADDR4[HOST], pro=IPV6), NOTHING)
same("another hardware length", arp(ADDR4[HOST], hln=8), NOTHING)
same("another protocol length", arp(ADDR4[HOST], pln=16), NOTHING)
same("a byte is missing", arp(ADDR4[HOST])[:-1], NOTHING)
same("nothing but the Ethernet header", arp(ADDR4[HOST])[:14], NOTHING)
same("bytes behind it", arp(ADDR4[HOST]) + b"\xee" * 18,
     answered(arp_reply(ADDR4[HOST], HOST)))

# All four: neighbour discovery

SOLICITED, ROUTER_FLAG = 3, 7
for mac, what in (HOST, "a neighbour"), (OTHER, "one that needs no ARP"), \
        (LONE, "one without an entry"):
    same(f"a solicitation for {what} is answered", ns(ADDR6[mac]),
         answered(na(ADDR6[mac], mac, SOLICITED)))
same("a solicitation for a router", ns(ADDR6[ROUTER]),
     answered(na(ADDR6[ROUTER], ROUTER, ROUTER_FLAG)))
same("to the neighbour itself", ns(ADDR6[HOST], dst=ADDR6[HOST]),
     answered(na(ADDR6[HOST], HOST, SOLICITED)))
same("of another host", ns(ADDR6[HOST], src=v6("fd00::7"), source=NOBODY),
     answered(na(ADDR6[HOST], HOST, SOLICITED, v6("fd00::7"), NOBODY)))
same("another link-layer address than the frame's",
     ns(ADDR6[HOST], lladdr(1, NOBODY)),
     answered(na(ADDR6[HOST], HOST, SOLICITED, to=NOBODY)))
same("no option", ns(ADDR6[HOST], b""),
     answered(na(ADDR6[HOST], HOST, SOLICITED)))
same("another option first",
     ns(ADDR6[HOST], b"\x0e\x02" + bytes(14) + lladdr(1, NOBODY)),
     answered(na(ADDR6[HOST], HOST, SOLICITED, to=NOBODY)))
same("for one that isn't certain", ns(ADDR6[STALE]), NOTHING)
same("for one on this side", ns(ADDR6[HERE]), NOTHING)
same("for nobody is a miss", ns(NOBODY6),
     NOTHING._replace(missed=missed6(NOBODY6)))
same("for a group", ns(v6("ff02::1")), NOTHING)
same("to the loopback address", ns(ADDR6[HOST], dst=v6("::1")), NOTHING)
run("bridge", "-batch", "-", stdin="".join(
    f"fdb append 00:00:00:00:00:00 dev {dev} dst 192.0.2.{n}\n"
    for dev in names for n in (2, 3)))
BOTH = "192.0.2.2", "192.0.2.3"
for name, frame in (
        ("an advertisement passes", na(ADDR6[HOST], HOST, 3, to=ALL)),
        ("other ICMPv6 passes", ns(ADDR6[HOST], code=1)),
        ("a tag in front: passes", ns(ADDR6[HOST])[:12]
         + struct.pack("!HH", 0x8100, 7) + ns(ADDR6[HOST])[12:]),
        ("ARP behind a tag passes", arp(ADDR4[HOST])[:12]
         + struct.pack("!HH", 0x8100, 7) + arp(ADDR4[HOST])[12:]),
        ("what ends in the target passes", ns(ADDR6[HOST])[:14 + 40 + 23])):
    same(name, frame, sent(frame, *BOTH))
frame = ns(ADDR6[HOST], hop=254)
tap.eq("what came through a router is no solicitation", give("ovl0", frame),
       sent(frame, *BOTH))
tap.eq("nobody speaks for an address that is about to be taken",
       give("ovl0", ns(ADDR6[HOST], b"", src=bytes(16))), NOTHING)

# Options that are wrong: neither answered nor sent

log = p.KernelLog()


def drops():
    return json.loads(run("ovltun", "-j", "-s", "dev", "show",
                          "ovl0"))[0].get("drops", {})


def dropped(reason, before, after):
    return after.get(reason, 0) - before.get(reason, 0)


wrong = [lladdr(1, OWN)[:1] + b"\0" + OWN,  # length 0, again and again
         b"\x05\0" + bytes(6), lladdr(1, OWN) + b"\x05\0" + bytes(6),
         lladdr(1, OWN) + b"\1", lladdr(1, OWN) + b"\1\1",
         b"\1\2" + OWN, b"\1\xff" + OWN, b"\x05\xff" + bytes(14),
         b"\x05\2" + bytes(14) + b"\x05\2" + bytes(6)]
wrong += [lladdr(1, OWN)[:n] for n in range(1, 8)]
before = drops()
results = [give("ovl0", ns(ADDR6[HOST], opts)) for opts in wrong]
for opts, got in zip(wrong, results):
    tap.eq(f"options {opts.hex()}", got, NOTHING)
tap.eq("each is counted", dropped("tx-neigh-malformed", before, drops()),
       len(wrong))
full = ns(ADDR6[HOST])
cut = [full[:n] for n in range(14 + 40 + 24, len(full))]
cut.append(ns(ADDR6[HOST], b"\x05\2" + bytes(14))[:-8])
before = drops()
tap.eq("cut short", give("ovl0", *cut), NOTHING)
tap.eq("each of them is counted",
       dropped("tx-neigh-malformed", before, drops()), len(cut))
before = drops()
frame = bytearray(full)
frame[14 + 4:14 + 6] = struct.pack("!H", 23)
tap.eq("IPv6's length ends in the target", give("ovl0", bytes(frame)), NOTHING)
tap.eq("is counted", dropped("tx-neigh-malformed", before, drops()), 1)
same("length 0: vxlan.ko doesn't answer either", ns(ADDR6[HOST], wrong[0]),
     NOTHING)

# Anything: each frame is answered, sent, or counted
rng = random.Random(73)
frames = []
for i in range(600):
    frame = bytearray(rng.choice((full, arp(ADDR4[HOST]), ns(NOBODY6),
                                  ns(ADDR6[HOST], rng.randbytes(48)))))
    for _ in range(rng.randrange(1, 4)):
        frame[rng.randrange(14, len(frame))] = rng.randrange(256)
    if rng.random() < 0.3:
        frame = frame[:rng.randrange(14, len(frame))]
    frames.append(bytes(frame))
before = drops()
got = give("ovl0", *frames)
n = sum(drops().values()) - sum(before.values())
tap.eq("jumbled: each is answered, sent to both, or counted",
       len(got.answers) + len(got.sent) // 2 + n, len(frames))
tap.ok(got.answers and got.sent and n, "there were all three",
       len(got.answers), len(got.sent), n)
tap.eq("the kernel has nothing to say of that", log.lines(), [])

# Reasons

for name, frame, reason in (
        ("ARP without an answer", arp(NOBODY4), "tx-neigh-suppressed"),
        ("ARP that asks for nothing", arp(ADDR4[HOST], op=2),
         "tx-neigh-suppressed"),
        ("a solicitation without an answer", ns(NOBODY6),
         "tx-neigh-suppressed"),
        ("ARP that is too short", arp(NOBODY4)[:30], "tx-inner-short")):
    before = drops()
    give("ovl0", frame)
    after = drops()
    tap.eq(f"{name} is counted", {k: v - before.get(k, 0)
           for k, v in after.items() if v != before.get(k, 0)}, {reason: 1})
before = drops()
give("ovl0", arp(ADDR4[HOST]), ns(ADDR6[HOST]))
tap.eq("what was answered is no drop", drops(), before)

# Route short circuit

for family, addr, nobody, missed in (
        ("IPv4", ADDR4, NOBODY4, missed4), ("IPv6", ADDR6, NOBODY6, missed6)):
    def moved(frame, to):
        return to + ROUTER + frame[12:]
    frame = ip(addr[OTHER])
    same(f"{family} for a router goes to the neighbour, else as it was", frame,
         sent(moved(frame, OTHER), "192.0.2.3"))
    frame = ip(addr[LONE])
    same(f"{family}: flooded if it has no entry", frame,
         sent(moved(frame, LONE), *BOTH))
    frame = ip(addr[HERE])
    same(f"{family}: back if it is on this side", frame,
         answered(moved(frame, HERE)))
    frame = ip(addr[STALE])
    same(f"{family}: also to one that isn't certain", frame,
         sent(moved(frame, STALE), "192.0.2.3"))
    frame = ip(addr[ROUTER])
    same(f"{family}: what is for the router itself", frame, sent(frame))
    frame = ip(nobody)
    same(f"{family}: to nobody: by the router, and a miss", frame,
         sent(frame)._replace(missed=missed(nobody)))
    frame = ip(addr[OTHER], to=HOST)
    same(f"{family}: to who is no router", frame, sent(frame))
    frame = ip(addr[OTHER])
    frame = frame[:12] + struct.pack("!HH", 0x8100, 7) + frame[12:]
    same(f"{family}: behind a tag", frame, sent(frame))
frame = data(ROUTER)
same("what is not IP goes to the router", frame, sent(frame))
# A neighbour that is only being looked for has no address yet.
run("ip", "neighbour", "add", "10.0.0.150", "dev", "ovl0", "nud", "incomplete")
frame = ip(v4("10.0.0.150"))
tap.eq("to one that is looked for: by the router", give("ovl0", frame).sent,
       sent(frame).sent)

# One word at a time

for family, question, unknown in (("ARP", arp(ADDR4[HOST]), arp(NOBODY4)),
                                  ("ND", ns(ADDR6[HOST]), ns(NOBODY6))):
    for state in ("none", "rsc", "l2miss", "l3miss"):
        change(VX[state][2])
        same(f"{state}: {family} is flooded", question, sent(question, *BOTH),
             state)
        same(f"{state}: {family} for nobody is flooded", unknown,
             sent(unknown, *BOTH), state)
    change(("proxy",))
    same(f"proxy: no miss of {family}", unknown, NOTHING, "proxy")
frame = ip(ADDR4[OTHER])
for state in ("none", "proxy", "l3miss"):
    change(VX[state][2])
    same(f"{state}: a router's frame goes to the router", frame, sent(frame),
         state)
    same(f"{state}: no miss of a router's frame", ip(NOBODY4),
         sent(ip(NOBODY4)), state)
change(("rsc",))
same("rsc: a router's frame goes to the neighbour", frame,
     sent(OTHER + ROUTER + frame[12:], "192.0.2.3"), "rsc")
same("rsc: no miss", ip(NOBODY4), sent(ip(NOBODY4)), "rsc")

# MAC addresses that nobody has: a miss if there is no flood list

change(WORDS)
same("a flood list: no miss", data(NOBODY), sent(data(NOBODY), *BOTH))
run("bridge", "-batch", "-", stdin="".join(
    f"fdb del 00:00:00:00:00:00 dev {dev}\n" for dev in names))
for state in ("all", "l2miss", "proxy l2miss"):
    change(VX[state][2])
    same(f"{state}: an unknown MAC address is a miss", data(NOBODY),
         NOTHING._replace(missed=missed_mac(NOBODY)), state)
    same(f"{state}: a known one isn't", data(HOST), sent(data(HOST)), state)
    same(f"{state}: nor one on this side", data(HERE), NOTHING, state)
    same(f"{state}: nor a broadcast", data(ALL), NOTHING, state)
    same(f"{state}: nor a group", data(bytes.fromhex("01005e000005")),
         NOTHING, state)
    before = drops()
    got = give("ovl0", *[data(NOBODY)] * 20)
    tap.eq(f"{state}: one for each frame", len(got.missed), 20)
    tap.eq(f"{state}: each counted",
           dropped("tx-no-remote", before, drops()), 20)
for state in ("none", "l3miss"):
    change(VX[state][2])
    same(f"{state}: no miss of a MAC address", data(NOBODY), NOTHING, state)
change(WORDS)
same("all: a neighbour without an entry past the router is one", ip(ADDR4[LONE]),
     NOTHING._replace(missed=missed_mac(LONE)))
run("ip", "neighbour", "add", "192.0.2.9", "lladdr", p.FAR_MAC.hex(":"),
    "dev", "eth0", "nud", "permanent")
run("ip", "link", "set", "ovl0", "type", "ovl-tun", "remote", "192.0.2.9")
tap.eq("with a remote there is none", give("ovl0", data(NOBODY)),
       sent(data(NOBODY), "192.0.2.9"))
run("ip", "link", "set", "ovl0", "type", "ovl-tun", "remote", "any")
run("ovltun", "peer", "add", "ovl0", "1", "remote", "192.0.2.9")
tap.eq("nor with peers", give("ovl0", data(NOBODY)),
       sent(data(NOBODY), "192.0.2.9"))
run("ovltun", "peer", "del", "ovl0", "1")
tap.ok(times and all(t[0] == t[3] == 0 and t[1] == t[2] for t in times) and
       max(t[1] for t in times) - min(t[1] for t in times) < 300 * 100,
       "misses have vxlan.ko's age", times[:3])

# A device that is elsewhere than its underlay says so; VNI 0 is a number, too.

near, far = (f"/run/netns/{name}-{os.getpid()}" for name in ("near", "far"))
for vni in 59, 0:
    run("ip", "-batch", "-", stdin="".join(
        f"link add {dev} netns {os.path.basename(far)} type {kind} "
        f"id {vni} l2miss {rest}\n" for dev, kind, rest in (
            (f"vx{vni}x", "vxlan", f"dstport {VX_PORT} nolearning"),
            (f"ovl{vni}x", "ovl-tun", ""))))
    p._setns(os.open(far, os.O_RDONLY))
    sock, seen = neigh_socket(), []
    for dev in f"vx{vni}x", f"ovl{vni}x":
        run("ip", "link", "set", dev, "up")
        indexes[dev] = socket.if_nametoindex(dev)
        p.Tap(dev).send(data(NOBODY))
        net.settle()
        seen.append(misses(sock, dev))
    p._setns(os.open(near, os.O_RDONLY))
    tap.eq(f"VNI {vni}, in another namespace: the same", seen[1], seen[0])
    kinds = [kind for kind, _, _ in attributes(seen[0][0], 28)]
    tap.eq(f"VNI {vni}: it says where", (NDA_NETNSID in kinds,
                                         NDA_VNI in kinds), (True, vni != 0))

# Frames that others hold too are not written to: a bridge floods what is for
# the router to ovl0 and to a port whose end has to see it as it was.

run("ip", "-batch", "-", stdin="".join(
    f"link add br{n} type bridge mcast_snooping 0\nlink set br{n} up\n"
    f"link add in{n} type veth peer name i{n}\n"
    f"link add out{n} type veth peer name o{n}\n"
    f"link set {dev} master br{n}\n"
    f"link set i{n} master br{n}\nlink set o{n} master br{n}\n" +
    "".join(f"link set {end}{n} up\n" for end in ("i", "in", "o", "out"))
    for n, dev in ((1, "ovl0"), (2, VX["all"][0]))))
for n, dev in ((1, "ovl0"), (2, VX["all"][0]))[:1 + COMPARED]:
    into, out = p.Tap(f"in{n}"), p.Tap(f"out{n}")
    net.settle()
    net.drain()
    out.all()
    frame = ip(ADDR4[OTHER])
    into.send(frame)
    net.settle()
    got = [inner(f) for f in net.far.all(p.parse_outer)]
    got = [g for g in got if not noise(g[1])]
    tap.eq(f"{dev}: the tunnel's copy is for the neighbour", got,
           [("192.0.2.3", OTHER + ROUTER + frame[12:])])
    tap.eq(f"{dev}: the other port's is as it was",
           [f for f in out.all() if not noise(f)], [frame])
    # What is asked behind the bridge is answered there.
    into.send(arp(ADDR4[HOST]))
    net.settle()
    tap.eq(f"{dev}: ARP behind a bridge is answered",
           [f for f in into.all() if not noise(f)],
           [arp_reply(ADDR4[HOST], HOST)])

if not COMPARED:
    tap.skip("the same as vxlan.ko", "KASAN reports that")

# Refused

def refused(name, says, *args):
    try:
        run("ip", "link", *args)
        tap.ok(False, name)
    except RuntimeError as e:
        tap.ok(says in str(e), name, e)


for word in WORDS:
    refused(f"{word} on a layer 3 device", f"{word} needs a layer 2 device",
            "add", "bad", "type", "ovl-tun", "id", "77", "layer3", word)
run("ip", "link", "add", "l3", "type", "ovl-tun", "id", "78", "layer3",
    "noproxy")
refused("proxy on one that is there", "proxy needs a layer 2 device",
        "set", "l3", "type", "ovl-tun", "proxy")
refused("twice", "duplicate", "set", "ovl0", "type", "ovl-tun", "rsc", "norsc")
tap.eq("ip has each drop in the column that is documented", columns.wrong(net.counters()), {})
tap.done()
