/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_HASH_H
#define _OVL_TUN_HASH_H

#include <linux/skbuff.h>
#include <net/udp.h>

#include "path.h"

void ovl_hash_init(void);
void ovl_hash_flow(struct sk_buff *skb);

/* See that a packet has a hash of its flow, for which the kernel's dissector
 * would look at everything that a packet can be.
 */
static inline void ovl_hash(struct sk_buff *skb)
{
	if (!skb->l4_hash && !skb->sw_hash)
		ovl_hash_flow(skb);
}

/* UDP source port of a packet, network byte order. */
static inline __be16 ovl_source_port(const struct ovl_path *path,
				     struct sk_buff *skb)
{
	if (path->sport_min && path->sport_min == path->sport_max)
		return htons(path->sport_min);
	ovl_hash(skb);
	return udp_flow_src_port(path->net, skb, path->sport_min, path->sport_max,
				 true);
}

#endif /* _OVL_TUN_HASH_H */
