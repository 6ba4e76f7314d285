// SPDX-License-Identifier: GPL-2.0
/*
 * Option echo, for appliances: options that come with a packet of an inner flow
 * are kept, and put into the packets of the flow, of either direction, that go
 * back to the same node.
 *
 * A flow is kept as the header that its packets are sent with. A received
 * packet whose options are those already looks the flow up and writes nothing
 * but the time, at most once per jiffy; so does one that is sent. Others take
 * the lock.
 *
 * What packets from outside can make this remember is bounded: when there are
 * as many flows as are allowed, a new one takes the place of the one that was
 * used least recently, nearly: who is at the head of the list and was used
 * since it was put there gets another turn. Flows that were forgotten take
 * memory until no packet looks at them any more. They are counted too, so that
 * a flood of new flows, which are forgotten as fast as they come, waits for
 * that. All of it is accounted to whoever has asked for the echo.
 *
 * Lifetime: made, changed and ended under RTNL. Packets find it under RCU. It
 * is freed when no packet that has found it is left, and no flow is about to
 * be freed.
 */

#include <linux/if_arp.h>
#include <linux/jiffies.h>
#include <linux/memcontrol.h>
#include <linux/percpu.h>
#include <linux/rhashtable.h>
#include <linux/rtnetlink.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>

#include "device.h"
#include "echo.h"
#include "main.h"
#include "notify.h"
#include "path.h"
#include "source.h"
#include "vni.h"
#include "wire.h"

static_assert(OVL_OPT_MAX_CLASSES == OVL_TUN_MAX_ECHO_CLASSES);
/* Nothing in it but its fields. */
static_assert(sizeof(struct ovl_echo_key) == 64);

#define OVL_ECHO_CHANCES	32	/* flows that get another turn */
#define OVL_ECHO_BATCH		64	/* flows under the lock in one go */

/**
 * struct ovl_echo_stats - what happened on a CPU
 * @n: by enum ovl_echo_stat
 * @syncp: makes 64-bit reads whole on 32-bit machines
 *
 * Written with bottom halves disabled.
 */
struct ovl_echo_stats {
	u64_stats_t n[OVL_ECHO_N_STATS];
	struct u64_stats_sync syncp;
};

/**
 * struct ovl_echo - the flows of a device
 * @flows: struct ovl_echo_flow by its key; changed under @lock, read under RCU
 * @spec: what is kept; changed under RTNL, read under RCU
 * @lock: which flows there are, and their order
 * @order: flows in the order in which they are to go; @lock
 * @n: how many flows there are; @lock, read without
 * @held: how many take memory, those included that packets may look at yet
 * @memcg: who pays for them, NULL for nobody
 * @stats: what happened
 * @age: looks for flows without a packet; queued while there is a flow
 */
struct ovl_echo {
	struct rhashtable flows;
	struct ovl_echo_spec __rcu *spec;
	spinlock_t lock; /* what packets and the user change both */
	struct list_head order;
	unsigned int n;
	atomic_t held;
	struct mem_cgroup *memcg;
	struct ovl_echo_stats __percpu *stats;
	struct delayed_work age;
};

/**
 * struct ovl_echo_flow - a flow and its options
 * @node: in &ovl_echo.flows
 * @key: which one it is
 * @echo: whose it is
 * @order: in &ovl_echo.order; its lock
 * @used: jiffies when a packet was there last
 * @listed: @used when it was put into the order; lock
 * @gen: &ovl_echo_spec.gen when its options were received
 * @sport: outer source port that they came with, network byte order
 * @rcu: frees it after the last reader
 * @header: that of its packets, without a VNI
 *
 * Immutable but for @order, @used, @listed and @sport.
 */
struct ovl_echo_flow {
	struct rhash_head node;
	struct ovl_echo_key key;
	struct ovl_echo *echo;
	struct list_head order;
	unsigned long used;
	unsigned long listed;
	u32 gen;
	__be16 sport;
	struct rcu_head rcu;
	struct ovl_header header;
};

