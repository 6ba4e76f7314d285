/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output, as text or as JSON.
 *
 * These are the functions and constants that iproute2's `ip` offers to its
 * plugins (the same in 6.1, 6.15 and 7.3), so that link.c prints in both
 * programs: in a plugin they are those of `ip`, in ovltun those of print.c.
 */
#ifndef OVLTUN_PRINT_H
#define OVLTUN_PRINT_H

#include <stdbool.h>
#include <stddef.h>

enum output_type {
	PRINT_FP = 1,		/* only as text */
	PRINT_JSON = 2,		/* only as JSON */
	PRINT_ANY = 4,		/* as whichever the user asked for */
};

enum color_attr {
	COLOR_NONE = 6,
};

bool is_json_context(void);
void open_json_object(const char *key);
void close_json_object(void);
void open_json_array(enum output_type type, const char *text);
void close_json_array(enum output_type type, const char *text);

/* @fmt gets @value in text, @key in JSON; a NULL @key adds to an array. */
int print_color_string(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt, const char *value);
int print_color_uint(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, unsigned int value);
int print_color_int(enum output_type type, enum color_attr color,
		    const char *key, const char *fmt, int value);
int print_color_lluint(enum output_type type, enum color_attr color,
		       const char *key, const char *fmt,
		       unsigned long long value);
int print_color_bool(enum output_type type, enum color_attr color,
		     const char *key, const char *fmt, bool value);
int print_color_0xhex(enum output_type type, enum color_attr color,
		      const char *key, const char *fmt,
		      unsigned long long value);

/* The name of an interface; "if7" for one that is not in this namespace. */
const char *ll_index_to_name(unsigned int ifindex);

#define print_string(type, key, fmt, value) \
	print_color_string(type, COLOR_NONE, key, fmt, value)
#define print_uint(type, key, fmt, value) \
	print_color_uint(type, COLOR_NONE, key, fmt, value)
#define print_int(type, key, fmt, value) \
	print_color_int(type, COLOR_NONE, key, fmt, value)
#define print_lluint(type, key, fmt, value) \
	print_color_lluint(type, COLOR_NONE, key, fmt, value)
#define print_bool(type, key, fmt, value) \
	print_color_bool(type, COLOR_NONE, key, fmt, value)
#define print_0xhex(type, key, fmt, value) \
	print_color_0xhex(type, COLOR_NONE, key, fmt, value)

#endif /* OVLTUN_PRINT_H */
