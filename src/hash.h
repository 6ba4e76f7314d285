/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_HASH_H
#define _OVL_TUN_HASH_H

#include <linux/skbuff.h>

void ovl_hash_flow(struct sk_buff *skb);

/* See that a packet has a hash of its flow, for which the kernel's dissector
 * would look at everything that a packet can be.
 */
static inline void ovl_hash(struct sk_buff *skb)
{
	if (!skb->l4_hash && !skb->sw_hash)
		ovl_hash_flow(skb);
}

#endif /* _OVL_TUN_HASH_H */
