#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Instructions that a tunnel adds to each packet. Run by selftests/bench/run in
# a guest whose clock counts instructions: 1 ns of guest time = 1 instruction.
# What is measured is in selftests/bench/cases; run says which of it:
#
#   OVL_BENCH_CASES, OVL_BENCH_KINDS   words, separated by commas; all without
#   OVL_BENCH_FRAMES                   "first": only the first one of a case; a number
#   OVL_BENCH_FAMILIES                 v4, v6
#   OVL_BENCH_MARKS=1                  tell QEMU's plugins of each part (see mark.c,
#                                      turns.sh, stream.py), and keep the symbols
#   OVL_BENCH_MB                       MB of each part of a stream that is marked
#   OVL_BENCH_COUNT, OVL_BENCH_RUNS    packets of a run, runs that have to agree
#   OVL_BENCH_ROUNDS                   not one kind after the other, but all in
#                                      turns, so many times; see turns.sh
#
#                        tx  a: pktgen → t0 → eth0 (dummy)
#                      txrx  a: pktgen → t0 → eth0 → b: eth0 → t0
#                       fwd  … b: eth0 → t0 → pod0 → c: pod0
#   route  p: pktgen → p0 → a: t0 → eth0 → b: eth0 → t0
#
# Prints "RESULT case family frame kind sent arrived instructions...", with the
# instructions of each run per packet, or per MB of a stream.
. "$(dirname "$0")/../lib.sh"

COUNT=${OVL_BENCH_COUNT:-1000}
MEGABYTES=64 # of a run of stream.py
RUNS=${OVL_BENCH_RUNS:-3}
MANY=1000    # addresses, prefixes, peers
CASES=$(dirname "$0")/cases

# The outer ends, the other one's MAC, and the inner flow
MAC_A=02:00:00:00:00:01 MAC_B=02:00:00:00:00:02
MAC_T=02:00:00:00:01:0      # and 1 or 2: the tunnel devices
NOBODY=02:00:00:00:01:0f    # its packets end at the door of IP
SRC=198.18.0.1 DST=198.18.0.2
OPTIONS=(0102:80:00010002 ff00:01:000102030405060708090a0b0c0d0e0f10111213)

need modprobe -a pktgen vxlan geneve ovl-tun

# The kernel's random numbers: while it has no seed, each few cost as many
# instructions as a packet, which is true for no other machine.
need python3 -c 'import fcntl, struct
with open("/dev/random", "wb") as random:
    fcntl.ioctl(random, 0x40085203, struct.pack("ii32s", 256, 32, bytes(32))) # RNDADDENTROPY
'

has() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac; }
chosen() { [ -z "${!1:-}" ] || has "$2" "${!1//,/ }"; }
side() { if [ "$1" = "$a" ]; then echo 1; else echo 2; fi; }

#
# The sender
#

