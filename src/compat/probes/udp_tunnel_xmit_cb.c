// SPDX-License-Identifier: GPL-2.0
/* udp_tunnel_xmit_skb() with flags for the control block, from 6.17 on */
#include <net/udp_tunnel.h>

void probe(struct rtable *rt, struct sk_buff *skb);
void probe(struct rtable *rt, struct sk_buff *skb)
{
	udp_tunnel_xmit_skb(rt, NULL, skb, 0, 0, 0, 0, 0, 0, 0, false, false, 0);
}
