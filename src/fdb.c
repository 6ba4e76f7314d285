// SPDX-License-Identifier: GPL-2.0
/*
 * The forwarding table: from a MAC address to the peers that frames to it go.
 *
 * Everything that changes an entry holds &ovl_fdb.lock, whether it is a user
 * under RTNL, a frame that is learned from, or the work that lets entries age.
 * Frames find entries and their destinations under RCU.
 *
 * Lifetime: an entry, and a list of destinations that it had, is freed a grace
 * period after it was taken out. Peers live longer: one that no entry leads to
 * any more is freed by ovl_fdb_settle() and the same goes for explicit peers,
 * which ovl_fdb_forget() takes out of all entries first; both then wait for a
 * grace period. So do groups of nexthops, see nexthop.c.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/neighbour.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "learn.h"
#include "nexthop.h"
#include "vni.h"

static const struct rhashtable_params ovl_fdb_params = {
	.head_offset		= offsetof(struct ovl_fdb_entry, node),
	.key_offset		= offsetof(struct ovl_fdb_entry, key),
	.key_len		= sizeof(struct ovl_fdb_key),
	.automatic_shrinking	= true,
};

/**
 * ovl_fdb_init() - make an empty table
 * @ovl: device
 *
 * Return: 0 or a negative error.
 */
int ovl_fdb_init(struct ovl_dev *ovl)
{
	struct ovl_fdb *fdb = &ovl->fdb;

	static_assert(sizeof(struct ovl_fdb_key) == 12);
#ifdef CONFIG_64BIT
	static_assert(sizeof(struct ovl_fdb_entry) <= 64);
#endif
	spin_lock_init(&fdb->lock);
	INIT_LIST_HEAD(&fdb->idle);
	INIT_LIST_HEAD(&fdb->idle_groups);
	INIT_LIST_HEAD(&fdb->settle);
	INIT_DEFERRABLE_WORK(&fdb->age, ovl_fdb_age);
	return rhashtable_init(&fdb->table, &ovl_fdb_params);
}

static void ovl_fdb_set_use(struct ovl_dev *ovl)
{
	unsigned long id = OVL_PEER_REMOTE + 1;
	bool use = ovl->trunk || ovl->fdb.n || READ_ONCE(ovl->neigh) ||
		   xa_find(&ovl->peers, &id, S32_MAX, XA_PRESENT);

	lockdep_assert_held(&ovl->fdb.lock);
	if (ovl->forwards != use)
		WRITE_ONCE(ovl->forwards, use);
}

/**
 * ovl_fdb_update_use() - decide whether frames need a look into the table
 * @ovl: device
 *
 * A device with nothing but a remote sends all there and looks nothing up.
 *
 * Context: RTNL.
 */
void ovl_fdb_update_use(struct ovl_dev *ovl)
{
	spin_lock_bh(&ovl->fdb.lock);
	ovl_fdb_set_use(ovl);
	spin_unlock_bh(&ovl->fdb.lock);
}

/**
 * ovl_fdb_lookup() - find an entry
 * @ovl: device
 * @mac: MAC address
 * @vni: VNI on a device that has several, else 0
 *
 * Context: RCU read section or &ovl_fdb.lock.
 * Return: entry, or NULL.
 */
struct ovl_fdb_entry *ovl_fdb_lookup(const struct ovl_dev *ovl, const u8 *mac,
				     u32 vni)
{
	struct ovl_fdb_key key = { .vni = vni };

	memcpy(key.mac, mac, ETH_ALEN);
	return rhashtable_lookup_fast((struct rhashtable *)&ovl->fdb.table,
				      &key, ovl_fdb_params);
}

/**
 * ovl_fdb_new() - make an entry that isn't in the table yet
 * @mac: MAC address
 * @vni: VNI on a device that has several, else 0
 * @state: NUD_*
 * @flags: NTF_* and OVL_FDB_*
 * @gfp: how to allocate
 *
 * Return: to be given to ovl_fdb_insert() or kfree(); NULL without memory.
 */
