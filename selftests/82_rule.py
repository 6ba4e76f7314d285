#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Rules over what is received: each match and each action by packets, counters,
# samples, changes under traffic, requests that are refused.
# timeout: 300
#
# See packets.py for the topology; far also plays nodes 192.0.2.3 to .5. What
# near delivers on ovl0 is bridged to "out", which sends it back to far, with
# mark and priority in options.

import json
import os
import re
import select
import socket
import struct
import subprocess
import threading
import time

import columns
import faults
import genl as g
import packets as p
from tap import TAP

SO_RCVMARK, SO_MARK = 75, 36
OUT_VNI, L3_VNI = 6, 7
TENANT = (0x0102, 0x80)
MISSING, WRONG, DOUBLED = (f"rx-option-{what}" for what in
                           ("missing", "wrong", "doubled"))
MALFORMED, CRITICAL, RULE = ("rx-option-malformed", "rx-option-critical", "rx-rule")
HOST, OTHER = (bytes.fromhex(f"0200000000{n}") for n in ("aa", "cc"))
FRAME = p.eth(OTHER, HOST, p.ETH_P_TEST, bytes(range(46)))

tap = TAP()
net = p.Net({
    "ovl0": "id 5 encap geneve remote 192.0.2.2",
    "out": f"id {OUT_VNI} encap geneve remote 192.0.2.2",
    "l3": f"layer3 id {L3_VNI} remote 192.0.2.2",
}, near=(
    "link add br0 type bridge mcast_snooping 0", "link set ovl0 master br0",
    "link set out master br0", "link set br0 up",
))
before = net.counters()


def ovltun(*lines):
    p.run("ovltun", "-batch", "-", stdin="".join(f"{line}\n" for line in lines))


def rules(dev="ovl0"):
    return json.loads(p.run("ovltun", "-j", "-s", "rule", "show", dev))


def stats(pref):
    one = json.loads(p.run("ovltun", "-j", "-s", "rule", "get", "ovl0", str(pref)))
    return one[0]["stats"]["packets"], one[0]["stats"]["drops"]


ovltun("options add out 0xff00:0:mark 0xff00:1:prio",
       "peer add ovl0 3 name a remote 192.0.2.3",
       "peer add ovl0 4 name b remote 192.0.2.4",
       "peer add ovl0 5 name c remote 192.0.2.5 rxvni 9")


def node(n):
    return socket.inet_aton(f"192.0.2.{n}")


def ge(*opts, src=2, vni=5, inner=FRAME):
    return p.outer(p.geneve(vni, inner, b"".join(opts)), p.GENEVE_PORT, src=node(src))


def vx(src=2, vni=5, inner=FRAME):
    return p.outer(p.vxlan(vni, inner), p.VXLAN_PORT, src=node(src))


def opt(kind, data=b""):
    return p.opt(*kind, data)


def values(frame):
    """Mark and priority that a packet from "out" tells of."""
    outer = p.parse_outer(frame)
    if not outer or outer.dport != p.GENEVE_PORT or \
            outer.shim[4:7] != OUT_VNI.to_bytes(3, "big"):
        return None
    return struct.unpack("!4xI4xI", outer.shim[8:24])


def judge(packet):
    """What becomes of a packet: (mark, priority), or the reason of its drop;
    and how many of its options are counted as skipped."""
    global before
    net.far.all()
    net.far.send(packet)
    end = time.monotonic() + 2
    while True:
        net.settle()
        change = net.counters() - before
        if p.packets_in(change) or time.monotonic() > end:
            break
    before += change
    skipped = change.pop(("ovl0", "options-skipped"), 0)
    out = [got for frame in net.far.all() if (got := values(frame))]
    reasons = [what for dev, what in change]
    if reasons == ["delivered"] and len(out) == 1:
        return out[0], skipped
    if len(reasons) == 1 and not out and change[("ovl0", reasons[0])] == 1:
        return reasons[0], skipped
    return (dict(change), out), skipped


PLAIN = (0, 0)


def is_(name, packet, want, skipped=0):
    tap.eq(name, judge(packet), (want, skipped))


def be32(value):
    return struct.pack("!I", value)


