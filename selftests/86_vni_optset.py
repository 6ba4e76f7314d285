#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Option sets of VNIs: which frame has which, their values, MTU, changes while
# frames are on their way, and requests that are refused.
# timeout: 90
#
# See packets.py for the topology; far also plays nodes 192.0.2.3 to .5. Frames
# enter by a bridge, in VLAN n for VNI 1000 + n.

import json
import os
import struct
import subprocess
import tempfile
import threading
import time

import packets as p
from tap import TAP

MAC_A, MAC_B, MAC_X = (bytes.fromhex(f"0200000000{n}") for n in ("a1", "b1", "ff"))
FROM = bytes.fromhex("0200000000bb")
VLANS = (10, 11, 12)

tap = TAP()
net = p.Net({"ovl0": "vnifilter remote 192.0.2.2 encap geneve"}, near=(
    *(f"neighbour add 192.0.2.{n} lladdr {p.FAR_MAC.hex(':')} dev eth0 nud "
      "permanent" for n in range(3, 6)),
    "link add br0 type bridge mcast_snooping 0 vlan_filtering 1 vlan_default_pvid 0",
    "link add v0 type veth peer name v1", "link set v1 master br0 up",
    "link set v0 up", "link set ovl0 master br0", "link set br0 up",
))
p.run("bridge", "-batch", "-", stdin="".join(
    ["link set dev ovl0 vlan_tunnel on\n"] + [f"""\
vlan add dev ovl0 vid {n}
vlan add dev ovl0 vid {n} tunnel_info id {1000 + n}
vlan add dev v1 vid {n}
""" for n in VLANS]))
host = p.Tap("v0")


