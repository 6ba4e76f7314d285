#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device with a table of VNIs, one for each VLAN of a bridge: the table, who
# reaches whom, and the same with vxlan.ko's "external vnifilter".
# timeout: 300
#
#	pod1a vlan 10 \                                      / vlan 10 pod2a
#	               br0 - ovl0 - eth0 ---- eth0 - ovl0 - br0
#	pod1b vlan 11 /  ns1                           ns2   \ vlan 11 pod2b
#	                  \ eth1 ---- eth0 ns3
. "$(dirname "$0")/lib.sh"

underlay both
setup_ns ns3
link_pair "$ns1" eth1 198.51.100.1/24 "$ns3" eth0 198.51.100.3/24
for ns in "$ns1" "$ns2" "$ns3"; do
	# A port of a bridge would speak for itself.
	need in_ns "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
done

tool() { ovltun -n "$ns1" "$@"; }
vni() { tool vni "$@"; }
table() { vni show ovl0 | sed 's/^[0-9]*: [^ ]* //; s/ *$//'; }
refused() { # NAME REGEX COMMAND...
	local name=$1 regex=$2
	shift 2
	check_fail "$name" "$regex" ovltun -n "$ns1" vni "$@"
}
drops() { tool -s -j dev show ovl0 | jq ".[0].drops[\"$1\"] // 0"; }
dropped() { [ "$(drops "$1")" -ge "$2" ]; }
port_drops() { tool -s -j port show | jq "[.[].drops[\"$1\"] // 0] | add"; }
port_dropped() { [ "$(port_drops "$1")" -ge "$2" ]; }
# stats NS VNI: rx and tx packets, rx and tx bytes, rx and tx drops
stats() {
	ovltun -n "$1" -s -j vni show ovl0 "$2" | jq -c '.[0].stats |
		[.rx_packets, .tx_packets, .rx_bytes, .tx_bytes, .rx_drops, .tx_drops]'
}
fdb() { in_ns "$ns1" bridge fdb "$@"; }
entries() { fdb show dev ovl0 | sed 's/ *$//' | sort; }
has() { entries | grep -q "$1"; }
gone() { ! has "$1"; }

#
# The table
#
need ip -n "$ns1" link add ovl0 type ovl-tun vnifilter
check_match "ip shows what it is" "$(ip -n "$ns1" -d link show ovl0)" ' ovl-tun vnifilter '
check_eq "ip -j too, without an id" \
	"$(ip -n "$ns1" -d -j link show ovl0 | jq -c '.[0].linkinfo.info_data | [.vnifilter, .id]')" '[true,null]'
check_match "ovltun dev" "$(tool dev show ovl0)" ' vnifilter '
check_fail "no id beside it" 'has no id' ip -n "$ns1" link add ovl1 type ovl-tun vnifilter id 7
check_fail "nor later" 'has no id' ip -n "$ns1" link set ovl0 type ovl-tun id 7
check_fail "it stays what it is" 'vnifilter can.t change' ip -n "$ns1" link set ovl0 type ovl-tun novnifilter
check_fail "a layer 3 device has no table" 'layer 2' ip -n "$ns1" link add ovl1 type ovl-tun vnifilter layer3
check "the same word again is no change" ip -n "$ns1" link set ovl0 type ovl-tun vnifilter
check_eq "an empty table" "$(table)" ""

ip netns exec "$ns1" ovltun -j monitor vni >>"$_tmp/monitor" 2>/dev/null &
defer kill $!
listens() {
	tool -force -batch - <<<$'vni add ovl0 16777215\nvni del ovl0 16777215' 2>/dev/null
	[ -s "$_tmp/monitor" ]
}
need busywait 5000 listens
need vni add ovl0 16777214
need vni del ovl0 16777214
need busywait 5000 grep -q '"vni-del".*16777214' "$_tmp/monitor"
: >"$_tmp/monitor"

need vni add ovl0 10-20,30 remote 192.0.2.2
need vni add ovl0 21-22
need vni add dev ovl0 0,16777215 remote 2001:db8::2
check_eq "ranges, and who is where by default" "$(table)" "vni 0 remote 2001:db8::2
vni 10-20 remote 192.0.2.2
vni 21-22
vni 30 remote 192.0.2.2
vni 16777215 remote 2001:db8::2"
check_eq "as JSON" "$(vni show ovl0 | wc -l) $(ovltun -n "$ns1" -j vni show ovl0 |
	jq -c '.[1] | [.ifname, .vni, .vni_end, .remote]')" '5 ["ovl0",10,20,"192.0.2.2"]'
