#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module loads by itself when a device is asked for, and goes away again.
. "$(dirname "$0")/lib.sh"

setup_ns ns

check "no module at first" test ! -e /sys/module/ovl_tun
check "ip link add loads it" ip -n "$ns" link add ovl0 type ovl-tun id 1
check "the device is of our kind" \
	sh -c "ip -n $ns -d -j link show ovl0 | jq -e '.[0].linkinfo.info_kind == \"ovl-tun\"'"
check "it goes up" ip -n "$ns" link set ovl0 up
check "rmmod takes devices with it" modprobe -r ovl-tun
check_fail "the device is gone" 'does not exist' ip -n "$ns" link show ovl0
check "it loads again" modprobe ovl-tun
check "and unloads" modprobe -r ovl-tun
