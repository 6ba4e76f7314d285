// SPDX-License-Identifier: GPL-2.0
/*
 * UDP sockets, shared by the devices of an underlay namespace.
 *
 * A socket belongs to one encapsulation, family and port. It lives as long as
 * a running device is bound to it. Its hash tables lead from VNI and outer
 * source to the device.
 *
 * Lifetime: a bind is unlinked, then freed after a grace period; a reader that
 * found it has its device for as long as it stays in its RCU read section,
 * because unregistering a device waits for one as well. The last bind takes
 * the socket along: udp_tunnel_sock_release() clears sk_user_data and waits
 * for all readers before it returns, so the structure is freed right then.
 */

#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/geneve.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>
#include <net/vxlan.h>

#include "device.h"
#include "gro.h"
#include "main.h"
#include "receive.h"
#include "socket.h"

static const char *ovl_encap_name(u8 encap)
{
	return encap == OVL_TUN_ENCAP_VXLAN ? "vxlan" : "geneve";
}

static u32 ovl_bind_hash(u32 vni, const struct ovl_addr *source)
{
	return ovl_addr_hash(source, vni);
}

/**
 * ovl_sock_tunnel_type() - what NICs call a socket's encapsulation
 * @os: socket
 */
unsigned int ovl_sock_tunnel_type(const struct ovl_sock *os)
{
	return os->encap == OVL_TUN_ENCAP_VXLAN ? UDP_TUNNEL_TYPE_VXLAN :
						  UDP_TUNNEL_TYPE_GENEVE;
}

/**
 * ovl_sock_lookup() - find the device of a received packet
 * @os: socket that the packet came in by
 * @vni: its VNI
 * @source: its outer source
 * @reason: set to the reason for a drop if the source isn't the VNI's
 *
 * Context: RCU read section.
 * Return: the device. If @reason was set it is only one of those with the VNI,
 * for the counter; NULL with @reason set if there is none.
 */
struct ovl_dev *ovl_sock_lookup(const struct ovl_sock *os, u32 vni,
				const struct ovl_addr *source,
				enum ovl_tun_drop *reason)
{
	struct ovl_bind *bind;

	hash_for_each_possible_rcu(os->by_source, bind, by_source,
				   ovl_bind_hash(vni, source))
		if (bind->vni == vni && ovl_addr_equal(&bind->remote, source))
			return bind->ovl;

	hash_for_each_possible_rcu(os->by_vni, bind, by_vni, vni)
		if (bind->vni == vni) {
			*reason = OVL_TUN_DROP_RX_SOURCE_UNKNOWN;
			return bind->ovl;
		}

	*reason = OVL_TUN_DROP_RX_VNI_UNKNOWN;
	return NULL;
}

/* Find the port attribute in what a device of another driver says of itself,
 * so that "address in use" can name the culprit. Only for error messages.
 */
static bool ovl_link_has_port(const struct net_device *dev, struct sk_buff *skb,
			      __be16 port)
{
	const struct rtnl_link_ops *ops = dev->rtnl_link_ops;
	const struct nlattr *attr;
	int type, rem;

	if (!ops || !ops->fill_info)
		return false;
	if (!strcmp(ops->kind, "vxlan"))
		type = IFLA_VXLAN_PORT;
	else if (!strcmp(ops->kind, "geneve"))
		type = IFLA_GENEVE_PORT;
	else
		return false;

	skb_trim(skb, 0);
	if (ops->fill_info(skb, dev))
		return false;
	nla_for_each_attr(attr, (struct nlattr *)skb->data, skb->len, rem)
		if (nla_type(attr) == type && nla_len(attr) >= sizeof(port))
			return nla_get_be16(attr) == port;
	return false;
}

static void ovl_port_taken(struct net *net, u8 encap, __be16 port,
			   struct netlink_ext_ack *extack)
{
	struct net_device *dev, *holder = NULL;
	struct sk_buff *skb;

	skb = alloc_skb(NLMSG_GOODSIZE, GFP_KERNEL);
	if (skb) {
		for_each_netdev(net, dev)
			if ((dev->flags & IFF_UP) &&
			    ovl_link_has_port(dev, skb, port)) {
				holder = dev;
				break;
			}
		kfree_skb(skb);
	}

