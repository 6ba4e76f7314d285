#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovltun rule: text and JSON, files, events, refusals; the mark of a packet that
# comes out as the mark on the other node.
# timeout: 180
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"

tool() { ovltun -n "$ns1" "$@"; }
json() { tool -j "$@"; }
# words DEVICE: the rules of a device as words, one on a line
words() { tool rule show "$1" | sed 's/^[0-9]*: [^ ]*: //; s/ *$//'; }

underlay v4
need ip -n "$ns1" link add ovl0 type ovl-tun id 5 remote "$remote"
need ip -n "$ns1" link add ovl1 type ovl-tun id 6
need tool peer add ovl0 a remote 192.0.2.3
need tool peer add ovl0 7 remote 192.0.2.4
index=$(ip -n "$ns1" -j link show ovl0 | jq '.[0].ifindex')

# Each word, as it is typed and as it is shown
cat >"$_tmp/words" <<'END'
pref 1 name web peer a vni 5-7 encap geneve require 0x0102:0x80:00010002/00ffffff mark 0x0102:0x80/0xff00>>8 prio 0x7 sample accept
pref 2 peer 7 vni 0 option 0xff00:0x01 option 0xff00:0x02:0a0b0c0d option 0xff00:0x03 absent drop
pref 3 peer 0 option 0xff00:0x01 range 1-18446744073709551615 option 0xff00:0x02 range 9 count
pref 4 encap vxlan mark 0xffffffff
pref 10 option 0xff00:0x01 times 2-63 require 0xff00:0x04 require 0xff00:0x05: prio 0xff00:0x04>>63
pref 4294967295 drop
END
sed 's/^/rule add ovl0 /' "$_tmp/words" >"$_tmp/batch"
exits "rules" 0 '' tool -batch "$_tmp/batch"
words ovl0 >"$_tmp/shown"
check "are shown as they were typed" diff "$_tmp/words" "$_tmp/shown"
exits "other words for the same" 0 '' tool rule add dev ovl1 drop prio 7 mark 0x10 pref 0x20 vni 0x5 \
	option 258:128:AABBCCDD/ffffffff
check_eq "become these" "$(words ovl1)" 'pref 32 vni 5 option 0x0102:0x80:aabbccdd mark 0x10 prio 0x7 drop'
check_eq "all of all devices" "$(json rule show | jq -c 'map([.ifname, .pref])')" \
	'[["ovl0",1],["ovl0",2],["ovl0",3],["ovl0",4],["ovl0",10],["ovl0",4294967295],["ovl1",32]]'
check_eq "one, with counters" "$(tool -s rule get ovl0 4 | sed 's/ *$//')" \
	"$index: ovl0: pref 4 encap vxlan mark 0xffffffff
    packets 0 drops 0"
check_eq "show takes one too" "$(tool rule show dev ovl0 pref 4)" "$(tool rule get ovl0 4)"
check_eq "JSON" "$(json -s rule get ovl0 pref 1 | jq -c '.[0] | del(.ifindex)')" \
	'{"action":"accept","encap":"geneve","ifname":"ovl0","mark":{"class":258,"mask":"0xff00","shift":8,"type":128},"name":"web","options":[{"class":258,"data":"00010002","mask":"00ffffff","test":"require","type":128}],"peer":1,"peer_name":"a","pref":1,"prio":{"value":7},"sample":true,"stats":{"drops":0,"packets":0},"vni":5,"vni_end":7}'
check_eq "JSON of tests" "$(json rule get ovl0 3 | jq -c '.[0] | [.peer, .peer_name, .action, (.options | map([.test, .low, .high]))]')" \
	'[0,null,"none",[["range",1,18446744073709551615],["range",9,9]]]'

