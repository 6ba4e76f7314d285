// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: frame → remote → route → path MTU → headers → underlay.
 *
 * All settings of a packet come from one struct ovl_peer_tx, read once.
 */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_bridge.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "device.h"
#include "frame.h"
#include "xmit.h"

/* Tunnels inside tunnels, after which a packet is taken to go in circles.
 * As in ip_tunnels.h, but counted here before the core would complain.
 */
#define OVL_RECURSION_LIMIT	5

static __be16 ovl_source_port(const struct ovl_peer_tx *tx, struct sk_buff *skb)
{
	if (tx->sport_min && tx->sport_min == tx->sport_max)
		return htons(tx->sport_min);
	return udp_flow_src_port(tx->net, skb, tx->sport_min, tx->sport_max,
				 true);
}

/* Outer Don't Fragment bit. */
static bool ovl_df(const struct ovl_peer_tx *tx, const struct sk_buff *skb)
{
	if (tx->df != OVL_TUN_DF_INHERIT)
		return tx->df == OVL_TUN_DF_SET;

	switch (skb_protocol(skb, true)) {
	case htons(ETH_P_IP):
		return ip_hdr(skb)->frag_off & htons(IP_DF);
	case htons(ETH_P_IPV6):
		return true;
	}
	return false;
}

static u8 ovl_ttl(const struct ovl_peer_tx *tx, const struct sk_buff *skb)
{
	return tx->ttl_inherit ? ip_tunnel_get_ttl(ip_hdr(skb), skb) : tx->ttl;
}

/* Outer ECN is a copy of the inner, RFC 6040 section 4.1 (normal mode). */
static u8 ovl_tos(u8 tos, const struct sk_buff *skb)
{
	u8 inner = ip_tunnel_get_dsfield(ip_hdr(skb), skb);

	return (tos & ~INET_ECN_MASK) | (inner & INET_ECN_MASK);
}

/* Tell the sender of a packet that is routed into the tunnel. A bridged one
 * has been answered by skb_tunnel_check_pmtu().
 */
static void ovl_tell_sender(struct sk_buff *skb, u32 mtu)
{
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		if (ip_hdr(skb)->frag_off & htons(IP_DF))
			icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				      htonl(mtu));
		break;
#if IS_ENABLED(CONFIG_IPV6)
	case htons(ETH_P_IPV6):
		/* Booted with ipv6.disable=1 there is nothing to send it with. */
		if (!ipv6_mod_enabled())
			break;
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0,
				max_t(u32, mtu, IPV6_MIN_MTU));
		break;
#endif
	}
}

static bool ovl_too_big(const struct sk_buff *skb, u32 mtu)
{
	return skb_is_gso(skb) ? !skb_gso_validate_network_len(skb, mtu) :
				 skb->len - skb_network_offset(skb) > mtu;
}

/* Compare a packet with the path MTU.
 *
 * Return: 0 to send it, the reason to drop it, or -EMSGSIZE if @skb has become
 * the answer to its sender and is gone.
 */
static int ovl_check_pmtu(struct sk_buff *skb, struct net_device *dev,
			  const struct ovl_peer_tx *tx, struct dst_entry *dst,
			  bool may_fragment)
{
	u32 mtu = dst_mtu(dst) - min_t(u32, dst_mtu(dst), tx->overhead);
	bool bridged = netif_is_any_bridge_port(dev);
	int err;

	if (likely(!ovl_too_big(skb, mtu)))
		return 0;

	/* The route that the packet came by learns the MTU; one from a bridge
	 * is turned into the answer to its sender.
	 */
	err = skb_tunnel_check_pmtu(skb, dst, tx->overhead, bridged);
	if (err < 0)
		return OVL_TUN_DROP_TX_NO_MEMORY;
	if (err) {
		if (!pskb_may_pull(skb, ETH_HLEN))
			return OVL_TUN_DROP_TX_TOO_BIG;
		skb->protocol = eth_type_trans(skb, dev);
		__netif_rx(skb);
		return -EMSGSIZE;
	}

	if (may_fragment)
		return 0;
	if (!bridged)
		ovl_tell_sender(skb, mtu);
	return OVL_TUN_DROP_TX_TOO_BIG;
}

/* Put the encapsulation header in front of the frame and leave room for the
 * headers that the UDP tunnel code pushes.
 */
static int ovl_push_shim(struct sk_buff *skb, const struct ovl_peer_tx *tx,
			 const struct dst_entry *dst, unsigned int ip_hlen)
{
	unsigned int room = LL_RESERVED_SPACE(dst->dev) + dst->header_len +
			    ip_hlen + sizeof(struct udphdr) + tx->shim_len;

	if (unlikely(skb_cow_head(skb, room)) ||
	    unlikely(udp_tunnel_handle_offloads(skb, tx->udp_csum)))
		return OVL_TUN_DROP_TX_NO_MEMORY;

	memcpy(__skb_push(skb, tx->shim_len), tx->shim, tx->shim_len);
	skb_set_inner_protocol(skb, htons(ETH_P_TEB));
	return 0;
}

static int ovl_route_error(long err)
{
	return err == -ENOMEM || err == -ENOBUFS ? OVL_TUN_DROP_TX_NO_MEMORY :
						   OVL_TUN_DROP_TX_NO_ROUTE;
}

