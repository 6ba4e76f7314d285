/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVL_PROBING
#include "ovl_probed.h"
#endif
#if defined(OVL_PROBING) || defined(OVL_HAVE_NET_RPS)
#include_next <net/rps.h>
#else
#include <linux/netdevice.h>
#endif
