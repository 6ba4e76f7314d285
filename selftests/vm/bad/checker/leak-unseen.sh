#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For the bed's own test: kmemleak ends, as it does by itself when it has no memory.
# It finds nothing from then on, and that has to be said.
. "$(dirname "$0")/../../../lib.sh"
need sh -c 'echo off >/sys/kernel/debug/kmemleak'
pass "notices nothing"
