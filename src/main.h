/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_MAIN_H
#define _OVL_TUN_MAIN_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/notifier.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "fastpath.h"

#define OVL_DRV_NAME	"ovl-tun"

/**
 * struct ovl_net - what one network namespace holds as an underlay
 * @devices: struct ovl_dev by @list whose packets enter and leave here, in
 *	whatever namespace the net_device itself is; RTNL
 * @sockets: struct ovl_sock by @list that are open here; changed under RTNL,
 *	read under RCU
 * @gen: changes whenever peers of the namespace's devices do, for dumps; those
 *	that are learned come without RTNL
 * @trunks: how many have been given to devices, see ovl_dev_trunk(); RTNL
 * @sources: struct ovl_source by VNI and outer source; see source.c
 * @nexthop_event: hears of changes of nexthops
 * @nexthop_work: has devices follow them
 * @link_work: removes devices whose link has gone, see link.c
 * @mtu_work: has devices with many peers follow the underlay's MTU
 * @fast: the fast path
 * @ending: devices that have ended and may have entries in @sources yet
 */
struct ovl_net {
	struct list_head devices;
	struct list_head sockets;
	atomic_t gen;
	u32 trunks;
	struct rhltable sources;
	struct notifier_block nexthop_event;
	struct delayed_work nexthop_work;
	struct work_struct link_work;
	struct work_struct mtu_work;
	struct ovl_fast_net fast;
	atomic_t ending;
};

struct ovl_net *ovl_net(const struct net *net);

/* Generation of what a dump in a namespace shows. Device list included. */
static inline unsigned int ovl_net_gen(const struct net *net)
{
	return atomic_read(&ovl_net(net)->gen) + net->dev_base_seq;
}

#endif /* _OVL_TUN_MAIN_H */
