// SPDX-License-Identifier: GPL-2.0
/* The option codec, src/option.c: check, walk, find, build. */

#include <limits.h>
#include <string.h>

#include "exact.h"
#include "option.h"
#include "tap.h"

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

static void test_empty(void)
{
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;

	CHECK(checks(NULL, 0, &info));
	CHECK(info.count == 0);
	CHECK(info.critical == 0);

	ovl_opt_iter_init(&it, NULL, 0);
	CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_END);
	CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_END);
	CHECK(!ovl_opts_find(NULL, 0, 0, 0, &opt));
}

/* Zeros are options without data: only a multiple of 4 is good. */
static void test_every_area_length(void)
{
	struct ovl_opts_info info;
	unsigned int len;

	for (len = 0; len <= OVL_OPTS_MAX_LEN; len++) {
		CHECK(checks(NULL, len, &info) == (len % 4 == 0), "len %u", len);
		CHECK(info.count == len / 4, "len %u", len);
	}
}

/* Each length field in an area of each length; what follows is zeros. */
static void test_every_length_field(void)
{
	unsigned char bytes[OVL_OPTS_MAX_LEN] = { CLASS_HI, CLASS_LO, 1 };
	struct ovl_opts_info info;
	unsigned int field, len;

	for (field = 0; field < 32; field++) {
		bytes[3] = field;
		for (len = 0; len <= OVL_OPTS_MAX_LEN; len++) {
			bool there = len >= 4 + field * 4;
			bool good = len == 0 || (there && len % 4 == 0);

			CHECK(checks(bytes, len, &info) == good,
			      "field %u in %u bytes", field, len);
			CHECK(info.count == (there ? len / 4 - field : 0),
			      "field %u in %u bytes", field, len);
		}
	}
}

/* The same fault behind good options. What was good is counted. */
static void test_faults_behind_good_ones(void)
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
		CHECK(!checks(bytes, len, &info), "len %u", len);
		CHECK(info.count == 1 && info.critical == 1, "len %u", len);

		area = exact(bytes, len);
		ovl_opt_iter_init(&it, area, len);
		CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_FOUND);
		CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_MALFORMED, "len %u", len);
		/* and it doesn't get past the fault by being asked again */
		CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_MALFORMED, "len %u", len);
		CHECK(opt.type == 0x81, "a fault leaves the option alone");
		exact_free(area);
	}
	CHECK(checks(bytes, sizeof(bytes), &info));
	CHECK(info.count == 2 && info.critical == 2);
}

static void test_longest_option(void)
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
	CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_FOUND);
	CHECK(opt.class == 0x1234);
	CHECK(opt.type == 7);
	CHECK(opt.len == 124);
	CHECK(opt.data == area + 4);
	CHECK(!memcmp(opt.data, bytes + 4, 124));
	CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_END);
	exact_free(area);
	CHECK(!checks(bytes, 127, &info));

	/* 128 + 124 bytes fill an area */
	bytes[131] = 30;
	CHECK(checks(bytes, OVL_OPTS_MAX_LEN, &info));
	CHECK(info.count == 2);
}

/* What a builder that knows no limit writes for 128 bytes (CVE-2025-22055):
 * the length becomes 0 with a reserved bit, the data becomes options.
 */
static void test_128_bytes_of_data(void)
{
	unsigned char bytes[4 + 128] = { CLASS_HI, CLASS_LO, 7, 32 };
	struct ovl_opts_info info;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	unsigned char *area = exact(bytes, sizeof(bytes));

	ovl_opt_iter_init(&it, area, sizeof(bytes));
	CHECK(ovl_opt_next(&it, &opt) == OVL_OPT_FOUND);
	CHECK(opt.len == 0);
	exact_free(area);

	CHECK(checks(bytes, sizeof(bytes), &info));
	CHECK(info.count == 33);

	/* length 31, but 128 bytes behind it: the last 4 are another option */
	bytes[3] = 31;
	CHECK(checks(bytes, sizeof(bytes), &info));
	CHECK(info.count == 2);
	bytes[sizeof(bytes) - 1] = 1;
	CHECK(!checks(bytes, sizeof(bytes), &info));
	CHECK(info.count == 1);
}

