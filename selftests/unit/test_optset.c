// SPDX-License-Identifier: GPL-2.0
/* Sets of options, src/optset.c: add, replace, remove. */

#include <errno.h>
#include <string.h>

#include "optset.h"
#include "tap.h"

static const struct nlattr attr;
static struct netlink_ext_ack extack;

/* A set on the heap, where AddressSanitizer sees what leaves it. */
static struct ovl_optset *set_new(void)
{
	struct ovl_optset *set = calloc(1, sizeof(*set));

	if (!set)
		abort();
	return set;
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
static void test_flags(void)
{
	struct ovl_optset *set = set_new(), before;
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
		CHECK(got == want, "flags %#x, %s: %d, not %d", flags,
		      there ? "there" : "not there", got, want);
		if (want) {
			CHECK(set->len == before.len &&
			      !memcmp(set->area, before.area, before.len),
			      "changed in spite of the refusal");
			CHECK(refused_with_message(), "flags %#x", flags);
		} else {
			CHECK(set->len == 8);
			CHECK(!memcmp(set->area, "\0\1\1\1bbbb", 8));
			CHECK(!extack._msg);
		}
	}
	free(set);
}

static void test_add(void)
{
	struct ovl_optset *set = set_new();

	CHECK(!put(set, 0x0102, 0x80, 4, 'a', ADD));
	CHECK(!put(set, 0x0102, 0x00, 0, 0, ADD), "type differs by the critical bit");
	CHECK(!put(set, 0x0201, 0x80, 8, 'b', ADD));
	CHECK(set->len == 8 + 4 + 12);
	CHECK(!memcmp(set->area, "\1\2\x80\1" "aaaa" "\1\2\0\0" "\2\1\x80\2" "bbbbbbbb", 24),
	      "as on the wire, in the order of addition");
	free(set);
}

/* Three options a, b, c; each in turn gets data of each length. */
static void test_replace(void)
{
	static const u8 lens[3] = { 4, 0, 60 };
	struct ovl_optset *set = set_new();
	unsigned int which, words, k, at;

	for (which = 0; which < 3; which++)
		for (words = 0; words <= 31; words++) {
			set->len = 0;
			for (k = 0; k < 3; k++)
				CHECK(!put(set, 7, k, lens[k], 'a' + k, ADD));
			CHECK(!put(set, 7, which, words * 4, 'X', CHANGE),
			      "option %u, %u words", which, words);
			for (k = at = 0; k < 3; k++) {
				unsigned int len = k == which ? words * 4 : lens[k];
				const u8 head[4] = { 0, 7, k, len / 4 };

				CHECK(!memcmp(set->area + at, head, 4),
				      "%u to %u words: header of %u", which, words, k);
				CHECK(!memcmp(set->area + at + 4,
					      data_of(k == which ? 'X' : 'a' + k), len),
				      "%u to %u words: data of %u", which, words, k);
				at += 4 + len;
			}
			CHECK(set->len == at, "%u to %u words", which, words);
		}
	free(set);
}

static void test_add_limit(void)
{
	struct ovl_optset *set = set_new(), before;
	unsigned int used;

	for (used = 0; used < 31; used++) {
		unsigned int k;

		/* "used" empty options, one of 124 bytes, and one that is to
		 * fill the rest: 252 - 128 - used * 4 - 4
		 */
		set->len = 0;
		for (k = 0; k < used; k++)
			CHECK(!put(set, 1, k, 0, 0, ADD));
		CHECK(!put(set, 2, 0, 124, 'a', ADD));
		before = *set;
		if (used) {
			CHECK(put(set, 3, 0, 124 - used * 4, 'b', ADD) == -EMSGSIZE,
			      "%u", used);
			CHECK(refused_with_message());
			CHECK(set->len == before.len &&
			      !memcmp(set->area, before.area, before.len));
		}
		CHECK(!put(set, 3, 0, 120 - used * 4, 'b', ADD), "%u", used);
		CHECK(set->len == OVL_OPTS_MAX_LEN);
		CHECK(put(set, 4, 0, 0, 0, ADD) == -EMSGSIZE, "not one more");
		CHECK(set->len == OVL_OPTS_MAX_LEN);
	}
	free(set);
}

