#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# The fast path: what it takes, what it leaves to the stack, who still sees what.
# timeout: 150
#
# Topology: packets.py. Each case sends a plain packet, which is taken or has the
# stack judge it, and right behind it the one that the case is about. With OVL_GRO in
# the environment packets come through GRO, which is where they are taken then.

import json
import os
import re
import socket
import struct
import subprocess
import threading
import time

import packets as p
from tap import TAP

tap = TAP()
if not p.has_fast_path():
    tap.skip("the fast path", "the kernel has no CONFIG_NETFILTER_INGRESS")
    tap.done()
net = p.Net({
    "ovl4": "id 4 remote 192.0.2.2 fastpath",
    "ovl6": "id 6 remote 2001:db8::2 fastpath udp6zerocsumrx",
    "slow9": "id 9 remote 192.0.2.2",
})
log = p.KernelLog()
HOST = p.INNER_MAC
A, B = socket.inet_aton("10.0.0.2"), socket.inet_aton("10.0.0.1")
WAYS = ("taken", "watched", "unjudged", "other")
GRO = bool(os.environ.get("OVL_GRO"))


def frame(dev, proto=p.ETH_P_TEST, payload=bytes(range(46))):
    return p.eth(net.macs[dev], HOST, proto, payload)


PRIMER = {dev: frame(dev, payload=b"primer".ljust(46)) for dev in net.taps}


def packet(dev, inner=None, encap="geneve", opts=b"", **fields):
    """A packet from far to one of the devices."""
    inner = inner or frame(dev)
    vni = int(dev[-1])
    if encap == "geneve":
        return p.outer(p.geneve(vni, inner, opts), p.GENEVE_PORT,
                       v6=dev == "ovl6", **fields)
    return p.outer(p.vxlan(vni, inner), p.VXLAN_PORT, v6=dev == "ovl6", **fields)


def ways(dev):
    one = json.loads(p.run("ovltun", "-j", "-s", "dev", "show", dev))[0]
    return [one.get("fastpath_packets", {}).get(way, 0) for way in WAYS]


def attempt(dev, frames):
    """Send a plain packet and frames; how many more went which way, and what
    was delivered of them."""
    before = ways(dev)
    net.taps[dev].all()
    net.far.send(packet(dev, PRIMER[dev]))
    net.settle()
    for one in frames:
        net.far.send(one)
    net.settle()
    got = net.taps[dev].all(lambda one: one != PRIMER[dev])
    return [b - a for a, b in zip(before, ways(dev))], got


def case(name, dev, frames, way, delivered=None):
    """All of frames go a way, and what is delivered is what they carry. way is
    None for those that the hook doesn't know as ours. How often they were sent."""
    frames = [frames] if isinstance(frames, bytes) else frames
    want = [0] * len(WAYS)
    if way:
        want[WAYS.index(way)] = len(frames)
    if delivered is None:
        delivered = [frame(dev)] * len(frames)
    for n in range(1, 6):   # the judgement may end between the two
        change, got = attempt(dev, frames)
        primers = [c - w for c, w in zip(change, want)]
        if sorted(primers) == [0, 0, 0, 1] and got == delivered:
            tap.ok(True, name)
            return n
    tap.ok(False, name, f"ways {WAYS}: {change}, want one and {want}",
           *(f"got:  {one.hex()}" for one in got),
           *(f"want: {one.hex()}" for one in delivered))
    return n


def until(what, seconds=5):
    end = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return done


def runs_fast(dev):
    """Whether packets get to be taken, after a while."""
    def once():
        net.far.send(packet(dev, PRIMER[dev]))
        net.settle()
        return attempt(dev, [])[0] == [1, 0, 0, 0]
    return until(once)


