#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovltun peer, its configuration files and its events: text, JSON, exit
# statuses, errors; what is sent, and what is not.
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"

tool() { ovltun -n "$ns1" "$@"; }
json() { tool -j "$@"; }

# Fields of a peer: field DEVICE PEER JQ
field() { json peer show "$1" "$2" | jq -c ".[0] | $3"; }

underlay both
need ip -n "$ns1" link add ovl0 type ovl-tun id 5 layer3
need ip -n "$ns1" link add ovl1 type ovl-tun id 6
need ip -n "$ns1" link set ovl0 up
index=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')

# The link's own words
check_match "a layer 3 device" "$(tool dev show ovl0)" "^$index: ovl0: layer3 encap geneve vni 5"
check_eq "a layer 3 device, JSON" "$(json dev show ovl0 | jq -c '.[0] | [.layer, .source, (.mac | length)]')" '[3,"auto",17]'
check_eq "a layer 2 device, ip's JSON" "$(ip -n "$ns1" -d -j link show ovl1 |
	jq -c '.[0].linkinfo.info_data | [.layer, .source]')" '[2,"auto"]'
exits "source and mac" 0 '' ip -n "$ns1" link set ovl0 type ovl-tun source strict mac 2:0:0:0:0:a
check_match "as ip shows them" "$(ip -n "$ns1" -d link show ovl0)" ' ovl-tun layer3 id 5 .* source strict mac 02:00:00:00:00:0a '
check_eq "as ip's JSON has them" "$(ip -n "$ns1" -d -j link show ovl0 |
	jq -c '.[0].linkinfo.info_data | [.layer, .source, .mac]')" '[3,"strict","02:00:00:00:00:0a"]'
exits "no such source" 255 'source must be' ip -n "$ns1" link set ovl0 type ovl-tun source nix

# Adding
check_eq "no peer" "$(json peer show ovl0)" '[]'
exits "add" 0 '' tool peer add ovl0 node2 remote 192.0.2.2 allowed 10.0.2.0/24,2001:db8:2::/64
check_eq "show" "$(tool peer show ovl0 | sed 's/ *$//')" \
	"$index: ovl0: peer 1 name node2 remote 192.0.2.2 encap geneve dstport 6081 vni 5 mtu 1464 overhead 36 via eth0 (mtu 1500)
    allowed 10.0.2.0/24,2001:db8:2::/64"
want=$(tool peer show ovl0)
check_eq "show DEV NAME" "$(tool peer show dev ovl0 node2)" "$want"
check_eq "get DEV ID" "$(tool peer get ovl0 1)" "$want"
check_eq "pe" "$(tool pe)" "$want"
check_eq "show of another device" "$(tool peer show ovl1)" ''
check_eq "show, JSON" "$(json peer show ovl0 | jq -c .)" "$(jq -c . <<<"[{
	\"ifindex\": $index, \"ifname\": \"ovl0\", \"peer\": 1, \"name\": \"node2\", \"implicit\": false,
	\"remote\": \"192.0.2.2\", \"allowed\": [\"10.0.2.0/24\", \"2001:db8:2::/64\"], \"mac\": [],
	\"path\": {\"encap\": \"geneve\", \"dstport\": 6081, \"vni\": 5, \"mtu\": 1464, \"overhead\": 36,
		\"dev\": \"eth0\", \"route_mtu\": 1500}}]")"
check_eq "-s, JSON" "$(json -s peer show ovl0 | jq -c '.[0].stats')" \
	'{"drops":{},"rx_bytes":0,"rx_packets":0,"tx_bytes":0,"tx_packets":0}'
check_match "-s" "$(tool -s peer show ovl0)" $'\n    rx-packets 0 rx-bytes 0 tx-packets 0 tx-bytes 0 '
need ip -n "$ns1" route add 10.0.0.0/16 dev ovl0
in_ns "$ns1" ping -c 1 -W 0.1 10.0.2.9 >/dev/null
check_eq "-s counts" "$(json -s peer show ovl0 node2 | jq '.[0].stats.tx_packets')" 1
exits "add, with all there is" 0 '' tool peer add ovl0 7 name node7 remote 2001:db8::2 dstport 8472 \
	encap vxlan vni 77 rxvni 78 local 2001:db8::1 ttl inherit tos inherit df inherit flowlabel 0x123 \
	noudpcsum udp6zerocsumtx mtu 1300 allowed 10.0.7.1 mac 2:0:0:0:0:7 nooptions drop
check_eq "all there is" "$(tool peer show ovl0 node7 | sed 's/ *$//')" \
	"$index: ovl0: peer 7 name node7 remote 2001:db8::2 encap vxlan dstport 8472 vni 77 mtu 1300 overhead 70 via eth0 (mtu 1500)
    own dstport 8472 encap vxlan vni 77 rxvni 78 local 2001:db8::1 ttl inherit tos inherit df inherit flowlabel 0x123 noudpcsum udp6zerocsumtx mtu 1300 nooptions drop
    allowed 10.0.7.1/32
    mac 02:00:00:00:00:07"
check_eq "all there is, JSON" "$(field ovl0 7 'del(.path) | del(.ifindex)' | jq -c .)" "$(jq -c . <<<'{
	"ifname": "ovl0", "peer": 7, "name": "node7", "implicit": false, "remote": "2001:db8::2",
	"dstport": 8472, "encap": "vxlan", "vni": 77, "rxvni": 78, "local": "2001:db8::1",
	"ttl_inherit": true, "tos": "0x1", "df": "inherit", "flowlabel": "0x123", "udp_csum": false,
	"udp_zero_csum6_tx": true, "mtu": 1300, "nooptions": "drop", "allowed": ["10.0.7.1/32"], "mac": ["02:00:00:00:00:07"]}')"
