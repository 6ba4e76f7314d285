#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A device goes with the interface that it names to send through, as one of
# vxlan.ko does. # timeout: 120
. "$(dirname "$0")/lib.sh"

need modprobe -a ovl-tun vxlan
setup_ns ns1 other
name() { ip -n "$1" -o link show "$2" 2>/dev/null; }
there() { name "$1" "$2" >/dev/null; }
gone() { ! there "$1" "$2"; }
lower() { # NAME...: interfaces of $ns1
	local name
	for name; do
		need ip -n "$ns1" link add "$name" type dummy
		need ip -n "$ns1" link set "$name" up
	done
}
# left NS NAME...: which of them there are
left() {
	local ns=$1 name
	shift
	for name; do gone "$ns" "$name" || echo "$name"; done | paste -sd' '
}

# both KIND OPTIONS: what is the same for both kinds of tunnel
both() {
	local kind=$1 id=0
	# tunnel NAME [OPTION]...: in $ns1
	tunnel() {
		need ip -n "$ns1" link add "$1" type "$kind" id $((++id)) dstport 7000 "${@:2}"
		need ip -n "$ns1" link set "$1" up
	}

	lower d0 d1
	need ip -n "$ns1" address add 192.0.2.1/24 dev d1
	tunnel t0 remote 192.0.2.2
	tunnel t1 remote 192.0.2.2 dev d1
	tunnel t2 group 239.1.1.1 dev d1
	tunnel t3 group 239.1.1.1 dev d0
	tunnel t4 remote 192.0.2.2 dev d1
	need ip -n "$ns1" link set t4 netns "$other"
	check "$kind: the interface is removed" ip -n "$ns1" link delete d1
	check_eq "$kind: what names it has gone, what does not has stayed" \
		"$(left "$ns1" t0 t1 t2 t3)" "t0 t3"
	check_eq "$kind: it has gone from another namespace" "$(left "$other" t4)" ""

	lower d1
	need ip -n "$ns1" address add 192.0.2.1/24 dev d1
	tunnel t1 group 239.1.1.1 dev d1
	check "$kind: the interface leaves the namespace" ip -n "$ns1" link set d1 netns "$other"
	check_eq "$kind: so does what names it" "$(left "$ns1" t0 t1 t3)" "t0 t3"
	need ip -n "$other" link set d1 netns "$ns1"
	need ip -n "$ns1" link set d1 up
	need ip -n "$ns1" address add 192.0.2.1/24 dev d1
	tunnel t1 group 239.1.1.1 dev d1
	check_match "$kind: a new one is a member again" \
		"$(ip -n "$ns1" maddr show dev d1)" '239\.1\.1\.1'

	# A tunnel that another one names, and a VLAN in between
	tunnel t2 remote 10.0.0.2 dev t1
	need ip -n "$ns1" link add link t2 name t2.5 type vlan id 5
	tunnel t5 remote 10.0.0.2 dev t2.5
	check "$kind: the lowest of some is removed" ip -n "$ns1" link delete d1
	check_eq "$kind: what names another one goes with it" "$(left "$ns1" t0 t1 t2 t2.5)" t0
	check "$kind: what names what is on it does" busywait 10000 gone "$ns1" t5

	lower d1
	tunnel t1 remote 192.0.2.2 dev d1
	tunnel t2 remote 192.0.2.2 dev t1
	for name in t1 d1 t2; do need ip -n "$ns1" link set "$name" group 9; done
	check "$kind: all in one go" ip -n "$ns1" link delete group 9
	check_eq "$kind: and they have gone" "$(left "$ns1" d1 t1 t2)" ""

	# The end of the underlay's namespace
	setup_ns under
	need ip -n "$under" link add d1 type dummy
	need ip -n "$under" link add t1 type "$kind" id 1 dstport 7000 remote 192.0.2.2 dev d1
	need ip -n "$under" link set t1 netns "$other"
	need ip netns delete "$under"
	check "$kind: it goes with the namespace of the interface" \
		busywait 20000 gone "$other" t1
	for name in t0 t3 d0; do need ip -n "$ns1" link delete "$name"; done
}
both vxlan
both ovl-tun

# With something in between, each within the removal of the other: as many as
# anybody makes
lower u0
for i in {1..40}; do
	echo "link add u$i type ovl-tun id $i dev $([ "$i" = 1 ] && echo u0 || echo v$((i - 1)))"
	echo "link add link u$i name v$i type vlan id 5"
done >"$_tmp/chain"
need ip -n "$ns1" -batch "$_tmp/chain"
check "the lowest of 40 is removed" ip -n "$ns1" link delete u0
check "all of them go" busywait 60000 gone "$ns1" v40
check_eq "there is nothing left" "$(ip -n "$ns1" -o link show type ovl-tun)" ""

# With the module
lower d1
need ip -n "$ns1" link add t1 type ovl-tun id 1 dev d1
need ip -n "$ns1" link add t2 type ovl-tun id 2 dev t1
check "the module is unloaded" modprobe -r ovl-tun
check_eq "and its devices have gone" "$(left "$ns1" d1 t1 t2)" d1
