#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# A link that is refused: the kernel points to the attribute that is wrong.
# timeout: 60

import re
import socket
import struct

import packets as p
from genl import (ACK, CREATE, EXCL, NETLINK_CAP_ACK, NETLINK_EXT_ACK, REQUEST, SOL_NETLINK,
                  attr, nest, refusal, u8, u16, u32)
from tap import TAP

RTM_NEWLINK, IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO = 16, 1, 3, 18
INFO_KIND, INFO_DATA = 1, 2
(ID, ENCAP, ACCEPT, REMOTE, REMOTE6, LOCAL, LOCAL6, LINK, DPORT, VXLAN_PORT, GENEVE_PORT,
 SPORT_MIN, SPORT_MAX, TTL, TTL_INHERIT, TOS, DF, LABEL, UDP_CSUM, ZERO6_TX, ZERO6_RX, LAYER,
 SOURCE, MAC, LEARNING, AGEING, LIMIT, PROXY, RSC, L2MISS, L3MISS, VNIFILTER, GBP, NOOPTIONS,
 EXTERNAL, FASTPATH) = range(1, 37)

tap = TAP()
sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
sock.bind((0, 0))


def be16(kind, value):
    return attr(kind, struct.pack("!H", value))


def be32(kind, value):
    return attr(kind, struct.pack("!I", value))


def v4(kind, address):
    return attr(kind, socket.inet_aton(address))


def v6(kind, address):
    return attr(kind, socket.inet_pton(socket.AF_INET6, address))


def link(flags, first, data):
    """A request for bad0, whose link is made of data. Error, what is said, and the
    offset in data of what is pointed to, or before it."""
    head = attr(IFLA_IFNAME, b"bad0\0") + first
    kind = attr(INFO_KIND, b"ovl-tun\0")
    body = struct.pack("=BxHiII", 0, 0, 0, 0, 0) + head + nest(
        IFLA_LINKINFO, kind, nest(INFO_DATA, data))
    sock.send(struct.pack("=IHHII", 16 + len(body), RTM_NEWLINK, REQUEST | ACK | flags,
                          1, 0) + body)
    return refusal(sock.recv(65536), 32 + len(head) + 4 + len(kind) + 4)


def refused(name, want, *attrs, at, flags=CREATE | EXCL, first=b""):
    """attrs[at] is what is wrong."""
    before = sum(len(a) for a in attrs[:at])
    err, said, offset = link(flags, first, b"".join(attrs))
    tap.ok(err < 0 and re.search(want, said) and offset == before,
           f"refused: {name}", err, said, f"{offset}, not {before}")


good = u32(ID, 5), u8(TTL, 64)
for name, want, bad in (
        ("id", "id .* 0 to 16777215", u32(ID, 1 << 24)),
        ("encap", "encap must be", u8(ENCAP, 2)),
        ("accept", "accept must be", u8(ACCEPT, 0)),
        ("remote", "remote must be a unicast", v4(REMOTE, "127.0.0.1")),
        ("remote of IPv6", "link-local and needs dev", v6(REMOTE6, "fe80::2")),
        ("group", "group needs dev", v4(REMOTE, "239.1.1.1")),
        ("local", "local must be a unicast", v4(LOCAL, "224.0.0.1")),
        ("dev", "dev is not an interface", u32(LINK, 999999)),
        ("dstport", "1 to 65535", be16(DPORT, 0)),
        ("vxlanport", "1 to 65535", be16(VXLAN_PORT, 0)),
        ("geneveport that is VXLAN's", "must differ", be16(GENEVE_PORT, 4789)),
        ("srcport", "srcport must be", be16(SPORT_MIN, 5)),
        ("ttl inherit", "ttl inherit must be", u8(TTL_INHERIT, 2)),
        ("df", "df must be", u8(DF, 3)),
        ("flowlabel", "0 to 0xfffff", be32(LABEL, 1 << 20)),
        ("flowlabel over IPv4", "needs an IPv6 remote", be32(LABEL, 1)),
        ("udpcsum", "udpcsum must be", u8(UDP_CSUM, 2)),
        ("udp6zerocsumtx", "udp6zerocsumtx must be", u8(ZERO6_TX, 2)),
        ("udp6zerocsumrx", "udp6zerocsumrx must be", u8(ZERO6_RX, 2)),
        ("layer", "layer must be", u8(LAYER, 4)),
        ("source", "source must be", u8(SOURCE, 4)),
        ("source learn", "a device that learns", u8(SOURCE, 2)),
        ("mac of layer 2", "mac is for layer 3", attr(MAC, p.INNER_MAC)),
        ("learning", "learning must be", u8(LEARNING, 2)),
        ("ageing", "ageing must be", u32(AGEING, 2147484)),
        ("proxy", "proxy must be", u8(PROXY, 2)),
        ("l3miss", "l3miss must be", u8(L3MISS, 2)),
        ("vnifilter", "vnifilter must be", u8(VNIFILTER, 2)),
        ("gbp", "gbp must be", u8(GBP, 2)),
        ("nooptions", "nooptions must be", u8(NOOPTIONS, 2)),
        ("external", "external must be", u8(EXTERNAL, 2)),
        ("fastpath", "fastpath must be", u8(FASTPATH, 2)),
        # what the policy finds
        ("an id of two bytes", "", u16(ID, 5)),
        ("a remote of IPv6 with 4 bytes", "", v4(REMOTE6, "192.0.2.2"))):
    over = v4(REMOTE, "192.0.2.2") if "over IPv4" in name else u8(TOS, 0)
    refused(name, want, *good, over, bad, at=3)

