#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Offloads: what is offered, large packets stay whole where they can, and data
# arrives undamaged with any of them switched off. # timeout: 240
#
#	  ns1                                    ns2
#	  ovl0 10.0.0.1                  ovl0 10.0.0.2
#	   |                                      |
#	  eth0 192.0.2.1, 2001:db8::1 -------- eth0 192.0.2.2, 2001:db8::2
. "$(dirname "$0")/lib.sh"

underlay both
# TCP makes segments as large as it can, however slow it finds the path.
need ip netns exec "$ns1" sysctl -q -w net.ipv4.tcp_min_tso_segs=40

# features NS DEV FEATURE on|off ...
features() { need ip netns exec "$1" ethtool -K "${@:2}"; }

# tunnel ENCAP FAMILY [OPTION...]: on both sides
tunnel() {
	local encap=$1 l=192.0.2.1 r=192.0.2.2
	[ "$2" = IPv4 ] || l=2001:db8::1 r=2001:db8::2
	shift 2
	need ip -n "$ns1" -batch - <<-END
		link add ovl0 type ovl-tun id 42 remote $r encap $encap
		address add 10.0.0.1/24 dev ovl0
		link set ovl0 up
	END
	need ip -n "$ns2" -batch - <<-END
		link add ovl0 type ovl-tun id 42 remote $l encap $encap
		address add 10.0.0.2/24 dev ovl0
		link set ovl0 up
	END
	[ $# = 0 ] || need ovltun -n "$ns1" options add ovl0 "$@"
}

untunnel() {
	need ip -n "$ns1" link delete ovl0
	need ip -n "$ns2" link delete ovl0
}

# transfer: data from ns1 to ns2 by TCP, and what came is what was sent
transfer() {
	local said
	echo >&"${transfers[1]}"
	read -r -t 60 said <&"${transfers[0]}" && [ "$said" = ok ] && return
	echo "${said:-nothing was said}"
	return 1
}

# rx_mean: bytes a packet that ovl0 in ns2 received during the last transfer
rx_mean() {
	local packets bytes
	read -r packets bytes <<<"$(ip -n "$ns2" -s -j link show dev ovl0 |
		jq -r '.[0].stats64.rx | "\(.packets) \(.bytes)"')"
	echo $((bytes / packets))
}

# capture NS FILTER: start to record packets on eth0. stop_capture: until here.
# captured: print them.
capture() {
	# What the last one said may stand there until this one begins.
	rm -f "$_tmp/dump" "$_tmp/tcpdump"
	ip netns exec "$1" tcpdump -n -i eth0 --immediate-mode -s 1600 -U -w "$_tmp/dump" \
		"$2" 2>"$_tmp/tcpdump" &
	capture_pid=$!
	need busywait 10000 grep -q 'listening on' "$_tmp/tcpdump"
}
# Has tcpdump dealt with all that the kernel has for it?
caught_up() {
	local said='([0-9]+) packets? captured, ([0-9]+) packets? received'
	kill -USR1 "$capture_pid" && sleep 0.02
	[[ $(tail -n 1 "$_tmp/tcpdump") =~ $said ]] && [ "${BASH_REMATCH[1]}" = "${BASH_REMATCH[2]}" ]
}
stop_capture() {
	need busywait 10000 caught_up
	kill "$capture_pid"
	wait "$capture_pid" 2>/dev/null
}
captured() { tcpdump -n "$@" -r "$_tmp/dump" 2>/dev/null; }

what_is_offered() {
	local shown
	tunnel geneve IPv4
	shown=$(in_ns "$ns1" ethtool -k ovl0)
	for feature in rx-checksumming tx-checksumming scatter-gather \
		tcp-segmentation-offload generic-segmentation-offload \
		generic-receive-offload tx-udp-segmentation; do
		check_match "$feature is on" "$shown" "$feature: on"$'\n'
	done
	shown=$(in_ns "$ns1" ethtool -i ovl0)
	check_match "ethtool -i names the driver" "$shown" "driver: ovl-tun"$'\n'
	check_match "ethtool -i says the version" "$shown" \
		"version: $(modinfo -F version ovl-tun)"$'\n'
	untunnel
}

