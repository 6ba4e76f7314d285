// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <netlink/genl/genl.h>
#include <string.h>

#include "peer_nl.h"

/* Bytes of a request without its lists, and of an entry of those */
#define REQUEST_FIXED	512
#define ENTRY		32

static struct nla_policy peer_policy[OVL_TUN_A_PEER_MAX + 1] = {
	[OVL_TUN_A_PEER_IFINDEX] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_IFNAME] = { .type = NLA_STRING },
	[OVL_TUN_A_PEER_ID] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_NAME] = { .type = NLA_STRING },
	[OVL_TUN_A_PEER_IMPLICIT] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_PORT] = { .type = NLA_U16 },
	[OVL_TUN_A_PEER_ENCAP] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_VNI] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_RX_VNI] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_TTL] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_TTL_INHERIT] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_TOS] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_DF] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_LABEL] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_UDP_CSUM] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_UDP_ZERO_CSUM6_TX] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_MTU] = { .type = NLA_U32 },
	[OVL_TUN_A_PEER_PATH] = { .type = NLA_NESTED },
	[OVL_TUN_A_PEER_STATS] = { .type = NLA_NESTED },
	[OVL_TUN_A_PEER_MATCH] = { .type = NLA_U8 },
	[OVL_TUN_A_PEER_MATCHED] = { .type = NLA_NESTED },
	[OVL_TUN_A_PEER_OPTIONS] = { .type = NLA_STRING },
	[OVL_TUN_A_PEER_NOOPTIONS] = { .type = NLA_U8 },
};

static struct nla_policy prefix_policy[OVL_TUN_A_PREFIX_MAX + 1] = {
	[OVL_TUN_A_PREFIX_LEN] = { .type = NLA_U8 },
};

static void put_addr(struct nl_msg *req, int attr4, int attr6,
		     const struct addr *addr)
{
	if (addr->size)
		nla_put(req, addr->size == ADDR_V4 ? attr4 : attr6, addr->size,
			addr->byte);
}

static void put_prefixes(struct nl_msg *req, int attr,
			 const struct addr_list *list)
{
	const struct addr *addr;
	struct nlattr *nest;
	size_t i;

	for (i = 0; i < list->n; i++) {
		addr = &list->item[i];
		nest = nla_nest_start(req, attr);
		nla_put(req, OVL_TUN_A_PREFIX_ADDR, addr->size, addr->byte);
		nla_put_u8(req, OVL_TUN_A_PREFIX_LEN, addr->len);
		nla_nest_end(req, nest);
	}
}

static void put_macs(struct nl_msg *req, int attr, const struct addr_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		nla_put(req, attr, list->item[i].size, list->item[i].byte);
}

static void put_field(struct nl_msg *req, int index, const struct peer *peer)
{
	const struct peer_field *field = &peer_fields[index];
	__u32 value = peer->value[index];

	switch (field->wire) {
	case 8:
		nla_put_u8(req, field->attr, value);
		break;
	case 16:
		nla_put_u16(req, field->attr,
			    field->big_endian ? htons(value) : value);
		break;
	case 32:
		nla_put_u32(req, field->attr,
			    field->big_endian ? htonl(value) : value);
		break;
	}
}

static void put_ttl(struct nl_msg *req, __u32 ttl)
{
	nla_put_u8(req, OVL_TUN_A_PEER_TTL_INHERIT, ttl == PEER_TTL_INHERIT);
	if (ttl != PEER_TTL_INHERIT)
		nla_put_u8(req, OVL_TUN_A_PEER_TTL, ttl);
}

static void put_fields(struct nl_msg *req, const struct peer *peer)
{
	int i;

	for (i = 0; i < PEER_N_FIELDS; i++) {
		if (!(peer->has & 1U << i))
			continue;
		if (i == PEER_LOCAL)
			put_addr(req, OVL_TUN_A_PEER_LOCAL,
				 OVL_TUN_A_PEER_LOCAL6, &peer->local);
		else if (i == PEER_TTL)
			put_ttl(req, peer->value[i]);
		else
			put_field(req, i, peer);
	}
	if (*peer->options)
		nla_put_string(req, OVL_TUN_A_PEER_OPTIONS, peer->options);
}

