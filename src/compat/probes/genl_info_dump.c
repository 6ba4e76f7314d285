// SPDX-License-Identifier: GPL-2.0
/* Is a dump's request given as a struct genl_info? */
#include <net/genetlink.h>

const struct genl_info *probe(struct netlink_callback *cb)
{
	return genl_info_dump(cb);
}
