/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_FRAME_H
#define _OVL_TUN_FRAME_H

#include <linux/if_vlan.h>
#include <net/ip_tunnels.h>

/**
 * ovl_frame_pull() - find the network header of a frame
 * @skb: packet with its data at the Ethernet header
 *
 * Sets the network header behind the Ethernet header and its VLAN tags. What
 * is read of an IPv4 or IPv6 header later is in the linear part then.
 *
 * Return: whether the frame is long enough for all of that.
 */
static inline bool ovl_frame_pull(struct sk_buff *skb)
{
	skb_reset_mac_header(skb);
	skb->mac_len = ETH_HLEN; /* from here on tags are looked for */
	if (eth_type_vlan(skb->protocol) && unlikely(!skb_protocol(skb, true)))
		return false; /* ends inside a tag */
	return !skb_vlan_inet_prepare(skb, false);
}

#endif /* _OVL_TUN_FRAME_H */
