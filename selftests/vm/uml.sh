# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by qemu.sh: a guest that is a process of this machine, User-Mode Linux.

# Inside the new namespaces, as root still: memory and changed blocks go to a
# tmpfs that is gone with them. Process 1 must be another one than the kernel,
# because that ends a panic with a signal to itself. $1 nobody, $2 DIR
UML_INSIDE='
	ulimit -c 0
	mount -t tmpfs -o "uid=$1,mode=700" tmpfs "$2/uml"
	user=$1 dir=$2
	shift 2
	TMPDIR=$dir/uml HOME=$dir/uml setpriv --reuid "$user" --regid "$user" \
		--clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all "$@" &
	wait $!
'

# The first process: what the /init of the root does, with other disks.
UML_INIT='mount -t proc proc /proc; mount -t sysfs sysfs /sys;'
UML_INIT+=' mount -o ro /dev/ubdb /work; exec /work/selftests/vm/init'

# uml_guest DIR RELEASE [here]: see guest in qemu.sh. The kernel runs as nobody,
# without a capability, without a network, and sees no file but its disks: of
# the root it changes a copy, of DIR it writes the disk "out".
uml_guest() {
	local dir=$1 here=${3:-} root kernel user disks args
	root=$("$VM/root" "$2")
	kernel=$("$VM/kernel-debug" "$2")
	user=$(id -u nobody)
	mkdir -p "$dir/uml"
	chown "$user" "$dir/uml" "$dir/out.tar"
	chmod 711 "$dir"
	# "c": no lock, QEMU may have the same root. FILE,BACKING,SERIAL
	disks=("ubd0c=$dir/uml/root,$root/root.ext4,root"
		"ubd1rc=$dir/work.ext4,,work" "ubd2c=$dir/out.tar,,out")
	args=("$kernel/vmlinux" "mem=${OVL_MEM:-1024}M" "uml_dir=$dir/uml" umid=ovl
		"${disks[@]}" root=/dev/ubda rootfstype=ext4 rootflags=noinit_itable rw quiet oops=panic
		con=null ssl=null)
	[ "$2" != uml ] || args+=(kmemleak=on kasan_multi_shot)
	if [ -n "$here" ]; then
		args+=("con0=null,fd:2" "ssl0=fd:0,fd:1")
	else
		args+=("con0=null,fd:1" "ssl1=null,fd:3")
	fi
	# shellcheck disable=SC2206 # words
	args+=(${OVL_APPEND:-} init=/bin/sh -- -c "\"$UML_INIT\"")

	# Its consoles want something to poll, which a file is not.
	if [ -z "$here" ]; then
		mkfifo "$dir/console.fifo" "$dir/tap.fifo"
		cat "$dir/console.fifo" >"$dir/console.log" &
		cat "$dir/tap.fifo" >"$dir/tap.log" &
		exec >"$dir/console.fifo" 2>&1 3>"$dir/tap.fifo"
	fi
	# It dies with this shell.
	setpriv --pdeathsig KILL unshare --mount --net --ipc --uts --pid --fork \
		--kill-child --mount-proc bash -euc "$UML_INSIDE" uml "$user" "$dir" "${args[@]}" || :
	exec >/dev/null 2>&1 3>&-
	wait
	rm -f "$dir"/*.fifo
}
