#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Peers: identity, settings of their own on the wire, counters, whose packets
# are taken, what is refused. # timeout: 200
#
#	ns1 eth0 ---- eth0 ns2   192.0.2.0/24, 2001:db8::/64
. "$(dirname "$0")/lib.sh"

underlay both
for n in 1 2; do
	ns=ns$n
	need ip -n "${!ns}" -batch - <<-END
		link add ovl0 type ovl-tun layer3 id 7
		address add 10.1.$n.1/32 dev ovl0
		address add fd00:$n::1/128 dev ovl0
		link set ovl0 up
		route add 10.1.0.0/16 dev ovl0
		route add fd00::/16 dev ovl0
	END
done
peers() { need ovltun -n "$1" -batch -; }
peer() { ovltun -n "$1" -s -j peer show dev ovl0 "$2" | jq -c ".[0]${3:-}"; }
refused() { # NAME REGEX PEER-COMMAND...: and nothing has changed
	local before
	before=$(ovltun -n "$ns1" -j peer show)
	check_fail "$1" "$2" ovltun -n "$ns1" peer "${@:3}"
	[ "$(ovltun -n "$ns1" -j peer show)" = "$before" ] || fail "$1: nothing has changed"
}
ping1() { in_ns "$ns1" ping -n -q -c 1 -w 4 "$@"; }
lost1() { ! in_ns "$ns1" ping -n -q -c 1 -W 0.4 "$@"; }
dropped() { ovltun -n "$1" -s -j dev show ovl0 | jq ".[0].drops[\"$2\"] // 0"; }
# Not by ss, which tells [::] from both families' "*" only where the kernel has
# udp_diag.
ports() {
	in_ns "$1" awk '{ split($2, a, ":") } FNR > 1 && a[1] ~ /^0+$/ {
			print FILENAME ~ /6$/ ? "[::]" : "0.0.0.0", a[2]
		}' /proc/net/udp /proc/net/udp6 |
		while read -r any port; do echo "$any:$((16#$port))"; done | sort | xargs
}

check_eq "without peers it listens for both families" "$(ports "$ns1" | wc -w)" 4
peers "$ns1" <<<"peer add ovl0 two remote 192.0.2.2 allowed 10.1.2.0/24,fd00:2::/32"
peers "$ns2" <<<"peer add ovl0 one remote 192.0.2.1 allowed 10.1.1.0/24,fd00:1::/32"
check_eq "with one for that peer's" "$(ports "$ns1")" "0.0.0.0:4789 0.0.0.0:6081"
check "the peers reach each other" ping1 10.1.2.1

# Identity
check_eq "a number was given" "$(peer "$ns1" two .peer)" 1
peers "$ns1" <<<"peer add ovl0 42 name far remote 192.0.2.42"
check_eq "or taken" "$(peer "$ns1" far .peer)" 42
peers "$ns1" <<<"peer set ovl0 far name farther"
check_eq "a peer gets another name" "$(peer "$ns1" 42 .name)" '"farther"'
refused "the old name is gone" 'no such peer' show ovl0 far
refused "a name twice" 'another peer has this name' set ovl0 42 name two
refused "an id twice" 'there already' add ovl0 42 remote 192.0.2.43
refused "the same endpoint twice, the peer is named" 'peer 1 two has this remote' \
	add ovl0 again remote 192.0.2.2
refused "or by a change" 'peer 1 two has this remote' set ovl0 42 remote 192.0.2.2
peers "$ns1" <<<"peer add ovl0 again remote 192.0.2.2 rxvni 8"
check_eq "but with another VNI" "$(peer "$ns1" again .rxvni)" 8
peers "$ns1" <<<"peer del ovl0 again"
need ip -n "$ns1" link add ovl1 type ovl-tun id 7
refused "the same endpoint on another device with the VNI, it is named" 'device ovl0 has VNI 7' \
	add ovl1 two remote 192.0.2.2
check_fail "or as a link's remote" 'device ovl0 has VNI 7' \
	ip -n "$ns1" link set ovl1 type ovl-tun remote 192.0.2.2
