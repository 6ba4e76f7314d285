// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: messages that describe peers, and samples of drops.
 *
 * Peers are described under RTNL. One whose lists don't fit into what is left
 * of a message goes on in the next one of a dump.
 */

#include <linux/etherdevice.h>
#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "device.h"
#include "fdb.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "nexthop.h"
#include "path.h"
#include "peer.h"
#include "rtnl.h"
#include "rule.h"
#include "set.h"
#include "vni.h"

static int ovl_nl_put_prefix(struct sk_buff *skb, int attr,
			     const struct ovl_prefix_key *key)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	u8 addr[sizeof(struct in6_addr)];

	ovl_prefix_addr(key, addr);
	if (!nest ||
	    nla_put(skb, OVL_TUN_A_PREFIX_ADDR,
		    key->family == AF_INET ? 4 : 16, addr) ||
	    nla_put_u8(skb, OVL_TUN_A_PREFIX_LEN, key->len)) {
		if (nest)
			nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* Settings that the peer has of its own. */
static int ovl_nl_put_own(struct sk_buff *skb, const struct ovl_peer_config *own)
{
	u32 g = own->given;

	return ovl_put_addr(skb, &own->remote, OVL_TUN_A_PEER_REMOTE,
			    OVL_TUN_A_PEER_REMOTE6) ||
	       ((g & OVL_TUN_PEER_FIELD_PORT) &&
		nla_put_be16(skb, OVL_TUN_A_PEER_PORT, own->port)) ||
	       ((g & OVL_TUN_PEER_FIELD_ENCAP) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_ENCAP, own->encap)) ||
	       ((g & OVL_TUN_PEER_FIELD_VNI) &&
		nla_put_u32(skb, OVL_TUN_A_PEER_VNI, own->vni)) ||
	       ((g & OVL_TUN_PEER_FIELD_RX_VNI) &&
		nla_put_u32(skb, OVL_TUN_A_PEER_RX_VNI, own->rx_vni)) ||
	       ((g & OVL_TUN_PEER_FIELD_LOCAL) &&
		ovl_put_addr(skb, &own->local, OVL_TUN_A_PEER_LOCAL,
			     OVL_TUN_A_PEER_LOCAL6)) ||
	       ((g & OVL_TUN_PEER_FIELD_TTL) &&
		(nla_put_u8(skb, OVL_TUN_A_PEER_TTL, own->ttl) ||
		 nla_put_u8(skb, OVL_TUN_A_PEER_TTL_INHERIT,
			    own->ttl_inherit))) ||
	       ((g & OVL_TUN_PEER_FIELD_TOS) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_TOS, own->tos)) ||
	       ((g & OVL_TUN_PEER_FIELD_DF) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_DF, own->df)) ||
	       ((g & OVL_TUN_PEER_FIELD_LABEL) &&
		nla_put_be32(skb, OVL_TUN_A_PEER_LABEL, own->label)) ||
	       ((g & OVL_TUN_PEER_FIELD_UDP_CSUM) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_UDP_CSUM, own->udp_csum)) ||
	       ((g & OVL_TUN_PEER_FIELD_UDP_ZERO_CSUM6_TX) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX,
			   own->zero_csum6_tx)) ||
	       ((g & OVL_TUN_PEER_FIELD_MTU) &&
		nla_put_u32(skb, OVL_TUN_A_PEER_MTU, own->mtu)) ||
	       ((g & OVL_TUN_PEER_FIELD_NOOPTIONS) &&
		nla_put_u8(skb, OVL_TUN_A_PEER_NOOPTIONS, own->nooptions)) ||
	       (own->set &&
		nla_put_string(skb, OVL_TUN_A_PEER_OPTIONS, own->set->name)) ?
	       -EMSGSIZE : 0;
}

