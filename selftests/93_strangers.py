#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# What strangers may do, on the node and from outside: a table of rights, floods.
# timeout: 600
#
# 53_rights has links and options; here are peers, VNIs, rules, forwarding entries
# and files. Floods come from far, see packets.py, while known traffic goes on in
# both directions.

import contextlib
import ctypes
import errno
import fcntl
import glob
import json
import mmap
import os
import select
import socket
import struct
import subprocess
import threading
import time

import packets as p
from tap import TAP

FUZZ = os.path.join(os.path.dirname(__file__), "bin", "packet_fuzz")
COUNT = int(os.environ.get("OVL_FUZZ", 60000))
DEBUG = os.uname().release.endswith(("-ovldebug", "-ovluml"))
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

tap = TAP()
subprocess.run(["modprobe", "-a", "ovl-tun"], check=True)


def batch(*lines, tool="ip"):
    p.run(tool, "-batch", "-", stdin="\n".join(lines) + "\n")


#
# Who may do what
#

CONF = "[Peer]\nName = f\nRemote = 192.0.2.9\nEncap = vxlan\nVni = 99\n"
# Each works when it is done by who may, in this order; "{dev}" has peers, "{vnis}"
# has a table of VNIs.
OPERATIONS = (
    "ovltun peer add {dev} p remote 192.0.2.7",
    "ovltun peer set {dev} p mtu 1300",
    "ovltun peer replace {dev} p remote 192.0.2.8",
    "ovltun setconf {dev} -",
    "ovltun addconf {dev} -",
    "ovltun syncconf {dev} -",
    "ovltun options add {dev} set s 0x101:1:00000001",
    "ovltun peer set {dev} f options s",
    "ovltun rule add {dev} pref 9 option 0x101:1 drop",
    "ovltun rule replace {dev} pref 9 option 0x101:2 drop",
    "ovltun rule del {dev} 9",
    "bridge fdb add 02:00:00:00:00:77 dev {dev} dst 192.0.2.7",
    "bridge fdb replace 02:00:00:00:00:77 dev {dev} dst 192.0.2.8",
    "bridge fdb del 02:00:00:00:00:77 dev {dev} dst 192.0.2.8",
    "ovltun vni add {vnis} 5-9",
    "ovltun vni replace {vnis} 5-9 remote 192.0.2.8",
    "ovltun vni del {vnis} 5",
    "ovltun peer del {dev} f",
    "ovltun peer flush {dev}",
    "ovltun vni flush {vnis}",
    "ovltun rule flush {dev}",
)
LOOKS = (
    "ovltun -s peer show {dev}", "ovltun -s rule show {dev}", "ovltun -s vni show {vnis}",
    "ovltun options show {dev}", "ovltun showconf {dev}", "bridge fdb show dev {dev}",
)


def attempt(who, command, names):
    return subprocess.run([*who, *command.format(**names).split()], input=CONF,
                          text=True, capture_output=True)


def table(name, who, names, refusal):
    """Try all; refusal: what each change is refused with, None if it isn't."""
    wrong = []
    for command in OPERATIONS:
        done = attempt(who, command, names)
        if (refusal is None) != (not done.returncode) or refusal and \
                refusal not in done.stderr:
            wrong.append((command, done.returncode, done.stderr))
    tap.eq(f"{name}: {'everything' if refusal is None else refusal}", wrong, [])


def looks(name, who, names):
    wrong = [(command, done.stderr) for command in LOOKS
             if (done := attempt(who, command, names)).returncode]
    tap.eq(f"{name}: may look", wrong, [])


def state(*names):
    return [p.run(*command.format(**one).split()) for one in names for command in
            (*LOOKS[3:5], "bridge fdb show dev {dev}", "ovltun vni show {vnis}")]


