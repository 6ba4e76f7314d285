/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SOURCE_H
#define _OVL_TUN_SOURCE_H

#include <linux/netlink.h>
#include <linux/rhashtable.h>

#include "addr.h"
#include "config.h"

struct ovl_dev;
struct ovl_net;
struct ovl_peer;
struct ovl_sock;

/**
 * enum ovl_rank - what a peer is worth
 * @OVL_RANK_KNOWN: a user has named it: it is accepted from
 * @OVL_RANK_ENTRY: a user's forwarding entry has: likewise, but who asks for
 *	the peer with an address gets the one that is known, if there is one
 * @OVL_RANK_LEARNED: nobody has, frames came from it
 */
enum ovl_rank {
	OVL_RANK_KNOWN,
	OVL_RANK_ENTRY,
	OVL_RANK_LEARNED,
};

/**
 * struct ovl_source_key - what a received packet is looked up by
 * @addr: outer source; AF_UNSPEC stands for whoever is no peer
 * @vni: VXLAN network identifier; of a peer of a device that has several the
 *	trunk of the device, see vni.c; OVL_VNI_ANY for those that are nobody's
 */
struct ovl_source_key {
	struct ovl_addr addr;
	u32 vni;
};

/**
 * ovl_source_hash4() - hash of a VNI and an IPv4 source
 * @vni: VNI
 * @addr: outer source
 * @secret: odd, and nobody else knows it
 * @seed: of the table; another one puts other keys together
 *
 * Less than jhash. Nodes and VNIs are numbered one after the other, and a product
 * alone leaves such steps: with one secret in a hundred dozens of keys come into one
 * place. So its upper half, which is the better one, changes the
 * lower, and that is multiplied again.
 */
static inline u32 ovl_source_hash4(u32 vni, __be32 addr, u64 secret, u32 seed)
{
	u64 hash = ((u64)vni << 32 | (__force u32)addr) * secret;

	return ((hash ^ hash >> 32 ^ seed) * secret) >> 32;
}

/**
 * struct ovl_source - who sends with a VNI, and what of it is whose
 * @node: in &ovl_net.sources
 * @key: VNI and outer source
 * @ovl: device
 * @peer: peer of the device, or NULL if @key stands for the others
 * @table: it is of a VNI in the table of @ovl, part of a struct ovl_vni
 * @receives: packets come from there
 * @sends: packets go there, so that ICMP errors that quote one are for us
 * @rank: enum ovl_rank of @peer
 * @rcu: frees it after the last reader
 *
 * Immutable but for @node and @rank, which is written under RTNL.
 */
struct ovl_source {
	struct rhlist_head node;
	struct ovl_source_key key;
	struct ovl_dev *ovl;
	struct ovl_peer *peer;
	bool table;
	bool receives;
	bool sends;
	u8 rank;
	struct rcu_head rcu;
};

/**
 * struct ovl_sources - the entries of one peer, or of a device for the others
 * @rx: for what is received, and for what is sent if the VNI is the same
 * @tx: for what is sent, NULL if @rx serves
 */
struct ovl_sources {
	struct ovl_source *rx;
	struct ovl_source *tx;
};

/* Entries with a key; RCU read section. */
#define ovl_source_for_each(source, pos, on, key)			\
	rhl_for_each_entry_rcu(source, pos, ovl_source_first(on, key), node)

/* Whether packets are those of a peer that somebody has named. */
static inline bool ovl_source_known(const struct ovl_source *source)
{
	return source->peer && READ_ONCE(source->rank) != OVL_RANK_LEARNED;
}

void ovl_source_hash_init(void);
int ovl_sources_init(struct ovl_net *on);
void ovl_sources_destroy(struct ovl_net *on);

int ovl_sources_add(struct ovl_sources *next, struct ovl_dev *ovl,
		    struct ovl_peer *peer, const struct ovl_config *cfg,
		    const struct ovl_source_key *rx, u32 tx_vni,
		    struct netlink_ext_ack *extack);
int ovl_sources_learn(struct ovl_sources *sources, struct ovl_peer *peer,
		      const struct ovl_source_key *key);
void ovl_sources_set_rank(struct ovl_sources *sources, enum ovl_rank rank);
bool ovl_sources_fit(const struct ovl_sources *sources,
		     const struct ovl_source_key *rx, u32 tx_vni);
void ovl_sources_del(struct ovl_dev *ovl, struct ovl_sources *sources);

int ovl_source_check(const struct ovl_source *new, const struct ovl_config *cfg,
		     struct netlink_ext_ack *extack);
int ovl_source_link(struct ovl_source *source, const struct ovl_config *cfg,
		    struct netlink_ext_ack *extack);
void ovl_source_unlink(struct ovl_source *source);

struct rhlist_head *ovl_source_first(const struct ovl_net *on,
				     const struct ovl_source_key *key);
struct ovl_source *ovl_source_lookup(const struct ovl_sock *os,
				     const struct ovl_source_key *key);
bool ovl_source_sent(const struct ovl_sock *os, u32 vni,
		     const struct ovl_addr *addr);

#endif /* _OVL_TUN_SOURCE_H */
