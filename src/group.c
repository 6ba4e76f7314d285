// SPDX-License-Identifier: GPL-2.0
/*
 * Multicast groups as a link's remote: a running device's sockets are members.
 *
 * Devices share sockets, and a socket can't join a group twice, so memberships
 * are counted. Everything runs under RTNL. A device lets go of its memberships
 * before it lets go of the sockets.
 */

#include <linux/igmp.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "device.h"
#include "group.h"
#include "socket.h"

static int ovl_member_set(const struct ovl_member *member, bool join)
{
	struct sock *sk = member->os->sk;
	int err = -EAFNOSUPPORT;

	lock_sock(sk);
	if (member->addr.family == AF_INET) {
		struct ip_mreqn mreq = {
			.imr_multiaddr.s_addr = member->addr.v4,
			.imr_ifindex = member->link,
		};

		err = join ? ip_mc_join_group(sk, &mreq) :
			     ip_mc_leave_group(sk, &mreq);
#if IS_ENABLED(CONFIG_IPV6)
	} else {
		err = join ? ipv6_sock_mc_join(sk, member->link,
					       &member->addr.v6) :
			     ipv6_sock_mc_drop(sk, member->link,
					       &member->addr.v6);
#endif
	}
	release_sock(sk);
	return err;
}

static struct ovl_member *ovl_member_get(struct ovl_sock *os,
					 const struct ovl_addr *addr, int link)
{
	struct ovl_member *member;
	int err;

	list_for_each_entry(member, &os->members, list)
		if (member->link == link &&
		    ovl_addr_equal(&member->addr, addr)) {
			member->refs++;
			return member;
		}

	member = kzalloc(sizeof(*member), GFP_KERNEL_ACCOUNT);
	if (!member)
		return ERR_PTR(-ENOMEM);
	member->os = os;
	member->addr = *addr;
	member->link = link;
	member->refs = 1;
	err = ovl_member_set(member, true);
	if (err) {
		kfree(member);
		return ERR_PTR(err);
	}
	list_add(&member->list, &os->members);
	return member;
}

static void ovl_member_put(struct ovl_member *member)
{
	if (!member || --member->refs)
		return;
	list_del(&member->list);
	/* The interface may have gone. The socket still has its entry, which
	 * this takes out, and there is nobody to tell of an error.
	 */
	ovl_member_set(member, false);
	kfree(member);
}

/**
 * ovl_group_leave() - let go of memberships
 * @group: memberships
 *
 * Context: RTNL.
 */
void ovl_group_leave(struct ovl_group *group)
{
	int e;

	ASSERT_RTNL();
	for (e = 0; e < OVL_ENCAPS; e++) {
		ovl_member_put(group->at[e]);
		group->at[e] = NULL;
	}
}

/**
 * ovl_group_prepare() - become a member of what is to be the remote
 * @next: filled; empty if the remote is no group
 * @cfg: configuration that the device is to have
 * @socks: sockets that it is to have
 * @extack: says what is wrong
 *
 * To be followed by ovl_group_commit() or ovl_group_leave().
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_group_prepare(struct ovl_group *next, const struct ovl_config *cfg,
		      const struct ovl_socks_change *socks,
		      struct netlink_ext_ack *extack)
{
	bool v6 = cfg->remote.family == AF_INET6;
	int e, err;

	ASSERT_RTNL();
	memset(next, 0, sizeof(*next));
	if (!ovl_addr_is_multicast(&cfg->remote))
		return 0;
	for (e = 0; e < OVL_ENCAPS; e++) {
		if (!socks->next[e][v6])
			continue;
		next->at[e] = ovl_member_get(socks->next[e][v6], &cfg->remote,
					     cfg->link);
		if (!IS_ERR(next->at[e]))
			continue;
		err = PTR_ERR(next->at[e]);
		next->at[e] = NULL;
		ovl_group_leave(next);
		NL_SET_ERR_MSG_MOD(extack,
				   "the group can't be joined on dev");
		return err;
	}
	return 0;
}

/**
 * ovl_group_commit() - keep what was prepared, and let go of the rest
 * @ovl: device
 * @next: from ovl_group_prepare()
 *
 * Context: RTNL.
 */
void ovl_group_commit(struct ovl_dev *ovl, const struct ovl_group *next)
{
	struct ovl_group old = ovl->group;

	ovl->group = *next;
	ovl_group_leave(&old);
}
