/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/rtnetlink.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_RTNETLINK_H)
#define _OVL_COMPAT_NET_RTNETLINK_H

#include "ovl_probed.h"

#ifndef OVL_HAVE_RTNL_NEWLINK_PARAMS
/* The core gives the link's namespace, or else its own, as src_net. */
struct rtnl_newlink_params {
	struct net *src_net;
	struct nlattr **tb;
	struct nlattr **data;
};

static inline struct net *
rtnl_newlink_link_net(struct rtnl_newlink_params *params)
{
	return params->src_net;
}

/* Define the handler that rtnl_link_ops wants around ours. */
#define OVL_COMPAT_NEWLINK(name)					\
static int ovl_compat_##name(struct net *src_net, struct net_device *dev, \
			     struct nlattr *tb[], struct nlattr *data[], \
			     struct netlink_ext_ack *extack)		\
{									\
	struct rtnl_newlink_params params = {				\
		.src_net = src_net, .tb = tb, .data = data,		\
	};								\
									\
	return name(dev, &params, extack);				\
}

#define OVL_COMPAT_NEWLINK_OP(name)	ovl_compat_##name
#else
#define OVL_COMPAT_NEWLINK(name)
#define OVL_COMPAT_NEWLINK_OP(name)	name
#endif

#endif
