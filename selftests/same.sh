# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests that compare the forwarding tables of vxlan.ko and ovl-tun. They set
# up the namespace $ns, with a vxlan device "mark" that no test is about.

# same NAME VXLAN-ARGS OVL-ARGS <COMMANDS: both devices get the commands, in
# which DEV stands for the device. Compares the lines that were refused, what
# was answered, the events and what is in the table in the end.
same() {
	local name=$1 dev i
	sed '/^#/d; /^$/d' >"$_tmp/commands"
	for dev in vx0 ovl0; do
		sed "s/DEV/dev $dev/" "$_tmp/commands" >"$_tmp/batch.$dev"
	done
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add vx0 type vxlan id 42 dstport 4789 $2
	# shellcheck disable=SC2086 # words
	need ip -n "$ns" link add ovl0 type ovl-tun id 42 encap vxlan $3
	ip netns exec "$ns" bridge monitor fdb >"$_tmp/monitor" &
	local pid=$!
	# It listens once it has told of something.
	for ((i = 0; i < 100; i++)); do
		in_ns "$ns" bridge fdb replace 02:00:00:00:ff:ff dev mark \
			dst 192.0.2.$((100 + i % 2))
		[ ! -s "$_tmp/monitor" ] || break
		sleep 0.05
	done
	for dev in vx0 ovl0; do
		in_ns "$ns" bridge -force -batch "$_tmp/batch.$dev" \
			>"$_tmp/out.$dev" 2>"$_tmp/err.$dev"
		sed -n 's/^Command failed .*:\([0-9]*\)$/\1/p' "$_tmp/err.$dev" |
			while read -r i; do sed -n "${i}p" "$_tmp/commands"; done >"$_tmp/failed.$dev"
		sed -i "s/dev $dev/DEV/; s/ *$//" "$_tmp/out.$dev"
		in_ns "$ns" bridge fdb show dev "$dev" | sed 's/ *$//' | sort >"$_tmp/table.$dev"
	done
	in_ns "$ns" bridge fdb del 02:00:00:00:ff:ff dev mark
	busywait 5000 grep -q '^Deleted 02:00:00:00:ff:ff' "$_tmp/monitor"
	kill $pid
	wait $pid 2>/dev/null
	for dev in vx0 ovl0; do
		grep "dev $dev " "$_tmp/monitor" |
			sed "s/dev $dev/DEV/; s/ *$//" >"$_tmp/events.$dev"
	done
	check_eq "$name: refused" "$(<"$_tmp/failed.ovl0")" "$(<"$_tmp/failed.vx0")"
	check_eq "$name: answers" "$(<"$_tmp/out.ovl0")" "$(<"$_tmp/out.vx0")"
	check_eq "$name: table" "$(<"$_tmp/table.ovl0")" "$(<"$_tmp/table.vx0")"
	check_eq "$name: events" "$(<"$_tmp/events.ovl0")" "$(<"$_tmp/events.vx0")"
	check_ge "$name: there were events" "$(wc -l <"$_tmp/events.ovl0")" 4
	need ip -n "$ns" link del vx0
	need ip -n "$ns" link del ovl0
}
