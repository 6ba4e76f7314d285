// SPDX-License-Identifier: GPL-2.0
/* Sets of options, src/optset.c: add, replace, remove. */

#include "../optset.h"
#include "test.h"

static const struct nlattr attr;
static struct netlink_ext_ack extack;

/* A set on the heap, where a sanitizer sees what leaves it. */
static struct ovl_optset *set_new(struct kunit *test)
{
	return kunit_kzalloc(test, sizeof(struct ovl_optset), GFP_KERNEL);
}

static bool same(const struct ovl_optset *a, const struct ovl_optset *b)
{
	return a->len == b->len && !memcmp(a->area, b->area, a->len);
}

/* Data that says whose it is. */
static const u8 *data_of(u8 mark)
{
	static u8 data[OVL_OPT_MAX_DATA];

	memset(data, mark, sizeof(data));
	return data;
}

static int put(struct ovl_optset *set, u16 class, u8 type, u8 len, u8 mark,
	       u16 flags)
{
	struct ovl_opt opt = { class, type, len, data_of(mark) };

	extack = (struct netlink_ext_ack){};
	return ovl_optset_put(set, &opt, NULL, flags, &attr, &extack);
}

static int put_source(struct ovl_optset *set, u16 class, u8 type, u8 kind,
		      u32 mask, u8 shift, u16 flags)
{
	const struct ovl_opt_source source = { mask, kind, shift };
	struct ovl_opt opt = {
		class, type, ovl_opt_source_wide(kind) ? 8 : 4, data_of(0),
	};

	extack = (struct netlink_ext_ack){};
	return ovl_optset_put(set, &opt, &source, flags, &attr, &extack);
}

static int del(struct ovl_optset *set, u16 class, u8 type)
{
	extack = (struct netlink_ext_ack){};
	return ovl_optset_del(set, class, type, &attr, &extack);
}

static bool refused_with_message(void)
{
	return extack._msg && !strncmp(extack._msg, "ovl_tun: ", 9) &&
	       extack.bad_attr == &attr;
}

#define ADD	NLM_F_CREATE
#define REPLACE	(NLM_F_CREATE | NLM_F_REPLACE)
#define CHANGE	NLM_F_REPLACE

/* What each flag does for an option that is there, and for one that isn't. */
static void optset_flags(struct kunit *test)
{
	struct ovl_optset *set = set_new(test), before;
	unsigned int bits;

	for (bits = 0; bits < 16; bits++) {
		u16 flags = (bits & 1 ? NLM_F_CREATE : 0) |
			    (bits & 2 ? NLM_F_EXCL : 0) |
			    (bits & 4 ? NLM_F_REPLACE : 0);
		bool there = bits & 8;
		int want = 0, got;

		if (there && ((flags & NLM_F_EXCL) || !(flags & NLM_F_REPLACE)))
			want = -EEXIST;
		if (!there && !(flags & NLM_F_CREATE))
			want = -ENOENT;

		set->len = 0;
		if (there)
			put(set, 1, 1, 8, 'a', ADD);
		before = *set;
		got = put(set, 1, 1, 4, 'b', flags);
		KUNIT_EXPECT_EQ_MSG(test, got, want, "flags %#x, %s: %d, not %d",
				    flags, there ? "there" : "not there", got,
				    want);
		if (want) {
			KUNIT_EXPECT_TRUE_MSG(test,
					      same(set, &before),
					      "changed in spite of the refusal");
			KUNIT_EXPECT_TRUE_MSG(test, refused_with_message(),
					      "flags %#x", flags);
		} else {
			KUNIT_EXPECT_EQ(test, set->len, 8);
			KUNIT_EXPECT_MEMEQ(test, set->area, "\0\1\1\1bbbb", 8);
			KUNIT_EXPECT_FALSE(test, extack._msg);
		}
	}
}

static void optset_add(struct kunit *test)
{
	struct ovl_optset *set = set_new(test);

	KUNIT_EXPECT_FALSE(test, put(set, 0x0102, 0x80, 4, 'a', ADD));
	KUNIT_EXPECT_FALSE_MSG(test, put(set, 0x0102, 0x00, 0, 0, ADD),
			       "type differs by the critical bit");
	KUNIT_EXPECT_FALSE(test, put(set, 0x0201, 0x80, 8, 'b', ADD));
	KUNIT_EXPECT_EQ(test, set->len, 8 + 4 + 12);
	KUNIT_EXPECT_MEMEQ_MSG(test, set->area,
			       "\1\2\x80\1aaaa\1\2\0\0\2\1\x80\2bbbbbbbb",
			       24, "as on the wire, in the order of addition");
}

