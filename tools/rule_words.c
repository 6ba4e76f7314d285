// SPDX-License-Identifier: GPL-2.0
/*
 * Rules as words, of a command or a file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "ovltun.h"
#include "peer.h"
#include "rule.h"

enum word {
	WORD_PREF,
	WORD_NAME,
	WORD_PEER,
	WORD_VNI,
	WORD_ENCAP,
	WORD_OPTION,
	WORD_REQUIRE,
	WORD_STRIP,
	WORD_MARK,
	WORD_PRIO,
	WORD_SAMPLE,
	WORD_COUNT,
	WORD_ACCEPT,
	WORD_DROP,
	N_WORDS,
};

static const struct {
	const char *word;
	int kind;
	bool argument;
} words_of[N_WORDS] = {
	[WORD_PREF] = { "pref", RULE_IDENTITY, true },
	[WORD_NAME] = { "name", RULE_IDENTITY, true },
	[WORD_PEER] = { "peer", RULE_MATCH, true },
	[WORD_VNI] = { "vni", RULE_MATCH, true },
	[WORD_ENCAP] = { "encap", RULE_MATCH, true },
	[WORD_OPTION] = { "option", RULE_MATCH, true },
	[WORD_REQUIRE] = { "require", RULE_ACTION, true },
	[WORD_STRIP] = { "strip", RULE_ACTION, true },
	[WORD_MARK] = { "mark", RULE_ACTION, true },
	[WORD_PRIO] = { "prio", RULE_ACTION, true },
	[WORD_SAMPLE] = { "sample", RULE_ACTION, false },
	[WORD_COUNT] = { "count", RULE_ACTION, false },
	[WORD_ACCEPT] = { "accept", RULE_ACTION, false },
	[WORD_DROP] = { "drop", RULE_ACTION, false },
};

/* What stands behind an option; the test without is value or present. */
static const char *const tests[] = {
	[OVL_TUN_RULE_TEST_PRESENT] = "present",
	[OVL_TUN_RULE_TEST_ABSENT] = "absent",
	[OVL_TUN_RULE_TEST_VALUE] = "value",
	[OVL_TUN_RULE_TEST_RANGE] = "range",
	[OVL_TUN_RULE_TEST_COUNT] = "times",
	[OVL_TUN_RULE_TEST_REQUIRE] = "require",
	[OVL_TUN_RULE_TEST_STRIP] = "strip",
};

#define N_TESTS (sizeof(tests) / sizeof(*tests))

const char *rule_test_name(unsigned int test)
{
	return test < N_TESTS ? tests[test] : NULL;
}

/* A number that ends at one of @stops; where it ended, or NULL */
static const char *parse_u64(const char *text, const char *stops,
			     unsigned long long *value)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	char *end;

	if (!isdigit((unsigned char)text[0]) ||
	    (hex && !isxdigit((unsigned char)text[2])))
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, hex ? 16 : 10);
	return errno || (*end && !strchr(stops, *end)) ? NULL : end;
}

/* "10", or "10-20" */
static const char *parse_limits(const char *text, struct rule_opt *opt)
{
	const char *end = parse_u64(text, "-", &opt->min);

	opt->max = opt->min;
	if (end && *end)
		end = parse_u64(end + 1, "", &opt->max);
	if (!end)
		return "expected a number, or a range of two";
	return opt->max < opt->min ?
	       "a range goes from its lower end to the upper" : NULL;
}

/* The mask is written as a value is. */
static const char *parse_mask(const char *text, struct rule_opt *opt)
{
	char scratch[OPTION_TEXT];
	struct option option;

	if (strlen(text) >= sizeof(scratch) - 4)
		return "mask must be as long as the value";
	snprintf(scratch, sizeof(scratch), "0:0:%s", text);
	if (parse_option(scratch, true, &option) || option.source ||
	    option.len != opt->len)
		return "mask must be hex digits, as long as the value";
	memcpy(opt->mask, option.data, option.len);
	return NULL;
}

/* CLASS:TYPE[:HEX[/MASK]] */
static const char *parse_opt(const char *text, struct rule_opt *opt)
{
	const char *colon = strchr(text, ':'), *slash, *why;
	struct option option;
	char *key;

	opt->has_data = strchr(text, '=') || (colon && strchr(colon + 1, ':'));
	slash = opt->has_data ? strchr(text, '/') : NULL;
	key = slash ? strndup(text, slash - text) : strdup(text);
	if (!key)
		return "out of memory";
	why = parse_option(key, opt->has_data, &option);
	free(key);
	if (!why && option.source)
		why = "expected the bytes that are received";
	if (why)
		return why;
	opt->class = option.class;
	opt->type = option.type;
	opt->len = option.len;
	memcpy(opt->data, option.data, option.len);
	memset(opt->mask, 0xff, option.len);
	return slash ? parse_mask(slash + 1, opt) : NULL;
}

