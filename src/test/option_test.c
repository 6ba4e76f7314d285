// SPDX-License-Identifier: GPL-2.0
/* The option codec, src/option.c: check, walk, find, build. */

#include "../option.h"
#include "exact.h"
#include "test.h"

#define CLASS_HI 0x12
#define CLASS_LO 0x34

/* Check @len bytes of @bytes in memory that ends behind them. */
static bool checks(const void *bytes, unsigned int len,
		   struct ovl_opts_info *info)
{
	unsigned char *area = exact(bytes, len);
	bool good;

	memset(info, 0xff, sizeof(*info));
	good = ovl_opts_check(area, len, info);
	exact_free(area);
	return good;
}

static void option_empty(struct kunit *test)
{
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;

	KUNIT_EXPECT_TRUE(test, checks(NULL, 0, &info));
	KUNIT_EXPECT_EQ(test, info.count, 0);
	KUNIT_EXPECT_EQ(test, info.critical, 0);

	ovl_opt_iter_init(&it, NULL, 0);
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_END);
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_END);
	KUNIT_EXPECT_FALSE(test, ovl_opts_find(NULL, 0, 0, 0, &opt));
}

/* Zeros are options without data: only a multiple of 4 is good. */
static void option_every_area_length(struct kunit *test)
{
	struct ovl_opts_info info;
	unsigned int len;

	for (len = 0; len <= OVL_OPTS_MAX_LEN; len++) {
		KUNIT_EXPECT_EQ_MSG(test, checks(NULL, len, &info), len % 4 == 0,
				    "len %u", len);
		KUNIT_EXPECT_EQ_MSG(test, info.count, len / 4, "len %u", len);
	}
}

/* Each length field in an area of each length; what follows is zeros. */
static void option_every_length_field(struct kunit *test)
{
	unsigned char bytes[OVL_OPTS_MAX_LEN] = { CLASS_HI, CLASS_LO, 1 };
	struct ovl_opts_info info;
	unsigned int field, len;

	for (field = 0; field < 32 && !ovl_test_failed(test); field++) {
		bytes[3] = field;
		for (len = 0; len <= OVL_OPTS_MAX_LEN; len++) {
			bool there = len >= 4 + field * 4;
			bool good = len == 0 || (there && len % 4 == 0);

			KUNIT_EXPECT_EQ_MSG(test, checks(bytes, len, &info), good,
					    "field %u in %u bytes", field, len);
			KUNIT_EXPECT_EQ_MSG(test, info.count,
					    there ? len / 4 - field : 0,
					    "field %u in %u bytes", field, len);
		}
	}
}

/* The same fault behind good options. What was good is counted. */
static void option_faults_behind_good_ones(struct kunit *test)
{
	unsigned char bytes[8 + 4 + 124] = {
		CLASS_HI, CLASS_LO, 0x81, 1, 1, 2, 3, 4,
		CLASS_HI, CLASS_LO, 0x82, 31,
	};
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	unsigned char *area;
	unsigned int len;

	for (len = 9; len < sizeof(bytes); len++) {
		KUNIT_EXPECT_FALSE_MSG(test, checks(bytes, len, &info), "len %u",
				       len);
		KUNIT_EXPECT_TRUE_MSG(test, info.count == 1 && info.critical == 1,
				      "len %u", len);

		area = exact(bytes, len);
		ovl_opt_iter_init(&it, area, len);
		KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_FOUND);
		KUNIT_EXPECT_EQ_MSG(test, ovl_opt_next(&it, &opt),
				    OVL_OPT_MALFORMED, "len %u", len);
		/* and it doesn't get past the fault by being asked again */
		KUNIT_EXPECT_EQ_MSG(test, ovl_opt_next(&it, &opt),
				    OVL_OPT_MALFORMED, "len %u", len);
		KUNIT_EXPECT_EQ_MSG(test, opt.type, 0x81,
				    "a fault leaves the option alone");
		exact_free(area);
	}
	KUNIT_EXPECT_TRUE(test, checks(bytes, sizeof(bytes), &info));
	KUNIT_EXPECT_TRUE(test, info.count == 2 && info.critical == 2);
}

