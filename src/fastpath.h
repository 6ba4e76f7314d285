/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_FASTPATH_H
#define _OVL_TUN_FASTPATH_H

#include <linux/in6.h>
#include <linux/netlink.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "config.h"
#include "drop.h"

struct net;
struct net_device;
struct ovl_dev;
struct ovl_net;
struct ovl_rx;
struct sk_buff;

/**
 * struct ovl_fast_net - the fast path in an underlay namespace
 * @net: the namespace; its exit ends @work
 * @hooks: struct ovl_fast_hook by ifindex; changed under RTNL, read under RCU
 * @users: devices with the fast path; written under RTNL
 * @wanted: ifindex of the device that is to get a hook next, 0 for none
 * @work: gives it the hook
 */
struct ovl_fast_net {
	struct net *net;
	struct xarray hooks;
	unsigned int users;
	int wanted;
	struct work_struct work;
};

/**
 * struct ovl_fast - how the IP stack has judged packets of a peer, on a CPU
 * @saddr4: outer source, IPv4; the peer may get another endpoint
 * @daddr4: outer destination, IPv4
 * @saddr6: outer source, IPv6
 * @daddr6: outer destination, IPv6
 * @until: jiffies from which on it has to judge anew
 * @dscps: bit mask of the DSCPs of the packets
 * @gen: generation of the namespace's routes
 * @ifindex: device that they came in by
 * @mark: their mark
 * @family: AF_INET or AF_INET6; 0 as long as there is no judgement
 *
 * Touched with bottom halves disabled only.
 */
struct ovl_fast {
	union {
		struct {
			__be32 saddr4;
			__be32 daddr4;
		};
		struct {
			struct in6_addr saddr6;
			struct in6_addr daddr6;
		};
	};
	unsigned long until;
	u64 dscps;
	u32 gen;
	int ifindex;
	u32 mark;
	u8 family;
};

void ovl_fast_init_net(struct ovl_net *on, struct net *net);
void ovl_fast_exit_net(struct ovl_net *on);
int ovl_fast_check(const struct ovl_config *cfg,
		   struct netlink_ext_ack *extack);
void ovl_fast_set(struct ovl_dev *ovl, bool on);
void ovl_fast_dev_gone(struct net_device *dev);
bool ovl_fast_gro(struct ovl_rx *rx, struct sk_buff *skb);
void ovl_fast_note(const struct ovl_rx *rx, const struct sk_buff *skb);

#endif /* _OVL_TUN_FASTPATH_H */