	if (holder)
		NL_SET_ERR_MSG_FMT_MOD(extack, "UDP port %u (%s) is held by %s device %s",
				       ntohs(port), ovl_encap_name(encap),
				       holder->rtnl_link_ops->kind,
				       holder->name);
	else
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "UDP port %u (%s) is held by another socket, see ss -lunp",
				       ntohs(port), ovl_encap_name(encap));
}

static int ovl_sock_open(struct net *net, struct ovl_sock *os,
			 struct netlink_ext_ack *extack)
{
	struct udp_port_cfg conf = {
		.family = os->family,
		.local_udp_port = os->port,
		.ipv6_v6only = os->family == AF_INET6,
		/* Whether a zero checksum is accepted is each device's own
		 * choice, so the socket lets it pass.
		 */
		.use_udp6_rx_checksums = 0,
	};
	struct udp_tunnel_sock_cfg tunnel = {
		.sk_user_data = os,
		.encap_type = 1,
		.encap_rcv = ovl_rcv,
		.encap_err_lookup = ovl_err_lookup,
		.gro_receive = ovl_gro_receive,
		.gro_complete = ovl_gro_complete,
	};
	struct socket *sock;
	int err;

	err = udp_sock_create(net, &conf, &sock);
	if (err == -EADDRINUSE)
		ovl_port_taken(net, os->encap, os->port, extack);
	if (err)
		return err;

	os->sk = sock->sk;
	udp_allow_gso(os->sk);
	setup_udp_tunnel_sock(net, os->sk, &tunnel);
	udp_tunnel_notify_add_rx_port(os->sk, ovl_sock_tunnel_type(os));
	return 0;
}

/* One of the devices that listen on a socket, for error messages. */
static const char *ovl_sock_holder(const struct ovl_sock *os)
{
	struct ovl_bind *bind;
	int i;

	hash_for_each(os->by_vni, i, bind, by_vni)
		return netdev_name(bind->ovl->dev);
	return "itself"; /* only what is being prepared holds it */
}

/* Get a reference of the socket for an encapsulation, family and port. */
static struct ovl_sock *ovl_sock_get(struct net *net, u8 encap,
				     sa_family_t family, __be16 port,
				     struct netlink_ext_ack *extack)
{
	struct ovl_net *on = ovl_net(net);
	struct ovl_sock *os;
	int err;

	ASSERT_RTNL();

	list_for_each_entry(os, &on->sockets, list) {
		if (os->family != family || os->port != port)
			continue;
		if (os->encap != encap) {
			NL_SET_ERR_MSG_FMT_MOD(extack,
					       "UDP port %u is in use for %s by ovl-tun device %s",
					       ntohs(port),
					       ovl_encap_name(os->encap),
					       ovl_sock_holder(os));
			return ERR_PTR(-EADDRINUSE);
		}
		os->refs++;
		return os;
	}

	os = kzalloc(sizeof(*os), GFP_KERNEL_ACCOUNT);
	if (!os)
		return ERR_PTR(-ENOMEM);
	os->stats = ovl_stats_alloc();
	if (!os->stats) {
		kfree(os);
		return ERR_PTR(-ENOMEM);
	}
	os->encap = encap;
	os->family = family;
	os->port = port;
	os->refs = 1;
	hash_init(os->by_source);
	hash_init(os->by_vni);

	err = ovl_sock_open(net, os, extack);
	if (err) {
		free_percpu(os->stats);
		kfree(os);
		return ERR_PTR(err);
	}
	list_add_rcu(&os->list, &on->sockets);
	return os;
}

static void ovl_sock_put(struct ovl_sock *os)
{
	ASSERT_RTNL();

	if (--os->refs)
		return;

	list_del_rcu(&os->list);
	udp_tunnel_notify_del_rx_port(os->sk, ovl_sock_tunnel_type(os));
	udp_tunnel_sock_release(os->sk);
	free_percpu(os->stats);
	kfree(os);
}

static struct ovl_bind *ovl_bind_new(struct ovl_dev *ovl,
				     const struct ovl_config *cfg, u8 encap,
				     sa_family_t family,
				     struct netlink_ext_ack *extack)
{
	struct ovl_bind *bind;

	bind = kzalloc(sizeof(*bind), GFP_KERNEL_ACCOUNT);
	if (!bind)
		return ERR_PTR(-ENOMEM);
	bind->sock = ovl_sock_get(ovl->net, encap, family, cfg->port[encap],
				  extack);
	if (IS_ERR(bind->sock)) {
		int err = PTR_ERR(bind->sock);

		kfree(bind);
		return ERR_PTR(err);
	}
	bind->ovl = ovl;
	bind->remote = cfg->remote;
	bind->vni = cfg->vni;
	return bind;
}

