// SPDX-License-Identifier: GPL-2.0
/*
 * The sending side of a peer: header template and route cache.
 *
 * Lifetime: built under RTNL, for learned peers in softirq, published in
 * &ovl_peer.path, read under RCU, freed after a grace period once it has been
 * replaced.
 */

#include <linux/etherdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/flow.h>
#include <net/inet_ecn.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "device.h"
#include "path.h"
#include "peer.h"

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
		return ovl_config_trunk(eff) ? OVL_INNER_TRUNK :
					       OVL_INNER_FRAME;
	return eff->encap == OVL_TUN_ENCAP_VXLAN && mac ? OVL_INNER_ETHER :
							  OVL_INNER_IP;
}

static bool ovl_path_gbp(const struct ovl_config *eff)
{
	return eff->encap == OVL_TUN_ENCAP_VXLAN && eff->gbp;
}

/* What can be sent of a mark where options are to be sent or else nothing. */
static u32 ovl_path_carries(const struct ovl_config *eff)
{
	if (eff->encap == OVL_TUN_ENCAP_GENEVE ||
	    eff->nooptions == OVL_TUN_NOOPTIONS_IGNORE)
		return U32_MAX;
	return eff->gbp ? OVL_GBP_MARK : 0;
}

/* What a path has from the settings, whatever options it carries. */
static void ovl_path_fill(struct ovl_path *path, struct net *net,
			  const struct ovl_config *eff)
{
	path->net = net;
	path->remote = eff->remote;
	path->local = eff->local;
	path->link = eff->link;
	path->vni = eff->vni;
	path->label = eff->label;
	path->dport = eff->port[eff->encap];
	path->sport_min = eff->sport_min;
	path->sport_max = eff->sport_max;
	path->encap = eff->encap;
	/* As vxlan.ko: a group is on the link unless said otherwise. */
	path->ttl = ovl_addr_is_multicast(&eff->remote);
	path->carries = ovl_path_carries(eff);
}

static atomic_t ovl_path_gen = ATOMIC_INIT(0);

/* A layer 2 device only; what GPE needs and GBP has is the same place. */
static void ovl_path_build_gbp(struct ovl_header *header)
{
	struct ovl_patch *patch;

	patch = (struct ovl_patch *)(header->shim + header->len);
	patch->kind = OVL_PATCH_GBP;
	header->n_patches = 1;
	header->patch = patch;
}

static void ovl_path_build(struct ovl_path *path, const struct ovl_config *eff,
			   const struct ovl_optset *opts)
{
	struct ovl_header *header = &path->header;

	if (eff->encap == OVL_TUN_ENCAP_GENEVE) {
		ovl_header_geneve(header, opts, eff->vni, path->peer->id);
		return;
	}
	header->len = OVL_SHIM_BASE;
	if (path->inner == OVL_INNER_IP)
		ovl_vxlan_gpe_build(header->shim, eff->vni);
	else
		ovl_vxlan_build(header->shim, eff->vni);
	if (ovl_path_gbp(eff))
		ovl_path_build_gbp(header);
}

/**
 * ovl_policy() - what settings say of the outer headers of all packets
 * @eff: settings
 */
union ovl_policy ovl_policy(const struct ovl_config *eff)
{
	union ovl_policy policy = {
		.ttl = eff->ttl,
		.tos = eff->tos,
		.df = eff->df,
		.flags = OVL_POLICY_GIVEN,
	};

	if (eff->ttl_inherit)
		policy.flags |= OVL_POLICY_TTL_INHERIT;
	if (eff->udp_csum)
		policy.flags |= OVL_POLICY_CSUM4;
	if (!eff->zero_csum6_tx)
		policy.flags |= OVL_POLICY_CSUM6;
	return policy;
}

