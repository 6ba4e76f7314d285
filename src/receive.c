// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: UDP payload → header → peer and device by VNI and source → options →
 * inner packet.
 *
 * Nothing of a packet is read before its length has been checked, and no
 * pointer into it is kept over a call that may move its data.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/tcp.h>
#include <net/busy_poll.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>

#include "device.h"
#include "echo.h"
#include "external.h"
#include "fastpath.h"
#include "frame.h"
#include "gro.h"
#include "learn.h"
#include "notify.h"
#include "receive.h"
#include "rule.h"
#include "vni.h"
#include "wire.h"

/* Decode the header behind a UDP header that stands at the transport offset.
 *
 * Return: 0, or the reason to drop the packet.
 */
static int ovl_parse(const struct ovl_sock *os, struct sk_buff *skb,
		     struct ovl_shim *shim)
{
	unsigned int len = skb_transport_offset(skb) + sizeof(struct udphdr) +
			   OVL_SHIM_BASE;

	if (unlikely(!pskb_may_pull(skb, len)))
		return ovl_rx_pull_reason(skb, len, OVL_TUN_DROP_RX_TRUNCATED);
	if (os->encap == OVL_TUN_ENCAP_VXLAN)
		return ovl_vxlan_parse(ovl_shim_start(skb), shim);
	return ovl_geneve_parse(ovl_shim_start(skb), shim);
}

/* Every option is checked. Those marked critical that nothing here
 * understands drop the packet, the others are skipped (RFC 8926 section 3.5).
 */
static int ovl_check_options(struct ovl_dev *ovl, struct sk_buff *skb,
			     const struct ovl_shim *shim)
{
	unsigned int len = shim->len - OVL_SHIM_BASE;
	const struct ovl_opt_classes *known;
	struct ovl_opts_info info;
	const u8 *area;

	if (unlikely(!pskb_may_pull(skb, sizeof(struct udphdr) + shim->len)))
		return ovl_rx_pull_reason(skb, sizeof(struct udphdr) + shim->len,
					  OVL_TUN_DROP_RX_TRUNCATED);
	area = ovl_shim_start(skb) + OVL_SHIM_BASE;
	if (unlikely(!ovl_opts_check(area, len, &info)))
		return OVL_TUN_DROP_RX_OPTION_MALFORMED;
	if (ovl->external) /* whoever reads the metadata may understand them */
		return 0;
	known = ovl_echo_classes(ovl);
	if (unlikely(known))
		ovl_opts_discount(area, len, known, &info);
	if (unlikely(info.critical))
		return OVL_TUN_DROP_RX_OPTION_CRITICAL;

	ovl_count_skipped(ovl->stats, info.count);
	return 0;
}

static bool ovl_takes_extension(const struct ovl_config *cfg,
				const struct ovl_shim *shim)
{
	return shim->extension == OVL_EXTENSION_GPE ? cfg->layer == 3 :
						      cfg->gbp;
}

/* Whether a device carries what stands behind the header. */
static int ovl_check_payload(const struct ovl_config *cfg,
			     const struct ovl_shim *shim)
{
	if (unlikely(shim->extension) && !ovl_takes_extension(cfg, shim))
		return OVL_TUN_DROP_RX_VXLAN_FLAGS;
	if (likely(cfg->layer == 2))
		return likely(shim->proto == htons(ETH_P_TEB)) ?
		       0 : OVL_TUN_DROP_RX_PROTOCOL;
	switch (shim->proto) {
	case htons(ETH_P_TEB):
	case htons(ETH_P_IP):
	case htons(ETH_P_IPV6):
		return 0;
	}
	return OVL_TUN_DROP_RX_PROTOCOL;
}

/* Whether a device takes the packet, up to the inner frame. */
static int ovl_admit(const struct ovl_source *from, const struct ovl_sock *os,
		     struct sk_buff *skb, const struct ovl_shim *shim,
		     struct ovl_verdict *verdict)
{
	struct ovl_dev *ovl = from->ovl;
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	const struct ovl_program *prog = rcu_dereference(ovl->program);
	int reason;

