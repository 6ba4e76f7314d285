#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: a variable is not set, so bash leaves in the middle.
. "$(dirname "$0")/../../lib.sh"
pass "begins"
# shellcheck disable=SC2154 # that is what it is about
echo "$unset"
pass "is not reached"
