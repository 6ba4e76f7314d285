# SPDX-License-Identifier: GPL-2.0
"""For test scripts in Python that look at packets byte by byte.

   namespace "near"                      namespace "far"
  +--------------------------+          +------------------------------+
  | ovl… (ovl-tun)           |          |                              |
  |   |                      |   veth   | played by the test: has no   |
  | eth0 192.0.2.1           +----------+ eth0 addresses, only a raw   |
  |      2001:db8::1         |          |      socket                  |
  +--------------------------+          +------------------------------+

Near believes that far has 192.0.2.2 and 2001:db8::2.
"""

import atexit
import collections
import ctypes
import json
import os
import socket
import struct
import subprocess
import time

NEAR_MAC = bytes.fromhex("020000000001")
FAR_MAC = bytes.fromhex("020000000002")
INNER_MAC = bytes.fromhex("0200000000aa")  # of a host behind far
MLD_MAC = bytes.fromhex("333300000016")

NEAR4, FAR4 = socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.2")
NEAR6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
FAR6 = socket.inet_pton(socket.AF_INET6, "2001:db8::2")

VXLAN_PORT, GENEVE_PORT = 4789, 6081

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, ETH_P_TEB = 0x0003, 0x0800, 0x86dd, 0x6558
ETH_P_8021Q, ETH_P_8021AD = 0x8100, 0x88a8
ETH_P_TEST = 0x88b5  # IEEE 802 local experimental: no stack answers it

CLONE_NEWNET = 0x40000000
SO_SNDBUFFORCE, SO_RCVBUFFORCE, SOL_PACKET = 32, 33, 263
PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 8, 23
TP_STATUS_VLAN_VALID = 1 << 4
_libc = ctypes.CDLL(None, use_errno=True)


# Bytes

def csum(data):
    """The Internet checksum of data, 0 to 0xffff."""
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def eth(dst, src, proto, payload=b""):
    return dst + src + struct.pack("!H", proto) + payload


def vlan(tci, proto, payload=b""):
    """What follows the EtherType of a tag."""
    return struct.pack("!HH", tci, proto) + payload


def ip4(src, dst, proto, payload, tos=0, ttl=64, ident=0, frag=0, opts=b""):
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(opts) // 4, tos,
               20 + len(opts) + len(payload), ident, frag, ttl,
               proto, 0, src, dst) + opts
    return head[:10] + struct.pack("!H", csum(head)) + head[12:] + payload


def ip6(src, dst, proto, payload, tos=0, ttl=64, label=0):
    return struct.pack("!IHBB16s16s", 6 << 28 | tos << 20 | label,
               len(payload), proto, ttl, src, dst) + payload


def udp(src, dst, sport, dport, payload, check=None, length=None):
    """check: None for the right one. src and dst choose IPv4 or IPv6."""
    if length is None:
        length = 8 + len(payload)
    head = struct.pack("!HHHH", sport, dport, length, check or 0)
    if check is None:
        pseudo = src + dst + struct.pack("!IHH", 8 + len(payload), 0,
                         socket.IPPROTO_UDP)
        value = csum(pseudo + head + payload) or 0xffff
        head = head[:6] + struct.pack("!H", value)
    return head + payload


def segment(mac, src, dst, seq, data):
    """A frame with TCP, of a connection that nobody knows."""
    head = struct.pack("!HHIIBBHHH", 4000, 5000, seq, 1, 5 << 4, 0x10, 512, 0, 0)
    pseudo = src + dst + struct.pack("!HH", socket.IPPROTO_TCP,
                                     len(head) + len(data))
    check = struct.pack("!H", csum(pseudo + head + data))
    return eth(mac, INNER_MAC, ETH_P_IP, ip4(
        src, dst, socket.IPPROTO_TCP, head[:16] + check + head[18:] + data,
        frag=0x4000))


def vxlan(vni, inner=b"", flags=0x08, reserved=0, last=0):
    return struct.pack("!II", flags << 24 | reserved, vni << 8 | last) + inner


