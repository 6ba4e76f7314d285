/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options that are sent back.
 *   echo_words.c  to and from words
 *   echo.c        to and from netlink messages, the commands, output, files
 */
#ifndef OVLTUN_ECHO_H
#define OVLTUN_ECHO_H

#include <linux/netlink.h>

#include "parse.h"

#define ECHO_LIMIT	65536	/* what the kernel takes without a word */
#define ECHO_TIMEOUT	350

/**
 * struct echo - what of received packets is kept
 * @class: classes of options
 * @n: how many
 * @limit: most flows, 0 where nothing is said of it
 * @timeout: seconds that one lives without a packet, likewise
 */
struct echo {
	__u32 class[OVL_TUN_MAX_ECHO_CLASSES];
	unsigned int n;
	__u32 limit, timeout;
};

/*
 * Words: class CLASS[,CLASS...], limit N, timeout SECONDS. Why one is wrong,
 * which is @bad then, NULL when all are right.
 */
const char *echo_parse(int argc, char **argv, struct echo *echo,
		       const char **bad);

#define ECHO_TEXT (OVL_TUN_MAX_ECHO_CLASSES * 8 + 64)

/* What echo_parse() reads, without a blank at its end */
const char *echo_format(const struct echo *echo, char *text);

bool echo_equal(const struct echo *a, const struct echo *b);

struct nl_msg;

/* A request; @echo: what is to be, of OVL_TUN_CMD_ECHO_SET */
struct nl_msg *echo_request(int cmd, int flags, unsigned int ifindex,
			    const struct echo *echo);

/* What a device echoes; nothing if that is not what the message is about. */
bool echo_read(struct nlmsghdr *msg, unsigned int *ifindex, struct echo *echo);

/* Print that, in text as a line and one more for its counters with -s. */
void echo_print(struct nlmsghdr *msg);

#endif /* OVLTUN_ECHO_H */
