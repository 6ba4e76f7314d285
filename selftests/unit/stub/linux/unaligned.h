/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_STUB_UNALIGNED_H
#define _OVL_TUN_STUB_UNALIGNED_H

static inline unsigned int get_unaligned_be24(const void *from)
{
	const unsigned char *p = from;

	return p[0] << 16 | p[1] << 8 | p[2];
}

static inline unsigned int get_unaligned_be32(const void *from)
{
	const unsigned char *p = from;

	return (unsigned int)p[0] << 24 | get_unaligned_be24(p + 1);
}

static inline unsigned int get_unaligned_be16(const void *from)
{
	const unsigned char *p = from;

	return p[0] << 8 | p[1];
}

static inline void put_unaligned_be16(unsigned int v, void *to)
{
	unsigned char *p = to;

	p[0] = v >> 8;
	p[1] = v;
}

static inline void put_unaligned_be32(unsigned int v, void *to)
{
	unsigned char *p = to;

	put_unaligned_be16(v >> 16, p);
	put_unaligned_be16(v, p + 2);
}

#endif
