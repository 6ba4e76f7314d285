// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's extended acknowledgments as text.
 */
#include <linux/genetlink.h>
#include <linux/ovl_tun.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "extack.h"

#define MAX_PATH 64

/**
 * struct attr_name - what an attribute is called in the YAML description
 * @name: that
 * @nested: the attributes inside of it, NULL if there are none
 * @multi: there may be several alike
 */
struct attr_name {
	const char *name;
	const struct names *nested;
	bool multi;
};

struct names {
	int max;
	const struct attr_name *attr;
};

#define NAMES(set) { sizeof(set) / sizeof((set)[0]) - 1, set }

static const struct attr_name opt_attrs[] = {
	[OVL_TUN_A_OPT_CLASS] = { .name = "class" },
	[OVL_TUN_A_OPT_TYPE] = { .name = "type" },
	[OVL_TUN_A_OPT_DATA] = { .name = "data" },
	[OVL_TUN_A_OPT_SOURCE] = { .name = "source" },
	[OVL_TUN_A_OPT_MASK] = { .name = "mask" },
	[OVL_TUN_A_OPT_SHIFT] = { .name = "shift" },
	[OVL_TUN_A_OPT_FORCE] = { .name = "force" },
};

static const struct names opt_names = NAMES(opt_attrs);

static const struct attr_name option_attrs[] = {
	[OVL_TUN_A_OPTION_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_OPTION_IFNAME] = { .name = "ifname" },
	[OVL_TUN_A_OPTION_OPT] = { "opt", &opt_names, true },
	[OVL_TUN_A_OPTION_LEN] = { .name = "len" },
	[OVL_TUN_A_OPTION_SET] = { .name = "set" },
	[OVL_TUN_A_OPTION_WHOLE] = { .name = "whole" },
};

static const struct names option_names = NAMES(option_attrs);

static const struct attr_name dev_attrs[] = {
	[OVL_TUN_A_DEV_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_DEV_IFNAME] = { .name = "ifname" },
};

static const struct names dev_names = NAMES(dev_attrs);

static const struct attr_name prefix_attrs[] = {
	[OVL_TUN_A_PREFIX_ADDR] = { .name = "addr" },
	[OVL_TUN_A_PREFIX_LEN] = { .name = "len" },
};

static const struct names prefix_names = NAMES(prefix_attrs);

static const struct attr_name peer_attrs[] = {
	[OVL_TUN_A_PEER_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_PEER_IFNAME] = { .name = "ifname" },
	[OVL_TUN_A_PEER_ID] = { .name = "id" },
	[OVL_TUN_A_PEER_NAME] = { .name = "name" },
	[OVL_TUN_A_PEER_IMPLICIT] = { .name = "implicit" },
	[OVL_TUN_A_PEER_REMOTE] = { .name = "remote" },
	[OVL_TUN_A_PEER_REMOTE6] = { .name = "remote6" },
	[OVL_TUN_A_PEER_PORT] = { .name = "port" },
	[OVL_TUN_A_PEER_ENCAP] = { .name = "encap" },
	[OVL_TUN_A_PEER_VNI] = { .name = "vni" },
	[OVL_TUN_A_PEER_RX_VNI] = { .name = "rx-vni" },
	[OVL_TUN_A_PEER_LOCAL] = { .name = "local" },
	[OVL_TUN_A_PEER_LOCAL6] = { .name = "local6" },
	[OVL_TUN_A_PEER_TTL] = { .name = "ttl" },
	[OVL_TUN_A_PEER_TTL_INHERIT] = { .name = "ttl-inherit" },
	[OVL_TUN_A_PEER_TOS] = { .name = "tos" },
	[OVL_TUN_A_PEER_DF] = { .name = "df" },
	[OVL_TUN_A_PEER_LABEL] = { .name = "label" },
	[OVL_TUN_A_PEER_UDP_CSUM] = { .name = "udp-csum" },
	[OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX] = { .name = "udp-zero-csum6-tx" },
	[OVL_TUN_A_PEER_MTU] = { .name = "mtu" },
	[OVL_TUN_A_PEER_UNSET] = { .name = "unset" },
	[OVL_TUN_A_PEER_ALLOWED] = { "allowed", &prefix_names, true },
	[OVL_TUN_A_PEER_ALLOWED_ADD] = { "allowed-add", &prefix_names, true },
	[OVL_TUN_A_PEER_ALLOWED_DEL] = { "allowed-del", &prefix_names, true },
	[OVL_TUN_A_PEER_ALLOWED_NONE] = { .name = "allowed-none" },
	[OVL_TUN_A_PEER_MAC] = { "mac", NULL, true },
	[OVL_TUN_A_PEER_MAC_ADD] = { "mac-add", NULL, true },
	[OVL_TUN_A_PEER_MAC_DEL] = { "mac-del", NULL, true },
	[OVL_TUN_A_PEER_MAC_NONE] = { .name = "mac-none" },
	[OVL_TUN_A_PEER_TO] = { .name = "to" },
	[OVL_TUN_A_PEER_OPTIONS] = { .name = "options" },
	[OVL_TUN_A_PEER_NOOPTIONS] = { .name = "nooptions" },
};

