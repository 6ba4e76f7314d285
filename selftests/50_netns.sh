#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device in another namespace keeps its underlay; each may go first. # timeout: 120
#
#	$pod: ovl0        moved there, or created there
#	   :              sockets and routes stay in $ns1
#	$ns1: eth0 ------ eth0 :$ns2 ovl0
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun

# link NS NAME ID REMOTE ADDR...: a device that is up, with addresses
link() {
	local ns=$1 name=$2 id=$3 remote=$4
	shift 4
	need ip -n "$ns" link add "$name" type ovl-tun id "$id" remote "$remote"
	up "$ns" "$name" "$@"
}
up() {
	local ns=$1 name=$2 addr
	shift 2
	{
		for addr; do echo "address replace $addr dev $name"; done
		echo "link set $name up"
	} >"$_tmp/up"
	need ip -n "$ns" -batch "$_tmp/up"
}
reach() { in_ns "$1" ping -c 2 -i 0.1 -W 2 "$2"; }
gone() { ! ip -n "$1" link show "$2" >/dev/null 2>&1; }
closed() { ! in_ns "$1" ss -Hlun | grep -qE ':(4789|6081) '; }
linkinfo() { ip -n "$1" -d -j link show "$2" | jq -r "$3"; }
dev_field() { ovltun -n "$1" -j dev show "$2" | jq -r ".[0] | $3"; }

underlay both
setup_ns pod
link "$ns2" ovl0 1 192.0.2.1 10.1.0.2/24

# A device that is moved
link "$ns1" ovl0 1 192.0.2.2 10.1.0.1/24
check "before the move traffic goes" reach "$ns1" 10.1.0.2
check "the device moves while it is up" ip -n "$ns1" link set ovl0 netns "$pod"
check "it has left its first namespace" gone "$ns1" ovl0
check "moving took it down and closed its ports" closed "$ns1"
up "$pod" ovl0 10.1.0.1/24
check_match "ip shows in which namespace the underlay is" \
	"$(linkinfo "$pod" ovl0 '.[0].link_netnsid')" '^[0-9]+$'
check_eq "ovltun shows the same" "$(dev_field "$pod" ovl0 .link_netnsid)" \
	"$(linkinfo "$pod" ovl0 '.[0].link_netnsid')"
check_eq "ovltun lists it where it is" \
	"$(ovltun -n "$pod" -j dev | jq -r '.[].ifname')" ovl0
check_eq "and not where it was" "$(ovltun -n "$ns1" -j dev)" '[]'
check "traffic goes on from there" reach "$pod" 10.1.0.2
check_eq "its ports are open in the underlay" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .family, .devices]) | sort')" \
	'[[4789,"inet",1],[6081,"inet",1]]'
check_eq "and in no other namespace" "$(ovltun -n "$pod" -j port)" '[]'
check "nor does ss see one there" closed "$pod"
check "changelink looks in the underlay" \
	ip -n "$pod" link set ovl0 type ovl-tun encap vxlan
check "traffic goes with the change" reach "$pod" 10.1.0.2
need ip -n "$pod" link add br9 index 99 type bridge
check_fail "dev means an interface of the underlay" 'dev is not an interface of the underlay' \
	ip -n "$pod" link set ovl0 type ovl-tun dev br9
need ip -n "$pod" link delete br9
need ip -n "$ns1" link set eth0 mtu 1400
check_eq "the MTU follows the underlay" "$(dev_field "$pod" ovl0 .mtu)" 1350
need ip -n "$ns1" link set eth0 mtu 1500
check_eq "both ways" "$(dev_field "$pod" ovl0 .mtu)" 1450

# Names
need ip -n "$ns1" link add ovl0 type dummy
check_fail "a name that is taken stops the move" 'exists' \
	ip -n "$pod" link set ovl0 netns "$ns1"
check "the device stays, and works" reach "$pod" 10.1.0.2
need ip -n "$ns1" link delete ovl0
check "the way back" ip -n "$pod" link set ovl0 netns "$ns1" name ovl7
up "$ns1" ovl7 10.1.0.1/24
check_eq "at home no namespace is named" \
	"$(linkinfo "$ns1" ovl7 '.[0].link_netnsid')" null
check_eq "nor by ovltun" "$(dev_field "$ns1" ovl7 .link_netnsid)" null
check "traffic goes after the way back" reach "$ns1" 10.1.0.2
need ip -n "$ns1" link delete ovl7