exits "add what is there" 2 '^Error: ovl_tun: peer is there already' tool peer add ovl0 node7 remote 192.0.2.3
exits "add with a number for a name" 1 '"77" is wrong: a name needs more' tool peer add ovl0 8 name 77 remote 192.0.2.3
exits "add with two names" 1 'the peer has a name already' tool peer add ovl0 node8 name x remote 192.0.2.3
exits "no remote" 2 '^Error: ovl_tun: remote is missing' tool peer add ovl0 node8
exits "prefixes need layer 3" 2 'allowed needs a layer 3 device \(attribute allowed\[1\]\)' \
	tool peer add ovl1 node8 remote 192.0.2.3 allowed 10.1.1.1
exits "which of them is wrong" 2 'attribute mac\[2\]' \
	tool peer add ovl1 node8 remote 192.0.2.3 mac 2:0:0:0:0:1,1:0:0:0:0:1

# The command line
cat >"$_tmp/wrong" <<'END'
peer add ovl0|Command line is not complete
peer del ovl0|Command line is not complete
peer set ovl0 node2|Command line is not complete
peer get ovl0|Command line is not complete
peer get ovl0 to 10.0.0.0/8|"10.0.0.0/8" is wrong: expected an IPv4, IPv6 or MAC address
peer get ovl0 to ::1 x|"x" is a garbage
peer get ovl0 to ::1 vni|Command line is not complete
peer get ovl0 to ::1 vni 16777216|expected a number from 0 to 16777215
peer get ovl0 to ::1 vni 7 x|"x" is a garbage
peer flush ovl0 node2|"node2" is a garbage
peer show ovl0 node2 x|"x" is a garbage
peer show nix|Cannot find device "nix"
peer add ovl0 a b|"b" is a garbage
peer add ovl0 9999999999|expected a number from 0 to 4294967295
peer add ovl0 "a b"|a name has no spaces
peer add ovl0 12345678901234567890123456789012x|a name has at most 31 characters
peer add ovl0 a remote nix|expected an IPv4 or IPv6 address
peer add ovl0 a dstport 0|expected a number from 1 to 65535
peer add ovl0 a encap gre|expected vxlan or geneve
peer add ovl0 a vni 16777216|expected a number from 0 to 16777215
peer add ovl0 a ttl 256|expected a number from 1 to 255, auto or inherit
peer add ovl0 a tos 100|expected a hexadecimal number up to ff, or inherit
peer add ovl0 a df on|expected unset, set or inherit
peer add ovl0 a flowlabel 0x100000|expected a number from 0 to 1048575
peer add ovl0 a nooptions on|expected ignore or drop
peer add ovl0 a mtu 67|expected a number from 68 to 65535
peer add ovl0 a ttl|Command line is not complete
peer add ovl0 a ttl 1 ttl 2|"ttl" is given twice
peer add ovl0 a udpcsum noudpcsum|"noudpcsum" is given twice
peer add ovl0 a allowed 10.0.0.0/33|length of the prefix must be 0 to 32
peer add ovl0 a allowed 10.0.0.0/8,|"" is wrong: expected an IPv4 or IPv6 prefix
peer add ovl0 a allowed +10.0.0.0/8|[+] and - are for "peer set"
peer set ovl0 a allowed +10.0.0.0/8,::1|either all have [+] or -, or none has
peer add ovl0 a mac 1:2:3:4:5|expected a MAC address
setconf ovl0|Command line is not complete
syncconf ovl0 - x|"x" is a garbage
showconf ovl0 x|"x" is a garbage
addconf nix -|Cannot find device "nix"
setconf ovl0 /nix|Cannot open file "/nix" for reading
END
cut -d'|' -f1 "$_tmp/wrong" | tool -force -batch - 2>&1 | grep -v '^Command failed' >"$_tmp/said"
while IFS='|' read -r line regex && read -r said <&3; do
	check_match "wrong: $line" "$said" "$regex"
