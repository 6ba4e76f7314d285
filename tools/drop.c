// SPDX-License-Identifier: GPL-2.0
#include <netlink/genl/genl.h>

#include "drop.h"
#include "nl.h"
#include "print.h"

static struct nla_policy drop_policy[OVL_TUN_A_DROP_MAX + 1] = {
	[OVL_TUN_A_DROP_NAME] = { .type = NLA_STRING },
	[OVL_TUN_A_DROP_PACKETS] = { .type = NLA_U64 },
};

/* The kernel names its reasons, so that a newer one's are printed too. */
static void print_drop(struct nlattr *attr)
{
	struct nlattr *tb[OVL_TUN_A_DROP_MAX + 1];
	const char *name;

	if (nla_parse_nested(tb, OVL_TUN_A_DROP_MAX, attr, drop_policy) ||
	    !tb[OVL_TUN_A_DROP_NAME] || !tb[OVL_TUN_A_DROP_PACKETS])
		return;
	name = nla_get_string(tb[OVL_TUN_A_DROP_NAME]);
	print_string(PRINT_FP, NULL, "    drop %s ", name);
	print_lluint(PRINT_ANY, name, "%llu\n",
		     nla_get_u64(tb[OVL_TUN_A_DROP_PACKETS]));
}

void drops_print(struct nlattr *attrs, int len, int type)
{
	struct nlattr *attr;
	int left;

	open_json_object("drops");
	nla_for_each_attr(attr, attrs, len, left)
		if (nla_type(attr) == type)
			print_drop(attr);
	close_json_object();
}
