/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What people write, on the command line and in configuration files: numbers
 * and Geneve options. Here and in addr.h a parser returns why the text is
 * wrong, NULL when it is right.
 */
#ifndef OVLTUN_PARSE_H
#define OVLTUN_PARSE_H

#include <linux/ovl_tun.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct option - one Geneve option
 * @class: who defines the type
 * @type: 0x80 set: the receiver must know it
 * @force: a class below 0x0100 is meant
 * @source: enum ovl_tun_opt_source that the value comes from, or 0
 * @mask: of a source of 4 bytes, bits to take
 * @shift: how far to the right to shift them then
 * @len: bytes of data
 * @data: value without a source
 */
struct option {
	__u32 class, type;
	bool force;
	unsigned int source;
	__u32 mask, shift;
	size_t len;
	unsigned char data[OVL_TUN_MAX_OPT_DATA];
};

#define OPTION_CLASS_MIN	0x0100	/* lower ones need @force */

/* @array with room for one more than @n of @size bytes; ends without memory */
void *parse_grow(void *array, size_t n, size_t *room, size_t size);

unsigned int parse_hex_digit(char digit);

/* A number up to @max that ends at @stop; where it ended, or NULL */
const char *parse_until(const char *text, char stop, __u32 max, __u32 *value);

/* Decimal, or hexadecimal after 0x; a leading 0 means nothing. */
const char *parse_u32(const char *text, __u32 min, __u32 max, __u32 *value);

/* A word that a file or a line of output could not take for something else */
const char *parse_set_name(const char *text);

/**
 * struct vni_range - VNIs one after the other
 * @first: the lowest
 * @last: the highest
 */
struct vni_range {
	__u32 first, last;
};

/* "10", or "10-20" */
const char *parse_vni_range(const char *text, struct vni_range *range);

/*
 * CLASS:TYPE:VALUE, or CLASS:TYPE without @has_data; or as the dictionary has
 * it, NAME=VALUE or NAME, see dict.h
 */
const char *parse_option(const char *text, bool has_data, struct option *option);

/* SOURCE[/MASK][>>SHIFT]; false if it is no source, else @why is set */
bool parse_source(const char *text, struct option *option, const char **why);

/* What a source is called, NULL for one that isn't known; how long it is */
const char *option_source_name(unsigned int source);
bool option_source_wide(unsigned int source);

/* By numbers, so that any node reads it. Room for any option so: */
#define OPTION_TEXT (16 + 2 * OVL_TUN_MAX_OPT_DATA)

const char *format_option(const struct option *option, char *text);

/* What stands behind CLASS:TYPE: */
const char *format_value(const struct option *option, char *text);

#endif /* OVLTUN_PARSE_H */
