// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device: operations, and configuration as a whole.
 *
 * Lifetime: ndo_init allocates what ndo_uninit frees. Unregistering stops the
 * device, which unlinks it from the sockets, and waits for a grace period
 * before the memory goes, so that no receiver keeps it. Peers and forwarding
 * entries, of which there may be a million, are freed after that, by the
 * destructor, so that nobody waits for the RTNL meanwhile.
 */

#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/wait_bit.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>
#include <net/udp_tunnel.h>

#include "device.h"
#include "echo.h"
#include "endpoint.h"
#include "external.h"
#include "fastpath.h"
#include "hash.h"
#include "learn.h"
#include "link.h"
#include "main.h"
#include "mtu.h"
#include "notify.h"
#include "path.h"
#include "vni.h"
#include "xmit.h"

static const struct net_device_ops ovl_netdev_ops, ovl_netdev_ops_l3;

/**
 * ovl_dev_is() - whether a net_device is ours
 * @dev: any device
 */
bool ovl_dev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &ovl_netdev_ops ||
	       dev->netdev_ops == &ovl_netdev_ops_l3;
}

/* What packets and others still find of a device that ends. Its peers may be
 * many; the destructor takes out those that are left.
 */
#define OVL_END_PEERS	256

static void ovl_dev_end(struct ovl_dev *ovl)
{
	struct ovl_config *cfg = rtnl_dereference(ovl->cfg);

	if (!cfg)
		return;
	RCU_INIT_POINTER(ovl->remote, NULL);
	ovl_fast_set(ovl, false);
	ovl_sources_del(ovl, &ovl->others);
	ovl_vnis_destroy(ovl);
	ovl_fdb_end(ovl);
	ovl_peers_hide(ovl, OVL_END_PEERS);
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	RCU_INIT_POINTER(ovl->cfg, NULL);
	kfree_rcu(cfg, rcu);
}

/* The core calls it without RTNL once nobody has a reference any more. */
static void ovl_dev_destructor(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	atomic_t *ending = &ovl_net(ovl->net)->ending;

	ovl_peers_destroy(ovl);
	ovl_sets_destroy(ovl);
	ovl_rules_destroy(ovl);
	ovl_echo_destroy(ovl);
	if (atomic_dec_and_test(ending))
		wake_up_var(ending);
}

/* Whether ndo_uninit has been there: statistics and configuration are gone,
 * whoever still has a reference to the net_device.
 */
static bool ovl_dev_ended(const struct ovl_dev *ovl)
{
	return !rcu_access_pointer(ovl->cfg);
}

static int ovl_init(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	int err;

	ovl_hash_init();
	ovl->stats = ovl_stats_alloc();
	if (!ovl->stats)
		return -ENOMEM;
	err = gro_cells_init(&ovl->gro_cells, dev);
	if (err) {
		free_percpu(ovl->stats);
		return err;
	}
	netdev_lockdep_set_classes(dev);
	dev->priv_destructor = ovl_dev_destructor;
	return 0;
}

static void ovl_uninit(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	list_del_init(&ovl->list);
	/* Sockets that a failed "up" left open, see ovl_dev_pre_up(). A packet
	 * from one that others share may be on its way in.
	 */
	ovl_group_leave(&ovl->group);
	if (ovl_socks_close(ovl))
		synchronize_net();
	ovl_dev_end(ovl);
	atomic_inc(&ovl_net(ovl->net)->ending);
	gro_cells_destroy(&ovl->gro_cells);
	free_percpu(ovl->stats);
}

/**
 * ovl_dev_discard() - undo ovl_dev_apply() and ovl_peers_init()
 * @ovl: device that could not be registered; one that the core has ended, or
 *	is about to, is left alone
 *
 * Context: RTNL.
 */
void ovl_dev_discard(struct ovl_dev *ovl)
{
	if (ovl->dev->priv_destructor)
		return;
	ovl_dev_end(ovl);
	ovl_peers_destroy(ovl);
	ovl_sets_destroy(ovl);
	ovl_rules_destroy(ovl);
	ovl_echo_destroy(ovl);
}

