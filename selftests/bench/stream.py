#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""stream.py FROM TO ADDRESS MEGABYTES RUNS: send so much by TCP from namespace
FROM to ADDRESS in namespace TO, a few times, until the last RUNS agree. Prints the
bytes that arrived in all, those that were sent, and of the last RUNS how many ns of
CPU each MB took. With one CPU whose clock counts instructions these are
instructions."""

import ctypes
import os
import re
import socket
import sys
import time

CLONE_NEWNET = 0x40000000
CHUNK = 1 << 16
MOST = 10  # runs
libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    with open(f"/run/netns/{name}") as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")


def busy():
    """Time in which the CPU was not idle, in ns"""
    with open("/proc/timer_list") as timers:
        idle = re.search(r"idle_sleeptime *: (\d+)", timers.read())
    return time.monotonic_ns() - int(idle[1])


def receive(listener):
    """For each connection: read it to the end, say how much that was."""
    piece = bytearray(CHUNK)
    while True:
        conn, _ = listener.accept()
        total = 0
        while got := conn.recv_into(piece):
            total += got
        conn.sendall(total.to_bytes(8, "big"))
        conn.close()


def run(address, size, data):
    """ns of CPU, and how many bytes the other end has got"""
    with socket.create_connection((address, 7000), timeout=60) as sock:
        start = busy()
        for _ in range(size // CHUNK):
            sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        arrived = int.from_bytes(sock.recv(8, socket.MSG_WAITALL), "big")
        return busy() - start, arrived


def agree(times):
    return max(times) <= 1.005 * min(times)


def main():
    near, far, address = sys.argv[1:4]
    megabytes, runs = map(int, sys.argv[4:])
    enter(far)
    with socket.create_server(("", 7000)) as listener:
        child = os.fork()
        if not child:
            receive(listener)
    enter(near)
    data = bytes(CHUNK)
    times = []
    total = 0
    try:
        while len(times) < MOST:
            took, arrived = run(address, megabytes << 20, data)
            times.append(took // megabytes)
            total += arrived
            if len(times) > runs and agree(times[-runs:]):
                break
    finally:
        os.kill(child, 9)
    print(len(times) * megabytes << 20, total, *times[-runs:])


main()
