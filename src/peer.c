// SPDX-License-Identifier: GPL-2.0
/*
 * Peers: what is known of other nodes, changed as a whole.
 *
 * A change is prepared beside what is in force (ovl_peer_prepare()), which may
 * fail, and then published, which may not.
 *
 * Lifetime: a peer is made and removed under RTNL. Packets find it under RCU:
 * by &ovl_dev.remote, its prefixes, its sources and the forwarding table, which
 * also makes peers in softirq (endpoint.c). Removal takes it out of all of them
 * and frees it after a grace period. Its path, which points back to it, goes
 * with the same grace period or an earlier one. The peers of a device that ends
 * go without RTNL, when nothing else of it is left.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/dst.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "main.h"
#include "mtu.h"
#include "nexthop.h"
#include "notify.h"
#include "path.h"
#include "peer.h"
#include "set.h"

/* What a peer may have of its own of union ovl_policy. */
#define OVL_PEER_POLICY	(OVL_TUN_PEER_FIELD_TTL | OVL_TUN_PEER_FIELD_TOS | \
			 OVL_TUN_PEER_FIELD_DF | OVL_TUN_PEER_FIELD_UDP_CSUM | \
			 OVL_TUN_PEER_FIELD_UDP_ZERO_CSUM6_TX)

/* A dump of peers that is under way has not seen them as they are now. */
static void ovl_peers_changed(const struct ovl_dev *ovl)
{
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
}

/* There may be 100,000: no room that a cache of some power of two would waste. */
static struct kmem_cache *ovl_peer_cache;

/**
 * ovl_peer_cache_init() - make what peers are allocated from
 *
 * Return: 0 or a negative error.
 */
int ovl_peer_cache_init(void)
{
	ovl_peer_cache = KMEM_CACHE(ovl_peer, 0);
	return ovl_peer_cache ? 0 : -ENOMEM;
}

/**
 * ovl_peer_cache_destroy() - the module goes, all peers have been freed
 */
void ovl_peer_cache_destroy(void)
{
	kmem_cache_destroy(ovl_peer_cache);
}

/**
 * ovl_peers_init() - make the tables by which a device finds its peers
 * @ovl: device
 *
 * Return: 0 or a negative error.
 */
int ovl_peers_init(struct ovl_dev *ovl)
{
	int err;

	ovl_source_hash_init();
	err = ovl_fdb_init(ovl);
	if (err)
		return err;
	err = ovl_peer_names_init(ovl);
	if (err)
		rhashtable_destroy(&ovl->fdb.table);
	return err;
}

static struct ovl_peer_cpu __percpu *ovl_peer_cpu_alloc(gfp_t gfp)
{
	struct ovl_peer_cpu __percpu *pcpu;
	int cpu;

	pcpu = alloc_percpu_gfp(struct ovl_peer_cpu, gfp);
	if (pcpu)
		for_each_possible_cpu(cpu)
			u64_stats_init(&per_cpu_ptr(pcpu, cpu)->stats.syncp);
	return pcpu;
}

static struct ovl_peer *ovl_peer_alloc(struct ovl_dev *ovl, gfp_t gfp)
{
	struct ovl_peer *peer = kmem_cache_zalloc(ovl_peer_cache, gfp);

	if (!peer)
		return NULL;
	peer->cpu = ovl_peer_cpu_alloc(gfp);
	if (!peer->cpu) {
		kmem_cache_free(ovl_peer_cache, peer);
		return NULL;
	}
	peer->ovl = ovl;
	INIT_LIST_HEAD(&peer->prefixes);
	INIT_LIST_HEAD(&peer->moved);
	INIT_LIST_HEAD(&peer->idle);
	return peer;
}

/**
 * ovl_peer_enter() - give a peer an id, beside the one that it may have
 * @ovl: device
 * @peer: peer, or NULL to reserve the id
 * @id: as for ovl_peer_new(); set to the one that it is
 * @gfp: how to allocate
 * @extack: says what is wrong
 *
 * Context: RTNL, or &ovl_fdb.lock.
 * Return: 0 or a negative error.
 */
