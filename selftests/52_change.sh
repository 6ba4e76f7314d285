#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What changelink and options change under traffic, and what a refusal leaves. # timeout: 150
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun
underlay both
for ns in "$ns1" "$ns2"; do
	far=$([ "$ns" = "$ns1" ] && echo 2 || echo 1)
	cat >"$_tmp/up" <<-E
		link add ovl0 address 02:00:00:00:00:0$((3 - far)) type ovl-tun id 1 remote 192.0.2.$far
		address add 10.0.0.$((3 - far))/24 dev ovl0
		neighbor add 10.0.0.$far lladdr 02:00:00:00:00:0$far dev ovl0
		link set ovl0 up
	E
	need ip -n "$ns" -batch "$_tmp/up"
done
reach() { in_ns "$ns1" ping -c 2 -i 0.1 -W 3 10.0.0.2; }
lost() { ! in_ns "$ns1" ping -c 1 -W 0.5 10.0.0.2 >/dev/null; }
drop() { ovltun -n "$1" -s -j dev show ovl0 | jq ".[0].drops[\"$2\"] // 0"; }
# set NS ARG...: change ovl0
set_() { ip -n "$1" link set ovl0 type ovl-tun "${@:2}"; }
check "traffic before any change" reach || exit
ifindex=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')

#
# 1. No packet is lost where nothing has to be agreed on
#
# flood NAME CMD...: CMD again and again while a flood of pings is counted, a
# longer one if CMD has not ended once by then
flood() {
	local name=$1 pid rounds=0 count
	shift
	for count in 500 2000 8000; do
		in_ns "$ns1" ping -q -f -c $count -W 3 10.0.0.2 >"$_tmp/flood" 2>&1 &
		pid=$!
		while need "$@" && kill -0 $pid 2>/dev/null; do
			rounds=$((rounds + 1))
		done
		wait $pid
		[ $rounds = 0 ] || break
	done
	check_match "$name" "$rounds rounds, $(grep loss "$_tmp/flood")" \
		"^[1-9].* $count received.* 0% packet loss"
}
for encap in vxlan geneve; do
	echo "link set ovl0 type ovl-tun encap $encap"
done >"$_tmp/flip"
cat "$_tmp"/flip{,,,,} >"$_tmp/flips"
flips() {
	ip -n "$ns1" -batch "$_tmp/flips" && ip -n "$ns2" -batch "$_tmp/flips"
}
flood "flipping the encapsulation loses no packet" flips

cat >"$_tmp/opts" <<-E
	options add ovl0 0x102:1:00112233 0x102:2:
	options replace ovl0 0x102:1:0011223344556677
	options del ovl0 0x102:2
	options add ovl0 0x107:7:00000000000000000000000000000000
	options flush ovl0
E
opts() {
	ovltun -n "$ns1" -batch "$_tmp/opts" && ovltun -n "$ns2" -batch "$_tmp/opts"
}
flood "changing options loses no packet" opts
need ovltun -n "$ns1" options add ovl0 0x102:1:00112233
need reach
check_ge "options are on the wire" \
	"$(ovltun -n "$ns2" -s -j dev show ovl0 | jq '.[0].options_skipped')" 2
need ovltun -n "$ns1" options flush ovl0

for policy in "ttl 9 tos inherit df set noudpcsum srcport 40000 40100" \
	"local 192.0.2.1 dev eth0 ttl inherit tos 0x10" \
	"ttl auto tos 0 df unset udpcsum srcport 0 0 local any dev any"; do
	echo "link set ovl0 type ovl-tun $policy"
done >"$_tmp/policies"
policies() { ip -n "$ns1" -batch "$_tmp/policies"; }
flood "changing what fills the outer headers loses no packet" policies

background ip netns exec "$ns2" iperf3 -s -p 5201
server=$bg_pid
need busywait 15000 listening "$ns2" 5201
in_ns "$ns1" timeout 30 iperf3 -c 10.0.0.2 -p 5201 -t 2 -J >"$_tmp/iperf" 2>&1 &
iperf=$!
while kill -0 $iperf 2>/dev/null; do need flips; done
wait $iperf
check "TCP runs while the encapsulation flips" \
	jq -e '.end.sum_received.bytes > 100000' "$_tmp/iperf"
kill "$server"

#
# 2. What both ends have to change, with packets under way all the time
#
background ip netns exec "$ns1" ping -q -i 0.02 10.0.0.2
pings=$bg_pid
ports() { ovltun -n "$ns2" -j port | jq -c '[.[] | "\(.encap) \(.family) \(.port)"] | sort'; }
need set_ "$ns1" geneveport 7000 vxlanport 7001
check "with another port nothing arrives" lost
need set_ "$ns2" geneveport 7000 vxlanport 7001
check "on both sides it does" reach
check_eq "the old ports are closed" "$(ports)" \
	'["geneve inet 7000","vxlan inet 7001"]'
