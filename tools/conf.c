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

void conf_add_option(struct conf *conf, const struct option *option)
{
	conf->option = parse_grow(conf->option, conf->n_option,
				  &conf->option_room, sizeof(*conf->option));
	conf->option[conf->n_option++] = *option;
}

void conf_free(struct conf *conf)
{
	while (conf->n)
		peer_free(&conf->peer[--conf->n]);
	free(conf->peer);
	free(conf->line);
	free(conf->option);
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
		if (peer->has & 1U << i)
			fprintf(file, "%s = %s\n", peer_fields[i].key,
				peer_format_field(i, peer, text));
	write_list(file, "Allowed", &peer->allowed);
	write_list(file, "MAC", &peer->mac);
}

void conf_write(FILE *file, const struct conf *conf)
{
	char text[OPTION_TEXT];
	size_t i;

	if (conf->has_device)
		fprintf(file, "[Device]\n");
	for (i = 0; i < conf->n_option; i++)
		fprintf(file, "Option = %s\n",
			format_option(&conf->option[i], text));
	for (i = 0; i < conf->n; i++)
		write_peer(file, &conf->peer[i]);
}
