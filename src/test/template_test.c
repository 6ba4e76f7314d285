// SPDX-License-Identifier: GPL-2.0
/*
 * Headers: src/template.c, src/geneve.c, src/vxlan.c. What is built is compared
 * with bytes as RFC 8926 section 3.4 and RFC 7348 section 5 have them.
 */

#include <linux/if_ether.h>

#include "../template.h"
#include "../wire.h"
#include "test.h"

#define VNI	0x123456
#define PEER	0x70000042
#define ALL	0xffffffffU

static struct ovl_optset *set_new(struct kunit *test)
{
	return kunit_kzalloc(test, sizeof(struct ovl_optset), GFP_KERNEL);
}

static void put(struct kunit *test, struct ovl_optset *set, u8 type, u8 kind,
		const void *data, u8 len)
{
	const struct ovl_opt_source source = { ALL, kind, 0 };
	const struct ovl_opt opt = { 0x0102, type, len, data };
	struct netlink_ext_ack extack = {};
	int err = ovl_optset_put(set, &opt, kind ? &source : NULL, NLM_F_CREATE,
				 NULL, &extack);

	KUNIT_EXPECT_EQ(test, err, 0);
}

/* A header in exactly as much memory as it is said to need. */
static struct ovl_header *build(struct kunit *test, const struct ovl_optset *set,
				u32 vni, u32 peer)
{
	unsigned int n = ovl_optset_patches(set, vni, peer);
	struct ovl_header *header;

	header = kunit_kzalloc(test, sizeof(*header) + OVL_SHIM_BASE + set->len +
			       n * sizeof(struct ovl_patch), GFP_KERNEL);
	ovl_header_geneve(header, set, vni, peer);
	KUNIT_EXPECT_EQ(test, header->len, OVL_SHIM_BASE + set->len);
	KUNIT_EXPECT_EQ(test, header->n_patches, n);
	KUNIT_EXPECT_PTR_EQ(test, (const u8 *)header->patch,
			    header->shim + header->len);
	return header;
}

static void template_without_options(struct kunit *test)
{
	static const u8 want[8] = { 0x00, 0x00, 0x65, 0x58, 0x12, 0x34, 0x56, 0x00 };
	static const u8 most[8] = { 0x00, 0x00, 0x65, 0x58, 0xff, 0xff, 0xff, 0x00 };
	struct ovl_optset *set = set_new(test);

	KUNIT_EXPECT_MEMEQ(test, build(test, set, VNI, PEER)->shim, want, 8);
	KUNIT_EXPECT_MEMEQ(test, build(test, set, OVL_TUN_N_VNI - 1, PEER)->shim,
			   most, 8);
}

static void template_options(struct kunit *test)
{
	static const u8 want[] = {
		0x04, 0x00, 0x65, 0x58, 0x12, 0x34, 0x56, 0x00,
		0x01, 0x02, 0x01, 0x02, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
		0x01, 0x02, 0x7f, 0x00,
	};
	static const u8 critical[] = {
		0x05, 0x40, 0x65, 0x58, 0x12, 0x34, 0x56, 0x00,
		0x01, 0x02, 0x01, 0x02, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
		0x01, 0x02, 0x7f, 0x00,
		0x01, 0x02, 0x80, 0x00,
	};
	struct ovl_optset *set = set_new(test);

	put(test, set, 0x01, 0, "abcdefgh", 8);
	put(test, set, 0x7f, 0, "", 0);
	KUNIT_EXPECT_MEMEQ(test, build(test, set, VNI, PEER)->shim, want,
			   sizeof(want));
	put(test, set, 0x80, 0, "", 0);
	KUNIT_EXPECT_MEMEQ_MSG(test, build(test, set, VNI, PEER)->shim, critical,
			       sizeof(critical), "one is critical");
}

