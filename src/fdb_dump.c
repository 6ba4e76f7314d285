// SPDX-License-Identifier: GPL-2.0
/*
 * The forwarding table told to users: notifications, dumps, single answers.
 *
 * The link's remote shows as a permanent entry for 00:00:00:00:00:00.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/neighbour.h>

#include "device.h"
#include "fdb.h"
#include "path.h"
#include "peer.h"

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
