// SPDX-License-Identifier: GPL-2.0
/*
 * UDP sockets, shared by the devices of an underlay namespace.
 *
 * A socket belongs to one encapsulation, family and port, and to the VRF that the
 * underlay's interface is in when it is opened. It lives as long as a running
 * device listens on it. Whose a packet is that comes in there is
 * found in source.c.
 *
 * Lifetime: the last device that lets go takes the socket along. Receivers find
 * it by sk_user_data and by the list, senders by the pointer of the device, all
 * under RCU: these are cleared, one grace period is waited for whatever the
 * number of sockets, and then socket and structure are freed.
 */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/geneve.h>
#include <net/l3mdev.h>
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

/**
 * ovl_sock_tunnel_type() - what NICs call a socket's encapsulation
 * @os: socket
 */
unsigned int ovl_sock_tunnel_type(const struct ovl_sock *os)
{
	return os->encap == OVL_TUN_ENCAP_VXLAN ? UDP_TUNNEL_TYPE_VXLAN :
						  UDP_TUNNEL_TYPE_GENEVE;
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
		.bind_ifindex = os->vrf,
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
	struct ovl_dev *ovl;

	list_for_each_entry(ovl, &os->on->devices, list)
		if (ovl_dev_listens(ovl, os))
			return netdev_name(ovl->dev);
	return "itself"; /* only what is being prepared holds it */
}

/* The VRF whose packets a device is to get, 0 for those of none: that of its
 * interface, unless sockets of none are given the packets of all.
 */
static int ovl_sock_vrf(struct net *net, int link)
{
#ifdef CONFIG_NET_L3_MASTER_DEV
	if (link && !READ_ONCE(net->ipv4.sysctl_udp_l3mdev_accept))
		return l3mdev_master_upper_ifindex_by_index(net, link);
#endif
	return 0;
}

/* Whether a device can do without a family: its last peer of that has gone, and
 * somebody may have taken the port meanwhile.
 */
static bool ovl_sock_spare(const struct ovl_socks_change *change,
			   const struct ovl_needs *needs,
			   const struct ovl_config *cfg, int e, int v6)
{
	const struct ovl_sock *other = change->old[e][!v6];

	return needs->either && !change->old[e][v6] && other &&
	       other->port == cfg->port[e];
}

/* Get a reference of the socket for an encapsulation, family and port in a VRF. */
static struct ovl_sock *ovl_sock_get(struct net *net, u8 encap,
				     sa_family_t family, __be16 port, int vrf,
				     struct netlink_ext_ack *extack)
{
	struct ovl_net *on = ovl_net(net);
	struct ovl_sock *os, *other = NULL;
	int err;

	ASSERT_RTNL();

	list_for_each_entry(os, &on->sockets, list) {
		if (os->family != family || os->port != port)
			continue;
		if (os->vrf != vrf) {
			/* The kernel lets two VRFs have the same port. */
			if (!os->vrf || !vrf)
				other = os;
			continue;
		}
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
	INIT_LIST_HEAD(&os->members);
	os->on = on;
	os->encap = encap;
	os->family = family;
	os->port = port;
	os->vrf = vrf;
	os->refs = 1;

	err = ovl_sock_open(net, os, extack);
	if (err == -EADDRINUSE && other)
		NL_SET_ERR_MSG_FMT_MOD(extack,
				       "UDP port %u is in use by ovl-tun device %s, %s a VRF",
				       ntohs(port), ovl_sock_holder(other),
				       other->vrf ? "in" : "which isn't in");
	if (err) {
		free_percpu(os->stats);
		kfree(os);
		return ERR_PTR(err);
	}
	list_add_rcu(&os->list, &on->sockets);
	return os;
}

/**
 * struct ovl_socks_gone - sockets that nobody listens on any more
 * @n: how many
 * @sock: sockets
 */
struct ovl_socks_gone {
	unsigned int n;
	struct ovl_sock *sock[OVL_ENCAPS * 2];
};

static void ovl_sock_put(struct ovl_sock *os, struct ovl_socks_gone *gone)
{
	ASSERT_RTNL();

	if (--os->refs)
		return;

	list_del_rcu(&os->list);
	udp_tunnel_notify_del_rx_port(os->sk, ovl_sock_tunnel_type(os));
	rcu_assign_sk_user_data(os->sk, NULL);
	gone->sock[gone->n++] = os;
}

/* What udp_tunnel_sock_release() does, but for all of them at once: it would
 * wait for RCU with each.
 */
static void ovl_socks_end(const struct ovl_socks_gone *gone)
{
	struct ovl_sock *os;
	unsigned int i;

	if (!gone->n)
		return;
	synchronize_net();
	for (i = 0; i < gone->n; i++) {
		os = gone->sock[i];
		kernel_sock_shutdown(os->sk->sk_socket, SHUT_RDWR);
		sock_release(os->sk->sk_socket);
		WARN_ON_ONCE(!list_empty(&os->members));
		free_percpu(os->stats);
		kfree(os);
	}
}

static void ovl_socks_begin(struct ovl_dev *ovl, struct ovl_socks_change *change)
{
	int e, v6;

	ASSERT_RTNL();
	memset(change, 0, sizeof(*change));
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++)
			change->old[e][v6] = rtnl_dereference(ovl->socks.at[e][v6]);
}

