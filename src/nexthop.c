// SPDX-License-Identifier: GPL-2.0
/*
 * Forwarding entries that lead to a group of nexthops, "bridge fdb ... nhid".
 *
 * The kernel's nexthop code chooses the member for a packet, so that weights,
 * resilient groups and its counters work as for vxlan.ko. Each member's address
 * is a peer like that of an entry with "dst"; &ovl_nexthop.legs says which.
 *
 * When a group changes, nexthop events come before, so they only mark it and a
 * work compares. Until then a packet for a member that isn't known goes to
 * another one. The end of a group takes its entries with it at once.
 *
 * Lifetime: a group is made under RTNL for the first entry that leads to it,
 * and freed by ovl_nexthop_settle() after the last one. Packets find it by an
 * entry under RCU; it, its legs and the kernel's group stay for a grace period.
 * The peers are counted in &ovl_peer.users like those of entries.
 */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <net/ipv6.h>
#include <net/nexthop.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "main.h"
#include "nexthop.h"
#include "path.h"
#include "peer.h"

#define OVL_NEXTHOP_STEPS	256	/* entries between two chances to sleep */
#define OVL_NEXTHOP_RETRY	HZ	/* until there may be memory again */

static struct ovl_legs *ovl_nexthop_legs(const struct ovl_nexthop *nexthop)
{
	return rtnl_dereference(nexthop->legs);
}

static int ovl_leg_cmp(const void *a, const void *b)
{
	u32 x = ((const struct ovl_leg *)a)->id;
	u32 y = ((const struct ovl_leg *)b)->id;

	return x < y ? -1 : x > y;
}

static struct ovl_leg *ovl_legs_find(struct ovl_legs *legs, u32 id)
{
	unsigned int low = 0, high = legs->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (legs->leg[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < legs->n && legs->leg[low].id == id ? &legs->leg[low] : NULL;
}

/* A peer that a packet of a group may be sent to. RCU read section. */
static struct ovl_peer *ovl_leg_peer(const struct ovl_leg *leg)
{
	return READ_ONCE(leg->peer);
}

/* Whether a member has an address of a family that is there. RTNL or RCU read
 * section.
 */
static bool ovl_nexthop_addr(struct ovl_addr *addr, struct nexthop *nh)
{
	const struct fib_nh_common *nhc = nexthop_fdb_nhc(nh);

	memset(addr, 0, sizeof(*addr));
	if (nhc->nhc_gw_family == AF_INET)
		ovl_addr_set4(addr, nhc->nhc_gw.ipv4);
	else if (nhc->nhc_gw_family == AF_INET6 && ipv6_mod_enabled())
		ovl_addr_set6(addr, &nhc->nhc_gw.ipv6);
	else
		return false;
	return true;
}

/* Whether that is the address of another node, or a group of them. */
static bool ovl_nexthop_is_remote(const struct ovl_addr *addr)
{
	return addr->family != AF_UNSPEC &&
	       (ovl_addr_is_unicast(addr) || ovl_addr_is_multicast(addr));
}

static bool ovl_nexthop_is_group(const struct nexthop *nh)
{
	return nexthop_is_fdb(nh) && nexthop_is_multipath(nh);
}

/*
 * Packets
 */

/**
 * ovl_nexthop_select() - whom a packet is sent to
 * @nexthop: group
 * @hash: of the packet's flow
 *
 * Context: RCU read section.
 * Return: peer, or NULL if the member that is chosen can't have one.
 */
struct ovl_peer *ovl_nexthop_select(const struct ovl_nexthop *nexthop, u32 hash)
{
	struct ovl_legs *legs = rcu_dereference(nexthop->legs);
	const struct nexthop *nh;
	const struct ovl_leg *leg = NULL;

	/* It takes hashes of 31 bits. */
	nh = nexthop_select_path(nexthop->nh, hash >> 1);
	if (likely(nh))
		leg = ovl_legs_find(legs, nh->id);
	if (unlikely(!leg)) /* the group is changing */
		leg = &legs->leg[hash % legs->n];
	return ovl_leg_peer(leg);
}

/**
 * ovl_nexthop_resolve() - where a packet is sent that names a group itself
 * @ovl: device
 * @id: of the group, which may be none
 * @hash: of the packet's flow
 * @addr: set to the address of the member that is chosen
 *
 * Nothing is known of such a group before, and nothing is kept of it.
 *
 * Context: RCU read section.
 * Return: whether there is one that packets can be sent to.
 */
bool ovl_nexthop_resolve(const struct ovl_dev *ovl, u32 id, u32 hash,
			 struct ovl_addr *addr)
{
	struct nexthop *nh = nexthop_find_by_id(ovl->net, id);

	if (!nh || !ovl_nexthop_is_group(nh))
		return false;
	nh = nexthop_select_path(nh, hash >> 1);
	if (!nh)
		return false;
	return ovl_nexthop_addr(addr, nh) && ovl_nexthop_is_remote(addr);
}

/**
 * ovl_nexthop_first() - one of those that packets may be sent to
 * @nexthop: group
 *
 * Context: RCU read section.
 * Return: peer, or NULL if no member has one.
 */
struct ovl_peer *ovl_nexthop_first(const struct ovl_nexthop *nexthop)
{
	const struct ovl_legs *legs = rcu_dereference(nexthop->legs);
	struct ovl_peer *peer = NULL;
	unsigned int i;

	for (i = 0; i < legs->n && !peer; i++)
		peer = ovl_leg_peer(&legs->leg[i]);
	return peer;
}

/**
 * ovl_nexthop_has_source() - whether a packet comes from a member of a group
 * @nexthop: group
 * @source: outer source of the packet
 * @link: ifindex that it came by if @source is link-local, else 0
 *
 * Context: RCU read section.
 */
bool ovl_nexthop_has_source(const struct ovl_nexthop *nexthop,
			    const struct ovl_addr *source, int link)
{
	const struct ovl_legs *legs = rcu_dereference(nexthop->legs);
	const struct ovl_path *path;
	struct ovl_peer *peer;
	unsigned int i;

	for (i = 0; i < legs->n; i++) {
		peer = ovl_leg_peer(&legs->leg[i]);
		path = peer ? rcu_dereference(peer->path) : NULL;
		if (ovl_path_is_by(path, link) &&
		    ovl_addr_equal(&path->remote, source))
			return true;
	}
	return false;
}

/*
 * Members
 */

/* The address of a member, which has to be one that packets can be sent to. */
static int ovl_leg_addr(struct ovl_addr *addr, const struct ovl_dev *ovl,
			struct nexthop *nh, struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);

	if (!ovl_nexthop_addr(addr, nh)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "nexthop %u has no address to send to",
				       nh->id);
		return -EAFNOSUPPORT;
	}
	if (!ovl_nexthop_is_remote(addr)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "nexthop %u isn't the address of another node",
				       nh->id);
		return -EINVAL;
	}
	if (addr->family == AF_INET6 && !cfg->link &&
	    (ipv6_addr_type(&addr->v6) & IPV6_ADDR_LINKLOCAL)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "nexthop %u is link-local, the device needs dev",
				       nh->id);
		return -EINVAL;
	}
	return 0;
}

