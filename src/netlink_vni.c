// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: the tables of VNIs.
 *
 * A request names ranges, which are read, sorted and applied as a whole. What
 * is told of a table is ranges as well, of VNIs with the same settings, unless
 * counters are asked for. Everything runs under RTNL.
 */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "device.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "notify.h"
#include "rtnl.h"
#include "set.h"
#include "vni.h"

/*
 * Messages
 */

static int ovl_nl_put_range(struct sk_buff *skb,
			    const struct ovl_vni_range *range)
{
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_VNI_RANGE);

	if (!nest ||
	    nla_put_u32(skb, OVL_TUN_A_VNI_RANGE_FIRST, range->first) ||
	    nla_put_u32(skb, OVL_TUN_A_VNI_RANGE_LAST, range->last))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_nl_put_vni_stats(struct sk_buff *skb, const struct ovl_vni *vni)
{
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_VNI_STATS);
	struct ovl_vni_totals sum;

	ovl_vni_stats_sum(vni, &sum);
	if (!nest ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_RX_PACKETS,
			      sum.rx_packets, OVL_TUN_A_VNI_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_RX_BYTES,
			      sum.rx_bytes, OVL_TUN_A_VNI_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_RX_DROPS,
			      sum.rx_drops, OVL_TUN_A_VNI_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_TX_PACKETS,
			      sum.tx_packets, OVL_TUN_A_VNI_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_TX_BYTES,
			      sum.tx_bytes, OVL_TUN_A_VNI_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_VNI_STATS_TX_DROPS,
			      sum.tx_drops, OVL_TUN_A_VNI_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct ovl_vni_msg - what a message says
 * @ovl: device
 * @req: VNIs and their default
 * @stats: the VNI whose counters it has, or NULL
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @flags: NLM_F_*
 * @cmd: operation
 * @cb: dump, or NULL
 */
struct ovl_vni_msg {
	struct ovl_dev *ovl;
	const struct ovl_vni_request *req;
	const struct ovl_vni *stats;
	u32 portid;
	u32 seq;
	int flags;
	u8 cmd;
	struct netlink_callback *cb;
};

static int ovl_nl_fill_vni(struct sk_buff *skb, const struct ovl_vni_msg *what)
{
	const struct ovl_vni_request *req = what->req;
	unsigned int i;
	void *hdr;

	ASSERT_RTNL();
	hdr = genlmsg_put(skb, what->portid, what->seq, &ovl_nl_family,
			  what->flags, what->cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (what->cb)
		genl_dump_check_consistent(what->cb, hdr);
	if (nla_put_u32(skb, OVL_TUN_A_VNI_IFINDEX, what->ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_VNI_IFNAME, what->ovl->dev->name))
		goto cancel;
	for (i = 0; i < req->n; i++)
		if (ovl_nl_put_range(skb, &req->range[i]))
			goto cancel;
	if (ovl_put_addr(skb, &req->remote, OVL_TUN_A_VNI_REMOTE,
			 OVL_TUN_A_VNI_REMOTE6) ||
	    (req->set &&
	     nla_put_string(skb, OVL_TUN_A_VNI_OPTIONS, req->set->name)) ||
	    (what->stats && ovl_nl_put_vni_stats(skb, what->stats)))
		goto cancel;
	genlmsg_end(skb, hdr);
	return 0;

cancel:
	genlmsg_cancel(skb, hdr);
	return -EMSGSIZE;
}

#define OVL_NL_RANGE_SIZE						\
	nla_total_size(2 * nla_total_size(sizeof(u32)))

static struct sk_buff *ovl_nl_new_vni_msg(const struct ovl_vni_msg *what)
{
	struct sk_buff *msg;

	msg = genlmsg_new(NLMSG_GOODSIZE + what->req->n * OVL_NL_RANGE_SIZE,
			  GFP_KERNEL);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	if (!ovl_nl_fill_vni(msg, what))
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(-EMSGSIZE);
}

/**
 * ovl_nl_vni_msg() - a message that tells what has become of VNIs
 * @ovl: device
 * @req: which, and where their frames go by default
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_vni_msg(struct ovl_dev *ovl,
			       const struct ovl_vni_request *req, u8 cmd)
{
	struct ovl_vni_msg what = { .ovl = ovl, .req = req, .cmd = cmd };

	return ovl_nl_new_vni_msg(&what);
}

/* What holds for a VNI, as a request for it. */
static void ovl_nl_vni_describe(const struct ovl_vni *vni,
				struct ovl_vni_range *range,
				struct ovl_vni_request *req)
{
	const struct ovl_addr *remote = ovl_vni_remote_addr(vni);

	range->first = ovl_vni_id(vni);
	range->last = range->first;
	memset(req, 0, sizeof(*req));
	req->range = range;
	req->n = 1;
	if (remote)
		req->remote = *remote;
	req->set = rtnl_dereference(vni->set);
}

/*
 * Requests
 */

/**
 * ovl_nl_vni_range() - read a range of VNIs
 * @attr: attribute with OVL_TUN_A_VNI_RANGE_*
 * @range: filled
 * @extack: says what is wrong
 *
 * Return: 0 or a negative error.
 */
int ovl_nl_vni_range(const struct nlattr *attr, struct ovl_vni_range *range,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVL_TUN_A_VNI_RANGE_MAX + 1];
	const struct nlattr *first, *last;
	int err;

	err = nla_parse_nested(tb, OVL_TUN_A_VNI_RANGE_MAX, attr,
			       ovl_tun_vni_range_nl_policy, extack);
	if (err)
		return err;
	first = tb[OVL_TUN_A_VNI_RANGE_FIRST];
	last = tb[OVL_TUN_A_VNI_RANGE_LAST] ?: first;
	if (!first)
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "first of a range is missing");
	range->first = nla_get_u32(first);
	range->last = nla_get_u32(last);
	if (range->first >= OVL_TUN_N_VNI || range->last >= OVL_TUN_N_VNI)
		return OVL_REFUSE(extack,
				  range->first >= OVL_TUN_N_VNI ? first : last,
				  -ERANGE, "VNI must be 0 to 16777215");
	if (range->first > range->last)
		return OVL_REFUSE(extack, last, -EINVAL,
				  "last of a range is below its first");
	return 0;
}

