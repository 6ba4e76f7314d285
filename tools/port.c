// SPDX-License-Identifier: GPL-2.0
/*
 * ovltun port: the UDP ports on which the devices listen.
 */
#include <arpa/inet.h>
#include <netlink/genl/genl.h>

#include "drop.h"
#include "link.h"
#include "nl.h"
#include "print.h"

static struct nla_policy port_policy[OVL_TUN_A_PORT_MAX + 1] = {
	[OVL_TUN_A_PORT_PORT] = { .type = NLA_U16 },
	[OVL_TUN_A_PORT_FAMILY] = { .type = NLA_U16 },
	[OVL_TUN_A_PORT_ENCAP] = { .type = NLA_U8 },
	[OVL_TUN_A_PORT_DEVICES] = { .type = NLA_U32 },
};

static void show_port(struct nlmsghdr *answer)
{
	struct nlattr *tb[OVL_TUN_A_PORT_MAX + 1];
	unsigned int encap;

	if (genlmsg_parse(answer, 0, tb, OVL_TUN_A_PORT_MAX, port_policy) ||
	    !tb[OVL_TUN_A_PORT_PORT] || !tb[OVL_TUN_A_PORT_FAMILY] ||
	    !tb[OVL_TUN_A_PORT_ENCAP])
		return;
	encap = nla_get_u8(tb[OVL_TUN_A_PORT_ENCAP]);
	print_uint(PRINT_ANY, "port", "udp %u ",
		   ntohs(nla_get_u16(tb[OVL_TUN_A_PORT_PORT])));
	print_string(PRINT_ANY, "family", "%s ",
		     nla_get_u16(tb[OVL_TUN_A_PORT_FAMILY]) == AF_INET6 ?
		     "inet6" : "inet");
	link_print_encap_value(encap);
	if (tb[OVL_TUN_A_PORT_DEVICES])
		print_uint(PRINT_ANY, "devices", "devices %u ",
			   nla_get_u32(tb[OVL_TUN_A_PORT_DEVICES]));
	print_string(PRINT_FP, NULL, "%s", "\n");
	if (opts.stats)
		drops_print(nlmsg_attrdata(answer, GENL_HDRLEN),
			    nlmsg_attrlen(answer, GENL_HDRLEN),
			    OVL_TUN_A_PORT_DROP);
}

static enum status port_show(int argc, char **argv)
{
	struct nl_msg *req;

	if (argc)
		return excess(*argv);
	req = nl_request(OVL_TUN_CMD_PORT_GET, NLM_F_DUMP);
	return req ? nl_show(req, show_port) : STATUS_KERNEL;
}

static const struct cmd cmds[] = {
	{ "show", port_show },
	{ "list", port_show },
	{ }
};

const struct object port_object = {
	.name = "port",
	.usage = "Usage: ovltun port { show | list }\n",
	.cmds = cmds,
};
