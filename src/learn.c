// SPDX-License-Identifier: GPL-2.0
/*
 * Learning: inner source addresses of received frames become forwarding
 * entries, and are forgotten when no frame has come from them for a while.
 *
 * A frame whose address is known where it is writes to shared memory at most
 * once per jiffy. The others, which are new or have moved, take the lock of
 * the table.
 *
 * Frames of anybody may make both, entries and the peers that these lead to.
 * ovl_learn_full() bounds the entries. A move takes none, but a peer where the
 * sender is new, so that ovl_endpoint_learn() bounds the peers by themselves.
 */

#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/neighbour.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "learn.h"
#include "nexthop.h"
#include "path.h"
#include "source.h"
#include "vni.h"

#define OVL_FDB_AGE_INTERVAL	(10 * HZ)	/* longest time between two looks */

/* Through which interface a sender can be answered: a link-local address means
 * nothing without, and is another's on each link. 0 for other addresses.
 */
static int ovl_learn_link(const struct ovl_addr *source,
			  const struct sk_buff *skb)
{
	if (source->family == AF_INET6 &&
	    (ipv6_addr_type(&source->v6) & IPV6_ADDR_LINKLOCAL))
		return IP6CB(skb)->iif;
	return 0;
}

/* Whether an entry of somebody learned is to lead to a user's peer that is there by
 * now: with the same address, but perhaps with a port and a VNI of its own. That of
 * somebody's entry for another address has no say in it.
 */
static bool ovl_learn_yields(const struct ovl_peer *peer,
			     const struct ovl_source *from, int link)
{
	return READ_ONCE(peer->rank) == OVL_RANK_LEARNED &&
	       from->peer && READ_ONCE(from->rank) == OVL_RANK_KNOWN &&
	       ovl_path_is_by(rcu_dereference(from->peer->path), link);
}

/* Whether an entry leads to where a frame comes from. */
static bool ovl_learn_is_from(const struct ovl_fdb_entry *entry,
			      const struct ovl_source *from,
			      const struct ovl_addr *source, int link)
{
	void *dst = rcu_dereference(entry->dst);
	const struct ovl_nexthop *nexthop;
	struct ovl_peer *const *peers, *peer;
	const struct ovl_path *path;

	if (!ovl_fdb_peers(&dst, &peers)) {
		nexthop = ovl_fdb_nexthop(dst);
		return nexthop && ovl_nexthop_has_source(nexthop, source,
							 link);
	}
	peer = READ_ONCE(peers[0]);
	path = rcu_dereference(peer->path);
	return ovl_path_is_by(path, link) &&
	       ovl_addr_equal(&path->remote, source) &&
	       (likely(peer == from->peer) ||
		!ovl_learn_yields(peer, from, link));
}

/* The peer that a learned address leads to; a new one for a new sender. Who has
 * the link-local address of a peer on another link is a stranger.
 */
static struct ovl_peer *ovl_learn_peer(const struct ovl_source *from,
				       const struct ovl_config *cfg,
				       const struct ovl_addr *source, int link)
{
	struct ovl_peer *peer = from->peer;

	if (peer && ovl_path_is_by(rcu_dereference(peer->path), link))
		return peer->gone ? NULL : peer;
	if (cfg->source == OVL_TUN_SOURCE_ANY || !ovl_config_strangers(cfg))
		return NULL;
	return ovl_endpoint_learn(from->ovl, cfg, source, link);
}

static bool ovl_learn_full(const struct ovl_fdb *fdb,
			   const struct ovl_config *cfg)
{
	if (cfg->max_macs)
		return fdb->n >= cfg->max_macs;
	return fdb->learned >= OVL_FDB_LEARN_LIMIT;
}

static void ovl_learn_new(const struct ovl_source *from,
			  const struct ovl_config *cfg,
			  const struct ovl_addr *source, const u8 *mac, u32 vni,
			  int link)
{
	struct ovl_dev *ovl = from->ovl;
	struct ovl_fdb_entry *entry;
	struct ovl_peer *peer;

	if (ovl_learn_full(&ovl->fdb, cfg))
		return;
	entry = ovl_fdb_new(mac, vni, NUD_REACHABLE, NTF_SELF,
			    GFP_ATOMIC | __GFP_NOWARN);
	if (!entry)
		return;
	peer = ovl_learn_peer(from, cfg, source, link);
	if (!peer)
		goto free;
	if (ovl_fdb_insert(ovl, entry, peer)) {
		/* It may have been made for this entry alone. */
		ovl_endpoint_ref(peer, false);
		ovl_endpoint_unref(peer, false);
		goto free;
	}
	ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
	return;

free:
	kfree(entry);
}

static void ovl_learn_move(const struct ovl_source *from,
			   const struct ovl_config *cfg,
			   const struct ovl_addr *source,
			   struct ovl_fdb_entry *entry, int link)
{
	struct ovl_dev *ovl = from->ovl;
	struct ovl_peer *peer;

	peer = ovl_learn_peer(from, cfg, source, link);
	if (!peer)
		return;
	/* It isn't the user's word any more that it is there. */
	ovl_fdb_set_flags(ovl, entry, entry->flags & ~OVL_FDB_USER);
	ovl_fdb_set_dst(ovl, entry, peer);
	WRITE_ONCE(entry->updated, jiffies);
	ovl_fdb_notify(ovl, entry, peer, RTM_NEWNEIGH);
}