done <"$_tmp/wrong" 3<"$_tmp/said"
check_eq "each was refused" "$(wc -l <"$_tmp/said")" "$(wc -l <"$_tmp/wrong")"
exits "their status" 1 'is wrong' tool peer add ovl0 a ttl 256
check_eq "nothing of that was done" "$(json peer show | jq -c 'map(.name)')" '["node2","node7"]'
exits "an unprivileged change" 2 'Operation not permitted' \
	in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun peer flush ovl0
exits "anyone may look" 0 '' in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun peer show

# Changing
exits "set leaves the rest" 0 '' tool peer set ovl0 node7 ttl 9 udp6zerocsumtx default
check_eq "what was set" "$(field ovl0 7 '[.ttl, .ttl_inherit, .udp_zero_csum6_tx, .udp_csum, .mtu]')" '[9,null,null,false,1300]'
exits "set to default" 0 '' tool peer set ovl0 7 dstport default encap default vni default rxvni default \
	local default ttl default tos default df default flowlabel default udpcsum default mtu default nooptions default
check_eq "nothing is its own" "$(tool peer show ovl0 7 | grep -c ' own ')" 0
check_match "the device's hold" "$(tool peer show ovl0 7)" ' encap geneve dstport 6081 vni 5 '
exits "ttl auto is not the default" 0 '' tool peer set ovl0 node7 ttl auto
check_match "but a setting" "$(tool peer show ovl0 7)" ' own ttl auto '
exits "set +P" 0 '' tool peer set ovl0 node7 allowed +10.0.7.2,+10.0.7.0/24
check_eq "set +P adds" "$(field ovl0 7 .allowed)" '["10.0.7.0/24","10.0.7.1/32","10.0.7.2/32"]'
exits "set +P,-P" 0 '' tool peer set ovl0 node7 allowed -10.0.7.2,+::7
check_eq "set +P,-P adds and takes away" "$(field ovl0 7 .allowed)" '["10.0.7.0/24","10.0.7.1/32","::7/128"]'
exits "set -P of what it hasn't" 2 'take away' tool peer set ovl0 node7 allowed -10.9.9.9
exits "set P" 0 '' tool peer set ovl0 node7 allowed 10.0.7.9/24
check_eq "set P replaces" "$(field ovl0 7 .allowed)" '["10.0.7.0/24"]'
exits "set none" 0 '' tool peer set ovl0 node7 allowed none mac none
check_eq "set none empties" "$(field ovl0 7 '[.allowed, .mac]')" '[[],[]]'
exits "a name that changes" 0 '' tool peer set ovl0 node7 name node8
check_eq "has the same id" "$(field ovl0 node8 .peer)" 7
exits "a name by the id" 0 '' tool peer set ovl0 7 name node9
check_eq "is changed" "$(field ovl0 7 .name)" '"node9"'
exits "a name that is not ASCII" 0 '' tool peer set ovl0 node9 name né
check_eq "is one" "$(field ovl0 né '[.peer, .name]')" '[7,"né"]'
exits "and changes" 0 '' tool peer set ovl0 né name node9
exits "the name of another" 2 'another peer has this name' tool peer set ovl0 node9 name node2
exits "a name that isn't there" 2 'no such peer' tool peer set ovl0 nix name node2
exits "a name that goes" 0 '' tool peer set ovl0 node9 name default
check_eq "is gone" "$(field ovl0 7 .name)" null
exits "replace" 0 '' tool peer replace ovl0 7 name node7 remote 192.0.2.7 encap vxlan allowed 10.0.7.0/24
exits "replace has all its settings anew" 0 '' tool peer replace ovl0 node7 remote 192.0.2.7 ttl 3
check_eq "replaced" "$(field ovl0 7 '[.name, .encap, .ttl, .allowed]')" '["node7",null,3,[]]'
exits "replace what isn't there" 0 '' tool peer replace ovl0 node3 remote 192.0.2.3 encap default allowed none
check_eq "is added" "$(field ovl0 node3 '[.remote, .encap, .allowed]')" '["192.0.2.3",null,[]]'
exits "replace changes the name too" 0 '' tool peer replace ovl0 node3 name node4 remote 192.0.2.4
check_eq "changed" "$(json peer show ovl0 | jq -c 'map([.name, .remote])')" \
	'[["node2","192.0.2.2"],["node4","192.0.2.4"],["node7","192.0.2.7"]]'
