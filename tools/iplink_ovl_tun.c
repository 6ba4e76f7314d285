// SPDX-License-Identifier: GPL-2.0
/*
 * The link type "ovl-tun" for iproute2's `ip`, spelled as vxlan and geneve are
 * there. Built as link_ovl-tun.so, which `ip` finds in its plugin folder.
 */
#include <arpa/inet.h>
#include <linux/ovl_tun.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "iproute2.h"
#include "link.h"

#define MAX_REQUEST 1024	/* the room that `ip` has for a message */
#define MAX_LABEL 0xfffff

/**
 * struct args - the words of a command while they are read
 * @argc: how many are left, the current one included
 * @argv: the current one and those that follow
 * @n: message that gets the attributes
 * @seen: attributes that were named, a bit each
 * @remote: address, NULL until it was named
 * @group: @remote was called a group
 * @local: likewise
 */
struct args {
	int argc;
	char **argv;
	struct nlmsghdr *n;
	__u64 seen;
	const char *remote, *local;
	bool group;
};

struct keyword {
	const char *word;
	int attr;
	void (*parse)(struct args *args, int attr);
};

static void print_usage(FILE *f)
{
	fprintf(f,
		"Usage: ... ovl-tun [ id VNI | [no]external [ vnifilter ] | vnifilter ]\n"
		"		[ { remote | group } ADDR ]\n"
		"		[ local ADDR ]\n"
		"		[ dev { PHYS_DEV | any } ]\n"
		"		[ encap ENCAP ]\n"
		"		[ accept { ENCAP | both } ]\n"
		"		[ dstport PORT ]\n"
		"		[ vxlanport PORT ]\n"
		"		[ geneveport PORT ]\n"
		"		[ srcport MIN MAX ]\n"
		"		[ ttl TTL ]\n"
		"		[ tos TOS ]\n"
		"		[ df DF ]\n"
		"		[ flowlabel LABEL ]\n"
		"		[ [no]udpcsum ]\n"
		"		[ [no]udp6zerocsumtx ]\n"
		"		[ [no]udp6zerocsumrx ]\n"
		"		[ layer3 ]\n"
		"		[ source SOURCE ]\n"
		"		[ mac MAC ]\n"
		"		[ [no]learning ]\n"
		"		[ ageing SECONDS ]\n"
		"		[ maxaddress NUMBER ]\n"
		"		[ [no]proxy ]\n"
		"		[ [no]rsc ]\n"
		"		[ [no]l2miss ]\n"
		"		[ [no]l3miss ]\n"
		"		[ [no]gbp ]\n"
		"		[ nooptions { ignore | drop } ]\n"
		"		[ [no]fastpath ]\n"
		"\n"
		"Where:	VNI	:= 0-16777215\n"
		"	ADDR	:= { IP_ADDRESS | any }\n"
		"	ENCAP	:= { vxlan | geneve }\n"
		"	TTL	:= { 1..255 | auto | inherit }\n"
		"	TOS	:= { NUMBER | inherit }\n"
		"	DF	:= { unset | set | inherit }\n"
		"	LABEL	:= 0-1048575\n"
		"	SOURCE	:= { auto | strict | learn | any }\n"
		"\n"
		"layer3, only at creation, makes a device that carries IP packets; mac is its\n"
		"inner address towards peers that have one.\n"
		"vnifilter, only at creation, makes a device with a table of VNIs (ovltun vni),\n"
		"one for each VLAN of a bridge.\n"
		"external, only at creation, makes a device whose packets say themselves where\n"
		"they go, by tc, OVS, BPF or a route; with vnifilter it receives the table's VNIs.\n"
		"dstport is the port of the encapsulation that the device sends.\n");
}

/* The word after the current one becomes it. */
static char *next_arg(struct args *args)
{
	args->argv++;
	if (--args->argc <= 0)
		incomplete_command();
	return *args->argv;
}

static void seen(struct args *args, int attr, const char *key)
{
	if (args->seen & (1ULL << attr))
		duparg2(key, *args->argv);
	args->seen |= 1ULL << attr;
}

/* The value of the current keyword, which may be given once. */
static char *value_of(struct args *args, int attr, const char *key)
{
	char *value = next_arg(args);

	seen(args, attr, key);
	return value;
}

static void add(struct args *args, int attr, const void *data, int len)
{
	if (addattr_l(args->n, MAX_REQUEST, attr, data, len))
		exit(EXIT_FAILURE);
}