int ovl_peer_enter(struct ovl_dev *ovl, struct ovl_peer *peer, u32 *id,
		   gfp_t gfp, struct netlink_ext_ack *extack)
{
	int err;

	switch (*id) {
	case OVL_PEER_ANY:
		err = xa_alloc_cyclic_bh(&ovl->peers, id, peer,
					 XA_LIMIT(1, S32_MAX),
					 &ovl->next_peer_id, gfp);
		break;
	case OVL_PEER_ANY_IMPLICIT:
		err = xa_alloc_cyclic_bh(&ovl->peers, id, peer,
					 XA_LIMIT(OVL_PEER_IMPLICIT_MIN,
						  OVL_PEER_IMPLICIT_MAX),
					 &ovl->next_implicit_id, gfp);
		break;
	default:
		err = xa_insert_bh(&ovl->peers, *id, peer, gfp);
		if (err == -EBUSY) {
			NL_SET_ERR_MSG_MOD(extack, "another peer has this id");
			err = -EEXIST;
		}
	}
	return min(err, 0); /* 1 after it began anew */
}

/**
 * ovl_peer_new() - make a peer that nothing leads to yet
 * @ovl: device
 * @id: its id, or OVL_PEER_ANY or OVL_PEER_ANY_IMPLICIT to take a free one
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: peer, or an error pointer.
 */
struct ovl_peer *ovl_peer_new(struct ovl_dev *ovl, u32 id,
			      struct netlink_ext_ack *extack)
{
	struct ovl_peer *peer = ovl_peer_alloc(ovl, GFP_KERNEL_ACCOUNT);
	int err;

	if (!peer)
		return ERR_PTR(-ENOMEM);
	peer->id = id;
	err = ovl_peer_enter(ovl, peer, &peer->id, GFP_KERNEL_ACCOUNT, extack);
	if (!err)
		return peer;
	free_percpu(peer->cpu);
	kmem_cache_free(ovl_peer_cache, peer);
	return ERR_PTR(err);
}

static void ovl_peer_free_callback(struct rcu_head *rcu)
{
	struct ovl_peer *peer = container_of(rcu, struct ovl_peer, rcu);

	ovl_path_cpu_release(&peer->cpu->path);
	free_percpu(peer->cpu);
	kfree(peer->drops);
	kfree(peer->macs);
	kmem_cache_free(ovl_peer_cache, peer);
}

/**
 * ovl_peer_learn() - make a peer of somebody who has sent a frame
 * @ovl: device
 * @cfg: its configuration
 * @own: what is known of the peer
 *
 * Context: softirq, RCU read section, &ovl_fdb.lock.
 * Return: peer, in force; or NULL without memory.
 */
struct ovl_peer *ovl_peer_learn(struct ovl_dev *ovl,
				const struct ovl_config *cfg,
				const struct ovl_peer_config *own)
{
	struct ovl_source_key key = { .addr = own->remote, .vni = cfg->vni };
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN;
	struct ovl_config eff;
	struct ovl_path *path;
	struct ovl_peer *peer;

	peer = ovl_peer_alloc(ovl, gfp);
	if (!peer)
		return NULL;
	peer->cfg = *own;
	peer->implicit = true;
	peer->rank = OVL_RANK_LEARNED;
	peer->id = OVL_PEER_ANY_IMPLICIT;
	if (ovl_peer_enter(ovl, NULL, &peer->id, gfp, NULL))
		goto free;
	ovl_peer_effective(&eff, cfg, own);
	path = ovl_path_new(peer, &peer->cpu->path, ovl->net, &eff, U32_MAX,
			    NULL, &ovl->own.opts, gfp);
	if (!path)
		goto leave;
	path->via = own->link;
	rcu_assign_pointer(peer->path, path);
	ovl->fdb.senders++;
	/* In place of what was reserved this takes no memory. */
	xa_store_bh(&ovl->peers, peer->id, peer, gfp);
	ovl_peers_changed(ovl);
	if (!ovl_sources_learn(&peer->sources, peer, &key))
		return peer;

	/* Whoever has RTNL may be looking at it, so ovl_fdb_settle() frees it. */
	list_add_tail(&peer->idle, &ovl->fdb.idle);
	return NULL;

leave:
	xa_erase_bh(&ovl->peers, peer->id);
free:
	free_percpu(peer->cpu);
	kmem_cache_free(ovl_peer_cache, peer);
	return NULL;
}

