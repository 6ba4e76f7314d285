// SPDX-License-Identifier: GPL-2.0
/*
 * Inner prefixes: longest match, from an address to a peer.
 *
 * A binary trie in which a node stands for a prefix; a chain of nodes with one
 * child each and no peer does not occur. So there are fewer than two nodes for
 * a prefix, and a lookup visits at most one for each bit.
 *
 * Lifetime: nodes are linked and unlinked under RTNL and read under RCU. A node
 * is complete before it is linked. One that is taken out keeps its children,
 * so that a reader who stands on it finds its way on, and is freed after a
 * grace period. A peer is freed a grace period after its last prefix went.
 * Those of a device that has ended go at once, without its peers' lists.
 */

#include <linux/bitops.h>
#include <linux/in6.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "prefix.h"

static bool ovl_key_bit(const struct ovl_prefix_key *key, unsigned int bit)
{
	return (key->word[bit / 32] >> (31 - bit % 32)) & 1;
}

/* Bits that two keys of one family share, at most @max. */
static unsigned int ovl_key_common(const struct ovl_prefix_key *a,
				   const struct ovl_prefix_key *b,
				   unsigned int max)
{
	unsigned int i, n;
	u32 diff;

	for (i = 0; i * 32 < max; i++) {
		diff = a->word[i] ^ b->word[i];
		if (!diff)
			continue;
		n = i * 32 + 32 - fls(diff);
		return min(n, max);
	}
	return max;
}

static void ovl_key_trim(struct ovl_prefix_key *key, unsigned int len)
{
	unsigned int i;

	key->len = len;
	for (i = 0; i < ARRAY_SIZE(key->word); i++) {
		if (i * 32 >= len)
			key->word[i] = 0;
		else if (len - i * 32 < 32)
			key->word[i] &= ~(~0U >> (len - i * 32));
	}
}

/* The key of an address; words that it hasn't are 0. */
static void ovl_key_load(struct ovl_prefix_key *key, sa_family_t family,
			 const void *addr)
{
	__be32 word[4] = {};
	int i;

	memcpy(word, addr, family == AF_INET ? 4 : 16);
	key->family = family;
	for (i = 0; i < ARRAY_SIZE(word); i++)
		key->word[i] = be32_to_cpu(word[i]);
}

/**
 * ovl_prefix_key_set() - make a key
 * @key: filled
 * @family: AF_INET or AF_INET6
 * @addr: address of that family, network byte order, at any alignment
 * @len: bits of the prefix, at most those of the address; the others are
 *	cleared
 */
void ovl_prefix_key_set(struct ovl_prefix_key *key, sa_family_t family,
			const void *addr, unsigned int len)
{
	ovl_key_load(key, family, addr);
	ovl_key_trim(key, len);
}

/**
 * ovl_prefix_addr() - the address of a key
 * @key: key
 * @addr: gets 4 or 16 bytes, network byte order
 */
void ovl_prefix_addr(const struct ovl_prefix_key *key, void *addr)
{
	__be32 word[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(word); i++)
		word[i] = cpu_to_be32(key->word[i]);
	memcpy(addr, word, key->family == AF_INET ? 4 : 16);
}

/* Longest match of an address of one word, in few instructions */
static struct ovl_peer *ovl_prefix_lookup4(const struct ovl_prefix *node,
					   u32 addr,
					   const struct ovl_prefix_key **matched)
{
	struct ovl_peer *peer, *best = NULL;
	unsigned int len;

	while (node) {
		len = node->key.len;
		/* In 64 bits, all 32 may be shifted out. */
		if ((u64)(addr ^ node->key.word[0]) >> (32 - len))
			break;
		peer = rcu_dereference(node->peer);
		if (peer) {
			best = peer;
			if (matched)
				*matched = &node->key;
		}
		if (len == 32)
			break;
		node = rcu_dereference(node->child[(addr >> (31 - len)) & 1]);
	}
	return best;
}

/**
 * ovl_prefix_lookup() - longest match
 * @table: prefixes
 * @family: AF_INET or AF_INET6
 * @addr: address of that family, network byte order
 * @matched: set to the prefix that matched, unless NULL
 *
 * Context: RCU read section.
 * Return: peer, or NULL.
 */
