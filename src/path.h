/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_PATH_H
#define _OVL_TUN_PATH_H

#include <linux/percpu.h>
#include <net/dst.h>
#include <net/inet_ecn.h>
#include <net/net_namespace.h>

#include "config.h"
#include "template.h"
#include "wire.h"

struct ovl_dev;
struct ovl_peer;

/**
 * enum ovl_inner - what stands behind the encapsulation header
 * @OVL_INNER_FRAME: the frame of a layer 2 device
 * @OVL_INNER_IP: the packet of a layer 3 device
 * @OVL_INNER_ETHER: the packet of a layer 3 device behind an Ethernet header
 *	that is made up for it
 * @OVL_INNER_TRUNK: the frame of a layer 2 device with a table of VNIs
 */
enum ovl_inner {
	OVL_INNER_FRAME,
	OVL_INNER_IP,
	OVL_INNER_ETHER,
	OVL_INNER_TRUNK,
};

/**
 * struct ovl_route - a route to a peer that was found before
 * @dst: route, held; NULL for none
 * @cookie: tells whether it still holds; of an IPv4 route its generation
 * @mark: firewall mark that it is for
 * @limit: largest packet of the device's, see ovl_path_limit(), with the path's own
 *	header, over an IPv4 route as long as no smaller MTU has been learned for it:
 *	any other change makes it another route. 0 if it has to be asked
 * @dscp: TOS without ECN that it is for
 * @plain: it leads straight to a neighbour
 * @saddr4: outer source over IPv4
 * @sum4: sum of the protocol and the addresses of an IPv4 header
 * @saddr6: outer source over IPv6
 */
struct ovl_route {
	struct dst_entry *dst;
	u32 cookie;
	u32 mark;
	u32 limit;
	u8 dscp;
	bool plain;
	union {
		struct {
			__be32 saddr4;
			u16 sum4;
		};
		struct in6_addr saddr6;
	};
};

#define OVL_ROUTES	2	/* Kubernetes has packets with and without a mark */

/**
 * struct ovl_path_cpu - what a CPU keeps for the path of a peer
 * @route: routes of the last packets
 * @gen: &ovl_path.gen of the path that they were sent by
 * @turn: which of them is to be replaced next
 * @ident: next identification of an outer IPv4 header
 * @idents: how many are left before others are taken from the path
 *
 * Touched with bottom halves disabled only. It is the peer's and stays when the
 * peer gets another path; what doesn't fit that one goes with its first packet.
 */
struct ovl_path_cpu {
	struct ovl_route route[OVL_ROUTES];
	u32 gen;
	u8 turn;
	u16 ident;
	u16 idents;
};

#define OVL_POLICY_GIVEN	BIT(0)	/* or there is nothing in it */
#define OVL_POLICY_TTL_INHERIT	BIT(1)	/* outer TTL is the inner one */
#define OVL_POLICY_CSUM4	BIT(2)	/* UDP checksum over IPv4 */
#define OVL_POLICY_CSUM6	BIT(3)	/* UDP checksum over IPv6 */

/**
 * union ovl_policy - what outer headers get, whatever the peer
 * @ttl: outer TTL, 0 for the route's
 * @tos: outer TOS, or OVL_TOS_INHERIT
 * @df: enum ovl_tun_df
 * @flags: OVL_POLICY_*
 * @word: all of them, read and written at once
 *
 * In one word, so that the device's can be changed for all of its peers without
 * a look at any of them.
 */
union ovl_policy {
	struct {
		u8 ttl;
		u8 tos;
		u8 df;
		u8 flags;
	};
	u32 word;
};

/**
 * struct ovl_path - how packets are sent to a peer
 * @rcu: frees a replaced one
 * @cpu: routes and identifications, per CPU; the peer's. NULL of a path that is
 *	a packet's own, see external.c
 * @gen: a number that no other path of the peer has
 * @ident: where CPUs take identifications from, a few at a time
 * @peer: peer, which counts them; NULL likewise
 * @net: underlay namespace
 * @remote: outer destination
 * @local: outer source, AF_UNSPEC for the route's
 * @link: ifindex to send through, 0 for any
 * @via: ifindex that is the peer's own and not the device's, or 0
 * @vni: VXLAN network identifier; that of the frame if it is none
 * @label: outer IPv6 flow label
 * @dport: UDP destination port, network byte order
 * @sport_min: lowest UDP source port
 * @sport_max: highest UDP source port; both 0 for the namespace's range
 * @limit: largest packet of the device's that the peer takes, a frame with its header
 * @overhead: bytes from the outer IP header to the inner network header
 * @push: those of them that a packet is given here, which may be a frame
 * @encap: enum ovl_tun_encap
 * @policy: what the peer has of its own, merged with the device's; its word is 0
 *	if the device's holds
 * @ttl: outer TTL where the policy leaves it to the route, 0 for the route's
 * @inner: enum ovl_inner
 * @dest: inner Ethernet destination for OVL_INNER_ETHER
 * @src: inner Ethernet source for OVL_INNER_ETHER
 * @carries: bits of the mark that are carried where it is no option, and
 *	nothing may be lost; all bits if nothing is
 * @own_options: the options are the peer's own
 * @refuse: enum ovl_tun_drop that packets with these options are dropped for,
 *	or 0
 * @header: encapsulation header with options
 *
 * Immutable but for @cpu and @ident. A change publishes another one, so that a packet
 * is sent by the old or the new settings, never by a mix.
 */
