#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Learning: who is learned where, for how long, how many, and what moves.
# timeout: 300
#
#	      eth0 ---- eth0 ns2   192.0.2.0/24
#	  ns1
#	      eth1 ---- eth0 ns3   198.51.100.0/24
. "$(dirname "$0")/lib.sh"

underlay v4
setup_ns ns3
link_pair "$ns1" eth1 198.51.100.1/24 "$ns3" eth0 198.51.100.3/24

M2=02:00:00:00:00:02 M3=02:00:00:00:00:03

fdb() { bridge -n "$ns1" fdb "$@"; }
table() { fdb show dev ovl0 | sed 's/ *$//' | sort; }
entries() { fdb show dev ovl0 | wc -l; }
has() { fdb show dev ovl0 | grep -q "$1"; }
gone() { ! has "$1"; }
peers() { ovltun -n "$ns1" -j peer show ovl0 | jq -c 'map([.remote, .implicit])'; }
no_peers() { [ "$(peers)" = '[]' ]; }
change() { need ip -n "$ns1" link set ovl0 type ovl-tun "$@"; }
# ns1 floods nothing, so it learns its neighbours from their requests.
reaches() {
	ip -n "$1" neigh flush dev ovl0
	in_ns "$1" ping -n -q -c 1 -w 5 "$2"
}
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 0.5 "$2"; }
drops() { ovltun -n "$ns1" -s -j dev show ovl0 | jq ".[0].drops[\"$1\"] // 0"; }
dropped() { [ "$(drops "$1")" -gt "$2" ]; }

# frames NS SOURCE COUNT: broadcasts of COUNT sources from this one on
frames() {
	in_ns "$1" python3 - "$2" "$3" <<-'END'
		import socket, sys
		first = int(sys.argv[1].replace(":", ""), 16)
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("ovl0", 0))
		for i in range(int(sys.argv[2])):
		    s.send(b"\xff" * 6 + (first + i).to_bytes(6, "big") + b"\x88\xb5" + bytes(50))
	END
}

need ip -n "$ns1" link add ovl0 type ovl-tun id 42 learning
for n in 2 3; do
	eval "ns=\$ns$n mac=\$M$n"
	[ $n = 2 ] && to=192.0.2.1 || to=198.51.100.1
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add ovl0 address "$mac" type ovl-tun id 42 remote $to
	need ip -n "$ns" address add 10.0.0.$n/24 dev ovl0
	need ip -n "$ns" link set ovl0 up
done
need ip -n "$ns1" address add 10.0.0.1/24 dev ovl0
check_match "ip shows it" "$(ip -n "$ns1" -d link show ovl0)" ' learning '

ip netns exec "$ns1" bridge monitor fdb >"$_tmp/monitor" 2>/dev/null &
defer kill $!
listens() {
	bridge -n "$ns1" fdb replace 02:00:00:00:ff:ff dev ovl0 dst 192.0.2.$((RANDOM % 250 + 1))
	[ -s "$_tmp/monitor" ]
}
need busywait 5000 listens
need fdb del 02:00:00:00:ff:ff dev ovl0
need ip -n "$ns1" link set ovl0 up
check "a frame is answered to where it came from, without a remote" reaches "$ns2" 10.0.0.1
check "also to another node" reaches "$ns3" 10.0.0.1
check_eq "the table" "$(table)" "$M2 dst 192.0.2.2 self
$M3 dst 198.51.100.3 self"
check_eq "a peer for each" "$(peers | jq -c sort)" '[["192.0.2.2",true],["198.51.100.3",true]]'
check "told" busywait 5000 grep -q "^$M3 dev ovl0 dst 198.51.100.3 self" "$_tmp/monitor"

# A user's peer: each event has the address that its frames go to.
need ovltun -n "$ns1" peer add ovl0 9 remote 192.0.2.99 mac 02:00:00:00:00:99
check "told of a new peer's address" \
	busywait 5000 grep -q "^02:00:00:00:00:99 dev ovl0 dst 192.0.2.99 self static" "$_tmp/monitor"