def ovltun(*lines):
    p.run("ovltun", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def refused(*words):
    done = subprocess.run(["ovltun", *words], text=True, capture_output=True)
    return done.returncode and done.stderr


def shown(*words):
    return json.loads(p.run("ovltun", "-j", *words))


def frame(vlan, dst=MAC_X):
    return p.eth(dst, FROM, p.ETH_P_8021Q, p.vlan(vlan, p.ETH_P_TEST, bytes(46)))


def area_of(packet):
    """(node, VNI, options) of a Geneve packet that near sent."""
    shim = packet[42:]
    return (packet[33], int.from_bytes(shim[4:7], "big"),
            shim[8:8 + (shim[0] & 0x3f) * 4])


def send(vlan, dst=MAC_X, mark=0):
    """What becomes of a frame; one with a wrong checksum is none."""
    host.mark(mark)
    host.send(frame(vlan, dst))
    packet = net.sent()
    good = packet and p.parse_outer(packet).check_ok
    return area_of(packet) if good and packet.endswith(bytes(46)) else packet


def opts(*values):
    return b"".join(p.opt(0xff00, n, value) for n, value in enumerate(values))


def u32(value):
    return struct.pack("!I", value)


def test_choice():
    ovltun("options add ovl0 0xff00:0:00000000",
           "options add ovl0 set gold 0xff00:0:0000000a 0xff00:1:mark",
           "options add ovl0 set red 0xff00:0:0000000b", "options add ovl0 set empty",
           "vni add ovl0 1010 options gold", "vni add ovl0 1011,1012")
    net.drain()
    tap.eq("a VNI with a set", send(10, mark=0x77),
           (2, 1010, opts(u32(10), u32(0x77))))
    tap.eq("one without has the device's", send(11), (2, 1011, opts(u32(0))))
    ovltun("vni change ovl0 1011-1012 options red")
    tap.eq("it is given one", send(11), (2, 1011, opts(u32(11))))
    tap.eq("and another one too", send(12), (2, 1012, opts(u32(11))))
    ovltun("vni change ovl0 1012 options empty")
    tap.eq("an empty one", send(12), (2, 1012, b""))
    ovltun("vni change ovl0 1012")
    tap.eq("taken away again", send(12), (2, 1012, opts(u32(0))))

    p.run("bridge", "-batch", "-", stdin=f"""\
fdb add {MAC_A.hex(':')} dev ovl0 dst 192.0.2.3 src_vni 1010
fdb add {MAC_B.hex(':')} dev ovl0 dst 192.0.2.4 src_vni 1010 vni 5
""")
    tap.eq("a peer of an entry has the VNI's", send(10, MAC_A),
           (3, 1010, opts(u32(10), u32(0))))
    tap.eq("so has one that is sent another VNI", send(10, MAC_B),
           (4, 5, opts(u32(10), u32(0))))
    ovltun("peer add ovl0 a remote 192.0.2.3 options red")
    tap.eq("a peer's own set comes first", send(10, MAC_A), (3, 1010, opts(u32(11))))
    ovltun("peer set ovl0 a options empty")
    tap.eq("an empty one, too", send(10, MAC_A), (3, 1010, b""))
    ovltun("peer set ovl0 a options default")
    tap.eq("without one it is the VNI's again", send(10, MAC_A),
           (3, 1010, opts(u32(10), u32(0))))
    ovltun("options replace ovl0 set gold 0xff00:0:0000000c",
           "options del ovl0 set gold 0xff00:1")
    tap.eq("a set that changes", send(10), (2, 1010, opts(u32(12))))


def test_values():
    """What differs by packet, peer and VNI."""
    ovltun("options add ovl0 set all 0xff00:0:vni 0xff00:1:peer 0xff00:2:mark "
           "0xff00:3:vlan/0xfff 0xff00:0x84:00010002 0xff00:5:counter",
           "vni change ovl0 1010,1011 options all")
    ids = {one["remote"]: one["peer"] for one in shown("peer", "show", "ovl0")}
    for vlan, dst, node, vni in ((10, MAC_A, 3, 1010), (10, MAC_B, 4, 5),
                                 (11, MAC_X, 2, 1011)):
        got = send(vlan, dst, 0x1234)
        want = opts(u32(vni), u32(ids[f"192.0.2.{node}"]), u32(0x1234), u32(0)) + \
            p.opt(0xff00, 0x84, u32(0x00010002))
        tap.eq(f"VNI {vni}: values", (got[0], got[1], got[2][:len(want)]),
               (node, vni, want))
    host.send(frame(10))
    packet = net.sent()
    tap.eq("the critical option is told of", packet[42:44].hex(), "0d40")
    number = int.from_bytes(area_of(packet)[2][-8:], "big")
    tap.eq("the counter counts", int.from_bytes(send(11)[2][-8:], "big"), number + 1)
    ovltun("vni change ovl0 1010 options gold", "vni change ovl0 1011 options red")


def test_mtu():
    def link():
        return json.loads(p.run("ip", "-j", "link", "show", "ovl0"))[0]["mtu"]

    def large(vlan, size):
        """Whether a frame with so many bytes of IP goes out."""
        packet = p.ip4(p.FAR4, p.NEAR4, 253, bytes(size - 20), frag=0x4000)
        host.send(p.eth(MAC_X, FROM, p.ETH_P_8021Q,
                        p.vlan(vlan, p.ETH_P_IP, packet)))
        got = net.sent(0.3)
        return got and len(got) - 14

    tap.eq("the MTU leaves room for the VNIs' options", link(), 1500 - 50 - 8)
    ovltun("options add ovl0 set gold 0xff00:9:" + "00" * 124)
    tap.eq("a set of a VNI grows", link(), 1500 - 50 - 8 - 128)
    # v0 takes what fits into 1500; the outer packet may be fragmented, unless
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "df", "set")
    net.drain()
    before = net.counters()
    sizes = (1500 - 50 - 136, 1500 - 50 - 135)
    tap.eq("each packet is compared with its own length",
           [large(10, size) for size in sizes], [1500, None])
    tap.eq("what is too long is dropped", dict(net.counters() - before),
           {("ovl0", "tx-too-big"): 1})
    # The bridge's answer to the sender doesn't matter here.
    tap.eq("in another VNI it is shorter", large(11, 1500 - 50 - 136),
           1500 - 128)
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "df", "unset")
    ovltun("vni change ovl0 1010")
    tap.eq("without that VNI", link(), 1500 - 50 - 8)
    ovltun("options del ovl0 set gold 0xff00:9", "vni change ovl0 1010 options gold")
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "encap", "vxlan")
    tap.eq("VXLAN needs no room for them", link(), 1450)
    net.drain()


