// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: sets of options. Everything runs under RTNL. */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "device.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "notify.h"
#include "set.h"

static int ovl_nl_put_source(struct sk_buff *skb,
			     const struct ovl_opt_source *source)
{
	return nla_put_u8(skb, OVL_TUN_A_OPT_SOURCE, source->kind) ||
	       (!ovl_opt_source_wide(source->kind) &&
		(nla_put_u32(skb, OVL_TUN_A_OPT_MASK, source->mask) ||
		 nla_put_u8(skb, OVL_TUN_A_OPT_SHIFT, source->shift))) ?
	       -EMSGSIZE : 0;
}

static int ovl_nl_put_opts(struct sk_buff *skb, const struct ovl_optset *opts)
{
	struct ovl_opt_iter it;
	struct nlattr *nest;
	struct ovl_opt opt;
	unsigned int i;

	ovl_opt_iter_init(&it, opts->area, opts->len);
	for (i = 0; ovl_opt_next(&it, &opt) == OVL_OPT_FOUND; i++) {
		const struct ovl_opt_source *source = &opts->source[i];

		nest = nla_nest_start(skb, OVL_TUN_A_OPTION_OPT);
		if (!nest ||
		    nla_put_u16(skb, OVL_TUN_A_OPT_CLASS, opt.class) ||
		    nla_put_u8(skb, OVL_TUN_A_OPT_TYPE, opt.type) ||
		    (source->kind ? ovl_nl_put_source(skb, source) :
				    nla_put(skb, OVL_TUN_A_OPT_DATA, opt.len,
					    opt.data)))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int ovl_nl_fill_set(struct sk_buff *skb, const struct ovl_dev *ovl,
			   const struct ovl_set *set, u32 portid, u32 seq,
			   int flags, u8 cmd, struct netlink_callback *cb)
{
	void *hdr;

	ASSERT_RTNL();

	hdr = genlmsg_put(skb, portid, seq, &ovl_nl_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);

	if (nla_put_u32(skb, OVL_TUN_A_OPTION_IFINDEX, ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_OPTION_IFNAME, ovl->dev->name) ||
	    nla_put_u32(skb, OVL_TUN_A_OPTION_LEN, set->opts.len) ||
	    (*set->name &&
	     (nla_put_string(skb, OVL_TUN_A_OPTION_SET, set->name) ||
	      nla_put_u32(skb, OVL_TUN_A_OPTION_USERS, set->users))) ||
	    ovl_nl_put_opts(skb, &set->opts)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ovl_nl_option_msg() - a message with a set of options
 * @ovl: device
 * @set: set
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_option_msg(const struct ovl_dev *ovl,
				  const struct ovl_set *set, u32 portid,
				  u32 seq, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	err = ovl_nl_fill_set(msg, ovl, set, portid, seq, 0, cmd, NULL);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

/* The set that a request names; NULL if there is none of that name. */
static struct ovl_set *ovl_nl_find_set(struct genl_info *info)
{
	const struct nlattr *name = info->attrs[OVL_TUN_A_OPTION_SET];
	struct ovl_dev *ovl = info->user_ptr[0];

	return name ? ovl_set_find(ovl, nla_data(name)) : &ovl->own;
}

static int ovl_nl_no_set(struct genl_info *info)
{
	return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_OPTION_SET],
			  -ENOENT, "no such set");
}

int ovl_tun_nl_option_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_set *set = ovl_nl_find_set(info);
	struct sk_buff *msg;

	if (!set)
		return ovl_nl_no_set(info);
	msg = ovl_nl_option_msg(info->user_ptr[0], set, info->snd_portid,
				info->snd_seq, OVL_TUN_CMD_OPTION_GET);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/**
 * struct ovl_set_dump - where a dump goes on, in &netlink_callback.ctx
 * @devices: for ovl_nl_dump_devices()
 * @begun: the next one's own set is done
 * @name: the last of its others that is done, empty for none
 */
struct ovl_set_dump {
	unsigned long devices;
	bool begun;
	char name[OVL_TUN_MAX_SET_NAME + 1];
};

static int ovl_nl_dump_sets(struct sk_buff *skb, struct netlink_callback *cb,
			    struct ovl_dev *ovl)
{
	struct ovl_set_dump *dump = (void *)cb->ctx;
	struct ovl_set *set;
	int err;

	set = dump->begun ? ovl_set_after(ovl, dump->name) : &ovl->own;
	for (; set; set = ovl_set_after(ovl, dump->name)) {
		err = ovl_nl_fill_set(skb, ovl, set, NETLINK_CB(cb->skb).portid,
				      cb->nlh->nlmsg_seq, NLM_F_MULTI,
				      OVL_TUN_CMD_OPTION_GET, cb);
		if (err)
			return err;
		dump->begun = true;
		strscpy(dump->name, set->name, sizeof(dump->name));
	}
	dump->begun = false;
	*dump->name = '\0';
	return 0;
}

int ovl_tun_nl_option_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct ovl_set_dump) > sizeof(cb->ctx));

	return ovl_nl_dump_devices(skb, cb, ovl_nl_dump_sets);
}