check_eq "one" "$(vni show ovl0 15 | sed 's/.*: vni/vni/; s/ *$//')" "vni 15 remote 192.0.2.2"
check_eq "one peer for each address" \
	"$(tool -j peer show ovl0 | jq -c 'map([.remote, .implicit, .path.vni]) | sort')" \
	'[["192.0.2.2",true,null],["2001:db8::2",true,null]]'
check_eq "bridge fdb shows the defaults" "$(fdb show dev ovl0 | grep -c '^00:00:00:00:00:00 dst 192.0.2.2 src_vni [123][0-9]* self permanent')" 12
need vni replace ovl0 20-22 remote 192.0.2.3
check_eq "replace" "$(table | sed -n 2,3p)" "vni 10-19 remote 192.0.2.2
vni 20-22 remote 192.0.2.3"
need vni change ovl0 20-22
check_eq "change takes the default away" "$(table | sed -n 3p)" "vni 20-22"
check_eq "and the peer that nothing leads to" "$(tool -j peer show ovl0 | jq 'map(select(.remote == "192.0.2.3")) | length')" 0
need vni del ovl0 11-12,0,16777215
check_eq "del" "$(table)" "vni 10 remote 192.0.2.2
vni 13-19 remote 192.0.2.2
vni 20-22
vni 30 remote 192.0.2.2"
check "told of it" busywait 5000 eval '[ "$(grep -c event "$_tmp/monitor")" -ge 10 ]'
check_match "of ranges" "$(<"$_tmp/monitor")" '"event": ?"vni",.*"vni": ?10,"vni_end": ?20,"remote": ?"192.0.2.2"'
check_match "and what goes" "$(<"$_tmp/monitor")" '"event": ?"vni-del",.*"vni": ?11,"vni_end": ?12'

refused "one that is there" 'VNI 20 is in the table already' add ovl0 23,20
check_eq "adds nothing" "$(vni show ovl0 | grep -c 'vni 2[03]')" 1
refused "one that isn't: del" 'VNI 11 is not in the table' del ovl0 10-30
check_eq "removes nothing" "$(table | head -n 1)" "vni 10 remote 192.0.2.2"
refused "change" 'VNI 40 is not in the table' change ovl0 30,40
refused "show" 'not in the table' show ovl0 40
refused "a range the wrong way round" 'lower end' add ovl0 50-40
refused "more than 24 bits" '0 to 16777215' add ovl0 16777216
refused "more than 24 bits at the end" '0 to 16777215' add ovl0 5-16777216
refused "no number" 'number' add ovl0 5,x
refused "nothing" 'number' add ovl0 5,
refused "twice in one request" 'VNI 52 is given twice' add ovl0 50-60,52
refused "more than there is room for" 'takes 65536 VNIs' add ovl0 100-70000
refused "a remote that is a group" 'unicast' add ovl0 50 remote 239.1.1.1
refused "a remote that is ours by nature" 'unicast' add ovl0 50 remote 127.0.0.1
check_eq "none of it is there" "$(table | wc -l)" 4
check_eq "no peer of it either" "$(tool -j peer show ovl0 | jq length)" 1
need ip -n "$ns1" link add ovl1 type ovl-tun id 42
refused "a device that has one VNI" 'only one made with vnifilter' add ovl1 5

