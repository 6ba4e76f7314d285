// SPDX-License-Identifier: GPL-2.0
/* Rules as a program, src/program.c. */

#include "exact.h"
#include "rule_model.h"
#include "test.h"

#define MAX_RULES	64

/* The rules of the case, and the options of the next packet */
static struct ovl_rule_spec *rules[MAX_RULES + 1];
static unsigned int n_rules;
static u8 area[OVL_OPTS_MAX_LEN];
static unsigned int used;

static const struct ovl_rule_spec *const *specs(void)
{
	return (const struct ovl_rule_spec *const *)rules;
}

static struct ovl_rule_spec *add(unsigned int n_tests)
{
	struct ovl_rule_spec *spec;

	/* Exactly as long as what it has. */
	spec = kzalloc(sizeof(*spec) + n_tests * sizeof(spec->test[0]),
		       GFP_KERNEL | __GFP_NOFAIL);
	spec->n_tests = n_tests;
	spec->pref = 10 * (n_rules + 1);
	rules[n_rules++] = spec;
	return spec;
}

static void clear(void)
{
	while (n_rules)
		kfree(rules[--n_rules]);
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
			u8 type, u64 low, u64 high)
{
	want(test, kind, class, type);
	test->low = low;
	test->high = high;
}

static void opt(struct kunit *test, u16 class, u8 type, const void *data, u8 len)
{
	const struct ovl_opt o = { class, type, len, data };

	used = ovl_opt_put(area, used, &o);
	KUNIT_EXPECT_GT(test, used, 0);
}

/* A packet with the options that were put; none are left then. */
static const struct outcome *judge_as(struct kunit *test, struct packet p)
{
	static struct outcome out, model;
	unsigned char *copy = exact(area, used);

	p.area = copy;
	p.len = used;
	used = 0;
	KUNIT_EXPECT_TRUE(test, program_run(specs(), n_rules, &p, &out));
	model_run(specs(), n_rules, &p, &model);
	KUNIT_EXPECT_TRUE_MSG(test, outcome_same(&out, &model),
			      "as the model has it");
	exact_free(copy);
	return &out;
}

static const struct outcome *judge(struct kunit *test)
{
	return judge_as(test, (struct packet){ .encap = OVL_TUN_ENCAP_GENEVE });
}

static void program_require(struct kunit *test)
{
	const struct packet vxlan = { .encap = OVL_TUN_ENCAP_VXLAN };
	struct ovl_rule_spec *spec = add(1);

	want_bytes(spec->test, OVL_TUN_RULE_TEST_REQUIRE, 0x102, 0x80, "abcd", 4);
	opt(test, 0x102, 0x80, "abcd", 4);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->reason, "right");
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_MISSING,
			    "none");
	opt(test, 0x102, 0x00, "abcd", 4);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_MISSING,
			    "not critical");
	opt(test, 0x102, 0x80, "abce", 4);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_WRONG,
			    "another value");
	opt(test, 0x102, 0x80, "abcdefgh", 8);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_WRONG,
			    "longer");
	opt(test, 0x102, 0x80, "", 0);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_WRONG,
			    "without data");
	opt(test, 0x102, 0x80, "abcd", 4);
	opt(test, 0x102, 0x80, "abcd", 4);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_DOUBLED,
			    "twice");
	opt(test, 0x102, 0x80, "abce", 4);
	opt(test, 0x102, 0x80, "abcd", 4);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_DOUBLED,
			    "wrong, right");
	memset(spec->test->mask, 0, 3);
	opt(test, 0x102, 0x80, "xyzd", 4);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->reason, "where the mask has no bit");
	spec->test->has_value = false;
	opt(test, 0x102, 0x80, "whatever", 8);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->reason, "any value");
	KUNIT_EXPECT_EQ_MSG(test,
			    judge_as(test, vxlan)->reason,
			    OVL_TUN_DROP_RX_OPTION_MISSING, "VXLAN has none");
	spec->has_encap = true;
	spec->encap = OVL_TUN_ENCAP_GENEVE;
	KUNIT_EXPECT_FALSE_MSG(test,
			       judge_as(test, vxlan)->reason,
			       "VXLAN isn't asked");
	clear();
}