static void ovl_leg_ref(struct ovl_dev *ovl, struct ovl_leg *leg,
			struct ovl_peer *peer)
{
	spin_lock_bh(&ovl->fdb.lock);
	leg->peer = peer;
	ovl_endpoint_ref(peer, true);
	spin_unlock_bh(&ovl->fdb.lock);
}

/* Give a member the peer that it had in @old, or that of its address. */
static int ovl_leg_fill(struct ovl_dev *ovl, struct ovl_leg *leg,
			struct nexthop *nh, struct ovl_legs *old,
			struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_endpoint ep = { .vni = cfg->vni };
	struct ovl_peer *peer = NULL;
	struct ovl_leg *was;
	int err;

	leg->id = nh->id;
	err = ovl_leg_addr(&leg->addr, ovl, nh, extack);
	if (err)
		return err;
	was = old ? ovl_legs_find(old, leg->id) : NULL;
	if (was && ovl_addr_equal(&was->addr, &leg->addr))
		peer = was->peer;
	if (!peer) {
		ep.addr = leg->addr;
		peer = ovl_endpoint_get(ovl, &ep, extack);
		if (IS_ERR(peer))
			return PTR_ERR(peer);
	}
	/* At once, for it counts as one that nothing leads to. */
	ovl_leg_ref(ovl, leg, peer);
	return 0;
}

/* For what isn't published, or not any more. Packets may still be at it. */
static void ovl_legs_put(struct ovl_dev *ovl, struct ovl_legs *legs)
{
	unsigned int i;

	spin_lock_bh(&ovl->fdb.lock);
	for (i = 0; i < legs->n; i++)
		if (legs->leg[i].peer)
			ovl_endpoint_unref(legs->leg[i].peer, true);
	spin_unlock_bh(&ovl->fdb.lock);
	kvfree_rcu(legs, rcu);
}

/* The members that a group has. Those that can't have a peer make it fail, or
 * with @old are left without, unless that is for lack of memory.
 */
