// SPDX-License-Identifier: GPL-2.0
/* Generic netlink: rules over what is received. Everything runs under RTNL. */

#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include <net/sock.h>

#include "device.h"
#include "main.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "rule.h"
#include "set.h"
#include "vni.h"

/*
 * Messages
 */

static int ovl_nl_put_test_values(struct sk_buff *skb,
				  const struct ovl_rule_test *test)
{
	switch (test->kind) {
	case OVL_TUN_RULE_TEST_VALUE:
	case OVL_TUN_RULE_TEST_REQUIRE:
		if (!test->has_value)
			return 0;
		return nla_put(skb, OVL_TUN_A_RULE_OPT_DATA, test->len,
			       test->data) ||
		       nla_put(skb, OVL_TUN_A_RULE_OPT_MASK, test->len,
			       test->mask) ? -EMSGSIZE : 0;
	case OVL_TUN_RULE_TEST_RANGE:
	case OVL_TUN_RULE_TEST_COUNT:
		return nla_put_u64_64bit(skb, OVL_TUN_A_RULE_OPT_LOW, test->low,
					 OVL_TUN_A_RULE_OPT_PAD) ||
		       nla_put_u64_64bit(skb, OVL_TUN_A_RULE_OPT_HIGH, test->high,
					 OVL_TUN_A_RULE_OPT_PAD) ? -EMSGSIZE : 0;
	}
	return 0;
}

