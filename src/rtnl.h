/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_RTNL_H
#define _OVL_TUN_RTNL_H

#include <net/rtnetlink.h>

struct ovl_dev;

extern struct rtnl_link_ops ovl_link_ops;

size_t ovl_config_size(void);
int ovl_fill_config(struct sk_buff *skb, const struct ovl_dev *ovl);

#endif /* _OVL_TUN_RTNL_H */
