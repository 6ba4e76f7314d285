/* SPDX-License-Identifier: GPL-2.0 */
/* What the sources that are built in user space take from <linux/slab.h>. */
#ifndef _OVL_TUN_STUB_SLAB_H
#define _OVL_TUN_STUB_SLAB_H

#include <stdlib.h>

#define GFP_KERNEL		0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOFAIL		0

static inline void *kzalloc(size_t size, int gfp)
{
	void *p = calloc(1, size);

	(void)gfp;
	if (!p)
		abort();
	return p;
}

#define kmalloc(size, gfp)	kzalloc(size, gfp)
#define kfree(p)		free(p)

#define struct_size(p, member, n)	\
	(sizeof(*(p)) + sizeof((p)->member[0]) * (n))

#endif