exits "a prefix moves" 0 '' tool peer set ovl0 node4 allowed +10.0.2.0/24
check_eq "from who had it" "$(field ovl0 node2 .allowed)" '["2001:db8:2::/64"]'

# The way to an address
need tool peer set ovl0 node2 allowed 10.0.0.0/8,10.0.2.0/24
check_match "get to" "$(tool peer get ovl0 to 10.0.2.77)" \
	"^$index: ovl0: peer 1 name node2 remote 192.0.2.2 encap geneve .* mtu 1464 .* match prefix 10.0.2.0/24 "
check_eq "get to, JSON" "$(json peer get ovl0 to 10.1.2.77 | jq -c '.[0] | [.peer, .match, .matched, .path.mtu]')" \
	'[1,"prefix","10.0.0.0/8",1464]'
exits "get to nowhere" 2 'nothing leads to this address' tool peer get ovl0 to ::1
need ip -n "$ns1" link set ovl1 type ovl-tun remote 192.0.2.2
check_eq "get to a MAC address" "$(json peer get ovl1 to 2:0:0:0:0:1 | jq -c '.[0] | [.peer, .implicit, .match]')" \
	'[0,true,"remote"]'
exits "what the link made is the link's" 2 'link.s remote' tool peer set ovl1 0 ttl 5
exits "get of none" 2 'no such peer \(attribute name\)' tool peer get ovl0 nix

# Removing
exits "del" 0 '' tool peer del ovl0 node4
exits "del, by its id" 0 '' tool peer del dev ovl0 7
exits "del of none" 2 'no such peer \(attribute id\)' tool peer del ovl0 7
check_eq "deleted" "$(json peer show ovl0 | jq -c 'map(.peer)')" '[1]'
exits "flush" 0 '' tool peer flush ovl0
exits "flush of none" 0 '' tool peer flush ovl1
check_eq "all but the link's own are gone" "$(json peer show | jq -c 'map([.ifname, .peer])')" '[["ovl1",0]]'

# Configuration files
cat >"$_tmp/conf" <<'END'
[Device]
Option = 0x0102:0x80:00010002

[Peer]
Id = 1
Name = node2
Remote = 192.0.2.2
TTL = auto
Allowed = 10.0.2.0/24, 2001:db8:2::/64

[Peer]
Id = 7
Name = node7
Remote = 2001:db8::7
Port = 8472
Encap = vxlan
VNI = 5
RxVNI = 6
Local = 2001:db8::1
TTL = inherit
TOS = 0x10
DF = set
FlowLabel = 0x123
UDPCsum = on
UDP6ZeroCsumTx = off
MTU = 1400
NoOptions = ignore
Allowed = 10.0.7.0/24, 10.0.8.0/24
MAC = 02:00:00:00:00:07

[Peer]
Id = 9
Remote = 192.0.2.9
TOS = inherit
END
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
tool showconf ovl0 >"$_tmp/shown"
check "showconf prints what was set" diff "$_tmp/conf" "$_tmp/shown"

