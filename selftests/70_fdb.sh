#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bridge fdb: the same commands leave vxlan.ko and ovl-tun with the same table,
# the same refusals and the same events. And the entries of peers.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$TESTS/same.sh"

setup_ns ns
need ip -n "$ns" link add u0 type dummy
need ip -n "$ns" address add 192.0.2.1/24 dev u0
need ip -n "$ns" address add 2001:db8::1/64 dev u0
need ip -n "$ns" link set u0 up
need ip -n "$ns" link add mark type vxlan id 7 dstport 4790

same "IPv4" "nolearning" "" <<-'END'
	fdb add 02:00:00:00:00:01 DEV dst 192.0.2.11
	fdb add 02:00:00:00:00:02 DEV dst 192.0.2.11 port 4790 vni 77 via u0 self permanent
	fdb add 02:00:00:00:00:03 DEV dst 192.0.2.12 static
	fdb add 02:00:00:00:00:04 DEV dst 192.0.2.12 dynamic
	fdb add 02:00:00:00:00:05 DEV dst 192.0.2.13 extern_learn
	fdb add 02:00:00:00:00:06 DEV dst 192.0.2.13 router
	fdb add 02:00:00:00:00:07 DEV dst 0.0.0.0
	fdb add 02:00:00:00:00:08 DEV dst 192.0.2.13 port 4789 vni 42
	# which is for the bridge
	fdb add 02:00:00:00:00:0a DEV vlan 10 dst 192.0.2.13
	fdb replace 02:00:00:00:00:0a DEV vlan 11 dst 192.0.2.14
	fdb del 02:00:00:00:00:0a DEV vlan 10 dst 192.0.2.14
	# there already
	fdb add 02:00:00:00:00:01 DEV dst 192.0.2.14
	fdb replace 02:00:00:00:00:01 DEV dst 192.0.2.15
	fdb replace 02:00:00:00:00:01 DEV dst 192.0.2.15
	fdb replace 02:00:00:00:00:09 DEV dst 192.0.2.15 dynamic
	fdb replace 02:00:00:00:00:02 DEV dst 192.0.2.16 static
	# the user's stays the user's
	fdb replace 02:00:00:00:00:03 DEV dst 192.0.2.17 extern_learn
	# several destinations
	fdb replace 00:00:00:00:00:00 DEV dst 192.0.2.11
	fdb add 00:00:00:00:00:00 DEV dst 192.0.2.11
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12 port 4790
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12 vni 7
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.14
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.15
	fdb append 00:00:00:00:00:00 DEV dst 192.0.2.16
	fdb add 00:00:00:00:00:00 DEV dst 192.0.2.13
	fdb replace 00:00:00:00:00:00 DEV dst 192.0.2.13
	fdb append 01:00:5e:00:00:01 DEV dst 192.0.2.11
	fdb append 01:00:5e:00:00:01 DEV dst 192.0.2.12
	fdb append 02:00:00:00:00:03 DEV dst 192.0.2.19
	fdb get 02:00:00:00:00:01 DEV self
	fdb get 00:00:00:00:00:00 DEV self
	fdb get 02:00:00:00:00:77 DEV self
	# less
	fdb del 02:00:00:00:00:99 DEV
	fdb del 00:00:00:00:00:00 DEV dst 192.0.2.12
	fdb del 00:00:00:00:00:00 DEV dst 192.0.2.14
	fdb del 00:00:00:00:00:00 DEV dst 192.0.2.77
	fdb del 01:00:5e:00:00:01 DEV
	fdb del 02:00:00:00:00:08 DEV dst 192.0.2.13
	fdb del 02:00:00:00:00:06 DEV dst 192.0.2.77
	fdb del 02:00:00:00:00:05 DEV
	# nonsense
	fdb add 02:00:00:00:00:10 DEV
	fdb add 02:00:00:00:00:11 DEV dst 192.0.2.11 vni 7 nhid 5
	fdb add 02:00:00:00:00:12 DEV dst 192.0.2.11 via nix
END

same "IPv6, with a remote" "nolearning remote 2001:db8::2 dev u0" "remote 2001:db8::2 dev u0" <<-'END'
	fdb add 02:00:00:00:00:01 DEV dst 2001:db8::11
	fdb add 02:00:00:00:00:02 DEV dst fe80::11 via u0
	fdb add 02:00:00:00:00:03 DEV dst 2001:db8::2
	fdb add 00:00:00:00:00:00 DEV dst 2001:db8::11
	fdb append 00:00:00:00:00:00 DEV dst 2001:db8::11
	fdb append 00:00:00:00:00:00 DEV dst 2001:db8::12
	fdb replace 02:00:00:00:00:03 DEV dst 2001:db8::11 static
	fdb get 00:00:00:00:00:00 DEV self
	fdb del 00:00:00:00:00:00 DEV dst 2001:db8::11
