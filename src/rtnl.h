/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_RTNL_H
#define _OVL_TUN_RTNL_H

#include <net/rtnetlink.h>

struct ovl_addr;
struct ovl_dev;

extern struct rtnl_link_ops ovl_link_ops;

size_t ovl_config_size(void);
int ovl_fill_config(struct sk_buff *skb, const struct ovl_dev *ovl);
void ovl_parse_addr(struct ovl_addr *addr, const struct nlattr *v4,
		    const struct nlattr *v6);
int ovl_put_addr(struct sk_buff *skb, const struct ovl_addr *addr, int attr4,
		 int attr6);

#endif /* _OVL_TUN_RTNL_H */
