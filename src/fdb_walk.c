// SPDX-License-Identifier: GPL-2.0
/*
 * Through the forwarding table, entry by entry, while it changes.
 *
 * Entries come by bucket, and within a bucket by key. So what comes next depends
 * on the key of the last one only, which may have gone: the kernel's own walk
 * counts its way in the bucket then, and misses one.
 *
 * While the table is resized its entries move from one to the next. The walk
 * follows, and may come to an entry twice.
 */

#include "device.h"
#include "fdb.h"

#define OVL_FDB_WALK_STEPS	256	/* entries between two chances to sleep */

/* The first entry of a bucket, or that with the next higher key. RCU. */
static struct ovl_fdb_entry *
ovl_fdb_bucket_next(struct bucket_table *table, unsigned int bucket,
		    const struct ovl_fdb_key *after)
{
	struct rhash_lock_head __rcu *const *head = rht_bucket(table, bucket);
	struct ovl_fdb_entry *entry, *next;
	struct rhash_head *pos;

	do {
		next = NULL;
		rht_for_each_rcu_from(pos, rht_ptr_rcu(head), table, bucket) {
			entry = container_of(pos, struct ovl_fdb_entry, node);
			if (after && memcmp(&entry->key, after,
					    sizeof(*after)) <= 0)
				continue;
			if (!next || memcmp(&entry->key, &next->key,
					    sizeof(next->key)) < 0)
				next = entry;
		}
		/* One that moved to another table took us there: once more. */
	} while (pos != RHT_NULLS_MARKER(head));
	return next;
}

/* The table that a walk is in. If that has gone it begins in another one. */
static struct bucket_table *ovl_fdb_table(struct rhashtable *ht,
					  struct ovl_fdb_place *place)
{
	struct bucket_table *first = rht_dereference_rcu(ht->tbl, ht);
	struct bucket_table *table;

	if (place->walking) {
		for (table = first; table;
		     table = rht_dereference_rcu(table->future_tbl, ht))
			if (table->hash_rnd == place->table)
				return table;
		place->lost = true;
	}
	place->walking = true;
	place->table = first->hash_rnd;
	place->begun = false;
	place->left = 0;
	return first;
}

/**
 * ovl_fdb_next() - the entry after a place
 * @ovl: device
 * @place: place, which the caller moves on with ovl_fdb_place_at()
 *
 * Entries that are in the table all the time are found. Those that come
 * meanwhile may be left out.
 *
 * Context: RCU read section.
 * Return: entry, or NULL at the end.
 */
struct ovl_fdb_entry *ovl_fdb_next(struct ovl_dev *ovl,
				   struct ovl_fdb_place *place)
{
	struct rhashtable *ht = &ovl->fdb.table;
	struct bucket_table *table = ovl_fdb_table(ht, place);
	const struct ovl_fdb_key *after = NULL;
	struct ovl_fdb_entry *entry;
	unsigned int bucket = 0;

	if (place->begun) {
		after = &place->key;
		bucket = rht_key_hashfn(ht, table, after, ht->p);
	}
	for (;;) {
		for (; bucket < table->size; bucket++) {
			entry = ovl_fdb_bucket_next(table, bucket, after);
			if (entry)
				return entry;
			after = NULL;
		}
		/* As lookups do: what was not here is in the next one. */
		smp_rmb();
		table = rht_dereference_rcu(table->future_tbl, ht);
		if (!table)
			return NULL;
		place->table = table->hash_rnd;
		place->begun = false;
		place->lost = true;
		bucket = 0;
	}
}

/* Judge some entries. Returns whether there are more. */
static bool ovl_fdb_walk_some(struct ovl_dev *ovl, struct ovl_fdb_place *place,
			      ovl_fdb_judge judge, void *arg)
{
	struct ovl_fdb *fdb = &ovl->fdb;
	struct ovl_fdb_entry *entry;
	unsigned int steps;

	for (steps = 0; steps < OVL_FDB_WALK_STEPS; steps++) {
		entry = ovl_fdb_next(ovl, place);
		if (!entry)
			return false;
		ovl_fdb_place_at(place, entry);
		spin_lock_bh(&fdb->lock);
		/* It may have gone since the walk came to it. */
		if (ovl_fdb_lookup(ovl, entry->key.mac, entry->key.vni) == entry &&
		    judge(ovl, entry, arg) == OVL_FDB_REMOVE)
			ovl_fdb_del(ovl, entry, true);
		spin_unlock_bh(&fdb->lock);
	}
	return true;
}

/**
 * ovl_fdb_walk() - judge all entries
 * @ovl: device
 * @judge: says what becomes of one; called with &ovl_fdb.lock held
 * @arg: for @judge
 * @rest: called from time to time, may sleep and says whether to go on; NULL to
 *	do no more than let others have the CPU
 *
 * What is inserted meanwhile may be left out, and some entries may come twice.
 *
 * Context: may sleep.
 */
void ovl_fdb_walk(struct ovl_dev *ovl, ovl_fdb_judge judge, void *arg,
		  bool (*rest)(struct ovl_dev *ovl))
{
	struct ovl_fdb_place place = {};
	bool more;

	do {
		rcu_read_lock();
		more = ovl_fdb_walk_some(ovl, &place, judge, arg);
		rcu_read_unlock();
		cond_resched();
	} while (more && (!rest || rest(ovl)));
}