/* 63 words of options, as one of the longest and as many of the shortest */
static void template_longest(struct kunit *test)
{
	static const u8 want[12] = {
		0x3f, 0x00, 0x65, 0x58, 0x12, 0x34, 0x56, 0x00,
		0x01, 0x02, 0x00, 0x1f,
	};
	struct ovl_optset *set = set_new(test);
	struct ovl_header *header;
	u8 data[OVL_OPT_MAX_DATA];
	unsigned int i;

	memset(data, 0xdd, sizeof(data));
	put(test, set, 0, 0, data, 124);
	put(test, set, 1, 0, data, 120);
	header = build(test, set, VNI, PEER);
	KUNIT_EXPECT_EQ(test, header->len, OVL_SHIM_MAX);
	KUNIT_EXPECT_MEMEQ(test, header->shim, want, sizeof(want));
	KUNIT_EXPECT_MEMEQ(test, header->shim + 12, data, 124);
	KUNIT_EXPECT_EQ(test, header->shim[12 + 124 + 3], 0x1e);
	KUNIT_EXPECT_EQ(test, header->shim[OVL_SHIM_MAX - 1], 0xdd);

	set->len = 0;
	for (i = 0; i < 63; i++)
		put(test, set, i, 0, "", 0);
	header = build(test, set, VNI, PEER);
	KUNIT_EXPECT_EQ(test, header->len, OVL_SHIM_MAX);
	KUNIT_EXPECT_EQ(test, header->shim[0], 0x3f);
	for (i = 0; i < 63; i++)
		KUNIT_EXPECT_EQ(test, header->shim[8 + i * 4 + 2], i);
}

/* What doesn't change from packet to packet is in it, the rest is patched in. */
static void template_values(struct kunit *test)
{
	static const u8 zero[8];
	static const u8 want[] = {
		0x08, 0x00, 0x65, 0x58, 0x12, 0x34, 0x56, 0x00,
		0x01, 0x02, 0x01, 0x01, 0x00, 0x12, 0x34, 0x56,
		0x01, 0x02, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x02, 0x03, 0x01, 0x70, 0x00, 0x00, 0x42,
		0x01, 0x02, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00,
	};
	struct ovl_optset *set = set_new(test);
	struct ovl_header *header;

	put(test, set, 1, OVL_TUN_OPT_SOURCE_VNI, zero, 4);
	put(test, set, 2, OVL_TUN_OPT_SOURCE_MARK, zero, 4);
	put(test, set, 3, OVL_TUN_OPT_SOURCE_PEER, zero, 4);
	put(test, set, 4, OVL_TUN_OPT_SOURCE_HASH, zero, 4);
	header = build(test, set, VNI, PEER);
	KUNIT_EXPECT_MEMEQ(test, header->shim, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, header->n_patches, 2);
	KUNIT_EXPECT_EQ(test, header->patch[0].kind, OVL_TUN_OPT_SOURCE_MARK);
	KUNIT_EXPECT_EQ(test, header->patch[0].at, 12);
	KUNIT_EXPECT_EQ(test, header->patch[1].kind, OVL_TUN_OPT_SOURCE_HASH);
	KUNIT_EXPECT_EQ(test, header->patch[1].at, 28);
}

/* One for any VNI and peer has neither. */
static void template_any(struct kunit *test)
{
	static const u8 zero[8];
	static const u8 want[] = {
		0x07, 0x40, 0x65, 0x58, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x02, 0x81, 0x01, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x02, 0x02, 0x01, 0x00, 0x00, 0x00, 0x00,
		0x01, 0x02, 0x03, 0x02, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h',
	};
	struct ovl_optset *set = set_new(test);
	struct ovl_template *template;

	put(test, set, 0x81, OVL_TUN_OPT_SOURCE_VNI, zero, 4);
	put(test, set, 2, OVL_TUN_OPT_SOURCE_PEER, zero, 4);
	put(test, set, 3, 0, "abcdefgh", 8);
	template = ovl_template_new(set);
	KUNIT_EXPECT_EQ(test, template->header.len, sizeof(want));
	KUNIT_EXPECT_MEMEQ(test, template->header.shim, want, sizeof(want));
	KUNIT_EXPECT_EQ(test, template->header.n_patches, 2);
	KUNIT_EXPECT_EQ(test, template->header.patch[0].at, 4);
	KUNIT_EXPECT_EQ(test, template->header.patch[1].at, 12);
	KUNIT_EXPECT_EQ(test, template->mark_bits, ALL);
	kfree(template);

	set->len = 0;
	put(test, set, 1, OVL_TUN_OPT_SOURCE_MARK, zero, 4);
	template = ovl_template_new(set);
	KUNIT_EXPECT_EQ(test, template->mark_bits, ALL);
	kfree(template);
	set->source[0].mask = 0xff;
	template = ovl_template_new(set);
	KUNIT_EXPECT_EQ(test, template->mark_bits, 0xff);
	kfree(template);
}