static void option_longest_option(struct kunit *test)
{
	unsigned char bytes[OVL_OPTS_MAX_LEN] = { CLASS_HI, CLASS_LO, 7, 31 };
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	unsigned char *area;

	/* 124 bytes of data and no more */
	memset(bytes + 4, 0xaa, 124);
	area = exact(bytes, 128);
	ovl_opt_iter_init(&it, area, 128);
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_FOUND);
	KUNIT_EXPECT_EQ(test, opt.class, 0x1234);
	KUNIT_EXPECT_EQ(test, opt.type, 7);
	KUNIT_EXPECT_EQ(test, opt.len, 124);
	KUNIT_EXPECT_PTR_EQ(test, opt.data, area + 4);
	KUNIT_EXPECT_MEMEQ(test, opt.data, bytes + 4, 124);
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_END);
	exact_free(area);
	KUNIT_EXPECT_FALSE(test, checks(bytes, 127, &info));

	/* 128 + 124 bytes fill an area */
	bytes[131] = 30;
	KUNIT_EXPECT_TRUE(test, checks(bytes, OVL_OPTS_MAX_LEN, &info));
	KUNIT_EXPECT_EQ(test, info.count, 2);
}

/* What a builder that knows no limit writes for 128 bytes (CVE-2025-22055):
 * the length becomes 0 with a reserved bit, the data becomes options.
 */
static void option_128_bytes_of_data(struct kunit *test)
{
	unsigned char bytes[4 + 128] = { CLASS_HI, CLASS_LO, 7, 32 };
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	unsigned char *area = exact(bytes, sizeof(bytes));

	ovl_opt_iter_init(&it, area, sizeof(bytes));
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &opt), OVL_OPT_FOUND);
	KUNIT_EXPECT_EQ(test, opt.len, 0);
	exact_free(area);

	KUNIT_EXPECT_TRUE(test, checks(bytes, sizeof(bytes), &info));
	KUNIT_EXPECT_EQ(test, info.count, 33);

	/* length 31, but 128 bytes behind it: the last 4 are another option */
	bytes[3] = 31;
	KUNIT_EXPECT_TRUE(test, checks(bytes, sizeof(bytes), &info));
	KUNIT_EXPECT_EQ(test, info.count, 2);
	bytes[sizeof(bytes) - 1] = 1;
	KUNIT_EXPECT_FALSE(test, checks(bytes, sizeof(bytes), &info));
	KUNIT_EXPECT_EQ(test, info.count, 1);
}

static void option_reserved_bits(struct kunit *test)
{
	unsigned char bytes[4 + 8] = { CLASS_HI, CLASS_LO, 0x80 };
	struct ovl_opts_info info;
	unsigned int reserved;
	struct ovl_opt opt;

	for (reserved = 0; reserved < 8; reserved++) {
		bytes[3] = reserved << 5 | 2;
		KUNIT_EXPECT_TRUE_MSG(test, checks(bytes, sizeof(bytes), &info),
				      "%u", reserved);
		KUNIT_EXPECT_TRUE_MSG(test, info.count == 1 && info.critical == 1,
				      "%u", reserved);
		KUNIT_EXPECT_TRUE_MSG(test,
				      ovl_opts_find(bytes, sizeof(bytes), 0x1234, 0x80, &opt),
				      "%u", reserved);
		KUNIT_EXPECT_EQ_MSG(test, opt.len, 8, "%u", reserved);
		KUNIT_EXPECT_FALSE_MSG(test,
				       checks(bytes, sizeof(bytes) - 1, &info),
				       "%u", reserved);
	}
}

