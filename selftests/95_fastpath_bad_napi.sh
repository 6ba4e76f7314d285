#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Short, truncated and lying packets with the fast path, through GRO: as without.
# timeout: 150
. "$(dirname "$0")/fastpath.sh"
export OVL_FASTPATH=1 OVL_GRO=1
exec "$(dirname "$0")/31_badpackets.py"
