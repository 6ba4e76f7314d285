/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/netdevice.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_LINUX_NETDEVICE_H)
#define _OVL_COMPAT_LINUX_NETDEVICE_H

#include "ovl_probed.h"

/* Transmit without the queue's lock: a feature bit before it was a field. */
#ifdef OVL_HAVE_NETDEV_LLTX
static inline void ovl_compat_set_lltx(struct net_device *dev)
{
	dev->lltx = true;
}
#else
static inline void ovl_compat_set_lltx(struct net_device *dev)
{
	dev->features |= NETIF_F_LLTX;
}
#endif

#endif