/**
 * ovl_path_new() - build the sending side for a peer
 * @peer: peer, with the id that it is to have
 * @cpu: what CPUs keep for the peer's path
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
struct ovl_path *ovl_path_new(struct ovl_peer *peer,
			      struct ovl_path_cpu __percpu *cpu,
			      struct net *net, const struct ovl_config *eff,
			      u32 mtu, const u8 *mac,
			      const struct ovl_optset *opts, gfp_t gfp)
{
	struct ovl_path *path;
	size_t len = OVL_SHIM_BASE;

	if (eff->encap == OVL_TUN_ENCAP_GENEVE)
		len += opts->len +
		       ovl_optset_patches(opts, eff->vni, peer->id) *
		       sizeof(struct ovl_patch);
	else if (ovl_path_gbp(eff))
		len += sizeof(struct ovl_patch);
	path = kzalloc(struct_size(path, header.shim, len), gfp);
	if (!path)
		return NULL;
	path->cpu = cpu;
	path->gen = atomic_inc_return(&ovl_path_gen);
	atomic_set(&path->ident, get_random_u32());

	path->peer = peer;
	ovl_path_fill(path, net, eff);
	path->inner = ovl_path_inner(eff, mac);
	path->overhead = ovl_overhead(eff, path->inner, opts);
	path->push = path->overhead - (eff->layer == 2 ? ETH_HLEN : 0);
	path->limit = min(mtu, U32_MAX - ETH_HLEN) + ovl_path_ether(path);
	if (path->inner == OVL_INNER_ETHER) {
		ether_addr_copy(path->dest, mac);
		ether_addr_copy(path->src, eff->mac);
	}
	if (ovl_optset_mark_bits(opts) & ~path->carries)
		path->refuse = OVL_TUN_DROP_TX_NO_OPTIONS;
	ovl_path_build(path, eff, opts);
	return path;
}

/**
 * ovl_path_measure() - what the headers of a packet's own path cost
 * @path: filled but for what this sets: @push and @overhead
 */
void ovl_path_measure(struct ovl_path *path)
{
	path->push = sizeof(struct udphdr) + path->header.len;
	path->push += path->remote.family == AF_INET6 ?
		      sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	path->overhead = path->push;
	if (path->inner != OVL_INNER_IP)
		path->overhead += ETH_HLEN;
}

/**
 * ovl_path_to() - build a frame's own path, to where there need be no peer
 * @path: filled; with room for OVL_SHIM_MAX bytes of header
 * @ovl: device that has more VNIs than one
 * @cfg: its configuration
 * @to: outer destination
 *
 * All is as the device has it, its own options too.
 *
 * Context: RCU read section, to whose end the path is of use.
 */
void ovl_path_to(struct ovl_path *path, const struct ovl_dev *ovl,
		 const struct ovl_config *cfg, const struct ovl_addr *to)
{
	const struct ovl_template *own = rcu_dereference(ovl->own.template);
	struct ovl_header *header = &path->header;

	memset(path, 0, sizeof(*path));
	ovl_path_fill(path, ovl->net, cfg);
	path->remote = *to;
	path->ttl = ovl_addr_is_multicast(to);
	if (path->local.family != to->family)
		memset(&path->local, 0, sizeof(path->local));
	path->limit = U32_MAX;
	path->inner = OVL_INNER_TRUNK;
	if (own && own->mark_bits & ~path->carries)
		path->refuse = OVL_TUN_DROP_TX_NO_OPTIONS;

	if (path->encap == OVL_TUN_ENCAP_GENEVE && own) {
		*header = own->header; /* its patches stay where they are */
		memcpy(header->shim, own->header.shim, header->len);
	} else if (path->encap == OVL_TUN_ENCAP_GENEVE) {
		header->len = ovl_geneve_build(header->shim, cfg->vni, NULL, 0);
	} else {
		header->len = OVL_SHIM_BASE;
		ovl_vxlan_build(header->shim, cfg->vni);
		if (ovl_path_gbp(cfg))
			ovl_path_build_gbp(header);
	}
	ovl_path_measure(path);
}

/**
 * ovl_path_free_rcu() - free a sending side once no packet uses it
 * @path: what was replaced, or NULL
 */
void ovl_path_free_rcu(struct ovl_path *path)
{
	kfree_rcu(path, rcu);
}

