/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_OPTION_H
#define OVLTUN_OPTION_H

#include <netlink/msg.h>

#include "parse.h"

/*
 * Print the fields of an option message, in text as a line for the device and
 * one for each option with @newline before each.
 */
void options_print(struct nlmsghdr *msg, const char *newline);

/* An option to and from OVL_TUN_A_OPTION_OPT; false if it doesn't fit. */
bool option_put(struct nl_msg *req, const struct option *option, bool has_data);
bool option_read(struct nlattr *nest, struct option *option);

#endif /* OVLTUN_OPTION_H */
