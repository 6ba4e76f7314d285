#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A bridge port with backup_nhid: without its carrier, frames for it go to a group of
# nexthops, by an external device as by vxlan.ko. # timeout: 120
#
#	br_KIND: p_KIND (no carrier), t_KIND (external) --- u0 --- 192.0.2.11, 2001:db8::12
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun
setup_ns ns
need ip -n "$ns" -batch - <<-'END'
	link add u0 type dummy
	address add 192.0.2.1/24 dev u0
	address add 2001:db8::1/64 dev u0
	link set u0 up
	neighbour add 192.0.2.11 lladdr 02:00:00:00:00:11 dev u0
	neighbour add 192.0.2.12 lladdr 02:00:00:00:00:12 dev u0
	neighbour add 2001:db8::13 lladdr 02:00:00:00:00:13 dev u0
	nexthop add id 1 via 192.0.2.11 fdb
	nexthop add id 2 via 192.0.2.12 fdb
	nexthop add id 3 via 2001:db8::13 fdb
	nexthop add id 4 via 192.0.2.11 dev u0
	nexthop add id 10 group 1 fdb
	nexthop add id 11 group 1/2 fdb
	nexthop add id 12 group 3 fdb
	nexthop add id 13 group 4
END

# The others are to be silent; a bridge that snoops joins a group of those that do.
need in_ns "$ns" sysctl -qw net.ipv6.conf.default.disable_ipv6=1

# bridge_with KIND TYPE...: with a port for whose carrier there is t_KIND
bridge_with() {
	local kind=$1
	shift
	need ip -n "$ns" -batch - <<-END
		link add br_$kind type bridge vlan_filtering 1 vlan_default_pvid 0 mcast_snooping 0
		link set br_$kind up
		link add p_$kind type dummy
		link set p_$kind up master br_$kind
		link add t_$kind type $*
		link set t_$kind up master br_$kind
	END
	need bridge -n "$ns" -batch - <<-END
		vlan add dev br_$kind vid 10 self pvid untagged
		vlan add dev p_$kind vid 10
		link set dev t_$kind vlan_tunnel on learning off
		vlan add dev t_$kind vid 10
		vlan add dev t_$kind vid 10 tunnel_info id 10010
		fdb replace 02:00:00:00:00:55 dev p_$kind master static vlan 10
		link set dev p_$kind backup_port t_$kind
	END
}

bridge_with vx vxlan local 192.0.2.1 dstport 4790 nolearning external
bridge_with ovl ovl-tun external encap vxlan vxlanport 4791 local 192.0.2.1
if ! bridge -n "$ns" link set dev p_vx backup_nhid 10 2>"$_tmp/why"; then
	skip_all "no backup_nhid here: $(head -n 1 "$_tmp/why")"
fi

cat >"$_tmp/send.py" <<'P'
# send.py DEV COUNT: frames of that many flows; where UDP goes that leaves u0
import collections, socket, struct, sys, time
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind(("u0", 3))
wire.setblocking(False)
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
eth = bytes.fromhex("020000000055" "0200000000aa" "0800")
ip = bytes.fromhex("4500002800004000401100000a0000010a000002")
for i in range(int(sys.argv[2])):
    s.send(eth + ip + struct.pack("!4H", 1000 + i, 9, 20, 0) + bytes(30))
time.sleep(0.2)
seen = collections.Counter()
while True:
    try:
        frame = wire.recv(65536)
    except BlockingIOError:
        break
    v6 = frame[12:14] == b"\x86\xdd"
    udp = frame[54:] if v6 else frame[34:]
    if frame[20 if v6 else 23] != 17 or udp[2:4] not in (b"\x12\xb6", b"\x12\xb7"):
        continue
    inner = udp[16 + 16 * (udp[2:4] == b"\x17\xc1"):]
    if inner[:6] == eth[:6]:
        seen["%02x vni %d" % (frame[5], int.from_bytes(udp[12:15], "big"))] += 1
print(", ".join("%s: %d" % at for at in sorted(seen.items())) or "nowhere")
P
send() { in_ns "$ns" python3 "$_tmp/send.py" "$@"; }
drops() { ovltun -n "$ns" -s -j dev show t_ovl | jq -c '.[0].drops'; }

for kind in vx ovl; do
	need ip -n "$ns" link set p_$kind carrier off
	need bridge -n "$ns" link set dev p_$kind backup_nhid 10
done
need busywait 5000 eval 'ip -n "$ns" link show p_ovl | grep -q NO-CARRIER'
for kind in vx ovl; do
	check_eq "$kind: frames go to the group's member" "$(send br_$kind 5)" "11 vni 10010: 5"
	need bridge -n "$ns" link set dev p_$kind backup_nhid 11
	check_match "$kind: flows are shared among two" "$(send br_$kind 100)" \
		'^11 vni 10010: [1-9][0-9], 12 vni 10010: [1-9][0-9]$'
done
check_eq "nothing was dropped" "$(drops)" "{}"

# What no entry of the device's says goes there all the same.
need bridge -n "$ns" fdb add 00:00:00:00:00:00 dev t_ovl dst 192.0.2.12 src_vni 10010
need bridge -n "$ns" fdb add 02:00:00:00:00:55 dev t_ovl dst 192.0.2.12 src_vni 10010
need bridge -n "$ns" link set dev p_ovl backup_nhid 10
check_eq "entries of the forwarding table do not count" "$(send br_ovl 5)" "11 vni 10010: 5"
need ip -n "$ns" nexthop replace id 1 via 192.0.2.12 fdb
check_eq "a member with another address" "$(send br_ovl 5)" "12 vni 10010: 5"
need bridge -n "$ns" link set dev p_ovl backup_nhid 12
check_eq "a member with IPv6" "$(send br_ovl 5)" "13 vni 10010: 5"
need ip -n "$ns" link set t_ovl type ovl-tun df set ttl 9
check_eq "nothing was dropped of these" "$(drops)" "{}"

n=0
for id in 13 1 99; do
	need bridge -n "$ns" link set dev p_ovl backup_nhid $id
	check_eq "nexthop $id, which is no group for this: nothing is sent" "$(send br_ovl 5)" nowhere
	check_eq "nexthop $id: counted" "$(drops)" "{\"tx-no-remote\":$((n += 5))}"
done

# Geneve has the options of the device, also of one that it was given later.
need ip -n "$ns" link set t_ovl type ovl-tun encap geneve
need bridge -n "$ns" link set dev p_ovl backup_nhid 10
need ovltun -n "$ns" options add t_ovl 0x102:1:mark 0x102:2:peer
for want in 16 8; do
	background ip netns exec "$ns" tcpdump -n -i u0 -c 1 -xx --immediate-mode 'udp dst port 6081'
	need busywait 10000 grep -q 'listening on' "$bg_out"
	send br_ovl 1 >"$_tmp/out"
	need busywait 5000 grep -q '1 packet captured' "$bg_out"
	# Opt Len is the low part of the first byte behind 14 + 20 + 8 others, in words.
	first=$(grep -o '0x0020:.*' "$bg_out" | cut -d' ' -f 8)
	check_eq "Geneve: $want bytes of options" $(((16#${first:0:2} & 0x3f) * 4)) $want
	[ $want = 8 ] || need ovltun -n "$ns" options del t_ovl 0x102:2
done
need ip -n "$ns" link del t_ovl
