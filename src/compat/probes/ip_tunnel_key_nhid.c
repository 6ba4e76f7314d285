// SPDX-License-Identifier: GPL-2.0
/* ip_tunnel_key.nhid, not before 6.6 */
#include <net/ip_tunnels.h>

u32 probe(const struct ip_tunnel_key *key);
u32 probe(const struct ip_tunnel_key *key)
{
	return key->nhid;
}