static void program_malformed(struct kunit *test)
{
	struct ovl_rule_spec *spec = add(1);

	want(spec->test, OVL_TUN_RULE_TEST_REQUIRE, 0x102, 0x80);
	opt(test, 0x102, 0x80, "abcd", 4);
	used -= 4;
	KUNIT_EXPECT_EQ(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_MALFORMED);
	opt(test, 0x102, 0x80, "abcd", 4);
	used -= 6;
	KUNIT_EXPECT_EQ(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_MALFORMED);
	opt(test, 0x103, 0x80, "abcd", 4);
	opt(test, 0x102, 0x80, "abcd", 4);
	used -= 4;
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_MALFORMED,
			    "before critical, as without rules");
	clear();
}

/* Critical is what no rule speaks of, whether it matches or not. */
static void program_known(struct kunit *test)
{
	struct ovl_rule_spec *spec = add(2);
	const struct outcome *out;

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

	opt(test, 1, 0x81, "", 0);
	opt(test, 2, 0x82, "", 0);
	opt(test, 3, 0x83, "", 0);
	opt(test, 3, 0x84, "", 0);
	out = judge_as(test, (struct packet){ .vni = 7, .encap = OVL_TUN_ENCAP_GENEVE });
	KUNIT_EXPECT_TRUE_MSG(test, !out->reason && !out->skipped && out->n_hits == 1,
			      "%d %u", out->reason, out->skipped);
	opt(test, 1, 0x82, "", 0);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_CRITICAL,
			    "another class");
	opt(test, 1, 0x80, "", 0);
	KUNIT_EXPECT_EQ_MSG(test, judge(test)->reason, OVL_TUN_DROP_RX_OPTION_CRITICAL,
			    "another type");
	opt(test, 1, 0x01, "", 0);
	opt(test, 4, 0x01, "", 0);
	out = judge(test);
	KUNIT_EXPECT_TRUE_MSG(test, !out->reason && out->skipped == 2,
			      "not critical: skipped");
	clear();
}

static void program_order(struct kunit *test)
{
	struct ovl_rule_spec *first = add(0), *second = add(0), *third = add(0);
	const struct outcome *out;

	first->mark = (struct ovl_rule_value){ .from = OVL_RULE_FROM_RULE, .value = 1 };
	second->mark = (struct ovl_rule_value){ .from = OVL_RULE_FROM_RULE, .value = 2 };
	third->action = OVL_TUN_RULE_ACTION_DROP;
	out = judge(test);
	KUNIT_EXPECT_TRUE(test,
			  out->reason == OVL_TUN_DROP_RX_RULE && out->n_hits == 3);
	second->action = OVL_TUN_RULE_ACTION_ACCEPT;
	out = judge(test);
	KUNIT_EXPECT_TRUE_MSG(test, !out->reason && out->n_hits == 2,
			      "accept ends it");
	KUNIT_EXPECT_TRUE(test, out->marked && out->mark == 2);
	KUNIT_EXPECT_FALSE(test, out->prioritized);
	first->has_vni = true;
	second->has_vni = true;
	first->vni_first = 5;
	first->vni_last = 5;
	second->vni_first = 6;
	second->vni_last = 7;
	out = judge_as(test, (struct packet){ .vni = 5 });
	KUNIT_EXPECT_TRUE(test, out->reason && out->n_hits == 2 && out->hit[1] == 30);
	out = judge_as(test, (struct packet){ .vni = 7 });
	KUNIT_EXPECT_TRUE(test,
			  !out->reason && out->n_hits == 1 && out->hit[0] == 20);
	out = judge_as(test, (struct packet){ .vni = 8 });
	KUNIT_EXPECT_TRUE(test, out->reason && out->n_hits == 1);
	third->has_peer = true;
	third->peer = 0;
	KUNIT_EXPECT_FALSE_MSG(test, judge_as(test, (struct packet){ .vni = 8 })->reason,
			       "a stranger is no peer 0");
	KUNIT_EXPECT_TRUE(test,
			  judge_as(test, (struct packet){ .vni = 8, .has_peer = true })->reason);
	out = judge_as(test, (struct packet){ .vni = 8, .has_peer = true, .peer = 1 });
	KUNIT_EXPECT_FALSE(test, out->reason);
	clear();
}