static void put_change(struct nl_msg *req, const struct peer_change *change)
{
	const struct peer *peer = &change->peer;

	if (peer->has_id)
		nla_put_u32(req, OVL_TUN_A_PEER_ID, peer->id);
	if (*peer->name)
		nla_put_string(req, OVL_TUN_A_PEER_NAME, peer->name);
	put_addr(req, OVL_TUN_A_PEER_REMOTE, OVL_TUN_A_PEER_REMOTE6,
		 &peer->remote);
	put_fields(req, peer);
	if (change->unset)
		nla_put_u32(req, OVL_TUN_A_PEER_UNSET, change->unset);
	if (change->allowed_none)
		nla_put_flag(req, OVL_TUN_A_PEER_ALLOWED_NONE);
	put_prefixes(req, OVL_TUN_A_PEER_ALLOWED, &peer->allowed);
	put_prefixes(req, OVL_TUN_A_PEER_ALLOWED_DEL, &change->allowed_del);
	put_prefixes(req, OVL_TUN_A_PEER_ALLOWED_ADD, &change->allowed_add);
	if (change->mac_none)
		nla_put_flag(req, OVL_TUN_A_PEER_MAC_NONE);
	put_macs(req, OVL_TUN_A_PEER_MAC, &peer->mac);
	put_macs(req, OVL_TUN_A_PEER_MAC_DEL, &change->mac_del);
	put_macs(req, OVL_TUN_A_PEER_MAC_ADD, &change->mac_add);
}

struct nl_msg *peer_request(int cmd, int flags, unsigned int ifindex,
			    const struct peer_change *change)
{
	size_t size = REQUEST_FIXED;
	struct nl_msg *req;

	if (change)
		size += ENTRY * (change->peer.allowed.n + change->peer.mac.n +
				 change->allowed_add.n + change->allowed_del.n +
				 change->mac_add.n + change->mac_del.n);
	req = nl_request_size(cmd, flags, size);
	if (!req)
		return NULL;
	if (ifindex)
		nla_put_u32(req, OVL_TUN_A_PEER_IFINDEX, ifindex);
	if (change)
		put_change(req, change);
	return req;
}

void peer_change_free(struct peer_change *change)
{
	peer_free(&change->peer);
	addr_list_free(&change->allowed_add);
	addr_list_free(&change->allowed_del);
	addr_list_free(&change->mac_add);
	addr_list_free(&change->mac_del);
}

static void read_addr(struct nlattr *v4, struct nlattr *v6, struct addr *addr)
{
	struct nlattr *attr = v4 ? v4 : v6;

	if (attr)
		addr_set(addr, nla_data(attr), nla_len(attr),
			 8 * nla_len(attr));
}

static bool read_prefix(struct nlattr *nest, struct addr *addr)
{
	struct nlattr *tb[OVL_TUN_A_PREFIX_MAX + 1];

	return !nla_parse_nested(tb, OVL_TUN_A_PREFIX_MAX, nest,
				 prefix_policy) &&
	       tb[OVL_TUN_A_PREFIX_ADDR] && tb[OVL_TUN_A_PREFIX_LEN] &&
	       addr_set(addr, nla_data(tb[OVL_TUN_A_PREFIX_ADDR]),
			nla_len(tb[OVL_TUN_A_PREFIX_ADDR]),
			nla_get_u8(tb[OVL_TUN_A_PREFIX_LEN]));
}

static void read_lists(struct nlmsghdr *msg, struct peer *peer)
{
	struct nlattr *attr;
	struct addr addr;
	int left;

	nlmsg_for_each_attr(attr, msg, GENL_HDRLEN, left) {
		if (nla_type(attr) == OVL_TUN_A_PEER_ALLOWED &&
		    read_prefix(attr, &addr))
			addr_list_add(&peer->allowed, &addr);
		else if (nla_type(attr) == OVL_TUN_A_PEER_MAC &&
			 addr_set(&addr, nla_data(attr), nla_len(attr),
				  8 * nla_len(attr)))
			addr_list_add(&peer->mac, &addr);
	}
}

static __u32 read_value(const struct peer_field *field, struct nlattr *attr)
{
	switch (field->wire) {
	case 8:
		return nla_get_u8(attr);
	case 16:
		return field->big_endian ? ntohs(nla_get_u16(attr)) :
					   nla_get_u16(attr);
	default:
		return field->big_endian ? ntohl(nla_get_u32(attr)) :
					   nla_get_u32(attr);
	}
}

