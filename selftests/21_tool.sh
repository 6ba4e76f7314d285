#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovltun: every command, its text, its JSON, its exit status and its errors.
# timeout: 300
. "$(dirname "$0")/lib.sh"
export OVLTUN_OPTIONS_PATH= # numbers only; names are in 87_names

# In the first node, which most of this is about
tool() { ovltun -n "$ns1" "$@"; }
json() { tool -j "$@"; }

# A device's options as one line
options() {
	tool options show "$1" | sed -n 's/^ \+\(0x[^ ]*\).*/\1/p' | tr '\n' ' ' | sed 's/ $//'
}

# Without the module
modprobe_path=$(cat /proc/sys/kernel/modprobe)
echo /bin/false >/proc/sys/kernel/modprobe
modprobe -r ovl-tun 2>/dev/null
exits "no module" 2 'kernel module ovl-tun is not loaded \(modprobe ovl-tun\)' ovltun dev
exits "help needs no module" 0 '' ovltun options help
echo "$modprobe_path" >/proc/sys/kernel/modprobe
exits "the module is loaded on demand" 0 '' ovltun dev show
check_eq "no device, no text" "$(ovltun dev show)" ''
check_eq "no device, no JSON object" "$(ovltun -j dev show)" '[]'

# The command line
exits "no object" 1 '^Usage: ovltun ' ovltun
exits "unknown object" 1 'Object "node" is unknown, try "ovltun help"' ovltun node show
exits "unknown command" 1 'Command "make" is unknown, try "ovltun dev help"' ovltun dev make
exits "unknown option" 1 'Option "-x" is unknown' ovltun -x dev
exits "an option without its value" 1 'not complete' ovltun -n
for object in dev port options monitor; do
	check_match "ovltun $object help" "$(ovltun $object help 2>&1)" "^Usage: ovltun $object "
done
check_match "ovltun help" "$(ovltun help)" '^Usage: ovltun .*OBJECT'
check_match "ovltun --help" "$(ovltun --help)" '^Usage: ovltun .*OBJECT'
check_match "ovltun -V" "$(ovltun -V)" "^ovltun utility, ovl-tun-$(modinfo -F version ovl-tun)\$"
exits "unknown namespace" 1 'Cannot open network namespace "nix": No such file' ovltun -n nix dev
exits "no such file to read" 1 'Cannot open file "/nix"' ovltun -batch /nix
exits "no room for the output" 2 'cannot write: No space left' bash -c 'exec ovltun help >/dev/full'

# Devices
underlay both
need ip -n "$ns1" link add ovl0 type ovl-tun id 5 remote "$remote" dev eth0
index=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')
check_eq "dev show" "$(tool dev show | sed 's/ *$//')" \
	"$index: ovl0: encap geneve vni 5 remote 192.0.2.2 dev eth0 mtu 1450 (auto) overhead 50 via eth0 (mtu 1500)
    accept both vxlanport 4789 geneveport 6081 srcport 0 0 ttl auto udpcsum noudp6zerocsumtx noudp6zerocsumrx"