def test_none():
    is_("without rules", ge(), PLAIN)
    is_("an option is skipped", ge(opt((0x102, 1))), PLAIN, 1)
    is_("a critical one drops it", ge(opt(TENANT, be32(7))), CRITICAL)


def test_require():
    """The tenant of each packet of a, in an option"""
    right, wrong = opt(TENANT, be32(7)), opt(TENANT, be32(8))
    other = opt((0x102, 1), be32(7))
    ovltun("rule add ovl0 peer a require 0x102:0x80:00000007 name tenant")
    is_("require: the right tenant", ge(right, src=3), PLAIN)
    is_("with another option", ge(other, right, src=3), PLAIN, 1)
    is_("wrong", ge(wrong, src=3), WRONG)
    is_("of another length", ge(opt(TENANT, bytes(3) + b"\7" + bytes(4)), src=3), WRONG)
    is_("without a value", ge(opt(TENANT), src=3), WRONG)
    is_("missing", ge(src=3), MISSING)
    is_("missing, with another option", ge(other, src=3), MISSING, 1)
    is_("doubled", ge(right, right, src=3), DOUBLED)
    is_("right, then wrong", ge(right, other, wrong, src=3), DOUBLED, 1)
    is_("malformed", ge(right, p.opt(*TENANT, b"", length=1), src=3), MALFORMED)
    is_("in VXLAN", vx(src=3), MISSING)
    is_("of another peer, nothing is required", ge(src=4), PLAIN)
    is_("nor looked at", ge(wrong, wrong, src=4), PLAIN)
    tap.eq("packets and drops of the rule", stats(32768), (10, 8))
    peer = json.loads(p.run("ovltun", "-j", "-s", "peer", "show", "ovl0", "a"))[0]
    tap.eq("drops of the peer", peer["stats"]["drops"] if "drops" in peer["stats"]
           else peer["drops"], {MISSING: 3, WRONG: 3, DOUBLED: 2, MALFORMED: 1})
    ovltun("rule set ovl0 pref 32768 peer a encap geneve require 0x102:0x80:00000007/0000000f")
    is_("encap geneve: VXLAN isn't asked", vx(src=3), PLAIN)
    is_("Geneve is", ge(src=3), MISSING)
    is_("what the mask leaves out", ge(opt(TENANT, be32(0xabcdef07)), src=3), PLAIN)
    is_("what it doesn't", ge(opt(TENANT, be32(0x06)), src=3), WRONG)
    ovltun("rule set ovl0 pref 32768 require 0x102:0x80")
    is_("of anybody", ge(src=4), MISSING)
    is_("any value", ge(opt(TENANT, bytes(124)), src=4), PLAIN)
    tap.eq("counters go on", stats(32768), (15, 11))
    ovltun("rule flush ovl0")
    is_("flushed, it is critical again", ge(right, src=3), CRITICAL)


