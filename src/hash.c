// SPDX-License-Identifier: GPL-2.0
/* A hash of the inner flow, for the usual packets at a tenth of the cost. */

#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/unaligned.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "hash.h"

/* Random: nobody else knows which flows have the same hash. The multipliers are odd. */
static struct {
	u64 mix;
	u64 first;
	u64 second;
} ovl_hash_key __read_mostly;

static void ovl_hash_seed(void)
{
	get_random_bytes(&ovl_hash_key, sizeof(ovl_hash_key));
	ovl_hash_key.first |= 1;
	ovl_hash_key.second |= 1;
}

/**
 * ovl_hash_init() - what there has to be before the first packet
 *
 * Once, but not with the module, which may come before the kernel has gathered what is
 * random.
 */
void ovl_hash_init(void)
{
	DO_ONCE(ovl_hash_seed);
}

/* Both directions of a flow get the same hash, as they do from the kernel. */
static u32 ovl_hash_mix(u32 a, u32 b, u32 ports, u8 proto)
{
	u64 hash = (u64)max(a, b) << 32 | min(a, b);

	hash = (hash ^ ovl_hash_key.mix) * ovl_hash_key.first;
	hash ^= hash >> 32;
	hash += (u64)proto << 32 | min(ports, rol32(ports, 16));
	/* Once more, or ports that count up would walk through the hashes in
	 * equal steps, which for some keys are small ones.
	 */
	hash *= ovl_hash_key.second;
	hash ^= hash >> 32;
	return hash * ovl_hash_key.first >> 32;
}

/* The kernel's dissector begins with skb->protocol, so it needs the network header to
 * be where the tags are. It would take the IP header for one of them else, and its
 * length for a protocol.
 */
static void ovl_hash_tagged(struct sk_buff *skb, unsigned int at)
{
	skb_set_network_header(skb, skb_mac_offset(skb) + ETH_HLEN);
	skb_get_hash(skb);
	skb_set_network_header(skb, at);
}

/**
 * ovl_hash_flow() - give TCP and UDP packets a hash, and those with VLAN tags
 * @skb: packet without one, with its network header set and pulled, its mac header
 *	too if there is an Ethernet header
 *
 * Whatever isn't as simple is left to skb_get_hash().
 */
void ovl_hash_flow(struct sk_buff *skb)
{
	unsigned int at = skb_network_offset(skb);
	u32 a, b, ports, hash;
	u8 proto;

	switch (skb->protocol) {
	case htons(ETH_P_IP): {
		const struct iphdr *ip = ip_hdr(skb);

		if (ip->ihl != 5 || ip_is_fragment(ip))
			return;
		a = (__force u32)ip->saddr;
		b = (__force u32)ip->daddr;
		proto = ip->protocol;
		at += sizeof(*ip);
		break;
	}
	case htons(ETH_P_IPV6): {
		const struct ipv6hdr *ip6 = ipv6_hdr(skb);

		a = __ipv6_addr_jhash(&ip6->saddr, ovl_hash_key.mix);
		b = __ipv6_addr_jhash(&ip6->daddr, ovl_hash_key.mix);
		proto = ip6->nexthdr;
		at += sizeof(*ip6);
		break;
	}
	case htons(ETH_P_8021Q):
	case htons(ETH_P_8021AD):
		ovl_hash_tagged(skb, at);
		return;
	default:
		return;
	}

	if ((proto != IPPROTO_TCP && proto != IPPROTO_UDP) ||
	    skb_headlen(skb) < at + sizeof(ports))
		return;
	ports = get_unaligned((const u32 *)(skb->data + at));
	hash = ovl_hash_mix(a, b, ports, proto);
	__skb_set_sw_hash(skb, hash ?: 1, true);
}
