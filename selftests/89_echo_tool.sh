#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovltun echo: text and JSON, files, events, refusals, completion; a ping whose
# options come back between two nodes.
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"

tool() { ovltun -n "$ns1" "$@"; }
json() { tool -j "$@"; }
words() { tool echo show ovl0 | sed 's/^[0-9]*: [^ ]*: //; s/ *$//'; }

underlay v4
need ip -n "$ns1" link add ovl0 type ovl-tun id 5 remote "$remote"
need ip -n "$ns1" link add ovl1 type ovl-tun id 6
index=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')

check_eq "nothing echoes" "$(tool echo show)$(json echo show)" '[]'
exits "of a device" 2 'the device echoes nothing \(attribute ifindex\)' tool echo show ovl0
exits "set" 0 '' tool echo set ovl0 class 0x0108
check_eq "with defaults" "$(words)" 'class 0x0108 limit 65536 timeout 350'
exits "all words" 0 '' tool echo set dev ovl0 timeout 0x10 class 258,0x108,65535 limit 1000
check_eq "are shown" "$(words)" 'class 0x0102,0x0108,0xffff limit 1000 timeout 16'
# shellcheck disable=SC2046 # words
exits "what is shown can be typed" 0 '' tool echo set ovl0 $(words)
exits "one of them" 0 '' tool echo set ovl0 limit 7
check_eq "leaves the others" "$(words)" 'class 0x0102,0x0108,0xffff limit 7 timeout 16'
check_eq "with counters" "$(tool -s echo show ovl0 | sed 's/ *$//')" \
	"$index: ovl0: class 0x0102,0x0108,0xffff limit 7 timeout 16
    flows 0 added 0 changed 0 evicted 0 expired 0 flushed 0 full 0 attached 0"
check_eq "JSON" "$(json -s echo show ovl0 | jq -c '.[0] | del(.ifindex)')" \
	'{"classes":[258,264,65535],"ifname":"ovl0","limit":7,"stats":{"added":0,"attached":0,"changed":0,"evicted":0,"expired":0,"flows":0,"flushed":0,"full":0},"timeout":16}'
exits "flush" 0 '' tool echo flush ovl0
exits "another device" 0 '' tool echo set ovl1 class 1
check_eq "all that echo" "$(json echo show | jq -c 'map([.ifname, .classes])')" \
	'[["ovl0",[258,264,65535]],["ovl1",[1]]]'
exits "del" 0 '' tool echo del ovl1
exits "del of none" 2 'echoes nothing' tool echo del ovl1
exits "flush of none" 2 'echoes nothing' tool echo flush ovl1
exits "no class" 2 'class is missing' tool echo set ovl1 limit 5
exits "no words" 1 'not complete' tool echo set ovl1
exits "no device" 1 'not complete' tool echo set
exits "a class above 65535" 1 '"65536" is wrong: expected classes' tool echo set ovl1 class 65536
exits "an empty one" 1 'expected classes' tool echo set ovl1 class 1,,2
exits "one twice" 1 'there twice' tool echo set ovl1 class 1,0x1
exits "17 classes" 1 'no more than 16' tool echo set ovl1 class "$(seq -s, 17)"
exits "limit 0" 1 '"0" is wrong: expected a number from 1 to 1048576' tool echo set ovl1 limit 0
exits "timeout of a day and a second" 1 'from 1 to 86400' tool echo set ovl1 timeout 86401
exits "a word twice" 1 '"limit" is wrong: it is given twice' tool echo set ovl1 limit 1 limit 2
exits "a word without a value" 1 '"limit" is wrong: its value is missing' tool echo set ovl1 limit
exits "another word" 1 '"clas" is wrong: expected class, limit or timeout' tool echo set ovl1 clas 5
exits "a word too many" 1 'garbage' tool echo show ovl0 5
need ip -n "$ns1" link add ext type ovl-tun external
exits "an external device" 2 'external device are those of the metadata \(attribute ifindex\)' tool echo set ext class 1