# What the tool would not send
check "the kernel refuses by itself" in_ns "$ns1" python3 - <<-'END'
	import socket, struct, sys
	s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
	s.bind((0, 0))
	def attr(type, data):
	    return struct.pack("=HH", 4 + len(data), type) + data + bytes(-len(data) % 4)
	def ask(family, cmd, flags, attrs):
	    msg = struct.pack("=BBH", cmd, 1, 0) + attrs
	    s.send(struct.pack("=IHHII", 16 + len(msg), family, 1 | flags, 1, 0) + msg)
	    return s.recv(65536)
	def family(name):
	    got = ask(16, 3, 0, attr(2, name + b"\0"))  # CTRL_CMD_GETFAMILY
	    at = 20
	    while at < len(got):
	        size, type = struct.unpack_from("=HH", got, at)
	        if type == 1:
	            return struct.unpack_from("=H", got, at + 4)[0]
	        at += size + 3 & ~3
	ovl, ovl0 = family(b"ovl-tun"), attr(1, struct.pack("=I", socket.if_nametoindex("ovl0")))
	def vnis(first, last):
	    return attr(3 | 0x8000, attr(1, struct.pack("=I", first)) + attr(2, struct.pack("=I", last)))
	GET, NEW, DEL = 17, 18, 19  # OVL_TUN_CMD_VNI_*
	bad = 0
	for name, want, cmd, ranges in (
	        ("reversed", (22,), NEW, [vnis(60, 50)]),
	        ("first beyond", (34,), NEW, [vnis(1 << 24, 1 << 24)]),
	        ("last beyond", (34,), NEW, [vnis(50, 0xffffffff)]),
	        ("overlap", (22,), NEW, [vnis(50, 60), vnis(40, 50)]),
	        ("no range", (22,), NEW, []),
	        ("all there are", (28,), NEW, [vnis(0, (1 << 24) - 1)]),
	        ("no first", (22,), NEW, [attr(3 | 0x8000, b"")]),
	        ("too short", (22, 34), NEW, [attr(3 | 0x8000, attr(1, b"ab"))]),
	        ("del all there are", (2,), DEL, [vnis(0, (1 << 24) - 1)]),
	        ("get two", (22,), GET, [vnis(10, 13)])):
	    answer = ask(ovl, cmd, 4 | (0x600 if cmd == NEW else 0), ovl0 + b"".join(ranges))
	    err = -struct.unpack_from("=i", answer, 16)[0]
	    if err not in want:
	        print(name, "got", err, "want", want)
	        bad = 1
	sys.exit(bad)
END
check_eq "and nothing has changed" "$(table | wc -l)" 4
need ip -n "$ns1" link del ovl1

# Many in one message
need vni flush ovl0
check_eq "flush" "$(table)$(tool -j peer show ovl0)" "[]"
check_fail "so many ranges that nothing can be said of them" 'too many ranges' \
	tool vni add ovl0 "$(seq -s, 1 2 3275)" remote 192.0.2.2
check "4094 in one message" tool vni add ovl0 1-4094 remote 192.0.2.2
check_eq "they are one line" "$(table)" "vni 1-4094 remote 192.0.2.2"
check_eq "and 4094 with counters" "$(tool -s -j vni show ovl0 | jq length)" 4094
check_eq "behind one peer" "$(tool -j peer show ovl0 | jq length)" 1
check "gone in one message" tool vni del ovl0 1-4094
check_eq "and the peer with them" "$(table)$(tool -j peer show ovl0)" "[]"

# Files
conf() { in_ns "$ns1" ovltun "$1" ovl0 -; }
synced() { # what the monitor has told since the last time
	need tool -batch - <<<$'vni add ovl0 16777215\nvni del ovl0 16777215'
	busywait 30000 eval 'tail -n 1 "$_tmp/monitor" | grep -q "vni-del.*16777215"' ||
		{ echo "nothing was told" && return; }
	grep -v 16777215 "$_tmp/monitor" | sed 's/.*"event": *\("[^"]*"\).*"vni": *\([0-9]*\),*/\1 \2 /; s/,/ /g; s/[]{}"]//g; s/vni_end: *//; s/remote: *//; s/  */ /g; s/ $//'
	: >"$_tmp/monitor"
}
need conf setconf <<-'END'
	[Device]
	[Peer]
	Name = two
	Remote = 192.0.2.2
	[Vni]
	VNI = 300, 100-199
	Remote = 192.0.2.2
	[vni]
	vni = 200-201
END
check_eq "setconf" "$(table)" "vni 100-199 remote 192.0.2.2
vni 200-201
vni 300 remote 192.0.2.2"
check_eq "showconf" "$(tool showconf ovl0 | sed -n '/Vni/,$p')" "[Vni]
Remote = 192.0.2.2
VNI = 100-199

[Vni]
VNI = 200-201

[Vni]
Remote = 192.0.2.2
VNI = 300"
synced >/dev/null
tool showconf ovl0 >"$_tmp/conf"
check "showconf fits syncconf" tool syncconf ovl0 "$_tmp/conf"
check_eq "and changes nothing" "$(synced)" ""
need conf syncconf <<-'END'
	[Device]
	[Peer]
	Name = two
	Remote = 192.0.2.2
	[Vni]
	VNI = 90-149, 201-202, 300
	Remote = 192.0.2.2
	[Vni]
	VNI = 160
END
check_eq "syncconf touches what differs" "$(synced)" "vni-del 150 159
vni-del 161 199
vni-del 200
vni 90 99 192.0.2.2
vni 160
vni 201 202 192.0.2.2"
check_eq "and that is what is there" "$(table)" "vni 90-149 remote 192.0.2.2
vni 160
vni 201-202 remote 192.0.2.2
vni 300 remote 192.0.2.2"
need conf addconf <<<$'[Device]\n[Vni]\nVNI = 160-161'
check_eq "addconf adds" "$(table | sed -n 2p)" "vni 160-161"
check_eq "and only that" "$(table | wc -l)" 4
need conf syncconf <<<$'[Vni]\nVNI = 161-162'
check_eq "a file without [Device] only adds, too" "$(table | sed -n '2p; $p')" \
	"vni 160-162
