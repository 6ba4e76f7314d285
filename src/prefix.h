/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_PREFIX_H
#define _OVL_TUN_PREFIX_H

#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/socket.h>
#include <linux/types.h>

struct ovl_peer;

/**
 * struct ovl_prefix_key - an inner prefix
 * @word: address in host byte order, most significant word first; an IPv4
 *	address is @word[0]. Bits behind the prefix are 0.
 * @family: AF_INET or AF_INET6
 * @len: bits of the prefix
 */
struct ovl_prefix_key {
	u32 word[4];
	sa_family_t family;
	u8 len;
};

/**
 * struct ovl_prefix - node of a table of prefixes
 * @child: longer prefixes by their bit behind this one; changed under RTNL,
 *	read under RCU
 * @peer: whose prefix it is, NULL for a node that only forks; changed under
 *	RTNL, read under RCU
 * @parent: NULL for the root; RTNL
 * @list: in &ovl_peer.prefixes; RTNL
 * @rcu: frees it after the last reader
 * @key: immutable
 * @stale: is to go in the change that is being made; RTNL
 */
struct ovl_prefix {
	struct ovl_prefix __rcu *child[2];
	struct ovl_peer __rcu *peer;
	struct ovl_prefix *parent;
	struct list_head list;
	struct rcu_head rcu;
	struct ovl_prefix_key key;
	bool stale;
};

/**
 * struct ovl_prefixes - table of the inner prefixes of a layer 3 device
 * @root: IPv4 and IPv6; changed under RTNL, read under RCU
 */
struct ovl_prefixes {
	struct ovl_prefix __rcu *root[2];
};

void ovl_prefix_key_set(struct ovl_prefix_key *key, sa_family_t family,
			const void *addr, unsigned int len);
void ovl_prefix_addr(const struct ovl_prefix_key *key, void *addr);

struct ovl_peer *ovl_prefix_lookup(const struct ovl_prefixes *table,
				   sa_family_t family, const void *addr,
				   const struct ovl_prefix_key **matched);

int ovl_prefix_pool(struct list_head *pool, unsigned int n);
void ovl_prefix_pool_free(struct list_head *pool);
struct ovl_peer *ovl_prefix_insert(struct ovl_prefixes *table,
				   struct list_head *pool,
				   const struct ovl_prefix_key *key,
				   struct ovl_peer *peer,
				   struct list_head *prefixes);
struct ovl_prefix *ovl_prefix_find(const struct ovl_prefixes *table,
				   const struct ovl_prefix_key *key);
void ovl_prefix_remove(struct ovl_prefixes *table, struct ovl_prefix *node);
void ovl_prefixes_free(struct ovl_prefixes *table);

#endif /* _OVL_TUN_PREFIX_H */
