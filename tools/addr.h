/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Addresses: of nodes, and what is behind them (prefixes, MAC addresses).
 */
#ifndef OVLTUN_ADDR_H
#define OVLTUN_ADDR_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define ADDR_V4		4
#define ADDR_V6		16
#define ADDR_MAC	6
#define ADDR_TEXT	64	/* room for any of them as text */

/**
 * struct addr - an address or a prefix
 * @size: bytes of the address, which say of what kind it is; 0: none
 * @len: bits of a prefix
 * @byte: the address; 0 from @size on, so that two can be compared as memory
 */
struct addr {
	__u8 size, len;
	__u8 byte[16];
};

/**
 * struct addr_list - a set of them
 * @item: its members, sorted by addr_list_sort()
 * @n: how many
 * @room: how many fit
 */
struct addr_list {
	struct addr *item;
	size_t n, room;
};

/* Each returns why @text isn't one, NULL when it is. */
const char *addr_parse(const char *text, struct addr *addr);	/* IPv4, IPv6 */
const char *addr_parse_prefix(const char *text, struct addr *addr);
const char *addr_parse_mac(const char *text, struct addr *addr);
const char *addr_parse_any(const char *text, struct addr *addr); /* but prefixes */

/* One of @size bytes as it came over netlink; false when there are none such. */
bool addr_set(struct addr *addr, const void *byte, size_t size, unsigned int len);

/* Into @text, which has ADDR_TEXT bytes; returns it. */
const char *addr_format(const struct addr *addr, char *text);
const char *addr_format_prefix(const struct addr *addr, char *text);

int addr_compare(const void *a, const void *b);	/* for qsort() */
void addr_list_add(struct addr_list *list, const struct addr *addr);
void addr_list_sort(struct addr_list *list);	/* duplicates go */
bool addr_list_equal(const struct addr_list *a, const struct addr_list *b);
void addr_list_free(struct addr_list *list);

#endif /* OVLTUN_ADDR_H */
