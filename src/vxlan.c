// SPDX-License-Identifier: GPL-2.0
/*
 * VXLAN on the wire, RFC 7348 section 5.
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

/**
 * ovl_vxlan_parse() - decode a VXLAN header
 * @start: OVL_SHIM_BASE bytes
 * @shim: filled
 *
 * A reserved bit that is set drops the packet, as vxlan.ko does: the sender
 * speaks an extension that would be misread here.
 *
 * Return: 0, or the enum ovl_tun_drop that the packet is to be counted under.
 */
int ovl_vxlan_parse(const u8 *start, struct ovl_shim *shim)
{
	if (get_unaligned_be32(start) != OVL_VXLAN_VNI_FLAG || start[7])
		return OVL_TUN_DROP_RX_VXLAN_FLAGS;

	shim->vni = get_unaligned_be24(start + 4);
	shim->len = OVL_SHIM_BASE;
	shim->proto = htons(ETH_P_TEB);
	shim->control = false;
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
