#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bridge fdb ... nhid: entries that lead to a group of nexthops, as vxlan.ko's.
# timeout: 300
#
#	      eth0 ---- eth0 ns2   192.0.2.0/24
#	  ns1
#	      eth1 ---- eth0 ns3   198.51.100.0/24
. "$(dirname "$0")/lib.sh"
. "$TESTS/same.sh"

setup_ns ns
need ip -n "$ns" link add u0 type dummy
need ip -n "$ns" address add 192.0.2.1/24 dev u0
need ip -n "$ns" address add 2001:db8::1/64 dev u0
need ip -n "$ns" link set u0 up
need ip -n "$ns" link add mark type vxlan id 7 dstport 4790
need ip -n "$ns" -batch - <<-'END'
	nexthop add id 1 via 192.0.2.11 fdb
	nexthop add id 2 via 192.0.2.12 fdb
	nexthop add id 3 via 2001:db8::3 fdb
	nexthop add id 4 via 192.0.2.9 dev u0
	nexthop add id 5 via 127.0.0.1 fdb
	nexthop add id 10 group 1/2 fdb
	nexthop add id 11 group 1 fdb
	nexthop add id 12 group 3 fdb
	nexthop add id 13 group 4
	nexthop add id 14 group 1/2 type resilient buckets 8 fdb
	nexthop add id 15 group 1/5 fdb
END

same "nhid" "nolearning" "" <<-'END'
	fdb add 02:00:00:00:00:01 DEV nhid 10
	fdb add 02:00:00:00:00:02 DEV nhid 11 static
	fdb add 02:00:00:00:00:03 DEV nhid 14
	fdb add 02:00:00:00:00:04 DEV dst 192.0.2.11
	# no groups of fdb nexthops
	fdb add 02:00:00:00:00:05 DEV nhid 1
	fdb add 02:00:00:00:00:05 DEV nhid 13
	fdb add 02:00:00:00:00:05 DEV nhid 99
	# beside other destinations
	fdb add 02:00:00:00:00:05 DEV nhid 10 dst 192.0.2.11
	fdb add 02:00:00:00:00:05 DEV nhid 10 vni 5
	fdb add 02:00:00:00:00:05 DEV nhid 10 port 4790
	fdb add 02:00:00:00:00:05 DEV nhid 10 via u0
	# others
	fdb add 02:00:00:00:00:01 DEV nhid 10
	fdb replace 02:00:00:00:00:01 DEV nhid 11
	fdb replace 02:00:00:00:00:01 DEV nhid 11
	fdb replace 02:00:00:00:00:01 DEV nhid 99
	fdb append 02:00:00:00:00:01 DEV nhid 10
	fdb replace 02:00:00:00:00:04 DEV nhid 10
	fdb append 02:00:00:00:00:04 DEV nhid 10
	fdb replace 02:00:00:00:00:06 DEV nhid 10 extern_learn
	fdb replace 02:00:00:00:00:06 DEV nhid 10 static
	# for many addresses
	fdb add 00:00:00:00:00:00 DEV nhid 10
	fdb append 00:00:00:00:00:00 DEV nhid 11
	fdb replace 00:00:00:00:00:00 DEV nhid 11
	fdb add 01:00:5e:00:00:05 DEV nhid 10
	# less
	fdb del 02:00:00:00:00:02 DEV nhid 11
	fdb del 02:00:00:00:00:03 DEV dst 192.0.2.11
	fdb del 02:00:00:00:00:06 DEV
END

same "with a remote" "nolearning remote 192.0.2.2" "remote 192.0.2.2" <<-'END'
	fdb add 02:00:00:00:00:01 DEV nhid 10
	fdb add 02:00:00:00:00:02 DEV nhid 10
	fdb replace 02:00:00:00:00:02 DEV nhid 11
	fdb del 02:00:00:00:00:02 DEV
	fdb add 00:00:00:00:00:00 DEV nhid 10
	fdb append 00:00:00:00:00:00 DEV nhid 10
	fdb replace 00:00:00:00:00:00 DEV nhid 10
END

same "IPv6" "nolearning local 2001:db8::1" "local 2001:db8::1" <<-'END'
	fdb add 02:00:00:00:00:01 DEV nhid 12
	fdb add 02:00:00:00:00:02 DEV nhid 12
	fdb del 02:00:00:00:00:01 DEV
	fdb add 02:00:00:00:00:01 DEV nhid 12