	if (unlikely(!ovl_source_known(from) && !ovl_config_strangers(cfg)))
		return OVL_TUN_DROP_RX_SOURCE_UNKNOWN;
	if (unlikely(!(cfg->accept & BIT(os->encap))))
		return OVL_TUN_DROP_RX_ENCAP_REFUSED;
	if (os->family == AF_INET6 && !cfg->zero_csum6_rx &&
	    unlikely(!udp_hdr(skb)->check))
		return OVL_TUN_DROP_RX_ZERO_CSUM;
	if (unlikely(shim->control) && !cfg->external)
		return OVL_TUN_DROP_RX_CONTROL;
	reason = ovl_check_payload(cfg, shim);
	if (unlikely(reason))
		return reason;
	if (unlikely(prog))
		return ovl_rules_receive(prog, from, os, skb, shim, verdict);
	if (shim->len > OVL_SHIM_BASE)
		return ovl_check_options(ovl, skb, shim);
	return 0;
}

/* What is behind VLAN tags. */
static noinline __be16 ovl_tagged_protocol(const struct sk_buff *skb)
{
	return skb_protocol(skb, true);
}

/* Outer ECN into the inner header, RFC 6040 section 4.2. The data starts at the
 * inner Ethernet header, the network header is the inner one.
 */
static __always_inline int ovl_ecn_decapsulate(const struct ovl_sock *os,
					       struct sk_buff *skb,
					       unsigned int outer)
{
	__be16 proto = skb->protocol;
	u8 tos, inner;

	if (os->family == AF_INET)
		tos = ((struct iphdr *)(skb->head + outer))->tos;
	else
		tos = ipv6_get_dsfield((struct ipv6hdr *)(skb->head + outer));

	if (unlikely(eth_type_vlan(proto)))
		proto = ovl_tagged_protocol(skb);
	switch (proto) {
	case htons(ETH_P_IP):
		inner = ip_hdr(skb)->tos;
		break;
	case htons(ETH_P_IPV6):
		inner = ipv6_get_dsfield(ipv6_hdr(skb));
		break;
	default:
		return 0;
	}

	/* CE and ECT(1) are written to the inner header, and a tap on the
	 * underlay may share the data.
	 */
	if ((tos & INET_ECN_ECT_1) &&
	    unlikely(skb_ensure_writable(skb, skb_network_offset(skb) +
					 sizeof(struct iphdr))))
		return OVL_TUN_DROP_RX_NO_MEMORY;
	return INET_ECN_decapsulate(skb, tos, inner) > 1 ?
	       OVL_TUN_DROP_RX_ECN : 0;
}

/* Say in which VNI of several a frame has come, unless its metadata does. */
static int ovl_receive_vni(const struct ovl_dev *ovl, struct sk_buff *skb,
			   u32 vni)
{
	const struct ovl_vni *in = ovl_vni_lookup(ovl, vni);

	if (likely(in)) {
		ovl_vni_receive(in, skb);
		return 0;
	}
	if (rcu_dereference(ovl->cfg)->vni == OVL_VNI_ANY)
		return 0;
	return OVL_TUN_DROP_RX_VNI_UNKNOWN; /* it is being removed */
}

/* Take the outer headers off and find the inner network header of a frame. */
static int ovl_receive_frame(const struct ovl_source *from,
			     const struct ovl_sock *os, struct sk_buff *skb,
			     unsigned int outer, u32 vni,
			     const struct ovl_addr *source)
{
	const struct ovl_config *cfg = rcu_dereference(from->ovl->cfg);
	struct net_device *dev = from->ovl->dev;
	int reason;

	if (unlikely(!ovl_frame_pull(skb)))
		return ovl_frame_is_short(skb) ? OVL_TUN_DROP_RX_INNER_SHORT :
						 OVL_TUN_DROP_RX_NO_MEMORY;
	if (unlikely(ether_addr_equal(eth_hdr(skb)->h_source, dev->dev_addr)))
		return OVL_TUN_DROP_RX_OWN_SOURCE;
	reason = ovl_ecn_decapsulate(os, skb, outer);
	if (unlikely(reason))
		return reason;
	if (cfg->learning) {
		reason = ovl_learn(from, vni, cfg, source, skb);
		if (unlikely(reason))
			return reason;
	}

	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	skb_reset_network_header(skb);
	return unlikely(from->ovl->trunk) ?
	       ovl_receive_vni(from->ovl, skb, vni) : 0;
}

