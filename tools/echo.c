// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun echo: options of received packets that are sent back with the other
 * packets of their flow.
 */
#include <netlink/genl/genl.h>
#include <string.h>

#include "echo.h"
#include "nl.h"
#include "print.h"
#include "sync.h"

static struct nla_policy echo_policy[OVL_TUN_A_ECHO_MAX + 1] = {
	[OVL_TUN_A_ECHO_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_ECHO_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_ECHO_CLASS] = { .type = NLA_U16 },
	[OVL_TUN_A_ECHO_LIMIT] = { .type = NLA_U32 },
	[OVL_TUN_A_ECHO_TIMEOUT] = { .type = NLA_U32 },
	[OVL_TUN_A_ECHO_STATS] = { .type = NLA_NESTED },
};

static struct nla_policy stats_policy[OVL_TUN_A_ECHO_STATS_MAX + 1] = {
	[OVL_TUN_A_ECHO_STATS_FLOWS] = { .type = NLA_U32 },
	[OVL_TUN_A_ECHO_STATS_ADDED] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_CHANGED] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_EVICTED] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_EXPIRED] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_FLUSHED] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_FULL] = { .type = NLA_U64 },
	[OVL_TUN_A_ECHO_STATS_ATTACHED] = { .type = NLA_U64 },
};

struct nl_msg *echo_request(int cmd, int flags, unsigned int ifindex,
			    const struct echo *echo)
{
	struct nl_msg *req = nl_request(cmd, flags);
	unsigned int i;

	if (!req)
		return NULL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_ECHO_IFINDEX, ifindex);
	if (!echo)
		return req;
	for (i = 0; i < echo->n; i++)
		nla_put_u16(req, OVL_TUN_A_ECHO_CLASS, echo->class[i]);
	if (echo->limit)
		nla_put_u32(req, OVL_TUN_A_ECHO_LIMIT, echo->limit);
	if (echo->timeout)
		nla_put_u32(req, OVL_TUN_A_ECHO_TIMEOUT, echo->timeout);
	return req;
}

static bool read_echo(struct nlmsghdr *msg, struct nlattr *tb[],
		      struct echo *echo)
{
	struct nlattr *attr;
	int left;

	memset(echo, 0, sizeof(*echo));
	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_ECHO_MAX, echo_policy) ||
	    !tb[OVL_TUN_A_ECHO_IFINDEX] || !tb[OVL_TUN_A_ECHO_IFNAME] ||
	    !tb[OVL_TUN_A_ECHO_LIMIT] || !tb[OVL_TUN_A_ECHO_TIMEOUT])
		return false;
	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left)
		if (nla_type(attr) == OVL_TUN_A_ECHO_CLASS &&
		    echo->n < OVL_TUN_MAX_ECHO_CLASSES)
			echo->class[echo->n++] = nla_get_u16(attr);
	echo->limit = nla_get_u32(tb[OVL_TUN_A_ECHO_LIMIT]);
	echo->timeout = nla_get_u32(tb[OVL_TUN_A_ECHO_TIMEOUT]);
	return true;
}

bool echo_read(struct nlmsghdr *msg, unsigned int *ifindex, struct echo *echo)
{
	struct nlattr *tb[OVL_TUN_A_ECHO_MAX + 1];

	if (!read_echo(msg, tb, echo))
		return false;
	*ifindex = nla_get_u32(tb[OVL_TUN_A_ECHO_IFINDEX]);
	return true;
}