/* Where the value of an option comes from that isn't constant. */
static int ovl_nl_parse_source(struct nlattr **tb, struct ovl_opt *opt,
			       struct ovl_opt_source *source,
			       struct netlink_ext_ack *extack)
{
	static const u8 empty[sizeof(u64)];
	const struct nlattr *mask = tb[OVL_TUN_A_OPT_MASK];
	const struct nlattr *shift = tb[OVL_TUN_A_OPT_SHIFT];

	if (tb[OVL_TUN_A_OPT_DATA])
		return OVL_REFUSE(extack, tb[OVL_TUN_A_OPT_SOURCE], -EINVAL,
				  "option has data or a source, not both");
	source->kind = nla_get_u8(tb[OVL_TUN_A_OPT_SOURCE]);
	source->mask = mask ? nla_get_u32(mask) : U32_MAX;
	source->shift = shift ? nla_get_u8(shift) : 0;
	opt->data = empty;
	opt->len = sizeof(u32);
	if (ovl_opt_source_wide(source->kind)) {
		if (mask || shift)
			return OVL_REFUSE(extack, mask ?: shift, -EINVAL,
					  "a counter or time has no mask and no shift");
		opt->len = sizeof(u64);
	} else if (!(source->mask >> source->shift)) {
		return OVL_REFUSE(extack, mask, -EINVAL,
				  "mask and shift leave nothing of the value");
	}
	return 0;
}

/* One option of a request. Its data stays in the message. */
static int ovl_nl_parse_opt(const struct nlattr *attr, struct ovl_opt *opt,
			    struct ovl_opt_source *source, bool del,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVL_TUN_A_OPT_MAX + 1];
	const struct nlattr *data;
	int err;

	err = nla_parse_nested(tb, OVL_TUN_A_OPT_MAX, attr,
			       ovl_tun_opt_nl_policy, extack);
	if (err)
		return err;
	if (!tb[OVL_TUN_A_OPT_CLASS] || !tb[OVL_TUN_A_OPT_TYPE])
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "option needs a class and a type");
	opt->class = nla_get_u16(tb[OVL_TUN_A_OPT_CLASS]);
	opt->type = nla_get_u8(tb[OVL_TUN_A_OPT_TYPE]);
	opt->len = 0;
	opt->data = NULL;
	source->kind = 0;
	if (opt->class < OVL_OPT_CLASS_MIN && !del && !tb[OVL_TUN_A_OPT_FORCE])
		return OVL_REFUSE(extack, tb[OVL_TUN_A_OPT_CLASS], -EINVAL,
				  "classes below 0x0100 are the IETF's, take one with force");

	if (tb[OVL_TUN_A_OPT_SOURCE])
		return ovl_nl_parse_source(tb, opt, source, extack);
	if (tb[OVL_TUN_A_OPT_MASK] || tb[OVL_TUN_A_OPT_SHIFT])
		return OVL_REFUSE(extack, tb[OVL_TUN_A_OPT_MASK] ?:
					  tb[OVL_TUN_A_OPT_SHIFT], -EINVAL,
				  "mask and shift need a source");
	data = tb[OVL_TUN_A_OPT_DATA];
	if (!data)
		return 0;
	if (nla_len(data) > OVL_OPT_MAX_DATA || nla_len(data) % 4)
		return OVL_REFUSE(extack, data, -EINVAL,
				  "option data must be a multiple of 4 bytes, at most 124");
	opt->len = nla_len(data);
	opt->data = nla_data(data);
	return 0;
}

/* Change @opts by each option of a request, or take them out with @del.
 *
 * Return: how many there were, or a negative error.
 */
