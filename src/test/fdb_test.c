// SPDX-License-Identifier: GPL-2.0
/*
 * The forwarding table, src/fdb.c, and what fills and empties it: requests
 * (src/fdb_ndo.c), learning and ageing (src/learn.c), walks (src/fdb_walk.c).
 *
 * Each case has a device of its own, which is up and has no remote.
 */

#include <linux/etherdevice.h>
#include <linux/kthread.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <net/neighbour.h>

#include "../device.h"
#include "../endpoint.h"
#include "../fdb.h"
#include "../learn.h"
#include "../main.h"
#include "../path.h"
#include "../rtnl.h"
#include "test.h"

#define PERMANENT	NUD_PERMANENT
#define STATIC		(NUD_NOARP | NUD_REACHABLE)
#define DYNAMIC		NUD_REACHABLE
#define ADD		(NLM_F_CREATE | NLM_F_EXCL)
#define REPLACE		(NLM_F_CREATE | NLM_F_REPLACE)
#define APPEND		(NLM_F_CREATE | NLM_F_APPEND)

#define NET4		0xc0000200	/* where the other nodes are */
#define AGEING		100
#define LIMIT		5

static const struct ovl_config defaults = {
	.vni = 4711,
	.encap = OVL_TUN_ENCAP_GENEVE,
	.accept = BIT(OVL_TUN_ENCAP_VXLAN) | BIT(OVL_TUN_ENCAP_GENEVE),
	.port = {
		[OVL_TUN_ENCAP_VXLAN] = cpu_to_be16(47890),
		[OVL_TUN_ENCAP_GENEVE] = cpu_to_be16(47891),
	},
	.df = OVL_TUN_DF_UNSET,
	.udp_csum = true,
	.layer = 2,
	.learning = true,
	.ageing = AGEING,
};

static struct ovl_dev *device_new(const struct ovl_config *cfg)
{
	struct net_device *dev;
	struct ovl_dev *ovl;
	int err;

	dev = alloc_netdev(sizeof(*ovl), "kunit%d", NET_NAME_ENUM, ovl_dev_setup);
	if (!dev)
		return NULL;
	rtnl_lock();
	dev_net_set(dev, &init_net);
	dev->rtnl_link_ops = &ovl_link_ops;
	ovl = netdev_priv(dev);
	ovl->net = &init_net;
	err = ovl_peers_init(ovl);
	if (!err)
		err = ovl_dev_apply(ovl, cfg, NULL);
	if (!err)
		err = register_netdevice(dev);
	if (!err) {
		list_add(&ovl->list, &ovl_net(&init_net)->devices);
		err = dev_open(dev, NULL);
		if (err)
			unregister_netdevice(dev);
	}
	rtnl_unlock();
	return err ? NULL : ovl;
}

static int fdb_init(struct kunit *test)
{
	test->priv = device_new(&defaults);
	return test->priv ? 0 : -ENODEV;
}

static void fdb_exit(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;

	if (!ovl)
		return;
	rtnl_lock();
	unregister_netdevice(ovl->dev);
	rtnl_unlock();
}

/* Another device in the place of the case's */
static struct ovl_dev *device_with(struct kunit *test,
				   const struct ovl_config *cfg)
{
	fdb_exit(test);
	test->priv = device_new(cfg);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return test->priv;
}

/* The MAC address of host @n, and the node that its number stands for */
static const u8 *mac(unsigned int n)
{
	static u8 addr[ETH_ALEN];

	addr[0] = 2;
	put_unaligned_be32(n, addr + 2);
	return addr;
}

/* What a user asks for: @host of NET4 becomes a destination of @addr. */
static int request(struct ovl_dev *ovl, bool del, const u8 *addr, u16 flags,
		   u16 state, unsigned int host)
{
	struct {
		struct nlattr head;
		__be32 v4;
	} dst = {
		.head = { .nla_len = NLA_HDRLEN + 4, .nla_type = NDA_DST },
		.v4 = htonl(NET4 + host),
	};
	struct nlattr *tb[NDA_MAX + 1] = { [NDA_DST] = host ? &dst.head : NULL };
	struct ndmsg ndm = {
		.ndm_family = AF_BRIDGE,
		.ndm_state = state,
		.ndm_flags = NTF_SELF,
	};
	struct netlink_ext_ack extack = {};
	bool notified;
	int err;

	rtnl_lock();
	if (del)
		err = ovl_fdb_delete(&ndm, tb, ovl->dev, addr, 0, &notified,
				     &extack);
	else
		err = ovl_fdb_add(&ndm, tb, ovl->dev, addr, 0, flags, &notified,
				  &extack);
	rtnl_unlock();
	return err;
}

