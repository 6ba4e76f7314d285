// SPDX-License-Identifier: GPL-2.0
/*
 * The forwarding table told to users: notifications, dumps, single answers.
 *
 * The link's remote, or that of a VNI, shows as a permanent entry for
 * 00:00:00:00:00:00.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/neighbour.h>

#include "device.h"
#include "fdb.h"
#include "nexthop.h"
#include "path.h"
#include "peer.h"
#include "vni.h"

/**
 * ovl_fdb_put_addr() - write an outer address as NDA_DST
 * @skb: message to append to
 * @addr: address
 *
 * Return: 0, or -EMSGSIZE.
 */
int ovl_fdb_put_addr(struct sk_buff *skb, const struct ovl_addr *addr)
{
	if (addr->family == AF_INET6)
		return nla_put_in6_addr(skb, NDA_DST, &addr->v6);
	return nla_put_in_addr(skb, NDA_DST, addr->v4);
}

static int ovl_fdb_put_path(struct sk_buff *skb, const struct ovl_dev *ovl,
			    const struct ovl_path *path)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	int via;

	/* vxlan.ko shows the link's "dev" with the link's remote only. */
	via = path->peer->id == OVL_PEER_REMOTE ? path->link : path->via;
	return ovl_fdb_put_addr(skb, &path->remote) ||
	       (path->dport != cfg->port[cfg->encap] &&
		nla_put_be16(skb, NDA_PORT, path->dport)) ||
	       (path->vni != cfg->vni && nla_put_u32(skb, NDA_VNI, path->vni)) ||
	       (via && nla_put_u32(skb, NDA_IFINDEX, via));
}

static int ovl_fdb_put_dst(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_fdb_entry *entry,
			   const struct ovl_peer *peer)
{
	const struct ovl_path *path = peer ? rcu_dereference(peer->path) : NULL;
	static const struct ovl_addr any = { .family = AF_INET };
	const struct ovl_nexthop *nexthop;

	if (path)
		return ovl_fdb_put_path(skb, ovl, path);
	nexthop = ovl_fdb_nexthop(rcu_dereference(entry->dst));
	if (nexthop)
		return nla_put_u32(skb, NDA_NH_ID, nexthop->id);
	return ovl_fdb_put_addr(skb, &any);
}

/**
 * ovl_fdb_put_netns() - write where a device's underlay is, if it is elsewhere
 * @skb: message to append to
 * @ovl: device
 *
 * Return: 0, or -EMSGSIZE.
 */
int ovl_fdb_put_netns(struct sk_buff *skb, const struct ovl_dev *ovl)
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
	      ovl_fdb_put_dst(skb, ovl, entry, peer) ||
	      (ovl->trunk && nla_put_u32(skb, NDA_SRC_VNI, entry->key.vni)) ||
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
	       nla_total_size(sizeof(struct in6_addr)) +	/* DST or NH_ID */
	       nla_total_size(sizeof(__be16)) +			/* PORT */
	       nla_total_size(sizeof(u32)) +			/* VNI */
	       nla_total_size(sizeof(u32)) +			/* SRC_VNI */
	       nla_total_size(sizeof(u32)) +			/* IFINDEX */
	       nla_total_size(sizeof(s32)) +			/* LINK_NETNSID */
	       nla_total_size(sizeof(struct nda_cacheinfo));
}

/**
 * ovl_fdb_notify() - tell of a destination of an entry
 * @ovl: device
 * @entry: entry
 * @peer: destination, NULL for a local entry or that of a group of nexthops
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

/**
 * ovl_fdb_default() - where frames go whose destination isn't known
 * @ovl: device
 * @vni: VNI on a device that has several, else 0
 *
 * That is apart from the entry for them: to the link's remote, or the VNI's.
 *
 * Context: RCU read section, or RTNL.
 * Return: peer, or NULL.
 */
struct ovl_peer *ovl_fdb_default(const struct ovl_dev *ovl, u32 vni)
{
	const struct ovl_vni *in = NULL;
	struct ovl_peer *remote = NULL;

	if (ovl->trunk)
		in = ovl_vni_lookup(ovl, vni);
	if (in)
		remote = rcu_dereference_rtnl(in->remote);
	return remote ?: rcu_dereference_rtnl(ovl->remote);
}

/* The link's remote, or that of a VNI, as an entry. */
static void ovl_fdb_remote_entry(struct ovl_fdb_entry *entry, u32 vni)
{
	memset(entry, 0, sizeof(*entry));
	entry->key.vni = vni;
	entry->state = NUD_PERMANENT;
	entry->flags = NTF_SELF;
	entry->used = jiffies;
	entry->updated = entry->used;
}

/**
 * struct ovl_fdb_dump - where a dump goes on, in &struct netlink_callback
 * @ifindex: device, 0 before the first
 * @place: in its table; the remotes come before one walks there, and until then
 *	the VNI in its key is the one whose remote comes next
 *
 * For more there is no room.
 */
struct ovl_fdb_dump {
	int ifindex;
	struct ovl_fdb_place place;
};

/* The entry that a message was too short for, or else the next one. */
static struct ovl_fdb_entry *ovl_fdb_dump_next(struct ovl_dev *ovl,
					       struct ovl_fdb_place *place)
{
	struct ovl_fdb_entry *entry;

