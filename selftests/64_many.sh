#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# More peers and forwarding entries than are dealt with in one go: flushed,
# removed with their device, and both at once with other changes.
. "$(dirname "$0")/lib.sh"

MANY=1500

underlay v4
need ip -n "$ns1" route add 10.0.0.0/8 via "$remote"

for ((i = 1; i <= MANY; i++)); do
	node="10.0.$((i / 250)).$((i % 250 + 1))"
	printf '[Peer]\nName = node%d\nRemote = %s\nAllowed = 11.0.%d.%d/32\n' \
		$i $node $((i / 250)) $((i % 250 + 1)) >&3
	printf 'fdb add 02:00:00:00:%02x:%02x dev ovl0 dst %s static\n' \
		$((i / 256)) $((i % 256)) $node >&4
done 3>"$_tmp/peers" 4>"$_tmp/fdb"

l3() { ip -n "$ns1" link add ovl0 type ovl-tun layer3 id 1 && ip -n "$ns1" link set ovl0 up; }
l2() { ip -n "$ns1" link add ovl0 type ovl-tun id 1 && ip -n "$ns1" link set ovl0 up; }
peers() { ovltun -n "$ns1" -j peer show ovl0 | jq length; }
entries() { bridge -n "$ns1" fdb show dev ovl0 | wc -l; }
no_peers() { [ "$(peers)" = 0 ]; }
# Started in the background, beside what may have removed the device before
beside() { # COMMAND...
	local gone='(Cannot find|No such) (bridge )?device|unknown ifindex|ifindex is not that'

	"$@" >"$_tmp/beside" 2>&1 || grep -qE "$gone" "$_tmp/beside"
}
nothing() { [ "$(ovltun -n "$1" -j dev)$(ovltun -n "$1" -j port)" = '[][]' ]; }

need l3
need ovltun -n "$ns1" addconf ovl0 "$_tmp/peers"
check_eq "all peers are there" "$(peers)" $MANY
# The last of them has a link of its own.
has_mtu() { [ "$(ip -n "$ns1" -j link show ovl0 | jq '.[0].mtu')" = "$1" ]; }
need ip -n "$ns1" link add d0 type dummy
need ip -n "$ns1" link set d0 up
need ip -n "$ns1" route add "10.0.$((MANY / 250)).0/24" dev d0
need ip -n "$ns1" link set d0 mtu 1400
check "the MTU follows that of a link to the last of them" busywait 10000 has_mtu 1364
need ip -n "$ns1" link set d0 mtu 1450
check "and back up" busywait 10000 has_mtu 1414
need ip -n "$ns1" link del d0
check "they are flushed" ovltun -n "$ns1" peer flush ovl0
check_eq "none is left" "$(peers)" 0

# A rule that comes meanwhile keeps its peer.
hits=0 missing=''
for ((i = 0; i < 10 && hits < 2; i++)); do
	need ovltun -n "$ns1" addconf ovl0 "$_tmp/peers"
	background ovltun -n "$ns1" monitor peer
	events=$bg_out monitor=$bg_pid
	need busywait 10000 listeners "$ns1" 1
	ovltun -n "$ns1" peer flush ovl0 2>"$_tmp/flush" &
	end=$((SECONDS + 30))
	until [ -s "$events" ] || [ $SECONDS -gt $end ]; do :; done
	ovltun -n "$ns1" rule add ovl0 pref 1 peer node$MANY drop 2>/dev/null && hits=$((hits + 1))
	wait $! || cp "$_tmp/flush" "$_tmp/why"
	missing+=$(ovltun -n "$ns1" -j rule show ovl0 | jq '.[] | select(.peer_name == null)')
	kill "$monitor"
	wait "$monitor" 2>/dev/null
	need ovltun -n "$ns1" rule flush ovl0
	need ovltun -n "$ns1" peer flush ovl0
