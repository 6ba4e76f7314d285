// SPDX-License-Identifier: GPL-2.0
/*
 * From a packet's VNI and outer source to the peer and its device.
 *
 * The table is one for each underlay namespace and does not know of ports: an
 * entry counts for a packet if its device listens on the socket that the
 * packet came in by. So nothing of it changes when a device goes up or down,
 * or gets another port or encapsulation.
 *
 * Most devices have one VNI, and an entry for each peer and one for all others.
 * Of a device with a table of VNIs each VNI has one, for all sources; it leads
 * to those of the peers, which are under another number, the device's trunk.
 * An external device has those VNIs that no other device has: all its entries
 * are under the number that stands for any.
 *
 * Lifetime: entries come and go under RTNL, those of learned peers come under
 * &ovl_fdb.lock, those of a device that has ended may go without either, and
 * all are read under RCU. They are freed after a grace period; the peer and the
 * device that they lead to live longer than that, because both remove their
 * entries first and wait then. A device that has ended listens on no socket and
 * has no configuration any more, by which its entries are told.
 */

#include <linux/jhash.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "device.h"
#include "main.h"
#include "source.h"

/* Odd, and nobody else knows it. */
static u64 ovl_source_secret __read_mostly;

static void ovl_source_seed(void)
{
	ovl_source_secret = get_random_u64() | 1;
}

/**
 * ovl_source_hash_init() - what there has to be before the first entry
 *
 * Once, before the first device has any: see ovl_hash_init().
 */
void ovl_source_hash_init(void)
{
	DO_ONCE(ovl_source_seed);
}

static u32 ovl_source_hash(const void *data, u32 len, u32 seed)
{
	const struct ovl_source_key *key = data;

	if (key->addr.family != AF_INET)
		return ovl_addr_hash(&key->addr, jhash_1word(key->vni, seed));
	return ovl_source_hash4(key->vni, key->addr.v4, ovl_source_secret,
				seed);
}

static u32 ovl_source_obj_hash(const void *obj, u32 len, u32 seed)
{
	const struct ovl_source *source = obj;

	return ovl_source_hash(&source->key, len, seed);
}

static int ovl_source_cmp(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct ovl_source_key *key = arg->key;
	const struct ovl_source *source = obj;

	return key->vni != source->key.vni ||
	       !ovl_addr_equal(&key->addr, &source->key.addr);
}

static const struct rhashtable_params ovl_source_params = {
	.head_offset		= offsetof(struct ovl_source, node),
	.key_offset		= offsetof(struct ovl_source, key),
	.key_len		= sizeof(struct ovl_source_key),
	.hashfn			= ovl_source_hash,
	.obj_hashfn		= ovl_source_obj_hash,
	.obj_cmpfn		= ovl_source_cmp,
	.automatic_shrinking	= true,
};

/**
 * ovl_sources_init() - make the table of a namespace
 * @on: our part of the namespace
 *
 * Return: 0 or a negative error.
 */
int ovl_sources_init(struct ovl_net *on)
{
	return rhltable_init(&on->sources, &ovl_source_params);
}

/**
 * ovl_sources_destroy() - free the table of a namespace, which is empty
 * @on: our part of the namespace
 *
 * Context: may sleep.
 */
void ovl_sources_destroy(struct ovl_net *on)
{
	rhltable_destroy(&on->sources);
}

/* Whether a device takes packets from a socket, or will once it is up. */
static bool ovl_source_shares_port(const struct ovl_config *a,
				   const struct ovl_config *b)
{
	u8 both = ovl_config_encaps(a) & ovl_config_encaps(b);
	int e;

	for (e = 0; e < OVL_ENCAPS; e++)
		if ((both & BIT(e)) && a->port[e] == b->port[e])
			return true;
	return false;
}

static void ovl_source_say_twice(const struct ovl_source *new,
				 const struct ovl_peer *other,
				 struct netlink_ext_ack *extack)
{
	if (new->key.vni >= OVL_TUN_N_VNI)
		NL_SET_ERR_MSG_FMT_MOD(extack, "peer %u %s has this remote already",
				       other->id, ovl_peer_name(other));
	else
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "peer %u %s has this remote and VNI %u already",
				       other->id, ovl_peer_name(other),
				       new->key.vni);
}