need ovltun -n "$ns1" peer set ovl0 9 remote 192.0.2.98 mac +02:00:00:00:00:9a
check "of one more, with another remote" \
	busywait 5000 grep -q "^02:00:00:00:00:9a dev ovl0 dst 192.0.2.98 self static" "$_tmp/monitor"
need ovltun -n "$ns1" peer set ovl0 9 remote 192.0.2.97 mac -02:00:00:00:00:9a
check "of one less, with the remote that it had" \
	busywait 5000 grep -q "^Deleted 02:00:00:00:00:9a dev ovl0 dst 192.0.2.98 self static" "$_tmp/monitor"
need ovltun -n "$ns1" peer del ovl0 9

# A move. The old place must not speak up again.
need ip -n "$ns2" link set ovl0 down
need ip -n "$ns3" link set ovl0 address $M2
check "an address that has moved" reaches "$ns3" 10.0.0.1
check "is in its new place" has "$M2 dst 198.51.100.3 self"
check "the peer that nothing leads to goes" \
	busywait 5000 eval '[ "$(peers)" = "[[\"198.51.100.3\",true]]" ]'
check "told of the move" busywait 5000 grep -q "^$M2 dev ovl0 dst 198.51.100.3 self" "$_tmp/monitor"
need ip -n "$ns2" link set ovl0 up

# What a user says is not moved, unless he calls it dynamic.
need fdb replace $M2 dev ovl0 dst 192.0.2.2 static
before=$(drops rx-mac-static)
check "a static entry: frames from elsewhere don't pass" cut_off "$ns3" 10.0.0.1
check "they are counted" busywait 5000 dropped rx-mac-static "$before"
check "and move nothing" has "$M2 dst 192.0.2.2 self static"
check "those from there pass" reaches "$ns2" 10.0.0.1
need fdb replace $M2 dev ovl0 dst 192.0.2.2 dynamic
need ip -n "$ns2" link set ovl0 down
check "a dynamic one moves" reaches "$ns3" 10.0.0.1
check "to where the frame came from" has "$M2 dst 198.51.100.3 self"
need fdb append $M2 dev ovl0 dst 192.0.2.2
check "append: what was learned gives way to what a user says" \
	has "$M2 dst 192.0.2.2 self permanent"
check "told" busywait 5000 grep -q "^$M2 dev ovl0 dst 192.0.2.2 self permanent" "$_tmp/monitor"
need fdb append $M2 dev ovl0 dst 198.51.100.3
check "and what he has said stays, as with vxlan.ko" has "$M2 dst 192.0.2.2 self permanent"
need fdb del $M2 dev ovl0
need ip -n "$ns3" link set ovl0 address $M3
need ip -n "$ns2" link set ovl0 up

# What can't be a source
before=$(drops rx-mac-invalid)
frames "$ns2" 01:00:5e:00:00:01 1
frames "$ns2" 00:00:00:00:00:00 1
check "sources that are none" busywait 5000 dropped rx-mac-invalid $((before + 1))
check "are not learned" gone '^0[01]:00'

# How many
change maxaddress 10
frames "$ns2" 02:00:00:01:00:00 50
busywait 5000 eval '[ "$(entries)" = 10 ]'
check_eq "maxaddress" "$(entries)" 10
check "a frame whose source finds no room is received" \
	eval 'before=$(counter "$ns1" ovl0 rx.packets); frames "$ns2" 02:00:00:02:00:00 1
		busywait 5000 eval "[ \$(counter $ns1 ovl0 rx.packets) -gt $before ]"'
check_fail "no room for a user either" 'maxaddress, 10 entries' \
	bridge -n "$ns1" fdb add 02:00:00:00:00:99 dev ovl0 dst 192.0.2.9
frames "$ns3" 02:00:00:01:00:00 1
check "what is known may move" busywait 5000 has "^02:00:00:01:00:00 dst 198.51.100.3"

