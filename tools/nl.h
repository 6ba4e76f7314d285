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

#define NL_REQUEST_SIZE 32768	/* far more than the kernel takes options */

/* Print one answer. */
typedef void (*nl_show_t)(struct nlmsghdr *answer);

/**
 * struct nl_answers - what came back
 * @msg: answers of the kernel, in their order
 * @count: how many
 * @room: how many fit
 */
struct nl_answers {
	struct nl_msg **msg;
	size_t count, room;
};

/*
 * A request for @cmd, NULL when the family isn't there; that was said then.
 * All that sends it frees it. @size: room for its attributes.
 */
struct nl_msg *nl_request(int cmd, int flags);
struct nl_msg *nl_request_size(int cmd, int flags, size_t size);

/*
 * Ask for a change, @req may be NULL. nl_change() says what went wrong, nl_try()
 * doesn't say what the kernel has against it.
 */
enum status nl_change(struct nl_msg *req);
enum status nl_try(struct nl_msg *req);

/*
 * Ask for objects, all of a kind with NLM_F_DUMP in the request, and print the
 * answers as one array. Says what went wrong, and prints nothing then.
 */
enum status nl_show(struct nl_msg *req, nl_show_t show);

#define NL_EXACT	1	/* as things were at one time, or a failure */
#define NL_QUIET	2	/* what the kernel says against it isn't printed */

/*
 * Ask for objects and keep the answers, until nl_forget(). @how: NL_*. Says
 * what went wrong.
 */
enum status nl_ask(struct nl_msg *req, int how, struct nl_answers *answers);
void nl_forget(struct nl_answers *answers);

/* The socket, which has room to send @size bytes then; -1 without the family. */
int nl_fd(size_t size);

/*
 * After a failure of the socket: the next request has another one, or it would
 * take for its answer what is still unread in this one.
 */
void nl_drop(void);

/*
 * Print notifications of the group @name until something goes wrong, or the
 * family is gone.
 */
enum status nl_monitor(const char *name, nl_show_t show);

#endif /* OVLTUN_NL_H */
