#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What many nodes and many forwarding entries cost, here and with vxlan.ko. Run
# by selftests/bench/scale in a guest whose clock counts instructions: 1 ns of
# guest time = 1 instruction.
#
#   node n:  10.x.y.z behind a gateway of eth0 (a dummy), pods 11+x.y.z.0/24
#
# Prints "RESULT measure {vxlan|ovl} value".
. "$(dirname "$0")/../lib.sh"

PEERS=${OVL_SCALE_PEERS:-100000}
FDB=${OVL_SCALE_FDB:-1000000}
FLANNEL=${OVL_SCALE_FLANNEL:-10000}
[ "$FLANNEL" -le "$PEERS" ] || FLANNEL=$PEERS
REMOTES=${OVL_SCALE_REMOTES:-1000} # nodes that the entries lead to
SAMPLE=$((FLANNEL < 1000 ? FLANNEL : 1000)) # how many are deleted one by one
FRAMES=10000                       # of a pass of pktgen
HOT=1000                           # destinations of these frames, at most
TRACE=/sys/kernel/tracing

need modprobe pktgen
need modprobe vxlan
need modprobe ovl-tun

result() { echo "RESULT $*"; }
now() { echo "${EPOCHREALTIME/[.,]/}"; } # microseconds

#
# Memory and time
#

# What the kernel has for itself, in KiB: Slab counts large blocks too, of which
# hash tables are made.
in_use() {
	awk '/^(Slab|Percpu|VmallocUsed):/ { sum += $2 } END { print sum }' /proc/meminfo
}

# used: the same once it has settled: RCU has freed what it is to free.
used() {
	local last=-1 now same=0 i
	for ((i = 0; i < 100 && same < 4; i++)); do
		echo 2 >/proc/sys/vm/drop_caches # not the programs that are timed
		sleep 1
		now=$(in_use)
		if [ $((now - last)) -ge -64 ] && [ $((now - last)) -le 64 ]; then
			same=$((same + 1))
		else
			same=0
		fi
		last=$now
	done
	echo "$now"
}

# each MEASURE KIND N CMD...: how long CMD takes for each of N things, in ns
each() {
	local measure=$1 kind=$2 n=$3 start end
	shift 3
	diag "$measure $kind"
	start=$(now)
	need "$@"
	end=$(now)
	result "$measure" "$kind" $(((end - start) * 1000 / n))
}

