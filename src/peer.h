/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_PEER_H
#define _OVL_TUN_PEER_H

#include <linux/atomic.h>
#include <linux/rhashtable.h>
#include <linux/u64_stats_sync.h>

#include "config.h"
#include "fastpath.h"
#include "path.h"
#include "prefix.h"
#include "source.h"

struct ovl_dev;
struct ovl_path;
struct ovl_set;

#define OVL_PEER_REMOTE	0	/* id of the link's own remote */

/* For ovl_peer_new(): a free id of a user's peer, or of a forwarding entry's. */
#define OVL_PEER_ANY		U32_MAX
#define OVL_PEER_ANY_IMPLICIT	(U32_MAX - 1)

/**
 * struct ovl_peer_config - what is said of a peer
 * @remote: outer address
 * @local: outer source
 * @given: enum ovl_tun_peer_field, of which fields the peer has its own; the
 *	device's hold for the others
 * @vni: VNI that it is sent
 * @rx_vni: VNI that it sends
 * @mtu: largest inner packet that it takes
 * @set: options that it is sent, or NULL; counted in &ovl_set.users
 * @link: ifindex to send through, 0 for the device's; of forwarding entries'
 * @label: outer IPv6 flow label, network byte order
 * @port: UDP port, network byte order
 * @encap: enum ovl_tun_encap that it is sent
 * @ttl: outer TTL
 * @tos: outer TOS, or OVL_TOS_INHERIT
 * @df: enum ovl_tun_df
 * @ttl_inherit: outer TTL is the inner one
 * @udp_csum: UDP checksum over IPv4
 * @zero_csum6_tx: no UDP checksum over IPv6
 * @nooptions: enum ovl_tun_nooptions
 */
struct ovl_peer_config {
	struct ovl_addr remote;
	struct ovl_addr local;
	u32 given;
	u32 vni;
	u32 rx_vni;
	u32 mtu;
	struct ovl_set *set;
	int link;
	__be32 label;
	__be16 port;
	u8 encap;
	u8 ttl;
	u8 tos;
	u8 df;
	bool ttl_inherit;
	bool udp_csum;
	bool zero_csum6_tx;
	u8 nooptions;
};

/**
 * struct ovl_peer_stats - traffic of a peer on a CPU
 * @rx_packets: inner packets received
 * @rx_bytes: their bytes
 * @tx_packets: inner packets sent
 * @tx_bytes: their bytes
 * @seen: jiffies of the last one received
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct ovl_peer_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	unsigned long seen;
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_peer_cpu - what a CPU keeps for a peer
 * @path: for sending to it
 * @fast: how packets from it look
 * @stats: traffic
 */
struct ovl_peer_cpu {
	struct ovl_path_cpu path;
	struct ovl_fast fast;
	struct ovl_peer_stats stats;
};

/**
 * struct ovl_peer_totals - struct ovl_peer_stats summed over all CPUs
 * @rx_packets: inner packets received
 * @rx_bytes: their bytes
 * @tx_packets: inner packets sent
 * @tx_bytes: their bytes
 * @seen: jiffies of the last one received, if there was any
 */
struct ovl_peer_totals {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	unsigned long seen;
};

/**
 * struct ovl_peer_drops - packets from and to a peer that were dropped
 * @count: by enum ovl_tun_drop
 *
 * Made with the first drop, shared by all CPUs: those of the device are per
 * CPU and count the same packets.
 */
struct ovl_peer_drops {
	atomic_long_t count[__OVL_TUN_DROP_MAX];
};

/**
 * struct ovl_macs - MAC addresses
 * @n: how many
 * @addr: addresses
 */
struct ovl_macs {
	unsigned int n;
	u8 addr[][ETH_ALEN];
};

/**
 * struct ovl_peer_name - name of a peer
 * @node: in &ovl_dev.peer_names; RTNL
 * @peer: peer
 * @text: name
 * @rcu: frees it after the last reader
 *
 * Apart from the peer so that a new name can be put in before the old one goes.
 */
struct ovl_peer_name {
	struct rhash_head node;
	struct ovl_peer *peer;
	char text[OVL_TUN_MAX_PEER_NAME + 1];
	struct rcu_head rcu;
};

/**
 * struct ovl_peer - another node
 * @path: how packets are sent to it; swapped under RTNL, read under RCU
 * @ovl: device
 * @cpu: routes and traffic
 * @drops: NULL until the first; set once, read under RCU
 * @cfg: what is said of it; RTNL
 * @sources: where its packets come from; RTNL
 * @prefixes: &ovl_prefix.list of its inner prefixes; RTNL
 * @macs: MAC addresses behind it, NULL without any; RTNL
 * @name: NULL without one; RTNL
 * @moved: in the list of those who lose a prefix in a change; RTNL
 * @next_path: what becomes @path in the change that is being made; RTNL
 * @next_sources: what becomes @sources; RTNL
 * @route_mtu: MTU of the last known route, 0 if there was none; RTNL
 * @mtu: largest inner packet that it left, as counted in &ovl_dev.mtus; RTNL
 * @users: destinations of forwarding entries, and members of groups of nexthops,
 *	that are it; &ovl_fdb.lock, also read without
 * @fixed: those of them that somebody has asked for; likewise
 * @idle: in &ovl_fdb.idle; &ovl_fdb.lock
 * @id: number on its device; changed under RTNL, read without
 * @rank: enum ovl_rank; changed under RTNL, read without
 * @implicit: made by the link's remote or a forwarding entry; changed under RTNL,
 *	read without
 * @gone: no forwarding entry may lead to it any more; &ovl_fdb.lock
 * @told: one of entries of which those who watch know; RTNL
 * @rcu: frees it after the last reader
 */