/* Three options a, b, c; each in turn gets data of each length. */
static void optset_replace(struct kunit *test)
{
	static const u8 lens[3] = { 4, 0, 60 };
	struct ovl_optset *set = set_new(test);
	unsigned int which, words, k, at;

	for (which = 0; which < 3; which++)
		for (words = 0; words <= 31; words++) {
			set->len = 0;
			for (k = 0; k < 3; k++)
				KUNIT_EXPECT_FALSE(test,
						   put(set, 7, k, lens[k], 'a' + k, ADD));
			KUNIT_EXPECT_FALSE_MSG(test,
					       put(set, 7, which, words * 4, 'X', CHANGE),
					       "option %u, %u words", which, words);
			for (at = 0, k = 0; k < 3; k++) {
				unsigned int len = k == which ? words * 4 : lens[k];
				const u8 head[4] = { 0, 7, k, len / 4 };

				KUNIT_EXPECT_MEMEQ_MSG(test, set->area + at, head,
						       4,
						       "%u to %u words: header of %u",
						       which, words, k);
				KUNIT_EXPECT_MEMEQ_MSG(test, set->area + at + 4,
						       data_of(k == which ? 'X' : 'a' + k),
						       len,
						       "%u to %u words: data of %u",
						       which, words, k);
				at += 4 + len;
			}
			KUNIT_EXPECT_EQ_MSG(test, set->len, at, "%u to %u words",
					    which, words);
		}
}

static void optset_add_limit(struct kunit *test)
{
	struct ovl_optset *set = set_new(test), before;
	unsigned int used;

	for (used = 0; used < 31; used++) {
		unsigned int k;

		/* "used" empty options, one of 124 bytes, and one that is to
		 * fill the rest: 252 - 128 - used * 4 - 4
		 */
		set->len = 0;
		for (k = 0; k < used; k++)
			KUNIT_EXPECT_FALSE(test, put(set, 1, k, 0, 0, ADD));
		KUNIT_EXPECT_FALSE(test, put(set, 2, 0, 124, 'a', ADD));
		before = *set;
		if (used) {
			KUNIT_EXPECT_EQ_MSG(test,
					    put(set, 3, 0, 124 - used * 4, 'b', ADD),
					    -EMSGSIZE, "%u", used);
			KUNIT_EXPECT_TRUE(test, refused_with_message());
			KUNIT_EXPECT_TRUE(test,
					  same(set, &before));
		}
		KUNIT_EXPECT_FALSE_MSG(test,
				       put(set, 3, 0, 120 - used * 4, 'b', ADD),
				       "%u", used);
		KUNIT_EXPECT_EQ(test, set->len, OVL_OPTS_MAX_LEN);
		KUNIT_EXPECT_EQ_MSG(test, put(set, 4, 0, 0, 0, ADD), -EMSGSIZE,
				    "not one more");
		KUNIT_EXPECT_EQ(test, set->len, OVL_OPTS_MAX_LEN);
	}
}

static void optset_replace_limit(struct kunit *test)
{
	struct ovl_optset *set = set_new(test), before;
	unsigned int which;

	for (which = 0; which < 3; which++) {
		static const u8 lens[3] = { 80, 80, 80 };
		unsigned int k;

		set->len = 0; /* 3 * 84 are 252 */
		for (k = 0; k < 3; k++)
			KUNIT_EXPECT_FALSE(test,
					   put(set, 9, k, lens[k], 'a' + k, ADD));
		KUNIT_EXPECT_EQ(test, set->len, OVL_OPTS_MAX_LEN);
		before = *set;
		KUNIT_EXPECT_EQ_MSG(test, put(set, 9, which, 84, 'X', REPLACE),
				    -EMSGSIZE, "%u", which);
		KUNIT_EXPECT_TRUE(test, refused_with_message());
		KUNIT_EXPECT_EQ_MSG(test, put(set, 9, which, 124, 'X', REPLACE),
				    -EMSGSIZE, "%u", which);
		KUNIT_EXPECT_TRUE_MSG(test,
				      same(set, &before),
				      "%u", which);

		KUNIT_EXPECT_FALSE_MSG(test, put(set, 9, which, 80, 'X', REPLACE),
				       "as long as before");
		KUNIT_EXPECT_EQ(test, set->len, OVL_OPTS_MAX_LEN);
		KUNIT_EXPECT_FALSE(test, put(set, 9, which, 76, 'X', REPLACE));
		KUNIT_EXPECT_EQ(test, set->len, OVL_OPTS_MAX_LEN - 4);
		KUNIT_EXPECT_FALSE_MSG(test,
				       put(set, 9, which, 80, 'a' + which, REPLACE),
				       "up to the limit");
		KUNIT_EXPECT_MEMEQ_MSG(test, set->area, before.area, before.len,
				       "and back");
	}
}

