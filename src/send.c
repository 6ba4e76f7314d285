// SPDX-License-Identifier: GPL-2.0
/*
 * From a packet whose peer is known to the underlay: route → path MTU → headers →
 * neighbour. All settings of a packet come from one struct ovl_path, read once.
 *
 * The IP stack's way out has many places where others may look at a packet or
 * change it. Where none of those before routing is in use (no netfilter hook
 * on local output, no IPsec, no lightweight tunnel, no VRF), the packet gets
 * its headers here and goes straight to the hooks behind routing and the
 * neighbour. What hangs on the underlay's device, as tc or a packet socket,
 * sees it in either case.
 */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/netfilter.h>
#include <net/arp.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "answer.h"
#include "device.h"
#include "echo.h"
#include "external.h"
#include "hash.h"
#include "optsource.h"
#include "path.h"
#include "peer.h"
#include "send.h"
#include "template.h"
#include "vni.h"

/**
 * struct ovl_outer - what the outer headers of a packet get
 * @dev: tunnel device
 * @len: bytes that are counted: from the inner network header on
 * @sk: socket that sends
 * @sport: UDP source port, network byte order
 * @tos: TOS or traffic class
 * @ttl: TTL or hop limit
 * @df: Don't Fragment; of no meaning over IPv6
 * @csum: with a UDP checksum
 * @fits: the packet needs no fragments on this route
 */
struct ovl_outer {
	struct net_device *dev;
	unsigned int len;
	struct sock *sk;
	__be16 sport;
	u8 tos;
	u8 ttl;
	bool df;
	bool csum;
	bool fits;
};

/* Whether the inner packet is not to be fragmented on its way. */
static bool ovl_inner_df(const struct sk_buff *skb)
{
	switch (skb_protocol(skb, true)) {
	case htons(ETH_P_IP):
		return ip_hdr(skb)->frag_off & htons(IP_DF);
	case htons(ETH_P_IPV6):
		return true;
	}
	return false;
}

/* Outer Don't Fragment bit. */
static bool ovl_df(union ovl_policy policy, const struct sk_buff *skb)
{
	return policy.df == OVL_TUN_DF_INHERIT ? ovl_inner_df(skb) :
						 policy.df == OVL_TUN_DF_SET;
}

/* Outer TTL or hop limit. */
static u8 ovl_ttl(union ovl_policy policy, const struct ovl_path *path,
		  struct dst_entry *dst, const struct sk_buff *skb)
{
	u8 ttl = policy.ttl;

	if (policy.flags & OVL_POLICY_TTL_INHERIT)
		ttl = ip_tunnel_get_ttl(ip_hdr(skb), skb);
	if (!ttl)
		ttl = path->ttl;
	if (ttl)
		return ttl;
	if (path->remote.family == AF_INET6)
		return ip6_dst_hoplimit(dst);
	/* As ip4_dst_hoplimit(), which looks for the namespace. */
	return dst_metric_raw(dst, RTAX_HOPLIMIT) ?:
	       READ_ONCE(path->net->ipv4.sysctl_ip_default_ttl);
}

/* Outer ECN is a copy of the inner, RFC 6040 section 4.1 (normal mode). */
static u8 ovl_tos(u8 tos, const struct sk_buff *skb)
{
	u8 inner = ip_tunnel_get_dsfield(ip_hdr(skb), skb);

	return (tos & ~INET_ECN_MASK) | (inner & INET_ECN_MASK);
}

/* What @limit leaves for the network header and what is behind: VLAN tags take some
 * of it.
 */
static u32 ovl_inner_mtu(const struct sk_buff *skb, u32 limit)
{
	return limit - min_t(u32, limit, skb_network_offset(skb));
}

static bool ovl_too_big(const struct sk_buff *skb, u32 limit)
{
	if (skb_is_gso(skb))
		return !skb_gso_validate_network_len(skb,
						     ovl_inner_mtu(skb, limit));
	return skb->len > limit;
}

/* What dst_mtu() asks by pointer. */
static u32 ovl_route_mtu(const struct ovl_path *path,
			 const struct dst_entry *dst)
{
	if (unlikely(dst_xfrm(dst)))
		return dst_mtu(dst);
	return path->remote.family == AF_INET6 ?
	       ip6_dst_mtu_maybe_forward(dst, false) :
	       ip_dst_mtu_maybe_forward(dst, false);
}

