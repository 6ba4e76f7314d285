// SPDX-License-Identifier: GPL-2.0
/*
 * What a set of options has in it, and what becomes of it in a header.
 *
 * A set is changed on a copy under RTNL; the copy replaces the contents of the
 * set (set.c) only after everything that depends on it has been built.
 */

#include <linux/errno.h>
#include <linux/string.h>

#include "optset.h"

/* Bytes of an option in the area, its header included. */
static unsigned int ovl_opt_size(const struct ovl_opt *opt)
{
	return OVL_OPT_HLEN + opt->len;
}

static unsigned int ovl_opt_offset(const struct ovl_optset *set,
				   const struct ovl_opt *opt)
{
	return opt->data - OVL_OPT_HLEN - set->area;
}

/* Find an option. *@i is which one it is, or how many there are. */
static bool ovl_optset_find(const struct ovl_optset *set, u16 class, u8 type,
			    struct ovl_opt *opt, unsigned int *i)
{
	struct ovl_opt_iter it;

	ovl_opt_iter_init(&it, set->area, set->len);
	for (*i = 0; ovl_opt_next(&it, opt) == OVL_OPT_FOUND; ++*i)
		if (opt->class == class && opt->type == type)
			return true;
	return false;
}

static void ovl_optset_set_source(struct ovl_optset *set, unsigned int i,
				  const struct ovl_opt_source *source)
{
	set->source[i] = source ? *source : (struct ovl_opt_source){};
}

/**
 * ovl_optset_put() - add an option or give it another value
 * @set: set to change
 * @opt: option; its data is 0 if it has a source
 * @source: where its value comes from, or NULL if it is constant
 * @nlm_flags: NLM_F_EXCL refuses one that is there, NLM_F_REPLACE changes it,
 *	NLM_F_CREATE is needed if it isn't there
 * @attr: attribute that error messages point to
 * @extack: says what is wrong
 *
 * A replaced option keeps its place. Without NLM_F_EXCL and NLM_F_REPLACE one
 * that is there is refused as well: a set has no option twice.
 *
 * Return: 0, or a negative error with @set unchanged.
 */
int ovl_optset_put(struct ovl_optset *set, const struct ovl_opt *opt,
		   const struct ovl_opt_source *source, u16 nlm_flags,
		   const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	u8 area[OVL_OPTS_MAX_LEN];
	unsigned int at, len, i;
	struct ovl_opt old;

	if (!ovl_optset_find(set, opt->class, opt->type, &old, &i)) {
		if (!(nlm_flags & NLM_F_CREATE)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    KBUILD_MODNAME ": no such option to change");
			return -ENOENT;
		}
		len = ovl_opt_put(set->area, set->len, opt);
		if (!len)
			goto too_long;
		set->len = len;
		ovl_optset_set_source(set, i, source);
		return 0;
	}

	if ((nlm_flags & NLM_F_EXCL) || !(nlm_flags & NLM_F_REPLACE)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    KBUILD_MODNAME ": option is there already, use replace");
		return -EEXIST;
	}

	at = ovl_opt_offset(set, &old);
	memcpy(area, set->area, at);
	len = ovl_opt_put(area, at, opt);
	at += ovl_opt_size(&old);
	if (!len || len + set->len - at > OVL_OPTS_MAX_LEN)
		goto too_long;
	memcpy(area + len, set->area + at, set->len - at);
	len += set->len - at;
	memcpy(set->area, area, len);
	set->len = len;
	ovl_optset_set_source(set, i, source);
	return 0;

too_long:
	NL_SET_ERR_MSG_ATTR(extack, attr,
			    KBUILD_MODNAME ": options exceed 252 bytes");
	return -EMSGSIZE;
}

/**
 * ovl_optset_del() - take an option out
 * @set: set to change
 * @class: option class
 * @type: option type
 * @attr: attribute that error messages point to
 * @extack: says what is wrong
 *
 * Return: 0, or -ENOENT.
 */
