// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun rule: what is demanded of received packets, and what they get.
 */
#include <string.h>

#include "link.h"
#include "print.h"
#include "rule_nl.h"

static void print_hex(const char *key, const unsigned char *bytes, size_t len)
{
	char text[2 * OVL_TUN_MAX_OPT_DATA + 1] = "";
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(text + 2 * i, "%02x", bytes[i]);
	print_string(PRINT_JSON, key, NULL, text);
}

static void print_opt(const struct rule_opt *opt)
{
	const char *test = rule_test_name(opt->test);

	open_json_object(NULL);
	print_uint(PRINT_JSON, "class", NULL, opt->class);
	print_uint(PRINT_JSON, "type", NULL, opt->type);
	print_string(PRINT_JSON, "test", NULL, test ? test : "unknown");
	if (opt->has_data) {
		print_hex("data", opt->data, opt->len);
		print_hex("mask", opt->mask, opt->len);
	}
	if (opt->test == OVL_TUN_RULE_TEST_RANGE ||
	    opt->test == OVL_TUN_RULE_TEST_COUNT) {
		print_lluint(PRINT_JSON, "low", NULL, opt->min);
		print_lluint(PRINT_JSON, "high", NULL, opt->max);
	}
	close_json_object();
}

static void print_value(const char *key, const struct rule_value *value)
{
	if (value->from == RULE_FROM_NOWHERE)
		return;
	open_json_object(key);
	if (value->from == RULE_FROM_NUMBER) {
		print_uint(PRINT_JSON, "value", NULL, value->value);
	} else {
		print_uint(PRINT_JSON, "class", NULL, value->class);
		print_uint(PRINT_JSON, "type", NULL, value->type);
		print_0xhex(PRINT_JSON, "mask", NULL, value->mask);
		print_uint(PRINT_JSON, "shift", NULL, value->shift);
	}
	close_json_object();
}

static void print_match(const struct rule *rule)
{
	unsigned int i;

	if (rule->has_peer)
		print_uint(PRINT_JSON, "peer", NULL, rule->peer);
	if (*rule->peer_name)
		print_string(PRINT_JSON, "peer_name", NULL, rule->peer_name);
	if (rule->has_vni) {
		print_uint(PRINT_JSON, "vni", NULL, rule->vni.first);
		if (rule->vni.last != rule->vni.first)
			print_uint(PRINT_JSON, "vni_end", NULL, rule->vni.last);
	}
	if (rule->has_encap)
		link_print_encap_value(rule->encap);
	open_json_array(PRINT_JSON, "options");
	for (i = 0; i < rule->n_opt; i++)
		print_opt(&rule->opt[i]);
	close_json_array(PRINT_JSON, NULL);
}

/* As JSON; text is what can be typed. */
static void print_json(const struct rule *rule)
{
	print_uint(PRINT_JSON, "pref", NULL, rule->pref);
	if (*rule->name)
		print_string(PRINT_JSON, "name", NULL, rule->name);
	print_match(rule);
	print_value("mark", &rule->mark);
	print_value("prio", &rule->prio);
	print_bool(PRINT_JSON, "sample", NULL, rule->sample);
	print_string(PRINT_JSON, "action", NULL,
		     rule->action == OVL_TUN_RULE_ACTION_ACCEPT ? "accept" :
		     rule->action == OVL_TUN_RULE_ACTION_DROP ? "drop" :
							       "none");
}

void rule_print(struct nlmsghdr *msg)
{
	char text[RULE_TEXT];
	struct rule_view view;

	if (!rule_read(msg, &view))
		return;
	print_uint(PRINT_ANY, "ifindex", "%u: ", view.ifindex);
	print_string(PRINT_ANY, "ifname", "%s: ", view.ifname);
	if (is_json_context())
		print_json(&view.rule);
	else
		print_string(PRINT_FP, NULL, "%s",
			     rule_format(&view.rule, RULE_IDENTITY |
					 RULE_MATCH | RULE_ACTION, text));
	if (opts.stats) {
		open_json_object("stats");
		print_lluint(PRINT_ANY, "packets", "\n    packets %llu ",
			     view.packets);
		print_lluint(PRINT_ANY, "drops", "drops %llu ", view.drops);
		close_json_object();
	}
	print_string(PRINT_FP, NULL, "%s", "\n");
}