# Changes
exits "one that is there" 2 'a rule has this pref already, use replace' tool rule add ovl0 pref 4 drop
exits "replace" 0 '' tool rule replace ovl0 pref 4 peer a name four count
exits "set" 0 '' tool rule set ovl0 pref 10 drop
exits "set what isn't there" 2 'no rule has this pref' tool rule set ovl0 pref 11 drop
exits "del what isn't there" 2 'no rule has this pref' tool rule del ovl0 11
exits "get what isn't there" 2 'no rule has this pref' tool rule get ovl0 11
exits "a name that is not ASCII" 0 '' tool rule add ovl0 pref 11 name né count
check_eq "is one" "$(json rule get ovl0 11 | jq .[0].name)" '"né"'
exits "and goes" 0 '' tool rule del ovl0 11
exits "del" 0 '' tool rule del ovl0 2
exits "del, with the word" 0 '' tool rule delete dev ovl0 pref 3
exits "without a pref, before the others" 2 'no pref is free before the first rule' tool rule add ovl0 drop
exits "del the first" 0 '' tool rule del ovl0 1
exits "then there is a place" 0 '' tool rule add ovl0 peer 7 accept
check_eq "now there are" "$(words ovl0 | paste -sd,)" \
	'pref 3 peer 7 accept,pref 4 name four peer a count,pref 10 drop,pref 4294967295 drop'
exits "a word too many" 1 'garbage' tool rule show ovl0 4 5
exits "a word that is none" 1 '"dropp" is wrong: no word of a rule' tool rule add ovl0 dropp
exits "no action" 1 'not complete' tool rule add ovl0 vni 5
exits "no rule" 1 'not complete' tool rule add ovl0
exits "replace without a pref" 1 'not complete' tool rule replace ovl0 drop
exits "del without one" 1 'not complete' tool rule del ovl0
exits "accept and drop" 1 'one end, accept or drop' tool rule add ovl0 accept drop
exits "a word twice" 1 'given twice' tool rule add ovl0 vni 5 vni 6 drop
exits "a source" 1 'bytes that are received' tool rule add ovl0 require 0xff00:1:mark
exits "a mask of another length" 1 'as long as the value' tool rule add ovl0 require 0xff00:1:00000000/ff
exits "no option" 1 'expected CLASS:TYPE' tool rule add ovl0 require 0xff00
exits "a range of a value" 1 '"range" is wrong' tool rule add ovl0 option 0xff00:1:00000000 range 5 drop
exits "strip without metadata" 2 'strip is for external devices, others hand no options up' \
	tool rule add ovl0 strip 0xff00:1
need ip -n "$ns1" link add ext type ovl-tun external
exits "strip" 0 '' tool rule add ext pref 9 option 0xff00:3 strip 0xff00:1 prio 1 strip 0xff00:2 accept
check_eq "is shown, too" "$(words ext)" \
	'pref 9 option 0xff00:0x03 strip 0xff00:0x01 strip 0xff00:0x02 prio 0x1 accept'
check_eq "as JSON" "$(json rule show ext | jq -c '.[0].options | map(.test)')" \
	'["present","strip","strip"]'
tool showconf ext >"$_tmp/ext.conf"
check_match "in a file" "$(<"$_tmp/ext.conf")" 'Action = strip 0xff00:0x01 strip 0xff00:0x02 prio 0x1 accept'
exits "which says the same" 0 '' tool syncconf ext "$_tmp/ext.conf"
exits "strip and drop" 2 'nothing to require or strip' tool rule add ext strip 0xff00:1 drop
exits "strip of a value" 1 'whatever its value' tool rule add ext strip 0xff00:1:00000000
need ip -n "$ns1" link del ext
exits "a peer that isn't there" 2 'peer must be one that was added \(attribute peer-name\)' tool rule add ovl0 pref 20 peer nix drop
exits "which attribute is wrong" 2 'at most 63 options \(attribute opt\[2\]\.high\)' \
	tool rule add ovl0 pref 20 option 1:1 option 1:2 times 1-64 drop
exits "peer of a rule" 2 'peer 1 is in use by rule 4 \(attribute name\)' tool peer del ovl0 a
check_eq "nothing of that did anything" "$(words ovl0 | wc -l)" 4
exits "flush" 0 '' tool rule flush ovl0
check_eq "no rule" "$(tool rule show ovl0)$(json rule show ovl0)" '[]'
check_eq "those of others stay" "$(words ovl1 | wc -l)" 1
exits "and the peer may go" 0 '' tool peer del ovl0 a
need tool peer flush ovl0

# Files
cat >"$_tmp/conf" <<'END'
[Device]

[Peer]
Id = 1
Name = a
Remote = 192.0.2.3

[Peer]
Id = 2
Name = b
Remote = 192.0.2.4

[Rule]
Pref = 10
Name = tenant
Match = peer a vni 5
Action = require 0x0102:0x80:00010002 mark 0x0102:0x80/0xff

