// SPDX-License-Identifier: GPL-2.0
/*
 * Output of ovltun: text goes out as it comes, JSON when its outermost object
 * is closed. Where the outermost is an array its members go out one by one, it
 * may be far larger than all else that is kept.
 */
#define _GNU_SOURCE
#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ifname.h"
#include "ovltun.h"
#include "print.h"

#define MAX_DEPTH 8

/* What is open now, the outermost first. */
static json_object *stack[MAX_DEPTH];
static int depth;
static bool first;	/* no member of the outermost array is out yet */

static void die_no_memory(void)
{
	fprintf(stderr, "ovltun: out of memory\n");
	exit(STATUS_KERNEL);
}

/* Write @value, and forget it. */
static void emit(json_object *value)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;

	if (opts.pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	else
		flags |= JSON_C_TO_STRING_PLAIN;
	fputs(json_object_to_json_string_ext(value, flags), stdout);
	json_object_put(value);
}

/* Is the innermost that is open the outermost array? */
static bool in_outer_array(void)
{
	return depth == 1 && json_object_is_type(stack[0], json_type_array);
}

static void emit_member(json_object *value)
{
	if (!first)
		putchar(',');
	first = false;
	emit(value);
}

/* Put @value into the innermost that is open. */
static void put(const char *key, json_object *value)
{
	int err;

	if (!value)
		die_no_memory();
	if (in_outer_array()) {
		emit_member(value);
		return;
	}
	if (!depth)
		return;
	if (key)
		err = json_object_object_add(stack[depth - 1], key, value);
	else
		err = json_object_array_add(stack[depth - 1], value);
	if (err)
		die_no_memory();
}

static void open_container(const char *key, json_object *value)
{
	if (!value)
		die_no_memory();
	if (!in_outer_array())
		put(key, value);
	if (depth == MAX_DEPTH)
		abort();
	stack[depth++] = value;
	if (!in_outer_array())
		return;
	putchar('[');
	first = true;
}

static void close_container(void)
{
	bool array = in_outer_array();

	depth--;
	if (in_outer_array())
		emit_member(stack[1]);
	if (depth)
		return;
	if (array)
		json_object_put(stack[0]);
	else
		emit(stack[0]);
	puts(array ? "]" : "");
}

bool is_json_context(void)
{
	return opts.json;
}

void open_json_object(const char *key)
{
	if (opts.json)
		open_container(key, json_object_new_object());
}

void close_json_object(void)
{
	if (opts.json)
		close_container();
}

void open_json_array(enum output_type type, const char *text)
{
	if (!opts.json) {
		if (type != PRINT_JSON)
			fputs(text, stdout);
		return;
	}
	if (type != PRINT_FP)
		open_container(depth ? text : NULL, json_object_new_array());
}

void close_json_array(enum output_type type, const char *text)
{
	if (!opts.json) {
		if (type != PRINT_JSON)
			fputs(text, stdout);
		return;
	}
	if (type != PRINT_FP)
		close_container();
}

static bool as_json(enum output_type type)
{
	return opts.json && type != PRINT_FP;
}

static bool as_text(enum output_type type)
{
	return !opts.json && type != PRINT_JSON;
}

/*
 * A name may be of any bytes, JSON is of characters: U+FFFD stands for each byte
 * that belongs to none.
 */
static json_object *new_string(const char *text)
{
	static const char unknown[] = "\xef\xbf\xbd";
	char *all = malloc(strlen(text) * strlen(unknown) + 1), *at = all;
	mbstate_t state = { };
	json_object *string;
	size_t len;

	if (!all)
		die_no_memory();
	setlocale(LC_CTYPE, "C.UTF-8");
	while (*text) {
		len = mbrlen(text, strlen(text), &state);
		if (len <= strlen(text)) {
			at = mempcpy(at, text, len);
			text += len;
		} else {
			at = mempcpy(at, unknown, strlen(unknown));
			text++;
			memset(&state, 0, sizeof(state));
		}
	}
	string = json_object_new_string_len(all, at - all);
	free(all);
	return string;
}

int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value)
{
	(void)color;
	if (as_json(type))
		put(key, new_string(value));
	return as_text(type) ? printf(fmt, value) : 0;
}

int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value)
{
	(void)color;
	if (as_json(type))
		put(key, json_object_new_int64(value));
	return as_text(type) ? printf(fmt, value) : 0;
}

int print_color_int(enum output_type type, enum color_attr color,
		    const char *key, const char *fmt, int value)
{
	(void)color;
	if (as_json(type))
		put(key, json_object_new_int(value));
	return as_text(type) ? printf(fmt, value) : 0;
}

int print_color_lluint(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt,
		       unsigned long long value)
{
	(void)color;
	if (as_json(type))
		put(key, json_object_new_uint64(value));
	return as_text(type) ? printf(fmt, value) : 0;
}

int print_color_bool(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, bool value)
{
	(void)color;
	if (as_json(type))
		put(key, json_object_new_boolean(value));
	return as_text(type) ? printf(fmt, value ? "true" : "false") : 0;
}

int print_color_0xhex(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt,
		      unsigned long long value)
{
	char hex[24];

	(void)color;
	if (as_json(type)) {
		snprintf(hex, sizeof(hex), "%#llx", value);
		put(key, json_object_new_string(hex));
	}
	return as_text(type) ? printf(fmt, value) : 0;
}

const char *ll_index_to_name(unsigned int ifindex)
{
	static char name[IF_NAMESIZE];

	if (!ifname_from_index(ifindex, name))
		snprintf(name, sizeof(name), "if%u", ifindex);
	return name;
}
