// SPDX-License-Identifier: GPL-2.0
/* Rules as a program, src/program.c. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact.h"
#include "rule_model.h"
#include "tap.h"

#define MAX_RULES	64

static struct ovl_rule_spec *rules[MAX_RULES + 1];
static unsigned int n_rules;

static struct ovl_rule_spec *add(unsigned int n_tests)
{
	struct ovl_rule_spec *spec;

	/* Exactly as long as what it has. */
	spec = calloc(1, sizeof(*spec) + n_tests * sizeof(spec->test[0]));
	if (!spec)
		abort();
	spec->n_tests = n_tests;
	spec->pref = 10 * (n_rules + 1);
	rules[n_rules++] = spec;
	return spec;
}

static void clear(void)
{
	while (n_rules)
		free(rules[--n_rules]);
}

static void want(struct ovl_rule_test *test, unsigned int kind, u16 class,
		 u8 type)
{
	test->kind = kind;
	test->class = class;
	test->type = type;
}

static void want_bytes(struct ovl_rule_test *test, unsigned int kind, u16 class,
		       u8 type, const void *data, u8 len)
{
	want(test, kind, class, type);
	test->has_value = true;
	test->len = len;
	memcpy(test->data, data, len);
	memset(test->mask, 0xff, len);
}

static void want_limits(struct ovl_rule_test *test, unsigned int kind, u16 class,
			u8 type, u64 min, u64 max)
{
	want(test, kind, class, type);
	test->low = min;
	test->high = max;
}

static u8 area[OVL_OPTS_MAX_LEN];
static unsigned int used;

static void opt(u16 class, u8 type, const void *data, u8 len)
{
	const struct ovl_opt o = { class, type, len, data };

	used = ovl_opt_put(area, used, &o);
	CHECK(used);
}

/* A packet with the options that were put; none are left then. */
static struct outcome judge_as(struct packet p)
{
	unsigned char *copy = exact(area, used);
	struct outcome out, model;

	p.area = copy;
	p.len = used;
	used = 0;
	CHECK(program_run((void *)rules, n_rules, &p, &out));
	model_run((void *)rules, n_rules, &p, &model);
	CHECK(outcome_same(&out, &model), "as the model has it");
	exact_free(copy);
	return out;
}

static struct outcome judge(void)
{
	return judge_as((struct packet){ .encap = OVL_TUN_ENCAP_GENEVE });
}

static void test_require(void)
{
	struct ovl_rule_spec *spec = add(1);

	want_bytes(spec->test, OVL_TUN_RULE_TEST_REQUIRE, 0x102, 0x80, "abcd", 4);
	opt(0x102, 0x80, "abcd", 4);
	CHECK(!judge().reason, "right");
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_MISSING, "none");
	opt(0x102, 0x00, "abcd", 4);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_MISSING, "not critical");
	opt(0x102, 0x80, "abce", 4);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_WRONG, "another value");
	opt(0x102, 0x80, "abcdefgh", 8);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_WRONG, "longer");
	opt(0x102, 0x80, "", 0);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_WRONG, "without data");
	opt(0x102, 0x80, "abcd", 4);
	opt(0x102, 0x80, "abcd", 4);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_DOUBLED, "twice");
	opt(0x102, 0x80, "abce", 4);
	opt(0x102, 0x80, "abcd", 4);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_DOUBLED, "wrong, right");
	memset(spec->test->mask, 0, 3);
	opt(0x102, 0x80, "xyzd", 4);
	CHECK(!judge().reason, "where the mask has no bit");
	spec->test->has_value = false;
	opt(0x102, 0x80, "whatever", 8);
	CHECK(!judge().reason, "any value");
	CHECK(judge_as((struct packet){ .encap = OVL_TUN_ENCAP_VXLAN }).reason ==
	      OVL_TUN_DROP_RX_OPTION_MISSING, "VXLAN has none");
	spec->has_encap = true;
	spec->encap = OVL_TUN_ENCAP_GENEVE;
	CHECK(!judge_as((struct packet){ .encap = OVL_TUN_ENCAP_VXLAN }).reason,
	      "VXLAN isn't asked");
	clear();
}

