/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_DROP_H
#define OVLTUN_DROP_H

#include <linux/netlink.h>

/*
 * Print the drop counters of @msg, its attributes of type @type: in text each
 * as a line, in JSON as the object "drops".
 */
void drops_print(struct nlmsghdr *msg, int type);

#endif /* OVLTUN_DROP_H */
