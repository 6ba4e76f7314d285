// SPDX-License-Identifier: GPL-2.0
/*
 * The table of a device that carries many VNIs, one for each VLAN of a bridge.
 *
 * Such a device has no VNI of its own. What stands in &ovl_config.vni is a
 * number above all VNIs that no other device has, its trunk: the peers of the
 * device are known by (trunk, outer source), whatever VNIs their packets have.
 * So a table of m VNIs and n peers is m + n sources and not m * n. A received
 * packet is looked up with its VNI, which leads to the device, and then with the
 * trunk (source.c); one that is sent gets the VNI of its frame where the header
 * template of the peer has the trunk (send.c).
 *
 * Lifetime: entries come and go under RTNL. Packets find them under RCU by
 * their source and by &ovl_dev.vnis; removal takes them out of both, and then
 * the forwarding entries in the VNI out of the table, in which nothing more is
 * learned because that looks for the VNI under &ovl_fdb.lock. They are freed
 * after a grace period. The metadata lives as long as a frame refers to it, and
 * is nobody's but the kernel's: it may outlive the device and the module.
 */

#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/ip_tunnels.h>

#include "device.h"
#include "endpoint.h"
#include "fdb.h"
#include "main.h"
#include "path.h"
#include "set.h"
#include "vni.h"

/**
 * ovl_vni_lookup() - find a VNI in the table of a device
 * @ovl: device
 * @vni: any number
 *
 * Context: RCU read section, or RTNL.
 * Return: entry, or NULL.
 */
struct ovl_vni *ovl_vni_lookup(const struct ovl_dev *ovl, u64 vni)
{
	if (unlikely(vni >= OVL_TUN_N_VNI))
		return NULL;
	return xa_load((struct xarray *)&ovl->vnis, vni);
}

/**
 * ovl_vni_carried() - whether a device with more VNIs than one has a VNI
 * @ovl: device
 * @cfg: its configuration
 * @vni: any number
 *
 * Context: RCU read section, or RTNL.
 */
bool ovl_vni_carried(const struct ovl_dev *ovl, const struct ovl_config *cfg,
		     u64 vni)
{
	return cfg->vni == OVL_VNI_ANY ? vni < OVL_TUN_N_VNI :
					 !!ovl_vni_lookup(ovl, vni);
}

/**
 * ovl_vni_remote_addr() - where frames go by default in a VNI
 * @vni: VNI
 *
 * Context: RTNL.
 * Return: address, NULL if the VNI has none of its own.
 */
const struct ovl_addr *ovl_vni_remote_addr(const struct ovl_vni *vni)
{
	const struct ovl_peer *remote = rtnl_dereference(vni->remote);

	return remote ? &rtnl_dereference(remote->path)->remote : NULL;
}

/**
 * ovl_vni_is_remote() - whether frames go to a peer by default in a VNI
 * @vni: VNI
 * @peer: peer
 *
 * Context: RTNL.
 */
bool ovl_vni_is_remote(const struct ovl_vni *vni, const struct ovl_peer *peer)
{
	return rcu_access_pointer(vni->remote) == peer;
}

static void ovl_vni_free(struct ovl_vni *vni)
{
	if (vni->inner)
		dst_release(&vni->inner->dst);
	free_percpu(vni->stats);
	kfree(vni);
}

static void ovl_vni_free_callback(struct rcu_head *rcu)
{
	ovl_vni_free(container_of(rcu, struct ovl_vni, rcu));
}

static struct ovl_vni *ovl_vni_alloc(struct ovl_dev *ovl, u32 id)
{
	struct ovl_vni *vni = kzalloc(sizeof(*vni), GFP_KERNEL_ACCOUNT);
	struct ip_tunnel_key *key;
	int cpu;

	if (!vni)
		return NULL;
	vni->source.ovl = ovl;
	vni->source.key.vni = id;
	vni->source.receives = true;
	vni->source.table = true;
	vni->source.rank = OVL_RANK_KNOWN;

