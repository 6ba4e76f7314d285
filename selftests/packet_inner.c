// SPDX-License-Identifier: GPL-2.0
/* What is inside of a tunnel: frames and packets. */

#include <string.h>

#include "packet.h"

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

void put_mac(struct packet *p, u32 vni, bool dst)
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

void put_ip4(struct packet *p, u32 vni, int depth)
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

void put_ip6(struct packet *p, u32 vni, int depth)
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

void put_eth(struct packet *p, u32 vni, int depth)
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

/* Change what stands from @start on, whatever it is. */
void spoil(struct packet *p, unsigned int start)
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