/* An address that is new, or not where it was when the caller looked. */
static int ovl_learn_change(const struct ovl_source *from,
			    const struct ovl_config *cfg,
			    const struct ovl_addr *source, const u8 *mac,
			    u32 vni, int link)
{
	struct ovl_dev *ovl = from->ovl;
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_fdb_entry *entry;
	int reason = 0;

	spin_lock_bh(&fdb->lock);
	/* ovl_fdb_stop() clears the table after the device has stopped. */
	if (!netif_running(ovl->dev))
		goto unlock;
	/* Neither do those who remove a VNI look at its entries twice. */
	if (ovl->trunk && !ovl_vni_carried(ovl, cfg, vni))
		goto unlock;
	entry = ovl_fdb_lookup(ovl, mac, vni);
	if (!entry)
		ovl_learn_new(from, cfg, source, mac, vni, link);
	else if (entry->flags & OVL_FDB_CLAIMED ||
		 ovl_learn_is_from(entry, from, source, link))
		; /* just this moment */
	else if (entry->state & (NUD_PERMANENT | NUD_NOARP))
		reason = OVL_TUN_DROP_RX_MAC_STATIC;
	else
		ovl_learn_move(from, cfg, source, entry, link);
	if (!list_empty(&fdb->idle))
		ovl_fdb_settle_later(ovl);
unlock:
	spin_unlock_bh(&fdb->lock);
	return reason;
}

/**
 * ovl_learn() - learn from a frame where its source is
 * @from: who has sent it
 * @vni: its VNI
 * @cfg: configuration of its device
 * @source: its outer source
 * @skb: frame, with its Ethernet header at the mac header
 *
 * Context: softirq, RCU read section.
 * Return: 0, or the reason to drop the frame.
 */
int ovl_learn(const struct ovl_source *from, u32 vni,
	      const struct ovl_config *cfg, const struct ovl_addr *source,
	      const struct sk_buff *skb)
{
	const u8 *mac = eth_hdr(skb)->h_source;
	struct ovl_fdb_entry *entry;
	int link;

	if (unlikely(!is_valid_ether_addr(mac)))
		return OVL_TUN_DROP_RX_MAC_INVALID;
	/* Senders that aren't known are let in, but not believed. */
	if (cfg->source == OVL_TUN_SOURCE_ANY && !ovl_source_known(from))
		return 0;

	if (!from->ovl->trunk)
		vni = 0;
	link = ovl_learn_link(source, skb);
	entry = ovl_fdb_lookup(from->ovl, mac, vni);
	if (likely(entry) && likely(ovl_learn_is_from(entry, from, source, link))) {
		ovl_fdb_touch(&entry->updated);
		return 0;
	}
	return ovl_learn_change(from, cfg, source, mac, vni, link);
}

/**
 * struct ovl_ageing - one look at all entries
 * @timeout: jiffies that one lives without a frame from it
 * @next: jiffies until the next look
 */
struct ovl_ageing {
	unsigned long timeout;
	unsigned long next;
};

static enum ovl_fdb_verdict ovl_fdb_judge_age(struct ovl_dev *ovl,
					      struct ovl_fdb_entry *entry,
					      void *arg)
{
	struct ovl_ageing *ageing = arg;
	unsigned long age = jiffies - READ_ONCE(entry->updated);

	if (entry->state & (NUD_PERMANENT | NUD_NOARP) ||
	    entry->flags & (NTF_EXT_LEARNED | OVL_FDB_CLAIMED))
		return OVL_FDB_KEEP;
	if ((long)age >= 0 && age >= ageing->timeout) {
		WRITE_ONCE(entry->state, NUD_STALE);
		return OVL_FDB_REMOVE;
	}
	ageing->next = min(ageing->next, ageing->timeout - age);
	return OVL_FDB_KEEP;
}

/* Nobody who takes the device down is to wait for the end of a long look. */
static bool ovl_fdb_age_on(struct ovl_dev *ovl)
{
	return netif_running(ovl->dev);
}

/**
 * ovl_fdb_age() - forget entries from which no frame has come for long
 * @work: &ovl_fdb.age
 */
void ovl_fdb_age(struct work_struct *work)
{
	struct ovl_fdb *fdb = container_of(to_delayed_work(work),
					   struct ovl_fdb, age);
	struct ovl_dev *ovl = container_of(fdb, struct ovl_dev, fdb);
	struct ovl_ageing ageing = { .next = OVL_FDB_AGE_INTERVAL };
	u32 seconds;

	rcu_read_lock();
	seconds = rcu_dereference(ovl->cfg)->ageing;
	rcu_read_unlock();
	if (!seconds)
		return;
	ageing.timeout = (unsigned long)seconds * HZ;
	ovl_fdb_walk(ovl, ovl_fdb_judge_age, &ageing, ovl_fdb_age_on);

	spin_lock_bh(&fdb->lock);
	if (!list_empty(&fdb->idle))
		ovl_fdb_settle_later(ovl);
	spin_unlock_bh(&fdb->lock);
	queue_delayed_work(system_power_efficient_wq, &fdb->age,
			   max(ageing.next, 1UL));
}

/**
 * ovl_fdb_age_start() - look for old entries from now on
 * @ovl: device that is running
 *
 * Context: RTNL.
 */
void ovl_fdb_age_start(struct ovl_dev *ovl)
{
	mod_delayed_work(system_power_efficient_wq, &ovl->fdb.age, 0);
}
