#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What ovl-tun does, shown command by command: `make demo`. # timeout: 120
#
# It runs in a virtual machine, whose namespaces and names are its own. The
# plan and the "ok" lines are for the bed, which judges this as it judges tests.
set -u

ok=0
echo "1..6"

# title TEXT: a new chapter
title() { printf '\n\033[1m== %s ==\033[0m\n' "$*"; }

# note TEXT: what is to be seen next
note() { printf '\n%s\n' "$*"; }

# run CMD...: show a command, then what it says; the demo ends if it fails
run() {
	printf '\033[32m$ %s\033[0m\n' "$*"
	"$@" 2>&1 || broken "$*"
}

broken() {
	echo "not ok $((ok + 1)) - this failed: $1"
	echo "demo: failed"
	exit 1
}

# done_with TEXT: the chapter has come to its end
done_with() { echo "ok $((++ok)) - $1"; }

# one_packet PORT ADDR: what tcpdump decodes on the underlay while pod1 pings
one_packet() {
	local out=/tmp/demo.tcpdump
	local dump=(ip netns exec node2 tcpdump -n -K -vv -c 1 -i eth0 "udp dst port $1 and greater 200")
	timeout 30 "${dump[@]}" >$out 2>$out.err &
	until grep -q '^listening\|: listening' $out.err; do sleep 0.05; done
	ip netns exec pod1 ping -n -q -c 3 -i 0.2 -s 172 "$2" >/dev/null || broken "ping $2"
	wait $! || broken "${dump[*]}"
	run_output "${dump[*]}" $out
}

run_output() {
	printf '\033[32m$ %s\033[0m\n' "$1"
	cat "$2"
}

rate() {
	# The one before ends a little after its client.
	while ip netns exec pod2 ss -Hltn 'sport = :5201' | grep -q .; do sleep 0.05; done
	ip netns exec pod2 iperf3 -s -1 -D >/dev/null
	until ip netns exec pod2 ss -Hltn 'sport = :5201' | grep -q .; do sleep 0.05; done
	run ip netns exec pod1 iperf3 -f m -t 1 -c 10.42.0.2
}

title "Two nodes, joined by an underlay of IPv4 and IPv6; a pod on each"
cat <<'END'

  pod1 10.42.0.1                              pod2 10.42.0.2
    |                                           |
   br0                                         br0
    |                                           |
   ovl0 - - - - - - VNI 42, in UDP - - - - - - ovl0
  node1 192.0.2.1  ====================  192.0.2.2 node2
        2001:db8::1                    2001:db8::2

END
for ns in node1 node2 pod1 pod2; do
	run ip netns add $ns
	ip netns exec $ns sysctl -qw net.ipv6.conf.all.accept_dad=0 \
		net.ipv6.conf.default.accept_dad=0
done
run ip link add eth0 netns node1 type veth peer name eth0 netns node2
for i in 1 2; do
	run ip -n node$i address add 192.0.2.$i/24 dev eth0
	run ip -n node$i address add 2001:db8::$i/64 dev eth0
	run ip -n node$i link set eth0 up
	run ip -n node$i link add br0 type bridge
	run ip -n node$i link add pod netns node$i master br0 type veth peer name eth0 netns pod$i
	run ip -n node$i link set pod up
	run ip -n node$i link set br0 up
	run ip -n pod$i address add 10.42.0.$i/24 dev eth0
	run ip -n pod$i link set eth0 mtu 1400 up
done
done_with "two nodes"

title "VXLAN over IPv4"
note "One command on each node makes the tunnel, two more put it to use:"
run ip -n node1 link add ovl0 type ovl-tun id 42 remote 192.0.2.2 encap vxlan
run ip -n node1 link set ovl0 master br0
run ip -n node1 link set ovl0 up
run ip -n node2 link add ovl0 type ovl-tun id 42 remote 192.0.2.1 encap vxlan
run ip -n node2 link set ovl0 master br0
run ip -n node2 link set ovl0 up
note "The pods reach each other:"
run ip netns exec pod1 ping -n -c 3 -i 0.2 -W 2 10.42.0.2
note "Between the nodes it is VXLAN:"
one_packet 4789 10.42.0.2
done_with "pods ping over VXLAN"

title "Geneve with a tenant's number, on the running device"
note "Both nodes accept both. So node1 can change first, and nothing is lost:"
run ip -n node1 link set ovl0 type ovl-tun encap geneve
run ip netns exec pod1 ping -n -q -c 3 -i 0.2 -W 2 10.42.0.2
run ip -n node2 link set ovl0 type ovl-tun encap geneve
note "Now node1 marks what it sends with an option: class 0xfff0, type 1, tenant 1234 (0x4d2)."
run ovltun -n node1 options add ovl0 0xfff0:1:000004d2
run ip netns exec pod1 ping -n -c 3 -i 0.2 -W 2 10.42.0.2
note "Between the nodes it is Geneve now, with the option:"
one_packet 6081 10.42.0.2
done_with "pods ping over Geneve with an option"

title "The same over IPv6"
run ip -n node1 link set ovl0 type ovl-tun remote 2001:db8::2
run ip -n node2 link set ovl0 type ovl-tun remote 2001:db8::1
note "Geneve:"
run ip netns exec pod1 ping -n -c 3 -i 0.2 -W 2 10.42.0.2
one_packet 6081 10.42.0.2
note "VXLAN:"
run ip -n node1 link set ovl0 type ovl-tun encap vxlan
run ip -n node2 link set ovl0 type ovl-tun encap vxlan
run ip netns exec pod1 ping -n -c 3 -i 0.2 -W 2 10.42.0.2
one_packet 4789 10.42.0.2
done_with "pods ping over IPv6"

title "How fast it is (this machine is emulated, a real one is 15 times faster)"
note "VXLAN over IPv6:"
rate
note "Geneve with the option over IPv4:"
run ip -n node1 link set ovl0 type ovl-tun remote 192.0.2.2 encap geneve
run ip -n node2 link set ovl0 type ovl-tun remote 192.0.2.1 encap geneve
rate
done_with "pods exchange data"

title "What there is to see"
run ip -n node1 -d link show ovl0
run ovltun -n node1 -s dev show
run ovltun -n node1 -s port show
run ovltun -n node1 -d options show
note "node2 saw node1's options, had no use for them and counted:"
run ovltun -n node2 -s dev show
[ "$(ovltun -n node2 -s -j dev show | jq '.[0].options_skipped')" -gt 0 ] ||
	broken "options-skipped of node2 is 0"
done_with "the tools show it"
echo
echo "demo: ok"
