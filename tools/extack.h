/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_EXTACK_H
#define OVLTUN_EXTACK_H

#include <linux/netlink.h>

/*
 * Say on standard error what the kernel's @answer (NLMSG_ERROR or NLMSG_DONE)
 * to @request says. @err: 0 for a success, which may bring a warning, or a
 * negative errno.
 */
void extack_print(const struct nlmsghdr *request, const struct nlmsghdr *answer,
		  int err);

#endif /* OVLTUN_EXTACK_H */
