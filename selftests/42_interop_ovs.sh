#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovl-tun and Open vSwitch understand each other, Geneve options included.
# timeout: 240
# kernel-warning: include/net/ip_tunnels.h:.* \[(openvswitch|geneve)\]
#
#	  ns1                                 ns2, with the whole of OVS
#	  g4 g6 v4 v6 (ovl-tun)        g4 g6 v4 v6 (bridges, each with a tunnel)
#	   |                                        |
#	  eth0 192.0.2.1, 2001:db8::1 --------- eth0 192.0.2.2, 2001:db8::2
#
# What is called alike belongs together: g is Geneve, v is VXLAN, 4 and 6 is
# the family outside. Inside they have 10.0.NET.1 and 10.0.NET.2.
. "$(dirname "$0")/lib.sh"
. "$TESTS/interop.sh"

declare -A net=([g4]=4 [g6]=6 [v4]=14 [v6]=16)
declare -A vni=([g4]=42 [g6]=43 [v4]=44 [v6]=45)
ctl=/usr/share/openvswitch/scripts/ovs-ctl

start_ovs() {
	export OVS_RUNDIR=$_tmp/ovs OVS_DBDIR=$_tmp/ovs OVS_LOGDIR=$_tmp/ovs
	mkdir "$_tmp/ovs"
	need modprobe openvswitch
	defer in_ns "$ns2" $ctl stop
	need in_ns "$ns2" timeout 60 $ctl --system-id=ovl-tun --no-record-hostname \
		--no-monitor start
	diag "$(ovs-vswitchd --version | head -n 1)"
}

setup() {
	local name type l r args=()
	for name in g4 g6 v4 v6; do
		l=192.0.2.1 r=192.0.2.2 type=geneve
		[ "${name#?}" = 4 ] || l=2001:db8::1 r=2001:db8::2
		[ "${name%?}" = g ] || type=vxlan
		need ip -n "$ns1" -batch - <<-END
			link add $name type ovl-tun id ${vni[$name]} remote $r encap $type accept $type
			address add 10.0.${net[$name]}.1/24 dev $name
			link set $name mtu 1400 up
		END
		args+=(-- add-br "$name" -- add-port "$name" "$name-tun"
			-- set interface "$name-tun" "type=$type" "options:remote_ip=\"$l\""
			"options:key=${vni[$name]}" options:csum=true
			-- set interface "$name" mtu_request=1400)
	done
	need in_ns "$ns2" timeout 60 ovs-vsctl "${args[@]}"
	for name in g4 g6 v4 v6; do
		need ip -n "$ns2" address add "10.0.${net[$name]}.2/24" dev $name
		need ip -n "$ns2" link set $name up
	done
	diag "datapath: $(ovs-appctl dpif/show | head -n 1)"
	check_match "OVS uses the kernel's datapath" "$(ovs-appctl dpif/show)" '^system@'
}

# One answer is enough: neighbours may have been tried in vain just before, and ping
# ends with the first host that is unreachable.
reaches() { busywait 5000 in_ns "$1" ping -n -q -c 1 -W 1 "${@:2}"; }
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 1 "${@:2}"; }

plain() {
	local ip=10.0.${net[$1]}
	check "$2: ping" reaches "$ns1" "$ip.2"
	check "$2: ping back" reaches "$ns2" "$ip.1"
	check "$2: ping of 10,000 bytes" reaches "$ns1" -s 10000 "$ip.2"
	check "$2: ping back of 10,000 bytes" reaches "$ns2" -s 10000 "$ip.1"
}

# set_flows BRIDGE FLOW...: nothing but these. The datapath has to ask anew, or it
# goes on as before until OVS finds the time to look through what it was told.
set_flows() {
	local bridge=$1
	shift
	printf '%s\n' "$@" | need timeout 20 ovs-ofctl replace-flows "$bridge" -
	need ovs-appctl dpctl/del-flows
}

skipped() { ovltun -n "$ns1" -s -j dev show "$1" | jq '.[0].options_skipped'; }
drops() { ovltun -n "$ns1" -s -j dev show "$1" | jq ".[0].drops[\"$2\"] // 0"; }

# more_than N COMMAND...: has it a larger count to tell? For busywait.
more_than() { [ "$("${@:2}")" -gt "$1" ]; }

