// SPDX-License-Identifier: GPL-2.0
/*
 * The sending side of a peer: header template and route cache.
 *
 * Lifetime: built under RTNL, for learned peers in softirq, published in &ovl_peer.path, read under RCU, freed
 * by call_rcu() once it has been replaced. The module waits for those
 * callbacks with rcu_barrier() before it goes.
 */

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <net/flow.h>
#include <net/inet_dscp.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "path.h"

/**
 * ovl_overhead() - what the outer headers cost
 * @eff: settings that hold
 * @inner: what stands behind the encapsulation header
 * @opts: options that are sent in Geneve
 *
 * An unknown address family counts as IPv6, which is safe for either.
 *
 * Return: bytes from the outer IP header to the inner network header.
 */
unsigned int ovl_overhead(const struct ovl_config *eff, enum ovl_inner inner,
			  const struct ovl_optset *opts)
{
	unsigned int len = sizeof(struct udphdr) + OVL_SHIM_BASE;

	len += ovl_config_family(eff) == AF_INET ? sizeof(struct iphdr) :
						   sizeof(struct ipv6hdr);
	if (inner != OVL_INNER_IP)
		len += ETH_HLEN;
	if (eff->encap == OVL_TUN_ENCAP_GENEVE)
		len += opts->len;
	return len;
}

/* A layer 3 device speaks plain VXLAN to those whose MAC address is known. */
static enum ovl_inner ovl_path_inner(const struct ovl_config *eff,
				     const u8 *mac)
{
	if (eff->layer == 2)
		return OVL_INNER_FRAME;
	return eff->encap == OVL_TUN_ENCAP_VXLAN && mac ? OVL_INNER_ETHER :
							  OVL_INNER_IP;
}

static void ovl_path_build(struct ovl_path *path, const struct ovl_config *eff,
			   const struct ovl_optset *opts)
{
	path->shim_len = OVL_SHIM_BASE;
	if (eff->encap == OVL_TUN_ENCAP_GENEVE)
		path->shim_len = ovl_geneve_build(path->shim, eff->vni,
						  opts->area, opts->len);
	else if (path->inner == OVL_INNER_IP)
		ovl_vxlan_gpe_build(path->shim, eff->vni);
	else
		ovl_vxlan_build(path->shim, eff->vni);
}

/**
 * ovl_path_new() - build the sending side for a peer
 * @peer: peer
 * @net: underlay namespace
 * @eff: settings that hold for it, with a remote
 * @mtu: largest inner packet that it takes
 * @mac: its inner MAC address, or NULL; only layer 3 devices care
 * @opts: options to send
 * @gfp: how to allocate
 *
 * Return: to be published or given to ovl_path_free_rcu(); NULL without
 * memory.
 */
struct ovl_path *ovl_path_new(struct ovl_peer *peer, struct net *net,
			      const struct ovl_config *eff, u32 mtu,
			      const u8 *mac, const struct ovl_optset *opts,
			      gfp_t gfp)
{
	struct ovl_path *path;

	path = kzalloc(struct_size(path, shim, OVL_SHIM_BASE + opts->len), gfp);
	if (!path)
		return NULL;
	if (dst_cache_init(&path->cache, gfp)) {
		kfree(path);
		return NULL;
	}

	path->peer = peer;
	path->net = net;
	path->remote = eff->remote;
	path->local = eff->local;
	path->link = eff->link;
	path->vni = eff->vni;
	path->label = eff->label;
	path->dport = eff->port[eff->encap];
	path->sport_min = eff->sport_min;
	path->sport_max = eff->sport_max;
	path->mtu = mtu;
	path->inner = ovl_path_inner(eff, mac);
	path->overhead = ovl_overhead(eff, path->inner, opts);
	path->encap = eff->encap;
	path->ttl = eff->ttl;
	/* As vxlan.ko: a group is on the link unless said otherwise. */
	if (!path->ttl && ovl_addr_is_multicast(&eff->remote))
		path->ttl = 1;
	path->tos = eff->tos;
	path->df = eff->df;
	path->ttl_inherit = eff->ttl_inherit;
	path->udp_csum = eff->remote.family == AF_INET ? eff->udp_csum :
							 !eff->zero_csum6_tx;
	if (path->inner == OVL_INNER_ETHER) {
		ether_addr_copy(path->dest, mac);
		ether_addr_copy(path->src, eff->mac);
	}
	ovl_path_build(path, eff, opts);
	return path;
}