/* A frame of host @from has come from node @node. */
static int learn(struct kunit *test, const u8 *from, unsigned int node)
{
	struct ovl_dev *ovl = test->priv;
	const struct ovl_source source = { .ovl = ovl };
	struct ovl_addr outer;
	struct sk_buff *skb;
	int reason;

	skb = alloc_skb(ETH_HLEN, GFP_KERNEL | __GFP_NOFAIL);
	skb_reset_mac_header(skb);
	eth_broadcast_addr(skb_put_zero(skb, ETH_HLEN));
	ether_addr_copy(eth_hdr(skb)->h_source, from);
	ovl_addr_set4(&outer, htonl(NET4 + node));
	local_bh_disable();
	rcu_read_lock();
	reason = ovl_learn(&source, defaults.vni, rcu_dereference(ovl->cfg),
			   &outer, skb);
	rcu_read_unlock();
	local_bh_enable();
	kfree_skb(skb);
	return reason;
}

static unsigned int peer_node(const struct ovl_peer *peer)
{
	return ntohl(rcu_dereference(peer->path)->remote.v4) - NET4;
}

/* Destinations of an entry: how many; -1 without the entry. A bit of @nodes for
 * each of the first 64.
 */
static int where(struct ovl_dev *ovl, const u8 *addr, u64 *nodes)
{
	struct ovl_peer *const *peers;
	struct ovl_fdb_entry *entry;
	int n = -1, i;
	void *dst;

	*nodes = 0;
	rcu_read_lock();
	entry = ovl_fdb_lookup(ovl, addr, 0);
	if (entry) {
		dst = rcu_dereference(entry->dst);
		n = ovl_fdb_peers(&dst, &peers);
		for (i = 0; i < n; i++)
			*nodes |= BIT_ULL(peer_node(peers[i]));
	}
	rcu_read_unlock();
	return n;
}

static bool leads_to(struct ovl_dev *ovl, const u8 *addr, unsigned int node)
{
	u64 nodes;

	return where(ovl, addr, &nodes) == 1 && nodes == BIT_ULL(node);
}

static bool known(struct ovl_dev *ovl, const u8 *addr)
{
	u64 nodes;

	return where(ovl, addr, &nodes) >= 0;
}

/* Peers, after those that nothing leads to have gone */
static unsigned int count_peers(struct ovl_dev *ovl)
{
	struct ovl_peer *peer;
	unsigned int n = 0;
	unsigned long id;

	rtnl_lock();
	ovl_fdb_settle(ovl);
	xa_for_each(&ovl->peers, id, peer)
		n++;
	rtnl_unlock();
	return n;
}

static void make_old(struct ovl_dev *ovl, const u8 *addr, unsigned int seconds)
{
	struct ovl_fdb_entry *entry;

	rcu_read_lock();
	entry = ovl_fdb_lookup(ovl, addr, 0);
	if (entry)
		WRITE_ONCE(entry->updated, jiffies - seconds * HZ);
	rcu_read_unlock();
}

static void age(struct ovl_dev *ovl)
{
	rtnl_lock();
	ovl_fdb_age_start(ovl);
	rtnl_unlock();
	flush_delayed_work(&ovl->fdb.age);
}

static void fdb_add(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;

	KUNIT_EXPECT_FALSE(test, ovl->forwards);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), 0, STATIC, 2), -ENOENT);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), ADD, 0, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), ADD, NUD_STALE, 2), -EINVAL);
	KUNIT_EXPECT_EQ_MSG(test, request(ovl, false, mac(1), ADD, STATIC, 0),
			    -EINVAL, "no destination");
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 0);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), ADD, STATIC, 2), 0);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), ADD, STATIC, 3), -EEXIST);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(1), 2));
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(2)));
	rcu_read_lock();
	KUNIT_EXPECT_PTR_EQ_MSG(test, ovl_fdb_lookup(ovl, mac(1), 1), NULL,
				"in another VNI");
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 1);
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 0);
	KUNIT_EXPECT_TRUE(test, ovl->forwards);
	KUNIT_EXPECT_EQ_MSG(test, count_peers(ovl), 1,
			    "what was refused leaves none behind");
}

