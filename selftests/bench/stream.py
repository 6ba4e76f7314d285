#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""stream.py FROM TO ADDRESS MEGABYTES RUNS: send so much by TCP from namespace
FROM to ADDRESS in namespace TO, a few times, until the last RUNS agree. Prints the
bytes that were sent in all, those that arrived, and of the last RUNS how many ns
each MB took. With one CPU whose clock counts instructions these are instructions.

stream.py -m FROM TO ADDRESS PART:MEGABYTES...: send so much each time, after some to
warm up, and tell the plugins of QEMU's what part of the measurement it is (mark.c).

One process has both ends: it writes a piece, and reads it where it comes out. With
two of them it is the scheduler that says after how many segments there is an
acknowledgement, another way each time, and when the CPU is idle: here it never is.
Neither is the rest left to chance: there is one connection for all runs, with buffers
that don't grow and a congestion window that never shrinks."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time

CLONE_NEWNET = 0x40000000
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
PIECE = 1 << 18  # a few packets of GSO
BUFFER = 16 * PIECE
MOST = 10  # runs
WARM = 16 << 20
MARK = os.path.join(os.path.dirname(__file__), "../bin/mark")
SETTINGS = {
    "tcp_autocorking": 0,
    "tcp_slow_start_after_idle": 0,
    "tcp_no_metrics_save": 1,
}
libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    with open(f"/run/netns/{name}") as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")
    for setting, value in SETTINGS.items():
        with open(f"/proc/sys/net/ipv4/{setting}", "w") as file:
            file.write(str(value))


def make_socket():
    """A connection has these settings from the start, or from its listener."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER)
    sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    return sock


def connect(near, far, address):
    """Both ends of a connection"""
    enter(far)
    with make_socket() as listener:
        # The last run's connection may not be forgotten yet.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, 7000))
        listener.listen()
        enter(near)
        out = make_socket()
        out.connect((address, 7000))
        return out, listener.accept()[0]


def run(out, into, size):
    """ns that it took, and how many bytes have come out"""
    piece, room = bytes(PIECE), bytearray(PIECE)
    arrived = 0
    start = time.monotonic_ns()
    for _ in range(size // PIECE):
        out.sendall(piece)
        left = PIECE
        while left:
            got = into.recv_into(room, left)
            if not got:
                raise EOFError
            left -= got
        arrived += PIECE
    return time.monotonic_ns() - start, arrived


def agree(times):
    return max(times) <= 1.005 * min(times)


def marked(near, far, address, *parts):
    out, into = connect(near, far, address)
    run(out, into, WARM)
    for number, megabytes in (part.split(":") for part in parts):
        subprocess.run([MARK, number], check=True)
        run(out, into, int(megabytes) << 20)
        subprocess.run([MARK, "0"], check=True)


def main():
    if sys.argv[1] == "-m":
        marked(*sys.argv[2:])
        return
    near, far, address = sys.argv[1:4]
    megabytes, runs = map(int, sys.argv[4:])
    signal.alarm(600)
    out, into = connect(near, far, address)
    times = []
    total = 0
    while len(times) < MOST:
        took, arrived = run(out, into, megabytes << 20)
        times.append(took // megabytes)
        total += arrived
        if len(times) > runs and agree(times[-runs:]):
            break
    print(len(times) * megabytes << 20, total, *times[-runs:])


main()
