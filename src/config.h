/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_CONFIG_H
#define _OVL_TUN_CONFIG_H

#include <linux/bits.h>
#include <linux/if_ether.h>
#include <linux/rcupdate.h>
#include <uapi/linux/ovl_tun.h>

#include "addr.h"

#define OVL_VXLAN_PORT	4789	/* IANA */
#define OVL_GENEVE_PORT	6081	/* IANA */
#define OVL_ENCAPS	2	/* number of enum ovl_tun_encap */

/* Stands for all VNIs that no other device has. Trunks are below, see vni.c. */
#define OVL_VNI_ANY	U32_MAX

/* What tos 1 means, as in iproute2: copy the inner one. */
#define OVL_TOS_INHERIT	1

/* What a layer 2 device does for neighbours. */
#define OVL_NEIGH_PROXY		BIT(0)	/* answer for them */
#define OVL_NEIGH_RSC		BIT(1)	/* leave routers to them out */
#define OVL_NEIGH_L2MISS	BIT(2)	/* tell of unknown MAC addresses */
#define OVL_NEIGH_L3MISS	BIT(3)	/* tell of unknown IP addresses */

/* What makes the device receive frames that nobody has sent. */
#define OVL_NEIGH_ANSWERS	(OVL_NEIGH_PROXY | OVL_NEIGH_RSC)

/**
 * struct ovl_config - what rtnetlink says about a device
 * @rcu: frees a replaced configuration
 * @remote: outer destination, AF_UNSPEC for none
 * @local: outer source, AF_UNSPEC for the route's
 * @vni: VXLAN network identifier, 24 bits, host byte order; with @vnifilter a
 *	number above all of them that no other device has, see vni.c; with
 *	@external alone OVL_VNI_ANY
 * @link: ifindex in the underlay's namespace to send through, 0 for any
 * @label: outer IPv6 flow label, network byte order
 * @port: UDP port of each encapsulation, network byte order
 * @sport_min: lowest outer source port, host byte order
 * @sport_max: highest outer source port; both 0 for the namespace's range
 * @encap: enum ovl_tun_encap of what is sent
 * @accept: bit mask of enum ovl_tun_encap that is received
 * @ttl: outer TTL, 0 for the route's
 * @tos: outer TOS, OVL_TOS_INHERIT for the inner one
 * @df: enum ovl_tun_df
 * @ttl_inherit: outer TTL is the inner one
 * @udp_csum: UDP checksum over IPv4
 * @zero_csum6_tx: no UDP checksum over IPv6
 * @zero_csum6_rx: IPv6 packets may come without one
 * @layer: 2 for Ethernet frames inside, 3 for IP packets
 * @source: enum ovl_tun_source
 * @learning: inner sources of received frames become forwarding entries
 * @neigh: OVL_NEIGH_*
 * @ageing: seconds until a learned entry is forgotten, 0 for never
 * @max_macs: most forwarding entries, 0 for no limit but that of learned ones
 * @mac: inner address of a layer 3 device towards peers with a MAC address
 * @vnifilter: it has a table of VNIs instead of one; fixed at creation
 * @gbp: VXLAN carries the mark of the packet
 * @nooptions: enum ovl_tun_nooptions
 * @external: metadata of packets says where they go; fixed at creation
 * @fastpath: known peers' packets are taken before the underlay's IP stack
 *
 * Immutable once it is published in &ovl_dev.cfg; a change publishes another.
 */
struct ovl_config {
	struct rcu_head rcu;
	struct ovl_addr remote;
	struct ovl_addr local;
	u32 vni;
	int link;
	__be32 label;
	__be16 port[OVL_ENCAPS];
	u16 sport_min;
	u16 sport_max;
	u8 encap;
	u8 accept;
	u8 ttl;
	u8 tos;
	u8 df;
	bool ttl_inherit;
	bool udp_csum;
	bool zero_csum6_tx;
	bool zero_csum6_rx;
	u8 layer;
	u8 source;
	bool learning;
	u8 neigh;
	u32 ageing;
	u32 max_macs;
	u8 mac[ETH_ALEN];
	bool vnifilter;
	bool gbp;
	u8 nooptions;
	bool external;
	bool fastpath;
};

/* Whether it has more VNIs than one. */
static inline bool ovl_config_trunk(const struct ovl_config *cfg)
{
	return cfg->vnifilter || cfg->external;
}

/* Encapsulations for which a device needs a socket. One that it only sends
 * needs it too: ICMP errors come back to that port.
 */
static inline u8 ovl_config_encaps(const struct ovl_config *cfg)
{
	return cfg->accept | BIT(cfg->encap);
}

/* Address family of the underlay, AF_UNSPEC if nothing decides. */
static inline sa_family_t ovl_config_family(const struct ovl_config *cfg)
{
	return cfg->remote.family ?: cfg->local.family;
}

/* Whether packets of senders that are no peers are taken. */
static inline bool ovl_config_strangers(const struct ovl_config *cfg)
{
	return cfg->source >= OVL_TUN_SOURCE_LEARN ||
	       (cfg->source == OVL_TUN_SOURCE_AUTO &&
		(cfg->learning || cfg->external));
}

#endif /* _OVL_TUN_CONFIG_H */
