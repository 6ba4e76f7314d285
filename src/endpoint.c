// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that forwarding entries make, by their endpoint.
 *
 * Such a peer is found by its source (source.c). An entry that a user asks for
 * makes it under RTNL, like any other. A learned one makes it in softirq,
 * under &ovl_fdb.lock, and without what only the control path needs: it keeps
 * no sockets open and has no say in the device's MTU.
 *
 * Lifetime: &ovl_peer.users counts the entries, and the members of groups of
 * nexthops, that lead to a peer. Whoever takes the last one away puts the peer
 * into &ovl_fdb.idle; ovl_fdb_settle() frees it under RTNL, if nothing leads to
 * it again by then. Peers are freed under RTNL only, so that whoever holds that
 * can rely on them.
 */

#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "main.h"
#include "mtu.h"
#include "nexthop.h"
#include "notify.h"
#include "path.h"
#include "peer.h"
#include "source.h"

#define OVL_SETTLE_STEPS	256	/* peers that are looked at in one go */

/* Protects ovl_settle_list and &ovl_fdb.settle. Inside of &ovl_fdb.lock. */
static DEFINE_SPINLOCK(ovl_settle_lock);
static LIST_HEAD(ovl_settle_list);

/**
 * ovl_endpoint_match() - whether a peer is what an entry says of it
 * @peer: peer
 * @ep: endpoint; without port or VNI it is any peer of a user's at the
 *	address, and of the others the one that has none of its own
 *
 * Context: RTNL.
 */
bool ovl_endpoint_match(const struct ovl_peer *peer,
			const struct ovl_endpoint *ep)
{
	const struct ovl_path *path = rtnl_dereference(peer->path);
	const struct ovl_peer_config *own = &peer->cfg;

	if (!path || !ovl_addr_equal(&path->remote, &ep->addr) ||
	    path->via != ep->link)
		return false;
	if (ep->has_port ? path->dport != ep->port :
	    peer->implicit && (own->given & OVL_TUN_PEER_FIELD_PORT))
		return false;
	if (ep->has_vni ? path->vni != ep->vni :
	    peer->implicit && (own->given & OVL_TUN_PEER_FIELD_VNI))
		return false;
	return true;
}

/**
 * ovl_endpoint_find() - find the peer that is an endpoint
 * @ovl: device
 * @ep: endpoint
 *
 * The link's own remote is none: it may become another at any time.
 *
 * Context: RTNL.
 * Return: a peer of the user's if there is one, else of an entry's; or NULL.
 */
struct ovl_peer *ovl_endpoint_find(struct ovl_dev *ovl,
				   const struct ovl_endpoint *ep)
{
	struct ovl_source_key key = { .addr = ep->addr, .vni = ep->vni };
	struct ovl_peer *found = NULL;
	struct ovl_source *source;
	struct rhlist_head *pos;

	ASSERT_RTNL();
	rcu_read_lock();
	ovl_source_for_each(source, pos, ovl_net(ovl->net), &key) {
		struct ovl_peer *peer = source->peer;

		if (source->ovl != ovl || !peer || peer->gone ||
		    peer->id == OVL_PEER_REMOTE ||
		    !ovl_endpoint_match(peer, ep))
			continue;
		if (!found || !peer->implicit)
			found = peer;
	}
	rcu_read_unlock();
	return found;
}

static void ovl_endpoint_own(struct ovl_peer_config *own,
			     const struct ovl_endpoint *ep)
{
	memset(own, 0, sizeof(*own));
	own->remote = ep->addr;
	own->link = ep->link;
	if (ep->has_port) {
		own->port = ep->port;
		own->given |= OVL_TUN_PEER_FIELD_PORT;
	}
	if (ep->has_vni) {
		own->vni = ep->vni;
		own->given |= OVL_TUN_PEER_FIELD_VNI;
	}
}

/* Who was learned was in nobody's way. As a known one it is: another device may
 * have come to know the same. Nor was a socket kept open for it.
 */
