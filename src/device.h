/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_DEVICE_H
#define _OVL_TUN_DEVICE_H

#include <linux/netdevice.h>
#include <linux/xarray.h>
#include <net/gro_cells.h>

#include "config.h"
#include "drop.h"
#include "fdb.h"
#include "group.h"
#include "peer.h"
#include "prefix.h"
#include "rule.h"
#include "set.h"
#include "socket.h"
#include "source.h"

struct ovl_echo;
struct ovl_path;

/**
 * struct ovl_dev - private part of an ovl-tun net_device
 * @dev: the net_device that this is the private part of
 * @net: underlay namespace, where sockets and routes are; no reference, its
 *	exit unregisters the device
 * @list: in &ovl_net.devices of @net; RTNL
 * @cfg: configuration; swapped under RTNL, read under RCU
 * @policy: for peers that have none of their own; changed under RTNL, read without
 * @remote: peer that the link's remote is, NULL without one; changed under
 *	RTNL, read under RCU
 * @program: what received packets go through, NULL without a rule; swapped under
 *	RTNL, read under RCU
 * @echo: options that are sent back, NULL without; changed under RTNL, read
 *	under RCU
 * @neigh: OVL_NEIGH_*; changed under RTNL
 * @forwards: frames are looked up in @fdb, or there are peers to flood them to,
 *	or @neigh has something to do with them; &ovl_fdb.lock, read without
 * @trunk: frames say in which VNI of @vnis they are, or in which of all there
 *	are, and are looked up with it; fixed at creation
 * @external: packets say where they go, see external.c; fixed at creation
 * @fastpath: see fastpath.c; changed under RTNL, read without
 * @vnis: struct ovl_vni by VNI; changed under RTNL, read under RCU
 * @n_vnis: how many; RTNL
 * @prefixes: inner prefixes of a layer 3 device
 * @fdb: forwarding table of a layer 2 device
 * @socks: where it listens while it is running
 * @group: memberships of these sockets in the link's remote; RTNL
 * @stats: drops
 * @gro_cells: receive queues
 * @sampler: of drops
 * @rule_sampler: of packets that rules want to be told of
 * @own: options for peers that have no set; see &ovl_set
 * @sets: struct ovl_set with a name, sorted by it; RTNL
 * @vni_options: most bytes of options that a VNI has of its own; RTNL
 * @rules: struct ovl_rule, sorted by their place; RTNL
 * @n_rules: how many; RTNL
 * @peers: struct ovl_peer by id; those of learned endpoints come in softirq,
 *	where one that turns out to be of no use goes again, others come and go
 *	under RTNL, the last ones by the destructor; read under RCU
 * @nexthops: struct ovl_nexthop by id; RTNL
 * @peer_names: struct ovl_peer_name; RTNL
 * @others: entry for packets of senders that are no peers; RTNL
 * @next_peer_id: where to look for a free id; RTNL
 * @next_implicit_id: likewise of an implicit peer; lock of @peers
 * @peer_encaps: number of peers by enum ovl_tun_encap; RTNL
 * @peer_families: number of peers by family, IPv4 first; RTNL
 * @policies: number of peers with a policy of their own; RTNL
 * @mtus: number of peers by their MTU; RTNL
 * @mtu_auto: the MTU follows the underlay; RTNL
 * @mtu_following: ovl_mtu_update() is at work; RTNL
 * @mtu_asking: the routes to peers from id @mtu_next on are to be asked; RTNL
 * @mtu_again: and then those to all once more; RTNL
 * @mtu_next: see @mtu_asking; RTNL
 * @link_gone: the interface that it sends through has gone, see link.c; RTNL
 */
struct ovl_dev {
	struct net_device *dev;
	struct net *net;
	struct list_head list;
	struct ovl_config __rcu *cfg;
	struct ovl_peer __rcu *remote;
	union ovl_policy policy;
	struct ovl_program __rcu *program;
	struct ovl_echo __rcu *echo;
	u8 neigh;
	bool forwards;
	bool trunk;
	bool external;
	bool fastpath;
	struct xarray vnis;
	unsigned int n_vnis;
	struct ovl_prefixes prefixes;
	struct ovl_fdb fdb;
	struct ovl_socks socks;
	struct ovl_group group;
	struct ovl_stats __percpu *stats;
	struct gro_cells gro_cells;
	struct ovl_sampler sampler;
	struct ovl_sampler rule_sampler;
	struct ovl_set own;
	struct rb_root sets;
	unsigned int vni_options;
	struct rb_root rules;
	unsigned int n_rules;
	struct xarray peers;
	struct xarray nexthops;
	struct rhashtable peer_names;
	struct ovl_sources others;
	u32 next_peer_id;
	u32 next_implicit_id;
	unsigned int peer_encaps[OVL_ENCAPS];
	unsigned int peer_families[2];
	unsigned int policies;
	struct xarray mtus;
	bool mtu_auto;
	bool mtu_following;
	bool mtu_asking;
	bool mtu_again;
	unsigned long mtu_next;
	bool link_gone;
};

/* What the outer headers of packets to a peer get. */
static inline union ovl_policy ovl_dev_policy(const struct ovl_dev *ovl,
					      const struct ovl_path *path)
{
	return (union ovl_policy){
		.word = path->policy.word ?: READ_ONCE(ovl->policy.word),
	};
}

/* The mark that a packet's route is looked up with: who may mark packets in a
 * namespace chooses no route in another.
 */
static inline u32 ovl_dev_mark(const struct ovl_dev *ovl,
			       const struct sk_buff *skb)
{
	return likely(net_eq(ovl->net, dev_net(ovl->dev))) ? skb->mark : 0;
}

/* Whether packets from a socket are for the device. RCU read section. */
static inline bool ovl_dev_listens(const struct ovl_dev *ovl,
				   const struct ovl_sock *os)
{
	return rcu_access_pointer(ovl->socks.at[os->encap][os->family == AF_INET6]) == os;
}

void ovl_dev_setup(struct net_device *dev);
void ovl_dev_setup_layer(struct net_device *dev, u8 layer);
u32 ovl_dev_trunk(struct ovl_dev *ovl, const struct ovl_config *cfg);
bool ovl_dev_is(const struct net_device *dev);
int ovl_dev_apply(struct ovl_dev *ovl, const struct ovl_config *cfg,
		  struct netlink_ext_ack *extack);
void ovl_dev_discard(struct ovl_dev *ovl);
bool ovl_dev_rest(struct ovl_dev *ovl);
int ovl_dev_listen(struct ovl_dev *ovl, const struct ovl_path *extra,
		   struct netlink_ext_ack *extack);
int ovl_dev_listen_without(struct ovl_dev *ovl, const struct ovl_path *path);
void ovl_dev_reserve(struct ovl_dev *ovl, unsigned int overhead);
void ovl_dev_publish_peers(struct ovl_dev *ovl);
void ovl_dev_cancel_peers(struct ovl_dev *ovl);
int ovl_dev_event(struct notifier_block *nb, unsigned long event, void *ptr);

#endif /* _OVL_TUN_DEVICE_H */
