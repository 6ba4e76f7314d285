/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _OVL_TUN_FDB_H
#define _OVL_TUN_FDB_H

#include <linux/bits.h>
#include <linux/if_ether.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "addr.h"

struct ndmsg;
struct netlink_callback;
struct netlink_ext_ack;
struct nlattr;
struct nlmsghdr;
struct ovl_config;
struct ovl_dev;
struct ovl_macs;
struct ovl_nexthop;
struct ovl_peer;

/* Learned entries without "maxaddress". Frames of anybody make them. As many
 * learned peers there may be besides.
 */
#define OVL_FDB_LEARN_LIMIT	65536

/* Learned peers beyond as many: those that entries have left for another place
 * count until they are freed, and in a full table entries are to move as well.
 */
#define OVL_FDB_LEARN_SPARE	256

/* In &ovl_fdb_entry.flags above the eight bits of NTF_*. */
#define OVL_FDB_USER	BIT(8)	/* made with "bridge fdb" */
#define OVL_FDB_PEER	BIT(9)	/* in the list of a peer's MAC addresses */
#define OVL_FDB_CLAIMED	BIT(10)	/* about to come into such a list */

/**
 * struct ovl_fdb_key - what a frame is looked up by
 * @vni: its VNI on a device that has several, else 0
 * @mac: destination, or source where it is learned
 * @zero: so that keys are hashed and compared as words
 */
struct ovl_fdb_key {
	u32 vni;
	u8 mac[ETH_ALEN];
	u16 zero;
};

/**
 * struct ovl_fdb_entry - where frames to a MAC address go
 * @node: in &ovl_fdb.table
 * @key: MAC address; 00:00:00:00:00:00 stands for all that have no entry
 * @flags: NTF_* and OVL_FDB_*; &ovl_fdb.lock
 * @state: NUD_*; &ovl_fdb.lock, also read without
 * @dst: where to, see ovl_fdb_peers(); &ovl_fdb.lock, read under RCU
 * @used: jiffies of the last frame to it
 * @updated: jiffies of the last change, or of the last frame from it
 * @member: in &ovl_nexthop.entries if it leads there; &ovl_fdb.lock
 * @rcu: frees it after the last reader, in the place of @member
 *
 * There may be a million: 64 bytes, and one allocation.
 */
struct ovl_fdb_entry {
	struct rhash_head node;
	struct ovl_fdb_key key;
	u16 flags;
	u8 state;
	void __rcu *dst;
	unsigned long used;
	unsigned long updated;
	union {
		struct list_head member;
		struct rcu_head rcu;
	};
};

/**
 * struct ovl_fdb_list - several destinations of an entry
 * @rcu: frees it after the last reader
 * @n: how many
 * @room: how many could be
 * @peer: peers, which are appended in place: readers see @n or @n + 1
 */
struct ovl_fdb_list {
	struct rcu_head rcu;
	unsigned int n;
	unsigned int room;
	struct ovl_peer *peer[];
};

/**
 * struct ovl_fdb - forwarding table of a layer 2 device
 * @table: struct ovl_fdb_entry; changed under @lock, read under RCU
 * @flood: the entry for 00:00:00:00:00:00, NULL without one; like @table. A
 *	device with a table of VNIs has one for each and looks them up.
 * @lock: protects the entries, &ovl_peer.users, &ovl_peer.fixed and
 *	&ovl_peer.gone, and makes it one decision to find or make the peer of a
 *	learned address. Taken in softirq, and inside of RTNL.
 * @n: entries; @lock, also read without
 * @learned: those of them that nobody has asked for; @lock
 * @senders: peers of rank OVL_RANK_LEARNED, with those that are to be freed; @lock
 * @dynamic: there may be entries that a device forgets when it goes down; @lock
 * @paused: no peer may be made for a learned address; @lock
 * @idle: &ovl_peer.idle of peers that ovl_fdb_settle() has to look at; @lock
 * @idle_groups: &ovl_nexthop.idle of those that ovl_nexthop_settle() has to
 *	look at; @lock
 * @settle: in the list of devices with such peers; ovl_settle_lock
 * @age: looks for learned entries that have grown old; queued while the device
 *	is running
 */
