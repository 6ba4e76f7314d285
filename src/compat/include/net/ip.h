/* SPDX-License-Identifier: GPL-2.0 */
#include_next <net/ip.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_NET_IP_H)
#define _OVL_COMPAT_NET_IP_H

#include "ovl_probed.h"

/* OutRequests was what IPSTATS_MIB_OUT counts until they became two. */
#ifdef OVL_HAVE_IP_OUTREQUESTS
#define ovl_compat_ip_inc_outrequests(net) \
	IP_INC_STATS(net, IPSTATS_MIB_OUTREQUESTS)
#else
#define ovl_compat_ip_inc_outrequests(net) ((void)(net))
#endif

#endif
