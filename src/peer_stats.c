// SPDX-License-Identifier: GPL-2.0
/*
 * What is counted of a peer: its traffic per CPU, by whoever sends and receives
 * (peer.h), and its drops, which are rare, in one place that the first of them
 * allocates.
 */

#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "path.h"
#include "peer.h"

/**
 * ovl_peer_stats_sum() - add up the traffic of all CPUs
 * @peer: peer
 * @sum: filled; @seen is 0 if nothing was ever received
 */
void ovl_peer_stats_sum(const struct ovl_peer *peer,
			struct ovl_peer_totals *sum)
{
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_peer_stats *s =
			&per_cpu_ptr(peer->cpu, cpu)->stats;
		struct ovl_peer_totals one;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			one.rx_packets = u64_stats_read(&s->rx_packets);
			one.rx_bytes = u64_stats_read(&s->rx_bytes);
			one.tx_packets = u64_stats_read(&s->tx_packets);
			one.tx_bytes = u64_stats_read(&s->tx_bytes);
			one.seen = READ_ONCE(s->seen);
		} while (u64_stats_fetch_retry(&s->syncp, start));

		if (one.rx_packets &&
		    (!sum->rx_packets || time_after(one.seen, sum->seen)))
			sum->seen = one.seen;
		sum->rx_packets += one.rx_packets;
		sum->rx_bytes += one.rx_bytes;
		sum->tx_packets += one.tx_packets;
		sum->tx_bytes += one.tx_bytes;
	}
}

/**
 * ovl_peer_count_drop() - note that a packet from or to a peer is dropped
 * @peer: peer
 * @reason: why
 *
 * Without memory the first one is counted by the device only.
 *
 * Context: RCU read section.
 */
void ovl_peer_count_drop(struct ovl_peer *peer, enum ovl_tun_drop reason)
{
	struct ovl_peer_drops *drops = READ_ONCE(peer->drops), *old;

	if (unlikely(!drops)) {
		drops = kzalloc(sizeof(*drops), GFP_ATOMIC | __GFP_NOWARN);
		if (!drops)
			return;
		old = cmpxchg(&peer->drops, NULL, drops);
		if (old) {
			kfree(drops);
			drops = old;
		}
	}
	atomic_long_inc(&drops->count[reason]);
}
