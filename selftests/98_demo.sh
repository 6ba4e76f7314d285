#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What `make demo` shows, on each kernel. # timeout: 120
exec "$(dirname "$0")/demo.sh"