struct ovl_peer *ovl_prefix_lookup(const struct ovl_prefixes *table,
				   sa_family_t family, const void *addr,
				   const struct ovl_prefix_key **matched)
{
	struct ovl_peer *peer, *best = NULL;
	struct ovl_prefix_key key;
	struct ovl_prefix *node;

	node = rcu_dereference(table->root[family == AF_INET6]);
	if (family == AF_INET)
		return ovl_prefix_lookup4(node, get_unaligned_be32(addr),
					  matched);
	ovl_key_load(&key, family, addr);
	while (node && ovl_key_common(&key, &node->key, node->key.len) ==
		       node->key.len) {
		peer = rcu_dereference(node->peer);
		if (peer) {
			best = peer;
			if (matched)
				*matched = &node->key;
		}
		if (node->key.len == 128)
			break;
		node = rcu_dereference(node->child[ovl_key_bit(&key,
							       node->key.len)]);
	}
	return best;
}

/**
 * ovl_prefix_pool() - get the nodes that insertions may need
 * @pool: gets them
 * @n: number of insertions
 *
 * Return: 0, or -ENOMEM with the pool empty.
 */
int ovl_prefix_pool(struct list_head *pool, unsigned int n)
{
	struct ovl_prefix *node;

	/* A prefix, and where it branches off. */
	for (n *= 2; n; n--) {
		node = kzalloc(sizeof(*node), GFP_KERNEL_ACCOUNT);
		if (!node) {
			ovl_prefix_pool_free(pool);
			return -ENOMEM;
		}
		list_add(&node->list, pool);
	}
	return 0;
}

/**
 * ovl_prefix_pool_free() - free what insertions have left
 * @pool: nodes that are in no table
 */
void ovl_prefix_pool_free(struct list_head *pool)
{
	struct ovl_prefix *node, *next;

	list_for_each_entry_safe(node, next, pool, list)
		kfree(node);
	INIT_LIST_HEAD(pool);
}

static struct ovl_prefix *ovl_pool_take(struct list_head *pool,
					const struct ovl_prefix_key *key)
{
	struct ovl_prefix *node;

	node = list_first_entry(pool, struct ovl_prefix, list);
	list_del_init(&node->list);
	node->key = *key;
	return node;
}

/* Where a node, or what takes its place, is linked. */
static struct ovl_prefix __rcu **ovl_prefix_slot(struct ovl_prefixes *table,
						 struct ovl_prefix *parent,
						 const struct ovl_prefix_key *key)
{
	if (!parent)
		return &table->root[key->family == AF_INET6];
	return &parent->child[ovl_key_bit(key, parent->key.len)];
}

/* Put @node above @below, which starts with its prefix. */
static void ovl_prefix_adopt(struct ovl_prefix *node, struct ovl_prefix *below)
{
	RCU_INIT_POINTER(node->child[ovl_key_bit(&below->key, node->key.len)],
			 below);
	below->parent = node;
}

/* The node at or below which a key belongs: the last one whose prefix it has.
 * *@next is what comes there now.
 */
static struct ovl_prefix *ovl_prefix_place(const struct ovl_prefixes *table,
					   const struct ovl_prefix_key *key,
					   struct ovl_prefix **next)
{
	struct ovl_prefix *node, *last = NULL;

	node = rtnl_dereference(table->root[key->family == AF_INET6]);
	while (node && node->key.len <= key->len &&
	       ovl_key_common(key, &node->key, node->key.len) == node->key.len) {
		last = node;
		if (node->key.len == key->len) {
			node = NULL;
			break;
		}
		node = rtnl_dereference(node->child[ovl_key_bit(key, node->key.len)]);
	}
	*next = node;
	return last;
}

/**
 * ovl_prefix_insert() - give a prefix to a peer
 * @table: prefixes
 * @pool: from ovl_prefix_pool()
 * @key: prefix
 * @peer: peer
 * @prefixes: list of the peer, which gets the prefix
 *
 * Context: RTNL.
 * Return: the peer that has had the prefix until now, or NULL.
 */
struct ovl_peer *ovl_prefix_insert(struct ovl_prefixes *table,
				   struct list_head *pool,
				   const struct ovl_prefix_key *key,
				   struct ovl_peer *peer,
				   struct list_head *prefixes)
{
	struct ovl_prefix *at, *below, *node, *fork;
	struct ovl_peer *old = NULL;
	struct ovl_prefix_key shared;
	unsigned int common;

