// SPDX-License-Identifier: GPL-2.0
/*
 * The forwarding table as "bridge fdb" sees it: requests, dumps, notifications.
 *
 * The grammar and the meaning are vxlan.ko's. The link's remote shows as a
 * permanent entry for 00:00:00:00:00:00, which only "ip link" changes; those of
 * peers' MAC addresses show as static ones, which only "ovltun peer" changes.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/neighbour.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "netlink.h"
#include "path.h"
#include "peer.h"

#define OVL_FDB_ROOM	4	/* destinations in the smallest list */

/**
 * struct ovl_fdb_request - what a message says of an entry
 * @ep: destination
 * @local: it is the unspecified address, to which nothing is sent
 * @has_dst: there is one
 */
struct ovl_fdb_request {
	struct ovl_endpoint ep;
	bool local;
	bool has_dst;
};

/*
 * Answers and notifications
 */

static int ovl_fdb_put_addr(struct sk_buff *skb, const struct ovl_addr *addr)
{
	if (addr->family == AF_INET6)
		return nla_put_in6_addr(skb, NDA_DST, &addr->v6);
	return nla_put_in_addr(skb, NDA_DST, addr->v4);
}

static int ovl_fdb_put_dst(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_path *path)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	static const struct ovl_addr any = { .family = AF_INET };
	int via;

	if (!path)
		return ovl_fdb_put_addr(skb, &any);
	/* vxlan.ko shows the link's "dev" with the link's remote only. */
	via = path->peer->id == OVL_PEER_REMOTE ? path->link : path->via;
	return ovl_fdb_put_addr(skb, &path->remote) ||
	       (path->dport != cfg->port[cfg->encap] &&
		nla_put_be16(skb, NDA_PORT, path->dport)) ||
	       (path->vni != cfg->vni && nla_put_u32(skb, NDA_VNI, path->vni)) ||
	       (via && nla_put_u32(skb, NDA_IFINDEX, via));
}

static int ovl_fdb_put_netns(struct sk_buff *skb, const struct ovl_dev *ovl)
{
	struct net *net = dev_net(ovl->dev);

	if (net_eq(net, ovl->net))
		return 0;
	return nla_put_s32(skb, NDA_LINK_NETNSID, peernet2id(net, ovl->net));
}