static void optset_del(struct kunit *test)
{
	struct ovl_optset *set = set_new(test), before;

	KUNIT_EXPECT_EQ(test, del(set, 1, 1), -ENOENT);
	KUNIT_EXPECT_TRUE(test, refused_with_message());

	put(set, 1, 1, 4, 'a', ADD);
	put(set, 1, 2, 8, 'b', ADD);
	put(set, 1, 3, 0, 'c', ADD);
	put(set, 1, 4, 4, 'd', ADD);
	before = *set;
	KUNIT_EXPECT_EQ(test, del(set, 2, 1), -ENOENT);
	KUNIT_EXPECT_EQ(test, del(set, 1, 0x81), -ENOENT);
	KUNIT_EXPECT_TRUE(test,
			  same(set, &before));

	KUNIT_EXPECT_FALSE_MSG(test, del(set, 1, 2), "from the middle");
	KUNIT_EXPECT_FALSE(test, extack._msg);
	KUNIT_EXPECT_EQ(test, set->len, 20);
	KUNIT_EXPECT_MEMEQ(test, set->area,
			   "\0\1\1\1aaaa\0\1\3\0\0\1\4\1dddd", 20);
	KUNIT_EXPECT_FALSE_MSG(test, del(set, 1, 4), "the last");
	KUNIT_EXPECT_EQ(test, set->len, 12);
	KUNIT_EXPECT_FALSE_MSG(test, del(set, 1, 1), "the first");
	KUNIT_EXPECT_TRUE(test,
			  set->len == 4 && !memcmp(set->area, "\0\1\3\0", 4));
	KUNIT_EXPECT_EQ_MSG(test, del(set, 1, 1), -ENOENT, "it is gone");
	KUNIT_EXPECT_FALSE_MSG(test, del(set, 1, 3), "the only one");
	KUNIT_EXPECT_EQ(test, set->len, 0);
}

#define ALL	0xffffffffU

/* Each source, alone and between two constants. */
static void optset_compile(struct kunit *test)
{
	unsigned int kind, around;

	for (kind = OVL_TUN_OPT_SOURCE_MARK; kind <= OVL_TUN_OPT_SOURCE_TIME; kind++)
		for (around = 0; around < 2; around++) {
			bool wide = kind == OVL_TUN_OPT_SOURCE_COUNTER ||
				    kind == OVL_TUN_OPT_SOURCE_TIME;
			bool fixed = kind == OVL_TUN_OPT_SOURCE_VNI ||
				     kind == OVL_TUN_OPT_SOURCE_PEER;
			unsigned int len = wide ? 12 : 8, n;
			u32 value = kind == OVL_TUN_OPT_SOURCE_VNI ? 0x00a1b2c3 : 0x70000042;
			struct ovl_optset *set = set_new(test);
			struct ovl_patch *patch;
			u8 *area, want[4];

			if (around)
				put(set, 0x101, 1, 8, 'a', ADD);
			KUNIT_EXPECT_FALSE(test,
					   put_source(set, 0x101, 2, kind, ALL, 0, ADD));
			if (around)
				put(set, 0x101, 3, 4, 'c', ADD);
			KUNIT_EXPECT_EQ_MSG(test, set->len, len + around * 20,
					    "source %u: %u", kind, set->len);
			n = ovl_optset_patches(set, 0, 0);
			KUNIT_EXPECT_EQ_MSG(test, n, !fixed,
					    "source %u: %u patches", kind, n);

			/* Exactly as much room as is asked for. */
			area = kunit_kmalloc(test, set->len, GFP_KERNEL);
			patch = kunit_kmalloc(test, n ? n * sizeof(*patch) : 1,
					      GFP_KERNEL);
			memcpy(area, set->area, set->len);
			n -= ovl_optset_compile(set, 0x00a1b2c3, 0x70000042,
						area, patch);
			KUNIT_EXPECT_EQ_MSG(test, n, 0, "source %u", kind);
			if (!fixed) {
				KUNIT_EXPECT_EQ(test, patch->kind, kind);
				KUNIT_EXPECT_EQ(test, patch->mask, ALL);
				KUNIT_EXPECT_EQ(test, patch->shift, 0);
				KUNIT_EXPECT_EQ(test, patch->at, around * 12 + 4);
			}
			want[0] = value >> 24;
			want[1] = value >> 16;
			want[2] = value >> 8;
			want[3] = value;
			KUNIT_EXPECT_MEMEQ_MSG(test, area + around * 12 + 4,
					       fixed ? want : data_of(0), 4,
					       "source %u: value", kind);
			memset(area + around * 12 + 4, 0, 4);
			KUNIT_EXPECT_MEMEQ_MSG(test, area, set->area, set->len,
					       "source %u: others", kind);
		}
}

