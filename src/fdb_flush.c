// SPDX-License-Identifier: GPL-2.0
/* "bridge fdb flush": many entries at once, by what they have in common. */

#include <linux/rtnetlink.h>
#include <net/neighbour.h>

#include "device.h"
#include "fdb.h"
#include "fdb_request.h"
#include "netlink.h"
#include "nexthop.h"
#include "path.h"
#include "peer.h"

/**
 * struct ovl_fdb_filter - which entries a flush is for
 * @state: NUD_*, of which those in @state_mask have to be as here
 * @state_mask: bits of @state
 * @flags: NTF_*, of which those in @flags_mask have to be as here
 * @flags_mask: bits of @flags
 * @addr: outer address, AF_UNSPEC for any
 * @vni: VNI that is sent, 0 for any
 * @src_vni: VNI that they are in on a device that has several
 * @has_src_vni: entries of other VNIs stay
 * @port: UDP port, 0 for any
 * @nhid: group of nexthops, 0 for any
 */
struct ovl_fdb_filter {
	u16 state;
	u16 state_mask;
	u8 flags;
	u8 flags_mask;
	struct ovl_addr addr;
	u32 vni;
	u32 src_vni;
	bool has_src_vni;
	__be16 port;
	u32 nhid;
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
	const struct ovl_nexthop *nexthop;
	struct ovl_peer *const *peers, *peer;
	unsigned int i;
	void *dst;

	if (entry->flags & OVL_FDB_PEER ||
	    (filter->has_src_vni && entry->key.vni != filter->src_vni) ||
	    (entry->state & filter->state_mask) !=
	    (filter->state & filter->state_mask) ||
	    (entry->flags & filter->flags_mask) !=
	    (filter->flags & filter->flags_mask))
		return OVL_FDB_KEEP;
	dst = rcu_dereference_protected(entry->dst,
					lockdep_is_held(&ovl->fdb.lock));
	nexthop = ovl_fdb_nexthop(dst);
	if (filter->nhid && (!nexthop || nexthop->id != filter->nhid))
		return OVL_FDB_KEEP;
	if (!filter->vni && !filter->port && !filter->addr.family)
		return OVL_FDB_REMOVE;

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
	if (tb[NDA_VLAN])
		return OVL_REFUSE(extack, tb[NDA_VLAN], -EOPNOTSUPP,
				  "vlan is not supported");
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
	filter.nhid = req.nhid;
	filter.src_vni = req.vni;
	filter.has_src_vni = ovl->trunk && tb[NDA_SRC_VNI];

	ovl_fdb_walk(ovl, ovl_fdb_judge_flush, &filter, ovl_dev_rest);
	ovl_fdb_settle(ovl);
	return 0;
}
