/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_WIRE_H
#define _OVL_TUN_WIRE_H

#include <linux/skbuff.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <uapi/linux/ovl_tun.h>

#include "option.h"

#define OVL_SHIM_BASE	8	/* VXLAN header, and Geneve's without options */
#define OVL_SHIM_MAX	(OVL_SHIM_BASE + OVL_OPTS_MAX_LEN)

/* Bits of a mark that GBP carries: D, A and the group. */
#define OVL_GBP_MARK	0x0048ffff

/**
 * enum ovl_extension - what a VXLAN header has besides the VNI
 * @OVL_EXTENSION_NONE: nothing, or the header isn't VXLAN's
 * @OVL_EXTENSION_GPE: a field that says what follows
 * @OVL_EXTENSION_GBP: fields for a policy, which need not be valid
 */
enum ovl_extension {
	OVL_EXTENSION_NONE,
	OVL_EXTENSION_GPE,
	OVL_EXTENSION_GBP,
};

/**
 * struct ovl_shim - the header between UDP and the inner frame, decoded
 * @vni: VXLAN network identifier, host byte order
 * @len: bytes from the UDP header's end to the inner frame, options included
 * @proto: what follows, network byte order
 * @control: the packet is for the tunnel endpoint, not for its payload path
 * @marked: it carries a mark
 * @extension: enum ovl_extension
 * @mark: that mark
 *
 * Only the first OVL_SHIM_BASE bytes of the header are known to be there.
 */
struct ovl_shim {
	u32 vni;
	u16 len;
	__be16 proto;
	bool control;
	bool marked;
	u8 extension;
	u32 mark;
};

/* First byte behind the UDP header. */
static inline const u8 *ovl_shim_start(const struct sk_buff *skb)
{
	return (const u8 *)(udp_hdr(skb) + 1);
}

/* Both have the VNI at the same place, and a byte that is 0 behind it. */
static inline void ovl_shim_set_vni(u8 *shim, u32 vni)
{
	put_unaligned_be32(vni << 8, shim + 4);
}

static inline u32 ovl_shim_vni(const u8 *shim)
{
	return get_unaligned_be32(shim + 4) >> 8;
}

int ovl_vxlan_parse(const u8 *start, struct ovl_shim *shim);
void ovl_vxlan_build(u8 *shim, u32 vni);
void ovl_vxlan_gpe_build(u8 *shim, u32 vni);
void ovl_vxlan_gpe_set_proto(u8 *shim, __be16 proto);
void ovl_vxlan_gbp_set_mark(u8 *shim, u32 mark);

int ovl_geneve_parse(const u8 *start, struct ovl_shim *shim);
unsigned int ovl_geneve_build(u8 *shim, u32 vni, const void *opts,
			      unsigned int opts_len);
unsigned int ovl_geneve_hlen(const u8 *start);
bool ovl_geneve_critical(const u8 *start);
void ovl_geneve_set_flags(u8 *shim, bool control, bool critical);
void ovl_geneve_set_proto(u8 *shim, __be16 proto);

#endif /* _OVL_TUN_WIRE_H */
