// SPDX-License-Identifier: GPL-2.0
/*
 * Receive: UDP payload → header → device by VNI and source → options →
 * inner frame.
 *
 * Nothing of a packet is read before its length has been checked, and no
 * pointer into it is kept over a call that may move its data.
 */

#include <linux/etherdevice.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/udp.h>

#include "device.h"
#include "frame.h"
#include "receive.h"
#include "wire.h"

/* Decode the header behind a UDP header that stands at the transport offset.
 *
 * Return: 0, or the reason to drop the packet.
 */
static int ovl_parse(const struct ovl_sock *os, struct sk_buff *skb,
		     struct ovl_shim *shim)
{
	if (unlikely(!pskb_may_pull(skb, skb_transport_offset(skb) +
				    sizeof(struct udphdr) + OVL_SHIM_BASE)))
		return OVL_TUN_DROP_RX_TRUNCATED;
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
	struct ovl_opts_info info;

	if (unlikely(!pskb_may_pull(skb, sizeof(struct udphdr) + shim->len)))
		return OVL_TUN_DROP_RX_TRUNCATED;
	if (unlikely(!ovl_opts_check(ovl_shim_start(skb) + OVL_SHIM_BASE,
				     shim->len - OVL_SHIM_BASE, &info)))
		return OVL_TUN_DROP_RX_OPTION_MALFORMED;
	if (unlikely(info.critical))
		return OVL_TUN_DROP_RX_OPTION_CRITICAL;

	ovl_count_skipped(ovl->stats, info.count);
	return 0;
}

/* Whether a device takes the packet, up to the inner frame. */
static int ovl_admit(struct ovl_dev *ovl, const struct ovl_sock *os,
		     struct sk_buff *skb, const struct ovl_shim *shim)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);

	if (unlikely(!(cfg->accept & BIT(os->encap))))
		return OVL_TUN_DROP_RX_ENCAP_REFUSED;
	if (os->family == AF_INET6 && !cfg->zero_csum6_rx &&
	    unlikely(!udp_hdr(skb)->check))
		return OVL_TUN_DROP_RX_ZERO_CSUM;
	if (unlikely(shim->control))
		return OVL_TUN_DROP_RX_CONTROL;
	if (unlikely(shim->proto != htons(ETH_P_TEB)))
		return OVL_TUN_DROP_RX_PROTOCOL;
	if (shim->len > OVL_SHIM_BASE)
		return ovl_check_options(ovl, skb, shim);
	return 0;
}

/* Outer ECN into the inner header, RFC 6040 section 4.2. The data starts at the
 * inner Ethernet header, the network header is the inner one.
 */
static int ovl_ecn_decapsulate(const struct ovl_sock *os, struct sk_buff *skb,
			       unsigned int outer)
{
	u8 tos, inner;

	if (os->family == AF_INET)
		tos = ((struct iphdr *)(skb->head + outer))->tos;
	else
		tos = ipv6_get_dsfield((struct ipv6hdr *)(skb->head + outer));

	switch (skb_protocol(skb, true)) {
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

/* Turn the packet into the frame that it carries and hand it up.
 *
 * Return: 0 if @skb is gone, -ENOBUFS if it is gone because the receive queue
 * was full, or the reason to drop it.
 */
static int ovl_decapsulate(struct ovl_dev *ovl, const struct ovl_sock *os,
			   struct sk_buff *skb, unsigned int hlen)
{
	struct net_device *dev = ovl->dev;
	unsigned int outer;
	int reason;

	if (unlikely(skb->len < hlen + ETH_HLEN))
		return OVL_TUN_DROP_RX_INNER_SHORT;
	if (unlikely(iptunnel_pull_header(skb, hlen, htons(ETH_P_TEB),
					  !net_eq(ovl->net, dev_net(dev)))))
		return OVL_TUN_DROP_RX_NO_MEMORY;

	/* The outer header is found by its offset: the data may move. */
	outer = skb_network_header(skb) - skb->head;
	if (unlikely(!ovl_frame_pull(skb)))
		return OVL_TUN_DROP_RX_INNER_SHORT;
	if (unlikely(ether_addr_equal(eth_hdr(skb)->h_source, dev->dev_addr)))
		return OVL_TUN_DROP_RX_OWN_SOURCE;
	reason = ovl_ecn_decapsulate(os, skb, outer);
	if (unlikely(reason))
		return reason;

	skb->protocol = eth_type_trans(skb, dev);
	skb_postpull_rcsum(skb, eth_hdr(skb), ETH_HLEN);
	skb_reset_network_header(skb);
	return gro_cells_receive(&ovl->gro_cells, skb) == NET_RX_SUCCESS ?
	       0 : -ENOBUFS;
}

static void ovl_outer_source(const struct ovl_sock *os,
			     const struct sk_buff *skb, struct ovl_addr *addr)
{
	if (os->family == AF_INET)
		ovl_addr_set4(addr, ip_hdr(skb)->saddr);
	else
		ovl_addr_set6(addr, &ipv6_hdr(skb)->saddr);
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
	struct ovl_sock *os = rcu_dereference_sk_user_data(sk);
	enum ovl_tun_drop refused = 0;
	struct ovl_dev *ovl = NULL;
	struct ovl_addr source;
	struct ovl_shim shim;
	unsigned int len;
	int reason;

	/* The socket is being closed. */
	if (unlikely(!os)) {
		kfree_skb(skb);
		return 0;
	}

	reason = ovl_parse(os, skb, &shim);
	if (unlikely(reason))
		goto drop;

	ovl_outer_source(os, skb, &source);
	ovl = ovl_sock_lookup(os, shim.vni, &source, &refused);
	reason = refused;
	if (unlikely(reason))
		goto drop;

	reason = ovl_admit(ovl, os, skb, &shim);
	if (unlikely(reason))
		goto drop;

	len = skb->len - sizeof(struct udphdr) - shim.len - ETH_HLEN;
	reason = ovl_decapsulate(ovl, os, skb,
				 sizeof(struct udphdr) + shim.len);
	if (likely(!reason)) {
		dev_sw_netstats_rx_add(ovl->dev, len);
		return 0;
	}
	if (reason < 0) {
		ovl_count_drop(ovl->stats, NULL, ovl->dev->ifindex,
			       OVL_TUN_DROP_RX_BACKLOG);
		return 0;
	}

drop:
	ovl_count_drop(ovl ? ovl->stats : os->stats, skb,
		       ovl ? ovl->dev->ifindex : 0, reason);
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
	enum ovl_tun_drop refused = 0;
	struct ovl_addr remote;
	struct ovl_shim shim;

	if (!os || ovl_parse(os, skb, &shim))
		return -EINVAL;

	if (os->family == AF_INET)
		ovl_addr_set4(&remote, ip_hdr(skb)->daddr);
	else
		ovl_addr_set6(&remote, &ipv6_hdr(skb)->daddr);
	ovl_sock_lookup(os, shim.vni, &remote, &refused);
	return refused ? -ENOENT : 0;
}
