// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of a device: what is demanded of received packets, and what they
 * get.
 *
 * Packets never look at rules, but at the program that all of them are made
 * into (program.c). Each change makes another one, which may fail, and then
 * puts it in place, which may not: a packet meets all of the old or all of the
 * new rules.
 *
 * Lifetime: rules are made and removed under RTNL. The program points to them,
 * and a received packet may find either under RCU. A rule is freed a grace
 * period after the last program with it was replaced; its counters live on in
 * the rule that takes its place, if there is one.
 */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "echo.h"
#include "main.h"
#include "notify.h"
#include "peer.h"
#include "rule.h"
#include "wire.h"

static int ovl_rule_cmp(const void *pref, const struct rb_node *node)
{
	u32 a = *(const u32 *)pref;
	u32 b = rb_entry(node, struct ovl_rule, node)->spec.pref;

	return a < b ? -1 : a > b;
}

static bool ovl_rule_less(struct rb_node *a, const struct rb_node *b)
{
	return ovl_rule_cmp(&rb_entry(a, struct ovl_rule, node)->spec.pref,
			    b) < 0;
}

/**
 * ovl_rule_find() - find a rule
 * @ovl: device
 * @pref: its place
 *
 * Context: RTNL.
 * Return: rule, or NULL.
 */
struct ovl_rule *ovl_rule_find(const struct ovl_dev *ovl, u32 pref)
{
	struct rb_node *node = rb_find(&pref, &ovl->rules, ovl_rule_cmp);

	ASSERT_RTNL();
	return rb_entry_safe(node, struct ovl_rule, node);
}

/**
 * ovl_rule_after() - the next rule in their order
 * @ovl: device
 * @pref: what its place is to come behind, 0 for the first rule
 *
 * Context: RTNL.
 * Return: rule, or NULL if there is no further one.
 */
struct ovl_rule *ovl_rule_after(const struct ovl_dev *ovl, u32 pref)
{
	struct rb_node *node = ovl->rules.rb_node;
	struct ovl_rule *after = NULL;

	ASSERT_RTNL();
	while (node) {
		if (ovl_rule_cmp(&pref, node) < 0) {
			after = rb_entry(node, struct ovl_rule, node);
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return after;
}

/**
 * ovl_rule_of_peer() - a rule that names a peer
 * @ovl: device
 * @peer: id of the peer
 *
 * Context: RTNL.
 * Return: the first such rule, or NULL.
 */
const struct ovl_rule *ovl_rule_of_peer(const struct ovl_dev *ovl, u32 peer)
{
	const struct ovl_rule *rule;
	struct rb_node *node;

	ASSERT_RTNL();
	for (node = rb_first(&ovl->rules); node; node = rb_next(node)) {
		rule = rb_entry(node, struct ovl_rule, node);
		if (rule->spec.has_peer && rule->spec.peer == peer)
			return rule;
	}
	return NULL;
}

/**
 * ovl_rule_alloc() - make a rule that says nothing yet
 * @n_tests: how many options it is to look at
 *
 * Return: rule, or NULL without memory.
 */
struct ovl_rule *ovl_rule_alloc(unsigned int n_tests)
{
	struct ovl_rule *rule;

	rule = kzalloc(struct_size(rule, spec.test, n_tests),
		       GFP_KERNEL_ACCOUNT);
	if (rule)
		rule->spec.n_tests = n_tests;
	return rule;
}

/**
 * ovl_rule_free() - free a rule that no packet can find
 * @rule: rule
 */
void ovl_rule_free(struct ovl_rule *rule)
{
	if (!rule->replaced)
		free_percpu(rule->stats);
	kfree(rule);
}

static void ovl_rule_free_callback(struct rcu_head *rcu)
{
	ovl_rule_free(container_of(rcu, struct ovl_rule, rcu));
}

static int ovl_rule_alloc_stats(struct ovl_rule *rule)
{
	int cpu;

	rule->stats = alloc_percpu_gfp(struct ovl_rule_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!rule->stats)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(rule->stats, cpu)->syncp);
	return 0;
}

/* Make a program of @n rules, or NULL of none. */
static struct ovl_program *
ovl_rules_compile(const struct ovl_rule_spec *const *spec, unsigned int n,
		  struct netlink_ext_ack *extack)
{
	struct ovl_program_plan plan;
	struct ovl_program *prog;
	int err;

