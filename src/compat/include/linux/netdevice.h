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

/* Whether tc or BPF looks at what the device receives; RCU read section. */
static inline bool ovl_compat_has_ingress(const struct net_device *dev)
{
#ifdef OVL_HAVE_NETDEV_TCX_INGRESS
	return rcu_access_pointer(dev->tcx_ingress);
#elif defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_ingress);
#else
	return false;
#endif
}

/* Forwarding tables: who notifies is said since 6.14. */
#ifdef OVL_HAVE_NDO_FDB_NOTIFIED
#define OVL_COMPAT_FDB_ADD(name)
#define OVL_COMPAT_FDB_DEL(name)
#define OVL_COMPAT_FDB_OP(name)	name
#else
struct ndmsg;
struct nlattr;

/* Define the handlers that net_device_ops want around ours. */
#define OVL_COMPAT_FDB_ADD(name)					\
static int ovl_compat_##name(struct ndmsg *ndm, struct nlattr *tb[],	\
			     struct net_device *dev,			\
			     const unsigned char *addr, u16 vid,	\
			     u16 flags, struct netlink_ext_ack *extack)	\
{									\
	bool notified;							\
									\
	return name(ndm, tb, dev, addr, vid, flags, &notified, extack);	\
}

#define OVL_COMPAT_FDB_DEL(name)					\
static int ovl_compat_##name(struct ndmsg *ndm, struct nlattr *tb[],	\
			     struct net_device *dev,			\
			     const unsigned char *addr, u16 vid,	\
			     struct netlink_ext_ack *extack)		\
{									\
	bool notified;							\
									\
	return name(ndm, tb, dev, addr, vid, &notified, extack);	\
}

#define OVL_COMPAT_FDB_OP(name)	ovl_compat_##name
#endif

/* A flush gets the message since 6.8, before what the core has read of it. */
#ifdef OVL_HAVE_NDO_FDB_DEL_BULK_NLH
#define OVL_COMPAT_FDB_BULK(name)
#define OVL_COMPAT_FDB_BULK_OP(name)	name
#else
#define OVL_COMPAT_FDB_BULK(name)					\
static int ovl_compat_##name(struct ndmsg *ndm, struct nlattr *tb[],	\
			     struct net_device *dev, u16 vid,		\
			     struct netlink_ext_ack *extack)		\
{									\
	return name((struct nlmsghdr *)((char *)ndm - NLMSG_HDRLEN), dev, \
		    extack);						\
}

#define OVL_COMPAT_FDB_BULK_OP(name)	ovl_compat_##name
#endif

#endif