static void add_u8(struct args *args, int attr, __u8 value)
{
	add(args, attr, &value, sizeof(value));
}

static void add_be16(struct args *args, int attr, __u16 value)
{
	value = htons(value);
	add(args, attr, &value, sizeof(value));
}

static void add_u32(struct args *args, int attr, __u32 value)
{
	add(args, attr, &value, sizeof(value));
}

static void parse_id(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "id");
	__u32 vni;

	if (get_u32(&vni, arg, 0) || vni >= OVL_TUN_N_VNI)
		invarg("invalid id", arg);
	add_u32(args, attr, vni);
}

static void parse_remote(struct args *args, int attr)
{
	args->remote = value_of(args, attr, "remote");
}

static void parse_group(struct args *args, int attr)
{
	args->remote = value_of(args, attr, "group");
	args->group = true;
}

static void parse_local(struct args *args, int attr)
{
	args->local = value_of(args, attr, "local");
}

static void parse_dev(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "dev");
	unsigned int link = ll_name_to_index(arg);

	if (!link && strcmp(arg, "any"))
		exit(nodev(arg));
	add_u32(args, attr, link);
}

static void parse_ttl(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "ttl");
	__u32 ttl = 0;

	if (!strcmp(arg, "inherit")) {
		add_u8(args, IFLA_OVL_TUN_TTL_INHERIT, 1);
		return;
	}
	if (strcmp(arg, "auto")) {
		if (get_u32(&ttl, arg, 0))
			invarg("invalid TTL", arg);
		if (ttl > 255)
			invarg("TTL must be <= 255", arg);
	}
	add_u8(args, attr, ttl);
	add_u8(args, IFLA_OVL_TUN_TTL_INHERIT, 0);
}

static void parse_tos(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "tos");
	__u32 tos = 1;

	if (strcmp(arg, "inherit") && rtnl_dsfield_a2n(&tos, arg))
		invarg("bad TOS value", arg);
	add_u8(args, attr, tos);
}

static void parse_df(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "df");
	int df = link_name_value(link_df_names, arg);

	if (df < 0)
		invarg("DF must be 'unset', 'set' or 'inherit'", arg);
	add_u8(args, attr, df);
}

static void parse_label(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "flowlabel");
	__u32 label;

	if (get_u32(&label, arg, 0) || label > MAX_LABEL)
		invarg("invalid flowlabel", arg);
	add_u32(args, attr, htonl(label));
}

static void parse_srcport(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "srcport");
	__u16 min, max;

	if (get_u16(&min, arg, 0))
		invarg("min port", arg);
	arg = next_arg(args);
	if (get_u16(&max, arg, 0))
		invarg("max port", arg);
	add_be16(args, IFLA_OVL_TUN_SPORT_MIN, min);
	add_be16(args, IFLA_OVL_TUN_SPORT_MAX, max);
}

/* As for vxlan and geneve, 0 leaves the default. */
static void parse_dstport(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "dstport");
	__u16 port;

	if (get_u16(&port, arg, 0))
		invarg("dstport", arg);
	if (port)
		add_be16(args, attr, port);
}

static void parse_vxlanport(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "vxlanport");
	__u16 port;

	if (get_u16(&port, arg, 0) || !port)
		invarg("vxlanport", arg);
	add_be16(args, attr, port);
}

static void parse_geneveport(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "geneveport");
	__u16 port;

	if (get_u16(&port, arg, 0) || !port)
		invarg("geneveport", arg);
	add_be16(args, attr, port);
}

static void parse_encap(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "encap");
	int encap = link_name_value(link_encap_names, arg);

	if (encap < 0)
		invarg("encap must be 'vxlan' or 'geneve'", arg);
	add_u8(args, attr, encap);
}

static void parse_accept(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "accept");
	int accept = link_name_value(link_accept_names, arg);

	if (accept <= 0)
		invarg("accept must be 'vxlan', 'geneve' or 'both'", arg);
	add_u8(args, attr, accept);
}

static void parse_on(struct args *args, int attr)
{
	seen(args, attr, *args->argv);
	add_u8(args, attr, 1);
}

static void parse_off(struct args *args, int attr)
{
	seen(args, attr, *args->argv);
	add_u8(args, attr, 0);
}

static void parse_layer3(struct args *args, int attr)
{
	seen(args, attr, *args->argv);
	add_u8(args, attr, 3);
}