static struct ovl_legs *ovl_legs_new(struct ovl_dev *ovl, struct nexthop *nh,
				     struct ovl_legs *old,
				     struct netlink_ext_ack *extack)
{
	const struct nh_group *group = rtnl_dereference(nh->nh_grp);
	struct ovl_legs *legs;
	struct nexthop *leg;
	int i, err;

	legs = kvzalloc(struct_size(legs, leg, group->num_nh),
			GFP_KERNEL_ACCOUNT);
	if (!legs)
		return ERR_PTR(-ENOMEM);
	for (i = 0; i < group->num_nh; i++) {
		struct netlink_ext_ack why = {};

		leg = nexthop_mpath_select(group, i);
		legs->n = i + 1;
		err = ovl_leg_fill(ovl, &legs->leg[i], leg, old,
				   old ? &why : extack);
		if (err && (!old || err == -ENOMEM)) {
			ovl_legs_put(ovl, legs);
			return ERR_PTR(err);
		}
		if (err && net_ratelimit())
			netdev_warn(ovl->dev, "nothing is sent to nexthop %u: %s\n",
				    leg->id, why._msg ?: "it can't have a peer");
	}
	sort(legs->leg, legs->n, sizeof(*legs->leg), ovl_leg_cmp, NULL);
	return legs;
}

/* Whether a group is as it was when its members were looked at. */
static bool ovl_legs_current(struct ovl_legs *legs, const struct ovl_dev *ovl,
			     const struct nexthop *nh)
{
	const struct nh_group *group = rtnl_dereference(nh->nh_grp);
	const struct ovl_leg *leg;
	struct ovl_addr addr;
	struct nexthop *at;
	int i;

	if (legs->n != group->num_nh)
		return false;
	for (i = 0; i < group->num_nh; i++) {
		at = nexthop_mpath_select(group, i);
		leg = ovl_legs_find(legs, at->id);
		if (!leg || !leg->peer || ovl_leg_addr(&addr, ovl, at, NULL) ||
		    !ovl_addr_equal(&leg->addr, &addr))
			return false;
	}
	return true;
}

/* Follow a group that has changed. Without memory it stays as it was, and stale. */
static void ovl_nexthop_refresh(struct ovl_dev *ovl,
				struct ovl_nexthop *nexthop)
{
	struct ovl_legs *old = ovl_nexthop_legs(nexthop), *legs;

	if (ovl_legs_current(old, ovl, nexthop->nh)) {
		nexthop->stale = false;
		return;
	}
	legs = ovl_legs_new(ovl, nexthop->nh, old, NULL);
	if (IS_ERR(legs))
		return;
	nexthop->stale = false;
	rcu_assign_pointer(nexthop->legs, legs);
	ovl_legs_put(ovl, old);
}

/*
 * Groups
 */

/* The kernel's group, with a reference. */
static struct nexthop *ovl_nexthop_find(const struct ovl_dev *ovl, u32 id,
					struct netlink_ext_ack *extack)
{
	struct nexthop *nh = nexthop_find_by_id(ovl->net, id);

	if (!nh || !nexthop_get(nh)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "there is no nexthop %u", id);
		return ERR_PTR(-EINVAL);
	}
	if (ovl_nexthop_is_group(nh))
		return nh;
	NL_SET_ERR_MSG_FMT_MOD(extack, "nexthop %u must be a group with the word fdb",
			       id);
	nexthop_put(nh);
	return ERR_PTR(-EINVAL);
}

static void ovl_nexthop_free(struct ovl_dev *ovl, struct ovl_nexthop *nexthop)
{
	xa_erase_bh(&ovl->nexthops, nexthop->id);
	ovl_legs_put(ovl, ovl_nexthop_legs(nexthop));
	nexthop_put(nexthop->nh);
	kfree_rcu(nexthop, rcu);
}

/**
 * ovl_nexthop_get() - the group that a user's entry is to lead to
 * @ovl: device
 * @id: id of the group
 * @extack: says why it can't
 *
 * What turns out not to be needed goes with the next ovl_nexthop_settle().
 *
 * Context: RTNL.
 * Return: group, or an error pointer.
 */
struct ovl_nexthop *ovl_nexthop_get(struct ovl_dev *ovl, u32 id,
				    struct netlink_ext_ack *extack)
{
	struct ovl_nexthop *nexthop = xa_load(&ovl->nexthops, id);
	struct ovl_legs *legs;
	int err;

	ASSERT_RTNL();
	if (nexthop)
		return nexthop;

