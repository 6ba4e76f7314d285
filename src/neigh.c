// SPDX-License-Identifier: GPL-2.0
/*
 * Neighbours behind a layer 2 device: answers in their place (proxy), the way
 * to them that leaves a router out (rsc), and word of those that nobody knows
 * (l2miss, l3miss). The meaning is vxlan.ko's.
 *
 * What is known of them is in the kernel's neighbour tables, as "ip neigh" has
 * it for the device. Neighbours and forwarding entries are found under RCU and
 * no reference is kept. A device with a table of VNIs has one table of
 * neighbours for all of them; the forwarding entry is that in the frame's VNI,
 * and what the device receives for it is in this VNI as well.
 *
 * A frame is read by copying from it, so that it may have any shape and stays
 * as it is. The one place that writes to it makes its header private first.
 */

#include <linux/etherdevice.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ip6_checksum.h>
#include <net/ndisc.h>
#include <net/neighbour.h>

#include "device.h"
#include "fdb.h"
#include "neigh.h"
#include "vni.h"

/**
 * struct ovl_arp - ARP for Ethernet and IPv4, as it is sent
 * @head: fixed part
 * @sha: sender's MAC address
 * @sip: sender's IP address
 * @tha: target's MAC address
 * @tip: target's IP address
 */
struct ovl_arp {
	struct arphdr head;
	u8 sha[ETH_ALEN];
	__be32 sip;
	u8 tha[ETH_ALEN];
	__be32 tip;
} __packed;

/**
 * struct ovl_solicit - neighbour solicitation without its options, as it is sent
 * @ip6: IPv6 header
 * @icmp6: ICMPv6 header
 * @target: who is asked for
 */
struct ovl_solicit {
	struct ipv6hdr ip6;
	struct icmp6hdr icmp6;
	struct in6_addr target;
};

/**
 * struct ovl_nd_option - link-layer address among the options, as it is sent
 * @type: ND_OPT_*
 * @len: in units of 8 bytes, this header included
 * @mac: MAC address
 *
 * No option is shorter than this.
 */
struct ovl_nd_option {
	u8 type;
	u8 len;
	u8 mac[ETH_ALEN];
} __aligned(2);

/**
 * struct ovl_advert - neighbour advertisement behind the IPv6 header
 * @icmp6: ICMPv6 header
 * @target: who answers
 * @option: its link-layer address
 */
struct ovl_advert {
	struct icmp6hdr icmp6;
	struct in6_addr target;
	struct ovl_nd_option option;
};

/*
 * Misses
 */

/* RTM_GETNEIGH with what vxlan.ko's has, down to numbers that mean nothing: a
 * VNI that is none, and the age of an entry that was never used. Where there are
 * many VNIs, which vxlan.ko counts as 0, the frame's is added.
 */
static int ovl_neigh_fill_miss(struct sk_buff *skb, const struct ovl_dev *ovl,
			       const struct ovl_vni *in, const u8 *mac,
			       const struct ovl_addr *addr)
{
	unsigned long age = jiffies_to_clock_t(jiffies);
	struct nda_cacheinfo ci = { .ndm_used = age, .ndm_updated = age };
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	u32 vni = addr ? OVL_TUN_N_VNI : 0;
	u32 usual = in ? 0 : cfg->vni;
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	nlh = nlmsg_put(skb, 0, 0, RTM_GETNEIGH, sizeof(*ndm), 0);
	if (!nlh)
		return -EMSGSIZE;
	ndm = nlmsg_data(nlh);
	memset(ndm, 0, sizeof(*ndm));
	ndm->ndm_family = addr ? addr->family : AF_INET;
	ndm->ndm_state = NUD_STALE;
	ndm->ndm_ifindex = ovl->dev->ifindex;
	ndm->ndm_type = RTN_UNICAST;

	if (ovl_fdb_put_netns(skb, ovl) ||
	    (mac && nla_put(skb, NDA_LLADDR, ETH_ALEN, mac)) ||
	    (addr && ovl_fdb_put_addr(skb, addr)) ||
	    (vni != usual && nla_put_u32(skb, NDA_VNI, vni)) ||
	    (in && nla_put_u32(skb, NDA_SRC_VNI, ovl_vni_id(in))) ||
	    nla_put(skb, NDA_CACHEINFO, sizeof(ci), &ci)) {
		nlmsg_cancel(skb, nlh);
		return -EMSGSIZE;
	}
	nlmsg_end(skb, nlh);
	return 0;
}

