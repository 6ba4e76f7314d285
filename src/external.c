// SPDX-License-Identifier: GPL-2.0
/*
 * External mode: packets bring tunnel metadata that says where they go, and get
 * some that says where they have come from.
 *
 * What is sent needs no peer. Its metadata, together with what the link says of
 * ports, becomes a sending side of its own for just this packet, from which
 * send.c goes on as with that of a peer. The route is kept in the metadata,
 * which belongs to a tc action or a route and serves more packets than one.
 *
 * Lifetime: metadata is read only while the packet has it, in one RCU read
 * section; all that is needed of it later is copied first, since the way to the
 * underlay takes it off the packet. Metadata of received packets is the
 * packet's from the beginning.
 */

#include <linux/rcupdate.h>
#include <net/dst_cache.h>
#include <net/dst_metadata.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/udp_tunnel.h>
#include <net/vxlan.h>

#include "device.h"
#include "external.h"
#include "hash.h"
#include "rule.h"
#include "wire.h"

/* Outer addresses. The link's local one is for metadata that has none. */
static bool ovl_external_addrs(struct ovl_path *path,
			       const struct ovl_config *cfg,
			       const struct ip_tunnel_info *info)
{
	const struct ip_tunnel_key *key = &info->key;

	if (ip_tunnel_info_af(info) == AF_INET) {
		ovl_addr_set4(&path->remote, key->u.ipv4.dst);
		ovl_addr_set4(&path->local, key->u.ipv4.src);
		if (!key->u.ipv4.src && cfg->local.family == AF_INET)
			path->local = cfg->local;
		return !!key->u.ipv4.dst;
	}
	ovl_addr_set6(&path->remote, &key->u.ipv6.dst);
	ovl_addr_set6(&path->local, &key->u.ipv6.src);
	if (ipv6_addr_any(&key->u.ipv6.src) && cfg->local.family == AF_INET6)
		path->local = cfg->local;
	return !ipv6_addr_any(&key->u.ipv6.dst);
}

/* Options belong to one encapsulation, unless BPF has set them, which says that
 * they are any's; and then ports do. A port that is the other one's is not meant.
 */
static void ovl_external_encap(struct ovl_path *path,
			       const struct ovl_config *cfg,
			       const struct ip_tunnel_key *key)
{
	bool geneve = ovl_compat_tun_flag(key, GENEVE_OPT);
	bool vxlan = ovl_compat_tun_flag(key, VXLAN_OPT);

	if (geneve != vxlan)
		path->encap = geneve ? OVL_TUN_ENCAP_GENEVE :
				       OVL_TUN_ENCAP_VXLAN;
	else if (key->tp_dst == cfg->port[!cfg->encap])
		path->encap = !cfg->encap;
	else
		path->encap = cfg->encap;

	path->dport = key->tp_dst;
	if (!path->dport || path->dport == cfg->port[!path->encap])
		path->dport = cfg->port[path->encap];
}

/* Header with the options of the metadata. */
static bool ovl_external_geneve(struct ovl_path *path, u32 vni,
				const struct ip_tunnel_info *info)
{
	const struct ip_tunnel_key *key = &info->key;
	struct ovl_opts_info checked;
	const void *opts = NULL;
	unsigned int len = 0;

	if (ovl_compat_tun_flag(key, GENEVE_OPT)) {
		opts = ip_tunnel_info_opts((struct ip_tunnel_info *)info);
		len = info->options_len;
		if (len > OVL_OPTS_MAX_LEN ||
		    !ovl_opts_check(opts, len, &checked))
			return false;
	}
	path->header.len = ovl_geneve_build(path->header.shim, vni, opts, len);
	ovl_geneve_set_flags(path->header.shim, ovl_compat_tun_flag(key, OAM),
			     ovl_compat_tun_flag(key, CRIT_OPT));
	return true;
}

