// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun options: the Geneve options that a device sends, written
 * CLASS:TYPE:HEX.
 */
#include <netlink/genl/genl.h>
#include <stdio.h>
#include <string.h>

#include "nl.h"
#include "option.h"
#include "print.h"

#define CRITICAL 0x80	/* bit of the type */

static struct nla_policy option_policy[OVL_TUN_A_OPTION_MAX + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_OPTION_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_OPTION_LEN] = { .type = NLA_U32 },
};

static struct nla_policy opt_policy[OVL_TUN_A_OPT_MAX + 1] = {
	[OVL_TUN_A_OPT_CLASS] = { .type = NLA_U16 },
	[OVL_TUN_A_OPT_TYPE] = { .type = NLA_U8 },
};

bool option_put(struct nl_msg *req, const struct option *option, bool has_data)
{
	struct nlattr *nest = nla_nest_start(req, OVL_TUN_A_OPTION_OPT);

	if (!nest ||
	    nla_put_u16(req, OVL_TUN_A_OPT_CLASS, option->class) ||
	    nla_put_u8(req, OVL_TUN_A_OPT_TYPE, option->type) ||
	    (has_data && nla_put(req, OVL_TUN_A_OPT_DATA, option->len,
				 option->data)))
		return false;
	return !nla_nest_end(req, nest);
}

bool option_read(struct nlattr *nest, struct option *option)
{
	struct nlattr *tb[OVL_TUN_A_OPT_MAX + 1];
	size_t len = 0;

	if (nla_parse_nested(tb, OVL_TUN_A_OPT_MAX, nest, opt_policy) ||
	    !tb[OVL_TUN_A_OPT_CLASS] || !tb[OVL_TUN_A_OPT_TYPE])
		return false;
	if (tb[OVL_TUN_A_OPT_DATA])
		len = nla_len(tb[OVL_TUN_A_OPT_DATA]);
	if (len > sizeof(option->data))
		return false;
	option->class = nla_get_u16(tb[OVL_TUN_A_OPT_CLASS]);
	option->type = nla_get_u8(tb[OVL_TUN_A_OPT_TYPE]);
	option->len = len;
	if (len)
		memcpy(option->data, nla_data(tb[OVL_TUN_A_OPT_DATA]), len);
	return true;
}

/* Options come from @argv, all in one request, so that all or none change. */
static enum status change(int cmd, int flags, int argc, char **argv)
{
	bool has_data = cmd == OVL_TUN_CMD_OPTION_NEW;
	enum status status;
	struct option option;
	unsigned int ifindex;
	struct nl_msg *req;
	const char *why;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (!argc)
		return incomplete();
	req = nl_request(cmd, flags);
	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, ifindex);
	for (; argc; argc--, argv++) {
		why = parse_option(*argv, has_data, &option);
		if (!why && !option_put(req, &option, has_data))
			why = "too many options at once";
		if (why) {
			nlmsg_free(req);
			return bad_argument(*argv, why);
		}
	}
	return nl_change(req);
}

static enum status option_add(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_CREATE | NLM_F_EXCL,
		      argc, argv);
}

static enum status option_replace(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_CREATE | NLM_F_REPLACE,
		      argc, argv);
}

static enum status option_change(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_REPLACE, argc, argv);
}

static enum status option_del(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_DEL, 0, argc, argv);
}

/* The kernel removes all where none is named. */
static enum status option_flush(int argc, char **argv)
{
	enum status status;
	unsigned int ifindex;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	req = nl_request(OVL_TUN_CMD_OPTION_DEL, 0);
	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, ifindex);
	return nl_change(req);
}

static void print_option(struct nlattr *nest, const char *newline)
{
	char hex[2 * OVL_TUN_MAX_OPT_DATA + 1] = "";
	struct option option;
	bool critical;
	size_t i;

	if (!option_read(nest, &option))
		return;
	critical = option.type & CRITICAL;
	for (i = 0; i < option.len; i++)
		sprintf(hex + 2 * i, "%02x", option.data[i]);

	open_json_object(NULL);
	print_string(PRINT_FP, NULL, "%s", newline);
	print_uint(PRINT_ANY, "class", "0x%04x:", option.class);
	print_uint(PRINT_ANY, "type", "0x%02x:", option.type);
	print_string(PRINT_ANY, "data", "%s ", hex);
	print_bool(PRINT_JSON, "critical", NULL, critical);
	if (opts.details) {
		if (critical)
			print_string(PRINT_FP, NULL, "%s ", "critical");
		print_uint(PRINT_FP, NULL, "len %u ", option.len);
	}
	close_json_object();
}

void options_print(struct nlmsghdr *msg, const char *newline)
{
	struct nlattr *tb[OVL_TUN_A_OPTION_MAX + 1], *attr;
	int left;

	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_OPTION_MAX, option_policy) ||
	    !tb[OVL_TUN_A_OPTION_IFINDEX] || !tb[OVL_TUN_A_OPTION_IFNAME])
		return;
	print_uint(PRINT_ANY, "ifindex", "%u: ",
		   nla_get_u32(tb[OVL_TUN_A_OPTION_IFINDEX]));
	print_string(PRINT_ANY, "ifname", "%s: ",
		     nla_get_string(tb[OVL_TUN_A_OPTION_IFNAME]));
	if (tb[OVL_TUN_A_OPTION_LEN])
		print_uint(PRINT_ANY, "len", "len %u ",
			   nla_get_u32(tb[OVL_TUN_A_OPTION_LEN]));
	open_json_array(PRINT_JSON, "options");
	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left)
		if (nla_type(attr) == OVL_TUN_A_OPTION_OPT)
			print_option(attr, newline);
	close_json_array(PRINT_JSON, NULL);
	print_string(PRINT_FP, NULL, "%s", "\n");
}

static void show_options(struct nlmsghdr *answer)
{
	options_print(answer, "\n    ");
}

static enum status option_show(int argc, char **argv)
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
	req = nl_request(OVL_TUN_CMD_OPTION_GET, ifindex ? 0 : NLM_F_DUMP);
	if (!req)
		return STATUS_KERNEL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, ifindex);
	return nl_show(req, show_options);
}

static const struct cmd cmds[] = {
	{ "show", option_show },
	{ "list", option_show },
	{ "add", option_add },
	{ "replace", option_replace },
	{ "change", option_change },
	{ "delete", option_del },
	{ "flush", option_flush },
	{ }
};

const struct object option_object = {
	.name = "options",
	.usage =
		"Usage: ovltun options { show | list } [ [ dev ] NAME ]\n"
		"       ovltun options { add | replace | change } [ dev ] NAME OPTION ...\n"
		"       ovltun options del [ dev ] NAME CLASS:TYPE ...\n"
		"       ovltun options flush [ dev ] NAME\n"
		"where  OPTION := CLASS:TYPE:HEX, e.g. 0x0102:0x80:00010002\n"
		"       CLASS  := 0-65535, TYPE := 0-255 (0x80 and above: critical),\n"
		"       HEX    := 0 to 124 bytes, a multiple of 4\n",
	.cmds = cmds,
};
