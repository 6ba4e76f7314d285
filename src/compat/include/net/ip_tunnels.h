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

/* Options of a kind, which the flag says if there are any. */
#define ovl_compat_tun_opts_set(info, from, len, flag)			\
do {									\
	struct ip_tunnel_key __ovl_key = {};				\
									\
	ovl_compat_tun_flag_set(&__ovl_key, flag);			\
	ip_tunnel_info_opts_set(info, from, len, __ovl_key.tun_flags);	\
} while (0)

#endif
