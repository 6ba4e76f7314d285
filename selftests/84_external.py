#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""External mode: the same commands and packets for ovl-tun, geneve.ko and
vxlan.ko, and the same result: tc, routes, a bridge, Open vSwitch, BPF; both
encapsulations from one device."""
# timeout: 300
# kernel-warning: include/net/(ip_tunnels|dst_metadata).h:.*(\[(openvswitch|geneve)\]|dev_fill_metadata_dst)
#
#   p1 --- p0, a tc filter or bridge -> t0 (external)     near
#                                        eth0 ---- eth0   far: this test

import atexit
import json
import os
import socket
import struct
import subprocess
import time

import bpf
import columns
import packets as p
from tap import TAP, show


def until(what, seconds=20):
    end = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < end:
        time.sleep(0.05)
    return done


tap = TAP()
for module in "ovl-tun", "geneve", "vxlan", "cls_flower", "act_tunnel_key", \
              "act_mirred", "cls_bpf":
    subprocess.run(["modprobe", module], check=True)
# See 42_interop_ovs. Registered first, this is the last thing to be done.
atexit.register(until, lambda: not os.path.exists("/sys/module/openvswitch") or
                not subprocess.run(["modprobe", "-r", "openvswitch"],
                                   capture_output=True).returncode)
net = p.Net({}, near=(
    f"neighbour add 192.0.2.3 lladdr {p.FAR_MAC.hex(':')} dev eth0 nud permanent",))
FAR, NEAR = p.FAR4, p.NEAR4
T0_MAC = bytes.fromhex("0200000000b0")
POD = bytes.fromhex("0200000000c0")     # behind p1
KINDS = {
    "ovl": "ovl-tun external",
    "ovl-vxlan": "ovl-tun external encap vxlan",
    "ovl-l3": "ovl-tun external layer3",
    "ovl-vnis": "ovl-tun external vnifilter encap vxlan",
    "geneve": "geneve external",
    "geneve-l3": "geneve external innerprotoinherit",
    "vxlan": "vxlan external dstport 4789",
    "vxlan-l3": "vxlan external gpe dstport 4789",
    "ovl-gbp": "ovl-tun external encap vxlan gbp",
    "vxlan-gbp": "vxlan external dstport 4789 gbp",
    "vxlan-vnis": "vxlan external vnifilter dstport 4789",
}


def batch(tool, *lines):
    p.run(tool, "-batch", "-", stdin="\n".join(lines) + "\n")


def fails(*args):
    """What a program says that has to fail; None if it doesn't."""
    done = subprocess.run(args, text=True, capture_output=True)
    return done.stderr if done.returncode else None


def refused(name, want, *args):
    said = fails(*args)
    tap.ok(said is not None and want in said, name, " ".join(args), said)


def make(kind, words="", up=True):
    mac = "" if kind.endswith("l3") else f"address {T0_MAC.hex(':')}"
    batch("ip", f"link add t0 mtu 1400 {mac} type {KINDS[kind]} {words}",
          f"link set t0 {'up' if up else 'down'}")
    net.taps["t0"] = p.Tap("t0")


def remove():
    net.taps.pop("t0").sock.close()
    p.run("ip", "link", "del", "t0")


def drops(dev="t0"):
    return {what: n for (name, what), n in net.counters().items()
            if name == dev and what not in ("delivered", "options-skipped")}


def sent():
    """What has been sent, without what is different in each packet."""
    frame = net.sent()
    if not frame:
        return None
    o = p.parse_outer(frame)
    return o._replace(sport=0, ident=0, check=bool(o.check))


def inner(n, dst=p.INNER_MAC, size=40):
    """The frame of case n."""
    return p.eth(dst[:5] + bytes([n]), POD, p.ETH_P_IP, p.ip4(
        socket.inet_aton("10.0.0.1"), socket.inet_aton("10.0.0.2"), 17,
        p.udp(NEAR, FAR, 1000 + n, 9, bytes(size))))


def same(name, got, model):
    """Both have the same result, and there is one: two that send nothing are no more
    than alike. Of cases that begin with "!" there is nothing to be seen."""
    for case, want in model.items():
        there = any(want) if isinstance(want, bytes) else bool(want)
        if there == (case[0] != "!"):
            tap.eq(f"{name}: {case}", got.get(case), want)
        else:
            tap.ok(False, f"{name}: {case}", f"the model has {show(want)}")
    if not model:
        tap.ok(False, f"{name}: there is a model")


p.sysctl("ipv6.conf.default.disable_ipv6", 1)
batch("ip", "link add p0 type veth peer name p1", "link set p0 up",
      "link set p1 up", "link add br0 type bridge vlan_filtering 1 "
      "vlan_default_pvid 0 mcast_snooping 0", "link set br0 up")
net.taps["p1"] = pod = p.Tap("p1")
batch("tc", "qdisc add dev p0 clsact")

# Transmit: tc's tunnel_key

