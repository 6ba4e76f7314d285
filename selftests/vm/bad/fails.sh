#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: fails.
. "$(dirname "$0")/../../lib.sh"
check "true is false" false