	if (!n)
		return NULL;
	err = ovl_program_plan(&plan, spec, n);
	if (err) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "the rules would speak of more than %u options",
				       OVL_TUN_MAX_KNOWN_OPTS);
		return ERR_PTR(-E2BIG);
	}
	prog = kvmalloc(ovl_program_size(&plan), GFP_KERNEL_ACCOUNT);
	if (!prog)
		return ERR_PTR(-ENOMEM);
	ovl_program_build(prog, &plan, spec);
	return prog;
}

/* The program of a device's rules, without one of them and with another. */
static struct ovl_program *ovl_rules_next(const struct ovl_dev *ovl,
					  const struct ovl_rule *without,
					  const struct ovl_rule *with,
					  struct netlink_ext_ack *extack)
{
	const struct ovl_rule_spec **spec;
	const struct ovl_rule *rule;
	struct ovl_program *prog;
	struct rb_node *node;
	unsigned int n = 0;

	spec = kvcalloc(ovl->n_rules + 1, sizeof(*spec), GFP_KERNEL);
	if (!spec)
		return ERR_PTR(-ENOMEM);
	for (node = rb_first(&ovl->rules); node; node = rb_next(node)) {
		rule = rb_entry(node, struct ovl_rule, node);
		if (with && with->spec.pref <= rule->spec.pref) {
			spec[n++] = &with->spec;
			with = NULL;
		}
		if (rule != without)
			spec[n++] = &rule->spec;
	}
	if (with)
		spec[n++] = &with->spec;
	prog = ovl_rules_compile(spec, n, extack);
	kvfree(spec);
	return prog;
}

static void ovl_rules_publish(struct ovl_dev *ovl, struct ovl_program *prog)
{
	struct ovl_program *old = rtnl_dereference(ovl->program);

	rcu_assign_pointer(ovl->program, prog);
	if (old)
		kvfree_rcu(old, rcu);
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
}

/* From here on no packet begins with a program that the rule is in. */
static void ovl_rule_unlink(struct ovl_dev *ovl, struct ovl_rule *rule)
{
	rb_erase(&rule->node, &ovl->rules);
	ovl->n_rules--;
	call_rcu(&rule->rcu, ovl_rule_free_callback);
}

/**
 * ovl_rule_put() - add a rule, or put it in the place of the one with its pref
 * @ovl: device
 * @rule: rule, taken over if this succeeds
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was; -E2BIG if it speaks
 * of an option too many.
 */
int ovl_rule_put(struct ovl_dev *ovl, struct ovl_rule *rule,
		 struct netlink_ext_ack *extack)
{
	struct ovl_rule *old = ovl_rule_find(ovl, rule->spec.pref);
	struct ovl_program *prog;
	int err;

	if (!old && ovl->n_rules >= OVL_TUN_MAX_RULES) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "a device has at most %u rules",
				       OVL_TUN_MAX_RULES);
		return -ENOSPC;
	}
	if (old) {
		rule->stats = old->stats;
	} else {
		err = ovl_rule_alloc_stats(rule);
		if (err)
			return err;
	}
	prog = ovl_rules_next(ovl, old, rule, extack);
	if (IS_ERR(prog)) {
		rule->replaced = !!old; /* whose statistics they are still */
		return PTR_ERR(prog);
	}
	ovl_rules_publish(ovl, prog);
	if (old) {
		old->replaced = true;
		ovl_rule_unlink(ovl, old);
	}
	rb_add(&rule->node, &ovl->rules, ovl_rule_less);
	ovl->n_rules++;
	ovl_notify_rule(ovl, rule, OVL_TUN_CMD_RULE_NTF);
	return 0;
}

/**
 * ovl_rule_remove() - remove a rule
 * @ovl: device
 * @rule: rule
 *
 * Context: RTNL.
 * Return: 0, or -ENOMEM with everything as it was.
 */
int ovl_rule_remove(struct ovl_dev *ovl, struct ovl_rule *rule)
{
	struct ovl_program *prog;

	ASSERT_RTNL();
	prog = ovl_rules_next(ovl, rule, NULL, NULL);
	if (IS_ERR(prog))
		return PTR_ERR(prog);
	ovl_rules_publish(ovl, prog);
	ovl_notify_rule(ovl, rule, OVL_TUN_CMD_RULE_DEL_NTF);
	ovl_rule_unlink(ovl, rule);
	return 0;
}

