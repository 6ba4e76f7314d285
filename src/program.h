/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rules of a device (rule.c) become: a program that walks a packet's
 * options once, whatever the number of rules.
 *
 * The options that any rule speaks of are its keys, sorted. The walk looks each
 * option of the packet up among them and notes in the slot of its key where it
 * is and how often. The rules then look at slots only.
 *
 * Depends on nothing but integer types, so that unit tests and fuzzers build
 * the same file in user space.
 */
#ifndef _OVL_TUN_PROGRAM_H
#define _OVL_TUN_PROGRAM_H

#include "option.h"

#ifdef __KERNEL__
#include <linux/rcupdate.h>
#else
typedef unsigned long long u64;
#endif
#include <uapi/linux/ovl_tun.h>

/**
 * struct ovl_rule_test - what a rule asks of an option
 * @class: option class
 * @type: option type, critical bit included
 * @kind: enum ovl_tun_rule_test
 * @has_value: of OVL_TUN_RULE_TEST_REQUIRE, @data is asked for
 * @len: bytes of @data and @mask, a multiple of 4
 * @low: of OVL_TUN_RULE_TEST_RANGE and OVL_TUN_RULE_TEST_COUNT, the least
 * @high: likewise the most
 * @data: value
 * @mask: bits of it that count
 */
struct ovl_rule_test {
	u16 class;
	u8 type;
	u8 kind;
	bool has_value;
	u8 len;
	u64 low;
	u64 high;
	u8 data[OVL_OPT_MAX_DATA];
	u8 mask[OVL_OPT_MAX_DATA];
};

/**
 * enum ovl_rule_from - where a rule takes a value from that it gives a packet
 * @OVL_RULE_FROM_NOWHERE: it gives none
 * @OVL_RULE_FROM_RULE: it says it
 * @OVL_RULE_FROM_OPTION: an option of the packet has it; where that isn't there
 *	once, with 4 or 8 bytes, the packet keeps what it has
 */
enum ovl_rule_from {
	OVL_RULE_FROM_NOWHERE,
	OVL_RULE_FROM_RULE,
	OVL_RULE_FROM_OPTION,
};

/**
 * struct ovl_rule_value - a value that a rule gives a packet
 * @mask: bits of the option to take, of a number in host byte order
 * @value: without an option, the value
 * @class: class of the option
 * @type: its type
 * @from: enum ovl_rule_from
 * @shift: how far to the right to shift what is taken
 */
struct ovl_rule_value {
	u64 mask;
	u32 value;
	u16 class;
	u8 type;
	u8 from;
	u8 shift;
};

/**
 * struct ovl_rule_spec - what is said of a rule
 * @pref: its place among the rules of the device, not 0
 * @name: what it is called, or empty
 * @has_peer: it is for packets of @peer
 * @peer: id of that
 * @has_vni: it is for packets with VNIs from @vni_first to @vni_last
 * @vni_first: the lowest
 * @vni_last: the highest
 * @has_encap: it is for packets in @encap
 * @encap: enum ovl_tun_encap
 * @action: enum ovl_tun_rule_action, or 0 if further rules follow
 * @sample: packets that match are told of
 * @mark: what becomes the packet's mark
 * @prio: what becomes its priority
 * @n_tests: how many in @test
 * @test: options that it looks at
 */
struct ovl_rule_spec {
	u32 pref;
	char name[OVL_TUN_MAX_RULE_NAME + 1];
	bool has_peer;
	u32 peer;
	bool has_vni;
	u32 vni_first;
	u32 vni_last;
	bool has_encap;
	u8 encap;
	u8 action;
	bool sample;
	struct ovl_rule_value mark;
	struct ovl_rule_value prio;
	unsigned int n_tests;
	struct ovl_rule_test test[];
};

/**
 * struct ovl_program_test - &struct ovl_rule_test in a program
 * @low: as there
 * @high: as there
 * @at: where in &ovl_program.word its mask begins; the value follows, without
 *	bits that the mask doesn't have
 * @kind: enum ovl_tun_rule_test
 * @slot: of the option
 * @len: bytes of mask and value
 * @has_value: they count
 */
struct ovl_program_test {
	u64 low;
	u64 high;
	u32 at;
	u8 kind;
	u8 slot;
	u8 len;
	bool has_value;
};

/**
 * struct ovl_program_value - &struct ovl_rule_value in a program
 * @mask: as there
 * @value: as there
 * @from: as there
 * @slot: of the option
 * @shift: as there
 */
struct ovl_program_value {
	u64 mask;
	u32 value;
	u8 from;
	u8 slot;
	u8 shift;
};