static const struct rhashtable_params ovl_echo_params = {
	.head_offset		= offsetof(struct ovl_echo_flow, node),
	.key_offset		= offsetof(struct ovl_echo_flow, key),
	.key_len		= sizeof(struct ovl_echo_key),
	.automatic_shrinking	= true,
};

/* The header is for any path. */
static const struct ovl_patch ovl_echo_patch = { .kind = OVL_PATCH_VNI };

static void ovl_echo_count(const struct ovl_echo *echo, enum ovl_echo_stat stat)
{
	struct ovl_echo_stats *s = this_cpu_ptr(echo->stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_inc(&s->n[stat]);
	u64_stats_update_end(&s->syncp);
}

/*
 * Flows
 */

static noinline struct ovl_echo_flow *
ovl_echo_find(struct ovl_echo *echo, const struct ovl_echo_key *key)
{
	return rhashtable_lookup(&echo->flows, key, ovl_echo_params);
}

/* How many flows may take memory: RCU lets go of some only after a while. */
static unsigned int ovl_echo_room(const struct ovl_echo_spec *spec)
{
	return spec->limit + spec->limit / 4 + OVL_ECHO_BATCH;
}

/* Memory for a flow. It isn't worth a reserve, nor more than its group may
 * have.
 */
static struct ovl_echo_flow *
ovl_echo_flow_alloc(struct ovl_echo *echo, const struct ovl_echo_spec *spec,
		    unsigned int len)
{
	struct mem_cgroup *old;
	struct ovl_echo_flow *flow;

	if (atomic_inc_return(&echo->held) > ovl_echo_room(spec))
		goto full;
	old = set_active_memcg(echo->memcg);
	flow = kmalloc(struct_size(flow, header.shim, OVL_SHIM_BASE + len),
		       GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT);
	set_active_memcg(old);
	if (flow) {
		flow->echo = echo;
		return flow;
	}
full:
	atomic_dec(&echo->held);
	return NULL;
}

static void ovl_echo_flow_free(struct rcu_head *rcu)
{
	struct ovl_echo_flow *flow = container_of(rcu, struct ovl_echo_flow,
						  rcu);
	struct ovl_echo *echo = flow->echo;

	kfree(flow);
	atomic_dec(&echo->held);
}

static void ovl_echo_forget(struct ovl_echo *echo, struct ovl_echo_flow *flow,
			    enum ovl_echo_stat why)
{
	lockdep_assert_held(&echo->lock);
	rhashtable_remove_fast(&echo->flows, &flow->node, ovl_echo_params);
	list_del(&flow->order);
	WRITE_ONCE(echo->n, echo->n - 1);
	ovl_echo_count(echo, why);
	call_rcu(&flow->rcu, ovl_echo_flow_free);
}

/* Forget the flow that was used least recently. */
static void ovl_echo_evict(struct ovl_echo *echo)
{
	struct ovl_echo_flow *flow;
	unsigned int chances;
	unsigned long used;

	for (chances = OVL_ECHO_CHANCES; ; chances--) {
		flow = list_first_entry(&echo->order, struct ovl_echo_flow,
					order);
		used = READ_ONCE(flow->used);
		if (used == flow->listed || !chances)
			break;
		flow->listed = used;
		list_move_tail(&flow->order, &echo->order);
	}
	ovl_echo_forget(echo, flow, OVL_ECHO_EVICTED);
}

/* Jiffies from one look at all flows to the next */
static unsigned long ovl_echo_interval(const struct ovl_echo_spec *spec)
{
	return min_t(unsigned long, spec->timeout * HZ / 4, 10 * HZ);
}

static void ovl_echo_link(struct ovl_echo *echo, struct ovl_echo_flow *flow)
{
	flow->listed = READ_ONCE(flow->used);
	list_add_tail(&flow->order, &echo->order);
}

/* Put a flow in the place of one with the same key, or add it.
 *
 * Return: 0, or a negative error.
 */
static int ovl_echo_insert(struct ovl_echo *echo,
			   const struct ovl_echo_spec *spec,
			   struct ovl_echo_flow *flow)
{
	struct ovl_echo_flow *old = ovl_echo_find(echo, &flow->key);
	int i, err;

	lockdep_assert_held(&echo->lock);
	if (old) {
		err = rhashtable_replace_fast(&echo->flows, &old->node,
					      &flow->node, ovl_echo_params);
		if (err)
			return err;
		list_del(&old->order);
		call_rcu(&old->rcu, ovl_echo_flow_free);
		ovl_echo_link(echo, flow);
		ovl_echo_count(echo, OVL_ECHO_CHANGED);
		return 0;
	}

	/* Two, so that it comes down to a limit that has become lower. */
	for (i = 0; i < 2 && echo->n >= spec->limit; i++)
		ovl_echo_evict(echo);
	err = rhashtable_insert_fast(&echo->flows, &flow->node,
				     ovl_echo_params);
	if (err)
		return err;
	ovl_echo_link(echo, flow);
	if (!echo->n)
		queue_delayed_work(system_power_efficient_wq, &echo->age,
				   ovl_echo_interval(spec));
	WRITE_ONCE(echo->n, echo->n + 1);
	ovl_echo_count(echo, OVL_ECHO_ADDED);
	return 0;
}

/* Keep options of a flow: it is new, or had others. */
static noinline void ovl_echo_keep(struct ovl_echo *echo,
				   const struct ovl_echo_spec *spec,
				   const struct ovl_echo_key *key,
				   const u8 *area, unsigned int len,
				   __be16 sport)
{
	struct ovl_echo_flow *flow = ovl_echo_flow_alloc(echo, spec, len);
	int err;

	if (!flow) {
		ovl_echo_count(echo, OVL_ECHO_FULL);
		return;
	}
	flow->key = *key;
	flow->used = jiffies;
	flow->gen = spec->gen;
	flow->sport = sport;
	flow->header.len = ovl_geneve_build(flow->header.shim, 0, area, len);
	flow->header.patch = &ovl_echo_patch;
	flow->header.n_patches = 1;

	spin_lock_bh(&echo->lock);
	err = ovl_echo_insert(echo, spec, flow);
	spin_unlock_bh(&echo->lock);
	if (err) {
		ovl_echo_count(echo, OVL_ECHO_FULL);
		kfree(flow);
		atomic_dec(&echo->held);
	}
}

/* Whether a flow's options are those of a packet. */
static bool ovl_echo_same(const struct ovl_echo_flow *flow,
			  const struct ovl_echo_spec *spec, const u8 *area,
			  unsigned int len)
{
	return flow->gen == spec->gen &&
	       flow->header.len == OVL_SHIM_BASE + len &&
	       !memcmp(flow->header.shim + OVL_SHIM_BASE, area, len);
}

/**
 * ovl_echo_receive() - keep the options of a received packet
 * @echo: flows
 * @from: whose it is
 * @source: its outer source
 * @shim: its Geneve header, with options that are well-formed
 * @skb: packet, decapsulated; its transport header is the outer one yet
 *
 * Context: softirq, RCU read section.
 */
void ovl_echo_receive(struct ovl_echo *echo, const struct ovl_source *from,
		      const struct ovl_addr *source,
		      const struct ovl_shim *shim, const struct sk_buff *skb)
{
	const struct ovl_echo_spec *spec = rcu_dereference(echo->spec);
	bool layer3 = from->ovl->dev->type == ARPHRD_NONE;
	__be16 sport = udp_hdr(skb)->source;
	struct ovl_echo_key key = {};
	u8 area[OVL_OPTS_MAX_LEN];
	struct ovl_echo_flow *flow;
	unsigned int len;

	len = ovl_opts_filter(ovl_shim_start(skb) + OVL_SHIM_BASE,
			      shim->len - OVL_SHIM_BASE, &spec->classes, area);
	if (!len || !ovl_echo_key_build(&key, skb, layer3))
		return;
	key.remote = *source;
	if (from->ovl->trunk)
		key.vni = shim->vni;

	flow = ovl_echo_find(echo, &key);
	if (!flow || unlikely(!ovl_echo_same(flow, spec, area, len))) {
		ovl_echo_keep(echo, spec, &key, area, len, sport);
		return;
	}
	ovl_fdb_touch(&flow->used);
	if (unlikely(READ_ONCE(flow->sport) != sport))
		WRITE_ONCE(flow->sport, sport);
}

static bool ovl_echo_expired(const struct ovl_echo_flow *flow,
			     const struct ovl_echo_spec *spec)
{
	return time_after_eq(jiffies, READ_ONCE(flow->used) +
			     (unsigned long)spec->timeout * HZ);
}

/**
 * ovl_echo_send() - choose the header of a packet that is sent
 * @echo: flows
 * @path: sending side
 * @in: its VNI on a device that has several, or NULL
 * @skb: packet, with its data at the inner header
 * @header: set to one with the options of its flow, if there are any
 * @sport: UDP source port; set to the one that they came with, unless the path
 *	has its own range
 *
 * A flow's options are sent in place of those of a set.
 *
 * Context: RCU read section, bottom halves disabled.
 * Return: 0, or the reason to drop the packet.
 */
int ovl_echo_send(struct ovl_echo *echo, const struct ovl_path *path,
		  const struct ovl_vni *in, const struct sk_buff *skb,
		  const struct ovl_header **header, __be16 *sport)
{
	const struct ovl_echo_spec *spec = rcu_dereference(echo->spec);
	bool layer3 = path->inner == OVL_INNER_IP ||
		      path->inner == OVL_INNER_ETHER;
	struct ovl_echo_key key = {};
	struct ovl_echo_flow *flow;
	__be16 kept;

	if (!ovl_echo_key_build(&key, skb, layer3))
		return 0;
	key.remote = path->remote;
	key.vni = ovl_vni_key(in);

	flow = ovl_echo_find(echo, &key);
	if (!flow || flow->gen != spec->gen || ovl_echo_expired(flow, spec))
		return 0;
	ovl_fdb_touch(&flow->used);
	if (unlikely(path->encap != OVL_TUN_ENCAP_GENEVE))
		return path->carries == U32_MAX ? 0 :
						  OVL_TUN_DROP_TX_NO_OPTIONS;
	*header = &flow->header;
	kept = READ_ONCE(flow->sport);
	if (kept && !path->sport_min && !path->sport_max)
		*sport = kept;
	ovl_echo_count(echo, OVL_ECHO_ATTACHED);
	return 0;
}

/**
 * ovl_echo_classes() - classes of options that a device understands by echoing
 * @ovl: device
 *
 * Context: RCU read section.
 * Return: these, or NULL.
 */
const struct ovl_opt_classes *ovl_echo_classes(const struct ovl_dev *ovl)
{
	const struct ovl_echo *echo = rcu_dereference(ovl->echo);

	return unlikely(echo) ? &rcu_dereference(echo->spec)->classes : NULL;
}

/*
 * Ageing
 */

/* Look at some of the flows that come first, which come last then.
 *
 * Return: how many that were.
 */
static unsigned int ovl_echo_age_some(struct ovl_echo *echo, unsigned int n)
{
	const struct ovl_echo_spec *spec;
	struct ovl_echo_flow *flow;
	unsigned int i;

	n = min_t(unsigned int, n, OVL_ECHO_BATCH);
	spin_lock_bh(&echo->lock);
	rcu_read_lock();
	spec = rcu_dereference(echo->spec);
	for (i = 0; i < n && !list_empty(&echo->order); i++) {
		flow = list_first_entry(&echo->order, struct ovl_echo_flow,
					order);
		if (ovl_echo_expired(flow, spec))
			ovl_echo_forget(echo, flow, OVL_ECHO_EXPIRED);
		else
			list_move_tail(&flow->order, &echo->order);
	}
	rcu_read_unlock();
	spin_unlock_bh(&echo->lock);
	return n;
}

/* All are looked at, and their order stays. */
static void ovl_echo_age(struct work_struct *work)
{
	struct ovl_echo *echo = container_of(to_delayed_work(work),
					     struct ovl_echo, age);
	unsigned int left = READ_ONCE(echo->n);

	while (left) {
		left -= ovl_echo_age_some(echo, left);
		cond_resched();
	}
	/* Who adds the first flow queues it too. */
	if (!READ_ONCE(echo->n))
		return;
	rcu_read_lock();
	queue_delayed_work(system_power_efficient_wq, &echo->age,
			   ovl_echo_interval(rcu_dereference(echo->spec)));
	rcu_read_unlock();
}

/*
 * Configuration
 */

/**
 * ovl_echo_spec() - what a device echoes
 * @ovl: device
 *
 * Context: RTNL.
 * Return: that, or NULL if it doesn't.
 */
const struct ovl_echo_spec *ovl_echo_spec(const struct ovl_dev *ovl)
{
	const struct ovl_echo *echo = rtnl_dereference(ovl->echo);

	return echo ? rtnl_dereference(echo->spec) : NULL;
}

static void ovl_echo_free_flow(void *flow, void *arg)
{
	kfree(flow);
}

/* No packet knows it any more. */
static void ovl_echo_free(struct ovl_echo *echo)
{
	cancel_delayed_work_sync(&echo->age);
	rhashtable_free_and_destroy(&echo->flows, ovl_echo_free_flow, NULL);
	/* Those that were forgotten before point to it. */
	rcu_barrier();
	free_percpu(echo->stats);
	mem_cgroup_put(echo->memcg);
	kfree(rcu_dereference_protected(echo->spec, true));
	kfree(echo);
}

static struct ovl_echo_stats __percpu *ovl_echo_stats_alloc(void)
{
	struct ovl_echo_stats __percpu *stats;
	int cpu;

	stats = alloc_percpu_gfp(struct ovl_echo_stats, GFP_KERNEL_ACCOUNT);
	if (!stats)
		return NULL;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(stats, cpu)->syncp);
	return stats;
}

