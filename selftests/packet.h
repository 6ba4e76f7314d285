/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A packet of packet_fuzz, which is built layer by layer, and what puts them there.
 */
#ifndef _OVL_TUN_PACKET_H
#define _OVL_TUN_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#define ROOM	9216	/* of a packet */
#define MTU	9000	/* of the device that it leaves by */

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

struct packet {
	u8 data[ROOM];
	unsigned int len;
	unsigned int linear;	/* bytes that stay in one piece, 0: all */
	u32 mark;
	u32 priority;
};

enum { VXLAN, GENEVE };
enum { ANY_FAMILY, ONLY4, ONLY6 };

/* What near has, see 91_packet_fuzz.py. */
struct target {
	u32 vni;
	u8 layer;
	u8 family;
	u8 weight;
	bool gbp;
	u16 ports[2];		/* VXLAN, Geneve; 0: the usual ones */
};

extern const struct target targets[];
extern const u8 near_mac[6], far_mac[6];
extern const u8 ip6_net[8], inner6_net[8];

/* packet_bytes.c */
u64 rnd(void);
u32 below(u32 n);
bool one_in(u32 n);
void seed_rnd(u64 seed);
u32 odd_number(void);
u8 *put(struct packet *p, const void *data, unsigned int len);
void put8(struct packet *p, u8 v);
void put16(struct packet *p, u16 v);
void put32(struct packet *p, u32 v);
void set16(u8 *at, u16 v);
void put_noise(struct packet *p, unsigned int len);
u32 sum(const u8 *data, unsigned int len, u32 total);
u16 l4_csum(const struct packet *p, const u8 *ip, const u8 *at, u8 proto);
void end_ip4(struct packet *p, unsigned int ip);
void end_ip6(struct packet *p, unsigned int ip);

/* packet_inner.c */
void put_mac(struct packet *p, u32 vni, bool dst);
void put_ip4(struct packet *p, u32 vni, int depth);
void put_ip6(struct packet *p, u32 vni, int depth);
void put_eth(struct packet *p, u32 vni, int depth);
void spoil(struct packet *p, unsigned int start);

/* packet_outer.c */
unsigned int put_options(struct packet *p);
void put_inner(struct packet *p, const struct target *t, int encap, int depth);
const struct target *pick(void);
unsigned int put_outer(struct packet *p, const struct target *t, bool v6,
		       int encap, bool plain);
void end_outer(struct packet *p, bool v6, bool plain);

/* packet_burst.c */
bool burst_goes_on(unsigned int streams);
void make_burst(struct packet *p);

/* packet_metadata.c */
void put_metadata(struct packet *p);

/* packet_flood.c */
void make_flood(struct packet *p, bool sources, bool macs);
void make_icmp(struct packet *p);

#endif