static void print_stats(struct nlattr *nest)
{
	static const struct {
		int attr;
		const char *name, *text;
	} counters[] = {
		{ OVL_TUN_A_ECHO_STATS_ADDED, "added", "added %llu " },
		{ OVL_TUN_A_ECHO_STATS_CHANGED, "changed", "changed %llu " },
		{ OVL_TUN_A_ECHO_STATS_EVICTED, "evicted", "evicted %llu " },
		{ OVL_TUN_A_ECHO_STATS_EXPIRED, "expired", "expired %llu " },
		{ OVL_TUN_A_ECHO_STATS_FLUSHED, "flushed", "flushed %llu " },
		{ OVL_TUN_A_ECHO_STATS_FULL, "full", "full %llu " },
		{ OVL_TUN_A_ECHO_STATS_ATTACHED, "attached", "attached %llu " },
	};
	struct nlattr *tb[OVL_TUN_A_ECHO_STATS_MAX + 1];
	size_t i;

	if (!nest ||
	    nla_parse_nested(tb, OVL_TUN_A_ECHO_STATS_MAX, nest, stats_policy))
		return;
	open_json_object("stats");
	if (tb[OVL_TUN_A_ECHO_STATS_FLOWS])
		print_uint(PRINT_ANY, "flows", "\n    flows %u ",
			   nla_get_u32(tb[OVL_TUN_A_ECHO_STATS_FLOWS]));
	for (i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		if (tb[counters[i].attr])
			print_lluint(PRINT_ANY, counters[i].name,
				     counters[i].text,
				     nla_get_u64(tb[counters[i].attr]));
	close_json_object();
}

static void print_classes(const struct echo *echo)
{
	unsigned int i;

	open_json_array(PRINT_JSON, "classes");
	for (i = 0; i < echo->n; i++)
		print_uint(PRINT_JSON, NULL, NULL, echo->class[i]);
	close_json_array(PRINT_JSON, NULL);
}

void echo_print(struct nlmsghdr *msg)
{
	struct nlattr *tb[OVL_TUN_A_ECHO_MAX + 1];
	char text[ECHO_TEXT];
	struct echo echo;

	if (!read_echo(msg, tb, &echo))
		return;
	print_uint(PRINT_ANY, "ifindex", "%u: ",
		   nla_get_u32(tb[OVL_TUN_A_ECHO_IFINDEX]));
	print_string(PRINT_ANY, "ifname", "%s: ",
		     nla_get_string(tb[OVL_TUN_A_ECHO_IFNAME]));
	print_string(PRINT_FP, NULL, "%s ", echo_format(&echo, text));
	if (is_json_context())
		print_classes(&echo);
	print_uint(PRINT_JSON, "limit", NULL, echo.limit);
	print_uint(PRINT_JSON, "timeout", NULL, echo.timeout);
	if (opts.stats)
		print_stats(tb[OVL_TUN_A_ECHO_STATS]);
	print_string(PRINT_FP, NULL, "%s", "\n");
}

static enum status echo_set(int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;
	struct echo echo;
	const char *why, *bad;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (!argc)
		return incomplete();
	why = echo_parse(argc, argv, &echo, &bad);
	if (why)
		return bad_argument(bad, why);
	req = echo_request(OVL_TUN_CMD_ECHO_SET, 0, ifindex, &echo);
	return req ? nl_change(req) : STATUS_KERNEL;
}

/* Commands that take no more than a device */
static enum status simple(int cmd, int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	req = echo_request(cmd, 0, ifindex, NULL);
	if (!req)
		return STATUS_KERNEL;
	return cmd == OVL_TUN_CMD_ECHO_GET ? nl_show(req, echo_print) :
					     nl_change(req);
}

static enum status echo_flush(int argc, char **argv)
{
	return simple(OVL_TUN_CMD_ECHO_FLUSH, argc, argv);
}

static enum status echo_del(int argc, char **argv)
{
	return simple(OVL_TUN_CMD_ECHO_DEL, argc, argv);
}

static enum status echo_show(int argc, char **argv)
{
	struct nl_msg *req;

	if (argc)
		return simple(OVL_TUN_CMD_ECHO_GET, argc, argv);
	req = echo_request(OVL_TUN_CMD_ECHO_GET, NLM_F_DUMP, 0, NULL);
	return req ? nl_show(req, echo_print) : STATUS_KERNEL;
}

/*
 * Of a file: the device's section says it. @have is what there is, if the file
 * is to be all.
 */
enum status sync_echo(const struct sync *sync)
{
	const struct conf *want = sync->want, *have = sync->have;
	enum status status;
	struct nl_msg *req;

	if (want->echo.n) {
		if (!sync->all && have->echo.n &&
		    echo_equal(&want->echo, &have->echo))
			return STATUS_OK;
		req = echo_request(OVL_TUN_CMD_ECHO_SET, 0, sync->ifindex,
				   &want->echo);
	} else {
		if (!want->has_device || !have->echo.n)
			return STATUS_OK;
		req = echo_request(OVL_TUN_CMD_ECHO_DEL, 0, sync->ifindex, NULL);
	}
	status = req ? nl_change(req) : STATUS_KERNEL;
	if (status)
		fprintf(stderr, "%s:%u: echo failed\n", sync->name,
			want->own.line);
	return status;
}

static const struct cmd cmds[] = {
	{ "show", echo_show },
	{ "list", echo_show },
	{ "set", echo_set },
	{ "delete", echo_del },
	{ "flush", echo_flush },
	{ }
};

const struct object echo_object = {
	.name = "echo",
	.usage =
		"Usage: ovltun echo { show | list } [ [ dev ] NAME ]\n"
		"       ovltun echo set [ dev ] NAME [ class CLASS[,CLASS...] ] [ limit FLOWS ]\n"
		"                                    [ timeout SECONDS ]\n"
		"       ovltun echo { del | flush } [ dev ] NAME\n"
		"where  CLASS   := 0-65535, e.g. 0x0108\n"
		"       FLOWS   := 1-1048576\n"
		"       SECONDS := 1-86400\n",
	.cmds = cmds,
};