class Hook:
    """Counts packets that have come as far as the hook."""

    TRACE = "/sys/kernel/tracing"

    def __init__(self):
        if not os.path.ismount(self.TRACE):
            subprocess.run(["mount", "-t", "tracefs", "tracefs", self.TRACE])
        self.there = os.path.exists(f"{self.TRACE}/kprobe_events")
        if self.there:
            self.write("kprobe_events", "p:ovl/hook ovl_fast_rcv")
            self.write("events/ovl/hook/enable", "1")

    def write(self, name, line):
        fd = os.open(f"{self.TRACE}/{name}", os.O_WRONLY | os.O_APPEND)
        os.write(fd, line.encode())
        os.close(fd)

    def count(self):
        with open(f"{self.TRACE}/kprobe_profile") as f:
            return int(next(line.split()[1] for line in f if "hook" in line))

    def end(self):
        if self.there:
            self.write("events/ovl/hook/enable", "0")
            self.write("kprobe_events", "-:ovl/hook")


def snmp(name):
    """A counter of the stack: "Udp InCsumErrors", "Udp6InCsumErrors"."""
    if " " not in name:
        with open("/proc/thread-self/net/snmp6") as f:
            return int(dict(line.split() for line in f)[name])
    proto, field = name.split()
    with open("/proc/thread-self/net/snmp") as f:
        lines = [line.split()[1:] for line in f if line.startswith(proto + ":")]
    return int(lines[0 if len(lines) < 2 else 1][lines[0].index(field)])


def nft_count(chain, table):
    found = re.search(r"counter packets (\d+)",
                      p.run("nft", "list", "chain", *table.split(), chain))
    return int(found[1])


def test_taken():
    for dev, version in ("ovl4", "IPv4"), ("ovl6", "IPv6"):
        tap.ok(runs_fast(dev), f"{version}: packets are taken after the first")
        for encap in "vxlan", "geneve":
            case(f"{encap} over {version}: taken", dev,
                 [packet(dev, encap=encap)] * 3, "taken")
        case(f"{version}: no checksum: taken", dev, packet(dev, check=0), "taken")
        case(f"{version}: large: taken", dev,
             packet(dev, frame(dev, payload=bytes(1300))), "taken",
             [frame(dev, payload=bytes(1300))])
        case(f"{version}: TTL 1: taken", dev, packet(dev, ttl=1), "taken")
        case(f"{version}: an option: taken", dev,
             packet(dev, opts=p.opt(1, 1, bytes(8))), "taken")
    tap.eq("a device without has no such counters", ways("slow9"), [0] * 4)
    before = net.counters()
    net.far.send(packet("slow9"))
    net.settle()
    tap.eq("and gets its packets", dict(net.counters() - before),
           {("slow9", "delivered"): 1})


def test_place():
    """Packets get as far as the hook, or are taken by GRO before that."""
    hook = Hook()
    if not hook.there:
        tap.skip("where packets are taken", "the kernel has no kprobes")
        return
    for name, one, early in (
            ("a frame that no GRO merges", packet("ovl4"), GRO),
            ("UDP", packet("ovl4", frame("ovl4", p.ETH_P_IP, p.ip4(
                A, B, socket.IPPROTO_UDP, p.udp(A, B, 1, 2, b"data")))), GRO),
            ("ICMP over IPv6", packet("ovl6", frame("ovl6", p.ETH_P_IPV6, p.ip6(
                p.FAR6, p.NEAR6, socket.IPPROTO_ICMPV6, bytes(8)))), GRO),
            ("TCP", packet("ovl4", frame("ovl4", p.ETH_P_IP, p.ip4(
                A, B, socket.IPPROTO_TCP, bytes(20)))), False)):
        for _ in range(5):
            net.far.send(packet("ovl4", PRIMER["ovl4"]))
            net.far.send(packet("ovl6", PRIMER["ovl6"]))
            net.settle()
            before = hook.count()
            change, _ = attempt(one_dev(one), [one] * 3)
            if change == [4, 0, 0, 0]:
                break
        seen = hook.count() - before
        want = 0 if early else 3 if GRO else 4   # with the primer
        tap.eq(f"{name}: taken {'by GRO' if early else 'by the hook'}", [change[0], seen],
               [4, want])
    hook.end()


def one_dev(whole):
    return "ovl6" if whole[12:14] == b"\x86\xdd" else "ovl4"


