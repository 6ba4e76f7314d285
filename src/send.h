/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SEND_H
#define _OVL_TUN_SEND_H

#include <linux/types.h>

struct net_device;
struct ovl_path;
struct ovl_route;
struct sk_buff;
struct sock;

/**
 * struct ovl_outer - what the outer headers of a packet get
 * @dev: tunnel device
 * @sk: socket that sends
 * @sport: UDP source port, network byte order
 * @tos: TOS or traffic class
 * @ttl: TTL or hop limit
 * @df: Don't Fragment; of no meaning over IPv6
 * @csum: with a UDP checksum
 * @fits: the packet needs no fragments on this route
 */
struct ovl_outer {
	struct net_device *dev;
	struct sock *sk;
	__be16 sport;
	u8 tos;
	u8 ttl;
	bool df;
	bool csum;
	bool fits;
};

void ovl_send4(struct sk_buff *skb, struct ovl_path *path,
	       const struct ovl_route *route, const struct ovl_outer *outer);
void ovl_send6(struct sk_buff *skb, struct ovl_path *path,
	       const struct ovl_route *route, const struct ovl_outer *outer);

#endif /* _OVL_TUN_SEND_H */
