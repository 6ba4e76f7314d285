/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/rtnetlink.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_LINUX_RTNETLINK_H)
#define _OVL_COMPAT_LINUX_RTNETLINK_H

#include <linux/netlink.h>
#include "ovl_probed.h"

/* Where a dump of a forwarding table goes on. */
static inline unsigned long
ovl_compat_fdb_dump_from(const struct netlink_callback *cb)
{
#ifdef OVL_HAVE_NDO_FDB_DUMP_CONTEXT
	return ((const struct ndo_fdb_dump_context *)cb->ctx)->fdb_idx;
#else
	return cb->args[2];
#endif
}

#endif