static void parse_source(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "source");
	int source = link_name_value(link_source_names, arg);

	if (source < 0)
		invarg("source must be 'auto', 'strict', 'learn' or 'any'", arg);
	add_u8(args, attr, source);
}

static void parse_mac(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "mac");
	struct addr mac;

	if (addr_parse_mac(arg, &mac))
		invarg("mac", arg);
	add(args, attr, mac.byte, mac.size);
}

static void parse_ageing(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "ageing");
	__u32 age = 0;

	if (strcmp(arg, "none") && get_u32(&age, arg, 0))
		invarg("ageing timer", arg);
	add_u32(args, attr, age);
}

static void parse_limit(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "maxaddress");
	__u32 limit = 0;

	if (strcmp(arg, "unlimited") && get_u32(&limit, arg, 0))
		invarg("max addresses", arg);
	add_u32(args, attr, limit);
}

static void parse_nooptions(struct args *args, int attr)
{
	char *arg = value_of(args, attr, "nooptions");
	int value = link_name_value(link_nooptions_names, arg);

	if (value < 0)
		invarg("nooptions must be 'ignore' or 'drop'", arg);
	add_u8(args, attr, value);
}

/* Any beginning of a word will do, the first that fits is taken. */
static const struct keyword keywords[] = {
	{ "id", IFLA_OVL_TUN_ID, parse_id },
	{ "vni", IFLA_OVL_TUN_ID, parse_id },
	{ "remote", IFLA_OVL_TUN_REMOTE, parse_remote },
	{ "local", IFLA_OVL_TUN_LOCAL, parse_local },
	{ "dev", IFLA_OVL_TUN_LINK, parse_dev },
	{ "ttl", IFLA_OVL_TUN_TTL, parse_ttl },
	{ "hoplimit", IFLA_OVL_TUN_TTL, parse_ttl },
	{ "tos", IFLA_OVL_TUN_TOS, parse_tos },
	{ "dsfield", IFLA_OVL_TUN_TOS, parse_tos },
	{ "df", IFLA_OVL_TUN_DF, parse_df },
	{ "label", IFLA_OVL_TUN_LABEL, parse_label },
	{ "flowlabel", IFLA_OVL_TUN_LABEL, parse_label },
	{ "port", IFLA_OVL_TUN_SPORT_MIN, parse_srcport },
	{ "srcport", IFLA_OVL_TUN_SPORT_MIN, parse_srcport },
	{ "dstport", IFLA_OVL_TUN_DPORT, parse_dstport },
	{ "encap", IFLA_OVL_TUN_ENCAP, parse_encap },
	{ "accept", IFLA_OVL_TUN_ACCEPT, parse_accept },
	{ "vxlanport", IFLA_OVL_TUN_VXLAN_PORT, parse_vxlanport },
	{ "geneveport", IFLA_OVL_TUN_GENEVE_PORT, parse_geneveport },
	{ "udpcsum", IFLA_OVL_TUN_UDP_CSUM, parse_on },
	{ "noudpcsum", IFLA_OVL_TUN_UDP_CSUM, parse_off },
	{ "udp6zerocsumtx", IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX, parse_on },
	{ "noudp6zerocsumtx", IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX, parse_off },
	{ "udp6zerocsumrx", IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX, parse_on },
	{ "noudp6zerocsumrx", IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX, parse_off },
	{ "layer3", IFLA_OVL_TUN_LAYER, parse_layer3 },
	{ "source", IFLA_OVL_TUN_SOURCE, parse_source },
	{ "mac", IFLA_OVL_TUN_MAC, parse_mac },
	{ "group", IFLA_OVL_TUN_REMOTE, parse_group },
	{ "learning", IFLA_OVL_TUN_LEARNING, parse_on },
	{ "nolearning", IFLA_OVL_TUN_LEARNING, parse_off },
	{ "ageing", IFLA_OVL_TUN_AGEING, parse_ageing },
	{ "maxaddress", IFLA_OVL_TUN_LIMIT, parse_limit },
	{ "proxy", IFLA_OVL_TUN_PROXY, parse_on },
	{ "noproxy", IFLA_OVL_TUN_PROXY, parse_off },
	{ "rsc", IFLA_OVL_TUN_RSC, parse_on },
	{ "norsc", IFLA_OVL_TUN_RSC, parse_off },
	{ "l2miss", IFLA_OVL_TUN_L2MISS, parse_on },
	{ "nol2miss", IFLA_OVL_TUN_L2MISS, parse_off },
	{ "l3miss", IFLA_OVL_TUN_L3MISS, parse_on },
	{ "nol3miss", IFLA_OVL_TUN_L3MISS, parse_off },
	{ "vnifilter", IFLA_OVL_TUN_VNIFILTER, parse_on },
	{ "novnifilter", IFLA_OVL_TUN_VNIFILTER, parse_off },
	{ "gbp", IFLA_OVL_TUN_GBP, parse_on },
	{ "nogbp", IFLA_OVL_TUN_GBP, parse_off },
	{ "nooptions", IFLA_OVL_TUN_NOOPTIONS, parse_nooptions },
	{ "external", IFLA_OVL_TUN_EXTERNAL, parse_on },
	{ "noexternal", IFLA_OVL_TUN_EXTERNAL, parse_off },
	{ "fastpath", IFLA_OVL_TUN_FASTPATH, parse_on },
	{ "nofastpath", IFLA_OVL_TUN_FASTPATH, parse_off },
	{ }
};

