// SPDX-License-Identifier: GPL-2.0
/*
 * Geneve on the wire, RFC 8926 section 3.4.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |Ver|  Opt Len  |O|C|    Rsvd.  |          Protocol Type        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |        Virtual Network Identifier (VNI)       |    Reserved   |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                    Variable-Length Options                    |
 */

#include <linux/unaligned.h>
#include <linux/if_ether.h>
#include <linux/string.h>

#include "wire.h"

#define OVL_GENEVE_CONTROL	0x80	/* O, in the second byte */
#define OVL_GENEVE_CRITICAL	0x40	/* C, in the second byte */

/**
 * ovl_geneve_hlen() - length of a Geneve header with its options
 * @start: first byte of the header
 */
unsigned int ovl_geneve_hlen(const u8 *start)
{
	return OVL_SHIM_BASE + (start[0] & 0x3f) * 4;
}

/**
 * ovl_geneve_critical() - whether a header says that an option is critical
 * @start: first byte of the header
 */
bool ovl_geneve_critical(const u8 *start)
{
	return start[1] & OVL_GENEVE_CRITICAL;
}

/**
 * ovl_geneve_parse() - decode the fixed part of a Geneve header
 * @start: OVL_SHIM_BASE bytes
 * @shim: filled
 *
 * Reserved bits are ignored, as the RFC demands. So is C: options are looked
 * at one by one in any case.
 *
 * Return: 0, or the enum ovl_tun_drop that the packet is to be counted under.
 */
int ovl_geneve_parse(const u8 *start, struct ovl_shim *shim)
{
	if (start[0] >> 6)
		return OVL_TUN_DROP_RX_GENEVE_VERSION;

	shim->vni = get_unaligned_be24(start + 4);
	shim->len = ovl_geneve_hlen(start);
	shim->proto = htons(get_unaligned_be16(start + 2));
	shim->control = start[1] & OVL_GENEVE_CONTROL;
	shim->marked = false;
	shim->extension = OVL_EXTENSION_NONE;
	return 0;
}

/**
 * ovl_geneve_build() - write a Geneve header with options, for Ethernet
 * @shim: room for OVL_SHIM_MAX bytes
 * @vni: network identifier
 * @opts: options that ovl_opts_check() finds good
 * @opts_len: their length, at most OVL_OPTS_MAX_LEN
 *
 * Return: bytes written.
 */
unsigned int ovl_geneve_build(u8 *shim, u32 vni, const void *opts,
			      unsigned int opts_len)
{
	struct ovl_opts_info info;

	ovl_opts_check(opts, opts_len, &info);
	shim[0] = opts_len / 4;
	shim[1] = info.critical ? OVL_GENEVE_CRITICAL : 0;
	put_unaligned_be16(ETH_P_TEB, shim + 2);
	put_unaligned_be32(vni << 8, shim + 4);
	memcpy(shim + OVL_SHIM_BASE, opts, opts_len);
	return OVL_SHIM_BASE + opts_len;
}

/**
 * ovl_geneve_set_flags() - say more than options do
 * @shim: from ovl_geneve_build()
 * @control: the packet is for the tunnel endpoint
 * @critical: there is a critical option, even if none is marked so
 */
void ovl_geneve_set_flags(u8 *shim, bool control, bool critical)
{
	if (control)
		shim[1] |= OVL_GENEVE_CONTROL;
	if (critical)
		shim[1] |= OVL_GENEVE_CRITICAL;
}

/**
 * ovl_geneve_set_proto() - say what follows, if it isn't Ethernet
 * @shim: from ovl_geneve_build()
 * @proto: ETH_P_IP or ETH_P_IPV6, network byte order
 */
void ovl_geneve_set_proto(u8 *shim, __be16 proto)
{
	put_unaligned_be16(ntohs(proto), shim + 2);
}
