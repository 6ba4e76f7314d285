/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_VNI_H
#define _OVL_TUN_VNI_H

#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <net/dst_metadata.h>

#include "addr.h"
#include "source.h"

struct netlink_ext_ack;
struct ovl_config;
struct ovl_dev;
struct ovl_peer;
struct ovl_set;

/* In the table of a device. A bridge has 4094 VLANs to go with them. */
#define OVL_VNIS_MAX	65536

/**
 * struct ovl_vni_stats - traffic of a VNI, one per CPU
 * @rx_packets: inner packets received
 * @rx_bytes: their bytes
 * @rx_drops: packets received and dropped
 * @tx_packets: inner packets sent
 * @tx_bytes: their bytes
 * @tx_drops: packets that were not sent
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct ovl_vni_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t rx_drops;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t tx_drops;
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_vni_totals - struct ovl_vni_stats summed over all CPUs
 * @rx_packets: inner packets received
 * @rx_bytes: their bytes
 * @rx_drops: packets received and dropped
 * @tx_packets: inner packets sent
 * @tx_bytes: their bytes
 * @tx_drops: packets that were not sent
 */
struct ovl_vni_totals {
	u64 rx_packets;
	u64 rx_bytes;
	u64 rx_drops;
	u64 tx_packets;
	u64 tx_bytes;
	u64 tx_drops;
};

/**
 * struct ovl_vni - a VNI of a device that has a table of them
 * @source: leads from packets with the VNI to the device; its key has the VNI
 * @inner: tells the bridge the VNI of a received frame; one reference
 * @stats: traffic; NULL of one that is in no table, see ovl_xmit_trunk()
 * @remote: where frames go to whose destination isn't known, NULL if that is
 *	the link's to say; changed under RTNL and &ovl_fdb.lock, read under RCU
 * @set: options of its frames to peers that have no set of their own, NULL for
 *	the device's; counted in &ovl_set.vnis; changed under RTNL, read under RCU
 * @fresh: made by the request that is at work; RTNL
 * @rcu: frees it after the last reader
 */
struct ovl_vni {
	struct ovl_source source;
	struct metadata_dst *inner;
	struct ovl_vni_stats __percpu *stats;
	struct ovl_peer __rcu *remote;
	struct ovl_set __rcu *set;
	bool fresh;
	struct rcu_head rcu;
};

/**
 * struct ovl_vni_range - VNIs one after the other
 * @first: the lowest
 * @last: the highest
 */
struct ovl_vni_range {
	u32 first;
	u32 last;
};

/**
 * struct ovl_vni_request - what is to become of VNIs
 * @range: which, in their order and none twice
 * @n: how many ranges
 * @remote: where their frames go by default, AF_UNSPEC to leave it to the link
 * @set: options of their frames, NULL for the device's
 */
struct ovl_vni_request {
	struct ovl_vni_range *range;
	unsigned int n;
	struct ovl_addr remote;
	struct ovl_set *set;
};

static inline u32 ovl_vni_id(const struct ovl_vni *vni)
{
	return vni->source.key.vni;
}

/* What a frame's entries have in &ovl_fdb_key.vni; @in: its VNI or NULL. */
static inline u32 ovl_vni_key(const struct ovl_vni *in)
{
	return in ? ovl_vni_id(in) : 0;
}

struct ovl_vni *ovl_vni_lookup(const struct ovl_dev *ovl, u64 vni);
bool ovl_vni_carried(const struct ovl_dev *ovl, const struct ovl_config *cfg,
		     u64 vni);
const struct ovl_addr *ovl_vni_remote_addr(const struct ovl_vni *vni);
bool ovl_vni_is_remote(const struct ovl_vni *vni, const struct ovl_peer *peer);

int ovl_vnis_change(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		    u16 flags, struct netlink_ext_ack *extack);
int ovl_vnis_del(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		 struct netlink_ext_ack *extack);
void ovl_vnis_flush(struct ovl_dev *ovl);
void ovl_vnis_destroy(struct ovl_dev *ovl);
void ovl_vnis_forget(struct ovl_peer *peer);
int ovl_vnis_check(struct ovl_dev *ovl, const struct ovl_config *cfg,
		   struct netlink_ext_ack *extack);

void ovl_vni_stats_sum(const struct ovl_vni *vni, struct ovl_vni_totals *sum);
void ovl_vni_count_drop(const struct ovl_vni *vni, bool rx);

/* A frame is about to be sent. Context: bottom halves disabled. */
static inline void ovl_vni_count_tx(const struct ovl_vni *vni,
				    unsigned int bytes)
{
	struct ovl_vni_stats *s;

	if (unlikely(!vni->stats))
		return;
	s = this_cpu_ptr(vni->stats);
	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->tx_packets);
	u64_stats_add(&s->tx_bytes, bytes);
	u64_stats_update_end(&s->syncp);
}

/**
 * ovl_vni_mark() - say in which VNI a frame is that is received
 * @vni: VNI
 * @skb: frame, without a dst
 *
 * The metadata is one for all frames of the VNI, and nobody writes to it: a
 * bridge reads the id and lets go of it, as does tc; whoever wants other
 * metadata in the packet makes its own (skb_tunnel_info_unclone()). Being the
 * metadata of what was received, without IP_TUNNEL_INFO_TX, it is no way to
 * send anything by.
 *
 * Each frame has a reference. Without one it could outlive the metadata: from
 * here it may go into a queue, of which another RCU read section takes it. That
 * is an atomic operation on a shared line and another one in the bridge, for
 * which nothing is allocated.
 *
 * Context: RCU read section.
 */
static inline void ovl_vni_mark(const struct ovl_vni *vni, struct sk_buff *skb)
{
	dst_hold(&vni->inner->dst);
	skb_dst_set(skb, &vni->inner->dst);
}

/**
 * ovl_vni_receive() - say in which VNI a frame has come, and count it
 * @vni: VNI
 * @skb: frame, with its data behind the Ethernet header
 *
 * Context: bottom halves disabled, RCU read section.
 */
static inline void ovl_vni_receive(const struct ovl_vni *vni,
				   struct sk_buff *skb)
{
	struct ovl_vni_stats *s = this_cpu_ptr(vni->stats);

	if (likely(!skb_dst(skb))) /* an external device has said more */
		ovl_vni_mark(vni, skb);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->rx_packets);
	u64_stats_add(&s->rx_bytes, skb->len);
	u64_stats_update_end(&s->syncp);
}

#endif /* _OVL_TUN_VNI_H */
