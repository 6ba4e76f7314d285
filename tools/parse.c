// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
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

const char *parse_until(const char *text, char stop, __u32 max, __u32 *value)
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

/* "default" stands for no set of its own where a peer is described. */
const char *parse_set_name(const char *text)
{
	const char *c;

	if (!*text)
		return "expected a name";
	if (strlen(text) > OVL_TUN_MAX_SET_NAME)
		return "a name has at most 31 characters";
	if (!strcmp(text, "default"))
		return "default is no name";
	for (c = text; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c) ||
		    *c == '#')
			return "a name has no spaces and no '#'";
	return NULL;
}

const char *parse_vni_range(const char *text, struct vni_range *range)
{
	const __u32 max = OVL_TUN_N_VNI - 1;
	const char *dash = strchr(text, '-'), *why;
	size_t len = strcspn(text, "-");
	char first[16];

	snprintf(first, sizeof(first), "%.*s",
		 len < sizeof(first) ? (int)len : 0, text);
	why = parse_u32(first, 0, max, &range->first);
	range->last = range->first;
	if (!why && dash)
		why = parse_u32(dash + 1, 0, max, &range->last);
	if (why)
		return why;
	return range->last < range->first ?
	       "a range goes from its lower end to the upper" : NULL;
}
