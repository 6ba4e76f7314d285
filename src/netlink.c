// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink: handlers of the operations in ovl-tun.yaml.
 *
 * Each begins and ends under RTNL; those that flush something let go of it now
 * and then, see ovl_dev_rest(). Whoever changes a device needs CAP_NET_ADMIN in
 * the namespace of the request, which the flags of the operation demand, and in
 * that of the underlay.
 */

#include <linux/rtnetlink.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "device.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "path.h"
#include "rtnl.h"

static_assert((int)OVL_TUN_A_DEV_IFINDEX == (int)OVL_TUN_A_ECHO_IFINDEX);
static_assert((int)OVL_TUN_A_DEV_IFINDEX == (int)OVL_TUN_A_OPTION_IFINDEX);
static_assert((int)OVL_TUN_A_DEV_IFINDEX == (int)OVL_TUN_A_PEER_IFINDEX);
static_assert((int)OVL_TUN_A_DEV_IFINDEX == (int)OVL_TUN_A_RULE_IFINDEX);
static_assert((int)OVL_TUN_A_DEV_IFINDEX == (int)OVL_TUN_A_VNI_IFINDEX);

static const struct genl_multicast_group ovl_nl_groups[] = {
	[OVL_TUN_NLGRP_CONFIG] = { .name = OVL_TUN_MCGRP_CONFIG },
	[OVL_TUN_NLGRP_DROPS] = { .name = OVL_TUN_MCGRP_DROPS },
};

struct genl_family ovl_nl_family __ro_after_init = {
	.name		= OVL_TUN_FAMILY_NAME,
	.version	= OVL_TUN_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= ovl_tun_nl_ops,
	.n_split_ops	= ARRAY_SIZE(ovl_tun_nl_ops),
	.resv_start_op	= OVL_TUN_CMD_MAX + 1,
	.mcgrps		= ovl_nl_groups,
	.n_mcgrps	= ARRAY_SIZE(ovl_nl_groups),
};

/**
 * ovl_nl_pre_doit() - find the device of a request and take RTNL
 * @ops: operation
 * @skb: request
 * @info: its attributes; user_ptr[0] is set to the struct ovl_dev
 *
 * Return: 0 with RTNL held until ovl_nl_post_doit(), or a negative error.
 */
int ovl_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[OVL_TUN_A_DEV_IFINDEX];
	struct net_device *dev;

	if (!attr) {
		GENL_SET_ERR_MSG(info, "ovl_tun: ifindex is missing");
		return -EINVAL;
	}

	rtnl_lock();
	dev = __dev_get_by_index(genl_info_net(info), nla_get_u32(attr));
	if (dev && ovl_dev_is(dev)) {
		info->user_ptr[0] = netdev_priv(dev);
		return 0;
	}
	rtnl_unlock();
	NL_SET_ERR_MSG_ATTR(info->extack, attr, KBUILD_MODNAME
			    ": ifindex is not that of an ovl-tun device");
	return dev ? -EOPNOTSUPP : -ENODEV;
}

/**
 * ovl_nl_post_doit() - release what ovl_nl_pre_doit() has taken
 * @ops: operation
 * @skb: request
 * @info: its attributes
 */
void ovl_nl_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	rtnl_unlock();
}

/**
 * ovl_nl_may_change() - whether the sender of a request may change its device
 * @skb: request
 * @info: its attributes; user_ptr[0] is the device
 *
 * The operation's flags have seen to the sender's own namespace.
 */
bool ovl_nl_may_change(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];

	if (netlink_ns_capable(skb, ovl->net->user_ns, CAP_NET_ADMIN))
		return true;
	GENL_SET_ERR_MSG(info,
			 "ovl_tun: CAP_NET_ADMIN is needed in the underlay's namespace too");
	return false;
}

/**
 * ovl_nl_dump_devices() - dump what the device of a request has, or all devices
 * @skb: message to append to
 * @cb: dump; an unsigned long at the beginning of &netlink_callback.ctx has the
 *	number of devices that are done, the rest of it is @one's
 * @one: append what a device has, from where it was left on
 *
 * Return: bytes in the message, 0 at the end, or a negative error.
 */
