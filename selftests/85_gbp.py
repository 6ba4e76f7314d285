#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Marks in VXLAN (GBP) byte for byte as vxlan.ko has them, both ways, what GRO
# makes of them; and options that VXLAN can't carry (nooptions).
# timeout: 120
#
# See packets.py for the topology. In near, beside devices of ours, vxlan.ko's
# are there, on ports of their own; far also plays nodes 192.0.2.3 to .5.

import json
import os
import random
import socket
import struct
import subprocess

import packets as p
from tap import TAP

MAC_A, MAC_B, MAC_X = (bytes.fromhex(f"0200000000{n}") for n in ("a1", "b1", "ff"))
HOST, POD = socket.inet_aton("10.9.9.2"), socket.inet_aton("10.9.9.1")
SOL_UDP, UDP_SEGMENT, SO_MARK, SO_RCVMARK = 17, 103, 36, 75
FROM = p.INNER_MAC
KO_PORT, KO_PLAIN_PORT = 4799, 4798
FAR = p.FAR_MAC.hex(":")
rand = random.Random(20261122)

tap = TAP()
net = p.Net({
    "gbp4": "id 42 remote 192.0.2.2 encap vxlan gbp",
    "gbp6": "id 42 remote 2001:db8::2 encap vxlan gbp",
    "plain": "id 43 remote 192.0.2.2 encap vxlan",
    "mixed": "id 44 gbp",
    "stack": "id 45 remote 192.0.2.2 encap vxlan gbp",
    "trunk": "vnifilter remote 192.0.2.2 encap vxlan gbp",
}, near=(
    *(f"neighbour add 192.0.2.{n} lladdr {FAR} dev eth0 nud permanent"
      for n in range(3, 6)),
    f"link add ko4 type vxlan id 42 remote 192.0.2.2 dstport {KO_PORT} gbp nolearning",
    f"link add ko6 type vxlan id 42 remote 2001:db8::2 dstport {KO_PORT} gbp nolearning",
    f"link add kop type vxlan id 43 remote 192.0.2.2 dstport {KO_PLAIN_PORT} nolearning",
    "link set ko4 up", "link set ko6 up", "link set kop up",
    "address add 10.0.7.1/24 dev stack",
    f"neighbour add 10.0.7.2 lladdr {p.INNER_MAC.hex(':')} dev stack nud permanent",
    "link add br0 type bridge mcast_snooping 0 vlan_filtering 1 vlan_default_pvid 0",
    "link add v0 type veth peer name v1",
    "link set v1 master br0 up", "link set v0 up",
    "link set trunk master br0", "link set br0 up",
))


class Marked(p.Tap):
    """A tap that tells the mark of what it sees."""

    def __init__(self, dev):
        super().__init__(dev)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)

    def all_marked(self):
        """(frame, mark) of each that is waiting."""
        got = []
        while True:
            try:
                data, anc, _, _ = self.sock.recvmsg(65536, 256)
            except BlockingIOError:
                return got
            mark = [struct.unpack("I", value)[0] for level, kind, value in anc
                    if (level, kind) == (socket.SOL_SOCKET, SO_MARK)]
            got.append((data, mark[0]))


taps = {name: Marked(name) for name in
        ("gbp4", "gbp6", "plain", "mixed", "stack", "ko4", "ko6", "kop", "v0")}
macs = {name: net.mac(name) for name in taps}