vni 300 remote 192.0.2.2"
check_fail "a VNI twice" ':4: VNI 15 is there twice, see line 2' bash -c \
	"printf '[Vni]\nVNI = 10-20\n[Vni]\nVNI = 15\n' | ovltun -n $ns1 setconf ovl0 -"
check_fail "no VNI" ':2: VNI "x": expected a number' bash -c \
	"printf '[Vni]\nVNI = x\n' | ovltun -n $ns1 setconf ovl0 -"
check_fail "a section without" ':2: section has no VNI' bash -c \
	"printf '\n[Vni]\nRemote = 192.0.2.1\n[Device]\n' | ovltun -n $ns1 syncconf ovl0 -"
check_fail "which VNIs the kernel refuses" \
	'^-:5: VNIs failed' bash -c \
	"printf '[Vni]\nVNI = 7\nOptions = nix\n[Vni]\nVNI = 5-6\nOptions = nix' | ovltun -n $ns1 addconf ovl0 -"
for word in 'options nix' 'remote 224.0.0.1'; do
	check_match "attributes have names: $word" \
		"$(tool vni add ovl0 5 "${word% *}" "${word#* }" 2>&1)" \
		'^Error: ovl_tun: ([^(]|\(attribute [a-z])*$'
done
need conf setconf <<<'[Device]'
check_eq "an empty device" "$(table)$(tool -j peer show ovl0)" "[]"

# Who has a VNI
need ip -n "$ns1" link add ovl1 type ovl-tun id 42
need vni add ovl0 41,43
refused "another device's VNI" 'device ovl1 has VNI 42 already' add ovl0 40,42
check_eq "adds nothing of the request" "$(table)" "vni 41
vni 43"
check_fail "a device with a VNI of the table" 'device ovl0 has VNI 43 already' \
	ip -n "$ns1" link add ovl2 type ovl-tun id 43
check_fail "a device that would get one" 'device ovl0 has VNI 43 already' \
	ip -n "$ns1" link set ovl1 type ovl-tun id 43
need ip -n "$ns1" link add ovl2 type ovl-tun vnifilter vxlanport 5000 geneveport 5001
check "two tables on different ports" tool vni add ovl2 41-43
check_fail "may not come together" 'device ovl[01] has VNI 4[123] already' \
	ip -n "$ns1" link set ovl2 type ovl-tun vxlanport 4789 geneveport 6081
check_eq "and stay as they were" "$(ip -n "$ns1" -d -j link show ovl2 |
	jq -c '.[0].linkinfo.info_data | [.vxlan_port, .geneve_port]')" '[5000,5001]'
check_fail "a peer has no MAC list here" 'src_vni' ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2 mac 02:00:00:00:00:02
check_fail "nor a VNI that it sends" 'rx-vni' ovltun -n "$ns1" peer add ovl0 1 remote 192.0.2.2 rxvni 5
need ip -n "$ns1" link del ovl2
need ip -n "$ns1" link del ovl1
need ip -n "$ns1" link del ovl0

