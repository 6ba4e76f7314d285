// SPDX-License-Identifier: GPL-2.0
/*
 * A file of the dictionary. JSON of the wrong form is reported by its line, what
 * is wrong in it by where it is: json-c doesn't keep lines.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dict.h"

#define MAX_BITS (8 * OVL_TUN_MAX_OPT_DATA)

/**
 * struct reader - a file while it is read
 * @name: of the file
 * @at: the member that is read now: "options[2].fields[0]", empty at the top
 * @error: what is wrong
 * @size: bytes that fit there
 * @vendor: the first half of all names in the file
 * @class: of all options in the file
 */
struct reader {
	const char *name;
	char at[96];
	char *error;
	size_t size;
	const char *vendor;
	__u32 class;
};

static bool wrong(struct reader *reader, const char *fmt, ...)
{
	va_list args;
	size_t used;

	used = snprintf(reader->error, reader->size, "%s: %s%s", reader->name,
			reader->at, *reader->at ? ": " : "");
	va_start(args, fmt);
	if (used < reader->size)
		vsnprintf(reader->error + used, reader->size - used, fmt, args);
	va_end(args);
	return false;
}

/* Go to member @i of an array; where to come back to */
static size_t enter(struct reader *reader, const char *array, size_t i)
{
	size_t here = strlen(reader->at);

	snprintf(reader->at + here, sizeof(reader->at) - here, "%s%s[%zu]",
		 here ? "." : "", array, i);
	return here;
}

static void leave(struct reader *reader, size_t back)
{
	reader->at[back] = '\0';
}

/* An object that has no other keys than those in @keys */
static bool check_object(struct reader *reader, json_object *object,
			 const char *const *keys)
{
	const char *const *known;

	if (!json_object_is_type(object, json_type_object))
		return wrong(reader, "expected an object");
	json_object_object_foreach(object, key, value) {
		(void)value;
		for (known = keys; *known && strcmp(*known, key); known++)
			;
		if (!*known)
			return wrong(reader, "unknown key \"%s\"", key);
	}
	return true;
}

/* Member @key, which has to be there */
static json_object *member(struct reader *reader, json_object *object,
			   const char *key)
{
	json_object *value;

	if (json_object_object_get_ex(object, key, &value) && value)
		return value;
	wrong(reader, "%s is missing", key);
	return NULL;
}

/* A number, or a string that has one, which may be hexadecimal then */
static bool read_number(struct reader *reader, json_object *value,
			const char *key, __u32 min, __u32 max, __u32 *number)
{
	const char *why = NULL;
	int64_t given;

	if (json_object_is_type(value, json_type_string)) {
		why = parse_u32(json_object_get_string(value), min, max, number);
		return why ? wrong(reader, "%s: %s", key, why) : true;
	}
	given = json_object_get_int64(value);
	if (!json_object_is_type(value, json_type_int) || given < min ||
	    given > max)
		return wrong(reader, "%s: expected a number from %u to %u", key,
			     min, max);
	*number = given;
	return true;
}

static bool read_member(struct reader *reader, json_object *object,
			const char *key, __u32 min, __u32 max, __u32 *number)
{
	json_object *value = member(reader, object, key);

	return value && read_number(reader, value, key, min, max, number);
}

/* What may stand on both sides of a dot, in a shell and in a filter */
static bool is_word(const char *text)
{
	const char *c;

	if (!islower((unsigned char)*text) || strlen(text) > DICT_MAX_WORD)
		return false;
	for (c = text; *c; c++)
		if (!islower((unsigned char)*c) &&
		    !isdigit((unsigned char)*c) && *c != '_')
			return false;
	return true;
}

static const char *read_name(struct reader *reader, json_object *object)
{
	json_object *value = member(reader, object, "name");
	const char *name = NULL;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		name = json_object_get_string(value);
	if (name && is_word(name))
		return name;
	wrong(reader,
	      "name: expected up to %d of a-z, 0-9 and _, a letter first",
	      DICT_MAX_WORD);
	return NULL;
}