struct ovl_path {
	struct rcu_head rcu;
	struct ovl_path_cpu __percpu *cpu;
	u32 gen;
	atomic_t ident;
	struct ovl_peer *peer;
	struct net *net;
	struct ovl_addr remote;
	struct ovl_addr local;
	int link;
	int via;
	u32 vni;
	__be32 label;
	__be16 dport;
	u16 sport_min;
	u16 sport_max;
	u32 limit;
	u16 overhead;
	u16 push;
	union ovl_policy policy;
	u8 encap;
	u8 ttl;
	u8 inner;
	u8 dest[ETH_ALEN];
	u8 src[ETH_ALEN];
	u32 carries;
	bool own_options;
	u8 refuse;
	struct ovl_header header;
};

/**
 * struct ovl_flow - what chooses the route of a packet besides the remote
 * @mark: firewall mark
 * @tos: outer TOS; its ECN bits don't count
 * @flags: FLOWI_FLAG_*, over IPv4
 * @sport: UDP source port, network byte order
 */
struct ovl_flow {
	u32 mark;
	u8 tos;
	u8 flags;
	__be16 sport;
};

union ovl_policy ovl_policy(const struct ovl_config *eff);
struct ovl_path *ovl_path_new(struct ovl_peer *peer,
			      struct ovl_path_cpu __percpu *cpu,
			      struct net *net, const struct ovl_config *eff,
			      u32 mtu, const u8 *mac,
			      const struct ovl_optset *opts, gfp_t gfp);
void ovl_path_to(struct ovl_path *path, const struct ovl_dev *ovl,
		 const struct ovl_config *cfg, const struct ovl_addr *to);
void ovl_path_measure(struct ovl_path *path);
void ovl_path_free_rcu(struct ovl_path *path);
void ovl_path_cpu_release(struct ovl_path_cpu __percpu *cpu);
unsigned int ovl_overhead(const struct ovl_config *eff, enum ovl_inner inner,
			  const struct ovl_optset *opts);

/* Bytes of the device's own packets in front of what its MTU is about. */
static inline u32 ovl_path_ether(const struct ovl_path *path)
{
	return path->overhead - path->push;
}

/* Largest packet of the device's, by a route of this MTU, with a header that is @more
 * bytes longer than the path's. A frame has its header in it, and VLAN tags, if there
 * are any: skb->len can be compared with it.
 */
static inline u32 ovl_path_limit(const struct ovl_path *path, u32 route_mtu,
				 int more)
{
	u32 push = path->push + more;

	return min(path->limit, route_mtu - min(route_mtu, push));
}

/* As ovl_path_limit(), of an inner packet without VLAN tags. */
static inline u32 ovl_path_mtu(const struct ovl_path *path, u32 route_mtu,
			       int more)
{
	u32 limit = ovl_path_limit(path, route_mtu, more);

	return limit - min(limit, ovl_path_ether(path));
}

/* Whether packets that came by a link, 0 where that doesn't matter, are answered
 * through it.
 */
static inline bool ovl_path_is_by(const struct ovl_path *path, int link)
{
	return path && (!link || path->link == link);
}

int ovl_path_output(const struct ovl_path *path, const struct sock *sk,
		    const struct ovl_flow *flow, struct ovl_route *route);
void ovl_route_settle(const struct ovl_path *path, struct ovl_route *route);
const struct ovl_route *ovl_path_find(struct ovl_path *path,
				      const struct sock *sk,
				      const struct ovl_flow *flow);
__be16 ovl_path_ident_refill(struct ovl_path *path, unsigned int n);
struct dst_entry *ovl_path_route(struct ovl_path *path);

/* Whether a route still holds. That of a plain IPv4 one is what ipv4_dst_check()
 * asks, without a call by pointer.
 */
static inline bool ovl_route_holds(const struct ovl_path *path,
				   const struct ovl_route *route)
{
	struct dst_entry *dst = route->dst;
	int obsolete = READ_ONCE(dst->obsolete);

	if (path->remote.family == AF_INET && likely(!dst_xfrm(dst)))
		return obsolete == DST_OBSOLETE_FORCE_CHK &&
		       route->cookie == (u32)rt_genid_ipv4(path->net);
	return !obsolete || dst->ops->check(dst, route->cookie);
}

static inline bool ovl_route_fits(const struct ovl_path *path,
				  const struct ovl_route *route,
				  const struct ovl_flow *flow)
{
	return route->dst && route->mark == flow->mark &&
	       route->dscp == (flow->tos & ~INET_ECN_MASK) &&
	       likely(ovl_route_holds(path, route));
}

/**
 * ovl_path_lookup() - route of a packet
 * @path: sending side
 * @sk: socket that sends
 * @flow: what chooses the route
 *
 * A source port doesn't choose among routes that were found before. Neither
 * does the kernel look at it twice with struct dst_cache.
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: what the CPU keeps, or an error pointer. It is valid until the CPU sends
 * another packet, and its route until the end of the RCU read section.
 */
static inline const struct ovl_route *
ovl_path_lookup(struct ovl_path *path, const struct sock *sk,
		const struct ovl_flow *flow)
{
	const struct ovl_path_cpu *cpu = this_cpu_ptr(path->cpu);
	const struct ovl_route *route;

	if (likely(cpu->gen == path->gen))
		for (route = cpu->route; route < cpu->route + OVL_ROUTES; route++)
			if (ovl_route_fits(path, route, flow))
				return route;
	return ovl_path_find(path, sk, flow);
}

/* Identifications for @n packets, RFC 6864 section 4.3: none comes again before
 * all others have been in use. Context: bottom halves disabled.
 */
static inline __be16 ovl_path_ident(struct ovl_path *path, unsigned int n)
{
	struct ovl_path_cpu *cpu = this_cpu_ptr(path->cpu);

	if (unlikely(cpu->idents < n))
		return ovl_path_ident_refill(path, n);
	cpu->idents -= n;
	cpu->ident += n;
	return htons(cpu->ident - n);
}

#endif /* _OVL_TUN_PATH_H */
