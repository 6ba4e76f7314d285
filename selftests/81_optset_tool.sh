#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Option sets with names by ovltun: commands, files, events, refusals.
# timeout: 200
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"
export OVLTUN_OPTIONS_PATH= # numbers only; names are in 87_names

tool() { ovltun -n "$ns1" "$@"; }
json() { tool -j "$@"; }
# set DEVICE SET JQ, sets DEVICE: what is in a set; the names of all
set_() { json options show "$1" set "$2" | jq -c ".[0] | $3"; }
sets() { json options show "$1" | jq -c 'map(.set)'; }
peer() { json peer show ovl0 "$1" | jq -c ".[0] | $2"; }

underlay v4
need ip -n "$ns1" link add ovl0 type ovl-tun id 5
need ip -n "$ns1" link add ovl1 type ovl-tun id 6
index=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')

# Sets
exits "a set" 0 '' tool options add ovl0 set tenant 0x102:0x80:00010002 '0xff00:1:mark/0xff00>>8' 0xff00:2:counter
exits "an empty one" 0 '' tool options add dev ovl0 set empty
exits "the device's own" 0 '' tool options add ovl0 0xff00:1:prio
check_eq "show one" "$(tool -d options show ovl0 set tenant | sed 's/ *$//')" \
	"$index: ovl0: set tenant len 28 users 0
    0x0102:0x80:00010002 critical len 4
    0xff00:0x01:mark/0xff00>>8 len 4
    0xff00:0x02:counter len 8"
check_eq "show all, in order of their names" "$(tool options show ovl0 | sed 's/ *$//')" \
	"$index: ovl0: len 8
    0xff00:0x01:prio
$index: ovl0: set empty len 0 users 0
$index: ovl0: set tenant len 28 users 0
    0x0102:0x80:00010002
    0xff00:0x01:mark/0xff00>>8
    0xff00:0x02:counter"
check_eq "show all of all" "$(json options show | jq -c 'map([.ifname, .set])')" \
	'[["ovl0",null],["ovl0","empty"],["ovl0","tenant"],["ovl1",null]]'
check_eq "JSON of values" "$(set_ ovl0 tenant '.options | map(del(.class, .type))')" \
	'[{"critical":true,"data":"00010002"},{"critical":false,"mask":"0xff00","shift":8,"source":"mark"},{"critical":false,"source":"counter"}]'
check_eq "JSON of the set" "$(set_ ovl0 tenant '[.set, .len, .users]')" '["tenant",28,0]'
# shellcheck disable=SC2046 # words
exits "what was printed can be typed" 0 '' tool options add ovl1 set tenant \
	$(tool options show ovl0 set tenant | sed -n 's/^ \+//p')
check_eq "and is the same" "$(set_ ovl1 tenant .options)" "$(set_ ovl0 tenant .options)"

exits "add more" 0 '' tool options add ovl0 set tenant 0xff00:3:
exits "add what is there" 2 'option is there already, use replace \(attribute opt\[2\]\)' \
	tool options add ovl0 set tenant 0xff00:4: 0xff00:3:
exits "replace" 0 '' tool options replace ovl0 set tenant 0xff00:3:time 0xff00:5:01020304
exits "change" 0 '' tool options change ovl0 set tenant 0xff00:1:vlan/0xfff
exits "change what isn't there" 2 'no such option' tool options change ovl0 set tenant 0xff00:9:
exits "del" 0 '' tool options del ovl0 set tenant 0x102:0x80 0xff00:2
check_eq "in it now" "$(tool options show ovl0 set tenant | sed -n 's/^ \+//p' | sed 's/ *$//' | paste -sd' ')" \
	'0xff00:0x01:vlan/0xfff 0xff00:0x03:time 0xff00:0x05:01020304'
check_eq "no other set changes" "$(json options show ovl0 | jq -c 'map(.len)')" '[8,0,28]'

