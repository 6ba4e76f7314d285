/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_DROP_H
#define _OVL_TUN_DROP_H

#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/ovl_tun.h>

/*
 * Every reason with its name and the counters of struct rtnl_link_stats64
 * that "ip -s -s link" shows it under; "none" where the core counts already.
 */
#define OVL_DROPS(X)							\
	X(RX_TRUNCATED, "rx-truncated", rx_errors, rx_length_errors)	\
	X(RX_VXLAN_FLAGS, "rx-vxlan-flags", rx_errors, rx_frame_errors)	\
	X(RX_GENEVE_VERSION, "rx-geneve-version", rx_errors, rx_frame_errors) \
	X(RX_CONTROL, "rx-control", rx_dropped, none)			\
	X(RX_PROTOCOL, "rx-protocol", rx_dropped, none)			\
	X(RX_OPTION_MALFORMED, "rx-option-malformed", rx_errors, rx_frame_errors) \
	X(RX_OPTION_CRITICAL, "rx-option-critical", rx_errors, rx_frame_errors) \
	X(RX_VNI_UNKNOWN, "rx-vni-unknown", rx_dropped, none)		\
	X(RX_SOURCE_UNKNOWN, "rx-source-unknown", rx_dropped, none)	\
	X(RX_ENCAP_REFUSED, "rx-encap-refused", rx_dropped, none)	\
	X(RX_ZERO_CSUM, "rx-zero-csum", rx_errors, rx_crc_errors)	\
	X(RX_INNER_SHORT, "rx-inner-short", rx_errors, rx_length_errors) \
	X(RX_OWN_SOURCE, "rx-own-source", rx_errors, none)		\
	X(RX_ECN, "rx-ecn", rx_errors, rx_frame_errors)			\
	X(RX_NO_MEMORY, "rx-no-memory", rx_dropped, none)		\
	X(RX_BACKLOG, "rx-backlog", none, none)				\
	X(TX_NO_REMOTE, "tx-no-remote", tx_dropped, none)		\
	X(TX_NO_ROUTE, "tx-no-route", tx_errors, tx_carrier_errors)	\
	X(TX_LOOP, "tx-loop", tx_errors, collisions)			\
	X(TX_TOO_BIG, "tx-too-big", tx_errors, tx_aborted_errors)	\
	X(TX_INNER_SHORT, "tx-inner-short", tx_errors, none)		\
	X(TX_NO_MEMORY, "tx-no-memory", tx_dropped, none)		\
	X(TX_NO_SOCKET, "tx-no-socket", tx_errors, tx_carrier_errors)

/**
 * struct ovl_stats - what a device or a socket counts besides traffic
 * @drops: packets by enum ovl_tun_drop
 * @options_skipped: received options that nothing understood, not critical
 * @syncp: makes 64-bit reads whole on 32-bit machines
 *
 * One per CPU. Written in softirq or with bottom halves disabled.
 */
struct ovl_stats {
	u64_stats_t drops[__OVL_TUN_DROP_MAX];
	u64_stats_t options_skipped;
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_totals - struct ovl_stats summed over all CPUs
 * @drops: packets by enum ovl_tun_drop
 * @options_skipped: received options that nothing understood
 */
struct ovl_totals {
	u64 drops[__OVL_TUN_DROP_MAX];
	u64 options_skipped;
};

struct ovl_stats __percpu *ovl_stats_alloc(void);
void ovl_stats_sum(const struct ovl_stats __percpu *stats,
		   struct ovl_totals *sum);
void ovl_stats_to_link(const struct ovl_totals *sum,
		       struct rtnl_link_stats64 *link);
const char *ovl_drop_name(enum ovl_tun_drop reason);
void ovl_count_drop(struct ovl_stats __percpu *stats, const struct sk_buff *skb,
		    int ifindex, enum ovl_tun_drop reason);

static inline void ovl_count_skipped(struct ovl_stats __percpu *stats,
				     unsigned int options)
{
	struct ovl_stats *s = this_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->options_skipped, options);
	u64_stats_update_end(&s->syncp);
}

#endif /* _OVL_TUN_DROP_H */