/* Write an entry with one of its destinations. */
static int ovl_fdb_fill(struct sk_buff *skb, const struct ovl_dev *ovl,
			const struct ovl_fdb_entry *entry,
			const struct ovl_peer *peer, u32 portid, u32 seq,
			int type, unsigned int flags)
{
	unsigned long now = jiffies;
	struct nda_cacheinfo ci = {
		.ndm_used = jiffies_to_clock_t(now - READ_ONCE(entry->used)),
		.ndm_updated = jiffies_to_clock_t(now - READ_ONCE(entry->updated)),
	};
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	int err;

	nlh = nlmsg_put(skb, portid, seq, type, sizeof(*ndm), flags);
	if (!nlh)
		return -EMSGSIZE;
	ndm = nlmsg_data(nlh);
	memset(ndm, 0, sizeof(*ndm));
	ndm->ndm_family = AF_BRIDGE;
	ndm->ndm_state = READ_ONCE(entry->state);
	ndm->ndm_ifindex = ovl->dev->ifindex;
	ndm->ndm_flags = READ_ONCE(entry->flags);
	ndm->ndm_type = RTN_UNICAST;

	rcu_read_lock();
	err = ovl_fdb_put_netns(skb, ovl) ||
	      nla_put(skb, NDA_LLADDR, ETH_ALEN, entry->key.mac) ||
	      ovl_fdb_put_dst(skb, ovl,
			      peer ? rcu_dereference(peer->path) : NULL) ||
	      nla_put(skb, NDA_CACHEINFO, sizeof(ci), &ci);
	rcu_read_unlock();
	if (err) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

static size_t ovl_fdb_msg_size(void)
{
	return NLMSG_ALIGN(sizeof(struct ndmsg)) +
	       nla_total_size(ETH_ALEN) +			/* LLADDR */
	       nla_total_size(sizeof(struct in6_addr)) +	/* DST */
	       nla_total_size(sizeof(__be16)) +			/* PORT */
	       nla_total_size(sizeof(u32)) +			/* VNI */
	       nla_total_size(sizeof(u32)) +			/* IFINDEX */
	       nla_total_size(sizeof(s32)) +			/* LINK_NETNSID */
	       nla_total_size(sizeof(struct nda_cacheinfo));
}

/**
 * ovl_fdb_notify() - tell of a destination of an entry
 * @ovl: device
 * @entry: entry
 * @peer: destination, NULL for a local entry
 * @type: RTM_NEWNEIGH or RTM_DELNEIGH
 *
 * Context: &ovl_fdb.lock, so that what is told keeps its order.
 */
void ovl_fdb_notify(struct ovl_dev *ovl, const struct ovl_fdb_entry *entry,
		    const struct ovl_peer *peer, int type)
{
	struct net *net = dev_net(ovl->dev);
	struct sk_buff *skb;
	int err = -ENOBUFS;

	if (!rtnl_has_listeners(net, RTNLGRP_NEIGH))
		return;
	skb = nlmsg_new(ovl_fdb_msg_size(), GFP_ATOMIC);
	if (skb)
		err = ovl_fdb_fill(skb, ovl, entry, peer, 0, 0, type, 0);
	if (err) {
		kfree_skb(skb);
		rtnl_set_sk_err(net, RTNLGRP_NEIGH, err);
		return;
	}
	rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
}

/*
 * Requests
 */

static int ovl_fdb_parse_dst(struct ovl_fdb_request *req,
			     const struct ovl_dev *ovl, const struct nlattr *dst,
			     struct netlink_ext_ack *extack)
{
	struct ovl_addr *addr = &req->ep.addr;

	req->has_dst = true;
	if (nla_len(dst) == sizeof(struct in_addr)) {
		ovl_addr_set4(addr, nla_get_in_addr(dst));
		req->local = !addr->v4;
	} else if (nla_len(dst) == sizeof(struct in6_addr)) {
		struct in6_addr in6 = nla_get_in6_addr(dst);

		ovl_addr_set6(addr, &in6);
		req->local = ipv6_addr_any(&in6);
	} else {
		return OVL_REFUSE(extack, dst, -EAFNOSUPPORT,
				  "dst must be an IPv4 or IPv6 address");
	}
	if (req->local)
		return 0;
	if (addr->family == AF_INET6 && !ipv6_mod_enabled())
		return OVL_REFUSE(extack, dst, -EAFNOSUPPORT,
				  "dst is IPv6, which is disabled here");
	if (!ovl_addr_is_unicast(addr) && !ovl_addr_is_multicast(addr))
		return OVL_REFUSE(extack, dst, -EINVAL,
				  "dst must be an address of another node");
	return 0;
}

static int ovl_fdb_parse_vni(struct ovl_fdb_request *req,
			     const struct ovl_config *cfg, struct nlattr *tb[],
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[NDA_VNI];

	req->ep.vni = cfg->vni;
	if (attr) {
		if (nla_len(attr) != sizeof(u32) ||
		    nla_get_u32(attr) >= OVL_TUN_N_VNI)
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "vni must be 0 to 16777215");
		req->ep.vni = nla_get_u32(attr);
		req->ep.has_vni = req->ep.vni != cfg->vni;
	}
	attr = tb[NDA_SRC_VNI];
	if (attr && (nla_len(attr) != sizeof(u32) ||
		     nla_get_u32(attr) != cfg->vni))
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "src_vni isn't the device's, which has but one");
	return 0;
}

