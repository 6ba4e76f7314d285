// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun vni: the table of a device that was made with vnifilter.
 */
#define _GNU_SOURCE
#include <netlink/genl/genl.h>
#include <stdlib.h>
#include <string.h>

#include "nl.h"
#include "print.h"
#include "vni.h"

#define WORDS_SIZE	64	/* of a request: remote and options, of any length */

static struct nla_policy vni_policy[OVL_TUN_A_VNI_MAX + 1] = {
	[OVL_TUN_A_VNI_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_VNI_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_VNI_STATS] = { .type = NLA_NESTED },
	[OVL_TUN_A_VNI_OPTIONS] = { .type = NLA_STRING },
};

static struct nla_policy range_policy[OVL_TUN_A_VNI_RANGE_MAX + 1] = {
	[OVL_TUN_A_VNI_RANGE_FIRST] = { .type = NLA_U32 },
	[OVL_TUN_A_VNI_RANGE_LAST] = { .type = NLA_U32 },
};

static struct nla_policy stats_policy[OVL_TUN_A_VNI_STATS_MAX + 1] = {
	[OVL_TUN_A_VNI_STATS_RX_PACKETS] = { .type = NLA_U64 },
	[OVL_TUN_A_VNI_STATS_RX_BYTES] = { .type = NLA_U64 },
	[OVL_TUN_A_VNI_STATS_RX_DROPS] = { .type = NLA_U64 },
	[OVL_TUN_A_VNI_STATS_TX_PACKETS] = { .type = NLA_U64 },
	[OVL_TUN_A_VNI_STATS_TX_BYTES] = { .type = NLA_U64 },
	[OVL_TUN_A_VNI_STATS_TX_DROPS] = { .type = NLA_U64 },
};

bool vni_read_range(struct nlattr *nest, struct vni_range *range)
{
	struct nlattr *tb[OVL_TUN_A_VNI_RANGE_MAX + 1];

	if (nla_parse_nested(tb, OVL_TUN_A_VNI_RANGE_MAX, nest, range_policy) ||
	    !tb[OVL_TUN_A_VNI_RANGE_FIRST] || !tb[OVL_TUN_A_VNI_RANGE_LAST])
		return false;
	range->first = nla_get_u32(tb[OVL_TUN_A_VNI_RANGE_FIRST]);
	range->last = nla_get_u32(tb[OVL_TUN_A_VNI_RANGE_LAST]);
	return true;
}

static void print_range(struct nlattr *nest)
{
	struct vni_range range;

	if (!vni_read_range(nest, &range))
		return;
	print_uint(PRINT_ANY, "vni", "vni %u", range.first);
	if (range.last != range.first)
		print_uint(PRINT_ANY, "vni_end", "-%u", range.last);
	print_string(PRINT_FP, NULL, "%s", " ");
}

static bool read_remote(struct nlattr *tb[], struct addr *addr)
{
	struct nlattr *remote = tb[OVL_TUN_A_VNI_REMOTE];

	if (!remote)
		remote = tb[OVL_TUN_A_VNI_REMOTE6];
	return remote && addr_set(addr, nla_data(remote), nla_len(remote),
				  8 * nla_len(remote));
}

bool vni_read(struct nlmsghdr *msg, unsigned int *ifindex,
	      struct vni_range *range, struct addr *remote, char *options)
{
	struct nlattr *tb[OVL_TUN_A_VNI_MAX + 1];

	memset(remote, 0, sizeof(*remote));
	*options = '\0';
	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_VNI_MAX, vni_policy) ||
	    !tb[OVL_TUN_A_VNI_IFINDEX] || !tb[OVL_TUN_A_VNI_RANGE])
		return false;
	*ifindex = nla_get_u32(tb[OVL_TUN_A_VNI_IFINDEX]);
	read_remote(tb, remote);
	if (tb[OVL_TUN_A_VNI_OPTIONS])
		nla_strlcpy(options, tb[OVL_TUN_A_VNI_OPTIONS],
			    OVL_TUN_MAX_SET_NAME + 1);
	return vni_read_range(tb[OVL_TUN_A_VNI_RANGE], range);
}

static void print_u64(struct nlattr *attr, const char *key, const char *fmt)
{
	if (attr)
		print_lluint(PRINT_ANY, key, fmt, nla_get_u64(attr));
}

