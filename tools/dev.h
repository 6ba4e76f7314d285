/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_DEV_H
#define OVLTUN_DEV_H

#include <linux/netlink.h>
#include <stdbool.h>

/*
 * Print the fields of a dev message, in text as two lines with @newline
 * between them.
 */
void dev_print(struct nlmsghdr *msg, const char *newline);

/*
 * Has a device its underlay in another network namespace? What its messages
 * say of interfaces means that one then.
 */
bool dev_is_foreign(unsigned int ifindex);

#endif /* OVLTUN_DEV_H */
