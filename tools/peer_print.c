// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>

#include "drop.h"
#include "link.h"
#include "peer_print.h"
#include "print.h"

static const char *const match_names[] = {
	[0] = "none",
	[OVL_TUN_PEER_MATCH_PREFIX] = "prefix",
	[OVL_TUN_PEER_MATCH_MAC] = "mac",
	[OVL_TUN_PEER_MATCH_REMOTE] = "remote",
	NULL
};

static struct nla_policy path_policy[OVL_TUN_A_PATH_MAX + 1] = {
	[OVL_TUN_A_PATH_ENCAP] = { .type = NLA_U8 },
	[OVL_TUN_A_PATH_PORT] = { .type = NLA_U16 },
	[OVL_TUN_A_PATH_VNI] = { .type = NLA_U32 },
	[OVL_TUN_A_PATH_OVERHEAD] = { .type = NLA_U32 },
	[OVL_TUN_A_PATH_MTU] = { .type = NLA_U32 },
	[OVL_TUN_A_PATH_ROUTE_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_PATH_ROUTE_MTU] = { .type = NLA_U32 },
};

static struct nla_policy stats_policy[OVL_TUN_A_PEER_STATS_MAX + 1] = {
	[OVL_TUN_A_PEER_STATS_RX_PACKETS] = { .type = NLA_U64 },
	[OVL_TUN_A_PEER_STATS_RX_BYTES] = { .type = NLA_U64 },
	[OVL_TUN_A_PEER_STATS_TX_PACKETS] = { .type = NLA_U64 },
	[OVL_TUN_A_PEER_STATS_TX_BYTES] = { .type = NLA_U64 },
	[OVL_TUN_A_PEER_STATS_LAST_SEEN] = { .type = NLA_U64 },
};

static void print_u32(struct nlattr *attr, const char *key, const char *fmt)
{
	if (attr)
		print_uint(PRINT_ANY, key, fmt, nla_get_u32(attr));
}

/* What holds for the peer now, its own or the device's */
static void print_path(struct nlattr *nest, bool foreign)
{
	struct nlattr *tb[OVL_TUN_A_PATH_MAX + 1];
	unsigned int route = 0;

	if (!nest || nla_parse_nested(tb, OVL_TUN_A_PATH_MAX, nest, path_policy))
		return;
	open_json_object("path");
	if (tb[OVL_TUN_A_PATH_ENCAP])
		link_print_encap_value(nla_get_u8(tb[OVL_TUN_A_PATH_ENCAP]));
	if (tb[OVL_TUN_A_PATH_PORT])
		print_uint(PRINT_ANY, "dstport", "dstport %u ",
			   ntohs(nla_get_u16(tb[OVL_TUN_A_PATH_PORT])));
	print_u32(tb[OVL_TUN_A_PATH_VNI], "vni", "vni %u ");
	print_u32(tb[OVL_TUN_A_PATH_MTU], "mtu", "mtu %u ");
	print_u32(tb[OVL_TUN_A_PATH_OVERHEAD], "overhead", "overhead %u ");
	if (tb[OVL_TUN_A_PATH_ROUTE_IFINDEX])
		route = nla_get_u32(tb[OVL_TUN_A_PATH_ROUTE_IFINDEX]);
	if (route) {
		print_string(PRINT_ANY, "dev", "via %s ",
			     link_ifname(route, foreign));
		print_u32(tb[OVL_TUN_A_PATH_ROUTE_MTU], "route_mtu",
			  "(mtu %u) ");
	}
	close_json_object();
}

static void print_switch(const struct peer_field *field, bool on)
{
	print_bool(PRINT_JSON, field->json, NULL, on);
	print_string(PRINT_FP, NULL, on ? "%s " : "no%s ", field->word);
}

/* Numbers are numbers in JSON, but those that people write in hexadecimal. */
static void print_value(int index, const struct peer *peer)
{
	const struct peer_field *field = &peer_fields[index];
	__u32 value = peer->value[index];
	char text[PEER_TEXT];

	print_string(PRINT_FP, NULL, "%s ", field->word);
	print_string(PRINT_FP, NULL, "%s ",
		     peer_format_field(index, peer, text));
	switch (field->kind) {
	case PEER_KIND_TTL:
	case PEER_KIND_NUMBER:
		if (index == PEER_TTL && value == PEER_TTL_INHERIT)
			print_bool(PRINT_JSON, "ttl_inherit", NULL, true);
		else
			print_uint(PRINT_JSON, field->json, NULL, value);
		break;
	case PEER_KIND_HEX:
	case PEER_KIND_TOS:
		print_0xhex(PRINT_JSON, field->json, NULL, value);
		break;
	default:
		print_string(PRINT_JSON, field->json, NULL,
			     peer_format_field(index, peer, text));
	}
}