/**
 * ovl_path_mtu() - largest inner packet
 * @path: sending side
 * @route_mtu: MTU of the route that it is sent by
 */
unsigned int ovl_path_mtu(const struct ovl_path *path, unsigned int route_mtu)
{
	return min(path->mtu, route_mtu - min_t(u32, route_mtu, path->overhead));
}

static void ovl_path_free(struct rcu_head *rcu)
{
	struct ovl_path *path = container_of(rcu, struct ovl_path, rcu);

	dst_cache_destroy(&path->cache);
	kfree(path);
}

/**
 * ovl_path_free_rcu() - free a sending side once no packet uses it
 * @path: what was replaced, or NULL
 */
void ovl_path_free_rcu(struct ovl_path *path)
{
	if (path)
		call_rcu(&path->rcu, ovl_path_free);
}

/**
 * ovl_path_route4() - route to an IPv4 remote
 * @path: sending side
 * @cache: where to look first and to keep the answer, or NULL
 * @flow: what else chooses the route; all of it goes into the lookup, so that
 *	IPsec policies for a port see the packet
 * @saddr: set to the outer source
 *
 * Context: bottom halves disabled if @cache is given.
 * Return: a route that the caller releases, or an error pointer.
 */
struct rtable *ovl_path_route4(struct ovl_path *path, struct dst_cache *cache,
			       const struct ovl_flow *flow, __be32 *saddr)
{
	struct flowi4 fl4 = {};
	struct rtable *rt;

	if (cache) {
		rt = dst_cache_get_ip4(cache, saddr);
		if (rt)
			return rt;
	}

	fl4.flowi4_oif = path->link;
	fl4.flowi4_mark = flow->mark;
	ovl_compat_flowi4_set_dscp(&fl4, inet_dsfield_to_dscp(flow->tos));
	fl4.flowi4_proto = IPPROTO_UDP;
	fl4.daddr = path->remote.v4;
	fl4.saddr = path->local.v4;
	fl4.fl4_dport = path->dport;
	fl4.fl4_sport = flow->sport;

	rt = ip_route_output_key(path->net, &fl4);
	if (IS_ERR(rt))
		return rt;
	if (cache)
		dst_cache_set_ip4(cache, &rt->dst, fl4.saddr);
	*saddr = fl4.saddr;
	return rt;
}

/**
 * ovl_path_route6() - route to an IPv6 remote
 * @path: sending side
 * @cache: where to look first and to keep the answer, or NULL
 * @sk: socket that sends, or NULL
 * @flow: what else chooses the route
 * @saddr: set to the outer source
 *
 * Context: bottom halves disabled if @cache is given.
 * Return: a route that the caller releases, or an error pointer.
 */
struct dst_entry *ovl_path_route6(struct ovl_path *path,
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

	fl6.flowi6_oif = path->link;
	fl6.flowi6_mark = flow->mark;
	fl6.flowlabel = ip6_make_flowinfo(flow->tos, path->label);
	fl6.flowi6_proto = IPPROTO_UDP;
	fl6.daddr = path->remote.v6;
	fl6.saddr = path->local.v6;
	fl6.fl6_dport = path->dport;
	fl6.fl6_sport = flow->sport;

	dst = ip6_dst_lookup_flow(path->net, sk, &fl6, NULL);
	if (IS_ERR(dst))
		return dst;
	if (cache)
		dst_cache_set_ip6(cache, dst, &fl6.saddr);
	*saddr = fl6.saddr;
	return dst;
}

/**
 * ovl_path_route() - route to a remote for a packet like any other
 * @path: sending side
 *
 * For the control path: MTU and what is shown to the operator.
 *
 * Return: a route that the caller releases, or an error pointer.
 */
struct dst_entry *ovl_path_route(struct ovl_path *path)
{
	struct ovl_flow flow = {
		.tos = path->tos == OVL_TOS_INHERIT ? 0 : path->tos,
	};
	struct in6_addr saddr6;
	struct rtable *rt;
	__be32 saddr;

	if (path->remote.family == AF_INET6)
		return ovl_path_route6(path, NULL, NULL, &flow, &saddr6);
	rt = ovl_path_route4(path, NULL, &flow, &saddr);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}