def test_match():
    key = "0xff00:7"
    kind = (0xff00, 7)

    def only(match, yes, no):
        """yes are packets that match, with a name each; no those that don't"""
        ovltun(f"rule replace ovl0 pref 1 {match} drop")
        for want, packets in (RULE, yes), (None, no):
            for name, packet in packets.items():
                got = judge(packet)[0]
                tap.ok(got == RULE if want else got == PLAIN,
                       f"{match}: {name} {'matches' if want else 'does not'}", got)

    one, two = opt(kind, be32(1)), opt(kind, be32(2))
    only("peer b", {"b": ge(src=4)}, {"a": ge(src=3), "the remote": ge()})
    only("peer 0", {"the remote": ge()}, {"a": ge(src=3)})
    only("vni 9", {"c": ge(src=5, vni=9)}, {"a": ge(src=3)})
    only("vni 4-6", {"a": ge(src=3)}, {"c": ge(src=5, vni=9)})
    only("encap vxlan", {"VXLAN": vx()}, {"Geneve": ge()})
    only("encap geneve", {"Geneve": ge()}, {"VXLAN": vx()})
    only(f"option {key}", {"one": ge(one), "two": ge(one, two)},
         {"none": ge(), "VXLAN": vx()})
    only(f"option {key} absent", {"none": ge(), "VXLAN": vx()}, {"one": ge(one)})
    only(f"option {key}:00000001", {"1": ge(one), "1, then 2": ge(one, two)},
         {"2": ge(two), "2, then 1": ge(two, one), "none": ge(),
          "8 bytes": ge(opt(kind, be32(1) + be32(0)))})
    long = bytes(range(124))
    only(f"option {key}:{long.hex()}/{bytes(123).hex()}01",
         {"the last bit of 124 bytes": ge(opt(kind, bytes(123) + b"\xff"))},
         {"another": ge(opt(kind, long[:123] + b"\x7a")),
          "shorter": ge(opt(kind, long[:120]))})
    only(f"option {key} range 0x80000001-0x100000000",
         {"the least": ge(opt(kind, be32(0x80000001))),
          "the most": ge(opt(kind, be32(1) + be32(0)))},
         {"less": ge(opt(kind, be32(0x80000000))),
          "more": ge(opt(kind, be32(1) + be32(1))),
          "12 bytes": ge(opt(kind, be32(0) + be32(0) + be32(0x80000002))),
          "0 bytes": ge(opt(kind))})
    only(f"option {key} times 2-63", {"2": ge(one, two), "63": ge(opt(kind) * 63)},
         {"1": ge(one), "0": ge()})
    only(f"peer a option {key} option 0xff00:8 absent", {"both": ge(one, src=3)},
         {"of b": ge(one, src=4), "with the other": ge(one, opt((0xff00, 8)), src=3)})
    ovltun("rule flush ovl0")


def test_order():
    ovltun("rule add ovl0 pref 30 drop", "rule add ovl0 pref 20 peer b mark 2 accept",
           "rule add ovl0 pref 10 mark 1 prio 1")
    is_("the lowest first, accept ends it", ge(src=4), (2, 1))
    is_("drop is the last", ge(src=3), RULE)
    tap.eq("each has its counters", [stats(n) for n in (10, 20, 30)],
           [(2, 0), (1, 0), (1, 1)])
    ovltun("rule del ovl0 30")
    is_("without it the packet is taken", ge(src=3), (1, 1))
    ovltun("rule add ovl0 pref 5 count")
    tap.eq("counters outlive changes of others", [stats(n) for n in (5, 10, 20)],
           [(0, 0), (3, 0), (1, 0)])
    ovltun("rule add ovl0 drop")
    tap.eq("without a pref it comes first", [one["pref"] for one in rules()],
           [4, 5, 10, 20])
    is_("and is looked at first", ge(src=4), RULE)
    ovltun("rule flush ovl0")
    is_("flush", ge(src=4), PLAIN)


def test_values():
    kind = (0xff00, 7)
    data = opt(kind, be32(0x12345678))
    wide = opt(kind, be32(0x80000000) + be32(0xfffffff1))
    for words, packet, want in (
            ("mark 0xffffffff prio 7", ge(), (0xffffffff, 7)),
            ("mark 0xffffffff prio 7", vx(), (0xffffffff, 7)),
            ("mark 0xff00:7", ge(data), (0x12345678, 0)),
            ("prio 0xff00:7/0xff00>>8", ge(data), (0, 0x56)),
            ("mark 0xff00:7>>28 prio 0xff00:7/0xf", ge(data), (1, 8)),
            ("mark 0xff00:7 prio 0xff00:7>>63", ge(wide), (0xfffffff1, 1)),
            ("mark 0xff00:7/0x8000000000000000>>32", ge(wide), (0x80000000, 0)),
            ("prio 3 mark 0xff00:7", ge(), (0, 3)),
            ("prio 3 mark 0xff00:7", ge(data, data), (0, 3)),
            ("prio 3 mark 0xff00:7", ge(opt(kind, bytes(12))), (0, 3)),
            ("require 0xff00:7:12345678 mark 0xff00:7", ge(data), (0x12345678, 0)),
            ("require 0xff00:7:12345678 mark 5", ge(wide), WRONG)):
        ovltun(f"rule replace ovl0 pref 1 {words}")
        is_(words, packet, want)
    ovltun("rule flush ovl0")


