// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN on the wire, RFC 7348 section 5, and with one of two extensions, which
 * use reserved fields, some of them the same:
 *
 * - the Generic Protocol Extension (GPE, draft-ietf-nvo3-vxlan-gpe): the flag P,
 *   0x04, and the next protocol in the fourth byte;
 * - Group Based Policy (GBP, draft-smith-vxlan-group-policy): the flag G, 0x80,
 *   which says that the other fields are there; D, 0x40 of the second byte, and
 *   A, 0x08; and the group's number in the third and fourth.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |R|R|R|R|I|R|R|R|            Reserved                           |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                VXLAN Network Identifier (VNI) |   Reserved    |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */

#include <linux/unaligned.h>
#include <linux/if_ether.h>
#include <linux/string.h>

#include "wire.h"

#define OVL_VXLAN_VNI_FLAG	0x08000000
#define OVL_VXLAN_GPE_FLAG	0x04000000
#define OVL_VXLAN_GPE_FLAGS	(OVL_VXLAN_VNI_FLAG | OVL_VXLAN_GPE_FLAG)
#define OVL_VXLAN_GPE_IPV4	1
#define OVL_VXLAN_GPE_IPV6	2
#define OVL_VXLAN_GPE_ETHER	3

/* The fields of GBP have the same place in a mark, but for the flag G, whose
 * place says nothing there.
 */
#define OVL_VXLAN_GBP_FLAG	0x80000000
#define OVL_VXLAN_GBP_FIELDS	0x00ffffff	/* those that aren't used too */

static __be16 ovl_vxlan_gpe_proto(u8 next)
{
	switch (next) {
	case OVL_VXLAN_GPE_IPV4:
		return htons(ETH_P_IP);
	case OVL_VXLAN_GPE_IPV6:
		return htons(ETH_P_IPV6);
	case OVL_VXLAN_GPE_ETHER:
		return htons(ETH_P_TEB);
	}
	return 0; /* nothing that anybody carries */
}

/* Decode the first four bytes of a header that has more than the flag I.
 *
 * Return: whether it is one of the extensions.
 */
static bool ovl_vxlan_parse_extension(u32 flags, struct ovl_shim *shim)
{
	if ((flags & ~0xffU) == OVL_VXLAN_GPE_FLAGS) {
		shim->extension = OVL_EXTENSION_GPE;
		shim->proto = ovl_vxlan_gpe_proto(flags & 0xff);
		return true;
	}
	shim->extension = OVL_EXTENSION_GBP;
	shim->marked = flags & OVL_VXLAN_GBP_FLAG;
	shim->mark = flags & OVL_GBP_MARK;
	flags &= ~(OVL_VXLAN_GBP_FLAG | OVL_VXLAN_GBP_FIELDS);
	return flags == OVL_VXLAN_VNI_FLAG;
}

/**
 * ovl_vxlan_parse() - decode a VXLAN header
 * @start: OVL_SHIM_BASE bytes
 * @shim: filled
 *
 * A reserved bit that is set drops the packet, as vxlan.ko does: the sender
 * speaks an extension that would be misread here. Which extension a device
 * takes is its own affair. One that takes GBP ignores what GBP has reserved, and
 * all of its fields where G isn't set, which vxlan.ko does as well.
 *
 * Return: 0, or the enum ovl_tun_drop that the packet is to be counted under.
 */
int ovl_vxlan_parse(const u8 *start, struct ovl_shim *shim)
{
	u32 flags = get_unaligned_be32(start);

	shim->vni = get_unaligned_be24(start + 4);
	shim->len = OVL_SHIM_BASE;
	shim->proto = htons(ETH_P_TEB);
	shim->control = false;
	shim->marked = false;
	shim->extension = OVL_EXTENSION_NONE;
	if (unlikely(start[7]) ||
	    (unlikely(flags != OVL_VXLAN_VNI_FLAG) &&
	     !ovl_vxlan_parse_extension(flags, shim)))
		return OVL_TUN_DROP_RX_VXLAN_FLAGS;
	return 0;
}

/**
 * ovl_vxlan_build() - write a VXLAN header
 * @shim: OVL_SHIM_BASE bytes
 * @vni: network identifier
 */
void ovl_vxlan_build(u8 *shim, u32 vni)
{
	put_unaligned_be32(OVL_VXLAN_VNI_FLAG, shim);
	put_unaligned_be32(vni << 8, shim + 4);
}

/**
 * ovl_vxlan_gpe_build() - write a VXLAN header for something else than Ethernet
 * @shim: OVL_SHIM_BASE bytes
 * @vni: network identifier
 */
void ovl_vxlan_gpe_build(u8 *shim, u32 vni)
{
	put_unaligned_be32(OVL_VXLAN_GPE_FLAGS, shim);
	put_unaligned_be32(vni << 8, shim + 4);
}

/**
 * ovl_vxlan_gpe_set_proto() - say what follows
 * @shim: from ovl_vxlan_gpe_build()
 * @proto: ETH_P_IP or ETH_P_IPV6, network byte order
 */
void ovl_vxlan_gpe_set_proto(u8 *shim, __be16 proto)
{
	shim[3] = proto == htons(ETH_P_IP) ? OVL_VXLAN_GPE_IPV4 :
					     OVL_VXLAN_GPE_IPV6;
}

/**
 * ovl_vxlan_gbp_set_mark() - carry the mark of a packet
 * @shim: from ovl_vxlan_build()
 * @mark: mark; without one the header stays as it is
 */
void ovl_vxlan_gbp_set_mark(u8 *shim, u32 mark)
{
	if (mark)
		put_unaligned_be32(OVL_VXLAN_VNI_FLAG | OVL_VXLAN_GBP_FLAG |
				   (mark & OVL_GBP_MARK), shim);
}