# held MEASURE KIND CMD...: the longest time that CMD has the RTNL for, and how
# long it takes, in us. From the call of mutex_lock() on: there is nobody to
# wait for here.
held() {
	local measure=$1 kind=$2 start end hold
	shift 2
	diag "$measure $kind"
	echo "hist:keys=common_pid:ts0=common_timestamp.usecs if $rtnl" >$TRACE/events/ovl/lock/trigger
	echo "hist:keys=common_pid:us=common_timestamp.usecs-\$ts0:onmax(\$us).save(common_pid) if $rtnl" >$TRACE/events/ovl/unlock/trigger
	start=$(now)
	need "$@"
	end=$(now)
	hold=$(awk '{ for (i = 1; i < NF; i++) if ($i == "max:" && $(i + 1) > max) max = $(i + 1) }
		END { print max + 0 }' $TRACE/events/ovl/unlock/hist)
	echo "!hist:keys=common_pid:us=common_timestamp.usecs-\$ts0:onmax(\$us).save(common_pid) if $rtnl" >$TRACE/events/ovl/unlock/trigger
	echo "!hist:keys=common_pid:ts0=common_timestamp.usecs if $rtnl" >$TRACE/events/ovl/lock/trigger
	result "$measure.hold" "$kind" "$hold"
	result "$measure.time" "$kind" $((end - start))
}

trace_rtnl() {
	rtnl=lock==0x$(awk '$3 == "rtnl_mutex" { print $1 }' /proc/kallsyms)
	echo 'p:ovl/lock mutex_lock lock=%di:u64' >>$TRACE/kprobe_events
	echo 'p:ovl/unlock mutex_unlock lock=%di:u64' >>$TRACE/kprobe_events
	# The first use makes buffers that stay.
	[ "$rtnl" != lock==0x ] && [ -e $TRACE/events/ovl/unlock/trigger ] && held warm all ip link
}

#
# What is configured
#

# list KIND FIRST N: a line for each of N nodes or entries, from number FIRST on
list() {
	awk -v kind="$1" -v first="$2" -v n="$3" -v remotes="$REMOTES" '
		BEGIN {
			for (i = first; i < first + n; i++) {
				a = int(i / 65536); b = int(i / 256) % 256; c = i % 256
				if (kind == "neigh") printf "neigh add %d.%d.%d.0 lladdr 02:00:00:%02x:%02x:%02x dev t0 nud permanent\n", 11 + a, b, c, a, b, c
				else if (kind == "fdb") printf "fdb add 02:00:00:%02x:%02x:%02x dev t0 dst 10.%d.%d.%d static\n", a, b, c, a, b, c
				else if (kind == "route") printf "route add %d.%d.%d.0/24 via %d.%d.%d.0 dev t0 onlink\n", 11 + a, b, c, 11 + a, b, c
				else if (kind == "peer") printf "[Peer]\nName = node%d\nRemote = 10.%d.%d.%d\nAllowed = %d.%d.%d.0/24\n", i, a, b, c, 11 + a, b, c
				else if (kind == "neigh-del") printf "neigh del %d.%d.%d.0 dev t0\n", 11 + a, b, c
				else if (kind == "fdb-del") printf "fdb del 02:00:00:%02x:%02x:%02x dev t0\n", a, b, c
				else if (kind == "route-del") printf "route del %d.%d.%d.0/24\n", 11 + a, b, c
				else if (kind == "peer-del") printf "peer del t0 node%d\n", i
				else if (kind == "shared") {
					r = 1 + i % remotes
					printf "fdb add 02:00:00:%02x:%02x:%02x dev t0 dst 10.0.%d.%d static\n", a, b, c, int(r / 256), r % 256
				}
			}
		}'
}

underlay_of() {
	need ip -n "$1" -batch - <<-END
		link add eth0 type dummy
		addr add 192.0.2.1/24 dev eth0
		link set eth0 up
		neigh add 192.0.2.254 lladdr 02:00:00:00:00:fe dev eth0 nud permanent
		route add 10.0.0.0/8 via 192.0.2.254
	END
}

#
# Nodes. For each new route through a gateway the kernel looks at all others of
# the device, so that flannel's way takes far longer than the whole run where
# there are 100,000: it gets fewer.
#

# As flannel programs them, or as one peer each
nodes_add() {
	local kind=$1 part=$2
	if [ "$kind" = vxlan ]; then
		ip -n "$ns" -batch "$_tmp/neigh.$part" &&
			bridge -n "$ns" -batch "$_tmp/fdb.$part" &&
			ip -n "$ns" -batch "$_tmp/route.$part"
	else
		ovltun -n "$ns" addconf t0 "$_tmp/peer.$part"
	fi
}

nodes_del() {
	if [ "$1" = vxlan ]; then
		ip -n "$ns" -batch "$_tmp/route.del" &&
			bridge -n "$ns" -batch "$_tmp/fdb.del" &&
			ip -n "$ns" -batch "$_tmp/neigh.del"
	else
		ovltun -n "$ns" -batch "$_tmp/peer.del"
	fi
}

# With what the kernel leaves for later
link_up() {
	ip -n "$ns" link set d0 up && sleep 2
}

nodes_lists() {
	local kind
	for kind in neigh fdb route peer; do
		list $kind 1 "$PEERS" >"$_tmp/$kind.all"
		list $kind $((PEERS + 1)) 100 >"$_tmp/$kind.more"
		list $kind-del 1 $SAMPLE >"$_tmp/$kind.del"
	done
	for kind in neigh fdb route; do
		head -n "$FLANNEL" "$_tmp/$kind.all" >"$_tmp/$kind.some"
	done
	ln -s peer.all "$_tmp/peer.some"
}

# A dump is of all of them, whatever their number.
nodes_show() {
	[ "$(ovltun -n "$ns" showconf t0 | grep -c '^\[Peer\]')" = "$1" ]
}

nodes_device() {
	if [ "$1" = vxlan ]; then
		need ip -n "$ns" link add t0 mtu 1450 type vxlan id 1 dev eth0 local 192.0.2.1 dstport 8472 nolearning
	else
		need ip -n "$ns" link add t0 type ovl-tun layer3 id 1 local 192.0.2.1
	fi
	need ip -n "$ns" link set t0 up
	[ "$1" = vxlan ] || need ip -n "$ns" route add 11.0.0.0/8 dev t0
}

nodes() {
	local kind=$1 n=$2 before
	setup_ns ns
	underlay_of "$ns"
	nodes_device "$kind"
	held empty.rm "$kind" ip -n "$ns" link del t0
	nodes_device "$kind"
	before=$(used)
	result node.n "$kind" "$n"
	each node.add "$kind" "$n" nodes_add "$kind" some
	result node.mem "$kind" $((($(used) - before) * 1024 / n))
	[ "$kind" = vxlan ] || each node.show "$kind" "$n" nodes_show "$n"
	held node.one "$kind" nodes_add "$kind" more
	each node.del "$kind" $SAMPLE nodes_del "$kind"
	held node.change "$kind" ip -n "$ns" link set t0 type "$(type_of "$kind")" ttl 9
	need ip -n "$ns" link add d0 type dummy
	held node.up "$kind" link_up
	held node.rm "$kind" ip -n "$ns" link del t0
	used >/dev/null
	if [ "$kind" = ovl ]; then
		nodes_device "$kind"
		need nodes_add "$kind" some
		held node.flush "$kind" ovltun -n "$ns" peer flush t0
		need ip -n "$ns" link del t0
	fi
	ip netns del "$ns"
}

type_of() { if [ "$1" = ovl ]; then echo ovl-tun; else echo vxlan; fi; }

#
# Forwarding entries
#

fdb_device() {
	local encap=''
	[ "$1" = vxlan ] || encap='encap vxlan'
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add t0 type "$(type_of "$1")" id 7 local 192.0.2.1 dstport 4789 nolearning $encap
	need ip -n "$ns" link set t0 up
}

fdb_lists() {
	list shared 0 10 >"$_tmp/shared.ten"
	list shared 10 $((FDB - 10)) >"$_tmp/shared.all"
	list shared "$FDB" 100 >"$_tmp/shared.more"
}

# lookup MEASURE KIND N: instructions for a frame to one of the first N, at random
lookup() {
	local measure=$1 kind=$2 n=$3
	# shellcheck disable=SC2016 # for the other shell
	result "$measure" "$kind" "$(ip netns exec "$ns" bash -c '
		count=$1 n=$2
		pg() { local f=/proc/net/pktgen/$1 c; shift; for c; do echo "$c" >$f || exit 1; done; }
		pg kpktgend_0 rem_device_all "add_device t0"
		pg t0 "count $count" "clone_skb 0" "pkt_size 60" "delay 0" "dst 198.18.0.2" \
			"src_min 198.18.0.1" "src_max 198.18.0.1" "udp_src_min 1000" "udp_src_max 1000" \
			"udp_dst_min 2000" "udp_dst_max 2000" "flag MACDST_RND" \
			"dst_mac 02:00:00:00:00:00" "dst_mac_count $n"
		for ((i = 0; i < 3; i++)); do pg pgctrl start; done
		sed -n "s/^Result: OK: \([0-9]*\).*/\1/p" /proc/net/pktgen/t0
		pg kpktgend_0 rem_device_all
	' _ $FRAMES "$n" | awk -v n=$FRAMES '{ printf "%d", $1 * 1000 / n }')"
}

fdb() {
	local kind=$1 before flush=''
	setup_ns ns
	underlay_of "$ns"
	fdb_device "$kind"
	! bridge -n "$ns" fdb flush dev t0 2>/dev/null || flush=1 # not in 6.1's vxlan.ko
	need bridge -n "$ns" -batch "$_tmp/shared.ten"
	lookup fdb.lookup10 "$kind" 10
	before=$(used)
	each fdb.add "$kind" $((FDB - 10)) bridge -n "$ns" -batch "$_tmp/shared.all"
	result fdb.mem "$kind" $((($(used) - before) * 1024 / (FDB - 10)))
	lookup fdb.lookup "$kind" $((FDB < HOT ? FDB : HOT))
	check_eq "$kind: all frames have been sent" "$(counter "$ns" t0 tx.packets)" $((6 * FRAMES))
	held fdb.one "$kind" bridge -n "$ns" -batch "$_tmp/shared.more"
	each fdb.del "$kind" $SAMPLE bridge -n "$ns" -batch "$_tmp/fdb.del"
	held fdb.change "$kind" ip -n "$ns" link set t0 type "$(type_of "$kind")" ttl 9
	[ -z "$flush" ] || held fdb.flush "$kind" bridge -n "$ns" fdb flush dev t0
	need ip -n "$ns" link del t0

	fdb_device "$kind"
	before=$(used)
	need bridge -n "$ns" -batch "$_tmp/fdb.all"
	# For vxlan.ko it is the same as above.
	[ "$kind" = vxlan ] || result fdb.apart "$kind" $((($(used) - before) * 1024 / PEERS))
	held fdb.rm "$kind" ip -n "$ns" link del t0
	ip netns del "$ns"
}

# The others have memory, but do nothing that would count.
for cpu in /sys/devices/system/cpu/cpu[1-9]*/online; do
	[ ! -e "$cpu" ] || echo 0 >"$cpu"
done
need trace_rtnl
result config peers "$PEERS"
result config fdb "$FDB"
result config remotes "$REMOTES"
result config cpus "$(tr -d '\n' </sys/devices/system/cpu/possible)"
result config kernel "$(uname -r)"
nodes_lists
fdb_lists
nodes vxlan "$FLANNEL"
fdb vxlan
nodes ovl "$PEERS"
fdb ovl
result lockups all "$(dmesg | grep -cE 'soft lockup|hung_task|rcu.*stall|blocked for more')"
pass "measured to the end"
