// SPDX-License-Identifier: GPL-2.0
/* Multicast events: what was configured, in the namespace of the device, and
 * samples of what was dropped.
 */

#include <linux/jiffies.h>

#include "device.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "notify.h"

#define OVL_SAMPLES_PER_SECOND	10

static void ovl_notify(struct ovl_dev *ovl, struct sk_buff *msg)
{
	struct net *net = dev_net(ovl->dev);

	if (!IS_ERR(msg))
		genlmsg_multicast_netns(&ovl_nl_family, net, msg, 0,
					OVL_TUN_NLGRP_CONFIG, GFP_KERNEL);
	else
		genl_set_err(&ovl_nl_family, net, 0, OVL_TUN_NLGRP_CONFIG,
			     -ENOBUFS);
}

static bool ovl_notify_wanted(const struct ovl_dev *ovl)
{
	return genl_has_listeners(&ovl_nl_family, dev_net(ovl->dev),
				  OVL_TUN_NLGRP_CONFIG);
}

/**
 * ovl_notify_dev() - a device was made, changed or removed
 * @ovl: device
 * @cmd: OVL_TUN_CMD_DEV_NTF or OVL_TUN_CMD_DEV_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_dev(struct ovl_dev *ovl, u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_dev_msg(ovl, 0, 0, 0, cmd));
}

/**
 * ovl_notify_options() - a set of options has changed or is removed
 * @ovl: device
 * @set: set
 * @cmd: OVL_TUN_CMD_OPTION_NTF or OVL_TUN_CMD_OPTION_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_options(struct ovl_dev *ovl, const struct ovl_set *set, u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_option_msg(ovl, set, 0, 0, cmd));
}

/**
 * ovl_notify_peer() - a peer was added, changed or removed
 * @peer: peer
 * @cmd: OVL_TUN_CMD_PEER_NTF or OVL_TUN_CMD_PEER_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_peer(struct ovl_peer *peer, u8 cmd)
{
	ovl_notify_prepared(peer->ovl, ovl_notify_peer_prepare(peer, cmd));
}

/**
 * ovl_notify_peer_prepare() - put down what a peer is, to tell of it later
 * @peer: peer
 * @cmd: as for ovl_notify_peer()
 *
 * Context: RTNL.
 * Return: for ovl_notify_prepared(); an error pointer, or NULL if nobody listens.
 */
struct sk_buff *ovl_notify_peer_prepare(struct ovl_peer *peer, u8 cmd)
{
	return ovl_notify_wanted(peer->ovl) ? ovl_nl_peer_msg(peer, 0, 0, cmd) :
					      NULL;
}

/**
 * ovl_notify_prepared() - tell of what was put down
 * @ovl: device
 * @msg: what
 *
 * Context: RTNL.
 */
void ovl_notify_prepared(struct ovl_dev *ovl, struct sk_buff *msg)
{
	if (msg)
		ovl_notify(ovl, msg);
}

/**
 * ovl_notify_vnis() - VNIs were added, changed or removed
 * @ovl: device
 * @req: which, and where their frames go by default
 * @cmd: OVL_TUN_CMD_VNI_NTF or OVL_TUN_CMD_VNI_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_vnis(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		     u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_vni_msg(ovl, req, cmd));
}

/**
 * ovl_notify_rule() - a rule was added, changed or is removed
 * @ovl: device
 * @rule: rule
 * @cmd: OVL_TUN_CMD_RULE_NTF or OVL_TUN_CMD_RULE_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_rule(struct ovl_dev *ovl, const struct ovl_rule *rule, u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_rule_msg(ovl, rule, 0, 0, cmd));
}

/**
 * ovl_notify_echo() - what a device echoes has changed or ends
 * @ovl: device
 * @cmd: OVL_TUN_CMD_ECHO_NTF or OVL_TUN_CMD_ECHO_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_echo(struct ovl_dev *ovl, u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_echo_msg(ovl, 0, 0, cmd));
}

static u64 ovl_drops_total(const struct ovl_stats __percpu *stats)
{
	struct ovl_totals sum;
	u64 total = 0;
	int i;

	ovl_stats_sum(stats, &sum);
	for (i = 1; i < __OVL_TUN_DROP_MAX; i++)
		total += sum.drops[i];
	return total;
}

/* Whether one that has a sample to tell of may do so now. */
static bool ovl_sampler_take(struct ovl_sampler *sampler, struct net *net)
{
	unsigned long next = READ_ONCE(sampler->next);

	if (next && time_before(jiffies, next))
		return false;
	if (!genl_has_listeners(&ovl_nl_family, net,
				OVL_TUN_NLGRP_DROPS))
		return false;
	return cmpxchg(&sampler->next, next,
		       (jiffies + HZ / OVL_SAMPLES_PER_SECOND) | 1) == next;
}

/**
 * ovl_notify_drop() - tell of a received packet that is about to be dropped
 * @from: whose it is, NULL if that isn't known
 * @os: socket
 * @source: its outer source
 * @vni: its VNI
 * @reason: enum ovl_tun_drop
 * @rule: rule that drops it, or NULL
 *
 * At most OVL_SAMPLES_PER_SECOND for a device, and for a socket those that
 * reached no device; the sample says how many went untold before.
 *
 * Context: softirq, RCU read section.
 */
void ovl_notify_drop(const struct ovl_source *from, struct ovl_sock *os,
		     const struct ovl_addr *source, u32 vni, u32 reason,
		     const struct ovl_rule *rule)
{
	struct ovl_sampler *sampler = from ? &from->ovl->sampler : &os->sampler;
	struct net *net = from ? dev_net(from->ovl->dev) : sock_net(os->sk);
	struct sk_buff *msg;
	u64 total, missed;

	if (!ovl_sampler_take(sampler, net))
		return;

	total = ovl_drops_total(from ? from->ovl->stats : os->stats);
	missed = total - READ_ONCE(sampler->told);
	WRITE_ONCE(sampler->told, total + 1); /* this one comes yet */

	msg = ovl_nl_sample_msg(from ? from->ovl : NULL, os, source, vni,
				reason, min_t(u64, missed, U32_MAX), rule);
	if (!IS_ERR(msg))
		genlmsg_multicast_netns(&ovl_nl_family, net, msg, 0,
					OVL_TUN_NLGRP_DROPS, GFP_ATOMIC);
}

/**
 * ovl_notify_hit() - tell of a packet that a rule wants to be told of
 * @from: whose it is
 * @os: socket
 * @source: its outer source
 * @vni: its VNI
 * @rule: rule
 *
 * At most OVL_SAMPLES_PER_SECOND for a device.
 *
 * Context: softirq, RCU read section.
 */
void ovl_notify_hit(const struct ovl_source *from, const struct ovl_sock *os,
		    const struct ovl_addr *source, u32 vni,
		    const struct ovl_rule *rule)
{
	struct ovl_dev *ovl = from->ovl;
	struct net *net = dev_net(ovl->dev);
	struct sk_buff *msg;

	if (!ovl_sampler_take(&ovl->rule_sampler, net))
		return;
	msg = ovl_nl_sample_msg(ovl, os, source, vni, 0, 0, rule);
	if (!IS_ERR(msg))
		genlmsg_multicast_netns(&ovl_nl_family, net, msg, 0,
					OVL_TUN_NLGRP_DROPS, GFP_ATOMIC);
}