static void fdb_replace(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;

	request(ovl, false, mac(1), ADD, STATIC, 2);
	request(ovl, false, mac(2), ADD, PERMANENT, 2);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), REPLACE, STATIC, 3), 0);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(1), 3));
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(2), 2));
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 2);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(2), REPLACE, STATIC, 3), 0);
	KUNIT_EXPECT_EQ_MSG(test, count_peers(ovl), 1, "nothing leads to one");
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(3), REPLACE, STATIC, 3), 0);
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 3);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(3), NLM_F_REPLACE, STATIC, 4), 0);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(3), 4));
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 3);
}

static void fdb_delete(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;

	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(1), 0, 0, 0), -ENOENT);
	request(ovl, false, mac(1), ADD, STATIC, 2);
	KUNIT_EXPECT_EQ_MSG(test, request(ovl, true, mac(1), 0, 0, 9), 0,
			    "not its destination");
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(1), 2));
	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(1), 0, 0, 2), 0);
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(1)));
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 0);
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 0);
	KUNIT_EXPECT_FALSE(test, ovl->forwards);
	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(1), 0, 0, 0), -ENOENT);
}

static void append_to(struct kunit *test, const u8 *addr)
{
	struct ovl_dev *ovl = test->priv;
	unsigned int i;
	u64 nodes;

	KUNIT_EXPECT_EQ(test, request(ovl, false, addr, REPLACE, PERMANENT, 1),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, request(ovl, false, addr, ADD, PERMANENT, 1), 0);
	KUNIT_EXPECT_EQ(test, request(ovl, false, addr, ADD, PERMANENT, 2), -EEXIST);
	KUNIT_EXPECT_EQ(test, request(ovl, false, addr, REPLACE, PERMANENT, 2),
			-EOPNOTSUPP);
	for (i = 1; i <= 40; i++) {
		KUNIT_EXPECT_EQ(test, request(ovl, false, addr, APPEND, PERMANENT, i), 0);
		KUNIT_EXPECT_EQ_MSG(test, request(ovl, false, addr, APPEND, PERMANENT, i),
				    0, "again");
		KUNIT_EXPECT_EQ(test, where(ovl, addr, &nodes), i);
		KUNIT_EXPECT_EQ(test, nodes, GENMASK_ULL(i, 1));
	}
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 40);

	/* The first, the last, one from the middle, and all that are left */
	request(ovl, true, addr, 0, 0, 1);
	request(ovl, true, addr, 0, 0, 40);
	request(ovl, true, addr, 0, 0, 20);
	KUNIT_EXPECT_EQ(test, where(ovl, addr, &nodes), 37);
	KUNIT_EXPECT_EQ(test, nodes, GENMASK_ULL(39, 2) & ~BIT_ULL(20));
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 37);
	for (i = 2; i < 40; i++)
		KUNIT_EXPECT_EQ(test, request(ovl, true, addr, 0, 0, i), 0);
	KUNIT_EXPECT_FALSE(test, known(ovl, addr));
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 0);
}

/* A multicast address, and the one for all others, have many destinations. */
static void fdb_append(struct kunit *test)
{
	static const u8 group[ETH_ALEN] = { 1, 0, 0x5e, 0, 0, 1 };
	static const u8 others[ETH_ALEN];

	append_to(test, group);
	append_to(test, others);
}

static void fdb_learn(struct kunit *test)
{
	static const u8 invalid[][ETH_ALEN] = { { 0 }, { 1, 0, 0, 0, 0, 1 },
						{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct ovl_dev *ovl = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(invalid); i++)
		KUNIT_EXPECT_EQ(test, learn(test, invalid[i], 2),
				OVL_TUN_DROP_RX_MAC_INVALID);
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 2), 0);
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 2), 0);
	KUNIT_EXPECT_EQ(test, learn(test, mac(2), 2), 0);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(1), 2));
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 2);
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 2);
	KUNIT_EXPECT_EQ_MSG(test, count_peers(ovl), 1, "one node");

	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 3), 0);
	KUNIT_EXPECT_TRUE_MSG(test, leads_to(ovl, mac(1), 3), "it has moved");
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(2), 2));
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, 2);
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 2);
	KUNIT_EXPECT_EQ(test, learn(test, mac(2), 3), 0);
	KUNIT_EXPECT_EQ_MSG(test, count_peers(ovl), 1, "nothing leads to one");

	rtnl_lock();
	dev_close(ovl->dev);
	rtnl_unlock();
	KUNIT_EXPECT_EQ_MSG(test, ovl->fdb.n, 0, "down, it has forgotten");
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 2), 0);
	KUNIT_EXPECT_EQ_MSG(test, ovl->fdb.n, 0, "and learns nothing");
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 0);
}