struct ovl_fdb_entry *ovl_fdb_new(const u8 *mac, u32 vni, u8 state, u16 flags,
				  gfp_t gfp)
{
	struct ovl_fdb_entry *entry = kzalloc(sizeof(*entry), gfp);

	if (!entry)
		return NULL;
	entry->key.vni = vni;
	memcpy(entry->key.mac, mac, ETH_ALEN);
	entry->state = state;
	entry->flags = flags;
	entry->used = jiffies;
	entry->updated = entry->used;
	return entry;
}

static void *ovl_fdb_dst(const struct ovl_dev *ovl,
			 const struct ovl_fdb_entry *entry)
{
	return rcu_dereference_protected(entry->dst,
					 lockdep_is_held(&ovl->fdb.lock));
}

static void ovl_fdb_ref_all(void *dst, bool fixed)
{
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);

	for (i = 0; i < n; i++)
		ovl_endpoint_ref(peers[i], fixed);
}

static void ovl_fdb_unref_all(void *dst, bool fixed)
{
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);

	for (i = 0; i < n; i++)
		ovl_endpoint_unref(peers[i], fixed);
}

static void ovl_fdb_join(struct ovl_fdb_entry *entry, const void *dst)
{
	struct ovl_nexthop *nexthop = ovl_fdb_nexthop(dst);

	if (nexthop)
		ovl_nexthop_join(nexthop, entry);
}

static void ovl_fdb_leave(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  const void *dst)
{
	struct ovl_nexthop *nexthop = ovl_fdb_nexthop(dst);

	if (nexthop)
		ovl_nexthop_leave(ovl, nexthop, entry);
}

static void ovl_fdb_free_list(struct ovl_fdb_list *list)
{
	if (list)
		kvfree_rcu(list, rcu);
}

static bool ovl_fdb_is_dynamic(const struct ovl_fdb_entry *entry)
{
	return !(entry->state & (NUD_PERMANENT | NUD_NOARP));
}

static void ovl_fdb_note_state(struct ovl_fdb *fdb,
			       const struct ovl_fdb_entry *entry)
{
	if (ovl_fdb_is_dynamic(entry))
		fdb->dynamic = true;
}

/**
 * ovl_fdb_insert() - put an entry into the table
 * @ovl: device
 * @entry: entry
 * @dst: its first destination
 *
 * Context: &ovl_fdb.lock.
 * Return: 0 or a negative error.
 */
int ovl_fdb_insert(struct ovl_dev *ovl, struct ovl_fdb_entry *entry, void *dst)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	int err;

	lockdep_assert_held(&fdb->lock);
	RCU_INIT_POINTER(entry->dst, dst);
	err = rhashtable_insert_fast(&fdb->table, &entry->node, ovl_fdb_params);
	if (err)
		return err;
	ovl_fdb_ref_all(dst, ovl_fdb_fixed(entry));
	ovl_fdb_join(entry, dst);
	WRITE_ONCE(fdb->n, fdb->n + 1);
	if (!ovl_fdb_fixed(entry))
		fdb->learned++;
	ovl_fdb_note_state(fdb, entry);
	if (is_zero_ether_addr(entry->key.mac) && !ovl->trunk)
		rcu_assign_pointer(fdb->flood, entry);
	WRITE_ONCE(ovl->forwards, true);
	return 0;
}

