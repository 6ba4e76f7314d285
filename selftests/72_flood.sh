#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Flooding: whom broadcasts and frames to unknown addresses go to.
# timeout: 300
#
#	      eth0 ---- eth0 ns2   192.0.2.0/24
#	  ns1
#	      eth1 ---- eth0 ns3   198.51.100.0/24
. "$(dirname "$0")/lib.sh"

underlay v4
setup_ns ns3
link_pair "$ns1" eth1 198.51.100.1/24 "$ns3" eth0 198.51.100.3/24

fdb() { need bridge -n "$ns1" fdb "$@"; }
peer() { need ovltun -n "$ns1" peer "$@"; }
change() { need ip -n "$ns1" link set ovl0 type ovl-tun "$@"; }
received() { counter "$1" ovl0 rx.packets; }
drops() { ovltun -n "$ns1" -s -j dev show ovl0 | jq ".[0].drops[\"$1\"] // 0"; }

# send MAC COUNT: frames to a MAC address from ns1
send() {
	in_ns "$ns1" python3 - "$1" "$2" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("ovl0", 0))
		for i in range(int(sys.argv[2])):
		    s.send(bytes.fromhex(sys.argv[1].replace(":", "")) + b"\2\0\0\0\0\1\x88\xb5" + bytes(50))
	END
}

# have_come: how many frames ns2 and ns3 have got since $before2 and $before3
have_come() { echo "$(($(received "$ns2") - before2)) $(($(received "$ns3") - before3))"; }

# floods NAME MAC "A B": of 10 frames to the address A come to ns2 and B to ns3
floods() {
	local before2 before3
	before2=$(received "$ns2") before3=$(received "$ns3")
	send "$2" 10
	for _ in {1..20}; do
		sleep 0.2
		[ "$(have_come)" != "$3" ] || break
	done
	# What is one too many may come later than the others, or than nothing at all.
	[[ " $3 " != *" 0 "* ]] || sleep 0.5
	check_eq "$1" "$(have_come)" "$3"
}

for n in 2 3; do
	eval "ns=\$ns$n"
	[ $n = 2 ] && to=192.0.2.1 || to=198.51.100.1
	need in_ns "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add ovl0 address 02:00:00:00:00:0$n type ovl-tun id 42 remote $to
	need ip -n "$ns" link set ovl0 up
done
need in_ns "$ns1" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
need ip -n "$ns1" link add ovl0 type ovl-tun id 42
need ip -n "$ns1" link set ovl0 up

ALL=ff:ff:ff:ff:ff:ff UNKNOWN=02:00:00:00:00:77 GROUP=01:00:5e:00:00:05
before=$(drops tx-no-remote)
floods "nobody: nowhere" $ALL "0 0"
check_eq "nobody: counted" "$(drops tx-no-remote)" $((before + 10))

# Peers
peer add ovl0 2 remote 192.0.2.2 mac 02:00:00:00:00:02
peer add ovl0 3 remote 198.51.100.3
floods "peers: a broadcast goes to all" $ALL "10 10"
floods "peers: so does a multicast" $GROUP "10 10"
floods "peers: and what nobody has" $UNKNOWN "10 10"
floods "peers: what one has goes there" 02:00:00:00:00:02 "10 0"
check_eq "peers: each counts its own" \
	"$(ovltun -n "$ns1" -s -j peer show ovl0 | jq -c 'map(.stats.tx_packets // .tx_packets)')" '[40,30]'

# A multicast address of its own
fdb append $GROUP dev ovl0 dst 198.51.100.3
floods "an entry for a multicast address" $GROUP "0 10"
fdb append $GROUP dev ovl0 dst 192.0.2.2
floods "with two destinations" $GROUP "10 10"
fdb del $GROUP dev ovl0 dst 198.51.100.3
floods "with one again" $GROUP "10 0"
fdb del $GROUP dev ovl0

# The link's remote, and what is appended to it
check_fail "a remote that is a peer as well" 'has this remote' \
	ip -n "$ns1" link set ovl0 type ovl-tun remote 192.0.2.2
peer flush ovl0
change remote 192.0.2.2
floods "a remote: all goes there" $ALL "10 0"
peer add ovl0 3 remote 198.51.100.3
floods "a remote comes before peers" $ALL "10 0"
fdb append 00:00:00:00:00:00 dev ovl0 dst 198.51.100.3
floods "a flood list is added to the remote" $UNKNOWN "10 10"
fdb add 02:00:00:00:00:77 dev ovl0 dst 198.51.100.3
floods "an entry comes before both" $UNKNOWN "0 10"
fdb replace 02:00:00:00:00:77 dev ovl0 dst 0.0.0.0
floods "an entry that leads nowhere" $UNKNOWN "0 0"
fdb del 02:00:00:00:00:77 dev ovl0
change remote any
floods "a flood list without a remote" $ALL "0 10"
fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.2
fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.222
floods "one of three can't be reached" $ALL "10 10"
fdb del 00:00:00:00:00:00 dev ovl0
floods "without it peers are flooded to again" $ALL "0 10"