/**
 * ovl_dev_rest() - let others have the RTNL during something long
 * @ovl: device
 *
 * Context: RTNL, and a reference to the net_device, of which the caller relies
 * on nothing but its memory.
 * Return: whether the device is still there.
 */
bool ovl_dev_rest(struct ovl_dev *ovl)
{
	rtnl_unlock();
	cond_resched();
	rtnl_lock();
	return ovl->dev->reg_state == NETREG_REGISTERED;
}

static void ovl_needs_add(struct ovl_needs *needs, const struct ovl_path *path)
{
	needs->encaps |= BIT(path->encap);
	if (path->remote.family == AF_INET6)
		needs->v6 = true;
	else
		needs->v4 = true;
}

/* What the peers need as they are. */
static void ovl_needs_peers(struct ovl_needs *needs, const struct ovl_dev *ovl)
{
	int e;

	for (e = 0; e < OVL_ENCAPS; e++)
		if (ovl->peer_encaps[e])
			needs->encaps |= BIT(e);
	needs->v4 |= ovl->peer_families[0];
	needs->v6 |= ovl->peer_families[1];
}

/* Without anything that decides it may be either family. */
static void ovl_needs_end(struct ovl_needs *needs)
{
	if (needs->v4 || needs->v6)
		return;
	needs->v4 = true;
	needs->v6 = true;
	needs->optional6 = true;
	needs->either = true;
}

/* What a configuration needs by itself. Metadata may be of either family. */
static void ovl_needs_begin(struct ovl_needs *needs,
			    const struct ovl_config *cfg)
{
	memset(needs, 0, sizeof(*needs));
	needs->encaps = ovl_config_encaps(cfg);
	needs->v4 = cfg->external || cfg->local.family == AF_INET;
	needs->v6 = cfg->external || cfg->local.family == AF_INET6;
	needs->optional6 = cfg->external;
}

static int ovl_dev_open_socks(struct ovl_dev *ovl, const struct ovl_path *extra,
			      bool any, struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_socks_change change;
	struct ovl_group group;
	struct ovl_needs needs;
	int err;

	ovl_needs_begin(&needs, cfg);
	ovl_needs_peers(&needs, ovl);
	if (extra)
		ovl_needs_add(&needs, extra);
	if (any) {
		needs.optional6 |= !needs.v6;
		needs.v4 = true;
		needs.v6 = true;
	}
	ovl_needs_end(&needs);

	err = ovl_socks_prepare(ovl, cfg, &needs, &change, extack);
	if (err)
		return err;
	err = ovl_group_prepare(&group, cfg, &change, extack);
	if (err) {
		ovl_socks_cancel(&change);
		return err;
	}
	ovl_socks_link(ovl, &change);
	ovl_group_commit(ovl, &group);
	ovl_socks_release(ovl, &change);
	return 0;
}

/**
 * ovl_dev_listen() - have the sockets open that a device and its peers need
 * @ovl: device; nothing happens while it is down
 * @extra: path that is about to be published, or NULL
 * @extack: says which port can't be had, and who holds it
 *
 * Without @extra this fails only if the device has just been brought up.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_dev_listen(struct ovl_dev *ovl, const struct ovl_path *extra,
		   struct netlink_ext_ack *extack)
{
	if (!netif_running(ovl->dev))
		return 0;
	return ovl_dev_open_socks(ovl, extra, false, extack);
}

/**
 * ovl_dev_listen_without() - be ready to listen without a peer
 * @ovl: device; nothing happens while it is down
 * @path: that of a peer that is about to go, of which sockets are kept open
 *
 * Without any peer a device may be sent to over either family.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_dev_listen_without(struct ovl_dev *ovl, const struct ovl_path *path)
{
	bool v6 = path->remote.family == AF_INET6;

	if (!netif_running(ovl->dev) || ovl->peer_families[v6] != 1 ||
	    ovl->peer_families[!v6])
		return 0;
	return ovl_dev_open_socks(ovl, NULL, true, NULL);
}

/* Open the sockets where an error message can still reach the user:
 * ndo_open() has no extack. If the device does not come up for another
 * reason they stay until the next "down" or the end of the device.
 */
