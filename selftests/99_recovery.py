#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# The tool is killed anywhere in a batch, addconf, setconf, syncconf: each object is
# whole, and the same command again completes it. A node gets another module.
# timeout: 300
#
#	near: ovl0 (ovl-tun), eth0 192.0.2.1 ---- eth0 192.0.2.2, gnv0 (geneve.ko): far
#
# OVL_KILLS=COUNT and OVL_KILL_SEED=SEED in the environment (or on the guest's command
# line) make it another number of kills at random moments, or other ones.

import atexit
import itertools
import json
import lzma
import os
import random
import socket
import struct
import subprocess
import threading
import time

import packets as p
from tap import TAP

KILLS = int(os.environ.get("OVL_KILLS", 2))
SEED = int(os.environ.get("OVL_KILL_SEED", "1"), 0)
OLD, NEW = 1, 2             # versions of a configuration
MODULE = "/sys/module/ovl_tun"
NEAR, FAR = (f"{end}-{os.getpid()}" for end in ("near", "far"))
WORDS = ("peer show l3", "options show l3", "rule show l3", "echo show l3",
         "options show many", "vni show many")

tap = TAP()


def lines(tool, *commands, ns=NEAR):
    return p.run(tool, "-n", ns, "-batch", "-", stdin="\n".join(commands) + "\n")


def peer(v, i):
    """What version v says of a peer; all of it is other than in another version."""
    high, low = divmod(i, 256)
    return {"Name": f"node{i}", "Remote": f"10.{v}.{high}.{low}", "Port": 7000 + v,
            "Encap": ("geneve", "vxlan")[v - 1], "VNI": 100 + v, "RxVNI": 200 + v, "TTL": 10 + v,
            "TOS": f"0x{16 * v:02x}", "DF": ("unset", "set")[v - 1],
            "UDPCsum": ("on", "off")[v - 1], "MTU": 1300 + v,
            "NoOptions": ("drop", "ignore")[v - 1], "Options": f"gold{v}",
            "Allowed": f"172.{16 + v}.{high}.{low}/32, fd0{v}:{i:x}::/64",
            "MAC": f"02:00:00:{v:02x}:{high:02x}:{low:02x}"}


def option(v, kind, words=1):
    return f"0x0102:0x{kind:02x}:{f'{v:08x}' * words}"


def rules(v, first):
    """Match and action by pref; the second is for a peer that all versions have."""
    return {10: (f"vni {300 + v}", f"mark {v}"),
            20: (f"peer node{first}", f"require 0x0103:0x02:{v:08x}"),
            30 + v: (f"encap geneve option 0x0103:0x0{v}", "count")}


def l3(v, ids, common):
    """The file of l3. common: a peer of all versions."""
    text = ["[Device]", f"Option = {option(v, 1)}",
            f"Echo = class 0x0108 limit {1000 + v} timeout {60 + v}"]
    for name in f"gold{v}", "silver":
        text += ["[Options]", f"Name = {name}", f"Option = {option(v, 2)}",
                 f"Option = {option(v, 3, 4)}"]
    for i in ids:
        text += ["[Peer]", f"Id = {i}", *(f"{k} = {w}" for k, w in peer(v, i).items())]
    for pref, (match, action) in rules(v, common).items():
        text += ["[Rule]", f"Pref = {pref}", f"Name = v{v}", f"Match = {match}",
                 f"Action = {action}"]
    return "\n".join(text) + "\n"


def many(v):
    """The file of a device with a table of VNIs."""
    return "\n".join((
        "[Device]", f"Option = {option(v, 1)}", "[Options]", "Name = m",
        f"Option = {option(v, 2)}",
        "[Vni]", f"VNI = {100 + 5 * v}-{120 + 5 * v}, 150", f"Remote = 10.9.{v}.1",
        "Options = m", "[Vni]", f"VNI = {200 + v}, 210-220", f"Remote = 10.9.{v}.2", ""))


