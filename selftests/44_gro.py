#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Which tunnelled packets the underlay's GRO merges: same header, same options.

Topology: packets.py. Near's eth0 holds a packet for 100 ms, so that the next
one finds it; GRO of the tunnel itself is off.
"""
# timeout: 120

import os
import socket

from packets import (GENEVE_PORT, INNER_MAC, VXLAN_PORT, Net, geneve, opt, outer,
                     run, segment, vxlan)
from tap import TAP

HOST, POD = socket.inet_aton("10.9.9.2"), socket.inet_aton("10.9.9.1")
DEST = bytes.fromhex("0200000000bb")
FIRST, SECOND = b"a" * 200, b"b" * 200
TENANT = opt(0x0102, 0x01, b"\0\1\0\2")
OTHER = opt(0x0102, 0x01, b"\0\1\0\3")
LONG = opt(0xfff0, 0x02, bytes(range(60)))


def send(net, port, v6, headers):
    """Send two segments of one flow, each behind its header."""
    # IPv4 packets that may be fragmented need identifications that count up.
    fields = {} if v6 else {"frag": 0x4000}
    net.drain()
    for header, seq, data in zip(headers, (1, 1 + len(FIRST)), (FIRST, SECOND)):
        frame = segment(DEST, HOST, POD, seq, data)
        net.far.send(outer(header + frame, port, v6, **fields))


def taken(net, dev, size):
    """The data of what comes out of a device, until there is as much as that."""
    got = []
    while len(b"".join(got)) < size:
        frame = net.taps[dev].next(1)
        if not frame:
            break
        if frame[:12] == DEST + INNER_MAC:
            got.append(frame[54:])
    return got


def pair(net, port, v6, headers, dev="ovl"):
    send(net, port, v6, headers)
    return taken(net, f"{dev}{6 if v6 else 4}", len(FIRST + SECOND))


def merges(tap, net, name, port, header):
    for v6 in False, True:
        for _ in range(10):  # a busy machine may take longer than 100 ms
            got = pair(net, port, v6, (header, header))
            if got == [FIRST + SECOND]:
                break
        tap.eq(f"{name} over {'IPv6' if v6 else 'IPv4'}: merged",
               list(map(len, got)), [len(FIRST + SECOND)])


def stays_apart(tap, net, name, port, first, second, dev="ovl"):
    for v6 in False, True:
        for _ in range(3):
            got = pair(net, port, v6, (first, second), dev)
            if got != [FIRST, SECOND]:
                break
        tap.eq(f"{name} over {'IPv6' if v6 else 'IPv4'}: not merged",
               list(map(len, got)), [len(FIRST), len(SECOND)])


def each_its_own(tap, net, name, port, build):
    """Devices of two VNIs, which are two tenants: what merged would go to the one
    whose packet came first."""
    for v6, of_42, of_43 in (False, "ovl4", "other4"), (True, "ovl6", "other6"):
        for _ in range(3):
            send(net, port, v6, (build(42), build(43)))
            got = taken(net, of_42, len(FIRST)), taken(net, of_43, len(SECOND))
            if got != ([FIRST], [SECOND]):
                break
        tap.eq(f"{name} over {'IPv6' if v6 else 'IPv4'}: two VNIs, each gets its own",
               [list(map(len, one)) for one in got], [[len(FIRST)], [len(SECOND)]])


def main():
    tap = TAP()
    net = Net({"ovl4": "id 42 remote 192.0.2.2", "ovl6": "id 42 remote 2001:db8::2",
               "other4": "id 43 remote 192.0.2.2",
               "other6": "id 43 remote 2001:db8::2", "any": "external"})
    run("ethtool", "-K", "eth0", "gro", "on")
    # veth has nothing to merge for a sender that sends large packets.
    run("ip", "netns", "exec", f"far-{os.getpid()}", "ethtool", "-K", "eth0",
        "tso", "off")
    for dev in net.taps:
        run("ethtool", "-K", dev, "gro", "off")
    # What is for any VNI comes over IPv4 and over IPv6.
    net.taps["any4"] = net.taps["any6"] = net.taps["any"]
    # /sys shows the namespace that it was mounted in.
    run("ip", "netns", "exec", f"near-{os.getpid()}", "sh", "-c",
        "echo 100000000 >/sys/class/net/eth0/gro_flush_timeout")

    merges(tap, net, "VXLAN", VXLAN_PORT, vxlan(42))
    merges(tap, net, "Geneve", GENEVE_PORT, geneve(42))
    merges(tap, net, "Geneve with an option", GENEVE_PORT, geneve(42, opts=TENANT))
    merges(tap, net, "Geneve with two options", GENEVE_PORT,
           geneve(42, opts=TENANT + LONG))

    def apart(name, first, second):
        stays_apart(tap, net, name, GENEVE_PORT, geneve(42, opts=first),
                    geneve(42, opts=second))

    apart("another value", TENANT, OTHER)
    apart("another value, behind an equal option", LONG + TENANT, LONG + OTHER)
    apart("an option, then none", TENANT, b"")
    apart("no option, then one", b"", TENANT)
    apart("one more option", TENANT, TENANT + LONG)
    apart("the other order", TENANT + LONG, LONG + TENANT)

    each_its_own(tap, net, "VXLAN", VXLAN_PORT, vxlan)
    each_its_own(tap, net, "Geneve", GENEVE_PORT, geneve)
    each_its_own(tap, net, "Geneve with an option", GENEVE_PORT,
                 lambda vni: geneve(vni, opts=TENANT))

    # Of a header that is the same but for bits that nobody looks at, another sender
    # may know what they mean. O is for an external device, whose VNI nobody has.
    for name, fields in (("C", {"oc": 1}), ("the first reserved bit", {"reserved": 32}),
                         ("the sixth", {"reserved": 1}),
                         ("the first of the last byte", {"last": 128}),
                         ("the last one", {"last": 1})):
        plain, with_it = geneve(42), geneve(42, **fields)
        stays_apart(tap, net, f"{name}, then not", GENEVE_PORT, with_it, plain)
        stays_apart(tap, net, f"not, then {name}", GENEVE_PORT, plain, with_it)
    control = geneve(44, oc=2)
    stays_apart(tap, net, "O, then not", GENEVE_PORT, control, geneve(44), "any")
    stays_apart(tap, net, "not, then O", GENEVE_PORT, geneve(44), control, "any")
    stays_apart(tap, net, "O twice", GENEVE_PORT, control, control, "any")
    tap.eq("nothing was dropped",
           {key: n for key, n in net.counters().items()
            if key[1] not in ("delivered", "options-skipped")}, {})
    tap.done()


main()
