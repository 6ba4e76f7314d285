/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files, in the form of wg(8)'s:
 *	[Device]		# its options; without the section they stay
 *	Option = CLASS:TYPE:HEX
 *	[Peer]
 *	Name = NAME		# or Id = ID, or both
 *	Remote = ADDRESS
 *	...
 * Nothing here knows of the kernel.
 */
#ifndef OVLTUN_CONF_H
#define OVLTUN_CONF_H

#include <stdio.h>

#include "parse.h"
#include "peer.h"

/**
 * struct conf - what a file says
 * @has_device: there is a section [Device]
 * @option: options of the device, in their order
 * @n_option: how many
 * @option_room: how many fit
 * @peer: peers, in their order; their prefixes are sorted
 * @n: how many
 * @room: how many fit
 * @line: of each peer, where its section begins
 * @line_room: how many fit
 */
struct conf {
	bool has_device;
	struct option *option;
	size_t n_option, option_room;
	struct peer *peer;
	size_t n, room;
	unsigned int *line;
	size_t line_room;
};

struct peer *conf_add_peer(struct conf *conf, unsigned int line);
void conf_add_option(struct conf *conf, const struct option *option);
void conf_free(struct conf *conf);

/*
 * Read a file. When it is wrong this is false, and @error, of @size bytes, says
 * where and why, with @name as the name of the file.
 */
bool conf_read(FILE *file, const char *name, struct conf *conf, char *error,
	       size_t size);

/* Write what conf_read() reads as the same. */
void conf_write(FILE *file, const struct conf *conf);

#endif /* OVLTUN_CONF_H */