watch_config
exits "showconf | syncconf" 0 '' tool syncconf ovl0 - <"$_tmp/shown"
said "changes nothing at all" '^$'
sed 's/10.0.7.0.24, 10.0.8.0.24/10.0.8.9\/24\nallowed=10.0.7.0\/24/; s/^Port = /port=0x2118 # /' "$_tmp/conf" >"$_tmp/same"
exits "syncconf of the same, written in another way" 0 '' tool syncconf ovl0 "$_tmp/same"
said "changes nothing either" '^$'
exits "setconf replaces all" 0 '' tool setconf ovl0 "$_tmp/conf"
said "and says so" '^options,peer node2,peer node7,peer 9$'
sed 's/^MTU = .*//' "$_tmp/conf" >"$_tmp/less"
exits "syncconf of a difference" 0 '' tool syncconf ovl0 "$_tmp/less"
said "touches that peer" '^peer node7$'
check_eq "which has it now" "$(field ovl0 7 '[.mtu, .ttl_inherit, .tos, .mac[0]]')" '[null,true,"0x10","02:00:00:00:00:07"]'
sed '/^Option/d; /^Id = 9/,$d' "$_tmp/less" | sed '/^Id = 7/,$s/^\[Peer\]$//' |
	sed 's/^Allowed = 10.0.2.0.24.*/Allowed = 2001:db8:2::\/64/; s/^Allowed = 10.0.7.0.24,.*/Allowed = 10.0.2.0\/24, 10.0.8.0\/24/' >"$_tmp/moved"
exits "syncconf of less, and a prefix that moves" 0 '' tool syncconf ovl0 "$_tmp/moved"
said "touches what differs" '^options,peer-del 9,peer node2,peer node7$'
check_eq "it moved" "$(json peer show ovl0 | jq -c 'map(.allowed)')" '[["2001:db8:2::/64"],["10.0.2.0/24","10.0.8.0/24"]]'
cat >"$_tmp/swap" <<'END'
[Peer]
Id = 1
Name = node7
Remote = 192.0.2.22
[Peer]
Id = 7
Name = node2
Remote = 192.0.2.2
END
exits "remotes and names that swap, first" 0 '' tool syncconf ovl0 "$_tmp/swap"
said "names are taken away before they are given" '^peer 7,peer 1,peer node7,peer node2$'
sed 's/2.22$/x/; s/2.2$/2.22/; s/x$/2.2/' "$_tmp/swap" >"$_tmp/swapped"
exits "remotes that swap" 0 '' tool syncconf ovl0 "$_tmp/swapped"
check_eq "swapped" "$(json peer show ovl0 | jq -c 'map([.peer, .name, .remote])')" \
	'[[1,"node7","192.0.2.2"],[7,"node2","192.0.2.22"]]'
said "one peer makes room and comes back" '^peer-del node7,peer node2,peer node7$'
printf '[Peer]\nName=node3\nRemote=192.0.2.3\n[Peer]\nName=node2\nRemote=192.0.2.2\nVNI=9\nRxVNI=9\n' >"$_tmp/more"
exits "addconf" 0 '' tool addconf ovl0 - <"$_tmp/more"
said "addconf adds and replaces" '^peer node3,peer node2$'
check_eq "and leaves the others" "$(json peer show ovl0 | jq -c 'map([.name, .vni]) | sort')" \
	'[["node2",9],["node3",null],["node7",null]]'
printf '[Peer]\nName=node5\nRemote=192.0.2.5\n\n[Peer]\nName=node6\nRemote=192.0.2.6\nTTL=256\n' >"$_tmp/bad"
exits "a file with a mistake" 1 "^$_tmp/bad:8: TTL \"256\": expected" tool setconf ovl0 "$_tmp/bad"
said "does nothing" '^$'
printf '[Peer]\nName=node5\nRemote=192.0.2.5\n\n[Peer]\nName=node6\nRemote=224.0.0.1\n' >"$_tmp/bad"
exits "what the kernel refuses" 2 \
	"^Error: ovl_tun: remote must be .*$_tmp/bad:5: peer node6 failed.*$_tmp/bad: not all of it is in place" \
	tool addconf ovl0 "$_tmp/bad"
