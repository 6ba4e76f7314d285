// SPDX-License-Identifier: GPL-2.0
/* ndo_fdb_add() and ndo_fdb_del() say whether they notify, from 6.14 on */
#include <linux/netdevice.h>

int probe(const struct net_device_ops *ops, struct net_device *dev);
int probe(const struct net_device_ops *ops, struct net_device *dev)
{
	bool notified;

	return ops->ndo_fdb_del(NULL, NULL, dev, NULL, 0, &notified, NULL);
}