static void ovl_path_cpu_reset(struct ovl_path_cpu *cpu, u32 gen)
{
	int i;

	for (i = 0; i < OVL_ROUTES; i++) {
		dst_release(cpu->route[i].dst);
		cpu->route[i].dst = NULL;
	}
	cpu->idents = 0;
	cpu->gen = gen;
}

/**
 * ovl_path_cpu_release() - let go of the routes to a peer that ends
 * @cpu: what CPUs keep for its path, which no packet uses any more
 */
void ovl_path_cpu_release(struct ovl_path_cpu __percpu *cpu)
{
	int i;

	for_each_possible_cpu(i)
		ovl_path_cpu_reset(per_cpu_ptr(cpu, i), 0);
}

#define OVL_IDENTS	64	/* that a CPU takes at once */

/**
 * ovl_path_ident_refill() - take identifications that no other CPU has
 * @path: sending side
 * @n: how many the packet needs
 *
 * Context: bottom halves disabled.
 * Return: the first of them, network byte order.
 */
__be16 ovl_path_ident_refill(struct ovl_path *path, unsigned int n)
{
	struct ovl_path_cpu *cpu = this_cpu_ptr(path->cpu);
	unsigned int take = max_t(unsigned int, n, OVL_IDENTS);
	u16 first = atomic_fetch_add(take, &path->ident);

	cpu->ident = first + n;
	cpu->idents = take - n;
	return htons(first);
}

/* The whole flow goes into the lookup, so that IPsec policies for a port see
 * the packet.
 */
