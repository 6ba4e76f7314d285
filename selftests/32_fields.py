#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Fields of the outer IP header, and what the inner one gets from them: TTL,
# TOS with ECN as RFC 6040 wants it, DF, flow label; VLAN tags inside; marks; all of
# it on layer 3 devices, too. What a change of a setting does to the next packet.
# timeout: 90
#
# See packets.py for the topology.

import socket

import packets as p
from tap import TAP

V4, V6 = "remote 192.0.2.2", "remote 2001:db8::2"
GATE_MAC = bytes.fromhex("020000000003")  # a router beside far
ETH_OF = {"IPv4": p.ETH_P_IP, "IPv6": p.ETH_P_IPV6}
ECN = ("Not-ECT", "ECT(1)", "ECT(0)", "CE")
NOT_ECT, ECT1, ECT0, CE = range(4)

# Where plain VXLAN has an Ethernet header around the packets of a layer 3 device
MACS3 = "02:00:00:00:00:31", "02:00:00:00:00:32"
L3 = f"layer3 mac {MACS3[0]} ttl inherit tos inherit"

CONFIGS = (
    ("plain", V4, "vxlan"), ("plain6", V6, "geneve"),
    ("ttl", f"{V4} ttl 17", "vxlan"), ("ttl6", f"{V6} ttl 255", "geneve"),
    ("ttlinh", f"{V4} ttl inherit", "geneve"),
    ("ttlinh6", f"{V6} ttl inherit", "vxlan"),
    ("tos", f"{V4} tos 0x48", "vxlan"), ("tos6", f"{V6} tos 0xb8", "geneve"),
    ("tosinh", f"{V4} tos inherit", "geneve"),
    ("tosinh6", f"{V6} tos inherit", "vxlan"),
    ("dfset", f"{V4} df set", "vxlan"), ("dfunset", f"{V4} df unset", "vxlan"),
    ("dfinh", f"{V4} df inherit", "geneve"),
    ("label", f"{V6} flowlabel 0xabcde", "vxlan"),
    ("labeltos", f"{V6} flowlabel 0x00001 tos 0xfc", "geneve"),
    ("auto", f"{V4} ttl auto", "geneve"),
    ("l3", f"{V4} {L3} df inherit", "geneve"), ("l36", f"{V6} {L3}", "vxlan"),
    ("change", V4, "vxlan"), ("change6", V6, "geneve"),
    ("change3", f"layer3 mac {MACS3[0]}", "vxlan"),
)
LAYER3 = "l3", "l36", "change3"
VNIS = {name: n for n, (name, _, _) in enumerate(CONFIGS, 100)}
ENCAPS = {name: encap for name, _, encap in CONFIGS}
SIX = {name: V6 in args for name, args, _ in CONFIGS}

tap = TAP()
net = p.Net({name: f"id {VNIS[name]} {args} encap {encap}"
             for name, args, encap in CONFIGS}, near=(
    f"neighbour add 192.0.2.9 lladdr {GATE_MAC.hex(':')} dev eth0 nud permanent",
    "rule add fwmark 7 table 100",
    "rule add dsfield 0x10 table 100",
    "rule add oif eth0 table 100",
    "address add 192.0.2.77/24 dev eth0",
    "route add 192.0.2.2 via 192.0.2.9 dev eth0 table 100",
), near6=(
    f"neighbour add 2001:db8::9 lladdr {GATE_MAC.hex(':')} dev eth0 nud permanent",
    "rule add fwmark 7 table 100",
    "rule add dsfield 0x10 table 100",
    "route add 2001:db8::2 via 2001:db8::9 dev eth0 table 100",
))
THERE = bytes.fromhex("0200000000bb")
A4, B4 = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
A6, B6 = (socket.inet_pton(socket.AF_INET6, a) for a in ("fd00::1", "fd00::2"))


