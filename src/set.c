// SPDX-License-Identifier: GPL-2.0
/*
 * The option sets of a device: its own, and those with a name, which peers and
 * VNIs are given.
 *
 * What a peer is sent is copied into its path, so that no packet to it reads a
 * set. A change builds the paths of all peers that have the set, which may
 * fail, and then publishes them, which may not. VNIs that have it share a
 * header, which is built and published along with them.
 *
 * Lifetime: a set with a name is made and removed under RTNL. Peers and VNIs
 * point to it; while one does it isn't removed. A packet that has found it by
 * its VNI before is done with it after a grace period.
 */

#include <linux/ctype.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "device.h"
#include "endpoint.h"
#include "main.h"
#include "mtu.h"
#include "notify.h"
#include "peer.h"
#include "set.h"
#include "template.h"
#include "vni.h"

/**
 * ovl_set_name_valid() - whether a set may be called so
 * @name: name
 *
 * It is a word of a command and of a file. What is not ASCII is the reader's to
 * interpret; char is signed before Linux 6.2.
 */
bool ovl_set_name_valid(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '#' || *c == 0x7f)
			return false;
	return c != name;
}

static int ovl_set_cmp(const void *name, const struct rb_node *node)
{
	return strcmp(name, rb_entry(node, struct ovl_set, node)->name);
}

static bool ovl_set_less(struct rb_node *a, const struct rb_node *b)
{
	return ovl_set_cmp(rb_entry(a, struct ovl_set, node)->name, b) < 0;
}

/**
 * ovl_set_find() - find a set with a name
 * @ovl: device
 * @name: its name
 *
 * Context: RTNL.
 * Return: set, or NULL.
 */
struct ovl_set *ovl_set_find(const struct ovl_dev *ovl, const char *name)
{
	struct rb_node *node = rb_find(name, &ovl->sets, ovl_set_cmp);

	ASSERT_RTNL();
	return rb_entry_safe(node, struct ovl_set, node);
}

/**
 * ovl_set_after() - the next set in the order of their names
 * @ovl: device
 * @name: what its name is to come behind; empty for the first set
 *
 * Context: RTNL.
 * Return: set, or NULL if there is no further one.
 */
struct ovl_set *ovl_set_after(const struct ovl_dev *ovl, const char *name)
{
	struct rb_node *node = ovl->sets.rb_node;
	struct ovl_set *after = NULL;

	ASSERT_RTNL();
	while (node) {
		if (ovl_set_cmp(name, node) < 0) {
			after = rb_entry(node, struct ovl_set, node);
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return after;
}

/**
 * ovl_set_add() - make an empty set
 * @ovl: device
 * @name: its name, which no other set of the device has
 *
 * Context: RTNL.
 * Return: set, or NULL without memory.
 */
struct ovl_set *ovl_set_add(struct ovl_dev *ovl, const char *name)
{
	struct ovl_set *set = kzalloc(sizeof(*set), GFP_KERNEL_ACCOUNT);

	ASSERT_RTNL();
	if (!set)
		return NULL;
	strscpy(set->name, name, sizeof(set->name));
	rb_add(&set->node, &ovl->sets, ovl_set_less);
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	return set;
}

static void ovl_set_free(struct ovl_dev *ovl, struct ovl_set *set)
{
	struct ovl_template *template = rcu_dereference_protected(set->template,
								  true);

	rb_erase(&set->node, &ovl->sets);
	kfree_rcu(template, rcu);
	kfree_rcu(set, rcu);
}

/* Whether packets to a peer have the options of a set. */
static bool ovl_set_used_by(const struct ovl_set *set,
			    const struct ovl_peer *peer)
{
	return (peer->cfg.set ?: &peer->ovl->own) == set;
}

static int ovl_set_prepare(struct ovl_dev *ovl, const struct ovl_set *set,
			   struct netlink_ext_ack *extack)
{
	const struct ovl_config *cfg = rtnl_dereference(ovl->cfg);
	struct ovl_peer *peer;
	unsigned long id;
	int err;

	xa_for_each(&ovl->peers, id, peer) {
		if (!ovl_set_used_by(set, peer))
			continue;
		err = ovl_peer_prepare(peer, cfg, &peer->cfg, peer->macs,
				       extack);
		if (err)
			return err;
	}
	return 0;
}

/* Ask the routes to the peers that have a set anew. */
static void ovl_set_note_mtu(struct ovl_dev *ovl, const struct ovl_set *set)
{
	struct ovl_peer *peer;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer)
		if (ovl_set_used_by(set, peer) &&
		    peer->rank != OVL_RANK_LEARNED)
			ovl_mtu_note(ovl, peer);
	ovl_mtu_update(ovl);
}

/**
 * ovl_set_prepare_vni() - make a set one that VNIs may have
 * @set: set with a name
 *
 * Context: RTNL.
 * Return: 0, or -ENOMEM.
 */
int ovl_set_prepare_vni(struct ovl_set *set)
{
	struct ovl_template *template;

	if (rtnl_dereference(set->template))
		return 0;
	template = ovl_template_new(&set->opts);
	if (!template)
		return -ENOMEM;
	rcu_assign_pointer(set->template, template);
	return 0;
}

/**
 * ovl_sets_note_vnis() - have the MTU leave room for the options of all VNIs
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_sets_note_vnis(struct ovl_dev *ovl)
{
	unsigned int len = 0;
	struct rb_node *node;
	struct ovl_set *set;

	for (node = rb_first(&ovl->sets); node; node = rb_next(node)) {
		set = rb_entry(node, struct ovl_set, node);
		if (set->vnis)
			len = max(len, set->opts.len);
	}
	if (len == ovl->vni_options)
		return;
	ovl->vni_options = len;
	ovl_dev_reserve(ovl, ovl_overhead(rtnl_dereference(ovl->cfg),
					  OVL_INNER_TRUNK, &ovl->own.opts));
	ovl_mtu_refresh(ovl);
}

/**
 * ovl_set_change() - give a set other contents, and all peers that have it
 * @ovl: device
 * @set: set
 * @opts: what is to be in it, which is copied
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0, or a negative error with everything as it was.
 */
int ovl_set_change(struct ovl_dev *ovl, struct ovl_set *set,
		   const struct ovl_optset *opts,
		   struct netlink_ext_ack *extack)
{
	struct ovl_template *old = rtnl_dereference(set->template);
	struct ovl_template *template = NULL;
	int err;