/* Sockets are kept open for the encapsulations and families that peers use,
 * unless nobody has asked for the peer.
 */
static void ovl_peer_use(const struct ovl_peer *peer,
			 const struct ovl_path *path, int by)
{
	struct ovl_dev *ovl = peer->ovl;

	if (!path || peer->rank == OVL_RANK_LEARNED)
		return;
	ovl->peer_encaps[path->encap] += by;
	ovl->peer_families[path->remote.family == AF_INET6] += by;
}

static bool ovl_path_has_policy(const struct ovl_path *path)
{
	return path && path->policy.word;
}

/**
 * ovl_peer_take_rank() - give a peer a rank, but not its sources
 * @peer: peer, whose sources are about to be replaced
 * @rank: its new rank
 *
 * Context: RTNL.
 */
void ovl_peer_take_rank(struct ovl_peer *peer, enum ovl_rank rank)
{
	struct ovl_path *path = rtnl_dereference(peer->path);
	struct ovl_fdb *fdb = &peer->ovl->fdb;

	ovl_peer_use(peer, path, -1);
	spin_lock_bh(&fdb->lock);
	fdb->senders -= peer->rank == OVL_RANK_LEARNED;
	fdb->senders += rank == OVL_RANK_LEARNED;
	WRITE_ONCE(peer->rank, rank);
	spin_unlock_bh(&fdb->lock);
	ovl_peer_use(peer, path, 1);
}

/**
 * ovl_peer_set_rank() - a peer is worth more or less than before
 * @peer: peer
 * @rank: its new rank
 *
 * Context: RTNL.
 */
void ovl_peer_set_rank(struct ovl_peer *peer, enum ovl_rank rank)
{
	ovl_peer_take_rank(peer, rank);
	ovl_sources_set_rank(&peer->sources, rank);
}

/**
 * ovl_peer_free() - take a peer out of everything and free it
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_peer_free(struct ovl_peer *peer)
{
	struct ovl_path *path = rtnl_dereference(peer->path);
	struct ovl_dev *ovl = peer->ovl;

	ovl_peers_changed(ovl);
	ovl_fdb_forget(peer);
	ovl_sources_del(ovl, &peer->sources);
	while (!list_empty(&peer->prefixes))
		ovl_prefix_remove(&ovl->prefixes,
				  list_first_entry(&peer->prefixes,
						   struct ovl_prefix, list));
	ovl_peer_name_del(ovl, peer->name);
	peer->name = NULL;
	xa_erase_bh(&ovl->peers, peer->id);
	if (peer->cfg.set)
		peer->cfg.set->users--;

	ovl_mtu_forget(ovl, peer);
	/* A packet that has found the peer still goes by its path. */
	ovl_peer_use(peer, path, -1);
	ovl->policies -= ovl_path_has_policy(path);
	ovl_path_free_rcu(path);
	call_rcu(&peer->rcu, ovl_peer_free_callback);
}

/**
 * ovl_peers_hide() - let no packet find the peers of a device that ends
 * @ovl: device, not running any more
 * @max: how many of them at most
 *
 * Context: RTNL.
 */
void ovl_peers_hide(struct ovl_dev *ovl, unsigned int max)
{
	struct ovl_peer *peer;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer) {
		if (!max--)
			break;
		ovl_sources_del(ovl, &peer->sources);
	}
}

static void ovl_peer_end(struct ovl_peer *peer)
{
	kfree(rcu_dereference_protected(peer->path, true));
	kfree(peer->name);
	ovl_peer_free_callback(&peer->rcu);
}

/**
 * ovl_peers_destroy() - free all peers of a device that has ended
 * @ovl: device; all grace periods since it was running are over
 *
 * Context: may sleep.
 */
void ovl_peers_destroy(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	bool hidden = true;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer) {
		if (peer->sources.rx)
			hidden = false;
		ovl_sources_del(ovl, &peer->sources);
		cond_resched();
	}
	if (!hidden)
		synchronize_rcu();

	ovl_fdb_destroy(ovl);
	ovl_nexthops_destroy(ovl);
	ovl_prefixes_free(&ovl->prefixes);
	rhashtable_destroy(&ovl->peer_names);
	xa_for_each(&ovl->peers, id, peer) {
		ovl_peer_end(peer);
		cond_resched();
	}
	xa_destroy(&ovl->peers);
	xa_destroy(&ovl->mtus);
}

