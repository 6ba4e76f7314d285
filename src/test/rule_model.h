/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules over a packet, worked out from what is said of them, one by one and
 * with a search through all options for each question: what a program made of
 * them has to come to as well.
 */
#ifndef _OVL_TUN_RULE_MODEL_H
#define _OVL_TUN_RULE_MODEL_H

#include <linux/slab.h>
#include <linux/string.h>

#include "../program.h"

struct packet {
	u32 vni, peer;
	bool has_peer;
	u8 encap;
	const u8 *area;
	unsigned int len;
};

/* What comes of it. hit: prefs of the rules that matched, in their order. */
struct outcome {
	int reason;
	bool marked, prioritized;
	u32 mark, prio;
	unsigned int skipped, n_hits, kept_len;
	u32 hit[64];
	u8 kept[OVL_OPTS_MAX_LEN];
};

/* How many there are, and which is the first */
static inline unsigned int model_find(const struct packet *p, u16 class, u8 type,
				      struct ovl_opt *first)
{
	struct ovl_opt_iter it;
	unsigned int n = 0;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, p->area, p->len);
	while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND)
		if (opt.class == class && opt.type == type && !n++)
			*first = opt;
	return n;
}

static inline bool model_number(const struct ovl_opt *opt, u64 *number)
{
	unsigned int i;

	*number = 0;
	if (opt->len != 4 && opt->len != 8)
		return false;
	for (i = 0; i < opt->len; i++)
		*number = *number * 256 + opt->data[i];
	return true;
}

static inline bool model_bytes(const struct ovl_rule_test *test,
			       const struct ovl_opt *opt)
{
	unsigned int i;

	if (opt->len != test->len)
		return false;
	for (i = 0; i < opt->len; i++)
		if ((opt->data[i] ^ test->data[i]) & test->mask[i])
			return false;
	return true;
}

static inline bool model_test(const struct ovl_rule_test *test,
			      const struct packet *p)
{
	struct ovl_opt opt = {};
	unsigned int n = model_find(p, test->class, test->type, &opt);
	u64 number;

	switch (test->kind) {
	case OVL_TUN_RULE_TEST_PRESENT:
		return n > 0;
	case OVL_TUN_RULE_TEST_ABSENT:
		return n == 0;
	case OVL_TUN_RULE_TEST_VALUE:
		return n && model_bytes(test, &opt);
	case OVL_TUN_RULE_TEST_RANGE:
		return n && model_number(&opt, &number) &&
		       test->low <= number && number <= test->high;
	case OVL_TUN_RULE_TEST_COUNT:
		return test->low <= n && n <= test->high;
	}
	return true; /* asked for later */
}

static inline int model_require(const struct ovl_rule_test *test,
				const struct packet *p)
{
	struct ovl_opt opt = {};
	unsigned int n = model_find(p, test->class, test->type, &opt);

	if (test->kind != OVL_TUN_RULE_TEST_REQUIRE)
		return 0;
	if (n != 1)
		return n ? OVL_TUN_DROP_RX_OPTION_DOUBLED :
			   OVL_TUN_DROP_RX_OPTION_MISSING;
	return test->has_value && !model_bytes(test, &opt) ?
	       OVL_TUN_DROP_RX_OPTION_WRONG : 0;
}

static inline bool model_match(const struct ovl_rule_spec *spec,
			       const struct packet *p)
{
	unsigned int i;

	if (spec->has_peer && (!p->has_peer || p->peer != spec->peer))
		return false;
	if (spec->has_vni && (p->vni < spec->vni_first || p->vni > spec->vni_last))
		return false;
	if (spec->has_encap && p->encap != spec->encap)
		return false;
	for (i = 0; i < spec->n_tests; i++)
		if (!model_test(&spec->test[i], p))
			return false;
	return true;
}

static inline bool model_value(const struct ovl_rule_value *value,
			       const struct packet *p, u32 *to)
{
	struct ovl_opt opt = {};
	u64 number;

	if (value->from == OVL_RULE_FROM_RULE)
		*to = value->value;
	if (value->from != OVL_RULE_FROM_OPTION)
		return value->from == OVL_RULE_FROM_RULE;
	if (model_find(p, value->class, value->type, &opt) != 1 ||
	    !model_number(&opt, &number))
		return false;
	*to = (number & value->mask) >> value->shift;
	return true;
}

static inline bool model_speaks(const struct ovl_rule_spec *spec,
				const struct ovl_opt *opt)
{
	unsigned int i;

	for (i = 0; i < spec->n_tests; i++)
		if (spec->test[i].class == opt->class &&
		    spec->test[i].type == opt->type)
			return true;
	return (spec->mark.from == OVL_RULE_FROM_OPTION &&
		spec->mark.class == opt->class && spec->mark.type == opt->type) ||
	       (spec->prio.from == OVL_RULE_FROM_OPTION &&
		spec->prio.class == opt->class && spec->prio.type == opt->type);
}

/* Whether the options are good at all, and which nobody speaks of */
static inline int model_options(const struct ovl_rule_spec *const *spec,
				unsigned int n, const struct packet *p,
				struct outcome *out)
{
	struct ovl_opt_iter it;
	enum ovl_opt_step step;
	struct ovl_opt opt;
	int reason = 0;
	unsigned int i;