/* NUMBER, or CLASS:TYPE[/MASK][>>SHIFT] */
static const char *parse_value(const char *text, struct rule_value *value)
{
	size_t len = strcspn(text, "/>");
	const char *rest = text + len, *why;
	struct option option;
	char *key;

	/* The name of an option begins with a letter. */
	if (!strchr(text, ':') && !isalpha((unsigned char)*text)) {
		value->from = RULE_FROM_NUMBER;
		return parse_u32(text, 0, UINT32_MAX, &value->value);
	}
	key = strndup(text, len);
	if (!key)
		return "out of memory";
	why = parse_option(key, false, &option);
	free(key);
	if (why)
		return why;
	value->from = RULE_FROM_OPTION;
	value->class = option.class;
	value->type = option.type;
	value->mask = UINT64_MAX;
	value->shift = 0;
	if (*rest == '/') {
		rest = parse_u64(rest + 1, ">", &value->mask);
		if (!rest)
			return "mask must be a number of 64 bits";
	}
	if (*rest) {
		if (strncmp(rest, ">>", 2) ||
		    parse_u32(rest + 2, 0, 63, &value->shift))
			return "expected >> and a number from 0 to 63";
	}
	return value->mask >> value->shift ? NULL :
					     "mask and shift leave nothing";
}

static const char *parse_name(const char *text, char *name)
{
	struct peer scratch;
	const char *why;

	if (strspn(text, "0123456789") == strlen(text) && *text) {
		snprintf(name, OVL_TUN_MAX_RULE_NAME + 1, "%.31s", text);
		return strlen(text) > OVL_TUN_MAX_RULE_NAME ?
		       "a name has at most 31 characters" : NULL;
	}
	why = peer_parse_name(text, &scratch);
	if (!why)
		snprintf(name, OVL_TUN_MAX_RULE_NAME + 1, "%s", scratch.name);
	return why;
}

static const char *parse_peer(const char *text, struct rule *rule)
{
	struct peer peer = { };
	const char *why;

	if (*text && strspn(text, "0123456789") == strlen(text))
		why = peer_parse_id(text, &peer);
	else
		why = peer_parse_name(text, &peer);
	rule->has_peer = true;
	rule->has_id = peer.has_id;
	rule->peer = peer.id;
	memcpy(rule->peer_name, peer.name, sizeof(rule->peer_name));
	return why;
}

static const char *parse_encap(const char *text, struct rule *rule)
{
	int encap = link_name_value(link_encap_names, text);

	rule->has_encap = true;
	rule->encap = encap;
	return encap < 0 ? "expected vxlan or geneve" : NULL;
}

/* An option behind @word; how many words of @argc behind it are about it too */
static const char *parse_test(struct rule *rule, int argc, char **argv,
			      enum word word, int *used)
{
	struct rule_opt *opt = &rule->opt[rule->n_opt];
	const char *why;

	*used = 0;
	if (rule->n_opt == OVL_TUN_MAX_RULE_OPTS)
		return "a rule looks at no more than 8 options";
	memset(opt, 0, sizeof(*opt));
	why = parse_opt(argv[0], opt);
	if (why)
		return why;
	rule->n_opt++;
	if (word == WORD_STRIP && opt->has_data)
		return "an option is stripped whatever its value";
	opt->test = word == WORD_REQUIRE ? OVL_TUN_RULE_TEST_REQUIRE :
		    word == WORD_STRIP ? OVL_TUN_RULE_TEST_STRIP :
		    opt->has_data ? OVL_TUN_RULE_TEST_VALUE :
				    OVL_TUN_RULE_TEST_PRESENT;
	if (word != WORD_OPTION || opt->has_data || argc < 2)
		return NULL;
	if (!strcmp(argv[1], "absent")) {
		opt->test = OVL_TUN_RULE_TEST_ABSENT;
		*used = 1;
		return NULL;
	}
	if (!strcmp(argv[1], "range"))
		opt->test = OVL_TUN_RULE_TEST_RANGE;
	else if (!strcmp(argv[1], "times"))
		opt->test = OVL_TUN_RULE_TEST_COUNT;
	else
		return NULL;
	if (argc < 3)
		return "expected a number, or a range of two";
	*used = 2;
	return parse_limits(argv[2], opt);
}

