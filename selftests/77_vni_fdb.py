#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# What else there is of a forwarding table, on a device with a table of VNIs:
# groups of nexthops, neighbours, dumps. # timeout: 300
#
#	q10 - vlan 10 \       / VNI 1010
#	               br0 - ovl0 - eth0 ---- far
#	q11 - vlan 11 /       \ VNI 1011
#
#	q12 - vlan 12 - br0 - vx0: VNI 1010 of vxlan.ko

import json
import socket
import struct
import subprocess

import packets as p
from packets import run
from tap import TAP

tap = TAP()

OWN = bytes.fromhex("020000000aaa")  # who asks, in each VLAN
HOST = bytes.fromhex("020000000b01")  # behind 192.0.2.2 in both
HERE = bytes.fromhex("020000000b03")  # on this side in VLAN 11 only
ROUTER = bytes.fromhex("020000000c01")  # one that is known as such in VLAN 10
SPREAD = bytes.fromhex("020000000e01")  # behind a group of nexthops
NOBODY = bytes.fromhex("020000000dd0")
ALL = b"\xff" * 6
VX_PORT = 4790
IP, IPV6, ARP = p.ETH_P_IP, p.ETH_P_IPV6, 0x0806
RTM_GETNEIGH, RTMGRP_NEIGH = 30, 4
NLM_F_REQUEST, NLM_F_DUMP, NLM_F_DUMP_INTR = 1, 0x300, 0x10
NLMSG_ERROR, NLMSG_DONE, AF_BRIDGE = 2, 3, 7
NDA_DST, NDA_LLADDR, NDA_CACHEINFO, NDA_VNI, NDA_SRC_VNI = 1, 2, 3, 7, 11


def v4(text):
    return socket.inet_aton(text)


def v6(text):
    return socket.inet_pton(socket.AF_INET6, text)


MY4, HOST4, HERE4, NOBODY4 = (v4(f"10.0.0.{n}") for n in (1, 2, 3, 200))
MY6, ROUTER6 = v6("fd00::1"), v6("fd00::99")


def batch(*lines, tool="ip"):
    run(tool, "-batch", "-", stdin="\n".join(lines) + "\n")


def fdb(*lines):
    batch(*(f"fdb {line}" for line in lines), tool="bridge")


def vni(*lines):
    batch(*(f"vni {line}" for line in lines), tool="ovltun")


net = p.Net({"ovl0": "vnifilter encap vxlan nolearning"}, ipv6=["ovl0"])
batch("link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 "
      "mcast_snooping 0", "link set br0 up", "link set ovl0 master br0",
      *(f"neighbour add 192.0.2.{n} lladdr {p.FAR_MAC.hex(':')} dev eth0 "
        "nud permanent" for n in (3, 4)))
batch("link set dev ovl0 vlan_tunnel on learning off",
      "vlan add dev ovl0 vid 10-11",
      "vlan add dev ovl0 vid 10-11 tunnel_info id 1010-1011", tool="bridge")
for n in 10, 11, 12:
    batch(f"link add q{n} type veth peer name p{n}", f"link set q{n} up",
          f"link set p{n} master br0 up")
    batch(f"vlan add dev p{n} vid {n} pvid untagged",
          f"link set dev p{n} learning off", tool="bridge")
    net.taps[f"q{n}"] = p.Tap(f"q{n}")
vni("add ovl0 1010-1011")
try:
    batch(f"link add vx0 type vxlan external vnifilter dstport {VX_PORT} "
          "nolearning proxy l2miss l3miss", "link set vx0 master br0 up")
    batch("vni add dev vx0 vni 1010",
          "link set dev vx0 vlan_tunnel on learning off",
          "vlan add dev vx0 vid 12", "vlan add dev vx0 vid 12 tunnel_info id 1010",
          tool="bridge")
    compared = True
except RuntimeError:
    compared = False


def noise(frame):
    return frame[6:10] != OWN[:4]


def shim(frame):
    """Where an outer packet goes, its VNI, and what is in it."""
    outer = p.parse_outer(frame)
    return (socket.inet_ntoa(frame[30:34]),
            struct.unpack_from("!I", outer.shim, 4)[0] >> 8, outer.shim[8:])


def give(dev, *frames):
    """What is sent when somebody sends frames, and what comes back to whom."""
    net.drain()
    for frame in frames:
        net.taps[dev].send(frame)
    net.settle()
    sent = [shim(f) for f in net.far.all(p.parse_outer)]
    return ([s for s in sent if not noise(s[2])],
            {name: got for name, one in net.taps.items() if name[0] == "q" and
             (got := one.all(lambda f: not noise(f)))})


