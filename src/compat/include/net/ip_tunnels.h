/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/ip_tunnels.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_IP_TUNNELS_H)
#define _OVL_COMPAT_NET_IP_TUNNELS_H

#include "ovl_probed.h"

/* Say that a tunnel key has an id. */
static inline void ovl_compat_tun_key_set(struct ip_tunnel_key *key)
{
#ifdef OVL_HAVE_IP_TUNNEL_FLAGS_BITMAP
	__set_bit(IP_TUNNEL_KEY_BIT, key->tun_flags);
#else
	key->tun_flags |= TUNNEL_KEY;
#endif
}

#endif
