#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# An underlay in a VRF: what is sent and received, the same port in two of them, and
# a device that moves. vxlan.ko goes first, to show what is expected.
# timeout: 120
. "$(dirname "$0")/lib.sh"

need modprobe vrf
underlay both
setup_ns ns3
link_pair "$ns1" eth1 192.0.2.1/24 "$ns3" eth0 192.0.2.2/24
for vrf in red blue; do
	[ $vrf = red ] && table=10 dev=eth0 || table=11 dev=eth1
	need ip -n "$ns1" link add $vrf type vrf table "$table"
	need ip -n "$ns1" link set $vrf up
	need ip -n "$ns1" link set "$dev" master $vrf
done
# They went with the old table.
need ip -n "$ns1" address replace 2001:db8::1/64 dev eth0 nodad
need busywait 5000 in_ns "$ns1" ip vrf exec red ping -c 1 -W 1 2001:db8::2

reaches() { in_ns "$1" ping -n -q -c 1 -W 3 "$2"; }
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 0.5 "$2"; }
# node NS NAME ADDRESS KIND...: a tunnel with an address
node() {
	need ip -n "$1" link add "$2" type "${@:4}"
	need ip -n "$1" address add "$3" dev "$2"
	need ip -n "$1" link set "$2" up
}

for how in "vxlan dstport 4789" "ovl-tun encap vxlan" "ovl-tun encap geneve"; do
	for to in "192.0.2.1 192.0.2.2" "2001:db8::1 2001:db8::2"; do
		for dev in eth0 red; do
			# shellcheck disable=SC2086 # words
			node "$ns1" t0 10.0.0.1/24 $how id 5 local ${to% *} remote ${to#* } dev $dev
			# shellcheck disable=SC2086 # words
			node "$ns2" t0 10.0.0.2/24 $how id 5 local ${to#* } remote ${to% *}
			check "$how, ${to% *}, dev $dev: sends" reaches "$ns1" 10.0.0.2
			check "$how, ${to% *}, dev $dev: is reached" reaches "$ns2" 10.0.0.1
			need ip -n "$ns1" link del t0
			need ip -n "$ns2" link del t0
		done
	done
done

# Two VRFs with the same addresses, VNI and port
node "$ns1" red0 10.0.1.1/24 ovl-tun id 5 remote 192.0.2.2 dev eth0
node "$ns2" t0 10.0.1.2/24 ovl-tun id 5 remote 192.0.2.1
node "$ns3" t0 10.0.2.2/24 ovl-tun id 6 remote 192.0.2.1
node "$ns1" blue0 10.0.2.1/24 ovl-tun id 6 remote 192.0.2.2 dev eth1
check "one VRF" reaches "$ns2" 10.0.1.1
check "another one, with the same port and addresses" reaches "$ns3" 10.0.2.1
check_eq "two sockets of each encapsulation" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .encap, .devices]) | sort')" \
	'[[4789,"vxlan",1],[4789,"vxlan",1],[6081,"geneve",1],[6081,"geneve",1]]'
need ip -n "$ns3" link set t0 type ovl-tun id 5
need ip -n "$ns1" link set blue0 type ovl-tun id 7
unknown() { ovltun -n "$ns1" -s -j port show | jq '[.[].drops["rx-vni-unknown"] // 0] | add'; }
before=$(unknown)
check "whose VNI is in the other VRF is not let in" cut_off "$ns3" 10.0.2.1
check_ge "and is nobody's" "$(unknown)" $((before + 1))

# Another interface, while it is up
need ip -n "$ns1" link del red0
need ip -n "$ns3" link set t0 type ovl-tun id 7
check "here" reaches "$ns3" 10.0.2.1
need ip -n "$ns1" link set blue0 type ovl-tun dev eth0
before=$(counter "$ns1" blue0 rx.packets)
check "not here any more" cut_off "$ns3" 10.0.2.1
check_eq "nothing is received from here" "$(counter "$ns1" blue0 rx.packets)" "$before"
need ip -n "$ns2" address replace 10.0.2.2/24 dev t0
need ip -n "$ns2" link set t0 type ovl-tun id 7
check "but there" reaches "$ns2" 10.0.2.1

# Out of the VRF: what is sent is what routes say then, what listens is opened anew.
need ip -n "$ns1" link set eth0 nomaster
need ip -n "$ns1" link set blue0 down
need ip -n "$ns1" link set blue0 up
check "an interface that has left it" reaches "$ns2" 10.0.2.1

# A port is for VRFs or for what is in none, as vxlan.ko has it, too.
need ip -n "$ns1" link add red0 type ovl-tun id 9 remote 192.0.2.2 dev eth1
check_fail "one in a VRF, one outside" 'in use by ovl-tun device blue0, which isn.t in a VRF' \
	ip -n "$ns1" link set red0 up
need ip -n "$ns1" link set blue0 down
need ip -n "$ns1" link set red0 up
check_fail "the other way round" 'in use by ovl-tun device red0, in a VRF' \
	ip -n "$ns1" link set blue0 up
need ip -n "$ns1" link set red0 down
need ip -n "$ns1" link set blue0 up
need in_ns "$ns1" sysctl -qw net.ipv4.udp_l3mdev_accept=1
check "unless packets of a VRF go to all" ip -n "$ns1" link set red0 up
check_eq "by one socket of each encapsulation" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .encap, .devices]) | sort')" \
	'[[4789,"vxlan",2],[6081,"geneve",2]]'
need ip -n "$ns1" address add 10.0.3.1/24 dev red0
need ip -n "$ns3" link set t0 type ovl-tun id 9
need ip -n "$ns3" address add 10.0.3.2/24 dev t0
check "one of them" reaches "$ns2" 10.0.2.1
check "the other one" reaches "$ns3" 10.0.3.1