def flow(n, dst=SPREAD):
    return p.eth(dst, OWN, IP, p.ip4(MY4, HOST4, 17, struct.pack(
        "!HHHH", 1000 + n, 9, 8 + 20, 0) + bytes(20)))


def shown(dev="ovl0"):
    lines = run("bridge", "fdb", "show", "dev", dev).splitlines()
    return sorted(" ".join(line.split()) for line in lines
                  if "src_vni" in line)


def peers():
    return sorted(one["remote"] for one in json.loads(
        run("ovltun", "-j", "peer", "show", "ovl0")))


def vni_stats(number):
    one = json.loads(run("ovltun", "-s", "-j", "vni", "show", "ovl0",
                         str(number)))[0]["stats"]
    return [one[k] for k in ("rx_packets", "tx_packets", "rx_drops", "tx_drops")]


# Groups of nexthops

M = SPREAD.hex(":")
batch("nexthop add id 1 via 192.0.2.3 fdb", "nexthop add id 2 via 192.0.2.4 fdb",
      "nexthop add id 10 group 1/2 fdb", "nexthop add id 11 group 1 fdb")
commands = (f"add {M} DEV nhid 10 src_vni 1010",
            f"add {M} DEV nhid 11 src_vni 1010",
            f"replace {M} DEV nhid 11 src_vni 1010",
            f"replace {M} DEV nhid 10 src_vni 1010",
            f"add {NOBODY.hex(':')} DEV nhid 10 vni 7 src_vni 1010",
            f"add {NOBODY.hex(':')} DEV nhid 99 src_vni 1010",
            f"add {NOBODY.hex(':')} DEV nhid 11 src_vni 1010",
            f"del {NOBODY.hex(':')} DEV src_vni 1010",
            "add 00:00:00:00:00:00 DEV nhid 11 src_vni 1010")


def refused(dev):
    failed = []
    for line in commands:
        try:
            fdb(line.replace("DEV", f"dev {dev}"))
        except RuntimeError:
            failed.append(line)
    return failed


got = refused("ovl0"), shown()
if compared:
    tap.eq("nhid with src_vni: as vxlan.ko", got, (refused("vx0"), shown("vx0")))
else:
    tap.skip("nhid with src_vni: as vxlan.ko", "no vnifilter of vxlan here")
tap.eq("some are refused, two are there", (len(got[0]), len(got[1])), (3, 2))
if compared:
    fdb("del 00:00:00:00:00:00 dev vx0 src_vni 1010")
fdb("del 00:00:00:00:00:00 dev ovl0 src_vni 1010",
    f"add {M} dev ovl0 nhid 11 src_vni 1011")
tap.eq("get", run("bridge", "fdb", "get", M, "dev", "ovl0", "vni", "1011",
                  "self").split()[3:7], ["src_vni", "1011", "nhid", "11"])

flows = [flow(n) for n in range(60)]
sent, back = give("q10", *flows)
tap.eq("each frame goes to one member", (sorted(s[2] for s in sent), back),
       (sorted(flows), {}))
tap.eq("in its VNI", {s[1] for s in sent}, {1010})
tap.eq("both members get some", {s[0] for s in sent},
       {"192.0.2.3", "192.0.2.4"})
sent, _ = give("q11", *flows)
tap.eq("the other VNI has its own group",
       (len(sent), {s[:2] for s in sent}), (60, {("192.0.2.3", 1011)}))
fdb(f"replace {M} dev ovl0 nhid 10 src_vni 1011")
sent, _ = give("q11", *flows)
tap.eq("or shares the members", {s[:2] for s in sent},
       {("192.0.2.3", 1011), ("192.0.2.4", 1011)})
tap.eq("which are one peer each", peers(), ["192.0.2.3", "192.0.2.4"])
fdb(f"del {M} dev ovl0 src_vni 1011", "add 00:00:00:00:00:00 dev ovl0 nhid 11 "
    "src_vni 1011")
sent, _ = give("q11", *flows)
tap.eq("the flood list may be a group", {s[:2] for s in sent},
       {("192.0.2.3", 1011)})
vni("del ovl0 1010")
tap.eq("a VNI takes its entries along", (shown(), peers()),
       (["00:00:00:00:00:00 src_vni 1011 nhid 11 self permanent"],
        ["192.0.2.3"]))
vni("flush ovl0")
tap.eq("and the last one all", (shown(), peers()), ([], []))
vni("add ovl0 1010 remote 192.0.2.2")
tap.eq("a VNI's remote can't have a nhid: refused", [
    line for line in ("add 00:00:00:00:00:00 dev ovl0 nhid 11 src_vni 1010",
                      "append 00:00:00:00:00:00 dev ovl0 nhid 11 src_vni 1010")
    if subprocess.run(["bridge", "fdb", *line.split()],
                      capture_output=True).returncode == 0], [])
