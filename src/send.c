// SPDX-License-Identifier: GPL-2.0
/*
 * From the encapsulated packet to the underlay.
 *
 * The IP stack's way out has many places where others may look at a packet or
 * change it. Where none of those before routing is in use (no netfilter hook
 * on local output, no IPsec, no lightweight tunnel, no VRF), the packet gets
 * its headers here and goes straight to the hooks behind routing and the
 * neighbour. What hangs on the underlay's device, as tc or a packet socket,
 * sees it in either case.
 */

#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/dst.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "device.h"
#include "path.h"
#include "send.h"

/* Hooks on local output may change the mark or the addresses, and with them the
 * route.
 */
static bool ovl_hooked(const struct net *net, bool v6)
{
#ifdef CONFIG_NETFILTER
	return v6 ? rcu_access_pointer(net->nf.hooks_ipv6[NF_INET_LOCAL_OUT]) :
		    rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_LOCAL_OUT]);
#else
	return false;
#endif
}

/* Whether a route leads straight to a neighbour. */
static bool ovl_route_plain(const struct dst_entry *dst)
{
	return !dst_xfrm(dst) && !dst->lwtstate &&
	       !(dst->dev->priv_flags & (IFF_L3MDEV_MASTER | IFF_L3MDEV_SLAVE));
}

static void ovl_push_udp(struct sk_buff *skb, const struct ovl_path *path,
			 const struct ovl_outer *outer)
{
	struct udphdr *udp = __skb_push(skb, sizeof(*udp));

	skb_reset_transport_header(skb);
	udp->source = outer->sport;
	udp->dest = path->dport;
	udp->len = htons(skb->len);
	udp->check = 0;
}

/* To the neighbour, as ip_finish_output2() does. After source NAT there may be
 * an IPsec policy.
 */
static int ovl_finish4(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct rtable *rt = skb_rtable(skb);
	struct neighbour *neigh;
	bool v6gw = false;

	if (unlikely(dst_xfrm(&rt->dst))) {
		IPCB(skb)->flags |= IPSKB_REROUTED;
		return dst_output(net, sk, skb);
	}
	IP_UPD_PO_STATS(net, IPSTATS_MIB_OUT, skb->len);
	neigh = ip_neigh_for_gw(rt, skb, &v6gw);
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	sock_confirm_neigh(skb, neigh);
	return neigh_output(neigh, skb, v6gw);
}

static int ovl_finish6(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct rt6_info *rt = container_of(dst, struct rt6_info, dst);
	struct neighbour *neigh;

	if (unlikely(dst_xfrm(dst))) {
		IP6CB(skb)->flags |= IP6SKB_REROUTED;
		return dst_output(net, sk, skb);
	}
	IP6_UPD_PO_STATS(net, ip6_dst_idev(dst), IPSTATS_MIB_OUT, skb->len);
	neigh = ip_neigh_gw6(dst->dev, rt6_nexthop(rt, &ipv6_hdr(skb)->daddr));
	if (IS_ERR(neigh)) {
		kfree_skb(skb);
		return PTR_ERR(neigh);
	}
	sock_confirm_neigh(skb, neigh);
	return neigh_output(neigh, skb, false);
}

/* Not iptunnel_xmit_stats() for all of them: a frame that is nothing but its
 * Ethernet header has a length of 0, which is a drop there. What the underlay
 * drops for another reason than memory is its drop, and counted there.
 */
static void ovl_count_sent(struct net_device *dev, int err, int len)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	if (likely(!net_xmit_eval(err)))
		dev_sw_netstats_tx_add(dev, 1, len);
	else if (err == -ENOMEM || err == -ENOBUFS)
		ovl_count_drop(ovl->stats, NULL, dev->ifindex,
			       OVL_TUN_DROP_TX_NO_MEMORY);
	else
		iptunnel_xmit_stats(dev, 0);
}

/**
 * ovl_send4() - send an encapsulated packet over IPv4
 * @skb: packet, its data at the encapsulation header, with room for all others
 * @path: sending side
 * @route: route of the packet
 * @outer: what the headers get
 *
 * Context: RCU read section, bottom halves disabled. @skb is gone then.
 */
