#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Packets that are wrong somewhere, by the hundred thousand: none is lost count of.
# timeout: 400
# kernel-warning: include/net/ip_tunnels.h:.*iptunnel_metadata_reply
#
# packet_fuzz.c makes them. Topology: packets.py; the devices have their underlay
# in near and are in a third namespace, "inside", so that near counts nothing but
# outer packets. Inside has tunnels of its own over some of these tunnels.
#
# On a debug kernel they come by a tap device, too, also by the fast path, and KCOV
# says which code they reach: what the writer's own call does, so not what is done
# in softirq. Those of eth0 come there.
#
# Frames are sent by what has peers, sets of options, option echo, VNIs that a bridge
# says, and by external devices, with metadata of tc's and of BPF's.
#
# OVL_FUZZ=COUNT and OVL_FUZZ_SEED=SEED in the environment (or on the guest's
# command line) make it another number of packets, or other ones.

import bisect
import collections
import json
import os
import re
import subprocess
import time

import bpf
import packets as p
from tap import TAP

COUNT = int(os.environ.get("OVL_FUZZ", 200000))
SEED = int(os.environ.get("OVL_FUZZ_SEED", "20251122"), 0)
BIN = os.path.join(os.path.dirname(__file__), "bin")
FUZZ, FUNCTIONS = (os.path.join(BIN, name) for name in ("packet_fuzz", "functions"))
KCOV, SECTIONS = "/sys/kernel/debug/kcov", "/sys/module/ovl_tun/sections"
PLACES = "/tmp/kcov"
INSIDE = f"inside-{os.getpid()}"
PART = 500000       # packets after which the books are balanced

# Name: VNI and words. The VNI is the end of the MAC address; packet_fuzz.c
# knows them too.
DEVICES = {
    "plain": (1, "remote 192.0.2.2"),
    "learn": (2, "remote 192.0.2.2 learning maxaddress 500"),
    "l3": (3, "layer3 mac 02:00:00:00:10:03"),
    "l3any": (4, "layer3 mac 02:00:00:00:10:04 remote 192.0.2.2"),
    "gbp": (5, "remote 192.0.2.2 gbp"),
    "rules": (6, "remote 192.0.2.2"),
    "six": (7, "remote 2001:db8::2"),
    "l3rules": (8, "layer3 mac 02:00:00:00:10:08 remote 192.0.2.2"),
    "geneve": (9, "remote 192.0.2.2 encap vxlan accept geneve"),
    "port4": (10, "remote 192.0.2.2 learning"),
    "port6": (11, "remote 2001:db8::2 udp6zerocsumrx"),
    "proxy": (13, "remote 192.0.2.2 learning proxy rsc l2miss l3miss"),
    "table": (None, "vnifilter remote 192.0.2.2 learning"),
    "ext": (None, "external vxlanport 4790 geneveport 6082"),
    "extl3": (None, "external layer3 vxlanport 4791 geneveport 6083"),
    "tx2echo": (14, "encap geneve remote 192.0.2.2"),
    "tx3echo": (15, "layer3 encap geneve remote 192.0.2.2"),
}
LAYER2 = [name for name, (_, words) in DEVICES.items() if "layer3" not in words]
# Those that frames are sent on; their answers to ARP are all they receive. A name
# begins with packet_fuzz.c's mode.
SENDERS = {
    "tx2": "id 21 remote 192.0.2.2",
    "tx2proxy": "id 22 remote 192.0.2.2 proxy rsc l2miss l3miss",
    "tx2miss": "id 23 proxy l2miss l3miss",
    "tx2table": "vnifilter remote 192.0.2.2",
    "tx2ext": "external vxlanport 4792 geneveport 6084",
    "tx3": "id 24 layer3 remote 192.0.2.2",
    "tx3peers": "id 25 layer3",
}
# Those whose packets have options, or metadata
OPTION_SENDERS = {
    "tx2sets": "id 26 encap geneve remote 192.0.2.2 gbp nooptions drop",
    "tx3sets": "id 27 layer3 encap geneve mac 02:00:00:00:00:1b",
    "vnisets": "vnifilter encap geneve remote 192.0.2.2",
    "tc2ext": "external gbp vxlanport 4793 geneveport 6085",
    "tc3ext": "external layer3 vxlanport 4794 geneveport 6086",
    "bpf2ext": "external encap geneve vxlanport 4795 geneveport 6087",
    "bpf2vxlan": "external encap vxlan gbp vnifilter vxlanport 4796 geneveport 6088",
    "bpf3ext": "external encap geneve layer3 vxlanport 4797 geneveport 6089",
    "bpf3vxlan": "external encap vxlan layer3 vxlanport 4798 geneveport 6090",
}
BRIDGE = "tx2vlans"     # whose port is vnisets
ECHOES = ("tx2echo", "tx3echo")
SOURCES = ("mark", "mark/0xff00>>8", "prio", "vlan", "vni", "iif", "classid", "peer",
           "00010002", "hash", "time", "counter")
