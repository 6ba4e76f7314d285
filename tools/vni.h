/* SPDX-License-Identifier: GPL-2.0 */
#ifndef OVLTUN_VNI_H
#define OVLTUN_VNI_H

#include <netlink/msg.h>

#include "addr.h"
#include "parse.h"

/*
 * Print what a message about VNIs says of one of its ranges, the attribute
 * @range: as a line of text or as fields of JSON.
 */
void vni_print(struct nlmsghdr *msg, struct nlattr *range);

/* OVL_TUN_A_VNI_RANGE_*; false if they are not there. */
bool vni_read_range(struct nlattr *nest, struct vni_range *range);

/* Parts of a request; false if they don't fit. */
bool vni_put_range(struct nl_msg *req, const struct vni_range *range);
void vni_put_remote(struct nl_msg *req, const struct addr *remote);
void vni_put_options(struct nl_msg *req, const char *options);

/*
 * What a message about VNIs says of its first range; false if it is none. The
 * name of a set is put into @options, OVL_TUN_MAX_SET_NAME + 1 bytes.
 */
bool vni_read(struct nlmsghdr *msg, unsigned int *ifindex,
	      struct vni_range *range, struct addr *remote, char *options);

#endif /* OVLTUN_VNI_H */