# The namespace's own /proc/net is that of a process inside it: this is what a
# shell there has. Arguments: MODE DEV MAC COMMAND...
# shellcheck disable=SC2016
PKTGEN='
	mode=$1 dev=$2 mac=$3
	shift 3
	commands=("$@") devs=()
	pg() { local f=/proc/net/pktgen/$1 c; shift; for c; do echo "$c" >$f || exit 1; done; }
	# prepare STREAMS FRAME COUNT: a flow for each stream, and a CPU from $FIRST on
	prepare() {
		local i d
		if [ ${#devs[@]} != $1 ]; then
			for i in "${!devs[@]}"; do pg kpktgend_$((FIRST + i)) rem_device_all; done
			devs=()
			for ((i = 0; i < $1; i++)); do
				d=$dev
				[ $1 = 1 ] || d+=@$i
				devs+=($d)
				pg kpktgend_$((FIRST + i)) "add_device $d"
				pg $d "clone_skb 0" "delay 0" "xmit_mode $mode" \
					"src_min 198.18.0.1" "src_max 198.18.0.1" \
					"dst_min 198.18.0.2" "dst_max 198.18.0.2" "dst_mac $mac" \
					"udp_src_min $((1000 + i))" "udp_src_max $((1000 + i))" \
					"udp_dst_min 2000" "udp_dst_max 2000"
				# Packets of its own for the device, as real ones
				# are; not in 6.1.
				(pg $d "flag !SHARED") 2>/dev/null
				pg $d "${commands[@]}"
			done
		fi
		for d in "${devs[@]}"; do pg $d "pkt_size $2" "count $3"; done
	}
	# start: sends; to $took go the microseconds of the stream that took longest
	start() {
		local d key ok time rest
		took=
		pg pgctrl start
		for d in "${devs[@]}"; do
			while read -r key ok time rest; do
				[ "$key $ok" = "Result: OK:" ] || continue
				time=${time%%(*}
				((time < took)) || took=$time
			done </proc/net/pktgen/$d
		done
	}
'

# pktgen NS DEV MAC FRAMES [COMMAND...]: prints "FRAME RUNS US..." for each frame
# size: how many runs there were until the last $RUNS agreed, and what these took.
pktgen() {
	local ns=$1 dev=$2 mac=$3 frames=$4
	shift 4
	# shellcheck disable=SC2016
	COUNT=$COUNT RUNS=$RUNS FRAMES=$frames ip netns exec "$ns" bash -c "$PKTGEN"'
		# agree N...: within half a per cent
		agree() {
			local n min=$1 max=$1
			for n; do ((n >= min)) || min=$n; ((n <= max)) || max=$n; done
			(((max - min) * 200 <= min))
		}
		for frame in $FRAMES; do
			us=()
			prepare 1 $frame $COUNT
			while start; do
				[ -z "$took" ] || us+=($took)
				((${#us[@]} <= RUNS)) || ! { agree "${us[@]: -RUNS}" || ((${#us[@]} >= 10)); } || break
			done
			echo $frame ${#us[@]} "${us[@]: -RUNS}"
		done
		pg kpktgend_$((FIRST)) rem_device_all
	' _ "$mode" "$dev" "$mac" "$@"
}

# arrived: what the last interface has counted
arrived() {
	local ns=$b dev=$1 way=rx
	case $path in
	tx) ns=$a dev=eth0 way=tx ;;
	fwd) ns=$c dev=pod0 ;;
	esac
	ip -n "$ns" -s -s -j link show dev "$dev" | jq ".[0].stats64.$way.packets"
}

# packets KIND DEV MAC: a RESULT for each frame size of the case
packets() {
	local kind=$1 dev=$2 mac=$3 ns=$a before came sent=0 frame runs times line us
	[ "$path" != route ] || ns=$p dev=p0
	# Who sends may get ahead of a softirq that has been left to its thread, and
	# packets are lost: then these runs don't count.
	for _ in 1 2 3; do
		before=$(arrived "$2") sent=0
		pktgen "$ns" "$dev" "$mac" "$frames" "${vary[@]}" >"$_tmp/runs"
		came=$(($(arrived "$2") - before))
		while read -r frame runs times; do sent=$((sent + runs * COUNT)); done <"$_tmp/runs"
		((came < sent)) || break
	done
	while read -r frame runs times; do
		line="RESULT $case $fam $frame $kind $sent $came"
		for us in $times; do line+=" $((us * 1000 / COUNT))"; done
		echo "$line"
	done <"$_tmp/runs"
}

#
# What it is sent through
#

# The outer address of node 1 or 2
outer() {
	if [ "$fam" = v4 ]; then echo "192.0.2.$1"; else echo "2001:db8::$1"; fi
}

# peer_of VAR I: the outer address of peer I of $MANY. A fork takes its time here.
peer_of() {
	if [ "$fam" = v4 ]; then
		printf -v "$1" 10.1.%d.%d $(($2 / 250)) $(($2 % 250 + 1))
	else
		printf -v "$1" 2001:db8:1::%x $(($2 + 1))
	fi
}

NFT='table inet bench {
	chain prerouting { type filter hook prerouting priority 0; ct state invalid drop; }
	chain input { type filter hook input priority 0; policy drop
		ct state established,related accept
		udp dport { 4789, 6081 } accept
		meta l4proto { icmp, icmpv6 } accept
	}
	chain forward { type filter hook forward priority 0; ct state established,related accept; }
	chain output { type filter hook output priority 0; ct state established,related accept; }
	chain postrouting { type filter hook postrouting priority 0; meta mark 0x10 accept; }
}'

# names [KIND]: what the namespaces are called. Those that are measured in turns
# have some for each kind.
names() {
	local ns
	for ns in a b c p; do printf -v "$ns" %s "$ns-$case-$fam${1:+-$1}"; done
}

underlay_up() {
	local len=24 many=10.1.0.0/16 ns
	[ "$fam" = v4 ] || len=64 many=2001:db8:1::/64
	for ns in a b c p; do
		need ip netns add "${!ns}"
		need ip -n "${!ns}" link set lo up
	done
	if [ "$path" = tx ]; then
		need ip -n "$a" link add eth0 address $MAC_A type dummy
	else
		need ip link add eth0 netns "$a" address $MAC_A type veth peer name eth0 netns "$b" address $MAC_B
		need ip -n "$b" -batch - <<-END
			address add $(outer 2)/$len dev eth0
			link set eth0 up
			neighbour add $(outer 1) lladdr $MAC_A dev eth0
			route add local $many dev eth0
		END
	fi
	need ip -n "$a" -batch - <<-END
		address add $(outer 1)/$len dev eth0
		link set eth0 up
		neighbour add $(outer 2) lladdr $MAC_B dev eth0
		route add $many via $(outer 2)
	END
	# Tunnels without IPv6 of their own send nothing that is not counted.
	for ns in "$a" "$b"; do
		in_ns "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1 net.ipv4.ip_forward=1
	done
	if [ "$path" = fwd ]; then
		need ip link add pod0 netns "$b" type veth peer name pod0 netns "$c"
		need ip -n "$c" link set pod0 up
		need ip -n "$b" -batch - <<-END
			link set pod0 up
			route add 198.18.0.0/24 dev pod0
			neighbour add $DST lladdr $NOBODY dev pod0
		END
	elif [ "$path" = route ]; then
		need ip link add p0 netns "$p" type veth peer name p1 netns "$a" address $MAC_T"9"
		need ip -n "$p" link set p0 up
		need ip -n "$a" link set p1 up
	fi
	if has gro "$underlay"; then
		need in_ns "$a" ethtool -K eth0 tso off
		need in_ns "$b" ethtool -K eth0 gro on
	fi
	if has nft "$underlay"; then
		for ns in "$a" "$b"; do need in_ns "$ns" nft -f - <<<"$NFT"; done
	fi
}

underlay_down() {
	local ns
	for ns in "$a" "$b" "$c" "$p"; do ip netns del "$ns"; done
}

# tunnel NS KIND: the tunnel device t0
tunnel() {
	local ns=$1 kind=$2 n words remote csum=${v6:+udp6zerocsumtx udp6zerocsumrx} address
	csum=${csum:-noudpcsum}
	n=$(side "$ns")
	remote="remote $(outer $((3 - n)))"
	# vxlan.ko is told the family by its own address if not by the other one.
	[ "$overlay $n" != "peers 1" ] || remote="local $(outer 1)"
	address="address $MAC_T$n"
	case $kind in
	vxlan)
		words="vxlan id 7 $remote $csum dstport 4789"
		[ "$overlay" = macs ] || words+=" nolearning"
		;;
	geneve)
		words="geneve id 7 $remote $csum"
		[ "$overlay" != opts ] || words="geneve external ${v6:+udp6zerocsumrx}"
		;;
	*)
		words="ovl-tun id 7 $remote $csum encap ${kind#*-}"
		[ "$overlay" != macs ] || words+=" learning"
		[ "$overlay" != prefix ] || words="ovl-tun id 7 layer3 $csum encap ${kind#*-}" address=
		[ "${kind%-*}" != fast ] || words+=" fastpath"
		;;
	esac
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add t0 $address type $words
	need ip -n "$ns" link set t0 up
}

# What the overlay has besides its two devices. To $vary go pktgen's commands.
vary=()
overlay_up() {
	case $overlay in
	macs) learn "$@" ;;
	prefix) prefixes "$@" ;;
	peers) peers "$@" ;;
	opts) options "$@" ;;
	esac
}

