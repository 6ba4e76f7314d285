# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by tests that run others with the fast path: ends the script as skipped where
# the kernel has none, and as failed where a device is refused for anything else.
said=$(PYTHONPATH=$(dirname "$0") python3 -c 'import packets; print(packets.has_fast_path())' 2>&1)
case $said in
True) ;;
False)
	echo "ok 1 - ${0##*/} # SKIP the kernel has no CONFIG_NETFILTER_INGRESS"
	echo "1..1"
	exit 4
	;;
*)
	echo "not ok 1 - a device with the fast path"
	echo "# ${said//$'\n'/$'\n# '}"
	echo "1..1"
	exit 1
	;;
esac
