/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SOCKET_H
#define _OVL_TUN_SOCKET_H

#include <linux/hashtable.h>
#include <linux/netlink.h>
#include <net/sock.h>

#include "addr.h"
#include "config.h"
#include "drop.h"

#define OVL_VNI_HASH_BITS	10

struct ovl_dev;

/**
 * struct ovl_sock - a UDP port that devices of one namespace share
 * @list: in &ovl_net.sockets; changed under RTNL, read under RCU
 * @sk: the kernel socket, held by this structure
 * @refs: number of &ovl_bind; RTNL
 * @port: local port, network byte order
 * @family: AF_INET or AF_INET6
 * @encap: enum ovl_tun_encap that is spoken on it
 * @stats: drops of packets that reached no device
 * @by_source: &ovl_bind by VNI and remote; changed under RTNL, read under RCU
 * @by_vni: &ovl_bind by VNI alone, to tell a wrong source from a wrong VNI
 */
struct ovl_sock {
	struct list_head list;
	struct sock *sk;
	unsigned int refs;
	__be16 port;
	sa_family_t family;
	u8 encap;
	struct ovl_stats __percpu *stats;
	DECLARE_HASHTABLE(by_source, OVL_VNI_HASH_BITS);
	DECLARE_HASHTABLE(by_vni, OVL_VNI_HASH_BITS);
};

/**
 * struct ovl_bind - a device listens for a VNI and a remote on a socket
 * @by_source: in &ovl_sock.by_source
 * @by_vni: in &ovl_sock.by_vni
 * @rcu: frees it after the last reader
 * @sock: socket that it holds a reference of
 * @ovl: device to deliver to
 * @remote: outer source of its packets
 * @vni: VXLAN network identifier
 *
 * Immutable but for the list nodes.
 */
struct ovl_bind {
	struct hlist_node by_source;
	struct hlist_node by_vni;
	struct rcu_head rcu;
	struct ovl_sock *sock;
	struct ovl_dev *ovl;
	struct ovl_addr remote;
	u32 vni;
};

/**
 * struct ovl_binds - all places where a device listens
 * @at: by enum ovl_tun_encap and by family, IPv4 first; NULL where it doesn't
 *
 * Changed under RTNL, the pointers are read under RCU.
 */
struct ovl_binds {
	struct ovl_bind __rcu *at[OVL_ENCAPS][2];
};

/**
 * struct ovl_binds_change - on the way from one set of binds to another
 * @old: what the device has
 * @next: what it is to have; shares with @old what fits
 *
 * Of those who change a device: prepare (may fail), link, publish what needs
 * the new sockets, release.
 */
struct ovl_binds_change {
	struct ovl_bind *old[OVL_ENCAPS][2];
	struct ovl_bind *next[OVL_ENCAPS][2];
};

int ovl_binds_prepare(struct ovl_dev *ovl, const struct ovl_config *cfg,
		      struct ovl_binds_change *change,
		      struct netlink_ext_ack *extack);
void ovl_binds_link(struct ovl_dev *ovl, struct ovl_binds_change *change);
void ovl_binds_release(struct ovl_dev *ovl, struct ovl_binds_change *change);
void ovl_binds_close(struct ovl_dev *ovl);

struct ovl_dev *ovl_sock_lookup(const struct ovl_sock *os, u32 vni,
				const struct ovl_addr *source,
				enum ovl_tun_drop *reason);
unsigned int ovl_sock_tunnel_type(const struct ovl_sock *os);

#endif /* _OVL_TUN_SOCKET_H */