# Frames that are shared with a bridge or a tap are not written to.
fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.2
fdb append 00:00:00:00:00:00 dev ovl0 dst 198.51.100.3
need ip -n "$ns1" address add 10.0.0.1/24 dev ovl0
for n in 2 3; do
	eval "ns=\$ns$n"
	need ip -n "$ns" address add 10.0.0.$n/24 dev ovl0
	check "ping through the flood list, node $n" in_ns "$ns1" ping -n -q -c 2 -i 0.1 -w 5 10.0.0.$n
	check "10,000 bytes, node $n" in_ns "$ns1" ping -n -q -c 1 -w 5 -s 10000 10.0.0.$n
done

# A multicast group: three nodes on one network
setup_ns sw n4 n5 n6
need ip -n "$sw" link add br0 type bridge mcast_snooping 0
need ip -n "$sw" link set br0 up
for n in 4 5 6; do
	eval "ns=\$n$n"
	link_pair "$sw" "p$n" '' "$ns" eth0 "203.0.113.$n/24 2001:db8:1::$n/64"
	need ip -n "$sw" link set "p$n" master br0
done
members() { ip -n "$1" maddress show dev eth0 | grep -c -e "$2"; }

# ttl: with which TTL or hop limit a flooded frame leaves n4
ttl() {
	in_ns "$n4" python3 - <<-'END'
		import socket
		ours, eth = (socket.socket(socket.AF_PACKET, socket.SOCK_RAW, proto)
		             for proto in (0, socket.htons(3)))
		ours.bind(("ovl0", 0))
		eth.bind(("eth0", 3))
		eth.settimeout(5)
		ours.send(b"\xff" * 6 + b"\2\0\0\0\0\1\x88\xb5" + b"which one" * 6)
		while b"which one" not in (frame := eth.recv(2000)):
		    pass
		print(frame[22] if frame[12:14] == b"\x08\0" else frame[21])
	END
}

for group in 239.1.1.1 ff05::42; do
	for n in 4 5 6; do
		eval "ns=\$n$n"
		need ip -n "$ns" link add ovl0 type ovl-tun id 7 group $group dev eth0 learning encap vxlan
		need ip -n "$ns" address add 10.1.0.$n/24 dev ovl0
		check_eq "$group: node $n is no member while it is down" "$(members "$ns" $group)" 0
		need ip -n "$ns" link set ovl0 up
		check_eq "$group: node $n is one when it is up" "$(members "$ns" $group)" 1
	done
	check_match "$group: ip shows it" "$(ip -n "$n4" -d link show ovl0)" " group $group dev eth0 "
	check_match "$group: bridge fdb too" "$(bridge -n "$n4" fdb show dev ovl0)" \
		"00:00:00:00:00:00 dst $group via eth0 self permanent"
	for n in 5 6; do
		check "$group: node $n is found" in_ns "$n4" ping -n -q -c 1 -w 5 10.1.0.$n
	done
	check_eq "$group: TTL 1 unless said otherwise" "$(ttl)" 1
	need ip -n "$n4" link set ovl0 type ovl-tun ttl 5
	check_eq "$group: ttl 5" "$(ttl)" 5
	need ip -n "$n4" link set ovl0 type ovl-tun ttl auto
	check_eq "$group: and back" "$(ttl)" 1
	check "$group: and learned" eval "bridge -n $n4 fdb show dev ovl0 | grep -qE '^[^ ]+ dst [^ ]*[.:][56] self'"
	need ip -n "$n4" link add ovl1 type ovl-tun id 8 group $group dev eth0 learning encap vxlan
	need ip -n "$n4" link set ovl1 up
	need ip -n "$n4" link del ovl0
	check_eq "$group: two devices, one goes" "$(members "$n4" $group)" 1
	need ip -n "$n4" link set ovl1 type ovl-tun remote 203.0.113.9
	check_eq "$group: a remote that is none leaves it" "$(members "$n4" $group)" 0
	need ip -n "$n4" link set ovl1 type ovl-tun group $group
	check_eq "$group: and one that is joins it" "$(members "$n4" $group)" 1
	need ip -n "$n4" link set ovl1 down
	check_eq "$group: down" "$(members "$n4" $group)" 0
	need ip -n "$n4" link del ovl1
	need ip -n "$n5" link del ovl0
	need ip -n "$n6" link del ovl0
done
check_fail "a group needs dev" 'group needs dev' ip -n "$n4" link add ovl0 type ovl-tun id 7 group 239.1.1.1
check_fail "a group needs layer 2" 'layer 2' \
	ip -n "$n4" link add ovl0 type ovl-tun id 7 layer3 group 239.1.1.1 dev eth0
