// SPDX-License-Identifier: GPL-2.0
/*
 * "bridge fdb add", "append", "replace" and "del".
 *
 * The grammar and the meaning are vxlan.ko's. The link's remote shows as a
 * permanent entry for 00:00:00:00:00:00, which only "ip link" changes, that of a
 * VNI only "ovltun vni"; those of peers' MAC addresses show as static ones, which
 * only "ovltun peer" changes.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/neighbour.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "fdb_request.h"
#include "netlink.h"
#include "nexthop.h"
#include "peer.h"
#include "vni.h"

#define OVL_FDB_ROOM	4	/* destinations in the smallest list */

/* Who names an entry has to say in which of several VNIs it is. */
static int ovl_fdb_needs_vni(const struct ovl_dev *ovl, struct nlattr *tb[],
			     struct netlink_ext_ack *extack)
{
	if (!ovl->trunk || tb[NDA_SRC_VNI])
		return 0;
	return OVL_REFUSE(extack, NULL, -EINVAL,
			  "src_vni is missing, the device has more VNIs than one");
}

/* Whether an entry may have several destinations. */
static bool ovl_fdb_is_group(const u8 *addr)
{
	return is_multicast_ether_addr(addr) || is_zero_ether_addr(addr);
}

static bool ovl_fdb_is_remote(const struct ovl_peer *remote,
			      const struct ovl_endpoint *ep)
{
	return remote && !ep->has_port && !ep->has_vni && !ep->link &&
	       ovl_addr_equal(&remote->cfg.remote, &ep->addr);
}

/* Room for another destination of an entry, which changes under RTNL only. */
static int ovl_fdb_room(struct ovl_dev *ovl, const u8 *addr, u32 vni,
			struct ovl_fdb_list **room)
{
	unsigned int n = OVL_FDB_ROOM;
	struct ovl_fdb_entry *entry;
	struct ovl_fdb_list *list;
	int err = 0;

	rcu_read_lock();
	entry = ovl_fdb_lookup(ovl, addr, vni);
	list = entry ? ovl_fdb_list(rcu_dereference(entry->dst)) : NULL;
	if (!entry || (list && list->n < list->room))
		n = 0;
	else if (list)
		n = 2 * list->room;
	rcu_read_unlock();
	if (n) {
		*room = kvzalloc(struct_size(*room, peer, n), GFP_KERNEL_ACCOUNT);
		if (*room)
			(*room)->room = n;
		else
			err = -ENOMEM;
	}
	return err;
}

/* An entry leads to a group of nexthops all its life, or never does. */
static int ovl_fdb_check_nexthop(const void *old, const void *dst,
				 const struct ndmsg *ndm, u16 flags,
				 struct netlink_ext_ack *extack)
{
	bool was = ovl_fdb_nexthop(old), is = ovl_fdb_nexthop(dst);

	if (is && !was)
		NL_SET_ERR_MSG_MOD(extack,
				   "entry has a dst, delete it before it can have a nhid");
	else if (is && (flags & NLM_F_APPEND))
		NL_SET_ERR_MSG_MOD(extack,
				   "entry has one nhid only, use replace");
	else if (was && !is && (flags & (NLM_F_APPEND | NLM_F_REPLACE)))
		NL_SET_ERR_MSG_MOD(extack,
				   "entry has a nhid, delete it before it can have a dst");
	else if (was && !(ndm->ndm_state & (NUD_PERMANENT | NUD_NOARP)))
		NL_SET_ERR_MSG_MOD(extack,
				   "entry has a nhid and can't be dynamic");
	else
		return 0;
	return -EOPNOTSUPP;
}

/* An entry that is there. Returns what a user is to be told, or 0. */
static int ovl_fdb_change(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  const struct ndmsg *ndm, u16 flags,
			  struct ovl_peer *peer, void *dst,
			  struct ovl_fdb_list **room,
			  struct netlink_ext_ack *extack)
{
	bool group = ovl_fdb_is_group(entry->key.mac);
	u16 want = (ndm->ndm_flags & ~NTF_USE) | OVL_FDB_USER;
	/* Where it was learned to be gives way to where the user says it is. */
	bool replace = flags & NLM_F_REPLACE ||
		       !(group || entry->flags & OVL_FDB_USER);
	struct ovl_peer *const *peers;
	bool notify = false;
	int appended = 0;
	void *old;
	int err;