END

same "maxaddress" "nolearning maxaddress 3" "maxaddress 3" <<-'END'
	fdb add 02:00:00:00:00:01 DEV dst 192.0.2.11
	fdb add 02:00:00:00:00:02 DEV dst 192.0.2.11
	fdb add 02:00:00:00:00:03 DEV dst 192.0.2.11
	fdb add 02:00:00:00:00:04 DEV dst 192.0.2.11
	fdb replace 02:00:00:00:00:01 DEV dst 192.0.2.12
	fdb del 02:00:00:00:00:01 DEV
	fdb add 02:00:00:00:00:04 DEV dst 192.0.2.11
END

# Peers: theirs are the static entries of their MAC addresses.
fdb() { in_ns "$ns" bridge fdb "$@"; }
table() { fdb show dev ovl0 | sed 's/ *$//' | sort; }
tool() { ovltun -n "$ns" "$@"; }
peers() { tool -j peer show ovl0 | jq -c 'map([.peer, .remote, .implicit // false])'; }
macs() { tool -j peer show ovl0 | jq -c 'map(select(.mac // [] | length > 0) | [.peer, .mac])'; }

# Flush, where bridge and the kernel have it with a filter: an older bridge
# leaves the filter out.
vxlan_flushes() {
	local dst
	for dst in 192.0.2.44 192.0.2.45; do
		fdb append 00:00:00:00:00:00 dev mark dst $dst || return
	done
	fdb flush dev mark dst 192.0.2.44 2>/dev/null &&
		[ "$(fdb show dev mark | grep -c '192.0.2.4[45]')" = 1 ]
}
flushes=false
if vxlan_flushes; then
	flushes=true
	# One at a time: tables are walked in different orders.
	same "flush" "nolearning" "" <<-'END'
		fdb add 02:00:00:00:00:01 DEV dst 192.0.2.11
		fdb add 02:00:00:00:00:02 DEV dst 192.0.2.11 port 4790
		fdb add 02:00:00:00:00:03 DEV dst 192.0.2.11 vni 77
		fdb add 02:00:00:00:00:04 DEV dst 192.0.2.12 port 4790 vni 77 static
		fdb add 02:00:00:00:00:05 DEV dst 192.0.2.12 extern_learn
		fdb add 02:00:00:00:00:06 DEV dst 192.0.2.12 router
		fdb add 02:00:00:00:00:07 DEV dst 192.0.2.12 static
		fdb add 02:00:00:00:00:08 DEV dst 192.0.2.12 dynamic
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.11 port 4792
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12 vni 78
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.13
		# nobody
		fdb flush DEV dst 192.0.2.14
		fdb flush DEV port 4793
		fdb flush DEV vni 79
		fdb flush DEV port 4792 vni 78
		fdb flush DEV extern_learn router
		fdb flush DEV vni 77 router
		fdb flush DEV sticky
		fdb flush DEV added_by_user
		fdb flush DEV vlan 7
		# one
		fdb flush DEV port 4790 vni 77
		fdb flush DEV port 4790
		fdb flush DEV vni 77
		fdb flush DEV norouter extern_learn
		fdb flush DEV noextern_learn router
		fdb flush DEV static
		fdb flush DEV nostatic nopermanent
		fdb flush DEV dst 192.0.2.11 port 4789
		# one destination of an entry
		fdb flush DEV port 4792
		fdb flush DEV vni 78
	END
fi

need ip -n "$ns" link add ovl0 type ovl-tun id 42
need tool peer add ovl0 1 name one remote 192.0.2.11 mac 02:00:00:00:01:01,02:00:00:00:01:02
need tool peer add ovl0 2 name two remote 192.0.2.12 mac 02:00:00:00:02:01
check_eq "a peer's MAC addresses are static entries" "$(table)" \
	"02:00:00:00:01:01 dst 192.0.2.11 self static
02:00:00:00:01:02 dst 192.0.2.11 self static
02:00:00:00:02:01 dst 192.0.2.12 self static"
need tool peer set ovl0 2 mac +02:00:00:00:01:02
check_eq "the newest peer that claims one has it" "$(table)" \
	"02:00:00:00:01:01 dst 192.0.2.11 self static