/* Header with the group of the metadata, for which GPE has no place. */
static bool ovl_external_vxlan(struct ovl_path *path, u32 vni,
			       const struct ovl_config *cfg,
			       const struct ip_tunnel_info *info)
{
	const struct vxlan_metadata *md;

	path->header.len = OVL_SHIM_BASE;
	if (path->inner == OVL_INNER_IP)
		ovl_vxlan_gpe_build(path->header.shim, vni);
	else
		ovl_vxlan_build(path->header.shim, vni);
	if (!ovl_compat_tun_flag(&info->key, VXLAN_OPT))
		return true;
	if (info->options_len < sizeof(*md))
		return false;
	md = ip_tunnel_info_opts((struct ip_tunnel_info *)info);
	if (cfg->gbp)
		ovl_vxlan_gbp_set_mark(path->header.shim, md->gbp);
	return true;
}

static bool ovl_external_shim(struct ovl_path *path,
			      const struct ovl_config *cfg,
			      const struct ip_tunnel_info *info)
{
	u64 vni = be64_to_cpu(info->key.tun_id);

	if (vni >= OVL_TUN_N_VNI)
		return false;
	if (path->encap == OVL_TUN_ENCAP_GENEVE)
		return ovl_external_geneve(path, vni, info);
	return ovl_external_vxlan(path, vni, cfg, info);
}

static void ovl_external_fields(struct ovl_path *path,
				const struct ovl_config *cfg,
				const struct ip_tunnel_key *key)
{
	path->link = cfg->link;
	path->label = key->label;
	path->sport_min = cfg->sport_min;
	path->sport_max = cfg->sport_max;
	path->limit = U32_MAX;
	path->carries = U32_MAX;
	path->policy.ttl = key->ttl;
	path->policy.tos = key->tos & ~INET_ECN_MASK; /* never OVL_TOS_INHERIT */
	path->policy.df = ovl_compat_tun_flag(key, DONT_FRAGMENT) ?
			  OVL_TUN_DF_SET : OVL_TUN_DF_UNSET;
	path->policy.flags = OVL_POLICY_GIVEN;
	if (ovl_compat_tun_flag(key, CSUM))
		path->policy.flags |= OVL_POLICY_CSUM4 | OVL_POLICY_CSUM6;
	path->inner = cfg->layer == 2 ? OVL_INNER_FRAME : OVL_INNER_IP;
}

/**
 * ovl_external_build() - make the sending side that metadata describes
 * @ext: filled
 * @ovl: external device
 * @info: metadata
 *
 * Context: RCU read section.
 * Return: 0, or the reason to drop the packet that has the metadata.
 */
int ovl_external_build(struct ovl_external *ext, struct ovl_dev *ovl,
		       const struct ip_tunnel_info *info)
{
	const struct ovl_config *cfg = rcu_dereference(ovl->cfg);
	struct ovl_path *path = ovl_external_path(ext);

	if (unlikely(!cfg)) /* the device has ended */
		return OVL_TUN_DROP_TX_NO_SOCKET;
	ext->route.dst = NULL;
	memset(path, 0, sizeof(*path));
	path->net = ovl->net;
	ovl_external_fields(path, cfg, &info->key);
	ovl_external_encap(path, cfg, &info->key);
	if (unlikely(!ovl_external_addrs(path, cfg, info)) ||
	    unlikely(!ovl_external_shim(path, cfg, info)))
		return OVL_TUN_DROP_TX_METADATA_INVALID;

	ovl_path_measure(path);
	return 0;
}

/* The route that metadata remembers. */
static struct dst_entry *ovl_external_cached(struct dst_cache *cache, bool v6,
					     struct ovl_route *route)
{
	struct rtable *rt;

	if (v6)
		return dst_cache_get_ip6(cache, &route->saddr6);
	rt = dst_cache_get_ip4(cache, &route->saddr4);
	return rt ? &rt->dst : NULL;
}

/**
 * ovl_external_lookup() - route of a packet with metadata
 * @path: from ovl_external_build()
 * @skb: packet
 * @sk: socket that sends
 * @flow: what chooses the route
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: &ovl_external.route or an error pointer.
 */