static int ovl_dev_pre_up(struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	return ovl_dev_open_socks(ovl, NULL, false, extack);
}

static int ovl_open(struct net_device *dev)
{
	int err = ovl_dev_pre_up(netdev_priv(dev), NULL);

	if (err)
		return err;
	ovl_mtu_refresh(netdev_priv(dev));
	ovl_fdb_age_start(netdev_priv(dev));
	return 0;
}

static int ovl_stop(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	ovl_group_leave(&ovl->group);
	ovl_socks_close(ovl);
	ovl_fdb_stop(ovl);
	return 0;
}

static int ovl_change_mtu(struct net_device *dev, int mtu)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	if (!ovl->mtu_following)
		ovl->mtu_auto = false;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static void ovl_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	struct ovl_totals drops;

	dev_get_tstats64(dev, stats);
	ovl_stats_sum(ovl->stats, &drops);
	ovl_stats_to_link(&drops, stats);
}

OVL_COMPAT_FDB_ADD(ovl_fdb_add)
OVL_COMPAT_FDB_DEL(ovl_fdb_delete)

/* The device's memory is to stay through each ovl_dev_rest(). */
static int ovl_fdb_del_bulk(struct nlmsghdr *nlh, struct net_device *dev,
			    struct netlink_ext_ack *extack)
{
	netdevice_tracker tracker;
	int err;

	netdev_hold(dev, &tracker, GFP_KERNEL);
	err = ovl_fdb_flush(nlh, dev, extack);
	netdev_put(dev, &tracker);
	return err;
}

OVL_COMPAT_FDB_BULK(ovl_fdb_del_bulk)

static const struct net_device_ops ovl_netdev_ops = {
	.ndo_init		= ovl_init,
	.ndo_uninit		= ovl_uninit,
	.ndo_open		= ovl_open,
	.ndo_stop		= ovl_stop,
	.ndo_start_xmit		= ovl_xmit,
	.ndo_get_stats64	= ovl_get_stats64,
	.ndo_change_mtu		= ovl_change_mtu,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_fdb_add		= OVL_COMPAT_FDB_OP(ovl_fdb_add),
	.ndo_fdb_del		= OVL_COMPAT_FDB_OP(ovl_fdb_delete),
	.ndo_fdb_del_bulk	= OVL_COMPAT_FDB_BULK_OP(ovl_fdb_del_bulk),
	.ndo_fdb_dump		= ovl_fdb_dump,
	.ndo_fdb_get		= ovl_fdb_get,
	.ndo_fill_metadata_dst	= ovl_fill_metadata_dst,
};

static const struct net_device_ops ovl_netdev_ops_l3 = {
	.ndo_init		= ovl_init,
	.ndo_uninit		= ovl_uninit,
	.ndo_open		= ovl_open,
	.ndo_stop		= ovl_stop,
	.ndo_start_xmit		= ovl_xmit,
	.ndo_get_stats64	= ovl_get_stats64,
	.ndo_change_mtu		= ovl_change_mtu,
	.ndo_fill_metadata_dst	= ovl_fill_metadata_dst,
};

static void ovl_get_drvinfo(struct net_device *dev,
			    struct ethtool_drvinfo *info)
{
	strscpy(info->driver, OVL_DRV_NAME, sizeof(info->driver));
	strscpy(info->version, THIS_MODULE->version, sizeof(info->version));
}

static const struct ethtool_ops ovl_ethtool_ops = {
	.get_drvinfo	= ovl_get_drvinfo,
	.get_link	= ethtool_op_get_link,
};

