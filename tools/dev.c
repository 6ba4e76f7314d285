// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun dev: the devices, their state and counters.
 */
#include <netlink/genl/genl.h>

#include "dev.h"
#include "drop.h"
#include "link.h"
#include "nl.h"
#include "print.h"

#define INDENT "    "

static struct nla_policy dev_policy[OVL_TUN_A_DEV_MAX + 1] = {
	[OVL_TUN_A_DEV_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_DEV_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_DEV_CONFIG] = { .type = NLA_NESTED },
	[OVL_TUN_A_DEV_NETNSID] = { .type = NLA_U32 },
	[OVL_TUN_A_DEV_MTU] = { .type = NLA_U32 },
	[OVL_TUN_A_DEV_MTU_AUTO] = { .type = NLA_U8 },
	[OVL_TUN_A_DEV_OVERHEAD] = { .type = NLA_U32 },
	[OVL_TUN_A_DEV_ROUTE_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_DEV_ROUTE_MTU] = { .type = NLA_U32 },
};

static void parse_config(struct rtattr *config[], struct nlattr *nest)
{
	struct nlattr *attr;
	int left, i;

	for (i = 0; i <= IFLA_OVL_TUN_MAX; i++)
		config[i] = NULL;
	nla_for_each_nested(attr, nest, left)
		if (nla_type(attr) <= IFLA_OVL_TUN_MAX)
			config[nla_type(attr)] = (struct rtattr *)attr;
}

static void print_mtu(struct nlattr *tb[])
{
	bool is_auto = tb[OVL_TUN_A_DEV_MTU_AUTO] &&
		       nla_get_u8(tb[OVL_TUN_A_DEV_MTU_AUTO]);

	if (tb[OVL_TUN_A_DEV_MTU])
		print_uint(PRINT_ANY, "mtu", "mtu %u ",
			   nla_get_u32(tb[OVL_TUN_A_DEV_MTU]));
	print_bool(PRINT_JSON, "mtu_auto", NULL, is_auto);
	if (is_auto)
		print_string(PRINT_FP, NULL, "(%s) ", "auto");
	if (tb[OVL_TUN_A_DEV_OVERHEAD])
		print_uint(PRINT_ANY, "overhead", "overhead %u ",
			   nla_get_u32(tb[OVL_TUN_A_DEV_OVERHEAD]));
}

static void print_route(struct nlattr *tb[], bool foreign)
{
	unsigned int ifindex = 0;

	if (tb[OVL_TUN_A_DEV_ROUTE_IFINDEX])
		ifindex = nla_get_u32(tb[OVL_TUN_A_DEV_ROUTE_IFINDEX]);
	if (!ifindex)
		return;
	print_string(PRINT_ANY, "route_dev", "via %s ",
		     link_ifname(ifindex, foreign));
	if (tb[OVL_TUN_A_DEV_ROUTE_MTU])
		print_uint(PRINT_ANY, "route_mtu", "(mtu %u) ",
			   nla_get_u32(tb[OVL_TUN_A_DEV_ROUTE_MTU]));
}

void dev_print(struct nlmsghdr *msg, const char *newline)
{
	struct nlattr *tb[OVL_TUN_A_DEV_MAX + 1];
	struct rtattr *config[IFLA_OVL_TUN_MAX + 1] = { NULL };
	bool foreign;

	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_DEV_MAX, dev_policy) ||
	    !tb[OVL_TUN_A_DEV_IFINDEX] || !tb[OVL_TUN_A_DEV_IFNAME])
		return;
	if (tb[OVL_TUN_A_DEV_CONFIG])
		parse_config(config, tb[OVL_TUN_A_DEV_CONFIG]);
	foreign = tb[OVL_TUN_A_DEV_NETNSID];

	print_uint(PRINT_ANY, "ifindex", "%u: ",
		   nla_get_u32(tb[OVL_TUN_A_DEV_IFINDEX]));
	print_string(PRINT_ANY, "ifname", "%s: ",
		     nla_get_string(tb[OVL_TUN_A_DEV_IFNAME]));
	link_print_layer(config);
	link_print_encap(config);
	link_print_id(config, "vni %u ");
	link_print_endpoints(config, foreign);
	print_mtu(tb);
	print_route(tb, foreign);
	if (foreign)
		print_int(PRINT_ANY, "link_netnsid", "link-netnsid %d ",
			  nla_get_s32(tb[OVL_TUN_A_DEV_NETNSID]));
	print_string(PRINT_FP, NULL, "%s", newline);
	link_print_accept(config);
	link_print_srcport(config);
	link_print_policy(config);
	link_print_source(config);
	link_print_fdb(config);
	link_print_extra(config);
	print_string(PRINT_FP, NULL, "%s", "\n");
}

