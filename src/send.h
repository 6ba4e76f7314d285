/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SEND_H
#define _OVL_TUN_SEND_H

struct ovl_dev;
struct ovl_path;
struct ovl_vni;
struct sk_buff;

int ovl_send(struct sk_buff *skb, struct ovl_dev *ovl, const struct ovl_vni *in,
	     struct ovl_path *path);

#endif /* _OVL_TUN_SEND_H */
