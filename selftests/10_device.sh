#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Two nodes reach each other in both encapsulations over both families, and
# packets go to the device that they are for. # timeout: 120
#
#	      eth0 ---- eth0 ns2   192.0.2.0/24, 2001:db8::/64
#	  ns1
#	      eth1 ---- eth0 ns3   198.51.100.0/24
. "$(dirname "$0")/lib.sh"

underlay both
setup_ns ns3
link_pair "$ns1" eth1 198.51.100.1/24 "$ns3" eth0 198.51.100.3/24

# device NS DEV NET.HOST ARG...: one that is up, with the inner addresses
# 10.0.NET.HOST/24 and fd00:NET::HOST/64
device() {
	local ns=$1 dev=$2 net=${3%.*} host=${3#*.}
	shift 3
	need ip -n "$ns" -batch - <<-END
		link add $dev type ovl-tun $*
		address add 10.0.$net.$host/24 dev $dev
		address add fd00:$net::$host/64 dev $dev
		link set $dev up
	END
}

change() { need ip -n "$1" link set ovl0 type ovl-tun "${@:2}"; }
remove() { need ip -n "$1" link delete "$2"; }

# One answer is enough: neighbours may have been tried in vain just before, and ping
# ends with the first host that is unreachable.
reaches() { busywait 5000 in_ns "$1" ping -n -q -c 1 -W 1 "${@:2}"; }
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 0.5 "${@:2}"; }

# dropped NS DEV REASON, port_dropped NS PORT REASON: was there any?
dropped() {
	ovltun -n "$1" -s -j dev show "$2" | jq -e ".[0].drops[\"$3\"] > 0"
}
port_dropped() {
	ovltun -n "$1" -s -j port show |
		jq -e "any(.[]; .port == $2 and .drops[\"$3\"] > 0)"
}

# ports NS: the UDP ports that are open
ports() {
	in_ns "$1" ss -Huln | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -nu | xargs
}

# With "accept" on both sides no other encapsulation could be what arrives.
encaps_and_families() {
	local fam encap l r
	for fam in IPv4 IPv6; do
		l=192.0.2.1 r=192.0.2.2
		[ $fam = IPv4 ] || l=2001:db8::1 r=2001:db8::2
		for encap in vxlan geneve; do
			device "$ns1" ovl0 0.1 id 42 remote $r encap $encap accept $encap
			device "$ns2" ovl0 0.2 id 42 remote $l encap $encap accept $encap
			check "$encap over $fam: ping" reaches "$ns1" 10.0.0.2
			check "$encap over $fam: ping, IPv6 inside" reaches "$ns1" fd00:0::2
			check "$encap over $fam: ping of 10,000 bytes" \
				reaches "$ns1" -s 10000 10.0.0.2
			check "$encap over $fam: ping of 10,000 bytes, IPv6 inside" \
				reaches "$ns2" -s 10000 fd00:0::1
			remove "$ns1" ovl0
			remove "$ns2" ovl0
		done
	done
}

accept() {
	device "$ns1" ovl0 0.1 id 42 remote 192.0.2.2 encap vxlan
	device "$ns2" ovl0 0.2 id 42 remote 192.0.2.1 encap geneve
	check "accept both: VXLAN one way, Geneve the other" reaches "$ns1" 10.0.0.2
	change "$ns1" encap geneve
	change "$ns2" encap vxlan
	check "accept both: and the other way around" reaches "$ns1" 10.0.0.2
	check_eq "accept both: two ports are open" "$(ports "$ns1")" "4789 6081"

	change "$ns1" accept geneve
	check "accept geneve: VXLAN does not arrive" cut_off "$ns1" 10.0.0.2
	check_eq "accept geneve: the VXLAN port is closed" "$(ports "$ns1")" 6081

	change "$ns1" encap vxlan accept geneve
	check "encap vxlan accept geneve: VXLAN does not arrive" cut_off "$ns1" 10.0.0.2
	check "encap vxlan accept geneve: counted as refused" \
		busywait 5000 dropped "$ns1" ovl0 rx-encap-refused
	change "$ns2" encap geneve
	check "encap vxlan accept geneve: Geneve arrives" reaches "$ns1" 10.0.0.2
	change "$ns1" accept both
	change "$ns2" encap vxlan
	check "accept both again: VXLAN arrives again" reaches "$ns1" 10.0.0.2

	change "$ns1" geneveport 6082 vxlanport 4790
	check "another port: packets to the old one do not arrive" cut_off "$ns1" 10.0.0.2
	change "$ns2" geneveport 6082 vxlanport 4790
	check "another port: both use it" reaches "$ns1" 10.0.0.2
	remove "$ns1" ovl0
	remove "$ns2" ovl0
}

shared_ports() {
	local before
	device "$ns1" ovl0 0.1 id 42 remote 192.0.2.2
	device "$ns1" ovl1 1.1 id 43 remote 192.0.2.2
	device "$ns2" ovl0 0.2 id 42 remote 192.0.2.1
	device "$ns2" ovl1 1.2 id 43 remote 192.0.2.1 encap vxlan
	check_eq "two devices share each port" \
		"$(ovltun -n "$ns1" -j port show | jq -c '[.[] | [.port, .devices]] | sort')" \
		"[[4789,2],[6081,2]]"
	check "first VNI" reaches "$ns1" 10.0.0.2
	before=$(counter "$ns2" ovl0 rx.packets)
	check "second VNI" in_ns "$ns1" ping -n -q -c 30 -i 0.02 -w 20 10.0.1.2
	check_le "its packets come out of the second device only" \
		"$(counter "$ns2" ovl0 rx.packets)" $((before + 15))
	remove "$ns2" ovl1
	check "the VNI of a removed device does not arrive" cut_off "$ns1" 10.0.1.2
	check "it is counted at the port" \
		busywait 5000 port_dropped "$ns2" 6081 rx-vni-unknown
	check "the first VNI still does" reaches "$ns1" 10.0.0.2
	remove "$ns1" ovl0
	remove "$ns1" ovl1
	remove "$ns2" ovl0
}

one_vni_two_remotes() {
	device "$ns1" ovl0 0.1 id 42 remote 192.0.2.2
	device "$ns1" ovl1 1.1 id 42 remote 198.51.100.3
	device "$ns2" ovl0 0.2 id 42 remote 192.0.2.1
	device "$ns3" ovl0 1.3 id 42 remote 198.51.100.1
	check "same VNI, first remote" reaches "$ns1" 10.0.0.2
	check "same VNI, second remote" reaches "$ns3" 10.0.1.1
	check_fail "same VNI and remote again: refused, the other device is named" \
		'device ovl1 has VNI 42' \
		ip -n "$ns1" link add ovl2 type ovl-tun id 42 remote 198.51.100.3
	remove "$ns1" ovl1
	check "a source that is no remote does not arrive" cut_off "$ns3" 10.0.1.1
	check "it is counted" busywait 5000 dropped "$ns1" ovl0 rx-source-unknown
	check "the remote still does" reaches "$ns2" 10.0.0.1
}

encaps_and_families
accept
shared_ports
one_vni_two_remotes
