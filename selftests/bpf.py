# SPDX-License-Identifier: GPL-2.0
"""A few BPF programs for tc, assembled by hand: there is no compiler in a guest.

    value = bpf.Value(512)
    bpf.attach("ovl0", "ingress", [*bpf.begin(value), *bpf.end(-1)], "name")
    value.read()
"""

import ctypes
import os
import platform
import struct

from packets import run

SYSCALL = {"x86_64": 321, "aarch64": 280}[platform.machine()]
MAP_CREATE, MAP_LOOKUP, MAP_UPDATE, PROG_LOAD, OBJ_PIN = 0, 1, 2, 5, 6
TYPE_ARRAY, TYPE_SCHED_CLS = 2, 3
GET_KEY, SET_KEY, REDIRECT, GET_OPT, SET_OPT = 20, 21, 23, 29, 30
LOAD_BYTES, CHANGE_TAIL = 26, 38
KEY = struct.Struct("<I16sBBHI16s")     # struct bpf_tunnel_key, label is host's
TUN_IPV6, ZERO_CSUM, DF = 1, 2, 4       # BPF_F_TUNINFO_IPV6 and so on
METADATA, KEY_FLAGS, OPT_LEN, OPTS, OPTS_MAX = 304, 44, 48, 52, 252
TC_SHOT = 2
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(cmd, attr):
    buf = ctypes.create_string_buffer(attr.ljust(128, b"\0"), 128)
    ret = _libc.syscall(SYSCALL, cmd, buf, 128)
    if ret < 0:
        raise OSError(ctypes.get_errno(), f"bpf({cmd})")
    return ret


class Value:
    """The only value of an array, which programs and we share."""

    def __init__(self, size):
        self.size = size
        self.fd = _bpf(MAP_CREATE, struct.pack("<IIII", TYPE_ARRAY, 4, size, 1))
        self.key = ctypes.create_string_buffer(4)

    def _access(self, cmd, buf):
        _bpf(cmd, struct.pack("<IIQQQ", self.fd, 0, ctypes.addressof(self.key),
                              ctypes.addressof(buf), 0))

    def read(self):
        buf = ctypes.create_string_buffer(self.size)
        self._access(MAP_LOOKUP, buf)
        return buf.raw

    def write(self, data):
        self._access(MAP_UPDATE, ctypes.create_string_buffer(
            data.ljust(self.size, b"\0"), self.size))


# Instructions. r6 is the packet, r7 the value.

def _insn(op, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", op, src << 4 | dst, off,
                       imm - (imm >> 31 << 32))


def begin(value):
    return [_insn(0xbf, 6, 1), _insn(0x18, 7, 2, 0, value.fd), _insn(0)]


def call(func, at, size, flags=None, result=0):
    """func(packet, value + at, size[, flags]), what it says goes to result."""
    code = [_insn(0xbf, 1, 6), _insn(0xbf, 2, 7), _insn(0x07, 2, imm=at),
            _insn(0xb7, 3, imm=size)]
    if flags is not None:
        code.append(_insn(0xb7, 4, imm=flags))
    return code + [_insn(0x85, imm=func), _insn(0x63, 7, 0, result)]


def count(at):
    return [_insn(0x61, 1, 7, at), _insn(0x07, 1, imm=1), _insn(0x63, 7, 1, at)]


def redirect(ifindex):
    return [_insn(0xb7, 1, imm=ifindex), _insn(0xb7, 2), _insn(0x85, imm=REDIRECT),
            _insn(0x95)]


def take_metadata():
    """What packet_fuzz.c has put behind a packet (struct metadata) goes to the value,
    and becomes the packet's tunnel metadata. A packet that can't be cut is dropped."""
    packet, value = _insn(0xbf, 1, 6), _insn(0xbf, 2, 7)
    return [
        _insn(0x61, 8, 6), _insn(0x17, 8, imm=METADATA),        # r8: the packet's length
        packet, _insn(0xbf, 2, 8), _insn(0xbf, 3, 7), _insn(0xb7, 4, imm=METADATA),
        _insn(0x85, imm=LOAD_BYTES), _insn(0x55, 0, off=5),     # if it fails: drop
        packet, _insn(0xbf, 2, 8), _insn(0xb7, 3),
        _insn(0x85, imm=CHANGE_TAIL), _insn(0x15, 0, off=2),    # if not: go on
        *end(TC_SHOT),
        packet, value, _insn(0xb7, 3, imm=KEY_FLAGS), _insn(0x61, 4, 7, KEY_FLAGS),
        _insn(0x85, imm=SET_KEY),
        _insn(0x61, 3, 7, OPT_LEN), _insn(0xa5, 3, off=6, imm=1),
        _insn(0x25, 3, off=5, imm=OPTS_MAX),                    # outside of 1-252: none
        packet, value, _insn(0x07, 2, imm=OPTS), _insn(0xb7, 4), _insn(0x85, imm=SET_OPT)]


def end(verdict):
    return [_insn(0xb7, 0, imm=verdict & 0xffffffff), _insn(0x95)]


def attach(dev, where, code, name, pref=1, ns=None):
    """Have tc run a program for what comes to dev, or goes. Not by tc -n, which does
    not see the program, for it has a /sys of its own."""
    insns = b"".join(code)
    text = ctypes.create_string_buffer(insns, len(insns))
    licence = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(65536)
    try:
        fd = _bpf(PROG_LOAD, struct.pack(
            "<IIQQIIQ", TYPE_SCHED_CLS, len(insns) // 8, ctypes.addressof(text),
            ctypes.addressof(licence), 1, len(log), ctypes.addressof(log)))
    except OSError as error:
        raise RuntimeError(log.value.decode()) from error
    if not os.path.ismount("/sys/fs/bpf"):
        run("mount", "-t", "bpf", "bpf", "/sys/fs/bpf")
    path = f"/sys/fs/bpf/{name}"
    pinned = ctypes.create_string_buffer(path.encode())
    _bpf(OBJ_PIN, struct.pack("<QI", ctypes.addressof(pinned), fd))
    enter = ("nsenter", f"--net=/run/netns/{ns}") if ns else ()
    run(*enter, "tc", "filter", "add", "dev", dev, where, "pref", str(pref), "bpf",
        "direct-action", "object-pinned", path)
    os.unlink(path)
    os.close(fd)