/* Echo @spec, which is taken over if this succeeds. */
static int ovl_echo_start(struct ovl_dev *ovl, struct ovl_echo_spec *spec)
{
	struct ovl_echo *echo = kzalloc(sizeof(*echo), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!echo)
		return -ENOMEM;
	echo->stats = ovl_echo_stats_alloc();
	if (!echo->stats)
		goto free_echo;
	err = rhashtable_init(&echo->flows, &ovl_echo_params);
	if (err)
		goto free_stats;
	spin_lock_init(&echo->lock);
	INIT_LIST_HEAD(&echo->order);
	INIT_DELAYED_WORK(&echo->age, ovl_echo_age);
	echo->memcg = get_mem_cgroup_from_mm(current->mm);
	RCU_INIT_POINTER(echo->spec, spec);
	rcu_assign_pointer(ovl->echo, echo);
	return 0;

free_stats:
	free_percpu(echo->stats);
free_echo:
	kfree(echo);
	return err;
}

/* Forget up to @n flows, in the order in which they would have to go. */
static void ovl_echo_shrink(struct ovl_echo *echo, unsigned int n,
			    enum ovl_echo_stat why)
{
	struct ovl_echo_flow *flow;
	unsigned int i;

	while (n) {
		spin_lock_bh(&echo->lock);
		for (i = 0; i < OVL_ECHO_BATCH && n; i++, n--) {
			flow = list_first_entry_or_null(&echo->order,
							struct ovl_echo_flow,
							order);
			if (!flow) {
				n = 0;
				break;
			}
			if (why == OVL_ECHO_EVICTED)
				ovl_echo_evict(echo);
			else
				ovl_echo_forget(echo, flow, why);
		}
		spin_unlock_bh(&echo->lock);
		cond_resched();
	}
}