	ovl_opt_iter_init(&it, p->area, p->len);
	while ((step = ovl_opt_next(&it, &opt)) == OVL_OPT_FOUND) {
		for (i = 0; i < n && !model_speaks(spec[i], &opt); i++)
			;
		if (i < n)
			continue;
		out->skipped++;
		if (opt.type & 0x80)
			reason = OVL_TUN_DROP_RX_OPTION_CRITICAL;
	}
	return step == OVL_OPT_END ? reason : OVL_TUN_DROP_RX_OPTION_MALFORMED;
}

static inline bool model_strips(const struct ovl_rule_spec *const *spec,
				unsigned int n, const struct outcome *out,
				const struct ovl_opt *opt)
{
	const struct ovl_rule_test *test;
	unsigned int i, k, hit;

	for (i = 0, hit = 0; i < n && hit < out->n_hits; i++) {
		if (spec[i]->pref != out->hit[hit])
			continue;
		hit++;
		for (k = 0; k < spec[i]->n_tests; k++) {
			test = &spec[i]->test[k];
			if (test->kind == OVL_TUN_RULE_TEST_STRIP &&
			    test->class == opt->class && test->type == opt->type)
				return true;
		}
	}
	return false;
}

/* The options that are handed up */
static inline void model_keep(const struct ovl_rule_spec *const *spec,
			      unsigned int n, const struct packet *p,
			      struct outcome *out)
{
	struct ovl_opt_iter it;
	struct ovl_opt opt;

	ovl_opt_iter_init(&it, p->area, p->len);
	while (ovl_opt_next(&it, &opt) == OVL_OPT_FOUND) {
		if (model_strips(spec, n, out, &opt))
			continue;
		memcpy(out->kept + out->kept_len, opt.data - 4, 4 + opt.len);
		out->kept_len += 4 + opt.len;
	}
}

static inline void model_run(const struct ovl_rule_spec *const *spec,
			     unsigned int n, const struct packet *p,
			     struct outcome *out)
{
	unsigned int i, k;

	memset(out, 0, sizeof(*out));
	out->reason = model_options(spec, n, p, out);
	for (i = 0; i < n && !out->reason; i++) {
		if (!model_match(spec[i], p))
			continue;
		out->hit[out->n_hits++] = spec[i]->pref;
		for (k = 0; k < spec[i]->n_tests && !out->reason; k++)
			out->reason = model_require(&spec[i]->test[k], p);
		if (out->reason)
			break;
		out->marked |= model_value(&spec[i]->mark, p, &out->mark);
		out->prioritized |= model_value(&spec[i]->prio, p, &out->prio);
		if (spec[i]->action == OVL_TUN_RULE_ACTION_DROP)
			out->reason = OVL_TUN_DROP_RX_RULE;
		if (spec[i]->action)
			break;
	}
	if (!out->reason)
		model_keep(spec, n, p, out);
}

/* The same by a program, in memory of exactly its size */
static inline bool program_run(const struct ovl_rule_spec *const *spec,
			       unsigned int n, const struct packet *p,
			       struct outcome *out)
{
	const struct ovl_program_rule *rule;
	struct ovl_program_plan plan;
	struct ovl_program *prog;
	struct ovl_run run;
	int reason;

	memset(out, 0, sizeof(*out));
	if (ovl_program_plan(&plan, spec, n))
		return false;
	prog = kmalloc(ovl_program_size(&plan), GFP_KERNEL | __GFP_NOFAIL);
	memset(prog, 0xa5, ovl_program_size(&plan));
	ovl_program_build(prog, &plan, spec);
	memset(&run, 0x5a, sizeof(run));
	run.prog = prog;
	run.area = p->area;
	run.vni = p->vni;
	run.peer = p->peer;
	run.has_peer = p->has_peer;
	run.encap = p->encap;
	run.known = NULL;
	out->reason = ovl_run_begin(&run, p->len);
	out->skipped = run.skipped;
	if (!out->reason) {
		while ((rule = ovl_run_next(&run, &reason))) {
			out->hit[out->n_hits++] = rule->spec->pref;
			out->reason = reason;
		}
		out->marked = run.set & OVL_RUN_MARK;
		out->prioritized = run.set & OVL_RUN_PRIO;
		out->mark = out->marked ? run.mark : 0;
		out->prio = out->prioritized ? run.prio : 0;
		if (!out->reason)
			out->kept_len = ovl_program_keep(prog, run.strip,
							 p->area, p->len,
							 out->kept);
	}
	kfree(prog);
	return true;
}

static inline bool outcome_same(const struct outcome *a, const struct outcome *b)
{
	return a->reason == b->reason && a->skipped == b->skipped &&
	       a->n_hits == b->n_hits &&
	       !memcmp(a->hit, b->hit, a->n_hits * sizeof(*a->hit)) &&
	       a->marked == b->marked && a->mark == b->mark &&
	       a->prioritized == b->prioritized && a->prio == b->prio &&
	       a->kept_len == b->kept_len &&
	       !memcmp(a->kept, b->kept, a->kept_len);
}

#endif
