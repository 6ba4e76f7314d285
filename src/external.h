/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_EXTERNAL_H
#define _OVL_TUN_EXTERNAL_H

#include <linux/skbuff.h>

#include "path.h"

struct ip_tunnel_info;
struct ovl_dev;
struct ovl_shim;
struct ovl_sock;
struct ovl_verdict;

/**
 * struct ovl_external - how a packet is sent that says itself where to, or that no
 *	peer is for
 * @route: its route, once it was looked up; released by who has made this
 * @room: a struct ovl_path, see ovl_external_path()
 *
 * It stays on the stack of who sends.
 */
struct ovl_external {
	struct ovl_route route;
	u8 room[sizeof(struct ovl_path) + OVL_SHIM_MAX]
		__aligned(__alignof__(struct ovl_path));
};

static inline struct ovl_path *ovl_external_path(struct ovl_external *ext)
{
	return (struct ovl_path *)ext->room;
}

int ovl_external_build(struct ovl_external *ext, struct ovl_dev *ovl,
		       const struct ip_tunnel_info *info);
const struct ovl_route *ovl_external_lookup(struct ovl_path *path,
					    struct sk_buff *skb,
					    const struct sock *sk,
					    struct ovl_flow *flow);
void ovl_external_forget(const struct ovl_dev *ovl);
bool ovl_external_answer(struct sk_buff *skb, const struct ovl_path *path,
			 const struct ovl_route *route);
int ovl_external_receive(struct sk_buff *skb, const struct ovl_sock *os,
			 const struct ovl_shim *shim,
			 const struct ovl_verdict *verdict);
int ovl_fill_metadata_dst(struct net_device *dev, struct sk_buff *skb);

#endif /* _OVL_TUN_EXTERNAL_H */
