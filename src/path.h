/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_PATH_H
#define _OVL_TUN_PATH_H

#include <net/dst_cache.h>

#include "config.h"
#include "optset.h"
#include "wire.h"

struct ovl_peer;

/**
 * enum ovl_inner - what stands behind the encapsulation header
 * @OVL_INNER_FRAME: the frame of a layer 2 device
 * @OVL_INNER_IP: the packet of a layer 3 device
 * @OVL_INNER_ETHER: the packet of a layer 3 device behind an Ethernet header
 *	that is made up for it
 */
enum ovl_inner {
	OVL_INNER_FRAME,
	OVL_INNER_IP,
	OVL_INNER_ETHER,
};

/**
 * struct ovl_path - how packets are sent to a peer
 * @rcu: frees a replaced one
 * @cache: route to @remote for packets without a mark, per CPU
 * @peer: peer, which counts them
 * @net: underlay namespace
 * @remote: outer destination
 * @local: outer source, AF_UNSPEC for the route's
 * @link: ifindex to send through, 0 for any
 * @via: ifindex that is the peer's own and not the device's, or 0
 * @vni: VXLAN network identifier
 * @label: outer IPv6 flow label
 * @dport: UDP destination port, network byte order
 * @sport_min: lowest UDP source port
 * @sport_max: highest UDP source port; both 0 for the namespace's range
 * @mtu: largest inner packet that the peer takes
 * @overhead: bytes from the outer IP header to the inner network header
 * @encap: enum ovl_tun_encap
 * @ttl: outer TTL, 0 for the route's
 * @tos: outer TOS, or OVL_TOS_INHERIT
 * @df: enum ovl_tun_df
 * @ttl_inherit: outer TTL is the inner one
 * @udp_csum: there is an outer UDP checksum
 * @inner: enum ovl_inner
 * @dest: inner Ethernet destination for OVL_INNER_ETHER
 * @src: inner Ethernet source for OVL_INNER_ETHER
 * @shim_len: bytes in @shim
 * @shim: encapsulation header with options, copied in front of each frame
 *
 * Immutable but for @cache. A change publishes another one, so that a packet
 * is sent by the old or the new settings, never by a mix.
 */
struct ovl_path {
	struct rcu_head rcu;
	struct dst_cache cache;
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
	u32 mtu;
	u16 overhead;
	u8 encap;
	u8 ttl;
	u8 tos;
	u8 df;
	bool ttl_inherit;
	bool udp_csum;
	u8 inner;
	u8 dest[ETH_ALEN];
	u8 src[ETH_ALEN];
	u16 shim_len;
	u8 shim[];
};

/**
 * struct ovl_flow - what chooses the route of a packet besides the remote
 * @mark: firewall mark
 * @tos: outer TOS; its ECN bits don't count
 * @sport: UDP source port, network byte order
 */
struct ovl_flow {
	u32 mark;
	u8 tos;
	__be16 sport;
};

struct ovl_path *ovl_path_new(struct ovl_peer *peer, struct net *net,
			      const struct ovl_config *eff, u32 mtu,
			      const u8 *mac, const struct ovl_optset *opts,
			      gfp_t gfp);
void ovl_path_free_rcu(struct ovl_path *path);
unsigned int ovl_overhead(const struct ovl_config *eff, enum ovl_inner inner,
			  const struct ovl_optset *opts);
unsigned int ovl_path_mtu(const struct ovl_path *path, unsigned int route_mtu);

struct rtable *ovl_path_route4(struct ovl_path *path, struct dst_cache *cache,
			       const struct ovl_flow *flow, __be32 *saddr);
struct dst_entry *ovl_path_route6(struct ovl_path *path,
				  struct dst_cache *cache, const struct sock *sk,
				  const struct ovl_flow *flow,
				  struct in6_addr *saddr);
struct dst_entry *ovl_path_route(struct ovl_path *path);

#endif /* _OVL_TUN_PATH_H */
