/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The dictionary: what Geneve options are called and what is in them. It is
 * read from files of JSON in two folders, the one that came with the program and
 * the user's own, whose options take the place of those with the same name, or
 * with the same class and type. ovltun(8) describes the files.
 */
#ifndef OVLTUN_DICT_H
#define OVLTUN_DICT_H

#include <stdio.h>

#include "parse.h"

#define DICT_MAX_WORD	31	/* characters of a name without a dot */
#define DICT_MAX_FIELDS	64	/* of a layout */

/* How a field is written */
enum dict_kind {
	DICT_HEX,		/* 0x and all digits */
	DICT_UINT,
	DICT_PORT,
	DICT_IPV4,
	DICT_IPV6,
	DICT_MAC,
	DICT_N_KINDS
};

extern const char *const dict_kinds[DICT_N_KINDS];

/**
 * struct dict_field - some bits of an option
 * @name: "ingress"
 * @kind: how they are written
 * @offset: the first one; 0 is the highest of the first byte behind the header
 * @width: how many; 0: whole bytes up to the end of the option
 */
struct dict_field {
	char *name;
	enum dict_kind kind;
	unsigned int offset, width;
};

/**
 * struct dict_layout - what is in an option of some length
 * @min: bytes of data, at least
 * @max: at most; the same unless a field goes up to the end
 * @field: in the order in which they are written; bits of none are 0
 * @n: how many; one that has none is written as DICT_HEX
 */
struct dict_layout {
	unsigned int min, max;
	struct dict_field *field;
	size_t n;
};

/**
 * struct dict_option - an option with a name
 * @name: "ovn.ports"
 * @text: description, or NULL
 * @file: where it comes from
 * @class: on the wire
 * @type: on the wire
 * @folder: number of the folder that @file is in
 * @layout: no two of them fit an option
 * @n: how many, at least one
 */
struct dict_option {
	char *name, *text, *file;
	unsigned int class, type, folder;
	struct dict_layout *layout;
	size_t n;
};

/**
 * struct dict - a dictionary
 * @option: sorted by class and type, no two have the same, or the same name
 * @n: how many
 * @room: how many fit
 */
struct dict {
	struct dict_option *option;
	size_t n, room;
};

/*
 * The dictionary of this program, read when it is first asked for. Files that
 * are wrong are left out, with a warning.
 */
const struct dict *dict_get(void);

/* What the folders in @path have, those behind the last colon win. */
void dict_load(struct dict *dict, const char *path);

/*
 * Read a file of @len bytes, @name says which, into an empty dictionary. When it
 * is wrong this is false, and @error, of @size bytes, says where and why.
 */
bool dict_read(const char *text, size_t len, const char *name,
	       struct dict *dict, char *error, size_t size);

/*
 * Move all options of @from, none of the same name or key in itself, to @dict,
 * as those of @folder. False, with @error, if one is there from that folder
 * already; nothing moves then. Frees @from in any case.
 */
bool dict_merge(struct dict *dict, struct dict *from, unsigned int folder,
		char *error, size_t size);

void dict_free(struct dict *dict);

const struct dict_option *dict_find(const struct dict *dict, unsigned int class,
				    unsigned int type);
const struct dict_option *dict_find_name(const struct dict *dict,
					 const char *name, size_t len);

/* The one for @len bytes of data, or NULL */
const struct dict_layout *dict_layout(const struct dict_option *known,
				      size_t len);

/* "NAME=VALUE", or "NAME" without @has_data; why not, or NULL */
const char *dict_parse(const struct dict *dict, const char *text, bool has_data,
		       struct option *option);

/* Room for any option by its name, and for any field */
#define DICT_TEXT	4096
#define DICT_FIELD_TEXT	(3 + 2 * OVL_TUN_MAX_OPT_DATA)

/*
 * Write what dict_parse() reads as @option; false if there is nothing: it has
 * no name, another length, bits of no field that aren't 0, or a text that means
 * an option of another length.
 */
bool dict_format(const struct dict *dict, const struct option *option,
		 char *text);

/* The value of a field of @option, which the field's layout fits */
const char *dict_format_field(const struct dict_field *field,
			      const struct option *option, char *text);
unsigned long long dict_field_uint(const struct dict_field *field,
				   const struct option *option);

/* Both members of a JSON object: name, fields; nothing for what has no name */
void dict_print_json(const struct dict *dict, const struct option *option);

/* Print what is in it. */
void dict_print(const struct dict *dict);

/* Write the dissector for Wireshark, in Lua. */
void dict_write_lua(FILE *file, const struct dict *dict);

#endif /* OVLTUN_DICT_H */