exits "add one that is there" 2 '^Error: ovl_tun: set is there already\.$' \
	tool options add ovl0 set tenant
exits "change one that isn't there" 2 'no such set' tool options change ovl0 set nix 0xff00:1:
exits "show one that isn't there" 2 'no such set' tool options show ovl0 set nix
exits "del from one that isn't there" 2 'no such set' tool options del ovl0 set nix 0xff00:1
exits "del one that isn't there" 2 'no such set' tool options del ovl0 set nix
exits "flush one that isn't there" 2 'no such set' tool options flush ovl0 set nix
exits "a name with a #" 1 "no '#'" tool options add ovl0 set 'a#b'
exits "a name that is too long" 1 'at most 31' tool options add ovl0 set 12345678901234567890123456789012
exits "a name that is none" 1 'default is no name' tool options add ovl0 set default
exits "no name" 1 'not complete' tool options add ovl0 set
exits "replace with nothing" 1 'not complete' tool options replace ovl0 set tenant
exits "del of the device's own takes some" 1 'not complete' tool options del ovl0
check_eq "nothing of that made one" "$(sets ovl0)" '[null,"empty","tenant"]'
exits "a name that is not ASCII" 0 '' tool options add ovl0 set né
check_eq "is one" "$(sets ovl0)" '[null,"empty","né","tenant"]'
exits "and goes" 0 '' tool options del ovl0 set né

# Limits
fill=$(printf '%0240d' 0)
exits "252 bytes" 0 '' tool options add ovl0 set full "0xff00:1:$fill" "0xff00:2:$fill" 0xff00:3:
exits "not one more" 2 'options exceed 252 bytes \(attribute opt\[1\]\)' tool options add ovl0 set full 0xff00:4:
exits "nor in a new set" 2 'opt\[3\]' tool options add ovl0 set new "0xff00:1:$fill" "0xff00:2:$fill" 0xff00:4:mark
check_eq "which isn't made then" "$(sets ovl0)" '[null,"empty","full","tenant"]'
exits "an option twice" 2 'there already.*opt\[2\]' tool options add ovl0 set new 0xff00:1: 0xff00:1:mark
for class in 0 0xff; do
	exits "class $class" 2 'classes below 0x0100 .* take one with force\.$' tool options add ovl0 set new $class:1:
done
exits "class 0x0100" 0 '' tool options add ovl0 set new 0x100:1:
exits "class 0xff, with force" 0 '' tool options add ovl0 set new force 0xff:1:peer 0:0:
exits "it goes without" 0 '' tool options del ovl0 set new 0xff:1 0:0
exits "force of nothing" 1 'not complete' tool options add ovl0 set new2 force
exits "a source that isn't one" 1 'or a source' tool options add ovl0 set new 0xff00:1:nix
exits "a mask for time" 1 'no mask' tool options add ovl0 set new 0xff00:1:time/1
exits "flush a set" 0 '' tool options flush ovl0 set new
check_eq "is empty, and there" "$(set_ ovl0 new .len)" 0
exits "del a set" 0 '' tool options del ovl0 set new
exits "another" 0 '' tool options del ovl0 set full
check_eq "gone" "$(sets ovl0)" '[null,"empty","tenant"]'

