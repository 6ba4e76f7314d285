#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Short, truncated and lying packets with the fast path, through GRO: as without.
# timeout: 150
ip link add probe type ovl-tun id 1 fastpath 2>/dev/null || {
	echo "1..0 # SKIP the kernel has no CONFIG_NETFILTER_INGRESS"
	exit 4
}
ip link del probe
export OVL_FASTPATH=1 OVL_GRO=1
exec "$(dirname "$0")/31_badpackets.py"
