# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Helpers for test scripts. A test is a bash script, run as root in the guest:
#
#	#!/bin/bash
#	# SPDX-License-Identifier: GPL-2.0
#	# One line that says what is tested.        # timeout: 60
#	. "$(dirname "$0")/lib.sh"
#
#	underlay v4                      # $ns1 - $ns2, 192.0.2.1 - 192.0.2.2
#	check "two nodes reach each other" in_ns "$ns1" ping -c 1 -W 2 192.0.2.2
#
# Sourcing it starts the TAP; leaving the script, however that happens, undoes
# everything, prints the plan and sets the exit status as kselftest wants it:
# 0 passed, 1 something failed, 4 everything was skipped. No "set -e": a check
# that fails does not end the script; `|| exit` after a check does.

set -u

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) # this directory
: "${OVL_OUT:=/tmp}"                                 # files put here survive the guest
export TESTS OVL_OUT

_n=0 _failed=0 _skipped=0 _nss=0
_deferred=()
_tmp=$(mktemp -d /tmp/ovl-test.XXXXXX)

echo "TAP version 13"

# diag TEXT...: a diagnostic line; without TEXT, standard input
diag() {
	local text=$*
	if [ $# -gt 0 ]; then echo "# ${text//$'\n'/$'\n# '}"; else sed 's/^/# /'; fi
}

# pass NAME, fail NAME, skip NAME REASON: one test point
pass() { echo "ok $((++_n)) - $1"; }
fail() { _failed=$((_failed + 1)); echo "not ok $((++_n)) - $1"; return 1; }
skip() { _skipped=$((_skipped + 1)); echo "ok $((++_n)) - $1 # SKIP $2"; }

# skip_all REASON: nothing here can be tested; ends the script
skip_all() { skip "${0##*/}" "$1"; exit; }

# bail TEXT: the script cannot go on; ends it as failed
bail() { fail "$1"; exit 1; }

# need CMD...: what the rest of the script stands on; ends it when CMD fails
need() {
	"$@" >"$_tmp/out" 2>&1 && return
	fail "setup: $*"
	diag <"$_tmp/out"
	exit 1
}

# check NAME CMD...: passes when CMD succeeds; shows what it printed otherwise
check() {
	local name=$1 status
	shift
	"$@" >"$_tmp/out" 2>&1
	status=$?
	if [ $status = 0 ]; then
		pass "$name"
	else
		fail "$name"
		diag "\$ $* -> exit status $status"
		diag <"$_tmp/out"
		return 1
	fi
}

# check_fail NAME REGEX CMD...: passes when CMD fails and says something on
# standard error that matches REGEX (extended; '' for anything). A command that
# is missing or killed (126 and up) did not fail as wanted; 255 is ip's exit(-1).
check_fail() {
	local name=$1 regex=$2 status
	shift 2
	"$@" >"$_tmp/out" 2>"$_tmp/err"
	status=$?
	if [ $status != 0 ] && { [ $status -lt 126 ] || [ $status = 255 ]; } &&
		{ [ -z "$regex" ] || _says "$regex" <"$_tmp/err"; }; then
		pass "$name"
	else
		fail "$name"
		diag "\$ $* -> exit status $status, wanted a failure that says: $regex"
		cat "$_tmp/out" "$_tmp/err" | diag
		return 1
	fi
}

_says() { # REGEX: does a line of standard input match? A grep without a process
	local line
	while IFS= read -r line || [ -n "$line" ]; do
		[[ $line =~ $1 ]] && return
	done
	return 1
}

# exits NAME STATUS REGEX CMD...: passes when CMD ends with STATUS and what it says
# on standard error matches REGEX. With 0 and no REGEX it says nothing there.
exits() {
	local name=$1 want=$2 regex=$3 said status
	shift 3
	said=$("$@" 2>&1 >"$_tmp/out")
	status=$?
	if [ "$want" = 0 ] && [ -z "$regex" ] && [ -n "$said" ]; then
		regex='^nothing on standard error$'
	fi
	if [ $status = "$want" ] && [[ $said =~ $regex ]]; then
		pass "$name"
	else
		fail "$name"
		diag "\$ $* -> exit status $status, wanted $want and: $regex"
		diag "$said"
	fi
}

# check_eq NAME GOT WANT: passes when both are the same text
check_eq() {
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1"
		diag "got:  $2"
		diag "want: $3"
		return 1
	fi
}

# check_match NAME GOT REGEX: passes when the text matches (bash's =~)
check_match() {
	if [[ $2 =~ $3 ]]; then
		pass "$1"
	else
		fail "$1"
		diag "got: $2"
		diag "want a match of: $3"
		return 1
	fi
}

# check_le NAME GOT MAX, check_ge NAME GOT MIN: integers
check_le() { _compare "$1" "$2" -le "$3"; }
check_ge() { _compare "$1" "$2" -ge "$3"; }
_compare() {
	if test "$2" "$3" "$4" 2>/dev/null; then
		pass "$1"
	else
		fail "$1"
		diag "got: $2, wanted: $3 $4"
		return 1
	fi
}

# defer CMD...: run CMD when the script ends; the last one first
defer() { _deferred+=("$(printf '%q ' "$@")"); }

# busywait MILLISECONDS CMD...: until CMD succeeds; fails when it never does.
# Prints CMD's last output.
busywait() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000)) out
	shift
	while ! out=$("$@" 2>&1); do
		if [ "${EPOCHREALTIME/[.,]/}" -ge $end ]; then
			[ -z "$out" ] || echo "$out"
			return 1
		fi
		sleep 0.05
	done
	[ -z "$out" ] || echo "$out"
}