static int ovl_range_cmp(const void *a, const void *b)
{
	const struct ovl_vni_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* The ranges of a request, in their order; to be freed in any case. */
static int ovl_nl_ranges(struct ovl_vni_request *req, struct genl_info *info)
{
	const struct nlattr *attr;
	unsigned int i, n = 0;
	int rem, err;

	memset(req, 0, sizeof(*req));
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(attr) == OVL_TUN_A_VNI_RANGE;
	if (!n)
		return 0;
	req->range = kvcalloc(n, sizeof(*req->range), GFP_KERNEL_ACCOUNT);
	if (!req->range)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVL_TUN_A_VNI_RANGE)
			continue;
		err = ovl_nl_vni_range(attr, &req->range[req->n++],
				       info->extack);
		if (err)
			return err;
	}
	sort(req->range, n, sizeof(*req->range), ovl_range_cmp, NULL);
	for (i = 1; i < n; i++) {
		if (req->range[i].first > req->range[i - 1].last)
			continue;
		NL_SET_ERR_MSG_FMT_MOD(info->extack, "VNI %u is given twice",
				       req->range[i].first);
		return -EINVAL;
	}
	return 0;
}

static int ovl_nl_vni_remote(struct ovl_vni_request *req,
			     struct genl_info *info)
{
	const struct nlattr *v4 = info->attrs[OVL_TUN_A_VNI_REMOTE];
	const struct nlattr *v6 = info->attrs[OVL_TUN_A_VNI_REMOTE6];
	const struct ovl_dev *ovl = info->user_ptr[0];