static void option_critical(struct kunit *test)
{
	unsigned char bytes[256 * 4] = {};
	struct ovl_opts_info info;
	unsigned int type, of;

	for (type = 0; type < 256; type++) {
		unsigned char one[4] = { CLASS_HI, CLASS_LO, type, 0 };

		KUNIT_EXPECT_TRUE(test, checks(one, sizeof(one), &info));
		KUNIT_EXPECT_EQ_MSG(test, info.count, 1, "type %u", type);
		KUNIT_EXPECT_EQ_MSG(test, info.critical, type >= 128, "type %u",
				    type);
	}
	/* many of them */
	for (of = 0; of <= 63; of++) {
		memset(bytes, 0, sizeof(bytes));
		for (type = 0; type < of; type++)
			bytes[type * 4 + 2] = 0xff;
		KUNIT_EXPECT_TRUE(test, checks(bytes, OVL_OPTS_MAX_LEN, &info));
		KUNIT_EXPECT_TRUE_MSG(test,
				      info.count == 63 && info.critical == of, "%u",
				      of);
	}
}

static void option_find(struct kunit *test)
{
	static const unsigned char bytes[] = {
		0x01, 0x02, 0x01, 1, 0, 0, 0, 1,
		0x02, 0x01, 0x80, 1, 0, 0, 0, 2,
		0x01, 0x02, 0x80, 2, 0, 0, 0, 3, 0, 0, 0, 3,
		0x01, 0x02, 0x80, 1, 0, 0, 0, 4, /* the same again */
		0x01, 0x02, 0x00, 0,
		0x01, 0x02, 0x55, 9, /* runs past the end */
		0x01, 0x02, 0x66, 0, /* so this isn't an option */
	};
	unsigned char *area = exact(bytes, sizeof(bytes));
	struct ovl_opt opt;

#define FIND(class, type) ovl_opts_find(area, sizeof(bytes), class, type, &opt)
	KUNIT_EXPECT_TRUE(test,
			  FIND(0x0102, 0x01) && opt.data == area + 4 && opt.len == 4);
	KUNIT_EXPECT_TRUE_MSG(test, FIND(0x0201, 0x80) && opt.data == area + 12,
			      "byte order of the class");
	KUNIT_EXPECT_TRUE_MSG(test,
			      FIND(0x0102, 0x80) && opt.data == area + 20 && opt.len == 8,
			      "the first of two");
	KUNIT_EXPECT_TRUE(test, opt.class == 0x0102 && opt.type == 0x80);
	KUNIT_EXPECT_TRUE_MSG(test, FIND(0x0102, 0x00) && opt.len == 0,
			      "the critical bit belongs to the type");
	KUNIT_EXPECT_FALSE(test, FIND(0x0102, 0x81));
	KUNIT_EXPECT_FALSE(test, FIND(0x0201, 0x01));
	KUNIT_EXPECT_FALSE_MSG(test, FIND(0x0102, 0x55), "malformed");
	KUNIT_EXPECT_FALSE_MSG(test, FIND(0x0102, 0x66),
			       "behind what is malformed");
#undef FIND
	KUNIT_EXPECT_FALSE_MSG(test, ovl_opts_find(area, 7, 0x0102, 0x01, &opt),
			       "cut short");
	exact_free(area);
}

/* Data of each length that fits its type, at each place of the area. */
static void option_put_limits(struct kunit *test)
{
	unsigned char before[OVL_OPTS_MAX_LEN], data[0xff];
	unsigned int used, len, got, i;
	unsigned char *area;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	memset(before, 0xee, sizeof(before));

	for (used = 0; used <= OVL_OPTS_MAX_LEN && !ovl_test_failed(test); used += 4)
		for (len = 0; len <= sizeof(data); len++) {
			struct ovl_opt opt = { 0xabcd, 0xef, len, data };
			bool fits = len % 4 == 0 && len <= 124 &&
				    used + 4 + len <= 252;

			area = exact(before, sizeof(before));
			got = ovl_opt_put(area, used, &opt);
			KUNIT_EXPECT_EQ_MSG(test, got, fits ? used + 4 + len : 0,
					    "%u bytes of data behind %u", len,
					    used);
			if (fits) {
				const u8 head[4] = { 0xab, 0xcd, 0xef, len / 4 };

				KUNIT_EXPECT_MEMEQ(test, area + used, head, 4);
				KUNIT_EXPECT_MEMEQ(test, area + used + 4, data,
						   len);
			}
			if (!fits)
				got = used;
			KUNIT_EXPECT_MEMEQ_MSG(test, area, before, used,
					       "what was there");
			KUNIT_EXPECT_MEMEQ_MSG(test, area + got, before,
					       sizeof(before) - got,
					       "what is behind: %u at %u", len,
					       used);
			exact_free(area);
		}
}

