#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Traffic of both directions while what the module allocates fails: each packet is
# delivered, sent, answered, or counted under a reason, and all is well afterwards.
# timeout: 300
# kernel-warning: ref_tracker: memory allocation failure
#
# See packets.py for the topology. Each device is another path of a packet.

import collections
import json
import os
import random
import socket
import struct
import subprocess
import time

import faults
import packets as p
from tap import TAP

tap = TAP()
if not faults.available():
    tap.skip("packets without memory", "the kernel injects no faults")
    tap.done()

ROUNDS = int(os.environ.get("OVL_ROUNDS", 60))
PACKET_VNET_HDR, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 15, 10, 3
UDP, TCP = socket.IPPROTO_UDP, socket.IPPROTO_TCP
ALL, OTHER = b"\xff" * 6, bytes.fromhex("0200000000bb")
ARP = 0x0806
AWS = p.opt(0x0108, 1, bytes(8)) + p.opt(0x0108, 3, b"\0\0\0\7")
DEVICES = {
    "plain": "id 1 remote 192.0.2.2",
    "six": "id 2 remote 2001:db8::2",
    "learn": "id 3 remote 192.0.2.2 learning maxaddress 4000",
    "flood": "id 4 remote 192.0.2.2",
    "proxy": "id 5 remote 192.0.2.2 proxy rsc l2miss l3miss",
    "l3": "layer3 id 6 mac 02:00:00:00:10:06",
    "gw": "layer3 id 7 encap geneve remote 192.0.2.2",
    "rules": "id 8 remote 192.0.2.2",
    "fast": "id 9 remote 192.0.2.2 fastpath",
    "port": "id 10 remote 192.0.2.5",
    "narrow": "id 11 layer3 df set remote 192.0.2.5",
    "frag": "id 13 layer3 remote 192.0.2.5",
    "table": "vnifilter remote 192.0.2.2 learning",
    "ext": "external vxlanport 4790 geneveport 6082",
}
# What the kernel cuts into fragments it counts itself, without a reason.
CUT = ("frag",)


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def setup():
    """The devices with all that they need. 192.0.2.5 has a narrow path."""
    mac = p.FAR_MAC.hex(":")
    net = p.Net(DEVICES, ipv6=("proxy", "l3", "narrow"), near=(
        "link set eth0 mtu 9000",
        *(f"neighbour add 192.0.2.{n} lladdr {mac} dev eth0 nud permanent"
          for n in (3, 4, 5)),
        "route add 192.0.2.5 dev eth0 mtu 1400",
        "link set plain mtu 8000", "link set six mtu 8000", "link set port mtu 3000",
        "link set narrow mtu 3000", "link set frag mtu 3000", "link set ext mtu 8000",
        "link add br0 type bridge mcast_snooping 0", "link set port master br0",
        "link set br0 up",
        "address add 10.5.0.1/16 dev proxy", "address add 10.8.0.1/16 dev ext",
        "address add 10.66.0.1/32 dev lo", "route add 10.99.0.0/16 dev l3",
        "route add 10.98.0.0/16 dev narrow",
        "neighbour add 10.5.0.9 lladdr 02:00:00:00:05:09 dev proxy nud permanent",
        "neighbour add 10.8.0.9 lladdr 02:00:00:00:08:09 dev ext nud permanent",
        "route add 10.9.0.0/16 encap ip id 12 dst 192.0.2.2 dev ext via 10.8.0.9 onlink",
    ), near6=("neighbour add fd05::9 lladdr 02:00:00:00:05:09 dev proxy nud permanent",))
    p.run("ip", "netns", "exec", f"far-{os.getpid()}", "ip", "link", "set", "eth0",
          "mtu", "9000")
    p.run("bridge", "-batch", "-", stdin="".join(
        f"fdb {line}\n" for line in (
            "append 00:00:00:00:00:00 dev flood dst 192.0.2.3",
            "append 00:00:00:00:00:00 dev flood dst 192.0.2.4",
            "add 02:00:00:00:05:09 dev proxy dst 192.0.2.2",
            "add 02:00:00:00:05:0a dev proxy router dst 192.0.2.2")))
    p.run("ovltun", "-batch", "-", stdin="""\
peer add l3 a remote 192.0.2.2 allowed 10.6.0.0/16,fd06::/64
peer add l3 b remote 2001:db8::2 encap vxlan allowed 10.7.0.0/16
echo set gw class 0x0108 limit 1000
rule add rules pref 1 option 0x0102:1 mark 0x0102:1 sample
rule add rules pref 2 option 0x0102:2 drop
options add plain 0xff00:1:mark
vni add table 100-101
""")
    # A socket that sees a packet has a clone of it, which must be copied for writing.
    return net, [p.Tap("eth0"), *(seeing(dev) for dev in DEVICES)]