static void program_numbers(struct kunit *test)
{
	static const u8 four[] = { 0x80, 0, 0, 7 };
	static const u8 eight[] = { 0x80, 0, 0, 0, 0, 0, 1, 0 };
	struct ovl_rule_spec *spec = add(1);
	const struct outcome *out;

	want_limits(spec->test, OVL_TUN_RULE_TEST_RANGE, 9, 1, 0x80000007, 0x80000007);
	spec->mark = (struct ovl_rule_value){
		.from = OVL_RULE_FROM_OPTION, .class = 9, .type = 1,
		.mask = 0xff000000000000ffULL, .shift = 0,
	};
	spec->prio = spec->mark;
	spec->prio.mask = ~0ULL;
	spec->prio.shift = 31;
	opt(test, 9, 1, four, 4);
	out = judge(test);
	KUNIT_EXPECT_TRUE(test, out->n_hits == 1 && out->mark == 7 && out->prio == 1);
	opt(test, 9, 1, eight, 8);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->n_hits, "above");
	spec->test->high = ~0ULL;
	spec->prio.shift = 63;
	opt(test, 9, 1, eight, 8);
	out = judge(test);
	KUNIT_EXPECT_TRUE_MSG(test,
			      out->n_hits == 1 && out->mark == 0 && out->prio == 1,
			      "64 bits");
	opt(test, 9, 1, "abcdefghijkl", 12);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->n_hits, "12 bytes are no number");
	opt(test, 9, 1, "", 0);
	KUNIT_EXPECT_FALSE_MSG(test, judge(test)->n_hits, "nor are none");
	spec->n_tests = 0;
	opt(test, 9, 1, four, 4);
	opt(test, 9, 1, four, 4);
	out = judge(test);
	KUNIT_EXPECT_TRUE_MSG(test, out->n_hits == 1 && !out->marked,
			      "which of two would it be");
	out = judge(test);
	KUNIT_EXPECT_TRUE_MSG(test, out->n_hits == 1 && !out->marked,
			      "nothing to take it from");
	clear();
}

/* A value as long as can be, and as many options as can be */
static void program_limits(struct kunit *test)
{
	struct ovl_rule_spec *spec = add(1);
	u8 data[OVL_OPT_MAX_DATA];
	const struct outcome *out;
	unsigned int i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = i + 1;
	want_bytes(spec->test, OVL_TUN_RULE_TEST_VALUE, 5, 5, data, sizeof(data));
	opt(test, 7, 7, data, 120);
	opt(test, 5, 5, data, sizeof(data));
	KUNIT_EXPECT_EQ(test, judge(test)->n_hits, 1);
	for (i = 0; i < sizeof(data); i++) {
		data[i] ^= 1;
		opt(test, 7, 7, data, 120);
		opt(test, 5, 5, data, sizeof(data));
		data[i] ^= 1;
		KUNIT_EXPECT_FALSE_MSG(test, judge(test)->n_hits, "byte %u", i);
	}
	clear();
	spec = add(1);
	want_limits(spec->test, OVL_TUN_RULE_TEST_COUNT, 5, 5, 63, 63);
	for (i = 0; i < 63; i++)
		opt(test, 5, 5, "", 0);
	out = judge(test);
	KUNIT_EXPECT_TRUE(test, out->n_hits == 1 && !out->skipped);
	for (i = 0; i < 62; i++)
		opt(test, 5, 5, "", 0);
	KUNIT_EXPECT_FALSE(test, judge(test)->n_hits);
	clear();
}

static void program_keys(struct kunit *test)
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
	KUNIT_EXPECT_FALSE(test, ovl_program_plan(&plan, specs(), n_rules));
	KUNIT_EXPECT_EQ_MSG(test, plan.n_keys, OVL_TUN_MAX_KNOWN_OPTS, "%u",
			    plan.n_keys);
	for (i = 1; i < plan.n_keys; i++)
		KUNIT_EXPECT_LT_MSG(test, plan.key[i - 1], plan.key[i], "%u", i);
	for (i = 0; i < OVL_TUN_MAX_KNOWN_OPTS; i++) {
		const struct outcome *out;

		opt(test, 0xff00 + i / 8, i, "", 0);
		out = judge(test);
		KUNIT_EXPECT_TRUE_MSG(test, out->n_hits == 1 && !out->skipped, "%u",
				      i);
	}
	kfree(rules[--n_rules]);
	spec = add(1);
	want(spec->test, OVL_TUN_RULE_TEST_PRESENT, 1, 1);
	KUNIT_EXPECT_FALSE_MSG(test,
			       ovl_program_plan(&plan, specs(), n_rules),
			       "one for another");
	spec->prio.from = OVL_RULE_FROM_OPTION;
	spec->prio.class = 1;
	spec->prio.type = 2;
	KUNIT_EXPECT_EQ_MSG(test, ovl_program_plan(&plan, specs(), n_rules),
			    -ENOSPC, "one more");
	clear();
	KUNIT_EXPECT_TRUE(test,
			  !ovl_program_plan(&plan, specs(), 0) && !plan.n_keys);
}

