// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: packet → peer, or several of them for a frame. send.c has the rest of
 * the way.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/ipv6.h>
#include <net/dst_metadata.h>
#include <net/ip_tunnels.h>

#include "answer.h"
#include "device.h"
#include "external.h"
#include "fdb.h"
#include "frame.h"
#include "hash.h"
#include "neigh.h"
#include "nexthop.h"
#include "path.h"
#include "send.h"
#include "vni.h"
#include "xmit.h"

/* How deep devices of any kind may send by each other on a CPU before a packet is
 * taken to go in circles. IP_TUNNEL_RECURSION_LIMIT of newer kernels, which is less
 * than what the core stands (8): it would complain, and count nothing of ours.
 */
#define OVL_RECURSION_LIMIT	5

/* Find the IP header of what a layer 3 device is given. */
static __always_inline bool ovl_packet_pull(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	return pskb_may_pull(skb, skb->protocol == htons(ETH_P_IPV6) ?
			     sizeof(struct ipv6hdr) : sizeof(struct iphdr)) &&
	       ip_tunnel_parse_protocol(skb) == skb->protocol;
}

static __always_inline bool ovl_inner_pull(const struct ovl_dev *ovl,
					   struct sk_buff *skb)
{
	return ovl->dev->type == ARPHRD_NONE ? ovl_packet_pull(skb) :
					       ovl_frame_pull(skb);
}

/* Why ovl_inner_pull() has failed: what is there isn't what it is said to be, or
 * there is no memory.
 */
static noinline int ovl_inner_reason(const struct ovl_dev *ovl,
				     const struct sk_buff *skb)
{
	unsigned int len = skb->protocol == htons(ETH_P_IPV6) ?
			   sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	bool wrong;

	if (ovl->dev->type == ARPHRD_NONE)
		wrong = skb->len < len || skb_headlen(skb) >= len;
	else
		wrong = ovl_frame_is_short(skb);
	return wrong ? OVL_TUN_DROP_TX_INNER_SHORT : OVL_TUN_DROP_TX_NO_MEMORY;
}

static struct ovl_peer *ovl_route_inner(const struct ovl_dev *ovl,
					const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ovl_prefix_lookup(&ovl->prefixes, AF_INET,
					 &ip_hdr(skb)->daddr, NULL);
	return ovl_prefix_lookup(&ovl->prefixes, AF_INET6,
				 &ipv6_hdr(skb)->daddr, NULL);
}

/* Send a packet to a peer.
 *
 * Return: as ovl_send().
 */
static int ovl_xmit_peer(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_vni *in, struct ovl_peer *peer)
{
	struct ovl_path *path = rcu_dereference(peer->path);

	if (unlikely(!path)) /* the peer is being made */
		return OVL_TUN_DROP_TX_NO_REMOTE;
	return ovl_send(skb, ovl, in, path);
}

static void ovl_xmit_drop(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_vni *in, struct ovl_peer *peer,
			  int reason)
{
	/* The answer to its sender has taken the packet's place. */
	if (reason == -EMSGSIZE) {
		reason = OVL_TUN_DROP_TX_TOO_BIG;
		skb = NULL;
	}
	ovl_count_drop(ovl->stats, skb, ovl->dev->ifindex, reason);
	if (peer)
		ovl_peer_count_drop(peer, reason);
	if (in)
		ovl_vni_count_drop(in, false);
	kfree_skb(skb);
}

/* Send a copy of a frame to a peer that isn't the last who gets it. */
static void ovl_xmit_copy(const struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_vni *in, struct ovl_peer *peer)
{
	struct sk_buff *copy = skb_clone((struct sk_buff *)skb,
					 GFP_ATOMIC | __GFP_NOWARN);
	int reason = OVL_TUN_DROP_TX_NO_MEMORY;

	if (likely(copy))
		reason = ovl_xmit_peer(copy, ovl, in, peer);
	if (unlikely(reason))
		ovl_xmit_drop(copy, ovl, in, peer, reason);
}

/* The member of a group that a frame's flow is for; NULL for a local entry. */
static struct ovl_peer *ovl_flow_member(struct sk_buff *skb, const void *dst)
{
	const struct ovl_nexthop *nexthop = ovl_fdb_nexthop(dst);

	if (!nexthop)
		return NULL;
	ovl_hash(skb);
	return ovl_nexthop_select(nexthop, skb_get_hash(skb));
}

/* Copies to all destinations of an entry but the last.
 *
 * Return: the last one, or @last if there is none.
 */
