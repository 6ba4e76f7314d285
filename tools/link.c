// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <linux/ovl_tun.h>
#include <stdio.h>
#include <string.h>

#include "link.h"
#include "print.h"

#define LINK_AGEING_DEFAULT 300

static unsigned int get_u8(const struct rtattr *attr)
{
	return *(const __u8 *)RTA_DATA(attr);
}

static unsigned int get_be16(const struct rtattr *attr)
{
	__u16 value;

	memcpy(&value, RTA_DATA(attr), sizeof(value));
	return ntohs(value);
}

static unsigned int get_u32(const struct rtattr *attr)
{
	__u32 value;

	memcpy(&value, RTA_DATA(attr), sizeof(value));
	return value;
}

static void print_name(const char *const *names, unsigned int value,
		       const char *key, const char *fmt)
{
	char number[12];

	print_string(PRINT_ANY, key, fmt,
		     link_value_name(names, value, number, sizeof(number)));
}

static void print_addr(struct rtattr *v4, struct rtattr *v6, const char *key4,
		       const char *key6, const char *fmt)
{
	static const struct in6_addr any;
	char addr[INET6_ADDRSTRLEN];

	if (v4 && memcmp(RTA_DATA(v4), &any, sizeof(struct in_addr))) {
		inet_ntop(AF_INET, RTA_DATA(v4), addr, sizeof(addr));
		print_string(PRINT_ANY, key4, fmt, addr);
	} else if (v6 && memcmp(RTA_DATA(v6), &any, sizeof(any))) {
		inet_ntop(AF_INET6, RTA_DATA(v6), addr, sizeof(addr));
		print_string(PRINT_ANY, key6, fmt, addr);
	}
}

/* A keyword that "no" in front turns off */
static void print_switch(const struct rtattr *attr, const char *key,
			 const char *keyword)
{
	if (!attr)
		return;
	print_bool(PRINT_JSON, key, NULL, get_u8(attr));
	print_string(PRINT_FP, NULL, get_u8(attr) ? "%s " : "no%s ", keyword);
}

/* A keyword that is off by default, and says nothing then */
static void print_on(const struct rtattr *attr, const char *keyword)
{
	if (!attr || !get_u8(attr))
		return;
	print_bool(PRINT_JSON, keyword, NULL, true);
	print_string(PRINT_FP, NULL, "%s ", keyword);
}

const char *link_ifname(unsigned int ifindex, bool foreign)
{
	static char name[16];

	if (!foreign)
		return ll_index_to_name(ifindex);
	snprintf(name, sizeof(name), "if%u", ifindex);
	return name;
}

void link_print_id(struct rtattr *tb[], const char *fmt)
{
	if (tb[IFLA_OVL_TUN_ID])
		print_uint(PRINT_ANY, "id", fmt, get_u32(tb[IFLA_OVL_TUN_ID]));
	if (tb[IFLA_OVL_TUN_EXTERNAL] && get_u8(tb[IFLA_OVL_TUN_EXTERNAL]))
		print_bool(PRINT_ANY, "external", "external ", true);
	if (tb[IFLA_OVL_TUN_VNIFILTER] && get_u8(tb[IFLA_OVL_TUN_VNIFILTER]))
		print_bool(PRINT_ANY, "vnifilter", "vnifilter ", true);
}

void link_print_encap_value(unsigned int encap)
{
	print_name(link_encap_names, encap, "encap", "encap %s ");
}

void link_print_layer(struct rtattr *tb[])
{
	unsigned int layer;

	if (!tb[IFLA_OVL_TUN_LAYER])
		return;
	layer = get_u8(tb[IFLA_OVL_TUN_LAYER]);
	print_uint(PRINT_JSON, "layer", NULL, layer);
	if (layer == 3)
		print_string(PRINT_FP, NULL, "%s ", "layer3");
}

