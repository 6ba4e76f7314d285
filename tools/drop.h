/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_DROP_H
#define OVLTUN_DROP_H

#include <netlink/attr.h>

/*
 * Print drop counters, those of the attributes @attrs (@len bytes) that are of
 * type @type: in text each as a line, in JSON as the object "drops".
 */
void drops_print(struct nlattr *attrs, int len, int type);

#endif /* OVLTUN_DROP_H */
