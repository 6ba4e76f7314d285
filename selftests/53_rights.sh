#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Who may do and see what: users, containers, devices lent to containers. # timeout: 90
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun
underlay v4

# Those who act. nobody: a user without rights on the node. weak: root without
# CAP_NET_ADMIN. caged: root of a container, that is of a user namespace that
# owns its network namespace. visitor: the node's root in that namespace.
user="setpriv --reuid=65534 --regid=65534 --clear-groups"
# shellcheck disable=SC2086
nobody() { in_ns "$ns1" $user "$@"; }
weak() { in_ns "$ns1" setpriv --bounding-set=-net_admin --inh-caps=-net_admin "$@"; }
# shellcheck disable=SC2086
caged() { $user nsenter -t "$cage" -U -n --preserve-credentials "$@"; }
visitor() { nsenter -t "$cage" -n "$@"; }
# cage_up: start a container, its process id is in $cage
cage_up() {
	# shellcheck disable=SC2086
	background $user unshare -Urn sleep 1000
	cage=$bg_pid
	# shellcheck disable=SC2016
	busywait 5000 sh -c '[ "$(readlink /proc/$0/ns/net)" != "$(readlink /proc/self/ns/net)" ] &&
		grep -q sleep /proc/$0/comm' "$cage"
}
need cage_up
check "the container has a root of its own" caged sh -c '[ $(id -u) = 0 ]' || exit
need caged ip link set lo up

for ns in "$ns1" "$ns2"; do
	far=$([ "$ns" = "$ns1" ] && echo 2 || echo 1)
	cat >"$_tmp/up" <<-E
		link add ovl0 type ovl-tun id 1 remote 192.0.2.$far
		link set ovl0 up
		link add ovl1 type ovl-tun id 2 remote 192.0.2.$far
		address add 10.0.0.$((3 - far))/24 dev ovl1
		link set ovl1 up
	E
	need ip -n "$ns" -batch "$_tmp/up"
done
need ovltun -n "$ns1" options add ovl0 0x101:1:00000000
state() { ip -n "$ns1" -d -j link; ovltun -n "$ns1" -j options; }
before=$(state)

#
# 1. Without CAP_NET_ADMIN: look, don't touch
#
for who in nobody weak; do
	for what in "ip link add ovl9 type ovl-tun id 9" \
		"ip link set ovl0 type ovl-tun ttl 3" \
		"ip link set ovl0 down" \
		"ip link set ovl0 netns $cage" \
		"ip link delete ovl0" \
		"ovltun options add ovl0 0x102:2:" \
		"ovltun options replace ovl0 0x101:1:11111111" \
		"ovltun options del ovl0 0x101:1" \
		"ovltun options flush ovl0"; do
		# shellcheck disable=SC2086
		check_fail "$who may not: $what" 'not permitted' $who $what
	done
	check "$who may look" $who sh -c 'ovltun -s dev show ovl0 &&
		ovltun -s dev && ovltun -s port && ovltun options && ip -d link show ovl0'
done
check_eq "none of it changed anything" "$(state)" "$before"

#
# 2. A container on its own: everything, within it
#
cat >"$_tmp/own" <<-E
	link add br0 type bridge
	address add 10.8.0.1/24 dev br0
	link set br0 up
	link add own type ovl-tun id 1 remote 10.8.0.2
	link set own up
	link set own type ovl-tun ttl 9 encap vxlan
E
own() { caged ip -batch - <"$_tmp/own"; }
check "a container makes and changes devices of its own" own
check "their options too" caged sh -c \
	'ovltun options add own 0x102:2: && ovltun options del own 0x102:2'
check_eq "it sees its devices alone" "$(caged ovltun -j dev | jq -r '.[].ifname')" own
check_eq "and their options" "$(caged ovltun -j options | jq -r '.[].ifname')" own
check_eq "its ports count its devices" \
	"$(caged ovltun -j port | jq -c 'map([.port, .devices]) | sort')" '[[4789,1],[6081,1]]'
check_eq "as the node's count the node's" \
	"$(ovltun -n "$ns1" -j port | jq -c 'map([.port, .devices]) | sort')" '[[4789,2],[6081,2]]'
check_fail "the node's devices aren't there" 'find|exist|No such' caged ovltun dev show ovl0

#
# 3. A device lent to the container: used, not changed
#
# shellcheck disable=SC2086
background $user nsenter -t "$cage" -U -n --preserve-credentials ovltun -j monitor
events=$bg_out monitor=$bg_pid
check "the node lends a device" ip -n "$ns1" link set ovl1 netns "$cage"
check "the container brings it up" caged sh -c \
	'ip address add 10.0.0.1/24 dev ovl1 && ip link set ovl1 up'