static void ovl_bind_link(struct ovl_bind *bind)
{
	struct ovl_sock *os = bind->sock;

	hash_add_rcu(os->by_source, &bind->by_source,
		     ovl_bind_hash(bind->vni, &bind->remote));
	hash_add_rcu(os->by_vni, &bind->by_vni, bind->vni);
}

static void ovl_bind_release(struct ovl_bind *bind)
{
	struct ovl_sock *os = bind->sock;

	hash_del_rcu(&bind->by_source);
	hash_del_rcu(&bind->by_vni);
	kfree_rcu(bind, rcu);
	ovl_sock_put(os);
}

static bool ovl_bind_fits(const struct ovl_bind *bind,
			  const struct ovl_config *cfg, u8 encap)
{
	return bind && bind->vni == cfg->vni &&
	       bind->sock->port == cfg->port[encap] &&
	       ovl_addr_equal(&bind->remote, &cfg->remote);
}

static void ovl_binds_begin(struct ovl_dev *ovl, struct ovl_binds_change *change)
{
	int e, v6;

	ASSERT_RTNL();
	memset(change, 0, sizeof(*change));
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++)
			change->old[e][v6] = rtnl_dereference(ovl->binds.at[e][v6]);
}

/**
 * ovl_binds_prepare() - open what a configuration needs, beside what is open
 * @ovl: device
 * @cfg: configuration that it is to have
 * @change: filled
 * @extack: says which port can't be had, and who holds it
 *
 * Nothing is delivered by a new bind before ovl_binds_link().
 *
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_binds_prepare(struct ovl_dev *ovl, const struct ovl_config *cfg,
		      struct ovl_binds_change *change,
		      struct netlink_ext_ack *extack)
{
	sa_family_t family = ovl_config_family(cfg);
	u8 encaps = ovl_config_encaps(cfg);
	struct ovl_bind *bind;
	int e, v6, err;

	ovl_binds_begin(ovl, change);

	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			sa_family_t f = v6 ? AF_INET6 : AF_INET;

			if (!(encaps & BIT(e)) ||
			    (family != AF_UNSPEC && family != f))
				continue;
			bind = change->old[e][v6];
			if (!ovl_bind_fits(bind, cfg, e))
				bind = ovl_bind_new(ovl, cfg, e, f, extack);
			/* No IPv6 here, and none was asked for. */
			if (bind == ERR_PTR(-EAFNOSUPPORT) && family != f)
				continue;
			if (IS_ERR(bind)) {
				err = PTR_ERR(bind);
				goto undo;
			}
			change->next[e][v6] = bind;
		}
	return 0;

undo:
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			bind = change->next[e][v6];
			if (!bind || bind == change->old[e][v6])
				continue;
			ovl_sock_put(bind->sock);
			kfree(bind);
		}
	return err;
}

/**
 * ovl_binds_link() - listen on what was prepared, and still on the old
 * @ovl: device
 * @change: from ovl_binds_prepare()
 *
 * From here on a sender finds the sockets of both configurations.
 */
void ovl_binds_link(struct ovl_dev *ovl, struct ovl_binds_change *change)
{
	struct ovl_bind *next;
	int e, v6;

	ASSERT_RTNL();
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			next = change->next[e][v6];
			if (!next || next == change->old[e][v6])
				continue;
			ovl_bind_link(next);
			rcu_assign_pointer(ovl->binds.at[e][v6], next);
		}
}

/**
 * ovl_binds_release() - stop listening on what isn't wanted any more
 * @ovl: device
 * @change: from ovl_binds_prepare()
 */
void ovl_binds_release(struct ovl_dev *ovl, struct ovl_binds_change *change)
{
	struct ovl_bind *old;
	int e, v6;

	ASSERT_RTNL();
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			old = change->old[e][v6];
			if (!old || old == change->next[e][v6])
				continue;
			if (!change->next[e][v6])
				RCU_INIT_POINTER(ovl->binds.at[e][v6], NULL);
			ovl_bind_release(old);
		}
}

/**
 * ovl_binds_close() - stop listening
 * @ovl: device
 */
void ovl_binds_close(struct ovl_dev *ovl)
{
	struct ovl_binds_change change;

	ovl_binds_begin(ovl, &change);
	ovl_binds_release(ovl, &change);
}