SETS = ("all " + " ".join(f"0xff00:{n}:{source}" for n, source in enumerate(SOURCES)),
        f"full 0xff00:1:{'5a' * 124} 0xff00:0x82:{'a5' * 120}",
        "marks 0xff00:0:mark/0xffff", "none")
# What tc's tunnel_key says, of inner sources 1, 2 and so on
TX4 = "src_ip 192.0.2.1 dst_ip 192.0.2.2"
TX6 = "src_ip 2001:db8::1 dst_ip 2001:db8::2"
TUNNEL_KEYS = (
    f"{TX4} id 42 ttl 33", f"{TX6} id 16777215 ttl 1 tos 0x29 nocsum",
    f"{TX4} id 42 dst_port 4793", f"{TX4} id 42 dst_port 6085 nocsum",
    f"{TX4} id 42 dst_port 7000", "src_ip 0.0.0.0 dst_ip 192.0.2.2 id 1",
    f"{TX4} id 42 geneve_opts 0102:01:00010002",
    f"{TX6} id 42 geneve_opts 0102:81:00010002,ff01:02:01020304,ff00:03:{'5a' * 124}",
    f"{TX4} id 42 ttl 9 geneve_opts ff00:03:{'5a' * 124},ff00:04:{'a5' * 120}",
    f"{TX4} id 43 dst_port 4793 geneve_opts 0102:01:00010002",
    f"{TX4} id 43 vxlan_opts 0x20", f"{TX6} id 43 dst_port 6085 vxlan_opts 0x480020",
    "src_ip 0.0.0.0 dst_ip 192.0.2.7 id 1 ttl 9", "src_ip 0.0.0.0 dst_ip 10.99.0.1 id 1",
    "src_ip :: dst_ip 2001:db8::7 id 1")
NESTED = {
    "nest1": "id 1 remote 10.1.0.2 source any",
    "nest3": "id 3 layer3 remote 10.1.0.2 source any",
    "nest12": "id 12 remote 10.1.0.2 learning",
}
RULES = (
    "pref 10 option 0x0102:1 times 2-63 drop name doubled",
    "pref 20 option 0x0102:0 require 0x0103:2:00000001",
    "pref 30 mark 0x0102:3 prio 0x0102:2",
    "pref 40 option 0x0103:3 sample",
    "pref 50 option 0x0102:0x81 count",
)
# What a hundred thousand packets reach, whatever the seed
REASONS = {f"rx-{what}" for what in (
    "truncated", "vxlan-flags", "geneve-version", "control", "protocol",
    "option-malformed", "option-critical", "vni-unknown", "source-unknown",
    "encap-refused", "zero-csum", "inner-short", "own-source", "ecn",
    "mac-invalid", "mac-static", "inner-source", "inner-mac", "rule",
    "option-missing", "option-wrong", "option-doubled")}

