#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ovl-tun and the kernel's own vxlan.ko understand each other. # timeout: 240
. "$(dirname "$0")/lib.sh"
. "$TESTS/interop.sh"

underlay both
encap=vxlan port=4789
peer=(type vxlan id 42 dstport 4789 nolearning)
all_combinations
