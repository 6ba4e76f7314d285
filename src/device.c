// SPDX-License-Identifier: GPL-2.0
/*
 * The net_device: operations, configuration as a whole, MTU.
 *
 * Lifetime: ndo_init allocates what ndo_uninit frees. Unregistering stops the
 * device, which unlinks it from the sockets, and waits for a grace period
 * before the memory goes, so that no receiver keeps it.
 */

#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/udp_tunnel.h>

#include "device.h"
#include "main.h"
#include "notify.h"
#include "xmit.h"

/* The devices on a path of tunnels that follow an underlay's MTU at once. */
#define OVL_MTU_DEPTH	4

static const struct net_device_ops ovl_netdev_ops;

/**
 * ovl_dev_is() - whether a net_device is ours
 * @dev: any device
 */
bool ovl_dev_is(const struct net_device *dev)
{
	return dev->netdev_ops == &ovl_netdev_ops;
}

static int ovl_init(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);
	int err;

	ovl->stats = ovl_stats_alloc();
	if (!ovl->stats)
		return -ENOMEM;
	err = gro_cells_init(&ovl->gro_cells, dev);
	if (err) {
		free_percpu(ovl->stats);
		return err;
	}
	netdev_lockdep_set_classes(dev);
	return 0;
}

/**
 * ovl_dev_free_config() - drop the configuration of a device that ends
 * @ovl: device that isn't running
 *
 * Context: RTNL.
 */
void ovl_dev_free_config(struct ovl_dev *ovl)
{
	struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_peer_tx *tx = rtnl_dereference(ovl->tx);

	RCU_INIT_POINTER(ovl->tx, NULL);
	RCU_INIT_POINTER(ovl->cfg, NULL);
	ovl_peer_tx_free_rcu(tx);
	if (cfg)
		kfree_rcu(cfg, rcu);
}

static void ovl_uninit(struct net_device *dev)
{
	struct ovl_dev *ovl = netdev_priv(dev);

	list_del_init(&ovl->list);
	/* Sockets that a failed "up" left open, see ovl_dev_pre_up(). */
	ovl_binds_close(ovl);
	ovl_dev_free_config(ovl);
	gro_cells_destroy(&ovl->gro_cells);
	free_percpu(ovl->stats);
}

/* Open the sockets where an error message can still reach the user:
 * ndo_open() has no extack. If the device does not come up for another
 * reason they stay until the next "down" or the end of the device.
 */
static int ovl_dev_pre_up(struct ovl_dev *ovl, struct netlink_ext_ack *extack)
{
	struct ovl_binds_change binds;
	int err;

	err = ovl_binds_prepare(ovl, rtnl_dereference(ovl->cfg), &binds,
				extack);
	if (err)
		return err;
	ovl_binds_link(ovl, &binds);
	ovl_binds_release(ovl, &binds);
	return 0;
}

static int ovl_open(struct net_device *dev)
{
	int err = ovl_dev_pre_up(netdev_priv(dev), NULL);

	if (!err)
		ovl_dev_update_mtu(netdev_priv(dev));
	return err;
}

static int ovl_stop(struct net_device *dev)
{
	ovl_binds_close(netdev_priv(dev));
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
	ovl->path_mtu = ETH_DATA_LEN;
	ovl->mtu_auto = true;
	INIT_LIST_HEAD(&ovl->list);
}

/* Whether two devices would wait for the same packets. */
static bool ovl_config_clash(const struct ovl_config *a,
			     const struct ovl_config *b)
{
	u8 both = ovl_config_encaps(a) & ovl_config_encaps(b);
	int e;

	if (a->vni != b->vni || !ovl_addr_equal(&a->remote, &b->remote))
		return false;
	for (e = 0; e < OVL_ENCAPS; e++)
		if ((both & BIT(e)) && a->port[e] == b->port[e])
			return true;
	return false;
}

static int ovl_dev_check_clash(struct ovl_dev *ovl,
			       const struct ovl_config *cfg,
			       struct netlink_ext_ack *extack)
{
	struct ovl_dev *other;

	list_for_each_entry(other, &ovl_net(ovl->net)->devices, list) {
		if (other == ovl ||
		    !ovl_config_clash(cfg, rtnl_dereference(other->cfg)))
			continue;
		NL_SET_ERR_MSG_FMT_MOD(extack, "device %s has VNI %u to this remote already",
				       netdev_name(other->dev), cfg->vni);
		return -EEXIST;
	}
	return 0;
}

/**
 * ovl_dev_apply() - give a device a configuration, all of it or nothing
 * @ovl: device; what it has now may be anything, nothing included
 * @cfg: configuration, which is copied
 * @opts: options, which are copied
 * @extack: says what is wrong
 *
 * Builds everything first and publishes it when nothing can fail any more.
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the device as it was.
 */
