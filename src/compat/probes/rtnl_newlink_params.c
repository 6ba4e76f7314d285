// SPDX-License-Identifier: GPL-2.0
/* newlink() with struct rtnl_newlink_params, from 6.15 on */
#include <net/rtnetlink.h>

int probe(struct rtnl_newlink_params *params);
int probe(struct rtnl_newlink_params *params)
{
	return !!params->src_net;
}
