#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovl-tun and the kernel's own geneve.ko understand each other. # timeout: 240
. "$(dirname "$0")/lib.sh"
. "$TESTS/interop.sh"

underlay both
encap=geneve port=6081
peer=(type geneve id 42 dstport 6081)
all_combinations
