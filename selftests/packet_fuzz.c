// SPDX-License-Identifier: GPL-2.0
/*
 * packet_fuzz: send packets that are wrong in one place or another.
 *
 *	packet_fuzz [-k FILE] MODE DEV COUNT SEED [STREAMS [SKIP]]
 *
 * rx: VXLAN and Geneve from the node "far" of packets.py to "near", out of DEV,
 *     for the devices of 91_packet_fuzz.py (struct target). Ethernet and IP
 *     outside are right, so that UDP counts whatever it doesn't take itself.
 * tap, frags: the same, which come in by the tap device DEV in near; frags through
 *     its GRO.
 * tx2, tx3: frames or packets as they are inside of those, out of DEV.
 * sources, macs, icmp: right packets of VNI 1, each with another outer source,
 *     each with another inner one, or ICMP errors about what near has sent.
 * STREAMS: of 100 packets, how many begin a burst that GRO may merge.
 * -k: append to FILE which code of the kernel has been run meanwhile, see kcov.h.
 * SKIP: make as many packets before without sending them, to find a bad one.
 *
 * A packet is built layer by layer, and each layer may lie a little about what
 * follows; most do not, so that the layers behind them are reached. The same
 * seed makes the same packets. Prints how many were sent.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kcov.h"
#include "packet_out.h"

#define ROOM	9216	/* of a packet */
#define MTU	9000	/* of DEV */
#define TUNNEL	300	/* room for all headers around a frame */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

enum { VXLAN, GENEVE };
enum { ANY_FAMILY, ONLY4, ONLY6 };

/* What near has, see 91_packet_fuzz.py. */
static const struct target {
	u32 vni;
	u8 layer;
	u8 family;
	u8 weight;
	bool gbp;
	u16 ports[2];		/* VXLAN, Geneve; 0: the usual ones */
} targets[] = {
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
	{ .vni = 100, .layer = 2, .weight = 3 },		/* a table */
	{ .vni = 103, .layer = 2, .weight = 3 },
	{ .vni = 77, .layer = 2, .weight = 5, .ports = { 4790, 6082 } },
	{ .vni = 78, .layer = 3, .weight = 5, .ports = { 4791, 6083 } },
	{ .vni = 0xffffff, .layer = 2, .weight = 1 },		/* nobody's */
};

static const u8 near_mac[6] = { 2, 0, 0, 0, 0, 1 };
static const u8 far_mac[6] = { 2, 0, 0, 0, 0, 2 };
static const u8 ip6_net[8] = { 0x20, 0x01, 0x0d, 0xb8 };	/* 2001:db8:: */
static const u8 inner6_net[8] = { 0xfd, 0 };			/* fd00:0:0:VNI:: */

struct packet {
	u8 data[ROOM];
	unsigned int len;
	unsigned int linear;	/* bytes that stay in one piece, 0: all */
};

/*
 * Chance
 */

static u64 state[2];

static u64 rnd(void)
{
	u64 a = state[0], b = state[1];

	state[0] = b;
	a ^= a << 23;
	state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return state[1] + b;
}

static u32 below(u32 n)
{
	return ((rnd() >> 32) * n) >> 32;
}

static bool one_in(u32 n)
{
	return !below(n);
}

static void seed_rnd(u64 seed)
{
	int i;

	state[0] = seed ^ 0x9e3779b97f4a7c15;
	state[1] = seed * 0xbf58476d1ce4e5b9 + 1;
	for (i = 0; i < 20; i++)
		rnd();
}

static u32 odd_number(void)
{
	static const u32 numbers[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 0x0f, 0x10, 0x1f, 0x20, 0x3f, 0x40,
		0x7f, 0x80, 0xfe, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff,
	};

	return one_in(4) ? rnd() : numbers[below(sizeof(numbers) / 4)];
}

/*
 * Bytes at the end of a packet. There is always room: what is long is cut.
 */

static u8 *put(struct packet *p, const void *data, unsigned int len)
{
	u8 *at = p->data + p->len;

	if (len > ROOM - 64 - p->len)
		len = ROOM - 64 - p->len;
	if (data)
		memcpy(at, data, len);
	else
		memset(at, 0, len);
	p->len += len;
	return at;
}

