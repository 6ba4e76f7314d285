// SPDX-License-Identifier: GPL-2.0
/*
 * The words of ovltun peer { add | replace | set }.
 */
#include <stdint.h>
#include <string.h>

#include "parse.h"
#include "peer_words.h"

#define DEFAULT "default"	/* in place of a value: the device's again */

typedef const char *(*parse_addr_t)(const char *text, struct addr *addr);

/* Where the addresses of a list go: instead of, to, or from those that are */
struct target {
	struct addr_list *set, *add, *del;
	bool *none;
	parse_addr_t parse;
};

/* Keywords in their order; settings stand between remote and allowed. */
enum {
	WORD_NAME,
	WORD_REMOTE,
	WORD_FIELD,
	WORD_ALLOWED = WORD_FIELD + PEER_N_FIELDS,
	WORD_MAC,
	WORD_OPTIONS,
	N_WORDS,
};

enum status peer_parse_who(const char *arg, struct peer *peer)
{
	bool digits = *arg && strspn(arg, "0123456789") == strlen(arg);
	const char *why;

	if (digits) {
		/* Those of forwarding entries are above what a user may take. */
		why = parse_u32(arg, 0, UINT32_MAX, &peer->id);
		peer->has_id = !why;
	} else {
		why = peer_parse_name(arg, peer);
	}
	return why ? bad_argument(arg, why) : STATUS_OK;
}

/* Which keyword @arg is, N_WORDS for none; @off: with "no" in front */
static int find_word(const char *arg, bool *off)
{
	const struct peer_field *field;
	int i;

	*off = false;
	if (matches_word(arg, "name"))
		return WORD_NAME;
	if (matches_word(arg, "remote"))
		return WORD_REMOTE;
	for (i = 0; i < PEER_N_FIELDS; i++) {
		field = &peer_fields[i];
		if (!field->word)
			continue;
		if (matches_word(arg, field->word) ||
		    (field->alias && matches_word(arg, field->alias)))
			return WORD_FIELD + i;
		*off = field->kind == PEER_KIND_SWITCH &&
		       !strncmp(arg, "no", 2) &&
		       matches_word(arg + 2, field->word);
		if (*off)
			return WORD_FIELD + i;
	}
	if (matches_word(arg, "allowed"))
		return WORD_ALLOWED;
	if (matches_word(arg, "mac"))
		return WORD_MAC;
	return matches_word(arg, "options") ? WORD_OPTIONS : N_WORDS;
}

static enum status parse_item(char *text, const struct target *target,
			      bool merge, char *sign)
{
	struct addr_list *list = target->set;
	char given = *text == '+' || *text == '-' ? *text : '\0';
	struct addr addr;
	const char *why;

	if (given && !merge)
		return bad_argument(text, "+ and - are for \"peer set\"");
	if (*sign == ' ')
		*sign = given;
	if (!given != !*sign)
		return bad_argument(text,
				    "either all have + or -, or none has");
	if (given)
		list = *text++ == '+' ? target->add : target->del;
	why = target->parse(text, &addr);
	if (why)
		return bad_argument(text, why);
	addr_list_add(list, &addr);
	return STATUS_OK;
}

/* "A,B", "+A,-B" or "none" */
static enum status parse_list(char *text, const struct target *target,
			      bool merge)
{
	enum status status;
	char *comma, sign = ' ';

	if (!strcmp(text, "none")) {
		*target->none = merge;
		return STATUS_OK;
	}
	for (;;) {
		comma = strchr(text, ',');
		if (comma)
			*comma = '\0';
		status = parse_item(text, target, merge, &sign);
		if (comma)
			*comma = ',';
		if (status || !comma)
			return status;
		text = comma + 1;
	}
}

static enum status parse_name(char *arg, struct peer_words *words)
{
	struct peer scratch;
	const char *why;

	if (!strcmp(arg, DEFAULT)) {
		words->no_name = words->merge;
		return STATUS_OK;
	}
	why = peer_parse_name(arg, &scratch);
	words->name = arg;
	return why ? bad_argument(arg, why) : STATUS_OK;
}

static enum status parse_options(char *arg, struct peer_words *words)
{
	const char *why;

	if (!strcmp(arg, DEFAULT)) {
		if (words->merge)
			words->change.unset |= OVL_TUN_PEER_FIELD_OPTIONS;
		return STATUS_OK;
	}
	why = peer_parse_options(arg, &words->change.peer);
	return why ? bad_argument(arg, why) : STATUS_OK;
}

static enum status parse_field(int index, char *arg, struct peer_words *words)
{
	const char *why;

	if (!strcmp(arg, DEFAULT)) {
		if (words->merge)
			words->change.unset |= 1U << index;
		return STATUS_OK;
	}
	why = peer_parse_field(index, arg, &words->change.peer);
	return why ? bad_argument(arg, why) : STATUS_OK;
}

static enum status parse_value(int word, char *arg, struct peer_words *words)
{
	struct peer_change *change = &words->change;
	const struct target allowed = {
		&change->peer.allowed, &change->allowed_add,
		&change->allowed_del, &change->allowed_none,
		addr_parse_prefix,
	};
	const struct target mac = {
		&change->peer.mac, &change->mac_add,
		&change->mac_del, &change->mac_none,
		addr_parse_mac,
	};
	const char *why;

	switch (word) {
	case WORD_NAME:
		return parse_name(arg, words);
	case WORD_REMOTE:
		why = addr_parse(arg, &change->peer.remote);
		return why ? bad_argument(arg, why) : STATUS_OK;
	case WORD_ALLOWED:
		return parse_list(arg, &allowed, words->merge);
	case WORD_MAC:
		return parse_list(arg, &mac, words->merge);
	case WORD_OPTIONS:
		return parse_options(arg, words);
	default:
		return parse_field(word - WORD_FIELD, arg, words);
	}
}

static bool is_switch(int word)
{
	return word >= WORD_FIELD && word < WORD_ALLOWED &&
	       peer_fields[word - WORD_FIELD].kind == PEER_KIND_SWITCH;
}

enum status peer_parse_words(int argc, char **argv, struct peer_words *words)
{
	char on[] = "on", off[] = "off", *arg;
	enum status status = STATUS_OK;
	__u32 seen = 0;
	bool is_off;
	int word;

	for (; argc && !status; argc--, argv++) {
		word = find_word(*argv, &is_off);
		if (word == N_WORDS)
			return excess(*argv);
		if (seen & 1U << word)
			return duplicate(*argv);
		seen |= 1U << word;
		arg = is_off ? off : on;
		if (!is_switch(word) ||
		    (!is_off && argc > 1 && !strcmp(argv[1], DEFAULT))) {
			if (argc < 2)
				return incomplete();
			arg = *++argv;
			argc--;
		}
		status = parse_value(word, arg, words);
	}
	return status;
}