static void read_fields(struct nlattr *tb[], struct peer *peer)
{
	struct nlattr *attr;
	int i;

	for (i = 0; i < PEER_N_FIELDS; i++) {
		attr = peer_fields[i].attr ? tb[peer_fields[i].attr] : NULL;
		if (!attr)
			continue;
		peer->value[i] = read_value(&peer_fields[i], attr);
		peer->has |= 1U << i;
	}
	attr = tb[OVL_TUN_A_PEER_TTL_INHERIT];
	if (attr && nla_get_u8(attr)) {
		peer->value[PEER_TTL] = PEER_TTL_INHERIT;
		peer->has |= OVL_TUN_PEER_FIELD_TTL;
	}
	read_addr(tb[OVL_TUN_A_PEER_LOCAL], tb[OVL_TUN_A_PEER_LOCAL6],
		  &peer->local);
	if (peer->local.size)
		peer->has |= OVL_TUN_PEER_FIELD_LOCAL;
	if (!tb[OVL_TUN_A_PEER_OPTIONS])
		return;
	nla_strlcpy(peer->options, tb[OVL_TUN_A_PEER_OPTIONS],
		    sizeof(peer->options));
	peer->has |= OVL_TUN_PEER_FIELD_OPTIONS;
}

/* Returns the message's attributes in @tb. */
static bool read_peer(struct nlmsghdr *msg, struct nlattr *tb[],
		      struct peer_view *view)
{
	struct peer *peer = &view->peer;

	memset(view, 0, sizeof(*view));
	if (genlmsg_parse(msg, 0, tb, OVL_TUN_A_PEER_MAX, peer_policy) ||
	    !tb[OVL_TUN_A_PEER_IFINDEX] || !tb[OVL_TUN_A_PEER_IFNAME] ||
	    !tb[OVL_TUN_A_PEER_ID])
		return false;
	view->ifindex = nla_get_u32(tb[OVL_TUN_A_PEER_IFINDEX]);
	view->ifname = nla_get_string(tb[OVL_TUN_A_PEER_IFNAME]);
	view->path = tb[OVL_TUN_A_PEER_PATH];
	view->stats = tb[OVL_TUN_A_PEER_STATS];
	if (tb[OVL_TUN_A_PEER_MATCH])
		view->match = nla_get_u8(tb[OVL_TUN_A_PEER_MATCH]);
	if (tb[OVL_TUN_A_PEER_MATCHED])
		read_prefix(tb[OVL_TUN_A_PEER_MATCHED], &view->matched);

	peer->id = nla_get_u32(tb[OVL_TUN_A_PEER_ID]);
	peer->has_id = true;
	if (tb[OVL_TUN_A_PEER_NAME])
		nla_strlcpy(peer->name, tb[OVL_TUN_A_PEER_NAME],
			    sizeof(peer->name));
	if (tb[OVL_TUN_A_PEER_IMPLICIT])
		peer->implicit = nla_get_u8(tb[OVL_TUN_A_PEER_IMPLICIT]);
	read_addr(tb[OVL_TUN_A_PEER_REMOTE], tb[OVL_TUN_A_PEER_REMOTE6],
		  &peer->remote);
	read_fields(tb, peer);
	read_lists(msg, peer);
	return true;
}

bool peer_read_msg(struct nlmsghdr *msg, struct peer_view *view)
{
	struct nlattr *tb[OVL_TUN_A_PEER_MAX + 1];
	bool read = read_peer(msg, tb, view);

	peer_sort(&view->peer);
	return read;
}

/* Is @msg what follows after a part of @view? */
static bool continues(struct nlmsghdr *msg, const struct peer_view *view)
{
	struct nlattr *ifindex = nlmsg_find_attr(msg, GENL_HDRLEN,
						 OVL_TUN_A_PEER_IFINDEX);
	struct nlattr *id = nlmsg_find_attr(msg, GENL_HDRLEN,
					    OVL_TUN_A_PEER_ID);

	return id && nla_len(id) == sizeof(__u32) &&
	       nla_get_u32(id) == view->peer.id &&
	       ifindex && nla_len(ifindex) == sizeof(__u32) &&
	       nla_get_u32(ifindex) == view->ifindex;
}

static bool has_more(struct nlmsghdr *msg)
{
	return nlmsg_find_attr(msg, GENL_HDRLEN, OVL_TUN_A_PEER_MORE);
}

size_t peer_read(const struct nl_answers *answers, size_t i,
		 struct peer_view *view)
{
	struct nlattr *tb[OVL_TUN_A_PEER_MAX + 1];
	struct nlmsghdr *msg = nlmsg_hdr(answers->msg[i]);

	if (read_peer(msg, tb, view))
		while (has_more(msg) && ++i < answers->count) {
			msg = nlmsg_hdr(answers->msg[i]);
			if (!continues(msg, view)) {
				i--;
				break;
			}
			read_lists(msg, &view->peer);
		}
	peer_sort(&view->peer);
	return i < answers->count ? i + 1 : i;
}
