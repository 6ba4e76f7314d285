// SPDX-License-Identifier: GPL-2.0
/*
 * The header of packets whose options are those of their VNI.
 *
 * One for each set that is a VNI's, whatever the number of VNIs and of peers:
 * what depends on the peer is put in for each packet.
 */

#include <linux/slab.h>

#include "template.h"
#include "wire.h"

/**
 * ovl_template_new() - build the header for a set
 * @opts: what is in the set
 *
 * Return: to be freed with kfree_rcu() once it has been published; NULL without
 * memory.
 */
struct ovl_template *ovl_template_new(const struct ovl_optset *opts)
{
	unsigned int n = ovl_optset_patches(opts, OVL_TUN_N_VNI,
					    OVL_OPT_PEER_ANY);
	struct ovl_template *template;
	struct ovl_patch *patch;

	template = kzalloc(struct_size(template, shim, OVL_SHIM_BASE + opts->len +
				       n * sizeof(*patch)),
			   GFP_KERNEL_ACCOUNT);
	if (!template)
		return NULL;
	template->mark_bits = ovl_optset_mark_bits(opts);
	template->len = ovl_geneve_build(template->shim, 0, opts->area,
					 opts->len);
	patch = (struct ovl_patch *)(template->shim + template->len);
	template->n_patches = ovl_optset_compile(opts, OVL_TUN_N_VNI,
						 OVL_OPT_PEER_ANY,
						 template->shim + OVL_SHIM_BASE,
						 patch);
	template->patch = patch;
	return template;
}
