/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/flow.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_FLOW_H)
#define _OVL_COMPAT_NET_FLOW_H

#include <net/inet_dscp.h>
#include "ovl_probed.h"

static inline void ovl_compat_flowi4_set_dscp(struct flowi4 *fl4, dscp_t dscp)
{
#ifdef OVL_HAVE_FLOWI4_DSCP
	fl4->flowi4_dscp = dscp;
#else
	fl4->flowi4_tos = inet_dscp_to_dsfield(dscp);
#endif
}

#endif