# Peers
exits "a peer with a set" 0 '' tool peer add ovl0 a remote 192.0.2.3 options tenant
exits "another, by its id" 0 '' tool peer add ovl0 7 remote 192.0.2.4 options empty ttl 5
exits "one without" 0 '' tool peer add ovl0 c remote 192.0.2.5
check_match "show" "$(tool peer show ovl0 a)" 'overhead 78 .*'$'\n''    own options tenant '
check_eq "JSON" "$(json peer show ovl0 | jq -c 'map(.options)')" '["tenant",null,"empty"]'
check_eq "users" "$(json options show ovl0 | jq -c 'map(.users)')" '[null,1,1]'
exits "a set that isn't there" 2 'options must be the name of a set' tool peer set ovl0 a options nix
exits "a new peer with one" 2 'options must be the name of a set' tool peer add ovl0 d remote 192.0.2.6 options nix
exits "of another device" 2 'options must be' tool peer add ovl1 d remote 192.0.2.6 options empty
check_eq "nothing changed" "$(json peer show ovl0 | jq -c 'map([.name, .options])')" '[["a","tenant"],["c",null],[null,"empty"]]'
exits "a set that a peer has doesn't go" 2 '^Error: ovl_tun: set is in use by peer a\.$' tool options del ovl0 set tenant
exits "nor if the peer has no name" 2 'set is in use by peer 7\.$' tool options del ovl0 set empty
exits "a peer's set changes" 0 '' tool options add ovl0 set empty 0xff00:9:00000000
check_eq "and its overhead" "$(peer 7 .path.overhead)" 58
exits "set another" 0 '' tool peer set ovl0 a options empty
exits "set what it has" 0 '' tool peer set ovl0 a options empty ttl 3
check_eq "users follow" "$(json options show ovl0 | jq -c 'map(.users)')" '[null,2,0]'
exits "default" 0 '' tool peer set ovl0 a options default
check_eq "the device's own again" "$(peer a '[.options, .path.overhead]')" '[null,58]'
exits "replace takes it away too" 0 '' tool peer replace ovl0 7 remote 192.0.2.4
check_eq "nobody has one" "$(json options show ovl0 | jq -c 'map(.users)')" '[null,0,0]'
exits "a refused change" 2 'another peer has' tool peer set ovl0 7 name c options tenant
check_eq "takes none" "$(json options show ovl0 | jq -c 'map(.users)')" '[null,0,0]'
exits "once more" 0 '' tool peer set ovl0 7 options tenant
exits "a peer goes" 0 '' tool peer del ovl0 7
exits "and its set may" 0 '' tool options del ovl0 set tenant
need tool options del ovl0 set empty
need tool options flush ovl0
need tool peer flush ovl0

# Files
cat >"$_tmp/conf" <<'END'
[Device]
Option = 0xff00:0x01:vni

[Options]
Name = gold
Option = 0x0102:0x80:00010002
Option = 0xff00:0x01:mark/0xff>>4
Option = 0x0001:0x02: force

[Options]
Name = none

[Peer]
Id = 1
Name = a
Remote = 192.0.2.3
Options = gold

[Peer]
Id = 2
Name = b
Remote = 192.0.2.4
Options = none

[Peer]
Id = 3
Name = c
Remote = 192.0.2.5
END
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
tool showconf ovl0 >"$_tmp/shown"
check "showconf prints what was set" diff "$_tmp/conf" "$_tmp/shown"

watch_config
background tool monitor options
text=$bg_out
need busywait 10000 listeners "$ns1" 2
exits "showconf | syncconf" 0 '' tool syncconf ovl0 "$_tmp/shown"
said "changes nothing at all" '^$'
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
said "says that it did all" '^options,options gold,options none,peer a,peer b,peer c$'
sed 's/0x80:00010002/0x80:00010003/' "$_tmp/conf" >"$_tmp/new"
exits "syncconf of another value" 0 '' tool syncconf ovl0 "$_tmp/new"
said "changes the set in one step" '^options gold$'
check_eq "that it has now" "$(set_ ovl0 gold '.options[0].data')" '"00010003"'
sed '/0x80:00010002/d; s/mark.0xff>>4/mark\/0xf0>>4/' "$_tmp/conf" >"$_tmp/new"
exits "of an option less and another mask" 0 '' tool syncconf ovl0 "$_tmp/new"
said "too" '^options gold$'
sed '/^Name = gold/,/force/c Name = silver' "$_tmp/conf" | sed 's/Options = .*/Options = silver/' >"$_tmp/new"
exits "of another set" 0 '' tool syncconf ovl0 "$_tmp/new"
said "comes before the peers, what nobody has any more behind them" \
	'^options silver,peer a,peer b,options-del gold$'
