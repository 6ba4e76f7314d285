#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""VLAN tags inside take room on the way: frames with none, one and two of them
that fit exactly, and are a byte too long; by each df, over both families, in
one piece and as large ones for segmentation. Their senders are told."""
# timeout: 120

import errno
import socket
import struct

import packets as p
from tap import TAP

LINK = 1500                 # MTU of the underlay
SOL_UDP, UDP_SEGMENT = socket.IPPROTO_UDP, 103
IP_MTU_DISCOVER, IP_MTU, IP_RECVERR, PMTUDISC_DO, PMTUDISC_PROBE = 10, 14, 11, 2, 3
IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR = 23, 24, 25
PACKET_VNET_HDR, VNET_CSUM, VNET_TCPV4 = 15, 1, 1

tap = TAP()
DEVICES = {
    "unset": "id 1 remote 192.0.2.2 encap vxlan df unset",
    "set": "id 2 remote 192.0.2.2 encap vxlan df set",
    "inherit": "id 3 remote 192.0.2.2 encap geneve df inherit",
    "six": "id 4 remote 2001:db8::2 encap geneve",
}
lines, lines6 = [], []
for n, dev in enumerate(DEVICES):
    # Who is on a VLAN of the device thinks that its MTU is that of the underlay.
    lines += [f"link set {dev} mtu {LINK}",
              f"link add link {dev} name {dev}.1 type vlan id 5",
              f"link add link {dev}.1 name {dev}.2 type vlan id 6"]
    for tags in 1, 2:
        at = f"{dev}.{tags}"
        lines += [f"link set {at} up", f"address add 10.{n}.{tags}.1/24 dev {at}"]
        lines6 += [f"address add fd00:{n}:{tags}::1/64 dev {at} nodad"]
        for host in 2, 3, 4:
            lines += [f"neighbour add 10.{n}.{tags}.{host} lladdr {p.INNER_MAC.hex(':')} dev {at} nud permanent"]
            lines6 += [f"neighbour add fd00:{n}:{tags}::{host} lladdr {p.INNER_MAC.hex(':')} dev {at} nud permanent"]
net = p.Net(DEVICES, near=lines)
for dev in DEVICES:
    for tags in 1, 2:
        with open(f"/proc/sys/net/ipv6/conf/{dev}.{tags}/disable_ipv6", "w") as f:
            f.write("0")
p.run("ip", "-6", "-batch", "-", stdin="\n".join(lines6) + "\n")
# What is large is cut before it is on the wire, so that it can be seen there.
p.run("ethtool", "-K", "eth0", "tso", "off", "gso", "off")


def room(dev, tags):
    """The largest inner packet."""
    return LINK - (70 if dev == "six" else 50) - 4 * tags


def tagged(tags, proto, payload):
    """A frame that has so many."""
    for i in range(tags):
        payload, proto = p.vlan(5 + i, proto, payload), p.ETH_P_8021Q
    return p.eth(p.INNER_MAC, p.NEAR_MAC, proto, payload)


def on_wire(send):
    """[(length, fragment)] of what near sends, and how many were too big."""
    before = net.counters()
    net.settle()
    net.drain()
    send()
    net.settle()
    seen = []
    for frame in net.far.all():
        if p.MLD_MAC in frame:
            continue
        proto, packet = frame[12:14], frame[14:]
        if proto == b"\x08\0" and packet[9] == socket.IPPROTO_UDP:
            seen.append((len(packet), struct.unpack_from("!H", packet, 6)[0] & 0x3fff))
        elif proto == b"\x86\xdd" and packet[6] == socket.IPPROTO_UDP and packet[40:44] != b"\0\0\0\0":
            seen.append((len(packet), 0))
    dropped = net.counters() - before
    return seen, sum(n for (_, why), n in dropped.items() if why == "tx-too-big")


WHOLE, CUT, NOTHING = ([(LINK, 0)], 0), ([(LINK, 0x2000), (21, 185)], 0), ([], 1)


def times(n, want):
    return want[0] * n, want[1]


# One by one
def inner(kind, length):
    if kind == "no IP":
        return p.ETH_P_TEST, bytes(length)
    return p.ETH_P_IP, p.ip4(b"\x0a\1\1\1", b"\x0a\1\1\2", 253, bytes(length - 20),
                             frag=0x4000 if kind == "IPv4 with DF" else 0)


for dev in DEVICES:
    for tags in 0, 1, 2:
        for kind in "no IP", "IPv4", "IPv4 with DF":
            for more in 0, 1:
                proto, data = inner(kind, room(dev, tags) + more)
                want = WHOLE
                if more:
                    want = NOTHING if dev in ("set", "six") or \
                        dev == "inherit" and kind == "IPv4 with DF" else CUT
                tap.eq(f"{dev}, {tags} tags, {kind}: {'a byte too long' if more else 'fits'}",
                       on_wire(lambda: net.taps[dev].send(tagged(tags, proto, data))), want)

# TCP in large packets
for dev in DEVICES:
    raw = net.taps[dev].sock
    raw.setsockopt(p.SOL_PACKET, PACKET_VNET_HDR, 1)
    for tags in 0, 1, 2:
        for more in 0, 1:
            size = room(dev, tags) - 40 + more
            tcp = struct.pack("!HHIIBBHHH", 1, 2, 3, 4, 0x50, 0x10, 99, 0, 0)
            frame = tagged(tags, p.ETH_P_IP, p.ip4(
                b"\x0a\1\1\1", b"\x0a\1\1\2", 6, tcp + bytes(3 * size)))
            at = 14 + 4 * tags + 20
            head = struct.pack("=BBHHHH", VNET_CSUM, VNET_TCPV4, at + 20, size, at, 16)
            want = times(3, WHOLE if not more else CUT)
            if more and dev in ("set", "six"):  # the kernel cuts what has two tags before
                want = [], 1 if tags < 2 else 3
            tap.eq(f"{dev}, {tags} tags, TCP in a large packet: segments "
                   f"{'a byte too long' if more else 'fit'}",
                   on_wire(lambda: raw.send(head + frame)), want)
    raw.setsockopt(p.SOL_PACKET, PACKET_VNET_HDR, 0)


# Senders
def told(sock):
    """The MTU in the ICMP error that came for a socket, and then None."""
    try:
        anc = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)[1]
    except BlockingIOError:
        return None
    for level, kind, data in anc:
        if (level, kind) in ((0, IP_RECVERR), (41, IPV6_RECVERR)):
            code, origin, _, _, _, info = struct.unpack_from("=IBBBBI", data)
            if code == errno.EMSGSIZE and origin in (2, 3):
                return info
    return None


def open_socket(n, tags, host, v6, discover):
    if v6:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sock.setsockopt(41, IPV6_MTU_DISCOVER, discover)
        sock.setsockopt(41, IPV6_RECVERR, 1)
        sock.connect((f"fd00:{n}:{tags}::{host}", 9))
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(0, IP_MTU_DISCOVER, discover)
        sock.setsockopt(0, IP_RECVERR, 1)
        sock.connect((f"10.{n}.{tags}.{host}", 9))
    return sock


for n, dev in enumerate(DEVICES):
    for tags in 1, 2:
        for v6 in False, True:
            name = f"{dev}, {tags} tags, {'IPv6' if v6 else 'IPv4'} from a VLAN"
            most = room(dev, tags)
            data = bytes(most - (48 if v6 else 28))
            sock = open_socket(n, tags, 2, v6, PMTUDISC_DO)
            answered = dev in ("set", "six", "inherit")
            tap.eq(f"{name}: a byte too long", on_wire(lambda: sock.send(data + b"\0")),
                   NOTHING if answered else CUT)
            if answered:
                tap.eq(f"{name}: its sender is told how much fits", told(sock), most)
            if answered or v6:  # IPv4 looks for a route by the device, and finds none
                sock = open_socket(n, tags, 2, v6, PMTUDISC_DO)
                tap.eq(f"{name}: its route has learned it",
                       sock.getsockopt(41 if v6 else 0, IPV6_MTU if v6 else IP_MTU), most)
            tap.eq(f"{name}: as much is sent", on_wire(lambda: sock.send(data)), WHOLE)

            sock = open_socket(n, tags, 3, v6, PMTUDISC_PROBE)
            # Where IP cuts segments it forgets the UDP header in a tunnel's.
            for more in 0, 1 if answered else 9:
                sock.setsockopt(SOL_UDP, UDP_SEGMENT, len(data) + more)
                want = times(3, WHOLE)
                if more:
                    want = ([], 1 if tags < 2 else 3) if answered else \
                        times(3, ([(LINK, 0x2000), (20 + more, 185)], 0))
                tap.eq(f"{name}, UDP in a large packet: segments {'too long' if more else 'fit'}",
                       on_wire(lambda: sock.send(bytes(3 * (len(data) + more)))), want)
tap.done()
