#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device is removed while somebody holds it: the core says so again every
# second, long after the device has given back what it had. # timeout: 120
# kernel-warning: unregister_netdevice: waiting for (ovl0|d1) to|ref_tracker: .* has .* users at
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"

setup_ns ns1
tool() { ovltun -n "$ns1" "$@"; }
# Lets a packet of a socket go every second, so that the socket gets full
need ip -n "$ns1" link add d0 type dummy
need ip -n "$ns1" link set d0 up
need tc -n "$ns1" qdisc add dev d0 root fq

# A packet socket that waits for room to send has found the device before
cat >"$_tmp/hold" <<'END'
import socket
import sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
s.setsockopt(socket.SOL_SOCKET, 47, 100)  # SO_MAX_PACING_RATE
def send(dev, flags=0):
    s.sendto(bytes(1000), flags, (dev, 0x0800, 0, 0, b"\xff" * 6))
try:
    while True:
        send("d0", socket.MSG_DONTWAIT)
except BlockingIOError:
    print("full", flush=True)
send(sys.argv[1])
END
hold() { # DEV
	background ip netns exec "$ns1" python3 "$_tmp/hold" "$1"
	holder=$bg_pid
	need busywait 30000 grep -q full "$bg_out"
	need busywait 10000 grep -q ' S ' "/proc/$holder/stat"
}
gone() { ! ip -n "$ns1" link show "$1" >/dev/null 2>&1; }

need ip -n "$ns1" link add ovl1 type ovl-tun id 7
need ip -n "$ns1" link add ovl0 type ovl-tun id 5
need ip -n "$ns1" link set ovl0 up
watch_config
hold ovl0
ip -n "$ns1" link delete ovl0 &
remover=$!
need busywait 10000 gone ovl0
sleep 3.5
check "the device is held" kill -0 $remover
said "its end is told once" '^dev-del$'
need kill "$holder"
check "it goes when it is let go of" wait $remover
check "another one of its kind can be made" ip -n "$ns1" link add ovl0 type ovl-tun id 5

# A new interface may have the number of one that is held
need ip -n "$ns1" link add d1 type dummy
need ip -n "$ns1" link set d1 up
index=$(ip -n "$ns1" -j link show d1 | jq '.[0].ifindex')
need tc -n "$ns1" qdisc replace dev d0 root fq
hold d1
ip -n "$ns1" link delete d1 &
remover=$!
need busywait 10000 gone d1
need ip -n "$ns1" link add d2 index "$index" type dummy
need ip -n "$ns1" link add ovl2 type ovl-tun id 6 dev d2
sleep 3.5
check "the interface is held" kill -0 $remover
check "what names the new one has stayed" ip -n "$ns1" link show ovl2
need kill "$holder"
check "the old one goes when it is let go of" wait $remover