def opt(klass, kind, data=b"", length=None, reserved=0):
    """A Geneve option; length in words, None for the right one."""
    if length is None:
        length = len(data) // 4
    return struct.pack("!HBB", klass, kind, reserved << 5 | length) + data


def geneve(vni, inner=b"", opts=b"", version=0, oc=0, reserved=0,
           proto=ETH_P_TEB, last=0, opt_len=None):
    """oc: the bits O and C, 0 to 3; opt_len in words, None for the right one."""
    if opt_len is None:
        opt_len = len(opts) // 4
    return struct.pack("!BBHI", version << 6 | opt_len, oc << 6 | reserved,
                       proto, vni << 8 | last) + opts + inner


def outer(payload, dport, v6=False, sport=50000, src=None, check=None,
          length=None, **fields):
    """A packet from far to near: Ethernet, IP, UDP around payload."""
    if v6:
        src = src or FAR6
        inside = udp(src, NEAR6, sport, dport, payload, check, length)
        packet = ip6(src, NEAR6, socket.IPPROTO_UDP, inside, **fields)
    else:
        src = src or FAR4
        inside = udp(src, NEAR4, sport, dport, payload, check, length)
        packet = ip4(src, NEAR4, socket.IPPROTO_UDP, inside, **fields)
    return eth(NEAR_MAC, FAR_MAC, ETH_P_IPV6 if v6 else ETH_P_IP, packet)


Outer = collections.namedtuple(
    "Outer",
    "dst_mac v6 src dst tos ttl df ident label sport dport check_ok check shim")


def parse_outer(frame):
    """Fields of a packet that near sent; None if it isn't UDP. Lengths that
    don't agree with each other are an error."""
    proto = struct.unpack_from("!H", frame, 12)[0]
    packet = frame[14:]
    if proto == ETH_P_IP and packet[9] == socket.IPPROTO_UDP:
        total, ident, frag = struct.unpack_from("!HHH", packet, 2)
        assert packet[0] == 0x45 and total == len(packet)
        assert frag & ~0x4000 == 0 and csum(packet[:20]) == 0
        tos, ttl, df, label = packet[1], packet[8], frag >> 14, 0
        addrs, inside = packet[12:20], packet[20:]
    elif proto == ETH_P_IPV6 and packet[6] == socket.IPPROTO_UDP:
        first, plen = struct.unpack_from("!IH", packet)
        assert first >> 28 == 6 and plen == len(packet) - 40
        tos, ttl, df, label = first >> 20 & 0xff, packet[7], 0, first & 0xfffff
        ident, addrs, inside = 0, packet[8:40], packet[40:]
    else:
        return None
    sport, dport, ulen, check = struct.unpack_from("!HHHH", inside)
    assert ulen == len(inside)
    pseudo = addrs + struct.pack("!IHH", ulen, 0, socket.IPPROTO_UDP)
    half = len(addrs) // 2
    return Outer(frame[:6], proto == ETH_P_IPV6, addrs[:half], addrs[half:], tos, ttl,
                 df, ident, label, sport, dport, csum(pseudo + inside) == 0, check,
                 inside[8:])


# Namespaces and sockets

def run(*args, stdin=None):
    """Run a program in the current namespace; what it printed."""
    done = subprocess.run(args, input=stdin, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(args)}: exit status "
                           f"{done.returncode}: {done.stderr}{stdin or ''}")
    return done.stdout


def has_fast_path():
    """Whether this kernel has what the fast path takes. It has not if a device says
    so and netfilter, too; whatever else the device is refused for is raised."""
    try:
        run("ip", "link", "add", "probe", "type", "ovl-tun", "id", "1", "fastpath")
    except RuntimeError as error:
        if "NETFILTER_INGRESS" not in str(error):
            raise
        try:
            run("nft", "-f", "-", stdin="table netdev probe { chain in "
                "{ type filter hook ingress device lo priority 0; }; }")
        except RuntimeError:
            return False
        run("nft", "delete", "table", "netdev", "probe")
        raise
    run("ip", "link", "del", "probe")
    return True


