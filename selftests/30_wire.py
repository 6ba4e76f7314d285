#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# What is sent and received, byte for byte: VXLAN and Geneve as their RFCs say.
# timeout: 90
#
# Three encoders have to agree: the module, packets.py with literal bytes here,
# and scapy. See packets.py for the topology.

import socket
import struct

import packets as p
from tap import TAP

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import (ICMPv6EchoReply, ICMPv6EchoRequest,
                                ICMPv6ND_NA, ICMPv6ND_NS,
                                ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr,
                                IPv6)
from scapy.layers.l2 import ARP, Ether
from scapy.layers.vxlan import VXLAN
from scapy.contrib.geneve import GENEVE, GeneveOptions
from scapy.packet import Raw

VNI = 0x123456
V4, V6 = "remote 192.0.2.2", "remote 2001:db8::2"

# Name: arguments, VNI on the wire, encapsulation, IPv6 outside
DEVICES = {
    "v4": (f"id {VNI} {V4} encap vxlan", VNI, "vxlan", False),
    "v6": (f"id {VNI} {V6} encap vxlan", VNI, "vxlan", True),
    "g4": (f"id 0 {V4} encap geneve", 0, "geneve", False),
    "g6": (f"id 16777215 {V6} encap geneve", 16777215, "geneve", True),
    # No UDP checksum
    "v4z": (f"id 1 {V4} encap vxlan noudpcsum", 1, "vxlan", False),
    "g4z": (f"id 2 {V4} encap geneve noudpcsum", 2, "geneve", False),
    "v6z": (f"id 3 {V6} encap vxlan udp6zerocsumtx", 3, "vxlan", True),
    "g6z": (f"id 4 {V6} encap geneve udp6zerocsumtx", 4, "geneve", True),
    # Ports
    "vport": (f"id 5 {V4} encap vxlan dstport 8472 srcport 50000 50100", 5,
              "vxlan", False),
    "gport": (f"id 6 {V6} encap geneve dstport 10800 srcport 777 777", 6,
              "geneve", True),
    # Options
    "opt": (f"id 7 {V4} encap geneve", 7, "geneve", False),
    "opt6": (f"id 8 {V6} encap geneve", 8, "geneve", True),
    # Don't Fragment
    "dfset": (f"id 9 {V4} encap vxlan df set", 9, "vxlan", False),
}

SUBNETS = tuple(enumerate(("v4", "v6", "g4", "g6", "v4z", "g6z", "opt6"), 1))

tap = TAP()
net = p.Net({name: args[0] for name, args in DEVICES.items()}, near=(
    *(f"address add 10.0.{n}.1/24 dev {dev}" for n, dev in SUBNETS),
    *(f"neighbour add 10.0.{n}.2 lladdr {p.INNER_MAC.hex(':')} dev {dev} nud "
      "permanent" for n, dev in SUBNETS),
), near6=("address add 2001:db8:4::1/64 dev g6 nodad",), ipv6=("g6",))


def inner(length=60, tag=0):
    """A frame that no stack answers."""
    body = bytes((tag + i) & 0xff for i in range(length - 14))
    return p.eth(p.INNER_MAC, bytes.fromhex("0200000000bb"), p.ETH_P_TEST, body)


def ports(dev):
    args = DEVICES[dev][0].split()
    default = p.VXLAN_PORT if DEVICES[dev][2] == "vxlan" else p.GENEVE_PORT
    return int(args[args.index("dstport") + 1]) if "dstport" in args else default


def transmit(dev, frame):
    net.taps[dev].send(frame)
    return net.sent()