/**
 * ovl_peer_effective() - what holds for a peer
 * @eff: filled; its ports are where packets go, not where the device listens
 * @cfg: configuration of the device
 * @own: what the peer has of its own
 */
void ovl_peer_effective(struct ovl_config *eff, const struct ovl_config *cfg,
			const struct ovl_peer_config *own)
{
	*eff = *cfg;
	eff->remote = own->remote;
	if (own->link)
		eff->link = own->link;
	if (own->given & OVL_TUN_PEER_FIELD_ENCAP)
		eff->encap = own->encap;
	if (own->given & OVL_TUN_PEER_FIELD_PORT)
		eff->port[eff->encap] = own->port;
	if (own->given & OVL_TUN_PEER_FIELD_VNI)
		eff->vni = own->vni;
	if (own->given & OVL_TUN_PEER_FIELD_LOCAL)
		eff->local = own->local;
	if (eff->local.family != eff->remote.family)
		memset(&eff->local, 0, sizeof(eff->local));
	if (own->given & OVL_TUN_PEER_FIELD_TTL) {
		eff->ttl = own->ttl;
		eff->ttl_inherit = own->ttl_inherit;
	}
	if (own->given & OVL_TUN_PEER_FIELD_TOS)
		eff->tos = own->tos;
	if (own->given & OVL_TUN_PEER_FIELD_DF)
		eff->df = own->df;
	if (own->given & OVL_TUN_PEER_FIELD_LABEL)
		eff->label = own->label;
	if (own->given & OVL_TUN_PEER_FIELD_UDP_CSUM)
		eff->udp_csum = own->udp_csum;
	if (own->given & OVL_TUN_PEER_FIELD_UDP_ZERO_CSUM6_TX)
		eff->zero_csum6_tx = own->zero_csum6_tx;
	if (own->given & OVL_TUN_PEER_FIELD_NOOPTIONS)
		eff->nooptions = own->nooptions;
}

static bool ovl_config_same_ports(const struct ovl_config *a,
				  const struct ovl_config *b)
{
	return a && ovl_config_encaps(a) == ovl_config_encaps(b) &&
	       !memcmp(a->port, b->port, sizeof(a->port));
}

/* A remote that is reached through the tunnel would be sent its own packets in
 * ever more headers. Routes may change later; ovl_send() watches for that.
 */
static int ovl_peer_check_route(const struct ovl_peer *peer,
				struct netlink_ext_ack *extack)
{
	struct dst_entry *dst = ovl_path_route(peer->next_path);
	bool loop;

	if (IS_ERR(dst))
		return 0;
	loop = dst->dev == peer->ovl->dev;
	dst_release(dst);
	if (!loop)
		return 0;
	NL_SET_ERR_MSG_MOD(extack,
			   "remote is reached through the tunnel itself");
	return -ELOOP;
}