/* For udev, which reads it as DEVTYPE. */
static const struct device_type ovl_type = {
	.name = OVL_DRV_NAME,
};

/**
 * ovl_dev_setup() - fill a new net_device
 * @dev: device with struct ovl_dev as its private part
 */
void ovl_dev_setup(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	netdev_features_t features = NETIF_F_SG | NETIF_F_HW_CSUM |
				     NETIF_F_FRAGLIST | NETIF_F_RXCSUM |
				     NETIF_F_GSO_SOFTWARE;

	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &ovl_netdev_ops;
	dev->ethtool_ops = &ovl_ethtool_ops;
	dev->needs_free_netdev = true;
	SET_NETDEV_DEVTYPE(dev, &ovl_type);

	dev->features |= features;
	dev->hw_features |= features;
	dev->vlan_features |= features;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	ovl_compat_set_lltx(dev);
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE;
	netif_keep_dst(dev);

	dev->min_mtu = ETH_MIN_MTU;
	/* Options are left out, as geneve.ko does, so that no MTU is refused
	 * which is valid without them.
	 */
	dev->max_mtu = IP_MAX_MTU - sizeof(struct iphdr) -
		       sizeof(struct udphdr) - OVL_SHIM_BASE - ETH_HLEN;

	ovl->dev = dev;
	ovl->mtu_auto = true;
	INIT_LIST_HEAD(&ovl->list);
	xa_init_flags(&ovl->peers, XA_FLAGS_ALLOC | XA_FLAGS_LOCK_BH);
	/* As @peers, so that lockdep, for which they are one class, agrees. */
	xa_init_flags(&ovl->mtus, XA_FLAGS_LOCK_BH);
	xa_init_flags(&ovl->nexthops, XA_FLAGS_LOCK_BH);
	xa_init_flags(&ovl->vnis, XA_FLAGS_LOCK_BH);
}

/**
 * ovl_dev_setup_layer() - make a new net_device carry frames or IP packets
 * @dev: device after ovl_dev_setup()
 * @layer: 2 or 3
 */
void ovl_dev_setup_layer(struct net_device *dev, u8 layer)
{
	if (layer == 2)
		return;
	dev->netdev_ops = &ovl_netdev_ops_l3;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	dev->max_mtu += ETH_HLEN;
}

/**
 * ovl_dev_trunk() - make a new device one with more VNIs than one
 * @ovl: device
 * @cfg: its configuration, with a table of VNIs or external
 *
 * One with a table is not to be mistaken for another even while readers still
 * know one that has gone, so numbers are not given again, until all have been
 * in use.
 *
 * Context: RTNL.
 * Return: what stands for all of its VNIs in &ovl_config.vni.
 */
u32 ovl_dev_trunk(struct ovl_dev *ovl, const struct ovl_config *cfg)
{
	ovl->trunk = true;
	ovl->external = cfg->external;
	ovl->forwards = true;
	if (!cfg->vnifilter)
		return OVL_VNI_ANY;
	return OVL_TUN_N_VNI +
	       ovl_net(ovl->net)->trunks++ % (U32_MAX - OVL_TUN_N_VNI);
}

/* The peer that the link's remote is to be; a new one if there is none yet. */
static struct ovl_peer *ovl_dev_remote(struct ovl_dev *ovl,
				       const struct ovl_config *cfg,
				       struct netlink_ext_ack *extack)
{
	struct ovl_peer *remote = rtnl_dereference(ovl->remote);

	if (cfg->remote.family == AF_UNSPEC)
		return NULL;
	if (!remote) {
		remote = ovl_peer_new(ovl, OVL_PEER_REMOTE, extack);
		if (!IS_ERR(remote))
			remote->implicit = true;
	}
	return remote;
}

/* Whether packets to the peers of a device stay as they are, but for what
 * union ovl_policy has.
 */