# Everything but the source port and the IPv4 identification is known.
def expected(dev, packet, shim, frame, zero_csum):
    _, _, _, v6 = DEVICES[dev]
    got = p.parse_outer(packet)
    src, dst = (p.NEAR6, p.FAR6) if v6 else (p.NEAR4, p.FAR4)
    dgram = p.udp(src, dst, got.sport, ports(dev), shim + frame,
                  check=0 if zero_csum else None)
    if v6:
        return p.eth(p.FAR_MAC, p.NEAR_MAC, p.ETH_P_IPV6,
                     p.ip6(src, dst, socket.IPPROTO_UDP, dgram))
    return p.eth(p.FAR_MAC, p.NEAR_MAC, p.ETH_P_IP,
                 p.ip4(src, dst, socket.IPPROTO_UDP, dgram, ident=got.ident))


def by_scapy(packet, dev, opts=()):
    """The same packet built by scapy from the fields that matter."""
    _, vni, encap, v6 = DEVICES[dev]
    got = p.parse_outer(packet)
    frame = Ether(inner())
    if encap == "vxlan":
        shim = VXLAN(flags="Instance", vni=vni)
    else:
        # Scapy 2.5 gets lengths with bit 0x10 wrong, so it is told.
        shim = GENEVE(vni=vni, proto=0x6558,
                      optionlen=sum(1 + len(data) // 4 for _, _, data in opts),
                      critical=int(any(kind & 0x80 for _, kind, _ in opts)),
                      options=[GeneveOptions(classid=klass, type=kind, data=data)
                               for klass, kind, data in opts])
    udp = UDP(sport=got.sport, dport=ports(dev))
    if dev.endswith("z"):
        udp.chksum = 0
    if v6:
        ip = IPv6(src="2001:db8::1", dst="2001:db8::2", hlim=64)
    else:
        ip = IP(src="192.0.2.1", dst="192.0.2.2", ttl=64, id=got.ident)
    link = Ether(src=p.NEAR_MAC.hex(":"), dst=p.FAR_MAC.hex(":"))
    return bytes(link / ip / udp / shim / frame)


def check_transmit(name, dev, shim, opts=(), frame=None):
    """Send a frame; the packet is what shim and scapy say. The packet."""
    frame = frame or inner()
    packet = transmit(dev, frame)
    if packet is None:
        tap.ok(False, name, "nothing was sent")
        return None
    want = expected(dev, packet, shim, frame, dev.endswith("z"))
    if tap.eq(name, packet, want) and len(frame) == 60:
        tap.eq(f"{name}: scapy builds the same", packet,
               by_scapy(packet, dev, opts))
    return packet


def options(command, dev, *opts):
    p.run("ovltun", "options", command, dev, *opts)


def test_headers():
    """The shim as literal bytes."""
    shims = {
        "v4": "08000000 12345600", "v6": "08000000 12345600",
        "g4": "00006558 00000000", "g6": "00006558 ffffff00",
        "v4z": "08000000 00000100", "g4z": "00006558 00000200",
        "v6z": "08000000 00000300", "g6z": "00006558 00000400",
    }
    for dev, shim in shims.items():
        args = DEVICES[dev][0].split(" ", 3)[3]
        family = "IPv6" if DEVICES[dev][3] else "IPv4"
        check_transmit(f"transmit over {family}: {args}", dev,
                       bytes.fromhex(shim))


def test_lengths():
    """Nothing is padded, nothing cut; odd lengths have their checksum."""
    for dev, shim in (("v4", "0800000012345600"), ("g6", "00006558ffffff00")):
        room = 1500 - (70 if DEVICES[dev][3] else 50)
        for length in 14, 15, 59, 61, room + 14:
            check_transmit(f"transmit {dev}: frame of {length} bytes", dev,
                           bytes.fromhex(shim), frame=inner(length, 7))


def test_ports():
    for dev in "v4", "g6":
        got = [p.parse_outer(transmit(dev, flow(n % 48))).sport
               for n in range(96)]
        tap.eq(f"{dev}: a flow keeps its source port", got[:48], got[48:])
        tap.ok(len(set(got)) >= 40, f"{dev}: 48 flows, as good as 48 ports",
               f"{len(set(got))} ports")
        tap.ok(all(32768 <= port < 61000 for port in got),
               f"{dev}: in the local port range", got)

    got = [p.parse_outer(transmit("vport", flow(n))) for n in range(64)]
    tap.ok({one.dport for one in got} == {8472}, "dstport 8472")
    tap.ok(all(50000 <= one.sport <= 50100 for one in got),
           "srcport 50000 50100: inside", [one.sport for one in got])
    tap.ok(len({one.sport for one in got}) >= 24,
           "srcport 50000 50100: spread over it", [one.sport for one in got])
    tap.ok(all(one.check_ok for one in got), "with their UDP checksums")

    got = [p.parse_outer(transmit("gport", flow(n))) for n in range(4)]
    tap.ok({one.dport for one in got} == {10800}, "dstport 10800")
    tap.ok({one.sport for one in got} == {777}, "srcport 777 777")


def flow(n):
    """A UDP packet of flow n."""
    src, dst = socket.inet_aton("10.9.0.1"), socket.inet_aton("10.9.0.2")
    return p.eth(p.INNER_MAC, bytes.fromhex("0200000000bb"), p.ETH_P_IP,
                 p.ip4(src, dst, socket.IPPROTO_UDP,
                       p.udp(src, dst, 1000 + n, 53, b"payload!")))


def test_options():
    def shim(first4, opts):
        return bytes.fromhex(first4) + bytes.fromhex("00000700") + opts

    options("add", "opt", "0x0102:0x01:00010002")
    check_transmit("one option", "opt",
                   shim("02006558", bytes.fromhex("01020101 00010002")),
                   [(0x0102, 1, bytes.fromhex("00010002"))])
    options("replace", "opt", "0x0102:0x01:0a0b0c0d0e0f1011")
    check_transmit("its data replaced by 8 bytes", "opt",
                   shim("03006558", bytes.fromhex("01020102 0a0b0c0d0e0f1011")),
                   [(0x0102, 1, bytes.fromhex("0a0b0c0d0e0f1011"))])
    options("add", "opt", "0x0103:0x80:80000001", "65535:127:")
    check_transmit("three options, one critical: C is set", "opt",
                   shim("06406558",
                        bytes.fromhex("01020102 0a0b0c0d0e0f1011"
                                      "01038001 80000001" "ffff7f00")),
                   [(0x0102, 1, bytes.fromhex("0a0b0c0d0e0f1011")),
                    (0x0103, 0x80, bytes.fromhex("80000001")),
                    (0xffff, 0x7f, b"")])
    options("del", "opt", "0x0103:0x80")
    check_transmit("without the critical one: C is clear", "opt",
                   shim("04006558", bytes.fromhex(
                       "01020102 0a0b0c0d0e0f1011" "ffff7f00")),
                   [(0x0102, 1, bytes.fromhex("0a0b0c0d0e0f1011")),
                    (0xffff, 0x7f, b"")])

    data = bytes(range(124))
    options("flush", "opt")
    check_transmit("no option again", "opt", shim("00006558", b""))
    options("add", "opt", "force", f"0:0:{data.hex()}")
    check_transmit("an option of 124 bytes", "opt",
                   shim("20006558", bytes.fromhex("0000001f") + data),
                   [(0, 0, data)])
    options("add", "opt", f"0x8000:0xff:{data[:120].hex()}")
    full = bytes.fromhex("0000001f") + data + bytes.fromhex("8000ff1e") + data[:120]
    check_transmit("252 bytes of options over IPv4", "opt",
                   shim("3f406558", full),
                   [(0, 0, data), (0x8000, 0xff, data[:120])])

    empty = [(0x0100 + n, n, b"") for n in range(63)]
    options("add", "opt6", *(f"{k}:{t}:" for k, t, _ in empty))
    want = bytes.fromhex("3f00655800000800") + b"".join(
        struct.pack("!HBB", k, t, 0) for k, t, _ in empty)
    check_transmit("63 options without data over IPv6", "opt6", want, empty)

    p.run("ip", "link", "set", "opt", "type", "ovl-tun", "encap", "vxlan")
    DEVICES["opt"] = (DEVICES["opt"][0], 7, "vxlan", False)
    check_transmit("the same device sends VXLAN: no options", "opt",
                   bytes.fromhex("0800000000000700"))
    p.run("ip", "link", "set", "opt", "type", "ovl-tun", "encap", "geneve")
    DEVICES["opt"] = (DEVICES["opt"][0], 7, "geneve", False)
    check_transmit("and Geneve with all of them again", "opt",
                   shim("3f406558", full),
                   [(0, 0, data), (0x8000, 0xff, data[:120])])


# From the stack, which leaves checksums and segmentation to the device.
SOL_UDP, UDP_SEGMENT = 17, 103


def inner_udp(dev, packet):
    """Payload of the UDP packet inside, None if anything about it is wrong."""
    has_csum, hlen = not dev.endswith("z"), 260 if dev == "opt6" else 8
    got = p.parse_outer(packet)
    if has_csum != bool(got.check) or has_csum and not got.check_ok:
        return None
    ip = got.shim[hlen + 14:]
    length = struct.unpack_from("!H", ip, 2)[0]
    pseudo = ip[12:20] + struct.pack("!HH", socket.IPPROTO_UDP, length - 20)
    if (len(ip) != length or p.csum(ip[:20]) or p.csum(pseudo + ip[20:]) or
            struct.unpack_from("!H", ip, 24)[0] != length - 20):
        return None
    return ip[28:]


def test_stack():
    for subnet, dev in SUBNETS:
        data = bytes(n * 7 & 0xff for n in range(1050))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            to = (f"10.0.{subnet}.2", 4000)
            sock.sendto(data, to)
            tap.eq(f"{dev}: a datagram of the stack, inner and outer checksum",
                   inner_udp(dev, net.sent()), data)
            sock.setsockopt(SOL_UDP, UDP_SEGMENT, 300)
            sock.sendto(data, to)
            got = [net.sent() for _ in range(4)]
            tap.eq(f"{dev}: four segments, their checksums and lengths",
                   [packet and inner_udp(dev, packet) for packet in got],
                   [data[at:at + 300] for at in range(0, 1050, 300)])


def idents(dev, count):
    return [one and p.parse_outer(one).ident for one in
            (net.sent() for _ in range(count))]


def test_idents():
    """What may be fragmented is told apart by its identification (RFC 6864), each
    segment of a large packet, too."""
    for subnet, dev in ((1, "v4"), (3, "g4")):
        for _ in range(200):
            net.taps[dev].send(inner())
        tap.eq(f"{dev}: 200 packets, 200 identifications",
               len(set(idents(dev, 200)) - {None}), 200)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(SOL_UDP, UDP_SEGMENT, 300)
            sock.sendto(bytes(1200), (f"10.0.{subnet}.2", 4000))
            sock.sendto(bytes(300), (f"10.0.{subnet}.2", 4000))
            got = idents(dev, 5)
            tap.ok(len(set(got) - {None}) == 5,
                   f"{dev}: four segments and a packet, five identifications", got)
    # As vxlan.ko: what is never fragmented needs none.
    for _ in range(3):
        net.taps["dfset"].send(inner())
    tap.eq("df set: none", idents("dfset", 3), [0, 0, 0])


# The reverse: scapy builds, the stack behind the device answers.

def answer(dev, encap, question, opts=(), last=True):
    """Send scapy's frame in encap; the inner frame of the answer."""
    _, vni, sends, v6 = DEVICES[dev]
    ip = (IPv6(src="2001:db8::2", dst="2001:db8::1") if v6 else
          IP(src="192.0.2.2", dst="192.0.2.1"))
    link = Ether(src=p.FAR_MAC.hex(":"), dst=p.NEAR_MAC.hex(":"))
    if encap == "vxlan":
        shim = UDP(sport=40000, dport=4789) / VXLAN(flags="Instance", vni=vni)
    else:
        shim = UDP(sport=40000, dport=6081) / GENEVE(
            vni=vni, proto=0x6558,
            optionlen=sum(1 + len(d) // 4 for _, _, d in opts), options=[
                GeneveOptions(classid=k, type=t, data=d) for k, t, d in opts])
    net.far.send(bytes(link / ip / shim / question))
    packet = net.sent()
    if packet is None:
        return None
    shell = Ether(packet)
    # Scapy finds the layer by port. Its checksums agree as well:
    kind = VXLAN if sends == "vxlan" else GENEVE
    if kind not in shell or shell[kind].vni != vni:
        return None
    again = shell.copy()
    del again[UDP].chksum
    if Ether(bytes(again))[UDP].chksum != shell[UDP].chksum:
        return None
    return shell[kind].payload


def test_receive():
    opts = [(0x0102, 0x01, b"\0\1\0\2"), (0xffff, 0x7f, bytes(124))]
    cases = [("v4", "vxlan", 1, ()), ("v6", "vxlan", 2, ()),
             ("g4", "geneve", 3, ()), ("g6", "geneve", 4, ()),
             ("g4", "geneve", 3, opts), ("g6", "geneve", 4, opts),
             ("v4", "geneve", 1, ()), ("g6", "vxlan", 4, ())]
    for dev, encap, subnet, o in cases:
        ours, theirs = f"10.0.{subnet}.1", f"10.0.{subnet}.2"
        mac, host = net.macs[dev].hex(":"), p.INNER_MAC.hex(":")
        name = (f"{encap} from scapy over {'IPv6' if DEVICES[dev][3] else 'IPv4'}"
                f"{' with options' if o else ''}, answer in {DEVICES[dev][2]}")
        got = answer(dev, encap, Ether(src=host, dst="ff:ff:ff:ff:ff:ff") / ARP(
            op="who-has", hwsrc=host, psrc=theirs, pdst=ours), o)
        tap.ok(got is not None and ARP in got and got[Ether].dst == host and
               got[ARP].op == 2 and got[ARP].hwsrc == mac and
               got[ARP].psrc == ours and got[ARP].pdst == theirs,
               f"{name}: ARP", repr(got))
        got = answer(dev, encap, Ether(src=host, dst=mac) / IP(
            src=theirs, dst=ours) / ICMP(type=8, id=7, seq=subnet) / Raw(b"data"), o)
        tap.ok(got is not None and ICMP in got and got[ICMP].type == 0 and
               got[ICMP].id == 7 and got[ICMP].seq == subnet and
               bytes(got[ICMP].payload)[:4] == b"data" and got[Ether].src == mac,
               f"{name}: echo", repr(got))


def test_receive_ipv6_inside():
    ours, theirs = "2001:db8:4::1", "2001:db8:4::2"
    mac, host = net.macs["g6"].hex(":"), p.INNER_MAC.hex(":")
    got = answer("g6", "geneve", Ether(src=host, dst="33:33:ff:00:00:01") / IPv6(
        src=theirs, dst="ff02::1:ff00:1", hlim=255) / ICMPv6ND_NS(
            tgt=ours) / ICMPv6NDOptSrcLLAddr(lladdr=host))
    tap.ok(got is not None and ICMPv6ND_NA in got and
           got[ICMPv6ND_NA].tgt == ours and
           got[ICMPv6NDOptDstLLAddr].lladdr == mac,
           "Geneve from scapy, IPv6 inside and outside: neighbour", repr(got))
    got = answer("g6", "geneve", Ether(src=host, dst=mac) / IPv6(
        src=theirs, dst=ours) / ICMPv6EchoRequest(id=9, seq=1, data=b"data"))
    tap.ok(got is not None and ICMPv6EchoReply in got and
           got[ICMPv6EchoReply].id == 9 and
           got[ICMPv6EchoReply].data == b"data",
           "Geneve from scapy, IPv6 inside and outside: echo", repr(got))


test_headers()
test_lengths()
test_ports()
test_options()
test_stack()
test_idents()
test_receive()
test_receive_ipv6_inside()
tap.done()
