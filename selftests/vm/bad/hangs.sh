#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: the whole guest stops. timeout: 2
. "$(dirname "$0")/../../lib.sh"
pass "begins"
echo 0 >/proc/sys/kernel/panic # stay dead, do not restart
echo c >/proc/sysrq-trigger