	ASSERT_RTNL();
	if (old || (set == &ovl->own && ovl->trunk)) {
		template = ovl_template_new(opts);
		if (!template)
			return -ENOMEM;
	}
	ovl_fdb_pause(ovl, true);
	set->next = opts;
	err = ovl_set_prepare(ovl, set, extack);
	if (err) {
		ovl_dev_cancel_peers(ovl);
		kfree(template);
	} else {
		ovl_dev_publish_peers(ovl);
		rcu_assign_pointer(set->template, template);
		kfree_rcu(old, rcu);
		set->opts = *opts;
		atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	}
	set->next = NULL;
	ovl_fdb_pause(ovl, false);
	if (!err) {
		ovl_set_note_mtu(ovl, set);
		ovl_sets_note_vnis(ovl);
	}
	return err;
}

static void ovl_set_refuse(struct ovl_dev *ovl, const struct ovl_set *set,
			   struct netlink_ext_ack *extack)
{
	struct ovl_peer *peer;
	struct ovl_vni *vni;
	unsigned long id;

	xa_for_each(&ovl->peers, id, peer) {
		if (peer->cfg.set != set)
			continue;
		if (*ovl_peer_name(peer))
			NL_SET_ERR_MSG_FMT_MOD(extack, "set is in use by peer %s",
					       ovl_peer_name(peer));
		else
			NL_SET_ERR_MSG_FMT_MOD(extack, "set is in use by peer %u",
					       peer->id);
		return;
	}
	xa_for_each(&ovl->vnis, id, vni) {
		if (rcu_access_pointer(vni->set) != set)
			continue;
		NL_SET_ERR_MSG_FMT_MOD(extack, "set is in use by VNI %lu", id);
		return;
	}
}

/**
 * ovl_set_remove() - remove a set
 * @ovl: device
 * @set: set with a name
 * @extack: says who has it
 *
 * Context: RTNL.
 * Return: 0, or -EBUSY if a peer or a VNI has it.
 */
int ovl_set_remove(struct ovl_dev *ovl, struct ovl_set *set,
		   struct netlink_ext_ack *extack)
{
	ASSERT_RTNL();
	if (set->users || set->vnis) {
		ovl_set_refuse(ovl, set, extack);
		return -EBUSY;
	}
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	ovl_notify_options(ovl, set, OVL_TUN_CMD_OPTION_DEL_NTF);
	ovl_set_free(ovl, set);
	return 0;
}

/**
 * ovl_sets_destroy() - free all sets of a device that ends
 * @ovl: device, whose peers are gone
 *
 * Context: RTNL, or nobody knows of the device any more.
 */
void ovl_sets_destroy(struct ovl_dev *ovl)
{
	struct rb_node *node;

	while ((node = rb_first(&ovl->sets)))
		ovl_set_free(ovl, rb_entry(node, struct ovl_set, node));
	kfree_rcu(rcu_dereference_protected(ovl->own.template, true), rcu);
}