	if (entry->flags & OVL_FDB_PEER) {
		NL_SET_ERR_MSG_MOD(extack,
				   "entry is that of a peer's mac, change the peer");
		return -EBUSY;
	}
	if ((flags & NLM_F_REPLACE) && group) {
		NL_SET_ERR_MSG_MOD(extack,
				   "entries with several destinations can't be replaced, use append and del");
		return -EOPNOTSUPP;
	}
	old = rcu_dereference_protected(entry->dst,
					lockdep_is_held(&ovl->fdb.lock));
	err = ovl_fdb_check_nexthop(old, dst, ndm, flags, extack);
	if (err)
		return err;
	if ((flags & NLM_F_APPEND) && group && peer) {
		appended = ovl_fdb_append(ovl, entry, peer, room);
		if (appended < 0)
			return appended;
		notify = appended;
	}
	/* What a routing daemon has learned takes over nothing of the user's. */
	if (!(want & NTF_EXT_LEARNED) || !(entry->flags & OVL_FDB_USER)) {
		if (entry->state != ndm->ndm_state ||
		    entry->flags != want) {
			WRITE_ONCE(entry->state, ndm->ndm_state);
			ovl_fdb_set_flags(ovl, entry, want);
			WRITE_ONCE(entry->updated, jiffies);
			notify = true;
		}
	}
	if (replace && old != dst) {
		ovl_fdb_set_dst(ovl, entry, dst);
		notify = true;
	}
	if (ndm->ndm_flags & NTF_USE)
		WRITE_ONCE(entry->updated, jiffies);
	if (!notify)
		return 0;
	if (!appended) {
		old = rcu_dereference_protected(entry->dst,
						lockdep_is_held(&ovl->fdb.lock));
		peer = ovl_fdb_peers(&old, &peers) ? peers[0] : NULL;
	}
	ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
	return 0;
}

static int ovl_fdb_create(struct ovl_dev *ovl, struct ovl_fdb_entry **made,
			  u16 flags, struct ovl_peer *peer, void *dst,
			  struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	int err;

	if (!(flags & NLM_F_CREATE)) {
		NL_SET_ERR_MSG_MOD(extack, "no such entry");
		return -ENOENT;
	}
	if ((flags & NLM_F_REPLACE) && ovl_fdb_is_group((*made)->key.mac)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "entries with several destinations can't be replaced, use append and del");
		return -EOPNOTSUPP;
	}
	if (cfg->max_macs && ovl->fdb.n >= cfg->max_macs) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "maxaddress, %u entries, is reached",
				       cfg->max_macs);
		return -ENOSPC;
	}
	err = ovl_fdb_insert(ovl, *made, dst);
	if (err)
		return err;
	ovl_fdb_notify(ovl, *made, peer, RTM_NEWNEIGH);
	*made = NULL;
	return 0;
}

static int ovl_fdb_apply(struct ovl_dev *ovl, const struct ndmsg *ndm,
			 const u8 *addr, u32 vni, u16 flags,
			 struct ovl_peer *peer, void *dst,
			 struct netlink_ext_ack *extack)
{
	struct ovl_fdb_entry *made, *entry;
	struct ovl_fdb_list *room = NULL;
	int err = 0;

	made = ovl_fdb_new(addr, vni, ndm->ndm_state,
			   (ndm->ndm_flags & ~NTF_USE) | OVL_FDB_USER,
			   GFP_KERNEL_ACCOUNT);
	if (!made)
		return -ENOMEM;
	if ((flags & NLM_F_APPEND) && ovl_fdb_is_group(addr))
		err = ovl_fdb_room(ovl, addr, vni, &room);
	if (!err) {
		spin_lock_bh(&ovl->fdb.lock);
		entry = ovl_fdb_lookup(ovl, addr, vni);
		if (!entry)
			err = ovl_fdb_create(ovl, &made, flags, peer, dst,
					     extack);
		else if (flags & NLM_F_EXCL)
			err = -EEXIST;
		else
			err = ovl_fdb_change(ovl, entry, ndm, flags, peer, dst,
					     &room, extack);
		spin_unlock_bh(&ovl->fdb.lock);
	}
	kfree(made);
	kvfree(room);
	return err;
}