/**
 * ovl_source_check() - refuse what would make it chance whose a packet is
 * @new: entry that is to be, or that is there already
 * @cfg: configuration that its device is to have
 * @extack: says who has the same
 *
 * Among the peers of one device it isn't if an entry has made all or all but
 * one of them: that one comes first. Learned ones are in nobody's way. Of a VNI
 * in a table all senders are meant, but a peer of another device that sends
 * with this VNI comes before.
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_source_check(const struct ovl_source *new, const struct ovl_config *cfg,
		     struct netlink_ext_ack *extack)
{
	struct rhlist_head *list, *pos;
	const struct ovl_config *other_cfg;
	const struct ovl_source *other;
	int err = 0;

	rcu_read_lock();
	list = rhltable_lookup(&ovl_net(new->ovl->net)->sources, &new->key,
			       ovl_source_params);
	rhl_for_each_entry_rcu(other, pos, list, node) {
		if (!new->receives || !other->receives)
			continue;
		if (new->rank == OVL_RANK_LEARNED ||
		    other->rank == OVL_RANK_LEARNED)
			continue;
		if (other->ovl == new->ovl &&
		    (new->rank != OVL_RANK_KNOWN ||
		     other->rank != OVL_RANK_KNOWN))
			continue;
		if (other->ovl == new->ovl) {
			/* Its own entry, which is about to be replaced. */
			if (other->peer == new->peer)
				continue;
			ovl_source_say_twice(new, other->peer, extack);
			err = -EEXIST;
			break;
		}
		other_cfg = rtnl_dereference(other->ovl->cfg);
		if (!other_cfg || !ovl_source_shares_port(cfg, other_cfg))
			continue;
		if (new->key.vni == OVL_VNI_ANY) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "device %s is external on the same port already",
					       netdev_name(other->ovl->dev));
			err = -EEXIST;
			break;
		}
		if (new->peer) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "device %s has VNI %u to this remote already",
					       netdev_name(other->ovl->dev),
					       new->key.vni);
			err = -EEXIST;
			break;
		}
		if (new->table || other->table) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "device %s has VNI %u already",
					       netdev_name(other->ovl->dev),
					       new->key.vni);
			err = -EEXIST;
			break;
		}
		if (ovl_config_strangers(cfg) &&
		    ovl_config_strangers(other_cfg)) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "device %s takes VNI %u of any source already",
					       netdev_name(other->ovl->dev),
					       new->key.vni);
			err = -EEXIST;
			break;
		}
	}
	rcu_read_unlock();
	return err;
}

static struct ovl_source *ovl_source_alloc(struct ovl_dev *ovl,
					   struct ovl_peer *peer,
					   const struct ovl_source_key *key,
					   gfp_t gfp)
{
	struct ovl_source *source = kzalloc(sizeof(*source), gfp);

	if (!source)
		return NULL;
	source->key = *key;
	source->ovl = ovl;
	source->peer = peer;
	source->rank = peer ? peer->rank : OVL_RANK_KNOWN;
	return source;
}

static int ovl_source_insert(struct ovl_source *source)
{
	return rhltable_insert_key(&ovl_net(source->ovl->net)->sources,
				   &source->key, &source->node,
				   ovl_source_params);
}

static struct ovl_source *ovl_source_new(struct ovl_dev *ovl,
					 struct ovl_peer *peer,
					 const struct ovl_config *cfg,
					 const struct ovl_source_key *key,
					 bool receives, bool sends,
					 struct netlink_ext_ack *extack)
{
	struct ovl_source *source;
	int err;

	source = ovl_source_alloc(ovl, peer, key, GFP_KERNEL_ACCOUNT);
	if (!source)
		return ERR_PTR(-ENOMEM);
	source->receives = receives;
	source->sends = sends;

	err = ovl_source_check(source, cfg, extack);
	if (!err)
		err = ovl_source_insert(source);
	if (!err)
		return source;
	kfree(source);
	return ERR_PTR(err);
}

/**
 * ovl_source_link() - take packets of a VNI in the table of a device
 * @source: part of a struct ovl_vni
 * @cfg: configuration of the device
 * @extack: says who has the VNI
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_source_link(struct ovl_source *source, const struct ovl_config *cfg,
		    struct netlink_ext_ack *extack)
{
	int err = ovl_source_check(source, cfg, extack);

	return err ?: ovl_source_insert(source);
}

/**
 * ovl_source_unlink() - take no more packets of a VNI
 * @source: as for ovl_source_link(); still read until a grace period is over
 *
 * Context: RTNL.
 */