const struct ovl_route *ovl_external_lookup(struct ovl_path *path,
					    struct sk_buff *skb,
					    const struct sock *sk,
					    struct ovl_flow *flow)
{
	struct ovl_external *ext = container_of((void *)path,
						struct ovl_external, room);
	struct ovl_route *route = &ext->route;
	struct ip_tunnel_info *info = skb_tunnel_info(skb);
	bool v6 = path->remote.family == AF_INET6;
	struct dst_cache *cache = NULL;
	int err;

	if (ip_tunnel_dst_cache_usable(skb, info))
		cache = &info->dst_cache;
	route->dst = cache ? ovl_external_cached(cache, v6, route) : NULL;
	if (!route->dst) {
		flow->flags = info->key.flow_flags;
		err = ovl_path_output(path, sk, flow, route);
		if (err)
			return ERR_PTR(err);
		if (cache && v6)
			dst_cache_set_ip6(cache, route->dst, &route->saddr6);
		else if (cache)
			dst_cache_set_ip4(cache, route->dst, route->saddr4);
	}
	ovl_route_settle(path, route);
	return route;
}

/**
 * ovl_external_forget() - have the routes that metadata remembers be looked up anew
 * @ovl: external device whose outer source or interface has changed
 *
 * Metadata is anybody's, and what it remembers cannot be compared with the
 * configuration. All routes of the underlay's namespace end instead, as with any change
 * of an address there; packets have nothing to check. Those that have the old
 * configuration may have a route remembered yet, and are waited for.
 *
 * Context: RTNL, with the new configuration in force.
 */
void ovl_external_forget(const struct ovl_dev *ovl)
{
	synchronize_net();
	rt_genid_bump_all(ovl->net);
}

/* Put options into new metadata. They stand behind what fortified kernels before
 * 6.17 know of the structure, which warn of that where they do it themselves.
 */
static void ovl_external_put_opts(struct ip_tunnel_info *info, const void *opts,
				  unsigned int len)
{
	void *room;

	info->options_len = len;
	room = ip_tunnel_info_opts(info);
	OPTIMIZER_HIDE_VAR(room);
	memcpy(room, opts, len);
}

/**
 * ovl_external_answer() - let metadata fit what has become of a packet
 * @skb: the answer to its sender, who is told of the MTU
 * @path: sending side of the packet
 * @route: its route
 *
 * The answer comes from where the packet would have gone.
 *
 * Return: whether there was memory for it.
 */
bool ovl_external_answer(struct sk_buff *skb, const struct ovl_path *path,
			 const struct ovl_route *route)
{
	struct ip_tunnel_info *old = skb_tunnel_info(skb);
	struct ip_tunnel_info *info;
	struct metadata_dst *md;

	md = metadata_dst_alloc(old->options_len, METADATA_IP_TUNNEL,
				GFP_ATOMIC | __GFP_NOWARN);
	if (!md)
		return false;
	info = &md->u.tun_info;
	info->key = old->key;
	info->mode = old->mode & ~IP_TUNNEL_INFO_TX;
	ovl_external_put_opts(info, ip_tunnel_info_opts(old), old->options_len);
	if (path->remote.family == AF_INET6) {
		info->key.u.ipv6.src = path->remote.v6;
		info->key.u.ipv6.dst = route->saddr6;
	} else {
		info->key.u.ipv4.src = path->remote.v4;
		info->key.u.ipv4.dst = route->saddr4;
	}
	skb_dst_drop(skb);
	skb_dst_set(skb, &md->dst);
	return true;
}

static bool ovl_opts_critical(const u8 *opts, unsigned int len)
{
	struct ovl_opts_info info;

	return ovl_opts_check(opts, len, &info) && info.critical;
}

/**
 * ovl_external_receive() - attach metadata to a received packet
 * @skb: packet, whose headers are the outer ones yet, and its data the inner
 * @os: socket that it came in by
 * @shim: its encapsulation header, whose options are in the linear part
 * @verdict: what rules have said of it
 *
 * The port that it came to tells the encapsulation; the flag of Geneve options
 * is there only if they are, as from geneve.ko, and that of VXLAN's only if the
 * packet has a group, as from vxlan.ko with gbp.
 *
 * Context: softirq.
 * Return: 0, or the reason to drop the packet.
 */
