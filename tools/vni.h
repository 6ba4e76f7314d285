/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_VNI_H
#define OVLTUN_VNI_H

#include <netlink/msg.h>

/*
 * Print what a message about VNIs says of one of its ranges, the attribute
 * @range: as a line of text or as fields of JSON.
 */
void vni_print(struct nlmsghdr *msg, struct nlattr *range);

#endif /* OVLTUN_VNI_H */