# in_ns NS CMD...: run CMD in the namespace
in_ns() {
	local ns=$1
	shift
	ip netns exec "$ns" "$@"
}

# setup_ns VAR...: make a namespace for each, put its unique name into $VAR;
# lo is up. IPv6 addresses are usable at once: the guest's init turns duplicate
# detection off and lets new namespaces inherit that.
setup_ns() {
	local _var _name
	for _var; do
		_name=$_var-$$-$((++_nss))
		need ip netns add "$_name"
		defer ip netns delete "$_name"
		printf -v "$_var" %s "$_name"
		ip -n "$_name" link set lo up
	done
}

# link_pair NS1 DEV1 ADDR1 NS2 DEV2 ADDR2: a veth pair, both ends up, with the
# addresses ("A/LEN", several separated by spaces, or '')
link_pair() {
	local addr
	need ip link add "$2" netns "$1" type veth peer name "$5" netns "$4"
	for addr in $3; do need ip -n "$1" address add "$addr" dev "$2"; done
	for addr in $6; do need ip -n "$4" address add "$addr" dev "$5"; done
	need ip -n "$1" link set "$2" up
	need ip -n "$4" link set "$5" up
}

# underlay [v4|v6|both]: two nodes, the namespaces $ns1 and $ns2, joined by a
# veth pair "eth0" with mtu 1500. Sets $local and $remote to the addresses of
# ns1 and ns2 (v4 for "both"), $family to 4 or 6.
underlay() {
	# shellcheck disable=SC2034 # for the script that calls
	case ${1:-v4} in
	v4) family=4 local=192.0.2.1 remote=192.0.2.2 ;;
	v6) family=6 local=2001:db8::1 remote=2001:db8::2 ;;
	both) family=4 local=192.0.2.1 remote=192.0.2.2 ;;
	*) bail "underlay: v4, v6 or both" ;;
	esac
	setup_ns ns1 ns2
	case ${1:-v4} in
	v4) link_pair "$ns1" eth0 192.0.2.1/24 "$ns2" eth0 192.0.2.2/24 ;;
	v6) link_pair "$ns1" eth0 2001:db8::1/64 "$ns2" eth0 2001:db8::2/64 ;;
	both) link_pair "$ns1" eth0 "192.0.2.1/24 2001:db8::1/64" \
		"$ns2" eth0 "192.0.2.2/24 2001:db8::2/64" ;;
	esac
}

# counter NS DEV NAME: one of `ip -s -s link`'s counters, e.g. rx.packets
counter() { ip -n "$1" -s -s -j link show dev "$2" | jq ".[0].stats64.$3"; }

# background CMD...: start CMD, end it when the script ends; its output is in
# $bg_out, its process id in $bg_pid (of a function that of the shell it runs in)
background() {
	bg_out=$(mktemp "$_tmp/bg.XXXXXX")
	"$@" >"$bg_out" 2>&1 </dev/null &
	bg_pid=$!
	defer kill "$bg_pid"
}

# listeners NS COUNT: do so many programs wait for events of generic netlink, as
# "ovltun monitor" does? Group 16, "notify" of nlctrl, it joins last. For busywait.
listeners() {
	test "$(in_ns "$1" awk '$2 == 16 && $4 ~ /[89a-f]...$/' /proc/net/netlink | wc -l)" = "$2"
}

# listening NS PORT [tcp|udp]: is there a socket? For busywait.
listening() {
	local socket
	printf -v socket '^ *[0-9]+: [0-9A-F]+:%04X [0-9A-F]+:0000 ' "$2"
	in_ns "$1" grep -qsE "$socket" "/proc/net/${3:-tcp}" "/proc/net/${3:-tcp}6"
}

_finish() {
	local status=$? i
	trap - EXIT
	# Left early, without a verdict of its own: that is a failure. Bash, too, leaves
	# with 1, where a variable is not set.
	if [ $status != 0 ] && [ $_failed = 0 ]; then
		fail "ran to its end (exit status $status)"
	fi
	for ((i = ${#_deferred[@]} - 1; i >= 0; i--)); do
		eval "${_deferred[i]}" >/dev/null 2>&1
	done
	rm -rf "$_tmp"
	echo "1..$_n"
	[ $_failed = 0 ] || exit 1
	[ $_n = 0 ] || [ $_skipped -lt $_n ] || exit 4
	exit 0
}
trap _finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