def inner(kind, tags=(), dst=THERE, **fields):
    """A frame: kind is IPv4, IPv6 or other; tags are (TPID, VLAN) from the
    outside in."""
    if kind == "IPv4":
        proto, packet = p.ETH_P_IP, p.ip4(
            A4, B4, socket.IPPROTO_UDP, p.udp(A4, B4, 1, 2, b"data"), **fields)
    elif kind == "IPv6":
        proto, packet = p.ETH_P_IPV6, p.ip6(
            A6, B6, socket.IPPROTO_UDP, p.udp(A6, B6, 1, 2, b"data"), **fields)
    else:
        proto, packet = p.ETH_P_TEST, b"\xff" * 46
    for tpid, vid in reversed(tags):
        proto, packet = tpid, p.vlan(vid, proto, packet)
    return p.eth(dst, p.INNER_MAC, proto, packet)


def packet(kind, **fields):
    """What a layer 3 device has instead."""
    return inner(kind, **fields)[14:]


def wrap(dev, frame, encap=None):
    """The encapsulation header and what is behind it. For layer 3 devices VXLAN is
    GPE, or with "ether" plain, around a frame."""
    encap, vni = encap or ENCAPS[dev], VNIS[dev]
    if dev not in LAYER3:
        return (p.vxlan if encap == "vxlan" else p.geneve)(vni, frame)
    proto = ETH_OF[f"IPv{frame[0] >> 4}"]
    if encap == "geneve":
        return p.geneve(vni, frame, proto=proto)
    if encap == "vxlan":
        return p.vxlan(vni, frame, flags=0x0c, reserved=1 + (proto == p.ETH_P_IPV6))
    return p.vxlan(vni, p.eth(bytes.fromhex(MACS3[0].replace(":", "")), p.INNER_MAC,
                              proto, frame))


def transmit(dev, frame):
    """The outer fields of what comes out. The frame in it is the one that was
    sent, the checksum is right."""
    net.taps[dev].send(frame)
    got = net.sent()
    if not got:
        return None
    got = p.parse_outer(got)
    return got if got.shim == wrap(dev, frame) and got.check_ok else None


def check_field(name, field, cases):
    """cases: (device, frame, what the field must be)"""
    for dev, frame, want in cases:
        got = transmit(dev, frame)
        value = got and getattr(got, field)
        if value != want:
            tap.ok(False, name, f"{dev}: {field} {value}, want {want}",
                   f"inner {frame.hex()}", f"outer {got}")
            return
    tap.ok(True, name)


TAGS = (("", ()), (", VLAN inside", ((p.ETH_P_8021Q, 5),)),
        (", two VLAN tags inside", ((p.ETH_P_8021AD, 6), (p.ETH_P_8021Q, 5))))


def test_ttl():
    kinds = "IPv4", "IPv6", "other"
    check_field("ttl: the route's by default", "ttl",
                [(dev, inner(kind), 64) for dev in ("plain", "plain6")
                 for kind in kinds])
    check_field("ttl 17, ttl 255", "ttl",
                [(dev, inner(kind), want) for dev, want in (("ttl", 17), ("ttl6", 255))
                 for kind in kinds])
    for name, tags in TAGS:
        check_field(f"ttl inherit{name}", "ttl",
                    [(dev, inner(kind, tags, ttl=ttl), ttl)
                     for dev in ("ttlinh", "ttlinh6") for kind in ("IPv4", "IPv6")
                     for ttl in (1, 63, 255)])
    check_field("ttl inherit, layer 3", "ttl",
                [(dev, packet(kind, ttl=ttl), ttl) for dev in ("l3", "l36")
                 for kind in ("IPv4", "IPv6") for ttl in (1, 63, 255)])
    check_field("ttl inherit, nothing to inherit: the route's", "ttl",
                [(dev, inner("other"), 64) for dev in ("ttlinh", "ttlinh6")])
    p.sysctl("ipv4.ip_default_ttl", 42)
    p.sysctl("ipv6.conf.eth0.hop_limit", 43)
    check_field("ttl auto follows the namespace's default", "ttl",
                [("auto", inner("IPv4", ttl=9), 42), ("plain6", inner("IPv6"), 43)])
    p.run("ip", "route", "add", "192.0.2.2", "dev", "eth0", "hoplimit", "99")
    check_field("ttl auto follows the route", "ttl",
                [("auto", inner("IPv4", ttl=9), 99)])
    p.run("ip", "route", "delete", "192.0.2.2", "dev", "eth0")
    p.sysctl("ipv4.ip_default_ttl", 64)
    p.sysctl("ipv6.conf.eth0.hop_limit", 64)


