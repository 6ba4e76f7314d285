#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Everything changes at once, under traffic, until the module goes: and again.
# timeout: 900
#
#	  o1: geneve six peers fast          o2: the same
#	   |      (underlay in u1)
#	  u1: nodes table ext probe, eth0 ---- eth0 :u2
#
# A round builds this, lets workers loose on it, each with a sequence of its own of
# random commands, and unloads the module with everything in place. OVL_STRESS=SECONDS
# and OVL_STRESS_SEED=SEED in the environment (or on the guest's command line) make it
# last longer than a few seconds, or another sequence.

import collections
import json
import mmap
import os
import random
import signal
import socket
import struct
import subprocess
import time
import traceback

import packets as p
from tap import TAP

SECONDS = int(os.environ.get("OVL_STRESS", 9))
SEED = int(os.environ.get("OVL_STRESS_SEED", "20261129"), 0)
ROUNDS = max(3, SECONDS // 60)
MORE = 4    # where memory has grown in each of these
LIMIT = max(10, 200 // (ROUNDS - 1))    # objects, in each round
ENDS = 1, 2
# Name: the namespace that it is in, and its words. The n-th has the addresses
# 10.N.0.END and fd00:N::END.
DEVICES = {
    "geneve": ("o", "id 1 remote {v4} learning"),
    "six": ("o", "id 2 remote {v6} encap vxlan fastpath"),
    "peers": ("o", "layer3 id 3"),
    "fast": ("o", "layer3 id 4 encap vxlan fastpath"),
    "nodes": ("u", "id 5 remote {v4} source any learning maxaddress 500 fastpath"),
    "table": ("u", "vnifilter learning"),
    "ext": ("u", "external layer3 vxlanport 4790 geneveport 6082"),
    "probe": ("u", "id 999 remote {v4}"),
}
NUMBER = {name: n for n, name in enumerate(DEVICES, 1)}
CHANGED = [name for name in DEVICES if name != "probe"]
PLACE = {name: place for name, (place, _) in DEVICES.items()}
LAYER2 = "geneve", "six", "nodes", "table"
LAYER3 = "peers", "fast"
SOL_UDP, UDP_SEGMENT = 17, 103

tap = TAP()
# What the processes tell each other: [0] workers have to end, [1] the one for
# namespaces has done so, [2] so has traffic.
flags = mmap.mmap(-1, 4096)


def address(end, v6=False):
    return f"2001:db8::{end}" if v6 else f"192.0.2.{end}"


def send(tool, ns, lines, *words):
    """Commands, whatever becomes of them: how many were refused."""
    done = subprocess.run([tool, *words, *(("-n", ns) if ns else ()), "-force", "-batch",
                           "-"], input="".join(f"{line}\n" for line in lines), text=True,
                          errors="replace", stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    # Without a word about a line there is no such namespace now.
    return done.stderr.count("Command failed") or len(lines) * bool(done.returncode)


# What there is

def add_device(name, end):
    """The line that makes the device, to be read in its underlay's namespace."""
    place, words = DEVICES[name]
    words = words.format(v4=address(3 - end), v6=address(3 - end, True))
    where = f"netns o{end} " if place == "o" else ""
    return f"link add {name} {where}type ovl-tun {words}"


def set_up(name, end):
    """Lines for its own namespace."""
    n, dev = NUMBER[name], "br0" if name == "table" else name
    lines = [f"link set {name} up"]
    if name == "table":
        lines += ["link set table master br0", "link set br0 up"]
    lines += [f"address add 10.{n}.0.{end}/24 dev {dev}",
              f"address add fd00:{n}::{end}/64 dev {dev}"]
    if name == "ext":
        lines.append(f"route replace 10.{n}.0.{3 - end}/32 encap ip id 7 "
                     f"dst {address(3 - end)} dev ext")
    return lines


def configure(end):
    """What the devices of an end have besides."""
    there = 3 - end
    send("ovltun", f"o{end}", [
        f"peer add {dev} main remote {address(there)} "
        f"allowed 10.{NUMBER[dev]}.0.{there}/32,fd00:{NUMBER[dev]}::{there}/128"
        for dev in LAYER3] + [
        "options add peers 0x0108:1:0102030405060708 0x0102:1:mark",
        "options add geneve set s1 0x0102:2:hash", "rule add geneve pref 10 count",
        "echo set peers class 0x0108"])
    send("ovltun", f"u{end}", [f"vni add table 10-20 remote {address(there)}"])
    send("bridge", f"u{end}", [
        "vlan add dev br0 vid 10 pvid untagged self",
        "link set dev table vlan_tunnel on", "vlan add dev table vid 10",
        "vlan add dev table vid 10 tunnel_info id 10"])
    for ns in f"u{end}", f"o{end}":
        send("ip", ns, [
            "nexthop add id 1 via 192.0.2.1 fdb", "nexthop add id 2 via 192.0.2.2 fdb",
            "nexthop add id 3 via 192.0.2.9 fdb", "nexthop add id 10 group 1/2 fdb",
            "nexthop add id 11 group 2/3 fdb"])


def build(end, fresh=()):
    """Make what is missing at this end; of the devices in fresh, new ones."""
    send("ip", f"u{end}", [
        "link set lo up", "link add br0 type bridge vlan_filtering 1 mcast_snooping 0",
        f"address add {address(end)}/24 dev eth0",
        f"address add {address(end, True)}/64 dev eth0",
        "link set eth0 mtu 1500", "link set eth0 up",
        *(f"link del {name}" for name in fresh if PLACE[name] == "u"),
        *(add_device(name, end) for name in DEVICES if PLACE[name] == "u")])
    send("ip", f"o{end}", ["link set lo up", *(f"link del {name}" for name in fresh
                                               if PLACE[name] == "o")])
    send("ip", f"u{end}", [add_device(name, end) for name in DEVICES
                           if PLACE[name] == "o"])
    for place in "u", "o":
        send("ip", f"{place}{end}", [line for name in DEVICES if PLACE[name] == place
                                     for line in set_up(name, end)])
    configure(end)


def join():
    """The underlay's cable, where it is missing."""
    send("ip", None, ["link add eth0 netns u1 type veth peer name eth0 netns u2"])
    # Without GRO no packet takes the fast path.
    for end in ENDS:
        subprocess.run(["ip", "netns", "exec", f"u{end}", "ethtool", "-K", "eth0",
                        "gro", "on"], capture_output=True)


def build_all():
    send("ip", None, [f"netns add {place}{end}" for place in "uo" for end in ENDS])
    join()
    for end in ENDS:
        build(end)


# Traffic, a process for each namespace

def in_namespace(ns):
    with open(f"/run/netns/{ns}") as f:
        p._setns(f.fileno())


class Streams:
    """TCP in both directions, over each device of the namespace."""

    @staticmethod
    def hasty(sock):
        """One that ends with its process: who waited for the far end would keep the
        namespace for minutes."""
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.setblocking(False)
        return sock

    def __init__(self, names, end):
        self.listener = socket.create_server(("::", 7000), family=socket.AF_INET6,
                                             dualstack_ipv6=True)
        self.listener.setblocking(False)
        self.far = [(f"10.{NUMBER[name]}.0.{3 - end}", 7000) for name in names]
        self.near, self.accepted = {}, []

    def step(self):
        try:
            self.accepted.append(self.hasty(self.listener.accept()[0]))
        except OSError:
            pass
        for sock in list(self.accepted):
            try:
                if not sock.recv(1 << 18):
                    raise OSError
            except BlockingIOError:
                pass
            except OSError:
                sock.close()
                self.accepted.remove(sock)
        for far in self.far:
            try:
                if far not in self.near:
                    self.near[far] = self.hasty(socket.socket())
                    self.near[far].connect_ex(far)
                self.near[far].send(bytes(20000))
            except BlockingIOError:
                pass
            except OSError:
                self.near.pop(far).close()


def traffic(ns, seed):
    """Until it is killed"""
    r = random.Random(seed)
    in_namespace(ns)
    os.nice(10)
    end, there = int(ns[1]), 3 - int(ns[1])
    names = [name for name in DEVICES if PLACE[name] == ns[0]]
    streams = Streams(names, end)
    udp4, gso = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    udp6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    gso.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
    for sock in udp4, udp6, raw, gso:
        sock.setblocking(False)

    # Broadcast is the packet socket's, which holds the device: UDP's goes on with one that
    # is free already, see Documentation/reliability.md.
    def broadcast(n, name, size):
        addrs = [socket.inet_aton(f"10.{n}.0.{host}") for host in (end, 255)]
        packet = p.ip4(*addrs, socket.IPPROTO_UDP,
                       p.udp(*addrs, 4000, 4000, bytes(min(size, 1300)), check=0))
        if "layer3" in DEVICES[name][1]:
            return packet
        return p.eth(b"\xff" * 6, bytes((2, 0, 0, 1, end, 0)), p.ETH_P_IP, packet)

    def one(name):
        n, port = NUMBER[name], 4000 + r.randrange(32)
        size = r.choice((18, 18, 500, 1300, 3000))
        for sock, what, to in (
                (udp4, bytes(size), (f"10.{n}.0.{there}", port)),
                (udp6, bytes(size), (f"fd00:{n}::{there}", port)),
                (gso, bytes(8000), (f"10.{n}.0.{there}", port)),
                (raw, broadcast(n, name, size), (name, p.ETH_P_IP)),
                (raw, p.eth(r.choice((b"\xff" * 6, bytes((2, 0, 0, 1, 0, r.randrange(20))))),
                            bytes((2, 0, 0, 1, end, r.randrange(256))),
                            p.ETH_P_TEST, bytes(60)), (name, p.ETH_P_TEST))):
            try:
                sock.sendto(what, to)
            except OSError:
                pass

    while True:
        for name in names:
            one(name)
        streams.step()
        time.sleep(0.001)


# Commands: each function returns what send() does

def pick(r, *words):
    return r.choice(words)


def change_link(r, name, end):
    """Words of another configuration; some of them go back to the usual one."""
    there = 3 - end
    return r.choice((
        "encap vxlan", "encap geneve", "encap vxlan accept both", "accept both",
        "accept geneve", "ttl 9", "ttl auto", "ttl inherit", "tos 4", "tos inherit",
        "df set", "df inherit", "df unset", "udpcsum", "noudpcsum", "fastpath",
        "nofastpath", "fastpath", "learning", "nolearning", "ageing 1", "ageing 300",
        "proxy rsc", "noproxy norsc", "l2miss l3miss", "nol2miss nol3miss",
        f"remote {address(there)}", f"remote {address(there)}", "remote any",
        f"remote {address(there, True)}", "source any", "source strict", "source auto",
        f"local {address(end)}", "local any", "dev any", "vxlanport 4789",
        f"vxlanport {4791 + r.randrange(3)} geneveport {6083 + r.randrange(3)}",
        "vxlanport 4789 geneveport 6081", f"id {NUMBER[name]}", f"id {NUMBER[name]}",
        f"id {100 + NUMBER[name]}", "gbp", "nogbp", "nooptions drop", "nooptions ignore",
        "srcport 0 0", "srcport 5000 5100", "maxaddress 3", "maxaddress 500"))


def links(r, end):
    name = r.choice(CHANGED)
    ns = f"{PLACE[name]}{end}"
    what = r.randrange(8)
    if what < 5:
        return "ip", ns, [f"link set {name} type ovl-tun {change_link(r, name, end)}"
                          for _ in range(8)]
    if what == 5:
        return "ip", ns, [f"link set {name} down", f"link set {name} mtu "
                          f"{pick(r, 1280, 1400, 1450, 9000)}",
                          *([f"link set {name} address 02:00:00:00:0{end}:0{NUMBER[name]}"]
                            if name in LAYER2 else ()), *set_up(name, end)]
    if what == 6:
        return "ip", ns, [f"link set {name} netns {'uo'[ns[0] == 'u']}{end}"]
    return "ip", f"{'uo'[ns[0] == 'u']}{end}", [f"link set {name} netns {ns}"]


def devices(r, end):
    """Devices come and go; one line of each is refused at least."""
    names = r.sample(CHANGED, 2)
    if r.randrange(2):
        return "ip", f"u{end}", [add_device(name, end) for name in names]
    return "ip", f"{PLACE[names[0]]}{end}", [
        f"link del {name}" for name in names if PLACE[name] == PLACE[names[0]]]


def remote(r):
    return r.choice((address(1), address(2), address(1, True), address(2, True),
                     f"192.0.2.{3 + r.randrange(20)}"))


def peers(r, end):
    dev = r.choice(("peers", "fast", "peers", "fast", "geneve", "six"))
    n, there, lines = NUMBER[dev], 3 - end, []
    for _ in range(12):
        name = r.choice(("main", "p1", "p2", "p3", "p4"))
        inside = "" if dev not in LAYER3 else "allowed " + ",".join(
            r.sample((f"10.{n}.0.{there}/32", f"10.{n}.0.0/24", f"10.{n}.0.128/25",
                      f"fd00:{n}::{there}", f"fd00:{n}::/64"), 2))
        lines.append(r.choice((
            f"peer add {dev} {name} remote {remote(r)} {inside}",
            f"peer replace {dev} {name} remote {remote(r)} {inside} encap vxlan",
            f"peer replace {dev} main remote {address(there)} {inside}",
            f"peer set {dev} {name} encap {pick(r, 'vxlan', 'geneve', 'default')}",
            f"peer set {dev} {name} remote {remote(r)}",
            f"peer set {dev} {name} mtu {pick(r, 1200, 1400, 'default')} ttl "
            f"{pick(r, 3, 'auto', 'default')} options {pick(r, 's1', 's2', 'default')}",
            f"peer set {dev} {name} vni {1 + r.randrange(9)} rxvni {1 + r.randrange(9)}",
            f"peer set {dev} {name} vni default rxvni default",
            f"peer del {dev} {name}", f"peer flush {dev}" if not r.randrange(4) else
            f"peer del {dev} p1")))
    return "ovltun", f"o{end}", lines


def options(r, end):
    name = r.choice(("geneve", "peers", "fast", "nodes", "table", "six"))
    lines = []
    for _ in range(12):
        own = pick(r, "", "set s1", "set s2")
        value = pick(r, "00010002", "mark", "hash", "prio", "vni", "0001000200030004", "time")
        lines.append(r.choice((
            f"options replace {name} {own} 0x0102:{r.randrange(4)}:{value}",
            f"options replace {name} {own} 0x0108:{r.randrange(4)}:{value}",
            f"options add {name} {own} 0x0102:{r.randrange(4)}:{value}",
            f"options del {name} {own} 0x0102:{r.randrange(4)}",
            f"options flush {name} {own}", f"options del {name} set s2",
            f"rule replace {name} pref {r.randrange(5)} option 0x0102:{r.randrange(4)} count",
            f"rule replace {name} pref {r.randrange(5)} mark 0x0102:1 prio 0x0102:2",
            f"rule replace {name} pref {r.randrange(5)} require 0x0102:3 sample",
            f"rule add {name} pref {r.randrange(5)} peer 0 vni 1-9 accept",
            f"rule del {name} {r.randrange(5)}", f"rule flush {name}",
            f"echo set {name} class {pick(r, 0x108, '0x108,0x102', 0x102)} limit "
            f"{pick(r, 1, 10, 1000)} timeout {pick(r, 1, 100)}",
            f"echo flush {name}", f"echo del {name}")))
    return "ovltun", f"{PLACE[name]}{end}", lines


def vnis(r, end):
    lines = []
    for _ in range(12):
        first = 8 + r.randrange(20)
        some = f"{first}-{first + r.randrange(200)}"
        lines.append(r.choice((
            f"vni add table {some}", f"vni replace table {some} remote {remote(r)}",
            f"vni replace table 10-20 remote {address(3 - end)}",
            f"vni replace table 10-20 remote {address(3 - end)} options s1",
            f"vni change table 10-20 options s1", f"vni del table {first}",
            f"vni del table {some}", "vni flush table",
            "vni add table 10", "options add table set s1 0x0102:2:vni")))
    return "ovltun", f"u{end}", lines


def entries(r, end):
    name = r.choice(("geneve", "six", "nodes", "table"))
    lines = []
    for _ in range(12):
        mac = f"02:00:00:01:00:{r.randrange(20):02x}"
        if not r.randrange(4):
            mac = "00:00:00:00:00:00"
        vni = f"src_vni {10 + r.randrange(3)}" if name == "table" else ""
        lines.append(r.choice((
            f"fdb add {mac} dev {name} dst {remote(r)} {vni}",
            f"fdb append {mac} dev {name} dst {remote(r)} {vni}",
            f"fdb replace {mac} dev {name} dst {remote(r)} vni {r.randrange(1, 9)} {vni}",
            f"fdb replace {mac} dev {name} nhid {pick(r, 10, 11)} {vni}",
            f"fdb add {mac} dev {name} nhid {pick(r, 10, 11)} {vni}",
            f"fdb del {mac} dev {name} dst {remote(r)} {vni}",
            f"fdb del {mac} dev {name} {vni}", f"fdb flush dev {name}")))
    return "bridge", f"{PLACE[name]}{end}", lines


def nexthops(r, end):
    lines = []
    for _ in range(10):
        n = 1 + r.randrange(3)
        lines.append(r.choice((
            f"nexthop replace id {n} via {address(1 + r.randrange(3))} fdb",
            f"nexthop replace id {10 + r.randrange(2)} group {n} fdb",
            f"nexthop replace id {10 + r.randrange(2)} group 1/2/3 fdb",
            f"nexthop replace id {10 + r.randrange(2)} group 1,7/2 fdb",
            f"nexthop del id {n}", f"nexthop del id {10 + r.randrange(2)}")))
    return "ip", f"{r.choice('uo')}{end}", lines


def underlay(r, end):
    """The last lines of a batch leave it as it was, more or less."""
    ns, v4, v6 = f"u{end}", address(end), address(end, True)
    what = r.randrange(12)
    if what == 0:
        return "tc", ns, [f"qdisc {pick(r, 'add', 'del')} dev eth0 clsact"]
    if what == 1:
        rule = pick(r, "add table inet x; add chain inet x y { type filter hook "
                    "prerouting priority 0; }; add rule inet x y counter",
                    "delete table inet x")
        subprocess.run(["ip", "netns", "exec", ns, "nft", rule], capture_output=True)
    if what == 2:
        return "ip", ns, ["link set eth0 down", "link set eth0 up",
                          f"address add {v6}/64 dev eth0"]
    return "ip", ns, [
        *r.sample((f"address del {v4}/24 dev eth0", f"address del {v6}/64 dev eth0",
                   f"address add 192.0.2.{50 + end}/24 dev eth0", "neigh flush dev eth0",
                   f"route add blackhole {address(3 - end)}"), 2),
        f"link set eth0 mtu {pick(r, 1280, 1400, 1500, 9000)}",
        f"route del blackhole {address(3 - end)}",
        f"address del 192.0.2.{50 + end}/24 dev eth0",
        f"address add {v4}/24 dev eth0", f"address add {v6}/64 dev eth0"]


def dumps(r, end):
    place = r.choice("uo")
    names = [name for name in CHANGED if PLACE[name] == place]
    tool, lines = r.choice((
        ("ip", ["link show", "nexthop show", "neigh show", "route show"]),
        ("bridge", ["fdb show", "vlan show",
                    *(f"fdb get 02:00:00:01:00:01 dev {name} self" for name in names)]),
        ("ovltun", [*(f"{what} show" for what in ("dev", "port", "options", "peer", "vni",
                                                  "rule", "echo")),
                    *(f"showconf {name}" for name in names)])))
    return tool, f"{place}{end}", lines, "-s", "-d"


WORKERS = links, devices, peers, options, vnis, entries, nexthops, underlay, dumps


def work(make, seed, out):
    """A worker: until it has to end and something was taken. Tells how many lines
    were sent and refused."""
    r = random.Random(seed)
    sent = refused = 0
    limit = time.monotonic() + SECONDS / ROUNDS + 60
    while not flags[0] or (sent == refused and time.monotonic() < limit):
        tool, ns, lines, *words = make(r, r.choice(ENDS))
        refused += send(tool, ns, lines, *words)
        sent += len(lines)
    os.write(out, json.dumps([make.__name__, sent, refused]).encode() + b"\n")


# Namespaces

def child(what, *args):
    pid = os.fork()
    if pid:
        return pid
    try:
        what(*args)
        os._exit(0)
    except BaseException:       # whoever waits for its counts will miss them
        tap.diag(traceback.format_exc())
        os._exit(1)


class Namespaces:
    """The worker who owns them, with who runs in them."""

    def __init__(self, seed, out):
        self.r, self.out, self.inside = random.Random(seed), out, {}
        self.sent = 0

    def enter(self, ns):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.inside[ns] = [
            child(traffic, ns, self.r.random()),
            subprocess.Popen(["ovltun", "-n", ns, "monitor",
                              "all" if ns[0] == "o" else "drops"], **quiet)]

    def leave(self, ns):
        pid, monitor = self.inside.pop(ns)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        monitor.kill()
        monitor.wait()

    def renew(self, ns):
        """Delete a namespace before or after its processes go, and make another."""
        last = self.r.randrange(2)
        if last:
            self.leave(ns)
        send("ip", None, [f"netns del {ns}"])
        if not last:
            self.leave(ns)
        send("ip", None, [f"netns add {ns}"])
        end, fresh = int(ns[1]), [name for name in DEVICES if PLACE[name] == "o"]
        if ns[0] == "u":
            # Its cable may not have gone yet.
            send("ip", f"u{3 - end}", ["link del eth0"])
            join()
            build(3 - end)
        build(end, fresh)
        self.enter(ns)

    def unload(self):
        """In the middle of everything. Who adds a device loads it again."""
        subprocess.run(["rmmod", "ovl_tun"], capture_output=True)
        subprocess.run(["modprobe", "ovl-tun"], capture_output=True)
        for end in ENDS:
            build(end)

    def run(self):
        for place in "uo":
            for end in ENDS:
                self.enter(f"{place}{end}")
        renewed = unloaded = 0
        while not flags[0] or not renewed:
            for what in self.r.sample(("u1", "u2", "o1", "o2", "unload", 1, 2), 7):
                if what == "unload":
                    self.unload()
                    unloaded += 1
                elif what in ENDS:
                    build(what, self.r.sample(CHANGED, 2))
                else:
                    self.renew(what)
                    renewed += 1
                if flags[0]:
                    break
        flags[1] = 1
        while not flags[2]:
            time.sleep(0.02)
        for ns in list(self.inside):
            self.leave(ns)
        os.write(self.out, json.dumps(["renewed", renewed, 0]).encode() + b"\n" +
                 json.dumps(["unloaded", unloaded, 0]).encode() + b"\n")


# What must be so in the end

def pings(names):
    """Devices over which the other end does not answer"""
    home, running = os.open("/proc/self/ns/net", os.O_RDONLY), {}
    for end in ENDS:
        for name in names:
            in_namespace(f"{PLACE[name]}{end}")
            running[f"{name}{end}"] = subprocess.Popen(
                ["ping", "-q", "-i", "0.2", "-w", "10", "-c", "1",
                 f"10.{NUMBER[name]}.0.{3 - end}"], stdout=subprocess.DEVNULL)
    p._setns(home)
    os.close(home)
    return [name for name, ping in running.items() if ping.wait()]


def bound_ports():
    """UDP ports that are bound in the underlay's namespaces, but for DNS and such"""
    home, found = os.open("/proc/self/ns/net", os.O_RDONLY), set()
    for end in ENDS:
        in_namespace(f"u{end}")
        for table in "udp", "udp6":
            with open(f"/proc/thread-self/net/{table}") as f:
                ports = (int(line.split()[1].split(":")[1], 16) for line in list(f)[1:])
                found |= {port for port in ports if port in range(4789, 4800)
                          or port in range(6081, 6090)}
    p._setns(home)
    os.close(home)
    return found


def devices_left():
    return sum(len(p.run("ip", "-n", f"{place}{end}", "-o", "link", "show", "type",
                         "ovl-tun").splitlines()) for place in "uo" for end in ENDS)


def received():
    return [json.loads(p.run("ip", "-n", f"u{end}", "-s", "-j", "link", "show",
                             "eth0"))[0]["stats64"]["rx"]["packets"] for end in ENDS]


def meminfo():
    with open("/proc/meminfo") as f:
        return {line.split(":")[0]: int(line.split()[1]) for line in f}


def objects():
    """Live objects of each cache, when all is freed that can be"""
    with open("/proc/sys/vm/drop_caches", "w") as f:
        f.write("2")        # ends kfree_rcu()'s patience
    time.sleep(0.3)
    for cache in os.listdir("/sys/kernel/slab"):
        try:
            with open(f"/sys/kernel/slab/{cache}/shrink", "w") as f:
                f.write("1")
        except OSError:
            pass
    with open("/proc/slabinfo") as f:
        found = {line.split()[0]: int(line.split()[1]) for line in list(f)[2:]}
    found["per-CPU units of 256 bytes"] = meminfo()["Percpu"] * 4
    found.pop("debug_objects_cache", None)      # a checker's reserve
    return found


class Memory:
    """What is in use after each round: see 55_lifecycle. Whatever a round leaves
    behind makes the same cache larger in each."""

    def __init__(self):
        self.rounds, self.total = [], []
        self.counted = os.path.exists("/proc/slabinfo")
        if not self.counted:
            return
        for _ in range(2):      # the first one makes what is made once
            self.before = self.now()

    @staticmethod
    def now():
        # The last namespace to go is freed when the next one does.
        send("ip", None, ["netns add last", "netns del last"])
        return objects()

    def measure(self):
        """Once the namespaces have gone, which takes its time"""
        limit = time.monotonic() + 30
        while (now := self.now())["net_namespace"] > self.before["net_namespace"]:
            if time.monotonic() > limit:
                break
        self.rounds.append(now)
        info = meminfo()
        self.total.append(info["SUnreclaim"] + info["Percpu"] + info["VmallocUsed"])
        return now["net_namespace"] - self.before["net_namespace"]

    def least_growth(self):
        """(objects, cache): the smallest growth of the cache where that is largest.
        What the allocator keeps at hand varies by whole slabs, but not upwards every
        time."""
        steps = list(zip(self.rounds, self.rounds[1:]))
        return max((min(now.get(cache, 0) - was.get(cache, 0) for was, now in steps), cache)
                   for cache in self.rounds[0])


def stress(number, seconds):
    """A round. Counts of each worker, and packets that arrived at each end."""
    flags[:3] = b"\0\0\0"
    reader, writer = os.pipe()
    pids = [child(work, make, f"{SEED} {number} {make.__name__}", writer)
            for make in WORKERS]
    owner = child(Namespaces(f"{SEED} {number} namespaces", writer).run)
    os.close(writer)
    time.sleep(seconds)
    flags[0] = 1
    for pid in pids:
        os.waitpid(pid, 0)
    while not flags[1] and not os.waitid(os.P_PID, owner,
                                         os.WEXITED | os.WNOHANG | os.WNOWAIT):
        time.sleep(0.02)

    # Traffic goes on. The underlay is as it was, all devices are there.
    for end in ENDS:
        send("tc", f"u{end}", ["qdisc del dev eth0 clsact"])
        send("ip", f"u{end}", [f"route del blackhole {address(3 - end)}"])
        build(end, ("probe",))
    was = received()
    missing = pings(["probe"])
    tap.ok(not missing, f"round {number}: a new device beside all others works", missing)
    limit = time.monotonic() + 10   # others may have had the CPUs meanwhile
    while True:
        packets = [now - then for now, then in zip(received(), was)]
        if min(packets) > 20 or time.monotonic() > limit:
            break
        time.sleep(0.1)
    tap.ok(min(packets) > 20, f"round {number}: packets run both ways", packets)
    there = devices_left()
    unload = subprocess.run(["modprobe", "-r", "ovl-tun"], text=True, capture_output=True)
    tap.ok(there >= len(DEVICES) and not unload.returncode,
           f"round {number}: the module goes with everything in place",
           f"{there} devices", unload.stderr)
    tap.eq(f"round {number}: no device, no port is left", (devices_left(), bound_ports()),
           (0, set()))
    flags[2] = 1
    os.waitpid(owner, 0)
    with os.fdopen(reader) as f:
        return {name: collections.Counter(sent=sent, refused=refused)
                for name, sent, refused in map(json.loads, f)}


def a_round(number, memory, counts):
    subprocess.run(["modprobe", "ovl-tun"], check=True)
    build_all()
    missing = pings(DEVICES)
    tap.ok(not missing, f"round {number}: each device carries pings", missing)
    for name, count in stress(number, SECONDS / ROUNDS).items():
        counts[name] += count
    send("ip", None, [f"netns del {place}{end}" for place in "uo" for end in ENDS])
    if memory.counted:
        tap.eq(f"round {number}: no namespace is left", memory.measure(), 0)
        tap.diag(f"{memory.total[-1]} KiB")


def main():
    subprocess.run(["modprobe", "ovl-tun"], check=True)
    memory, counts = Memory(), collections.defaultdict(collections.Counter)
    tap.diag(f"seed {SEED}, {ROUNDS} rounds of {SECONDS // ROUNDS} s")
    for number in range(1, ROUNDS + MORE + 1):
        if number > ROUNDS and (not memory.counted or memory.least_growth()[0] <= LIMIT):
            break
        a_round(number, memory, counts)
    subprocess.run(["modprobe", "ovl-tun"], check=True)
    build_all()
    missing = pings(DEVICES)
    tap.ok(not missing, "all works after the last round", missing)
    for name, count in counts.items():
        tap.diag(f"{name}: {count['sent']}, {count['refused']} of them refused")
    idle = [make.__name__ for make in WORKERS
            if counts[make.__name__]["sent"] - counts[make.__name__]["refused"] < ROUNDS]
    tap.eq("each worker got something done", idle, [])
    memory_is_as_it_was(memory)
    send("ip", None, [f"netns del {place}{end}" for place in "uo" for end in ENDS])
    tap.done()


def memory_is_as_it_was(memory):
    if not memory.counted:
        tap.skip("memory is as it was", "release kcsan has no /proc/slabinfo")
        return
    more, cache = memory.least_growth()
    tap.ok(more <= LIMIT, f"nothing grows by more than {LIMIT} objects in each round",
           more, cache)
    # Some rounds of either half leave more in caches; who grows in each has had half
    # of the rounds between the two.
    half, steps = len(memory.total) // 2, len(memory.total) - 1
    more = (min(memory.total[half:]) - min(memory.total[:half])) * steps / half
    tap.ok(more <= 2048, "and all memory together by 2 MiB at most, whatever the rounds",
           memory.total)


main()