	if (!v4 && !v6)
		return 0;
	if (v4 && v6)
		return OVL_REFUSE(info->extack, v6, -EINVAL,
				  "remote is either IPv4 or IPv6, not both");
	ovl_parse_addr(&req->remote, v4, v6);
	if (req->remote.family == AF_UNSPEC ||
	    !ovl_addr_is_unicast(&req->remote))
		return OVL_REFUSE(info->extack, v4 ?: v6, -EINVAL,
				  "remote must be a unicast address of another node");
	if (!ipv6_mod_enabled() && v6)
		return OVL_REFUSE(info->extack, v6, -EAFNOSUPPORT,
				  "remote is IPv6, which is disabled here");
	if (v6 && !rtnl_dereference(ovl->cfg)->link &&
	    (ipv6_addr_type(&req->remote.v6) & IPV6_ADDR_LINKLOCAL))
		return OVL_REFUSE(info->extack, v6, -EINVAL,
				  "remote is link-local, the device needs dev");
	return 0;
}

static int ovl_nl_vni_options(struct ovl_vni_request *req,
			      struct genl_info *info)
{
	const struct nlattr *name = info->attrs[OVL_TUN_A_VNI_OPTIONS];

	if (!name)
		return 0;
	req->set = ovl_set_find(info->user_ptr[0], nla_data(name));
	return req->set ? 0 : OVL_REFUSE(info->extack, name, -ENOENT,
					 "options must be the name of a set of the device");
}

/* Whether the device has a table, and the sender of a request may change it. */
static int ovl_nl_vni_may(struct sk_buff *skb, struct genl_info *info,
			  bool change)
{
	const struct ovl_dev *ovl = info->user_ptr[0];

	if (change && !ovl_nl_may_change(skb, info))
		return -EPERM;
	if (rtnl_dereference(ovl->cfg)->vnifilter)
		return 0;
	return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_VNI_IFINDEX],
			  -EOPNOTSUPP,
			  "the device has no table of VNIs, only one made with vnifilter has");
}

int ovl_tun_nl_vni_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_vni_request req;
	int err;

	err = ovl_nl_vni_may(skb, info, true);
	if (err)
		return err;
	err = ovl_nl_ranges(&req, info);
	if (!err && !req.n)
		err = OVL_REFUSE(info->extack, NULL, -EINVAL,
				 "range is missing");
	if (!err)
		err = ovl_nl_vni_remote(&req, info);
	if (!err)
		err = ovl_nl_vni_options(&req, info);
	if (!err)
		err = ovl_vnis_change(ovl, &req, info->nlhdr->nlmsg_flags,
				      info->extack);
	if (!err)
		ovl_notify_vnis(ovl, &req, OVL_TUN_CMD_VNI_NTF);
	kvfree(req.range);
	return err;
}

/* Remove all, and tell of each range: one message might not have room. */
static void ovl_nl_vni_flush(struct ovl_dev *ovl)
{
	struct ovl_vni_range range = {};
	struct ovl_vni_request req = { .range = &range };
	unsigned long id;
	void *vni;

	xa_for_each(&ovl->vnis, id, vni) {
		if (!req.n || id != range.last + 1) {
			if (req.n)
				ovl_notify_vnis(ovl, &req,
						OVL_TUN_CMD_VNI_DEL_NTF);
			range.first = id;
			req.n = 1;
		}
		range.last = id;
	}
	if (req.n)
		ovl_notify_vnis(ovl, &req, OVL_TUN_CMD_VNI_DEL_NTF);
	ovl_vnis_flush(ovl);
}