# OVS attaches an option, ovl-tun skips it
from_ovs() {
	local ip=10.0.${net[$1]} before shim from=192.0.2.2
	[ "${1#?}" = 4 ] || from=2001:db8::2 # the other bridge speaks as well
	printf -v shim '02006558%06x00' "${vni[$1]}"
	set_flows "$1" "in_port=LOCAL actions=set_field:0x00010002->tun_metadata0,output:$1-tun" \
		"in_port=$1-tun actions=LOCAL"
	before=$(skipped "$1")
	rm -f "$_tmp/tcpdump" # with the words of the one before
	in_ns "$ns1" timeout 60 tcpdump -n -x -c 1 -i eth0 \
		"udp dst port 6081 and src host $from" \
		>"$_tmp/packet" 2>"$_tmp/tcpdump" &
	need busywait 10000 grep -q 'listening on' "$_tmp/tcpdump"
	check "$2: packets with an option arrive" in_ns "$ns2" ping -n -q -c 3 -i 0.1 -w 5 "$ip.1"
	wait $!
	check_match "$2: the header and the option's bytes" \
		"$(sed -n 's/^\t0x[0-9a-f]*: *//p' "$_tmp/packet" | tr -d ' \n')" \
		"${shim}0102010100010002"
	check_ge "$2: ovl-tun counts them" $(($(skipped "$1") - before)) 3

	set_flows "$1" "in_port=LOCAL actions=set_field:0x00010002->tun_metadata1,output:$1-tun" \
		"in_port=$1-tun actions=LOCAL"
	before=$(drops "$1" rx-option-critical)
	check "$2: packets with a critical option do not" cut_off "$ns2" "$ip.1"
	check "$2: ovl-tun counts them as well" \
		busywait 5000 more_than "$before" drops "$1" rx-option-critical
}

# dropped_by_ovs BRIDGE: packets
dropped_by_ovs() {
	ovs-ofctl dump-flows "$1" | sed -n 's/.*n_packets=\([0-9]*\),.*actions=drop.*/\1/p'
}

# options BRIDGE COMMAND...: change what ovl-tun attaches. OVS must decide anew
# then: what it remembers of packets without options it applies to all.
options() {
	need ovltun -n "$ns1" options "$2" "$1" "${@:3}"
	need ovs-appctl dpctl/del-flows
}

# ovl-tun attaches an option, OVS forwards nothing else
to_ovs() {
	local ip=10.0.${net[$1]} before
	set_flows "$1" "in_port=LOCAL actions=output:$1-tun" \
		"priority=2,in_port=$1-tun,tun_metadata0=0x00010002 actions=LOCAL" \
		"priority=1,in_port=$1-tun actions=drop"
	options "$1" add 0x0102:1:00010002
	check "$2: it passes" reaches "$ns1" "$ip.2"
	options "$1" add 0xfff0:2:0011223344556677
	check "$2: it passes among others" reaches "$ns1" "$ip.2"
	flows "$2" "$ip.2"
	before=$(dropped_by_ovs "$1")
	options "$1" replace 0x0102:1:00010003
	check "$2: with another value it does not" cut_off "$ns1" "$ip.2"
	check "$2: OVS has dropped that" \
		busywait 5000 more_than "$before" dropped_by_ovs "$1"
	options "$1" replace 0x0102:1:00010002
	check "$2: with the right one it passes again" reaches "$ns1" "$ip.2"
	options "$1" flush
	check "$2: without options nothing passes" cut_off "$ns1" "$ip.2"
}

# The last thing to be done: up to some release after 6.1 it has connection tracking
# in every namespace, which other tests would have to reckon with.
defer busywait 20000 modprobe -r openvswitch
underlay both
start_ovs
setup
iperf_servers "$ns2"
for fam in 4 6; do
	plain v$fam "VXLAN over IPv$fam"
	flows "VXLAN over IPv$fam" "10.0.${net[v$fam]}.2"
	plain g$fam "Geneve over IPv$fam"
	need ovs-ofctl add-tlv-map g$fam "{class=0x0102,type=0x1,len=4}->tun_metadata0,{class=0x0102,type=0x81,len=4}->tun_metadata1"
	from_ovs g$fam "option from OVS over IPv$fam"
	to_ovs g$fam "option to OVS over IPv$fam"
done