	if (place->left) {
		entry = ovl_fdb_lookup(ovl, place->key.mac, place->key.vni);
		if (entry)
			return entry;
		place->left = 0;
	}
	return ovl_fdb_next(ovl, place);
}

static int ovl_fdb_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			    const struct ovl_dev *ovl,
			    const struct ovl_fdb_entry *entry,
			    const struct ovl_peer *peer,
			    const struct ovl_fdb_place *place)
{
	unsigned int flags = NLM_F_MULTI;

	if (place->lost)
		flags |= NLM_F_DUMP_INTR;
	return ovl_fdb_fill(skb, ovl, entry, peer, NETLINK_CB(cb->skb).portid,
			    cb->nlh->nlmsg_seq, RTM_NEWNEIGH, flags);
}

/* Show an entry, its last destination first: one that is removed meanwhile has
 * the last put into its place, which can be seen twice then but not missed.
 */
static int ovl_fdb_dump_entry(struct sk_buff *skb, struct netlink_callback *cb,
			      const struct ovl_dev *ovl,
			      const struct ovl_fdb_entry *entry,
			      struct ovl_fdb_place *place)
{
	void *dst = rcu_dereference(entry->dst);
	struct ovl_peer *const *peers;
	unsigned int n = ovl_fdb_peers(&dst, &peers), left = n;
	int err = 0;

	if (place->left)
		left = min_t(unsigned int, n, place->left);
	else if (dst && !n)
		err = ovl_fdb_dump_one(skb, cb, ovl, entry, NULL, place);
	for (; left && !err; left -= !err)
		err = ovl_fdb_dump_one(skb, cb, ovl, entry,
				       READ_ONCE(peers[left - 1]), place);
	if (err && left == n && !place->left)
		return err;
	ovl_fdb_place_at(place, entry);
	place->left = left;
	return err;
}

static int ovl_fdb_dump_default(struct sk_buff *skb,
				struct netlink_callback *cb,
				const struct ovl_dev *ovl, u32 vni,
				const struct ovl_fdb_place *place)
{
	struct ovl_peer *remote = ovl_fdb_default(ovl, vni);
	struct ovl_fdb_entry virtual;

	if (!remote)
		return 0;
	ovl_fdb_remote_entry(&virtual, vni);
	return ovl_fdb_dump_one(skb, cb, ovl, &virtual, remote, place);
}

/* Show the link's remote, or that of each VNI. */
static int ovl_fdb_dump_defaults(struct sk_buff *skb,
				 struct netlink_callback *cb,
				 struct ovl_dev *ovl,
				 struct ovl_fdb_place *place)
{
	unsigned long id;
	void *vni;
	int err;

	if (!ovl->trunk)
		return ovl_fdb_dump_default(skb, cb, ovl, 0, place);
	xa_for_each_start(&ovl->vnis, id, vni, place->key.vni) {
		place->key.vni = id;
		err = ovl_fdb_dump_default(skb, cb, ovl, id, place);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_fdb_dump() - ndo_fdb_dump
 * @skb: message to append to
 * @cb: dump
 * @dev: device
 * @filter_dev: unused
 * @idx: unused; counting entries is for those who start at the first each time
 *
 * Every entry that is there all the time is shown, and shown once, unless the
 * table is resized: then from there on messages have NLM_F_DUMP_INTR.
 *
 * Context: RTNL.
 * Return: 0, or -EMSGSIZE if there is more.
 */
int ovl_fdb_dump(struct sk_buff *skb, struct netlink_callback *cb,
		 struct net_device *dev, struct net_device *filter_dev,
		 int *idx)
{
	struct ovl_fdb_dump *dump = ovl_compat_fdb_dump_room(cb);
	struct ovl_fdb_place *place = &dump->place;
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_fdb_entry *entry;
	int err = 0;

	BUILD_BUG_ON(OVL_COMPAT_FDB_DUMP_USED + sizeof(*dump) >
		     sizeof(cb->ctx));

	if (dump->ifindex != dev->ifindex) {
		memset(dump, 0, sizeof(*dump));
		dump->ifindex = dev->ifindex;
	}
	if (!place->walking) {
		err = ovl_fdb_dump_defaults(skb, cb, ovl, place);
		if (err)
			return err;
	}
	rcu_read_lock();
	while (!err && (entry = ovl_fdb_dump_next(ovl, place)))
		err = ovl_fdb_dump_entry(skb, cb, ovl, entry, place);
	rcu_read_unlock();
	if (!err)
		memset(dump, 0, sizeof(*dump));
	return err;
}

/**
 * ovl_fdb_get() - ndo_fdb_get
 * @skb: message to fill
 * @tb: attributes of the request; "vni" is that of the frames
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
	u32 vni = 0;

	/* As vxlan.ko has it; "bridge fdb get" has no word for another one. */
	if (ovl->trunk && tb[NDA_VNI] && nla_len(tb[NDA_VNI]) == sizeof(u32))
		vni = nla_get_u32(tb[NDA_VNI]);
	rcu_read_lock();
	peer = ovl_fdb_default(ovl, vni);
	if (is_zero_ether_addr(addr) && peer) {
		ovl_fdb_remote_entry(&virtual, vni);
		entry = &virtual;
	} else {
		entry = ovl_fdb_lookup(ovl, addr, vni);
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
