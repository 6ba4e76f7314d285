#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The fast path where packets come through GRO, and are taken there.
# timeout: 150
export OVL_GRO=1
exec "$(dirname "$0")/90_fastpath.py"