# Where packets go through: how many places there they reach at least, which is some
# three quarters of what was measured, and by which functions.
COVERED = {
    "receive.c": (225, "ovl_rcv ovl_rx_find ovl_rx_receive"),
    "gro.c": (38, "ovl_gro_receive"),
    "fastpath.c": (145, "ovl_fast_note ovl_fast_gro"),
    "vxlan.c": (11, "ovl_vxlan_parse"),
    "geneve.c": (6, "ovl_geneve_parse"),
    "option.c": (30, "ovl_opt_next ovl_opts_check ovl_opts_filter"),
    "program.c": (50, "ovl_run_begin ovl_run_next"),
    "rule.c": (18, "ovl_rules_receive"),
    "optsource.c": (17, "ovl_optsource_fill"),
    "echo.c": (110, "ovl_echo_receive ovl_echo_send"),
    "echo_key.c": (45, "ovl_echo_key_build"),
    "vni.c": (9, ""),
    "drop.c": (2, "ovl_count_drop"),
    "notify.c": (7, "ovl_notify_drop"),
    "learn.c": (35, "ovl_learn"),
    "fdb.c": (70, "ovl_fdb_lookup ovl_fdb_new ovl_fdb_insert ovl_fdb_set_dst"),
    "endpoint.c": (18, "ovl_endpoint_learn"),
    "source.c": (90, "ovl_source_lookup"),
    "prefix.c": (20, "ovl_prefix_lookup"),
    "external.c": (60, "ovl_external_receive ovl_external_build ovl_external_lookup"),
    "xmit.c": (125, "ovl_xmit ovl_xmit_external"),
    "send.c": (225, "ovl_send ovl_choose_options ovl_exceed_pmtu"),
    "neigh.c": (80, ""),
    "path.c": (60, "ovl_path_output"),
}

tap = TAP()
FAST_PATH = p.has_fast_path()
taps = ["eth0"]     # where packets come in


def batch(tool, *lines, ns=None):
    p.run(*tool.split(), *(("-n", ns) if ns else ()), "-batch", "-",
          stdin="\n".join(lines) + "\n")


def count_ingress(dev, ns=None):
    """Count what dev receives, before anybody looks at it."""
    batch("tc", f"qdisc add dev {dev} clsact",
          f"filter add dev {dev} ingress matchall action pass", ns=ns)


def ingress(dev, ns=None):
    """Packets that dev has received; of what GRO has merged, each."""
    text = p.run("tc", *(("-n", ns) if ns else ()), "-s", "-j", "qdisc", "show",
                 "dev", dev)
    return next(one["packets"] for one in json.loads(text) if one["kind"] == "clsact")


def setup():
    net = p.Net({})
    near, far = (f"{end}-{os.getpid()}" for end in ("near", "far"))
    batch("ip", f"netns add {INSIDE}", "link set eth0 mtu 9000")
    batch("ip", "link set eth0 mtu 9000", ns=far)
    # veth has nothing to merge for a sender that sends large packets.
    p.run("ip", "netns", "exec", far, "ethtool", "-K", "eth0", "tso", "off")
    p.run("ip", "netns", "exec", INSIDE, "sysctl", "-qw",
          "net.ipv6.conf.default.disable_ipv6=0",
          "net.ipv6.conf.default.accept_dad=0")
    count_ingress("eth0")
    lines = []
    for name, (vni, words) in DEVICES.items():
        mac = f"address 02:00:00:00:10:{vni:02x}" if vni and name in LAYER2 else ""
        lines.append(f"link add {name} netns {INSIDE} {mac} type ovl-tun "
                     f"{f'id {vni}' if vni else ''} {words}")
    batch("ip", *lines)
    p.run("ip", "netns", "exec", INSIDE, "sysctl", "-qw",
          *(f"net.ipv6.conf.{name}.addr_gen_mode=1" for name in ECHOES))
    lines = ["link set lo up", "link add br0 type bridge mcast_snooping 0",
             "link set port4 master br0", "link set port6 master br0"]
    lines += [f"link set {name} up" for name in ("br0", *DEVICES)]
    for name, (vni, _) in DEVICES.items():
        if vni and name not in ("port4", "port6", "proxy", *ECHOES):
            lines.append(f"address add 10.{vni}.0.1/16 dev {name}")
            lines.append(f"address add fd00:0:0:{vni:x}::1/64 dev {name} nodad")
    for name, words in NESTED.items():
        lines += [f"link add {name} type ovl-tun {words}", f"link set {name} up"]
    batch("ip", *lines, ns=INSIDE)
    batch("ovltun", "peer add l3 p remote 192.0.2.2 allowed 10.3.0.0/20,fd00:0:0:3::/64",
          "peer add l3 q remote 192.0.2.3 allowed 0.0.0.0/0",
          "peer add rules r remote 192.0.2.4", "vni add table 100-103",
          *(f"rule add {dev} {rule}" for dev in ("rules", "l3rules") for rule in RULES),
          *(f"echo set {dev} class 0x0102,0x0103 limit 400" for dev in ECHOES), ns=INSIDE)
    batch("bridge", "fdb add 02:00:00:00:20:03 dev learn dst 192.0.2.5", ns=INSIDE)
    net.settle()
    return net