void ovl_source_unlink(struct ovl_source *source)
{
	rhltable_remove(&ovl_net(source->ovl->net)->sources, &source->node,
			ovl_source_params);
}

static void ovl_source_del(struct ovl_dev *ovl, struct ovl_source *source)
{
	if (!source)
		return;
	rhltable_remove(&ovl_net(ovl->net)->sources, &source->node,
			ovl_source_params);
	kfree_rcu(source, rcu);
}

/**
 * ovl_sources_add() - take packets of a peer, or of those who are none
 * @next: filled
 * @ovl: device
 * @peer: peer, or NULL for the others
 * @cfg: configuration that the device is to have
 * @rx: source and VNI of what the peer sends
 * @tx_vni: VNI of what it is sent
 * @extack: says who has the same already
 *
 * Entries that the peer has already stay, until the caller takes them away.
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_sources_add(struct ovl_sources *next, struct ovl_dev *ovl,
		    struct ovl_peer *peer, const struct ovl_config *cfg,
		    const struct ovl_source_key *rx, u32 tx_vni,
		    struct netlink_ext_ack *extack)
{
	struct ovl_source_key tx = { .addr = rx->addr, .vni = tx_vni };
	bool same = rx->vni == tx_vni;

	ASSERT_RTNL();

	next->tx = NULL;
	next->rx = ovl_source_new(ovl, peer, cfg, rx, true, same, extack);
	if (IS_ERR(next->rx))
		return PTR_ERR(next->rx);
	if (same)
		return 0;
	next->tx = ovl_source_new(ovl, peer, cfg, &tx, false, true, extack);
	if (IS_ERR(next->tx)) {
		ovl_source_del(ovl, next->rx);
		return PTR_ERR(next->tx);
	}
	return 0;
}

/**
 * ovl_sources_learn() - know packets of a learned peer
 * @sources: filled
 * @peer: peer
 * @key: source and VNI of what it sends and is sent
 *
 * Context: softirq.
 * Return: 0 or a negative error.
 */
int ovl_sources_learn(struct ovl_sources *sources, struct ovl_peer *peer,
		      const struct ovl_source_key *key)
{
	struct ovl_source *source;
	int err;

	source = ovl_source_alloc(peer->ovl, peer, key,
				  GFP_ATOMIC | __GFP_NOWARN);
	if (!source)
		return -ENOMEM;
	source->receives = true;
	source->sends = true;
	/* Whoever finds the peer by it, under RTNL, may give it other ones. */
	sources->rx = source;
	err = ovl_source_insert(source);
	if (err) {
		sources->rx = NULL;
		kfree(source);
	}
	return err;
}

/**
 * ovl_sources_set_rank() - a peer is worth more or less than before
 * @sources: its entries
 * @rank: its new rank
 *
 * Context: RTNL.
 */
void ovl_sources_set_rank(struct ovl_sources *sources, enum ovl_rank rank)
{
	if (sources->rx)
		WRITE_ONCE(sources->rx->rank, rank);
	if (sources->tx)
		WRITE_ONCE(sources->tx->rank, rank);
}

/**
 * ovl_sources_fit() - whether entries say just that
 * @sources: entries, or none
 * @rx: source and VNI of what the peer sends
 * @tx_vni: VNI of what it is sent
 */
bool ovl_sources_fit(const struct ovl_sources *sources,
		     const struct ovl_source_key *rx, u32 tx_vni)
{
	return sources->rx && sources->rx->key.vni == rx->vni &&
	       (!sources->rx->peer ||
		sources->rx->rank == sources->rx->peer->rank) &&
	       ovl_addr_equal(&sources->rx->key.addr, &rx->addr) &&
	       tx_vni == (sources->tx ?: sources->rx)->key.vni;
}

/**
 * ovl_sources_del() - take no more packets of a peer
 * @ovl: device
 * @sources: entries, or none
 *
 * Context: RTNL, unless the device has ended.
 */
void ovl_sources_del(struct ovl_dev *ovl, struct ovl_sources *sources)
{
	ovl_source_del(ovl, sources->rx);
	ovl_source_del(ovl, sources->tx);
	sources->rx = NULL;
	sources->tx = NULL;
}

/**
 * ovl_source_first() - entries with a key, for ovl_source_for_each()
 * @on: our part of the namespace
 * @key: VNI and outer source
 *
 * Context: RCU read section.
 */
