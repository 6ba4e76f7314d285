/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_RECEIVE_H
#define _OVL_TUN_RECEIVE_H

#include <linux/skbuff.h>
#include <net/sock.h>

int ovl_rcv(struct sock *sk, struct sk_buff *skb);
int ovl_err_lookup(struct sock *sk, struct sk_buff *skb);

#endif /* _OVL_TUN_RECEIVE_H */
