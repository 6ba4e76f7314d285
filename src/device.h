/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_DEVICE_H
#define _OVL_TUN_DEVICE_H

#include <linux/netdevice.h>
#include <net/gro_cells.h>

#include "config.h"
#include "drop.h"
#include "optset.h"
#include "peer.h"
#include "socket.h"

/**
 * struct ovl_dev - private part of an ovl-tun net_device
 * @dev: the net_device that this is the private part of
 * @net: underlay namespace, where sockets and routes are; no reference, its
 *	exit unregisters the device
 * @list: in &ovl_net.devices of @net; RTNL
 * @cfg: configuration; swapped under RTNL, read under RCU
 * @tx: sending side of the remote, NULL without one; swapped under RTNL, read
 *	under RCU
 * @opts: options to attach, of which @tx has a copy; RTNL
 * @binds: where it listens while it is running
 * @stats: drops
 * @gro_cells: receive queues
 * @path_mtu: of the last known route to the remote; RTNL
 * @mtu_auto: the MTU follows the underlay; RTNL
 * @mtu_following: ovl_dev_update_mtu() is at work; RTNL
 */
struct ovl_dev {
	struct net_device *dev;
	struct net *net;
	struct list_head list;
	struct ovl_config __rcu *cfg;
	struct ovl_peer_tx __rcu *tx;
	struct ovl_optset opts;
	struct ovl_binds binds;
	struct ovl_stats __percpu *stats;
	struct gro_cells gro_cells;
	unsigned int path_mtu;
	bool mtu_auto;
	bool mtu_following;
};

void ovl_dev_setup(struct net_device *dev);
bool ovl_dev_is(const struct net_device *dev);
int ovl_dev_apply(struct ovl_dev *ovl, const struct ovl_config *cfg,
		  const struct ovl_optset *opts,
		  struct netlink_ext_ack *extack);
void ovl_dev_free_config(struct ovl_dev *ovl);
void ovl_dev_update_mtu(struct ovl_dev *ovl);
int ovl_dev_event(struct notifier_block *nb, unsigned long event, void *ptr);

#endif /* _OVL_TUN_DEVICE_H */