#
# bridge fdb with src_vni: as vxlan.ko
#
need ip -n "$ns1" link add ovl0 type ovl-tun vnifilter encap vxlan
need vni add ovl0 1010-1011 remote 192.0.2.2
need vni add ovl0 1012
if need ip -n "$ns1" link add vx0 type vxlan external vnifilter dstport 4790 nolearning &&
	bridge -n "$ns1" vni add dev vx0 vni 1010-1011 remote 192.0.2.2 &&
	bridge -n "$ns1" vni add dev vx0 vni 1012; then
	cat >"$_tmp/commands" <<-'END'
		fdb add 02:00:00:00:00:01 DEV dst 192.0.2.11 src_vni 1010
		fdb add 02:00:00:00:00:01 DEV dst 192.0.2.12 src_vni 1011
		fdb add 02:00:00:00:00:02 DEV dst 192.0.2.12 src_vni 1011 static
		fdb add 02:00:00:00:00:03 DEV dst 192.0.2.12 src_vni 1011 vni 7
		fdb replace 02:00:00:00:00:01 DEV dst 192.0.2.13 src_vni 1011
		fdb add 02:00:00:00:00:01 DEV dst 192.0.2.13 src_vni 1010
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.11 src_vni 1010
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.11 src_vni 1012
		fdb append 00:00:00:00:00:00 DEV dst 192.0.2.12 src_vni 1012
		fdb add 00:00:00:00:00:00 DEV dst 192.0.2.12 src_vni 1011
		fdb del 00:00:00:00:00:00 DEV dst 192.0.2.11 src_vni 1012
		fdb del 02:00:00:00:00:02 DEV src_vni 1010
		fdb del 02:00:00:00:00:02 DEV src_vni 1011
	END
	# Others flush all when they are told that.
	if bridge fdb help 2>&1 | sed -n '/flush/,$p' | grep -q src_vni; then
		cat >>"$_tmp/commands" <<-'END'
			fdb add 02:00:00:00:00:05 DEV dst 192.0.2.15 src_vni 1010
			fdb add 02:00:00:00:00:05 DEV dst 192.0.2.15 src_vni 1011
			fdb flush DEV dst 192.0.2.15 src_vni 1011
		END
	else
		skip "bridge fdb flush with src_vni" "no word of this bridge"
	fi
	for dev in vx0 ovl0; do
		sed "s/DEV/dev $dev/" "$_tmp/commands" >"$_tmp/batch"
		in_ns "$ns1" bridge -force -batch "$_tmp/batch" >/dev/null 2>"$_tmp/err"
		sed -n 's/^Command failed .*:\([0-9]*\)$/\1/p' "$_tmp/err" >"$_tmp/failed.$dev"
		# vxlan.ko says of its defaults which VNI they are sent.
		fdb show dev $dev | sed 's/ *$//; s/ vni \([0-9]*\) src_vni \1 / src_vni \1 /' |
			sort >"$_tmp/table.$dev"
		for mac in 02:00:00:00:00:01 00:00:00:00:00:00; do
			fdb get $mac dev $dev vni 1011 self
		done 2>&1 | sed "s/ dev $dev//; s/ *$//; s/ vni 1011 src_vni / src_vni /" >"$_tmp/get.$dev"
	done
	check_eq "bridge fdb get: as vxlan.ko" "$(<"$_tmp/get.ovl0")" "$(<"$_tmp/get.vx0")"
	check_eq "bridge fdb src_vni: refused as by vxlan.ko" "$(<"$_tmp/failed.ovl0")" "$(<"$_tmp/failed.vx0")"
	check_eq "bridge fdb src_vni: the table of vxlan.ko" "$(<"$_tmp/table.ovl0")" "$(<"$_tmp/table.vx0")"
	check_ge "bridge fdb src_vni: there is one" "$(wc -l <"$_tmp/table.ovl0")" 7
	need ip -n "$ns1" link del vx0
else
	skip "bridge fdb src_vni as vxlan.ko" "no bridge vni of vxlan here"
	need fdb add 02:00:00:00:00:01 dev ovl0 dst 192.0.2.11 src_vni 1010
fi
check_fail "src_vni is needed" 'src_vni is missing' \
	bridge -n "$ns1" fdb add 02:00:00:00:00:09 dev ovl0 dst 192.0.2.11
check_fail "one of the table" "not in the device's table" \
	bridge -n "$ns1" fdb add 02:00:00:00:00:09 dev ovl0 dst 192.0.2.11 src_vni 5
check_fail "the default goes with ovltun only" "the VNI's remote" \
	bridge -n "$ns1" fdb del 00:00:00:00:00:00 dev ovl0 src_vni 1011
need vni del ovl0 1010
check_eq "a VNI's entries go with it" "$(entries | grep -c 'src_vni 1010')" 0
check "those of others stay" has 'src_vni 1011'
need vni flush ovl0
check_eq "all go with all" "$(entries)" ""
check_eq "and so do the peers" "$(tool -j peer show ovl0)" "[]"
need ip -n "$ns1" link del ovl0

#
# Frames
#