# Each side has heard of the addresses that are sent to it.
learn() {
	vary=("src_mac 02:00:01:00:00:00" "src_mac_count $MANY" "dst_mac_count $MANY")
	[ "$1" != bare ] || return 0
	COUNT=$MANY RUNS=0 pktgen "$b" t0 $NOBODY 60 "src_mac $base" "src_mac_count $MANY" >"$_tmp/out"
	need [ "$(bridge -n "$a" fdb show dev t0 | wc -l)" -ge $MANY ]
}

prefixes() {
	local kind=$1 i mac ip to
	to=$(outer 2)
	vary=("dst_min 11.0.0.0" "dst_max 11.0.3.231")
	# What has come out goes no further, at the same place for all.
	drop_at_b "$kind"
	for ((i = 0; i < MANY; i++)); do
		ip=11.0.$((i / 256)).$((i % 256))
		printf -v mac '02:00:02:00:%02x:%02x' $((i / 256)) $((i % 256))
		case $kind in
		vxlan)
			echo "fdb add $mac dev t0 dst $to static" >&3
			echo "neighbour add $ip lladdr $mac dev t0 nud permanent" >&4
			echo "route add $ip/32 via $ip dev t0 onlink" >&4
			;;
		*) ip+=/32 && echo "Allowed = $ip" >&3 ;;
		esac
	done 3>"$_tmp/fdb" 4>"$_tmp/ip"
	case $kind in
	bare)
		need ip -n "$a" route add 11.0.0.0/8 via ${v6:+inet6} "$to" dev eth0
		;;
	vxlan)
		need bridge -n "$a" -batch "$_tmp/fdb"
		need ip -n "$a" -batch "$_tmp/ip"
		;;
	ovl-* | fast-*)
		{ printf '[Peer]\nName = b\nRemote = %s\n' "$to"; cat "$_tmp/fdb"; } >"$_tmp/conf"
		need ovltun -n "$a" addconf t0 "$_tmp/conf"
		need ovltun -n "$b" peer add t0 a remote "$(outer 1)" allowed 198.18.0.0/16
		need ip -n "$a" route add 11.0.0.0/8 dev t0
		;;
	esac
}

