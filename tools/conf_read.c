// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "conf.h"

enum section {
	SECTION_NONE,
	SECTION_DEVICE,
	SECTION_OPTIONS,
	SECTION_PEER,
	SECTION_VNI,
	SECTION_RULE,
};

/* Keys of a peer that are no settings; those come first, by their number. */
enum {
	KEY_ID = PEER_N_FIELDS,
	KEY_NAME,
	KEY_REMOTE,
	KEY_ALLOWED,
	KEY_MAC,
	KEY_OPTIONS,
	N_KEYS,
};

static const char *const other_keys[] = {
	[KEY_ID - PEER_N_FIELDS] = "Id",
	[KEY_NAME - PEER_N_FIELDS] = "Name",
	[KEY_REMOTE - PEER_N_FIELDS] = "Remote",
	[KEY_ALLOWED - PEER_N_FIELDS] = "Allowed",
	[KEY_MAC - PEER_N_FIELDS] = "MAC",
	[KEY_OPTIONS - PEER_N_FIELDS] = "Options",
};

/* struct claim - a prefix, and who wants it */
struct claim {
	struct addr addr;
	unsigned int peer, line;
};

/**
 * struct reader - a file while it is read
 * @name: of the file
 * @line: current one, from 1
 * @conf: what it says
 * @section: current one
 * @start: line in which it begins
 * @seen: keys of the current section, a bit each
 * @first_vni: the first range of the current section
 * @remote: of that section
 * @options: likewise
 * @words: of the current section, if that is a rule
 * @claim: all prefixes of all peers
 * @n: how many
 * @room: how many fit
 * @error: what is wrong
 * @size: bytes that fit there
 */
struct reader {
	const char *name;
	unsigned int line;
	struct conf *conf;
	enum section section;
	unsigned int start;
	__u32 seen;
	size_t first_vni;
	struct addr remote;
	char options[OVL_TUN_MAX_SET_NAME + 1];
	struct rule_words words;
	struct claim *claim;
	size_t n, room;
	char *error;
	size_t size;
};

static bool wrong(struct reader *reader, unsigned int line, const char *fmt, ...)
{
	va_list args;
	size_t used;

	used = snprintf(reader->error, reader->size, "%s:%u: ", reader->name,
			line);
	va_start(args, fmt);
	if (used < reader->size)
		vsnprintf(reader->error + used, reader->size - used, fmt, args);
	va_end(args);
	return false;
}

static bool wrong_value(struct reader *reader, const char *key,
			const char *value, const char *why)
{
	return wrong(reader, reader->line, "%s \"%s\": %s", key, value, why);
}

/* @text without the blanks around it */
static char *trim(char *text)
{
	char *end;

	while (isspace((unsigned char)*text))
		text++;
	end = text + strlen(text);
	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text;
}

static struct peer *last_peer(const struct reader *reader)
{
	return &reader->conf->peer[reader->conf->n - 1];
}

static struct conf_set *last_set(const struct reader *reader)
{
	return &reader->conf->set[reader->conf->n_set - 1];
}

/* "CLASS:TYPE:VALUE", and "force" behind it where the kernel wants that */
static bool read_option(struct reader *reader, struct conf_set *set,
			char *value)
{
	char *blank = value + strcspn(value, " \t");
	bool force = *blank && !strcmp(blank + strspn(blank, " \t"), "force");
	struct option option;
	const char *why;
	size_t i;

	if (force)
		*blank = '\0';
	why = parse_option(value, true, &option);
	if (why)
		return wrong_value(reader, "Option", value, why);
	option.force = force;
	for (i = 0; i < set->n; i++)
		if (set->option[i].class == option.class &&
		    set->option[i].type == option.type)
			return wrong_value(reader, "Option", value,
					   "this class and type were there already");
	conf_add_option(set, &option);
	return true;
}

static bool read_set_name(struct reader *reader, const char *value)
{
	struct conf_set *set = last_set(reader);
	const char *why = parse_set_name(value);

	if (!why && *set->name)
		why = "the set has a name already";
	if (!why && conf_find_set(reader->conf, value))
		why = "another set has this name";
	if (why)
		return wrong_value(reader, "Name", value, why);
	snprintf(set->name, sizeof(set->name), "%s", value);
	return true;
}

