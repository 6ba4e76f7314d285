// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ovl-tun.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/ovl_tun.h>

/* Common nested types */
const struct nla_policy ovl_tun_opt_nl_policy[OVL_TUN_A_OPT_FORCE + 1] = {
	[OVL_TUN_A_OPT_CLASS] = { .type = NLA_U16, },
	[OVL_TUN_A_OPT_TYPE] = { .type = NLA_U8, },
	[OVL_TUN_A_OPT_DATA] = { .type = NLA_BINARY, },
	[OVL_TUN_A_OPT_SOURCE] = NLA_POLICY_RANGE(NLA_U8, 1, 10),
	[OVL_TUN_A_OPT_MASK] = { .type = NLA_U32, },
	[OVL_TUN_A_OPT_SHIFT] = NLA_POLICY_MAX(NLA_U8, 31),
	[OVL_TUN_A_OPT_FORCE] = { .type = NLA_FLAG, },
};

const struct nla_policy ovl_tun_prefix_nl_policy[OVL_TUN_A_PREFIX_LEN + 1] = {
	[OVL_TUN_A_PREFIX_ADDR] = { .type = NLA_BINARY, },
	[OVL_TUN_A_PREFIX_LEN] = { .type = NLA_U8, },
};

const struct nla_policy ovl_tun_rule_opt_nl_policy[OVL_TUN_A_RULE_OPT_PAD + 1] = {
	[OVL_TUN_A_RULE_OPT_CLASS] = { .type = NLA_U16, },
	[OVL_TUN_A_RULE_OPT_TYPE] = { .type = NLA_U8, },
	[OVL_TUN_A_RULE_OPT_TEST] = NLA_POLICY_RANGE(NLA_U8, 1, 7),
	[OVL_TUN_A_RULE_OPT_DATA] = { .type = NLA_BINARY, },
	[OVL_TUN_A_RULE_OPT_MASK] = { .type = NLA_BINARY, },
	[OVL_TUN_A_RULE_OPT_LOW] = { .type = NLA_U64, },
	[OVL_TUN_A_RULE_OPT_HIGH] = { .type = NLA_U64, },
};

const struct nla_policy ovl_tun_rule_value_nl_policy[OVL_TUN_A_RULE_VALUE_PAD + 1] = {
	[OVL_TUN_A_RULE_VALUE_VALUE] = { .type = NLA_U32, },
	[OVL_TUN_A_RULE_VALUE_CLASS] = { .type = NLA_U16, },
	[OVL_TUN_A_RULE_VALUE_TYPE] = { .type = NLA_U8, },
	[OVL_TUN_A_RULE_VALUE_MASK] = { .type = NLA_U64, },
	[OVL_TUN_A_RULE_VALUE_SHIFT] = NLA_POLICY_MAX(NLA_U8, 63),
};

const struct nla_policy ovl_tun_vni_range_nl_policy[OVL_TUN_A_VNI_RANGE_LAST + 1] = {
	[OVL_TUN_A_VNI_RANGE_FIRST] = { .type = NLA_U32, },
	[OVL_TUN_A_VNI_RANGE_LAST] = { .type = NLA_U32, },
};

/* OVL_TUN_CMD_DEV_GET - do */
static const struct nla_policy ovl_tun_dev_get_nl_policy[OVL_TUN_A_DEV_IFINDEX + 1] = {
	[OVL_TUN_A_DEV_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_OPTION_GET - do */
static const struct nla_policy ovl_tun_option_get_do_nl_policy[OVL_TUN_A_OPTION_SET + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_OPTION_SET] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
};

/* OVL_TUN_CMD_OPTION_GET - dump */
static const struct nla_policy ovl_tun_option_get_dump_nl_policy[OVL_TUN_A_OPTION_IFINDEX + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_OPTION_NEW - do */
static const struct nla_policy ovl_tun_option_new_nl_policy[OVL_TUN_A_OPTION_WHOLE + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_OPTION_OPT] = NLA_POLICY_NESTED(ovl_tun_opt_nl_policy),
	[OVL_TUN_A_OPTION_SET] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
	[OVL_TUN_A_OPTION_WHOLE] = { .type = NLA_FLAG, },
};

/* OVL_TUN_CMD_OPTION_DEL - do */
static const struct nla_policy ovl_tun_option_del_nl_policy[OVL_TUN_A_OPTION_SET + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_OPTION_OPT] = NLA_POLICY_NESTED(ovl_tun_opt_nl_policy),
	[OVL_TUN_A_OPTION_SET] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
};