said "the rest is done" '^peer node5$'
exits "no device of this kind" 2 'not that of an ovl-tun device' tool showconf eth0
exits "an empty file removes all" 0 '' tool syncconf ovl0 /dev/null
said "removed" '^peer-del node7,peer-del node3,peer-del node5,peer-del node2$'
check_eq "of this device" "$(tool showconf ovl0)" '[Device]'

# A remote and a VNI are one peer's: the device's VNI, too
conf() { tool "$1" ovl0 - <<<"${2//;/$'\n'}"; }
remotes() { json peer show ovl0 | jq -r 'map("\(.name) \(.remote)") | sort | join(", ")'; }
need conf setconf '[Peer];Name=a;Remote=192.0.2.8;[Peer];Name=b;Remote=192.0.2.7;RxVNI=5'
exits "remotes that swap, one peer with the device's VNI" 0 '' \
	conf syncconf '[Peer];Name=a;Remote=192.0.2.7;[Peer];Name=b;Remote=192.0.2.8'
check_eq "have swapped" "$(remotes)" 'a 192.0.2.7, b 192.0.2.8'
need tool peer add ovl0 c remote 192.0.2.6
exits "remotes that move on in what is added" 0 '' \
	conf addconf '[Peer];Name=a;Remote=192.0.2.8;[Peer];Name=b;Remote=192.0.2.9'
check_eq "have moved on" "$(remotes)" 'a 192.0.2.8, b 192.0.2.9, c 192.0.2.6'
need tool rule add ovl0 pref 7 peer a count
exits "that swap" 0 '' conf addconf '[Peer];Name=a;Remote=192.0.2.9;[Peer];Name=b;Remote=192.0.2.8'
check_eq "have swapped, too" "$(remotes)" 'a 192.0.2.9, b 192.0.2.8, c 192.0.2.6'
check_eq "and the rule is there" "$(json rule show ovl0 | jq -c 'map([.pref, .peer_name])')" '[[7,"a"]]'
exits "a remote of who is not in the file" 2 'peer [0-9]+ c has this remote.*-:1: peer a failed' \
	conf addconf '[Peer];Name=a;Remote=192.0.2.6'
macs='[Peer];Name=a;Remote=192.0.2.8;MAC=2:0:0:0:0:7;[Peer];Name=b;Remote=192.0.2.9;MAC=2:0:0:0:0:7'
need conf addconf "$macs"
exits "one MAC address of two peers of layer 2" 1 \
	'^-:5: the peer in line 1 has MAC 02:00:00:00:00:07 too$' tool syncconf ovl1 - <<<"${macs//;/$'\n'}"
need tool rule flush ovl0
need tool peer flush ovl0

# Names of any bytes
need tool peer add ovl0 $'b\xffd\xc3\xa9\xe2\x82' remote 192.0.2.7
check_eq "a name that is not UTF-8, as JSON" \
	"$(json peer show ovl0 | python3 -c 'import json, sys; print(ascii(json.load(sys.stdin)[0]["name"]))')" \
	"'b\\ufffdd\\xe9\\ufffd\\ufffd'"
check_eq "as text" "$(tool peer show ovl0 | grep -c $'name b\xffd\xc3\xa9\xe2\x82 ')" 1
need tool peer flush ovl0

# Requests of all sizes
sizes=''
for ((i = 1000; i <= 8000; i += 500)); do
	awk -v n=$i 'BEGIN {
		print "[Peer]\nName=big\nRemote=10.10.0.1"
		for (i = 0; i < n; i++)
			printf "Allowed=10.%d.%d.%d/32\n", i / 65536, i / 256 % 256, i % 256
	}' >"$_tmp/sized"
	tool syncconf ovl0 "$_tmp/sized" && [ "$(field ovl0 big '.allowed | length')" = $i ] || sizes+=" $i"
done
check_eq "1000 to 8000 prefixes" "$sizes" ''

# Many refusals at once: none is lost, and what comes next gets its own answer
for ((i = 1; i <= 200; i++)); do
	printf '[Peer]\nName=n%d\nRemote=224.0.0.%d\n' $i $i