def test_tos():
    check_field("tos: 0 by default, whatever the inner DSCP", "tos",
                [(dev, inner(kind, tos=0xb8), 0) for dev in ("plain", "plain6")
                 for kind in ("IPv4", "IPv6")])
    check_field("tos N", "tos",
                [(dev, inner(kind, tos=0x20), want)
                 for dev, want in (("tos", 0x48), ("tos6", 0xb8))
                 for kind in ("IPv4", "IPv6")] +
                [("tos", inner("other"), 0x48), ("tos6", inner("other"), 0xb8)])
    for name, tags in TAGS:
        check_field(f"tos inherit{name}", "tos",
                    [(dev, inner(kind, tags, tos=tos), tos)
                     for dev in ("tosinh", "tosinh6") for kind in ("IPv4", "IPv6")
                     for tos in (0, 0x08, 0xb8, 0xfc)])
    check_field("tos inherit, layer 3", "tos",
                [(dev, packet(kind, tos=tos), tos) for dev in ("l3", "l36")
                 for kind in ("IPv4", "IPv6") for tos in (0, 0x08, 0xb8, 0xfc)])
    check_field("tos inherit, nothing to inherit: 0", "tos",
                [(dev, inner("other"), 0) for dev in ("tosinh", "tosinh6")])


def test_ecn_out():
    """RFC 6040, section 4.1, normal mode: the outer field is a copy."""
    for ecn in range(4):
        check_field(f"ECN out: {ECN[ecn]}", "tos",
                    [(dev, inner(kind, tos=0x20 | ecn), dscp | ecn)
                     for dev, dscp in (("plain", 0), ("plain6", 0), ("tos", 0x48),
                                       ("tos6", 0xb8), ("tosinh", 0x20),
                                       ("tosinh6", 0x20))
                     for kind in ("IPv4", "IPv6")])
        check_field(f"ECN out: {ECN[ecn]}, VLAN inside", "tos",
                    [(dev, inner(kind, TAGS[1][1], tos=ecn), ecn)
                     for dev in ("plain", "plain6") for kind in ("IPv4", "IPv6")])
        check_field(f"ECN out: {ECN[ecn]}, layer 3", "tos",
                    [(dev, packet(kind, tos=0x20 | ecn), 0x20 | ecn)
                     for dev in ("l3", "l36") for kind in ("IPv4", "IPv6")])


# RFC 6040, figure 4: inner and outer to what is delivered, None for a drop.
ECN_IN = {
    (NOT_ECT, NOT_ECT): NOT_ECT, (NOT_ECT, ECT0): NOT_ECT,
    (NOT_ECT, ECT1): NOT_ECT, (NOT_ECT, CE): None,
    (ECT0, NOT_ECT): ECT0, (ECT0, ECT0): ECT0, (ECT0, ECT1): ECT1, (ECT0, CE): CE,
    (ECT1, NOT_ECT): ECT1, (ECT1, ECT0): ECT1, (ECT1, ECT1): ECT1, (ECT1, CE): CE,
    (CE, NOT_ECT): CE, (CE, ECT0): CE, (CE, ECT1): CE, (CE, CE): CE,
}


def receive(dev, frame, tos, wait=True, encap=None):
    """The frames that come out; wait when there should be one."""
    encap = encap or ENCAPS[dev]
    port = p.GENEVE_PORT if encap == "geneve" else p.VXLAN_PORT
    net.far.send(p.outer(wrap(dev, frame, encap), port, v6=SIX[dev], tos=tos))
    net.settle()
    got = net.taps[dev].all()
    if wait and not got:
        late = net.taps[dev].next(1)
        got += [late] if late else []
    return got


