/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_TEMPLATE_H
#define _OVL_TUN_TEMPLATE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "optset.h"

/**
 * struct ovl_header - encapsulation header that packets get a copy of
 * @patch: values that are put in for each packet, behind @shim
 * @n_patches: number of @patch
 * @len: bytes in @shim, a multiple of 4
 * @shim: header with options
 */
struct ovl_header {
	const struct ovl_patch *patch;
	u8 n_patches;
	u16 len;
	u8 shim[] __aligned(__alignof__(struct ovl_patch));
};

/**
 * struct ovl_template - Geneve header with the options of a set, for any peer
 * @rcu: frees a replaced one
 * @mark_bits: ovl_optset_mark_bits() of the set
 * @header: header without a VNI
 *
 * Immutable.
 */
struct ovl_template {
	struct rcu_head rcu;
	u32 mark_bits;
	struct ovl_header header;
};

void ovl_header_geneve(struct ovl_header *header, const struct ovl_optset *opts,
		       u32 vni, u32 peer);
struct ovl_template *ovl_template_new(const struct ovl_optset *opts);

#endif /* _OVL_TUN_TEMPLATE_H */
