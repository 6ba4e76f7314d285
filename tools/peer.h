/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A peer: another node, as people describe it and as the kernel does.
 *   peer_field.c  its settings: names, values as text
 *   peer_nl.c     to and from netlink messages
 *   peer_words.c  from the words of a command
 *   peer_print.c  output
 *   peer.c        the commands
 *   conf.c        configuration files
 */
#ifndef OVLTUN_PEER_H
#define OVLTUN_PEER_H

#include <linux/ovl_tun.h>
#include <linux/types.h>
#include <stdbool.h>

#include "addr.h"

/*
 * What a peer may have of its own: the bits of enum ovl_tun_peer_field. Two of
 * those are a name and a set, which are no numbers: they have no word below.
 */
enum peer_index {
	PEER_PORT,
	PEER_ENCAP,
	PEER_VNI,
	PEER_RX_VNI,
	PEER_LOCAL,
	PEER_TTL,
	PEER_TOS,
	PEER_DF,
	PEER_LABEL,
	PEER_UDP_CSUM,
	PEER_UDP_ZERO_CSUM6_TX,
	PEER_MTU,
	PEER_NOOPTIONS = 14,
	PEER_N_FIELDS,
};

#define PEER_TTL_INHERIT	256	/* value of PEER_TTL */
#define PEER_TOS_INHERIT	1	/* value of PEER_TOS, on the wire too */

/**
 * struct peer - a peer
 * @id: number on its device
 * @has_id: @id is known; one with a name gets it from the kernel
 * @implicit: made by the link's remote or a forwarding entry
 * @name: empty where it has none
 * @remote: address; size 0 when it isn't known
 * @has: its own settings, a bit each
 * @value: of those, but PEER_LOCAL
 * @local: PEER_LOCAL
 * @options: name of the option set, with OVL_TUN_PEER_FIELD_OPTIONS in @has
 * @allowed: inner prefixes, sorted when complete
 * @mac: inner MAC addresses, sorted behind the first one when complete; that is
 *	the one of a layer 3 peer
 */
struct peer {
	__u32 id;
	bool has_id, implicit;
	char name[OVL_TUN_MAX_PEER_NAME + 1];
	struct addr remote;
	__u32 has;
	__u32 value[PEER_N_FIELDS];
	struct addr local;
	char options[OVL_TUN_MAX_SET_NAME + 1];
	struct addr_list allowed, mac;
};

/**
 * enum peer_kind - what the values of a setting look like
 * @PEER_KIND_NUMBER: decimal
 * @PEER_KIND_HEX: hexadecimal when printed
 * @PEER_KIND_NAME: one of a list of names
 * @PEER_KIND_SWITCH: on and off; on the command line the word, "no" before it
 * @PEER_KIND_ADDR: outer address
 * @PEER_KIND_TTL: number, "auto" or "inherit"
 * @PEER_KIND_TOS: number, hexadecimal as in ip(8), or "inherit"
 */
enum peer_kind {
	PEER_KIND_NUMBER,
	PEER_KIND_HEX,
	PEER_KIND_NAME,
	PEER_KIND_SWITCH,
	PEER_KIND_ADDR,
	PEER_KIND_TTL,
	PEER_KIND_TOS,
};

/**
 * struct peer_field - a setting
 * @kind: what its values look like
 * @word: in commands
 * @alias: another word, or NULL
 * @key: in configuration files
 * @json: in JSON
 * @attr: netlink attribute
 * @wire: bits of its value there
 * @big_endian: byte order there
 * @min: smallest number
 * @max: largest number
 * @names: of a PEER_KIND_NAME
 */
struct peer_field {
	enum peer_kind kind;
	const char *word, *alias, *key, *json;
	int attr, wire;
	bool big_endian;
	__u32 min, max;
	const char *const *names;
};

extern const struct peer_field peer_fields[PEER_N_FIELDS];

/* These return why @text is wrong, NULL when it was put into @peer. */
const char *peer_parse_field(int field, const char *text, struct peer *peer);
const char *peer_parse_name(const char *text, struct peer *peer);
const char *peer_parse_options(const char *text, struct peer *peer);
const char *peer_parse_id(const char *text, struct peer *peer);

/* Room for the value of any setting as text */
#define PEER_TEXT ADDR_TEXT

const char *peer_format_field(int field, const struct peer *peer, char *text);

/* Sort what the order of says nothing. */
void peer_sort(struct peer *peer);
/* The same settings and lists, sorted ones; ids aren't looked at. */
bool peer_equal(const struct peer *a, const struct peer *b);
void peer_free(struct peer *peer);

#endif /* OVLTUN_PEER_H */