struct ovl_peer {
	struct ovl_path __rcu *path;
	struct ovl_dev *ovl;
	struct ovl_peer_cpu __percpu *cpu;
	struct ovl_peer_drops *drops;
	struct ovl_peer_config cfg;
	struct ovl_sources sources;
	struct list_head prefixes;
	struct ovl_macs *macs;
	struct ovl_peer_name *name;
	struct list_head moved;
	struct ovl_path *next_path;
	struct ovl_sources next_sources;
	unsigned int route_mtu;
	unsigned int mtu;
	unsigned int users;
	unsigned int fixed;
	struct list_head idle;
	u32 id;
	u8 rank;
	bool implicit;
	bool gone;
	bool told;
	struct rcu_head rcu;
};

static inline const char *ovl_peer_name(const struct ovl_peer *peer)
{
	return peer->name ? peer->name->text : "";
}

/**
 * enum ovl_list_op - what a request does with an element of a list
 * @OVL_LIST_ADD: put it in
 * @OVL_LIST_DEL: take it out
 */
enum ovl_list_op {
	OVL_LIST_ADD,
	OVL_LIST_DEL,
};

/**
 * struct ovl_prefix_op - a prefix in a request
 * @key: prefix
 * @op: enum ovl_list_op
 */
struct ovl_prefix_op {
	struct ovl_prefix_key key;
	u8 op;
};

/**
 * struct ovl_peer_request - what a peer is to become
 * @cfg: all of its settings
 * @name: its name, NULL to leave it
 * @prefix: changes of its prefixes
 * @n_prefix: how many
 * @replace_prefixes: those not in @prefix go
 * @macs: MAC addresses, to be taken over
 * @set_macs: whether @macs is to replace those it has
 */
struct ovl_peer_request {
	struct ovl_peer_config cfg;
	const char *name;
	struct ovl_prefix_op *prefix;
	unsigned int n_prefix;
	bool replace_prefixes;
	struct ovl_macs *macs;
	bool set_macs;
};

int ovl_peer_cache_init(void);
void ovl_peer_cache_destroy(void);
int ovl_peers_init(struct ovl_dev *ovl);
void ovl_peers_hide(struct ovl_dev *ovl, unsigned int max);
void ovl_peers_destroy(struct ovl_dev *ovl);

int ovl_peer_names_init(struct ovl_dev *ovl);
struct ovl_peer *ovl_peer_by_name(const struct ovl_dev *ovl, const char *name);
struct ovl_peer_name *ovl_peer_name_add(struct ovl_peer *peer, const char *text,
					struct netlink_ext_ack *extack);
void ovl_peer_name_del(struct ovl_dev *ovl, struct ovl_peer_name *name);

struct ovl_peer *ovl_peer_new(struct ovl_dev *ovl, u32 id,
			      struct netlink_ext_ack *extack);
int ovl_peer_enter(struct ovl_dev *ovl, struct ovl_peer *peer, u32 *id,
		   gfp_t gfp, struct netlink_ext_ack *extack);
void ovl_peer_free(struct ovl_peer *peer);
struct ovl_peer *ovl_peer_learn(struct ovl_dev *ovl,
				const struct ovl_config *cfg,
				const struct ovl_peer_config *own);
void ovl_peer_set_rank(struct ovl_peer *peer, enum ovl_rank rank);
void ovl_peer_take_rank(struct ovl_peer *peer, enum ovl_rank rank);

void ovl_peer_effective(struct ovl_config *eff, const struct ovl_config *cfg,
			const struct ovl_peer_config *own);

int ovl_peer_prepare(struct ovl_peer *peer, const struct ovl_config *cfg,
		     const struct ovl_peer_config *own,
		     const struct ovl_macs *macs,
		     struct netlink_ext_ack *extack);
void ovl_peer_publish(struct ovl_peer *peer);
void ovl_peer_cancel(struct ovl_peer *peer);
void ovl_peer_take(struct ovl_peer *peer, const struct ovl_peer_config *own);

struct ovl_peer *ovl_peer_add(struct ovl_dev *ovl, u32 id,
			      struct ovl_peer_request *req,
			      struct netlink_ext_ack *extack);
int ovl_peer_change(struct ovl_peer *peer, struct ovl_peer_request *req,
		    struct netlink_ext_ack *extack);
int ovl_peer_remove(struct ovl_peer *peer, struct netlink_ext_ack *extack);

void ovl_peer_stats_sum(const struct ovl_peer *peer,
			struct ovl_peer_totals *sum);
void ovl_peer_count_drop(struct ovl_peer *peer, enum ovl_tun_drop reason);

static inline void ovl_peer_count_rx(struct ovl_peer *peer, unsigned int bytes)
{
	struct ovl_peer_stats *s = this_cpu_ptr(&peer->cpu->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->rx_packets);
	u64_stats_add(&s->rx_bytes, bytes);
	WRITE_ONCE(s->seen, jiffies);
	u64_stats_update_end(&s->syncp);
}

static inline void ovl_peer_count_tx(struct ovl_peer *peer, unsigned int bytes)
{
	struct ovl_peer_stats *s = this_cpu_ptr(&peer->cpu->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->tx_packets);
	u64_stats_add(&s->tx_bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

#endif /* _OVL_TUN_PEER_H */
