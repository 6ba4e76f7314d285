/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_ANSWER_H
#define _OVL_TUN_ANSWER_H

#include <linux/types.h>

struct sk_buff;

void ovl_answer_too_big(struct sk_buff *skb, u32 mtu);
void ovl_answer_unreachable(struct sk_buff *skb);

#endif /* _OVL_TUN_ANSWER_H */