A = "0102:01:00010002"
TX4 = "src_ip 192.0.2.1 dst_ip 192.0.2.2"
TX6 = "src_ip 2001:db8::1 dst_ip 2001:db8::2"
ANY_TX = {
    "IPv4": f"{TX4} id 42 ttl 33",
    "IPv4, TOS, no checksum": f"{TX4} id 16777215 ttl 1 tos 0x28 nocsum",
    "IPv6": f"{TX6} id 42 ttl 33",
    "IPv6, class, no checksum": f"{TX6} id 0 ttl 255 tos 0x28 nocsum",
    "a source that the route chooses": "src_ip 0.0.0.0 dst_ip 192.0.2.2 id 1 ttl 9",
}
GENEVE_TX = ANY_TX | {
    "an option": f"{TX4} id 42 ttl 33 geneve_opts {A}",
    "options over IPv6": f"{TX6} id 42 ttl 33 geneve_opts "
                         f"{A},ff01:02:01020304,ff00:03:{'5a' * 124}",
    "252 bytes of options": f"{TX4} id 42 ttl 33 geneve_opts "
                            f"ff00:03:{'5a' * 124},ff00:04:{'a5' * 120}",
}


def tx(cases, extra=""):
    """{case: what is sent}"""
    known = list(GENEVE_TX)     # a case has the same frame wherever it is
    number = {case: (known.index(case) if case in known else 50 + n)
              for n, case in enumerate(cases)}
    batch("tc", *(
        f"filter add dev p0 ingress pref {number[case] + 1} protocol all flower "
        f"dst_mac {inner(number[case])[:6].hex(':')} action tunnel_key set {words} "
        f"{extra} pipe action mirred egress redirect dev t0"
        for case, words in cases.items()))
    net.drain()
    got = {}
    for case in cases:
        pod.send(inner(number[case]))
        got[case] = sent()
    batch("tc", "filter del dev p0 ingress")
    return got


# Receive: tc's flower, BPF

B = p.opt(0xff01, 2, b"abcdefgh")
OPT = p.opt(0x0102, 1, bytes.fromhex("00010002"))
CRITICAL = p.opt(0x0102, 0x81, b"need")

def geneve_cases(option, critical):
    return {
        "no option": (p.geneve(42, inner(1)), {}),
        "an option": (p.geneve(42, inner(2), option), {"tos": 0x28, "ttl": 33}),
        "three options": (p.geneve(43, inner(3), B + option + B), {}),
        "252 bytes of them": (p.geneve(43, inner(4), p.opt(1, 1, bytes(124)) +
                                       p.opt(1, 2, bytes(120))), {}),
        "a critical one": (p.geneve(44, inner(5), critical, oc=1), {}),
        "a control packet": (p.geneve(44, inner(6), oc=2), {}),
        "no checksum": (p.geneve(42, inner(7)), {"check": 0}),
        "over IPv6": (p.geneve(42, inner(8), option), {"v6": True, "ttl": 5, "tos": 4,
                                                       "label": 0x12345}),
    }


RX_GENEVE = geneve_cases(OPT, CRITICAL)
RX_VXLAN = {
    "VNI 42": (p.vxlan(42, inner(1)), {"tos": 0x28, "ttl": 33}),
    "VNI 43": (p.vxlan(43, inner(2)), {}),
    "no checksum": (p.vxlan(44, inner(3)), {"check": 0}),
    "over IPv6": (p.vxlan(42, inner(4)), {"v6": True, "ttl": 5, "label": 1}),
}
# Each kind of packets has some that are to match, and the others are to be silent.
ON_IPV4 = ["enc_src_ip 192.0.2.2", "enc_dst_ip 192.0.2.1"]
ON_ANY = ON_IPV4 + ["enc_key_id 42", "enc_key_id 43", "enc_src_ip 2001:db8::2",
                    "enc_dst_ip 2001:db8::1", "enc_tos 0x28", "enc_ttl 33"]
ON_VXLAN, ON_GENEVE = ["enc_dst_port 4789"], ["enc_dst_port 6081"]
ON_OPTIONS = [
    f"geneve_opts {A}", "geneve_opts 0102:81:6e656564",
    f"enc_key_id 42 enc_src_ip 192.0.2.2 enc_dst_port 6081 geneve_opts {A}",
    "geneve_opts 0102:01:00010000/ffff:ff:ffff0000"]
ON_GBP = ["vxlan_opts 32", "vxlan_opts 0x80020/0xfffff"]
FILTERS = ON_ANY + ON_VXLAN + ON_GENEVE + ON_OPTIONS + ON_GBP
seen = bpf.Value(512)
READ = {v6: [*bpf.begin(seen),
             *bpf.call(bpf.GET_KEY, 0, 44, bpf.TUN_IPV6 if v6 else 0, 300),
             *bpf.call(bpf.GET_OPT, 44, 252, result=304),
             *bpf.count(308), *bpf.end(-1)] for v6 in (False, True)}


