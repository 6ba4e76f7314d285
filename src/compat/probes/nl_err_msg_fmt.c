// SPDX-License-Identifier: GPL-2.0
/* Formatted extack messages, from 6.2 on */
#include <linux/netlink.h>

void probe(struct netlink_ext_ack *extack);
void probe(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG_FMT(extack, "%d", 1);
}