END

# The words of a refusal
fdb() { bridge -n "$ns" fdb "$@"; }
table() { fdb show dev ovl0 | sed 's/ *$//' | sort; }
nexthop() { need ip -n "$ns" nexthop "$@"; }
peers() { ovltun -n "$ns" -j peer show ovl0 | jq -c 'map(.remote) | sort'; }
peers_are() { [ "$(peers)" = "$1" ]; }

M=02:00:00:00:00:0
need ip -n "$ns" link add ovl0 type ovl-tun id 42
check_fail "a nexthop that isn't there" 'there is no nexthop 99' bridge -n "$ns" fdb add ${M}1 dev ovl0 nhid 99
check_fail "a nexthop that is no group" 'must be a group' bridge -n "$ns" fdb add ${M}1 dev ovl0 nhid 1
check_fail "a member that can't be sent to" "nexthop 5 isn't the address of another node" \
	bridge -n "$ns" fdb add ${M}1 dev ovl0 nhid 15
check_eq "leaves nothing behind" "$(table)$(peers)" "[]"
need fdb add ${M}1 dev ovl0 nhid 10
need fdb add ${M}2 dev ovl0 nhid 14
need fdb add ${M}3 dev ovl0 nhid 12
check_match "get" "$(fdb get ${M}1 dev ovl0 self)" "^${M}1 dev ovl0 nhid 10 self permanent *\$"
check_eq "get to MAC: a member" "$(ovltun -n "$ns" -j peer get ovl0 to ${M}3 | jq -c '.[0] | [.remote, .match]')" \
	'["2001:db8::3","mac"]'
# As vxlan.ko; that of 6.12.118 alone lets it pass.
check_fail "an entry with a nhid can't be dynamic" 'dynamic' bridge -n "$ns" fdb add ${M}5 dev ovl0 nhid 10 dynamic
check_fail "nor become it" 'dynamic' bridge -n "$ns" fdb replace ${M}1 dev ovl0 nhid 10 dynamic
check_fail "an entry with a nhid gets no dst" 'delete it before it can have a dst' \
	bridge -n "$ns" fdb replace ${M}1 dev ovl0 dst 192.0.2.9

# Members are peers, which follow the nexthops.
check_eq "members are peers" "$(peers)" '["192.0.2.11","192.0.2.12","2001:db8::3"]'
nexthop replace id 2 via 192.0.2.22 fdb
check "another address of a member" busywait 5000 peers_are '["192.0.2.11","192.0.2.22","2001:db8::3"]'
nexthop add id 6 via 192.0.2.16 fdb
nexthop replace id 10 group 1/2/6 fdb
check "another member" busywait 5000 peers_are '["192.0.2.11","192.0.2.16","192.0.2.22","2001:db8::3"]'
nexthop del id 2
check "a member less, of both groups" busywait 5000 peers_are '["192.0.2.11","192.0.2.16","2001:db8::3"]'
nexthop replace id 10 group 1 fdb
check "a group of one" busywait 5000 peers_are '["192.0.2.11","2001:db8::3"]'
nexthop replace id 14 group 1/6 type resilient fdb
check "a resilient group: more" busywait 5000 peers_are '["192.0.2.11","192.0.2.16","2001:db8::3"]'
nexthop replace id 14 group 1 type resilient fdb
check "a resilient group: less" busywait 5000 peers_are '["192.0.2.11","2001:db8::3"]'
need ovltun -n "$ns" peer add ovl0 7 name seven remote 192.0.2.11
check_eq "a user's peer takes a member over" "$(ovltun -n "$ns" -j peer show ovl0 |
	jq -c 'map([.remote, .implicit // false]) | sort')" '[["192.0.2.11",false],["2001:db8::3",true]]'
need ovltun -n "$ns" peer del ovl0 7
check_eq "and gives it back" "$(ovltun -n "$ns" -j peer show ovl0 |
	jq -c 'map([.remote, .implicit // false]) | sort')" '[["192.0.2.11",true],["2001:db8::3",true]]'
