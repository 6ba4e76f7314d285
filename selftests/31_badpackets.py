#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Short, truncated and lying packets: each is delivered or counted, once, right.
# timeout: 150
#
# Every case is one packet from far; see packets.py for the topology. What is
# delivered is compared byte for byte, what isn't must have exactly one count.

import collections
import os
import random
import re
import socket
import struct
import sys
import time

import columns
import packets as p
from tap import TAP

VNI, VNI_VXLAN, VNI_GENEVE, VNI_ZERO = 0x123456, 0x77, 0x78, 0x79
UNKNOWN_VNI = 0x654321

tap = TAP()
net = p.Net({
    "ovl4": f"id {VNI} remote 192.0.2.2",
    "ovl6": f"id {VNI} remote 2001:db8::2",
    # Both bind both ports, as one sends what the other accepts.
    "onlyv": f"id {VNI_VXLAN} remote 192.0.2.2 encap geneve accept vxlan",
    "onlyg": f"id {VNI_GENEVE} remote 192.0.2.2 encap vxlan accept geneve",
    "zero6": f"id {VNI_ZERO} remote 2001:db8::2 udp6zerocsumrx",
    "nocsum": f"id {VNI_ZERO} remote 192.0.2.2 noudpcsum",
})
OWN = net.macs["ovl4"]
HOST = p.INNER_MAC
OTHER = bytes.fromhex("0200000000cc")
FRAME = p.eth(OWN, HOST, p.ETH_P_TEST, bytes(range(46)))
A, B = socket.inet_aton("10.0.0.2"), socket.inet_aton("10.0.0.1")
A6, B6 = (socket.inet_pton(socket.AF_INET6, a) for a in ("fd00::2", "fd00::1"))
SMALL = p.opt(0x0102, 0x01, b"\0\1\0\2")
CRITICAL = p.opt(0x0102, 0x81, b"\0\1\0\2")

TRACE = "/sys/kernel/tracing"


def trace(on):
    """Begin or end to trace drops; false where no kernel does."""
    try:
        with open(f"{TRACE}/events/ovl_tun/ovl_tun_drop/enable", "w") as f:
            f.write("1" if on else "0")
    except FileNotFoundError:
        return False
    return True


def traced():
    """The drops of the trace as Net.counters() has them"""
    names = {str(socket.if_nametoindex(name)): name for name in net.taps}
    found = collections.Counter()
    with open(f"{TRACE}/trace") as f:
        for index, reason in re.findall(
                r"ovl_tun_drop: skb=\S+ ifindex=(\d+) len=\d+ reason=(\S+)", f.read()):
            found["port" if index == "0" else names.get(index), reason] += 1
    return found


sent = pending = 0  # since the start, since the last look at the counters
log = p.KernelLog()
before, shown = net.counters(), columns.shown()


def send(*frames):
    """Frames that are one packet."""
    global sent, pending
    for frame in frames:
        net.far.send(frame)
    sent += 1
    pending += 1


def outcome():
    """What has changed since the last call, and the frames that came out."""
    global before, shown, pending
    end = time.monotonic() + 2
    while True:
        net.settle()
        change = net.counters() - before
        if p.packets_in(change) >= pending or time.monotonic() > end:
            break
    before += change
    pending = 0
    # That ip has it in another column than is documented is a change that no case wants.
    change.update(columns.wrong(change, shown))
    shown = columns.shown()
    frames = {dev: got for dev, one in net.taps.items() if (got := one.all())}
    return dict(change), frames


def case(name, packets, counts, frames=()):
    """Send packets, each a frame or a list of its fragments; counts is what
    each of them must change, frames as (device, frame) what must come out."""
    def right(packets, frames):
        for packet in packets:
            send(*(packet if isinstance(packet, list) else [packet]))
        change, got = outcome()
        want = {}
        for dev, frame in frames:
            want.setdefault(dev, []).append(frame)
        if (change == {key: n * len(packets) for key, n in counts.items()} and
                got == want):
            return True
        tap.diag(f"counted:   {change}",
                 *(f"delivered: {dev} {frame.hex()}"
                   for dev, some in got.items() for frame in some))
        return False

    if right(packets, frames):
        tap.ok(True, name)
        return
    tap.diag(f"want:      {counts} for each of {len(packets)}",
             *(f"want:      {dev} {frame.hex()}" for dev, frame in frames))
    if len(packets) > 1:
        for n, packet in enumerate(packets):
            tap.diag(f"only number {n}:")
            right([packet], frames[n:n + 1])
    tap.ok(False, name)


