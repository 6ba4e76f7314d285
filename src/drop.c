// SPDX-License-Identifier: GPL-2.0
/* Counters of packets that were not delivered, one for each reason. */

#include <linux/percpu.h>
#include <linux/stddef.h>

#include "drop.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

/* 0 is what functions return that have no reason to drop a packet. */
static_assert((int)OVL_TUN_DROP_RX_TRUNCATED > 0);

/* Place of a counter in struct rtnl_link_stats64; 0 (rx_packets) means none. */
#define OVL_FIELD(name) \
	(offsetof(struct rtnl_link_stats64, name) / sizeof(u64))

/* Each reason's name in the netlink specification, and the counters of
 * "ip -s -s link" that include it. The core counts RX_BACKLOG by itself.
 */
static const struct {
	const char *name;
	u8 field[2];
} ovl_drop_info[__OVL_TUN_DROP_MAX] = {
	[OVL_TUN_DROP_RX_TRUNCATED] = {
		"rx-truncated",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_length_errors) },
	},
	[OVL_TUN_DROP_RX_VXLAN_FLAGS] = {
		"rx-vxlan-flags",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_GENEVE_VERSION] = {
		"rx-geneve-version",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_CONTROL] = {
		"rx-control",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_PROTOCOL] = {
		"rx-protocol",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_OPTION_MALFORMED] = {
		"rx-option-malformed",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_OPTION_CRITICAL] = {
		"rx-option-critical",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_VNI_UNKNOWN] = {
		"rx-vni-unknown",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_SOURCE_UNKNOWN] = {
		"rx-source-unknown",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_ENCAP_REFUSED] = {
		"rx-encap-refused",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_ZERO_CSUM] = {
		"rx-zero-csum",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_crc_errors) },
	},
	[OVL_TUN_DROP_RX_INNER_SHORT] = {
		"rx-inner-short",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_length_errors) },
	},
	[OVL_TUN_DROP_RX_OWN_SOURCE] = {
		"rx-own-source",
		{ OVL_FIELD(rx_errors) },
	},
	[OVL_TUN_DROP_RX_ECN] = {
		"rx-ecn",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_NO_MEMORY] = {
		"rx-no-memory",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_BACKLOG] = {
		"rx-backlog",
	},
	[OVL_TUN_DROP_RX_MAC_INVALID] = {
		"rx-mac-invalid",
		{ OVL_FIELD(rx_errors), OVL_FIELD(rx_frame_errors) },
	},
	[OVL_TUN_DROP_RX_MAC_STATIC] = {
		"rx-mac-static",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_TX_NO_REMOTE] = {
		"tx-no-remote",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_TX_NO_ROUTE] = {
		"tx-no-route",
		{ OVL_FIELD(tx_errors), OVL_FIELD(tx_carrier_errors) },
	},
	[OVL_TUN_DROP_TX_LOOP] = {
		"tx-loop",
		{ OVL_FIELD(tx_errors), OVL_FIELD(collisions) },
	},
	[OVL_TUN_DROP_TX_TOO_BIG] = {
		"tx-too-big",
		{ OVL_FIELD(tx_errors), OVL_FIELD(tx_aborted_errors) },
	},
	[OVL_TUN_DROP_TX_INNER_SHORT] = {
		"tx-inner-short",
		{ OVL_FIELD(tx_errors) },
	},
	[OVL_TUN_DROP_TX_NO_MEMORY] = {
		"tx-no-memory",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_RX_INNER_SOURCE] = {
		"rx-inner-source",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_INNER_MAC] = {
		"rx-inner-mac",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_TX_NO_SOCKET] = {
		"tx-no-socket",
		{ OVL_FIELD(tx_errors), OVL_FIELD(tx_carrier_errors) },
	},
	[OVL_TUN_DROP_TX_NEIGH_SUPPRESSED] = {
		"tx-neigh-suppressed",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_TX_NEIGH_MALFORMED] = {
		"tx-neigh-malformed",
		{ OVL_FIELD(tx_errors) },
	},
	[OVL_TUN_DROP_TX_NO_VNI] = {
		"tx-no-vni",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_TX_VNI_UNKNOWN] = {
		"tx-vni-unknown",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_TX_NO_OPTIONS] = {
		"tx-no-options",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_RX_RULE] = {
		"rx-rule",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_OPTION_MISSING] = {
		"rx-option-missing",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_OPTION_WRONG] = {
		"rx-option-wrong",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_RX_OPTION_DOUBLED] = {
		"rx-option-doubled",
		{ OVL_FIELD(rx_dropped) },
	},
	[OVL_TUN_DROP_TX_NO_METADATA] = {
		"tx-no-metadata",
		{ OVL_FIELD(tx_dropped) },
	},
	[OVL_TUN_DROP_TX_METADATA_INVALID] = {
		"tx-metadata-invalid",
		{ OVL_FIELD(tx_errors) },
	},
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
			for (i = 0; i < OVL_FAST_WAYS; i++)
				one.fast[i] = u64_stats_read(&s->fast[i]);
			one.options_skipped = u64_stats_read(&s->options_skipped);
		} while (u64_stats_fetch_retry(&s->syncp, start));

		for (i = 0; i < __OVL_TUN_DROP_MAX; i++)
			sum->drops[i] += one.drops[i];
		for (i = 0; i < OVL_FAST_WAYS; i++)
			sum->fast[i] += one.fast[i];
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
			if (ovl_drop_info[i].field[k])
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