drop_at_b() {
	local dev=t0
	[ "$1" != bare ] || dev=eth0
	need tc -n "$b" qdisc add dev $dev clsact
	need tc -n "$b" filter add dev $dev ingress matchall action drop
}

peers() {
	local kind=$1 i mac node
	vary=("dst_mac_count $MANY")
	for ((i = 0; i < MANY; i++)); do
		printf -v mac '%s%02x:%02x' "${base%00:00}" $((i / 256)) $((i % 256))
		peer_of node $i
		case $kind in
		vxlan) echo "fdb add $mac dev t0 dst $node static" ;;
		*) printf '[Peer]\nName = n%d\nRemote = %s\nMac = %s\n' $i "$node" "$mac" ;;
		esac
	done >"$_tmp/conf"
	case $kind in
	vxlan) need bridge -n "$a" -batch "$_tmp/conf" ;;
	ovl-* | fast-*) need ovltun -n "$a" addconf t0 "$_tmp/conf" ;;
	esac
}

options() {
	local tc words
	case $1 in
	geneve)
		tc=$(IFS=,; echo "${OPTIONS[*]}")
		need tc -n "$a" qdisc add dev t0 clsact
		need tc -n "$a" filter add dev t0 egress matchall action tunnel_key set \
			src_ip "$(outer 1)" dst_ip "$(outer 2)" id 7 dst_port 6081 nocsum geneve_opts "$tc"
		need tc -n "$b" qdisc add dev t0 clsact
		need tc -n "$b" filter add dev t0 ingress pref 1 protocol ip flower \
			enc_key_id 7 enc_src_ip "$(outer 1)" enc_dst_port 6081 geneve_opts "$tc" action pass
		need tc -n "$b" filter add dev t0 ingress pref 2 matchall action drop
		;;
	ovl-* | fast-*)
		words=("0x${OPTIONS[0]/:/:0x}" "0x${OPTIONS[1]/:/:0x}")
		need ovltun -n "$a" options add t0 "${words[@]}"
		need ovltun -n "$b" rule add t0 require "${words[0]}" require "${words[1]}"
		;;
	esac
}

# Packets that were not what they had to be
refused() {
	[ "$overlay $1" = "opts geneve" ] || return 1
	! tc -n "$b" -s filter show dev t0 ingress pref 2 | grep -q ' 0 pkt (dropped 0'
}

#
# TCP
#