/* In text only what isn't the default, as with df */
void link_print_source(struct rtattr *tb[])
{
	static const __u8 none[6];
	char mac[18];
	const __u8 *b;

	if (tb[IFLA_OVL_TUN_SOURCE] &&
	    (get_u8(tb[IFLA_OVL_TUN_SOURCE]) != OVL_TUN_SOURCE_AUTO ||
	     is_json_context()))
		print_name(link_source_names, get_u8(tb[IFLA_OVL_TUN_SOURCE]),
			   "source", "source %s ");
	if (!tb[IFLA_OVL_TUN_MAC])
		return;
	b = RTA_DATA(tb[IFLA_OVL_TUN_MAC]);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5]);
	if (memcmp(b, none, sizeof(none)))
		print_string(PRINT_ANY, "mac", "mac %s ", mac);
}

/* What isn't the default */
void link_print_fdb(struct rtattr *tb[])
{
	unsigned int ageing = LINK_AGEING_DEFAULT, limit = 0;

	print_on(tb[IFLA_OVL_TUN_LEARNING], "learning");
	if (tb[IFLA_OVL_TUN_AGEING])
		ageing = get_u32(tb[IFLA_OVL_TUN_AGEING]);
	if (ageing != LINK_AGEING_DEFAULT)
		print_uint(PRINT_ANY, "ageing", "ageing %u ", ageing);
	if (tb[IFLA_OVL_TUN_LIMIT])
		limit = get_u32(tb[IFLA_OVL_TUN_LIMIT]);
	if (limit)
		print_uint(PRINT_ANY, "limit", "maxaddr %u ", limit);
	print_on(tb[IFLA_OVL_TUN_PROXY], "proxy");
	print_on(tb[IFLA_OVL_TUN_RSC], "rsc");
	print_on(tb[IFLA_OVL_TUN_L2MISS], "l2miss");
	print_on(tb[IFLA_OVL_TUN_L3MISS], "l3miss");
}

/* What isn't the default */
void link_print_extra(struct rtattr *tb[])
{
	struct rtattr *nooptions = tb[IFLA_OVL_TUN_NOOPTIONS];

	print_on(tb[IFLA_OVL_TUN_GBP], "gbp");
	if (nooptions && get_u8(nooptions) != OVL_TUN_NOOPTIONS_IGNORE)
		print_name(link_nooptions_names, get_u8(nooptions),
			   "nooptions", "nooptions %s ");
	print_on(tb[IFLA_OVL_TUN_FASTPATH], "fastpath");
}

void link_print_encap(struct rtattr *tb[])
{
	if (tb[IFLA_OVL_TUN_ENCAP])
		link_print_encap_value(get_u8(tb[IFLA_OVL_TUN_ENCAP]));
}

static bool is_group(struct rtattr *v4, struct rtattr *v6)
{
	if (v4)
		return IN_MULTICAST(ntohl(get_u32(v4)));
	return v6 && *(const __u8 *)RTA_DATA(v6) == 0xff;
}

void link_print_endpoints(struct rtattr *tb[], bool foreign)
{
	struct rtattr *v4 = tb[IFLA_OVL_TUN_REMOTE];
	struct rtattr *v6 = tb[IFLA_OVL_TUN_REMOTE6];
	unsigned int link = 0;

	if (is_group(v4, v6))
		print_addr(v4, v6, "group", "group6", "group %s ");
	else
		print_addr(v4, v6, "remote", "remote6", "remote %s ");
	print_addr(tb[IFLA_OVL_TUN_LOCAL], tb[IFLA_OVL_TUN_LOCAL6],
		   "local", "local6", "local %s ");
	if (tb[IFLA_OVL_TUN_LINK])
		link = get_u32(tb[IFLA_OVL_TUN_LINK]);
	if (link)
		print_string(PRINT_ANY, "link", "dev %s ",
			     link_ifname(link, foreign));
}

void link_print_srcport(struct rtattr *tb[])
{
	if (!tb[IFLA_OVL_TUN_SPORT_MIN] || !tb[IFLA_OVL_TUN_SPORT_MAX])
		return;
	open_json_object("port_range");
	print_uint(PRINT_ANY, "low", "srcport %u ",
		   get_be16(tb[IFLA_OVL_TUN_SPORT_MIN]));
	print_uint(PRINT_ANY, "high", "%u ",
		   get_be16(tb[IFLA_OVL_TUN_SPORT_MAX]));
	close_json_object();
}