int ovl_dev_apply(struct ovl_dev *ovl, const struct ovl_config *cfg,
		  const struct ovl_optset *opts,
		  struct netlink_ext_ack *extack)
{
	struct ovl_config *old_cfg, *new_cfg;
	struct ovl_binds_change binds;
	struct ovl_peer_tx *old_tx, *new_tx = NULL;
	bool running = netif_running(ovl->dev);
	int err;

	ASSERT_RTNL();

	err = ovl_dev_check_clash(ovl, cfg, extack);
	if (err)
		return err;

	new_cfg = kmemdup(cfg, sizeof(*cfg), GFP_KERNEL_ACCOUNT);
	if (!new_cfg)
		return -ENOMEM;
	if (cfg->remote.family != AF_UNSPEC) {
		new_tx = ovl_peer_tx_new(ovl->net, cfg, opts);
		if (!new_tx) {
			err = -ENOMEM;
			goto free_config;
		}
	}
	if (running) {
		err = ovl_binds_prepare(ovl, cfg, &binds, extack);
		if (err)
			goto free_tx;
	}

	old_cfg = rtnl_dereference(ovl->cfg);
	old_tx = rtnl_dereference(ovl->tx);
	/* Listen first: a reply may come as soon as something is sent. */
	rcu_assign_pointer(ovl->cfg, new_cfg);
	if (running)
		ovl_binds_link(ovl, &binds);
	rcu_assign_pointer(ovl->tx, new_tx);
	if (running)
		ovl_binds_release(ovl, &binds);
	if (opts != &ovl->opts)
		ovl->opts = *opts;

	if (old_cfg)
		kfree_rcu(old_cfg, rcu);
	ovl_peer_tx_free_rcu(old_tx);

	ovl->dev->needed_headroom = ovl_overhead(cfg, opts) + ETH_HLEN;
	ovl_dev_update_mtu(ovl);
	return 0;

free_tx:
	ovl_peer_tx_free_rcu(new_tx);
free_config:
	kfree(new_cfg);
	return err;
}

/* MTU that lets every inner packet through without fragments. While there is
 * no route to the remote the path counts as it was last known.
 */
static unsigned int ovl_dev_best_mtu(struct ovl_dev *ovl)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_peer_tx *tx = rtnl_dereference(ovl->tx);
	struct net_device *link;
	struct dst_entry *dst;
	unsigned int mtu;

	dst = tx ? ovl_peer_route(tx) : ERR_PTR(-ENETUNREACH);
	if (!IS_ERR(dst)) {
		/* A route through lo or through the tunnel itself says
		 * nothing of the path.
		 */
		if (!(dst->dev->flags & IFF_LOOPBACK) && dst->dev != ovl->dev)
			ovl->path_mtu = dst_mtu(dst);
		dst_release(dst);
	} else if (cfg->link) {
		link = __dev_get_by_index(ovl->net, cfg->link);
		if (link)
			ovl->path_mtu = link->mtu;
	}

	mtu = ovl->path_mtu;
	mtu -= min(mtu, ovl_overhead(cfg, &ovl->opts));
	return clamp(mtu, ovl->dev->min_mtu, ovl->dev->max_mtu);
}

/**
 * ovl_dev_update_mtu() - follow the underlay's MTU unless a user has set one
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_dev_update_mtu(struct ovl_dev *ovl)
{
	struct net_device *dev = ovl->dev;
	unsigned int mtu;

	ASSERT_RTNL();
	if (!ovl->mtu_auto || ovl->mtu_following)
		return;

	mtu = ovl_dev_best_mtu(ovl);
	if (mtu == dev->mtu)
		return;
	if (dev->reg_state != NETREG_REGISTERED) {
		dev->mtu = mtu;
		return;
	}
	ovl->mtu_following = true;
	dev_set_mtu(dev, mtu);
	ovl->mtu_following = false;
}

/* An underlay's link, address or MTU has changed. */
static void ovl_underlay_changed(struct net *net)
{
	static unsigned int depth; /* RTNL */
	struct ovl_dev *ovl;

	/* A tunnel over a tunnel follows as well; one that leads through
	 * itself must not shrink for ever.
	 */
	if (depth >= OVL_MTU_DEPTH)
		return;
	depth++;
	list_for_each_entry(ovl, &ovl_net(net)->devices, list)
		ovl_dev_update_mtu(ovl);
	depth--;
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

	switch (event) {
	case NETDEV_UDP_TUNNEL_PUSH_INFO:
	case NETDEV_UDP_TUNNEL_DROP_INFO:
		ovl_offload_ports(dev, event == NETDEV_UDP_TUNNEL_PUSH_INFO);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGEMTU:
		ovl_underlay_changed(dev_net(dev));
		break;
	}

	if (!ovl_dev_is(dev))
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