def packets_of(dev, where="ingress"):
    """How many packets each filter has matched: {pref: packets}"""
    found = {}
    for one in p._documents(p.run("tc", "-s", "-j", "filter", "show", "dev", dev,
                                  where)):
        for action in one.get("options", {}).get("actions", []):
            found[one["pref"]] = action["stats"]["packets"]
    return found


def rx(cases, port, match):
    """{case: what BPF sees of each, and filter: how many it matches}"""
    batch("tc", "qdisc add dev t0 clsact",
          *(f"filter add dev t0 ingress pref {n} protocol all flower {words} "
            f"action continue" for n, words in enumerate(FILTERS, 10)))
    got = {}
    for v6 in False, True:
        bpf.attach("t0", "ingress", READ[v6], "read", 2)
        for case, (payload, fields) in cases.items():
            if v6 != fields.get("v6", False):
                continue
            seen.write(b"")
            net.drain()
            net.far.send(p.outer(payload, port, **fields))
            net.settle()
            no = "!" if case[0] == "!" else ""
            got[f"{no}BPF, {case}"] = seen.read()
            got[f"{no}the frame, {case}"] = net.taps["t0"].all(
                lambda f: f[6:12] == POD)
        batch("tc", "filter del dev t0 ingress pref 2")
    matched = packets_of("t0")
    for n, words in enumerate(FILTERS, 10):
        got[f"{'' if words in match else '!'}flower {words}"] = matched.get(n)
    return got


# Both ways: BPF

def bpf_tx(cases):
    """{case: what is sent, and what the helpers say}; a case is key, flags and
    options"""
    got = {}
    for case, (key, flags, options) in cases.items():
        value = bpf.Value(512)
        value.write(key + options)
        code = bpf.begin(value) + bpf.call(bpf.SET_KEY, 0, 44, flags, 300)
        if options:
            code += bpf.call(bpf.SET_OPT, 44, len(options), result=304)
        bpf.attach("p0", "ingress", code + bpf.redirect(socket.if_nametoindex("t0")), "write")
        net.drain()
        pod.send(inner(1))
        got[case] = sent() if case[0] != "!" else net.settle()
        got[f"{case}: the helpers"] = struct.unpack("=ii", value.read()[300:308])
        batch("tc", "filter del dev p0 ingress")
    return got


def key(vni, v6=False, tos=0, ttl=64, label=0, local=None):
    remote = p.FAR6 if v6 else FAR[::-1].ljust(16, b"\0")
    if local is None:
        local = bytes(16)
    return bpf.KEY.pack(vni, remote, tos, ttl, 0, label, local)


BPF_TX = {
    "IPv4": (key(42, tos=0x28, ttl=9), 0, b""),
    "IPv4, DF and no checksum": (key(42), bpf.DF | bpf.ZERO_CSUM, b""),
    "IPv6": (key(42, v6=True, tos=4, ttl=7, label=0x12345), bpf.TUN_IPV6, b""),
    "IPv6, no checksum": (key(42, v6=True), bpf.TUN_IPV6 | bpf.ZERO_CSUM, b""),
}
BPF_OPTS = {
    "an option": (key(42), 0, OPT),
    "252 bytes of options, IPv6": (key(42, v6=True), bpf.TUN_IPV6,
                                   p.opt(1, 1, bytes(124)) + p.opt(1, 2, bytes(120))),
}

def locked():
    """Over a route whose MTU is fixed IP takes DF off, and numbers the packet."""
    batch("ip", "route add 192.0.2.2/32 dev eth0 mtu lock 1450")
    got = bpf_tx({"DF": (key(42), bpf.DF, b"")})
    batch("ip", "route del 192.0.2.2/32 dev eth0")
    return got


# Routes

LWT = {
    "a route": f"encap ip id 7 src 192.0.2.1 dst 192.0.2.2 ttl 9 tos 4 key csum",
    "without checksum": f"encap ip id 8 dst 192.0.2.2 ttl 10",
    "IPv6": "encap ip6 id 9 dst 2001:db8::2 hoplimit 11 csum",
}
LWT_OPTS = {
    "with an option": f"encap ip id 7 dst 192.0.2.2 ttl 9 geneve_opts {A}",
}
learned = {}