static void optset_mask(struct kunit *test)
{
	struct ovl_optset *set = set_new(test);
	struct ovl_patch patch[2];
	u8 area[16];

	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_VNI, 0x00ffff00, 8, ADD);
	put_source(set, 0x101, 2, OVL_TUN_OPT_SOURCE_MARK, 0xf0000000, 28, ADD);
	memcpy(area, set->area, 16);
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0x123456, 0, area, patch),
			1);
	KUNIT_EXPECT_MEMEQ(test, area, "\1\1\1\1\0\0\x12\x34\1\1\2\1\0\0\0\0",
			   16);
	KUNIT_EXPECT_TRUE(test,
			  patch->at == 12 && patch->mask == 0xf0000000 && patch->shift == 28);
}

static void optset_mark_bits(struct kunit *test)
{
	struct ovl_optset *set = set_new(test);

	KUNIT_EXPECT_EQ(test, ovl_optset_mark_bits(set), 0);
	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_MARK, 0xff, 0, ADD);
	KUNIT_EXPECT_EQ(test, ovl_optset_mark_bits(set), 0xff);
	put_source(set, 0x101, 2, OVL_TUN_OPT_SOURCE_MARK, 0x80000, 19, ADD);
	KUNIT_EXPECT_EQ(test, ovl_optset_mark_bits(set), 0x800ff);
	put_source(set, 0x101, 3, OVL_TUN_OPT_SOURCE_PRIO, 0xff, 0, ADD);
	KUNIT_EXPECT_EQ_MSG(test, ovl_optset_mark_bits(set), ALL,
			    "something else");
	KUNIT_EXPECT_FALSE(test, del(set, 0x101, 3));
	KUNIT_EXPECT_EQ(test, ovl_optset_mark_bits(set), 0x800ff);
	put(set, 0x101, 3, 0, 0, ADD);
	KUNIT_EXPECT_EQ_MSG(test, ovl_optset_mark_bits(set), ALL, "a constant");
}

/* A source goes with its option, wherever that goes. */
static void optset_sources_move(struct kunit *test)
{
	struct ovl_optset *set = set_new(test);
	struct ovl_patch patch[3];
	u8 area[OVL_OPTS_MAX_LEN];

	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_MARK, ALL, 0, ADD);
	put(set, 0x101, 2, 12, 'b', ADD);
	put_source(set, 0x101, 3, OVL_TUN_OPT_SOURCE_TIME, ALL, 0, ADD);
	put(set, 0x101, 4, 0, 0, ADD);
	put_source(set, 0x101, 5, OVL_TUN_OPT_SOURCE_PRIO, ALL, 0, ADD);
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 3);
	KUNIT_EXPECT_TRUE(test,
			  patch[0].at == 4 && patch[1].at == 28 && patch[2].at == 44);

	KUNIT_EXPECT_FALSE_MSG(test, put(set, 0x101, 2, 0, 0, CHANGE),
			       "one becomes shorter");
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 3);
	KUNIT_EXPECT_TRUE(test, patch[1].at == 16 && patch[2].at == 32);

	KUNIT_EXPECT_FALSE_MSG(test, put(set, 0x101, 1, 4, 'a', CHANGE),
			       "one becomes constant");
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 2);
	KUNIT_EXPECT_TRUE(test,
			  patch[0].kind == OVL_TUN_OPT_SOURCE_TIME && patch[0].at == 16);

	KUNIT_EXPECT_FALSE_MSG(test,
			       put_source(set, 0x101, 4, OVL_TUN_OPT_SOURCE_IIF, ALL, 0, CHANGE),
			       "one gets a source");
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 3);
	KUNIT_EXPECT_TRUE(test,
			  patch[1].kind == OVL_TUN_OPT_SOURCE_IIF && patch[1].at == 28);
	KUNIT_EXPECT_TRUE(test,
			  patch[2].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[2].at == 36);

	KUNIT_EXPECT_FALSE_MSG(test, del(set, 0x101, 3), "one goes");
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 2);
	KUNIT_EXPECT_TRUE(test,
			  patch[0].kind == OVL_TUN_OPT_SOURCE_IIF && patch[0].at == 16);
	KUNIT_EXPECT_TRUE(test,
			  patch[1].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[1].at == 24);

	KUNIT_EXPECT_TRUE(test,
			  !del(set, 0x101, 1) && !del(set, 0x101, 2) && !del(set, 0x101, 4));
	KUNIT_EXPECT_FALSE_MSG(test, put(set, 0x101, 6, 0, 0, ADD),
			       "a constant where a source was");
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 1);
	KUNIT_EXPECT_TRUE(test,
			  patch[0].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[0].at == 4);
}