static int ovl_nl_put_tests(struct sk_buff *skb,
			    const struct ovl_rule_spec *spec)
{
	const struct ovl_rule_test *test = spec->test;
	struct nlattr *nest;

	for (; test < spec->test + spec->n_tests; test++) {
		nest = nla_nest_start(skb, OVL_TUN_A_RULE_OPT);
		if (!nest ||
		    nla_put_u16(skb, OVL_TUN_A_RULE_OPT_CLASS, test->class) ||
		    nla_put_u8(skb, OVL_TUN_A_RULE_OPT_TYPE, test->type) ||
		    nla_put_u8(skb, OVL_TUN_A_RULE_OPT_TEST, test->kind) ||
		    ovl_nl_put_test_values(skb, test))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int ovl_nl_put_value(struct sk_buff *skb, int attr,
			    const struct ovl_rule_value *value)
{
	struct nlattr *nest;

	if (value->from == OVL_RULE_FROM_NOWHERE)
		return 0;
	nest = nla_nest_start(skb, attr);
	if (!nest)
		return -EMSGSIZE;
	if (value->from == OVL_RULE_FROM_RULE) {
		if (nla_put_u32(skb, OVL_TUN_A_RULE_VALUE_VALUE, value->value))
			return -EMSGSIZE;
	} else if (nla_put_u16(skb, OVL_TUN_A_RULE_VALUE_CLASS, value->class) ||
		   nla_put_u8(skb, OVL_TUN_A_RULE_VALUE_TYPE, value->type) ||
		   nla_put_u64_64bit(skb, OVL_TUN_A_RULE_VALUE_MASK,
				     value->mask, OVL_TUN_A_RULE_VALUE_PAD) ||
		   nla_put_u8(skb, OVL_TUN_A_RULE_VALUE_SHIFT, value->shift)) {
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int ovl_nl_put_rule_stats(struct sk_buff *skb,
				 const struct ovl_rule *rule)
{
	struct nlattr *nest = nla_nest_start(skb, OVL_TUN_A_RULE_STATS);
	struct ovl_rule_totals sum;

	ovl_rule_stats_sum(rule, &sum);
	if (!nest ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_RULE_STATS_PACKETS, sum.packets,
			      OVL_TUN_A_RULE_STATS_PAD) ||
	    nla_put_u64_64bit(skb, OVL_TUN_A_RULE_STATS_DROPS, sum.drops,
			      OVL_TUN_A_RULE_STATS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Whose packets a rule is for. */
static int ovl_nl_put_rule_match(struct sk_buff *skb, struct ovl_dev *ovl,
				 const struct ovl_rule_spec *spec)
{
	const struct ovl_peer *peer = NULL;
	struct nlattr *nest;

	if (spec->has_peer) {
		peer = xa_load(&ovl->peers, spec->peer);
		if (nla_put_u32(skb, OVL_TUN_A_RULE_PEER, spec->peer))
			return -EMSGSIZE;
	}
	if (peer && *ovl_peer_name(peer) &&
	    nla_put_string(skb, OVL_TUN_A_RULE_PEER_NAME, ovl_peer_name(peer)))
		return -EMSGSIZE;
	if (spec->has_vni) {
		nest = nla_nest_start(skb, OVL_TUN_A_RULE_VNI);
		if (!nest ||
		    nla_put_u32(skb, OVL_TUN_A_VNI_RANGE_FIRST,
				spec->vni_first) ||
		    nla_put_u32(skb, OVL_TUN_A_VNI_RANGE_LAST, spec->vni_last))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return spec->has_encap &&
	       nla_put_u8(skb, OVL_TUN_A_RULE_ENCAP, spec->encap) ?
	       -EMSGSIZE : 0;
}

static int ovl_nl_fill_rule(struct sk_buff *skb, struct ovl_dev *ovl,
			    const struct ovl_rule *rule, u32 portid, u32 seq,
			    int flags, u8 cmd, struct netlink_callback *cb)
{
	const struct ovl_rule_spec *spec = &rule->spec;
	void *hdr;

	ASSERT_RTNL();

	hdr = genlmsg_put(skb, portid, seq, &ovl_nl_family, flags, cmd);
	if (!hdr)
		return -EMSGSIZE;
	if (cb)
		genl_dump_check_consistent(cb, hdr);

	if (nla_put_u32(skb, OVL_TUN_A_RULE_IFINDEX, ovl->dev->ifindex) ||
	    nla_put_string(skb, OVL_TUN_A_RULE_IFNAME, ovl->dev->name) ||
	    nla_put_u32(skb, OVL_TUN_A_RULE_PREF, spec->pref) ||
	    (*spec->name &&
	     nla_put_string(skb, OVL_TUN_A_RULE_NAME, spec->name)) ||
	    ovl_nl_put_rule_match(skb, ovl, spec) ||
	    ovl_nl_put_tests(skb, spec) ||
	    (spec->action &&
	     nla_put_u8(skb, OVL_TUN_A_RULE_ACTION, spec->action)) ||
	    ovl_nl_put_value(skb, OVL_TUN_A_RULE_MARK, &spec->mark) ||
	    ovl_nl_put_value(skb, OVL_TUN_A_RULE_PRIO, &spec->prio) ||
	    (spec->sample && nla_put_flag(skb, OVL_TUN_A_RULE_SAMPLE)) ||
	    ovl_nl_put_rule_stats(skb, rule)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * ovl_nl_rule_msg() - a message with a rule
 * @ovl: device
 * @rule: rule
 * @portid: whom it answers, or 0
 * @seq: what it answers, or 0
 * @cmd: enum of the operation
 *
 * Context: RTNL.
 * Return: message, or an error pointer.
 */
struct sk_buff *ovl_nl_rule_msg(struct ovl_dev *ovl,
				const struct ovl_rule *rule, u32 portid,
				u32 seq, u8 cmd)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	int err;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	err = ovl_nl_fill_rule(msg, ovl, rule, portid, seq, 0, cmd, NULL);
	if (!err)
		return msg;
	nlmsg_free(msg);
	return ERR_PTR(err);
}

/* The rule that a request names; NULL if there is none. */
static struct ovl_rule *ovl_nl_find_rule(struct genl_info *info)
{
	const struct nlattr *pref = info->attrs[OVL_TUN_A_RULE_PREF];

	return pref ? ovl_rule_find(info->user_ptr[0], nla_get_u32(pref)) :
		      NULL;
}

static int ovl_nl_no_rule(struct genl_info *info)
{
	if (!info->attrs[OVL_TUN_A_RULE_PREF])
		return OVL_REFUSE(info->extack, NULL, -EINVAL,
				  "pref is missing");
	return OVL_REFUSE(info->extack, info->attrs[OVL_TUN_A_RULE_PREF],
			  -ENOENT, "no rule has this pref");
}

int ovl_tun_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct ovl_rule *rule = ovl_nl_find_rule(info);
	struct sk_buff *msg;

	if (!rule)
		return ovl_nl_no_rule(info);
	msg = ovl_nl_rule_msg(info->user_ptr[0], rule, info->snd_portid,
			      info->snd_seq, OVL_TUN_CMD_RULE_GET);
	return IS_ERR(msg) ? PTR_ERR(msg) : genlmsg_reply(msg, info);
}

/**
 * struct ovl_rule_dump - where a dump goes on, in &netlink_callback.ctx
 * @devices: for ovl_nl_dump_devices()
 * @pref: the last of the next one's rules that is done, 0 for none
 */
struct ovl_rule_dump {
	unsigned long devices;
	u32 pref;
};

static int ovl_nl_dump_rules(struct sk_buff *skb, struct netlink_callback *cb,
			     struct ovl_dev *ovl)
{
	struct ovl_rule_dump *dump = (void *)cb->ctx;
	const struct ovl_rule *rule;
	int err;

	while ((rule = ovl_rule_after(ovl, dump->pref))) {
		err = ovl_nl_fill_rule(skb, ovl, rule,
				       NETLINK_CB(cb->skb).portid,
				       cb->nlh->nlmsg_seq, NLM_F_MULTI,
				       OVL_TUN_CMD_RULE_GET, cb);
		if (err)
			return err;
		dump->pref = rule->spec.pref;
	}
	dump->pref = 0;
	return 0;
}

int ovl_tun_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct ovl_rule_dump) > sizeof(cb->ctx));

	return ovl_nl_dump_devices(skb, cb, ovl_nl_dump_rules);
}

/*
 * Requests
 */

/* The bytes that an option is compared with. */
static int ovl_nl_parse_data(struct nlattr **tb, struct ovl_rule_test *test,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *data = tb[OVL_TUN_A_RULE_OPT_DATA];
	const struct nlattr *mask = tb[OVL_TUN_A_RULE_OPT_MASK];

	if (nla_len(data) > OVL_OPT_MAX_DATA || nla_len(data) % 4)
		return OVL_REFUSE(extack, data, -EINVAL,
				  "option data must be a multiple of 4 bytes, at most 124");
	test->has_value = true;
	test->len = nla_len(data);
	memcpy(test->data, nla_data(data), test->len);
	if (!mask) {
		memset(test->mask, 0xff, test->len);
		return 0;
	}
	if (nla_len(mask) != test->len)
		return OVL_REFUSE(extack, mask, -EINVAL,
				  "mask must be as long as data");
	memcpy(test->mask, nla_data(mask), test->len);
	return 0;
}

/* The numbers that an option, or how often it is there, is compared with. */
static int ovl_nl_parse_limits(struct nlattr **tb, struct ovl_rule_test *test,
			       struct netlink_ext_ack *extack)
{
	const struct nlattr *low = tb[OVL_TUN_A_RULE_OPT_LOW];
	const struct nlattr *high = tb[OVL_TUN_A_RULE_OPT_HIGH] ?: low;

	test->low = nla_get_u64(low);
	test->high = nla_get_u64(high);
	if (test->low > test->high)
		return OVL_REFUSE(extack, high, -EINVAL, "high is below low");
	if (test->kind == OVL_TUN_RULE_TEST_COUNT &&
	    test->high > OVL_OPTS_MAX_COUNT)
		return OVL_REFUSE(extack, high, -EINVAL,
				  "a packet has at most 63 options");
	return 0;
}

/* What a test says of an option, and nothing that means nothing to it. */
static int ovl_nl_parse_test(struct nlattr **tb, struct ovl_rule_test *test,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *low = tb[OVL_TUN_A_RULE_OPT_LOW];
	const struct nlattr *high = tb[OVL_TUN_A_RULE_OPT_HIGH];
	const struct nlattr *data = tb[OVL_TUN_A_RULE_OPT_DATA];
	const struct nlattr *mask = tb[OVL_TUN_A_RULE_OPT_MASK];
	bool bytes = test->kind == OVL_TUN_RULE_TEST_VALUE ||
		     test->kind == OVL_TUN_RULE_TEST_REQUIRE;
	bool limits = test->kind == OVL_TUN_RULE_TEST_RANGE ||
		      test->kind == OVL_TUN_RULE_TEST_COUNT;

	if ((data || mask) && !bytes)
		return OVL_REFUSE(extack, data ?: mask, -EINVAL,
				  "only value and require have data and mask");
	if ((low || high) && !limits)
		return OVL_REFUSE(extack, low ?: high, -EINVAL,
				  "only range and count have low and high");
	if (mask && !data)
		return OVL_REFUSE(extack, mask, -EINVAL, "mask needs data");
	if (!data && test->kind == OVL_TUN_RULE_TEST_VALUE)
		return OVL_REFUSE(extack, tb[OVL_TUN_A_RULE_OPT_TEST], -EINVAL,
				  "value needs data");
	if (!low && limits)
		return OVL_REFUSE(extack, tb[OVL_TUN_A_RULE_OPT_TEST], -EINVAL,
				  "range and count need low");
	if (data)
		return ovl_nl_parse_data(tb, test, extack);
	return limits ? ovl_nl_parse_limits(tb, test, extack) : 0;
}

static int ovl_nl_parse_opt(const struct nlattr *attr,
			    struct ovl_rule_test *test,
			    struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVL_TUN_A_RULE_OPT_MAX + 1];
	int err;

	err = nla_parse_nested(tb, OVL_TUN_A_RULE_OPT_MAX, attr,
			       ovl_tun_rule_opt_nl_policy, extack);
	if (err)
		return err;
	if (!tb[OVL_TUN_A_RULE_OPT_CLASS] || !tb[OVL_TUN_A_RULE_OPT_TYPE] ||
	    !tb[OVL_TUN_A_RULE_OPT_TEST])
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "option needs a class, a type and a test");
	test->class = nla_get_u16(tb[OVL_TUN_A_RULE_OPT_CLASS]);
	test->type = nla_get_u8(tb[OVL_TUN_A_RULE_OPT_TYPE]);
	test->kind = nla_get_u8(tb[OVL_TUN_A_RULE_OPT_TEST]);
	return ovl_nl_parse_test(tb, test, extack);
}

static int ovl_nl_parse_opts(struct ovl_rule_spec *spec, struct genl_info *info)
{
	struct ovl_dev *ovl = info->user_ptr[0];
	struct ovl_rule_test *test = spec->test;
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVL_TUN_A_RULE_OPT)
			continue;
		err = ovl_nl_parse_opt(attr, test, info->extack);
		if (err)
			return err;
		if (test++->kind == OVL_TUN_RULE_TEST_STRIP && !ovl->external)
			return OVL_REFUSE(info->extack, attr, -EINVAL,
					  "strip is for external devices, others hand no options up");
	}
	return 0;
}