static int ovl_nl_edit_options(struct genl_info *info, struct ovl_optset *opts,
			       bool del)
{
	u16 flags = info->nlhdr->nlmsg_flags;
	const struct nlattr *attr;
	int rem, err, n = 0;

	/* Then one that is there was in this request before. A removal has no
	 * such attribute, and no place for it.
	 */
	if (!del && info->attrs[OVL_TUN_A_OPTION_WHOLE])
		flags = NLM_F_CREATE | NLM_F_EXCL;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		struct ovl_opt_source source;
		struct ovl_opt opt;

		if (nla_type(attr) != OVL_TUN_A_OPTION_OPT)
			continue;
		n++;
		err = ovl_nl_parse_opt(attr, &opt, &source, del, info->extack);
		if (err)
			return err;
		if (del)
			err = ovl_optset_del(opts, opt.class, opt.type, attr,
					     info->extack);
		else
			err = ovl_optset_put(opts, &opt,
					     source.kind ? &source : NULL,
					     flags, attr, info->extack);
		if (err)
			return err;
	}
	return n;
}

/* What a set is to become, from what is in it; the caller frees it. */
static struct ovl_optset *ovl_nl_next_options(struct genl_info *info,
					      const struct ovl_set *set,
					      bool del, int *n)
{
	struct ovl_optset *next = kzalloc(sizeof(*next), GFP_KERNEL);

	if (!next)
		return ERR_PTR(-ENOMEM);
	if (set && (del || !info->attrs[OVL_TUN_A_OPTION_WHOLE]))
		*next = set->opts;
	*n = ovl_nl_edit_options(info, next, del);
	if (*n >= 0)
		return next;
	kfree(next);
	return ERR_PTR(*n);
}

/* Whether a request may make the set that it names. */
static int ovl_nl_may_make(struct genl_info *info)
{
	const struct nlattr *name = info->attrs[OVL_TUN_A_OPTION_SET];

	if (!ovl_set_name_valid(nla_data(name)))
		return OVL_REFUSE(info->extack, name, -EINVAL,
				  "set must be a name without blanks and #");
	return info->nlhdr->nlmsg_flags & NLM_F_CREATE ? 0 :
							 ovl_nl_no_set(info);
}

/* Whether a request may do without an option. */
static int ovl_nl_may_be_empty(struct genl_info *info,
			       const struct ovl_set *set)
{
	const struct nlattr *name = info->attrs[OVL_TUN_A_OPTION_SET];
	u16 flags = info->nlhdr->nlmsg_flags;

	if (!set || info->attrs[OVL_TUN_A_OPTION_WHOLE])
		return 0;
	if (name && (flags & NLM_F_EXCL))
		return OVL_REFUSE(info->extack, name, -EEXIST,
				  "set is there already");
	if (name && (flags & NLM_F_CREATE))
		return 0;
	return OVL_REFUSE(info->extack, NULL, -EINVAL, "opt is missing");
}

static int ovl_nl_put_options(struct genl_info *info, struct ovl_set *set,
			      const struct ovl_optset *next)
{
	struct ovl_dev *ovl = info->user_ptr[0];
	int err;

	if (!set) {
		set = ovl_set_add(ovl, nla_data(info->attrs[OVL_TUN_A_OPTION_SET]));
		if (!set)
			return -ENOMEM;
		/* Nobody has it, and so nothing can be in the way. */
	}
	err = ovl_set_change(ovl, set, next, info->extack);
	if (!err)
		ovl_notify_options(ovl, set, OVL_TUN_CMD_OPTION_NTF);
	return err;
}

int ovl_tun_nl_option_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_set *set = ovl_nl_find_set(info);
	struct ovl_optset *next;
	int n, err = 0;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (!set)
		err = ovl_nl_may_make(info);
	if (err)
		return err;
	next = ovl_nl_next_options(info, set, false, &n);
	if (IS_ERR(next))
		return PTR_ERR(next);
	if (!n)
		err = ovl_nl_may_be_empty(info, set);
	if (!err)
		err = ovl_nl_put_options(info, set, next);
	kfree(next);
	return err;
}

int ovl_tun_nl_option_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_set *set = ovl_nl_find_set(info);
	struct ovl_optset *next;
	int n, err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (!set)
		return ovl_nl_no_set(info);
	next = ovl_nl_next_options(info, set, true, &n);
	if (IS_ERR(next))
		return PTR_ERR(next);
	if (!n && info->attrs[OVL_TUN_A_OPTION_SET]) {
		err = ovl_set_remove(info->user_ptr[0], set, info->extack);
		if (err)
			NL_SET_BAD_ATTR(info->extack,
					info->attrs[OVL_TUN_A_OPTION_SET]);
	} else {
		if (!n)
			next->len = 0;
		err = ovl_nl_put_options(info, set, next);
	}
	kfree(next);
	return err;
}
