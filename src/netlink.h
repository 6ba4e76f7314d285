/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NETLINK_H
#define _OVL_TUN_NETLINK_H

#include <net/genetlink.h>

struct ovl_dev;

extern struct genl_family ovl_nl_family;

struct sk_buff *ovl_nl_dev_msg(struct ovl_dev *ovl, u32 portid, u32 seq,
			       int flags, u8 cmd);
struct sk_buff *ovl_nl_option_msg(struct ovl_dev *ovl, u32 portid, u32 seq,
				  u8 cmd);

#endif /* _OVL_TUN_NETLINK_H */