static int ovl_endpoint_raise(struct ovl_peer *peer,
			      struct netlink_ext_ack *extack)
{
	struct ovl_source source = *peer->sources.rx;
	struct ovl_dev *ovl = peer->ovl;
	int err;

	source.rank = OVL_RANK_ENTRY;
	err = ovl_source_check(&source, rtnl_dereference(ovl->cfg), extack);
	if (!err)
		err = ovl_dev_listen(ovl, rtnl_dereference(peer->path), extack);
	if (err)
		return err;
	ovl_peer_set_rank(peer, OVL_RANK_ENTRY);
	ovl_mtu_note(ovl, peer);
	ovl_mtu_update(ovl);
	return 0;
}

/**
 * ovl_endpoint_get() - the peer that a user's entry is to lead to
 * @ovl: device
 * @ep: endpoint
 * @extack: says why there can't be one
 *
 * What turns out not to be needed goes with the next ovl_fdb_settle(), and of
 * what is needed that tells.
 *
 * Context: RTNL.
 * Return: peer, or an error pointer.
 */
struct ovl_peer *ovl_endpoint_get(struct ovl_dev *ovl,
				  const struct ovl_endpoint *ep,
				  struct netlink_ext_ack *extack)
{
	struct ovl_peer *peer = ovl_endpoint_find(ovl, ep);
	struct ovl_peer_request req = {};
	int err;

	if (!peer) {
		peer = ovl_peer_new(ovl, OVL_PEER_ANY_IMPLICIT, extack);
		if (IS_ERR(peer))
			return peer;
		peer->implicit = true;
		peer->rank = OVL_RANK_ENTRY;
		ovl_endpoint_own(&req.cfg, ep);
		err = ovl_peer_change(peer, &req, extack);
		if (err) {
			ovl_peer_free(peer);
			return ERR_PTR(err);
		}
	} else if (peer->rank == OVL_RANK_LEARNED) {
		err = ovl_endpoint_raise(peer, extack);
		if (err)
			return ERR_PTR(err);
	}
	/* Until an entry leads to it. Whatever else waits, it is the next. */
	spin_lock_bh(&ovl->fdb.lock);
	if (peer->implicit)
		list_move(&peer->idle, &ovl->fdb.idle);
	spin_unlock_bh(&ovl->fdb.lock);
	return peer;
}

/**
 * ovl_endpoint_adopt() - the entries' peer that a user's is about to replace
 * @ovl: device
 * @own: what is said of the user's
 *
 * Context: RTNL.
 * Return: peer with the same endpoint, or NULL.
 */
struct ovl_peer *ovl_endpoint_adopt(struct ovl_dev *ovl,
				    const struct ovl_peer_config *own)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_endpoint ep = {
		.addr = own->remote,
		.vni = cfg->vni,
	};
	struct ovl_peer *peer;

	if (own->given & OVL_TUN_PEER_FIELD_VNI) {
		ep.vni = own->vni;
		ep.has_vni = own->vni != cfg->vni;
	}
	if (own->given & OVL_TUN_PEER_FIELD_PORT) {
		ep.port = own->port;
		ep.has_port = own->port != cfg->port[cfg->encap];
	}
	peer = ovl_endpoint_find(ovl, &ep);
	return peer && peer->implicit ? peer : NULL;
}

/* A peer that another CPU may have made a moment ago, or of several with the same
 * address that of a link.
 */
static struct ovl_peer *ovl_endpoint_learned(struct ovl_dev *ovl,
					     const struct ovl_source_key *key,
					     int link)
{
	struct ovl_source *source;
	struct rhlist_head *pos;

	ovl_source_for_each(source, pos, ovl_net(ovl->net), key) {
		if (source->ovl != ovl || !source->peer || source->peer->gone)
			continue;
		if (ovl_path_is_by(rcu_dereference(source->peer->path), link))
			return source->peer;
	}
	return NULL;
}