static void test_reserved_bits(void)
{
	unsigned char bytes[4 + 8] = { CLASS_HI, CLASS_LO, 0x80 };
	struct ovl_opts_info info;
	unsigned int reserved;
	struct ovl_opt opt;

	for (reserved = 0; reserved < 8; reserved++) {
		bytes[3] = reserved << 5 | 2;
		CHECK(checks(bytes, sizeof(bytes), &info), "%u", reserved);
		CHECK(info.count == 1 && info.critical == 1, "%u", reserved);
		CHECK(ovl_opts_find(bytes, sizeof(bytes), 0x1234, 0x80, &opt),
		      "%u", reserved);
		CHECK(opt.len == 8, "%u", reserved);
		CHECK(!checks(bytes, sizeof(bytes) - 1, &info), "%u", reserved);
	}
}

static void test_critical(void)
{
	unsigned char bytes[256 * 4] = {};
	struct ovl_opts_info info;
	unsigned int type, of;

	for (type = 0; type < 256; type++) {
		unsigned char one[4] = { CLASS_HI, CLASS_LO, type, 0 };

		CHECK(checks(one, sizeof(one), &info));
		CHECK(info.count == 1, "type %u", type);
		CHECK(info.critical == (type >= 128), "type %u", type);
	}
	/* many of them */
	for (of = 0; of <= 63; of++) {
		memset(bytes, 0, sizeof(bytes));
		for (type = 0; type < of; type++)
			bytes[type * 4 + 2] = 0xff;
		CHECK(checks(bytes, OVL_OPTS_MAX_LEN, &info));
		CHECK(info.count == 63 && info.critical == of, "%u", of);
	}
}

static void test_find(void)
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
	CHECK(FIND(0x0102, 0x01) && opt.data == area + 4 && opt.len == 4);
	CHECK(FIND(0x0201, 0x80) && opt.data == area + 12, "byte order of the class");
	CHECK(FIND(0x0102, 0x80) && opt.data == area + 20 && opt.len == 8,
	      "the first of two");
	CHECK(opt.class == 0x0102 && opt.type == 0x80);
	CHECK(FIND(0x0102, 0x00) && opt.len == 0,
	      "the critical bit belongs to the type");
	CHECK(!FIND(0x0102, 0x81));
	CHECK(!FIND(0x0201, 0x01));
	CHECK(!FIND(0x0102, 0x55), "malformed");
	CHECK(!FIND(0x0102, 0x66), "behind what is malformed");
#undef FIND
	CHECK(!ovl_opts_find(area, 7, 0x0102, 0x01, &opt), "cut short");
	exact_free(area);
}

/* Data of each length that fits its type, at each place of the area. */
static void test_put_limits(void)
{
	unsigned char before[OVL_OPTS_MAX_LEN], data[UCHAR_MAX];
	unsigned int used, len, got, i;
	unsigned char *area;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	memset(before, 0xee, sizeof(before));

	for (used = 0; used <= OVL_OPTS_MAX_LEN; used += 4)
		for (len = 0; len <= sizeof(data); len++) {
			struct ovl_opt opt = { 0xabcd, 0xef, len, data };
			bool fits = len % 4 == 0 && len <= 124 &&
				    used + 4 + len <= 252;

			area = exact(before, sizeof(before));
			got = ovl_opt_put(area, used, &opt);
			CHECK(got == (fits ? used + 4 + len : 0),
			      "%u bytes of data behind %u", len, used);
			if (fits) {
				CHECK(!memcmp(area + used,
					      (unsigned char []){ 0xab, 0xcd, 0xef, len / 4 },
					      4));
				CHECK(!memcmp(area + used + 4, data, len));
			}
			if (!fits)
				got = used;
			CHECK(!memcmp(area, before, used), "what was there");
			CHECK(!memcmp(area + got, before, sizeof(before) - got),
			      "what is behind: %u at %u", len, used);
			exact_free(area);
		}
}

/* A caller that is wrong about @used gets nothing written. */
static void test_put_beyond(void)
{
	static const unsigned int wrong[] = {
		249, 250, 251, 252, 253, 254, 255, 256, 260, 0xfffc, INT_MAX,
		UINT_MAX - 4, UINT_MAX - 3, UINT_MAX,
	};
	struct ovl_opt opt = { 1, 2, 0, NULL };
	unsigned char *area = exact(NULL, OVL_OPTS_MAX_LEN);
	unsigned int i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(!ovl_opt_put(area, wrong[i], &opt), "used %u", wrong[i]);
	CHECK(ovl_opt_put(area, 248, &opt) == 252);
	exact_free(area);
}

