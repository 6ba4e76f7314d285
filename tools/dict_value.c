// SPDX-License-Identifier: GPL-2.0
/*
 * Options by their names: "ovn.ports=ingress:5,egress:32769", or only the value
 * where there is one field, "aws.vpce=0x1122334455667788".
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "dict.h"

/* What a layout has that names none */
static struct dict_field whole = { .name = "data", .kind = DICT_HEX };

static size_t n_fields(const struct dict_layout *layout)
{
	return layout->n ? layout->n : 1;
}

static const struct dict_field *field_at(const struct dict_layout *layout,
					 size_t i)
{
	return layout->n ? &layout->field[i] : &whole;
}

/* Bits of @field in an option of @len bytes */
static unsigned int width_of(const struct dict_field *field, size_t len)
{
	return field->width ? field->width : 8 * len - field->offset;
}

static unsigned int get_bit(const unsigned char *data, unsigned int at)
{
	return data[at / 8] >> (7 - at % 8) & 1;
}

static void put_bit(unsigned char *data, unsigned int at, unsigned int bit)
{
	data[at / 8] &= ~(0x80 >> at % 8);
	data[at / 8] |= bit << (7 - at % 8);
}

/* @n bits, up to 64, the first of them the highest */
static unsigned long long get_bits(const unsigned char *data, unsigned int at,
				   unsigned int n)
{
	unsigned long long value = 0;

	while (n--)
		value = value << 1 | get_bit(data, at++);
	return value;
}

static void put_bits(unsigned char *data, unsigned int at, unsigned int n,
		     unsigned long long value)
{
	while (n--)
		put_bit(data, at++, value >> n & 1);
}

static const char *because(const char *fmt, ...)
{
	static char why[512];
	char text[sizeof(why)] = "";
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return memcpy(why, text, sizeof(why));
}

static const char *parse_uint(const struct dict_field *field, const char *text,
			      struct option *option)
{
	unsigned long long max = ULLONG_MAX >> (64 - field->width), value = 0;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
		   isxdigit((unsigned char)text[2]);
	char *end = NULL;

	errno = 0;
	if (isdigit((unsigned char)*text))
		value = strtoull(text, &end, hex ? 16 : 10);
	if (!end || *end || errno || value > max)
		return because("%s: expected a number from 0 to %llu",
			       field->name, max);
	put_bits(option->data, field->offset, field->width, value);
	return NULL;
}

/* The digits behind 0x, how many they are; none for anything else */
static const char *hex_digits(const char *text, size_t *n)
{
	*n = 0;
	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
		return text;
	text += 2;
	*n = strlen(text);
	if (strspn(text, "0123456789abcdefABCDEF") != *n)
		*n = 0;
	return text;
}

static void put_digits(unsigned char *data, unsigned int at, const char *digits)
{
	for (; *digits; digits++, at += 4)
		put_bits(data, at, 4, parse_hex_digit(*digits));
}

/* All digits of a field, so that one that was forgotten is missed */
static const char *parse_hex(const struct dict_field *field, const char *text,
			     struct option *option)
{
	unsigned int odd = field->width % 4;
	size_t n, want = (field->width + 3) / 4;

	text = hex_digits(text, &n);
	if (n != want || (odd && parse_hex_digit(*text) >> odd))
		return because("%s: expected 0x and %zu hex digits, %u bits",
			       field->name, want, field->width);
	if (odd)	/* the first digit has fewer bits */
		put_bits(option->data, field->offset, odd,
			 parse_hex_digit(*text++));
	put_digits(option->data, field->offset + odd, text);
	return NULL;
}

/* As many bytes as there are, or nothing for none */
static const char *parse_rest(const struct dict_field *field, const char *text,
			      struct option *option)
{
	bool none = !*text;
	size_t n;

	text = hex_digits(text, &n);
	if ((!n && !none) || n % 2)
		return because("%s: expected 0x and bytes of two hex digits",
			       field->name);
	option->len = field->offset / 8 + n / 2;
	if (option->len > sizeof(option->data))
		return because("%s: an option has at most %zu bytes",
			       field->name, sizeof(option->data));
	put_digits(option->data, field->offset, text);
	return NULL;
}