static bool ovl_dev_same_paths(const struct ovl_config *a,
			       const struct ovl_config *b)
{
	return ovl_addr_equal(&a->remote, &b->remote) &&
	       ovl_addr_equal(&a->local, &b->local) && a->vni == b->vni &&
	       a->link == b->link && a->label == b->label &&
	       a->encap == b->encap && a->accept == b->accept &&
	       !memcmp(a->port, b->port, sizeof(a->port)) &&
	       a->sport_min == b->sport_min && a->sport_max == b->sport_max &&
	       a->gbp == b->gbp && a->nooptions == b->nooptions &&
	       ether_addr_equal(a->mac, b->mac);
}

/* Which peers a change of a device's configuration is a change of. */
enum ovl_concerned {
	OVL_CONCERNED_NONE,
	OVL_CONCERNED_POLICY,	/* those with a policy of their own */
	OVL_CONCERNED_ALL,
};

static enum ovl_concerned ovl_dev_concerned(const struct ovl_dev *ovl,
					    const struct ovl_config *old,
					    const struct ovl_config *cfg)
{
	if (!old || !ovl_dev_same_paths(old, cfg))
		return OVL_CONCERNED_ALL;
	if (ovl->policies && ovl_policy(cfg).word != ovl->policy.word)
		return OVL_CONCERNED_POLICY;
	return OVL_CONCERNED_NONE;
}

/* Build what peers are to become, and find out what sockets all of them need. */
static int ovl_dev_prepare_peers(struct ovl_dev *ovl,
				 const struct ovl_config *cfg,
				 enum ovl_concerned concerned,
				 const struct ovl_peer *leaving,
				 struct ovl_needs *needs,
				 struct netlink_ext_ack *extack)
{
	struct ovl_peer *peer;
	unsigned long id;
	int err;

	ovl_needs_begin(needs, cfg);
	if (concerned != OVL_CONCERNED_ALL)
		ovl_needs_peers(needs, ovl);
	if (concerned == OVL_CONCERNED_NONE)
		return 0;
	xa_for_each(&ovl->peers, id, peer) {
		struct ovl_peer_config own = peer->cfg;

		if (peer == leaving ||
		    (concerned == OVL_CONCERNED_POLICY &&
		     !rtnl_dereference(peer->path)->policy.word))
			continue;
		if (id == OVL_PEER_REMOTE)
			own.remote = cfg->remote;
		err = ovl_peer_prepare(peer, cfg, &own, peer->macs, extack);
		if (err)
			return err;
		if (peer->rank != OVL_RANK_LEARNED)
			ovl_needs_add(needs, peer->next_path);
	}
	return 0;
}

/**
 * ovl_dev_cancel_peers() - drop what was prepared for any peer
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_dev_cancel_peers(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer)
		ovl_peer_cancel(peer);
}

/**
 * ovl_dev_publish_peers() - put in force what was prepared for any peer
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_dev_publish_peers(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer)
		if (peer->next_path)
			ovl_peer_publish(peer);
}

static int ovl_dev_prepare_others(struct ovl_dev *ovl,
				  const struct ovl_config *cfg,
				  struct ovl_sources *next,
				  struct netlink_ext_ack *extack)
{
	struct ovl_source_key key = { .vni = cfg->vni };
	u32 tx_vni = cfg->external ? OVL_VNI_ANY : cfg->vni;

	return ovl_sources_add(next, ovl, NULL, cfg, &key, tx_vni, extack);
}

/* Forget what was learned of a remote that becomes another. */
static void ovl_dev_leave_remote(struct ovl_dev *ovl, struct ovl_peer *remote,
				 const struct ovl_config *cfg)
{
	if (!remote || !READ_ONCE(remote->users) ||
	    ovl_addr_equal(&remote->cfg.remote, &cfg->remote))
		return;
	ovl_fdb_forget(remote);
	spin_lock_bh(&ovl->fdb.lock);
	remote->gone = false;
	spin_unlock_bh(&ovl->fdb.lock);
}

/* Whether the routes to all peers, and what the outer headers take, are those
 * of another configuration.
 */
