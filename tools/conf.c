// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>

#include "conf.h"

struct peer *conf_add_peer(struct conf *conf, unsigned int line)
{
	struct peer *peer;

	conf->peer = parse_grow(conf->peer, conf->n, &conf->room,
				sizeof(*conf->peer));
	conf->line = parse_grow(conf->line, conf->n, &conf->line_room,
				sizeof(*conf->line));
	conf->line[conf->n] = line;
	peer = &conf->peer[conf->n++];
	memset(peer, 0, sizeof(*peer));
	return peer;
}

struct conf_set *conf_add_set(struct conf *conf, unsigned int line)
{
	struct conf_set *set;

	conf->set = parse_grow(conf->set, conf->n_set, &conf->set_room,
			       sizeof(*conf->set));
	set = &conf->set[conf->n_set++];
	memset(set, 0, sizeof(*set));
	set->line = line;
	return set;
}

struct conf_set *conf_find_set(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->n_set; i++)
		if (!strcmp(conf->set[i].name, name))
			return &conf->set[i];
	return NULL;
}

void conf_add_option(struct conf_set *set, const struct option *option)
{
	set->option = parse_grow(set->option, set->n, &set->room,
				 sizeof(*set->option));
	set->option[set->n++] = *option;
}

struct conf_vni *conf_add_vni(struct conf *conf, const struct vni_range *range,
			      unsigned int line)
{
	struct conf_vni *vni;

	conf->vni = parse_grow(conf->vni, conf->n_vni, &conf->vni_room,
			       sizeof(*conf->vni));
	vni = &conf->vni[conf->n_vni++];
	memset(vni, 0, sizeof(*vni));
	vni->range = *range;
	vni->line = line;
	return vni;
}

struct conf_rule *conf_add_rule(struct conf *conf, unsigned int line)
{
	struct conf_rule *rule;

	conf->rule = parse_grow(conf->rule, conf->n_rule, &conf->rule_room,
				sizeof(*conf->rule));
	rule = &conf->rule[conf->n_rule++];
	memset(rule, 0, sizeof(*rule));
	rule->line = line;
	return rule;
}

void conf_free(struct conf *conf)
{
	while (conf->n)
		peer_free(&conf->peer[--conf->n]);
	while (conf->n_set)
		free(conf->set[--conf->n_set].option);
	free(conf->own.option);
	free(conf->set);
	free(conf->peer);
	free(conf->line);
	free(conf->vni);
	free(conf->rule);
	memset(conf, 0, sizeof(*conf));
}

static void write_list(FILE *file, const char *key, const struct addr_list *list)
{
	char text[ADDR_TEXT];
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->item[i].size == ADDR_MAC)
			addr_format(&list->item[i], text);
		else
			addr_format_prefix(&list->item[i], text);
		if (i)
			fprintf(file, ", %s", text);
		else
			fprintf(file, "%s = %s", key, text);
	}
	if (list->n)
		putc('\n', file);
}

bool conf_same_vnis(const struct conf_vni *a, const struct conf_vni *b)
{
	return !addr_compare(&a->remote, &b->remote) &&
	       !strcmp(a->options, b->options);
}

static void write_peer(FILE *file, const struct peer *peer)
{
	char text[PEER_TEXT];
	int i;

	fprintf(file, "\n[Peer]\n");
	if (peer->has_id)
		fprintf(file, "Id = %u\n", peer->id);
	if (*peer->name)
		fprintf(file, "Name = %s\n", peer->name);
	if (peer->remote.size)
		fprintf(file, "Remote = %s\n", addr_format(&peer->remote, text));
	for (i = 0; i < PEER_N_FIELDS; i++)
		if (peer->has & 1U << i && peer_fields[i].key)
			fprintf(file, "%s = %s\n", peer_fields[i].key,
				peer_format_field(i, peer, text));
	if (*peer->options)
		fprintf(file, "Options = %s\n", peer->options);
	write_list(file, "Allowed", &peer->allowed);
	write_list(file, "MAC", &peer->mac);
}

/* Those with the same settings that follow each other are a section. */
static void write_vnis(FILE *file, const struct conf *conf)
{
	const struct conf_vni *vni, *last = NULL;
	char text[ADDR_TEXT];
	size_t i;

	for (i = 0; i < conf->n_vni; i++, last = vni) {
		vni = &conf->vni[i];
		if (last && conf_same_vnis(last, vni)) {
			fprintf(file, ", ");
		} else {
			fprintf(file, "%s\n[Vni]\n", last ? "\n" : "");
			if (vni->remote.size)
				fprintf(file, "Remote = %s\n",
					addr_format(&vni->remote, text));
			if (*vni->options)
				fprintf(file, "Options = %s\n", vni->options);
			fprintf(file, "VNI = ");
		}
		fprintf(file, "%u", vni->range.first);
		if (vni->range.last != vni->range.first)
			fprintf(file, "-%u", vni->range.last);
	}
	if (last)
		putc('\n', file);
}

static void write_options(FILE *file, const struct conf_set *set)
{
	char text[OPTION_TEXT];
	size_t i;

	for (i = 0; i < set->n; i++)
		fprintf(file, "Option = %s%s\n",
			format_option(&set->option[i], text),
			set->option[i].force ? " force" : "");
}

/* The words without the blank behind them */
static void write_words(FILE *file, const char *key, const struct rule *rule,
			int kind)
{
	char text[RULE_TEXT];
	int len = strlen(rule_format(rule, kind, text));

	if (len)
		fprintf(file, "%s = %.*s\n", key, len - 1, text);
}

static void write_rule(FILE *file, const struct rule *rule)
{
	fprintf(file, "\n[Rule]\nPref = %u\n", rule->pref);
	if (*rule->name)
		fprintf(file, "Name = %s\n", rule->name);
	write_words(file, "Match", rule, RULE_MATCH);
	write_words(file, "Action", rule, RULE_ACTION);
}

void conf_write(FILE *file, const struct conf *conf)
{
	char text[ECHO_TEXT];
	size_t i;

	if (conf->has_device)
		fprintf(file, "[Device]\n");
	write_options(file, &conf->own);
	if (conf->echo.n)
		fprintf(file, "Echo = %s\n", echo_format(&conf->echo, text));
	for (i = 0; i < conf->n_set; i++) {
		fprintf(file, "\n[Options]\nName = %s\n", conf->set[i].name);
		write_options(file, &conf->set[i]);
	}
	for (i = 0; i < conf->n; i++)
		write_peer(file, &conf->peer[i]);
	write_vnis(file, conf);
	for (i = 0; i < conf->n_rule; i++)
		write_rule(file, &conf->rule[i].rule);
}
