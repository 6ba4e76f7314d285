// SPDX-License-Identifier: GPL-2.0
/* Geneve TLV codec, see option.h. */

#ifdef __KERNEL__
#include <linux/string.h>
#else
#include <string.h>
#endif

#include "option.h"

/**
 * ovl_opt_next() - take the next option of an area
 * @it: where the walk is; moves behind the option that was found
 * @opt: filled if the answer is OVL_OPT_FOUND
 *
 * Reads nothing beyond the area that @it was made for. The three reserved
 * bits of the length byte are ignored, as RFC 8926 section 3.5 demands.
 */
enum ovl_opt_step ovl_opt_next(struct ovl_opt_iter *it, struct ovl_opt *opt)
{
	unsigned int len;

	if (!it->left)
		return OVL_OPT_END;
	if (it->left < OVL_OPT_HLEN)
		return OVL_OPT_MALFORMED;

	len = (it->pos[3] & 0x1f) * 4;
	if (it->left - OVL_OPT_HLEN < len)
		return OVL_OPT_MALFORMED;

	opt->class = it->pos[0] << 8 | it->pos[1];
	opt->type = it->pos[2];
	opt->len = len;
	opt->data = it->pos + OVL_OPT_HLEN;

	it->pos += OVL_OPT_HLEN + len;
	it->left -= OVL_OPT_HLEN + len;
	return OVL_OPT_FOUND;
}

/**
 * ovl_opts_check() - walk a whole option area
 * @area: first option
 * @len: bytes of options, as the Geneve header says
 * @info: filled with what was seen up to the end or the fault
 *
 * Return: whether the options fill the area exactly.
 */
bool ovl_opts_check(const void *area, unsigned int len,
		    struct ovl_opts_info *info)
{
	struct ovl_opt_iter it;
	enum ovl_opt_step step;
	struct ovl_opt opt;

	info->count = 0;
	info->critical = 0;

	ovl_opt_iter_init(&it, area, len);
	while ((step = ovl_opt_next(&it, &opt)) == OVL_OPT_FOUND) {
		info->count++;
		if (opt.type & OVL_OPT_CRITICAL)
			info->critical++;
	}
	return step == OVL_OPT_END;
}

/**
 * ovl_opts_discount() - leave options out that are known by their class
 * @area: options that ovl_opts_check() finds good
 * @len: their length
 * @known: classes
 * @info: from ovl_opts_check(); those are taken out
 */
void ovl_opts_discount(const void *area, unsigned int len,
		       const struct ovl_opt_classes *known,
		       struct ovl_opts_info *info)
{
	struct ovl_opt_iter it;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, area, len);
	while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND) {
		if (!ovl_opt_classes_have(known, opt.class))
			continue;
		info->count--;
		if (opt.type & OVL_OPT_CRITICAL)
			info->critical--;
	}
}

/**
 * ovl_opts_filter() - copy the options of some classes, in their order
 * @area: options that ovl_opts_check() finds good
 * @len: their length
 * @classes: classes
 * @to: room for as many bytes
 *
 * The reserved bits become 0, as they have to be in what is sent.
 *
 * Return: bytes written.
 */
unsigned int ovl_opts_filter(const void *area, unsigned int len,
			     const struct ovl_opt_classes *classes, void *to)
{
	struct ovl_opt_iter it;
	unsigned int used = 0;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, area, len);
	while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND)
		if (ovl_opt_classes_have(classes, opt.class))
			used = ovl_opt_put(to, used, &opt);
	return used;
}

/**
 * ovl_opts_find() - find the first option of a class and type
 * @area: first option
 * @len: bytes of options
 * @class: class to look for
 * @type: type to look for, critical bit included
 * @opt: filled if found
 *
 * Return: whether it is there, before anything malformed.
 */
bool ovl_opts_find(const void *area, unsigned int len, u16 class, u8 type,
		   struct ovl_opt *opt)
{
	struct ovl_opt_iter it;

	ovl_opt_iter_init(&it, area, len);
	while (ovl_opt_next(&it, opt) == OVL_OPT_FOUND)
		if (opt->class == class && opt->type == type)
			return true;
	return false;
}

/**
 * ovl_opt_put() - append an option to an area
 * @area: option area with room for OVL_OPTS_MAX_LEN bytes
 * @used: bytes that are taken already
 * @opt: option to append
 *
 * Return: bytes taken now, or 0 without any change if @opt can't be written:
 * its data isn't a multiple of 4, is too long for the 5-bit length, or the
 * area would grow beyond the 6-bit length of the Geneve header.
 */
unsigned int ovl_opt_put(void *area, unsigned int used,
			 const struct ovl_opt *opt)
{
	u8 *p = (u8 *)area + used;

	if (opt->len % 4 || opt->len > OVL_OPT_MAX_DATA ||
	    used > OVL_OPTS_MAX_LEN ||
	    OVL_OPTS_MAX_LEN - used < OVL_OPT_HLEN + opt->len)
		return 0;

	p[0] = opt->class >> 8;
	p[1] = opt->class;
	p[2] = opt->type;
	p[3] = opt->len / 4;
	if (opt->len)
		memcpy(p + OVL_OPT_HLEN, opt->data, opt->len);
	return used + OVL_OPT_HLEN + opt->len;
}