static void test_malformed(void)
{
	struct ovl_rule_spec *spec = add(1);

	want(spec->test, OVL_TUN_RULE_TEST_REQUIRE, 0x102, 0x80);
	opt(0x102, 0x80, "abcd", 4);
	used -= 4;
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_MALFORMED);
	opt(0x102, 0x80, "abcd", 4);
	used -= 6;
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_MALFORMED);
	opt(0x103, 0x80, "abcd", 4);
	opt(0x102, 0x80, "abcd", 4);
	used -= 4;
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_MALFORMED,
	      "before critical, as without rules");
	clear();
}

/* Critical is what no rule speaks of, whether it matches or not. */
static void test_known(void)
{
	struct ovl_rule_spec *spec = add(2);
	struct outcome out;

	spec->has_vni = true; /* 0 only */
	want(&spec->test[0], OVL_TUN_RULE_TEST_ABSENT, 1, 0x81);
	want_limits(&spec->test[1], OVL_TUN_RULE_TEST_COUNT, 2, 0x82, 0, 63);
	spec = add(0);
	spec->mark.from = OVL_RULE_FROM_OPTION;
	spec->mark.class = 3;
	spec->mark.type = 0x83;
	spec->mark.mask = ~0ULL;
	spec->prio = spec->mark;
	spec->prio.type = 0x84;

	opt(1, 0x81, "", 0);
	opt(2, 0x82, "", 0);
	opt(3, 0x83, "", 0);
	opt(3, 0x84, "", 0);
	out = judge_as((struct packet){ .vni = 7, .encap = OVL_TUN_ENCAP_GENEVE });
	CHECK(!out.reason && !out.skipped && out.n_hits == 1, "%d %u", out.reason,
	      out.skipped);
	opt(1, 0x82, "", 0);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_CRITICAL, "another class");
	opt(1, 0x80, "", 0);
	CHECK(judge().reason == OVL_TUN_DROP_RX_OPTION_CRITICAL, "another type");
	opt(1, 0x01, "", 0);
	opt(4, 0x01, "", 0);
	out = judge();
	CHECK(!out.reason && out.skipped == 2, "not critical: skipped");
	clear();
}

static void test_order(void)
{
	struct ovl_rule_spec *first = add(0), *second = add(0), *third = add(0);
	struct outcome out;

	first->mark = (struct ovl_rule_value){ .from = OVL_RULE_FROM_RULE, .value = 1 };
	second->mark = (struct ovl_rule_value){ .from = OVL_RULE_FROM_RULE, .value = 2 };
	third->action = OVL_TUN_RULE_ACTION_DROP;
	out = judge();
	CHECK(out.reason == OVL_TUN_DROP_RX_RULE && out.n_hits == 3);
	second->action = OVL_TUN_RULE_ACTION_ACCEPT;
	out = judge();
	CHECK(!out.reason && out.n_hits == 2 && out.marked && out.mark == 2 &&
	      !out.prioritized, "accept ends it");
	first->has_vni = true;
	second->has_vni = true;
	first->vni_first = first->vni_last = 5;
	second->vni_first = 6;
	second->vni_last = 7;
	out = judge_as((struct packet){ .vni = 5 });
	CHECK(out.reason && out.n_hits == 2 && out.hit[1] == 30);
	out = judge_as((struct packet){ .vni = 7 });
	CHECK(!out.reason && out.n_hits == 1 && out.hit[0] == 20);
	out = judge_as((struct packet){ .vni = 8 });
	CHECK(out.reason && out.n_hits == 1);
	third->has_peer = true;
	third->peer = 0;
	CHECK(!judge_as((struct packet){ .vni = 8 }).reason, "a stranger is no peer 0");
	CHECK(judge_as((struct packet){ .vni = 8, .has_peer = true }).reason);
	CHECK(!judge_as((struct packet){ .vni = 8, .has_peer = true, .peer = 1 }).reason);
	clear();
}

