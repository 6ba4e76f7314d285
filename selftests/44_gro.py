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
FIRST, SECOND = b"a" * 200, b"b" * 200
TENANT = opt(0x0102, 0x01, b"\0\1\0\2")
OTHER = opt(0x0102, 0x01, b"\0\1\0\3")
LONG = opt(0xfff0, 0x02, bytes(range(60)))


def pair(net, port, v6, headers):
    """Send two segments, each behind its header; the data of what came out."""
    dev = "ovl6" if v6 else "ovl4"
    # IPv4 packets that may be fragmented need identifications that count up.
    fields = {} if v6 else {"frag": 0x4000}
    net.drain()
    for header, seq, data in zip(headers, (1, 1 + len(FIRST)), (FIRST, SECOND)):
        frame = segment(net.macs[dev], HOST, POD, seq, data)
        net.far.send(outer(header + frame, port, v6, **fields))
    got = []
    while len(b"".join(got)) < len(FIRST + SECOND):
        frame = net.taps[dev].next(1)
        if not frame:
            break
        if frame[:12] == net.macs[dev] + INNER_MAC:
            got.append(frame[54:])
    return got


def merges(tap, net, name, port, header):
    for v6 in False, True:
        for _ in range(10):  # a busy machine may take longer than 100 ms
            got = pair(net, port, v6, (header, header))
            if got == [FIRST + SECOND]:
                break
        tap.eq(f"{name} over {'IPv6' if v6 else 'IPv4'}: merged",
               list(map(len, got)), [len(FIRST + SECOND)])


def stays_apart(tap, net, name, port, first, second):
    for v6 in False, True:
        for _ in range(3):
            got = pair(net, port, v6, (first, second))
            if got != [FIRST, SECOND]:
                break
        tap.eq(f"{name} over {'IPv6' if v6 else 'IPv4'}: not merged",
               list(map(len, got)), [len(FIRST), len(SECOND)])


def main():
    tap = TAP()
    net = Net({"ovl4": "id 42 remote 192.0.2.2", "ovl6": "id 42 remote 2001:db8::2"})
    run("ethtool", "-K", "eth0", "gro", "on")
    # veth has nothing to merge for a sender that sends large packets.
    run("ip", "netns", "exec", f"far-{os.getpid()}", "ethtool", "-K", "eth0",
        "tso", "off")
    for dev in net.taps:
        run("ethtool", "-K", dev, "gro", "off")
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
    tap.eq("nothing was dropped",
           {key: n for key, n in net.counters().items()
            if key[1] not in ("delivered", "options-skipped")}, {})
    tap.done()


main()