# node NS N DEV: a bridge with the tunnel and two pods that have the same
# addresses in two VLANs, and one that only the second has
node() {
	local ns=$1 n=$2 dev=$3 pod vlan letter
	need ip -n "$ns" link add br0 type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
	need ip -n "$ns" link set br0 up
	need ip -n "$ns" link set "$dev" master br0
	need ip -n "$ns" link set "$dev" up
	need bridge -n "$ns" link set dev "$dev" vlan_tunnel on learning off
	need bridge -n "$ns" vlan add dev "$dev" vid 10-12
	need bridge -n "$ns" vlan add dev "$dev" vid 10-12 tunnel_info id 1010-1012
	for letter in a b c; do
		case $letter in a) vlan=10 ;; b) vlan=11 ;; c) vlan=12 ;; esac
		[ $letter != c ] || [ "$n" = 1 ] || continue
		setup_ns "pod$n$letter"
		eval "pod=\$pod$n$letter"
		need in_ns "$pod" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
		need ip -n "$ns" link add "p$letter" type veth peer name eth0 \
			netns "$pod" address "02:00:00:00:00:0$n" mtu 1450
		need ip -n "$pod" address add "10.0.0.$n/24" dev eth0
		[ $letter = a ] || need ip -n "$pod" address add "10.0.1.$n/24" dev eth0
		need ip -n "$pod" link set eth0 up
		need ip -n "$ns" link set "p$letter" master br0 up
		need bridge -n "$ns" vlan add dev "p$letter" vid $vlan pvid untagged
	done
}

reaches() { in_ns "$1" ping -n -q -c 2 -i 0.1 -w 5 "$2"; }
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 0.5 "$2"; }

# frames NS DEV COUNT: broadcasts of 50 bytes
frames() {
	in_ns "$1" python3 - "$2" "$3" "${4:-02:00:00:00:00:01}" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind((sys.argv[1], 0))
		for i in range(int(sys.argv[2])):
		    s.send(b"\xff" * 6 + bytes.fromhex(sys.argv[3].replace(":", "")) + b"\x88\xb5" + bytes(50))
	END
}

# What all pairs of nodes do
traffic() {
	local name=$1
	check "$name: VLAN 10" reaches "$pod1a" 10.0.0.2
	check "$name: VLAN 11" reaches "$pod1b" 10.0.0.2
	check "$name: what only VLAN 11 has is there" reaches "$pod1b" 10.0.1.2
	need ip -n "$pod1a" route replace 10.0.1.0/24 dev eth0
	check "$name: and not in VLAN 10" cut_off "$pod1a" 10.0.1.2
	need ip -n "$pod1a" neigh del 10.0.1.2 dev eth0 # or it asks on
	check "$name: large packets" in_ns "$pod1a" ping -n -q -c 1 -w 5 -s 1400 -M "do" 10.0.0.2
	check "$name: a stream" stream "$pod1a" "$pod2a" 10.0.0.2
}
port=5000
stream() {
	port=$((port + 1)) # what a stream before has left must not answer
	background ip netns exec "$2" timeout 80 socat -u TCP-LISTEN:$port,reuseaddr OPEN:/dev/null
	need busywait 5000 listening "$2" $port
	head -c 300000 /dev/zero | in_ns "$1" timeout 60 socat -u STDIN TCP:"$3":$port
	wait "$bg_pid"
}

need ip -n "$ns1" link add ovl0 type ovl-tun vnifilter encap vxlan
need vni add ovl0 1010-1011 remote 192.0.2.2
need ip -n "$ns2" link add ovl0 type ovl-tun vnifilter encap vxlan
need ovltun -n "$ns2" vni add ovl0 1010-1011 remote 192.0.2.1
node "$ns1" 1 ovl0
node "$ns2" 2 ovl0
traffic "VXLAN"

# No ARP in between
for pod in "$pod1a" "$pod1b"; do
	need ip -n "$pod" neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0
done
need ip -n "$pod1b" neigh replace 10.0.1.2 lladdr 02:00:00:00:00:02 dev eth0
for pod in "$pod2a" "$pod2b"; do
	need ip -n "$pod" neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0
	need ip -n "$pod" neigh replace 10.0.1.1 lladdr 02:00:00:00:00:01 dev eth0
done
before1=$(stats "$ns1" 1010) before2=$(stats "$ns2" 1010) other=$(stats "$ns2" 1011)
diff() { jq -nc --argjson a "$2" --argjson b "$1" '[range(6)] | map($a[.] - $b[.])'; }
frames "$pod1a" eth0 10
check "frames arrive" busywait 5000 eval '[ "$(diff "$before2" "$(stats "$ns2" 1010)" | jq .[0])" = 10 ]'
check_eq "counted where they are sent" "$(diff "$before1" "$(stats "$ns1" 1010)")" "[0,10,0,500,0,0]"
check_eq "and received" "$(diff "$before2" "$(stats "$ns2" 1010)")" "[10,0,500,0,0,0]"
check_eq "in this VNI only" "$(stats "$ns2" 1011)" "$other"