def lwt(cases, dev="t0"):
    """{case: what is sent, and the MTU that the route has learned}"""
    batch("ip", "address add 10.9.0.1/32 dev t0", "link set t0 mtu 1500",
          *(["link set t0 arp off"] if dev == "t0" else []),
          *(f"route add 10.9.0.{n}/32 {words} dev t0"
            for n, words in enumerate(cases.values(), 2)))
    got = {}
    for n, case in enumerate(cases, 2):
        net.drain()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setsockopt(socket.IPPROTO_IP, 10, 2)   # IP_MTU_DISCOVER, DO
            sock.bind(("10.9.0.1", 5000))
            sock.connect((f"10.9.0.{n}", 9))
            sock.send(b"payload!")
            o = sent()      # the inner IP header has another number each time
            got[case] = o and o._replace(shim=o.shim[:-36] + o.shim[-16:])
            try:
                sock.send(bytes(1472))
            except OSError:
                pass
            time.sleep(0.02)
            learned[case] = sock.getsockopt(socket.IPPROTO_IP, 14)
            if "IPv6" not in case:      # the models tell nobody
                got[f"{case}: path MTU"] = learned[case]
    batch("ip", "address del 10.9.0.1/32 dev t0", "link set t0 mtu 1400",
          *(["link set t0 arp on"] if dev == "t0" else []))
    return got


# A bridge with vlan_tunnel

def bridge(port, build, table=None):
    """{case: frames} of two VLANs, each in its VNI"""
    if table:
        p.run(*table)
    batch("ip", "link set t0 master br0", "link set p0 master br0")
    batch("bridge", "link set dev t0 vlan_tunnel on",
          "vlan add dev p0 vid 10-11", "vlan add dev t0 vid 10-11",
          "vlan add dev t0 vid 10-11 tunnel_info id 1010-1011",
          *(f"fdb append 00:00:00:00:00:00 dev t0 dst {dst} src_vni {vni}"
            for vni, dst in ((1010, "192.0.2.2"), (1011, "192.0.2.3"))))
    got = {}
    for vid in 10, 11:
        net.drain()
        frame = inner(vid)
        pod.send(frame[:12] + struct.pack("!HH", 0x8100, vid) + frame[12:])
        got[f"VLAN {vid} out"] = sent()
        back = p.eth(POD, p.INNER_MAC, p.ETH_P_TEST, bytes(46))
        net.far.send(p.outer(build(1000 + vid, back), port))
        net.settle()
        got[f"VLAN {vid} in"] = pod.all(lambda f: f[:6] == POD)
    batch("ip", "link set t0 nomaster", "link set p0 nomaster")
    return got


# Open vSwitch: its kernel part, with t0 as a port

OVS_ANY = {
    "IPv4": "tun_id=0x2a,src=192.0.2.1,dst=192.0.2.2,tos=0x28,ttl=33,"
            "flags(df|csum|key)",
    "IPv6": "tun_id=0x2a,ipv6_src=2001:db8::1,ipv6_dst=2001:db8::2,ttl=33,"
            "flags(csum|key)",
}
OVS_OPTION = "tun_id=0x2a,src=192.0.2.1,dst=192.0.2.2,ttl=33,geneve(" \
             "{class=0x102,type=0x1,len=4,0x10002}),flags(csum|key)"
OVS_RX = "tun_id=0x2a,src=192.0.2.2,dst=192.0.2.1,ttl=64,tp_src=50000,tp_dst={}"


def attrs(data):
    """Netlink attributes as {type: bytes}"""
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        found[kind & 0x3fff] = data[4:size]
        data = data[(size + 3) & ~3:]
    return found


def genl(sock, family, cmd, body, version=1):
    """One request of generic netlink; the payload of the answer."""
    sock.send(struct.pack("=IHHIIBBH", 20 + len(body), family, 1 | 4, 1, 0, cmd,
                          version, 0) + body)
    answer = sock.recv(65536)
    kind, error = struct.unpack_from("=4xH10xi", answer)
    if kind == 2 and error:     # NLMSG_ERROR
        raise OSError(-error, "generic netlink")
    return answer[20:]


def attr(kind, data):
    return (struct.pack("=HH", 4 + len(data), kind) + data).ljust(
        (7 + len(data)) & ~3, b"\0")


class Listener:
    """What flows of dp0 tell a program."""

    def __init__(self):
        self.control, self.sock = (socket.socket(socket.AF_NETLINK,
                                                 socket.SOCK_RAW, 16)
                                   for _ in range(2))
        for sock in self.control, self.sock:
            sock.bind((0, 0))
            sock.settimeout(2)
        self.pid = self.sock.getsockname()[0]
        answer = genl(self.control, 16, 3, attr(2, b"ovs_datapath\0"))
        self.family = struct.unpack("=H", attrs(answer)[1])[0]
        self.control.recv(65536)    # that it was done

    def ready(self):
        """Each command of ovs-dpctl has each CPU tell a program of its own."""
        genl(self.control, self.family, 4, struct.pack(
            "=i", socket.if_nametoindex("dp0")) + attr(5, bytes(4)), 2)

    def told(self):
        """The metadata with which a packet is sent, by type."""
        return attrs(attrs(self.sock.recv(65536)[24:]).get(5, b""))