check "two devices share the VNI with different peers" \
	ovltun -n "$ns1" peer add ovl1 three remote 192.0.2.3
check_fail "until one would get the other's VNI and peer" 'peer|device ovl. has VNI' \
	ovltun -n "$ns1" peer set ovl1 three remote 192.0.2.42
need ip -n "$ns1" link delete ovl1

# Refused
refused "no endpoint" 'remote is missing' add ovl0 x
refused "multicast" 'must be a unicast' add ovl0 x remote 224.0.0.1
refused "loopback" 'must be a unicast' add ovl0 x remote 127.0.0.1
refused "IPv6 multicast" 'must be a unicast' add ovl0 x remote ff02::1
refused "an endpoint in the overlay itself" 'through the tunnel itself' add ovl0 x remote 10.1.3.1
refused "moved into it" 'through the tunnel itself' set ovl0 two remote 10.1.3.1
refused "local of the other family" 'one address family' add ovl0 x remote 192.0.2.5 local 2001:db8::1
refused "a flow label over IPv4" 'needs an IPv6 remote' add ovl0 x remote 192.0.2.5 flowlabel 0x123
refused "a prefix that isn't the peer's can't be taken away" "isn't the peer's" \
	set ovl0 two allowed -10.9.0.0/16
refused "two MAC addresses on layer 3" 'has one mac' set ovl0 two mac 02:00:00:00:00:01,02:00:00:00:00:02
refused "an id that is the link's" 'id must be 1 to 2147483647' add ovl0 0 remote 192.0.2.5
refused "an id that is a forwarding entry's" 'id must be 1 to 2147483647' add ovl0 2147483648 remote 192.0.2.5
refused "no such peer" 'no such peer' set ovl0 nobody vni 5
refused "nor to delete" 'no such peer' del ovl0 nobody
refused_nobody() { nsenter --net=/run/netns/"$ns1" setpriv --reuid 65534 --clear-groups "$@"; }
check_fail "an unprivileged user changes nothing" 'permitted' refused_nobody ovltun peer del ovl0 two

# Settings of its own, on the wire
cat >"$_tmp/sniff.py" <<'END'
import socket, struct, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
s.bind(("eth0", 0))
s.settimeout(8)
print("ready", flush=True)
while True:
    d, a = s.recvfrom(2000)
    if a[2] == socket.PACKET_OUTGOING or a[1] not in (0x0800, 0x86dd):
        continue
    v6 = d[0] >> 4 == 6
    if d[6 if v6 else 9] != 17:
        continue
    if v6:
        w, = struct.unpack_from("!I", d)
        print(f"tos {w >> 20 & 0xff:#x} label {w & 0xfffff:#x} ttl {d[7]}", end=" ")
        u = d[40:]
    else:
        print(f"tos {d[1]:#x} ttl {d[8]} df {d[6] >> 6 & 1}", end=" ")
        u = d[20:]
    sport, dport, _, csum = struct.unpack_from("!HHHH", u)
    print(f"port {dport} csum {int(csum != 0)} vni {int.from_bytes(u[12:15], 'big')} first {u[8]:#x}", flush=True)
    break
END
wire() { # ADDRESS: the outer headers of a packet to it
	background ip netns exec "$ns2" python3 "$_tmp/sniff.py"
	need busywait 15000 grep -q ready "$bg_out"
	in_ns "$ns1" ping -n -q -c 1 -W 0.3 "$1" >/dev/null
	busywait 5000 grep -q port "$bg_out"
	tail -n 1 "$bg_out"
}
need ip -n "$ns1" neighbour replace 192.0.2.2 lladdr "$(ip -n "$ns2" -j link show eth0 | jq -r .[0].address)" dev eth0
need ip -n "$ns1" neighbour replace 2001:db8::2 lladdr "$(ip -n "$ns2" -j link show eth0 | jq -r .[0].address)" dev eth0
check_eq "the device's settings" "$(wire 10.1.2.1)" "tos 0x0 ttl 64 df 0 port 6081 csum 1 vni 7 first 0x0"
peers "$ns1" <<<"peer set ovl0 two encap vxlan dstport 9999 vni 77 ttl 9 tos 0x48 df set noudpcsum"
check_eq "the peer's own" "$(wire 10.1.2.1)" "tos 0x48 ttl 9 df 1 port 9999 csum 0 vni 77 first 0xc"
check_eq "they are shown" "$(peer "$ns1" two '|[.encap, .dstport, .vni, .ttl, .df, .udp_csum]')" \
	'["vxlan",9999,77,9,"set",false]'
