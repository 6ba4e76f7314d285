/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_ADDR_H
#define _OVL_TUN_ADDR_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/jhash.h>
#include <linux/socket.h>
#include <linux/string.h>
#include <net/ipv6.h>

/**
 * struct ovl_addr - an outer IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6 or AF_UNSPEC for none
 * @v4: address if @family is AF_INET, network byte order
 * @v6: address if @family is AF_INET6
 *
 * Unused bytes are zero, so that two addresses compare as memory.
 */
struct ovl_addr {
	sa_family_t family;
	union {
		__be32 v4;
		struct in6_addr v6;
	};
};

static inline bool ovl_addr_equal(const struct ovl_addr *a,
				  const struct ovl_addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4 == b->v4;
	return a->family == AF_UNSPEC || ipv6_addr_equal(&a->v6, &b->v6);
}

static inline u32 ovl_addr_hash(const struct ovl_addr *a, u32 seed)
{
	if (a->family == AF_INET)
		return jhash_1word((__force u32)a->v4, seed);
	if (a->family == AF_INET6)
		return __ipv6_addr_jhash(&a->v6, seed);
	return seed;
}

static inline void ovl_addr_set4(struct ovl_addr *a, __be32 v4)
{
	memset(a, 0, sizeof(*a));
	a->family = AF_INET;
	a->v4 = v4;
}

static inline void ovl_addr_set6(struct ovl_addr *a, const struct in6_addr *v6)
{
	memset(a, 0, sizeof(*a));
	a->family = AF_INET6;
	a->v6 = *v6;
}

/* Whether it can be another node's or our own; none at all passes. */
static inline bool ovl_addr_is_unicast(const struct ovl_addr *a)
{
	if (a->family == AF_INET)
		return !ipv4_is_multicast(a->v4) && !ipv4_is_lbcast(a->v4) &&
		       !ipv4_is_loopback(a->v4) && !ipv4_is_zeronet(a->v4);
	return a->family == AF_UNSPEC ||
	       (!ipv6_addr_is_multicast(&a->v6) &&
		!ipv6_addr_loopback(&a->v6) &&
		!ipv6_addr_v4mapped(&a->v6));
}

static inline bool ovl_addr_is_multicast(const struct ovl_addr *a)
{
	if (a->family == AF_INET)
		return ipv4_is_multicast(a->v4);
	return a->family == AF_INET6 && ipv6_addr_is_multicast(&a->v6);
}

#endif /* _OVL_TUN_ADDR_H */