static void put8(struct packet *p, u8 v) { put(p, &v, 1); }
static void put16(struct packet *p, u16 v) { v = htons(v); put(p, &v, 2); }
static void put32(struct packet *p, u32 v) { v = htonl(v); put(p, &v, 4); }

static void set16(u8 *at, u16 v)
{
	at[0] = v >> 8;
	at[1] = v;
}

static void put_noise(struct packet *p, unsigned int len)
{
	unsigned int i, start = p->len;
	u64 r = rnd();

	put(p, NULL, len);
	for (i = start; i < p->len; i++)
		p->data[i] = r >> (i & 7) * 8;
}

static u32 sum(const u8 *data, unsigned int len, u32 total)
{
	u64 wide = total;
	unsigned int i;

	for (i = 0; i + 1 < len; i += 2)
		wide += data[i] << 8 | data[i + 1];
	if (len & 1)
		wide += data[len - 1] << 8;
	while (wide >> 16)
		wide = (wide & 0xffff) + (wide >> 16);
	return wide;
}

/* The checksum of what stands from @at on, behind an IP header at @ip. */
static u16 l4_csum(const struct packet *p, const u8 *ip, const u8 *at, u8 proto)
{
	unsigned int len = p->data + p->len - at;
	u32 total = proto + len;

	if (ip[0] >> 4 == 4)
		total = sum(ip + 12, 8, total);
	else
		total = sum(ip + 8, 32, total);
	return ~sum(at, len, total);
}

static void end_ip4(struct packet *p, unsigned int ip)
{
	u8 *h = p->data + ip;

	set16(h + 2, p->len - ip);
	set16(h + 10, 0);
	set16(h + 10, ~sum(h, (h[0] & 15) * 4, 0));
}

static void end_ip6(struct packet *p, unsigned int ip)
{
	set16(p->data + ip + 4, p->len - ip - 40);
}

/*
 * What is inside
 */

/* Addresses of a small world, so that some are known: 10.VNI.0.HOST and
 * fd00:0:0:VNI::HOST.
 */
static void put_inner4(struct packet *p, u32 vni, bool local)
{
	switch (below(16)) {
	case 0:
		put32(p, odd_number());
		return;
	case 1:
		put32(p, 0xe0000000 | below(0x200));
		return;
	}
	put32(p, 10 << 24 | (vni & 0xff) << 16 |
	      (local ? 1 : 2 + below(one_in(8) ? 0xfffd : 20)));
}

static void put_inner6(struct packet *p, u32 vni, bool local)
{
	u8 a[16] = { 0 };

	memcpy(a, inner6_net, 8);
	switch (below(16)) {
	case 0:
		memset(a, below(256), 16);
		break;
	case 1:
		a[0] = 0xff;
		a[1] = 2;
		break;
	case 2:			/* solicited node */
		memcpy(a, "\xff\x02\0\0\0\0\0\0\0\0\0\1\xff", 13);
		break;
	case 3:
		a[0] = 0xfe;
		a[1] = 0x80;
		break;
	default:
		a[7] = vni;
	}
	a[15] = local ? 1 : 2 + below(20);
	put(p, a, 16);
}

static void put_mac(struct packet *p, u32 vni, bool dst)
{
	u8 mac[6] = { 2, 0, 0, 0, 0x20, below(one_in(16) ? 256 : 16) };
	u8 own[6] = { 2, 0, 0, 0, 0x10, vni };

	switch (below(dst ? 8 : 64)) {
	case 0:
		memset(mac, 0xff, 6);
		break;
	case 1:
		memcpy(mac, "\x33\x33\xff\0\0\1", 6);
		break;
	case 2:
		memset(mac, 0, 6);
		break;
	case 3:
		memcpy(mac, "\1\x80\xc2\0\0", 6);
		mac[5] = below(16);
		break;
	case 4:
		put_noise(p, 6);
		return;
	case 5:
	case 6:
		if (dst)
			memcpy(mac, own, 6);
		break;
	case 7:
		memcpy(mac, own, 6);
		break;
	}
	put(p, mac, 6);
}

