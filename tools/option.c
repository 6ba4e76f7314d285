// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun options: the Geneve options that are sent, in sets, written
 * CLASS:TYPE:VALUE, or by their names in the dictionary.
 */
#include <netlink/genl/genl.h>
#include <stdint.h>
#include <string.h>

#include "dict.h"
#include "nl.h"
#include "option.h"
#include "print.h"

#define CRITICAL 0x80	/* bit of the type */

static struct nla_policy option_policy[OVL_TUN_A_OPTION_MAX + 1] = {
	[OVL_TUN_A_OPTION_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_OPTION_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_OPTION_LEN] = { .type = NLA_U32 },
	[OVL_TUN_A_OPTION_SET] = { .type = NLA_STRING },
	[OVL_TUN_A_OPTION_USERS] = { .type = NLA_U32 },
};

static struct nla_policy opt_policy[OVL_TUN_A_OPT_MAX + 1] = {
	[OVL_TUN_A_OPT_CLASS] = { .type = NLA_U16 },
	[OVL_TUN_A_OPT_TYPE] = { .type = NLA_U8 },
	[OVL_TUN_A_OPT_SOURCE] = { .type = NLA_U8 },
	[OVL_TUN_A_OPT_MASK] = { .type = NLA_U32 },
	[OVL_TUN_A_OPT_SHIFT] = { .type = NLA_U8 },
};

static bool put_value(struct nl_msg *req, const struct option *option)
{
	if (!option->source)
		return !nla_put(req, OVL_TUN_A_OPT_DATA, option->len,
				option->data);
	return !nla_put_u8(req, OVL_TUN_A_OPT_SOURCE, option->source) &&
	       (option_source_wide(option->source) ||
		(!nla_put_u32(req, OVL_TUN_A_OPT_MASK, option->mask) &&
		 !nla_put_u8(req, OVL_TUN_A_OPT_SHIFT, option->shift)));
}

bool option_put(struct nl_msg *req, const struct option *option, bool has_data)
{
	struct nlattr *nest = nla_nest_start(req, OVL_TUN_A_OPTION_OPT);

	if (!nest ||
	    nla_put_u16(req, OVL_TUN_A_OPT_CLASS, option->class) ||
	    nla_put_u8(req, OVL_TUN_A_OPT_TYPE, option->type) ||
	    (has_data && !put_value(req, option)) ||
	    (option->force && nla_put_flag(req, OVL_TUN_A_OPT_FORCE)))
		return false;
	return !nla_nest_end(req, nest);
}

bool option_read(struct nlattr *nest, struct option *option)
{
	struct nlattr *tb[OVL_TUN_A_OPT_MAX + 1];
	size_t len = 0;

	memset(option, 0, sizeof(*option));
	if (nla_parse_nested(tb, OVL_TUN_A_OPT_MAX, nest, opt_policy) ||
	    !tb[OVL_TUN_A_OPT_CLASS] || !tb[OVL_TUN_A_OPT_TYPE])
		return false;
	if (tb[OVL_TUN_A_OPT_DATA])
		len = nla_len(tb[OVL_TUN_A_OPT_DATA]);
	if (len > sizeof(option->data))
		return false;
	option->class = nla_get_u16(tb[OVL_TUN_A_OPT_CLASS]);
	option->type = nla_get_u8(tb[OVL_TUN_A_OPT_TYPE]);
	option->force = option->class < OPTION_CLASS_MIN;
	option->len = len;
	if (len)
		memcpy(option->data, nla_data(tb[OVL_TUN_A_OPT_DATA]), len);
	if (tb[OVL_TUN_A_OPT_SOURCE])
		option->source = nla_get_u8(tb[OVL_TUN_A_OPT_SOURCE]);
	option->mask = tb[OVL_TUN_A_OPT_MASK] ?
		       nla_get_u32(tb[OVL_TUN_A_OPT_MASK]) : UINT32_MAX;
	if (tb[OVL_TUN_A_OPT_SHIFT])
		option->shift = nla_get_u8(tb[OVL_TUN_A_OPT_SHIFT]);
	return true;
}