want=$(tool dev show)
check_eq "dev show dev NAME" "$(tool dev show dev ovl0)" "$want"
check_eq "dev list NAME" "$(tool dev list ovl0)" "$want"
check_eq "dev" "$(tool dev)" "$want"
check_eq "d s" "$(tool d s)" "$want"
check_eq "-netns PATH" "$(ovltun -netns "/run/netns/$ns1" dev)" "$want"
check_eq "inside of the namespace" "$(in_ns "$ns1" ovltun dev)" "$want"
check_eq "not in the other one" "$(ovltun -n "$ns2" dev)" ''
check_eq "dev show, JSON" "$(json dev show | jq -c .)" \
	"$(jq -c . <<<"[{\"ifindex\": $index, \"ifname\": \"ovl0\", \"encap\": \"geneve\", \"id\": 5,
		\"remote\": \"192.0.2.2\", \"link\": \"eth0\", \"mtu\": 1450, \"mtu_auto\": true,
		\"overhead\": 50, \"route_dev\": \"eth0\", \"route_mtu\": 1500, \"accept\": \"both\",
		\"port\": 6081, \"vxlan_port\": 4789, \"geneve_port\": 6081,
		\"port_range\": {\"low\": 0, \"high\": 0}, \"layer\": 2, \"source\": \"auto\", \"ttl\": 0, \"df\": \"unset\", \"udp_csum\": true,
		\"udp_zero_csum6_tx\": false, \"udp_zero_csum6_rx\": false}]")"
check_eq "-pretty is the same JSON" "$(json -p dev | jq -c .)" "$(json dev | jq -c .)"
check_ge "-pretty has lines" "$(json -p dev | wc -l)" 10
check_eq "plain JSON is a line" "$(json dev | wc -l)" 1
check_eq "-s adds counters" "$(json -s dev | jq -c '.[0] | [.options_skipped, .drops]')" '[0,{}]'
check_match "-s as text" "$(tool -s dev show ovl0)" $'\n    options-skipped 0'
exits "unknown device" 1 'Cannot find device "nix"' tool dev show nix
exits "a device of another kind" 2 '^Error: ovl_tun: ifindex is not that of an ovl-tun device' tool dev show eth0
exits "a word too many" 1 '"more" is a garbage' tool dev show ovl0 more
exits "dev without a name" 1 'not complete' tool dev show dev
exits "anyone may look" 0 '' in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun -s dev show

need ip -n "$ns1" link set ovl0 mtu 1300
check_match "an MTU that was set" "$(tool dev)" 'mtu 1300 overhead'
check_eq "an MTU that was set, JSON" "$(json dev | jq -c '.[0] | [.mtu, .mtu_auto]')" '[1300,false]'

# A dump that takes several messages
for ((i = 0; i < 60; i++)); do
	echo "link add many$i group 7 type ovl-tun id $((100 + i)) remote 2001:db8::2"
done >"$_tmp/many"
need ip -n "$ns1" -batch "$_tmp/many"
check_eq "dump of many devices" "$(json dev | jq -c '[length, (map(.ifname) | unique | length), .[-1].remote6]')" \
	'[61,61,"2001:db8::2"]'
check_eq "dump of many devices' options" "$(json options | jq length)" 61
need ip -n "$ns1" link del group 7

# Ports, and drops before and after the device is known
check_eq "down: no port" "$(json port show)" '[]'
need ip -n "$ns1" link set ovl0 up
check_eq "port show" "$(tool port show | sed 's/ *$//' | sort)" \
	$'udp 4789 inet encap vxlan devices 1\nudp 6081 inet encap geneve devices 1'
check_eq "p l" "$(tool p l)" "$(tool port)"
check_eq "port show, JSON" "$(json port | jq -c 'sort_by(.port) | .[]')" \
	'{"devices":1,"encap":"vxlan","family":"inet","port":4789}
{"devices":1,"encap":"geneve","family":"inet","port":6081}'
exits "port takes no more" 1 '"x" is a garbage' tool port show x
need ip -n "$ns1" link add ovl1 type ovl-tun id 6 remote 2001:db8::2 accept vxlan encap vxlan
need ip -n "$ns1" link set ovl1 up
check_eq "port of IPv6" "$(json port | jq -c '.[] | select(.family == "inet6") | [.port, .encap, .devices]')" \
	'[4789,"vxlan",1]'
need ip -n "$ns1" link add ovl2 type ovl-tun id 7 remote "$remote"
need ip -n "$ns1" link set ovl2 up
check_eq "a port is shared" "$(json port | jq -c 'map(.devices) | sort')" '[1,2,2]'
need ip -n "$ns1" link del ovl2

# From $ns2: Geneve with VNI 99, then with ovl0's but an inner frame that is cut short
frame='\x08\x00\x27\x00\x00\x01\x08\x00\x27\x00\x00\x02\x08\x00'
in_ns "$ns2" bash -c "
	exec 3>/dev/udp/192.0.2.1/6081
	printf '\x00\x00\x65\x58\x00\x00\x63\x00$frame' >&3
	printf '\x00\x00\x65\x58\x00\x00\x63\x00$frame' >&3
	printf '\x00\x00\x65\x58\x00\x00\x05\x00\x01' >&3"
check_eq "port drops" "$(json -s port | jq -c '.[] | select(.port == 6081) | .drops')" '{"rx-vni-unknown":2}'
check_match "port drops as text" "$(tool -s port)" $'udp 6081 inet .*\n    drop rx-vni-unknown 2'
check_eq "no drops without -s" "$(tool port | grep -c drop)" 0
check_eq "device drops" "$(json -s dev show ovl0 | jq -c '.[0].drops["rx-inner-short"]')" 1
check_match "device drops as text" "$(tool -s dev show ovl0)" $'\n    drop rx-inner-short 1'

# Options: what is no option is refused by the tool
cat >"$_tmp/no_options" <<'END'
5|expected CLASS:TYPE:VALUE
0x102:0x80|expected CLASS:TYPE:VALUE
65536:1:|class must be
-1:1:|class must be
0x:1:|class must be
0x102x:1:|class must be
:1:|class must be
1:256:|type must be
1::|type must be
1: 1:|type must be
1:1:0|data must be
1:1:000000|data must be
1:1:0000000g|data must be
1:1:0x000000|data must be
1:1:00000000:|data must be
END
sed 's/\(.*\)|.*/options add ovl0 "\1"/' "$_tmp/no_options" |
	tool -force -batch - 2>&1 | grep -v '^Command failed' >"$_tmp/said"
while IFS='|' read -r option regex && read -r said <&3; do
	check_match "no option: $option" "$said" "argument \"$option\" is wrong: $regex"
done <"$_tmp/no_options" 3<"$_tmp/said"
check_eq "each was refused" "$(wc -l <"$_tmp/said")" "$(wc -l <"$_tmp/no_options")"
exits "data of 128 bytes" 1 'data must be' tool options add ovl0 "1:1:$(printf '%0256d' 0)"
exits "no option at all" 1 'not complete' tool options add ovl0
exits "no device" 1 'not complete' tool options add
exits "unknown device" 1 'Cannot find device "nix"' tool options add dev nix 1:1:
exits "del takes no data" 1 'expected CLASS:TYPE' tool options del ovl0 1:1:00000000
exits "del takes some option" 1 'not complete' tool options del ovl0
exits "flush takes none" 1 '"1:1" is a garbage' tool options flush ovl0 1:1
exits "show takes one device" 1 '"ovl1" is a garbage' tool options show ovl0 ovl1
check_eq "nothing was added by those" "$(options ovl0)" ''

# Options: what the kernel does with them
exits "add" 0 '' tool options add dev ovl0 0x0102:0x80:00010002
exits "add, decimal, no data, upper case" 0 '' tool options add ovl0 259:1: 0x104:0xFF:DEADBEEF
set1='0x0102:0x80:00010002 0x0103:0x01: 0x0104:0xff:deadbeef'
check_eq "show" "$(options ovl0)" "$set1"
check_eq "show, as it looks" "$(tool options show dev ovl0 | sed 's/ *$//')" \
	"$index: ovl0: len 20
    0x0102:0x80:00010002
    0x0103:0x01:
    0x0104:0xff:deadbeef"
check_match "-details" "$(tool -d o s ovl0)" '0x0102:0x80:00010002 critical len 4 .*0x0103:0x01: len 0'
check_eq "show, JSON" "$(json options show ovl0 | jq -c .)" \
	"$(jq -c . <<<"[{\"ifindex\": $index, \"ifname\": \"ovl0\", \"len\": 20, \"options\": [
		{\"class\": 258, \"type\": 128, \"data\": \"00010002\", \"critical\": true},
		{\"class\": 259, \"type\": 1, \"data\": \"\", \"critical\": false},
		{\"class\": 260, \"type\": 255, \"data\": \"deadbeef\", \"critical\": true}]}]")"
check_eq "the overhead has them" "$(json dev show ovl0 | jq '.[0].overhead')" 70
exits "add what is there" 2 '^Error: ovl_tun: option is there already, use replace \(attribute opt\[1\]\)\.$' \
	tool options add ovl0 0x102:0x80:
exits "add several, the last is there" 2 'opt\[3\]' tool options add ovl0 0x107:1: 0x107:2:00000001 0x104:0xff:
check_eq "then none of them was added" "$(options ovl0)" "$set1"
exits "add several, the first is there" 2 'opt\[1\]' tool options add ovl0 0x103:1: 0x107:1:
check_eq "then none of them was added either" "$(options ovl0)" "$set1"
exits "add one twice" 2 'there already' tool options add ovl0 0x107:1: 0x107:1:
exits "change what isn't there" 2 '^Error: ovl_tun: no such option to change' tool options change ovl0 0x107:1:
exits "change several, one isn't there" 2 'opt\[2\]' tool options change ovl0 0x102:0x80:ffffffff 0x107:1:
exits "delete what isn't there" 2 '^Error: ovl_tun: no such option \(attribute' tool options del ovl0 0x107:1
exits "delete several, one isn't there" 2 'opt\[2\]' tool options del ovl0 0x102:0x80 0x107:1
check_eq "nothing of that changed anything" "$(options ovl0)" "$set1"
exits "change" 0 '' tool options change ovl0 0x103:1:0000000100000002
check_eq "keeps the place" "$(options ovl0)" '0x0102:0x80:00010002 0x0103:0x01:0000000100000002 0x0104:0xff:deadbeef'
exits "replace what is there and what isn't" 0 '' tool options replace ovl0 0x103:1: 0x109:9:00000009
check_eq "replaced" "$(options ovl0)" "$set1 0x0109:0x09:00000009"
exits "del several" 0 '' tool o d ovl0 0x102:0x80 0x109:9
check_eq "deleted" "$(options ovl0)" '0x0103:0x01: 0x0104:0xff:deadbeef'
before=$(options ovl0)
exits "flush" 0 '' tool options flush dev ovl0
check_eq "flushed" "$(json options show ovl0 | jq -c '.[0] | [.len, .options]')" '[0,[]]'
# shellcheck disable=SC2086 # words
exits "what was printed can be typed" 0 '' tool options add ovl0 $before
check_eq "and is the same" "$(options ovl0)" "$before"
exits "what JSON says can be typed" 0 '' tool options replace ovl0 \
	"$(json o s ovl0 | jq -r '.[].options[1] | "\(.class):\(.type):\(.data)"')"
check_eq "and is the same too" "$(options ovl0)" "$before"
exits "flush nothing" 0 '' tool options flush ovl0
exits "flush nothing, again" 0 '' tool options flush ovl0
exits "124 and 120 bytes fill 252" 0 '' tool options add ovl0 "0x101:1:$(printf '%0248d' 7)" "0x101:2:$(printf '%0240d' 8)"
check_eq "len 252" "$(json o s ovl0 | jq '.[0].len')" 252
exits "4 bytes more are refused" 2 '^Error: ovl_tun: options exceed 252 bytes' tool options add ovl0 0x101:3:
exits "so is a value that is longer" 2 'exceed 252 bytes' tool options replace ovl0 "0x101:2:$(printf '%0248d' 8)"
check_eq "still 252" "$(json o s ovl0 | jq '.[0].len')" 252
need tool options flush ovl0
mapfile -t many < <(seq -f '0x101:%.0f:' 0 62)
exits "63 empty options" 0 '' tool options add ovl0 "${many[@]}"
check_eq "are 252 bytes" "$(json o s ovl0 | jq -c '.[0] | [.len, (.options | length)]')" '[252,63]'
mapfile -t many < <(seq -f '%.0f:1:' 0 1999)
exits "2000 options at once" 1 'too many options at once' tool options add ovl0 "${many[@]}"
need tool options flush ovl0
exits "an unprivileged change" 2 'Operation not permitted' \
	in_ns "$ns1" setpriv --reuid=65534 --clear-groups ovltun options add ovl0 0x101:1:

# Batches
cat >"$_tmp/good" <<'END'
# a comment

options add ovl0 0x101:1: # another
	options add "ovl0" \
  '0x101:2:00000001'
dev show ovl0
END
exits "batch" 0 '' tool -batch "$_tmp/good"
check_eq "batch: all was done" "$(options ovl0)" '0x0101:0x01: 0x0101:0x02:00000001'
check_eq "batch: output" "$(tool -b - <<<$'dev\no s ovl0')" "$(tool dev; tool o s ovl0)"
check_eq "batch: JSON, an array for each" "$(json -b - <<<$'dev\nport' | jq -c type)" $'"array"\n"array"'
cat >"$_tmp/bad" <<'END'
options del ovl0 0x101:1
#
options add ovl0 \
0x101:3: \
0x101:2:
options add ovl0 0x101:4:
END
exits "batch: the kernel refuses" 2 "there already.*Command failed $_tmp/bad:5" tool -batch "$_tmp/bad"
check_eq "batch: ends there" "$(options ovl0)" '0x0101:0x02:00000001'
exits "batch: wrong usage" 1 'Command failed -:2' tool -batch - <<<$'dev\noptions add ovl0 x\noptions add ovl0 0x101:4:'
exits "batch: unterminated quote" 1 'unterminated quote.*Command failed -:1' tool -batch - <<<"dev show 'ovl0"
exits "batch: unknown device" 1 'Cannot find device "nix".*Command failed -:1' tool -batch - <<<'dev show nix'
check_eq "batch: nothing after a failure" "$(options ovl0)" '0x0101:0x02:00000001'
exits "batch -force: goes on, says so, fails" 2 'failed -:1.*failed -:2.*failed -:4' tool -force -batch - <<'END'
options add ovl0 x
options add ovl0 0x101:2:
options add ovl0 0x101:4:
nonsense
END
check_eq "batch -force: did the rest" "$(options ovl0)" '0x0101:0x02:00000001 0x0101:0x04:'
exits "batch -force: only wrong usage" 1 'failed -:1' tool -force -batch - <<<'nonsense'
exits "batch: a backslash before CRLF" 0 '' tool -batch - <<<$'options add ovl0 \\\r\n0x101:5:\r'
check_match "batch: continues the line" "$(options ovl0)" ' 0x0101:0x05:$'
exits "batch: a backslash in a comment" 0 '' tool -batch - <<<$'# a \\\noptions add ovl0 0x101:6: # b \\\noptions add ovl0 0x101:7:'
check_match "batch: ends with it" "$(options ovl0)" ' 0x0101:0x06: 0x0101:0x07:$'
exits "batch: a line that goes on" 0 '' tool -batch - <<<$'options del ovl0 "0x101:6" \\\n0x101:7'
exits "a device's name and a colon" 1 'Cannot find device "ovl0:1"' tool options flush ovl0:1
printf 'dev\0 nonsense\n' >"$_tmp/bad"
exits "batch: a byte that is 0" 1 'no text: a byte is 0.*failed .*:1' tool -batch "$_tmp/bad"
exits "batch: what cannot be read" 1 "^$_tmp:1: cannot be read" tool -batch "$_tmp"
exits "batch takes no command" 1 '"dev" is a garbage' tool -batch /dev/null dev
in_ns "$ns1" strace -f -e trace=socket -o "$_tmp/strace" ovltun -batch - <<<$'dev\nport\no\ndev' >/dev/null
check_eq "batch: one netlink socket" "$(grep -c NETLINK "$_tmp/strace")" 1
need tool options flush ovl0

# Events, in their order. What a change of the MTU adds depends on the change.
background tool -j monitor
all=$bg_out
background tool -t monitor
text=$bg_out
background tool -j monitor dev
devs=$bg_out
background tool -j monitor options
opts=$bg_out
need busywait 10000 listeners "$ns1" 4
need ip -n "$ns1" link add mon0 mtu 1000 type ovl-tun id 77
need tool options add mon0 0x101:1: 0x101:2:
need ip -n "$ns1" link set mon0 type ovl-tun ttl 5
need ip -n "$ns1" link set mon0 name mon1
need tool options del mon1 0x101:1
need ip -n "$ns1" link del mon1
saw() { grep -q 'dev-del' "$1"; }
check "events come at once" busywait 10000 saw "$all"
busywait 10000 saw "$devs"
busywait 10000 grep -q 'Deleted' "$text"
busywait 10000 eval '[ "$(wc -l <"$opts")" -ge 2 ]'
check_eq "monitor: what happened" \
	"$(jq -c '[.event, .ifname, .ttl, (.options | if . then length else null end)]' "$all")" \
	'["dev","mon0",0,null]
["options","mon0",null,2]
["dev","mon0",5,null]
["dev","mon1",5,null]
["options","mon1",null,1]
["dev-del","mon1",5,null]'
check_eq "monitor dev" "$(jq -c .event "$devs" | tr '\n' ' ')" '"dev" "dev" "dev" "dev-del" '
check_eq "monitor options" "$(jq -c .event "$opts" | tr '\n' ' ')" '"options" "options" '
check_eq "monitor as text: a line each" "$(wc -l <"$text")" 6
stamp='^\[20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{6}\] '
check_match "monitor -t: a device" "$(sed -n 1p "$text")" "${stamp}[0-9]+: mon0: encap geneve vni 77 mtu 1000 .* accept both "
check_match "monitor -t: options" "$(sed -n 2p "$text")" "${stamp}[0-9]+: mon0: len 8 0x0101:0x01: 0x0101:0x02: \$"
check_match "monitor -t: removed" "$(sed -n 6p "$text")" "${stamp}Deleted [0-9]+: mon1: "
need ip -n "$ns1" link set ovl1 netns "$ns2"
left() { tail -n 1 "$all" | grep -q '"dev-del".*"ovl1"'; }
check "a device that leaves the namespace" busywait 10000 left
check_eq "is in the other one, with its underlay here" \
	"$(ovltun -n "$ns2" -j dev | jq -c '.[0] | [.ifname, .remote6, has("link_netnsid"), .route_dev]')" \
	"[\"ovl1\",\"2001:db8::2\",true,\"if$(ip -n "$ns1" -j link show eth0 | jq '.[0].ifindex')\"]"
check_match "as text" "$(ovltun -n "$ns2" dev)" 'via if[0-9]+ \(mtu 1500\) link-netnsid [0-9]+'
tool monitor >/dev/full 2>"$_tmp/full" &
full=$!
need busywait 10000 listeners "$ns1" 5
need ip -n "$ns1" link add mon0 type ovl-tun id 77
wait $full
check_eq "a monitor that cannot write ends, with status 2" $? 2
check_match "and says why" "$(cat "$_tmp/full")" 'cannot write: No space left'
need ip -n "$ns1" link del mon0
exits "monitor takes no device" 1 'Command "ovl0" is unknown' tool monitor ovl0
tool monitor >/dev/null 2>"$_tmp/farewell" &
monitor=$!
need busywait 10000 listeners "$ns1" 5
check "the module goes while monitors run" modprobe -r ovl-tun
wait $monitor
check_eq "a monitor ends then, with status 2" $? 2
check_match "and says why" "$(cat "$_tmp/farewell")" 'kernel module ovl-tun was unloaded'

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
need modprobe ovl-tun
need ip link add comp0 type ovl-tun
need ovltun options add comp0 0x102:0x80:00010002 0x103:1:
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of an object" "$(complete_words 'ovltun o')" 'options'
check_eq "completion of a command" "$(complete_words 'ovltun -j options re')" 'replace'
check_eq "completion of a device" "$(complete_words 'ovltun dev show dev ')" 'comp0'
check_eq "completion of an option" "$(complete_words 'ovltun options delete comp0 ')" 'set 0x0102:0x80 0x0103:0x01'
check_eq "completion of a file's device" "$(complete_words 'ovltun setconf dev ')" 'comp0'
touch "$_tmp/comp.conf"
check_eq "completion of a file" "$(complete_words "ovltun setconf dev comp0 $_tmp/comp.c")" "$_tmp/comp.conf"
check_match "completion of a namespace" "$(complete_words "ovltun -n ns1")" "$ns1"
