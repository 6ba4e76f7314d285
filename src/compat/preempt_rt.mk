# SPDX-License-Identifier: GPL-2.0
# What a CPU keeps, as the routes to a peer, is its own as long as bottom halves are
# off. With PREEMPT_RT that is so because of a lock, which kernels from 6.18 on have
# only on demand: there another task may be given the CPU in the middle.
ifeq ($(CONFIG_PREEMPT_RT)$(CONFIG_PREEMPT_RT_NEEDS_BH_LOCK),y)
ifeq ($(shell test $$(($(VERSION) * 1000 + $(PATCHLEVEL))) -ge 6018 && echo y),y)
$(error ovl-tun needs CONFIG_PREEMPT_RT_NEEDS_BH_LOCK=y on a kernel with PREEMPT_RT)
endif
endif