def dropped(name, packets, reason, where="ovl4", skipped=0):
    counts = {(where, reason): 1}
    if skipped:
        counts[where, "options-skipped"] = skipped
    case(f"{name}: {reason}", several(packets), counts)


def delivered(name, packets, frame=FRAME, dev="ovl4", skipped=0):
    packets = several(packets)
    counts = {(dev, "delivered"): 1}
    if skipped:
        counts[dev, "options-skipped"] = skipped
    case(f"{name}: delivered", packets, counts, [(dev, frame)] * len(packets))


def several(packets):
    return list(packets) if not isinstance(packets, bytes) else [packets]


def vx(payload, **fields):
    return p.outer(payload, p.VXLAN_PORT, **fields)


def ge(payload, **fields):
    return p.outer(payload, p.GENEVE_PORT, **fields)


def test_vxlan():
    delivered("VXLAN", vx(p.vxlan(VNI, FRAME)))
    delivered("VXLAN over IPv6", vx(p.vxlan(VNI, FRAME), v6=True), dev="ovl6")
    dropped("VXLAN without I", vx(p.vxlan(VNI, FRAME, flags=0)),
            "rx-vxlan-flags", "port")
    dropped("VXLAN with another flag",
            [vx(p.vxlan(VNI, FRAME, flags=0x08 | 1 << bit))
             for bit in range(7) if bit not in (2, 3)], "rx-vxlan-flags", "port")
    dropped("VXLAN with GBP to a device without",
            [vx(p.vxlan(VNI, FRAME, flags=0x88, reserved=fields))
             for fields in (0, 1, 0xffff, 0x400000, 0x080000)], "rx-vxlan-flags")
    dropped("VXLAN-GPE to a layer 2 device",
            [vx(p.vxlan(VNI, FRAME, flags=0x0c, reserved=proto))
             for proto in range(4)], "rx-vxlan-flags")
    dropped("VXLAN with one of the 24 reserved bits",
            [vx(p.vxlan(VNI, FRAME, reserved=1 << bit)) for bit in range(24)],
            "rx-vxlan-flags")
    dropped("VXLAN with one of the last 8 bits",
            [vx(p.vxlan(VNI, FRAME, last=1 << bit)) for bit in range(8)],
            "rx-vxlan-flags", "port")
    dropped("VXLAN of 0 to 7 bytes",
            [vx(p.vxlan(VNI)[:length]) for length in range(8)],
            "rx-truncated", "port")
    dropped("VXLAN of 0 to 7 bytes over IPv6",
            [vx(p.vxlan(VNI)[:length], v6=True) for length in range(8)],
            "rx-truncated", "port")
    dropped("VXLAN for nobody", vx(p.vxlan(UNKNOWN_VNI, FRAME)),
            "rx-vni-unknown", "port")
    dropped("Geneve sent to the VXLAN port", vx(p.geneve(VNI, FRAME)),
            "rx-vxlan-flags", "port")


def test_geneve():
    delivered("Geneve", ge(p.geneve(VNI, FRAME)))
    delivered("Geneve over IPv6", ge(p.geneve(VNI, FRAME), v6=True), dev="ovl6")
    dropped("Geneve versions 1 to 3",
            [ge(p.geneve(VNI, FRAME, version=version)) for version in (1, 2, 3)],
            "rx-geneve-version", "port")
    dropped("Geneve with O", ge(p.geneve(VNI, FRAME, oc=2)), "rx-control")
    delivered("Geneve with C and no option", ge(p.geneve(VNI, FRAME, oc=1)))
    delivered("Geneve with C and no critical option",
              ge(p.geneve(VNI, FRAME, SMALL, oc=1)), skipped=1)
    delivered("Geneve with one of the 6 reserved bits",
              [ge(p.geneve(VNI, FRAME, reserved=1 << bit)) for bit in range(6)])
    delivered("Geneve with one of the last 8 bits",
              [ge(p.geneve(VNI, FRAME, last=1 << bit)) for bit in range(8)])
    dropped("Geneve with another protocol",
            [ge(p.geneve(VNI, FRAME, proto=proto)) for proto in
             (0, p.ETH_P_IP, p.ETH_P_IPV6, *(p.ETH_P_TEB ^ 1 << n for n in range(16)))],
            "rx-protocol")
    dropped("Geneve of 0 to 7 bytes",
            [ge(p.geneve(VNI)[:length]) for length in range(8)],
            "rx-truncated", "port")
    dropped("Geneve of 0 to 7 bytes over IPv6",
            [ge(p.geneve(VNI)[:length], v6=True) for length in range(8)],
            "rx-truncated", "port")
    dropped("Geneve for nobody", ge(p.geneve(UNKNOWN_VNI, FRAME)),
            "rx-vni-unknown", "port")
    dropped("VXLAN sent to the Geneve port", ge(p.vxlan(VNI, FRAME)),
            "rx-protocol")