def rights():
    batch("link add mine type ovl-tun id 50",
          "link add mine-v type ovl-tun vnifilter",
          "link add lent type ovl-tun id 51", "link add lent-v type ovl-tun vnifilter "
          "vxlanport 4790 geneveport 6082")
    mine = {"dev": "mine", "vnis": "mine-v"}
    batch("peer add mine q remote 192.0.2.6", "vni add mine-v 1-3",
          "peer add lent q remote 192.0.2.6", "vni add lent-v 1-3", tool="ovltun")
    before = state(mine)
    cage = subprocess.Popen([*USER, "unshare", "-Urn", "sh", "-c", "echo; exec sleep 1000"],
                            stdout=subprocess.PIPE)
    cage.stdout.readline()
    inside = ["nsenter", "-t", str(cage.pid), "-n"]
    caged = [*USER, "nsenter", "-t", str(cage.pid), "-U", "-n", "--preserve-credentials"]
    batch(f"link set lent netns {cage.pid}", f"link set lent-v netns {cage.pid}")
    p.run(*caged, "ip", "-batch", "-", stdin="""\
link set lo up
address add 192.0.2.1/24 dev lo
link add own type ovl-tun id 50 vxlanport 4791 geneveport 6083
link add own-v type ovl-tun vnifilter vxlanport 4792 geneveport 6084
""")
    table("an unprivileged user", USER, mine, "not permitted")
    looks("an unprivileged user", USER, mine)
    tap.eq("nothing has changed", state(mine), before)

    lent = {"dev": "lent", "vnis": "lent-v"}
    was = [p.run(*inside, *command.format(**lent).split()) for command in LOOKS[3:5]]
    table("root of a container, a device lent to it", caged, lent,
          "CAP_NET_ADMIN is needed in the underlay's namespace")
    looks("root of a container, a device lent to it", caged, lent)
    tap.eq("nothing of it has changed", [p.run(*inside, *command.format(**lent).split())
                                         for command in LOOKS[3:5]], was)
    table("root of a container, its own device", caged,
          {"dev": "own", "vnis": "own-v"}, None)
    done = attempt(caged, OPERATIONS[0], mine)
    tap.ok(done.returncode, "it doesn't find the node's devices", done.stdout)
    table("the node's root, in the container", inside, lent, None)
    table("the node's root", [], mine, None)
    cage.kill()
    cage.wait()
    batch("link del mine", "link del mine-v")


#
# ICMP errors
#

FAR = {False: [f"192.0.2.{n}" for n in (2, 3, 4)],
       True: [f"2001:db8::{n}" for n in (2, 3, 4)]}
PATHS = (("ovl{}", "0"), ("other{}", "0"), ("ovl{}", "peer"))
LESS = {False: 600, True: 1300}


def too_big(net, v6, remote, port, vni, length=8):
    """Send near an error about a packet that it may have sent; length: of what is
    quoted behind the UDP header."""
    near, far, proto = (p.NEAR6, p.FAR6, p.ETH_P_IPV6) if v6 else \
        (p.NEAR4, p.FAR4, p.ETH_P_IP)
    remote = socket.inet_pton(socket.AF_INET6 if v6 else socket.AF_INET, remote)
    shim = (p.vxlan(vni) if port == p.VXLAN_PORT else p.geneve(vni))
    packet = p.udp(near, remote, 50000, port, shim + bytes(60))[:8 + length]
    if v6:
        body = p.ip6(near, remote, socket.IPPROTO_UDP, packet)
        error = struct.pack("!BBHI", 2, 0, 0, LESS[v6]) + body
        check = p.csum(far + near + struct.pack("!II", len(error), socket.IPPROTO_ICMPV6) +
                       error)
    else:
        body = p.ip4(near, remote, socket.IPPROTO_UDP, packet, frag=0x4000)
        error = struct.pack("!BBHHH", 3, 4, 0, 0, LESS[v6]) + body
        check = p.csum(error)
    error = error[:2] + struct.pack("!H", check) + error[4:]
    net.far.send(p.eth(p.NEAR_MAC, p.FAR_MAC, proto, p.ip6(
        far, near, socket.IPPROTO_ICMPV6, error) if v6 else p.ip4(
        far, near, socket.IPPROTO_ICMP, error)))
    net.settle()


def path_mtus(v6):
    return [json.loads(p.run("ovltun", "-j", "peer", "show", dev.format(6 if v6 else 0),
                             peer))[0]["path"]["route_mtu"] for dev, peer in PATHS]