/**
 * ovl_rules_flush() - remove all rules, in one step
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_rules_flush(struct ovl_dev *ovl)
{
	struct ovl_rule *rule;

	ovl_rules_publish(ovl, NULL);
	while ((rule = ovl_rule_after(ovl, 0))) {
		ovl_notify_rule(ovl, rule, OVL_TUN_CMD_RULE_DEL_NTF);
		ovl_rule_unlink(ovl, rule);
	}
}

/**
 * ovl_rules_destroy() - free all rules of a device that has ended
 * @ovl: device; all grace periods since it was running are over
 *
 * Context: may sleep.
 */
void ovl_rules_destroy(struct ovl_dev *ovl)
{
	struct rb_node *node;

	kvfree(rcu_dereference_protected(ovl->program, true));
	while ((node = rb_first(&ovl->rules))) {
		rb_erase(node, &ovl->rules);
		ovl_rule_free(rb_entry(node, struct ovl_rule, node));
	}
}

/**
 * ovl_rule_stats_sum() - add up what a rule has met on all CPUs
 * @rule: rule
 * @sum: filled
 */
void ovl_rule_stats_sum(const struct ovl_rule *rule,
			struct ovl_rule_totals *sum)
{
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_rule_stats *s = per_cpu_ptr(rule->stats, cpu);
		struct ovl_rule_totals one;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			one.packets = u64_stats_read(&s->packets);
			one.drops = u64_stats_read(&s->drops);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		sum->packets += one.packets;
		sum->drops += one.drops;
	}
}

static void ovl_rule_count(const struct ovl_rule *rule, bool drop)
{
	struct ovl_rule_stats *s = this_cpu_ptr(rule->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->packets);
	if (drop)
		u64_stats_inc(&s->drops);
	u64_stats_update_end(&s->syncp);
}

/* All rules that match, up to one that ends it. */
static int ovl_rules_run(struct ovl_run *run, struct ovl_verdict *verdict)
{
	const struct ovl_program_rule *hit;
	const struct ovl_rule *rule;
	int reason;

	while ((hit = ovl_run_next(run, &reason))) {
		rule = container_of(hit->spec, struct ovl_rule, spec);
		ovl_rule_count(rule, reason);
		if (reason) {
			verdict->rule = rule;
			verdict->set = 0;
			return reason;
		}
		if (rule->spec.sample && !verdict->rule) {
			verdict->rule = rule;
			verdict->set = OVL_VERDICT_SAMPLE;
		}
	}
	verdict->set |= run->set;
	verdict->mark = run->mark;
	verdict->prio = run->prio;
	verdict->prog = run->prog;
	verdict->strip = run->strip;
	return 0;
}

/**
 * ovl_rules_receive() - check the options of a packet and let rules judge it
 * @prog: rules of the device that it is for
 * @from: whose it is
 * @os: socket
 * @skb: packet, with its data at the UDP header
 * @shim: its header
 * @verdict: initialized; filled with what the rules say
 *
 * Context: softirq, RCU read section.
 * Return: 0, or the reason to drop it.
 */
int ovl_rules_receive(const struct ovl_program *prog,
		      const struct ovl_source *from, const struct ovl_sock *os,
		      struct sk_buff *skb, const struct ovl_shim *shim,
		      struct ovl_verdict *verdict)
{
	struct ovl_dev *ovl = from->ovl;
	struct ovl_run run;
	int reason;

	if (unlikely(!pskb_may_pull(skb, sizeof(struct udphdr) + shim->len)))
		return ovl_rx_pull_reason(skb, sizeof(struct udphdr) + shim->len,
					  OVL_TUN_DROP_RX_TRUNCATED);
	run.prog = prog;
	run.area = ovl_shim_start(skb) + OVL_SHIM_BASE;
	run.vni = shim->vni;
	run.has_peer = from->peer;
	/* An implicit one gets another when it becomes a user's, see
	 * ovl_peer_adopt(). Rules name none of those.
	 */
	run.peer = from->peer ? READ_ONCE(from->peer->id) : 0;
	run.encap = os->encap;
	run.known = ovl_echo_classes(from->ovl);
	reason = ovl_run_begin(&run, shim->len - OVL_SHIM_BASE);
	/* Whoever reads the metadata may understand what no rule does. */
	if (unlikely(reason) &&
	    !(ovl->external && reason == OVL_TUN_DROP_RX_OPTION_CRITICAL))
		return reason;
	if (run.skipped && !ovl->external)
		ovl_count_skipped(ovl->stats, run.skipped);
	return ovl_rules_run(&run, verdict);
}