[Rule]
Pref = 20
Match = peer b option 0xff00:0x01 absent
Action = drop

[Rule]
Pref = 30
Action = count
END
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
tool showconf ovl0 >"$_tmp/shown"
check "showconf prints what was set" diff "$_tmp/conf" "$_tmp/shown"

watch_config
background tool monitor rule
text=$bg_out
need busywait 10000 listeners "$ns1" 2
exits "showconf | syncconf" 0 '' tool syncconf ovl0 "$_tmp/shown"
said "changes nothing at all" '^$'
exits "setconf" 0 '' tool setconf ovl0 "$_tmp/conf"
said "sends all, what is for everybody first" '^options,rule 30,peer a,peer b,rule 10,rule 20$'
# without REGEX: the file without the sections that match
without() { awk -v RS= -v ORS='\n\n' -v re="$1" '$0 !~ re' "$_tmp/conf"; }
without 'Pref = 30' | sed 's/00010002/00010003/' >"$_tmp/new"
exits "syncconf of another value and a rule less" 0 '' tool syncconf ovl0 "$_tmp/new"
said "changes one and removes one" '^rule 10,rule-del 30$'
exits "syncconf of the first file" 0 '' tool syncconf ovl0 "$_tmp/conf"
said "is the way back" '^rule 30,rule 10$'
sed 's/0.2.3$/0.2.9/; s/0.2.4$/0.2.3/; s/0.2.9$/0.2.4/' "$_tmp/conf" >"$_tmp/new"
exits "peers that exchange their remotes" 0 '' tool syncconf ovl0 "$_tmp/new"
said "keep their rules" '^rule-del (1|2)0,peer-del .,peer .,peer .,rule (1|2)0$'
without 'Name = b|Pref = 20' >"$_tmp/new"
exits "a peer and its rule less" 0 '' tool syncconf ovl0 "$_tmp/new"
said "in the order that the kernel takes" '^rule-del 20,peer-del b,peer a$'
without 'Device|Rule' >"$_tmp/peers"
exits "of a file with peers only" 0 '' tool syncconf ovl0 "$_tmp/peers"
said "leaves rules alone" '^peer b$'
printf '[Rule]\nPref = 40\nMatch = peer b\nAction = accept\n' >"$_tmp/new"
exits "addconf" 0 '' tool addconf ovl0 "$_tmp/new"
said "adds" '^rule 40$'
printf '[Rule]\nPref = 41\nMatch = peer nix\nAction = accept\n' >"$_tmp/new"
exits "a peer that is nowhere" 2 "must be one that was added.*$_tmp/new:1: rule 41 failed" tool addconf ovl0 "$_tmp/new"
need tool rule flush ovl0
said "flush tells of each" '^rule-del 10,rule-del 30,rule-del 40$'
check "as text" busywait 5000 last "$text" 1 "^Deleted $index: ovl0: pref 40 peer b accept\$"
need tool peer flush ovl0

# Peers that swap their remotes: a rule in no file goes and comes back, even if
# something else is refused, and whatever its peer is called then
conf() { tool "$1" ovl0 - <<<"${2//;/$'\n'}"; }
begin() {
	tool rule flush ovl0 && tool peer flush ovl0 &&
		conf setconf "[Peer];Id=11;Name=a;Remote=192.0.2.4;[Peer];Id=12;Name=b;Remote=192.0.2.5" &&
		tool rule replace ovl0 pref 5 peer 11 require 0xff00:1
}
rules() { json rule show ovl0 | jq -c 'map([.pref, .peer, .peer_name])'; }
swap='[Peer];Name=a;Remote=192.0.2.5;[Peer];Name=b;Remote=192.0.2.4;[Peer];Name=c;Remote='
for command in addconf setconf syncconf; do
	need begin
	exits "$command of peers that swap, another is refused" 2 \
		'^Error: ovl_tun: remote must be .*-:7: peer c failed.*-: not all of it is in place$' \
		conf $command "${swap}224.0.0.1"
	check_eq "the rule is there" "$(rules)" '[[5,11,"a"]]'
	exits "again, corrected" 0 '' conf $command "${swap}192.0.2.6"
	check_eq "and still is" "$(rules)" '[[5,11,"a"]]'