def test_options():
    big = p.opt(0, 0x7f, bytes(range(124)))
    full = big + p.opt(0xffff, 0, bytes(120))
    delivered("an option", ge(p.geneve(VNI, FRAME, SMALL)), skipped=1)
    delivered("options of 0, 4 and 8 bytes",
              ge(p.geneve(VNI, FRAME, p.opt(1, 2) + SMALL + p.opt(3, 4, bytes(8)))),
              skipped=3)
    delivered("its reserved bits",
              ge(p.geneve(VNI, FRAME, p.opt(1, 2, bytes(4), reserved=7))), skipped=1)
    delivered("length 31, 124 bytes", ge(p.geneve(VNI, FRAME, big)), skipped=1)
    delivered("252 bytes of options", ge(p.geneve(VNI, FRAME, full)), skipped=2)
    delivered("252 bytes of options over IPv6",
              ge(p.geneve(VNI, FRAME, full), v6=True), dev="ovl6", skipped=2)
    delivered("63 options", ge(p.geneve(VNI, FRAME, p.opt(1, 2) * 63)), skipped=63)

    # The header says more options than the packet has bytes.
    dropped("options past the packet's end", ge(p.geneve(VNI, b"", SMALL, opt_len=3)),
            "rx-truncated")
    dropped("252 bytes of options, none there", ge(p.geneve(VNI, b"", opt_len=63)),
            "rx-truncated")
    dropped("the packet ends anywhere in 252 bytes of options",
            [ge(p.geneve(VNI, b"", full)[:length]) for length in range(8, 260)],
            "rx-truncated")
    dropped("options to the end, no frame", ge(p.geneve(VNI, b"", full)),
            "rx-inner-short", skipped=2)

    # An option says more than the area has.
    dropped("an option with one word too many",
            ge(p.geneve(VNI, FRAME, p.opt(1, 2, bytes(4), length=2))),
            "rx-option-malformed")
    dropped("the last of three too long",
            ge(p.geneve(VNI, FRAME, SMALL * 2 + p.opt(1, 2, length=1))),
            "rx-option-malformed")
    dropped("length 31 with 120 bytes",
            ge(p.geneve(VNI, FRAME, p.opt(1, 2, bytes(120), length=31))),
            "rx-option-malformed")
    dropped("length 31 with nothing",
            ge(p.geneve(VNI, FRAME, p.opt(1, 2, length=31))), "rx-option-malformed")
    # 32 words don't fit into 5 bits: the last word is read as an option.
    dropped("length 31, but a value of 128 bytes",
            ge(p.geneve(VNI, FRAME, p.opt(1, 2, b"\xff" * 128, length=31))),
            "rx-option-malformed")
    dropped("malformed and critical",
            ge(p.geneve(VNI, FRAME, CRITICAL + p.opt(1, 2, length=1))),
            "rx-option-malformed")

    dropped("a critical option", ge(p.geneve(VNI, FRAME, CRITICAL, oc=1)),
            "rx-option-critical")
    dropped("a critical option without C", ge(p.geneve(VNI, FRAME, CRITICAL, oc=0)),
            "rx-option-critical")
    dropped("a critical option behind others",
            ge(p.geneve(VNI, FRAME, SMALL + big + CRITICAL, oc=1)),
            "rx-option-critical")


