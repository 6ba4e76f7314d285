/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NETLINK_H
#define _OVL_TUN_NETLINK_H

#include <net/genetlink.h>

struct ovl_addr;
struct ovl_dev;
struct ovl_peer;
struct ovl_rule;
struct ovl_set;
struct ovl_sock;
struct ovl_vni_range;
struct ovl_vni_request;

/* Refuse a request; the message says what would be accepted. */
#define OVL_REFUSE(extack, attr, err, msg)				\
({									\
	NL_SET_ERR_MSG_ATTR(extack, attr, KBUILD_MODNAME ": " msg);	\
	(err);								\
})

extern struct genl_family ovl_nl_family;

typedef int ovl_nl_dump_one(struct sk_buff *skb, struct netlink_callback *cb,
			    struct ovl_dev *ovl);
int ovl_nl_dump_devices(struct sk_buff *skb, struct netlink_callback *cb,
			ovl_nl_dump_one *one);

struct sk_buff *ovl_nl_dev_msg(struct ovl_dev *ovl, u32 portid, u32 seq,
			       int flags, u8 cmd);
struct sk_buff *ovl_nl_option_msg(const struct ovl_dev *ovl,
				  const struct ovl_set *set, u32 portid,
				  u32 seq, u8 cmd);
struct sk_buff *ovl_nl_peer_msg(struct ovl_peer *peer, u32 portid, u32 seq,
				u8 cmd);
struct sk_buff *ovl_nl_vni_msg(struct ovl_dev *ovl,
			       const struct ovl_vni_request *req, u8 cmd);
struct sk_buff *ovl_nl_sample_msg(const struct ovl_dev *ovl,
				  const struct ovl_sock *os,
				  const struct ovl_addr *source, u32 vni,
				  u32 reason, u32 missed,
				  const struct ovl_rule *rule);
struct sk_buff *ovl_nl_rule_msg(struct ovl_dev *ovl,
				const struct ovl_rule *rule, u32 portid,
				u32 seq, u8 cmd);
struct sk_buff *ovl_nl_echo_msg(const struct ovl_dev *ovl, u32 portid, u32 seq,
				u8 cmd);

struct ovl_peer *ovl_nl_peer_find(struct genl_info *info);
int ovl_nl_no_peer(struct genl_info *info);
int ovl_nl_vni_range(const struct nlattr *attr, struct ovl_vni_range *range,
		     struct netlink_ext_ack *extack);
bool ovl_nl_may_change(struct sk_buff *skb, struct genl_info *info);
int ovl_nl_put_drop(struct sk_buff *skb, int attr, u32 reason, u64 packets);

#endif /* _OVL_TUN_NETLINK_H */