/**
 * ovl_socks_prepare() - open what a device needs, beside what is open
 * @ovl: device
 * @cfg: configuration that it is to have
 * @needs: which sockets
 * @change: filled
 * @extack: says which port can't be had, and who holds it
 *
 * Nothing is delivered from a new socket before ovl_socks_link(). If @needs is
 * a part of what the device has, this does not fail.
 *
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_socks_prepare(struct ovl_dev *ovl, const struct ovl_config *cfg,
		      const struct ovl_needs *needs,
		      struct ovl_socks_change *change,
		      struct netlink_ext_ack *extack)
{
	const struct ovl_config *old = rtnl_dereference(ovl->cfg);
	bool moved = !netif_running(ovl->dev) || old->link != cfg->link, spare;
	int vrf = ovl_sock_vrf(ovl->net, cfg->link);
	struct ovl_sock *os;
	int e, v6;

	ovl_socks_begin(ovl, change);

	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			if (!(needs->encaps & BIT(e)) ||
			    !(v6 ? needs->v6 : needs->v4))
				continue;
			os = change->old[e][v6];
			spare = ovl_sock_spare(change, needs, cfg, e, v6);
			if (!os || os->port != cfg->port[e] ||
			    (moved && os->vrf != vrf))
				os = ovl_sock_get(ovl->net, e,
						  v6 ? AF_INET6 : AF_INET,
						  cfg->port[e], vrf,
						  spare ? NULL : extack);
			if (os == ERR_PTR(-EAFNOSUPPORT) && v6 &&
			    needs->optional6)
				continue;
			if (os == ERR_PTR(-EADDRINUSE) && spare)
				continue;
			if (IS_ERR(os)) {
				ovl_socks_cancel(change);
				return PTR_ERR(os);
			}
			change->next[e][v6] = os;
		}
	return 0;
}

/**
 * ovl_socks_cancel() - close what was prepared
 * @change: from ovl_socks_prepare()
 */
void ovl_socks_cancel(struct ovl_socks_change *change)
{
	struct ovl_socks_gone gone = {};
	struct ovl_sock *os;
	int e, v6;

	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			os = change->next[e][v6];
			if (os && os != change->old[e][v6])
				ovl_sock_put(os, &gone);
		}
	ovl_socks_end(&gone);
}

/**
 * ovl_socks_link() - listen on what was prepared
 * @ovl: device
 * @change: from ovl_socks_prepare()
 *
 * What isn't wanted any more stays where nothing takes its place, so that
 * whoever still sends by the old settings finds a socket.
 */
void ovl_socks_link(struct ovl_dev *ovl, struct ovl_socks_change *change)
{
	struct ovl_sock *next;
	int e, v6;

	ASSERT_RTNL();
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			next = change->next[e][v6];
			if (next && next != change->old[e][v6])
				rcu_assign_pointer(ovl->socks.at[e][v6], next);
		}
}

/**
 * ovl_socks_release() - stop listening on what isn't wanted any more
 * @ovl: device
 * @change: from ovl_socks_prepare()
 */
void ovl_socks_release(struct ovl_dev *ovl, struct ovl_socks_change *change)
{
	struct ovl_socks_gone gone = {};
	struct ovl_sock *old;
	int e, v6;

	ASSERT_RTNL();
	for (e = 0; e < OVL_ENCAPS; e++)
		for (v6 = 0; v6 < 2; v6++) {
			old = change->old[e][v6];
			if (!old || old == change->next[e][v6])
				continue;
			if (!change->next[e][v6])
				RCU_INIT_POINTER(ovl->socks.at[e][v6], NULL);
			ovl_sock_put(old, &gone);
		}
	ovl_socks_end(&gone);
}

/**
 * ovl_socks_close() - stop listening
 * @ovl: device
 *
 * Return: whether it had any socket.
 */
bool ovl_socks_close(struct ovl_dev *ovl)
{
	struct ovl_socks_change change;

	ovl_socks_begin(ovl, &change);
	ovl_socks_release(ovl, &change);
	return memchr_inv(change.old, 0, sizeof(change.old));
}
