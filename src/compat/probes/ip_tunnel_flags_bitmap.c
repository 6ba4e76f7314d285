// SPDX-License-Identifier: GPL-2.0
/* tunnel flags as a bitmap, before 6.10 a __be16 */
#include <net/ip_tunnels.h>

void probe(struct ip_tunnel_key *key);
void probe(struct ip_tunnel_key *key)
{
	__set_bit(IP_TUNNEL_KEY_BIT, key->tun_flags);
}