done >"$_tmp/refused"
cat >"$_tmp/after" <<END
addconf ovl0 $_tmp/refused
peer add ovl0 after remote 192.0.2.3
peer set ovl0 nix ttl 3
peer show ovl0 after
END
# said_of FILE REGEX: how often FILE has the line
said_of() { grep -cE "$2" "$1"; }
exits "addconf of 200 peers that are all refused" 2 'not all of it is in place$' tool addconf ovl0 "$_tmp/refused"
tool addconf ovl0 "$_tmp/refused" 2>"$_tmp/said"
check_eq "says why of those that were sent" "$(said_of "$_tmp/said" '^Error: ovl_tun: remote must be ')" 128
check_eq "and which they are" "$(grep -o '[0-9]*: peer n[0-9]* failed$' "$_tmp/said" | md5sum)" \
	"$(for ((i = 1; i <= 128; i++)); do echo "$((3 * i - 2)): peer n$i failed"; done | md5sum)"
check_eq "and nothing else" "$(wc -l <"$_tmp/said")" 257
tool -force -batch "$_tmp/after" >"$_tmp/shown" 2>"$_tmp/said"
check_eq "in a batch: exit status" $? 2
check_match "the next commands get their own answers" "$(tail -n 4 "$_tmp/said" | paste -sd';')" \
	"in place;Command failed [^;]*:1;Error: ovl_tun: no such peer[^;]*;Command failed [^;]*:3\$"
check_eq "all of them" "$(said_of "$_tmp/shown" 'name after remote 192.0.2.3')" 1

# A user without rights, with the smallest of buffers: reasons are lost, no more
rmem=$(</proc/sys/net/core/rmem_max)
defer sh -c "echo $rmem >/proc/sys/net/core/rmem_max"
echo 16384 >/proc/sys/net/core/rmem_max
chmod 755 "$_tmp"
sed 's/^peer add.*/peer show ovl0 after/' "$_tmp/after" >"$_tmp/user"
in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun -force -batch "$_tmp/user" >"$_tmp/shown" 2>"$_tmp/said"
check_eq "a user with a small buffer: exit status" $? 2
echo "$rmem" >/proc/sys/net/core/rmem_max
check_eq "reasons are lost" "$(said_of "$_tmp/said" 'cannot receive: No buffer space available$')" 1
check_eq "answers are not mixed up" "$(said_of "$_tmp/shown" 'name after remote 192.0.2.3')" 2
check_match "nor is a refusal" "$(tail -n 3 "$_tmp/said" | paste -sd';')" \
	"Command failed [^;]*:1;ovltun: Operation not permitted;Command failed [^;]*:3\$"
need tool peer flush ovl0

# Many, with one that has more prefixes than a message holds
awk 'BEGIN {
	for (i = 0; i < 5000; i++)
		printf "[Peer]\nName=n%d\nRemote=10.9.%d.%d\nAllowed=172.16.%d.%d\n", i, i / 256, i % 256, i / 256, i % 256
	print "[Peer]\nName=big\nRemote=10.10.0.1"
	for (i = 0; i < 6000; i++)
		printf "Allowed=fd00::%x/128\n", i
}' >"$_tmp/many"
exits "setconf of 5001 peers" 0 '' tool setconf ovl0 "$_tmp/many"
check_eq "are there" "$(json peer show ovl0 | jq -c '[length, (.[] | select(.name == "big") | .allowed | length)]')" '[5001,6000]'
check_eq "get of the big one" "$(field ovl0 big '.allowed | length')" 6000
tool showconf ovl0 >"$_tmp/shown"
said "all were told" 'peer n4999,peer big$'
exits "showconf | syncconf" 0 '' tool syncconf ovl0 "$_tmp/shown"
said "changes nothing" '^$'
for ((i = 0; i < 1000; i++)); do echo "peer set ovl0 n$i ttl 7"; done | tool -batch - || fail "batch"
check_eq "a batch" "$(json peer show ovl0 | jq -c 'map(select(.ttl == 7)) | length')" 1000
in_ns "$ns1" strace -f -e trace=socket,ioctl -o "$_tmp/strace" ovltun -batch - <<<$'peer show ovl0 n1\npeer show ovl0 n2\npeer show ovl0 n3' >/dev/null
check_eq "has a socket for names and one for netlink" "$(grep -c socket "$_tmp/strace")" 2
need tool peer flush ovl0

