/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What iproute2's `ip` offers to a link plugin, beside the output functions in
 * print.h. There is no installed header for it. Taken from the sources of 6.1
 * and found the same in the binaries of 6.15 and 7.3: struct size and offsets,
 * exported symbols (nm -D), values of the arguments.
 */
#ifndef OVLTUN_IPROUTE2_H
#define OVLTUN_IPROUTE2_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdnoreturn.h>

/**
 * struct link_util - one link kind of `ip link`
 * @next: belongs to `ip`
 * @id: kind
 * @maxattr: print_opt() gets the attributes 0 to this
 * @parse_opt: words after "type KIND" to attributes of IFLA_INFO_DATA
 * @print_opt: attributes of IFLA_INFO_DATA to output
 * @print_xstats: IFLA_INFO_XSTATS to output
 * @print_help: for `ip link help KIND`
 * @parse_ifla_xstats: `ip link xstats type KIND`
 * @print_ifla_xstats: likewise
 */
struct link_util {
	struct link_util *next;
	const char *id;
	int maxattr;
	int (*parse_opt)(struct link_util *lu, int argc, char **argv,
			 struct nlmsghdr *n);
	void (*print_opt)(struct link_util *lu, FILE *f, struct rtattr *tb[]);
	void (*print_xstats)(struct link_util *lu, FILE *f, struct rtattr *attr);
	void (*print_help)(struct link_util *lu, int argc, char **argv, FILE *f);
	int (*parse_ifla_xstats)(struct link_util *lu, int argc, char **argv);
	int (*print_ifla_xstats)(struct nlmsghdr *n, void *arg);
};

extern int preferred_family;	/* ip -4, ip -6 */

/* Is @prefix no beginning of @string? */
bool matches(const char *prefix, const char *string);

/* These print a message and end the program. */
noreturn void incomplete_command(void);
noreturn void invarg(const char *why, const char *arg);
noreturn void duparg2(const char *key, const char *arg);

int nodev(const char *name);	/* prints a message, returns -1 */
unsigned int ll_name_to_index(const char *name);

/* 0, or -1 for what isn't a number of that size */
int get_u16(__u16 *val, const char *arg, int base);
int get_u32(__u32 *val, const char *arg, int base);
int rtnl_dsfield_a2n(__u32 *id, const char *arg);

int addattr_l(struct nlmsghdr *n, int maxlen, int type, const void *data,
	      int len);

#endif /* OVLTUN_IPROUTE2_H */
