// SPDX-License-Identifier: GPL-2.0
/* What is around it: encapsulation, UDP, IP; and for which tunnel. */

#include <string.h>

#include "packet.h"

/* What near has, see 91_packet_fuzz.py. */
const struct target targets[] = {
	{ .vni = 1, .layer = 2, .weight = 20 },
	{ .vni = 2, .layer = 2, .weight = 10 },			/* learning */
	{ .vni = 3, .layer = 3, .weight = 14 },			/* prefixes */
	{ .vni = 4, .layer = 3, .weight = 10 },
	{ .vni = 5, .layer = 2, .weight = 8, .gbp = true },
	{ .vni = 6, .layer = 2, .weight = 12 },			/* rules */
	{ .vni = 7, .layer = 2, .weight = 8, .family = ONLY6 },
	{ .vni = 8, .layer = 3, .weight = 6 },			/* rules */
	{ .vni = 9, .layer = 2, .weight = 3 },			/* Geneve */
	{ .vni = 10, .layer = 2, .weight = 8 },			/* bridged */
	{ .vni = 11, .layer = 2, .weight = 6, .family = ONLY6 },
	{ .vni = 13, .layer = 2, .weight = 4 },			/* proxy */
	{ .vni = 14, .layer = 2, .weight = 4 },			/* option echo */
	{ .vni = 15, .layer = 3, .weight = 4 },			/* likewise */
	{ .vni = 100, .layer = 2, .weight = 3 },		/* a table */
	{ .vni = 103, .layer = 2, .weight = 3 },
	{ .vni = 77, .layer = 2, .weight = 5, .ports = { 4790, 6082 } },
	{ .vni = 78, .layer = 3, .weight = 5, .ports = { 4791, 6083 } },
	{ .vni = 0xffffff, .layer = 2, .weight = 1 },		/* nobody's */
};

const u8 near_mac[6] = { 2, 0, 0, 0, 0, 1 };
const u8 far_mac[6] = { 2, 0, 0, 0, 0, 2 };
const u8 ip6_net[8] = { 0x20, 0x01, 0x0d, 0xb8 };	/* 2001:db8:: */
const u8 inner6_net[8] = { 0xfd, 0 };			/* fd00:0:0:VNI:: */

/* Options, at most 252 bytes. Returns how many bytes these are. */
unsigned int put_options(struct packet *p)
{
	unsigned int start = p->len, n = one_in(16) ? below(70) : below(6), len;

	while (n--) {
		len = one_in(8) ? below(32) : below(3);
		if (p->len - start + 4 + len * 4 > 252)
			break;
		/* Those that 91_packet_fuzz.py has rules for are among them. */
		put16(p, one_in(8) ? below(0x10000) : 0x0102 + below(2));
		put8(p, one_in(16) ? below(256) : below(4) | (one_in(16) ? 0x80 : 0));
		put8(p, one_in(32) ? below(256) : len);
		if (len == 1)
			put32(p, below(4));
		else
			put_noise(p, len * 4);
	}
	return p->len - start;
}

static void put_shim(struct packet *p, const struct target *t, int encap,
		     unsigned int proto)
{
	unsigned int start = p->len;
	u32 vni = one_in(64) ? below(1 << 24) : t->vni;

	if (encap == VXLAN) {
		u32 first = 0x08000000;

		if (proto != 0x6558)
			first = 0x0c000000 | (proto == 0x0800 ? 1 :
					      proto == 0x86dd ? 2 : below(8));
		else if (t->gbp && one_in(2))
			first |= 0x80000000 | below(0x1000000);
		if (one_in(16))
			first ^= 1u << below(32);
		put32(p, first);
		put32(p, vni << 8 | (one_in(64) ? below(256) : 0));
		return;
	}
	put8(p, one_in(64) ? below(4) << 6 : 0);
	put8(p, one_in(32) ? below(256) : 0);
	put16(p, one_in(32) ? odd_number() : proto);
	put32(p, vni << 8 | (one_in(16) ? below(256) : 0));
	if (one_in(2))
		put_options(p);
	p->data[start] |= (p->len - start - 8) / 4;
	if (one_in(32))
		p->data[start] = (p->data[start] & 0xc0) | below(64);
}

