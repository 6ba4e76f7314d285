// SPDX-License-Identifier: GPL-2.0
/*
 * Names of peers.
 *
 * A name is apart from its peer, so that a new one can be put in before the old
 * one goes. Both happens under RTNL, as do lookups.
 */

#include <linux/jhash.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "device.h"
#include "peer.h"

static int ovl_peer_name_cmp(struct rhashtable_compare_arg *arg,
			     const void *obj)
{
	const struct ovl_peer_name *name = obj;

	return strcmp(arg->key, name->text);
}

static u32 ovl_peer_name_hash(const void *data, u32 len, u32 seed)
{
	return jhash(data, strlen(data), seed);
}

static u32 ovl_peer_name_obj_hash(const void *obj, u32 len, u32 seed)
{
	const struct ovl_peer_name *name = obj;

	return ovl_peer_name_hash(name->text, len, seed);
}

static const struct rhashtable_params ovl_peer_name_params = {
	.head_offset		= offsetof(struct ovl_peer_name, node),
	.key_offset		= offsetof(struct ovl_peer_name, text),
	.hashfn			= ovl_peer_name_hash,
	.obj_hashfn		= ovl_peer_name_obj_hash,
	.obj_cmpfn		= ovl_peer_name_cmp,
	.automatic_shrinking	= true,
};

/**
 * ovl_peer_names_init() - make the table of names
 * @ovl: device
 *
 * Return: 0 or a negative error.
 */
int ovl_peer_names_init(struct ovl_dev *ovl)
{
	return rhashtable_init(&ovl->peer_names, &ovl_peer_name_params);
}

/**
 * ovl_peer_by_name() - find a peer
 * @ovl: device
 * @name: its name
 *
 * Context: RTNL.
 * Return: peer, or NULL.
 */
struct ovl_peer *ovl_peer_by_name(const struct ovl_dev *ovl, const char *name)
{
	struct ovl_peer_name *found;

	ASSERT_RTNL();
	found = rhashtable_lookup_fast((struct rhashtable *)&ovl->peer_names,
				       name, ovl_peer_name_params);
	return found ? found->peer : NULL;
}

/**
 * ovl_peer_name_add() - let a peer be found by a name, beside its old one
 * @peer: peer, of which nothing else changes yet
 * @text: name
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: to become &ovl_peer.name or given to ovl_peer_name_del(), or an error
 * pointer.
 */
struct ovl_peer_name *ovl_peer_name_add(struct ovl_peer *peer, const char *text,
					struct netlink_ext_ack *extack)
{
	struct ovl_peer_name *name;
	int err;

	if (ovl_peer_by_name(peer->ovl, text)) {
		NL_SET_ERR_MSG_MOD(extack, "another peer has this name");
		return ERR_PTR(-EEXIST);
	}
	name = kzalloc(sizeof(*name), GFP_KERNEL_ACCOUNT);
	if (!name)
		return ERR_PTR(-ENOMEM);
	name->peer = peer;
	strscpy(name->text, text, sizeof(name->text));
	err = rhashtable_insert_fast(&peer->ovl->peer_names, &name->node,
				     ovl_peer_name_params);
	if (err) {
		kfree(name);
		return ERR_PTR(err);
	}
	return name;
}

/**
 * ovl_peer_name_del() - let nobody be found by a name any more
 * @ovl: device
 * @name: name, or NULL
 *
 * Context: RTNL.
 */
void ovl_peer_name_del(struct ovl_dev *ovl, struct ovl_peer_name *name)
{
	if (!name)
		return;
	rhashtable_remove_fast(&ovl->peer_names, &name->node,
			       ovl_peer_name_params);
	kfree_rcu(name, rcu);
}
