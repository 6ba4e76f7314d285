/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rules in netlink messages.
 */
#ifndef OVLTUN_RULE_NL_H
#define OVLTUN_RULE_NL_H

#include "nl.h"
#include "rule.h"

/**
 * struct rule_view - a rule as the kernel shows it; points into the message
 * @rule: what it says
 * @ifindex: device
 * @ifname: device
 * @packets: that it matched
 * @drops: those that it dropped
 */
struct rule_view {
	struct rule rule;
	unsigned int ifindex;
	const char *ifname;
	unsigned long long packets, drops;
};

/* A request about a rule, or about all of a device without @rule. */
struct nl_msg *rule_request(int cmd, int flags, unsigned int ifindex,
			    const struct rule *rule);
bool rule_read(struct nlmsghdr *msg, struct rule_view *view);

/* Print one, in text as a line and one more for its counters with -s. */
void rule_print(struct nlmsghdr *msg);

#endif /* OVLTUN_RULE_NL_H */
