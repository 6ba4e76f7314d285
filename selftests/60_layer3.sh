#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Layer 3 devices: inner prefixes lead to peers and say what those may send, in
# each way to put IP into a tunnel, also with vxlan.ko and geneve.ko as peers.
# timeout: 180
#
#	ns1 eth0 ---- eth0 ns2   192.0.2.0/24, 2001:db8::/64
. "$(dirname "$0")/lib.sh"

underlay both

# layer3 NS N ARG...: ovl0 with the inner addresses 10.1.N.1 and fd00:N::1
layer3() {
	local ns=$1 n=$2
	shift 2
	need ip -n "$ns" -batch - <<-END
		link add ovl0 type ovl-tun layer3 $*
		address add 10.1.$n.1/32 dev ovl0
		address add fd00:$n::1/128 dev ovl0
		link set ovl0 up
		route add 10.1.0.0/16 dev ovl0
		route add fd00::/16 dev ovl0
	END
}

peers() { ovltun -n "$1" -batch -; }
reaches() { in_ns "$1" ping -n -q -c 1 -w 4 "${@:2}"; }
cut_off() { ! in_ns "$1" ping -n -q -c 1 -W 0.5 "${@:2}"; }
drops() { ovltun -n "$1" -s -j dev show ovl0 | jq -r ".[0].drops[\"$2\"] // 0"; }
field() { ovltun -n "$1" -s -j peer show dev ovl0 "$2" | jq -rc ".[0]$3"; }

# The shape of the device
layer3 "$ns1" 1 id 7
layer3 "$ns2" 2 id 7
check_match "it has no Ethernet address" "$(ip -n "$ns1" -o link show ovl0)" 'link/none'
check_eq "iproute2 says so" \
	"$(ip -n "$ns1" -d -j link show ovl0 | jq -c '.[0].linkinfo.info_data | [.layer, (.mac | length)]')" '[3,17]'
need ip -n "$ns1" link add ovl2 type ovl-tun id 8
check_fail "layer can't change" "layer can't change" \
	ip -n "$ns1" link set ovl2 type ovl-tun layer3
need ip -n "$ns1" link delete ovl2
check_fail "an address is refused" 'no address' \
	ip -n "$ns1" link add ovl1 address 02:00:00:00:00:01 type ovl-tun layer3 id 8
check_fail "without a peer the sender is told at once" 'Unreachable|unreachable' \
	bash -c "ip netns exec $ns1 ping -n -c 1 -W 2 10.1.2.1 >&2"
check_fail "and over IPv6" 'nreachable' \
	bash -c "ip netns exec $ns1 ping -n -c 1 -W 2 fd00:2::1 >&2"
check_ge "it is counted" "$(drops "$ns1" tx-no-remote)" 2

# Each encapsulation over each family, IPv4 and IPv6 inside
ways() {
	local fam encap l r
	for fam in IPv4 IPv6; do
		l=192.0.2.1 r=192.0.2.2
		[ $fam = IPv4 ] || l=2001:db8::1 r=2001:db8::2
		for encap in geneve vxlan; do
			peers "$ns1" <<<"peer replace ovl0 two remote $r encap $encap allowed 10.1.2.0/24,fd00:2::/32"
			peers "$ns2" <<<"peer replace ovl0 one remote $l encap $encap allowed 10.1.1.0/24,fd00:1::/32"
			check "$encap over $fam: ping" reaches "$ns1" 10.1.2.1
			check "$encap over $fam: ping, IPv6 inside" reaches "$ns1" fd00:2::1
			check "$encap over $fam: ping of 10,000 bytes" reaches "$ns1" -s 10000 10.1.2.1
			check "$encap over $fam: the same, IPv6 inside" reaches "$ns1" -s 10000 fd00:2::1
		done
	done
	for encap in geneve vxlan; do
		peers "$ns1" <<<"peer set ovl0 two remote 192.0.2.2 encap $encap"
		peers "$ns2" <<<"peer set ovl0 one remote 192.0.2.1 encap $encap"
		check "$encap: TCP" transfer
	done
}
transfer() {
	in_ns "$ns1" iperf3 -c 10.1.2.1 -n 2M -J | jq -e '.end.sum_received.bytes >= 200000'
}
background ip netns exec "$ns2" iperf3 -s
need busywait 15000 listening "$ns2" 5201
ways