/* Whose options are meant: those of a set, or the device's own */
struct target {
	unsigned int ifindex;
	const char *set;
};

/* Take "[ dev ] NAME [ set SET ]" from the front of the words. */
static enum status find_target(int *argc, char ***argv, struct target *target)
{
	enum status status = find_dev(argc, argv, &target->ifindex);
	const char *why;

	target->set = NULL;
	if (status || !*argc || strcmp(**argv, "set"))
		return status;
	if (*argc < 2)
		return incomplete();
	target->set = (*argv)[1];
	*argv += 2;
	*argc -= 2;
	why = parse_set_name(target->set);
	return why ? bad_argument(target->set, why) : STATUS_OK;
}

static struct nl_msg *request(int cmd, int flags, const struct target *target)
{
	struct nl_msg *req = nl_request(cmd, flags);

	if (!req)
		return NULL;
	if (target->ifindex)
		nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, target->ifindex);
	if (target->set)
		nla_put_string(req, OVL_TUN_A_OPTION_SET, target->set);
	return req;
}

/*
 * Options come from @argv, all in one request, so that all or none change.
 * @none: a set may be named without any
 */
static enum status change(int cmd, int flags, bool none, int argc, char **argv)
{
	bool has_data = cmd == OVL_TUN_CMD_OPTION_NEW, force = false;
	struct target target;
	enum status status;
	struct option option;
	struct nl_msg *req;
	const char *why;

	status = find_target(&argc, &argv, &target);
	if (status)
		return status;
	if (has_data && argc && !strcmp(*argv, "force")) {
		force = true;
		argc--;
		argv++;
	}
	if (!argc && !(target.set && none && !force))
		return incomplete();
	req = request(cmd, flags, &target);
	if (!req)
		return STATUS_KERNEL;
	for (; argc; argc--, argv++) {
		why = parse_option(*argv, has_data, &option);
		option.force = force;
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
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_CREATE | NLM_F_EXCL, true,
		      argc, argv);
}

static enum status option_replace(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_CREATE | NLM_F_REPLACE,
		      false, argc, argv);
}

static enum status option_change(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_NEW, NLM_F_REPLACE, false, argc, argv);
}

static enum status option_del(int argc, char **argv)
{
	return change(OVL_TUN_CMD_OPTION_DEL, 0, true, argc, argv);
}

/* A set with a name stays, with nothing in it. */
static enum status option_flush(int argc, char **argv)
{
	struct target target;
	enum status status;
	struct nl_msg *req;

	status = find_target(&argc, &argv, &target);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	req = request(OVL_TUN_CMD_OPTION_NEW, 0, &target);
	if (!req)
		return STATUS_KERNEL;
	nla_put_flag(req, OVL_TUN_A_OPTION_WHOLE);
	return nl_change(req);
}

static void print_source(const struct option *option)
{
	const char *name = option_source_name(option->source);

	print_string(PRINT_JSON, "source", NULL, name ? name : "unknown");
	if (option->mask != UINT32_MAX)
		print_0xhex(PRINT_JSON, "mask", NULL, option->mask);
	if (option->shift)
		print_uint(PRINT_JSON, "shift", NULL, option->shift);
}

/* By its name, if it has one and none of its bits is left out so. */
static void print_text(const struct option *option)
{
	char text[DICT_TEXT];

	if (opts.numeric || !dict_format(dict_get(), option, text))
		format_option(option, text);
	print_string(PRINT_FP, NULL, "%s ", text);
}

static void print_json(const struct option *option)
{
	char text[OPTION_TEXT];

	print_uint(PRINT_JSON, "class", NULL, option->class);
	print_uint(PRINT_JSON, "type", NULL, option->type);
	if (option->source)
		print_source(option);
	else
		print_string(PRINT_JSON, "data", NULL,
			     format_value(option, text));
	print_bool(PRINT_JSON, "critical", NULL, option->type & CRITICAL);
	if (!opts.numeric)
		dict_print_json(dict_get(), option);
}

