#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ports that are shared, taken or refused; no route, and routes in circles. # timeout: 120
. "$(dirname "$0")/lib.sh"

need modprobe -a ovl-tun vxlan geneve
underlay v4
batch() { # NS: commands of ip on standard input
	cat >"$_tmp/batch"
	need ip -n "$1" -batch "$_tmp/batch"
}
# open NS: the UDP ports that are open, each as often as there are sockets
open() { in_ns "$1" ss -Hlun | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -n | xargs; }
drop() { ovltun -n "$1" -s -j dev show "$2" | jq ".[0].drops[\"$3\"] // 0"; }
up() { ip -n "$ns1" link set "$1" up; }
clean() { ip -n "$ns1" -batch - <<<"$(printf 'link delete %s\n' "$@")"; }

#
# 1. Ports that others hold
#
batch "$ns1" <<-E
	link add vx0 type vxlan id 9 dstport 4789 local 192.0.2.1
	link set vx0 up
	link add ovl0 type ovl-tun id 1 remote 192.0.2.2
E
check_fail "a port of vxlan.ko is named, with its device" \
	'UDP port 4789 \(vxlan\) is held by vxlan device vx0' up ovl0
check "the device stays down" sh -c "! ip -n $ns1 link show ovl0 | grep -q '[<,]UP[,>]'"
check_eq "no other port was opened for it" "$(open "$ns1")" 4789
need ip -n "$ns1" link set vx0 down
check "it comes up once the holder is down" up ovl0
check_fail "the holder in turn finds its port taken" 'in use' \
	ip -n "$ns1" link set vx0 up
clean vx0 ovl0

batch "$ns1" <<-E
	link add gnv0 type geneve id 9 remote 192.0.2.9 dstport 6081
	link set gnv0 up
	link add ovl0 type ovl-tun id 1 remote 192.0.2.2
E
before=$(open "$ns1")
check_fail "a port of geneve.ko is named, with its device" \
	'UDP port 6081 \(geneve\) is held by geneve device gnv0' up ovl0
check_eq "the port that was free is free again" "$(open "$ns1")" "$before"
check "without that encapsulation it comes up" \
	ip -n "$ns1" link set ovl0 up type ovl-tun accept vxlan encap vxlan
check_fail "a change towards the port is refused likewise" \
	'UDP port 6081 \(geneve\) is held by geneve device gnv0' \
	ip -n "$ns1" link set ovl0 type ovl-tun accept both
check "another port will do" \
	ip -n "$ns1" link set ovl0 type ovl-tun accept both geneveport 6082
clean gnv0
check "as will the same, once its holder is gone" \
	ip -n "$ns1" link set ovl0 type ovl-tun geneveport 6081
clean ovl0
check_eq "nothing is open at the end" "$(open "$ns1")" ''

background ip netns exec "$ns1" python3 -c '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.1", 6081))
time.sleep(60)'
holder=$bg_pid
need busywait 15000 listening "$ns1" 6081 udp
need ip -n "$ns1" link add ovl0 type ovl-tun id 1 remote 192.0.2.2
check_fail "a program's port is named" 'UDP port 6081 \(geneve\) is held by another socket' up ovl0
kill "$holder"
check "it comes up once the program is gone" busywait 10000 up ovl0
clean ovl0

# Who has no peer may be of either family, and does with the one that is free.
batch "$ns1" <<-E
	link add vx6 type vxlan id 9 dstport 4789 local 2001:db8::9
	link set vx6 up
	link add ovl0 type ovl-tun id 1
E
need ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2
check "a port is free over IPv4" up ovl0
need ovltun -n "$ns1" peer del ovl0 1
check "a device that has lost its peer can be changed" \
	ip -n "$ns1" link set ovl0 type ovl-tun ttl 64
check_match "and is" "$(ip -n "$ns1" -d link show ovl0)" ' ttl 64 '
check_fail "another port has to be free for both" \
	'UDP port 4790 \(vxlan\) is held by vxlan device vx7' bash -c "
	ip -n $ns1 link add vx7 type vxlan id 9 dstport 4790 local 2001:db8::9 &&
	ip -n $ns1 link set vx7 up &&
	ip -n $ns1 link set ovl0 type ovl-tun vxlanport 4790"
clean vx6 vx7 ovl0
need ip -n "$ns1" link add ovl0 type ovl-tun id 1 remote 192.0.2.2
need up ovl0

# Two encapsulations on one port
check_fail "two encapsulations of one device need two ports" 'must differ' \
	ip -n "$ns1" link add ovl1 type ovl-tun id 2 remote 192.0.2.2 vxlanport 6081
