// SPDX-License-Identifier: GPL-2.0
/* ndo_fdb_del_bulk() with the message, from 6.8 on */
#include <linux/netdevice.h>

int probe(const struct net_device_ops *ops, struct nlmsghdr *nlh);
int probe(const struct net_device_ops *ops, struct nlmsghdr *nlh)
{
	return ops->ndo_fdb_del_bulk(nlh, NULL, NULL);
}
