// SPDX-License-Identifier: GPL-2.0
/*
 * The MTU of a device follows those of the routes to its peers, unless a user
 * has set it.
 *
 * Of each peer it is known how large a packet may be. The device's MTU is the
 * least of them, so that every packet gets through to every peer whole. When
 * the underlay changes all routes are asked anew: those of the first peers at
 * once, of others a number at a time, so that nobody waits for the RTNL as long
 * as it takes to ask them all.
 *
 * Everything here runs under RTNL.
 */

#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/dst.h>
#include <net/ip6_fib.h>
#include <net/lwtunnel.h>
#include <net/route.h>

#include "device.h"
#include "main.h"
#include "mtu.h"
#include "path.h"
#include "peer.h"

/* The devices on a path of tunnels that follow an underlay's MTU at once. */
#define OVL_MTU_DEPTH	4

/* Peers whose routes are asked in one go, about a millisecond. */
#define OVL_MTU_SLICE	256

/* Count a peer among those with the MTU that it has.
 *
 * Return: whether it is counted. Without memory it isn't, and the path MTU
 * check on transmit is all that there is.
 */
static bool ovl_mtu_count(struct ovl_dev *ovl, unsigned int mtu)
{
	unsigned long n = xa_to_value(xa_load(&ovl->mtus, mtu) ?: xa_mk_value(0));

	return !xa_is_err(xa_store_bh(&ovl->mtus, mtu, xa_mk_value(n + 1),
				      GFP_KERNEL_ACCOUNT));
}

/**
 * ovl_mtu_forget() - a peer goes, or gets another MTU
 * @ovl: device
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_mtu_forget(struct ovl_dev *ovl, struct ovl_peer *peer)
{
	unsigned long n;

	if (!peer->mtu)
		return;
	n = xa_to_value(xa_load(&ovl->mtus, peer->mtu)) - 1;
	/* In place of another value this takes no memory. */
	if (n)
		xa_store_bh(&ovl->mtus, peer->mtu, xa_mk_value(n), GFP_KERNEL);
	else
		xa_erase_bh(&ovl->mtus, peer->mtu);
	peer->mtu = 0;
}

/* How many bytes of options a VNI may add to those in a path. */
static int ovl_mtu_more_options(const struct ovl_dev *ovl,
				const struct ovl_path *path)
{
	if (path->encap != OVL_TUN_ENCAP_GENEVE || path->own_options)
		return 0;
	return max(0, OVL_SHIM_BASE + (int)ovl->vni_options - path->header.len);
}

#if IS_ENABLED(CONFIG_IPV6)
/* 0 where nothing was learned, as ip6_mtu() else. */
static unsigned int ovl_mtu_unlearned6(const struct dst_entry *dst)
{
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);
	const struct fib6_info *from;
	const struct inet6_dev *idev;
	unsigned int mtu = 0;

	if (!(rt->rt6i_flags & RTF_MODIFIED))
		return 0;
	rcu_read_lock();
	from = rcu_dereference(rt->from);
	if (from)
		mtu = from->fib6_pmtu;
	if (!mtu) {
		idev = __in6_dev_get(dst->dev);
		mtu = idev ? READ_ONCE(idev->cnf.mtu6) : IPV6_MIN_MTU;
	}
	rcu_read_unlock();
	return mtu;
}
#endif

/* 0 where nothing was learned, as ipv4_mtu() else. */
static unsigned int ovl_mtu_unlearned4(const struct dst_entry *dst)
{
	if (!container_of(dst, struct rtable, dst)->rt_pmtu)
		return 0;
	return dst_metric_raw(dst, RTAX_MTU) ?: dst->dev->mtu;
}

/* MTU of a route without what was learned of the path from ICMP errors. That is
 * true for a while and for some packets, which are compared with it one by one; a
 * bridge, which says nothing, would go by the device's.
 */
static unsigned int ovl_mtu_route(const struct ovl_path *path,
				  const struct dst_entry *dst)
{
	unsigned int mtu = 0;

	if (dst_xfrm(dst))
		return dst_mtu(dst);
	if (path->remote.family == AF_INET)
		mtu = ovl_mtu_unlearned4(dst);
#if IS_ENABLED(CONFIG_IPV6)
	else
		mtu = ovl_mtu_unlearned6(dst);
#endif
	if (!mtu)
		return dst_mtu(dst);
	return mtu - lwtunnel_headroom(dst->lwtstate, mtu);
}

/**
 * ovl_mtu_note() - take what the route to a peer says of its MTU
 * @ovl: device
 * @peer: peer
 *
 * While there is no route the MTU is what it was when there was one.
 *
 * Context: RTNL.
 */