int ovl_optset_del(struct ovl_optset *set, u16 class, u8 type,
		   const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	unsigned int at, size, i;
	struct ovl_opt opt;

	if (!ovl_optset_find(set, class, type, &opt, &i)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, KBUILD_MODNAME ": no such option");
		return -ENOENT;
	}
	at = ovl_opt_offset(set, &opt);
	size = ovl_opt_size(&opt);
	memmove(set->area + at, set->area + at + size, set->len - at - size);
	set->len -= size;
	memmove(&set->source[i], &set->source[i + 1],
		(OVL_OPTS_MAX_COUNT - i - 1) * sizeof(*set->source));
	return 0;
}

/**
 * ovl_optset_mark_bits() - which bits of the mark say all that a set says
 * @set: set
 *
 * Return: these bits, 0 of a set with nothing in it; all bits if it says
 * something else as well.
 */
u32 ovl_optset_mark_bits(const struct ovl_optset *set)
{
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	unsigned int i;
	u32 bits = 0;

	ovl_opt_iter_init(&it, set->area, set->len);
	for (i = 0; ovl_opt_next(&it, &opt) == OVL_OPT_FOUND; i++)
		bits |= set->source[i].kind == OVL_TUN_OPT_SOURCE_MARK ?
			set->source[i].mask : ~0U;
	return bits;
}

/* Whether a value differs from packet to packet. */
static bool ovl_opt_source_varies(u8 kind, u32 vni, u32 peer)
{
	if (kind == OVL_TUN_OPT_SOURCE_VNI)
		return vni >= OVL_TUN_N_VNI;
	if (kind == OVL_TUN_OPT_SOURCE_PEER)
		return peer == OVL_OPT_PEER_ANY;
	return kind;
}

/**
 * ovl_optset_patches() - how many values differ from packet to packet
 * @set: set
 * @vni: VNI that packets are sent with, or no VNI if each has its own
 * @peer: id of the peer that they are sent to, or OVL_OPT_PEER_ANY
 *
 * Return: number of patches that ovl_optset_compile() makes of it.
 */
unsigned int ovl_optset_patches(const struct ovl_optset *set, u32 vni,
				u32 peer)
{
	struct ovl_opt_iter it;
	unsigned int i, n = 0;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, set->area, set->len);
	for (i = 0; ovl_opt_next(&it, &opt) == OVL_OPT_FOUND; i++)
		n += ovl_opt_source_varies(set->source[i].kind, vni, peer);
	return n;
}

/**
 * ovl_optset_compile() - put into a header template what a set says of values
 * @set: set
 * @vni: as for ovl_optset_patches()
 * @peer: likewise
 * @area: a copy of @set's options
 * @patch: filled with what is left for each packet; there is room for
 *	ovl_optset_patches() of them
 *
 * Return: how many patches there are.
 */
unsigned int ovl_optset_compile(const struct ovl_optset *set, u32 vni, u32 peer,
				u8 *area, struct ovl_patch *patch)
{
	struct ovl_opt_iter it;
	unsigned int i, n = 0;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, set->area, set->len);
	for (i = 0; ovl_opt_next(&it, &opt) == OVL_OPT_FOUND; i++) {
		const struct ovl_opt_source *source = &set->source[i];
		unsigned int at = opt.data - set->area;
		u32 value;

		if (!source->kind)
			continue;
		if (ovl_opt_source_varies(source->kind, vni, peer)) {
			patch[n++] = (struct ovl_patch){
				.mask = source->mask,
				.at = at,
				.kind = source->kind,
				.shift = source->shift,
			};
			continue;
		}
		value = source->kind == OVL_TUN_OPT_SOURCE_VNI ? vni : peer;
		value = (value & source->mask) >> source->shift;
		area[at] = value >> 24;
		area[at + 1] = value >> 16;
		area[at + 2] = value >> 8;
		area[at + 3] = value;
	}
	return n;
}
