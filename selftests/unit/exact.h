/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that ends where its contents end, for AddressSanitizer to watch. */
#ifndef _OVL_TUN_EXACT_H
#define _OVL_TUN_EXACT_H

#include <stdlib.h>
#include <string.h>

#define EXACT_PAD 8 /* so that no bytes are exactly none, too */

/* A copy of @len bytes, or zeros; neither side of it may be touched. */
static inline unsigned char *exact(const void *from, size_t len)
{
	unsigned char *base = calloc(1, EXACT_PAD + len);

	if (!base)
		abort();
	if (from)
		memcpy(base + EXACT_PAD, from, len);
	return base + EXACT_PAD;
}

static inline void exact_free(unsigned char *area)
{
	free(area - EXACT_PAD);
}

#endif