int ovl_tun_nl_vni_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_vni_request req;
	int err;

	err = ovl_nl_vni_may(skb, info, true);
	if (err)
		return err;
	err = ovl_nl_ranges(&req, info);
	if (!err && !req.n) {
		ovl_nl_vni_flush(ovl);
	} else if (!err) {
		err = ovl_vnis_del(ovl, &req, info->extack);
		if (!err)
			ovl_notify_vnis(ovl, &req, OVL_TUN_CMD_VNI_DEL_NTF);
	}
	kvfree(req.range);
	return err;
}

static int ovl_nl_vni_get(struct ovl_dev *ovl, u32 id, struct genl_info *info)
{
	struct ovl_vni_request req;
	struct ovl_vni_range range;
	struct ovl_vni_msg what = {
		.ovl = ovl,
		.req = &req,
		.stats = ovl_vni_lookup(ovl, id),
		.portid = info->snd_portid,
		.seq = info->snd_seq,
		.cmd = OVL_TUN_CMD_VNI_GET,
	};
	struct sk_buff *msg;

	if (!what.stats)
		return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_VNI_RANGE],
				  -ENOENT, "VNI is not in the table");
	ovl_nl_vni_describe(what.stats, &range, &req);
	msg = ovl_nl_new_vni_msg(&what);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

int ovl_tun_nl_vni_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_vni_request req;
	int err;

	err = ovl_nl_vni_may(skb, info, false);
	if (err)
		return err;
	err = ovl_nl_ranges(&req, info);
	if (!err && (req.n != 1 || req.range->first != req.range->last))
		err = OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_VNI_RANGE],
				 -EINVAL, "range must be one VNI");
	if (!err)
		err = ovl_nl_vni_get(info->user_ptr[0], req.range->first, info);
	kvfree(req.range);
	return err;
}

/**
 * struct ovl_vni_dump - where a dump goes on, in &netlink_callback.ctx
 * @devices: for ovl_nl_dump_devices()
 * @id: the next VNI of the one to go on with
 */
struct ovl_vni_dump {
	unsigned long devices;
	unsigned long id;
};

/* Let a range grow as long as its VNIs follow each other and are the same. */
static void ovl_nl_vni_extend(struct ovl_dev *ovl, struct ovl_vni_range *range,
			      const struct ovl_vni_request *req)
{
	static const struct ovl_addr none = { .family = AF_UNSPEC };
	const struct ovl_addr *remote;
	const struct ovl_vni *vni;

	while ((vni = ovl_vni_lookup(ovl, (u64)range->last + 1))) {
		remote = ovl_vni_remote_addr(vni) ?: &none;
		if (!ovl_addr_equal(remote, &req->remote) ||
		    rcu_access_pointer(vni->set) != req->set)
			break;
		range->last++;
	}
}

static int ovl_nl_dump_vnis(struct sk_buff *skb, struct netlink_callback *cb,
			    struct ovl_dev *ovl)
{
	bool stats = genl_info_dump(cb)->attrs[OVL_TUN_A_VNI_WITH_STATS];
	struct ovl_vni_dump *dump = (void *)cb->ctx;
	struct ovl_vni_request req;
	struct ovl_vni_range range;
	struct ovl_vni_msg what = {
		.ovl = ovl,
		.req = &req,
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.cmd = OVL_TUN_CMD_VNI_GET,
		.cb = cb,
	};
	struct ovl_vni *vni;
	int err;

	while ((vni = xa_find(&ovl->vnis, &dump->id, ULONG_MAX, XA_PRESENT))) {
		ovl_nl_vni_describe(vni, &range, &req);
		if (stats)
			what.stats = vni;
		else
			ovl_nl_vni_extend(ovl, &range, &req);
		err = ovl_nl_fill_vni(skb, &what);
		if (err)
			return err;
		dump->id = range.last + 1;
	}
	dump->id = 0;
	return 0;
}

int ovl_tun_nl_vni_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct ovl_vni_dump) > sizeof(cb->ctx));

	return ovl_nl_dump_devices(skb, cb, ovl_nl_dump_vnis);
}
