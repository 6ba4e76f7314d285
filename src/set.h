/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_SET_H
#define _OVL_TUN_SET_H

#include <linux/rbtree.h>

#include "optset.h"

struct netlink_ext_ack;
struct ovl_dev;
struct ovl_template;

/**
 * struct ovl_set - a set of options of a device
 * @node: in &ovl_dev.sets, unless it is the device's own
 * @name: empty for the device's own
 * @users: peers that have it as their own
 * @vnis: VNIs that have it
 * @template: header of their frames, NULL until the first of them; that of the
 *	device's own is for frames that go to no peer. Changed under RTNL, read
 *	under RCU
 * @opts: what is in it
 * @next: what becomes @opts in the change that is being made, or NULL
 * @rcu: frees it after the last packet of a VNI that had it
 *
 * Protected by RTNL but for @template. @opts of the device's own is read in softirq too, under
 * &ovl_fdb.lock; it changes only while &ovl_fdb.paused is set.
 */
struct ovl_set {
	struct rb_node node;
	char name[OVL_TUN_MAX_SET_NAME + 1];
	unsigned int users;
	unsigned int vnis;
	struct ovl_template __rcu *template;
	struct ovl_optset opts;
	const struct ovl_optset *next;
	struct rcu_head rcu;
};

/* What a path that is being built is to have. */
static inline const struct ovl_optset *ovl_set_opts(const struct ovl_set *set)
{
	return set->next ?: &set->opts;
}

bool ovl_set_name_valid(const char *name);
struct ovl_set *ovl_set_find(const struct ovl_dev *ovl, const char *name);
struct ovl_set *ovl_set_after(const struct ovl_dev *ovl, const char *name);

struct ovl_set *ovl_set_add(struct ovl_dev *ovl, const char *name);
int ovl_set_change(struct ovl_dev *ovl, struct ovl_set *set,
		   const struct ovl_optset *opts,
		   struct netlink_ext_ack *extack);
int ovl_set_remove(struct ovl_dev *ovl, struct ovl_set *set,
		   struct netlink_ext_ack *extack);
int ovl_set_prepare_vni(struct ovl_set *set);
void ovl_sets_note_vnis(struct ovl_dev *ovl);
void ovl_sets_destroy(struct ovl_dev *ovl);

#endif /* _OVL_TUN_SET_H */