static void put_tcp(struct packet *p, unsigned int ip)
{
	unsigned int at = p->len, doff = 5 + (one_in(4) ? below(11) : 0);

	put16(p, 1000 + below(8));
	put16(p, one_in(2) ? 80 : below(0x10000));
	put32(p, below(4) * 1000);
	put32(p, odd_number());
	put8(p, (one_in(16) ? below(16) : doff) << 4 | (one_in(16) ? below(16) : 0));
	put8(p, one_in(4) ? below(256) : 0x10);
	put16(p, 512);
	put32(p, 0);
	put_noise(p, (doff - 5) * 4);
	put_noise(p, below(one_in(8) ? 1400 : 64));
	if (!one_in(8))
		set16(p->data + at + 16,
		      l4_csum(p, p->data + ip, p->data + at, 6));
}

static void put_shim(struct packet *p, const struct target *t, int encap,
		     unsigned int proto);
static void put_inner(struct packet *p, const struct target *t, int encap,
		      int depth);

static void put_udp(struct packet *p, unsigned int ip, int depth)
{
	static const u16 ports[] = { 4789, 6081, 53, 67, 68, 546, 547, 4790, 0 };
	unsigned int at = p->len;
	u16 port = ports[below(9)];

	put16(p, below(0x10000));
	put16(p, port);
	put32(p, 0);
	if (depth < 3 && (port == 4789 || port == 6081))
		put_inner(p, &targets[below(4)], port == 6081, depth + 1);
	else
		put_noise(p, below(64));
	set16(p->data + at + 4, one_in(16) ? odd_number() : p->len - at);
	if (one_in(2))
		set16(p->data + at + 6,
		      l4_csum(p, p->data + ip, p->data + at, 17));
}

/* Neighbour discovery, with options that are as long as they say or not. */
static void put_nd(struct packet *p, unsigned int ip, u32 vni)
{
	unsigned int at = p->len, n = below(4);

	put8(p, 133 + below(5));
	put8(p, one_in(16));
	put16(p, 0);
	put32(p, one_in(2) ? 0x60000000 : odd_number());
	put_inner6(p, vni, one_in(2));
	while (n--) {
		put8(p, one_in(4) ? below(256) : 1 + below(2));
		put8(p, one_in(4) ? below(256) : 1);
		put_noise(p, one_in(8) ? below(14) : 6);
	}
	if (!one_in(8))
		set16(p->data + at + 2,
		      l4_csum(p, p->data + ip, p->data + at, 58));
}

static void put_icmp(struct packet *p, unsigned int ip, u8 proto)
{
	static const u8 types[2][6] = {
		{ 0, 3, 4, 5, 8, 11 }, { 1, 2, 3, 128, 129, 130 },
	};
	unsigned int at = p->len;

	put8(p, types[proto == 58][below(6)]);
	put8(p, below(16));
	put16(p, 0);
	put32(p, odd_number());
	put_noise(p, below(80));
	set16(p->data + at + 2, proto == 58 ?
	      l4_csum(p, p->data + ip, p->data + at, 58) :
	      (u16)~sum(p->data + at, p->len - at, 0));
}

static void put_l4(struct packet *p, unsigned int ip, u8 proto, u32 vni,
		   int depth)
{
	switch (proto) {
	case 6:
		return put_tcp(p, ip);
	case 17:
		return put_udp(p, ip, depth);
	case 1:
		return put_icmp(p, ip, 1);
	case 58:
		return one_in(4) ? put_icmp(p, ip, 58) : put_nd(p, ip, vni);
	}
	put_noise(p, below(64));
}

static void put_ip4(struct packet *p, u32 vni, int depth)
{
	static const u8 protos[] = { 6, 6, 6, 17, 17, 1, 2, 47, 4, 41, 0 };
	unsigned int ip = p->len, ihl = 5 + (one_in(8) ? below(11) : 0);
	u8 proto = protos[below(sizeof(protos))];

	if (one_in(8))
		proto = below(256);
	put8(p, (one_in(32) ? below(16) : 4) << 4 |
	     (one_in(32) ? below(16) : ihl));
	put8(p, below(one_in(2) ? 4 : 256));
	put16(p, 0);
	put16(p, below(16));
	put16(p, one_in(8) ? below(0x10000) : one_in(2) ? 0x4000 : 0);
	put8(p, one_in(16) ? below(3) : 64);
	put8(p, proto);
	put16(p, 0);
	put_inner4(p, vni, false);
	put_inner4(p, vni, true);
	put_noise(p, (ihl - 5) * 4);
	put_l4(p, ip, proto, vni, depth);
	end_ip4(p, ip);
	if (one_in(32))
		set16(p->data + ip + 2, odd_number());
	if (one_in(32))
		set16(p->data + ip + 10, rnd());
}