/* Take the Ethernet header off that plain VXLAN has around an IP packet. */
static int ovl_strip_ether(const struct ovl_dev *ovl, struct sk_buff *skb)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	const struct ethhdr *eth;

	if (unlikely(!pskb_may_pull(skb, ETH_HLEN)))
		return ovl_rx_pull_reason(skb, ETH_HLEN,
					  OVL_TUN_DROP_RX_INNER_SHORT);
	eth = (const struct ethhdr *)skb->data;
	if (unlikely(!ether_addr_equal(eth->h_dest, cfg->mac)))
		return OVL_TUN_DROP_RX_INNER_MAC;
	if (unlikely(eth->h_proto != htons(ETH_P_IP) &&
		     eth->h_proto != htons(ETH_P_IPV6)))
		return OVL_TUN_DROP_RX_PROTOCOL;
	skb->protocol = eth->h_proto;
	skb_pull_rcsum(skb, ETH_HLEN);
	return 0;
}

/* The inner source must be in the prefixes of the peer that has sent it. */
static bool ovl_source_allowed(const struct ovl_dev *ovl,
			       const struct ovl_peer *peer,
			       const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ovl_prefix_lookup(&ovl->prefixes, AF_INET,
					 &ip_hdr(skb)->saddr, NULL) == peer;
	return ovl_prefix_lookup(&ovl->prefixes, AF_INET6,
				 &ipv6_hdr(skb)->saddr, NULL) == peer;
}

static int ovl_receive_packet(const struct ovl_source *from,
			      const struct ovl_sock *os, struct sk_buff *skb,
			      unsigned int outer)
{
	struct net_device *dev = from->ovl->dev;
	unsigned int hlen;
	int reason;

	skb->dev = dev;
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
	skb->mac_len = 0;
	hlen = skb->protocol == htons(ETH_P_IP) ? sizeof(struct iphdr) :
						  sizeof(struct ipv6hdr);
	if (unlikely(!pskb_may_pull(skb, hlen)))
		return ovl_rx_pull_reason(skb, hlen,
					  OVL_TUN_DROP_RX_INNER_SHORT);
	if (unlikely(ip_tunnel_parse_protocol(skb) != skb->protocol))
		return OVL_TUN_DROP_RX_INNER_SHORT;
	/* A remote without prefixes is trusted with all of them. */
	if (from->peer && !READ_ONCE(from->peer->implicit) &&
	    unlikely(!ovl_source_allowed(from->ovl, from->peer, skb)))
		return OVL_TUN_DROP_RX_INNER_SOURCE;
	reason = ovl_ecn_decapsulate(os, skb, outer);
	if (unlikely(reason))
		return reason;
	skb->pkt_type = PACKET_HOST;
	return 0;
}

/* Turn the packet into what it carries.
 *
 * Return: 0, or the reason to drop it.
 */