/* OVL_TUN_CMD_PEER_GET - do */
static const struct nla_policy ovl_tun_peer_get_do_nl_policy[OVL_TUN_A_PEER_TO + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_PEER_ID] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_PEER_NAME, },
	[OVL_TUN_A_PEER_VNI] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_TO] = { .type = NLA_BINARY, },
};

/* OVL_TUN_CMD_PEER_GET - dump */
static const struct nla_policy ovl_tun_peer_get_dump_nl_policy[OVL_TUN_A_PEER_IFINDEX + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_PEER_NEW - do */
static const struct nla_policy ovl_tun_peer_new_nl_policy[OVL_TUN_A_PEER_NOOPTIONS + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_PEER_ID] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_PEER_NAME, },
	[OVL_TUN_A_PEER_REMOTE] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_REMOTE6] = NLA_POLICY_EXACT_LEN(16),
	[OVL_TUN_A_PEER_PORT] = { .type = NLA_U16, },
	[OVL_TUN_A_PEER_ENCAP] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVL_TUN_A_PEER_VNI] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_RX_VNI] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_LOCAL] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_LOCAL6] = NLA_POLICY_EXACT_LEN(16),
	[OVL_TUN_A_PEER_TTL] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_TTL_INHERIT] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_TOS] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_DF] = NLA_POLICY_MAX(NLA_U8, 2),
	[OVL_TUN_A_PEER_LABEL] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_UDP_CSUM] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_MTU] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_ALLOWED] = NLA_POLICY_NESTED(ovl_tun_prefix_nl_policy),
	[OVL_TUN_A_PEER_MAC] = NLA_POLICY_EXACT_LEN(6),
	[OVL_TUN_A_PEER_OPTIONS] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
	[OVL_TUN_A_PEER_NOOPTIONS] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* OVL_TUN_CMD_PEER_SET - do */
static const struct nla_policy ovl_tun_peer_set_nl_policy[OVL_TUN_A_PEER_NOOPTIONS + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_PEER_ID] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_PEER_NAME, },
	[OVL_TUN_A_PEER_REMOTE] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_REMOTE6] = NLA_POLICY_EXACT_LEN(16),
	[OVL_TUN_A_PEER_PORT] = { .type = NLA_U16, },
	[OVL_TUN_A_PEER_ENCAP] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVL_TUN_A_PEER_VNI] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_RX_VNI] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_LOCAL] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_LOCAL6] = NLA_POLICY_EXACT_LEN(16),
	[OVL_TUN_A_PEER_TTL] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_TTL_INHERIT] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_TOS] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_DF] = NLA_POLICY_MAX(NLA_U8, 2),
	[OVL_TUN_A_PEER_LABEL] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_UDP_CSUM] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX] = { .type = NLA_U8, },
	[OVL_TUN_A_PEER_MTU] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_UNSET] = NLA_POLICY_MASK(NLA_U32, 0x7fff),
	[OVL_TUN_A_PEER_ALLOWED] = NLA_POLICY_NESTED(ovl_tun_prefix_nl_policy),
	[OVL_TUN_A_PEER_ALLOWED_ADD] = NLA_POLICY_NESTED(ovl_tun_prefix_nl_policy),
	[OVL_TUN_A_PEER_ALLOWED_DEL] = NLA_POLICY_NESTED(ovl_tun_prefix_nl_policy),
	[OVL_TUN_A_PEER_ALLOWED_NONE] = { .type = NLA_FLAG, },
	[OVL_TUN_A_PEER_MAC] = NLA_POLICY_EXACT_LEN(6),
	[OVL_TUN_A_PEER_MAC_ADD] = NLA_POLICY_EXACT_LEN(6),
	[OVL_TUN_A_PEER_MAC_DEL] = NLA_POLICY_EXACT_LEN(6),
	[OVL_TUN_A_PEER_MAC_NONE] = { .type = NLA_FLAG, },
	[OVL_TUN_A_PEER_OPTIONS] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
	[OVL_TUN_A_PEER_NOOPTIONS] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* OVL_TUN_CMD_PEER_DEL - do */
static const struct nla_policy ovl_tun_peer_del_nl_policy[OVL_TUN_A_PEER_NAME + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_PEER_ID] = { .type = NLA_U32, },
	[OVL_TUN_A_PEER_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_PEER_NAME, },
};