static enum status change(int flags, bool needs_pref, int argc, char **argv)
{
	struct rule_words words = { };
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;
	const char *why;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	why = rule_parse(&words, argc, argv,
			 RULE_IDENTITY | RULE_MATCH | RULE_ACTION);
	if (why)
		return bad_argument(words.bad, why);
	if (!rule_complete(&words) || (needs_pref && !words.rule.pref))
		return incomplete();
	req = rule_request(OVL_TUN_CMD_RULE_NEW, flags, ifindex, &words.rule);
	return req ? nl_change(req) : STATUS_KERNEL;
}

static enum status rule_add(int argc, char **argv)
{
	return change(NLM_F_CREATE | NLM_F_EXCL, false, argc, argv);
}

static enum status rule_replace(int argc, char **argv)
{
	return change(NLM_F_CREATE | NLM_F_REPLACE, true, argc, argv);
}

static enum status rule_set(int argc, char **argv)
{
	return change(NLM_F_REPLACE, true, argc, argv);
}

/* "[ dev ] NAME [ [ pref ] PREF ]", the latter with @one in any case */
static enum status find_rule(int argc, char **argv, unsigned int *ifindex,
			     struct rule *rule, bool one)
{
	enum status status = find_dev(&argc, &argv, ifindex);
	const char *why;

	memset(rule, 0, sizeof(*rule));
	if (status)
		return status;
	if (argc && !strcmp(*argv, "pref")) {
		argc--;
		argv++;
		one = true;
	}
	if (!argc)
		return one ? incomplete() : STATUS_OK;
	if (argc > 1)
		return excess(argv[1]);
	why = parse_u32(*argv, 1, (__u32)-1, &rule->pref);
	return why ? bad_argument(*argv, why) : STATUS_OK;
}

static enum status rule_del(int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;
	struct rule rule;

	status = find_rule(argc, argv, &ifindex, &rule, true);
	if (status)
		return status;
	req = rule_request(OVL_TUN_CMD_RULE_DEL, 0, ifindex, &rule);
	return req ? nl_change(req) : STATUS_KERNEL;
}

static enum status rule_flush(int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	req = rule_request(OVL_TUN_CMD_RULE_DEL, 0, ifindex, NULL);
	return req ? nl_change(req) : STATUS_KERNEL;
}

static enum status show(int argc, char **argv, bool one)
{
	unsigned int ifindex = 0;
	enum status status;
	struct nl_msg *req;
	struct rule rule = { };

	if (argc || one) {
		status = find_rule(argc, argv, &ifindex, &rule, one);
		if (status)
			return status;
	}
	req = rule_request(OVL_TUN_CMD_RULE_GET, rule.pref ? 0 : NLM_F_DUMP,
			   ifindex, &rule);
	return req ? nl_show(req, rule_print) : STATUS_KERNEL;
}

static enum status rule_show(int argc, char **argv)
{
	return show(argc, argv, false);
}

static enum status rule_get(int argc, char **argv)
{
	return show(argc, argv, true);
}

static const struct cmd cmds[] = {
	{ "show", rule_show },
	{ "list", rule_show },
	{ "add", rule_add },
	{ "replace", rule_replace },
	{ "set", rule_set },
	{ "delete", rule_del },
	{ "flush", rule_flush },
	{ "get", rule_get },
	{ }
};

const struct object rule_object = {
	.name = "rule",
	.usage =
		"Usage: ovltun rule { show | list } [ [ dev ] NAME [ [ pref ] PREF ] ]\n"
		"       ovltun rule { get | del } [ dev ] NAME [ pref ] PREF\n"
		"       ovltun rule add [ dev ] NAME [ pref PREF ] RULE\n"
		"       ovltun rule { replace | set } [ dev ] NAME pref PREF RULE\n"
		"       ovltun rule flush [ dev ] NAME\n"
		"where  RULE   := [ name NAME ] [ MATCH ]... ACTION...\n"
		"       MATCH  := { peer PEER | vni VNI[-VNI] | encap { vxlan | geneve } |\n"
		"                   option CLASS:TYPE[:HEX[/MASK]] |\n"
		"                   option CLASS:TYPE { absent | range N[-N] | times N[-N] } }\n"
		"       ACTION := { require CLASS:TYPE[:HEX[/MASK]] | strip CLASS:TYPE |\n"
		"                   mark VALUE | prio VALUE | sample | count | accept | drop }\n"
		"       VALUE  := { NUMBER | CLASS:TYPE[/MASK][>>SHIFT] }\n"
		"       PREF   := 1-4294967295, the lowest is looked at first\n",
	.cmds = cmds,
};