static const struct names peer_names = NAMES(peer_attrs);

static const struct attr_name range_attrs[] = {
	[OVL_TUN_A_VNI_RANGE_FIRST] = { .name = "first" },
	[OVL_TUN_A_VNI_RANGE_LAST] = { .name = "last" },
};

static const struct names range_names = NAMES(range_attrs);

static const struct attr_name vni_attrs[] = {
	[OVL_TUN_A_VNI_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_VNI_IFNAME] = { .name = "ifname" },
	[OVL_TUN_A_VNI_RANGE] = { "range", &range_names, true },
	[OVL_TUN_A_VNI_REMOTE] = { .name = "remote" },
	[OVL_TUN_A_VNI_REMOTE6] = { .name = "remote6" },
	[OVL_TUN_A_VNI_WITH_STATS] = { .name = "with-stats" },
	[OVL_TUN_A_VNI_OPTIONS] = { .name = "options" },
};

static const struct names vni_names = NAMES(vni_attrs);

static const struct attr_name echo_attrs[] = {
	[OVL_TUN_A_ECHO_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_ECHO_IFNAME] = { .name = "ifname" },
	[OVL_TUN_A_ECHO_CLASS] = { "class", NULL, true },
	[OVL_TUN_A_ECHO_LIMIT] = { .name = "limit" },
	[OVL_TUN_A_ECHO_TIMEOUT] = { .name = "timeout" },
};

static const struct names echo_names = NAMES(echo_attrs);

static const struct attr_name rule_opt_attrs[] = {
	[OVL_TUN_A_RULE_OPT_CLASS] = { .name = "class" },
	[OVL_TUN_A_RULE_OPT_TYPE] = { .name = "type" },
	[OVL_TUN_A_RULE_OPT_TEST] = { .name = "test" },
	[OVL_TUN_A_RULE_OPT_DATA] = { .name = "data" },
	[OVL_TUN_A_RULE_OPT_MASK] = { .name = "mask" },
	[OVL_TUN_A_RULE_OPT_LOW] = { .name = "low" },
	[OVL_TUN_A_RULE_OPT_HIGH] = { .name = "high" },
};

static const struct names rule_opt_names = NAMES(rule_opt_attrs);

static const struct attr_name rule_value_attrs[] = {
	[OVL_TUN_A_RULE_VALUE_VALUE] = { .name = "value" },
	[OVL_TUN_A_RULE_VALUE_CLASS] = { .name = "class" },
	[OVL_TUN_A_RULE_VALUE_TYPE] = { .name = "type" },
	[OVL_TUN_A_RULE_VALUE_MASK] = { .name = "mask" },
	[OVL_TUN_A_RULE_VALUE_SHIFT] = { .name = "shift" },
};

