/* SPDX-License-Identifier: GPL-2.0 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ovl_tun

#if !defined(_OVL_TUN_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _OVL_TUN_TRACE_H

#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "drop.h"

/* A packet is dropped. ifindex is 0 while its device isn't known, skb is NULL
 * where the packet is gone already.
 */
TRACE_EVENT(ovl_tun_drop,

	TP_PROTO(const struct sk_buff *skb, int ifindex,
		 enum ovl_tun_drop reason),

	TP_ARGS(skb, ifindex, reason),

	TP_STRUCT__entry(
		__field(const void *, skb)
		__field(int, ifindex)
		__field(unsigned int, len)
		__array(char, reason, OVL_DROP_NAME_LEN)
	),

	TP_fast_assign(
		__entry->skb = skb;
		__entry->ifindex = ifindex;
		__entry->len = skb ? skb->len : 0;
		strscpy(__entry->reason, ovl_drop_name(reason),
			OVL_DROP_NAME_LEN);
	),

	TP_printk("skb=%p ifindex=%d len=%u reason=%s",
		  __entry->skb, __entry->ifindex, __entry->len,
		  __entry->reason)
);

#endif /* _OVL_TUN_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
