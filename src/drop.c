// SPDX-License-Identifier: GPL-2.0
/* Counters of packets that were not delivered, one for each reason. */

#include <linux/percpu.h>
#include <linux/stddef.h>

#include "drop.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

#define OVL_LINK_FIELD_none	(-1)
#define OVL_LINK_FIELD(field)	\
	((int)(offsetof(struct rtnl_link_stats64, field) / sizeof(u64)))
#define OVL_LINK_FIELD_rx_errors	OVL_LINK_FIELD(rx_errors)
#define OVL_LINK_FIELD_rx_dropped	OVL_LINK_FIELD(rx_dropped)
#define OVL_LINK_FIELD_rx_length_errors	OVL_LINK_FIELD(rx_length_errors)
#define OVL_LINK_FIELD_rx_frame_errors	OVL_LINK_FIELD(rx_frame_errors)
#define OVL_LINK_FIELD_rx_crc_errors	OVL_LINK_FIELD(rx_crc_errors)
#define OVL_LINK_FIELD_tx_errors	OVL_LINK_FIELD(tx_errors)
#define OVL_LINK_FIELD_tx_dropped	OVL_LINK_FIELD(tx_dropped)
#define OVL_LINK_FIELD_tx_carrier_errors OVL_LINK_FIELD(tx_carrier_errors)
#define OVL_LINK_FIELD_tx_aborted_errors OVL_LINK_FIELD(tx_aborted_errors)
#define OVL_LINK_FIELD_collisions	OVL_LINK_FIELD(collisions)

/* Name of each reason and the u64s of rtnl_link_stats64 that include it. */
static const struct {
	const char *name;
	int field[2];
} ovl_drop_info[__OVL_TUN_DROP_MAX] = {
#define X(reason, text, first, second)					\
	[OVL_TUN_DROP_##reason] = {					\
		.name = text,						\
		.field = { OVL_LINK_FIELD_##first, OVL_LINK_FIELD_##second }, \
	},
	OVL_DROPS(X)
#undef X
};

/**
 * ovl_drop_name() - a reason as the netlink specification spells it
 * @reason: reason
 */
const char *ovl_drop_name(enum ovl_tun_drop reason)
{
	return ovl_drop_info[reason].name;
}

/**
 * ovl_stats_alloc() - allocate per-CPU counters
 *
 * Return: counters to be freed with free_percpu(), or NULL.
 */
struct ovl_stats __percpu *ovl_stats_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct ovl_stats);
}

/**
 * ovl_stats_sum() - add up the counters of all CPUs
 * @stats: counters
 * @sum: filled
 */
void ovl_stats_sum(const struct ovl_stats __percpu *stats,
		   struct ovl_totals *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_stats *s = per_cpu_ptr(stats, cpu);
		struct ovl_totals one;
		unsigned int start;
		int i;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			for (i = 0; i < __OVL_TUN_DROP_MAX; i++)
				one.drops[i] = u64_stats_read(&s->drops[i]);
			one.options_skipped = u64_stats_read(&s->options_skipped);
		} while (u64_stats_fetch_retry(&s->syncp, start));

		for (i = 0; i < __OVL_TUN_DROP_MAX; i++)
			sum->drops[i] += one.drops[i];
		sum->options_skipped += one.options_skipped;
	}
}

/**
 * ovl_stats_to_link() - add the drops to what "ip -s link" shows
 * @sum: counters of a device
 * @link: its statistics
 */
void ovl_stats_to_link(const struct ovl_totals *sum,
		       struct rtnl_link_stats64 *link)
{
	u64 *fields = (u64 *)link;
	int i, k;

	for (i = 1; i < __OVL_TUN_DROP_MAX; i++)
		for (k = 0; k < ARRAY_SIZE(ovl_drop_info[i].field); k++)
			if (ovl_drop_info[i].field[k] >= 0)
				fields[ovl_drop_info[i].field[k]] += sum->drops[i];
}

/**
 * ovl_count_drop() - note that a packet is about to be dropped
 * @stats: counters of the device, or of the socket if no device is known
 * @skb: the packet, which the caller frees, or NULL if it is gone
 * @ifindex: the device, or 0
 * @reason: why
 *
 * Context: softirq or bottom halves disabled.
 */
void ovl_count_drop(struct ovl_stats __percpu *stats, const struct sk_buff *skb,
		    int ifindex, enum ovl_tun_drop reason)
{
	struct ovl_stats *s = this_cpu_ptr(stats);

	trace_ovl_tun_drop(skb, ifindex, reason);
	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->drops[reason]);
	u64_stats_update_end(&s->syncp);
}
