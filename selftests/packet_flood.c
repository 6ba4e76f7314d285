// SPDX-License-Identifier: GPL-2.0
/* Floods: right packets, each with something new. */

#include <string.h>

#include "packet.h"

static void put_simple_shim(struct packet *p, int encap)
{
	put32(p, encap == VXLAN ? 0x08000000 : 0x6558);
	put32(p, 1 << 8);
}

/* Of ever new outer or inner sources, or both. */
void make_flood(struct packet *p, bool sources, bool macs)
{
	int encap = one_in(2) ? VXLAN : GENEVE;
	u32 r = rnd();

	put_outer(p, &targets[0], false, encap, true);
	if (sources) {
		p->data[14 + 12] = 10 + (r & 15);
		memcpy(p->data + 14 + 13, &r, 3);
	}
	put_simple_shim(p, encap);
	put(p, "\2\0\0\0\x10\1\2", 7);
	if (macs)
		put_noise(p, 5);
	else
		put(p, "\0\0\0\0\7", 5);
	put16(p, 0x88b5);
	put_noise(p, 46);
	end_outer(p, false, true);
}

/* Too big: half of them about packets that near may have sent. */
void make_icmp(struct packet *p)
{
	unsigned int at, ip;

	put(p, near_mac, 6);
	put(p, far_mac, 6);
	put32(p, 0x08004500);
	put32(p, 0);
	put16(p, 0);
	put16(p, 64 << 8 | 1);
	put16(p, 0);
	put32(p, one_in(2) ? 0xc0000202 : rnd());
	put32(p, 0xc0000201);
	at = p->len;
	put16(p, one_in(8) ? 0x0301 : 0x0304);
	put32(p, 0);
	put16(p, one_in(4) ? odd_number() : 600 + below(900));
	ip = p->len;
	put32(p, 0x45000200);
	put32(p, 0x4000);
	put32(p, 64u << 24 | 17 << 16);
	put32(p, 0xc0000201);
	put32(p, one_in(2) ? 0xc0000202 : rnd());
	set16(p->data + ip + 10, ~sum(p->data + ip, 20, 0));
	put16(p, 50000);
	put16(p, one_in(8) ? below(0x10000) : one_in(2) ? 6081 : 4789);
	put32(p, 500 << 16);
	put32(p, one_in(2) ? 0x6558 : 0x08000000);
	put32(p, (one_in(2) ? 1 : rnd()) << 8);
	if (one_in(8))
		p->len -= below(30);
	set16(p->data + at + 2, ~sum(p->data + at, p->len - at, 0));
	end_ip4(p, 14);
}