vni("flush ovl0")

# Neighbours

run("ip", "link", "set", "ovl0", "type", "ovl-tun", "proxy", "rsc", "l2miss",
    "l3miss")
vni("add ovl0 1010-1011")
for dev in ("ovl0", "vx0") if compared else ("ovl0",):
    batch(*(f"neighbour replace {addr} lladdr {mac.hex(':')} dev {dev} "
            "nud permanent" for addr, mac in (
                ("10.0.0.2", HOST), ("10.0.0.3", HERE)) +
            ((("fd00::99", ROUTER),) if dev == "ovl0" else ())))
fdb(f"add {HOST.hex(':')} dev ovl0 dst 192.0.2.2 src_vni 1010",
    f"add {HOST.hex(':')} dev ovl0 dst 192.0.2.3 src_vni 1011",
    f"add {HERE.hex(':')} dev ovl0 dst 192.0.2.4 src_vni 1010",
    f"add {HERE.hex(':')} dev ovl0 dst 0.0.0.0 src_vni 1011",
    f"add {ROUTER.hex(':')} dev ovl0 dst 192.0.2.2 router src_vni 1010",
    f"add {ROUTER.hex(':')} dev ovl0 dst 192.0.2.2 src_vni 1011")


def arp(tip):
    return p.eth(ALL, OWN, ARP, struct.pack("!HHBBH", 1, IP, 6, 4, 1)
                 + OWN + MY4 + bytes(6) + tip)


def arp_reply(tip, mac):
    return p.eth(OWN, mac, ARP, struct.pack("!HHBBH", 1, IP, 6, 4, 2)
                 + mac + tip + OWN + MY4)


def icmp6(src, dst, body):
    pseudo = src + dst + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", p.csum(pseudo + body)) + body[4:]
    return p.ip6(src, dst, 58, body, ttl=255)


