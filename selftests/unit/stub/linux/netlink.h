/* SPDX-License-Identifier: GPL-2.0 */
/* What optset.c takes from the kernel's <linux/netlink.h>. */
#ifndef _OVL_TUN_STUB_NETLINK_H
#define _OVL_TUN_STUB_NETLINK_H

#include_next <linux/netlink.h>

struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
};

#define NL_SET_ERR_MSG_ATTR(extack, attr, msg)	\
	((extack)->_msg = (msg), (extack)->bad_attr = (attr))

#endif
