# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced after lib.sh: traffic between ovl-tun in $ns1 and a tunnel of another
# implementation in $ns2, in every combination of offloads and checksums.
#
#	  ns1                                    ns2
#	  ovl0 10.0.0.1                 tun0 10.0.0.2
#	   |                                       |
#	  eth0 192.0.2.1 ---------- 192.0.2.2   eth0
#	       2001:db8::1        2001:db8::2

# While one socket wants timestamps, others that come and go, of ping and
# tcpdump, do not make the kernel patch its receive path. QEMU's emulation of
# two CPUs has been seen to trip over that: "Oops: int3" in netif_rx_internal().
background ping -q -i 3600 127.0.0.1

FLOWS=("TCP" "TCP back" "UDP" "UDP back")

# iperf_servers NS: one for each of the flows
iperf_servers() {
	local i
	for i in "${!FLOWS[@]}"; do
		background ip netns exec "$1" iperf3 -s -p $((5201 + i))
	done
	for i in "${!FLOWS[@]}"; do
		need busywait 10000 listening "$1" $((5201 + i))
	done
}

# flows NAME ADDR: TCP and UDP from $ns1 to ADDR and back, an amount of data
# each, so that a slow machine passes too. All at once: the rates say little,
# and UDP may lose what nobody had time for.
flows() {
	local i=0 bytes packets lost rate error rates=''
	# shellcheck disable=SC2016 # for the inner shell
	in_ns "$ns1" bash -c '
		cd "$1"
		for args in "-n 2M -w 256K" "-n 2M -w 256K -R" "-u -b 20M -n 400K -l 1300" \
			"-u -b 20M -n 400K -l 1300 -R"; do
			out=flow.$((i++))
			timeout 40 iperf3 -J -c "$2" -p $((5200 + i)) $args >$out 2>&1 ||
				[ -s $out ] || echo "{\"error\": \"it hung\"}" >$out &
		done
		wait' flows "$_tmp" "$2"
	jq -r '[.end.sum_received | .bytes // 0, (.bits_per_second // 0) / 1000000 | floor] +
		[.end.streams[0].udp | .packets // 0, .lost_packets // 0] +
		[.error // "no error"] | @tsv' "$_tmp"/flow.? >"$_tmp/flows"
	while read -r bytes rate packets lost error; do
		case ${FLOWS[i]} in
		TCP*)
			check_ge "$1: ${FLOWS[i]}" "$bytes" 1000000 || diag "$error"
			rates+=" ${FLOWS[i]} $rate Mbit/s,"
			;;
		UDP*)
			check_ge "$1: ${FLOWS[i]}" $((packets - lost)) 200 ||
				diag "of $packets packets $lost were lost; $error"
			rates+=" ${FLOWS[i]} $((packets - lost)) of $packets,"
			;;
		esac
		i=$((i + 1))
	done <"$_tmp/flows"
	diag "$1:${rates%,}"
	[ $i = ${#FLOWS[@]} ] || fail "$1: iperf3 said something"
	check_eq "$1: no checksum was wrong" \
		"$(checksum_errors "$ns1")$(checksum_errors "$ns2")" ""
}

# Names of the offloads that ethtool -K can switch on all of these devices
OFFLOADS=(tso gso gro tx rx)

# offloads on|off NS DEV...: switch all of them
offloads() {
	local value=$1 ns=$2 dev args=()
	shift 2
	for dev in "${OFFLOADS[@]}"; do args+=("$dev" "$value"); done
	# shellcheck disable=SC2016
	need ip netns exec "$ns" sh -c '
		args=$1
		shift
		for dev; do ethtool -K $dev $args || exit; done' sh "${args[*]}" "$@"
}

# count_checksums PORT: count arriving packets to this UDP port of the
# underlay, with and without a checksum
count_checksums() {
	local ns
	for ns in "$ns1" "$ns2"; do
		need ip netns exec "$ns" nft -f - <<-END
			table inet sums {
				counter with { }
				counter without { }
				chain in {
					type filter hook prerouting priority -300
					udp dport $1 udp checksum 0 counter name without
					udp dport $1 udp checksum != 0 counter name with
				}
			}
		END
	done
}

# checksums NS: "WITH WITHOUT" since the last time, as yes or no
checksums() {
	in_ns "$1" nft -j reset counters | jq -r '
		[.nftables[].counter | select(.)] | map({(.name): (.packets > 0)}) | add |
		"with:\(.with) without:\(.without)"'
}

# checksum_errors NS: what arrived damaged since the last time, by protocol
checksum_errors() {
	NSTAT_HISTORY=$_tmp/nstat.$1 in_ns "$1" nstat '*CsumErrors' | grep -v '^#'
}

# The tunnel of the other implementation in $ns2: its arguments for "ip link".
# Set by the script that calls: peer=(type ...), encap, port

# tunnel FAMILY on|off: ovl0 and tun0 with outer checksums on or off
tunnel() {
	local csum l=192.0.2.1 r=192.0.2.2 mtu=1450
	[ "$1" = IPv4 ] || l=2001:db8::1 r=2001:db8::2 mtu=1430
	case $1,$2 in
	IPv4,on) csum=udpcsum ;;
	IPv4,off) csum=noudpcsum ;;
	IPv6,on) csum="noudp6zerocsumtx noudp6zerocsumrx" ;;
	IPv6,off) csum="udp6zerocsumtx udp6zerocsumrx" ;;
	esac
	need ip -n "$ns1" -batch - <<-END
		link add ovl0 type ovl-tun id 42 remote $r encap $encap accept $encap $csum
		address add 10.0.0.1/24 dev ovl0
		link set ovl0 up
	END
	need ip -n "$ns2" -batch - <<-END
		link add tun0 mtu $mtu ${peer[*]} remote $l $csum
		address add 10.0.0.2/24 dev tun0
		link set tun0 up
	END
	# Nobody listened yet to the first packets from ns1; without a checksum
	# they count as damaged. And the tunnel before may have said goodbye.
	checksum_errors "$ns2" >/dev/null
	checksums "$ns1" >/dev/null
	checksums "$ns2" >/dev/null
}