static size_t ovl_neigh_miss_size(void)
{
	return NLMSG_ALIGN(sizeof(struct ndmsg)) +
	       nla_total_size(sizeof(s32)) +		/* LINK_NETNSID */
	       nla_total_size(sizeof(struct in6_addr)) + /* LLADDR or DST */
	       nla_total_size(sizeof(u32)) +		/* VNI */
	       nla_total_size(sizeof(u32)) +		/* SRC_VNI */
	       nla_total_size(sizeof(struct nda_cacheinfo));
}

/* Tell of a MAC address or of an IP address. */
static void ovl_neigh_miss(struct ovl_dev *ovl, const struct ovl_vni *in,
			   const u8 *mac, const struct ovl_addr *addr)
{
	struct net *net = dev_net(ovl->dev);
	struct sk_buff *skb;
	int err = -ENOBUFS;

	if (!rtnl_has_listeners(net, RTNLGRP_NEIGH))
		return;
	skb = nlmsg_new(ovl_neigh_miss_size(), GFP_ATOMIC);
	if (skb)
		err = ovl_neigh_fill_miss(skb, ovl, in, mac, addr);
	if (err) {
		kfree_skb(skb);
		rtnl_set_sk_err(net, RTNLGRP_NEIGH, err);
		return;
	}
	rtnl_notify(skb, net, 0, RTNLGRP_NEIGH, NULL, GFP_ATOMIC);
}

/**
 * ovl_neigh_miss_mac() - tell of a frame that is dropped for its destination
 * @ovl: device with l2miss
 * @in: VNI of the frame on a device that has several, else NULL
 * @mac: its destination; a group's is no miss
 *
 * Context: RCU read section.
 */
void ovl_neigh_miss_mac(struct ovl_dev *ovl, const struct ovl_vni *in,
			const u8 *mac)
{
	if (!is_multicast_ether_addr(mac))
		ovl_neigh_miss(ovl, in, mac, NULL);
}

/*
 * The kernel's neighbour tables
 */

/* Whether a device can have neighbours with IPv6 addresses. Booted with
 * ipv6.disable=1 not even the table is there.
 */
static bool ovl_neigh_has_ipv6(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_IPV6)
	return ipv6_mod_enabled() && __in6_dev_get(dev);
#else
	return false;
#endif
}

static struct neighbour *ovl_neigh_find_noref(struct net_device *dev,
					      const struct ovl_addr *addr)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (addr->family == AF_INET6)
		return __ipv6_neigh_lookup_noref(dev, &addr->v6);
#endif
	return __ipv4_neigh_lookup_noref(dev, (__force u32)addr->v4);
}

/* The neighbour with an IP address, which for IPv6 takes a device that can have
 * any. If there is none that is a miss.
 */
static struct neighbour *ovl_neigh_find(struct ovl_dev *ovl,
					const struct ovl_vni *in,
					const struct ovl_addr *addr, u8 neigh)
{
	struct neighbour *n = ovl_neigh_find_noref(ovl->dev, addr);

	if (!n && (neigh & OVL_NEIGH_L3MISS))
		ovl_neigh_miss(ovl, in, NULL, addr);
	return n;
}

/* Its MAC address, provided that its state is one of those in @states. */
static bool ovl_neigh_mac(const struct neighbour *n, u8 states, u8 *mac)
{
	if (!(READ_ONCE(n->nud_state) & states))
		return false;
	neigh_ha_snapshot(mac, n, n->dev);
	return is_valid_ether_addr(mac);
}

/*
 * Proxy
 */

/* There was no room for what the device would have received. */
static void ovl_neigh_drop(struct ovl_dev *ovl, const struct ovl_vni *in)
{
	ovl_count_drop(ovl->stats, NULL, ovl->dev->ifindex,
		       OVL_TUN_DROP_RX_BACKLOG);
	if (in)
		ovl_vni_count_drop(in, true);
}

/* Let the device receive an answer, which has its Ethernet header in front. */
static void ovl_neigh_receive(struct ovl_dev *ovl, const struct ovl_vni *in,
			      struct sk_buff *reply)
{
	skb_reset_mac_header(reply);
	__skb_pull(reply, ETH_HLEN);
	reply->ip_summed = CHECKSUM_UNNECESSARY;
	reply->pkt_type = PACKET_HOST;
	if (in)
		ovl_vni_mark(in, reply);
	if (netif_rx(reply) == NET_RX_DROP)
		ovl_neigh_drop(ovl, in);
}

