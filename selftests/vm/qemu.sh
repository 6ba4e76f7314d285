# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced after common.sh: starts a guest, in QEMU or, for releases "uml" and
# "umfast", as uml.sh does it.
. "$VM/uml.sh"

# prepare DIR RELEASE TESTS: build what the guest needs, and put the work disk
# and the empty result disk into DIR. TESTS: "NAME SECONDS" lines, or nothing.
prepare() {
	local dir=$1 release=$2 tests=$3 built
	built=$("$VM/build" "$release")
	mkdir -p "$dir/work"
	(cd "$built/src" && cp -a --parents selftests tools uapi Documentation "$dir/work/")
	find "$dir/work" -name '*.o' -delete
	cp -a "$built/stage" "$dir/work/"
	[ -z "$tests" ] || printf '%s\n' "$tests" >"$dir/work/tests"
	[ ! -t 0 ] || stty size >"$dir/work/winsize"
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$dir/work" "$dir/work.ext4" \
		"$(($(du -sk "$dir/work" | cut -f1) * 3 / 2 + 8192))k" >/dev/null
	rm -rf "$dir/work"
	truncate -s 64M "$dir/out.tar"
}

# take_slot: wait until fewer guests than cores run on this machine, whoever started
# them; more would only make each other time out. Held through fd $slot. OVL_SLOTS in
# the environment is another number.
take_slot() {
	local i
	mkdir -p "$CACHE"
	while :; do
		for ((i = ${OVL_SLOTS:-$(nproc)}; i > 0; i--)); do
			exec {slot}>"$CACHE/slot.$i"
			! flock -n "$slot" || return 0
			exec {slot}>&-
		done
		sleep 0.5
	done
}

# disk FILE SERIAL [OPTIONS]: QEMU's arguments for a virtio disk
disk() {
	echo "-drive file=$1,if=none,id=$2,format=raw${3:-} -device virtio-blk-pci,drive=$2,serial=$2"
}

# A debug kernel has its own files; everything else comes with the root.
kernel_of() {
	if debug_kernel "$1"; then
		echo "$("$VM/kernel-debug" "$1")/vmlinux"
	else
		echo "$("$VM/root" "$1")/kernel"
	fi
}

# guest DIR RELEASE [here]: run it until it ends. Console and tests write into
# DIR/console.log and DIR/tap.log, or the console is this terminal.
guest() {
	if um_kernel "$2"; then uml_guest "$@"; else qemu_guest "$@"; fi
}

# counting_guest DIR RELEASE [CPU]: the same, where 1 ns of its time is an
# instruction. One virtual CPU runs at a time; there may be more. CPU: what else
# QEMU's has or has not.
counting_guest() {
	local qemu_more=(-icount "shift=0,sleep=off" -rtc "clock=vm,base=2026-01-01" -seed 1
		${qemu_more+"${qemu_more[@]}"})
	local OVL_ACCEL=tcg,thread=single OVL_CPU=max,-rdrand,-rdseed${3:-}
	guest "$1" "$2" </dev/null
}

# tsc_khz DIR: of this machine, whose TSC a guest has. It would measure that against
# emulated timers while others have its CPU, and has taken 2,596 MHz for 70: its seconds
# were so short that everything timed out.
tsc_khz() {
	gcc -O2 -Wall -o "$1/tsc_khz" "$VM/tsc_khz.c" && "$1/tsc_khz"
}

# Becomes QEMU.
qemu_guest() {
	local dir=$1 release=$2 root kernel append serials memory=768 cpus=2 threads=single
	if [ -n "${3:-}" ]; then
		serials=(-serial mon:stdio -serial null)
	else
		serials=(-serial "file:$dir/console.log" -serial "file:$dir/tap.log")
	fi
	root=$("$VM/root" "$release")
	kernel=$(kernel_of "$release")
	append="console=ttyS0 quiet panic=-1 oops=panic root=/dev/nvme0n1"
	append+=" rootfstype=ext4 rootflags=noinit_itable rw init=/init"
	# QEMU translates code once per virtual address: without randomization a
	# process starts five times faster.
	append+=" norandmaps nokaslr"
	# The check of the timer compares emulated time with a busy machine's. So
	# does that of the TSC, and each look at the clock it would be replaced with
	# is a trip into QEMU.
	append+=" no_timer_check tsc=reliable"
	# Where instructions are counted, its time is another one, which nobody takes away.
	[[ " ${qemu_more[*]-} " == *' -icount '* ]] ||
		append+=" tsc_early_khz=$(tsc_khz "$dir")"
	# One thread for all virtual CPUs: with one for each, a guest has been seen
	# to panic on a breakpoint of the kernel's own text patching, which another
	# CPU met after it had gone. It costs no time when two guests run at once.
	# The debug kernels patch nothing while they run, and are there to meet races.
	# KCSAN waits beside an access for somebody to come by: longer than it would on
	# a machine of its own, as threads of one that is busy take turns. Tests take
	# 1.8 times as long by it.
	case $release in
	debug)
		memory=1536 threads=multi
		append+=" kmemleak=on kasan_multi_shot"
		;;
	kcsan)
		memory=1024 threads=multi cpus=4
		append+=" kcsan.udelay_task=3000 kcsan.udelay_interrupt=600"
		append+=" kcsan.skip_watch=500"
		;;
	esac
	append+=" ${OVL_APPEND:-}"
	# Some of what QEMU can emulate only costs: with ERMS and FSRM the kernel and
	# libc copy and clear byte by byte, SMAP makes two translations of much of
	# the kernel, and LA57 is one more table for each address.
	local cpu=max,-erms,-fsrm,-la57,-pku,-umip
	# The debug kernel is to notice a stray look at user memory.
	[ "$release" = debug ] || cpu+=,-smap,-smep
	# shellcheck disable=SC2046 # disk prints words
	exec qemu-system-x86_64 -nodefaults -no-user-config -M q35 \
		-accel "${OVL_ACCEL:-tcg,thread=$threads}" -cpu "${OVL_CPU:-$cpu}" -smp "${OVL_CPUS:-$cpus}" \
		-m "${OVL_MEM:-$memory}" \
		-display none -no-reboot -kernel "$kernel" -append "$append" \
		-drive "file=$root/root.ext4,if=none,id=root,format=raw,snapshot=on" \
		-device nvme,drive=root,serial=root \
		$(disk "$dir/work.ext4" work ,readonly=on) \
		$(disk "$dir/out.tar" out) "${serials[@]}" ${qemu_more+"${qemu_more[@]}"}
}