static int ovl_fdb_parse(struct ovl_fdb_request *req, struct ovl_dev *ovl,
			 struct nlattr *tb[], struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	const struct nlattr *attr;
	int err;

	memset(req, 0, sizeof(*req));
	if (tb[NDA_NH_ID])
		return OVL_REFUSE(extack, tb[NDA_NH_ID], -EOPNOTSUPP,
				  "nhid is not supported, give a dst for each node");
	if (tb[NDA_VLAN])
		return OVL_REFUSE(extack, tb[NDA_VLAN], -EOPNOTSUPP,
				  "vlan is not supported");
	if (tb[NDA_DST]) {
		err = ovl_fdb_parse_dst(req, ovl, tb[NDA_DST], extack);
		if (err)
			return err;
	}
	attr = tb[NDA_PORT];
	if (attr) {
		if (nla_len(attr) != sizeof(__be16) || !nla_get_be16(attr))
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "port must be 1 to 65535");
		req->ep.port = nla_get_be16(attr);
		req->ep.has_port = req->ep.port != cfg->port[cfg->encap];
	}
	err = ovl_fdb_parse_vni(req, cfg, tb, extack);
	if (err)
		return err;
	attr = tb[NDA_IFINDEX];
	if (attr) {
		if (nla_len(attr) != sizeof(u32))
			return OVL_REFUSE(extack, attr, -EINVAL,
					  "via is not an interface's index");
		req->ep.link = nla_get_u32(attr);
		if (!__dev_get_by_index(ovl->net, req->ep.link))
			return OVL_REFUSE(extack, attr, -EADDRNOTAVAIL,
					  "via is not an interface of the underlay");
		if (req->ep.link == ovl->dev->ifindex &&
		    net_eq(ovl->net, dev_net(ovl->dev)))
			return OVL_REFUSE(extack, attr, -ELOOP,
					  "via is the tunnel itself");
	}
	if (req->has_dst && !req->local && !req->ep.link && !cfg->link &&
	    req->ep.addr.family == AF_INET6 &&
	    (ipv6_addr_type(&req->ep.addr.v6) & IPV6_ADDR_LINKLOCAL))
		return OVL_REFUSE(extack, tb[NDA_DST], -EINVAL,
				  "dst is link-local and needs via");
	return 0;
}

/* As for ip and ovltun: also in the namespace that is sent to. */
static int ovl_fdb_may_change(const struct ovl_dev *ovl,
			      struct netlink_ext_ack *extack)
{
	if (net_eq(ovl->net, dev_net(ovl->dev)) ||
	    ns_capable(ovl->net->user_ns, CAP_NET_ADMIN))
		return 0;
	NL_SET_ERR_MSG_MOD(extack,
			   "CAP_NET_ADMIN is needed in the underlay's namespace too");
	return -EPERM;
}

/* Whether an entry may have several destinations. */
static bool ovl_fdb_is_group(const u8 *addr)
{
	return is_multicast_ether_addr(addr) || is_zero_ether_addr(addr);
}

static bool ovl_fdb_is_remote(const struct ovl_dev *ovl,
			      const struct ovl_endpoint *ep)
{
	const struct ovl_peer *remote = rtnl_dereference(ovl->remote);

	return remote && !ep->has_port && !ep->has_vni && !ep->link &&
	       ovl_addr_equal(&remote->cfg.remote, &ep->addr);
}

/* Room for another destination of an entry, which changes under RTNL only. */
static int ovl_fdb_room(struct ovl_dev *ovl, const u8 *addr,
			struct ovl_fdb_list **room)
{
	unsigned int n = OVL_FDB_ROOM;
	struct ovl_fdb_entry *entry;
	struct ovl_fdb_list *list;
	int err = 0;

