// SPDX-License-Identifier: GPL-2.0
/* dev->tcx_ingress, before 6.6 miniq_ingress */
#include <linux/netdevice.h>

bool probe(const struct net_device *dev);
bool probe(const struct net_device *dev)
{
	return rcu_access_pointer(dev->tcx_ingress);
}