static void test_replace_limit(void)
{
	struct ovl_optset *set = set_new(), before;
	unsigned int which;

	for (which = 0; which < 3; which++) {
		static const u8 lens[3] = { 80, 80, 80 };
		unsigned int k;

		set->len = 0; /* 3 * 84 are 252 */
		for (k = 0; k < 3; k++)
			CHECK(!put(set, 9, k, lens[k], 'a' + k, ADD));
		CHECK(set->len == OVL_OPTS_MAX_LEN);
		before = *set;
		CHECK(put(set, 9, which, 84, 'X', REPLACE) == -EMSGSIZE, "%u", which);
		CHECK(refused_with_message());
		CHECK(put(set, 9, which, 124, 'X', REPLACE) == -EMSGSIZE, "%u", which);
		CHECK(set->len == before.len &&
		      !memcmp(set->area, before.area, before.len), "%u", which);

		CHECK(!put(set, 9, which, 80, 'X', REPLACE), "as long as before");
		CHECK(set->len == OVL_OPTS_MAX_LEN);
		CHECK(!put(set, 9, which, 76, 'X', REPLACE));
		CHECK(set->len == OVL_OPTS_MAX_LEN - 4);
		CHECK(!put(set, 9, which, 80, 'a' + which, REPLACE), "up to the limit");
		CHECK(!memcmp(set->area, before.area, before.len), "and back");
	}
	free(set);
}

static void test_del(void)
{
	struct ovl_optset *set = set_new(), before;

	CHECK(del(set, 1, 1) == -ENOENT);
	CHECK(refused_with_message());

	put(set, 1, 1, 4, 'a', ADD);
	put(set, 1, 2, 8, 'b', ADD);
	put(set, 1, 3, 0, 'c', ADD);
	put(set, 1, 4, 4, 'd', ADD);
	before = *set;
	CHECK(del(set, 2, 1) == -ENOENT);
	CHECK(del(set, 1, 0x81) == -ENOENT);
	CHECK(set->len == before.len && !memcmp(set->area, before.area, before.len));

	CHECK(!del(set, 1, 2), "from the middle");
	CHECK(!extack._msg);
	CHECK(set->len == 20);
	CHECK(!memcmp(set->area, "\0\1\1\1aaaa" "\0\1\3\0" "\0\1\4\1dddd", 20));
	CHECK(!del(set, 1, 4), "the last");
	CHECK(set->len == 12);
	CHECK(!del(set, 1, 1), "the first");
	CHECK(set->len == 4 && !memcmp(set->area, "\0\1\3\0", 4));
	CHECK(del(set, 1, 1) == -ENOENT, "it is gone");
	CHECK(!del(set, 1, 3), "the only one");
	CHECK(set->len == 0);
	free(set);
}

#define ALL	0xffffffffU

/* Each source, alone and between two constants. */
static void test_compile(void)
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
			struct ovl_optset *set = set_new();
			struct ovl_patch *patch;
			u8 *area, want[4];

			if (around)
				put(set, 0x101, 1, 8, 'a', ADD);
			CHECK(!put_source(set, 0x101, 2, kind, ALL, 0, ADD));
			if (around)
				put(set, 0x101, 3, 4, 'c', ADD);
			CHECK(set->len == len + around * 20, "source %u: %u", kind, set->len);
			n = ovl_optset_patches(set, 0, 0);
			CHECK(n == !fixed, "source %u: %u patches", kind, n);

			/* Exactly as much room as is asked for. */
			area = malloc(set->len);
			patch = malloc(n ? n * sizeof(*patch) : 1);
			memcpy(area, set->area, set->len);
			CHECK(ovl_optset_compile(set, 0x00a1b2c3, 0x70000042,
						 area, patch) == n);
			if (n)
				CHECK(patch->kind == kind && patch->mask == ALL &&
				      !patch->shift && patch->at == around * 12 + 4,
				      "source %u", kind);
			want[0] = value >> 24;
			want[1] = value >> 16;
			want[2] = value >> 8;
			want[3] = value;
			CHECK(!memcmp(area + around * 12 + 4, fixed ? want : data_of(0), 4),
			      "source %u: value", kind);
			area[around * 12 + 4] = area[around * 12 + 5] = 0;
			area[around * 12 + 6] = area[around * 12 + 7] = 0;
			CHECK(!memcmp(area, set->area, set->len), "source %u: others", kind);
			free(patch);
			free(area);
			free(set);
		}
}

static void test_mask(void)
{
	struct ovl_optset *set = set_new();
	struct ovl_patch patch[2];
	u8 area[16];

	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_VNI, 0x00ffff00, 8, ADD);
	put_source(set, 0x101, 2, OVL_TUN_OPT_SOURCE_MARK, 0xf0000000, 28, ADD);
	memcpy(area, set->area, 16);
	CHECK(ovl_optset_compile(set, 0x123456, 0, area, patch) == 1);
	CHECK(!memcmp(area, "\1\1\1\1\0\0\x12\x34" "\1\1\2\1\0\0\0\0", 16));
	CHECK(patch->at == 12 && patch->mask == 0xf0000000 && patch->shift == 28);
	free(set);
}

