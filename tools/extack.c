// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's extended acknowledgments as text.
 */
#include <linux/genetlink.h>
#include <linux/ovl_tun.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>
#include <string.h>

#include "extack.h"

#define MAX_PATH 64

/* struct names - names of an attribute set, as in the YAML description */
struct names {
	int max;
	const char *const *name;
	const struct names *nested;	/* of every attribute that is a nest */
	int nest;			/* type of those */
};

static const char *const opt_attrs[] = {
	[OVL_TUN_A_OPT_CLASS] = "class",
	[OVL_TUN_A_OPT_TYPE] = "type",
	[OVL_TUN_A_OPT_DATA] = "data",
};

static const char *const option_attrs[] = {
	[OVL_TUN_A_OPTION_IFINDEX] = "ifindex",
	[OVL_TUN_A_OPTION_IFNAME] = "ifname",
	[OVL_TUN_A_OPTION_OPT] = "opt",
	[OVL_TUN_A_OPTION_LEN] = "len",
};

static const char *const dev_attrs[] = {
	[OVL_TUN_A_DEV_IFINDEX] = "ifindex",
	[OVL_TUN_A_DEV_IFNAME] = "ifname",
};

static const struct names opt_names = {
	.max = OVL_TUN_A_OPT_MAX, .name = opt_attrs,
};

static const struct names option_names = {
	.max = OVL_TUN_A_OPTION_MAX, .name = option_attrs,
	.nested = &opt_names, .nest = OVL_TUN_A_OPTION_OPT,
};

static const struct names dev_names = {
	.max = OVL_TUN_A_DEV_IFNAME, .name = dev_attrs,
};

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
	default:
		return NULL;
	}
}

static const char *name_of(const struct names *names, int type)
{
	static char number[16];

	if (names && type <= names->max && names->name[type])
		return names->name[type];
	snprintf(number, sizeof(number), "%d", type);
	return number;
}

static void append(char *path, const char *dot, const char *name)
{
	size_t used = strlen(path);

	snprintf(path + used, MAX_PATH - used, "%s%s", dot, name);
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
	unsigned int start;
	int nth = 0;
	char index[16];

	while (nla_ok(attr, left)) {
		start = (const char *)attr - base;
		if (names && nla_type(attr) == names->nest)
			nth++;
		if (offset < start)
			break;
		if (offset >= start + nla_len(attr) + NLA_HDRLEN) {
			attr = nla_next(attr, &left);
			continue;
		}
		append(path, dot, name_of(names, nla_type(attr)));
		if (!names || !names->nested || nla_type(attr) != names->nest)
			return NULL;
		snprintf(index, sizeof(index), "%d", nth);
		append(path, "[", index);
		append(path, "]", "");
		names = names->nested;
		if (offset == start)
			return names;
		left = nla_len(attr);
		attr = nla_data(attr);
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
