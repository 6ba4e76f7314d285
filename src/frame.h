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
 * Return: whether the frame is long enough for all of that, and there was memory.
 */
static __always_inline bool ovl_frame_pull(struct sk_buff *skb)
{
	unsigned int at = ETH_HLEN, tags = 0;
	__be16 type = skb->protocol;

	skb_reset_mac_header(skb);
	skb->mac_len = ETH_HLEN; /* skb_protocol() looks for tags from there on */

	/* Not less deep than skb_protocol() goes; what is below counts as not IP. */
	while (eth_type_vlan(type) && tags++ < VLAN_MAX_DEPTH) {
		if (unlikely(!pskb_may_pull(skb, at + VLAN_HLEN)))
			return false;
		type = ((struct vlan_hdr *)(skb->data + at))->h_vlan_encapsulated_proto;
		at += VLAN_HLEN;
	}
	skb_set_network_header(skb, at);

	if (type == htons(ETH_P_IP))
		return pskb_may_pull(skb, at + sizeof(struct iphdr));
	if (type == htons(ETH_P_IPV6))
		return pskb_may_pull(skb, at + sizeof(struct ipv6hdr));
	return pskb_may_pull(skb, at);
}

/**
 * ovl_frame_is_short() - why ovl_frame_pull() has failed
 * @skb: frame
 *
 * Return: whether it isn't long enough; or else there was no memory.
 */
static inline bool ovl_frame_is_short(const struct sk_buff *skb)
{
	unsigned int at = ETH_HLEN, tags = 0;
	__be16 type = skb->protocol;
	struct vlan_hdr tag;

	while (eth_type_vlan(type) && tags++ < VLAN_MAX_DEPTH) {
		if (skb_copy_bits(skb, at, &tag, sizeof(tag)))
			return true;
		type = tag.h_vlan_encapsulated_proto;
		at += VLAN_HLEN;
	}
	if (type == htons(ETH_P_IP))
		at += sizeof(struct iphdr);
	else if (type == htons(ETH_P_IPV6))
		at += sizeof(struct ipv6hdr);
	return skb->len < at;
}

#endif /* _OVL_TUN_FRAME_H */