check "and uses it" caged ping -c 2 -i 0.1 -W 2 10.0.0.2
check_match "it sees that the underlay is elsewhere" \
	"$(caged ovltun -j dev show ovl1 | jq .[0].link_netnsid)" '^[0-9]+$'
lent() { ip -n "$ns1" -j link; visitor ip -d -j link show ovl1; visitor ovltun -j options; }
before=$(lent)
refusal="CAP_NET_ADMIN is needed in the underlay's namespace"
for what in "remote 10.8.0.2" "id 1" "geneveport 53" "local 192.0.2.77" "encap vxlan" \
	"dev br0" "ttl 3" "id 2"; do
	# shellcheck disable=SC2086
	check_fail "a container may not change: $what" "$refusal" \
		caged ip link set ovl1 type ovl-tun $what
done
for what in "add ovl1 0x102:2:" "flush ovl1"; do
	# shellcheck disable=SC2086
	check_fail "nor its options: $what" "$refusal" caged ovltun options $what
done
nsid=$(caged ovltun -j dev show ovl1 | jq .[0].link_netnsid)
check_fail "it may not make another over that underlay" 'not permitted' \
	caged ip link add ovl9 link-netnsid "$nsid" type ovl-tun id 9
# A newer ip gives up by itself: it may not open that namespace.
check_fail "nor move one to the node" 'not permitted|Invalid "netns"' caged sh -c 'ip link set ovl1 netns 1 || exit 1'
check_eq "none of it changed anything" "$(lent)" "$before"
check_eq "the underlay's ports stay out of sight" \
	"$(caged ovltun -j port | jq -c 'map([.port, .devices]) | sort')" '[[4789,1],[6081,1]]'
check "the container's own matters are its own" caged sh -c \
	'ip link set ovl1 mtu 1300 && ip link set ovl1 address 02:00:00:00:00:11 &&
	 ip link set ovl1 down && ip link set ovl1 name lent && ip link set lent up'
check "the node's root changes it in there" visitor ip link set lent type ovl-tun ttl 9
check "with its options" visitor ovltun options add lent 0x102:2:
check "the container uses it still" caged ping -c 2 -i 0.1 -W 2 10.0.0.2
check_eq "and keeps the MTU it has set" "$(caged ovltun -j dev show lent | jq -c '.[0] | [.mtu, .mtu_auto]')" '[1300,false]'
# Change something out of its sight
need ip -n "$ns1" link set ovl0 type ovl-tun ttl 77
need ovltun -n "$ns1" options replace ovl0 0x101:1:77777777
need visitor ip link set lent type ovl-tun ttl 8 # comes behind these
need busywait 10000 grep -q '"ttl":8' "$events"
check "events of its devices reach the container" grep -q lent "$events"
check_eq "those of others don't" "$(grep -E 'ovl0|77' "$events")" ''

kill "$monitor"

# Lent on, to a namespace within the container
# shellcheck disable=SC2086
background $user nsenter -t "$cage" -U -n --preserve-credentials unshare -n sleep 1000
inner=$bg_pid
need busywait 5000 grep -q sleep "/proc/$inner/comm"
sleep 0.2
check "the container lends it on" caged ip link set lent netns "$inner"
# shellcheck disable=SC2086
check_fail "which gives no right to change it" "$refusal" \
	$user nsenter -t "$inner" -U -n --preserve-credentials \
	ip link set lent type ovl-tun ttl 3
check "nor takes the node's" nsenter -t "$inner" -n ip link set lent type ovl-tun ttl 5
need ip -n "$ns1" link set ovl0 down
kill "$inner"
check "its end takes the device along" busywait 20000 sh -c \
	"[ \"\$(ovltun -n $ns1 -j port)\" = '[]' ]"

#
# 4. A container as the underlay of a device on the node
#
check "the node takes a device of the container" visitor ip link set own netns "$ns1"
check_fail "the container can't reach it" 'Cannot find' caged ip link set own type ovl-tun ttl 3
check "the node's root may change it" ip -n "$ns1" link set own type ovl-tun ttl 3
check "and bring it up" ip -n "$ns1" link set own up
check_eq "its ports are in the container" "$(caged ovltun -j port | jq -c 'map(.port) | sort')" '[4789,6081]'
kill "$cage"
check "the container's end takes the device on the node" \
	busywait 20000 sh -c "! ip -n $ns1 link show own"