def batch(v, ids, common):
    """Commands that can be given again."""
    out = [f"options replace l3 {option(v, 1)}"]
    for name in f"gold{v}", "silver":
        out.append(f"options replace l3 set {name} {option(v, 2)} {option(v, 3, 4)}")
    out.append(f"echo set l3 class 0x0108 limit {1000 + v} timeout {60 + v}")
    words = {"Port": "dstport", "UDPCsum": None}
    for i in ids:
        said = peer(v, i)
        text = [f"peer replace l3 {i}", ("udpcsum", "noudpcsum")[v - 1]]
        text += [f"{words.get(k, k.lower())} {str(w).replace(' ', '')}"
                 for k, w in said.items() if words.get(k, k)]
        out.append(" ".join(text))
    for pref, (match, action) in rules(v, common).items():
        out.append(f"rule replace l3 pref {pref} name v{v} {match} {action}")
    out += [f"options replace many set m {option(v, 2)}",
            f"vni replace many {100 + 5 * v}-{120 + 5 * v},150 remote 10.9.{v}.1 options m",
            f"vni replace many {200 + v},210-220 remote 10.9.{v}.2"]
    return "\n".join(out) + "\n"


def parse(text):
    """The objects that WORDS have shown, each as text, and what is printed after them.
    What follows from others, as the overhead, is left out, and of ranges of VNIs
    there is each VNI."""
    decoder, found = json.JSONDecoder(), set()
    for what in WORDS:
        entries, at = decoder.raw_decode(text)
        text = text[at:].lstrip()
        for one in entries:
            for follows in "path", "users", "ifindex":
                one.pop(follows, None)
            first = one.pop("vni", None) if what.startswith("vni") else None
            last = one.pop("vni_end", first) if first is not None else None
            told = f"{what}: {json.dumps(one, sort_keys=True)}"
            found |= {told} if first is None else {
                f"{told} {vni}" for vni in range(first, last + 1)}
    return found, text


FILES = ("showconf l3", "showconf many")


def look():
    """All objects, and the files. One process, for each takes its time to start."""
    return parse(p.run("ovltun", "-n", NEAR, "-j", "-batch", "-",
                       stdin="\n".join((*WORDS, *FILES)) + "\n"))


