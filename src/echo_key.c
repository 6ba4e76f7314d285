// SPDX-License-Identifier: GPL-2.0
/* Which inner flow a packet is of, for both of its directions. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "echo.h"

/* Sort what belongs to source and destination. */
static void ovl_echo_key_sort(struct ovl_echo_key *key)
{
	int order = memcmp(&key->end[0], &key->end[1], sizeof(key->end[0]));

	if (order > 0)
		swap(key->end[0], key->end[1]);
	if (order > 0 || (!order && (__force u16)key->port[0] >
				    (__force u16)key->port[1]))
		swap(key->port[0], key->port[1]);
}

/* Identifier of an echo request or reply, by which they belong together. */
static void ovl_echo_key_icmp(struct ovl_echo_key *key,
			      const struct sk_buff *skb, unsigned int at)
{
	struct icmphdr buf;
	const struct icmphdr *icmp = skb_header_pointer(skb, at, sizeof(buf),
							&buf);

	if (!icmp)
		return;
	/* The header of ICMPv6 is the same up to there. */
	if (key->proto == IPPROTO_ICMP ?
	    icmp->type != ICMP_ECHO && icmp->type != ICMP_ECHOREPLY :
	    icmp->type != ICMPV6_ECHO_REQUEST &&
	    icmp->type != ICMPV6_ECHO_REPLY)
		return;
	key->port[0] = icmp->un.echo.id;
	key->port[1] = icmp->un.echo.id;
}

static void ovl_echo_key_ports(struct ovl_echo_key *key,
			       const struct sk_buff *skb, unsigned int at)
{
	const __be16 *port;
	__be16 buf[2];

	switch (key->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_UDPLITE:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		port = skb_header_pointer(skb, at, sizeof(buf), buf);
		if (port)
			memcpy(key->port, port, sizeof(key->port));
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		ovl_echo_key_icmp(key, skb, at);
		break;
	}
}

static bool ovl_echo_key_ipv4(struct ovl_echo_key *key,
			      const struct sk_buff *skb, unsigned int at)
{
	struct iphdr buf;
	const struct iphdr *ip = skb_header_pointer(skb, at, sizeof(buf), &buf);

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return false;
	key->kind = AF_INET;
	key->end[0].s6_addr32[0] = ip->saddr;
	key->end[1].s6_addr32[0] = ip->daddr;
	key->proto = ip->protocol;
	if (ip_is_fragment(ip)) {
		key->kind |= OVL_ECHO_FRAGMENT;
		key->port[0] = ip->id;
		key->port[1] = ip->id;
	} else {
		ovl_echo_key_ports(key, skb, at + ip->ihl * 4);
	}
	return true;
}

static bool ovl_echo_key_ipv6(struct ovl_echo_key *key,
			      const struct sk_buff *skb, unsigned int at)
{
	struct ipv6hdr buf;
	const struct ipv6hdr *ip6 = skb_header_pointer(skb, at, sizeof(buf),
						       &buf);
	const struct frag_hdr *frag;
	struct frag_hdr frag_buf;

	if (!ip6 || ip6->version != 6)
		return false;
	key->kind = AF_INET6;
	key->end[0] = ip6->saddr;
	key->end[1] = ip6->daddr;
	key->proto = ip6->nexthdr;
	at += sizeof(*ip6);
	if (key->proto != NEXTHDR_FRAGMENT) {
		ovl_echo_key_ports(key, skb, at);
		return true;
	}
	frag = skb_header_pointer(skb, at, sizeof(frag_buf), &frag_buf);
	if (!frag)
		return false;
	key->kind |= OVL_ECHO_FRAGMENT;
	key->proto = frag->nexthdr;
	memcpy(key->port, &frag->identification, sizeof(key->port));
	return true;
}

/* The EtherType behind the tags of a frame, and where what follows begins. */
static __be16 ovl_echo_key_tags(struct ovl_echo_key *key,
				const struct sk_buff *skb, unsigned int *at)
{
	__be16 proto = eth_hdr(skb)->h_proto;
	const struct vlan_hdr *tag;
	struct vlan_hdr buf;
	int depth;

	*at = skb_mac_offset(skb) + ETH_HLEN;
	if (skb_vlan_tag_present(skb))
		key->vlan = skb_vlan_tag_get_id(skb);
	for (depth = 0; eth_type_vlan(proto); depth++) {
		tag = skb_header_pointer(skb, *at, sizeof(buf), &buf);
		if (!tag || depth == VLAN_MAX_DEPTH)
			return 0;
		if (!depth && !skb_vlan_tag_present(skb))
			key->vlan = ntohs(tag->h_vlan_TCI) & VLAN_VID_MASK;
		proto = tag->h_vlan_encapsulated_proto;
		*at += VLAN_HLEN;
	}
	return proto;
}

/**
 * ovl_echo_key_build() - say which inner flow a packet is of
 * @key: all 0; filled but for its remote and VNI
 * @skb: packet: of a layer 3 device with its data at the IP header, else with
 *	its MAC header set
 * @layer3: of a layer 3 device
 *
 * What has no ports is known by its addresses. A fragment is known by its
 * identification as well, for it may have no ports; so is the first one, which
 * has.
 *
 * Return: whether it is IP.
 */
bool ovl_echo_key_build(struct ovl_echo_key *key, const struct sk_buff *skb,
			bool layer3)
{
	unsigned int at = 0;
	__be16 proto;
	bool found;

	proto = layer3 ? skb->protocol : ovl_echo_key_tags(key, skb, &at);
	if (proto == htons(ETH_P_IP))
		found = ovl_echo_key_ipv4(key, skb, at);
	else if (proto == htons(ETH_P_IPV6))
		found = ovl_echo_key_ipv6(key, skb, at);
	else
		return false;
	ovl_echo_key_sort(key);
	return found;
}
