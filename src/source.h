/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SOURCE_H
#define _OVL_TUN_SOURCE_H

#include <linux/netlink.h>
#include <linux/rhashtable.h>

#include "addr.h"
#include "config.h"

struct ovl_dev;
struct ovl_net;
struct ovl_peer;
struct ovl_sock;

/**
 * struct ovl_source_key - what a received packet is looked up by
 * @addr: outer source; AF_UNSPEC stands for whoever is no peer
 * @vni: VXLAN network identifier
 */
struct ovl_source_key {
	struct ovl_addr addr;
	u32 vni;
};

/**
 * struct ovl_source - who sends with a VNI, and what of it is whose
 * @node: in &ovl_net.sources
 * @key: VNI and outer source
 * @ovl: device
 * @peer: peer of the device, or NULL if @key stands for the others
 * @receives: packets come from there
 * @sends: packets go there, so that ICMP errors that quote one are for us
 * @rcu: frees it after the last reader
 *
 * Immutable but for @node.
 */
struct ovl_source {
	struct rhlist_head node;
	struct ovl_source_key key;
	struct ovl_dev *ovl;
	struct ovl_peer *peer;
	bool receives;
	bool sends;
	struct rcu_head rcu;
};

/**
 * struct ovl_sources - the entries of one peer, or of a device for the others
 * @rx: for what is received, and for what is sent if the VNI is the same
 * @tx: for what is sent, NULL if @rx serves
 */
struct ovl_sources {
	struct ovl_source *rx;
	struct ovl_source *tx;
};

int ovl_sources_init(struct ovl_net *on);
void ovl_sources_destroy(struct ovl_net *on);

int ovl_sources_add(struct ovl_sources *next, struct ovl_dev *ovl,
		    struct ovl_peer *peer, const struct ovl_config *cfg,
		    const struct ovl_source_key *rx, u32 tx_vni,
		    struct netlink_ext_ack *extack);
bool ovl_sources_fit(const struct ovl_sources *sources,
		     const struct ovl_source_key *rx, u32 tx_vni);
void ovl_sources_del(struct ovl_dev *ovl, struct ovl_sources *sources);

struct ovl_source *ovl_source_lookup(const struct ovl_sock *os, u32 vni,
				     const struct ovl_addr *addr);
bool ovl_source_sent(const struct ovl_sock *os, u32 vni,
		     const struct ovl_addr *addr);

#endif /* _OVL_TUN_SOURCE_H */
