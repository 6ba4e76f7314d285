// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun peer: the other nodes of a device.
 */
#include <string.h>

#include "dev.h"
#include "parse.h"
#include "peer_print.h"
#include "peer_words.h"
#include "print.h"

/* Answers as one array of peers; those of a device come one after the other. */
static void show_answers(const struct nl_answers *answers)
{
	unsigned int last = 0;
	struct peer_view view;
	bool foreign = false;
	size_t i = 0;

	open_json_array(PRINT_JSON, NULL);
	while (i < answers->count) {
		i = peer_read(answers, i, &view);
		if (view.ifindex) {
			if (view.ifindex != last)
				foreign = dev_is_foreign(view.ifindex);
			last = view.ifindex;
			open_json_object(NULL);
			peer_print(&view, "\n    ", foreign);
			if (opts.stats)
				peer_print_stats(&view);
			close_json_object();
		}
		peer_free(&view.peer);
	}
	close_json_array(PRINT_JSON, NULL);
}

static enum status show(struct nl_msg *req)
{
	struct nl_answers answers = { };
	enum status status;

	if (!req)
		return STATUS_KERNEL;
	status = nl_ask(req, 0, &answers);
	if (!status)
		show_answers(&answers);
	nl_forget(&answers);
	return status;
}

static enum status show_one(unsigned int ifindex, const char *who)
{
	struct peer_change change = { };
	enum status status = peer_parse_who(who, &change.peer);

	return status ? status : show(peer_request(OVL_TUN_CMD_PEER_GET, 0,
						   ifindex, &change));
}

static enum status peer_show(int argc, char **argv)
{
	unsigned int ifindex = 0;
	enum status status;

	if (argc) {
		status = find_dev(&argc, &argv, &ifindex);
		if (status)
			return status;
	}
	if (argc > 1)
		return excess(argv[1]);
	if (argc)
		return show_one(ifindex, *argv);
	return show(peer_request(OVL_TUN_CMD_PEER_GET, NLM_F_DUMP, ifindex,
				 NULL));
}

/* "ADDRESS", or "ADDRESS vni VNI" */
static enum status show_way(unsigned int ifindex, int argc, char **argv)
{
	struct nl_msg *req;
	struct addr addr;
	const char *why;
	__u32 vni = 0;

	why = addr_parse_any(*argv, &addr);
	if (why)
		return bad_argument(*argv, why);
	if (argc > 1 && strcmp(argv[1], "vni"))
		return excess(argv[1]);
	if (argc == 2)
		return incomplete();
	if (argc > 3)
		return excess(argv[3]);
	if (argc > 1) {
		why = parse_u32(argv[2], 0, OVL_TUN_N_VNI - 1, &vni);
		if (why)
			return bad_argument(argv[2], why);
	}
	req = peer_request(OVL_TUN_CMD_PEER_GET, 0, ifindex, NULL);
	if (req)
		nla_put(req, OVL_TUN_A_PEER_TO, addr.size, addr.byte);
	if (req && argc > 1)
		nla_put_u32(req, OVL_TUN_A_PEER_VNI, vni);
	return show(req);
}

/* A peer called "to" is found as long as nothing follows. */
static enum status peer_get(int argc, char **argv)
{
	enum status status;
	unsigned int ifindex;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (!argc)
		return incomplete();
	if (argc > 1 && !strcmp(*argv, "to"))
		return show_way(ifindex, argc - 1, argv + 1);
	if (argc > 1)
		return excess(argv[1]);
	return show_one(ifindex, *argv);
}

/* The id of the peer that has a name: it is to lose or to change it. */
static enum status find_id(unsigned int ifindex, struct peer *peer)
{
	struct peer_change change = { };
	struct nl_answers answers = { };
	struct peer_view view = { };
	enum status status;
	struct nl_msg *req;

	memcpy(change.peer.name, peer->name, sizeof(peer->name));
	req = peer_request(OVL_TUN_CMD_PEER_GET, 0, ifindex, &change);
	if (!req)
		return STATUS_KERNEL;
	status = nl_ask(req, 0, &answers);
	if (!status && answers.count)
		peer_read(&answers, 0, &view);
	nl_forget(&answers);
	peer_free(&view.peer);
	if (status || !view.ifindex)
		return STATUS_KERNEL;
	peer->id = view.peer.id;
	peer->has_id = true;
	*peer->name = '\0';
	return STATUS_OK;
}

