// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: option echo. Everything runs under RTNL. */

#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "device.h"
#include "echo.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"

static int ovl_nl_put_echo_stats(struct sk_buff *skb, const struct ovl_dev *ovl)
{
	static const u8 attrs[OVL_ECHO_N_STATS] = {
		[OVL_ECHO_ADDED] = OVL_TUN_A_ECHO_STATS_ADDED,
		[OVL_ECHO_CHANGED] = OVL_TUN_A_ECHO_STATS_CHANGED,
		[OVL_ECHO_EVICTED] = OVL_TUN_A_ECHO_STATS_EVICTED,
		[OVL_ECHO_EXPIRED] = OVL_TUN_A_ECHO_STATS_EXPIRED,
		[OVL_ECHO_FLUSHED] = OVL_TUN_A_ECHO_STATS_FLUSHED,
		[OVL_ECHO_FULL] = OVL_TUN_A_ECHO_STATS_FULL,
		[OVL_ECHO_ATTACHED] = OVL_TUN_A_ECHO_STATS_ATTACHED,
	};
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_ECHO_STATS);
	struct ovl_echo_totals sum;
	int i;

	ovl_echo_sum(ovl, &sum);
	if (!nest || nla_put_u32(skb, OVL_TUN_A_ECHO_STATS_FLOWS, sum.flows))
		return -EMSGSIZE;
	for (i = 0; i < OVL_ECHO_N_STATS; i++)
		if (nla_put_u64_64bit(skb, attrs[i], sum.n[i],
				      OVL_TUN_A_ECHO_STATS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_nl_put_echo(struct sk_buff *skb, const struct ovl_dev *ovl)
{
	const struct ovl_echo_spec *spec = ovl_echo_spec(ovl);
	unsigned int i;

	for (i = 0; i < spec->classes.n; i++)
		if (nla_put_u16(skb, OVL_TUN_A_ECHO_CLASS,
				spec->classes.class[i]))
			return -EMSGSIZE;
	return nla_put_u32(skb, OVL_TUN_A_ECHO_LIMIT, spec->limit) ||
	       nla_put_u32(skb, OVL_TUN_A_ECHO_TIMEOUT, spec->timeout) ||
	       ovl_nl_put_echo_stats(skb, ovl) ? -EMSGSIZE : 0;
}

static int ovl_nl_fill_echo(struct sk_buff *skb, const struct ovl_dev *ovl,
			    u32 portid, u32 seq, int flags, u8 cmd,
			    struct netlink_callback *cb)
{
	void *hdr;

	ASSERT_RTNL();

	hdr = genlmsg_put(skb, portid, seq, &ovl_nl_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);
	if (nla_put_u32(skb, OVL_TUN_A_ECHO_IFINDEX, ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_ECHO_IFNAME, ovl->dev->name) ||
	    ovl_nl_put_echo(skb, ovl)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ovl_nl_echo_msg() - a message with what a device echoes
 * @ovl: device that echoes
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_echo_msg(const struct ovl_dev *ovl, u32 portid, u32 seq,
				u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	err = ovl_nl_fill_echo(msg, ovl, portid, seq, 0, cmd, NULL);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

static int ovl_nl_no_echo(struct genl_info *info)
{
	return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_ECHO_IFINDEX],
			  -ENOENT, "the device echoes nothing");
}

int ovl_tun_nl_echo_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct ovl_dev *ovl = info->user_ptr[0];
	struct sk_buff *msg;

	if (!ovl_echo_spec(ovl))
		return ovl_nl_no_echo(info);
	msg = ovl_nl_echo_msg(ovl, info->snd_portid, info->snd_seq,
			      OVL_TUN_CMD_ECHO_GET);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/* cb->args[0] is the number of devices that are done. */
int ovl_tun_nl_echo_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct net_device *dev;
	long n = 0;
	int err = 0;

	rtnl_lock();
	cb->seq = ovl_net_gen(net);
	for_each_netdev(net, dev) {
		if (!ovl_dev_is(dev) || n++ < cb->args[0])
			continue;
		if (ovl_echo_spec(netdev_priv(dev)))
			err = ovl_nl_fill_echo(skb, netdev_priv(dev),
					       NETLINK_CB(cb->skb).portid,
					       cb->nlh->nlmsg_seq, NLM_F_MULTI,
					       OVL_TUN_CMD_ECHO_GET, cb);
		if (err)
			break;
		cb->args[0] = n;
	}
	rtnl_unlock();
	return err && !skb->len ? err : skb->len;
}

/* Classes of a request, if there are any, in place of those that there were. */
static int ovl_nl_parse_classes(struct ovl_opt_classes *classes,
				struct genl_info *info)
{
	struct ovl_opt_classes next = {};
	const struct nlattr *attr;
	u16 class;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVL_TUN_A_ECHO_CLASS)
			continue;
		class = nla_get_u16(attr);
		if (ovl_opt_classes_have(&next, class))
			return OVL_REFUSE(info->extack, attr, -EINVAL,
					  "class is there twice");
		if (next.n == OVL_OPT_MAX_CLASSES)
			return OVL_REFUSE(info->extack, attr, -E2BIG,
					  "a device echoes no more than 16 classes");
		next.class[next.n++] = class;
	}
	if (next.n)
		*classes = next;
	if (!classes->n)
		return OVL_REFUSE(info->extack, NULL, -EINVAL,
				  "class is missing");
	return 0;
}

/* By hand: Linux 6.1 has no place for a policy with a constant range. */
static int ovl_nl_parse_limits(struct ovl_echo_spec *spec,
			       struct genl_info *info)
{
	const struct nlattr *limit = info->attrs[OVL_TUN_A_ECHO_LIMIT];
	const struct nlattr *timeout = info->attrs[OVL_TUN_A_ECHO_TIMEOUT];

	if (limit)
		spec->limit = nla_get_u32(limit);
	if (timeout)
		spec->timeout = nla_get_u32(timeout);
	if (spec->limit > OVL_TUN_MAX_ECHO_FLOWS)
		return OVL_REFUSE(info->extack, limit, -ERANGE,
				  "limit must be 1 to 1048576 flows");
	if (spec->timeout > OVL_TUN_MAX_ECHO_TIMEOUT)
		return OVL_REFUSE(info->extack, timeout, -ERANGE,
				  "timeout must be 1 to 86400 seconds");
	return 0;
}

int ovl_tun_nl_echo_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_echo_spec spec = {
		.limit = OVL_ECHO_LIMIT,
		.timeout = OVL_ECHO_TIMEOUT,
	};
	struct ovl_dev *ovl = info->user_ptr[0];
	const struct ovl_echo_spec *old = ovl_echo_spec(ovl);
	int err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (ovl->external)
		return OVL_REFUSE(info->extack,
				  info->attrs[OVL_TUN_A_ECHO_IFINDEX],
				  -EOPNOTSUPP,
				  "the options of an external device are those of the metadata");
	if (old)
		spec = *old;
	err = ovl_nl_parse_classes(&spec.classes, info) ?:
	      ovl_nl_parse_limits(&spec, info);
	return err ?: ovl_echo_set(ovl, &spec);
}

int ovl_tun_nl_echo_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (!ovl_echo_spec(ovl))
		return ovl_nl_no_echo(info);
	ovl_echo_flush(ovl);
	return 0;
}

int ovl_tun_nl_echo_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (!ovl_echo_spec(ovl))
		return ovl_nl_no_echo(info);
	ovl_echo_del(ovl);
	return 0;
}