/* What is answered for a neighbour: its MAC address, and whether it is a
 * router. Who is behind the bridge that this device is a port of answers for
 * himself.
 */
static bool ovl_proxy_mac(const struct ovl_dev *ovl, const struct ovl_vni *in,
			  const struct neighbour *n, u8 *mac, bool *router)
{
	const struct ovl_fdb_entry *entry;

	if (!ovl_neigh_mac(n, NUD_CONNECTED, mac))
		return false;
	entry = ovl_fdb_lookup(ovl, mac, ovl_vni_key(in));
	*router = entry && (READ_ONCE(entry->flags) & NTF_ROUTER);
	return !entry || rcu_access_pointer(entry->dst) != OVL_FDB_LOCAL;
}

static bool ovl_arp_is_request(const struct ovl_arp *arp)
{
	return (arp->head.ar_hrd == htons(ARPHRD_ETHER) ||
		arp->head.ar_hrd == htons(ARPHRD_IEEE802)) &&
	       arp->head.ar_pro == htons(ETH_P_IP) &&
	       arp->head.ar_op == htons(ARPOP_REQUEST) &&
	       arp->head.ar_hln == ETH_ALEN &&
	       arp->head.ar_pln == sizeof(arp->tip) &&
	       !ipv4_is_loopback(arp->tip) && !ipv4_is_multicast(arp->tip);
}

/* Answer ARP.
 *
 * Return: 0 if an answer is on its way, or the reason to drop @skb.
 */
static int ovl_proxy_arp(struct ovl_dev *ovl, const struct sk_buff *skb,
			 const struct ovl_vni *in, u8 neigh)
{
	struct net_device *dev = ovl->dev;
	u8 mac[ETH_ALEN] __aligned(2);
	struct neighbour *n;
	struct ovl_addr tip;
	struct ovl_arp arp;
	struct sk_buff *reply;
	bool router;

	if (skb_copy_bits(skb, ETH_HLEN, &arp, sizeof(arp)))
		return OVL_TUN_DROP_TX_INNER_SHORT;
	if (dev->flags & IFF_NOARP || !ovl_arp_is_request(&arp))
		return OVL_TUN_DROP_TX_NEIGH_SUPPRESSED;
	ovl_addr_set4(&tip, arp.tip);
	n = ovl_neigh_find(ovl, in, &tip, neigh);
	if (!n || !ovl_proxy_mac(ovl, in, n, mac, &router))
		return OVL_TUN_DROP_TX_NEIGH_SUPPRESSED;
	reply = arp_create(ARPOP_REPLY, ETH_P_ARP, arp.sip, dev, arp.tip,
			   arp.sha, mac, arp.sha);
	if (!reply)
		return OVL_TUN_DROP_TX_NO_MEMORY;
	ovl_neigh_receive(ovl, in, reply);
	return 0;
}

/* Whether a frame is a neighbour solicitation. One that came through a router,
 * or with extension headers, is none for this purpose.
 */
static bool ovl_solicit_read(const struct sk_buff *skb, struct ovl_solicit *ns)
{
	return !skb_copy_bits(skb, ETH_HLEN, ns, sizeof(*ns)) &&
	       ns->ip6.nexthdr == IPPROTO_ICMPV6 &&
	       ns->ip6.hop_limit == 255 &&
	       ns->icmp6.icmp6_type == NDISC_NEIGHBOUR_SOLICITATION &&
	       !ns->icmp6.icmp6_code;
}

/* Find the sender's link-layer address among the options, which is to replace
 * the one that @mac has.
 *
 * Return: false if they aren't well-formed.
 */
static bool ovl_solicit_options(const struct sk_buff *skb,
				const struct ovl_solicit *ns, u8 *mac)
{
	unsigned int at = ETH_HLEN + sizeof(struct ipv6hdr);
	unsigned int len = ntohs(ns->ip6.payload_len);
	struct ovl_nd_option option;
	bool found = false;

	if (skb->len - at < len || len < sizeof(*ns) - sizeof(ns->ip6))
		return false;
	at += sizeof(*ns) - sizeof(ns->ip6);
	len -= sizeof(*ns) - sizeof(ns->ip6);
	while (len) {
		if (skb_copy_bits(skb, at, &option, sizeof(option)) ||
		    !option.len || option.len * 8 > len)
			return false;
		if (option.type == ND_OPT_SOURCE_LL_ADDR && !found) {
			found = true;
			if (is_valid_ether_addr(option.mac))
				ether_addr_copy(mac, option.mac);
		}
		at += option.len * 8;
		len -= option.len * 8;
	}
	return true;
}