/* Whether options are kept whose class isn't among others. */
static bool ovl_echo_loses(const struct ovl_opt_classes *old,
			   const struct ovl_opt_classes *new)
{
	unsigned int i;

	for (i = 0; i < old->n; i++)
		if (!ovl_opt_classes_have(new, old->class[i]))
			return true;
	return false;
}

static void ovl_echo_change(struct ovl_echo *echo, struct ovl_echo_spec *spec)
{
	struct ovl_echo_spec *old = rtnl_dereference(echo->spec);
	unsigned int n;

	/* A packet that began with the old one may keep a flow even now. */
	spec->gen = old->gen + ovl_echo_loses(&old->classes, &spec->classes);
	rcu_assign_pointer(echo->spec, spec);
	n = READ_ONCE(echo->n);
	if (spec->gen != old->gen)
		ovl_echo_shrink(echo, n, OVL_ECHO_FLUSHED);
	else if (n > spec->limit)
		ovl_echo_shrink(echo, n - spec->limit, OVL_ECHO_EVICTED);
	mod_delayed_work(system_power_efficient_wq, &echo->age, 0);
	kfree_rcu(old, rcu);
}

/**
 * ovl_echo_set() - have a device echo options, or change that
 * @ovl: device
 * @spec: what is to be kept, which is copied
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_echo_set(struct ovl_dev *ovl, const struct ovl_echo_spec *spec)
{
	struct ovl_echo *echo = rtnl_dereference(ovl->echo);
	struct ovl_echo_spec *copy;
	int err = 0;

	copy = kmemdup(spec, sizeof(*spec), GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	if (echo)
		ovl_echo_change(echo, copy);
	else
		err = ovl_echo_start(ovl, copy);
	if (err) {
		kfree(copy);
		return err;
	}
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	ovl_notify_echo(ovl, OVL_TUN_CMD_ECHO_NTF);
	return 0;
}

/**
 * ovl_echo_flush() - forget all flows of a device
 * @ovl: device that echoes
 *
 * Context: RTNL.
 */