static bool is_unicast(int family, const void *addr)
{
	if (family == AF_INET)
		return !IN_MULTICAST(ntohl(*(const __be32 *)addr));
	return *(const __u8 *)addr != 0xff;
}

/*
 * Add address @arg, or "any" of @family. Ends the program for one that is
 * wrong; returns the address's family.
 */
static int add_address(struct args *args, const char *arg, int family,
		       int attr4, int attr6, bool group, const char *why)
{
	struct in6_addr addr = { };

	if (strcmp(arg, "any")) {
		if (inet_pton(AF_INET, arg, &addr) == 1)
			family = AF_INET;
		else if (inet_pton(AF_INET6, arg, &addr) == 1)
			family = AF_INET6;
		else
			invarg(why, arg);
		if (is_unicast(family, &addr) == group)
			invarg(why, arg);
	}
	if (family == AF_INET6)
		add(args, attr6, &addr, sizeof(addr));
	else
		add(args, attr4, &addr, sizeof(struct in_addr));
	return family;
}

/* "any" is of the family that the other address has, else of that of ip -6. */
static void add_addresses(struct args *args)
{
	int family = preferred_family, other;
	bool any = args->remote && !strcmp(args->remote, "any");

	if (any && args->local)
		family = strchr(args->local, ':') ? AF_INET6 : family;
	if (args->remote)
		family = add_address(args, args->remote, family,
				     IFLA_OVL_TUN_REMOTE, IFLA_OVL_TUN_REMOTE6,
				     args->group, args->group ?
				     "invalid group address" :
				     "invalid remote address");
	if (!args->local)
		return;
	other = add_address(args, args->local, family, IFLA_OVL_TUN_LOCAL,
			    IFLA_OVL_TUN_LOCAL6, false,
			    "invalid local address");
	if (args->remote && !any && other != family)
		invarg("local address of another family than the remote",
		       args->local);
}

static int ovl_parse_opt(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n)
{
	struct args args = { .argc = argc, .argv = argv, .n = n };
	const struct keyword *key;

	(void)lu;
	for (; args.argc > 0; args.argc--, args.argv++) {
		for (key = keywords; key->word; key++)
			if (!matches(*args.argv, key->word))
				break;
		if (key->word) {
			key->parse(&args, key->attr);
			continue;
		}
		if (matches(*args.argv, "help"))
			fprintf(stderr, "ovl-tun: unknown command \"%s\"?\n",
				*args.argv);
		print_usage(stderr);
		return -1;
	}
	add_addresses(&args);
	return 0;
}

static void ovl_print_opt(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	(void)lu;
	(void)f;
	if (!tb)
		return;
	link_print_layer(tb);
	link_print_id(tb, "id %u ");
	link_print_endpoints(tb, false);
	link_print_srcport(tb);
	link_print_encap(tb);
	link_print_accept(tb);
	link_print_policy(tb);
	link_print_source(tb);
	link_print_fdb(tb);
	link_print_extra(tb);
}

static void ovl_print_help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu;
	(void)argc;
	(void)argv;
	print_usage(f);
}

/* The Makefile gives it the name that `ip` looks up, ovl-tun_link_util. */
extern struct link_util ovl_tun_link_util;

__attribute__((visibility("default")))
struct link_util ovl_tun_link_util = {
	.id = "ovl-tun",
	.maxattr = IFLA_OVL_TUN_MAX,
	.parse_opt = ovl_parse_opt,
	.print_opt = ovl_print_opt,
	.print_help = ovl_print_help,
};
