// SPDX-License-Identifier: GPL-2.0
#include <netlink/genl/genl.h>
#include <stdint.h>
#include <string.h>

#include "rule_nl.h"
#include "vni.h"

static struct nla_policy rule_policy[OVL_TUN_A_RULE_MAX + 1] = {
	[OVL_TUN_A_RULE_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_RULE_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_RULE_PREF] = { .type = NLA_U32 },
	[OVL_TUN_A_RULE_NAME] = { .type = NLA_STRING },
	[OVL_TUN_A_RULE_PEER] = { .type = NLA_U32 },
	[OVL_TUN_A_RULE_PEER_NAME] = { .type = NLA_STRING },
	[OVL_TUN_A_RULE_VNI] = { .type = NLA_NESTED },
	[OVL_TUN_A_RULE_ENCAP] = { .type = NLA_U8 },
	[OVL_TUN_A_RULE_ACTION] = { .type = NLA_U8 },
	[OVL_TUN_A_RULE_MARK] = { .type = NLA_NESTED },
	[OVL_TUN_A_RULE_PRIO] = { .type = NLA_NESTED },
	[OVL_TUN_A_RULE_SAMPLE] = { .type = NLA_FLAG },
	[OVL_TUN_A_RULE_STATS] = { .type = NLA_NESTED },
};

static struct nla_policy opt_policy[OVL_TUN_A_RULE_OPT_MAX + 1] = {
	[OVL_TUN_A_RULE_OPT_CLASS] = { .type = NLA_U16 },
	[OVL_TUN_A_RULE_OPT_TYPE] = { .type = NLA_U8 },
	[OVL_TUN_A_RULE_OPT_TEST] = { .type = NLA_U8 },
	[OVL_TUN_A_RULE_OPT_LOW] = { .type = NLA_U64 },
	[OVL_TUN_A_RULE_OPT_HIGH] = { .type = NLA_U64 },
};

static struct nla_policy value_policy[OVL_TUN_A_RULE_VALUE_MAX + 1] = {
	[OVL_TUN_A_RULE_VALUE_VALUE] = { .type = NLA_U32 },
	[OVL_TUN_A_RULE_VALUE_CLASS] = { .type = NLA_U16 },
	[OVL_TUN_A_RULE_VALUE_TYPE] = { .type = NLA_U8 },
	[OVL_TUN_A_RULE_VALUE_MASK] = { .type = NLA_U64 },
	[OVL_TUN_A_RULE_VALUE_SHIFT] = { .type = NLA_U8 },
};

static struct nla_policy stats_policy[OVL_TUN_A_RULE_STATS_MAX + 1] = {
	[OVL_TUN_A_RULE_STATS_PACKETS] = { .type = NLA_U64 },
	[OVL_TUN_A_RULE_STATS_DROPS] = { .type = NLA_U64 },
};

static void put_opt(struct nl_msg *req, const struct rule_opt *opt)
{
	struct nlattr *nest = nla_nest_start(req, OVL_TUN_A_RULE_OPT);

	if (!nest)
		return;
	nla_put_u16(req, OVL_TUN_A_RULE_OPT_CLASS, opt->class);
	nla_put_u8(req, OVL_TUN_A_RULE_OPT_TYPE, opt->type);
	nla_put_u8(req, OVL_TUN_A_RULE_OPT_TEST, opt->test);
	if (opt->has_data) {
		nla_put(req, OVL_TUN_A_RULE_OPT_DATA, opt->len, opt->data);
		nla_put(req, OVL_TUN_A_RULE_OPT_MASK, opt->len, opt->mask);
	}
	if (opt->test == OVL_TUN_RULE_TEST_RANGE ||
	    opt->test == OVL_TUN_RULE_TEST_COUNT) {
		nla_put_u64(req, OVL_TUN_A_RULE_OPT_LOW, opt->min);
		nla_put_u64(req, OVL_TUN_A_RULE_OPT_HIGH, opt->max);
	}
	nla_nest_end(req, nest);
}

static void put_value(struct nl_msg *req, int attr,
		      const struct rule_value *value)
{
	struct nlattr *nest;

	if (value->from == RULE_FROM_NOWHERE)
		return;
	nest = nla_nest_start(req, attr);
	if (!nest)
		return;
	if (value->from == RULE_FROM_NUMBER) {
		nla_put_u32(req, OVL_TUN_A_RULE_VALUE_VALUE, value->value);
	} else {
		nla_put_u16(req, OVL_TUN_A_RULE_VALUE_CLASS, value->class);
		nla_put_u8(req, OVL_TUN_A_RULE_VALUE_TYPE, value->type);
		nla_put_u64(req, OVL_TUN_A_RULE_VALUE_MASK, value->mask);
		nla_put_u8(req, OVL_TUN_A_RULE_VALUE_SHIFT, value->shift);
	}
	nla_nest_end(req, nest);
}