def test_ecn_in():
    net.drain()
    before = net.counters()
    drops = 0
    for name, tags in TAGS:
        # The VLAN's number must not be taken for a TOS.
        for (was, out), want in ECN_IN.items():
            bad = []
            for dev in "plain", "plain6":
                for kind in "IPv4", "IPv6":
                    frame = inner(kind, tags, tos=0x28 | was)
                    expect = ([] if want is None else
                              [inner(kind, tags, tos=0x28 | want)])
                    drops += want is None
                    got = receive(dev, frame, 0xb8 | out, want is not None)
                    if got != expect:
                        bad += [f"{kind} inside {dev}",
                                f"got:  {[one.hex() for one in got]}",
                                f"want: {[one.hex() for one in expect]}"]
            tap.ok(not bad, f"ECN in{name}: inner {ECN[was]}, outer {ECN[out]}: "
                   f"{'dropped' if want is None else ECN[want]}", *bad)
    change = net.counters() - before
    tap.eq("each drop is counted as rx-ecn",
           change["plain", "rx-ecn"] + change["plain6", "rx-ecn"], drops)
    frame = inner("other")
    tap.eq("ECN in: a frame without IP is left alone",
           receive("plain", frame, CE) + receive("plain6", frame, CE), [frame] * 2)

    # A tag whose number looks like a TOS, before IPv4 with TTL 8 and protocol
    # 0: a header that is looked for in the wrong place is found there.
    frame = p.eth(THERE, p.INNER_MAC, p.ETH_P_8021Q, p.vlan(
        0x202, p.ETH_P_IP, p.ip4(A4, B4, 0, bytes(40), tos=ECT0, ttl=8)))
    want = p.eth(THERE, p.INNER_MAC, p.ETH_P_8021Q, p.vlan(
        0x202, p.ETH_P_IP, p.ip4(A4, B4, 0, bytes(40), tos=CE, ttl=8)))
    tap.eq("ECN in: CE goes into the IP header, not into the tag",
           receive("plain", frame, CE), [want])


def test_ecn_in_layer3():
    net.drain()
    before = net.counters()
    drops = 0
    for encap, name in (("geneve", "Geneve"), ("vxlan", "VXLAN-GPE"),
                        ("ether", "VXLAN")):
        for (was, out), want in ECN_IN.items():
            bad = []
            for dev in "l3", "l36":
                for kind in "IPv4", "IPv6":
                    expect = ([] if want is None else
                              [packet(kind, tos=0x28 | want)])
                    drops += want is None
                    got = receive(dev, packet(kind, tos=0x28 | was), 0xb8 | out,
                                  want is not None, encap)
                    if got != expect:
                        bad += [f"{kind} inside {dev}",
                                f"got:  {[one.hex() for one in got]}",
                                f"want: {[one.hex() for one in expect]}"]
            tap.ok(not bad, f"ECN in, layer 3, {name}: inner {ECN[was]}, outer "
                   f"{ECN[out]}: {'dropped' if want is None else ECN[want]}", *bad)
    change = net.counters() - before
    tap.eq("layer 3: each drop is counted as rx-ecn",
           change["l3", "rx-ecn"] + change["l36", "rx-ecn"], drops)


def test_ecn_capture():
    """A capture on the underlay shares the packet's memory."""
    capture = p.Tap("eth0")
    for kind in "IPv4", "IPv6":
        for ecn in CE, ECT1:
            frame = inner(kind, tos=ECT0)
            got = receive("plain", frame, ecn)
            seen = capture.all()
            tap.ok(got == [inner(kind, tos=ecn)] and len(seen) == 1 and
                   seen[0].endswith(frame),
                   f"ECN in: outer {ECN[ecn]}, a capture of the outer packet "
                   f"keeps its {kind} bytes", *(one.hex() for one in seen))