def snmp(ns):
    """Counters of UDP, of both families together."""
    found = collections.Counter()
    text = p.run("ip", "netns", "exec", ns, "cat", "/proc/net/snmp", "/proc/net/snmp6")
    names = None
    for line in text.splitlines():
        words = line.split()
        if words[0] == "Udp:" and names:
            found.update(dict(zip(names, map(int, words[1:]))))
        elif words[0] == "Udp:":
            names = words[1:]
        elif words[0].startswith("Udp6"):
            found[words[0][4:]] += int(words[1])
    return found


def counted(ns, devices, port_ns):
    """Of devices: received packets and drops by reason; with those of the ports
    of the namespace that is their underlay."""
    found = collections.Counter()
    for link in json.loads(p.run("ip", "-n", ns, "-s", "-j", "link")):
        if link["ifname"] in devices:
            found["received"] += link["stats64"]["rx"]["packets"]
    for dev in json.loads(p.run("ovltun", "-n", ns, "-j", "-s", "dev")):
        if dev["ifname"] in devices:
            found.update({what: n for what, n in dev["drops"].items()
                          if what.startswith("rx-")})
    for port in json.loads(p.run("ovltun", "-n", port_ns, "-j", "-s", "port")):
        found.update(port.get("drops", {}))
    return found


def total(counts):
    """Packets that sockets have got; those of a full queue count as received."""
    return sum(counts.values()) - 2 * counts["rx-backlog"]


def taken(ns):
    """Packets that the fast path has taken before UDP has counted them"""
    return sum(dev.get("fastpath_packets", {}).get("taken", 0) for dev in json.loads(
        p.run("ovltun", "-n", ns, "-j", "-s", "dev")))


def look():
    near = f"near-{os.getpid()}"
    return (sum(map(ingress, taps)), taken(INSIDE), snmp(near),
            counted(INSIDE, DEVICES, near), snmp(INSIDE), counted(INSIDE, NESTED, INSIDE))


def settled():
    """Counters once nothing is on its way any more."""
    last = None
    for _ in range(50):
        time.sleep(0.05)
        now = look()
        if now == last:
            break
        last = now
    return now


def fuzz(*words, ns=None):
    """How many packets were sent, and how many the kernel has refused. With KCOV
    the places that were reached are added to PLACES."""
    note = ("-k", PLACES) if kcov else ()
    # Not ip netns exec: debugfs is to stay where it is.
    enter = ("nsenter", f"--net=/run/netns/{ns}") if ns else ()
    return map(int, p.run(*enter, FUZZ, *note, *map(str, words)).split())


def rx(name, count, seed, *how):
    """Send count packets, in parts that are judged each. Returns what was counted."""
    counts = collections.Counter()
    for done in range(0, count, PART):
        counts += rx_part(f"{name}, from {done}" if count > PART else name,
                          min(PART, count - done), seed + done, *how)
    return counts