/* What a packet is given, a constant or bits of an option. */
static int ovl_nl_parse_value(const struct nlattr *attr,
			      struct ovl_rule_value *value,
			      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[OVL_TUN_A_RULE_VALUE_MAX + 1];
	const struct nlattr *class, *type, *mask, *shift;
	int err;

	if (!attr)
		return 0;
	err = nla_parse_nested(tb, OVL_TUN_A_RULE_VALUE_MAX, attr,
			       ovl_tun_rule_value_nl_policy, extack);
	if (err)
		return err;
	class = tb[OVL_TUN_A_RULE_VALUE_CLASS];
	type = tb[OVL_TUN_A_RULE_VALUE_TYPE];
	mask = tb[OVL_TUN_A_RULE_VALUE_MASK];
	shift = tb[OVL_TUN_A_RULE_VALUE_SHIFT];
	if (tb[OVL_TUN_A_RULE_VALUE_VALUE]) {
		if (class || type || mask || shift)
			return OVL_REFUSE(extack, tb[OVL_TUN_A_RULE_VALUE_VALUE],
					  -EINVAL,
					  "either value, or class and type of an option");
		value->from = OVL_RULE_FROM_RULE;
		value->value = nla_get_u32(tb[OVL_TUN_A_RULE_VALUE_VALUE]);
		return 0;
	}
	if (!class || !type)
		return OVL_REFUSE(extack, attr, -EINVAL,
				  "value is missing, or class and type of an option");
	value->from = OVL_RULE_FROM_OPTION;
	value->class = nla_get_u16(class);
	value->type = nla_get_u8(type);
	value->mask = mask ? nla_get_u64(mask) : U64_MAX;
	value->shift = shift ? nla_get_u8(shift) : 0;
	if (!(value->mask >> value->shift))
		return OVL_REFUSE(extack, mask, -EINVAL,
				  "mask and shift leave nothing of the option");
	return 0;
}

