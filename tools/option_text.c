// SPDX-License-Identifier: GPL-2.0
/*
 * Geneve options as text, by numbers: CLASS:TYPE:VALUE. By name they are in
 * dict_value.c.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "dict.h"

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

/* What stands behind the name of a source: [/MASK][>>SHIFT] */
static const char *parse_bits(const char *text, struct option *option)
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

bool parse_source(const char *text, struct option *option, const char **why)
{
	const char *end;

	option->source = find_source(text, &end);
	*why = option->source ? parse_bits(end, option) : NULL;
	return option->source;
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
	const char *at = strchr(text, ':'), *why;

	memset(option, 0, sizeof(*option));
	if (isalpha((unsigned char)*text))
		return dict_parse(dict_get(), text, has_data, option);
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
	if (parse_source(at + 1, option, &why))
		return why;
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