/* ovl_path_limit() of a route, which may know it. */
static u32 ovl_route_limit(const struct ovl_path *path,
			   const struct ovl_route *route, int more)
{
	const struct dst_entry *dst = route->dst;

	if (likely(route->limit) && likely(!more) &&
	    likely(!container_of(dst, struct rtable, dst)->rt_pmtu))
		return route->limit;
	return ovl_path_limit(path, ovl_route_mtu(path, dst), more);
}

/* Say that a packet is larger than the path's MTU, or have it fragmented.
 *
 * Return: 0 to send it, the reason to drop it, or -EMSGSIZE if @skb has become
 * the answer to its sender and is gone.
 */
static noinline int ovl_exceed_pmtu(struct sk_buff *skb,
				    struct net_device *dev,
				    const struct ovl_path *path,
				    const struct ovl_route *route, u32 limit,
				    bool may_fragment)
{
	u32 mtu = ovl_inner_mtu(skb, limit);
	struct dst_entry *dst = route->dst;
	bool bridged = dev->type != ARPHRD_NONE &&
		       netif_is_any_bridge_port(dev);
	int err;

	/* The route that the packet came by learns the MTU; one from a bridge
	 * is turned into the answer to its sender.
	 */
	err = skb_tunnel_check_pmtu(skb, dst, dst_mtu(dst) - mtu, bridged);
	if (err < 0)
		return OVL_TUN_DROP_TX_NO_MEMORY;
	if (err) {
		if (!pskb_may_pull(skb, ETH_HLEN))
			return OVL_TUN_DROP_TX_TOO_BIG;
		if (!path->cpu && !ovl_external_answer(skb, path, route))
			return OVL_TUN_DROP_TX_NO_MEMORY;
		skb->protocol = eth_type_trans(skb, dev);
		__netif_rx(skb);
		return -EMSGSIZE;
	}

	/* Fragments help over a narrow underlay, not to a peer that takes no
	 * larger packets.
	 */
	if (may_fragment &&
	    !(ovl_inner_df(skb) && ovl_too_big(skb, path->limit)))
		return 0;
	if (!bridged)
		ovl_answer_too_big(skb, mtu);
	return OVL_TUN_DROP_TX_TOO_BIG;
}

/* Compare a packet with the path MTU: sets @fits of its outer headers. The one of
 * the encapsulation is @more bytes longer than the path's.
 *
 * Return: as ovl_exceed_pmtu().
 */
static int ovl_check_pmtu(struct sk_buff *skb, const struct ovl_path *path,
			  const struct ovl_route *route, int more,
			  struct ovl_outer *outer)
{
	u32 limit = ovl_route_limit(path, route, more);

	outer->fits = !ovl_too_big(skb, limit);
	if (likely(outer->fits))
		return 0;
	return ovl_exceed_pmtu(skb, outer->dev, path, route, limit, !outer->df);
}

/* Ethernet header for a peer that wants one in front of the IP packet. */
static void ovl_push_ether(struct sk_buff *skb, const struct ovl_path *path)
{
	struct ethhdr *eth = __skb_push(skb, ETH_HLEN);

	ether_addr_copy(eth->h_dest, path->dest);
	ether_addr_copy(eth->h_source, path->src);
	eth->h_proto = skb->protocol;
}

/* Write to the header at the front what the template can't know of this packet,
 * and count the frame of a VNI. Nothing fails from here on.
 */
static void ovl_finish_shim(struct sk_buff *skb, const struct ovl_path *path,
			    const struct ovl_vni *in, __be16 proto)
{
	u8 *shim = skb->data;

	if (path->inner == OVL_INNER_TRUNK) {
		/* A forwarding entry may have a VNI of its own. */
		ovl_shim_set_vni(shim, unlikely(path->vni < OVL_TUN_N_VNI) ?
				 path->vni : ovl_vni_id(in));
		ovl_vni_count_tx(in, skb->len - skb_network_offset(skb));
	} else if (path->inner == OVL_INNER_IP) {
		if (path->encap == OVL_TUN_ENCAP_GENEVE)
			ovl_geneve_set_proto(shim, proto);
		else
			ovl_vxlan_gpe_set_proto(shim, proto);
	}
}

/* Prepare checksum and segmentation of a packet. What is left to be done for
 * most is so little that it is done here.
 */
static int ovl_offload(struct sk_buff *skb, bool csum)
{
	if (skb_is_gso(skb) || skb->ip_summed == CHECKSUM_PARTIAL)
		return udp_tunnel_handle_offloads(skb, csum);
	if (likely(!skb->encapsulation))
		skb_reset_inner_headers(skb);
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	return 0;
}

/* Put the encapsulation header in front of the packet and leave room for the
 * headers that the UDP tunnel code pushes.
 */