static void print_stats(struct nlattr *nest)
{
	struct nlattr *tb[OVL_TUN_A_VNI_STATS_MAX + 1];

	if (nla_parse_nested(tb, OVL_TUN_A_VNI_STATS_MAX, nest, stats_policy))
		return;
	open_json_object("stats");
	print_u64(tb[OVL_TUN_A_VNI_STATS_RX_PACKETS], "rx_packets",
		  "\n    rx-packets %llu ");
	print_u64(tb[OVL_TUN_A_VNI_STATS_RX_BYTES], "rx_bytes",
		  "rx-bytes %llu ");
	print_u64(tb[OVL_TUN_A_VNI_STATS_RX_DROPS], "rx_drops",
		  "rx-drops %llu ");
	print_u64(tb[OVL_TUN_A_VNI_STATS_TX_PACKETS], "tx_packets",
		  "tx-packets %llu ");
	print_u64(tb[OVL_TUN_A_VNI_STATS_TX_BYTES], "tx_bytes",
		  "tx-bytes %llu ");
	print_u64(tb[OVL_TUN_A_VNI_STATS_TX_DROPS], "tx_drops",
		  "tx-drops %llu ");
	close_json_object();
}

void vni_print(struct nlmsghdr *msg, struct nlattr *range)
{
	struct nlattr *tb[OVL_TUN_A_VNI_MAX + 1];
	char text[ADDR_TEXT];
	struct addr addr;

	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_VNI_MAX, vni_policy) ||
	    !tb[OVL_TUN_A_VNI_IFINDEX] || !tb[OVL_TUN_A_VNI_IFNAME])
		return;
	print_uint(PRINT_ANY, "ifindex", "%u: ",
		   nla_get_u32(tb[OVL_TUN_A_VNI_IFINDEX]));
	print_string(PRINT_ANY, "ifname", "%s: ",
		     nla_get_string(tb[OVL_TUN_A_VNI_IFNAME]));
	print_range(range);
	if (read_remote(tb, &addr))
		print_string(PRINT_ANY, "remote", "remote %s ",
			     addr_format(&addr, text));
	if (tb[OVL_TUN_A_VNI_OPTIONS])
		print_string(PRINT_ANY, "options", "options %s ",
			     nla_get_string(tb[OVL_TUN_A_VNI_OPTIONS]));
	if (opts.stats && tb[OVL_TUN_A_VNI_STATS])
		print_stats(tb[OVL_TUN_A_VNI_STATS]);
	print_string(PRINT_FP, NULL, "%s", "\n");
}

bool vni_put_range(struct nl_msg *req, const struct vni_range *range)
{
	struct nlattr *nest = nla_nest_start(req, OVL_TUN_A_VNI_RANGE);

	if (!nest || nla_put_u32(req, OVL_TUN_A_VNI_RANGE_FIRST, range->first) ||
	    nla_put_u32(req, OVL_TUN_A_VNI_RANGE_LAST, range->last))
		return false;
	return !nla_nest_end(req, nest);
}

void vni_put_remote(struct nl_msg *req, const struct addr *remote)
{
	if (remote->size)
		nla_put(req, remote->size == ADDR_V4 ? OVL_TUN_A_VNI_REMOTE :
						       OVL_TUN_A_VNI_REMOTE6,
			remote->size, remote->byte);
}

void vni_put_options(struct nl_msg *req, const char *options)
{
	if (*options)
		nla_put_string(req, OVL_TUN_A_VNI_OPTIONS, options);
}

/* "10-20,30" */
static enum status put_ranges(struct nl_msg *req, const char *arg)
{
	/* What is said of them comes behind. */
	const uint32_t most = NL_REQUEST_SIZE - WORDS_SIZE;
	char *text = strdup(arg), *rest = text, *item;
	enum status status = STATUS_OK;
	struct vni_range range;
	const char *why = NULL;

	if (!text)
		return STATUS_KERNEL;
	while (!why && (item = strsep(&rest, ","))) {
		why = parse_vni_range(item, &range);
		if (!why && (nlmsg_hdr(req)->nlmsg_len > most ||
			     !vni_put_range(req, &range)))
			why = "too many ranges at once";
	}
	if (why)
		status = bad_argument(item, why);
	free(text);
	return status;
}

static enum status put_remote(struct nl_msg *req, const char *arg)
{
	struct addr addr;
	const char *why = addr_parse(arg, &addr);

	if (why)
		return bad_argument(arg, why);
	vni_put_remote(req, &addr);
	return STATUS_OK;
}

static enum status put_options(struct nl_msg *req, const char *arg)
{
	const char *why = parse_set_name(arg);