void ovl_send4(struct sk_buff *skb, struct ovl_path *path,
	       const struct ovl_route *route, const struct ovl_outer *outer)
{
	struct rtable *rt = container_of(route->dst, struct rtable, dst);
	int len = skb->len - skb_inner_network_offset(skb);
	bool xnet = !net_eq(path->net, dev_net(outer->dev));
	struct net *net = path->net;
	struct iphdr *ip;
	__be16 df;
	int err;

	df = outer->df && !ip_mtu_locked(&rt->dst) ? htons(IP_DF) : 0;
	/* Identifications are counted for peers, IP has some for all others. */
	if (unlikely(!outer->fits) || ovl_hooked(net, false) ||
	    unlikely(rt->rt_type != RTN_UNICAST) ||
	    unlikely(!ovl_route_plain(&rt->dst)) ||
	    (!df && unlikely(!path->cpu))) {
		dst_hold(&rt->dst);
		udp_tunnel_xmit_skb(rt, outer->sk, skb, route->saddr4,
				    path->remote.v4, outer->tos, outer->ttl,
				    outer->df ? htons(IP_DF) : 0, outer->sport,
				    path->dport, xnet, !outer->csum, 0);
		return;
	}

	ovl_push_udp(skb, path, outer);
	if (outer->csum)
		udp_set_csum(false, skb, route->saddr4, path->remote.v4,
			     skb->len);

	skb_scrub_packet(skb, xnet);
	skb_clear_hash_if_not_l4(skb);
	skb_dst_set_noref(skb, &rt->dst);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	ip = __skb_push(skb, sizeof(*ip));
	skb_reset_network_header(skb);
	*(__be16 *)ip = htons(4 << 12 | 5 << 8 | outer->tos);
	iph_set_totlen(ip, skb->len);
	ip->id = df ? 0 : ovl_path_ident(path, skb_shinfo(skb)->gso_segs ?: 1);
	ip->frag_off = df;
	ip->ttl = outer->ttl;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = route->saddr4;
	ip->daddr = path->remote.v4;
	ip->check = 0;
	ip->check = ip_fast_csum(ip, sizeof(*ip) / 4);

	skb->protocol = htons(ETH_P_IP);
	skb->dev = rt->dst.dev;
	ovl_compat_ip_inc_outrequests(net);
	err = NF_HOOK(NFPROTO_IPV4, NF_INET_POST_ROUTING, net, outer->sk, skb,
		      outer->dev, rt->dst.dev, ovl_finish4);
	ovl_count_sent(outer->dev, err, len);
}

/**
 * ovl_send6() - send an encapsulated packet over IPv6
 * @skb: packet, its data at the encapsulation header, with room for all others
 * @path: sending side
 * @route: route of the packet
 * @outer: what the headers get
 *
 * Context: RCU read section, bottom halves disabled. @skb is gone then.
 */
void ovl_send6(struct sk_buff *skb, struct ovl_path *path,
	       const struct ovl_route *route, const struct ovl_outer *outer)
{
	struct dst_entry *dst = route->dst;
	int len = skb->len - skb_inner_network_offset(skb);
	struct inet6_dev *idev = ip6_dst_idev(dst);
	struct in6_addr saddr = route->saddr6;
	struct net *net = path->net;
	struct ipv6hdr *ip6;
	int err;

	skb_scrub_packet(skb, !net_eq(net, dev_net(outer->dev)));

	if (unlikely(!outer->fits) || ovl_hooked(net, true) ||
	    unlikely(!ovl_route_plain(dst)) || unlikely(!idev) ||
	    unlikely(ipv6_addr_is_multicast(&path->remote.v6)) ||
	    unlikely(READ_ONCE(idev->cnf.disable_ipv6))) {
		dst_hold(dst);
		udp_tunnel6_xmit_skb(dst, outer->sk, skb, outer->dev,
				     &saddr, &path->remote.v6, outer->tos,
				     outer->ttl, path->label, outer->sport,
				     path->dport, !outer->csum, 0);
		return;
	}

	ovl_push_udp(skb, path, outer);
	skb_dst_set_noref(skb, dst);
	if (outer->csum)
		udp6_set_csum(false, skb, &saddr, &path->remote.v6, skb->len);
	memset(skb->cb, 0, sizeof(struct inet6_skb_parm));

	ip6 = __skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6, outer->tos, path->label);
	ip6->payload_len = htons(skb->len - sizeof(*ip6));
	ip6->nexthdr = IPPROTO_UDP;
	ip6->hop_limit = outer->ttl;
	ip6->saddr = saddr;
	ip6->daddr = path->remote.v6;

	skb->protocol = htons(ETH_P_IPV6);
	skb->dev = dst->dev;
	err = NF_HOOK(NFPROTO_IPV6, NF_INET_POST_ROUTING, net, outer->sk, skb,
		      outer->dev, dst->dev, ovl_finish6);
	ovl_count_sent(outer->dev, err, len);
}