def ovs(port, build):
    """{case: what is sent, what the datapath's flow lets in}"""
    if not have_ovs:
        return {}
    dpctl = "ovs-dpctl"
    cases = OVS_ANY | ({"an option": OVS_OPTION} if port == p.GENEVE_PORT else {})
    p.run(dpctl, "add-dp", "dp0")
    got = {}
    try:
        p.run(dpctl, "add-if", "dp0", "t0,port_no=1", "p0,port_no=2")
        listener = Listener()
        for n, (case, words) in enumerate(cases.items(), 1):
            frame = p.eth(inner(n)[:6], POD, p.ETH_P_TEST, bytes(46))
            flow = (f"in_port(2),eth(src={POD.hex(':')},dst={frame[:6].hex(':')}),"
                    "eth_type(0x88b5)")
            p.run(dpctl, "add-flow", "dp0", flow, f"set(tunnel({words})),userspace("
                  f"pid={listener.pid},userdata(01020304),"
                  "tunnel_out_port=1),1")
            listener.ready()
            net.drain()
            pod.send(frame)
            got[case] = sent()
            told = listener.told()
            got[f"{case}, a source port for IPFIX"] = any(told.pop(9, b""))
            got[f"{case}, the rest of it"] = told
        for case, flags, options, expect in (
                ("a flow for it", "csum|key", b"", ""),
                ("a flow for an option", "csum|key", OPT,
                 ",geneve({class=0x102,type=0x1,len=4,0x10002})")):
            if options and port != p.GENEVE_PORT:
                continue
            p.run(dpctl, "del-flows", "dp0")
            p.run(dpctl, "add-flow", "dp0", f"tunnel({OVS_RX.format(port)}{expect},"
                  f"flags({flags})),in_port(1),eth(),eth_type(0x88b5)", "2")
            back = p.eth(POD, p.INNER_MAC, p.ETH_P_TEST, bytes(46))
            for vni in 42, 43:
                net.drain()
                shim = build(vni, back, options) if options else build(vni, back)
                net.far.send(p.outer(shim, port))
                net.settle()
                no = "" if vni == 42 else "!"
                got[f"{no}{case}: VNI {vni}"] = pod.all(lambda f: f[:6] == POD)
    finally:
        p.run(dpctl, "del-dp", "dp0")
    return got


# A port of a bridge, to which tc gives metadata: who sends too much is told

def answer():
    make_small = "link set eth0 mtu 1300", "link set t0 master br0"
    batch("ip", *make_small)
    batch("tc", "filter add dev p0 ingress protocol all matchall action tunnel_key "
          f"set {TX4} id 42 ttl 33 geneve_opts {A} pipe action mirred egress "
          "redirect dev t0", "qdisc add dev t0 clsact", "filter add dev t0 ingress pref 1 protocol all "
          "flower enc_key_id 42 enc_src_ip 192.0.2.2 enc_dst_ip 192.0.2.1 "
          f"geneve_opts {A} action continue")
    big = p.eth(p.INNER_MAC, POD, p.ETH_P_IP, p.ip4(
        socket.inet_aton("10.0.0.1"), socket.inet_aton("10.0.0.2"), 17,
        bytes(1300), frag=0x4000))
    net.drain()
    pod.send(big)
    net.settle()
    frames = net.taps["t0"].all(lambda f: f[:6] == POD)
    got = {"an answer": [(f[23], f[34:36], f[40:42]) for f in frames],
           "from where the packet would have gone": packets_of("t0").get(1),
           "!nothing is sent": net.far.all(lambda f: p.parse_outer(f) and POD in f)}
    batch("tc", "filter del dev p0 ingress", "qdisc del dev t0 clsact")
    batch("ip", "link set eth0 mtu 1500", "link set t0 nomaster")
    return got


# The models, one after the other

def measure(kind, cases, words=""):
    make(kind, words)
    try:
        return cases()
    finally:
        remove()


have_ovs = subprocess.run(["modprobe", "openvswitch"]).returncode == 0 and \
    any(os.access(f"{d}/ovs-dpctl", os.X_OK) for d in ("/usr/bin", "/usr/sbin"))


def parts(**calls):
    """What each part finds, nothing where it can't be had."""
    found = {}
    for name, (func, *args) in calls.items():
        try:
            found[name] = func(*args)
        except (OSError, RuntimeError) as error:
            tap.diag(f"{name}: {error!r}")
            found[name] = {}
    return found


GENEVE_IN = RX_GENEVE, p.GENEVE_PORT, ON_ANY + ON_GENEVE + ON_OPTIONS
VXLAN_IN = RX_VXLAN, p.VXLAN_PORT, ON_ANY + ON_VXLAN


def all_geneve():
    return parts(tunnel_key=(tx, GENEVE_TX), BPF=(bpf_tx, BPF_TX | BPF_OPTS),
                 route=(lwt, LWT | LWT_OPTS), answer=(answer,), locked=(locked,),
                 OVS=(ovs, p.GENEVE_PORT, p.geneve),
                 received=(rx, *GENEVE_IN))