static void put_match(struct nl_msg *req, const struct rule *rule)
{
	struct nlattr *nest;

	if (*rule->peer_name)
		nla_put_string(req, OVL_TUN_A_RULE_PEER_NAME, rule->peer_name);
	else if (rule->has_peer)
		nla_put_u32(req, OVL_TUN_A_RULE_PEER, rule->peer);
	nest = rule->has_vni ? nla_nest_start(req, OVL_TUN_A_RULE_VNI) : NULL;
	if (nest) {
		nla_put_u32(req, OVL_TUN_A_VNI_RANGE_FIRST, rule->vni.first);
		nla_put_u32(req, OVL_TUN_A_VNI_RANGE_LAST, rule->vni.last);
		nla_nest_end(req, nest);
	}
	if (rule->has_encap)
		nla_put_u8(req, OVL_TUN_A_RULE_ENCAP, rule->encap);
}

/* There is room for the largest rule many times. */
static void put_rule(struct nl_msg *req, const struct rule *rule)
{
	unsigned int i;

	if (*rule->name)
		nla_put_string(req, OVL_TUN_A_RULE_NAME, rule->name);
	put_match(req, rule);
	for (i = 0; i < rule->n_opt; i++)
		put_opt(req, &rule->opt[i]);
	if (rule->action)
		nla_put_u8(req, OVL_TUN_A_RULE_ACTION, rule->action);
	put_value(req, OVL_TUN_A_RULE_MARK, &rule->mark);
	put_value(req, OVL_TUN_A_RULE_PRIO, &rule->prio);
	if (rule->sample)
		nla_put_flag(req, OVL_TUN_A_RULE_SAMPLE);
}

struct nl_msg *rule_request(int cmd, int flags, unsigned int ifindex,
			    const struct rule *rule)
{
	struct nl_msg *req = nl_request(cmd, flags);

	if (!req)
		return NULL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_RULE_IFINDEX, ifindex);
	if (rule && rule->pref)
		nla_put_u32(req, OVL_TUN_A_RULE_PREF, rule->pref);
	if (rule && cmd == OVL_TUN_CMD_RULE_NEW)
		put_rule(req, rule);
	return req;
}

static void read_data(struct nlattr *tb[], struct rule_opt *opt)
{
	struct nlattr *data = tb[OVL_TUN_A_RULE_OPT_DATA];
	struct nlattr *mask = tb[OVL_TUN_A_RULE_OPT_MASK];

	if (!data || nla_len(data) > (int)sizeof(opt->data))
		return;
	opt->has_data = true;
	opt->len = nla_len(data);
	memcpy(opt->data, nla_data(data), opt->len);
	memset(opt->mask, 0xff, opt->len);
	if (mask && nla_len(mask) == nla_len(data))
		memcpy(opt->mask, nla_data(mask), opt->len);
}

static void read_opt(struct nlattr *nest, struct rule *rule)
{
	struct nlattr *tb[OVL_TUN_A_RULE_OPT_MAX + 1];
	struct rule_opt *opt = &rule->opt[rule->n_opt];

	if (rule->n_opt == OVL_TUN_MAX_RULE_OPTS ||
	    nla_parse_nested(tb, OVL_TUN_A_RULE_OPT_MAX, nest, opt_policy) ||
	    !tb[OVL_TUN_A_RULE_OPT_CLASS] || !tb[OVL_TUN_A_RULE_OPT_TYPE] ||
	    !tb[OVL_TUN_A_RULE_OPT_TEST])
		return;
	rule->n_opt++;
	opt->class = nla_get_u16(tb[OVL_TUN_A_RULE_OPT_CLASS]);
	opt->type = nla_get_u8(tb[OVL_TUN_A_RULE_OPT_TYPE]);
	opt->test = nla_get_u8(tb[OVL_TUN_A_RULE_OPT_TEST]);
	read_data(tb, opt);
	if (tb[OVL_TUN_A_RULE_OPT_LOW])
		opt->min = nla_get_u64(tb[OVL_TUN_A_RULE_OPT_LOW]);
	opt->max = tb[OVL_TUN_A_RULE_OPT_HIGH] ?
		   nla_get_u64(tb[OVL_TUN_A_RULE_OPT_HIGH]) : opt->min;
}