/* The sender that a rule is for. Its id is kept: that of a peer that was added never
 * changes.
 */
static int ovl_nl_parse_rule_peer(struct ovl_rule_spec *spec,
				  struct genl_info *info)
{
	const struct nlattr *id = info->attrs[OVL_TUN_A_RULE_PEER];
	const struct nlattr *name = info->attrs[OVL_TUN_A_RULE_PEER_NAME];
	struct ovl_dev *ovl = info->user_ptr[0];
	const struct ovl_peer *peer;

	if (!id && !name)
		return 0;
	if (id && name)
		return OVL_REFUSE(info->extack, name, -EINVAL,
				  "either peer or peer-name");
	peer = id ? xa_load(&ovl->peers, nla_get_u32(id)) :
		    ovl_peer_by_name(ovl, nla_data(name));
	spec->has_peer = true;
	spec->peer = peer ? peer->id : 0;
	/* The link's remote is who is it at the time. */
	if (id && !nla_get_u32(id))
		return 0;
	if (!peer || peer->implicit)
		return OVL_REFUSE(info->extack, id ?: name, -ENOENT,
				  "peer must be one that was added");
	return 0;
}

static int ovl_nl_parse_match(struct ovl_rule_spec *spec,
			      struct genl_info *info)
{
	const struct nlattr *vni = info->attrs[OVL_TUN_A_RULE_VNI];
	const struct nlattr *encap = info->attrs[OVL_TUN_A_RULE_ENCAP];
	struct ovl_vni_range range;
	int err;

