/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_FDB_REQUEST_H
#define _OVL_TUN_FDB_REQUEST_H

#include "endpoint.h"

struct netlink_ext_ack;
struct nlattr;
struct ovl_dev;

/**
 * struct ovl_fdb_request - what a message says of an entry
 * @ep: destination
 * @vni: VNI on a device that has several, else 0
 * @local: it is the unspecified address, to which nothing is sent
 * @has_dst: there is one
 * @nhid: id of the group of nexthops that it leads to instead, or 0
 */
struct ovl_fdb_request {
	struct ovl_endpoint ep;
	u32 vni;
	bool local;
	bool has_dst;
	u32 nhid;
};

int ovl_fdb_parse(struct ovl_fdb_request *req, struct ovl_dev *ovl,
		  struct nlattr *tb[], struct netlink_ext_ack *extack);
int ovl_fdb_may_change(const struct ovl_dev *ovl,
		       struct netlink_ext_ack *extack);

#endif /* _OVL_TUN_FDB_REQUEST_H */