/* One address that comes from ever new places makes a peer for each frame, and
 * takes no more entries than one. Peers go under RTNL, which others may hold for
 * long.
 */
static bool ovl_endpoint_full(const struct ovl_fdb *fdb,
			      const struct ovl_config *cfg)
{
	unsigned int limit = cfg->max_macs ?: OVL_FDB_LEARN_LIMIT;

	return fdb->senders >= limit &&
	       fdb->senders - limit >= OVL_FDB_LEARN_SPARE;
}

/**
 * ovl_endpoint_learn() - the peer that a learned entry is to lead to
 * @ovl: device
 * @cfg: its configuration
 * @addr: outer source of the frame
 * @link: ifindex that the frame came by if @addr is link-local, and says who that
 *	is with it; 0 for any other address
 *
 * Context: softirq, RCU read section, &ovl_fdb.lock.
 * Return: peer, or NULL if there is none and can't be one now.
 */
struct ovl_peer *ovl_endpoint_learn(struct ovl_dev *ovl,
				    const struct ovl_config *cfg,
				    const struct ovl_addr *addr, int link)
{
	struct ovl_source_key key = { .addr = *addr, .vni = cfg->vni };
	struct ovl_peer_config own = { .remote = *addr, .link = link };
	struct ovl_peer *peer;

	lockdep_assert_held(&ovl->fdb.lock);
	peer = ovl_endpoint_learned(ovl, &key, link);
	if (peer)
		return peer;
	/* The settings, of which a copy goes into the path, are changing. */
	if (ovl->fdb.paused || cfg != rcu_access_pointer(ovl->cfg))
		return NULL;
	if (ovl_endpoint_full(&ovl->fdb, cfg))
		return NULL;
	return ovl_peer_learn(ovl, cfg, &own);
}

/**
 * ovl_endpoint_ref() - an entry leads to a peer
 * @peer: peer
 * @fixed: somebody has asked for the entry
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_endpoint_ref(struct ovl_peer *peer, bool fixed)
{
	lockdep_assert_held(&peer->ovl->fdb.lock);
	WRITE_ONCE(peer->users, peer->users + 1);
	WRITE_ONCE(peer->fixed, peer->fixed + fixed);
}

/**
 * ovl_endpoint_unref() - an entry does not lead to a peer any more
 * @peer: peer
 * @fixed: as it was given to ovl_endpoint_ref()
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_endpoint_unref(struct ovl_peer *peer, bool fixed)
{
	lockdep_assert_held(&peer->ovl->fdb.lock);
	WRITE_ONCE(peer->users, peer->users - 1);
	WRITE_ONCE(peer->fixed, peer->fixed - fixed);
	if (peer->fixed || (peer->users && !fixed) || peer->gone)
		return;
	if (list_empty(&peer->idle))
		list_add_tail(&peer->idle, &peer->ovl->fdb.idle);
}

/**
 * ovl_fdb_pause() - let nothing make a peer while a device's settings change
 * @ovl: device
 * @paused: begin or end
 *
 * Frames of new senders are received meanwhile, and learned from a bit later.
 *
 * Context: RTNL.
 */
void ovl_fdb_pause(struct ovl_dev *ovl, bool paused)
{
	spin_lock_bh(&ovl->fdb.lock);
	ovl->fdb.paused = paused;
	spin_unlock_bh(&ovl->fdb.lock);
}

/* The next peer to look at. One that is to be freed is gone from here on. */
static struct ovl_peer *ovl_fdb_idle(struct ovl_fdb *fdb)
{
	struct ovl_peer *peer;

	spin_lock_bh(&fdb->lock);
	peer = list_first_entry_or_null(&fdb->idle, struct ovl_peer, idle);
	if (peer) {
		list_del_init(&peer->idle);
		if (!peer->users && peer->implicit &&
		    peer->id != OVL_PEER_REMOTE)
			peer->gone = true;
	}
	spin_unlock_bh(&fdb->lock);
	return peer;
}