static void test_numbers(void)
{
	static const u8 four[] = { 0x80, 0, 0, 7 };
	static const u8 eight[] = { 0x80, 0, 0, 0, 0, 0, 1, 0 };
	struct ovl_rule_spec *spec = add(1);
	struct outcome out;

	want_limits(spec->test, OVL_TUN_RULE_TEST_RANGE, 9, 1, 0x80000007, 0x80000007);
	spec->mark = (struct ovl_rule_value){
		.from = OVL_RULE_FROM_OPTION, .class = 9, .type = 1,
		.mask = 0xff000000000000ffULL, .shift = 0,
	};
	spec->prio = spec->mark;
	spec->prio.mask = ~0ULL;
	spec->prio.shift = 31;
	opt(9, 1, four, 4);
	out = judge();
	CHECK(out.n_hits == 1 && out.mark == 7 && out.prio == 1);
	opt(9, 1, eight, 8);
	CHECK(!judge().n_hits, "above");
	spec->test->high = ~0ULL;
	spec->prio.shift = 63;
	opt(9, 1, eight, 8);
	out = judge();
	CHECK(out.n_hits == 1 && out.mark == 0 && out.prio == 1, "64 bits");
	opt(9, 1, "abcdefghijkl", 12);
	CHECK(!judge().n_hits, "12 bytes are no number");
	opt(9, 1, "", 0);
	CHECK(!judge().n_hits, "nor are none");
	spec->n_tests = 0;
	opt(9, 1, four, 4);
	opt(9, 1, four, 4);
	out = judge();
	CHECK(out.n_hits == 1 && !out.marked, "which of two would it be");
	out = judge();
	CHECK(out.n_hits == 1 && !out.marked, "nothing to take it from");
	clear();
}

/* A value as long as can be, and as many options as can be */
static void test_limits(void)
{
	struct ovl_rule_spec *spec = add(1);
	u8 data[OVL_OPT_MAX_DATA];
	struct outcome out;
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	want_bytes(spec->test, OVL_TUN_RULE_TEST_VALUE, 5, 5, data, sizeof(data));
	opt(7, 7, data, 120);
	opt(5, 5, data, sizeof(data));
	CHECK(judge().n_hits == 1);
	for (i = 0; i < sizeof(data); i++) {
		data[i] ^= 1;
		opt(7, 7, data, 120);
		opt(5, 5, data, sizeof(data));
		data[i] ^= 1;
		CHECK(!judge().n_hits, "byte %u", i);
	}
	clear();
	spec = add(1);
	want_limits(spec->test, OVL_TUN_RULE_TEST_COUNT, 5, 5, 63, 63);
	for (i = 0; i < 63; i++)
		opt(5, 5, "", 0);
	out = judge();
	CHECK(out.n_hits == 1 && !out.skipped);
	for (i = 0; i < 62; i++)
		opt(5, 5, "", 0);
	CHECK(!judge().n_hits);
	clear();
}

static void test_keys(void)
{
	struct ovl_program_plan plan;
	struct ovl_rule_spec *spec;
	unsigned int i, at = 0;

	/* In no order, each key twice */
	for (i = 0; i < OVL_TUN_MAX_KNOWN_OPTS; i++) {
		at = (at + 29) % OVL_TUN_MAX_KNOWN_OPTS;
		spec = add(2);
		want(&spec->test[0], OVL_TUN_RULE_TEST_PRESENT, 0xff00 + at / 8, at);
		want(&spec->test[1], OVL_TUN_RULE_TEST_PRESENT, 0xff00 + at / 8, at);
	}
	CHECK(!ovl_program_plan(&plan, (void *)rules, n_rules));
	CHECK(plan.n_keys == OVL_TUN_MAX_KNOWN_OPTS, "%u", plan.n_keys);
	for (i = 1; i < plan.n_keys; i++)
		CHECK(plan.key[i - 1] < plan.key[i], "%u", i);
	for (i = 0; i < OVL_TUN_MAX_KNOWN_OPTS; i++) {
		struct outcome out;

		opt(0xff00 + i / 8, i, "", 0);
		out = judge();
		CHECK(out.n_hits == 1 && !out.skipped, "%u", i);
	}
	free(rules[--n_rules]);
	spec = add(1);
	want(spec->test, OVL_TUN_RULE_TEST_PRESENT, 1, 1);
	CHECK(!ovl_program_plan(&plan, (void *)rules, n_rules), "one for another");
	spec->prio.from = OVL_RULE_FROM_OPTION;
	spec->prio.class = 1;
	spec->prio.type = 2;
	CHECK(ovl_program_plan(&plan, (void *)rules, n_rules) == -ENOSPC, "one more");
	clear();
	CHECK(!ovl_program_plan(&plan, (void *)rules, 0) && !plan.n_keys);
}

