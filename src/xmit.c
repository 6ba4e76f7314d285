// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit: packet → peer → route → path MTU → headers → underlay.
 *
 * All settings of a packet come from one struct ovl_path, read once.
 */

#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_arp.h>
#include <linux/if_bridge.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/dst_metadata.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "device.h"
#include "echo.h"
#include "external.h"
#include "fdb.h"
#include "frame.h"
#include "hash.h"
#include "neigh.h"
#include "nexthop.h"
#include "optsource.h"
#include "path.h"
#include "send.h"
#include "template.h"
#include "vni.h"
#include "xmit.h"

/* Tunnels inside tunnels, after which a packet is taken to go in circles.
 * As in ip_tunnels.h, but counted here before the core would complain.
 */
#define OVL_RECURSION_LIMIT	5

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
	return path->remote.family == AF_INET6 ? ip6_dst_hoplimit(dst) :
						 ip4_dst_hoplimit(dst);
}

/* Outer ECN is a copy of the inner, RFC 6040 section 4.1 (normal mode). */
static u8 ovl_tos(u8 tos, const struct sk_buff *skb)
{
	u8 inner = ip_tunnel_get_dsfield(ip_hdr(skb), skb);

	return (tos & ~INET_ECN_MASK) | (inner & INET_ECN_MASK);
}

/* Whether ICMP can answer: it would take metadata for the route that the packet
 * came by.
 */
static bool ovl_may_tell(struct sk_buff *skb)
{
	return !skb_metadata_dst(skb);
}

#if IS_ENABLED(CONFIG_IPV6)
/* The route of an error depends on the ICMPv6 header in the packet that it is
 * about. A packet socket that doesn't understand what it sends sets no offset.
 */
static void ovl_icmp6_send(struct sk_buff *skb, u8 type, u8 code, u32 info)
{
	/* Booted with ipv6.disable=1 there is nothing to send it with. */
	if (!ipv6_mod_enabled())
		return;
	if (!skb_transport_header_was_set(skb))
		skb_set_transport_header(skb, skb_network_offset(skb) +
					 sizeof(struct ipv6hdr));
	icmpv6_ndo_send(skb, type, code, info);
}
#endif

/* Tell the sender of a packet that is routed into the tunnel. A bridged one
 * has been answered by skb_tunnel_check_pmtu().
 */
static void ovl_tell_sender(struct sk_buff *skb, u32 mtu)
{
	if (!ovl_may_tell(skb))
		return;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		if (ip_hdr(skb)->frag_off & htons(IP_DF))
			icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
				      htonl(mtu));
		break;
