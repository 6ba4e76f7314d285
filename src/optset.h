/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_OPTSET_H
#define _OVL_TUN_OPTSET_H

#include <linux/netlink.h>

#include "option.h"

/**
 * struct ovl_optset - options that a device attaches to what it sends
 * @len: bytes of @area that are taken
 * @area: options as on the wire, in the order of their addition
 */
struct ovl_optset {
	unsigned int len;
	u8 area[OVL_OPTS_MAX_LEN];
};

int ovl_optset_put(struct ovl_optset *set, const struct ovl_opt *opt,
		   u16 nlm_flags, const struct nlattr *attr,
		   struct netlink_ext_ack *extack);
int ovl_optset_del(struct ovl_optset *set, u16 class, u8 type,
		   const struct nlattr *attr, struct netlink_ext_ack *extack);

#endif /* _OVL_TUN_OPTSET_H */