# Devices that are created elsewhere, several of one underlay
check "link-netns names the underlay" ip -n "$pod" link add ovl1 \
	link-netns "$ns1" type ovl-tun id 2 remote 2001:db8::2 encap vxlan
check "netns names where the device goes" ip -n "$ns1" link add ovl2 \
	netns "$pod" type ovl-tun id 3 remote 192.0.2.2 dev eth0
up "$pod" ovl1 fd01::1/64
up "$pod" ovl2 10.3.0.1/24
link "$ns2" ovl1 2 2001:db8::1 fd01::2/64
link "$ns2" ovl2 3 192.0.2.1 10.3.0.2/24
link "$ns1" ovl0 1 192.0.2.2 10.1.0.1/24
check "ping from one created with link-netns" reach "$pod" fd01::2
check "ping from one created with netns and dev" reach "$pod" 10.3.0.2
check "ping from one at home" reach "$ns1" 10.1.0.2
check_eq "devices of two namespaces share a port" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map(select(.family == "inet" and .port == 6081).devices)')" '[2]'
check_fail "the same VNI and remote are refused over namespaces" 'device ovl0 has VNI 1' \
	ip -n "$pod" link add ovl3 link-netns "$ns1" type ovl-tun id 1 remote 192.0.2.2
check "with an underlay of their own they are not" \
	ip -n "$pod" link add ovl3 type ovl-tun id 1 remote 192.0.2.2

# Marks: the underlay gives one to all that it receives, ping one to what it sends. The
# device sends by itself, but through the kernel's tunnel code where output is hooked.
need in_ns "$ns1" nft 'add table inet marks; add chain inet marks c { type filter hook prerouting priority -300; };
	add rule inet marks c iifname eth0 meta mark set 5'
# marks NS DEVICE HOOK ADDRESS: what a device in NS receives, and $ns1 sends, of a ping
marks() {
	need in_ns "$1" nft "add table inet rx; add chain inet rx c { type filter hook prerouting priority 0; };
		add rule inet rx c iifname $2 counter; add rule inet rx c iifname $2 meta mark 5 counter"
	need in_ns "$ns1" nft "add table inet tx; add chain inet tx c { type filter hook $3 priority 0; };
		add rule inet tx c meta l4proto udp counter; add rule inet tx c meta l4proto udp meta mark 7 counter"
	in_ns "$1" ping -n -q -c 2 -i 0.1 -W 5 -m 7 "$4" >/dev/null
	echo "$(seen "$1" rx) $(seen "$ns1" tx)"
	need in_ns "$1" nft delete table inet rx
	need in_ns "$ns1" nft delete table inet tx
}
seen() { # NS TABLE
	in_ns "$1" nft -j list table inet "$2" | jq -r '[.nftables[].rule.expr[]?.counter.packets? |
		select(. != null)] | if .[0] < 2 then "lost" elif .[1] > 0 then "marked" else "plain" end'
}
link "$ns1" ovl6 6 2001:db8::2 10.6.0.1/24
link "$ns2" ovl6 6 2001:db8::1 10.6.0.2/24
for hook in postrouting output; do
	check_eq "marks stay in a namespace, received and sent ($hook)" \
		"$(marks "$pod" ovl2 $hook 10.3.0.2)" "plain plain"
	check_eq "over IPv6 too ($hook)" "$(marks "$pod" ovl1 $hook fd01::2)" "plain plain"
	check_eq "at home they go along ($hook)" \
		"$(marks "$ns1" ovl0 $hook 10.1.0.2)" "marked marked"
	check_eq "at home over IPv6 ($hook)" \
		"$(marks "$ns1" ovl6 $hook 10.6.0.2)" "marked marked"
done
need in_ns "$ns1" nft delete table inet marks
# IPv6 inside for IPv4 outside, and the other way round: the rule would stop ping's own route.
need ip -n "$ns1" address add fd0a::1/64 dev ovl0 nodad
need ip -n "$ns2" address add fd0a::2/64 dev ovl0 nodad
check "IPv6 inside of IPv4" reach "$ns1" fd0a::2
for family in 4 6; do
	need ip -n "$ns1" -$family rule add fwmark 7 prohibit
	to=$([ $family = 4 ] && echo 10.3.0.2 || echo fd01::2)
	check "and chooses no route in another over IPv$family" \
		in_ns "$pod" ping -c 1 -W 5 -m 7 "$to"
	to=$([ $family = 4 ] && echo fd0a::2 || echo 10.6.0.2)
	check_fail "it does in its own over IPv$family" '' in_ns "$ns1" ping -c 1 -W 1 -m 7 "$to"
	need ip -n "$ns1" -$family rule del fwmark 7 prohibit