def forget(v6):
    """What was learned of paths"""
    p.run("ip", "-6" if v6 else "-4", "route", "flush", "cache")


def refused(v6):
    """ICMP errors of which UDP has said that they aren't about a packet of this node"""
    if v6:
        with open("/proc/thread-self/net/snmp6") as f:
            return int(dict(line.split() for line in f)["Icmp6InErrors"])
    with open("/proc/thread-self/net/snmp") as f:
        names, values = (line.split() for line in f if line.startswith("Icmp: "))
    return int(values[names.index("InErrors")])


def errors(net):
    """Only those are believed that quote what a device may have sent: a stranger would
    make the path as narrow as he likes. He can where the kernel takes the MTU out of any
    error, before UDP is asked whose it is; the answer is the same there."""
    for v6 in False, True:
        n, kind = (6, "ICMPv6") if v6 else (0, "ICMP")
        far = FAR[v6]
        if v6:
            batch(f"link add ovl6 type ovl-tun id 1 remote {far[0]}", "link set ovl6 up")
        batch(f"link add other{n} type ovl-tun id 2 remote {far[1]}",
              f"link set other{n} up")
        batch(f"peer add ovl{n} peer remote {far[2]} vni 3", tool="ovltun")
        too_big(net, v6, far[0], 6082, 1)
        anything = path_mtus(v6)[0] != 1500
        tap.diag(f"{kind}: the kernel believes {'anything' if anything else 'UDP'}")
        forget(v6)
        for name, path, port, vni, *length in (
                ("a VNI that nobody has", 0, p.GENEVE_PORT, 99),
                ("such a VNI at the port of VXLAN", 0, p.VXLAN_PORT, 99),
                ("another device's VNI", 0, p.GENEVE_PORT, 2),
                ("another device's remote", 1, p.GENEVE_PORT, 1),
                ("another peer's VNI", 0, p.GENEVE_PORT, 3),
                ("another peer's remote", 2, p.GENEVE_PORT, 1),
                ("too little for a VNI", 0, p.GENEVE_PORT, 1, 4),
                ("a port where nobody listens", 0, 6082, 1)):
            want, before = [1500] * 3, refused(v6)
            if anything:
                want[path] = LESS[v6]
            too_big(net, v6, far[path], port, vni, *length)
            tap.eq(f"{kind} that quotes {name} is not believed",
                   (refused(v6) - before, path_mtus(v6)), (1, want))
            forget(v6)
        want, before = [1500] * 3, refused(v6)
        for path, vni in enumerate((1, 2, 3)):
            too_big(net, v6, far[path], p.GENEVE_PORT, vni)
            want[path] = LESS[v6]
            tap.eq(f"{kind} that quotes number {path}'s VNI and remote is, by that alone",
                   (refused(v6) - before, path_mtus(v6)), (0, want))
        forget(v6)
        tap.eq(f"{kind}: as it was", path_mtus(v6), [1500] * 3)
        batch(f"link del other{n}")
    batch("link del ovl6")
    p.run("ovltun", "peer", "del", "ovl0", "peer")


#
# Floods
#

def memory():
    """Bytes of the kernel: slabs and counters of CPUs. Checkers have some beside each
    object, and KASAN keeps what was freed, as long as nobody asks a cache to shrink."""
    with open("/proc/meminfo") as f:
        values = dict(line.split(":") for line in f)
    total = {name: int(values[name].split()[0]) << 10 for name in ("Slab", "Percpu")}
    if DEBUG:
        total["Slab"] = sum(map(objects, glob.glob("/sys/kernel/slab/*")))
    return sum(total.values())


def objects(cache):
    """Bytes that somebody has asked for in a cache"""
    if os.path.islink(cache) or os.path.basename(cache) in (
            "kmemleak_object", "kmemleak_scan_area", "debug_objects_cache"):
        return 0
    with open(f"{cache}/shrink", "w") as f:
        f.write("1")
    number, size = (int(open(f"{cache}/{name}").read().split()[0])
                    for name in ("objects", "object_size"))
    return number * size