/* Text for people, for one line; @text is NULL if there is none. */
static bool read_description(struct reader *reader, json_object *object,
			     const char **text)
{
	json_object *value;
	const char *c;

	*text = NULL;
	if (!json_object_object_get_ex(object, "description", &value))
		return true;
	if (!json_object_is_type(value, json_type_string))
		return wrong(reader, "description: expected a string");
	*text = json_object_get_string(value);
	for (c = *text; *c; c++)
		if (iscntrl((unsigned char)*c))
			return wrong(reader, "description: expected one line");
	return true;
}

/* The width that goes without saying, 0 if none does */
static unsigned int kind_width(enum dict_kind kind)
{
	static const unsigned int widths[DICT_N_KINDS] = {
		[DICT_PORT] = 16,
		[DICT_IPV4] = 32,
		[DICT_IPV6] = 128,
		[DICT_MAC] = 48,
	};

	return widths[kind];
}

static bool read_kind(struct reader *reader, json_object *object,
		      enum dict_kind *kind)
{
	json_object *value = member(reader, object, "kind");
	int i;

	if (!value)
		return false;
	for (i = 0; i < DICT_N_KINDS; i++)
		if (json_object_is_type(value, json_type_string) &&
		    !strcmp(json_object_get_string(value), dict_kinds[i])) {
			*kind = i;
			return true;
		}
	return wrong(reader,
		     "kind: expected hex, uint, port, ipv4, ipv6 or mac");
}

/* A number of bits, "rest", or what the kind says */
static bool read_width(struct reader *reader, json_object *object,
		       struct dict_field *field)
{
	unsigned int natural = kind_width(field->kind);
	json_object *value;
	__u32 max = MAX_BITS;

	if (!json_object_object_get_ex(object, "width", &value)) {
		field->width = natural;
		return natural ? true : wrong(reader, "width is missing");
	}
	if (json_object_is_type(value, json_type_string) &&
	    !strcmp(json_object_get_string(value), "rest")) {
		field->width = 0;
		return field->kind == DICT_HEX ? true :
		       wrong(reader, "width: only hex takes the rest");
	}
	if (field->kind == DICT_UINT)
		max = 64;
	if (!read_number(reader, value, "width", 1, max, &field->width))
		return false;
	if (natural && field->width != natural)
		return wrong(reader, "width: %s has %u bits",
			     dict_kinds[field->kind], natural);
	return true;
}

/* Is it one whose bytes are taken as they are? */
static bool has_bytes(const struct dict_field *field)
{
	if (field->kind == DICT_HEX)
		return !field->width || field->width > 64;
	return field->kind != DICT_UINT && field->kind != DICT_PORT;
}

/* Take the bits of a field, which no other one has; @used has one for each. */
static bool claim_bits(struct reader *reader, const struct dict_layout *layout,
		       const struct dict_field *field, bool *used)
{
	unsigned int end = field->offset + field->width, i;

	if (field->width && end > 8 * layout->min)
		return wrong(reader, "ends at bit %u of %u", end,
			     8 * layout->min);
	if (!field->width) {
		end = 8 * layout->max;
		if (field->offset > 8 * layout->min)
			return wrong(reader, "begins at bit %u of %u",
				     field->offset, 8 * layout->min);
	}
	for (i = field->offset; i < end; i++) {
		if (used[i])
			return wrong(reader, "another field has bit %u", i);
		used[i] = true;
	}
	return true;
}

static bool read_field(struct reader *reader, json_object *object,
		       struct dict_layout *layout, bool *used)
{
	static const char *const keys[] = {
		"name", "offset", "width", "kind", NULL
	};
	struct dict_field *field = &layout->field[layout->n];
	const char *name;
	size_t i;

	memset(field, 0, sizeof(*field));
	if (!check_object(reader, object, keys))
		return false;
	name = read_name(reader, object);
	if (!name || !read_kind(reader, object, &field->kind) ||
	    !read_member(reader, object, "offset", 0, MAX_BITS - 1,
			 &field->offset) ||
	    !read_width(reader, object, field))
		return false;
	if (has_bytes(field) && (field->offset % 8 || field->width % 8))
		return wrong(reader, "has to be whole bytes");
	for (i = 0; i < layout->n; i++)
		if (!strcmp(layout->field[i].name, name))
			return wrong(reader, "name: another field has it");
	if (!claim_bits(reader, layout, field, used))
		return false;
	field->name = strdup(name);
	layout->n++;
	return true;
}

