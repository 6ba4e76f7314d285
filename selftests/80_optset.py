#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Option sets on the wire: what each source puts into a packet, which peer is
# sent which set, and changes while packets are on their way.
# timeout: 120
#
# See packets.py for the topology; far also plays nodes 192.0.2.3 to .9.

import json
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading
import time

import faults
import packets as p
from genl import Genl, attr, nest
from tap import TAP

MAC_A, MAC_B, MAC_C, MAC_X = (bytes.fromhex(f"0200000000{n}")
                              for n in ("a1", "b1", "c1", "ff"))
FROM = bytes.fromhex("0200000000bb")
U32 = 0xffffffff
SOL_UDP, UDP_SEGMENT, SOL_SOCKET, SO_PRIORITY = 17, 103, socket.SOL_SOCKET, 12

tap = TAP()
net = p.Net({
    "ovl0": "id 5 encap geneve",
    "bridged": "id 6 encap geneve remote 192.0.2.2",
    "stack": "id 7 encap geneve remote 192.0.2.2",
    "learn": "id 8 encap geneve learning",
}, near=(
    *(f"neighbour add 192.0.2.{n} lladdr {p.FAR_MAC.hex(':')} dev eth0 nud "
      "permanent" for n in range(3, 10)),
    "link add v0 type veth peer name v1", "link add br0 type bridge mcast_snooping 0",
    "link set v1 master br0 up", "link set bridged master br0", "link set v0 up",
    "link set br0 up",
    "address add 10.0.7.1/24 dev stack",
    f"neighbour add 10.0.7.2 lladdr {p.INNER_MAC.hex(':')} dev stack nud permanent",
))
dev = net.taps["ovl0"]
cpu = min(os.sched_getaffinity(0))