static void read_value(struct nlattr *nest, struct rule_value *value)
{
	struct nlattr *tb[OVL_TUN_A_RULE_VALUE_MAX + 1];

	if (!nest ||
	    nla_parse_nested(tb, OVL_TUN_A_RULE_VALUE_MAX, nest, value_policy))
		return;
	if (tb[OVL_TUN_A_RULE_VALUE_VALUE]) {
		value->from = RULE_FROM_NUMBER;
		value->value = nla_get_u32(tb[OVL_TUN_A_RULE_VALUE_VALUE]);
		return;
	}
	if (!tb[OVL_TUN_A_RULE_VALUE_CLASS] || !tb[OVL_TUN_A_RULE_VALUE_TYPE])
		return;
	value->from = RULE_FROM_OPTION;
	value->class = nla_get_u16(tb[OVL_TUN_A_RULE_VALUE_CLASS]);
	value->type = nla_get_u8(tb[OVL_TUN_A_RULE_VALUE_TYPE]);
	value->mask = tb[OVL_TUN_A_RULE_VALUE_MASK] ?
		      nla_get_u64(tb[OVL_TUN_A_RULE_VALUE_MASK]) : UINT64_MAX;
	if (tb[OVL_TUN_A_RULE_VALUE_SHIFT])
		value->shift = nla_get_u8(tb[OVL_TUN_A_RULE_VALUE_SHIFT]);
}

static void read_match(struct nlattr *tb[], struct rule *rule)
{
	struct nlattr *name = tb[OVL_TUN_A_RULE_PEER_NAME];

	if (tb[OVL_TUN_A_RULE_PEER]) {
		rule->has_peer = true;
		rule->has_id = true;
		rule->peer = nla_get_u32(tb[OVL_TUN_A_RULE_PEER]);
	}
	if (name)
		nla_strlcpy(rule->peer_name, name, sizeof(rule->peer_name));
	rule->has_vni = tb[OVL_TUN_A_RULE_VNI] &&
			vni_read_range(tb[OVL_TUN_A_RULE_VNI], &rule->vni);
	if (tb[OVL_TUN_A_RULE_ENCAP]) {
		rule->has_encap = true;
		rule->encap = nla_get_u8(tb[OVL_TUN_A_RULE_ENCAP]);
	}
}

static void read_stats(struct nlattr *nest, struct rule_view *view)
{
	struct nlattr *tb[OVL_TUN_A_RULE_STATS_MAX + 1];

	if (!nest ||
	    nla_parse_nested(tb, OVL_TUN_A_RULE_STATS_MAX, nest, stats_policy))
		return;
	if (tb[OVL_TUN_A_RULE_STATS_PACKETS])
		view->packets = nla_get_u64(tb[OVL_TUN_A_RULE_STATS_PACKETS]);
	if (tb[OVL_TUN_A_RULE_STATS_DROPS])
		view->drops = nla_get_u64(tb[OVL_TUN_A_RULE_STATS_DROPS]);
}

bool rule_read(struct nlmsghdr *msg, struct rule_view *view)
{
	struct nlattr *tb[OVL_TUN_A_RULE_MAX + 1], *attr;
	struct rule *rule = &view->rule;
	int left;

	memset(view, 0, sizeof(*view));
	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_RULE_MAX, rule_policy) ||
	    !tb[OVL_TUN_A_RULE_IFINDEX] || !tb[OVL_TUN_A_RULE_IFNAME] ||
	    !tb[OVL_TUN_A_RULE_PREF])
		return false;
	view->ifindex = nla_get_u32(tb[OVL_TUN_A_RULE_IFINDEX]);
	view->ifname = nla_get_string(tb[OVL_TUN_A_RULE_IFNAME]);
	rule->pref = nla_get_u32(tb[OVL_TUN_A_RULE_PREF]);
	if (tb[OVL_TUN_A_RULE_NAME])
		nla_strlcpy(rule->name, tb[OVL_TUN_A_RULE_NAME],
			    sizeof(rule->name));
	read_match(tb, rule);
	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left)
		if (nla_type(attr) == OVL_TUN_A_RULE_OPT)
			read_opt(attr, rule);
	if (tb[OVL_TUN_A_RULE_ACTION])
		rule->action = nla_get_u8(tb[OVL_TUN_A_RULE_ACTION]);
	read_value(tb[OVL_TUN_A_RULE_MARK], &rule->mark);
	read_value(tb[OVL_TUN_A_RULE_PRIO], &rule->prio);
	rule->sample = tb[OVL_TUN_A_RULE_SAMPLE];
	read_stats(tb[OVL_TUN_A_RULE_STATS], view);
	return true;
}