def test_gro():
    """Packets of one flow, whose headers give them different marks: the device's
    GRO, which waits for more, would merge them under the first."""
    def segment(n):
        return p.segment(OTHER, node(2), node(1), 200 * n + 1, bytes(200))

    def marked(n):
        return ge(opt((0xff00, 7), be32(n + 1)), inner=segment(n))

    p.run("ip", "netns", "exec", f"near-{os.getpid()}", "sh", "-c",
          "echo 100000000 >/sys/class/net/ovl0/gro_flush_timeout")
    for words, packets, want in (
            ("mark 0xff00:7", (marked(0), marked(1)), [1, 2]),
            ("option 0xff00:7:00000002 mark 3", (marked(0), marked(1)), [0, 3]),
            ("encap geneve mark 4", (ge(inner=segment(0)), vx(inner=segment(1))), [4, 0]),
            ("peer a mark 5", (ge(inner=segment(0), src=3), ge(inner=segment(1))), [5, 0]),
            ("vni 5 mark 6", (ge(inner=segment(0)), ge(inner=segment(1))), [6, 6])):
        ovltun(f"rule replace ovl0 pref 1 {words}")
        net.far.all()
        for packet in packets:
            net.far.send(packet)
        got = []
        for _ in range(100):
            got += [one[0] for frame in net.far.all() if (one := values(frame))]
            if len(got) >= 2:
                break
            net.settle()
        tap.eq(f"GRO: {words}", got, want)
    ovltun("rule flush ovl0")
    p.run("ethtool", "-K", "ovl0", "gro", "off")
    global before
    before = net.counters()


def test_known():
    low, high = opt((0xff00, 1)), opt((0xff00, 0x81))
    for words, packet, want, skipped in (
            ("option 0xff00:0x81 count", ge(high), PLAIN, 0),
            ("peer b option 0xff00:0x81 drop", ge(high), PLAIN, 0),
            ("peer b option 0xff00:0x81 absent drop", ge(high), PLAIN, 0),
            ("mark 0xff00:0x81", ge(high), PLAIN, 0),
            ("require 0xff00:0x81", ge(high), PLAIN, 0),
            ("option 0xff00:1 count", ge(high), CRITICAL, 1),
            ("option 0xff00:1 accept", ge(low, high), CRITICAL, 1),
            ("option 0xff00:1 count", ge(low, opt((0xff00, 2))), PLAIN, 1),
            ("option 0xff00:1 count", ge(low), PLAIN, 0)):
        ovltun(f"rule replace ovl0 pref 1 {words}")
        got = judge(packet)
        if want == CRITICAL:  # as without rules: none of its options is counted
            skipped = 0
        tap.eq(f"known options: {words}", got, (want, skipped))
    ovltun("rule flush ovl0")


def test_layer3():
    """Behind a device without Ethernet, where mark and priority are set too"""
    a, b = socket.inet_aton("10.0.0.2"), socket.inet_aton("10.0.0.1")
    inner = p.ip4(a, b, 253, b"payload!")
    sock = net.taps["l3"].sock
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)
    ovltun("rule add l3 require 0xff00:7 mark 0xff00:7")
    sock.settimeout(2)
    net.far.send(p.outer(p.geneve(L3_VNI, inner, opt((0xff00, 7), be32(0x55)),
                                  proto=p.ETH_P_IP), p.GENEVE_PORT))
    try:
        data, anc, _, _ = sock.recvmsg(2048, 256)
    except socket.timeout:
        data, anc = b"nothing", []
    tap.eq("layer 3: the packet", data, inner)
    tap.eq("layer 3: its mark", [struct.unpack("I", value)[0] for level, kind, value
                                 in anc if (level, kind) == (socket.SOL_SOCKET, SO_MARK)],
           [0x55])
    sock.setblocking(False)
    global before
    before = net.counters()


def printed(program, lines):
    """The first lines that a program prints, as JSON; fewer after a while."""
    fd, text, end = program.stdout.fileno(), b"", time.monotonic() + 5
    while text.count(b"\n") < lines and (left := end - time.monotonic()) > 0:
        if select.select([fd], [], [], left)[0]:
            text += os.read(fd, 65536)
    return [json.loads(line) for line in text.splitlines()[:lines]]