before=$(drops tx-vni-unknown)
frames "$pod1c" eth0 5
busywait 5000 dropped tx-vni-unknown $((before + 5))
check_eq "a VLAN whose VNI isn't in the table" "$(drops tx-vni-unknown)" $((before + 5))
before=$(drops tx-no-vni)
frames "$ns1" ovl0 5
check_eq "frames that no bridge has sent" "$(drops tx-no-vni)" $((before + 5))
need ovltun -n "$ns2" vni add ovl0 1012 remote 192.0.2.1
need ip -n "$ns2" link add pc type veth peer name pc1
need ip -n "$ns2" link set pc1 up
need ip -n "$ns2" link set pc master br0 up
need bridge -n "$ns2" vlan add dev pc vid 12 pvid untagged
before=$(port_drops rx-vni-unknown)
frames "$ns2" pc1 5
check "a VNI that isn't in the receiver's table" busywait 5000 port_dropped rx-vni-unknown $((before + 5))

# Geneve, and a change of it under way
need ip -n "$ns1" link set ovl0 type ovl-tun encap geneve
need ip -n "$ns2" link set ovl0 type ovl-tun encap geneve
traffic "Geneve"
need tool options add ovl0 0x0102:0x01:00010002
check "Geneve with an option" reaches "$pod1b" 10.0.0.2
need tool options flush ovl0
need vni replace ovl0 1010-1011 remote 2001:db8::2
need ovltun -n "$ns2" vni replace ovl0 1010-1011 remote 2001:db8::1
check "over IPv6: VLAN 10" reaches "$pod1a" 10.0.0.2
check "over IPv6: VLAN 11" reaches "$pod1b" 10.0.1.2
need vni replace ovl0 1010-1011 remote 192.0.2.2
need ovltun -n "$ns2" vni replace ovl0 1010-1011 remote 192.0.2.1

# A narrow path: the answer comes back into the VLAN it is for.
need ip -n "$ns1" link set ovl0 mtu 1440 # or the bridge would not forward it
need ip -n "$ns1" link set eth0 mtu 1400
check_match "a packet that is too big is answered into its VLAN" \
	"$(in_ns "$pod1b" ping -n -c 2 -i 0.2 -W 1 -s 1400 -M "do" 10.0.1.2 2>&1)" 'Frag needed|too long|mtu'
need ip -n "$ns1" link set eth0 mtu 1500
need ip -n "$ns1" link set ovl0 mtu 1450 # or it would drop a pod's largest segments
need ip -n "$pod1b" route flush cache

# Removal under traffic
(in_ns "$pod1a" ping -n -q -i 0.002 -c 1000 10.0.0.2 >/dev/null) &
for ((i = 0; i < 20; i++)); do
	echo "vni del ovl0 1010"
	echo "vni add ovl0 1000-1010 remote 192.0.2.2"
	echo "vni del ovl0 1000-1009"
done >"$_tmp/batch"
check "a VNI comes and goes under traffic" ovltun -n "$ns1" -batch "$_tmp/batch"
wait %+
check "and works in the end" reaches "$pod1a" 10.0.0.2

# Peers and flood lists
need tool peer add ovl0 2 name two remote 192.0.2.2
check_eq "a user's peer takes the place of the default's" \
	"$(tool -j peer show ovl0 | jq -c 'map([.peer, .implicit])')" '[[2,false]]'
check "and is used" reaches "$pod1a" 10.0.0.2
check_ge "and counts" "$(tool -s -j peer show ovl0 | jq '.[0].stats.tx_packets')" 2
need tool peer del ovl0 2
check_eq "without it the default stays" "$(table)" "vni 1010-1011 remote 192.0.2.2"
check "and works" reaches "$pod1a" 10.0.0.2
need vni change ovl0 1011
check "a VNI without a default" cut_off "$pod1b" 10.0.1.2
check "the other one has its own" reaches "$pod1a" 10.0.0.2
need fdb append 00:00:00:00:00:00 dev ovl0 dst 192.0.2.2 src_vni 1011
check "a flood list for a VNI" reaches "$pod1b" 10.0.1.2
need fdb del 00:00:00:00:00:00 dev ovl0 src_vni 1011
need ip -n "$ns1" link set ovl0 type ovl-tun remote 192.0.2.2
check "the link's remote is the default of all others" reaches "$pod1b" 10.0.1.2
need ip -n "$ns1" link set ovl0 type ovl-tun remote any