check "a port that isn't listened on does not count" ip -n "$ns1" link add ovl1 \
	type ovl-tun id 2 remote 192.0.2.2 encap vxlan accept vxlan vxlanport 6081
check_fail "two devices can't speak differently on one port" \
	'UDP port 6081 .*geneve.* ovl-tun device ovl0' up ovl1
check_eq "not even half of it is open" "$(open "$ns1")" '4789 6081'
clean ovl1

#
# 2. Sharing
#
batch "$ns1" <<-E
	link add ovl1 type ovl-tun id 2 remote 192.0.2.2
	link set ovl1 up
	link add ovl2 type ovl-tun id 1 remote 192.0.2.3 geneveport 6083
	link set ovl2 up
E
check_eq "devices share the sockets" "$(open "$ns1")" '4789 6081 6083'
check_eq "and are counted" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .encap, .devices]) | sort')" \
	'[[4789,"vxlan",3],[6081,"geneve",2],[6083,"geneve",1]]'
batch "$ns1" <<-E
	link set ovl0 down
	link delete ovl2
E
check_eq "one of them may go" "$(open "$ns1")" '4789 6081'
need ip -n "$ns1" link set ovl1 down
check_eq "the last one closes the ports" "$(open "$ns1")$(ovltun -n "$ns1" -j port)" '[]'

#
# 3. VNI and remote
#
add() { ip -n "$ns1" link add "$@"; }
check_fail "the same VNI and remote are refused, naming the device" \
	'device ovl1 has VNI 2 to this remote' add ovl3 type ovl-tun id 2 remote 192.0.2.2
check_fail "one port in common is enough" 'device ovl1 has VNI 2' \
	add ovl3 type ovl-tun id 2 remote 192.0.2.2 vxlanport 9999
check "other ports" add ovl3 type ovl-tun id 2 remote 192.0.2.2 vxlanport 9999 geneveport 9998
check "another remote" add ovl4 type ovl-tun id 2 remote 192.0.2.3
check "another family" add ovl5 type ovl-tun id 2 remote 2001:db8::2
check "no remote" add ovl6 type ovl-tun id 2
check "no remote twice: each takes its own peers' packets" add ovl7 type ovl-tun id 2
check "one may take those of any source" ip -n "$ns1" link set ovl6 type ovl-tun source any
check_fail "but not both" 'device ovl6 takes VNI 2 of any source' \
	ip -n "$ns1" link set ovl7 type ovl-tun source any
need ip -n "$ns1" link delete ovl7
check "no encapsulation in common" sh -c \
	"ip -n $ns1 link set ovl4 type ovl-tun encap vxlan accept vxlan &&
	 ip -n $ns1 link add ovl7 type ovl-tun id 2 remote 192.0.2.3 accept geneve"
before=$(ip -n "$ns1" -d -j link)
check_fail "a change into a conflict is refused" 'device ovl1 has VNI 2' \
	ip -n "$ns1" link set ovl3 type ovl-tun geneveport 6081 ttl 3
check_fail "as is one of the remote" 'device ovl1 has VNI 2' \
	ip -n "$ns1" link set ovl0 type ovl-tun id 2 ttl 3
check_eq "and changes nothing" "$(ip -n "$ns1" -d -j link)" "$before"
check "changing to what it is already is no conflict" \
	ip -n "$ns1" link set ovl1 type ovl-tun id 2 remote 192.0.2.2
clean ovl1
check "the other device is gone" ip -n "$ns1" link set ovl3 type ovl-tun geneveport 6081
clean ovl{0,3,4,5,6,7}

#
# 4. No IPv6, no route
#
need in_ns "$ns1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
batch "$ns1" <<-E
	link add ovl0 type ovl-tun id 1 remote 192.0.2.2
	link add ovl1 type ovl-tun id 2 remote 2001:db8::2
	link add ovl2 type ovl-tun id 3
	link add ovl3 type ovl-tun id 4 remote 203.0.113.1
	address add 10.0.0.1/24 dev ovl0
	address add 10.1.0.1/24 dev ovl1
	address add 10.3.0.1/24 dev ovl3
	neighbor add 10.1.0.2 lladdr 02:00:00:00:00:02 dev ovl1
	neighbor add 10.3.0.2 lladdr 02:00:00:00:00:02 dev ovl3
	link set ovl0 up
	link set ovl1 up
	link set ovl2 up
	link set ovl3 up
E
batch "$ns2" <<-E
	link add ovl0 type ovl-tun id 1 remote 192.0.2.1
	address add 10.0.0.2/24 dev ovl0
	link set ovl0 up