/* Few classes, types, lengths and values, so that things meet */
static void random_bytes(u8 *to, unsigned int len)
{
	while (len--)
		*to++ = ovl_test_random(8) ? 0 : ovl_test_random(3);
}

static void random_value(struct ovl_rule_value *value)
{
	value->from = ovl_test_random(3);
	value->value = ovl_test_random(1000);
	value->class = 1 + ovl_test_random(2);
	value->type = ovl_test_random(2) * 0x80 + ovl_test_random(2);
	value->mask = ovl_test_random(2) ? ~0ULL : ovl_test_random(1u << 31);
	value->shift = ovl_test_random(4) ? 0 : ovl_test_random(64);
}

static void random_rule(void)
{
	struct ovl_rule_spec *spec = add(ovl_test_random(4));
	unsigned int i;

	spec->has_peer = !ovl_test_random(4);
	spec->peer = ovl_test_random(2);
	spec->has_vni = !ovl_test_random(4);
	spec->vni_first = ovl_test_random(3);
	spec->vni_last = spec->vni_first + ovl_test_random(3);
	spec->has_encap = !ovl_test_random(4);
	spec->encap = ovl_test_random(2);
	spec->action = ovl_test_random(4) ? 0 : ovl_test_random(3);
	random_value(&spec->mark);
	random_value(&spec->prio);
	for (i = 0; i < spec->n_tests; i++) {
		struct ovl_rule_test *test = &spec->test[i];

		want(test, 1 + ovl_test_random(OVL_TUN_RULE_TEST_STRIP),
		     1 + ovl_test_random(2), ovl_test_random(2) * 0x80 + ovl_test_random(2));
		test->low = ovl_test_random(3);
		test->high = test->low + ovl_test_random(300);
		test->has_value = test->kind == OVL_TUN_RULE_TEST_VALUE ||
				  (test->kind == OVL_TUN_RULE_TEST_REQUIRE &&
				   ovl_test_random(2));
		if (!test->has_value)
			continue;
		test->len = ovl_test_random(4) * 4;
		random_bytes(test->data, test->len);
		memset(test->mask, ovl_test_random(2) ? 0xff : 0x01, test->len);
	}
}

/* Whether options and rules alone are a reason for it. */
static bool options_reason(unsigned int reason)
{
	return !reason || reason == OVL_TUN_DROP_RX_OPTION_MALFORMED ||
	       reason == OVL_TUN_DROP_RX_OPTION_CRITICAL ||
	       (reason >= OVL_TUN_DROP_RX_RULE &&
		reason <= OVL_TUN_DROP_RX_OPTION_DOUBLED);
}

static void program_random(struct kunit *test)
{
	unsigned int round, packet, i, n, met[OVL_TUN_DROP_MAX + 1] = {}, good = 0;
	u8 data[16];

	for (round = 0; round < OVL_TEST_ROUNDS(20000) && !ovl_test_failed(test); round++) {
		n = ovl_test_random(8);
		for (i = 0; i < n; i++)
			random_rule();
		for (packet = 0; packet < 10; packet++) {
			struct packet p = {
				.vni = ovl_test_random(4),
				.peer = ovl_test_random(2),
				.has_peer = ovl_test_random(2),
				.encap = ovl_test_random(2),
			};
			const struct outcome *out;

			for (i = ovl_test_random(6); i; i--) {
				random_bytes(data, sizeof(data));
				opt(test, 1 + ovl_test_random(2),
				    !ovl_test_random(3) * 0x80 + ovl_test_random(2),
				    data, ovl_test_random(4) * 4);
			}
			if (used && !ovl_test_random(20))
				used -= 1 + ovl_test_random(3);
			out = judge_as(test, p);
			met[out->reason]++;
			good += out->n_hits && out->marked;
		}
		clear();
	}
	for (i = 0; i <= OVL_TUN_DROP_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test, met[i] > OVL_TEST_ROUNDS(100),
				    options_reason(i), "reason %u: %u times",
				    i, met[i]);
	KUNIT_EXPECT_GT(test, good, OVL_TEST_ROUNDS(1000));
}

static struct kunit_case program_cases[] = {
	KUNIT_CASE(program_require),
	KUNIT_CASE(program_malformed),
	KUNIT_CASE(program_known),
	KUNIT_CASE(program_order),
	KUNIT_CASE(program_numbers),
	KUNIT_CASE(program_limits),
	KUNIT_CASE(program_keys),
	KUNIT_CASE(program_random),
	{}
};

static struct kunit_suite program_suite = {
	.name = "ovl_tun_program",
	.test_cases = program_cases,
};

kunit_test_suite(program_suite);