/**
 * ovl_fdb_set_dst() - replace the destination of an entry
 * @ovl: device
 * @entry: entry with one destination or none
 * @dst: its new one
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_fdb_set_dst(struct ovl_dev *ovl, struct ovl_fdb_entry *entry, void *dst)
{
	void *old = ovl_fdb_dst(ovl, entry);

	ovl_fdb_ref_all(dst, ovl_fdb_fixed(entry));
	rcu_assign_pointer(entry->dst, dst);
	ovl_fdb_unref_all(old, ovl_fdb_fixed(entry));
	ovl_fdb_leave(ovl, entry, old);
	ovl_fdb_join(entry, dst);
	ovl_fdb_free_list(ovl_fdb_list(old));
}

/**
 * ovl_fdb_set_flags() - change the flags of an entry
 * @ovl: device
 * @entry: entry
 * @flags: NTF_* and OVL_FDB_*
 *
 * Comes after a change of &ovl_fdb_entry.state.
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_fdb_set_flags(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		       u16 flags)
{
	bool was = ovl_fdb_fixed(entry), is;
	void *dst = ovl_fdb_dst(ovl, entry);

	ovl_fdb_note_state(&ovl->fdb, entry);
	WRITE_ONCE(entry->flags, flags);
	is = ovl_fdb_fixed(entry);
	if (was == is)
		return;
	ovl->fdb.learned += was ? 1 : -1;
	ovl_fdb_ref_all(dst, is);
	ovl_fdb_unref_all(dst, was);
}

/* Whether a peer is among the destinations of an entry. */
static bool ovl_fdb_has_peer(void *dst, const struct ovl_peer *peer)
{
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);

	for (i = 0; i < n; i++)
		if (peers[i] == peer)
			return true;
	return false;
}

/**
 * ovl_fdb_append() - add a destination to an entry
 * @ovl: device
 * @entry: entry of a multicast address, or for all that have none
 * @peer: destination
 * @room: list to go on with if there is no room; NULL once it is used
 *
 * Context: &ovl_fdb.lock and RTNL.
 * Return: 1 if it was added, 0 if it was there, or -ENOSPC if *@room has less
 * than twice the room that there is now.
 */
int ovl_fdb_append(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		   struct ovl_peer *peer, struct ovl_fdb_list **room)
{
	void *dst = ovl_fdb_dst(ovl, entry);
	struct ovl_fdb_list *list = ovl_fdb_list(dst), *next = *room;
	struct ovl_peer *const *peers;
	unsigned int n;

	if (ovl_fdb_has_peer(dst, peer))
		return 0;
	n = ovl_fdb_peers(&dst, &peers);
	if (!list || list->n == list->room) {
		if (!next || next->room <= n)
			return -ENOSPC;
		memcpy(next->peer, peers, n * sizeof(*peers));
		next->peer[n] = peer;
		next->n = n + 1;
		*room = NULL;
		rcu_assign_pointer(entry->dst,
				   (void *)((unsigned long)next | 1));
		ovl_fdb_free_list(list);
	} else {
		/* Who has seen the list when it was longer looks there too. */
		WRITE_ONCE(list->peer[n], peer);
		smp_store_release(&list->n, n + 1); /* ovl_fdb_peers() */
	}
	ovl_endpoint_ref(peer, ovl_fdb_fixed(entry));
	return 1;
}

/**
 * ovl_fdb_del_peer() - take one of several destinations from an entry
 * @ovl: device
 * @entry: entry
 * @peer: destination
 *
 * Readers may see the last one twice, or miss it, while it takes the place of
 * the one that goes; a frame that is flooded just then is the worse for it.
 *
 * Context: &ovl_fdb.lock and RTNL.
 * Return: false if it is the only one, and still there.
 */
bool ovl_fdb_del_peer(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		      const struct ovl_peer *peer)
{
	struct ovl_fdb_list *list = ovl_fdb_list(ovl_fdb_dst(ovl, entry));
	unsigned int i;

	if (!list || list->n < 2)
		return false;
	for (i = 0; i < list->n; i++)
		if (list->peer[i] == peer)
			break;
	if (i < list->n) {
		ovl_endpoint_unref(list->peer[i], ovl_fdb_fixed(entry));
		WRITE_ONCE(list->peer[i], list->peer[list->n - 1]);
		/* The peer that was moved is there before the list is short. */
		smp_store_release(&list->n, list->n - 1);
	}
	return true;
}