	nexthop = kzalloc(sizeof(*nexthop), GFP_KERNEL_ACCOUNT);
	if (!nexthop)
		return ERR_PTR(-ENOMEM);
	nexthop->id = id;
	INIT_LIST_HEAD(&nexthop->entries);
	INIT_LIST_HEAD(&nexthop->idle);
	nexthop->nh = ovl_nexthop_find(ovl, id, extack);
	if (IS_ERR(nexthop->nh)) {
		err = PTR_ERR(nexthop->nh);
		goto free;
	}
	legs = ovl_legs_new(ovl, nexthop->nh, NULL, extack);
	if (IS_ERR(legs)) {
		err = PTR_ERR(legs);
		goto put;
	}
	RCU_INIT_POINTER(nexthop->legs, legs);
	err = xa_insert_bh(&ovl->nexthops, id, nexthop, GFP_KERNEL_ACCOUNT);
	if (err)
		goto put_legs;

	/* Until an entry leads to it. */
	spin_lock_bh(&ovl->fdb.lock);
	list_add_tail(&nexthop->idle, &ovl->fdb.idle_groups);
	spin_unlock_bh(&ovl->fdb.lock);
	return nexthop;

put_legs:
	ovl_legs_put(ovl, legs);
put:
	nexthop_put(nexthop->nh);
free:
	kfree(nexthop);
	return ERR_PTR(err);
}

/**
 * ovl_nexthop_join() - an entry leads to a group
 * @nexthop: group
 * @entry: entry
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_nexthop_join(struct ovl_nexthop *nexthop, struct ovl_fdb_entry *entry)
{
	list_add_tail(&entry->member, &nexthop->entries);
}

/**
 * ovl_nexthop_leave() - an entry does not lead to a group any more
 * @ovl: device
 * @nexthop: group
 * @entry: entry
 *
 * Context: &ovl_fdb.lock.
 */
void ovl_nexthop_leave(struct ovl_dev *ovl, struct ovl_nexthop *nexthop,
		       struct ovl_fdb_entry *entry)
{
	lockdep_assert_held(&ovl->fdb.lock);
	list_del(&entry->member);
	if (list_empty(&nexthop->entries) && list_empty(&nexthop->idle))
		list_add_tail(&nexthop->idle, &ovl->fdb.idle_groups);
}

/**
 * ovl_nexthop_forget() - let no group lead to a peer that ends
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_nexthop_forget(struct ovl_peer *peer)
{
	struct ovl_dev *ovl = peer->ovl;
	struct ovl_nexthop *nexthop;
	struct ovl_legs *legs;
	unsigned long id;
	unsigned int i;

	xa_for_each(&ovl->nexthops, id, nexthop) {
		legs = ovl_nexthop_legs(nexthop);
		spin_lock_bh(&ovl->fdb.lock);
		for (i = 0; i < legs->n; i++) {
			if (legs->leg[i].peer != peer)
				continue;
			WRITE_ONCE(legs->leg[i].peer, NULL);
			ovl_endpoint_unref(peer, true);
		}
		spin_unlock_bh(&ovl->fdb.lock);
	}
}

/* The next group that may not be needed, out of the list. */
static struct ovl_nexthop *ovl_nexthop_idle(struct ovl_fdb *fdb)
{
	struct ovl_nexthop *nexthop;

	spin_lock_bh(&fdb->lock);
	do {
		nexthop = list_first_entry_or_null(&fdb->idle_groups,
						   struct ovl_nexthop, idle);
		if (nexthop)
			list_del_init(&nexthop->idle);
	} while (nexthop && !list_empty(&nexthop->entries));
	spin_unlock_bh(&fdb->lock);
	return nexthop;
}

/**
 * ovl_nexthop_settle() - free groups that no entry leads to any more
 * @ovl: device
 *
 * Their peers are left to ovl_fdb_settle().
 *
 * Context: RTNL.
 */
void ovl_nexthop_settle(struct ovl_dev *ovl)
{
	struct ovl_nexthop *nexthop;

	ASSERT_RTNL();
	while ((nexthop = ovl_nexthop_idle(&ovl->fdb)))
		ovl_nexthop_free(ovl, nexthop);
}

/**
 * ovl_nexthops_destroy() - free the groups of a device that has ended
 * @ovl: device, of which nobody knows any more, without entries
 *
 * Their peers are about to be freed as well.
 *
 * Context: may sleep.
 */
void ovl_nexthops_destroy(struct ovl_dev *ovl)
{
	struct ovl_nexthop *nexthop;
	unsigned long id;

	xa_for_each(&ovl->nexthops, id, nexthop) {
		kvfree(rcu_dereference_protected(nexthop->legs, true));
		nexthop_put(nexthop->nh);
		kfree(nexthop);
	}
	xa_destroy(&ovl->nexthops);
}

