# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by cost.sh: the bare path and all tunnels side by side, in namespaces of
# their own, and measured in turns. What else the machine does, or how warm it is,
# is then the same for all of them.
#
#   OVL_BENCH_ROUNDS    how many times each has its turn, after one to warm up
#   OVL_BENCH_STREAMS   so many streams at a time, each by a CPU of its own; words,
#                       separated by commas
#   OVL_BENCH_COUNT     packets of each stream; words likewise
#   OVL_BENCH_MARKS=1   tell QEMU's plugins of each one's last turn
#
# Prints "TURNS case family frame kind streams count sent arrived US...", with the
# microseconds of each turn, and with marks "PHASE number case family frame kind
# streams count".

ROUNDS=${OVL_BENCH_ROUNDS:-0}
STREAMS=${OVL_BENCH_STREAMS:-1} STREAMS=${STREAMS//,/ }
COUNTS=${OVL_BENCH_COUNT:-1000} COUNTS=${COUNTS//,/ }
declare -A asks tells

# sender KIND: a process that sends through $dev whenever it is asked to
sender() {
	local ask tell ns=$a from=$dev at=$_tmp/$case-$fam-$1
	[ "$path" != route ] || ns=$p from=p0
	mkfifo "$at.ask" "$at.tell"
	# shellcheck disable=SC2016
	ip netns exec "$ns" bash -c "$PKTGEN"'
		while read -r streams frame count phase; do
			prepare $streams $frame $count
			[ -z "$phase" ] || "$TESTS/bin/mark" $phase
			start
			[ -z "$phase" ] || "$TESTS/bin/mark" 0
			echo "$took"
		done
	' _ "$mode" "$from" "$mac" "${vary[@]}" <"$at.ask" >"$at.tell" &
	exec {ask}>"$at.ask" {tell}<"$at.tell"
	asks[$1]=$ask tells[$1]=$tell
}

# next_phase: to $phase goes the number of the next part of what is measured
next_phase() {
	echo >>"$_tmp/phases"
	phase=$(wc -l <"$_tmp/phases")
}

# turn KIND STREAMS FRAME COUNT [PHASE]: to $took go the microseconds
turn() {
	echo "${*:2}" >&"${asks[$1]}"
	read -r took <&"${tells[$1]}" && [ -n "$took" ]
}

# all_in_turns: $streams streams of $count frames of $frame bytes
all_in_turns() {
	local kind round phase took came
	local -A before times
	for kind in $kinds; do
		names "$kind"
		before[$kind]=$(arrived "${devs[$kind]}")
	done
	for ((round = 0; round <= ROUNDS; round++)); do
		for kind in $kinds; do
			phase=
			if [ -n "${OVL_BENCH_MARKS:-}" ] && [ $round = "$ROUNDS" ]; then
				next_phase
				echo "PHASE $phase $case $fam $frame $kind $streams $count"
			fi
			need turn "$kind" "$streams" "$frame" "$count" "$phase"
			[ $round = 0 ] || times[$kind]+=" $took"
		done
	done
	for kind in $kinds; do
		names "$kind"
		came=$(($(arrived "${devs[$kind]}") - before[$kind]))
		echo "TURNS $case $fam $frame $kind $streams $count" \
			"$(((ROUNDS + 1) * streams * count)) $came${times[$kind]}"
	done
}

turns() {
	local kind frame streams count dev mac mode vary
	local -A devs
	# Processes on a CPU of their own: what the others do is the streams alone.
	if [ -n "${OVL_BENCH_MARKS:-}" ] && [ "$(nproc)" -gt 1 ]; then
		need taskset -pc 0 $BASHPID
		export FIRST=1
	fi
	for kind in $kinds; do
		names "$kind"
		underlay_up
		connect "$kind"
		sender "$kind"
		devs[$kind]=$dev
	done
	for frame in $frames; do
		for streams in $STREAMS; do
			for count in $COUNTS; do all_in_turns; done
		done
	done
	# shellcheck disable=SC2046 # words
	kill $(jobs -p)
	wait
	for kind in $kinds; do
		names "$kind"
		underlay_down
	done
}
