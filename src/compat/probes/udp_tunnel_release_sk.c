// SPDX-License-Identifier: GPL-2.0
/* Releasing and announcing a UDP tunnel port by struct sock */
#include <net/udp_tunnel.h>

void probe(struct sock *sk);
void probe(struct sock *sk)
{
	udp_tunnel_notify_add_rx_port(sk, UDP_TUNNEL_TYPE_VXLAN);
	udp_tunnel_sock_release(sk);
}