int ovl_nl_dump_devices(struct sk_buff *skb, struct netlink_callback *cb,
			ovl_nl_dump_one *one)
{
	const struct nlattr *ifindex =
		genl_info_dump(cb)->attrs[OVL_TUN_A_DEV_IFINDEX];
	unsigned long *done = (void *)cb->ctx, n = 0;
	struct net *net = sock_net(skb->sk);
	struct net_device *dev;
	int err = 0;

	rtnl_lock();
	cb->seq = ovl_net_gen(net);
	if (ifindex) {
		dev = __dev_get_by_index(net, nla_get_u32(ifindex));
		if (!dev || !ovl_dev_is(dev))
			err = OVL_REFUSE(cb->extack, ifindex,
					 dev ? -EOPNOTSUPP : -ENODEV,
					 "ifindex is not that of an ovl-tun device");
		else if (!*done)
			err = one(skb, cb, netdev_priv(dev));
		if (!err)
			*done = 1;
	} else {
		for_each_netdev(net, dev) {
			if (!ovl_dev_is(dev) || n++ < *done)
				continue;
			err = one(skb, cb, netdev_priv(dev));
			if (err)
				break;
			*done = n;
		}
	}
	rtnl_unlock();
	/* A full message is sent, and the dump goes on with the next one. */
	return err && !skb->len ? err : skb->len;
}

/**
 * ovl_nl_put_drop() - write the counter of a reason, unless it is 0
 * @skb: message to append to
 * @attr: attribute to nest it in
 * @reason: enum ovl_tun_drop
 * @packets: counter
 *
 * Return: 0, or -EMSGSIZE.
 */