static int ovl_decapsulate(const struct ovl_source *from,
			   const struct ovl_sock *os, struct sk_buff *skb,
			   const struct ovl_shim *shim,
			   const struct ovl_addr *source,
			   const struct ovl_verdict *verdict)
{
	unsigned int hlen = sizeof(struct udphdr) + shim->len;
	struct ovl_dev *ovl = from->ovl;
	bool layer3 = ovl->dev->type == ARPHRD_NONE;
	unsigned int outer;
	int reason = 0;

	if (shim->proto == htons(ETH_P_TEB) &&
	    unlikely(skb->len < hlen + ETH_HLEN))
		return OVL_TUN_DROP_RX_INNER_SHORT;
	/* On layer 3 as a raw protocol, and no Ethernet header is looked at here: one
	 * that is made up comes off later. Of a frame it says the protocol.
	 */
	if (unlikely(__iptunnel_pull_header(skb, hlen, shim->proto, layer3,
					    !net_eq(ovl->net,
						    dev_net(ovl->dev)))))
		return OVL_TUN_DROP_RX_NO_MEMORY;
	if (unlikely(ovl->external)) {
		reason = ovl_external_receive(skb, os, shim, verdict);
		if (unlikely(reason))
			return reason;
	} else if (unlikely(shim->marked)) {
		skb->mark = shim->mark;
	}

	/* The outer header is found by its offset: the data may move. */
	outer = skb_network_header(skb) - skb->head;
	if (likely(!layer3)) {
		reason = ovl_receive_frame(from, os, skb, outer, shim->vni,
					   source);
	} else {
		if (shim->proto == htons(ETH_P_TEB))
			reason = ovl_strip_ether(ovl, skb);
		if (likely(!reason))
			reason = ovl_receive_packet(from, os, skb, outer);
	}
	return reason;
}

/* Whether GRO has seen the packet on its way in. What it left apart there, the
 * device need not try to merge either.
 */
static bool ovl_gro_tried(const struct sk_buff *skb)
{
#ifdef CONFIG_NET_RX_BUSY_POLL
	/* The id of a NAPI that a packet came by. It shares its place with the
	 * number of the CPU that sent the packet, which is smaller.
	 */
	return skb->napi_id >= MIN_NAPI_ID &&
	       skb->dev->features & NETIF_F_GRO;
#else
	return false;
#endif
}

/* Whether GRO of the device may merge the packet with others of its flow. */
static bool ovl_gro_may(const struct sk_buff *skb)
{
	const struct net_device *dev = skb->dev;
	u8 proto;

	if (netif_elide_gro(dev))
		return false;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		proto = ip_hdr(skb)->protocol;
		break;
	case htons(ETH_P_IPV6):
		proto = ipv6_hdr(skb)->nexthdr;
		break;
	case htons(ETH_P_ARP):
		return false;
	default:
		return true;
	}
	return ovl_gro_merges(dev, proto);
}

/* Whether all that GRO looks at of a TCP packet is in the linear part. */
static bool ovl_gro_linear(const struct sk_buff *skb)
{
	const struct tcphdr *tcp;
	unsigned int at;
	u8 proto;

	switch (skb->protocol) {
	case htons(ETH_P_IP):
		proto = ip_hdr(skb)->protocol;
		at = ip_hdrlen(skb);
		break;
	case htons(ETH_P_IPV6):
		proto = ipv6_hdr(skb)->nexthdr;
		at = sizeof(struct ipv6hdr);
		break;
	default:
		return false;
	}
	if (proto != IPPROTO_TCP || skb_headlen(skb) < at + sizeof(*tcp))
		return false;
	tcp = (const struct tcphdr *)(skb->data + at);
	return skb_headlen(skb) >= at + __tcp_hdrlen(tcp);
}

#define OVL_GRO_ROOM	128	/* more than TCP or UDP has in front of its data */

/* Newer kernels' GRO reads the IP header where it was before it pulled that of TCP or
 * UDP, if the linear part ends in the latter (skb_gro_network_header()). So the linear
 * part must not move then: it has to be the packet's own, and to have room.
 *
 * Return: whether that is so; it isn't if there is no memory.
 */
static bool ovl_gro_ready(struct sk_buff *skb)
{
	if (likely(!skb_is_nonlinear(skb)) || likely(ovl_gro_linear(skb)))
		return true;
	if (!skb_cloned(skb) &&
	    skb_end_pointer(skb) - skb_tail_pointer(skb) >= OVL_GRO_ROOM)
		return true;
	return !pskb_expand_head(skb, 0, OVL_GRO_ROOM,
				 GFP_ATOMIC | __GFP_NOWARN);
}

/* Whether packets may have got a mark or a priority from their header, by which
 * GRO of the device would not tell them apart.
 */