static bool read_item(struct reader *reader, int key, const char *text)
{
	struct peer *peer = last_peer(reader);
	struct claim *claim;
	struct addr addr;
	const char *why;

	why = key == KEY_MAC ? addr_parse_mac(text, &addr) :
			       addr_parse_prefix(text, &addr);
	if (why)
		return wrong_value(reader, other_keys[key - PEER_N_FIELDS],
				   text, why);
	if (key == KEY_MAC) {
		addr_list_add(&peer->mac, &addr);
		return true;
	}
	addr_list_add(&peer->allowed, &addr);
	reader->claim = parse_grow(reader->claim, reader->n, &reader->room,
				   sizeof(*reader->claim));
	claim = &reader->claim[reader->n++];
	claim->addr = addr;
	claim->peer = reader->conf->n - 1;
	claim->line = reader->line;
	return true;
}

/* "A, B"; nothing at all is an empty list */
static bool read_list(struct reader *reader, int key, char *value)
{
	char *comma;

	for (; *value; value = comma) {
		comma = strchrnul(value, ',');
		if (*comma) {
			*comma++ = '\0';
			if (!*trim(comma))
				return wrong(reader, reader->line,
					     "nothing behind the last comma");
		}
		if (!read_item(reader, key, trim(value)))
			return false;
	}
	return true;
}

/* Returns N_KEYS for what is none. */
static int find_key(const char *key)
{
	int i;

	for (i = 0; i < PEER_N_FIELDS; i++)
		if (peer_fields[i].key &&
		    !strcasecmp(key, peer_fields[i].key))
			return i;
	for (; i < N_KEYS; i++)
		if (!strcasecmp(key, other_keys[i - PEER_N_FIELDS]))
			return i;
	return i;
}

static bool read_peer_key(struct reader *reader, const char *word, char *value)
{
	struct peer *peer = last_peer(reader);
	int key = find_key(word);
	const char *why;

	if (key == N_KEYS)
		return wrong(reader, reader->line,
			     "\"%s\" is no key of a peer", word);
	if (key == KEY_ALLOWED || key == KEY_MAC)
		return read_list(reader, key, value);
	if (reader->seen & 1U << key)
		return wrong(reader, reader->line, "%s is there twice", word);
	reader->seen |= 1U << key;
	switch (key) {
	case KEY_ID:
		why = peer_parse_id(value, peer);
		if (!why && !peer->id)
			why = "0 is the link's own remote";
		break;
	case KEY_NAME:
		why = peer_parse_name(value, peer);
		break;
	case KEY_OPTIONS:
		why = peer_parse_options(value, peer);
		break;
	case KEY_REMOTE:
		why = addr_parse(value, &peer->remote);
		break;
	default:
		why = peer_parse_field(key, value, peer);
	}
	return why ? wrong_value(reader, word, value, why) : true;
}

/* "10-20, 30" */
static bool read_vnis(struct reader *reader, char *value)
{
	struct vni_range range;
	const char *why;
	char *item;

	while ((item = strsep(&value, ","))) {
		item = trim(item);
		why = parse_vni_range(item, &range);
		if (why)
			return wrong_value(reader, "VNI", item, why);
		conf_add_vni(reader->conf, &range, reader->line);
	}
	return true;
}

static bool read_vni_key(struct reader *reader, const char *word, char *value)
{
	int key = find_key(word);
	const char *why;

	if (!strcasecmp(word, "VNI"))
		return read_vnis(reader, value);
	if (key != KEY_REMOTE && key != KEY_OPTIONS)
		return wrong(reader, reader->line, "\"%s\" is no key of VNIs",
			     word);
	if (reader->seen & 1U << key)
		return wrong(reader, reader->line, "%s is there twice", word);
	reader->seen |= 1U << key;
	if (key == KEY_REMOTE) {
		why = addr_parse(value, &reader->remote);
	} else {
		why = parse_set_name(value);
		snprintf(reader->options, sizeof(reader->options), "%s", value);
	}
	return why ? wrong_value(reader, word, value, why) : true;
}

