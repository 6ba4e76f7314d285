# SPDX-License-Identifier: GPL-2.0
"""Generic netlink requests, byte by byte: for what the tool would not send."""

import socket
import struct

CTRL_GETFAMILY, CTRL_NAME, CTRL_ID = 3, 2, 1
REQUEST, ACK, CREATE, EXCL, REPLACE = 1, 4, 0x400, 0x200, 0x100
SOL_NETLINK, NETLINK_EXT_ACK, NETLINK_CAP_ACK = 270, 11, 10


def attr(kind, data=b""):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def nest(kind, *inside):
    return attr(kind | 0x8000, b"".join(inside))


def u8(kind, value):
    return attr(kind, struct.pack("=B", value))


def u16(kind, value):
    return attr(kind, struct.pack("=H", value))


def u32(kind, value):
    return attr(kind, struct.pack("=I", value))


def u64(kind, value):
    return attr(kind, struct.pack("=Q", value))


class Genl:
    """A socket for one family."""

    def __init__(self, name):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
        self.sock.setsockopt(SOL_NETLINK, NETLINK_CAP_ACK, 1)
        self.sock.bind((0, 0))
        answer = self._ask(16, CTRL_GETFAMILY, attr(CTRL_NAME, name.encode() + b"\0"))
        at = 20
        while at < len(answer):
            size, kind = struct.unpack_from("=HH", answer, at)
            if kind == CTRL_ID:
                self.family = struct.unpack_from("=H", answer, at + 4)[0]
            at += size + 3 & ~3
        self.sock.recv(65536)  # acknowledgment

    def _ask(self, family, cmd, attrs, flags=0):
        body = struct.pack("=BBH", cmd, 1, 0) + attrs
        self.sock.send(struct.pack("=IHHII", 16 + len(body), family,
                                   REQUEST | ACK | flags, 1, 0) + body)
        return self.sock.recv(65536)

    def change(self, cmd, attrs, flags=CREATE):
        """Error, what is said, and the offset in attrs of what is pointed to."""
        return refusal(self._ask(self.family, cmd, attrs, flags), 20)


def refusal(answer, head):
    """The same from an answer to a request whose attributes begin at head."""
    err = struct.unpack_from("=i", answer, 16)[0]
    said, offset, at = "", None, 36
    while err and at < len(answer):
        size, kind = struct.unpack_from("=HH", answer, at)
        if kind & 0x3fff == 1:
            said = answer[at + 4:at + size].rstrip(b"\0").decode()
        if kind & 0x3fff == 2:
            offset = struct.unpack_from("=I", answer, at + 4)[0] - head
        at += size + 3 & ~3
    return err, said, offset
