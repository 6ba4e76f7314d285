// SPDX-License-Identifier: GPL-2.0
/*
 * A device goes with the interface that it names to send through, as one of
 * vxlan.ko does. Otherwise it would be left with a number that nobody has, and
 * its sockets with memberships there; and who gets the number next would be
 * sent its packets.
 *
 * That happens while the core tells of the end of the interface, be it that
 * this leaves the namespace. Tunnels that name the device in their turn are
 * removed at once with it. Where something else lies between them, a VLAN for
 * example, one would be removed within the removal of the other: whoever makes
 * them decides how many there are, so a work does it, with a stack of its own.
 */

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "device.h"
#include "link.h"
#include "main.h"

static void ovl_link_work(struct work_struct *work)
{
	struct ovl_net *on = container_of(work, struct ovl_net, link_work);
	struct ovl_dev *ovl;
	LIST_HEAD(gone);

	rtnl_lock();
	list_for_each_entry(ovl, &on->devices, list)
		if (ovl->link_gone)
			unregister_netdevice_queue(ovl->dev, &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();
}

/* Have the devices that name an interface removed with those on a list, or
 * without one by the work.
 */
static void ovl_link_take(const struct net_device *link, struct list_head *gone)
{
	struct ovl_net *on = ovl_net(dev_net(link));
	struct ovl_dev *ovl;

	list_for_each_entry(ovl, &on->devices, list) {
		/* What goes in one batch with the interface is on its list. */
		if (rtnl_dereference(ovl->cfg)->link != link->ifindex ||
		    ovl->link_gone || ovl->dev->reg_state != NETREG_REGISTERED)
			continue;
		ovl->link_gone = true;
		if (gone)
			unregister_netdevice_queue(ovl->dev, gone);
		else
			schedule_work(&on->link_work);
	}
}

/**
 * ovl_link_gone() - an interface ends or leaves its namespace
 * @link: any device
 *
 * Context: RTNL, in a netdevice notifier.
 */
void ovl_link_gone(const struct net_device *link)
{
	static bool busy; /* RTNL */
	struct net_device *dev;
	LIST_HEAD(gone);

	ASSERT_RTNL();
	if (busy) {
		ovl_link_take(link, NULL);
		return;
	}
	ovl_link_take(link, &gone);
	/* It gets longer while it is gone through. */
	list_for_each_entry(dev, &gone, unreg_list)
		ovl_link_take(dev, &gone);
	busy = true;
	unregister_netdevice_many(&gone);
	busy = false;
}

/**
 * ovl_link_init_net() - have the devices of a namespace go with their links
 * @on: our part of it
 */
void ovl_link_init_net(struct ovl_net *on)
{
	INIT_WORK(&on->link_work, ovl_link_work);
}

/**
 * ovl_link_exit_net() - a namespace ends, and has no device any more
 * @on: our part of it
 *
 * Context: may sleep, not under RTNL.
 */
void ovl_link_exit_net(struct ovl_net *on)
{
	cancel_work_sync(&on->link_work);
}