/* How packets are sent to the peer now. */
static int ovl_nl_put_path(struct sk_buff *skb, struct ovl_peer *peer)
{
	struct ovl_path *path = rtnl_dereference(peer->path);
	struct dst_entry *dst = ovl_path_route(path);
	struct ovl_config eff;
	struct nlattr *nest;
	u32 mtu = 0;
	int err;

	ovl_peer_effective(&eff, rtnl_dereference(peer->ovl->cfg), &peer->cfg);
	nest = nla_nest_start(skb, OVL_TUN_A_PEER_PATH);
	err = !nest || nla_put_u8(skb, OVL_TUN_A_PATH_ENCAP, path->encap) ||
	      nla_put_be16(skb, OVL_TUN_A_PATH_PORT, path->dport) ||
	      (eff.vni < OVL_TUN_N_VNI &&
	       nla_put_u32(skb, OVL_TUN_A_PATH_VNI, eff.vni)) ||
	      nla_put_u32(skb, OVL_TUN_A_PATH_OVERHEAD, path->overhead);
	if (!IS_ERR(dst)) {
		mtu = dst_mtu(dst);
		err = err ||
		      nla_put_u32(skb, OVL_TUN_A_PATH_MTU,
				  ovl_path_mtu(path, mtu, 0)) ||
		      nla_put_u32(skb, OVL_TUN_A_PATH_ROUTE_IFINDEX,
				  dst->dev->ifindex) ||
		      nla_put_u32(skb, OVL_TUN_A_PATH_ROUTE_MTU, mtu);
		dst_release(dst);
	}
	if (err)
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_nl_put_peer_drops(struct sk_buff *skb,
				 const struct ovl_peer *peer)
{
	const struct ovl_peer_drops *drops = READ_ONCE(peer->drops);
	int i;

	for (i = 1; drops && i < __OVL_TUN_DROP_MAX; i++)
		if (ovl_nl_put_drop(skb, OVL_TUN_A_PEER_STATS_DROP, i,
				    (unsigned long)atomic_long_read(&drops->count[i])))
			return -EMSGSIZE;
	return 0;
}

static int ovl_nl_put_peer_stats(struct sk_buff *skb,
				 const struct ovl_peer *peer)
{
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_PEER_STATS);
	struct ovl_peer_totals sum;

	ovl_peer_stats_sum(peer, &sum);
	if (!nest ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_PEER_STATS_RX_PACKETS,
			      sum.rx_packets, OVL_TUN_A_PEER_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_PEER_STATS_RX_BYTES,
			      sum.rx_bytes, OVL_TUN_A_PEER_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_PEER_STATS_TX_PACKETS,
			      sum.tx_packets, OVL_TUN_A_PEER_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_PEER_STATS_TX_BYTES,
			      sum.tx_bytes, OVL_TUN_A_PEER_STATS_PAD) ||
	    (sum.rx_packets &&
	     nla_put_u64_64bit(skb, OVL_TUN_A_PEER_STATS_LAST_SEEN,
			       jiffies64_to_msecs(jiffies - sum.seen),
			       OVL_TUN_A_PEER_STATS_PAD)) ||
	    ovl_nl_put_peer_drops(skb, peer))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Room for an element of a list, and for the mark that there are more. */
#define OVL_NL_MAC_SIZE		nla_total_size(ETH_ALEN)
#define OVL_NL_PREFIX_SIZE						\
	nla_total_size(nla_total_size(sizeof(struct in6_addr)) +	\
		       nla_total_size(sizeof(u8)))
#define OVL_NL_MORE_SIZE	nla_total_size(0)

/* The lists of a peer from element *@from on, MAC addresses first.
 *
 * Return: whether all are written; if not, *@from is the first that isn't.
 */
static bool ovl_nl_put_lists(struct sk_buff *skb, const struct ovl_peer *peer,
			     unsigned long *from)
{
	const struct ovl_prefix *node;
	unsigned long at = 0;

	for (; peer->macs && at < peer->macs->n; at++) {
		if (at < *from)
			continue;
		if (skb_tailroom(skb) < OVL_NL_MAC_SIZE + OVL_NL_MORE_SIZE)
			goto full;
		nla_put(skb, OVL_TUN_A_PEER_MAC, ETH_ALEN,
			peer->macs->addr[at]);
	}
	list_for_each_entry(node, &peer->prefixes, list) {
		if (at >= *from) {
			if (skb_tailroom(skb) <
			    OVL_NL_PREFIX_SIZE + OVL_NL_MORE_SIZE)
				goto full;
			ovl_nl_put_prefix(skb, OVL_TUN_A_PEER_ALLOWED,
					  &node->key);
		}
		at++;
	}
	*from = 0;
	return true;
full:
	*from = at;
	return false;
}