def test_source():
    stranger = socket.inet_aton("192.0.2.3")
    stranger6 = socket.inet_pton(socket.AF_INET6, "2001:db8::3")
    dropped("VXLAN of a stranger", vx(p.vxlan(VNI_ZERO, FRAME), src=stranger),
            "rx-source-unknown", "nocsum")
    dropped("Geneve of a stranger", ge(p.geneve(VNI, FRAME), src=stranger),
            "rx-source-unknown")
    dropped("Geneve of a stranger over IPv6",
            ge(p.geneve(VNI, FRAME), v6=True, src=stranger6),
            "rx-source-unknown", "ovl6")
    dropped("accept vxlan: Geneve", ge(p.geneve(VNI_VXLAN, FRAME)),
            "rx-encap-refused", "onlyv")
    delivered("accept vxlan: VXLAN", vx(p.vxlan(VNI_VXLAN, FRAME)), dev="onlyv")
    dropped("accept geneve: VXLAN", vx(p.vxlan(VNI_GENEVE, FRAME)),
            "rx-encap-refused", "onlyg")
    delivered("accept geneve: Geneve", ge(p.geneve(VNI_GENEVE, FRAME)), dev="onlyg")


def test_outer():
    """Checksums and lengths outside."""
    for name, wrap, shim in (("VXLAN", vx, p.vxlan), ("Geneve", ge, p.geneve)):
        dropped(f"{name}: checksum 0 over IPv6",
                wrap(shim(VNI, FRAME), v6=True, check=0), "rx-zero-csum", "ovl6")
        delivered(f"{name}: checksum 0 over IPv6, udp6zerocsumrx",
                  wrap(shim(VNI_ZERO, FRAME), v6=True, check=0), dev="zero6")
        delivered(f"{name}: checksum over IPv6, udp6zerocsumrx",
                  wrap(shim(VNI_ZERO, FRAME), v6=True), dev="zero6")
        delivered(f"{name}: checksum 0 over IPv4", wrap(shim(VNI, FRAME), check=0))
        delivered(f"{name}: checksum over IPv4, noudpcsum",
                  wrap(shim(VNI_ZERO, FRAME)), dev="nocsum")
        delivered(f"{name}: options in the outer IPv4 header",
                  wrap(shim(VNI, FRAME), opts=bytes([1] * 8)))
        whole = wrap(shim(VNI, FRAME))
        delivered(f"{name}: Ethernet padding behind the packet", whole + bytes(9))