def rx_part(name, count, seed, streams, way="rx", fast=False):
    """Send, and balance the books."""
    before = settled()
    start = time.monotonic()
    if way == "rx":
        sent, refused = fuzz("rx", "eth0", count, seed, streams, ns=f"far-{os.getpid()}")
    else:
        sent, refused = fuzz(way, "tap0", count, seed, streams)
    took = time.monotonic() - start
    after = settled()
    packets, fast_path = (after[n] - before[n] for n in range(2))
    udp, counts, udp_in, nested = (b - a for a, b in zip(before[2:], after[2:]))
    tap.diag(f"{name}: {sent} packets in {took:.1f} s, {sent / took:.0f} a second",
             f"UDP {dict(+udp)}, fast path {fast_path}, {dict(+counts)}",
             f"inside: UDP {dict(+udp_in)}, {dict(+nested)}")
    tap.eq(f"{name}: every packet was sent", (sent, refused), (count, 0))
    tap.eq(f"{name}: every packet has arrived", packets, sent)
    arrived = udp["InDatagrams"] + udp["InErrors"] + udp["NoPorts"] + fast_path
    if streams and way == "rx":     # a tap device's GRO waits for no second packet
        tap.ok(sent * 0.3 < arrived < sent * 0.98, f"{name}: GRO has merged some",
               arrived)
    else:
        tap.eq(f"{name}: UDP or the fast path has got every packet", arrived, sent)
    tap.eq(f"{name}: each is received, or counted once under a reason",
           total(counts), udp["InDatagrams"] + fast_path)
    tap.ok(counts["received"] > sent / 20, f"{name}: many are received", counts)
    tap.eq(f"{name}: so is each tunnelled in one of them", total(nested),
           udp_in["InDatagrams"])
    if COUNT >= 100000 and way == "rx":
        tap.ok(nested["received"] > 10, f"{name}: some are received there", nested)
    if fast:
        tap.ok(fast_path > sent / 10, f"{name}: the fast path takes many", fast_path)
    else:
        tap.eq(f"{name}: the fast path takes none", fast_path, 0)
    return counts


