/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_GRO_H
#define _OVL_TUN_GRO_H

#include <linux/in.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/sock.h>

/* Whether GRO of a device may merge packets of an IP protocol with others. */
static inline bool ovl_gro_merges(const struct net_device *dev, u8 proto)
{
	if (proto == IPPROTO_UDP)
		return dev->features & (NETIF_F_GRO_FRAGLIST |
					NETIF_F_GRO_UDP_FWD);
	return proto != IPPROTO_ICMP && proto != IPPROTO_ICMPV6;
}

struct sk_buff *ovl_gro_receive(struct sock *sk, struct list_head *head,
				struct sk_buff *skb);
int ovl_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff);

#endif /* _OVL_TUN_GRO_H */
