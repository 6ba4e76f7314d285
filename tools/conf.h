/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration files, in the form of wg(8)'s:
 *	[Device]		# its own options; without the section they stay
 *	Option = CLASS:TYPE:VALUE
 *	Echo = class CLASS limit N timeout N	# words of "ovltun echo set"
 *	[Options]		# a set for peers and VNIs
 *	Name = SET
 *	Option = CLASS:TYPE:VALUE
 *	[Peer]
 *	Name = NAME		# or Id = ID, or both
 *	Remote = ADDRESS
 *	...
 *	[Vni]			# of a device that was made with vnifilter
 *	VNI = 10-20, 30
 *	Remote = ADDRESS
 *	Options = SET
 *	[Rule]
 *	Pref = 10
 *	Match = peer NAME vni 10	# words of "ovltun rule"; may be missing
 *	Action = require CLASS:TYPE:VALUE
 * Nothing here knows of the kernel.
 */
#ifndef OVLTUN_CONF_H
#define OVLTUN_CONF_H

#include <stdio.h>

#include "echo.h"
#include "parse.h"
#include "peer.h"
#include "rule.h"

/**
 * struct conf_set - a set of options
 * @name: empty for the device's own
 * @line: where its section begins; that of [Device] for the own
 * @option: what is in it, in its order
 * @n: how many
 * @room: how many fit
 */
struct conf_set {
	char name[OVL_TUN_MAX_SET_NAME + 1];
	unsigned int line;
	struct option *option;
	size_t n, room;
};

/**
 * struct conf_vni - VNIs in the table of a device
 * @range: which
 * @remote: where their frames go by default; size 0: that is the link's to say
 * @options: name of their option set; empty for the device's own
 * @line: where they are in the file
 */
struct conf_vni {
	struct vni_range range;
	struct addr remote;
	char options[OVL_TUN_MAX_SET_NAME + 1];
	unsigned int line;
};

/**
 * struct conf_rule - a rule
 * @rule: what it says
 * @line: where its section begins
 * @gone: of a device's, it was removed or replaced
 * @away: of a device's, it was removed with its peer, which comes back
 */
struct conf_rule {
	struct rule rule;
	unsigned int line;
	bool gone, away;
};

/**
 * struct conf - what a file says
 * @has_device: there is a section [Device]
 * @own: options of the device
 * @echo: options that it sends back, none without a class
 * @set: those with a name, in their order
 * @n_set: how many
 * @set_room: how many fit
 * @peer: peers, in their order; their prefixes are sorted
 * @n: how many
 * @room: how many fit
 * @line: of each peer, where its section begins
 * @line_room: how many fit
 * @vni: ranges of VNIs, sorted; none has a part of another
 * @n_vni: how many
 * @vni_room: how many fit
 * @rule: rules, sorted by their pref
 * @n_rule: how many
 * @rule_room: how many fit
 */
struct conf {
	bool has_device;
	struct conf_set own, *set;
	struct echo echo;
	size_t n_set, set_room;
	struct peer *peer;
	size_t n, room;
	unsigned int *line;
	size_t line_room;
	struct conf_vni *vni;
	size_t n_vni, vni_room;
	struct conf_rule *rule;
	size_t n_rule, rule_room;
};

struct peer *conf_add_peer(struct conf *conf, unsigned int line);
struct conf_set *conf_add_set(struct conf *conf, unsigned int line);
struct conf_set *conf_find_set(const struct conf *conf, const char *name);
void conf_add_option(struct conf_set *set, const struct option *option);
struct conf_vni *conf_add_vni(struct conf *conf, const struct vni_range *range,
			      unsigned int line);
/* The same settings, of whatever VNIs */
bool conf_same_vnis(const struct conf_vni *a, const struct conf_vni *b);
struct conf_rule *conf_add_rule(struct conf *conf, unsigned int line);
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