/* What the user says holds against what frames say, but for dynamic entries. */
static void fdb_user(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;

	request(ovl, false, mac(1), ADD, STATIC, 2);
	request(ovl, false, mac(2), ADD, PERMANENT, 2);
	request(ovl, false, mac(3), ADD, DYNAMIC, 2);
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 2), 0);
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 3), OVL_TUN_DROP_RX_MAC_STATIC);
	KUNIT_EXPECT_EQ(test, learn(test, mac(2), 3), OVL_TUN_DROP_RX_MAC_STATIC);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(1), 2));
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(2), 2));
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 0);
	KUNIT_EXPECT_EQ(test, learn(test, mac(3), 3), 0);
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(3), 3));
	KUNIT_EXPECT_EQ_MSG(test, ovl->fdb.learned, 1, "not the user's any more");

	/* And the user may take over what was learned. */
	learn(test, mac(4), 4);
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 2);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(4), REPLACE, STATIC, 5), 0);
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 1);
	KUNIT_EXPECT_EQ(test, learn(test, mac(4), 4), OVL_TUN_DROP_RX_MAC_STATIC);
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 3);
}

/* A MAC address in the list of a peer belongs to that peer. */
static void fdb_peer(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;
	struct ovl_peer_request req = { .set_macs = true };
	struct netlink_ext_ack extack = {};
	struct ovl_peer *peer;

	req.macs = kzalloc(struct_size(req.macs, addr, 2), GFP_KERNEL | __GFP_NOFAIL);
	req.macs->n = 2;
	ether_addr_copy(req.macs->addr[0], mac(1));
	ether_addr_copy(req.macs->addr[1], mac(2));
	ovl_addr_set4(&req.cfg.remote, htonl(NET4 + 2));
	learn(test, mac(1), 3);
	rtnl_lock();
	peer = ovl_peer_add(ovl, 1, &req, &extack);
	rtnl_unlock();
	KUNIT_ASSERT_FALSE(test, IS_ERR(peer));
	KUNIT_EXPECT_TRUE_MSG(test, leads_to(ovl, mac(1), 2), "it was learned");
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(2), 2));
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, 0);
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 1);
	KUNIT_EXPECT_EQ(test, learn(test, mac(1), 3), OVL_TUN_DROP_RX_MAC_STATIC);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), ADD, STATIC, 3), -EEXIST);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(1), REPLACE, STATIC, 3), -EBUSY);
	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(1), 0, 0, 0), -EBUSY);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(3), ADD, STATIC, 2), 0);
	KUNIT_EXPECT_EQ_MSG(test, count_peers(ovl), 1, "leads to the same peer");
	rtnl_lock();
	ovl_peer_remove(peer, &extack);
	rtnl_unlock();
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(1)));
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(2)));
	KUNIT_EXPECT_TRUE_MSG(test, leads_to(ovl, mac(3), 2), "the user's stays");
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 1);
	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(3), 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 0);
}

static void fdb_limit(struct kunit *test)
{
	struct ovl_config cfg = defaults;
	struct ovl_dev *ovl;
	unsigned int i;

	cfg.max_macs = LIMIT;
	ovl = device_with(test, &cfg);
	request(ovl, false, mac(0), ADD, STATIC, 2);
	for (i = 1; i < LIMIT + 3; i++) {
		KUNIT_EXPECT_EQ(test, learn(test, mac(i), 2), 0);
		KUNIT_EXPECT_EQ(test, known(ovl, mac(i)), i < LIMIT);
	}
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, LIMIT);
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(99), ADD, STATIC, 2), -ENOSPC);
	KUNIT_EXPECT_EQ_MSG(test, request(ovl, false, mac(1), REPLACE, STATIC, 3), 0,
			    "that needs no more room");
	KUNIT_EXPECT_EQ(test, learn(test, mac(2), 4), 0);
	KUNIT_EXPECT_TRUE_MSG(test, leads_to(ovl, mac(2), 4), "nor does that");
	KUNIT_EXPECT_EQ(test, request(ovl, true, mac(1), 0, 0, 0), 0);
	learn(test, mac(7), 2);
	KUNIT_EXPECT_TRUE(test, known(ovl, mac(7)));
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, LIMIT);
}

