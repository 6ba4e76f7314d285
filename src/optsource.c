// SPDX-License-Identifier: GPL-2.0
/* Values that options take from the packet that they are sent with. */

#include <linux/cgroup-defs.h>
#include <linux/if_vlan.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/unaligned.h>
#include <net/inet_sock.h>

#include "device.h"
#include "hash.h"
#include "optsource.h"
#include "path.h"
#include "peer.h"
#include "wire.h"

#define OVL_COUNTER_BITS	48	/* above them is the CPU's number */

/* Tag control information of the outer tag of a frame. */
static u32 ovl_source_vlan(const struct sk_buff *skb,
			   const struct ovl_path *path)
{
	const struct vlan_ethhdr *eth;

	if (skb_vlan_tag_present(skb))
		return skb_vlan_tag_get(skb);
	if (path->inner == OVL_INNER_IP || path->inner == OVL_INNER_ETHER ||
	    !eth_type_vlan(skb->protocol))
		return 0;
	/* In the linear part: ovl_frame_pull() has looked behind it. */
	eth = (const struct vlan_ethhdr *)skb_mac_header(skb);
	return ntohs(eth->h_vlan_TCI);
}

static u32 ovl_source_hash(struct sk_buff *skb)
{
	ovl_hash(skb);
	return skb_get_hash(skb);
}

/* Class of the socket's cgroup, as cls_cgroup sees it on egress. */
static u32 ovl_source_classid(const struct sk_buff *skb)
{
#ifdef CONFIG_CGROUP_NET_CLASSID
	const struct sock *sk = skb_to_full_sk(skb);

	if (sk && sk_fullsock(sk))
		return sock_cgroup_classid(&sk->sk_cgrp_data);
#endif
	return 0;
}

/* Each CPU counts for itself, and has its number in the upper bits. */
static u64 ovl_source_counter(const struct ovl_dev *ovl)
{
	u64 n = ++this_cpu_ptr(ovl->stats)->counter;

	return (u64)smp_processor_id() << OVL_COUNTER_BITS |
	       (n & GENMASK_ULL(OVL_COUNTER_BITS - 1, 0));
}

/**
 * ovl_optsource_fill() - put the values of a packet into its header
 * @skb: packet, of which nothing has been scrubbed yet; its network header and
 *	that of an Ethernet frame are the inner ones
 * @ovl: device
 * @path: sending side
 * @header: header that says which values
 * @area: options in the header, which has the packet's VNI already
 *
 * The packets that GSO makes of one have the same values.
 *
 * Context: bottom halves disabled.
 */
void ovl_optsource_fill(struct sk_buff *skb, const struct ovl_dev *ovl,
			const struct ovl_path *path,
			const struct ovl_header *header, u8 *area)
{
	const struct ovl_patch *patch = header->patch;
	const struct ovl_patch *end = patch + header->n_patches;
	u32 value;

	for (; patch < end; patch++) {
		switch (patch->kind) {
		case OVL_TUN_OPT_SOURCE_MARK:
			value = skb->mark;
			break;
		case OVL_TUN_OPT_SOURCE_PRIO:
			value = skb->priority;
			break;
		case OVL_TUN_OPT_SOURCE_VLAN:
			value = ovl_source_vlan(skb, path);
			break;
		case OVL_TUN_OPT_SOURCE_HASH:
			value = ovl_source_hash(skb);
			break;
		case OVL_TUN_OPT_SOURCE_VNI:
			value = ovl_shim_vni(area - OVL_SHIM_BASE);
			break;
		case OVL_TUN_OPT_SOURCE_IIF:
			value = skb->skb_iif;
			break;
		case OVL_TUN_OPT_SOURCE_CLASSID:
			value = ovl_source_classid(skb);
			break;
		case OVL_TUN_OPT_SOURCE_PEER:
			value = path->peer ? READ_ONCE(path->peer->id) : 0;
			break;
		case OVL_PATCH_GBP:
			ovl_vxlan_gbp_set_mark(area - OVL_SHIM_BASE, skb->mark);
			continue;
		case OVL_PATCH_VNI:
			/* That of a frame is there already. */
			if (path->vni < OVL_TUN_N_VNI)
				ovl_shim_set_vni(area - OVL_SHIM_BASE,
						 path->vni);
			continue;
		case OVL_TUN_OPT_SOURCE_COUNTER:
			put_unaligned_be64(ovl_source_counter(ovl),
					   area + patch->at);
			continue;
		case OVL_TUN_OPT_SOURCE_TIME:
			put_unaligned_be64(ktime_get_real_ns(),
					   area + patch->at);
			continue;
		default:
			continue;
		}
		put_unaligned_be32((value & patch->mask) >> patch->shift,
				   area + patch->at);
	}
}