def test_samples():
    monitor = subprocess.Popen(["ovltun", "-j", "monitor", "drops"],
                               stdout=subprocess.PIPE)
    try:
        end = time.monotonic() + 5
        while time.monotonic() < end:
            with open("/proc/thread-self/net/netlink") as f:
                if any(line.split()[1] == "16" and line.split()[3].strip("0")
                       for line in f.readlines()[1:]):
                    break
            time.sleep(0.01)
        ovltun("rule add ovl0 pref 9 peer b sample mark 9 accept",
               "rule add ovl0 pref 10 name tenant require 0xff00:7",
               "rule add ovl0 pref 11 sample accept")
        is_("a packet that is sampled", ge(src=4), (9, 0))
        is_("one that is dropped", ge(src=3), MISSING)
        is_("one that is dropped without a rule", ge(opt((0xff00, 0x80))), CRITICAL)
        time.sleep(0.15)  # the next sample
        is_("and again", ge(opt((0xff00, 0x80))), CRITICAL)
        got = printed(monitor, 3)
    finally:
        monitor.kill()
        monitor.wait()
    for one in got:
        one.pop("ifindex"), one.pop("missed", None)
    tap.eq("samples", got, [
        {"event": "sample", "ifname": "ovl0", "rule": 9, "source": "192.0.2.4",
         "encap": "geneve", "vni": 5},
        {"event": "drop", "ifname": "ovl0", "reason": MISSING, "rule": 10,
         "rule_name": "tenant", "source": "192.0.2.3", "encap": "geneve", "vni": 5},
        {"event": "drop", "ifname": "ovl0", "reason": CRITICAL,
         "source": "192.0.2.2", "encap": "geneve", "vni": 5}])
    ovltun("rule flush ovl0")


def test_traffic():
    """Each packet meets all of the old or all of the new rules."""
    global before
    both = ("mark 1 prio 1", "mark 2 prio 2")
    ovltun(f"rule add ovl0 pref 1 {both[0]}", "rule add ovl0 pref 2 require 0xff00:0x81")
    packet = ge(opt((0xff00, 0x81), be32(1)), src=3)
    done = threading.Event()
    sent = [0]

    def sender():
        os.sched_setaffinity(0, range(os.cpu_count()))
        while not done.is_set():
            net.far.send(packet)
            sent[0] += 1

    net.far.all()
    before = net.counters()
    was = stats(2)[0]
    thread = threading.Thread(target=sender)
    thread.start()
    try:
        ovltun(*(f"rule replace ovl0 pref 1 {both[n % 2]}" for n in range(1, 200)),
               *(f"rule {what} ovl0 pref 3 {rest}" for _ in range(50)
                 for what, rest in (("add", "peer b drop"), ("del", ""))))
    finally:
        done.set()
        thread.join()
    seen = {}
    for frame in net.far.rest():
        got = values(frame)
        seen[got] = seen.get(got, 0) + 1
    tap.diag(f"{sent[0]} packets: {seen}")
    tap.eq("under traffic: the old or the new", set(seen), {(1, 1), (2, 2)})
    tap.eq("under traffic: none is lost", sum(seen.values()), sent[0])
    tap.eq("under traffic: a rule that stays counts all", stats(2)[0] - was, sent[0])
    change = net.counters() - before
    tap.eq("under traffic: nothing is dropped", dict(change),
           {("ovl0", "delivered"): sent[0]})
    before += change
    ovltun("rule flush ovl0")


RULE_NEW, RULE_DEL = 23, 24
A_IFINDEX, A_PREF, A_NAME, A_PEER, A_PEER_NAME, A_VNI, A_ENCAP, A_OPT, A_ACTION, \
    A_MARK, A_PRIO = 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
O_CLASS, O_TYPE, O_TEST, O_DATA, O_MASK, O_LOW, O_HIGH = range(1, 8)
V_VALUE, V_CLASS, V_TYPE, V_MASK, V_SHIFT = range(1, 6)
PRESENT, ABSENT, VALUE, RANGE, COUNT, REQUIRE, STRIP = range(1, 8)