/**
 * ovl_peer_prepare() - build what a peer is to become
 * @peer: peer
 * @cfg: configuration that the device is to have
 * @own: what is to be said of the peer
 * @macs: MAC addresses that it is to have, or NULL
 * @extack: says what is wrong
 *
 * To be followed by ovl_peer_publish() or ovl_peer_cancel(). From here on
 * packets of both, the old and the new source, are taken.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_peer_prepare(struct ovl_peer *peer, const struct ovl_config *cfg,
		     const struct ovl_peer_config *own,
		     const struct ovl_macs *macs,
		     struct netlink_ext_ack *extack)
{
	u32 mtu = own->given & OVL_TUN_PEER_FIELD_MTU ? own->mtu : U32_MAX;
	struct ovl_source_key rx = { .addr = own->remote };
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_config eff;
	int err;

	ovl_peer_effective(&eff, cfg, own);
	peer->next_path = ovl_path_new(peer, &peer->cpu->path, ovl->net, &eff,
				       mtu, macs ? macs->addr[0] : NULL,
				       ovl_set_opts(own->set ?: &ovl->own),
				       GFP_KERNEL_ACCOUNT);
	if (!peer->next_path)
		return -ENOMEM;
	peer->next_path->via = own->link;
	peer->next_path->own_options = own->set;
	if (own->given & OVL_PEER_POLICY)
		peer->next_path->policy = ovl_policy(&eff);
	if (!ovl_addr_equal(&own->remote, &peer->cfg.remote)) {
		err = ovl_peer_check_route(peer, extack);
		if (err)
			goto free_path;
	}

	rx.vni = own->given & OVL_TUN_PEER_FIELD_RX_VNI ? own->rx_vni : cfg->vni;
	if (ovl_sources_fit(&peer->sources, &rx, eff.vni) &&
	    ovl_config_same_ports(rtnl_dereference(ovl->cfg), cfg)) {
		peer->next_sources = peer->sources;
		return 0;
	}
	err = ovl_sources_add(&peer->next_sources, ovl, peer, cfg, &rx, eff.vni,
			      extack);
	if (!err)
		return 0;

free_path:
	ovl_path_free_rcu(peer->next_path);
	peer->next_path = NULL;
	return err;
}

/**
 * ovl_peer_publish() - put what was prepared in force
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_peer_publish(struct ovl_peer *peer)
{
	struct ovl_path *old = rtnl_dereference(peer->path);

	ovl_peers_changed(peer->ovl);
	ovl_dev_reserve(peer->ovl, peer->next_path->overhead);
	rcu_assign_pointer(peer->path, peer->next_path);
	ovl_peer_use(peer, peer->next_path, 1);
	ovl_peer_use(peer, old, -1);
	peer->ovl->policies += ovl_path_has_policy(peer->next_path);
	peer->ovl->policies -= ovl_path_has_policy(old);
	ovl_path_free_rcu(old);
	peer->next_path = NULL;

	if (peer->next_sources.rx != peer->sources.rx) {
		ovl_sources_del(peer->ovl, &peer->sources);
		peer->sources = peer->next_sources;
	}
}

/**
 * ovl_peer_cancel() - drop what was prepared
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_peer_cancel(struct ovl_peer *peer)
{
	if (!peer->next_path)
		return;
	ovl_path_free_rcu(peer->next_path);
	peer->next_path = NULL;
	if (peer->next_sources.rx != peer->sources.rx)
		ovl_sources_del(peer->ovl, &peer->next_sources);
}

/**
 * ovl_peer_take() - replace what is said of a peer
 * @peer: peer
 * @own: what is to be said of it
 *
 * Context: RTNL.
 */
void ovl_peer_take(struct ovl_peer *peer, const struct ovl_peer_config *own)
{
	if (own->set)
		own->set->users++;
	if (peer->cfg.set)
		peer->cfg.set->users--;
	peer->cfg = *own;
}

static int ovl_peer_check_prefixes(const struct ovl_peer *peer,
				   const struct ovl_peer_request *req,
				   struct netlink_ext_ack *extack)
{
	const struct ovl_prefix *node;
	unsigned int i;

	for (i = 0; i < req->n_prefix; i++) {
		if (req->prefix[i].op != OVL_LIST_DEL)
			continue;
		node = ovl_prefix_find(&peer->ovl->prefixes,
				       &req->prefix[i].key);
		if (node && rcu_access_pointer(node->peer) == peer)
			continue;
		NL_SET_ERR_MSG_FMT_MOD(extack, "prefix %u of those to take away isn't the peer's",
				       i + 1);
		return -ENOENT;
	}
	return 0;
}

static unsigned int ovl_count_adds(const struct ovl_peer_request *req)
{
	unsigned int i, n = 0;

	for (i = 0; i < req->n_prefix; i++)
		n += req->prefix[i].op == OVL_LIST_ADD;
	return n;
}

/* Give the peer its prefixes. Those who lose one come into @moved. */
static void ovl_peer_set_prefixes(struct ovl_peer *peer,
				  const struct ovl_peer_request *req,
				  struct list_head *pool,
				  struct list_head *moved)
{
	struct ovl_prefixes *table = &peer->ovl->prefixes;
	struct ovl_prefix *node, *next;
	struct ovl_peer *old;
	unsigned int i;