/**
 * ovl_fdb_add() - ndo_fdb_add
 * @ndm: header of the message
 * @tb: its attributes
 * @dev: device
 * @addr: MAC address
 * @vid: unused
 * @flags: NLM_F_*
 * @notified: set, for there is a notification
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_fdb_add(struct ndmsg *ndm, struct nlattr *tb[], struct net_device *dev,
		const unsigned char *addr, u16 vid, u16 flags, bool *notified,
		struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_nexthop *nexthop;
	struct ovl_peer *peer = NULL, *remote;
	struct ovl_fdb_request req;
	void *dst = OVL_FDB_LOCAL;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (!err)
		err = ovl_fdb_needs_vni(ovl, tb, extack);
	if (!err)
		err = ovl_fdb_parse(&req, ovl, tb, extack);
	if (err)
		return err;
	if (!(ndm->ndm_state & (NUD_PERMANENT | NUD_REACHABLE)) ||
	    ndm->ndm_state & ~(NUD_PERMANENT | NUD_REACHABLE | NUD_NOARP))
		return OVL_REFUSE(extack, NULL, -EINVAL,
				  "state must be permanent, static or dynamic");
	if (!req.has_dst && !req.nhid)
		return OVL_REFUSE(extack, NULL, -EINVAL, "dst is missing");
	if (req.nhid && !(ndm->ndm_state & (NUD_PERMANENT | NUD_NOARP)))
		return OVL_REFUSE(extack, tb[NDA_NH_ID], -EINVAL,
				  "an entry with a nhid can't be dynamic");
	if (req.local && ovl_fdb_is_group(addr))
		return OVL_REFUSE(extack, tb[NDA_DST], -EINVAL,
				  "dst must be an address of another node");

	/* The link's remote is the first destination of this one. */
	remote = ovl_fdb_default(ovl, req.vni);
	if (is_zero_ether_addr(addr) && remote) {
		if (flags & NLM_F_EXCL)
			return -EEXIST;
		if (req.nhid)
			return OVL_REFUSE(extack, tb[NDA_NH_ID], -EOPNOTSUPP,
					  "entry is that of the remote and can't have a nhid");
		if ((flags & NLM_F_APPEND) &&
		    ovl_fdb_is_remote(remote, &req.ep))
			return 0;
	}
	if (req.nhid) {
		nexthop = ovl_nexthop_get(ovl, req.nhid, extack);
		if (IS_ERR(nexthop)) {
			NL_SET_BAD_ATTR(extack, tb[NDA_NH_ID]);
			ovl_fdb_settle(ovl); /* peers of other members */
			return PTR_ERR(nexthop);
		}
		dst = ovl_fdb_to_nexthop(nexthop);
	} else if (!req.local) {
		peer = ovl_endpoint_get(ovl, &req.ep, extack);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		dst = peer;
	}
	err = ovl_fdb_apply(ovl, ndm, addr, req.vni, flags, peer, dst, extack);
	ovl_fdb_settle(ovl);
	if (!err)
		*notified = true;
	return err;
}

/* Remove an entry, or the one of its destinations that is asked for. */
static int ovl_fdb_delete_entry(struct ovl_dev *ovl,
				struct ovl_fdb_entry *entry,
				const struct ovl_fdb_request *req,
				struct netlink_ext_ack *extack)
{
	struct ovl_peer *const *peers, *peer;
	unsigned int i, n;
	void *dst;

	if (entry->flags & OVL_FDB_PEER) {
		NL_SET_ERR_MSG_MOD(extack,
				   "entry is that of a peer's mac, change the peer");
		return -EBUSY;
	}
	dst = rcu_dereference_protected(entry->dst,
					lockdep_is_held(&ovl->fdb.lock));
	if (!req->has_dst || req->local) {
		ovl_fdb_del(ovl, entry, true);
		return 0;
	}
	n = ovl_fdb_peers(&dst, &peers);
	for (i = 0; i < n; i++)
		if (ovl_endpoint_match(peers[i], &req->ep))
			break;
	if (i == n) {
		/* vxlan.ko calls this a success, and so do its users. */
		return 0;
	}
	peer = peers[i];
	if (n > 1)
		ovl_fdb_notify(ovl, entry, peer, RTM_DELNEIGH);
	if (!ovl_fdb_del_peer(ovl, entry, peer))
		ovl_fdb_del(ovl, entry, true);
	return 0;
}

static void ovl_fdb_say_none(const struct ovl_dev *ovl, const u8 *addr, u32 vni,
			     struct netlink_ext_ack *extack)
{
	struct ovl_peer *remote = ovl_fdb_default(ovl, vni);

	if (!is_zero_ether_addr(addr) || !remote)
		NL_SET_ERR_MSG_MOD(extack, "no such entry");
	else if (remote->id == OVL_PEER_REMOTE)
		NL_SET_ERR_MSG_MOD(extack,
				   "entry is the link's remote, change that with ip link");
	else
		NL_SET_ERR_MSG_MOD(extack,
				   "entry is the VNI's remote, change that with ovltun vni");
}

/**
 * ovl_fdb_delete() - ndo_fdb_del
 * @ndm: header of the message
 * @tb: its attributes
 * @dev: device
 * @addr: MAC address
 * @vid: unused
 * @notified: set if there is a notification
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_fdb_delete(struct ndmsg *ndm, struct nlattr *tb[],
		   struct net_device *dev, const unsigned char *addr, u16 vid,
		   bool *notified, struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_request req;
	struct ovl_fdb_entry *entry;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (!err)
		err = ovl_fdb_needs_vni(ovl, tb, extack);
	if (!err)
		err = ovl_fdb_parse(&req, ovl, tb, extack);
	if (err)
		return err;

	spin_lock_bh(&ovl->fdb.lock);
	entry = ovl_fdb_lookup(ovl, addr, req.vni);
	if (entry)
		err = ovl_fdb_delete_entry(ovl, entry, &req, extack);
	else
		err = -ENOENT;
	spin_unlock_bh(&ovl->fdb.lock);
	if (err == -ENOENT)
		ovl_fdb_say_none(ovl, addr, req.vni, extack);
	ovl_fdb_settle(ovl);
	if (!err)
		*notified = true;
	return err;
}
