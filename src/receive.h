/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_RECEIVE_H
#define _OVL_TUN_RECEIVE_H

#include <linux/skbuff.h>
#include <net/sock.h>

#include "source.h"
#include "wire.h"

struct ovl_sock;

/**
 * struct ovl_rx - a packet that comes in
 * @os: socket that it is for
 * @from: whose it is, NULL if it is nobody's
 * @key: VNI and outer source; only with a header that could be read
 * @shim: that header
 */
struct ovl_rx {
	struct ovl_sock *os;
	struct ovl_source *from;
	struct ovl_source_key key;
	struct ovl_shim shim;
};

bool ovl_rx_whose(struct ovl_rx *rx, const struct sk_buff *skb);
int ovl_rx_find(struct ovl_rx *rx, struct sk_buff *skb);
void ovl_rx_receive(struct ovl_rx *rx, struct sk_buff *skb);

int ovl_rcv(struct sock *sk, struct sk_buff *skb);
int ovl_err_lookup(struct sock *sk, struct sk_buff *skb);

#endif /* _OVL_TUN_RECEIVE_H */