static void template_flags(struct kunit *test)
{
	static const u8 want[8] = { 0x00, 0xc0, 0x08, 0x00, 0x12, 0x34, 0x56, 0x00 };
	u8 shim[OVL_SHIM_BASE];

	KUNIT_EXPECT_EQ(test, ovl_geneve_build(shim, VNI, "", 0), 8);
	ovl_geneve_set_flags(shim, false, false);
	KUNIT_EXPECT_EQ(test, shim[1], 0);
	ovl_geneve_set_flags(shim, true, false);
	KUNIT_EXPECT_EQ(test, shim[1], 0x80);
	KUNIT_EXPECT_FALSE(test, ovl_geneve_critical(shim));
	ovl_geneve_set_flags(shim, false, true);
	KUNIT_EXPECT_TRUE(test, ovl_geneve_critical(shim));
	ovl_geneve_set_proto(shim, htons(ETH_P_IP));
	KUNIT_EXPECT_MEMEQ(test, shim, want, 8);
	ovl_geneve_set_proto(shim, htons(ETH_P_IPV6));
	KUNIT_EXPECT_EQ(test, shim[2] << 8 | shim[3], 0x86dd);
	ovl_shim_set_vni(shim, 0xabcdef);
	KUNIT_EXPECT_EQ(test, ovl_shim_vni(shim), 0xabcdef);
	KUNIT_EXPECT_EQ(test, shim[7], 0);
}

static void template_vxlan(struct kunit *test)
{
	static const u8 plain[8] = { 0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0 };
	static const u8 gpe4[8] = { 0x0c, 0, 0, 1, 0x12, 0x34, 0x56, 0 };
	static const u8 gpe6[8] = { 0x0c, 0, 0, 2, 0x12, 0x34, 0x56, 0 };
	static const u8 gbp[8] = { 0x88, 0x48, 0xbe, 0xef, 0x12, 0x34, 0x56, 0 };
	u8 shim[OVL_SHIM_BASE];

	memset(shim, 0xff, sizeof(shim));
	ovl_vxlan_build(shim, VNI);
	KUNIT_EXPECT_MEMEQ(test, shim, plain, 8);
	ovl_vxlan_gbp_set_mark(shim, 0);
	KUNIT_EXPECT_MEMEQ_MSG(test, shim, plain, 8, "no mark, no GBP");
	ovl_vxlan_gbp_set_mark(shim, 0xffffbeef);
	KUNIT_EXPECT_MEMEQ(test, shim, gbp, 8);
	memset(shim, 0xff, sizeof(shim));
	ovl_vxlan_gpe_build(shim, VNI);
	ovl_vxlan_gpe_set_proto(shim, htons(ETH_P_IP));
	KUNIT_EXPECT_MEMEQ(test, shim, gpe4, 8);
	ovl_vxlan_gpe_set_proto(shim, htons(ETH_P_IPV6));
	KUNIT_EXPECT_MEMEQ(test, shim, gpe6, 8);
}