static bool ovl_marks(const struct ovl_dev *ovl, const struct ovl_sock *os)
{
	const struct ovl_program *prog = rcu_dereference(ovl->program);

	return (os->encap == OVL_TUN_ENCAP_VXLAN &&
		rcu_dereference(ovl->cfg)->gbp) || (prog && prog->varies);
}

/* A packet is being handed up on this CPU. */
static DEFINE_PER_CPU(bool, ovl_delivering);

/* Hand the inner packet up: at once, or through the device's receive queue where
 * its GRO may find something to do. What decides is the same for all packets of
 * a flow, or they would overtake each other. A packet inside a packet waits in
 * the queue, however deep it is: each level takes its part of the stack.
 *
 * Return: whether there was room in the queue. @skb is gone in any case.
 */
static bool ovl_deliver(struct ovl_dev *ovl, const struct ovl_sock *os,
			struct sk_buff *skb, bool gro_tried)
{
	bool nested = __this_cpu_read(ovl_delivering);

	if (nested || (!gro_tried && ovl_gro_may(skb))) {
		if (likely(!ovl_marks(ovl, os)) && likely(ovl_gro_ready(skb)))
			return gro_cells_receive(&ovl->gro_cells, skb) ==
			       NET_RX_SUCCESS;
		if (nested)
			return netif_rx(skb) == NET_RX_SUCCESS;
	}

	skb_reset_transport_header(skb);
	__this_cpu_write(ovl_delivering, true);
	netif_receive_skb(skb);
	__this_cpu_write(ovl_delivering, false);
	return true;
}

static void ovl_outer_source(const struct ovl_sock *os,
			     const struct sk_buff *skb, struct ovl_addr *addr)
{
	if (os->family == AF_INET)
		ovl_addr_set4(addr, ip_hdr(skb)->saddr);
	else
		ovl_addr_set6(addr, &ipv6_hdr(skb)->saddr);
}

static void ovl_drop(const struct ovl_source *from, struct ovl_sock *os,
		     struct sk_buff *skb, const struct ovl_shim *shim,
		     enum ovl_tun_drop reason)
{
	struct ovl_dev *ovl = from ? from->ovl : NULL;
	const struct ovl_vni *in;

	ovl_count_drop(ovl ? ovl->stats : os->stats, skb,
		       ovl ? ovl->dev->ifindex : 0, reason);
	if (from && from->peer)
		ovl_peer_count_drop(from->peer, reason);
	if (ovl && ovl->trunk) {
		in = ovl_vni_lookup(ovl, shim->vni);
		if (in)
			ovl_vni_count_drop(in, true);
	}
}

/**
 * ovl_rx_whose() - find out whose a packet is
 * @rx: with its header read; @key and @from are set
 * @skb: packet, its IP header at the network offset
 *
 * Context: RCU read section.
 * Return: whether it is somebody's
 */
bool ovl_rx_whose(struct ovl_rx *rx, const struct sk_buff *skb)
{
	ovl_outer_source(rx->os, skb, &rx->key.addr);
	rx->key.vni = rx->shim.vni;
	rx->from = ovl_source_lookup(rx->os, &rx->key);
	return rx->from;
}

/**
 * ovl_rx_find() - read the header of a packet and find out whose it is
 * @rx: filled, but for @os, which says who it is for
 * @skb: packet, its UDP header at the transport offset
 *
 * Context: softirq, RCU read section.
 * Return: 0 or the reason to drop the packet, of which OVL_TUN_DROP_RX_VNI_UNKNOWN
 * alone is one of packets with a header.
 */
int ovl_rx_find(struct ovl_rx *rx, struct sk_buff *skb)
{
	int reason;

	rx->from = NULL;
	reason = ovl_parse(rx->os, skb, &rx->shim);
	if (unlikely(reason))
		return reason;
	return likely(ovl_rx_whose(rx, skb)) ? 0 : OVL_TUN_DROP_RX_VNI_UNKNOWN;
}

/**
 * ovl_rx_receive() - receive a packet
 * @rx: from ovl_rx_find()
 * @skb: packet, with its data at the UDP header; consumed
 *
 * Context: softirq, RCU read section.
 */
