/* SPDX-License-Identifier: GPL-2.0 */
#include_next <linux/netlink.h>

#if !defined(OVL_PROBING) && !defined(_OVL_COMPAT_LINUX_NETLINK_H)
#define _OVL_COMPAT_LINUX_NETLINK_H

#include "ovl_probed.h"

#ifndef OVL_HAVE_NL_ERR_MSG_FMT
#include <linux/kernel.h>

/*
 * An extack holds a pointer only and is read after the handler has returned,
 * so the text lives in a few static buffers in turn. Two messages at the same
 * time could at worst mix their wording.
 */
#define OVL_COMPAT_MSG_LEN	80
char *ovl_compat_msg_next(void);

#define NL_SET_ERR_MSG_FMT(extack, fmt, args...)			\
do {									\
	struct netlink_ext_ack *__extack = (extack);			\
									\
	if (__extack) {							\
		char *__text = ovl_compat_msg_next();			\
									\
		snprintf(__text, OVL_COMPAT_MSG_LEN, fmt, ##args);	\
		__extack->_msg = __text;				\
	}								\
} while (0)
#define NL_SET_ERR_MSG_FMT_MOD(extack, fmt, args...)			\
	NL_SET_ERR_MSG_FMT((extack), KBUILD_MODNAME ": " fmt, ##args)
#endif

#endif