	if (req->replace_prefixes)
		list_for_each_entry(node, &peer->prefixes, list)
			node->stale = true;

	for (i = 0; i < req->n_prefix; i++) {
		const struct ovl_prefix_key *key = &req->prefix[i].key;

		if (req->prefix[i].op == OVL_LIST_DEL) {
			node = ovl_prefix_find(table, key);
			if (node && rcu_access_pointer(node->peer) == peer)
				ovl_prefix_remove(table, node);
			continue;
		}
		old = ovl_prefix_insert(table, pool, key, peer,
					&peer->prefixes);
		if (old && old != peer)
			list_move_tail(&old->moved, moved);
	}

	if (req->replace_prefixes)
		list_for_each_entry_safe(node, next, &peer->prefixes, list)
			if (node->stale)
				ovl_prefix_remove(table, node);
}

static void ovl_notify_moved(struct list_head *moved)
{
	struct ovl_peer *peer, *next;

	list_for_each_entry_safe(peer, next, moved, moved) {
		list_del_init(&peer->moved);
		ovl_notify_peer(peer, OVL_TUN_CMD_PEER_NTF);
	}
}

/**
 * ovl_peer_change() - make of a peer what is wanted, all of it or nothing
 * @peer: peer
 * @req: what it is to become; &ovl_peer_request.macs is taken over
 * @extack: says what is wrong
 *
 * The caller tells of it. Those who lose a prefix or a MAC address have been told
 * of.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the peer as it was.
 */
int ovl_peer_change(struct ovl_peer *peer, struct ovl_peer_request *req,
		    struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = peer->ovl;
	bool layer2 = ovl->dev->type != ARPHRD_NONE;
	struct ovl_peer_name *name = peer->name;
	LIST_HEAD(moved);
	LIST_HEAD(pool);
	int err;

	ASSERT_RTNL();

	err = ovl_peer_check_prefixes(peer, req, extack);
	if (err)
		return err;
	err = ovl_prefix_pool(&pool, ovl_count_adds(req));
	if (err)
		return err;
	if (req->name && strcmp(req->name, ovl_peer_name(peer))) {
		name = *req->name ? ovl_peer_name_add(peer, req->name, extack) :
				    NULL;
		if (IS_ERR(name)) {
			err = PTR_ERR(name);
			goto free_pool;
		}
	}
	err = ovl_peer_prepare(peer, rtnl_dereference(ovl->cfg), &req->cfg,
			       req->set_macs ? req->macs : peer->macs, extack);
	if (err)
		goto free_name;
	err = ovl_dev_listen(ovl, peer->next_path, extack);
	if (!err && layer2 && req->set_macs)
		err = ovl_fdb_claim(peer, req->macs, extack);
	if (err)
		goto cancel;

	ovl_peer_take(peer, &req->cfg);
	if (name != peer->name)
		swap(name, peer->name);
	else
		name = NULL;
	ovl_peer_name_del(ovl, name);
	if (req->set_macs) {
		swap(peer->macs, req->macs);
		if (layer2)
			ovl_fdb_drop(peer, req->macs);
		kfree(req->macs);
		req->macs = NULL;
	}
	/* A packet by a new prefix or MAC address is to go by the new path. */
	ovl_peer_publish(peer);
	if (layer2 && req->set_macs)
		ovl_fdb_take(peer, &moved);
	ovl_peer_set_prefixes(peer, req, &pool, &moved);
	ovl_dev_listen(ovl, NULL, NULL); /* less, if anything */
	ovl_mtu_note(ovl, peer);
	ovl_mtu_update(ovl);
	ovl_fdb_update_use(ovl);
	/* One that an entry asks for is told of, or freed, when others that the
	 * same request needs are there as well.
	 */
	if (!peer->implicit)
		ovl_fdb_settle(ovl);

	ovl_prefix_pool_free(&pool);
	ovl_notify_moved(&moved);
	return 0;

cancel:
	ovl_peer_cancel(peer);
	ovl_dev_listen(ovl, NULL, NULL); /* what was opened for it */
free_name:
	if (name != peer->name)
		ovl_peer_name_del(ovl, name);
free_pool:
	ovl_prefix_pool_free(&pool);
	return err;
}