static bool ovl_dev_same_mtu(const struct ovl_config *a,
			     const struct ovl_config *b)
{
	return a->encap == b->encap && a->link == b->link &&
	       a->tos == b->tos && a->label == b->label &&
	       ovl_addr_equal(&a->remote, &b->remote) &&
	       ovl_addr_equal(&a->local, &b->local);
}

/* Whether routes that metadata remembers may be others now. */
static bool ovl_dev_moves_routes(const struct ovl_config *a,
				 const struct ovl_config *b)
{
	return b->external && a && (a->link != b->link ||
				    !ovl_addr_equal(&a->local, &b->local));
}

/**
 * ovl_dev_reserve() - have packets come with room for outer headers
 * @ovl: device
 * @overhead: bytes from the outer IP header to the inner network header
 *
 * Context: RTNL.
 */
void ovl_dev_reserve(struct ovl_dev *ovl, unsigned int overhead)
{
	struct net_device *dev = ovl->dev;

	overhead += ovl->vni_options + ETH_HLEN;
	if (overhead > dev->needed_headroom)
		WRITE_ONCE(dev->needed_headroom, overhead);
}

static int __ovl_dev_apply(struct ovl_dev *ovl, const struct ovl_config *cfg,
			   struct netlink_ext_ack *extack)
{
	struct ovl_peer *old_remote = rtnl_dereference(ovl->remote), *remote;
	struct ovl_config *old_cfg = rtnl_dereference(ovl->cfg), *new_cfg;
	bool running = netif_running(ovl->dev);
	bool ageing = !old_cfg || old_cfg->ageing != cfg->ageing;
	struct ovl_socks_change socks;
	bool refresh = !old_cfg || !ovl_dev_same_mtu(old_cfg, cfg);
	bool forget = ovl_dev_moves_routes(old_cfg, cfg);
	enum ovl_concerned concerned = ovl_dev_concerned(ovl, old_cfg, cfg);
	struct ovl_group group = {};
	struct ovl_sources others;
	struct ovl_needs needs;
	int err;

	ASSERT_RTNL();

	new_cfg = kmemdup(cfg, sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	if (!new_cfg)
		return -ENOMEM;
	remote = ovl_dev_remote(ovl, cfg, extack);
	if (IS_ERR(remote)) {
		err = PTR_ERR(remote);
		goto free_config;
	}

	err = ovl_dev_prepare_peers(ovl, cfg, concerned,
				    remote ? NULL : old_remote, &needs, extack);
	if (err)
		goto cancel_peers;
	ovl_needs_end(&needs);
	err = ovl_vnis_check(ovl, cfg, extack);
	if (err)
		goto cancel_peers;
	err = ovl_dev_prepare_others(ovl, cfg, &others, extack);
	if (err)
		goto cancel_peers;
	if (running) {
		err = ovl_socks_prepare(ovl, cfg, &needs, &socks, extack);
		if (err)
			goto cancel_others;
		err = ovl_group_prepare(&group, cfg, &socks, extack);
		if (err) {
			ovl_socks_cancel(&socks);
			goto cancel_others;
		}
	}

	/* Listen first: a reply may come as soon as something is sent. */
	rcu_assign_pointer(ovl->cfg, new_cfg);
	if (running)
		ovl_socks_link(ovl, &socks);
	ovl_dev_leave_remote(ovl, remote, cfg);
	if (remote)
		remote->cfg.remote = cfg->remote;
	if (concerned == OVL_CONCERNED_ALL)
		WRITE_ONCE(ovl->dev->needed_headroom,
			   ovl_overhead(cfg, cfg->layer == 2 ?
					OVL_INNER_FRAME : OVL_INNER_IP,
					&ovl->own.opts) + ETH_HLEN);
	if (concerned != OVL_CONCERNED_NONE)
		ovl_dev_publish_peers(ovl);
	WRITE_ONCE(ovl->policy.word, ovl_policy(cfg).word);
	rcu_assign_pointer(ovl->remote, remote);
	WRITE_ONCE(ovl->neigh, cfg->neigh);
	/* Packets without a peer, and with metadata, go the ordinary way. */
	ovl_fast_set(ovl, cfg->fastpath && !cfg->external);
	ovl_fdb_update_use(ovl);
	if (running) {
		ovl_group_commit(ovl, &group);
		ovl_socks_release(ovl, &socks);
	}
	ovl_sources_del(ovl, &ovl->others);
	ovl->others = others;
	if (old_remote && !remote)
		ovl_peer_free(old_remote);
	if (old_cfg)
		kfree_rcu(old_cfg, rcu);

	if (forget)
		ovl_external_forget(ovl);
	if (refresh)
		ovl_mtu_refresh(ovl);
	if (running && ageing)
		ovl_fdb_age_start(ovl);
	return 0;

cancel_others:
	ovl_sources_del(ovl, &others);
cancel_peers:
	if (concerned != OVL_CONCERNED_NONE)
		ovl_dev_cancel_peers(ovl);
	if (remote && remote != old_remote)
		ovl_peer_free(remote);
free_config:
	kfree(new_cfg);
	return err;
}

/**
 * ovl_dev_apply() - give a device a configuration, all of it or nothing
 * @ovl: device; what it has now may be anything, nothing included
 * @cfg: configuration, which is copied
 * @extack: says what is wrong
 *
 * Builds everything first and publishes it when nothing can fail any more.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the device as it was.
 */
int ovl_dev_apply(struct ovl_dev *ovl, const struct ovl_config *cfg,
		  struct netlink_ext_ack *extack)
{
	int err;