static const struct names rule_value_names = NAMES(rule_value_attrs);

static const struct attr_name rule_attrs[] = {
	[OVL_TUN_A_RULE_IFINDEX] = { .name = "ifindex" },
	[OVL_TUN_A_RULE_IFNAME] = { .name = "ifname" },
	[OVL_TUN_A_RULE_PREF] = { .name = "pref" },
	[OVL_TUN_A_RULE_NAME] = { .name = "name" },
	[OVL_TUN_A_RULE_PEER] = { .name = "peer" },
	[OVL_TUN_A_RULE_PEER_NAME] = { .name = "peer-name" },
	[OVL_TUN_A_RULE_VNI] = { "vni", &range_names, false },
	[OVL_TUN_A_RULE_ENCAP] = { .name = "encap" },
	[OVL_TUN_A_RULE_OPT] = { "opt", &rule_opt_names, true },
	[OVL_TUN_A_RULE_ACTION] = { .name = "action" },
	[OVL_TUN_A_RULE_MARK] = { "mark", &rule_value_names, false },
	[OVL_TUN_A_RULE_PRIO] = { "prio", &rule_value_names, false },
	[OVL_TUN_A_RULE_SAMPLE] = { .name = "sample" },
};

static const struct names rule_names = NAMES(rule_attrs);

static const struct names *names_of(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = nlmsg_data(request);

	switch (genl->cmd) {
	case OVL_TUN_CMD_DEV_GET:
		return &dev_names;
	case OVL_TUN_CMD_OPTION_GET:
	case OVL_TUN_CMD_OPTION_NEW:
	case OVL_TUN_CMD_OPTION_DEL:
		return &option_names;
	case OVL_TUN_CMD_PEER_GET:
	case OVL_TUN_CMD_PEER_NEW:
	case OVL_TUN_CMD_PEER_SET:
	case OVL_TUN_CMD_PEER_DEL:
		return &peer_names;
	case OVL_TUN_CMD_VNI_GET:
	case OVL_TUN_CMD_VNI_NEW:
	case OVL_TUN_CMD_VNI_DEL:
		return &vni_names;
	case OVL_TUN_CMD_ECHO_GET:
	case OVL_TUN_CMD_ECHO_SET:
	case OVL_TUN_CMD_ECHO_FLUSH:
	case OVL_TUN_CMD_ECHO_DEL:
		return &echo_names;
	case OVL_TUN_CMD_RULE_GET:
	case OVL_TUN_CMD_RULE_NEW:
	case OVL_TUN_CMD_RULE_DEL:
		return &rule_names;
	default:
		return NULL;
	}
}

static const struct attr_name *find_name(const struct names *names, int type)
{
	static const struct attr_name unknown;

	return names && type <= names->max ? &names->attr[type] : &unknown;
}

static const char *name_of(const struct names *names, int type)
{
	const char *name = find_name(names, type)->name;
	static char number[16];

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", type);
	return number;
}

static void append(char *path, const char *dot, const char *name)
{
	size_t used = strlen(path);

	snprintf(path + used, MAX_PATH - used, "%s%s", dot, name);
}

/* Which of the attributes of its type @attr is, from 1 */
static int nth_of(const struct nlattr *first, const struct nlattr *attr)
{
	int nth = 1, left = (const char *)attr - (const char *)first;

	for (; left > 0; first = nla_next(first, &left))
		if (nla_type(first) == nla_type(attr))
			nth++;
	return nth;
}

/*
 * Write into @path which attribute of @request stands at @offset, the nests
 * around it included; the n-th of several alike gets "[n]", from 1. Returns
 * the names that hold inside of that attribute.
 */
