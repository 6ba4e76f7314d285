// SPDX-License-Identifier: GPL-2.0
/* Multicast events: what was configured, in the namespace of the device. */

#include "device.h"
#include "netlink.h"
#include "netlink_gen.h"
#include "notify.h"

static void ovl_notify(struct ovl_dev *ovl, struct sk_buff *msg)
{
	struct net *net = dev_net(ovl->dev);

	if (!IS_ERR(msg))
		genlmsg_multicast_netns(&ovl_nl_family, net, msg, 0,
					OVL_TUN_NLGRP_CONFIG, GFP_KERNEL);
}

static bool ovl_notify_wanted(const struct ovl_dev *ovl)
{
	return genl_has_listeners(&ovl_nl_family, dev_net(ovl->dev),
				  OVL_TUN_NLGRP_CONFIG);
}

/**
 * ovl_notify_dev() - a device was made, changed or removed
 * @ovl: device
 * @cmd: OVL_TUN_CMD_DEV_NTF or OVL_TUN_CMD_DEV_DEL_NTF
 *
 * Context: RTNL.
 */
void ovl_notify_dev(struct ovl_dev *ovl, u8 cmd)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_dev_msg(ovl, 0, 0, 0, cmd));
}

/**
 * ovl_notify_options() - the options of a device have changed
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_notify_options(struct ovl_dev *ovl)
{
	if (ovl_notify_wanted(ovl))
		ovl_notify(ovl, ovl_nl_option_msg(ovl, 0, 0,
						  OVL_TUN_CMD_OPTION_NTF));
}
