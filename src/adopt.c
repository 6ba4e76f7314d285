// SPDX-License-Identifier: GPL-2.0
/*
 * Peers that a user adds and removes, and what that makes of those of entries.
 *
 * A user's peer takes over what an entry has made for the same endpoint, and
 * leaves what entries still lead to. It is the same struct ovl_peer all the
 * time, so that packets find it and entries need not change.
 */

#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "mtu.h"
#include "notify.h"
#include "path.h"
#include "peer.h"

/* Make a user's peer of that which an entry has made for the same endpoint. */
static int ovl_peer_adopt(struct ovl_peer *peer, u32 id,
			  struct ovl_peer_request *req,
			  struct netlink_ext_ack *extack)
{
	enum ovl_rank rank = peer->rank;
	struct sk_buff *gone = NULL;
	u32 old_id = peer->id;
	int err;

	err = ovl_peer_enter(peer->ovl, peer, &id, GFP_KERNEL_ACCOUNT, extack);
	if (err)
		return err;
	if (peer->told)
		gone = ovl_notify_peer_prepare(peer, OVL_TUN_CMD_PEER_DEL_NTF);
	WRITE_ONCE(peer->id, id);
	WRITE_ONCE(peer->implicit, false);
	/* Its sources keep their rank: new ones are made for the new rank, and
	 * may be refused, as those of any other peer.
	 */
	ovl_peer_take_rank(peer, OVL_RANK_KNOWN);
	err = ovl_peer_change(peer, req, extack);
	if (!err) {
		xa_erase_bh(&peer->ovl->peers, old_id);
		peer->told = false;
		ovl_notify_prepared(peer->ovl, gone);
		return 0;
	}
	if (!IS_ERR_OR_NULL(gone))
		nlmsg_free(gone);
	xa_erase_bh(&peer->ovl->peers, id);
	WRITE_ONCE(peer->id, old_id);
	WRITE_ONCE(peer->implicit, true);
	ovl_peer_set_rank(peer, rank);
	return err;
}

/* What is left of a user's peer when it is that of entries. */
static void ovl_peer_demoted(const struct ovl_peer *peer,
			     struct ovl_peer_config *own)
{
	*own = (struct ovl_peer_config){
		.remote = peer->cfg.remote,
		.given = peer->cfg.given & (OVL_TUN_PEER_FIELD_PORT |
					    OVL_TUN_PEER_FIELD_VNI),
		.port = peer->cfg.port,
		.vni = peer->cfg.vni,
	};
}

/* What a user's peer is worth without the user: learned entries keep it as well,
 * which is no reason for others to make room. Its own MAC addresses go.
 */
static enum ovl_rank ovl_peer_demoted_rank(const struct ovl_peer *peer)
{
	bool layer2 = peer->ovl->dev->type != ARPHRD_NONE;
	unsigned int own = layer2 && peer->macs ? peer->macs->n : 0;

	return READ_ONCE(peer->fixed) > own ? OVL_RANK_ENTRY : OVL_RANK_LEARNED;
}

/* Prepare to make of a user's peer one of the entries that lead to it. @id is set
 * to the one that it is to have.
 */
static int ovl_peer_demote_prepare(struct ovl_peer *peer, enum ovl_rank rank,
				   u32 *id, struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = peer->ovl;
	enum ovl_rank old_rank = peer->rank;
	struct ovl_peer_config own;
	u32 old_id = peer->id;
	int err;

	err = ovl_peer_enter(ovl, peer, id, GFP_KERNEL_ACCOUNT, NULL);
	if (err)
		return err;
	ovl_peer_demoted(peer, &own);
	WRITE_ONCE(peer->id, *id); /* its path has it */
	WRITE_ONCE(peer->rank, rank); /* its sources have that, and are checked by it */
	err = ovl_peer_prepare(peer, rtnl_dereference(ovl->cfg), &own, NULL,
			       extack);
	WRITE_ONCE(peer->rank, old_rank);
	WRITE_ONCE(peer->id, old_id);
	if (err)
		xa_erase_bh(&ovl->peers, *id);
	return err;
}