static const struct names *find_attr(const struct nlmsghdr *request,
				     unsigned int offset, char *path)
{
	const char *base = (const char *)request, *dot = "";
	const struct names *names = names_of(request);
	struct nlattr *attr = nlmsg_attrdata(request, GENL_HDRLEN);
	int left = nlmsg_attrlen(request, GENL_HDRLEN);
	struct nlattr *first = attr;
	const struct attr_name *name;
	unsigned int start;
	char index[16];

	while (nla_ok(attr, left)) {
		start = (const char *)attr - base;
		if (offset < start)
			break;
		if (offset >= start + nla_len(attr) + NLA_HDRLEN) {
			attr = nla_next(attr, &left);
			continue;
		}
		name = find_name(names, nla_type(attr));
		append(path, dot, name_of(names, nla_type(attr)));
		if (name->multi) {
			snprintf(index, sizeof(index), "[%d]",
				 nth_of(first, attr));
			append(path, index, "");
		}
		names = name->nested;
		if (!names || offset == start)
			return names;
		left = nla_len(attr);
		attr = nla_data(attr);
		first = attr;
		dot = ".";
	}
	return names;
}

/* The attributes of an acknowledgment, by their type. */
static void parse(const struct nlmsghdr *answer, struct nlattr *tb[])
{
	int fixed = sizeof(int);
	const struct nlmsgerr *err;

	memset(tb, 0, (NLMSGERR_ATTR_MAX + 1) * sizeof(*tb));
	if (!(answer->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (answer->nlmsg_type == NLMSG_ERROR) {
		err = nlmsg_data(answer);
		fixed = sizeof(*err);
		if (!(answer->nlmsg_flags & NLM_F_CAPPED))
			fixed += NLMSG_ALIGN(err->msg.nlmsg_len) - NLMSG_HDRLEN;
	}
	if (nlmsg_attrlen(answer, fixed) > 0)
		nla_parse(tb, NLMSGERR_ATTR_MAX, nlmsg_attrdata(answer, fixed),
			  nlmsg_attrlen(answer, fixed), NULL);
}

static const char *last_name(const char *path)
{
	const char *dot = strrchr(path, '.');

	return dot ? dot + 1 : path;
}

/* Like iproute2: with one full stop at the end. */
static void print_message(const char *kind, const char *message, const char *path)
{
	size_t len = strlen(message);

	fprintf(stderr, "%s: %s", kind, message);
	/* The netlink core's messages don't say which. */
	if (*path && !strstr(message, last_name(path)))
		fprintf(stderr, " (attribute %s).\n", path);
	else
		fprintf(stderr, "%s\n", len && message[len - 1] == '.' ? "" : ".");
}

void extack_print(const struct nlmsghdr *request, const struct nlmsghdr *answer,
		  int err)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];
	const struct names *names;
	char path[MAX_PATH] = "", missing[MAX_PATH] = "";

	parse(answer, tb);
	if (tb[NLMSGERR_ATTR_OFFS])
		find_attr(request, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]), path);
	if (tb[NLMSGERR_ATTR_MISS_TYPE]) {
		names = names_of(request);
		if (tb[NLMSGERR_ATTR_MISS_NEST]) {
			names = find_attr(request,
					  nla_get_u32(tb[NLMSGERR_ATTR_MISS_NEST]),
					  missing);
			append(missing, ".", "");
		}
		append(missing, "",
		       name_of(names, nla_get_u32(tb[NLMSGERR_ATTR_MISS_TYPE])));
	}

	if (tb[NLMSGERR_ATTR_MSG])
		print_message(err ? "Error" : "Warning",
			      nla_get_string(tb[NLMSGERR_ATTR_MSG]),
			      *path ? path : missing);
	else if (err && *missing)
		fprintf(stderr, "Error: attribute %s is missing.\n", missing);
	else if (err && *path)
		fprintf(stderr, "Error: attribute %s: %s.\n", path, strerror(-err));
	else if (err)
		fprintf(stderr, "ovltun: %s\n", strerror(-err));
}