#if IS_ENABLED(CONFIG_IPV6)
	case htons(ETH_P_IPV6):
		ovl_icmp6_send(skb, ICMPV6_PKT_TOOBIG, 0,
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

/* Say that a packet is larger than the path's MTU, or have it fragmented.
 *
 * Return: 0 to send it, the reason to drop it, or -EMSGSIZE if @skb has become
 * the answer to its sender and is gone.
 */
static noinline int ovl_exceed_pmtu(struct sk_buff *skb,
				    struct net_device *dev,
				    const struct ovl_path *path,
				    const struct ovl_route *route, u32 mtu,
				    bool may_fragment)
{
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
	if (may_fragment && !(ovl_inner_df(skb) && ovl_too_big(skb, path->mtu)))
		return 0;
	if (!bridged)
		ovl_tell_sender(skb, mtu);
	return OVL_TUN_DROP_TX_TOO_BIG;
}

/* Compare a packet with the path MTU. *@fits tells that it is within. Its
 * header is @more bytes longer than the path's.
 *
 * Return: as ovl_exceed_pmtu().
 */
static int ovl_check_pmtu(struct sk_buff *skb, struct net_device *dev,
			  const struct ovl_path *path, int more,
			  const struct ovl_route *route, bool may_fragment,
			  bool *fits)
{
	u32 mtu = ovl_path_mtu(path, ovl_route_mtu(path, route->dst), more);

	*fits = !ovl_too_big(skb, mtu);
	if (likely(*fits))
		return 0;
	return ovl_exceed_pmtu(skb, dev, path, route, mtu, may_fragment);
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
			    sizeof(struct udphdr) + header->len;
	__be16 proto = htons(ETH_P_TEB);
	u8 *shim;

	room += path->remote.family == AF_INET6 ? sizeof(struct ipv6hdr) :
						  sizeof(struct iphdr);
	if (path->inner == OVL_INNER_ETHER)
		room += ETH_HLEN;
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

/* Send a packet by a path. @in is its VNI on a device that has several.
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: 0 or -EMSGSIZE if @skb is gone, else the enum ovl_tun_drop that it
 * is to be dropped for.
 */
static int ovl_xmit_by(struct sk_buff *skb, struct ovl_dev *ovl,
		       const struct ovl_vni *in, struct ovl_path *path)
{
	bool v6 = path->remote.family == AF_INET6;
	union ovl_policy policy = ovl_dev_policy(ovl, path);
	struct ovl_flow flow = { .mark = skb->mark, .tos = policy.tos };
	struct ovl_outer outer = { .dev = ovl->dev };
	const struct ovl_header *header = &path->header;
	const struct ovl_sock *os;
	const struct ovl_route *route;
	struct ovl_route own;
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

	if (likely(path->cpu)) {
		err = ovl_path_lookup(path, os->sk, &flow, &route);
	} else {
		err = ovl_external_lookup(path, skb, os->sk, &flow, &own);
		route = &own;
	}
	if (unlikely(err))
		return ovl_route_error(err);
	if (unlikely(route->dst->dev == ovl->dev))
		return OVL_TUN_DROP_TX_LOOP;

	/* IPv6 routers don't fragment, and neither does this endpoint. */
	outer.df = v6 || ovl_df(policy, skb);
	err = ovl_check_pmtu(skb, ovl->dev, path,
			     header->len - path->header.len, route, !outer.df,
			     &outer.fits);
	if (unlikely(err))
		return err;

	outer.tos = ovl_tos(flow.tos, skb);
	outer.ttl = ovl_ttl(policy, path, route->dst, skb);
	outer.csum = policy.flags & (v6 ? OVL_POLICY_CSUM6 : OVL_POLICY_CSUM4);
	err = ovl_push_shim(skb, ovl, path, in, header, route->dst,
			    outer.csum);
	if (unlikely(err))
		return err;
	if (v6)
		ovl_send6(skb, path, route, &outer);
	else
		ovl_send4(skb, path, route, &outer);
	return 0;
}

/* Find the IP header of what a layer 3 device is given. */
static __always_inline bool ovl_packet_pull(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	return pskb_may_pull(skb, skb->protocol == htons(ETH_P_IPV6) ?
			     sizeof(struct ipv6hdr) : sizeof(struct iphdr)) &&
	       ip_tunnel_parse_protocol(skb) == skb->protocol;
}

static __always_inline bool ovl_inner_pull(const struct ovl_dev *ovl,
					   struct sk_buff *skb)
{
	return ovl->dev->type == ARPHRD_NONE ? ovl_packet_pull(skb) :
					       ovl_frame_pull(skb);
}

/* Why ovl_inner_pull() has failed: what is there isn't what it is said to be, or
 * there is no memory.
 */
static noinline int ovl_inner_reason(const struct ovl_dev *ovl,
				     const struct sk_buff *skb)
{
	unsigned int len = skb->protocol == htons(ETH_P_IPV6) ?
			   sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	bool wrong;

	if (ovl->dev->type == ARPHRD_NONE)
		wrong = skb->len < len || skb_headlen(skb) >= len;
	else
		wrong = ovl_frame_is_short(skb);
	return wrong ? OVL_TUN_DROP_TX_INNER_SHORT : OVL_TUN_DROP_TX_NO_MEMORY;
}

static struct ovl_peer *ovl_route_inner(const struct ovl_dev *ovl,
					const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ovl_prefix_lookup(&ovl->prefixes, AF_INET,
					 &ip_hdr(skb)->daddr, NULL);
	return ovl_prefix_lookup(&ovl->prefixes, AF_INET6,
				 &ipv6_hdr(skb)->daddr, NULL);
}

/* There is no peer for a packet that was routed into the tunnel. */
static void ovl_tell_unreachable(struct sk_buff *skb)
{
	if (!ovl_may_tell(skb))
		return;
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
#if IS_ENABLED(CONFIG_IPV6)
	else
		ovl_icmp6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
#endif
}

/* Send a packet to a peer.
 *
 * Return: as ovl_xmit_by().
 */
static int ovl_xmit_peer(struct sk_buff *skb, struct ovl_dev *ovl,
			 const struct ovl_vni *in, struct ovl_peer *peer)
{
	struct ovl_path *path = rcu_dereference(peer->path);
	unsigned int len;
	int err;

	if (unlikely(!path)) /* the peer is being made */
		return OVL_TUN_DROP_TX_NO_REMOTE;
	len = skb->len - skb_network_offset(skb);
	err = ovl_xmit_by(skb, ovl, in, path);
	if (likely(!err))
		ovl_peer_count_tx(peer, len);
	return err;
}

static void ovl_xmit_drop(struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_vni *in, struct ovl_peer *peer,
			  int reason)
{
	/* The answer to its sender has taken the packet's place. */
	if (reason == -EMSGSIZE) {
		reason = OVL_TUN_DROP_TX_TOO_BIG;
		skb = NULL;
	}
	ovl_count_drop(ovl->stats, skb, ovl->dev->ifindex, reason);
	if (peer)
		ovl_peer_count_drop(peer, reason);
	if (in)
		ovl_vni_count_drop(in, false);
	kfree_skb(skb);
}

/* Send a copy of a frame to a peer that isn't the last who gets it. */
static void ovl_xmit_copy(const struct sk_buff *skb, struct ovl_dev *ovl,
			  const struct ovl_vni *in, struct ovl_peer *peer)
{
	struct sk_buff *copy = skb_clone((struct sk_buff *)skb,
					 GFP_ATOMIC | __GFP_NOWARN);
	int reason = OVL_TUN_DROP_TX_NO_MEMORY;

	if (likely(copy))
		reason = ovl_xmit_peer(copy, ovl, in, peer);
	if (unlikely(reason))
		ovl_xmit_drop(copy, ovl, in, peer, reason);
}

/* The member of a group that a frame's flow is for; NULL for a local entry. */
static struct ovl_peer *ovl_flow_member(struct sk_buff *skb, const void *dst)
{
	const struct ovl_nexthop *nexthop = ovl_fdb_nexthop(dst);

	if (!nexthop)
		return NULL;
	ovl_hash(skb);
	return ovl_nexthop_select(nexthop, skb_get_hash(skb));
}

/* Copies to all destinations of an entry but the last.
 *
 * Return: the last one, or @last if there is none.
 */
static struct ovl_peer *ovl_flood_entry(struct sk_buff *skb,
					struct ovl_dev *ovl,
					const struct ovl_vni *in,
					const struct ovl_fdb_entry *entry,
					struct ovl_peer *last)
{
	void *dst = rcu_dereference(entry->dst);
	struct ovl_peer *const *peers;
	unsigned int i, n = ovl_fdb_peers(&dst, &peers);
	struct ovl_peer *peer;

	for (i = 0; i < n; i++) {
		if (last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = READ_ONCE(peers[i]);
	}
	if (unlikely(!n)) {
		peer = ovl_flow_member(skb, dst);
		if (peer && last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = peer ?: last;
	}
	return last;
}

/* Copies to all peers of the user's but the last, which is returned. */
static struct ovl_peer *ovl_flood_peers(const struct sk_buff *skb,
					struct ovl_dev *ovl,
					const struct ovl_vni *in)
{
	struct ovl_peer *peer, *last = NULL;
	unsigned long id;

	xa_for_each_range(&ovl->peers, id, peer, OVL_PEER_REMOTE + 1, S32_MAX) {
		if (unlikely(!rcu_access_pointer(peer->path)))
			continue; /* it is being made */
		if (last)
			ovl_xmit_copy(skb, ovl, in, last);
		last = peer;
	}
	return last;
}

/* Whom a frame is for that no entry leads anywhere. */
static struct ovl_peer *ovl_flood(struct sk_buff *skb,
				  struct ovl_dev *ovl, const struct ovl_vni *in)
{
	struct ovl_fdb_entry *flood = rcu_dereference(ovl->fdb.flood);
	struct ovl_peer *peer = NULL;

	if (in) {
		static const u8 all[ETH_ALEN];

		flood = ovl_fdb_lookup(ovl, all, ovl_vni_id(in));
		peer = rcu_dereference(in->remote);
	}
	if (!peer)
		peer = rcu_dereference(ovl->remote);
	if (flood) {
		ovl_fdb_touch(&flood->used);
		return ovl_flood_entry(skb, ovl, in, flood, peer);
	}
	return peer ?: ovl_flood_peers(skb, ovl, in);
}

/* Whom a frame is for that has more than the link's remote to go to. Copies
 * are sent to all destinations but the last.
 *
 * Return: as ovl_classify().
 */
static __always_inline int ovl_forward(struct ovl_dev *ovl, struct sk_buff *skb,
				       const struct ovl_vni *in,
				       struct ovl_peer **peer)
{
	struct ovl_fdb_entry *entry;
	u8 neigh = READ_ONCE(ovl->neigh);
	int err;

	if (unlikely(neigh)) {
		err = ovl_neigh_lookup(ovl, skb, in, neigh, &entry);
		if (err)
			return err;
	} else {
		entry = ovl_fdb_lookup(ovl, eth_hdr(skb)->h_dest,
				       ovl_vni_key(in));
	}
	if (likely(entry) && likely(rcu_access_pointer(entry->dst))) {
		ovl_fdb_touch(&entry->used);
		*peer = ovl_flood_entry(skb, ovl, in, entry, NULL);
		return likely(*peer) ? 0 : OVL_TUN_DROP_TX_NO_REMOTE;
	}
	*peer = ovl_flood(skb, ovl, in);
	if (likely(*peer))
		return 0;
	if (neigh & OVL_NEIGH_L2MISS)
		ovl_neigh_miss_mac(ovl, in, eth_hdr(skb)->h_dest);
	return OVL_TUN_DROP_TX_NO_REMOTE;
}

/* Whom a packet is for, on a device with one VNI.
 *
 * Return: 0 with *@peer set, the reason to drop the packet, or a negative number
 * if @skb is gone and that is no drop.
 */
static int ovl_classify(struct ovl_dev *ovl, struct sk_buff *skb,
			struct ovl_peer **peer)
{
	bool layer3 = ovl->dev->type == ARPHRD_NONE;

	if (unlikely(!ovl_inner_pull(ovl, skb)))
		return ovl_inner_reason(ovl, skb);

	if (layer3)
		*peer = ovl_route_inner(ovl, skb);
	else if (READ_ONCE(ovl->forwards))
		return ovl_forward(ovl, skb, NULL, peer);
	if (!*peer)
		*peer = rcu_dereference(ovl->remote);
	if (likely(*peer))
		return 0;
	if (layer3)
		ovl_tell_unreachable(skb);
	return OVL_TUN_DROP_TX_NO_REMOTE;
}

/* Send a packet where its metadata says. */
static noinline int ovl_xmit_external(struct sk_buff *skb, struct ovl_dev *ovl,
				      const struct ip_tunnel_info *info)
{
	const struct ovl_vni *in;
	struct ovl_external ext;
	unsigned int len;
	int err;

	/* Neither packet nor metadata may be there later. */
	in = ovl_vni_lookup(ovl, be64_to_cpu(info->key.tun_id));
	len = skb->len - skb_network_offset(skb);

	err = ovl_external_build(&ext, ovl, info);
	if (likely(!err)) {
		err = ovl_xmit_by(skb, ovl, NULL, ovl_external_path(&ext));
		dst_release(ext.dst);
	}
	if (in && err)
		ovl_vni_count_drop(in, false);
	else if (in)
		ovl_vni_count_tx(in, len);
	return err;
}

/* Send a packet of a device with more VNIs than one. A bridge says in which it
 * is; who names a remote as well has an external device. @in is set to the
 * entry of the VNI in the table, if there is one.
 */
static noinline int ovl_xmit_trunk(struct sk_buff *skb, struct ovl_dev *ovl,
				   const struct ovl_vni **in,
				   struct ovl_peer **peer)
{
	const struct ip_tunnel_info *info = skb_tunnel_info(skb);
	struct ovl_vni any;
	u64 vni;
	int err;

	if (unlikely(!info) || unlikely(!(info->mode & IP_TUNNEL_INFO_TX)))
		return ovl->external ? OVL_TUN_DROP_TX_NO_METADATA :
				       OVL_TUN_DROP_TX_NO_VNI;
	if (unlikely(!ovl_inner_pull(ovl, skb)))
		return ovl_inner_reason(ovl, skb);
	if (!(info->mode & IP_TUNNEL_INFO_BRIDGE) ||
	    ovl->dev->type == ARPHRD_NONE)
		return ovl->external ? ovl_xmit_external(skb, ovl, info) :
				       OVL_TUN_DROP_TX_NO_VNI;
	vni = be64_to_cpu(info->key.tun_id);
	*in = ovl_vni_lookup(ovl, vni);
	if (unlikely(!*in)) {
		if (!ovl_vni_carried(ovl, rcu_dereference(ovl->cfg), vni))
			return OVL_TUN_DROP_TX_VNI_UNKNOWN;
		/* All VNIs are its own, and none has an entry. */
		memset(&any, 0, sizeof(any));
		any.source.ovl = ovl;
		any.source.key.vni = vni;
	}
	err = ovl_forward(ovl, skb, *in ?: &any, peer);
	return likely(!err) ? ovl_xmit_peer(skb, ovl, *in ?: &any, *peer) :
			      max(err, 0);
}

static int ovl_xmit_skb(struct sk_buff *skb, struct ovl_dev *ovl,
			const struct ovl_vni **in, struct ovl_peer **peer)
{
	int err;

	if (unlikely(dev_recursion_level() > OVL_RECURSION_LIMIT))
		return OVL_TUN_DROP_TX_LOOP;
	if (unlikely(ovl->trunk))
		return ovl_xmit_trunk(skb, ovl, in, peer);
	err = ovl_classify(ovl, skb, peer);
	if (unlikely(err))
		return max(err, 0);
	return ovl_xmit_peer(skb, ovl, NULL, *peer);
}

/**
 * ovl_xmit() - ndo_start_xmit
 * @skb: frame, or IP packet on a layer 3 device
 * @dev: device
 *
 * Context: bottom halves disabled.
 */
netdev_tx_t ovl_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_peer *peer = NULL;
	const struct ovl_vni *in = NULL;
	int reason;

	rcu_read_lock();
	reason = ovl_xmit_skb(skb, ovl, &in, &peer);
	if (unlikely(reason))
		ovl_xmit_drop(skb, ovl, in, peer, reason);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
