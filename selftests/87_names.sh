#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Options by their names in the dictionary: typed, shown, in files, events, errors.
# timeout: 120
. "$(dirname "$0")/lib.sh"

# What a device or a set has, in one line: words DEVICE [set SET]
words() { ovltun options show "$@" | sed -n 's/^    \([^ ]*\) *$/\1/p' | paste -sd' '; }
raw() { ovltun -N options show "$@" | sed -n 's/^    \([^ ]*\) *$/\1/p' | paste -sd' '; }
json() { ovltun -j options show ovl0 set "$1" | jq -c ".[0].options | $2"; }

# The dictionary that make install brought
check_eq "ovltun options dictionary" "$(ovltun options dictionary | sed 's/ *$//')" \
	'ovn.ports 0x0102:0x80 len 4 ingress:uint,egress:uint
aws.vpce 0x0108:0x01 len 8 id:hex
aws.attachment 0x0108:0x02 len 8 id:hex
aws.flow 0x0108:0x03 len 4 cookie:hex
google.network 0x0132:0x01 len 4 id:uint,egress:uint
google.endpoint 0x0132:0x02 len 4-124 id:hex
google.profile 0x0132:0x03 len 8 id:uint
cilium.dsr 0x014b:0x81 len 8 address:ipv4,port:port or len 20 address:ipv6,port:port'
check_match "-details" "$(ovltun -d options dictionary)" \
	$'ovn\\.ports .* ingress:uint@1\\+15,egress:uint@16\\+16 \n    logical ports,[^\n]*\n    file /usr/share/ovl-tun/options\\.d/ovn\\.json '
check_eq "JSON" "$(ovltun -j options dictionary | jq -c '.[5] | [.name, .class, .type, .layouts, .file]')" \
	'["google.endpoint",306,2,[{"fields":[{"kind":"hex","name":"id","offset":0,"width":"rest"}],"max":124,"min":4}],"/usr/share/ovl-tun/options.d/google.json"]'
exits "it needs no module" 0 '' bash -c 'modprobe -r ovl-tun; ovltun options dictionary && ! test -e /sys/module/ovl_tun'
check_match "ovltun options dissector" "$(ovltun options dissector)" \
	'ProtoField.uint32, "ovl.ovn.ports.egress".*register_postdissector\(ovl\)$'
exits "dictionary takes no more" 1 '"x" is a garbage' ovltun options dictionary x

# Everything in it, typed
need ip link add ovl0 type ovl-tun id 5
# shellcheck disable=SC2054 # commas of an option
named=(ovn.ports=ingress:5,egress:32769 aws.vpce=0x1122334455667788 aws.attachment=0xaabbccddeeff0011
	aws.flow=0x01020304 google.network=id:77,egress:1 google.endpoint=0x0102030405060708090a0b0c
	google.profile=18446744073709551615 cilium.dsr=address:192.0.2.1,port:8080)
numbers=(0x0102:0x80:00058001 0x0108:0x01:1122334455667788 0x0108:0x02:aabbccddeeff0011
	0x0108:0x03:01020304 0x0132:0x01:000004d1 0x0132:0x02:0102030405060708090a0b0c
	0x0132:0x03:ffffffffffffffff 0x014b:0x81:c00002011f900000)
exits "add by name" 0 '' ovltun options add ovl0 set all "${named[@]}"
check_eq "they are what the table says" "$(raw ovl0 set all)" "${numbers[*]}"
check_eq "shown by name" "$(words ovl0 set all)" "${named[*]}"
exits "add by number" 0 '' ovltun options add ovl0 set numbers "${numbers[@]}"
check_eq "shown by name too" "$(words ovl0 set numbers)" "${named[*]}"
exits "both in one command" 0 '' ovltun options replace ovl0 set numbers 0xff00:1: \
	cilium.dsr=address:2001:db8::7,port:53 0x0102:0x80:00010002
check_eq "as it looks" "$(ovltun -d options show ovl0 set numbers | sed -n 's/ *$//; 2p; 9,$p')" \
	'    ovn.ports=ingress:1,egress:2 critical len 4
    cilium.dsr=address:2001:db8::7,port:53 critical len 20
    0xff00:0x01: len 0'
check_eq "JSON has both" "$(json numbers '.[0]')" \
	'{"class":258,"critical":true,"data":"00010002","fields":{"egress":2,"ingress":1},"name":"ovn.ports","type":128}'
check_eq "JSON: types of fields" "$(json numbers 'map(.fields | select(.))[1:]' | sed 's/18446744073709551615/big/')" \
	'[{"id":"0x1122334455667788"},{"id":"0xaabbccddeeff0011"},{"cookie":"0x01020304"},{"egress":1,"id":77},{"id":"0x0102030405060708090a0b0c"},{"id":big},{"address":"2001:db8::7","port":53}]'
