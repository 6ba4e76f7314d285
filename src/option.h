/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Geneve TLV options, RFC 8926 section 3.5: check, walk and build.
 *
 * Depends on nothing but integer types, so that unit tests and fuzzers build
 * the same file in user space.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |          Option Class         |C|    Type     |R|R|R| Length  |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                  Data, Length times 4 bytes                   |
 */
#ifndef _OVL_TUN_OPTION_H
#define _OVL_TUN_OPTION_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
#endif

#define OVL_OPT_HLEN		4	/* bytes before an option's data */
#define OVL_OPT_CRITICAL	0x80	/* type bit: drop what isn't understood */
#define OVL_OPT_MAX_DATA	124	/* 5 bits of 4-byte words */
#define OVL_OPTS_MAX_LEN	252	/* 6 bits of 4-byte words */

/**
 * struct ovl_opt - one option, its header decoded
 * @class: who defined @type, host byte order
 * @type: type with the critical bit
 * @len: bytes of data, a multiple of 4, at most OVL_OPT_MAX_DATA
 * @data: the data, as on the wire; not aligned
 */
struct ovl_opt {
	u16 class;
	u8 type;
	u8 len;
	const u8 *data;
};

/**
 * struct ovl_opt_iter - a place in an option area
 * @pos: next option
 * @left: bytes from @pos to the end of the area
 */
struct ovl_opt_iter {
	const u8 *pos;
	unsigned int left;
};

/**
 * enum ovl_opt_step - what ovl_opt_next() found
 * @OVL_OPT_END: the area ends here
 * @OVL_OPT_FOUND: one more option
 * @OVL_OPT_MALFORMED: an option runs past the end of the area
 */
enum ovl_opt_step {
	OVL_OPT_END,
	OVL_OPT_FOUND,
	OVL_OPT_MALFORMED,
};

/**
 * struct ovl_opts_info - what ovl_opts_check() saw in an option area
 * @count: number of options
 * @critical: how many of them are marked critical
 */
struct ovl_opts_info {
	unsigned int count;
	unsigned int critical;
};

#define OVL_OPT_MAX_CLASSES	16	/* that one list has */

/**
 * struct ovl_opt_classes - a few option classes
 * @n: how many
 * @class: these
 */
struct ovl_opt_classes {
	unsigned int n;
	u16 class[OVL_OPT_MAX_CLASSES];
};

/* Whether a class is one of them; NULL stands for none. */
static inline bool ovl_opt_classes_have(const struct ovl_opt_classes *classes,
					u16 class)
{
	unsigned int i;

	for (i = 0; classes && i < classes->n; i++)
		if (classes->class[i] == class)
			return true;
	return false;
}

static inline void ovl_opt_iter_init(struct ovl_opt_iter *it, const void *area,
				     unsigned int len)
{
	it->pos = area;
	it->left = len;
}

enum ovl_opt_step ovl_opt_next(struct ovl_opt_iter *it, struct ovl_opt *opt);
bool ovl_opts_check(const void *area, unsigned int len,
		    struct ovl_opts_info *info);
void ovl_opts_discount(const void *area, unsigned int len,
		       const struct ovl_opt_classes *known,
		       struct ovl_opts_info *info);
unsigned int ovl_opts_filter(const void *area, unsigned int len,
			     const struct ovl_opt_classes *classes, void *to);
bool ovl_opts_find(const void *area, unsigned int len, u16 class, u8 type,
		   struct ovl_opt *opt);
unsigned int ovl_opt_put(void *area, unsigned int used,
			 const struct ovl_opt *opt);

#endif /* _OVL_TUN_OPTION_H */
