#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: a module does what this script's link in checker/ is
# called. The test passes; the kernel's checkers have to say something.
# shellcheck source=../../lib.sh
. "$(dirname "$0")/../../../lib.sh"
kind=${0##*/}
need insmod "$TESTS/vm/bad/module/ovl-bad.ko" kind="${kind%.sh}"
pass "notices nothing"
need rmmod ovl-bad