static const char *parse_field(const struct dict_field *field, const char *text,
			       struct option *option)
{
	unsigned char *data = option->data + field->offset / 8;
	struct addr mac;

	switch (field->kind) {
	case DICT_HEX:
		return field->width ? parse_hex(field, text, option) :
				      parse_rest(field, text, option);
	case DICT_IPV4:
		return inet_pton(AF_INET, text, data) == 1 ? NULL :
		       because("%s: expected an IPv4 address", field->name);
	case DICT_IPV6:
		return inet_pton(AF_INET6, text, data) == 1 ? NULL :
		       because("%s: expected an IPv6 address", field->name);
	case DICT_MAC:
		if (addr_parse_mac(text, &mac))
			return because("%s: expected a MAC address",
				       field->name);
		memcpy(data, mac.byte, mac.size);
		return NULL;
	default:
		return parse_uint(field, text, option);
	}
}

/* The field that @text names, and how long "NAME:" is; n_fields() for none */
static size_t find_field(const struct dict_layout *layout, const char *text,
			 size_t *len)
{
	const char *colon = strchr(text, ':');
	size_t i, n = n_fields(layout);

	*len = colon ? colon - text + 1 : 0;
	for (i = 0; *len && i < n; i++)
		if (strlen(field_at(layout, i)->name) == *len - 1 &&
		    !strncmp(field_at(layout, i)->name, text, *len - 1))
			return i;
	return n;
}

/* "NAME:VALUE,..." in @text, which is changed */
static const char *parse_fields(const struct dict_layout *layout, char *text,
				struct option *option)
{
	bool seen[DICT_MAX_FIELDS] = { };
	size_t n = n_fields(layout), len, i;
	const char *why;
	char *item;

	while ((item = strsep(&text, ","))) {
		i = find_field(layout, item, &len);
		if (i == n)
			return because("expected %s:VALUE%s, there is no \"%s\"",
				       field_at(layout, 0)->name,
				       n > 1 ? ",..." : "", item);
		if (seen[i])
			return because("%s is there twice",
				       field_at(layout, i)->name);
		seen[i] = true;
		why = parse_field(field_at(layout, i), item + len, option);
		if (why)
			return why;
	}
	for (i = 0; i < n; i++)
		if (!seen[i])
			return because("%s is missing",
				       field_at(layout, i)->name);
	return NULL;
}

static const char *parse_layout(const struct dict_layout *layout,
				const char *text, struct option *option)
{
	size_t len, n = n_fields(layout);
	char copy[DICT_TEXT];
	const char *why;

	memset(option->data, 0, sizeof(option->data));
	option->len = layout->min;
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return "too long";
	if (n == 1 && find_field(layout, text, &len) == n)
		why = parse_field(field_at(layout, 0), text, option);
	else
		why = parse_fields(layout, copy, option);
	if (why)
		return why;
	if (option->len % 4 || option->len < layout->min ||
	    option->len > layout->max)
		return because("has %zu bytes, expected %u to %u, a multiple of 4",
			       option->len, layout->min, layout->max);
	return NULL;
}

static const char *parse_value(const struct dict_option *known,
			       const char *text, struct option *option)
{
	const char *why;
	size_t i, size;
	char all[400];

	if (parse_source(text, option, &why)) {
		size = option_source_wide(option->source) ? 8 : 4;
		if (!why && !dict_layout(known, size))
			why = because("%s never has the %zu bytes of %s",
				      known->name, size,
				      option_source_name(option->source));
		return why;
	}
	if (known->n == 1)
		return parse_layout(known->layout, text, option);
	for (i = 0, *all = '\0'; i < known->n; i++) {
		why = parse_layout(&known->layout[i], text, option);
		if (!why)
			return NULL;
		size = strlen(all);
		snprintf(all + size, sizeof(all) - size, "%s%u bytes: %s",
			 i ? "; " : "", known->layout[i].min, why);
	}
	return because("%s", all);
}