/* A neighbour advertisement from @mac to @dest. */
static struct sk_buff *ovl_advert_new(struct net_device *dev,
				      const struct ovl_solicit *ns,
				      const u8 *mac, bool router,
				      const u8 *dest)
{
	unsigned int room = LL_RESERVED_SPACE(dev);
	struct ovl_advert *na;
	struct ipv6hdr *ip6;
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = alloc_skb(room + sizeof(*ip6) + sizeof(*na) +
			dev->needed_tailroom, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		return NULL;
	skb->dev = dev;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reserve(skb, room - ETH_HLEN);

	eth = skb_put(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, dest);
	ether_addr_copy(eth->h_source, mac);
	eth->h_proto = htons(ETH_P_IPV6);

	skb_set_network_header(skb, skb->len);
	ip6 = skb_put_zero(skb, sizeof(*ip6));
	ip6->version = 6;
	ip6->priority = ns->ip6.priority;
	ip6->payload_len = htons(sizeof(*na));
	ip6->nexthdr = IPPROTO_ICMPV6;
	ip6->hop_limit = 255;
	ip6->saddr = ns->target;
	ip6->daddr = ns->ip6.saddr;

	skb_set_transport_header(skb, skb->len);
	na = skb_put_zero(skb, sizeof(*na));
	na->icmp6.icmp6_type = NDISC_NEIGHBOUR_ADVERTISEMENT;
	na->icmp6.icmp6_router = router;
	na->icmp6.icmp6_solicited = 1;
	na->icmp6.icmp6_override = 1;
	na->target = ns->target;
	na->option.type = ND_OPT_TARGET_LL_ADDR;
	na->option.len = sizeof(na->option) / 8;
	ether_addr_copy(na->option.mac, mac);
	na->icmp6.icmp6_cksum = csum_ipv6_magic(&ip6->saddr, &ip6->daddr,
						sizeof(*na), IPPROTO_ICMPV6,
						csum_partial(na, sizeof(*na),
							     0));
	return skb;
}

/* Answer a neighbour solicitation.
 *
 * Return: 0 if an answer is on its way, or the reason to drop @skb.
 */
static int ovl_proxy_nd(struct ovl_dev *ovl, const struct sk_buff *skb,
			const struct ovl_vni *in, const struct ovl_solicit *ns,
			u8 neigh)
{
	u8 mac[ETH_ALEN] __aligned(2), dest[ETH_ALEN] __aligned(2);
	struct net_device *dev = ovl->dev;
	struct ovl_addr target;
	struct sk_buff *reply;
	struct neighbour *n;
	bool router;

	ether_addr_copy(dest, eth_hdr(skb)->h_source);
	if (!ovl_solicit_options(skb, ns, dest))
		return OVL_TUN_DROP_TX_NEIGH_MALFORMED;
	/* An address that somebody is about to take (RFC 4862) is not to be
	 * defended in another's name, who may be the same one moving.
	 */
	if (!ovl_neigh_has_ipv6(dev) || ipv6_addr_any(&ns->ip6.saddr) ||
	    ipv6_addr_loopback(&ns->ip6.daddr) ||
	    ipv6_addr_is_multicast(&ns->target))
		return OVL_TUN_DROP_TX_NEIGH_SUPPRESSED;
	ovl_addr_set6(&target, &ns->target);
	n = ovl_neigh_find(ovl, in, &target, neigh);
	if (!n || !ovl_proxy_mac(ovl, in, n, mac, &router))
		return OVL_TUN_DROP_TX_NEIGH_SUPPRESSED;
	reply = ovl_advert_new(dev, ns, mac, router, dest);
	if (!reply)
		return OVL_TUN_DROP_TX_NO_MEMORY;
	ovl_neigh_receive(ovl, in, reply);
	return 0;
}

/* Answer a frame that asks for a neighbour. None of them is sent.
 *
 * Return: 0 if it is another, OVL_NEIGH_DONE if @skb was answered and is gone,
 * or the reason to drop it.
 */
static int ovl_proxy(struct ovl_dev *ovl, struct sk_buff *skb,
		     const struct ovl_vni *in, u8 neigh)
{
	struct ovl_solicit ns;
	int reason;

	switch (eth_hdr(skb)->h_proto) {
	case htons(ETH_P_ARP):
		reason = ovl_proxy_arp(ovl, skb, in, neigh);
		break;
	case htons(ETH_P_IPV6):
		if (!ovl_solicit_read(skb, &ns))
			return 0;
		reason = ovl_proxy_nd(ovl, skb, in, &ns, neigh);
		break;
	default:
		return 0;
	}
	if (reason)
		return reason;
	consume_skb(skb);
	return OVL_NEIGH_DONE;
}

/*
 * Route short circuit
 */

/* The inner destination of an IP packet without VLAN tags. */
static bool ovl_neigh_dest(const struct sk_buff *skb, struct ovl_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	switch (eth_hdr(skb)->h_proto) {
	case htons(ETH_P_IP):
		addr->family = AF_INET;
		return !skb_copy_bits(skb, ETH_HLEN +
				      offsetof(struct iphdr, daddr),
				      &addr->v4, sizeof(addr->v4));
	case htons(ETH_P_IPV6):
		addr->family = AF_INET6;
		return ovl_neigh_has_ipv6(skb->dev) &&
		       !skb_copy_bits(skb, ETH_HLEN +
				      offsetof(struct ipv6hdr, daddr),
				      &addr->v6, sizeof(addr->v6));
	}
	return false;
}

/* Address a frame that is for a router to the neighbour that it is for in the
 * end, as the router would. Where that can't be done it goes to the router.
 *
 * Return: whether it has another destination now.
 */
static bool ovl_shortcut(struct ovl_dev *ovl, struct sk_buff *skb,
			 const struct ovl_vni *in, u8 neigh)
{
	u8 mac[ETH_ALEN] __aligned(2);
	struct ovl_addr addr;
	struct neighbour *n;
	struct ethhdr *eth;

	if (is_multicast_ether_addr(eth_hdr(skb)->h_dest) ||
	    !ovl_neigh_dest(skb, &addr))
		return false;
	n = ovl_neigh_find(ovl, in, &addr, neigh);
	if (!n || !ovl_neigh_mac(n, NUD_VALID, mac) ||
	    ether_addr_equal(eth_hdr(skb)->h_dest, mac) || skb_cow_head(skb, 0))
		return false;
	eth = eth_hdr(skb);
	ether_addr_copy(eth->h_source, eth->h_dest);
	ether_addr_copy(eth->h_dest, mac);
	return true;
}

/* The way past the router leads back to the bridge that a frame came from. */
static int ovl_shortcut_back(struct ovl_dev *ovl, struct sk_buff *skb,
			     const struct ovl_vni *in)
{
	unsigned int len = skb->len - ETH_HLEN;
	struct net_device *dev = ovl->dev;

	dev_sw_netstats_tx_add(dev, 1, len);
	if (in)
		ovl_vni_count_tx(in, len);
	if (__dev_forward_skb(dev, skb))
		goto drop;
	if (in)
		ovl_vni_receive(in, skb);
	if (netif_rx(skb) == NET_RX_DROP)
		goto drop;
	dev_sw_netstats_rx_add(dev, len);
	return OVL_NEIGH_DONE;

drop:
	ovl_neigh_drop(ovl, in);
	return OVL_NEIGH_DONE;
}

/**
 * ovl_neigh_lookup() - find the forwarding entry of a frame
 * @ovl: device with proxy, rsc, l2miss or l3miss
 * @skb: frame; has another destination if that is where it is to go
 * @in: its VNI on a device that has several, else NULL
 * @neigh: OVL_NEIGH_* of the device
 * @entry: entry of its destination, or NULL
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: 0, OVL_NEIGH_DONE if @skb is gone without being sent or dropped, or
 * the reason to drop it.
 */
int ovl_neigh_lookup(struct ovl_dev *ovl, struct sk_buff *skb,
		     const struct ovl_vni *in, u8 neigh,
		     struct ovl_fdb_entry **entry)
{
	u32 vni = ovl_vni_key(in);
	int err;

	if (neigh & OVL_NEIGH_PROXY) {
		err = ovl_proxy(ovl, skb, in, neigh);
		if (err)
			return err;
	}
	*entry = ovl_fdb_lookup(ovl, eth_hdr(skb)->h_dest, vni);
	if (!(neigh & OVL_NEIGH_RSC) || !*entry ||
	    !(READ_ONCE((*entry)->flags) & NTF_ROUTER) ||
	    !ovl_shortcut(ovl, skb, in, neigh))
		return 0;
	*entry = ovl_fdb_lookup(ovl, eth_hdr(skb)->h_dest, vni);
	if (*entry && rcu_access_pointer((*entry)->dst) == OVL_FDB_LOCAL)
		return ovl_shortcut_back(ovl, skb, in);
	return 0;
}