/* Words of a command, with blanks between them; at most RULE_MAX_WORDS */
static bool split_words(struct reader *reader, const char *key, char *value,
			int *argc, char **argv)
{
	char *word;

	*argc = 0;
	while ((word = strsep(&value, " \t"))) {
		if (!*word)
			continue;
		if (*argc == RULE_MAX_WORDS)
			return wrong(reader, reader->line, "%s has too many words",
				     key);
		argv[(*argc)++] = word;
	}
	return true;
}

/* What isn't said is what the kernel takes without a word. */
static bool read_echo(struct reader *reader, const char *key, char *value)
{
	struct echo *echo = &reader->conf->echo;
	char *argv[RULE_MAX_WORDS];
	const char *why, *bad;
	int argc;

	if (echo->n)
		return wrong(reader, reader->line, "%s is there twice", key);
	if (!split_words(reader, key, value, &argc, argv))
		return false;
	why = echo_parse(argc, argv, echo, &bad);
	if (why)
		return wrong_value(reader, key, bad, why);
	if (!echo->n)
		return wrong(reader, reader->line, "%s has no class", key);
	if (!echo->limit)
		echo->limit = ECHO_LIMIT;
	if (!echo->timeout)
		echo->timeout = ECHO_TIMEOUT;
	return true;
}

static bool read_words(struct reader *reader, const char *key, char *value,
		       int kind)
{
	char *argv[RULE_MAX_WORDS];
	const char *why;
	int argc;

	if (!split_words(reader, key, value, &argc, argv))
		return false;
	why = rule_parse(&reader->words, argc, argv, kind);
	return why ? wrong_value(reader, key, reader->words.bad, why) : true;
}

static bool read_rule_key(struct reader *reader, const char *word, char *value)
{
	static const struct {
		const char *key, *word;
		int kind;
	} keys[] = {
		{ "Pref", "pref", RULE_IDENTITY },
		{ "Name", "name", RULE_IDENTITY },
		{ "Match", NULL, RULE_MATCH },
		{ "Action", NULL, RULE_ACTION },
	};
	char *argv[2] = { NULL, value };
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcasecmp(word, keys[i].key))
			break;
	if (i == sizeof(keys) / sizeof(*keys))
		return wrong(reader, reader->line, "\"%s\" is no key of a rule",
			     word);
	if (reader->seen & 1U << i)
		return wrong(reader, reader->line, "%s is there twice", word);
	reader->seen |= 1U << i;
	if (!keys[i].word)
		return read_words(reader, word, value, keys[i].kind);
	argv[0] = (char *)keys[i].word;
	why = rule_parse(&reader->words, 2, argv, keys[i].kind);
	return why ? wrong_value(reader, word, value, why) : true;
}

static bool read_key(struct reader *reader, char *text)
{
	char *value = strchr(text, '=');

	if (!value)
		return wrong(reader, reader->line,
			     "expected KEY = VALUE or [SECTION]");
	*value++ = '\0';
	text = trim(text);
	value = trim(value);
	switch (reader->section) {
	case SECTION_DEVICE:
		if (!strcasecmp(text, "Option"))
			return read_option(reader, &reader->conf->own, value);
		if (!strcasecmp(text, "Echo"))
			return read_echo(reader, text, value);
		return wrong(reader, reader->line,
			     "\"%s\" is no key of a device", text);
	case SECTION_OPTIONS:
		if (!strcasecmp(text, "Option"))
			return read_option(reader, last_set(reader), value);
		if (!strcasecmp(text, "Name"))
			return read_set_name(reader, value);
		return wrong(reader, reader->line,
			     "\"%s\" is no key of a set of options", text);
	case SECTION_PEER:
		return read_peer_key(reader, text, value);
	case SECTION_VNI:
		return read_vni_key(reader, text, value);
	case SECTION_RULE:
		return read_rule_key(reader, text, value);
	default:
		return wrong(reader, reader->line,
			     "\"%s\" is in no section: expected [Device], [Options], [Peer], [Vni] or [Rule]",
			     text);
	}
}

/* The settings of a section hold for all of its VNIs. */
static bool end_vnis(struct reader *reader)
{
	struct conf *conf = reader->conf;
	size_t i;

	if (reader->first_vni == conf->n_vni)
		return wrong(reader, reader->start, "section has no VNI");
	for (i = reader->first_vni; i < conf->n_vni; i++) {
		conf->vni[i].remote = reader->remote;
		memcpy(conf->vni[i].options, reader->options,
		       sizeof(reader->options));
	}
	reader->first_vni = conf->n_vni;
	memset(&reader->remote, 0, sizeof(reader->remote));
	*reader->options = '\0';
	return true;
}