done
need ip -n "$ns1" link delete ovl6
need ip -n "$ns2" link delete ovl6

# The namespace of devices ends, that of their underlay stays
need ip netns delete "$pod"
check "deleted with its namespace, a device leaves its port" \
	busywait 20000 sh -c "[ \"\$(ovltun -n $ns1 -j port | jq -c 'map(.devices)')\" = '[1,1]' ]"
check "the others work on" reach "$ns1" 10.1.0.2
check "VNI and remote are free again" \
	ip -n "$ns1" link add ovl2 type ovl-tun id 3 remote 192.0.2.2
need ip -n "$ns1" link delete ovl2
need ip -n "$ns1" link delete ovl0
check "without devices the ports are closed" closed "$ns1"

# The namespace of the underlay ends, that of the devices stays
setup_ns pod pod2
need ip -n "$pod" link add ovl0 link-netns "$ns1" \
	type ovl-tun id 1 remote 192.0.2.2 accept geneve
need ip -n "$pod2" link add ovl0 link-netns "$ns1" \
	type ovl-tun id 1 remote 192.0.2.2 accept geneve geneveport 6082
need ip -n "$ns2" link add ovl3 type ovl-tun id 1 remote 192.0.2.1 geneveport 6082 accept geneve
need ip -n "$ns2" link set ovl0 type ovl-tun accept geneve
up "$ns2" ovl3 10.4.0.2/24
up "$pod" ovl0 10.1.0.1/24
up "$pod2" ovl0 10.4.0.1/24
need ip -n "$pod2" link add ovl1 link-netns "$ns1" type ovl-tun id 77
check "traffic before the underlay ends" reach "$pod" 10.1.0.2
check "traffic of another namespace" reach "$pod2" 10.4.0.2
background ip netns exec "$pod" ping -i 0.05 10.1.0.2
need ip netns delete "$ns1"
check "the underlay's end takes a device in another namespace" \
	busywait 15000 gone "$pod" ovl0
check "and in a third" busywait 5000 gone "$pod2" ovl0
check "and one that is down" busywait 5000 gone "$pod2" ovl1
check "the underlay's interfaces go: nothing holds them" \
	busywait 15000 gone "$ns2" eth0
check_eq "nothing is listed" "$(ovltun -n "$pod" -j dev)$(ovltun -n "$pod2" -j dev)" '[][]'

# Both end at once, and the module ends with devices everywhere
setup_ns n1 n2
link_pair "$n1" eth0 192.0.2.1/24 "$ns2" eth1 192.0.2.9/24
need ip -n "$n2" link add ovl0 link-netns "$n1" type ovl-tun id 1 remote 192.0.2.9
# Older kernels make it in the other namespace and move it: no name twice.
need ip -n "$n1" link add ovl1 link-netns "$n2" type ovl-tun id 1 remote 192.0.2.9
up "$n2" ovl0 10.5.0.1/24
up "$n1" ovl1
in_ns "$n2" ping -c 1 -W 1 10.5.0.2 >/dev/null
check "two namespaces, each the other's underlay, end together" \
	sh -c "ip netns delete $n1; ip netns delete $n2"
check "and their interfaces go" busywait 15000 gone "$ns2" eth1

need ip -n "$pod" link add ovl0 link-netns "$pod2" type ovl-tun id 1 remote 192.0.2.2
need ip -n "$pod2" link add ovl1 link-netns "$pod" type ovl-tun id 1 remote 192.0.2.2
up "$pod" ovl0
up "$pod2" ovl1
check "the module ends with devices in several namespaces" modprobe -r ovl-tun
for ns in "$pod" "$pod2" "$ns2"; do
	check_eq "no device is left in ${ns%-*}" "$(ip -n "$ns" -o link show type ovl-tun)" ''
	check "no port is left in ${ns%-*}" closed "$ns"
done
check "the kernel never waited for a reference" \
	sh -c '! dmesg | grep "unregister_netdevice: waiting"'
