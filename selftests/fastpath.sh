# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests that run others with the fast path: ends the script as skipped where
# the kernel has none and says so, and as failed where it is refused for anything else.
said=$(ip link add probe type ovl-tun id 1 fastpath 2>&1 && ip link del probe) || {
	case $said in
	*CONFIG_NETFILTER_INGRESS*)
		echo "ok 1 - ${0##*/} # SKIP the kernel has no CONFIG_NETFILTER_INGRESS"
		echo "1..1"
		exit 4
		;;
	esac
	echo "not ok 1 - a device with the fast path"
	echo "# ${said//$'\n'/$'\n# '}"
	echo "1..1"
	exit 1
}