/* A caller that is wrong about @used gets nothing written. */
static void option_put_beyond(struct kunit *test)
{
	static const unsigned int wrong[] = {
		249, 250, 251, 252, 253, 254, 255, 256, 260, 0xfffc, INT_MAX,
		UINT_MAX - 4, UINT_MAX - 3, UINT_MAX,
	};
	struct ovl_opt opt = { 1, 2, 0, NULL };
	unsigned char *area = exact(NULL, OVL_OPTS_MAX_LEN);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_FALSE_MSG(test, ovl_opt_put(area, wrong[i], &opt),
				       "used %u", wrong[i]);
	KUNIT_EXPECT_EQ(test, ovl_opt_put(area, 248, &opt), 252);
	exact_free(area);
}

static void option_put_128(struct kunit *test)
{
	unsigned char data[128] = {};
	struct ovl_opt opt = { 0x1234, 1, sizeof(data), data };
	unsigned char *area = exact(NULL, OVL_OPTS_MAX_LEN);

	KUNIT_EXPECT_EQ(test, ovl_opt_put(area, 0, &opt), 0);
	opt.len = 124;
	KUNIT_EXPECT_EQ(test, ovl_opt_put(area, 0, &opt), 128);
	KUNIT_EXPECT_EQ(test, area[3], 31);
	exact_free(area);
}

static void option_put_after_put(struct kunit *test)
{
	unsigned char *area = exact(NULL, OVL_OPTS_MAX_LEN);
	struct ovl_opt opt = { .data = NULL }, got;
	struct ovl_opts_info info;
	unsigned int used = 0, n;
	struct ovl_opt_iter it;

	/* 63 options without data fill it */
	for (n = 0; n < 63; n++) {
		opt.class = n * 1000;
		opt.type = n * 4;
		used = ovl_opt_put(area, used, &opt);
		KUNIT_EXPECT_EQ(test, used, (n + 1) * 4);
	}
	KUNIT_EXPECT_EQ_MSG(test, ovl_opt_put(area, used, &opt), 0, "the 64th");
	KUNIT_EXPECT_TRUE(test, ovl_opts_check(area, used, &info));
	KUNIT_EXPECT_EQ(test, info.count, 63);

	ovl_opt_iter_init(&it, area, used);
	for (n = 0; n < 63; n++) {
		KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &got), OVL_OPT_FOUND);
		KUNIT_EXPECT_TRUE(test,
				  got.class == n * 1000 && got.type == n * 4 && !got.len);
	}
	KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &got), OVL_OPT_END);
	exact_free(area);
}