02:00:00:00:01:02 dst 192.0.2.12 self static
02:00:00:00:02:01 dst 192.0.2.12 self static"
check_eq "the other one has it no more" "$(macs)" \
	'[[1,["02:00:00:00:01:01"]],[2,["02:00:00:00:02:01","02:00:00:00:01:02"]]]'
check_fail "bridge fdb takes none away" 'peer.s mac' bridge -n "$ns" fdb del 02:00:00:00:01:01 dev ovl0
check_fail "nor lets it lead elsewhere" 'peer.s mac' \
	bridge -n "$ns" fdb replace 02:00:00:00:01:01 dev ovl0 dst 192.0.2.12
need tool peer set ovl0 two remote 192.0.2.22
check_eq "entries follow a peer to another address" "$(table | grep -c 192.0.2.22)" 2

need fdb add 02:00:00:00:03:01 dev ovl0 dst 192.0.2.11
need fdb add 02:00:00:00:03:02 dev ovl0 dst 192.0.2.33
need fdb add 02:00:00:00:03:03 dev ovl0 dst 192.0.2.33
check_eq "bridge fdb finds a peer by its address, or makes one" "$(peers)" \
	'[[1,"192.0.2.11",false],[2,"192.0.2.22",false],[2147483648,"192.0.2.33",true]]'
check_fail "a peer takes no address of bridge fdb" 'bridge fdb' \
	tool peer set ovl0 1 mac +02:00:00:00:03:02
check_eq "and changes nothing then" "$(macs)" \
	'[[1,["02:00:00:00:01:01"]],[2,["02:00:00:00:02:01","02:00:00:00:01:02"]]]'
check_fail "a peer of an entry is not to be changed" 'forwarding entry' \
	tool peer del ovl0 2147483648
check_eq "get to MAC" "$(tool -j peer get ovl0 to 02:00:00:00:03:03 | jq -c '.[0] | [.peer, .match]')" \
	'[2147483648,"mac"]'
need tool peer add ovl0 3 remote 192.0.2.33 mac 02:00:00:00:03:33
check_eq "a peer of the same address takes the entries over" "$(peers)" \
	'[[1,"192.0.2.11",false],[2,"192.0.2.22",false],[3,"192.0.2.33",false]]'
need tool peer del ovl0 1
check_eq "a peer's entries go with it, those of bridge fdb stay" "$(table)" \
	"02:00:00:00:01:02 dst 192.0.2.22 self static
02:00:00:00:02:01 dst 192.0.2.22 self static
02:00:00:00:03:01 dst 192.0.2.11 self permanent
02:00:00:00:03:02 dst 192.0.2.33 self permanent
02:00:00:00:03:03 dst 192.0.2.33 self permanent
02:00:00:00:03:33 dst 192.0.2.33 self static"
check_match "by a peer of theirs" "$(peers)" '\[21474836[0-9]*,"192.0.2.11",true\]'
need fdb del 02:00:00:00:03:01 dev ovl0
check_eq "that goes with the last of them" "$(peers)" \
	'[[2,"192.0.2.22",false],[3,"192.0.2.33",false]]'
need tool peer add ovl0 5 remote 192.0.2.55 vni 20 rxvni 20
need tool peer add ovl0 6 remote 192.0.2.55
need fdb add 02:00:00:00:05:01 dev ovl0 dst 192.0.2.55 vni 20
check "a peer can go, though another one has its remote and the device's VNI" \
	tool peer del ovl0 5
check_match "its entry stays" "$(table)" '02:00:00:00:05:01 dst 192.0.2.55 vni 20 '
need fdb del 02:00:00:00:05:01 dev ovl0
need tool peer del ovl0 6
need tool peer add ovl0 5 remote 192.0.2.55 vni 20 rxvni 21
need fdb add 02:00:00:00:05:01 dev ovl0 dst 192.0.2.55 vni 20
check_eq "a peer with a VNI for each direction is found by the one that it is sent" "$(peers)" \
	'[[2,"192.0.2.22",false],[3,"192.0.2.33",false],[5,"192.0.2.55",false]]'
need fdb del 02:00:00:00:05:01 dev ovl0
need tool peer del ovl0 5
check_fail "another device's VNI and remote" 'has VNI 42 to this remote already' \
	bash -c "ip -n $ns link add ovl1 type ovl-tun id 42 &&
		bridge -n $ns fdb add 02:00:00:00:03:01 dev ovl1 dst 192.0.2.22"