# How long
need fdb replace "$(table | grep -o '^02:00:00:01:[^ ]*' | head -n 1)" dev ovl0 dst 192.0.2.2 extern_learn dynamic
change maxaddress 0 ageing 1
check "learned entries go when they are old" busywait 20000 eval '[ "$(entries)" = 1 ]'
check_match "not what a routing daemon has learned" "$(table)" 'extern_learn'
check "told" busywait 5000 grep -q "^Deleted 02:00:00:01:.* stale" "$_tmp/monitor"
change ageing 0
check "ageing 0: learned again" reaches "$ns2" 10.0.0.1
sleep 2
check "and for good" has "$M2 dst 192.0.2.2 self"

# A broadcast every 0.3 s, and a line for each pause between two, in ms
steady='
import socket, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("ovl0", 0))
frame = b"\xff" * 6 + bytes.fromhex(sys.argv[1].replace(":", "")) + b"\x88\xb5" + bytes(50)
last = time.monotonic()
while True:
    s.send(frame)
    now = time.monotonic()
    print(round((now - last) * 1000), flush=True)
    last = now
    time.sleep(0.3)
'
# Again, if this machine was too busy to send in time.
for i in {1..5}; do
	quiet=02:00:00:04:0$i:01 busy=02:00:00:04:0$i:02
	background ip netns exec "$ns2" python3 -c "$steady" "$busy"
	need busywait 10000 has "^$busy"
	frames "$ns2" "$quiet" 1
	need busywait 5000 has "^$quiet"
	change ageing 3
	busywait 20000 grep -q "^Deleted $quiet" "$_tmp/monitor"
	sleep 3
	change ageing 300
	kill "$bg_pid"
	pause=$(sort -n "$bg_out" | tail -n 1)
	[ "$pause" -ge 2000 ] || break
done
diag "longest pause $pause ms, $i. attempt"
check "an address that nobody sends from goes" grep "^Deleted $quiet" "$_tmp/monitor"
check "one in use stays" has "^$busy dst 192.0.2.2 self"
check_fail "and has never gone" '' grep "^Deleted $busy" "$_tmp/monitor"
change ageing 300

# Down and up
need fdb add 02:00:00:00:00:98 dev ovl0 dst 192.0.2.98
need ip -n "$ns1" link set ovl0 down
check_eq "down: what was learned is forgotten" "$(table)" "02:00:00:00:00:98 dst 192.0.2.98 self permanent"
need fdb del 02:00:00:00:00:98 dev ovl0
check "no peer is left" busywait 5000 no_peers
need ip -n "$ns1" link set ovl0 up
check "up: learned again" reaches "$ns2" 10.0.0.1

# A change of what is sent holds for learned peers too.
change encap vxlan
check "another encapsulation" reaches "$ns2" 10.0.0.1
check_eq "is what a learned peer is sent" \
	"$(ovltun -n "$ns1" -j peer show ovl0 | jq -r '.[0].path.encap // .[0].encap')" vxlan

# Whom to learn from
change nolearning
before=$(drops rx-source-unknown)
check "nolearning: a learned peer is no known one" cut_off "$ns2" 10.0.0.1
check "counted" busywait 5000 dropped rx-source-unknown "$before"
check_fail "source learn needs learning" 'needs a device that learns' \
	ip -n "$ns1" link set ovl0 type ovl-tun source learn
need ip -n "$ns1" link set ovl0 down
need ip -n "$ns1" link set ovl0 up
change learning source strict
need ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2
check "source strict: peers are learned from" reaches "$ns2" 10.0.0.1
check "source strict: it is" has "$M2 dst 192.0.2.2 self"
check "source strict: others are not" cut_off "$ns3" 10.0.0.1
change source any
frames "$ns3" 02:00:00:03:00:00 3
check "source any: nothing is learned of others" gone 198.51.100.3
check_eq "a peer is learned under its own id" \
	"$(ovltun -n "$ns1" -j peer get ovl0 to $M2 | jq -c '.[0] | [.peer, .match]')" '[1,"mac"]'
need ovltun -n "$ns1" peer del ovl0 1