# Events of peers, and those only
background tool -j monitor peer
peers=$bg_out
background tool -t monitor peer
text=$bg_out
need busywait 10000 listeners "$ns1" 3
need tool peer add ovl0 a remote 192.0.2.3 allowed 10.0.3.0/24
need tool options add ovl0 0x101:1:
need tool peer set ovl0 a ttl 5
need tool peer add ovl0 b remote 192.0.2.14 allowed 10.0.3.0/24
need tool peer del ovl0 b
need tool peer del ovl0 a
saw() { grep -q '"peer-del".*"name":"a"' "$1"; }
check "events come at once" busywait 10000 saw "$peers"
check_eq "monitor peer; of a prefix that moves both are told" \
	"$(jq -c '[.event, .ifname, .name, .ttl, .allowed]' "$peers")" \
	'["peer","ovl0","a",null,["10.0.3.0/24"]]
["peer","ovl0","a",5,["10.0.3.0/24"]]
["peer","ovl0","a",5,[]]
["peer","ovl0","b",null,["10.0.3.0/24"]]
["peer-del","ovl0","b",null,["10.0.3.0/24"]]
["peer-del","ovl0","a",5,[]]'
check "also as text" busywait 10000 grep -q 'Deleted .* name a ' "$text"
stamp='^\[20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\] '
check_match "monitor peer as text" "$(sed -n 1p "$text")" "${stamp}[0-9]+: ovl0: peer [0-9]+ name a remote 192.0.2.3 .*allowed 10.0.3.0/24 \$"
check_match "monitor peer as text: removed" "$(sed -n 6p "$text")" "${stamp}Deleted [0-9]+: ovl0: peer [0-9]+ name a "

# Samples of drops
background tool -j monitor drops
drops=$bg_out
background tool monitor drops
text=$bg_out
need busywait 10000 listeners "$ns1" 5
in_ns "$ns2" bash -c "
	exec 3>/dev/udp/192.0.2.1/6081
	printf '\x00\x00\x08\x00\x00\x00\x05\x00\x45' >&3
	printf '\x00\x00\x08\x00\x00\x00\x63\x00\x45' >&3"
saw() { grep -q 'rx-vni-unknown' "$1"; }
check "a sample" busywait 10000 saw "$drops"
busywait 10000 saw "$text"
check_eq "monitor drops" "$(jq -c '[.event, .ifname, .reason, .source, .encap, .vni]' "$drops")" \
	'["drop","ovl0","rx-source-unknown","192.0.2.2","geneve",5]
["drop",null,"rx-vni-unknown","192.0.2.2","geneve",99]'
check_match "monitor drops as text" "$(cat "$text")" \
	$'^[0-9]+: ovl0: drop rx-source-unknown from 192.0.2.2 encap geneve vni 5 missed [0-9]+ \ndrop rx-vni-unknown from'

# An underlay in another namespace: interfaces there have no name here
need ip -n "$ns1" link add ovl2 type ovl-tun id 9
need tool peer add ovl2 a remote 192.0.2.2
need ip -n "$ns1" link set ovl2 netns "$ns2"
check_eq "a foreign underlay" "$(ovltun -n "$ns2" -j peer show ovl2 | jq -r '.[0].path.dev')" \
	"if$(ip -n "$ns1" -j link show eth0 | jq '.[0].ifindex')"

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
need tool peer add ovl0 one remote 192.0.2.3
need tool peer add ovl0 two remote 192.0.2.4
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of an object" "$(complete_words 'ovltun pe')" 'peer'
check_eq "completion of a command" "$(complete_words 'ovltun peer re')" 'replace'
check_eq "completion of a device" "$(complete_words "ovltun -n $ns1 peer add ov")" 'ovl0 ovl1'
check_eq "completion of a peer" "$(complete_words "ovltun -n $ns1 peer del dev ovl0 ")" 'one two'
check_eq "completion of a word" "$(complete_words "ovltun -n $ns1 peer set ovl0 one all")" 'allowed'
check_eq "completion of a value" "$(complete_words "ovltun -n $ns1 peer set ovl0 one encap v")" 'vxlan'
check_eq "completion of a device for a file" "$(complete_words "ovltun -n $ns1 syncconf ovl0")" 'ovl0'