int ovl_nl_put_drop(struct sk_buff *skb, int attr, u32 reason, u64 packets)
{
	struct nlattr *nest;

	if (!packets)
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest || nla_put_u32(skb, OVL_TUN_A_DROP_REASON, reason) ||
	    nla_put_string(skb, OVL_TUN_A_DROP_NAME, ovl_drop_name(reason)) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_DROP_PACKETS, packets,
			      OVL_TUN_A_DROP_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_nl_put_drops(struct sk_buff *skb, int attr,
			    const struct ovl_totals *sum)
{
	int i;

	for (i = 1; i < __OVL_TUN_DROP_MAX; i++)
		if (ovl_nl_put_drop(skb, attr, i, sum->drops[i]))
			return -EMSGSIZE;
	return 0;
}

static int ovl_nl_put_config(struct sk_buff *skb, const struct ovl_dev *ovl)
{
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_DEV_CONFIG);

	if (!nest || ovl_fill_config(skb, ovl))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Where the route to the remote leads now. */
static int ovl_nl_put_route(struct sk_buff *skb, struct ovl_dev *ovl)
{
	struct ovl_peer *remote = rtnl_dereference(ovl->remote);
	struct dst_entry *dst;
	u32 ifindex, mtu;

	if (!remote)
		return 0;
	dst = ovl_path_route(rtnl_dereference(remote->path));
	if (IS_ERR(dst))
		return 0;
	ifindex = dst->dev->ifindex;
	mtu = dst_mtu(dst);
	dst_release(dst);

	return nla_put_u32(skb, OVL_TUN_A_DEV_ROUTE_IFINDEX, ifindex) ||
	       nla_put_u32(skb, OVL_TUN_A_DEV_ROUTE_MTU, mtu) ? -EMSGSIZE : 0;
}

static int ovl_nl_put_fast(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_totals *sum)
{
	static const u8 attrs[OVL_FAST_WAYS] = {
		[OVL_FAST_TAKEN] = OVL_TUN_A_DEV_FAST_TAKEN,
		[OVL_FAST_WATCHED] = OVL_TUN_A_DEV_FAST_WATCHED,
		[OVL_FAST_UNJUDGED] = OVL_TUN_A_DEV_FAST_UNJUDGED,
		[OVL_FAST_OTHER] = OVL_TUN_A_DEV_FAST_OTHER,
	};
	int i;

	if (!ovl->fastpath)
		return 0;
	for (i = 0; i < OVL_FAST_WAYS; i++)
		if (nla_put_u64_64bit(skb, attrs[i], sum->fast[i],
				      OVL_TUN_A_DEV_PAD))
			return -EMSGSIZE;
	return 0;
}

static int ovl_nl_fill_dev(struct sk_buff *skb, struct ovl_dev *ovl,
			   u32 portid, u32 seq, int flags, u8 cmd,
			   struct netlink_callback *cb)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct net *net = dev_net(ovl->dev);
	struct ovl_totals sum;
	void *hdr;

	ASSERT_RTNL();

	hdr = genlmsg_put(skb, portid, seq, &ovl_nl_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);

	ovl_stats_sum(ovl->stats, &sum);
	if (nla_put_u32(skb, OVL_TUN_A_DEV_IFINDEX, ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_DEV_IFNAME, ovl->dev->name) ||
	    ovl_nl_put_config(skb, ovl) ||
	    (!net_eq(ovl->net, net) &&
	     nla_put_s32(skb, OVL_TUN_A_DEV_NETNSID,
			 peernet2id_alloc(net, ovl->net, GFP_KERNEL))) ||
	    nla_put_u32(skb, OVL_TUN_A_DEV_MTU, ovl->dev->mtu) ||
	    nla_put_u8(skb, OVL_TUN_A_DEV_MTU_AUTO, ovl->mtu_auto) ||
	    nla_put_u32(skb, OVL_TUN_A_DEV_OVERHEAD,
			ovl_overhead(cfg, cfg->layer == 2 ? OVL_INNER_FRAME :
				     OVL_INNER_IP, &ovl->own.opts)) ||
	    ovl_nl_put_route(skb, ovl) ||
	    ovl_nl_put_drops(skb, OVL_TUN_A_DEV_DROP, &sum) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_DEV_OPTIONS_SKIPPED,
			      sum.options_skipped, OVL_TUN_A_DEV_PAD) ||
	    ovl_nl_put_fast(skb, ovl, &sum)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ovl_nl_dev_msg() - a message that describes a device
 * @ovl: device
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @flags: NLM_F_*
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_dev_msg(struct ovl_dev *ovl, u32 portid, u32 seq,
			       int flags, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	err = ovl_nl_fill_dev(msg, ovl, portid, seq, flags, cmd, NULL);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

int ovl_tun_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;

	msg = ovl_nl_dev_msg(info->user_ptr[0], info->snd_portid,
			     info->snd_seq, 0, OVL_TUN_CMD_DEV_GET);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/* cb->args[0] is the number of devices that are done. */
int ovl_tun_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct net *net = sock_net(skb->sk);
	struct net_device *dev;
	long n = 0;
	int err = 0;

	rtnl_lock();
	cb->seq = net->dev_base_seq;
	for_each_netdev(net, dev) {
		if (!ovl_dev_is(dev) || n++ < cb->args[0])
			continue;
		err = ovl_nl_fill_dev(skb, netdev_priv(dev),
				      NETLINK_CB(cb->skb).portid,
				      cb->nlh->nlmsg_seq, NLM_F_MULTI,
				      OVL_TUN_CMD_DEV_GET, cb);
		if (err)
			break;
		cb->args[0] = n;
	}
	rtnl_unlock();
	return err && !skb->len ? err : skb->len;
}

static int ovl_nl_fill_port(struct sk_buff *skb, const struct ovl_sock *os,
			    struct netlink_callback *cb)
{
	struct ovl_totals sum;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &ovl_nl_family, NLM_F_MULTI, OVL_TUN_CMD_PORT_GET);
	if (!hdr)
		return -EMSGSIZE;

	ovl_stats_sum(os->stats, &sum);
	if (nla_put_be16(skb, OVL_TUN_A_PORT_PORT, os->port) ||
	    nla_put_u16(skb, OVL_TUN_A_PORT_FAMILY, os->family) ||
	    nla_put_u8(skb, OVL_TUN_A_PORT_ENCAP, os->encap) ||
	    nla_put_u32(skb, OVL_TUN_A_PORT_DEVICES, os->refs) ||
	    ovl_nl_put_drops(skb, OVL_TUN_A_PORT_DROP, &sum)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int ovl_tun_nl_port_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ovl_net *on = ovl_net(sock_net(skb->sk));
	struct ovl_sock *os;
	long n = 0;
	int err = 0;

	rtnl_lock();
	list_for_each_entry(os, &on->sockets, list) {
		if (n++ < cb->args[0])
			continue;
		err = ovl_nl_fill_port(skb, os, cb);
		if (err)
			break;
		cb->args[0] = n;
	}
	rtnl_unlock();
	return err && !skb->len ? err : skb->len;
}
