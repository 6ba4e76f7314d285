// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ovl-tun.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/ovl_tun.h>

/* Common nested types */
const struct nla_policy ovl_tun_opt_nl_policy[OVL_TUN_A_OPT_DATA + 1] = {
	[OVL_TUN_A_OPT_CLASS] = { .type = NLA_U16, },
	[OVL_TUN_A_OPT_TYPE] = { .type = NLA_U8, },
	[OVL_TUN_A_OPT_DATA] = { .type = NLA_BINARY, },
};

/* OVL_TUN_CMD_DEV_GET - do */
static const struct nla_policy ovl_tun_dev_get_nl_policy[OVL_TUN_A_DEV_IFINDEX + 1] = {
	[OVL_TUN_A_DEV_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_OPTION_GET - do */
static const struct nla_policy ovl_tun_option_get_nl_policy[OVL_TUN_A_OPTION_IFINDEX + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_OPTION_NEW - do */
static const struct nla_policy ovl_tun_option_new_nl_policy[OVL_TUN_A_OPTION_OPT + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_OPTION_OPT] = NLA_POLICY_NESTED(ovl_tun_opt_nl_policy),
};

/* OVL_TUN_CMD_OPTION_DEL - do */
static const struct nla_policy ovl_tun_option_del_nl_policy[OVL_TUN_A_OPTION_OPT + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_OPTION_OPT] = NLA_POLICY_NESTED(ovl_tun_opt_nl_policy),
};

/* Ops table for ovl_tun */
const struct genl_split_ops ovl_tun_nl_ops[7] = {
	{
		.cmd		= OVL_TUN_CMD_DEV_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_dev_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_dev_get_nl_policy,
		.maxattr	= OVL_TUN_A_DEV_IFINDEX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVL_TUN_CMD_DEV_GET,
		.dumpit	= ovl_tun_nl_dev_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_option_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_option_get_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_IFINDEX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVL_TUN_CMD_OPTION_GET,
		.dumpit	= ovl_tun_nl_option_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_NEW,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_option_new_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_option_new_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_OPT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_option_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_option_del_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_OPT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVL_TUN_CMD_PORT_GET,
		.dumpit	= ovl_tun_nl_port_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
};