class Known:
    """Traffic of a known peer, both ways, one frame each 4 ms."""

    def __init__(self, net, dev):
        self.net, self.dev, self.stop = net, dev, threading.Event()
        self.sent = 0
        inner = p.eth(net.macs[dev], p.INNER_MAC, p.ETH_P_TEST, b"known" * 10)
        self.rx = p.outer(p.geneve(1, inner), p.GENEVE_PORT)
        self.tx = p.eth(p.INNER_MAC, net.macs[dev], p.ETH_P_TEST, b"known" * 10)
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.stop.is_set():
            self.net.far.send(self.rx)
            self.net.taps[self.dev].send(self.tx)
            self.sent += 1
            time.sleep(0.004)

    def __enter__(self):
        self.net.drain()
        self.thread.start()
        return self

    def __exit__(self, *_):
        time.sleep(0.1)
        self.stop.set()
        self.thread.join()
        known = lambda frame: b"known" in frame
        self.got = tuple(len(tap.rest(known)) for tap in
                         (self.net.taps[self.dev], self.net.far))


def flood(net, mode, dev, limit, count=COUNT):
    """Of count packets. limit: what memory may grow by."""
    far = f"far-{os.getpid()}"
    before, counts = memory(), net.counters()
    with Known(net, dev) as known:
        start = time.monotonic()
        p.run("ip", "netns", "exec", far, FUZZ, mode, "eth0", str(count), "7")
        took = time.monotonic() - start
    grown = memory() - before
    change = net.counters() - counts
    tap.diag(f"{mode}: {count} packets in {took:.1f} s beside {known.sent} known ones in "
             f"each direction, {grown >> 10} KiB more, {dict(change)}")
    tap.eq(f"{mode}: known traffic goes on, nothing is lost", known.got,
           (known.sent, known.sent))
    tap.ok(known.sent > 50, f"{mode}: there was some", known.sent)
    tap.ok(grown < limit, f"{mode}: memory is bounded", grown, limit)
    return change


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.1)
    return met


#
# Peers that wait to be freed
#

SYS_USERFAULTFD = 323           # x86-64
UFFD_API, UFFDIO_API = 0xaa, 0xc018aa3f
UFFDIO_REGISTER, UFFDIO_REGISTER_MODE_MISSING = 0xc020aa00, 1
UFFDIO_ZEROPAGE = 0xc020aa04
SIOCETHTOOL = 0x8946
ETHTOOL_GSTRINGS, ETH_SS_STATS = 0x1b, 1
libc = ctypes.CDLL(None, use_errno=True)


