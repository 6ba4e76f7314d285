/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NEXTHOP_H
#define _OVL_TUN_NEXTHOP_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#include "addr.h"

struct netlink_ext_ack;
struct nexthop;
struct ovl_dev;
struct ovl_fdb_entry;
struct ovl_net;
struct ovl_peer;
struct sk_buff;

/**
 * struct ovl_leg - a member of a group
 * @id: of the nexthop
 * @addr: its address, for which @peer was made
 * @peer: NULL if there can't be one; &ovl_fdb.lock, read under RCU
 */
struct ovl_leg {
	u32 id;
	struct ovl_addr addr;
	struct ovl_peer *peer;
};

/**
 * struct ovl_legs - the members of a group
 * @rcu: frees it after the last reader
 * @n: how many
 * @leg: by their ids
 *
 * Immutable but for &ovl_leg.peer.
 */
struct ovl_legs {
	struct rcu_head rcu;
	unsigned int n;
	struct ovl_leg leg[];
};

/**
 * struct ovl_nexthop - a group of nexthops that forwarding entries lead to
 * @nh: the kernel's, with a reference
 * @legs: swapped under RTNL, read under RCU
 * @entries: struct ovl_fdb_entry by @member that lead here; &ovl_fdb.lock
 * @idle: in &ovl_fdb.idle_groups; &ovl_fdb.lock
 * @id: of the group
 * @stale: @legs are to be compared with the group again; RTNL
 * @rcu: frees it after the last reader
 */
struct ovl_nexthop {
	struct nexthop *nh;
	struct ovl_legs __rcu *legs;
	struct list_head entries;
	struct list_head idle;
	u32 id;
	bool stale;
	struct rcu_head rcu;
};

struct ovl_nexthop *ovl_nexthop_get(struct ovl_dev *ovl, u32 id,
				    struct netlink_ext_ack *extack);
void ovl_nexthop_join(struct ovl_nexthop *nexthop, struct ovl_fdb_entry *entry);
void ovl_nexthop_leave(struct ovl_dev *ovl, struct ovl_nexthop *nexthop,
		       struct ovl_fdb_entry *entry);
void ovl_nexthop_forget(struct ovl_peer *peer);
void ovl_nexthop_settle(struct ovl_dev *ovl);
void ovl_nexthops_destroy(struct ovl_dev *ovl);

struct ovl_peer *ovl_nexthop_select(const struct ovl_nexthop *nexthop,
				    u32 hash);
bool ovl_nexthop_resolve(const struct ovl_dev *ovl, u32 id, u32 hash,
			 struct ovl_addr *addr);
struct ovl_peer *ovl_nexthop_first(const struct ovl_nexthop *nexthop);
bool ovl_nexthop_has_source(const struct ovl_nexthop *nexthop,
			    const struct ovl_addr *source, int link);

int ovl_nexthop_init_net(struct ovl_net *on, struct net *net);
void ovl_nexthop_exit_net(struct ovl_net *on, struct net *net);

#endif /* _OVL_TUN_NEXTHOP_H */