	rcu_read_lock();
	entry = ovl_fdb_lookup(ovl, addr, 0);
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

/* An entry that is there. Returns what a user is to be told, or 0. */
static int ovl_fdb_change(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
			  const struct ndmsg *ndm, u16 flags,
			  struct ovl_peer *peer, void *dst,
			  struct ovl_fdb_list **room,
			  struct netlink_ext_ack *extack)
{
	bool group = ovl_fdb_is_group(entry->key.mac);
	u16 want = (ndm->ndm_flags & ~NTF_USE) | OVL_FDB_USER;
	struct ovl_peer *const *peers;
	bool notify = false;
	void *old;
	int rc = 0;

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
	if ((flags & NLM_F_APPEND) && group && peer) {
		rc = ovl_fdb_append(ovl, entry, peer, room);
		if (rc < 0)
			return rc;
		notify = rc;
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
	if ((flags & NLM_F_REPLACE) && old != dst) {
		ovl_fdb_set_dst(ovl, entry, dst);
		notify = true;
	}
	if (ndm->ndm_flags & NTF_USE)
		WRITE_ONCE(entry->updated, jiffies);
	if (!notify)
		return 0;
	if (!rc) {
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
			 const u8 *addr, u16 flags, struct ovl_peer *peer,
			 void *dst, struct netlink_ext_ack *extack)
{
	struct ovl_fdb_entry *made, *entry;
	struct ovl_fdb_list *room = NULL;
	int err = 0;

	made = ovl_fdb_new(addr, 0, ndm->ndm_state,
			   (ndm->ndm_flags & ~NTF_USE) | OVL_FDB_USER,
			   GFP_KERNEL_ACCOUNT);
	if (!made)
		return -ENOMEM;
	if ((flags & NLM_F_APPEND) && ovl_fdb_is_group(addr))
		err = ovl_fdb_room(ovl, addr, &room);
	if (!err) {
		spin_lock_bh(&ovl->fdb.lock);
		entry = ovl_fdb_lookup(ovl, addr, 0);
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
	struct ovl_peer *peer = NULL;
	struct ovl_fdb_request req;
	void *dst = OVL_FDB_LOCAL;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (!err)
		err = ovl_fdb_parse(&req, ovl, tb, extack);
	if (err)
		return err;
	if (!(ndm->ndm_state & (NUD_PERMANENT | NUD_REACHABLE)) ||
	    ndm->ndm_state & ~(NUD_PERMANENT | NUD_REACHABLE | NUD_NOARP))
		return OVL_REFUSE(extack, NULL, -EINVAL,
				  "state must be permanent, static or dynamic");
	if (!req.has_dst)
		return OVL_REFUSE(extack, NULL, -EINVAL, "dst is missing");
	if (req.local && ovl_fdb_is_group(addr))
		return OVL_REFUSE(extack, tb[NDA_DST], -EINVAL,
				  "dst must be an address of another node");

	/* The link's remote is the first destination of this one. */
	if (is_zero_ether_addr(addr) && rcu_access_pointer(ovl->remote)) {
		if (flags & NLM_F_EXCL)
			return -EEXIST;
		if ((flags & NLM_F_APPEND) && ovl_fdb_is_remote(ovl, &req.ep))
			return 0;
	}
	if (!req.local) {
		peer = ovl_endpoint_get(ovl, &req.ep, extack);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
		dst = peer;
	}
	err = ovl_fdb_apply(ovl, ndm, addr, flags, peer, dst, extack);
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
		err = ovl_fdb_parse(&req, ovl, tb, extack);
	if (err)
		return err;

	spin_lock_bh(&ovl->fdb.lock);
	entry = ovl_fdb_lookup(ovl, addr, 0);
	if (entry)
		err = ovl_fdb_delete_entry(ovl, entry, &req, extack);
	else
		err = -ENOENT;
	spin_unlock_bh(&ovl->fdb.lock);
	if (err == -ENOENT && is_zero_ether_addr(addr) &&
	    rcu_access_pointer(ovl->remote))
		NL_SET_ERR_MSG_MOD(extack,
				   "entry is the link's remote, change that with ip link");
	else if (err == -ENOENT)
		NL_SET_ERR_MSG_MOD(extack, "no such entry");
	ovl_fdb_settle(ovl);
	if (!err)
		*notified = true;
	return err;
}

/**
 * struct ovl_fdb_filter - which entries a flush is for
 * @state: NUD_*, of which those in @state_mask have to be as here
 * @state_mask: bits of @state
 * @flags: NTF_*, of which those in @flags_mask have to be as here
 * @flags_mask: bits of @flags
 * @addr: outer address, AF_UNSPEC for any
 * @vni: VNI that is sent, 0 for any
 * @port: UDP port, 0 for any
 */
struct ovl_fdb_filter {
	u16 state;
	u16 state_mask;
	u8 flags;
	u8 flags_mask;
	struct ovl_addr addr;
	u32 vni;
	__be16 port;
};

static bool ovl_fdb_filter_peer(const struct ovl_fdb_filter *filter,
				const struct ovl_peer *peer)
{
	const struct ovl_path *path = rtnl_dereference(peer->path);

	return (!filter->vni || filter->vni == path->vni) &&
	       (!filter->port || filter->port == path->dport) &&
	       (!filter->addr.family ||
		ovl_addr_equal(&filter->addr, &path->remote));
}

static enum ovl_fdb_verdict ovl_fdb_judge_flush(struct ovl_dev *ovl,
						struct ovl_fdb_entry *entry,
						void *arg)
{
	const struct ovl_fdb_filter *filter = arg;
	struct ovl_peer *const *peers, *peer;
	unsigned int i;
	void *dst;

	if (entry->flags & OVL_FDB_PEER ||
	    (entry->state & filter->state_mask) !=
	    (filter->state & filter->state_mask) ||
	    (entry->flags & filter->flags_mask) !=
	    (filter->flags & filter->flags_mask))
		return OVL_FDB_KEEP;
	if (!filter->vni && !filter->port && !filter->addr.family)
		return OVL_FDB_REMOVE;

	dst = rcu_dereference_protected(entry->dst,
					lockdep_is_held(&ovl->fdb.lock));
	for (i = ovl_fdb_peers(&dst, &peers); i-- > 0;) {
		peer = peers[i];
		if (!ovl_fdb_filter_peer(filter, peer))
			continue;
		if (ovl_fdb_peers(&dst, &peers) == 1)
			return OVL_FDB_REMOVE;
		ovl_fdb_notify(ovl, entry, peer, RTM_DELNEIGH);
		ovl_fdb_del_peer(ovl, entry, peer);
	}
	return OVL_FDB_KEEP;
}

static const struct nla_policy ovl_fdb_flush_policy[NDA_MAX + 1] = {
	[NDA_SRC_VNI]	= { .type = NLA_U32 },
	[NDA_NH_ID]	= { .type = NLA_U32 },
	[NDA_VNI]	= { .type = NLA_U32 },
	[NDA_PORT]	= { .type = NLA_U16 },
	[NDA_DST]	= NLA_POLICY_RANGE(NLA_BINARY, sizeof(struct in_addr),
					   sizeof(struct in6_addr)),
	[NDA_NDM_STATE_MASK]	= { .type = NLA_U16 },
	[NDA_NDM_FLAGS_MASK]	= { .type = NLA_U8 },
};

/**
 * ovl_fdb_flush() - ndo_fdb_del_bulk
 * @nlh: message
 * @dev: device
 * @extack: says what is wrong
 *
 * Entries of peers' MAC addresses stay.
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_fdb_flush(struct nlmsghdr *nlh, struct net_device *dev,
		  struct netlink_ext_ack *extack)
{
	const struct ndmsg *ndm = nlmsg_data(nlh);
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_filter filter = {
		.state = ndm->ndm_state,
		.flags = ndm->ndm_flags & ~(NTF_MASTER | NTF_SELF),
	};
	struct nlattr *tb[NDA_MAX + 1];
	struct ovl_fdb_request req;
	int err;

	err = ovl_fdb_may_change(ovl, extack);
	if (!err)
		err = nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX,
				  ovl_fdb_flush_policy, extack);
	if (err)
		return err;
	if (filter.flags & ~(NTF_EXT_LEARNED | NTF_OFFLOADED | NTF_ROUTER))
		return OVL_REFUSE(extack, NULL, -EINVAL,
				  "flags other than extern_learn, offloaded and router");
	if (filter.state & ~(NUD_PERMANENT | NUD_NOARP))
		return OVL_REFUSE(extack, NULL, -EINVAL,
				  "state other than permanent and static");
	err = ovl_fdb_parse(&req, ovl, tb, extack);
	if (err)
		return err;

	if (tb[NDA_NDM_STATE_MASK])
		filter.state_mask = nla_get_u16(tb[NDA_NDM_STATE_MASK]);
	if (tb[NDA_NDM_FLAGS_MASK])
		filter.flags_mask = nla_get_u8(tb[NDA_NDM_FLAGS_MASK]);
	if (tb[NDA_VNI])
		filter.vni = nla_get_u32(tb[NDA_VNI]);
	if (tb[NDA_PORT])
		filter.port = nla_get_be16(tb[NDA_PORT]);
	filter.addr = req.ep.addr;

	ovl_fdb_walk(ovl, ovl_fdb_judge_flush, &filter);
	ovl_fdb_settle(ovl);
	return 0;
}

/* The link's remote, as an entry. */
static void ovl_fdb_remote_entry(struct ovl_fdb_entry *entry)
{
	memset(entry, 0, sizeof(*entry));
	entry->state = NUD_PERMANENT;
	entry->flags = NTF_SELF;
	entry->used = jiffies;
	entry->updated = entry->used;
}

/**
 * struct ovl_fdb_cursor - a dump in progress
 * @skb: message
 * @cb: dump
 * @ovl: device
 * @idx: number of the next destination
 * @from: the first that isn't dumped yet
 */
struct ovl_fdb_cursor {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct ovl_dev *ovl;
	int *idx;
	unsigned long from;
};

static int ovl_fdb_dump_one(struct ovl_fdb_cursor *cursor,
			    const struct ovl_fdb_entry *entry,
			    const struct ovl_peer *peer)
{
	int err = 0;

	if (*cursor->idx >= cursor->from)
		err = ovl_fdb_fill(cursor->skb, cursor->ovl, entry, peer,
				   NETLINK_CB(cursor->cb->skb).portid,
				   cursor->cb->nlh->nlmsg_seq, RTM_NEWNEIGH,
				   NLM_F_MULTI);
	if (!err)
		++*cursor->idx;
	return err;
}

static int ovl_fdb_dump_entry(struct ovl_fdb_cursor *cursor,
			      const struct ovl_fdb_entry *entry)
{
	void *dst = rcu_dereference(entry->dst);
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);
	int err = 0;

	if (dst == OVL_FDB_LOCAL)
		return ovl_fdb_dump_one(cursor, entry, NULL);
	for (i = 0; i < n && !err; i++)
		err = ovl_fdb_dump_one(cursor, entry, READ_ONCE(peers[i]));
	return err;
}

/**
 * ovl_fdb_dump() - ndo_fdb_dump
 * @skb: message to append to
 * @cb: dump
 * @dev: device
 * @filter_dev: unused
 * @idx: number of the next destination
 *
 * Context: RTNL.
 * Return: 0, or -EMSGSIZE if there is more.
 */
int ovl_fdb_dump(struct sk_buff *skb, struct netlink_callback *cb,
		 struct net_device *dev, struct net_device *filter_dev,
		 int *idx)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_cursor cursor = {
		.skb = skb,
		.cb = cb,
		.ovl = ovl,
		.idx = idx,
		.from = ovl_compat_fdb_dump_from(cb),
	};
	struct ovl_peer *remote = rtnl_dereference(ovl->remote);
	struct ovl_fdb_entry *entry, virtual;
	struct rhashtable_iter iter;
	int err = 0;

	if (remote) {
		ovl_fdb_remote_entry(&virtual);
		err = ovl_fdb_dump_one(&cursor, &virtual, remote);
		if (err)
			return err;
	}
	rhashtable_walk_enter(&ovl->fdb.table, &iter);
	rhashtable_walk_start(&iter);
	while (!err && (entry = rhashtable_walk_next(&iter)))
		if (!IS_ERR(entry))
			err = ovl_fdb_dump_entry(&cursor, entry);
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	return err;
}

/**
 * ovl_fdb_get() - ndo_fdb_get
 * @skb: message to fill
 * @tb: attributes of the request
 * @dev: device
 * @addr: MAC address
 * @vid: unused
 * @portid: whom it answers
 * @seq: what it answers
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_fdb_get(struct sk_buff *skb, struct nlattr *tb[],
		struct net_device *dev, const unsigned char *addr, u16 vid,
		u32 portid, u32 seq, struct netlink_ext_ack *extack)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_entry *entry, virtual;
	struct ovl_peer *const *peers, *peer;
	void *dst = NULL;
	int err = -ENOENT;

	rcu_read_lock();
	peer = rcu_dereference(ovl->remote);
	if (is_zero_ether_addr(addr) && peer) {
		ovl_fdb_remote_entry(&virtual);
		entry = &virtual;
	} else {
		entry = ovl_fdb_lookup(ovl, addr, 0);
		if (entry)
			dst = rcu_dereference(entry->dst);
		if (!dst)
			entry = NULL;
		peer = ovl_fdb_peers(&dst, &peers) ? READ_ONCE(peers[0]) : NULL;
	}
	if (entry)
		err = ovl_fdb_fill(skb, ovl, entry, peer, portid, seq,
				   RTM_NEWNEIGH, 0);
	else
		NL_SET_ERR_MSG_MOD(extack, "no such entry");
	rcu_read_unlock();
	return err;
}