static void put_ip6(struct packet *p, u32 vni, int depth)
{
	static const u8 protos[] = { 6, 6, 17, 58, 58, 58, 0, 43, 44, 60, 59 };
	unsigned int ip = p->len, n = below(3);
	u8 proto = protos[below(sizeof(protos))];

	put32(p, (one_in(32) ? below(16) : 6u) << 28 | below(256) << 20 |
	      below(4));
	put16(p, 0);
	put8(p, proto);
	put8(p, one_in(8) ? below(256) : one_in(2) ? 255 : 64);
	put_inner6(p, vni, false);
	put_inner6(p, vni, true);
	while (n-- && (!proto || proto == 43 || proto == 44 || proto == 60)) {
		u8 next = protos[below(sizeof(protos))];

		put8(p, next);
		put8(p, one_in(4) ? below(256) : 0);
		put_noise(p, 6);
		proto = next;
	}
	put_l4(p, ip, proto, vni, depth);
	end_ip6(p, ip);
	if (one_in(32))
		set16(p->data + ip + 4, odd_number());
}

static void put_arp(struct packet *p, u32 vni)
{
	put16(p, one_in(16) ? below(64) : 1);
	put16(p, one_in(16) ? odd_number() : 0x0800);
	put8(p, one_in(16) ? below(256) : 6);
	put8(p, one_in(16) ? below(256) : 4);
	put16(p, one_in(8) ? odd_number() : 1 + below(2));
	put_mac(p, vni, false);
	put_inner4(p, vni, false);
	put_mac(p, vni, true);
	put_inner4(p, vni, one_in(2));
}

static void put_eth(struct packet *p, u32 vni, int depth)
{
	int tags = one_in(8) ? 1 + below(one_in(8) ? 12 : 3) : 0;

	put_mac(p, vni, true);
	put_mac(p, vni, false);
	while (tags--) {
		put16(p, one_in(2) ? 0x8100 : 0x88a8);
		put16(p, one_in(2) ? below(8) : below(0x10000));
	}
	switch (below(16)) {
	case 0 ... 6:
		put16(p, 0x0800);
		return put_ip4(p, vni, depth);
	case 7 ... 11:
		put16(p, 0x86dd);
		return put_ip6(p, vni, depth);
	case 12 ... 14:
		put16(p, 0x0806);
		return put_arp(p, vni);
	}
	put16(p, one_in(2) ? odd_number() : 0x88b5);
	put_noise(p, below(64));
}

/*
 * Encapsulation
 */

static void put_options(struct packet *p)
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
static void put_inner(struct packet *p, const struct target *t, int encap,
		      int depth)
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

/* Change what stands from @start on, whatever it is. */
static void spoil(struct packet *p, unsigned int start)
{
	unsigned int len = p->len - start, at, n;

	if (!len)
		return;
	at = start + below(len);
	switch (below(8)) {
	case 0:
	case 1:			/* cut short */
		p->len = at;
		break;
	case 2:			/* cut very short */
		p->len = start + below(len < 80 ? len : 80);
		break;
	case 3:
		p->data[at] = odd_number();
		break;
	case 4:
		p->data[at] ^= 1 << below(8);
		break;
	case 5:			/* leave bytes out */
		n = 1 + below(8);
		if (at + n < p->len) {
			memmove(p->data + at, p->data + at + n,
				p->len - at - n);
			p->len -= n;
		}
		break;
	case 6:			/* and put some in */
		n = 1 + below(8);
		if (p->len + n < MTU) {
			memmove(p->data + at + n, p->data + at, p->len - at);
			p->len += n;
		}
		break;
	case 7:
		for (n = below(16); n--;)
			p->data[start + below(len)] = rnd();
		break;
	}
}