# What is learned keeps no user from removing a peer: the device ovl1 has its remote.
# The third node is to be silent meanwhile, and the second wherever no peer is to be
# left: IPv6 tells its groups (MLD) soon after each change of a device that is up.
need ip -n "$ns3" link set ovl0 down
need ip -n "$ns2" link set ovl0 down
need ip -n "$ns1" link add ovl1 type ovl-tun id 42 source strict
need ovltun -n "$ns1" peer add ovl1 1 remote 192.0.2.2
change source auto
need fdb flush dev ovl0
need busywait 5000 no_peers
need ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2 vni 43 rxvni 43
need ip -n "$ns2" link set ovl0 type ovl-tun id 43
need ip -n "$ns2" link set ovl0 up
check "a peer with a VNI of its own" reaches "$ns2" 10.0.0.1
check "is learned" has "$M2 dst 192.0.2.2 vni 43 self"
check "and can be removed" ovltun -n "$ns1" peer del ovl0 1
check_eq "what is left of it is learned" "$(peers)" '[["192.0.2.2",true]]'
need ip -n "$ns1" link del ovl1
need ip -n "$ns2" link set ovl0 down
need ip -n "$ns2" link set ovl0 type ovl-tun id 42
need fdb flush dev ovl0
check "until the entry goes" busywait 5000 no_peers
need ip -n "$ns2" link set ovl0 up

# Who becomes known is sent what he is said to want, for what was learned before, too.
check "learned" reaches "$ns2" 10.0.0.1
check "with the device's port" has "^$M2 dst 192.0.2.2 self"
need fdb add 02:00:00:00:00:77 dev ovl0 dst 192.0.2.2 port 8473
frames "$ns2" $M2 1
frames "$ns2" 02:00:00:00:00:22 1
need busywait 5000 has "^02:00:00:00:00:22"
check "also beside an entry with another port" has "^$M2 dst 192.0.2.2 self"
need fdb del 02:00:00:00:00:77 dev ovl0
need fdb del 02:00:00:00:00:22 dev ovl0
need ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2 dstport 8472
frames "$ns2" $M2 1
check "a peer with a port of its own: that is sent to" \
	busywait 5000 has "^$M2 dst 192.0.2.2 port 8472 self"
check "and the learned peer goes" busywait 5000 eval '[ "$(peers | jq length)" = 1 ]'
need ovltun -n "$ns1" peer del ovl0 1
need ip -n "$ns2" link set ovl0 down
need fdb flush dev ovl0
need busywait 5000 no_peers
need ip -n "$ns2" link set ovl0 up
need ip -n "$ns3" link set ovl0 up
check_fail "layer 3 devices don't learn" 'layer 2' \
	ip -n "$ns1" link add ovl3 type ovl-tun id 43 layer3 learning
check_fail "ageing has a limit" 'ageing must be' \
	ip -n "$ns1" link set ovl0 type ovl-tun ageing 4000000000

# Many, while everything changes
change source auto maxaddress 0
(
	for i in {1..5}; do
		frames "$ns2" 02:00:01:00:00:00 2000
		frames "$ns3" 02:00:01:00:00:00 2000
	done
) &
for i in {1..8}; do
	ip -n "$ns1" link set ovl0 type ovl-tun encap geneve
	ip -n "$ns1" link set ovl0 type ovl-tun encap vxlan
	bridge -n "$ns1" fdb show dev ovl0 >/dev/null
	ip -n "$ns1" link set ovl0 down
	ip -n "$ns1" link set ovl0 up
done
wait %+
frames "$ns3" 02:00:01:00:00:00 2000
busywait 5000 eval '[ "$(entries)" -ge 2000 ]'
check_ge "2000 addresses after a storm" "$(entries)" 2000
check_eq "a peer for all" "$(peers | jq -c 'map(select(.[0] == "198.51.100.3"))')" '[["198.51.100.3",true]]'
need ip -n "$ns1" link del ovl0