/* What a rule needs: its place, for the file is not the order. */
static bool end_rule(struct reader *reader)
{
	struct conf_rule *rule = &reader->conf->rule[reader->conf->n_rule - 1];

	if (!reader->words.rule.pref)
		return wrong(reader, reader->start, "rule has no Pref");
	if (!rule_complete(&reader->words))
		return wrong(reader, reader->start, "rule has no Action");
	rule->rule = reader->words.rule;
	return true;
}

/* What a section needs. To be called when it ends. */
static bool end_section(struct reader *reader)
{
	if (reader->section == SECTION_VNI)
		return end_vnis(reader);
	if (reader->section == SECTION_RULE)
		return end_rule(reader);
	if (reader->section == SECTION_OPTIONS && !*last_set(reader)->name)
		return wrong(reader, reader->start,
			     "set of options has no Name");
	if (reader->section != SECTION_PEER)
		return true;
	if (!(reader->seen & (1U << KEY_ID | 1U << KEY_NAME)))
		return wrong(reader, reader->start,
			     "peer has neither Name nor Id");
	if (!(reader->seen & 1U << KEY_REMOTE))
		return wrong(reader, reader->start, "peer has no Remote");
	return true;
}

static bool read_section(struct reader *reader, const char *text)
{
	if (!end_section(reader))
		return false;
	reader->seen = 0;
	reader->start = reader->line;
	if (!strcasecmp(text, "[Peer]")) {
		reader->section = SECTION_PEER;
		conf_add_peer(reader->conf, reader->line);
		return true;
	}
	if (!strcasecmp(text, "[Options]")) {
		reader->section = SECTION_OPTIONS;
		conf_add_set(reader->conf, reader->line);
		return true;
	}
	if (!strcasecmp(text, "[Vni]")) {
		reader->section = SECTION_VNI;
		return true;
	}
	if (!strcasecmp(text, "[Rule]")) {
		reader->section = SECTION_RULE;
		memset(&reader->words, 0, sizeof(reader->words));
		conf_add_rule(reader->conf, reader->line);
		return true;
	}
	if (strcasecmp(text, "[Device]"))
		return wrong(reader, reader->line,
			     "\"%s\" is no section: expected [Device], [Options], [Peer], [Vni] or [Rule]",
			     text);
	if (reader->conf->has_device)
		return wrong(reader, reader->line, "[Device] is there twice");
	reader->section = SECTION_DEVICE;
	reader->conf->has_device = true;
	reader->conf->own.line = reader->line;
	return true;
}

static bool read_line(struct reader *reader, char *text, size_t len)
{
	char *comment;

	if (strlen(text) != len)
		return wrong(reader, reader->line, "no text: a byte is 0");
	comment = strchr(text, '#');
	if (comment)
		*comment = '\0';
	text = trim(text);
	if (!*text)
		return true;
	return *text == '[' ? read_section(reader, text) :
			      read_key(reader, text);
}

static int compare_claims(const void *a, const void *b)
{
	const struct claim *first = a, *second = b;
	int order = addr_compare(&first->addr, &second->addr);

	if (order)
		return order;
	return first->line < second->line ? -1 : first->line > second->line;
}

/* Two peers with one prefix: it would be with the one that comes last. */
static bool check_claims(struct reader *reader)
{
	struct claim *claim = reader->claim;
	char text[ADDR_TEXT];
	size_t i;

	if (reader->n)
		qsort(claim, reader->n, sizeof(*claim), compare_claims);
	for (i = 1; i < reader->n; i++)
		if (claim[i].peer != claim[i - 1].peer &&
		    !addr_compare(&claim[i].addr, &claim[i - 1].addr))
			return wrong(reader, claim[i].line,
				     "Allowed \"%s\": another peer has it in line %u",
				     addr_format_prefix(&claim[i].addr, text),
				     claim[i - 1].line);
	return true;
}

static int compare_vnis(const void *a, const void *b)
{
	const struct conf_vni *first = a, *second = b;

	return (first->range.first > second->range.first) -
	       (first->range.first < second->range.first);
}