E
check "with IPv6 disabled IPv4 works" in_ns "$ns1" ping -c 1 -W 2 10.0.0.2
in_ns "$ns1" ping -c 1 -W 1 10.1.0.2 >/dev/null
in_ns "$ns1" ping -c 1 -W 1 10.3.0.2 >/dev/null
check_ge "an IPv6 remote has no route" "$(drop "$ns1" ovl1 tx-no-route)" 1
check_ge "an IPv4 remote without a route" "$(drop "$ns1" ovl3 tx-no-route)" 1
check_ge "ip shows it as carrier errors" "$(counter "$ns1" ovl3 tx.carrier_errors)" 1
need in_ns "$ns1" sysctl -qw net.ipv6.conf.all.disable_ipv6=0
batch "$ns1" <<-E
	address add 2001:db8::1/64 dev eth0
	route add 203.0.113.0/24 via 192.0.2.2
E
check_eq "a route that comes later is found" \
	"$(ovltun -n "$ns1" -j dev | jq -c 'map(select(.ifname == "ovl1" or .ifname == "ovl3").route_dev)')" \
	'["eth0","eth0"]'
in_ns "$ns1" ping -c 1 -W 1 10.1.0.2 >/dev/null
check_ge "and packets take it" "$(counter "$ns1" ovl1 tx.packets)" 1
clean ovl{0,1,2,3}

#
# 5. Tunnels in circles
#
echo "circles begin" >/dev/kmsg
batch "$ns1" <<-E
	link add self type ovl-tun id 1 remote 10.5.0.2
	address add 10.5.0.1/24 dev self
	link set self up
	link add self6 type ovl-tun id 1 remote fd05::2
	address add fd05::1/64 dev self6
	link set self6 up
	link add loopa type ovl-tun id 2 remote 10.7.0.2
	address add 10.6.0.1/24 dev loopa
	neighbor add 10.6.0.2 lladdr 02:00:00:00:00:02 dev loopa
	link set loopa up
	link add loopb type ovl-tun id 2 remote 10.6.0.2
	address add 10.7.0.1/24 dev loopb
	neighbor add 10.7.0.2 lladdr 02:00:00:00:00:02 dev loopb
	link set loopb up
	link add loopa6 type ovl-tun id 3 remote fd07::2
	address add fd06::1/64 dev loopa6
	neighbor add fd06::2 lladdr 02:00:00:00:00:02 dev loopa6
	link set loopa6 up mtu 1400
	link add loopb6 type ovl-tun id 3 remote fd06::2
	address add fd07::1/64 dev loopb6
	neighbor add fd07::2 lladdr 02:00:00:00:00:02 dev loopb6
	link set loopb6 up mtu 1400
E
for addr in 10.5.0.2 fd05::2 10.6.0.2 fd06::2; do
	in_ns "$ns1" ping -c 5 -i 0.01 -W 1 $addr >/dev/null 2>&1 &
done
wait
check_fail "a remote that is reached through the tunnel: link" \
	'remote is reached through the tunnel itself' \
	ip -n "$ns1" link set self type ovl-tun remote 10.5.0.3
check_eq "and the old one stays" \
	"$(ip -n "$ns1" -j -d link show self | jq -r '.[0].linkinfo.info_data.remote')" 10.5.0.2
check_fail "a remote that is reached through the tunnel: forwarding entry" \
	'remote is reached through the tunnel itself' \
	bridge -n "$ns1" fdb append 00:00:00:00:00:00 dev self dst 10.5.0.4
check_eq "and there is none" \
	"$(bridge -n "$ns1" fdb show dev self | grep -c 10.5.0.4)" 0
check_ge "a tunnel over itself: IPv4" "$(drop "$ns1" self tx-loop)" 1
check_ge "a tunnel over itself: IPv6" "$(drop "$ns1" self6 tx-loop)" 1
loops() { # DEV DEV
	echo $(($(drop "$ns1" "$1" tx-loop) + $(drop "$ns1" "$2" tx-loop)))
}
check_ge "two tunnels in each other: IPv4" "$(loops loopa loopb)" 5
check_ge "two tunnels in each other: IPv6" "$(loops loopa6 loopb6)" 5
check_ge "ip shows loops as collisions" "$(counter "$ns1" self tx.collisions)" 1
check_eq "the kernel has nothing to say about it" \
	"$(dmesg | sed '1,/circles begin/d' | grep -iE 'dead|loop|recurs|stack|ovl|self' |
		grep -v 'link becomes ready')" ''
