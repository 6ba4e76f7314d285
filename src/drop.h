/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_DROP_H
#define _OVL_TUN_DROP_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/ovl_tun.h>

#define OVL_DROP_NAME_LEN	24	/* with the final 0 */

/**
 * enum ovl_fast_way - what became of a packet that the fast path has seen
 * @OVL_FAST_TAKEN: it was taken
 * @OVL_FAST_WATCHED: somebody is to see it on the ordinary way
 * @OVL_FAST_UNJUDGED: the stack has not judged any like it since the last
 *	change
 * @OVL_FAST_OTHER: something else needs the stack
 * @OVL_FAST_WAYS: number of the above
 */
enum ovl_fast_way {
	OVL_FAST_TAKEN,
	OVL_FAST_WATCHED,
	OVL_FAST_UNJUDGED,
	OVL_FAST_OTHER,
	OVL_FAST_WAYS,
};

/**
 * struct ovl_stats - what a device or a socket counts besides traffic
 * @drops: packets by enum ovl_tun_drop
 * @options_skipped: received options that nothing understood, not critical
 * @fast: packets by enum ovl_fast_way
 * @counter: last number that an option has got from this CPU, which alone
 *	reads it
 * @syncp: makes 64-bit reads whole on 32-bit machines
 *
 * One per CPU. Written in softirq or with bottom halves disabled.
 */
struct ovl_stats {
	u64_stats_t drops[__OVL_TUN_DROP_MAX];
	u64_stats_t options_skipped;
	u64_stats_t fast[OVL_FAST_WAYS];
	u64 counter;
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_totals - struct ovl_stats summed over all CPUs
 * @drops: packets by enum ovl_tun_drop
 * @options_skipped: received options that nothing understood
 * @fast: packets by enum ovl_fast_way
 */
struct ovl_totals {
	u64 drops[__OVL_TUN_DROP_MAX];
	u64 options_skipped;
	u64 fast[OVL_FAST_WAYS];
};

/**
 * struct ovl_sampler - tells of a few of the drops
 * @next: jiffies before which no other is told of
 * @told: sum of all drops at that time
 *
 * Written by whoever wins @next, which happens a few times a second.
 */
struct ovl_sampler {
	unsigned long next;
	u64 told;
};

struct ovl_stats __percpu *ovl_stats_alloc(void);
void ovl_stats_sum(const struct ovl_stats __percpu *stats,
		   struct ovl_totals *sum);
void ovl_stats_to_link(const struct ovl_totals *sum,
		       struct rtnl_link_stats64 *link);
const char *ovl_drop_name(enum ovl_tun_drop reason);
void ovl_count_drop(struct ovl_stats __percpu *stats, const struct sk_buff *skb,
		    int ifindex, enum ovl_tun_drop reason);

/**
 * ovl_rx_pull_reason() - why pskb_may_pull() has failed
 * @skb: received packet
 * @len: how much of it was wanted
 * @reason: for one that is shorter
 *
 * Return: @reason, or that there is no memory.
 */
static inline int ovl_rx_pull_reason(const struct sk_buff *skb,
				     unsigned int len, enum ovl_tun_drop reason)
{
	return skb->len < len ? reason : OVL_TUN_DROP_RX_NO_MEMORY;
}

static inline void ovl_count_skipped(struct ovl_stats __percpu *stats,
				     unsigned int options)
{
	struct ovl_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->options_skipped, options);
	u64_stats_update_end(&s->syncp);
}

#endif /* _OVL_TUN_DROP_H */
