#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Instructions that a tunnel adds to each packet. Run by selftests/bench/run in
# a guest whose clock counts instructions: 1 ns of guest time = 1 instruction.
#
#   node 1:  pktgen → tunnel → underlay ┐        transmit: dummy
#   node 2:       tunnel ← underlay ────┘        transmit + receive: veth
#
# Prints "RESULT case device instructions packets".
. "$(dirname "$0")/../lib.sh"

COUNT=${COUNT:-2000}
KINDS='vxlan geneve ovl-geneve fast-geneve'
PASSES=3 # the first one warms up

need modprobe pktgen
need modprobe ovl-tun

# instructions NS DEV MAC [FRAME]: per packet, the last of a few passes
instructions() {
	local ns=$1 dev=$2 mac=$3 frame=${4:-60}
	# The namespace's own /proc/net is that of a process inside it.
	# shellcheck disable=SC2016
	ip netns exec "$ns" bash -c '
		dev=$1 mac=$2 frame=$3 count=$4 passes=$5
		pg() { local f=/proc/net/pktgen/$1 c; shift; for c; do echo "$c" >$f || exit 1; done; }
		pg kpktgend_0 rem_device_all "add_device $dev"
		pg $dev "count $count" "clone_skb 0" "pkt_size $frame" "delay 0" \
			"dst 198.18.0.2" "src_min 198.18.0.1" "src_max 198.18.0.1" \
			"dst_mac $mac" "udp_src_min 1000" "udp_src_max 1000" \
			"udp_dst_min 2000" "udp_dst_max 2000"
		for ((i = 0; i < passes; i++)); do
			pg pgctrl start
		done
		sed -n "s/^Result: OK: \([0-9]*\).*/\1/p" /proc/net/pktgen/$dev
		pg kpktgend_0 rem_device_all
	' _ "$dev" "$mac" "$frame" "$COUNT" "$PASSES" | tail -n 1 |
		awk -v n="$COUNT" '{ printf "%d", $1 * 1000 / n }'
}

addr() { case $1$2 in v41) echo 192.0.2.1 ;; v42) echo 192.0.2.2 ;; v61) echo 2001:db8::1 ;; *) echo 2001:db8::2 ;; esac; }

# tunnel NS KIND FAMILY REMOTE-NUMBER: a tunnel device "t0"
tunnel() {
	local ns=$1 kind=$2 fam=$3 remote
	remote=$(addr "$fam" "$4")
	local csum=(noudpcsum)
	[ "$fam" = v4 ] || csum=(udp6zerocsumtx udp6zerocsumrx)
	case $kind in
	vxlan) need ip -n "$ns" link add t0 address 02:00:00:00:01:0"$4" type vxlan id 7 remote "$remote" dstport 4789 nolearning "${csum[@]}" ;;
	geneve) need ip -n "$ns" link add t0 address 02:00:00:00:01:0"$4" type geneve id 7 remote "$remote" "${csum[@]}" ;;
	ovl-*) need ip -n "$ns" link add t0 address 02:00:00:00:01:0"$4" type ovl-tun id 7 remote "$remote" encap "${kind#ovl-}" "${csum[@]}" ;;
	fast-*) need ip -n "$ns" link add t0 address 02:00:00:00:01:0"$4" type ovl-tun id 7 remote "$remote" encap "${kind#fast-}" fastpath "${csum[@]}" ;;
	esac
	need ip -n "$ns" link set t0 up
}

result() { echo "RESULT $1 $2 $3 $4"; }

for fam in v4 v6; do
	len=24 && [ $fam = v6 ] && len=64
	setup_ns a b
	# transmit only
	ip -n "$a" link add eth0 address 02:00:00:00:00:01 type dummy
	ip -n "$a" addr add "$(addr $fam 1)/$len" dev eth0
	ip -n "$a" link set eth0 up
	ip -n "$a" neigh add "$(addr $fam 2)" lladdr 02:00:00:00:00:02 dev eth0
	result "tx-$fam" bare "$(instructions "$a" eth0 02:00:00:00:00:02)" "$COUNT"
	for kind in $KINDS; do
		tunnel "$a" $kind $fam 2
		result "tx-$fam" $kind "$(instructions "$a" t0 02:00:00:00:01:0f)" "$(counter "$a" t0 tx.packets)"
		ip -n "$a" link del t0
	done
	ip -n "$a" link del eth0

	# transmit and receive
	link_pair "$a" eth0 "$(addr $fam 1)/$len" "$b" eth0 "$(addr $fam 2)/$len"
	ip -n "$a" link set eth0 address 02:00:00:00:00:01
	ip -n "$b" link set eth0 address 02:00:00:00:00:02
	ip -n "$a" neigh replace "$(addr $fam 2)" lladdr 02:00:00:00:00:02 dev eth0
	ip -n "$b" neigh replace "$(addr $fam 1)" lladdr 02:00:00:00:00:01 dev eth0
	result "txrx-$fam" bare "$(instructions "$a" eth0 02:00:00:00:00:0f)" "$COUNT"
	for kind in $KINDS; do
		tunnel "$a" $kind $fam 2
		tunnel "$b" $kind $fam 1
		result "txrx-$fam" $kind "$(instructions "$a" t0 02:00:00:00:01:0f)" "$(counter "$b" t0 rx.packets)"
		ip -n "$a" link del t0
		ip -n "$b" link del t0
	done
done
pass "measured"
