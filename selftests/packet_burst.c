// SPDX-License-Identifier: GPL-2.0
/* Segments of a connection, for GRO. Now and then one isn't quite as the others,
 * somewhere.
 */

#include <string.h>

#include "packet.h"

static struct {
	const struct target *t;
	int left, encap;
	bool v6, tcp6, tag, nested, spoiled;
	u32 seq, opts;
	u16 id, port;
} burst;

static void begin_burst(void)
{
	burst.t = pick();
	burst.left = 2 + below(10);
	burst.encap = one_in(2) ? VXLAN : GENEVE;
	burst.v6 = burst.t->family == ONLY6;
	burst.tcp6 = one_in(3);
	burst.tag = one_in(8);
	burst.nested = one_in(8);
	burst.spoiled = one_in(2);
	burst.seq = rnd();
	burst.opts = below(4);
	burst.id = rnd();
	burst.port = below(1000);
}

/* Whether the next packet is a segment: of 100 others @streams begin a burst. */
bool burst_goes_on(unsigned int streams)
{
	if (!burst.left && below(100) < streams)
		begin_burst();
	return burst.left;
}

static void put_segment(struct packet *p, u32 vni, bool layer2)
{
	u8 own[6] = { 2, 0, 0, 0, 0x10, vni };
	u8 host[6] = { 2, 0, 0, 0, 0x20, 1 };
	u8 a[16] = { 0 };
	unsigned int ip, at, len = 100;

	if (layer2) {
		put(p, own, 6);
		put(p, host, 6);
		if (burst.tag) {
			put16(p, 0x8100);
			put16(p, 3);
		}
		put16(p, burst.tcp6 ? 0x86dd : 0x0800);
	}
	ip = p->len;
	memcpy(a, inner6_net, 8);
	a[7] = vni;
	if (burst.tcp6) {
		put32(p, 6u << 28);
		put16(p, 0);
		put8(p, 6);
		put8(p, 64);
		a[15] = 2;
		put(p, a, 16);
		a[15] = 1;
		put(p, a, 16);
	} else {
		put32(p, 0x45000000);
		put16(p, burst.id++);
		put16(p, 0x4000);
		put32(p, 64u << 24 | 6 << 16);
		put32(p, 10 << 24 | (vni & 0xff) << 16 | 2);
		put32(p, 10 << 24 | (vni & 0xff) << 16 | 1);
	}
	at = p->len;
	put16(p, burst.port);
	put16(p, 5000);
	put32(p, burst.seq);
	put32(p, 1);
	put32(p, 0x50100200);
	put32(p, 0);
	put_noise(p, len);
	burst.seq += len;
	if (burst.tcp6)
		end_ip6(p, ip);
	else
		end_ip4(p, ip);
	set16(p->data + at + 16, l4_csum(p, p->data + ip, p->data + at, 6));
}

static void put_burst_shim(struct packet *p, const struct target *t, u16 proto)
{
	unsigned int i;

	if (burst.encap == VXLAN) {
		put32(p, proto == 0x6558 ? 0x08000000 :
		      0x0c000000 | (proto == 0x0800 ? 1 : 2));
		put32(p, t->vni << 8);
		return;
	}
	put8(p, burst.opts * 2);
	put8(p, 0);
	put16(p, proto);
	put32(p, t->vni << 8);
	for (i = 0; i < burst.opts; i++) {
		put16(p, 0x0102);
		put8(p, i);
		put8(p, 1);
		put32(p, 1);
	}
}

void make_burst(struct packet *p)
{
	const struct target *t = burst.t;
	unsigned int start, ip = 0, at = 0;
	u16 proto = 0x6558;

	burst.left--;
	if (t->layer == 3)
		proto = burst.tcp6 ? 0x86dd : 0x0800;
	put_outer(p, t, burst.v6, burst.encap, true);
	start = p->len;
	put_burst_shim(p, t, proto);
	if (burst.nested && t->layer == 2) {
		u8 own[6] = { 2, 0, 0, 0, 0x10, t->vni };

		put(p, own, 6);
		put(p, "\2\0\0\0\x20\2", 6);
		put16(p, 0x0800);
		ip = p->len;
		put32(p, 0x45000000);
		put32(p, 0x4000);
		put32(p, 64u << 24 | 17 << 16);
		put32(p, 10 << 24 | (t->vni & 0xff) << 16 | 2);
		put32(p, 10 << 24 | (t->vni & 0xff) << 16 | 1);
		at = p->len;
		put16(p, 50001);
		put16(p, burst.encap == VXLAN ? 4789 : 6081);
		put32(p, 0);
		put_burst_shim(p, &targets[0], 0x6558);
		put_segment(p, 12, true);
		set16(p->data + at + 4, p->len - at);
		end_ip4(p, ip);
	} else {
		put_segment(p, t->vni, t->layer == 2);
	}
	if (burst.spoiled && one_in(6))
		spoil(p, start);
	end_outer(p, burst.v6, true);
}