/* Who is meant, and what it is called from now on. */
static enum status name_peer(const char *who, unsigned int ifindex, bool add,
			     struct peer_words *words)
{
	struct peer *peer = &words->change.peer;
	const char *name = words->name;
	enum status status;

	status = peer_parse_who(who, peer);
	if (status || (!name && !words->no_name))
		return status;
	if (!peer->has_id && (!name || strcmp(name, peer->name))) {
		if (add)
			return bad_argument(name, "the peer has a name already");
		status = find_id(ifindex, peer);
		if (status)
			return status;
	}
	if (name)
		snprintf(peer->name, sizeof(peer->name), "%s", name);
	else
		words->change.unset |= OVL_TUN_PEER_FIELD_NAME;
	return STATUS_OK;
}

static enum status change(int cmd, int flags, int argc, char **argv)
{
	struct peer_words words = { .merge = cmd == OVL_TUN_CMD_PEER_SET };
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc < (words.merge ? 2 : 1))
		return incomplete();
	status = peer_parse_words(argc - 1, argv + 1, &words);
	if (!status)
		status = name_peer(*argv, ifindex, flags & NLM_F_EXCL, &words);
	if (!status) {
		req = peer_request(cmd, flags, ifindex, &words.change);
		status = req ? nl_change(req) : STATUS_KERNEL;
	}
	peer_change_free(&words.change);
	return status;
}

static enum status peer_add(int argc, char **argv)
{
	return change(OVL_TUN_CMD_PEER_NEW, NLM_F_CREATE | NLM_F_EXCL,
		      argc, argv);
}

static enum status peer_replace(int argc, char **argv)
{
	return change(OVL_TUN_CMD_PEER_NEW, NLM_F_CREATE | NLM_F_REPLACE,
		      argc, argv);
}

static enum status peer_set(int argc, char **argv)
{
	return change(OVL_TUN_CMD_PEER_SET, 0, argc, argv);
}

/* The kernel removes all that were added where none is named. */
static enum status del(int argc, char **argv, bool all)
{
	struct peer_change which = { };
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (!argc && !all)
		return incomplete();
	if (argc > !all)
		return excess(argv[!all]);
	if (!all)
		status = peer_parse_who(*argv, &which.peer);
	if (status)
		return status;
	req = peer_request(OVL_TUN_CMD_PEER_DEL, 0, ifindex, &which);
	return req ? nl_change(req) : STATUS_KERNEL;
}

static enum status peer_del(int argc, char **argv)
{
	return del(argc, argv, false);
}

static enum status peer_flush(int argc, char **argv)
{
	return del(argc, argv, true);
}

static const struct cmd cmds[] = {
	{ "show", peer_show },
	{ "list", peer_show },
	{ "add", peer_add },
	{ "replace", peer_replace },
	{ "set", peer_set },
	{ "delete", peer_del },
	{ "flush", peer_flush },
	{ "get", peer_get },
	{ }
};

const struct object peer_object = {
	.name = "peer",
	.usage =
		"Usage: ovltun peer { show | list } [ [ dev ] NAME [ PEER ] ]\n"
		"       ovltun peer get [ dev ] NAME { PEER | to ADDRESS [ vni VNI ] }\n"
		"       ovltun peer { add | replace | set } [ dev ] NAME PEER [ SETTING ] ...\n"
		"       ovltun peer del [ dev ] NAME PEER\n"
		"       ovltun peer flush [ dev ] NAME\n"
		"where  PEER    := { ID | PEERNAME }\n"
		"       ADDRESS := { IPv4 | IPv6 | MAC }\n"
		"       SETTING := { name PEERNAME | remote ADDR | dstport PORT | encap ENCAP |\n"
		"                    vni VNI | rxvni VNI | local ADDR | ttl TTL | tos TOS | df DF |\n"
		"                    flowlabel LABEL | [no]udpcsum | [no]udp6zerocsumtx |\n"
		"                    mtu MTU | allowed PREFIXES | mac MACS | options SET |\n"
		"                    nooptions { ignore | drop } }\n"
		"       ENCAP   := { vxlan | geneve },  DF := { unset | set | inherit }\n"
		"       TTL     := { 1..255 | auto | inherit },  TOS := { HEX | inherit }\n"
		"       PREFIXES, MACS := { X[,X...] | none }; in set also { +X | -X }[,...]\n"
		"In place of a value \"default\" takes a setting away: the device's holds again.\n",
	.cmds = cmds,
};