def seeing(dev):
    """A socket that gets what is sent, too, and has no room for it."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(p.ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 0)
    sock.bind((dev, p.ETH_P_ALL))
    return sock


# Frames and packets

def udp(src, dst, body=b"payload!", ports=(1000, 53), **fields):
    src, dst = addr(src), addr(dst)
    make = p.ip4 if len(src) == 4 else p.ip6
    return make(src, dst, UDP, p.udp(src, dst, *ports, body), **fields)


def frame(inner, dst=OTHER, src=p.INNER_MAC):
    return p.eth(dst, src, p.ETH_P_IPV6 if inner[0] >> 4 == 6 else p.ETH_P_IP, inner)


def arp_request(target, source="10.5.0.7"):
    return p.eth(ALL, p.INNER_MAC, ARP, struct.pack("!HHBBH", 1, p.ETH_P_IP, 6, 4, 1) +
                 p.INNER_MAC + addr(source) + bytes(6) + addr(target))


def solicitation(target):
    src, dst = addr("fd05::7"), addr("ff02::1:ff00:9")
    body = struct.pack("!BBHI", 135, 0, 0, 0) + addr(target) + b"\1\1" + p.INNER_MAC
    check = p.csum(src + dst + struct.pack("!II", len(body), 58) + body)
    body = body[:2] + struct.pack("!H", check) + body[4:]
    return p.eth(ALL, p.INNER_MAC, p.ETH_P_IPV6, p.ip6(src, dst, 58, body, ttl=255))


def to_near():
    """One packet for each path of those that arrive; addresses and flows are new."""
    mac = b"\2" + random.randbytes(5)
    source = socket.inet_aton(f"192.0.{random.randrange(3, 250)}.7")
    ports = random.randrange(1024, 60000), 53
    option = p.opt(0x0102, 1, b"\0\0\0\5")
    inner = frame(udp("10.0.0.2", "10.0.0.1", ports=ports, tos=1), src=mac)
    large = frame(udp("10.0.0.2", "10.0.0.1", bytes(6000), tos=2))
    out = []
    for vni in 1, 3, 4, 8, 9, 10, 100:
        known = {"src": socket.inet_aton(f"192.0.2.{5 if vni == 10 else 2}")}
        out += [p.outer(p.geneve(vni, inner), p.GENEVE_PORT, tos=3, **known),
                p.outer(p.vxlan(vni, inner), p.VXLAN_PORT, tos=1, **known),
                p.outer(p.geneve(vni, large, option), p.GENEVE_PORT, tos=3, **known)]
    for vni in 3, 101:  # somebody new
        out.append(p.outer(p.geneve(vni, inner), p.GENEVE_PORT, src=source))
    out += [p.outer(p.geneve(2, inner, option), p.GENEVE_PORT, v6=True, tos=3),
            p.outer(p.vxlan(2, large), p.VXLAN_PORT, v6=True, tos=3),
            p.outer(p.geneve(8, inner, p.opt(0x0102, 2)), p.GENEVE_PORT)]
    l3 = udp("10.6.0.2", "10.6.0.1", ports=ports, tos=1)
    out += [p.outer(p.geneve(6, l3, proto=p.ETH_P_IP), p.GENEVE_PORT, tos=3),
            p.outer(p.vxlan(6, p.eth(bytes.fromhex("020000001006"), OTHER, p.ETH_P_IP,
                                     l3)), p.VXLAN_PORT, tos=3),
            p.outer(p.geneve(7, udp("10.1.0.1", "10.2.0.1", ports=ports), AWS,
                             proto=p.ETH_P_IP), p.GENEVE_PORT)]
    out += [p.outer(p.vxlan(5, inner), 4790, tos=3),
            p.outer(p.geneve(5, inner, option), 6082, tos=3)]
    return out


def gso(src, dst):
    """A large TCP packet that the tunnel leaves to be cut, with its virtio header"""
    whole = p.segment(OTHER, addr(src), addr(dst), 1, bytes(5000))
    pseudo = addr(src) + addr(dst) + struct.pack("!HH", TCP, 5020)
    start = 14 + 20     # of the TCP header
    check = struct.pack("!H", p.csum(pseudo) ^ 0xffff)
    whole = whole[:start + 16] + check + whole[start + 18:]
    return struct.pack("=BBHHHH", 1, 1, start + 20, 1000, start, 16) + whole


class Frame:
    """What near sends: so many copies of it leave, or are dropped."""

    def __init__(self, name, dev, send, copies=1):
        self.name, self.dev, self.send, self.copies = name, dev, send, copies


def from_near(net):
    def tapped(name, dev, data, copies=1):
        return Frame(name, dev, lambda: net.taps[dev].send(data), copies)

    v4 = frame(udp("10.0.0.1", "10.0.0.2"))
    v6 = frame(udp("fd00::1", "fd00::2"))
    large = frame(udp("10.0.0.1", "10.0.0.2", bytes(6000)))
    df = udp("10.0.0.1", "10.0.0.2", bytes(2000), frag=0x4000)
    big6 = udp("fd00::1", "fd00::2", bytes(2000))
    vnet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    vnet.setsockopt(p.SOL_PACKET, PACKET_VNET_HDR, 1)
    vnet.bind(("plain", 0))
    cut = gso("10.0.0.1", "10.0.0.2")
    routed = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    told = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    told.bind(("10.66.0.1", 0))
    told.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)
    return [
        tapped("a frame", "plain", v4),
        tapped("a large frame", "plain", large),
        Frame("a frame to be cut", "plain", lambda: vnet.send(cut)),
        tapped("a frame over IPv6", "six", v6),
        tapped("a large frame over IPv6", "six", large),
        tapped("a frame with entries", "learn", v4),
        tapped("a broadcast", "flood", frame(udp("10.0.0.1", "10.0.0.255"), ALL), 3),
        tapped("a large flood", "flood", frame(udp("10.0.0.1", "10.0.0.2", bytes(1000))), 3),
        tapped("ARP that is answered", "proxy", arp_request("10.5.0.9")),
        tapped("ARP that isn't", "proxy", arp_request("10.5.0.10")),
        tapped("a solicitation that is answered", "proxy", solicitation("fd05::9")),
        tapped("a frame past the router", "proxy", frame(
            udp("10.5.0.7", "10.5.0.9"), bytes.fromhex("02000000050a"))),
        tapped("a packet for a peer", "l3", udp("10.6.0.1", "10.6.0.9")),
        tapped("a packet for a peer over IPv6", "l3", udp("10.6.0.1", "10.7.0.9")),
        tapped("a packet for nobody", "l3", udp("10.6.0.1", "10.99.0.9")),
        tapped("a packet of a flow with options", "gw",
               udp("10.2.0.1", "10.1.0.1", ports=(53, 999))),
        tapped("a frame with rules", "rules", v4),
        tapped("a frame with the fast path", "fast", v4),
        tapped("a frame that is too large, bridged", "port", frame(df)),
        tapped("an IPv6 frame that is too large, bridged", "port", frame(big6)),
        tapped("a packet that is too large", "narrow", df),
        tapped("an IPv6 packet that is too large", "narrow", big6),
        Frame("a packet for nobody, whose sender is told", "l3",
              lambda: told.sendto(b"payload!", ("10.99.0.9", 7))),
        Frame("a packet that is too large, whose sender is told", "narrow",
              lambda: told.sendto(bytes(2000), ("10.98.0.9", 7))),
        tapped("a packet that is cut", "frag", udp("10.0.0.1", "10.0.0.2", bytes(2000))),
        Frame("a routed packet with metadata", "ext",
              lambda: routed.sendto(b"payload!", ("10.9.0.1", 7))),
        Frame("a large routed packet with metadata", "ext",
              lambda: routed.sendto(bytes(4000), ("10.9.0.1", 7))),
    ]


# The books

def sums():
    """By device, of what it sends: packets, drops by reason, and all that the link
    counts as not sent"""
    found = {}
    for link in json.loads(p.run("ip", "-s", "-j", "link")):
        if link["ifname"] in DEVICES:
            tx = link["stats64"]["tx"]
            found[link["ifname"]] = collections.Counter(
                sent=tx["packets"], failed=tx["errors"] + tx["dropped"])
    for dev in json.loads(p.run("ovltun", "-j", "-s", "dev", "show")):
        found[dev["ifname"]].update(
            {what: n for what, n in dev["drops"].items() if what.startswith("tx-")})
    return found


def since(before):
    now = sums()
    return {dev: now[dev] - before[dev] for dev in now}


def answers():
    """What the proxy's device was handed since the last call"""
    watchers[0].all()
    return len(net.taps["proxy"].all())