/* Without a limit of the user's there is one for what frames make. */
static void fdb_flood(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;
	unsigned int i;

	request(ovl, false, mac(0), ADD, STATIC, 2);
	for (i = 1; i <= OVL_FDB_LEARN_LIMIT + 100; i++) {
		learn(test, mac(i), 2);
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, ovl->fdb.learned, OVL_FDB_LEARN_LIMIT);
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, OVL_FDB_LEARN_LIMIT + 1);
	KUNIT_EXPECT_TRUE(test, known(ovl, mac(OVL_FDB_LEARN_LIMIT)));
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(OVL_FDB_LEARN_LIMIT + 1)));
	KUNIT_EXPECT_EQ(test, request(ovl, false, mac(i), ADD, STATIC, 2), 0);
}

static void fdb_age(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;
	struct ovl_config cfg = defaults;

	learn(test, mac(1), 2);
	learn(test, mac(2), 3);
	request(ovl, false, mac(3), ADD, STATIC, 2);
	request(ovl, false, mac(4), ADD, PERMANENT, 2);
	request(ovl, false, mac(5), ADD, DYNAMIC, 4);
	make_old(ovl, mac(1), AGEING - 2);
	age(ovl);
	KUNIT_EXPECT_EQ_MSG(test, ovl->fdb.n, 5, "none is old enough");
	make_old(ovl, mac(1), AGEING + 1);
	make_old(ovl, mac(3), AGEING + 1);
	make_old(ovl, mac(4), AGEING + 1);
	make_old(ovl, mac(5), AGEING + 1);
	age(ovl);
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(1)));
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(2), 3));
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(3), 2));
	KUNIT_EXPECT_TRUE(test, leads_to(ovl, mac(4), 2));
	KUNIT_EXPECT_FALSE(test, known(ovl, mac(5)));
	KUNIT_EXPECT_EQ(test, count_peers(ovl), 2);
	/* A frame makes it young. */
	make_old(ovl, mac(2), AGEING + 1);
	learn(test, mac(2), 3);
	age(ovl);
	KUNIT_EXPECT_TRUE(test, known(ovl, mac(2)));

	cfg.ageing = 0;
	ovl = device_with(test, &cfg);
	learn(test, mac(1), 2);
	make_old(ovl, mac(1), 1000000);
	age(ovl);
	KUNIT_EXPECT_TRUE_MSG(test, known(ovl, mac(1)), "0 is never");
}

#define WALKED	3000

static unsigned int number(const struct ovl_fdb_entry *entry)
{
	return get_unaligned_be32(entry->key.mac + 2);
}

static enum ovl_fdb_verdict judge_odd(struct ovl_dev *ovl,
				      struct ovl_fdb_entry *entry, void *arg)
{
	++*(unsigned int *)arg;
	return number(entry) % 2 ? OVL_FDB_REMOVE : OVL_FDB_KEEP;
}

/* A walk comes to all that stay, once each as long as the table stays. */
static void fdb_walk(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;
	struct ovl_fdb_place place = {};
	u8 *seen = kunit_kzalloc(test, WALKED, GFP_KERNEL);
	struct ovl_fdb_entry *entry;
	unsigned int i, judged = 0;

	KUNIT_ASSERT_NOT_NULL(test, seen);
	for (i = 0; i < WALKED; i++)
		learn(test, mac(i), 2);
	for (;;) {
		rcu_read_lock();
		entry = ovl_fdb_next(ovl, &place);
		if (entry) {
			ovl_fdb_place_at(&place, entry);
			i = number(entry);
		}
		rcu_read_unlock();
		if (!entry)
			break;
		KUNIT_EXPECT_LT(test, i, WALKED);
		KUNIT_EXPECT_TRUE(test, place.lost || !seen[i]);
		seen[i] = 1;
		/* Where it stands, and somewhere: those that come must stay. */
		if (i % 3 == 0)
			request(ovl, true, mac(i), 0, 0, 0);
		if (i % 3 == 1 && !seen[i / 3 * 3]) {
			request(ovl, true, mac(i / 3 * 3), 0, 0, 0);
			seen[i / 3 * 3] = 1;
		}
	}
	for (i = 0; i < WALKED; i++)
		KUNIT_EXPECT_EQ_MSG(test, seen[i], 1, "%u was left out", i);
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, WALKED - WALKED / 3);

	ovl_fdb_walk(ovl, judge_odd, &judged, NULL);
	KUNIT_EXPECT_GE(test, judged, WALKED - WALKED / 3);
	KUNIT_EXPECT_EQ(test, ovl->fdb.n, WALKED / 3);
}