static int ovl_nl_put_peer(struct sk_buff *skb, struct ovl_peer *peer)
{
	return (*ovl_peer_name(peer) &&
		nla_put_string(skb, OVL_TUN_A_PEER_NAME,
			       ovl_peer_name(peer))) ||
	       (peer->implicit &&
		nla_put_u8(skb, OVL_TUN_A_PEER_IMPLICIT, 1)) ||
	       ovl_nl_put_own(skb, &peer->cfg) ||
	       ovl_nl_put_path(skb, peer) ||
	       ovl_nl_put_peer_stats(skb, peer) ? -EMSGSIZE : 0;
}

/* Write a peer, from element @from of its lists on. If they don't fit the
 * message has a part of them and @from is the next one.
 *
 * Return: 0, or -EMSGSIZE with nothing written.
 */
static int ovl_nl_fill_peer(struct sk_buff *skb, struct ovl_peer *peer,
			    u32 portid, u32 seq, int flags, u8 cmd,
			    struct netlink_callback *cb, unsigned long *from)
{
	unsigned long first = *from;
	void *hdr;

	hdr = genlmsg_put(skb, portid, seq, &ovl_nl_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(skb, OVL_TUN_A_PEER_IFINDEX,
			peer->ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_PEER_IFNAME, peer->ovl->dev->name) ||
	    nla_put_u32(skb, OVL_TUN_A_PEER_ID, peer->id) ||
	    (!first && ovl_nl_put_peer(skb, peer)))
		goto cancel;
	/* Not a message that says nothing, and room for saying that there is
	 * more.
	 */
	if (!ovl_nl_put_lists(skb, peer, from) &&
	    (*from == first || nla_put_flag(skb, OVL_TUN_A_PEER_MORE)))
		goto cancel;
	genlmsg_end(skb, hdr);
	return 0;

cancel:
	*from = first;
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

static size_t ovl_nl_peer_size(const struct ovl_peer *peer)
{
	const struct ovl_prefix *node;
	size_t size = NLMSG_GOODSIZE;

	if (peer->macs)
		size += peer->macs->n * OVL_NL_MAC_SIZE;
	list_for_each_entry(node, &peer->prefixes, list)
		size += OVL_NL_PREFIX_SIZE;
	return size;
}

/**
 * ovl_nl_peer_msg() - a message that describes a peer
 * @peer: peer
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_peer_msg(struct ovl_peer *peer, u32 portid, u32 seq,
				u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(ovl_nl_peer_size(peer), GFP_KERNEL);
	unsigned long from = 0;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	if (!ovl_nl_fill_peer(msg, peer, portid, seq, 0, cmd, NULL, &from))
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(-EMSGSIZE);
}

/* In which VNI a MAC address is wanted; 0 for a device that has but one. */
static int ovl_nl_peer_to_vni(struct genl_info *info, u32 *vni)
{
	const struct nlattr *attr = info->attrs[OVL_TUN_A_PEER_VNI];
	const struct nlattr *to = info->attrs[OVL_TUN_A_PEER_TO];
	const struct ovl_dev *ovl = info->user_ptr[0];

	*vni = 0;
	if (attr && (!ovl->trunk || nla_len(to) != ETH_ALEN))
		return OVL_REFUSE(info->extack, attr, -EINVAL,
				  "vni is for a MAC address on a device with vnifilter or external");
	if (!ovl->trunk || nla_len(to) != ETH_ALEN)
		return 0;
	if (!attr)
		return OVL_REFUSE(info->extack, to, -EINVAL,
				  "vni is missing, in which the device is to look for a MAC address");
	*vni = nla_get_u32(attr);
	if (!ovl_vni_carried(ovl, rtnl_dereference(ovl->cfg), *vni))
		return OVL_REFUSE(info->extack, attr, -ENOENT,
				  "vni is none of the device");
	return 0;
}

/* The peer, or the first of several, that a frame to a MAC address goes to. */
static struct ovl_peer *ovl_nl_peer_at(struct ovl_dev *ovl, const u8 *mac,
				       u32 vni)
{
	struct ovl_peer *const *peers, *peer = NULL;
	struct ovl_fdb_entry *entry;
	void *dst;

	rcu_read_lock();
	entry = ovl_fdb_lookup(ovl, mac, vni);
	if (entry) {
		dst = rcu_dereference(entry->dst);
		if (ovl_fdb_peers(&dst, &peers))
			peer = READ_ONCE(peers[0]);
		else if (ovl_fdb_nexthop(dst))
			peer = ovl_nexthop_first(ovl_fdb_nexthop(dst));
	}
	rcu_read_unlock();
	return peer; /* which RTNL keeps */
}

/* The peer that is sent what nothing else is known for. */
static struct ovl_peer *ovl_nl_peer_default(struct ovl_dev *ovl, u32 vni)
{
	const struct ovl_vni *in = ovl->trunk ? ovl_vni_lookup(ovl, vni) : NULL;
	struct ovl_peer *peer = in ? rtnl_dereference(in->remote) : NULL;