# What may be sent
n=$(drops "$ns2" rx-inner-source)
need ip -n "$ns1" address add 10.1.9.9/32 dev ovl0
check "an inner source that isn't the peer's does not arrive" cut_off "$ns1" -I 10.1.9.9 10.1.2.1
check_eq "it is counted" "$(($(drops "$ns2" rx-inner-source) - n))" 1
check_eq "also for the peer" "$(field "$ns2" one '.stats.drops["rx-inner-source"]')" 1
peers "$ns2" <<<"peer set ovl0 one allowed +10.1.9.9"
check "once the prefix is the peer's it does" reaches "$ns1" -I 10.1.9.9 10.1.2.1

# The longest match, and a prefix that moves
peers "$ns1" <<-END
	peer add ovl0 wide remote 192.0.2.9 allowed 10.1.0.0/16,0.0.0.0/0,::/0
	peer add ovl0 near remote 192.0.2.8 allowed 10.1.2.128/25
END
to() { ovltun -n "$ns1" -j peer get ovl0 to "$1" | jq -rc '.[0] | [.name, .match, .matched]'; }
check_eq "longest match: /24" "$(to 10.1.2.1)" '["two","prefix","10.1.2.0/24"]'
check_eq "longest match: /25" "$(to 10.1.2.200)" '["near","prefix","10.1.2.128/25"]'
check_eq "longest match: /16" "$(to 10.1.3.1)" '["wide","prefix","10.1.0.0/16"]'
check_eq "longest match: everything" "$(to 11.0.0.1)" '["wide","prefix","0.0.0.0/0"]'
check_eq "longest match: IPv6" "$(to fd00:2::77)" '["two","prefix","fd00:2::/32"]'
check_eq "longest match: all of IPv6" "$(to 2001:db8:7::1)" '["wide","prefix","::/0"]'
peers "$ns1" <<<"peer set ovl0 near allowed +10.1.2.0/24"
check_eq "a prefix that is given to another moves" "$(to 10.1.2.1)" '["near","prefix","10.1.2.0/24"]'
check_eq "its old peer has lost it" "$(field "$ns1" two .allowed)" '["fd00:2::/32"]'
peers "$ns1" <<<"peer del ovl0 near"
check_eq "with the peer its prefixes go" "$(to 10.1.2.200)" '["wide","prefix","10.1.0.0/16"]'
peers "$ns1" <<-END
	peer set ovl0 two allowed +10.1.2.0/24
	peer del ovl0 wide
END
check_fail "then nothing leads there" 'nothing leads to this address' \
	ovltun -n "$ns1" peer get ovl0 to 10.1.3.1
check "the others are untouched" reaches "$ns1" 10.1.2.1

# Hundreds of prefixes in any order; each address goes where a plain search says.
check "300 addresses find the longest of hundreds of prefixes" in_ns "$ns1" python3 - <<'END'
import ipaddress, json, random, subprocess
rand = random.Random(4711)
def run(lines):
    subprocess.run(["ovltun", "-batch", "-"], input="\n".join(lines), text=True, check=True)
def net():
    if rand.random() < .5:
        return ipaddress.ip_network((rand.choice((0x0a000000, 0x0a010000, 0x0a020300)) ^ rand.getrandbits(12), rand.choice((8, 16, 20, 23, 24, 25, 28, 30, 31, 32))), strict=False)
    return ipaddress.ip_network((0xfd << 120 | rand.getrandbits(3) << 64 | rand.getrandbits(4), rand.choice((8, 32, 61, 64, 65, 96, 124, 126, 127, 128))), strict=False)
owner = {}
run([f"peer add ovl0 p{i} remote 198.51.100.{i}" for i in range(1, 21)])
for turn in range(6):
    lines = []
    for _ in range(100):
        n, i = net(), rand.randint(1, 20)
        owner[n] = i
        lines.append(f"peer set ovl0 p{i} allowed +{n}")
    for n in rand.sample(sorted(owner, key=str), 30):
        lines.append(f"peer set ovl0 p{owner.pop(n)} allowed -{n}")
    run(lines)
shown = json.loads(subprocess.check_output(["ovltun", "-j", "peer", "show", "dev", "ovl0"]))
have = {ipaddress.ip_network(a): p["name"] for p in shown for a in p.get("allowed", []) if p["name"].startswith("p")}
assert have == {n: f"p{i}" for n, i in owner.items()}, "the peers show other prefixes"
asked = []
for _ in range(300):
    n = rand.choice(sorted(owner, key=str))
    asked.append(n[rand.randrange(min(n.num_addresses, 1 << 16))] if rand.random() < .8 else net()[0])