peers "$ns1" <<<"peer set ovl0 two encap default dstport default vni default"
check_eq "without some of them" "$(wire 10.1.2.1)" "tos 0x48 ttl 9 df 1 port 6081 csum 0 vni 7 first 0x0"
need ip -n "$ns1" link set ovl0 type ovl-tun ttl 12 tos 0x10
check_eq "a change of the device's leaves it alone" "$(wire 10.1.2.1)" \
	"tos 0x48 ttl 9 df 1 port 6081 csum 0 vni 7 first 0x0"
need ip -n "$ns1" link set ovl0 type ovl-tun ttl 0 tos 0
peers "$ns1" <<<"peer replace ovl0 two remote 2001:db8::2 flowlabel 0x12345 ttl inherit allowed 10.1.2.0/24,fd00:2::/32"
check_match "replace takes those away that it doesn't name" "$(wire 10.1.2.1)" \
	"^tos 0x0 label 0x12345 ttl 64 port 6081 csum 1 vni 7 first 0x0"
check_eq "with the family its sockets change" "$(ports "$ns1")" "0.0.0.0:4789 0.0.0.0:6081 [::]:4789 [::]:6081"
need ip -n "$ns1" link set ovl0 type ovl-tun ttl 33
peers "$ns1" <<<"peer replace ovl0 two remote 192.0.2.2 allowed 10.1.2.0/24,fd00:2::/32"
check_match "a change of the device reaches those without their own" "$(wire 10.1.2.1)" "ttl 33"
peers "$ns1" <<<"peer set ovl0 two ttl 9"
need ip -n "$ns1" link set ovl0 type ovl-tun tos 0x10
check_match "and those that have another setting of their own" "$(wire 10.1.2.1)" \
	"^tos 0x10 ttl 9 "
peers "$ns1" <<<"peer set ovl0 two ttl default"
need ip -n "$ns1" link set ovl0 type ovl-tun tos 0
need ip -n "$ns1" link set ovl0 type ovl-tun ttl 0 encap geneve accept geneve
check_eq "a port for each encapsulation in use" "$(ports "$ns1")" "0.0.0.0:6081"
peers "$ns1" <<<"peer set ovl0 42 encap vxlan"
check_eq "a peer needs another" "$(ports "$ns1")" "0.0.0.0:4789 0.0.0.0:6081"
peers "$ns1" <<<"peer del ovl0 42"
check_eq "and leaves" "$(ports "$ns1")" "0.0.0.0:6081"
need ip -n "$ns1" link set ovl0 type ovl-tun accept both

# VNIs that differ by direction
peers "$ns1" <<<"peer set ovl0 two vni 100 rxvni 200"
check "one side alone is not understood" lost1 10.1.2.1
peers "$ns2" <<<"peer set ovl0 one vni 200 rxvni 100"
check "transmit and receive VNI" ping1 10.1.2.1
peers "$ns1" <<<"peer set ovl0 two vni default rxvni default"
peers "$ns2" <<<"peer set ovl0 one vni default rxvni default"
check "back to the device's" ping1 10.1.2.1

# Counters
read -r rx tx <<<"$(peer "$ns1" two .stats | jq -r '"\(.rx_packets) \(.tx_packets)"')"
start=${EPOCHREALTIME/[.,]/}
# With -w it would send more of them if answers were late.
check "ten pings" in_ns "$ns1" ping -n -q -c 10 -i 0.01 -W 5 10.1.2.1
check_eq "are counted for the peer" \
	"$(peer "$ns1" two .stats | jq -c "[.rx_packets - $rx, .tx_packets - $tx]")" '[10,10]'