static int ovl_push_shim(struct sk_buff *skb, const struct ovl_dev *ovl,
			 const struct ovl_path *path, const struct ovl_vni *in,
			 const struct ovl_header *header,
			 const struct dst_entry *dst, bool csum)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			    path->push + header->len - path->header.len;
	__be16 proto = htons(ETH_P_TEB);
	u8 *shim;

	if (unlikely(skb_cow_head(skb, room)))
		return OVL_TUN_DROP_TX_NO_MEMORY;
	if (path->inner == OVL_INNER_IP || path->inner == OVL_INNER_ETHER) {
		if (path->inner == OVL_INNER_ETHER)
			ovl_push_ether(skb, path);
		else
			proto = skb->protocol;
		skb_reset_mac_header(skb);
	}
	if (unlikely(ovl_offload(skb, csum)))
		return OVL_TUN_DROP_TX_NO_MEMORY;

	shim = __skb_push(skb, header->len);
	if (likely(header->len == OVL_SHIM_BASE))
		memcpy(shim, header->shim, OVL_SHIM_BASE);
	else
		memcpy(shim, header->shim, header->len);
	if (path->inner != OVL_INNER_FRAME)
		ovl_finish_shim(skb, path, in, proto);
	if (unlikely(header->n_patches))
		ovl_optsource_fill(skb, ovl, path, header,
				   shim + OVL_SHIM_BASE);
	skb_set_inner_protocol(skb, proto);
	return 0;
}

static int ovl_route_error(long err)
{
	return err == -ENOMEM || err == -ENOBUFS ? OVL_TUN_DROP_TX_NO_MEMORY :
						   OVL_TUN_DROP_TX_NO_ROUTE;
}

/* Choose the options of a packet whose peer has no set of its own: those of its
 * VNI, or else of the device. *@header is set to one with those of the VNI.
 *
 * Return: 0, or the reason to drop the packet.
 */
static noinline int ovl_choose_options(const struct ovl_path *path,
				       const struct ovl_vni *in,
				       const struct ovl_header **header)
{
	const struct ovl_set *set = rcu_dereference(in->set);
	const struct ovl_template *template;

	if (!set)
		return path->refuse;
	template = rcu_dereference(set->template);
	if (path->encap == OVL_TUN_ENCAP_GENEVE)
		*header = &template->header;
	return template->mark_bits & ~path->carries ?
	       OVL_TUN_DROP_TX_NO_OPTIONS : 0;
}

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