def all_vxlan():
    return parts(tunnel_key=(tx, ANY_TX), BPF=(bpf_tx, BPF_TX), route=(lwt, LWT),
                 locked=(locked,), OVS=(ovs, p.VXLAN_PORT, p.vxlan),
                 bridge=(bridge, p.VXLAN_PORT, p.vxlan),
                 received=(rx, *VXLAN_IN))


def compare(name, got, model):
    for what in model:
        if what == "OVS" and not have_ovs:
            tap.skip(f"{name}, OVS", "no openvswitch here")
        else:
            same(f"{name}, {what}", got[what], model[what])


geneve = measure("geneve", all_geneve)
compare("Geneve", measure("ovl", all_geneve), geneve)
tap.eq("Geneve, route: IPv6: path MTU", learned["IPv6"], 1500 - 70)
vxlan = measure("vxlan", all_vxlan)
compare("VXLAN", measure("ovl-vxlan", all_vxlan), vxlan)

# With groups
GBP_TX = ANY_TX | {f"group {group:#x}": f"{TX4} id 42 ttl 33 vxlan_opts {group}"
                   for group in (0, 32, 0xffff, 0x480020, 0xffffffff)}
GBP_BPF = BPF_TX | {f"group {group:#x}": (key(42), 0, struct.pack("=I", group))
                    for group in (0, 32, 0x80020)} | {
    "a group of 8 bytes": (key(42), 0, bytes(8)),
}
GBP_RX = RX_VXLAN | {f"a header of {word:#x}": (
    struct.pack("!II", word, 42 << 8) + inner(10 + n), {}) for n, word in enumerate((
        0x88000020, 0x88080020, 0x8840ffff, 0x88000000, 0x08000020, 0x88b70021))}


def all_gbp():
    return parts(tunnel_key=(tx, GBP_TX), BPF=(bpf_tx, GBP_BPF),
                 route=(lwt, {"a group": "encap ip id 7 dst 192.0.2.2 ttl 9 "
                                         "vxlan_opts 32"}),
                 received=(rx, GBP_RX, p.VXLAN_PORT, ON_ANY + ON_VXLAN + ON_GBP))


gbp = measure("vxlan-gbp", all_gbp)
compare("GBP", measure("ovl-gbp", all_gbp), gbp)
same("a group without gbp", measure("ovl", lambda: tx(
    {"group 0x20": GBP_TX["group 0x20"]})), measure("vxlan", lambda: tx(
        {"group 0x20": GBP_TX["group 0x20"]})))

# Rules look on
def ruled():
    p.run("ovltun", "rule", "add", "t0", "option", "0xff01:2", "count")
    return rx(*GENEVE_IN)


same("rules on the way", measure("ovl", ruled), geneve["received"])


def stripped():
    p.run("ovltun", "rule", "add", "t0", "strip", "0x0102:1", "strip", "0x0102:0x81")
    return rx(RX_GENEVE, p.GENEVE_PORT, ON_ANY + ON_GENEVE)


same("rules take options away", measure("ovl", stripped),
     measure("geneve", lambda: rx(geneve_cases(b"", b""), p.GENEVE_PORT,
                                  ON_ANY + ON_GENEVE)))

# With a table of VNIs. Metadata with a remote may have any.
VNIS = {"vxlan-vnis": ("bridge", "vni", "add", "dev", "t0", "vni", "1010-1011"),
        "ovl-vnis": ("ovltun", "vni", "add", "t0", "1010-1011,42")}
VNIS_RX = {"VNI 1010": (p.vxlan(1010, inner(1)), {}),
           "!VNI 1012": (p.vxlan(1012, inner(2)), {})}


def all_vnis(kind):
    return parts(bridge=(bridge, p.VXLAN_PORT, p.vxlan, VNIS[kind]),
                 tunnel_key=(tx, ANY_TX),
                 received=(rx, VNIS_RX, p.VXLAN_PORT, ON_IPV4 + ON_VXLAN))


model = measure("vxlan-vnis", lambda: all_vnis("vxlan-vnis"))
compare("vnifilter", measure("ovl-vnis", lambda: all_vnis("ovl-vnis")), model)

# IP inside
model = measure("geneve-l3", lambda: lwt(LWT | LWT_OPTS))
same("layer 3, Geneve", measure("ovl-l3", lambda: lwt(LWT | LWT_OPTS)), model)
model = measure("vxlan-l3", lambda: lwt(LWT))
same("layer 3, VXLAN-GPE", measure("ovl-l3", lambda: lwt(LWT), "encap vxlan"), model)

