#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A change of an external device's local or dev counts for routes that metadata has
# remembered, wherever the device is. # timeout: 120
#
#	u0 192.0.2.1, .11, 2001:db8::1, ::11; u1 --- the device in the same or another namespace
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun
setup_ns under pod
need ip -n "$under" -batch - <<-'END'
	link add u0 type dummy
	address add 192.0.2.1/24 dev u0
	address add 192.0.2.11/24 dev u0
	address add 2001:db8::1/64 dev u0
	address add 2001:db8::11/64 dev u0
	link set u0 up
	link add u1 type dummy
	address add 198.51.100.1/24 dev u1
	link set u1 up
	neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev u0
	neighbour add 2001:db8::2 lladdr 02:00:00:00:00:02 dev u0
	neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev u1
END

cat >"$_tmp/send.py" <<'P'
# send.py UNDER NS: an inner packet from NS; the outer source and device in UNDER
import ctypes, os, socket, sys, time
enter = lambda name: ctypes.CDLL(None).setns(os.open("/run/netns/" + name, os.O_RDONLY), 0x40000000)
os.sched_setaffinity(0, {0})    # a route is remembered for each CPU
enter(sys.argv[1])
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
wire.settimeout(5)
enter(sys.argv[2])
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("10.9.0.2", 9))
while True:
    try:
        packet, at = wire.recvfrom(65536)
    except TimeoutError:
        sys.exit("nothing was sent")
    if packet[-1:] != b"x" or at[0] == "ovl0":
        continue
    if at[1] == 0x0800 and packet[9] == 17:
        sys.exit(print(at[0], socket.inet_ntoa(packet[12:16])))
    if at[1] == 0x86dd and packet[6] == 17:
        sys.exit(print(at[0], socket.inet_ntop(socket.AF_INET6, packet[8:24])))
P
sent() { python3 "$_tmp/send.py" "$under" "$1" 2>&1; }

# changed NAME NS encap-words DST SETTINGS WANT SETTINGS WANT...
changed() {
	local name=$1 ns=$2 words=$3 dst=$4
	shift 4
	# shellcheck disable=SC2086 # words
	need ip -n "$under" link add ovl0 type ovl-tun external encap vxlan $1
	[ "$ns" = "$under" ] || need ip -n "$under" link set ovl0 netns "$ns"
	need ip -n "$ns" -batch - <<-END
		link set ovl0 up
		address add 10.9.1.1/24 dev ovl0
		route add 10.9.0.0/24 encap $words id 5 dst $dst dev ovl0
		neighbour add 10.9.0.2 lladdr 02:00:00:00:00:02 dev ovl0
	END
	check_eq "$name: $1" "$(sent "$ns")" "$2"
	shift 2
	while [ $# -gt 0 ]; do
		# shellcheck disable=SC2086 # words
		need ip -n "$ns" link set ovl0 type ovl-tun $1
		check_eq "$name: then $1" "$(sent "$ns")" "$2"
		shift 2
	done
	need ip -n "$ns" link del ovl0
}
for at in "same:$under" "other:$pod"; do
	changed "IPv4, ${at%%:*} namespace" "${at#*:}" ip 192.0.2.2 \
		"local 192.0.2.1" "u0 192.0.2.1" "local 192.0.2.11" "u0 192.0.2.11"
	changed "IPv6, ${at%%:*} namespace" "${at#*:}" ip6 2001:db8::2 \
		"local 2001:db8::1" "u0 2001:db8::1" "local 2001:db8::11" "u0 2001:db8::11"
done
changed "IPv4, dev" "$under" ip 192.0.2.2 "dev u0" "u0 192.0.2.1" "dev u1" "u1 198.51.100.1"
