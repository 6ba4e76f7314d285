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

# A server that has to wait for its turn is sent all of a flow meanwhile.
defer sysctl -qw net.core.rmem_default="$(sysctl -n net.core.rmem_default)"
need sysctl -qw net.core.rmem_default=4194304

# A process in each namespace, for /proc/${inside[NS]}/net
declare -A inside

FLOWS=("TCP" "TCP back" "UDP" "UDP back")

# iperf_servers NS: one for each of the flows
iperf_servers() {
	local i ns
	for ns in "$ns1" "$ns2"; do
		background ip netns exec "$ns" sleep infinity
		inside[$ns]=$bg_pid
		need busywait 5000 grep -q sleep "/proc/$bg_pid/comm"
	done
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
	in_ns "$ns1" timeout 40 bash -c '
		cd "$1"
		for args in "-n 1M -w 256K" "-n 1M -w 256K -R" "-u -b 20M -n 260K -l 1300" \
			"-u -b 20M -n 260K -l 1300 -R"; do
			out=flow.$((i++))
			echo "{\"error\": \"it hung\"}" >$out
			{ iperf3 -J -c "$2" -p $((5200 + i)) $args >$out.new 2>&1
				[ ! -s $out.new ] || mv $out.new $out; } &
		done
		wait' flows "$_tmp" "$2"
	jq -r '[.end.sum_received | .bytes // 0, (.bits_per_second // 0) / 1000000 | floor] +
		[.end.streams[0].udp | .packets // 0, .lost_packets // 0] +
		[.error // "no error"] | @tsv' "$_tmp"/flow.? >"$_tmp/flows"
	while read -r bytes rate packets lost error; do
		case ${FLOWS[i]} in
		TCP*)
			check_ge "$1: ${FLOWS[i]}" "$bytes" 200000 || diag "$error"
			rates+=" ${FLOWS[i]} $rate Mbit/s,"
			;;
		UDP*)
			check_ge "$1: ${FLOWS[i]}" $((packets - lost)) 130 ||
				diag "of $packets packets $lost were lost; $error"
			rates+=" ${FLOWS[i]} $((packets - lost)) of $packets,"
			;;
		esac
		i=$((i + 1))
	done <"$_tmp/flows"
	diag "$1:${rates%,}"
	[ $i = ${#FLOWS[@]} ] || fail "$1: iperf3 said something"
	checksum_errors "$ns1" "$ns2"
	check_eq "$1: no checksum was wrong" "$wrong" ""
}

# Names of the offloads that ethtool -K can switch on all of these devices
OFFLOADS=(tso gso gro tx rx)

# offloads on|off NS DEV...: switch all of them
offloads() {
	local value=$1 ns=$2 dev feature args=()
	shift 2
	for feature in "${OFFLOADS[@]}"; do args+=("$feature" "$value"); done
	for dev; do need ip netns exec "$ns" ethtool -K "$dev" "${args[@]}"; done
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

# checksums NS: which have arrived since the last time: "with:1 without:0"
checksums() {
	local name said
	said=$(in_ns "$1" nft reset counters)
	for name in with without; do
		[[ $said =~ counter\ $name\ \{[[:space:]]+packets\ ([0-9]+) ]]
		echo -n "$name:$((BASH_REMATCH[1] > 0)) "
	done
}

# checksum_errors NS...: sets $wrong to what arrived damaged there since the
# last time: "UdpInCsumErrors: 3 "
declare -A damaged
checksum_errors() {
	local ns i name value names values seen
	wrong=''
	for ns; do
		seen=''
		while read -r name value; do
			seen=1
			[ "$value" = "${damaged[$ns $name]:-0}" ] ||
				wrong+="$name: $((value - ${damaged[$ns $name]:-0})) "
			damaged[$ns $name]=$value
		done < <(
			grep CsumErrors "/proc/${inside[$ns]}/net/snmp6"
			while read -ra names && read -ra values; do
				for i in "${!names[@]}"; do
					[ "${names[i]}" != InCsumErrors ] ||
						echo "${names[0]%:}InCsumErrors ${values[i]}"
				done
			done <"/proc/${inside[$ns]}/net/snmp"
		)
		[ -n "$seen" ] || wrong+="$ns has no counters "
	done
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
	checksum_errors "$ns2"
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
					"with:1 without:0  with:1 without:0 "
				;;
			off)
				check_eq "$name: on the wire" \
					"$(checksums "$ns1") $(checksums "$ns2")" \
					"with:0 without:1  with:0 without:1 "
				;;
			esac
			untunnel
		done
	done
}
