/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_LEARN_H
#define _OVL_TUN_LEARN_H

#include <linux/types.h>

struct ovl_config;
struct ovl_dev;
struct ovl_sock;
struct ovl_source;
struct ovl_addr;
struct sk_buff;
struct work_struct;

int ovl_learn(const struct ovl_source *from, u32 vni,
	      const struct ovl_config *cfg, const struct ovl_addr *source,
	      const struct sk_buff *skb);
void ovl_fdb_age(struct work_struct *work);
void ovl_fdb_age_start(struct ovl_dev *ovl);

#endif /* _OVL_TUN_LEARN_H */