/* Tell of each destination that an entry had. */
static void ovl_fdb_notify_all(struct ovl_dev *ovl,
			       const struct ovl_fdb_entry *entry, int type)
{
	void *dst = ovl_fdb_dst(ovl, entry);
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);

	for (i = 0; i < n; i++)
		ovl_fdb_notify(ovl, entry, peers[i], type);
	if (dst && !n)
		ovl_fdb_notify(ovl, entry, NULL, type);
}

/**
 * ovl_fdb_del() - remove an entry
 * @ovl: device
 * @entry: entry
 * @notify: send RTM_DELNEIGH for each of its destinations
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_fdb_del(struct ovl_dev *ovl, struct ovl_fdb_entry *entry, bool notify)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	void *dst = ovl_fdb_dst(ovl, entry);

	if (notify)
		ovl_fdb_notify_all(ovl, entry, RTM_DELNEIGH);
	if (rcu_access_pointer(fdb->flood) == entry)
		RCU_INIT_POINTER(fdb->flood, NULL);
	rhashtable_remove_fast(&fdb->table, &entry->node, ovl_fdb_params);
	WRITE_ONCE(fdb->n, fdb->n - 1);
	if (!ovl_fdb_fixed(entry))
		fdb->learned--;
	ovl_fdb_unref_all(dst, ovl_fdb_fixed(entry));
	ovl_fdb_leave(ovl, entry, dst);
	ovl_fdb_free_list(ovl_fdb_list(dst));
	kfree_rcu(entry, rcu);
	if (!fdb->n)
		ovl_fdb_set_use(ovl);
}

static enum ovl_fdb_verdict ovl_fdb_judge_peer(struct ovl_dev *ovl,
					       struct ovl_fdb_entry *entry,
					       void *arg)
{
	struct ovl_peer *peer = arg;

	if (!ovl_fdb_has_peer(ovl_fdb_dst(ovl, entry), peer))
		return OVL_FDB_KEEP;
	if (!ovl_fdb_list(ovl_fdb_dst(ovl, entry)))
		return OVL_FDB_REMOVE;
	ovl_fdb_notify(ovl, entry, peer, RTM_DELNEIGH);
	return ovl_fdb_del_peer(ovl, entry, peer) ? OVL_FDB_KEEP :
						    OVL_FDB_REMOVE;
}

/**
 * ovl_fdb_forget() - let no entry lead to a peer that ends
 * @peer: peer
 *
 * From here on nothing is learned from its frames either.
 *
 * Context: RTNL.
 */
void ovl_fdb_forget(struct ovl_peer *peer)
{
	struct ovl_fdb *fdb = &peer->ovl->fdb;
	bool used;

	spin_lock_bh(&fdb->lock);
	peer->gone = true;
	used = peer->users;
	spin_unlock_bh(&fdb->lock);
	if (used) {
		ovl_fdb_walk(peer->ovl, ovl_fdb_judge_peer, peer, NULL);
		ovl_nexthop_forget(peer);
		ovl_vnis_forget(peer);
	}
	spin_lock_bh(&fdb->lock);
	WARN_ON_ONCE(peer->users);
	list_del_init(&peer->idle);
	fdb->senders -= peer->rank == OVL_RANK_LEARNED;
	spin_unlock_bh(&fdb->lock);
}

static enum ovl_fdb_verdict ovl_fdb_judge_dynamic(struct ovl_dev *ovl,
						  struct ovl_fdb_entry *entry,
						  void *arg)
{
	return ovl_fdb_is_dynamic(entry) ? OVL_FDB_REMOVE : OVL_FDB_KEEP;
}

/**
 * ovl_fdb_stop() - the device goes down, and what it learned is forgotten
 * @ovl: device, not running any more
 *
 * Context: RTNL.
 */
