// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovltun.h"
#include "parse.h"

void *parse_grow(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = *room ? 2 * *room : 4;
	array = reallocarray(array, *room, size);
	if (!array) {
		fprintf(stderr, "ovltun: out of memory\n");
		exit(STATUS_KERNEL);
	}
	return array;
}

unsigned int parse_hex_digit(char digit)
{
	return isdigit((unsigned char)digit) ? digit - '0' :
					       (digit | 0x20) - 'a' + 10;
}

/* A number up to @max that ends at @stop; where it ended, or NULL */
static const char *parse_until(const char *text, char stop, __u32 max,
			       __u32 *value)
{
	unsigned long long number;
	int base = 10;
	char *end;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
	    isxdigit((unsigned char)text[2]))
		base = 16;
	else if (!isdigit((unsigned char)text[0]))
		return NULL;
	errno = 0;
	number = strtoull(text, &end, base);
	*value = number;
	return errno || number > max || *end != stop ? NULL : end;
}

const char *parse_u32(const char *text, __u32 min, __u32 max, __u32 *value)
{
	static char why[64];

	if (parse_until(text, '\0', max, value) && *value >= min)
		return NULL;
	snprintf(why, sizeof(why), "expected a number from %u to %u", min, max);
	return why;
}

static bool parse_hex(const char *text, struct option *option)
{
	for (option->len = 0; *text; text += 2) {
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    option->len == sizeof(option->data))
			return false;
		option->data[option->len++] = parse_hex_digit(text[0]) << 4 |
					      parse_hex_digit(text[1]);
	}
	return option->len % 4 == 0;
}

const char *parse_option(const char *text, bool has_data, struct option *option)
{
	const char *at = strchr(text, ':');

	if (!at || (has_data && !strchr(at + 1, ':')))
		return has_data ? "expected CLASS:TYPE:HEX" :
				  "expected CLASS:TYPE";
	at = parse_until(text, ':', 0xffff, &option->class);
	if (!at)
		return "class must be a number from 0 to 65535";
	at = parse_until(at + 1, has_data ? ':' : '\0', 0xff, &option->type);
	if (!at)
		return has_data ? "type must be a number from 0 to 255" :
				  "expected CLASS:TYPE, type from 0 to 255";
	if (has_data && !parse_hex(at + 1, option))
		return "data must be hex digits, 0 to 124 bytes, a multiple of 4";
	return NULL;
}

const char *format_option(const struct option *option, char *text)
{
	char *at = text + sprintf(text, "0x%04x:0x%02x:", option->class,
				  option->type);
	size_t i;

	for (i = 0; i < option->len; i++)
		at += sprintf(at, "%02x", option->data[i]);
	return text;
}