# Both encapsulations from one device, whatever it sends by default
for kind, other, port in (("ovl", vxlan, p.VXLAN_PORT),
                          ("ovl-vxlan", geneve, p.GENEVE_PORT)):
    make(kind)
    got = tx(ANY_TX, f"dst_port {port}")
    same(f"{kind} with the other's port", got,
         {case: other["tunnel_key"][case] for case in ANY_TX})
    if port == p.GENEVE_PORT:
        cases = {case: words for case, words in GENEVE_TX.items()
                 if "geneve_opts" in words}
        same("options say Geneve", tx(cases), {
            case: geneve["tunnel_key"][case] for case in cases})
        same("options say more than the port", tx(cases, "dst_port 4789"), {
            case: geneve["tunnel_key"][case] for case in cases})
        got = tx({"an option": cases["an option"]}, "dst_port 7777")["an option"]
        tap.eq("and any port will do", got, geneve["tunnel_key"]["an option"]._replace(
            dport=7777))
        same("Geneve is received as well", rx(*GENEVE_IN), geneve["received"])
    else:
        same("VXLAN is received as well", rx(*VXLAN_IN), vxlan["received"])
        got = tx({"a": f"{TX4} id 42"})["a"]
        tap.eq("no TTL is that of the route", got and got.ttl, 64)
    remove()

# What is dropped
make("ovl")
BAD = p.opt(0x0102, 1, b"1234", length=31)
net.taps["t0"].send(inner(1))
bad = {
    "!no destination": f"src_ip 0.0.0.0 dst_ip 0.0.0.0 id 42 ttl 9",
    "!more than 24 bits": f"{TX4} id 16777216 ttl 9",
}
got = tx(bad)
tap.eq("nothing is sent for it", list(got.values()), [None] * len(bad))
bpf_tx({"!malformed": (key(42), 0, BAD)})
tap.eq("no metadata, and what is none", drops(),
       {"tx-no-metadata": 1, "tx-metadata-invalid": 3})
net.far.send(p.outer(p.geneve(42, inner(1), BAD), p.GENEVE_PORT))
net.settle()
tap.eq("malformed options are not received",
       drops().get("rx-option-malformed"), 1)
tap.eq("ip has each drop in the column that is documented", columns.wrong(net.counters()), {})
remove()

# Who has which packets
refused("an id", "has no id", "ip", "link", "add", "t0", "type", "ovl-tun",
        "external", "id", "5")
for word, addr in ("remote", "192.0.2.2"), ("remote", "2001:db8::2"), \
                  ("group", "239.1.1.1"):
    refused(f"a {word} {addr}", "has no remote or group", "ip", "link", "add", "t0",
            "type", "ovl-tun", "external", word, addr, "dev", "eth0")
for word in "proxy", "rsc":
    refused(word, f"{word} with external needs vnifilter", "ip", "link", "add", "t0",
            "type", "ovl-tun", "external", word)
make("ovl")
for words, want in (("id 5", "has no id"), ("remote 192.0.2.2", "has no remote"),
                    ("noexternal", "external can't change"),
                    ("vnifilter", "vnifilter can't change"),
                    ("proxy", "proxy with external")):
    refused(f"change: {words}", want, "ip", "link", "set", "t0", "type", "ovl-tun",
            *words.split())
batch("ip", "link add t1 type ovl-tun id 7")
refused("change: external", "external can't change", "ip", "link", "set", "t1",
        "type", "ovl-tun", "external")
shown = p.run("ip", "-d", "link", "show", "t0")
tap.ok(" ovl-tun external srcport 0 0 encap geneve accept both " in " ".join(shown.split()),
       "it is shown", shown)
tap.ok('"external":true' in p.run("ip", "-d", "-j", "link", "show", "t0"), "JSON")
refused("a second one on the port", "device t0 is external on the same port already",
        "ip", "link", "add", "t2", "type", "ovl-tun", "external", "vxlanport", "4790")
batch("ip", "link add t2 type ovl-tun external vxlanport 4790 geneveport 6082",
      "link set t1 type ovl-tun source any", "link set t1 up", "link set t2 up")
refused("nor by a change", "is external on the same port already", "ip", "link", "set",
        "t2", "type", "ovl-tun", "geneveport", "6081")
net.taps["t1"], net.taps["t2"] = p.Tap("t1"), p.Tap("t2")
net.drain()
for vni, port in (7, 6081), (8, 6081), (7, 4789), (7, 6082), (9, 4790):
    build = p.vxlan if port in (4789, 4790) else p.geneve
    net.far.send(p.outer(build(vni, inner(vni)), port))
net.settle()
tap.eq("VNIs that are another's, and all others", {
    dev: [f[5] for f in net.taps[dev].all(lambda f: f[6:12] == POD)]
    for dev in ("t0", "t1", "t2")}, {"t0": [8], "t1": [7, 7], "t2": [7, 9]})
batch("ip", "link del t2", "link set t0 type ovl-tun geneveport 6082")
net.far.send(p.outer(p.geneve(8, inner(8)), 6081))
net.far.send(p.outer(p.geneve(8, inner(9)), 6082))
net.settle()
tap.eq("its port changes while it is up", [
    f[5] for f in net.taps["t0"].all(lambda f: f[6:12] == POD)], [9])
