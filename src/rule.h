/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_RULE_H
#define _OVL_TUN_RULE_H

#include <linux/percpu.h>
#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>

#include "program.h"

struct netlink_ext_ack;
struct ovl_dev;
struct ovl_shim;
struct ovl_sock;
struct ovl_source;

#define OVL_RULE_PREF_FIRST	32768	/* of a device that has no rule yet */

/**
 * struct ovl_rule_stats - what a rule has met on a CPU
 * @packets: packets that it matched
 * @drops: those of them that it dropped
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct ovl_rule_stats {
	u64_stats_t packets;
	u64_stats_t drops;
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_rule_totals - struct ovl_rule_stats summed over all CPUs
 * @packets: packets that it matched
 * @drops: those of them that it dropped
 */
struct ovl_rule_totals {
	u64 packets;
	u64 drops;
};

/**
 * struct ovl_rule - a rule of a device
 * @node: in &ovl_dev.rules; RTNL
 * @stats: what it has met; those of the rule that it has taken the place of
 * @replaced: another has @stats now; RTNL
 * @rcu: frees it after the last reader
 * @spec: what it says, immutable
 */
struct ovl_rule {
	struct rb_node node;
	struct ovl_rule_stats __percpu *stats;
	bool replaced;
	struct rcu_head rcu;
	struct ovl_rule_spec spec;
};

/* What a packet has got from the rules, &ovl_verdict.set */
#define OVL_VERDICT_MARK	OVL_RUN_MARK
#define OVL_VERDICT_PRIO	OVL_RUN_PRIO
#define OVL_VERDICT_STRIP	OVL_RUN_STRIP
#define OVL_VERDICT_SAMPLE	8

/**
 * struct ovl_verdict - what rules have said of a packet
 * @rule: the one that dropped it; or the first that wants to be told of it, with
 *	OVL_VERDICT_SAMPLE
 * @prog: program of the rules, with OVL_VERDICT_STRIP
 * @strip: options that it loses, likewise, see &ovl_run.strip
 * @mark: its mark, with OVL_VERDICT_MARK
 * @prio: its priority, with OVL_VERDICT_PRIO
 * @set: OVL_VERDICT_*
 */
struct ovl_verdict {
	const struct ovl_rule *rule;
	const struct ovl_program *prog;
	u64 strip;
	u32 mark;
	u32 prio;
	u8 set;
};

/* Nothing yet. The other fields mean nothing then. */
static inline void ovl_verdict_init(struct ovl_verdict *verdict)
{
	verdict->rule = NULL;
	verdict->set = 0;
}

/* To be called when nothing scrubs the packet any more. */
static inline void ovl_verdict_apply(const struct ovl_verdict *verdict,
				     struct sk_buff *skb)
{
	if (verdict->set & OVL_VERDICT_MARK)
		skb->mark = verdict->mark;
	if (verdict->set & OVL_VERDICT_PRIO)
		skb->priority = verdict->prio;
}

struct ovl_rule *ovl_rule_alloc(unsigned int n_tests);
void ovl_rule_free(struct ovl_rule *rule);

struct ovl_rule *ovl_rule_find(const struct ovl_dev *ovl, u32 pref);
struct ovl_rule *ovl_rule_after(const struct ovl_dev *ovl, u32 pref);
const struct ovl_rule *ovl_rule_of_peer(const struct ovl_dev *ovl, u32 peer);

int ovl_rule_put(struct ovl_dev *ovl, struct ovl_rule *rule,
		 struct netlink_ext_ack *extack);
int ovl_rule_remove(struct ovl_dev *ovl, struct ovl_rule *rule);
void ovl_rules_flush(struct ovl_dev *ovl);
void ovl_rules_destroy(struct ovl_dev *ovl);

void ovl_rule_stats_sum(const struct ovl_rule *rule,
			struct ovl_rule_totals *sum);

int ovl_rules_receive(const struct ovl_program *prog,
		      const struct ovl_source *from, const struct ovl_sock *os,
		      struct sk_buff *skb, const struct ovl_shim *shim,
		      struct ovl_verdict *verdict);

#endif /* _OVL_TUN_RULE_H */
