/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_GRO_H
#define _OVL_TUN_GRO_H

#include <linux/skbuff.h>
#include <net/sock.h>

struct sk_buff *ovl_gro_receive(struct sock *sk, struct list_head *head,
				struct sk_buff *skb);
int ovl_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff);

#endif /* _OVL_TUN_GRO_H */