void ovl_rx_receive(struct ovl_rx *rx, struct sk_buff *skb)
{
	const struct ovl_shim *shim = &rx->shim;
	struct ovl_source *from = rx->from;
	struct ovl_sock *os = rx->os;
	struct ovl_verdict verdict;
	struct ovl_echo *echo;
	unsigned int len;
	bool gro_tried;
	int reason;

	ovl_verdict_init(&verdict);
	reason = ovl_admit(from, os, skb, shim, &verdict);
	if (unlikely(reason))
		goto drop;

	len = skb->len - sizeof(struct udphdr) - shim->len;
	if (shim->proto == htons(ETH_P_TEB))
		len -= ETH_HLEN;
	gro_tried = ovl_gro_tried(skb);
	reason = ovl_decapsulate(from, os, skb, shim, &rx->key.addr, &verdict);
	if (unlikely(reason))
		goto drop;
	echo = rcu_dereference(from->ovl->echo);
	if (unlikely(echo) && shim->len > OVL_SHIM_BASE)
		ovl_echo_receive(echo, from, &rx->key.addr, shim, skb);
	if (unlikely(verdict.set)) {
		ovl_verdict_apply(&verdict, skb);
		if (verdict.set & OVL_VERDICT_SAMPLE)
			ovl_notify_hit(from, os, &rx->key.addr, shim->vni,
				       verdict.rule);
	}

	dev_sw_netstats_rx_add(from->ovl->dev, len);
	if (likely(from->peer))
		ovl_peer_count_rx(from->peer, len);
	if (unlikely(!ovl_deliver(from->ovl, os, skb, gro_tried)))
		ovl_drop(from, os, NULL, shim, OVL_TUN_DROP_RX_BACKLOG);
	return;

drop:
	ovl_notify_drop(from, os, &rx->key.addr, shim->vni, reason,
			verdict.set ? NULL : verdict.rule);
	ovl_drop(from, os, skb, shim, reason);
	kfree_skb(skb);
}

/**
 * ovl_rcv() - encap_rcv of the UDP sockets
 * @sk: socket
 * @skb: packet, with its data at the UDP header
 *
 * Context: softirq, RCU read section.
 * Return: 0, the packet is consumed.
 */
int ovl_rcv(struct sock *sk, struct sk_buff *skb)
{
	struct ovl_rx rx = { .os = rcu_dereference_sk_user_data(sk) };
	int reason;

	/* The socket is being closed. */
	if (unlikely(!rx.os)) {
		kfree_skb(skb);
		return 0;
	}

	reason = ovl_rx_find(&rx, skb);
	if (likely(!reason)) {
		if (unlikely(READ_ONCE(rx.from->ovl->fastpath)))
			ovl_fast_note(&rx, skb);
		ovl_rx_receive(&rx, skb);
		return 0;
	}

	if (reason == OVL_TUN_DROP_RX_VNI_UNKNOWN)
		ovl_notify_drop(NULL, rx.os, &rx.key.addr, rx.shim.vni, reason,
				NULL);
	ovl_drop(NULL, rx.os, skb, &rx.shim, reason);
	kfree_skb(skb);
	return 0;
}

/**
 * ovl_err_lookup() - encap_err_lookup of the UDP sockets
 * @sk: socket of the port that a packet was sent to
 * @skb: what an ICMP error quotes of that packet, from its IP header on
 *
 * The UDP code asks whether the quoted packet was one of ours before it takes
 * a new path MTU from the error.
 *
 * Return: 0 if it was, else a negative error.
 */
int ovl_err_lookup(struct sock *sk, struct sk_buff *skb)
{
	struct ovl_sock *os = rcu_dereference_sk_user_data(sk);
	struct ovl_addr remote;
	struct ovl_shim shim;

	if (!os || ovl_parse(os, skb, &shim))
		return -EINVAL;

	if (os->family == AF_INET)
		ovl_addr_set4(&remote, ip_hdr(skb)->daddr);
	else
		ovl_addr_set6(&remote, &ipv6_hdr(skb)->daddr);
	return ovl_source_sent(os, shim.vni, &remote) ? 0 : -ENOENT;
}
