/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_OPTION_H
#define OVLTUN_OPTION_H

#include <linux/netlink.h>

/*
 * Print the fields of an option message, in text as a line for the device and
 * one for each option with @newline before each.
 */
void options_print(struct nlmsghdr *msg, const char *newline);

#endif /* OVLTUN_OPTION_H */
