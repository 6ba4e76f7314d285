/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_DEV_H
#define OVLTUN_DEV_H

#include <linux/netlink.h>

/*
 * Print the fields of a dev message, in text as two lines with @newline
 * between them.
 */
void dev_print(struct nlmsghdr *msg, const char *newline);

#endif /* OVLTUN_DEV_H */
