// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a peer: what they are called and how they are written.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "parse.h"
#include "peer.h"

#define MAX_ID 0x7fffffff

#define ATTR(name) .attr = OVL_TUN_A_PEER_##name

const struct peer_field peer_fields[PEER_N_FIELDS] = {
	[PEER_PORT] = {
		PEER_KIND_NUMBER, "dstport", NULL, "Port", "dstport",
		ATTR(PORT), .wire = 16, .big_endian = true,
		.min = 1, .max = 65535,
	},
	[PEER_ENCAP] = {
		PEER_KIND_NAME, "encap", NULL, "Encap", "encap",
		ATTR(ENCAP), .wire = 8, .names = link_encap_names,
	},
	[PEER_VNI] = {
		PEER_KIND_NUMBER, "vni", NULL, "VNI", "vni",
		ATTR(VNI), .wire = 32, .max = OVL_TUN_N_VNI - 1,
	},
	[PEER_RX_VNI] = {
		PEER_KIND_NUMBER, "rxvni", NULL, "RxVNI", "rxvni",
		ATTR(RX_VNI), .wire = 32, .max = OVL_TUN_N_VNI - 1,
	},
	[PEER_LOCAL] = {
		PEER_KIND_ADDR, "local", NULL, "Local", "local",
		.attr = 0,	/* it has two */
	},
	[PEER_TTL] = {
		PEER_KIND_TTL, "ttl", "hoplimit", "TTL", "ttl",
		ATTR(TTL), .wire = 8, .max = 255,
	},
	[PEER_TOS] = {
		PEER_KIND_TOS, "tos", "dsfield", "TOS", "tos",
		ATTR(TOS), .wire = 8, .max = 255,
	},
	[PEER_DF] = {
		PEER_KIND_NAME, "df", NULL, "DF", "df",
		ATTR(DF), .wire = 8, .names = link_df_names,
	},
	[PEER_LABEL] = {
		PEER_KIND_HEX, "flowlabel", "label", "FlowLabel", "flowlabel",
		ATTR(LABEL), .wire = 32, .big_endian = true, .max = 0xfffff,
	},
	[PEER_UDP_CSUM] = {
		PEER_KIND_SWITCH, "udpcsum", NULL, "UDPCsum", "udp_csum",
		ATTR(UDP_CSUM), .wire = 8, .max = 1,
	},
	[PEER_UDP_ZERO_CSUM6_TX] = {
		PEER_KIND_SWITCH, "udp6zerocsumtx", NULL, "UDP6ZeroCsumTx",
		"udp_zero_csum6_tx",
		ATTR(UDP_ZERO_CSUM6_TX), .wire = 8, .max = 1,
	},
	[PEER_MTU] = {
		PEER_KIND_NUMBER, "mtu", NULL, "MTU", "mtu",
		ATTR(MTU), .wire = 32, .min = 68, .max = 65535,
	},
	[PEER_NOOPTIONS] = {
		PEER_KIND_NAME, "nooptions", NULL, "NoOptions", "nooptions",
		ATTR(NOOPTIONS), .wire = 8, .names = link_nooptions_names,
	},
};

static const char *parse_name(const struct peer_field *field, const char *text,
			      __u32 *value)
{
	static char why[64];
	int i = link_name_value(field->names, text);
	size_t used;

	if (i >= 0) {
		*value = i;
		return NULL;
	}
	used = snprintf(why, sizeof(why), "expected");
	for (i = 0; field->names[i]; i++)
		used += snprintf(why + used, sizeof(why) - used, "%s %s",
				 !i ? "" : field->names[i + 1] ? "," : " or",
				 field->names[i]);
	return why;
}

static const char *parse_switch(const char *text, __u32 *value)
{
	*value = !strcmp(text, "on");
	return *value || !strcmp(text, "off") ? NULL : "expected on or off";
}

static const char *parse_ttl(const char *text, __u32 *value)
{
	*value = !strcmp(text, "inherit") ? PEER_TTL_INHERIT : 0;
	if (*value || !strcmp(text, "auto") || !parse_u32(text, 0, 255, value))
		return NULL;
	return "expected a number from 1 to 255, auto or inherit";
}

static const char *parse_tos(const char *text, __u32 *value)
{
	char *end;

	*value = PEER_TOS_INHERIT;
	if (!strcmp(text, "inherit"))
		return NULL;
	if (isxdigit((unsigned char)*text)) {
		*value = strtoul(text, &end, 16);
		if (!*end && strlen(text) <= 4 && *value <= 255)
			return NULL;
	}
	return "expected a hexadecimal number up to ff, or inherit";
}