def rx_tap():
    """Packets that the writer carries through the stack."""
    batch("ip", "tuntap add dev tap0 mode tap", f"link set tap0 address {p.NEAR_MAC.hex(':')} "
          "mtu 9000 up")
    p.sysctl("ipv6.conf.tap0.disable_ipv6", 0)
    count_ingress("tap0")
    taps.append("tap0")
    rx("tap", COUNT // 8, SEED + 100, 0, "tap")
    rx("tap, GRO", COUNT // 8, SEED + 101, 30, "frags")
    if not FAST_PATH:
        tap.skip("tap, fast path", "the kernel has no CONFIG_NETFILTER_INGRESS")
        return
    batch("ip", *(f"link set {name} type ovl-tun fastpath" for name in DEVICES), ns=INSIDE)
    rx("tap, fast path", COUNT // 8, SEED + 102, 10, "tap", True)
    rx("tap, GRO, fast path", COUNT // 8, SEED + 103, 30, "frags", True)


def coverage():
    """Which of our functions were reached, by source file."""
    spans, functions = [], collections.defaultdict(set)
    with open(FUNCTIONS) as f:
        for line in f:
            section, start, size, name, path = line.split()
            functions[path].add(name)
            try:
                with open(os.path.join(SECTIONS, section)) as at:
                    start = int(at.read(), 16) + int(start, 16)
            except FileNotFoundError:   # the module's start, or its end
                continue
            spans.append((start, start + int(size, 16), name, path))
    spans.sort()
    places, reached, strange = collections.Counter(), collections.defaultdict(set), []
    with open(PLACES) as f:
        for pc in {int(line, 16) for line in f}:
            n = bisect.bisect(spans, (pc, 0)) - 1
            if n < 0 or pc > spans[n][1]:   # behind the call, so maybe at the end
                strange.append(hex(pc))
                continue
            places[spans[n][3]] += 1
            reached[spans[n][3]].add(spans[n][2])
    tap.eq("KCOV: all that was run is ours", strange, [])
    tap.diag(f"KCOV: {places.total()} places in {sum(map(len, reached.values()))} functions")
    for path, (least, names) in COVERED.items():
        left = sorted(functions[path] - reached[path])
        tap.diag(f"{path}: {places[path]} places in {len(reached[path])} of "
                 f"{len(functions[path])} functions, none in {' '.join(left) or 'others'}")
        tap.ok(places[path] >= least and set(names.split()) <= reached[path],
               f"{path}: {least} places are reached{names and ', '}{names}", places[path])


def setup_senders():
    lines = [f"link add {name} netns {INSIDE} type ovl-tun {words}"
             for name, words in SENDERS.items()]
    batch("ip", *lines)
    p.run("ip", "netns", "exec", INSIDE, "sysctl", "-qw",
          *(f"net.ipv6.conf.{name}.addr_gen_mode=1" for name in SENDERS))
    lines = [f"link set {name} up" for name in SENDERS]
    for name in "tx2proxy", "tx2miss":
        for host in range(1, 10):
            mac = f"lladdr 02:00:00:00:20:{host:02x} dev {name} nud permanent"
            lines.append(f"neighbour add 10.1.0.{host} {mac}")
            lines.append(f"neighbour add fd00:0:0:1::{host} {mac}")
    batch("ip", *lines, ns=INSIDE)
    batch("bridge", *(f"fdb add 02:00:00:00:20:{host:02x} dev tx2proxy "
                      f"{'router ' if host % 2 else ''}dst 192.0.2.2"
                      for host in range(1, 8)), ns=INSIDE)
    batch("ovltun", "vni add tx2table 1000-1100",
          "peer add tx3peers p remote 192.0.2.2 allowed 10.1.0.0/16,fd00:0:0:2::/64",
          "peer add tx3peers q remote 2001:db8::2 encap vxlan "
          "allowed 10.2.0.0/16,fd00:0:0:1::/64", ns=INSIDE)
    for name in (*SENDERS, *ECHOES):
        count_ingress(name, INSIDE)


def setup_options():
    """Senders of options, and what they have to send."""
    lines = [f"link add {name} netns {INSIDE} mtu 8000 type ovl-tun {words}"
             for name, words in OPTION_SENDERS.items()]
    batch("ip", *lines, "route add 192.0.2.7 dev eth0 mtu 200",
          "route add 2001:db8::7 dev eth0 mtu 1280",
          *(f"neighbour replace {host} lladdr {p.FAR_MAC.hex(':')} dev eth0 nud permanent"
            for host in ("192.0.2.3", "192.0.2.7", "192.0.2.9", "2001:db8::7")))
    batch("ip", f"link add {BRIDGE} type bridge vlan_filtering 1 mcast_snooping 0",
          f"link set vnisets master {BRIDGE}", ns=INSIDE)
    p.run("ip", "netns", "exec", INSIDE, "sysctl", "-qw",
          *(f"net.ipv6.conf.{name}.addr_gen_mode=1" for name in (BRIDGE, *OPTION_SENDERS)))
    batch("ip", *(f"link set {name} up" for name in (BRIDGE, *OPTION_SENDERS)), ns=INSIDE)
    batch("bridge", "link set dev vnisets vlan_tunnel on learning off",
          "vlan add dev vnisets vid 1-7", "vlan add dev vnisets vid 1-7 tunnel_info id 2000-2006",
          f"vlan add dev {BRIDGE} vid 2-7 self", ns=INSIDE)
    batch("ovltun", *(f"options add {dev} set {words}" for words in SETS
                      for dev in ("tx2sets", "tx3sets", "vnisets")),
          *(f"options add {dev} 0xff00:0:00000007" for dev in ("tx2sets", "vnisets")),
          "vni add vnisets 2000,2002 options all", "vni add vnisets 2001 options full",
          "vni add vnisets 2003 options none", "vni add vnisets 2004", "vni add bpf2vxlan 42-43",
          *(f"peer add tx2sets {name} remote {remote} mac 02:00:00:00:10:{n:02x} {words}"
            for n, name, remote, words in (
                (1, "a", "192.0.2.3", "options all"),
                (2, "b", "2001:db8::2", "options full vni 77"),
                (3, "c", "192.0.2.7", "encap vxlan options marks"),
                (4, "d", "192.0.2.9", "encap vxlan options full"))),
          *(f"peer add tx3sets {name} remote {remote} allowed 10.{n}.0.0/16,fd00:0:0:{n}::/64 "
            f"{words}" for n, name, remote, words in (
                (1, "a", "192.0.2.3", "options all"), (2, "b", "2001:db8::2", "options full"),
                (3, "c", "192.0.2.9", "options all mac 02:00:00:00:00:77"))), ns=INSIDE)
    batch("tc", *(f"qdisc add dev {name} clsact" for name in OPTION_SENDERS),
          "filter add dev vnisets egress matchall action pass",
          *(f"filter add dev tc2ext egress pref {n} protocol all flower src_mac "
            f"02:00:00:00:20:{n:02x} action tunnel_key set {words} pass"
            for n, words in enumerate(TUNNEL_KEYS, 1)),
          *(f"filter add dev tc3ext egress pref {n} protocol {proto} flower src_ip {host} "
            f"action tunnel_key set {words.replace('4793', '4794').replace('6085', '6086')} pass"
            for n, words in enumerate(TUNNEL_KEYS, 1) for n, proto, host in (
                (n, "ip", f"10.30.0.{n + 1}"), (n + 100, "ipv6", f"fd00:0:0:1e::{n + 1:x}"))),
          ns=INSIDE)
    value = bpf.Value(512)
    for name in OPTION_SENDERS:
        if name.startswith("bpf"):
            bpf.attach(name, "egress", [*bpf.begin(value), *bpf.take_metadata(), *bpf.end(0)],
                       name, ns=INSIDE)
    net.settle()


def sending():
    """Of each device: packets that it has sent, dropped by reason, and received as
    answers; and lost, dropped by the underlay without a reason of ours. And what tc
    has seen there: of senders of options it looks at what is sent."""
    links = {link["ifname"]: link["stats64"]["tx"] for link in json.loads(
        p.run("ip", "-n", INSIDE, "-s", "-j", "link"))}
    seen = {one["dev"]: one["packets"] for one in json.loads(
        p.run("tc", "-n", INSIDE, "-s", "-j", "qdisc")) if one["kind"] == "clsact"}
    counts = {}
    for dev in json.loads(p.run("ovltun", "-n", INSIDE, "-j", "-s", "dev")):
        name, link = dev["ifname"], links[dev["ifname"]]
        drops = {what: n for what, n in dev["drops"].items() if what.startswith("tx-")}
        counts[name] = collections.Counter(drops | {
            "sent": link["packets"],
            "answered": 0 if name in OPTION_SENDERS else seen.get(name, 0),
            "lost": link["dropped"] + link["errors"] - sum(drops.values())})
    return counts, seen


def tx(plan):
    """Send from each device in plan (name, how many, VNI of the addresses or 0), and
    balance the books. Returns what was counted of each."""
    found = {}
    before, came = sending()
    sent = {dev: tuple(fuzz(re.match("[a-z]+[23]", dev).group(), dev, count, SEED + 2 + n, vni,
                            ns=INSIDE)) for n, (dev, count, vni) in enumerate(plan)}
    net.settle()
    after, gone = sending()
    for dev, count, _ in plan:
        port = "vnisets" if dev == BRIDGE else dev
        found[dev] = counts = after[port] - before[port]
        packets, refused = sent[dev]
        tap.diag(f"{dev}: {packets} packets, {refused} refused by the socket, {dict(counts)}")
        tap.ok(packets > count * 0.7, f"{dev}: the socket takes most", packets)
        if dev == BRIDGE:
            packets = gone[port] - came[port]
            tap.ok(packets > count * 0.6, f"{dev}: most arrive at the port", packets)
        tap.eq(f"{dev}: each is sent, answered, or counted once under a reason",
               sum(counts.values()), packets)
        # The kernel's own way out takes a frame with nothing behind its headers for lost.
        most = count // 100 if dev.startswith(("tc2", "bpf2")) else 0
        tap.ok(counts["lost"] <= most, f"{dev}: the underlay loses none", counts["lost"])
    return found


def judge_options(counts, count):
    """What there has to be of senders that sent count packets each"""
    for dev in ECHOES:
        stats = json.loads(p.run("ovltun", "-n", INSIDE, "-j", "-s", "echo", "show", dev))[0]
        attached = stats["stats"]["attached"]
        tap.ok(attached > count / 100, f"{dev}: options come back with some", stats)
        tap.diag(f"{dev}: {stats['stats']}")
    for what, dev in (("tx-no-options", "tx2sets"), ("tx-vni-unknown", BRIDGE),
                      ("tx-too-big", "bpf2ext"), ("tx-no-route", "bpf2ext"),
                      ("tx-metadata-invalid", "bpf2ext"), ("tx-metadata-invalid", "bpf3vxlan")):
        tap.ok(counts[dev][what] > 5, f"{dev}: some are {what}", counts[dev])
    tap.ok(counts["bpf2ext"]["tx-metadata-invalid"] >
           2 * counts["bpf2vxlan"]["tx-metadata-invalid"],
           "malformed options aren't sent", counts["bpf2ext"], counts["bpf2vxlan"])
    for dev in (*ECHOES, BRIDGE, *OPTION_SENDERS):
        if dev != "vnisets":
            tap.ok(counts[dev]["sent"] > count / 5, f"{dev}: many are sent", counts[dev])


subprocess.run(["modprobe", "-a", "ovl-tun", "sch_ingress", "cls_matchall", "cls_flower",
                "cls_bpf", "act_tunnel_key"])
log = p.KernelLog()
kcov = os.path.exists(KCOV) and os.path.exists(FUNCTIONS)
net = setup()
tap.diag(f"seed {SEED}, {COUNT} packets; OVL_FUZZ_SEED, OVL_FUZZ")
seen = rx("without GRO", COUNT // 2, SEED, 0)
p.run("ethtool", "-K", "eth0", "gro", "on")
p.run("ip", "netns", "exec", f"near-{os.getpid()}", "sh", "-c",
      "echo 2000000 >/sys/class/net/eth0/gro_flush_timeout")
seen += rx("with GRO", COUNT - COUNT // 2, SEED + 1, 30)
if kcov:
    rx_tap()
setup_senders()
setup_options()
sent = tx([(dev, COUNT // 40, 0) for dev in SENDERS] +
          [("tx2echo", COUNT // 80, 14), ("tx3echo", COUNT // 80, 15), (BRIDGE, COUNT // 80, 0)] +
          [(dev, COUNT // 80, 30 * dev.startswith("tc3")) for dev in OPTION_SENDERS
           if dev != "vnisets"])
if kcov:
    coverage()
else:
    tap.skip("which code is reached", "the kernel has no KCOV")
if COUNT < 100000:
    tap.skip("options, neighbours and reasons", f"{COUNT} packets are too few")
else:
    judge_options(sent, COUNT // 80)
    tap.ok(sent["tx2proxy"]["answered"] > 10, "neighbours are answered for")
    tap.eq("every reason was reached", REASONS - {what for what, n in seen.items() if n},
           set())
lines = [line for line in log.lines() if line.startswith("ovl")]
tap.ok(not lines, "the kernel's log has no word of the module", *lines[:20])
batch("ip", *(f"link del {name}" for name in (*NESTED, *DEVICES, *SENDERS, *OPTION_SENDERS)),
      ns=INSIDE)
p.run("ip", "netns", "del", INSIDE)
tap.eq("no socket is left", json.loads(p.run("ovltun", "-j", "port") or "[]"), [])
tap.done()