/* Options put at random come out of the walk again. */
static void option_round_trip(struct kunit *test)
{
	unsigned char data[OVL_OPT_MAX_DATA];
	unsigned int round, used, next, n, i;
	struct ovl_opt put[63], got;
	unsigned char *area, *cut;
	struct ovl_opt_iter it;

	for (round = 0; round < OVL_TEST_ROUNDS(20000) && !ovl_test_failed(test); round++) {
		area = exact(NULL, OVL_OPTS_MAX_LEN);
		for (used = 0, n = 0;; n++, used = next) {
			put[n].class = ovl_test_random(0x10000);
			put[n].type = ovl_test_random(0x100);
			put[n].len = ovl_test_random(ovl_test_random(4) ? 5 : 32) * 4;
			put[n].data = data;
			for (i = 0; i < put[n].len; i++)
				data[i] = put[n].type + i;
			next = ovl_opt_put(area, used, &put[n]);
			if (!next)
				break;
		}
		KUNIT_EXPECT_GT(test, used + 4 + put[n].len, OVL_OPTS_MAX_LEN);

		cut = exact(area, used);
		exact_free(area);
		ovl_opt_iter_init(&it, cut, used);
		for (i = 0; i < n; i++) {
			KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &got),
					OVL_OPT_FOUND);
			KUNIT_EXPECT_EQ(test, got.class, put[i].class);
			KUNIT_EXPECT_EQ(test, got.type, put[i].type);
			KUNIT_EXPECT_EQ(test, got.len, put[i].len);
			if (!got.len)
				continue;
			KUNIT_EXPECT_EQ(test, got.data[0], got.type);
			KUNIT_EXPECT_EQ(test, got.data[got.len - 1],
					(u8)(got.type + got.len - 1));
		}
		KUNIT_EXPECT_EQ(test, ovl_opt_next(&it, &got), OVL_OPT_END);
		exact_free(cut);
	}
}

static void option_classes(struct kunit *test)
{
	static const struct ovl_opt_classes two = { 2, { 0x0108, 0xffff } };
	static const unsigned char area[] = {
		0x01, 0x08, 0x81, 0xe1, 1, 2, 3, 4,	/* with reserved bits */
		0x01, 0x09, 0x82, 0x00,
		0xff, 0xff, 0x03, 0x00,
		0x01, 0x08, 0x81, 0x00,
	};
	static const unsigned char wanted[] = {
		0x01, 0x08, 0x81, 0x01, 1, 2, 3, 4,
		0xff, 0xff, 0x03, 0x00,
		0x01, 0x08, 0x81, 0x00,
	};
	unsigned char to[sizeof(area)];
	struct ovl_opts_info info;

	KUNIT_EXPECT_FALSE(test, ovl_opt_classes_have(NULL, 0x0108));
	KUNIT_EXPECT_TRUE(test, ovl_opt_classes_have(&two, 0xffff));
	KUNIT_EXPECT_FALSE(test, ovl_opt_classes_have(&two, 0));
	KUNIT_EXPECT_EQ(test, ovl_opts_filter(area, sizeof(area), &two, to),
			sizeof(wanted));
	KUNIT_EXPECT_MEMEQ(test, to, wanted, sizeof(wanted));
	KUNIT_EXPECT_FALSE(test, ovl_opts_filter(area, sizeof(area), NULL, to));
	KUNIT_EXPECT_TRUE(test, ovl_opts_check(area, sizeof(area), &info));
	ovl_opts_discount(area, sizeof(area), &two, &info);
	KUNIT_EXPECT_TRUE(test, info.count == 1 && info.critical == 1);
	ovl_opts_discount(area, sizeof(area), NULL, &info);
	KUNIT_EXPECT_TRUE(test, info.count == 1 && info.critical == 1);
}

static struct kunit_case option_cases[] = {
	KUNIT_CASE(option_empty),
	KUNIT_CASE(option_every_area_length),
	KUNIT_CASE(option_every_length_field),
	KUNIT_CASE(option_faults_behind_good_ones),
	KUNIT_CASE(option_longest_option),
	KUNIT_CASE(option_128_bytes_of_data),
	KUNIT_CASE(option_reserved_bits),
	KUNIT_CASE(option_critical),
	KUNIT_CASE(option_find),
	KUNIT_CASE(option_put_limits),
	KUNIT_CASE(option_put_beyond),
	KUNIT_CASE(option_put_128),
	KUNIT_CASE(option_put_after_put),
	KUNIT_CASE(option_classes),
	KUNIT_CASE(option_round_trip),
	{}
};

static struct kunit_suite option_suite = {
	.name = "ovl_tun_option",
	.test_cases = option_cases,
};

kunit_test_suite(option_suite);