untunnel() {
	need ip -n "$ns1" link delete ovl0
	need ip -n "$ns2" link delete tun0
}

ping_both_ways() {
	check "$1: ping" in_ns "$ns1" ping -n -q -c 1 -W 3 10.0.0.2
	check "$1: ping of 10,000 bytes" in_ns "$ns1" ping -n -q -c 1 -W 3 -s 10000 10.0.0.2
	check "$1: ping back" in_ns "$ns2" ping -n -q -c 1 -W 3 10.0.0.1
	check "$1: ping back of 10,000 bytes" \
		in_ns "$ns2" ping -n -q -c 1 -W 3 -s 10000 10.0.0.1
}

# all_combinations: the whole of it
all_combinations() {
	local family csum name
	count_checksums "$port"
	iperf_servers "$ns2"
	for family in IPv4 IPv6; do
		for csum in on off; do
			name="over $family, checksum $csum"
			tunnel $family $csum
			offloads on "$ns1" ovl0 eth0
			offloads on "$ns2" tun0 eth0
			ping_both_ways "$name"
			flows "$name, offloads on" 10.0.0.2
			offloads off "$ns1" eth0
			offloads off "$ns2" eth0
			[ $csum = off ] ||
				flows "$name, offloads on in the tunnel only" 10.0.0.2
			offloads off "$ns1" ovl0
			offloads off "$ns2" tun0
			ping_both_ways "$name, offloads off"
			flows "$name, offloads off" 10.0.0.2
			case $csum in
			on)
				check_eq "$name: on the wire" \
					"$(checksums "$ns1") $(checksums "$ns2")" \
					"with:true without:false with:true without:false"
				;;
			off)
				check_eq "$name: on the wire" \
					"$(checksums "$ns1") $(checksums "$ns2")" \
					"with:false without:true with:false without:true"
				;;
			esac
			untunnel
		done
	done
}
