#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: panics.
. "$(dirname "$0")/../../lib.sh"
pass "begins"
echo c >/proc/sysrq-trigger
