/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_NOTIFY_H
#define _OVL_TUN_NOTIFY_H

#include <linux/types.h>

struct ovl_dev;

void ovl_notify_dev(struct ovl_dev *ovl, u8 cmd);
void ovl_notify_options(struct ovl_dev *ovl);

#endif /* _OVL_TUN_NOTIFY_H */