class Setting:
    """Files of two versions for so many peers, and what each makes of the devices.
    A command is what stands behind ovltun."""

    def __init__(self, peers):
        third = max(1, peers // 3)
        ids = {OLD: range(1, peers + 1), NEW: range(1 + third, 1 + third + peers)}
        paths = {}
        for v in OLD, NEW:
            for name, text in (("l3", l3(v, ids[v], peers)), ("many", many(v)),
                               ("batch", batch(v, ids[v], peers))):
                paths[name, v] = f"/tmp/ovl-{name}-{v}-{peers}"
                with open(paths[name, v], "w") as f:
                    f.write(text)
        self.lines = batch(NEW, ids[NEW], peers)
        self.begin = [f"setconf {dev} {paths[dev, OLD]}" for dev in ("l3", "many")]
        self.commands = [f"-batch {paths['batch', NEW]}",
                         *(f"{what} l3 {paths['l3', NEW]}"
                           for what in ("addconf", "setconf", "syncconf")),
                         f"syncconf many {paths['many', NEW]}"]
        lines("ovltun", *self.begin)
        self.old, _ = look()
        self.new, self.done = set(), {}
        for command in self.commands:
            start = time.monotonic()
            p.run("ovltun", "-n", NEAR, *command.split())
            took = time.monotonic() - start
            made, shown = look()
            self.done[command] = shown, took
            self.new |= made
            lines("ovltun", *self.begin)

    def judge(self, command):
        """After a command was killed: what is wrong, and whether it had done some but
        not all of its work. All is as it was before it then."""
        now, shown = look()
        want, _ = self.done[command]
        wrong = [f"half an object: {text}" for text in sorted(now - self.old - self.new)]
        again = self.lines if command.startswith("-batch") else command
        done = subprocess.run(
            ["ovltun", "-n", NEAR, "-batch", "-"], text=True, capture_output=True,
            input="\n".join((again, *FILES, *self.begin)) + "\n")
        if done.returncode or done.stderr:
            wrong.append(f"again: exit status {done.returncode}: {done.stderr}")
        elif done.stdout != want:
            wrong.append(f"the second run makes something else: {done.stdout}")
        return wrong, bool(now - self.old) and shown != want


def name(command):
    return " ".join(command.split()[:-1]).strip("-")


def kill_at_each_send(setting):
    """Before the first, the second ... of the messages that it sends. That is all
    there is: the kernel is done with a message when it has been sent."""
    for command in setting.commands:
        if command.startswith("setconf"):   # the same in the same order as syncconf
            continue
        wrong, halves, killed = [], 0, 0
        # libnl's and the tool's own, which strace counts apart
        for call, n in itertools.product(("sendmsg", "sendto"), range(1, 100)):
            if wrong or n > 1 and not hit:
                continue
            done = subprocess.run(
                ["strace", "-o", "/dev/null", "-e", f"trace={call}",
                 "-e", f"inject={call}:signal=KILL:when={n}",
                 "ovltun", "-n", NEAR, *command.split()], text=True, capture_output=True)
            wrong, some = setting.judge(command)
            halves += some
            hit = done.returncode in (-9, 137)
            killed += hit
            if not hit and done.returncode:
                wrong.append(f"exit status {done.returncode}: {done.stderr}")
        tap.ok(not wrong, f"{name(command)}: killed before each of its {killed} messages",
               f"{call} {n}", *wrong)
        tap.ok(halves > 2, f"{name(command)}: some of which are in the middle", halves)


def kill_at_random(setting, random):
    for command in setting.commands:
        _, took = setting.done[command]
        wrong, killed, halves, longest = [], 0, 0, took
        for _ in range(KILLS * 10):
            moment = longest * random.uniform(0.1, 1)
            with subprocess.Popen(["ovltun", "-n", NEAR, *command.split()],
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as tool:
                time.sleep(moment)
                tool.kill()
            wrong, some = setting.judge(command)
            killed += tool.returncode == -9
            halves += some
            if tool.returncode != -9:   # it was quicker this time
                longest *= 0.8
            if killed == KILLS or wrong:
                break
        tap.ok(not wrong, f"{name(command)}, {len(setting.old)} objects: killed at any time",
               f"after {moment:.4f} s of {took:.4f}", *wrong)
        tap.diag(f"{name(command)}: takes {took:.3f} s, killed {killed} times, "
                 f"{halves} in the middle")
        tap.eq(f"{name(command)}: how often it was killed", killed, KILLS)


class Flow(threading.Thread):
    """Numbered packets from one namespace to an address in the other, every 5 ms."""

    def __init__(self, sender, receiver, address, port):
        super().__init__(daemon=True)
        self.address, self.sent, self.stop = (address, port), 0, False
        self.got = []       # (number, when)
        with open(f"/run/netns/{receiver}") as ns:
            p._setns(ns.fileno())
        self.into = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.into.bind(("", port))
        self.into.settimeout(0.2)
        with open(f"/run/netns/{sender}") as ns:
            p._setns(ns.fileno())
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        threading.Thread(target=self.receive, daemon=True).start()
        self.start()

    def run(self):
        while not self.stop:
            try:
                self.out.sendto(struct.pack("!I", self.sent), self.address)
            except OSError:     # no route, no device
                pass
            self.sent += 1
            time.sleep(0.005)

    def receive(self):
        while not self.stop:
            try:
                n, = struct.unpack("!I", self.into.recv(100))
            except OSError:
                continue
            self.got.append((n, time.monotonic()))

    def runs(self):
        """Whether packets arrive, after a while."""
        had = len(self.got)
        for _ in range(200):
            if len(self.got) > had + 20:
                return True
            time.sleep(0.05)
        return False

    def end(self):
        """Packets lost and the longest time without one."""
        self.stop = True
        self.join()
        times = [when for _, when in self.got]
        gap = max(b - a for a, b in zip(times, times[1:]))
        return self.sent - len({n for n, _ in self.got}), gap


def other_version():
    """A module with another version in the place of the one that modprobe takes, as
    "dkms install" puts it there, which strips it; the old one comes back at the end.
    Returns the version."""
    path = p.run("modinfo", "-F", "filename", "ovl-tun").strip()
    with open(path, "rb") as f:
        old = f.read()
    code = lzma.decompress(old) if path.endswith(".xz") else old
    version = p.run("modinfo", "-F", "version", "ovl-tun").strip()
    other = version[:-1] + ("8" if version[-1] == "9" else "9")
    tag = b"\0version=%s\0"
    assert code.count(tag % version.encode()) == 1
    module = "/tmp/ovl-tun.ko"
    with open(module, "wb") as f:
        f.write(code.replace(tag % version.encode(), tag % other.encode()))
    p.run("strip", "-g", module)

    def put(data):
        with open(path + ".new", "wb") as f:
            f.write(data)
        os.rename(path + ".new", path)

    atexit.register(put, old)
    with open(module, "rb") as f:   # what is compressed is known by its first bytes
        put(f.read())
    return other


def node_up(conf):
    """What brings up the link of a node, and all that is in its file"""
    lines("ip", "link add ovl0 address 02:00:00:00:00:01 type ovl-tun id 42 source strict",
          "address add 10.0.0.1/24 dev ovl0", "link set ovl0 up")
    p.run("ovltun", "-n", NEAR, "setconf", "ovl0", "-", stdin=conf)


CONF = """\
[Device]
Option = 0x0102:0x01:00010002

[Peer]
Id = 1
Name = far
Remote = 192.0.2.2
TTL = 9

[Rule]
Pref = 10
Match = peer far
Action = count
"""


def upgrade():
    lines("ip", "link add gnv0 address 02:00:00:00:00:02 type geneve id 42 remote 192.0.2.1",
          "address add 10.0.0.2/24 dev gnv0", "link set gnv0 up", ns=FAR)
    node_up(CONF)
    before = p.run("ovltun", "-n", NEAR, "showconf", "ovl0")
    tap.eq("the node's file is what showconf prints", before, CONF)
    with open(f"{MODULE}/version") as f:
        was = f.read().strip()
    flows = {"to the node": Flow(FAR, NEAR, "10.0.0.1", 7001),
             "from the node": Flow(NEAR, FAR, "10.0.0.2", 7002)}
    for which, flow in flows.items():
        tap.ok(flow.runs(), f"before: packets {which}")

    other = other_version()
    with open(f"{MODULE}/version") as f:
        tap.eq("what runs goes on with the old module", f.read().strip(), was)
    start = time.monotonic()
    p.run("modprobe", "-r", "ovl-tun")
    unloaded = time.monotonic()
    p.run("modprobe", "ovl-tun")
    loaded = time.monotonic()
    node_up(before)
    up = time.monotonic()
    with open(f"{MODULE}/version") as f:
        tap.eq("the new one is loaded", f.read().strip(), other)
    tap.eq("the node has what it had",
           p.run("ovltun", "-n", NEAR, "showconf", "ovl0"), before)
    for which, flow in flows.items():
        tap.ok(flow.runs(), f"after: packets {which}")
    tap.diag(f"unloading took {unloaded - start:.3f} s, loading {loaded - unloaded:.3f}, "
             f"link and file {up - loaded:.3f}")
    for which, flow in flows.items():
        lost, gap = flow.end()
        tap.diag(f"packets {which}: {lost} of {flow.sent} lost, none for {gap:.3f} s")
        tap.ok(0 < lost < flow.sent and gap < 10, f"the outage, packets {which}", lost,
               gap)


p.run("modprobe", "ovl-tun")
for ns in NEAR, FAR:
    p.run("ip", "netns", "add", ns)
    atexit.register(subprocess.run, ["ip", "netns", "del", ns])
p.run("ip", "link", "add", "eth0", "netns", NEAR, "type", "veth", "peer", "name", "eth0",
      "netns", FAR)
for n, ns in enumerate((NEAR, FAR), 1):
    lines("ip", f"address add 192.0.2.{n}/24 dev eth0", "link set eth0 up",
          "link set lo up", ns=ns)
lines("ip", "link add l3 type ovl-tun layer3 id 6", "link set l3 up",
      "link add many type ovl-tun vnifilter", "link set many up")
kill_at_each_send(Setting(3))
tap.diag(f"seed {SEED}; OVL_KILL_SEED, OVL_KILLS")
kill_at_random(Setting(300), random.Random(SEED))
lines("ip", "link del l3", "link del many")
upgrade()
tap.done()