static bool read_fields(struct reader *reader, json_object *array,
			struct dict_layout *layout)
{
	bool used[MAX_BITS] = { };
	size_t i, n, back;

	if (!json_object_is_type(array, json_type_array))
		return wrong(reader, "fields: expected an array");
	n = json_object_array_length(array);
	if (n > DICT_MAX_FIELDS)
		return wrong(reader, "fields: more than %d", DICT_MAX_FIELDS);
	layout->field = calloc(n ? n : 1, sizeof(*layout->field));
	for (i = 0; i < n; i++) {
		back = enter(reader, "fields", i);
		if (!read_field(reader, json_object_array_get_idx(array, i),
				layout, used))
			return false;
		leave(reader, back);
	}
	return true;
}

/* A number of bytes, or [ MIN, MAX ] */
static bool read_length(struct reader *reader, json_object *object,
			struct dict_layout *layout)
{
	json_object *first = member(reader, object, "length"), *last = first;

	if (!first)
		return false;
	if (json_object_is_type(first, json_type_array)) {
		if (json_object_array_length(first) != 2)
			return wrong(reader, "length: expected [ MIN, MAX ]");
		last = json_object_array_get_idx(first, 1);
		first = json_object_array_get_idx(first, 0);
	}
	if (!read_number(reader, first, "length", 0, OVL_TUN_MAX_OPT_DATA,
			 &layout->min) ||
	    !read_number(reader, last, "length", 0, OVL_TUN_MAX_OPT_DATA,
			 &layout->max))
		return false;
	if (layout->min % 4 || layout->max % 4)
		return wrong(reader, "length: expected a multiple of 4");
	if (layout->min > layout->max)
		return wrong(reader,
			     "length: a range goes from its lower end to the upper");
	return true;
}

/* One that is as long as @layout may be is as long as another. */
static bool check_lengths(struct reader *reader,
			  const struct dict_option *option)
{
	const struct dict_layout *layout = &option->layout[option->n];
	size_t i;

	for (i = 0; i < option->n; i++)
		if (option->layout[i].min <= layout->max &&
		    layout->min <= option->layout[i].max)
			return wrong(reader,
				     "length: another layout has it");
	return true;
}

static bool read_layout(struct reader *reader, json_object *object,
			struct dict_option *option)
{
	struct dict_layout *layout = &option->layout[option->n];
	json_object *fields;
	bool good;

	if (!read_length(reader, object, layout) ||
	    !check_lengths(reader, option))
		return false;
	good = !json_object_object_get_ex(object, "fields", &fields) ||
	       read_fields(reader, fields, layout);
	option->n++;	/* its fields are to be freed now */
	if (good && layout->n && layout->min != layout->max) {
		good = !layout->field[layout->n - 1].width;
		if (!good)
			wrong(reader,
			      "fields: the last one has to take the rest");
	}
	return good;
}

static bool read_layouts(struct reader *reader, json_object *array,
			 struct dict_option *option)
{
	static const char *const keys[] = { "length", "fields", NULL };
	json_object *object;
	size_t i, n, back;

	if (!json_object_is_type(array, json_type_array))
		return wrong(reader, "layouts: expected an array");
	n = json_object_array_length(array);
	if (!n)
		return wrong(reader, "layouts: at least one is needed");
	option->layout = calloc(n, sizeof(*option->layout));
	for (i = 0; i < n; i++) {
		object = json_object_array_get_idx(array, i);
		back = enter(reader, "layouts", i);
		if (!check_object(reader, object, keys) ||
		    !read_layout(reader, object, option))
			return false;
		leave(reader, back);
	}
	return true;
}

/* No other option of this file may be meant by what this one is called. */
static bool check_option(struct reader *reader, const struct dict *dict,
			 const struct dict_option *option)
{
	size_t i;

	for (i = 0; i < dict->n; i++) {
		if (!strcmp(dict->option[i].name, option->name))
			return wrong(reader, "name: another option has it");
		if (dict->option[i].type == option->type)
			return wrong(reader, "type: another option has it");
	}
	return true;
}