def received(counters):
    """Packets that devices have got, and those dropped, by reason. One that finds its
    queue full counts as both."""
    found = collections.Counter()
    for (_, what), n in counters.items():
        if what == "delivered" or what.startswith("rx-"):
            found[what] += n
    return found


def settled():
    last = None
    for _ in range(50):
        time.sleep(0.02)
        now = net.counters()
        if now == last:
            break
        last = now
    return now


def wrong_sums(changes, frames, rounds, answered):
    """Devices that have not told of each frame once, and what they say"""
    want = collections.Counter()
    for one in frames:
        want[one.dev] += one.copies * rounds
    wrong = {}
    for dev, n in want.items():
        told = changes[dev]
        reasons = sum(told.values()) - told["sent"] - told["failed"]
        dropped = told["failed"] if dev in CUT else reasons
        total = told["sent"] + dropped + (answered if dev == "proxy" else 0)
        if total != n or told["failed"] != dropped:
            wrong[dev] = n, dict(told), answered
    return wrong


# The tests

def test_each(frames):
    """Each frame with the n-th allocation failing on its way, for each n"""
    nth = faults.Nth()
    faults.only_module()
    failed = collections.Counter()
    for one in frames:
        bad, tried, lost = [], 0, collections.Counter()
        for n in range(1, 60):
            net.drain()
            before = sums()
            error, reached = nth.run(n, one.send)
            net.settle()
            if isinstance(error, OSError):
                bad.append((n, error))
            changes = since(before)
            wrong = wrong_sums(changes, [one], 1, answers())
            if wrong:
                bad.append((n, wrong))
            lost += collections.Counter({what: k for what, k in changes[one.dev].items()
                                         if what.startswith("tx-")})
            if not reached:
                break
            tried = n
        tap.ok(not bad and n < 59, f"{one.name} on {one.dev}: without each of {tried} "
               f"allocations", *bad)
        tap.diag(f"{dict(lost)}")
        failed += lost
    tap.ok(failed["tx-no-memory"], "some of these allocations have failed", dict(failed))