void ovl_fdb_stop(struct ovl_dev *ovl)
{
	struct net_device *dev = ovl->dev;
	bool dynamic;

	cancel_delayed_work_sync(&ovl->fdb.age);
	/* All entries of a device that is being removed go later. */
	if (dev->dismantle && !rtnl_has_listeners(dev_net(dev), RTNLGRP_NEIGH))
		return;
	spin_lock_bh(&ovl->fdb.lock);
	dynamic = ovl->fdb.dynamic;
	ovl->fdb.dynamic = false;
	spin_unlock_bh(&ovl->fdb.lock);
	if (!dynamic)
		return;
	ovl_fdb_walk(ovl, ovl_fdb_judge_dynamic, NULL, NULL);
	ovl_fdb_settle(ovl);
}

/**
 * ovl_fdb_end() - a device ends, and nothing looks at its table by itself
 * @ovl: device, not running any more
 *
 * Context: RTNL.
 */
void ovl_fdb_end(struct ovl_dev *ovl)
{
	cancel_delayed_work_sync(&ovl->fdb.age);
	ovl_fdb_settle_forget(ovl);
}

static void ovl_fdb_free_entry(void *ptr, void *arg)
{
	struct ovl_fdb_entry *entry = ptr;

	kvfree(ovl_fdb_list(rcu_dereference_protected(entry->dst, true)));
	kfree(entry);
}

/**
 * ovl_fdb_destroy() - free the table of a device that has ended
 * @ovl: device, of which nobody knows any more
 *
 * Context: may sleep.
 */
void ovl_fdb_destroy(struct ovl_dev *ovl)
{
	rhashtable_free_and_destroy(&ovl->fdb.table, ovl_fdb_free_entry, NULL);
}

/*
 * MAC addresses of peers
 */

static bool ovl_macs_have(const struct ovl_macs *macs, const u8 *mac)
{
	unsigned int i;

	for (i = 0; macs && i < macs->n; i++)
		if (ether_addr_equal_unaligned(macs->addr[i], mac))
			return true;
	return false;
}

static int ovl_fdb_claim_one(struct ovl_dev *ovl, const u8 *mac,
			     struct netlink_ext_ack *extack)
{
	struct ovl_fdb_entry *entry, *made;
	int err = 0;

	made = ovl_fdb_new(mac, 0, NUD_NOARP, OVL_FDB_PEER | OVL_FDB_CLAIMED,
			   GFP_KERNEL_ACCOUNT);
	if (!made)
		return -ENOMEM;
	spin_lock_bh(&ovl->fdb.lock);
	entry = ovl_fdb_lookup(ovl, mac, 0);
	if (!entry) {
		err = ovl_fdb_insert(ovl, made, NULL);
		if (!err)
			made = NULL;
	} else if (entry->flags & OVL_FDB_USER) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "mac %pM has an entry of bridge fdb",
				       mac);
		err = -EEXIST;
	} else {
		WRITE_ONCE(entry->flags, entry->flags | OVL_FDB_CLAIMED);
	}
	spin_unlock_bh(&ovl->fdb.lock);
	kfree(made);
	return err;
}

/**
 * ovl_fdb_unclaim() - undo ovl_fdb_claim()
 * @peer: peer
 * @macs: MAC addresses, or NULL
 *
 * Context: RTNL.
 */
void ovl_fdb_unclaim(struct ovl_peer *peer, const struct ovl_macs *macs)
{
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_fdb_entry *entry;
	unsigned int i;

	for (i = 0; macs && i < macs->n; i++) {
		spin_lock_bh(&ovl->fdb.lock);
		entry = ovl_fdb_lookup(ovl, macs->addr[i], 0);
		if (entry && (entry->flags & OVL_FDB_CLAIMED)) {
			WRITE_ONCE(entry->flags,
				   entry->flags & ~OVL_FDB_CLAIMED);
			if (!rcu_access_pointer(entry->dst))
				ovl_fdb_del(ovl, entry, false);
		}
		spin_unlock_bh(&ovl->fdb.lock);
	}
}