static struct ovl_peer *ovl_flood_entry(struct sk_buff *skb,
					struct ovl_dev *ovl,
					const struct ovl_vni *in,
					const struct ovl_fdb_entry *entry,
					struct ovl_peer *last)
{
	void *dst = rcu_dereference(entry->dst);
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);
	struct ovl_peer *peer;

	for (i = 0; i < n; i++) {
		if (last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = READ_ONCE(peers[i]);
	}
	if (unlikely(!n)) {
		peer = ovl_flow_member(skb, dst);
		if (peer && last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = peer ?: last;
	}
	return last;
}

/* Copies to all peers of the user's but the last, which is returned. */
static struct ovl_peer *ovl_flood_peers(const struct sk_buff *skb,
					struct ovl_dev *ovl,
					const struct ovl_vni *in)
{
	struct ovl_peer *peer, *last = NULL;
	unsigned long id;

	xa_for_each_range(&ovl->peers, id, peer, OVL_PEER_REMOTE + 1, S32_MAX) {
		if (unlikely(!rcu_access_pointer(peer->path)))
			continue; /* it is being made */
		if (last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = peer;
	}
	return last;
}

/* Whom a frame is for that no entry leads anywhere. */
static struct ovl_peer *ovl_flood(struct sk_buff *skb,
				  struct ovl_dev *ovl, const struct ovl_vni *in)
{
	struct ovl_fdb_entry *flood = rcu_dereference(ovl->fdb.flood);
	struct ovl_peer *peer = NULL;

	if (in) {
		static const u8 all[ETH_ALEN];

		flood = ovl_fdb_lookup(ovl, all, ovl_vni_id(in));
		peer = rcu_dereference(in->remote);
	}
	if (!peer)
		peer = rcu_dereference(ovl->remote);
	if (flood) {
		ovl_fdb_touch(&flood->used);
		return ovl_flood_entry(skb, ovl, in, flood, peer);
	}
	return peer ?: ovl_flood_peers(skb, ovl, in);
}

/* Whom a frame is for that has more than the link's remote to go to. Copies
 * are sent to all destinations but the last.
 *
 * Return: as ovl_classify().
 */
static __always_inline int ovl_forward(struct ovl_dev *ovl, struct sk_buff *skb,
				       const struct ovl_vni *in,
				       struct ovl_peer **peer)
{
	struct ovl_fdb_entry *entry;
	u8 neigh = READ_ONCE(ovl->neigh);
	int err;

	if (unlikely(neigh)) {
		err = ovl_neigh_lookup(ovl, skb, in, neigh, &entry);
		if (err)
			return err;
	} else {
		entry = ovl_fdb_lookup(ovl, eth_hdr(skb)->h_dest,
				       ovl_vni_key(in));
	}
	if (likely(entry) && likely(rcu_access_pointer(entry->dst))) {
		ovl_fdb_touch(&entry->used);
		*peer = ovl_flood_entry(skb, ovl, in, entry, NULL);
		return likely(*peer) ? 0 : OVL_TUN_DROP_TX_NO_REMOTE;
	}
	*peer = ovl_flood(skb, ovl, in);
	if (likely(*peer))
		return 0;
	if (neigh & OVL_NEIGH_L2MISS)
		ovl_neigh_miss_mac(ovl, in, eth_hdr(skb)->h_dest);
	return OVL_TUN_DROP_TX_NO_REMOTE;
}

/* Whom a packet is for, on a device with one VNI.
 *
 * Return: 0 with *@peer set, the reason to drop the packet, or a negative number
 * if @skb is gone and that is no drop.
 */
static int ovl_classify(struct ovl_dev *ovl, struct sk_buff *skb,
			struct ovl_peer **peer)
{
	bool layer3 = ovl->dev->type == ARPHRD_NONE;

	if (unlikely(!ovl_inner_pull(ovl, skb)))
		return ovl_inner_reason(ovl, skb);

	if (layer3)
		*peer = ovl_route_inner(ovl, skb);
	else if (READ_ONCE(ovl->forwards))
		return ovl_forward(ovl, skb, NULL, peer);
	if (!*peer)
		*peer = rcu_dereference(ovl->remote);
	if (likely(*peer))
		return 0;
	if (layer3)
		ovl_answer_unreachable(skb);
	return OVL_TUN_DROP_TX_NO_REMOTE;
}

/* Send a packet where its metadata says. */
static noinline int ovl_xmit_external(struct sk_buff *skb, struct ovl_dev *ovl,
				      const struct ip_tunnel_info *info)
{
	const struct ovl_vni *in;
	struct ovl_external ext;
	unsigned int len;
	int err;

	/* Neither packet nor metadata may be there later. */
	in = ovl_vni_lookup(ovl, be64_to_cpu(info->key.tun_id));
	len = skb->len - skb_network_offset(skb);

	err = ovl_external_build(&ext, ovl, info);
	if (likely(!err)) {
		err = ovl_send(skb, ovl, NULL, ovl_external_path(&ext));
		dst_release(ext.route.dst);
	}
	if (in && err)
		ovl_vni_count_drop(in, false);
	else if (in)
		ovl_vni_count_tx(in, len);
	return err;
}

/* Send a frame to a member of a group of nexthops that a bridge names, as for a port
 * that has lost its carrier. Whoever it is, forwarding entries do not count.
 */
static noinline int ovl_xmit_nexthop(struct sk_buff *skb, struct ovl_dev *ovl,
				     const struct ovl_vni *in, u32 id)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	u8 neigh = READ_ONCE(ovl->neigh) & ~OVL_NEIGH_RSC;
	struct ovl_fdb_entry *entry;
	struct ovl_external ext;
	struct ovl_addr to;
	int err;

	if (unlikely(!cfg)) /* the device has ended */
		return OVL_TUN_DROP_TX_NO_SOCKET;
	if (unlikely(neigh)) {
		err = ovl_neigh_lookup(ovl, skb, in, neigh, &entry);
		if (err)
			return max(err, 0);
	}
	ovl_hash(skb);
	if (unlikely(!ovl_nexthop_resolve(ovl, id, skb_get_hash(skb), &to)))
		return OVL_TUN_DROP_TX_NO_REMOTE;
	ext.route.dst = NULL;
	ovl_path_to(ovl_external_path(&ext), ovl, cfg, &to);
	err = ovl_send(skb, ovl, in, ovl_external_path(&ext));
	dst_release(ext.route.dst);
	return err;
}

/* Send a packet of a device with more VNIs than one. A bridge says in which it
 * is; who names a remote as well has an external device. @in is set to the
 * entry of the VNI in the table, if there is one.
 */
static noinline int ovl_xmit_trunk(struct sk_buff *skb, struct ovl_dev *ovl,
				   const struct ovl_vni **in,
				   struct ovl_peer **peer)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);
	struct ovl_vni any;
	u32 nhid;
	u64 vni;
	int err;

	if (unlikely(!info) || unlikely(!(info->mode & IP_TUNNEL_INFO_TX)))
		return ovl->external ? OVL_TUN_DROP_TX_NO_METADATA :
				       OVL_TUN_DROP_TX_NO_VNI;
	if (unlikely(!ovl_inner_pull(ovl, skb)))
		return ovl_inner_reason(ovl, skb);
	if (!(info->mode & IP_TUNNEL_INFO_BRIDGE) ||
	    ovl->dev->type == ARPHRD_NONE)
		return ovl->external ? ovl_xmit_external(skb, ovl, info) :
				       OVL_TUN_DROP_TX_NO_VNI;
	vni = be64_to_cpu(info->key.tun_id);
	*in = ovl_vni_lookup(ovl, vni);
	if (unlikely(!*in)) {
		if (!ovl_vni_carried(ovl, rcu_dereference(ovl->cfg), vni))
			return OVL_TUN_DROP_TX_VNI_UNKNOWN;
		/* All VNIs are its own, and none has an entry. */
		memset(&any, 0, sizeof(any));
		any.source.ovl = ovl;
		any.source.key.vni = vni;
	}
	nhid = ovl_compat_tun_nhid(&info->key);
	if (unlikely(nhid))
		return ovl_xmit_nexthop(skb, ovl, *in ?: &any, nhid);
	err = ovl_forward(ovl, skb, *in ?: &any, peer);
	return likely(!err) ? ovl_xmit_peer(skb, ovl, *in ?: &any, *peer) :
			      max(err, 0);
}