/* As many as there can be: 31 values of 4 bytes, and one option without any. */
static void optset_many_sources(struct kunit *test)
{
	struct ovl_optset *set = set_new(test);
	struct ovl_patch *patch;
	u8 *area;
	unsigned int i;

	/* Each packet has a VNI of its own. */
	KUNIT_EXPECT_FALSE(test,
			   put_source(set, 0x101, 0, OVL_TUN_OPT_SOURCE_VNI, ALL, 0, ADD));
	KUNIT_EXPECT_EQ(test, ovl_optset_patches(set, OVL_TUN_N_VNI - 1, 0), 0);
	KUNIT_EXPECT_EQ(test, ovl_optset_patches(set, OVL_TUN_N_VNI, 0), 1);
	area = kunit_kmalloc(test, set->len, GFP_KERNEL);
	patch = kunit_kmalloc(test, sizeof(*patch), GFP_KERNEL);
	memcpy(area, set->area, set->len);
	KUNIT_EXPECT_EQ(test,
			ovl_optset_compile(set, OVL_TUN_N_VNI, 0, area, patch), 1);
	KUNIT_EXPECT_TRUE(test,
			  patch->kind == OVL_TUN_OPT_SOURCE_VNI && patch->at == 4);
	KUNIT_EXPECT_FALSE(test, ovl_optset_del(set, 0x101, 0, NULL, NULL));

	/* And another peer. */
	KUNIT_EXPECT_FALSE(test,
			   put_source(set, 0x101, 0, OVL_TUN_OPT_SOURCE_PEER, ALL, 0, ADD));
	KUNIT_EXPECT_EQ(test,
			ovl_optset_patches(set, OVL_TUN_N_VNI, OVL_OPT_PEER_ANY - 1),
			0);
	KUNIT_EXPECT_EQ(test,
			ovl_optset_patches(set, OVL_TUN_N_VNI, OVL_OPT_PEER_ANY),
			1);
	memcpy(area, set->area, set->len);
	KUNIT_EXPECT_EQ(test,
			ovl_optset_compile(set, 0, OVL_OPT_PEER_ANY, area, patch),
			1);
	KUNIT_EXPECT_TRUE(test,
			  patch->kind == OVL_TUN_OPT_SOURCE_PEER && patch->at == 4);
	KUNIT_EXPECT_MEMEQ_MSG(test, area, set->area, set->len,
			       "nobody's id is there");
	KUNIT_EXPECT_FALSE(test, ovl_optset_del(set, 0x101, 0, NULL, NULL));

	for (i = 0; i < 31; i++)
		KUNIT_EXPECT_FALSE(test,
				   put_source(set, 0x101, i, OVL_TUN_OPT_SOURCE_HASH, ALL, 0, ADD));
	KUNIT_EXPECT_EQ(test,
			put_source(set, 0x101, i, OVL_TUN_OPT_SOURCE_HASH, ALL, 0, ADD),
			-EMSGSIZE);
	KUNIT_EXPECT_TRUE(test, refused_with_message());
	KUNIT_EXPECT_FALSE(test, put(set, 0x101, i, 0, 0, ADD));
	KUNIT_EXPECT_TRUE(test,
			  set->len == OVL_OPTS_MAX_LEN && ovl_optset_patches(set, 0, 0) == 31);
	area = kunit_kmalloc(test, OVL_OPTS_MAX_LEN, GFP_KERNEL);
	patch = kunit_kmalloc(test, 31 * sizeof(*patch), GFP_KERNEL);
	memcpy(area, set->area, set->len);
	KUNIT_EXPECT_EQ(test, ovl_optset_compile(set, 0, 0, area, patch), 31);
	for (i = 0; i < 31; i++)
		KUNIT_EXPECT_EQ_MSG(test, patch[i].at, 8 * i + 4, "%u", i);
}

