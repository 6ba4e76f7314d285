// SPDX-License-Identifier: GPL-2.0
/*
 * ovl-tun: VXLAN and Geneve in one tunnel interface.
 *
 * Load, unload and what belongs to a network namespace.
 */

#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/wait_bit.h>
#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "device.h"
#include "endpoint.h"
#include "fastpath.h"
#include "link.h"
#include "main.h"
#include "mtu.h"
#include "netlink.h"
#include "nexthop.h"
#include "rtnl.h"
#include "source.h"

static unsigned int ovl_net_id __read_mostly;

/**
 * ovl_net() - our part of a network namespace
 * @net: namespace
 */
struct ovl_net *ovl_net(const struct net *net)
{
	return net_generic(net, ovl_net_id);
}

static int __net_init ovl_net_init(struct net *net)
{
	struct ovl_net *on = ovl_net(net);
	int err;

	INIT_LIST_HEAD(&on->devices);
	INIT_LIST_HEAD(&on->sockets);
	atomic_set(&on->ending, 0);
	ovl_link_init_net(on);
	ovl_mtu_init_net(on);
	ovl_fast_init_net(on, net);
	err = ovl_sources_init(on);
	if (err)
		return err;
	err = ovl_nexthop_init_net(on, net);
	if (err)
		ovl_sources_destroy(on);
	return err;
}

/* Devices whose underlay goes away, wherever they are themselves. */
static void __net_exit ovl_net_exit_batch(struct list_head *nets)
{
	struct ovl_dev *ovl;
	LIST_HEAD(gone);
	struct net *net;

	rtnl_lock();
	list_for_each_entry(net, nets, exit_list)
		list_for_each_entry(ovl, &ovl_net(net)->devices, list)
			unregister_netdevice_queue(ovl->dev, &gone);
	unregister_netdevice_many(&gone);
	rtnl_unlock();

	list_for_each_entry(net, nets, exit_list) {
		struct ovl_net *on = ovl_net(net);

		WARN_ON_ONCE(!list_empty(&on->sockets));
		ovl_nexthop_exit_net(on, net);
		ovl_link_exit_net(on);
		ovl_mtu_exit_net(on);
		ovl_fast_exit_net(on);
		/* Of devices that somebody else has removed just now. */
		wait_var_event(&on->ending, !atomic_read(&on->ending));
		ovl_sources_destroy(on);
	}
}

static struct pernet_operations ovl_net_ops = {
	.init		= ovl_net_init,
	.exit_batch	= ovl_net_exit_batch,
	.id		= &ovl_net_id,
	.size		= sizeof(struct ovl_net),
};

static struct notifier_block ovl_notifier = {
	.notifier_call	= ovl_dev_event,
};

static int __init ovl_module_init(void)
{
	int err;

	err = ovl_peer_cache_init();
	if (err)
		return err;
	err = register_pernet_subsys(&ovl_net_ops);
	if (err)
		goto cache;
	err = register_netdevice_notifier(&ovl_notifier);
	if (err)
		goto pernet;
	err = genl_register_family(&ovl_nl_family);
	if (err)
		goto notifier;
	err = rtnl_link_register(&ovl_link_ops);
	if (err)
		goto genl;
	return 0;

genl:
	genl_unregister_family(&ovl_nl_family);
notifier:
	unregister_netdevice_notifier(&ovl_notifier);
pernet:
	unregister_pernet_subsys(&ovl_net_ops);
cache:
	ovl_peer_cache_destroy();
	return err;
}

static void __exit ovl_module_exit(void)
{
	/* Ends all devices; nothing can make one from here on. */
	rtnl_link_unregister(&ovl_link_ops);
	genl_unregister_family(&ovl_nl_family);
	unregister_netdevice_notifier(&ovl_notifier);
	unregister_pernet_subsys(&ovl_net_ops);
	ovl_fdb_settle_end();
	/* Callbacks of ovl_peer_free() are code of this module. */
	rcu_barrier();
	ovl_peer_cache_destroy();
}

module_init(ovl_module_init);
module_exit(ovl_module_exit);

MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
MODULE_AUTHOR("ovl-tun developers");
MODULE_DESCRIPTION("Overlay tunnel: VXLAN and Geneve in one interface");
MODULE_ALIAS_RTNL_LINK("ovl-tun");
MODULE_ALIAS_GENL_FAMILY("ovl-tun");