const char *peer_parse_field(int index, const char *text, struct peer *peer)
{
	const struct peer_field *field = &peer_fields[index];
	__u32 *value = &peer->value[index];
	const char *why = NULL;

	switch (field->kind) {
	case PEER_KIND_NUMBER:
	case PEER_KIND_HEX:
		why = parse_u32(text, field->min, field->max, value);
		break;
	case PEER_KIND_NAME:
		why = parse_name(field, text, value);
		break;
	case PEER_KIND_SWITCH:
		why = parse_switch(text, value);
		break;
	case PEER_KIND_ADDR:
		why = addr_parse(text, &peer->local);
		break;
	case PEER_KIND_TTL:
		why = parse_ttl(text, value);
		break;
	case PEER_KIND_TOS:
		why = parse_tos(text, value);
		break;
	}
	if (!why)
		peer->has |= 1U << index;
	return why;
}

/* All that a file or a line of output could take for something else is out. */
const char *peer_parse_name(const char *text, struct peer *peer)
{
	const char *c;

	if (!*text)
		return "expected a name";
	if (strlen(text) > OVL_TUN_MAX_PEER_NAME)
		return "a name has at most 31 characters";
	if (strspn(text, "0123456789") == strlen(text))
		return "a name needs more than digits, those are an id";
	for (c = text; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c) ||
		    *c == '#')
			return "a name has no spaces and no '#'";
	snprintf(peer->name, sizeof(peer->name), "%s", text);
	return NULL;
}

const char *peer_parse_options(const char *text, struct peer *peer)
{
	const char *why = parse_set_name(text);

	if (why)
		return why;
	snprintf(peer->options, sizeof(peer->options), "%s", text);
	peer->has |= OVL_TUN_PEER_FIELD_OPTIONS;
	return NULL;
}

const char *peer_parse_id(const char *text, struct peer *peer)
{
	const char *why = parse_u32(text, 0, MAX_ID, &peer->id);

	if (!why)
		peer->has_id = true;
	return why;
}

const char *peer_format_field(int index, const struct peer *peer, char *text)
{
	const struct peer_field *field = &peer_fields[index];
	__u32 value = peer->value[index];

	switch (field->kind) {
	case PEER_KIND_ADDR:
		return addr_format(&peer->local, text);
	case PEER_KIND_SWITCH:
		return value ? "on" : "off";
	case PEER_KIND_NAME:
		return link_value_name(field->names, value, text, PEER_TEXT);
	case PEER_KIND_TTL:
		if (!value)
			return "auto";
		if (value == PEER_TTL_INHERIT)
			return "inherit";
		break;
	case PEER_KIND_TOS:
		if (value == PEER_TOS_INHERIT)
			return "inherit";
		break;
	default:
		break;
	}
	snprintf(text, PEER_TEXT, field->kind == PEER_KIND_HEX ||
		 field->kind == PEER_KIND_TOS ? "0x%x" : "%u", value);
	return text;
}

static bool addr_same(const struct addr *a, const struct addr *b)
{
	return !addr_compare(a, b);
}

void peer_sort(struct peer *peer)
{
	struct addr_list *mac = &peer->mac;
	struct addr first;
	size_t i = 0;

	addr_list_sort(&peer->allowed);
	if (!mac->n)
		return;
	first = mac->item[0];
	addr_list_sort(mac);
	while (addr_compare(&mac->item[i], &first))
		i++;
	memmove(mac->item + 1, mac->item, i * sizeof(first));
	mac->item[0] = first;
}

bool peer_equal(const struct peer *a, const struct peer *b)
{
	int i;

	if (a->has != b->has || strcmp(a->name, b->name) ||
	    strcmp(a->options, b->options) ||
	    !addr_same(&a->remote, &b->remote))
		return false;
	for (i = 0; i < PEER_N_FIELDS; i++) {
		if (!(a->has & 1U << i))
			continue;
		if (i == PEER_LOCAL ? !addr_same(&a->local, &b->local) :
				      a->value[i] != b->value[i])
			return false;
	}
	return addr_list_equal(&a->allowed, &b->allowed) &&
	       addr_list_equal(&a->mac, &b->mac);
}

void peer_free(struct peer *peer)
{
	addr_list_free(&peer->allowed);
	addr_list_free(&peer->mac);
}
