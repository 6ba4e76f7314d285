#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Devices and the module come and go under traffic, and leave nothing behind. # timeout: 200
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun
underlay v4
mac=02:00:00:00:00:0
# commands N: what makes node N's ovl0, for ip -batch
commands() {
	echo "link add ovl0 address $mac$1 type ovl-tun id 1 remote 192.0.2.$((3 - $1))"
	echo "address add 10.0.0.$1/24 dev ovl0"
	echo "neighbor replace 10.0.0.$((3 - $1)) lladdr $mac$((3 - $1)) dev ovl0"
	echo "link set ovl0 up"
}
batch() { # NS: commands of ip on standard input
	cat >"$_tmp/batch"
	need ip -n "$1" -batch "$_tmp/batch"
}
repeat() { local i; for ((i = 0; i < $1; i++)); do cat "$2"; done; }
reach() { in_ns "$ns1" ping -c 2 -i 0.1 -W 3 10.0.0.2; }
sockets() { in_ns "$ns1" ss -Hlun | wc -l; }
devices() { ip -n "$1" -o link show type ovl-tun | wc -l; }
received() { ip -n "$ns1" -s -j link show eth0 | jq '.[0].stats64.rx.packets'; }

commands 1 >"$_tmp/add"
{ cat "$_tmp/add"; echo "link delete ovl0"; } >"$_tmp/cycle"
commands 2 | batch "$ns2"
printf 'link set ovl0 %s\n' down up >"$_tmp/bounce"

# A sender that goes on whatever becomes of the receiver
background ip netns exec "$ns2" ping -q -i 0.004 10.0.0.1
sender=$bg_pid

n=$(received)
check "a device comes and goes while packets arrive" \
	ip -n "$ns1" -batch <(repeat 15 "$_tmp/cycle")
check_ge "they did arrive" $(($(received) - n)) 15
check_eq "no port stays open" "$(sockets)" 0

batch "$ns1" <"$_tmp/add"
check_eq "a port of each encapsulation is open" "$(sockets)" 2
check "traffic" reach
background ip netns exec "$ns1" ping -q -i 0.004 10.0.0.2
check "a device goes up and down under traffic of both directions" \
	ip -n "$ns1" -batch <(repeat 15 "$_tmp/bounce")
need ip -n "$ns1" neighbor replace 10.0.0.2 lladdr ${mac}2 dev ovl0
check "and works at the end" reach

# The underlay's interface goes up and down
need ip -n "$ns1" -batch <(printf 'link set eth0 %s\n' down up down up down up)
check "as it does after the underlay was down" busywait 5000 reach
need ip -n "$ns1" link delete eth0
check "the device outlives the underlay's interface" ip -n "$ns1" link show ovl0
in_ns "$ns1" ping -c 1 -W 0.5 10.0.0.2 >/dev/null
check_ge "and counts that there is no way" \
	"$(ovltun -n "$ns1" -s -j dev show ovl0 | jq '.[0].drops["tx-no-route"]')" 1
link_pair "$ns1" eth0 192.0.2.1/24 "$ns2" eth0 192.0.2.2/24
check "another underlay interface takes its place" busywait 5000 reach

# Changed by one, deleted by another
for i in {1..4000}; do
	echo "link set ovl0 type ovl-tun encap vxlan vxlanport $((5000 + i))"
	echo "link set ovl0 type ovl-tun encap geneve id $i"
done >"$_tmp/change"
changed() { [ "$(ovltun -n "$ns1" -j dev show ovl0 | jq '.[0].vxlan_port')" -gt 5003 ]; }
ip -n "$ns1" -batch "$_tmp/change" >"$_tmp/changed" 2>&1 &
changer=$!
check "changes are under way" busywait 10000 changed
check "a device is deleted while it is changed and used" ip -n "$ns1" link delete ovl0
wait $changer
check_match "which is what ended the changes" "$(cat "$_tmp/changed")" \
	'(Cannot find|No such) device'
check_eq "no port stays open then" "$(sockets)" 0
kill "$bg_pid" "$sender"

# Many
many() { # N: the other node
	local i
	for i in {1..200}; do
		echo "link add ovl$i group 7 type ovl-tun id $((i * 80000)) remote 192.0.2.$1"
		echo "link set ovl$i up"
	done
}
need ip -n "$ns2" link delete ovl0
# Nobody is to say anything before the other node is complete.
for ns in "$ns1" "$ns2"; do
	need in_ns "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1
done
check "200 devices" ip -n "$ns1" -batch <(many 2)
check "200 devices on the other node" ip -n "$ns2" -batch <(many 1)
check_eq "they share two ports" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .devices]) | sort')" \
	'[[4789,200],[6081,200]]'