static const char *parse_argument(struct rule_words *words, enum word word,
				  int argc, char **argv, int *used)
{
	struct rule *rule = &words->rule;

	*used = 0;
	switch (word) {
	case WORD_PREF:
		return parse_u32(*argv, 1, UINT32_MAX, &rule->pref);
	case WORD_NAME:
		return parse_name(*argv, rule->name);
	case WORD_PEER:
		return parse_peer(*argv, rule);
	case WORD_VNI:
		rule->has_vni = true;
		return parse_vni_range(*argv, &rule->vni);
	case WORD_ENCAP:
		return parse_encap(*argv, rule);
	case WORD_OPTION:
	case WORD_REQUIRE:
	case WORD_STRIP:
		return parse_test(rule, argc, argv, word, used);
	case WORD_MARK:
		return parse_value(*argv, &rule->mark);
	case WORD_PRIO:
		return parse_value(*argv, &rule->prio);
	default:
		return NULL;
	}
}

static void take_word(struct rule *rule, enum word word)
{
	if (word == WORD_ACCEPT)
		rule->action = OVL_TUN_RULE_ACTION_ACCEPT;
	else if (word == WORD_DROP)
		rule->action = OVL_TUN_RULE_ACTION_DROP;
	else if (word == WORD_SAMPLE)
		rule->sample = true;
}

static enum word find_word(const char *text, int kinds)
{
	enum word word = 0;

	while (word < N_WORDS && !((words_of[word].kind & kinds) &&
				   !strcmp(words_of[word].word, text)))
		word++;
	return word;
}

const char *rule_parse(struct rule_words *words, int argc, char **argv,
		       int kinds)
{
	const unsigned int ends = 1U << WORD_ACCEPT | 1U << WORD_DROP;
	enum word word;
	const char *why;
	int used;

	for (; argc; argc--, argv++) {
		words->bad = *argv;
		word = find_word(*argv, kinds);
		if (word == N_WORDS)
			return "no word of a rule that belongs here";
		if (word != WORD_OPTION && word != WORD_REQUIRE &&
		    word != WORD_STRIP && words->seen & 1U << word)
			return "it is given twice";
		words->seen |= 1U << word;
		if ((words->seen & ends) == ends)
			return "a rule has one end, accept or drop";
		if (!words_of[word].argument) {
			take_word(&words->rule, word);
			continue;
		}
		if (argc < 2)
			return "something has to follow";
		argc--;
		argv++;
		words->bad = *argv;
		why = parse_argument(words, word, argc, argv, &used);
		if (used > 1)
			words->bad = argv[2];
		if (why)
			return why;
		argc -= used;
		argv += used;
	}
	return NULL;
}

bool rule_complete(const struct rule_words *words)
{
	unsigned int word;

	for (word = 0; word < N_WORDS; word++)
		if ((words_of[word].kind & RULE_ACTION) &&
		    words->seen & 1U << word)
			return true;
	return false;
}

static char *put_hex(char *at, const unsigned char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		at += sprintf(at, "%02x", bytes[i]);
	return at;
}

static bool whole_mask(const struct rule_opt *opt)
{
	size_t i;

	for (i = 0; i < opt->len; i++)
		if (opt->mask[i] != 0xff)
			return false;
	return true;
}

/* Does it say what becomes of packets, and not which? */
static bool is_action(const struct rule_opt *opt)
{
	return opt->test == OVL_TUN_RULE_TEST_REQUIRE ||
	       opt->test == OVL_TUN_RULE_TEST_STRIP;
}

static char *put_opt(char *at, const struct rule_opt *opt)
{
	at += sprintf(at, "%s 0x%04x:0x%02x",
		      is_action(opt) ? tests[opt->test] : "option", opt->class,
		      opt->type);
	if (opt->has_data) {
		*at++ = ':';
		at = put_hex(at, opt->data, opt->len);
		if (!whole_mask(opt)) {
			*at++ = '/';
			at = put_hex(at, opt->mask, opt->len);
		}
	}
	if (opt->test == OVL_TUN_RULE_TEST_ABSENT)
		at += sprintf(at, " absent");
	if (opt->test == OVL_TUN_RULE_TEST_RANGE ||
	    opt->test == OVL_TUN_RULE_TEST_COUNT) {
		at += sprintf(at, " %s %llu", tests[opt->test], opt->min);
		if (opt->max != opt->min)
			at += sprintf(at, "-%llu", opt->max);
	}
	at += sprintf(at, " ");
	return at;
}

static char *put_value(char *at, const char *word,
		       const struct rule_value *value)
{
	if (value->from == RULE_FROM_NOWHERE)
		return at;
	if (value->from == RULE_FROM_NUMBER)
		return at + sprintf(at, "%s 0x%x ", word, value->value);
	at += sprintf(at, "%s 0x%04x:0x%02x", word, value->class, value->type);
	if (value->mask != UINT64_MAX)
		at += sprintf(at, "/0x%llx", value->mask);
	if (value->shift)
		at += sprintf(at, ">>%u", value->shift);
	return at + sprintf(at, " ");
}