# Where one contradicts another, the attribute that is named
refused("remotes of both families", "not both", v4(REMOTE, "192.0.2.2"),
        v6(REMOTE6, "2001:db8::2"), *good, at=1)
refused("locals of both families", "not both", v4(LOCAL, "192.0.2.1"),
        v6(LOCAL6, "2001:db8::1"), *good, at=1)
refused("remote and local of two families", "one address family", *good,
        v6(LOCAL6, "2001:db8::1"), v4(REMOTE, "192.0.2.2"), at=3)
refused("dstport and another geneveport", "contradicts", *good, be16(GENEVE_PORT, 7000),
        be16(DPORT, 7001), at=3)
refused("srcport from high to low", "srcport must be", *good, be16(SPORT_MAX, 5),
        be16(SPORT_MIN, 6), at=3)
refused("learning of layer 3", "learning needs", u8(LAYER, 3), *good, u8(LEARNING, 1), at=3)
refused("rsc of layer 3", "rsc needs", u8(LAYER, 3), *good, u8(RSC, 1), at=3)
refused("gbp of layer 3", "gbp needs", u8(LAYER, 3), *good, u8(GBP, 1), at=3)
refused("a mac that is a group's", "mac is not", u8(LAYER, 3), *good,
        attr(MAC, b"\1" + bytes(5)), at=3)
refused("vnifilter of layer 3", "vnifilter needs", u8(LAYER, 3), u8(VNIFILTER, 1), at=1)
refused("vnifilter with an id", "no id", u8(VNIFILTER, 1), *good, at=1)
refused("external with an id", "no id", u8(EXTERNAL, 1), *good, at=1)
refused("external with a remote", "no remote", u8(EXTERNAL, 1), v4(REMOTE, "192.0.2.2"), at=1)
err, said, offset = link(CREATE | EXCL, attr(IFLA_ADDRESS, b"\1" + bytes(5)), b"".join(good))
tap.ok(err < 0 and "unicast" in said and offset == -4 - 12 - 4 - 12,
       "refused: address", err, said, offset)

# A change
p.run("ip", "link", "add", "bad0", "type", "ovl-tun", "id", "5")
for name, want, bad in (
        ("of the layer", "layer can't change", u8(LAYER, 3)),
        ("to vnifilter", "vnifilter can't change", u8(VNIFILTER, 1)),
        ("to external", "external can't change", u8(EXTERNAL, 1)),
        ("of df", "df must be", u8(DF, 3))):
    refused(f"a change {name}", want, u8(TTL, 9), bad, at=1, flags=0)
tap.ok(" ttl auto " in p.run("ip", "-d", "link", "show", "bad0"), "they have changed nothing")
p.run("ip", "link", "del", "bad0")
tap.done()