static void ovl_peer_demote(struct ovl_peer *peer, enum ovl_rank rank, u32 id)
{
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_peer_config own;

	ovl_peer_name_del(ovl, peer->name);
	peer->name = NULL;
	xa_erase_bh(&ovl->peers, peer->id);
	WRITE_ONCE(peer->id, id);
	ovl_peer_demoted(peer, &own);
	ovl_peer_take(peer, &own);
	WRITE_ONCE(peer->implicit, true);
	ovl_peer_publish(peer);
	ovl_peer_set_rank(peer, rank);
	if (rank == OVL_RANK_ENTRY)
		ovl_mtu_note(ovl, peer);
	else
		ovl_mtu_forget(ovl, peer);
	/* ovl_fdb_settle() finds out whether anybody has asked for it, and tells
	 * of it then.
	 */
	spin_lock_bh(&ovl->fdb.lock);
	list_move(&peer->idle, &ovl->fdb.idle);
	spin_unlock_bh(&ovl->fdb.lock);
}

/**
 * ovl_peer_add() - add a peer
 * @ovl: device
 * @id: its id, or OVL_PEER_ANY to take a free one
 * @req: what it is to be
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: peer, or an error pointer.
 */
struct ovl_peer *ovl_peer_add(struct ovl_dev *ovl, u32 id,
			      struct ovl_peer_request *req,
			      struct netlink_ext_ack *extack)
{
	struct ovl_peer *peer = ovl_endpoint_adopt(ovl, &req->cfg);
	int err;

	if (peer) {
		err = ovl_peer_adopt(peer, id, req, extack);
		if (err)
			return ERR_PTR(err);
	} else {
		peer = ovl_peer_new(ovl, id, extack);
		if (IS_ERR(peer))
			return peer;
		err = ovl_peer_change(peer, req, extack);
		if (err) {
			ovl_peer_free(peer);
			return ERR_PTR(err);
		}
	}
	ovl_notify_peer(peer, OVL_TUN_CMD_PEER_NTF);
	return peer;
}

/* Take the MAC addresses of a peer out of the forwarding table. */
static void ovl_peer_drop_macs(struct ovl_peer *peer)
{
	struct ovl_macs *macs = peer->macs;

	peer->macs = NULL;
	if (peer->ovl->dev->type != ARPHRD_NONE)
		ovl_fdb_drop(peer, macs);
	kfree(macs);
}

/**
 * ovl_peer_remove() - remove a peer, its MAC addresses and prefixes
 * @peer: peer
 * @extack: says what is wrong
 *
 * Forwarding entries that a user has made stay, and lead to the same endpoint.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the peer as it was.
 */
int ovl_peer_remove(struct ovl_peer *peer, struct netlink_ext_ack *extack)
{
	enum ovl_rank rank = ovl_peer_demoted_rank(peer);
	struct ovl_dev *ovl = peer->ovl;
	u32 id = OVL_PEER_ANY_IMPLICIT;
	int err;

	/* Where somebody else has the port it does without that family. */
	err = ovl_dev_listen_without(ovl, rtnl_dereference(peer->path));
	if (err == -ENOMEM)
		return err;
	/* Its own MAC addresses, perhaps, and what was learned. */
	if (READ_ONCE(peer->users)) {
		err = ovl_peer_demote_prepare(peer, rank, &id, extack);
		if (err) {
			ovl_dev_listen(ovl, NULL, NULL);
			return err;
		}
	}
	ovl_notify_peer(peer, OVL_TUN_CMD_PEER_DEL_NTF);
	ovl_peer_drop_macs(peer);
	if (READ_ONCE(peer->users) && peer->next_path) {
		ovl_peer_demote(peer, rank, id);
	} else {
		if (peer->next_path)
			xa_erase_bh(&ovl->peers, id);
		ovl_peer_cancel(peer);
		ovl_peer_free(peer);
	}
	ovl_fdb_settle(ovl);
	ovl_fdb_update_use(ovl);
	ovl_dev_listen(ovl, NULL, NULL);
	ovl_mtu_update(ovl);
	return 0;
}