def test_order():
    """Packets of a flow keep their order while the stack has to judge anew."""
    start, sent, before = time.monotonic(), 0, ways("ovl4")
    net.taps["ovl4"].all()
    while time.monotonic() < start + 2.5:
        for _ in range(50):
            net.far.send(packet("ovl4", frame("ovl4", payload=struct.pack(
                "!I", sent).ljust(46))))
            sent += 1
        time.sleep(0.02)
    net.settle()
    got = [struct.unpack("!I", one[14:18])[0] for one in net.taps["ovl4"].all()]
    change = [b - a for a, b in zip(before, ways("ovl4"))]
    tap.ok(change[0] > 0 and change[2] > 0 and got == list(range(sent)),
           "all arrive in order, taken or judged", f"{len(got)} of {sent}", change)


def test_fields():
    inner = p.ip4(A, B, 253, b"data", tos=2)
    marked = p.ip4(A, B, 253, b"data", tos=3)
    case("ECN: the mark of congestion goes to the inner header", "ovl4",
         packet("ovl4", frame("ovl4", p.ETH_P_IP, inner), tos=3), "taken",
         [frame("ovl4", p.ETH_P_IP, marked)])
    before = net.counters()
    sent = case("ECN: congestion where nothing can carry it: dropped", "ovl4",
                packet("ovl4", frame("ovl4", p.ETH_P_IP, p.ip4(A, B, 253, b"data")),
                       tos=3), "taken", [])
    tap.eq("and counted", (net.counters() - before)["ovl4", "rx-ecn"], sent)
    for n in range(3):
        change, got = attempt("ovl4", [packet("ovl4", tos=0xb8)] * 2)
        if change in ([2, 0, 1, 0], [1, 0, 2, 0]):
            break
    tap.ok(change in ([2, 0, 1, 0], [1, 0, 2, 0]) and len(got) == 2,
           "another DSCP is judged first", change)


def test_left():
    def csum_errors(name, dev, key):
        before = snmp(key)
        bad = bytearray(packet(dev))
        bad[-1] ^= 1
        case(f"{name}: a wrong checksum is left to UDP", dev, bytes(bad),
             "other", [])
        tap.ok(snmp(key) > before, f"{name}: which counts it", snmp(key), before)

    csum_errors("IPv4", "ovl4", "Udp InCsumErrors")
    csum_errors("IPv6", "ovl6", "Udp6InCsumErrors")
    case("IP options go the ordinary way", "ovl4",
         with_options(packet("ovl4")), None)
    case("fragments go the ordinary way", "ovl4", fragments(packet("ovl4")),
         None, [frame("ovl4")])
    bad = bytearray(packet("ovl4"))
    bad[14 + 10] ^= 1
    before = snmp("Ip InHdrErrors")
    case("a wrong header checksum is left to IP", "ovl4", bytes(bad), "other", [])
    tap.ok(snmp("Ip InHdrErrors") > before, "which counts it")
    case("padding behind the packet: the ordinary way", "ovl4",
         packet("ovl4") + b"pad", None)
    before = net.counters()
    case("somebody else's packet", "ovl4",
         packet("ovl4", src=socket.inet_aton("192.0.2.77")), None, [])
    tap.ok((net.counters() - before)["ovl4", "rx-source-unknown"] >= 1,
           "and is refused as ever")
    case("Ethernet header of another node", "ovl4",
         bytes.fromhex("0200000000ff") + packet("ovl4")[6:], "other", [])
    case("another VNI", "ovl4", p.outer(p.vxlan(0x777, frame("ovl4")),
                                        p.VXLAN_PORT), None, [])


def with_options(whole):
    """With a No Operation option and the end of the list."""
    ip = whole[14:34] + b"\1\1\1\0"
    ip = (b"\x46" + ip[1:2] + struct.pack("!H", len(whole) - 14 + 4) +
          ip[4:10] + b"\0\0" + ip[12:])
    ip = ip[:10] + struct.pack("!H", p.csum(ip)) + ip[12:]
    return whole[:14] + ip + whole[34:]