def _setns(fd):
    if _libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def sysctl(name, value):
    with open(f"/proc/sys/net/{name.replace('.', '/')}", "w") as f:
        f.write(str(value))


class Tap:
    """A raw socket that sends frames and sees those that arrive."""

    def __init__(self, dev):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        # Frames that wait for a neighbour's address take room as well.
        self.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        self.sock.bind((dev, ETH_P_ALL))
        self.sock.setblocking(False)

    def send(self, frame):
        self.sock.send(frame)

    def mark(self, value):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK,
                             struct.pack("I", value))

    def next(self, timeout=0):
        """The next frame, with its VLAN tag put back, or None."""
        if timeout:
            self.sock.settimeout(timeout)
        try:
            frame, anc, _, _ = self.sock.recvmsg(65536, 64)
        except (BlockingIOError, socket.timeout):
            return None
        finally:
            if timeout:
                self.sock.setblocking(False)
        for level, kind, data in anc:
            if level != SOL_PACKET or kind != PACKET_AUXDATA:
                continue
            status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", data)
            if status & TP_STATUS_VLAN_VALID:
                frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
        return frame

    def all(self, want=lambda frame: True):
        """Every frame that is waiting."""
        frames = []
        while (frame := self.next()) is not None:
            if want(frame):
                frames.append(frame)
        return frames


    def rest(self, want=lambda frame: True):
        """Every frame until none has come for a while: those of a sender that
        has run on another CPU may be on their way."""
        frames, silent = [], 0
        while silent < 3:
            some = self.all()
            silent = 0 if some else silent + 1
            frames += filter(want, some)
            time.sleep(0.05)
        return frames


