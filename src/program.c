// SPDX-License-Identifier: GPL-2.0
/* Rules as a program: made of what is said of them, and run, see program.h. */

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "program.h"

static u32 ovl_key(u16 class, u8 type)
{
	return (u32)class << 8 | type;
}

/* The first of @n sorted keys that isn't below @key, or @n. */
static unsigned int ovl_key_search(const u32 *keys, unsigned int n, u32 key)
{
	unsigned int low = 0, high = n, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int ovl_plan_key(struct ovl_program_plan *plan, u16 class, u8 type)
{
	u32 key = ovl_key(class, type);
	unsigned int i = ovl_key_search(plan->key, plan->n_keys, key);

	if (i < plan->n_keys && plan->key[i] == key)
		return 0;
	if (plan->n_keys == OVL_TUN_MAX_KNOWN_OPTS)
		return -ENOSPC;
	memmove(&plan->key[i + 1], &plan->key[i],
		(plan->n_keys - i) * sizeof(*plan->key));
	plan->key[i] = key;
	plan->n_keys++;
	return 0;
}

static int ovl_plan_value(struct ovl_program_plan *plan,
			  const struct ovl_rule_value *value)
{
	if (value->from != OVL_RULE_FROM_OPTION)
		return 0;
	return ovl_plan_key(plan, value->class, value->type);
}

static bool ovl_test_requires(const struct ovl_rule_test *test)
{
	return test->kind == OVL_TUN_RULE_TEST_REQUIRE;
}

static bool ovl_test_strips(const struct ovl_rule_test *test)
{
	return test->kind == OVL_TUN_RULE_TEST_STRIP;
}

static bool ovl_test_has_value(const struct ovl_rule_test *test)
{
	return test->kind == OVL_TUN_RULE_TEST_VALUE ||
	       (ovl_test_requires(test) && test->has_value);
}

/**
 * ovl_program_plan() - find out what a program of rules has to have
 * @plan: filled
 * @spec: rules, in their order
 * @n: how many
 *
 * Return: 0, or -ENOSPC if they speak of more than OVL_TUN_MAX_KNOWN_OPTS
 * options.
 */
int ovl_program_plan(struct ovl_program_plan *plan,
		     const struct ovl_rule_spec *const *spec, unsigned int n)
{
	const struct ovl_rule_test *test;
	unsigned int i, k;
	int err;

	plan->n_rules = n;
	plan->n_tests = 0;
	plan->n_words = 0;
	plan->n_keys = 0;
	for (i = 0; i < n; i++) {
		plan->n_tests += spec[i]->n_tests;
		for (k = 0; k < spec[i]->n_tests; k++) {
			test = &spec[i]->test[k];
			if (ovl_test_has_value(test))
				plan->n_words += 2 * (test->len / 4);
			err = ovl_plan_key(plan, test->class, test->type);
			if (err)
				return err;
		}
		err = ovl_plan_value(plan, &spec[i]->mark);
		if (!err)
			err = ovl_plan_value(plan, &spec[i]->prio);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_program_size() - how many bytes a program takes
 * @plan: from ovl_program_plan()
 */
size_t ovl_program_size(const struct ovl_program_plan *plan)
{
	return sizeof(struct ovl_program) +
	       plan->n_rules * sizeof(struct ovl_program_rule) +
	       plan->n_tests * sizeof(struct ovl_program_test) +
	       plan->n_words * sizeof(u32);
}

static u8 ovl_program_slot(const struct ovl_program *prog, u16 class, u8 type)
{
	return ovl_key_search(prog->key, prog->n_keys, ovl_key(class, type));
}

/* Returns how many words its mask and value take. */
static unsigned int ovl_build_test(const struct ovl_program *prog,
				   struct ovl_program_test *to,
				   const struct ovl_rule_test *from, u32 at)
{
	unsigned int i, words = from->len / 4;
	u32 *mask = prog->word + at, value;

	*to = (struct ovl_program_test){
		.low = from->low,
		.high = from->high,
		.at = at,
		.kind = from->kind,
		.slot = ovl_program_slot(prog, from->class, from->type),
		.has_value = ovl_test_has_value(from),
	};
	if (!to->has_value)
		return 0;
	to->len = from->len;
	memcpy(mask, from->mask, from->len);
	for (i = 0; i < words; i++) {
		memcpy(&value, from->data + i * 4, sizeof(value));
		mask[words + i] = value & mask[i];
	}
	return 2 * words;
}

static void ovl_build_value(const struct ovl_program *prog,
			    struct ovl_program_value *to,
			    const struct ovl_rule_value *from)
{
	*to = (struct ovl_program_value){
		.mask = from->mask,
		.value = from->value,
		.from = from->from,
		.shift = from->shift,
	};
	if (from->from == OVL_RULE_FROM_OPTION)
		to->slot = ovl_program_slot(prog, from->class, from->type);
}

static void ovl_build_rule(const struct ovl_program *prog,
			   struct ovl_program_rule *to,
			   const struct ovl_rule_spec *from, u32 test)
{
	unsigned int i;

	*to = (struct ovl_program_rule){
		.spec = from,
		.vni_last = OVL_TUN_N_VNI - 1,
		.peer = from->peer,
		.test = test,
		.encaps = from->has_encap ? 1 << from->encap : 0xff,
		.any_peer = !from->has_peer,
		.action = from->action,
	};
	if (from->has_vni) {
		to->vni_first = from->vni_first;
		to->vni_last = from->vni_last;
	}
	for (i = 0; i < from->n_tests; i++)
		if (ovl_test_strips(&from->test[i]))
			to->strip |= 1ULL << ovl_program_slot(prog,
							      from->test[i].class,
							      from->test[i].type);
	ovl_build_value(prog, &to->mark, &from->mark);
	ovl_build_value(prog, &to->prio, &from->prio);
}

/* Append the tests of a rule that require, or the others. */
static void ovl_build_tests(const struct ovl_program *prog,
			    struct ovl_program_rule *rule, bool require,
			    u32 *at)
{
	const struct ovl_rule_spec *spec = rule->spec;
	const struct ovl_rule_test *test = spec->test;
	u32 n = rule->test + rule->n_tests + rule->n_require;

	for (; test < spec->test + spec->n_tests; test++) {
		if (ovl_test_strips(test) || ovl_test_requires(test) != require)
			continue;
		*at += ovl_build_test(prog, &prog->test[n], test, *at);
		n++;
		if (require)
			rule->n_require++;
		else
			rule->n_tests++;
	}
}

/**
 * ovl_program_build() - make a program of rules
 * @prog: room for as many bytes as ovl_program_size() says
 * @plan: from ovl_program_plan()
 * @spec: the same rules, which have to stay as long as the program does
 */
void ovl_program_build(struct ovl_program *prog,
		       const struct ovl_program_plan *plan,
		       const struct ovl_rule_spec *const *spec)
{
	bool tells = plan->n_keys, sets = false;
	struct ovl_program_rule *rule;
	u32 test = 0, at = 0;
	unsigned int i;

	prog->n_rules = plan->n_rules;
	prog->n_keys = plan->n_keys;
	memcpy(prog->key, plan->key, plan->n_keys * sizeof(*plan->key));
	prog->test = (struct ovl_program_test *)(prog->rule + plan->n_rules);
	prog->word = (u32 *)(prog->test + plan->n_tests);

	for (i = 0; i < plan->n_rules; i++) {
		rule = &prog->rule[i];
		ovl_build_rule(prog, rule, spec[i], test);
		/* What doesn't match isn't required anything of. */
		ovl_build_tests(prog, rule, false, &at);
		ovl_build_tests(prog, rule, true, &at);
		test += rule->n_tests + rule->n_require;
		tells |= spec[i]->has_peer || spec[i]->has_encap ||
			 spec[i]->has_vni;
		sets |= rule->mark.from || rule->prio.from;
	}
	prog->varies = tells && sets;
}

/**
 * ovl_run_begin() - walk the options of a packet
 * @run: packet
 * @len: bytes of options at &ovl_run.area
 *
 * Return: 0, or OVL_TUN_DROP_RX_OPTION_MALFORMED if they don't fill that
 * exactly, or else OVL_TUN_DROP_RX_OPTION_CRITICAL if one is critical that no
 * rule speaks of, and nobody else understands.
 */
int ovl_run_begin(struct ovl_run *run, unsigned int len)
{
	const struct ovl_program *prog = run->prog;
	struct ovl_opt_iter it;
	enum ovl_opt_step step;
	bool critical = false;
	struct ovl_slot *slot;
	struct ovl_opt opt;
	unsigned int i;
	u32 key;

	run->set = 0;
	run->strip = 0;
	run->skipped = 0;
	run->next = 0;
	memset(run->slot, 0, prog->n_keys * sizeof(*run->slot));
	ovl_opt_iter_init(&it, run->area, len);
	while ((step = ovl_opt_next(&it, &opt)) == OVL_OPT_FOUND) {
		key = ovl_key(opt.class, opt.type);
		i = ovl_key_search(prog->key, prog->n_keys, key);
		if (i == prog->n_keys || prog->key[i] != key) {
			if (ovl_opt_classes_have(run->known, opt.class))
				continue;
			run->skipped++;
			critical |= opt.type & OVL_OPT_CRITICAL;
			continue;
		}
		slot = &run->slot[i];
		if (slot->count++)
			continue;
		slot->at = (opt.data - run->area) / 4;
		slot->words = opt.len / 4;
	}
	if (step == OVL_OPT_MALFORMED)
		return OVL_TUN_DROP_RX_OPTION_MALFORMED;
	return critical ? OVL_TUN_DROP_RX_OPTION_CRITICAL : 0;
}

static u32 ovl_run_word(const struct ovl_run *run, unsigned int at)
{
	u32 word;

	memcpy(&word, run->area + at * 4, sizeof(word));
	return word;
}

static bool ovl_run_equal(const struct ovl_run *run,
			  const struct ovl_program_test *test)
{
	const struct ovl_slot *slot = &run->slot[test->slot];
	unsigned int i, words = test->len / 4;
	const u32 *mask = run->prog->word + test->at;

	if (!slot->count || slot->words != words)
		return false;
	for (i = 0; i < words; i++)
		if ((ovl_run_word(run, slot->at + i) & mask[i]) !=
		    mask[words + i])
			return false;
	return true;
}

/* The value of an option as a number, if it has as many bytes as one. */
static bool ovl_run_number(const struct ovl_run *run,
			   const struct ovl_slot *slot, u64 *number)
{
	const u8 *p = run->area + slot->at * 4;
	unsigned int i;

	if (!slot->count || (slot->words != 1 && slot->words != 2))
		return false;
	*number = 0;
	for (i = 0; i < slot->words * 4; i++)
		*number = *number << 8 | p[i];
	return true;
}

static bool ovl_run_test(const struct ovl_run *run,
			 const struct ovl_program_test *test)
{
	const struct ovl_slot *slot = &run->slot[test->slot];
	u64 number;

	switch (test->kind) {
	case OVL_TUN_RULE_TEST_PRESENT:
		return slot->count;
	case OVL_TUN_RULE_TEST_ABSENT:
		return !slot->count;
	case OVL_TUN_RULE_TEST_VALUE:
		return ovl_run_equal(run, test);
	case OVL_TUN_RULE_TEST_RANGE:
		return ovl_run_number(run, slot, &number) &&
		       number >= test->low && number <= test->high;
	case OVL_TUN_RULE_TEST_COUNT:
		return slot->count >= test->low && slot->count <= test->high;
	}
	return false;
}

static bool ovl_run_match(const struct ovl_run *run,
			  const struct ovl_program_rule *rule)
{
	const struct ovl_program_test *test = run->prog->test + rule->test;
	unsigned int i;

	if (run->vni < rule->vni_first || run->vni > rule->vni_last ||
	    !(rule->encaps & 1 << run->encap))
		return false;
	if (!rule->any_peer && (!run->has_peer || run->peer != rule->peer))
		return false;
	for (i = 0; i < rule->n_tests; i++)
		if (!ovl_run_test(run, &test[i]))
			return false;
	return true;
}

/* What a packet lacks that a rule requires: 0, or enum ovl_tun_drop. */
static int ovl_run_require(const struct ovl_run *run,
			   const struct ovl_program_rule *rule)
{
	const struct ovl_program_test *test = run->prog->test + rule->test +
					      rule->n_tests;
	unsigned int i;

	for (i = 0; i < rule->n_require; i++) {
		const struct ovl_slot *slot = &run->slot[test[i].slot];

		if (!slot->count)
			return OVL_TUN_DROP_RX_OPTION_MISSING;
		if (slot->count > 1)
			return OVL_TUN_DROP_RX_OPTION_DOUBLED;
		if (test[i].has_value && !ovl_run_equal(run, &test[i]))
			return OVL_TUN_DROP_RX_OPTION_WRONG;
	}
	return 0;
}

static bool ovl_run_value(const struct ovl_run *run,
			  const struct ovl_program_value *value, u32 *to)
{
	const struct ovl_slot *slot = &run->slot[value->slot];
	u64 number;

	if (value->from == OVL_RULE_FROM_NOWHERE)
		return false;
	if (value->from == OVL_RULE_FROM_RULE) {
		*to = value->value;
		return true;
	}
	if (slot->count != 1 || !ovl_run_number(run, slot, &number))
		return false;
	*to = (number & value->mask) >> value->shift;
	return true;
}

/**
 * ovl_run_next() - find the next rule that matches, and do what it says
 * @run: packet, for which ovl_run_begin() had nothing against
 * @reason: set to enum ovl_tun_drop if the rule drops the packet, or to 0
 *
 * Return: rule, or NULL if there is no further one.
 */
const struct ovl_program_rule *ovl_run_next(struct ovl_run *run, int *reason)
{
	const struct ovl_program *prog = run->prog;
	const struct ovl_program_rule *rule;

	*reason = 0;
	while (run->next < prog->n_rules) {
		rule = &prog->rule[run->next++];
		if (!ovl_run_match(run, rule))
			continue;
		*reason = ovl_run_require(run, rule);
		if (!*reason) {
			if (ovl_run_value(run, &rule->mark, &run->mark))
				run->set |= OVL_RUN_MARK;
			if (ovl_run_value(run, &rule->prio, &run->prio))
				run->set |= OVL_RUN_PRIO;
			if (rule->strip)
				run->set |= OVL_RUN_STRIP;
			run->strip |= rule->strip;
			if (rule->action == OVL_TUN_RULE_ACTION_DROP)
				*reason = OVL_TUN_DROP_RX_RULE;
		}
		if (*reason || rule->action)
			run->next = prog->n_rules;
		return rule;
	}
	return NULL;
}

/**
 * ovl_program_keep() - copy options without those that rules have stripped
 * @prog: program
 * @strip: &ovl_run.strip of the packet
 * @area: options of the packet, which ovl_run_begin() found well-formed
 * @len: bytes of them
 * @to: as much room
 *
 * Return: bytes that have been copied.
 */
unsigned int ovl_program_keep(const struct ovl_program *prog, u64 strip,
			      const u8 *area, unsigned int len, u8 *to)
{
	unsigned int i, size, kept = 0;
	struct ovl_opt_iter it;
	struct ovl_opt opt;
	u32 key;

	ovl_opt_iter_init(&it, area, len);
	while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND) {
		key = ovl_key(opt.class, opt.type);
		i = ovl_key_search(prog->key, prog->n_keys, key);
		if (i < prog->n_keys && prog->key[i] == key &&
		    strip & 1ULL << i)
			continue;
		size = OVL_OPT_HLEN + opt.len;
		memcpy(to + kept, opt.data - OVL_OPT_HLEN, size);
		kept += size;
	}
	return kept;
}
