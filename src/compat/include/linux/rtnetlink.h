/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/rtnetlink.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_LINUX_RTNETLINK_H)
#define _OVL_COMPAT_LINUX_RTNETLINK_H

#include <linux/netlink.h>
#include "ovl_probed.h"

/* Where a dump of a forwarding table may keep something between two messages:
 * behind what the core keeps there itself, which zeroes it all to begin with.
 */
#ifdef OVL_HAVE_NDO_FDB_DUMP_CONTEXT
#define OVL_COMPAT_FDB_DUMP_USED	sizeof(struct ndo_fdb_dump_context)
#else
#define OVL_COMPAT_FDB_DUMP_USED	(3 * sizeof(long)) /* args[0] to [2] */
#endif

static inline void *ovl_compat_fdb_dump_room(struct netlink_callback *cb)
{
	return cb->ctx + OVL_COMPAT_FDB_DUMP_USED;
}

#endif
