#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ip link ... type ovl-tun: what each word sets, what it leaves, what is refused.
# timeout: 300
. "$(dirname "$0")/lib.sh"

# Devices of $ns1 as a JSON object: name -> info_data
links() {
	ip -n "$ns1" -d -j link show type ovl-tun |
		jq 'map({key: .ifname, value: .linkinfo.info_data}) | from_entries'
}

# The words that `ip -d link` prints for device $1
words_of() {
	ip -n "$ns1" -d -o link show "$1" |
		sed -n 's/.* ovl-tun \(.*zerocsumrx\( proxy rsc l2miss l3miss gbp nooptions drop fastpath\)\?\) .*/\1/p'
}

# refused NAME REGEX WORDS: ip link add bad type ovl-tun WORDS fails and says so.
# There are many, so this costs one process each, and no namespace.
refused() {
	local said status
	# shellcheck disable=SC2086 # words
	said=$(ip link add bad type ovl-tun $3 2>&1 >/dev/null)
	status=$?
	if [ $status != 0 ] && [[ $said =~ $2 ]]; then
		pass "$1: $3"
	else
		fail "$1: $3"
		diag "exit status $status, wanted a failure that says: $2"
		diag "$said"
		ip link del bad 2>/dev/null
	fi
}

# add and set, a line each, are run with one ip
commands=''
command() { commands+="link $*"$'\n'; }
run_commands() {
	need ip -n "$ns1" -batch - <<<"$commands"
	commands=''
}