need set_ "$ns2" encap vxlan dstport 8001
need set_ "$ns1" encap vxlan dstport 8001
check "dstport is that of the encapsulation" reach
check_eq "and of no other" "$(ports)" '["geneve inet 7000","vxlan inet 8001"]'
need set_ "$ns1" id 16777215
check "with another VNI nothing arrives" lost
need set_ "$ns2" id 16777215
check "on both sides it does" reach
need set_ "$ns2" id 0 encap geneve
need set_ "$ns1" id 0 encap geneve
check "VNI 0" reach

need set_ "$ns1" remote 2001:db8::2
check "remotes of different families do not meet" lost
need set_ "$ns2" remote 2001:db8::1 local 2001:db8::2
check "over IPv6 now" reach
check_eq "with sockets of that family only" "$(ports)" \
	'["geneve inet6 7000","vxlan inet6 8001"]'
check_fail "local of the other family stays a contradiction" 'one address family' \
	set_ "$ns2" remote 192.0.2.1
need set_ "$ns2" remote 192.0.2.1 local any
need set_ "$ns1" remote 192.0.2.2
check "over IPv4 again" reach
need ip -n "$ns2" address add 192.0.2.22/24 dev eth0
need set_ "$ns1" remote 192.0.2.22
check "a remote with another address is another peer" lost
need set_ "$ns2" local 192.0.2.22
check "and understood once it says so" reach
need set_ "$ns1" remote any
check "without a remote nothing is sent" lost
check_ge "and that is counted" "$(drop "$ns1" tx-no-remote)" 1
need set_ "$ns1" remote 192.0.2.2
need set_ "$ns2" local any
check "the remote is back" reach
check "the pings still run" kill -0 "$pings"
kill "$pings"
check_eq "it is the same device" \
	"$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')" "$ifindex"

#
# 3. accept
#
need set_ "$ns2" accept geneve encap geneve
check_eq "what isn't accepted has no port" "$(ports)" '["geneve inet 7000"]'
need set_ "$ns1" encap vxlan
check "and does not arrive" lost
need set_ "$ns2" encap vxlan
check "what is only sent is not accepted either" lost
check_ge "but counted" "$(drop "$ns2" rx-encap-refused)" 1
need set_ "$ns2" accept vxlan
check "accepted again" reach
need set_ "$ns1" encap geneve
check "the other one isn't now" lost
need set_ "$ns2" accept both
check "both" reach

#
# 4. A refused change changes nothing
#
need modprobe vxlan
cat >"$_tmp/holders" <<-E
	link add vx0 type vxlan id 9 dstport 4444 local 192.0.2.1
	link set vx0 up
	link add ovl1 type ovl-tun id 2 remote 192.0.2.2 geneveport 7000 vxlanport 8001
	link set ovl1 up
E
need ip -n "$ns1" -batch "$_tmp/holders"
need ovltun -n "$ns1" options add ovl0 0x105:5:00000000
state() {
	ip -n "$ns1" -d -j link show ovl0
	ovltun -n "$ns1" -j dev show ovl0
	ovltun -n "$ns1" -j options show ovl0
	ovltun -n "$ns1" -j port
}
before=$(state)
refused() { # REGEX ARG...
	local regex=$1
	shift
	# Much else is asked for that could be done.
	check_fail "refused: $*" "$regex" \
		set_ "$ns1" ttl 7 tos 4 df set accept both noudpcsum "$@"
	[ "$(state)" = "$before" ] || fail "nothing is changed by: $*"
}
refused 'vxlanport and geneveport must differ' vxlanport 7777 geneveport 7777
refused 'dstport contradicts' encap geneve dstport 7777 geneveport 7778
refused 'srcport' srcport 9 5
refused 'remote must be a unicast' remote 255.255.255.255
refused 'remote must be a unicast' remote 127.0.0.1
refused 'remote must be a unicast' remote ::1
refused 'link-local and needs dev' remote fe80::2
refused 'local must be a unicast' local 255.255.255.255
refused 'one address family' local 2001:db8::1
refused 'flowlabel needs an IPv6 remote' flowlabel 5
refused 'dev is the tunnel itself' dev ovl0
refused 'UDP port 4444 \(vxlan\) is held by vxlan device vx0' encap vxlan vxlanport 4444 geneveport 4445
refused 'UDP port 4444 \(geneve\) is held by vxlan device vx0' vxlanport 4443 geneveport 4444
refused 'in use for geneve by' vxlanport 7000 geneveport 7002
refused 'device ovl1 has VNI 2' id 2 encap vxlan
check_fail "refused: an option that is there, among others" 'exists|there' \
	ovltun -n "$ns1" options add ovl0 0x106:6: 0x105:5:00000001 0x107:7:
check_eq "options come all or none" "$(state)" "$before"
check "traffic after all refusals" reach