void ovl_echo_flush(struct ovl_dev *ovl)
{
	struct ovl_echo *echo = rtnl_dereference(ovl->echo);

	ovl_echo_shrink(echo, READ_ONCE(echo->n), OVL_ECHO_FLUSHED);
}

/**
 * ovl_echo_del() - have a device echo nothing any more
 * @ovl: device that echoes
 *
 * Context: RTNL, sleeps for two grace periods.
 */
void ovl_echo_del(struct ovl_dev *ovl)
{
	struct ovl_echo *echo = rtnl_dereference(ovl->echo);

	ovl_notify_echo(ovl, OVL_TUN_CMD_ECHO_DEL_NTF);
	RCU_INIT_POINTER(ovl->echo, NULL);
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	synchronize_net();
	ovl_echo_free(echo);
}

/**
 * ovl_echo_destroy() - free the flows of a device that has ended
 * @ovl: device; all grace periods since it was running are over
 *
 * Context: may sleep.
 */
void ovl_echo_destroy(struct ovl_dev *ovl)
{
	struct ovl_echo *echo = rcu_dereference_protected(ovl->echo, true);

	if (echo)
		ovl_echo_free(echo);
}

/**
 * ovl_echo_sum() - add up what happened on all CPUs
 * @ovl: device that echoes
 * @sum: filled
 *
 * Context: RTNL.
 */
void ovl_echo_sum(const struct ovl_dev *ovl, struct ovl_echo_totals *sum)
{
	const struct ovl_echo *echo = rtnl_dereference(ovl->echo);
	u64 n[OVL_ECHO_N_STATS];
	unsigned int start;
	int cpu, i;

	memset(sum, 0, sizeof(*sum));
	sum->flows = READ_ONCE(echo->n);
	for_each_possible_cpu(cpu) {
		const struct ovl_echo_stats *s = per_cpu_ptr(echo->stats, cpu);

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			for (i = 0; i < OVL_ECHO_N_STATS; i++)
				n[i] = u64_stats_read(&s->n[i]);
		} while (u64_stats_fetch_retry(&s->syncp, start));
		for (i = 0; i < OVL_ECHO_N_STATS; i++)
			sum->n[i] += n[i];
	}
}