/* OVL_TUN_CMD_VNI_GET - do */
static const struct nla_policy ovl_tun_vni_get_do_nl_policy[OVL_TUN_A_VNI_WITH_STATS + 1] = {
	[OVL_TUN_A_VNI_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_VNI_RANGE] = NLA_POLICY_NESTED(ovl_tun_vni_range_nl_policy),
	[OVL_TUN_A_VNI_WITH_STATS] = { .type = NLA_FLAG, },
};

/* OVL_TUN_CMD_VNI_GET - dump */
static const struct nla_policy ovl_tun_vni_get_dump_nl_policy[OVL_TUN_A_VNI_WITH_STATS + 1] = {
	[OVL_TUN_A_VNI_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_VNI_RANGE] = NLA_POLICY_NESTED(ovl_tun_vni_range_nl_policy),
	[OVL_TUN_A_VNI_WITH_STATS] = { .type = NLA_FLAG, },
};

/* OVL_TUN_CMD_VNI_NEW - do */
static const struct nla_policy ovl_tun_vni_new_nl_policy[OVL_TUN_A_VNI_OPTIONS + 1] = {
	[OVL_TUN_A_VNI_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_VNI_RANGE] = NLA_POLICY_NESTED(ovl_tun_vni_range_nl_policy),
	[OVL_TUN_A_VNI_REMOTE] = { .type = NLA_U32, },
	[OVL_TUN_A_VNI_REMOTE6] = NLA_POLICY_EXACT_LEN(16),
	[OVL_TUN_A_VNI_OPTIONS] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_SET_NAME, },
};

/* OVL_TUN_CMD_VNI_DEL - do */
static const struct nla_policy ovl_tun_vni_del_nl_policy[OVL_TUN_A_VNI_RANGE + 1] = {
	[OVL_TUN_A_VNI_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_VNI_RANGE] = NLA_POLICY_NESTED(ovl_tun_vni_range_nl_policy),
};

