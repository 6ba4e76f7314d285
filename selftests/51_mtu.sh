#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The MTU follows the path, and whoever sends too much is told. # timeout: 300
. "$(dirname "$0")/lib.sh"

need modprobe ovl-tun

mtus() { # NS: "NAME MTU ..." of all ovl-tun devices
	ip -n "$1" -j link show type ovl-tun |
		jq -r '[.[] | "\(.ifname) \(.mtu)"] | sort | join(" ")'
}
mtu_auto() { ovltun -n "$1" -j dev show "$2" | jq '.[0].mtu_auto'; }
batch() { # NS: commands of ip on standard input
	cat >"$_tmp/batch"
	need ip -n "$1" -batch "$_tmp/batch"
}
options() { # NS COMMAND ARG...: of ovltun, for the devices g4, g6, v4 and v6
	local ns=$1 cmd=$2 dev
	shift 2
	for dev in g4 g6 v4 v6; do echo "options $cmd $dev $*"; done |
		need ovltun -n "$ns" -batch -
}
hex() { printf "%0$(($1 * 2))d" 0; } # N bytes of data

#
# 1. The automatic MTU
#
underlay both
batch "$ns1" <<-E
	link add v4 type ovl-tun id 1 remote 192.0.2.2 encap vxlan
	link add g4 type ovl-tun id 2 remote 192.0.2.2 encap geneve
	link add v6 type ovl-tun id 3 remote 2001:db8::2 encap vxlan
	link add g6 type ovl-tun id 4 remote 2001:db8::2 encap geneve
E
check_eq "50 bytes less over IPv4, 70 over IPv6" "$(mtus "$ns1")" \
	"g4 1450 g6 1430 v4 1450 v6 1430"
options "$ns1" add 0x102:1:
check_eq "an empty option costs Geneve 4 bytes" "$(mtus "$ns1")" \
	"g4 1446 g6 1426 v4 1450 v6 1430"
options "$ns1" add "0x102:2:$(hex 124)" "0x102:3:$(hex 116)"
check_eq "options up to 252 bytes count" "$(mtus "$ns1")" \
	"g4 1198 g6 1178 v4 1450 v6 1430"
check_eq "so does the overhead that is shown" \
	"$(ovltun -n "$ns1" -j dev | jq -c 'map([.ifname, .overhead]) | sort')" \
	'[["g4",302],["g6",322],["v4",50],["v6",70]]'
batch "$ns1" <<-E
	link set g4 type ovl-tun encap vxlan
	link set v4 type ovl-tun encap geneve
	link set g6 type ovl-tun remote 192.0.2.2
	link set v6 type ovl-tun encap geneve
E
check_eq "a change of encapsulation or remote counts" "$(mtus "$ns1")" \
	"g4 1450 g6 1198 v4 1198 v6 1178"
options "$ns1" flush
check_eq "without options the room is back" "$(mtus "$ns1")" \
	"g4 1450 g6 1450 v4 1450 v6 1430"

need ip -n "$ns1" link set v4 up
background ovltun -n "$ns1" -j monitor
need busywait 10000 listeners "$ns1" 1
need ip -n "$ns1" link set eth0 mtu 9000
check_eq "the underlay's MTU is followed" "$(mtus "$ns1")" \
	"g4 8950 g6 8950 v4 8950 v6 8930"
need ip -n "$ns1" link set eth0 mtu 1400
check_eq "down as well as up" "$(mtus "$ns1")" "g4 1350 g6 1350 v4 1350 v6 1330"
busywait 10000 grep -q 1330 "$bg_out"
kill "$bg_pid"
check_eq "the events say that it is automatic" \
	"$(grep -o '"mtu_auto":[a-z]*' "$bg_out" | sort -u)" '"mtu_auto":true' ||
	diag <"$bg_out"
need ip -n "$ns1" link set eth0 mtu 1500

