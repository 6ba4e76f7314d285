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

#define N_SOURCES (OVL_TUN_OPT_SOURCE_TIME + 1)

static const char *const sources[N_SOURCES] = {
	[OVL_TUN_OPT_SOURCE_MARK] = "mark",
	[OVL_TUN_OPT_SOURCE_PRIO] = "prio",
	[OVL_TUN_OPT_SOURCE_VLAN] = "vlan",
	[OVL_TUN_OPT_SOURCE_HASH] = "hash",
	[OVL_TUN_OPT_SOURCE_VNI] = "vni",
	[OVL_TUN_OPT_SOURCE_IIF] = "iif",
	[OVL_TUN_OPT_SOURCE_CLASSID] = "classid",
	[OVL_TUN_OPT_SOURCE_PEER] = "peer",
	[OVL_TUN_OPT_SOURCE_COUNTER] = "counter",
	[OVL_TUN_OPT_SOURCE_TIME] = "time",
};

const char *option_source_name(unsigned int source)
{
	return source < N_SOURCES ? sources[source] : NULL;
}

bool option_source_wide(unsigned int source)
{
	return source == OVL_TUN_OPT_SOURCE_COUNTER ||
	       source == OVL_TUN_OPT_SOURCE_TIME;
}

/* The name that @text begins with; none of them begins another. */
static unsigned int find_source(const char *text, const char **end)
{
	unsigned int i;
	size_t len;

	for (i = 1; i < N_SOURCES; i++) {
		len = strlen(sources[i]);
		*end = text + len;
		if (!strncmp(text, sources[i], len) &&
		    (!**end || strchr("/>", **end)))
			return i;
	}
	return 0;
}

/* SOURCE[/MASK][>>SHIFT] */
static const char *parse_source(const char *text, struct option *option)
{
	const char *stop;

	option->mask = UINT32_MAX;
	option->shift = 0;
	if (*text && option_source_wide(option->source))
		return "counter and time have no mask and no shift";
	if (*text == '/') {
		stop = strchr(text, '>');
		text = parse_until(text + 1, stop ? '>' : '\0', UINT32_MAX,
				   &option->mask);
		if (!text)
			return "mask must be a number of 32 bits";
	}
	if (!*text)
		return option->mask ? NULL : "the mask leaves nothing";
	if (strncmp(text, ">>", 2) ||
	    !parse_until(text + 2, '\0', 31, &option->shift))
		return "expected >> and a number from 0 to 31";
	return option->mask >> option->shift ? NULL :
					       "mask and shift leave nothing";
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
	const char *at = strchr(text, ':'), *end;

	memset(option, 0, sizeof(*option));
	if (!at || (has_data && !strchr(at + 1, ':')))
		return has_data ? "expected CLASS:TYPE:VALUE" :
				  "expected CLASS:TYPE";
	at = parse_until(text, ':', 0xffff, &option->class);
	if (!at)
		return "class must be a number from 0 to 65535";
	at = parse_until(at + 1, has_data ? ':' : '\0', 0xff, &option->type);
	if (!at)
		return has_data ? "type must be a number from 0 to 255" :
				  "expected CLASS:TYPE, type from 0 to 255";
	if (!has_data)
		return NULL;
	option->source = find_source(at + 1, &end);
	if (option->source)
		return parse_source(end, option);
	if (!parse_hex(at + 1, option))
		return "data must be hex digits, 0 to 124 bytes, a multiple of 4, or a source";
	return NULL;
}

const char *format_value(const struct option *option, char *text)
{
	const char *name = option_source_name(option->source);
	char *at = text;
	size_t i;

	*at = '\0';
	if (option->source) {
		at += name ? sprintf(at, "%s", name) :
			     sprintf(at, "source%u", option->source);
		if (option->mask != UINT32_MAX)
			at += sprintf(at, "/0x%x", option->mask);
		if (option->shift)
			at += sprintf(at, ">>%u", option->shift);
		return text;
	}
	for (i = 0; i < option->len; i++)
		at += sprintf(at, "%02x", option->data[i]);
	return text;
}

const char *format_option(const struct option *option, char *text)
{
	format_value(option, text + sprintf(text, "0x%04x:0x%02x:",
					    option->class, option->type));
	return text;
}