def split(packet, at):
    """An IPv4 packet as two fragments, the first with at bytes of payload."""
    payload = packet[34:]
    return [p.eth(p.NEAR_MAC, p.FAR_MAC, p.ETH_P_IP, p.ip4(
        p.FAR4, p.NEAR4, socket.IPPROTO_UDP, part, ident=0x4711, frag=frag))
            for part, frag in ((payload[:at], 0x2000),
                               (payload[at:], at // 8))]


def test_fragments():
    """Headers that don't lie in one piece in memory."""
    opts = SMALL + p.opt(0, 1, bytes(range(60)))
    for name, packet, skipped in (
            ("VXLAN", vx(p.vxlan(VNI, FRAME)), 0),
            ("Geneve", ge(p.geneve(VNI, FRAME)), 0),
            ("Geneve with options", ge(p.geneve(VNI, FRAME, opts)), 2)):
        delivered(f"{name}, fragments, first of 8 to 64 bytes",
                  [split(packet, at) for at in range(8, 65, 8)], skipped=skipped)
    dropped("a critical option, fragments, first of 8 to 64 bytes",
            [split(ge(p.geneve(VNI, FRAME, p.opt(0, 1, bytes(20)) + CRITICAL)), at)
             for at in range(8, 65, 8)], "rx-option-critical")
    dropped("a malformed option, fragments, first of 8 to 64 bytes",
            [split(ge(p.geneve(VNI, FRAME, SMALL + p.opt(0, 1, bytes(20), 6))), at)
             for at in range(8, 65, 8)], "rx-option-malformed")
    inner = p.eth(OTHER, HOST, p.ETH_P_IP, p.ip4(A, B, 253, bytes(20)))
    delivered("IPv4 inside, fragments, first of 8 to 64 bytes",
              [split(vx(p.vxlan(VNI, inner)), at) for at in range(8, 65, 8)],
              frame=inner)


def test_inner():
    dropped("VXLAN, frame of 0 to 13 bytes",
            [vx(p.vxlan(VNI, FRAME[:length])) for length in range(14)],
            "rx-inner-short")
    dropped("Geneve with an option, frame of 0 to 13 bytes",
            [ge(p.geneve(VNI, FRAME[:length], SMALL)) for length in range(14)],
            "rx-inner-short", skipped=1)
    delivered("frame of 14 bytes", vx(p.vxlan(VNI, FRAME[:14])), frame=FRAME[:14])
    delivered("frame of 15 bytes", ge(p.geneve(VNI, FRAME[:15])), frame=FRAME[:15])

    v4 = p.eth(OTHER, HOST, p.ETH_P_IP, p.ip4(A, B, 253, b""))
    v6 = p.eth(OTHER, HOST, p.ETH_P_IPV6, p.ip6(A6, B6, 253, b""))
    dropped("IPv4 header inside cut to 0 to 19 bytes",
            [vx(p.vxlan(VNI, v4[:length])) for length in range(14, 34)],
            "rx-inner-short")
    dropped("IPv6 header inside cut to 0 to 39 bytes",
            [ge(p.geneve(VNI, v6[:length])) for length in range(14, 54)],
            "rx-inner-short")
    delivered("IPv4 header and nothing else", vx(p.vxlan(VNI, v4)), frame=v4)
    delivered("IPv6 header and nothing else", ge(p.geneve(VNI, v6)), frame=v6)

    # The tag is a part of the Ethernet header, and IP may follow it.
    for proto in p.ETH_P_8021Q, p.ETH_P_8021AD:
        tagged = p.eth(OTHER, HOST, proto, p.vlan(5, p.ETH_P_IP, v4[14:]))
        dropped(f"tag {proto:#x} cut short, frame of 14 to 17 bytes",
                [vx(p.vxlan(VNI, tagged[:length])) for length in range(14, 18)],
                "rx-inner-short")
        dropped(f"tag {proto:#x}, IPv4 header cut short, frame of 18 to 37 bytes",
                [vx(p.vxlan(VNI, tagged[:length])) for length in range(18, 38)],
                "rx-inner-short")
        delivered(f"tag {proto:#x}, IPv4 header", vx(p.vxlan(VNI, tagged)),
                  frame=tagged)
        for inside in 0, 46, p.ETH_P_TEST:
            tagged = p.eth(OTHER, HOST, proto, p.vlan(5, inside, bytes(46)))
            delivered(f"tag {proto:#x}, type or length {inside:#x}",
                      vx(p.vxlan(VNI, tagged)), frame=tagged)
    deep = p.eth(OTHER, HOST, p.ETH_P_8021Q, p.vlan(5, p.ETH_P_8021Q) * 11 +
                 p.vlan(5, p.ETH_P_TEST, bytes(46)))
    delivered("twelve tags", vx(p.vxlan(VNI, deep)), frame=deep)

    dropped("inner source is the device's own",
            vx(p.vxlan(VNI, OTHER + OWN + FRAME[12:])), "rx-own-source")
    dropped("inner source is the device's own, Geneve with an option",
            ge(p.geneve(VNI, OTHER + OWN + FRAME[12:], SMALL)),
            "rx-own-source", skipped=1)
    dropped("outer CE, inner not ECN capable",
            vx(p.vxlan(VNI, v4), tos=3), "rx-ecn")
    dropped("outer CE over IPv6, inner not ECN capable",
            ge(p.geneve(VNI, v6), v6=True, tos=3), "rx-ecn", "ovl6")


def test_transmit():
    """Frames that the device is given to send."""
    global sent, pending
    v4 = p.eth(OTHER, OWN, p.ETH_P_IP, p.ip4(A, B, 253, b""))
    v6 = p.eth(OTHER, OWN, p.ETH_P_IPV6, p.ip6(A6, B6, 253, b""))
    tag = p.eth(OTHER, OWN, p.ETH_P_8021Q, p.vlan(5, p.ETH_P_IP, v4[14:]))
    for name, frame in ("IPv4", v4), ("IPv6", v6), ("tagged IPv4", tag):
        net.far.all()
        for length in range(14, len(frame)):
            net.taps["ovl4"].send(frame[:length])
            sent += 1
            pending += 1
        change, _ = outcome()
        out = net.far.all(p.parse_outer)
        tap.ok(change == {("ovl4", "tx-inner-short"): len(frame) - 14} and not out,
               f"{name} to send, header cut short anywhere: tx-inner-short",
               change, *(one.hex() for one in out))
        net.taps["ovl4"].send(frame)
        change, _ = outcome()
        tap.ok(not change and len(net.far.all(p.parse_outer)) == 1,
               f"{name} to send, nothing but the header: sent", change)


# Thousands at random, judged by a second receiver, written from the RFCs and
# the reasons' descriptions.


def judge(port, v6, payload, tos):
    """(where, reason or None, options) of a UDP payload."""
    dev = "ovl6" if v6 else "ovl4"
    if len(payload) < 8:
        return "port", "rx-truncated", 0
    word, vni = struct.unpack_from("!II", payload)
    vni >>= 8
    shim = 8
    if port == p.VXLAN_PORT:
        gpe = word & ~0xff == 0x0c000000
        gbp = word & ~0x80ffffff == 0x08000000
        if not gpe and not gbp or payload[7]:
            return "port", "rx-vxlan-flags", 0
        if word != 0x08000000 and vni == VNI:
            return dev, "rx-vxlan-flags", 0
    else:
        if payload[0] >> 6:
            return "port", "rx-geneve-version", 0
        shim += payload[0] % 64 * 4
    if vni != VNI:
        return "port", "rx-vni-unknown", 0
    options = 0
    if port == p.GENEVE_PORT:
        if payload[1] & 0x80:
            return dev, "rx-control", 0
        if payload[2:4] != b"\x65\x58":
            return dev, "rx-protocol", 0
        if len(payload) < shim:
            return dev, "rx-truncated", 0
        at, critical = 8, False
        while at < shim:
            critical |= payload[at + 2] >= 0x80
            at += 4 + payload[at + 3] % 32 * 4
            options += 1
        if at > shim:
            return dev, "rx-option-malformed", 0
        if critical:
            return dev, "rx-option-critical", 0
    return judge_inner(dev, payload[shim:], tos, options)


def judge_inner(dev, frame, tos, options):
    if len(frame) < 14:
        return dev, "rx-inner-short", options
    at, proto = 14, struct.unpack_from("!H", frame, 12)[0]
    while proto in (p.ETH_P_8021Q, p.ETH_P_8021AD):
        if len(frame) < at + 4:
            return dev, "rx-inner-short", options
        at, proto = at + 4, struct.unpack_from("!H", frame, at + 2)[0]
    if len(frame) < at + {p.ETH_P_IP: 20, p.ETH_P_IPV6: 40}.get(proto, 0):
        return dev, "rx-inner-short", options
    if frame[6:12] == net.macs[dev]:
        return dev, "rx-own-source", options
    if tos & 3 == 3 and (proto == p.ETH_P_IP and not frame[at + 1] & 3 or
                         proto == p.ETH_P_IPV6 and not frame[at + 1] & 0x30):
        return dev, "rx-ecn", options
    return dev, None, options


def mutate(rand, data):
    """One to three changes."""
    data = bytearray(data)
    for _ in range(rand.choice((1, 1, 2, 3))):
        if not data:
            break
        how = rand.randrange(6)
        # Mostly where the headers are.
        at = rand.randrange(min(len(data), rand.choice((4, 8, 24, 60, 2000))))
        if how < 2:
            data[at] ^= 1 << rand.randrange(8)
        elif how == 2:
            data[at] = rand.choice((0, 0xff, 0x7f, 0x80, rand.randrange(256)))
        elif how == 3:
            del data[at:]
        elif how == 4:
            del data[at:at + rand.choice((1, 2, 4, 8))]
        else:
            data[at:at] = rand.randbytes(rand.choice((1, 2, 4, 8)))
    return bytes(data)


def base_packets():
    """(port, payload) to be mutated."""
    frames = [
        FRAME,
        p.eth(OTHER, HOST, p.ETH_P_IP,
              p.ip4(A, B, 17, p.udp(A, B, 1, 2, b"data"), tos=1)),
        p.eth(OTHER, HOST, p.ETH_P_IPV6,
              p.ip6(A6, B6, 17, p.udp(A6, B6, 1, 2, b"data"))),
        p.eth(OTHER, HOST, p.ETH_P_8021Q,
              p.vlan(5, p.ETH_P_IP, p.ip4(A, B, 253, b"data"))),
    ]
    opts = [b"", SMALL, p.opt(1, 2) * 3 + SMALL, CRITICAL,
            p.opt(0, 0, bytes(124)) + p.opt(1, 1, bytes(120))]
    return ([(p.VXLAN_PORT, p.vxlan(VNI, frame)) for frame in frames] * 2 +
            [(p.GENEVE_PORT, p.geneve(VNI, frame, opt))
             for frame in frames for opt in opts])


def test_random(how, count, seed):
    rand = random.Random(seed)
    bases = base_packets()
    expected = collections.Counter()
    want = collections.defaultdict(list)
    outcome()
    for n in range(count):
        if n % 100 == 0:
            net.settle()
        port, base = rand.choice(bases)
        payload, v6 = mutate(rand, base), rand.random() < 0.3
        tos = rand.choice((0, 0, 0, 3))
        where, reason, options = judge(port, v6, payload, tos)
        expected[where, reason or "delivered"] += 1
        if options:
            expected[where, "options-skipped"] += options
        # What CE does to the inner header is tested in 32_fields.
        if not reason and not tos:
            hlen = 8 if port == p.VXLAN_PORT else 8 + payload[0] % 64 * 4
            want[where].append(payload[hlen:])
        send(p.outer(payload, port, v6=v6, tos=tos,
                     check=None if v6 or rand.random() < 0.5 else 0))
    change, frames = outcome()
    tap.ok(change == expected, f"{count} packets at random, {how}: each reason",
           f"seed {seed}", *(f"{key}: {change.get(key, 0)}, want {expected[key]}"
                             for key in sorted(set(change) | set(expected))
                             if change.get(key, 0) != expected[key]))
    tap.eq(f"{count} packets at random, {how}: delivered or counted",
           p.packets_in(change), count)
    missing = [frame for dev, some in want.items()
               for frame in (collections.Counter(some) -
                             collections.Counter(frames.get(dev, ())))]
    tap.ok(not missing, f"{count} packets at random, {how}: frames as they were",
           *(frame.hex() for frame in missing))
    reasons = {what for _, what in expected}
    tap.ok(len(reasons) >= 12, "and they had most of the faults", sorted(reasons))


def test_nested(depth):
    """A packet in a packet in a packet, each for this node: no level may take
    its part of the kernel's stack while the one above it has not returned."""
    p.run("ip", "link", "set", "eth0", "mtu", "9000")
    p.run("ip", "-n", f"far-{os.getpid()}", "link", "set", "eth0", "mtu", "9000")
    inner = FRAME
    for _ in range(depth):
        inner = p.eth(OWN, HOST, p.ETH_P_IP, p.ip4(
            socket.inet_aton("192.0.2.2"), socket.inet_aton("192.0.2.1"),
            socket.IPPROTO_UDP,
            p.udp(socket.inet_aton("192.0.2.2"), socket.inet_aton("192.0.2.1"),
                  50000, p.GENEVE_PORT, p.geneve(VNI, inner), check=0)))
    outcome()
    send(p.outer(p.geneve(VNI, inner), p.GENEVE_PORT))
    end, got, change = time.monotonic() + 10, {}, collections.Counter()
    while p.packets_in(change) <= depth and time.monotonic() < end:
        one, frames = outcome()
        change.update(one)
        for dev, some in frames.items():
            got.setdefault(dev, []).extend(some)
    tap.eq(f"a packet in itself, {depth} deep: each level counts",
           dict(change), {("ovl4", "delivered"): depth + 1})
    tap.eq(f"a packet in itself, {depth} deep: and comes out",
           [len(got.get("ovl4", ())), FRAME in got.get("ovl4", ())],
           [depth + 1, True])


start, tracing = before.copy(), trace(True)
test_vxlan()
test_geneve()
test_options()
test_source()
test_outer()
test_fragments()
test_inner()
test_transmit()
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 20261121
tap.diag(f"seed {SEED}")
test_random("as they come", 1500, SEED)
p.run("ethtool", "-K", "eth0", "gro", "on")
test_random("through GRO", 1500, SEED + 1)

end = net.counters()
tap.eq("all of them were delivered or counted, once",
       p.packets_in(end) - p.packets_in(start), sent)
if tracing:
    trace(False)
    tap.eq("each drop is traced, with its device and its reason", dict(traced()), {
        key: n for key, n in (end - start).items()
        if key[1] not in ("delivered", "options-skipped")})
else:
    tap.skip("tracepoint", "this kernel has none")
test_nested(150)
lines = log.lines()
tap.ok(not lines, "the kernel said nothing of all this", *lines)
tap.done()