def test_requests():
    family = g.Genl("ovl-tun")
    head = g.u32(A_IFINDEX, socket.if_nametoindex("ovl0"))
    pref = g.u32(A_PREF, 77)
    ovltun("rule add ovl0 pref 1 count")
    was = p.run("ovltun", "-j", "rule", "show", "ovl0")

    def refuses(name, want, attrs, where=None, flags=g.CREATE, cmd=RULE_NEW):
        """where: bytes of the attribute that is pointed to"""
        attrs = head + attrs
        at = attrs.index(where) if where else None
        err, said, offset = family.change(cmd, attrs, flags)
        tap.ok(err < 0 and re.search(want, said) and offset == at,
               f"refused: {name}", err, said, f"{offset}, not {at}")

    def opt_refuses(name, want, *inside, where=None):
        key = g.u16(O_CLASS, 0xff00) + g.u8(O_TYPE, 9)
        refuses(name, want, pref + g.nest(A_OPT, key, *inside), where or inside[0])

    data, mask = g.attr(O_DATA, bytes(4)), g.attr(O_MASK, bytes(4))
    low, high = g.u64(O_LOW, 5), g.u64(O_HIGH, 4)
    test = [g.u8(O_TEST, n) for n in range(9)]
    key = g.u16(O_CLASS, 0xff00) + g.u8(O_TYPE, 9)
    whole = g.nest(A_OPT, key)
    refuses("an option without a test", "a class, a type and a test", pref + whole, whole)
    whole = g.nest(A_OPT, g.u16(O_CLASS, 1), test[1])
    refuses("an option without a type", "a class, a type", pref + whole, whole)
    for n in 0, 8:
        opt_refuses(f"test {n}", "", test[n])
    for n in PRESENT, ABSENT, RANGE, COUNT:
        opt_refuses(f"test {n} with data", "only value and require", test[n], data,
                    where=data)
    for n in PRESENT, ABSENT, VALUE, REQUIRE:
        opt_refuses(f"test {n} with a limit", "only range and count", test[n], low,
                    where=low)
    opt_refuses("strip without metadata", "strip is for external devices",
                test[STRIP], where=g.nest(A_OPT, key, test[STRIP]))
    opt_refuses("a mask alone", "mask needs data", test[REQUIRE], mask, where=mask)
    opt_refuses("no value", "value needs data", test[VALUE])
    opt_refuses("no range", "need low", test[RANGE], high, where=test[RANGE])
    opt_refuses("no count", "need low", test[COUNT])
    opt_refuses("a range upside down", "high is below low", test[RANGE], low, high,
                where=high)
    many = g.u64(O_HIGH, 64)
    opt_refuses("a count of 64", "at most 63", test[COUNT], low, many, where=many)
    for n in 1, 3, 125, 128:
        bad = g.attr(O_DATA, bytes(n))
        opt_refuses(f"{n} bytes of data", "multiple of 4 bytes, at most 124",
                    test[VALUE], bad, where=bad)
    bad = g.attr(O_MASK, bytes(8))
    opt_refuses("a mask of another length", "as long as data", test[VALUE], data, bad,
                where=bad)
    one = g.nest(A_OPT, key, test[1])
    refuses("a ninth option", "no more than 8 options", pref + one * 8 + g.nest(
        A_OPT, g.u16(O_CLASS, 0xff01), g.u8(O_TYPE, 9), test[1]),
        g.nest(A_OPT, g.u16(O_CLASS, 0xff01), g.u8(O_TYPE, 9), test[1]))

    for kind in A_MARK, A_PRIO:
        name = "mark" if kind == A_MARK else "prio"
        value, klass = g.u32(V_VALUE, 1), g.u16(V_CLASS, 1)
        bad = g.nest(kind)
        refuses(f"{name} of nothing", "value is missing", pref + bad, bad)
        bad = g.nest(kind, klass)
        refuses(f"{name} of half an option", "value is missing", pref + bad, bad)
        refuses(f"{name} of two kinds", "either value",
                pref + g.nest(kind, value, klass), value)
        bad = g.u8(V_SHIFT, 64)
        refuses(f"{name} shifted by 64", "", pref + g.nest(kind, klass, bad), bad)
        bad = g.u64(V_MASK, 0xf)
        refuses(f"{name} shifted away", "leave nothing", pref + g.nest(
            kind, klass, g.u8(V_TYPE, 1), bad, g.u8(V_SHIFT, 4)), bad)
        bad = g.u64(V_MASK, 0)
        refuses(f"{name} without a bit", "leave nothing", pref + g.nest(
            kind, klass, g.u8(V_TYPE, 1), bad), bad)

    bad = g.u8(A_ENCAP, 2)
    refuses("a third encapsulation", "", pref + bad, bad)
    bad = g.u8(A_ENCAP, 0)
    refuses("an option in VXLAN", "encap vxlan has no options", pref + bad + one, bad)
    refuses("a mark of one in VXLAN", "encap vxlan has no options", pref + bad + g.nest(
        A_MARK, g.u16(V_CLASS, 1), g.u8(V_TYPE, 1)), bad)
    for n in 0, 3:
        bad = g.u8(A_ACTION, n)
        refuses(f"action {n}", "", pref + bad, bad)
    bad = g.u8(A_ACTION, 2)
    refuses("require and drop", "action drop leaves nothing", pref + g.nest(
        A_OPT, key, test[REQUIRE]) + bad, bad)
    bad = g.nest(A_VNI, g.u32(1, 6), g.u32(2, 5))
    refuses("VNIs upside down", "below its first", pref + bad, g.u32(2, 5))
    bad = g.nest(A_VNI, g.u32(1, 1 << 24))
    refuses("VNI 16777216", "0 to 16777215", pref + bad, g.u32(1, 1 << 24))
    for name, bad in ("peer 99", g.u32(A_PEER, 99)), \
                     ("peer nix", g.attr(A_PEER_NAME, b"nix\0")):
        refuses(name, "must be one that was added", pref + bad, bad)
    bad = g.attr(A_PEER_NAME, b"a\0")
    refuses("two peers", "either peer or peer-name", pref + g.u32(A_PEER, 3) + bad, bad)
    for name, text in ("an empty name", b"\0"), ("a blank in it", b"a b\0"), \
                      ("a # in it", b"#\0"):
        bad = g.attr(A_NAME, text)
        refuses(name, "name must be one without", pref + bad, bad)
    bad = g.attr(A_NAME, b"x" * 32 + b"\0")
    refuses("a name of 32", "", pref + bad, bad)
    bad = g.u32(A_PREF, 0)
    refuses("pref 0", "", bad, bad)
    there = g.u32(A_PREF, 1)
    refuses("one that is there", "has this pref already", there, there)
    refuses("with EXCL", "has this pref already", there, there,
            g.CREATE | g.EXCL)
    refuses("one that isn't there", "no rule has this pref", pref, pref, g.REPLACE)
    refuses("no pref to change", "pref is missing", b"", None, g.REPLACE)
    refuses("no place before the first", "no pref is free", b"")
    refuses("del of none", "no rule has this pref", pref, pref, cmd=RULE_DEL)
    tap.eq("nothing of that changed anything",
           p.run("ovltun", "-j", "rule", "show", "ovl0"), was)
    err = family.change(RULE_NEW, head + pref + g.attr(A_NAME, b"x" * 31 + b"\0"))[0]
    tap.eq("a name of 31, and nothing else", err, 0)

    ovltun("rule flush ovl0", "rule add ovl0 pref 7 peer b count")
    for what in "b", "4":
        done = subprocess.run(["ovltun", "peer", "del", "ovl0", what],
                              capture_output=True, text=True)
        tap.ok(done.returncode == 2 and "peer 4 is in use by rule 7" in done.stderr,
               f"a peer that a rule names stays: {what}", done.stderr)
    done = subprocess.run(["ovltun", "peer", "flush", "ovl0"], capture_output=True,
                          text=True)
    tap.ok(done.returncode == 2 and "peer 4 is in use by rule 7" in done.stderr,
           "and the others in a flush", done.stderr)
    tap.eq("all of them", len(json.loads(p.run("ovltun", "-j", "peer", "show", "ovl0"))), 4)
    ovltun("peer set ovl0 b name bb", "peer set ovl0 bb remote 192.0.2.44")
    tap.eq("it can get another name", rules()[0]["peer_name"], "bb")
    ovltun("peer set ovl0 bb name b remote 192.0.2.4", "rule flush ovl0")