batch "$ns1" <<-E
	link add dum0 mtu 1600 type dummy
	link set dum0 up
	route add 203.0.113.0/24 via 192.0.2.2 mtu 1300
	route add 2001:db8:9::/64 via 2001:db8::2 mtu 1310
	link add d4 type ovl-tun id 5 remote 192.0.2.77 dev dum0
	link add r4 type ovl-tun id 5 remote 203.0.113.1
	link add r6 type ovl-tun id 5 remote 2001:db8:9::1
	link add n4 type ovl-tun id 6 remote 240.0.0.1
	link add n0 type ovl-tun id 6
E
check_eq "dev, a route's mtu, no route and no remote" \
	"$(mtus "$ns1" | grep -oE '(d4|r.|n.) [0-9]+' | xargs)" \
	"d4 1550 n0 1430 n4 1450 r4 1250 r6 1240"
batch "$ns1" <<-E
	link set dum0 mtu 1700
	route change 203.0.113.0/24 via 192.0.2.2 mtu 1350
	link set r4 up
E
check_eq "dev is followed, a route when the device comes up" \
	"$(mtus "$ns1" | grep -oE '(d4|r.) [0-9]+' | xargs)" \
	"d4 1650 r4 1300 r6 1240"

# Routes that say nothing of the path
batch "$ns1" <<-E
	route add 198.18.0.0/24 via 192.0.2.2 mtu 1400
	link add l4 type ovl-tun id 9 remote 198.18.0.1
	link add s4 type ovl-tun id 9 remote 198.19.0.1
	link set s4 up
	route add 198.19.0.0/24 dev s4
	route delete 198.18.0.0/24 via 192.0.2.2
	link set dum0 mtu 1600
	link set dum0 mtu 1650
	link set dum0 mtu 1700
E
check_eq "a route through the tunnel itself leaves the MTU alone" \
	"$(mtus "$ns1" | grep -oE 's4 [0-9]+')" "s4 1450"
check_eq "it stays while the route is lost" \
	"$(mtus "$ns1" | grep -oE 'l4 [0-9]+')" "l4 1350"

# What the user says holds
batch "$ns1" <<-E
	link set v4 mtu 1000
	link add u4 mtu 1234 type ovl-tun id 7 remote 192.0.2.2
	link set eth0 mtu 1480
	link set u4 up
	link set u4 type ovl-tun remote 192.0.2.3 encap vxlan
E
need ovltun -n "$ns1" options add v4 0x101:1:00000000
check_eq "a user's MTU stays, set or given at creation" \
	"$(mtus "$ns1" | grep -oE '(v4|u4|v6) [0-9]+' | xargs)" \
	"u4 1234 v4 1000 v6 1410"
check_eq "and is shown as such" \
	"$(mtu_auto "$ns1" u4) $(mtu_auto "$ns1" v4) $(mtu_auto "$ns1" v6)" \
	"false false true"
check "the smallest MTU" ip -n "$ns1" link set v4 mtu 68
check_fail "less is refused" 'less than|Invalid' ip -n "$ns1" link set v4 mtu 67
check "the largest MTU" ip -n "$ns1" link set v4 mtu 65485
check_fail "more is refused" 'greater than|Invalid' \
	ip -n "$ns1" link set v4 mtu 65486
check_fail "more is refused at creation" 'greater than|Invalid' \
	ip -n "$ns1" link add u6 mtu 65486 type ovl-tun id 8 remote 2001:db8::2

#
# 2. A smaller link on the way
#
#	$pod: eth0 --- $ns1: o1..o4	eth0 --- $router --- eth0 :$ns2 o1..o9
#	$podb: p5.. -- br5.. -- o5..o8	    1500	 1400
#
setup_ns ns1 router ns2 pod podb
link_pair "$ns1" eth0 "192.0.2.1/24 2001:db8:1::1/64" \
	"$router" eth0 "192.0.2.254/24 2001:db8:1::fe/64"
link_pair "$router" eth1 "198.51.100.254/24 2001:db8:2::fe/64" \
	"$ns2" eth0 "198.51.100.2/24 2001:db8:2::2/64"
link_pair "$pod" eth0 "10.99.0.2/24 fd00:99::2/64" \
	"$ns1" pod0 "10.99.0.1/24 fd00:99::1/64"
for ns in "$router" "$ns1"; do
	need in_ns "$ns" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
