/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_OPTSET_H
#define _OVL_TUN_OPTSET_H

#include <linux/netlink.h>
#include <uapi/linux/ovl_tun.h>

#include "option.h"

/* Classes below this one are given out by IETF Review only, RFC 8926 section 7.
 * So far there is none that anybody could mean.
 */
#define OVL_OPT_CLASS_MIN	0x0100

#define OVL_OPTS_MAX_COUNT	(OVL_OPTS_MAX_LEN / OVL_OPT_HLEN)

/**
 * struct ovl_opt_source - where the value of an option comes from
 * @mask: bits of a value of 4 bytes to take
 * @kind: enum ovl_tun_opt_source, or 0 for a constant
 * @shift: how far to the right to shift them then
 */
struct ovl_opt_source {
	u32 mask;
	u8 kind;
	u8 shift;
};

/**
 * struct ovl_optset - options to attach to what is sent
 * @len: bytes of @area that are taken
 * @area: options as on the wire, in the order of their addition; data that
 *	has a source is 0
 * @source: of each option, in the same order
 */
struct ovl_optset {
	unsigned int len;
	u8 area[OVL_OPTS_MAX_LEN];
	struct ovl_opt_source source[OVL_OPTS_MAX_COUNT];
};

/* In place of a peer's id: each packet has its own. */
#define OVL_OPT_PEER_ANY	(~0U)

/* In a patch: the mark goes into a VXLAN header, as GBP. */
#define OVL_PATCH_GBP	0xff

/* In a patch: the VNI goes into a header that is any peer's. */
#define OVL_PATCH_VNI	0xfe

/**
 * struct ovl_patch - a value that is put in for each packet
 * @mask: as in &ovl_opt_source
 * @at: where in the options it goes, bytes
 * @kind: enum ovl_tun_opt_source, one that differs from packet to packet; or
 *	OVL_PATCH_GBP or OVL_PATCH_VNI, where the other fields say nothing
 * @shift: as in &ovl_opt_source
 */
struct ovl_patch {
	u32 mask;
	u16 at;
	u8 kind;
	u8 shift;
};

/* Whether a source has 8 bytes, which are taken as they are. */
static inline bool ovl_opt_source_wide(u8 kind)
{
	return kind == OVL_TUN_OPT_SOURCE_COUNTER ||
	       kind == OVL_TUN_OPT_SOURCE_TIME;
}

int ovl_optset_put(struct ovl_optset *set, const struct ovl_opt *opt,
		   const struct ovl_opt_source *source, u16 nlm_flags,
		   const struct nlattr *attr, struct netlink_ext_ack *extack);
int ovl_optset_del(struct ovl_optset *set, u16 class, u8 type,
		   const struct nlattr *attr, struct netlink_ext_ack *extack);
u32 ovl_optset_mark_bits(const struct ovl_optset *set);
unsigned int ovl_optset_patches(const struct ovl_optset *set, u32 vni,
				u32 peer);
unsigned int ovl_optset_compile(const struct ovl_optset *set, u32 vni, u32 peer,
				u8 *area, struct ovl_patch *patch);

#endif /* _OVL_TUN_OPTSET_H */
