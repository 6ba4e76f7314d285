// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun monitor: what changes, as it changes.
 */
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <sys/time.h>
#include <time.h>

#include "dev.h"
#include "echo.h"
#include "link.h"
#include "nl.h"
#include "option.h"
#include "peer_print.h"
#include "print.h"
#include "rule_nl.h"
#include "vni.h"

/* Kinds of events, a bit each */
enum {
	SHOW_DEVS = 1,
	SHOW_OPTIONS = 2,
	SHOW_PEERS = 4,
	SHOW_VNIS = 8,
	SHOW_RULES = 16,
	SHOW_ECHO = 32,
	SHOW_CONFIG = SHOW_DEVS | SHOW_OPTIONS | SHOW_PEERS | SHOW_VNIS |
		      SHOW_RULES | SHOW_ECHO,
};

static int shown;

static struct nla_policy sample_policy[OVL_TUN_A_SAMPLE_MAX + 1] = {
	[OVL_TUN_A_SAMPLE_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_SAMPLE_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_SAMPLE_REASON] = { .type = NLA_U32 },
	[OVL_TUN_A_SAMPLE_NAME] = { .type = NLA_STRING },
	[OVL_TUN_A_SAMPLE_ENCAP] = { .type = NLA_U8 },
	[OVL_TUN_A_SAMPLE_VNI] = { .type = NLA_U32 },
	[OVL_TUN_A_SAMPLE_MISSED] = { .type = NLA_U32 },
	[OVL_TUN_A_SAMPLE_RULE] = { .type = NLA_U32 },
	[OVL_TUN_A_SAMPLE_RULE_NAME] = { .type = NLA_STRING },
};

static void print_timestamp(void)
{
	char text[64];
	struct timeval now;
	struct tm tm;

	gettimeofday(&now, NULL);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S",
		 localtime_r(&now.tv_sec, &tm));
	snprintf(text + 19, sizeof(text) - 19, ".%06ld", (long)now.tv_usec);
	print_string(PRINT_ANY, "timestamp", "[%s] ", text);
}

static void begin(const char *event)
{
	open_json_object(NULL);
	if (opts.timestamp)
		print_timestamp();
	print_string(PRINT_JSON, "event", NULL, event);
}

/* Device of the last peer, and where its underlay is; 0 when it may have moved */
static unsigned int last_dev;
static bool last_foreign;

static void show_peer(struct nlmsghdr *msg)
{
	struct peer_view view;

	if (peer_read_msg(msg, &view)) {
		if (view.ifindex != last_dev)
			last_foreign = dev_is_foreign(view.ifindex);
		last_dev = view.ifindex;
		peer_print(&view, "", last_foreign);
	}
	peer_free(&view.peer);
}

static bool is_del(unsigned int cmd)
{
	return cmd == OVL_TUN_CMD_DEV_DEL_NTF ||
	       cmd == OVL_TUN_CMD_OPTION_DEL_NTF ||
	       cmd == OVL_TUN_CMD_PEER_DEL_NTF ||
	       cmd == OVL_TUN_CMD_VNI_DEL_NTF ||
	       cmd == OVL_TUN_CMD_RULE_DEL_NTF ||
	       cmd == OVL_TUN_CMD_ECHO_DEL_NTF;
}

static void begin_config(const char *event, unsigned int cmd)
{
	begin(event);
	if (is_del(cmd))
		print_string(PRINT_FP, NULL, "%s ", "Deleted");
}

/* A message may have many ranges: each is an event. */
static void show_vnis(struct nlmsghdr *msg, const char *event, unsigned int cmd)
{
	struct nlattr *attr;
	int left;

	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left) {
		if (nla_type(attr) != OVL_TUN_A_VNI_RANGE)
			continue;
		begin_config(event, cmd);
		vni_print(msg, attr);
		close_json_object();
	}
}

static void show_event(struct nlmsghdr *msg)
{
	static const struct {
		int kind;
		const char *name;
	} events[OVL_TUN_CMD_MAX + 1] = {
		[OVL_TUN_CMD_DEV_NTF] = { SHOW_DEVS, "dev" },
		[OVL_TUN_CMD_DEV_DEL_NTF] = { SHOW_DEVS, "dev-del" },
		[OVL_TUN_CMD_OPTION_NTF] = { SHOW_OPTIONS, "options" },
		[OVL_TUN_CMD_OPTION_DEL_NTF] = { SHOW_OPTIONS, "options-del" },
		[OVL_TUN_CMD_PEER_NTF] = { SHOW_PEERS, "peer" },
		[OVL_TUN_CMD_PEER_DEL_NTF] = { SHOW_PEERS, "peer-del" },
		[OVL_TUN_CMD_VNI_NTF] = { SHOW_VNIS, "vni" },
		[OVL_TUN_CMD_VNI_DEL_NTF] = { SHOW_VNIS, "vni-del" },
		[OVL_TUN_CMD_RULE_NTF] = { SHOW_RULES, "rule" },
		[OVL_TUN_CMD_RULE_DEL_NTF] = { SHOW_RULES, "rule-del" },
		[OVL_TUN_CMD_ECHO_NTF] = { SHOW_ECHO, "echo" },
		[OVL_TUN_CMD_ECHO_DEL_NTF] = { SHOW_ECHO, "echo-del" },
	};
	unsigned int cmd = ((struct genlmsghdr *)nlmsg_data(msg))->cmd;

	if (cmd == OVL_TUN_CMD_DEV_NTF || cmd == OVL_TUN_CMD_DEV_DEL_NTF)
		last_dev = 0;
	if (cmd > OVL_TUN_CMD_MAX || !(events[cmd].kind & shown))
		return;
	if (events[cmd].kind == SHOW_VNIS) {
		show_vnis(msg, events[cmd].name, cmd);
		return;
	}
	begin_config(events[cmd].name, cmd);
	if (events[cmd].kind == SHOW_DEVS)
		dev_print(msg, "");
	else if (events[cmd].kind == SHOW_OPTIONS)
		options_print(msg, "");
	else if (events[cmd].kind == SHOW_RULES)
		rule_print(msg);
	else if (events[cmd].kind == SHOW_ECHO)
		echo_print(msg);
	else
		show_peer(msg);
	close_json_object();
}