struct reader {
	struct ovl_dev *ovl;
	unsigned long looks;
	unsigned long lost;	/* an entry that was there all the time */
	unsigned long wrong;	/* or one that isn't what was asked for */
};

#define STABLE	16	/* hosts 0 to 15 stay, 16 to 63 come and go */

static int reader(void *arg)
{
	struct reader *r = arg;
	struct ovl_peer *const *peers;
	struct ovl_fdb_entry *entry;
	u8 addr[ETH_ALEN] = { 2 };
	unsigned int host = 0;
	void *dst;

	while (!kthread_should_stop()) {
		host = (host + 7) % 64;
		put_unaligned_be32(host, addr + 2);
		rcu_read_lock();
		entry = ovl_fdb_lookup(r->ovl, addr, 0);
		if (!entry) {
			r->lost += host < STABLE;
		} else {
			dst = rcu_dereference(entry->dst);
			if (!ether_addr_equal_unaligned(entry->key.mac, addr) ||
			    ovl_fdb_peers(&dst, &peers) != 1 ||
			    peer_node(peers[0]) - 1 > 7)
				r->wrong++;
		}
		r->looks++;
		rcu_read_unlock();
		cond_resched();
	}
	return 0;
}

/* Frames look entries up while others move, come, go, and the table grows. */
static void fdb_readers(struct kunit *test)
{
	struct ovl_dev *ovl = test->priv;
	struct reader r[2] = { { ovl }, { ovl } };
	struct task_struct *task[2];
	unsigned int i, n;

	for (i = 0; i < STABLE; i++)
		learn(test, mac(i), 1);
	for (i = 0; i < 2; i++) {
		task[i] = kthread_run(reader, &r[i], "ovl-reader");
		KUNIT_ASSERT_FALSE(test, IS_ERR(task[i]));
	}
	for (i = 0; i < 10000; i++) {
		n = STABLE + ovl_test_random(64 - STABLE);
		switch (ovl_test_random(4)) {
		case 0:
			request(ovl, true, mac(n), 0, 0, 0);
			break;
		case 1:
			request(ovl, false, mac(n), REPLACE, DYNAMIC,
				1 + ovl_test_random(8));
			break;
		case 2:
			learn(test, mac(n), 1 + ovl_test_random(8));
			break;
		case 3:
			learn(test, mac(ovl_test_random(STABLE)),
			      1 + ovl_test_random(8));
			/* The table grows, and shrinks again. */
			learn(test, mac(1000 + i % 2000), 1);
			request(ovl, true, mac(1000 + (i + 500) % 2000), 0, 0, 0);
		}
		cond_resched();
	}
	for (i = 0; i < 2; i++) {
		kthread_stop(task[i]);
		KUNIT_EXPECT_GT(test, r[i].looks, 1000);
		KUNIT_EXPECT_EQ(test, r[i].lost, 0);
		KUNIT_EXPECT_EQ(test, r[i].wrong, 0);
	}
	KUNIT_EXPECT_LE(test, count_peers(ovl), 8);
}

static struct kunit_case fdb_cases[] = {
	KUNIT_CASE(fdb_add),
	KUNIT_CASE(fdb_replace),
	KUNIT_CASE(fdb_delete),
	KUNIT_CASE(fdb_append),
	KUNIT_CASE(fdb_learn),
	KUNIT_CASE(fdb_user),
	KUNIT_CASE(fdb_peer),
	KUNIT_CASE(fdb_limit),
	KUNIT_CASE_SLOW(fdb_flood),
	KUNIT_CASE(fdb_age),
	KUNIT_CASE(fdb_walk),
	KUNIT_CASE_SLOW(fdb_readers),
	{}
};

static struct kunit_suite fdb_suite = {
	.name = "ovl_tun_fdb",
	.init = fdb_init,
	.exit = fdb_exit,
	.test_cases = fdb_cases,
};

kunit_test_suite(fdb_suite);