struct ovl_fdb {
	struct rhashtable table;
	struct ovl_fdb_entry __rcu *flood;
	spinlock_t lock; /* what learning and the user change both */
	unsigned int n;
	unsigned int learned;
	unsigned int senders;
	bool dynamic;
	bool paused;
	struct list_head idle;
	struct list_head idle_groups;
	struct list_head settle;
	struct delayed_work age;
};

/**
 * struct ovl_fdb_place - how far one has come through the table
 * @table: &bucket_table.hash_rnd of the table that is walked
 * @key: entry that one was at last
 * @left: destinations of it that a dump has yet to show
 * @walking: @table is set
 * @begun: @key is set
 * @lost: the table was resized, and some entries may come again
 *
 * Starts as zeroes. It holds nothing, so one may sleep at any place, or stop.
 */
struct ovl_fdb_place {
	u32 table;
	struct ovl_fdb_key key;
	u32 left : 29;
	u32 walking : 1;
	u32 begun : 1;
	u32 lost : 1;
};

static inline void ovl_fdb_place_at(struct ovl_fdb_place *place,
				    const struct ovl_fdb_entry *entry)
{
	place->key = entry->key;
	place->begun = true;
}

/**
 * enum ovl_fdb_verdict - what becomes of an entry that a walk has come to
 * @OVL_FDB_KEEP: nothing
 * @OVL_FDB_REMOVE: it is removed, with a notification
 */
enum ovl_fdb_verdict {
	OVL_FDB_KEEP,
	OVL_FDB_REMOVE,
};

typedef enum ovl_fdb_verdict (*ovl_fdb_judge)(struct ovl_dev *ovl,
					      struct ovl_fdb_entry *entry,
					      void *arg);

/* A destination is a peer, a struct ovl_fdb_list with bit 0 set, a struct
 * ovl_nexthop with bit 1 set, or "local", which is where frames are not sent to.
 * NULL is that of a claimed entry.
 */
#define OVL_FDB_LOCAL	((void *)2UL)

static inline struct ovl_fdb_list *ovl_fdb_list(const void *dst)
{
	return (unsigned long)dst & 1 ?
	       (struct ovl_fdb_list *)((unsigned long)dst & ~1UL) : NULL;
}

static inline struct ovl_nexthop *ovl_fdb_nexthop(const void *dst)
{
	return ((unsigned long)dst & 2) && dst != OVL_FDB_LOCAL ?
	       (struct ovl_nexthop *)((unsigned long)dst & ~2UL) : NULL;
}

static inline void *ovl_fdb_to_nexthop(struct ovl_nexthop *nexthop)
{
	return (void *)((unsigned long)nexthop | 2);
}

/**
 * ovl_fdb_peers() - destinations of an entry
 * @dst: copy of &ovl_fdb_entry.dst, which has to stay
 * @peers: set to the first
 *
 * The members of a group of nexthops are not among them.
 *
 * Context: RCU read section, or &ovl_fdb.lock.
 * Return: how many there are.
 */
static inline unsigned int ovl_fdb_peers(void *const *dst,
					 struct ovl_peer *const **peers)
{
	const struct ovl_fdb_list *list = ovl_fdb_list(*dst);

	if (list) {
		*peers = list->peer;
		/* Pairs with the release of those who change the list. */
		return smp_load_acquire(&list->n);
	}
	*peers = (struct ovl_peer *const *)dst;
	return *dst && !((unsigned long)*dst & 2);
}

/* Note that a frame went to an entry, at most once per jiffy. */
static inline void ovl_fdb_touch(unsigned long *stamp)
{
	unsigned long now = jiffies;

	if (READ_ONCE(*stamp) != now)
		WRITE_ONCE(*stamp, now);
}