def test_nooptions():
    """While VXLAN is sent"""
    def outcome(vlan):
        before = net.counters()
        host.send(frame(vlan))
        packet = net.sent(0.3)
        return bool(packet), dict(net.counters() - before)

    went, drop = (True, {}), (False, {("ovl0", "tx-no-options"): 1})
    ovltun("options flush ovl0", "vni change ovl0 1012 options empty")
    tap.eq("ignored by default", outcome(10), went)
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "nooptions", "drop")
    tap.eq("dropped where the VNI has options", outcome(10), drop)
    tap.eq("where its set is empty it isn't", outcome(12), went)
    ovltun("vni change ovl0 1012", "options add ovl0 0xff00:0:00000000")
    tap.eq("where it has the device's, which isn't", outcome(12), drop)
    ovltun("vni change ovl0 1012 options empty")
    tap.eq("an empty set comes first here, too", outcome(12), went)
    ovltun("options add ovl0 set marked 0xff00:0:mark/0xffff",
           "vni change ovl0 1012 options marked")
    tap.eq("the mark, without gbp", outcome(12), drop)
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "gbp")
    tap.eq("the mark, with gbp", outcome(12), went)
    tap.eq("something else, with gbp", outcome(10), drop)
    p.run("ip", "link", "set", "ovl0", "type", "ovl-tun", "nogbp", "nooptions",
          "ignore", "encap", "geneve")
    net.settle()
    net.drain()
    tap.eq("with Geneve it has them", send(10), (2, 1010, opts(u32(12))))
    ovltun("vni change ovl0 1012", "options del ovl0 set marked")


def test_requests():
    before = p.run("ovltun", "-j", "vni", "show", "ovl0")
    tap.eq("shown, in ranges of the same settings", [
        (one["vni"], one.get("vni_end"), one.get("options"))
        for one in json.loads(before)],
        [(1010, None, "gold"), (1011, None, "red"), (1012, None, None)])
    tap.ok("vni 1010 options gold" in p.run("ovltun", "vni", "show", "ovl0", "1010"),
           "shown as text")
    for name, words, why in (
            ("a set that isn't there", "add ovl0 20 options none",
             "must be the name of a set"),
            ("a set that isn't there, of one that is", "change ovl0 1010 options none",
             "must be the name of a set"),
            ("no name", "add ovl0 20 options", "not complete"),
            ("twice", "add ovl0 20 options gold options red", "given twice"),
            ("with del", "del ovl0 1010 options gold", "options")):
        said = refused("vni", *words.split())
        tap.ok(said and why in said, f"refused: {name}", said)
    said = refused("options", "del", "ovl0", "set", "gold")
    tap.ok(said and "in use by VNI 1010" in said, "refused: to remove a set in use",
           said)
    tap.eq("nothing of that changed anything",
           p.run("ovltun", "-j", "vni", "show", "ovl0"), before)
    ovltun("vni del ovl0 1010", "vni add ovl0 1010 options red",
           "options del ovl0 set gold")
    tap.eq("a set that no VNI has any more goes", send(10),
           (2, 1010, opts(u32(11))))
    ovltun("options add ovl0 set gold 0xff00:0:0000000c",
           "vni change ovl0 1010 options gold")

    with tempfile.NamedTemporaryFile("w+") as conf:
        conf.write(p.run("ovltun", "showconf", "ovl0"))
        conf.flush()
        conf.seek(0)
        text = conf.read()
        tap.ok("[Vni]\nOptions = gold\nVNI = 1010\n" in text, "showconf", text)
        ovltun("vni change ovl0 1010-1012", "options del ovl0 set gold")
        p.run("ovltun", "syncconf", "ovl0", conf.name)
        tap.eq("syncconf", p.run("ovltun", "showconf", "ovl0"), text)
        conf.seek(0)
        conf.truncate()
        conf.write(text.replace("Options = gold\n", "").replace(
            "[Options]\nName = gold\nOption = 0xff00:0x00:0000000c\n", ""))
        conf.flush()
        p.run("ovltun", "syncconf", "ovl0", conf.name)
        tap.eq("syncconf takes it away", [one.get("options") for one in
                                          shown("vni", "show", "ovl0")],
               [None, "red", None])
        tap.eq("and the set with it", [one.get("set") for one in
                                       shown("options", "show", "ovl0")],
               [None, "empty", "red"] if "Name = all" not in text else
               [None, "all", "empty", "red"])
        conf.seek(0)
        conf.truncate()
        conf.write(text)
        conf.flush()
        p.run("ovltun", "setconf", "ovl0", conf.name)
        tap.eq("setconf", p.run("ovltun", "showconf", "ovl0"), text)


