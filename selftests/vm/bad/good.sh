#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: a good test, run last, in a fresh guest.
. "$(dirname "$0")/../../lib.sh"
check "true is true" true