/* Few classes, types, lengths and values, so that things meet */
static void random_bytes(u8 *to, unsigned int len)
{
	while (len--)
		*to++ = tap_random(8) ? 0 : tap_random(3);
}

static void random_value(struct ovl_rule_value *value)
{
	value->from = tap_random(3);
	value->value = tap_random(1000);
	value->class = 1 + tap_random(2);
	value->type = tap_random(2) * 0x80 + tap_random(2);
	value->mask = tap_random(2) ? ~0ULL : tap_random(1u << 31);
	value->shift = tap_random(4) ? 0 : tap_random(64);
}

static void random_rule(void)
{
	struct ovl_rule_spec *spec = add(tap_random(4));
	unsigned int i;

	spec->has_peer = !tap_random(4);
	spec->peer = tap_random(2);
	spec->has_vni = !tap_random(4);
	spec->vni_first = tap_random(3);
	spec->vni_last = spec->vni_first + tap_random(3);
	spec->has_encap = !tap_random(4);
	spec->encap = tap_random(2);
	spec->action = tap_random(4) ? 0 : tap_random(3);
	random_value(&spec->mark);
	random_value(&spec->prio);
	for (i = 0; i < spec->n_tests; i++) {
		struct ovl_rule_test *test = &spec->test[i];

		want(test, 1 + tap_random(OVL_TUN_RULE_TEST_STRIP),
		     1 + tap_random(2), tap_random(2) * 0x80 + tap_random(2));
		test->low = tap_random(3);
		test->high = test->low + tap_random(300);
		test->has_value = test->kind == OVL_TUN_RULE_TEST_VALUE ||
				  (test->kind == OVL_TUN_RULE_TEST_REQUIRE &&
				   tap_random(2));
		if (!test->has_value)
			continue;
		test->len = tap_random(4) * 4;
		random_bytes(test->data, test->len);
		memset(test->mask, tap_random(2) ? 0xff : 0x01, test->len);
	}
}

static void test_random(void)
{
	unsigned int round, packet, i, n, met[OVL_TUN_DROP_MAX + 1] = {}, good = 0;
	u8 data[16];

	for (round = 0; round < 20000; round++) {
		n = tap_random(8);
		for (i = 0; i < n; i++)
			random_rule();
		for (packet = 0; packet < 10; packet++) {
			struct packet p = {
				tap_random(4), tap_random(2), tap_random(2),
				tap_random(2), NULL, 0,
			};
			struct outcome out;

			for (i = tap_random(6); i; i--) {
				random_bytes(data, sizeof(data));
				opt(1 + tap_random(2),
				    !tap_random(3) * 0x80 + tap_random(2), data,
				    tap_random(4) * 4);
			}
			if (used && !tap_random(20))
				used -= 1 + tap_random(3);
			out = judge_as(p);
			met[out.reason]++;
			good += out.n_hits && out.marked;
		}
		clear();
	}
	for (i = 0; i <= OVL_TUN_DROP_MAX; i++)
		CHECK((met[i] > 100) ==
		      (!i || i == OVL_TUN_DROP_RX_OPTION_MALFORMED ||
		       i == OVL_TUN_DROP_RX_OPTION_CRITICAL ||
		       (i >= OVL_TUN_DROP_RX_RULE &&
			i <= OVL_TUN_DROP_RX_OPTION_DOUBLED)),
		      "reason %u: %u times", i, met[i]);
	CHECK(good > 1000);
}

int main(void)
{
	tap_test("require: right, missing, wrong, doubled", test_require);
	tap_test("malformed options", test_malformed);
	tap_test("critical options that rules speak of, or don't", test_known);
	tap_test("order, accept and drop, VNI and peer", test_order);
	tap_test("numbers: ranges, mark and priority of an option", test_numbers);
	tap_test("124 bytes, 63 options", test_limits);
	tap_test("64 options that rules speak of, and no more", test_keys);
	tap_test("200000 packets, compared with a model", test_random);
	return tap_end();
}