check_eq "a peer that could not be made is not there" "$(tool -j peer show ovl1)" '[]'
check_fail "another source VNI" 'src_vni' bridge -n "$ns" fdb add 02:00:00:00:03:01 dev ovl0 dst 192.0.2.9 src_vni 7
need ip -n "$ns" link add ovl2 type ovl-tun id 43 layer3
check_fail "a layer 3 device has no table" '' \
	bridge -n "$ns" fdb add 02:00:00:00:03:01 dev ovl2 dst 192.0.2.9

# As many MAC addresses as a peer may have
all=$(for ((i = 0; i < 1024; i++)); do printf '02:00:00:02:%02x:%02x,' $((i / 256)) $((i % 256)); done)
need tool peer add ovl0 4 remote 192.0.2.34 mac "${all%,}"
check_fail "a peer has no more than 1024 MAC addresses" 'at most 1024 MAC addresses' \
	tool peer set ovl0 4 mac +02:00:00:03:00:00
check_eq "and is shown with these" "$(tool -j peer get ovl0 4 | jq '.[0].mac | length')" 1024
check_eq "which are entries" "$(table | grep -c 'dst 192.0.2.34 self static')" 1024
check "may take one in another's place" tool peer set ovl0 4 mac -02:00:00:02:00:00,+02:00:00:03:00:00
check "and the same again" tool peer set ovl0 4 mac +02:00:00:03:00:00,+02:00:00:02:00:01
check "lose one" tool peer set ovl0 4 mac -02:00:00:03:00:00
check_eq "which leaves the others" "$(tool -j peer get ovl0 4 | jq '.[0].mac | length')" 1023
check "have others instead" tool peer set ovl0 4 mac 02:00:00:03:00:01,02:00:00:03:00:02
check_eq "and these alone" "$(tool -j peer get ovl0 4 | jq -c '.[0].mac')" '["02:00:00:03:00:01","02:00:00:03:00:02"]'
need tool peer set ovl0 4 mac "${all%,}"
check "or none" tool peer set ovl0 4 mac none
check_eq "no entry is left of them" "$(table | grep -c 'dst 192.0.2.34 ')" 0
need tool peer del ovl0 4

# Many, in one dump and out again
for ((i = 0; i < 3000; i++)); do
	printf 'fdb add 02:00:00:01:%02x:%02x dev ovl0 dst 198.51.%d.%d\n' \
		$((i / 256)) $((i % 256)) $((i / 250)) $((i % 250 + 1))
done >"$_tmp/many"
need bridge -n "$ns" -batch "$_tmp/many"
check_eq "3000 entries" "$(fdb show dev ovl0 | sort -u | wc -l)" 3005
check_eq "3000 peers" "$(tool -j peer show ovl0 | jq length)" 3002
sed -i 's/add/del/' "$_tmp/many"
need bridge -n "$ns" -batch "$_tmp/many"
check_eq "no entry is left" "$(fdb show dev ovl0 | wc -l)" 5
check_eq "no peer is left" "$(peers)" \
	'[[2,"192.0.2.22",false],[3,"192.0.2.33",false]]'

if $flushes; then
	need fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.44
	need fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.45
	need fdb flush dev ovl0 dst 192.0.2.44
	check_eq "flush by dst" "$(table | grep -c '192.0.2.4[45]')" 1
	need fdb add 02:00:00:00:05:05 dev ovl0 dst 192.0.2.44 static
	need fdb flush dev ovl0 nopermanent
	check_eq "flush by state" "$(table | grep -c 'permanent')" 3
	need fdb flush dev ovl0
	check_eq "flush leaves what is peers'" "$(table | grep -vc static)" 0
	check_eq "flush" "$(table | wc -l)" 3
else
	skip "flush" "no bridge fdb flush of vxlan here"
fi

# A refused peer leaves nothing open that was opened for it.
need ip -n "$ns" link add ovl7 type ovl-tun id 99 encap geneve accept geneve geneveport 7000 vxlanport 7001
need ip -n "$ns" link set ovl7 up
need fdb add 02:00:00:00:07:07 dev ovl7 dst 192.0.2.77 static
check_fail "a peer with a MAC address of the user's table" 'entry of bridge fdb' \
	tool peer add ovl7 x remote 192.0.2.78 encap vxlan mac 02:00:00:00:07:07
check_eq "leaves its port closed" \
	"$(in_ns "$ns" ss -Huln | grep -c ':7001 ')$(in_ns "$ns" ss -Huln | grep -c ':7000 ')" 01