static void print_source(struct nlattr *tb[])
{
	struct nlattr *attr = tb[OVL_TUN_A_SAMPLE_SOURCE];
	char text[ADDR_TEXT];
	struct addr addr;

	if (!attr)
		attr = tb[OVL_TUN_A_SAMPLE_SOURCE6];
	if (attr && addr_set(&addr, nla_data(attr), nla_len(attr),
			     8 * nla_len(attr)))
		print_string(PRINT_ANY, "source", "from %s ",
			     addr_format(&addr, text));
}

static void print_rule(struct nlattr *tb[])
{
	if (!tb[OVL_TUN_A_SAMPLE_RULE])
		return;
	print_uint(PRINT_ANY, "rule", "rule %u ",
		   nla_get_u32(tb[OVL_TUN_A_SAMPLE_RULE]));
	if (tb[OVL_TUN_A_SAMPLE_RULE_NAME])
		print_string(PRINT_ANY, "rule_name", "name %s ",
			     nla_get_string(tb[OVL_TUN_A_SAMPLE_RULE_NAME]));
}

/* The kernel names its reasons, so that a newer one's are printed too. One
 * without is of a rule that wants to be told of what it meets.
 */
static void show_sample(struct nlmsghdr *msg)
{
	struct nlattr *tb[OVL_TUN_A_SAMPLE_MAX + 1];
	struct genlmsghdr *genl = nlmsg_data(msg);

	if (genl->cmd != OVL_TUN_CMD_DROP_NTF ||
	    genlmsg_parse(msg, 0, tb, OVL_TUN_A_SAMPLE_MAX, sample_policy) ||
	    (!tb[OVL_TUN_A_SAMPLE_NAME] && !tb[OVL_TUN_A_SAMPLE_RULE]))
		return;
	begin(tb[OVL_TUN_A_SAMPLE_NAME] ? "drop" : "sample");
	if (tb[OVL_TUN_A_SAMPLE_IFINDEX])
		print_uint(PRINT_ANY, "ifindex", "%u: ",
			   nla_get_u32(tb[OVL_TUN_A_SAMPLE_IFINDEX]));
	if (tb[OVL_TUN_A_SAMPLE_IFNAME])
		print_string(PRINT_ANY, "ifname", "%s: ",
			     nla_get_string(tb[OVL_TUN_A_SAMPLE_IFNAME]));
	if (tb[OVL_TUN_A_SAMPLE_NAME])
		print_string(PRINT_ANY, "reason", "drop %s ",
			     nla_get_string(tb[OVL_TUN_A_SAMPLE_NAME]));
	else
		print_string(PRINT_FP, NULL, "%s ", "sample");
	print_rule(tb);
	print_source(tb);
	if (tb[OVL_TUN_A_SAMPLE_ENCAP])
		link_print_encap_value(nla_get_u8(tb[OVL_TUN_A_SAMPLE_ENCAP]));
	if (tb[OVL_TUN_A_SAMPLE_VNI])
		print_uint(PRINT_ANY, "vni", "vni %u ",
			   nla_get_u32(tb[OVL_TUN_A_SAMPLE_VNI]));
	if (tb[OVL_TUN_A_SAMPLE_MISSED])
		print_uint(PRINT_ANY, "missed", "missed %u ",
			   nla_get_u32(tb[OVL_TUN_A_SAMPLE_MISSED]));
	print_string(PRINT_FP, NULL, "%s", "\n");
	close_json_object();
}

static enum status monitor(int argc, char **argv, int kinds)
{
	if (argc)
		return excess(*argv);
	shown = kinds;
	return nl_monitor(OVL_TUN_MCGRP_CONFIG, show_event);
}

static enum status monitor_all(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_CONFIG);
}

static enum status monitor_dev(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_DEVS);
}

static enum status monitor_options(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_OPTIONS);
}

static enum status monitor_peer(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_PEERS);
}

static enum status monitor_vni(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_VNIS);
}

static enum status monitor_rule(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_RULES);
}

static enum status monitor_echo(int argc, char **argv)
{
	return monitor(argc, argv, SHOW_ECHO);
}

static enum status monitor_drops(int argc, char **argv)
{
	if (argc)
		return excess(*argv);
	return nl_monitor(OVL_TUN_MCGRP_DROPS, show_sample);
}

static const struct cmd cmds[] = {
	{ "all", monitor_all },
	{ "dev", monitor_dev },
	{ "options", monitor_options },
	{ "peer", monitor_peer },
	{ "vni", monitor_vni },
	{ "rule", monitor_rule },
	{ "echo", monitor_echo },
	{ "drops", monitor_drops },
	{ }
};

const struct object monitor_object = {
	.name = "monitor",
	.usage =
		"Usage: ovltun monitor [ all | dev | options | peer | vni | rule | echo |\n"
		"                        drops ]\n",
	.cmds = cmds,
};