# large_packets NAME: with ovl0 as it is
large_packets() {
	# The receiver's eth0 merges, ovl0 itself does not.
	features "$ns1" eth0 tso on gso on tx on
	features "$ns2" eth0 gro on
	features "$ns2" ovl0 gro off

	capture "$ns1" 'udp and greater 20000'
	check "$1, underlay takes large packets: data arrives" transfer
	stop_capture
	check_ge "$1, underlay takes large packets: they are sent whole" \
		"$(captured -q | grep -c .)" 1

	features "$ns1" eth0 tso off gso off
	capture "$ns1" 'udp and greater 1515'
	check "$1, underlay takes no large packets: data arrives" transfer
	stop_capture
	check_eq "$1, underlay takes no large packets: none is sent" "$(captured -q)" ""
}

# merged NAME: packets that came one by one leave ovl0 in larger ones
merged() {
	features "$ns1" eth0 tso off gso off
	features "$ns2" eth0 gro on
	features "$ns2" ovl0 gro off
	check "$1, segments on the wire: data arrives" transfer
	check_ge "$1, segments on the wire: bytes in a packet that was received" \
		"$(rx_mean)" 3000
}

# checksummed NAME: segments made and checksummed by software are right
checksummed() {
	features "$ns1" eth0 tso off gso off tx off
	features "$ns2" eth0 gro off rx off
	capture "$ns2" "udp and (src host 192.0.2.1 or src host 2001:db8::1)"
	check "$1, no offload in the underlay: data arrives" transfer
	stop_capture
	captured -vv >"$_tmp/decoded"
	check_eq "$1, no offload in the underlay: wrong checksums" \
		"$(grep -m 3 -E 'bad (udp )?cksum|incorrect' "$_tmp/decoded")" ""
	check_ge "$1, no offload in the underlay: packets with right checksums" \
		"$(grep -c 'udp sum ok' "$_tmp/decoded")" 100
	features "$ns1" eth0 tx on
	features "$ns2" eth0 rx on
}

wire() {
	tunnel "$@"
	local name="$1 over $2${3:+ with an option}"
	merged "$name"
	large_packets "$name"
	checksummed "$name"
	untunnel
}

each_switched_off() {
	local feature name
	tunnel "$@"
	name="$1 over $2${3:+ with an option}"
	features "$ns1" eth0 tso on gso on tx on
	features "$ns2" eth0 gro on
	check "$name, everything on: data arrives" transfer
	for feature in tso gso tx sg; do
		features "$ns1" ovl0 tso on gso on tx on sg on
		features "$ns1" ovl0 $feature off
		check "$name, $feature off: data arrives" transfer
	done
	for feature in gro rx; do
		features "$ns2" ovl0 gro on rx on
		features "$ns2" ovl0 $feature off
		check "$name, $feature off: data arrives" transfer
	done
	features "$ns1" ovl0 tso off gso off tx off sg off gro off rx off
	features "$ns2" ovl0 tso off gso off tx off sg off gro off rx off
	check "$name, everything off: data arrives" transfer
	untunnel
}

coproc transfers { exec "$TESTS/transfer.py" "$ns1" "$ns2" 10.0.0.2 500000; }
defer kill "$transfers_PID"
what_is_offered
wire vxlan IPv4
wire vxlan IPv6
wire geneve IPv4 0x0102:1:00010002
wire geneve IPv6 0x0102:1:00010002 0xfff0:2:0011223344556677
each_switched_off vxlan IPv4
each_switched_off geneve IPv6 0x0102:1:00010002
check_eq "no checksum was wrong" "$(in_ns "$ns2" nstat -asz '*CsumErrors' |
	awk '/CsumErrors/ { n++; if ($2) print $1, $2 } END { if (!n) print "no counter" }')" ""