static void test_mark_bits(void)
{
	struct ovl_optset *set = set_new();

	CHECK(ovl_optset_mark_bits(set) == 0);
	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_MARK, 0xff, 0, ADD);
	CHECK(ovl_optset_mark_bits(set) == 0xff);
	put_source(set, 0x101, 2, OVL_TUN_OPT_SOURCE_MARK, 0x80000, 19, ADD);
	CHECK(ovl_optset_mark_bits(set) == 0x800ff);
	put_source(set, 0x101, 3, OVL_TUN_OPT_SOURCE_PRIO, 0xff, 0, ADD);
	CHECK(ovl_optset_mark_bits(set) == ALL, "something else");
	CHECK(!del(set, 0x101, 3));
	CHECK(ovl_optset_mark_bits(set) == 0x800ff);
	put(set, 0x101, 3, 0, 0, ADD);
	CHECK(ovl_optset_mark_bits(set) == ALL, "a constant");
	free(set);
}

/* A source goes with its option, wherever that goes. */
static void test_sources_move(void)
{
	struct ovl_optset *set = set_new();
	struct ovl_patch patch[3];
	u8 area[OVL_OPTS_MAX_LEN];

	put_source(set, 0x101, 1, OVL_TUN_OPT_SOURCE_MARK, ALL, 0, ADD);
	put(set, 0x101, 2, 12, 'b', ADD);
	put_source(set, 0x101, 3, OVL_TUN_OPT_SOURCE_TIME, ALL, 0, ADD);
	put(set, 0x101, 4, 0, 0, ADD);
	put_source(set, 0x101, 5, OVL_TUN_OPT_SOURCE_PRIO, ALL, 0, ADD);
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 3);
	CHECK(patch[0].at == 4 && patch[1].at == 28 && patch[2].at == 44);

	CHECK(!put(set, 0x101, 2, 0, 0, CHANGE), "one becomes shorter");
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 3);
	CHECK(patch[1].at == 16 && patch[2].at == 32);

	CHECK(!put(set, 0x101, 1, 4, 'a', CHANGE), "one becomes constant");
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 2);
	CHECK(patch[0].kind == OVL_TUN_OPT_SOURCE_TIME && patch[0].at == 16);

	CHECK(!put_source(set, 0x101, 4, OVL_TUN_OPT_SOURCE_IIF, ALL, 0, CHANGE),
	      "one gets a source");
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 3);
	CHECK(patch[1].kind == OVL_TUN_OPT_SOURCE_IIF && patch[1].at == 28);
	CHECK(patch[2].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[2].at == 36);

	CHECK(!del(set, 0x101, 3), "one goes");
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 2);
	CHECK(patch[0].kind == OVL_TUN_OPT_SOURCE_IIF && patch[0].at == 16);
	CHECK(patch[1].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[1].at == 24);

	CHECK(!del(set, 0x101, 1) && !del(set, 0x101, 2) && !del(set, 0x101, 4));
	CHECK(!put(set, 0x101, 6, 0, 0, ADD), "a constant where a source was");
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 1);
	CHECK(patch[0].kind == OVL_TUN_OPT_SOURCE_PRIO && patch[0].at == 4);
	free(set);
}