def ovltun(*lines):
    p.run("ovltun", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def link(dev, words):
    p.run("ip", "link", "set", dev, "type", "ovl-tun", *words.split())


def frame(dst=MAC_X, body=bytes(46)):
    return p.eth(dst, p.INNER_MAC, p.ETH_P_TEST, body)


def send(dev, data=None, mark=0):
    """What near sends when this frame with a mark goes into the device."""
    taps[dev].mark(mark)
    taps[dev].send(data or frame())
    packet = net.sent()
    return packet and p.parse_outer(packet)


def sent_nothing(dev, data=None):
    taps[dev].send(data or frame())
    net.settle()
    return not net.far.all(p.parse_outer)


def head(word, vni, last=0):
    """A VXLAN header with these first four bytes."""
    return struct.pack("!II", word, vni << 8 | last)


def change(before):
    net.settle()
    return dict(net.counters() - before)


# Sending

MARKS = (0, 1, 0x20, 0xffff, 0x10000, 0x80000, 0x80001, 0x400000, 0x400001,
         0x48ffff, 0x12345678, 0x80000000, 0xffb70000, 0xffffffff)


def test_transmit():
    net.drain()
    for ours, ko in ("gbp4", "ko4"), ("gbp6", "ko6"):
        wrong = []
        for mark in MARKS + tuple(rand.getrandbits(32) for _ in range(20)):
            got, want = send(ours, mark=mark), send(ko, mark=mark)
            if (not got or got.shim != want.shim or not got.check_ok or
                    (got.dport, want.dport) != (p.VXLAN_PORT, KO_PORT)):
                wrong.append((hex(mark), got, want))
        tap.eq(f"{ours}: each mark is sent as vxlan.ko does", wrong, [])
    tap.eq("literally", [send("gbp4", mark=mark).shim[:8].hex()
                         for mark in (0x20, 0x480021, 0, 0x1000000)],
           ["8800002000002a00", "8848002100002a00", "0800000000002a00",
            "8800000000002a00"])
    tap.eq("without gbp there is none", send("plain", mark=0x20).shim[:8],
           p.vxlan(43))
    link("gbp4", "nogbp")
    tap.eq("nor is there any more", send("gbp4", mark=0x20).shim[:8], p.vxlan(42))
    link("gbp4", "gbp encap geneve")
    got = send("gbp4", mark=0x20)
    tap.eq("Geneve has none", (got.dport, got.shim[:8]),
           (p.GENEVE_PORT, p.geneve(42)))
    link("gbp4", "encap vxlan")
    tap.eq("VXLAN has it again", send("gbp4", mark=0x20).shim[:8],
           head(0x88000020, 42))


def test_peers():
    ovltun(f"peer add mixed a remote 192.0.2.3 mac {MAC_A.hex(':')} encap vxlan",
           f"peer add mixed b remote 192.0.2.4 mac {MAC_B.hex(':')}",
           "options add mixed 0xff00:0:mark")
    net.drain()
    a, b = send("mixed", frame(MAC_A), 0x77), send("mixed", frame(MAC_B), 0x77)
    tap.eq("a peer that is sent VXLAN", (a.dport, a.shim[:8]),
           (p.VXLAN_PORT, head(0x88000077, 44)))
    tap.eq("one that is sent Geneve", (b.dport, b.shim[:16]),
           (p.GENEVE_PORT, p.geneve(44, opts=p.opt(0xff00, 0, b"\0\0\0\x77"))))
    taps["mixed"].mark(0x78)
    taps["mixed"].send(frame())
    flood = sorted((p.parse_outer(net.sent()) for _ in range(2)),
                   key=lambda one: one.dport)
    tap.eq("both get a flooded frame", [one.shim[:8].hex() for one in flood],
           ["8800007800002c00", "0200655800002c00"])
    ovltun("peer del mixed a", "peer del mixed b", "options flush mixed")


def test_segments():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(SOL_UDP, UDP_SEGMENT, 500)
        sock.setsockopt(socket.SOL_SOCKET, SO_MARK, 0x80077)
        net.drain()
        sock.sendto(bytes(1400), ("10.0.7.2", 7))
        got = [p.parse_outer(net.sent()) for _ in range(3)]
    tap.eq("all segments of a packet have the mark of its socket",
           {one.shim[:8] for one in got}, {head(0x88080077, 45)})
    tap.ok(all(one.check_ok for one in got), "with good checksums")
    tap.eq("their lengths", [len(one.shim) for one in got], [550, 550, 450])


def test_trunk():
    p.run("bridge", "-batch", "-", stdin="""\
link set dev trunk vlan_tunnel on
vlan add dev trunk vid 10
vlan add dev trunk vid 10 tunnel_info id 1010
vlan add dev v1 vid 10 pvid untagged
""")
    ovltun("vni add trunk 1010")
    net.drain()
    got = send("v0", mark=0x55)
    tap.eq("one of many VNIs", got and got.shim[:8], head(0x88000055, 1010))
    taps["v0"].all()
    net.far.send(p.outer(head(0x88000066, 1010) + frame(), p.VXLAN_PORT))
    net.settle()
    tap.eq("received in one of many VNIs", taps["v0"].all_marked(),
           [(frame(), 0x66)])


# Receiving

def collect(dev, headers, port, v6=False):
    """The mark that a frame comes out with behind each header; None if not."""
    found = {}
    for at in range(0, len(headers), 50):
        for n, header in list(enumerate(headers))[at:at + 50]:
            body = struct.pack("!I", n) + bytes(42)
            net.far.send(p.outer(header + frame(macs[dev], body), port, v6))
        net.settle()
        for data, mark in taps[dev].all_marked():
            if data[12:14] == struct.pack("!H", p.ETH_P_TEST):
                found[struct.unpack_from("!I", data, 14)[0]] = mark
    return [found.get(n) for n in range(len(headers))]


def test_receive():
    words = [first << 24 | rest for first in range(256) for rest in (0, 0x48ffff)]
    words += [0x88000000 | 1 << bit for bit in range(24)]
    words += [0x08000000 | 1 << bit for bit in range(24)]
    words += [rand.choice((0x08, 0x88)) << 24 | rand.getrandbits(24)
              for _ in range(100)]
    for ours, ko, v6 in ("gbp4", "ko4", False), ("gbp6", "ko6", True):
        headers = [head(word, 42) for word in words]
        headers += [head(0x88000005, 42, 1 << bit) for bit in range(8)]
        got = collect(ours, headers, p.VXLAN_PORT, v6)
        want = collect(ko, headers, KO_PORT, v6)
        tap.eq(f"{ours}: {len(headers)} headers are taken as by vxlan.ko",
               [(one[0].hex(), *one[1:]) for one in zip(headers, got, want)
                if one[1] != one[2]], [])
        tap.ok(min(got.count(None), len(got) - got.count(None)) > 30,
               f"{ours}: some were dropped and some were not", got)
        words = words[::4]  # over IPv6 some will do
    tap.eq("literally", collect("gbp4", [
        head(word, 42) for word in (0x88000020, 0xffffffff, 0x88ffffff, 0x88000000,
                                    0x08000020, 0x08000000, 0x80000020)],
        p.VXLAN_PORT), [0x20, None, 0x48ffff, 0, 0, 0, None])
    net.far.send(p.outer(p.geneve(42, frame(macs["gbp4"])), p.GENEVE_PORT))
    net.settle()
    tap.eq("Geneve says nothing of a mark", taps["gbp4"].all_marked(),
           [(frame(macs["gbp4"]), 0)])


def test_without():
    """A device without gbp, on the same port as others that have it."""
    headers = [head(word, 43) for word in (
        0x88000020, 0x88000000, 0x08000020, 0x08400000, 0x08000000, 0x08000000)]
    before = net.counters()
    got = collect("plain", headers, p.VXLAN_PORT)
    tap.eq("a device without gbp takes plain packets only", got,
           [None] * 4 + [0, 0])
    tap.eq("as vxlan.ko without gbp", collect("kop", headers, KO_PLAIN_PORT), got)
    tap.eq("the others are counted as its own", change(before),
           {("plain", "rx-vxlan-flags"): 4, ("plain", "delivered"): 2})
    before = net.counters()
    net.far.send(p.outer(head(0x88000020, 77) + frame(), p.VXLAN_PORT))
    tap.eq("for nobody", change(before), {("port", "rx-vni-unknown"): 1})
    link("gbp4", "nogbp")
    both = [head(0x88000020, 42), head(0x08000000, 42)]
    tap.eq("switched off it takes none", collect("gbp4", both, p.VXLAN_PORT),
           [None, 0])
    link("gbp4", "gbp")
    tap.eq("switched on it does", collect("gbp4", both, p.VXLAN_PORT), [0x20, 0])


def test_icmp():
    """Path MTU by an error that quotes a packet with a mark."""
    def route_mtu():
        return json.loads(p.run("ovltun", "-j", "peer", "show", "stack", "0"))[0][
            "path"]["route_mtu"]

    net.drain()
    taps["stack"].mark(0x48aaaa)
    taps["stack"].send(frame())
    quoted = net.sent()[14:14 + 20 + 8 + 8]
    before = route_mtu()
    body = struct.pack("!BBHHH", 3, 4, 0, 0, 1234) + quoted
    body = body[:2] + struct.pack("!H", p.csum(body)) + body[4:]
    net.far.send(p.eth(p.NEAR_MAC, p.FAR_MAC, p.ETH_P_IP,
                       p.ip4(p.FAR4, p.NEAR4, socket.IPPROTO_ICMP, body)))
    net.settle()
    tap.eq("an ICMP error for such a packet is believed", (before, route_mtu()),
           (1500, 1234))
    p.run("ip", "route", "flush", "cache")


# GRO

FIRST, SECOND = b"a" * 200, b"b" * 200
A, B = 0x88000020, 0x88000021


def pair(dev, port, vni, first, second):
    """(data, mark) of what comes out of two segments behind these headers."""
    taps[dev].all()
    for word, seq, data in (first, 1, FIRST), (second, 201, SECOND):
        frame = p.segment(macs[dev], HOST, POD, seq, data)
        net.far.send(p.outer(head(word, vni) + frame, port, frag=0x4000))
    got = []
    for _ in range(100):
        got += [(data[54:], mark) for data, mark in taps[dev].all_marked()
                if data[12:14] == b"\x08\0"]
        if sum(len(data) for data, _ in got) >= len(FIRST + SECOND):
            break
        net.settle()
    return got


def merges(name, dev, port, vni, word, mark):
    for _ in range(10):  # a busy machine may take longer than the timer
        got = pair(dev, port, vni, word, word)
        if len(got) == 1:
            break
    tap.eq(f"{name}: merged", got, [(FIRST + SECOND, mark)])


def stays_apart(name, dev, port, vni, first, second):
    marks = [word & 0x48ffff if word >> 31 else 0 for word in (first, second)]
    for _ in range(3):
        got = pair(dev, port, vni, first, second)
        if len(got) != 2:
            break
    tap.eq(f"{name}: each with its own mark", got,
           [(FIRST, marks[0]), (SECOND, marks[1])])


def hold(dev):
    """Have GRO wait 100 ms for more."""
    p.run("ip", "netns", "exec", f"near-{os.getpid()}", "sh", "-c",
          f"echo 100000000 >/sys/class/net/{dev}/gro_flush_timeout")


def test_gro():
    # veth has nothing to merge for a sender that sends large packets.
    p.run("ip", "netns", "exec", f"far-{os.getpid()}", "ethtool", "-K", "eth0",
          "tso", "off")
    p.run("ethtool", "-K", "eth0", "gro", "on")
    for dev in "gbp4", "ko4", "plain":
        p.run("ethtool", "-K", dev, "gro", "off")
    hold("eth0")
    for name, dev, port in ("ours", "gbp4", p.VXLAN_PORT), ("vxlan.ko", "ko4", KO_PORT):
        merges(f"the underlay's GRO, {name}, one group", dev, port, 42, A, 0x20)
        stays_apart(f"the underlay's GRO, {name}, two groups", dev, port, 42, A, B)
        stays_apart(f"the underlay's GRO, {name}, a group and none", dev, port, 42,
                    A, 0x08000000)
        stays_apart(f"the underlay's GRO, {name}, with D and without", dev, port,
                    42, A, A | 0x400000)

    p.run("ethtool", "-K", "eth0", "gro", "off")
    for dev in "gbp4", "ko4", "plain":
        p.run("ethtool", "-K", dev, "gro", "on")
        hold(dev)
    merges("the device's GRO, without gbp", "plain", p.VXLAN_PORT, 43, 0x08000000, 0)
    stays_apart("the device's GRO, two groups", "gbp4", p.VXLAN_PORT, 42, A, B)
    stays_apart("the device's GRO, a group and none", "gbp4", p.VXLAN_PORT, 42, A,
                0x08000000)
    tap.diag("that of vxlan.ko: " + str([
        (len(data), hex(mark)) for data, mark in pair("ko4", KO_PORT, 42, A, B)]))
    for dev in "gbp4", "ko4", "plain":
        p.run("ethtool", "-K", dev, "gro", "off")


# Options that VXLAN can't carry

def dropped(name, dev, data=None, n=1):
    before = net.counters()
    nothing = sent_nothing(dev, data)
    tap.eq(f"{name}: dropped", (nothing, change(before)),
           (True, {(dev, "tx-no-options"): n}))


def goes(name, dev, data=None, mark=0):
    before = net.counters()
    got = send(dev, data, mark)
    tap.eq(f"{name}: sent", (got and got.dport, change(before)), (p.VXLAN_PORT, {}))
    taps[dev].mark(0)
    return got


def test_nooptions():
    net.drain()
    ovltun("options add plain 0xff00:1:00000001")
    goes("options where VXLAN is sent, by default", "plain")
    link("plain", "nooptions drop")
    dropped("nooptions drop", "plain")
    stats = json.loads(p.run("ovltun", "-s", "-j", "peer", "show", "plain", "0"))
    tap.eq("it is counted for the peer",
           stats[0]["stats"]["drops"]["tx-no-options"], 1)
    link("plain", "encap geneve")
    tap.eq("Geneve is sent, with them", send("plain").shim[:16],
           p.geneve(43, opts=p.opt(0xff00, 1, b"\0\0\0\1")))
    link("plain", "encap vxlan")
    dropped("back to VXLAN", "plain")
    ovltun("options flush plain")
    goes("without any options", "plain")
    ovltun("options add plain 0xff00:1:")
    dropped("an option without data is one", "plain")
    link("plain", "nooptions ignore")
    goes("nooptions ignore", "plain")
    ovltun("options flush plain")

    # A peer's own word, and its own set
    link("mixed", "encap vxlan nooptions drop nogbp")
    ovltun("options add mixed 0xff00:1:peer", "options add mixed set empty",
           "options add mixed set some 0xff00:2:00000002",
           f"peer add mixed a remote 192.0.2.3 mac {MAC_A.hex(':')}",
           f"peer add mixed b remote 192.0.2.4 mac {MAC_B.hex(':')} nooptions ignore")
    dropped("a peer without a word of its own", "mixed", frame(MAC_A))
    goes("a peer with nooptions ignore", "mixed", frame(MAC_B))
    before = net.counters()
    got = send("mixed")
    tap.eq("flooded, one gets it", (got and got.dport, net.far.all(p.parse_outer),
                                    change(before)),
           (p.VXLAN_PORT, [], {("mixed", "tx-no-options"): 1}))
    ovltun("peer set mixed a options empty")
    goes("a peer with an empty set", "mixed", frame(MAC_A))
    ovltun("options add mixed set empty 0xff00:3:")
    dropped("a set that isn't empty any more", "mixed", frame(MAC_A))
    ovltun("options del mixed set empty 0xff00:3")
    goes("one that is again", "mixed", frame(MAC_A))
    link("mixed", "nooptions ignore")
    ovltun("options flush mixed", "peer set mixed a options some nooptions drop",
           "peer set mixed b nooptions default")
    dropped("a peer with nooptions drop", "mixed", frame(MAC_A))
    goes("one that has it no more", "mixed", frame(MAC_B))

    # What GBP carries
    ovltun("options replace mixed set some 0xff00:2:mark/0xffff")
    dropped("the mark, without gbp", "mixed", frame(MAC_A))
    link("mixed", "gbp")
    got = goes("the mark, with gbp", "mixed", frame(MAC_A), 0x99)
    tap.eq("it is there", got and got.shim[:8], head(0x88000099, 44))
    ovltun("options add mixed set some 0xff00:3:mark/0x80000>>19")
    goes("two parts of it", "mixed", frame(MAC_A), 0x99)
    ovltun("options replace mixed set some 0xff00:3:mark")
    dropped("all of the mark", "mixed", frame(MAC_A))
    ovltun("options replace mixed set some 0xff00:3:prio/0xff")
    dropped("something else besides", "mixed", frame(MAC_A))
    ovltun("peer del mixed a", "peer del mixed b")

    # Those that nobody has added
    link("mixed", "nooptions drop nogbp learning")
    ovltun("options add mixed 0xff00:1:00000001")
    p.run("bridge", "fdb", "add", MAC_A.hex(":"), "dev", "mixed", "dst", "192.0.2.5")
    dropped("a forwarding entry's peer", "mixed", frame(MAC_A))
    net.far.send(p.outer(p.vxlan(44, p.eth(FROM, MAC_B, p.ETH_P_TEST, bytes(46))),
                         p.VXLAN_PORT))
    net.settle()
    dropped("a learned one", "mixed", frame(MAC_B))
    link("mixed", "nooptions ignore")
    goes("both follow the device", "mixed", frame(MAC_B))



def test_words():
    """What vxlan.ko refuses as well."""
    def refused(*words):
        done = subprocess.run(["ip", "link", "add", "bad", "type", *words],
                              text=True, capture_output=True)
        return done.returncode and done.stderr

    tap.ok(refused("vxlan", "dstport", "4797", "external", "gpe", "gbp"),
           "vxlan.ko refuses gbp with gpe")
    said = refused("ovl-tun", "layer3", "gbp")
    tap.ok(said and "gbp needs a layer 2 device" in said, "layer3 refuses gbp", said)
    p.run("ip", "link", "add", "l3", "type", "ovl-tun", "layer3", "id", "99")
    done = subprocess.run(["ip", "link", "set", "l3", "type", "ovl-tun", "gbp"],
                          text=True, capture_output=True)
    tap.ok(done.returncode and "gbp needs a layer 2 device" in done.stderr,
           "later, too", done.stderr)


test_transmit()
test_peers()
test_segments()
test_trunk()
test_receive()
test_without()
test_icmp()
test_gro()
test_nooptions()
test_words()
tap.done()