struct rhlist_head *ovl_source_first(const struct ovl_net *on,
				     const struct ovl_source_key *key)
{
	return rhltable_lookup((struct rhltable *)&on->sources, key,
			       ovl_source_params);
}

static struct rhlist_head *ovl_source_find(const struct ovl_sock *os, u32 vni,
					   const struct ovl_addr *addr)
{
	struct ovl_source_key key = { .vni = vni, .addr = *addr };

	return ovl_source_first(os->on, &key);
}

/* Of several peers the one that is best known. */
static __always_inline struct ovl_source *
ovl_source_peer(const struct ovl_sock *os, const struct ovl_source_key *key)
{
	struct ovl_source *source, *found = NULL;
	unsigned int rank, best = 0;
	struct rhlist_head *pos;

	ovl_source_for_each(source, pos, os->on, key) {
		if (unlikely(!source->receives ||
			     !ovl_dev_listens(source->ovl, os)))
			continue;
		rank = READ_ONCE(source->rank);
		/* Another may have the socket for what it sends only. */
		if (unlikely(!(rcu_dereference(source->ovl->cfg)->accept &
			       BIT(os->encap))))
			rank += OVL_RANK_LEARNED + 1;
		if (likely(rank == OVL_RANK_KNOWN))
			return source;
		if (!found || rank < best) {
			found = source;
			best = rank;
		}
	}
	return found;
}

/* Of several devices one that takes packets of anybody. */
static struct ovl_source *ovl_source_others(const struct ovl_sock *os, u32 vni)
{
	static const struct ovl_addr others = { .family = AF_UNSPEC };
	struct ovl_source *source, *found = NULL;
	struct rhlist_head *pos;

	rhl_for_each_entry_rcu(source, pos, ovl_source_find(os, vni, &others),
			       node) {
		if (!source->receives || !ovl_dev_listens(source->ovl, os))
			continue;
		found = source;
		if (ovl_config_strangers(rcu_dereference(source->ovl->cfg)))
			break;
	}
	return found;
}

/* Under which number the peers of a device are. */
static u32 ovl_source_trunk(const struct ovl_source *table)
{
	return rcu_dereference(table->ovl->cfg)->vni;
}

/* Whose a packet is that no peer of a device with one VNI has sent. */
static noinline struct ovl_source *
ovl_source_lookup_others(const struct ovl_sock *os,
			 const struct ovl_source_key *key)
{
	struct ovl_source *found = ovl_source_others(os, key->vni);
	struct ovl_source_key trunk = { .addr = key->addr, .vni = OVL_VNI_ANY };

	if (found && !found->table)
		return found;
	if (found)
		trunk.vni = ovl_source_trunk(found);
	return ovl_source_peer(os, &trunk) ?: ovl_source_others(os, trunk.vni);
}

/**
 * ovl_source_lookup() - find out whose a received packet is
 * @os: socket that it came in by
 * @key: its VNI and outer source
 *
 * Context: RCU read section.
 * Return: the entry of a peer; of the device with that VNI, without a peer, if
 * the source is no peer's; or NULL.
 */
struct ovl_source *ovl_source_lookup(const struct ovl_sock *os,
				     const struct ovl_source_key *key)
{
	return ovl_source_peer(os, key) ?: ovl_source_lookup_others(os, key);
}

static bool ovl_source_sends(const struct ovl_sock *os, u32 vni,
			     const struct ovl_addr *addr)
{
	struct ovl_source *source;
	struct rhlist_head *pos;

	rhl_for_each_entry_rcu(source, pos, ovl_source_find(os, vni, addr),
			       node)
		if (source->sends && ovl_dev_listens(source->ovl, os))
			return true;
	return false;
}

/**
 * ovl_source_sent() - whether a packet may have been sent by a device
 * @os: socket of the port that it was sent to
 * @vni: its VNI
 * @addr: its outer destination
 *
 * Context: RCU read section.
 */
bool ovl_source_sent(const struct ovl_sock *os, u32 vni,
		     const struct ovl_addr *addr)
{
	static const struct ovl_addr any = { .family = AF_UNSPEC };
	struct ovl_source *table;

	if (ovl_source_sends(os, vni, addr) ||
	    ovl_source_sends(os, OVL_VNI_ANY, &any))
		return true;
	table = ovl_source_others(os, vni);
	return table && table->table &&
	       ovl_source_sends(os, ovl_source_trunk(table), addr);
}