static int ovl_xmit_skb(struct sk_buff *skb, struct ovl_dev *ovl,
			const struct ovl_vni **in, struct ovl_peer **peer)
{
	int err;

	if (unlikely(dev_recursion_level() > OVL_RECURSION_LIMIT))
		return OVL_TUN_DROP_TX_LOOP;
	if (unlikely(ovl->trunk))
		return ovl_xmit_trunk(skb, ovl, in, peer);
	err = ovl_classify(ovl, skb, peer);
	if (unlikely(err))
		return max(err, 0);
	return ovl_xmit_peer(skb, ovl, NULL, *peer);
}

/**
 * ovl_xmit() - ndo_start_xmit
 * @skb: frame, or IP packet on a layer 3 device
 * @dev: device
 *
 * What is asked on the way says whose the packet is from then on:
 *
 * - 0: with a peer set (ovl_classify(), ovl_forward()) it is still to be sent; from
 *   all others (ovl_send(), ovl_xmit_peer(), ovl_xmit_external(), ovl_xmit_nexthop(),
 *   ovl_xmit_trunk()) it is sent, or gone in another way, and counted.
 * - a reason, enum ovl_tun_drop: it is the caller's yet, in the end
 *   ovl_xmit_drop()'s, to be counted and freed.
 * - -EMSGSIZE, of ovl_send() and who calls it: it has become the answer to its
 *   sender and is gone; ovl_xmit_drop() only counts it.
 * - OVL_NEIGH_DONE, of ovl_forward() and ovl_classify(): it was answered or handed
 *   back, is gone, counted, and no drop. It becomes 0 before anybody could take it for
 *   -EMSGSIZE.
 *
 * Context: bottom halves disabled.
 */
netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_peer *peer = NULL;
	const struct ovl_vni *in = NULL;
	int reason;

	rcu_read_lock();
	reason = ovl_xmit_skb(skb, ovl, &in, &peer);
	if (unlikely(reason))
		ovl_xmit_drop(skb, ovl, in, peer, reason);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