check_eq "all are listed" "$(ovltun -n "$ns1" -j dev | jq 'map(.id / 80000) | sort == [range(1; 201)]')" true
check_eq "with their options" "$(ovltun -n "$ns1" -j options | jq length)" 200
{
	echo "link set ovl100 type ovl-tun encap vxlan"
	for i in 1 100 200; do echo "address add 10.$i.0.1/24 dev ovl$i"; done
} | batch "$ns1"
for i in 1 100 200; do echo "address add 10.$i.0.2/24 dev ovl$i"; done | batch "$ns2"
for i in 1 100 200; do
	check "device $i finds its peer" in_ns "$ns1" ping -c 1 -W 3 10.$i.0.2
done
check_eq "and no packet went astray" \
	"$(ovltun -n "$ns2" -s -j port | jq -c '[.[].drops | select(. != {})]')" '[]'
check "all are deleted at once" ip -n "$ns1" link delete group 7
check_eq "without a trace" "$(devices "$ns1") $(sockets) $(ovltun -n "$ns1" -j dev)" "0 0 []"
need ip -n "$ns2" link delete group 7

# Memory: each round makes 200 devices and 1000 changes, so whatever leaks adds
# hundreds of objects to one cache in every round. What the allocator keeps at
# hand varies by hundreds too, but not for the same cache round after round.
objects() {
	local shrink
	echo 2 >/proc/sys/vm/drop_caches # ends kfree_rcu()'s patience
	sleep 0.3
	for shrink in /sys/kernel/slab/*/shrink; do echo 1 >"$shrink"; done
	awk 'FNR > 2 { print $1, $2 }' /proc/slabinfo
	awk '/^Percpu:/ { print "per-CPU_units_of_256_bytes", $2 * 4 }' /proc/meminfo
}
# least_growth COUNTS...: "OBJECTS CACHE" of the cache whose smallest growth
# from one of the files to the next is the largest
least_growth() {
	awk '{ if (($1 in old) && (!($1 in least) || $2 - old[$1] < least[$1]))
			least[$1] = $2 - old[$1]
		old[$1] = $2 }
		END { for (c in least) if (least[c] > most) { most = least[c]; name = c }
		print most + 0, name }' "$@"
}
{
	many 2
	cat "$_tmp/add"
	printf 'link set ovl0 type ovl-tun encap %s\n' vxlan geneve vxlan geneve
	printf 'link set ovl0 type ovl-tun vxlanport %s\n' {4780..4789}
} >"$_tmp/round"
printf 'options replace ovl0 0x101:1:%08d\n' {1..1000} >"$_tmp/options"
round() {
	need ip -n "$ns1" -batch "$_tmp/round"
	need ovltun -n "$ns1" -batch "$_tmp/options"
	need ip -n "$ns1" link delete group 7
	need ip -n "$ns1" link delete ovl0
	objects >"$1"
}
round "$_tmp/objects.0"
for i in {1..4}; do
	round "$_tmp/objects.$i"
	read -r more cache <<<"$(least_growth "$_tmp"/objects.*)"
	diag "in each of $i rounds: $more of $cache"
	[ "$more" -gt 100 ] || break
done
check_le "200 devices and 1000 changes leave nothing" "$more" 100

# The module
{
	cat "$_tmp/add"
	echo "link add ovl1 type ovl-tun id 2 remote 192.0.2.2 encap vxlan"
	echo "link set ovl1 up"
} | batch "$ns1"
commands 2 | batch "$ns2"
check "traffic before the module goes" reach
background ip netns exec "$ns2" iperf3 -s
need busywait 15000 listening "$ns2" 5201
background timeout 30 ip netns exec "$ns1" iperf3 -c 10.0.0.2 -t 20
background ip netns exec "$ns1" ping -q -f 10.0.0.2
background ip netns exec "$ns2" ping -q -f 10.0.0.1
received_all() { [ "$(received)" -ge "$1" ]; }
check "packets run both ways" busywait 10000 received_all $(($(received) + 100))
check_eq "nothing holds the module" "$(cat /sys/module/ovl_tun/refcnt)" 0
check "it is unloaded under traffic" modprobe -r ovl-tun
check_eq "and takes all with it" "$(devices "$ns1") $(devices "$ns2") $(sockets)" "0 0 0"
need modprobe ovl-tun
check_eq "loaded again it has nothing" "$(ovltun -n "$ns1" -j dev)$(ovltun -n "$ns1" -j port)" '[][]'
commands 1 | batch "$ns1"
commands 2 | batch "$ns2"
check "and works" reach
