/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/udp_tunnel.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_UDP_TUNNEL_H)
#define _OVL_COMPAT_NET_UDP_TUNNEL_H

#include "ovl_probed.h"

/* A macro of a function's own name calls the function: they don't recurse. */
#ifndef OVL_HAVE_UDP_TUNNEL_SOCK_SK
#define setup_udp_tunnel_sock(net, sk, cfg) \
	setup_udp_tunnel_sock(net, (sk)->sk_socket, cfg)
#endif

#ifndef OVL_HAVE_UDP_TUNNEL_RELEASE_SK
#define udp_tunnel_notify_add_rx_port(sk, type) \
	udp_tunnel_notify_add_rx_port((sk)->sk_socket, type)
#define udp_tunnel_notify_del_rx_port(sk, type) \
	udp_tunnel_notify_del_rx_port((sk)->sk_socket, type)
#define udp_tunnel_push_rx_port(dev, sk, type) \
	udp_tunnel_push_rx_port(dev, (sk)->sk_socket, type)
#define udp_tunnel_drop_rx_port(dev, sk, type) \
	udp_tunnel_drop_rx_port(dev, (sk)->sk_socket, type)
#endif

#include <net/ip_tunnels.h>

/* Metadata of a received packet, without flags. */
static inline struct metadata_dst *
ovl_compat_udp_tun_rx_dst(struct sk_buff *skb, unsigned short family,
			  __be64 id, int optslen)
{
	const struct ip_tunnel_key none = {};

	return udp_tun_rx_dst(skb, family, none.tun_flags, id, optslen);
}

#ifndef OVL_HAVE_UDP_TUNNEL_XMIT_CB
#define udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport,	\
			    dport, xnet, nocheck, cb_flags)		\
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport,	\
			    dport, xnet, nocheck)
#define udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, prio, ttl, \
			     label, sport, dport, nocheck, cb_flags)	\
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, saddr, daddr, prio, ttl, \
			     label, sport, dport, nocheck)
#endif

#endif