def solicit(target):
    dst = v6("ff02::1:ff00:0")[:13] + target[13:]
    return p.eth(b"\x33\x33" + dst[12:], OWN, IPV6, icmp6(
        MY6, dst, struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\1\1" + OWN))


def advert(target, mac, flags):
    return p.eth(OWN, mac, IPV6, icmp6(
        target, MY6, struct.pack("!BBHI", 136, 0, 0, flags << 29) + target
        + b"\2\1" + mac))


def ip(dst, to, src=OWN):
    return p.eth(to, src, IP, p.ip4(MY4, dst, 253, b"payload", ttl=9))


for q in "q10", "q11":
    tap.eq(f"{q}: ARP is answered into its VLAN", give(q, arp(HOST4)),
           ([], {q: [arp_reply(HOST4, HOST)]}))
tap.eq("one on this side in VLAN 11 is not answered for there",
       give("q11", arp(HERE4)), ([], {}))
tap.eq("but in VLAN 10, where it is elsewhere", give("q10", arp(HERE4)),
       ([], {"q10": [arp_reply(HERE4, HERE)]}))
tap.eq("a router is one where its entry says so", give("q10", solicit(ROUTER6)),
       ([], {"q10": [advert(ROUTER6, ROUTER, 7)]}))
tap.eq("and no router elsewhere", give("q11", solicit(ROUTER6)),
       ([], {"q11": [advert(ROUTER6, ROUTER, 3)]}))

tap.eq("rsc past the router", give("q10", ip(HOST4, ROUTER)),
       ([("192.0.2.2", 1010, ip(HOST4, HOST, ROUTER))], {}))
tap.eq("where it is no router, nothing changes", give("q11", ip(HOST4, ROUTER)),
       ([("192.0.2.2", 1011, ip(HOST4, ROUTER))], {}))
fdb(f"replace {ROUTER.hex(':')} dev ovl0 dst 192.0.2.2 router src_vni 1011")
tap.eq("rsc by the entry in the VNI", give("q11", ip(HOST4, ROUTER)),
       ([("192.0.2.3", 1011, ip(HOST4, HOST, ROUTER))], {}))
before = vni_stats(1011)
tap.eq("rsc back to this side, into the VLAN", give("q11", ip(HERE4, ROUTER)),
       ([], {"q11": [ip(HERE4, HERE, ROUTER)]}))
tap.eq("counted in the VNI", [b - a for a, b in zip(before, vni_stats(1011))],
       [1, 1, 0, 0])

sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
sock.setsockopt(socket.SOL_SOCKET, p.SO_RCVBUFFORCE, 64 << 20)
sock.bind((0, RTMGRP_NEIGH))
sock.setblocking(False)


def attributes(data):
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3fff] = data[4:size]
        data = data[size + 3 & ~3:]
    return found


def missed(q, dev, frame):
    """The misses of a frame: family and attributes but for the time."""
    index, found = socket.if_nametoindex(dev), []
    while True:
        try:
            message = sock.recv(65536)
        except BlockingIOError:
            if frame is None:
                return found
            give(q, frame)
            frame = None
            continue
        if frame is None and struct.unpack_from("=H", message, 4)[0] == \
                RTM_GETNEIGH and \
                struct.unpack_from("=i", message, 20)[0] == index:
            attrs = attributes(message[28:])
            assert len(attrs.pop(NDA_CACHEINFO)) == 16
            found.append((message[16], attrs))


for name, frame, want in (
        ("l2miss", p.eth(NOBODY, OWN, p.ETH_P_TEST, bytes(46)),
         {NDA_LLADDR: NOBODY}),
        ("l3miss", arp(NOBODY4),
         {NDA_DST: NOBODY4, NDA_VNI: struct.pack("=I", 1 << 24)})):
    for q, number in ("q10", 1010), ("q11", 1011):
        tap.eq(f"{name} of {q} says in which VNI", missed(q, "ovl0", frame), [
            (socket.AF_INET, want | {NDA_SRC_VNI: struct.pack("=I", number)})])
    if compared:
        tap.eq(f"{name}: the rest is vxlan.ko's", missed("q12", "vx0", frame),
               [(socket.AF_INET, want)])
    else:
        tap.skip(f"{name}: the rest is vxlan.ko's", "no vnifilter of vxlan here")
run("ip", "link", "set", "ovl0", "type", "ovl-tun", "noproxy", "norsc",
    "nol2miss", "nol3miss")
vni("flush ovl0")

# Dumps


def dump(between=None, size=4096):
    """(MAC address, VNI) of all messages, how often it was read, and whether
    it was interrupted. between(n) is called after the nth time."""
    route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                          socket.NETLINK_ROUTE)
    index, found, interrupted, n = socket.if_nametoindex("ovl0"), [], False, 0
    body = struct.pack("BxxxiHBB", AF_BRIDGE, 0, 0, 0, 0)
    route.send(struct.pack("IHHII", 16 + len(body), RTM_GETNEIGH,
                           NLM_F_REQUEST | NLM_F_DUMP, 1, 0) + body)
    while True:
        data = route.recv(size)
        while data:
            length, kind, flags = struct.unpack_from("IHH", data)
            interrupted |= bool(flags & NLM_F_DUMP_INTR)
            if kind == NLMSG_DONE:
                return found, n, interrupted
            assert kind != NLMSG_ERROR
            attrs = attributes(data[28:length])
            if struct.unpack_from("i", data, 20)[0] == index and \
                    NDA_SRC_VNI in attrs:
                found.append((attrs[NDA_LLADDR],
                              struct.unpack("=I", attrs[NDA_SRC_VNI])[0]))
            data = data[length + 3 & ~3:]
        n += 1
        if between:
            between(n)


def wanted(numbers):
    return sorted([(bytes(6), n) for n in numbers] + [(HOST, n) for n in numbers])


vni("add ovl0 2000-2299 remote 192.0.2.2")
fdb(*(f"add {HOST.hex(':')} dev ovl0 dst 192.0.2.3 src_vni {n}"
      for n in range(2000, 2300)))
found, reads, interrupted = dump()
tap.eq("a dump of 300 VNIs shows each default and entry once",
       (sorted(found), interrupted), (wanted(range(2000, 2300)), False))
tap.ok(reads > 10, "in many messages", reads)
tap.eq("defaults first, by VNI", found[:300],
       [(bytes(6), n) for n in range(2000, 2300)])


def fewer(n):
    """Those that were shown, the one that would be next, and later ones."""
    if n == 2:
        vni("del ovl0 2000-2099", "del ovl0 2250-2259")
    elif n == 4:
        vni("add ovl0 2000-2009 remote 192.0.2.2", "add ovl0 2400")


found, _, interrupted = dump(fewer)
stay = set(wanted(list(range(2100, 2250)) + list(range(2260, 2300))))
shown_stay = sorted(one for one in found if one in stay)
tap.eq("VNIs go and come meanwhile: those that stay are shown once",
       (shown_stay, interrupted), (sorted(stay), False))
tap.ok((bytes(6), 2255) not in found, "one that has gone before is not shown")
vni("flush ovl0")
tap.eq("none are left", (dump()[0], peers()), ([], []))
vni("add ovl0 5-6 remote 192.0.2.2")
run("ip", "link", "del", "ovl0")
tap.done()