# A link-local sender: which of two interfaces leads back to it is learned too.
need ip -n "$ns1" address add fe80::1/64 dev eth1
need ip -n "$ns1" address add 2001:db8:3::1/64 dev eth1
need ip -n "$ns3" address add fe80::3/64 dev eth0
need ip -n "$ns3" link del ovl0
need ip -n "$ns3" link add ovl0 address $M3 type vxlan id 77 dstport 4790 nolearning local fe80::3 remote fe80::1 dev eth0
need ip -n "$ns3" address add 10.0.0.3/24 dev ovl0
need ip -n "$ns3" link set ovl0 up
for type in "vxlan dstport 4790 local 2001:db8:3::1" "ovl-tun encap vxlan vxlanport 4790"; do
	# shellcheck disable=SC2086 # words
	need ip -n "$ns1" link add ovl0 type $type id 77 learning
	need ip -n "$ns1" address add 10.0.0.1/24 dev ovl0
	need ip -n "$ns1" link set ovl0 up
	check "${type%% *}: a link-local sender is answered" reaches "$ns3" 10.0.0.1
	check_eq "${type%% *}: by the way it came" "$(table | grep "^$M3")" "$M3 dst fe80::3 via eth1 self"
	need ip -n "$ns1" link del ovl0
done
need ip -n "$ns1" address del fe80::1/64 dev eth1

# A link-local address is another node's on each link.
here=fe80::a
for ns in "$ns2" "$ns3"; do
	need ip -n "$ns" link del ovl0
	need ip -n "$ns" address add fe80::1/64 dev eth0
	need ip -n "$ns" link add ovl0 type ovl-tun id 42 local fe80::1 remote $here dev eth0
	need ip -n "$ns" link set ovl0 up
	here=fe80::b
done
need ip -n "$ns1" address add fe80::a/64 dev eth0
need ip -n "$ns1" address add fe80::b/64 dev eth1
need ip -n "$ns1" link add ovl0 type ovl-tun id 42 learning
need ip -n "$ns1" link set ovl0 up
frames "$ns2" 02:00:00:06:00:02 1
check "a link-local address" busywait 5000 has "^02:00:00:06:00:02 dst fe80::1 .*via eth0"
frames "$ns3" 02:00:00:06:00:03 1
check "on another link" busywait 5000 has "^02:00:00:06:00:03 dst fe80::1 .*via eth1"
check_eq "is another peer's" "$(peers)" '[["fe80::1",true],["fe80::1",true]]'
frames "$ns3" 02:00:00:06:00:02 1
check "what moves there is found there" busywait 5000 has "^02:00:00:06:00:02 dst fe80::1 .*via eth1"
change source strict
need fdb flush dev ovl0
need busywait 5000 no_peers
change dev eth0
need ovltun -n "$ns1" peer add ovl0 1 remote fe80::1
frames "$ns3" 02:00:00:06:00:03 1
frames "$ns2" 02:00:00:06:00:02 1
check "source strict: a peer is learned from" busywait 5000 has "^02:00:00:06:00:02 dst fe80::1"
check "source strict: who has its address on another link is not" gone "^02:00:00:06:00:03"
need ip -n "$ns1" link del ovl0

# Nobody listens for who was only learned, but for who is named since.
need ip -n "$ns1" address add 2001:db8::1/64 dev eth0 nodad
need ip -n "$ns2" address add 2001:db8::2/64 dev eth0 nodad
need ip -n "$ns2" link del ovl0
need ip -n "$ns2" link add ovl0 address $M2 type ovl-tun id 55 remote 2001:db8::1
need ip -n "$ns2" address add 10.0.0.2/24 dev ovl0
need ip -n "$ns2" link set ovl0 up
need ip -n "$ns1" link add ovl0 type ovl-tun id 55 learning
need ip -n "$ns1" address add 10.0.0.1/24 dev ovl0
need ip -n "$ns1" link set ovl0 up
check "over IPv6" reaches "$ns2" 10.0.0.1
check "is learned" has "^$M2 dst 2001:db8::2 self"
need fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.2
check "a device of IPv4 alone listens for that alone" cut_off "$ns2" 10.0.0.1
need fdb append $M2 dev ovl0 dst 2001:db8::2
check "until one of IPv6 is named" reaches "$ns2" 10.0.0.1
need ip -n "$ns1" link del ovl0
