/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NEIGH_H
#define _OVL_TUN_NEIGH_H

#include <linux/types.h>

struct ovl_dev;
struct ovl_fdb_entry;
struct ovl_vni;
struct sk_buff;

/* The frame is gone, and that is no drop. Not an enum ovl_tun_drop. */
#define OVL_NEIGH_DONE	(-EALREADY)

int ovl_neigh_lookup(struct ovl_dev *ovl, struct sk_buff *skb,
		     const struct ovl_vni *in, u8 neigh,
		     struct ovl_fdb_entry **entry);
void ovl_neigh_miss_mac(struct ovl_dev *ovl, const struct ovl_vni *in,
			const u8 *mac);

#endif /* _OVL_TUN_NEIGH_H */