/* As NF_HOOK(), inside of the RCU section that there is already. */
static __always_inline int
ovl_post_routing(u8 family, struct net *net, const struct ovl_outer *outer,
		 struct sk_buff *skb,
		 int (*finish)(struct net *, struct sock *, struct sk_buff *))
{
#ifdef CONFIG_NETFILTER
	struct nf_hook_entries __rcu **chains = family == NFPROTO_IPV4 ?
		net->nf.hooks_ipv4 : net->nf.hooks_ipv6;
	struct nf_hook_entries *hooks;
	int err;

	hooks = rcu_dereference(chains[NF_INET_POST_ROUTING]);
	if (hooks) {
		struct nf_hook_state state = {
			.hook = NF_INET_POST_ROUTING,
			.pf = family,
			.in = outer->dev,
			.out = skb->dev,
			.sk = outer->sk,
			.net = net,
			.okfn = finish,
		};

		err = nf_hook_slow(skb, &state, hooks, 0);
		if (err != 1)
			return err;
	}
#endif
	return finish(net, outer->sk, skb);
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

/* Checksum of an IPv4 header; @sum is of what its route knows. */
static __sum16 ovl_ip_check(const struct iphdr *ip, u32 sum)
{
	sum += *(u16 *)ip;
	sum += (__force u16)ip->tot_len;
	sum += (__force u16)ip->id;
	sum += (__force u16)ip->frag_off;
	sum += (__force u16)htons(ip->ttl << 8);
	return csum_fold((__force __wsum)sum);
}

/* Send an encapsulated packet over IPv4: its data is at the encapsulation header,
 * with room for all others.
 */
static void ovl_send4(struct sk_buff *skb, struct ovl_path *path,
		      const struct ovl_route *route,
		      const struct ovl_outer *outer)
{
	struct rtable *rt = container_of(route->dst, struct rtable, dst);
	bool xnet = !net_eq(path->net, dev_net(outer->dev));
	struct net *net = path->net;
	struct iphdr *ip;
	__be16 df;
	int err;

	df = outer->df && !ip_mtu_locked(&rt->dst) ? htons(IP_DF) : 0;
	/* Identifications are counted for peers, IP has some for all others. */
	if (unlikely(!outer->fits) || ovl_hooked(net, false) ||
	    unlikely(!route->plain) ||
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
	ip->check = ovl_ip_check(ip, route->sum4);

	skb->protocol = htons(ETH_P_IP);
	skb->dev = rt->dst.dev;
	ovl_compat_ip_inc_outrequests(net);
	err = ovl_post_routing(NFPROTO_IPV4, net, outer, skb, ovl_finish4);
	ovl_count_sent(outer->dev, err, outer->len);
}

static void ovl_send6(struct sk_buff *skb, struct ovl_path *path,
		      const struct ovl_route *route,
		      const struct ovl_outer *outer)
{
	struct dst_entry *dst = route->dst;
	struct inet6_dev *idev = ip6_dst_idev(dst);
	struct in6_addr saddr = route->saddr6;
	struct net *net = path->net;
	struct ipv6hdr *ip6;
	int err;

	skb_scrub_packet(skb, !net_eq(net, dev_net(outer->dev)));

	if (unlikely(!outer->fits) || ovl_hooked(net, true) ||
	    unlikely(!route->plain) || unlikely(!idev) ||
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
	err = ovl_post_routing(NFPROTO_IPV6, net, outer, skb, ovl_finish6);
	ovl_count_sent(outer->dev, err, outer->len);
}

/**
 * ovl_send() - send a packet by a path
 * @skb: frame, or IP packet on a layer 3 device, with its network header set
 * @ovl: device
 * @in: its VNI on a device that has several, else NULL
 * @path: sending side of the peer, or of the packet's metadata
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: 0 or -EMSGSIZE if @skb is gone, else the enum ovl_tun_drop that it
 * is to be dropped for.
 */
int ovl_send(struct sk_buff *skb, struct ovl_dev *ovl, const struct ovl_vni *in,
	     struct ovl_path *path)
{
	bool v6 = path->remote.family == AF_INET6;
	union ovl_policy policy = ovl_dev_policy(ovl, path);
	struct ovl_flow flow = {
		.mark = ovl_dev_mark(ovl, skb), .tos = policy.tos,
	};
	struct ovl_outer outer = { .dev = ovl->dev };
	const struct ovl_header *header = &path->header;
	const struct ovl_sock *os;
	const struct ovl_route *route;
	struct ovl_echo *echo;
	int err = path->refuse;

	if (unlikely(in) && !path->own_options)
		err = ovl_choose_options(path, in, &header);
	if (unlikely(err))
		return err;
	os = rcu_dereference(ovl->socks.at[path->encap][v6]);
	if (unlikely(!os))
		return OVL_TUN_DROP_TX_NO_SOCKET;
	outer.sk = os->sk;

	if (flow.tos == OVL_TOS_INHERIT)
		flow.tos = ip_tunnel_get_dsfield(ip_hdr(skb), skb);
	flow.sport = ovl_source_port(path, skb);
	echo = rcu_dereference(ovl->echo);
	if (unlikely(echo)) {
		err = ovl_echo_send(echo, path, in, skb, &header, &flow.sport);
		if (unlikely(err))
			return err;
	}
	outer.sport = flow.sport;
	outer.len = skb->len - skb_network_offset(skb);

	if (likely(path->cpu))
		route = ovl_path_lookup(path, os->sk, &flow);
	else
		route = ovl_external_lookup(path, skb, os->sk, &flow);
	if (IS_ERR(route))
		return ovl_route_error(PTR_ERR(route));
	if (unlikely(route->dst->dev == ovl->dev))
		return OVL_TUN_DROP_TX_LOOP;

	/* IPv6 routers don't fragment, and neither does this endpoint. */
	outer.df = v6 || ovl_df(policy, skb);
	err = ovl_check_pmtu(skb, path, route, header->len - path->header.len,
			     &outer);
	if (unlikely(err))
		return err;

	outer.tos = ovl_tos(flow.tos, skb);
	outer.ttl = ovl_ttl(policy, path, route->dst, skb);
	outer.csum = policy.flags & (v6 ? OVL_POLICY_CSUM6 : OVL_POLICY_CSUM4);
	err = ovl_push_shim(skb, ovl, path, in, header, route->dst,
			    outer.csum);
	if (unlikely(err))
		return err;
	if (likely(path->peer))
		ovl_peer_count_tx(path->peer, outer.len);
	if (v6)
		ovl_send6(skb, path, route, &outer);
	else
		ovl_send4(skb, path, route, &outer);
	return 0;
}