/*
 * Events
 */

/* A group ends, and its entries with it. As with vxlan.ko nobody is told, who
 * wants to know gets to hear of the group.
 */
static void ovl_nexthop_end(struct ovl_dev *ovl, struct ovl_nexthop *nexthop)
{
	struct ovl_fdb_entry *entry;
	unsigned int steps;

	do {
		spin_lock_bh(&ovl->fdb.lock);
		for (steps = 0; steps < OVL_NEXTHOP_STEPS; steps++) {
			entry = list_first_entry_or_null(&nexthop->entries,
							 struct ovl_fdb_entry,
							 member);
			if (!entry)
				break;
			ovl_fdb_del(ovl, entry, false);
		}
		spin_unlock_bh(&ovl->fdb.lock);
		cond_resched();
	} while (entry);
	ovl_fdb_settle(ovl);
}

/* Mark the groups that are or have a nexthop. That of a resilient group which
 * is replaced has no id on older kernels.
 */
static bool ovl_nexthop_mark(struct ovl_dev *ovl, u32 changed)
{
	struct ovl_nexthop *nexthop;
	unsigned long id;
	bool any = false;

	xa_for_each(&ovl->nexthops, id, nexthop)
		if (!changed || id == changed ||
		    ovl_legs_find(ovl_nexthop_legs(nexthop), changed)) {
			nexthop->stale = true;
			any = true;
		}
	return any;
}

static int ovl_nexthop_event(struct notifier_block *nb, unsigned long event,
			     void *ptr)
{
	struct ovl_net *on = container_of(nb, struct ovl_net, nexthop_event);
	const struct nh_notifier_info *info = ptr;
	struct ovl_nexthop *nexthop;
	struct ovl_dev *ovl;
	bool any = false;

	/* Others come without RTNL, and after one of these. */
	if (event != NEXTHOP_EVENT_DEL && event != NEXTHOP_EVENT_REPLACE &&
	    event != NEXTHOP_EVENT_RES_TABLE_PRE_REPLACE)
		return NOTIFY_DONE;

	ASSERT_RTNL();
	list_for_each_entry(ovl, &on->devices, list) {
		nexthop = xa_load(&ovl->nexthops, info->id);
		if (nexthop && event == NEXTHOP_EVENT_DEL)
			ovl_nexthop_end(ovl, nexthop);
		else
			any |= ovl_nexthop_mark(ovl, info->id);
	}
	if (any)
		mod_delayed_work(system_power_efficient_wq, &on->nexthop_work,
				 0);
	return NOTIFY_DONE;
}

static void ovl_nexthop_refresh_all(struct work_struct *work)
{
	struct ovl_net *on = container_of(to_delayed_work(work),
					  struct ovl_net, nexthop_work);
	struct ovl_nexthop *nexthop;
	struct ovl_dev *ovl;
	bool again = false;
	unsigned long id;

	rtnl_lock();
	list_for_each_entry(ovl, &on->devices, list) {
		/* None may go while it is at work. */
		ovl_nexthop_settle(ovl);
		xa_for_each(&ovl->nexthops, id, nexthop) {
			if (nexthop->stale)
				ovl_nexthop_refresh(ovl, nexthop);
			again |= nexthop->stale;
			cond_resched();
		}
		ovl_fdb_settle(ovl);
	}
	rtnl_unlock();
	if (again)
		queue_delayed_work(system_power_efficient_wq,
				   &on->nexthop_work, OVL_NEXTHOP_RETRY);
}

/**
 * ovl_nexthop_init_net() - hear of nexthops in a namespace
 * @on: our part of the namespace
 * @net: namespace
 *
 * Context: no RTNL.
 * Return: 0 or a negative error.
 */
int ovl_nexthop_init_net(struct ovl_net *on, struct net *net)
{
	INIT_DELAYED_WORK(&on->nexthop_work, ovl_nexthop_refresh_all);
	on->nexthop_event.notifier_call = ovl_nexthop_event;
	return register_nexthop_notifier(net, &on->nexthop_event, NULL);
}

/**
 * ovl_nexthop_exit_net() - hear no more of them
 * @on: our part of the namespace, which has no devices any more
 * @net: namespace
 *
 * Context: no RTNL.
 */
void ovl_nexthop_exit_net(struct ovl_net *on, struct net *net)
{
	unregister_nexthop_notifier(net, &on->nexthop_event);
	cancel_delayed_work_sync(&on->nexthop_work);
}
