/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_ENDPOINT_H
#define _OVL_TUN_ENDPOINT_H

#include "addr.h"

struct netlink_ext_ack;
struct ovl_config;
struct ovl_dev;
struct ovl_peer;
struct ovl_peer_config;

/* Ids of peers that forwarding entries have made; those of users are below. */
#define OVL_PEER_IMPLICIT_MIN	0x80000000U
#define OVL_PEER_IMPLICIT_MAX	0xfffffff0U

/**
 * struct ovl_endpoint - what a forwarding entry says of a destination
 * @addr: outer address
 * @vni: VNI that it is sent
 * @link: ifindex to send through, 0 for the device's
 * @port: UDP port, network byte order
 * @has_vni: @vni isn't the device's
 * @has_port: @port isn't the device's
 */
struct ovl_endpoint {
	struct ovl_addr addr;
	u32 vni;
	int link;
	__be16 port;
	bool has_vni;
	bool has_port;
};

bool ovl_endpoint_match(const struct ovl_peer *peer,
			const struct ovl_endpoint *ep);
struct ovl_peer *ovl_endpoint_find(struct ovl_dev *ovl,
				   const struct ovl_endpoint *ep);
struct ovl_peer *ovl_endpoint_get(struct ovl_dev *ovl,
				  const struct ovl_endpoint *ep,
				  struct netlink_ext_ack *extack);
struct ovl_peer *ovl_endpoint_adopt(struct ovl_dev *ovl,
				    const struct ovl_peer_config *own);
struct ovl_peer *ovl_endpoint_learn(struct ovl_dev *ovl,
				    const struct ovl_config *cfg,
				    const struct ovl_addr *addr, int link);

void ovl_endpoint_ref(struct ovl_peer *peer, bool fixed);
void ovl_endpoint_unref(struct ovl_peer *peer, bool fixed);
void ovl_fdb_pause(struct ovl_dev *ovl, bool paused);
void ovl_fdb_settle(struct ovl_dev *ovl);
void ovl_fdb_settle_later(struct ovl_dev *ovl);
void ovl_fdb_settle_forget(struct ovl_dev *ovl);
void ovl_fdb_settle_end(void);

#endif /* _OVL_TUN_ENDPOINT_H */