# Files and events
cat >"$_tmp/conf" <<'END'
[Device]
Echo = class 0x0102,0x0108,0xffff limit 7 timeout 16
END
tool showconf ovl0 >"$_tmp/shown"
check "showconf" diff "$_tmp/conf" "$_tmp/shown"
watch_config
background tool monitor echo
text=$bg_out
need busywait 10000 listeners "$ns1" 2
exits "showconf | syncconf" 0 '' tool syncconf ovl0 "$_tmp/shown"
said "changes nothing at all" '^$'
printf '[Device]\nEcho = timeout 16 class 65535,0x108,258 limit 7\n' >"$_tmp/new"
exits "other words for the same" 0 '' tool syncconf ovl0 "$_tmp/new"
said "neither" '^$'
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
said "sends it" '^options,echo 7$'
sed 's/limit 7/limit 8/' "$_tmp/conf" >"$_tmp/new"
exits "another limit" 0 '' tool syncconf ovl0 "$_tmp/new"
said "is sent" '^echo 8$'
printf '[Peer]\nName = a\nRemote = 192.0.2.3\n' >"$_tmp/new"
exits "a file without [Device]" 0 '' tool syncconf ovl0 "$_tmp/new"
said "leaves it alone" '^peer a$'
printf '[Device]\n' >"$_tmp/new"
exits "a file with an empty one" 0 '' tool addconf ovl0 "$_tmp/new"
said "only adds with addconf" '^$'
exits "and takes it away" 0 '' tool syncconf ovl0 "$_tmp/new"
said "with syncconf" '^echo-del 8,peer-del a$'
check_eq "showconf has none" "$(tool showconf ovl0)" '[Device]'
printf '[Device]\nEcho = class 5\n' >"$_tmp/new"
exits "addconf" 0 '' tool addconf ovl0 "$_tmp/new"
said "adds it" '^echo 65536$'
check_eq "with defaults" "$(words)" 'class 0x0005 limit 65536 timeout 350'
check "events as text" busywait 5000 last "$text" 2 \
	"^Deleted $index: ovl0: class 0x0102,0x0108,0xffff limit 8 timeout 16
$index: ovl0: class 0x0005 limit 65536 timeout 350\$"
for bad in 'Echo = limit 5:Echo has no class' 'Echo = class x:Echo "x": expected classes' \
	'Echo = class 1 limit 0:Echo "0": expected a number'; do
	printf '[Device]\n%s\n' "${bad%%:*}" >"$_tmp/new"
	exits "file: ${bad%%:*}" 1 "new:2: ${bad#*:}" tool syncconf ovl0 "$_tmp/new"
done
printf '[Device]\nEcho = class 1\nEcho = class 2\n' >"$_tmp/new"
exits "file: two of them" 1 'new:3: Echo is there twice' tool syncconf ovl0 "$_tmp/new"

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of the command" "$(complete_words "ovltun -n $ns1 echo f")" 'flush'
check_eq "completion of a device" "$(complete_words "ovltun -n $ns1 echo del ov")" 'ovl0 ovl1'
check_eq "completion of a word" "$(complete_words "ovltun -n $ns1 echo set dev ovl0 ti")" 'timeout'

# Two nodes: one sends options with its pings, the other sends them back
need tool echo del ovl0
need tool options add ovl0 aws.flow=0x01020304 0x0108:0x85:hash
need ip -n "$ns2" link add ovl0 type ovl-tun id 5 remote "$local"
need ovltun -n "$ns2" echo set ovl0 class 0x0108
need ovltun -n "$ns1" rule add ovl0 require 0x0108:3:01020304 require 0x0108:0x85
for n in 1 2; do
	ns=ns$n
	need ip -n "${!ns}" address add 10.0.0.$n/24 dev ovl0
	need ip -n "${!ns}" link set ovl0 address 02:00:00:00:00:0$n
	need ip -n "${!ns}" link set ovl0 up
	need ip -n "${!ns}" neighbour add 10.0.0.$((3 - n)) lladdr 02:00:00:00:00:0$((3 - n)) dev ovl0 nud permanent
done
exits "ping" 0 '' in_ns "$ns1" ping -c 3 -i 0.1 -W 2 10.0.0.2
check_eq "its replies have brought the options back" \
	"$(ovltun -n "$ns2" -j -s echo show ovl0 | jq '.[0].stats.attached')" 3
need ovltun -n "$ns2" echo del ovl0
check_eq "without echo there is no answer" \
	"$(in_ns "$ns1" ping -c 1 -W 1 10.0.0.2 | grep -o '[0-9]* received')" '0 received'

exits "without rights" 2 'not permitted' in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun echo set ovl0 class 1
exits "anyone may look" 0 '' in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun -s echo show

need ip -n "$ns2" link del ovl0
need ip -n "$ns1" -batch - <<'END'
link del ovl0
link del ovl1
link del ext
END
check "the module goes" modprobe -r ovl-tun
