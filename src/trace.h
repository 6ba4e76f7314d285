/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ovl_tun

#if !defined(_OVL_TUN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _OVL_TUN_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "drop.h"

/* define_trace.h reads this file again and again. */
#undef OVL_DROP_ENUM
#undef OVL_DROP_SYMBOL
#define OVL_DROP_ENUM(reason, text, first, second) \
	TRACE_DEFINE_ENUM(OVL_TUN_DROP_##reason);
#define OVL_DROP_SYMBOL(reason, text, first, second) \
	{ OVL_TUN_DROP_##reason, text },

OVL_DROPS(OVL_DROP_ENUM)

/* A packet is dropped. ifindex is 0 while its device isn't known, skb is NULL
 * where the packet is gone already.
 */
TRACE_EVENT(ovl_tun_drop,
	TP_PROTO(const struct sk_buff *skb, int ifindex, u32 reason),
	TP_ARGS(skb, ifindex, reason),
	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(int, ifindex)
		__field(unsigned int, len)
		__field(u32, reason)
	),
	TP_fast_assign(
		__entry->skb = skb;
		__entry->ifindex = ifindex;
		__entry->len = skb ? skb->len : 0;
		__entry->reason = reason;
	),
	TP_printk("skb=%p ifindex=%d len=%u reason=%s",
		  __entry->skb, __entry->ifindex, __entry->len,
		  __print_symbolic(__entry->reason, OVL_DROPS(OVL_DROP_SYMBOL) { 0, NULL }))
);

#endif /* _OVL_TUN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