/* OVL_TUN_CMD_RULE_GET - do */
static const struct nla_policy ovl_tun_rule_get_do_nl_policy[OVL_TUN_A_RULE_PREF + 1] = {
	[OVL_TUN_A_RULE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_RULE_PREF] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_RULE_GET - dump */
static const struct nla_policy ovl_tun_rule_get_dump_nl_policy[OVL_TUN_A_RULE_IFINDEX + 1] = {
	[OVL_TUN_A_RULE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_RULE_NEW - do */
static const struct nla_policy ovl_tun_rule_new_nl_policy[OVL_TUN_A_RULE_SAMPLE + 1] = {
	[OVL_TUN_A_RULE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_RULE_PREF] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_RULE_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_RULE_NAME, },
	[OVL_TUN_A_RULE_PEER] = { .type = NLA_U32, },
	[OVL_TUN_A_RULE_PEER_NAME] = { .type = NLA_NUL_STRING, .len = OVL_TUN_MAX_PEER_NAME, },
	[OVL_TUN_A_RULE_VNI] = NLA_POLICY_NESTED(ovl_tun_vni_range_nl_policy),
	[OVL_TUN_A_RULE_ENCAP] = NLA_POLICY_MAX(NLA_U8, 1),
	[OVL_TUN_A_RULE_OPT] = NLA_POLICY_NESTED(ovl_tun_rule_opt_nl_policy),
	[OVL_TUN_A_RULE_ACTION] = NLA_POLICY_RANGE(NLA_U8, 1, 2),
	[OVL_TUN_A_RULE_MARK] = NLA_POLICY_NESTED(ovl_tun_rule_value_nl_policy),
	[OVL_TUN_A_RULE_PRIO] = NLA_POLICY_NESTED(ovl_tun_rule_value_nl_policy),
	[OVL_TUN_A_RULE_SAMPLE] = { .type = NLA_FLAG, },
};

/* OVL_TUN_CMD_RULE_DEL - do */
static const struct nla_policy ovl_tun_rule_del_nl_policy[OVL_TUN_A_RULE_PREF + 1] = {
	[OVL_TUN_A_RULE_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_RULE_PREF] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_ECHO_GET - do */
static const struct nla_policy ovl_tun_echo_get_nl_policy[OVL_TUN_A_ECHO_IFINDEX + 1] = {
	[OVL_TUN_A_ECHO_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_ECHO_SET - do */
static const struct nla_policy ovl_tun_echo_set_nl_policy[OVL_TUN_A_ECHO_TIMEOUT + 1] = {
	[OVL_TUN_A_ECHO_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_ECHO_CLASS] = { .type = NLA_U16, },
	[OVL_TUN_A_ECHO_LIMIT] = NLA_POLICY_MIN(NLA_U32, 1),
	[OVL_TUN_A_ECHO_TIMEOUT] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_ECHO_FLUSH - do */
static const struct nla_policy ovl_tun_echo_flush_nl_policy[OVL_TUN_A_ECHO_IFINDEX + 1] = {
	[OVL_TUN_A_ECHO_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* OVL_TUN_CMD_ECHO_DEL - do */
static const struct nla_policy ovl_tun_echo_del_nl_policy[OVL_TUN_A_ECHO_IFINDEX + 1] = {
	[OVL_TUN_A_ECHO_IFINDEX] = NLA_POLICY_MIN(NLA_U32, 1),
};

/* Ops table for ovl_tun */
const struct genl_split_ops ovl_tun_nl_ops[25] = {
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
		.policy		= ovl_tun_option_get_do_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_SET,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_GET,
		.dumpit		= ovl_tun_nl_option_get_dumpit,
		.policy		= ovl_tun_option_get_dump_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_IFINDEX,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_NEW,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_option_new_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_option_new_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_WHOLE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_OPTION_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_option_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_option_del_nl_policy,
		.maxattr	= OVL_TUN_A_OPTION_SET,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVL_TUN_CMD_PORT_GET,
		.dumpit	= ovl_tun_nl_port_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_PEER_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_peer_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_peer_get_do_nl_policy,
		.maxattr	= OVL_TUN_A_PEER_TO,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_PEER_GET,
		.dumpit		= ovl_tun_nl_peer_get_dumpit,
		.policy		= ovl_tun_peer_get_dump_nl_policy,
		.maxattr	= OVL_TUN_A_PEER_IFINDEX,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_PEER_NEW,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_peer_new_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_peer_new_nl_policy,
		.maxattr	= OVL_TUN_A_PEER_NOOPTIONS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_PEER_SET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_peer_set_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_peer_set_nl_policy,
		.maxattr	= OVL_TUN_A_PEER_NOOPTIONS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_PEER_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_peer_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_peer_del_nl_policy,
		.maxattr	= OVL_TUN_A_PEER_NAME,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_VNI_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_vni_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_vni_get_do_nl_policy,
		.maxattr	= OVL_TUN_A_VNI_WITH_STATS,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_VNI_GET,
		.dumpit		= ovl_tun_nl_vni_get_dumpit,
		.policy		= ovl_tun_vni_get_dump_nl_policy,
		.maxattr	= OVL_TUN_A_VNI_WITH_STATS,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_VNI_NEW,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_vni_new_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_vni_new_nl_policy,
		.maxattr	= OVL_TUN_A_VNI_OPTIONS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_VNI_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_vni_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_vni_del_nl_policy,
		.maxattr	= OVL_TUN_A_VNI_RANGE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_RULE_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_rule_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_rule_get_do_nl_policy,
		.maxattr	= OVL_TUN_A_RULE_PREF,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_RULE_GET,
		.dumpit		= ovl_tun_nl_rule_get_dumpit,
		.policy		= ovl_tun_rule_get_dump_nl_policy,
		.maxattr	= OVL_TUN_A_RULE_IFINDEX,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_RULE_NEW,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_rule_new_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_rule_new_nl_policy,
		.maxattr	= OVL_TUN_A_RULE_SAMPLE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_RULE_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_rule_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_rule_del_nl_policy,
		.maxattr	= OVL_TUN_A_RULE_PREF,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_ECHO_GET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_echo_get_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_echo_get_nl_policy,
		.maxattr	= OVL_TUN_A_ECHO_IFINDEX,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= OVL_TUN_CMD_ECHO_GET,
		.dumpit	= ovl_tun_nl_echo_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= OVL_TUN_CMD_ECHO_SET,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_echo_set_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_echo_set_nl_policy,
		.maxattr	= OVL_TUN_A_ECHO_TIMEOUT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_ECHO_FLUSH,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_echo_flush_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_echo_flush_nl_policy,
		.maxattr	= OVL_TUN_A_ECHO_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= OVL_TUN_CMD_ECHO_DEL,
		.pre_doit	= ovl_nl_pre_doit,
		.doit		= ovl_tun_nl_echo_del_doit,
		.post_doit	= ovl_nl_post_doit,
		.policy		= ovl_tun_echo_del_nl_policy,
		.maxattr	= OVL_TUN_A_ECHO_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};
