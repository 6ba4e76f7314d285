// SPDX-License-Identifier: GPL-2.0
/* Tunnel metadata, as BPF's helpers take it. */

#include <assert.h>
#include <linux/bpf.h>
#include <string.h>

#include "packet.h"

#define OPTIONS		252	/* bytes, at most */

/* Behind a packet, see bpf.take_metadata(). */
struct metadata {
	struct bpf_tunnel_key key;
	u32 flags;		/* of bpf_skb_set_tunnel_key() */
	u32 len;		/* of the options */
	u8 options[OPTIONS];
};

static_assert(sizeof(struct metadata) == 304, "bpf.METADATA");

/* Most of them lead to "far", one is behind a narrow path, to others leads none. */
static u32 remote4(void)
{
	static const u32 others[] = {
		0, 0xc0000207, 0xc0000207, 0xc0000209, 0x0a636363, 0xef010101,
	};

	return one_in(3) ? others[below(6)] : 0xc0000202;
}

static void set_remote6(struct metadata *m)
{
	u8 *a = (u8 *)m->key.remote_ipv6;

	switch (below(12)) {
	case 0:
		return;			/* :: */
	case 1:
		a[0] = 0xfd;		/* no route */
		break;
	default:
		memcpy(a, ip6_net, 8);
	}
	a[15] = one_in(6) ? 7 : 2;
}

/* Options: good ones, bad ones, of any length. */
static void set_options(struct metadata *m)
{
	static struct packet area;

	area.len = 0;
	do {
		put_options(&area);
	} while (one_in(2) && area.len < OPTIONS);
	if (one_in(4))
		spoil(&area, 0);
	if (one_in(8))
		put_noise(&area, OPTIONS);
	m->len = area.len > OPTIONS ? OPTIONS : area.len;
	/* Others don't get past the helper. */
	if (!one_in(16))
		m->len &= ~3;
	memcpy(m->options, area.data, m->len);
}

void put_metadata(struct packet *p)
{
	struct metadata m = { 0 };

	/* 42 and 43 are in a table of VNIs. */
	m.key.tunnel_id = one_in(16) ? odd_number() : 42 + below(4);
	m.key.tunnel_tos = below(256);
	m.key.tunnel_ttl = one_in(4) ? odd_number() : 64;
	m.flags = below(8);
	if (m.flags & BPF_F_TUNINFO_IPV6) {
		set_remote6(&m);
		m.key.tunnel_label = one_in(4) ? below(1 << 20) : 0;
	} else {
		m.key.remote_ipv4 = remote4();
	}
	if (one_in(16))		/* the route's, otherwise */
		m.key.local_ipv4 = one_in(2) ? 0xc0000201 : odd_number();
	if (!one_in(4))
		set_options(&m);
	put(p, &m, sizeof(m));
}