	ovl_fdb_pause(ovl, true);
	err = __ovl_dev_apply(ovl, cfg, extack);
	ovl_fdb_pause(ovl, false);
	return err;
}

static void ovl_offload_ports(struct net_device *dev, bool push)
{
	struct ovl_sock *os;

	list_for_each_entry(os, &ovl_net(dev_net(dev))->sockets, list)
		if (push)
			udp_tunnel_push_rx_port(dev, os->sk,
						ovl_sock_tunnel_type(os));
		else
			udp_tunnel_drop_rx_port(dev, os->sk,
						ovl_sock_tunnel_type(os));
}

/**
 * ovl_dev_event() - netdevice notifier
 * @nb: unused
 * @event: NETDEV_*
 * @ptr: struct netdev_notifier_info
 *
 * Context: RTNL.
 */
int ovl_dev_event(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	int err = 0;

	/* While somebody holds a device that has gone the core says so again
	 * every second. Its index may be another's by now.
	 */
	if (dev->reg_state == NETREG_UNREGISTERED)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_UDP_TUNNEL_PUSH_INFO:
	case NETDEV_UDP_TUNNEL_DROP_INFO:
		ovl_offload_ports(dev, event == NETDEV_UDP_TUNNEL_PUSH_INFO);
		break;
	case NETDEV_UNREGISTER:
		ovl_fast_dev_gone(dev);
		ovl_link_gone(dev);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGEMTU:
		ovl_mtu_underlay_changed(dev_net(dev));
		break;
	}

	if (!ovl_dev_is(dev) || ovl_dev_ended(netdev_priv(dev)))
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_PRE_UP:
		err = ovl_dev_pre_up(netdev_priv(dev),
				     netdev_notifier_info_to_extack(ptr));
		break;
	case NETDEV_REGISTER:
	case NETDEV_UP:
	case NETDEV_DOWN:
	case NETDEV_CHANGEMTU:
	case NETDEV_CHANGENAME:
		ovl_notify_dev(netdev_priv(dev), OVL_TUN_CMD_DEV_NTF);
		break;
	case NETDEV_UNREGISTER:
		ovl_notify_dev(netdev_priv(dev), OVL_TUN_CMD_DEV_DEL_NTF);
		break;
	}
	return notifier_from_errno(err);
}
