// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun showconf, setconf, addconf, syncconf: all of a device's peers, options,
 * VNIs and rules as one file.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "echo.h"
#include "option.h"
#include "peer_nl.h"
#include "rule_nl.h"
#include "sync.h"
#include "vni.h"

static void get_set(struct nlmsghdr *msg, struct conf *conf)
{
	struct nlattr *name = nlmsg_find_attr(msg, GENL_HDRLEN,
					      OVL_TUN_A_OPTION_SET);
	struct conf_set *set = &conf->own;
	struct option option;
	struct nlattr *attr;
	int left;

	if (name) {
		set = conf_add_set(conf, 0);
		nla_strlcpy(set->name, name, sizeof(set->name));
	}
	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left)
		if (nla_type(attr) == OVL_TUN_A_OPTION_OPT &&
		    option_read(attr, &option))
			conf_add_option(set, &option);
}

static enum status get_options(unsigned int ifindex, struct conf *conf)
{
	struct nl_msg *req = nl_request(OVL_TUN_CMD_OPTION_GET, NLM_F_DUMP);
	struct nl_answers answers = { };
	enum status status;
	size_t i;

	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_OPTION_IFINDEX, ifindex);
	status = nl_ask(req, NL_EXACT, &answers);
	for (i = 0; !status && i < answers.count; i++)
		get_set(nlmsg_hdr(answers.msg[i]), conf);
	conf->has_device = true;
	nl_forget(&answers);
	return status;
}

static int compare_ids(const void *a, const void *b)
{
	const struct peer *first = a, *second = b;

	return (first->id > second->id) - (first->id < second->id);
}

/* Another program may have given it a name that would be read as another. */
static void check_name(struct peer *peer)
{
	struct peer scratch;

	if (!*peer->name || !peer_parse_name(peer->name, &scratch))
		return;
	fprintf(stderr, "Warning: the name of peer %u fits no file: \"%s\"\n",
		peer->id, peer->name);
	*peer->name = '\0';
}

/* Those that were added here, by their ids */
static enum status get_peers(unsigned int ifindex, struct conf *conf)
{
	struct nl_answers answers = { };
	struct peer_view view;
	enum status status;
	struct nl_msg *req;
	size_t i = 0;

	req = peer_request(OVL_TUN_CMD_PEER_GET, NLM_F_DUMP, ifindex, NULL);
	if (!req)
		return STATUS_KERNEL;
	status = nl_ask(req, NL_EXACT, &answers);
	while (!status && i < answers.count) {
		i = peer_read(&answers, i, &view);
		if (view.ifindex != ifindex || view.peer.implicit) {
			peer_free(&view.peer);
			continue;
		}
		check_name(&view.peer);
		*conf_add_peer(conf, 0) = view.peer;
	}
	nl_forget(&answers);
	if (conf->n)
		qsort(conf->peer, conf->n, sizeof(*conf->peer), compare_ids);
	return status;
}

/* The kernel tells of them in their order; there are none without a table. */
static enum status get_vnis(unsigned int ifindex, struct conf *conf)
{
	struct nl_msg *req = nl_request(OVL_TUN_CMD_VNI_GET, NLM_F_DUMP);
	struct nl_answers answers = { };
	struct conf_vni vni = { }, *added;
	enum status status;
	unsigned int dev;
	size_t i;

	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_VNI_IFINDEX, ifindex);
	status = nl_ask(req, NL_EXACT, &answers);
	for (i = 0; !status && i < answers.count; i++)
		if (vni_read(nlmsg_hdr(answers.msg[i]), &dev, &vni.range,
			     &vni.remote, vni.options) &&
		    dev == ifindex) {
			added = conf_add_vni(conf, &vni.range, 0);
			*added = vni;
		}
	nl_forget(&answers);
	return status;
}

/* The kernel tells of them in their order. */
static enum status get_rules(unsigned int ifindex, struct conf *conf)
{
	struct nl_msg *req = rule_request(OVL_TUN_CMD_RULE_GET, NLM_F_DUMP,
					  ifindex, NULL);
	struct nl_answers answers = { };
	struct rule_view view;
	enum status status;
	size_t i;

	if (!req)
		return STATUS_KERNEL;
	status = nl_ask(req, NL_EXACT, &answers);
	for (i = 0; !status && i < answers.count; i++)
		if (rule_read(nlmsg_hdr(answers.msg[i]), &view) &&
		    view.ifindex == ifindex)
			conf_add_rule(conf, 0)->rule = view.rule;
	nl_forget(&answers);
	return status;
}

/* All of the namespace are asked for: there may be none of the device. */
static enum status get_echo(unsigned int ifindex, struct conf *conf)
{
	struct nl_msg *req = echo_request(OVL_TUN_CMD_ECHO_GET, NLM_F_DUMP, 0,
					  NULL);
	struct nl_answers answers = { };
	enum status status;
	unsigned int dev;
	struct echo echo;
	size_t i;