exits "of the first file" 0 '' tool syncconf ovl0 "$_tmp/conf"
said "is the way back" 'options gold,.*peer a,peer b,options-del silver$'
sed '1,/^Option/d; /^\[Options\]/,/^$/d' "$_tmp/conf" >"$_tmp/peers"
exits "of a file with peers only" 0 '' tool syncconf ovl0 "$_tmp/peers"
said "leaves sets alone" '^$'
printf '[Device]\n[Peer]\nName=a\nRemote=192.0.2.3\nOptions=gold\n' >"$_tmp/new"
exits "of a file that names a set without having it" 0 '' tool syncconf ovl0 "$_tmp/new"
said "leaves that one" '^options,.*options-del none$'
check_eq "it is there" "$(sets ovl0)" '[null,"gold"]'
printf '[Options]\nName=more\nOption=0xff00:1:hash\n[Options]\nName=gold\nOption=0xff00:7:\n[Peer]\nName=x\nRemote=192.0.2.9\nOptions=more\n' >"$_tmp/new"
exits "addconf" 0 '' tool addconf ovl0 "$_tmp/new"
said "adds" '^options more,options gold,peer x$'
check_eq "to what is there" "$(set_ ovl0 gold '.options | length')" 4
printf '[Options]\nName=low\nOption=0x00ff:1:\n' >"$_tmp/new"
exits "a class of the IETF" 2 "below 0x0100.*$_tmp/new:1: options low failed" tool addconf ovl0 "$_tmp/new"
printf '[Peer]\nName=x\nRemote=192.0.2.9\nOptions=nix\n' >"$_tmp/new"
exits "a set that is nowhere" 2 "must be the name of a set.*$_tmp/new:1: peer x failed" tool addconf ovl0 "$_tmp/new"
said "nothing of that is done" '^$'
need tool peer flush ovl0
need tool options del ovl0 set more
said "del is told" 'options-del more$'
check "as text" busywait 5000 last "$text" 1 "^Deleted $index: ovl0: set more len 8 users 0 0xff00:0x01:hash\$"

# Many, of which a dump takes several messages
seq -f 'options add ovl1 set n%05.0f 0xff00:1:00000000' 0 1499 | shuf --random-source=/dev/zero | tool -batch - || fail "1500 sets"
check_eq "1500 sets, in order" "$(sets ovl1)" "$(seq -f 'n%05.0f' 0 1499 | jq -R . | jq -sc '[null] + . + ["tenant"]')"

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
need tool options add ovl0 set gold2
need tool peer add ovl0 one remote 192.0.2.3
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of a set" "$(complete_words "ovltun -n $ns1 options show ovl0 set ")" 'gold gold2'
check_eq "completion of the word" "$(complete_words "ovltun -n $ns1 options flush ovl0 s")" 'set'
check_eq "completion of an option in a set" "$(complete_words "ovltun -n $ns1 options del dev ovl0 set gold 0xff00:0x07")" '0x07'
check_eq "completion of a peer's set" "$(complete_words "ovltun -n $ns1 peer set ovl0 one options gold")" 'gold gold2'
# shellcheck disable=SC2016 # is not to be expanded
need tool peer add ovl0 '$(>ran)' remote 192.0.2.4
# shellcheck disable=SC1003,SC2016
check_eq "completion of a name that is a command" \
	"$(cd "$_tmp" && complete_words "ovltun -n $ns1 peer del ovl0 ")" 'one \$\(\>ran\)'
check "which isn't executed" [ ! -e "$_tmp/ran" ]

# What is left goes with the device
need ip -n "$ns1" link del ovl1
need ip -n "$ns1" link del ovl0
check "the module goes" modprobe -r ovl-tun