/* From the encapsulation header on. */
void put_inner(struct packet *p, const struct target *t, int encap, int depth)
{
	static const u16 protos[] = { 0x6558, 0x0800, 0x0800, 0x86dd };
	u16 proto = 0x6558;

	if (t->layer == 3 || one_in(32))
		proto = protos[below(4)];
	put_shim(p, t, encap, proto);
	if (proto == 0x0800) {
		put_ip4(p, t->vni, depth);
	} else if (proto == 0x86dd) {
		put_ip6(p, t->vni, depth);
	} else if (t->layer == 3 && !one_in(8)) {
		u8 own[6] = { 2, 0, 0, 0, 0x10, t->vni };

		put(p, own, 6);
		put_mac(p, t->vni, false);
		if (one_in(2)) {
			put16(p, 0x0800);
			put_ip4(p, t->vni, depth);
		} else {
			put16(p, 0x86dd);
			put_ip6(p, t->vni, depth);
		}
	} else {
		put_eth(p, t->vni, depth);
	}
}

/* One of the tunnels, by its weight. */
const struct target *pick(void)
{
	static unsigned int all;
	unsigned int i, n;

	if (!all)
		for (i = 0; i < sizeof(targets) / sizeof(*targets); i++)
			all += targets[i].weight;
	n = below(all);
	for (i = 0; n >= targets[i].weight; i++)
		n -= targets[i].weight;
	return &targets[i];
}

/* Ethernet, IP and UDP, up to what is carried. Returns where IP begins. */
unsigned int put_outer(struct packet *p, const struct target *t, bool v6,
		       int encap, bool plain)
{
	static const u16 usual[2] = { 4789, 6081 };
	u16 port = t->ports[encap] ? t->ports[encap] : usual[encap];
	u8 host = !plain && one_in(32) ? below(8) : 2;
	u8 a[16] = { 0 };

	put(p, near_mac, 6);
	put(p, far_mac, 6);
	if (v6) {
		put16(p, 0x86dd);
		put32(p, 6u << 28 | (plain ? 0 : below(4) << 20));
		put16(p, 0);
		put8(p, 17);
		put8(p, 64);
		memcpy(a, ip6_net, 8);
		a[15] = host == 1 ? 9 : host ? host : 9;
		put(p, a, 16);
		a[15] = 1;
		put(p, a, 16);
	} else {
		put16(p, 0x0800);
		put8(p, 0x45);
		put8(p, plain ? 0 : below(4));
		put16(p, 0);
		put16(p, 0);
		put16(p, plain ? 0x4000 : 0);
		put8(p, 64);
		put8(p, 17);
		put16(p, 0);
		put32(p, 0xc0000200 | (host > 1 ? host : 9));
		put32(p, 0xc0000201);
	}
	put16(p, plain ? 50000 : 49152 + below(16384));
	put16(p, !plain && one_in(128) ? 9999 : port);
	put32(p, 0);
	return 14;
}

void end_outer(struct packet *p, bool v6, bool plain)
{
	unsigned int ip = 14, at = ip + (v6 ? 40 : 20);
	u8 *u = p->data + at;
	u16 check;

	set16(u + 4, p->len - at);
	if (v6)
		end_ip6(p, ip);
	else
		end_ip4(p, ip);
	if (!plain && one_in(8))	/* without a checksum */
		goto out;
	check = l4_csum(p, p->data + ip, u, 17);
	set16(u + 6, check ? check : 0xffff);
	if (plain)
		return;
	if (one_in(256))
		u[6] ^= 1 + below(255);
out:
	if (one_in(256))
		set16(u + 4, odd_number());
}