/* The words can be typed again. */
static void print_own(const struct peer *peer, const char *newline)
{
	int i;

	if (peer->has) {
		print_string(PRINT_FP, NULL, "%s", newline);
		print_string(PRINT_FP, NULL, "%s ", "own");
	}
	for (i = 0; i < PEER_N_FIELDS; i++) {
		if (!(peer->has & 1U << i) || !peer_fields[i].word)
			continue;
		if (peer_fields[i].kind == PEER_KIND_SWITCH)
			print_switch(&peer_fields[i], peer->value[i]);
		else
			print_value(i, peer);
	}
	if (*peer->options)
		print_string(PRINT_ANY, "options", "options %s ",
			     peer->options);
}

static void print_list(const struct addr_list *list, const char *word,
		       const char *newline)
{
	const char *before = newline;
	char text[ADDR_TEXT];
	size_t i;

	open_json_array(PRINT_JSON, word);
	for (i = 0; i < list->n; i++) {
		print_string(PRINT_FP, NULL, "%s", before);
		if (!i)
			print_string(PRINT_FP, NULL, "%s ", word);
		before = ",";
		if (list->item[i].size == ADDR_MAC)
			addr_format(&list->item[i], text);
		else
			addr_format_prefix(&list->item[i], text);
		print_string(PRINT_ANY, NULL, "%s", text);
	}
	if (list->n)
		print_string(PRINT_FP, NULL, "%s", " ");
	close_json_array(PRINT_JSON, NULL);
}

static void print_match(const struct peer_view *view)
{
	char text[ADDR_TEXT];

	if (!view->match)
		return;
	print_string(PRINT_ANY, "match", "match %s ",
		     link_value_name(match_names, view->match, text,
				     sizeof(text)));
	if (view->matched.size)
		print_string(PRINT_ANY, "matched", "%s ",
			     addr_format_prefix(&view->matched, text));
}

void peer_print(const struct peer_view *view, const char *newline, bool foreign)
{
	const struct peer *peer = &view->peer;
	char text[ADDR_TEXT];

	print_uint(PRINT_ANY, "ifindex", "%u: ", view->ifindex);
	print_string(PRINT_ANY, "ifname", "%s: ", view->ifname);
	print_uint(PRINT_ANY, "peer", "peer %u ", peer->id);
	if (*peer->name)
		print_string(PRINT_ANY, "name", "name %s ", peer->name);
	print_bool(PRINT_JSON, "implicit", NULL, peer->implicit);
	if (peer->implicit)
		print_string(PRINT_FP, NULL, "%s ", "implicit");
	if (peer->remote.size)
		print_string(PRINT_ANY, "remote", "remote %s ",
			     addr_format(&peer->remote, text));
	print_path(view->path, foreign);
	print_match(view);
	print_own(peer, newline);
	print_list(&peer->allowed, "allowed", newline);
	print_list(&peer->mac, "mac", newline);
	print_string(PRINT_FP, NULL, "%s", "\n");
}

static void print_u64(struct nlattr *attr, const char *key, const char *fmt)
{
	if (attr)
		print_lluint(PRINT_ANY, key, fmt, nla_get_u64(attr));
}

void peer_print_stats(const struct peer_view *view)
{
	struct nlattr *tb[OVL_TUN_A_PEER_STATS_MAX + 1], *nest = view->stats;

	if (!nest ||
	    nla_parse_nested(tb, OVL_TUN_A_PEER_STATS_MAX, nest, stats_policy))
		return;
	open_json_object("stats");
	print_u64(tb[OVL_TUN_A_PEER_STATS_RX_PACKETS], "rx_packets",
		  "    rx-packets %llu ");
	print_u64(tb[OVL_TUN_A_PEER_STATS_RX_BYTES], "rx_bytes",
		  "rx-bytes %llu ");
	print_u64(tb[OVL_TUN_A_PEER_STATS_TX_PACKETS], "tx_packets",
		  "tx-packets %llu ");
	print_u64(tb[OVL_TUN_A_PEER_STATS_TX_BYTES], "tx_bytes",
		  "tx-bytes %llu ");
	print_u64(tb[OVL_TUN_A_PEER_STATS_LAST_SEEN], "last_seen",
		  "last-seen %llums ");
	print_string(PRINT_FP, NULL, "%s", "\n");
	drops_print(nla_data(nest), nla_len(nest), OVL_TUN_A_PEER_STATS_DROP);
	close_json_object();
}