ask = "".join(f"peer get ovl0 to {a}\n" for a in asked)
got = subprocess.run(["ovltun", "-force", "-batch", "-"], input=ask, text=True, capture_output=True)
want = []
for a in asked:
    fits = [n for n in owner if n.version == a.version and a in n]
    best = max(fits, key=lambda n: n.prefixlen, default=None)
    if best is not None:
        want.append(f"p{owner[best]}")
import re
names = re.findall(r"\b(p\d+)\b(?=[^\n]*remote)", got.stdout)
assert names == want, (len(names), len(want), [x for x in zip(names, want) if x[0] != x[1]][:5], got.stdout[:300])
run([f"peer del ovl0 p{i}" for i in range(1, 21)])
END

# Towards vxlan.ko as flannel sets it up: VNI 1, port 8472, ARP, FDB and route
need ip -n "$ns1" link delete ovl0
need ip -n "$ns2" link delete ovl0
mac=02:00:00:00:02:02
layer3 "$ns1" 1 vxlanport 8472 id 1 encap vxlan mac 02:00:00:00:01:01
peers "$ns1" <<<"peer add ovl0 two remote 192.0.2.2 mac $mac allowed 10.1.2.0/24"
need ip -n "$ns2" -batch - <<-END
	link add flannel.1 address $mac type vxlan id 1 local 192.0.2.2 dstport 8472 nolearning
	address add 10.1.2.0/32 dev flannel.1
	link set flannel.1 up
	address add 10.1.2.1/24 dev lo
	neighbour add 10.1.1.0 lladdr 02:00:00:00:01:01 dev flannel.1
	route add 10.1.1.0/24 via 10.1.1.0 dev flannel.1 onlink src 10.1.2.1
END
need in_ns "$ns2" bridge fdb add 02:00:00:00:01:01 dev flannel.1 dst 192.0.2.1
check "flannel's vxlan.ko: ping" reaches "$ns1" 10.1.2.1
check "flannel's vxlan.ko: ping of 10,000 bytes" reaches "$ns1" -s 10000 10.1.2.1
check "flannel's vxlan.ko: ping from there" reaches "$ns2" -I 10.1.2.1 10.1.1.1
check "flannel's vxlan.ko: TCP" transfer
need in_ns "$ns2" bridge fdb replace 02:00:00:00:01:02 dev flannel.1 dst 192.0.2.1
need ip -n "$ns2" neighbour replace 10.1.1.0 lladdr 02:00:00:00:01:02 dev flannel.1
check "a frame to another MAC address does not arrive" cut_off "$ns2" -I 10.1.2.1 10.1.1.1
check_ge "it is counted" "$(drops "$ns1" rx-inner-mac)" 1
need ip -n "$ns2" link delete flannel.1
need ip -n "$ns2" address del 10.1.2.1/24 dev lo

# Towards vxlan.ko with GPE
peers "$ns1" <<-END
	peer del ovl0 two
	peer add ovl0 two remote 192.0.2.2 allowed 10.1.2.0/24,fd00:2::/32
END
need ip -n "$ns2" -batch - <<-END
	link add gpe type vxlan dstport 8472 gpe external
	address add 10.1.2.1/32 dev gpe
	link set gpe up
	route add 10.1.1.0/24 encap ip id 1 dst 192.0.2.1 dev gpe
END
check "vxlan.ko with GPE: ping" reaches "$ns1" 10.1.2.1
check "vxlan.ko with GPE: ping of 10,000 bytes" reaches "$ns1" -s 10000 10.1.2.1
need ip -n "$ns2" link delete gpe

# Towards geneve.ko without Ethernet inside
peers "$ns1" <<<"peer set ovl0 two encap geneve"
if ip -n "$ns2" link add gen type geneve id 1 remote 192.0.2.1 innerprotoinherit; then
	need ip -n "$ns2" -batch - <<-END
		address add 10.1.2.1/32 dev gen
		link set gen up
		route add 10.1.1.0/24 dev gen
	END
	check "geneve.ko with innerprotoinherit: ping" reaches "$ns1" 10.1.2.1
	check "geneve.ko with innerprotoinherit: ping of 10,000 bytes" reaches "$ns1" -s 10000 10.1.2.1
	check "geneve.ko with innerprotoinherit: TCP" transfer
else
	skip "geneve.ko with innerprotoinherit" "iproute2 does not know it"
fi