	if (!req)
		return STATUS_KERNEL;
	status = nl_ask(req, NL_EXACT, &answers);
	for (i = 0; !status && i < answers.count; i++)
		if (echo_read(nlmsg_hdr(answers.msg[i]), &dev, &echo) &&
		    dev == ifindex)
			conf->echo = echo;
	nl_forget(&answers);
	return status;
}

/* What may be in the way of what is added */
static enum status get_added(unsigned int ifindex, struct conf *conf)
{
	enum status status = get_peers(ifindex, conf);

	return status ? status : get_rules(ifindex, conf);
}

static enum status get_conf(unsigned int ifindex, struct conf *conf)
{
	enum status status = get_options(ifindex, conf);

	if (!status)
		status = get_echo(ifindex, conf);
	if (!status)
		status = get_vnis(ifindex, conf);
	return status ? status : get_added(ifindex, conf);
}

static enum status showconf(int argc, char **argv)
{
	struct conf conf = { };
	unsigned int ifindex;
	enum status status;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	status = get_conf(ifindex, &conf);
	if (!status)
		conf_write(stdout, &conf);
	conf_free(&conf);
	return status;
}

static enum status read_file(const char *name, struct conf *conf)
{
	bool is_stdin = !strcmp(name, "-");
	FILE *file = is_stdin ? stdin : fopen(name, "re");
	char error[512];
	bool good;

	if (!file) {
		fprintf(stderr, "Cannot open file \"%s\" for reading: %s\n",
			name, strerror(errno));
		return STATUS_USAGE;
	}
	good = conf_read(file, name, conf, error, sizeof(error));
	if (!is_stdin)
		fclose(file);
	if (good)
		return STATUS_OK;
	fprintf(stderr, "%s\n", error);
	return STATUS_USAGE;
}

/* What a sync has to know of the device itself */
static enum status get_dev(struct sync *sync)
{
	struct nl_msg *req = nl_request(OVL_TUN_CMD_DEV_GET, 0);
	struct nlattr *config = NULL, *attr;
	struct nl_answers answers = { };
	enum status status;
	int left;

	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_DEV_IFINDEX, sync->ifindex);
	status = nl_ask(req, NL_EXACT, &answers);
	sync->vni = OVL_TUN_N_VNI;
	if (!status && answers.count)
		config = nlmsg_find_attr(nlmsg_hdr(answers.msg[0]), GENL_HDRLEN,
					 OVL_TUN_A_DEV_CONFIG);
	if (config)
		nla_for_each_nested(attr, config, left) {
			if (nla_type(attr) == IFLA_OVL_TUN_ID)
				sync->vni = nla_get_u32(attr);
			else if (nla_type(attr) == IFLA_OVL_TUN_LAYER)
				sync->layer3 = nla_get_u8(attr) == 3;
		}
	nl_forget(&answers);
	return status;
}

/* @add: the file is not all that the device is to have */
static enum status apply(int argc, char **argv, bool add, bool all)
{
	struct conf want = { }, have = { };
	struct sync sync = {
		.want = &want, .have = &have, .add = add, .all = all,
	};
	enum status status;

	status = find_dev(&argc, &argv, &sync.ifindex);
	if (status)
		return status;
	if (!argc)
		return incomplete();
	if (argc > 1)
		return excess(argv[1]);
	sync.name = *argv;
	status = read_file(sync.name, &want);
	if (!status)
		status = get_dev(&sync);
	if (!status && add)
		status = get_added(sync.ifindex, &have);
	else if (!status)
		status = get_conf(sync.ifindex, &have);
	if (!status)
		status = sync_run(&sync);
	conf_free(&want);
	conf_free(&have);
	return status;
}

static enum status setconf(int argc, char **argv)
{
	return apply(argc, argv, false, true);
}

static enum status addconf(int argc, char **argv)
{
	return apply(argc, argv, true, true);
}

static enum status syncconf(int argc, char **argv)
{
	return apply(argc, argv, false, false);
}

const struct object showconf_object = {
	.name = "showconf",
	.usage = "Usage: ovltun showconf [ dev ] NAME\n",
	.run = showconf,
};

const struct object setconf_object = {
	.name = "setconf",
	.usage =
		"Usage: ovltun setconf [ dev ] NAME FILE\n"
		"Peers that are not in FILE (\"-\": standard input) go, the others are replaced.\n"
		"If FILE has [Device], so it is with VNIs, sets of options, the echo and rules.\n",
	.run = setconf,
};

const struct object addconf_object = {
	.name = "addconf",
	.usage =
		"Usage: ovltun addconf [ dev ] NAME FILE\n"
		"What is in FILE (\"-\": standard input) is added or replaced, the rest stays.\n",
	.run = addconf,
};

const struct object syncconf_object = {
	.name = "syncconf",
	.usage =
		"Usage: ovltun syncconf [ dev ] NAME FILE\n"
		"Like setconf, but what is as in FILE already is left alone.\n",
	.run = syncconf,
};
