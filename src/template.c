// SPDX-License-Identifier: GPL-2.0
/*
 * Headers that are built once and copied in front of each packet.
 *
 * That of a peer is in its path. Packets whose options are those of their VNI
 * have another, of which there is one for each set that is a VNI's, whatever the
 * number of VNIs and of peers: what depends on these is put in for each packet.
 */

#include <linux/slab.h>

#include "template.h"
#include "wire.h"

/**
 * ovl_header_geneve() - build a Geneve header
 * @header: filled; with room for options and patches behind what it begins with
 * @opts: options
 * @vni: as for ovl_optset_compile(), which patches it in if it is no VNI
 * @peer: likewise
 */
void ovl_header_geneve(struct ovl_header *header, const struct ovl_optset *opts,
		       u32 vni, u32 peer)
{
	struct ovl_patch *patch;

	header->len = ovl_geneve_build(header->shim, vni, opts->area,
				       opts->len);
	patch = (struct ovl_patch *)(header->shim + header->len);
	header->n_patches = ovl_optset_compile(opts, vni, peer,
					       header->shim + OVL_SHIM_BASE,
					       patch);
	header->patch = patch;
}

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

	template = kzalloc(struct_size(template, header.shim, OVL_SHIM_BASE +
				       opts->len + n * sizeof(struct ovl_patch)),
			   GFP_KERNEL_ACCOUNT);
	if (!template)
		return NULL;
	template->mark_bits = ovl_optset_mark_bits(opts);
	ovl_header_geneve(&template->header, opts, OVL_TUN_N_VNI,
			  OVL_OPT_PEER_ANY);
	return template;
}