# Known sources
need fdb add 02:00:00:00:00:02 dev ovl0 dst 198.51.100.3 src_vni 1011
check "an entry in one VNI leads elsewhere" cut_off "$pod1b" 10.0.1.2
check "and not in the other" reaches "$pod1a" 10.0.0.2
need fdb del 02:00:00:00:00:02 dev ovl0 src_vni 1011
need ip -n "$ns3" link add ovl0 address 02:00:00:00:00:02 type ovl-tun id 1011 remote 198.51.100.1
need ip -n "$ns3" link set ovl0 up
before=$(stats "$ns1" 1011) unknown=$(drops rx-source-unknown)
frames "$ns3" ovl0 5
check "frames of a stranger are dropped" busywait 5000 dropped rx-source-unknown $((unknown + 5))
check_eq "and counted in the VNI" "$(diff "$before" "$(stats "$ns1" 1011)" | jq -c '[.[0], .[4]]')" "[0,5]"

# Learning: one MAC address in two VNIs at two nodes
need ip -n "$ns1" link set ovl0 type ovl-tun learning
need ip -n "$ns2" link set br0 type bridge ageing_time 100
frames "$ns3" ovl0 1 02:00:00:00:00:02
frames "$pod2a" eth0 1 02:00:00:00:00:02
check "learned in one VNI" busywait 5000 has '^02:00:00:00:00:02 dst 192.0.2.2 src_vni 1010 self'
check "and in the other" busywait 5000 has '^02:00:00:00:00:02 dst 198.51.100.3 src_vni 1011 self'
check "frames go where it is in their VNI" reaches "$pod1a" 10.0.0.2
need ip -n "$ns3" address add 10.0.1.2/24 dev ovl0
check "frames go where it is in the other" reaches "$pod1b" 10.0.1.2
need vni del ovl0 1011
check "what was learned goes with the VNI" gone 'src_vni 1011'
check "with its peer" busywait 5000 eval '[ "$(tool -j peer show ovl0 | jq -c "map(.remote)")" = "[\"192.0.2.2\"]" ]'
need ip -n "$ns1" link set ovl0 type ovl-tun nolearning
need ip -n "$ns1" link set ovl0 down
need ip -n "$ns1" link set ovl0 up

# vxlan.ko on the other node
need ip -n "$ns1" link set ovl0 type ovl-tun encap vxlan
need vni replace ovl0 1010-1011 remote 192.0.2.2
need ip -n "$ns2" link del ovl0
need ip -n "$ns2" link add ovl0 type vxlan external vnifilter dstport 4789 local 192.0.2.2 nolearning
if bridge -n "$ns2" vni add dev ovl0 vni 1010-1011 remote 192.0.2.1 2>"$_tmp/err"; then
	need ip -n "$ns2" link set ovl0 master br0
	need ip -n "$ns2" link set ovl0 up
	need bridge -n "$ns2" link set dev ovl0 vlan_tunnel on learning off
	need bridge -n "$ns2" vlan add dev ovl0 vid 10-12
	need bridge -n "$ns2" vlan add dev ovl0 vid 10-12 tunnel_info id 1010-1012
	traffic "vxlan.ko"
else
	skip "vxlan.ko" "$(<"$_tmp/err")"
fi

# Where a MAC address is, in each VNI
need ip -n "$ns1" link add ovl1 type ovl-tun vnifilter dstport 6082
need vni add ovl1 5 remote 192.0.2.5
need vni add ovl1 6-7
need fdb add 02:00:00:00:00:09 dev ovl1 src_vni 6 dst 192.0.2.6
need fdb add 02:00:00:00:00:09 dev ovl1 src_vni 7 dst 192.0.2.7
way() { tool peer get ovl1 to 02:00:00:00:00:09 "$@"; }
for n in 6 7; do
	check_match "a MAC address in VNI $n" "$(way vni $n)" " remote 192.0.2.$n .* match mac "
done
check_match "the VNI's remote" "$(way vni 5)" ' remote 192.0.2.5 .* match remote '
check_fail "a VNI that isn't there" 'vni is none of the device\.$' way vni 8
check_fail "no VNI" 'vni is missing' way
need ip -n "$ns1" link add ovl2 type ovl-tun id 77 dstport 6082 remote 192.0.2.2
check_fail "a VNI where there is but one" 'vni is for a MAC address' \
	tool peer get ovl2 to 02:00:00:00:00:09 vni 77
need ip -n "$ns1" link del ovl2
need ip -n "$ns1" link del ovl1

# The end of a device while frames come
(in_ns "$pod2a" ping -n -q -i 0.002 -c 300 10.0.0.1 >/dev/null) &
sleep 0.2
check "a device goes under traffic" ip -n "$ns1" link del ovl0
wait %+ || : # whether any ping was answered
