// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of options to attach.
 *
 * A set is changed on a copy under RTNL; the copy replaces the device's own
 * only after everything that depends on it has been built.
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

/**
 * ovl_optset_put() - add an option or give it another value
 * @set: set to change
 * @opt: option
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
		   u16 nlm_flags, const struct nlattr *attr,
		   struct netlink_ext_ack *extack)
{
	struct ovl_optset next;
	struct ovl_opt old;
	unsigned int at;

	if (!ovl_opts_find(set->area, set->len, opt->class, opt->type, &old)) {
		if (!(nlm_flags & NLM_F_CREATE)) {
			NL_SET_ERR_MSG_ATTR(extack, attr,
					    KBUILD_MODNAME ": no such option to change");
			return -ENOENT;
		}
		at = ovl_opt_put(set->area, set->len, opt);
		if (!at)
			goto too_long;
		set->len = at;
		return 0;
	}

	if ((nlm_flags & NLM_F_EXCL) || !(nlm_flags & NLM_F_REPLACE)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    KBUILD_MODNAME ": option is there already, use replace");
		return -EEXIST;
	}

	at = ovl_opt_offset(set, &old);
	memcpy(next.area, set->area, at);
	next.len = ovl_opt_put(next.area, at, opt);
	at += ovl_opt_size(&old);
	if (!next.len || next.len + set->len - at > OVL_OPTS_MAX_LEN)
		goto too_long;
	memcpy(next.area + next.len, set->area + at, set->len - at);
	next.len += set->len - at;
	memcpy(set->area, next.area, next.len);
	set->len = next.len;
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
	struct ovl_opt opt;
	unsigned int at, size;

	if (!ovl_opts_find(set->area, set->len, class, type, &opt)) {
		NL_SET_ERR_MSG_ATTR(extack, attr, KBUILD_MODNAME ": no such option");
		return -ENOENT;
	}
	at = ovl_opt_offset(set, &opt);
	size = ovl_opt_size(&opt);
	memmove(set->area + at, set->area + at + size, set->len - at - size);
	set->len -= size;
	return 0;
}