class Net:
    """The two namespaces. devices: what "ip link add" shall make in near, as
    {name: arguments after "type ovl-tun"}; all are up. near, near6: further
    lines for ip and ip -6. ipv6: devices that have IPv6 inside, which makes
    noise. The thread is in near when this returns.

    With OVL_FASTPATH in the environment all have the fast path, and a test
    that no packet takes it in has failed, whatever else. With OVL_GRO packets
    come to near through GRO."""

    def __init__(self, devices, near=(), near6=(), ipv6=()):
        self.fast = bool(os.environ.get("OVL_FASTPATH"))
        # Packets stay in order on one CPU.
        cpu = min(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cpu})
        pid, = run("pgrep", "-x", f"ksoftirqd/{cpu}").split()
        self._softirqd = f"/proc/{pid}/stat"
        names = [f"{end}-{os.getpid()}" for end in ("near", "far")]
        run("ip", "-batch", "-", stdin="".join(
            f"netns add {name}\n" for name in names))
        atexit.register(subprocess.run, ["ip", "-batch", "-"], text=True,
                        input="".join(f"netns del {n}\n" for n in names))
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        atexit.register(_setns, home)
        near_fd, far_fd = (os.open(f"/run/netns/{name}", os.O_RDONLY)
                           for name in names)

        _setns(far_fd)
        sysctl("ipv6.conf.default.disable_ipv6", 1)
        _setns(near_fd)
        sysctl("ipv6.conf.default.addr_gen_mode", 1)
        run("ip", "-batch", "-", stdin=f"""\
link set lo up
link add eth0 address {NEAR_MAC.hex(':')} type veth peer name eth0 \\
address {FAR_MAC.hex(':')} netns {names[1]}
address add 192.0.2.1/24 dev eth0
address add 2001:db8::1/64 dev eth0 nodad
link set eth0 up
neighbour add 192.0.2.2 lladdr {FAR_MAC.hex(':')} dev eth0 nud permanent
neighbour add 2001:db8::2 lladdr {FAR_MAC.hex(':')} dev eth0 nud permanent
""")
        sysctl("ipv6.conf.default.disable_ipv6", 1)
        run("ip", "-batch", "-", stdin="".join(f"""\
link add {name} type ovl-tun {args}{" fastpath" if self.fast else ""}
link set {name} up
""" for name, args in devices.items()))
        for name in ipv6:
            sysctl(f"ipv6.conf.{name}.disable_ipv6", 0)
        for family, lines in ("-4", near), ("-6", near6):
            if lines:
                run("ip", family, "-batch", "-", stdin="\n".join(lines) + "\n")
        # Checksums are to be on the wire, not left to a peer that never looks.
        run("ethtool", "-K", "eth0", "tx", "off")
        if os.environ.get("OVL_GRO"):
            run("ethtool", "-K", "eth0", "gro", "on")
        _setns(far_fd)
        if os.environ.get("OVL_GRO"):   # veth leaves it out for who segments
            run("ethtool", "-K", "eth0", "tso", "off")
        run("ip", "link", "set", "eth0", "up")
        self.far = Tap("eth0")
        _setns(near_fd)
        while '"operstate":"UP"' not in run("ip", "-j", "link", "show", "eth0"):
            time.sleep(0.01)    # it was up first: until now it drops what it is to send
        self.taps = {name: Tap(name) for name in devices}
        self.macs = {name: self.mac(name) for name in devices}
        self.settle()
        self.drain()
        if self.fast:
            atexit.register(self._was_fast)

    def _was_fast(self):
        taken = sum(dev.get("fastpath_packets", {}).get("taken", 0) for dev in json.loads(
            run("ovltun", "-j", "-s", "dev", "show")))
        print(f"# the fast path has taken {taken} packets", flush=True)
        if not taken:
            os._exit(1)

    def mac(self, dev):
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind((dev, 0))
            return sock.getsockname()[4]

    def settle(self):
        """Let packets arrive that are on their way: they are handled on this
        CPU, at the end of send() or, when the kernel is busy, by a thread,
        which may be halfway."""
        time.sleep(0.003)
        end = time.monotonic() + 2
        while self._softirqd_runs() and time.monotonic() < end:
            time.sleep(0.003)

    def _softirqd_runs(self):
        with open(self._softirqd, encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "R"

    def drain(self):
        self.far.all()
        for tap in self.taps.values():
            tap.all()

    def sent(self, timeout=2):
        """The next UDP packet that near has sent, or None. MLD reports, which
        the stack sends when it likes, don't count."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            frame = self.far.next(left)
            if frame and parse_outer(frame) and MLD_MAC not in frame:
                return frame
        return None

    def counters(self):
        """Every counter that isn't 0, as a Counter: (dev, reason), ("port",
        reason), (dev, "delivered"), (dev, "options-skipped")."""
        found = collections.Counter()
        out = run("ovltun", "-j", "-s", "-batch", "-",
              stdin="dev show\nport show\n")
        for entry in _documents(out):
            for reason, packets in entry.get("drops", {}).items():
                found[entry.get("ifname", "port"), reason] += packets
            if "options_skipped" in entry:
                found[entry["ifname"], "options-skipped"] += entry["options_skipped"]
        with open("/proc/thread-self/net/dev") as f:
            for line in f:
                name, _, values = line.partition(":")
                if name.strip() in self.taps:
                    found[name.strip(), "delivered"] += int(values.split()[1])
        return +found


def packets_in(counters):
    """How many packets that were delivered or not; from Net.counters()."""
    return sum(n for (_, what), n in counters.items() if what != "options-skipped")


def _documents(text):
    """The objects of several JSON documents, one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        value, at = decoder.raw_decode(text, at)
        yield from value if isinstance(value, list) else [value]


class KernelLog:
    """What the kernel says from now on."""

    # Said of the emulated machine, at any time.
    NOISE = ("clocksource", "hrtimer", "perf: interrupt", "random: ",
         "Link is ", "link becomes ready", "sched: ")

    def __init__(self):
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self):
        lines = []
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                break
            except BrokenPipeError:
                lines.append("(lines were lost)")
                continue
            text = record.partition(";")[2].splitlines()[0]
            if not any(noise in text for noise in self.NOISE):
                lines.append(text)
        return lines
