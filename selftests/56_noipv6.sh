#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A kernel booted with ipv6.disable=1 carries all over IPv4. # timeout: 60
# append: ipv6.disable=1
. "$(dirname "$0")/lib.sh"

[ ! -e /proc/net/if_inet6 ] || bail "the kernel was booted with IPv6"
need modprobe ovl-tun
underlay v4
for ns in "$ns1" "$ns2"; do
	far=$([ "$ns" = "$ns1" ] && echo 2 || echo 1)
	cat >"$_tmp/up" <<-E
		link add ovl0 type ovl-tun id 1 remote 192.0.2.$far df set
		address add 10.0.0.$((3 - far))/24 dev ovl0
		link set ovl0 up
	E
	need ip -n "$ns" -batch "$_tmp/up"
done
check "traffic" in_ns "$ns1" ping -c 2 -i 0.1 -W 2 10.0.0.2
need ip -n "$ns1" link set ovl0 type ovl-tun encap vxlan
check "traffic in vxlan" in_ns "$ns1" ping -c 2 -i 0.1 -W 2 10.0.0.2
check "a device without remote is made" ip -n "$ns1" link add ovl1 type ovl-tun id 2
check "and comes up" ip -n "$ns1" link set ovl1 up
check_eq "with IPv4 ports alone" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map(.family) | unique')" '["inet"]'
check_fail "an IPv6 remote is refused" 'IPv6' \
	ip -n "$ns1" link add ovl2 type ovl-tun id 2 remote 2001:db8::2
check_fail "an IPv6 local is refused" 'IPv6' \
	ip -n "$ns1" link add ovl2 type ovl-tun id 2 local 2001:db8::2
check_fail "so are changes to them" 'IPv6' \
	ip -n "$ns1" link set ovl1 type ovl-tun remote 2001:db8::2
in_ns "$ns1" ovltun dev | diag

# What is inside may be IPv6 all the same, and too large
need ip -n "$ns1" link set ovl0 mtu 9000
check "inner IPv6 of any size is no trouble" in_ns "$ns1" python3 -c '
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("ovl0", 0x86dd))
for size in (100, 1400, 1500, 8000):
    ip6 = struct.pack("!IHBB", 6 << 28, size, 17, 64) + bytes(15) + b"\1" + bytes(15) + b"\2"
    s.send(bytes.fromhex("ffffffffffff020000000001") + b"\x86\xdd" + ip6 + bytes(size))
'
check_ge "what is too big is counted" \
	"$(ovltun -n "$ns1" -s -j dev show ovl0 | jq '.[0].drops["tx-too-big"]')" 2
# There are no IPv6 neighbours to be found, nor a table to look into.
need ip -n "$ns1" link set ovl0 type ovl-tun proxy rsc l3miss
need bridge -n "$ns1" fdb add 02:00:00:00:0c:01 dev ovl0 dst 192.0.2.2 router
check "solicitations and a router's frames are no trouble" in_ns "$ns1" python3 -c '
import socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("ovl0", 0x86dd))
a, b = bytes(15) + b"\1", bytes(15) + b"\2"
for proto, body in (58, b"\x87" + bytes(7) + b), (17, bytes(24)):
    ip6 = struct.pack("!IHBB", 6 << 28, len(body), proto, 255) + a + b
    s.send(bytes.fromhex("020000000c01020000000001") + b"\x86\xdd" + ip6 + body)
'
# So is ARP for a neighbour that has become stale meanwhile.
check_ge "the solicitation is counted" \
	"$(ovltun -n "$ns1" -s -j dev show ovl0 | jq '.[0].drops["tx-neigh-suppressed"]')" 1
need ip -n "$ns1" link set ovl0 type ovl-tun noproxy
check "traffic at the end" in_ns "$ns1" ping -c 2 -i 0.1 -W 2 10.0.0.2