check_eq "JSON with -N has none" "$(ovltun -N -j options show ovl0 set numbers | jq -c '.[0].options | map(.name, .fields) | unique')" '[null]'

# Commands
exits "change" 0 '' ovltun options change ovl0 set all aws.flow=0xdeadbeef ovn.ports=mark/0xffff
exits "del, by name and number" 0 '' ovltun options del ovl0 set all aws.vpce 0x108:2 google.network \
	google.endpoint google.profile
check_eq "what is left" "$(words ovl0 set all)" 'ovn.ports=mark/0xffff aws.flow=0xdeadbeef cilium.dsr=address:192.0.2.1,port:8080'
check_eq "JSON of a source" "$(json all '.[0]')" \
	'{"class":258,"critical":true,"mask":"0xffff","name":"ovn.ports","source":"mark","type":128}'
exits "the device's own" 0 '' ovltun options add ovl0 aws.vpce=counter
exits "in a batch" 0 '' ovltun -batch - <<<$'options add ovl0 google.network=id:1,egress:0\noptions add ovl0 "aws.flow=0x00000001"'
check_eq "and shown" "$(words ovl0 | cut -d' ' -f1-3)" 'aws.vpce=counter google.network=id:1,egress:0 aws.flow=0x00000001'
check_match "a peer is sent OVN's and Cilium's" "$(ovltun peer add ovl0 node remote 192.0.2.7 options all && ovltun peer show ovl0 node)" \
	'overhead 78 .*options all'
exits "one that is there" 2 'option is there already, use replace \(attribute opt\[2\]\)' \
	ovltun options add ovl0 0xff00:9: aws.vpce=time
exits "one that isn't" 2 'no such option' ovltun options del ovl0 set all aws.vpce

# What a name would say less of is shown by its number
exits "a reserved bit, another length" 0 '' ovltun options add ovl0 set odd 0x102:0x80:80010002 0x108:1:00000001 0x14b:0x81:c0000201005000ff
check_eq "shown as they are" "$(words ovl0 set odd)" '0x0102:0x80:80010002 0x0108:0x01:00000001 0x014b:0x81:c0000201005000ff'
check_eq "JSON has what is known" "$(json odd 'map([.name, .fields])')" \
	'[["ovn.ports",{"egress":2,"ingress":1}],["aws.vpce",null],["cilium.dsr",{"address":"192.0.2.1","port":80}]]'

# Refusals, in one process
cat >"$_tmp/wrong" <<'END'
add ovl0 x|expected CLASS:TYPE:VALUE or NAME=VALUE
add ovl0 ovn.port=1|no option has this name, see "ovltun options dictionary"
add ovl0 ovn.ports|expected NAME=VALUE
add ovl0 ovn.ports=5|expected ingress:VALUE,..., there is no "5"
add ovl0 ovn.ports=ingress:5|egress is missing
add ovl0 ovn.ports=ingress:32768,egress:1|ingress: expected a number from 0 to 32767
add ovl0 aws.vpce=0x112233|id: expected 0x and 16 hex digits, 64 bits
add ovl0 aws.vpce=mark|aws.vpce never has the 4 bytes of mark
add ovl0 google.endpoint=0x010203|has 3 bytes, expected 4 to 124, a multiple of 4
add ovl0 cilium.dsr=address:1.2.3,port:1|8 bytes: address: expected an IPv4 address; 20 bytes: address: expected an IPv6 address
del ovl0 ovn.ports=|expected a name without a value
del ovl0 ovn|expected CLASS:TYPE or NAME
END
sed 's/^\([^|]*\)|.*/options \1/' "$_tmp/wrong" | ovltun -force -batch - 2>&1 | grep -v '^Command failed' >"$_tmp/said"
while IFS='|' read -r line why && read -r said <&3; do
	check_eq "$line" "$said" "Error: argument \"${line##* }\" is wrong: $why"
done <"$_tmp/wrong" 3<"$_tmp/said"
check_eq "each was refused" "$(wc -l <"$_tmp/said")" "$(wc -l <"$_tmp/wrong")"

# Files have numbers, names are understood
ovltun showconf ovl0 >"$_tmp/shown"
check_eq "showconf has no name of an option" "$(grep '^Option ' "$_tmp/shown" | grep -cv '^Option = 0x')" 0
background ovltun -j monitor options
monitor=$bg_out
background ovltun monitor options
text=$bg_out
monitors() { test "$(awk '$2 == 16 && $4 !~ /^0*$/' /proc/net/netlink | wc -l)" = 2; }
need busywait 10000 monitors
exits "showconf | syncconf" 0 '' ovltun syncconf ovl0 "$_tmp/shown"
sed 's/0x0102:0x80:mark.0xffff/ovn.ports=mark\/0xffff/; s/0x0108:0x03:deadbeef/aws.flow=0xdeadbeef/
	s/0x014b:0x81:c00002011f900000/cilium.dsr=address:192.0.2.1,port:8080/' "$_tmp/shown" >"$_tmp/names"