static bool read_option(struct reader *reader, json_object *object,
			struct dict *dict, struct dict_option *option)
{
	static const char *const keys[] = {
		"name", "type", "description", "length", "fields", "layouts",
		NULL
	};
	const char *name, *text;
	json_object *layouts;

	if (!check_object(reader, object, keys))
		return false;
	name = read_name(reader, object);
	if (!name || !read_member(reader, object, "type", 0, 255,
				  &option->type) ||
	    !read_description(reader, object, &text))
		return false;
	option->class = reader->class;
	option->text = text ? strdup(text) : NULL;
	option->file = strdup(reader->name);
	option->name = malloc(strlen(reader->vendor) + strlen(name) + 2);
	sprintf(option->name, "%s.%s", reader->vendor, name);
	if (!check_option(reader, dict, option))
		return false;
	if (!json_object_object_get_ex(object, "layouts", &layouts)) {
		option->layout = calloc(1, sizeof(*option->layout));
		return read_layout(reader, object, option);
	}
	if (json_object_object_get_ex(object, "length", NULL) ||
	    json_object_object_get_ex(object, "fields", NULL))
		return wrong(reader,
			     "length and fields stand in each of the layouts");
	return read_layouts(reader, layouts, option);
}

static bool read_file(struct reader *reader, json_object *top,
		      struct dict *dict)
{
	static const char *const keys[] = {
		"name", "class", "description", "options", NULL
	};
	struct dict_option *option;
	json_object *array;
	size_t i, n, back;
	const char *text;

	if (!check_object(reader, top, keys))
		return false;
	reader->vendor = read_name(reader, top);
	if (!reader->vendor ||
	    !read_member(reader, top, "class", 0, 0xffff, &reader->class) ||
	    !read_description(reader, top, &text))
		return false;
	array = member(reader, top, "options");
	if (!array)
		return false;
	if (!json_object_is_type(array, json_type_array))
		return wrong(reader, "options: expected an array");
	n = json_object_array_length(array);
	for (i = 0; i < n; i++) {
		dict->option = parse_grow(dict->option, dict->n, &dict->room,
					  sizeof(*dict->option));
		option = &dict->option[dict->n];
		memset(option, 0, sizeof(*option));
		back = enter(reader, "options", i);
		if (!read_option(reader, json_object_array_get_idx(array, i),
				 dict, option)) {
			dict->n++;	/* what it has is to be freed */
			return false;
		}
		dict->n++;
		leave(reader, back);
	}
	return true;
}

/* The line of byte @at, from 1 */
static unsigned int line_of(const char *text, size_t at)
{
	unsigned int line = 1;

	while (at--)
		line += *text++ == '\n';
	return line;
}

/* The object that @text spells, or NULL: it isn't one, @reader says where. */
static json_object *parse_json(struct reader *reader, const char *text,
			       size_t len)
{
	struct json_tokener *tokener = json_tokener_new_ex(16);
	const char *why = "ends in the middle";
	enum json_tokener_error err;
	json_object *top;
	size_t at = len;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT |
			       JSON_TOKENER_VALIDATE_UTF8);
	top = json_tokener_parse_ex(tokener, text, len);
	err = json_tokener_get_error(tokener);
	if (err != json_tokener_continue)
		at = json_tokener_get_parse_end(tokener);
	if (err != json_tokener_continue && err != json_tokener_success)
		why = json_tokener_error_desc(err);
	json_tokener_free(tokener);
	if (err == json_tokener_success) {
		while (at < len && isspace((unsigned char)text[at]))
			at++;
		if (at == len && top)
			return top;
		why = top ? "something behind the end" : "expected an object";
	}
	json_object_put(top);
	snprintf(reader->error, reader->size, "%s:%u: %s", reader->name,
		 line_of(text, at), why);
	return NULL;
}

bool dict_read(const char *text, size_t len, const char *name,
	       struct dict *dict, char *error, size_t size)
{
	struct reader reader = { .name = name, .error = error, .size = size };
	json_object *top = parse_json(&reader, text, len);
	bool good = top && read_file(&reader, top, dict);

	json_object_put(top);
	if (!good)
		dict_free(dict);
	return good;
}