def send_to_near(rounds):
    n = 0
    for _ in range(rounds):
        for packet in to_near():
            net.far.send(packet)
            n += 1
            if not n % 20:
                net.settle()
    return n


def test_random(frames, percent, rounds):
    """Both directions at once; who sends to near is another process. The fast path
    begins anew, without memory for its hook."""
    for word in "nofastpath", "fastpath":
        p.run("ip", "link", "set", "fast", "type", "ovl-tun", word)
    net.drain()
    before, tx_before = settled(), sums()
    child = os.fork()
    if not child:
        status = 1
        try:
            send_to_near(rounds)
            status = 0
        finally:
            os._exit(status)
    with faults.at_random(percent):
        answered, failed = 0, []
        for _ in range(rounds):
            for one in frames:
                try:
                    one.send()
                except OSError as error:
                    failed.append((one.name, error))
            answered += answers()
        status = os.waitpid(child, 0)[1]
        after = settled()
    answered += answers()
    what = f"{percent} % fail"
    got = received(after) - received(before)
    sent = rounds * len(to_near())
    total = sum(got.values()) - got["rx-backlog"]
    tap.eq(f"{what}: packets are sent to the node", status, 0)
    tap.eq(f"{what}: each is delivered, or counted under a reason", total, sent)
    tap.ok(not failed, f"{what}: the node sends all of its packets", *failed[:5])
    changes = since(tx_before)
    wrong = wrong_sums(changes, frames, rounds, answered)
    tap.ok(not wrong, f"{what}: each is sent, answered, or counted under a reason", wrong)
    told = sum(changes.values(), collections.Counter())
    tap.diag(f"{what}: {sent} packets to the node: {dict(got)}",
             f"from it: {dict(told)}, {answered} answers")
    return got, told


subprocess.run(["modprobe", "ovl-tun"])
faults.setup()
net, watchers = setup()
monitor = subprocess.Popen(["ovltun", "monitor"], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
neigh = subprocess.Popen(["ip", "monitor", "neigh"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
FRAMES = from_near(net)
faults.only_module()
send_to_near(2)
whole = test_random(FRAMES, 0, 5)
tap.eq("with memory: nothing is dropped for want of it",
       [c[k] for c, k in zip(whole, ("rx-no-memory", "tx-no-memory"))], [0, 0])
test_each(FRAMES)
for percent in 2, 20, 100:
    got, told = test_random(FRAMES, percent, ROUNDS)
    tap.ok(got["rx-no-memory"], f"{percent} % fail: some of it on receive", got)
    tap.ok(told["tx-no-memory"], f"{percent} % fail: some of it on transmit", told)
    tap.ok(got["delivered"], f"{percent} % fail: some are delivered", got)
again = test_random(FRAMES, 0, 5)
tap.eq("afterwards all is as it was before", again, whole)


def taken():
    dev = json.loads(p.run("ovltun", "-j", "-s", "dev", "show", "fast"))[0]
    return dev.get("fastpath_packets", {}).get("taken", 0)


was = taken()
for _ in range(30):
    send_to_near(1)
    if taken() > was:
        break
    time.sleep(0.2)
tap.ok(taken() > was, "the fast path takes packets again", was)
for process in monitor, neigh:
    tap.eq("who listens does so to the end", process.poll(), None)
    process.kill()
tap.done()
