#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""transfer.py FROM TO ADDRESS BYTES: for each line of standard input, send that
many random bytes by TCP from namespace FROM to ADDRESS in namespace TO, and
print "ok" when they have arrived as they were sent, or what went wrong. One
process for many transfers: each program takes its time to start."""

import ctypes
import os
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000
SECONDS = 20
libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    """This thread goes to the namespace."""
    with open(f"/run/netns/{name}") as ns:
        if libc.setns(ns.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns {name}")


def send(address, data):
    try:
        with socket.create_connection(address, timeout=SECONDS) as sock:
            sock.sendall(data)
    except OSError as error:
        print("#", error, file=sys.stderr, flush=True)


def receive(listener):
    got = bytearray()
    conn, _ = listener.accept()
    with conn:
        conn.settimeout(SECONDS)
        while piece := conn.recv(1 << 18):
            got += piece
    return got


def transfer(listener, address, data):
    sender = threading.Thread(target=send, args=(address, data))
    sender.start()
    try:
        got = receive(listener)
    except OSError as error:
        return f"failed: {error}"
    finally:
        sender.join()
    if got == data:
        return "ok"
    return f"damaged: {len(got)} bytes of {len(data)}"


def main():
    near, far, address, size = sys.argv[1:]
    enter(far)
    listener = socket.create_server(("", 7000))
    listener.settimeout(SECONDS)
    enter(near)  # the threads of the sender are born here
    data = os.urandom(int(size))
    for _ in sys.stdin:
        print(transfer(listener, (address, 7000), data), flush=True)


main()