def test_df():
    kinds = "IPv4", "IPv6", "other"
    check_field("df unset by default", "df",
                [(dev, inner(kind), 0) for dev in ("plain", "dfunset")
                 for kind in kinds] +
                [(dev, inner("IPv4", frag=0x4000), 0)
                 for dev in ("plain", "dfunset")])
    check_field("df set", "df", [("dfset", inner(kind), 1) for kind in kinds])
    for name, tags in TAGS:
        check_field(f"df inherit{name}", "df",
                    [("dfinh", inner("IPv4", tags, frag=0x4000), 1),
                     ("dfinh", inner("IPv4", tags), 0),
                     ("dfinh", inner("IPv6", tags), 1),
                     ("dfinh", inner("other", tags), 0)])
    check_field("df inherit, layer 3", "df",
                [("l3", packet("IPv4", frag=0x4000), 1), ("l3", packet("IPv4"), 0),
                 ("l3", packet("IPv6"), 1)])


def test_label():
    check_field("flowlabel: 0 by default", "label",
                [(dev, inner(kind), 0) for dev in ("plain6", "tos6")
                 for kind in ("IPv4", "IPv6")])
    check_field("flowlabel: the inner one stays inside", "label",
                [("plain6", inner("IPv6", label=0x12345), 0)])
    check_field("flowlabel 0xabcde", "label",
                [("label", inner(kind), 0xabcde) for kind in ("IPv4", "IPv6", "other")])
    check_field("flowlabel with tos: the label", "label",
                [("labeltos", inner("IPv4"), 1)])
    check_field("flowlabel with tos: the class", "tos",
                [("labeltos", inner("IPv4"), 0xfc)])


def test_vlan():
    """Tagged frames as they are, both ways."""
    for name, tags in TAGS[1:]:
        frame = inner("IPv4", tags)
        for dev in "plain", "plain6":
            tap.ok(transmit(dev, frame) is not None,
                   f"{dev}: sent as it is{name}", "other bytes, or nothing")
            tap.eq(f"{dev}: delivered as it is{name}", receive(dev, frame, 0), [frame])


def test_mark():
    """Marked packets, and those with another TOS, take their own route. The
    route cache keeps them apart."""
    for dev, mark, frame, mac in (
            ("plain", 0, inner("IPv4"), p.FAR_MAC),
            ("plain", 1, inner("IPv4"), p.FAR_MAC),
            ("plain", 7, inner("IPv4"), GATE_MAC),
            ("plain", 0, inner("IPv4"), p.FAR_MAC),
            ("plain6", 0, inner("IPv6"), p.FAR_MAC),
            ("plain6", 0xffffffff, inner("IPv6"), p.FAR_MAC),
            ("plain6", 7, inner("IPv6"), GATE_MAC),
            ("plain6", 0, inner("IPv6"), p.FAR_MAC),
            ("tosinh", 0, inner("IPv4", tos=0x10), GATE_MAC),
            ("tosinh", 0, inner("IPv4", tos=0x00), p.FAR_MAC),
            ("tosinh", 0, inner("IPv4", tos=0x10 | ECT0), GATE_MAC),
            ("tosinh", 0, inner("IPv4", tos=ECT0), p.FAR_MAC),
            ("tosinh6", 0, inner("IPv6", tos=0x10), GATE_MAC),
            ("tosinh6", 0, inner("IPv6", tos=0x00), p.FAR_MAC),
            ("tosinh6", 0, inner("IPv6", tos=0x10 | ECT1), GATE_MAC)):
        net.taps[dev].mark(mark)
        got = transmit(dev, frame)
        tap.eq(f"{dev}: mark {mark:#x}, inner {frame[14:16].hex()}: next hop",
               got and got.dst_mac, mac)
        net.taps[dev].mark(0)


def state(dev, frame):
    """All fields of what comes out but those that each packet has its own of."""
    net.taps[dev].send(frame)
    got = net.sent()
    return got and p.parse_outer(got)._replace(ident=0, check=0)