	return peer ?: rtnl_dereference(ovl->remote);
}

/* The peer that a packet to an inner address would go to. */
static struct ovl_peer *ovl_nl_peer_to(struct genl_info *info, u8 *match,
				       struct ovl_prefix_key *matched)
{
	const struct nlattr *to = info->attrs[OVL_TUN_A_PEER_TO];
	const struct ovl_prefix_key *key = NULL;
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_peer *peer = NULL;
	u32 vni;
	int err;

	err = ovl_nl_peer_to_vni(info, &vni);
	if (err)
		return ERR_PTR(err);
	switch (nla_len(to)) {
	case sizeof(struct in_addr):
	case sizeof(struct in6_addr):
		rcu_read_lock();
		peer = ovl_prefix_lookup(&ovl->prefixes,
					 nla_len(to) == 4 ? AF_INET : AF_INET6,
					 nla_data(to), &key);
		if (peer)
			*matched = *key;
		rcu_read_unlock();
		*match = OVL_TUN_PEER_MATCH_PREFIX;
		break;
	case ETH_ALEN:
		peer = ovl_nl_peer_at(ovl, nla_data(to), vni);
		*match = OVL_TUN_PEER_MATCH_MAC;
		break;
	default:
		return ERR_PTR(OVL_REFUSE(info->extack, to, -EINVAL,
					  "to must be an IPv4, IPv6 or MAC address"));
	}
	if (peer)
		return peer;
	*match = OVL_TUN_PEER_MATCH_REMOTE;
	peer = ovl_nl_peer_default(ovl, vni);
	if (peer)
		return peer;
	return ERR_PTR(OVL_REFUSE(info->extack, to, -ENOENT,
				  "nothing leads to this address"));
}

static int ovl_nl_reply_to(struct genl_info *info)
{
	struct ovl_prefix_key matched = {};
	struct ovl_peer *peer;
	struct nlmsghdr *nlh;
	struct sk_buff *msg;
	u8 match;

	peer = ovl_nl_peer_to(info, &match, &matched);
	if (IS_ERR(peer))
		return PTR_ERR(peer);
	msg = ovl_nl_peer_msg(peer, info->snd_portid, info->snd_seq,
			      OVL_TUN_CMD_PEER_GET);
	if (IS_ERR(msg))
		return PTR_ERR(msg);
	nlh = nlmsg_hdr(msg);
	if (nla_put_u8(msg, OVL_TUN_A_PEER_MATCH, match) ||
	    (match == OVL_TUN_PEER_MATCH_PREFIX &&
	     ovl_nl_put_prefix(msg, OVL_TUN_A_PEER_MATCHED, &matched))) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	nlmsg_end(msg, nlh);
	return genlmsg_reply(msg, info);
}

int ovl_tun_nl_peer_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_peer *peer;
	struct sk_buff *msg;