def fragments(whole):
    data = whole[34:]
    cut = len(data) // 16 * 8
    return [whole[:14] + p.ip4(p.FAR4, p.NEAR4, socket.IPPROTO_UDP, part,
                               ident=77, frag=frag)
            for part, frag in ((data[:cut], 0x2000), (data[cut:], cut // 8))]


def test_watched():
    for dev, family, hook in (("ovl4", "ip", "prerouting"),
                              ("ovl6", "ip6", "input")):
        p.run("nft", "-f", "-", stdin=f"table {family} t {{ chain c {{ "
              f"type filter hook {hook} priority 0; udp dport 6081 counter; }}; }}\n")
        case(f"a rule in {family} {hook}: watched", dev, [packet(dev)] * 3,
             "watched")
        seen = nft_count("c", f"{family} t")
        attempt(dev, [packet(dev)] * 3)
        tap.eq("which counts each packet", nft_count("c", f"{family} t") - seen, 4)
        p.run("nft", "delete", "table", family, "t")
        tap.ok(runs_fast(dev), "and without it packets are taken again")
    p.run("ip", "xfrm", "policy", "add", "dir", "in", "src", "203.0.113.1",
          "dst", "203.0.113.2", "proto", "tcp", "action", "block")
    case("an IPsec policy: watched", "ovl4", packet("ovl4"), "watched")
    p.run("ip", "xfrm", "policy", "flush")
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    sock.bind(("eth0", p.ETH_P_IP))
    case("a packet socket for IPv4: watched", "ovl4", packet("ovl4"), "watched")
    sock.close()
    tap.ok(runs_fast("ovl4"), "and without them packets are taken again")


def test_seen():
    """What comes before the hook goes on to see all of it."""
    sniffer = p.Tap("eth0")
    one = packet("ovl4")
    case("with tcpdump: taken", "ovl4", one, "taken")
    tap.ok(one in sniffer.all(), "and tcpdump has seen it")
    sniffer.sock.close()
    p.run("nft", "-f", "-", stdin="table netdev t { chain c { type filter "
          "hook ingress device eth0 priority 100; udp dport 6081 counter; }; }\n")
    case("with an ingress chain: taken", "ovl4", one, "taken")
    tap.ok(nft_count("c", "netdev t") > 0, "and the chain has seen it")
    p.run("nft", "flush", "chain", "netdev", "t", "c")
    p.run("nft", "add", "rule", "netdev", "t", "c", "udp", "dport", "6081", "drop")
    change, got = attempt("ovl4", [one])
    tap.eq("which may drop it", [change, got], [[0] * 4, []])
    p.run("nft", "delete", "table", "netdev", "t")
    p.run("tc", "qdisc", "add", "dev", "eth0", "clsact")
    p.run("tc", "filter", "add", "dev", "eth0", "ingress", "protocol", "ip",
          "matchall", "action", "ok")
    case("with tc: taken", "ovl4", one, "taken")
    tap.ok(int(re.search(r"Sent \d+ bytes (\d+) pkt", p.run(
        "tc", "-s", "filter", "show", "dev", "eth0", "ingress"))[1]) > 0,
           "and tc has seen it")
    p.run("tc", "qdisc", "del", "dev", "eth0", "clsact")


def test_changes():
    dev = "ovl4"
    for name, off, on in (
            ("the address", "address del 192.0.2.1/24 dev eth0",
             "address add 192.0.2.1/24 dev eth0"),
            ("the address over IPv6", "address del 2001:db8::1/64 dev eth0",
             "address add 2001:db8::1/64 dev eth0 nodad")):
        dev = "ovl6" if "IPv6" in name else "ovl4"
        tap.ok(runs_fast(dev), f"without {name}: fast before")
        p.run("ip", *off.split())
        change, got = attempt(dev, [packet(dev)] * 3)
        tap.eq(f"without {name} nothing is taken or delivered", [change[0], got],
               [0, []])
        p.run("ip", *on.split())
        tap.ok(runs_fast(dev), f"with {name} it is")
    p.run("ip", "route", "add", "unreachable", "192.0.2.2")
    p.sysctl("ipv4.conf.eth0.rp_filter", 1)
    net.settle()
    change, got = attempt("ovl4", [packet("ovl4")] * 3)
    tap.eq("no way back and rp_filter: not taken", [change[0], got], [0, []])
    p.run("ip", "route", "del", "unreachable", "192.0.2.2")
    p.sysctl("ipv4.conf.eth0.rp_filter", 0)
    tap.ok(runs_fast("ovl4"), "and taken again")
    p.run("ip", "link", "set", "ovl4", "type", "ovl-tun", "remote", "192.0.2.77")
    change, got = attempt("ovl4", [packet("ovl4")] * 3)
    tap.eq("another remote: the old one's are refused", [change, got],
           [[0] * 4, []])
    p.run("ip", "link", "set", "ovl4", "type", "ovl-tun", "remote", "192.0.2.2")
    tap.ok(runs_fast("ovl4"), "the old remote: taken again")
    p.run("ip", "link", "set", "ovl4", "down")
    before = net.counters()
    net.far.send(packet("ovl4"))
    net.settle()
    tap.eq("down: nothing comes", (net.counters() - before)["ovl4", "delivered"], 0)
    try:
        net.taps["ovl4"].next()
    except OSError:
        pass  # it tells that the device went down
    p.run("ip", "link", "set", "ovl4", "up")
    tap.ok(runs_fast("ovl4"), "up: taken again")
    p.run("ip", "link", "set", "ovl4", "type", "ovl-tun", "nofastpath")
    before = net.counters()
    net.far.send(packet("ovl4"))
    net.settle()
    tap.eq("nofastpath: delivered", dict(net.counters() - before),
           {("ovl4", "delivered"): 1})
    tap.eq("and not counted", ways("ovl4"), [0] * 4)
    p.run("ip", "link", "set", "ovl6", "type", "ovl-tun", "nofastpath")
    p.run("ip", "link", "set", "ovl4", "type", "ovl-tun", "fastpath")
    tap.ok(runs_fast("ovl4"), "off on all and on again: taken")


def test_end():
    """Under traffic: the hook's device goes, the module goes."""
    stop = threading.Event()

    def traffic():
        one = packet("ovl4")
        while not stop.is_set():
            try:
                for _ in range(50):
                    net.far.send(one)
            except OSError:
                return  # the veth pair has gone
            time.sleep(0.001)

    thread = threading.Thread(target=traffic)
    thread.start()
    for _ in range(5):
        p.run("ip", "link", "del", "ovl4")
        p.run("ip", "-batch", "-", stdin="""\
link add ovl4 type ovl-tun id 4 remote 192.0.2.2 fastpath
link set ovl4 up
""")
        time.sleep(0.05)
    tap.ok(until(lambda: ways("ovl4")[0] > 0), "devices come and go under traffic")
    for one in net.taps.values():
        one.sock.close()
    done = subprocess.run(["rmmod", "ovl-tun"], capture_output=True, text=True)
    tap.ok(not done.returncode, "the module goes under traffic", done.stderr)
    p.run("modprobe", "ovl-tun")
    p.run("ip", "-batch", "-", stdin="""\
link add ovl4 type ovl-tun id 4 remote 192.0.2.2 fastpath
link set ovl4 up
""")
    tap.ok(until(lambda: ways("ovl4")[0] > 0), "and comes back")
    # The netns goes with its underlay, while a device is elsewhere.
    p.run("ip", "link", "set", "ovl4", "netns", f"far-{os.getpid()}")
    time.sleep(0.05)
    p.run("ip", "link", "del", "eth0")
    stop.set()
    thread.join()
    p.run("ip", "-n", f"far-{os.getpid()}", "link", "del", "ovl4")
    tap.ok(True, "the underlay's device goes under traffic")


for test in (test_taken, test_place, test_order, test_fields, test_left, test_watched, test_seen,
             test_changes, test_end):
    try:
        test()
    except (RuntimeError, OSError) as error:
        tap.ok(False, test.__name__, error)
LOADED = ("XFRM netlink", "GACT")  # what modules say that the tools have loaded
tap.eq("the kernel has nothing to say",
       [line for line in log.lines() if not any(w in line for w in LOADED)], [])
tap.done()
