// SPDX-License-Identifier: GPL-2.0
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "parse.h"

const char *addr_parse(const char *text, struct addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, addr->byte) == 1)
		addr->size = ADDR_V4;
	else if (inet_pton(AF_INET6, text, addr->byte) == 1)
		addr->size = ADDR_V6;
	else
		return "expected an IPv4 or IPv6 address";
	addr->len = 8 * addr->size;
	return NULL;
}

/* Clear what is behind the prefix. */
static void mask(struct addr *addr)
{
	unsigned int i, bits;

	for (i = 0; i < addr->size; i++) {
		bits = 8 * i < addr->len ? addr->len - 8 * i : 0;
		if (bits < 8)
			addr->byte[i] &= 0xff00 >> bits;
	}
}

/* Without a length it is one host. */
const char *addr_parse_prefix(const char *text, struct addr *addr)
{
	const char *slash = strchr(text, '/');
	char host[INET6_ADDRSTRLEN] = "";
	__u32 len;

	if (slash && slash - text < (long)sizeof(host))
		memcpy(host, text, slash - text);
	if (addr_parse(slash ? host : text, addr))
		return "expected an IPv4 or IPv6 prefix, e.g. 10.0.0.0/24";
	if (!slash)
		return NULL;
	if (!isdigit((unsigned char)slash[1]) ||
	    parse_u32(slash + 1, 0, addr->len, &len))
		return addr->size == ADDR_V4 ?
			"length of the prefix must be 0 to 32" :
			"length of the prefix must be 0 to 128";
	addr->len = len;
	mask(addr);
	return NULL;
}

const char *addr_parse_mac(const char *text, struct addr *addr)
{
	static const char why[] = "expected a MAC address, e.g. 02:00:00:00:00:01";
	int i, digits;

	memset(addr, 0, sizeof(*addr));
	for (i = 0; i < ADDR_MAC; i++) {
		for (digits = 0; isxdigit((unsigned char)*text); digits++, text++)
			addr->byte[i] = addr->byte[i] << 4 | parse_hex_digit(*text);
		if (!digits || digits > 2)
			return why;
		if (*text != (i == ADDR_MAC - 1 ? '\0' : ':'))
			return why;
		text++;
	}
	addr->size = ADDR_MAC;
	addr->len = 8 * ADDR_MAC;
	return NULL;
}

const char *addr_parse_any(const char *text, struct addr *addr)
{
	if (!addr_parse(text, addr) || !addr_parse_mac(text, addr))
		return NULL;
	return "expected an IPv4, IPv6 or MAC address";
}

bool addr_set(struct addr *addr, const void *byte, size_t size, unsigned int len)
{
	if ((size != ADDR_V4 && size != ADDR_V6 && size != ADDR_MAC) ||
	    len > 8 * size)
		return false;
	memset(addr, 0, sizeof(*addr));
	memcpy(addr->byte, byte, size);
	addr->size = size;
	addr->len = len;
	mask(addr);
	return true;
}

const char *addr_format(const struct addr *addr, char *text)
{
	const __u8 *b = addr->byte;

	*text = '\0';
	if (addr->size == ADDR_MAC)
		snprintf(text, ADDR_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x",
			 b[0], b[1], b[2], b[3], b[4], b[5]);
	else if (addr->size)
		inet_ntop(addr->size == ADDR_V4 ? AF_INET : AF_INET6, b, text,
			  ADDR_TEXT);
	return text;
}

const char *addr_format_prefix(const struct addr *addr, char *text)
{
	size_t used;

	addr_format(addr, text);
	used = strlen(text);
	snprintf(text + used, ADDR_TEXT - used, "/%u", addr->len);
	return text;
}

/* IPv4 before IPv6, a shorter prefix before those inside of it */
int addr_compare(const void *a, const void *b)
{
	const struct addr *first = a, *second = b;
	int order = first->size - second->size;

	if (!order)
		order = memcmp(first->byte, second->byte, sizeof(first->byte));
	return order ? order : first->len - second->len;
}

void addr_list_add(struct addr_list *list, const struct addr *addr)
{
	list->item = parse_grow(list->item, list->n, &list->room,
				sizeof(*list->item));
	list->item[list->n++] = *addr;
}

void addr_list_sort(struct addr_list *list)
{
	size_t i, n = 0;

	if (list->n < 2)
		return;
	qsort(list->item, list->n, sizeof(*list->item), addr_compare);
	for (i = 1; i < list->n; i++)
		if (addr_compare(&list->item[n], &list->item[i]))
			list->item[++n] = list->item[i];
	list->n = n + 1;
}

bool addr_list_equal(const struct addr_list *a, const struct addr_list *b)
{
	return a->n == b->n &&
	       (!a->n || !memcmp(a->item, b->item, a->n * sizeof(*a->item)));
}

void addr_list_free(struct addr_list *list)
{
	free(list->item);
	memset(list, 0, sizeof(*list));
}