	vni->stats = alloc_percpu_gfp(struct ovl_vni_stats, GFP_KERNEL_ACCOUNT);
	vni->inner = metadata_dst_alloc(0, METADATA_IP_TUNNEL,
					GFP_KERNEL_ACCOUNT);
	if (!vni->stats || !vni->inner) {
		ovl_vni_free(vni);
		return NULL;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(vni->stats, cpu)->syncp);
	key = &vni->inner->u.tun_info.key;
	key->tun_id = key32_to_tunnel_id(htonl(id));
	ovl_compat_tun_flag_set(key, KEY);
	return vni;
}

/* Let a VNI have another default, or none. */
static void ovl_vni_set_remote(struct ovl_vni *vni, struct ovl_peer *peer)
{
	struct ovl_fdb *fdb = &vni->source.ovl->fdb;
	struct ovl_peer *old;

	spin_lock_bh(&fdb->lock);
	old = rcu_dereference_protected(vni->remote,
					lockdep_is_held(&fdb->lock));
	if (old != peer) {
		if (peer)
			ovl_endpoint_ref(peer, true);
		rcu_assign_pointer(vni->remote, peer);
		if (old)
			ovl_endpoint_unref(old, true);
	}
	spin_unlock_bh(&fdb->lock);
}

/* A VNI ends. Packets that have found it before have its options yet. */
static void ovl_vni_put_options(struct ovl_vni *vni)
{
	struct ovl_set *set = rtnl_dereference(vni->set);

	if (set)
		set->vnis--;
}

/* Let the frames of a VNI have other options. */
static void ovl_vni_set_options(struct ovl_vni *vni, struct ovl_set *set)
{
	if (set)
		set->vnis++;
	ovl_vni_put_options(vni);
	rcu_assign_pointer(vni->set, set);
}

/* Take a VNI out of everything but the forwarding table. */
static void ovl_vni_unlink(struct ovl_vni *vni)
{
	struct ovl_dev *ovl = vni->source.ovl;

	ovl_source_unlink(&vni->source);
	xa_erase_bh(&ovl->vnis, ovl_vni_id(vni));
	ovl->n_vnis--;
	/* This takes &ovl_fdb.lock: who learns in it later finds no VNI. */
	ovl_vni_set_remote(vni, NULL);
	ovl_vni_put_options(vni);
	call_rcu(&vni->rcu, ovl_vni_free_callback);
}

static int ovl_vni_new(struct ovl_dev *ovl, u32 id, struct ovl_peer *remote,
		       struct ovl_set *set, struct netlink_ext_ack *extack)
{
	struct ovl_vni *vni;
	int err;

	if (ovl->n_vnis >= OVL_VNIS_MAX) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "a device takes %u VNIs",
				       OVL_VNIS_MAX);
		return -ENOSPC;
	}
	vni = ovl_vni_alloc(ovl, id);
	if (!vni)
		return -ENOMEM;
	vni->fresh = true;
	ovl_vni_set_options(vni, set);
	err = xa_insert_bh(&ovl->vnis, id, vni, GFP_KERNEL_ACCOUNT);
	if (err) {
		ovl_vni_put_options(vni);
		ovl_vni_free(vni);
		return err;
	}
	ovl_vni_set_remote(vni, remote);
	err = ovl_source_link(&vni->source, rtnl_dereference(ovl->cfg), extack);
	if (!err) {
		ovl->n_vnis++;
		return 0;
	}
	/* A frame that is sent may have found it. */
	xa_erase_bh(&ovl->vnis, id);
	ovl_vni_set_remote(vni, NULL);
	ovl_vni_put_options(vni);
	call_rcu(&vni->rcu, ovl_vni_free_callback);
	return err;
}

static enum ovl_fdb_verdict ovl_vnis_judge(struct ovl_dev *ovl,
					   struct ovl_fdb_entry *entry,
					   void *arg)
{
	return ovl_vni_lookup(ovl, entry->key.vni) ? OVL_FDB_KEEP :
						     OVL_FDB_REMOVE;
}

/* Remove the forwarding entries of VNIs that aren't in the table any more, and
 * have the MTU follow.
 */
static void ovl_vnis_settle(struct ovl_dev *ovl)
{
	atomic_inc(&ovl_net(dev_net(ovl->dev))->gen);
	if (READ_ONCE(ovl->fdb.n))
		ovl_fdb_walk(ovl, ovl_vnis_judge, NULL, NULL);
	ovl_fdb_settle(ovl);
	ovl_sets_note_vnis(ovl);
}