static int ovl_xmit4(struct sk_buff *skb, struct ovl_dev *ovl,
		     struct ovl_peer_tx *tx, struct sock *sk,
		     struct dst_cache *cache, struct ovl_flow *flow)
{
	struct net_device *dev = ovl->dev;
	bool xnet = !net_eq(tx->net, dev_net(dev));
	struct rtable *rt;
	__be32 saddr;
	u8 tos, ttl;
	bool df;
	int err;

	rt = ovl_peer_route4(tx, cache, flow, &saddr);
	if (IS_ERR(rt))
		return ovl_route_error(PTR_ERR(rt));
	err = OVL_TUN_DROP_TX_LOOP;
	if (unlikely(rt->dst.dev == dev))
		goto release;

	df = ovl_df(tx, skb);
	err = ovl_check_pmtu(skb, dev, tx, &rt->dst, !df);
	if (unlikely(err))
		goto release;

	tos = ovl_tos(flow->tos, skb);
	ttl = ovl_ttl(tx, skb) ?: ip4_dst_hoplimit(&rt->dst);
	err = ovl_push_shim(skb, tx, &rt->dst, sizeof(struct iphdr));
	if (unlikely(err))
		goto release;

	udp_tunnel_xmit_skb(rt, sk, skb, saddr, tx->remote.v4, tos, ttl,
			    df ? htons(IP_DF) : 0, flow->sport, tx->dport,
			    xnet, !tx->udp_csum, 0);
	return 0;

release:
	ip_rt_put(rt);
	return err;
}

static int ovl_xmit6(struct sk_buff *skb, struct ovl_dev *ovl,
		     struct ovl_peer_tx *tx, struct sock *sk,
		     struct dst_cache *cache, struct ovl_flow *flow)
{
	struct net_device *dev = ovl->dev;
	struct dst_entry *dst;
	struct in6_addr saddr;
	u8 tos, ttl;
	int err;

	dst = ovl_peer_route6(tx, cache, sk, flow, &saddr);
	if (IS_ERR(dst))
		return ovl_route_error(PTR_ERR(dst));
	err = OVL_TUN_DROP_TX_LOOP;
	if (unlikely(dst->dev == dev))
		goto release;

	/* IPv6 routers don't fragment, and neither does this endpoint. */
	err = ovl_check_pmtu(skb, dev, tx, dst, false);
	if (unlikely(err))
		goto release;

	tos = ovl_tos(flow->tos, skb);
	ttl = ovl_ttl(tx, skb) ?: ip6_dst_hoplimit(dst);
	skb_scrub_packet(skb, !net_eq(tx->net, dev_net(dev)));
	err = ovl_push_shim(skb, tx, dst, sizeof(struct ipv6hdr));
	if (unlikely(err))
		goto release;

	udp_tunnel6_xmit_skb(dst, sk, skb, dev, &saddr, &tx->remote.v6, tos,
			     ttl, tx->label, flow->sport, tx->dport,
			     !tx->udp_csum, 0);
	return 0;

release:
	dst_release(dst);
	return err;
}

/* Send a frame to a remote. Context: RCU read section, bottom halves disabled.
 *
 * Return: 0 or -EMSGSIZE if @skb is gone, else the enum ovl_tun_drop that it
 * is to be dropped for.
 */
static int ovl_xmit_to(struct sk_buff *skb, struct ovl_dev *ovl,
		       struct ovl_peer_tx *tx)
{
	bool v6 = tx->remote.family == AF_INET6;
	struct ovl_flow flow = { .mark = skb->mark, .tos = tx->tos };
	struct dst_cache *cache = &tx->cache;
	const struct ovl_bind *bind;
	struct sock *sk;

	bind = rcu_dereference(ovl->binds.at[tx->encap][v6]);
	if (unlikely(!bind))
		return OVL_TUN_DROP_TX_NO_SOCKET;
	sk = bind->sock->sk;

	if (unlikely(!ovl_frame_pull(skb)))
		return OVL_TUN_DROP_TX_INNER_SHORT;

	if (flow.tos == OVL_TOS_INHERIT) {
		flow.tos = ip_tunnel_get_dsfield(ip_hdr(skb), skb);
		/* The cache has the route of unmarked best effort packets. */
		if (flow.tos & ~INET_ECN_MASK)
			cache = NULL;
	}
	if (skb->mark)
		cache = NULL;
	flow.sport = ovl_source_port(tx, skb);

	if (v6)
		return ovl_xmit6(skb, ovl, tx, sk, cache, &flow);
	return ovl_xmit4(skb, ovl, tx, sk, cache, &flow);
}

/**
 * ovl_xmit() - ndo_start_xmit
 * @skb: frame
 * @dev: device
 *
 * Context: bottom halves disabled.
 */
netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_peer_tx *tx;
	int reason;

	rcu_read_lock();
	tx = rcu_dereference(ovl->tx);
	if (unlikely(!tx))
		reason = OVL_TUN_DROP_TX_NO_REMOTE;
	else if (unlikely(dev_recursion_level() > OVL_RECURSION_LIMIT))
		reason = OVL_TUN_DROP_TX_LOOP;
	else
		reason = ovl_xmit_to(skb, ovl, tx);
	rcu_read_unlock();

	if (likely(!reason))
		return NETDEV_TX_OK;
	if (reason == -EMSGSIZE) {
		ovl_count_drop(ovl->stats, NULL, dev->ifindex,
			       OVL_TUN_DROP_TX_TOO_BIG);
		return NETDEV_TX_OK;
	}
	ovl_count_drop(ovl->stats, skb, dev->ifindex, reason);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}