static void print_option(struct nlattr *nest, const char *newline)
{
	struct option option;

	if (!option_read(nest, &option))
		return;
	open_json_object(NULL);
	print_string(PRINT_FP, NULL, "%s", newline);
	if (is_json_context())
		print_json(&option);
	else
		print_text(&option);
	if (opts.details) {
		if (option.type & CRITICAL)
			print_string(PRINT_FP, NULL, "%s ", "critical");
		if (option.source)
			option.len = option_source_wide(option.source) ? 8 : 4;
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
	if (tb[OVL_TUN_A_OPTION_SET])
		print_string(PRINT_ANY, "set", "set %s ",
			     nla_get_string(tb[OVL_TUN_A_OPTION_SET]));
	if (tb[OVL_TUN_A_OPTION_LEN])
		print_uint(PRINT_ANY, "len", "len %u ",
			   nla_get_u32(tb[OVL_TUN_A_OPTION_LEN]));
	if (tb[OVL_TUN_A_OPTION_USERS])
		print_uint(PRINT_ANY, "users", "users %u ",
			   nla_get_u32(tb[OVL_TUN_A_OPTION_USERS]));
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
	struct target target = { };
	enum status status;
	struct nl_msg *req;

	if (argc) {
		status = find_target(&argc, &argv, &target);
		if (status)
			return status;
		if (argc)
			return excess(*argv);
	}
	req = request(OVL_TUN_CMD_OPTION_GET, target.set ? 0 : NLM_F_DUMP,
		      &target);
	return req ? nl_show(req, show_options) : STATUS_KERNEL;
}

static enum status option_dictionary(int argc, char **argv)
{
	if (argc)
		return excess(*argv);
	dict_print(dict_get());
	return STATUS_OK;
}

static enum status option_dissector(int argc, char **argv)
{
	if (argc)
		return excess(*argv);
	dict_write_lua(stdout, dict_get());
	return STATUS_OK;
}

static const struct cmd cmds[] = {
	{ "show", option_show },
	{ "list", option_show },
	{ "add", option_add },
	{ "replace", option_replace },
	{ "change", option_change },
	{ "delete", option_del },
	{ "flush", option_flush },
	{ "dictionary", option_dictionary },
	{ "dissector", option_dissector },
	{ }
};

const struct object option_object = {
	.name = "options",
	.usage =
		"Usage: ovltun options { show | list } [ [ dev ] NAME [ set SET ] ]\n"
		"       ovltun options { add | replace | change } [ dev ] NAME [ set SET ] [ force ]\n"
		"                                                 OPTION ...\n"
		"       ovltun options add [ dev ] NAME set SET\n"
		"       ovltun options del [ dev ] NAME [ set SET ] KEY ...\n"
		"       ovltun options del [ dev ] NAME set SET\n"
		"       ovltun options flush [ dev ] NAME [ set SET ]\n"
		"       ovltun options { dictionary | dissector }\n"
		"where  OPTION := { CLASS:TYPE:VALUE | OPTNAME=CONTENT },\n"
		"                 e.g. 0x0102:0x80:00010002, ovn.ports=ingress:1,egress:2\n"
		"       KEY    := { CLASS:TYPE | OPTNAME }\n"
		"       CLASS  := 0-65535, TYPE := 0-255 (0x80 and above: critical),\n"
		"       VALUE  := { HEX | SOURCE[/MASK][>>SHIFT] | counter | time },\n"
		"       HEX    := 0 to 124 bytes, a multiple of 4\n"
		"       CONTENT := { FIELD:TEXT[,FIELD:TEXT...] | TEXT | SOURCE[/MASK][>>SHIFT] |\n"
		"                    counter | time }, as OPTNAME's entry in the dictionary says\n"
		"       SOURCE := { mark | prio | vlan | hash | vni | iif | classid | peer }\n",
	.cmds = cmds,
};
