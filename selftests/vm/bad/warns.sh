#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: the kernel warns behind a test that passes.
. "$(dirname "$0")/../../lib.sh"
echo "<4>WARNING: CPU: 0 PID: 1 at net/fake.c:1 fake+0x0/0x1" >/dev/kmsg
pass "notices nothing"
