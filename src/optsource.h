/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_OPTSOURCE_H
#define _OVL_TUN_OPTSOURCE_H

#include <linux/skbuff.h>

struct ovl_dev;
struct ovl_header;
struct ovl_path;

void ovl_optsource_fill(struct sk_buff *skb, const struct ovl_dev *ovl,
			const struct ovl_path *path,
			const struct ovl_header *header, u8 *area);

#endif /* _OVL_TUN_OPTSOURCE_H */