bool dev_is_foreign(unsigned int ifindex)
{
	struct nl_msg *req = nl_request(OVL_TUN_CMD_DEV_GET, 0);
	struct nl_answers answers = { };
	bool foreign = false;

	if (!req)
		return false;
	nla_put_u32(req, OVL_TUN_A_DEV_IFINDEX, ifindex);
	/* It may have gone meanwhile. */
	if (!nl_ask(req, NL_QUIET, &answers) && answers.count)
		foreign = nlmsg_find_attr(nlmsg_hdr(answers.msg[0]), GENL_HDRLEN,
					  OVL_TUN_A_DEV_NETNSID);
	nl_forget(&answers);
	return foreign;
}

/* Of a device with the fast path: packets that it has taken, and left alone */
static void print_fast(struct nlmsghdr *msg)
{
	static const struct {
		int attr;
		const char *key, *fmt;
	} ways[] = {
		{ OVL_TUN_A_DEV_FAST_TAKEN, "taken", INDENT "fastpath taken %llu" },
		{ OVL_TUN_A_DEV_FAST_WATCHED, "watched", " watched %llu" },
		{ OVL_TUN_A_DEV_FAST_UNJUDGED, "unjudged", " unjudged %llu" },
		{ OVL_TUN_A_DEV_FAST_OTHER, "other", " other %llu\n" },
	};
	const struct nlattr *attr[sizeof(ways) / sizeof(*ways)];
	unsigned int i;

	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		attr[i] = nlmsg_find_attr(msg, GENL_HDRLEN, ways[i].attr);
		if (!attr[i] || nla_len(attr[i]) < (int)sizeof(uint64_t))
			return;
	}
	open_json_object("fastpath_packets");
	for (i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		print_lluint(PRINT_ANY, ways[i].key, ways[i].fmt,
			     nla_get_u64(attr[i]));
	close_json_object();
}

static void print_stats(struct nlmsghdr *msg)
{
	struct nlattr *skipped = nlmsg_find_attr(msg, GENL_HDRLEN,
						 OVL_TUN_A_DEV_OPTIONS_SKIPPED);

	if (skipped && nla_len(skipped) >= (int)sizeof(uint64_t))
		print_lluint(PRINT_ANY, "options_skipped",
			     INDENT "options-skipped %llu\n",
			     nla_get_u64(skipped));
	print_fast(msg);
	drops_print(nlmsg_attrdata(msg, GENL_HDRLEN),
		    nlmsg_attrlen(msg, GENL_HDRLEN), OVL_TUN_A_DEV_DROP);
}

static void show_dev(struct nlmsghdr *answer)
{
	dev_print(answer, "\n" INDENT);
	if (opts.stats)
		print_stats(answer);
}

static enum status dev_show(int argc, char **argv)
{
	unsigned int ifindex = 0;
	enum status status;
	struct nl_msg *req;

	if (argc) {
		status = find_dev(&argc, &argv, &ifindex);
		if (status)
			return status;
		if (argc)
			return excess(*argv);
	}
	req = nl_request(OVL_TUN_CMD_DEV_GET, ifindex ? 0 : NLM_F_DUMP);
	if (!req)
		return STATUS_KERNEL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_DEV_IFINDEX, ifindex);
	return nl_show(req, show_dev);
}

static const struct cmd cmds[] = {
	{ "show", dev_show },
	{ "list", dev_show },
	{ }
};

const struct object dev_object = {
	.name = "dev",
	.usage = "Usage: ovltun dev { show | list } [ [ dev ] NAME ]\n",
	.cmds = cmds,
};