/**
 * struct ovl_program_rule - &struct ovl_rule_spec in a program
 * @spec: that
 * @vni_first: lowest VNI
 * @vni_last: highest VNI
 * @peer: id of the peer, unless @any_peer
 * @test: where its tests begin in &ovl_program.test
 * @n_tests: how many that it matches by
 * @n_require: how many behind them that require
 * @encaps: bit mask of enum ovl_tun_encap
 * @any_peer: it doesn't matter who has sent the packet
 * @action: enum ovl_tun_rule_action, or 0
 * @strip: options that packets are handed up without, a bit for each slot
 * @mark: as there
 * @prio: as there
 */
struct ovl_program_rule {
	const struct ovl_rule_spec *spec;
	u32 vni_first;
	u32 vni_last;
	u32 peer;
	u32 test;
	u8 n_tests;
	u8 n_require;
	u8 encaps;
	bool any_peer;
	u8 action;
	u64 strip;
	struct ovl_program_value mark;
	struct ovl_program_value prio;
};

/**
 * struct ovl_program - rules in the order in which they are looked at
 * @rcu: frees it after the last reader
 * @test: tests of all rules
 * @word: masks and values of all tests
 * @n_rules: how many in @rule
 * @n_keys: how many in @key
 * @varies: packets of one inner flow may get different marks or priorities, by
 *	their options, or because another node has sent them, or another way
 * @key: options that rules speak of, class and type, sorted
 * @rule: rules; @test and @word stand behind them
 *
 * Immutable once it is published in &ovl_dev.program; a change publishes
 * another.
 */
struct ovl_program {
#ifdef __KERNEL__
	struct rcu_head rcu;
#endif
	struct ovl_program_test *test;
	u32 *word;
	unsigned int n_rules;
	unsigned int n_keys;
	bool varies;
	u32 key[OVL_TUN_MAX_KNOWN_OPTS];
	struct ovl_program_rule rule[];
};

/**
 * struct ovl_program_plan - what a program is to have
 * @n_rules: how many rules
 * @n_tests: how many tests
 * @n_words: how many words of masks and values
 * @n_keys: how many keys
 * @key: those, sorted
 */
struct ovl_program_plan {
	unsigned int n_rules;
	unsigned int n_tests;
	unsigned int n_words;
	unsigned int n_keys;
	u32 key[OVL_TUN_MAX_KNOWN_OPTS];
};

/**
 * struct ovl_slot - an option that rules speak of, in a packet
 * @at: where the data of the first of them begins, words from the first option
 * @words: how long it is
 * @count: how many there are
 */
struct ovl_slot {
	u8 at;
	u8 words;
	u8 count;
};

/* What a run has set of a packet, &ovl_run.set */
#define OVL_RUN_MARK	1
#define OVL_RUN_PRIO	2
#define OVL_RUN_STRIP	4

/**
 * struct ovl_run - a packet on its way through a program
 * @prog: program
 * @area: options of the packet
 * @vni: its VNI
 * @peer: id of the peer that has sent it
 * @has_peer: there is one
 * @encap: enum ovl_tun_encap
 * @known: classes that somebody else understands, or NULL
 * @set: OVL_RUN_*
 * @skipped: options that no rule speaks of, and nobody else understands
 * @next: the rule to go on with
 * @mark: what becomes its mark
 * @prio: what becomes its priority
 * @strip: options that it loses, a bit for each slot
 * @slot: options that rules speak of, as many as the program has keys
 *
 * The caller fills it up to @known.
 */
struct ovl_run {
	const struct ovl_program *prog;
	const u8 *area;
	u32 vni;
	u32 peer;
	bool has_peer;
	u8 encap;
	const struct ovl_opt_classes *known;
	u8 set;
	unsigned int skipped;
	unsigned int next;
	u32 mark;
	u32 prio;
	u64 strip;
	struct ovl_slot slot[OVL_TUN_MAX_KNOWN_OPTS];
};

int ovl_program_plan(struct ovl_program_plan *plan,
		     const struct ovl_rule_spec *const *spec, unsigned int n);
size_t ovl_program_size(const struct ovl_program_plan *plan);
void ovl_program_build(struct ovl_program *prog,
		       const struct ovl_program_plan *plan,
		       const struct ovl_rule_spec *const *spec);

int ovl_run_begin(struct ovl_run *run, unsigned int len);
const struct ovl_program_rule *ovl_run_next(struct ovl_run *run, int *reason);
unsigned int ovl_program_keep(const struct ovl_program *prog, u64 strip,
			      const u8 *area, unsigned int len, u8 *to);

#endif /* _OVL_TUN_PROGRAM_H */
