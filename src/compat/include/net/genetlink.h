/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/genetlink.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_GENETLINK_H)
#define _OVL_COMPAT_NET_GENETLINK_H

#include "ovl_probed.h"

/* Attributes of a dump request: before 6.8 not in the shape of a request's. */
#ifndef OVL_HAVE_GENL_INFO_DUMP
static inline const struct genl_dumpit_info *
genl_info_dump(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb);
}
#endif

#ifndef OVL_HAVE_GENL_SPLIT_OPS
/*
 * The generator describes "do" and "dump" of an operation apart. Older kernels
 * take both in one struct genl_ops, so a family of the new shape is turned
 * into one of theirs when it is registered.
 */
struct genl_split_ops {
	int (*pre_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			struct genl_info *info);
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	void (*post_doit)(const struct genl_split_ops *ops, struct sk_buff *skb,
			  struct genl_info *info);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

struct ovl_compat_genl_family {
	struct genl_family real;
	char name[GENL_NAMSIZ];
	unsigned int version;
	bool netnsok;
	bool parallel_ops;
	u8 resv_start_op;
	struct module *module;
	const struct genl_split_ops *split_ops;
	unsigned int n_split_ops;
	const struct genl_multicast_group *mcgrps;
	unsigned int n_mcgrps;
};

int ovl_compat_genl_register(struct ovl_compat_genl_family *family);

/* A macro of a function's own name calls the function: they don't recurse. */
#ifndef OVL_COMPAT_IMPLEMENTATION
#define genl_family ovl_compat_genl_family
#define genl_register_family(family) ovl_compat_genl_register(family)
#define genl_unregister_family(family) \
	genl_unregister_family(&(family)->real)
#define genl_has_listeners(family, net, group) \
	genl_has_listeners(&(family)->real, net, group)
#define genl_set_err(family, net, portid, group, code) \
	genl_set_err(&(family)->real, net, portid, group, code)
#define genlmsg_put(skb, portid, seq, family, flags, cmd) \
	genlmsg_put(skb, portid, seq, &(family)->real, flags, cmd)
#define genlmsg_multicast_netns(family, net, skb, portid, group, gfp) \
	genlmsg_multicast_netns(&(family)->real, net, skb, portid, group, gfp)
#endif
#endif

#endif