int ovl_external_receive(struct sk_buff *skb, const struct ovl_sock *os,
			 const struct ovl_shim *shim,
			 const struct ovl_verdict *verdict)
{
	unsigned int len = shim->len - OVL_SHIM_BASE;
	const u8 *start = ovl_shim_start(skb);
	const u8 *opts = start + OVL_SHIM_BASE;
	u8 kept[OVL_OPTS_MAX_LEN];
	struct vxlan_metadata group;
	struct ip_tunnel_info *info;
	struct metadata_dst *md;

	if (unlikely(verdict->set & OVL_VERDICT_STRIP)) {
		len = ovl_program_keep(verdict->prog, verdict->strip, opts, len,
				       kept);
		opts = kept;
	}
	if (shim->marked)
		len = sizeof(group);

	md = ovl_compat_udp_tun_rx_dst(skb, os->family,
				       key32_to_tunnel_id(htonl(shim->vni)),
				       len);
	if (unlikely(!md))
		return OVL_TUN_DROP_RX_NO_MEMORY;
	info = &md->u.tun_info;
	ovl_compat_tun_flag_set(&info->key, KEY);
	if (os->encap == OVL_TUN_ENCAP_GENEVE) {
		if (shim->control)
			ovl_compat_tun_flag_set(&info->key, OAM);
		if (ovl_geneve_critical(start) &&
		    (opts != kept || ovl_opts_critical(opts, len)))
			ovl_compat_tun_flag_set(&info->key, CRIT_OPT);
		if (len)
			ovl_compat_tun_flag_set(&info->key, GENEVE_OPT);
		ovl_external_put_opts(info, opts, len);
	} else if (shim->marked) {
		group.gbp = shim->mark;
		ovl_compat_tun_flag_set(&info->key, VXLAN_OPT);
		ovl_external_put_opts(info, &group, len);
	}
	skb_dst_set(skb, &md->dst);
	return 0;
}

static int ovl_external_fill(struct ovl_dev *ovl, struct sk_buff *skb,
			     struct ip_tunnel_info *info)
{
	struct ovl_flow flow = {
		.mark = ovl_dev_mark(ovl, skb), .tos = info->key.tos,
	};
	struct ovl_external ext;
	struct ovl_path *path = ovl_external_path(&ext);
	const struct ovl_route *route;
	const struct ovl_sock *os;
	bool v6;

	if (ovl_external_build(&ext, ovl, info))
		return -EINVAL;
	v6 = path->remote.family == AF_INET6;
	os = rcu_dereference(ovl->socks.at[path->encap][v6]);
	if (!os)
		return -EIO;
	/* By the kernel: nothing of the packet may be in the linear part. It
	 * keeps the hash until it is sent.
	 */
	skb_get_hash(skb);
	flow.sport = ovl_source_port(path, skb);
	route = ovl_external_lookup(path, skb, os->sk, &flow);
	if (IS_ERR(route))
		return PTR_ERR(route);
	if (v6)
		info->key.u.ipv6.src = route->saddr6;
	else
		info->key.u.ipv4.src = route->saddr4;
	info->key.tp_src = flow.sport;
	info->key.tp_dst = path->dport;
	dst_release(route->dst);
	return 0;
}

/**
 * ovl_fill_metadata_dst() - ndo_fill_metadata_dst
 * @dev: device
 * @skb: packet that is going to be sent, with metadata of its own
 *
 * Tell what the metadata leaves open: outer source and ports.
 *
 * Context: bottom halves disabled.
 * Return: 0 or a negative error.
 */
int ovl_fill_metadata_dst(struct net_device *dev, struct sk_buff *skb)
{
	struct ip_tunnel_info *info = skb_tunnel_info(skb);
	struct ovl_dev *ovl = netdev_priv(dev);
	int err = -EINVAL;

	if (ovl->external && !(info->mode & IP_TUNNEL_INFO_BRIDGE)) {
		rcu_read_lock();
		err = ovl_external_fill(ovl, skb, info);
		rcu_read_unlock();
	}
	return err;
}