def test_limits():
    ovltun(*(f"rule add ovl0 pref {n} option {0xff00 + n % 8}:{n % 64} peer a count"
             for n in range(1, 1024)), "rule add ovl0 pref 2000 require 0xff07:7")
    done = subprocess.run(["ovltun", "rule", "add", "ovl0", "pref", "3000", "drop"],
                          capture_output=True, text=True)
    tap.ok("at most 1024 rules" in done.stderr, "not more than 1024 rules", done.stderr)
    tap.eq("all are told of", [one["pref"] for one in rules()],
           [*range(1, 1024), 2000])
    is_("a packet through all of them", ge(opt((0xff00, 8))), MISSING)
    is_("and one", ge(opt((0xff00, 8)), opt((0xff07, 7))), PLAIN)
    ovltun("rule del ovl0 2000")
    done = subprocess.run(["ovltun", "rule", "add", "ovl0", "option", "0xff10:1", "drop",
                           "pref", "3000"], capture_output=True, text=True)
    tap.ok("more than 64 options (attribute opt[1])" in done.stderr,
           "not more than 64 options", done.stderr)
    ovltun("rule flush ovl0")
    tap.eq("flush", rules(), [])

    long = [(bytes([n]) * 124).hex() for n in range(8)]
    ovltun("rule add ovl0 name " + "x" * 31 + " peer a vni 0-16777215 encap geneve " +
           " ".join(f"option 0xff00:{n}:{long[n]}/{'f0' * 124}" for n in range(8)) +
           " mark 0xff00:1/1 prio 0xff00:2/1 sample drop")
    tap.eq("the longest rule is told of in full",
           [one["data"] for one in rules()[0]["options"]], long)
    is_("and doesn't match this", ge(src=3), PLAIN)
    ovltun("rule flush ovl0")