/* Whether the VNIs of a request are there, as they should be or not. */
static int ovl_vnis_check_request(const struct ovl_dev *ovl,
				  const struct ovl_vni_request *req,
				  bool must, bool must_not,
				  struct netlink_ext_ack *extack)
{
	unsigned int i;
	bool there;
	u32 id;

	for (i = 0; i < req->n; i++)
		for (id = req->range[i].first; id <= req->range[i].last; id++) {
			there = ovl_vni_lookup(ovl, id);
			if (there && must_not) {
				NL_SET_ERR_MSG_FMT_MOD(extack,
						       "VNI %u is in the table already",
						       id);
				return -EEXIST;
			}
			if (!there && must) {
				NL_SET_ERR_MSG_FMT_MOD(extack,
						       "VNI %u is not in the table",
						       id);
				return -ENOENT;
			}
		}
	return 0;
}

/* Whether a request would have room, so that the loops over it are short. */
static int ovl_vnis_check_size(const struct ovl_vni_request *req,
			       struct netlink_ext_ack *extack)
{
	unsigned int i, n = 0;

	for (i = 0; i < req->n; i++)
		n += req->range[i].last - req->range[i].first + 1;
	if (n <= OVL_VNIS_MAX)
		return 0;
	NL_SET_ERR_MSG_FMT_MOD(extack, "a device takes %u VNIs", OVL_VNIS_MAX);
	return -ENOSPC;
}

/* Undo what a request has done, or keep it. */
static void ovl_vnis_end(struct ovl_dev *ovl, const struct ovl_vni_request *req,
			 struct ovl_peer *remote, bool keep)
{
	struct ovl_vni *vni;
	unsigned int i;
	u32 id;

	for (i = 0; i < req->n; i++)
		for (id = req->range[i].first; id <= req->range[i].last; id++) {
			vni = ovl_vni_lookup(ovl, id);
			if (keep) {
				ovl_vni_set_remote(vni, remote);
				ovl_vni_set_options(vni, req->set);
				vni->fresh = false;
			} else if (vni && vni->fresh) {
				ovl_vni_unlink(vni);
			}
		}
}

/**
 * ovl_vnis_change() - add VNIs to the table of a device, or change them
 * @ovl: device
 * @req: which, and where their frames go by default
 * @flags: NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the table as it was.
 */
int ovl_vnis_change(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		    u16 flags, struct netlink_ext_ack *extack)
{
	struct ovl_endpoint ep = {
		.addr = req->remote,
		.vni = rtnl_dereference(ovl->cfg)->vni,
	};
	struct ovl_peer *remote = NULL;
	unsigned int i;
	u32 id;
	int err;

	ASSERT_RTNL();
	err = ovl_vnis_check_size(req, extack);
	if (!err)
		err = ovl_vnis_check_request(ovl, req, !(flags & NLM_F_CREATE),
					     (flags & NLM_F_EXCL) ||
					     !(flags & NLM_F_REPLACE), extack);
	if (!err && req->set)
		err = ovl_set_prepare_vni(req->set);
	if (err)
		return err;
	if (req->remote.family != AF_UNSPEC) {
		remote = ovl_endpoint_get(ovl, &ep, extack);
		if (IS_ERR(remote))
			return PTR_ERR(remote);
	}
	for (i = 0; i < req->n && !err; i++)
		for (id = req->range[i].first;
		     id <= req->range[i].last && !err; id++)
			if (!ovl_vni_lookup(ovl, id)) {
				err = ovl_vni_new(ovl, id, remote, req->set,
						  extack);
				cond_resched();
			}
	ovl_vnis_end(ovl, req, remote, !err);
	ovl_vnis_settle(ovl);
	return err;
}

/**
 * ovl_vnis_del() - remove VNIs from the table of a device
 * @ovl: device
 * @req: which
 * @extack: says what is wrong
 *
 * Context: RTNL.
 * Return: 0, or a negative error with the table as it was.
 */
int ovl_vnis_del(struct ovl_dev *ovl, const struct ovl_vni_request *req,
		 struct netlink_ext_ack *extack)
{
	unsigned int i;
	u32 id;
	int err;

