/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that ends where its contents end, for a sanitizer to watch. */
#ifndef _OVL_TUN_EXACT_H
#define _OVL_TUN_EXACT_H

#include <linux/slab.h>
#include <linux/string.h>

#define EXACT_PAD 8 /* so that no bytes are exactly none, too */

/* A copy of @len bytes, or zeros; what is behind it may not be touched. */
static inline unsigned char *exact(const void *from, size_t len)
{
	unsigned char *base = kzalloc(EXACT_PAD + len, GFP_KERNEL | __GFP_NOFAIL);

	if (from)
		memcpy(base + EXACT_PAD, from, len);
	return base + EXACT_PAD;
}

static inline void exact_free(unsigned char *area)
{
	kfree(area - EXACT_PAD);
}

#endif