@contextlib.contextmanager
def rtnl_held(device):
    """Nobody gets the RTNL meanwhile. True, or False if this kernel has no userfaultfd.

    Ethtool gives the names of a device's counters, a veth's, with the RTNL held. The page
    that they are written to is not there, and the kernel waits until we have made it.
    """
    fd = libc.syscall(SYS_USERFAULTFD, os.O_CLOEXEC)
    if fd < 0 and ctypes.get_errno() == errno.ENOSYS:
        yield False
        return
    fcntl.ioctl(fd, UFFDIO_API, struct.pack("QQQ", UFFD_API, 0, 0))
    memory = mmap.mmap(-1, 2 * mmap.PAGESIZE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page = ctypes.addressof(ctypes.c_char.from_buffer(memory)) + mmap.PAGESIZE
    missing = struct.pack("QQQQ", page, mmap.PAGESIZE, UFFDIO_REGISTER_MODE_MISSING, 0)
    fcntl.ioctl(fd, UFFDIO_REGISTER, missing)
    # struct ethtool_gstrings up to where the names begin, on the page before
    head = struct.pack("III", ETHTOOL_GSTRINGS, ETH_SS_STATS, 0)
    memory[mmap.PAGESIZE - len(head):mmap.PAGESIZE] = head
    req = ctypes.create_string_buffer(
        struct.pack("16sQ16x", device.encode(), page - len(head)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        asker = threading.Thread(
            target=lambda: libc.ioctl(sock.fileno(), ctypes.c_ulong(SIOCETHTOOL), req))
        asker.start()
        try:
            if not select.select([fd], [], [], 10)[0]:
                raise TimeoutError(f"{device} does not have the RTNL held")
            yield True
        finally:
            fcntl.ioctl(fd, UFFDIO_ZEROPAGE,
                        struct.pack("QQQq", page, mmap.PAGESIZE, 0, 0))
            asker.join()
            os.close(fd)


def moves(net):
    """One address from ever new places, while nobody who needs the RTNL gets it."""
    count = 20000
    name = "moves: peers that wait to be freed are bounded"
    with rtnl_held("eth0") as held:
        p.run("ip", "netns", "exec", f"far-{os.getpid()}", FUZZ, "moves", "eth0",
              str(count), "7")
        if held:
            with open("/sys/kernel/slab/ovl_peer/objects") as f:
                made = int(f.read().split()[0])
            tap.diag(f"moves: {made} peers after {count} packets")
            tap.ok(1000 < made < 4000, name, made)
        else:
            tap.skip(name, "no userfaultfd, so nobody has the RTNL meanwhile, and they go")

    p.run("bridge", "fdb", "flush", "dev", "ovl0")
    peers = lambda: json.loads(p.run("ovltun", "-j", "peer", "show", "ovl0"))
    tap.ok(until(lambda: len(peers()) == 1), "moves: they go", peers()[:3])
    batch("link set ovl0 type ovl-tun maxaddress 1")
    for last in range(10, 13):
        frame = p.geneve(1, p.eth(net.macs["ovl0"], p.INNER_MAC, p.ETH_P_TEST))
        net.far.send(p.outer(frame, p.GENEVE_PORT, src=bytes((192, 0, 2, last))))
    table = lambda: p.run("bridge", "fdb", "show", "dev", "ovl0")
    tap.ok(until(lambda: "dst 192.0.2.12" in table()), "moves: in a full table as well",
           table())
    p.run("bridge", "fdb", "flush", "dev", "ovl0")


def floods(net):
    log = p.KernelLog()

    change = flood(net, "sources", "ovl0", 4 << 20)
    tap.eq("sources: each is counted", change["ovl0", "rx-source-unknown"], COUNT)
    batch("link set ovl0 type ovl-tun source any")
    change = flood(net, "sources", "ovl0", 4 << 20)
    tap.ok(change["ovl0", "delivered"] >= COUNT, "sources, taken: each is received",
           change)
    batch("link set ovl0 type ovl-tun source learn learning maxaddress 1000")
    flood(net, "sources", "ovl0", 8 << 20)
    learned = p.run("bridge", "fdb", "show", "dev", "ovl0").count("\n")
    tap.ok(900 < learned <= 1001, "sources, learned: as many as maxaddress", learned)
    peers = len(json.loads(p.run("ovltun", "-j", "peer", "show", "ovl0")))
    tap.ok(peers <= 1002, "and no more peers than that", peers)
    p.run("bridge", "fdb", "flush", "dev", "ovl0")
    moves(net)
    batch("link set ovl0 type ovl-tun source strict maxaddress 1000")
    flood(net, "macs", "ovl0", 8 << 20)
    learned = p.run("bridge", "fdb", "show", "dev", "ovl0").count("\n")
    tap.ok(900 < learned <= 1001, "macs: as many as maxaddress are learned", learned)
    batch("link set ovl0 type ovl-tun maxaddress 0")
    flood(net, "macs", "ovl0", 24 << 20, 100000)     # 65536 of them are learned
    batch("link set ovl0 type ovl-tun nolearning")
    flood(net, "icmp", "ovl0", 8 << 20)
    mtu = json.loads(p.run("ovltun", "-j", "peer", "show", "ovl0", "0"))[0]["path"]
    tap.ok(500 <= mtu["route_mtu"] < 1500, "icmp: those about its own packets are "
           "believed", mtu)
    lines = log.lines()
    tap.eq("the kernel's log has nothing of all that", lines, [])


rights()
net = p.Net({"ovl0": "id 1 remote 192.0.2.2"},
            near=("link set ovl0 address 02:00:00:00:10:01",))
net.macs["ovl0"] = net.mac("ovl0")
errors(net)
floods(net)
tap.done()