def test_change():
    """A setting that changes is in the next packet, and all else is as it was."""
    frame, small = inner("IPv4"), packet("IPv4")
    mark = 5
    net.taps["change"].mark(mark)
    p.run("ovltun", "peer", "add", "change3", "two", "remote", "192.0.2.2", "mac",
          p.INNER_MAC.hex(":"), "allowed", "0.0.0.0/0")

    def ether(mac):
        return p.vxlan(VNIS["change3"], p.eth(p.INNER_MAC, bytes.fromhex(
            mac.replace(":", "")), p.ETH_P_IP, small))

    old = {dev: state(dev, small if dev in LAYER3 else frame)
           for dev in ("change", "change6", "change3")}
    tap.eq("before any change", [one and one.shim for one in old.values()], [
        wrap("change", frame), wrap("change6", frame), ether(MACS3[0])])
    for dev, words, fields in (
            ("change", "id 4242", {"shim": p.vxlan(4242, frame)}),
            ("change", "gbp", {"shim": p.vxlan(4242, frame, 0x88, mark)}),
            ("change", "nogbp", {"shim": p.vxlan(4242, frame)}),
            ("change", "local 192.0.2.77", {"src": socket.inet_aton("192.0.2.77")}),
            ("change", "local any", {"src": p.NEAR4}),
            ("change", "remote 192.0.2.9", {"dst": socket.inet_aton("192.0.2.9"),
                                            "dst_mac": GATE_MAC}),
            ("change", "remote 192.0.2.2", {"dst": p.FAR4, "dst_mac": p.FAR_MAC}),
            ("change", "dev eth0", {"dst_mac": GATE_MAC}),
            ("change", "dev any", {"dst_mac": p.FAR_MAC}),
            ("change", "vxlanport 4790", {"dport": 4790}),
            ("change", "srcport 777 777", {"sport": 777}),
            # Each end of the range alone; of more ports than one it may be any.
            ("change", "srcport 777 65535", None),
            ("change", "srcport 65535 65535", {"sport": 65535}),
            ("change", "srcport 777 65535", None),
            ("change", "srcport 777 777", {"sport": 777}),
            ("change", "ttl 9", {"ttl": 9}),
            ("change", "tos 0x48", {"tos": 0x48}),
            ("change", "df set", {"df": 1}),
            ("change", "noudpcsum", {"check_ok": False}),
            ("change", "encap geneve", {"dport": p.GENEVE_PORT,
                                        "shim": p.geneve(4242, frame)}),
            ("change", "geneveport 6082", {"dport": 6082}),
            ("change6", "flowlabel 0xabcde", {"label": 0xabcde}),
            ("change6", "flowlabel 0", {"label": 0}),
            ("change3", f"mac {MACS3[1]}", {"shim": ether(MACS3[1])})):
        p.run("ip", "link", "set", dev, "type", "ovl-tun", *words.split())
        got = state(dev, small if dev in LAYER3 else frame)
        if fields is not None:
            old[dev] = old[dev]._replace(**fields)
            tap.eq(f"{dev}: {words}: the next packet has it", got, old[dev])

    # Who has to have the options gets nothing without them.
    p.run("ip", "link", "set", "change", "type", "ovl-tun", "encap", "vxlan")
    p.run("ovltun", "options", "add", "change", "0x0102:1:")
    before = net.counters()
    for words, want in (("nooptions drop", False), ("nooptions ignore", True)):
        p.run("ip", "link", "set", "change", "type", "ovl-tun", *words.split())
        net.taps["change"].send(frame)
        tap.eq(f"change: {words}: is the next packet sent?",
               net.sent(2 if want else 0.3) is not None, want)
    tap.eq("what isn't is counted",
           (net.counters() - before)["change", "tx-no-options"], 1)


test_ttl()
test_tos()
test_ecn_out()
test_ecn_in()
test_ecn_in_layer3()
test_ecn_capture()
test_df()
test_label()
test_vlan()
test_mark()
test_change()
tap.done()