def test_traffic():
    """Each frame has all of the old or all of the new set, in all VNIs."""
    first = opts(b"\xaa" * 4, u32(0xcafe0001), b"\xaa" * 4)
    second = opts(b"\xbb" * 8, b"\xbb" * 16, u32(0xcafe0001))
    sets = ("0xff00:0:aaaaaaaa 0xff00:1:mark 0xff00:2:aaaaaaaa",
            f"0xff00:0:{'bb' * 8} 0xff00:1:{'bb' * 16} 0xff00:2:mark")
    ovltun(f"options add ovl0 set t {sets[0]}", f"options add ovl0 set u {sets[1]}",
           "vni change ovl0 1010-1012 options t")
    done = threading.Event()
    sent = [0]

    def sender():
        os.sched_setaffinity(0, range(os.cpu_count()))
        by = p.Tap("v0")
        by.mark(0xcafe0001)
        while not done.is_set():
            for vlan in VLANS:
                by.send(frame(vlan))
                sent[0] += 1

    net.drain()
    before = net.counters()
    thread = threading.Thread(target=sender)
    thread.start()
    try:
        for n in range(60):
            ovltun(f"options replace ovl0 set t {sets[1 - n % 2]}",
                   "vni change ovl0 1012 options u", "vni change ovl0 1012 options t")
    finally:
        done.set()
        thread.join()
    seen = {}
    for packet in net.far.rest(p.parse_outer):
        _, vni, area = area_of(packet)
        seen.setdefault(vni, {}).setdefault(area, 0)
        seen[vni][area] += 1
    tap.diag(f"{sent[0]} frames", *(f"VNI {vni}: {list(areas.values())}"
                                    for vni, areas in sorted(seen.items())))
    for vni in 1010, 1011, 1012:
        tap.eq(f"under traffic: the old or the new in VNI {vni}",
               set(seen.get(vni, ())), {first, second})
    tap.eq("under traffic: nothing is lost",
           sum(n for areas in seen.values() for n in areas.values()), sent[0])
    tap.eq("under traffic: nothing is dropped", net.counters() - before, {})


def test_removal():
    """VNIs and sets come and go, and the device goes with frames on their way."""
    done = threading.Event()

    def sender():
        os.sched_setaffinity(0, range(os.cpu_count()))
        by = p.Tap("v0")
        while not done.is_set():
            by.send(frame(10))

    thread = threading.Thread(target=sender)
    ovltun("vni change ovl0 1010-1012", "options add ovl0 set z 0xff00:0:00000007")
    net.drain()
    thread.start()
    try:
        for n in range(30):
            ovltun("vni change ovl0 1010 options z", "vni del ovl0 1010",
                   "options del ovl0 set z", "options add ovl0 set z 0xff00:0:00000007",
                   "vni add ovl0 1010 options z")
        time.sleep(0.05)
        p.run("ip", "link", "del", "ovl0")
    finally:
        done.set()
        thread.join()
    areas = {area_of(packet) for packet in net.far.all(p.parse_outer)}
    tap.eq("while its VNI comes and goes, no frame is without",
           areas - {(2, 1010, opts(u32(0)))}, {(2, 1010, opts(u32(7)))})


test_choice()
test_values()
test_mtu()
test_nooptions()
test_requests()
test_traffic()
test_removal()
tap.done()