	err = ovl_nl_parse_rule_peer(spec, info);
	if (err)
		return err;
	if (vni) {
		err = ovl_nl_vni_range(vni, &range, info->extack);
		if (err)
			return err;
		spec->has_vni = true;
		spec->vni_first = range.first;
		spec->vni_last = range.last;
	}
	if (encap) {
		spec->has_encap = true;
		spec->encap = nla_get_u8(encap);
	}
	return ovl_nl_parse_opts(spec, info);
}

/* Words that contradict each other. */
static int ovl_nl_check_rule(const struct ovl_rule_spec *spec,
			     struct genl_info *info)
{
	unsigned int i;

	if (spec->has_encap && spec->encap == OVL_TUN_ENCAP_VXLAN &&
	    (spec->n_tests || spec->mark.from == OVL_RULE_FROM_OPTION ||
	     spec->prio.from == OVL_RULE_FROM_OPTION))
		return OVL_REFUSE(info->extack,
				  info->attrs[OVL_TUN_A_RULE_ENCAP], -EINVAL,
				  "encap vxlan has no options");
	if (spec->action != OVL_TUN_RULE_ACTION_DROP)
		return 0;
	for (i = 0; i < spec->n_tests; i++)
		if (spec->test[i].kind == OVL_TUN_RULE_TEST_REQUIRE ||
		    spec->test[i].kind == OVL_TUN_RULE_TEST_STRIP)
			return OVL_REFUSE(info->extack,
					  info->attrs[OVL_TUN_A_RULE_ACTION],
					  -EINVAL,
					  "action drop leaves nothing to require or strip an option of");
	return 0;
}