done
check_ge "rules come while peers are flushed" $hits 1
check_eq "none names a peer that has gone" "$missing" ''
check_match "the flush says why it ends" "$(cat "$_tmp/why")" 'is in use by rule 1'

need ovltun -n "$ns1" addconf ovl0 "$_tmp/peers"
check "a device with many peers is removed" ip -n "$ns1" link del ovl0
check "another one takes its VNI" l3
check "and its peers" ovltun -n "$ns1" addconf ovl0 "$_tmp/peers"

# While the peers of one go, another one may have the same.
failed=''
for ((i = 0; i < 3; i++)); do
	need ip -n "$ns1" link set ovl0 down
	need ip -n "$ns1" link set ovl0 name old0
	ip -n "$ns1" link del old0 &
	for ((j = 0; j < 500; j++)); do
		ip -n "$ns1" link show dev old0 >/dev/null 2>&1 || break
	done
	[ $j -lt 500 ] || bail "old0 is there for ever"
	need l3
	ovltun -n "$ns1" addconf ovl0 "$_tmp/peers" || failed+=" $i"
	wait
done
check_eq "peers come while those of a removed device go" "$failed" ''
need ip -n "$ns1" link del ovl0

need l2
need bridge -n "$ns1" -batch "$_tmp/fdb"
check_eq "all entries are there" "$(entries)" $MANY
check_eq "each has a peer" "$(peers)" $MANY
check "they are flushed" bridge -n "$ns1" fdb flush dev ovl0
check_eq "none is left" "$(entries)" 0
check "their peers go too" busywait 10000 no_peers

need bridge -n "$ns1" fdb add 02:00:00:00:00:01 dev ovl0 dst 10.0.0.1 static
need bridge -n "$ns1" fdb add 02:00:00:00:00:02 dev ovl0 dst 10.0.0.1 static
need bridge -n "$ns1" fdb replace 02:00:00:00:00:02 dev ovl0 dst 10.0.0.1 dynamic
need ip -n "$ns1" link set ovl0 down
check_eq "down: a static entry stays, one that became dynamic goes" "$(bridge -n "$ns1" fdb show dev ovl0)" \
	"02:00:00:00:00:01 dst 10.0.0.1 self static"
need ip -n "$ns1" link del ovl0

failed=''
for ((i = 0; i < 3; i++)); do
	need l2
	need bridge -n "$ns1" -batch "$_tmp/fdb"
	beside bridge -n "$ns1" fdb flush dev ovl0 &
	need ip -n "$ns1" link del ovl0
	wait $! || failed+=" fdb: $(<"$_tmp/beside")"
	nothing "$ns1" || failed+=" fdb $i: something is left"
	need l3
	need ovltun -n "$ns1" addconf ovl0 "$_tmp/peers"
	beside ovltun -n "$ns1" peer flush ovl0 &
	need ip -n "$ns1" link del ovl0
	wait $! || failed+=" peers: $(<"$_tmp/beside")"
	nothing "$ns1" || failed+=" peers $i: something is left"
done
check_eq "a device is removed while it is flushed, and nothing is left" "$failed" ''

# The underlay's namespace goes while the peers of a device that was in another
# one do.
setup_ns ns3
need ip -n "$ns3" link add ovl0 link-netns "$ns1" type ovl-tun layer3 id 1
need ovltun -n "$ns3" addconf ovl0 "$_tmp/peers"
beside ip -n "$ns3" link del ovl0 &
need ip netns del "$ns1"
check "a device and its underlay's namespace are removed at once" wait $!
check "no device is left" busywait 15000 nothing "$ns3"
gone() { ! ip -n "$ns2" link show eth0 >/dev/null 2>&1; }
check "nor what the underlay had" busywait 15000 gone
need ip -n "$ns3" link add ovl0 type ovl-tun layer3 id 1
check_eq "another one begins without peers" "$(ovltun -n "$ns3" -j peer show ovl0)" '[]'
