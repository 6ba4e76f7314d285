#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Peers of entries: when they are known ones, and what watchers are told of them.
# timeout: 240
. "$(dirname "$0")/lib.sh"
. "$TESTS/monitor.sh"

underlay v4
M2=02:00:00:00:00:02 M7=02:00:00:00:00:77 M8=02:00:00:00:00:88

tool() { ovltun -n "$ns1" "$@"; }
fdb() { bridge -n "$ns1" fdb "$@"; }
has() { fdb show dev ovl0 | grep -q "$1"; }
no_peers() { [ "$(tool -j peer show ovl0)" = '[]' ]; }
# ns1 is sent a frame, and learns from it.
learn() {
	in_ns "$ns2" python3 - <<-'END'
		import socket
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("ovl0", 0))
		s.send(b"\xff" * 6 + bytes((2, 0, 0, 0, 0, 2)) + b"\x88\xb5" + bytes(50))
	END
	need busywait 10000 has "^$M2 dst 192.0.2.2 "
}
forget() { need fdb del $M2 dev ovl0 && need busywait 10000 no_peers; }

need ip -n "$ns1" link add ovl0 type ovl-tun id 10 learning
need ip -n "$ns1" link add ovl1 type ovl-tun id 11
need ip -n "$ns1" link add ovl2 type ovl-tun id 10 source strict
need ip -n "$ns2" link add ovl0 address $M2 type ovl-tun id 10 remote 192.0.2.1
for ns in "$ns1" "$ns2"; do need ip -n "$ns" link set ovl0 up; done

# Two devices that know the same: whose a packet is would be chance.
learn
check "another device may know who was learned" fdb add $M7 dev ovl2 dst 192.0.2.2
check_fail "then this one can't" 'device ovl2 has VNI 10 to this remote already' \
	bridge -n "$ns1" fdb add $M7 dev ovl0 dst 192.0.2.2
need fdb del $M7 dev ovl2
check "until that one doesn't" fdb add $M7 dev ovl0 dst 192.0.2.2
need fdb del $M7 dev ovl0
forget

implicit='21474836[0-9]*'
need tool peer add ovl0 a remote 192.0.2.2
learn
watch_config
need tool peer del ovl0 a
said "a peer goes, of which something was learned" '^peer-del a$'
forget
said "so does that" '^$'
learn
said "nothing is said of who is learned" '^$'
need fdb add $M7 dev ovl0 dst 192.0.2.2
said "until an entry names it" "^peer $implicit\$"
need fdb add $M8 dev ovl0 dst 192.0.2.2
said "once" '^$'
need fdb del $M7 dev ovl0
need fdb del $M8 dev ovl0
said "it is gone when none does" "^peer-del $implicit\$"
need fdb add $M7 dev ovl0 dst 192.0.2.2
need fdb del $M2 dev ovl0
said "named again" "^peer $implicit\$"
need fdb del $M7 dev ovl0
said "the last entry" "^peer-del $implicit\$"

need fdb add $M7 dev ovl0 dst 192.0.2.7
said "a new one" "^peer $implicit\$"
check_fail "an entry is there already" 'File exists' \
	bridge -n "$ns1" fdb add $M7 dev ovl0 dst 192.0.2.8
said "what is refused is not told" '^$'
check_fail "a peer can't take over" 'bridge fdb' \
	ovltun -n "$ns1" peer add ovl0 b remote 192.0.2.7 mac $M7
said "nor that" '^$'
need tool peer add ovl0 b remote 192.0.2.7
said "it takes over" "^peer-del $implicit,peer b\$"
need tool peer set ovl0 b ttl 7
said "it changes" '^peer b$'
need tool peer del ovl0 b
said "its entry stays" "^peer-del b,peer $implicit\$"
need fdb replace $M7 dev ovl0 dst 192.0.2.8
said "and leads elsewhere" "^peer(-del)? $implicit,peer(-del)? $implicit\$"
need fdb del $M7 dev ovl0
said "and goes" "^peer-del $implicit\$"

need fdb add $M7 dev ovl2 dst 192.0.2.6
for i in 5 6; do need ip -n "$ns1" nexthop add id $i via 192.0.2.$i fdb; done
need ip -n "$ns1" nexthop add id 10 group 5/6 fdb
check_fail "a group of which not all can be had" 'has VNI 10 to this remote' \
	bridge -n "$ns1" fdb add $M8 dev ovl0 nhid 10
said "nothing is told of the others" '^$'
need fdb del $M7 dev ovl2
need fdb add $M8 dev ovl0 nhid 10
said "of which all can be had" "^peer $implicit,peer $implicit\$"
need fdb del $M8 dev ovl0
said "all go" "^peer-del $implicit,peer-del $implicit\$"
