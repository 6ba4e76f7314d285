#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: outlives its timeout: 2
. "$(dirname "$0")/../../lib.sh"
pass "begins"
sleep 100