# compare NAME BASE: one check for each row, of device NAME and its number.
# BASE is what it had before, the row says what must differ from that.
compare() {
	local i got wants=''
	for ((i = 0; i < ${#rows[@]}; i++)); do
		wants+=${wants:+,}"{\"words\": \"${rows[i]%%|*}\", \"want\": ${rows[i]#*|}}"
	done
	# shellcheck disable=SC2016 # jq's variables
	links | jq -r --argjson rows "[$wants]" --argjson base "$2" --arg name "$1" '
		. as $links | range($rows | length) | . as $i | $rows[$i] |
		.words, ($links[$name + ($i | tostring)] | tojson),
		($base + {id: (1000 + $i)} + .want |
			to_entries | map(select(.value != null)) | sort_by(.key) |
			from_entries | tojson)' \
		>"$_tmp/compared"
	i=0
	while read -r words && read -r got && read -r want; do
		check_eq "$1: $words" "$got" "$want"
		i=$((i + 1))
	done <"$_tmp/compared"
	check_eq "$1: every row was compared" $i ${#rows[@]}
}

setup_ns ns1
need ip -n "$ns1" link add eth0 type dummy
need ip -n "$ns1" link add eth1 type dummy

# Without the module: help needs none, and none is loaded for it.
modprobe -r ovl-tun 2>/dev/null
check_match "ip link help ovl-tun" "$(ip link help ovl-tun)" 'Usage: ... ovl-tun .*geneveport PORT'
refused "usage" 'Usage: ... ovl-tun ' help
check "every symbol of the plugin is there" env LD_BIND_NOW=1 ip link help ovl-tun
check "no module was loaded for that" test ! -e /sys/module/ovl_tun

# Defaults, with and without the plugin
default='{"accept": "both", "df": "unset", "encap": "geneve", "geneve_port": 6081,
	"layer": 2, "port": 6081, "port_range": {"high": 0, "low": 0},
	"source": "auto", "ttl": 0, "udp_csum": true,
	"udp_zero_csum6_rx": false, "udp_zero_csum6_tx": false, "vxlan_port": 4789}'
check "ip link add with nothing but the type" ip -n "$ns1" link add bare type ovl-tun
check_eq "defaults" "$(links | jq -c .bare)" "$(jq -c '. + {id: 0}' <<<"$default")"
check_eq "defaults as text" "$(words_of bare)" \
	"id 0 srcport 0 0 encap geneve accept both vxlanport 4789 geneveport 6081 ttl auto udpcsum noudp6zerocsumtx noudp6zerocsumrx"
need ip -n "$ns1" link del bare
check "ip without the plugin adds one too" \
	env IP_LIB_DIR=/nonexistent ip -n "$ns1" link add bare type ovl-tun
check_eq "it has the same defaults" "$(links | jq -c .bare)" "$(jq -c '. + {id: 0}' <<<"$default")"
check_match "ip without the plugin shows it" \
	"$(IP_LIB_DIR=/nonexistent ip -n "$ns1" -d link show bare)" 'ovl-tun'
IP_LIB_DIR=/nonexistent refused "without the plugin" 'Garbage' 'id 5'
need ip -n "$ns1" link del bare

# Each word alone, on a new device and on one that has something else
# everywhere: what the row says changes, the rest stays.
rows=(
	'id 1000|{}'
	'vni 0x3e9|{}'
	'remote 192.0.2.9|{"remote": "192.0.2.9"}'
	'remote 2001:db8::9|{"remote6": "2001:db8::9"}'
	'local 192.0.2.1|{"local": "192.0.2.1"}'
	'local 2001:db8::1|{"local6": "2001:db8::1"}'
	'dev eth0|{"link": "eth0"}'
	'encap vxlan|{"encap": "vxlan", "port": 4789}'
	'encap geneve|{}'
	'accept vxlan|{"accept": "vxlan"}'
	'accept geneve|{"accept": "geneve"}'
	'accept both|{}'
	'dstport 7000|{"geneve_port": 7000, "port": 7000}'
	'dstport 0|{}'
	'vxlanport 8472|{"vxlan_port": 8472}'
	'geneveport 7001|{"geneve_port": 7001, "port": 7001}'
	'encap vxlan dstport 8472|{"encap": "vxlan", "vxlan_port": 8472, "port": 8472}'
	'srcport 1024 65535|{"port_range": {"high": 65535, "low": 1024}}'
	'port 5 5|{"port_range": {"high": 5, "low": 5}}'
	'srcport 0 0|{}'
	'ttl 64|{"ttl": 64}'
	'ttl 255|{"ttl": 255}'
	'hoplimit 1|{"ttl": 1}'
	'ttl auto|{}'
	'ttl inherit|{"ttl": null, "ttl_inherit": true}'
	'tos 0xb8|{"tos": "0xb8"}'
	'dsfield 4|{"tos": "0x4"}'
	'tos inherit|{"tos": "0x1"}'
	'tos 0|{}'
	'df unset|{}'
	'df set|{"df": "set"}'
	'df inherit|{"df": "inherit"}'
	'remote 2001:db8::9 flowlabel 0xfffff|{"remote6": "2001:db8::9", "label": "0xfffff"}'
	'remote 2001:db8::9 label 5|{"remote6": "2001:db8::9", "label": "0x5"}'
	'flowlabel 0|{}'
	'udpcsum|{}'
	'noudpcsum|{"udp_csum": false}'
	'udp6zerocsumtx|{"udp_zero_csum6_tx": true}'
	'noudp6zerocsumtx|{}'
	'udp6zerocsumrx|{"udp_zero_csum6_rx": true}'
	'noudp6zerocsumrx|{}'
	'proxy|{"proxy": true}'
	'noproxy|{}'
	'rsc|{"rsc": true}'
	'norsc|{}'
	'l2miss|{"l2miss": true}'
	'nol2miss|{}'
	'l3miss|{"l3miss": true}'
	'nol3miss|{}'
	'gbp|{"gbp": true}'
	'nogbp|{}'
	'nooptions drop|{"nooptions": "drop"}'
	'nooptions ignore|{}'
	'fastpath|{"fastpath": true}'
	'nofastpath|{}'
	'rem 192.0.2.9 enc vxlan acc vxlan|{"remote": "192.0.2.9", "encap": "vxlan", "accept": "vxlan", "port": 4789}'
)
for ((i = 0; i < ${#rows[@]}; i++)); do
	words=${rows[i]%%|*}
	case $words in
	id* | vni*) command add "new$i" group 7 type ovl-tun "$words" ;;
	*) command add "new$i" group 7 type ovl-tun id $((1000 + i)) "$words" ;;
	esac
done
run_commands
compare new "$default"
need ip -n "$ns1" link del group 7

full='{"accept": "vxlan", "df": "inherit", "encap": "vxlan", "geneve_port": 6082,
	"label": "0x12345", "link": "eth1", "local6": "2001:db8::1", "port": 4790,
	"layer": 2, "source": "auto",
	"port_range": {"high": 300, "low": 200}, "remote6": "2001:db8::2",
	"proxy": true, "rsc": true, "l2miss": true, "l3miss": true,
	"gbp": true, "nooptions": "drop", "fastpath": true,
	"tos": "0x20", "ttl": 33, "udp_csum": false, "udp_zero_csum6_rx": true,
	"udp_zero_csum6_tx": true, "vxlan_port": 4790}'
full_words='remote 2001:db8::2 local 2001:db8::1 dev eth1 srcport 200 300 encap vxlan'
full_words+=' accept vxlan vxlanport 4790 geneveport 6082 ttl 33 tos 0x20 df inherit'
full_words+=' flowlabel 0x12345 noudpcsum udp6zerocsumtx udp6zerocsumrx'
full_words+=' proxy rsc l2miss l3miss gbp nooptions drop fastpath'
rows=(
	'remote 2001:db8::9|{"remote6": "2001:db8::9"}'
	'remote any|{"remote6": null}'
	'local 2001:db8::7|{"local6": "2001:db8::7"}'
	'local any|{"local6": null}'
	'remote any local any|{"remote6": null, "local6": null}'
	'remote 192.0.2.9 local any flowlabel 0|{"remote6": null, "remote": "192.0.2.9", "local6": null, "label": null}'
	'remote 192.0.2.9 local 192.0.2.1 flowlabel 0|{"remote6": null, "remote": "192.0.2.9", "local6": null, "local": "192.0.2.1", "label": null}'
	'dev eth0|{"link": "eth0"}'
	'dev any|{"link": null}'
	'encap geneve|{"encap": "geneve", "port": 6082}'
	'accept geneve|{"accept": "geneve"}'
	'accept both|{"accept": "both"}'
	'dstport 8472|{"vxlan_port": 8472, "port": 8472}'
	'dstport 0|{}'
	'vxlanport 8472|{"vxlan_port": 8472, "port": 8472}'
	'geneveport 7001|{"geneve_port": 7001}'
	'encap geneve dstport 7001|{"encap": "geneve", "geneve_port": 7001, "port": 7001}'
	'srcport 1 65535|{"port_range": {"high": 65535, "low": 1}}'
	'srcport 0 0|{"port_range": {"high": 0, "low": 0}}'
	'ttl 64|{"ttl": 64}'
	'ttl auto|{"ttl": 0}'
	'ttl inherit|{"ttl": null, "ttl_inherit": true}'
	'tos 0|{"tos": null}'
	'tos inherit|{"tos": "0x1"}'
	'df unset|{"df": "unset"}'
	'df set|{"df": "set"}'
	'flowlabel 0|{"label": null}'
	'flowlabel 7|{"label": "0x7"}'
	'udpcsum|{"udp_csum": true}'
	'noudp6zerocsumtx|{"udp_zero_csum6_tx": false}'
	'noudp6zerocsumrx|{"udp_zero_csum6_rx": false}'
	'noproxy|{"proxy": null}'
	'norsc|{"rsc": null}'
	'nol2miss|{"l2miss": null}'
	'nol3miss|{"l3miss": null}'
	'nogbp|{"gbp": null}'
	'nooptions ignore|{"nooptions": null}'
	'nofastpath|{"fastpath": null}'
)
for ((i = 0; i < ${#rows[@]}; i++)); do
	command add "set$i" group 7 type ovl-tun id $((1000 + i)) "$full_words"
done
run_commands
check_eq "everything at once" "$(links | jq -c .set0)" "$(jq -c '. + {id: 1000}' <<<"$full")"
check_eq "everything at once, as text" "$(words_of set0)" "id 1000 $full_words"
for ((i = 0; i < ${#rows[@]}; i++)); do command set "set$i" type ovl-tun "${rows[i]%%|*}"; done
run_commands
compare set "$full"
need ip -n "$ns1" link set set0 group default
need ip -n "$ns1" link del group 7

need ip -n "$ns1" link set set0 type ovl-tun ttl inherit
check "from ttl inherit to a number" ip -n "$ns1" link set set0 type ovl-tun ttl 9
check_eq "ttl" "$(links | jq -c '.set0 | [.ttl, .ttl_inherit]')" '[9,null]'
check "another id" ip -n "$ns1" link set set0 type ovl-tun id 16777215
check_eq "id" "$(links | jq .set0.id)" 16777215

# What is printed can be typed.
printed=$(words_of set0)
need ip -n "$ns1" link del set0
# shellcheck disable=SC2086 # words
check "the printed words make a device" ip -n "$ns1" link add copy type ovl-tun $printed
check_eq "which prints the same" "$(words_of copy)" "$printed"

# Refusals, each with a word that says what is wrong: by ip ...
before=$(links)
while IFS='|' read -r words regex; do
	refused "by ip" "$regex" "$words"
done <<'END'
id 16777216|invalid id
id -1|invalid id
id five|invalid id
id|not complete
remote 192.0.2.300|invalid remote address
remote 239.1.1.1|invalid remote address
remote ff02::1|invalid remote address
local node1|invalid local address
local 224.0.0.1|invalid local address
remote 192.0.2.2 local 2001:db8::1|another family
dev nix|Cannot find device "nix"
encap gre|encap must be
encap 1|encap must be
accept none|accept must be
dstport 65536|dstport
vxlanport 0|vxlanport
vxlanport 65536|vxlanport
geneveport 0|geneveport
geneveport x|geneveport
srcport 1|not complete
srcport x 5|min port
srcport 5 65536|max port
ttl 256|TTL must be
ttl x|invalid TTL
tos 0x100|bad TOS
tos x|bad TOS
df 1|DF must be
nooptions on|nooptions must be
flowlabel 0x100000|invalid flowlabel
flowlabel x|invalid flowlabel
nonsense|unknown command "nonsense"
END

# ... and by the kernel.
while IFS='|' read -r words regex; do
	refused "by the kernel" "ovl_tun: $regex" "$words"
done <<'END'
remote 127.0.0.1|remote must be a unicast
remote ::1|remote must be a unicast
remote 255.255.255.255|remote must be a unicast
local ::1|local must be a unicast
remote fe80::2|remote is link-local and needs dev
srcport 5 4|srcport must be
srcport 0 4|srcport must be
vxlanport 6081|vxlanport and geneveport must differ
geneveport 5 dstport 6|dstport contradicts
remote 192.0.2.2 flowlabel 5|flowlabel needs an IPv6
layer3 gbp|gbp needs a layer 2
END
check_fail "refused: VNI and remote of another device" 'device copy has VNI 16777215' ip -n "$ns1" \
	link add bad type ovl-tun id 16777215 remote 2001:db8::9 vxlanport 4790
check_fail "a change is refused: another family" 'remote and local must be of one' \
	ip -n "$ns1" link set copy type ovl-tun remote 192.0.2.2
check_fail "a change is refused: dev is itself" 'dev is the tunnel itself' \
	ip -n "$ns1" link set copy type ovl-tun dev copy

# Twice the same word
while read -r word value; do
	refused "duplicate" "either \"$word\" is duplicate" "$word $value $word $value"
done <<'END'
id 5
remote 192.0.2.2
local 192.0.2.2
dev lo
encap vxlan
accept vxlan
dstport 5
vxlanport 5
geneveport 5
srcport 5 6
ttl 5
tos 5
df set
flowlabel 5
udpcsum
udp6zerocsumtx
udp6zerocsumrx
proxy
rsc
l2miss
l3miss
gbp
nooptions drop
END
refused "duplicate" 'either "id" is duplicate' 'id 5 vni 5'
refused "duplicate" 'is duplicate' 'udpcsum noudpcsum'
check_fail "no device was made" 'does not exist' ip link show bad
check_eq "no refusal has changed anything" "$(links)" "$before"