static const struct target *pick(void)
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
static unsigned int put_outer(struct packet *p, const struct target *t, bool v6,
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

static void end_outer(struct packet *p, bool v6, bool plain)
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

static void make_rx(struct packet *p)
{
	const struct target *t = pick();
	int encap = one_in(2) ? VXLAN : GENEVE;
	bool v6 = t->family == ONLY6 ? !one_in(32) : one_in(32);
	unsigned int start;

	put_outer(p, t, v6, encap, false);
	start = p->len;
	put_inner(p, t, encap, 0);
	if (one_in(64) && p->len < MTU - 4200) {	/* more than a page */
		put_noise(p, 4200);
		p->linear = 14 + below(200);
	}
	if (one_in(4))
		spoil(p, start);
	if (p->len > MTU + 14)
		p->len = MTU + 14;
	if (p->linear > p->len)
		p->linear = 0;
	end_outer(p, v6, false);
}

/* A connection's next segment, for GRO. Now and then one isn't quite as the
 * others, somewhere.
 */
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

static void make_burst(struct packet *p)
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

static void make_tx(struct packet *p, int layer)
{
	u32 vni = targets[below(4)].vni;

	if (layer == 2)
		put_eth(p, vni, 0);
	else if (one_in(2))
		put_ip4(p, vni, 0);
	else
		put_ip6(p, vni, 0);
	if (one_in(4))
		spoil(p, layer == 2 ? 14 : 1);
	if (p->len > 1400)
		p->len = 1400;
}

/*
 * Floods
 */

static void put_simple_shim(struct packet *p, int encap)
{
	put32(p, encap == VXLAN ? 0x08000000 : 0x6558);
	put32(p, 1 << 8);
}

static void make_flood(struct packet *p, bool macs)
{
	int encap = one_in(2) ? VXLAN : GENEVE;
	u32 r = rnd();

	put_outer(p, &targets[0], false, encap, true);
	if (!macs) {
		p->data[14 + 12] = 10 + (r & 15);
		memcpy(p->data + 14 + 13, &r, 3);
	}
	put_simple_shim(p, encap);
	put(p, "\2\0\0\0\x10\1\2", 7);
	put_noise(p, 5);
	put16(p, 0x88b5);
	put_noise(p, 46);
	end_outer(p, false, true);
}

/* Too big: half of them about packets that near may have sent. */
static void make_icmp(struct packet *p)
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

static const char *const modes[] = {
	"rx", "sources", "tx2", "tx3", "macs", "icmp", "tap", "frags", NULL
};

enum { RX, SOURCES, TX2, TX3, MACS, ICMP, TAP, FRAGS };

static void make(struct packet *p, int mode, unsigned int streams)
{
	p->len = 0;
	p->linear = 0;
	switch (mode) {
	case TX2:
	case TX3:
		return make_tx(p, mode);
	case SOURCES:
	case MACS:
		return make_flood(p, mode == MACS);
	case ICMP:
		return make_icmp(p);
	}
	if (!burst.left && below(100) < streams)
		begin_burst();
	if (burst.left)
		make_burst(p);
	else
		make_rx(p);
}

int main(int argc, char **argv)
{
	static struct packet packets[OUT_BATCH];
	struct out_packet out[OUT_BATCH];
	unsigned long count, sent = 0, refused = 0, skip = 0;
	unsigned int i, n, bad, streams = 0;
	const char *places = NULL;
	int mode;

	if (argc > 2 && !strcmp(argv[1], "-k")) {
		places = argv[2];
		argc -= 2;
		argv += 2;
	}
	if (argc < 5) {
usage:
		fprintf(stderr, "usage: packet_fuzz [-k FILE] MODE DEV COUNT SEED [STREAMS [SKIP]]\n");
		return 2;
	}
	for (mode = 0; strcmp(argv[1], modes[mode]);)
		if (!modes[++mode])
			goto usage;
	out_open(argv[2], mode == TAP ? OUT_TAP : mode == FRAGS ? OUT_FRAGS : OUT_SOCKET);
	count = strtoul(argv[3], NULL, 0);
	seed_rnd(strtoul(argv[4], NULL, 0));
	if (argc > 5)
		streams = atoi(argv[5]);
	if (argc > 6)
		skip = strtoul(argv[6], NULL, 0);
	while (skip--)
		make(&packets[0], mode, streams);

	if (places)
		kcov_begin();
	while (sent + refused < count) {
		n = count - sent - refused < OUT_BATCH ? count - sent - refused : OUT_BATCH;
		for (i = 0; i < n; i++) {
			make(&packets[i], mode, streams);
			out[i] = (struct out_packet){
				packets[i].data, packets[i].len, packets[i].linear,
			};
		}
		bad = out_send(out, n);
		refused += bad;
		sent += n - bad;
	}
	if (places)
		kcov_write(places);
	printf("%lu %lu\n", sent, refused);
	return 0;
}
