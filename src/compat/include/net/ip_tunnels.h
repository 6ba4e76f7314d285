/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/ip_tunnels.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_IP_TUNNELS_H)
#define _OVL_COMPAT_NET_IP_TUNNELS_H

#include "ovl_probed.h"

/* A flag of a tunnel key, by the middle part of its name: KEY, CSUM ... */
#ifdef OVL_HAVE_IP_TUNNEL_FLAGS_BITMAP
#define ovl_compat_tun_flag(key, flag) \
	test_bit(IP_TUNNEL_##flag##_BIT, (key)->tun_flags)
#define ovl_compat_tun_flag_set(key, flag) \
	__set_bit(IP_TUNNEL_##flag##_BIT, (key)->tun_flags)
#else
#define ovl_compat_tun_flag(key, flag) \
	(!!((key)->tun_flags & TUNNEL_##flag))
#define ovl_compat_tun_flag_set(key, flag) \
	((key)->tun_flags |= TUNNEL_##flag)
#endif

/* The group of nexthops that a bridge wants a frame to be sent to, or 0. */
static inline u32 ovl_compat_tun_nhid(const struct ip_tunnel_key *key)
{
#ifdef OVL_HAVE_IP_TUNNEL_KEY_NHID
	return key->nhid;
#else
	return 0;
#endif
}

#endif