def test_memory():
    """A change for which the n-th allocation fails, for each n: the old rules
    hold then, or the new ones."""
    if not faults.available():
        tap.skip("a change without memory", "the kernel injects no faults")
        return
    faults.setup()
    nth = faults.Nth()
    family = g.Genl("ovl-tun")
    head = g.u32(A_IFINDEX, socket.if_nametoindex("ovl0"))
    for name, cmd, flags, attrs, old, new in (
            ("add", RULE_NEW, g.CREATE, g.u32(A_PREF, 9) + g.nest(
                A_MARK, g.u32(V_VALUE, 2)), (1, 0), (2, 0)),
            ("replace", RULE_NEW, g.REPLACE, g.u32(A_PREF, 8) + g.nest(
                A_MARK, g.u32(V_VALUE, 2)), (1, 0), (2, 0)),
            ("del", RULE_DEL, 0, g.u32(A_PREF, 8), (1, 0), PLAIN)):
        ovltun("rule flush ovl0", "rule add ovl0 pref 8 mark 1")
        for n in range(1, 100):
            # The request may fail, or the answer to it.
            err, reached = nth.run(
                n, lambda: family.change(cmd, head + attrs, flags)[0])
            got = judge(ge())[0]
            if got not in (old, new) or err == 0 and got != new:
                tap.ok(False, f"{name} without allocation {n}", err, got)
                return
            if not reached:
                break
            if got == new:  # it failed behind the change
                ovltun("rule flush ovl0", "rule add ovl0 pref 8 mark 1")
        tap.ok(2 < n < 99, f"{name} without memory: {n - 1} allocations")
        tap.eq(f"{name} with memory", got, new)
    ovltun("rule flush ovl0")


test_none()
test_require()
test_match()
test_order()
test_values()
test_gro()
test_known()
test_layer3()
test_samples()
test_traffic()
tap.eq("ip has each drop in the column that is documented", columns.wrong(net.counters()), {})
test_requests()
test_limits()
test_memory()
tap.done()
