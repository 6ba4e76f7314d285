// SPDX-License-Identifier: GPL-2.0
/* Chance, and bytes at the end of a packet. */

#include <arpa/inet.h>
#include <string.h>

#include "packet.h"

/*
 * Chance
 */

static u64 state[2];

u64 rnd(void)
{
	u64 a = state[0], b = state[1];

	state[0] = b;
	a ^= a << 23;
	state[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
	return state[1] + b;
}

u32 below(u32 n)
{
	return ((rnd() >> 32) * n) >> 32;
}

bool one_in(u32 n)
{
	return !below(n);
}

void seed_rnd(u64 seed)
{
	int i;

	state[0] = seed ^ 0x9e3779b97f4a7c15;
	state[1] = seed * 0xbf58476d1ce4e5b9 + 1;
	for (i = 0; i < 20; i++)
		rnd();
}

u32 odd_number(void)
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

u8 *put(struct packet *p, const void *data, unsigned int len)
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

void put8(struct packet *p, u8 v) { put(p, &v, 1); }
void put16(struct packet *p, u16 v) { v = htons(v); put(p, &v, 2); }
void put32(struct packet *p, u32 v) { v = htonl(v); put(p, &v, 4); }

void set16(u8 *at, u16 v)
{
	at[0] = v >> 8;
	at[1] = v;
}

void put_noise(struct packet *p, unsigned int len)
{
	unsigned int i, start = p->len;
	u64 r = rnd();

	put(p, NULL, len);
	for (i = start; i < p->len; i++)
		p->data[i] = r >> (i & 7) * 8;
}

u32 sum(const u8 *data, unsigned int len, u32 total)
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
u16 l4_csum(const struct packet *p, const u8 *ip, const u8 *at, u8 proto)
{
	unsigned int len = p->data + p->len - at;
	u32 total = proto + len;

	if (ip[0] >> 4 == 4)
		total = sum(ip + 12, 8, total);
	else
		total = sum(ip + 8, 32, total);
	return ~sum(at, len, total);
}

void end_ip4(struct packet *p, unsigned int ip)
{
	u8 *h = p->data + ip;

	set16(h + 2, p->len - ip);
	set16(h + 10, 0);
	set16(h + 10, ~sum(h, (h[0] & 15) * 4, 0));
}

void end_ip6(struct packet *p, unsigned int ip)
{
	set16(p->data + ip + 4, p->len - ip - 40);
}
