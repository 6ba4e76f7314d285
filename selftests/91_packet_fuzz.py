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
# OVL_FUZZ=COUNT and OVL_FUZZ_SEED=SEED in the environment (or on the guest's
# command line) make it another number of packets, or other ones.

import collections
import json
import os
import subprocess
import time

import packets as p
from tap import TAP

COUNT = int(os.environ.get("OVL_FUZZ", 200000))
SEED = int(os.environ.get("OVL_FUZZ_SEED", "20251122"), 0)
FUZZ = os.path.join(os.path.dirname(__file__), "bin", "packet_fuzz")
INSIDE = f"inside-{os.getpid()}"

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

tap = TAP()


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


def look():
    near = f"near-{os.getpid()}"
    return (ingress("eth0"), snmp(near), counted(INSIDE, DEVICES, near), snmp(INSIDE),
            counted(INSIDE, NESTED, INSIDE))


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


def rx(name, count, seed, streams):
    """Send, and balance the books. Returns what was counted."""
    before = settled()
    start = time.monotonic()
    far = f"far-{os.getpid()}"
    sent, refused = map(int, p.run("ip", "netns", "exec", far, FUZZ, "rx", "eth0",
                                   str(count), str(seed), str(streams)).split())
    took = time.monotonic() - start
    after = settled()
    packets = after[0] - before[0]
    udp, counts, udp_in, nested = (b - a for a, b in zip(before[1:], after[1:]))
    tap.diag(f"{name}: {sent} packets in {took:.1f} s, {sent / took:.0f} a second",
             f"UDP {dict(+udp)}", f"{dict(+counts)}",
             f"inside: UDP {dict(+udp_in)}, {dict(+nested)}")
    tap.eq(f"{name}: every packet was sent", (sent, refused), (count, 0))
    tap.eq(f"{name}: every packet has arrived", packets, sent)
    arrived = udp["InDatagrams"] + udp["InErrors"] + udp["NoPorts"]
    if streams:
        tap.ok(sent * 0.3 < arrived < sent * 0.98, f"{name}: GRO has merged some",
               arrived)
    else:
        tap.eq(f"{name}: UDP has got every packet", arrived, sent)
    tap.eq(f"{name}: each is received, or counted once under a reason",
           total(counts), udp["InDatagrams"])
    tap.ok(counts["received"] > sent / 20, f"{name}: many are received", counts)
    tap.eq(f"{name}: so is each tunnelled in one of them", total(nested),
           udp_in["InDatagrams"])
    if COUNT >= 100000:
        tap.ok(nested["received"] > 10, f"{name}: some are received there", nested)
    return counts


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
    sent, refused = map(int, p.run("ip", "netns", "exec", INSIDE, FUZZ, dev[:3], dev,
                                   str(count), str(seed)).split())
    net.settle()
    counts = sending(dev) - before
    tap.diag(f"{dev}: {sent} packets, {refused} refused by the socket, {dict(counts)}")
    tap.eq(f"{dev}: each is sent, answered, or counted once under a reason",
           sum(counts.values()), sent)
    tap.ok(sent > count * 0.7, f"{dev}: the socket takes most", sent)
    return counts


subprocess.run(["modprobe", "-a", "ovl-tun", "sch_ingress", "cls_matchall"])
log = p.KernelLog()
net = setup()
tap.diag(f"seed {SEED}, {COUNT} packets; OVL_FUZZ_SEED, OVL_FUZZ")
seen = rx("without GRO", COUNT // 2, SEED, 0)
p.run("ethtool", "-K", "eth0", "gro", "on")
p.run("ip", "netns", "exec", f"near-{os.getpid()}", "sh", "-c",
      "echo 2000000 >/sys/class/net/eth0/gro_flush_timeout")
seen += rx("with GRO", COUNT - COUNT // 2, SEED + 1, 30)
setup_senders()
sent = {dev: tx(dev, COUNT // 40, SEED + 2 + n) for n, dev in enumerate(SENDERS)}
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
