# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the scripts of the virtual-machine bed: where things are kept and
# how a command is run inside a release's root.

set -euo pipefail

VM=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$VM/../.." && pwd)
CACHE=${OVL_CACHE:-/var/cache/ovl-tun}
RELEASES=(bookworm trixie sid)
DEBUG_KERNELS=(debug uml kcsan umfast)

log() { printf '# %s\n' "$*" >&2; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 2; }

known_release() {
	local r
	for r in "${RELEASES[@]}" "${DEBUG_KERNELS[@]}"; do [ "$r" != "$1" ] || return 0; done
	die "unknown release '$1' (one of: ${RELEASES[*]} ${DEBUG_KERNELS[*]})"
}

# Debug kernels, two for QEMU and one for User-Mode Linux, are built here, and one
# without checkers. They run with bookworm's userland.
debug_kernel() { [[ " ${DEBUG_KERNELS[*]} " == *" $1 "* ]]; }
um_kernel() { [ "$1" = uml ] || [ "$1" = umfast ]; }
root_release() { if debug_kernel "$1"; then echo bookworm; else echo "$1"; fi; }

# key WORD...: short hash of the words and of standard input.
key() { { printf '%s\n' "$@"; cat; } | sha256sum | cut -c1-12; }

# locked NAME CMD...: one process at a time; the lock dies with its holder.
locked() {
	local name=$1 fd
	shift
	mkdir -p "$CACHE"
	exec {fd}>"$CACHE/$name.lock"
	flock "$fd"
	"$@" {fd}>&-
	exec {fd}>&-
}

# Builds are kept per source tree, so that two clones do not fight.
build_dir() { echo "$CACHE/build/$(key "$TOP" </dev/null)/$1"; }

# in_root ROOT [SRC:DST]... -- CMD...: run CMD in the root with the given
# directories bound into it. Everything else that it writes goes to a tmpfs
# and is gone afterwards; mounts and network are its own.
in_root() {
	local root=$1 binds=()
	shift
	mkdir -p "$root/mnt"
	while [ "$1" != -- ]; do binds+=("$1"); shift; done
	shift
	unshare --mount --net --pid --fork --kill-child bash -euc '
		cd "$1"
		binds=$2; shift 2
		mount -t tmpfs tmpfs mnt
		mkdir mnt/up mnt/work mnt/root
		mount -t overlay overlay -o lowerdir=tree,upperdir=mnt/up,workdir=mnt/work mnt/root
		mount -t proc proc mnt/root/proc
		mount --rbind /dev mnt/root/dev
		mount -t tmpfs tmpfs mnt/root/tmp
		while [ $((binds--)) -gt 0 ]; do
			mkdir -p "mnt/root${1#*:}"
			mount --bind "${1%%:*}" "mnt/root${1#*:}"
			shift
		done
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
			TERM="${TERM:-dumb}" chroot mnt/root "$@"
	' in_root "$root" "${#binds[@]}" "${binds[@]}" "$@"
}