/* Whether somebody has asked for an entry, so that its peer is a known one. */
static inline bool ovl_fdb_fixed(const struct ovl_fdb_entry *entry)
{
	return entry->flags & (OVL_FDB_USER | OVL_FDB_PEER);
}

int ovl_fdb_init(struct ovl_dev *ovl);
void ovl_fdb_end(struct ovl_dev *ovl);
void ovl_fdb_destroy(struct ovl_dev *ovl);
void ovl_fdb_update_use(struct ovl_dev *ovl);

struct ovl_fdb_entry *ovl_fdb_lookup(const struct ovl_dev *ovl, const u8 *mac,
				     u32 vni);
struct ovl_fdb_entry *ovl_fdb_new(const u8 *mac, u32 vni, u8 state, u16 flags,
				  gfp_t gfp);
int ovl_fdb_insert(struct ovl_dev *ovl, struct ovl_fdb_entry *entry, void *dst);
void ovl_fdb_set_dst(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		     void *dst);
void ovl_fdb_set_flags(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		       u16 flags);
int ovl_fdb_append(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		   struct ovl_peer *peer, struct ovl_fdb_list **room);
bool ovl_fdb_del_peer(struct ovl_dev *ovl, struct ovl_fdb_entry *entry,
		      const struct ovl_peer *peer);
void ovl_fdb_del(struct ovl_dev *ovl, struct ovl_fdb_entry *entry, bool notify);
void ovl_fdb_forget(struct ovl_peer *peer);
void ovl_fdb_stop(struct ovl_dev *ovl);

struct ovl_fdb_entry *ovl_fdb_next(struct ovl_dev *ovl,
				   struct ovl_fdb_place *place);
void ovl_fdb_walk(struct ovl_dev *ovl, ovl_fdb_judge judge, void *arg,
		  bool (*rest)(struct ovl_dev *ovl));

int ovl_fdb_claim(struct ovl_peer *peer, const struct ovl_macs *macs,
		  struct netlink_ext_ack *extack);
void ovl_fdb_unclaim(struct ovl_peer *peer, const struct ovl_macs *macs);
void ovl_fdb_take(struct ovl_peer *peer, struct list_head *moved);
void ovl_fdb_drop(struct ovl_peer *peer, const struct ovl_macs *old);

int ovl_fdb_put_addr(struct sk_buff *skb, const struct ovl_addr *addr);
struct ovl_peer *ovl_fdb_default(const struct ovl_dev *ovl, u32 vni);
int ovl_fdb_put_netns(struct sk_buff *skb, const struct ovl_dev *ovl);
void ovl_fdb_notify(struct ovl_dev *ovl, const struct ovl_fdb_entry *entry,
		    const struct ovl_peer *peer, int type);

int ovl_fdb_add(struct ndmsg *ndm, struct nlattr *tb[], struct net_device *dev,
		const unsigned char *addr, u16 vid, u16 flags, bool *notified,
		struct netlink_ext_ack *extack);
int ovl_fdb_delete(struct ndmsg *ndm, struct nlattr *tb[],
		   struct net_device *dev, const unsigned char *addr, u16 vid,
		   bool *notified, struct netlink_ext_ack *extack);
int ovl_fdb_flush(struct nlmsghdr *nlh, struct net_device *dev,
		  struct netlink_ext_ack *extack);
int ovl_fdb_dump(struct sk_buff *skb, struct netlink_callback *cb,
		 struct net_device *dev, struct net_device *filter_dev,
		 int *idx);
int ovl_fdb_get(struct sk_buff *skb, struct nlattr *tb[],
		struct net_device *dev, const unsigned char *addr, u16 vid,
		u32 portid, u32 seq, struct netlink_ext_ack *extack);

#endif /* _OVL_TUN_FDB_H */
