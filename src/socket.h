/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SOCKET_H
#define _OVL_TUN_SOCKET_H

#include <linux/netlink.h>
#include <net/sock.h>

#include "config.h"
#include "drop.h"

struct ovl_dev;
struct ovl_net;

/**
 * struct ovl_sock - a UDP port that devices of one namespace share
 * @list: in &ovl_net.sockets; changed under RTNL, read under RCU
 * @on: our part of the namespace
 * @sk: the kernel socket, held by this structure
 * @refs: number of devices that listen; RTNL
 * @port: local port, network byte order
 * @family: AF_INET or AF_INET6
 * @encap: enum ovl_tun_encap that is spoken on it
 * @vrf: ifindex of the VRF whose packets alone it gets, 0 for those of none
 * @members: struct ovl_member; RTNL
 * @stats: drops of packets that reached no device
 * @sampler: of these drops
 */
struct ovl_sock {
	struct list_head list;
	struct ovl_net *on;
	struct sock *sk;
	unsigned int refs;
	__be16 port;
	sa_family_t family;
	u8 encap;
	int vrf;
	struct list_head members;
	struct ovl_stats __percpu *stats;
	struct ovl_sampler sampler;
};

/**
 * struct ovl_needs - which sockets a device is to have
 * @encaps: bit mask of enum ovl_tun_encap
 * @v4: over IPv4
 * @v6: over IPv6
 * @optional6: unless IPv6 is switched off
 * @either: nothing says which; one that the device does without stays optional
 */
struct ovl_needs {
	u8 encaps;
	bool v4;
	bool v6;
	bool optional6;
	bool either;
};

/**
 * struct ovl_socks - all places where a device listens
 * @at: by enum ovl_tun_encap and by family, IPv4 first; NULL where it doesn't
 *
 * Changed under RTNL, the pointers are read under RCU.
 */
struct ovl_socks {
	struct ovl_sock __rcu *at[OVL_ENCAPS][2];
};

/**
 * struct ovl_socks_change - on the way from one set of sockets to another
 * @old: what the device has
 * @next: what it is to have; shares with @old what fits
 *
 * Of those who change a device: prepare (may fail), link, publish what needs
 * the new sockets, release.
 */
struct ovl_socks_change {
	struct ovl_sock *old[OVL_ENCAPS][2];
	struct ovl_sock *next[OVL_ENCAPS][2];
};

int ovl_socks_prepare(struct ovl_dev *ovl, const struct ovl_config *cfg,
		      const struct ovl_needs *needs,
		      struct ovl_socks_change *change,
		      struct netlink_ext_ack *extack);
void ovl_socks_cancel(struct ovl_socks_change *change);
void ovl_socks_link(struct ovl_dev *ovl, struct ovl_socks_change *change);
void ovl_socks_release(struct ovl_dev *ovl, struct ovl_socks_change *change);
bool ovl_socks_close(struct ovl_dev *ovl);

unsigned int ovl_sock_tunnel_type(const struct ovl_sock *os);

#endif /* _OVL_TUN_SOCKET_H */