static void test_put_128(void)
{
	unsigned char data[128] = {};
	struct ovl_opt opt = { 0x1234, 1, sizeof(data), data };
	unsigned char *area = exact(NULL, OVL_OPTS_MAX_LEN);

	CHECK(ovl_opt_put(area, 0, &opt) == 0);
	opt.len = 124;
	CHECK(ovl_opt_put(area, 0, &opt) == 128);
	CHECK(area[3] == 31);
	exact_free(area);
}

static void test_put_after_put(void)
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
		CHECK(used == (n + 1) * 4);
	}
	CHECK(ovl_opt_put(area, used, &opt) == 0, "the 64th");
	CHECK(ovl_opts_check(area, used, &info));
	CHECK(info.count == 63);

	ovl_opt_iter_init(&it, area, used);
	for (n = 0; n < 63; n++) {
		CHECK(ovl_opt_next(&it, &got) == OVL_OPT_FOUND);
		CHECK(got.class == n * 1000 && got.type == n * 4 && !got.len);
	}
	CHECK(ovl_opt_next(&it, &got) == OVL_OPT_END);
	exact_free(area);
}

/* Options put at random come out of the walk again. */
static void test_round_trip(void)
{
	unsigned char data[OVL_OPT_MAX_DATA];
	unsigned int round, used, next, n, i;
	struct ovl_opt put[63], got;
	unsigned char *area, *cut;
	struct ovl_opt_iter it;

	for (round = 0; round < 20000; round++) {
		area = exact(NULL, OVL_OPTS_MAX_LEN);
		for (used = n = 0;; n++, used = next) {
			put[n].class = tap_random(0x10000);
			put[n].type = tap_random(0x100);
			put[n].len = tap_random(tap_random(4) ? 5 : 32) * 4;
			put[n].data = data;
			for (i = 0; i < put[n].len; i++)
				data[i] = put[n].type + i;
			next = ovl_opt_put(area, used, &put[n]);
			if (!next)
				break;
		}
		CHECK(used + 4 + put[n].len > OVL_OPTS_MAX_LEN);

		cut = exact(area, used);
		exact_free(area);
		ovl_opt_iter_init(&it, cut, used);
		for (i = 0; i < n; i++) {
			CHECK(ovl_opt_next(&it, &got) == OVL_OPT_FOUND);
			CHECK(got.class == put[i].class &&
			      got.type == put[i].type && got.len == put[i].len);
			CHECK(!got.len ||
			      (got.data[0] == got.type &&
			       got.data[got.len - 1] ==
					(unsigned char)(got.type + got.len - 1)));
		}
		CHECK(ovl_opt_next(&it, &got) == OVL_OPT_END);
		exact_free(cut);
	}
}

static void test_classes(void)
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

	CHECK(!ovl_opt_classes_have(NULL, 0x0108));
	CHECK(ovl_opt_classes_have(&two, 0xffff));
	CHECK(!ovl_opt_classes_have(&two, 0));
	CHECK(ovl_opts_filter(area, sizeof(area), &two, to) == sizeof(wanted));
	CHECK(!memcmp(to, wanted, sizeof(wanted)));
	CHECK(!ovl_opts_filter(area, sizeof(area), NULL, to));
	CHECK(ovl_opts_check(area, sizeof(area), &info));
	ovl_opts_discount(area, sizeof(area), &two, &info);
	CHECK(info.count == 1 && info.critical == 1);
	ovl_opts_discount(area, sizeof(area), NULL, &info);
	CHECK(info.count == 1 && info.critical == 1);
}

int main(void)
{
	tap_test("an empty area", test_empty);
	tap_test("areas of each length from 0 to 252", test_every_area_length);
	tap_test("each length field in areas of each length", test_every_length_field);
	tap_test("header or data cut short behind a good option", test_faults_behind_good_ones);
	tap_test("length 31 is 124 bytes of data", test_longest_option);
	tap_test("128 bytes of data are never one option", test_128_bytes_of_data);
	tap_test("reserved bits are ignored", test_reserved_bits);
	tap_test("critical options are counted", test_critical);
	tap_test("find takes the first, and nothing behind a fault", test_find);
	tap_test("put: data of each length at each place", test_put_limits);
	tap_test("put: refuses a place beyond the area", test_put_beyond);
	tap_test("put: refuses 128 bytes of data, takes 124", test_put_128);
	tap_test("put: 63 empty options fill an area", test_put_after_put);
	tap_test("options of some classes are copied, or left out", test_classes);
	tap_test("20000 random sets come back as they were put", test_round_trip);
	return tap_end();
}