static struct dst_entry *ovl_route_output4(const struct ovl_path *path,
					   const struct ovl_flow *flow,
					   __be32 *saddr)
{
	struct flowi4 fl4 = {};
	struct rtable *rt;

	fl4.flowi4_oif = path->link;
	fl4.flowi4_mark = flow->mark;
	ovl_compat_flowi4_set_dscp(&fl4, inet_dsfield_to_dscp(flow->tos));
	fl4.flowi4_proto = IPPROTO_UDP;
	fl4.daddr = path->remote.v4;
	fl4.saddr = path->local.v4;
	fl4.fl4_dport = path->dport;
	fl4.fl4_sport = flow->sport;
	fl4.flowi4_flags = flow->flags;

	rt = ip_route_output_key(path->net, &fl4);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	*saddr = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *ovl_route_output6(const struct ovl_path *path,
					   const struct sock *sk,
					   const struct ovl_flow *flow,
					   struct in6_addr *saddr)
{
	struct dst_entry *dst;
	struct flowi6 fl6 = {};

	fl6.flowi6_oif = path->link;
	fl6.flowi6_mark = flow->mark;
	fl6.flowlabel = ip6_make_flowinfo(flow->tos, path->label);
	fl6.flowi6_proto = IPPROTO_UDP;
	fl6.daddr = path->remote.v6;
	fl6.saddr = path->local.v6;
	fl6.fl6_dport = path->dport;
	fl6.fl6_sport = flow->sport;

	dst = ip6_dst_lookup_flow(path->net, sk, &fl6, NULL);
	if (!IS_ERR(dst))
		*saddr = fl6.saddr;
	return dst;
}

/**
 * ovl_path_output() - ask the routing tables
 * @path: sending side
 * @sk: socket that sends, or NULL
 * @flow: what chooses the route
 * @route: gets route, cookie and source; the caller releases the route
 *
 * Return: 0 or a negative error.
 */
int ovl_path_output(const struct ovl_path *path, const struct sock *sk,
		    const struct ovl_flow *flow, struct ovl_route *route)
{
	struct dst_entry *dst;

	if (path->remote.family == AF_INET6) {
		dst = ovl_route_output6(path, sk, flow, &route->saddr6);
		if (IS_ERR(dst))
			return PTR_ERR(dst);
		route->cookie = rt6_get_cookie(container_of(dst, struct rt6_info,
							    dst));
	} else {
		dst = ovl_route_output4(path, flow, &route->saddr4);
		if (IS_ERR(dst))
			return PTR_ERR(dst);
		route->cookie = container_of(dst, struct rtable, dst)->rt_genid;
	}
	route->dst = dst;
	return 0;
}

/* Whether nothing is in the way to the neighbour: no IPsec, no lightweight tunnel,
 * no VRF. A device that joins or leaves one loses its routes.
 */
static bool ovl_route_plain(const struct dst_entry *dst)
{
	return !dst_xfrm(dst) && !dst->lwtstate &&
	       !(dst->dev->priv_flags & (IFF_L3MDEV_MASTER | IFF_L3MDEV_SLAVE));
}

/* Sum of protocol and addresses of an IPv4 header. */
static u16 ovl_route_sum4(const struct ovl_path *path,
			  const struct ovl_route *route)
{
	__wsum sum = csum_tcpudp_nofold(route->saddr4, path->remote.v4, 0,
					IPPROTO_UDP, 0);

	return ~(__force u16)csum_fold(sum);
}

/**
 * ovl_route_settle() - what of a route stays as it is as long as it holds
 * @path: sending side
 * @route: its @plain, @limit and @sum4 are set
 *
 * A change of the device's MTU, or of a route's own, ends all IPv4 routes that were
 * found before. IPv6 changes them in their place.
 */
void ovl_route_settle(const struct ovl_path *path, struct ovl_route *route)
{
	const struct dst_entry *dst = route->dst;
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	route->limit = 0;
	route->plain = ovl_route_plain(dst);
	if (path->remote.family == AF_INET6) {
		if (ipv6_addr_is_multicast(&path->remote.v6))
			route->plain = false;
		return;
	}
	route->sum4 = ovl_route_sum4(path, route);
	if (rt->rt_type != RTN_UNICAST)
		route->plain = false;
	if (!dst_xfrm(dst) && !rt->rt_pmtu)
		route->limit = ovl_path_limit(path,
					      ip_dst_mtu_maybe_forward(dst, false),
					      0);
}

/**
 * ovl_path_find() - find a route that the CPU does not keep yet
 * @path: sending side
 * @sk: socket that sends
 * @flow: what chooses the route
 *
 * It gets the place of one that holds no more, or of one that others are in turn. A
 * packet on its way may have that without a reference; it is freed after a grace
 * period.
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: as ovl_path_lookup().
 */
const struct ovl_route *ovl_path_find(struct ovl_path *path,
				      const struct sock *sk,
				      const struct ovl_flow *flow)
{
	struct ovl_path_cpu *cpu = this_cpu_ptr(path->cpu);
	struct ovl_route found, *route, *room = NULL;
	int i, err;

	if (cpu->gen != path->gen)
		ovl_path_cpu_reset(cpu, path->gen);
	for (i = 0; i < OVL_ROUTES; i++) {
		route = &cpu->route[i];
		if (route->dst && !ovl_route_holds(path, route)) {
			dst_release(route->dst);
			route->dst = NULL;
		}
		if (!route->dst)
			room = route;
	}

	err = ovl_path_output(path, sk, flow, &found);
	if (err)
		return ERR_PTR(err);
	found.mark = flow->mark;
	ovl_route_settle(path, &found);
	found.dscp = flow->tos & ~INET_ECN_MASK;

	if (!room)
		room = &cpu->route[cpu->turn++ % OVL_ROUTES];
	dst_release(room->dst);
	*room = found;
	return room;
}

/**
 * ovl_path_route() - route to a peer for a packet like any other
 * @path: sending side
 *
 * For the control path: MTU and what is shown to the operator.
 *
 * Return: a route that the caller releases, or an error pointer.
 */
struct dst_entry *ovl_path_route(struct ovl_path *path)
{
	u8 tos = ovl_dev_policy(path->peer->ovl, path).tos;
	struct ovl_flow flow = { .tos = tos == OVL_TOS_INHERIT ? 0 : tos };
	struct ovl_route route;
	int err;

	err = ovl_path_output(path, NULL, &flow, &route);
	return err ? ERR_PTR(err) : route.dst;
}
