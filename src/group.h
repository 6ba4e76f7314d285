/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_GROUP_H
#define _OVL_TUN_GROUP_H

#include <linux/list.h>

#include "config.h"

struct netlink_ext_ack;
struct ovl_dev;
struct ovl_sock;
struct ovl_socks_change;

/**
 * struct ovl_member - membership of a socket in a multicast group
 * @list: in &ovl_sock.members; RTNL
 * @os: socket
 * @addr: group
 * @link: ifindex through which
 * @refs: devices that need it; RTNL
 */
struct ovl_member {
	struct list_head list;
	struct ovl_sock *os;
	struct ovl_addr addr;
	int link;
	unsigned int refs;
};

/**
 * struct ovl_group - memberships of a device in the group that is its remote
 * @at: by enum ovl_tun_encap, NULL where there is none
 */
struct ovl_group {
	struct ovl_member *at[OVL_ENCAPS];
};

int ovl_group_prepare(struct ovl_group *next, const struct ovl_config *cfg,
		      const struct ovl_socks_change *socks,
		      struct netlink_ext_ack *extack);
void ovl_group_commit(struct ovl_dev *ovl, const struct ovl_group *next);
void ovl_group_leave(struct ovl_group *group);

#endif /* _OVL_TUN_GROUP_H */