/**
 * ovl_fdb_claim() - have an entry for each MAC address that a peer is to have
 * @peer: peer of a layer 2 device
 * @macs: MAC addresses, or NULL
 * @extack: says which one can't be had
 *
 * What exists stays in force until ovl_fdb_take(), which can't fail.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_fdb_claim(struct ovl_peer *peer, const struct ovl_macs *macs,
		  struct netlink_ext_ack *extack)
{
	unsigned int i;
	int err;

	for (i = 0; macs && i < macs->n; i++) {
		err = ovl_fdb_claim_one(peer->ovl, macs->addr[i], extack);
		if (err) {
			ovl_fdb_unclaim(peer, macs);
			return err;
		}
	}
	return 0;
}

/* Take a MAC address from the list of the peer that has it. */
static void ovl_fdb_lose(struct ovl_peer *loser, const u8 *mac,
			 struct list_head *moved)
{
	struct ovl_macs *macs = loser->macs;
	unsigned int i;

	for (i = 0; i < macs->n; i++)
		if (ether_addr_equal_unaligned(macs->addr[i], mac))
			break;
	if (i == macs->n)
		return;
	memmove(macs->addr[i], macs->addr[i + 1],
		(--macs->n - i) * ETH_ALEN);
	if (!macs->n) {
		kfree(macs);
		loser->macs = NULL;
	}
	if (list_empty(&loser->moved))
		list_add_tail(&loser->moved, moved);
}

static void ovl_fdb_take_one(struct ovl_peer *peer, const u8 *mac,
			     struct list_head *moved)
{
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_fdb_entry *entry;
	struct ovl_peer *old;

	spin_lock_bh(&ovl->fdb.lock);
	entry = ovl_fdb_lookup(ovl, mac, 0);
	if (WARN_ON_ONCE(!entry))
		goto unlock;
	old = ovl_fdb_dst(ovl, entry);
	if (old && old != peer && (entry->flags & OVL_FDB_PEER))
		ovl_fdb_lose(old, mac, moved);
	WRITE_ONCE(entry->state, NUD_NOARP);
	ovl_fdb_set_flags(ovl, entry, OVL_FDB_PEER | NTF_SELF);
	if (old != peer) {
		ovl_fdb_set_dst(ovl, entry, peer);
		WRITE_ONCE(entry->updated, jiffies);
		ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
	}
unlock:
	spin_unlock_bh(&ovl->fdb.lock);
}

/**
 * ovl_fdb_take() - let the entries of a peer's MAC addresses lead to it
 * @peer: peer of a layer 2 device, whose addresses were claimed
 * @moved: gets the peers that lose one
 *
 * Context: RTNL.
 */
void ovl_fdb_take(struct ovl_peer *peer, struct list_head *moved)
{
	unsigned int i;

	for (i = 0; peer->macs && i < peer->macs->n; i++)
		ovl_fdb_take_one(peer, peer->macs->addr[i], moved);
}

/**
 * ovl_fdb_drop() - remove the entries of MAC addresses that a peer has no more
 * @peer: peer of a layer 2 device
 * @old: those that it had, or NULL
 *
 * Context: RTNL.
 */
void ovl_fdb_drop(struct ovl_peer *peer, const struct ovl_macs *old)
{
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_fdb_entry *entry;
	unsigned int i;

	for (i = 0; old && i < old->n; i++) {
		if (ovl_macs_have(peer->macs, old->addr[i]))
			continue;
		spin_lock_bh(&ovl->fdb.lock);
		entry = ovl_fdb_lookup(ovl, old->addr[i], 0);
		if (entry && (entry->flags & OVL_FDB_PEER) &&
		    ovl_fdb_dst(ovl, entry) == peer)
			ovl_fdb_del(ovl, entry, true);
		spin_unlock_bh(&ovl->fdb.lock);
	}
}