batch("ip", "link del t1", "link set t0 type ovl-tun geneveport 6081 source strict")
net.far.send(p.outer(p.geneve(8, inner(8)), 6081))
net.settle()
tap.eq("strict: nobody is known", drops(), {"rx-source-unknown": 1})
p.run("ovltun", "peer", "add", "t0", "far", "remote", "192.0.2.2")
net.far.send(p.outer(p.geneve(8, inner(8)), 6081))
net.far.send(p.outer(p.vxlan(9, inner(9)), 4789, src=socket.inet_aton("192.0.2.3")))
net.settle()
tap.eq("but peers are, in any VNI", [
    f[5] for f in net.taps["t0"].all(lambda f: f[6:12] == POD)], [8])
for tapped in "t1", "t2":
    net.taps.pop(tapped).sock.close()
remove()

# In another namespace than its underlay, and gone under traffic
make("ovl", up=False)
pod_ns = f"pod-{os.getpid()}"
batch("ip", f"netns add {pod_ns}", f"link set t0 netns {pod_ns}")
p.run("ip", "-n", pod_ns, "link", "set", "t0", "up")
p.run("tc", "-n", pod_ns, "qdisc", "add", "dev", "t0", "clsact")
p.run("tc", "-n", pod_ns, "filter", "add", "dev", "t0", "ingress", "pref", "1",
      "protocol", "all", "flower", "enc_key_id", "42", "enc_src_ip", "192.0.2.2",
      "geneve_opts", A, "action", "pass")
net.far.send(p.outer(p.geneve(42, inner(1), OPT), 6081))
net.settle()
shown = p.run("tc", "-n", pod_ns, "-s", "filter", "show", "dev", "t0", "ingress")
tap.ok(" 1 pkt" in shown, "metadata reaches another namespace", shown)
p.run("ip", "netns", "del", pod_ns)
net.taps.pop("t0").sock.close()
# The namespace goes in the background, and until then its device has the ports.
tap.ok(until(lambda: not json.loads(p.run("ovltun", "-j", "port"))),
       "its end takes the device along")
for turn in range(3):
    make("ovl")
    batch("tc", "filter add dev p0 ingress protocol all matchall action tunnel_key "
          f"set {TX4} id 42 ttl 33 geneve_opts {A} pipe action mirred egress "
          "redirect dev t0")
    child = os.fork()
    if not child:
        while True:
            pod.send(inner(1))
            net.far.send(p.outer(p.geneve(42, inner(2), OPT), 6081))
    time.sleep(0.2)
    remove()
    os.kill(child, 9)
    os.waitpid(child, 0)
    batch("tc", "filter del dev p0 ingress")
tap.ok("t0" not in dict(socket.if_nameindex()).values(), "it goes under traffic")

# With both of them as neighbours: one device here, two in far
far = next(name for name in os.listdir("/run/netns") if name.startswith("far-"))
MACS = "02:00:00:00:00:a1", "02:00:00:00:00:a2"
for line in ("link set lo up", "address add 192.0.2.2/24 dev eth0",
             f"link add g0 address {MACS[0]} type geneve external",
             f"link add v0 address {MACS[1]} type vxlan external dstport 4789",
             "link set g0 mtu 1400 up", "link set v0 mtu 1400 up",
             "address add 10.8.0.2/32 dev g0", "address add 10.8.0.3/32 dev v0",
             f"route add 10.8.0.1 encap ip id 5 dst 192.0.2.1 ttl 64 geneve_opts {A} "
             "dev g0 src 10.8.0.2",
             "route add 10.8.0.11 encap ip id 6 dst 192.0.2.1 ttl 64 dev v0 "
             "src 10.8.0.3",
             f"neighbour add 10.8.0.1 lladdr {T0_MAC.hex(':')} dev g0",
             f"neighbour add 10.8.0.11 lladdr {T0_MAC.hex(':')} dev v0"):
    p.run("ip", "-n", far, *line.split())
make("ovl")
batch("ip", "address add 10.8.0.1/32 dev t0", "address add 10.8.0.11/32 dev t0",
      f"route add 10.8.0.2 encap ip id 5 dst 192.0.2.2 ttl 64 geneve_opts {A} "
      "dev t0 src 10.8.0.1",
      "route add 10.8.0.3 encap ip id 6 dst 192.0.2.2 ttl 64 vxlan_opts 0 "
      "dev t0 src 10.8.0.11",
      f"neighbour add 10.8.0.2 lladdr {MACS[0]} dev t0",
      f"neighbour add 10.8.0.3 lladdr {MACS[1]} dev t0")
for what, addr, source in (("geneve.ko", "10.8.0.2", "10.8.0.1"),
                           ("vxlan.ko", "10.8.0.3", "10.8.0.11")):
    said = fails("ping", "-n", "-q", "-c", "3", "-i", "0.1", "-w", "5", "-s", "1300",
                 "-I", source, addr)
    tap.ok(said is None, f"{what} answers the same device", said)
remove()
tap.done()
