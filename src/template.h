/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_TEMPLATE_H
#define _OVL_TUN_TEMPLATE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "optset.h"

/**
 * struct ovl_template - Geneve header with the options of a set, for any peer
 * @rcu: frees a replaced one
 * @mark_bits: ovl_optset_mark_bits() of the set
 * @len: bytes in @shim, a multiple of 4
 * @n_patches: number of @patch
 * @patch: values that the options of each packet get, behind @shim
 * @shim: header with options, but without a VNI
 *
 * Immutable.
 */
struct ovl_template {
	struct rcu_head rcu;
	u32 mark_bits;
	u16 len;
	u8 n_patches;
	const struct ovl_patch *patch;
	u8 shim[] __aligned(__alignof__(struct ovl_patch));
};

struct ovl_template *ovl_template_new(const struct ovl_optset *opts);

#endif /* _OVL_TUN_TEMPLATE_H */
