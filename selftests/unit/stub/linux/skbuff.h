/* SPDX-License-Identifier: GPL-2.0 */
/* What wire.h takes from <linux/skbuff.h>: it has no packet here. */
#ifndef _OVL_TUN_STUB_SKBUFF_H
#define _OVL_TUN_STUB_SKBUFF_H

#include <arpa/inet.h>
#include <linux/types.h>
#include <stdbool.h>

struct sk_buff;
struct udphdr *udp_hdr(const struct sk_buff *skb);

#define likely(x)	(x)
#define unlikely(x)	(x)

#endif