static int ovl_nl_parse_rule(struct ovl_rule_spec *spec, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	int err;

	if (a[OVL_TUN_A_RULE_NAME]) {
		if (!ovl_set_name_valid(nla_data(a[OVL_TUN_A_RULE_NAME])))
			return OVL_REFUSE(info->extack, a[OVL_TUN_A_RULE_NAME],
					  -EINVAL,
					  "name must be one without blanks and #");
		nla_strscpy(spec->name, a[OVL_TUN_A_RULE_NAME],
			    sizeof(spec->name));
	}
	err = ovl_nl_parse_match(spec, info);
	if (err)
		return err;
	if (a[OVL_TUN_A_RULE_ACTION])
		spec->action = nla_get_u8(a[OVL_TUN_A_RULE_ACTION]);
	spec->sample = a[OVL_TUN_A_RULE_SAMPLE];
	err = ovl_nl_parse_value(a[OVL_TUN_A_RULE_MARK], &spec->mark,
				 info->extack);
	if (!err)
		err = ovl_nl_parse_value(a[OVL_TUN_A_RULE_PRIO], &spec->prio,
					 info->extack);
	return err ?: ovl_nl_check_rule(spec, info);
}

/* The place of a rule of which none is said: before all others. */
static int ovl_nl_free_pref(struct genl_info *info, u32 *pref)
{
	const struct ovl_rule *first = ovl_rule_after(info->user_ptr[0], 0);

	*pref = first ? first->spec.pref - 1 : OVL_RULE_PREF_FIRST;
	if (*pref)
		return 0;
	return OVL_REFUSE(info->extack, NULL, -ENOSPC,
			  "no pref is free before the first rule, give one");
}

static int ovl_nl_rule_pref(struct genl_info *info, u32 *pref)
{
	const struct nlattr *attr = info->attrs[OVL_TUN_A_RULE_PREF];
	u16 flags = info->nlhdr->nlmsg_flags;

	if (!attr && !(flags & NLM_F_CREATE))
		return ovl_nl_no_rule(info);
	if (!attr)
		return ovl_nl_free_pref(info, pref);
	*pref = nla_get_u32(attr);
	if (!ovl_nl_find_rule(info))
		return flags & NLM_F_CREATE ? 0 : ovl_nl_no_rule(info);
	if (!(flags & NLM_F_EXCL) && (flags & NLM_F_REPLACE))
		return 0;
	return OVL_REFUSE(info->extack, attr, -EEXIST,
			  "a rule has this pref already, use replace");
}

/* A rule with room for the options of a request, or an error pointer. */
static struct ovl_rule *ovl_nl_new_rule(struct genl_info *info)
{
	const struct nlattr *attr;
	struct ovl_rule *rule;
	unsigned int n = 0;
	int rem;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != OVL_TUN_A_RULE_OPT)
			continue;
		if (n++ < OVL_TUN_MAX_RULE_OPTS)
			continue;
		return ERR_PTR(OVL_REFUSE(info->extack, attr, -E2BIG,
					  "a rule looks at no more than 8 options"));
	}
	rule = ovl_rule_alloc(n);
	return rule ?: ERR_PTR(-ENOMEM);
}

int ovl_tun_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	struct ovl_rule *rule;
	u32 pref;
	int err;

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	err = ovl_nl_rule_pref(info, &pref);
	if (err)
		return err;
	rule = ovl_nl_new_rule(info);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	rule->spec.pref = pref;
	err = ovl_nl_parse_rule(&rule->spec, info);
	if (!err)
		err = ovl_rule_put(info->user_ptr[0], rule, info->extack);
	if (err == -E2BIG)
		NL_SET_BAD_ATTR(info->extack, a[OVL_TUN_A_RULE_OPT] ?:
					      a[OVL_TUN_A_RULE_MARK] ?:
					      a[OVL_TUN_A_RULE_PRIO]);
	if (err)
		ovl_rule_free(rule);
	return err;
}

int ovl_tun_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ovl_rule *rule = ovl_nl_find_rule(info);

	if (!ovl_nl_may_change(skb, info))
		return -EPERM;
	if (rule)
		return ovl_rule_remove(info->user_ptr[0], rule);
	if (info->attrs[OVL_TUN_A_RULE_PREF])
		return ovl_nl_no_rule(info);
	ovl_rules_flush(info->user_ptr[0]);
	return 0;
}
