/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration of a device, as rtnetlink has it (IFLA_INFO_DATA of kind
 * "ovl-tun") and as the generic netlink family repeats it (config). Built into
 * both ovltun and the plugin of `ip`, so both print the same words and keys.
 */
#ifndef OVLTUN_LINK_H
#define OVLTUN_LINK_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>

/* Indexed by the value on the wire; NULL ends the list. */
extern const char *const link_encap_names[];
extern const char *const link_df_names[];
extern const char *const link_source_names[];
extern const char *const link_nooptions_names[];
/* Indexed by the mask of encapsulations. */
extern const char *const link_accept_names[];

/* @name's index in @names, -1 if it isn't there. */
int link_name_value(const char *const *names, const char *name);
/* The other way round; a value that only a newer kernel has is a number. */
const char *link_value_name(const char *const *names, unsigned int value,
			    char *number, size_t size);

/*
 * Name of an interface of the underlay. @foreign: the underlay is in another
 * network namespace, where names mean something else.
 */
const char *link_ifname(unsigned int ifindex, bool foreign);

void link_print_encap_value(unsigned int encap);

/*
 * Each prints what it is named after from @tb, IFLA_OVL_TUN_MAX + 1 attributes
 * by their type, and leaves out what isn't there.
 */
void link_print_layer(struct rtattr *tb[]);
void link_print_id(struct rtattr *tb[], const char *fmt);	/* or vnifilter */
void link_print_encap(struct rtattr *tb[]);
void link_print_endpoints(struct rtattr *tb[], bool foreign);
void link_print_srcport(struct rtattr *tb[]);
void link_print_accept(struct rtattr *tb[]);
void link_print_policy(struct rtattr *tb[]);
void link_print_source(struct rtattr *tb[]);	/* and the inner MAC address */
void link_print_fdb(struct rtattr *tb[]);
void link_print_extra(struct rtattr *tb[]);	/* gbp and nooptions */

#endif /* OVLTUN_LINK_H */