static bool check_vnis(struct reader *reader)
{
	struct conf *conf = reader->conf;
	struct conf_vni *vni = conf->vni;
	size_t i;

	if (conf->n_vni)
		qsort(vni, conf->n_vni, sizeof(*vni), compare_vnis);
	for (i = 1; i < conf->n_vni; i++)
		if (vni[i].range.first <= vni[i - 1].range.last)
			return wrong(reader, vni[i].line,
				     "VNI %u is there twice, see line %u",
				     vni[i].range.first, vni[i - 1].line);
	return true;
}

static int compare_rules(const void *a, const void *b)
{
	const struct conf_rule *first = a, *second = b;

	if (first->rule.pref != second->rule.pref)
		return first->rule.pref < second->rule.pref ? -1 : 1;
	return first->line < second->line ? -1 : first->line > second->line;
}

static bool check_rules(struct reader *reader)
{
	struct conf *conf = reader->conf;
	struct conf_rule *rule = conf->rule;
	size_t i;

	if (conf->n_rule)
		qsort(rule, conf->n_rule, sizeof(*rule), compare_rules);
	for (i = 1; i < conf->n_rule; i++)
		if (rule[i].rule.pref == rule[i - 1].rule.pref)
			return wrong(reader, rule[i].line,
				     "the rule in line %u has this Pref too",
				     rule[i - 1].line);
	return true;
}

/* Sorting has no argument for what is sorted by: pointers to peers it is. */
static int compare_names(const void *a, const void *b)
{
	const struct peer *const *first = a, *const *second = b;
	int order = strcmp((*first)->name, (*second)->name);

	return order ? order : (*first > *second) - (*first < *second);
}

static int compare_ids(const void *a, const void *b)
{
	const struct peer *const *first = a, *const *second = b;

	if ((*first)->id != (*second)->id)
		return (*first)->id < (*second)->id ? -1 : 1;
	return (*first > *second) - (*first < *second);
}

static bool check_identity(struct reader *reader, const struct peer **sorted,
			   size_t n, bool ids)
{
	const struct conf *conf = reader->conf;
	const struct peer *a, *b;
	size_t i;

	if (n)
		qsort(sorted, n, sizeof(*sorted),
		      ids ? compare_ids : compare_names);
	for (i = 1; i < n; i++) {
		a = sorted[i - 1];
		b = sorted[i];
		if (ids ? a->id == b->id : !strcmp(a->name, b->name))
			return wrong(reader, conf->line[b - conf->peer],
				     "the peer in line %u has this %s too",
				     conf->line[a - conf->peer],
				     ids ? "Id" : "Name");
	}
	return true;
}

static bool check_identities(struct reader *reader)
{
	const struct conf *conf = reader->conf;
	const struct peer **sorted = NULL;
	size_t i, n = 0, room = 0;
	bool good;

	for (i = 0; i < conf->n; i++) {
		sorted = parse_grow(sorted, n, &room, sizeof(*sorted));
		if (*conf->peer[i].name)
			sorted[n++] = &conf->peer[i];
	}
	good = check_identity(reader, sorted, n, false);
	for (i = 0, n = 0; i < conf->n; i++)
		if (conf->peer[i].has_id)
			sorted[n++] = &conf->peer[i];
	good = good && check_identity(reader, sorted, n, true);
	free(sorted);
	return good;
}

bool conf_read(FILE *file, const char *name, struct conf *conf, char *error,
	       size_t size)
{
	struct reader reader = {
		.name = name, .conf = conf, .error = error, .size = size,
	};
	char *text = NULL;
	bool good = true;
	size_t room = 0, i;
	ssize_t len;

	memset(conf, 0, sizeof(*conf));
	while (good && (len = getline(&text, &room, file)) >= 0) {
		reader.line++;
		good = read_line(&reader, text, len);
	}
	if (good && ferror(file))
		good = wrong(&reader, reader.line + 1, "cannot be read");
	good = good && end_section(&reader) && check_claims(&reader) &&
	       check_identities(&reader) && check_vnis(&reader) &&
	       check_rules(&reader);
	for (i = 0; good && i < conf->n; i++)
		peer_sort(&conf->peer[i]);
	free(text);
	free(reader.claim);
	if (!good)
		conf_free(conf);
	return good;
}