sleep 0.6
seen=$(peer "$ns1" two .stats.last_seen)
check_le "seen since they began" "$seen" $(((${EPOCHREALTIME/[.,]/} - start) / 1000))
check_ge "not since they ended" "$seen" 500
need ip -n "$ns2" address add 192.0.2.22/24 dev eth0
need ip -n "$ns2" link set ovl0 type ovl-tun local 192.0.2.22
peers "$ns1" <<<"peer set ovl0 two remote 192.0.2.22"
check "the node has another address" in_ns "$ns1" ping -n -q -c 1 -W 5 10.1.2.1
check_eq "its peer, id and counters are the same" \
	"$(peer "$ns1" two | jq -c "[.peer, .stats.rx_packets - $rx]")" '[1,11]'
n=$(dropped "$ns2" rx-source-unknown)
need ip -n "$ns1" address add 192.0.2.11/24 dev eth0
need ip -n "$ns1" link set ovl0 type ovl-tun local 192.0.2.11

# Whose packets are taken
background ip netns exec "$ns2" ovltun -j monitor drops
need busywait 10000 listeners "$ns2" 1
check "a stranger's packet does not arrive" lost1 10.1.2.1
check_ge "it is counted" $(($(dropped "$ns2" rx-source-unknown) - n)) 1
check_eq "and told, with the source and the VNI" \
	"$(busywait 10000 grep -m1 192.0.2.11 "$bg_out" | jq -c '.. | objects | select(.reason) | [.reason, .source, .vni, .encap]')" \
	'["rx-source-unknown","192.0.2.11",7,"geneve"]'
need ip -n "$ns2" link set ovl0 type ovl-tun source any
peers "$ns2" <<<"peer add ovl0 back remote 192.0.2.11 rxvni 9 allowed 10.1.1.0/24"
check "source any takes it" ping1 10.1.2.1
need ip -n "$ns2" link set ovl0 type ovl-tun source strict
check "source strict doesn't" lost1 10.1.2.1
check_fail "source learn needs a device that learns" 'source learn' \
	ip -n "$ns2" link set ovl0 type ovl-tun source learn
need ip -n "$ns1" link set ovl0 type ovl-tun local any
peers "$ns2" <<-END
	peer del ovl0 back
	peer set ovl0 one allowed +10.1.1.0/24
END

# MTU
mtu() { ip -n "$ns1" -j link show ovl0 | jq '.[0].mtu'; }
check_eq "the MTU is that of the peers" "$(mtu)" 1464
peers "$ns1" <<<"peer add ovl0 six remote 2001:db8::6"
check_eq "of the least of them" "$(mtu)" 1444
peers "$ns1" <<<"peer set ovl0 two mtu 1400"
check_eq "or one's own" "$(mtu)" 1400
need ip -n "$ns1" link set ovl0 mtu 1464
check_match "a packet that is too big for one peer is answered" \
	"$(in_ns "$ns1" ping -n -c 2 -i 0.2 -W 1 -M "do" -s 1420 10.1.2.1 2>&1)" 'mtu ?= ?1400|message too long'
check "one that fits is not" ping1 -M "do" -s 1372 10.1.2.1
peers "$ns1" <<-END
	peer set ovl0 two mtu default
	peer del ovl0 six
END

# A route that leads into the tunnel later
n=$(dropped "$ns1" tx-loop)
need ip -n "$ns1" route add 192.0.2.22/32 dev ovl0
peers "$ns1" <<<"peer set ovl0 two allowed +192.0.2.22"
check "a loop that comes by a route ends" lost1 10.1.2.1
check_ge "it is counted" $(($(dropped "$ns1" tx-loop) - n)) 1
need ip -n "$ns1" route del 192.0.2.22/32 dev ovl0
peers "$ns1" <<<"peer set ovl0 two allowed -192.0.2.22"

