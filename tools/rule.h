/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A rule over what is received, as people describe it and as the kernel does.
 *   rule_words.c  to and from words
 *   rule_nl.c     to and from netlink messages
 *   rule.c        the commands, output
 *   sync_rule.c   files
 */
#ifndef OVLTUN_RULE_H
#define OVLTUN_RULE_H

#include "parse.h"

/**
 * struct rule_opt - what a rule asks of an option
 * @test: enum ovl_tun_rule_test
 * @class: option class
 * @type: option type
 * @has_data: @data and @mask are asked for
 * @len: bytes of them
 * @data: value
 * @mask: bits of it that count
 * @min: least number
 * @max: largest number
 */
struct rule_opt {
	unsigned int test;
	__u32 class, type;
	bool has_data;
	size_t len;
	unsigned char data[OVL_TUN_MAX_OPT_DATA], mask[OVL_TUN_MAX_OPT_DATA];
	unsigned long long min, max;
};

enum rule_from {
	RULE_FROM_NOWHERE,
	RULE_FROM_NUMBER,
	RULE_FROM_OPTION,
};

/**
 * struct rule_value - what a rule gives a packet
 * @from: whether it does, and where it takes it from
 * @value: a number
 * @class: class of an option
 * @type: its type
 * @mask: bits of it to take
 * @shift: how far to the right to shift them then
 */
struct rule_value {
	enum rule_from from;
	__u32 value, class, type, shift;
	unsigned long long mask;
};

/**
 * struct rule - a rule
 * @pref: its place, 0 where the kernel is to find one
 * @name: empty where it has none
 * @has_peer: it is for one sender, with @peer_name or @peer
 * @has_id: @peer is known
 * @peer: id of the sender
 * @peer_name: its name, or empty
 * @has_vni: it is for @vni
 * @vni: VNIs
 * @has_encap: it is for @encap
 * @encap: enum ovl_tun_encap
 * @opt: options that it looks at
 * @n_opt: how many
 * @action: enum ovl_tun_rule_action, or 0
 * @sample: packets are told of
 * @mark: mark that they get
 * @prio: priority that they get
 */
struct rule {
	__u32 pref;
	char name[OVL_TUN_MAX_RULE_NAME + 1];
	bool has_peer, has_id;
	__u32 peer;
	char peer_name[OVL_TUN_MAX_PEER_NAME + 1];
	bool has_vni;
	struct vni_range vni;
	bool has_encap;
	__u32 encap;
	struct rule_opt opt[OVL_TUN_MAX_RULE_OPTS];
	unsigned int n_opt, action;
	bool sample;
	struct rule_value mark, prio;
};

/* Kinds of words */
#define RULE_IDENTITY	1	/* pref, name */
#define RULE_MATCH	2	/* whose packets: peer, vni, encap, option */
#define RULE_ACTION	4	/* what becomes of them */

/**
 * struct rule_words - words of a rule while they are read
 * @rule: what they say
 * @seen: words that are there already, a bit each
 * @bad: the one that is wrong
 */
struct rule_words {
	struct rule rule;
	unsigned int seen;
	const char *bad;
};

#define RULE_MAX_WORDS	128	/* more than any rule has */

/* Read words of some kinds. Why one is wrong, NULL when all are right. */
const char *rule_parse(struct rule_words *words, int argc, char **argv,
		       int kinds);
/* Whether they say what becomes of a packet. */
bool rule_complete(const struct rule_words *words);

/* Room for the words of any rule */
#define RULE_TEXT (OVL_TUN_MAX_RULE_OPTS * (32 + 4 * OVL_TUN_MAX_OPT_DATA) + 512)

/* The words of some kinds, one blank behind each */
const char *rule_format(const struct rule *rule, int kinds, char *text);

/* The same rule. Peers are compared by what @want says, name or id. */
bool rule_equal(const struct rule *want, const struct rule *have);

/* What a test is called, NULL for one that isn't known */
const char *rule_test_name(unsigned int test);

#endif /* OVLTUN_RULE_H */
