/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ovl-tun.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_OVL_TUN_GEN_H
#define _LINUX_OVL_TUN_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/ovl_tun.h>

/* Common nested types */
extern const struct nla_policy ovl_tun_opt_nl_policy[OVL_TUN_A_OPT_FORCE + 1];
extern const struct nla_policy ovl_tun_prefix_nl_policy[OVL_TUN_A_PREFIX_LEN + 1];
extern const struct nla_policy ovl_tun_rule_opt_nl_policy[OVL_TUN_A_RULE_OPT_PAD + 1];
extern const struct nla_policy ovl_tun_rule_value_nl_policy[OVL_TUN_A_RULE_VALUE_PAD + 1];
extern const struct nla_policy ovl_tun_vni_range_nl_policy[OVL_TUN_A_VNI_RANGE_LAST + 1];

/* Ops table for ovl_tun */
extern const struct genl_split_ops ovl_tun_nl_ops[25];

int ovl_nl_pre_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		    struct genl_info *info);
void
ovl_nl_post_doit(const struct genl_split_ops *ops, struct sk_buff *skb,
		 struct genl_info *info);

int ovl_tun_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int ovl_tun_nl_option_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_option_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int ovl_tun_nl_option_new_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_option_del_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_port_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int ovl_tun_nl_peer_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_peer_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int ovl_tun_nl_peer_new_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_peer_set_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_peer_del_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_vni_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_vni_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int ovl_tun_nl_vni_new_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_vni_del_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_rule_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int ovl_tun_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_echo_get_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_echo_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int ovl_tun_nl_echo_set_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_echo_flush_doit(struct sk_buff *skb, struct genl_info *info);
int ovl_tun_nl_echo_del_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	OVL_TUN_NLGRP_CONFIG,
	OVL_TUN_NLGRP_DROPS,
};

#endif /* _LINUX_OVL_TUN_GEN_H */