const char *dict_parse(const struct dict *dict, const char *text, bool has_data,
		       struct option *option)
{
	size_t len = strcspn(text, "=");
	const struct dict_option *known = dict_find_name(dict, text, len);

	if (!known && !strchr(text, '.'))
		return has_data ? "expected CLASS:TYPE:VALUE or NAME=VALUE" :
				  "expected CLASS:TYPE or NAME";
	if (!known)
		return "no option has this name, see \"ovltun options dictionary\"";
	option->class = known->class;
	option->type = known->type;
	if (!has_data)
		return text[len] ? "expected a name without a value" : NULL;
	if (!text[len])
		return "expected NAME=VALUE";
	return parse_value(known, text + len + 1, option);
}

unsigned long long dict_field_uint(const struct dict_field *field,
				   const struct option *option)
{
	return get_bits(option->data, field->offset, field->width);
}

static char *format_hex(const struct dict_field *field,
			const struct option *option, char *text)
{
	unsigned int width = width_of(field, option->len), n = width % 4;
	unsigned int at = field->offset;
	char *out = text;

	*out = '\0';
	if (!width)
		return text;
	out += sprintf(out, "0x");
	if (n)
		out += sprintf(out, "%llx", get_bits(option->data, at, n));
	for (at += n; at < field->offset + width; at += 4)
		out += sprintf(out, "%llx", get_bits(option->data, at, 4));
	return text;
}

const char *dict_format_field(const struct dict_field *field,
			      const struct option *option, char *text)
{
	const unsigned char *data = option->data + field->offset / 8;

	switch (field->kind) {
	case DICT_HEX:
		return format_hex(field, option, text);
	case DICT_IPV4:
		return inet_ntop(AF_INET, data, text, DICT_FIELD_TEXT);
	case DICT_IPV6:
		return inet_ntop(AF_INET6, data, text, DICT_FIELD_TEXT);
	case DICT_MAC:
		sprintf(text, "%02x:%02x:%02x:%02x:%02x:%02x", data[0], data[1],
			data[2], data[3], data[4], data[5]);
		return text;
	default:
		sprintf(text, "%llu", dict_field_uint(field, option));
		return text;
	}
}

/* Has a bit of no field a meaning? */
static bool has_more(const struct dict_layout *layout,
		     const struct option *option)
{
	struct option rest = *option;
	const struct dict_field *field;
	unsigned int at;
	size_t i;

	for (i = 0; i < n_fields(layout); i++) {
		field = field_at(layout, i);
		for (at = 0; at < width_of(field, option->len); at++)
			put_bit(rest.data, field->offset + at, 0);
	}
	for (i = 0; i < option->len; i++)
		if (rest.data[i])
			return true;
	return false;
}

/* Would @text be read as a value of a layout before @layout? */
static bool is_other(const struct dict_option *known,
		     const struct dict_layout *layout, const char *text)
{
	const struct dict_layout *other;
	struct option option;

	for (other = known->layout; other < layout; other++)
		if (!parse_layout(other, text, &option))
			return true;
	return false;
}

bool dict_format(const struct dict *dict, const struct option *option,
		 char *text)
{
	const struct dict_option *known = dict_find(dict, option->class,
						    option->type);
	const struct dict_layout *layout;
	const struct dict_field *field;
	char value[DICT_FIELD_TEXT], *values;
	size_t i, size = option->len;
	struct option again;

	if (!known)
		return false;
	if (option->source)
		size = option_source_wide(option->source) ? 8 : 4;
	layout = dict_layout(known, size);
	if (!layout || (!option->source && has_more(layout, option)))
		return false;
	text += sprintf(text, "%s=", known->name);
	values = text;
	if (option->source) {
		format_value(option, text);
		return true;
	}
	for (i = 0; i < n_fields(layout); i++) {
		field = field_at(layout, i);
		if (n_fields(layout) > 1)
			text += sprintf(text, "%s%s:", i ? "," : "",
					field->name);
		text += sprintf(text, "%s",
				dict_format_field(field, option, value));
	}
	/* A field's name may be what a value begins with. */
	return !is_other(known, layout, values) &&
	       !parse_layout(layout, values, &again);
}