# marked_stream KIND: a part for each of a few numbers of MB
marked_stream() {
	local megabytes phase words=()
	for megabytes in ${OVL_BENCH_MB//,/ }; do
		next_phase
		echo "PHASE $phase $case $fam stream $1 1 $megabytes"
		words+=("$phase:$megabytes")
	done
	need "$TESTS/bench/stream.py" -m "$a" "$b" $DST "${words[@]}" >/dev/null
}

stream() {
	local kind=$1 dev=$2 megabytes=$MEGABYTES
	! has gro "$underlay" || megabytes=$((MEGABYTES / 4)) # takes longer, in larger steps
	need ip -n "$a" address add $SRC/24 dev "$dev"
	need ip -n "$b" address add $DST/24 dev "$dev"
	if [ -n "${OVL_BENCH_MARKS:-}" ]; then
		marked_stream "$kind"
	else
		echo "RESULT $case $fam stream $kind $("$TESTS/bench/stream.py" "$a" "$b" $DST "$megabytes" "$RUNS")"
	fi
	need ip -n "$a" address del $SRC/24 dev "$dev"
	need ip -n "$b" address del $DST/24 dev "$dev"
}

# shellcheck source=selftests/bench/turns.sh
. "$TESTS/bench/turns.sh"

#
# Cases
#

# connect KIND: what packets go through, to $dev and $mac
connect() {
	local kind=$1 base=02:00:02:00:00:00
	dev=t0 mac=$NOBODY
	if [ "$kind" = bare ]; then
		dev=eth0
	else
		[ "$path" = tx ] || tunnel "$b" "$kind"
		tunnel "$a" "$kind"
	fi
	vary=() mode=start_xmit
	overlay_up "$kind"
	case $overlay in macs | peers) mac=$base ;; esac
	case $path in
	fwd) if [ "$kind" = bare ]; then mac=$MAC_B; else mac=${MAC_T}2; fi ;;
	route) mac=${MAC_T}9 ;;
	esac
	# Only then does a packet of pktgen meet tc on its way.
	[ "$overlay" != opts ] || mode=queue_xmit
	if has mark "$underlay"; then
		mode=queue_xmit
		need tc -n "$a" qdisc add dev $dev clsact
		need tc -n "$a" filter add dev $dev egress matchall action skbedit mark 0x4000
	fi
}

measure() {
	local kind=$1 dev mac mode vary
	connect "$kind"
	if [ "$path" = stream ]; then
		stream "$kind" "$dev"
	else
		packets "$kind" "$dev" "$mac"
	fi
	! refused "$kind" || fail "$case $fam $kind: options did not arrive"
	# bare is the first, and leaves its traces
	if [ "$kind" = bare ]; then
		tc -n "$a" qdisc del dev eth0 clsact 2>/dev/null
		[ "$path" = tx ] || tc -n "$b" qdisc del dev eth0 clsact 2>/dev/null
		ip -n "$a" route flush 11.0.0.0/8
	else
		[ "$path" = tx ] || need ip -n "$b" link del t0
		need ip -n "$a" link del t0
	fi
}

echo "KERNEL $(uname -r)"
while IFS='|' read -r case frames path underlay overlay against _; do
	read -r case <<<"$case"
	case $case in '#'* | '') continue ;; esac
	read -r path <<<"$path"
	read -r overlay <<<"$overlay"
	read -r underlay <<<"$underlay"
	read -r frames <<<"$frames"
	chosen OVL_BENCH_CASES "$case" || continue
	case ${OVL_BENCH_FRAMES:-} in
	first) frames=${frames%% *} ;;
	?*) frames=$OVL_BENCH_FRAMES ;;
	esac
	kinds=bare
	for kind in $against ovl-vxlan ovl-geneve fast-vxlan fast-geneve; do
		case $overlay,$kind in opts,*-vxlan) continue ;; esac
		! chosen OVL_BENCH_KINDS "$kind" || kinds+=" $kind"
	done
	for fam in v4 v6; do
		chosen OVL_BENCH_FAMILIES $fam || continue
		v6=${fam#v4}
		# In a process of its own, so that the others go on when it can't
		(
			if [ -n "${OVL_BENCH_ROUNDS:-}" ] && [ "$path" != stream ]; then
				turns
				exit
			fi
			names
			underlay_up
			for kind in $kinds; do measure "$kind"; done
			underlay_down
		) || fail "$case $fam"
	done
done <"$CASES"
[ -z "${OVL_BENCH_MARKS:-}" ] || cat /proc/kallsyms >"$OVL_OUT/kallsyms"
pass "measured"
