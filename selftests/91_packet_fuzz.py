#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Packets that are wrong somewhere, by the hundred thousand: none is lost count of.
# timeout: 150
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
# OVL_FUZZ=COUNT and OVL_FUZZ_SEED=SEED in the environment (or on the guest's
# command line) make it another number of packets, or other ones.

import bisect
import collections
import json
import os
import subprocess
import time

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
}
LAYER2 = [name for name, (_, words) in DEVICES.items() if "layer3" not in words]
# Those that frames are sent on; their answers to ARP are all they receive.
SENDERS = {
    "tx2": "id 21 remote 192.0.2.2",
    "tx2proxy": "id 22 remote 192.0.2.2 proxy rsc l2miss l3miss",
    "tx2miss": "id 23 proxy l2miss l3miss",
    "tx2table": "vnifilter remote 192.0.2.2",
    "tx2ext": "external vxlanport 4792 geneveport 6084",
    "tx3": "id 24 layer3 remote 192.0.2.2",
    "tx3peers": "id 25 layer3",
}
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
    "receive.c": (200, "ovl_rcv ovl_rx_find ovl_rx_receive"),
    "gro.c": (25, "ovl_gro_receive"),
    "fastpath.c": (120, "ovl_fast_note ovl_fast_gro"),
    "vxlan.c": (8, "ovl_vxlan_parse"),
    "geneve.c": (4, "ovl_geneve_parse"),
    "option.c": (10, "ovl_opt_next ovl_opts_check"),
    "program.c": (50, "ovl_run_begin ovl_run_next"),
    "rule.c": (18, "ovl_rules_receive"),
    "drop.c": (2, "ovl_count_drop"),
    "notify.c": (6, "ovl_notify_drop"),
    "learn.c": (35, "ovl_learn"),
    "fdb.c": (70, "ovl_fdb_lookup ovl_fdb_new ovl_fdb_insert ovl_fdb_set_dst"),
    "endpoint.c": (18, "ovl_endpoint_learn"),
    "source.c": (90, "ovl_source_lookup"),
    "prefix.c": (20, "ovl_prefix_lookup"),
    "external.c": (12, "ovl_external_receive"),
    "xmit.c": (85, "ovl_xmit"),
    "send.c": (160, "ovl_send"),
    "neigh.c": (80, ""),
    "path.c": (40, "ovl_path_lookup"),
}

tap = TAP()
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
    lines = ["link set lo up", "link add br0 type bridge mcast_snooping 0",
             "link set port4 master br0", "link set port6 master br0"]
    lines += [f"link set {name} up" for name in ("br0", *DEVICES)]
    for name, (vni, _) in DEVICES.items():
        if vni and name not in ("port4", "port6", "proxy"):
            lines.append(f"address add 10.{vni}.0.1/16 dev {name}")
            lines.append(f"address add fd00:0:0:{vni:x}::1/64 dev {name} nodad")
    for name, words in NESTED.items():
        lines += [f"link add {name} type ovl-tun {words}", f"link set {name} up"]
    batch("ip", *lines, ns=INSIDE)
    batch("ovltun", "peer add l3 p remote 192.0.2.2 allowed 10.3.0.0/20,fd00:0:0:3::/64",
          "peer add l3 q remote 192.0.2.3 allowed 0.0.0.0/0",
          "peer add rules r remote 192.0.2.4", "vni add table 100-103",
          *(f"rule add {dev} {rule}" for dev in ("rules", "l3rules") for rule in RULES),
          ns=INSIDE)
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
    try:
        batch("ip", *(f"link set {name} type ovl-tun fastpath" for name in DEVICES), ns=INSIDE)
    except RuntimeError as error:
        if "NETFILTER_INGRESS" not in str(error):
            raise
        tap.skip("tap, fast path", "the kernel has no CONFIG_NETFILTER_INGRESS")
        return
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
    for name in SENDERS:
        count_ingress(name, INSIDE)


def sending(dev):
    """Packets that dev has sent, dropped by reason, and received as answers."""
    link = json.loads(p.run("ip", "-n", INSIDE, "-s", "-j", "link", "show", dev))[0]
    state = json.loads(p.run("ovltun", "-n", INSIDE, "-j", "-s", "dev", "show", dev))[0]
    return collections.Counter(
        {what: n for what, n in state["drops"].items() if what.startswith("tx-")} |
        {"sent": link["stats64"]["tx"]["packets"], "answered": ingress(dev, INSIDE)})


def tx(dev, count, seed):
    before = sending(dev)
    sent, refused = fuzz(dev[:3], dev, count, seed, ns=INSIDE)
    net.settle()
    counts = sending(dev) - before
    tap.diag(f"{dev}: {sent} packets, {refused} refused by the socket, {dict(counts)}")
    tap.eq(f"{dev}: each is sent, answered, or counted once under a reason",
           sum(counts.values()), sent)
    tap.ok(sent > count * 0.7, f"{dev}: the socket takes most", sent)
    return counts


subprocess.run(["modprobe", "-a", "ovl-tun", "sch_ingress", "cls_matchall"])
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
sent = {dev: tx(dev, COUNT // 40, SEED + 2 + n) for n, dev in enumerate(SENDERS)}
if kcov:
    coverage()
else:
    tap.skip("which code is reached", "the kernel has no KCOV")
if COUNT >= 100000:
    tap.ok(sent["tx2proxy"]["answered"] > 10, "neighbours are answered for")
    tap.eq("every reason was reached", REASONS - {what for what, n in seen.items() if n},
           set())
lines = [line for line in log.lines() if line.startswith("ovl")]
tap.ok(not lines, "the kernel's log has no word of the module", *lines[:20])
batch("ip", *(f"link del {name}" for name in (*NESTED, *DEVICES, *SENDERS)), ns=INSIDE)
p.run("ip", "netns", "del", INSIDE)
tap.eq("no socket is left", json.loads(p.run("ovltun", "-j", "port") or "[]"), [])
tap.done()