/* What vxlan and geneve call "port" is here that of what the device sends. */
static void print_port(struct rtattr *tb[])
{
	int attr = IFLA_OVL_TUN_VXLAN_PORT;

	if (!tb[IFLA_OVL_TUN_ENCAP])
		return;
	if (get_u8(tb[IFLA_OVL_TUN_ENCAP]) == OVL_TUN_ENCAP_GENEVE)
		attr = IFLA_OVL_TUN_GENEVE_PORT;
	if (tb[attr])
		print_uint(PRINT_JSON, "port", NULL, get_be16(tb[attr]));
}

void link_print_accept(struct rtattr *tb[])
{
	print_port(tb);
	if (tb[IFLA_OVL_TUN_ACCEPT])
		print_name(link_accept_names, get_u8(tb[IFLA_OVL_TUN_ACCEPT]),
			   "accept", "accept %s ");
	if (tb[IFLA_OVL_TUN_VXLAN_PORT])
		print_uint(PRINT_ANY, "vxlan_port", "vxlanport %u ",
			   get_be16(tb[IFLA_OVL_TUN_VXLAN_PORT]));
	if (tb[IFLA_OVL_TUN_GENEVE_PORT])
		print_uint(PRINT_ANY, "geneve_port", "geneveport %u ",
			   get_be16(tb[IFLA_OVL_TUN_GENEVE_PORT]));
}

static void print_ttl(struct rtattr *tb[])
{
	unsigned int ttl;

	if (tb[IFLA_OVL_TUN_TTL_INHERIT] &&
	    get_u8(tb[IFLA_OVL_TUN_TTL_INHERIT])) {
		print_string(PRINT_FP, NULL, "ttl %s ", "inherit");
		print_bool(PRINT_JSON, "ttl_inherit", NULL, true);
		return;
	}
	if (!tb[IFLA_OVL_TUN_TTL])
		return;
	ttl = get_u8(tb[IFLA_OVL_TUN_TTL]);
	if (ttl || is_json_context())
		print_uint(PRINT_ANY, "ttl", "ttl %u ", ttl);
	else
		print_string(PRINT_FP, NULL, "ttl %s ", "auto");
}

/* As for vxlan and geneve, what is unset says nothing, in JSON either. */
static void print_tos(const struct rtattr *attr)
{
	unsigned int tos = attr ? get_u8(attr) : 0;

	if (tos == 1 && !is_json_context())
		print_string(PRINT_FP, NULL, "tos %s ", "inherit");
	else if (tos)
		print_0xhex(PRINT_ANY, "tos", "tos %#llx ", tos);
}

static void print_df(const struct rtattr *attr)
{
	if (!attr)
		return;
	if (get_u8(attr) != OVL_TUN_DF_UNSET || is_json_context())
		print_name(link_df_names, get_u8(attr), "df", "df %s ");
}

void link_print_policy(struct rtattr *tb[])
{
	unsigned int label = 0;

	print_ttl(tb);
	print_tos(tb[IFLA_OVL_TUN_TOS]);
	print_df(tb[IFLA_OVL_TUN_DF]);
	if (tb[IFLA_OVL_TUN_LABEL])
		label = ntohl(get_u32(tb[IFLA_OVL_TUN_LABEL]));
	if (label)
		print_0xhex(PRINT_ANY, "label", "flowlabel %#llx ", label);
	print_switch(tb[IFLA_OVL_TUN_UDP_CSUM], "udp_csum", "udpcsum");
	print_switch(tb[IFLA_OVL_TUN_UDP_ZERO_CSUM6_TX], "udp_zero_csum6_tx",
		     "udp6zerocsumtx");
	print_switch(tb[IFLA_OVL_TUN_UDP_ZERO_CSUM6_RX], "udp_zero_csum6_rx",
		     "udp6zerocsumrx");
}