done
need ip -n "$router" link set eth1 mtu 1400
# as from a router's advertisement: IPv6 has an MTU of its own
need in_ns "$ns1" sysctl -qw net.ipv6.conf.eth0.mtu=1480
batch "$pod" <<-E
	route add default via 10.99.0.1
	route add default via fd00:99::1
E

encaps=(0 vxlan geneve vxlan geneve vxlan geneve vxlan geneve geneve)
outers=(0 4 4 6 6 4 4 6 6 4)
dfs=(0 set set unset unset inherit inherit unset unset unset)
want=(0 1350 1342 1330 1322 1350 1342 1330 1322)
near4=192.0.2.1 near6=2001:db8:1::1
{
	echo "route add default via 192.0.2.254"
	echo "route add default via 2001:db8:1::fe"
	for n in {1..9}; do
		far=198.51.100.1$n
		[ "${outers[n]}" = 4 ] || far=2001:db8:2::1$n
		echo "link add o$n type ovl-tun id $n remote $far encap ${encaps[n]} df ${dfs[n]}"
		echo "link set o$n up"
		if [[ $n = [5-8] ]]; then
			echo "link add b$n type veth peer name p$n netns $podb"
			echo "link add br$n type bridge"
			echo "link set o$n master br$n"
			echo "link set b$n master br$n"
			echo "link set b$n up"
			echo "link set br$n up"
		else
			echo "address add 10.$n.0.1/24 dev o$n"
			echo "address add fd00:$n::1/64 dev o$n"
		fi
	done
} | batch "$ns1"
for n in {5..8}; do
	echo "address add 10.$n.0.1/24 dev p$n"
	echo "address add fd00:$n::1/64 dev p$n"
	echo "link set p$n up"
done | batch "$podb"
{
	echo "link set eth0 mtu 1400"
	echo "route add default via 198.51.100.254"
	echo "route add default via 2001:db8:2::fe"
	for n in {1..9}; do
		far=198.51.100.1$n near=$near4
		[ "${outers[n]}" = 4 ] || far=2001:db8:2::1$n near=$near6
		echo "address add $far dev eth0"
		echo "link add o$n type ovl-tun id $n local $far remote $near encap ${encaps[n]}"
		for host in 2 3 4; do
			echo "address add 10.$n.0.$host/24 dev o$n"
			echo "address add fd00:$n::$host/64 dev o$n"
		done
		echo "link set o$n up"
	done
	echo "route add 10.99.0.0/24 via 10.1.0.1"
	echo "route add fd00:99::/64 via fd00:1::1"
} | batch "$ns2"
for n in 2 4 6 8 9; do echo "options add o$n 0x102:1:$(hex 4)"; done |
	need ovltun -n "$ns1" -batch -