	if (why)
		return bad_argument(arg, why);
	vni_put_options(req, arg);
	return STATUS_OK;
}

/* VNIS [ remote ADDR ] [ options SET ], but for VNIS only with @new */
static enum status put_words(struct nl_msg *req, int argc, char **argv, bool new)
{
	enum status status = put_ranges(req, *argv);
	bool remote = false, options = false, *seen;

	for (argc--, argv++; !status && argc; argc -= 2, argv += 2) {
		seen = !strcmp(*argv, "remote") ? &remote :
		       !strcmp(*argv, "options") ? &options : NULL;
		if (!new || !seen)
			return excess(*argv);
		if (*seen)
			return duplicate(*argv);
		if (argc < 2)
			return incomplete();
		*seen = true;
		status = seen == &remote ? put_remote(req, argv[1]) :
					   put_options(req, argv[1]);
	}
	return status;
}

static enum status change(int cmd, int flags, int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (!argc)
		return incomplete();
	req = nl_request(cmd, flags);
	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_VNI_IFINDEX, ifindex);
	status = put_words(req, argc, argv, cmd == OVL_TUN_CMD_VNI_NEW);
	if (!status)
		return nl_change(req);
	nlmsg_free(req);
	return status;
}

static enum status vni_add(int argc, char **argv)
{
	return change(OVL_TUN_CMD_VNI_NEW, NLM_F_CREATE | NLM_F_EXCL,
		      argc, argv);
}

static enum status vni_replace(int argc, char **argv)
{
	return change(OVL_TUN_CMD_VNI_NEW, NLM_F_CREATE | NLM_F_REPLACE,
		      argc, argv);
}

static enum status vni_change(int argc, char **argv)
{
	return change(OVL_TUN_CMD_VNI_NEW, NLM_F_REPLACE, argc, argv);
}

static enum status vni_del(int argc, char **argv)
{
	return change(OVL_TUN_CMD_VNI_DEL, 0, argc, argv);
}

/* The kernel removes all where none is named. */
static enum status vni_flush(int argc, char **argv)
{
	unsigned int ifindex;
	enum status status;
	struct nl_msg *req;

	status = find_dev(&argc, &argv, &ifindex);
	if (status)
		return status;
	if (argc)
		return excess(*argv);
	req = nl_request(OVL_TUN_CMD_VNI_DEL, 0);
	if (!req)
		return STATUS_KERNEL;
	nla_put_u32(req, OVL_TUN_A_VNI_IFINDEX, ifindex);
	return nl_change(req);
}

static void show_vni(struct nlmsghdr *answer)
{
	struct nlattr *range = nlmsg_find_attr(answer, GENL_HDRLEN,
					       OVL_TUN_A_VNI_RANGE);

	if (range)
		vni_print(answer, range);
}

static enum status vni_show(int argc, char **argv)
{
	unsigned int ifindex = 0;
	enum status status;
	struct nl_msg *req;

	if (argc) {
		status = find_dev(&argc, &argv, &ifindex);
		if (status)
			return status;
	}
	if (argc > 1)
		return excess(argv[1]);
	req = nl_request(OVL_TUN_CMD_VNI_GET, argc ? 0 : NLM_F_DUMP);
	if (!req)
		return STATUS_KERNEL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_VNI_IFINDEX, ifindex);
	if (argc)
		status = put_ranges(req, *argv);
	else if (opts.stats)
		nla_put_flag(req, OVL_TUN_A_VNI_WITH_STATS);
	if (argc && status) {
		nlmsg_free(req);
		return status;
	}
	return nl_show(req, show_vni);
}

static const struct cmd cmds[] = {
	{ "show", vni_show },
	{ "list", vni_show },
	{ "add", vni_add },
	{ "replace", vni_replace },
	{ "change", vni_change },
	{ "delete", vni_del },
	{ "flush", vni_flush },
	{ }
};

const struct object vni_object = {
	.name = "vni",
	.usage =
		"Usage: ovltun vni { show | list } [ [ dev ] NAME [ VNI ] ]\n"
		"       ovltun vni { add | replace | change } [ dev ] NAME VNIS [ remote ADDR ]\n"
		"                  [ options SET ]\n"
		"       ovltun vni del [ dev ] NAME VNIS\n"
		"       ovltun vni flush [ dev ] NAME\n"
		"where  VNIS := VNI[-VNI][,VNI[-VNI]...], e.g. 10,100-199\n"
		"       VNI  := 0-16777215\n",
	.cmds = cmds,
};
