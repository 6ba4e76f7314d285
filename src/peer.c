// SPDX-License-Identifier: GPL-2.0
/*
 * The sending side of a remote: header template and route cache.
 *
 * Lifetime: built under RTNL, published in &ovl_dev.tx, read under RCU, freed
 * by call_rcu() once it has been replaced. The module waits for those
 * callbacks with rcu_barrier() before it goes.
 */

#include <linux/slab.h>
#include <net/flow.h>
#include <net/inet_dscp.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "peer.h"

/**
 * ovl_overhead() - what the outer headers cost
 * @cfg: configuration
 * @opts: options that are sent in Geneve
 *
 * An unknown address family counts as IPv6, which is safe for either.
 *
 * Return: bytes from the outer IP header to the inner network header.
 */
unsigned int ovl_overhead(const struct ovl_config *cfg,
			  const struct ovl_optset *opts)
{
	unsigned int len = sizeof(struct udphdr) + OVL_SHIM_BASE + ETH_HLEN;

	len += ovl_config_family(cfg) == AF_INET ? sizeof(struct iphdr) :
						   sizeof(struct ipv6hdr);
	if (cfg->encap == OVL_TUN_ENCAP_GENEVE)
		len += opts->len;
	return len;
}

/**
 * ovl_peer_tx_new() - build the sending side for a configuration
 * @net: underlay namespace
 * @cfg: configuration with a remote
 * @opts: options to send
 *
 * Return: to be published or given to ovl_peer_tx_free_rcu(); NULL without
 * memory.
 */
struct ovl_peer_tx *ovl_peer_tx_new(struct net *net,
				    const struct ovl_config *cfg,
				    const struct ovl_optset *opts)
{
	struct ovl_peer_tx *tx;

	tx = kzalloc(struct_size(tx, shim, OVL_SHIM_BASE + opts->len),
		     GFP_KERNEL_ACCOUNT);
	if (!tx)
		return NULL;
	if (dst_cache_init(&tx->cache, GFP_KERNEL_ACCOUNT)) {
		kfree(tx);
		return NULL;
	}

	tx->net = net;
	tx->remote = cfg->remote;
	tx->local = cfg->local;
	tx->link = cfg->link;
	tx->label = cfg->label;
	tx->dport = cfg->port[cfg->encap];
	tx->sport_min = cfg->sport_min;
	tx->sport_max = cfg->sport_max;
	tx->overhead = ovl_overhead(cfg, opts);
	tx->encap = cfg->encap;
	tx->ttl = cfg->ttl;
	tx->tos = cfg->tos;
	tx->df = cfg->df;
	tx->ttl_inherit = cfg->ttl_inherit;
	tx->udp_csum = cfg->remote.family == AF_INET ? cfg->udp_csum :
						       !cfg->zero_csum6_tx;
	if (cfg->encap == OVL_TUN_ENCAP_GENEVE) {
		tx->shim_len = ovl_geneve_build(tx->shim, cfg->vni, opts->area,
						opts->len);
	} else {
		ovl_vxlan_build(tx->shim, cfg->vni);
		tx->shim_len = OVL_SHIM_BASE;
	}
	return tx;
}

static void ovl_peer_tx_free(struct rcu_head *rcu)
{
	struct ovl_peer_tx *tx = container_of(rcu, struct ovl_peer_tx, rcu);

	dst_cache_destroy(&tx->cache);
	kfree(tx);
}

/**
 * ovl_peer_tx_free_rcu() - free a sending side once no packet uses it
 * @tx: what was replaced, or NULL
 */
void ovl_peer_tx_free_rcu(struct ovl_peer_tx *tx)
{
	if (tx)
		call_rcu(&tx->rcu, ovl_peer_tx_free);
}

/**
 * ovl_peer_route4() - route to an IPv4 remote
 * @tx: sending side
 * @cache: where to look first and to keep the answer, or NULL
 * @flow: what else chooses the route; all of it goes into the lookup, so that
 *	IPsec policies for a port see the packet
 * @saddr: set to the outer source
 *
 * Context: bottom halves disabled if @cache is given.
 * Return: a route that the caller releases, or an error pointer.
 */
struct rtable *ovl_peer_route4(struct ovl_peer_tx *tx, struct dst_cache *cache,
			       const struct ovl_flow *flow, __be32 *saddr)
{
	struct flowi4 fl4 = {};
	struct rtable *rt;

	if (cache) {
		rt = dst_cache_get_ip4(cache, saddr);
		if (rt)
			return rt;
	}

	fl4.flowi4_oif = tx->link;
	fl4.flowi4_mark = flow->mark;
	ovl_compat_flowi4_set_dscp(&fl4, inet_dsfield_to_dscp(flow->tos));
	fl4.flowi4_proto = IPPROTO_UDP;
	fl4.daddr = tx->remote.v4;
	fl4.saddr = tx->local.v4;
	fl4.fl4_dport = tx->dport;
	fl4.fl4_sport = flow->sport;

	rt = ip_route_output_key(tx->net, &fl4);
	if (IS_ERR(rt))
		return rt;
	if (cache)
		dst_cache_set_ip4(cache, &rt->dst, fl4.saddr);
	*saddr = fl4.saddr;
	return rt;
}

/**
 * ovl_peer_route6() - route to an IPv6 remote
 * @tx: sending side
 * @cache: where to look first and to keep the answer, or NULL
 * @sk: socket that sends, or NULL
 * @flow: what else chooses the route
 * @saddr: set to the outer source
 *
 * Context: bottom halves disabled if @cache is given.
 * Return: a route that the caller releases, or an error pointer.
 */
struct dst_entry *ovl_peer_route6(struct ovl_peer_tx *tx,
				  struct dst_cache *cache, const struct sock *sk,
				  const struct ovl_flow *flow,
				  struct in6_addr *saddr)
{
	struct flowi6 fl6 = {};
	struct dst_entry *dst;

	if (cache) {
		dst = dst_cache_get_ip6(cache, saddr);
		if (dst)
			return dst;
	}

	fl6.flowi6_oif = tx->link;
	fl6.flowi6_mark = flow->mark;
	fl6.flowlabel = ip6_make_flowinfo(flow->tos, tx->label);
	fl6.flowi6_proto = IPPROTO_UDP;
	fl6.daddr = tx->remote.v6;
	fl6.saddr = tx->local.v6;
	fl6.fl6_dport = tx->dport;
	fl6.fl6_sport = flow->sport;

	dst = ip6_dst_lookup_flow(tx->net, sk, &fl6, NULL);
	if (IS_ERR(dst))
		return dst;
	if (cache)
		dst_cache_set_ip6(cache, dst, &fl6.saddr);
	*saddr = fl6.saddr;
	return dst;
}

/**
 * ovl_peer_route() - route to a remote for a packet like any other
 * @tx: sending side
 *
 * For the control path: MTU and what is shown to the operator.
 *
 * Return: a route that the caller releases, or an error pointer.
 */
struct dst_entry *ovl_peer_route(struct ovl_peer_tx *tx)
{
	struct ovl_flow flow = {
		.tos = tx->tos == OVL_TOS_INHERIT ? 0 : tx->tos,
	};
	struct in6_addr saddr6;
	struct rtable *rt;
	__be32 saddr;

	if (tx->remote.family == AF_INET6)
		return ovl_peer_route6(tx, NULL, NULL, &flow, &saddr6);
	rt = ovl_peer_route4(tx, NULL, &flow, &saddr);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}
