// SPDX-License-Identifier: GPL-2.0
/* What ICMP tells the sender of a packet that a tunnel has no way for. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/ipv6.h>
#include <net/dst_metadata.h>
#include <net/icmp.h>
#include <net/ipv6.h>

#include "answer.h"

/* Whether ICMP can answer: it would take metadata for the route that the packet
 * came by.
 */
static bool ovl_may_answer(struct sk_buff *skb)
{
	return !skb_metadata_dst(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
/* The route of an error depends on the ICMPv6 header in the packet that it is
 * about. A packet socket that doesn't understand what it sends sets no offset.
 */
static void ovl_icmp6_send(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	/* Booted with ipv6.disable=1 there is nothing to send it with. */
	if (!ipv6_mod_enabled())
		return;
	if (!skb_transport_header_was_set(skb))
		skb_set_transport_header(skb, skb_network_offset(skb) +
					 sizeof(struct ipv6hdr));
	icmpv6_ndo_send(skb, type, code, info);
}
#endif

/**
 * ovl_answer_too_big() - tell the sender of a packet that was routed into a tunnel
 * @skb: packet
 * @mtu: the largest that there is a way for
 *
 * A bridged one has been answered by skb_tunnel_check_pmtu().
 */
void ovl_answer_too_big(struct sk_buff *skb, u32 mtu)
{
	if (!ovl_may_answer(skb))
		return;
	/* One from a VLAN of the device has its tag in front. */
	switch (skb_protocol(skb, true)) {
	case htons(ETH_P_IP):
		if (ip_hdr(skb)->frag_off & htons(IP_DF))
			icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				      htonl(mtu));
		break;
#if IS_ENABLED(CONFIG_IPV6)
	case htons(ETH_P_IPV6):
		ovl_icmp6_send(skb, ICMPV6_PKT_TOOBIG, 0,
			       max_t(u32, mtu, IPV6_MIN_MTU));
		break;
#endif
	}
}

/**
 * ovl_answer_unreachable() - there is no peer for a packet that was routed into a
 *	tunnel
 * @skb: packet
 */
void ovl_answer_unreachable(struct sk_buff *skb)
{
	if (!ovl_may_answer(skb))
		return;
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
#if IS_ENABLED(CONFIG_IPV6)
	else
		ovl_icmp6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
#endif
}