check_eq "a file with names" "$(grep -c 'ovn.ports\|aws.flow\|cilium.dsr' "$_tmp/names")" 3
exits "syncconf" 0 '' ovltun syncconf ovl0 "$_tmp/names"
need ovltun options replace ovl0 set all ovn.ports=ingress:1,egress:9
saw() { grep -q "$1" "$2"; }
check "an event has the name" busywait 10000 saw 'set all .*ovn.ports=ingress:1,egress:9 aws.flow=0xdeadbeef' "$text"
busywait 10000 saw '"egress":9' "$monitor"
check_eq "and is the first: the files changed nothing" "$(head -n 1 "$monitor" | jq -c '[.set, .options[0].fields]')" \
	'["all",{"egress":9,"ingress":1}]'
printf '[Device]\nOption = ovn.ports=ingress:1\n' >"$_tmp/bad"
exits "a file with a wrong value" 1 "$_tmp/bad:2: Option \"ovn.ports=ingress:1\": egress is missing" \
	ovltun syncconf ovl0 "$_tmp/bad"

# The user's own names
own=/etc/ovl-tun/options.d
need mkdir -p $own
defer rm -rf /etc/ovl-tun
cat >$own/mine.json <<'END'
{ "name": "mine", "class": "0xff00", "options": [
	{ "name": "tenant", "type": 1, "length": 4, "fields": [
		{ "name": "id", "offset": 8, "width": 24, "kind": "uint" } ] },
	{ "name": "flag", "type": 2, "length": 0 } ] }
END
exits "a name of one's own" 0 '' ovltun options add ovl0 set own mine.tenant=77 mine.flag=
check_eq "is sent" "$(raw ovl0 set own)" '0xff00:0x01:0000004d 0xff00:0x02:'
check_eq "and shown" "$(words ovl0 set own)" 'mine.tenant=77 mine.flag='
cat >$own/port.json <<'END'
{ "name": "my", "class": "0x0102", "options": [
	{ "name": "ports", "type": 128, "length": 4 } ] }
END
check_eq "it takes the place of one that is shipped" "$(words ovl0 set all | cut -d' ' -f1)" 'my.ports=0x00010009'
exits "whose name is gone" 1 'no option has this name' ovltun options del ovl0 set all ovn.ports
rm $own/port.json
printf '{ "name": "broken",\n  "class": 1\n  "options": [] }\n' >$own/a.json
printf '{ "name": "wrong", "class": 1, "options": [\n{ "name": "x", "type": 1, "length": 3 } ] }\n' >$own/b.json
exits "broken files: the rest goes on" 0 \
	"^Warning: $own/a.json:3: [^"$'\n'"]*; the file is ignored"$'\n'"Warning: $own/b.json: options\[0\]: length: expected a multiple of 4; the file is ignored\$" \
	ovltun options replace ovl0 set own mine.tenant=78
check_eq "it did" "$(words ovl0 set own 2>/dev/null)" 'mine.tenant=78 mine.flag='
exits "who needs no names is told nothing" 0 '' ovltun options replace ovl0 set own 0xff00:1:0000004f
exits "nor with -N" 0 '' ovltun -N options show
rm -r /etc/ovl-tun
check_eq "without the file" "$(words ovl0 set own)" '0xff00:0x01:0000004f 0xff00:0x02:'

# Completion, as bash calls it
complete_words() {
	COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=1 COMP_WORDS=("$1" '')
	COMPREPLY=()
	_ovltun
	echo "${COMPREPLY[*]}"
}
# shellcheck source=../tools/completion/ovltun
. /usr/share/bash-completion/completions/ovltun
check_eq "completion of a name" "$(complete_words 'ovltun options add ovl0 aws.')" 'aws.vpce= aws.attachment= aws.flow='
check_eq "in a set" "$(complete_words 'ovltun options change dev ovl0 set all c')" 'cilium.dsr='
check_eq "of what there is to delete" "$(complete_words 'ovltun options del ovl0 set all ')" \
	'0x0102:0x80 0x0108:0x03 0x014b:0x81 ovn.ports aws.flow cilium.dsr'
check_eq "of the command" "$(complete_words 'ovltun options di')" 'dictionary dissector'
need ip link del ovl0