# Bytes: of a ping 20 + 8 + 56, whatever is around it, as vxlan.ko counts them. An option
# and the inner Ethernet header don't count.
bytes() { # NS PEER: of the link and of the peer
	ip -n "$1" -s -j link show cnt0 | jq -c '.[0].stats64 |
		[.rx.packets, .rx.bytes, .tx.packets, .tx.bytes]'
	ovltun -n "$1" -s -j peer show cnt0 "$2" | jq -c '.[0].stats |
		[.rx_packets, .rx_bytes, .tx_packets, .tx_bytes]'
}
# counted NAME ENCAP UNDERLAY LAYER: LAYER is 2, 3, or 3e for Ethernet around the packets
counted() {
	local n ns far link peer id=1 mac=02:00:00:00:90:0
	for n in 1 2; do
		ns=ns$n far=$((3 - n))
		peer="peer add cnt0 far remote $3$far allowed 10.90.0.0/24"
		case $4 in
		2) link="address $mac$n type ovl-tun remote $3$far" peer='' id=0 ;;
		3) link="type ovl-tun layer3" ;;
		3e) link="type ovl-tun layer3 mac $mac$n" peer+=" mac $mac$far" ;;
		esac
		need ip -n "${!ns}" -batch - <<-END
			link add cnt0 $link id 90 encap $2
			link set cnt0 addrgenmode none
			link set cnt0 up
			address add 10.90.0.$n/24 dev cnt0
			neighbour add 10.90.0.$far lladdr $mac$far dev cnt0
		END
		peers "${!ns}" <<<"options add cnt0 0x0101:1:00000001"$'\n'"$peer"
	done
	in_ns "$ns1" ping -n -q -c 10 -i 0.01 -W 5 10.90.0.2 >/dev/null
	for n in 1 2; do
		ns=ns$n
		check_eq "$1, ns$n: the bytes of link and peer" "$(bytes "${!ns}" $id | xargs)" \
			"[10,840,10,840] [10,840,10,840]"
		need ip -n "${!ns}" link delete cnt0
	done
}
counted "frames in VXLAN" vxlan 192.0.2. 2
counted "frames in Geneve with an option" geneve 2001:db8:: 2
counted "packets in VXLAN" vxlan 2001:db8:: 3
counted "packets in Geneve with an option" geneve 192.0.2. 3
counted "packets with an Ethernet header in VXLAN" vxlan 192.0.2. 3e

# The link's remote
need ip -n "$ns1" link add ovl1 type ovl-tun id 70 remote 192.0.2.2
check_eq "the link's remote is a peer" \
	"$(ovltun -n "$ns1" -j peer show dev ovl1 | jq -c '.[0] | [.peer, .implicit, .remote]')" \
	'[0,true,"192.0.2.2"]'
check_fail "which only the link changes" "link's remote" ovltun -n "$ns1" peer set ovl1 0 vni 5
check_fail "allowed is for layer 3" 'layer 3' ovltun -n "$ns1" peer add ovl1 x remote 192.0.2.9 allowed 10.0.0.0/8
need ip -n "$ns1" link delete ovl1

# Flush under traffic, and a thousand at once
in_ns "$ns1" ping -n -q -i 0.002 -w 20 10.1.2.1 >/dev/null 2>&1 &
flood=$!
for i in {1..1000}; do echo "peer add ovl0 n$i remote 192.0.$((3 + i / 250)).$((i % 250 + 1)) allowed 10.2.$((i / 250)).$((i % 250))/32"; done |
	peers "$ns1"
check_eq "a thousand peers" "$(ovltun -n "$ns1" -j peer show dev ovl0 | jq length)" 1001
check "all are removed under traffic" ovltun -n "$ns1" peer flush ovl0
check_eq "none is left" "$(ovltun -n "$ns1" -j peer show dev ovl0)" '[]'
peers "$ns1" <<<"peer add ovl0 two remote 192.0.2.22 allowed 10.1.2.0/24"
check "the traffic goes on with a new one" ping1 10.1.2.1
for i in {1..20}; do
	peers "$ns1" <<-END
		peer del ovl0 two
		peer add ovl0 two remote 192.0.2.22 allowed 10.1.2.0/24
	END
done
check "a peer in use comes and goes" ping1 10.1.2.1
kill $flood 2>/dev/null
need ip -n "$ns1" link delete ovl0
pass "the device goes with its peers"
