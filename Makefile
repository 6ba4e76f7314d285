# SPDX-License-Identifier: GPL-2.0
# ovl-tun: VXLAN and Geneve in one device. `make help` says what can be made.
# The kernel's own build reads Kbuild instead of this file.

KDIR    ?= /lib/modules/$(shell uname -r)/build
DESTDIR ?=
RELEASE ?=
TEST    ?=

VM := selftests/vm

.PHONY: all modules tools install clean objclean setup check check-debug check-long fuzz demo bench bench-quick bench-native bench-smp bench-scale lint regen help

all: modules tools

modules:
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): install them, or give KDIR=" >&2; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

tools:
	$(MAKE) -C tools

# modules_install puts ovl-tun.ko into updates/, where it comes first. It skips
# depmod with Debian's headers, which have no System.map; with DESTDIR that is
# left to whoever unpacks it.
install: modules tools
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=updates \
		$(if $(DESTDIR),DEPMOD=true) modules_install
	$(if $(DESTDIR),,depmod $(patsubst /lib/modules/%/build,%,$(filter /lib/modules/%/build,$(KDIR))))
	$(MAKE) -C tools install DESTDIR=$(DESTDIR)

# Without KDIR the objects still go: clean needs no kernel.
objclean:
	find . -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '*.o.d' -o -name modules.order \
		-o -name Module.symvers -o -name .module-common.c \) -exec rm -f {} +
	$(RM) -r src/compat/generated

clean: objclean
	$(MAKE) -C tools clean

# Everything that the targets below need on this machine; quick when all is there.
setup:
	@selftests/vm/setup

# All tests on all kernels. RELEASE=bookworm|trixie|sid and TEST=name narrow it.
# FRESH=1 also runs what has passed on this machine and did not change since,
# DEBUG=all, or names of tests, those on the debug kernel (see check-debug).
check: setup
	@selftests/check $(if $(FRESH),-f) $(if $(DEBUG),-d "$(DEBUG)") $(if $(RELEASE),-r $(RELEASE)) $(TEST)

# The same on kernels with checkers, built when they are missing: uml has KASAN, lockdep
# and kmemleak and is a process of this machine, kcsan looks for data races. A test that is
# named runs on uml only. With RELEASE=debug on one that has uml's checkers in QEMU.
check-debug: setup
	@status=0; for release in $(or $(RELEASE),uml $(if $(TEST),,kcsan)); do \
		selftests/check -r $$release $(TEST) || status=1; \
	done; exit $$status

# 10 million packets and 500,000 netlink messages under uml's checkers, and twice ten
# minutes of everything at once on four CPUs, under those of debug and kcsan. Packets go
# twice as fast when no stack is noted of each allocation but KASAN's; make check-debug
# looks for what they leak.
check-long: setup
	@OVL_SECONDS=20000 \
		OVL_APPEND="OVL_FUZZ=$(or $(PACKETS),10000000) kmemleak=off no_debug_objects" \
		selftests/vm/run -l $(or $(RELEASE),uml) 91_packet_fuzz
	@OVL_SECONDS=20000 OVL_APPEND="OVL_FUZZ=$(or $(MESSAGES),500000)" \
		selftests/vm/run -l $(or $(RELEASE),uml) 92_netlink_fuzz
	@for release in $(or $(RELEASE),debug kcsan); do \
		OVL_SECONDS=20000 OVL_CPUS=4 OVL_APPEND="OVL_STRESS=$(or $(STRESS),600)" \
			selftests/vm/run -l $$release 99_stress || exit; \
	done

# Each fuzz target for TIME seconds; make check runs them for a number of inputs.
fuzz: setup
	@$(MAKE) -s --no-print-directory -C selftests/fuzz long $(if $(TIME),TIME=$(TIME))

demo: setup
	@selftests/vm/run -l bookworm demo.sh

# What a packet costs, beside vxlan.ko and geneve.ko, on all kernels or on RELEASE's:
# into Documentation/performance.md, bench.json and bench.svg. PROFILE=case shows
# the functions in which a packet's instructions are, PROFILE=all writes a table of
# them by parts of the kernel.
bench: setup
	@selftests/bench/run $(if $(PROFILE),--profile $(PROFILE)) $(if $(filter-out all,$(PROFILE)),,-w) $(RELEASE)

# Some of it on one kernel, printed only
bench-quick: setup
	@selftests/bench/run -q $(RELEASE)

# The time that a packet takes in User-Mode Linux, which runs at this machine's speed:
# into Documentation/performance.md
bench-native: setup
	@selftests/bench/run -n -w

# Streams of two and four CPUs through one device, and the cache lines that they share:
# likewise
bench-smp: setup
	@selftests/bench/run -s -w $(RELEASE)

# 100,000 nodes and 1,000,000 forwarding entries beside vxlan.ko, a tenth with
# QUICK=1. RELEASE says on which kernel, trixie's if it doesn't.
bench-scale: setup
	@selftests/bench/scale $(if $(QUICK),-q) $(RELEASE)

lint: setup
	@selftests/host/lint

regen:
	Documentation/netlink/regen

help:
	@echo 'make                 build ovl-tun.ko for KDIR (default: the running kernel) and the tools'
	@echo 'make modules, tools  one of them;  make install [DESTDIR=];  make clean'
	@echo 'make demo            two nodes in a virtual machine: what it does, live'
	@echo 'make check           every test on every kernel; RELEASE=bookworm|trixie|sid, TEST=name, FRESH=1'
	@echo 'make check-debug     the same on a kernel with KASAN, lockdep, kmemleak, and on one that finds'
	@echo '                     data races; TEST=name: on the first; RELEASE=uml|kcsan|debug (many CPUs)'
	@echo 'make check-long      fuzzers and 99_stress for hours there; PACKETS=, MESSAGES=, STRESS=seconds'
	@echo 'make fuzz            the fuzz targets for 10 minutes each; TIME=seconds'
	@echo 'make bench           what a packet costs on all kernels; RELEASE=, PROFILE=case'
	@echo 'make bench-quick     the same in two minutes, on one kernel'
	@echo 'make bench-native    the time of a packet at native speed, in User-Mode Linux'
	@echo 'make bench-smp       streams of several CPUs through one device; RELEASE='
	@echo 'make bench-scale     what many nodes and forwarding entries cost; RELEASE=, QUICK=1'
	@echo 'make lint            W=1 builds with three gcc and clang, sparse, checkpatch, shellcheck'
	@echo 'make regen           make the generated files anew from Documentation/netlink/specs'
	@echo '$(VM)/shell RELEASE   an interactive guest with everything loaded'