def ovltun(*lines):
    p.run("ovltun", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def shown(*words):
    return json.loads(p.run("ovltun", "-j", *words))


def frame(dst, proto=p.ETH_P_TEST, body=bytes(46)):
    return p.eth(dst, FROM, proto, body)


def flow(dst, n, tags=(), payload=b"payload!"):
    src, to = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
    packet = p.ip4(src, to, socket.IPPROTO_UDP,
                   p.udp(src, to, 1000 + n, 53, payload))
    proto = p.ETH_P_IP
    for tag, vlan in reversed(tags):
        packet = struct.pack("!HH", vlan, proto) + packet
        proto = tag
    return frame(dst, proto, packet)


class Sent:
    """A packet that near sent: its options and the rest of it."""

    def __init__(self, packet):
        self.outer = p.parse_outer(packet)
        self.to = packet[33]
        shim = self.outer.shim
        self.vni = int.from_bytes(shim[4:7], "big")
        self.len = (shim[0] & 0x3f) * 4 if self.outer.dport == p.GENEVE_PORT else 0
        self.critical = shim[1] & 0x40
        self.area = shim[8:8 + self.len]
        self.inner = shim[8 + self.len:]
        self.value, at = {}, 0
        while at < self.len:
            size = (self.area[at + 3] & 0x1f) * 4
            self.value[self.area[at + 2]] = self.area[at + 4:at + 4 + size]
            at += 4 + size

    def number(self, kind):
        return int.from_bytes(self.value[kind], "big")


def send(data, by=dev):
    by.send(data)
    packet = net.sent()
    return Sent(packet) if packet else None


def options(*values):
    """The bytes of options 0xff00:0, 1, 2 ..."""
    return b"".join(p.opt(0xff00, n, value) for n, value in enumerate(values))


def u32(value):
    return struct.pack("!I", value)


def peer_id(name, on="ovl0"):
    return shown("peer", "show", on, name)[0]["peer"]


SOURCES = ("mark", "mark/0xff00>>8", "mark>>28", "prio", "vlan", "vlan/0xfff",
           "vlan/0xe000>>13", "vni", "vni/0xff00>>8", "iif", "classid", "peer",
           "00010002", "hash", "time", "counter")


def test_sources():
    ovltun("options add ovl0 set all " + " ".join(
               f"0xff00:{n}:{source}" for n, source in enumerate(SOURCES)),
           f"peer add ovl0 a remote 192.0.2.2 mac {MAC_A.hex(':')} options all",
           f"peer add ovl0 1234567 remote 192.0.2.3 vni 0xabcdef "
           f"mac {MAC_B.hex(':')} options all")

    def check(name, data, peer, vni, mark=0, prio=0, vlan=0):
        got = send(data)
        if not tap.ok(got, name, "nothing was sent"):
            return got
        want = options(*map(u32, (
            mark, mark >> 8 & 0xff, mark >> 28, prio, vlan, vlan & 0xfff,
            vlan >> 13, vni, vni >> 8 & 0xff, 0, 0, peer, 0x00010002)))
        tap.eq(f"{name}: values", got.area[:len(want)], want)
        tap.eq(f"{name}: the frame is as it was", got.inner, data)
        tap.ok(got.outer.check_ok, f"{name}: the checksum has them")
        return got

    a = peer_id("a")
    before = time.time_ns()
    got = check("nothing set", frame(MAC_A), a, 5)
    after = time.time_ns()
    tap.eq("all of it is there", got.len, 14 * 8 + 2 * 12)
    tap.ok(before <= got.number(14) <= after, "time is between before and after",
           before, got.number(14), after)
    tap.eq("the counter has the CPU above 48 bits", got.number(15) >> 48, cpu)
    last = got.number(15)

    dev.mark(0x92345678)
    dev.sock.setsockopt(SOL_SOCKET, SO_PRIORITY, 0x00170006)
    got = check("mark and priority", frame(MAC_A), a, 5, 0x92345678, 0x00170006)
    tap.eq("the counter counts", got.number(15), last + 1)
    got = check("another peer", frame(MAC_B), 1234567, 0xabcdef, 0x92345678,
                0x00170006)
    tap.eq("the counter is of all peers", got.number(15), last + 2)
    tap.eq("who is sent its VNI", (got.to, got.vni), (3, 0xabcdef))
    dev.mark(0)
    dev.sock.setsockopt(SOL_SOCKET, SO_PRIORITY, 0)

    check("a VLAN tag", frame(MAC_A, p.ETH_P_8021Q, p.vlan(
        5 << 13 | 1 << 12 | 0x234, p.ETH_P_TEST, bytes(46))), a, 5, vlan=0xb234)
    check("two tags: the outer one", frame(MAC_A, p.ETH_P_8021AD, p.vlan(
        0x6001, p.ETH_P_8021Q, p.vlan(0x0fff, p.ETH_P_TEST, bytes(46)))), a, 5,
          vlan=0x6001)
    check("no tag again", frame(MAC_A), a, 5)
    return last


def source_ports(value):
    """The source ports that the kernel may make of a hash."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        low, high = map(int, f.read().split())
    value = (value ^ value << 16) & U32
    return {(value * (high - low + n) >> 32) + low for n in (0, 1)}


def test_hash():
    flows = [send(flow(MAC_A, n)) for n in (1, 2, 3, 1)]
    tap.ok(len({one.number(13) for one in flows}) == 3 and
           flows[0].number(13) == flows[3].number(13),
           "hash: three flows, three values", [one.value[13] for one in flows])
    tap.ok(all(one.outer.sport in source_ports(one.number(13)) for one in flows),
           "hash: the source port comes from it",
           [(one.value[13], one.outer.sport) for one in flows])
    for name, tags in (("a tag", ((0x8100, 5),)), ("two tags", ((0x88a8, 7), (0x8100, 5)))):
        flows = [send(flow(MAC_A, n, tags, payload))
                 for n, payload in ((1, b"short"), (2, b"short"), (1, b"this is longer"))]
        hashes = [one.number(13) for one in flows]
        tap.ok(hashes[0] != hashes[1], f"hash: two flows with {name}, two values", hashes)
        tap.ok(hashes[0] == hashes[2], f"hash: one flow with {name}, one value", hashes)


def test_iif():
    p.run("ovltun", "options", "add", "bridged", "0xff00:0:iif")
    index = json.loads(p.run("ip", "-j", "link", "show", "v1"))[0]["ifindex"]
    net.drain()
    got = send(frame(MAC_X), p.Tap("v0"))
    tap.eq("iif of a frame that is bridged", got and got.area, options(u32(index)))
    got = send(frame(MAC_X), net.taps["bridged"])
    tap.eq("iif of one that isn't", got and got.area, options(u32(0)))


def test_classid():
    where = tempfile.mkdtemp()
    made = subprocess.run(["mount", "-t", "cgroup", "-o", "net_cls", "none", where],
                          capture_output=True, text=True)
    if made.returncode:
        tap.skip("classid", f"no net_cls cgroup: {made.stderr.strip()}")
        return
    group = f"{where}/class"
    os.mkdir(group)
    try:
        with open(f"{group}/net_cls.classid", "w") as f:
            f.write(str(0x00105678))
        with open(f"{group}/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))
        got = send(frame(MAC_A), p.Tap("ovl0"))
        tap.eq("classid", got.value[10], u32(0x00105678))
    finally:
        with open(f"{where}/cgroup.procs", "w") as f:
            f.write(str(os.getpid()))
        time.sleep(0.1)
        os.rmdir(group)
        p.run("umount", where)


def test_gso():
    """Three packets that were one."""
    ovltun("options add stack 0xff00:0:counter 0xff00:1:mark")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(SOL_UDP, UDP_SEGMENT, 500)
        sock.setsockopt(SOL_SOCKET, socket.SO_MARK, 0x77)
        net.drain()
        sock.sendto(bytes(1400), ("10.0.7.2", 7))
        got = [Sent(net.sent()) for _ in range(3)]
        sock.sendto(bytes(1400), ("10.0.7.2", 7))
        then = Sent(net.sent())
    tap.eq("segments of one packet have its values",
           {one.area for one in got}, {got[0].area})
    tap.eq("those of its socket", got[0].value[1], u32(0x77))
    tap.eq("the next one has others", then.number(0), got[0].number(0) + 1)
    tap.ok(all(one.outer.check_ok for one in got), "with good checksums")
    net.settle()
    net.drain()


def test_two_sets():
    ovltun("options add ovl0 0xff00:0:11111111",
           "options add ovl0 set b 0xff00:0x80:22222222 0xff00:1:mark",
           "options add ovl0 set empty",
           "peer set ovl0 a options b",
           "peer set ovl0 1234567 options default",
           f"peer add ovl0 c remote 192.0.2.4 mac {MAC_C.hex(':')} options empty")
    dev.mark(0x33333333)
    got = send(frame(MAC_A))
    tap.eq("a peer with a set", got.area,
           p.opt(0xff00, 0x80, u32(0x22222222)) + p.opt(0xff00, 1, u32(0x33333333)))
    tap.ok(got.critical, "its critical option is told of")
    tap.eq("a peer without one has the device's", send(frame(MAC_B)).area,
           options(u32(0x11111111)))
    tap.eq("a peer with an empty one has none", send(frame(MAC_C)).area, b"")

    dev.send(frame(MAC_X))
    flood = sorted((Sent(net.sent()) for _ in range(3)), key=lambda one: one.to)
    tap.eq("flooded, each has its own", [(one.to, one.len) for one in flood],
           [(2, 16), (3, 8), (4, 0)])
    tap.eq("and the same frame", {one.inner for one in flood}, {frame(MAC_X)})

    ovltun("peer set ovl0 a encap vxlan")
    got = send(frame(MAC_A))
    tap.eq("as VXLAN it has none", (got.outer.dport, got.outer.shim[8:]),
           (p.VXLAN_PORT, frame(MAC_A)))
    ovltun("peer set ovl0 a encap geneve")
    tap.eq("as Geneve it has them again", send(frame(MAC_A)).len, 16)

    ovltun("options replace ovl0 set b 0xff00:0x80:44444444",
           "options del ovl0 set b 0xff00:1")
    tap.eq("a set that changes", send(frame(MAC_A)).area,
           p.opt(0xff00, 0x80, u32(0x44444444)))
    tap.eq("no other does", send(frame(MAC_B)).area, options(u32(0x11111111)))
    ovltun("options flush ovl0")
    tap.eq("the device's own", send(frame(MAC_B)).area, b"")
    dev.mark(0)


def mtus():
    return [(one["path"]["overhead"], one["path"]["mtu"])
            for one in shown("peer", "show", "ovl0")]


def test_mtu():
    def link():
        return json.loads(p.run("ip", "-j", "link", "show", "ovl0"))[0]["mtu"]

    tap.eq("overhead and MTU of each peer", mtus(), [(58, 1442), (50, 1450), (50, 1450)])
    tap.eq("the device has the least", link(), 1442)
    ovltun(f"options add ovl0 set b 0xff00:2:{bytes(124).hex()}")
    tap.eq("with a set that grows", (mtus()[0], link()), ((186, 1314), 1314))
    ovltun("peer set ovl0 a options default")
    tap.eq("without it", (mtus()[0], link()), ((50, 1450), 1450))
    ovltun("options add ovl0 0xff00:0:00000000")
    tap.eq("the device's own is for those that have no other", mtus(),
           [(58, 1442), (50, 1450), (58, 1442)])
    ovltun("options flush ovl0")


def test_ids():
    """The value "peer" is the id that is shown, whatever becomes of a peer."""
    ovltun("options add ovl0 0xff00:0:peer", "options add learn 0xff00:0:peer")
    p.run("bridge", "fdb", "add", MAC_X.hex(":"), "dev", "ovl0", "dst", "192.0.2.9")

    def check(name):
        known = [one["peer"] for one in shown("peer", "show", "ovl0")
                 if one["remote"] == "192.0.2.9"]
        got = send(frame(MAC_X))
        tap.eq(name, [got.number(0)] if got.to == 9 else got, known)

    check("peer of a forwarding entry")
    ovltun("peer add ovl0 77 remote 192.0.2.9")
    check("becomes a user's")
    ovltun("peer del ovl0 77")
    check("and an entry's again")

    # The packet that it is learned from
    inner = p.eth(FROM, MAC_X, p.ETH_P_TEST, bytes(46))
    net.far.send(p.outer(p.geneve(8, inner), p.GENEVE_PORT))
    net.settle()
    got = send(frame(MAC_X), net.taps["learn"])
    known = [one["peer"] for one in shown("peer", "show", "learn")]
    tap.eq("a learned peer", got and [got.number(0)], known)
    ovltun("options replace learn 0xff00:0:peer/0xff")
    got = send(frame(MAC_X), net.taps["learn"])
    tap.eq("gets a changed set too", [got.number(0)], [known[0] & 0xff])


def test_traffic():
    """Each packet has all of the old or all of the new set."""
    first = options(u32(0xaaaaaaaa), u32(0xcafe0001), u32(0xaaaaaaaa))
    second = options(b"\xbb" * 8, b"\xbb" * 16, u32(0xcafe0001))
    sets = ("0xff00:0:aaaaaaaa 0xff00:1:mark 0xff00:2:aaaaaaaa",
            f"0xff00:0:{'bb' * 8} 0xff00:1:{'bb' * 16} 0xff00:2:mark")
    ovltun(f"options add ovl0 set t {sets[0]}",
           *(f"peer set ovl0 {name} options t" for name in ("a", "1234567", "c")))
    done = threading.Event()
    sent = [0]

    def sender():
        os.sched_setaffinity(0, range(os.cpu_count()))
        by = p.Tap("ovl0")
        by.mark(0xcafe0001)
        while not done.is_set():
            for mac in (MAC_A, MAC_B, MAC_C):
                by.send(frame(mac))
                sent[0] += 1

    net.drain()
    before = net.counters()
    thread = threading.Thread(target=sender)
    thread.start()
    try:
        ovltun(*(f"options replace ovl0 set t {sets[n % 2]}"
                 for n in range(1, 200)))
    finally:
        done.set()
        thread.join()
    areas = {}
    for packet in net.far.rest(lambda f: f[12:14] == b"\x08\x00" and f[23] == 17):
        shim = packet[42:]
        area = shim[8:8 + (shim[0] & 0x3f) * 4]
        areas.setdefault(packet[33], {}).setdefault(area, 0)
        areas[packet[33]][area] += 1
    tap.diag(f"{sent[0]} packets", *(
        f"to {to}: " + ", ".join(f"{area.hex()} {n}" for area, n in seen.items())
        for to, seen in areas.items()))
    tap.eq("under traffic: all peers were sent to", sorted(areas), [2, 3, 4])
    for to, seen in sorted(areas.items()):
        tap.eq(f"under traffic: the old or the new, to peer {to}", set(seen),
               {first, second})
    tap.eq("under traffic: nothing is lost",
           sum(n for seen in areas.values() for n in seen.values()), sent[0])
    tap.eq("under traffic: nothing is dropped", net.counters() - before, {})
    tap.eq("the last one holds", send(frame(MAC_A)).value[0], b"\xbb" * 8)


# What the tool would not send

OPTION_NEW = 5


def test_requests():
    genl = Genl("ovl-tun")
    ifindex = socket.if_nametoindex("ovl0")
    head = attr(1, struct.pack("=I", ifindex))
    key = attr(1, struct.pack("=H", 0xff00)) + attr(2, b"\x09")
    data, mark, count = attr(3, bytes(4)), attr(4, b"\1"), attr(4, b"\x09")
    mask, shift = attr(5, struct.pack("=I", 0xff)), attr(6, b"\x04")
    before = p.run("ovltun", "-j", "options", "show", "ovl0")

    def refuses(name, want, inside, where):
        """where: the attribute that is pointed to, in inside"""
        err, said, offset = genl.change(OPTION_NEW, head + nest(3, inside))
        at = len(head) + 4 + inside.index(where)
        tap.ok(err < 0 and re.search(want, said) and offset == at,
               f"refused: {name}", err, said, f"{offset}, not {at}")

    refuses("data and a source", "data or a source", key + data + mark, mark)
    refuses("a mask without a source", "need a source", key + data + mask, mask)
    refuses("a shift without a source", "need a source", key + shift, shift)
    refuses("a counter with a mask", "no mask and no shift", key + count + mask, mask)
    refuses("a counter with a shift", "no mask and no shift", key + count + shift,
            shift)
    zero = attr(5, bytes(4))
    refuses("an empty mask", "leave nothing", key + mark + zero, zero)
    far = attr(6, b"\x08")
    refuses("a mask that is shifted away", "leave nothing", key + mark + mask + far,
            mask)
    wide = attr(6, b"\x20")
    refuses("a shift of 32", "", key + mark + wide, wide)
    for n in 0, 11:
        source = attr(4, bytes([n]))
        refuses(f"source {n}", "", key + source, source)
    low = attr(1, struct.pack("=H", 0xff))
    refuses("a class of the IETF", "with force", low + attr(2, b"\1") + data, low)

    for name, bad in ("no name", b"\0"), ("a blank", b"a b\0"), ("a #", b"#\0"):
        err, said, offset = genl.change(OPTION_NEW, head + attr(5, bad))
        tap.ok(err < 0 and "must be a name" in said and offset == len(head),
               f"refused: a set with {name}", err, said, offset)
    long = attr(5, b"x" * 32 + b"\0")
    err, said, offset = genl.change(OPTION_NEW, head + long)
    tap.ok(err < 0 and offset == len(head), "refused: a name of 32 characters",
           err, said, offset)
    tap.eq("nothing of that changed anything",
           p.run("ovltun", "-j", "options", "show", "ovl0"), before)
    err, said, _ = genl.change(OPTION_NEW, head + nest(
        3, low + attr(2, b"\1") + attr(7)))
    tap.eq("a class of the IETF with force", (err, said), (0, ""))
    err, said, _ = genl.change(OPTION_NEW, head + attr(5, b"x" * 31 + b"\0"))
    tap.eq("a name of 31 characters", (err, said), (0, ""))


def test_memory():
    """A change for which the n-th allocation fails, for each n: all peers have
    the old set then, or all have the new one."""
    if not faults.available():
        tap.skip("a change without memory", "the kernel injects no faults")
        return
    faults.setup()
    ovltun("options add ovl0 set m 0xff00:0:aaaaaaaa",
           *(f"peer set ovl0 {name} options m" for name in ("a", "1234567", "c")))
    old, new = options(u32(0xaaaaaaaa)), options(b"\xbb" * 8)
    genl = Genl("ovl-tun")
    request = (attr(1, struct.pack("=I", socket.if_nametoindex("ovl0"))) +
               attr(5, b"m\0") + attr(6) +
               nest(3, attr(1, struct.pack("=H", 0xff00)) + attr(2, b"\0") +
                    attr(3, b"\xbb" * 8)))
    nth = faults.Nth()
    for n in range(1, 1000):
        # The request may fail, or the answer to it.
        err, reached = nth.run(n, lambda: genl.change(OPTION_NEW, request)[0])
        areas = {send(frame(mac)).area for mac in (MAC_A, MAC_B, MAC_C)}
        if areas not in ({old}, {new}) or err == 0 and areas != {new}:
            tap.ok(False, f"without the allocation {n}", err, areas)
            return
        if areas == {new} and reached:  # it failed behind the change
            ovltun("options replace ovl0 set m 0xff00:0:aaaaaaaa")
        if not reached:
            break
    tap.ok(10 < n < 999, f"a change without memory: {n - 1} allocations")
    tap.eq("with memory", areas, {new})


test_sources()
test_hash()
test_classid()
test_iif()
test_gso()
test_two_sets()
test_mtu()
test_ids()
test_traffic()
test_requests()
test_memory()
tap.done()
