# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# For tests of the tool that ask what changing ovl0 of $ns1 says to who watches.
# They have a device ovl1 there, whose changes tell how far the events have come.

# Starts to watch.
watch_config() {
	background tool -j monitor
	_events=$bg_out _marks=1000 _seen=0
	need busywait 10000 listeners "$ns1" 1
}

_marked() {
	grep '"event":"dev",.*"ifname":"ovl1"' "$_events" | tail -n 1 | grep -q "\"id\":$_marks,"
}

# said NAME REGEX: what the configuration group has said of ovl0 since the last call
said() {
	local upto events
	need ip -n "$ns1" link set ovl1 type ovl-tun id $((++_marks))
	need busywait 60000 _marked
	upto=$(wc -l <"$_events")
	events=$(tail -n +$((_seen + 1)) "$_events" | head -n $((upto - _seen)) |
		jq -r 'select(.ifname == "ovl0" and .event != "dev") |
			"\(.event) \(.set // .pref // .limit // .name // .peer // "")"' |
		sed 's/ $//' | paste -sd,)
	_seen=$upto
	check_match "$1" "$events" "$2"
}

# last FILE COUNT REGEX: are the last COUNT lines of a monitor's text like this? Says
# what they are, if not. For busywait: it has its own time.
last() {
	local lines
	lines=$(tail -n "$2" "$1" | sed 's/ *$//')
	[[ $lines =~ $3 ]] || { echo "$lines"; return 1; }
}
