#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# For which kernels Kbuild refuses to build.
cd "$(dirname "$0")" || exit
. ../lib.sh

# builds VERSION.PATCHLEVEL [CONFIG]...: read it as the build of such a kernel does
builds() {
	local version=$1
	shift
	printf 'all: ;\ninclude %s\n' ../../src/compat/preempt_rt.mk >"$_tmp/Makefile"
	make -s -f "$_tmp/Makefile" "VERSION=${version%.*}" "PATCHLEVEL=${version#*.}" "${@/%/=y}"
}
RT=CONFIG_PREEMPT_RT
check "a kernel without PREEMPT_RT" builds 7.2
check "PREEMPT_RT of before" builds 6.17 $RT
check_fail "PREEMPT_RT from 6.18 on" "needs ${RT}_NEEDS_BH_LOCK=y" builds 6.18 $RT
check_fail "and of 7" "needs ${RT}_NEEDS_BH_LOCK=y" builds 7.2 $RT
check "with the lock" builds 7.2 $RT ${RT}_NEEDS_BH_LOCK
check_match "Kbuild reads it" "$(cat ../../Kbuild)" 'include \$\(src\)/src/compat/preempt_rt\.mk'