void ovl_mtu_note(struct ovl_dev *ovl, struct ovl_peer *peer)
{
	struct ovl_path *path = rtnl_dereference(peer->path);
	struct dst_entry *dst = ovl_path_route(path);
	unsigned int mtu = 0;

	if (!IS_ERR(dst)) {
		/* A route through lo or through the tunnel itself says nothing
		 * of the path.
		 */
		if (!(dst->dev->flags & IFF_LOOPBACK) && dst->dev != ovl->dev)
			peer->route_mtu = ovl_mtu_route(path, dst);
		dst_release(dst);
	}
	if (peer->route_mtu)
		mtu = ovl_path_mtu(path, peer->route_mtu,
				   ovl_mtu_more_options(ovl, path));
	if (mtu == peer->mtu)
		return;
	ovl_mtu_forget(ovl, peer);
	if (mtu && ovl_mtu_count(ovl, mtu))
		peer->mtu = mtu;
}

/* MTU that lets every inner packet through to every peer without fragments. */
static unsigned int ovl_mtu_best(struct ovl_dev *ovl)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	unsigned int overhead, mtu = ETH_DATA_LEN;
	struct net_device *link = NULL;
	unsigned long least = 0;

	if (xa_find(&ovl->mtus, &least, ULONG_MAX, XA_PRESENT)) {
		mtu = least;
	} else {
		if (cfg->link)
			link = __dev_get_by_index(ovl->net, cfg->link);
		if (link)
			mtu = link->mtu;
		overhead = ovl_overhead(cfg, cfg->layer == 2 ?
					OVL_INNER_FRAME : OVL_INNER_IP,
					&ovl->own.opts);
		mtu -= min(mtu, overhead);
	}
	return clamp(mtu, ovl->dev->min_mtu, ovl->dev->max_mtu);
}

/**
 * ovl_mtu_update() - follow the peers' MTU unless a user has set one
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_mtu_update(struct ovl_dev *ovl)
{
	struct net_device *dev = ovl->dev;
	unsigned int mtu;

	ASSERT_RTNL();
	if (!ovl->mtu_auto || ovl->mtu_following)
		return;

	mtu = ovl_mtu_best(ovl);
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

/* Ask the routes to some of the peers, and have the next ones asked later. */
static void ovl_mtu_slice(struct ovl_dev *ovl)
{
	unsigned int left = OVL_MTU_SLICE;
	struct ovl_peer *peer;
	unsigned long id;

	xa_for_each_start(&ovl->peers, id, peer, ovl->mtu_next) {
		if (!left--)
			break;
		if (peer->rank != OVL_RANK_LEARNED)
			ovl_mtu_note(ovl, peer);
	}
	ovl->mtu_next = peer ? id : 0;
	ovl->mtu_asking = peer || ovl->mtu_again;
	if (!peer)
		ovl->mtu_again = false;
	ovl_mtu_update(ovl);
}

/**
 * ovl_mtu_refresh() - ask the routes to all peers anew
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_mtu_refresh(struct ovl_dev *ovl)
{
	ASSERT_RTNL();
	if (!ovl->mtu_auto || ovl->mtu_following)
		return;
	/* Peers that have been asked already have to be once more. */
	if (ovl->mtu_asking) {
		ovl->mtu_again = true;
		return;
	}
	ovl_mtu_slice(ovl);
	if (ovl->mtu_asking)
		schedule_work(&ovl_net(ovl->net)->mtu_work);
}

static void ovl_mtu_work(struct work_struct *work)
{
	struct ovl_net *on = container_of(work, struct ovl_net, mtu_work);
	bool asked = false, more = false;
	struct ovl_dev *ovl;

	rtnl_lock();
	list_for_each_entry(ovl, &on->devices, list) {
		if (ovl->mtu_asking && !asked) {
			ovl_mtu_slice(ovl);
			asked = true;
		}
		more |= ovl->mtu_asking;
	}
	rtnl_unlock();
	if (more)
		schedule_work(&on->mtu_work);
}

/**
 * ovl_mtu_underlay_changed() - a link, an address or an MTU has changed
 * @net: underlay namespace
 *
 * Context: RTNL.
 */
void ovl_mtu_underlay_changed(struct net *net)
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
		ovl_mtu_refresh(ovl);
	depth--;
}

/**
 * ovl_mtu_init_net() - have the devices of a namespace follow
 * @on: our part of it
 */
void ovl_mtu_init_net(struct ovl_net *on)
{
	INIT_WORK(&on->mtu_work, ovl_mtu_work);
}

/**
 * ovl_mtu_exit_net() - a namespace ends, and has no device any more
 * @on: our part of it
 *
 * Context: may sleep, not under RTNL.
 */
void ovl_mtu_exit_net(struct ovl_net *on)
{
	cancel_work_sync(&on->mtu_work);
}
