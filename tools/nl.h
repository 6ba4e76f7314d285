/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The generic netlink family "ovl-tun": one socket for the whole run.
 */
#ifndef OVLTUN_NL_H
#define OVLTUN_NL_H

#include <linux/ovl_tun.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>

#include "ovltun.h"

/* Print one answer. */
typedef void (*nl_show_t)(struct nlmsghdr *answer);

/*
 * A request for @cmd, NULL when the family isn't there; that was said then.
 * nl_change() and nl_show() send it and free it.
 */
struct nl_msg *nl_request(int cmd, int flags);

/* Ask for a change. Says what went wrong. */
enum status nl_change(struct nl_msg *req);

/*
 * Ask for objects, all of a kind with NLM_F_DUMP in the request, and print the
 * answers as one array. Says what went wrong, and prints nothing then.
 */
enum status nl_show(struct nl_msg *req, nl_show_t show);

/*
 * Print notifications of the group @name until something goes wrong, or the
 * family is gone.
 */
enum status nl_monitor(const char *name, nl_show_t show);

#endif /* OVLTUN_NL_H */