/* As many as there can be: 31 values of 4 bytes, and one option without any. */
static void test_many_sources(void)
{
	struct ovl_optset *set = set_new();
	struct ovl_patch *patch;
	u8 *area;
	unsigned int i;

	/* Each packet has a VNI of its own. */
	CHECK(!put_source(set, 0x101, 0, OVL_TUN_OPT_SOURCE_VNI, ALL, 0, ADD));
	CHECK(ovl_optset_patches(set, OVL_TUN_N_VNI - 1, 0) == 0);
	CHECK(ovl_optset_patches(set, OVL_TUN_N_VNI, 0) == 1);
	area = malloc(set->len);
	patch = malloc(sizeof(*patch));
	memcpy(area, set->area, set->len);
	CHECK(ovl_optset_compile(set, OVL_TUN_N_VNI, 0, area, patch) == 1);
	CHECK(patch->kind == OVL_TUN_OPT_SOURCE_VNI && patch->at == 4);
	CHECK(!ovl_optset_del(set, 0x101, 0, NULL, NULL));

	/* And another peer. */
	CHECK(!put_source(set, 0x101, 0, OVL_TUN_OPT_SOURCE_PEER, ALL, 0, ADD));
	CHECK(ovl_optset_patches(set, OVL_TUN_N_VNI, OVL_OPT_PEER_ANY - 1) == 0);
	CHECK(ovl_optset_patches(set, OVL_TUN_N_VNI, OVL_OPT_PEER_ANY) == 1);
	memcpy(area, set->area, set->len);
	CHECK(ovl_optset_compile(set, 0, OVL_OPT_PEER_ANY, area, patch) == 1);
	CHECK(patch->kind == OVL_TUN_OPT_SOURCE_PEER && patch->at == 4);
	CHECK(!memcmp(area, set->area, set->len), "nobody's id is there");
	free(area);
	free(patch);
	CHECK(!ovl_optset_del(set, 0x101, 0, NULL, NULL));

	for (i = 0; i < 31; i++)
		CHECK(!put_source(set, 0x101, i, OVL_TUN_OPT_SOURCE_HASH, ALL, 0, ADD));
	CHECK(put_source(set, 0x101, i, OVL_TUN_OPT_SOURCE_HASH, ALL, 0, ADD) == -EMSGSIZE);
	CHECK(refused_with_message());
	CHECK(!put(set, 0x101, i, 0, 0, ADD));
	CHECK(set->len == OVL_OPTS_MAX_LEN && ovl_optset_patches(set, 0, 0) == 31);
	area = malloc(OVL_OPTS_MAX_LEN);
	patch = malloc(31 * sizeof(*patch));
	memcpy(area, set->area, set->len);
	CHECK(ovl_optset_compile(set, 0, 0, area, patch) == 31);
	for (i = 0; i < 31; i++)
		CHECK(patch[i].at == 8 * i + 4, "%u", i);
	free(patch);
	free(area);
	free(set);
}

/* Random operations, on the set and on a plain list of what it should hold. */
static void test_random(void)
{
	struct { u8 type, len, mark, kind; } list[64];
	struct ovl_optset *set = set_new();
	unsigned int round, n = 0, i, at, total;
	unsigned int done[2] = {}, full = 0;

	for (round = 0; round < 200000; round++) {
		u8 type = tap_random(24), mark = tap_random(256);
		u8 len = tap_random(tap_random(8) ? 4 : 32) * 4;
		u8 kind = tap_random(2) ? 0 : 1 + tap_random(OVL_TUN_OPT_SOURCE_TIME);
		bool remove = tap_random(3) == 0;
		int want = 0;

		if (kind) {
			len = ovl_opt_source_wide(kind) ? 8 : 4;
			mark = 0;
		}

		for (i = total = 0; i < n; i++)
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
			CHECK(del(set, 5, type) == want);
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
			CHECK((kind ? put_source(set, 5, type, kind, ALL, 0, REPLACE) :
				      put(set, 5, type, len, mark, REPLACE)) == want);
		}
		CHECK(want ? refused_with_message() : !extack._msg);
		done[!want]++;

		for (i = at = 0; i < n; i++) {
			const u8 head[4] = { 0, 5, list[i].type, list[i].len / 4 };

			CHECK(!memcmp(set->area + at, head, 4));
			CHECK(!memcmp(set->area + at + 4, data_of(list[i].mark),
				      list[i].len));
			CHECK(set->source[i].kind == list[i].kind);
			at += 4 + list[i].len;
		}
		CHECK(set->len == at, "round %u", round);
	}
	CHECK(done[0] > 1000 && done[1] > 1000 && full > 1000,
	      "refused %u, done %u, full %u", done[0], done[1], full);
	free(set);
}

int main(void)
{
	tap_test("add appends as on the wire", test_add);
	tap_test("NLM_F_CREATE, _EXCL and _REPLACE, alone and together", test_flags);
	tap_test("replace keeps order and neighbours, at each length", test_replace);
	tap_test("add: 252 bytes and no more", test_add_limit);
	tap_test("replace: 252 bytes and no more", test_replace_limit);
	tap_test("del", test_del);
	tap_test("each source, in a header", test_compile);
	tap_test("mask and shift", test_mask);
	tap_test("which bits of the mark are in it", test_mark_bits);
	tap_test("sources move with their options", test_sources_move);
	tap_test("31 sources", test_many_sources);
	tap_test("200000 random changes, compared with a list", test_random);
	return tap_end();
}
