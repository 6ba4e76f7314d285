/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interfaces by name and by index, as if_nametoindex() and if_indextoname()
 * find them, but through one socket: each line of a batch names a device.
 * Nothing is remembered, a device may get another name at any time.
 */
#ifndef OVLTUN_IFNAME_H
#define OVLTUN_IFNAME_H

#include <net/if.h>
#include <stdbool.h>

unsigned int ifname_to_index(const char *name);	/* 0 when there is none */
bool ifname_from_index(unsigned int ifindex, char name[IF_NAMESIZE]);

#endif /* OVLTUN_IFNAME_H */