done
need begin
exits "one of those that swap is refused" 2 '-:4: peer b failed' \
	conf addconf "[Peer];Name=a;Remote=192.0.2.5;[Peer];Name=b;Remote=192.0.2.4;Options=nix"
check_eq "the rule is there, and its peer" "$(rules)" '[[5,11,"a"]]'
need begin
exits "peers that swap, one with a new name" 0 '' \
	conf addconf '[Peer];Id=11;Name=x;Remote=192.0.2.5;[Peer];Name=b;Remote=192.0.2.4'
check_eq "its rule is there" "$(rules)" '[[5,11,"x"]]'
need begin
exits "that swap their names, too" 0 '' \
	conf addconf '[Peer];Id=11;Name=b;Remote=192.0.2.5;[Peer];Id=12;Name=a;Remote=192.0.2.4'
check_eq "the rule is the same peer's" "$(rules)" '[[5,11,"b"]]'
need begin
whole='[Device];[Rule];Pref=5;Match=peer a;Action=require 0xff00:2;'
exits "a whole file, a peer is refused" 2 'peer c failed' conf syncconf "$whole${swap}224.0.0.1"
check_match "the rule is as it was" "$(words ovl0)" '^pref 5 peer a require 0xff00:0x01$'
exits "corrected" 0 '' conf syncconf "$whole${swap}192.0.2.6"
check_match "it is the file's" "$(words ovl0)" '^pref 5 peer a require 0xff00:0x02$'
need tool rule flush ovl0
need tool peer flush ovl0

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
need tool peer add ovl0 one remote 192.0.2.3
need tool rule add ovl0 pref 77 drop
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of the command" "$(complete_words "ovltun -n $ns1 rule f")" 'flush'
check_eq "completion of a rule" "$(complete_words "ovltun -n $ns1 rule del ovl0 ")" 'pref 77'
check_eq "completion of a word" "$(complete_words "ovltun -n $ns1 rule add dev ovl0 req")" 'require'
check_eq "completion of a peer" "$(complete_words "ovltun -n $ns1 rule add ovl0 peer ")" '0 one'

# The mark of a packet goes along in an option, and comes out in another namespace
# than the underlay's
setup_ns pod
need ip -n "$ns2" link add ovl0 netns "$pod" type ovl-tun id 5 remote "$local"
need tool rule flush ovl0
need tool peer flush ovl0
need tool options add ovl0 0xff00:0x80:mark/0xffff 0xff00:1:prio
need ovltun -n "$pod" rule add ovl0 require 0xff00:0x80 mark 0xff00:0x80 prio 0xff00:1 accept
need ip -n "$ns1" address add 10.0.0.1/24 dev ovl0
need ip -n "$pod" address add 10.0.0.2/24 dev ovl0
need ip -n "$ns1" link set ovl0 up
need ip -n "$pod" link set ovl0 up
need in_ns "$pod" nft 'add table inet t; add chain inet t c { type filter hook prerouting priority 0; };
	add rule inet t c iifname ovl0 icmp type echo-request meta mark 0x2345 counter;
	add rule inet t c iifname ovl0 icmp type echo-request counter'
counted() { in_ns "$pod" nft -j list ruleset | jq -c '[.nftables[].rule.expr[]?.counter.packets? | select(. != null)]'; }
exits "marked packets" 0 '' in_ns "$ns1" ping -m $((0x12345)) -c 3 -i 0.1 -W 2 10.0.0.2
check_eq "have the mark on the other node" "$(counted)" '[3,3]'
exits "others" 0 '' in_ns "$ns1" ping -m $((0x12346)) -c 2 -i 0.1 -W 2 10.0.0.2
check_eq "have theirs" "$(counted)" '[3,5]'
need tool options flush ovl0
check_eq "without the option there is no answer" \
	"$(in_ns "$ns1" ping -m 5 -c 1 -W 1 10.0.0.2 | grep -o '[0-9]* received')" '0 received'
check_eq "none comes through" "$(counted)" '[3,5]'
check_ge "it was dropped, and says why" "$(ovltun -n "$pod" -j -s dev show ovl0 | jq '.[0].drops["rx-option-missing"]')" 1

# What is left goes with the device
need ip -n "$ns1" link del ovl1
need ip -n "$ns1" link del ovl0
need ip -n "$pod" link del ovl0
check "the module goes" modprobe -r ovl-tun