/* Random operations, on the set and on a plain list of what it should hold. */
static void optset_random(struct kunit *test)
{
	struct {
		u8 type;
		u8 len;
		u8 mark;
		u8 kind;
	} list[64];
	struct ovl_optset *set = set_new(test);
	unsigned int round, n = 0, i, at, total;
	unsigned int done[2] = {}, full = 0;

	for (round = 0; round < OVL_TEST_ROUNDS(200000) && !ovl_test_failed(test); round++) {
		u8 type = ovl_test_random(24), mark = ovl_test_random(256);
		u8 len = ovl_test_random(ovl_test_random(8) ? 4 : 32) * 4;
		u8 kind = ovl_test_random(2) ? 0 : 1 + ovl_test_random(OVL_TUN_OPT_SOURCE_TIME);
		bool remove = ovl_test_random(3) == 0;
		int want = 0, got;

		if (kind) {
			len = ovl_opt_source_wide(kind) ? 8 : 4;
			mark = 0;
		}

		for (total = 0, i = 0; i < n; i++)
			total += 4 + list[i].len;
		for (i = 0; i < n && list[i].type != type; i++)
			;
		if (remove) {
			if (i == n) {
				want = -ENOENT;
			} else {
				memmove(&list[i], &list[i + 1],
					(n - i - 1) * sizeof(*list));
				n--;
			}
			KUNIT_EXPECT_EQ(test, del(set, 5, type), want);
		} else {
			total += len + (i == n ? 4 : -list[i].len);
			if (total > 252) {
				want = -EMSGSIZE;
				full++;
			} else {
				if (i == n)
					n++;
				list[i].type = type;
				list[i].len = len;
				list[i].mark = mark;
				list[i].kind = kind;
			}
			got = kind ? put_source(set, 5, type, kind, ALL, 0, REPLACE) :
				     put(set, 5, type, len, mark, REPLACE);
			KUNIT_EXPECT_EQ(test, got, want);
		}
		KUNIT_EXPECT_TRUE(test,
				  want ? refused_with_message() : !extack._msg);
		done[!want]++;

		for (at = 0, i = 0; i < n; i++) {
			const u8 head[4] = { 0, 5, list[i].type, list[i].len / 4 };

			KUNIT_EXPECT_MEMEQ(test, set->area + at, head, 4);
			KUNIT_EXPECT_MEMEQ(test, set->area + at + 4,
					   data_of(list[i].mark), list[i].len);
			KUNIT_EXPECT_EQ(test, set->source[i].kind, list[i].kind);
			at += 4 + list[i].len;
		}
		KUNIT_EXPECT_EQ_MSG(test, set->len, at, "round %u", round);
	}
	KUNIT_EXPECT_GT(test, done[0], OVL_TEST_ROUNDS(1000));
	KUNIT_EXPECT_GT(test, done[1], OVL_TEST_ROUNDS(1000));
	KUNIT_EXPECT_GT(test, full, OVL_TEST_ROUNDS(1000));
}

static struct kunit_case optset_cases[] = {
	KUNIT_CASE(optset_add),
	KUNIT_CASE(optset_flags),
	KUNIT_CASE(optset_replace),
	KUNIT_CASE(optset_add_limit),
	KUNIT_CASE(optset_replace_limit),
	KUNIT_CASE(optset_del),
	KUNIT_CASE(optset_compile),
	KUNIT_CASE(optset_mask),
	KUNIT_CASE(optset_mark_bits),
	KUNIT_CASE(optset_sources_move),
	KUNIT_CASE(optset_many_sources),
	KUNIT_CASE(optset_random),
	{}
};

static struct kunit_suite optset_suite = {
	.name = "ovl_tun_optset",
	.test_cases = optset_cases,
};

kunit_test_suite(optset_suite);