	if (info->attrs[OVL_TUN_A_PEER_TO])
		return ovl_nl_reply_to(info);
	if (info->attrs[OVL_TUN_A_PEER_VNI])
		return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_PEER_VNI],
				  -EINVAL, "vni is for a MAC address only");
	peer = ovl_nl_peer_find(info);
	if (!peer)
		return ovl_nl_no_peer(info);
	msg = ovl_nl_peer_msg(peer, info->snd_portid, info->snd_seq,
			      OVL_TUN_CMD_PEER_GET);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/**
 * struct ovl_peer_dump - where a dump goes on, in &netlink_callback.ctx
 * @devices: for ovl_nl_dump_devices()
 * @id: peer of the next one to go on with
 * @from: element of its lists
 */
struct ovl_peer_dump {
	unsigned long devices;
	unsigned long id;
	unsigned long from;
};

static int ovl_nl_dump_peers(struct sk_buff *skb, struct netlink_callback *cb,
			     struct ovl_dev *ovl)
{
	struct ovl_peer_dump *dump = (void *)cb->ctx;
	struct ovl_peer *peer;
	unsigned long id;
	int err;

	xa_for_each_start(&ovl->peers, id, peer, dump->id) {
		/* What was begun has been removed meanwhile. */
		if (id != dump->id)
			dump->from = 0;
		dump->id = id;
		do {
			err = ovl_nl_fill_peer(skb, peer,
					       NETLINK_CB(cb->skb).portid,
					       cb->nlh->nlmsg_seq, NLM_F_MULTI,
					       OVL_TUN_CMD_PEER_GET, cb,
					       &dump->from);
			if (err)
				return err;
		} while (dump->from);
		dump->id = id + 1;
	}
	dump->id = 0;
	dump->from = 0;
	return 0;
}

int ovl_tun_nl_peer_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct ovl_peer_dump) > sizeof(cb->ctx));

	return ovl_nl_dump_devices(skb, cb, ovl_nl_dump_peers);
}

/**
 * ovl_nl_sample_msg() - a message that tells of a dropped packet
 * @ovl: device, NULL if none is known
 * @os: socket
 * @source: its outer source
 * @vni: its VNI
 * @reason: enum ovl_tun_drop, or 0 if a rule only wants to be told of it
 * @missed: drops before it that were not told of
 * @rule: rule that drops it or wants to be told of it, or NULL
 *
 * Context: any.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_sample_msg(const struct ovl_dev *ovl,
				  const struct ovl_sock *os,
				  const struct ovl_addr *source, u32 vni,
				  u32 reason, u32 missed,
				  const struct ovl_rule *rule)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_ATOMIC);
	void *hdr;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	hdr = genlmsg_put(msg, 0, 0, &ovl_nl_family, 0, OVL_TUN_CMD_DROP_NTF);
	if (!hdr ||
	    (ovl &&
	     (nla_put_u32(msg, OVL_TUN_A_SAMPLE_IFINDEX, ovl->dev->ifindex) ||
	      nla_put_string(msg, OVL_TUN_A_SAMPLE_IFNAME, ovl->dev->name))) ||
	    (reason &&
	     (nla_put_u32(msg, OVL_TUN_A_SAMPLE_REASON, reason) ||
	      nla_put_string(msg, OVL_TUN_A_SAMPLE_NAME,
			     ovl_drop_name(reason)) ||
	      nla_put_u32(msg, OVL_TUN_A_SAMPLE_MISSED, missed))) ||
	    ovl_put_addr(msg, source, OVL_TUN_A_SAMPLE_SOURCE,
			 OVL_TUN_A_SAMPLE_SOURCE6) ||
	    nla_put_u8(msg, OVL_TUN_A_SAMPLE_ENCAP, os->encap) ||
	    nla_put_u32(msg, OVL_TUN_A_SAMPLE_VNI, vni) ||
	    (rule &&
	     (nla_put_u32(msg, OVL_TUN_A_SAMPLE_RULE, rule->spec.pref) ||
	      (*rule->spec.name &&
	       nla_put_string(msg, OVL_TUN_A_SAMPLE_RULE_NAME,
			      rule->spec.name))))) {
		nlmsg_free(msg);
		return ERR_PTR(-EMSGSIZE);
	}
	genlmsg_end(msg, hdr);
	return msg;
}