	ASSERT_RTNL();

	at = ovl_prefix_place(table, key, &below);
	if (at && at->key.len == key->len) {
		old = rtnl_dereference(at->peer);
		rcu_assign_pointer(at->peer, peer);
		list_move_tail(&at->list, prefixes);
		at->stale = false;
		return old;
	}

	node = ovl_pool_take(pool, key);
	RCU_INIT_POINTER(node->peer, peer);
	list_add_tail(&node->list, prefixes);
	if (!below) {
		node->parent = at;
		rcu_assign_pointer(*ovl_prefix_slot(table, at, key), node);
		return NULL;
	}

	common = ovl_key_common(key, &below->key, min(key->len, below->key.len));
	if (common == key->len) {
		ovl_prefix_adopt(node, below);
		node->parent = at;
		rcu_assign_pointer(*ovl_prefix_slot(table, at, key), node);
		return NULL;
	}

	shared = *key;
	ovl_key_trim(&shared, common);
	fork = ovl_pool_take(pool, &shared);
	ovl_prefix_adopt(fork, below);
	ovl_prefix_adopt(fork, node);
	fork->parent = at;
	rcu_assign_pointer(*ovl_prefix_slot(table, at, key), fork);
	return NULL;
}

/**
 * ovl_prefix_find() - look for a prefix itself
 * @table: prefixes
 * @key: prefix
 *
 * Context: RTNL.
 * Return: node that belongs to a peer, or NULL.
 */
struct ovl_prefix *ovl_prefix_find(const struct ovl_prefixes *table,
				   const struct ovl_prefix_key *key)
{
	struct ovl_prefix *at, *below;

	ASSERT_RTNL();
	at = ovl_prefix_place(table, key, &below);
	return at && at->key.len == key->len && rcu_access_pointer(at->peer) ?
	       at : NULL;
}

/* Take a node with at most one child and no peer out. */
static void ovl_prefix_unlink(struct ovl_prefixes *table,
			      struct ovl_prefix *node)
{
	struct ovl_prefix *child = rtnl_dereference(node->child[0]) ?:
				   rtnl_dereference(node->child[1]);

	if (child)
		child->parent = node->parent;
	rcu_assign_pointer(*ovl_prefix_slot(table, node->parent, &node->key),
			   child);
	kfree_rcu(node, rcu);
}

static bool ovl_prefix_idle(const struct ovl_prefix *node)
{
	return !rcu_access_pointer(node->peer) &&
	       !(rcu_access_pointer(node->child[0]) &&
		 rcu_access_pointer(node->child[1]));
}

/**
 * ovl_prefix_remove() - take a prefix from its peer
 * @table: prefixes
 * @node: prefix, which is gone then
 *
 * Context: RTNL.
 */
void ovl_prefix_remove(struct ovl_prefixes *table, struct ovl_prefix *node)
{
	struct ovl_prefix *parent = node->parent;

	ASSERT_RTNL();

	list_del_init(&node->list);
	RCU_INIT_POINTER(node->peer, NULL);
	if (!ovl_prefix_idle(node))
		return;
	ovl_prefix_unlink(table, node);
	/* Its parent may have forked for it only. */
	if (parent && ovl_prefix_idle(parent))
		ovl_prefix_unlink(table, parent);
}

/**
 * ovl_prefixes_free() - free all prefixes of a device that has ended
 * @table: prefixes, which nobody reads any more
 *
 * Context: may sleep.
 */
void ovl_prefixes_free(struct ovl_prefixes *table)
{
	struct ovl_prefix *node, *child, *parent;
	int root, i;

	for (root = 0; root < ARRAY_SIZE(table->root); root++) {
		node = rcu_dereference_protected(table->root[root], true);
		RCU_INIT_POINTER(table->root[root], NULL);
		while (node) {
			for (i = 0, child = NULL; i < 2 && !child; i++) {
				child = rcu_dereference_protected(node->child[i],
								  true);
				RCU_INIT_POINTER(node->child[i], NULL);
			}
			parent = node->parent;
			if (!child)
				kfree(node);
			node = child ?: parent;
			cond_resched();
		}
	}
}