	ASSERT_RTNL();
	err = ovl_vnis_check_request(ovl, req, true, false, extack);
	if (err)
		return err;
	for (i = 0; i < req->n; i++)
		for (id = req->range[i].first; id <= req->range[i].last; id++) {
			ovl_vni_unlink(ovl_vni_lookup(ovl, id));
			cond_resched();
		}
	ovl_vnis_settle(ovl);
	return 0;
}

static void ovl_vnis_unlink_all(struct ovl_dev *ovl)
{
	struct ovl_vni *vni;
	unsigned long id;

	xa_for_each(&ovl->vnis, id, vni) {
		ovl_vni_unlink(vni);
		cond_resched();
	}
}

/**
 * ovl_vnis_flush() - remove all VNIs from the table of a device
 * @ovl: device
 *
 * Context: RTNL.
 */
void ovl_vnis_flush(struct ovl_dev *ovl)
{
	ovl_vnis_unlink_all(ovl);
	ovl_vnis_settle(ovl);
}

/**
 * ovl_vnis_destroy() - free the table of a device that ends
 * @ovl: device, not running any more
 *
 * Its forwarding entries go with the rest of theirs.
 *
 * Context: RTNL.
 */
void ovl_vnis_destroy(struct ovl_dev *ovl)
{
	ovl_vnis_unlink_all(ovl);
	xa_destroy(&ovl->vnis);
}

/**
 * ovl_vnis_forget() - let no VNI have a peer as its default that ends
 * @peer: peer
 *
 * Context: RTNL.
 */
void ovl_vnis_forget(struct ovl_peer *peer)
{
	struct ovl_vni *vni;
	unsigned long id;

	xa_for_each(&peer->ovl->vnis, id, vni)
		if (ovl_vni_is_remote(vni, peer))
			ovl_vni_set_remote(vni, NULL);
}

/**
 * ovl_vnis_check() - whether the table would do on other ports
 * @ovl: device
 * @cfg: configuration that it is to have
 * @extack: says which device has one of the VNIs
 *
 * Context: RTNL.
 * Return: 0 or a negative error.
 */
int ovl_vnis_check(struct ovl_dev *ovl, const struct ovl_config *cfg,
		   struct netlink_ext_ack *extack)
{
	struct ovl_vni *vni;
	unsigned long id;
	int err;

	xa_for_each(&ovl->vnis, id, vni) {
		err = ovl_source_check(&vni->source, cfg, extack);
		if (err)
			return err;
	}
	return 0;
}

/**
 * ovl_vni_stats_sum() - add up the traffic of all CPUs
 * @vni: VNI
 * @sum: filled
 */
void ovl_vni_stats_sum(const struct ovl_vni *vni, struct ovl_vni_totals *sum)
{
	unsigned int start;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		const struct ovl_vni_stats *s = per_cpu_ptr(vni->stats, cpu);
		struct ovl_vni_totals one;

		do {
			start = u64_stats_fetch_begin(&s->syncp);
			one.rx_packets = u64_stats_read(&s->rx_packets);
			one.rx_bytes = u64_stats_read(&s->rx_bytes);
			one.rx_drops = u64_stats_read(&s->rx_drops);
			one.tx_packets = u64_stats_read(&s->tx_packets);
			one.tx_bytes = u64_stats_read(&s->tx_bytes);
			one.tx_drops = u64_stats_read(&s->tx_drops);
		} while (u64_stats_fetch_retry(&s->syncp, start));

		sum->rx_packets += one.rx_packets;
		sum->rx_bytes += one.rx_bytes;
		sum->rx_drops += one.rx_drops;
		sum->tx_packets += one.tx_packets;
		sum->tx_bytes += one.tx_bytes;
		sum->tx_drops += one.tx_drops;
	}
}

/**
 * ovl_vni_count_drop() - note that a frame of a VNI is dropped
 * @vni: VNI
 * @rx: it was received
 *
 * Context: softirq or bottom halves disabled.
 */
void ovl_vni_count_drop(const struct ovl_vni *vni, bool rx)
{
	struct ovl_vni_stats *s;

	if (!vni->stats)
		return;
	s = this_cpu_ptr(vni->stats);
	u64_stats_update_begin(&s->syncp);
	if (rx)
		u64_stats_inc(&s->rx_drops);
	else
		u64_stats_inc(&s->tx_drops);
	u64_stats_update_end(&s->syncp);
}