/* What is built is understood again; each bit that is not ours, or is. */
static void template_parse_geneve(struct kunit *test)
{
	u8 header[OVL_SHIM_BASE] = { 0x05, 0x40, 0x65, 0x58, 0x12, 0x34, 0x56, 0 };
	struct ovl_shim shim;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		int reason;

		header[bit / 8] ^= 1 << bit % 8;
		reason = ovl_geneve_parse(header, &shim);
		if (bit == 6 || bit == 7) {
			KUNIT_EXPECT_EQ_MSG(test, reason,
					    OVL_TUN_DROP_RX_GENEVE_VERSION,
					    "bit %u", bit);
		} else {
			KUNIT_EXPECT_EQ_MSG(test, reason, 0, "bit %u", bit);
			KUNIT_EXPECT_EQ_MSG(test, shim.len,
					    bit < 6 ? 8 + (5 ^ 1 << bit) * 4 : 28,
					    "bit %u", bit);
			KUNIT_EXPECT_EQ_MSG(test, shim.control, bit == 15,
					    "bit %u", bit);
			KUNIT_EXPECT_EQ_MSG(test, shim.vni == VNI,
					    bit < 32 || bit > 55, "bit %u", bit);
			KUNIT_EXPECT_EQ_MSG(test, shim.proto == htons(ETH_P_TEB),
					    bit < 16 || bit > 31, "bit %u", bit);
			KUNIT_EXPECT_EQ(test, shim.extension, OVL_EXTENSION_NONE);
		}
		header[bit / 8] ^= 1 << bit % 8;
	}
}

static void template_parse_vxlan(struct kunit *test)
{
	u8 header[OVL_SHIM_BASE] = { 0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0 };
	struct ovl_shim shim;
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		/* G and the second to fourth byte belong to GBP, P to GPE. */
		bool gbp = bit == 7 || (bit >= 8 && bit < 32);
		bool good = gbp || bit == 2 || (bit >= 32 && bit < 56);
		int reason;

		header[bit / 8] ^= 1 << bit % 8;
		reason = ovl_vxlan_parse(header, &shim);
		KUNIT_EXPECT_EQ_MSG(test, reason,
				    good ? 0 : OVL_TUN_DROP_RX_VXLAN_FLAGS,
				    "bit %u", bit);
		if (good) {
			KUNIT_EXPECT_EQ_MSG(test, shim.extension,
					    gbp ? OVL_EXTENSION_GBP :
					    bit == 2 ? OVL_EXTENSION_GPE :
					    OVL_EXTENSION_NONE, "bit %u", bit);
			KUNIT_EXPECT_EQ_MSG(test, shim.marked, bit == 7,
					    "bit %u", bit);
			KUNIT_EXPECT_EQ(test, shim.len, 8);
		}
		header[bit / 8] ^= 1 << bit % 8;
	}
	ovl_vxlan_gbp_set_mark(header, 0x00480007);
	KUNIT_EXPECT_EQ(test, ovl_vxlan_parse(header, &shim), 0);
	KUNIT_EXPECT_EQ(test, shim.mark, 0x00480007);
	ovl_vxlan_gpe_build(header, VNI);
	KUNIT_EXPECT_EQ(test, ovl_vxlan_parse(header, &shim), 0);
	KUNIT_EXPECT_EQ_MSG(test, shim.proto, 0, "nothing that is carried");
	header[3] = 3;
	KUNIT_EXPECT_EQ(test, ovl_vxlan_parse(header, &shim), 0);
	KUNIT_EXPECT_TRUE(test, shim.proto == htons(ETH_P_TEB));
}

static struct kunit_case template_cases[] = {
	KUNIT_CASE(template_without_options),
	KUNIT_CASE(template_options),
	KUNIT_CASE(template_longest),
	KUNIT_CASE(template_values),
	KUNIT_CASE(template_any),
	KUNIT_CASE(template_flags),
	KUNIT_CASE(template_vxlan),
	KUNIT_CASE(template_parse_geneve),
	KUNIT_CASE(template_parse_vxlan),
	{}
};

static struct kunit_suite template_suite = {
	.name = "ovl_tun_template",
	.test_cases = template_cases,
};

kunit_test_suite(template_suite);