need fdb replace ${M}3 dev ovl0 nhid 10
check_eq "another group" "$(table)$(peers)" "${M}1 nhid 10 self permanent
${M}2 nhid 14 self permanent
${M}3 nhid 10 self permanent[\"192.0.2.11\"]"
nexthop del id 10
check_eq "without the group there are no entries" "$(table)" "${M}2 nhid 14 self permanent"
nexthop del id 1
check_eq "nor without its last member" "$(table)$(peers)" "[]"
nexthop add id 1 via 192.0.2.11 fdb
nexthop add id 10 group 1 fdb
need fdb add ${M}1 dev ovl0 nhid 10
need fdb add ${M}2 dev ovl0 nhid 12
need fdb add ${M}3 dev ovl0 dst 192.0.2.12
if bridge fdb help 2>&1 | sed -n '/flush/,$p' | grep -q nhid &&
	bridge -n "$ns" fdb flush dev mark nhid 10 2>/dev/null; then
	need fdb flush dev ovl0 nhid 10
	check_eq "flush by nhid" "$(table)" "${M}2 nhid 12 self permanent
${M}3 dst 192.0.2.12 self permanent"
else
	skip "flush by nhid" "this bridge has no filter for flush"
fi
check_fail "the namespace of the underlay counts" 'there is no nexthop 10' bash -c "
	ip -n $ns link add ovl1 type ovl-tun id 43 && ip netns add $ns-b &&
	ip -n $ns link set ovl1 netns $ns-b && ip -n $ns nexthop del id 10 &&
	ip -n $ns-b nexthop add id 1 via 192.0.2.11 fdb && ip -n $ns-b nexthop add id 10 group 1 fdb &&
	bridge -n $ns-b fdb add ${M}1 dev ovl1 nhid 10"
defer ip netns del "$ns-b"
nexthop add id 10 group 1 fdb
need bridge -n "$ns-b" fdb add ${M}1 dev ovl1 nhid 10
need ip -n "$ns" link del ovl0

# Traffic
underlay v4
setup_ns ns3
link_pair "$ns1" eth1 198.51.100.1/24 "$ns3" eth0 198.51.100.3/24
for n in 1 2 3; do
	eval "at=\$ns$n"
	[ $n = 3 ] && to=198.51.100.1 || to=192.0.2.1
	need in_ns "$at" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
	[ $n = 1 ] && remote= || remote="remote $to"
	# shellcheck disable=SC2086 # words
	need ip -n "$at" -batch - <<-END
		link add ovl0 address 02:00:00:00:00:0$n type ovl-tun id 42 encap vxlan $remote
		link add vx0 type vxlan id 43 dstport 4791 nolearning $remote
		link set ovl0 up
		link set vx0 up
	END
done
need ip -n "$ns1" -batch - <<-'END'
	nexthop add id 2 via 192.0.2.2 fdb
	nexthop add id 3 via 198.51.100.3 fdb
	nexthop add id 10 group 2/3 fdb
END
for dev in ovl0 vx0; do need bridge -n "$ns1" fdb add 02:00:00:00:00:99 dev $dev nhid 10; done

# send NS DEV SOURCE FLOWS COUNT: COUNT frames of each of FLOWS flows to 02::99
send() {
	in_ns "$1" python3 - "$2" "$3" "$4" "$5" <<-'END'
		import socket, struct, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((sys.argv[1], 0))
		eth = b"\2\0\0\0\0\x99" + bytes.fromhex(sys.argv[2].replace(":", "")) + b"\x08\0"
		ip = bytes.fromhex("4500002800004000401100000a0000010a000002")
		for i in range(int(sys.argv[3])):
		    for n in range(int(sys.argv[4])):
		        s.send(eth + ip + struct.pack("!4H", 1000 + i, 9, 20, 0) + bytes(30))
	END
}
received() { counter "$1" "$2" rx.packets; }
# got DEV FLOWS COUNT: how many frames came to ns2 and to ns3
got() {
	local a b all
	a=$(received "$ns2" "$1") b=$(received "$ns3" "$1")
	send "$ns1" "$1" 02:00:00:00:00:01 "$2" "$3"
	all=$((a + b + $2 * $3))
	busywait 2000 eval "[ \$((\$(received $ns2 $1) + \$(received $ns3 $1))) -ge $all ]"
	echo $(($(received "$ns2" "$1") - a)) $(($(received "$ns3" "$1") - b))
}
# share NAME DEV MIN MAX: of 200 flows ns2 gets so many, ns3 the rest
share() {
	local n2 n3
	read -r n2 n3 <<<"$(got "$2" 200 1)"
	check_eq "$1: $2: all come" $((n2 + n3)) 200
	check_ge "$1: $2: ns2 has enough" "$n2" "$3"
	check_le "$1: $2: and not too many" "$n2" "$4"
}
for dev in ovl0 vx0; do share "two members" $dev 60 140; done
check_match "a flow keeps to one" "$(got ovl0 1 20)" '^(20 0|0 20)$'
need ip -n "$ns1" nexthop replace id 10 group 2,30/3,10 fdb
for dev in ovl0 vx0; do share "weights 3 to 1" $dev 120 180; done
need ip -n "$ns1" nexthop add id 20 group 2/3 type resilient buckets 32 fdb
for dev in ovl0 vx0; do
	need bridge -n "$ns1" fdb replace 02:00:00:00:00:99 dev $dev nhid 20
	share "resilient" $dev 60 140
done

# The list of whom to flood to may be a group, of which one gets the frame.
need bridge -n "$ns1" fdb del 02:00:00:00:00:99 dev ovl0
need bridge -n "$ns1" fdb add 00:00:00:00:00:00 dev ovl0 nhid 10
share "flooded" ovl0 120 180
need bridge -n "$ns1" fdb del 00:00:00:00:00:00 dev ovl0
need bridge -n "$ns1" fdb add 02:00:00:00:00:99 dev ovl0 nhid 20

# Who is heard
strange() { ovltun -n "$ns1" -s -j dev show ovl0 | jq ".[0].drops[\"$1\"] // 0"; }
# heard NS SOURCE: whether ns1 takes a frame
heard() {
	local before
	before=$(received "$ns1" ovl0)
	send "$1" ovl0 "$2" 1 1
	busywait 1000 eval "[ \$(received $ns1 ovl0) -gt $before ]"
}
check "a member is a known sender" heard "$ns2" 02:00:00:00:00:02
check "the other one too" heard "$ns3" 02:00:00:00:00:03
need ip -n "$ns1" link set ovl0 type ovl-tun learning
check "learning: a member may speak for the address" heard "$ns3" 02:00:00:00:00:99
need ip -n "$ns1" nexthop replace id 20 group 2 type resilient fdb
check "a group of one: all go there" busywait 5000 eval '[ "$(got ovl0 20 1)" = "20 0" ]'
check "who left it is no peer" busywait 5000 eval \
	'[ "$(ovltun -n "$ns1" -j peer show ovl0 | jq -c "map(.remote)")" = "[\"192.0.2.2\"]" ]'
before=$(strange rx-mac-static)
check_fail "learning: nobody else may" '' heard "$ns3" 02:00:00:00:00:99
check_eq "it is counted" "$(strange rx-mac-static)" $((before + 1))
need ip -n "$ns1" link set ovl0 type ovl-tun nolearning

# Members come and go under traffic, and nothing is lost.
a=$(received "$ns2" ovl0) b=$(received "$ns3" ovl0)
send "$ns1" ovl0 02:00:00:00:00:01 100 20 &
for _ in {1..8}; do
	need ip -n "$ns1" nexthop replace id 20 group 2/3 type resilient fdb
	need ip -n "$ns1" nexthop replace id 20 group 2 type resilient fdb
	need ip -n "$ns1" nexthop replace id 10 group 2/3 fdb
	need bridge -n "$ns1" fdb replace 02:00:00:00:00:99 dev ovl0 nhid 10
	need ip -n "$ns1" nexthop replace id 10 group 3 fdb
	need bridge -n "$ns1" fdb replace 02:00:00:00:00:99 dev ovl0 nhid 20
done
wait %+
check "changes lose nothing" busywait 5000 eval \
	'[ $(($(received "$ns2" ovl0) - a + $(received "$ns3" ovl0) - b)) = 2000 ]'
check_eq "nothing is dropped" "$(ovltun -n "$ns1" -s -j dev show ovl0 | jq -c ".[0].drops | with_entries(select(.key | startswith(\"tx\")))")" "{}"

# The end of everything, with entries
need ip -n "$ns1" nexthop del id 3
need ip netns del "$ns1"
