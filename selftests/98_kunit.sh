#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The KUnit suites of src/test, on a kernel that has KUnit. # timeout: 60
. "$(dirname "$0")/lib.sh"

MODULE=/usr/lib/ovl-tun-kunit/ovl-tun.ko
RESULTS=/sys/kernel/debug/kunit
SUITES="fdb option optset prefix program source template"

[ -e "$MODULE" ] || [ -e /sys/kernel/debug/kunit ] || skip_all "the kernel has no KUnit"

# relay SUITE: what the kernel says of its cases, as points
relay() {
	local line plan='' cases=0 why=''
	while IFS= read -r line; do
		case $line in
		"    1.."*) plan=${line##*..} ;;
		"    ok "*"# SKIP"*)
			skip "$1: $(name "$line")" "${line#*# SKIP }" ;;
		"    ok "*) pass "$1: $(name "$line")" ;;
		"    not ok "*)
			fail "$1: $(name "$line")"
			diag "${why:-(nothing was said)}" ;;
		*)
			why+=${why:+$'\n'}$line
			continue ;;
		esac
		why=''
		[[ $line != *"ok "* ]] || cases=$((cases + 1))
	done <"$RESULTS/ovl_tun_$1/results"
	check "$1: $cases cases of ${plan:-an unknown number} have run" \
		test "${plan:-0}" = $cases
}
name() { sed -E 's/^ *(not )?ok [0-9]+ (- )?//; s/ +#.*//' <<<"$1"; }

# What it stands on comes with the module that has no suites.
need modprobe ovl-tun
need rmmod ovl-tun
check "the module with the suites is loaded" insmod "$MODULE" || exit
for suite in $SUITES; do
	if [ -e "$RESULTS/ovl_tun_$suite/results" ]; then
		relay "$suite"
	else
		fail "$suite: there is such a suite"
	fi
done
check "and unloaded" rmmod ovl-tun