/* Those who watch know of the peers that somebody has named, while there is an
 * entry that does.
 */
static void ovl_endpoint_tell(struct ovl_peer *peer, bool named)
{
	if (peer->told == named)
		return;
	peer->told = named;
	ovl_notify_peer(peer, named ? OVL_TUN_CMD_PEER_NTF :
				      OVL_TUN_CMD_PEER_DEL_NTF);
}

/**
 * ovl_fdb_settle() - free peers and groups that no entry leads to any more
 * @ovl: device
 *
 * Tells of peers that an entry names from now on, or names no more.
 *
 * Where there are many the rest is left to a work, which others needn't wait
 * for.
 *
 * Context: RTNL.
 */
void ovl_fdb_settle(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned int n = 0;
	bool less = false;

	ASSERT_RTNL();
	/* It may have ended in ovl_dev_rest(). */
	if (!rcu_access_pointer(ovl->cfg))
		return;
	ovl_nexthop_settle(ovl);
	while (n++ < OVL_SETTLE_STEPS && (peer = ovl_fdb_idle(&ovl->fdb))) {
		if (!peer->implicit || peer->id == OVL_PEER_REMOTE)
			continue;
		if (peer->gone) {
			less |= peer->rank == OVL_RANK_ENTRY;
			ovl_endpoint_tell(peer, false);
			ovl_peer_free(peer);
		} else if (peer->rank != OVL_RANK_ENTRY) {
			continue;
		} else if (READ_ONCE(peer->fixed)) {
			ovl_endpoint_tell(peer, true);
		} else {
			less = true;
			ovl_endpoint_tell(peer, false);
			ovl_peer_set_rank(peer, OVL_RANK_LEARNED);
			ovl_mtu_forget(ovl, peer);
		}
	}
	if (n > OVL_SETTLE_STEPS) {
		spin_lock_bh(&ovl->fdb.lock);
		ovl_fdb_settle_later(ovl);
		spin_unlock_bh(&ovl->fdb.lock);
	}
	if (!less)
		return;
	ovl_dev_listen(ovl, NULL, NULL);
	ovl_mtu_update(ovl);
}

static void ovl_fdb_settle_all(struct work_struct *work)
{
	struct ovl_fdb *fdb;

	do {
		rtnl_lock();
		spin_lock_bh(&ovl_settle_lock);
		fdb = list_first_entry_or_null(&ovl_settle_list, struct ovl_fdb,
					       settle);
		if (fdb)
			list_del_init(&fdb->settle);
		spin_unlock_bh(&ovl_settle_lock);
		if (fdb)
			ovl_fdb_settle(container_of(fdb, struct ovl_dev, fdb));
		rtnl_unlock();
		cond_resched();
	} while (fdb);
}

static DECLARE_WORK(ovl_settle_work, ovl_fdb_settle_all);

/**
 * ovl_fdb_settle_later() - have ovl_fdb_settle() called where it can be
 * @ovl: device
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_fdb_settle_later(struct ovl_dev *ovl)
{
	spin_lock_bh(&ovl_settle_lock);
	if (list_empty(&ovl->fdb.settle))
		list_add_tail(&ovl->fdb.settle, &ovl_settle_list);
	spin_unlock_bh(&ovl_settle_lock);
	schedule_work(&ovl_settle_work);
}

/**
 * ovl_fdb_settle_forget() - a device ends
 * @ovl: device, from whose table nothing is removed any more
 *
 * Context: RTNL.
 */
void ovl_fdb_settle_forget(struct ovl_dev *ovl)
{
	spin_lock_bh(&ovl_settle_lock);
	list_del_init(&ovl->fdb.settle);
	spin_unlock_bh(&ovl_settle_lock);
}

/**
 * ovl_fdb_settle_end() - the module goes, all devices have gone
 *
 * Context: may sleep; no RTNL.
 */
void ovl_fdb_settle_end(void)
{
	cancel_work_sync(&ovl_settle_work);
}