static char *put_opts(char *at, const struct rule *rule, bool action)
{
	unsigned int i;

	for (i = 0; i < rule->n_opt; i++)
		if (is_action(&rule->opt[i]) == action)
			at = put_opt(at, &rule->opt[i]);
	return at;
}

static char *put_match(char *at, const struct rule *rule)
{
	char number[16];

	if (*rule->peer_name)
		at += sprintf(at, "peer %s ", rule->peer_name);
	else if (rule->has_peer)
		at += sprintf(at, "peer %u ", rule->peer);
	if (rule->has_vni) {
		at += sprintf(at, "vni %u", rule->vni.first);
		if (rule->vni.last != rule->vni.first)
			at += sprintf(at, "-%u", rule->vni.last);
		at += sprintf(at, " ");
	}
	if (rule->has_encap)
		at += sprintf(at, "encap %s ",
			      link_value_name(link_encap_names, rule->encap,
					      number, sizeof(number)));
	return put_opts(at, rule, false);
}

static char *put_action(char *at, const struct rule *rule)
{
	const char *begin = at;

	at = put_opts(at, rule, true);
	at = put_value(at, "mark", &rule->mark);
	at = put_value(at, "prio", &rule->prio);
	if (rule->sample)
		at += sprintf(at, "sample ");
	if (rule->action == OVL_TUN_RULE_ACTION_ACCEPT)
		at += sprintf(at, "accept ");
	else if (rule->action == OVL_TUN_RULE_ACTION_DROP)
		at += sprintf(at, "drop ");
	if (at == begin)
		at += sprintf(at, "count ");
	return at;
}

const char *rule_format(const struct rule *rule, int kinds, char *text)
{
	char *at = text;

	*at = '\0';
	if (kinds & RULE_IDENTITY) {
		at += sprintf(at, "pref %u ", rule->pref);
		if (*rule->name)
			at += sprintf(at, "name %s ", rule->name);
	}
	if (kinds & RULE_MATCH)
		at = put_match(at, rule);
	if (kinds & RULE_ACTION)
		put_action(at, rule);
	return text;
}

static bool same_peer(const struct rule *want, const struct rule *have)
{
	if (want->has_peer != have->has_peer)
		return false;
	if (*want->peer_name)
		return !strcmp(want->peer_name, have->peer_name);
	return !want->has_peer || (have->has_id && want->peer == have->peer);
}

static bool same_opt(const struct rule_opt *a, const struct rule_opt *b)
{
	return a->test == b->test && a->class == b->class &&
	       a->type == b->type && a->has_data == b->has_data &&
	       a->len == b->len && !memcmp(a->data, b->data, a->len) &&
	       !memcmp(a->mask, b->mask, a->len) && a->min == b->min &&
	       a->max == b->max;
}

/* Actions stand behind the rest when they come back from a file. */
static bool same_opts(const struct rule *a, const struct rule *b, bool action)
{
	unsigned int i = 0, j = 0;

	for (;; i++, j++) {
		while (i < a->n_opt && is_action(&a->opt[i]) != action)
			i++;
		while (j < b->n_opt && is_action(&b->opt[j]) != action)
			j++;
		if (i == a->n_opt || j == b->n_opt)
			return i == a->n_opt && j == b->n_opt;
		if (!same_opt(&a->opt[i], &b->opt[j]))
			return false;
	}
}

static bool same_value(const struct rule_value *a, const struct rule_value *b)
{
	if (a->from != b->from)
		return false;
	if (a->from == RULE_FROM_OPTION)
		return a->class == b->class && a->type == b->type &&
		       a->mask == b->mask && a->shift == b->shift;
	return a->from == RULE_FROM_NOWHERE || a->value == b->value;
}

bool rule_equal(const struct rule *want, const struct rule *have)
{
	if (want->pref != have->pref || strcmp(want->name, have->name) ||
	    !same_peer(want, have) || want->has_vni != have->has_vni ||
	    want->has_encap != have->has_encap ||
	    want->action != have->action || want->sample != have->sample)
		return false;
	if (want->has_vni && (want->vni.first != have->vni.first ||
			      want->vni.last != have->vni.last))
		return false;
	if (want->has_encap && want->encap != have->encap)
		return false;
	return same_opts(want, have, false) && same_opts(want, have, true) &&
	       same_value(&want->mark, &have->mark) &&
	       same_value(&want->prio, &have->prio);
}