# ping_one FILE NS INNER DST MTU: too large for the path, then as large as it takes
ping_one() {
	local head=28
	[ "$3" = 4 ] || head=48
	in_ns "$2" ping -M 'do' -s $((1400 - head)) -c 3 -i 0.3 -W 1 "$4" >"$1.big" 2>&1
	in_ns "$2" ping -M 'do' -s $(($5 - head)) -c 2 -i 0.2 -W 3 "$4" >"$1.fit" 2>&1
	echo $? >"$1.status"
}
# sender WHO NS DEVICES HOST
sender() {
	local n
	for n in $3; do
		ping_one "$_tmp/$1.$n.4" "$2" 4 "10.$n.0.$4" "${want[n]}" &
		ping_one "$_tmp/$1.$n.6" "$2" 6 "fd00:$n::$4" "${want[n]}" &
	done
}
sender local "$ns1" "1 2 3 4" 2
sender routed "$pod" "1 2 3 4" 3
sender bridged "$podb" "5 6 7 8" 2
wait
for who in "local 1 2 3 4" "routed 1 2 3 4" "bridged 5 6 7 8"; do
	for n in ${who#* }; do
		for inner in 4 6; do
			file=$_tmp/${who%% *}.$n.$inner
			name="${who%% *} sender, IPv$inner in ${encaps[n]} over IPv${outers[n]}"
			check "$name: told the path's MTU" \
				grep -E "mtu ?[=:] ?${want[n]}\b" "$file.big" || diag <"$file.big"
			check_eq "$name: a packet of that size arrives" "$(cat "$file.status")" 0 ||
				diag <"$file.fit"
		done
	done
done
check_match "routers tell the routed sender by ICMP" "$(cat "$_tmp"/routed.1.4.big)" \
	'From 10.99.0.1 .*Frag needed'
check_match "by ICMPv6 too" "$(cat "$_tmp"/routed.1.6.big)" \
	'From fd00:99::1 .*Packet too big'
check_match "the bridged sender hears of it as if from its peer" \
	"$(cat "$_tmp"/bridged.5.4.big)" 'From 10.5.0.2 .*Frag needed'
check_match "tracepath sees it" \
	"$(timeout 10 ip netns exec "$ns1" tracepath -n -m 3 10.1.0.3 2>&1)" 'pmtu 1350'
check_eq "each device counts what was too big" \
	"$(ovltun -n "$ns1" -s -j dev | jq -c 'map(select(.drops["tx-too-big"] > 0).ifname)')" \
	'["o1","o2","o3","o4","o5","o6","o7","o8"]'

# Without DF outside the packet is cut and arrives
check "df unset: the router fragments" \
	in_ns "$ns1" ping -M 'do' -s 1372 -c 3 -i 0.1 -W 2 10.9.0.2
need ip -n "$ns1" link set o9 mtu 1500
check "df unset: so does this node" \
	in_ns "$ns1" ping -M dont -s 1472 -c 3 -i 0.1 -W 2 10.9.0.3
check_eq "nothing was too big" \
	"$(ovltun -n "$ns1" -s -j dev show o9 | jq '.[0].drops["tx-too-big"]')" null

# Or a bridge would drop what is larger, and say nothing.
check_eq "what was learned of the path is no device's MTU" \
	"$(mtus "$ns1" | grep -oE 'o[5-8] [0-9]+' | xargs)" "o5 1450 o6 1442 o7 1410 o8 1402"

# TCP, with packets that the device would cut: nobody knows the MTU any more
ip -n "$ns1" route flush cache
ip -n "$ns1" -6 route flush cache
cat >"$_tmp/tcp.py" <<'E'
import socket, sys, threading
SIZE = 300000
def serve(conn):
    n = 0
    while data := conn.recv(65536):
        n += len(data)
    conn.sendall(b"%d" % n)
    conn.close()
if sys.argv[1] == "-l":
    s = socket.create_server(("::", 5001), family=socket.AF_INET6,
                             dualstack_ipv6=True)
    while True:
        threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
def send(addr):
    try:
        s = socket.create_connection((addr, 5001), timeout=60)
        s.sendall(bytes(SIZE))
        s.shutdown(socket.SHUT_WR)
        got = s.recv(100).decode()
        print(addr, "ok" if got == str(SIZE) else "short " + got, flush=True)
    except OSError as e:
        print(addr, e, flush=True)
threads = [threading.Thread(target=send, args=(a,)) for a in sys.argv[1:]]
[t.start() for t in threads]
[t.join() for t in threads]
E
background ip netns exec "$ns2" python3 "$_tmp/tcp.py" -l
need busywait 15000 listening "$ns2" 5001
tcp() { # WHO NS ADDR...
	local who=$1 ns=$2 addr
	shift 2
	in_ns "$ns" timeout 100 python3 "$_tmp/tcp.py" "$@" >"$_tmp/tcp.$who" 2>&1
}
pids=()
tcp local "$ns1" 10.{1,2,3,4,9}.0.4 fd00:{1,2,3,4,9}::4 &
pids+=($!)
tcp routed "$pod" 10.{1,2,3,4}.0.2 fd00:{1,2,3,4}::2 &
pids+=($!)
tcp bridged "$podb" 10.{5,6,7,8}.0.4 fd00:{5,6,7,8}::4 &
pids+=($!)
wait "${pids[@]}"
for who in local:10 routed:8 bridged:8; do
	check_eq "TCP of the ${who%:*} sender gets through" \
		"$(grep -c ' ok$' "$_tmp/tcp.${who%:*}")" "${who#*:}" ||
		diag <"$_tmp/tcp.${who%:*}"
done
