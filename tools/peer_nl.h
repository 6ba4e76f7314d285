/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Peers in netlink messages.
 */
#ifndef OVLTUN_PEER_NL_H
#define OVLTUN_PEER_NL_H

#include "nl.h"
#include "peer.h"

/**
 * struct peer_change - what is asked of a peer
 * @peer: whose it is, its settings, and lists that replace those it has
 * @unset: enum ovl_tun_peer_field, settings that go
 * @allowed_add: prefixes that come
 * @allowed_del: prefixes that go
 * @mac_add: MAC addresses that come
 * @mac_del: MAC addresses that go
 * @allowed_none: all prefixes go first
 * @mac_none: all MAC addresses go first
 *
 * Only PEER_SET knows more than @peer.
 */
struct peer_change {
	struct peer peer;
	__u32 unset;
	struct addr_list allowed_add, allowed_del, mac_add, mac_del;
	bool allowed_none, mac_none;
};

/**
 * struct peer_view - a peer as the kernel shows it; points into the messages
 * @peer: its identity, settings and lists
 * @ifindex: device
 * @ifname: device
 * @path: attributes OVL_TUN_A_PATH_*, or NULL
 * @stats: attributes OVL_TUN_A_PEER_STATS_*, or NULL
 * @match: enum ovl_tun_peer_match, or 0
 * @matched: prefix, size 0 without one
 */
struct peer_view {
	struct peer peer;
	unsigned int ifindex;
	const char *ifname;
	struct nlattr *path, *stats;
	unsigned int match;
	struct addr matched;
};

/* A request about a peer, or about all of a device without @change. */
struct nl_msg *peer_request(int cmd, int flags, unsigned int ifindex,
			    const struct peer_change *change);
void peer_change_free(struct peer_change *change);

/*
 * Read the peer that begins with the @i-th answer; large ones go on in the
 * next. Returns the number of the answer behind it. One that cannot be read
 * has no ifindex. peer_free() frees it.
 */
size_t peer_read(const struct nl_answers *answers, size_t i,
		 struct peer_view *view);

/* Read one message, without those that continue it. */
bool peer_read_msg(struct nlmsghdr *msg, struct peer_view *view);

#endif /* OVLTUN_PEER_NL_H */
